/* ask.c - what is asked of a scope, in the order in which it becomes possible: lists, then what is
 * asked for their items, then the metrics of all of them in a few calls. Everything goes through
 * the investigation's queue, so that the journal has it and an equal call is made once. */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "aws_priv.h"
#include "runbook/base/num.h"
#include "runbook/base/timefmt.h"
#include "runbook/codec/json.h"

#define METRICS_IN_A_CALL 100
#define LATE_PERIODS 3
#define METRICS_MAX 450 /* of a scope: GetMetricData is paid by the metric */

struct waiting {
    struct aws_scope *s;
    const struct aws_source *source;
    const char *of;
    const struct value *parent;
    const struct aws_series *series; /* of a call for metrics: what it was asked for */
    size_t count;
};

/* A phase that is over takes no query without a hypothesis any more (another module was faster). */
const char *aws_look_hypothesis(struct aws_state *st)
{
    struct inv_hypothesis h = {.statement = "something that AWS shows explains it",
                               .kind = "aws",
                               .resource = "",
                               .service = "",
                               .metric = "",
                               .pattern = "aws",
                               .rationale = "what is asked of AWS before a pattern is seen",
                               .refutes = "no pattern finds anything",
                               .category = CATEGORY_UNKNOWN,
                               .priority = 2};

    if (st->test)
        return st->test;
    if (inv_model(st->inv)->phase <= PHASE_TRIAGE)
        return "";
    if (!st->open)
        st->open = inv_propose(st->inv, &h);
    return st->open ? st->open : "";
}

const struct value *aws_answer_items(struct investigation *inv, const struct tool_result *r)
{
    const struct value *doc, *items;
    struct err err = ERR_INIT;

    if ((r->status != TOOL_OK && r->status != TOOL_EMPTY) || !r->body.len ||
        json_parse(inv_arena(inv), buf_str(&r->body), &doc, &err))
        return NULL;
    items = value_get(doc, "items");
    return items && items->type == VALUE_ARRAY ? items : NULL;
}

void aws_gap_of(struct aws_scope *s, const char *hyp, const char *what, const struct tool_result *r)
{
    struct err err = r->err;

    if (!err.code)
        err_set(&err, ERR_NOT_FOUND, "%s", *r->summary ? r->summary : "no answer");
    s->denied += err.code == ERR_DENIED;
    inv_gap(s->st->inv, hyp, what, &err);
}

/* ---- one call ---- */

static void put_time(struct buf *out, int64_t ms, bool text)
{
    char t[TIME_TEXT_MAX];

    time_format_rfc3339(ms, t);
    if (text)
        buf_adds(out, t);
    else
        buf_addf(out, "%lld", (long long)(ms / 1000));
}

struct words {
    const char *id, *ids, *of;
};

/* In quotes a value is escaped without quotes of its own. */
static void put_word(struct aws_view *v, struct buf *out, const char *value)
{
    const char *quoted = aws_json(v, value ? value : "");

    buf_addf(out, "%.*s", (int)strlen(quoted) - 2, quoted + 1);
}

static const char *fill_params(struct aws_view *v, const char *params, const struct words *w)
{
    struct buf out = BUF_INIT(1 << 20);
    const char *ret;

    for (const char *at = params; *at; at++) {
        if (strncmp(at, "{id}", 4) == 0) {
            put_word(v, &out, w->id);
            at += 3;
        } else if (strncmp(at, "{of}", 4) == 0) {
            put_word(v, &out, w->of);
            at += 3;
        } else if (strncmp(at, "{ids}", 5) == 0) {
            buf_adds(&out, w->ids ? w->ids : "[]");
            at += 4;
        } else if (strncmp(at, "{start}", 7) == 0) {
            put_time(&out, v->start_ms, false);
            at += 6;
        } else if (strncmp(at, "{end}", 5) == 0) {
            put_time(&out, v->now_ms, false);
            at += 4;
        } else {
            buf_addc(&out, *at);
        }
    }
    ret = arena_strdup(v->arena, buf_cstr(&out));
    buf_release(&out);
    return ret;
}

struct call {
    const char *service, *operation, *params, *region;
    int most;
};

static uint64_t send_call(struct aws_scope *s, const struct call *c, const char *hyp,
                          const char *title, inv_query_fn *fn, void *ctx)
{
    struct buf args = BUF_INIT(1 << 20);
    struct inv_query q = {.tool = "aws_query", .hypothesis = hyp, .title = title};
    struct json_writer w;
    uint64_t id;

    json_writer_init(&w, &args);
    json_object_begin(&w);
    json_put_cstr(&w, "service", c->service);
    json_put_cstr(&w, "operation", c->operation);
    if (strcmp(c->params, "{}") != 0) {
        json_key(&w, "params");
        json_raw(&w, str_from(c->params));
    }
    json_put_cstr(&w, "region", c->region ? c->region : s->view.region);
    json_put_cstr(&w, "account", s->view.account);
    json_put_int(&w, "max", c->most);
    json_object_end(&w);
    q.args_json = buf_str(&args);
    id = inv_query(s->st->inv, &q, fn, ctx);
    buf_release(&args);
    if (id)
        s->st->waiting++;
    return id;
}

static const char *place(struct aws_scope *s)
{
    return arena_printf(s->view.arena, "%s in %s", s->view.account, s->view.region);
}

static void on_doc(void *ctx, struct investigation *inv, uint64_t query,
                   const struct tool_result *result)
{
    struct waiting *w = ctx;
    struct aws_scope *s = w->s;
    static const struct value nothing = {.type = VALUE_ARRAY};
    struct aws_doc *d;

    s->st->waiting--;
    s->pending--;
    d = VEC_PUSH(&s->view.docs);
    *d = (struct aws_doc){.source = w->source, .of = w->of, .parent = w->parent, .query = query};
    d->items = aws_answer_items(inv, result);
    if (!d->items && result->status == TOOL_EMPTY)
        d->items = &nothing;
    if (!d->items)
        aws_gap_of(s, aws_look_hypothesis(s->st),
                   arena_printf(s->view.arena, "%s %s (%s)", w->source->service,
                                w->source->operation, place(s)),
                   result);
    if (!s->pending)
        aws_stage_over(s);
    aws_check_done(s->st);
}

/* "arn:...:targetgroup/web/0123" is web to people. */
static const char *short_name(struct aws_scope *s, const char *of)
{
    const char *at = strstr(of, "targetgroup/");

    if (!at)
        return av_tail(of);
    at += strlen("targetgroup/");
    return arena_strndup(s->view.arena, at, strcspn(at, "/"));
}

static bool ask_one(struct aws_scope *s, const struct aws_source *src, const struct words *words,
                    const struct value *parent)
{
    struct waiting *w = arena_alloc(s->view.arena, sizeof(*w));
    struct call c = {.service = src->service,
                     .operation = src->operation,
                     .params = fill_params(&s->view, src->params, words),
                     .most = src->most};
    const char *of = words->ids ? words->of : words->id;
    const char *title =
        *of ? arena_printf(s->view.arena, "%s: %s, %s", src->title, short_name(s, of), place(s))
            : arena_printf(s->view.arena, "%s of %s", src->title, place(s));

    *w = (struct waiting){.s = s, .source = src, .of = of, .parent = parent};
    if (!send_call(s, &c, aws_look_hypothesis(s->st), title, on_doc, w))
        return false;
    s->pending++;
    return true;
}

/* ---- lists for the items of others ---- */

static const char *item_id(const struct aws_source *src, const struct value *item)
{
    return av_str(item, src->id);
}

static bool is_meant(const struct aws_scope *s, const char *id)
{
    return av_is_meant(&s->view, id) || av_is_meant(&s->view, av_tail(id));
}

static void left_out(struct aws_scope *s, const struct aws_source *src, size_t n)
{
    struct err why;

    err_set(&why, ERR_LIMIT,
            "%zu more are there; those that the question or an alarm names were "
            "asked first",
            n);
    inv_gap(s->st->inv, aws_look_hypothesis(s->st),
            arena_printf(s->view.arena, "%s (%s)", src->title, place(s)), &why);
}

/* Those that are meant first. */
static void ask_items(struct aws_scope *s, const struct aws_source *src)
{
    size_t left = 0;
    int calls = 0;

    for (int meant = 1; meant >= 0; meant--) {
        AV_DOCS(d, &s->view, src->each)
        {
            VALUE_EACH (item, d->items) {
                const char *id = item_id(src, item);

                if (!*id || is_meant(s, id) != (meant == 1))
                    continue;
                if (calls < src->calls)
                    calls += ask_one(s, src, &(struct words){.id = id, .of = d->of}, item);
                else
                    left++;
            }
        }
    }
    if (left)
        left_out(s, src, left);
}

static void ask_batches(struct aws_scope *s, const struct aws_source *src)
{
    int calls = 0;

    AV_DOCS(d, &s->view, src->each)
    {
        size_t n = value_count(d->items);

        for (size_t i = 0; i < n && calls < src->calls; i += (size_t)src->batch) {
            struct buf ids = BUF_INIT(1 << 20);

            for (size_t k = i; k < n && k < i + (size_t)src->batch; k++)
                buf_addf(&ids, "%s%s", k > i ? "," : "[",
                         aws_json(&s->view, item_id(src, value_at(d->items, k))));
            buf_addc(&ids, ']');
            calls += ask_one(
                s, src,
                &(struct words){.ids = arena_strdup(s->view.arena, buf_cstr(&ids)), .of = d->of},
                NULL);
            buf_release(&ids);
        }
    }
}

/* ---- metrics ---- */

const char *aws_dimension(struct aws_view *v, const struct value *item, const char *path,
                          enum aws_part_of_arn part)
{
    size_t n = 0;
    const struct value *first = av_list(item, path, &n);
    const char *text = strcmp(path, ".") == 0 ? av_str(item, ".") : n ? av_str(first, ".") : "";
    const char *at;

    switch (part) {
    case AWS_WHOLE:
        return text;
    case AWS_TAIL:
        return *text ? av_tail(text) : "";
    case AWS_TARGET_GROUP:
        at = strstr(text, "targetgroup/");
        return at ? at : "";
    case AWS_LOAD_BALANCER:
        at = strstr(text, "loadbalancer/");
        return at ? arena_strdup(v->arena, at + strlen("loadbalancer/")) : "";
    }
    return text;
}

static bool is_chosen_metric(const struct aws_scope *s, const char *name)
{
    const struct aws_pattern *const *table = aws_pattern_table();

    for (size_t i = 0; table[i]; i++) {
        for (const char *const *n = table[i]->needs; s->chosen[i] && *n; n++) {
            if (strcmp(*n, name) == 0)
                return true;
        }
    }
    return false;
}

static const char *metric_id(struct aws_view *v, size_t number)
{
    return arena_printf(v->arena, "m%zu", number);
}

/* Source: Service Quotas API Reference, MetricInfo. */
static void put_usage(struct json_writer *w, const struct value *usage)
{
    json_put_cstr(w, "namespace", av_str(usage, "MetricNamespace"));
    json_put_cstr(w, "metric", av_str(usage, "MetricName"));
    json_key(w, "dimensions");
    json_value(w, value_get(usage, "MetricDimensions"));
    json_put_cstr(w, "stat", av_str(usage, "MetricStatisticRecommendation"));
}

static void put_metric(struct json_writer *w, struct aws_view *v, const struct aws_series *x,
                       size_t number)
{
    const struct aws_metric *m = x->metric;
    const char *second = m->path2 ? aws_dimension(v, x->item, m->path2, m->part2) : NULL;

    json_key(w, metric_id(v, number));
    json_object_begin(w);
    if (m->usage) {
        put_usage(w, value_get(x->item, "UsageMetric"));
        json_object_end(w);
        return;
    }
    json_put_cstr(w, "namespace", m->space);
    json_put_cstr(w, "metric", m->metric);
    json_key(w, "dimensions");
    json_object_begin(w);
    json_put_cstr(w, m->dimension, x->of);
    if (second)
        json_put_cstr(w, m->dimension2, second);
    json_object_end(w);
    json_put_cstr(w, "stat", m->stat);
    json_object_end(w);
}

static void read_points(struct aws_view *v, struct aws_series *x, const struct value *values)
{
    struct aws_point *points = arena_array(v->arena, value_count(values) + 1, sizeof(*points));
    size_t n = 0;

    VALUE_EACH (pair, values) {
        struct aws_point p = {.v = av_num(value_at(pair, 1), ".")};

        p.t_ms = (int64_t)(av_num(value_at(pair, 0), ".") * 1000);
        if (!isnan(p.v))
            points[n++] = p;
    }
    x->points = points;
    x->count = n;
}

/* A count without samples was 0: CloudWatch keeps none of what did not happen. What is young may
 * still come. */
static void fill_zeros(struct aws_view *v, struct aws_series *x)
{
    size_t n = (size_t)((v->now_ms - v->start_ms) / v->period_ms) + 1, k = 0;
    struct aws_point *points = arena_array(v->arena, n + x->count + 1, sizeof(*points));
    size_t out = 0;

    for (size_t i = 0; i < n; i++) {
        int64_t at = v->start_ms + (int64_t)i * v->period_ms, next = at + v->period_ms;
        bool had = false;

        for (; k < x->count && x->points[k].t_ms < next; k++) {
            points[out++] = x->points[k];
            had = true;
        }
        if (!had && (k < x->count || at < v->now_ms - LATE_PERIODS * v->period_ms))
            points[out++] = (struct aws_point){at, 0};
    }
    x->points = points;
    x->count = out;
}

static void read_series(struct waiting *w, const struct value *doc, uint64_t query)
{
    struct aws_view *v = &w->s->view;
    const struct value *result = value_path(doc, "data.result");

    for (size_t i = 0; i < w->count; i++) {
        struct aws_series x = w->series[i];

        x.query = query;
        VALUE_EACH (one, result) {
            if (strcmp(av_str(one, "metric.id"), metric_id(v, i)) == 0) {
                read_points(v, &x, value_get(one, "values"));
                break;
            }
        }
        if (x.metric->zero)
            fill_zeros(v, &x);
        if (!x.count)
            continue;
        av_judge(v, &x);
        *VEC_PUSH(&v->series) = x;
    }
}

static void on_metrics(void *ctx, struct investigation *inv, uint64_t query,
                       const struct tool_result *result)
{
    struct waiting *w = ctx;
    struct aws_scope *s = w->s;
    const struct value *doc = NULL;
    struct err err = ERR_INIT;

    s->st->waiting--;
    s->pending--;
    if ((result->status == TOOL_OK || result->status == TOOL_EMPTY) && result->body.len &&
        json_parse(inv_arena(inv), buf_str(&result->body), &doc, &err))
        inv_blind(inv, aws_look_hypothesis(s->st), "metrics of CloudWatch", &err);
    if (doc)
        read_series(w, doc, query);
    else if (result->status != TOOL_EMPTY && !err.code)
        aws_gap_of(s, aws_look_hypothesis(s->st),
                   arena_printf(s->view.arena, "metrics of CloudWatch (%s)", place(s)), result);
    if (!s->pending)
        aws_stage_over(s);
    aws_check_done(s->st);
}

static bool send_metrics(struct aws_scope *s, const struct aws_series *list, size_t count)
{
    struct waiting *w = arena_alloc(s->view.arena, sizeof(*w));
    struct inv_query q = {.tool = "aws_metrics", .hypothesis = aws_look_hypothesis(s->st)};
    struct buf args = BUF_INIT(1 << 20);
    struct json_writer out;
    char from[TIME_TEXT_MAX], to[TIME_TEXT_MAX];
    uint64_t id;

    *w = (struct waiting){.s = s, .series = list, .count = count};
    time_format_rfc3339(s->view.start_ms, from);
    time_format_rfc3339(s->view.now_ms, to);
    json_writer_init(&out, &args);
    json_object_begin(&out);
    json_key(&out, "series");
    json_object_begin(&out);
    for (size_t i = 0; i < count; i++)
        put_metric(&out, &s->view, &list[i], i);
    json_object_end(&out);
    json_put_cstr(&out, "period", s->view.period_ms == 60000 ? "1m" : "5m");
    json_put_cstr(&out, "since", from);
    json_put_cstr(&out, "until", to);
    json_put_cstr(&out, "region", s->view.region);
    json_put_cstr(&out, "account", s->view.account);
    json_object_end(&out);
    q.args_json = buf_str(&args);
    q.title = arena_printf(s->view.arena, "%zu metrics of %s", count, place(s));
    id = inv_query(s->st->inv, &q, on_metrics, w);
    buf_release(&args);
    if (!id)
        return false;
    s->st->waiting++;
    s->pending++;
    return true;
}

static void gather(struct aws_scope *s, struct aws_series *list, size_t *count, bool meant)
{
    for (const struct aws_metric *m = aws_metric_table(); m->name; m++) {
        if (!is_chosen_metric(s, m->name))
            continue;
        AV_DOCS(d, &s->view, m->source)
        {
            VALUE_EACH (item, d->items) {
                const char *of = aws_dimension(&s->view, item, m->path, m->part);
                bool second = !m->path2 || *aws_dimension(&s->view, item, m->path2, m->part2);

                if (m->usage && !*av_str(item, "UsageMetric.MetricName"))
                    continue;
                if (*of && second && is_meant(s, of) == meant && *count < METRICS_MAX)
                    list[(*count)++] = (struct aws_series){.metric = m, .of = of, .item = item};
            }
        }
    }
}

static bool ask_metrics(struct aws_scope *s)
{
    struct aws_series *list = arena_array(s->view.arena, METRICS_MAX, sizeof(*list));
    size_t count = 0;
    bool asked = false;

    gather(s, list, &count, true);
    gather(s, list, &count, false);
    for (size_t i = 0; i < count; i += METRICS_IN_A_CALL) {
        size_t n = count - i < METRICS_IN_A_CALL ? count - i : METRICS_IN_A_CALL;

        asked = send_metrics(s, list + i, n) || asked;
    }
    return asked;
}

/* ---- the order ---- */

static bool parent_asked(const struct aws_scope *s, const struct aws_source *src)
{
    const struct aws_source *parent = src->each ? aws_source_find(src->each) : NULL;

    return !parent || s->asked[parent - aws_source_table()];
}

bool aws_scope_ask(struct aws_scope *s)
{
    const struct aws_source *table = aws_source_table();
    bool now[AWS_SOURCES_MAX] = {false}, any = false;

    for (size_t i = 0; i < AWS_SOURCES_MAX && table[i].name; i++)
        now[i] = s->wanted[i] && !s->asked[i] && parent_asked(s, &table[i]);
    for (size_t i = 0; i < AWS_SOURCES_MAX && table[i].name; i++) {
        if (!now[i])
            continue;
        any = s->asked[i] = true;
        if (!table[i].each)
            ask_one(s, &table[i], &(struct words){.id = "", .of = ""}, NULL);
        else if (table[i].batch)
            ask_batches(s, &table[i]);
        else
            ask_items(s, &table[i]);
    }
    if (s->pending)
        return true;
    if (any)
        return aws_scope_ask(s);
    if (s->looked || s->metrics_asked || !s->view.on) /* on: set when the alarms are read */
        return false;
    s->metrics_asked = true;
    return ask_metrics(s);
}

bool aws_scope_follow(struct aws_scope *s, const struct aws_culprit *c, const char *hyp,
                      inv_query_fn *fn, void *ctx)
{
    struct call call = {.service = c->ask.service,
                        .operation = c->ask.operation,
                        .params = c->ask.params,
                        .region = c->ask.region,
                        .most = c->ask.most ? c->ask.most : 50};
    const char *title = c->ask.title ? c->ask.title : c->resource;

    return send_call(s, &call, hyp, arena_printf(s->view.arena, "%s, %s", title, place(s)), fn,
                     ctx) != 0;
}
