/* host_storage.h - what a collection says of storage, beside filesystems and disks: open files that
 * grow, deleted ones that stay, mounts that are missing or hang, arrays, pools and quotas. Part of
 * host.h. */
#ifndef RUNBOOK_SERVICE_HOST_STORAGE_H
#define RUNBOOK_SERVICE_HOST_STORAGE_H

#include <stdbool.h>
#include <stdint.h>

/* A regular file that a process has open; also one without a name any more. */
struct host_open_file {
    int32_t pid;
    const char *comm; /* NULL not known */
    const char *path;
    const char *mount; /* it lies in, or NULL */
    double size_bytes, disk_bytes;
    double rate;      /* bytes a second it grew by; NAN when seen once */
    int64_t mtime_ms; /* 0 not known */
    bool append;      /* opened to be appended to, as logs are */
    bool deleted;
    uint64_t dev, inode;
};

/* A file below /var/log at both ends of the window. */
struct host_log_size {
    const char *path;
    double size_bytes, rate;
};

enum host_mount_trouble {
    MOUNT_MISSING, /* fstab names it, and it is not mounted */
    MOUNT_HUNG,    /* a probe did not come back */
    MOUNT_STALE,   /* a probe came back with an error */
    MOUNT_RO,      /* read-only, and fstab says otherwise */
};
struct host_mount {
    enum host_mount_trouble trouble;
    const char *mount, *device, *type, *detail;
    bool optional; /* nofail */
};

struct host_raid {
    const char *name, *level, *members; /* "[U_]" */
    int wanted, active;
    const char *failed; /* members marked (F), or "" */
    bool rebuilding;
};

struct host_thin_pool {
    const char *name;
    double data_used, meta_used; /* 0-1 */
    bool read_only, failed;
};

struct host_quota {
    const char *who, *device;
    bool group;
    double used_bytes, soft_bytes, hard_bytes; /* 0: no limit */
    double files, files_soft, files_hard;
};

#endif
