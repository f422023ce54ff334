/* memory_cache.c - file pages are dropped and read again at once: the working set no longer fits,
 * although memory looks available. */
#include <math.h>
#include <string.h>

#include "memory.h"
#include "patterns.h"

static const struct host_limit limits[] = {
    {"stalled", 0.10, "ratio", "of the window, some task waited for memory"},
    {"refaults", 500.0, "1/s", "pages a second that had been there a moment ago"},
    {"faults", 50.0, "1/s", "of the process that is named: fewer come with any start"},
    {"waits", 1000.0, "1/s", "of one process for a page: a tenth of its time on a fast disk"},
    {"again", 2000.0, "1/s", "pages that had been there, while a process waits that often"},
    {.name = NULL},
};
#define STALLED LIMIT(0)
#define REFAULTS LIMIT(1)
#define FAULTS LIMIT(2)
/* The kernel counts only pages that were in use for long as stalls, and not every kernel counts
 * them. Source: Linux mm/workingset.c. */
#define WAITS LIMIT(3)
#define AGAIN LIMIT(4)

/* Who waits for pages: the most major faults. */
static const struct value *faulting(struct host_view *v)
{
    const struct value *best = NULL;
    double most = FAULTS;

    VALUE_EACH (p, value_get(v->snapshot, "processes")) {
        if (hv_num(p, "major_fault_rate") > most && !value_bool_or(p, "kernel", false)) {
            most = hv_num(p, "major_fault_rate");
            best = p;
        }
    }
    return best;
}

static void find(struct host_view *v, struct host_finding *f)
{
    const struct value *s = v->snapshot, *p = faulting(v);
    double stalled = hv_num(s, "pressure.memory.some"), again = hv_num(s, "memory.refault_rate");

    f->metric = "memory_pressure";
    f->unit = "ratio";
    f->value = stalled;
    f->threshold = STALLED;
    f->evidence = arena_printf(
        v->arena,
        "tasks waited for memory during %.0f %% of the window (limit %.0f %%), %.0f pages a "
        "second were read again that had just been dropped (limit %.0f)",
        isnan(stalled) ? 0 : stalled * 100, STALLED * 100, isnan(again) ? 0 : again, REFAULTS);
    if (!(stalled >= STALLED && again >= REFAULTS) &&
        !(p && hv_num(p, "major_fault_rate") >= WAITS && again >= AGAIN))
        return;
    f->strength = STRENGTH_STRONG;
    f->direct = true;
    f->severity = fmin(0.9, 0.6 + (isnan(stalled) ? 0 : stalled) / 2);
    if (p) {
        f->resource = hv_process_key(v, p);
        f->claim = arena_printf(v->arena,
                                "what process %.0f (%s) of %s works on no longer fits into memory",
                                hv_num(p, "pid"), hv_str(p, "command"), v->host);
        f->second =
            arena_printf(v->arena, "process %.0f (%s) waited for %.0f pages a second",
                         hv_num(p, "pid"), hv_str(p, "command"), hv_num(p, "major_fault_rate"));
    } else {
        f->second = arena_printf(v->arena, "%.0f major faults a second",
                                 hv_num(s, "memory.major_fault_rate"));
    }
}

const struct host_pattern host_pattern_memory_cache = {
    .id = "memory_cache",
    .kind = "memory",
    .category = CATEGORY_CAPACITY,
    .words = WORDS_MEMORY | WORDS_LATENCY | WORDS_DISK,
    .rank = 28,
    .claim = "files of %s are dropped from memory and read again all the time",
    .rationale = "a working set that does not fit turns memory into disk",
    .refutes = "memory pressure below 10 %, or few pages read again, and nobody who waits for 1000 "
               "pages a second",
    .limits = limits,
    .find = find,
    .proposals = memory_proposals,
    .checks = memory_checks,
};
