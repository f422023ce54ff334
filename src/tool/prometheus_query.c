/* prometheus_query.c - one PromQL expression at one moment. */
#include "prom_common.h"

static const struct tool_param params[] = {
    {"query", PARAM_STRING, true, .help = "The PromQL expression."},
    {"time", PARAM_TIME, .help = "The moment; now when not given."},
    {NULL},
};

static void cite(const struct value *args, struct buf *out)
{
    const char *at = value_cstr_or(args, "time", NULL);

    buf_add_str(out, value_str_or(args, "query", ""));
    if (at)
        buf_addf(out, " at %s", at);
}

static void start(struct tool_call *c)
{
    const struct value *args = tool_call_args(c);

    prom_tool_send(c,
                   &(struct prom_request){.api = PROM_API_QUERY,
                                          .query = value_cstr_or(args, "query", ""),
                                          .time_ms = prom_arg_time(args, "time", 0)},
                   prom_samples_summary);
}

const struct tool_def tool_prometheus_query = {
    .name = "prometheus_query",
    .help = "Evaluate a PromQL expression at one moment.",
    .params = params,
    .risk = RISK_READ,
    .timeout_ms = PROM_TOOL_TIMEOUT_MS,
    .available = prom_tool_available,
    .query = cite,
    .start = start,
    .cancel = prom_tool_cancel,
};
