/* fetch_metrics.c - the metrics of all resources of an account: one request for each region, window
 * and day. What several rows of a kind share is asked for once. */
#include <stdlib.h>

#include "fetch.h"
#include "runbook/base/mem.h"
#include "runbook/service/aws/metrics.h"

#define DAY_S 86400
#define NOW (-1) /* of a batch's day: the recent window */

struct ref {
    size_t subject, metric;
};

struct ops_batch {
    struct ops_run *run;
    const char *region;
    int period_s, window_s, day;
    VEC(struct aws_metric_query) queries;
    VEC(struct ref) refs; /* of the queries */
    struct aws_metrics *asked;
};

/* ---- which ---- */

static const char *region_of(struct ops_run *r, const struct ops_record *s)
{
    const struct ops_kind *k = s->kind;
    const char *region;

    if (k->metrics_region)
        return k->metrics_region;
    if (k->region_path && !ops_unread(s, k->region_path)) {
        return ops_bucket_region(ops_text(r->arena, s, k->region_path));
    }
    if (strcmp(s->region, "global") != 0)
        return s->region;
    region = r->o.region_count ? r->o.regions[0] : aws_account_region(r->o.account);
    return region ? region : "us-east-1";
}

static struct ops_batch *batch(struct ops_run *r, const char *region, const struct ops_metric *m,
                               int day)
{
    struct ops_batch *b;

    VEC_EACH (it, &r->batches)
        if ((*it)->period_s == m->period_s && (*it)->window_s == m->window_s && (*it)->day == day &&
            strcmp((*it)->region, region) == 0 && (*it)->queries.count < AWS_METRICS_ALL_MAX)
            return *it;
    b = xcalloc(1, sizeof(*b));
    *b = (struct ops_batch){
        .run = r, .region = region, .period_s = m->period_s, .window_s = m->window_s, .day = day};
    *VEC_PUSH(&r->batches) = b;
    return b;
}

/* Source: Amazon S3 API Reference, GetBucketLocation. */
const char *ops_bucket_region(const char *location)
{
    return !*location ? "us-east-1" : strcmp(location, "EU") == 0 ? "eu-west-1" : location;
}

const struct aws_dimension *ops_dimensions(struct arena *arena, const struct ops_record *s,
                                           const struct ops_metric *m, size_t *ret_count)
{
    struct aws_dimension *d = arena_array(arena, OPS_DIMENSIONS, sizeof(*d));
    size_t n = 0;

    for (; n < OPS_DIMENSIONS && m->dimensions[n].name; n++) {
        const char *from = m->dimensions[n].from;

        d[n].name = m->dimensions[n].name;
        d[n].value = *from == '=' ? from + 1 : ops_text(arena, s, from);
        if (!*d[n].value)
            return NULL;
    }
    *ret_count = n;
    return d;
}

size_t ops_same_points(const struct ops_kind *k, size_t i)
{
    const struct ops_metric *m = &k->metrics[i];

    for (size_t n = 0; n < i; n++) {
        const struct ops_metric *o = &k->metrics[n];

        if (strcmp(o->name, m->name) == 0 && strcmp(o->space, m->space) == 0 &&
            strcmp(o->stat, m->stat) == 0 && o->period_s == m->period_s &&
            o->window_s == m->window_s && cstr_eq(o->when, m->when) &&
            memcmp(o->dimensions, m->dimensions, sizeof(m->dimensions)) == 0)
            return n;
    }
    return i;
}

/* Is any row that shares the points of this one compared with the days before? */
static bool compared(const struct ops_kind *k, size_t i)
{
    for (size_t n = i; n < OPS_METRICS_MAX && k->metrics[n].id; n++)
        if (k->metrics[n].anomaly != OPS_NO_WAY && ops_same_points(k, n) == i)
            return true;
    return false;
}

static void add_metric(struct ops_run *r, size_t subject, size_t i)
{
    const struct ops_record *s = &r->report.subjects.items[subject].record;
    const struct ops_metric *m = &s->kind->metrics[i];
    size_t n = 0;
    const struct aws_dimension *d = ops_dimensions(r->arena, s, m, &n);
    const char *region = region_of(r, s);
    int last = r->o.anomalies && compared(s->kind, i) ? OPS_DAYS : 0;

    if (!d || !ops_when(s, m->when))
        return;
    r->series[subject][i].asked = true;
    r->series[subject][i].compared = last > 0;
    for (int day = NOW; day < last; day++) {
        struct ops_batch *b = batch(r, region, m, day);

        *VEC_PUSH(&b->queries) = (struct aws_metric_query){.space = m->space,
                                                           .metric = m->name,
                                                           .dimensions = d,
                                                           .dimension_count = n,
                                                           .stat = m->stat,
                                                           .period_s = m->period_s};
        *VEC_PUSH(&b->refs) = (struct ref){subject, i};
        r->report.metrics++;
    }
}

static void add_subject(struct ops_run *r, size_t subject)
{
    const struct ops_kind *k = r->report.subjects.items[subject].record.kind;
    size_t n = ops_count_metrics(k);

    n = n < OPS_METRICS_MAX ? n : OPS_METRICS_MAX;
    r->series[subject] = arena_array(r->arena, n + 1, sizeof(**r->series));
    for (size_t i = 0; i < n; i++)
        if (ops_same_points(k, i) == i)
            add_metric(r, subject, i);
}

/* ---- what came ---- */

static void share(struct ops_run *r)
{
    for (size_t i = 0; i < r->report.subjects.count; i++) {
        const struct ops_kind *k = r->report.subjects.items[i].record.kind;

        for (size_t n = 0; k->metrics && n < OPS_METRICS_MAX && k->metrics[n].id; n++)
            r->series[i][n] = r->series[i][ops_same_points(k, n)];
    }
}

static void take(const struct ops_batch *b, const struct aws_metric_series *series)
{
    const struct ref *ref;
    struct ops_series *to;
    struct ops_points *points;
    double *v;

    if (series->query >= b->refs.count)
        return;
    ref = &b->refs.items[series->query];
    to = &b->run->series[ref->subject][ref->metric];
    points = b->day == NOW ? &to->recent : &to->days[b->day];
    v = arena_array(b->run->arena, series->count + 1, sizeof(*v));
    for (size_t i = 0; i < series->count; i++)
        v[i] = series->points[i].value;
    points->v = v;
    points->count = series->count;
}

/* What of this batch was not answered is not known, and never zero. */
static void not_answered(const struct ops_batch *b, const struct aws_metric_series *series,
                         const char *why)
{
    const struct ref *ref = &b->refs.items[series->query];

    b->run->report.subjects.items[ref->subject].record.no_series = why;
    if (b->day == NOW)
        b->run->series[ref->subject][ref->metric].asked = false;
    b->run->series[ref->subject][ref->metric].compared = false;
}

static void batch_done(struct ops_run *r)
{
    if (--r->batches_left)
        return;
    share(r);
    ops_run_judge(r);
}

static void on_metrics(void *ctx, const struct aws_metrics_answer *a)
{
    struct ops_batch *b = ctx;
    struct ops_run *r = b->run;
    const char *why = a->end == AWS_END_WHOLE ? "CloudWatch did not give all of them"
                                              : arena_strdup(r->arena, a->err.msg);

    r->report.requests += a->requests;
    if (ops_end_failed(a->end))
        ops_gap(r, "cloudwatch", "GetMetricData", b->region, a->end, a->err.msg);
    for (size_t i = 0; i < a->count; i++) {
        const struct aws_metric_series *s = &a->series[i];

        if (s->query >= b->refs.count)
            continue;
        if (s->state == AWS_METRIC_FAILED || s->state == AWS_METRIC_FORBIDDEN)
            not_answered(b, s, why);
        else
            take(b, s);
    }
    aws_metrics_free(b->asked);
    b->asked = NULL;
    batch_done(r);
}

static void send_batch(struct ops_batch *b)
{
    struct ops_run *r = b->run;
    int64_t step = (b->window_s > DAY_S ? b->window_s : DAY_S) * (int64_t)1000;
    int64_t period = b->period_s * (int64_t)1000;
    struct aws_metrics_request q = {.queries = b->queries.items,
                                    .count = b->queries.count,
                                    .period_s = b->period_s,
                                    .region = b->region,
                                    .tally = r->o.tally};
    struct err err = ERR_INIT;

    q.end_ms = r->o.now_ms / period * period - (b->day + 1) * step;
    q.start_ms = q.end_ms - b->window_s * (int64_t)1000;
    b->asked = aws_metrics_start(r->o.estate, r->o.account, &q, on_metrics, b, &err);
    if (b->asked)
        return;
    ops_gap(r, "cloudwatch", "GetMetricData", b->region, AWS_END_INPUT, err.msg);
    VEC_EACH (ref, &b->refs) {
        r->report.subjects.items[ref->subject].record.no_series = arena_strdup(r->arena, err.msg);
        r->series[ref->subject][ref->metric].asked = false;
        r->series[ref->subject][ref->metric].compared = false;
    }
    batch_done(r);
}

void ops_fetch_metrics(struct ops_run *r)
{
    r->series = arena_array(r->arena, r->report.subjects.count + 1, sizeof(*r->series));
    for (size_t i = 0; i < r->report.subjects.count; i++)
        add_subject(r, i);
    r->batches_left = r->batches.count + 1; /* this function is one, so that it ends once */
    for (size_t i = 0; i < r->batches.count; i++)
        send_batch(r->batches.items[i]);
    batch_done(r);
}

void ops_free_metrics(struct ops_run *r)
{
    VEC_EACH (b, &r->batches) {
        aws_metrics_free((*b)->asked);
        VEC_RELEASE(&(*b)->queries);
        VEC_RELEASE(&(*b)->refs);
        free(*b);
    }
    r->batches.count = 0;
}
