/* facts_prom.c - facts from series, alerts and targets. A series is its last fifth against the rest
 * before it: the median of both, and the spread of what was before as the scale of what is a
 * change. A limit needs no history. */
#include "plan_priv.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>

#include "runbook/base/num.h"
#include "runbook/service/alertmanager.h"
#include "runbook/service/prom_answer.h"
#include "runbook/service/promql.h"

#define SERIES_SHOWN 6
#define POINTS_MIN 10     /* fewer tell no change */
#define CHANGE_SCALES 5.0 /* so many spreads off, ... */
#define CHANGE_RATIO 1.5  /* ... and by half or more: a quiet series is not one that changed */

static int by_size(const void *a, const void *b)
{
    double x = *(const double *)a, y = *(const double *)b;

    return (x > y) - (x < y);
}

static double median(double *v, size_t n)
{
    qsort(v, n, sizeof(*v), by_size);
    return n ? (n % 2 ? v[n / 2] : (v[n / 2 - 1] + v[n / 2]) / 2) : NAN;
}

struct seen {
    double now, before, scales; /* scales: how far off, in spreads of before */
    const struct prom_series *series;
    enum fact_state state;
    double severity;
};

static void look(struct arena *a, const struct prom_series *s, struct seen *ret)
{
    double *v = arena_array(a, s->count + 1, sizeof(*v)), spread;
    size_t n = 0, tail;

    *ret = (struct seen){.now = NAN, .before = NAN, .series = s};
    for (size_t i = 0; i < s->count; i++) {
        if (isfinite(s->points[i].value))
            v[n++] = s->points[i].value;
    }
    if (!n)
        return;
    tail = n < POINTS_MIN ? 1 : n / 5;
    ret->now = median(v + n - tail, tail);
    if (n < POINTS_MIN)
        return;
    n -= tail;
    ret->before = median(v, n);
    for (size_t i = 0; i < n; i++)
        v[i] = fabs(v[i] - ret->before);
    spread = fmax(1.4826 * median(v, n), 0.01 * fabs(ret->before));
    ret->scales = spread > 0 ? fabs(ret->now - ret->before) / spread : 0;
    if (spread <= 0 && ret->now != ret->before)
        ret->scales = CHANGE_SCALES * 2;
}

static bool changed(const struct seen *s)
{
    double low = fmin(fabs(s->now), fabs(s->before)), high = fmax(fabs(s->now), fabs(s->before));

    return !isnan(s->before) && s->scales >= CHANGE_SCALES && high >= CHANGE_RATIO * low &&
           high > 0;
}

static void judge(const struct facts *f, const struct primitive_expr *x, struct seen *s)
{
    if (!isnan(x->limit) && s->now > x->limit) {
        s->state = FACT_ABNORMAL;
        s->severity = x->limit > 0 ? fmin(1, s->now / x->limit / 2) : 0.8;
    } else if (changed(s)) {
        s->state = f->primitive->compares ? FACT_ABNORMAL : FACT_NOTABLE;
        s->severity = fmin(0.9, s->scales / 40);
    }
}

static int by_weight(const void *a, const void *b)
{
    const struct seen *x = a, *y = b;
    double dx = (double)x->state + x->severity, dy = (double)y->state + y->severity;

    return (dx < dy) - (dx > dy);
}

static const char *labels_of(struct arena *a, const struct prom_series *s)
{
    struct buf out = BUF_INIT(2048);
    const char *text;

    prom_labels_format(&out, s->labels);
    text = out.len ? arena_strdup(a, buf_cstr(&out)) : "all";
    buf_release(&out);
    return text;
}

static void add_series(struct facts *f, const struct primitive_expr *x, const struct seen *s)
{
    const struct promql_expr *e = promql_expr_find(x->name);
    const char *who = labels_of(f->arena, s->series), *unit = e ? e->unit : "";
    char now[48], before[48] = "", limit[48] = "";

    num_human(s->now, unit, now);
    if (!isnan(s->before))
        num_human(s->before, unit, before);
    if (!isnan(x->limit))
        num_human(x->limit, unit, limit);
    facts_add(f, (struct fact){.name = x->name,
                               .subject = who,
                               .text = arena_printf(f->arena, "%s of %s: %s%s%s%s%s", x->name, who,
                                                    now, *before ? ", before " : "", before,
                                                    *limit ? ", limit " : "", limit),
                               .unit = unit,
                               .value = s->now,
                               .limit = x->limit,
                               .before = s->before,
                               .state = s->state,
                               .severity = s->severity,
                               .source = "prometheus_expr"});
}

enum err_code facts_of_series(struct facts *f, const struct primitive_expr *x, struct str answer,
                              struct err *err)
{
    struct prom_answer a;
    struct seen *seen;
    size_t n = 0;
    enum err_code rc = prom_decode(answer, NULL, f->arena, &a, err);

    if (rc)
        return rc;
    seen = arena_array(f->arena, a.series_count + 1, sizeof(*seen));
    for (size_t i = 0; i < a.series_count; i++) {
        look(f->arena, &a.series[i], &seen[n]);
        if (isnan(seen[n].now))
            continue;
        judge(f, x, &seen[n++]);
    }
    qsort(seen, n, sizeof(*seen), by_weight);
    for (size_t i = 0; i < n && i < SERIES_SHOWN; i++)
        add_series(f, x, &seen[i]);
    return ERR_OK;
}

/* ---- alerts and targets ---- */

static void add_alert(struct facts *f, const char *name, const char *state,
                      struct prom_labels labels, const char *source)
{
    const char *severity = prom_label(labels, "severity");
    bool firing = strcmp(state, "firing") == 0 || strcmp(state, "active") == 0;
    bool bad = severity && (strcmp(severity, "critical") == 0 || strcmp(severity, "page") == 0);
    struct buf who = BUF_INIT(2048);

    prom_labels_format(&who, labels);
    facts_add(f, (struct fact){.name = "alert",
                               .subject = name ? name : "",
                               .text = arena_printf(f->arena, "alert %s is %s %s", name ? name : "",
                                                    state, buf_cstr(&who)),
                               .unit = "",
                               .value = NAN,
                               .limit = NAN,
                               .before = NAN,
                               .state = firing && bad ? FACT_ABNORMAL
                                        : firing      ? FACT_NOTABLE
                                                      : FACT_NORMAL,
                               .severity = firing && bad ? 0.7 : 0.4,
                               .source = source});
    buf_release(&who);
}

enum err_code facts_of_alerts(struct facts *f, bool alertmanager, struct str answer,
                              struct err *err)
{
    struct prom_alerts p = {0};
    struct am_alerts am = {0};
    enum err_code rc = alertmanager ? am_decode_alerts(answer, f->arena, &am, err)
                                    : prom_decode_alerts(answer, f->arena, &p, err);

    if (rc)
        return rc;
    for (size_t i = 0; i < p.count; i++)
        add_alert(f, p.items[i].name, p.items[i].state, p.items[i].labels, "prometheus_alerts");
    for (size_t i = 0; i < am.count; i++)
        add_alert(f, prom_label(am.items[i].labels, "alertname"), am.items[i].state,
                  am.items[i].labels, "alertmanager_alerts");
    return ERR_OK;
}

enum err_code facts_of_targets(struct facts *f, struct str answer, struct err *err)
{
    struct prom_targets t;
    enum err_code rc = prom_decode_targets(answer, f->arena, &t, err);

    if (rc)
        return rc;
    for (size_t i = 0; i < t.count; i++) {
        const struct prom_target *x = &t.items[i];

        if (strcmp(x->health, "down") != 0)
            continue;
        facts_add(f, (struct fact){.name = "target_down",
                                   .subject = arena_printf(f->arena, "%s %s", x->job, x->instance),
                                   .text = arena_printf(f->arena, "target %s of %s is down: %s",
                                                        x->instance, x->job, x->error),
                                   .unit = "",
                                   .value = 0,
                                   .limit = 1,
                                   .before = NAN,
                                   .state = FACT_ABNORMAL,
                                   .severity = 0.8,
                                   .source = "prometheus_targets"});
    }
    facts_add(f, (struct fact){.name = "targets",
                               .subject = "prometheus",
                               .text = arena_printf(f->arena, "%zu of %zu targets answer",
                                                    t.count - t.down, t.count),
                               .unit = "count",
                               .value = (double)t.count,
                               .limit = NAN,
                               .before = NAN,
                               .source = "prometheus_targets"});
    return ERR_OK;
}
