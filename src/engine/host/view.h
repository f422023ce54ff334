/* view.h - one snapshot of a machine (the JSON document of the host_snapshot tool) as patterns see
 * it, the words of a person's sentence, and readers that many patterns share. Pure: no clock, no
 * query, no model. */
#ifndef RUNBOOK_ENGINE_HOST_VIEW_H
#define RUNBOOK_ENGINE_HOST_VIEW_H

#include "runbook/base/arena.h"
#include "runbook/codec/value.h"
#include "runbook/model/event.h"

/* What the user's sentence speaks of. It orders the work and the ranking, it is no evidence.
 */
enum host_words {
    WORDS_LATENCY = 1 << 0,
    WORDS_ERRORS = 1 << 1,
    WORDS_MEMORY = 1 << 2,
    WORDS_CPU = 1 << 3,
    WORDS_NETWORK = 1 << 4,
    WORDS_DEPLOY = 1 << 5,
    WORDS_DATABASE = 1 << 6,
    WORDS_SCALING = 1 << 7,
    WORDS_DISK = 1 << 8,
    WORDS_CLOCK = 1 << 9,
    WORDS_SERVICE = 1 << 10,
};
unsigned host_words(struct str text); /* 0: none, everything is equally likely */
/* Word number `i` of those that mean one of `words`; NULL behind the last. */
const char *host_word(size_t i, unsigned words);

/* What is read about a machine: each is the answer of one tool. */
enum host_doc {
    HOST_DOC_SNAPSHOT, /* host_snapshot */
    HOST_DOC_LOGS,     /* host_log */
    HOST_DOC_SERVICES, /* host_services */
};
#define HOST_DOCS (HOST_DOC_SERVICES + 1)

/* A number that decides. It stands in a table of its pattern, or of what several patterns share,
 * with its unit and its reason: so it can be listed, and a test can move it and see whether a case
 * on each side of it notices (tests/unit/engine/host/test_limits.c). */
struct host_limit {
    const char *name;
    double value;
    const char *unit; /* "ratio", "times", "count", "cores", "bytes", "s", "ms", "1/s", ... */
    const char *why;  /* what it is of, or why it is not lower or higher */
};

struct host_view {
    struct arena *arena;
    const struct value *snapshot;
    const struct value *logs, *services; /* NULL: not asked, or no answer */
    const char *host;
    bool far; /* behind ssh: the way there takes its time as well */
    unsigned words;
    struct str question;      /* the person's sentence, for the names in it (several.h) */
    const char *const *taken; /* of several: which ones have a finding already */
    size_t taken_count;
    const struct host_limit *moved; /* of a test: this one is `moved_to`; NULL: each is as it is */
    double moved_to;
};

double hv_limit(const struct host_view *v, const struct host_limit *l);
extern const struct host_limit view_limits[];           /* ends with a NULL name */
double hv_num(const struct value *v, const char *path); /* NAN when absent or null */
const char *hv_str(const struct value *v, const char *key);
const char *hv_human(struct arena *a, double v, const char *unit);
const char *hv_process_key(struct host_view *v, const struct value *p); /* host:x/process:1(a) */
const char *hv_key(struct host_view *v, const char *kind, const char *name);
const struct value *hv_process(struct host_view *v, double pid);
/* The last kernel event of one of `kinds` (ends with NULL) that is not older; NULL: none. */
const struct value *hv_recent_event(struct host_view *v, const char *const *kinds, double within_s);

/* Why no filesystem's use is known, in words of the view's arena; NULL when one's is. */
const char *host_filesystems_unasked(const struct host_view *v);

#endif
