/* metrics_json.c - series of CloudWatch in the form that Prometheus gives series, so that whoever
 * reads the one reads the other. */
#include "runbook/base/num.h"
#include "runbook/codec/json.h"
#include "runbook/service/aws/metrics.h"

static bool reserved(const char *name)
{
    static const char *const ours[] = {"__name__", "namespace", "stat",   "expression",
                                       "label",    "id",        "region", "account"};

    for (size_t i = 0; i < sizeof(ours) / sizeof(ours[0]); i++)
        if (strcmp(ours[i], name) == 0)
            return true;
    return false;
}

static bool named_before(const struct aws_metric_query *q, size_t i)
{
    for (size_t k = 0; k < i; k++)
        if (strcmp(q->dimensions[k].name, q->dimensions[i].name) == 0)
            return true;
    return false;
}

static void put_dimensions(struct json_writer *w, const struct aws_metric_query *q)
{
    for (size_t i = 0; i < q->dimension_count; i++) {
        struct buf name = BUF_INIT(512);

        if (named_before(q, i))
            continue;
        buf_addf(&name, "%s%s", reserved(q->dimensions[i].name) ? "dimension_" : "",
                 q->dimensions[i].name);
        json_put_cstr(w, buf_cstr(&name), q->dimensions[i].value);
        buf_release(&name);
    }
}

static void put_labels(struct json_writer *w, const struct aws_metrics_answer *a,
                       const char *account, const struct aws_metric_series *s)
{
    const struct aws_metric_query *q = &a->request->queries[s->query];

    json_object_begin(w);
    if (q->expression) {
        json_put_cstr(w, "__name__", *s->label ? s->label : a->plan->ids[s->query]);
        json_put_cstr(w, "expression", q->expression);
    } else {
        json_put_cstr(w, "__name__", q->metric);
        json_put_cstr(w, "namespace", q->space);
        json_put_cstr(w, "stat", q->stat ? q->stat : "Average");
    }
    if (q->id)
        json_put_cstr(w, "id", q->id);
    if (q->label)
        json_put_cstr(w, "label", q->label);
    put_dimensions(w, q);
    json_put_cstr(w, "region", a->region);
    json_put_cstr(w, "account", account);
    json_object_end(w);
}

static void put_points(struct json_writer *w, const struct aws_metric_series *s)
{
    char text[32];

    json_array_begin(w);
    for (size_t i = 0; i < s->count; i++) {
        json_array_begin(w);
        json_number(w, (double)s->points[i].t_ms / 1000);
        (void)num_format_f64(s->points[i].value, text);
        json_cstring(w, text);
        json_array_end(w);
    }
    json_array_end(w);
}

/* What is not whole; the series themselves hold what came. */
static void put_warnings(struct json_writer *w, const struct aws_metrics_answer *a)
{
    size_t states[AWS_METRIC_FORBIDDEN + 1] = {0};
    struct buf text = BUF_INIT(ERR_MSG_MAX + 200);

    json_array_begin(w);
    for (size_t i = 0; i < a->count; i++)
        states[a->series[i].state]++;
    for (size_t i = AWS_METRIC_PARTIAL; i <= AWS_METRIC_FORBIDDEN; i++) {
        if (!states[i])
            continue;
        buf_clear(&text);
        buf_addf(&text, "%zu of %zu series are %s", states[i], a->count,
                 aws_metric_state_name((enum aws_metric_state)i));
        json_cstring(w, buf_cstr(&text));
    }
    if (a->failed) {
        buf_clear(&text);
        buf_addf(&text, "%zu of %zu calls failed: %s: %s", a->failed, a->plan->count,
                 aws_end_sentence(a->end), a->err.msg);
        json_cstring(w, buf_cstr(&text));
    }
    if (a->plan->raised) {
        buf_clear(&text);
        buf_addf(&text, "of that time CloudWatch keeps no finer period than %lld s",
                 (long long)a->plan->period_s);
        json_cstring(w, buf_cstr(&text));
    }
    for (const char *const *m = a->messages; *m; m++)
        json_cstring(w, *m);
    json_array_end(w);
    buf_release(&text);
}

static void put_about(struct json_writer *w, const struct aws_metrics_answer *a)
{
    json_object_begin(w);
    json_put_int(w, "period_s", a->plan->period_s);
    json_put_int(w, "calls", (int64_t)a->plan->count);
    json_put_int(w, "requests", a->requests);
    json_put_int(w, "metrics_billed", (int64_t)a->plan->metrics);
    json_put_num(w, "cost_usd", a->plan->cost_usd);
    json_put_bool(w, "cost_is_at_least", a->plan->searches);
    json_put_cstr(w, "end", aws_end_name(a->end));
    json_key(w, "states");
    json_array_begin(w);
    for (size_t i = 0; i < a->count; i++)
        json_cstring(w, aws_metric_state_name(a->series[i].state));
    json_array_end(w);
    json_object_end(w);
}

void aws_metrics_json(const struct aws_metrics_answer *a, const char *account, struct buf *out)
{
    struct json_writer w;

    json_writer_init(&w, out);
    json_object_begin(&w);
    json_put_cstr(&w, "status", "success");
    json_key(&w, "data");
    json_object_begin(&w);
    json_put_cstr(&w, "resultType", "matrix");
    json_key(&w, "result");
    json_array_begin(&w);
    for (size_t i = 0; i < a->count; i++) {
        json_object_begin(&w);
        json_key(&w, "metric");
        put_labels(&w, a, account, &a->series[i]);
        json_key(&w, "values");
        put_points(&w, &a->series[i]);
        json_object_end(&w);
    }
    json_array_end(&w);
    json_object_end(&w);
    json_key(&w, "warnings");
    put_warnings(&w, a);
    json_key(&w, "aws");
    put_about(&w, a);
    json_object_end(&w);
}
