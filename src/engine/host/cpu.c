/* cpu.c - see cpu.h. */
#include "cpu.h"

#include <math.h>

#define LASTING_S 6.0 /* a process that is younger at the end of the watch may just be at work */

bool cpu_may_blame(const struct value *p)
{
    return hv_num(p, "pid") > 1 && !value_bool_or(p, "kernel", false);
}

bool cpu_gives_way(const struct value *p)
{
    double policy = hv_num(p, "policy"); /* Source: sched(7); 3 is SCHED_BATCH, 5 SCHED_IDLE */

    return hv_num(p, "nice") >= 10 || policy == 5 || policy == 3;
}

const char *cpu_label(struct host_view *v, const struct value *p)
{
    const char *cmd = hv_str(p, "cmdline");

    return arena_printf(v->arena, "process %.0f (%s%s%.80s)", hv_num(p, "pid"),
                        hv_str(p, "command"), *cmd ? ": " : "", cmd);
}

/* `lasting`: how many cores it must use on average while it is watched. */
struct host_culprit cpu_single(struct host_view *v, const struct value *p, double cpus,
                               double lasting)
{
    double cpu = hv_num(p, "cpu");

    return (struct host_culprit){
        .statement =
            arena_printf(v->arena, "%s of %s burns %.2f cores", cpu_label(v, p), v->host, cpu),
        .resource = hv_process_key(v, p),
        .evidence = arena_printf(
            v->arena, "%s used %.2f cores of %.0f in the window, %.2f over its life of %s",
            cpu_label(v, p), cpu, cpus, hv_num(p, "cpu_mean"),
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

/* One that was there before: what started a moment ago is somebody's work, not a culprit. */
const struct value *cpu_busiest(struct host_view *v)
{
    const struct value *best = NULL;

    VALUE_EACH (p, value_get(v->snapshot, "processes")) {
        if (!cpu_may_blame(p) || value_bool_or(p, "fresh", false) || hv_num(p, "age_s") < 3)
            continue;
        if (!best || hv_num(p, "cpu") > hv_num(best, "cpu"))
            best = p;
    }
    return best;
}

bool cpu_is_saturated(struct host_view *v)
{
    const struct value *s = v->snapshot;
    double busy = hv_num(s, "cpu.busy") + hv_num(s, "cpu.steal");
    bool known = value_bool_or(value_path(s, "pressure.cpu"), "known", false);

    if (!(busy >= CPU_BUSY_SATURATED))
        return false;
    return known ? hv_num(s, "pressure.cpu.some") >= CPU_PRESSURE_SATURATED
                 : hv_num(s, "cpu.running") > hv_num(s, "cpu.count");
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

void cpu_read(struct host_view *v, const struct host_culprit *c, const struct value *answer,
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
    r->strength =
        t >= 0.5 * c->after && cpu_is_saturated(&later) ? STRENGTH_STRONG : STRENGTH_CONTRADICTS;
}
