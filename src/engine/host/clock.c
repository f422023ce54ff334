/* clock.c - the clock is wrong. */
#include <math.h>
#include <string.h>

#include "patterns.h"

static void find(struct host_view *v, struct host_finding *f)
{
    double skew = hv_num(v->snapshot, "clock.skew_s");
    const struct value *synced = value_path(v->snapshot, "clock.synced");
    bool unsynced = synced && synced->type == VALUE_BOOL && !synced->u.boolean;

    f->metric = "clock_skew";
    f->unit = "seconds";
    f->value = isnan(skew) ? 0 : skew;
    f->threshold = 5;
    f->evidence =
        isnan(skew)
            ? arena_printf(v->arena,
                           "the clock is %s; its error cannot be told without a reference",
                           unsynced ? "not synchronised" : "synchronised")
            : arena_printf(v->arena, "the clock differs by %.1f s from this machine's (limit 5 s)",
                           skew);
    /* The way to the machine and back takes seconds at most. */
    if (!(fabs(skew) >= 5))
        return;
    f->strength = STRENGTH_STRONG;
    f->direct = true;
    f->severity = fabs(skew) >= 60 ? 0.8 : 0.5;
    if (unsynced)
        f->second = "and it is not synchronised";
}

const struct host_pattern host_pattern_clock = {
    .id = "clock",
    .kind = "time",
    .category = CATEGORY_CONFIGURATION,
    .words = WORDS_CLOCK,
    .rank = 20,
    .claim = "the clock of %s is wrong",
    .rationale = "a wrong clock breaks certificates, tokens and leases",
    .refutes = "a difference of less than 5 s to this machine",
    .find = find,
};
