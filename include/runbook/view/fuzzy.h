/* fuzzy.h - does a text match what was typed, how well, and where.
 * What was typed is cut at blanks into terms, and all of them must match. A term matches as a part
 * of the text, else scattered: its characters in order with others between, where a number stays
 * together ("w12" finds worker-12, not worker-312 or worker-102). A term without capitals matches
 * either case (ASCII letters). Longer terms match fewer texts: adding a character to what was typed
 * only ever narrows what matched before, which is what makes a filter over 100,000 rows quick. */
#ifndef RUNBOOK_VIEW_FUZZY_H
#define RUNBOOK_VIEW_FUZZY_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "runbook/base/str.h"

#define FUZZY_TERMS 8
#define FUZZY_TERM_MAX 64 /* bytes; the rest of a longer term is not looked at */

enum fuzzy_rank {
    FUZZY_NO,
    FUZZY_SCATTERED,
    FUZZY_TIGHT,  /* scattered, but close together */
    FUZZY_FIELD,  /* for the caller: a part of a lesser text than the name */
    FUZZY_INSIDE, /* a part */
    FUZZY_WORD,   /* the beginning of a word */
    FUZZY_PREFIX,
    FUZZY_WHOLE,
    FUZZY_RANKS
};

struct fuzzy_term {
    char text[FUZZY_TERM_MAX]; /* in lower case unless exact_case */
    size_t len;
    uint8_t units[FUZZY_TERM_MAX]; /* bytes of what stays together: a number, else a character */
    size_t unit_count;
    uint64_t letters; /* fuzzy_letters() of it in lower case */
    bool exact_case;
};

struct fuzzy {
    struct fuzzy_term terms[FUZZY_TERMS];
    size_t count; /* 0: everything matches */
};

void fuzzy_parse(struct fuzzy *f, struct str typed);
/* Which characters occur, as a set of bits: a text without all bits of a term cannot match it. */
uint64_t fuzzy_letters(struct str text);

/* How one term matches. `scattered` false: only as a part. */
enum fuzzy_rank fuzzy_match(const struct fuzzy_term *t, struct str text, bool scattered);
/* How all terms match: the worst of them; FUZZY_WHOLE without terms. */
enum fuzzy_rank fuzzy_match_all(const struct fuzzy *f, struct str text);
/* The same as fuzzy_match() for a text that is in lower case already and a term that is not
 * exact_case, at the speed of memmem(). */
enum fuzzy_rank fuzzy_match_lower(const struct fuzzy_term *t, struct str text, bool scattered);

/* Set hit[i] for every byte of `text` that the term matched; hit has text.len bytes, bytes that did
 * not match are left alone. */
void fuzzy_mark(const struct fuzzy_term *t, struct str text, bool scattered, bool *hit);

#endif
