/* idle.h - what is paid for and does nothing, in a region of an account: volumes that hang on
 * nothing, or on an instance that is stopped; addresses that nobody uses; load balancers without a
 * target; snapshots that are old. Each with an estimate and the formula it comes from. The prices
 * are a table with their date and source: list prices of us-east-1, without discounts, taxes and
 * free tiers. An estimate is never a bill. A-20 */
#ifndef RUNBOOK_SERVICE_AWS_IDLE_H
#define RUNBOOK_SERVICE_AWS_IDLE_H

#include "runbook/codec/json.h"
#include "runbook/service/aws/batch.h"

/* ---- prices: a table ---- */

struct aws_price {
    const char *item; /* "gp3": a kind of volume; "address", "load-balancer:application" */
    double usd;       /* for one unit and month, or hour */
    const char *unit; /* "GiB-month", "hour" */
    const char *source;
};
#define AWS_PRICES_DATE "2026-01"
#define AWS_PRICES_REGION "us-east-1"
#define AWS_HOURS_A_MONTH 730                           /* as AWS's own calculator reckons */
const struct aws_price *aws_price_of(const char *item); /* NULL: not in the table */
const struct aws_price *aws_price_at(size_t index);     /* NULL: behind the last */

#define AWS_SNAPSHOT_OLD_DAYS 180 /* ours: half a year */

/* ---- what is idle ---- */

struct aws_idle {
    const char *kind; /* volume, stopped-volume, address, load-balancer, snapshot */
    const char *id, *name;
    const char *why;     /* "attached to nothing since ..." */
    const char *formula; /* "100 GiB gp3 x 0.08 USD per GiB-month"; "price not known" */
    double usd_month;    /* NAN: its price is not known */
    bool at_most;        /* a snapshot is billed for what it holds, which is not told */
};

struct aws_idle_query {
    struct loop *loop;
    struct aws_catalogue *catalogue;
    struct aws_client *client; /* borrowed */
    const char *region;        /* copied; NULL: the credentials' */
    int64_t now_ms;            /* 0: now */
    struct aws_tally *tally;   /* where its calls are counted, borrowed; NULL */
};

struct aws_idle_search; /* opaque */
struct aws_idle_search *aws_idle_start(const struct aws_idle_query *q, void (*on_done)(void *ctx),
                                       void *ctx);
void aws_idle_cancel(struct aws_idle_search *s);
void aws_idle_free(struct aws_idle_search *s); /* NULL is fine */

const struct aws_idle *aws_idle_list(const struct aws_idle_search *s,
                                     size_t *ret_count); /* the dearest first */
struct aws_idle_part {                                   /* a list that was asked */
    const char *operation;
    enum aws_end end;
    const char *why;
};
const struct aws_idle_part *aws_idle_parts(const struct aws_idle_search *s, size_t *ret_count);
double aws_idle_sum(const struct aws_idle_search *s); /* of those whose price is known */
void aws_idle_write(const struct aws_idle_search *s, struct json_writer *w);

#endif
