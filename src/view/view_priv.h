/* view_priv.h - what the files of the view share: one drawing function a pane, and small helpers.
 */
#ifndef RUNBOOK_VIEW_VIEW_PRIV_H
#define RUNBOOK_VIEW_VIEW_PRIV_H

#include "runbook/view/screen.h"
#include "src/view/rich_priv.h"

/* layout.c */
struct layout {
    enum layout_kind kind;
    struct rect frame;        /* with its borders */
    struct rect panes[PANES]; /* without borders; w 0: not shown */
    struct rect body;         /* inside the frame, without the input line: for pages, and panes */
    struct rect answer;       /* over the panes; h 0: none */
    int panes_y;              /* the border with the panes' titles */
    int status_y, input_y, input_h, divider_y, hints_y;
};
const char *layout_size_name(enum layout_size i); /* in the state file */
void layout_compute(struct layout *l, const struct screen *s, int cols, int rows);

/* root.c: one row a root page. The functions work on what is under the detail pages. */
struct root_def {
    const char *name, *number; /* "Resources", and the key that its tab shows */
    void (*draw)(struct screen *s, const struct model *m, struct canvas *c, struct rect r);
    /* What stands at the right of the title: counts, the filter. NULL: nothing. */
    void (*note)(struct screen *s, const struct model *m, char *out, size_t size);
    void (*move)(struct screen *s, const struct model *m, long by); /* rows */
    int (*view_h)(const struct screen *s); /* rows of a page; NULL: the body's height */
    bool (*open)(struct screen *s, const struct model *m);                /* what is selected */
    bool (*open_evidence)(struct screen *s, const struct model *m);       /* NULL: has none */
    void (*click)(struct screen *s, const struct model *m, int x, int y); /* of the screen */
    char *(*filter)(struct screen *s); /* SCREEN_FILTER_MAX bytes; NULL: cannot be filtered */
    void (*refilter)(struct screen *s, const struct model *m); /* after the filter changed */
    /* A page that is one list gives it and its data, and needs none of move, view_h, click, filter
     * and refilter. */
    struct list *(*list)(struct screen *s);
    const void *(*list_data)(struct screen *s, const struct model *m);
};
const struct root_def *root_def(enum root r); /* NULL: absent */

/* screen.c: the row of the war room. */
extern const struct root_def root_war_room;
/* A detail page over what is shown; false when too many are open. */
bool screen_push(struct screen *s, enum page page, const char *id);

/* screen_open.c: what is selected in the war room's panes, and its evidence. */
bool war_room_open(struct screen *s, const struct model *m);
bool war_room_open_evidence(struct screen *s, const struct model *m);

/* What the list of screen_list() lists. */
const void *screen_list_data(struct screen *s, const struct model *m);

/* resources.c */
extern const struct list_def resource_list;
extern const struct root_def root_resources;
/* page_signals.c */
extern const struct list_def signal_list;
extern const struct root_def root_signals;
void signals_release(struct screen *s);
/* page_audit.c */
extern const struct list_def audit_list;
extern const struct root_def root_audit;

/* timeline.c: is it evidence for a change of the system (a deployment, an edited file)? */
bool view_shows_change(const struct model *m, const struct evidence *e);
/* page_services.c */
extern const struct root_def root_services;
void services_release(struct screen *s);
void services_forget(struct screen *s); /* the model begins anew */

/* security.c, page_finding.c */
extern const struct list_def security_list;

/* security_groups.c: findings by service, each service with a row of its own that can be folded. An
 * item of the list below SECURITY_GROUPS is that row of a service, the others are findings. */
#define SECURITY_GROUPS 64
struct security_group {
    char service[48], id[56];         /* id: "group:ec2" */
    size_t count[FINDING_SEVERITIES]; /* that count */
    size_t quiet;                     /* gone, or accepted */
    bool folded;
};
struct security_groups {
    const struct model *m;
    struct security_group groups[SECURITY_GROUPS];
    size_t count;
    uint64_t version;
    bool grouped; /* of the last update */
};
struct security_groups *security_groups_new(void);
void security_groups_free(struct security_groups *g);
#define TOLD_LOOKED_AT 256 /* of the last queries: what runs is among them */

/* security_progress.c: a look that goes on. In words; by service, in one row; by place, the whole
 * of `r`, with what failed first. */
void security_progress_words(const struct model *m, int64_t now_ms, char *out, size_t size);
void security_progress_services(const struct model *m, struct canvas *c, struct rect r);
void security_progress_places(const struct model *m, struct canvas *c, struct rect r);
/* Counted anew when findings came; returns what the list's functions take. */
const struct security_groups *security_groups_update(struct screen *s, const struct model *m);
/* NULL: the item is a finding. */
const struct security_group *security_group_at(const struct security_groups *g, size_t item);
/* "1 critical  2 high" */
void security_group_words(const struct security_group *g, struct buf *out);
bool security_shown(const void *data, size_t item, bool grouped);
extern const struct root_def root_security;
bool finding_counts(const struct finding *f); /* neither gone nor accepted */
enum style finding_style(const struct finding *f);
const char *finding_resource(const struct finding *f); /* without what an ARN begins with */
void lay_finding(const struct model *m, struct rich *r, const char *id);
bool finding_has_links(const struct model *m, const char *id);
bool finding_open_link(struct screen *s, const struct model *m, const char *id);

/* page_timeline.c */
extern const struct root_def root_timeline;

/* answer.c */
/* Rows that the answer over the panes wants; 0: there is none, or no room. */
int answer_rows(const struct screen *s, const struct model *m, int cols, int rows);
void answer_draw(const struct model *m, struct canvas *c, struct rect r);
void lay_answer(const struct model *m, struct rich *r);
bool answer_has_links(const struct model *m);
bool answer_open_link(struct screen *s, const struct model *m, size_t row);

/* frame.c */
enum style verdict_style(enum verdict v);
enum glyph verdict_glyph(enum verdict v);
void draw_box(struct canvas *c, struct rect r);
void draw_frame(const struct screen *s, const struct layout *l, struct canvas *c);
void draw_status(const struct screen *s, const struct model *m, const struct layout *l,
                 struct canvas *c);
/* The names of the root pages in the divider over the input line. */
void draw_root_tabs(const struct screen *s, const struct layout *l, struct canvas *c);
void draw_hints(const struct screen *s, const struct layout *l, struct canvas *c);
/* A mark on the right border of `r` for what part of `total` is seen. */
void draw_scroll(struct canvas *c, struct rect r, size_t top, size_t seen, size_t total);
void draw_note(const struct screen *s, const struct layout *l, struct canvas *c, enum pane pane,
               const char *text);
/* Centred lines of text for what has no content; draw_empty() draws dim ones. */
void draw_words(struct canvas *c, struct rect r, const char *const *lines, size_t count,
                enum style style);
void draw_empty(struct canvas *c, struct rect r, const char *const *lines, size_t count);

/* debug.c */
void draw_debug(const struct screen *s, struct canvas *c);

/* input.c */
void draw_input(struct screen *s, const struct model *m, const struct layout *l, struct canvas *c);
/* popup.c, palette.c: over everything that is drawn already */
void draw_popup(struct screen *s, const struct layout *l, struct canvas *c);
void draw_palette(struct screen *s, const struct layout *l, struct canvas *c);
void draw_box(struct canvas *c, struct rect r); /* frame.c */

/* start.c */
void draw_start(const struct screen *s, struct canvas *c, struct rect r);

/* replay.c */
void draw_replay(const struct screen *s, struct canvas *c, int x, int y, int room);

/* transcript.c */
void transcript_draw(struct screen *s, const struct model *m, struct canvas *c, struct rect r);
void transcript_move(struct screen *s, const struct model *m, int by);
void transcript_scroll(struct screen *s, const struct model *m, long lines);
void transcript_home(struct screen *s, const struct model *m);
void transcript_end(struct screen *s, const struct model *m);
void transcript_click(struct screen *s, const struct model *m, int row);
void transcript_refilter(struct screen *s);
size_t transcript_shown(struct screen *s, const struct model *m);
void transcript_note(struct screen *s, const struct model *m, char *out, size_t size);
void transcript_find_note(struct screen *s, const struct model *m, size_t *ret_at, size_t *ret_all);
void transcript_release(struct screen *s);
void transcript_forget(struct screen *s); /* the model begins anew */

/* tree.c */
void tree_draw(struct screen *s, const struct model *m, struct canvas *c, struct rect r);
void tree_move(struct screen *s, const struct model *m, int by);
void tree_click(struct screen *s, const struct model *m, int row);
void tree_scroll(struct screen *s, const struct model *m, long lines);
void tree_toggle(struct screen *s, const struct model *m);
void tree_open(struct screen *s, const struct model *m, bool open);
/* The hypothesis that the selected line belongs to, and the evidence that it is; or NULL. */
const struct hypothesis *tree_selected(struct screen *s, const struct model *m);
const struct evidence *tree_selected_evidence(struct screen *s, const struct model *m);
enum glyph hyp_glyph(enum hyp_status s);
enum style hyp_style(enum hyp_status s);
char hyp_letter(enum hyp_status s);
enum style strength_style(enum evidence_strength s);

/* resources.c */
void resources_draw(struct screen *s, const struct model *m, struct canvas *c, struct rect r);
/* "3 critical  2 warning", or what the filter left. */
void resources_note(struct screen *s, const struct model *m, char *out, size_t size, int width);
const struct resource *resources_selected(struct screen *s, const struct model *m);
enum glyph health_glyph(enum health h);
enum style health_style(enum health h);
char health_letter(enum health h);
const char *health_words(const struct resource *r);
void age_words(int64_t ms, struct buf *out);

/* pages.c */
void page_draw(struct screen *s, const struct model *m, struct canvas *c, struct rect r);
/* page_resource.c */
void lay_resource(const struct screen *s, const struct model *m, struct rich *r, const char *id);
bool resource_has_links(const struct screen *s, const struct model *m, const char *key);
/* What the resource of a page is known by. */
struct detail_place {
    const char *key, *id, *name, *region, *account;
};
void lay_detail(const struct screen *s, const struct model *m, struct rich *r,
                const struct detail_place *p, size_t first_link);
void lay_detail_head(struct rich *r, const struct resource_detail *d);
const char *detail_link_key(const struct resource_detail *d, size_t link);
bool resource_open_link(struct screen *s, const struct model *m, const char *key, size_t link);
/* page_approvals.c */
/* page_cost.c */
void lay_cost(const struct model *m, struct rich *r);
void lay_context(const struct model *m, struct rich *r);
void lay_approvals(const struct screen *s, const struct model *m, struct rich *r);
void lay_approval(const struct screen *s, const struct model *m, struct rich *r, const char *id);
/* page_sheet.c */
void lay_sheet(const struct screen *s, struct rich *r);
void screen_sheet_moved(struct screen *s); /* the selection is another */
/* page_procedures.c */
void lay_procedures(const struct screen *s, const struct model *m, struct rich *r, const char *id,
                    size_t selected);
bool procedures_have_links(const struct model *m);
bool procedures_open_link(struct screen *s, const struct model *m, const char *id, size_t link);
void page_move(struct screen *s, const struct model *m, long by);
const char *page_title(const struct screen *s);
void draw_root_note(struct screen *s, const struct model *m, const struct layout *l,
                    struct canvas *c);

/* page_evidence.c */
void evidence_page_draw(struct screen *s, const struct model *m, struct canvas *c, struct rect r);
/* On the page of a hypothesis: the chart of its selected evidence at the lower edge. Returns the
 * rows it took, 0 when there is no room or nothing to chart. */
int evidence_dock(struct screen *s, const struct model *m, struct canvas *c, struct rect r);
char *evidence_search(struct screen *s); /* what is searched for; NULL: not on its page */
void evidence_searched(struct screen *s);

/* raw.c */
void raw_release(struct screen *s);
void raw_set_mode(struct screen *s, enum raw_mode mode);
size_t raw_lines(struct screen *s, int width); /* how many; wraps when it must */
void raw_draw_line(const struct screen *s, struct canvas *c, struct rect r, size_t index);
void raw_search(struct screen *s);
size_t raw_match_line(const struct screen *s);
void raw_pan(struct screen *s, int by);

/* screen.c, pages.c */
/* An owned copy of at most SCREEN_ID_MAX - 1 bytes. */
void id_copy(char out[SCREEN_ID_MAX], const char *id);
/* fuzzy.c: is it a part of the text, in either case? */
bool text_matches(const char *text, struct str filter);

#endif
