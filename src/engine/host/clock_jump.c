/* clock_jump.c - the wall clock was set while it was watched: its time and the machine's own do not
 * pass alike. Slewing, as time daemons do it, is at most half a millisecond a second. */
#include <math.h>

#include "patterns.h"

static const struct host_limit limits[] = {
    {"jump", 1.0, "s", "slewing moves half a millisecond a second"},
    {.name = NULL},
};
#define JUMP_S LIMIT(0)

static void find(struct host_view *v, struct host_finding *f)
{
    double jump = hv_num(v->snapshot, "clock.jump_s");

    f->metric = "clock_jump";
    f->unit = "seconds";
    f->value = isnan(jump) ? 0 : jump;
    f->threshold = JUMP_S;
    f->evidence = isnan(jump) ? "whether the clock was set could not be seen"
                              : arena_printf(v->arena,
                                             "the clock was not set while it was watched "
                                             "(%.3f s, limit 1 s)",
                                             jump);
    if (!(fabs(jump) >= JUMP_S))
        return;
    f->strength = STRENGTH_STRONG;
    f->direct = true;
    f->severity = 0.7;
    f->claim = arena_printf(v->arena, "the clock of %s jumps", v->host);
    f->evidence = arena_printf(v->arena, "within %.1f s the clock of %s was set %s by %.1f s",
                               hv_num(v->snapshot, "window_s"), v->host,
                               jump > 0 ? "forward" : "back", fabs(jump));
    f->second = "timers, leases and rates that are computed from it are wrong for that moment";
}

static const struct host_proposal proposals[] = {
    {.action = "find who sets the clock of {host}: two time daemons, or the hypervisor and one",
     .command = "chronyc sources; timedatectl; ps -C chronyd,ntpd,systemd-timesyncd",
     .rollback = "nothing is changed by looking",
     .risk = APPROVAL_LOW,
     .watch = "no further step"},
    {.action = NULL},
};

const struct host_pattern host_pattern_clock_jump = {
    .id = "clock_jump",
    .kind = "time",
    .category = CATEGORY_CONFIGURATION,
    .words = WORDS_CLOCK,
    .rank = 21,
    .claim = "the clock of %s jumps",
    .rationale = "a clock that is set breaks what measures time with it",
    .refutes = "wall clock and uptime that pass alike",
    .limits = limits,
    .find = find,
    .proposals = proposals,
};
