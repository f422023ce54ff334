/* fork_churn.c - processes are started faster than any job needs: each lives for a moment, none of
 * them is in a list, and their starting and ending is what takes the time. The parent is to blame.
 */
#include <math.h>
#include <string.h>

#include "cpu.h"
#include "patterns.h"

static const struct host_limit limits[] = {
    {"storm_rate", 800.0, "1/s", "a second; configure scripts and builds stay below"},
    {"churn_rate", 300.0, "1/s", "enough when somebody waits for a processor meanwhile"},
    {"paced", 0.4, "times", "wakeups for each process started"},
    {"share_min", 0.05, "cores", "cores that the ended children of the one to blame used"},
    {.name = NULL},
};
#define STORM_RATE LIMIT(0)
#define CHURN_RATE LIMIT(1)
#define PACED LIMIT(2)
#define SHARE_MIN LIMIT(3)

/* Who has the ended children. Who starts and awaits each of them is woken as often as they come:
 * that outweighs a build beside it, whose few children use more. */
static double churn_of(struct host_view *v, const struct value *p)
{
    double reaped = hv_num(p, "reaped_cpu"), rate = hv_num(v->snapshot, "cpu.fork_rate");
    bool paced = hv_num(p, "slices") >= PACED * rate;

    if (reaped < SHARE_MIN || (!paced && cpu_job_of(v, p)))
        return 0;
    return reaped + hv_num(p, "system") + (paced ? 100 : 0);
}

static const struct value *parent(struct host_view *v)
{
    const struct value *best = NULL;
    double most = 0;

    VALUE_EACH (p, value_get(v->snapshot, "processes")) {
        double c = churn_of(v, p);

        if (cpu_may_blame(p) && !value_bool_or(p, "fresh", false) && c > most) {
            most = c;
            best = p;
        }
    }
    return best;
}

static void find(struct host_view *v, struct host_finding *f)
{
    const struct value *s = v->snapshot, *p = parent(v);
    double rate = hv_num(s, "cpu.fork_rate");

    f->metric = "fork_rate";
    f->unit = "processes/s";
    f->value = rate;
    f->threshold = STORM_RATE;
    f->evidence = arena_printf(v->arena, "%.0f processes a second were started (limit %.0f)",
                               isnan(rate) ? 0 : rate, STORM_RATE);
    if (!p || !(rate >= CHURN_RATE) || (rate < STORM_RATE && !cpu_victim(v, p)))
        return;
    f->strength = STRENGTH_STRONG;
    f->direct = f->tentative = true;
    f->severity = 0.8;
    f->claim = arena_printf(v->arena, "%s is busy with starting and ending processes", v->host);
    hv_add_culprit(
        f,
        (struct host_culprit){
            .statement =
                arena_printf(v->arena, "%s of %s starts %.0f processes a second, each for a moment",
                             cpu_label(v, p), v->host, rate),
            .resource = hv_process_key(v, p),
            .evidence = arena_printf(
                v->arena,
                "its children that ended in the window used %.2f cores, itself %.2f in the kernel",
                hv_num(p, "reaped_cpu"), hv_num(p, "system")),
            .strength = STRENGTH_STRONG,
            .before = NAN,
            .after = rate,
            .follow = FOLLOW_TREE,
            .pid = (int64_t)hv_num(p, "pid"),
            .weight = fmin(1, rate / 2000),
        });
}

static void read_answer(struct host_view *v, const struct host_culprit *c,
                        const struct value *answer, struct host_reading *r)
{
    struct host_view later = *v;
    const struct value *p;
    double rate = hv_num(answer, "cpu.fork_rate");

    later.snapshot = answer;
    p = hv_process(&later, (double)c->pid);
    r->after = rate;
    r->direct = true;
    r->evidence = arena_printf(
        v->arena,
        "a second look over %.1f s: %.0f processes a second, its ended children %.2f cores",
        hv_num(answer, "window_s"), rate, p ? hv_num(p, "reaped_cpu") : 0);
    r->strength =
        p && rate >= CHURN_RATE && churn_of(&later, p) > 0 ? STRENGTH_STRONG : STRENGTH_CONTRADICTS;
}

static const struct host_proposal proposals[] = {
    {.action = "see what process {pid} ({command}) starts so often",
     .command = "strace -f -e trace=execve -p {pid}",
     .rollback = "nothing to undo, it only reads",
     .risk = APPROVAL_LOW,
     .watch = "the commands and how often they come"},
    {.action = "halt process {pid} ({command}) until its loop is understood",
     .command = "kill -STOP {pid}",
     .rollback = "kill -CONT {pid}",
     .risk = APPROVAL_MEDIUM,
     .watch = "processes started a second on {host}"},
    {.action = NULL},
};

static const char *const checks[] = {
    "processes started on {host}: grep ^processes /proc/stat, twice",
    NULL,
};

const struct host_pattern host_pattern_fork_churn = {
    .id = "fork_churn",
    .kind = "cpu",
    .category = CATEGORY_APPLICATION,
    .words = WORDS_CPU | WORDS_LATENCY,
    .rank = 21,
    .claim = "%s is busy with starting and ending processes",
    .rationale = "starting a process costs a millisecond that nobody sees in a list of processes",
    .refutes = "fewer than 300 processes started a second",
    .limits = limits,
    .find = find,
    .read = read_answer,
    .proposals = proposals,
    .checks = checks,
};
