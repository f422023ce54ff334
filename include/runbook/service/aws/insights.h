/* insights.h - queries of CloudWatch Logs Insights: started, polled until they are done, stopped
 * when nobody waits for them any more. Billed by what they scan, which is said.
 * Source: CloudWatch Logs API Reference, "StartQuery", "GetQueryResults", "StopQuery"; "Amazon
 * CloudWatch Pricing". */
#ifndef RUNBOOK_SERVICE_AWS_INSIGHTS_H
#define RUNBOOK_SERVICE_AWS_INSIGHTS_H

#include "runbook/service/aws/estate.h"

#define AWS_INSIGHTS_GROUPS_MAX 50      /* API Reference, StartQuery, logGroupNames */
#define AWS_INSIGHTS_ROWS_MAX 10000     /* API Reference, StartQuery, limit */
#define AWS_INSIGHTS_ROWS 1000          /* when not said */
#define AWS_INSIGHTS_USD_PER_GB 0.005   /* in most regions; CloudWatch Pricing */
#define AWS_INSIGHTS_DEADLINE_MS 120000 /* when not said */
#define AWS_INSIGHTS_CHARS 2000         /* of a field */

struct aws_insights_request {
    const char *region; /* NULL: the account's */
    const char *const *groups;
    size_t group_count;
    const char *query;
    int64_t since_ms, until_ms;
    size_t max;              /* rows; 0: AWS_INSIGHTS_ROWS */
    int64_t deadline_ms;     /* from now, then it is stopped; 0: AWS_INSIGHTS_DEADLINE_MS */
    struct aws_tally *tally; /* where its calls are counted, borrowed; NULL */
};

struct aws_insights_row {
    const char *const *values; /* one a column, NULL: none; not safe for a terminal */
};

struct aws_insights_answer {
    const struct aws_insights_request *request;
    const char *region, *id;    /* id: CloudWatch's; "" when it was not started */
    const char *status;         /* CloudWatch's last word: "Complete", "Running" ...; "" */
    const char *const *columns; /* without @ptr */
    size_t column_count;
    const struct aws_insights_row *rows;
    size_t count;
    double bytes_scanned, records_scanned, records_matched; /* so far; -1: not said */
    double cost_usd;                                        /* of bytes_scanned */
    bool partial; /* what is there is not all: it was stopped, or failed */
    bool stopped; /* by us: StopQuery was answered */
    bool left;    /* it was to be stopped, and that failed: it may run on */
    bool more;    /* as many rows as were wanted; there may be more */
    enum aws_end end;
    struct err err;
    unsigned requests, polls;
};

struct aws_insights; /* opaque: one query under way */
typedef void aws_insights_fn(void *ctx, const struct aws_insights_answer *a);
/* After each look, for a progress line; may be NULL. */
typedef void aws_insights_progress_fn(void *ctx, const char *status, double bytes_scanned,
                                      double records_matched);
/* NULL and *err: it cannot be asked. `done` comes once, from the loop; the answer lives until
 * aws_insights_free(), which is fine in it. */
struct aws_insights *aws_insights_start(struct aws_estate *e, struct aws_account *account,
                                        const struct aws_insights_request *r,
                                        aws_insights_progress_fn *progress, aws_insights_fn *done,
                                        void *ctx, struct err *err);
/* Stop it at AWS; `done` comes when that was answered, with what there is. */
void aws_insights_cancel(struct aws_insights *i);
/* Ends silently. A query that runs is stopped if that can still be sent; NULL is fine. */
void aws_insights_free(struct aws_insights *i);

void aws_insights_json(const struct aws_insights_answer *a, const char *account, struct buf *out);

#endif
