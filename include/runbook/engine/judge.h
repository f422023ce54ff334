/* judge.h - what a model's word is worth. Code decides, from what was recorded; the model's words
 * change no number. An evidence needs an answer that was really given, that is about what the
 * hypothesis is about, and that code could measure (strong or weak, by the size of the change) or
 * that holds the quotation word for word (weak at most: a text can have been written by anybody). A
 * confirmation needs two different looks of which one was measured, nothing that contradicts, and
 * that what would refute it was looked for. Between a model and the built-in ranking the
 * ranking stands, unless what is recorded for the model's cause clearly weighs more. Pure. */
#ifndef RUNBOOK_ENGINE_JUDGE_H
#define RUNBOOK_ENGINE_JUDGE_H

#include "runbook/model/model.h"

#define JUDGE_STRONG_Z 6.0 /* usual spreads that a measured change needs to be strong */
#define JUDGE_WEAK_Z 4.0   /* ... and to be one at all */
#define JUDGE_MIN_REL 0.05 /* of the level: a smaller change matters to nobody */
#define JUDGE_MARGIN 0.10  /* by which a model's cause has to be better supported */
#define JUDGE_NOT_RANKED                                                                           \
    0.4 /* most that a service can get which the ranking does not even name                        \
         */

/* What code found in the answer that an evidence cites. */
struct judge_reading {
    bool about;      /* it names what the hypothesis is about */
    bool quoted;     /* the quotation stands in it, word for word */
    bool measured;   /* a series of it could be compared before and after */
    bool own_metric; /* ... of the metric that the hypothesis names */
    double z, rel;   /* of the change, in usual spreads and as part of the level */
};

/* The strength that is recorded. False: nothing is; *ret_why says what is missing (static text). */
bool judge_evidence(const struct judge_reading *r, bool against, enum evidence_strength *ret,
                    const char **ret_why);

/* Why `h` is not to be called confirmed, for the model to act on; NULL: it may. Text goes to `a`.
 */
const char *judge_unproven(const struct model *m, const struct hypothesis *h, struct arena *a);
/* All that is missing is a look for the opposite: a query that was made for it, was answered, and
 * is not what speaks for it. */
bool judge_unchallenged(const struct model *m, const struct hypothesis *h, struct arena *a);
/* Why a model may not call `h` refuted; NULL: it may. */
const char *judge_unrefuted(const struct model *m, const struct hypothesis *h, struct arena *a);

/* The most that the ranking of all services leaves for a hypothesis of a model that only metrics
 * speak for; 1 when there is no ranking or something else speaks for it. */
struct judge_ranked {
    const char *service;
    double probability;
};
double judge_ceiling(const struct model *m, const struct hypothesis *h,
                     const struct judge_ranked *ranking, size_t count);

/* Which of two causes is named. Either may be NULL; `threshold` as of the verdict. */
enum judge_choice { JUDGE_BUILTIN, JUDGE_MODEL };
enum judge_choice judge_between(const struct model *m, const struct hypothesis *builtin,
                                const struct hypothesis *model, double threshold,
                                const char **ret_why, struct arena *a);
bool judge_same_line(const struct model *m, const struct hypothesis *a, const struct hypothesis *b);

/* The ids (E4, c12) in a text, each once, in order of first mention. */
size_t judge_citations(struct str text, struct arena *a, const char *const **ret);
/* Does it exist: an evidence, or a query that was answered? */
bool judge_exists(const struct model *m, const char *id);
/* Append the lines of `text` that cite at least one id that exists; of each line that does not,
 * `refused` is told. Returns how many were kept. */
typedef void judge_refused_fn(void *ctx, struct str line, const char *why);
size_t judge_claims(const struct model *m, struct str text, struct buf *out,
                    judge_refused_fn *refused, void *ctx);

#endif
