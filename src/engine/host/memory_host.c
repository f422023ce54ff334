/* memory_host.c - the whole machine is short of memory. */
#include <math.h>
#include <string.h>

#include "memory.h"
#include "patterns.h"

static const struct host_limit limits[] = {
    {"low", 0.05, "ratio", "of the memory available: the kernel reclaims all the time"},
    {"tight", 0.10, "ratio", "of the memory available, while tasks stall"},
    {"stall", 0.10, "ratio", "of the window some task waited, at little memory"},
    {"stall_all", 0.20, "ratio", "of the window nobody could go on"},
    {"swapped", 1000.0, "1/s", "pages out and in: more than a moment of tidying"},
    {"thrashes", 0.05, "ratio", "of the window nobody could go on, while pages are swapped"},
    {"large", 0.25, "ratio", "of the memory in use: the process that is named"},
    {"ample", 0.30, "ratio", "of the memory available: who stalls then is at a group's limit"},
    {.name = NULL},
};
#define LOW LIMIT(0)
#define TIGHT LIMIT(1)
#define STALL LIMIT(2)
#define STALL_ALL LIMIT(3)
#define SWAPPED LIMIT(4)
#define THRASHES LIMIT(5)
#define LARGE LIMIT(6)
#define AMPLE LIMIT(7)

static const struct value *largest(struct host_view *v)
{
    const struct value *best = NULL;

    VALUE_EACH (p, value_get(v->snapshot, "processes")) {
        if (!best || hv_num(p, "rss") > hv_num(best, "rss"))
            best = p;
    }
    return best;
}

static void find(struct host_view *v, struct host_finding *f)
{
    const struct value *s = v->snapshot, *p = largest(v);
    double total = hv_num(s, "memory.total"), avail = hv_num(s, "memory.available"),
           left = avail / total;
    double stall = hv_num(s, "pressure.memory.some"), full = hv_num(s, "pressure.memory.full");
    double swap = hv_num(s, "memory.swap_in_rate") + hv_num(s, "memory.swap_out_rate");
    bool scarce = left < AMPLE, thrash = scarce && swap >= SWAPPED && full >= THRASHES,
         low = left < LOW || (left < TIGHT && stall >= STALL) || (scarce && full >= STALL_ALL);

    f->metric = "memory_available";
    f->unit = "ratio";
    f->value = left;
    f->threshold = LOW;
    f->evidence = arena_printf(v->arena,
                               "%.0f %% of memory available (limit 5 %%), stalls %.0f %% of the "
                               "time, %.0f pages/s swapped",
                               left * 100, isnan(stall) ? 0 : stall * 100, isnan(swap) ? 0 : swap);
    if (!low && !thrash)
        return;
    f->strength = STRENGTH_STRONG;
    f->direct = true;
    f->severity = fmin(1, 0.7 + (isnan(full) ? 0 : full));
    f->second =
        thrash || full >= THRASHES
            ? arena_printf(v->arena, "every task stalled on memory for %.0f %% of the window",
                           full * 100)
            : arena_printf(v->arena, "swap: %s free of %s",
                           hv_human(v->arena, hv_num(s, "memory.swap_free"), "bytes"),
                           hv_human(v->arena, hv_num(s, "memory.swap_total"), "bytes"));
    if (p && hv_num(p, "rss") >= LARGE * (total - avail)) {
        struct memory_limit l = {"the memory of the machine", "host", hv_num(p, "rss"), total,
                                 hv_num(p, "rss_rate")};
        struct host_culprit c = memory_grower(v, p, &l, avail / fmax(1, l.rate));

        c.statement =
            arena_printf(v->arena, "process %.0f (%s) of %s holds %s of %s", hv_num(p, "pid"),
                         hv_str(p, "command"), v->host, hv_human(v->arena, l.used, "bytes"),
                         hv_human(v->arena, total, "bytes"));
        c.evidence = arena_printf(v->arena, "its resident memory is %s, %.0f %% of all",
                                  hv_human(v->arena, l.used, "bytes"), l.used / total * 100);
        f->culprits[f->culprit_count++] = c;
    }
}

const struct host_pattern host_pattern_memory_host = {
    .id = "memory_host",
    .kind = "memory",
    .category = CATEGORY_CAPACITY,
    .words = WORDS_MEMORY | WORDS_LATENCY | WORDS_SCALING,
    .rank = 8,
    .claim = "%s runs out of memory",
    .rationale = "reclaim and swapping stall every process",
    .refutes = "available memory above 10 % and no memory pressure",
    .limits = limits,
    .find = find,
    .read = memory_read,
    .proposals = memory_proposals,
    .checks = memory_checks,
};
