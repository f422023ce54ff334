/* processes.c - process ids are used up. */
#include <math.h>
#include <string.h>

#include "patterns.h"

static void find(struct host_view *v, struct host_finding *f)
{
    const struct value *s = v->snapshot;
    double max = fmin(hv_num(s, "limits.pid_max"), hv_num(s, "limits.threads_max"));

    f->metric = "threads";
    hv_table_full(v, f, "threads", hv_num(s, "limits.threads"), max, 0.90);
    hv_with_event(v, f, "pids_limit");
    if (f->strength == STRENGTH_STRONG && !f->second && hv_num(s, "limits.zombies") >= 100)
        f->second =
            arena_printf(v->arena, "%.0f of them are zombies that their parents do not reap",
                         hv_num(s, "limits.zombies"));
    VALUE_EACH (c, value_get(s, "cgroups")) {
        if (hv_num(c, "pids") >= 0.95 * hv_num(c, "pids_limit") && hv_num(c, "pids_limit") > 0) {
            f->strength = STRENGTH_STRONG;
            f->direct = true;
            f->severity = 0.8;
            f->resource = hv_key(v, "cgroup", hv_str(c, "path"));
            f->claim = arena_printf(v->arena, "group %s of %s has reached its limit of processes",
                                    hv_str(c, "path"), v->host);
            f->second = arena_printf(v->arena, "group %s: %.0f tasks of %.0f", hv_str(c, "path"),
                                     hv_num(c, "pids"), hv_num(c, "pids_limit"));
        }
    }
}

const struct host_pattern host_pattern_processes = {
    .id = "processes",
    .kind = "limits",
    .category = CATEGORY_CAPACITY,
    .words = WORDS_ERRORS | WORDS_SERVICE,
    .rank = 16,
    .claim = "%s runs out of process ids",
    .rationale = "fork() fails at the limit",
    .refutes = "threads below 90 % of the limits, few zombies",
    .find = find,
};
