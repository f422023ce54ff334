/* memory_leak.c - a process that has no limit of its own and grows towards all the memory there is.
 *
 * Two ways to tell it from work that needs memory: it would use up the machine within minutes, or
 * it grew at the present speed for all its life. What maps files grows without growing its address
 * space; what has just started grows like everything. */
#include <math.h>
#include <string.h>

#include "memory.h"
#include "patterns.h"

#define SOON_S 1800.0    /* until nothing is left */
#define DAY_S 86400.0    /* for the slow kind */
#define SLOW_AGE_S 600.0 /* how long it must have lived to have a history */
#define SLOW_SHARE 0.05  /* of the memory: smaller ones can wait */
#define FAST_RATE 8388608.0
#define AGE_MIN_S 3.0

struct growth {
    double eta, rate;
    bool slow;
};

/* A thirtieth of the address space's growth may be resident before; both must rise. */
static bool grows(struct host_view *v, const struct value *p, struct growth *ret)
{
    double avail = hv_num(v->snapshot, "memory.available"), rss = hv_num(p, "rss");
    double rate = hv_num(p, "rss_rate"), age = hv_num(p, "age_s"), mean = rss / age;

    if (value_bool_or(p, "fresh", false) || value_bool_or(p, "kernel", false) || age < AGE_MIN_S ||
        !(rate >= MEMORY_GROWTH_MIN) || !(hv_num(p, "vm_rate") >= 0.5 * rate))
        return false;
    *ret = (struct growth){.eta = avail / rate, .rate = rate};
    if (rate >= FAST_RATE && ret->eta <= SOON_S)
        return true;
    ret->slow = age >= SLOW_AGE_S && rss >= SLOW_SHARE * hv_num(v->snapshot, "memory.total") &&
                rate >= mean / 3 && rate <= mean * 3 && ret->eta <= DAY_S;
    return ret->slow;
}

static void find(struct host_view *v, struct host_finding *f)
{
    struct growth g, best = {.eta = INFINITY};
    const struct value *worst = NULL;
    struct memory_limit all = {"all memory of the machine", "machine", 0, 0, 0};
    struct host_culprit c;

    f->metric = "process_memory";
    f->unit = "bytes";
    f->evidence = "no process grows so fast, or so long, that it would use up the memory";
    VALUE_EACH (p, value_get(v->snapshot, "processes")) {
        if (grows(v, p, &g) && g.eta < best.eta) {
            best = g;
            worst = p;
        }
    }
    if (!worst)
        return;
    all.used = hv_num(worst, "rss");
    all.max = all.used + hv_num(v->snapshot, "memory.available");
    all.rate = best.rate;
    c = memory_grower(v, worst, &all, best.eta);
    c.weight = fmin(1, 300 / best.eta);
    c.evidence = arena_printf(
        v->arena, "%s%s", c.evidence,
        best.slow ? arena_printf(v->arena, "; it grew like this for its whole life of %s",
                                 hv_human(v->arena, hv_num(worst, "age_s"), "seconds"))
                  : "");
    f->strength = STRENGTH_STRONG;
    f->tentative = true;
    f->severity = best.slow ? 0.6 : 0.6 + 0.3 * fmin(1, 120 / best.eta);
    f->value = all.used;
    f->threshold = all.max;
    f->resource = hv_process_key(v, worst);
    f->evidence = c.evidence;
    hv_add_culprit(f, c);
}

const struct host_pattern host_pattern_memory_leak = {
    .id = "memory_leak",
    .kind = "memory",
    .category = CATEGORY_APPLICATION,
    .words = WORDS_MEMORY | WORDS_LATENCY | WORDS_SERVICE,
    .rank = 26,
    .claim = "a process of %s grows towards all the memory there is",
    .rationale = "a leak without a limit ends with the machine out of memory",
    .refutes = "memory that stays level while it is watched",
    .find = find,
    .read = memory_read,
    .proposals = memory_proposals,
    .checks = memory_checks,
};
