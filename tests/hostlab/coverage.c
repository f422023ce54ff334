/* coverage.c - which faults of the lab each pattern of the host catalogue is to be named for. A
 * fault that this machine cannot make counts: its need() says what is in the way. */
#include <stdio.h>
#include <string.h>

#include "lab.h"
#include "runbook/base/str.h"
#include "src/engine/host/patterns.h"

const struct lab_cover lab_covers[] = {
    /* clock */
    {"clock", "clock-wrong"},
    {"clock_jump", "clock-set"},
    /* cpu */
    {"cpu_core", "cpu-hog,cpu-syscalls"},
    {"cpu_frequency", "cpu-slow-clock"},
    {"cpu_pinned", "cpu-pinned"},
    {"cpu_saturated", "cpu-threads,cpu-many-small,cpu-nice-starved"},
    {"cpu_throttled", "cpu-throttled"},
    {"fork_churn", "fork-churn"},
    {"irq_load", "cpu-packets"},
    {"steal", "cpu-steal"},
    {"timers", "cpu-timers"},
    /* disk */
    {"deleted_open", "disk-deleted-open"},
    {"disk_filling", "disk-filling"},
    {"disk_fsync", "disk-fsync"},
    {"disk_full", "disk-full,disk-small-files,disk-full-two,disk-full-four"},
    {"disk_inodes", "disk-inodes"},
    {"disk_io", "disk-saturated"},
    {"disk_slow", "disk-slow,disk-fails,disk-hangs"},
    {"logfile_growth", "disk-log-flood"},
    {"mount_hung", "disk-mount-hung"},
    {"mount_missing", "disk-mount-missing"},
    {"mount_readonly", "disk-read-only"},
    {"quota", "disk-quota"},
    {"raid_degraded", "disk-raid"},
    {"thin_pool", "disk-thin-pool"},
    {"tmpfs_full", "disk-tmpfs"},
    {"writeback", "disk-unwritten"},
    /* kernel */
    {"entropy_low", "random-numbers"},
    {"fs_errors", "disk-damaged"},
    {"hardware_errors", "hardware-errors"},
    {"kernel_errors", "disk-fails"},
    {"kernel_lockup", "kernel-lockup"},
    {"module_failed", "kernel-module"},
    {"reboot_loop", "restarts"},
    {"segfaults", "crash-loop"},
    /* memory */
    {"compaction", "memory-in-pieces"},
    {"memory_cache", "cache-too-small"},
    {"memory_group", "group-full"},
    {"memory_host", "memory-all"},
    {"memory_kernel", "unread-messages"},
    {"memory_leak", "leak-free"},
    {"memory_limit", "leak-rlimit,leak-group"},
    {"oom_kill", "oom-group"},
    {"swap_thrash", "swap-thrash"},
    /* process */
    {"crash_loop", "crash-loop"},
    {"deadlock", "deadlock"},
    {"duplicate_runs", "job-overlap"},
    {"file_handles", "fd-leak,fds-used-up"},
    {"lock_pileup", "job-lock"},
    {"processes", "user-processes,group-processes"},
    {"restart_loop", "restarts-by-shell,restarts-by-runit,restarts-by-supervisor"},
    {"stopped", "stopped"},
    {"stuck_processes", "stuck-io"},
    {"threads", "thread-explosion"},
    {"zombies", "zombies"},
    /* network */
    {"accept_backlog", "accept-backlog"},
    {"close_wait", "close-wait"},
    {"dependency", "stopped-chain,never-answers"},
    {"conntrack", "conntrack-full"},
    {"dns", "dns-silent,dns-fails,dns-slow"},
    {"mtu_blackhole", "mtu-black-hole"},
    {"nic_errors", "dropping-nic"},
    {"port_conflict", "port-conflict"},
    {"ports", "ports-used"},
    {"resets", "refused,reset"},
    {"retransmits", "lossy-link"},
    {"syn_flood", "syn-flood"},
    {"unix_backlog", "unix-backlog"},
    /* logs */
    {"log_config", "log-config"},
    {"log_errors", "log-burst,log-new"},
    {"log_config", "log-config"},
    {"log_dependency", "log-refused"},
    {"log_permission", "log-denied"},
    {"log_missing", "log-missing"},
    {"log_pool", "log-pool"},
    {"log_port_taken", "port-taken"},
    /* service */
    {"activating_unit", "unit-starting"},
    {"activating_unit", "unit-starting"},
    {"certificate", "certificate-ended,certificate-refused"},
    {"failed_unit", "unit-failed"},
    {"flapping_unit", "unit-flapping"},
    {"stopped_unit", "unit-stopped"},
    {"error_answer", "answers-500"},
    {"failed_unit", "unit-failed"},
    {"flapping_unit", "unit-flapping"},
    {"not_listening", "not-listening"},
    {"slow_answer", "answers-slowly,hangs,does-not-read"},
    {"stopped_unit", "unit-stopped"},
    {NULL, NULL},
};

static bool is_fault(struct str id)
{
    for (const struct lab_family *fam = lab_families; fam->name; fam++) {
        for (const struct lab_fault *f = fam->faults; f->id; f++) {
            if (str_eq_c(id, f->id) && !f->control)
                return true;
        }
    }
    return false;
}

static bool is_pattern(const char *id)
{
    for (const struct host_pattern *const *p = host_pattern_table(); *p; p++) {
        if (strcmp((*p)->id, id) == 0)
            return true;
    }
    return false;
}

/* Every name that a row uses is one. */
static bool check_row(const struct lab_cover *c)
{
    struct str rest = str_from(c->faults), id;
    bool ok = is_pattern(c->pattern);

    if (!ok)
        printf("%-18s is no pattern\n", c->pattern);
    while (str_split(&rest, ',', &id)) {
        if (!is_fault(id)) {
            printf("%-18s %.*s is no fault\n", c->pattern, STR_FMT(id));
            ok = false;
        }
    }
    return ok;
}

void coverage_of(const char *fault, char *ret, size_t size)
{
    size_t n = 0;

    *ret = '\0';
    for (const struct lab_cover *c = lab_covers; c->pattern && n < size; c++) {
        struct str rest = str_from(c->faults), id;

        while (n < size && str_split(&rest, ',', &id)) {
            if (str_eq_c(id, fault))
                n += (size_t)snprintf(ret + n, size - n, "%s%s", n ? "," : "", c->pattern);
        }
    }
}

bool coverage_check(void)
{
    bool ok = true;

    for (const struct lab_cover *c = lab_covers; c->pattern; c++)
        ok = check_row(c) && ok;
    for (const struct host_pattern *const *p = host_pattern_table(); *p; p++) {
        const struct lab_cover *c = lab_covers;

        while (c->pattern && strcmp(c->pattern, (*p)->id) != 0)
            c++;
        printf("%-18s %s\n", (*p)->id, c->pattern ? c->faults : "has no fault");
        ok = ok && c->pattern;
    }
    return ok;
}
