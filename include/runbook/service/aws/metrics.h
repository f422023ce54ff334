/* metrics.h - numbers of CloudWatch: GetMetricData for many series at once.
 *
 * A request is planned first, without asking: which period fits what is kept of that time, which
 * queries go into one call (an expression goes with what it names), where the calls are cut. Then
 * all calls go out, pages are joined, and one callback says what came: series in the order of the
 * queries, ascending in time, and of each whether it is whole.
 * Source: CloudWatch API Reference, "GetMetricData", "MetricDataQuery", "MetricStat"; CloudWatch
 * User Guide, "Metrics retention", "Using metric math"; "Amazon CloudWatch Pricing". */
#ifndef RUNBOOK_SERVICE_AWS_METRICS_H
#define RUNBOOK_SERVICE_AWS_METRICS_H

#include "runbook/service/aws/estate.h"

#define AWS_METRICS_QUERIES_MAX 500   /* of a call; API Reference, GetMetricData */
#define AWS_METRICS_POINTS_MAX 100800 /* of an answer; the same */
#define AWS_METRICS_DIMENSIONS_MAX 30 /* of a metric; API Reference, Metric */
#define AWS_METRICS_ALL_MAX 5000      /* queries of one request of ours */
#define AWS_METRICS_KEPT_DAYS 455     /* nothing older is there; User Guide, Metrics retention */
#define AWS_METRICS_USD_PER_1000 0.01 /* metrics asked for, in most regions; CloudWatch Pricing */

struct aws_dimension {
    const char *name, *value;
};

struct aws_metric_query {
    const char *id; /* "cpu": for expressions; NULL: one is made */
    /* Either a metric ... */
    const char *space; /* its namespace: "AWS/EC2" */
    const char *metric;
    const struct aws_dimension *dimensions;
    size_t dimension_count;
    const char *stat; /* "Average", "Sum", "p99"; NULL: Average */
    const char *unit; /* NULL: any */
    /* ... or an expression over the ids of others, a SEARCH or a SELECT. */
    const char *expression;
    const char *label; /* NULL: CloudWatch's own */
    int64_t period_s;  /* 0: the request's */
    bool hidden;       /* only for expressions: no series of its own comes back */
};

struct aws_metrics_request {
    const struct aws_metric_query *queries;
    size_t count;
    int64_t start_ms, end_ms;
    int64_t period_s;        /* 0: chosen, see aws_metrics_period() */
    const char *region;      /* NULL: the account's */
    int64_t timeout_ms;      /* of each call; 0: the client's */
    struct aws_tally *tally; /* where its calls are counted, borrowed; NULL */
};

/* ---- planning: pure ---- */

/* The finest period (s) that is kept of `start_ms` and gives at most 1,440 points: 60, 300, 900,
 * 3600, 21600 or 86400. */
int64_t aws_metrics_period(int64_t start_ms, int64_t end_ms, int64_t now_ms);
/* Of what is this old at most so coarse a period is kept: 1, 60, 300 or 3600 s. */
int64_t aws_metrics_kept_s(int64_t start_ms, int64_t now_ms);

struct aws_metrics_call {
    const struct value *params; /* of GetMetricData */
    const size_t *queries;      /* which of the request's */
    size_t count;
};

struct aws_metrics_plan {
    struct aws_metrics_call *calls;
    size_t count;
    const char *const *ids;   /* of the queries */
    int64_t start_ms, end_ms; /* at the period's borders */
    int64_t period_s;
    bool raised;    /* the period that was asked for is not kept of that time */
    size_t metrics; /* that are billed; those an expression searches are not known */
    bool searches;  /* there is such an expression */
    double cost_usd;
};
/* Everything lives in `arena`. ERR_INPUT names the query and what is wrong with it. */
enum err_code aws_metrics_plan(struct arena *arena, const struct aws_metrics_request *r,
                               int64_t now_ms, struct aws_metrics_plan *ret, struct err *err);

/* ---- asking ---- */

enum aws_metric_state {
    AWS_METRIC_WHOLE,     /* all there is, which may be nothing */
    AWS_METRIC_PARTIAL,   /* more is there than came */
    AWS_METRIC_FAILED,    /* CloudWatch, or its call, failed */
    AWS_METRIC_FORBIDDEN, /* the metric may not be read */
};
const char *aws_metric_state_name(enum aws_metric_state s); /* "whole" */

struct aws_metric_point {
    int64_t t_ms; /* where its period begins */
    double value;
};

struct aws_metric_series {
    size_t query;      /* of the request */
    const char *label; /* CloudWatch's, safe for a terminal */
    const struct aws_metric_point *points;
    size_t count;
    enum aws_metric_state state;
};

struct aws_metrics_answer {
    /* At least one for each query that is not hidden; several of a SEARCH. */
    const struct aws_metric_series *series;
    size_t count, points;
    const struct aws_metrics_plan *plan;
    const struct aws_metrics_request *request; /* a copy */
    const char *region;
    enum aws_end end; /* of the first call that failed; else WHOLE */
    struct err err;   /* likewise */
    size_t failed;    /* calls */
    unsigned requests, retries;
    const char *const *messages; /* CloudWatch's, safe for a terminal; NULL-terminated */
};

struct aws_metrics; /* opaque: one request under way */
typedef void aws_metrics_fn(void *ctx, const struct aws_metrics_answer *a);

/* NULL and *err: it cannot be asked. Else `done` comes once, from the loop; the answer lives until
 * aws_metrics_free(), which in `done` is fine. The request is copied. */
struct aws_metrics *aws_metrics_start(struct aws_estate *e, struct aws_account *account,
                                      const struct aws_metrics_request *r, aws_metrics_fn *done,
                                      void *ctx, struct err *err);
void aws_metrics_free(struct aws_metrics *m); /* ends silently what is under way; NULL is fine */

/* The answer as Prometheus's query_range has it ("matrix"), with the metric's name, namespace,
 * statistic, dimensions, region and account as labels, warnings for what is not whole, and under
 * "aws" the period, the price and the state of each series. Appends. */
void aws_metrics_json(const struct aws_metrics_answer *a, const char *account, struct buf *out);

#endif
