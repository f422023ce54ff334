/* resource_detail.h - what is kept of one resource beside its row: its whole record, what it says
 * of others and others of it, what changed, how its metrics moved. The frontend asks for it when
 * the page is opened; it is no part of the model. */
#ifndef RUNBOOK_VIEW_RESOURCE_DETAIL_H
#define RUNBOOK_VIEW_RESOURCE_DETAIL_H

#include "runbook/base/arena.h"
#include "runbook/model/event.h"

enum detail_step { DETAIL_READING, DETAIL_KNOWN, DETAIL_MISSING, DETAIL_FAILED };

struct detail_link {
    const char *words; /* "runs in", "used by" */
    const char *key;   /* of the other one's page; "": it was never seen */
    const char *kind, *name, *state;
    enum health health;
};
struct detail_change {
    int64_t at_ms;
    const char *what, *field, *before, *after, *by; /* by: who or what did it, "" */
    const char *outcome;                            /* of a deployment: "failed"; NULL */
};
struct detail_metric {
    const char *name, *unit;
    const double *values; /* oldest first; NaN: none */
    size_t count;
    const char *problem; /* why there is none; "" */
    const char *shown;   /* the number that its limit is about, with its unit; NULL: the last */
    const char *limit;   /* what would be bad: "> 90 %"; NULL: there is none */
    enum health health;  /* by that limit */
};

enum detail_metrics_step {
    DETAIL_METRICS_NONE,   /* nothing is asked: metrics_note says why, or "" */
    DETAIL_METRICS_ASKING, /* what is shown is of the time before */
    DETAIL_METRICS_KNOWN,
    DETAIL_METRICS_FAILED /* metrics_note says why */
};

struct resource_detail {
    enum detail_step step;
    const char *problem;
    /* The row, for what is not in the model. */
    const char *name, *kind, *service, *region, *account, *state, *arn, *tags;
    enum health health;
    int64_t first_ms, last_ms, gone_ms;
    const struct detail_link *links;
    size_t link_count;
    const struct detail_change *changes;
    size_t change_count;
    const struct detail_metric *metrics;
    size_t metric_count;
    const char *metrics_note; /* "last 3 h"; why there are none; "" */
    enum detail_metrics_step metrics_step;
    int64_t metrics_ms; /* when they were asked for; 0: never */
    const char *record; /* JSON, indented; "" */
};

#endif
