/* activating_unit.c - a unit has been starting for too long: it waits for something, or never says
 * that it is ready. A oneshot unit is starting for as long as it works, and means nothing by it. */
#include "units.h"

#include <math.h>
#include <string.h>

#include "patterns.h"
#include "several.h"

static const struct host_limit limits[] = {
    {"long", 60000.0, "ms", "systemd itself gives up after 90 s, unless told otherwise"},
    {.name = NULL},
};
#define LONG_MS LIMIT(0)

static double score(struct host_view *v, const struct value *u)
{
    double since = hv_num(v->snapshot, "taken_ms") - hv_num(u, "started_ms");

    if (!unit_is(u, "active", "activating") || unit_is(u, "sub", "auto-restart") ||
        unit_is(u, "type", "oneshot") || !(hv_num(u, "started_ms") > 0) || since < LONG_MS)
        return 0;
    return since >= 2 * LONG_MS ? 0.75 : 0.65;
}

static void find(struct host_view *v, struct host_finding *f)
{
    const struct value *u = unit_worst(v, score, &f->value);
    double since;

    f->metric = "unit_starting";
    f->unit = "seconds";
    f->threshold = LONG_MS / 1000;
    f->evidence = unit_quiet(v, "no unit has been starting for a minute");
    if (!u)
        return;
    since = (hv_num(v->snapshot, "taken_ms") - hv_num(u, "started_ms")) / 1000;
    f->severity = f->value;
    f->value = since;
    f->strength = STRENGTH_STRONG;
    f->direct = true;
    unit_report(v, f, u);
    f->claim = arena_printf(v->arena, "unit %s of %s does not finish starting", hv_str(u, "name"),
                            v->host);
    f->second = arena_printf(v->arena, "it has been starting for %s (%s, limit 60 s)",
                             hv_human(v->arena, since, "seconds"), hv_str(u, "sub"));
}

static const struct host_proposal proposals[] = {
    {.action = "see what unit {unit} waits for",
     .command = "systemctl status {unit}; systemctl list-jobs",
     .rollback = "nothing to undo, it only reads",
     .risk = APPROVAL_LOW,
     .watch = "systemctl is-active {unit} says active"},
    {.action = NULL},
};

static const char *const checks[] = {
    "what the machine's manager waits for: systemctl list-jobs on {host}",
    "does the program say that it is ready, as its Type demands: systemctl cat UNIT",
    NULL,
};

const struct host_pattern host_pattern_activating_unit = {
    .id = "activating_unit",
    .kind = "service",
    .category = CATEGORY_APPLICATION,
    .words = WORDS_SERVICE | WORDS_LATENCY | WORDS_DEPLOY,
    .rank = 53,
    .several = HOST_SAME_MAX,
    .claim = "a unit of %s does not finish starting",
    .rationale = "what is not started yet does not serve, and what waits for it does not start",
    .refutes = "no unit that has been starting for a minute",
    .limits = limits,
    .find = find,
    .checks = checks,
    .proposals = proposals,
};
