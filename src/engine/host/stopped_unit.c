/* stopped_unit.c - a unit that should run does not: it was stopped lately although it is enabled,
 * or it is masked although something wants it. Stopping may be meant; that it serves nobody is so
 * in any case. */
#include "units.h"

#include <math.h>
#include <string.h>

#include "patterns.h"
#include "several.h"

static const struct host_limit limits[] = {
    {"booting", 600.0, "s", "so long after a start of the machine units come and go"},
    {.name = NULL},
};
#define BOOTING_S LIMIT(0)

static bool is_masked(const struct value *u)
{
    return unit_is(u, "load", "masked") || unit_is(u, "file_state", "masked");
}

/* What runs once, on a timer's or a socket's word, or under a condition that says no, may rest. */
static bool may_rest(const struct value *u)
{
    return unit_is(u, "type", "oneshot") || unit_is(u, "type", "dbus") ||
           *hv_str(u, "triggered_by") || value_bool_or(u, "unwanted", false) ||
           strchr(hv_str(u, "name"), '@');
}

static bool is_over(struct host_view *v, const struct value *u)
{
    return unit_age_ms(v, u) > UNIT_RECENT_MS;
}

static double score(struct host_view *v, const struct value *u)
{
    if (!unit_is(u, "active", "inactive") || !*hv_str(u, "wanted_by") || may_rest(u))
        return 0;
    if (is_masked(u))
        return is_over(v, u) ? 0.2 : 0.7;
    return unit_is(u, "file_state", "enabled") && !is_over(v, u) ? 0.65 : 0;
}

static void find(struct host_view *v, struct host_finding *f)
{
    const struct value *u = unit_worst(v, score, &f->value);
    double up = hv_num(v->snapshot, "uptime_s");

    f->metric = "unit_state";
    f->unit = "count";
    f->threshold = 0;
    f->evidence = unit_quiet(v, "every unit that is enabled runs, or has been stopped for long");
    if (!u || up < BOOTING_S)
        return;
    f->severity = f->value;
    f->strength = is_over(v, u) ? STRENGTH_WEAK : STRENGTH_STRONG;
    f->direct = f->strength == STRENGTH_STRONG;
    unit_report(v, f, u);
    f->claim = arena_printf(v->arena, "unit %s of %s %s", hv_str(u, "name"), v->host,
                            is_masked(u) ? "is masked although something wants it"
                                         : "was stopped although it is enabled");
    if (f->direct)
        f->second = arena_printf(v->arena, "it is wanted by %s and has not run for %s",
                                 hv_str(u, "wanted_by"),
                                 hv_human(v->arena, unit_age_ms(v, u) / 1000, "seconds"));
}

static const struct host_proposal proposals[] = {
    {.action = "ask who stopped unit {unit} and why; then start it",
     .command = "journalctl -u {unit} -n 20; systemctl unmask {unit}; systemctl start {unit}",
     .rollback = "systemctl stop {unit}",
     .risk = APPROVAL_MEDIUM,
     .watch = "systemctl is-active {unit} says active",
     .act = "host.unit.start unit={unit}"},
    {.action = NULL},
};

static const char *const checks[] = {
    "who stopped it: journalctl -u UNIT -n 20 and the shell history of {host}",
    NULL,
};

const struct host_pattern host_pattern_stopped_unit = {
    .id = "stopped_unit",
    .kind = "service",
    .category = CATEGORY_CONFIGURATION,
    .words = WORDS_SERVICE | WORDS_ERRORS | WORDS_DEPLOY,
    .rank = 54,
    .several = HOST_SAME_MAX,
    .claim = "a unit of %s that should run does not",
    .rationale = "a service that nobody started serves nobody",
    .refutes = "every enabled unit runs, or rests by its nature",
    .limits = limits,
    .find = find,
    .checks = checks,
    .proposals = proposals,
};
