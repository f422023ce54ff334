/* prometheus_metadata.c - type, unit and help of metrics. */
#include <stdio.h>

#include "prom_common.h"

static const struct tool_param params[] = {
    {"metric", PARAM_STRING, .help = "One metric; all that targets describe when not given."},
    {"limit", PARAM_INT, .fallback = "2000", .min = 1, .max = 100000,
     .help = "The largest number of metrics."},
    {NULL},
};

static void cite(const struct value *args, struct buf *out)
{
    buf_addf(out, "metadata %s", value_cstr_or(args, "metric", "of all metrics"));
}

static void summary(const struct prom_reply *reply, char *out, size_t size)
{
    if (reply->state == PROM_EMPTY)
        snprintf(out, size, "empty: no target describes it");
    else
        snprintf(out, size, "%zu metric%s described", reply->rows, reply->rows == 1 ? "" : "s");
}

static void start(struct tool_call *c)
{
    const struct value *args = tool_call_args(c);

    prom_tool_send(c,
                   &(struct prom_request){.api = PROM_API_METADATA,
                                          .filter = value_cstr_or(args, "metric", NULL),
                                          .limit = (size_t)value_i64_or(args, "limit", 0)},
                   summary);
}

const struct tool_def tool_prometheus_metadata = {
    .name = "prometheus_metadata",
    .help = "Show the type, the unit and the help text of metrics.",
    .params = params,
    .risk = RISK_READ,
    .timeout_ms = PROM_TOOL_TIMEOUT_MS,
    .available = prom_tool_available,
    .query = cite,
    .start = start,
    .cancel = prom_tool_cancel,
};
