/* rca_rank.h - which service is the origin, from what moved and from who calls whom.
 * Each service that moved is described by a handful of numbers (rca_features.h): how far its
 * symptoms and resources left their level, how much of that its callees or its load explain, how
 * much of the trouble elsewhere it explains, when it began. A conditional logit with fitted weights
 * (rca_weights.h) turns them into the probability that this service is the origin, given that there
 * is one; a logistic regression gives the probability that there is one. Pure. */
#ifndef RUNBOOK_ENGINE_RCA_RANK_H
#define RUNBOOK_ENGINE_RCA_RANK_H

#include "rca_infer.h"
#include "rca_metric.h"
#include "rca_shift.h"
#include "runbook/engine/topology.h"

struct rca_signal { /* one series that could be judged */
    size_t service; /* index into rca_input.services */
    const char *metric;
    struct rca_metric m;
    struct rca_shift shift;
    struct rca_shift whole; /* see rca_collect.h */
    const char *labels;     /* for people; may be NULL */
    uint64_t family;        /* the same for all copies of this series (rca_twin.h); 0: no copy */
    const char *copy;       /* which one; NULL: none */
    uint64_t query;         /* the citation; opaque here */
};

struct rca_service {
    const char *name;
    size_t node;   /* in the topology; SIZE_MAX: not there */
    bool observer; /* a remote end or a client as somebody else sees it */
};

struct rca_input {
    const struct rca_service *services;
    size_t service_count;
    const struct rca_signal *signals;
    size_t signal_count;
    const struct topology *topology; /* NULL: none */
    const struct rca_call *guesses;  /* of services, for want of a topology: some calls, not all */
    size_t guess_count;
    bool partial;             /* it was seen, not written: who is not in it may be anywhere */
    size_t alert_service;     /* SIZE_MAX: none, or not among the services */
    enum rca_kind alert_kind; /* RCA_OTHER: any */
    const char *alert_metric; /* "" when none */
    int64_t alert_ms;
    int64_t step_ms;
    const double *prior; /* log odds a service, of what earlier sessions found; NULL: none */
};

enum rca_feature {
    RCA_X_SYMPTOM,    /* log of z: the kind that the alert is about, or any symptom */
    RCA_X_OTHER_KIND, /* log of z: another kind of symptom */
    RCA_X_RESOURCE,   /* log of z: a resource, when load does not explain it */
    RCA_X_TRAFFIC,    /* log of z: more requests than the callers' rise explains */
    RCA_X_LEVEL,      /* log of z: what waits there, or what no word explains */
    RCA_X_CALLEE,     /* 0-1: a callee's symptom is as strong */
    RCA_X_SHARE,      /* 0-1: part of the change that the callees' changes add up to */
    RCA_X_CALLEE_RES, /* 0-1: a callee without symptoms of its own is short of a resource */
    RCA_X_EXPLAINS,   /* 0-1: part of the others' symptoms that would come from here */
    RCA_X_TO_ALERT,   /* 0-1: part of the complaint that would come from here */
    RCA_X_UNREACHED,  /* 1: the alerting service does not call it, however indirectly */
    RCA_X_OBSERVER,   /* 1: a remote end as somebody else sees it */
    RCA_X_LATE,       /* log of how much later than the first it began */
    RCA_X_ALERTING,   /* 1: it is where the alert fired, and others moved */
    RCA_X_BY_LOAD,    /* 1: what moved follows the requests, and those come from its callers */
    RCA_X_SILENT,     /* 1: nobody measures its symptoms */
    RCA_X_RARE,       /* 1: it serves a trickle of requests beside the busiest service */
    RCA_X_RISE,    /* 0-1: how far its symptom rose, in parts of its level, beside the furthest */
    RCA_X_LOST,    /* 0-1: requests that it does not serve any more, and its callers still send */
    RCA_X_PERHAPS, /* 0-1: no topology: another's symptom is as strong as the alerting one's */
    RCA_X_BESIDE,  /* 0-1: no topology: one whose symptoms nobody measures is in as much trouble */
    RCA_X_WAITS,   /* log of z: what waits at a service whose symptoms nobody measures */
    RCA_X_APART,   /* 0-1: one copy of it moved, and no other came near */
    RCA_FEATURES
};
enum rca_global {
    RCA_G_PEAK,    /* log of the largest z that can be reached from the alert */
    RCA_G_ALERT,   /* log of z of the alert's own kind at the alerting service */
    RCA_G_SECOND,  /* log of the largest z of another service */
    RCA_G_LOAD,    /* 1: the alerting service's requests rose as much */
    RCA_G_NAMED,   /* 1: the alert names a metric */
    RCA_G_MUTE,    /* log of the largest z, when the alerting service is not measured */
    RCA_G_SERIES,  /* log of how many series were judged: chance has more chances */
    RCA_G_UNUSUAL, /* log: how much further the largest z is than in nine of ten such windows */
    RCA_G_NEWS,    /* the same of the complaint */
    RCA_G_LEAD,    /* the score of the first candidate */
    RCA_G_CLEAR,   /* 0-1: its part of the probability */
    RCA_G_STORY,   /* 0-1: the complaint stands, and the first candidate explains it */
    RCA_G_QUIET, /* 0-1: the alerting service is measured, and does not show what it alerts about */
    RCA_GLOBALS
};

struct rca_candidate {
    size_t service;
    size_t signals[4]; /* indexes, the one that tells most first */
    size_t signal_count;
    double strength; /* log of how far it moved, all kinds together */
    double x[RCA_FEATURES];
    double score;        /* the weighted sum of x */
    double probability;  /* 0-1: it is the origin; all candidates and "nothing is wrong" sum to 1 */
    double alone;        /* the same without the prior: what a conclusion may rest on */
    size_t explained_by; /* the callee that moved about as much; SIZE_MAX: none */
    int hops;            /* from the alerting service; -1: not reached, or no topology */
    bool load;           /* its rise follows the requests */
};

struct rca_ranking {
    struct rca_candidate *items; /* best first; free() */
    size_t count;
    double g[RCA_GLOBALS];
    double peak;    /* the largest z of a reachable signal that is large enough to matter */
    double wrong;   /* 0-1: probability that anything is wrong */
    bool anomalous; /* wrong >= 0.5 */
};

void rca_rank(const struct rca_input *in, struct rca_ranking *ret);
/* Is it a kind of place that only observes, by a type of the topology or of a label ("remote",
 * "client", "external" ...)? */
bool rca_is_observer(const char *type);

#endif
