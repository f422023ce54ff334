/* host_patterns_cpu.c - processors: saturation, one busy core, throttled groups, stolen time.
 *
 * A machine that works hard is not ill. Saturated means that work waits: nearly all time is busy
 * *and* tasks wait for a processor (PSI, or more runnable tasks than processors). One process on
 * one core of an otherwise idle machine matters when slowness is asked about or the machine is
 * small, and only when it lasts: a compiler's process is gone before the watch ends. */
#include <math.h>
#include <string.h>

#include "host_patterns.h"

#define BUSY_SATURATED 0.90
#define PRESSURE_SATURATED 0.10
#define CORE_BUSY 0.90
#define CORE_BOUND 1.15 /* above, it has several busy threads */
#define SMALL_MACHINE 4 /* one core is at least a quarter of it */
#define LASTING_S 6.0   /* a process that is younger at the end of the watch may just be at work */

static void add_culprit(struct host_finding *f, struct host_culprit c)
{
    if (f->culprit_count < 2)
        f->culprits[f->culprit_count++] = c;
}

static bool may_be_blamed(const struct value *p)
{
    return hv_num(p, "pid") > 1 && !value_bool_or(p, "kernel", false);
}

static const char *label(struct host_view *v, const struct value *p)
{
    const char *cmd = hv_str(p, "cmdline");

    return arena_printf(v->arena, "process %.0f (%s%s%.80s)", hv_num(p, "pid"),
                        hv_str(p, "command"), *cmd ? ": " : "", cmd);
}

/* `lasting`: how many cores it must use on average while it is watched. */
static struct host_culprit single(struct host_view *v, const struct value *p, double cpus,
                                  double lasting)
{
    double cpu = hv_num(p, "cpu");

    return (struct host_culprit){
        .statement = arena_printf(v->arena, "%s of %s burns %.2f cores", label(v, p), v->host, cpu),
        .resource = hv_process_key(v, p),
        .evidence = arena_printf(
            v->arena, "%s used %.2f cores of %.0f in the window, %.2f over its life of %s",
            label(v, p), cpu, cpus, hv_num(p, "cpu_mean"),
            hv_human(v->arena, hv_num(p, "age_s"), "seconds")),
        .metric = "process_cpu_cores",
        .unit = "cores",
        .strength = STRENGTH_STRONG,
        .before = NAN,
        .after = cpu,
        .threshold = lasting,
        .follow = FOLLOW_PROCESS,
        .pid = (int64_t)hv_num(p, "pid"),
        .weight = fmin(1, 2 * cpu / cpus),
    };
}

static struct host_culprit tree(struct host_view *v, const struct value *p, double cpus)
{
    double cpu = hv_num(p, "tree_cpu");

    return (struct host_culprit){
        .statement = arena_printf(v->arena, "%s of %s and its children burn %.2f cores",
                                  label(v, p), v->host, cpu),
        .resource = hv_process_key(v, p),
        .evidence =
            arena_printf(v->arena, "%s and its children used %.2f cores of %.0f in the window",
                         label(v, p), cpu, cpus),
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

/* One that was there before: what started a moment ago is somebody's work, not a culprit. */
static const struct value *busiest(struct host_view *v)
{
    const struct value *best = NULL;

    VALUE_EACH (p, value_get(v->snapshot, "processes")) {
        if (!may_be_blamed(p) || value_bool_or(p, "fresh", false) || hv_num(p, "age_s") < 3)
            continue;
        if (!best || hv_num(p, "cpu") > hv_num(best, "cpu"))
            best = p;
    }
    return best;
}

/* Is `p` above `child`, as far as the list knows the processes in between? */
static bool is_ancestor(struct host_view *v, const struct value *p, const struct value *child)
{
    for (int depth = 0; child && depth < 32; depth++) {
        if (hv_num(child, "ppid") == hv_num(p, "pid"))
            return true;
        child = hv_process(v, hv_num(child, "ppid"));
    }
    return false;
}

/* The deepest tree that uses at least so much and that is not just one busy process below it. */
static const struct value *busiest_tree(struct host_view *v, double at_least,
                                        const struct value *single_one)
{
    const struct value *best = NULL;

    VALUE_EACH (p, value_get(v->snapshot, "processes")) {
        double t = hv_num(p, "tree_cpu"), near = best ? hv_num(best, "tree_cpu") : 0;

        if (!may_be_blamed(p) || t < at_least || hv_num(p, "cpu") > 0.8 * t)
            continue;
        if (single_one && hv_num(single_one, "cpu") >= 0.7 * t && is_ancestor(v, p, single_one))
            continue;
        if (!best || t < near - 0.01 ||
            (fabs(t - near) <= 0.01 && hv_num(p, "age_s") < hv_num(best, "age_s")))
            best = p;
    }
    return best;
}

static bool saturated(struct host_view *v)
{
    const struct value *s = v->snapshot;
    double busy = hv_num(s, "cpu.busy") + hv_num(s, "cpu.steal");
    bool known = value_bool_or(value_path(s, "pressure.cpu"), "known", false);

    if (!(busy >= BUSY_SATURATED))
        return false;
    return known ? hv_num(s, "pressure.cpu.some") >= PRESSURE_SATURATED
                 : hv_num(s, "cpu.running") > hv_num(s, "cpu.count");
}

/* Why busy processors are no trouble: what can run, runs. */
static const char *waiting_words(struct host_view *v)
{
    const struct value *s = v->snapshot;

    if (!value_bool_or(value_path(s, "pressure.cpu"), "known", false))
        return arena_printf(v->arena, "%.0f runnable on %.0f processors", hv_num(s, "cpu.running"),
                            hv_num(s, "cpu.count"));
    return arena_printf(v->arena, "during %.0f %% of the window (limit %.0f %%)",
                        hv_num(s, "pressure.cpu.some") * 100, PRESSURE_SATURATED * 100);
}

void pattern_cpu_saturated(struct host_view *v, struct host_finding *f)
{
    const struct value *s = v->snapshot, *p = busiest(v), *t;
    double busy = hv_num(s, "cpu.busy"), cpus = hv_num(s, "cpu.count"), cores = busy * cpus;

    f->metric = "cpu_busy";
    f->unit = "ratio";
    f->value = busy;
    f->threshold = BUSY_SATURATED;
    f->evidence = arena_printf(
        v->arena, "processors %.0f %% busy (limit %.0f %%), load %.2f on %.0f, steal %.0f %%",
        busy * 100, BUSY_SATURATED * 100, hv_num(s, "cpu.load1"), cpus,
        hv_num(s, "cpu.steal") * 100);
    if (!saturated(v)) {
        if (busy >= BUSY_SATURATED)
            f->evidence = arena_printf(v->arena, "%s, but little work waits: %s", f->evidence,
                                       waiting_words(v));
        return;
    }
    f->strength = STRENGTH_STRONG;
    f->direct = f->tentative = true;
    f->severity = 0.6 + 0.3 * fmin(1, fmax(0, hv_num(s, "pressure.cpu.some")));
    f->second =
        arena_printf(v->arena,
                     "tasks waited for a processor during %.0f %% of the window (limit %.0f %%), "
                     "%.0f runnable on %.0f processors",
                     hv_num(s, "pressure.cpu.some") * 100, PRESSURE_SATURATED * 100,
                     hv_num(s, "cpu.running"), cpus);
    if (p && hv_num(p, "cpu") >= 0.12 * cores)
        add_culprit(f,
                    single(v, p, cpus, 0.1)); /* many compete: a small share may be the largest */
    t = busiest_tree(v, 0.5 * cores, p);
    if (!t && !f->culprit_count)
        t = busiest_tree(v, 0.2 * cores, p);
    if (t)
        add_culprit(f, tree(v, t, cpus));
}

void pattern_cpu_core(struct host_view *v, struct host_finding *f)
{
    const struct value *s = v->snapshot, *p = busiest(v);
    double cpus = hv_num(s, "cpu.count"), cpu = p ? hv_num(p, "cpu") : 0;
    bool asked = !v->words || (v->words & (WORDS_CPU | WORDS_LATENCY));
    bool explicit_ask = v->words & (WORDS_CPU | WORDS_LATENCY);

    f->metric = "process_cpu_cores";
    f->unit = "cores";
    f->value = cpu;
    f->threshold = CORE_BUSY;
    f->evidence =
        arena_printf(v->arena, "the busiest process used %.2f cores (limit %.2f)", cpu, CORE_BUSY);
    if (!p || cpu < CORE_BUSY || saturated(v) || !asked)
        return;
    if (cpu > CORE_BOUND && cpu < 0.5 * cpus)
        return; /* several threads, and room for more */
    if (!explicit_ask && (cpus > SMALL_MACHINE || hv_num(p, "nice") >= 10))
        return; /* nobody complained, and there is room */
    f->strength = STRENGTH_STRONG;
    f->tentative = true;
    f->severity = fmin(0.8, 0.4 + cpu / cpus / 2);
    f->resource = hv_process_key(v, p);
    f->claim = arena_printf(v->arena, "one process of %s keeps a core busy", v->host);
    f->evidence =
        arena_printf(v->arena, "%s used %.2f cores (limit %.2f)", label(v, p), cpu, CORE_BUSY);
    f->second = hv_num(s, "cpu.max_busy") >= CORE_BUSY
                    ? arena_printf(v->arena, "one processor was %.0f %% busy",
                                   hv_num(s, "cpu.max_busy") * 100)
                    : NULL;
    add_culprit(f, single(v, p, cpus, 0.75));
}

static void read_process(struct host_view *v, const struct host_culprit *c, const struct value *a,
                         struct host_reading *r)
{
    const struct value *p = hv_process(v, (double)c->pid);
    double mean = hv_num(a, "cpu_mean"), min = hv_num(a, "cpu_min"), span = hv_num(a, "window_s");
    double age = (p ? hv_num(p, "age_s") : 0) + span;
    bool lasts = mean >= 0.5 * c->after && mean >= c->threshold && min >= 0.02 &&
                 !value_bool_or(a, "ended", false);

    r->after = mean;
    r->evidence = arena_printf(v->arena, "watched for %.1f s it used %.2f cores, never below %.2f",
                               span, mean, min);
    if (lasts && age >= LASTING_S) {
        r->strength = STRENGTH_STRONG;
        r->direct = true;
    } else if (lasts) {
        r->strength = STRENGTH_NONE;
        r->evidence = arena_printf(
            v->arena, "%s, but it is only %.0f s old: it may just be at work", r->evidence, age);
    } else {
        r->strength = STRENGTH_CONTRADICTS;
    }
}

void read_cpu(struct host_view *v, const struct host_culprit *c, const struct value *answer,
              struct host_reading *r)
{
    struct host_view later = *v;
    const struct value *p;
    double t;

    if (c->follow == FOLLOW_PROCESS) {
        read_process(v, c, answer, r);
        return;
    }
    later.snapshot = answer;
    p = hv_process(&later, (double)c->pid);
    t = p ? hv_num(p, "tree_cpu") : 0;
    r->after = t;
    r->evidence = arena_printf(
        v->arena, "a second look over %.1f s: the tree used %.2f cores, processors %.0f %% busy",
        hv_num(answer, "window_s"), t, hv_num(answer, "cpu.busy") * 100);
    r->direct = true;
    r->strength = t >= 0.5 * c->after && saturated(&later) ? STRENGTH_STRONG : STRENGTH_CONTRADICTS;
}

void pattern_cpu_throttled(struct host_view *v, struct host_finding *f)
{
    const struct value *worst = NULL;

    f->metric = "cgroup_throttled_periods";
    f->unit = "ratio";
    f->threshold = 0.25;
    f->value = 0;
    f->evidence = "no group was throttled";
    VALUE_EACH (c, value_get(v->snapshot, "cgroups")) {
        if (hv_num(c, "throttled") > f->value) {
            f->value = hv_num(c, "throttled");
            worst = c;
        }
    }
    if (!worst)
        return;
    f->evidence = arena_printf(
        v->arena,
        "group %s was throttled in %.0f %% of its periods (limit 25 %%), quota %.2f cores",
        hv_str(worst, "path"), f->value * 100, hv_num(worst, "cpu_quota"));
    if (f->value < f->threshold)
        return;
    f->strength = STRENGTH_STRONG;
    f->direct = true;
    f->severity = fmin(1, 0.5 + f->value / 2);
    f->resource = hv_key(v, "cgroup", hv_str(worst, "path"));
    f->claim = arena_printf(v->arena, "group %s of %s is throttled by its quota of %.2f cores",
                            hv_str(worst, "path"), v->host, hv_num(worst, "cpu_quota"));
    f->second = arena_printf(v->arena, "it stood still for %.2f s of each second",
                             hv_num(worst, "throttled_rate"));
}

void pattern_steal(struct host_view *v, struct host_finding *f)
{
    f->metric = "cpu_steal";
    f->unit = "ratio";
    f->value = hv_num(v->snapshot, "cpu.steal");
    f->threshold = 0.10;
    f->evidence = arena_printf(v->arena, "steal %.1f %% (limit 10 %%)", f->value * 100);
    if (!(f->value >= f->threshold))
        return;
    f->strength = STRENGTH_STRONG;
    f->direct = true;
    f->severity = fmin(1, 0.4 + f->value);
    if (hv_num(v->snapshot, "pressure.cpu.some") >= PRESSURE_SATURATED)
        f->second =
            arena_printf(v->arena, "tasks waited for a processor during %.0f %% of the window",
                         hv_num(v->snapshot, "pressure.cpu.some") * 100);
}
