/* zombies.c - children that ended and that their parent does not reap. A few are always there for a
 * moment; many are a parent that forgot them, and each keeps a process id. */
#include <math.h>
#include <string.h>

#include "patterns.h"
#include "process.h"

static const struct host_limit limits[] = {
    {"many", 20.0, "count", "of one parent"},
    {.name = NULL},
};
#define MANY LIMIT(0)

static const struct value *parent(struct host_view *v)
{
    const struct value *best = NULL;

    VALUE_EACH (p, value_get(v->snapshot, "processes")) {
        if (hv_num(p, "zombies") > 0 && (!best || hv_num(p, "zombies") > hv_num(best, "zombies")))
            best = p;
    }
    return best;
}

static void find(struct host_view *v, struct host_finding *f)
{
    const struct value *p = parent(v);

    f->metric = "zombies";
    f->unit = "count";
    f->value = p ? hv_num(p, "zombies") : 0;
    f->threshold = MANY;
    f->evidence =
        arena_printf(v->arena, "%.0f ended processes wait to be reaped (limit %.0f of one parent)",
                     hv_num(v->snapshot, "limits.zombies"), MANY);
    if (!p || f->value < MANY)
        return;
    f->strength = STRENGTH_STRONG;
    f->direct = true;
    f->severity = fmin(0.95, 0.75 + f->value / 2000);
    f->resource = hv_process_key(v, p);
    f->claim =
        arena_printf(v->arena, "%s of %s does not reap its children", process_name(v, p), v->host);
    f->evidence = arena_printf(v->arena, "%s has %.0f zombies as children (limit %.0f)",
                               process_name(v, p), f->value, MANY);
    f->second =
        arena_printf(v->arena, "%.0f threads of %.0f process ids are in use",
                     hv_num(v->snapshot, "limits.threads"), hv_num(v->snapshot, "limits.pid_max"));
}

static const struct host_proposal proposals[] = {
    {.action = "remind process {pid} ({command}) of its children",
     .command = "kill -CHLD {pid}",
     .rollback = "nothing to undo",
     .risk = APPROVAL_LOW,
     .watch = "zombies: ps -eo stat | grep -c ^Z"},
    {.action = "restart process {pid} ({command}): its zombies are reaped by init then",
     .command = "kill {pid}",
     .rollback = "none possible, it must be started again",
     .risk = APPROVAL_HIGH,
     .watch = "zombies: ps -eo stat | grep -c ^Z"},
    {.action = NULL},
};

static const char *const checks[] = {
    "zombies of {host} and their parents: ps -eo stat,ppid,comm | grep ^Z",
    NULL,
};

const struct host_pattern host_pattern_zombies = {
    .id = "zombies",
    .kind = "process",
    .category = CATEGORY_APPLICATION,
    .words = WORDS_ERRORS | WORDS_SERVICE | WORDS_LATENCY,
    .rank = 32,
    .claim = "a process of %s does not reap its children",
    .rationale = "a zombie keeps its process id until its parent asks for it",
    .refutes = "fewer than 20 zombies of one parent",
    .limits = limits,
    .find = find,
    .proposals = proposals,
    .checks = checks,
};
