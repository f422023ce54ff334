/* fault_io.c - faults of what lies below a filesystem: a disk that is slow, one that somebody keeps
 * busy, one that fails, unwritten data. The slow disk is a loop device whose image
 * lies on a disk that answers this fault's processes so many times a second and no more. */
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <unistd.h>

#include "lab.h"

static bool stood_3_s(const struct lab_run *r)
{
    return lab_stood_ms(r, 3000);
}

/* ---- a slow disk, and one that is asked too much ---- */

static int data_fd;
static size_t block_bytes;

static void *read_on(void *unused)
{
    unsigned seed = (unsigned)(uintptr_t)&seed;
    void *block = NULL;

    (void)unused;
    if (posix_memalign(&block, 4096, block_bytes))
        return NULL;
    for (;;) {
        off_t at = rand_r(&seed) % (int)(LAB_SLOW_DATA / block_bytes);

        if (pread(data_fd, block, block_bytes, at * (off_t)block_bytes) < 0)
            lab_nap_ms(10);
    }
}

/* This process reads at random places, so many requests at a time. */
static _Noreturn void reader(const char *name, const char *path, int at_a_time, size_t bytes)
{
    lab_name(name);
    block_bytes = bytes;
    data_fd = open(path, O_RDONLY | O_DIRECT | O_CLOEXEC);
    for (int i = 1; i < at_a_time; i++)
        lab_thread(read_on);
    read_on(NULL);
    lab_stay();
}

/* Eight requests a second: as a disk that reads every sector many times until it has it. */
static void slow_disk(struct lab_run *r)
{
    struct lab_slow disk;

    lab_slow_disk(r, 8, &disk);
    lab_expect(r, "disk:%s", disk.name);
    if (lab_fork() == 0)
        reader("catalogue", disk.data, 4, 4096);
    lab_stands(r);
    lab_stay();
}

/* A disk as a rotating one; one process asks for all of it, another one has to wait. */
static void busy_disk(struct lab_run *r)
{
    struct lab_slow disk;
    pid_t pid;

    lab_slow_disk(r, 250, &disk);
    pid = lab_fork();
    if (pid == 0)
        reader("indexer", disk.data, 24, 65536);
    if (lab_fork() == 0)
        reader("database", disk.data, 1, 4096);
    lab_expect_process(r, pid);
    if (r->ssh) /* what others read and write is not to be seen */
        lab_expect(r, "disk:%s", disk.name);
    lab_stands(r);
    lab_stay();
}

/* The same disk with one job only, which waits for it and hurts nobody. */
static void backup_alone(struct lab_run *r)
{
    struct lab_slow disk;

    lab_slow_disk(r, 250, &disk);
    lab_stands(r);
    reader("backup", disk.data, 3, 65536);
}

/* ---- a disk that fails ---- */

/* The image is cut away below a filesystem in use, as when a volume is taken from a machine. */
static void failing_disk(struct lab_run *r)
{
    char where[300], path[400], image[300], dev[80], name[64];
    int fd;

    lab_mount_ext4(r, 32 << 20, NULL, NULL, where, sizeof(where));
    if (!lab_mount_device(where, name, sizeof(name)))
        lab_skip(r, "its loop device is not known");
    snprintf(dev, sizeof(dev), "/dev/%s", name);
    snprintf(image, sizeof(image), "%s/disk.img", r->dir);
    snprintf(path, sizeof(path), "%s/orders.db", where);
    lab_expect(r, "disk:%s", name);
    lab_expect(r, "fs:%s", where);
    fd = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0600);
    if (fd < 0 || truncate(image, 1 << 20) ||
        lab_command(r, (const char *const[]){"losetup", "--set-capacity", dev, NULL}))
        lab_skip(r, "the size of a loop device cannot be changed here");
    if (lab_fork() == 0) {
        static char block[65536];

        lab_name("orders");
        for (int i = 0;; i++) {
            if (pwrite(fd, block, sizeof(block), (off_t)(i % 200) * 65536) < 0 || fsync(fd))
                lab_nap_ms(200);
            lab_nap_ms(100);
        }
    }
    lab_stands(r);
    lab_stay();
}

/* The journal's next commit fails as well, some seconds later: then the filesystem keeps it. */
static bool has_failed(const struct lab_run *r)
{
    char where[300], path[400], name[64], text[32] = "";

    if (!lab_stood_ms(r, 3000))
        return false;
    snprintf(where, sizeof(where), "%s/full", r->dir);
    if (lab_stood_ms(r, 12000) || !lab_mount_device(where, name, sizeof(name)))
        return true;
    snprintf(path, sizeof(path), "/sys/fs/ext4/%s/errors_count", name);
    return !lab_read(path, text, sizeof(text)) || text[0] != '0';
}

/* What the kernel does when it meets an inconsistency, at its own switch for tests. */
static void damaged(struct lab_run *r)
{
    char where[300], path[400], name[64];

    lab_mount_ext4(r, 32 << 20, NULL, "errors=continue", where, sizeof(where));
    if (!lab_mount_device(where, name, sizeof(name)))
        lab_skip(r, "its loop device is not known");
    snprintf(path, sizeof(path), "/sys/fs/ext4/%s/trigger_fs_error", name);
    lab_expect(r, "fs:%s", where);
    if (access(path, W_OK))
        lab_skip(r, "this kernel has no switch for an error of a filesystem");
    lab_stands(r);
    for (int i = 0; i < 3; i++) {
        lab_write(path, "block 17 of the journal is not what it should be");
        lab_nap_ms(500);
    }
    lab_stay();
}

/* ---- unwritten data ---- */

#define DRAINS_BPS "8388608"    /* what the device takes a second */
#define MAY_BE_DIRTY "16777216" /* of data for it that is not written yet */

static const char *can_slow_writes(void)
{
    if (lab_can_slow_disk())
        return lab_can_slow_disk();
    return access("/sys/class/bdi/7:0/strict_limit", W_OK)
               ? "this kernel has no limit of unwritten data for one device"
               : NULL;
}

/* Writes to one loop device: v1 counts them for the root group, which is limited for that device
 * only. */
static bool slow_writes(struct lab_run *r, const char *number, const char *bps)
{
    char text[128], dir[600];
    const char *name;

    if (lab_cgroup_v2("io")) {
        snprintf(text, sizeof(text), "%s wbps=%s", number, bps);
        return lab_cgroup_make(r, "io", dir, sizeof(dir), &name) &&
               lab_cgroup_set(dir, "io.max", text) && lab_cgroup_enter(dir);
    }
    snprintf(text, sizeof(text), "%s %s", number, bps);
    return lab_cgroup_set("/sys/fs/cgroup/blkio", "blkio.throttle.write_bps_device", text);
}

static bool bdi_set(const char *number, const char *file, const char *value)
{
    char path[128];

    snprintf(path, sizeof(path), "/sys/class/bdi/%s", number);
    return lab_cgroup_set(path, file, value);
}

/* Whatever was set for the device, which outlives the fault, and keeps its writers from ending. */
static void free_unwritten(const struct lab_run *r)
{
    char path[300], number[32], text[64];

    snprintf(path, sizeof(path), "%s/number", r->dir);
    if (!lab_read(path, number, sizeof(number)))
        return;
    snprintf(text, sizeof(text), "%s 0", number);
    if (!lab_cgroup_v2("io"))
        lab_cgroup_set("/sys/fs/cgroup/blkio", "blkio.throttle.write_bps_device", text);
    bdi_set(number, "max_ratio", "100");
    bdi_set(number, "strict_limit", "0");
}

static void end_unwritten(const struct lab_run *r)
{
    lab_unmount(r);
    lab_cgroup_stop(r, "io");
}

/* Writes without end into a file that is cut again and again. */
static _Noreturn void write_on(const char *path, size_t most)
{
    static char block[1 << 20];
    int fd = open(path, O_WRONLY | O_CREAT | O_CLOEXEC, 0600);

    if (fd < 0)
        lab_stay();
    for (size_t i = 0;; i++) {
        if (pwrite(fd, block, sizeof(block), (off_t)(i % (most >> 20)) << 20) < 0)
            lab_nap_ms(10);
    }
}

static _Noreturn void write_records(const char *path)
{
    static char record[65536];
    int fd = open(path, O_WRONLY | O_CREAT | O_CLOEXEC, 0600);

    lab_name("database");
    for (int i = 0; fd >= 0; i++) {
        if (pwrite(fd, record, sizeof(record), (off_t)(i % 64) << 16) < 0)
            break;
        lab_nap_ms(10);
    }
    lab_stay();
}

static void unwritten(struct lab_run *r)
{
    char where[300], path[400], name[64], number[32];
    struct stat st;
    pid_t pid;

    lab_mount_ext4(r, (off_t)384 << 20, NULL, NULL, where, sizeof(where));
    snprintf(path, sizeof(path), "%s/number", r->dir);
    if (stat(where, &st) || !lab_mount_device(where, name, sizeof(name)))
        lab_skip(r, "its loop device is not known");
    snprintf(number, sizeof(number), "%u:%u", major(st.st_dev), minor(st.st_dev));
    if (!lab_write(path, number) || !slow_writes(r, number, DRAINS_BPS) ||
        !bdi_set(number, "max_bytes", MAY_BE_DIRTY) || !bdi_set(number, "strict_limit", "1"))
        lab_skip(r, "the writes to one device cannot be limited here");
    snprintf(path, sizeof(path), "%s/dump", where);
    pid = lab_fork();
    if (pid == 0) {
        lab_name("dumper");
        write_on(path, (size_t)256 << 20);
    }
    for (int i = 0; i < 6; i++) {
        if (lab_fork() == 0) {
            snprintf(path, sizeof(path), "%s/table-%d", where, i);
            write_records(path);
        }
    }
    lab_expect_process(r, pid);
    if (r->ssh) /* who writes how much is for its owner to see */
        lab_expect(r, "host");
    lab_stands(r);
    lab_stay();
}

/* ---- controls ---- */

/* A database that makes every record durable, fifty times a second, as it should. */
static void durable(struct lab_run *r)
{
    static char record[8192];
    char path[400];
    int fd;

    snprintf(path, sizeof(path), "%s/wal", r->dir);
    fd = open(path, O_WRONLY | O_CREAT | O_CLOEXEC, 0600);
    lab_name("database");
    lab_stands(r);
    for (int i = 0; fd >= 0; i++) {
        if (pwrite(fd, record, sizeof(record), (off_t)(i % 512) * 8192) < 0 || fdatasync(fd))
            break;
        lab_nap_ms(20);
    }
    lab_stay();
}

/* A snapshot of a volume holds its writers for a moment, every two seconds. */
static void short_freeze(struct lab_run *r)
{
    char where[300], path[400];

    lab_mount_ext4(r, 32 << 20, NULL, NULL, where, sizeof(where));
    snprintf(path, sizeof(path), "%s/journal", where);
    if (lab_fork() == 0) {
        int fd = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0600);

        lab_name("writer");
        for (int i = 0; fd >= 0; i++) {
            if (pwrite(fd, "x", 1, i % 4096) < 0)
                break;
            lab_nap_ms(10);
        }
        lab_stay();
    }
    lab_stands(r);
    for (;;) {
        lab_command(r, (const char *const[]){"fsfreeze", "-f", where, NULL});
        lab_nap_ms(150);
        lab_command(r, (const char *const[]){"fsfreeze", "-u", where, NULL});
        lab_nap_ms(2000);
    }
}

static const char *can_freeze(void)
{
    if (lab_can_mount())
        return lab_can_mount();
    return lab_has("fsfreeze") ? NULL : "no fsfreeze here";
}

static void thaw(const struct lab_run *r)
{
    char where[300];

    snprintf(where, sizeof(where), "%s/full", r->dir);
    lab_command(r, (const char *const[]){"fsfreeze", "-u", where, NULL});
}

const struct lab_fault io_faults[] = {
    {.id = "disk-slow",
     .family = "disk",
     .sentence = "users say it is slow",
     .kinds = "disk",
     .need = lab_can_slow_disk,
     .start = slow_disk,
     .ready = stood_3_s,
     .stop = lab_slow_disk_stop},
    {.id = "disk-saturated",
     .family = "disk",
     .sentence = "users say it is slow",
     .kinds = "disk",
     .need = lab_can_slow_disk,
     .start = busy_disk,
     .ready = stood_3_s,
     .stop = lab_slow_disk_stop},
    {.id = "disk-unwritten",
     .family = "disk",
     .sentence = "it hangs again and again",
     .kinds = "disk",
     .need = can_slow_writes,
     .start = unwritten,
     .ready = stood_3_s,
     .release = free_unwritten,
     .stop = end_unwritten},
    {.id = "disk-damaged",
     .family = "disk",
     .logged = true,
     .sentence = "something is odd since this morning",
     .kinds = "disk",
     .need = lab_can_mount,
     .start = damaged,
     .ready = stood_3_s,
     .stop = lab_unmount},
    {.id = "disk-fails",
     .family = "disk",
     .logged = true,
     .sentence = "orders are lost",
     .kinds = "disk|infrastructure",
     .need = lab_can_mount,
     .start = failing_disk,
     .ready = has_failed,
     .stop = lab_unmount},
    {.id = "disk-backup-alone",
     .family = "disk",
     .control = true,
     .sentence = "users say it is slow",
     .need = lab_can_slow_disk,
     .start = backup_alone,
     .ready = stood_3_s,
     .stop = lab_slow_disk_stop},
    {.id = "disk-durable",
     .family = "disk",
     .control = true,
     .sentence = "users say it is slow",
     .start = durable,
     .ready = stood_3_s},
    {.id = "disk-short-freeze",
     .family = "disk",
     .control = true,
     .sentence = "users say that it hangs",
     .need = can_freeze,
     .start = short_freeze,
     .release = thaw,
     .stop = lab_unmount},
    {.id = NULL},
};
