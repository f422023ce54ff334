/* aws_traces.c - AWS X-Ray: who calls whom, traces that fit a filter, and whole traces. */
#include <stdio.h>

#include "aws_watch.h"
#include "runbook/service/aws/xray.h"

static const char *const kinds[] = {"graph", "list", "trace", NULL};

static const struct tool_param params[] = {
    {"what", PARAM_ENUM, false, "graph", .options = kinds,
     .help = "The graph of services, a list of traces, or whole traces by their ids."},
    {"filter", PARAM_STRING,
     .help = "Of a list: X-Ray's filter expression, such as service(\"orders\") { fault = true }."},
    {"ids", PARAM_STRING, .help = "Of whole traces: their ids, with commas between them."},
    {"max", PARAM_INT, false, "100", 1, 1000, .help = "At most so many traces of a list."},
    WATCH_PARAM_SINCE("1h"),
    WATCH_PARAM_UNTIL,
    WATCH_PARAM_REGION,
    WATCH_PARAM_ACCOUNT,
    {NULL},
};

static const char *const operations[] = {"GetServiceGraph", "GetTraceSummaries", "BatchGetTraces"};

static enum aws_xray_what what_of(const struct value *args)
{
    const char *what = value_cstr_or(args, "what", "graph");

    return strcmp(what, "list") == 0    ? AWS_XRAY_SUMMARIES
           : strcmp(what, "trace") == 0 ? AWS_XRAY_TRACES
                                        : AWS_XRAY_GRAPH;
}

static void cite(const struct value *args, struct buf *out)
{
    static const char *const words[] = {"filter", "ids"};

    buf_addf(out, "xray %s", operations[what_of(args)]);
    for (size_t i = 0; i < sizeof(words) / sizeof(words[0]); i++)
        if (*value_cstr_or(args, words[i], ""))
            buf_addf(out, " %s %.200s", words[i], value_cstr_or(args, words[i], ""));
    watch_cite_place(args, out);
}

static void release(void *xray)
{
    aws_xray_free(xray);
}

static void summary(const struct aws_xray_answer *a, char *out, size_t size)
{
    size_t bad = 0;

    switch (a->request->what) {
    case AWS_XRAY_GRAPH:
        for (size_t i = 0; i < a->service_count; i++)
            bad += a->services[i].counts.faults > 0;
        (void)snprintf(out, size, "%zu services, %zu calls between them, %zu services with faults",
                       a->service_count, a->edge_count, bad);
        break;
    case AWS_XRAY_SUMMARIES:
        for (size_t i = 0; i < a->summary_count; i++)
            bad += a->summaries[i].fault;
        (void)snprintf(out, size, "%zu traces%s, %zu with faults", a->summary_count,
                       a->more ? ", there are more" : "", bad);
        break;
    case AWS_XRAY_TRACES:
        (void)snprintf(out, size, "%zu traces, %zu are not there", a->trace_count, a->missing);
        break;
    }
    if (a->err.code)
        (void)snprintf(out + strlen(out), size - strlen(out), "; not all came: %.60s", a->err.msg);
}

static void on_done(void *ctx, const struct aws_xray_answer *a)
{
    struct tool_call *c = ctx;
    const struct watch_work *w = tool_call_data(c);
    size_t rows = a->service_count + a->summary_count + a->trace_count;
    struct buf body = BUF_INIT(WATCH_BODY_MAX);
    char said[256];

    if (a->err.code && !rows) {
        watch_fail(c, "xray", operations[a->request->what], a->end, a->err.msg);
        return;
    }
    summary(a, said, sizeof(said));
    aws_xray_json(a, w->place.name, &body);
    watch_finish(c, &body, (int64_t)rows, said);
    buf_release(&body);
}

static void start(struct tool_call *c)
{
    const struct value *args = tool_call_args(c);
    struct watch_work *w = watch_begin(c, release, "traces");
    const char *ids[AWS_XRAY_TRACES_MAX + 1];
    struct err err = ERR_INIT;

    if (w) {
        struct aws_xray_request r = {.what = what_of(args),
                                     .region = w->place.region,
                                     .since_ms = w->place.since_ms,
                                     .until_ms = w->place.until_ms,
                                     .filter = value_cstr_or(args, "filter", NULL),
                                     .ids = ids,
                                     .max = (size_t)value_i64_or(args, "max", 100),
                                     .timeout_ms = AWS_TOOL_ASK_MS,
                                     .tally = &w->tell.tally};

        r.id_count = watch_list(w, value_cstr_or(args, "ids", ""), ids, AWS_XRAY_TRACES_MAX + 1);
        watch_started(c, aws_xray_start(w->place.estate, w->place.account, &r, on_done, c, &err),
                      &err);
    }
}

const struct tool_def tool_aws_traces = {
    .name = "aws_traces",
    .help = "Read AWS X-Ray: the graph of services, a list of traces, or whole traces.",
    .params = params,
    .risk = RISK_READ,
    .timeout_ms = AWS_TOOL_TIMEOUT_MS,
    .available = aws_tool_available,
    .query = cite,
    .start = start,
    .cancel = watch_cancel,
};
