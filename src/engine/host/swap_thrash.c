/* swap_thrash.c - pages go out to swap and come back in at the same time. Pages that only go out
 * are memory that nobody needs. */
#include <math.h>
#include <string.h>

#include "memory.h"
#include "patterns.h"

static const struct host_limit limits[] = {
    {"both_ways", 200.0, "1/s", "pages a second, out and in"},
    {.name = NULL},
};
#define BOTH_WAYS LIMIT(0)

static const struct value *swapper(struct host_view *v)
{
    const struct value *best = NULL;
    double most = 0;

    VALUE_EACH (p, value_get(v->snapshot, "processes")) {
        double x = hv_num(p, "major_fault_rate");

        if (hv_num(p, "swap") > 0 && x > most) {
            most = x;
            best = p;
        }
    }
    return best;
}

static bool thrashes(struct host_view *v, const struct value *s)
{
    return fmin(hv_num(s, "memory.swap_in_rate"), hv_num(s, "memory.swap_out_rate")) >= BOTH_WAYS &&
           !isnan(hv_num(s, "memory.swap_in_rate"));
}

static void find(struct host_view *v, struct host_finding *f)
{
    const struct value *s = v->snapshot, *p = swapper(v);
    double in = hv_num(s, "memory.swap_in_rate"), out = hv_num(s, "memory.swap_out_rate");

    f->metric = "swap_in";
    f->unit = "pages/s";
    f->value = in;
    f->threshold = BOTH_WAYS;
    f->evidence = arena_printf(v->arena,
                               "%.0f pages a second come from swap and %.0f go there "
                               "(limit %.0f each)",
                               isnan(in) ? 0 : in, isnan(out) ? 0 : out, BOTH_WAYS);
    if (!thrashes(v, s))
        return;
    f->strength = STRENGTH_STRONG;
    f->direct = f->tentative = true;
    f->severity = 0.9;
    f->second = arena_printf(v->arena, "tasks stalled on memory for %.0f %% of the window",
                             hv_num(s, "pressure.memory.some") * 100);
    if (!p)
        return;
    hv_add_culprit(
        f,
        (struct host_culprit){
            .statement = arena_printf(v->arena,
                                      "process %.0f (%s) of %s needs more memory than it gets and "
                                      "works in swap",
                                      hv_num(p, "pid"), hv_str(p, "command"), v->host),
            .resource = hv_process_key(v, p),
            .evidence = arena_printf(
                v->arena, "%s of it are in swap, and it waited for %.0f pages a second",
                hv_human(v->arena, hv_num(p, "swap"), "bytes"), hv_num(p, "major_fault_rate")),
            .metric = "major_faults",
            .strength = STRENGTH_STRONG,
            .before = NAN,
            .after = hv_num(p, "major_fault_rate"),
            .follow = FOLLOW_TREE,
            .pid = (int64_t)hv_num(p, "pid"),
            .weight = 1,
        });
}

static void read_answer(struct host_view *v, const struct host_culprit *c,
                        const struct value *answer, struct host_reading *r)
{
    struct host_view later = *v;
    const struct value *p;

    later.snapshot = answer;
    p = hv_process(&later, (double)c->pid);
    r->after = p ? hv_num(p, "major_fault_rate") : 0;
    r->direct = true;
    r->evidence = arena_printf(
        v->arena, "a second look over %.1f s: %.0f pages a second in, %.0f out, it waited for %.0f",
        hv_num(answer, "window_s"), hv_num(answer, "memory.swap_in_rate"),
        hv_num(answer, "memory.swap_out_rate"), r->after);
    r->strength = thrashes(v, answer) && r->after > 0 ? STRENGTH_STRONG : STRENGTH_CONTRADICTS;
}

const struct host_pattern host_pattern_swap_thrash = {
    .id = "swap_thrash",
    .kind = "memory",
    .category = CATEGORY_CAPACITY,
    .words = WORDS_MEMORY | WORDS_LATENCY | WORDS_DISK,
    .rank = 29,
    .claim = "%s moves pages out to swap and back all the time",
    .rationale = "a page that comes from swap takes ten thousand times as long as one in memory",
    .refutes = "fewer than 200 pages a second in one of the two ways",
    .limits = limits,
    .find = find,
    .read = read_answer,
    .proposals = memory_proposals,
    .checks = memory_checks,
};
