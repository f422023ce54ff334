/* prometheus_range.c - one PromQL expression over a window. */
#include "prom_common.h"

static const struct tool_param params[] = {
    {"query", PARAM_STRING, true, .help = "The PromQL expression."},
    {"start", PARAM_TIME, true, .help = "The first moment of the window."},
    {"end", PARAM_TIME, .help = "The last moment; now when not given."},
    {"step", PARAM_DURATION,
     .help = "The distance of the points; chosen from the window when not given."},
    {"interval", PARAM_DURATION,
     .help = "The scrape interval, which a chosen step is never finer than."},
    {NULL},
};

static void cite(const struct value *args, struct buf *out)
{
    const char *step = value_cstr_or(args, "step", NULL);

    buf_add_str(out, value_str_or(args, "query", ""));
    prom_cite_window(args, out);
    if (step)
        buf_addf(out, " step %s", step);
}

static void start(struct tool_call *c)
{
    const struct value *args = tool_call_args(c);

    prom_tool_send(c,
                   &(struct prom_request){
                       .api = PROM_API_RANGE,
                       .query = value_cstr_or(args, "query", ""),
                       .start_ms = prom_arg_time(args, "start", 0),
                       .end_ms = prom_arg_time(args, "end", loop_wall_ms(tool_call_loop(c))),
                       .step_ms = prom_arg_duration(args, "step", 0),
                       .interval_ms = prom_arg_duration(args, "interval", 0),
                   },
                   prom_samples_summary);
}

const struct tool_def tool_prometheus_range = {
    .name = "prometheus_range",
    .help = "Evaluate a PromQL expression over a window of time.",
    .params = params,
    .risk = RISK_READ,
    .timeout_ms = PROM_TOOL_TIMEOUT_MS,
    .available = prom_tool_available,
    .query = cite,
    .start = start,
    .cancel = prom_tool_cancel,
};
