/* fault_disk.c - faults of filesystems and disks: loop devices in the lab's own mount namespace. */
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <unistd.h>

#include "lab.h"

static void mount_image(struct lab_run *r, off_t bytes, char *where, size_t size)
{
    lab_mount_ext4(r, bytes, NULL, NULL, where, size);
}

/* A filesystem that one file fills. */
static void fill_one(struct lab_run *r, const char *where)
{
    static char block[65536];
    char path[400];
    int fd;

    snprintf(path, sizeof(path), "%s/huge.log", where);
    fd = open(path, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0644);
    memset(block, 'x', sizeof(block));
    while (write(fd, block, sizeof(block)) > 0)
        ;
    fsync(fd);
    lab_expect(r, "file:%s", path);
}

static void fill(struct lab_run *r)
{
    char where[300];

    mount_image(r, 24 << 20, where, sizeof(where));
    fill_one(r, where);
    lab_stands(r);
    lab_stay();
}

/* ---- several at once ---- */

#define SEVERAL_MAX 4

/* The run as if the scratch folder were one of its own for each disk. */
static void disk_of(const struct lab_run *r, int n, struct lab_run *ret)
{
    *ret = *r;
    snprintf(ret->dir, sizeof(ret->dir), "%.200s/disk%d", r->dir, n);
}

static void fill_several(struct lab_run *r, int count)
{
    char where[300];

    for (int i = 0; i < count; i++) {
        struct lab_run one;

        disk_of(r, i, &one);
        if (mkdir(one.dir, 0755))
            lab_skip(r, "no room for %s", one.dir);
        mount_image(&one, (off_t)(16 + 4 * i) << 20, where, sizeof(where));
        fill_one(r, where);
    }
    lab_stands(r);
    lab_stay();
}

static void fill_two(struct lab_run *r)
{
    fill_several(r, 2);
}

static void fill_four(struct lab_run *r)
{
    fill_several(r, SEVERAL_MAX);
}

static void unmount_several(const struct lab_run *r)
{
    for (int i = 0; i < SEVERAL_MAX; i++) {
        struct lab_run one;

        disk_of(r, i, &one);
        if (access(one.dir, F_OK) == 0)
            lab_unmount(&one);
    }
}

/* ---- folders, inodes, files without a name ---- */

static bool write_file(const char *path, size_t bytes)
{
    static char block[65536];
    int fd = open(path, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0644);
    ssize_t n = 1;

    memset(block, 'x', sizeof(block));
    while (fd >= 0 && bytes > 0 && n > 0) {
        n = write(fd, block, bytes < sizeof(block) ? bytes : sizeof(block));
        bytes -= n > 0 ? (size_t)n : 0;
    }
    if (fd >= 0)
        close(fd);
    return fd >= 0 && n > 0;
}

/* No file is large, but there are many. */
static void small_files(struct lab_run *r)
{
    char where[300], path[400];

    mount_image(r, 24 << 20, where, sizeof(where));
    snprintf(path, sizeof(path), "%s/spool", where);
    mkdir(path, 0755);
    lab_expect(r, "folder:%s", path);
    for (int i = 0; i < 4000; i++) {
        snprintf(path, sizeof(path), "%s/spool/msg-%d", where, i);
        if (!write_file(path, 60000))
            break;
    }
    lab_stands(r);
    lab_stay();
}

static void inodes(struct lab_run *r)
{
    char where[300], path[400];
    int fd;

    lab_mount_ext4(r, 24 << 20, (const char *const[]){"-N", "2000", NULL}, NULL, where,
                   sizeof(where));
    snprintf(path, sizeof(path), "%s/sessions", where);
    mkdir(path, 0755);
    lab_expect(r, "folder:%s", path);
    if (chdir(path))
        lab_skip(r, "no folder %s", path);
    for (int i = 0; i < 4000; i++) {
        snprintf(path, sizeof(path), "%s/sessions/s-%d", where, i);
        fd = open(path, O_WRONLY | O_CREAT | O_CLOEXEC, 0644);
        if (fd < 0)
            break;
        close(fd);
    }
    lab_stands(r);
    lab_stay();
}

static void deleted(struct lab_run *r)
{
    char where[300], path[400];
    int fd;

    mount_image(r, 24 << 20, where, sizeof(where));
    snprintf(path, sizeof(path), "%s/gone.tmp", where);
    write_file(path, 64 << 20);
    fd = open(path, O_RDONLY | O_CLOEXEC);
    unlink(path);
    if (fd < 0)
        lab_skip(r, "no room for %s", path);
    lab_expect_process(r, getpid());
    if (r->ssh) /* whose file it is cannot be seen; that it is one without a name can */
        lab_expect(r, "fs:%s", where);
    lab_stands(r);
    lab_stay();
}

/* ---- memory as files ---- */

static void mount_tmpfs(struct lab_run *r, const char *size, char *where, size_t room)
{
    char opts[64];

    snprintf(where, room, "%s/full", r->dir);
    snprintf(opts, sizeof(opts), "size=%s", size);
    if (mkdir(where, 0755) || lab_command(r, (const char *const[]){"mount", "-t", "tmpfs", "-o",
                                                                   opts, "none", where, NULL}))
        lab_skip(r, "a tmpfs cannot be mounted here");
    chmod(where, 0755);
}

static void tmpfs(struct lab_run *r)
{
    char where[300], path[400];

    mount_tmpfs(r, "12m", where, sizeof(where));
    snprintf(path, sizeof(path), "%s/core.4711", where);
    lab_expect(r, "file:%s", path);
    write_file(path, 64 << 20);
    lab_stands(r);
    lab_stay();
}

/* ---- growth ---- */

/* `bps` bytes a second into `path`, at most `most` bytes in all. */
static _Noreturn void append_slowly(const char *path, size_t bps, size_t most)
{
    static char line[131072];
    size_t step = bps / 20, done = 0;
    int fd = open(path, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0644);

    memset(line, 'e', sizeof(line));
    while (fd >= 0 && done < most) {
        for (size_t left = step; left > 0;) {
            size_t n = left < sizeof(line) ? left : sizeof(line);

            line[n - 1] = '\n';
            if (write(fd, line, n) <= 0)
                lab_stay();
            line[n - 1] = 'e';
            left -= n;
        }
        done += step;
        lab_nap_ms(50);
    }
    lab_stay();
}

static void log_flood(struct lab_run *r)
{
    char path[400];
    pid_t pid;

    snprintf(path, sizeof(path), "%s/app.log", r->dir);
    pid = lab_fork();
    if (pid == 0) {
        lab_name("chatty");
        append_slowly(path, 3 << 20, (size_t)300 << 20);
    }
    lab_expect_process(r, pid);
    lab_expect(r, "file:%s", path);
    lab_stands(r);
    lab_stay();
}

static void filling(struct lab_run *r)
{
    char where[300], path[400];
    pid_t pid;

    mount_image(r, 64 << 20, where, sizeof(where));
    snprintf(path, sizeof(path), "%s/base.img", where);
    write_file(path, 44 << 20);
    snprintf(path, sizeof(path), "%s/export.part", where);
    pid = lab_fork();
    if (pid == 0) {
        lab_name("exporter");
        append_slowly(path, 120 << 10, 8 << 20);
    }
    lab_expect_process(r, pid);
    lab_expect(r, "file:%s", path);
    lab_stands(r);
    lab_stay();
}

/* ---- mounts that are not as fstab wants them ---- */

static void bind_fstab(struct lab_run *r, const char *line)
{
    char copy[300];

    snprintf(copy, sizeof(copy), "%s/fstab", r->dir);
    if (access("/etc/fstab", R_OK) || !lab_write(copy, line) || chmod(copy, 0644) ||
        lab_command(r, (const char *const[]){"mount", "--bind", copy, "/etc/fstab", NULL}))
        lab_skip(r, "fstab cannot be covered here");
}

static void unbind_fstab(const struct lab_run *r)
{
    lab_command(r, (const char *const[]){"umount", "/etc/fstab", NULL});
    lab_unmount(r);
}

static void read_only(struct lab_run *r)
{
    char where[300], line[700];

    mount_image(r, 24 << 20, where, sizeof(where));
    snprintf(line, sizeof(line), "/dev/loop-data %s ext4 defaults,noatime 0 2\n", where);
    bind_fstab(r, line);
    lab_expect(r, "fs:%s", where);
    if (lab_command(r, (const char *const[]){"mount", "-o", "remount,ro", where, NULL}))
        lab_skip(r, "%s cannot be made read-only", where);
    lab_stands(r);
    lab_stay();
}

static void missing(struct lab_run *r)
{
    char where[300], line[700], arg[400];

    snprintf(where, sizeof(where), "%s/data", r->dir);
    mkdir(where, 0755);
    snprintf(line, sizeof(line), "/dev/sdz1 %s ext4 defaults 0 2\n", where);
    bind_fstab(r, line);
    lab_expect(r, "fs:%s", where);
    snprintf(arg, sizeof(arg), "--data=%s/main", where);
    if (lab_fork() == 0) {
        execl("/bin/sh", "sh", "-c",
              "i=0; while [ $i -lt 40000000 ]; do i=$((i + 1)); sleep 0.05; done", "store", arg,
              (char *)NULL);
        _exit(127);
    }
    lab_stands(r);
    lab_stay();
}

/* ---- a network filesystem whose server is silent: fuse, with a server that never answers ---- */

static const char *can_fuse(void)
{
    if (!lab_root())
        return "only root can mount here";
    return access("/dev/fuse", R_OK | W_OK) ? "no /dev/fuse here" : NULL;
}

static void hung(struct lab_run *r)
{
    int fd = open("/dev/fuse", O_RDWR);
    char where[300], opts[100];

    snprintf(where, sizeof(where), "%s/full", r->dir);
    snprintf(opts, sizeof(opts), "fd=%d,rootmode=40000,user_id=0,group_id=0,allow_other", fd);
    if (fd < 0 || mkdir(where, 0755) || mount("server:/export", where, "fuse", 0, opts))
        lab_skip(r, "fuse cannot be mounted here");
    lab_expect(r, "fs:%s", where);
    if (lab_fork() == 0) {
        struct stat st;

        lab_name("reporter"); /* somebody who waits in it */
        stat(where, &st);
        lab_stay();
    }
    lab_stands(r);
    lab_stay();
}

static void unmount_lazily(const struct lab_run *r)
{
    char where[300];

    snprintf(where, sizeof(where), "%s/full", r->dir);
    lab_command(r, (const char *const[]){"umount", "-l", where, NULL});
}

/* ---- a disk that is told to flush all the time ---- */

#define FLUSHES 100

/* A flush of a fast disk hurts nobody, and then there is no fault. */
static bool flushes_hurt(const char *path)
{
    int64_t from = lab_now_ms();
    int fd = open(path, O_WRONLY | O_CREAT | O_CLOEXEC, 0600), i = 0;

    while (fd >= 0 && i < FLUSHES && lab_now_ms() - from < 2000 && pwrite(fd, "x", 1, i) == 1 &&
           fdatasync(fd) == 0)
        i++;
    if (fd >= 0)
        close(fd);
    return lab_now_ms() - from > 10 * FLUSHES;
}

static void fsync_loop(struct lab_run *r)
{
    char path[400], small[512];
    pid_t pid;

    memset(small, 'j', sizeof(small));
    snprintf(path, sizeof(path), "%s/journal.db", r->dir);
    if (!flushes_hurt(path))
        lab_skip(r, "a flush of this disk takes less than 10 ms: nobody is hurt");
    pid = lab_fork();
    if (pid == 0) {
        int fd = open(path, O_WRONLY | O_CREAT | O_CLOEXEC, 0600);

        lab_name("ledger");
        for (int i = 0; fd >= 0 && i < 2000000; i++) {
            if (pwrite(fd, small, sizeof(small), (i % 4096) * 512) < 0 || fdatasync(fd))
                break;
        }
        lab_stay();
    }
    lab_expect_process(r, pid);
    lab_stands(r);
    lab_stay();
}

static bool after_2_s(const struct lab_run *r)
{
    return lab_stood_ms(r, 2000);
}

/* ---- controls: a disk that is well, however full or busy ---- */

static void steady_85(struct lab_run *r)
{
    char where[300], path[400];

    mount_image(r, 256 << 20, where, sizeof(where));
    snprintf(path, sizeof(path), "%s/archive", where);
    write_file(path, 190 << 20);
    lab_stands(r);
    lab_stay();
}

static void meant_copy(struct lab_run *r)
{
    char from[300], to[300];

    snprintf(from, sizeof(from), "%s/source.img", r->dir);
    snprintf(to, sizeof(to), "%s/copy.img", r->dir);
    if (!write_file(from, (size_t)300 << 20))
        lab_skip(r, "no room for %s", from);
    lab_stands(r);
    for (int i = 0; i < 30; i++)
        lab_command(r, (const char *const[]){"cp", from, to, NULL});
    lab_stay();
}

static void steady_log(struct lab_run *r)
{
    char path[400];

    snprintf(path, sizeof(path), "%s/access.log", r->dir);
    lab_stands(r);
    append_slowly(path, 40 << 10, 16 << 20);
}

const struct lab_fault disk_faults[] = {
    {.id = "disk-full",
     .family = "disk",
     .sentence = "nothing gets saved any more",
     .kinds = "disk",
     .need = lab_can_mount,
     .start = fill,
     .stop = lab_unmount},
    {.id = "disk-full-two",
     .family = "disk",
     .sentence = "nothing gets saved any more",
     .kinds = "disk",
     .need = lab_can_mount,
     .start = fill_two,
     .stop = unmount_several},
    {.id = "disk-full-four",
     .family = "disk",
     .sentence = "several programs cannot write",
     .kinds = "disk",
     .need = lab_can_mount,
     .start = fill_four,
     .stop = unmount_several},
    {.id = "disk-small-files",
     .family = "disk",
     .sentence = "mail does not arrive",
     .kinds = "disk",
     .need = lab_can_mount,
     .start = small_files,
     .stop = lab_unmount},
    {.id = "disk-inodes",
     .family = "disk",
     .sentence = "users cannot log in any more",
     .kinds = "disk",
     .need = lab_can_mount,
     .start = inodes,
     .stop = lab_unmount},
    {.id = "disk-deleted-open",
     .family = "disk",
     .sentence = "it fails although we cleaned up",
     .kinds = "disk",
     .need = lab_can_mount,
     .start = deleted,
     .stop = lab_unmount},
    {.id = "disk-tmpfs",
     .family = "disk",
     .sentence = "jobs end at once",
     .kinds = "disk",
     .need = lab_can_mount,
     .start = tmpfs,
     .stop = lab_unmount},
    {.id = "disk-log-flood",
     .family = "disk",
     .sentence = "users say it is slow",
     .kinds = "disk",
     .start = log_flood,
     .ready = after_2_s},
    {.id = "disk-filling",
     .family = "disk",
     .sentence = "something is odd since this morning",
     .kinds = "disk",
     .need = lab_can_mount,
     .start = filling,
     .ready = after_2_s,
     .stop = lab_unmount},
    {.id = "disk-read-only",
     .family = "disk",
     .sentence = "orders are lost",
     .kinds = "disk",
     .need = lab_can_mount,
     .start = read_only,
     .stop = unbind_fstab},
    {.id = "disk-mount-missing",
     .family = "disk",
     .sentence = "customers see an empty shop",
     .kinds = "disk",
     .need = lab_can_mount,
     .start = missing,
     .stop = unbind_fstab},
    {.id = "disk-mount-hung",
     .family = "disk",
     .sentence = "reports never finish",
     .kinds = "disk",
     .need = can_fuse,
     .start = hung,
     .stop = unmount_lazily},
    {.id = "disk-fsync",
     .family = "disk",
     .sentence = "users say it is slow",
     .kinds = "disk",
     .start = fsync_loop,
     .ready = after_2_s},
    {.id = "disk-steady-85",
     .family = "disk",
     .control = true,
     .sentence = "users say it is slow",
     .need = lab_can_mount,
     .start = steady_85,
     .stop = lab_unmount},
    {.id = "disk-meant-copy",
     .family = "disk",
     .control = true,
     .sentence = "users say it is slow",
     .start = meant_copy,
     .ready = after_2_s},
    {.id = "disk-steady-log",
     .family = "disk",
     .control = true,
     .sentence = "users say it is slow",
     .start = steady_log,
     .ready = after_2_s},
    {.id = NULL},
};
