/* test_recorded.c - what the kernel said while real faults and healthy loads stood: recorded by
 * `tests/hostlab/lab --record`, read by the collector's parsers and judged by the patterns. Of a
 * fault its pattern names the culprit, and no other is sure but what follows from it; of a healthy
 * machine no pattern is sure from one look (what is tentative needs the second). */
#include "tests/lib/unit.h"

#include <stdlib.h>

#include "runbook/base/file.h"
#include "runbook/base/mem.h"
#include "runbook/base/num.h"
#include "src/engine/host/causes.h"
#include "src/engine/host/patterns.h"
#include "src/tool/host_common.h"

static const struct {
    const char *fault, *pattern;
    const char *culprit; /* a part of the resource */
    int64_t behind_s; /* the clock of the machine that looks, against the one that was recorded */
} faults[] = {
    {"cpu-hog", "cpu_saturated", "(hog)"},
    {"cpu-throttled", "cpu_throttled", "cgroup:/hostlab-"},
    {"cpu-timers", "timers", "(ticker)"},

    {"fork-churn", "fork_churn", "(spawner)"},
    {"leak-rlimit", "memory_limit", "(leaky)"},
    {"leak-group", "memory_limit", "(leaky)"},
    {"leak-free", "memory_leak", "(leaky)"},
    {"oom-group", "oom_kill", "cgroup:/hostlab-"},
    {"group-full", "memory_group", "cgroup:/hostlab-"},
    {"swap-thrash", "swap_thrash", "(swapper)"},
    {"zombies", "zombies", "(forgetful)"},
    {"stopped", "stopped", "(service)"},
    {"stuck-io", "stuck_processes", "(writer)"},
    {"fd-leak", "file_handles", "(opener)"},
    {"fds-used-up", "file_handles", "(opener)"},
    {"thread-explosion", "threads", "(spreader)"},
    {"user-processes", "processes", "(farm)"},
    {"group-processes", "processes", "cgroup:/hostlab-"},
    {"crash-loop", "segfaults", "program:flaky"},
    {"crash-loop", "crash_loop", "(supervisor)"},
    {"job-overlap", "duplicate_runs", "(sh)"},
    {"job-lock", "lock_pileup", "(nightly-job)"},
    {"deadlock", "deadlock", "(service)"},
    {"cache-too-small", "memory_cache", "("},
    {"unread-messages", "memory_kernel", "host:"},
    {"disk-full", "disk_full", "hostlab-"},
    {"disk-inodes", "disk_inodes", "hostlab-"},
    {"disk-tmpfs", "tmpfs_full", "hostlab-"},
    {"disk-deleted-open", "deleted_open", "("},
    {"disk-filling", "disk_filling", "("},
    {"disk-log-flood", "logfile_growth", "("},
    {"disk-read-only", "mount_readonly", "hostlab-"},
    {"disk-mount-missing", "mount_missing", "hostlab-"},
    {"disk-saturated", "disk_io", "("},
    {"disk-unwritten", "writeback", "("},
    {"disk-small-files", "disk_full", "hostlab-"},
    {"disk-mount-hung", "mount_hung", "hostlab-"},
    {"disk-slow", "disk_slow", "disk:loop"},
    {"disk-fails", "disk_slow", "disk:loop"},
    {"disk-damaged", "fs_errors", "hostlab-"},
    {"disk-hangs", "disk_slow", "disk:loop"},
    {"restarts", "reboot_loop", "host:"},
    {"accept-backlog", "accept_backlog", "port:"},
    {"stopped-chain", "dependency", "("},
    {"never-answers", "dependency", "("},
    {"close-wait", "close_wait", "("},
    {"unix-backlog", "unix_backlog", "("},
    {"ports-used", "ports", "("},
    {"lossy-link", "retransmits", "peer:10.99.0.2:5000"},
    {"mtu-black-hole", "mtu_blackhole", "peer:10.99.0.2:5000"},
    {"dropping-nic", "nic_errors", "nic:lab0"},
    {"syn-flood", "syn_flood", "port:"},
    {"refused", "resets", "host:"},
    {"conntrack-full", "conntrack", "host:"},
    {"dns-slow", "dns", "resolver:127.0.0.79"},
    {"restarts-by-runit", "restart_loop", "(runsv)"},
    /* as a user sees it who may not read the kernel's log, nor what others read and write */
    {"stuck-io-user", "stuck_processes", "(writer)"},
    {"disk-unwritten-user", "writeback", "host:"},
    {"disk-damaged-user", "fs_errors", "hostlab-"},
    {"disk-hangs-user", "disk_slow", "disk:loop"},
    {"disk-fails-user", "fs_errors", "hostlab-"},
    {"disk-mount-missing-user", "mount_missing", "hostlab-"},

    {"log-config", "log_config", "(search)"},
    {"log-burst", "log_errors", "(jobs)"},
    {"log-new", "log_errors", "(ingest)"},
    {"log-refused", "log_dependency", "port:52735"},
    {"log-denied", "log_permission", "(mailer)"},
    {"log-missing", "log_missing", "(thumbs)"},
    {"log-pool", "log_pool", "(booking)"},
    {"port-taken", "log_port_taken", "(leftover)"},
    {"port-conflict", "port_conflict", "port:43555"},
    {"certificate-ended", "certificate", "(openssl)"},
    {"certificate-refused", "certificate", "(openssl)"},
    {"answers-500", "error_answer", "(shop-api)"},
    {"answers-slowly", "slow_answer", "(shop-front)"},
    {"hangs", "slow_answer", "(http-shop)"},
    {"not-listening", "not_listening", "(sh)"},
    /* on a machine of their own */
    {"clock-set", "clock_jump", "host:"},
    {"cpu-hog-quiet", "cpu_core", "(hog)"},
    {"cpu-pinned", "cpu_pinned", "(pinned)"},
    {"disk-quota", "quota", "quota:#64323"},
    {"disk-raid", "raid_degraded", "raid:md104"},
    {"hardware-errors", "hardware_errors", "host:"},
    {"kernel-module", "module_failed", "host:"},
    {"kernel-lockup", "kernel_lockup", "host:"},
    {"memory-all", "memory_host", "(hoarder)"},
    {"unit-failed", "failed_unit", "unit:hostlab-77-2.service"},
    {"unit-flapping", "flapping_unit", "unit:hostlab-77-3.service"},
    {"unit-starting", "activating_unit", "unit:hostlab-77-4.service"},
    /* a healthy one, by the clock of a machine that is 90 s behind it, or before it */
    {"web-404", "clock", "host:", 90},
    {"web-404", "clock", "host:", -90},
};

/* What could not be made to happen, and why; their cases are written by hand. */
static const struct {
    const char *pattern, *why;
} not_recorded[] = {
    {"cpu_frequency", "no clock of a processor is shown below a hypervisor"},
    {"irq_load", "packets of a machine to itself are handled by who sends them"},
    {"steal", "only the hypervisor takes time away, and qemu without one does not count it"},
    {"disk_fsync", "a flush of the lab's disks takes less than 10 ms: nobody is hurt"},
    {"thin_pool", "a loop device in memory is no device that the pool's driver opens"},
    {"entropy_low", "kernels since 5.18 let nobody wait for random numbers"},
    {"kernel_errors", "errors of the lab's disks are those of the filesystem, which is named"},
    {"compaction", "on a machine so small that it can be broken up there is no room for it"},
    {"stopped_unit", "the lab's systemd forgets a unit that is stopped"},
};

static const char *const controls[] = {
    "good-link",
    "patient-client",
    "service-restarted",
    "slow-reader",
    "long-poll",
    "idle",
    "busy-server",
    "build",
    "copy",
    "cache-filled",
    "cron-bursts",
    "idle-connections",
    "batch-niced",
    "just-restarted",
    "threads-idle",
    "file-mapped",
    "compress",
    "memory-held",
    "few-zombies",
    /* with other work on the machine */
    "copy-loaded",
    "busy-server-loaded",
    "niced-many",
    "held-shortly",
    "group-cache-full",
    "swap-quiet",
    "disk-steady-85",
    "disk-steady-log",
    "disk-meant-copy",
    "disk-durable",
    "disk-backup-alone",
    "disk-backup-alone-user",
    /* with what their listeners and logs say */
    "web-404",
    "certificate-60-days",
    "certificate-renewed",
    "disk-layers",
    "unit-running",
};

typedef enum err_code render_fn(struct host_answer *a, struct err *err);

static bool read_recorded(const char *name, const char *suffix, struct buf *out)
{
    const char *dir = getenv("RB_SRCDIR");
    char *path = xasprintf("%s/tests/data/host/%s.%s", dir ? dir : ".", name, suffix);
    struct err err = ERR_INIT;
    enum err_code rc = file_read(path, out, &err);

    if (rc != ERR_NOT_FOUND)
        assert_ok(rc, &err);
    free(path);
    return !rc;
}

/* When the recording was complete, by its own clock. */
static int64_t recorded_ms(const struct buf *bundle)
{
    struct host_bundle b;
    struct err err = ERR_INIT;
    const struct host_section *end;
    int64_t s = 0;

    assert_ok(host_bundle_read(&b, buf_str(bundle), &err), &err);
    end = host_bundle_find(&b, "clock/end", 1);
    if (end)
        num_i64(str_trim(end->data), &s);
    host_bundle_release(&b);
    return s * 1000;
}

/* NULL: the fault has no such document. */
static const struct value *document(struct arena *a, const char *name, const char *suffix,
                                    render_fn *render, int64_t behind_s)
{
    struct buf bundle = BUF_INIT(1 << 22), text = BUF_INIT(1 << 22);
    char summary[256];
    struct json_writer w;
    struct host_answer answer = {.host = "web-3", .arena = a, .out = &w, .summary = summary};
    const struct value *doc = NULL;
    struct err err = ERR_INIT;

    if (read_recorded(name, suffix, &bundle)) {
        answer.bundle = buf_str(&bundle);
        answer.now_ms = recorded_ms(&bundle) - behind_s * 1000;
        json_writer_init(&w, &text);
        assert_ok(render(&answer, &err), &err);
        assert_ok(json_parse(a, buf_str(&text), &doc, &err), &err);
    }
    buf_release(&bundle);
    buf_release(&text);
    return doc;
}

static struct host_view view_of(struct arena *a, const char *name, int64_t behind_s, unsigned words)
{
    struct host_view v = {.arena = a, .host = "web-3", .words = words};

    v.snapshot = document(a, name, "bundle", host_snapshot_render, behind_s);
    v.logs = document(a, name, "logs", host_log_render, behind_s);
    v.services = document(a, name, "services", host_services_render, behind_s);
    if (!v.snapshot)
        fail_msg("there is no recording of %s", name);
    return v;
}

static const struct host_pattern *pattern(const char *id)
{
    for (const struct host_pattern *const *p = host_pattern_table(); *p; p++) {
        if (strcmp((*p)->id, id) == 0)
            return *p;
    }
    fail_msg("no pattern %s", id);
    return NULL;
}

static void test_faults(void **state)
{
    struct arena *a = arena_new(0);

    (void)state;
    for (size_t i = 0; i < sizeof(faults) / sizeof(*faults); i++) {
        struct host_view v = view_of(a, faults[i].fault, faults[i].behind_s, 0);
        struct host_finding f;
        const char *named;

        host_pattern_run(pattern(faults[i].pattern), &v, &f);
        if (f.strength != STRENGTH_STRONG)
            fail_msg("%s: %s stays quiet: %s", faults[i].fault, faults[i].pattern, f.evidence);
        named = f.culprit_count ? f.culprits[0].resource : f.resource;
        if (!strstr(named, faults[i].culprit))
            fail_msg("%s: %s names %s", faults[i].fault, faults[i].pattern, named);
    }
    arena_free(a);
}

/* Each pattern was seen in a recording of its fault, or it is said why it cannot be. */
static void test_every_pattern(void **state)
{
    (void)state;
    for (const struct host_pattern *const *p = host_pattern_table(); *p; p++) {
        int known = 0;

        for (size_t i = 0; i < sizeof(faults) / sizeof(*faults); i++)
            known |= strcmp(faults[i].pattern, (*p)->id) == 0;
        for (size_t i = 0; i < sizeof(not_recorded) / sizeof(*not_recorded); i++)
            known += 2 * (strcmp(not_recorded[i].pattern, (*p)->id) == 0);
        if (known != 1 && known != 2)
            fail_msg("%s: record its fault (hostlab/lab --record), or say why that cannot be",
                     (*p)->id);
    }
}

static void test_healthy(void **state)
{
    struct arena *a = arena_new(0);

    (void)state;
    for (size_t i = 0; i < sizeof(controls) / sizeof(*controls); i++) {
        struct host_view v = view_of(a, controls[i], 0, WORDS_LATENCY);

        for (const struct host_pattern *const *p = host_pattern_table(); *p; p++) {
            struct host_finding f;

            host_pattern_run(*p, &v, &f);
            if (f.strength == STRENGTH_STRONG && !f.tentative)
                fail_msg("%s: %s is sure: %s", controls[i], (*p)->id, f.evidence);
        }
    }
    arena_free(a);
}

/* Does one of the two explain the other, perhaps through a third? */
static bool leads_to(const char *from, const char *to, int depth)
{
    for (const struct host_cause *row = host_cause_table(); depth < 4 && row->cause; row++) {
        if (strcmp(row->cause, from) == 0 &&
            (strcmp(row->effect, to) == 0 || leads_to(row->effect, to, depth + 1)))
            return true;
    }
    return false;
}

static bool is_of(const char *fault, const char *id)
{
    for (size_t i = 0; i < sizeof(faults) / sizeof(*faults); i++) {
        if (strcmp(faults[i].fault, fault) == 0 && strcmp(faults[i].pattern, id) == 0)
            return true;
    }
    return false;
}

/* A second view of the same: what else is true while that fault stands. */
static bool is_also_so(const char *fault, const char *id)
{
    static const struct {
        const char *fault, *pattern;
    } also[] = {
        /* its threads wait for each other, and so do its clients */
        {"thread-explosion", "accept_backlog"},
        /* the kernel's log still told of the fault before */
        {"group-processes", "oom_kill"},
        {"crash-loop", "oom_kill"},
        {"crash-loop", "processes"},
    };

    for (size_t i = 0; i < sizeof(also) / sizeof(*also); i++) {
        if (strcmp(also[i].fault, fault) == 0 && strcmp(also[i].pattern, id) == 0)
            return true;
    }
    return false;
}

/* Faults of others: no pattern is sure of the recording of another one's fault. */
static void test_not_of_others(void **state)
{
    struct arena *a = arena_new(0);

    (void)state;
    for (size_t i = 0; i < sizeof(faults) / sizeof(*faults); i++) {
        struct host_view v = view_of(a, faults[i].fault, faults[i].behind_s, 0);

        for (const struct host_pattern *const *p = host_pattern_table(); *p; p++) {
            const char *own = faults[i].pattern, *id = (*p)->id;
            struct host_finding f;

            host_pattern_run(*p, &v, &f);
            if (f.strength == STRENGTH_STRONG && !f.tentative && !is_of(faults[i].fault, id) &&
                !leads_to(own, id, 0) && !leads_to(id, own, 0) && !is_also_so(faults[i].fault, id))
                fail_msg("%s: %s is sure: %s", faults[i].fault, id, f.evidence);
        }
    }
    arena_free(a);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_faults),
        cmocka_unit_test(test_every_pattern),
        cmocka_unit_test(test_healthy),
        cmocka_unit_test(test_not_of_others),
    };

    return cmocka_run_group_tests_name("host_recorded", tests, NULL, NULL);
}
