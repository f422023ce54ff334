/* patterns.h - the failure patterns of a machine, one a file. A new one is its file, a line here, a
 * line in table.c and its cases in tests/unit/engine/host/. */
#ifndef RUNBOOK_ENGINE_HOST_PATTERNS_H
#define RUNBOOK_ENGINE_HOST_PATTERNS_H

#include "pattern.h"

const struct host_pattern *const *host_pattern_table(void); /* NULL-terminated */
/* Limits that several patterns share, by the file that has them; ends with a NULL name. */
struct host_limits {
    const char *of;
    const struct host_limit *list;
};
const struct host_limits *host_shared_limits(void);
/* Run one row; fills in what it left open. */
void host_pattern_run(const struct host_pattern *p, struct host_view *v, struct host_finding *ret);
/* The same, once for each of several that are off: what the question names first, then the worst.
 * Without any it is one finding that says what is normal; one that is named is told in any case.
 * Returns how many of the `max` (at least 1) at `ret` are filled. `ret_more` is the next one where
 * the row's own bound left one out, else its strength is NONE. */
size_t host_pattern_all(const struct host_pattern *p, struct host_view *v, struct host_finding *ret,
                        size_t max, struct host_finding *ret_more);

/* clock */
extern const struct host_pattern host_pattern_clock;
extern const struct host_pattern host_pattern_clock_jump;
/* cpu */
extern const struct host_pattern host_pattern_cpu_core;
extern const struct host_pattern host_pattern_cpu_frequency;
extern const struct host_pattern host_pattern_cpu_pinned;
extern const struct host_pattern host_pattern_cpu_saturated;
extern const struct host_pattern host_pattern_cpu_throttled;
extern const struct host_pattern host_pattern_fork_churn;
extern const struct host_pattern host_pattern_irq_load;
extern const struct host_pattern host_pattern_steal;
extern const struct host_pattern host_pattern_timers;
/* disk */
extern const struct host_pattern host_pattern_deleted_open;
extern const struct host_pattern host_pattern_disk_filling;
extern const struct host_pattern host_pattern_disk_fsync;
extern const struct host_pattern host_pattern_disk_full;
extern const struct host_pattern host_pattern_disk_inodes;
extern const struct host_pattern host_pattern_disk_io;
extern const struct host_pattern host_pattern_disk_slow;
extern const struct host_pattern host_pattern_logfile_growth;
extern const struct host_pattern host_pattern_mount_hung;
extern const struct host_pattern host_pattern_mount_missing;
extern const struct host_pattern host_pattern_mount_readonly;
extern const struct host_pattern host_pattern_quota;
extern const struct host_pattern host_pattern_raid_degraded;
extern const struct host_pattern host_pattern_thin_pool;
extern const struct host_pattern host_pattern_tmpfs_full;
extern const struct host_pattern host_pattern_writeback;
/* kernel */
extern const struct host_pattern host_pattern_entropy_low;
extern const struct host_pattern host_pattern_fs_errors;
extern const struct host_pattern host_pattern_hardware_errors;
extern const struct host_pattern host_pattern_kernel_errors;
extern const struct host_pattern host_pattern_kernel_lockup;
extern const struct host_pattern host_pattern_module_failed;
extern const struct host_pattern host_pattern_reboot_loop;
extern const struct host_pattern host_pattern_segfaults;
/* memory */
extern const struct host_pattern host_pattern_compaction;
extern const struct host_pattern host_pattern_memory_cache;
extern const struct host_pattern host_pattern_memory_group;
extern const struct host_pattern host_pattern_memory_host;
extern const struct host_pattern host_pattern_memory_kernel;
extern const struct host_pattern host_pattern_memory_leak;
extern const struct host_pattern host_pattern_memory_limit;
extern const struct host_pattern host_pattern_oom_kill;
extern const struct host_pattern host_pattern_swap_thrash;
/* network */
extern const struct host_pattern host_pattern_accept_backlog;
extern const struct host_pattern host_pattern_close_wait;
extern const struct host_pattern host_pattern_conntrack;
extern const struct host_pattern host_pattern_dependency;
extern const struct host_pattern host_pattern_dns;
extern const struct host_pattern host_pattern_mtu_blackhole;
extern const struct host_pattern host_pattern_nic_errors;
extern const struct host_pattern host_pattern_port_conflict;
extern const struct host_pattern host_pattern_ports;
extern const struct host_pattern host_pattern_resets;
extern const struct host_pattern host_pattern_retransmits;
extern const struct host_pattern host_pattern_syn_flood;
extern const struct host_pattern host_pattern_unix_backlog;
/* process */
extern const struct host_pattern host_pattern_crash_loop;
extern const struct host_pattern host_pattern_restart_loop;
extern const struct host_pattern host_pattern_deadlock;
extern const struct host_pattern host_pattern_duplicate_runs;
extern const struct host_pattern host_pattern_file_handles;
extern const struct host_pattern host_pattern_lock_pileup;
extern const struct host_pattern host_pattern_processes;
extern const struct host_pattern host_pattern_stopped;
extern const struct host_pattern host_pattern_stuck_processes;
extern const struct host_pattern host_pattern_threads;
extern const struct host_pattern host_pattern_zombies;
/* logs */
extern const struct host_pattern host_pattern_log_config;
extern const struct host_pattern host_pattern_log_dependency;
extern const struct host_pattern host_pattern_log_errors;
extern const struct host_pattern host_pattern_log_missing;
extern const struct host_pattern host_pattern_log_permission;
extern const struct host_pattern host_pattern_log_pool;
extern const struct host_pattern host_pattern_log_port_taken;
/* service */
extern const struct host_pattern host_pattern_activating_unit;
extern const struct host_pattern host_pattern_certificate;
extern const struct host_pattern host_pattern_error_answer;
extern const struct host_pattern host_pattern_failed_unit;
extern const struct host_pattern host_pattern_flapping_unit;
extern const struct host_pattern host_pattern_not_listening;
extern const struct host_pattern host_pattern_slow_answer;
extern const struct host_pattern host_pattern_stopped_unit;

#endif
