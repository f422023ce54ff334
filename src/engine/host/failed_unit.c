/* failed_unit.c - a unit has failed. One that keeps restarting is flapping_unit's. */
#include "units.h"

#include <math.h>
#include <string.h>

#include "patterns.h"
#include "several.h"

/* A socket that failed closes the door of a service that may be well. */
static double score(struct host_view *v, const struct value *u)
{
    if (!unit_is(u, "active", "failed") || unit_flaps(v, u) || unit_age_ms(v, u) > UNIT_RECENT_MS)
        return 0;
    return strstr(hv_str(u, "name"), ".socket") ? 0.85 : 0.8;
}

static void find(struct host_view *v, struct host_finding *f)
{
    const struct value *u = unit_worst(v, score, &f->value);

    f->metric = "unit_state";
    f->unit = "count";
    f->threshold = 0;
    f->evidence = unit_quiet(v, "no unit failed in the last hour");
    if (!u)
        return;
    f->strength = STRENGTH_STRONG;
    f->direct = true;
    f->severity = f->value;
    unit_report(v, f, u);
    f->claim = arena_printf(v->arena, "unit %s of %s has failed", hv_str(u, "name"), v->host);
    if (*hv_str(u, "listen"))
        f->second = arena_printf(v->arena, "nobody listens for it on %s", hv_str(u, "listen"));
    else if (hv_num(u, "restarts") > 0)
        f->second = arena_printf(v->arena, "it was restarted %.0f times", hv_num(u, "restarts"));
    else
        f->second =
            arena_printf(v->arena, "it ended %s ago, with %s",
                         hv_human(v->arena, unit_age_ms(v, u) / 1000, "seconds"), unit_why(v, u));
}

static const struct host_proposal proposals[] = {
    {.action = "read what unit {unit} said last, then start it again",
     .command = "journalctl -u {unit} -n 50; systemctl restart {unit}",
     .rollback = "systemctl stop {unit}",
     .risk = APPROVAL_MEDIUM,
     .watch = "systemctl is-active {unit} says active, a minute later as well",
     .act = "host.unit.restart unit={unit}"},
    {.action = NULL},
};

static const char *const checks[] = {
    "what the unit said last: journalctl -u UNIT -n 50 on {host}",
    "its file and what it needs: systemctl cat UNIT, systemctl list-dependencies UNIT",
    NULL,
};

const struct host_pattern host_pattern_failed_unit = {
    .id = "failed_unit",
    .kind = "service",
    .category = CATEGORY_APPLICATION,
    .words = WORDS_SERVICE | WORDS_ERRORS | WORDS_DEPLOY,
    .rank = 5,
    .several = HOST_SAME_MAX,
    .claim = "a unit of %s has failed",
    .rationale = "what a failed unit served is not served",
    .refutes = "no unit in the state failed that came there within the hour",
    .find = find,
    .checks = checks,
    .proposals = proposals,
};
