/* facts_aws.c - facts from what AWS says: costs, idle resources, changes, findings. */
#include "plan_priv.h"

#include <math.h>
#include <string.h>

#include "runbook/base/timefmt.h"

#define SERVICES_SHOWN 8
#define IDLE_SHOWN 10
#define CHANGES_SHOWN 15
#define FINDINGS_SHOWN 15
#define FAR_DEVIATIONS 20 /* as severe as can be said */

static const char *usd(struct arena *a, double v)
{
    return isfinite(v) ? arena_printf(a, "%.2f USD", v) : "not known";
}

static void add(struct facts *f, struct fact x)
{
    x.limit = NAN;
    facts_add(f, x);
}

/* ---- costs ---- */

static void anomalies(struct facts *f, const struct value *cost)
{
    struct arena *a = f->arena;

    VALUE_EACH (x, value_get(cost, "anomalies")) {
        double now = value_num_or(x, "usd", NAN), before = value_num_or(x, "expected_usd", NAN);
        double z = value_num_or(x, "z", FAR_DEVIATIONS);
        const char *service = value_cstr_or(x, "service", "");
        double far = fabs(z) / FAR_DEVIATIONS;

        add(f,
            (struct fact){.name = "cost.anomaly",
                          .subject = service,
                          .text = arena_printf(a, "%s cost %s on %s, %s were expected (%s)",
                                               service, usd(a, now), value_cstr_or(x, "from", ""),
                                               usd(a, before), value_cstr_or(x, "source", "")),
                          .unit = "USD",
                          .value = now,
                          .before = before,
                          .state = FACT_ABNORMAL,
                          .severity = far > 1 ? 1 : far,
                          .claim = now > before ? "something costs more than it did"
                                                : "something costs less than it did",
                          .source = "aws_cost"});
    }
}

static void services(struct facts *f, const struct value *cost)
{
    struct arena *a = f->arena;
    size_t n = 0;

    VALUE_EACH (s, value_get(cost, "services")) {
        const char *name = value_cstr_or(s, "service", "");
        double total = value_num_or(s, "total", NAN);

        if (n++ == SERVICES_SHOWN)
            break;
        add(f, (struct fact){.name = "cost.service",
                             .subject = name,
                             .text = arena_printf(a, "%s: %s in %zu days", name, usd(a, total),
                                                  value_count(value_get(cost, "days"))),
                             .unit = "USD",
                             .value = total,
                             .before = NAN,
                             .source = "aws_cost"});
    }
}

static void month(struct facts *f, const struct value *cost)
{
    struct arena *a = f->arena;
    double so_far = value_num_or(cost, "month_to_date", NAN);
    double rest = value_num_or(cost, "forecast_rest_of_month", NAN);

    if (!isfinite(so_far))
        return;
    add(f, (struct fact){
               .name = "cost.month",
               .subject = value_cstr_or(cost, "month", ""),
               .text = arena_printf(a, "%s so far: %s; the rest of it by AWS's forecast: %s",
                                    value_cstr_or(cost, "month", ""), usd(a, so_far), usd(a, rest)),
               .unit = "USD",
               .value = so_far,
               .before = NAN,
               .source = "aws_cost"});
}

static void idle(struct facts *f, const struct value *found)
{
    struct arena *a = f->arena;
    size_t n = 0;

    VALUE_EACH (x, value_get(found, "resources")) {
        double each = value_num_or(x, "usd_month", NAN);

        if (n++ == IDLE_SHOWN)
            break;
        add(f, (struct fact){.name = "cost.idle",
                             .subject = value_cstr_or(x, "id", ""),
                             .text = arena_printf(a, "%s %s stands idle (%s): about %s a month, %s",
                                                  value_cstr_or(x, "kind", ""),
                                                  value_cstr_or(x, "id", ""),
                                                  value_cstr_or(x, "why", ""), usd(a, each),
                                                  value_cstr_or(x, "formula", "")),
                             .unit = "USD",
                             .value = each,
                             .before = NAN,
                             .state = FACT_NOTABLE,
                             .severity = 0.2,
                             .claim = "something is paid for and does nothing",
                             .source = "aws_cost"});
    }
}

void facts_of_cost(struct facts *f, const struct value *doc)
{
    const struct value *cost = value_get(doc, "cost");

    anomalies(f, cost);
    month(f, cost);
    services(f, cost);
    idle(f, value_get(doc, "idle"));
}

/* ---- what was not read ---- */

/* A service that is not switched on, or not in a region, holds nothing: that is no gap. */
static bool is_off(const char *end)
{
    return strcmp(end, "absent") == 0 || strcmp(end, "not-enabled") == 0;
}

static void cells(struct facts *f, const struct value *doc)
{
    VALUE_EACH (c, value_get(doc, "cells")) {
        const char *end = value_cstr_or(c, "end", ""), *why = value_cstr_or(c, "error", "");

        if (!is_off(end))
            facts_gap(f, arena_printf(f->arena, "%s %s in %s: %s%s%.200s",
                                      value_cstr_or(c, "service", ""),
                                      value_cstr_or(c, "operation", ""),
                                      value_cstr_or(c, "region", ""), end, *why ? ": " : "", why));
    }
    if (value_bool_or(doc, "interrupted", false))
        facts_gap(f, "its time was over before all was read");
}

static void gaps(struct facts *f, const struct value *doc)
{
    VALUE_EACH (g, value_get(doc, "gaps"))
        if (!is_off(value_cstr_or(g, "code", "")))
            facts_gap(f, arena_printf(f->arena, "%s: %.200s", value_cstr_or(g, "what", ""),
                                      value_cstr_or(g, "why", "")));
}

/* ---- changes ---- */

/* The newest come first; what failed or was rolled back is more than notable. */
void facts_of_provider_changes(struct facts *f, const struct value *doc)
{
    struct arena *a = f->arena;
    int64_t until = 0;
    size_t n = 0;

    time_parse(value_str_or(doc, "until", ""), &until);
    VALUE_EACH (x, value_get(doc, "changes")) {
        const char *outcome = value_cstr_or(x, "outcome", "ok"),
                   *who = value_cstr_or(x, "actor", "");
        bool bad = strcmp(outcome, "failed") == 0 || strcmp(outcome, "rolled-back") == 0;
        bool deployed = bad && strcmp(value_cstr_or(x, "kind", ""), "deployment") == 0;
        char age[TIME_TEXT_MAX];

        if (n++ == CHANGES_SHOWN)
            break;
        duration_format(until - value_i64_or(x, "ts_ms", until), age);
        add(f, (struct fact){.name = arena_printf(a, "change.%s", value_cstr_or(x, "kind", "")),
                             .subject = value_cstr_or(x, "what", ""),
                             .text = arena_printf(a, "%s ago: %s%s%s", age,
                                                  value_cstr_or(x, "detail", ""),
                                                  *who ? ", by " : "", who),
                             .unit = "seconds",
                             .value = (double)(until - value_i64_or(x, "ts_ms", until)) / 1000,
                             .before = NAN,
                             .state = deployed ? FACT_ABNORMAL
                                      : bad    ? FACT_NOTABLE
                                               : FACT_NORMAL,
                             .severity = deployed ? 0.6
                                         : bad    ? 0.3
                                                  : 0,
                             .claim = deployed ? "a deployment failed or was rolled back" : NULL,
                             .source = "aws_changes"});
    }
    add(f,
        (struct fact){.name = "changes",
                      .subject = "AWS",
                      .text = arena_printf(a, "%.0f changes in AWS", value_num_or(doc, "total", 0)),
                      .unit = "count",
                      .value = value_num_or(doc, "total", 0),
                      .before = NAN,
                      .source = "aws_changes"});
    gaps(f, doc);
}

/* ---- findings ---- */

static bool is_severe(const char *severity)
{
    return strcmp(severity, "high") == 0 || strcmp(severity, "critical") == 0;
}

void facts_of_findings(struct facts *f, const struct value *doc)
{
    struct arena *a = f->arena;
    size_t n = 0;

    VALUE_EACH (x, value_get(doc, "findings")) {
        const char *severity = value_cstr_or(x, "severity", ""),
                   *what = value_cstr_or(x, "resource", "");
        bool severe = is_severe(severity);

        if (*value_cstr_or(x, "suppressed", ""))
            continue;
        if (n++ == FINDINGS_SHOWN)
            break;
        add(f, (struct fact){.name = arena_printf(a, "finding.%s", value_cstr_or(x, "check", "")),
                             .subject = what,
                             .text = arena_printf(a, "%s: %s: %s (%s)", severity, what,
                                                  value_cstr_or(x, "title", ""),
                                                  value_cstr_or(x, "evidence", "")),
                             .unit = "",
                             .value = NAN,
                             .before = NAN,
                             .state = severe ? FACT_ABNORMAL : FACT_NOTABLE,
                             .severity = severe ? 0.7 : 0.3,
                             .claim = severe ? "something in AWS allows more than it should" : NULL,
                             .remedy = value_cstr_or(x, "fix", NULL),
                             .source = "aws_findings"});
    }
    cells(f, doc);
}
