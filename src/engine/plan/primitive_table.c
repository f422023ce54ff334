/* primitive_table.c - the diagnostic primitives (C-27): what each one asks of machines and of
 * Prometheus, and the classes of incidents that they are for. A row names patterns of
 * engine/host/table.c, which decide what is abnormal on a machine, and expressions of R-45 with
 * their limits; what a limit is from stands beside it. */
#include "plan_priv.h"

#include <math.h>

#include "src/engine/host/view.h"

static const struct tool_param common[] = {
    {"host", PARAM_STRING, false, "local", 0, 0, NULL, "The machine: local, or a name for ssh."},
    {"window", PARAM_DURATION, false, "1h", 0, 0, NULL, "How far back logs and series are read."},
    {"label", PARAM_STRING, false, NULL, 0, 0, NULL,
     "Of Prometheus only series with this label ..."},
    {"value", PARAM_STRING, false, NULL, 0, 0, NULL, "... and this value."},
    {NULL},
};
static const struct tool_param of_aws[] = {
    {"account", PARAM_STRING, false, NULL, 0, 0, NULL,
     "An account of AWS; the default one when not given."},
    {"region", PARAM_STRING, false, NULL, 0, 0, NULL,
     "A region; the account's own when not given."},
    {NULL},
};
static const struct tool_param of_folder[] = {
    {"host", PARAM_STRING, false, "local", 0, 0, NULL, "The machine: local, or a name for ssh."},
    {"path", PARAM_STRING, false, "/", 0, 0, NULL, "A folder, usually a mount point."},
    {NULL},
};

/* clang-format off */
const struct primitive primitive_table[] = {
    {"analyze_utilization", "How full are processor, memory, disks and what is counted?",
     .docs = DOC_SNAPSHOT,
     .patterns = "cpu_saturated memory_host swap_thrash disk_full disk_inodes tmpfs_full disk_io file_handles "
                 "processes ports conntrack",
     .numbers = "cpu.busy:ratio cpu.load1:count memory.total:bytes memory.available:bytes memory.swap_free:bytes",
     /* from these on queueing makes waiting times a multiple; a filesystem keeps 5 % for root */
     .exprs = {{"cpu_usage", 0.90}, {"memory_usage", 0.95}, {"disk_usage", 0.95}, {"load_per_core", 2}, {NULL, 0}}},
    {"compare_baseline", "What is other than it was before, in series and in logs?",
     .docs = DOC_SNAPSHOT | DOC_LOGS, .compares = true,
     .patterns = "log_errors fork_churn logfile_growth disk_filling",
     .numbers = "cpu.load1:count cpu.load5:count cpu.load15:count",
     .exprs = {{"http_rate", NAN}, {"http_errors", NAN}, {"http_latency_p99", NAN}, {"cpu_usage", NAN},
               {"memory_usage", NAN}, {"container_cpu", NAN}, {NULL, 0}}},
    {"trace_dependencies", "Does it wait for something that it calls?",
     .docs = DOC_SNAPSHOT | DOC_LOGS, .words = WORDS_NETWORK,
     .patterns = "dependency log_dependency accept_backlog unix_backlog close_wait dns resets mount_hung",
     .numbers = "network.established:count network.attempt_fail_rate:rate",
     .exprs = {{"targets_down", 0}, {NULL, 0}}},
    {"check_recent_changes", "What was installed, configured, deployed, replaced or booted lately?",
     .docs = DOC_CHANGES},
    {"check_scaling_behavior", "Is there as much of it as is wanted, and may it use what it needs?",
     .docs = DOC_SNAPSHOT, .words = WORDS_SCALING,
     .patterns = "cpu_throttled memory_group memory_limit processes threads restart_loop activating_unit",
     .numbers = "limits.processes:count limits.threads:count",
     .exprs = {{"k8s_deployment_unavailable", 0}, {"k8s_pods_not_ready", 0}, {"k8s_node_not_ready", 0},
               {"container_restarts", 2}, {"container_throttling", 0.25}, {NULL, 0}}},
    {"check_processor", "Who uses the processors, and what keeps them from working?",
     .docs = DOC_SNAPSHOT, .words = WORDS_CPU,
     .patterns = "cpu_saturated cpu_core cpu_pinned cpu_throttled cpu_frequency steal irq_load timers fork_churn",
     .numbers = "cpu.busy:ratio cpu.max_busy:ratio cpu.iowait:ratio cpu.steal:ratio cpu.load1:count cpu.count:count",
     .exprs = {{"cpu_usage", 0.90}, {"cpu_iowait", 0.20}, {"container_throttling", 0.25}, {NULL, 0}}},
    {"check_memory", "Is memory short, leaking, or limited?",
     .docs = DOC_SNAPSHOT, .words = WORDS_MEMORY,
     .patterns = "memory_host memory_leak memory_limit memory_group memory_kernel memory_cache swap_thrash oom_kill "
                 "compaction",
     .numbers = "memory.total:bytes memory.available:bytes memory.swap_total:bytes memory.swap_free:bytes "
                "memory.slab:bytes memory.shmem:bytes",
     .exprs = {{"memory_usage", 0.95}, {"swap_usage", 0.80}, {NULL, 0}}},
    {"check_disk_space", "Which filesystem is full or fills up, and by what?",
     .docs = DOC_SNAPSHOT, .words = WORDS_DISK,
     .patterns = "disk_full disk_inodes disk_filling tmpfs_full deleted_open logfile_growth quota thin_pool",
     .exprs = {{"disk_usage", 0.95}, {NULL, 0}}},
    {"find_large_files", "Which files of a folder are the largest, deleted ones that are open included?",
     .tool = "host_disk_usage", .params = of_folder},
    {"check_disk_speed", "Do disks answer slowly, and who keeps them busy?",
     .docs = DOC_SNAPSHOT, .words = WORDS_DISK,
     .patterns = "disk_io disk_slow disk_fsync writeback stuck_processes mount_hung",
     .numbers = "cpu.iowait:ratio memory.dirty:bytes",
     .exprs = {{"disk_io_time", 0.95}, {"cpu_iowait", 0.20}, {NULL, 0}}},
    {"check_storage_health", "Are filesystems, arrays and mounts whole?",
     .docs = DOC_SNAPSHOT, .words = WORDS_DISK,
     .patterns = "fs_errors raid_degraded mount_readonly mount_missing mount_hung thin_pool disk_slow"},
    {"check_network", "Are packets lost, refused or too large, and are tables full?",
     .docs = DOC_SNAPSHOT, .words = WORDS_NETWORK,
     .patterns = "nic_errors retransmits mtu_blackhole conntrack ports syn_flood resets port_conflict",
     .numbers = "network.retransmit_rate:rate network.reset_rate:rate network.established:count",
     .exprs = {{"network_errors", 1}, {NULL, 0}}},
    {"check_name_resolution", "Do name servers answer, and fast?",
     .docs = DOC_SNAPSHOT, .words = WORDS_NETWORK, .patterns = "dns"},
    {"check_connections", "Do connections or requests pile up at somebody?",
     .docs = DOC_SNAPSHOT | DOC_LOGS, .words = WORDS_NETWORK,
     .patterns = "accept_backlog unix_backlog close_wait syn_flood ports log_pool",
     .numbers = "network.established:count network.open_rate:rate network.listen_overflow_rate:rate"},
    {"check_endpoints", "Do the listeners of a machine answer, and with what?",
     .docs = DOC_SNAPSHOT | DOC_SERVICES | DOC_LOGS, .words = WORDS_SERVICE,
     .patterns = "error_answer slow_answer not_listening port_conflict log_port_taken"},
    {"check_certificates", "Are certificates valid, and until when?",
     .docs = DOC_SNAPSHOT | DOC_SERVICES | DOC_LOGS, .words = WORDS_SERVICE, .patterns = "certificate"},
    {"check_units", "Which units failed, flap, or do not come up?",
     .docs = DOC_SNAPSHOT, .words = WORDS_SERVICE,
     .patterns = "failed_unit flapping_unit activating_unit stopped_unit restart_loop crash_loop"},
    {"check_processes", "Which processes hang, wait for each other, or were stopped?",
     .docs = DOC_SNAPSHOT, .words = WORDS_SERVICE,
     .patterns = "stuck_processes deadlock lock_pileup stopped zombies threads file_handles crash_loop",
     .numbers = "limits.d_state:count limits.zombies:count limits.stopped:count"},
    {"check_scheduled_jobs", "Do jobs overlap, wait for a lock, or eat the machine?",
     .docs = DOC_SNAPSHOT, .words = WORDS_CPU,
     .patterns = "duplicate_runs lock_pileup fork_churn timers restart_loop"},
    {"check_limits", "Who has reached a limit that somebody set?",
     .docs = DOC_SNAPSHOT, .words = WORDS_SCALING,
     .patterns = "file_handles threads processes quota memory_limit memory_group cpu_throttled conntrack ports",
     .numbers = "limits.files:count limits.files_max:count limits.pid_max:count"},
    {"check_kernel", "Did the kernel kill, lock up, or report broken hardware?",
     .docs = DOC_SNAPSHOT,
     .patterns = "kernel_errors kernel_lockup hardware_errors oom_kill segfaults module_failed entropy_low reboot_loop"},
    {"check_clock", "Is the clock right, and did it jump?",
     .docs = DOC_SNAPSHOT, .words = WORDS_CLOCK, .patterns = "clock clock_jump", .numbers = "clock.skew_s:seconds"},
    {"check_logs", "Which errors stand in logs, and which are new?",
     .docs = DOC_SNAPSHOT | DOC_LOGS, .words = WORDS_ERRORS,
     .patterns = "log_errors log_dependency log_config log_missing log_permission log_pool log_port_taken"},
    {"check_permissions", "Is something refused for want of a permission?",
     .docs = DOC_SNAPSHOT | DOC_LOGS, .words = WORDS_ERRORS,
     .patterns = "log_permission mount_readonly quota log_missing"},
    {"check_configuration", "Does something complain about its configuration, and was it changed?",
     .docs = DOC_SNAPSHOT | DOC_LOGS | DOC_CHANGES, .words = WORDS_DEPLOY, .kinds = "config unit cron",
     .patterns = "log_config log_missing module_failed failed_unit"},
    {"check_availability", "What is down: machines that restarted, targets, units, listeners?",
     .docs = DOC_SNAPSHOT | DOC_SERVICES | DOC_TARGETS, .words = WORDS_SERVICE,
     .patterns = "reboot_loop failed_unit stopped_unit not_listening oom_kill crash_loop",
     .numbers = "uptime_s:seconds",
     .exprs = {{"targets_down", 0}, {"k8s_node_not_ready", 0}, {NULL, 0}}},
    {"measure_traffic", "How much comes in, and is it more than it was?",
     .docs = DOC_SNAPSHOT, .words = WORDS_NETWORK, .compares = true,
     .patterns = "syn_flood accept_backlog conntrack",
     .numbers = "network.established:count network.open_rate:rate network.out_rate:rate",
     .exprs = {{"http_rate", NAN}, {"network_receive", NAN}, {"network_transmit", NAN}, {NULL, 0}}},
    {"measure_latency", "How long do answers take?",
     .docs = DOC_SNAPSHOT | DOC_SERVICES, .words = WORDS_LATENCY,
     .patterns = "slow_answer disk_slow dns retransmits accept_backlog", .compares = true,
     .exprs = {{"http_latency_p50", NAN}, {"http_latency_p99", NAN}, {NULL, 0}}},
    {"measure_errors", "How many answers are errors?",
     .docs = DOC_SNAPSHOT | DOC_SERVICES | DOC_LOGS, .words = WORDS_ERRORS,
     .patterns = "error_answer log_errors resets",
     .exprs = {{"http_errors", 0.05}, {"container_restarts", 2}, {NULL, 0}}},
    {"check_alerts", "Which alerts are firing?", .docs = DOC_ALERTS},
    {"check_containers", "Which containers are throttled, restarted, or near their limits?",
     .docs = DOC_SNAPSHOT, .words = WORDS_SCALING,
     .patterns = "cpu_throttled memory_group oom_kill processes",
     .exprs = {{"container_throttling", 0.25}, {"container_restarts", 2}, {"container_cpu", NAN},
               {"container_memory", NAN}, {NULL, 0}}},
    /* Of AWS. Cost Explorer takes 0.01 USD a request: costs, forecast, anomalies. */
    {"inspect_cost", "What does it cost, by service and day, what is unusual, and what stands idle?",
     .docs = DOC_AWS_COST, .params = of_aws, .usd = 0.03},
    {"inspect_access_rules", "Which security groups and roles allow more than they should?",
     .docs = DOC_AWS_FINDINGS, .params = of_aws},
    {"list_provider_changes", "Who changed what at the provider?", .docs = DOC_AWS_CHANGES, .params = of_aws},
    {NULL},
};
/* clang-format on */

static const struct {
    const char *class, *help;
    const char *const *primitives;
} classes[] = {
#define LIST(...)                                                                                  \
    (const char *const[])                                                                          \
    {                                                                                              \
        __VA_ARGS__, NULL                                                                          \
    }
    {"resource_saturation", "Something is used up: processor, memory, disk, a counted thing.",
     LIST("analyze_utilization", "check_processor", "check_memory", "check_disk_space",
          "check_limits")},
    {"load_spike", "More is asked of it than before.",
     LIST("measure_traffic", "compare_baseline", "analyze_utilization", "check_connections",
          "check_scheduled_jobs")},
    {"configuration_drift", "It is set otherwise than it should be.",
     LIST("check_configuration", "check_recent_changes", "check_units", "check_clock",
          "check_logs")},
    {"dependency_failure", "Something that it calls does not answer.",
     LIST("trace_dependencies", "check_endpoints", "check_name_resolution", "check_connections",
          "check_logs")},
    {"scaling_failure", "There is less of it than is wanted.",
     LIST("check_scaling_behavior", "check_containers", "check_limits", "analyze_utilization",
          "measure_traffic")},
    {"network_connectivity", "Packets or connections do not get through.",
     LIST("check_network", "check_name_resolution", "check_connections", "trace_dependencies",
          "check_endpoints")},
    {"permission_failure", "Something is refused.",
     LIST("check_permissions", "check_certificates", "check_recent_changes", "check_logs",
          "inspect_access_rules")},
    {"cost_anomaly", "It costs more than it should.",
     LIST("analyze_utilization", "measure_traffic", "check_scaling_behavior",
          "check_recent_changes", "inspect_cost")},
    {"deployment_regression", "It is worse since something was deployed.",
     LIST("check_recent_changes", "compare_baseline", "measure_errors", "measure_latency",
          "check_units")},
    {"availability_loss", "It does not answer at all, or not always.",
     LIST("check_availability", "check_endpoints", "check_units", "check_kernel", "check_alerts")},
    {"performance_degradation", "It answers, but slowly.",
     LIST("measure_latency", "analyze_utilization", "check_disk_speed", "trace_dependencies",
          "compare_baseline")},
    {"data_inconsistency", "What it says is old, missing or wrong.",
     LIST("check_storage_health", "check_clock", "check_scheduled_jobs", "check_kernel",
          "check_logs")},
#undef LIST
};

const struct primitive *primitive_at(size_t i)
{
    return i < sizeof(primitive_table) / sizeof(primitive_table[0]) - 1 ? &primitive_table[i]
                                                                        : NULL;
}

const struct primitive *primitive_find(const char *name)
{
    for (const struct primitive *p = primitive_table; p->name; p++) {
        if (strcmp(p->name, name) == 0)
            return p;
    }
    return NULL;
}

const char *primitive_name(const struct primitive *p)
{
    return p->name;
}

const char *primitive_help(const struct primitive *p)
{
    return p->help;
}

const struct tool_param *primitive_params(const struct primitive *p)
{
    return p->params ? p->params : common;
}

const char *primitive_missing(const struct primitive *p)
{
    return p->missing;
}

const char *primitive_sources(const struct primitive *p)
{
    bool host = p->tool || (p->docs & (DOC_SNAPSHOT | DOC_LOGS | DOC_SERVICES | DOC_CHANGES));
    bool prometheus = p->exprs[0].name || (p->docs & (DOC_ALERTS | DOC_TARGETS));

    if (p->missing)
        return p->missing;
    if (p->docs & (DOC_AWS_COST | DOC_AWS_CHANGES | DOC_AWS_FINDINGS))
        return "AWS";
    return host && prometheus ? "host, prometheus" : host ? "host" : "prometheus, alertmanager";
}

const char *const *class_primitives(const char *class)
{
    for (size_t i = 0; i < sizeof(classes) / sizeof(classes[0]); i++) {
        if (strcmp(classes[i].class, class) == 0)
            return classes[i].primitives;
    }
    return NULL;
}

const char *class_help(const char *class)
{
    for (size_t i = 0; i < sizeof(classes) / sizeof(classes[0]); i++) {
        if (strcmp(classes[i].class, class) == 0)
            return classes[i].help;
    }
    return NULL;
}
