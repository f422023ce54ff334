/* storage.h - what the patterns of disks and filesystems share. */
#ifndef RUNBOOK_ENGINE_HOST_STORAGE_H
#define RUNBOOK_ENGINE_HOST_STORAGE_H

#include "pattern.h"
#include "several.h"

extern const struct host_limit storage_limits[]; /* ends with a NULL name */
#define STORAGE_LIMIT(at) hv_limit(v, &storage_limits[at])
#define SHARE_OF_ONE STORAGE_LIMIT(0)
#define SHARE_OF_MOST STORAGE_LIMIT(1)

#define MIB 1048576.0

bool st_tmpfs(const struct value *fs);
/* Is it asked, writable and large enough to matter? */
bool st_counts(struct host_view *v, const struct value *fs);
/* Does the question name it: by its mount, by a path that lies in it, or by its device? */
bool st_named(struct host_view *v, const struct value *fs);
/* One more of the filesystems that a pattern chooses from. The second name of one that counted
 * before (a bind mount) is left out, unless it is the name that the question uses. */
void st_choose(struct host_view *v, struct host_choice *c, const struct value *fs, double score);
const struct value *st_fs(struct host_view *v, const char *mount); /* NULL: not there */
/* The process with the most of `key` (a rate), above `least`, that is no thread of the kernel. */
const struct value *st_top_process(struct host_view *v, const char *key, double least);
double st_io_rate(const struct value *p); /* bytes a second from and to devices; 0 not known */
/* Another process than `p` and its children that waits for a device. */
const struct value *st_victim(struct host_view *v, const struct value *p);
const struct value *st_busiest_disk(struct host_view *v, double *ret_busy);
/* "process 42 (dd: dd if=...)" */
const char *st_process_text(struct host_view *v, const struct value *p);
/* Bytes of deleted files on a mount, of the process that holds most; NULL: none. */
const struct value *st_deleted_most(struct host_view *v, const char *mount, double *ret_bytes);
/* Reads the answer of host_disk_usage: who fills the filesystem, a file or a folder, and who is at
 * work there. `inodes`: by count of names, not by bytes. */
void st_read_usage(struct host_view *v, const struct host_culprit *c, const struct value *answer,
                   bool inodes, struct host_reading *r);
/* The same, but the file that is being written just now. */
void st_read_growing(struct host_view *v, const struct host_culprit *c, const struct value *answer,
                     struct host_reading *r);
const struct value *st_fs_of(struct host_view *v,
                             const char *path); /* it lies in; NULL not known */
/* Reads the answer of host_files: does the process still write, and which file grows most? */
struct st_writing {
    bool known;
    double moved, wrote; /* bytes a second: to and from devices, given to write() */
    const char *path;    /* of the file that grows fastest, or NULL */
    double rate;         /* of that file */
};
struct st_writing st_read_files(const struct value *answer);
/* A culprit that is a process and followed by host_files. */
struct host_culprit st_process_culprit(struct host_view *v, const struct value *p,
                                       const char *statement, const char *evidence);

#endif
