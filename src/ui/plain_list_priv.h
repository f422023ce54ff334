/* plain_list_priv.h - a kind of list of plain mode, for its table (plain_rows.c) and for what all
 * lists have (plain_lists.c). */
#ifndef RUNBOOK_SRC_UI_PLAIN_LIST_PRIV_H
#define RUNBOOK_SRC_UI_PLAIN_LIST_PRIV_H

#include "src/ui/plain_priv.h"

#define PLAIN_KEYS 8

/* What a list can be sorted by; number or text is NULL. A number that is NAN stands last. */
struct plain_key {
    const char *name; /* NULL: the last */
    double (*number)(const struct model *m, size_t index);
    const char *(*text)(const struct model *m, size_t index);
    bool falls; /* the largest first, until it is reversed */
};

struct plain_list {
    const char *name;
    const char *none; /* what is said of an empty one */
    size_t (*count)(const struct model *m);
    bool (*words)(const struct model *m, size_t index, struct buf *out); /* false: not in it */
    void (*open)(struct plain *p, size_t index);
    int (*compare)(const struct model *m, size_t a, size_t b); /* NULL: as they came */
    struct plain_key keys[PLAIN_KEYS];
};

extern const struct plain_list plain_list_table[];
extern const size_t plain_list_count;
/* plain_services.c */
size_t plain_count_services(const struct model *m);
bool plain_words_service(const struct model *m, size_t i, struct buf *out);
void plain_open_service(struct plain *p, size_t i);
/* plain_signals.c */
size_t plain_count_signals(const struct model *m);
bool plain_words_signal(const struct model *m, size_t row, struct buf *out);
void plain_open_signal(struct plain *p, size_t row);
int plain_compare_signals(const struct model *m, size_t a, size_t b);
double plain_signal_severity(const struct model *m, size_t row);
double plain_signal_since(const struct model *m, size_t row);
double plain_signal_score(const struct model *m, size_t row);
const char *plain_signal_service(const struct model *m, size_t row);
/* plain_rows.c */
bool plain_words_evidence(const struct model *m, size_t i, struct buf *out);
void plain_open_evidence(struct plain *p, size_t i);
extern const struct plain_list plain_start_list; /* what a first run offers; not listed by name */

#endif
