/* test_host_parse.c - bundles and their parsers over made and recorded data. */
#include "tests/lib/unit.h"
#include "tests/unit/service/host_made.h"

#include <math.h>

#include "runbook/base/file.h"
#include "runbook/base/mem.h"
#include "runbook/service/host.h"

static void test_bundle_round_trip(void **state)
{
    struct buf b = BUF_INIT(1 << 16);
    struct host_bundle hb;
    struct err err = ERR_INIT;

    (void)state;
    host_bundle_begin(&b, TOKEN);
    made_section(&b, "a", 0, "");
    made_section(&b, "b c", 1, "one\ntwo\n");
    host_bundle_section(&b, TOKEN, "d", 1, ERR_DENIED);
    made_section(&b, "e", 1, "\n" TOKEN "\n");
    host_bundle_end(&b, TOKEN);
    assert_ok(host_bundle_read(&hb, buf_str(&b), &err), &err);
    assert_int_equal(hb.sections.count, 4);
    assert_true(hb.complete);
    assert_str(host_bundle_find(&hb, "a", 0)->data, "");
    assert_str(host_bundle_find(&hb, "b c", 1)->data, "one\ntwo\n");
    assert_int_equal(host_bundle_find(&hb, "d", 1)->err, ERR_DENIED);
    assert_str(host_bundle_find(&hb, "e", 1)->data, "\n" TOKEN "\n");
    assert_null(host_bundle_find(&hb, "a", 1));
    host_bundle_release(&hb);
    assert_int_equal(host_bundle_read(&hb, STR_LIT("hello"), &err), ERR_INPUT);
    /* Cut anywhere: what is there is read, and never more. */
    for (size_t n = 0; n < b.len; n++) {
        if (host_bundle_read(&hb, (struct str){b.ptr, n}, &err) == ERR_OK)
            assert_false(hb.complete && n + 1 < b.len);
        host_bundle_release(&hb);
    }
    buf_release(&b);
}

static void test_cpu_shares(void **state)
{
    struct arena *a = arena_new(0);
    struct buf b = made_begin();
    struct host_snapshot s;

    (void)state;
    made_section(&b, "proc/stat", 0, "cpu  100 0 50 800 10 0 0 5\ncpu0 50 0 25 400 5 0 0 5\n");
    made_section(&b, "proc/stat", 1,
                 "cpu  200 0 100 850 10 0 0 5\ncpu0 150 0 75 400 5 0 0 5\nprocs_running 3\n");
    made_parse(&b, a, &s);
    assert_true(fabs(s.cpu.user - 0.5) < 1e-9);
    assert_true(fabs(s.cpu.busy - 0.75) < 1e-9);
    assert_int_equal(s.per_cpu.count, 1);
    assert_true(fabs(s.per_cpu.items[0].busy - 1) < 1e-9);
    assert_true(s.running == 3);
    assert_true(fabs(s.window_s - 2) < 1e-9);
    host_snapshot_release(&s);
    arena_free(a);
}

#define STAT_TAIL                                                                                  \
    " 0 0 0 -1 4194560 100 0 7 0 %d %d 0 0 20 0 3 0 %d 1048576 %d "                                \
    "18446744073709551615 1 1 0 0 0 0 0 0 0 0 0 0 17 1 0 0 0 0 0 0 0 0 0 0 0 0 0\n"

static void proc_line(struct buf *b, int pid, const char *comm, int ppid, int ticks, int start,
                      int rss)
{
    buf_addf(b, "%d (%s) S %d", pid, comm, ppid);
    buf_addf(b, STAT_TAIL, ticks, 0, start, rss);
}

static void test_processes_and_forged_names(void **state)
{
    struct arena *a = arena_new(0);
    struct buf b = made_begin();
    struct host_snapshot s;
    const struct host_process *p;

    (void)state;
    host_bundle_section(&b, TOKEN, "procs", 0, ERR_OK);
    proc_line(&b, 42, "burn", 1, 1000, 50, 100);
    proc_line(&b, 43, "x) S\n1 (y", 42, 10, 60, 100);
    proc_line(&b, 50, "gone", 42, 20, 70, 10);
    host_bundle_section(&b, TOKEN, "procs", 1, ERR_OK);
    proc_line(&b, 42, "burn", 1, 1200, 50, 612);
    proc_line(&b, 43, "x) S\n1 (y", 42, 10, 60, 100);
    proc_line(&b, 7, "a \x1b[31m", 42, 0, 60, 100);
    made_parse(&b, a, &s);
    assert_int_equal(s.processes.count, 3);
    p = host_snapshot_process(&s, 42);
    assert_true(fabs(p->cpu - 1) < 1e-6);
    assert_true(fabs(p->rss_rate - 256 * 4096) < 1);
    assert_true(fabs(p->age_s - 1001.5) < 1e-6);
    assert_string_equal(host_snapshot_process(&s, 43)->comm, "x) S?1 (y");
    assert_string_equal(host_snapshot_process(&s, 7)->comm, "a ?[31m");
    assert_null(host_snapshot_process(&s, 1));
    assert_true(host_snapshot_process(&s, 7)->fresh);
    host_snapshot_release(&s);
    arena_free(a);
}

static void test_filesystems_with_odd_names(void **state)
{
    struct arena *a = arena_new(0);
    struct buf b = made_begin();
    struct host_snapshot s;

    (void)state;
    made_section(
        &b, "proc/mounts", 1,
        "proc /proc proc rw 0 0\n/dev/sda1 / ext4 rw 0 0\n/dev/sdb1 /mnt/a\\040b\\012c ext4 "
        "ro,noatime 0 0\n"
        "srv:/x /nfs nfs4 rw 0 0\n/dev/sda1 /bind ext4 rw 0 0\n");
    made_section(
        &b, "statfs", 1,
        "/ 1000 100 50 4096 100 10\n/mnt/a\\040b\\012c 10 10 10 512 0 0\n/bind 1000 100 50 "
        "4096 100 10\n");
    made_parse(&b, a, &s);
    assert_int_equal(s.filesystems.count, 3);
    assert_true(fabs(s.filesystems.items[0].used - 900.0 / 950) < 1e-9);
    assert_true(fabs(s.filesystems.items[0].inodes_used - 0.9) < 1e-9);
    assert_string_equal(s.filesystems.items[1].mount, "/mnt/a b?c");
    assert_true(s.filesystems.items[1].read_only);
    assert_false(s.filesystems.items[2].known);
    host_snapshot_release(&s);
    arena_free(a);
}

static void test_listeners(void **state)
{
    struct arena *a = arena_new(0);
    struct buf b = made_begin();
    struct host_snapshot s;

    (void)state;
    made_section(&b, "listen", 1,
                 "State Recv-Q Send-Q Local\nLISTEN 129 128 0.0.0.0:8080 0.0.0.0:* "
                 "users:((\"a\",pid=42,fd=3)) ino:77 sk:1\n"
                 "LISTEN 0 5 [::]:99999 *:*\nLISTEN 0 5 [::]:22 *:* ino:78\n");
    made_section(&b, "sockets", 1, "78 9\n");
    made_section(&b, "proc/net/netstat", 0, "TcpExt: A ListenOverflows\nTcpExt: 1 10\n");
    made_section(&b, "proc/net/netstat", 1, "TcpExt: A ListenOverflows\nTcpExt: 1 30\n");
    made_parse(&b, a, &s);
    assert_int_equal(s.listeners.count, 2);
    assert_int_equal(s.listeners.items[0].port, 8080);
    assert_int_equal(s.listeners.items[0].queue, 129);
    assert_int_equal(s.listeners.items[0].backlog, 128);
    assert_int_equal(s.listeners.items[0].pid, 42);
    assert_string_equal(s.listeners.items[1].proto, "tcp6");
    assert_int_equal(s.listeners.items[1].pid, 9);
    assert_true(fabs(s.listen_overflow_rate - 10) < 1e-9);
    host_snapshot_release(&s);
    arena_free(a);
}

static void test_cgroups_v1_and_v2(void **state)
{
    struct arena *a = arena_new(0);
    struct buf b = made_begin();
    struct host_snapshot s;

    (void)state;
    made_section(&b, "cgroup", 0,
                 "./web/cpu.stat:nr_periods 10\n./web/cpu.stat:nr_throttled "
                 "0\n./web/memory.events:oom_kill 1\n");
    made_section(
        &b, "cgroup", 1,
        "./web/cpu.stat:nr_periods 30\n./web/cpu.stat:nr_throttled 10\n./web/cpu.max:50000 100000\n"
        "./web/memory.current:1000\n./web/memory.max:2000\n./web/memory.stat:inactive_file 300\n"
        "./web/memory.events:oom_kill 3\n./free/memory.current:5\n./free/memory.max:max\n"
        "v1/memory.usage_in_bytes:700\nv1/memory.limit_in_bytes:800\nhuge/"
        "memory.limit_in_bytes:9223372036854771712\n");
    made_parse(&b, a, &s);
    assert_int_equal(s.cgroups.count, 2);
    assert_string_equal(s.cgroups.items[0].path, "/web");
    assert_true(s.cgroups.items[0].mem_bytes == 700);
    assert_true(s.cgroups.items[0].mem_limit == 2000);
    assert_true(fabs(s.cgroups.items[0].throttled - 0.5) < 1e-9);
    assert_true(fabs(s.cgroups.items[0].oom_kill_rate - 1) < 1e-9);
    assert_true(fabs(s.cgroups.items[0].cpu_quota - 0.5) < 1e-9);
    assert_string_equal(s.cgroups.items[1].path, "/v1");
    host_snapshot_release(&s);
    arena_free(a);
}

static void test_denied_is_a_gap(void **state)
{
    struct arena *a = arena_new(0);
    struct buf b = made_begin();
    struct host_snapshot s;
    bool found = false;

    (void)state;
    host_bundle_section(&b, TOKEN, "dmesg", 1, ERR_DENIED);
    made_parse(&b, a, &s);
    VEC_EACH (g, &s.gaps) {
        if (strcmp(g->what, "dmesg") == 0)
            found = g->code == ERR_DENIED && strstr(g->why, "look as root");
    }
    assert_true(found);
    host_snapshot_release(&s);
    arena_free(a);
}

/* one line of each family finds its family, and ordinary lines find none. */
static void test_log_families(void **state)
{
    static const struct {
        const char *line, *family;
    } lines[] = {
        {"Out of memory: Killed process 4242 (java)", "oom"},
        {"write failed: No space left on device", "disk"},
        {"curl: (6) Could not resolve host: db.internal", "dns"},
        {"x509: certificate has expired or is not yet valid", "ssl"},
        {"FATAL: sorry, too many clients already", "database"},
        {"dial tcp 10.0.0.1:5432: connect: connection refused", "connection"},
        {"429 Too Many Requests", "rate_limit"},
        {"sshd[1]: Failed password for root", "auth"},
        {"Back-off restarting: CrashLoopBackOff", "kubernetes"},
        {"app[7]: segfault at 0 ip 00", "crash"},
        {"upstream returned 503 Service Unavailable", "service_error"},
        {"GET /health 200 1ms", NULL},
    };

    (void)state;
    for (size_t i = 0; i < sizeof(lines) / sizeof(*lines); i++) {
        int at = host_family_of(str_from(lines[i].line));

        if (!lines[i].family)
            assert_int_equal(at, -1);
        else
            assert_string_equal(at < 0 ? "none" : host_family_table()[at].name, lines[i].family);
    }
}

/* each family says how bad it is and what it may mean. */
static void test_families_say_something(void **state)
{
    static const char *const severities[] = {"critical", "high", "medium"};
    int n = 0;

    (void)state;
    for (const struct host_family *f = host_family_table(); f->name; f++, n++) {
        bool known = false;

        for (size_t i = 0; i < sizeof(severities) / sizeof(*severities); i++)
            known = known || strcmp(f->severity, severities[i]) == 0;
        assert_true(known);
        assert_true(strlen(f->hypothesis) > 10);
    }
    assert_int_equal(n, 11);
}

/* a sample of each third of a long log, none longer than 200 bytes. */
static void test_samples_of_each_third(void **state)
{
    struct arena *a = arena_new(0);
    struct buf b = made_begin();
    struct buf text = BUF_INIT((size_t)1 << 20);
    struct host_log log;
    struct err err = ERR_INIT;

    (void)state;
    made_section(&b, "clock", 1, "1700003600\n");
    made_section(&b, "since", 1, "1700000000\n");
    for (int i = 0; i < 900; i++)
        buf_addf(&text, "%d.0 h app[1]: connection refused, try %d %0300d\n", 1700000100 + i, i, 0);
    made_section(&b, "journal", 1, buf_cstr(&text));
    host_bundle_end(&b, TOKEN);
    assert_ok(host_log_parse(&log, a, buf_str(&b), &err), &err);
    assert_int_equal(log.families.count, 1);
    assert_int_equal(log.families.items[0].count, 900);
    for (int third = 0; third < 3; third++) {
        const char *sample = log.families.items[0].samples[third];

        assert_non_null(sample);
        assert_true(strlen(sample) <= 200);
        assert_in_range(log.families.items[0].spread[third], 298, 302); /* of its bytes */
    }
    assert_non_null(strstr(log.families.items[0].samples[0], "try 0 "));
    assert_non_null(strstr(log.families.items[0].samples[1], "try 30"));
    assert_non_null(strstr(log.families.items[0].samples[2], "try 60"));
    host_log_release(&log);
    buf_release(&text);
    buf_release(&b);
    arena_free(a);
}

static void test_log_bundle(void **state)
{
    struct arena *a = arena_new(0);
    struct buf b = made_begin();
    struct host_log log;
    struct err err = ERR_INIT;

    (void)state;
    made_section(&b, "clock", 1, "1700003600\n");
    made_section(&b, "since", 1, "1700000000\n");
    made_section(
        &b, "dmesg", 1,
        "<4>[  990.5] Memory cgroup out of memory: Killed process 42 (my) app) total-vm:1kB\n"
        "<3>[  100.0] INFO: task dd:77 blocked for more than 120 seconds.\n<6>[ 5.0] usb 1-1: "
        "ok\n");
    made_section(
        &b, "journal", 1,
        "1700000100.5 h app[1]: connection refused\n1600000000.0 h app[1]: connection refused\n"
        "1700003000.5 h app[1]: connection timed out\n1700003100.0 h app[1]: fine\n");
    host_bundle_end(&b, TOKEN);
    assert_ok(host_log_parse(&log, a, buf_str(&b), &err), &err);
    assert_int_equal(log.lines, 4);
    assert_int_equal(log.families.count, 1);
    assert_int_equal(log.families.items[0].count, 2);
    assert_true(log.families.items[0].first_ms == 1700000100500);
    assert_int_equal(log.kernel_events.count, 2);
    assert_string_equal(log.kernel_events.items[0].kind, "oom_kill");
    assert_int_equal(log.kernel_events.items[0].pid, 42);
    assert_true(fabs(log.kernel_events.items[0].age_s - 11.5) < 1e-6);
    assert_string_equal(log.kernel_events.items[1].comm, "dd");
    assert_int_equal(log.kernel_events.items[1].pid, 77);
    host_log_release(&log);
    buf_release(&b);
    arena_free(a);
}

/* Errors of a disk whose name another one has now are over; those of its neighbours are not. */
static void test_device_is_another(void **state)
{
    struct arena *a = arena_new(0);
    struct buf b = made_begin();
    struct host_log log;
    struct err err = ERR_INIT;

    (void)state;
    made_section(&b, "clock", 1, "1700003600\n");
    made_section(
        &b, "dmesg", 1,
        "<3>[ 10.0] I/O error, dev loop1, sector 8\n<3>[ 11.0] I/O error, dev loop10, sector 8\n"
        "<3>[ 12.0] EXT4-fs error (device sdb1): bad block\n"
        "<3>[ 13.0] I/O error, dev sda, sector 8\n"
        "<6>[ 20.0] loop1: detected capacity change from 0 to 65536\n"
        "<5>[ 21.0] sd 0:0:1:0: [sdb] Attached SCSI disk\n"
        "<6>[ 22.0] sda: detected capacity change from 100 to 200\n"
        "<3>[ 30.0] I/O error, dev loop1, sector 16\n");
    host_bundle_end(&b, TOKEN);
    assert_ok(host_log_parse(&log, a, buf_str(&b), &err), &err);
    assert_int_equal(log.kernel_events.count, 3);
    assert_non_null(strstr(log.kernel_events.items[0].text, "loop10"));
    assert_non_null(strstr(log.kernel_events.items[1].text, "dev sda"));
    assert_non_null(strstr(log.kernel_events.items[2].text, "sector 16"));
    host_log_release(&log);
    buf_release(&b);
    arena_free(a);
}

static void test_changes(void **state)
{
    struct arena *a = arena_new(0);
    struct buf b = made_begin();
    struct host_changes c;
    struct err err = ERR_INIT;

    (void)state;
    made_section(&b, "clock", 1, "1700003600\n");
    made_section(&b, "since", 1, "1700000000\n");
    made_section(&b, "tz", 1, "3600\n");
    made_section(
        &b, "dpkg", 1,
        "2023-11-14 23:30:00 upgrade nginx:amd64 1.2 1.3\n2023-11-14 23:30:01 status installed "
        "nginx:amd64 1.3\n"
        "2020-01-01 00:00:00 install old:all <none> 1\n");
    made_section(&b, "etc", 1, "1700002000 /etc/nginx/nginx.conf\nx /etc/bad\n");
    host_bundle_end(&b, TOKEN);
    assert_ok(host_changes_parse(&c, a, buf_str(&b), &err), &err);
    assert_int_equal(c.changes.count, 3);
    assert_string_equal(c.changes.items[0].kind, "boot");
    assert_string_equal(c.changes.items[1].what, "/etc/nginx/nginx.conf");
    assert_string_equal(c.changes.items[2].what, "nginx:amd64");
    assert_true(c.changes.items[2].ts_ms == 1700001000000);
    host_changes_release(&c);
    buf_release(&b);
    arena_free(a);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_bundle_round_trip),
        cmocka_unit_test(test_cpu_shares),
        cmocka_unit_test(test_processes_and_forged_names),
        cmocka_unit_test(test_filesystems_with_odd_names),
        cmocka_unit_test(test_listeners),
        cmocka_unit_test(test_cgroups_v1_and_v2),
        cmocka_unit_test(test_denied_is_a_gap),
        cmocka_unit_test(test_log_families),
        cmocka_unit_test(test_families_say_something),
        cmocka_unit_test(test_samples_of_each_third),
        cmocka_unit_test(test_log_bundle),
        cmocka_unit_test(test_device_is_another),
        cmocka_unit_test(test_changes),
    };

    return cmocka_run_group_tests_name("host_parse", tests, NULL, NULL);
}
