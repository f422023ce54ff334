/* test_host_storage.c - what a machine's storage says: parsers over small texts, and this machine
 * seen in C, by dash and by busybox, as root and as somebody who may see little. R-10, T-08. */
#include "tests/lib/unit.h"
#include "tests/unit/service/host_made.h"

#include <fcntl.h>
#include <math.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "runbook/base/mem.h"
#include "runbook/loop/proc.h"
#include "src/service/host/collect_priv.h"

#define MESSAGES 40
static const struct host_mount *mount_of(const struct host_snapshot *s, const char *mount)
{
    static const struct host_mount none = {.detail = ""};

    VEC_EACH (m, &s->mounts) {
        if (strcmp(m->mount, mount) == 0)
            return m;
    }
    fail_msg("no mount %s", mount);
    return &none;
}

static void test_mounts(void **state)
{
    struct arena *a = arena_new(0);
    struct buf b = made_begin();
    struct host_snapshot s;

    (void)state;
    made_section(&b, "proc/mounts", 1,
                 "/dev/sda1 / ext4 rw 0 0\n/dev/sdb1 /var ext4 ro,relatime 0 0\n"
                 "/dev/sdc1 /srv/iso ext4 ro 0 0\nnas:/x /mnt/nas nfs4 rw 0 0\n");
    made_section(&b, "statfs", 0, "/ 1000 600 500 4096 100 50\n/var 1000 500 500 4096 100 50\n");
    made_section(&b, "statfs", 1, "/ 1000 500 400 4096 100 48\n/var 1000 500 500 4096 100 50\n");
    made_section(
        &b, "etc/fstab", 1,
        "# comment /x ext4\n/dev/sda1 / ext4 defaults 0 1\n/dev/sdb1 /var ext4 defaults 0 2\n"
        "/dev/sdc1 /srv/iso ext4 ro 0 0\n/dev/sdd1 /data/ xfs defaults 0 2\n"
        "/dev/sde1 /opt\\040x xfs nofail 0 2\n/dev/sdf1 /media/cd iso9660 noauto 0 0\n"
        "/dev/sdg1 none swap sw 0 0\nshort\n");
    made_section(
        &b, "netmounts", 1,
        "hung nfs4 /mnt/nas\nok nfs4 /mnt/b\nerror cifs /mnt/c stat: Stale file handle\njunk\n");
    made_parse(&b, a, &s);
    assert_int_equal(s.mounts.count, 5);
    assert_int_equal(mount_of(&s, "/data")->trouble, MOUNT_MISSING);
    assert_false(mount_of(&s, "/data")->optional);
    assert_true(mount_of(&s, "/opt x")->optional);
    assert_int_equal(mount_of(&s, "/var")->trouble, MOUNT_RO);
    assert_int_equal(mount_of(&s, "/mnt/nas")->trouble, MOUNT_HUNG);
    assert_int_equal(mount_of(&s, "/mnt/c")->trouble, MOUNT_STALE);
    assert_non_null(strstr(mount_of(&s, "/mnt/c")->detail, "Stale"));
    assert_true(fabs(s.filesystems.items[0].growth_bps - 100 * 4096 / 2.0) < 1);
    assert_true(fabs(s.filesystems.items[0].inode_growth - 1) < 1e-6);
    host_snapshot_release(&s);
    arena_free(a);
}

static void test_arrays_pools_quotas(void **state)
{
    struct arena *a = arena_new(0);
    struct buf b = made_begin();
    struct host_snapshot s;

    (void)state;
    made_section(
        &b, "proc/mdstat", 1,
        "Personalities : [raid1]\nmd0 : active raid1 sdb1[1](F) sda1[0]\n"
        "      1046528 blocks super 1.2 [2/1] [U_]\n\nmd1 : active raid5 sdc1[0] sdd1[1]\n"
        "      100 blocks [2/2] [UU]\n      [=>...]  recovery =  9.1% (1/2) finish=1min\n");
    made_section(&b, "thin", 1,
                 "vg-pool: 0 2097152 thin-pool 1 900/1024 16000/16384 - rw discard_passdown\n"
                 "vg-bad: 0 100 thin-pool Fail\n");
    made_section(&b, "quota", 1,
                 "*** Report for user quotas on device /dev/sda1\nBlock grace time: 7days\n"
                 "root      --      20       0       0              2     0     0\n"
                 "ann       +-  102400   90000  102400  6days       10     0     0\n"
                 "bob       --      10    1000    2000              50     0    50\n");
    made_parse(&b, a, &s);
    assert_int_equal(s.raids.count, 2);
    assert_string_equal(s.raids.items[0].members, "U_");
    assert_string_equal(s.raids.items[0].failed, "sdb1[1]");
    assert_true(s.raids.items[0].wanted == 2 && s.raids.items[0].active == 1);
    assert_true(s.raids.items[1].rebuilding && !s.raids.items[0].rebuilding);
    assert_int_equal(s.thin_pools.count, 2);
    assert_true(fabs(s.thin_pools.items[0].data_used - 16000.0 / 16384) < 1e-9);
    assert_true(s.thin_pools.items[1].failed);
    assert_int_equal(s.quotas.count, 2);
    assert_string_equal(s.quotas.items[0].who, "ann");
    assert_true(s.quotas.items[0].used_bytes == 102400.0 * 1024);
    assert_true(s.quotas.items[0].files == 10);
    assert_true(s.quotas.items[1].files_hard == 50);
    assert_string_equal(s.quotas.items[1].device, "/dev/sda1");
    host_snapshot_release(&s);
    arena_free(a);
}

#define STAT(pid, comm)                                                                            \
    pid " (" comm ") S 1 0 0 0 -1 4194560 100 0 7 0 10 10 0 0 20 0 3 0 500 1048576 10 "            \
        "18446744073709551615 1 1 0 0 0 0 0 0 0 0 0 0 17 1 0 0 0 0 0 0 0 0 0 0 0 0 0\n"

static void test_process_io(void **state)
{
    struct arena *a = arena_new(0);
    struct buf b = made_begin();
    struct host_snapshot s;
    const struct host_process *p;

    (void)state;
    for (int phase = 0; phase < 2; phase++)
        made_section(&b, "procs", phase, STAT("42", "app") STAT("43", "other"));
    made_section(&b, "procio", 0, "42 1000 2000 3000 10\n");
    made_section(&b, "procio", 1, "42 3000 2000 9000 20\ndenied 1 cut 0\n");
    made_section(&b, "proc/mounts", 1, "/dev/sda1 / ext4 rw 0 0\n/dev/sdb1 /var ext4 rw 0 0\n");
    made_section(&b, "statfs", 1, "/ 1000 600 500 4096 100 50\n/var 1000 500 500 4096 100 50\n");
    made_section(&b, "written", 1,
                 "42 1 2049 77 5000 16 1700000000 1 /var/a b.log\n"
                 "42 0 2049 78 10 8 1700000000 0 /var/gone (deleted)\nnonsense\n42 1 x\n");
    made_section(&b, "proc/self/mountinfo", 1, "30 1 8:17 / /var rw - ext4 /dev/sdb1 rw\n");
    made_section(&b, "unlinked", 1,
                 "42 2065 9 5000000 /var/big\n43 2065 9 5000000 /var/big\n"
                 "42 5 9 9000000 /memfd:x\n");
    made_section(&b, "logsizes", 0, "1000 1700000000 /var/log/x\n900 1 /var/log/y\n");
    made_section(&b, "logsizes", 1, "5000 1700000000 /var/log/x\n900 1 /var/log/y\n10 1 /new\n");
    made_section(&b, "fdscan", 1, "20 3 whole");
    made_parse(&b, a, &s);
    p = host_snapshot_process(&s, 42);
    assert_true(p->read_bps == 1000 && p->write_bps == 0 && p->wrote_bps == 3000);
    assert_true(p->write_calls == 5);
    assert_true(isnan(host_snapshot_process(&s, 43)->wrote_bps));
    assert_int_equal(s.io_unknown, 1);
    assert_int_equal(s.fds_denied, 3);
    assert_int_equal(s.written.count, 2);
    assert_true(s.written.items[0].append && !s.written.items[0].deleted);
    assert_string_equal(s.written.items[0].path, "/var/a b.log");
    assert_string_equal(s.written.items[0].mount, "/var");
    assert_string_equal(s.written.items[1].path, "/var/gone");
    assert_true(s.written.items[1].deleted);
    assert_int_equal(s.unlinked.count, 1); /* one file, and memory is no disk */
    assert_string_equal(s.unlinked.items[0].mount, "/var");
    assert_int_equal(s.logs.count, 1);
    assert_true(s.logs.items[0].rate == 2000);
    host_snapshot_release(&s);
    arena_free(a);
}

static void test_time(void **state)
{
    struct arena *a = arena_new(0);
    struct buf b = made_begin();
    struct host_snapshot s;

    (void)state;
    made_section(&b, "clock/wall", 0, "1700000000.500 1000.0");
    made_section(&b, "clock/wall", 1, "1700003602.500 1002.0");
    made_section(&b, "boots", 1, "1600000000\n1700000000\n-5\nx\n99999999999\n");
    made_section(&b, "dmesg/other", 1,
                 "[  990.000000] web-3 kernel: BTRFS critical (device sda): x\n");
    host_bundle_section(&b, TOKEN, "dmesg", 1, ERR_DENIED);
    made_section(&b, "proc/sys/kernel/tainted", 1, "4096\n");
    made_parse(&b, a, &s);
    assert_true(fabs(s.clock_jump_s - 3600) < 1e-6);
    assert_int_equal(s.boots_ms.count, 2);
    assert_int_equal(s.tainted, 4096);
    assert_int_equal(s.kernel_events.count, 1);
    assert_string_equal(s.kernel_events.items[0].kind, "fs_error");
    assert_true(strncmp(s.kernel_events.items[0].text, "BTRFS", 5) == 0);
    VEC_EACH (g, &s.gaps)
        assert_string_not_equal(g->what, "dmesg"); /* the journal told it */
    host_snapshot_release(&s);
    arena_free(a);
}

/* ---- this machine ---- */

struct run {
    struct loop *loop;
    struct buf bundle;
    struct err err;
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
    collected(ctx, res->out, &res->err);
}

/* `shell` NULL: in C. False: there is no such shell here. */
static bool look(struct run *r, const char *const *shell, const struct host_request *req)
{
    struct buf script = BUF_INIT(1 << 18);
    struct proc_spec spec = {
        .argv = shell, .timeout_ms = 60000, .max_output_bytes = HOST_BUNDLE_MAX};
    struct host_pool *pool = NULL;

    *r = (struct run){.loop = loop_new(clock_system())};
    buf_init(&r->bundle, HOST_BUNDLE_MAX);
    if (shell) {
        assert_true(script_make(&script, req, TOKEN, false));
        spec.stdin_data = buf_str(&script);
        proc_start(r->loop, &spec, scripted, r);
    } else {
        pool = host_pool_new(r->loop, NULL);
        host_collect(pool, req, collected, r);
    }
    loop_run(r->loop);
    assert_true(r->done);
    host_pool_free(pool);
    loop_free(r->loop);
    buf_release(&script);
    if (r->err.code == ERR_NOT_FOUND)
        buf_release(&r->bundle);
    else
        assert_ok(r->err.code, &r->err);
    return r->err.code != ERR_NOT_FOUND;
}

static const char *const dash[] = {"sh", "-s", NULL};
static const char *const busybox[] = {"busybox", "ash", "-s", NULL};
static const char *const *const shells[] = {NULL, dash, busybox};
static const int ways = 3;

/* A child that appends to dir/flood.log, holds a deleted file and works in dir/spool. */
struct busy {
    char dir[64];
    pid_t pid;
};

static int make_file(const char *dir, const char *name, int flags, size_t bytes)
{
    static const char block[65536] = {1};
    char *path = xasprintf("%s/%s", dir, name);
    int fd = open(path, O_WRONLY | O_CREAT | O_CLOEXEC | flags, 0644);

    for (size_t done = 0; fd >= 0 && done < bytes; done += sizeof(block)) {
        if (write(fd, block, sizeof(block)) < 0)
            break;
    }
    free(path);
    return fd;
}

static _Noreturn void be_busy(const char *dir)
{
    char *spool = xasprintf("%s/spool", dir), *gone = xasprintf("%s/gone", dir), line[4096];
    int fd = make_file(dir, "flood.log", O_APPEND, 0);

    prctl(PR_SET_PDEATHSIG, SIGKILL);
    prctl(PR_SET_NAME, "busy");
    make_file(dir, "gone", 0, 3 << 20);
    unlink(gone);
    memset(line, 'x', sizeof(line));
    if (chdir(spool))
        _exit(1);
    for (int i = 0; i < 6000; i++) {
        if (write(fd, line, sizeof(line)) < 0)
            break;
        nanosleep(&(struct timespec){.tv_nsec = 5000000}, NULL);
    }
    _exit(0);
}

static int setup(void **state)
{
    struct busy *b = xcalloc(1, sizeof(*b));
    char *spool;

    snprintf(b->dir, sizeof(b->dir), "/tmp/rb-storage-XXXXXX");
    assert_non_null(mkdtemp(b->dir));
    spool = xasprintf("%s/spool", b->dir);
    assert_int_equal(mkdir(spool, 0755), 0);
    for (int i = 0; i < MESSAGES; i++) {
        char name[32];

        snprintf(name, sizeof(name), "spool/m%d", i);
        close(make_file(b->dir, name, 0, 65536));
    }
    free(spool);
    b->pid = fork();
    if (b->pid == 0)
        be_busy(b->dir);
    *state = b;
    return 0;
}

static int teardown(void **state)
{
    struct busy *b = *state;
    char *path = xasprintf("%s/flood.log", b->dir);
    int status;

    kill(b->pid, SIGKILL);
    waitpid(b->pid, &status, 0);
    for (int i = 0; i < MESSAGES; i++) {
        unlink(path);
        free(path);
        path = xasprintf("%s/spool/m%d", b->dir, i);
    }
    unlink(path);
    free(path);
    path = xasprintf("%s/spool", b->dir);
    rmdir(path);
    assert_int_equal(rmdir(b->dir), 0);
    free(path);
    free(b);
    return 0;
}

static void check_snapshot(struct run *r, const struct busy *b)
{
    struct arena *a = arena_new(0);
    struct host_snapshot s;
    struct err err = ERR_INIT;
    bool flood = false, gone = false;

    assert_ok(host_snapshot_parse(&s, a, buf_str(&r->bundle), "local", 0, &err), &err);
    VEC_EACH (f, &s.written)
        flood = flood || (f->pid == b->pid && f->append && strstr(f->path, "/flood.log"));
    VEC_EACH (f, &s.unlinked)
        gone = gone || (f->pid == b->pid && strstr(f->path, "/gone") && f->disk_bytes >= 3 << 20);
    assert_true(flood);
    /* In a chroot, or on an overlay, no mount has the device of the file. */
    assert_true(gone || !s.unlinked.count);
    assert_true(host_snapshot_process(&s, b->pid)->wrote_bps > 10000);
    assert_true(fabs(s.clock_jump_s) < 2 || isnan(s.clock_jump_s));
    host_snapshot_release(&s);
    buf_release(&r->bundle);
    arena_free(a);
}

static void test_snapshot(void **state)
{
    struct host_request req = {.what = HOST_SNAPSHOT, .host = "local", .window_ms = 300};
    struct run r;

    for (int i = 0; i < ways; i++) {
        if (look(&r, shells[i], &req))
            check_snapshot(&r, *state);
    }
}

static void check_files(struct run *r, const struct busy *b)
{
    struct arena *a = arena_new(0);
    struct host_files f;
    struct err err = ERR_INIT;
    double rate = 0;

    assert_ok(host_files_parse(&f, a, buf_str(&r->bundle), &err), &err);
    assert_int_equal(f.pid, b->pid);
    assert_string_equal(f.comm, "busy");
    assert_true(f.wrote_bps > 10000 && f.write_calls > 2);
    VEC_EACH (o, &f.files)
        rate = strstr(o->path, "/flood.log") ? o->rate : rate;
    assert_true(rate > 10000);
    host_files_release(&f);
    buf_release(&r->bundle);
    arena_free(a);
}

static void test_files(void **state)
{
    const struct busy *b = *state;
    struct host_request req = {
        .what = HOST_FILES, .host = "local", .window_ms = 400, .pid = (int32_t)b->pid};
    struct run r;

    for (int i = 0; i < ways; i++) {
        if (look(&r, shells[i], &req))
            check_files(&r, b);
    }
}

static void check_disk(struct run *r, const struct busy *b)
{
    struct arena *a = arena_new(0);
    struct host_disk_usage d;
    struct err err = ERR_INIT;
    bool folder = false, cwd = false, flood = false;

    assert_ok(host_disk_parse(&d, a, buf_str(&r->bundle), &err), &err);
    VEC_EACH (f, &d.folders) {
        if (strstr(f->path, "/spool"))
            folder = f->own_entries == MESSAGES && f->bytes >= MESSAGES * 65536.0 &&
                     f->files == MESSAGES;
    }
    VEC_EACH (w, &d.workers)
        cwd =
            cwd || (w->pid == b->pid && strcmp(w->how, "cwd") == 0 && strcmp(w->comm, "busy") == 0);
    VEC_EACH (f, &d.files) /* small still, but it is being written */
        flood = flood || (strstr(f->path, "/flood.log") && f->pid == b->pid);
    assert_true(folder);
    assert_true(cwd);
    assert_true(flood);
    host_disk_release(&d);
    buf_release(&r->bundle);
    arena_free(a);
}

static bool flooded(const struct busy *b)
{
    char *path = xasprintf("%s/flood.log", b->dir);
    struct stat st;
    bool ok = stat(path, &st) == 0 && st.st_size > 70000;

    free(path);
    return ok;
}

static void test_disk(void **state)
{
    struct busy *b = *state;
    struct host_request req = {.what = HOST_DISK,
                               .host = "local",
                               .path = b->dir,
                               .min_bytes = 64 << 20,
                               .timeout_ms = 20000};
    struct run r;

    for (int i = 0; i < 12000 && !flooded(b); i++)
        nanosleep(&(struct timespec){.tv_nsec = 5000000}, NULL);
    for (int i = 0; i < ways; i++) {
        if (look(&r, shells[i], &req))
            check_disk(&r, b);
    }
}

/* Each thing that this user may not see is a gap that says what would help. */
static void check_blind(struct run *r, const struct busy *b)
{
    struct arena *a = arena_new(0);
    struct host_snapshot s;
    struct err err = ERR_INIT;
    bool files = false, io = false;

    assert_ok(host_snapshot_parse(&s, a, buf_str(&r->bundle), "local", 0, &err), &err);
    assert_true(isnan(host_snapshot_process(&s, b->pid)->wrote_bps));
    assert_true(s.fds_denied > 0 && s.io_unknown > 0);
    VEC_EACH (g, &s.gaps) {
        files = files || (strstr(g->what, "open files and sockets") && strstr(g->why, "root"));
        io = io || (strstr(g->what, "bytes read and written") && strstr(g->why, "root"));
        if (g->code == ERR_DENIED && !strstr(g->why, "root"))
            fail_msg("%s: %s", g->what, g->why);
    }
    assert_true(files);
    assert_true(io);
    host_snapshot_release(&s);
    buf_release(&r->bundle);
    arena_free(a);
}

static void test_unprivileged(void **state)
{
    static const char *const nobody[] = {"setpriv",        "--reuid", "65534", "--regid", "65534",
                                         "--clear-groups", "sh",      "-s",    NULL};
    struct host_request req = {.what = HOST_SNAPSHOT, .host = "local", .window_ms = 200};
    struct run r;

    if (geteuid() != 0 || !look(&r, nobody, &req))
        skip();
    check_blind(&r, *state);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_mounts),
        cmocka_unit_test(test_arrays_pools_quotas),
        cmocka_unit_test(test_process_io),
        cmocka_unit_test(test_time),
        cmocka_unit_test_setup_teardown(test_snapshot, setup, teardown),
        cmocka_unit_test_setup_teardown(test_files, setup, teardown),
        cmocka_unit_test_setup_teardown(test_disk, setup, teardown),
        cmocka_unit_test_setup_teardown(test_unprivileged, setup, teardown),
    };

    return cmocka_run_group_tests_name("host_storage", tests, NULL, NULL);
}
