/* parse_tasks.c - what other sections say of every process (who owns it, how long it waited for a
 * processor, how many files it has open), and how processes belong together: children, zombies,
 * the same command in several sessions; file locks and shared memory.
 * Sources: Linux Documentation/scheduler/sched-stats.rst, filesystems/proc.rst, proc_locks(5). */
#include "parse_priv.h"

#include <stdio.h>
#include <stdlib.h>

#include "runbook/base/map.h"
#include "runbook/base/mem.h"
#include "runbook/base/num.h"

#define SHM_MAX 256
#define LOCKS_MAX 4096

/* "12/schedstat:run_ns wait_ns slices" */
static bool sched_line(struct str line, int64_t *pid, double v[3])
{
    struct str head, word;

    if (!str_split(&line, '/', &head) || !str_split(&line, ':', &word))
        return false;
    *pid = parse_i64(head, -1);
    for (int i = 0; i < 3; i++)
        v[i] = parse_num(parse_word(&line), NAN);
    return *pid > 0 && !isnan(v[2]);
}

/* The start of the window leaves its numbers negative until the end takes the difference. */
static void sched(struct parse *p, struct host_snapshot *s)
{
    double window = p->window_s > 0 ? p->window_s : 1, v[3];

    for (int phase = 0; phase < 2; phase++) {
        struct str text = parse_section(p, "sched", phase, false), line;

        while (str_line(&text, &line)) {
            struct host_process *pr;
            int64_t pid;

            if (!sched_line(line, &pid, v) || !(pr = parse_process_of(s, pid)))
                continue;
            if (phase == 0 && !pr->fresh) {
                pr->wait = -v[1];
                pr->slices = -v[2];
            } else if (phase == 1) {
                pr->wait = (v[1] + (isnan(pr->wait) ? 0 : pr->wait)) / 1e9 / window;
                pr->slices = (v[2] + (isnan(pr->slices) ? 0 : pr->slices)) / window;
            }
        }
    }
    for (size_t i = 0; i < s->processes.count; i++) {
        struct host_process *pr = &s->processes.items[i];

        pr->wait = pr->wait >= 0 ? fmin(1, pr->wait) : NAN;
        pr->slices = pr->slices >= 0 ? pr->slices : NAN;
    }
}

/* "5 12/fd" */
static void fd_counts(struct parse *p, struct host_snapshot *s)
{
    double window = p->window_s > 0 ? p->window_s : 1;
    int64_t *before = xcalloc(s->processes.count ? s->processes.count : 1, sizeof(*before));

    for (int phase = 0; phase < 2; phase++) {
        struct str text = parse_section(p, "fdcount", phase, false), line;

        while (str_line(&text, &line)) {
            int64_t count = parse_i64(parse_word(&line), -1);
            struct str word = parse_word(&line), pid;
            struct host_process *pr =
                str_split(&word, '/', &pid) ? parse_process_of(s, parse_i64(pid, -1)) : NULL;

            if (!pr || count <= 0)
                continue;
            if (phase == 0) {
                before[pr - s->processes.items] = count;
                continue;
            }
            pr->fds = count;
            if (before[pr - s->processes.items] && !pr->fresh)
                pr->fd_rate = (double)(count - before[pr - s->processes.items]) / window;
        }
    }
    free(before);
}

/* "0 12": who owns which process; then how many threads each user has. */
static void owners(struct parse *p, struct host_snapshot *s)
{
    struct str text = parse_section(p, "owners", 1, false), line;
    struct map *sums = map_new();

    while (str_line(&text, &line)) {
        struct str uid = parse_word(&line);
        struct host_process *pr = parse_process_of(s, parse_i64(parse_word(&line), -1));
        uintptr_t sum;

        if (!pr || parse_i64(uid, -1) < 0)
            continue;
        pr->uid = parse_i64(uid, -1);
        sum = (uintptr_t)map_get(sums, uid) + (uintptr_t)(pr->threads > 0 ? pr->threads : 0);
        map_set(sums, uid, (void *)sum);
    }
    for (size_t i = 0; i < s->processes.count; i++) {
        struct host_process *pr = &s->processes.items[i];
        char key[24];

        if (pr->uid < 0)
            continue;
        snprintf(key, sizeof(key), "%lld", (long long)pr->uid);
        pr->tasks_of_user = (double)(uintptr_t)map_get(sums, str_from(key));
    }
    map_free(sums);
}

static void children(struct host_snapshot *s)
{
    for (size_t i = 0; i < s->processes.count; i++) {
        const struct host_process *c = &s->processes.items[i];
        struct host_process *parent = parse_process_of(s, c->ppid);

        if (!parent || c->kernel)
            continue;
        parent->children++;
        parent->zombies += c->state == 'Z';
        parent->stopped_children += c->state == 'T';
        parent->fresh_children += c->fresh;
        parent->age_of_youngest = fmin(parent->age_of_youngest, c->age_s);
        if (isnan(parent->age_of_youngest))
            parent->age_of_youngest = c->age_s;
    }
}

void parse_tasks(struct parse *p, struct host_snapshot *s)
{
    sched(p, s);
    fd_counts(p, s);
    owners(p, s);
    children(s);
}

/* ---- the same command several times ---- */

struct run {
    struct host_process *pr;
    struct str key;
};

static int by_key(const void *a, const void *b)
{
    const struct run *x = a, *y = b;
    int c = str_cmp(x->key, y->key);

    return c ? c : (x->pr->session > y->pr->session) - (x->pr->session < y->pr->session);
}

/* Sessions count, not processes: workers of one service share theirs. */
static void same_of(struct run *runs, size_t from, size_t to)
{
    int sessions = 0;

    for (size_t i = from; i < to; i++)
        sessions += i == from || runs[i].pr->session != runs[i - 1].pr->session;
    for (size_t i = from; i < to; i++)
        runs[i].pr->same = sessions;
}

void parse_same(struct host_snapshot *s)
{
    struct run *runs = xcalloc(s->processes.count ? s->processes.count : 1, sizeof(*runs));
    struct buf keys = BUF_INIT((size_t)1 << 22);
    size_t n = 0, at = 0;

    for (size_t i = 0; i < s->processes.count; i++) {
        struct host_process *pr = &s->processes.items[i];

        if (pr->cmdline && *pr->cmdline && !pr->kernel && pr->state != 'Z') {
            runs[n].pr = pr;
            runs[n++].key.len = keys.len;
            buf_addf(&keys, "%lld %s %s", (long long)pr->uid, pr->cgroup ? pr->cgroup : "",
                     pr->cmdline);
        }
    }
    for (size_t i = 0; i < n; i++) {
        size_t end = i + 1 < n ? runs[i + 1].key.len : keys.len;

        runs[i].key = (struct str){keys.ptr + at, end - at};
        at = end;
    }
    if (n)
        qsort(runs, n, sizeof(*runs), by_key);
    for (size_t from = 0, to; from < n; from = to) {
        for (to = from + 1; to < n && str_eq(runs[to].key, runs[from].key); to++)
            ;
        same_of(runs, from, to);
    }
    buf_release(&keys);
    free(runs);
}

/* ---- locks and shared memory ---- */

/* "3: FLOCK  ADVISORY  WRITE 4242 08:02:1234 0 EOF", and "3: -> ..." for each that waits. */
void parse_locks(struct parse *p, struct host_snapshot *s)
{
    struct str text = parse_section(p, "proc/locks", 1, false), line;
    int32_t holder = 0;

    while (str_line(&text, &line) && s->locks.count < LOCKS_MAX) {
        struct str word, type, file, part = {NULL, 0};
        bool waits;
        int64_t pid;

        parse_word(&line);
        word = parse_word(&line);
        waits = str_eq_c(word, "->");
        type = waits ? parse_word(&line) : word;
        parse_word(&line);
        parse_word(&line);
        pid = parse_i64(parse_word(&line), 0);
        file = parse_word(&line);
        if (!waits) {
            holder = pid > 0 && pid <= INT32_MAX ? (int32_t)pid : 0;
            continue;
        }
        if (pid <= 0 || pid > INT32_MAX || holder <= 0)
            continue;
        while (str_split(&file, ':', &part))
            ;
        *VEC_PUSH(&s->locks) = (struct host_lock){.holder = holder,
                                                  .waiter = (int32_t)pid,
                                                  .type = parse_text(p, type, 16),
                                                  .inode = (uint64_t)fmax(0, parse_num(part, 0))};
    }
}

static int by_bytes(const void *a, const void *b)
{
    const struct host_shm *x = a, *y = b;

    return (x->bytes < y->bytes) - (x->bytes > y->bytes);
}

/* key shmid perms size cpid lpid nattch uid ... */
void parse_shm(struct parse *p, struct host_snapshot *s)
{
    struct str text = parse_section(p, "proc/sysvipc/shm", 1, false), line;

    while (str_line(&text, &line) && s->shms.count < SHM_MAX) {
        struct host_shm m = {.key = parse_i64(parse_word(&line), 0)};

        m.id = parse_i64(parse_word(&line), -1);
        parse_word(&line);
        m.bytes = parse_num(parse_word(&line), 0);
        m.creator = parse_i64(parse_word(&line), 0);
        parse_word(&line);
        m.attached = parse_i64(parse_word(&line), 0);
        if (m.id >= 0 && m.bytes > 0)
            *VEC_PUSH(&s->shms) = m;
    }
    if (s->shms.count)
        qsort(s->shms.items, s->shms.count, sizeof(*s->shms.items), by_bytes);
}
