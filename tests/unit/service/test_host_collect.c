/* test_host_collect.c - this machine seen in C and by the script of remote machines (dash,
 * busybox). R-10, T-08. */
#include "tests/lib/unit.h"

#include <math.h>
#include <sys/prctl.h>
#include <unistd.h>
#include <zlib.h>

#include "runbook/base/mem.h"
#include "runbook/base/file.h"
#include "runbook/loop/proc.h"
#include "runbook/service/host.h"
#include "src/service/host/collect_priv.h"

/* In a chroot the root may be a folder of another file system, which no mount names. */
static bool root_is_mounted(void)
{
    struct buf text = BUF_INIT(1 << 20);
    struct err err = ERR_INIT;
    bool found = file_read("/proc/self/mountinfo", &text, &err) == ERR_OK &&
                 strstr(buf_cstr(&text), " / rw") != NULL;

    buf_release(&text);
    return found;
}

/* The name of this process as the kernel has it. */
static const char *own_name(void)
{
    static char name[16];

    prctl(PR_GET_NAME, name);
    return name;
}

struct run {
    struct loop *loop;
    struct buf bundle;
    struct err err;
    int exit_status;
    bool done;
};

static void collected(void *ctx, struct str bundle, const struct err *err)
{
    struct run *r = ctx;

    r->err = *err;
    r->done = true;
    buf_add_str(&r->bundle, bundle);
    loop_stop(r->loop);
}

static void scripted(void *ctx, const struct proc_result *res)
{
    struct run *r = ctx;

    r->err = res->err;
    r->exit_status = res->exit_status;
    r->done = true;
    buf_add_str(&r->bundle, res->out);
    loop_stop(r->loop);
}

static void collect(struct run *r, const struct host_options *opts, const struct host_request *req)
{
    struct host_pool *pool;

    *r = (struct run){.loop = loop_new(clock_system())};
    buf_init(&r->bundle, HOST_BUNDLE_MAX);
    pool = host_pool_new(r->loop, opts);
    assert_int_not_equal(host_collect(pool, req, collected, r), 0);
    loop_run(r->loop);
    assert_true(r->done);
    host_pool_free(pool);
    loop_free(r->loop);
}

static void run_script(struct run *r, const char *const *argv, const struct host_request *req)
{
    struct buf script = BUF_INIT(1 << 16);
    struct proc_spec spec = {
        .argv = argv, .timeout_ms = 60000, .max_output_bytes = HOST_BUNDLE_MAX};

    *r = (struct run){.loop = loop_new(clock_system())};
    buf_init(&r->bundle, HOST_BUNDLE_MAX);
    assert_true(script_make(&script, req, "0123456789abcdef0123456789abcdef01234567", false));
    spec.stdin_data = buf_str(&script);
    proc_start(r->loop, &spec, scripted, r);
    loop_run(r->loop);
    assert_true(r->done);
    buf_release(&script);
    loop_free(r->loop);
}

/* What must hold of any snapshot of a machine on which this test runs. */
static void check_snapshot(struct run *r)
{
    struct arena *a = arena_new(0);
    struct host_snapshot s;
    struct err err = ERR_INIT;
    const struct host_process *me;
    bool root = false, detailed = false;

    assert_ok(r->err.code, &r->err);
    assert_ok(host_snapshot_parse(&s, a, buf_str(&r->bundle), "local", 0, &err), &err);
    assert_true(s.window_s >= 0.05 && s.window_s < 30);
    assert_int_equal(s.cpus, sysconf(_SC_NPROCESSORS_ONLN));
    assert_true(s.cpu.busy >= 0 && s.cpu.busy <= 1.0001);
    assert_true(s.mem_total > 1e7 && s.mem_available > 0 && s.mem_available <= s.mem_total);
    me = host_snapshot_process(&s, (int32_t)getpid());
    assert_non_null(me);
    assert_string_equal(me->comm, own_name());
    VEC_EACH (f, &s.filesystems)
        root = root || (strcmp(f->mount, "/") == 0 && f->known && f->total_bytes > 0);
    assert_true(root || !root_is_mounted());
    VEC_EACH (p, &s.processes)
        detailed = detailed || (p->cmdline && p->cgroup);
    assert_true(detailed);
    assert_true(s.taken_ms > 1600000000000);
    host_snapshot_release(&s);
    buf_release(&r->bundle);
    arena_free(a);
}

static const struct host_request snapshot = {
    .what = HOST_SNAPSHOT, .host = "local", .window_ms = 100};

static void test_local_snapshot(void **state)
{
    struct run r;

    (void)state;
    collect(&r, NULL, &snapshot);
    check_snapshot(&r);
}

static void test_dash_snapshot(void **state)
{
    static const char *const argv[] = {"sh", "-s", NULL};
    struct run r;

    (void)state;
    run_script(&r, argv, &snapshot);
    check_snapshot(&r);
}

static void test_busybox_snapshot(void **state)
{
    static const char *const argv[] = {"busybox", "ash", "-s", NULL};
    struct run r;

    (void)state;
    run_script(&r, argv, &snapshot);
    if (r.err.code == ERR_NOT_FOUND) {
        buf_release(&r.bundle);
        skip();
    }
    check_snapshot(&r);
}

static void check_watch(struct run *r)
{
    struct arena *a = arena_new(0);
    struct host_watch w;
    struct err err = ERR_INIT;

    assert_ok(r->err.code, &r->err);
    assert_ok(host_watch_parse(&w, a, buf_str(&r->bundle), &err), &err);
    assert_int_equal(w.pid, getpid());
    assert_int_equal(w.samples.count, 3);
    assert_false(w.ended);
    assert_true(w.fd_limit > 0 && w.samples.items[2].rss_bytes > 0);
    assert_string_equal(w.comm, own_name());
    host_watch_release(&w);
    buf_release(&r->bundle);
    arena_free(a);
}

static void test_watch_both_ways(void **state)
{
    static const char *const argv[] = {"sh", "-s", NULL};
    struct host_request req = {.what = HOST_WATCH,
                               .host = "local",
                               .window_ms = 100,
                               .samples = 3,
                               .pid = (int32_t)getpid()};
    struct run r;

    (void)state;
    collect(&r, NULL, &req);
    check_watch(&r);
    run_script(&r, argv, &req);
    check_watch(&r);
}

/* A file without a name that is still open, and a large one with a name: found both ways. */
static void check_disk(struct run *r, const char *dir)
{
    struct arena *a = arena_new(0);
    struct host_disk_usage d;
    struct err err = ERR_INIT;
    bool named = false, deleted = false;

    assert_ok(r->err.code, &r->err);
    assert_ok(host_disk_parse(&d, a, buf_str(&r->bundle), &err), &err);
    VEC_EACH (f, &d.files) {
        if (strncmp(f->path, dir, strlen(dir)))
            continue;
        if (f->deleted)
            deleted = f->pid == getpid() && strstr(f->path, "/gone");
        else
            named = strstr(f->path, "/big file") && f->pid == getpid();
    }
    assert_true(named);
    assert_true(deleted);
    assert_true(d.fs.total_bytes > 0);
    host_disk_release(&d);
    buf_release(&r->bundle);
    arena_free(a);
}

static int big_file(const char *dir, const char *name)
{
    char *path = xasprintf("%s/%s", dir, name);
    static const char block[65536] = {1};
    FILE *f = fopen(path, "w");

    assert_non_null(f);
    for (int i = 0; i < 48; i++)
        assert_int_equal(fwrite(block, sizeof(block), 1, f), 1);
    fflush(f);
    free(path);
    return fileno(f);
}

static void test_disk_both_ways(void **state)
{
    static const char *const argv[] = {"sh", "-s", NULL};
    char dir[] = "/tmp/rb-host-XXXXXX";
    struct host_request req = {
        .what = HOST_DISK, .host = "local", .min_bytes = 2 << 20, .timeout_ms = 20000};
    struct run r;
    char *path;

    (void)state;
    assert_non_null(mkdtemp(dir));
    big_file(dir, "big file");
    big_file(dir, "gone");
    path = xasprintf("%s/gone", dir);
    unlink(path);
    free(path);
    req.path = dir;
    collect(&r, NULL, &req);
    check_disk(&r, dir);
    run_script(&r, argv, &req);
    check_disk(&r, dir);
    path = xasprintf("%s/big file", dir);
    unlink(path);
    rmdir(dir);
    free(path);
}

static void test_log_and_changes_both_ways(void **state)
{
    static const char *const argv[] = {"sh", "-s", NULL};
    struct host_request req = {.host = "local", .since_ms = 600000};
    struct arena *a = arena_new(0);
    struct err err = ERR_INIT;
    struct host_log log;
    struct host_changes ch;
    struct run r;

    (void)state;
    for (int way = 0; way < 2; way++) {
        req.what = HOST_LOG;
        way ? run_script(&r, argv, &req) : collect(&r, NULL, &req);
        assert_ok(host_log_parse(&log, a, buf_str(&r.bundle), &err), &err);
        assert_true(log.to_ms - log.from_ms == 600000 ||
                    llabs(log.to_ms - log.from_ms - 600000) < 60000);
        host_log_release(&log);
        buf_release(&r.bundle);
        req.what = HOST_CHANGES;
        way ? run_script(&r, argv, &req) : collect(&r, NULL, &req);
        assert_ok(host_changes_parse(&ch, a, buf_str(&r.bundle), &err), &err);
        assert_true(ch.total >= 0 && ch.now_ms > 1600000000000);
        host_changes_release(&ch);
        buf_release(&r.bundle);
    }
    arena_free(a);
}

static void remove_log(const char *dir)
{
    char *path = xasprintf("%s/app.log", dir);

    unlink(path);
    rmdir(dir);
    free(path);
}

static void write_log(const char *dir, const char *name, const char *text, bool packed)
{
    char *path = xasprintf("%s/%s", dir, name);
    gzFile f = gzopen(path, packed ? "wb" : "wT");

    assert_non_null(f);
    assert_int_equal(gzputs(f, text), (int)strlen(text));
    assert_int_equal(gzclose(f), Z_OK);
    free(path);
}

/* A log that was begun lately is read with the one before it, compressed or not. R-21 */
static void test_rotated_log(void **state)
{
    static const char *const argv[] = {"sh", "-s", NULL};
    static const char *const names[] = {"app.log.1", "app.log.1.gz"};
    char dir[] = "/tmp/runbook-log-XXXXXX";
    struct run r;

    (void)state;
    assert_non_null(mkdtemp(dir));
    write_log(dir, "app.log", "2026-11-21T10:00:00Z INFO begun anew\n", false);
    for (int k = 0; k < 2; k++) {
        char *path = xasprintf("%s/app.log", dir), *old = xasprintf("%s/%s", dir, names[k]);
        struct host_request req = {
            .what = HOST_LOG, .host = "local", .since_ms = 600000, .path = path};

        write_log(dir, names[k], "2026-11-21T09:00:00Z INFO what went before\n", k == 1);
        for (int way = 0; way < 2; way++) {
            ptrdiff_t before, now;

            way ? run_script(&r, argv, &req) : collect(&r, NULL, &req);
            before = str_find(buf_str(&r.bundle), STR_LIT("what went before\n"));
            now = str_find(buf_str(&r.bundle), STR_LIT("begun anew\n"));
            assert_true(before > 0 && now > before);
            buf_release(&r.bundle);
        }
        unlink(old);
        free(old);
        free(path);
    }
    remove_log(dir);
}

/* A name that ssh could take for an option, or a shell for a command, is refused before anything
 * runs. */
static void test_bad_names(void **state)
{
    static const char *const bad[] = {"-oProxyCommand=x", "a b", "a;b", "$(x)", "a\nb", "a/b"};
    struct run r;

    (void)state;
    for (size_t i = 0; i < sizeof(bad) / sizeof(*bad); i++) {
        struct host_request req = {.what = HOST_SNAPSHOT, .host = bad[i]};

        assert_false(host_name_ok(str_from(bad[i])));
        collect(&r, NULL, &req);
        assert_int_equal(r.err.code, ERR_INPUT);
        buf_release(&r.bundle);
    }
    assert_true(host_name_ok(STR_LIT("root@web-3.example.org")));
}

static void test_missing_ssh(void **state)
{
    struct host_options opts = {.ssh_program = "/nonexistent/ssh"};
    struct host_request req = {.what = HOST_SNAPSHOT, .host = "web-3"};
    struct run r;

    (void)state;
    collect(&r, &opts, &req);
    assert_int_equal(r.err.code, ERR_NOT_FOUND);
    assert_non_null(strstr(r.err.msg, "OpenSSH"));
    buf_release(&r.bundle);
}

/* A root without anything: gaps, no failure. */
static void test_empty_root(void **state)
{
    char dir[] = "/tmp/rb-host-XXXXXX";
    struct host_options opts = {.root = dir};
    struct arena *a = arena_new(0);
    struct host_snapshot s;
    struct err err = ERR_INIT;
    struct run r;

    (void)state;
    assert_non_null(mkdtemp(dir));
    opts.root = dir;
    collect(&r, &opts, &snapshot);
    assert_ok(r.err.code, &r.err);
    assert_ok(host_snapshot_parse(&s, a, buf_str(&r.bundle), "local", 0, &err), &err);
    assert_int_equal(s.processes.count, 0);
    host_snapshot_release(&s);
    buf_release(&r.bundle);
    rmdir(dir);
    arena_free(a);
}

static void never(void *ctx, struct str bundle, const struct err *err)
{
    fail_msg("a canceled collection answered");
}

static void test_cancel(void **state)
{
    struct loop *l = loop_new(clock_system());
    struct host_pool *pool = host_pool_new(l, NULL);
    uint64_t id = host_collect(pool, &snapshot, never, NULL);

    (void)state;
    host_cancel(pool, id);
    loop_run(l);
    id = host_collect(pool, &snapshot, never, NULL);
    while (loop_turn(l, false) && id) { /* until the sampling window's timer waits */
        host_cancel(pool, id);
        id = 0;
    }
    loop_run(l);
    host_pool_free(pool);
    loop_free(l);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_local_snapshot),   cmocka_unit_test(test_dash_snapshot),
        cmocka_unit_test(test_busybox_snapshot), cmocka_unit_test(test_watch_both_ways),
        cmocka_unit_test(test_disk_both_ways),   cmocka_unit_test(test_log_and_changes_both_ways),
        cmocka_unit_test(test_rotated_log),      cmocka_unit_test(test_bad_names),
        cmocka_unit_test(test_missing_ssh),      cmocka_unit_test(test_empty_root),
        cmocka_unit_test(test_cancel),
    };

    return cmocka_run_group_tests_name("host_collect", tests, NULL, NULL);
}
