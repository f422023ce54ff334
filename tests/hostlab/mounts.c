/* mounts.c - filesystems on loop devices, in the lab's own mount namespace, and the disk below them
 * made slow: what a control group may do to the disk that the image lies on is limited, and a loop
 * device that passes requests on directly answers as late as that. */
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <unistd.h>

#include "lab.h"

const char *lab_can_mount(void)
{
    if (!lab_root())
        return "only root can mount a loop device";
    return lab_has("mkfs.ext4") ? NULL : "no mkfs.ext4 here";
}

static void image_path(const struct lab_run *r, char *path, size_t size)
{
    snprintf(path, size, "%s/disk.img", r->dir);
}

bool lab_try_ext4(struct lab_run *r, off_t bytes, const char *const *extra, const char *opts,
                  char *where, size_t size)
{
    const char *argv[12] = {"mkfs.ext4", "-q", "-F"};
    char image[300], options[100];
    int n = 3, fd;

    image_path(r, image, sizeof(image));
    snprintf(where, size, "%s/full", r->dir);
    fd = open(image, O_RDWR | O_CREAT | O_CLOEXEC, 0600);
    if (fd < 0 || (lseek(fd, 0, SEEK_END) < bytes && ftruncate(fd, bytes)) || mkdir(where, 0755))
        lab_skip(r, "no room for %s", image);
    close(fd);
    for (; extra && *extra && n < 10; extra++)
        argv[n++] = *extra;
    argv[n] = image;
    snprintf(options, sizeof(options), "loop%s%s", opts ? "," : "", opts ? opts : "");
    if (lab_command(r, argv) ||
        lab_command(r, (const char *const[]){"mount", "-o", options, image, where, NULL}))
        return false;
    return chmod(where, 0755) == 0;
}

void lab_mount_ext4(struct lab_run *r, off_t bytes, const char *const *extra, const char *opts,
                    char *where, size_t size)
{
    if (!lab_try_ext4(r, bytes, extra, opts, where, size))
        lab_skip(r, "a loop device cannot be mounted here");
}

void lab_unmount(const struct lab_run *r)
{
    char where[300];

    snprintf(where, sizeof(where), "%s/full", r->dir);
    lab_command(r, (const char *const[]){"umount", where, NULL});
}

bool lab_mount_device(const char *where, char *name, size_t size)
{
    static char text[65536];
    char *save = NULL;

    if (!lab_read("/proc/self/mounts", text, sizeof(text)))
        return false;
    for (char *line = strtok_r(text, "\n", &save); line; line = strtok_r(NULL, "\n", &save)) {
        char *at = strchr(line, ' ');
        size_t n = strlen(where);

        if (at && strncmp(line, "/dev/", 5) == 0 && strncmp(at + 1, where, n) == 0 &&
            at[1 + n] == ' ') {
            *at = '\0';
            snprintf(name, size, "%s", line + 5);
            return true;
        }
    }
    return false;
}

/* ---- a disk that does only so many requests a second ---- */

/* The control group's name of the controller: "blkio" of v1, "io" of v2; NULL: none. */
static const char *disk_controller(void)
{
    char dir[600];
    const char *name;

    if (lab_cgroup_path("x", "blkio", dir, sizeof(dir), &name) && !lab_cgroup_v2("blkio"))
        return "blkio";
    return lab_cgroup_v2("io") ? "io" : NULL;
}

/* The whole disk that `path` lies on, "254:0"; false: it lies on none. */
static bool disk_of(const char *path, char *number, size_t size)
{
    char file[128], text[32];
    struct stat st;

    if (stat(path, &st) || major(st.st_dev) == 0)
        return false;
    snprintf(file, sizeof(file), "/sys/dev/block/%u:%u/partition", major(st.st_dev),
             minor(st.st_dev));
    snprintf(number, size, "%u:%u", major(st.st_dev), minor(st.st_dev));
    if (access(file, F_OK))
        return true;
    snprintf(file, sizeof(file), "/sys/dev/block/%u:%u/../dev", major(st.st_dev), minor(st.st_dev));
    if (!lab_read(file, text, sizeof(text)))
        return false;
    text[strcspn(text, "\n")] = '\0';
    snprintf(number, size, "%s", text);
    return true;
}

const char *lab_can_slow_disk(void)
{
    const char *tmp = getenv("TMPDIR");
    char number[32];

    if (lab_can_mount())
        return lab_can_mount();
    if (!disk_controller())
        return "no control group here limits what is asked of a disk";
    if (!lab_has("losetup"))
        return "no losetup here";
    return disk_of(tmp && *tmp ? tmp : "/tmp", number, sizeof(number))
               ? NULL
               : "the scratch folder lies on no disk that could be slowed";
}

static bool limit(const char *dir, const char *disk, int iops)
{
    char text[128];

    if (lab_cgroup_v2("io")) {
        snprintf(text, sizeof(text), "%s riops=%d wiops=%d", disk, iops, iops);
        return lab_cgroup_set(dir, "io.max", text);
    }
    snprintf(text, sizeof(text), "%s %d", disk, iops);
    return lab_cgroup_set(dir, "blkio.throttle.read_iops_device", text) &&
           lab_cgroup_set(dir, "blkio.throttle.write_iops_device", text);
}

static void write_out(struct lab_run *r, const char *path, size_t bytes)
{
    static char block[1 << 20];
    int fd = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0644);

    memset(block, 'i', sizeof(block)); /* a hole would be answered without the disk */
    for (size_t done = 0; fd >= 0 && done < bytes; done += sizeof(block)) {
        if (write(fd, block, sizeof(block)) != (ssize_t)sizeof(block))
            lab_skip(r, "no room for %s", path);
    }
    if (fd < 0 || fsync(fd))
        lab_skip(r, "no room for %s", path);
    close(fd);
}

void lab_slow_disk(struct lab_run *r, int iops, struct lab_slow *ret)
{
    char image[300], dev[80], group[600], disk[32];
    const char *name;

    image_path(r, image, sizeof(image));
    write_out(r, image, LAB_SLOW_BYTES);
    lab_mount_ext4(r, LAB_SLOW_BYTES, (const char *const[]){"-E", "nodiscard", NULL}, NULL,
                   ret->where, sizeof(ret->where));
    if (!lab_mount_device(ret->where, ret->name, sizeof(ret->name)))
        lab_skip(r, "its loop device is not known");
    snprintf(dev, sizeof(dev), "/dev/%s", ret->name);
    snprintf(ret->data, sizeof(ret->data), "%s/data", ret->where);
    if (lab_command(r, (const char *const[]){"losetup", "--direct-io=on", dev, NULL}))
        lab_skip(r, "a loop device cannot pass its requests on directly here");
    write_out(r, ret->data, LAB_SLOW_DATA);
    if (!disk_of(r->dir, disk, sizeof(disk)) ||
        !lab_cgroup_make(r, disk_controller(), group, sizeof(group), &name) ||
        !limit(group, disk, iops) || !lab_cgroup_enter(group))
        lab_skip(r, "the disk of %s cannot be limited here", r->dir);
}

void lab_slow_disk_stop(const struct lab_run *r)
{
    lab_unmount(r);
    if (disk_controller())
        lab_cgroup_stop(r, disk_controller());
}
