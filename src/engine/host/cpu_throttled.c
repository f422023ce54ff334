/* cpu_throttled.c - a control group that stands still because its quota is used up. */
#include <math.h>
#include <string.h>

#include "patterns.h"

static void find(struct host_view *v, struct host_finding *f)
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

const struct host_pattern host_pattern_cpu_throttled = {
    .id = "cpu_throttled",
    .kind = "cpu",
    .category = CATEGORY_CONFIGURATION,
    .words = WORDS_CPU | WORDS_LATENCY | WORDS_SCALING,
    .rank = 10,
    .claim = "a group of %s is throttled by its processor quota",
    .rationale = "a group that has used its quota stands still until the next period",
    .refutes = "no throttled period in any group",
    .find = find,
};
