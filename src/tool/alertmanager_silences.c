/* alertmanager_silences.c - who muted what. */
#include <stdio.h>

#include "prom_common.h"

static const struct tool_param params[] = {
    {"filter", PARAM_STRING, .help = "Only what matches this, such as severity=\"page\"."},
    {NULL},
};

static void cite(const struct value *args, struct buf *out)
{
    const char *filter = value_cstr_or(args, "filter", NULL);

    buf_adds(out, "silences of Alertmanager");
    if (filter)
        buf_addf(out, " with %s", filter);
}

static void summary(const struct am_reply *reply, char *out, size_t size)
{
    struct arena *a = arena_new(0);
    struct am_silences x;
    struct err ignored;

    if (!am_decode_silences(buf_str(reply->body), a, &x, &ignored))
        snprintf(out, size, "%zu silences, %zu active", x.count, x.active);
    arena_free(a);
}

static void start(struct tool_call *c)
{
    const char *filter = value_cstr_or(tool_call_args(c), "filter", NULL);

    am_tool_send(c,
                 &(struct am_request){
                     .api = AM_API_SILENCES, .filters = &filter, .filter_count = filter ? 1 : 0},
                 summary);
}

const struct tool_def tool_alertmanager_silences = {
    .name = "alertmanager_silences",
    .help = "List silences: who muted what, and until when.",
    .params = params,
    .risk = RISK_READ,
    .timeout_ms = PROM_TOOL_TIMEOUT_MS,
    .available = am_tool_available,
    .query = cite,
    .start = start,
    .cancel = am_tool_cancel,
};
