/* clock.c - the clock is wrong, or runs without a reference. */
#include <math.h>
#include <string.h>

#include "patterns.h"

static const struct host_limit limits[] = {
    {"skew", 5.0, "s", "the way to the machine and back takes seconds at most"},
    {"grave", 60.0, "s", "what tokens and leases allow for"},
    {.name = NULL},
};
#define SKEW_S LIMIT(0)
#define GRAVE_S LIMIT(1)

/* What the kernel says of its source of time. */
static const struct value *unstable(struct host_view *v)
{
    static const char *const kinds[] = {"clock", NULL};

    return hv_recent_event(v, kinds, 86400);
}

static void find(struct host_view *v, struct host_finding *f)
{
    double skew = hv_num(v->snapshot, "clock.skew_s");
    const struct value *synced = value_path(v->snapshot, "clock.synced"), *e = unstable(v);
    bool unsynced = synced && synced->type == VALUE_BOOL && !synced->u.boolean;

    f->metric = "clock_skew";
    f->unit = "seconds";
    f->value = isnan(skew) ? 0 : skew;
    f->threshold = SKEW_S;
    f->evidence =
        isnan(skew)
            ? arena_printf(v->arena,
                           "the clock is %s; its error cannot be told without a reference",
                           unsynced ? "not synchronised" : "synchronised")
            : arena_printf(v->arena, "the clock differs by %.1f s from this machine's (limit 5 s)",
                           skew);
    if (!(fabs(skew) >= SKEW_S))
        return;
    f->strength = STRENGTH_STRONG;
    f->direct = true;
    f->severity = fabs(skew) >= GRAVE_S ? 0.8 : 0.5;
    if (e)
        f->second = arena_printf(v->arena, "kernel: %s", hv_str(e, "text"));
    else if (unsynced)
        f->second = "and it is not synchronised";
    else
        f->second = arena_printf(v->arena,
                                 "it runs %s: certificates, tokens and leases are judged "
                                 "by it",
                                 skew > 0 ? "ahead" : "behind");
}

static const struct host_proposal proposals[] = {
    {.action = "start the time daemon of {host} and let it slew the clock",
     .command = "systemctl start chronyd && chronyc tracking",
     .rollback = "systemctl stop chronyd; the clock keeps its new time",
     .risk = APPROVAL_MEDIUM,
     .watch = "the difference shrinks below a second",
     .act = "host.unit.start unit=chronyd.service"},
    {.action = NULL},
};
static const char *const checks[] = {"chronyc tracking, or timedatectl timesync-status",
                                     "date on this machine and on that one, at the same moment",
                                     NULL};

const struct host_pattern host_pattern_clock = {
    .id = "clock",
    .kind = "time",
    .category = CATEGORY_CONFIGURATION,
    .words = WORDS_CLOCK,
    .rank = 20,
    .claim = "the clock of %s is wrong",
    .rationale = "a wrong clock breaks certificates, tokens and leases",
    .refutes = "a difference of less than 5 s to this machine",
    .limits = limits,
    .find = find,
    .proposals = proposals,
    .checks = checks,
};
