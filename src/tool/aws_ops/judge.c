/* judge.c - a record and its series against the rows of its kind: verdicts. Pure. */
#include <stdio.h>

#include "ops_priv.h"
#include "runbook/base/timefmt.h"

#define DAY_MS 86400000.0

struct judge {
    struct arena *arena;
    const struct ops_record *r;
    const struct ops_series *series;
    int64_t now_ms;
    ops_verdicts *out;
};

const char *ops_state_name(enum ops_state s)
{
    static const char *const names[] = {"ok", "unknown", "warning", "unhealthy"};

    return names[s];
}

const char *ops_severity(enum ops_state s)
{
    static const char *const names[] = {"info", "info", "warning", "critical"};

    return names[s];
}

const char *ops_compare_sign(enum ops_compare c)
{
    static const char *const signs[] = {"", ">", ">=", "<", "<="};

    return signs[c];
}

enum ops_state ops_worst(const ops_verdicts *v)
{
    enum ops_state worst = OPS_OK;

    VEC_EACH (it, v)
        worst = it->state > worst ? it->state : worst;
    return worst;
}

/* ---- limits ---- */

static bool passes(const struct ops_limit *l, double v)
{
    switch (l->compare) {
    case OPS_ABOVE:
        return v > l->value;
    case OPS_AT_LEAST:
        return v >= l->value;
    case OPS_BELOW:
        return v < l->value;
    case OPS_AT_MOST:
        return v <= l->value;
    case OPS_NEVER:
        break;
    }
    return false;
}

/* The worst that is passed, else the first. */
static const struct ops_limit *deciding(const struct ops_limit *limits, double v, bool *ret_passed)
{
    const struct ops_limit *worst = NULL;

    for (size_t i = 0; i < OPS_LIMITS; i++)
        if (passes(&limits[i], v) && (!worst || limits[i].state > worst->state))
            worst = &limits[i];
    *ret_passed = worst != NULL;
    if (worst)
        return worst;
    return limits[0].compare == OPS_NEVER ? NULL : &limits[0];
}

static struct ops_verdict *add(struct judge *j, const char *check, const char *evidence)
{
    struct ops_verdict *v = VEC_PUSH(j->out);

    *v = (struct ops_verdict){.check = check,
                              .judged = true,
                              .value = NAN,
                              .threshold = NAN,
                              .said = "",
                              .limit = "",
                              .unit = "",
                              .text = "",
                              .source = "",
                              .evidence = evidence};
    return v;
}

static void by_number(struct judge *j, const char *id, const char *what, const char *unit,
                      const struct ops_limit *limits, double number, const char *evidence)
{
    struct ops_verdict *v = add(j, id, evidence);
    bool passed;
    const struct ops_limit *l = deciding(limits, number, &passed);
    const char *amount = ops_amount(j->arena, number, unit);

    v->value = number;
    v->unit = unit;
    if (l) {
        v->state = passed ? l->state : OPS_OK;
        v->threshold = l->value;
        v->compare = l->compare;
        v->limit = ops_amount(j->arena, l->value, unit);
        v->source = l->source;
    }
    v->text = l && passed ? arena_printf(j->arena, "%s: %s (%s %s)", what, amount,
                                         ops_compare_sign(l->compare), v->limit)
                          : arena_printf(j->arena, "%s: %s", what, amount);
}

/* ---- checks of the record ---- */

static const char *evidence_of(struct judge *j, const char *path)
{
    const struct ops_kind *k = j->r->kind;
    size_t i;
    const struct ops_read *read = path ? ops_path_read(k, path, &i) : NULL;
    const char *dot = path ? strchr(path, '.') : NULL;

    if (read)
        return arena_printf(j->arena, "%s %s%s", read->service ? read->service : k->service,
                            read->operation, dot ? arena_printf(j->arena, " %s", dot + 1) : "");
    return arena_printf(j->arena, "%s:%s %s", k->service, k->kind, path ? path : "");
}

struct tally {
    struct judge *j;
    const struct ops_check *c;
    size_t all, hits;
    const char *hit, *any; /* the first of each */
};

static void tally(void *ctx, const struct value *leaf)
{
    struct tally *t = ctx;
    struct str s = ops_leaf_text(t->j->arena, leaf);
    bool hit;

    if (leaf->type == VALUE_NULL || (t->c->skip && str_ifind(s, str_from(t->c->skip)) >= 0))
        return;
    hit = !t->c->words || ops_is_one_of(s, t->c->words);
    if (t->c->how == OPS_GOOD)
        hit = !hit;
    t->all++;
    if (!t->any)
        t->any = arena_str(t->j->arena, s);
    if (!hit)
        return;
    if (!t->hits++)
        t->hit = arena_str(t->j->arena, s);
}

static void count(struct judge *j, const struct ops_check *c, struct tally *t)
{
    *t = (struct tally){.j = j, .c = c};
    ops_visit(j->r, c->path, tally, t);
}

static void by_words(struct judge *j, const struct ops_check *c)
{
    struct tally t;
    struct ops_verdict *v;
    bool bad;

    count(j, c, &t);
    if (!t.all && !c->absent_bad)
        return;
    bad = t.hits || !t.all;
    v = add(j, c->id, evidence_of(j, c->path));
    v->state = bad ? c->state : OPS_OK;
    v->said = !t.all ? "not set" : bad ? t.hit : t.any;
    v->source = c->source ? c->source : "";
    v->text = arena_printf(j->arena, "%s: %s", c->what, v->said);
}

static void by_state(struct judge *j, const struct ops_check *c)
{
    static const enum ops_state states[] = {[AWS_HEALTH_UNKNOWN] = OPS_OK,
                                            [AWS_HEALTH_OK] = OPS_OK,
                                            [AWS_HEALTH_CHANGING] = OPS_OK,
                                            [AWS_HEALTH_OFF] = OPS_WARNING,
                                            [AWS_HEALTH_BAD] = OPS_UNHEALTHY};
    const char *state = ops_text(j->arena, j->r, c->path ? c->path : "@state");
    struct ops_verdict *v;

    if (!*state || (c->words && ops_is_one_of(str_from(state), c->words)))
        return;
    v = add(j, c->id, evidence_of(j, c->path ? c->path : "state"));
    v->state = states[aws_health_of(str_from(state))];
    v->said = state;
    v->source = c->source ? c->source : "";
    v->text = arena_printf(j->arena, "%s: %s", c->what, state);
}

static double number_of(struct judge *j, const struct ops_check *c)
{
    struct tally t;
    int64_t at;

    switch (c->how) {
    case OPS_NUMBER:
        return ops_number(j->r, c->path);
    case OPS_MINUS:
        return ops_number(j->r, c->path) - ops_number(j->r, c->other);
    case OPS_COUNT:
        count(j, c, &t);
        return (double)t.hits;
    case OPS_SHARE:
        count(j, c, &t);
        return t.all ? 100.0 * (double)t.hits / (double)t.all : (double)NAN;
    case OPS_AGE_DAYS:
    case OPS_LEFT_DAYS:
        if (!ops_time(j->r, c->path, &at))
            return (double)NAN;
        return (double)(c->how == OPS_AGE_DAYS ? j->now_ms - at : at - j->now_ms) / DAY_MS;
    case OPS_WORDS:
    case OPS_GOOD:
    case OPS_STATE:
        break;
    }
    return (double)NAN;
}

static void unknown(struct judge *j, const struct ops_check *c, const char *why)
{
    struct ops_verdict *v = add(j, c->id, evidence_of(j, c->path));

    v->state = OPS_UNKNOWN;
    v->judged = false;
    v->text = arena_printf(j->arena, "%s: not known: %s", c->what, why);
}

static void judge_check(struct judge *j, const struct ops_check *c)
{
    const char *why = ops_unread(j->r, c->path);
    double number;

    if (!ops_when(j->r, c->when))
        return;
    if (why || (c->other && (why = ops_unread(j->r, c->other)))) {
        unknown(j, c, why);
    } else if (c->how == OPS_WORDS || c->how == OPS_GOOD) {
        by_words(j, c);
    } else if (c->how == OPS_STATE) {
        by_state(j, c);
    } else {
        number = number_of(j, c);
        if (!isnan(number))
            by_number(j, c->id, c->what, c->unit ? c->unit : "", c->limits, number,
                      evidence_of(j, c->path));
    }
}

/* ---- metrics ---- */

static const char *metric_evidence(struct judge *j, const struct ops_metric *m)
{
    char window[TIME_TEXT_MAX];

    duration_format((int64_t)m->window_s * 1000, window);
    return arena_printf(j->arena, "%s %s %s over %s", m->space, m->name, m->stat, window);
}

static double folded(const struct judge *j, size_t i)
{
    const struct ops_metric *m = &j->r->kind->metrics[i];
    const struct ops_series *s = &j->series[i];

    if (!s->asked)
        return (double)NAN;
    if (!s->recent.count)
        return m->zero ? 0 : (double)NAN;
    return ops_fold_points(&s->recent, m->fold) * (m->scale != 0 ? m->scale : 1);
}

/* As it is judged: of another metric, or of a number of the record, in percent. NAN: there is
 * nothing to divide by. */
static double metric_value(const struct judge *j, size_t i)
{
    const struct ops_metric *all = j->r->kind->metrics, *m = &all[i];
    double v = folded(j, i), by = (double)NAN;

    if (m->per) {
        for (size_t k = 0; k < OPS_METRICS_MAX && all[k].id; k++)
            if (strcmp(all[k].id, m->per) == 0)
                by = folded(j, k);
    } else if (m->of) {
        by = ops_number(j->r, m->of) * (m->of_scale != 0 ? m->of_scale : 1);
    } else {
        return v;
    }
    return by > 0 ? 100 * v / by : (double)NAN;
}

static void judge_shift(struct judge *j, const struct ops_metric *m, const struct ops_series *s)
{
    struct ops_verdict *v;
    struct ops_shift shift;
    double scale = m->scale != 0 ? m->scale : 1;
    const char *unit = m->per || m->of ? "" : m->unit ? m->unit : "";

    ops_shift(m, s, &shift);
    if (!shift.judged)
        return;
    v = add(j, m->id, metric_evidence(j, m));
    v->anomaly = true;
    v->state = shift.is ? OPS_WARNING : OPS_OK;
    v->value = shift.recent * scale;
    v->unit = unit;
    v->threshold =
        (shift.usual + (shift.recent < shift.usual ? -1 : 1) * OPS_SHIFT_SCORE * shift.spread) *
        scale;
    v->source = "Iglewicz and Hoaglin, How to Detect and Handle Outliers";
    v->text = arena_printf(j->arena, "%s: %s, usually %s at this time of day (%zu days)", m->what,
                           ops_amount(j->arena, shift.recent * scale, unit),
                           ops_amount(j->arena, shift.usual * scale, unit), shift.days);
}

static void judge_metric(struct judge *j, size_t i)
{
    const struct ops_metric *m = &j->r->kind->metrics[i];
    double v;

    if (!ops_when(j->r, m->when) || !j->series[i].asked)
        return;
    v = metric_value(j, i);
    if (!isnan(v))
        by_number(j, m->id, m->what, m->unit ? m->unit : "", m->limits, v, metric_evidence(j, m));
    judge_shift(j, m, &j->series[i]);
}

void ops_judge(struct arena *arena, const struct ops_record *r, const struct ops_series *series,
               int64_t now_ms, ops_verdicts *out)
{
    struct judge j = {arena, r, series, now_ms, out};
    const struct ops_kind *k = r->kind;

    for (size_t i = 0; k->checks && k->checks[i].id; i++)
        judge_check(&j, &k->checks[i]);
    for (size_t i = 0; series && k->metrics && i < OPS_METRICS_MAX && k->metrics[i].id; i++)
        judge_metric(&j, i);
    if (r->no_series && k->metrics) {
        struct ops_verdict *v = add(&j, "metrics", "cloudwatch GetMetricData");

        v->state = OPS_UNKNOWN;
        v->judged = false;
        v->text = arena_printf(arena, "metrics: not known: %s", r->no_series);
    }
}
