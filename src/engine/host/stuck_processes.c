/* stuck_processes.c - processes in uninterruptible sleep that does not end. Waiting for a disk is
 * normal for moments; one that is found there in every sample of seconds hangs. */
#include <math.h>
#include <string.h>

#include "patterns.h"
#include "process.h"

static const struct host_limit limits[] = {
    {"kernel_recent", 1800.0, "s", "older messages belong to another incident"},
    {"runs", 0.02, "cores", "a busy disk lets it run now and then"},
    {"samples", 3.0, "count", "of the second look"},
    {"serves", 1.0, "1/s", "a disk that answers: who waits for it may well be served"},
    {"turns", 0.5, "1/s", "who is given a processor more often gets what it waits for"},
    {.name = NULL},
};
#define KERNEL_RECENT_S LIMIT(0)
#define RUNS LIMIT(1)
#define SAMPLES LIMIT(2)
#define SERVES LIMIT(3)
#define TURNS LIMIT(4)
#define WAITS_FOR_CHILD "vfork" /* in the name of where it waits: its child, not a device */

/* The mount that a path lies on: the longest that it begins with. */
static const char *mount_of(struct host_view *v, const char *path)
{
    const char *best = "";

    VALUE_EACH (fs, value_get(v->snapshot, "filesystems")) {
        const char *m = hv_str(fs, "mount");
        size_t n = strlen(m);

        if (strncmp(path, m, n) == 0 &&
            (path[n] == '/' || path[n] == '\0' || (n && m[n - 1] == '/')) && n > strlen(best))
            best = m;
    }
    return best;
}

/* Where the files lie that it has open: the mount that is not the root, if there is one. */
static const char *stuck_mount(struct host_view *v, const struct value *p)
{
    const char *best = "";

    VALUE_EACH (file, value_get(p, "files")) {
        const char *m = file->type == VALUE_STRING && strncmp(file->u.string.ptr, "/dev/", 5) != 0
                            ? mount_of(v, file->u.string.ptr)
                            : "";

        if (strlen(m) > strlen(best))
            best = m;
    }
    return best;
}

/* It waits for a disk, but its bytes go on. */
static bool moves(const struct value *p)
{
    return hv_num(p, "read_rate") > 0 || hv_num(p, "write_rate") > 0 || hv_num(p, "wrote_rate") > 0;
}

/* How often it ran in the window; where that is not known, not at all. */
static double turns(const struct value *p)
{
    return fmax(0, hv_num(p, "slices"));
}

/* Who did not run at all comes before who is served now and then, then the oldest. */
static bool sooner(const struct value *a, const struct value *b)
{
    if ((turns(a) > 0) != (turns(b) > 0))
        return turns(b) > 0;
    return hv_num(a, "age_s") > hv_num(b, "age_s");
}

static const struct value *first_stuck(struct host_view *v)
{
    const struct value *best = NULL;

    VALUE_EACH (p, value_get(v->snapshot, "processes")) {
        if (strcmp(hv_str(p, "state"), "D") != 0 || value_bool_or(p, "kernel", false) ||
            value_bool_or(p, "fresh", false) || hv_num(p, "cpu") > RUNS || moves(p))
            continue;
        if (!best || sooner(p, best))
            best = p;
    }
    return best;
}

static void by_kernel(struct host_view *v, struct host_finding *f, const struct value *e)
{
    f->strength = STRENGTH_STRONG;
    f->direct = true;
    f->severity = 0.85;
    f->second = arena_printf(v->arena, "kernel: %s", hv_str(e, "text"));
    if (hv_num(e, "pid") > 0)
        f->resource = arena_printf(v->arena, "host:%s/process:%.0f(%s)", v->host, hv_num(e, "pid"),
                                   hv_str(e, "command"));
}

static void find(struct host_view *v, struct host_finding *f)
{
    static const char *const kinds[] = {"hung_task", NULL};
    const struct value *e = hv_recent_event(v, kinds, KERNEL_RECENT_S), *p = first_stuck(v);
    const char *mount = p ? stuck_mount(v, p) : "";

    f->metric = "processes_in_d_state";
    f->unit = "count";
    f->value = hv_num(v->snapshot, "limits.d_state");
    f->threshold = 0;
    f->evidence = arena_printf(v->arena, "%.0f processes in uninterruptible sleep%s", f->value,
                               e ? ", and the kernel reports hung tasks" : "");
    if (e)
        by_kernel(v, f, e);
    if (!p)
        return;
    if (!e) {
        f->strength = STRENGTH_STRONG;
        f->direct = f->tentative = true;
        f->severity = fmin(0.95, 0.85 + f->value / 100);
        f->resource = hv_process_key(v, p);
    }
    hv_add_culprit(
        f, process_culprit(
               v, p,
               arena_printf(v->arena, "%s of %s hangs in the kernel%s%s%s", process_name(v, p),
                            v->host, *hv_str(p, "wchan") ? " in " : "", hv_str(p, "wchan"),
                            *mount ? arena_printf(v->arena, ", its files lie on %s", mount) : ""),
               arena_printf(v->arena, "it is in state D%s%s, as are %.0f in all",
                            *hv_str(p, "wchan") ? " and waits in " : "", hv_str(p, "wchan"),
                            f->value)));
}

/* Neither its bytes nor its turns are to be seen, and some disk answers: it may wait for that and
 * be served. */
static bool may_move(struct host_view *v, const struct value *answer)
{
    bool serves = false;

    VALUE_EACH (d, value_get(v->snapshot, "disks")) {
        serves = serves || hv_num(d, "iops") >= SERVES;
    }
    return serves && isnan(hv_num(answer, "moved_rate")) && isnan(hv_num(answer, "slice_rate"));
}

static const char *what_else(struct host_view *v, const struct value *p, const struct value *answer)
{
    double ran = hv_num(answer, "slice_rate");

    if (p && strstr(hv_str(p, "wchan"), WAITS_FOR_CHILD))
        return "; it waits for its own child to start";
    if (may_move(v, answer))
        return "; whether it goes on is for root to see, and a disk answers";
    return isnan(ran) ? "" : arena_printf(v->arena, ", and ran %.1f times a second", ran);
}

static void read_answer(struct host_view *v, const struct host_culprit *c,
                        const struct value *answer, struct host_reading *r)
{
    int stuck = 0, all = 0;
    bool moves_on;

    VALUE_EACH (s, value_get(answer, "samples")) {
        stuck += strcmp(hv_str(s, "state"), "D") == 0;
        all++;
    }
    r->direct = true;
    r->after = stuck;
    r->evidence = arena_printf(
        v->arena, "watched for %.1f s it was in state D in %d of %d samples, %.2f cores%s",
        hv_num(answer, "window_s"), stuck, all, hv_num(answer, "cpu_mean"),
        what_else(v, hv_process(v, (double)c->pid), answer));
    /* A busy disk lets it run now and then. */
    moves_on = !(hv_num(answer, "cpu_mean") < RUNS) || hv_num(answer, "moved_rate") > 0 ||
               hv_num(answer, "slice_rate") > TURNS;
    r->strength = all < SAMPLES || stuck < all || moves_on ? STRENGTH_CONTRADICTS
                  : may_move(v, answer)                    ? STRENGTH_WEAK
                                                           : STRENGTH_STRONG;
}

static const struct host_proposal proposals[] = {
    {.action = "see what process {pid} ({command}) waits for in the kernel",
     .command = "cat /proc/{pid}/wchan /proc/{pid}/stack; ls -l /proc/{pid}/fd",
     .rollback = "nothing to undo, it only reads",
     .risk = APPROVAL_LOW,
     .watch = "the device or mount behind it"},
    {.action = NULL},
};

static const char *const checks[] = {
    "who is stuck on {host}: ps -eo stat,pid,wchan:32,args | grep ^D, twice",
    "hung tasks of {host}: dmesg | grep 'blocked for more than'",
    NULL,
};

const struct host_pattern host_pattern_stuck_processes = {
    .id = "stuck_processes",
    .kind = "process",
    .category = CATEGORY_INFRASTRUCTURE,
    .words = WORDS_DISK | WORDS_LATENCY,
    .rank = 12,
    .claim = "processes of %s are stuck in the kernel",
    .rationale = "a process in uninterruptible sleep waits for a device or a remote filesystem",
    .refutes = "no process in state D for the whole window",
    .limits = limits,
    .find = find,
    .read = read_answer,
    .proposals = proposals,
    .checks = checks,
};
