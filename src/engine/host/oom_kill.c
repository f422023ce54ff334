/* oom_kill.c - the kernel killed for want of memory. */
#include <math.h>
#include <string.h>

#include "memory.h"
#include "patterns.h"

static const struct host_limit limits[] = {
    {"recent", 900.0, "s", "an OOM kill that may explain a report of now"},
    {"fresh", 120.0, "s", "it may still be felt"},
    {"still", 3.0, "times", "times the time between two of them: then it has stopped"},
    {.name = NULL},
};
#define RECENT_S LIMIT(0)
#define FRESH_S LIMIT(1)
#define STILL LIMIT(2)

static const struct value *recent_oom(struct host_view *v)
{
    const struct value *last = NULL;

    VALUE_EACH (e, value_get(v->snapshot, "kernel_events")) {
        if (strcmp(hv_str(e, "kind"), "oom_kill") == 0 && hv_num(e, "age_s") <= RECENT_S)
            last = e;
    }
    return last;
}

/* The innermost group that lost a process in the window, or that is at its limit and lost some. */
static const struct value *killing_group(struct host_view *v)
{
    const struct value *best = NULL;

    VALUE_EACH (c, value_get(v->snapshot, "cgroups")) {
        if (hv_num(c, "oom_kill_rate") > 0 &&
            (!best || memory_is_or_holds(hv_str(best, "path"), hv_str(c, "path"))))
            best = c;
    }
    return best;
}

/* Seconds between kills of that name; 0 when there was one only. */
static double interval(struct host_view *v, const struct value *last)
{
    double first = hv_num(last, "age_s");
    int n = 0;

    VALUE_EACH (e, value_get(v->snapshot, "kernel_events")) {
        if (strcmp(hv_str(e, "kind"), "oom_kill") != 0 || !(hv_num(e, "age_s") <= RECENT_S) ||
            strcmp(hv_str(e, "command"), hv_str(last, "command")) != 0)
            continue;
        first = fmax(first, hv_num(e, "age_s"));
        n++;
    }
    return n > 1 ? (first - hv_num(last, "age_s")) / (n - 1) : 0;
}

/* A kill within a control group of which none is left that lost a process: container and victim are
 * both gone, and nothing of now follows from it. */
static bool left_nothing(struct host_view *v, const struct value *e)
{
    if (!strstr(hv_str(e, "text"), "emory cgroup out of memory"))
        return false;
    VALUE_EACH (c, value_get(v->snapshot, "cgroups")) {
        if (hv_num(c, "oom_kills") > 0)
            return false;
    }
    return true;
}

static void name_killed(struct host_view *v, struct host_finding *f, const struct value *e)
{
    f->evidence =
        arena_printf(v->arena, "%s ago the kernel wrote: %s",
                     hv_human(v->arena, hv_num(e, "age_s"), "seconds"), hv_str(e, "text"));
    f->resource = arena_printf(v->arena, "host:%s/process:%.0f(%s)", v->host, hv_num(e, "pid"),
                               hv_str(e, "command"));
    f->claim =
        arena_printf(v->arena, "the kernel of %s killed process %.0f (%s) for want of memory",
                     v->host, hv_num(e, "pid"), hv_str(e, "command"));
}

static void find(struct host_view *v, struct host_finding *f)
{
    const struct value *e = recent_oom(v), *c = killing_group(v);
    bool seen, goes_on;
    double rate = hv_num(v->snapshot, "memory.oom_kill_rate");

    f->metric = "oom_kills";
    f->unit = "kills/s";
    f->value = isnan(rate) ? 0 : rate;
    f->threshold = 0;
    f->evidence = "no OOM kill in the window, none in the kernel log of the last 15 minutes";
    if (!e && !c && !(rate > 0))
        return;
    seen = c || rate > 0; /* in this window */
    goes_on = seen || (e && hv_num(e, "age_s") <= STILL * interval(v, e));
    /* One that is over explains less than one that goes on, and an old one explains little. */
    f->strength = goes_on || (hv_num(e, "age_s") <= FRESH_S && !left_nothing(v, e))
                      ? STRENGTH_STRONG
                      : STRENGTH_WEAK;
    f->direct = f->strength == STRENGTH_STRONG;      /* what is long over proves nothing of now */
    f->severity = seen ? 0.95 : goes_on ? 0.9 : 0.6; /* what may come again comes after what is */
    if (e)
        name_killed(v, f, e);
    else
        f->evidence = arena_printf(v->arena, "%.1f OOM kills a second in the window", f->value);
    if (c) {
        f->resource = hv_key(v, "cgroup", hv_str(c, "path"));
        f->claim = arena_printf(
            v->arena, "group %s of %s is too small: the kernel kills its processes%s%s",
            hv_str(c, "path"), v->host, e ? ", last " : "",
            e ? arena_printf(v->arena, "%.0f (%s)", hv_num(e, "pid"), hv_str(e, "command")) : "");
        f->second = arena_printf(
            v->arena, "group %s is at %s of %s and has %.0f OOM kills", hv_str(c, "path"),
            hv_human(v->arena, hv_num(c, "memory"), "bytes"),
            hv_human(v->arena, hv_num(c, "memory_limit"), "bytes"), hv_num(c, "oom_kills"));
    } else if (hv_num(v->snapshot, "memory.oom_kills") > 0) {
        f->second = arena_printf(v->arena, "the kernel counts %.0f OOM kills since its start",
                                 hv_num(v->snapshot, "memory.oom_kills"));
    }
}

const struct host_pattern host_pattern_oom_kill = {
    .id = "oom_kill",
    .kind = "memory",
    .category = CATEGORY_CAPACITY,
    .words = WORDS_MEMORY | WORDS_SERVICE | WORDS_ERRORS,
    .rank = 6,
    .claim = "the kernel of %s kills processes for want of memory",
    .rationale = "an OOM kill ends a process without a word of its own",
    .refutes = "no OOM kill in the kernel's counters and log",
    .limits = limits,
    .find = find,
    .proposals = memory_proposals,
    .checks = memory_checks,
};
