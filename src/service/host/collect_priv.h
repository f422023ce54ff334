/* collect_priv.h - how bundles come into being: in C for this machine, by a script elsewhere. */
#ifndef RUNBOOK_SERVICE_HOST_COLLECT_PRIV_H
#define RUNBOOK_SERVICE_HOST_COLLECT_PRIV_H

#include "runbook/service/host.h"

#define HOST_TOKEN_LEN 40
#define DELETED_MIN_BYTES (1 << 20) /* of a deleted file that is worth a line */

struct pid_sample {
    int32_t pid, ppid;
    char state;
    uint64_t ticks, rss_pages;
    int64_t threads, fds;
    int32_t session;
    uint32_t name;           /* a hash */
    bool user;               /* no kernel thread and not dead */
    int children;            /* zombies, and those that are younger than the window */
    int kids;                /* all of them */
    int same;                /* session leaders with its name, when it is one */
    uint64_t moved, written; /* bytes of /proc/PID/io; 0 where it may not be read */
};

/* One local collection. Its steps run on worker threads, one after another, and touch nothing else.
 */
struct local {
    struct host_request req; /* strings owned by the pool's entry */
    const char *root;        /* "/" in the program */
    char token[HOST_TOKEN_LEN + 1];
    struct buf out;              /* the bundle */
    struct buf scratch;          /* one file */
    _Atomic int64_t deadline_ms; /* monotonic; set to 0 from the loop's thread to give up */
    VEC(struct pid_sample) pids[2];
    int samples; /* WATCH: taken so far */
};

void local_init(struct local *l);
void local_release(struct local *l);
int64_t local_now_ms(void);
bool local_is_real(const struct local *l); /* the root is "/": syscalls tell of the same machine */
void local_snapshot_phase(struct local *l, int phase);
void local_watch_sample(struct local *l);
void local_watch_end(struct local *l);
void local_disk(struct local *l);
void local_probe(struct local *l);
void local_resolve(struct local *l);
void local_log(struct local *l);
void local_changes(struct local *l);
void local_conf(
    struct local *l); /* the sections that every bundle has: conf, clock, uptime, since */

/* For the local_*.c files. */
void local_section(struct local *l, const char *name, int phase, enum err_code code);
int local_open(const struct local *l, const char *path,
               int flags);                                 /* below the root; -1 and errno */
char *local_path(const struct local *l, const char *path); /* below the root; the caller frees */
/* Read `path` (below the root) as a section named by its path, or `name`. False when it failed. */
bool local_file(struct local *l, const char *name, const char *path, int phase, size_t max);
/* One file of a process, of less than a page: one read instead of two, which counts when there are
 * 20,000 of them. False: it ended, or it may not be read (then errno). */
bool local_small(int dir_fd, const char *path, struct buf *out);
void local_tail(struct local *l, const char *name, const char *path, size_t max);
/* fn for each regular file below the folder `path`, at most 20,000. */
struct stat;
typedef void local_file_fn(void *ctx, const char *path, const struct stat *st);
void local_each_file(struct local *l, const char *path, int depth, local_file_fn *fn, void *ctx);
/* "conns" of both phases; "listen", "timewait", "unix" and "sockets" (owners) at the end. */
void local_sockets(struct local *l, int phase);
/* "listen" and "sockets" only; the latter until each listener's first holder is known. */
void local_listeners(struct local *l);
void local_kmsg(struct local *l); /* "dmesg" */
void local_cgroups(struct local *l, int phase);
void local_processes(struct local *l, int phase);
void local_top_processes(struct local *l);
void local_frequency(struct local *l, int phase);
/* Filesystems, process I/O and the wall clock at both ends; fstab, mdstat, boots at the last. */
void local_storage(struct local *l, int phase);
/* Errors that filesystems count, at both ends; limits of devices for unwritten data at the last. */
void local_fs_state(struct local *l, int phase);
/* Processes whose command line names a mount of fstab that is not there. */
int local_missing_mounts(struct local *l, int32_t *pids, int max);
void local_log_sizes(struct local *l, int phase); /* files below /var/log that were just written */
/* "written": the regular files that these processes have open for writing. */
void local_written(struct local *l, const int32_t *pids, int count, int phase);
/* One descriptor whose link reads `target`: a line to `out` when it holds a deleted file. */
void local_deleted_fd(struct buf *out, int fd_dir, const char *name, int32_t pid,
                      struct str target);
void local_writers(struct local *l); /* the same of those that write most; pids are sorted */
void local_files(struct local *l, int phase); /* HOST_FILES */
/* fn for each numeric folder of /proc; false stops. */
void local_each_pid(struct local *l, bool (*fn)(void *ctx, int proc_fd, int32_t pid), void *ctx);

/* The POSIX sh script for a request; `commands_only` is what the local collector cannot do in C.
 * Returns false when there is nothing to run. */
bool script_make(struct buf *out, const struct host_request *req, const char *token,
                 bool commands_only);

extern const char script_services[]; /* for HOST_SERVICES */
/* Parts of it, in script_storage.c. */
extern const char script_storage_functions[], script_storage_once[], script_storage_commands[],
    script_disk[], script_files[], script_changes[], script_changes_commands[];

#endif
