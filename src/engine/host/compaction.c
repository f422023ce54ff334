/* compaction.c - memory is there but in pieces: who asks for a large page waits for the kernel to
 * move others aside. */
#include <math.h>

#include "memory.h"
#include "patterns.h"

static const struct host_limit limits[] = {
    {"stalls", 50.0, "1/s", "below it programs do not notice"},
    {"stalled", 0.10, "ratio", "of the window some task waited for memory"},
    {.name = NULL},
};
#define STALLS LIMIT(0)
#define STALLED LIMIT(1)

static void find(struct host_view *v, struct host_finding *f)
{
    const struct value *s = v->snapshot;
    double stalls = hv_num(s, "memory.compact_stall_rate"), psi = hv_num(s, "pressure.memory.some");

    f->metric = "compaction_stalls";
    f->unit = "1/s";
    f->value = stalls;
    f->threshold = STALLS;
    f->evidence = arena_printf(v->arena,
                               "%.0f waits for memory compaction a second (limit %.0f), "
                               "memory pressure %.0f %%",
                               isnan(stalls) ? 0 : stalls, STALLS, isnan(psi) ? 0 : psi * 100);
    if (!(stalls >= STALLS) || !(psi >= STALLED))
        return;
    f->strength = STRENGTH_STRONG;
    f->direct = true;
    f->severity = 0.7;
    f->second =
        arena_printf(v->arena, "%.0f of them failed, %.0f huge pages a second were not given",
                     hv_num(s, "memory.compact_fail_rate"), hv_num(s, "memory.thp_fallback_rate"));
}

static const struct host_proposal proposals[] = {
    {.action = "let {host} give huge pages only to those that ask",
     .command = "echo madvise > /sys/kernel/mm/transparent_hugepage/defrag",
     .rollback = "write back the word that stood in brackets there",
     .risk = APPROVAL_MEDIUM,
     .watch = "compact_stall of /proc/vmstat"},
    {.action = NULL},
};

const struct host_pattern host_pattern_compaction = {
    .id = "compaction",
    .kind = "memory",
    .category = CATEGORY_CONFIGURATION,
    .words = WORDS_MEMORY | WORDS_LATENCY,
    .rank = 31,
    .claim = "tasks of %s wait for memory to be compacted",
    .rationale = "a huge page needs free pages side by side, and making room stops who asks",
    .refutes = "fewer than 50 waits a second, or no memory pressure",
    .limits = limits,
    .find = find,
    .proposals = proposals,
    .checks = memory_checks,
};
