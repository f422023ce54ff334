/* test_host_fsstate.c - what everybody may read of filesystems, devices and processes where the
 * kernel's log and others' bytes are for root: counters of ext4, limits of devices for unwritten
 * data, turns on a processor, and who names a mount that is missing. R-10, T-08 */
#include "tests/lib/unit.h"
#include "tests/unit/service/host_made.h"

#include <ftw.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "runbook/base/file.h"
#include "runbook/base/mem.h"
#include "runbook/loop/proc.h"
#include "src/service/host/collect_priv.h"

static struct buf begin(void)
{
    struct buf b = BUF_INIT(1 << 20);

    host_bundle_begin(&b, TOKEN);
    made_section(&b, "conf", 0, "100 4096\n");
    made_section(&b, "clock", 1, "1700000100\n");
    made_section(&b, "proc/uptime", 0, "1000.00 1000.00\n");
    made_section(&b, "proc/uptime", 1, "1002.00 1000.00\n");
    return b;
}

static const struct host_fs *fs_of(const struct host_snapshot *s, const char *mount)
{
    static const struct host_fs none = {.mount = ""};

    VEC_EACH (f, &s->filesystems) {
        if (strcmp(f->mount, mount) == 0)
            return f;
    }
    fail_msg("no filesystem %s", mount);
    return &none;
}

#define DISKSTATS                                                                                  \
    "   8       1 sda1 10 0 80 5 10 0 80 5 0 5 10\n"                                               \
    " 254       3 dm-3 10 0 80 5 10 0 80 5 0 5 10\n"

static void test_counters(void **state)
{
    struct arena *a = arena_new(0);
    struct buf b = begin();
    struct host_snapshot s;

    (void)state;
    made_section(&b, "proc/mounts", 1,
                 "/dev/sda1 / ext4 rw 0 0\n/dev/mapper/vg-data /var\\040x ext4 rw 0 0\n"
                 "/dev/sdb1 /srv xfs rw 0 0\ntmpfs /run tmpfs rw 0 0\n");
    made_section(&b, "proc/self/mountinfo", 1,
                 "21 1 8:1 / / rw - ext4 /dev/sda1 rw\n"
                 "22 21 254:3 / /var\\040x rw shared:1 - ext4 /dev/mapper/vg-data rw\n"
                 "23 21 9999:1 / /srv rw - xfs /dev/sdb1 rw\nshort\n24 21 x /run rw\n");
    made_section(&b, "proc/diskstats", 0, DISKSTATS);
    made_section(&b, "proc/diskstats", 1, DISKSTATS);
    made_section(&b, "fserrors", 0,
                 "sda1/errors_count:0\ndm-3/errors_count:1\ndm-3/warning_count:10\n");
    made_section(
        &b, "fserrors", 1,
        "sda1/errors_count:0\nsda1/last_error_time:0\nsda1/warning_count:7\n"
        "/sys/fs/ext4/dm-3/errors_count:5\ndm-3/warning_count:14\ndm-3/"
        "first_error_time:1700000000\n"
        "dm-3/last_error_time:1700000090\nsdb1/errors_count:9\njunk\ndm-3/\ndm-3/errors_count\n");
    made_parse(&b, a, &s);
    assert_string_equal(fs_of(&s, "/")->disk, "sda1");
    assert_true(fs_of(&s, "/")->errors == 0 && isnan(fs_of(&s, "/")->error_age_s));
    assert_true(isnan(fs_of(&s, "/")->warning_rate)); /* counted once */
    assert_string_equal(fs_of(&s, "/var x")->disk, "dm-3");
    assert_true(fs_of(&s, "/var x")->errors == 5 && fs_of(&s, "/var x")->error_rate == 2);
    assert_true(fs_of(&s, "/var x")->warning_rate == 2);
    assert_true(fs_of(&s, "/var x")->error_age_s == 10);
    assert_true(fs_of(&s, "/var x")->first_error_age_s == 100);
    assert_string_equal(fs_of(&s, "/srv")->disk, "sdb1"); /* by its device file */
    assert_true(isnan(fs_of(&s, "/srv")->errors));        /* no ext4 */
    assert_null(fs_of(&s, "/run")->disk);
    host_snapshot_release(&s);
    arena_free(a);
}

static void test_dirty_limits(void **state)
{
    struct arena *a = arena_new(0);
    struct buf b = begin();
    struct host_snapshot s;

    (void)state;
    made_section(&b, "proc/diskstats", 0, DISKSTATS);
    made_section(&b, "proc/diskstats", 1, DISKSTATS);
    made_section(&b, "bdi", 1, "254:3 16777216\n0:45 1000\nx\n8: 1\n");
    made_parse(&b, a, &s);
    assert_int_equal(s.disks.count, 2);
    assert_true(isnan(s.disks.items[0].dirty_limit));
    assert_true(s.disks.items[1].dirty_limit == 16777216);
    host_snapshot_release(&s);
    arena_free(a);
}

static bool stalls(const char *before, const char *after)
{
    struct arena *a = arena_new(0);
    struct buf b = begin();
    struct host_snapshot s;
    bool stalled;

    made_section(&b, "proc/diskstats", 0, before);
    made_section(&b, "proc/diskstats", 1, after);
    made_parse(&b, a, &s);
    assert_int_equal(s.disks.count, 1);
    stalled = s.disks.items[0].stalled;
    host_snapshot_release(&s);
    arena_free(a);
    return stalled;
}

static void test_stalled(void **state)
{
#define AT(reads, writes, in_flight, discards, flushes)                                            \
    " 8 0 sda " reads " 0 80 5 " writes " 0 80 5 " in_flight " 5 10 " discards " 0 0 0 " flushes   \
    " 0\n"
    (void)state;
    assert_true(stalls(AT("10", "10", "2", "0", "0"), AT("10", "10", "3", "0", "0")));
    assert_false(stalls(AT("10", "10", "0", "0", "0"), AT("10", "10", "3", "0", "0")));
    assert_false(stalls(AT("10", "10", "2", "0", "0"), AT("10", "10", "0", "0", "0")));
    assert_false(stalls(AT("10", "10", "2", "0", "0"), AT("11", "10", "2", "0", "0")));
    assert_false(stalls(AT("10", "10", "2", "0", "0"), AT("10", "11", "2", "0", "0")));
    assert_false(stalls(AT("10", "10", "2", "0", "0"), AT("10", "10", "2", "1", "0")));
    assert_false(stalls(AT("10", "10", "2", "0", "0"), AT("10", "10", "2", "0", "1")));
    assert_false(stalls("", AT("10", "10", "2", "0", "0"))); /* it was not there before */
}

#define STAT                                                                                       \
    "7 (app) D 1 7 7 0 -1 0 0 0 0 0 0 0 0 0 20 0 1 0 100 1000 10 0 0 0 0 0 0 0 0 0 0 0 0 0 17 1 "  \
    "0 "                                                                                           \
    "0 0\n"

static double watched(const char *schedstat0, const char *schedstat1, const char *switches1)
{
    struct arena *a = arena_new(0);
    struct buf b = BUF_INIT(1 << 20);
    struct err err = ERR_INIT;
    struct host_watch w;
    double rate;

    host_bundle_begin(&b, TOKEN);
    made_section(&b, "conf", 0, "100 4096\n");
    made_section(&b, "s/0/uptime", 1, "1000.00 1\n");
    made_section(&b, "s/0/stat", 1, STAT);
    made_section(&b, "s/0/schedstat", 1, schedstat0);
    made_section(&b, "s/0/switches", 1,
                 "Name:\tapp\nvoluntary_ctxt_switches:\t10\nnonvoluntary_ctxt_switches:\t5\n");
    made_section(&b, "s/1/uptime", 1, "1002.00 1\n");
    made_section(&b, "s/1/stat", 1, STAT);
    made_section(&b, "s/1/schedstat", 1, schedstat1);
    made_section(&b, "s/1/switches", 1, switches1);
    host_bundle_end(&b, TOKEN);
    assert_ok(host_watch_parse(&w, a, buf_str(&b), &err), &err);
    assert_int_equal(w.samples.count, 2);
    rate = w.slice_rate;
    host_watch_release(&w);
    buf_release(&b);
    arena_free(a);
    return rate;
}

static void test_turns(void **state)
{
    static const char later[] = "voluntary_ctxt_switches:\t11\nnonvoluntary_ctxt_switches:\t7\n";

    (void)state;
    assert_true(watched("1 2 100\n", "1 2 107\n", later) == 3.5);
    assert_true(watched("", "", later) == 1.5); /* a kernel that keeps no schedstat */
    assert_true(isnan(watched("", "", "Name:\tapp\n")));
    assert_true(isnan(watched("1 2 100\n", "1 2 99\n", later)));
}

/* ---- the local collector, below a root of its own ---- */

static char root[300];

static void put(const char *path, const char *text)
{
    char *full = xasprintf("%s/%s", root, path);
    struct err err = ERR_INIT;

    for (char *c = full + 1; (c = strchr(c, '/')) != NULL; c++) {
        *c = '\0';
        mkdir(full, 0755);
        *c = '/';
    }
    assert_ok(file_write_atomic(full, str_from(text), 0644, &err), &err);
    free(full);
}

struct run {
    struct loop *loop;
    struct buf bundle;
    struct err err;
};

static void collected(void *ctx, struct str bundle, const struct err *err)
{
    struct run *r = ctx;

    r->err = *err;
    buf_add_str(&r->bundle, bundle);
    loop_stop(r->loop);
}

static void collect(struct run *r)
{
    struct host_request req = {.what = HOST_SNAPSHOT, .host = HOST_LOCAL, .window_ms = 50};
    struct host_options opts = {.root = root};
    struct host_pool *pool;

    *r = (struct run){.loop = loop_new(clock_system())};
    buf_init(&r->bundle, HOST_BUNDLE_MAX);
    pool = host_pool_new(r->loop, &opts);
    assert_int_not_equal(host_collect(pool, &req, collected, r), 0);
    loop_run(r->loop);
    host_pool_free(pool);
    loop_free(r->loop);
    assert_ok(r->err.code, &r->err);
}

/* It sleeps, holds nothing and does nothing: no view calls it remarkable. */
#define QUIET                                                                                      \
    "7 (store) S 1 7 7 0 -1 0 0 0 0 0 0 0 0 0 20 0 1 0 100 1000 0 0 0 0 0 0 0 0 0 0 0 0 0 0 17 1 " \
    "0 "                                                                                           \
    "0 0\n"

static void test_local(void **state)
{
    struct arena *a = arena_new(0);
    struct host_snapshot s;
    struct err err = ERR_INIT;
    struct run r;

    (void)state;
    put("proc/uptime", "1000.00 1000.00\n");
    put("proc/diskstats", DISKSTATS);
    put("proc/mounts", "/dev/sda1 / ext4 rw 0 0\n");
    put("proc/self/mountinfo", "21 1 8:1 / / rw - ext4 /dev/sda1 rw\n");
    put("etc/fstab", "# /dev/x /srv/other ext4\n/dev/sda1 / ext4 defaults 0 1\n"
                     "/dev/sdz1 /srv/data ext4 defaults 0 2\n");
    put("proc/7/stat", QUIET);
    put("proc/7/cmdline", "store --data=/srv/data/main");
    put("sys/fs/ext4/sda1/errors_count", "2\n");
    put("sys/fs/ext4/sda1/last_error_time", "1700000000\n");
    put("sys/fs/ext4/features/lazy_itable_init", "supported\n");
    put("sys/class/bdi/8:1/strict_limit", "1\n");
    put("sys/class/bdi/8:1/max_bytes", "4096\n");
    put("sys/class/bdi/254:3/strict_limit", "0\n");
    put("sys/class/bdi/254:3/max_bytes", "4096\n");
    collect(&r);
    assert_ok(host_snapshot_parse(&s, a, buf_str(&r.bundle), "local", 0, &err), &err);
    assert_true(fs_of(&s, "/")->errors == 2 && fs_of(&s, "/")->error_age_s > 0);
    assert_true(s.disks.items[0].dirty_limit == 4096 && isnan(s.disks.items[1].dirty_limit));
    /* It does nothing, but it names what is missing: it is looked at. */
    assert_non_null(host_snapshot_process(&s, 7));
    assert_string_equal(host_snapshot_process(&s, 7)->cmdline, "store --data=/srv/data/main");
    host_snapshot_release(&s);
    buf_release(&r.bundle);
    arena_free(a);
}

static int gone(const char *path, const struct stat *st, int type, struct FTW *at)
{
    (void)st, (void)type, (void)at;
    return remove(path);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_counters), cmocka_unit_test(test_dirty_limits),
        cmocka_unit_test(test_stalled),  cmocka_unit_test(test_turns),
        cmocka_unit_test(test_local),
    };
    const char *tmp = getenv("TMPDIR");
    int rc;

    snprintf(root, sizeof(root), "%s/rb-fsstate-XXXXXX", tmp && *tmp ? tmp : "/tmp");
    if (!mkdtemp(root))
        return 99;
    rc = cmocka_run_group_tests_name("host_fsstate", tests, NULL, NULL);
    nftw(root, gone, 8, FTW_DEPTH | FTW_PHYS);
    return rc;
}
