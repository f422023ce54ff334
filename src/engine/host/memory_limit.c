/* memory_limit.c - a process that grows towards a limit of its own or of its group. */
#include <math.h>
#include <string.h>

#include "memory.h"
#include "patterns.h"

static const struct host_limit limits[] = {
    {"exhausted_in", 900, "s", "growth that reaches its limit later than this can wait"},
    {.name = NULL},
};
#define EXHAUSTED_IN_S LIMIT(0)

static void consider(struct host_view *v, struct memory_limit *best, double *best_eta,
                     struct memory_limit l)
{
    double eta = l.rate > 0 ? (l.max - l.used) / l.rate : INFINITY;

    if (!(l.max > 0) || !isfinite(l.max) || !(l.rate >= MEMORY_GROWTH_MIN))
        return;
    if (eta < *best_eta) {
        *best = l;
        *best_eta = eta;
    }
}

/* The limit that this process reaches first at its present rate. */
static bool nearest_limit(struct host_view *v, const struct value *p, struct memory_limit *ret,
                          double *ret_eta)
{
    const char *group = hv_str(p, "cgroup");

    *ret_eta = INFINITY;
    consider(v, ret, ret_eta,
             (struct memory_limit){"its address space limit", "rlimit", hv_num(p, "vm"),
                                   hv_num(p, "as_limit"), hv_num(p, "vm_rate")});
    consider(v, ret, ret_eta,
             (struct memory_limit){"its data limit", "rlimit", hv_num(p, "data"),
                                   hv_num(p, "data_limit"), hv_num(p, "vm_rate")});
    VALUE_EACH (c, value_get(v->snapshot, "cgroups")) {
        const char *path = hv_str(c, "path");

        if (!*group || !memory_is_or_holds(path, group) || !(hv_num(c, "memory_limit") > 0))
            continue;
        consider(v, ret, ret_eta,
                 (struct memory_limit){arena_printf(v->arena, "the limit of group %s", path),
                                       "cgroup", hv_num(c, "memory"), hv_num(c, "memory_limit"),
                                       hv_num(p, "rss_rate")});
    }
    return isfinite(*ret_eta);
}

static void find(struct host_view *v, struct host_finding *f)
{
    const struct value *worst = NULL;
    struct memory_limit best = {0}, l = {0};
    double best_eta = EXHAUSTED_IN_S, eta;

    f->metric = "process_memory";
    f->unit = "bytes";
    f->evidence = "no process grows towards a limit of its own or of its group";
    VALUE_EACH (p, value_get(v->snapshot, "processes")) {
        if (value_bool_or(p, "fresh", false) || !nearest_limit(v, p, &l, &eta) || eta >= best_eta)
            continue;
        best_eta = eta;
        best = l;
        worst = p;
    }
    if (!worst)
        return;
    f->strength = STRENGTH_STRONG;
    f->tentative = true;
    f->severity = 0.6 + 0.3 * fmin(1, best.used / best.max);
    f->value = best.used;
    f->threshold = best.max;
    f->resource = hv_process_key(v, worst);
    f->culprits[f->culprit_count++] = memory_grower(v, worst, &best, best_eta);
    f->evidence = f->culprits[0].evidence;
}

const struct host_pattern host_pattern_memory_limit = {
    .id = "memory_limit",
    .kind = "memory",
    .category = CATEGORY_APPLICATION,
    .words = WORDS_MEMORY | WORDS_LATENCY | WORDS_SERVICE,
    .rank = 2,
    .claim = "a process of %s grows towards its memory limit",
    .rationale = "a leak ends at the limit of its group or of the process",
    .refutes = "memory that stays level while it is watched",
    .limits = limits,
    .find = find,
    .read = memory_read,
    .proposals = memory_proposals,
    .checks = memory_checks,
};
