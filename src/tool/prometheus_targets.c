/* prometheus_targets.c - what Prometheus scrapes, and whether it answers. */
#include <stdio.h>

#include "prom_common.h"

static const char *const states[] = {"active", "dropped", "any", NULL};

static const struct tool_param params[] = {
    {"state", PARAM_ENUM, .fallback = "active", .options = states, .help = "Which targets."},
    {NULL},
};

static void cite(const struct value *args, struct buf *out)
{
    buf_addf(out, "%s targets of Prometheus", value_cstr_or(args, "state", "active"));
}

static void summary(const struct prom_reply *reply, char *out, size_t size)
{
    struct arena *a = arena_new(0);
    struct prom_targets t;
    struct err ignored;

    if (!prom_decode_targets(buf_str(reply->body), a, &t, &ignored))
        snprintf(out, size, "%zu targets, %zu down%s%s", t.count, t.down,
                 t.dropped ? ", some dropped" : "",
                 t.count + t.dropped ? "" : " (none is configured)");
    arena_free(a);
}

static void start(struct tool_call *c)
{
    prom_tool_send(
        c,
        &(struct prom_request){.api = PROM_API_TARGETS,
                               .filter = value_cstr_or(tool_call_args(c), "state", "active")},
        summary);
}

const struct tool_def tool_prometheus_targets = {
    .name = "prometheus_targets",
    .help = "List scrape targets and whether they answer.",
    .params = params,
    .risk = RISK_READ,
    .timeout_ms = PROM_TOOL_TIMEOUT_MS,
    .available = prom_tool_available,
    .query = cite,
    .start = start,
    .cancel = prom_tool_cancel,
};
