/* timers.c - a process is woken thousands of times a second by its own timers. A busy server is
 * woken as often, but by its clients: then the processors' timer interrupts stay rare. */
#include <math.h>
#include <string.h>

#include "cpu.h"
#include "patterns.h"

static const struct host_limit limits[] = {
    {"wakeups", 3000.0, "1/s", "a second, of one process"},
    {"by_timer", 0.7, "times", "local timer interrupts for each of them"},
    {"cost", 0.05, "cores", "cores; below it does not matter"},
    {.name = NULL},
};
#define WAKEUPS LIMIT(0)
#define BY_TIMER LIMIT(1)
#define COST LIMIT(2)

static double timer_interrupts(struct host_view *v)
{
    VALUE_EACH (i, value_get(v->snapshot, "irqs")) {
        if (strcmp(hv_str(i, "name"), "LOC") == 0)
            return hv_num(i, "rate");
    }
    return 0;
}

static void find(struct host_view *v, struct host_finding *f)
{
    const struct value *worst = NULL;
    double timer = timer_interrupts(v);

    f->metric = "wakeups";
    f->unit = "1/s";
    f->threshold = WAKEUPS;
    f->value = 0;
    VALUE_EACH (p, value_get(v->snapshot, "processes")) {
        if (cpu_may_blame(p) && hv_num(p, "slices") > f->value &&
            !value_bool_or(p, "fresh", false)) {
            f->value = hv_num(p, "slices");
            worst = p;
        }
    }
    f->evidence =
        arena_printf(v->arena,
                     "no process runs more often than %.0f times a second (limit %.0f), %.0f timer "
                     "interrupts a second",
                     f->value, WAKEUPS, timer);
    if (!worst || f->value < WAKEUPS || timer < BY_TIMER * f->value || hv_num(worst, "cpu") < COST)
        return;
    f->evidence =
        arena_printf(v->arena, "%s ran %.0f times a second (limit %.0f) and used %.2f cores",
                     cpu_label(v, worst), f->value, WAKEUPS, hv_num(worst, "cpu"));
    f->strength = STRENGTH_STRONG;
    f->direct = true;
    f->severity = 0.65;
    f->resource = hv_process_key(v, worst);
    f->claim = arena_printf(v->arena, "%s of %s is woken %.0f times a second by its timers",
                            cpu_label(v, worst), v->host, f->value);
    f->second = arena_printf(v->arena, "the processors took %.0f timer interrupts a second", timer);
}

static const struct host_proposal proposals[] = {
    {.action = "see which timer of process {pid} ({command}) is so short",
     .command = "strace -c -f -p {pid}",
     .rollback = "nothing to undo, it only reads",
     .risk = APPROVAL_LOW,
     .watch = "LOC of /proc/interrupts"},
    {.action = NULL},
};

static const char *const checks[] = {
    "timer interrupts of {host}: grep LOC /proc/interrupts, twice",
    NULL,
};

const struct host_pattern host_pattern_timers = {
    .id = "timers",
    .kind = "cpu",
    .category = CATEGORY_APPLICATION,
    .words = WORDS_CPU | WORDS_LATENCY,
    .rank = 24,
    .claim = "a process of %s is woken by its timers all the time",
    .rationale =
        "a timer that is far too short costs switches and interrupts, and no process looks busy",
    .refutes = "fewer than 3000 wakeups a second, or few timer interrupts",
    .limits = limits,
    .find = find,
    .proposals = proposals,
    .checks = checks,
};
