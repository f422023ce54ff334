/* patterns.h - the failure patterns of a machine, one a file. A new one is its file, a line here, a
 * line in table.c and its cases in tests/unit/engine/host/. */
#ifndef RUNBOOK_ENGINE_HOST_PATTERNS_H
#define RUNBOOK_ENGINE_HOST_PATTERNS_H

#include "pattern.h"

const struct host_pattern *const *host_pattern_table(void); /* NULL-terminated */
/* Run one row; fills in what it left open. */
void host_pattern_run(const struct host_pattern *p, struct host_view *v, struct host_finding *ret);

/* clock */
extern const struct host_pattern host_pattern_clock;
/* cpu */
extern const struct host_pattern host_pattern_cpu_core;
extern const struct host_pattern host_pattern_cpu_saturated;
extern const struct host_pattern host_pattern_cpu_throttled;
extern const struct host_pattern host_pattern_steal;
/* disk */
extern const struct host_pattern host_pattern_disk_full;
extern const struct host_pattern host_pattern_disk_io;
extern const struct host_pattern host_pattern_kernel_errors;
extern const struct host_pattern host_pattern_stuck_processes;
/* memory */
extern const struct host_pattern host_pattern_memory_host;
extern const struct host_pattern host_pattern_memory_limit;
extern const struct host_pattern host_pattern_oom_kill;
/* network */
extern const struct host_pattern host_pattern_accept_backlog;
extern const struct host_pattern host_pattern_conntrack;
extern const struct host_pattern host_pattern_nic_errors;
extern const struct host_pattern host_pattern_ports;
extern const struct host_pattern host_pattern_retransmits;
/* process */
extern const struct host_pattern host_pattern_file_handles;
extern const struct host_pattern host_pattern_processes;
/* service */
extern const struct host_pattern host_pattern_failed_unit;

#endif
