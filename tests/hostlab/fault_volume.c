/* fault_volume.c - faults of what disks are made of and shared by: quotas, arrays that lost a disk,
 * pools of thin volumes that are full; and the same in health. */
#include "lab.h"

#include <fcntl.h>
#include <stdio.h>
#include <sys/quota.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <unistd.h>

#define LAB_USER 64323 /* of no account */

static const char *can_quota(void)
{
    if (lab_can_mount())
        return lab_can_mount();
    if (access("/proc/sys/fs/quota", F_OK))
        return "this kernel keeps no quotas";
    return lab_has("repquota") ? NULL : "no repquota here, which tells them";
}

static void quota(struct lab_run *r)
{
    struct dqblk limits = {
        .dqb_bhardlimit = 2048, .dqb_bsoftlimit = 1024, .dqb_valid = QIF_BLIMITS};
    char where[300], path[400], dev[80], name[64];
    static char block[65536];

    if (!lab_try_ext4(r, 32 << 20, (const char *const[]){"-O", "quota", NULL}, "usrquota", where,
                      sizeof(where)))
        lab_skip(r, "this kernel mounts no ext4 with quotas");
    if (!lab_mount_device(where, name, sizeof(name)))
        lab_skip(r, "its loop device is not known");
    snprintf(dev, sizeof(dev), "/dev/%s", name);
    quotactl(QCMD(Q_QUOTAON, USRQUOTA), dev, 2, NULL); /* with the feature it may be on already */
    if (quotactl(QCMD(Q_SETQUOTA, USRQUOTA), dev, LAB_USER, (char *)&limits))
        lab_skip(r, "no quota can be set here");
    chmod(where, 0777);
    snprintf(path, sizeof(path), "%s/mailbox", where);
    lab_expect(r, "quota:#%d", LAB_USER);
    if (lab_fork() == 0) {
        int fd = open(path, O_WRONLY | O_CREAT | O_CLOEXEC, 0666);

        if (fchown(fd, LAB_USER, LAB_USER) || setresgid(LAB_USER, LAB_USER, LAB_USER) ||
            setresuid(LAB_USER, LAB_USER, LAB_USER))
            _exit(1);
        lab_name("mailbox");
        for (;;) {
            if (write(fd, block, sizeof(block)) < 0)
                lab_nap_ms(200);
        }
    }
    lab_nap_ms(500);
    lab_stands(r);
    lab_stay();
}

static const char *can_raid(void)
{
    if (lab_can_mount())
        return lab_can_mount();
    if (access("/proc/mdstat", R_OK))
        return "this kernel has no driver for arrays of disks (no /proc/mdstat)";
    return lab_has("mdadm") && lab_has("losetup") ? NULL : "no mdadm here";
}

/* An array of two of which one never came. */
static void raid(struct lab_run *r)
{
    char line[700], name[32];

    snprintf(name, sizeof(name), "md%d", 100 + (int)(getpid() % 20));
    snprintf(line, sizeof(line),
             "truncate -s 32M %s/disk.img && d=$(losetup -f --show %s/disk.img) && "
             "echo $d >%s/loop && mdadm --create /dev/%s --run --level=1 --metadata=1.2 "
             "--raid-devices=2 $d missing && echo /dev/%s >%s/array",
             r->dir, r->dir, r->dir, name, name, r->dir);
    if (lab_command(r, (const char *const[]){"sh", "-c", line, NULL}))
        lab_skip(r, "no array can be made here");
    lab_expect(r, "raid:%s", name);
    lab_stands(r);
    lab_stay();
}

static void end_raid(const struct lab_run *r)
{
    char line[400];

    snprintf(line, sizeof(line),
             "cd %s && [ -e array ] && mdadm --stop \"$(cat array)\"; "
             "[ -e loop ] && losetup -d \"$(cat loop)\"",
             r->dir);
    lab_command(r, (const char *const[]){"sh", "-c", line, NULL});
}

static const char *can_pool(void)
{
    if (!lab_root())
        return "only root can make a pool of thin volumes";
    if (access("/sys/class/misc/device-mapper", F_OK))
        return "this kernel has no device mapper, and so no thin volumes";
    return lab_has("dmsetup") && lab_has("losetup") ? NULL : "no dmsetup here";
}

/* A pool of 16 MB with a volume that claims 64 MB and is written until nothing is left. */
static void pool(struct lab_run *r)
{
    char line[1200];

    snprintf(line, sizeof(line),
             "cd %s && truncate -s 4M meta.img && truncate -s 16M data.img && "
             "m=$(losetup -f --show meta.img) && echo $m >loops && "
             "d=$(losetup -f --show data.img) && echo $d >>loops && "
             "dmsetup create %s --table \"0 32768 thin-pool $m $d 128 0 1 error_if_no_space\" && "
             "dmsetup message %s 0 'create_thin 0' && "
             "dmsetup create %s-v --table \"0 131072 thin /dev/mapper/%s 0\" && "
             "{ dd if=/dev/zero of=/dev/mapper/%s-v bs=1M count=32 oflag=direct; true; }",
             r->dir, r->tag, r->tag, r->tag, r->tag, r->tag);
    if (lab_command(r, (const char *const[]){"sh", "-c", line, NULL}))
        lab_skip(r, "no pool of thin volumes can be made here");
    lab_expect(r, "pool:%s", r->tag);
    lab_stands(r);
    lab_stay();
}

static void end_pool(const struct lab_run *r)
{
    char line[600];

    snprintf(line, sizeof(line),
             "cd %s && dmsetup remove %s-v; dmsetup remove %s; "
             "[ -e loops ] && xargs -n 1 losetup -d <loops",
             r->dir, r->tag, r->tag);
    lab_command(r, (const char *const[]){"sh", "-c", line, NULL});
}

static const char *can_layers(void)
{
    return can_raid() ? can_raid() : can_pool() ? can_pool() : can_quota();
}

/* An array with both members, a pool that is hardly used, a quota with room. */
static void layers_fine(struct lab_run *r)
{
    struct dqblk limits = {.dqb_bhardlimit = 16384, .dqb_valid = QIF_BLIMITS};
    char where[300], dev[80], name[64], line[1600];

    snprintf(line, sizeof(line),
             "cd %s && truncate -s 32M a.img b.img && truncate -s 4M meta.img && "
             "truncate -s 16M data.img && a=$(losetup -f --show a.img) && "
             "b=$(losetup -f --show b.img) && m=$(losetup -f --show meta.img) && "
             "d=$(losetup -f --show data.img) && printf '%%s\\n' $m $d >loops && echo $a >loop && "
             "mdadm --create /dev/md90 --run --level=1 --metadata=1.2 --raid-devices=2 $a $b && "
             "echo /dev/md90 >array && mdadm --wait /dev/md90; "
             "dmsetup create %s --table \"0 32768 thin-pool $m $d 128 0 1 error_if_no_space\" && "
             "dmsetup message %s 0 'create_thin 0'",
             r->dir, r->tag, r->tag);
    if (lab_command(r, (const char *const[]){"sh", "-c", line, NULL}))
        lab_skip(r, "no array or pool can be made here");
    if (!lab_try_ext4(r, 32 << 20, (const char *const[]){"-O", "quota", NULL}, "usrquota", where,
                      sizeof(where)) ||
        !lab_mount_device(where, name, sizeof(name)))
        lab_skip(r, "this kernel mounts no ext4 with quotas");
    snprintf(dev, sizeof(dev), "/dev/%s", name); /* with the feature they are on already */
    if (quotactl(QCMD(Q_SETQUOTA, USRQUOTA), dev, LAB_USER, (char *)&limits))
        lab_skip(r, "no quota can be set here");
    snprintf(line, sizeof(line), "%s/mailbox", where);
    if (lab_write(line, "mail\n") && chown(line, LAB_USER, LAB_USER) == 0)
        lab_stands(r);
    lab_stay();
}

static void end_layers(const struct lab_run *r)
{
    lab_unmount(r);
    end_pool(r);
    end_raid(r);
}

const struct lab_fault volume_faults[] = {
    {.id = "disk-quota",
     .family = "disk",
     .sentence = "one user cannot save",
     .kinds = "disk",
     .need = can_quota,
     .start = quota,
     .stop = lab_unmount},
    {.id = "disk-raid",
     .family = "disk",
     .sentence = "users say it is slow",
     .kinds = "disk",
     .need = can_raid,
     .start = raid,
     .stop = end_raid},
    {.id = "disk-thin-pool",
     .family = "disk",
     .sentence = "nothing gets saved any more",
     .kinds = "disk",
     .need = can_pool,
     .start = pool,
     .stop = end_pool},
    {.id = "disk-layers",
     .family = "disk",
     .control = true,
     .sentence = "users say that it is slow",
     .need = can_layers,
     .start = layers_fine,
     .stop = end_layers},
    {.id = NULL},
};
