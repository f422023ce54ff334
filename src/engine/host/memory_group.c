/* memory_group.c - a control group is at its memory limit: its processes are made to give pages
 * back, or are stalled, while the machine has memory left. File pages alone are no trouble: a cache
 * always grows to the limit; it is when what is left after them is near it, or tasks stall. */
#include <math.h>
#include <string.h>

#include "memory.h"
#include "patterns.h"

static const struct host_limit limits[] = {
    {"near", 0.90, "ratio", "of the limit, without file pages that can go"},
    {"hits", 10.0, "1/s", "of the limit a second"},
    {"stalled", 0.1, "ratio", "of the window, by the group's own pressure"},
    {.name = NULL},
};
#define NEAR LIMIT(0)
#define HITS LIMIT(1)
#define STALLED LIMIT(2)

struct state {
    double share, hits, stalled, limit;
};

static struct state look(const struct value *c)
{
    double max = hv_num(c, "memory_limit"), high = hv_num(c, "memory_high");
    struct state s = {.limit = max > 0 && (isnan(high) || max <= high) ? max : high};

    s.share = hv_num(c, "memory") / s.limit;
    s.hits = fmax(isnan(hv_num(c, "limit_hit_rate")) ? 0 : hv_num(c, "limit_hit_rate"),
                  isnan(hv_num(c, "high_rate")) ? 0 : hv_num(c, "high_rate"));
    s.stalled = isnan(hv_num(c, "memory_some")) ? 0 : hv_num(c, "memory_some");
    return s;
}

static bool is_off(struct host_view *v, const struct state *s)
{
    return s->limit > 0 &&
           ((s->share >= NEAR && s->hits >= HITS) || (s->stalled >= STALLED && s->hits > 0));
}

static void find(struct host_view *v, struct host_finding *f)
{
    const struct value *worst = NULL, *p;
    struct state s, best = {0};

    f->metric = "cgroup_memory";
    f->unit = "ratio";
    f->threshold = NEAR;
    f->value = 0;
    f->evidence = "no group is at its memory limit";
    VALUE_EACH (c, value_get(v->snapshot, "cgroups")) {
        s = look(c);
        if (is_off(v, &s) && (!worst || s.hits > best.hits)) {
            best = s;
            worst = c;
        }
    }
    if (!worst)
        return;
    p = memory_largest_in(v, hv_str(worst, "path"));
    f->value = best.share;
    f->strength = STRENGTH_STRONG;
    f->direct = true;
    f->severity = 0.85;
    f->resource = hv_key(v, "cgroup", hv_str(worst, "path"));
    f->evidence = arena_printf(
        v->arena, "group %s holds %s of its limit of %s and hit it %.0f times a second",
        hv_str(worst, "path"), hv_human(v->arena, hv_num(worst, "memory"), "bytes"),
        hv_human(v->arena, best.limit, "bytes"), best.hits);
    f->claim = arena_printf(
        v->arena, "group %s of %s has reached its memory limit of %s%s%s", hv_str(worst, "path"),
        v->host, hv_human(v->arena, best.limit, "bytes"), p ? "; most of it is that of " : "",
        p ? arena_printf(v->arena, "process %.0f (%s)", hv_num(p, "pid"), hv_str(p, "command"))
          : "");
    f->second =
        best.stalled > 0
            ? arena_printf(v->arena, "its tasks stalled on memory for %.0f %% of the window",
                           best.stalled * 100)
            : arena_printf(v->arena, "%s of the machine are available meanwhile",
                           hv_human(v->arena, hv_num(v->snapshot, "memory.available"), "bytes"));
}

const struct host_pattern host_pattern_memory_group = {
    .id = "memory_group",
    .kind = "memory",
    .category = CATEGORY_CONFIGURATION,
    .words = WORDS_MEMORY | WORDS_LATENCY | WORDS_SERVICE,
    .rank = 27,
    .claim = "a group of %s has reached its memory limit",
    .rationale = "at its limit a group reads again and again what it just had to drop",
    .refutes = "no group above 90 % of its limit that hits it",
    .limits = limits,
    .find = find,
    .proposals = memory_proposals,
    .checks = memory_checks,
};
