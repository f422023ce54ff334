/* cpu_saturated.c - nearly all time is busy *and* work waits for a processor. */
#include <math.h>
#include <string.h>

#include "cpu.h"
#include "patterns.h"

static const struct host_limit limits[] = {
    {"lasting_age", 3.0, "s", "what is younger comes and goes"},
    {"lasting_share", 0.5, "ratio", "of what a tree uses: less is a coming and going of jobs"},
    {"alone", 0.8, "ratio", "of what its tree uses: then it is that one process"},
    {"mostly", 0.7, "ratio", "of what a tree uses by one process below it"},
    {"one_min", 0.12, "ratio", "of what is used: a smaller part says nothing"},
    {"tree_min", 0.5, "ratio", "of what is used: the tree that explains it"},
    {"tree_least", 0.2, "ratio", "the same, where no single process is named"},
    {"kept", 0.1, "cores", "what it goes on using while it is watched"},
    {.name = NULL},
};
#define LASTING_AGE_S LIMIT(0)
#define LASTING_SHARE LIMIT(1)
#define ALONE LIMIT(2)
#define MOSTLY LIMIT(3)
#define ONE_MIN LIMIT(4)
#define TREE_MIN LIMIT(5)
#define TREE_LEAST LIMIT(6)
#define KEPT LIMIT(7)

#define TIE_MAX 0.01 /* cores: trees that differ by no more are as large; of these the younger */

/* What of a tree's use is neither a step of some job, nor nice, nor gone in a moment. */
static double lasting(struct host_view *v, const struct value *tree)
{
    double sum = 0;

    VALUE_EACH (p, value_get(v->snapshot, "processes")) {
        if ((p == tree || cpu_is_ancestor(v, tree, p)) && !value_bool_or(p, "fresh", false) &&
            hv_num(p, "age_s") >= LASTING_AGE_S && !cpu_gives_way(v, p) && !cpu_job_of(v, p))
            sum += hv_num(p, "cpu");
    }
    return sum;
}

/* The deepest tree that uses at least so much and that is not just one busy process below it. */
static const struct value *busiest_tree(struct host_view *v, double at_least,
                                        const struct value *single_one)
{
    const struct value *best = NULL;

    VALUE_EACH (p, value_get(v->snapshot, "processes")) {
        double t = hv_num(p, "tree_cpu"), near = best ? hv_num(best, "tree_cpu") : 0;

        if (!cpu_may_blame(p) || t < at_least || hv_num(p, "cpu") > ALONE * t)
            continue;
        if (single_one && hv_num(single_one, "cpu") >= MOSTLY * t &&
            cpu_is_ancestor(v, p, single_one))
            continue;
        if (lasting(v, p) < LASTING_SHARE * t)
            continue;
        if (!best || t < near - TIE_MAX ||
            (fabs(t - near) <= TIE_MAX && hv_num(p, "age_s") < hv_num(best, "age_s")))
            best = p;
    }
    return best;
}

static struct host_culprit tree(struct host_view *v, const struct value *p, double cpus)
{
    double cpu = hv_num(p, "tree_cpu");
    const struct value *job = cpu_job_of(v, p), *victim = job ? cpu_victim(v, p) : NULL;

    return (struct host_culprit){
        .statement =
            arena_printf(v->arena, "%s of %s and its children burn %.2f cores%s", cpu_label(v, p),
                         v->host, cpu, job ? ", a job that somebody started" : ""),
        .resource = hv_process_key(v, p),
        .evidence = victim
                        ? arena_printf(
                              v->arena,
                              "%s and its children used %.2f cores of %.0f in the window, while %s "
                              "waited %.0f %% of it for a processor",
                              cpu_label(v, p), cpu, cpus, cpu_label(v, victim),
                              hv_num(victim, "wait") * 100)
                        : arena_printf(v->arena,
                                       "%s and its children used %.2f cores of %.0f in the window",
                                       cpu_label(v, p), cpu, cpus),
        .metric = "process_tree_cpu_cores",
        .unit = "cores",
        .strength = STRENGTH_STRONG,
        .before = NAN,
        .after = cpu,
        .threshold = 0.5,
        .follow = FOLLOW_TREE,
        .pid = (int64_t)hv_num(p, "pid"),
        .weight =
            fmin(1, cpu / cpus) * 0.8, /* of two that are near, the single process says more */
    };
}

/* Why busy processors are no trouble: what can run, runs. */
static const char *waiting_words(struct host_view *v)
{
    const struct value *s = v->snapshot;

    if (!value_bool_or(value_path(s, "pressure.cpu"), "known", false))
        return arena_printf(v->arena, "%.0f runnable on %.0f processors", hv_num(s, "cpu.running"),
                            hv_num(s, "cpu.count"));
    return arena_printf(v->arena, "during %.0f %% of the window (limit %.0f %%)",
                        hv_num(s, "pressure.cpu.some") * 100, CPU_PRESSURE_SATURATED * 100);
}

/* Wanted work that keeps nobody else waiting; NULL: not that. */
static const struct value *harmless_job(struct host_view *v, const struct value *p)
{
    const struct value *job = p ? cpu_job_of(v, p) : NULL;

    return job && !cpu_victim(v, job) ? job : NULL;
}

static void add_culprits(struct host_view *v, struct host_finding *f, const struct value *p,
                         double cpus, double cores)
{
    const struct value *job = p ? cpu_job_of(v, p) : NULL, *t;

    if (job)
        hv_add_culprit(f, tree(v, job, cpus));
    else if (p && hv_num(p, "cpu") >= ONE_MIN * cores &&
             (!cpu_gives_way(v, p) || cpu_victim(v, p))) /* a small share may be the largest */
        hv_add_culprit(f, cpu_single(v, p, cpus, KEPT));
    t = busiest_tree(v, TREE_MIN * cores, p);
    if (!t && !f->culprit_count)
        t = busiest_tree(v, TREE_LEAST * cores, p);
    if (t && t != job)
        hv_add_culprit(f, tree(v, t, cpus));
    /* The largest may turn out to be wanted: what burns beside it is weighed as well. */
    t = p ? cpu_behind(v, job ? job : p, ONE_MIN * cores) : NULL;
    if (t && f->culprit_count == 1)
        hv_add_culprit(f, cpu_single(v, t, cpus, KEPT));
}

static void find(struct host_view *v, struct host_finding *f)
{
    const struct value *s = v->snapshot, *p = cpu_busiest(v), *job = NULL, *behind;
    double busy = hv_num(s, "cpu.busy"), cpus = hv_num(s, "cpu.count"), cores = busy * cpus;
    bool kind = p && cpu_gives_way(v, p);

    f->metric = "cpu_busy";
    f->unit = "ratio";
    f->value = busy;
    f->threshold = CPU_BUSY_SATURATED;
    f->evidence = arena_printf(
        v->arena, "processors %.0f %% busy (limit %.0f %%), load %.2f on %.0f, steal %.0f %%",
        busy * 100, CPU_BUSY_SATURATED * 100, hv_num(s, "cpu.load1"), cpus,
        hv_num(s, "cpu.steal") * 100);
    if (!cpu_is_saturated(v)) {
        if (busy >= CPU_BUSY_SATURATED)
            f->evidence = arena_printf(v->arena, "%s, but little work waits: %s", f->evidence,
                                       waiting_words(v));
        return;
    }
    job = harmless_job(v, p);
    if (job || (kind && !cpu_victim(v, p))) {
        const char *work = arena_printf(v->arena, "%s %s", cpu_label(v, job ? job : p),
                                        job ? "runs a job of many short processes"
                                            : "takes what others leave (nice)");

        behind = cpu_behind(v, job ? job : p, ONE_MIN * cores);
        f->evidence =
            arena_printf(v->arena, "%s: %s, and %s", f->evidence, work,
                         behind ? "it is not alone" : "nothing else waits for a processor");
        if (!behind)
            return;
        p = behind;
    }
    f->strength = STRENGTH_STRONG;
    f->direct = f->tentative = true;
    /* Often a symptom: what says why is preferred. */
    f->severity = 0.5 + 0.3 * fmin(1, fmax(0, hv_num(s, "pressure.cpu.some")));
    f->second =
        arena_printf(v->arena,
                     "tasks waited for a processor during %.0f %% of the window (limit %.0f %%), "
                     "%.0f runnable on %.0f processors",
                     hv_num(s, "pressure.cpu.some") * 100, CPU_PRESSURE_SATURATED * 100,
                     hv_num(s, "cpu.running"), cpus);
    add_culprits(v, f, p, cpus, cores);
}

const struct host_pattern host_pattern_cpu_saturated = {
    .id = "cpu_saturated",
    .kind = "cpu",
    .category = CATEGORY_CAPACITY,
    .words = WORDS_CPU | WORDS_LATENCY | WORDS_SCALING,
    .rank = 1,
    .claim = "the processors of %s are saturated",
    .rationale = "work waits for a processor when all of them are busy",
    .refutes = "idle processors, or no task waiting for one (pressure below 10 %)",
    .limits = limits,
    .find = find,
    .read = cpu_read,
    .proposals = cpu_proposals,
    .checks = cpu_checks,
};
