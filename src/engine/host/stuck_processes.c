/* stuck_processes.c - processes in uninterruptible sleep. */
#include <math.h>
#include <string.h>

#include "patterns.h"

#define KERNEL_RECENT_S 1800.0

static void find(struct host_view *v, struct host_finding *f)
{
    static const char *const kinds[] = {"hung_task", NULL};
    const struct value *e = hv_recent_event(v, kinds, KERNEL_RECENT_S), *first = NULL;
    double stuck = hv_num(v->snapshot, "limits.d_state");

    VALUE_EACH (p, value_get(v->snapshot, "processes")) {
        if (!first && strcmp(hv_str(p, "state"), "D") == 0)
            first = p;
    }
    f->metric = "processes_in_d_state";
    f->unit = "count";
    f->value = stuck;
    f->threshold = 8;
    f->evidence = arena_printf(v->arena, "%.0f processes in uninterruptible sleep (limit 8)%s",
                               stuck, e ? ", and the kernel reports hung tasks" : "");
    if (!e && !(stuck >= 8 && hv_num(v->snapshot, "pressure.io.full") >= 0.3))
        return;
    f->strength = STRENGTH_STRONG;
    f->direct = true;
    f->severity = 0.8;
    if (e)
        f->second = arena_printf(v->arena, "kernel: %s", hv_str(e, "text"));
    else if (first)
        f->second =
            arena_printf(v->arena, "one of them: process %.0f (%s) waits in %s",
                         hv_num(first, "pid"), hv_str(first, "command"), hv_str(first, "wchan"));
    if (e && hv_num(e, "pid") > 0)
        f->resource = arena_printf(v->arena, "host:%s/process:%.0f(%s)", v->host, hv_num(e, "pid"),
                                   hv_str(e, "command"));
    else if (first)
        f->resource = hv_process_key(v, first);
}

const struct host_pattern host_pattern_stuck_processes = {
    .id = "stuck_processes",
    .kind = "disk",
    .category = CATEGORY_INFRASTRUCTURE,
    .words = WORDS_DISK | WORDS_LATENCY,
    .rank = 12,
    .claim = "processes of %s are stuck in the kernel",
    .rationale = "a process in uninterruptible sleep waits for a device or a remote filesystem",
    .refutes = "no process in state D for the whole window",
    .find = find,
};
