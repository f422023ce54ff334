/* cost.h - what is paid, from Cost Explorer: by day and service, this month so far, the forecast
 * for it, what AWS calls an anomaly, and what is unusual by our own rule on the same series. Each
 * request costs 0.01 USD: a question asks up to three and a page more for many services; what was
 * asked is counted. Days are UTC; the day that is not over is told apart and never judged.
 * Source: AWS Cost Management User Guide, "Understanding your AWS Cost Explorer API charges"; API
 * Reference, GetCostAndUsage, GetCostForecast, GetAnomalies. */
#ifndef RUNBOOK_SERVICE_AWS_COST_H
#define RUNBOOK_SERVICE_AWS_COST_H

#include "runbook/codec/json.h"
#include "runbook/service/aws/batch.h"

#define AWS_COST_REQUEST_USD 0.01
#define AWS_COST_DAYS_MAX 365

/* ---- our own rule: pure ---- */

/* A day is unusual when it is further from the median of the days before it than Z_LIMIT robust
 * standard deviations (1.4826 times the median absolute deviation), and by more than USD_LIMIT.
 * Source of 3.5: Iglewicz and Hoaglin, "How to Detect and Handle Outliers" (1993). The deviation is
 * taken as at least 5 % of the median and 0.01 USD: what costs the same each day has none. */
#define AWS_SPEND_Z_LIMIT 3.5
#define AWS_SPEND_USD_LIMIT 1.0
#define AWS_SPEND_BEFORE_MIN 7 /* days before it: less say nothing */
#define AWS_SPEND_BEFORE_MAX 28
struct aws_spend_verdict {
    double median, deviation, z; /* z: with its sign */
    bool unusual;
};
/* `before` are the days before `value`, in any order; too few: nothing is unusual. */
struct aws_spend_verdict aws_spend_judge(const double *before, size_t count, double value);

/* ---- what is paid ---- */

struct aws_spend {
    const char *service; /* as Cost Explorer calls it: "Amazon Relational Database Service" */
    double *usd;         /* one a day */
    double total;
};
struct aws_spend_anomaly {
    const char *service, *source; /* "rule", or "Cost Anomaly Detection" */
    const char *from, *to;        /* days */
    double usd, expected_usd, z;  /* z NAN: AWS's own */
    const char *cause;            /* AWS's words: region, usage type, account; "" */
};

struct aws_cost_query {
    struct loop *loop;
    struct aws_catalogue *catalogue;
    struct aws_client *client; /* borrowed */
    unsigned days;             /* until today; 0: 35; at most AWS_COST_DAYS_MAX */
    const char *service;       /* a part of its name, in any case; NULL: all */
    bool forecast, anomalies;  /* a request each */
    unsigned judged;           /* the last so many whole days are judged; 0: 7 */
    struct aws_tally *tally;   /* where its calls are counted, borrowed; NULL */
};

struct aws_cost; /* opaque */
struct aws_cost *aws_cost_start(const struct aws_cost_query *q, void (*on_done)(void *ctx),
                                void *ctx);
void aws_cost_cancel(struct aws_cost *c);
void aws_cost_free(struct aws_cost *c); /* NULL is fine */
/* How many requests a question makes at least. */
unsigned aws_cost_requests_of(const struct aws_cost_query *q);

struct aws_cost_answer {
    const char *unit;        /* "USD", "CNY" */
    const char *const *days; /* "2026-11-20" */
    size_t day_count;
    bool last_is_part;             /* the last day is not over */
    const struct aws_spend *spend; /* the dearest first */
    size_t spend_count;
    const double *total;                                         /* one a day */
    double month_to_date, forecast, forecast_low, forecast_high; /* NAN: not known */
    const char *month;                                           /* "2026-11" */
    const struct aws_spend_anomaly *anomalies;
    size_t anomaly_count;
    unsigned requests;
    double paid_usd; /* for the requests */
    struct {
        const char *what;
        enum aws_end end;
        struct err err;
    } parts[3]; /* costs, forecast, anomalies; what NULL: not asked */
};
void aws_cost_answer(const struct aws_cost *c, struct aws_cost_answer *ret);
void aws_cost_write(const struct aws_cost *c, struct json_writer *w);

#endif
