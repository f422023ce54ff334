/* units.c - see units.h. */
#include "units.h"

#include <math.h>
#include <string.h>

#include "several.h"

const struct host_limit unit_limits[] = {
    {"unit_recent", 3600000.0, "ms", "what happened before has not happened just now"},
    {"unit_restarts", 3, "count", "fewer are a hiccup"},
    {.name = NULL},
};

bool unit_is(const struct value *u, const char *key, const char *what)
{
    return strcmp(hv_str(u, key), what) == 0;
}

double unit_age_ms(struct host_view *v, const struct value *u)
{
    double changed = hv_num(u, "changed_ms");

    return changed > 0 ? hv_num(v->snapshot, "taken_ms") - changed : 0;
}

bool unit_flaps(struct host_view *v, const struct value *u)
{
    if (unit_is(u, "sub", "auto-restart"))
        return true;
    if (unit_age_ms(v, u) > UNIT_RECENT_MS)
        return false;
    return unit_is(u, "result", "start-limit-hit") || hv_num(u, "restarts") >= UNIT_RESTARTS;
}

const struct value *unit_worst(struct host_view *v,
                               double (*score)(struct host_view *v, const struct value *u),
                               double *ret_score)
{
    struct host_choice c = {.item = NULL};

    VALUE_EACH (u, value_path(v->snapshot, "units.list")) {
        double s = score(v, u);

        if (s > 0)
            hv_choose(v, &c, u, s, hv_str(u, "name"), hv_names(v, hv_str(u, "name")));
    }
    *ret_score = c.item ? c.score : 0;
    return c.item;
}

const char *unit_quiet(struct host_view *v, const char *text)
{
    return value_bool_or(value_get(v->snapshot, "units"), "systemd", false)
               ? text
               : "there is no systemd to ask";
}

const char *unit_why(struct host_view *v, const struct value *u)
{
    if (hv_num(u, "exit_status") > 0)
        return arena_printf(v->arena, "result %s, exit status %.0f", hv_str(u, "result"),
                            hv_num(u, "exit_status"));
    return arena_printf(v->arena, "result %s", hv_str(u, "result"));
}

void unit_report(struct host_view *v, struct host_finding *f, const struct value *u)
{
    double pid = hv_num(u, "pid");

    f->resource = hv_key(v, "unit", hv_str(u, "name"));
    f->one_of = hv_str(u, "name");
    f->named = hv_names(v, f->one_of);
    f->pids[0] = pid > 0 ? (int64_t)pid : 0;
    f->evidence = arena_printf(v->arena, "%s is %s (%s), result %s, exit status %.0f",
                               hv_str(u, "name"), hv_str(u, "active"), hv_str(u, "sub"),
                               hv_str(u, "result"), hv_num(u, "exit_status"));
}
