/* screen.h - the war room: what is focused, selected, open and scrolled, and how it is drawn.
 * A struct screen holds everything that the person, not the investigation, decides. view_draw() is
 * a function of screen, model and canvas alone (no clock, no I/O), so each screen is a golden file.
 * Selections are ids, never positions on the screen: they stay where they were when rows come and
 * go. Drawing formats visible rows only; wrapped heights are cached by item and width. */
#ifndef RUNBOOK_VIEW_SCREEN_H
#define RUNBOOK_VIEW_SCREEN_H

#include "runbook/base/map.h"
#include "runbook/base/vec.h"
#include "runbook/model/model.h"
#include "runbook/view/approval.h"
#include "runbook/view/canvas.h"
#include "runbook/view/start.h"
#include "runbook/view/timeline.h"
#include "runbook/view/list.h"
#include "runbook/view/service_graph.h"
#include "runbook/view/resource_detail.h"
#include "runbook/view/series.h"
#include "runbook/view/popup.h"
#include "runbook/view/sheet.h"

/* "what you said" for "user": the parts of a model's window, in words for people. */
const char *context_role_words(const char *role);

enum pane { PANE_INVESTIGATION, PANE_HYPOTHESES, PANE_RESOURCES, PANES };
/* What the screen shows under its detail pages; number keys go from one to the other. Which of them
 * exist is the table of root.c: one that has no row there is absent. */
enum root {
    ROOT_WAR_ROOM,
    ROOT_RESOURCES,
    ROOT_SIGNALS,
    ROOT_TIMELINE,
    ROOT_AUDIT,
    ROOT_SERVICES, /* its tab is there when a service graph is */
    ROOT_SECURITY, /* its tab is there when somebody looked */
    ROOTS
};
enum page {
    PAGE_WAR_ROOM,
    PAGE_ANSWER,
    PAGE_EVIDENCE,
    PAGE_HYPOTHESIS,
    PAGE_TOOL,
    PAGE_RESOURCE,
    PAGE_ALERT,
    PAGE_FINDING,
    PAGE_APPROVALS,
    PAGE_APPROVAL,
    PAGE_PROCEDURES,
    PAGE_COST,
    PAGE_CONTEXT,
    PAGE_HELP,
    PAGE_PASTED,
    PAGE_SHEET
};
/* How much the first of two neighbours gets, in thousandths. */
enum layout_size { SIZE_WIDE_LEFT, SIZE_WIDE_UPPER, SIZE_MEDIUM_UPPER, SIZE_MEDIUM_LEFT, SIZES };
enum layout_kind { LAYOUT_WIDE, LAYOUT_MEDIUM, LAYOUT_NARROW, LAYOUT_TINY };

#define SCREEN_MIN_COLS 40
#define SCREEN_MIN_ROWS 8
#define SCREEN_ID_MAX 512 /* bytes of a resource key that is remembered */
#define SCREEN_FILTER_MAX 256
#define SCREEN_RAW_MAX ((size_t)4 << 20) /* bytes of a raw result that are shown */
#define SCREEN_STACK_MAX 8

/* A row of the key table as the help page shows it. */
struct help_row {
    const char *context, *keys, *text, *name; /* name: what a keymap file calls it */
};
struct hint {
    const char *keys, *text;
};

/* A scrolled list of rows with a selection by id. */
struct list_state {
    char selected[SCREEN_ID_MAX]; /* "": none yet */
    size_t row;                   /* where it was last found */
    size_t top;
};

struct span {
    size_t at, len;
};

/* How a raw result is shown: JSON indented, as it was recorded, or byte by byte. */
enum raw_mode { RAW_PRETTY, RAW_TEXT, RAW_HEX };

struct detail_state {
    enum page page;
    char id[SCREEN_ID_MAX]; /* evidence, hypothesis, call or resource */
    size_t top;
    size_t row; /* selected link, of a page that has any */
    bool moved; /* the person went to it: it is kept in sight, not the page's beginning */
};

/* What is known of the chain of this session's journal; the frontend finds out. */
enum chain_step { CHAIN_UNKNOWN, CHAIN_READING, CHAIN_GOOD, CHAIN_BROKEN, CHAIN_NO_JOURNAL };
struct chain_state {
    enum chain_step step;
    uint64_t lines;        /* that fit */
    char last_hash[72];    /* of the last of them */
    char why[256];         /* what does not fit, or why there is nothing to read */
    size_t torn_bytes;     /* of a line that is being written */
    uint64_t signed_lines; /* up to where the head is signed; 0: not yet */
    char key[20];          /* of the key, a part of its hash */
    int64_t checked_ms;
};

/* Placeholders ("[redacted-1a2b3c4d]") that the investigation pane draws as what they stand for.
 * Only cells are: what is copied to a file or shown in a pager keeps them. */
struct screen_reveal {
    void *ctx;
    /* Append the text with those put back that are known; how many were. NULL: none is. */
    size_t (*fn)(void *ctx, struct str text, struct buf *out);
    bool on;
};
#define SCREEN_SECRET_MARK "[redacted-"

struct screen {
    enum root root;
    enum pane focus; /* in the war room */
    bool zoomed;
    int sizes[SIZES];
    bool grabbed_upright, grabbed_level; /* lines that the mouse drags */
    bool input_focus, filter_focus;
    bool searching; /* filter_focus: it is a search ('/'), not a filter */
    bool read_only; /* replay: no input line */
    struct screen_reveal reveal;
    int64_t now_ms;      /* wall clock for the elapsed time; a replay gives the model's own time */
    int64_t tick_ms;     /* a clock that always runs: how old the order of a large list is */
    const char *message; /* one line over the hints: an error, an answer to a key; NULL: none */
    bool message_danger;
    const char *replay_text;   /* "event 41 of 230  4x  paused"; NULL: live */
    double replay_progress;    /* 0-1 */
    const struct start *start; /* a first run: what is found here; NULL: no first run */
    const char *start_init_key;
    const char *label;  /* stands in the status all the time: "recording of ..."; NULL: none */
    uint64_t drawn_seq; /* of the last drawing: a model that went back drops what is cached */
    uint64_t drawn_epoch;

    struct str input; /* borrowed from the line editor while drawing */
    size_t input_cursor;
    size_t input_top; /* first row of it that is seen */
    struct str filter_input;
    struct {               /* a question of the program, asked in the input area */
        const char *label; /* NULL: none */
        struct str text;
        size_t cursor;
    } prompt;
    struct { /* the history is being searched: `input` is what was found */
        bool active, failed;
        struct str query;
        size_t cursor;
        size_t match_at, match_len;
    } search;
    const char *const *chips; /* pasted texts that go with the question: "pasted 120 lines, 8 KB" */
    size_t chip_count;
    bool coarse; /* moving a part of the rows costs as much as drawing them: scroll in steps */
    const char *edit_mode;         /* of vi: "normal", "insert" ...; NULL: none */
    size_t marked_from, marked_to; /* bytes of the input that visual mode covers; equal: none */
    struct popup popup;
    struct palette_view palette;

    struct approval_view *approval; /* the dialog over everything; NULL: none */
    const char *const *debug;       /* lines of the debug overlay; NULL: none */
    size_t debug_count;

    const struct help_row *help;
    size_t help_count;
    const struct hint *hints;
    size_t hint_count;

    struct detail_state stack[SCREEN_STACK_MAX];
    size_t depth; /* 0: the root itself */

    struct {
        size_t top_item;
        size_t top_line; /* lines of top_item above the edge */
        size_t selected; /* number of an item (items are only appended), SIZE_MAX: none */
        bool follow;     /* keep the end in sight */
        char filter[SCREEN_FILTER_MAX];
        char search[SCREEN_FILTER_MAX];
        size_t match_item, match_nth;    /* where n and N stand; match_item SIZE_MAX: nowhere */
        size_t origin_item, origin_line; /* where it was scrolled to when the search began */
        bool origin_follow;
        struct transcript *cache; /* what is laid out; transcript_priv.h */
        int view_h;               /* of the last drawing */
    } transcript;

    struct {
        struct list_state list;
        struct map *closed;       /* ids of nodes whose branch is hidden; NULL: none */
        struct map *listed, *why; /* whose evidence, whose terms have a line each */
        int view_h;
    } tree;

    struct list resources; /* of the pane and of the page */
    struct {
        char of[SCREEN_ID_MAX]; /* key of the resource; "": none */
        struct arena *arena;    /* owns `d` */
        const struct resource_detail *d;
    } detail;

    const struct sheet *sheet; /* of PAGE_SHEET; borrowed until another is set */
    uint64_t sheet_version;
    char sheet_name[SHEET_NAME_MAX], sheet_row[SHEET_NAME_MAX]; /* which, and what is selected */

    struct { /* the signals page: built from the model */
        struct list list;
        struct signals *data;
    } signals;
    struct list audit, security;
    struct security_groups *groups; /* of the findings, by service; owned */
    struct services_view services;
    bool has_graph, has_security; /* of the last drawing */
    struct chain_state chain;

    struct timeline timeline;

    struct {
        char hash[80];    /* blob that `bytes` holds, "" for none */
        struct buf bytes; /* as recorded, at most SERIES_RAW_MAX of them */
        size_t size_bytes;
        struct buf text; /* what `mode` shows of it, sanitised */
        bool stale;      /* `text` is not made yet */
        char problem[ERR_MSG_MAX];
        bool json;
        enum raw_mode mode;
        VEC(struct span) lines; /* wrapped for lines_width, or whole when panned */
        int lines_width;
        bool panned;
        int pan_cells;
        size_t hex_bytes; /* of a line, at the last drawing */
        char search[SCREEN_FILTER_MAX];
        VEC(size_t) matches; /* where, in what is searched */
        size_t match;        /* the current one */
        struct series_set series;
        char series_of[SCREEN_ID_MAX]; /* evidence or call that `series` was read for */
    } raw;

    struct {
        struct chart_view view;
        char of[SCREEN_ID_MAX]; /* evidence or call that `view` belongs to */
        bool raw;               /* keys go to the raw result, not to the chart */
        bool all;               /* every series, not only what the evidence is about */
        bool charted;           /* a chart was drawn */
        bool unfolded;          /* long queries are shown whole */
        struct chart_span extent;
        size_t raw_at; /* rows before the raw result at the last drawing */
    } evidence;

    /* Result of the last drawing. */
    bool late; /* a list does not show the newest yet: draw again LIST_RENEW_MS later */
    enum layout_kind layout;
    struct rect panes[PANES]; /* w 0: not on the screen */
    struct rect body;         /* of a page, or shared out between the panes */
    int answer_h;             /* rows of the answer over the panes; 0: none */
    int input_h;              /* rows of the input area */
    int cursor_x, cursor_y;   /* -1: no cursor */
    size_t page_lines, page_links, page_link_line;
    int page_view_h;
};

void screen_init(struct screen *s);
void screen_release(struct screen *s);

void view_draw(struct screen *s, const struct model *m, struct canvas *c);
/* Only the input line and its cursor: what an ordinary key changes. False: a full drawing is
 * needed. */
bool view_draw_input(struct screen *s, const struct model *m, struct canvas *c);

const char *view_verdict_words(enum verdict v); /* "nothing wrong found" */

/* What keys do. `by` counts rows (negative: up); pages are the pane's height. */
void screen_move(struct screen *s, const struct model *m, int by);
void screen_page(struct screen *s, const struct model *m,
                 int pages_halves); /* 2: a whole page down */
void screen_home(struct screen *s, const struct model *m);
void screen_end(struct screen *s, const struct model *m);
void screen_focus_next(struct screen *s, int by);
/* Make the focused pane wider or taller by so many cells. False: it has no such neighbour. */
bool screen_resize(struct screen *s, int wider, int taller);
void screen_reset_sizes(struct screen *s);
/* The mouse takes a line between panes, moves it, lets go. False: there is none. */
bool screen_grab(struct screen *s, int x, int y);
bool screen_drag(struct screen *s, int x, int y);
void screen_drop(struct screen *s);

/* What outlives a run: sizes, zoom, columns and sorting of lists, as lines of text. Reading takes
 * any bytes; what makes no sense is passed over. */
void screen_save(const struct screen *s, struct buf *out);
void screen_load(struct screen *s, struct str text);
void screen_focus(struct screen *s, enum pane p); /* of the war room, which comes to the front */
/* Go to a root page, leaving open detail pages. False: there is none of that kind. */
bool screen_go(struct screen *s, enum root r);
bool screen_has_root(enum root r);
const char *screen_root_name(enum root r);
/* Is this pane what keys go to? */
bool screen_in_pane(const struct screen *s, enum pane p);
/* Is a list what keys go to: can its rows be sorted, its columns be chosen? */
bool screen_in_list(const struct screen *s);
/* Show an item of the transcript and its hypothesis in the tree. False: there is no such item. */
bool screen_jump_to_item(struct screen *s, const struct model *m, size_t item);
struct list *screen_list(struct screen *s);                          /* that list; NULL: none */
void screen_mark(struct screen *s, const struct model *m, bool all); /* in that list */
void screen_toggle_node(struct screen *s, const struct model *m);
void screen_open_node(struct screen *s, const struct model *m, bool open); /* left, right */
/* Show or hide the terms of the selected confidence. False: nothing is selected. */
bool screen_tree_why(struct screen *s, const struct model *m);
void screen_tree_select(struct screen *s, const char *hyp);
/* The finding of the open page, or the selected one of the security page; NULL: none. */
const struct finding *screen_finding(struct screen *s, const struct model *m);
/* What a wish would be about: the open page's or the tree's hypothesis; NULL: none. */
const struct hypothesis *screen_hypothesis(struct screen *s, const struct model *m);
void screen_set_filter(struct screen *s, const struct model *m,
                       const char *text); /* of the focused pane */
const char *screen_filter(struct screen *s);
/* The investigation pane. Search marks every match; the screen goes to the first one behind where
 * it stood at screen_search_begin(), or back there when there is none. */
enum find_result { FIND_NO_SEARCH, FIND_NOTHING, FIND_FOUND, FIND_WRAPPED /* past the end */ };
void screen_scroll(struct screen *s, const struct model *m, long lines);
void screen_search_begin(struct screen *s);
enum find_result screen_search(struct screen *s, const struct model *m, const char *text);
enum find_result screen_search_next(struct screen *s, const struct model *m, int by);
void screen_search_end(struct screen *s);
void screen_turn(struct screen *s, const struct model *m,
                 int by); /* to the question before, after */
bool screen_fold(struct screen *s, const struct model *m,
                 bool all); /* false: no turn, or a filter */
/* Open or close the selected query, thought or long question in place; fold the turn of another
 * question. False: it does not open. */
bool screen_toggle_item(struct screen *s, const struct model *m);
void screen_toggle_all(struct screen *s, const struct model *m);
/* Show one item and select it, whatever was filtered or folded. */
void screen_goto_item(struct screen *s, const struct model *m, size_t item);
/* A blob whose first lines an opened query wants; NULL: none. Give it with screen_set_excerpt(). */
const char *screen_wants_excerpt(const struct screen *s);
void screen_set_excerpt(struct screen *s, const char *hash, struct str text, const char *problem);
/* Append an item, or all of them, as plain text of `width` cells without borders, LF behind
 * each line: for copying and for a pager. */
void screen_item_text(struct screen *s, const struct model *m, size_t item, int width, bool ascii,
                      struct buf *out);
void screen_transcript_text(struct screen *s, const struct model *m, int width, bool ascii,
                            struct buf *out);
void screen_click(struct screen *s, const struct model *m, int x, int y);
bool screen_can_filter(struct screen *s);

/* What is selected (of a page of a query: its raw result), or the whole pane or page, as text
 * without borders. `like` is the canvas that is shown. Appends; false: there is nothing. */
enum copy_what { COPY_ITEM, COPY_PANE, COPY_TRANSCRIPT };
bool view_copy_text(struct screen *s, const struct model *m, const struct canvas *like,
                    enum copy_what what, struct buf *out);

/* Pages. False when there is nothing to open. */
bool screen_open(struct screen *s, const struct model *m); /* what is selected */
/* Would Enter find something to open, and is there another evidence to go to? For the hints. */
bool screen_can_open(struct screen *s, const struct model *m);
bool screen_list_is_empty(struct screen *s, const struct model *m); /* the focused list */
bool screen_has_next_evidence(const struct screen *s, const struct model *m);
bool screen_open_evidence(struct screen *s,
                          const struct model *m); /* evidence of what is selected */
/* The first key of a command ("tree.reject") as the help has it. False: it has none. */
#define SCREEN_KEY_MAX 32
bool screen_key(const struct screen *s, const char *command, char out[SCREEN_KEY_MAX]);
/* What the language model has cost, and what fills its window; again: back. */
void screen_open_cost(struct screen *s);
void screen_open_context(struct screen *s);
void screen_open_help(struct screen *s);
/* The page of what was concluded, or back from it. False: nothing is. */
bool screen_open_answer(struct screen *s, const struct model *m);
bool screen_has_answer(const struct model *m);
/* The queue of approvals: those that wait, then the answered ones, the newest first. */
void screen_open_approvals(struct screen *s);
void screen_open_approval(struct screen *s, const char *id);
/* A run of a skill or a plan; "": the last one, or back from it. */
void screen_open_procedures(struct screen *s, const char *run);
const struct step_run *screen_procedure_step(const struct screen *s, const struct model *m);
/* Of the queue the selected one, of an approval's page that one; else NULL. */
const struct approval *screen_approval(const struct screen *s, const struct model *m);
bool screen_open_resource(struct screen *s, const char *key); /* its page */
/* A pasted text; screen_wants_blob() asks for it by this name. */
bool screen_open_pasted(struct screen *s, const char *name);
bool screen_back(struct screen *s);
/* The page that the program around the screen writes (sheet.h); it is opened once. The sheet is
 * borrowed until the next call; NULL: there is none. */
bool screen_open_sheet(struct screen *s);
void screen_set_sheet(struct screen *s, const struct sheet *sheet);
bool screen_on_sheet(const struct screen *s);
const struct sheet_row *screen_sheet_row(const struct screen *s); /* selected; NULL: none */
bool screen_sheet_select(struct screen *s, const char *id);       /* false: no such row */
void screen_next_evidence(struct screen *s, const struct model *m, int by);
/* Which blob the open page wants and does not have; NULL: none. */
const char *screen_wants_blob(const struct screen *s, const struct model *m);
/* What is kept of a resource: the key that the open page wants; NULL: none. Give it with
 * screen_set_detail(), which takes over the arena that `d` lives in; it may come more than once. */
/* On the page of what is not safe: fold the service of the selected row, or open it. False: nothing
 * changed. */
enum security_fold { SECURITY_FOLD, SECURITY_UNFOLD, SECURITY_FOLD_TURN };
bool security_fold(struct screen *s, const struct model *m, enum security_fold how);
const char *screen_wants_detail(const struct screen *s);
void screen_set_detail(struct screen *s, const char *key, struct arena *arena,
                       const struct resource_detail *d);
const struct resource_detail *screen_detail(const struct screen *s, const char *key);
/* Give it: the raw bytes, or why not. `text` is copied and sanitised. */
/* The model was folded anew (a replay went back): forget what was made of later events. To be
 * called before anything else is done with the screen; drawing does it as well. */
void screen_model_moved(struct screen *s, const struct model *m);
void screen_set_raw(struct screen *s, const char *hash, struct str text, const char *problem);

/* The page of an evidence or a query: its chart and its raw result. False: nothing to do there. */
bool screen_on_evidence(const struct screen *s);
bool screen_chart_zoom(struct screen *s, int by); /* +1 closer, -1 wider, 0 everything */
/* -1, +1: the chart's cursor by a column, or the raw result sideways; `far`: by half a screen. */
void screen_evidence_side(struct screen *s, int by, bool far);
void screen_evidence_tab(struct screen *s);    /* from the chart to the raw result and back */
bool screen_chart_all(struct screen *s);       /* all series, or what it is about; what it is now */
void screen_evidence_unfold(struct screen *s); /* long queries whole, or their first lines */
void screen_raw_hex(struct screen *s);
void screen_raw_pretty(struct screen *s);
bool screen_raw_wrap(struct screen *s); /* true: long lines are wrapped now */
/* Next or previous match of the search (screen_set_filter()); number of matches. */
size_t screen_raw_match(struct screen *s, int by);
/* The chart of an evidence for other frontends: a sentence a series, appended; nothing when the raw
 * result holds no numbers. */
void evidence_sentence(const struct model *m, const struct evidence *e, struct str raw,
                       struct buf *out);
/* The picture itself as lines of text, of an evidence (`e`) or of a call (`e` NULL): a small curve
 * a series with its extremes, a histogram. Without `drawn` (a locale without such characters) of a
 * curve its numbers only. */
void picture_text(const struct model *m, const struct evidence *e, const struct tool_run *t,
                  struct str raw, bool drawn, struct buf *out);

#endif
