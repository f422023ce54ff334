/* aws_health.c - how resources of AWS are: the rows of the operations matrix, judged. */
#include <stdio.h>
#include <stdlib.h>

#include "aws_common.h"
#include "aws_tell.h"
#include "runbook/base/mem.h"
#include "runbook/codec/json.h"
#include "runbook/tool/aws_ops.h"

#define BODY_MAX ((size_t)8 << 20)
#define TIMEOUT_MS 240000
#define REGIONS_MAX 32

static const struct tool_param params[] = {
    {"service", PARAM_STRING,
     .help = "A service such as ec2, a kind of it such as ec2:instance, or all; not needed where "
             "the resource is an ARN or an id such as i-0abc."},
    {"resource", PARAM_STRING, .help = "Only the resource with this id, name or ARN."},
    AWS_PARAM_REGION,
    AWS_PARAM_ACCOUNT,
    {"anomalies", PARAM_BOOL, false, "false",
     .help = "Compare metrics with the same time of the seven days before; it asks for eight times "
             "as many metrics."},
    {"all", PARAM_BOOL, false, "false",
     .help = "Also what is fine, and metrics without a limit; else only what is wrong."},
    {"max", PARAM_INT, false, "50", 1, 500, .help = "At most so many resources, the worst first."},
    {NULL},
};

static void cite(const struct value *args, struct buf *out)
{
    static const char *const where[] = {"service", "resource", "region", "account"};

    buf_adds(out, "health of");
    for (size_t i = 0; i < sizeof(where) / sizeof(where[0]); i++)
        if (*value_cstr_or(args, where[i], ""))
            buf_addf(out, "%s%s %s", i > 1 ? " " : "", i > 1 ? where[i] : "",
                     value_cstr_or(args, where[i], ""));
    if (value_bool_or(args, "anomalies", false))
        buf_adds(out, ", compared with the days before");
}

struct work {
    struct aws_tell tell;
    struct ops_ask *ask;
    char regions[1024];
    const char *list[REGIONS_MAX];
};

static void put_body(struct tool_call *c, const struct ops_show *s, struct buf *out)
{
    struct json_writer w;

    json_writer_init(&w, out);
    json_object_begin(&w);
    json_put_cstr(&w, "schema", "runbook.aws_health/1");
    json_put_bool(&w, "compared", value_bool_or(tool_call_args(c), "anomalies", false));
    ops_report_json(&w, s);
    json_object_end(&w);
}

/* Nothing was read at all: the first reason. */
static void fail(const struct ops_show *s, struct tool_result *r)
{
    struct err err = ERR_INIT;

    for (size_t i = 0; i < s->count && !err.code; i++)
        VEC_EACH (g, &s->reports[i]->gaps)
            if (!err.code)
                err_set(&err, g->end == AWS_END_DENIED ? ERR_DENIED : ERR_REMOTE, "%s %s: %s%s%s",
                        g->service, g->operation, g->why,
                        g->end == AWS_END_DENIED ? "; it needs " : "",
                        g->end == AWS_END_DENIED ? g->action : "");
    tool_result_fail(r, &err);
}

static void on_asked(void *ctx)
{
    struct tool_call *c = ctx;
    struct work *w = tool_call_data(c);
    const struct value *args = tool_call_args(c);
    struct tool_result r = {.content_type = "application/json"};
    struct ops_show show = {.all = value_bool_or(args, "all", false),
                            .max = (size_t)value_i64_or(args, "max", 50)};
    struct ops_totals t;

    show.count = ops_ask_reports(w->ask, &show.reports);
    ops_total(show.reports, show.count, &t);
    buf_init(&r.body, BODY_MAX);
    put_body(c, &show, &r.body);
    r.rows = (int64_t)t.resources;
    r.status = t.resources ? TOOL_OK : TOOL_EMPTY;
    (void)snprintf(r.summary, sizeof(r.summary),
                   "%zu resources: %zu unhealthy, %zu with a warning, %zu not known%s", t.resources,
                   t.states[OPS_UNHEALTHY], t.states[OPS_WARNING], t.states[OPS_UNKNOWN],
                   t.gaps ? "; not all could be read" : "");
    if (!t.resources && t.gaps)
        fail(&show, &r);
    ops_ask_free(w->ask);
    aws_tell_end(&w->tell);
    free(w);
    tool_call_set_data(c, NULL);
    tool_call_finish(c, &r);
}

static size_t cut_regions(struct work *w, const char *text)
{
    struct str rest, piece;
    size_t n = 0;

    (void)snprintf(w->regions, sizeof(w->regions), "%s", text);
    rest = str_from(w->regions);
    while (n < REGIONS_MAX && str_split(&rest, ',', &piece)) {
        piece = str_trim(piece);
        if (!piece.len)
            continue;
        w->regions[(size_t)(piece.ptr - w->regions) + piece.len] = '\0';
        w->list[n++] = piece.ptr;
    }
    return n;
}

static void start(struct tool_call *c)
{
    struct work *w = xcalloc(1, sizeof(*w));
    const struct value *args = tool_call_args(c);
    struct ops_options o = {.service = value_cstr_or(args, "service", NULL),
                            .resource = value_cstr_or(args, "resource", NULL),
                            .account = value_cstr_or(args, "account", NULL),
                            .regions = w->list,
                            .anomalies = value_bool_or(args, "anomalies", false),
                            .now_ms = loop_wall_ms(tool_call_loop(c)),
                            .tally = &w->tell.tally};
    struct err err = ERR_INIT;

    aws_tell_begin(&w->tell, c, "resources and series");
    o.region_count = cut_regions(w, value_cstr_or(args, "region", ""));
    tool_call_set_data(c, w);
    if (aws_tool_estate(tool_call_env(c), &o.estate, &err) ||
        ops_ask_start(&o, on_asked, c, &w->ask, &err)) {
        tool_call_set_data(c, NULL);
        aws_tell_end(&w->tell);
        free(w);
        aws_tool_fail(c, &err);
    }
}

static void cancel(struct tool_call *c)
{
    struct work *w = tool_call_data(c);

    if (w && w->ask)
        ops_ask_cancel(w->ask);
}

const struct tool_def tool_aws_health = {
    .name = "aws_health",
    .help = "Say how resources of AWS are: checks, metrics against their limits, and anomalies.",
    .params = params,
    .risk = RISK_READ,
    .timeout_ms = TIMEOUT_MS,
    .available = aws_tool_available,
    .query = cite,
    .start = start,
    .cancel = cancel,
};
