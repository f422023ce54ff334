/* parse_process.c - processes: the stat lines of the window's two ends joined by pid, the tree's
 * use of processor time, and the details of the few that matter. A process chooses its own name (15
 * bytes of anything), and stat lines stand one after another, so a name may hold what looks like
 * the end of its line. parse_proc_stat() takes a ")" for the name's end only when the state and all
 * numbers follow, which 15 bytes cannot imitate. */
#include "parse_priv.h"

#include <stdlib.h>

#include "runbook/base/mem.h"
#include "runbook/base/num.h"

#define PROCESSES_MAX ((size_t)1 << 18)
#define FIELDS_MIN 38 /* after the state; Linux 2.6 has that many */
#define COMM_MAX 64   /* kernel threads: "kworker/..." with its workqueue */
#define PF_KTHREAD 0x00200000u

static bool stat_tail(struct str *rest, struct proc_stat *ret)
{
    struct str r = *rest, word;
    uint64_t v[42] = {0};
    int64_t nice = 0, ppid = 0;
    int n = 0;

    word = parse_word(&r);
    if (word.len != 1)
        return false;
    ret->state = word.ptr[0];
    for (word = parse_word(&r); word.len && n < 42; word = parse_word(&r), n++) {
        int64_t sv;

        if (num_u64(word, &v[n]))
            continue;
        if (!num_i64(word, &sv))
            return false;
        if (n == 15)
            nice = sv;
    }
    if (n < FIELDS_MIN)
        return false;
    ppid = (int64_t)v[0];
    ret->ppid = ppid >= 0 && ppid <= INT32_MAX ? (int32_t)ppid : 0;
    ret->session = v[2] <= INT32_MAX ? (int32_t)v[2] : 0;
    ret->tty = v[3] != 0;
    ret->flags = v[5];
    ret->majflt = v[8];
    ret->utime = v[10];
    ret->stime = v[11];
    ret->cutime = v[12];
    ret->cstime = v[13];
    ret->nice = nice ? nice : (int64_t)(v[15] & 0xff);
    ret->threads = (int64_t)(v[16] < 1000000 ? v[16] : 0);
    ret->start = v[18];
    ret->vsize = v[19];
    ret->rss_pages = v[20] < (UINT64_MAX >> 20) ? v[20] : 0;
    ret->core = v[35] < 65536 ? (int)v[35] : -1;
    ret->policy = n > 37 && v[37] < 16 ? (int)v[37] : 0;
    *rest = r;
    return true;
}

static bool stat_line(struct str *rest, struct proc_stat *ret)
{
    struct str r = *rest, word = parse_word(&r);
    uint64_t pid;

    if (!num_u64(word, &pid) || pid == 0 || pid > INT32_MAX || r.len < 3 || r.ptr[0] != ' ' ||
        r.ptr[1] != '(')
        return false;
    ret->pid = (int32_t)pid;
    r = (struct str){r.ptr + 2, r.len - 2};
    for (size_t i = 0; i < r.len && i <= COMM_MAX; i++) {
        struct str tail = {r.ptr + i + 1, r.len - i - 1};

        if (r.ptr[i] == ')' && tail.len && tail.ptr[0] == ' ' && stat_tail(&tail, ret)) {
            ret->comm = (struct str){r.ptr, i};
            *rest = tail;
            return true;
        }
    }
    return false;
}

bool parse_proc_stat(struct str *rest, struct proc_stat *ret)
{
    while (rest->len) {
        const char *nl;

        *ret = (struct proc_stat){0};
        if (stat_line(rest, ret))
            return true;
        nl = memchr(rest->ptr, '\n', rest->len);
        if (!nl)
            return false;
        *rest = (struct str){nl + 1, rest->len - (size_t)(nl + 1 - rest->ptr)};
    }
    return false;
}

struct stats {
    struct proc_stat *items;
    size_t count, cap;
};

static int by_pid(const void *a, const void *b)
{
    int32_t x = ((const struct proc_stat *)a)->pid, y = ((const struct proc_stat *)b)->pid;

    return (x > y) - (x < y);
}

static void read_stats(struct str text, struct stats *out)
{
    struct proc_stat st;
    size_t kept = 0;

    while (out->count < PROCESSES_MAX && parse_proc_stat(&text, &st))
        *VEC_PUSH(out) = st;
    if (!out->count)
        return;
    qsort(out->items, out->count, sizeof(*out->items), by_pid);
    for (size_t i = 1; i < out->count; i++) { /* a pid once */
        if (out->items[i].pid != out->items[kept].pid)
            out->items[++kept] = out->items[i];
    }
    out->count = kept + 1;
}

static size_t find_stat(const struct stats *s, int32_t pid)
{
    size_t lo = 0, hi = s->count;

    while (lo < hi) {
        size_t mid = lo + (hi - lo) / 2;

        if (s->items[mid].pid < pid)
            lo = mid + 1;
        else
            hi = mid;
    }
    return lo < s->count && s->items[lo].pid == pid ? lo : SIZE_MAX;
}

static double ticks(const struct proc_stat *st, bool children)
{
    double t = (double)st->utime + (double)st->stime;

    return children ? t + (double)st->cutime + (double)st->cstime : t;
}

static double rise(uint64_t a, uint64_t b)
{
    return b > a ? (double)(b - a) : 0;
}

static void set_process(struct parse *p, const struct host_snapshot *s, const struct proc_stat *was,
                        const struct proc_stat *is, struct host_process *ret)
{
    double window = p->window_s > 0 ? p->window_s : 1, start_s = (double)is->start / p->hz;

    ret->pid = is->pid;
    ret->ppid = is->ppid;
    ret->state = is->state >= 'A' && is->state <= 'z' ? is->state : '?';
    ret->kernel = (is->flags & PF_KTHREAD) || is->pid == 2 || is->ppid == 2;
    ret->comm = parse_text(p, is->comm, COMM_MAX);
    ret->uid = -1;
    ret->threads = (int)is->threads;
    ret->nice = (int)is->nice;
    ret->age_s = fmax(0, s->uptime_s - start_s);
    ret->rss_bytes = (double)is->rss_pages * p->page_bytes;
    ret->vm_bytes = (double)is->vsize;
    ret->data_bytes = ret->swap_bytes = ret->as_limit = ret->data_limit = NAN;
    ret->fds = ret->fd_limit = -1;
    ret->wait = ret->slices = ret->fd_rate = ret->age_of_youngest = NAN;
    ret->task_limit = ret->tasks_of_user = NAN;
    ret->session = is->session;
    ret->tty = is->tty;
    ret->core = is->core;
    ret->children_s = ((double)is->cutime + (double)is->cstime) / p->hz;
    ret->policy = is->policy;
    ret->fresh = !was;
    ret->waited = is->state == 'D' || (was && was->state == 'D');
    ret->user_cpu = rise(was ? was->utime : 0, is->utime) / p->hz / window;
    ret->system_cpu = rise(was ? was->stime : 0, is->stime) / p->hz / window;
    ret->thread_rate = was ? (double)(is->threads - was->threads) / window : 0;
    ret->cpu_mean = ret->age_s > 0 ? ticks(is, false) / p->hz / ret->age_s : 0;
    ret->cpu = fmax(0, ticks(is, false) - (was ? ticks(was, false) : 0)) / p->hz / window;
    if (was) {
        ret->majflt_rate =
            is->majflt > was->majflt ? (double)(is->majflt - was->majflt) / window : 0;
        ret->rss_rate = ((double)is->rss_pages - (double)was->rss_pages) * p->page_bytes / window;
        ret->vm_rate = ((double)is->vsize - (double)was->vsize) / window;
    }
}

/* What ended in the window was added to its parent's counters of reaped children, whole; what it
 * had used before the window does not belong there. */
static void reaped_cpu(const struct parse *p, const struct stats *t0, const struct stats *t1,
                       double *tree)
{
    double window = p->window_s > 0 ? p->window_s : 1;
    double *before = xcalloc(t1->count ? t1->count : 1, sizeof(*before));

    for (size_t i = 0; i < t0->count; i++) {
        size_t parent;

        if (find_stat(t1, t0->items[i].pid) != SIZE_MAX)
            continue;
        parent = find_stat(t1, t0->items[i].ppid);
        if (parent != SIZE_MAX)
            before[parent] += ticks(&t0->items[i], true);
    }
    for (size_t i = 0; i < t1->count; i++) {
        const struct proc_stat *is = &t1->items[i];
        size_t was = find_stat(t0, is->pid);
        double c = (double)is->cutime + (double)is->cstime;

        if (was != SIZE_MAX && t0->items[was].start == is->start)
            c -= (double)t0->items[was].cutime + (double)t0->items[was].cstime;
        tree[i] = fmax(0, c - before[i]) / p->hz / window;
    }
    free(before);
}

/* Add each process to all its ancestors; the depth is capped, so that a forged cycle ends. */
static void tree_cpu(const struct stats *t1, struct host_snapshot *s, const double *reaped)
{
    for (size_t i = 0; i < s->processes.count; i++) {
        double own = s->processes.items[i].cpu + reaped[i];
        size_t at = i;

        s->processes.items[i].reaped_cpu = reaped[i];

        for (int depth = 0; own > 0 && at != SIZE_MAX && depth < 64; depth++) {
            s->processes.items[at].tree_cpu += own;
            at = t1->items[at].ppid ? find_stat(t1, t1->items[at].ppid) : SIZE_MAX;
        }
    }
}

static void count_states(struct host_snapshot *s)
{
    for (size_t i = 0; i < s->processes.count; i++) {
        const struct host_process *pr = &s->processes.items[i];

        s->zombies += pr->state == 'Z';
        s->d_state += pr->state == 'D';
        s->stopped += pr->state == 'T';
        s->threads += pr->threads;
    }
    s->process_count = s->pids = (double)s->processes.count;
}

/* ---- what is started again ---- */

#define RESTARTS_MAX 64
#define CHILD_YOUNG_S 8.0
#define PARENT_OLD_S 5.0 /* older than the child by that much: it did not start with it */
#define SIBLINGS_MAX 2   /* of that name: more are workers */

static int siblings(const struct host_snapshot *s, const struct host_process *c)
{
    int n = 0;

    VEC_EACH (o, &s->processes) {
        n += o->ppid == c->ppid && strcmp(o->comm, c->comm) == 0;
    }
    return n;
}

static int ended_like(const struct stats *t0, const struct stats *t1, const struct host_process *c)
{
    int n = 0;

    for (size_t i = 0; i < t0->count; i++) {
        n += t0->items[i].ppid == c->ppid && str_eq_c(t0->items[i].comm, c->comm) &&
             find_stat(t1, t0->items[i].pid) == SIZE_MAX;
    }
    return n;
}

/* Nobody has taken the place of one that ended. */
static void left(struct parse *p, const struct stats *t0, const struct stats *t1,
                 struct host_snapshot *s)
{
    for (size_t i = 0; i < t0->count && s->restarts.count < RESTARTS_MAX; i++) {
        const struct proc_stat *was = &t0->items[i];
        double age_s = s->uptime_s - (double)was->start / p->hz;
        size_t at = was->ppid > 1 && !was->tty && was->state != 'Z' &&
                            find_stat(t1, was->pid) == SIZE_MAX &&
                            age_s <= CHILD_YOUNG_S + p->window_s
                        ? find_stat(t1, was->ppid)
                        : SIZE_MAX;
        const struct host_process *parent = at == SIZE_MAX ? NULL : &s->processes.items[at];
        struct host_process c = {.ppid = was->ppid, .comm = ""};

        if (!parent || parent->kernel || parent->tty || parent->age_s < age_s + PARENT_OLD_S)
            continue;
        c.comm = parse_text(p, was->comm, COMM_MAX);
        if (siblings(s, &c))
            continue;
        *VEC_PUSH(&s->restarts) = (struct host_restart){.pid = parent->pid,
                                                        .child = was->pid,
                                                        .comm = parent->comm,
                                                        .child_comm = c.comm,
                                                        .age_s = parent->age_s,
                                                        .child_age_s = age_s,
                                                        .ended = ended_like(t0, t1, &c),
                                                        .gone = true};
    }
}

static void restarts(const struct stats *t0, const struct stats *t1, struct host_snapshot *s)
{
    VEC_EACH (c, &s->processes) {
        size_t at = c->ppid > 1 && !c->kernel && !c->tty && c->state != 'Z' &&
                            c->age_s <= CHILD_YOUNG_S && s->restarts.count < RESTARTS_MAX
                        ? find_stat(t1, c->ppid)
                        : SIZE_MAX;
        const struct host_process *parent = at == SIZE_MAX ? NULL : &s->processes.items[at];

        if (!parent || parent->kernel || parent->tty || parent->age_s < c->age_s + PARENT_OLD_S ||
            siblings(s, c) > SIBLINGS_MAX)
            continue;
        *VEC_PUSH(&s->restarts) = (struct host_restart){.pid = parent->pid,
                                                        .child = c->pid,
                                                        .comm = parent->comm,
                                                        .child_comm = c->comm,
                                                        .age_s = parent->age_s,
                                                        .child_age_s = c->age_s,
                                                        .ended = ended_like(t0, t1, c)};
    }
}

#define LOGIN_DEPTH 4 /* sshd, the user's shell, ours */

/* The process that serves our connection: all that is below it are questions of ours, also those
 * that are asked at the same time. */
static int32_t login_of(const struct host_snapshot *s, int32_t self)
{
    const struct host_process *pr = host_snapshot_process(s, self);

    for (int i = 0; i < LOGIN_DEPTH && pr && pr->ppid > 1; i++) {
        pr = host_snapshot_process(s, pr->ppid);
        if (pr && strncmp(pr->comm, "sshd", 4) == 0)
            return pr->pid;
    }
    return self;
}

static bool is_below(const struct host_snapshot *s, const struct host_process *pr, int32_t top)
{
    for (int depth = 0; pr && depth < 64; depth++) {
        if (pr->pid == top)
            return true;
        pr = host_snapshot_process(s, pr->ppid);
    }
    return false;
}

/* What looks at a machine from elsewhere is a process there as well, with children: it says
 * nothing about the machine. */
static void without_ourselves(struct parse *p, struct host_snapshot *s)
{
    int32_t self = (int32_t)parse_i64(str_trim(parse_section(p, "self", 1, false)), 0), top;
    bool *ours;
    size_t kept = 0;

    if (self <= 1)
        return;
    top = login_of(s, self);
    ours = xcalloc(s->processes.count + 1, sizeof(*ours));
    for (size_t i = 0; i < s->processes.count;
         i++) /* all first: a list that shrinks loses parents */
        ours[i] = is_below(s, &s->processes.items[i], top) || s->processes.items[i].ppid == self;
    for (size_t i = 0; i < s->processes.count; i++) {
        if (!ours[i])
            s->processes.items[kept++] = s->processes.items[i];
    }
    s->processes.count = kept;
    free(ours);
}

void parse_processes(struct parse *p, struct host_snapshot *s)
{
    struct stats t0 = {0}, t1 = {0};
    double *reaped;

    read_stats(parse_section(p, "procs", 0, false), &t0);
    read_stats(parse_section(p, "procs", 1, true), &t1);
    for (size_t i = 0; i < t1.count; i++) {
        size_t was = find_stat(&t0, t1.items[i].pid);
        bool same = was != SIZE_MAX && t0.items[was].start == t1.items[i].start;
        struct host_process *pr = VEC_PUSH(&s->processes);

        set_process(p, s, same ? &t0.items[was] : NULL, &t1.items[i], pr);
    }
    reaped = xcalloc(t1.count ? t1.count : 1, sizeof(*reaped));
    if (t0.count)
        reaped_cpu(p, &t0, &t1, reaped);
    tree_cpu(&t1, s, reaped);
    restarts(&t0, &t1, s);
    left(p, &t0, &t1, s);
    without_ourselves(p, s);
    count_states(s);
    free(reaped);
    VEC_RELEASE(&t0);
    VEC_RELEASE(&t1);
}

double parse_limit(struct str limits, const char *name)
{
    struct str rest = parse_line_of(limits, name), word;

    if (!rest.ptr)
        return NAN;
    word = parse_word(&rest);
    return str_eq_c(word, "unlimited") ? INFINITY : parse_num(word, NAN);
}

const char *parse_cmdline(struct parse *p, struct str data)
{
    char *copy;

    if (data.len > 1000)
        data.len = 1000;
    while (data.len && (data.ptr[data.len - 1] == '\0' || data.ptr[data.len - 1] == '\n'))
        data.len--;
    copy = arena_strndup(p->arena, data.ptr ? data.ptr : "", data.len);
    for (size_t i = 0; i < data.len; i++) {
        if (copy[i] == '\0')
            copy[i] = ' ';
    }
    return parse_text(p, (struct str){copy, data.len}, 1000);
}

/* The memory controller's hierarchy of v1 when there is one, else the unified one. */
const char *parse_cgroup_path(struct parse *p, struct str data)
{
    struct str line, best = {NULL, 0};

    while (str_line(&data, &line)) {
        struct str id, names;

        if (!str_split(&line, ':', &id) || parse_i64(id, -1) < 0 ||
            !str_split(&line, ':', &names) || !line.ptr)
            continue;
        if (str_find(names, STR_LIT("memory")) >= 0) {
            best = line;
            break;
        }
        if (!names.len)
            best = line;
    }
    return best.ptr ? parse_text(p, best, 500) : NULL;
}

const char *parse_cgroup_of(struct parse *p, struct str data, const char *controller)
{
    struct str line;

    while (str_line(&data, &line)) {
        struct str id, names, name;

        if (!str_split(&line, ':', &id) || parse_i64(id, -1) < 0 ||
            !str_split(&line, ':', &names) || !line.ptr)
            continue;
        while (str_split(&names, ',', &name)) {
            if (str_eq_c(name, controller))
                return parse_text(p, line, 500);
        }
    }
    return NULL;
}

struct host_process *parse_process_of(struct host_snapshot *s, int64_t pid)
{
    size_t lo = 0, hi = s->processes.count;

    while (lo < hi) {
        size_t mid = lo + (hi - lo) / 2;

        if (s->processes.items[mid].pid < pid)
            lo = mid + 1;
        else
            hi = mid;
    }
    return lo < s->processes.count && s->processes.items[lo].pid == pid ? &s->processes.items[lo]
                                                                        : NULL;
}

const struct host_process *host_snapshot_process(const struct host_snapshot *s, int32_t pid)
{
    for (size_t lo = 0, hi = s->processes.count; lo < hi;) {
        size_t mid = lo + (hi - lo) / 2;

        if (s->processes.items[mid].pid == pid)
            return &s->processes.items[mid];
        if (s->processes.items[mid].pid < pid)
            lo = mid + 1;
        else
            hi = mid;
    }
    return NULL;
}

static void set_files(struct parse *p, struct host_process *pr, struct str data)
{
    struct str line;

    while (pr->file_count < 8 && str_line(&data, &line)) {
        if (line.len && line.ptr[0] == '/')
            pr->files[pr->file_count++] = parse_text(p, line, 300);
    }
}

static void set_detail(struct parse *p, struct host_process *pr, struct str what, struct str data)
{
    double kib = 1024;

    if (str_eq_c(what, "cmdline")) {
        pr->cmdline = parse_cmdline(p, data);
    } else if (str_eq_c(what, "about")) {
        struct str uid = parse_line_of(data, "Uid:");
        double fds = parse_limit(data, "Max open files");

        pr->data_bytes = parse_field(data, "VmData") * kib;
        pr->swap_bytes = parse_field(data, "VmSwap") * kib;
        pr->uid = parse_i64(parse_word(&uid), pr->uid);
        pr->as_limit = parse_limit(data, "Max address space");
        pr->data_limit = parse_limit(data, "Max data size");
        pr->fd_limit = isfinite(fds) ? (int64_t)fmin(fds, 1e15) : -1;
        pr->cgroup = parse_cgroup_path(p, data);
        pr->cpu_group = parse_cgroup_of(p, data, "cpu");
        pr->pids_group = parse_cgroup_of(p, data, "pids");
        pr->task_limit = parse_limit(data, "Max processes");
        pr->tracer = (int64_t)fmax(0, parse_field(data, "TracerPid"));
        pr->allowed = parse_text(p, parse_line_of(data, "Cpus_allowed_list:"), 64);
    } else if (str_eq_c(what, "fds")) {
        pr->fds = parse_i64(str_trim(data), pr->fds);
    } else if (str_eq_c(what, "files")) {
        set_files(p, pr, data);
    } else if (str_eq_c(what, "exe")) {
        pr->exe_deleted = str_ends(str_trim(data), " (deleted)");
        pr->exe = data.len ? parse_text(p, str_trim(data), 512) : NULL;
    } else if (str_eq_c(what, "wchan")) {
        pr->wchan = parse_text(p, str_trim(data), 64);
    }
}

/* Sections "pid/42/cmdline", "pid/42/about" (its cgroup, status and limits files), "fds", "wchan".
 */
void parse_process_details(struct parse *p, struct host_snapshot *s)
{
    int denied = 0;

    for (size_t i = 0; i < p->bundle.sections.count; i++) {
        const struct host_section *sec = &p->bundle.sections.items[i];
        struct str rest = sec->name, head, pid;
        struct host_process *pr;

        denied += sec->err == ERR_DENIED && str_starts(rest, "pid/") && str_ends(rest, "/fds");
        if (sec->err || !str_starts(rest, "pid/") || !str_split(&rest, '/', &head) ||
            !str_split(&rest, '/', &pid))
            continue;
        pr = parse_process_of(s, parse_i64(pid, -1));
        if (pr)
            set_detail(p, pr, rest, sec->data);
    }
    if (denied && !host_bundle_find(&p->bundle, "fdscan", 1)) /* which counts them all */
        parse_gap(p, "open files and sockets of other users' processes", ERR_DENIED,
                  "they belong to other users: look as root");
}
