/* cmd_cloudwatch_metrics.c - "cloudwatch metrics" and "cloudwatch list": series as a plot, and
 * which there are. */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>

#include "runbook/base/mem.h"
#include "runbook/base/num.h"
#include "runbook/base/timefmt.h"
#include "runbook/codec/json.h"
#include "runbook/service/aws/get.h"
#include "runbook/service/aws/metrics.h"
#include "runbook/view/chart.h"
#include "src/app/aws_progress.h"
#include "src/app/cmd_cloudwatch.h"

#define WINDOW_MS (3 * INT64_C(3600000))
#define DIMENSIONS 30
#define PLOT_ROWS 14
#define SPARK_CELLS 40
#define LIST_MAX 500

/* NAME=VALUE; both copied. */
static enum err_code read_dimension(struct arena *arena, const char *text,
                                    struct aws_dimension *ret, struct err *err)
{
    struct str rest = str_from(text), name;

    if (!str_split(&rest, '=', &name) || !name.len || !rest.len)
        return err_set(err, ERR_INPUT, "--dimension must be NAME=VALUE, not '%.80s'", text);
    ret->name = arena_str(arena, name);
    ret->value = arena_str(arena, rest);
    return ERR_OK;
}

static enum err_code read_dimensions(struct cw *c, struct aws_dimension *d, size_t *ret_count,
                                     struct err *err)
{
    *ret_count = 0;
    for (size_t i = 0; i < args_count(c->args, "dimension"); i++) {
        if (i == DIMENSIONS)
            return err_set(err, ERR_INPUT, "a metric has at most %d dimensions", DIMENSIONS);
        if (read_dimension(c->run.arena, args_at(c->args, "dimension", i), &d[(*ret_count)++], err))
            return err->code;
    }
    return ERR_OK;
}

/* ---- what came ---- */

static void series_name(const struct aws_metrics_answer *a, const struct aws_metric_series *s,
                        struct buf *out)
{
    const struct aws_metric_query *q = &a->request->queries[s->query];

    if (q->expression) {
        buf_adds(out, *s->label ? s->label : q->expression);
        return;
    }
    buf_addf(out, "%s %s", q->space, q->metric);
    for (size_t i = 0; i < q->dimension_count; i++)
        buf_addf(out, "%s%s=%s", i ? "," : "{", q->dimensions[i].name, q->dimensions[i].value);
    buf_addf(out, "%s %s", q->dimension_count ? "}" : "", q->stat ? q->stat : "Average");
}

struct columns {
    int64_t *times;
    double *values;
};

static struct columns columns_of(struct cw *c, const struct aws_metric_series *s)
{
    struct columns k = {arena_array(c->run.arena, s->count, sizeof(int64_t)),
                        arena_array(c->run.arena, s->count, sizeof(double))};

    for (size_t i = 0; i < s->count; i++) {
        k.times[i] = s->points[i].t_ms;
        k.values[i] = s->points[i].value;
    }
    return k;
}

/* The cells as text; blanks at the end of a line are left out. */
static void put_canvas(const struct canvas *v, struct buf *out)
{
    for (int y = 0; y < v->height; y++) {
        for (int x = 0; x < v->width; x++)
            if (canvas_at(v, x, y)->width)
                buf_adds(out, *canvas_at(v, x, y)->text ? canvas_at(v, x, y)->text : " ");
        while (out->len && out->ptr[out->len - 1] == ' ')
            buf_truncate(out, out->len - 1);
        buf_addc(out, '\n');
    }
}

static void put_plot(struct cw *c, const char *name, const struct aws_metric_series *s)
{
    struct columns k = columns_of(c, s);
    struct chart_series line = {name, k.times, k.values, s->count};
    struct chart chart = {.title = "", .series = &line, .series_count = 1};
    struct canvas v;
    int width = app_width();

    if (app_plain(c->app)) {
        chart_sentence(&chart, &c->out);
        return;
    }
    canvas_init(&v, c->app->ascii ? GLYPHS_ASCII : GLYPHS_FULL);
    canvas_resize(&v, width > 160 ? 160 : width, PLOT_ROWS);
    chart_draw(&chart, &v, (struct rect){0, 0, v.width, v.height});
    put_canvas(&v, &c->out);
    canvas_release(&v);
}

static void put_line(struct cw *c, const char *name, const struct aws_metric_series *s)
{
    struct columns k = columns_of(c, s);
    struct chart_series line = {name, k.times, k.values, s->count};
    struct chart_stats stats;
    char min[48], max[48], last[48];
    struct canvas v;

    chart_stats(&line, 0, &stats);
    if (!app_plain(c->app) && stats.count) {
        canvas_init(&v, c->app->ascii ? GLYPHS_ASCII : GLYPHS_FULL);
        canvas_resize(&v, SPARK_CELLS, 1);
        chart_spark(&v, 0, 0, SPARK_CELLS, k.values, s->count, STYLE_TEXT);
        put_canvas(&v, &c->out);
        buf_truncate(&c->out, c->out.len - 1);
        buf_adds(&c->out, "  ");
        canvas_release(&v);
    }
    if (!stats.count) {
        buf_addf(&c->out, "%s: no data%s%s\n", name, s->state == AWS_METRIC_WHOLE ? "" : ": ",
                 s->state == AWS_METRIC_WHOLE ? "" : aws_metric_state_name(s->state));
        return;
    }
    chart_value_text(stats.min, "", min);
    chart_value_text(stats.max, "", max);
    chart_value_text(stats.last, "", last);
    buf_addf(&c->out, "%s: %zu points, min %s, max %s, last %s%s%s\n", name, s->count, min, max,
             last, s->state == AWS_METRIC_WHOLE ? "" : "; ",
             s->state == AWS_METRIC_WHOLE ? "" : aws_metric_state_name(s->state));
}

static void put_csv(struct cw *c, const struct aws_metrics_answer *a)
{
    buf_adds(&c->out, "series,time,value,state\r\n");
    for (size_t i = 0; i < a->count; i++) {
        struct buf name = BUF_INIT(1 << 16);

        series_name(a, &a->series[i], &name);
        for (size_t k = 0; k < a->series[i].count; k++) {
            char time[TIME_TEXT_MAX], value[32];

            time_format_rfc3339(a->series[i].points[k].t_ms, time);
            (void)num_format_f64(a->series[i].points[k].value, value);
            cw_csv(&c->out, buf_cstr(&name), false);
            cw_csv(&c->out, time, false);
            buf_addf(&c->out, "%s,", value);
            cw_csv(&c->out, aws_metric_state_name(a->series[i].state), true);
        }
        buf_release(&name);
    }
}

static void put_text(struct cw *c, const struct aws_metrics_answer *a)
{
    for (size_t i = 0; i < a->count; i++) {
        struct buf name = BUF_INIT(1 << 16);

        series_name(a, &a->series[i], &name);
        put_line(c, buf_cstr(&name), &a->series[i]);
        if (a->series[i].count > 1 && (a->count == 1 || args_has(c->args, "plot")))
            put_plot(c, buf_cstr(&name), &a->series[i]);
        buf_release(&name);
    }
}

static void say_about(struct cw *c, const struct aws_metrics_answer *a)
{
    if (c->app->json || (a->err.code && !a->points))
        return;
    fprintf(stderr, "%s%zu series, %zu points of %lld s; %zu metrics billed, about %.5f USD%s\n",
            a->points ? "" : "no data: ", a->count, a->points, (long long)a->plan->period_s,
            a->plan->metrics, a->plan->cost_usd, a->plan->searches ? " and what was found" : "");
    if (a->plan->raised)
        fprintf(stderr, "runbook: of that time CloudWatch keeps no finer period than %lld s\n",
                (long long)a->plan->period_s);
}

static void on_metrics(void *ctx, const struct aws_metrics_answer *a)
{
    struct cw *c = ctx;

    if (c->app->json) {
        aws_metrics_json(a, c->name, &c->out);
        buf_addc(&c->out, '\n');
    } else if (args_has(c->args, "csv")) {
        put_csv(c, a);
    } else {
        put_text(c, a);
    }
    cw_flush(c);
    for (size_t i = 0; !c->app->json && a->messages[i]; i++)
        fprintf(stderr, "runbook: CloudWatch says: %s\n", a->messages[i]);
    for (size_t i = 0; i < a->count; i++)
        if (a->series[i].state == AWS_METRIC_FAILED || a->series[i].state == AWS_METRIC_FORBIDDEN)
            c->code = EXIT_FAILED;
    cw_ended(c, "GetMetricData", a->end, &a->err);
    say_about(c, a);
    c->done = true;
}

/* Metrics of one namespace, all with the same dimensions; or an expression. */
static enum err_code read_queries(struct cw *c, struct aws_metric_query *q, size_t *ret_count,
                                  struct aws_dimension *d, struct err *err)
{
    size_t n = args_pos_count(c->args), dimensions;
    const char *expression = args_get(c->args, "expression");

    if (read_dimensions(c, d, &dimensions, err))
        return err->code;
    if (n == 1)
        return err_set(err, ERR_INPUT, "name a metric of %.80s", args_pos(c->args, 0));
    *ret_count = 0;
    for (size_t i = 1; i < n && i <= 100; i++)
        q[(*ret_count)++] =
            (struct aws_metric_query){.id = arena_printf(c->run.arena, "m%zu", i),
                                      .space = args_pos(c->args, 0),
                                      .metric = args_pos(c->args, i),
                                      .dimensions = d,
                                      .dimension_count = dimensions,
                                      .stat = args_get(c->args, "stat"),
                                      .hidden = expression && !args_has(c->args, "all")};
    if (expression)
        q[(*ret_count)++] = (struct aws_metric_query){.expression = expression};
    return *ret_count ? ERR_OK
                      : err_set(err, ERR_INPUT,
                                "name a namespace and a metric, such as AWS/EC2 CPUUtilization");
}

static int run_metrics(struct app *app, const struct cmd_args *args)
{
    struct aws_metric_query queries[102];
    struct aws_dimension dimensions[DIMENSIONS];
    struct aws_metrics_request r = {.queries = queries};
    struct aws_metrics *m = NULL;
    struct err err = ERR_INIT;
    struct cw c;

    if (!cw_open(&c, app, args, WINDOW_MS, &err) &&
        !read_queries(&c, queries, &r.count, dimensions, &err)) {
        r.start_ms = c.since_ms;
        r.end_ms = c.until_ms;
        r.period_s = args_duration_ms(args, "period", 0) / 1000;
        r.region = c.region;
        aws_progress_begin(&c.run);
        m = aws_metrics_start(c.run.estate, c.account, &r, on_metrics, &c, &err);
    }
    if (m)
        cw_wait(&c);
    else
        c.code = app_fail(&err);
    aws_metrics_free(m);
    return cw_close(&c);
}

const struct cmd_def cloudwatch_metrics_def = {
    .name = "metrics",
    .help = "Read series of metrics, and plot them.",
    .details = "Metric math is done with --expression: the metrics that are named are m1, m2, ... "
               "in it. GetMetricData is billed for each metric.",
    .opts =
        (const struct opt_def[]){
            {"dimension", 'd', ARG_TEXT, .repeat = true, .value = "NAME=VALUE",
             .help = "A dimension of the metrics; all that a metric has must be given."},
            {"stat", 0, ARG_TEXT, .value = "STAT",
             .help = "Average, Sum, Minimum, Maximum, SampleCount or p99; Average when not given."},
            {"period", 'p', ARG_DURATION, .value = "DURATION",
             .help = "The distance of the points; chosen when not given."},
            {"expression", 'e', ARG_TEXT, .value = "MATH",
             .help = "Metric math, such as '100 * m1 / m2', or a SEARCH."},
            {"all", 0, ARG_NONE, .help = "With --expression: also the metrics themselves."},
            {"plot", 0, ARG_NONE, .help = "Plot each series; one alone is plotted anyway."},
            {"csv", 0, ARG_NONE, .help = "Write CSV."},
            CW_WINDOW,
            CW_OPTS,
            {.name = NULL}},
    .pos = (const struct pos_def[]){{"NAMESPACE", ARG_TEXT, .help = "Such as AWS/EC2."},
                                    {"METRIC", ARG_TEXT, .repeat = true,
                                     .help = "Such as CPUUtilization; several of one namespace."},
                                    {.name = NULL}},
    .run = run_metrics,
};

/* ---- which there are ---- */

struct listing {
    struct cw c;
    struct json_writer w;
    size_t count;
};

static void put_metric(struct listing *l, const struct value *v)
{
    struct buf *out = &l->c.out, dimensions = BUF_INIT(1 << 16);
    struct arena *a = l->c.run.arena;

    VALUE_EACH (it, value_get(v, "Dimensions"))
        buf_addf(&dimensions, "%s%s=%s", dimensions.len ? "," : "", aws_clean(a, it, "Name", 300),
                 aws_clean(a, it, "Value", 1100));
    if (l->c.app->json) {
        json_value(&l->w, v);
    } else if (args_has(l->c.args, "csv")) {
        cw_csv(out, aws_clean(a, v, "Namespace", 300), false);
        cw_csv(out, aws_clean(a, v, "MetricName", 300), false);
        cw_csv(out, buf_cstr(&dimensions), true);
    } else {
        cw_cell(out, aws_clean(a, v, "Namespace", 300), 22, l->c.app->ascii);
        cw_cell(out, aws_clean(a, v, "MetricName", 300), 34, l->c.app->ascii);
        buf_addf(out, "%s\n", buf_cstr(&dimensions));
    }
    buf_release(&dimensions);
}

static void on_metric_page(void *ctx, const struct value *items)
{
    struct listing *l = ctx;

    VALUE_EACH (it, items)
        if (l->count < (size_t)args_int(l->c.args, "max", LIST_MAX)) {
            put_metric(l, it);
            l->count++;
        }
}

static void on_list_done(void *ctx, const struct aws_result *r)
{
    struct listing *l = ctx;
    struct cw *c = &l->c;

    if (c->app->json) {
        json_array_end(&l->w);
        json_put_cstr(&l->w, "end", aws_end_name(r->end));
        if (r->err.code)
            json_put_cstr(&l->w, "error", r->err.msg);
        json_object_end(&l->w);
        buf_addc(&c->out, '\n');
    }
    cw_flush(c);
    if (!c->app->json && r->end == AWS_END_WHOLE && !l->count) {
        fprintf(stderr, "no metrics of the last two weeks fit\n");
    }
    cw_ended(c, "ListMetrics", r->end, &r->err);
    c->done = true;
}

static void put_list_params(const struct cw *c, const struct aws_dimension *d, size_t count,
                            struct buf *out)
{
    struct json_writer w;

    json_writer_init(&w, out);
    json_object_begin(&w);
    if (args_pos(c->args, 0))
        json_put_cstr(&w, "Namespace", args_pos(c->args, 0));
    if (args_pos(c->args, 1))
        json_put_cstr(&w, "MetricName", args_pos(c->args, 1));
    if (args_has(c->args, "recent"))
        json_put_cstr(&w, "RecentlyActive", "PT3H");
    if (count) {
        json_key(&w, "Dimensions");
        json_array_begin(&w);
        for (size_t i = 0; i < count; i++) {
            json_object_begin(&w);
            json_put_cstr(&w, "Name", d[i].name);
            json_put_cstr(&w, "Value", d[i].value);
            json_object_end(&w);
        }
        json_array_end(&w);
    }
    json_object_end(&w);
}

static int run_list(struct app *app, const struct cmd_args *args)
{
    static const struct aws_callbacks callbacks = {.on_page = on_metric_page,
                                                   .on_done = on_list_done};
    struct aws_dimension d[DIMENSIONS];
    struct buf params = BUF_INIT(1 << 16);
    struct listing l = {0};
    struct cw *c = &l.c;
    struct err err = ERR_INIT;
    size_t count;
    aws_id id = 0;

    if (!cw_open(c, app, args, WINDOW_MS, &err) && !read_dimensions(c, d, &count, &err)) {
        struct aws_get get = {.estate = c->run.estate,
                              .account = c->account,
                              .region = c->region,
                              .service = "cloudwatch",
                              .operation = "ListMetrics",
                              .max_items = (size_t)args_int(args, "max", LIST_MAX)};

        put_list_params(c, d, count, &params);
        get.params = buf_str(&params);
        json_writer_init(&l.w, &c->out);
        if (app->json) {
            json_object_begin(&l.w);
            json_put_cstr(&l.w, "schema", "runbook.metrics/1");
            json_key(&l.w, "metrics");
            json_array_begin(&l.w);
        } else if (args_has(args, "csv")) {
            buf_adds(&c->out, "namespace,metric,dimensions\r\n");
        }
        (void)aws_get_send(&get, &callbacks, &l, &id, &err);
    }
    if (id)
        cw_wait(c);
    else
        c->code = app_fail(&err);
    if (id && !c->done)
        buf_clear(&c->out);
    buf_release(&params);
    return cw_close(c);
}

const struct cmd_def cloudwatch_list_def = {
    .name = "list",
    .help = "List which metrics there are.",
    .details = "Metrics that had data within the last two weeks.",
    .opts = (const struct opt_def[]){{"dimension", 'd', ARG_TEXT, .repeat = true,
                                      .value = "NAME=VALUE", .help = "Only with this dimension."},
                                     {"recent", 0, ARG_NONE,
                                      .help = "Only with data within the last three hours."},
                                     {"max", 'n', ARG_INT, .value = "N", .min = 1, .max = 100000,
                                      .help = "At most so many; 500 when not given."},
                                     {"csv", 0, ARG_NONE, .help = "Write CSV."},
                                     CW_OPTS,
                                     {.name = NULL}},
    .pos = (const struct pos_def[]){{"NAMESPACE", ARG_TEXT, .help = "Only of this namespace."},
                                    {"METRIC", ARG_TEXT, .help = "Only of this name."},
                                    {.name = NULL}},
    .run = run_list,
};
