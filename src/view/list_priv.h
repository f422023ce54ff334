/* list_priv.h - what the files of the list share: its orders, keys and texts.
 * list.c keeps them up to date, list_sort.c makes the order, list_filter.c the rows, list_draw.c
 * the picture. */
#ifndef RUNBOOK_VIEW_LIST_PRIV_H
#define RUNBOOK_VIEW_LIST_PRIV_H

#include "runbook/base/vec.h"
#include "runbook/view/fuzzy.h"
#include "runbook/view/list.h"

/* The texts of all items in lower case, one after the other: the name, NUL, the lesser texts with
 * \001 between, NUL. A filter reads it from front to back. */
struct list_texts {
    char *bytes;
    size_t len, cap, waste; /* waste: of items that were written again */
    uint32_t *at;
    uint16_t *name_len, *rest_len;
    uint64_t *letters;
    size_t count, item_cap; /* items that are in it */
};

struct list_geometry {         /* of the last drawing, for clicks */
    struct rect rows, chooser; /* chooser: without its border */
    size_t choice_top;         /* its first row */
    int header_y;              /* -1: none */
    struct {
        int x, w;
    } columns[LIST_COLUMNS];
};

#define LIST_FIELD_TERMS 8
struct list_field_term {
    const struct list_field *field;
    struct str value; /* in list_work.terms_text, in lower case */
};

struct list_work {
    size_t count;                  /* items that everything below is made for */
    uint32_t *order;               /* all of them */
    uint64_t *keys;                /* by item; of a column that is sorted by number */
    uint32_t *ranks[LIST_COLUMNS]; /* by item; of a column's texts; NULL: not known */
    uint32_t *rows;                /* those that match; only when `filtered` */
    bool filtered;  /* what row_count counts: rows, or else order; a filter may be typed since */
    uint8_t *hits;  /* by item: enum fuzzy_rank; only with a filter */
    uint8_t *marks; /* by item */
    size_t cap;     /* items that there is room for */
    size_t row_count;
    struct list_texts texts;
    struct fuzzy fuzzy;
    char hits_of[LIST_FILTER_MAX]; /* the filter that `hits` holds the answer to */
    struct list_field_term fields[LIST_FIELD_TERMS]; /* of the filter, beside `fuzzy` */
    size_t field_count;
    char terms_text[LIST_FILTER_MAX];
    bool hits_known;
    bool keys_stale, order_stale, rows_stale; /* sorting or filter changed */
    bool seen;                                /* was updated at all */
    const void *data;                         /* what was looked at; only compared */
    uint64_t version, pos;
    int64_t renewed_ms;
    uint32_t blank; /* columns that say nothing of any item, a bit each; not known of many items */
    int need[LIST_COLUMNS]; /* cells that its texts need; only grows; 0: not known */
    size_t measured;        /* items that it is known of */
    struct list_geometry geometry;
    struct buf text, clean; /* of one cell */
};

/* list_sort.c */
/* Keys of the items from..to, when the order is by number. */
void list_make_keys(struct list *l, const void *data, size_t from, size_t to);
void list_make_order(struct list *l, const void *data);
void list_drop_ranks(struct list_work *w); /* the texts are others */

/* list_filter.c */
void list_texts_put(struct list *l, const void *data, size_t item); /* the next one, or again */
void list_texts_fill(struct list *l, const void *data);             /* up to work->count */
void list_texts_release(struct list_texts *t);
void list_make_rows(struct list *l, const void *data);
void list_match_item(struct list *l, const void *data, size_t item); /* again: its texts changed */

bool list_column_shown(const struct list *l, size_t column);
bool list_column_sorts(const struct list *l, size_t column);
const char *list_column_title(const struct list_column *c);
/* Row of the selection; SIZE_MAX in an empty list. */
size_t list_selected_row(struct list *l, const void *data);

#endif
