/* table.c - the table of host patterns. One line each, alphabetical within its family. */
#include <math.h>
#include <stddef.h>

#include "cpu.h"
#include "kernel.h"
#include "memory.h"
#include "net.h"
#include "patterns.h"
#include "said.h"
#include "several.h"
#include "storage.h"
#include "units.h"

static const struct host_pattern *const table[] = {
    /* clock */
    &host_pattern_clock,
    &host_pattern_clock_jump,
    /* cpu */
    &host_pattern_cpu_core,
    &host_pattern_cpu_frequency,
    &host_pattern_cpu_pinned,
    &host_pattern_cpu_saturated,
    &host_pattern_cpu_throttled,
    &host_pattern_fork_churn,
    &host_pattern_irq_load,
    &host_pattern_steal,
    &host_pattern_timers,
    /* disk */
    &host_pattern_deleted_open,
    &host_pattern_disk_filling,
    &host_pattern_disk_fsync,
    &host_pattern_disk_full,
    &host_pattern_disk_inodes,
    &host_pattern_disk_io,
    &host_pattern_disk_slow,
    &host_pattern_logfile_growth,
    &host_pattern_mount_hung,
    &host_pattern_mount_missing,
    &host_pattern_mount_readonly,
    &host_pattern_quota,
    &host_pattern_raid_degraded,
    &host_pattern_thin_pool,
    &host_pattern_tmpfs_full,
    &host_pattern_writeback,
    /* kernel */
    &host_pattern_entropy_low,
    &host_pattern_fs_errors,
    &host_pattern_hardware_errors,
    &host_pattern_kernel_errors,
    &host_pattern_kernel_lockup,
    &host_pattern_module_failed,
    &host_pattern_reboot_loop,
    &host_pattern_segfaults,
    /* memory */
    &host_pattern_compaction,
    &host_pattern_memory_cache,
    &host_pattern_memory_group,
    &host_pattern_memory_host,
    &host_pattern_memory_kernel,
    &host_pattern_memory_leak,
    &host_pattern_memory_limit,
    &host_pattern_oom_kill,
    &host_pattern_swap_thrash,
    /* network */
    &host_pattern_accept_backlog,
    &host_pattern_close_wait,
    &host_pattern_conntrack,
    &host_pattern_dependency,
    &host_pattern_dns,
    &host_pattern_mtu_blackhole,
    &host_pattern_nic_errors,
    &host_pattern_port_conflict,
    &host_pattern_ports,
    &host_pattern_resets,
    &host_pattern_retransmits,
    &host_pattern_syn_flood,
    &host_pattern_unix_backlog,
    /* process */
    &host_pattern_crash_loop,
    &host_pattern_deadlock,
    &host_pattern_duplicate_runs,
    &host_pattern_file_handles,
    &host_pattern_lock_pileup,
    &host_pattern_processes,
    &host_pattern_restart_loop,
    &host_pattern_stopped,
    &host_pattern_stuck_processes,
    &host_pattern_threads,
    &host_pattern_zombies,
    /* logs */
    &host_pattern_log_config,
    &host_pattern_log_dependency,
    &host_pattern_log_errors,
    &host_pattern_log_missing,
    &host_pattern_log_permission,
    &host_pattern_log_pool,
    &host_pattern_log_port_taken,
    /* service */
    &host_pattern_activating_unit,
    &host_pattern_certificate,
    &host_pattern_error_answer,
    &host_pattern_failed_unit,
    &host_pattern_flapping_unit,
    &host_pattern_not_listening,
    &host_pattern_slow_answer,
    &host_pattern_stopped_unit,
    NULL,
};

const struct host_pattern *const *host_pattern_table(void)
{
    return table;
}

const struct host_limits *host_shared_limits(void)
{
    static const struct host_limits shared[] = {
        {"cpu", cpu_limits},     {"kernel", kernel_limits}, {"memory", memory_limits},
        {"network", net_limits}, {"said", said_limits},     {"storage", storage_limits},
        {"units", unit_limits},  {"events", view_limits},   {NULL, NULL},
    };

    return shared;
}

static bool tells_of(const struct host_finding *f)
{
    return f->strength <= STRENGTH_WEAK || f->named;
}

/* Which one it is. */
static const char *identity(const struct host_finding *f)
{
    return f->one_of ? f->one_of : f->resource;
}

size_t host_pattern_all(const struct host_pattern *p, struct host_view *v, struct host_finding *ret,
                        size_t max, struct host_finding *ret_more)
{
    const char *taken[HOST_SAME_MAX + 1];
    struct host_view left = *v;
    size_t n = 1;

    host_pattern_run(p, v, &ret[0]);
    *ret_more = (struct host_finding){.pattern = p, .strength = STRENGTH_NONE};
    left.taken = taken;
    while (p->several && tells_of(&ret[n - 1])) {
        struct host_finding next;

        taken[left.taken_count++] = identity(&ret[n - 1]);
        host_pattern_run(p, &left, &next);
        if (!tells_of(&next) || hv_taken(&left, identity(&next)))
            break;
        if (n == p->several || n == max) {
            *ret_more = next;
            break;
        }
        ret[n++] = next;
    }
    return n;
}

void host_pattern_run(const struct host_pattern *p, struct host_view *v, struct host_finding *ret)
{
    *ret = (struct host_finding){
        .pattern = p, .strength = STRENGTH_NONE, .value = NAN, .threshold = NAN};
    p->find(v, ret);
    if (!ret->evidence)
        ret->evidence = "nothing of the kind was seen";
    if (!ret->resource)
        ret->resource = arena_printf(v->arena, "host:%s", v->host);
    if (!ret->metric)
        ret->metric = p->id;
    if (!ret->unit)
        ret->unit = "";
    for (int i = 0; i < ret->culprit_count; i++) {
        struct host_culprit *c = &ret->culprits[i];

        c->metric = c->metric ? c->metric : ret->metric;
        c->unit = c->unit ? c->unit : ret->unit;
    }
}
