/* prometheus_rules.c - alerting and recording rules with their health. */
#include <stdio.h>

#include "prom_common.h"

static const char *const kinds[] = {"all", "alert", "record", NULL};

static const struct tool_param params[] = {
    {"type", PARAM_ENUM, .fallback = "all", .options = kinds, .help = "Which rules."},
    {NULL},
};

static void cite(const struct value *args, struct buf *out)
{
    buf_addf(out, "rules of Prometheus (%s)", value_cstr_or(args, "type", "all"));
}

static void summary(const struct prom_reply *reply, char *out, size_t size)
{
    struct arena *a = arena_new(0);
    struct prom_rules rules;
    struct err ignored;

    if (!prom_decode_rules(buf_str(reply->body), a, &rules, &ignored))
        snprintf(out, size, "%zu rules, %zu firing, %zu broken", rules.count, rules.firing,
                 rules.broken);
    arena_free(a);
}

static void start(struct tool_call *c)
{
    struct str type = value_str_or(tool_call_args(c), "type", "all");

    prom_tool_send(c,
                   &(struct prom_request){.api = PROM_API_RULES,
                                          .filter = str_eq_c(type, "all") ? NULL : type.ptr},
                   summary);
}

const struct tool_def tool_prometheus_rules = {
    .name = "prometheus_rules",
    .help = "List alerting and recording rules, their state and their health.",
    .params = params,
    .risk = RISK_READ,
    .timeout_ms = PROM_TOOL_TIMEOUT_MS,
    .available = prom_tool_available,
    .query = cite,
    .start = start,
    .cancel = prom_tool_cancel,
};
