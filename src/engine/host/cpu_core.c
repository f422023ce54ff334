/* cpu_core.c - one process on one core: it matters when slowness is asked about or the machine is
 * small. */
#include <math.h>
#include <string.h>

#include "cpu.h"
#include "patterns.h"
#include "several.h"

static const struct host_limit limits[] = {
    {"core_busy", 0.90, "cores", "a thread that is bound by its core"},
    {"core_bound", 1.15, "cores", "above, it has several busy threads"},
    {"room", 0.5, "ratio", "of all cores: one that uses more of a machine is looked at"},
    {"small_machine", 4, "count", "one core is at least a quarter of it"},
    {"in_kernel", 0.70, "ratio", "of its time: it does little but call the kernel"},
    {"kept", 0.75, "cores", "what it goes on using while it is watched"},
    {.name = NULL},
};
#define CORE_BUSY LIMIT(0)
#define CORE_BOUND LIMIT(1)
#define ROOM LIMIT(2)
#define SMALL_MACHINE LIMIT(3)
#define IN_KERNEL LIMIT(4)
#define KEPT LIMIT(5)

/* Why a busy process is no fault; NULL: it may be one. */
static const char *wanted(struct host_view *v, const struct value *p)
{
    const struct value *job = cpu_job_of(v, p);

    if (cpu_gives_way(v, p))
        return arena_printf(v->arena, "it gives way to all others (nice %.0f)", hv_num(p, "nice"));
    if (job && !cpu_victim(v, job))
        return arena_printf(v->arena, "it is a step of the job of %s, and nothing else waits",
                            cpu_label(v, job));
    return NULL;
}

/* The busiest that is bound by its core, as several threads with room for more are not, and that
 * nobody wants: a build does not hide what burns beside it. NULL: none. */
static const struct value *choose(struct host_view *v)
{
    double cpus = hv_num(v->snapshot, "cpu.count");
    const struct value *best = NULL;

    VALUE_EACH (p, value_get(v->snapshot, "processes")) {
        double cpu = hv_num(p, "cpu");

        if (!(cpu >= CORE_BUSY) || !cpu_counts(v, p) || (best && cpu <= hv_num(best, "cpu")) ||
            (cpu > CORE_BOUND && cpu < ROOM * cpus) || wanted(v, p))
            continue;
        best = p;
    }
    return best;
}

static void find(struct host_view *v, struct host_finding *f)
{
    const struct value *s = v->snapshot, *bound = choose(v), *p = bound ? bound : cpu_busiest(v);
    double cpus = hv_num(s, "cpu.count"), cpu = p ? hv_num(p, "cpu") : 0;
    bool asked = !v->words || (v->words & (WORDS_CPU | WORDS_LATENCY));
    bool explicit_ask = v->words & (WORDS_CPU | WORDS_LATENCY);
    const char *why;

    f->metric = "process_cpu_cores";
    f->unit = "cores";
    f->value = cpu;
    f->threshold = CORE_BUSY;
    f->evidence =
        arena_printf(v->arena, "the busiest process used %.2f cores (limit %.2f)", cpu, CORE_BUSY);
    if (!p || cpu < CORE_BUSY || cpu_is_saturated(v) || !asked)
        return;
    if (cpu > CORE_BOUND && cpu < ROOM * cpus)
        return; /* several threads, and room for more */
    why = wanted(v, p);
    if (why)
        f->evidence =
            arena_printf(v->arena, "%s used %.2f cores, but %s", cpu_label(v, p), cpu, why);
    if (why || (!explicit_ask && cpus > SMALL_MACHINE))
        return; /* nobody complained, and there is room */
    f->strength = STRENGTH_STRONG;
    f->tentative = true;
    f->severity = fmin(0.8, 0.4 + cpu / cpus / 2);
    f->resource = hv_process_key(v, p);
    f->named = hv_names(v, hv_str(p, "command"));
    f->claim = arena_printf(v->arena, "one process of %s keeps a core busy%s", v->host,
                            hv_num(p, "system") >= IN_KERNEL * cpu ? " with system calls" : "");
    if (v->taken_count) /* the second one says which, so that both stand in the tree */
        f->claim = arena_printf(v->arena, "%s: process %.0f (%s)", f->claim, hv_num(p, "pid"),
                                hv_str(p, "command"));
    f->evidence =
        arena_printf(v->arena, "%s used %.2f cores (limit %.2f)", cpu_label(v, p), cpu, CORE_BUSY);
    f->second = hv_num(s, "cpu.max_busy") >= CORE_BUSY
                    ? arena_printf(v->arena, "one processor was %.0f %% busy",
                                   hv_num(s, "cpu.max_busy") * 100)
                    : NULL;
    hv_add_culprit(f, cpu_single(v, p, cpus, KEPT));
}

const struct host_pattern host_pattern_cpu_core = {
    .id = "cpu_core",
    .kind = "cpu",
    .category = CATEGORY_APPLICATION,
    .words = WORDS_CPU | WORDS_LATENCY,
    .rank = 7,
    .several = 2,
    .claim = "one process of %s is bound by a single core",
    .rationale = "a single thread cannot go faster than one core, however many are idle",
    .refutes = "no process that keeps a core busy for seconds",
    .limits = limits,
    .find = find,
    .read = cpu_read,
    .proposals = cpu_proposals,
    .checks = cpu_checks,
};
