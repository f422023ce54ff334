/* past.h - root causes that earlier sessions were sure of, read from the ends of their journals.
 * What broke before is likelier to have broken again: a match moves a candidate up a little, and is
 * told with its date and its session. It never confirms anything by itself. */
#ifndef RUNBOOK_ENGINE_PAST_H
#define RUNBOOK_ENGINE_PAST_H

#include "runbook/base/arena.h"
#include "runbook/base/str.h"
#include "runbook/base/vec.h"

#define PAST_SESSIONS 100 /* the newest journals */
#define PAST_MOST 0.6     /* log odds that the past adds at most */

struct past_cause {
    const char *session, *service, *metric, *category; /* never NULL */
    int64_t ts_ms;
};

struct past {
    VEC(struct past_cause) causes; /* newest first; texts in the arena */
};

/* Blocking: the sessions of `state_dir` but `own`, into `a`. A journal that cannot be read is
 * skipped: the past is a hint. */
void past_load(const char *state_dir, const char *own, struct arena *a, struct past *ret);
void past_release(struct past *p);
/* Pure. The last root cause that these lines of a journal tell of, when it was sure enough to be
 * named; false: none. */
bool past_read_lines(struct str lines, const char *session, struct arena *a,
                     struct past_cause *ret);
/* Pure. Log odds for this service and what it shows, 0 to PAST_MOST; `ret_like`: the newest that
 * is alike, NULL: none. The same metric or category of the same service counts, the service alone
 * half. */
double past_odds(const struct past *p, const char *service, const char *metric,
                 const char *category, const struct past_cause **ret_like);

#endif
