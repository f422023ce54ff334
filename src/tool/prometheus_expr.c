/* prometheus_expr.c - the named expressions of R-45 over a window. */
#include "prom_common.h"

/* The same names as promql_expr_table(), which a test compares. */
static const char *const names[] = {"cpu_usage",
                                    "cpu_iowait",
                                    "load_per_core",
                                    "memory_usage",
                                    "swap_usage",
                                    "disk_usage",
                                    "disk_io_time",
                                    "disk_throughput",
                                    "network_receive",
                                    "network_transmit",
                                    "network_errors",
                                    "http_rate",
                                    "http_errors",
                                    "http_latency_p50",
                                    "http_latency_p90",
                                    "http_latency_p99",
                                    "container_cpu",
                                    "container_throttling",
                                    "container_memory",
                                    "container_restarts",
                                    "k8s_pods_not_ready",
                                    "k8s_deployment_unavailable",
                                    "k8s_node_not_ready",
                                    "targets_down",
                                    NULL};

static const struct tool_param params[] = {
    {"name", PARAM_ENUM, true, .options = names, .help = "The expression."},
    {"label", PARAM_STRING, .help = "Only series with this label ..."},
    {"value", PARAM_STRING, .help = "... and this value."},
    {"at", PARAM_TIME, .help = "The end of the window; now when not given."},
    {"window", PARAM_DURATION, .fallback = "1h", .help = "The length of the window."},
    {"range", PARAM_DURATION, .fallback = "5m", .help = "What rates are computed over."},
    {NULL},
};

static enum err_code build(const struct value *args, struct buf *out, struct err *err)
{
    const char *label = value_cstr_or(args, "label", NULL);
    struct promql_matcher m = {label, PROMQL_EQ, value_str_or(args, "value", "")};
    const struct promql_expr *x = promql_expr_find(value_cstr_or(args, "name", ""));

    return promql_expr_build(out, x, &m, label ? 1 : 0, prom_arg_duration(args, "range", 300000),
                             err);
}

static void cite(const struct value *args, struct buf *out)
{
    struct err ignored;

    build(args, out, &ignored);
    buf_addf(out, " over %s", value_cstr_or(args, "window", ""));
    if (value_get(args, "at"))
        buf_addf(out, " until %s", value_cstr_or(args, "at", ""));
}

static void start(struct tool_call *c)
{
    const struct value *args = tool_call_args(c);
    int64_t end = prom_arg_time(args, "at", loop_wall_ms(tool_call_loop(c)));
    struct buf query = BUF_INIT(1 << 20);
    struct err err;

    if (build(args, &query, &err))
        prom_tool_fail(c, &err);
    else
        prom_tool_send(
            c,
            &(struct prom_request){.api = PROM_API_RANGE,
                                   .query = buf_cstr(&query),
                                   .start_ms = end - prom_arg_duration(args, "window", 3600000),
                                   .end_ms = end},
            prom_samples_summary);
    buf_release(&query);
}

const struct tool_def tool_prometheus_expr = {
    .name = "prometheus_expr",
    .help = "Evaluate a named expression (cpu, memory, disk, network, http, container, k8s) over a "
            "window.",
    .params = params,
    .risk = RISK_READ,
    .timeout_ms = PROM_TOOL_TIMEOUT_MS,
    .available = prom_tool_available,
    .query = cite,
    .start = start,
    .cancel = prom_tool_cancel,
};
