/* transcript_priv.h - what the files of the investigation pane share.
 * transcript.c         where it is scrolled to, and drawing
 * transcript_entry.c   an item laid out, kept while it is in sight; heights
 * transcript_items.c   the words of each kind of item
 * transcript_tool.c    a query that is open: arguments, timing, the first lines of its result
 * transcript_shown.c   which items are shown: filter, folded turns
 * transcript_find.c    search */
#ifndef RUNBOOK_VIEW_TRANSCRIPT_PRIV_H
#define RUNBOOK_VIEW_TRANSCRIPT_PRIV_H

#include "runbook/base/timefmt.h"
#include "src/view/markdown_priv.h"
#include "src/view/view_priv.h"

#define ENTRIES 128 /* more than there are rows in sight, nearly always */
#define EXCERPTS 48
#define TAIL_MAX 96

/* One item, laid out. */
struct entry {
    bool used;
    size_t index, stamp;
    int width;
    bool ascii;
    struct rich rich;
    struct md_stream md; /* of ITEM_TEXT: goes on where it was */
    enum glyph glyph;
    enum style glyph_style;
    bool has_glyph, gap_before;
    char tail[TAIL_MAX]; /* at the right edge of the first line */
    enum style tail_style;
    VEC(struct span) matches; /* of the search, in rich.text */
    unsigned search;          /* the search that they are of; 0: none */
};

struct excerpt {
    char hash[80];
    struct buf text;
    char problem[ERR_MSG_MAX];
    bool cut;
    unsigned used, given; /* when it was last drawn, and given */
};

enum item_flag { ITEM_OPENED = 1, ITEM_CLOSED = 2 /* against open_all */ };

/* What follows from model and screen and is kept because it costs time. */
struct transcript {
    struct entry *entries[ENTRIES]; /* by item number modulo ENTRIES */
    VEC(uint32_t) heights;          /* 0: not known */
    VEC(size_t) stamps;             /* of the content that a height was computed for */
    int width;                      /* of the pane, that heights are for */
    bool ascii;
    char session[80]; /* whose items these are */

    VEC(uint8_t) flags; /* enum item_flag of each item */
    bool open_all;

    VEC(size_t) turns;   /* numbers of the items that begin a turn */
    VEC(uint8_t) folded; /* of each turn */
    size_t folded_count, turns_to;

    VEC(size_t) shown; /* items that are shown, when not all are */
    bool shown_stale;
    size_t shown_to;

    unsigned search;         /* counts searches; 0: none */
    VEC(uint16_t) hits;      /* matches in each item */
    VEC(size_t) hits_stamps; /* of the content that they were counted in; 0: not counted */

    size_t seen;     /* items that there were when the end was in sight */
    size_t seen_len; /* and bytes of the last one's text */

    struct excerpt excerpts[EXCERPTS];
    const char *wants[EXCERPTS]; /* blobs that opened items lack; of the last drawing */
    size_t want_count;
    unsigned drawn;
};

struct transcript *transcript_of(struct screen *s); /* made on first use */

/* transcript_entry.c */
int transcript_time_width(int width);
struct entry *entry_get(struct screen *s, const struct model *m, size_t index);
size_t entry_lines(struct screen *s, const struct model *m, size_t index); /* its height */
size_t item_stamp(struct screen *s, const struct model *m, size_t index);
/* Lay an item without keeping it; entry_release() it. */
void entry_lay_once(struct screen *s, const struct model *m, size_t index, int width, bool ascii,
                    struct entry *ret);
void entry_release(struct entry *e);
void transcript_fit(struct screen *s, const struct model *m, int width, bool ascii);
bool item_opened(struct screen *s, size_t index);

/* transcript_items.c */
void item_lay(struct screen *s, const struct model *m, struct entry *e);
const char *item_words(const struct model *m, const struct item *it, size_t part);
bool item_streams(const struct model *m, size_t index);
bool item_can_open(const struct model *m, const struct item *it);

/* transcript_tool.c */
void lay_tool(struct screen *s, const struct model *m, struct entry *e, const struct tool_run *t);

size_t excerpt_stamp(struct screen *s, const char *hash); /* 0: not there */

/* transcript_shown.c */
size_t item_at(struct screen *s, size_t place);
size_t place_of(struct screen *s, size_t item); /* or of the nearest one before it */
size_t turn_of(struct screen *s, const struct model *m, size_t item); /* SIZE_MAX: before any */
bool turn_is_folded(struct screen *s, size_t turn);
void turn_unfold(struct screen *s, size_t turn);
size_t turn_end(struct screen *s, const struct model *m, size_t turn); /* the item behind it */

/* transcript_find.c */
void find_matches(struct screen *s, struct entry *e);
void transcript_count(struct screen *s, const struct model *m);

/* transcript.c */
void transcript_show_item(struct screen *s, const struct model *m, size_t item);
void transcript_show_line(struct screen *s, const struct model *m, size_t item, size_t line);

#endif
