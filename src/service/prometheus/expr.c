/* expr.c - the named expressions: questions that are asked in most incidents, for the
 * exporters that most installations run (node_exporter, cAdvisor, kube-state-metrics, HTTP server
 * histograms). A name whose metrics are not there gives an empty answer, which is not an error. */
#include "runbook/service/promql.h"

#include <string.h>

/* clang-format off */
static const struct promql_expr exprs[] = {
    {"cpu_usage", "Share of CPU time in use by machine.", "ratio",
     "1 - avg by (instance) (rate(node_cpu_seconds_total{mode=\"idle\"$SEL}[$RANGE]))"},
    {"cpu_iowait", "Share of CPU time spent waiting for disks by machine.", "ratio",
     "avg by (instance) (rate(node_cpu_seconds_total{mode=\"iowait\"$SEL}[$RANGE]))"},
    {"load_per_core", "Load average over one minute divided by the cores.", "count",
     "node_load1{job!=\"\"$SEL} / on (instance) count by (instance) (node_cpu_seconds_total{mode=\"idle\"})"},
    {"memory_usage", "Share of memory that is not available by machine.", "ratio",
     "1 - node_memory_MemAvailable_bytes{job!=\"\"$SEL} / node_memory_MemTotal_bytes"},
    {"swap_usage", "Share of swap space in use by machine.", "ratio",
     "1 - node_memory_SwapFree_bytes{job!=\"\"$SEL} / (node_memory_SwapTotal_bytes > 0)"},
    {"disk_usage", "Share of each real filesystem in use.", "ratio",
     "1 - node_filesystem_avail_bytes{fstype!~\"tmpfs|overlay|squashfs|ramfs\"$SEL} / node_filesystem_size_bytes"},
    {"disk_io_time", "Share of time each disk was busy.", "ratio",
     "rate(node_disk_io_time_seconds_total{job!=\"\"$SEL}[$RANGE])"},
    {"disk_throughput", "Bytes read and written a second by disk.", "bytes",
     "rate(node_disk_read_bytes_total{job!=\"\"$SEL}[$RANGE]) + rate(node_disk_written_bytes_total[$RANGE])"},
    {"network_receive", "Bytes received a second by network device.", "bytes",
     "rate(node_network_receive_bytes_total{device!=\"lo\"$SEL}[$RANGE])"},
    {"network_transmit", "Bytes sent a second by network device.", "bytes",
     "rate(node_network_transmit_bytes_total{device!=\"lo\"$SEL}[$RANGE])"},
    {"network_errors", "Receive and transmit errors a second by network device.", "count",
     "rate(node_network_receive_errs_total{device!=\"lo\"$SEL}[$RANGE]) + rate(node_network_transmit_errs_total[$RANGE])"},
    {"http_rate", "HTTP requests a second by job.", "count",
     "sum by (job) (rate(http_requests_total{job!=\"\"$SEL}[$RANGE]))"},
    {"http_errors", "Share of HTTP requests answered with a 5xx status by job.", "ratio",
     "sum by (job) (rate(http_requests_total{code=~\"5..\"$SEL}[$RANGE])) / sum by (job) (rate(http_requests_total{job!=\"\"$SEL}[$RANGE]))"},
    {"http_latency_p50", "Median HTTP request duration by job.", "seconds",
     "histogram_quantile(0.5, sum by (job, le) (rate(http_request_duration_seconds_bucket{job!=\"\"$SEL}[$RANGE])))"},
    {"http_latency_p90", "90th percentile of the HTTP request duration by job.", "seconds",
     "histogram_quantile(0.9, sum by (job, le) (rate(http_request_duration_seconds_bucket{job!=\"\"$SEL}[$RANGE])))"},
    {"http_latency_p99", "99th percentile of the HTTP request duration by job.", "seconds",
     "histogram_quantile(0.99, sum by (job, le) (rate(http_request_duration_seconds_bucket{job!=\"\"$SEL}[$RANGE])))"},
    {"container_cpu", "CPU cores used by container.", "count",
     "sum by (namespace, pod, container) (rate(container_cpu_usage_seconds_total{container!=\"\"$SEL}[$RANGE]))"},
    {"container_throttling", "Share of CPU periods in which a container was throttled.", "ratio",
     "sum by (namespace, pod, container) (rate(container_cpu_cfs_throttled_periods_total{container!=\"\"$SEL}[$RANGE])) / sum by (namespace, pod, container) (rate(container_cpu_cfs_periods_total{container!=\"\"$SEL}[$RANGE]))"},
    {"container_memory", "Working set of memory by container.", "bytes",
     "sum by (namespace, pod, container) (container_memory_working_set_bytes{container!=\"\"$SEL})"},
    {"container_restarts", "Container restarts within the range.", "count",
     "increase(kube_pod_container_status_restarts_total{container!=\"\"$SEL}[$RANGE])"},
    {"k8s_pods_not_ready", "Pods that are not ready by namespace.", "count",
     "sum by (namespace) (kube_pod_status_ready{condition=~\"false|unknown\"$SEL})"},
    {"k8s_deployment_unavailable", "Replicas that a deployment wants and does not have.", "count",
     "kube_deployment_status_replicas_unavailable{job!=\"\"$SEL}"},
    {"k8s_node_not_ready", "Nodes that do not report ready.", "count",
     "kube_node_status_condition{condition=\"Ready\",status!=\"true\"$SEL} == 1"},
    {"targets_down", "Scrape targets that do not answer.", "count", "up{job!=\"\"$SEL} == 0"},
    {NULL, NULL, NULL, NULL},
};
/* clang-format on */

const struct promql_expr *promql_expr_table(void)
{
    return exprs;
}

const struct promql_expr *promql_expr_find(const char *name)
{
    for (const struct promql_expr *x = exprs; x->name; x++) {
        if (strcmp(x->name, name) == 0)
            return x;
    }
    return NULL;
}

/* The matchers as they join others: each with a comma before it. */
static enum err_code joined(struct buf *out, const struct promql_matcher *m, size_t count,
                            struct err *err)
{
    struct buf one = BUF_INIT(1 << 16);
    enum err_code rc = ERR_OK;

    for (size_t i = 0; i < count && !rc; i++) {
        buf_clear(&one);
        rc = promql_selector(&one, NULL, &m[i], 1, err);
        if (rc)
            break;
        buf_addc(out, ',');
        buf_add(out, one.ptr + 1, one.len - 2); /* without the braces */
    }
    buf_release(&one);
    return rc;
}

enum err_code promql_expr_build(struct buf *out, const struct promql_expr *x,
                                const struct promql_matcher *m, size_t count, int64_t range_ms,
                                struct err *err)
{
    struct buf sel = BUF_INIT(1 << 20);
    enum err_code rc = joined(&sel, m, count, err);
    const char *at = x->text, *mark;

    while (!rc && (mark = strchr(at, '$'))) {
        buf_add(out, at, (size_t)(mark - at));
        if (strncmp(mark, "$SEL", 4) == 0) {
            buf_add_str(out, buf_str(&sel));
            at = mark + 4;
        } else {
            promql_duration(out, range_ms);
            at = mark + strlen("$RANGE");
        }
    }
    if (!rc)
        buf_adds(out, at);
    buf_release(&sel);
    return rc;
}
