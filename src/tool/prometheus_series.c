/* prometheus_series.c - which series exist. */
#include <stdio.h>

#include "prom_common.h"

static const struct tool_param params[] = {
    {"match", PARAM_STRING, true, .help = "A series selector, such as up{job=\"api\"}."},
    {"start", PARAM_TIME, true, .help = "Series that had samples since this moment."},
    {"end", PARAM_TIME, .help = "And before this one; now when not given."},
    {"limit", PARAM_INT, .fallback = "0", .min = 0, .max = 1000000,
     .help = "The largest number of series; 0 is the client's own cap. Older servers ignore it."},
    {NULL},
};

static void cite(const struct value *args, struct buf *out)
{
    buf_addf(out, "series %s", value_cstr_or(args, "match", ""));
    prom_cite_window(args, out);
}

static void summary(const struct prom_reply *reply, char *out, size_t size)
{
    if (reply->state == PROM_EMPTY)
        snprintf(out, size, "empty: no such series in this window");
    else
        snprintf(out, size, "%zu series", reply->rows);
}

static void start(struct tool_call *c)
{
    const struct value *args = tool_call_args(c);
    const char *match = value_cstr_or(args, "match", "");

    prom_tool_send(c,
                   &(struct prom_request){
                       .api = PROM_API_SERIES,
                       .matches = &match,
                       .match_count = 1,
                       .start_ms = prom_arg_time(args, "start", 0),
                       .end_ms = prom_arg_time(args, "end", loop_wall_ms(tool_call_loop(c))),
                       .limit = (size_t)value_i64_or(args, "limit", 0),
                   },
                   summary);
}

const struct tool_def tool_prometheus_series = {
    .name = "prometheus_series",
    .help = "List the series that match a selector in a window of time.",
    .params = params,
    .risk = RISK_READ,
    .timeout_ms = PROM_TOOL_TIMEOUT_MS,
    .available = prom_tool_available,
    .query = cite,
    .start = start,
    .cancel = prom_tool_cancel,
};
