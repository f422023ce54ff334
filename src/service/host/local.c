/* local.c - this machine into a bundle: files of /proc and /sys, filesystems, processes.
 * Runs on worker threads; a step never sleeps (the loop waits between them), so no thread is
 * blocked for the sampling window. Each list has a cap, and whatever is cut is a status of its
 * section. */
#include "collect_priv.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/statvfs.h>
#include <sys/timex.h>
#include <time.h>
#include <unistd.h>

#include "parse_priv.h"
#include "runbook/base/file.h"
#include "runbook/base/mem.h"
#include "runbook/base/num.h"

#define FILE_MAX ((size_t)4 << 20)
#define PROCS_MAX 200000
#define DETAIL_MAX 48

int64_t local_now_ms(void)
{
    struct timespec ts;

    clock_gettime(CLOCK_MONOTONIC, &ts);
    return (int64_t)ts.tv_sec * 1000 + ts.tv_nsec / 1000000;
}

void local_init(struct local *l)
{
    buf_init(&l->out, HOST_BUNDLE_MAX);
    buf_init(&l->scratch, FILE_MAX);
    host_bundle_begin(&l->out, l->token);
}

void local_release(struct local *l)
{
    buf_release(&l->out);
    buf_release(&l->scratch);
    VEC_RELEASE(&l->pids[0]);
    VEC_RELEASE(&l->pids[1]);
}

bool local_is_real(const struct local *l)
{
    return strcmp(l->root, "/") == 0;
}

void local_section(struct local *l, const char *name, int phase, enum err_code code)
{
    host_bundle_section(&l->out, l->token, name, phase, code);
}

static char *below_root(const struct local *l, const char *path)
{
    return local_is_real(l) ? xasprintf("/%s", path) : xasprintf("%s/%s", l->root, path);
}

int local_open(const struct local *l, const char *path, int flags)
{
    char *full = below_root(l, path);
    int fd = open(full, flags | O_CLOEXEC | O_NOCTTY | O_NONBLOCK), saved = errno;

    free(full);
    errno = saved;
    return fd;
}

bool local_file(struct local *l, const char *name, const char *path, int phase, size_t max)
{
    char *full = below_root(l, path);
    struct err err = ERR_INIT;
    enum err_code rc;

    buf_clear(&l->scratch);
    l->scratch.max = max;
    rc = file_read(full, &l->scratch, &err);
    free(full);
    local_section(l, name ? name : path, phase, rc);
    if (!rc || rc == ERR_LIMIT)
        buf_add_str(&l->out, buf_str(&l->scratch));
    l->scratch.max = FILE_MAX;
    return !rc;
}

void local_tail(struct local *l, const char *name, const char *path, size_t max)
{
    int fd = local_open(l, path, O_RDONLY);
    off_t size;
    char *at;
    ssize_t n;

    if (fd < 0) {
        local_section(l, name, 1,
                      errno == ENOENT   ? ERR_NOT_FOUND
                      : errno == EACCES ? ERR_DENIED
                                        : ERR_IO);
        return;
    }
    size = lseek(fd, 0, SEEK_END);
    if (size < 0 || lseek(fd, size > (off_t)max ? size - (off_t)max : 0, SEEK_SET) < 0) {
        local_section(l, name, 1, ERR_IO);
        close(fd);
        return;
    }
    local_section(l, name, 1, ERR_OK);
    while (max && (at = buf_reserve(&l->out, max < 65536 ? max : 65536)) != NULL) {
        n = read(fd, at, max < 65536 ? max : 65536);
        if (n <= 0)
            break;
        l->out.len += (size_t)n;
        l->out.ptr[l->out.len] = '\0';
        max -= (size_t)n;
    }
    close(fd);
}

void local_conf(struct local *l)
{
    struct timespec ts;

    clock_gettime(CLOCK_REALTIME, &ts);
    local_section(l, "conf", 0, ERR_OK);
    buf_addf(&l->out, "%ld %ld", sysconf(_SC_CLK_TCK), sysconf(_SC_PAGESIZE));
    local_section(l, "clock", 1, ERR_OK);
    buf_addf(&l->out, "%lld.%03ld", (long long)ts.tv_sec, ts.tv_nsec / 1000000);
    local_section(l, "since", 1, ERR_OK);
    buf_addf(&l->out, "%lld", (long long)ts.tv_sec - (long long)l->req.since_ms / 1000);
    if (l->req.what != HOST_SNAPSHOT)
        local_file(l, NULL, "proc/uptime", 1, FILE_MAX);
}

void local_each_pid(struct local *l, bool (*fn)(void *ctx, int proc_fd, int32_t pid), void *ctx)
{
    int fd = local_open(l, "proc", O_RDONLY | O_DIRECTORY);
    DIR *dir = fd >= 0 ? fdopendir(fd) : NULL;
    struct dirent *de;
    int left = PROCS_MAX;

    if (!dir) {
        if (fd >= 0)
            close(fd);
        return;
    }
    while (left > 0 && (de = readdir(dir)) != NULL) {
        int64_t pid;

        if (!num_i64(str_from(de->d_name), &pid) || pid <= 0 || pid > INT32_MAX)
            continue;
        left--;
        if (!fn(ctx, dirfd(dir), (int32_t)pid) || local_now_ms() > l->deadline_ms)
            break;
    }
    closedir(dir);
}

struct proc_walk {
    struct local *l;
    int phase;
};

static bool add_process(void *ctx, int proc_fd, int32_t pid)
{
    struct proc_walk *w = ctx;
    struct local *l = w->l;
    struct err err = ERR_INIT;
    struct proc_stat st;
    struct str text;
    char path[32];

    buf_clear(&l->scratch);
    snprintf(path, sizeof(path), "%d/stat", pid);
    if (file_read_at(proc_fd, path, &l->scratch, &err))
        return true; /* it ended meanwhile */
    buf_add_str(&l->out, buf_str(&l->scratch));
    text = buf_str(&l->scratch);
    if (parse_proc_stat(&text, &st))
        *VEC_PUSH(&l->pids[w->phase]) = (struct pid_sample){.pid = st.pid,
                                                            .ppid = st.ppid,
                                                            .state = st.state,
                                                            .ticks = st.utime + st.stime,
                                                            .rss_pages = st.rss_pages};
    return !l->out.full;
}

static void processes(struct local *l, int phase)
{
    struct proc_walk w = {l, phase};

    local_file(l, NULL, "proc/uptime", phase, FILE_MAX);
    local_section(l, "procs", phase, ERR_OK);
    local_each_pid(l, add_process, &w);
}

/* ---- which processes are worth a closer look ---- */

enum rank { BY_CPU, BY_RSS, BY_GROWTH, BY_STATE, RANKS };
static const int rank_count[RANKS] = {14, 12, 8, 10};

struct pick {
    int32_t pids[DETAIL_MAX];
    int count;
};

static bool picked(const struct pick *p, int32_t pid)
{
    for (int i = 0; i < p->count; i++) {
        if (p->pids[i] == pid)
            return true;
    }
    return false;
}

static void pick_add(struct pick *p, int32_t pid)
{
    if (p->count < DETAIL_MAX && pid > 0 && !picked(p, pid))
        p->pids[p->count++] = pid;
}

static int cmp_sample(const void *a, const void *b)
{
    const struct pid_sample *x = a, *y = b;

    return (x->pid > y->pid) - (x->pid < y->pid);
}

static const struct pid_sample *sample_of(const struct local *l, int phase, int32_t pid)
{
    struct pid_sample key = {.pid = pid};

    if (!l->pids[phase].count)
        return NULL;
    return bsearch(&key, l->pids[phase].items, l->pids[phase].count, sizeof(key), cmp_sample);
}

static double score(const struct local *l, const struct pid_sample *s, enum rank by)
{
    const struct pid_sample *was = sample_of(l, 0, s->pid);

    switch (by) {
    case BY_CPU:
        return (double)s->ticks - (was ? (double)was->ticks : 0);
    case BY_RSS:
        return (double)s->rss_pages;
    case BY_GROWTH:
        return was ? (double)s->rss_pages - (double)was->rss_pages : 0;
    case BY_STATE:
        return s->state == 'D' ? 1 : 0;
    case RANKS:
        break;
    }
    return 0;
}

/* The best `n` by repeated selection: n is small. */
static void pick_rank(const struct local *l, struct pick *out, enum rank by)
{
    for (int k = 0; k < rank_count[by]; k++) {
        const struct pid_sample *best = NULL;
        double best_score = 0;

        for (size_t i = 0; i < l->pids[1].count; i++) {
            const struct pid_sample *s = &l->pids[1].items[i];
            double v = score(l, s, by);

            if (v > best_score && !picked(out, s->pid)) {
                best = s;
                best_score = v;
            }
        }
        if (!best)
            return;
        pick_add(out, best->pid);
        for (int depth = 0; by == BY_CPU && k < 4 && depth < 6; depth++) { /* who started it */
            best = sample_of(l, 1, best->ppid);
            if (!best || best->pid == 1)
                break;
            pick_add(out, best->pid);
        }
    }
}

static void count_fds(struct local *l, int32_t pid)
{
    char path[40], name[40];
    struct dirent *de;
    int fd, n = 0;
    DIR *dir;

    snprintf(path, sizeof(path), "proc/%d/fd", pid);
    snprintf(name, sizeof(name), "pid/%d/fds", pid);
    fd = local_open(l, path, O_RDONLY | O_DIRECTORY);
    dir = fd >= 0 ? fdopendir(fd) : NULL;
    if (!dir) {
        local_section(l, name, 1, errno == EACCES ? ERR_DENIED : ERR_NOT_FOUND);
        if (fd >= 0)
            close(fd);
        return;
    }
    while ((de = readdir(dir)) != NULL && n < 1 << 20)
        n += de->d_name[0] != '.';
    closedir(dir);
    local_section(l, name, 1, ERR_OK);
    buf_addf(&l->out, "%d", n);
}

static void append_file(struct local *l, int32_t pid, const char *file)
{
    char path[48];
    struct err err = ERR_INIT;
    char *full;

    snprintf(path, sizeof(path), "proc/%d/%s", pid, file);
    full = below_root(l, path);
    buf_clear(&l->scratch);
    if (!file_read(full, &l->scratch, &err))
        buf_add_str(&l->out, buf_str(&l->scratch));
    free(full);
}

static void details(struct local *l, int32_t pid, char state)
{
    char path[40], name[40];

    snprintf(path, sizeof(path), "proc/%d/cmdline", pid);
    snprintf(name, sizeof(name), "pid/%d/cmdline", pid);
    local_file(l, name, path, 1, 1000);
    snprintf(name, sizeof(name), "pid/%d/about", pid);
    local_section(l, name, 1, ERR_OK);
    append_file(l, pid, "cgroup");
    append_file(l, pid, "status");
    append_file(l, pid, "limits");
    count_fds(l, pid);
    if (state == 'D') {
        snprintf(path, sizeof(path), "proc/%d/wchan", pid);
        snprintf(name, sizeof(name), "pid/%d/wchan", pid);
        local_file(l, name, path, 1, 100);
    }
}

static void top_processes(struct local *l)
{
    struct pick pick = {.count = 0};

    for (int i = 0; i < 2; i++) {
        if (l->pids[i].count)
            qsort(l->pids[i].items, l->pids[i].count, sizeof(struct pid_sample), cmp_sample);
    }
    for (int by = 0; by < RANKS; by++)
        pick_rank(l, &pick, (enum rank)by);
    for (int i = 0; i < pick.count && local_now_ms() < l->deadline_ms; i++) {
        const struct pid_sample *s = sample_of(l, 1, pick.pids[i]);

        details(l, pick.pids[i], s ? s->state : '?');
    }
}

/* ---- filesystems ---- */

/* Asking a network filesystem may hang for ever. */
static bool may_hang(struct str type)
{
    static const char *const names[] = {"nfs",     "cifs", "smb",  "9p",     "ceph",
                                        "gluster", "afs",  "fuse", "lustre", "ncp"};

    for (size_t i = 0; i < sizeof(names) / sizeof(*names); i++) {
        if (str_starts(type, names[i]))
            return true;
    }
    return false;
}

static void unescape(struct str s, char *out, size_t room)
{
    size_t n = 0;

    for (size_t i = 0; i < s.len && n + 1 < room; i++) {
        if (s.ptr[i] == '\\' && i + 3 < s.len && s.ptr[i + 1] >= '0' && s.ptr[i + 1] <= '3') {
            out[n++] =
                (char)((s.ptr[i + 1] - '0') * 64 + (s.ptr[i + 2] - '0') * 8 + (s.ptr[i + 3] - '0'));
            i += 3;
        } else {
            out[n++] = s.ptr[i];
        }
    }
    out[n] = '\0';
}

static void add_statfs(struct local *l, struct str escaped, const char *path)
{
    struct statvfs v;

    buf_add_str(&l->out, escaped);
    if (statvfs(path, &v) == 0)
        buf_addf(&l->out, " %llu %llu %llu %lu %llu %llu", (unsigned long long)v.f_blocks,
                 (unsigned long long)v.f_bfree, (unsigned long long)v.f_bavail, v.f_frsize,
                 (unsigned long long)v.f_files, (unsigned long long)v.f_ffree);
    buf_addc(&l->out, '\n');
}

static void filesystems(struct local *l)
{
    struct buf mounts = BUF_INIT(FILE_MAX);
    struct str text, line;
    int left = 256;

    if (local_file(l, NULL, "proc/mounts", 1, FILE_MAX) && local_is_real(l))
        buf_add_str(&mounts, buf_str(&l->scratch));
    text = buf_str(&mounts);
    local_section(l, "statfs", 1, ERR_OK);
    while (left > 0 && str_line(&text, &line)) {
        char path[4096];
        struct str mount;

        parse_word(&line);
        mount = parse_word(&line);
        if (may_hang(parse_word(&line)))
            continue;
        unescape(mount, path, sizeof(path));
        add_statfs(l, mount, path);
        left--;
    }
    buf_release(&mounts);
}

static void clock_synced(struct local *l)
{
    struct timex tx = {0};

    local_section(l, "clock/synced", 1, ERR_OK);
    if (adjtimex(&tx) >= 0)
        buf_adds(&l->out, tx.status & STA_UNSYNC ? "no" : "yes");
}

void local_snapshot_phase(struct local *l, int phase)
{
    static const char *const both[] = {
        "proc/stat",
        "proc/vmstat",
        "proc/diskstats",
        "proc/net/dev",
        "proc/net/snmp",
        "proc/net/netstat",
        "proc/net/softnet_stat",
        "proc/pressure/cpu",
        "proc/pressure/memory",
        "proc/pressure/io",
    };
    static const char *const once[] = {
        "proc/meminfo",
        "proc/loadavg",
        "proc/net/sockstat",
        "proc/sys/fs/file-nr",
        "proc/sys/kernel/pid_max",
        "proc/sys/kernel/threads-max",
        "proc/sys/kernel/osrelease",
        "proc/sys/net/netfilter/nf_conntrack_count",
        "proc/sys/net/netfilter/nf_conntrack_max",
        "proc/sys/net/ipv4/ip_local_port_range",
        "etc/os-release",
    };

    for (size_t i = 0; i < sizeof(both) / sizeof(*both); i++)
        local_file(l, NULL, both[i], phase, FILE_MAX);
    local_cgroups(l, phase);
    processes(l, phase);
    if (phase == 0)
        return;
    local_conf(l);
    for (size_t i = 0; i < sizeof(once) / sizeof(*once); i++)
        local_file(l, NULL, once[i], 1, FILE_MAX);
    top_processes(l);
    filesystems(l);
    if (local_is_real(l)) {
        local_sockets(l);
        local_kmsg(l);
        clock_synced(l);
    }
}

/* ---- one process over time ---- */

void local_watch_sample(struct local *l)
{
    static const char *const files[] = {"stat", "statm"};
    char name[40], path[40];

    snprintf(name, sizeof(name), "s/%d/uptime", l->samples);
    local_file(l, name, "proc/uptime", 1, FILE_MAX);
    for (int i = 0; i < 2; i++) {
        snprintf(name, sizeof(name), "s/%d/%s", l->samples, files[i]);
        snprintf(path, sizeof(path), "proc/%d/%s", l->req.pid, files[i]);
        local_file(l, name, path, 1, FILE_MAX);
    }
    l->samples++;
}

static void link_section(struct local *l, const char *name)
{
    char path[40], target[512];
    char *full;
    ssize_t n;

    snprintf(path, sizeof(path), "proc/%d/%s", l->req.pid, name);
    full = below_root(l, path);
    n = readlink(full, target, sizeof(target));
    local_section(l, name, 1, n >= 0 ? ERR_OK : errno == EACCES ? ERR_DENIED : ERR_NOT_FOUND);
    if (n > 0)
        buf_add(&l->out, target, (size_t)n);
    free(full);
}

void local_watch_end(struct local *l)
{
    static const char *const files[] = {"cmdline", "limits", "cgroup"};
    char path[40];

    local_conf(l);
    for (size_t i = 0; i < 3; i++) {
        snprintf(path, sizeof(path), "proc/%d/%s", l->req.pid, files[i]);
        local_file(l, files[i], path, 1, 16384);
    }
    link_section(l, "exe");
    link_section(l, "cwd");
}
