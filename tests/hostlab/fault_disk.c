/* fault_disk.c - faults of filesystems and disks: loop devices in the lab's own mount namespace. */
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "lab.h"

static const char *can_mount(void)
{
    if (!lab_root())
        return "only root can mount a loop device";
    return lab_has("mkfs.ext4") ? NULL : "no mkfs.ext4 here";
}

/* An ext4 of `bytes` mounted on dir/full. */
static void mount_image(struct lab_run *r, off_t bytes, char *where, size_t size)
{
    char image[300];
    int fd;

    snprintf(image, sizeof(image), "%s/disk.img", r->dir);
    snprintf(where, size, "%s/full", r->dir);
    fd = open(image, O_RDWR | O_CREAT | O_CLOEXEC, 0600);
    if (fd < 0 || ftruncate(fd, bytes) || mkdir(where, 0755))
        lab_skip(r, "no room for %s", image);
    close(fd);
    if (lab_command(r, (const char *const[]){"mkfs.ext4", "-q", "-F", image, NULL}) ||
        lab_command(r, (const char *const[]){"mount", "-o", "loop", image, where, NULL}))
        lab_skip(r, "a loop device cannot be mounted here");
    chmod(where, 0755);
}

static void unmount(const struct lab_run *r)
{
    char where[300];

    snprintf(where, sizeof(where), "%s/full", r->dir);
    lab_command(r, (const char *const[]){"umount", where, NULL});
}

static void fill(struct lab_run *r)
{
    static char block[65536];
    char where[300], path[400];
    int fd;

    mount_image(r, 24 << 20, where, sizeof(where));
    snprintf(path, sizeof(path), "%s/huge.log", where);
    fd = open(path, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0644);
    memset(block, 'x', sizeof(block));
    while (write(fd, block, sizeof(block)) > 0)
        ;
    fsync(fd);
    lab_expect(r, "file:%s", path);
    lab_stands(r);
    lab_stay();
}

const struct lab_fault disk_faults[] = {
    {.id = "disk-full",
     .family = "disk",
     .sentence = "nothing gets saved any more",
     .kinds = "disk",
     .need = can_mount,
     .start = fill,
     .stop = unmount},
    {.id = NULL},
};
