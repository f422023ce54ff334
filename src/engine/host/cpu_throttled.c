/* cpu_throttled.c - a group has used up its quota. */
#include <math.h>
#include <string.h>

#include "cpu.h"
#include "patterns.h"

static const struct host_limit limits[] = {
    {"throttled", 0.25, "ratio", "of its periods"},
    {.name = NULL},
};
#define THROTTLED LIMIT(0)

/* The busiest process of the group; v1 says in cpu_group, v2 in cgroup, where it is. */
static const struct value *busiest_in(struct host_view *v, const char *group)
{
    const struct value *best = NULL;
    size_t len = strlen(group);

    VALUE_EACH (p, value_get(v->snapshot, "processes")) {
        const char *own = hv_str(p, "cpu_group");

        own = *own ? own : hv_str(p, "cgroup");
        if (strncmp(own, group, len) != 0 || (own[len] && own[len] != '/'))
            continue;
        if (!best || hv_num(p, "cpu") > hv_num(best, "cpu"))
            best = p;
    }
    return best;
}

static void find(struct host_view *v, struct host_finding *f)
{
    const struct value *worst = NULL, *p;

    f->metric = "cgroup_throttled_periods";
    f->unit = "ratio";
    f->threshold = THROTTLED;
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
        "group %s was throttled in %.0f %% of its periods (limit %.0f %%), quota %.2f cores",
        hv_str(worst, "path"), f->value * 100, THROTTLED * 100, hv_num(worst, "cpu_quota"));
    if (f->value < f->threshold)
        return;
    p = busiest_in(v, hv_str(worst, "path"));
    f->strength = STRENGTH_STRONG;
    f->direct = true;
    f->severity = fmin(1, 0.5 + f->value / 2);
    f->resource = hv_key(v, "cgroup", hv_str(worst, "path"));
    f->claim = arena_printf(v->arena, "group %s of %s is throttled by its quota of %.2f cores%s%s",
                            hv_str(worst, "path"), v->host, hv_num(worst, "cpu_quota"),
                            p ? "; in it " : "", p ? cpu_label(v, p) : "");
    f->second = arena_printf(v->arena, "it stood still for %.2f s of each second",
                             hv_num(worst, "throttled_rate"));
}

static const struct host_proposal proposals[] = {
    {.action = "raise the quota of group {cgroup}, or lower what is asked of it",
     .command = "",
     .rollback = "set the quota back to what it was",
     .risk = APPROVAL_MEDIUM,
     .watch = "nr_throttled of its cpu.stat stands still",
     .act = "host.cgroup.limit group={cgroup} limit=cpu value=+50%"},
    {.action = NULL},
};

static const char *const checks[] = {
    "throttling of {host}: grep throttled /sys/fs/cgroup/**/cpu.stat, twice",
    NULL,
};

const struct host_pattern host_pattern_cpu_throttled = {
    .id = "cpu_throttled",
    .kind = "cpu",
    .category = CATEGORY_CONFIGURATION,
    .words = WORDS_CPU | WORDS_LATENCY | WORDS_SCALING,
    .rank = 10,
    .claim = "a group of %s is throttled by its processor quota",
    .rationale = "a group that has used its quota stands still until the next period",
    .refutes = "no throttled period in any group",
    .limits = limits,
    .find = find,
    .proposals = proposals,
    .checks = checks,
};
