/* curves.c - see aws_curves.h. One request for each period; points are put into their places in
 * time, so that curves of one length lie over each other, and a gap stays a gap. What is judged is
 * the end of the curve, by ops_judge(). */
#include "runbook/tool/aws_curves.h"

#include <stdio.h>
#include <stdlib.h>

#include "ops_priv.h"
#include "fetch.h"
#include "runbook/base/arena.h"
#include "runbook/base/mem.h"
#include "runbook/service/aws/metrics.h"

#define POINTS 36 /* of a curve: three hours of five minutes, a day and a half of hours */
#define DAYS_SHOWN 14

struct call {
    struct ops_curves *owner;
    int period_s, window_s;
    int64_t start_ms;
    VEC(struct aws_metric_query) queries;
    VEC(size_t) rows; /* of the queries */
    struct aws_metrics *asked;
};

struct ops_curves {
    struct ops_curves_options o;
    void (*done)(void *ctx);
    void *ctx;
    struct arena *arena;
    struct ops_kind kind; /* without checks: only metrics are judged */
    struct ops_record record;
    VEC(struct call *) calls;
    size_t left;
    loop_id later;
    aws_id locating;    /* where the resource is; its metrics are there */
    const char *region; /* as its place was told; NULL: as the record has it */
    struct ops_curve curves[OPS_METRICS_MAX]; /* by row */
    bool asked[OPS_METRICS_MAX];
    struct ops_series series[OPS_METRICS_MAX]; /* the rows' own windows */
    struct ops_curve *shown;
    struct ops_curves_answer answer;
};

int ops_curve_window_s(const struct ops_metric *m)
{
    int shown = m->period_s >= 86400 ? DAYS_SHOWN * m->period_s : POINTS * m->period_s;

    return shown > m->window_s ? shown : m->window_s;
}

/* ---- what is asked ---- */

static struct call *call_of(struct ops_curves *c, const struct ops_metric *m)
{
    int window_s = ops_curve_window_s(m);
    int64_t period_ms = m->period_s * (int64_t)1000;
    struct call *call;

    VEC_EACH (it, &c->calls)
        if ((*it)->period_s == m->period_s && (*it)->window_s == window_s)
            return *it;
    call = xcalloc(1, sizeof(*call));
    *call = (struct call){.owner = c, .period_s = m->period_s, .window_s = window_s};
    call->start_ms = c->o.now_ms / period_ms * period_ms - window_s * (int64_t)1000;
    *VEC_PUSH(&c->calls) = call;
    return call;
}

/* Does the record meet the row's condition, whatever state it is in? What has just stopped has
 * curves that say why. */
static bool row_fits(const struct ops_record *r, const struct ops_metric *m)
{
    return !m->when || strncmp(m->when, "@state", 6) == 0 || ops_when(r, m->when);
}

static void ask_row(struct ops_curves *c, size_t row)
{
    const struct ops_metric *m = &c->kind.metrics[row];
    const struct aws_dimension *d;
    struct call *call;
    size_t n = 0;

    if (!row_fits(&c->record, m))
        return;
    d = ops_dimensions(c->arena, &c->record, m, &n);
    if (!d)
        return;
    c->asked[row] = true;
    c->curves[row] = (struct ops_curve){.id = m->id,
                                        .what = m->what,
                                        .unit = m->per || m->of ? "%"
                                                : m->unit       ? m->unit
                                                                : "",
                                        .period_s = m->period_s,
                                        .now = (double)NAN,
                                        .limit = "",
                                        .why = ""};
    if (ops_same_points(&c->kind, row) != row)
        return;
    call = call_of(c, m);
    *VEC_PUSH(&call->queries) = (struct aws_metric_query){.space = m->space,
                                                          .metric = m->name,
                                                          .dimensions = d,
                                                          .dimension_count = n,
                                                          .stat = m->stat,
                                                          .period_s = m->period_s};
    *VEC_PUSH(&call->rows) = row;
}

static const char *region_of(struct ops_curves *c)
{
    const struct ops_record *r = &c->record;
    const char *own;

    if (r->kind->metrics_region)
        return r->kind->metrics_region;
    if (c->region)
        return c->region;
    if (strcmp(r->region, "global") != 0)
        return r->region;
    own = aws_account_region(c->o.account);
    return own ? own : "us-east-1";
}

/* ---- what came ---- */

static enum ops_curve_end end_of(enum aws_metric_state state, enum aws_end end, size_t points)
{
    if (state == AWS_METRIC_FORBIDDEN || (state == AWS_METRIC_FAILED && end == AWS_END_DENIED))
        return OPS_CURVE_DENIED;
    if (state == AWS_METRIC_FAILED)
        return OPS_CURVE_FAILED;
    return points ? OPS_CURVE_READ : OPS_CURVE_EMPTY;
}

static void take(struct call *call, const struct aws_metric_series *s,
                 const struct aws_metrics_answer *a)
{
    struct ops_curves *c = call->owner;
    size_t row = call->rows.items[s->query], n = (size_t)(call->window_s / call->period_s);
    const struct ops_metric *m = &c->kind.metrics[row];
    int64_t from = call->start_ms + (call->window_s - m->window_s) * (int64_t)1000;
    double *v = arena_array(c->arena, n + 1, sizeof(*v)), *recent;
    struct ops_points *points = &c->series[row].recent;

    c->curves[row].end = end_of(s->state, a->end, s->count);
    if (s->state == AWS_METRIC_FAILED || s->state == AWS_METRIC_FORBIDDEN) {
        c->curves[row].why =
            a->err.code ? arena_strdup(c->arena, a->err.msg) : "CloudWatch did not give it";
        return;
    }
    recent = arena_array(c->arena, s->count + 1, sizeof(*recent));
    for (size_t i = 0; i < n; i++)
        v[i] = (double)NAN;
    for (size_t i = 0; i < s->count; i++) {
        int64_t at = (s->points[i].t_ms - call->start_ms) / (call->period_s * (int64_t)1000);

        if (s->points[i].t_ms >= call->start_ms && at < (int64_t)n)
            v[at] = s->points[i].value;
        if (s->points[i].t_ms >= from)
            recent[points->count++] = s->points[i].value;
    }
    points->v = recent;
    c->series[row].asked = true;
    c->curves[row].values = v;
    c->curves[row].count = n;
}

static void not_asked(struct call *call, enum ops_curve_end end, const char *why)
{
    VEC_EACH (row, &call->rows) {
        call->owner->curves[*row].end = end;
        call->owner->curves[*row].why = arena_strdup(call->owner->arena, why);
    }
}

/* ---- shares of something else ---- */

static size_t row_named(const struct ops_kind *k, const char *id)
{
    size_t i = 0;

    while (i < OPS_METRICS_MAX && k->metrics[i].id && strcmp(k->metrics[i].id, id) != 0)
        i++;
    return i < OPS_METRICS_MAX && k->metrics[i].id ? i : OPS_METRICS_MAX;
}

/* In percent of another row's points at the same times, or of a number of the record; or in the
 * row's unit. Nothing to divide by: no point. */
static double *scaled(struct ops_curves *c, size_t row)
{
    const struct ops_metric *m = &c->kind.metrics[row];
    const struct ops_curve *from = &c->curves[row], *other = NULL;
    double *v = arena_array(c->arena, from->count + 1, sizeof(*v)), by = (double)NAN;
    size_t at = m->per ? row_named(&c->kind, m->per) : OPS_METRICS_MAX;

    if (at < OPS_METRICS_MAX && c->curves[at].count == from->count)
        other = &c->curves[at];
    if (m->of)
        by = ops_number(&c->record, m->of) * (m->of_scale != 0 ? m->of_scale : 1);
    for (size_t i = 0; i < from->count; i++) {
        double value = from->values[i] * (m->scale != 0 ? m->scale : 1);

        if (m->per)
            by = other ? other->values[i] *
                             (c->kind.metrics[at].scale != 0 ? c->kind.metrics[at].scale : 1)
                       : (double)NAN;
        v[i] = !m->per && !m->of ? value : by > 0 ? 100 * value / by : (double)NAN;
    }
    return v;
}

static void scale_all(struct ops_curves *c)
{
    double *v[OPS_METRICS_MAX] = {NULL};

    for (size_t i = 0; i < OPS_METRICS_MAX; i++)
        if (c->asked[i] && c->curves[i].end == OPS_CURVE_READ)
            v[i] = scaled(c, i);
    for (size_t i = 0; i < OPS_METRICS_MAX; i++)
        if (v[i])
            c->curves[i].values = v[i];
}

/* ---- the end ---- */

static void judge(struct ops_curves *c)
{
    ops_verdicts verdicts = {0};

    ops_judge(c->arena, &c->record, c->series, c->o.now_ms, &verdicts);
    VEC_EACH (v, &verdicts) {
        size_t row = row_named(&c->kind, v->check);

        if (v->anomaly || row == OPS_METRICS_MAX || !c->asked[row])
            continue;
        c->curves[row].now = v->value;
        c->curves[row].state = v->state;
    }
    VEC_RELEASE(&verdicts);
}

/* The limit that is passed, else the first: the nearest that would be. */
static void put_limit(struct ops_curves *c, size_t row)
{
    const struct ops_metric *m = &c->kind.metrics[row];
    struct ops_curve *curve = &c->curves[row];
    const struct ops_limit *shown = NULL;

    for (size_t i = 0; i < OPS_LIMITS && m->limits[i].compare != OPS_NEVER; i++)
        if (!shown || m->limits[i].state == curve->state)
            shown = &m->limits[i];
    if (shown)
        curve->limit = arena_printf(c->arena, "%s %s", ops_compare_sign(shown->compare),
                                    ops_amount(c->arena, shown->value, curve->unit));
}

/* Rows that share the points of an earlier one. */
static void share(struct ops_curves *c)
{
    for (size_t i = 0; i < OPS_METRICS_MAX; i++) {
        size_t from = c->asked[i] ? ops_same_points(&c->kind, i) : i;

        if (from == i)
            continue;
        c->series[i] = c->series[from];
        c->curves[i].values = c->curves[from].values;
        c->curves[i].count = c->curves[from].count;
        c->curves[i].end = c->curves[from].end;
        c->curves[i].why = c->curves[from].why;
    }
}

static void finish(void *ctx)
{
    struct ops_curves *c = ctx;
    size_t n = 0;

    c->later = 0;
    share(c);
    judge(c);
    scale_all(c);
    c->shown = arena_array(c->arena, OPS_METRICS_MAX, sizeof(*c->shown));
    for (size_t i = 0; i < OPS_METRICS_MAX; i++) {
        if (!c->asked[i])
            continue;
        put_limit(c, i);
        c->shown[n++] = c->curves[i];
    }
    c->answer.curves = c->shown;
    c->answer.count = n;
    c->done(c->ctx);
}

static void call_ended(struct ops_curves *c)
{
    if (--c->left == 0)
        finish(c);
}

static void on_metrics(void *ctx, const struct aws_metrics_answer *a)
{
    struct call *call = ctx;
    struct ops_curves *c = call->owner;

    for (size_t i = 0; i < a->count; i++)
        if (a->series[i].query < call->rows.count)
            take(call, &a->series[i], a);
    if (ops_end_failed(a->end) && c->answer.end == AWS_END_WHOLE)
        c->answer.end = a->end;
    if (a->end == AWS_END_DENIED)
        c->answer.action = "cloudwatch:GetMetricData";
    aws_metrics_free(call->asked);
    call->asked = NULL;
    call_ended(c);
}

static void send_call(struct call *call)
{
    struct ops_curves *c = call->owner;
    struct aws_metrics_request q = {.queries = call->queries.items,
                                    .count = call->queries.count,
                                    .start_ms = call->start_ms,
                                    .end_ms = call->start_ms + call->window_s * (int64_t)1000,
                                    .period_s = call->period_s,
                                    .region = region_of(c)};
    struct err err = ERR_INIT;

    c->left++;
    call->asked = aws_metrics_start(c->o.estate, c->o.account, &q, on_metrics, call, &err);
    if (call->asked)
        return;
    not_asked(call, OPS_CURVE_FAILED, err.msg);
    c->answer.end = AWS_END_INPUT;
    c->left--;
}

static void send_calls(struct ops_curves *c)
{
    VEC_EACH (call, &c->calls)
        send_call(*call);
}

/* ---- where it is ---- */

static void on_place(void *ctx, const struct value *items)
{
    struct ops_curves *c = ctx;
    size_t index = 0;

    if (!value_count(items) || !ops_path_read(&c->kind, c->kind.region_path, &index))
        return;
    c->record.reads[index].value = value_at(items, 0);
    c->region = ops_bucket_region(ops_text(c->arena, &c->record, c->kind.region_path));
    c->record.reads[index].value = NULL; /* it lives no longer */
}

static void on_placed(void *ctx, const struct aws_result *r)
{
    struct ops_curves *c = ctx;
    enum ops_curve_end end = r->end == AWS_END_DENIED ? OPS_CURVE_DENIED : OPS_CURVE_FAILED;
    const char *why;

    c->locating = 0;
    if (r->end == AWS_END_WHOLE) {
        if (!c->region)
            c->region = ops_bucket_region("");
        send_calls(c);
    } else {
        why = arena_printf(c->arena, "where it is could not be read: %s", r->err.msg);
        VEC_EACH (call, &c->calls)
            not_asked(*call, end, why);
        c->answer.end = r->end;
        if (r->end == AWS_END_DENIED)
            c->answer.action = "s3:GetBucketLocation";
    }
    call_ended(c);
}

/* False: its record says it. */
static bool ask_place(struct ops_curves *c)
{
    static const struct aws_callbacks callbacks = {on_place, NULL, on_placed, NULL, NULL};
    const struct ops_read *read;
    struct aws_query q = {.region = region_of(c)};
    struct value param, params = {.type = VALUE_OBJECT, .u.list = {.items = &param, .count = 1}};
    struct err ignored = ERR_INIT;
    size_t index;

    read = c->kind.region_path && c->calls.count
               ? ops_path_read(&c->kind, c->kind.region_path, &index)
               : NULL;
    if (!read || c->record.reads[index].value ||
        aws_catalogue_get(c->o.estate->catalogue, str_from(c->kind.service), &q.service,
                          &ignored) ||
        aws_catalogue_operation(q.service, str_from(read->operation), &q.list, &ignored))
        return false;
    param = (struct value){.type = VALUE_STRING,
                           .key = str_from(read->param),
                           .u.string = str_from(ops_text(c->arena, &c->record, read->from))};
    q.params = &params;
    c->left++;
    c->locating = aws_send(c->o.account->client, &q, &callbacks, c);
    return true;
}

static const char *why_none(const struct ops_kind *k)
{
    if (!k->metrics)
        return k->no_metrics ? k->no_metrics : "the operations matrix has no metrics of it";
    return "its record does not say what CloudWatch knows it by";
}

struct ops_curves *ops_curves_start(const struct ops_curves_options *o, void (*done)(void *ctx),
                                    void *ctx)
{
    struct ops_curves *c = xcalloc(1, sizeof(*c));
    const struct ops_kind *k = o->record->kind;

    *c = (struct ops_curves){.o = *o, .done = done, .ctx = ctx, .kind = *k, .record = *o->record};
    c->arena = arena_new(0);
    c->kind.checks = NULL;
    c->record.kind = &c->kind;
    c->answer = (struct ops_curves_answer){.none = "", .action = ""};
    for (size_t i = 0; k->metrics && i < OPS_METRICS_MAX && k->metrics[i].id; i++)
        ask_row(c, i);
    VEC_EACH (call, &c->calls)
        c->answer.window_s =
            (*call)->window_s > c->answer.window_s ? (*call)->window_s : c->answer.window_s;
    if (!ask_place(c))
        send_calls(c);
    if (!c->calls.count)
        c->answer.none = why_none(k);
    if (!c->left)
        c->later = loop_timer(o->estate->loop, 0, finish, c);
    return c;
}

const struct ops_curves_answer *ops_curves_answer(const struct ops_curves *c)
{
    return &c->answer;
}

void ops_curves_free(struct ops_curves *c)
{
    if (!c)
        return;
    if (c->later)
        loop_timer_cancel(c->o.estate->loop, c->later);
    if (c->locating)
        aws_abandon(c->o.account->client, c->locating);
    VEC_EACH (it, &c->calls) {
        aws_metrics_free((*it)->asked);
        VEC_RELEASE(&(*it)->queries);
        VEC_RELEASE(&(*it)->rows);
        free(*it);
    }
    VEC_RELEASE(&c->calls);
    arena_free(c->arena);
    free(c);
}
