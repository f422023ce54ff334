/* aws_advisor.c - what Trusted Advisor advises: see service/aws/advisor.h. {"source","end","error",
 * "checks","not_ok","advice":[{"id","name","category","status","flagged","processed",
 * "savings_usd_month","resources":[{"id","region","status","text"}]}]}. */
#include "runbook/service/aws/advisor.h"

#include <stdio.h>
#include <stdlib.h>

#include "aws_common.h"
#include "aws_tell.h"
#include "runbook/base/mem.h"
#include "tool_priv.h"

#define BODY_MAX ((size_t)8 << 20)

static const char *const categories[] = {"cost_optimizing",
                                         "fault_tolerance",
                                         "operational_excellence",
                                         "performance",
                                         "security",
                                         "service_limits",
                                         NULL};
static const struct tool_param params[] = {
    {"category", PARAM_ENUM, .options = categories, .help = "Only checks of this category."},
    {"account", PARAM_STRING,
     .help = "An account's name or number; the default one when not given."},
    {NULL},
};

static void cite(const struct value *args, struct buf *out)
{
    const char *category = value_cstr_or(args, "category", NULL);

    buf_adds(out, "checks of Trusted Advisor");
    if (category)
        buf_addf(out, " on %s", category);
}

static void finish(struct tool_call *c, struct tool_result *r)
{
    struct aws_tell *t = tool_call_data(c);

    aws_advisor_free(t->handle);
    aws_tell_end(t);
    free(t);
    tool_call_set_data(c, NULL);
    tool_call_finish(c, r);
}

static void on_done(void *ctx)
{
    struct tool_call *c = ctx;
    const struct aws_tell *t = tool_call_data(c);
    struct aws_advisor *v = t->handle;
    struct tool_result r = {.content_type = "application/json", .status = TOOL_OK};
    struct json_writer w;
    size_t n, bad = 0;
    const struct aws_advice *list = aws_advisor_list(v, &n);
    enum aws_end end = aws_advisor_end(v, &r.err);

    if (!n && end != AWS_END_WHOLE && end != AWS_END_CUT) {
        tool_result_fail(&r, &r.err);
        finish(c, &r);
        return;
    }
    for (size_t i = 0; i < n; i++)
        bad += strcmp(list[i].status, "error") == 0 || strcmp(list[i].status, "warning") == 0;
    buf_init(&r.body, BODY_MAX);
    json_writer_init(&w, &r.body);
    aws_advisor_write(v, false, &w);
    r.err = (struct err)ERR_INIT;
    r.rows = (int64_t)bad;
    r.status = n ? TOOL_OK : TOOL_EMPTY;
    (void)snprintf(r.summary, sizeof(r.summary), "%zu checks, %zu not green%s%.120s", n, bad,
                   bad ? ", first: " : "", bad ? list[0].name : "");
    finish(c, &r);
}

static void start(struct tool_call *c)
{
    const struct value *args = tool_call_args(c);
    struct aws_advisor_query q = {.loop = tool_call_loop(c),
                                  .category = value_cstr_or(args, "category", NULL)};
    struct aws_estate *estate;
    struct aws_account *account;
    struct aws_tell *t;
    struct err err = ERR_INIT;

    if (aws_tool_estate(tool_call_env(c), &estate, &err) ||
        aws_estate_account(estate, value_cstr_or(args, "account", NULL), &account, &err)) {
        aws_tool_fail(c, &err);
        return;
    }
    q.catalogue = estate->catalogue;
    q.client = account->client;
    t = xcalloc(1, sizeof(*t));
    aws_tell_begin(t, c, "checks");
    q.tally = &t->tally;
    t->handle = aws_advisor_start(&q, on_done, c);
    tool_call_set_data(c, t);
}

static void cancel(struct tool_call *c)
{
    const struct aws_tell *t = tool_call_data(c);

    if (t)
        aws_advisor_cancel(t->handle);
}

const struct tool_def tool_aws_advisor = {
    .name = "aws_advisor",
    .help = "List what Trusted Advisor advises, where the support plan allows it.",
    .params = params,
    .risk = RISK_READ,
    .timeout_ms = AWS_TOOL_TIMEOUT_MS,
    .available = aws_tool_available,
    .query = cite,
    .start = start,
    .cancel = cancel,
};
