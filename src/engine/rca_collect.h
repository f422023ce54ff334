/* rca_collect.h - from series to judged signals of services.
 * Whose series is it: the node of the topology that most of its own labels name, else a telling
 * label, made short where it names one copy of a service (a pod, a host with its port). Judging a
 * series (rca_judge) touches nothing shared and runs on any thread; taking what was judged
 * (rca_collect_take) does not. Labels that name both ends of a call (service meshes, tracing) tell
 * who calls whom when nobody wrote it down. Pure. */
#ifndef RUNBOOK_ENGINE_RCA_COLLECT_H
#define RUNBOOK_ENGINE_RCA_COLLECT_H

#include "rca_infer.h"
#include "rca_rank.h"
#include "runbook/base/map.h"
#include "runbook/base/vec.h"

/* What a service did while all was well, for want of a topology. */
struct rca_kept {
    float *time, *requests; /* traces, of the series with least noise; NULL: none */
    double time_noise, request_noise;
};

struct rca_collect {
    struct arena *arena; /* borrowed */
    const struct topology *topology;
    struct topo_seen
        *calls; /* who calls whom as labels tell; NULL: a topology is given, or none do */
    struct map *node_of_label;   /* "label=value" -> node + 1 */
    struct map *node_of_name;    /* id or name -> node + 1 */
    struct map *service_by_name; /* -> index + 1 */
    VEC(struct rca_service) services;
    VEC(struct rca_signal) signals;
    VEC(struct rca_kept) kept; /* by service, no more than are compared */
};

struct rca_judged {
    struct prom_labels labels;
    struct rca_metric m;
    struct rca_shift shift; /* a level that was there before the alert is not the fault's */
    struct rca_shift whole; /* ... or is, when the fault began before the alert */
    float *trace;           /* in the arena; NULL: it tells nothing of calls */
};

void rca_collect_init(struct rca_collect *c, struct arena *a);
void rca_collect_release(struct rca_collect *c);
void rca_collect_topology(struct rca_collect *c, const struct topology *t); /* before any series */

/* Judge `points` (changed in place) of a metric; `m` as its name told. False: too little to judge.
 * `traces`: where a trace goes; NULL: none is wanted, as it is known who calls whom. */
bool rca_judge(const struct rca_metric *m, struct prom_labels labels, struct prom_point *points,
               size_t count, const struct rca_window *w, struct arena *traces,
               struct rca_judged *ret);
/* The labels may go when this returns; `metric` is borrowed. */
void rca_collect_take(struct rca_collect *c, const char *metric, uint64_t query,
                      const struct rca_judged *x);
/* All is taken, and no topology was given: the one that the labels of the series told of, or NULL.
 * Services outside of it may call, or be called by, anybody. Call once. */
const struct topology *rca_collect_calls(struct rca_collect *c);
/* All is taken, no topology was given and no labels tell of one: who seems to call whom, in the
 * arena; their number. */
size_t rca_collect_guess(struct rca_collect *c, const struct rca_call **ret);
/* All is taken: did the fault begin before the alert? The complaint itself tells: when the alerting
 * service had already gone most of the way, its samples before the alert are no level to compare
 * with, nor are those of others. Call once. */
void rca_collect_settle(struct rca_collect *c, size_t alert_service, enum rca_kind alert_kind);
/* Index of the service of this name, made when it is new. */
size_t rca_collect_service(struct rca_collect *c, const char *name, size_t node, bool observer);

/* "checkout-7d9f8b6c5d-x2k4p" is a copy of checkout, "db-0" of db, "10.0.0.7:9100" of 10.0.0.7:
 * bytes of the name without what only tells copies apart. */
size_t rca_short_name(const char *name, bool pod);

#endif
