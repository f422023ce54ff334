/* table.c - every tool, listed once. Help, JSON schemas, docs and completion read this. */
#include "tool_priv.h"

/* One a line, so that two additions do not meet. */
/* clang-format off */
static const struct tool_def *const tools[] = {
    &tool_alertmanager_alerts,
    &tool_alertmanager_groups,
    &tool_alertmanager_silences,
    &tool_aws_health,
    &tool_aws_alarms,
    &tool_aws_insights,
    &tool_aws_logs,
    &tool_aws_metrics,
    &tool_aws_traces,
    &tool_aws_query,
    &tool_aws_advisor,
    &tool_aws_changes,
    &tool_aws_findings,
    &tool_aws_graph,
    &tool_aws_resources,
    &tool_aws_cost,
    &tool_aws_events,
    &tool_bundle_write,
    &tool_calculator,
    &tool_file_read,
    &tool_host_audit,
    &tool_host_capacity,
    &tool_host_capture,
    &tool_host_certificates,
    &tool_host_changes,
    &tool_host_disk_usage,
    &tool_host_files,
    &tool_host_filesystem,
    &tool_host_git,
    &tool_host_group,
    &tool_host_health,
    &tool_host_log,
    &tool_host_names,
    &tool_host_services,
    &tool_host_probe,
    &tool_host_process,
    &tool_host_reclaim,
    &tool_host_resolve,
    &tool_host_snapshot,
    &tool_host_top,
    &tool_host_unit,
    &tool_prometheus_alerts,
    &tool_prometheus_expr,
    &tool_prometheus_labels,
    &tool_prometheus_metadata,
    &tool_prometheus_query,
    &tool_prometheus_range,
    &tool_prometheus_rules,
    &tool_prometheus_series,
    &tool_prometheus_targets,
    &tool_result_get,
    &tool_result_page,
    &tool_result_search,
    &tool_statistics,
    &tool_time,
    NULL,
};
/* clang-format on */

const struct tool_def *const *tool_table(void)
{
    return tools;
}
