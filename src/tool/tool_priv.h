/* tool_priv.h - the rows of the table: one extern a tool, defined in a file of its own. */
#ifndef RUNBOOK_TOOL_PRIV_H
#define RUNBOOK_TOOL_PRIV_H

#include "runbook/tool/tool.h"

extern const struct tool_def tool_alertmanager_alerts;
extern const struct tool_def tool_alertmanager_groups;
extern const struct tool_def tool_alertmanager_silences;
extern const struct tool_def tool_calculator, tool_file_read, tool_statistics, tool_time;
extern const struct tool_def tool_result_get, tool_result_page, tool_result_search;
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
