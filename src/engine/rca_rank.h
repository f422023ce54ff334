/* rca_rank.h - which service is the origin, from what moved and from who calls whom.
 * A service's strength is the logarithm of how far its metrics left their level, most of all the
 * kind that the alert is about. Then what is known about propagation weighs: callers inherit
 * latency and errors from what they call, so a service whose callee moved about as much is
 * explained by it; a rise of a resource in step with the requests is explained by them; what the
 * alerting service cannot reach explains little; a place that only observes (a remote end as its
 * caller sees it) is named when nothing behind it moved. Every factor is soft and bounded. Pure. */
#ifndef RUNBOOK_ENGINE_RCA_RANK_H
#define RUNBOOK_ENGINE_RCA_RANK_H

#include "rca_metric.h"
#include "rca_shift.h"
#include "runbook/engine/topology.h"

struct rca_signal { /* one series that could be judged */
    size_t service; /* index into rca_input.services */
    const char *metric;
    struct rca_metric m;
    struct rca_shift shift;
    const char *labels; /* for people; may be NULL */
    uint64_t query;     /* the citation; opaque here */
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
    size_t alert_service;            /* SIZE_MAX: none, or not among the services */
    enum rca_kind alert_kind;        /* RCA_OTHER: any */
    const char *alert_metric;        /* "" when none */
    int64_t alert_ms;
    int64_t step_ms;
};

struct rca_candidate {
    size_t service;
    size_t signals[4]; /* indexes, the one that tells most first */
    size_t signal_count;
    double strength;     /* before the factors */
    double score;        /* after them */
    size_t explained_by; /* the callee that moved about as much; SIZE_MAX: none */
    int hops;            /* from the alerting service; -1: not reached, or no topology */
    bool load;           /* its rise follows the requests */
};

struct rca_ranking {
    struct rca_candidate *items; /* best first; free() */
    size_t count;
    double peak;      /* the largest z of a reachable signal that is large enough to matter */
    double threshold; /* that it has to reach for anything to be wrong */
    bool anomalous;   /* peak >= threshold */
};

void rca_rank(const struct rca_input *in, struct rca_ranking *ret);
/* A score as 0-1, for people: 0.5 at 1, 0.8 at 4. */
double rca_score_unit(double score);
/* Is it a kind of place that only observes, by a type of the topology or of a label ("remote",
 * "client", "external" ...)? */
bool rca_is_observer(const char *type);

#endif
