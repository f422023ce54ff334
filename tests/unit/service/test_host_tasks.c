/* test_host_tasks.c - what a snapshot reads of every process and of the kernel's tables: waits,
 * open files, owners, children, locks, shared memory, interrupts, clocks, group pressure; and the
 * same sections as bytes that mean nothing. R-10 */
#include "tests/lib/unit.h"

#include <math.h>

#include "runbook/base/mem.h"
#include "runbook/service/host.h"

#define TOKEN "0123456789abcdef0123456789abcdef01234567"
#define STAT(pid, name, state, ppid, session, start)                                               \
    pid " (" name ") " state " " ppid " " pid " " session                                          \
        " 0 -1 4194304 0 0 0 0 50 30 7 3 20 0 2 0 " start " 1000000 100 18446744073709551615 1 1 " \
        "0 0 0 0 0 0 0 0 0 0 17 1 0 0 0 0 0\n"

static void put(struct buf *out, const char *name, int phase, const char *text)
{
    host_bundle_section(out, TOKEN, name, phase, ERR_OK);
    buf_adds(out, text);
}

static void begin(struct buf *out)
{
    buf_init(out, 1 << 20);
    host_bundle_begin(out, TOKEN);
    put(out, "conf", 0, "100 4096");
    put(out, "proc/uptime", 0, "100.00 1.0");
    put(out, "proc/uptime", 1, "101.00 1.0");
    put(out, "procs", 0,
        STAT("10", "app", "S", "1", "10", "1000") STAT("11", "kid", "Z", "10", "10", "2000"));
    put(out, "procs", 1,
        STAT("10", "app", "S", "1", "10", "1000") STAT("11", "kid", "Z", "10", "10", "2000")
            STAT("12", "new", "T", "10", "12", "10050"));
}

static void read_it(struct buf *out, struct arena *a, struct host_snapshot *s)
{
    struct err err = ERR_INIT;

    host_bundle_end(out, TOKEN);
    assert_ok(host_snapshot_parse(s, a, buf_str(out), "local", 0, &err), &err);
}

static void test_tasks(void **state)
{
    struct arena *a = arena_new(0);
    struct host_snapshot s;
    const struct host_process *p;
    struct buf out;

    (void)state;
    begin(&out);
    put(&out, "sched", 0, "10/schedstat:1000000 100000000 5\n");
    put(&out, "sched", 1, "10/schedstat:2000000 350000000 25\n12/schedstat:1 1000000 1\n");
    put(&out, "fdcount", 0, "5 10/fd\n");
    put(&out, "fdcount", 1, "9 10/fd\n3 12/fd\n");
    put(&out, "owners", 1, "33 10\n33 12\n0 99\n");
    put(&out, "pid/10/about", 1,
        "2:cpu,cpuacct:/slow\n3:memory:/web\n4:pids:/few\nTracerPid:\t12\nCpus_allowed_list:\t0-1\n"
        "Max processes             40                   50                   processes\n");
    read_it(&out, a, &s);
    p = host_snapshot_process(&s, 10);
    assert_non_null(p);
    assert_true(fabs(p->wait - 0.25) < 1e-9 && fabs(p->slices - 20) < 1e-9);
    assert_int_equal(p->fds, 9);
    assert_true(p->fd_rate == 4 && p->uid == 33 && p->tasks_of_user == 4);
    assert_true(p->children == 2 && p->zombies == 1 && p->fresh_children == 1);
    assert_true(p->stopped_children == 1 && fabs(p->age_of_youngest - 0.5) < 1e-6);
    assert_true(fabs(p->children_s - 0.1) < 1e-9);
    assert_true(p->task_limit == 40 && p->tracer == 12 && p->session == 10 && !p->tty);
    assert_string_equal(p->cpu_group, "/slow");
    assert_string_equal(p->pids_group, "/few");
    assert_string_equal(p->allowed, "0-1");
    assert_true(isnan(host_snapshot_process(&s, 11)->wait));
    assert_true(s.zombies == 1 && s.stopped == 1);
    host_snapshot_release(&s);
    buf_release(&out);
    arena_free(a);
}

static void test_tables(void **state)
{
    struct arena *a = arena_new(0);
    struct host_snapshot s;
    struct buf out;

    (void)state;
    begin(&out);
    put(&out, "proc/locks", 1,
        "1: FLOCK  ADVISORY  WRITE 10 08:01:77 0 EOF\n1: -> FLOCK  ADVISORY  WRITE 12 08:01:77 0 "
        "EOF\n"
        "2: POSIX  ADVISORY  WRITE 11 08:01:78 0 EOF\n");
    put(&out, "proc/sysvipc/shm", 1,
        "key shmid perms size cpid lpid nattch uid\n0 4 600 1000 10 11 2 0\n0 5 600 9000 12 12 1 "
        "0\n");
    put(&out, "proc/interrupts", 0,
        "  CPU0 CPU1\n 36: 10 0 PCI-MSIX 1-edge nvme0q1\nLOC: 5 5 Local\n");
    put(&out, "proc/interrupts", 1,
        "  CPU0 CPU1\n 36: 10 300 PCI-MSIX 1-edge nvme0q1\nLOC: 15 5 Local\n");
    put(&out, "proc/softirqs", 0, "  CPU0 CPU1\n NET_RX: 0 0\n");
    put(&out, "proc/softirqs", 1, "  CPU0 CPU1\n NET_RX: 900 100\n");
    put(&out, "cpufreq", 0, "cpu0/thermal_throttle/core_throttle_count:3\n");
    put(&out, "cpufreq", 1,
        "cpu0/cpufreq/scaling_cur_freq:1000000\ncpu0/cpufreq/cpuinfo_max_freq:4000000\n"
        "cpu0/thermal_throttle/core_throttle_count:5\n");
    put(&out, "proc/meminfo", 0, "MemTotal: 1000 kB\nSUnreclaim: 10 kB\nShmem: 10 kB\n");
    put(&out, "proc/meminfo", 1,
        "MemTotal: 1000 kB\nSUnreclaim: 20 kB\nShmem: 5 kB\nHugePages_Free: 7\n");
    put(&out, "cgroup", 0, "a/memory.pressure:some avg10=0 total=100000\na/memory.max:5000\n");
    put(&out, "cgroup", 1,
        "a/memory.pressure:some avg10=0 total=600000\na/memory.max:5000\na/memory.high:4000\n");
    read_it(&out, a, &s);
    assert_int_equal(s.locks.count, 1);
    assert_true(s.locks.items[0].holder == 10 && s.locks.items[0].waiter == 12);
    assert_true(s.locks.items[0].inode == 77);
    assert_int_equal(s.shms.count, 2);
    assert_true(s.shms.items[0].id == 5 && s.shms.items[0].creator == 12);
    assert_int_equal(s.irqs.count, 3);
    assert_string_equal(s.irqs.items[0].name, "NET_RX");
    assert_true(s.irqs.items[0].soft && s.irqs.items[0].rate == 1000);
    assert_string_equal(s.irqs.items[1].name, "36 nvme0q1");
    assert_true(s.irqs.items[1].cpu == 1 && s.irqs.items[1].share == 1);
    assert_true(s.mhz == 1000 && s.mhz_max == 4000 && s.thermal_rate == 2);
    assert_true(s.slab_rate == 10240 && s.shmem_rate == -5120 && s.huge_free == 7);
    assert_int_equal(s.cgroups.count, 1);
    assert_true(fabs(s.cgroups.items[0].mem_some - 0.5) < 1e-9 &&
                s.cgroups.items[0].mem_high == 4000);
    host_snapshot_release(&s);
    buf_release(&out);
    arena_free(a);
}

#define LONG_AGO "1000"
/* Started again below the same parent, or ended without a successor; and what looks at the machine
 * is left out of it. */
static void test_restarts(void **state)
{
    struct arena *a = arena_new(0);
    struct host_snapshot s;
    struct buf out;

    (void)state;
    buf_init(&out, 1 << 20);
    host_bundle_begin(&out, TOKEN);
    put(&out, "conf", 0, "100 4096");
    put(&out, "proc/uptime", 0, "100.00 1.0");
    put(&out, "proc/uptime", 1, "101.00 1.0");
    put(&out, "self", 1, "40");
    put(&out, "procs", 0,
        STAT("10", "runsv", "S", "1", "10", LONG_AGO) STAT("11", "billing", "S", "10", "10", "9900")
            STAT("20", "keeper", "S", "1", "20", LONG_AGO) STAT(
                "21", "web", "S", "20", "20", "9950") STAT("30", "steady", "S", "1", "30", LONG_AGO)
                STAT("31", "old", "S", "30", "30", "9000") STAT("40", "sh", "S", "1", "40", "9990")
                    STAT("41", "cat", "R", "40", "40", "9999"));
    put(&out, "procs", 1,
        STAT("10", "runsv", "S", "1", "10", LONG_AGO)
            STAT("12", "billing", "S", "10", "10", "10050")
                STAT("20", "keeper", "S", "1", "20", LONG_AGO)
                    STAT("30", "steady", "S", "1", "30", LONG_AGO)
                        STAT("31", "old", "S", "30", "30", "9000")
                            STAT("40", "sh", "S", "1", "40", "9990"));
    read_it(&out, a, &s);
    assert_int_equal(s.restarts.count, 2);
    assert_int_equal(s.restarts.items[0].child, 12);
    assert_int_equal(s.restarts.items[0].ended, 1);
    assert_false(s.restarts.items[0].gone);
    assert_int_equal(s.restarts.items[1].child, 21);
    assert_string_equal(s.restarts.items[1].comm, "keeper");
    assert_true(s.restarts.items[1].gone);
    assert_null(host_snapshot_process(&s, 40));
    assert_non_null(host_snapshot_process(&s, 31));
    host_snapshot_release(&s);
    buf_release(&out);
    arena_free(a);
}

/* All that is asked through our login is ours; another login of the same user is not. */
static void test_our_login(void **state)
{
    struct arena *a = arena_new(0);
    struct host_snapshot s;
    struct buf out;

    (void)state;
    buf_init(&out, 1 << 20);
    host_bundle_begin(&out, TOKEN);
    put(&out, "conf", 0, "100 4096");
    put(&out, "proc/uptime", 1, "101.00 1.0");
    put(&out, "self", 1, "52");
    put(&out, "procs", 1,
        STAT("9", "sshd", "S", "1", "9", LONG_AGO) STAT("50", "sshd-session", "S", "9", "9", "9990")
            STAT("51", "bash", "S", "50", "51", "9990") STAT("52", "sh", "S", "51", "51", "9990")
                STAT("53", "sh", "S", "50", "53", "9990")
                    STAT("54", "grep", "R", "53", "53", "9991")
                        STAT("60", "sshd", "S", "9", "9", "9000")
                            STAT("61", "bash", "S", "60", "61", "9000"));
    read_it(&out, a, &s);
    for (int32_t pid = 50; pid <= 54; pid++)
        assert_null(host_snapshot_process(&s, pid));
    assert_non_null(host_snapshot_process(&s, 9));
    assert_non_null(host_snapshot_process(&s, 60));
    assert_non_null(host_snapshot_process(&s, 61));
    host_snapshot_release(&s);
    buf_release(&out);
    arena_free(a);
}

#define TRACKED(rest) "entries  found insert_failed drop early_drop icmp_error\n" rest
static void test_tracked_connections(void **state)
{
    struct arena *a = arena_new(0);
    struct host_snapshot s;
    struct buf out;

    (void)state;
    begin(&out);
    put(&out, "proc/net/stat/nf_conntrack", 0,
        TRACKED("00000010 0 0 0 00000001 0\n10 0 0 0 0 0\n"));
    put(&out, "proc/net/stat/nf_conntrack", 1,
        TRACKED("00000010 9 1 2 0000000b 7\n10 0 0 0 a 0\n"));
    read_it(&out, a, &s);
    assert_float_equal(s.conntrack_lost_rate, 23, 0.01);
    host_snapshot_release(&s);
    buf_release(&out);
    arena_free(a);
}

static void test_containers(void **state)
{
    struct arena *a = arena_new(0);
    struct err err = ERR_INIT;
    struct host_changes c;
    struct buf out;

    (void)state;
    buf_init(&out, 65536);
    host_bundle_begin(&out, TOKEN);
    put(&out, "clock", 1, "1795255200");
    put(&out, "since", 1, "1795251600");
    put(&out, "containers", 1,
        "0123456789abcdef shop registry/shop:1.3 2026-11-21 10:50:00 +0100 CET\n"
        "fedcba9876543210 old registry/db:9 2026-11-20 10:50:00 +0000 UTC\nbad line\n");
    host_bundle_end(&out, TOKEN);
    assert_ok(host_changes_parse(&c, a, buf_str(&out), &err), &err);
    assert_int_equal(c.changes.count, 2); /* the start of the system is one */
    assert_string_equal(c.changes.items[1].kind, "container");
    assert_string_equal(c.changes.items[1].what, "shop");
    assert_string_equal(c.changes.items[1].container, "0123456789abcdef");
    assert_int_equal(c.changes.items[1].ts_ms, 1795254600000);
    host_changes_release(&c);
    buf_release(&out);
    arena_free(a);
}

static void test_hostile(void **state)
{
    static const char *const names[] = {
        "sched",         "fdcount", "owners", "proc/locks",   "proc/sysvipc/shm", "proc/interrupts",
        "proc/softirqs", "cpufreq", "cgroup", "pid/10/about", "pid/10/files",     "tasks"};
    static const char *const texts[] = {
        "",
        "\n\n\n",
        "/:/::",
        "10/schedstat:nan -1 99999999999999999999999999\n",
        "99999999999999999999 10/fd\n-5 10/fd\n",
        "4294967296 10\n10 10 10\n-> -> ->\n1: -> FLOCK A W 10 ::: 0 EOF\n",
        "CPU0 CPU1\n:\n x: 1\n LOC: 1 2 3 4\n LOC: 99999999999999999999 9\n",
        "a/memory.pressure:total=\nb/memory.pressure:some total=x\n/:x\n",
        "\x01\x02\xff\xfe/\n"};

    (void)state;
    for (size_t i = 0; i < sizeof(texts) / sizeof(*texts); i++) {
        struct arena *a = arena_new(0);
        struct host_snapshot s;
        struct buf out;

        begin(&out);
        for (size_t n = 0; n < sizeof(names) / sizeof(*names); n++) {
            put(&out, names[n], 0, texts[i]);
            put(&out, names[n], 1, texts[i]);
        }
        read_it(&out, a, &s);
        VEC_EACH (p, &s.processes)
            assert_true(isnan(p->wait) || (p->wait >= 0 && p->wait <= 1));
        host_snapshot_release(&s);
        buf_release(&out);
        arena_free(a);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_tasks),
        cmocka_unit_test(test_tables),
        cmocka_unit_test(test_restarts),
        cmocka_unit_test(test_our_login),
        cmocka_unit_test(test_tracked_connections),
        cmocka_unit_test(test_containers),
        cmocka_unit_test(test_hostile),
    };

    return cmocka_run_group_tests_name("host_tasks", tests, NULL, NULL);
}
