/* tool_priv.h - the rows of the table: one extern a tool, defined in a file of its own. */
#ifndef RUNBOOK_TOOL_PRIV_H
#define RUNBOOK_TOOL_PRIV_H

#include "runbook/tool/tool.h"

extern const struct tool_def tool_alertmanager_alerts;
extern const struct tool_def tool_alertmanager_groups;
extern const struct tool_def tool_alertmanager_silences;
extern const struct tool_def tool_aws_health;
extern const struct tool_def tool_aws_alarms, tool_aws_insights, tool_aws_logs;
extern const struct tool_def tool_aws_metrics, tool_aws_traces;
extern const struct tool_def tool_aws_query;
extern const struct tool_def tool_aws_findings;
extern const struct tool_def tool_aws_graph;
extern const struct tool_def tool_aws_resources;
extern const struct tool_def tool_calculator, tool_file_read, tool_statistics, tool_time;
extern const struct tool_def tool_result_get, tool_result_page, tool_result_search;
extern const struct tool_def tool_aws_advisor, tool_aws_changes, tool_aws_cost, tool_aws_events;
extern const struct tool_def tool_bundle_write;
extern const struct tool_def tool_host_audit, tool_host_capacity, tool_host_capture;
extern const struct tool_def tool_host_filesystem, tool_host_group, tool_host_unit, tool_host_names;
extern const struct tool_def tool_host_git, tool_host_reclaim, tool_host_top;
extern const struct tool_def tool_host_health, tool_host_certificates;
extern const struct tool_def tool_host_changes;
extern const struct tool_def tool_host_disk_usage;
extern const struct tool_def tool_host_files;
extern const struct tool_def tool_host_log;
extern const struct tool_def tool_host_services;
extern const struct tool_def tool_host_process;
extern const struct tool_def tool_host_probe, tool_host_resolve;
extern const struct tool_def tool_host_snapshot;
extern const struct tool_def tool_prometheus_alerts;
extern const struct tool_def tool_prometheus_expr;
extern const struct tool_def tool_prometheus_labels;
extern const struct tool_def tool_prometheus_metadata;
extern const struct tool_def tool_prometheus_query;
extern const struct tool_def tool_prometheus_range;
extern const struct tool_def tool_prometheus_rules;
extern const struct tool_def tool_prometheus_series;
extern const struct tool_def tool_prometheus_targets;

#endif
