/* metrics_plan.c - what is asked of CloudWatch, before anything is: periods, ids, which queries
 * have to stand in one call, where the calls are cut. Pure. */
#include <ctype.h>
#include <stdio.h>

#include "runbook/codec/json.h"
#include "runbook/service/aws/metrics.h"

#define MINUTE_MS INT64_C(60000)
#define HOUR_MS (60 * MINUTE_MS)
#define DAY_MS (24 * HOUR_MS)
#define CHOSEN_POINTS_MAX 1440 /* of a series whose period is chosen: a day of minutes */
#define PERIOD_MAX_S 86400
#define ID_MAX 255
#define EXPRESSION_MAX 2048
#define TEXT_MAX 1024
#define PARAMS_MAX ((size_t)32 << 20)
#define NONE SIZE_MAX

/* Source: CloudWatch User Guide, "Metrics retention". */
static const struct {
    int64_t age_ms, period_s;
} kept[] = {
    {3 * HOUR_MS, 1},
    {15 * DAY_MS, 60},
    {63 * DAY_MS, 300},
    {AWS_METRICS_KEPT_DAYS * DAY_MS, 3600},
};

int64_t aws_metrics_kept_s(int64_t start_ms, int64_t now_ms)
{
    for (size_t i = 0; i < sizeof(kept) / sizeof(kept[0]); i++)
        if (now_ms - start_ms <= kept[i].age_ms)
            return kept[i].period_s;
    return 3600;
}

int64_t aws_metrics_period(int64_t start_ms, int64_t end_ms, int64_t now_ms)
{
    static const int64_t steps[] = {60, 300, 900, 3600, 21600};
    int64_t least = aws_metrics_kept_s(start_ms, now_ms);

    for (size_t i = 0; i < sizeof(steps) / sizeof(steps[0]); i++)
        if (steps[i] >= least && (end_ms - start_ms) / 1000 <= steps[i] * CHOSEN_POINTS_MAX)
            return steps[i];
    return PERIOD_MAX_S;
}

struct planning {
    struct arena *arena;
    const struct aws_metrics_request *r;
    struct aws_metrics_plan *plan;
    const char **ids;
    size_t *group;   /* of each query: the first of those that go with it */
    int64_t least_s; /* nothing finer is kept */
    struct err *err;
};

/* ---- checks ---- */

static enum err_code bad(struct planning *p, size_t i, const char *what)
{
    return err_set(p->err, ERR_INPUT, "query %zu (%.60s): %s", i + 1, p->ids[i], what);
}

/* Source: API Reference, MetricDataQuery, Id. */
static bool good_id(const char *id)
{
    size_t n = strlen(id);

    if (!n || n > ID_MAX || !islower((unsigned char)id[0]))
        return false;
    for (const char *c = id; *c; c++)
        if (!isalnum((unsigned char)*c) && *c != '_')
            return false;
    return true;
}

static bool good_text(const char *s, size_t max)
{
    return s && *s && strlen(s) <= max;
}

static bool good_period(int64_t s)
{
    return s == 1 || s == 5 || s == 10 || s == 20 || s == 30 ||
           (s > 0 && s % 60 == 0 && s <= PERIOD_MAX_S);
}

static enum err_code check_metric(struct planning *p, size_t i)
{
    const struct aws_metric_query *q = &p->r->queries[i];

    if (!good_text(q->space, 255) || !good_text(q->metric, 255))
        return bad(p, i, "needs a namespace and a metric, or an expression");
    if (q->dimension_count > AWS_METRICS_DIMENSIONS_MAX)
        return bad(p, i, "a metric has at most 30 dimensions");
    for (size_t k = 0; k < q->dimension_count; k++)
        if (!good_text(q->dimensions[k].name, 255) || !good_text(q->dimensions[k].value, TEXT_MAX))
            return bad(p, i, "a dimension has a name and a value");
    if (q->stat && !good_text(q->stat, 64))
        return bad(p, i,
                   "'stat' is no statistic: Average, Sum, Minimum, Maximum, SampleCount, p99");
    return ERR_OK;
}

static enum err_code check_query(struct planning *p, size_t i)
{
    const struct aws_metric_query *q = &p->r->queries[i];

    if (!good_id(p->ids[i]))
        return bad(p, i, "an id begins with a small letter and has letters, digits and _ only");
    if (q->period_s && !good_period(q->period_s))
        return bad(p, i,
                   "the period must be 1, 5, 10, 20, 30 or a multiple of 60 seconds, at "
                   "most a day");
    if (!q->expression)
        return check_metric(p, i);
    if (q->metric || q->space || q->dimension_count)
        return bad(p, i, "is a metric or an expression, not both");
    return good_text(q->expression, EXPRESSION_MAX)
               ? ERR_OK
               : bad(p, i, "an expression has at most 2,048 characters");
}

static bool id_taken(const struct planning *p, const char *id)
{
    for (size_t i = 0; i < p->r->count; i++)
        if (p->r->queries[i].id && strcmp(p->r->queries[i].id, id) == 0)
            return true;
    return false;
}

/* Those that have none are q1, q2, ... */
static enum err_code give_ids(struct planning *p)
{
    size_t next = 1, n = p->r->count;

    for (size_t i = 0; i < n; i++) {
        const char *id = p->r->queries[i].id;

        for (size_t k = 0; id && k < i; k++)
            if (p->r->queries[k].id && strcmp(p->r->queries[k].id, id) == 0)
                return err_set(p->err, ERR_INPUT, "two queries have the id '%.60s'", id);
        p->ids[i] = id;
    }
    for (size_t i = 0; i < n; i++)
        while (!p->ids[i]) {
            const char *id = arena_printf(p->arena, "q%zu", next++);

            if (!id_taken(p, id))
                p->ids[i] = id;
        }
    return ERR_OK;
}

/* ---- which go together ---- */

static size_t root(struct planning *p, size_t i)
{
    while (p->group[i] != i)
        i = p->group[i] = p->group[p->group[i]];
    return i;
}

static void join(struct planning *p, size_t a, size_t b)
{
    a = root(p, a);
    b = root(p, b);
    p->group[a > b ? a : b] = a > b ? b : a;
}

static size_t find_id(const struct planning *p, struct str name)
{
    for (size_t i = 0; i < p->r->count; i++)
        if (str_eq_c(name, p->ids[i]))
            return i;
    return NONE;
}

static bool word_char(char c)
{
    return isalnum((unsigned char)c) || c == '_';
}

/* The next word of an expression outside of quotes; false at its end. */
static bool next_word(const char **at, struct str *ret)
{
    const char *c = *at;

    while (*c && !word_char(*c)) {
        char quote = *c++;

        if (quote != '\'' && quote != '"')
            continue;
        while (*c && *c != quote)
            c++;
        c += *c != '\0';
    }
    ret->ptr = c;
    while (word_char(*c))
        c++;
    ret->len = (size_t)(c - ret->ptr);
    *at = c;
    return ret->len > 0;
}

static bool searches(const char *expression)
{
    struct str word;

    while (next_word(&expression, &word))
        if (str_eq_c(word, "SEARCH") || str_eq_c(word, "SELECT") || str_eq_c(word, "select"))
            return true;
    return false;
}

/* METRICS() is every metric of its call: all go into one. */
static void join_all(struct planning *p)
{
    for (size_t i = 1; i < p->r->count; i++)
        join(p, 0, i);
}

static void group_expression(struct planning *p, size_t i)
{
    const char *at = p->r->queries[i].expression;
    struct str word;

    p->plan->searches = p->plan->searches || searches(at);
    while (next_word(&at, &word)) {
        size_t other = find_id(p, word);

        if (other != NONE)
            join(p, i, other);
        else if (str_eq_c(word, "METRICS"))
            join_all(p);
    }
}

/* ---- calls ---- */

static int64_t period_of(const struct planning *p, size_t i)
{
    int64_t own = p->r->queries[i].period_s;

    if (!own)
        return p->plan->period_s;
    return own < p->least_s ? p->least_s : own;
}

static size_t points_of(const struct planning *p, size_t i)
{
    if (p->r->queries[i].hidden)
        return 0;
    return (size_t)((p->plan->end_ms - p->plan->start_ms) / 1000 / period_of(p, i)) + 1;
}

static void put_metric(struct json_writer *w, const struct aws_metric_query *q, int64_t period_s)
{
    json_key(w, "MetricStat");
    json_object_begin(w);
    json_key(w, "Metric");
    json_object_begin(w);
    json_put_cstr(w, "Namespace", q->space);
    json_put_cstr(w, "MetricName", q->metric);
    if (q->dimension_count) {
        json_key(w, "Dimensions");
        json_array_begin(w);
        for (size_t i = 0; i < q->dimension_count; i++) {
            json_object_begin(w);
            json_put_cstr(w, "Name", q->dimensions[i].name);
            json_put_cstr(w, "Value", q->dimensions[i].value);
            json_object_end(w);
        }
        json_array_end(w);
    }
    json_object_end(w);
    json_put_int(w, "Period", period_s);
    json_put_cstr(w, "Stat", q->stat ? q->stat : "Average");
    if (q->unit)
        json_put_cstr(w, "Unit", q->unit);
    json_object_end(w);
}

static void put_query(struct planning *p, struct json_writer *w, size_t i)
{
    const struct aws_metric_query *q = &p->r->queries[i];

    json_object_begin(w);
    json_put_cstr(w, "Id", p->ids[i]);
    if (q->expression) {
        json_put_cstr(w, "Expression", q->expression);
        json_put_int(w, "Period", period_of(p, i));
    } else {
        put_metric(w, q, period_of(p, i));
    }
    if (q->label)
        json_put_cstr(w, "Label", q->label);
    json_put_bool(w, "ReturnData", !q->hidden);
    json_object_end(w);
}

static enum err_code put_call(struct planning *p, struct aws_metrics_call *call)
{
    struct buf text = BUF_INIT(PARAMS_MAX);
    struct json_writer w;
    enum err_code rc;

    json_writer_init(&w, &text);
    json_object_begin(&w);
    json_key(&w, "MetricDataQueries");
    json_array_begin(&w);
    for (size_t i = 0; i < call->count; i++)
        put_query(p, &w, call->queries[i]);
    json_array_end(&w);
    json_put_int(&w, "StartTime", p->plan->start_ms / 1000);
    json_put_int(&w, "EndTime", p->plan->end_ms / 1000);
    json_put_cstr(&w, "ScanBy", "TimestampAscending");
    json_object_end(&w);
    rc = buf_check(&text, "the queries", p->err);
    if (!rc)
        rc = json_parse(p->arena, buf_str(&text), &call->params, p->err);
    buf_release(&text);
    return rc;
}

struct packing {
    size_t *order; /* the queries, those that go together beside each other */
    size_t count, points, first;
};

static enum err_code end_call(struct planning *p, struct packing *k, size_t end)
{
    struct aws_metrics_call *call = &p->plan->calls[p->plan->count];

    if (end == k->first)
        return ERR_OK;
    *call = (struct aws_metrics_call){.queries = k->order + k->first, .count = end - k->first};
    p->plan->count++;
    k->first = end;
    k->points = 0;
    return put_call(p, call);
}

/* The group that begins at query `i` comes next: into this call, or into another one. */
static enum err_code add_group(struct planning *p, struct packing *k, size_t i)
{
    size_t before = k->count, points = 0;

    for (size_t n = i; n < p->r->count; n++)
        if (root(p, n) == i) {
            k->order[k->count++] = n;
            points += points_of(p, n);
        }
    if (k->count - before > AWS_METRICS_QUERIES_MAX)
        return err_set(p->err, ERR_LIMIT,
                       "%zu queries belong to each other by their expressions; CloudWatch takes %d",
                       k->count - before, AWS_METRICS_QUERIES_MAX);
    if (k->count - k->first > AWS_METRICS_QUERIES_MAX ||
        k->points + points > AWS_METRICS_POINTS_MAX)
        if (end_call(p, k, before))
            return p->err->code;
    k->points += points;
    return ERR_OK;
}

static enum err_code pack(struct planning *p)
{
    struct packing k = {.order = arena_array(p->arena, p->r->count, sizeof(size_t))};

    p->plan->calls = arena_array(p->arena, p->r->count, sizeof(*p->plan->calls));
    for (size_t i = 0; i < p->r->count; i++)
        if (root(p, i) == i && add_group(p, &k, i))
            return p->err->code;
    return end_call(p, &k, k.count);
}

/* ---- time ---- */

static enum err_code plan_time(struct planning *p, int64_t now_ms)
{
    struct aws_metrics_plan *plan = p->plan;
    int64_t start = p->r->start_ms, end = p->r->end_ms, step;
    int64_t least = aws_metrics_kept_s(start, now_ms);

    if (start <= 0 || end <= start)
        return err_set(p->err, ERR_INPUT, "the window must begin before it ends");
    if (now_ms - end > AWS_METRICS_KEPT_DAYS * DAY_MS)
        return err_set(p->err, ERR_INPUT, "CloudWatch keeps metrics for %d days",
                       AWS_METRICS_KEPT_DAYS);
    if (p->r->period_s && !good_period(p->r->period_s))
        return err_set(p->err, ERR_INPUT,
                       "the period must be 1, 5, 10, 20, 30 or a multiple of 60 seconds, at most a "
                       "day");
    plan->period_s = p->r->period_s ? p->r->period_s : aws_metrics_period(start, end, now_ms);
    plan->raised = plan->period_s < least;
    if (plan->raised)
        plan->period_s = least;
    p->least_s = least;
    for (size_t i = 0; i < p->r->count; i++)
        plan->raised =
            plan->raised || (p->r->queries[i].period_s && p->r->queries[i].period_s < least);
    step = plan->period_s * 1000;
    plan->start_ms = start - start % step;
    plan->end_ms = end + (step - end % step) % step;
    return ERR_OK;
}

enum err_code aws_metrics_plan(struct arena *arena, const struct aws_metrics_request *r,
                               int64_t now_ms, struct aws_metrics_plan *ret, struct err *err)
{
    struct planning p = {.arena = arena, .r = r, .plan = ret, .err = err};

    *ret = (struct aws_metrics_plan){0};
    if (!r->count || r->count > AWS_METRICS_ALL_MAX)
        return err_set(err, ERR_INPUT, "from 1 to %d queries can be asked at once",
                       AWS_METRICS_ALL_MAX);
    p.ids = arena_array(arena, r->count, sizeof(*p.ids));
    p.group = arena_array(arena, r->count, sizeof(*p.group));
    ret->ids = p.ids;
    if (plan_time(&p, now_ms) || give_ids(&p))
        return err->code;
    for (size_t i = 0; i < r->count; i++) {
        p.group[i] = i;
        if (check_query(&p, i))
            return err->code;
        ret->metrics += !r->queries[i].expression;
    }
    for (size_t i = 0; i < r->count; i++)
        if (r->queries[i].expression)
            group_expression(&p, i);
    ret->cost_usd = (double)ret->metrics * AWS_METRICS_USD_PER_1000 / 1000;
    return pack(&p);
}
