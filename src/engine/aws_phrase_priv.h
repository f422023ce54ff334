/* aws_phrase_priv.h - a sentence while it is read: what the two halves of the parser share. */
#ifndef RUNBOOK_ENGINE_AWS_PHRASE_PRIV_H
#define RUNBOOK_ENGINE_AWS_PHRASE_PRIV_H

#include "aws_phrase.h"
#include "runbook/codec/json.h"

#define AWS_PHRASE_WORDS_MAX 60

enum does {
    DOES_LIST,
    DOES_CHECK,
    DOES_METRICS,
    DOES_LOGS,
    DOES_CHANGES,
    DOES_ANOMALIES,
    DOES_FINDINGS,
    DOES_COST,
    DOES_ACT
};

struct aws_parse {
    struct arena *a;
    struct str w[AWS_PHRASE_WORDS_MAX];
    bool used[AWS_PHRASE_WORDS_MAX];
    size_t count;
    bool configured;
    aws_account_fn *is_account;
    void *ctx;
    enum does does;
    const struct aws_noun *noun;
    size_t noun_at;
    bool noun_first;    /* the sentence begins with it */
    const char *change; /* "stop" */
    const char *region, *account, *match, *mentions, *health, *since;
    struct buf tags, where;
};

/* One of "a|b|c", in any case; with `plural` also with an s behind it. */
bool aws_phrase_among(struct str word, const char *alternatives, bool plural);

/* A region or its city, or an account, at word `i`: taken. */
bool aws_phrase_take_place(struct aws_parse *p, size_t i);
bool aws_phrase_is_filler(struct str word);

void aws_phrase_use(struct aws_parse *p, size_t from, size_t count); /* words that are read */
void aws_phrase_and(struct aws_parse *p); /* " and " in `where`, when it holds something */

/* ---- aws_phrase_filter.c: what begins at word `i`, taken ---- */
bool aws_phrase_state(struct aws_parse *p, size_t i);  /* "running", "unhealthy" */
bool aws_phrase_window(struct aws_parse *p, size_t i); /* "last 2 hours", "an hour ago" */

/* ---- aws_phrase_rows.c ---- */

#define AWS_ACT_SLOTS 6

/* A value that stands behind one of these words; "#ec2:instance": an id of that kind, "#cidr",
 * "#json": an object. */
struct aws_act_slot {
    const char *param, *words;
    bool needed; /* by this row, whatever the operation says */
};
/* Phrases are "a b|c". */
struct aws_act_phrase {
    const char *act;    /* NULL: `ask` */
    const char *verbs;  /* the sentence begins with one */
    const char *things; /* and holds one; "": none. "x*": where AWS is configured, "x~": with the
                           first slot, "#ec2:instance": an id is enough, "*": any word */
    const char *param;  /* what the name behind the thing is; NULL: it has none */
    const char *flags;  /* "failover=with failover": the phrase sets it to true */
    const char *fixed;  /* "failover=true" */
    const char *ask;
    struct aws_act_slot slots[AWS_ACT_SLOTS + 1];
};
const struct aws_act_phrase *aws_act_phrases(size_t *ret_count);

/* ---- aws_phrase_act.c ---- */

/* False: it is no sentence of a row that changes something. Else *ret is the line for `runbook
 * act`, or asks for exactly what is missing. A change is never done from a sentence. */
bool aws_phrase_act(struct aws_parse *p, struct aws_phrase *ret);

/* ---- aws_phrase_call.c ---- */

const char *aws_phrase_title(struct aws_parse *p);
/* False: something has to be said as well (ret->missing). */
bool aws_phrase_call(struct aws_parse *p, struct json_writer *w, struct aws_phrase *ret);
/* A change that no row makes. */
void aws_phrase_no_act(struct aws_parse *p, struct aws_phrase *ret);

#endif
