/* metrics.c - GetMetricData: all calls of a plan at once, pages joined, one answer. A series is
 * known by its query and CloudWatch's label (a search gives several of one query). */
#include "runbook/service/aws/metrics.h"

#include <stdlib.h>

#include "runbook/base/mem.h"
#include "runbook/base/num.h"
#include "runbook/service/aws/get.h"

#define POINTS_ALL_MAX ((size_t)5000000)
#define SERIES_MAX 20000
#define MESSAGES_MAX 20
#define MESSAGE_BYTES 300
#define LABEL_BYTES 300

struct gathered {
    size_t query;
    const char *label;
    VEC(struct aws_metric_point) points;
    enum aws_metric_state state;
};

struct metrics_call {
    struct aws_metrics *owner;
    const struct aws_metrics_call *plan;
    aws_id id;
    bool ended;
};

struct aws_metrics {
    struct aws_estate *estate;
    struct aws_client *client;
    struct arena *arena;
    struct aws_metrics_request request; /* copied */
    struct aws_metrics_plan plan;
    struct metrics_call *calls;
    size_t left, points;
    bool full;
    VEC(struct gathered) series;
    VEC(const char *) messages;
    struct aws_metrics_answer answer;
    aws_metrics_fn *done;
    void *ctx;
};

const char *aws_metric_state_name(enum aws_metric_state s)
{
    switch (s) {
    case AWS_METRIC_WHOLE:
        return "whole";
    case AWS_METRIC_PARTIAL:
        return "partial";
    case AWS_METRIC_FAILED:
        return "failed";
    case AWS_METRIC_FORBIDDEN:
        return "forbidden";
    }
    return "";
}

/* ---- a page ---- */

/* Source: API Reference, MetricDataResult, StatusCode. */
static enum aws_metric_state state_of(struct str code)
{
    if (str_eq_c(code, "Complete"))
        return AWS_METRIC_WHOLE;
    if (str_eq_c(code, "Forbidden"))
        return AWS_METRIC_FORBIDDEN;
    return str_eq_c(code, "PartialData") ? AWS_METRIC_PARTIAL : AWS_METRIC_FAILED;
}

static bool query_of(const struct metrics_call *c, struct str id, size_t *ret)
{
    for (size_t i = 0; i < c->plan->count; i++)
        if (str_eq_c(id, c->owner->plan.ids[c->plan->queries[i]])) {
            *ret = c->plan->queries[i];
            return true;
        }
    return false;
}

static struct gathered *series_of(struct aws_metrics *m, size_t query, const char *label)
{
    struct gathered *s;

    for (size_t i = m->series.count; i > 0; i--) {
        s = &m->series.items[i - 1];
        if (s->query == query && strcmp(s->label, label) == 0)
            return s;
    }
    if (m->series.count == SERIES_MAX)
        return NULL;
    s = VEC_PUSH(&m->series);
    s->query = query;
    s->label = label;
    return s;
}

static void take_points(struct aws_metrics *m, struct gathered *s, const struct value *item)
{
    const struct value *times = value_get(item, "Timestamps"), *values = value_get(item, "Values");
    size_t n = value_count(times);

    if (value_count(values) < n) {
        n = value_count(values);
        s->state = AWS_METRIC_FAILED;
    }
    for (size_t i = 0; i < n; i++) {
        const struct value *v = value_at(values, i);
        struct aws_metric_point p = {.t_ms = aws_moment_ms(value_at(times, i))};

        if (m->points == POINTS_ALL_MAX) {
            m->full = true;
            s->state = AWS_METRIC_PARTIAL;
            return;
        }
        if (v->type == VALUE_NUMBER)
            p.value = v->u.number;
        else if (v->type != VALUE_STRING || !num_f64(v->u.string, &p.value))
            continue;
        if (!p.t_ms)
            continue;
        *VEC_PUSH(&s->points) = p;
        m->points++;
    }
}

static void take_message(struct aws_metrics *m, const struct value *v)
{
    const char *text = aws_clean(m->arena, v, "Value", MESSAGE_BYTES);

    if (*text && m->messages.count < MESSAGES_MAX)
        *VEC_PUSH(&m->messages) = text;
}

static void on_answer(void *ctx, const struct value *whole)
{
    struct metrics_call *c = ctx;

    VALUE_EACH (it, value_get(whole, "Messages"))
        take_message(c->owner, it);
}

/* The last page's word on a series counts. */
static void on_page(void *ctx, const struct value *items)
{
    struct metrics_call *c = ctx;
    struct aws_metrics *m = c->owner;

    VALUE_EACH (it, items) {
        struct gathered *s;
        size_t query;

        if (!query_of(c, value_str_or(it, "Id", ""), &query))
            continue;
        s = series_of(m, query, aws_clean(m->arena, it, "Label", LABEL_BYTES));
        if (!s)
            continue;
        s->state = state_of(value_str_or(it, "StatusCode", "Complete"));
        VALUE_EACH (message, value_get(it, "Messages"))
            take_message(m, message);
        take_points(m, s, it);
    }
}

/* ---- the end ---- */

static int by_time(const void *a, const void *b)
{
    const struct aws_metric_point *x = a, *y = b;

    return (x->t_ms > y->t_ms) - (x->t_ms < y->t_ms);
}

/* Ascending, each moment once: a page that came twice changes nothing. */
static void put_in_order(struct gathered *s)
{
    size_t n = 0;

    if (s->points.count > 1)
        qsort(s->points.items, s->points.count, sizeof(*s->points.items), by_time);
    for (size_t i = 0; i < s->points.count; i++) {
        if (n && s->points.items[n - 1].t_ms == s->points.items[i].t_ms)
            n--;
        s->points.items[n++] = s->points.items[i];
    }
    s->points.count = n;
}

static int by_query(const void *a, const void *b)
{
    const struct gathered *x = a, *y = b;

    if (x->query != y->query)
        return x->query < y->query ? -1 : 1;
    return strcmp(x->label, y->label);
}

/* Of whose call failed, and of whom CloudWatch said nothing. */
static void add_missing(struct aws_metrics *m, const struct metrics_call *c)
{
    for (size_t i = 0; i < c->plan->count; i++) {
        size_t query = c->plan->queries[i];
        bool found = false;

        for (size_t k = 0; k < m->series.count && !found; k++)
            found = m->series.items[k].query == query;
        if (!found && !m->request.queries[query].hidden)
            *VEC_PUSH(&m->series) =
                (struct gathered){.query = query, .label = "", .state = AWS_METRIC_FAILED};
    }
}

static void finish(struct aws_metrics *m)
{
    struct aws_metrics_answer *a = &m->answer;
    struct aws_metric_series *out;

    for (size_t i = 0; i < m->plan.count; i++)
        add_missing(m, &m->calls[i]);
    if (m->series.count)
        qsort(m->series.items, m->series.count, sizeof(*m->series.items), by_query);
    out = arena_array(m->arena, m->series.count, sizeof(*out));
    for (size_t i = 0; i < m->series.count; i++) {
        struct gathered *s = &m->series.items[i];

        put_in_order(s);
        out[i] = (struct aws_metric_series){s->query, s->label, s->points.items, s->points.count,
                                            s->state};
        a->points += s->points.count;
    }
    a->series = out;
    a->count = m->series.count;
    if (m->full)
        *VEC_PUSH(&m->messages) = "more than 5,000,000 points: the rest is left out";
    *VEC_PUSH(&m->messages) = NULL;
    a->messages = m->messages.items;
    m->done(m->ctx, a);
}

static void mark_partial(struct aws_metrics *m, const struct metrics_call *c)
{
    for (size_t i = 0; i < c->plan->count; i++)
        VEC_EACH (s, &m->series)
            if (s->query == c->plan->queries[i] && s->state == AWS_METRIC_WHOLE)
                s->state = AWS_METRIC_PARTIAL;
}

static void on_done(void *ctx, const struct aws_result *r)
{
    struct metrics_call *c = ctx;
    struct aws_metrics *m = c->owner;

    c->ended = true;
    m->answer.requests += r->requests;
    m->answer.retries += r->retries;
    if (r->end != AWS_END_WHOLE) {
        mark_partial(m, c);
        if (!m->answer.failed++) {
            m->answer.end = r->end;
            m->answer.err = r->err;
        }
    }
    if (--m->left == 0)
        finish(m);
}

/* ---- the request ---- */

static struct aws_metric_query copy_query(struct arena *a, const struct aws_metric_query *q)
{
    struct aws_metric_query c = *q;
    struct aws_dimension *d = arena_array(a, q->dimension_count, sizeof(*d));

    for (size_t i = 0; i < q->dimension_count; i++)
        d[i] = (struct aws_dimension){arena_strdup(a, q->dimensions[i].name),
                                      arena_strdup(a, q->dimensions[i].value)};
    c.id = arena_strdup(a, q->id);
    c.space = arena_strdup(a, q->space);
    c.metric = arena_strdup(a, q->metric);
    c.dimensions = d;
    c.stat = arena_strdup(a, q->stat);
    c.unit = arena_strdup(a, q->unit);
    c.expression = arena_strdup(a, q->expression);
    c.label = arena_strdup(a, q->label);
    return c;
}

static void copy_request(struct aws_metrics *m, const struct aws_metrics_request *r)
{
    size_t n = r->count <= AWS_METRICS_ALL_MAX ? r->count : 0; /* the plan refuses it */
    struct aws_metric_query *queries = arena_array(m->arena, n, sizeof(*queries));

    for (size_t i = 0; i < n; i++)
        queries[i] = copy_query(m->arena, &r->queries[i]);
    m->request = *r;
    m->request.queries = queries;
    m->answer.request = &m->request;
    m->answer.plan = &m->plan;
}

/* A definition that cannot be read fails the first call already. */
static enum err_code send_all(struct aws_metrics *m, struct aws_account *account, struct err *err)
{
    static const struct aws_callbacks callbacks = {
        .on_page = on_page, .on_done = on_done, .on_answer = on_answer};

    m->calls = arena_array(m->arena, m->plan.count, sizeof(*m->calls));
    for (size_t i = 0; i < m->plan.count; i++) {
        struct metrics_call *c = &m->calls[i];
        struct aws_get q = {.estate = m->estate,
                            .account = account,
                            .region = m->answer.region,
                            .service = "cloudwatch",
                            .operation = "GetMetricData",
                            .values = m->plan.calls[i].params,
                            .timeout_ms = m->request.timeout_ms,
                            .tally = m->request.tally};

        *c = (struct metrics_call){.owner = m, .plan = &m->plan.calls[i]};
        if (aws_get_send(&q, &callbacks, c, &c->id, err))
            return err->code;
        m->left++;
    }
    return ERR_OK;
}

struct aws_metrics *aws_metrics_start(struct aws_estate *e, struct aws_account *account,
                                      const struct aws_metrics_request *r, aws_metrics_fn *done,
                                      void *ctx, struct err *err)
{
    struct aws_metrics *m = xcalloc(1, sizeof(*m));
    const char *region;

    *m = (struct aws_metrics){
        .estate = e, .client = account->client, .arena = arena_new(0), .done = done, .ctx = ctx};
    copy_request(m, r);
    if (!aws_get_region(account, r->region, &region, err)) {
        m->answer.region = m->request.region = arena_strdup(m->arena, region);
        if (!aws_metrics_plan(m->arena, &m->request, loop_wall_ms(e->loop), &m->plan, err) &&
            !send_all(m, account, err))
            return m;
    }
    aws_metrics_free(m);
    return NULL;
}

void aws_metrics_free(struct aws_metrics *m)
{
    if (!m)
        return;
    for (size_t i = 0; m->calls && i < m->plan.count; i++)
        if (m->calls[i].id && !m->calls[i].ended)
            aws_abandon(m->client, m->calls[i].id);
    VEC_EACH (s, &m->series)
        VEC_RELEASE(&s->points);
    VEC_RELEASE(&m->series);
    VEC_RELEASE(&m->messages);
    arena_free(m->arena);
    free(m);
}
