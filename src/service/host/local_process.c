/* local_process.c - the processes of this machine: one line of each at both ends of the window, and
 * a closer look at those that one of several views calls remarkable. */
#include "collect_priv.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "parse_priv.h"
#include "runbook/base/file.h"
#include "runbook/base/mem.h"
#include "runbook/base/num.h"

#define PROCS_MAX 200000
#define DETAIL_MAX 114
#define NEEDY_MAX 8    /* that name a mount that is missing */
#define FILES_SHOWN 16 /* open files of one that is stuck */
#define TASKS_SHOWN 200

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

/* Sections that are filled side by side. */
struct proc_walk {
    struct local *l;
    int phase;
    struct buf sched, fds, owners;
};

static uint32_t hash(struct str s)
{
    uint32_t h = 2166136261u;

    for (size_t i = 0; i < s.len; i++)
        h = (h ^ (unsigned char)s.ptr[i]) * 16777619u;
    return h;
}

/* How many files it has open is the size of its folder since Linux 6.2; 0 before. */
static int64_t fd_size(int proc_fd, int32_t pid)
{
    struct stat st;
    char path[32];

    snprintf(path, sizeof(path), "%d/fd", pid);
    return fstatat(proc_fd, path, &st, 0) == 0 ? (int64_t)st.st_size : 0;
}

static void add_counters(struct proc_walk *w, int proc_fd, int32_t pid, int64_t fds)
{
    struct local *l = w->l;
    struct stat st;
    char path[32];

    snprintf(path, sizeof(path), "%d/schedstat", pid);
    if (local_small(proc_fd, path, &l->scratch))
        buf_addf(&w->sched, "%d/schedstat:%.*s\n", pid, STR_FMT(str_trim(buf_str(&l->scratch))));
    if (fds > 0 && local_is_real(l))
        buf_addf(&w->fds, "%lld %d/fd\n", (long long)fds, pid);
    snprintf(path, sizeof(path), "%d", pid);
    if (w->phase == 1 && local_is_real(l) && fstatat(proc_fd, path, &st, 0) == 0)
        buf_addf(&w->owners, "%u %d\n", (unsigned)st.st_uid, pid);
}

static bool add_process(void *ctx, int proc_fd, int32_t pid)
{
    struct proc_walk *w = ctx;
    struct local *l = w->l;
    struct proc_stat st;
    struct str text;
    char path[32];
    int64_t fds;

    snprintf(path, sizeof(path), "%d/stat", pid);
    if (!local_small(proc_fd, path, &l->scratch))
        return true; /* it ended meanwhile */
    buf_add_str(&l->out, buf_str(&l->scratch));
    text = buf_str(&l->scratch);
    if (!parse_proc_stat(&text, &st))
        return !l->out.full;
    fds = st.vsize ? fd_size(proc_fd, pid) : 0;
    *VEC_PUSH(&l->pids[w->phase]) = (struct pid_sample){.pid = st.pid,
                                                        .ppid = st.ppid,
                                                        .state = st.state,
                                                        .ticks = st.utime + st.stime,
                                                        .rss_pages = st.rss_pages,
                                                        .threads = st.threads,
                                                        .session = st.session,
                                                        .user = st.vsize > 0,
                                                        .fds = fds,
                                                        .name = hash(st.comm)};
    add_counters(w, proc_fd, pid, fds);
    return !l->out.full;
}

static void add_section(struct local *l, const char *name, int phase, struct buf *text)
{
    local_section(l, name, phase, ERR_OK);
    buf_add_str(&l->out, buf_str(text));
    buf_release(text);
}

void local_processes(struct local *l, int phase)
{
    struct proc_walk w = {.l = l, .phase = phase};

    buf_init(&w.sched, (size_t)8 << 20);
    buf_init(&w.fds, (size_t)4 << 20);
    buf_init(&w.owners, (size_t)4 << 20);
    local_file(l, NULL, "proc/uptime", phase, 4096);
    local_section(l, "procs", phase, ERR_OK);
    local_each_pid(l, add_process, &w);
    add_section(l, "sched", phase, &w.sched);
    add_section(l, "fdcount", phase, &w.fds);
    if (phase == 1)
        add_section(l, "owners", phase, &w.owners);
    buf_release(&w.owners);
}

/* ---- which processes are worth a closer look ---- */

enum rank {
    BY_CPU,
    BY_RSS,
    BY_GROWTH,
    BY_STATE,
    BY_FDS,
    BY_FD_GROWTH,
    BY_THREADS,
    BY_CHILDREN,
    BY_YOUTH,
    BY_NAME,
    BY_MOVED,
    BY_WRITTEN,
    RANKS
};
static const int rank_count[RANKS] = {14, 12, 8, 12, 6, 6, 4, 6, 8, 12, 5, 5};

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

static struct pid_sample *sample_of(const struct local *l, int phase, int32_t pid)
{
    struct pid_sample key = {.pid = pid};

    if (!l->pids[phase].count)
        return NULL;
    return bsearch(&key, l->pids[phase].items, l->pids[phase].count, sizeof(key), cmp_sample);
}

/* Runs of one name without a common session, or children of one parent: counted once. */
static int cmp_name(const void *a, const void *b)
{
    const struct pid_sample *x = *(const struct pid_sample *const *)a;
    const struct pid_sample *y = *(const struct pid_sample *const *)b;

    return (x->name > y->name) - (x->name < y->name);
}

static void count_names(struct local *l)
{
    size_t n = l->pids[1].count;
    struct pid_sample **list = xcalloc(n ? n : 1, sizeof(*list));

    for (size_t i = 0; i < n; i++)
        list[i] = &l->pids[1].items[i];
    qsort(list, n, sizeof(struct pid_sample *), cmp_name);
    for (size_t from = 0, to; from < n; from = to) {
        int leaders = 0;

        for (to = from; to < n && list[to]->name == list[from]->name; to++)
            leaders += list[to]->user && list[to]->session == list[to]->pid;
        for (size_t i = from; i < to; i++)
            list[i]->same = list[i]->user && list[i]->session == list[i]->pid ? leaders : 0;
    }
    free(list);
}

static void count_children(struct local *l)
{
    for (size_t i = 0; i < l->pids[1].count; i++) {
        struct pid_sample *s = &l->pids[1].items[i], *parent = sample_of(l, 1, s->ppid);

        if (!parent || parent->pid == 1 || (!s->user && s->state != 'Z'))
            continue;
        parent->children += s->state == 'Z' || !sample_of(l, 0, s->pid);
        parent->kids++;
    }
}

/* `was`: the same process at the start of the window, or NULL. */
static double score(const struct pid_sample *s, const struct pid_sample *was, enum rank by)
{

    switch (by) {
    case BY_CPU:
        return (double)s->ticks - (was ? (double)was->ticks : 0);
    case BY_RSS:
        return (double)s->rss_pages;
    case BY_GROWTH:
        return was ? (double)s->rss_pages - (double)was->rss_pages : 0;
    case BY_STATE:
        return s->state == 'D' || s->state == 'T' || s->state == 't' ? 1 : 0;
    case BY_FDS:
        return s->fds > 64 ? (double)s->fds : 0;
    case BY_FD_GROWTH:
        return was ? (double)(s->fds - was->fds) : 0;
    case BY_THREADS:
        return s->threads > 64 ? (double)s->threads : 0;
    case BY_CHILDREN:
        return s->children + (s->kids >= 16 ? s->kids : 0);
    case BY_YOUTH:
        return s->user && !was ? 1 : 0;
    case BY_NAME:
        return s->same >= 3 ? s->same : 0;
    case BY_MOVED:
        return (double)s->moved - (was ? (double)was->moved : 0);
    case BY_WRITTEN:
        return (double)s->written - (was ? (double)was->written : 0);
    case RANKS:
        break;
    }
    return 0;
}

/* The `n` best that were not picked before, the best first; both lists are sorted by pid. */
static int best_of(const struct local *l, const struct pick *out, enum rank by, int n,
                   const struct pid_sample **ret)
{
    double scores[DETAIL_MAX];
    size_t at = 0;
    int have = 0;

    for (size_t i = 0; i < l->pids[1].count; i++) {
        const struct pid_sample *s = &l->pids[1].items[i];
        double v;
        int k;

        while (at < l->pids[0].count && l->pids[0].items[at].pid < s->pid)
            at++;
        v = score(s,
                  at < l->pids[0].count && l->pids[0].items[at].pid == s->pid
                      ? &l->pids[0].items[at]
                      : NULL,
                  by);
        if (!(v > 0) || (have == n && v <= scores[n - 1]) || picked(out, s->pid))
            continue;
        have += have < n;
        for (k = have - 1; k > 0 && scores[k - 1] < v; k--) {
            scores[k] = scores[k - 1];
            ret[k] = ret[k - 1];
        }
        scores[k] = v;
        ret[k] = s;
    }
    return have;
}

static void pick_rank(const struct local *l, struct pick *out, enum rank by)
{
    const struct pid_sample *best[DETAIL_MAX];
    int n = best_of(l, out, by, rank_count[by], best);

    for (int k = 0; k < n; k++) {
        const struct pid_sample *s = best[k];

        pick_add(out, s->pid);
        for (int depth = 0;
             (by == BY_CPU || by == BY_STATE || by == BY_YOUTH) && k < 4 && depth < 6;
             depth++) { /* who started it */
            s = sample_of(l, 1, s->ppid);
            if (!s || s->pid == 1)
                break;
            pick_add(out, s->pid);
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

/* The program that it runs: " (deleted)" behind the path when the file was replaced. */
static void exe_of(struct local *l, int32_t pid)
{
    char path[40], name[40], target[512];
    char *full;
    ssize_t n;

    snprintf(path, sizeof(path), "proc/%d/exe", pid);
    snprintf(name, sizeof(name), "pid/%d/exe", pid);
    full = local_path(l, path);
    n = readlink(full, target, sizeof(target));
    local_section(l, name, 1, n >= 0 ? ERR_OK : errno == EACCES ? ERR_DENIED : ERR_NOT_FOUND);
    if (n > 0)
        buf_add(&l->out, target, (size_t)n);
    free(full);
}

static void append_file(struct local *l, int32_t pid, const char *file)
{
    char path[48];
    struct err err = ERR_INIT;
    char *full;

    snprintf(path, sizeof(path), "proc/%d/%s", pid, file);
    full = local_path(l, path);
    buf_clear(&l->scratch);
    if (!file_read(full, &l->scratch, &err))
        buf_add_str(&l->out, buf_str(&l->scratch));
    free(full);
}

/* What a stuck process has open: which mount it may wait for. Reading a link never waits. */
static void open_files(struct local *l, int32_t pid)
{
    char path[40], name[40], target[512];
    int fd, left = FILES_SHOWN;
    struct dirent *de;
    DIR *dir;

    snprintf(path, sizeof(path), "proc/%d/fd", pid);
    snprintf(name, sizeof(name), "pid/%d/files", pid);
    fd = local_open(l, path, O_RDONLY | O_DIRECTORY);
    dir = fd >= 0 ? fdopendir(fd) : NULL;
    if (!dir && fd >= 0)
        close(fd);
    if (!dir)
        return;
    local_section(l, name, 1, ERR_OK);
    while ((de = readdir(dir)) != NULL && left > 0) {
        ssize_t n =
            de->d_name[0] == '.' ? -1 : readlinkat(dirfd(dir), de->d_name, target, sizeof(target));

        if (n <= 0 || target[0] != '/')
            continue;
        buf_addf(&l->out, "%.*s\n", (int)n, target);
        left--;
    }
    closedir(dir);
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
    exe_of(l, pid);
    if (state == 'D') {
        snprintf(path, sizeof(path), "proc/%d/wchan", pid);
        snprintf(name, sizeof(name), "pid/%d/wchan", pid);
        local_file(l, name, path, 1, 100);
        open_files(l, pid);
    }
}

void local_top_processes(struct local *l)
{
    struct pick pick = {.count = 0};
    int32_t needy[NEEDY_MAX];
    int n = local_missing_mounts(l, needy, NEEDY_MAX);

    for (int i = 0; i < 2; i++) {
        if (l->pids[i].count)
            qsort(l->pids[i].items, l->pids[i].count, sizeof(struct pid_sample), cmp_sample);
    }
    count_names(l);
    count_children(l);
    local_writers(l);
    for (int by = 0; by < RANKS; by++)
        pick_rank(l, &pick, (enum rank)by);
    for (int i = 0; i < n; i++)
        pick_add(&pick, needy[i]);
    for (int i = 0; i < pick.count && local_now_ms() < l->deadline_ms; i++) {
        const struct pid_sample *s = sample_of(l, 1, pick.pids[i]);

        details(l, pick.pids[i], s ? s->state : '?');
    }
}

/* ---- processors: clock frequency, thermal throttling ---- */

void local_frequency(struct local *l, int phase)
{
    static const char *const files[] = {
        "cpufreq/scaling_cur_freq", "cpufreq/cpuinfo_max_freq", "cpufreq/scaling_max_freq",
        "thermal_throttle/core_throttle_count", "thermal_throttle/package_throttle_count"};
    struct err err = ERR_INIT;

    local_section(l, "cpufreq", phase, ERR_OK);
    for (int cpu = 0; cpu < 256; cpu++) {
        int found = 0;

        for (size_t i = 0; i < sizeof(files) / sizeof(*files); i++) {
            char path[128];
            char *full;

            snprintf(path, sizeof(path), "sys/devices/system/cpu/cpu%d/%s", cpu, files[i]);
            full = local_path(l, path);
            buf_clear(&l->scratch);
            if (!file_read(full, &l->scratch, &err)) {
                found++;
                buf_addf(&l->out, "cpu%d/%s:%.*s\n", cpu, files[i],
                         STR_FMT(str_trim(buf_str(&l->scratch))));
            }
            free(full);
        }
        if (!found)
            return;
    }
}

/* ---- one process over time ---- */

static void watch_fds(struct local *l)
{
    char path[40], name[40];
    struct stat st;
    char *full;

    snprintf(path, sizeof(path), "proc/%d/fd", l->req.pid);
    full = local_path(l, path);
    if (local_is_real(l) && stat(full, &st) == 0 && st.st_size > 0) {
        snprintf(name, sizeof(name), "s/%d/fds", l->samples);
        local_section(l, name, 1, ERR_OK);
        buf_addf(&l->out, "%lld", (long long)st.st_size);
    }
    free(full);
}

void local_watch_sample(struct local *l)
{
    static const char *const files[] = {"stat", "statm", "schedstat", "io"};
    char name[40], path[40];

    snprintf(path, sizeof(path), "proc/%d/status", l->req.pid);
    snprintf(name, sizeof(name), "s/%d/switches", l->samples);
    local_file(l, name, path, 1, 65536);

    snprintf(name, sizeof(name), "s/%d/uptime", l->samples);
    local_file(l, name, "proc/uptime", 1, 4096);
    for (int i = 0; i < 4; i++) {
        snprintf(name, sizeof(name), "s/%d/%s", l->samples, files[i]);
        snprintf(path, sizeof(path), "proc/%d/%s", l->req.pid, files[i]);
        local_file(l, name, path, 1, 65536);
    }
    watch_fds(l);
    l->samples++;
}

static void link_section(struct local *l, const char *name)
{
    char path[40], target[512];
    char *full;
    ssize_t n;

    snprintf(path, sizeof(path), "proc/%d/%s", l->req.pid, name);
    full = local_path(l, path);
    n = readlink(full, target, sizeof(target));
    local_section(l, name, 1, n >= 0 ? ERR_OK : errno == EACCES ? ERR_DENIED : ERR_NOT_FOUND);
    if (n > 0)
        buf_add(&l->out, target, (size_t)n);
    free(full);
}

/* "TID/wchan:WHERE" of its threads: do they all wait for a lock? */
static void watch_tasks(struct local *l)
{
    char path[80];
    struct err err = ERR_INIT;
    struct dirent *de;
    int fd, left = TASKS_SHOWN;
    DIR *dir;

    snprintf(path, sizeof(path), "proc/%d/task", l->req.pid);
    fd = local_open(l, path, O_RDONLY | O_DIRECTORY);
    dir = fd >= 0 ? fdopendir(fd) : NULL;
    if (!dir && fd >= 0)
        close(fd);
    if (!dir)
        return;
    local_section(l, "tasks", 1, ERR_OK);
    while ((de = readdir(dir)) != NULL && left > 0) {
        if (de->d_name[0] == '.')
            continue;
        left--;
        snprintf(path, sizeof(path), "%.20s/wchan", de->d_name);
        buf_clear(&l->scratch);
        if (!file_read_at(dirfd(dir), path, &l->scratch, &err))
            buf_addf(&l->out, "%.20s/wchan:%.*s\n", de->d_name,
                     STR_FMT(str_trim(buf_str(&l->scratch))));
    }
    closedir(dir);
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
    watch_tasks(l);
}
