/* rca_plan.h - which times are compared, and what is asked of a metric by its name. Pure.
 * History is what was given as healthy, else the hours before the window. A shift counts around the
 * alert: from a lead before it (alerts are late) until a while after. */
#ifndef RUNBOOK_ENGINE_RCA_PLAN_H
#define RUNBOOK_ENGINE_RCA_PLAN_H

#include "rca_metric.h"
#include "rca_shift.h"

#define RCA_POINTS_MAX 2500 /* of one series, history and window together */

struct rca_times {                /* Unix ms; 0: not given */
    int64_t now, alert;           /* alert 0: nobody pointed at a time */
    int64_t window_start;         /* of the incident */
    int64_t base_start, base_end; /* known to be healthy */
};
/* The step is not known yet. */
void rca_window_set(struct rca_window *w, const struct rca_times *t);
/* Once w->step is known (0: 15 s is assumed). `points_max`: of one series. */
void rca_window_fit(struct rca_window *w, int64_t alert_ms, size_t points_max);

/* What a metric of this name is asked for. `with_count`: a metric of the same base with _count is
 * there. A NAME_sum with a count is the mean of what is measured (the base is written to
 * `ret_base_len` bytes); everything else is itself. RCA_SKIP: nothing. */
struct rca_metric rca_plan_metric(const char *name, bool with_count, bool *ret_mean,
                                  size_t *ret_base_len);
/* Is it the buckets of a classic histogram of how long things take? Then they are asked for
 * quantiles: `ret` is their kind, the base is written to `ret_base_len` bytes. */
bool rca_plan_buckets(const char *name, struct rca_metric *ret, size_t *ret_base_len);
/* What an alert on this metric is about: of a part of a histogram or summary what the whole is. */
enum rca_kind rca_plan_alert_kind(const char *metric);

#endif
