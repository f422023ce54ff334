/* memory_leak.c - a process that has no limit of its own and grows towards all the memory there is.
 *
 * Two ways to tell it from work that needs memory: it would use up the machine within minutes, or
 * it grew at the present speed for all its life. What maps files grows without growing its address
 * space; what has just started grows like everything. */
#include <math.h>
#include <string.h>

#include "memory.h"
#include "patterns.h"
#include "several.h"

static const struct host_limit limits[] = {
    {"soon", 1800.0, "s", "until nothing is left"},
    {"day", 86400.0, "s", "for the slow kind"},
    {"slow_age", 600.0, "s", "how long it must have lived to have a history"},
    {"slow_share", 0.05, "ratio", "of the memory: smaller ones can wait"},
    {"fast_rate", 8388608.0, "bytes/s", "the fast kind: slower growth needs a history"},
    {"age_min", 3.0, "s", "what has just started grows like everything"},
    {"own", 0.5, "ratio", "of the growth is address space of its own: else it maps files"},
    {"alike", 3.0, "times", "the present speed and that of its whole life"},
    {.name = NULL},
};
#define SOON_S LIMIT(0)
#define DAY_S LIMIT(1)
#define SLOW_AGE_S LIMIT(2)
#define SLOW_SHARE LIMIT(3)
#define FAST_RATE LIMIT(4)
#define AGE_MIN_S LIMIT(5)
#define OWN LIMIT(6)
#define ALIKE LIMIT(7)

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
        !(rate >= MEMORY_GROWTH_MIN) || !(hv_num(p, "vm_rate") >= OWN * rate))
        return false;
    *ret = (struct growth){.eta = avail / rate, .rate = rate};
    if (rate >= FAST_RATE && ret->eta <= SOON_S)
        return true;
    ret->slow = age >= SLOW_AGE_S && rss >= SLOW_SHARE * hv_num(v->snapshot, "memory.total") &&
                rate >= mean / ALIKE && rate <= mean * ALIKE && ret->eta <= DAY_S;
    return ret->slow;
}

static void find(struct host_view *v, struct host_finding *f)
{
    struct growth g, best = {.eta = INFINITY};
    struct host_choice choice = {.item = NULL};
    const struct value *worst;
    struct memory_limit all = {"all memory of the machine", "machine", 0, 0, 0};
    struct host_culprit c;

    f->metric = "process_memory";
    f->unit = "bytes";
    f->evidence = "no process grows so fast, or so long, that it would use up the memory";
    VALUE_EACH (p, value_get(v->snapshot, "processes")) {
        if (grows(v, p, &g))
            hv_choose(v, &choice, p, 1 / fmax(g.eta, 1e-3), hv_process_key(v, p),
                      hv_names(v, hv_str(p, "command")));
    }
    worst = choice.item;
    if (!worst || !grows(v, worst, &best))
        return;
    f->named = choice.named;
    if (v->taken_count) /* the second one says which, so that both stand in the tree */
        f->claim = arena_printf(v->arena, "process %.0f (%s) of %s grows towards all the memory",
                                hv_num(worst, "pid"), hv_str(worst, "command"), v->host);
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
    .several = 2,
    .claim = "a process of %s grows towards all the memory there is",
    .rationale = "a leak without a limit ends with the machine out of memory",
    .refutes = "memory that stays level while it is watched",
    .limits = limits,
    .find = find,
    .read = memory_read,
    .proposals = memory_proposals,
    .checks = memory_checks,
};
