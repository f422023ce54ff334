/* list.h - the one list of the screen: columns that are chosen and sorted, a filter, marked rows, a
 * selection that stays with its item.
 *
 * What is listed is described by a const struct list_def: how many items there are, their ids, and
 * a table of columns. Items are numbered; numbers are stable while the data grows, and a list holds
 * only numbers: the order of all items (made again when the data or the sorting changes) and the
 * rows that match the filter. A drawing asks for the text of visible rows only.
 *
 * A hundred thousand items cost a few milliseconds: sort keys are numbers that are sorted by
 * radix, a filter looks through one block of lower-case text and, while it is being typed, only at
 * what matched before. With more than LIST_LIVE items changes show LIST_RENEW_MS late. */
#ifndef RUNBOOK_VIEW_LIST_H
#define RUNBOOK_VIEW_LIST_H

#include "runbook/base/str.h"
#include "runbook/view/canvas.h"

#define LIST_ID_MAX 512
#define LIST_FILTER_MAX 256
#define LIST_TEXTS 8      /* of an item that a filter looks at */
#define LIST_COLUMNS 20   /* of one list */
#define LIST_LIVE 4096    /* items that are ordered at every change */
#define LIST_RENEW_MS 500 /* larger lists: how often */

/* What a column says of an item. */
struct list_cell {
    struct buf *text;
    enum style style;
    bool has_glyph; /* drawn before the text */
    enum glyph glyph;
    const double *values; /* a sparkline in place of the text; borrowed for the drawing */
    size_t value_count;
};

struct list_column {
    const char *name;      /* unique in its list: what a state file and a message say */
    const char *title;     /* in the header; NULL: as the name */
    uint8_t min, want;     /* cells; without room for `min` it is left out */
    uint8_t grow;          /* 0: as wide as its texts; the highest gives first what is too much */
    uint8_t drop;          /* the highest is left out first; 0: never */
    bool right, hidden;    /* aligned; not shown before it is chosen */
    bool middle;           /* a text that is too long loses its middle: ends differ in names */
    bool fuzzy, match;     /* scattered matches are marked in it; only parts are */
    bool falls;            /* sorted from large to small first */
    const char *orders[2]; /* words for small to large, large to small: "oldest first"; or NULL */
    /* Fill a cell for an item; `width` is what there is. */
    void (*cell)(const void *data, size_t item, int width, struct list_cell *ret);
    double (*number)(const void *data, size_t item);    /* sorted by this; NaN comes last */
    const char *(*text)(const void *data, size_t item); /* or by this, numbers in it by value */
};

/* "region:eu": a word of the filter that looks in one text only. */
struct list_field {
    const char *name; /* before the colon */
    const char *(*text)(const void *data, size_t item);
};

struct list_def {
    const char *name;  /* "resources": in a state file */
    const char *title; /* "Resources" */
    const struct list_column *columns;
    size_t column_count;
    int sort; /* column it is sorted by at first; -1: as the items come */
    size_t (*count)(const void *data);
    const char *(*id)(const void *data, size_t item);
    size_t (*find)(const void *data, const char *id); /* SIZE_MAX: not there; NULL: searched for */
    /* What a filter looks at: first the name, then lesser texts. Returns how many. */
    size_t (*texts)(const void *data, size_t item, const char *ret[LIST_TEXTS]);
    const struct list_field *fields; /* NULL: none */
    size_t field_count;
    /* Is the item a row? `grouped`: in the list's first order, without a filter. NULL: each is. */
    bool (*shown)(const void *data, size_t item, bool grouped);
    /* Columns that say nothing of most items, a bit each, where that is known; or NULL. */
    uint32_t (*blank)(const void *data);
    /* Another number whenever an item came or changed. */
    uint64_t (*version)(const void *data);
    /* The next item that changed since *pos, which it moves on. False: no more. SIZE_MAX in
     * *ret_item: any may have. NULL: any may have whenever the version is another. */
    bool (*changed)(const void *data, uint64_t *pos, size_t *ret_item);
    /* Words for a list without items, up to 3 lines; *ret_style STYLE_DANGER for an error. */
    size_t (*empty)(const void *data, const char *ret[3], enum style *ret_style);
};

struct list_work; /* orders, keys and texts: list_priv.h */

struct list {
    const struct list_def *def;
    char selected[LIST_ID_MAX]; /* "": none yet, the first row */
    size_t row;                 /* where the selection was last found */
    size_t top;
    char filter[LIST_FILTER_MAX];
    int sort; /* -1: as the items come */
    bool reverse;
    uint32_t hidden; /* columns, a bit each */
    size_t marked;   /* how many items are */
    bool choosing;   /* the columns are being chosen */
    size_t choice;   /* column under the cursor then */
    bool late;       /* of the last update: something changed that is not shown yet */
    int view_h;      /* rows of the last drawing */
    struct list_work *work;
};

/* The definition is kept; it must be const data. */
void list_init(struct list *l, const struct list_def *def);
void list_release(struct list *l);
/* The data is not what it was (a replay went back): everything is looked at anew. What the person
 * chose stays, but the marks go. */
void list_forget(struct list *l);

/* Bring order and rows up to date. Drawing and moving do it by themselves. */
void list_update(struct list *l, const void *data, int64_t tick_ms);
size_t list_shown(const struct list *l); /* rows that match */
size_t list_total(const struct list *l);
size_t list_item(const struct list *l, size_t row);
size_t list_selected(struct list *l, const void *data); /* the item; SIZE_MAX: none */

void list_move(struct list *l, const void *data, int64_t tick_ms, long by);
/* A click where the last drawing put something: a row, a column's title, a box of the chooser. */
void list_click(struct list *l, const void *data, int x, int y);
void list_refilter(struct list *l);         /* `filter` was changed */
void list_regroup(struct list *l);          /* list_def.shown answers anew */
bool list_is_grouped(const struct list *l); /* in its first order, without a filter */
void list_select(struct list *l, const char *id);
size_t list_row(struct list *l, const void *data); /* of the selection; SIZE_MAX: none */
void list_sort_next(struct list *l);               /* the next shown column that can be sorted */
void list_sort_reverse(struct list *l);
void list_sort_by(struct list *l, int column);               /* the same one again: reversed */
void list_sort_words(const struct list *l, struct buf *out); /* "by value, falling" */
void list_choose(struct list *l, bool on);
void list_mark(struct list *l, const void *data); /* or unmark; in the chooser: show or hide */
void list_mark_shown(struct list *l, const void *data); /* all rows; none when all are */
void list_unmark(struct list *l);
bool list_is_marked(const struct list *l, size_t item);

/* What copying gives: the marked rows, else the selected one; columns between tabs, a line a row.
 */
void list_copy(struct list *l, const void *data, struct buf *out);
void list_copy_shown(struct list *l, const void *data, struct buf *out); /* all that match */
/* The state that outlives a run, as lines of text; and back: false when `key` is not of this list.
 * A value that makes no sense changes nothing. */
void list_save(const struct list *l, struct buf *out);
bool list_load(struct list *l, struct str key, struct str value);

/* "/filter 12 of 100", "3 marked" or "", for a title. */
void list_note(const struct list *l, char *out, size_t size);
void list_draw(struct list *l, const void *data, int64_t tick_ms, struct canvas *c, struct rect r,
               bool focused);

#endif
