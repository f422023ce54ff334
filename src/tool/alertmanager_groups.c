/* alertmanager_groups.c - alerts by receiver and group. */
#include <stdio.h>

#include "prom_common.h"

static const struct tool_param params[] = {
    {"filter", PARAM_STRING, .help = "Only what matches this, such as severity=\"page\"."},
    {NULL},
};

static void cite(const struct value *args, struct buf *out)
{
    const char *filter = value_cstr_or(args, "filter", NULL);

    buf_adds(out, "alert groups of Alertmanager");
    if (filter)
        buf_addf(out, " with %s", filter);
}

static void summary(const struct am_reply *reply, char *out, size_t size)
{
    snprintf(out, size, "%zu group%s", reply->rows, reply->rows == 1 ? "" : "s");
}

static void start(struct tool_call *c)
{
    const char *filter = value_cstr_or(tool_call_args(c), "filter", NULL);

    am_tool_send(c,
                 &(struct am_request){
                     .api = AM_API_GROUPS, .filters = &filter, .filter_count = filter ? 1 : 0},
                 summary);
}

const struct tool_def tool_alertmanager_groups = {
    .name = "alertmanager_groups",
    .help = "List alerts as Alertmanager groups them for its receivers.",
    .params = params,
    .risk = RISK_READ,
    .timeout_ms = PROM_TOOL_TIMEOUT_MS,
    .available = am_tool_available,
    .query = cite,
    .start = start,
    .cancel = am_tool_cancel,
};
