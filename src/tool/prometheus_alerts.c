/* prometheus_alerts.c - what the server's own rules say is wrong now. */
#include <stdio.h>
#include <string.h>

#include "prom_common.h"

static const struct tool_param params[] = {{NULL}};

static void cite(const struct value *args, struct buf *out)
{
    buf_adds(out, "active alerts of Prometheus");
}

static void summary(const struct prom_reply *reply, char *out, size_t size)
{
    struct arena *a = arena_new(0);
    struct prom_alerts alerts;
    struct err ignored;
    size_t firing = 0;
    const char *first = NULL;

    if (!prom_decode_alerts(buf_str(reply->body), a, &alerts, &ignored)) {
        for (size_t i = 0; i < alerts.count; i++) {
            if (strcmp(alerts.items[i].state, "firing") != 0)
                continue;
            if (!firing++)
                first = alerts.items[i].name;
        }
        snprintf(out, size, "%zu firing, %zu pending%s%s", firing, alerts.count - firing,
                 first ? ": " : "", first ? first : "");
    }
    arena_free(a);
}

static void start(struct tool_call *c)
{
    prom_tool_send(c, &(struct prom_request){.api = PROM_API_ALERTS}, summary);
}

const struct tool_def tool_prometheus_alerts = {
    .name = "prometheus_alerts",
    .help = "List the alerts that are firing or pending in Prometheus.",
    .params = params,
    .risk = RISK_READ,
    .timeout_ms = PROM_TOOL_TIMEOUT_MS,
    .available = prom_tool_available,
    .query = cite,
    .start = start,
    .cancel = prom_tool_cancel,
};
