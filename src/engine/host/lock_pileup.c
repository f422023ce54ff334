/* lock_pileup.c - processes wait for a file lock that one of them holds: runs of one job that catch
 * up with each other, or a job that hangs with its lock file. */
#include <math.h>

#include "patterns.h"
#include "process.h"

static const struct host_limit limits[] = {
    {"waiters", 3.0, "count", "two may meet by chance"},
    {"works", 0.01, "cores", "cores, with its children"},
    {.name = NULL},
};
#define WAITERS LIMIT(0)
#define WORKS LIMIT(1)

static double waiters_of(struct host_view *v, double holder)
{
    double n = 0;

    VALUE_EACH (l, value_get(v->snapshot, "locks"))
        n += hv_num(l, "holder") == holder;
    return n;
}

/* Runs that take turns wait for each other by intent, as long as the one whose turn it is works. */
static bool goes_on(struct host_view *v, const struct value *p)
{
    return hv_num(p, "tree_cpu") >= WORKS || hv_num(p, "read_rate") > 0 ||
           hv_num(p, "write_rate") > 0;
}

/* The lock with the most waiters of those whose holder is known and does nothing. */
static const struct value *held_up(struct host_view *v, double *ret_most)
{
    const struct value *worst = NULL;

    *ret_most = 0;
    VALUE_EACH (l, value_get(v->snapshot, "locks")) {
        const struct value *p = hv_process(v, hv_num(l, "holder"));
        double n = waiters_of(v, hv_num(l, "holder"));

        /* A holder that is not in the list handed the open file on, or is hidden. */
        if (p && !goes_on(v, p) && n > *ret_most) {
            *ret_most = n;
            worst = l;
        }
    }
    return worst;
}

static void find(struct host_view *v, struct host_finding *f)
{
    double most;
    const struct value *worst = held_up(v, &most), *p, *w;

    f->metric = "lock_waiters";
    f->unit = "count";
    f->threshold = WAITERS;
    f->value = most;
    f->evidence = arena_printf(
        v->arena, "%.0f processes wait for a file lock of one that does nothing (limit %.0f)", most,
        WAITERS);
    if (!worst || most < WAITERS)
        return;
    p = hv_process(v, hv_num(worst, "holder"));
    w = hv_process(v, hv_num(worst, "waiter"));
    f->strength = STRENGTH_STRONG;
    f->direct = true;
    f->severity = 0.9;
    f->resource = hv_process_key(v, p);
    f->claim = arena_printf(v->arena, "%s of %s holds a file lock that %.0f others wait for",
                            process_name(v, p), v->host, most);
    f->second =
        arena_printf(v->arena, "one that waits: process %.0f (%s), %s lock of inode %.0f%s",
                     hv_num(worst, "waiter"), w ? hv_str(w, "command") : "?", hv_str(worst, "type"),
                     hv_num(worst, "inode"),
                     w && hv_num(w, "same") >= 2 ? "; it runs the same command as others" : "");
}

static const struct host_proposal proposals[] = {
    {.action = "see what process {pid} ({command}) does with the lock",
     .command = "ls -l /proc/{pid}/fd; cat /proc/{pid}/wchan",
     .rollback = "nothing to undo, it only reads",
     .risk = APPROVAL_LOW,
     .watch = "lines with -> in /proc/locks"},
    {.action = "end process {pid} ({command}), so that the next one gets the lock",
     .command = "kill {pid}",
     .rollback = "none possible, the job must be run again",
     .risk = APPROVAL_HIGH,
     .watch = "lines with -> in /proc/locks"},
    {.action = NULL},
};

static const char *const checks[] = {
    "file locks of {host}: lslocks; grep -- '->' /proc/locks",
    NULL,
};

const struct host_pattern host_pattern_lock_pileup = {
    .id = "lock_pileup",
    .kind = "process",
    .category = CATEGORY_APPLICATION,
    .words = WORDS_LATENCY | WORDS_SERVICE,
    .rank = 36,
    .claim = "processes of %s wait for a file lock",
    .rationale = "who holds a lock and does not go on stops all who need it",
    .refutes = "fewer than three that wait for one lock",
    .limits = limits,
    .find = find,
    .proposals = proposals,
    .checks = checks,
};
