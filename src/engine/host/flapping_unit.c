/* flapping_unit.c - a unit is started again and again, or was given up after that. */
#include "units.h"

#include <math.h>
#include <string.h>

#include "patterns.h"
#include "several.h"

static double score(struct host_view *v, const struct value *u)
{
    if (!unit_flaps(v, u))
        return 0;
    return unit_is(u, "sub", "auto-restart") || unit_is(u, "result", "start-limit-hit") ? 1 : 0.6;
}

static void find(struct host_view *v, struct host_finding *f)
{
    const struct value *u = unit_worst(v, score, &f->value);

    f->metric = "unit_restarts";
    f->unit = "count";
    f->threshold = UNIT_RESTARTS;
    f->evidence = unit_quiet(v, "no unit is restarted again and again");
    if (!u)
        return;
    f->strength = STRENGTH_STRONG;
    f->direct = true;
    f->severity = f->value;
    f->value = hv_num(u, "restarts");
    unit_report(v, f, u);
    f->claim = arena_printf(v->arena,
                            unit_is(u, "result", "start-limit-hit")
                                ? "unit %s of %s failed too often and is not started any more"
                                : "unit %s of %s keeps restarting",
                            hv_str(u, "name"), v->host);
    f->second = hv_num(u, "restarts") > 0
                    ? arena_printf(v->arena, "it was restarted %.0f times, the last time with %s",
                                   hv_num(u, "restarts"), unit_why(v, u))
                    : arena_printf(v->arena, "its last end: %s", unit_why(v, u));
}

static const struct host_proposal proposals[] = {
    {.action = "read why unit {unit} ends, before it is started once more",
     .command = "journalctl -u {unit} -n 100; systemctl cat {unit}",
     .rollback = "nothing to undo, it only reads",
     .risk = APPROVAL_LOW,
     .watch = "NRestarts stays as it is: systemctl show {unit} -p NRestarts"},
    {.action = "with the cause mended, let unit {unit} start again",
     .command = "systemctl reset-failed {unit} && systemctl start {unit}",
     .act = "host.unit.restart unit={unit}",
     .rollback = "systemctl stop {unit}",
     .risk = APPROVAL_MEDIUM,
     .watch = "NRestarts stays as it is: systemctl show {unit} -p NRestarts"},
    {.action = NULL},
};

static const char *const checks[] = {
    "why it ends: journalctl -u UNIT -n 100 on {host}",
    "what changed before the first restart: packages, its file, its configuration",
    NULL,
};

const struct host_pattern host_pattern_flapping_unit = {
    .id = "flapping_unit",
    .kind = "service",
    .category = CATEGORY_APPLICATION,
    .words = WORDS_SERVICE | WORDS_ERRORS | WORDS_DEPLOY,
    .rank = 4,
    .several = HOST_SAME_MAX,
    .claim = "a unit of %s keeps restarting",
    .rationale = "a service that ends again and again serves in between at best",
    .refutes = "no unit in the state auto-restart, and fewer than three restarts within the hour",
    .find = find,
    .checks = checks,
    .proposals = proposals,
};
