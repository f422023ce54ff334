/* phrase.h - a sentence to one typed command, without a model (A-16, A-39, A-47, C-02, C-03).
 * A table of words: which act they mean, what it is about, how far back. The confidence is that of
 * the reading, not of any answer: a sentence that fits no row wholly stays below PHRASE_SURE, and
 * is asked about instead of guessed. Pure. */
#ifndef RUNBOOK_ENGINE_PHRASE_H
#define RUNBOOK_ENGINE_PHRASE_H

#include <stdint.h>

#include "runbook/base/arena.h"
#include "runbook/base/str.h"

#define PHRASE_SURE 0.8 /* C-03: below it nothing is done */

enum phrase_act {
    PHRASE_NONE,
    PHRASE_CAUSE,      /* what was found, and why */
    PHRASE_SHOW,       /* one evidence, hypothesis or query, by its id */
    PHRASE_EVIDENCE,   /* all of it */
    PHRASE_HYPOTHESES, /* the tree */
    PHRASE_GAPS,       /* what could not be looked at */
    PHRASE_QUERIES,    /* what was asked */
    PHRASE_NEXT,       /* what to do or look at */
    PHRASE_IMPACT,     /* who is affected */
    PHRASE_RESOURCES,  /* of a kind, or all */
    PHRASE_STATE,      /* processor, memory, disks, network of a machine: read now */
    PHRASE_METRICS,    /* of a service */
    PHRASE_LOGS,       /* of a machine */
    PHRASE_CHANGES,    /* on a machine */
    PHRASE_ALERTS,
    PHRASE_HEALTH,      /* a report */
    PHRASE_SCAN,        /* read everything again */
    PHRASE_INVESTIGATE, /* "detect anomalies", "investigate ...", "... is slow" */
    PHRASE_MUTATE,      /* start, stop, restart, scale ...: never done */
    PHRASE_KNOWLEDGE,   /* kb stats, kb search, kb semantic */
    PHRASE_SOP,         /* sop list, show, run, suggest */
    PHRASE_FEEDBACK,    /* feedback good, bad */
    PHRASE_NOTIFY,      /* notification status, send alert */
    PHRASE_HELP,
    PHRASE_SESSIONS, /* what was investigated before */
    PHRASE_TOPOLOGY, /* who calls whom */
    PHRASE_COST,     /* of the language model */
    PHRASE_TIMELINE, /* what changed when */
    PHRASE_AWS,      /* one call to AWS: aws_phrase.h */
    PHRASE_ACTS
};
enum phrase_class {
    CLASS_DIAGNOSE,
    CLASS_MONITOR,
    CLASS_SCALE,
    CLASS_INFO,
    CLASS_RECOVER,
    CLASSES
};

struct phrase {
    enum phrase_act act;
    enum phrase_class class;
    double class_confidence; /* min(words / 3, 1), A-39 */
    double confidence;       /* of the act */
    const char *verb;        /* the word that decided: "restart", "list" */
    const char *target;      /* a service, host, id ...; "" */
    bool target_known;       /* it is a name of this session */
    int64_t window_ms;       /* 0: not said */
    const char *missing;     /* what has to be said as well, as a question; NULL: nothing */
};

/* Is it the name of something here: a host, a service, a resource? */
typedef bool phrase_known_fn(void *ctx, struct str word);

/* `known` may be NULL. Strings go to `a`. */
void phrase_parse(struct str text, phrase_known_fn *known, void *ctx, struct arena *a,
                  struct phrase *ret);
const char *phrase_act_name(enum phrase_act act);
const char *phrase_class_name(enum phrase_class c);
/* {"intent_type","target":{"resource_type","scope","filters"},"goal","confidence"} (C-02). */
void phrase_json(const struct phrase *p, struct buf *out);
/* What can be asked, a line each, for help and for a sentence that was not understood. */
void phrase_help(struct buf *out);

#endif
