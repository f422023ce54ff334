/* fault_stall.c - a disk that takes requests and answers none: a loop device whose image lies on a
 * filesystem that is frozen. */
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "lab.h"

static const char *can_stall(void)
{
    if (lab_can_mount())
        return lab_can_mount();
    return lab_has("fsfreeze") && lab_has("losetup") ? NULL : "no fsfreeze here";
}

static bool shell(const struct lab_run *r, const char *what)
{
    char line[600];

    snprintf(line, sizeof(line), "cd %s && %s", r->dir, what);
    return lab_command(r, (const char *const[]){"sh", "-c", line, NULL}) == 0;
}

/* One write that never ends. */
static _Noreturn void write_through(const char *dev)
{
    void *block = NULL;
    int fd = open(dev, O_WRONLY | O_DIRECT | O_CLOEXEC);

    lab_name("database");
    if (fd < 0 || posix_memalign(&block, 4096, 4096))
        lab_stay();
    memset(block, 0, 4096);
    for (off_t i = 1;; i++) {
        if (pwrite(fd, block, 4096, i * 4096) < 0)
            lab_nap_ms(100);
    }
}

static void hanging_disk(struct lab_run *r)
{
    char where[300], path[300], name[64] = "";

    lab_mount_ext4(r, 48 << 20, NULL, NULL, where, sizeof(where));
    if (!shell(r,
               "truncate -s 16M full/volume.img && losetup -f --show full/volume.img >volume && "
               "dd if=/dev/zero of=\"$(cat volume)\" bs=4k count=1 oflag=direct && sync -f full"))
        lab_skip(r, "a second loop device cannot be made here");
    snprintf(path, sizeof(path), "%s/volume", r->dir);
    if (!lab_read(path, name, sizeof(name)) || strncmp(name, "/dev/", 5) != 0)
        lab_skip(r, "its loop device is not known");
    name[strcspn(name, "\n")] = '\0';
    if (!shell(r, "fsfreeze -f full"))
        lab_skip(r, "a filesystem cannot be frozen here");
    if (lab_fork() == 0)
        write_through(name);
    lab_expect(r, "disk:%s", name + strlen("/dev/"));
    lab_stands(r);
    lab_stay();
}

static bool stood_2_s(const struct lab_run *r)
{
    return lab_stood_ms(r, 2000);
}

static void thaw(const struct lab_run *r)
{
    shell(r, "fsfreeze -u full");
}

static void end_volume(const struct lab_run *r)
{
    shell(r, "[ -e volume ] && losetup -d \"$(cat volume)\"");
    lab_unmount(r);
}

const struct lab_fault stall_faults[] = {
    {.id = "disk-hangs",
     .family = "disk",
     .sentence = "nothing gets saved any more",
     .kinds = "disk",
     .need = can_stall,
     .start = hanging_disk,
     .ready = stood_2_s,
     .release = thaw,
     .stop = end_volume},
    {.id = NULL},
};
