/* failed_unit.c - a unit has failed or keeps restarting. */
#include <math.h>
#include <string.h>

#include "patterns.h"

#define UNIT_RECENT_MS 3600000.0 /* a unit that failed before has not failed just now */

static double unit_score(const struct value *u, double now_ms)
{
    double age = now_ms - hv_num(u, "changed_ms");

    if (strcmp(hv_str(u, "sub"), "auto-restart") == 0)
        return 1;
    if (hv_num(u, "changed_ms") > 0 && age > UNIT_RECENT_MS)
        return 0;
    if (strcmp(hv_str(u, "active"), "failed") == 0)
        return 0.8;
    return hv_num(u, "restarts") >= 3 ? 0.6 : 0;
}

static void find(struct host_view *v, struct host_finding *f)
{
    double now_ms = hv_num(v->snapshot, "taken_ms");
    const struct value *worst = NULL;

    f->metric = "unit_state";
    f->unit = "count";
    f->value = 0;
    f->threshold = 0;
    f->evidence = value_bool_or(value_get(v->snapshot, "units"), "systemd", false)
                      ? "no unit failed or restarted in the last hour"
                      : "there is no systemd to ask";
    VALUE_EACH (u, value_path(v->snapshot, "units.list")) {
        if (unit_score(u, now_ms) > f->value) {
            f->value = unit_score(u, now_ms);
            worst = u;
        }
    }
    if (!worst)
        return;
    f->strength = STRENGTH_STRONG;
    f->direct = true;
    f->severity = f->value;
    f->resource = hv_key(v, "unit", hv_str(worst, "name"));
    f->claim = arena_printf(v->arena, "unit %s of %s %s", hv_str(worst, "name"), v->host,
                            f->value < 0.8 ? "keeps restarting"
                            : f->value < 1 ? "has failed"
                                           : "crashes in a loop");
    f->evidence = arena_printf(v->arena, "%s is %s (%s), result %s, exit status %.0f",
                               hv_str(worst, "name"), hv_str(worst, "active"), hv_str(worst, "sub"),
                               hv_str(worst, "result"), hv_num(worst, "exit_status"));
    if (hv_num(worst, "restarts") > 0)
        f->second =
            arena_printf(v->arena, "it was restarted %.0f times", hv_num(worst, "restarts"));
}

const struct host_pattern host_pattern_failed_unit = {
    .id = "failed_unit",
    .kind = "service",
    .category = CATEGORY_APPLICATION,
    .words = WORDS_SERVICE | WORDS_ERRORS | WORDS_DEPLOY,
    .rank = 5,
    .claim = "a unit of %s has failed or keeps restarting",
    .rationale = "what a failed unit served is not served",
    .refutes = "no unit in the state failed or auto-restart",
    .find = find,
};
