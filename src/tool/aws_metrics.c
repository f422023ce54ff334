/* aws_metrics.c - series of CloudWatch: one metric or expression, or several named ones at once.
 * The answer has the form of prometheus_range's. */
#include <stdio.h>
#include <stdlib.h>

#include "aws_watch.h"
#include "runbook/base/mem.h"
#include "runbook/base/timefmt.h"
#include "runbook/service/aws/metrics.h"

#define SERIES_MAX 100 /* of one call of the tool */

static const struct tool_param params[] = {
    {"namespace", PARAM_STRING, .help = "The metric's namespace, such as AWS/EC2."},
    {"metric", PARAM_STRING, .help = "The metric's name, such as CPUUtilization."},
    {"dimensions", PARAM_OBJECT,
     .help = "All dimensions of the metric, such as {\"InstanceId\": \"i-1\"}: names and texts."},
    {"stat", PARAM_STRING, false, "Average",
     .help = "Average, Sum, Minimum, Maximum, SampleCount or a percentile such as p99."},
    {"expression", PARAM_STRING,
     .help = "Metric math over the names in 'series', or a SEARCH of many metrics."},
    {"series", PARAM_OBJECT,
     .help = "Several at once: names (small letters) to objects with namespace, metric, "
             "dimensions, stat, period, expression, label, hidden."},
    {"period", PARAM_DURATION, .help = "The distance of the points; chosen when not given."},
    WATCH_PARAM_SINCE("3h"),
    WATCH_PARAM_UNTIL,
    WATCH_PARAM_REGION,
    WATCH_PARAM_ACCOUNT,
    {NULL},
};

static void cite_one(const struct value *v, struct buf *out)
{
    const char *expression = value_cstr_or(v, "expression", "");
    bool first = true;

    if (*expression) {
        buf_addf(out, " %.200s", expression);
        return;
    }
    buf_addf(out, " %.80s %.80s", value_cstr_or(v, "namespace", ""),
             value_cstr_or(v, "metric", ""));
    VALUE_EACH (it, value_get(v, "dimensions")) {
        if (it->type == VALUE_STRING)
            buf_addf(out, "%s%.*s=%.*s", first ? "{" : ",", STR_FMT(it->key),
                     STR_FMT(it->u.string));
        first = false;
    }
    buf_addf(out, "%s %.20s", first ? "" : "}", value_cstr_or(v, "stat", "Average"));
}

static void cite(const struct value *args, struct buf *out)
{
    buf_adds(out, "cloudwatch GetMetricData");
    if (value_get(args, "metric") || value_get(args, "expression"))
        cite_one(args, out);
    VALUE_EACH (it, value_get(args, "series"))
        if (out->len < 600) {
            buf_addf(out, " %.*s:", STR_FMT(it->key));
            cite_one(it, out);
        }
    if (*value_cstr_or(args, "period", ""))
        buf_addf(out, " period %s", value_cstr_or(args, "period", ""));
    watch_cite_place(args, out);
}

/* ---- what is asked for ---- */

struct work {
    struct arena *arena;
    struct aws_metric_query queries[SERIES_MAX];
    size_t count;
};

static enum err_code read_dimensions(struct work *w, const struct value *v,
                                     struct aws_metric_query *q, struct err *err)
{
    struct aws_dimension *d = arena_array(w->arena, value_count(v), sizeof(*d));

    VALUE_EACH (it, v) {
        if (it->type != VALUE_STRING)
            return err_set(err, ERR_INPUT, "dimension '%.*s' must be a text", STR_FMT(it->key));
        d[q->dimension_count++] = (struct aws_dimension){it->key.ptr, it->u.string.ptr};
    }
    q->dimensions = d;
    return ERR_OK;
}

static enum err_code read_period(const struct value *v, int64_t *ret_s, struct err *err)
{
    struct str text = value_str_or(v, "period", "");
    int64_t ms;

    *ret_s = value_i64_or(v, "period", 0);
    if (!text.len)
        return ERR_OK;
    if (!duration_parse(text, &ms) || ms < 1000 || ms % 1000)
        return err_set(err, ERR_INPUT, "'period' must be a duration of whole seconds, such as 5m");
    *ret_s = ms / 1000;
    return ERR_OK;
}

/* `v` has the parameters of one: the arguments themselves, or a member of 'series'. */
static enum err_code read_one(struct work *w, const struct value *v, const char *id,
                              struct err *err)
{
    struct aws_metric_query *q = &w->queries[w->count];

    if (w->count == SERIES_MAX)
        return err_set(err, ERR_INPUT, "at most %d series can be asked for at once", SERIES_MAX);
    if (v->type != VALUE_OBJECT)
        return err_set(err, ERR_INPUT, "'series.%s' must be an object", id);
    *q = (struct aws_metric_query){.id = id,
                                   .space = value_cstr_or(v, "namespace", NULL),
                                   .metric = value_cstr_or(v, "metric", NULL),
                                   .stat = value_cstr_or(v, "stat", NULL),
                                   .expression = value_cstr_or(v, "expression", NULL),
                                   .label = value_cstr_or(v, "label", NULL),
                                   .hidden = value_bool_or(v, "hidden", false)};
    w->count++;
    if (q->expression)
        q->stat = NULL;
    if (read_dimensions(w, value_get(v, "dimensions"), q, err) || read_period(v, &q->period_s, err))
        return id ? err_wrap(err, "series.%s", id) : err->code;
    return ERR_OK;
}

static enum err_code read_queries(struct work *w, const struct value *args, struct err *err)
{
    VALUE_EACH (it, value_get(args, "series"))
        if (read_one(w, it, it->key.ptr, err))
            return err->code;
    if ((value_get(args, "metric") || value_get(args, "expression")) &&
        read_one(w, args, NULL, err))
        return err->code;
    return w->count ? ERR_OK
                    : err_set(err, ERR_INPUT,
                              "say what to read: namespace and metric, an expression, or series");
}

/* ---- the answer ---- */

static void release(void *metrics)
{
    aws_metrics_free(metrics);
}

static void summary(const struct aws_metrics_answer *a, char *out, size_t size)
{
    size_t bad = 0;

    for (size_t i = 0; i < a->count; i++)
        bad += a->series[i].state != AWS_METRIC_WHOLE;
    (void)snprintf(out, size, "%s%zu series, %zu points, period %lld s, %zu metrics billed%s",
                   a->points ? "" : "no data: ", a->count, a->points, (long long)a->plan->period_s,
                   a->plan->metrics, a->plan->searches ? " at least" : "");
    if (bad)
        (void)snprintf(out + strlen(out), size - strlen(out), "; %zu series are not whole%s%.100s",
                       bad, a->failed ? ": " : "", a->failed ? a->err.msg : "");
}

static void on_done(void *ctx, const struct aws_metrics_answer *a)
{
    struct tool_call *c = ctx;
    const struct watch_work *w = tool_call_data(c);
    struct buf body = BUF_INIT(WATCH_BODY_MAX);
    char said[256];

    if (a->failed && a->failed == a->plan->count) {
        watch_fail(c, "cloudwatch", "GetMetricData", a->end, a->err.msg);
        return;
    }
    summary(a, said, sizeof(said));
    aws_metrics_json(a, w->place.name, &body);
    watch_finish(c, &body, a->points ? (int64_t)a->count : 0, said);
    buf_release(&body);
}

static void start(struct tool_call *c)
{
    const struct value *args = tool_call_args(c);
    struct watch_work *w = watch_begin(c, release, "series");
    struct work *q = xcalloc(1, sizeof(*q));
    struct aws_metrics_request r = {.timeout_ms = AWS_TOOL_ASK_MS};
    struct aws_metrics *metrics = NULL;
    struct err err = ERR_INIT;

    if (w) {
        q->arena = w->arena;
        if (!read_queries(q, args, &err) && !read_period(args, &r.period_s, &err)) {
            r.queries = q->queries;
            r.count = q->count;
            r.start_ms = w->place.since_ms;
            r.end_ms = w->place.until_ms;
            r.region = w->place.region;
            r.tally = &w->tell.tally;
            metrics = aws_metrics_start(w->place.estate, w->place.account, &r, on_done, c, &err);
        }
        watch_started(c, metrics, &err);
    }
    free(q);
}

const struct tool_def tool_aws_metrics = {
    .name = "aws_metrics",
    .help = "Read series of CloudWatch, by metric or by metric math, over a window of time.",
    .params = params,
    .risk = RISK_READ,
    .timeout_ms = AWS_TOOL_TIMEOUT_MS,
    .available = aws_tool_available,
    .query = cite,
    .start = start,
    .cancel = watch_cancel,
};
