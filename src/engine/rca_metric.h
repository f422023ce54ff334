/* rca_metric.h - what a metric is about, from its name, its type and its labels.
 * Names follow conventions (Prometheus's own, OpenTelemetry's, CloudWatch's) well enough that words
 * in them tell latency from load; what no word tells is OTHER, which is looked at but trusted less.
 * Pure. */
#ifndef RUNBOOK_ENGINE_RCA_METRIC_H
#define RUNBOOK_ENGINE_RCA_METRIC_H

#include <stdbool.h>

#include "runbook/service/prom_answer.h"

enum rca_kind {
    RCA_LATENCY,
    RCA_ERRORS,
    RCA_AVAILABILITY,
    RCA_SATURATION,
    RCA_TRAFFIC,
    RCA_OTHER,
    RCA_SKIP, /* says nothing about health: build information, histogram buckets, timestamps */
    RCA_KINDS
};

struct rca_metric {
    enum rca_kind kind;
    bool counter;     /* by its name; the data have the last word */
    bool caller_view; /* measured at the caller: it tells of what is called as much as of itself */
    bool in_flight;   /* how much is being waited for: grows with the time anything below takes */
    int bad;          /* +1: high is bad, -1: low is bad, 0: either */
    double min_rel;   /* a change below this part of the level does not matter to anybody */
    const char *unit; /* for num_human() */
};

/* Labels that tell how requests ended; ends with NULL. A mean is taken over all ends: what a
 * handful of failed ones took is no latency of the service. */
extern const char *const rca_outcome_labels[];

void rca_metric_classify(const char *name, struct rca_metric *ret);
/* The same with the labels of one series: a request counter of 5xx answers counts errors. */
void rca_metric_refine(struct prom_labels labels, struct rca_metric *m);
/* What is counted in seconds a request is a latency, though its name says requests. */
void rca_metric_latency(struct rca_metric *m);
const char *rca_kind_name(enum rca_kind kind); /* "latency" */

#endif
