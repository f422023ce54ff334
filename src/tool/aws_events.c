/* aws_events.c - AWS Health: troubles of AWS itself, maintenance and notices that concern the
 * account, and the resources that are affected.
 * {"end","error","requests","total","events":[{"type",
 * "service","category","status","region","zone","scope","start_ms","start","end","updated","text",
 * "impaired","entities":[...],"arn"}]}, the newest first. */
#include "runbook/service/aws/health_events.h"

#include <stdio.h>
#include <stdlib.h>

#include "aws_common.h"
#include "aws_tell.h"
#include "runbook/base/mem.h"
#include "runbook/base/timefmt.h"
#include "runbook/model/model.h"
#include "tool_priv.h"

#define BODY_MAX ((size_t)8 << 20)
#define SINCE_MS ((int64_t)7 * 86400000)

static const struct tool_param params[] = {
    {"since", PARAM_TIME,
     .help = "What ended before this time is left out; a week before now when not given."},
    {"service", PARAM_STRING, .help = "Only of this service, as Health calls it, such as EC2."},
    {"region", PARAM_STRING, .help = "Only of this region and of none; every one when not given."},
    {"open", PARAM_BOOL, .fallback = "false", .help = "Only what is open or to come."},
    {"account", PARAM_STRING,
     .help = "An account's name or number; the default one when not given."},
    {NULL},
};

static void cite(const struct value *args, struct buf *out)
{
    static const char *const more[] = {"service", "region", "account", "since"};

    buf_adds(out, "events of AWS Health");
    for (size_t i = 0; i < sizeof(more) / sizeof(more[0]); i++)
        if (value_cstr_or(args, more[i], NULL))
            buf_addf(out, " %s=%s", more[i], value_cstr_or(args, more[i], ""));
}

static void finish(struct tool_call *c, struct tool_result *r)
{
    struct aws_tell *t = tool_call_data(c);

    aws_health_events_free(t->handle);
    aws_tell_end(t);
    free(t);
    tool_call_set_data(c, NULL);
    tool_call_finish(c, r);
}

static void summary(const struct aws_health_event *list, size_t n, char *out, size_t size)
{
    size_t open = 0;

    for (size_t i = 0; i < n; i++)
        open += strcmp(list[i].status, "open") == 0;
    (void)snprintf(out, size, "%zu events, %zu open%s%.80s%s%.40s", n, open, n ? ", last: " : "",
                   n ? list[0].type : "", n && *list[0].zone ? " in " : "", n ? list[0].zone : "");
}

static void on_done(void *ctx)
{
    struct tool_call *c = ctx;
    const struct aws_tell *t = tool_call_data(c);
    struct aws_health_events *h = t->handle;
    struct tool_result r = {.content_type = "application/json", .status = TOOL_OK};
    const struct aws_health_event *list;
    struct json_writer w;
    enum aws_end end = aws_health_events_end(h, &r.err);
    size_t n;

    list = aws_health_events_list(h, &n);
    if (!n && end != AWS_END_WHOLE && end != AWS_END_CUT) {
        tool_result_fail(&r, &r.err);
        finish(c, &r);
        return;
    }
    buf_init(&r.body, BODY_MAX);
    json_writer_init(&w, &r.body);
    aws_health_events_write(h, &w);
    r.err = (struct err)ERR_INIT;
    r.rows = (int64_t)n;
    r.status = n ? TOOL_OK : TOOL_EMPTY;
    summary(list, n, r.summary, sizeof(r.summary));
    finish(c, &r);
}

static void start(struct tool_call *c)
{
    const struct value *args = tool_call_args(c);
    const struct model *m = tool_call_env(c)->model;
    int64_t now = m && m->now_ms ? m->now_ms : loop_wall_ms(tool_call_loop(c)), since;
    struct aws_health_query q = {.loop = tool_call_loop(c),
                                 .region = value_cstr_or(args, "region", NULL),
                                 .service = value_cstr_or(args, "service", NULL),
                                 .open_only = value_bool_or(args, "open", false)};
    struct aws_estate *estate;
    struct aws_account *account;
    struct aws_tell *t;
    struct err err = ERR_INIT;

    q.since_ms = time_parse(value_str_or(args, "since", ""), &since) ? since : now - SINCE_MS;
    if ((q.region && aws_region_check(q.region, &err)) ||
        aws_tool_estate(tool_call_env(c), &estate, &err) ||
        aws_estate_account(estate, value_cstr_or(args, "account", NULL), &account, &err)) {
        aws_tool_fail(c, &err);
        return;
    }
    q.catalogue = estate->catalogue;
    q.client = account->client;
    t = xcalloc(1, sizeof(*t));
    aws_tell_begin(t, c, "events");
    q.tally = &t->tally;
    t->handle = aws_health_events_start(&q, on_done, c);
    tool_call_set_data(c, t);
}

static void cancel(struct tool_call *c)
{
    const struct aws_tell *t = tool_call_data(c);

    if (t)
        aws_health_events_cancel(t->handle);
}

const struct tool_def tool_aws_events = {
    .name = "aws_events",
    .help = "List what AWS Health says of troubles, maintenance and the resources they affect.",
    .params = params,
    .risk = RISK_READ,
    .timeout_ms = AWS_TOOL_TIMEOUT_MS,
    .available = aws_tool_available,
    .query = cite,
    .start = start,
    .cancel = cancel,
};
