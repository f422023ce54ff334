/* aws_cost.c - what is paid in AWS by day and service, what is unusual in it, and what stands idle:
 * see service/aws/cost.h and idle.h. Cost Explorer takes 0.01 USD a request; "requests" and
 * "paid_usd" say what was asked. {"cost":{...} or null,"idle":{...} or null}. */
#include "runbook/service/aws/cost.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>

#include "aws_common.h"
#include "aws_tell.h"
#include "runbook/base/mem.h"
#include "runbook/service/aws/idle.h"
#include "tool_priv.h"

#define BODY_MAX ((size_t)8 << 20)

static const char *const whats[] = {"cost", "idle", "all", NULL};
static const struct tool_param params[] = {
    {"what", PARAM_ENUM, .fallback = "cost", .options = whats,
     .help = "Costs by day and service (each call costs 0.03 USD), idle resources with an "
             "estimate (free), or both."},
    {"days", PARAM_INT, .fallback = "35", .min = 8, .max = AWS_COST_DAYS_MAX,
     .help = "So many days until today."},
    {"service", PARAM_STRING, .help = "Only services with this in their name."},
    {"region", PARAM_STRING,
     .help = "Where idle resources are looked for; the account's own when not given."},
    {"account", PARAM_STRING,
     .help = "An account's name or number; the default one when not given."},
    {NULL},
};

struct work {
    struct aws_tell tell;
    struct aws_cost *cost;
    struct aws_idle_search *idle;
    size_t left;
};

static void cite(const struct value *args, struct buf *out)
{
    const char *service = value_cstr_or(args, "service", NULL);
    const char *what = value_cstr_or(args, "what", "cost");

    if (strcmp(what, "idle") != 0)
        buf_addf(out, "costs in AWS of %.0f days", value_num_or(args, "days", 35));
    if (strcmp(what, "all") == 0)
        buf_adds(out, " and ");
    if (strcmp(what, "cost") != 0)
        buf_adds(out, "idle resources");
    if (service)
        buf_addf(out, " of %s", service);
}

static void finish(struct tool_call *c, struct tool_result *r)
{
    struct work *w = tool_call_data(c);

    aws_cost_free(w->cost);
    aws_idle_free(w->idle);
    aws_tell_end(&w->tell);
    free(w);
    tool_call_set_data(c, NULL);
    tool_call_finish(c, r);
}

/* Did nothing at all answer? */
static bool refused(const struct work *w, struct err *err)
{
    struct aws_cost_answer a;
    size_t n, bad = 0;
    const struct aws_idle_part *parts;

    if (w->cost) {
        aws_cost_answer(w->cost, &a);
        *err = a.parts[0].err;
        if (a.parts[0].end == AWS_END_WHOLE || a.parts[0].end == AWS_END_CUT)
            return false;
    }
    if (w->idle) {
        parts = aws_idle_parts(w->idle, &n);
        for (size_t i = 0; i < n; i++)
            bad += parts[i].end != AWS_END_WHOLE && parts[i].end != AWS_END_ABSENT;
        if (bad < n)
            return false;
        if (n && !err->code)
            err_set(err, ERR_DENIED, "%s: %s", parts[0].operation, parts[0].why);
    }
    if (!err->code)
        err_set(err, ERR_REMOTE, "nothing answered");
    return true;
}

static void summary(const struct work *w, char *out, size_t size)
{
    struct aws_cost_answer a;
    size_t n = 0;

    *out = '\0';
    if (w->cost) {
        aws_cost_answer(w->cost, &a);
        n = (size_t)snprintf(out, size, "%zu services, %zu anomalies, asking cost %.2f USD",
                             a.spend_count, a.anomaly_count, a.paid_usd);
        if (isfinite(a.month_to_date) && n < size)
            n += (size_t)snprintf(out + n, size - n, ", this month %.2f %.8s", a.month_to_date,
                                  a.unit);
    }
    if (w->idle && n < size) {
        size_t idle;

        aws_idle_list(w->idle, &idle);
        (void)snprintf(out + n, size - n, "%s%zu idle resources, about %.2f USD a month",
                       n ? "; " : "", idle, aws_idle_sum(w->idle));
    }
}

static void on_part(void *ctx)
{
    struct tool_call *c = ctx;
    struct work *w = tool_call_data(c);
    struct tool_result r = {.content_type = "application/json", .status = TOOL_OK};
    struct json_writer out;
    struct aws_cost_answer a = {.spend_count = 0};
    size_t idle = 0;

    if (--w->left)
        return;
    if (refused(w, &r.err)) {
        tool_result_fail(&r, &r.err);
        finish(c, &r);
        return;
    }
    r.err = (struct err)ERR_INIT;
    buf_init(&r.body, BODY_MAX);
    json_writer_init(&out, &r.body);
    json_object_begin(&out);
    json_key(&out, "cost");
    if (w->cost) {
        aws_cost_write(w->cost, &out);
        aws_cost_answer(w->cost, &a);
    } else {
        json_null(&out);
    }
    json_key(&out, "idle");
    if (w->idle) {
        aws_idle_write(w->idle, &out);
        aws_idle_list(w->idle, &idle);
    } else {
        json_null(&out);
    }
    json_object_end(&out);
    r.rows = (int64_t)(a.spend_count + idle);
    r.status = r.rows ? TOOL_OK : TOOL_EMPTY;
    summary(w, r.summary, sizeof(r.summary));
    finish(c, &r);
}

static void begin(struct tool_call *c, struct aws_estate *estate, struct aws_account *account)
{
    const struct value *args = tool_call_args(c);
    const char *what = value_cstr_or(args, "what", "cost");
    struct work *w = xcalloc(1, sizeof(*w));
    struct aws_cost_query cost = {.loop = tool_call_loop(c),
                                  .catalogue = estate->catalogue,
                                  .client = account->client,
                                  .days = (unsigned)value_num_or(args, "days", 35),
                                  .service = value_cstr_or(args, "service", NULL),
                                  .forecast = true,
                                  .anomalies = true,
                                  .tally = &w->tell.tally};
    struct aws_idle_query idle = {.loop = tool_call_loop(c),
                                  .catalogue = estate->catalogue,
                                  .client = account->client,
                                  .region =
                                      value_cstr_or(args, "region", aws_account_region(account)),
                                  .tally = &w->tell.tally};

    aws_tell_begin(&w->tell, c, strcmp(what, "idle") == 0 ? "resources" : "rows");
    tool_call_set_data(c, w);
    w->left = strcmp(what, "all") == 0 ? 2 : 1;
    if (strcmp(what, "idle") != 0)
        w->cost = aws_cost_start(&cost, on_part, c);
    if (strcmp(what, "cost") != 0)
        w->idle = aws_idle_start(&idle, on_part, c);
}

static void start(struct tool_call *c)
{
    const struct value *args = tool_call_args(c);
    struct aws_estate *estate;
    struct aws_account *account;
    struct err err = ERR_INIT;

    if (aws_tool_estate(tool_call_env(c), &estate, &err) ||
        aws_estate_account(estate, value_cstr_or(args, "account", NULL), &account, &err))
        aws_tool_fail(c, &err);
    else
        begin(c, estate, account);
}

static void cancel(struct tool_call *c)
{
    struct work *w = tool_call_data(c);

    if (w && w->cost)
        aws_cost_cancel(w->cost);
    if (w && w->idle)
        aws_idle_cancel(w->idle);
}

const struct tool_def tool_aws_cost = {
    .name = "aws_cost",
    .help = "Read what AWS costs by day and service, what is unusual, and what stands idle.",
    .params = params,
    .risk = RISK_READ,
    .timeout_ms = AWS_TOOL_TIMEOUT_MS,
    .available = aws_tool_available,
    .query = cite,
    .start = start,
    .cancel = cancel,
};
