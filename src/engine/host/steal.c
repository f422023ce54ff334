/* steal.c - time that the hypervisor takes away. */
#include <math.h>
#include <string.h>

#include "cpu.h"
#include "patterns.h"

static const struct host_limit limits[] = {
    {"stolen", 0.10, "ratio", "of the time: less is a neighbour that works"},
    {.name = NULL},
};
#define STOLEN LIMIT(0)

static void find(struct host_view *v, struct host_finding *f)
{
    f->metric = "cpu_steal";
    f->unit = "ratio";
    f->value = hv_num(v->snapshot, "cpu.steal");
    f->threshold = STOLEN;
    f->evidence = arena_printf(v->arena, "steal %.1f %% (limit 10 %%)", f->value * 100);
    if (!(f->value >= f->threshold))
        return;
    f->strength = STRENGTH_STRONG;
    f->direct = true;
    f->severity = fmin(1, 0.4 + f->value);
    if (hv_num(v->snapshot, "pressure.cpu.some") >= CPU_PRESSURE_SATURATED)
        f->second =
            arena_printf(v->arena, "tasks waited for a processor during %.0f %% of the window",
                         hv_num(v->snapshot, "pressure.cpu.some") * 100);
}

static const struct host_proposal proposals[] = {
    {.action = "move {host} to a hypervisor with room, or give it processors of its own",
     .command = "",
     .rollback = "move it back",
     .risk = APPROVAL_HIGH,
     .watch = "steal in /proc/stat below 10 %"},
    {.action = NULL},
};

static const char *const checks[] = {
    "steal of {host} over a minute: vmstat 5 12, column st",
    "the other machines of its hypervisor, at the same time",
    NULL,
};

const struct host_pattern host_pattern_steal = {
    .id = "steal",
    .kind = "cpu",
    .category = CATEGORY_INFRASTRUCTURE,
    .words = WORDS_CPU | WORDS_LATENCY,
    .rank = 19,
    .claim = "the hypervisor takes processor time from %s",
    .rationale = "stolen time slows everything, and no process of the machine is to blame",
    .refutes = "steal below 10 %",
    .limits = limits,
    .find = find,
    .proposals = proposals,
    .checks = checks,
};
