/* causes.c - see causes.h. One row a pair, by cause. Rows state mechanisms, not coincidences: what
 * merely often comes together has no row here. */
#include "causes.h"

#include <string.h>

#define CHAIN_MAX 8

static const struct host_cause table[] = {
    /* cpu */
    {"steal", "cpu_saturated", TIE_HOST, "stolen time leaves less for the same work"},
    {"steal", "cpu_core", TIE_HOST, "stolen time leaves less for the same work"},
    {"cpu_saturated", "cpu_core", TIE_HOST, "one busy core is part of all busy cores"},
    {"fork_churn", "cpu_saturated", TIE_HOST, "starting processes takes the processors' time"},
    {"fork_churn", "cpu_core", TIE_PROCESS, "starting processes keeps its parent busy"},
    {"cpu_pinned", "cpu_core", TIE_PROCESS, "a bound process cannot leave its processor"},
    {"timers", "cpu_core", TIE_PROCESS, "a process that is woken all the time is busy"},
    {"irq_load", "cpu_core", TIE_PROCESS, "the packets that it sends are handled on its processor"},
    {"cpu_throttled", "accept_backlog", TIE_PROCESS, "a process that stands still does not accept"},
    /* memory */
    {"memory_leak", "memory_host", TIE_HOST, "what grows takes the memory of the others"},
    {"memory_leak", "oom_kill", TIE_HOST, "growth ends without memory, and there the kernel kills"},
    {"memory_leak", "swap_thrash", TIE_HOST, "what grows pushes the others into swap"},
    {"memory_limit", "memory_group", TIE_HOST, "growth ends at the limit of the group"},
    {"memory_group", "oom_kill", TIE_HOST, "a group at its limit loses a process"},
    {"memory_group", "swap_thrash", TIE_HOST, "what does not fit into the group goes to swap"},
    {"memory_kernel", "memory_host", TIE_HOST, "memory that no process holds is missing"},
    {"memory_host", "swap_thrash", TIE_HOST, "without memory pages go to swap"},
    {"swap_thrash", "disk_io", TIE_HOST, "swap is read and written all the time"},
    {"memory_cache", "disk_io", TIE_HOST, "files that do not fit into memory are read again"},
    {"memory_limit", "oom_kill", TIE_HOST, "growth ends at the limit, and there the kernel kills"},
    {"memory_limit", "memory_host", TIE_HOST, "what grows takes the memory of the others"},
    {"memory_host", "oom_kill", TIE_HOST, "without memory the kernel kills"},
    {"memory_host", "disk_io", TIE_HOST,
     "a machine without memory reads its programs again and "
     "again"},
    {"oom_kill", "failed_unit", TIE_HOST, "a killed process ends its unit"},
    /* disk */
    {"kernel_errors", "disk_io", TIE_HOST, "a failing device answers late"},
    {"kernel_errors", "stuck_processes", TIE_HOST, "processes wait for a failing device"},
    {"disk_io", "stuck_processes", TIE_HOST, "processes wait for a device that is busy"},
    {"disk_full", "failed_unit", TIE_HOST, "writes fail on a full disk"},
    {"deleted_open", "disk_full", TIE_HOST, "deleted files that are open keep their room"},
    {"disk_inodes", "failed_unit", TIE_HOST, "no file can be made without an inode"},
    {"disk_slow", "disk_io", TIE_HOST, "a slow device is busy with little to do"},
    {"disk_slow", "stuck_processes", TIE_HOST, "processes wait for a slow device"},
    {"disk_slow", "writeback", TIE_HOST, "a slow device takes late what was written"},
    {"disk_io", "writeback", TIE_HOST, "a busy device takes late what was written"},
    {"raid_degraded", "disk_io", TIE_HOST, "the other members do the work of the missing one"},
    {"fs_errors", "mount_readonly", TIE_HOST, "the kernel stops writing to what is damaged"},
    {"disk_slow", "fs_errors", TIE_HOST, "a device that fails loses what is written to it"},
    {"disk_slow", "mount_readonly", TIE_HOST, "after an I/O error the kernel stops writing"},
    {"mount_readonly", "failed_unit", TIE_HOST, "writes fail on what is read-only"},
    {"mount_missing", "failed_unit", TIE_HOST, "its data is not there"},
    {"mount_hung", "stuck_processes", TIE_HOST, "processes wait for a server that is silent"},
    {"logfile_growth", "disk_filling", TIE_HOST, "the log takes the room"},
    {"logfile_growth", "disk_full", TIE_HOST, "the log takes the room"},
    {"tmpfs_full", "failed_unit", TIE_HOST, "writes fail on a full tmpfs"},
    {"thin_pool", "disk_io", TIE_HOST, "writes wait for room in the pool"},
    /* process */
    {"duplicate_runs", "cpu_saturated", TIE_HOST, "runs that overlap take the processors' time"},
    {"duplicate_runs", "cpu_core", TIE_PROCESS, "runs that overlap take the processors' time"},
    {"lock_pileup", "duplicate_runs", TIE_HOST, "runs that wait for a lock pile up"},
    {"crash_loop", "cpu_saturated", TIE_HOST,
     "what starts over and over never gets past its start"},
    {"crash_loop", "failed_unit", TIE_HOST, "what crashes too often is not started again"},
    {"crash_loop", "restart_loop", TIE_PROCESS, "what crashes is started again"},
    {"restart_loop", "log_errors", TIE_PROCESS, "what ends at its start says why"},
    {"restart_loop", "not_listening", TIE_PROCESS, "what ends at its start does not listen"},
    {"log_config", "restart_loop", TIE_PROCESS, "a program ends when it cannot be configured"},
    {"log_missing", "restart_loop", TIE_PROCESS, "a program ends when it misses something"},
    {"log_permission", "restart_loop", TIE_PROCESS, "a program ends when it is not permitted"},
    {"log_port_taken", "restart_loop", TIE_PROCESS, "a program ends when its port is taken"},
    {"port_conflict", "restart_loop", TIE_HOST, "a program ends when its port is taken"},
    {"stopped", "accept_backlog", TIE_PROCESS, "a stopped process does not accept"},
    {"stopped", "lock_pileup", TIE_PROCESS, "a stopped process keeps its locks"},
    {"stopped", "dependency", TIE_UNSEEN, "a stopped process reads and answers nothing"},
    {"stopped", "deadlock", TIE_UNSEEN, "a stopped process accepts nobody"},
    {"stuck_processes", "deadlock", TIE_UNSEEN, "a process that hangs accepts nobody"},
    {"stopped", "unix_backlog", TIE_PROCESS, "a stopped process does not accept"},
    {"deadlock", "dependency", TIE_PROCESS, "threads that wait for each other answer nobody"},
    {"deadlock", "unix_backlog", TIE_PROCESS, "threads that wait for each other do not accept"},
    {"stuck_processes", "dependency", TIE_PROCESS, "a process that hangs answers nobody"},
    {"deadlock", "accept_backlog", TIE_PROCESS, "threads that wait for each other do not accept"},
    {"stuck_processes", "accept_backlog", TIE_PROCESS, "a process that hangs does not accept"},
    {"threads", "processes", TIE_HOST, "each thread takes a process id"},
    {"zombies", "processes", TIE_HOST, "each zombie keeps its process id"},
    {"file_handles", "accept_backlog", TIE_PROCESS, "accept() fails without a free descriptor"},
    {"close_wait", "file_handles", TIE_PROCESS,
     "connections that are never closed hold "
     "descriptors"},
    {"cpu_core", "accept_backlog", TIE_PROCESS, "a process bound by one core accepts late"},
    /* network */
    {"conntrack", "retransmits", TIE_HOST, "packets of untracked connections are dropped"},
    {"conntrack", "dependency", TIE_HOST, "new connections are dropped"},
    {"nic_errors", "retransmits", TIE_HOST, "lost packets are sent again"},
    {"nic_errors", "dependency", TIE_HOST, "lost packets delay every answer"},
    {"mtu_blackhole", "retransmits", TIE_HOST, "what is too large is sent again and again"},
    {"syn_flood", "accept_backlog", TIE_HOST, "half-open connections fill the queues"},
    {"dependency", "accept_backlog", TIE_PROCESS, "a process that waits does not accept"},
    {"dependency", "close_wait", TIE_PROCESS, "a process that waits does not close"},
    {"dependency", "retransmits", TIE_HOST, "requests without an answer are sent again"},
    {"dependency", "resets", TIE_PROCESS, "attempts at a dead peer fail"},
    {"accept_backlog", "retransmits", TIE_HOST,
     "connection requests that are dropped are sent "
     "again"},
    {"accept_backlog", "resets", TIE_HOST, "connections that nobody takes are given up"},
    {"ports", "resets", TIE_HOST, "connect() fails without a free port"},
    {"port_conflict", "failed_unit", TIE_HOST, "a service ends when its port is taken"},
    /* services and logs */
    {"disk_full", "log_errors", TIE_HOST, "writes fail on a full disk"},
    {"disk_full", "error_answer", TIE_HOST, "a service that cannot write answers with errors"},
    {"disk_full", "flapping_unit", TIE_HOST, "writes fail on a full disk"},
    {"oom_kill", "flapping_unit", TIE_HOST, "a killed process ends its unit"},
    {"file_handles", "log_errors", TIE_PROCESS, "open() and accept() fail at the limit"},
    {"file_handles", "error_answer", TIE_PROCESS, "open() and accept() fail at the limit"},
    {"file_handles", "slow_answer", TIE_PROCESS, "accept() fails without a free descriptor"},
    {"memory_limit", "log_errors", TIE_PROCESS, "allocations fail at the limit"},
    {"cpu_core", "slow_answer", TIE_PROCESS, "a process bound by one core answers late"},
    {"stopped", "slow_answer", TIE_PROCESS, "a stopped process answers nobody"},
    {"deadlock", "slow_answer", TIE_PROCESS, "threads that wait for each other answer nobody"},
    {"stuck_processes", "slow_answer", TIE_PROCESS, "a process stuck in the kernel answers nobody"},
    {"crash_loop", "flapping_unit", TIE_HOST, "what crashes is started again"},
    {"crash_loop", "log_errors", TIE_PROCESS, "what crashes says so"},
    {"accept_backlog", "slow_answer", TIE_PROCESS, "what is not accepted is not answered"},
    {"dependency", "slow_answer", TIE_PROCESS, "a process that waits does not answer"},
    {"dependency", "error_answer", TIE_PROCESS, "a service answers for what it depends on"},
    {"dependency", "log_errors", TIE_PROCESS, "a process logs what it waits for in vain"},
    {"dependency", "log_dependency", TIE_PROCESS, "a process logs what it waits for in vain"},
    {"slow_answer", "log_dependency", TIE_PROCESS, "clients of what does not answer say so"},
    {"certificate", "log_errors", TIE_HOST, "clients break off the handshake"},
    {"not_listening", "log_dependency", TIE_PROCESS, "a port without a listener refuses"},
    {"log_port_taken", "not_listening", TIE_PROCESS, "a port that is taken cannot be listened on"},
    {"log_port_taken", "failed_unit", TIE_PROCESS, "a service ends when its port is taken"},
    {"port_conflict", "log_port_taken", TIE_HOST, "the second program says so"},
    {"log_dependency", "resets", TIE_HOST, "attempts that are refused are counted as failed"},
    {"log_dependency", "error_answer", TIE_PROCESS, "a service answers for what it depends on"},
    {"log_dependency", "log_errors", TIE_PROCESS, "errors follow from a peer that is away"},
    {"log_permission", "error_answer", TIE_PROCESS, "a service answers for what it may not do"},
    {"log_permission", "log_errors", TIE_PROCESS, "errors follow from what is not permitted"},
    {"log_missing", "error_answer", TIE_PROCESS, "a service answers for what it misses"},
    {"log_missing", "log_errors", TIE_PROCESS, "errors follow from what is missing"},
    {"log_pool", "error_answer", TIE_PROCESS, "requests without a connection fail"},
    {"log_pool", "slow_answer", TIE_PROCESS, "requests wait for a connection"},
    {"log_config", "error_answer", TIE_PROCESS, "a service answers for its configuration"},
    {"log_config", "log_errors", TIE_PROCESS, "errors follow from a broken configuration"},
    {"log_errors", "error_answer", TIE_PROCESS, "what it logs is why it answers so"},
    {NULL, NULL, TIE_HOST, NULL},
};

const struct host_cause *host_cause_table(void)
{
    return table;
}

static int64_t pid_at(const struct host_finding *f, int i)
{
    int own = (int)(sizeof(f->pids) / sizeof(f->pids[0]));

    return i < own ? f->pids[i] : i - own < f->culprit_count ? f->culprits[i - own].pid : 0;
}

static int64_t pid_of_resource(const char *resource)
{
    const char *at = resource ? strstr(resource, "/process:") : NULL;
    int64_t pid = 0;

    for (at = at ? at + 9 : ""; *at >= '0' && *at <= '9' && pid < 1000000000; at++)
        pid = pid * 10 + (*at - '0');
    return pid;
}

static bool is_about(const struct host_finding *f, int64_t pid)
{
    int most = (int)(sizeof(f->pids) / sizeof(f->pids[0])) + f->culprit_count;

    if (pid <= 0)
        return false;
    for (int i = 0; i < most; i++) {
        if (pid_at(f, i) == pid)
            return true;
    }
    return pid_of_resource(f->resource) == pid;
}

static bool same_process(const struct host_finding *a, const struct host_finding *b)
{
    int most = (int)(sizeof(a->pids) / sizeof(a->pids[0])) + a->culprit_count;

    for (int i = 0; i < most; i++) {
        if (is_about(b, pid_at(a, i)))
            return true;
    }
    return is_about(b, pid_of_resource(a->resource));
}

static bool is_tied(enum host_tie tie, const struct host_finding *cause,
                    const struct host_finding *effect)
{
    bool unseen = effect->culprit_count > 0 && effect->culprits[0].pid == 0;

    if (cause->mount && effect->mount && strcmp(cause->mount, effect->mount) != 0)
        return false; /* what happens to one filesystem does not fill another one */
    switch (tie) {
    case TIE_HOST:
        return true;
    case TIE_PROCESS:
        return same_process(cause, effect);
    case TIE_UNSEEN:
        return unseen || same_process(cause, effect);
    }
    return false;
}

const struct host_cause *host_explains(const struct host_finding *cause,
                                       const struct host_finding *effect)
{
    if (cause == effect || cause->strength != STRENGTH_STRONG || effect->strength > STRENGTH_WEAK)
        return NULL;
    for (const struct host_cause *row = table; row->cause; row++) {
        if (strcmp(row->cause, cause->pattern->id) == 0 &&
            strcmp(row->effect, effect->pattern->id) == 0 && is_tied(row->tie, cause, effect))
            return row;
    }
    return NULL;
}

static size_t direct_cause(const struct host_finding *f, size_t count, size_t of)
{
    size_t best = of;

    for (size_t i = 0; i < count; i++) {
        if (host_explains(&f[i], &f[of]) && (best == of || f[i].severity > f[best].severity))
            best = i;
    }
    return best;
}

void host_explain_all(const struct host_finding *f, size_t count, size_t *ret_cause)
{
    for (size_t i = 0; i < count; i++) {
        size_t at = i, next = direct_cause(f, count, i);

        for (int steps = 0; next != at && steps < CHAIN_MAX; steps++) {
            at = next;
            next = direct_cause(f, count, at);
        }
        ret_cause[i] = at;
    }
}
