/* host.h - a Linux machine, this one or one behind OpenSSH, seen without an agent.
 * A collection is bytes: a *bundle* of named sections (a file's content, a command's output, or why
 * it could not be read), made in C on the thread pool for "local" and by one POSIX sh script for a
 * machine behind ssh. Parsers are pure functions from a bundle to plain structs, so recorded
 * bundles are test data and hostile ones are fuzzed. What could not be read is a gap of the result,
 * not an error. Nothing is written on the machine that is looked at. */
#ifndef RUNBOOK_SERVICE_HOST_H
#define RUNBOOK_SERVICE_HOST_H

#include <stdbool.h>
#include <stdint.h>

#include "runbook/base/arena.h"
#include "runbook/base/err.h"
#include "runbook/base/str.h"
#include "runbook/base/vec.h"
#include "runbook/loop/loop.h"
#include "runbook/service/host_storage.h"

#define HOST_LOCAL "local"
#define HOST_BUNDLE_MAX ((size_t)64 << 20) /* bytes of one bundle */

/* ---- collecting ---- */

struct host_pool; /* opaque: machines by name; "local" is always there */

struct host_options {
    const char *root; /* of the local machine's /proc, /sys, /etc ...; NULL: "/". For tests */
    const char *ssh_program; /* NULL: "ssh" */
    const char *ssh_config;  /* ssh -F; NULL: the user's own */
    int max_sessions;        /* ssh at a time; 0: 4 */
    int connect_s;           /* ssh ConnectTimeout; 0: 10 */
    bool keep_quiet;         /* HOST_SERVICES is refused: listeners are not spoken to */
    int requests_per_minute; /* to one machine, over ssh; 0: 240. More are ERR_AGAIN */
    int64_t idle_ms;         /* an open connection that rests is closed; 0: 30 minutes */
};

enum host_what {
    HOST_SNAPSHOT, /* everything that is cheap, sampled twice `window_ms` apart */
    HOST_WATCH,    /* one process (`pid`), sampled `samples` times over `window_ms` */
    HOST_DISK,     /* the largest files below the mount `path`, and who holds them open */
    HOST_LOG,      /* recent lines of the kernel, the journal, or of the log files */
    HOST_FILES,    /* what process `pid` and its children write, and which files grow by it */
    HOST_PROBE,    /* connect to `path` (an address) and `port`, and close */
    HOST_RESOLVE,  /* ask the name servers of `path`, blanks between */
    HOST_CHANGES,  /* packages and configuration files that changed in `since_ms` */
    HOST_SERVICES, /* what its listeners say when they are spoken to: host_services.h */
};

struct host_request {
    enum host_what what;
    const char *host; /* "local", or a name for ssh */
    int64_t window_ms;
    int64_t timeout_ms; /* of the whole collection; 0: window + 20 s */
    int64_t since_ms;   /* LOG, CHANGES: how far back */
    int32_t pid;        /* WATCH, FILES */
    int port;           /* PROBE; SERVICES: this listener only, 0: all */
    int samples;        /* WATCH: 2-60 */
    const char *path;   /* DISK: an absolute path; LOG: one more file to read, or NULL */
    int64_t min_bytes;  /* DISK: smaller files are only counted */
};

/* `bundle` is borrowed during the call; empty when *err is set. */
typedef void host_done_fn(void *ctx, struct str bundle, const struct err *err);

struct host_pool *host_pool_new(struct loop *l, const struct host_options *opts);
/* Collections under way end without their callback. */
void host_pool_free(struct host_pool *p);
/* Begin; `done` comes exactly once, never from inside this call. 0 is never returned. */
uint64_t host_collect(struct host_pool *p, const struct host_request *req, host_done_fn *done,
                      void *ctx);
void host_cancel(struct host_pool *p, uint64_t id); /* its `done` is not called any more */
/* Is it a name that may be handed to ssh: no leading "-", no blanks or control characters? */
bool host_name_ok(struct str name);

/* ---- bundles ---- */

struct host_section {
    struct str name;   /* "proc/stat", "pid/42/cmdline" */
    int phase;         /* 0: at the start of the window, 1: at its end */
    enum err_code err; /* ERR_OK, ERR_DENIED, ERR_NOT_FOUND, ERR_LIMIT, ERR_TIMEOUT, ERR_IO */
    struct str data;
};

struct host_bundle {
    VEC(struct host_section) sections; /* borrow from the bytes */
    bool complete;                     /* the end mark was there */
};

/* ERR_INPUT when `bytes` is no bundle at all; a cut bundle is read as far as it goes. */
enum err_code host_bundle_read(struct host_bundle *b, struct str bytes, struct err *err);
void host_bundle_release(struct host_bundle *b);
/* The first section of that name and phase, or NULL. */
const struct host_section *host_bundle_find(const struct host_bundle *b, const char *name,
                                            int phase);

/* Writing one: a header line, then any number of sections, then the end. `token` separates and must
 * not be guessable by what is collected (at least 32 random characters, no blanks). */
void host_bundle_begin(struct buf *out, const char *token);
void host_bundle_section(struct buf *out, const char *token, const char *name, int phase,
                         enum err_code err);
void host_bundle_end(struct buf *out, const char *token);

/* ---- what a bundle says ----
 * Strings are valid for the arena's life, without control characters. A rate is per second over the
 * window. NAN and -1 stand for "not known". */

struct host_gap {
    const char *what, *why;
    enum err_code code;
};

struct host_cpu {
    double user, system, irq, iowait, steal, idle; /* shares of the time, 0-1 */
    double softirq, nice;                          /* part of irq; part of user */
    double busy;                                   /* user + system + irq */
};

struct host_psi {
    bool known;
    double some, full;             /* share of the window that was lost */
    double some_avg10, full_avg10; /* 0-1 */
};

struct host_process {
    int32_t pid, ppid;
    char state; /* R S D Z T I ... */
    bool kernel;
    const char *comm;
    const char *cmdline; /* NULL when not looked at: only for the top ones */
    const char *cgroup;  /* NULL as above */
    const char *wchan;   /* where it waits, for one in state D; or NULL */
    int64_t uid;         /* -1 not known */
    int threads, nice;
    double cpu;      /* cores: 1.0 is one whole core */
    double tree_cpu; /* with its children, also those that ended in the window */
    double cpu_mean; /* cores over its whole life */
    double age_s;
    double majflt_rate;
    double rss_bytes, rss_rate; /* rss_rate: bytes per second */
    double vm_bytes, vm_rate, data_bytes, swap_bytes;
    double as_limit, data_limit; /* bytes; INFINITY: none; NAN: not known */
    int64_t fds, fd_limit;       /* -1 not known */
    bool fresh;                  /* started within the window */
    double user_cpu, system_cpu; /* cores */
    double reaped_cpu;           /* of its children that ended in the window */
    double children_s;           /* processor time of all its children that ended, ever */
    double wait;                 /* share of the window its first thread waited for a processor */
    double slices;               /* how often a second that thread got one */
    double fd_rate, thread_rate; /* a second */
    int32_t session;             /* its session's leader */
    bool tty;                    /* has a controlling terminal */
    int core, policy;            /* where it ran last; SCHED_* */
    int children, zombies, fresh_children, stopped_children;
    double age_of_youngest; /* child; NAN without */
    const char *allowed;    /* processors it may use, "0-3"; NULL not known */
    double task_limit;      /* RLIMIT_NPROC of its user; INFINITY: none */
    double tasks_of_user;   /* threads of all processes of its user; NAN not known */
    const char *cpu_group;  /* its control group for processor time, when it is another one */
    const char *pids_group; /* the same for the number of processes */
    int same;               /* sessions with the same command line and user, itself included */
    const char *files[8];   /* what it has open, when it is stuck in the kernel */
    int file_count;
    int64_t tracer; /* who traces it; 0: nobody */
    /* Bytes a second from and to devices, and given to write(); NAN: /proc/PID/io not readable. */
    double read_bps, write_bps, wrote_bps, write_calls;
    const char *exe; /* NULL as cmdline */
    bool exe_deleted;
    bool waited; /* in state D at either end of the window */
};

/* A source of interrupts, the loudest first. */
struct host_irq {
    const char *name; /* "NET_RX", "36 virtio1-req.0" */
    bool soft;
    int cpu;            /* that took most of them */
    double rate, share; /* a second over all processors; share of that one */
};

/* A segment of System V shared memory. */
struct host_shm {
    int64_t id, key, creator, attached;
    double bytes;
};

/* Somebody waits for a file lock that somebody else holds. */
struct host_lock {
    int32_t holder, waiter;
    const char *type; /* FLOCK, POSIX */
    uint64_t inode;
};

/* A child that has just started below a process that has not: started again, or one of many. */
struct host_restart {
    int32_t pid, child; /* who starts it */
    const char *comm, *child_comm;
    double age_s, child_age_s;
    int ended; /* children of that name that ended within the window */
    bool gone; /* it was one of them, and none runs now */
};

struct host_fs {
    const char *mount, *device, *type;
    bool read_only, known; /* known: statvfs answered */
    double total_bytes, free_bytes, avail_bytes;
    double inodes, inodes_free;
    double used;                     /* 0-1 as df shows it: of what users may have */
    double inodes_used;              /* 0-1; 0 without inodes */
    double growth_bps, inode_growth; /* a second; NAN when asked once */
    const char *options, *fstab;     /* fstab: its options there, or NULL */
    const char *disk;                /* the kernel's name of the device, "dm-0"; NULL: none */
    /* What ext4 keeps of it; NAN not known. The time of an error is kept on the disk. */
    double errors, error_rate, warning_rate, error_age_s, first_error_age_s;
};

struct host_disk {
    const char *name;
    double busy; /* 0-1 of the time with a request under way */
    double read_bps, write_bps, iops;
    double await_ms; /* mean time of a request */
    double in_flight;
    bool stalled; /* requests under way at both ends of the window, and none was answered */
    double flush_rate, flush_ms; /* cache flushes a second, and their mean time; NAN not known */
    double dirty_limit; /* bytes that may be unwritten, where that is its own limit; else NAN */
};

struct host_nic {
    const char *name;
    double rx_bps, tx_bps, rx_pps, tx_pps;
    double rx_errors, tx_errors, rx_drops, tx_drops; /* a second */
};

struct host_listener {
    const char *proto; /* tcp, tcp6 */
    const char *addr;
    int port;
    int64_t queue, backlog; /* waiting for accept(); its limit. -1 not known */
    int32_t pid;            /* 0 not known */
    const char *comm;       /* of pid, or NULL */
    uint64_t inode;
};

/* TCP connections of one process to one peer, or of one listener's port. */
struct host_conns {
    bool in;          /* a listener of this machine took them, or is to take them */
    bool near;        /* the peer is this machine */
    int32_t pid;      /* 0 not known, or nobody took them yet */
    const char *comm; /* of pid, or NULL */
    int64_t uid;
    const char *addr; /* out: the peer; in: our side */
    int port;
    int32_t peer_pid; /* out and near: who listens there; 0 not known */
    const char *peer_comm;
    int total, established, syn_sent, syn_recv, close_wait, fin_wait, last_ack;
    int lasting;                   /* were there at the window's start as well */
    int unaccepted;                /* in: established, and no process has them */
    double unaccepted_s;           /* for how long, the longest; needs ss -i */
    double recv_queue, send_queue; /* bytes, summed */
    int recv_stuck,
        send_stuck; /* had bytes waiting at both ends of the window, no fewer at its end */
    int retransmitting,
        retries;                /* wait for the answer to a repeated segment; most repeats of one */
    double retransmits;         /* segments sent again over the life of these connections */
    double repeated;            /* ... and within the window */
    int unanswered;             /* sent last, and nothing came back; needs sock_diag or ss -i */
    double unanswered_s, syn_s; /* for how long, the longest; 0 none */
    int owed;                   /* in: they sent last, and were not answered */
    double owed_s;
    int close_wait_lasting; /* in CLOSE-WAIT at both ends of the window */
    double peer_unread;     /* near: bytes that the other end has not read */
    int peer_stuck, peer_unaccepted;
    int pmtu, mss, big_stuck; /* smallest; stuck sends that are larger than one segment */
};

struct host_time_wait {
    const char *addr; /* the peer; "" : all others together */
    int port;
    double count;
};

struct host_unix_listener {
    const char *path; /* "@name": abstract */
    double queue, backlog;
    int32_t pid;
    const char *comm;
    uint64_t inode;
};

/* Connected UDP sockets of a process to a name server's port. */
struct host_resolving {
    int32_t pid;
    const char *comm, *addr;
    int count;
};

/* A line of a log that says that a port was taken. */
struct host_bind_error {
    int port;      /* 0: it does not say */
    int64_t ts_ms; /* 0: it does not say */
    const char *text;
    int count; /* of such lines for this port */
};

struct host_cgroup {
    const char *path;
    double mem_bytes,
        mem_limit; /* without reclaimable file pages; INFINITY: no limit; NAN not known */
    double oom_kills, oom_kill_rate; /* total; in the window a second */
    double mem_fail_rate;            /* hits of the limit a second */
    double cpu_quota;                /* cores; INFINITY: none */
    double throttled;                /* share of periods that were throttled, 0-1 */
    double throttled_rate;           /* seconds of throttling a second */
    double pids, pids_limit;
    double mem_rate;            /* bytes a second */
    double mem_high, high_rate; /* where reclaim begins (v2); how often a second it was passed */
    double cpu_some, mem_some, mem_full; /* stalls of the group (v2), share of the window; NAN */
    double cpu;                          /* cores its tasks used; NAN */
    double pids_fail_rate;               /* forks refused a second */
};

struct host_unit {
    const char *name, *active, *sub, *result;
    const char *load, *file_state; /* loaded, masked, not-found; enabled, disabled, masked ... */
    const char *type, *triggered_by, *wanted_by, *listen; /* listen: of a socket; "" not known */
    bool unwanted;                                        /* a condition of it says no */
    int64_t started_ms;                                   /* it began to start; 0 not known */
    int64_t restarts;
    int64_t exit_status;
    int64_t changed_ms; /* Unix, 0 not known */
    int32_t pid;
};

/* A family of error lines. */
struct host_family {
    const char *name;     /* "oom", "disk", "dns" ... */
    const char *severity; /* critical, high, medium */
    const char *hypothesis;
};
const struct host_family *host_family_table(void); /* ends with a NULL name */
/* Index of the first family that a line belongs to, or -1. */
int host_family_of(struct str line);

struct host_log_family {
    const struct host_family *family;
    int64_t count;
    int64_t first_ms, last_ms; /* Unix; 0 not known */
    const char *samples[3];    /* at most 200 bytes each */
    const char *source;        /* where the last one was: "kernel", "journal", a path */
    int64_t spread[3];         /* lines in the first, middle and last third of the time looked at */
};

struct host_kernel_event {
    int64_t ts_ms; /* Unix, from the boot time */
    double age_s;
    int level; /* syslog level */
    const char
        *kind; /* oom_kill, hung_task, io_error, fs_error, segfault, link_down, mce, lockup, ... */
    const char *text;
    int32_t pid; /* of an OOM kill or a hung task; 0 not known */
    const char *comm;
};

struct host_snapshot {
    const char *host, *kernel, *os;
    int64_t taken_ms; /* Unix, by that machine's clock at the window's end */
    double skew_s;    /* that clock minus ours; NAN for local */
    int clock_synced; /* 1 yes, 0 no, -1 not known */
    double window_s, uptime_s;
    int cpus;
    struct host_cpu cpu;
    VEC(struct host_cpu) per_cpu;
    double load1, load5, load15;
    double running, blocked; /* processes, at the window's end */
    struct host_psi psi_cpu, psi_memory, psi_io;
    double mem_total, mem_available, mem_free, swap_total, swap_free, mem_cached, mem_dirty,
        slab_unreclaim, shmem, commit_limit, committed;
    double slab, slab_rate, shmem_rate, page_tables, huge_total, huge_free, huge_reserved,
        huge_bytes;
    int overcommit;                     /* vm.overcommit_memory; -1 not known */
    double swap_in_rate, swap_out_rate; /* pages a second */
    double compact_stall_rate, compact_fail_rate, thp_fallback_rate, alloc_stall_rate, refault_rate;
    double majflt_rate, oom_kills, oom_kill_rate, direct_reclaim_rate;
    double fork_rate, ctxt_rate;
    double pids, pid_max, threads, threads_max;
    double files_open, files_max;
    double conntrack, conntrack_max; /* NAN without conntrack */
    double conntrack_lost_rate;      /* entries that found no room, or took another's; a second */
    double tcp_established, tcp_time_wait, tcp_orphans, tcp_in_use;
    double port_low, port_high; /* ephemeral range */
    double tcp_retrans_rate, tcp_out_rate, tcp_reset_rate, tcp_attempt_fail_rate;
    double listen_overflow_rate, listen_drop_rate, listen_overflows,
        listen_drops; /* rate; since boot */
    double udp_rcvbuf_err_rate, udp_in_rate, softnet_drop_rate, syn_retrans_rate;
    double zombies, d_state, stopped, process_count;
    double mhz, mhz_max; /* mean of the processors' present clock; the highest; NAN */
    double thermal_rate; /* thermal throttle events a second; NAN */
    VEC(struct host_process) processes; /* all, by pid */
    VEC(struct host_fs) filesystems;
    VEC(struct host_disk) disks;
    VEC(struct host_nic) nics;
    VEC(struct host_listener) listeners;
    VEC(struct host_conns) conns;          /* those in trouble first */
    VEC(struct host_time_wait) time_waits; /* most first */
    VEC(struct host_unix_listener) unix_listeners;
    VEC(struct host_resolving) resolving;
    VEC(struct host_bind_error) bind_errors;
    VEC(const char *) resolvers; /* /etc/resolv.conf */
    VEC(const char *) addresses; /* of this machine, loopback left out */
    bool hosts_dns;              /* names are asked of DNS: /etc/nsswitch.conf */
    double tcp_conns;            /* that were looked at; NAN: none could be */
    double tcp_syn_cookies_rate, tcp_syn_cookies_failed_rate, reqq_full_rate, syn_recv;
    double tcp_timeouts_rate, tcp_estab_reset_rate, tcp_opens_rate;
    double icmp_unreach_rate, frag_fail_rate;
    VEC(struct host_cgroup) cgroups;
    VEC(struct host_irq) irqs;
    VEC(struct host_shm) shms;
    VEC(struct host_lock) locks;
    VEC(struct host_restart) restarts;
    VEC(struct host_unit) units;
    bool systemd;
    VEC(struct host_kernel_event) kernel_events; /* newest last */
    double mem_writeback, dirty_threshold;       /* bytes; NAN not known */
    VEC(struct host_open_file) written;          /* by the processes that write most */
    VEC(struct host_open_file) unlinked;         /* no name any more, largest first */
    VEC(struct host_log_size) logs;              /* fastest growth first */
    VEC(struct host_mount) mounts;               /* that are in trouble */
    VEC(struct host_raid) raids;
    VEC(struct host_thin_pool) thin_pools;
    VEC(struct host_quota) quotas;
    VEC(int64_t) boots_ms;          /* Unix, oldest first */
    double clock_jump_s;            /* the wall clock ran ahead of time in the window; NAN */
    int64_t tainted;                /* -1 not known */
    double entropy, entropy_pool;   /* bits; NAN */
    int64_t fds_denied, io_unknown; /* processes that could not be looked at */
    VEC(struct host_gap) gaps;
};

/* Fill `ret` (zeroed by the call) from a bundle; text goes to `arena`, arrays are freed by release.
 * `now_ms` is our clock when the bundle was complete, for the skew. */
enum err_code host_snapshot_parse(struct host_snapshot *ret, struct arena *arena, struct str bundle,
                                  const char *host, int64_t now_ms, struct err *err);
void host_snapshot_release(struct host_snapshot *s);
const struct host_process *host_snapshot_process(const struct host_snapshot *s, int32_t pid);

struct host_watch_sample {
    double at_s; /* since the first one */
    double rss_bytes, vm_bytes, data_bytes, fds;
    double cpu;  /* cores since the sample before; NAN in the first */
    double wait; /* share of the time since then that it waited for a processor; NAN */
    int64_t threads;
    char state;
};
struct host_watch {
    int32_t pid, ppid;
    const char *comm, *cmdline, *cgroup, *exe, *cwd;
    bool ended; /* it was gone before the end */
    VEC(struct host_watch_sample) samples;
    double cpu_mean, cpu_min;          /* cores over the window; of the quietest interval */
    double rss_rate, vm_rate, fd_rate; /* a second, least squares */
    double rss_rising, vm_rising;      /* share of the intervals in which it grew, 0-1 */
    double fd_rising, thread_rate;
    double wait_mean;       /* share of the window; NAN not known */
    double moved_rate;      /* bytes a second that it read and wrote; NAN not known */
    double slice_rate;      /* how often a second it was given a processor; NAN not known */
    int tasks, futex_tasks; /* threads that were asked where they wait; that wait for a lock */
    const char *wchan;      /* where most of them wait, or NULL */
    double as_limit, data_limit, fd_limit;
    struct host_cgroup limit; /* of its memory cgroup; mem_limit NAN when not known */
    VEC(struct host_gap) gaps;
};
/* As host_snapshot_parse(), of a process that was watched. */
enum err_code host_watch_parse(struct host_watch *ret, struct arena *arena, struct str bundle,
                               struct err *err);
void host_watch_release(struct host_watch *w);

struct host_file {
    const char *path;
    double size_bytes, disk_bytes;
    int64_t mtime_ms;
    bool deleted; /* no name any more, held by `pid` */
    int32_t pid;  /* one process that has it open, 0: none known */
    const char *comm;
    int holders; /* how many have it open */
    uint64_t dev, inode;
};
/* A folder and all below it. */
struct host_folder {
    const char *path;
    double bytes, files, entries;
    double own_entries; /* names directly in it */
    int64_t newest_ms;  /* of its files, and whose the newest is */
    int64_t uid;
};
/* A process that is at work in the folder that holds most. */
struct host_worker {
    int32_t pid;
    const char *comm, *how, *path; /* how: "cwd", "file", "arg" */
};
struct host_disk_usage {
    const char *path;
    struct host_fs fs;
    VEC(struct host_file) files;     /* largest first, at most 50 */
    VEC(struct host_folder) folders; /* most entries first, at most 100 */
    VEC(struct host_worker) workers;
    int64_t now_ms;
    double files_seen, bytes_seen;
    bool partial; /* the walk was cut by its time or count limit */
    VEC(struct host_gap) gaps;
};
enum err_code host_disk_parse(struct host_disk_usage *ret, struct arena *arena, struct str bundle,
                              struct err *err);
void host_disk_release(struct host_disk_usage *d);

/* What one process and its children write. */
struct host_files {
    int32_t pid;
    const char *comm, *cmdline, *wchan;
    double window_s;
    double read_bps, write_bps, wrote_bps, write_calls; /* NAN: may not be looked at */
    VEC(struct host_open_file) files;                   /* fastest growth first */
    VEC(struct host_gap) gaps;
};
enum err_code host_files_parse(struct host_files *ret, struct arena *arena, struct str bundle,
                               struct err *err);
void host_files_release(struct host_files *f);

struct host_log {
    VEC(struct host_log_family) families; /* by count, largest first */
    VEC(struct host_kernel_event) kernel_events;
    int64_t lines, from_ms, to_ms;
    VEC(struct host_gap) gaps;
};
enum err_code host_log_parse(struct host_log *ret, struct arena *arena, struct str bundle,
                             struct err *err);
void host_log_release(struct host_log *log);

struct host_dns_answer {
    const char *addr, *word; /* answered nxdomain denied servfail timeout unreachable failed */
    double ms;
};
/* Of HOST_PROBE and HOST_RESOLVE. */
struct host_reach {
    const char *word; /* connected refused timeout unreachable failed; "": nothing could connect */
    double ms;
    VEC(struct host_dns_answer) answers;
    VEC(struct host_gap) gaps;
};
enum err_code host_reach_parse(struct host_reach *ret, struct arena *arena, struct str bundle,
                               struct err *err);
void host_reach_release(struct host_reach *r);

struct host_change {
    const char *container; /* its id, or "" */
    int64_t ts_ms;
    const char *kind;   /* package, config, unit, cron, deploy, program, login, boot */
    const char *what;   /* a package's name, a path */
    const char *detail; /* "upgrade 1.2 -> 1.3" */
    int32_t pid;        /* of a program that runs although its file was replaced; 0 */
};
struct host_changes {
    VEC(struct host_change) changes; /* newest first, at most 500 */
    int64_t total, now_ms;
    VEC(struct host_gap) gaps;
};
enum err_code host_changes_parse(struct host_changes *ret, struct arena *arena, struct str bundle,
                                 struct err *err);
void host_changes_release(struct host_changes *c);

#endif
