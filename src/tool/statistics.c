/* statistics.c - the series of an earlier query in numbers, whole or in a part of its window. */
#include "helper_common.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "runbook/base/mem.h"
#include "runbook/base/num.h"
#include "runbook/base/timefmt.h"
#include "runbook/service/prom_answer.h"

#define SERIES_MAX 60

static const struct tool_param params[] = {
    CALL_PARAM,
    {.name = "match", .type = PARAM_STRING, .help = "Only series whose labels hold this text."},
    {.name = "start", .type = PARAM_TIME, .help = "Only samples since this moment."},
    {.name = "end", .type = PARAM_TIME, .help = "Only samples until this moment."},
    {NULL},
};

static void cite(const struct value *args, struct buf *out)
{
    buf_addf(out, "statistics of %s", value_cstr_or(args, "call", ""));
    if (*value_cstr_or(args, "match", ""))
        buf_addf(out, " where %.100s", value_cstr_or(args, "match", ""));
}

static int by_value(const void *a, const void *b)
{
    double x = *(const double *)a, y = *(const double *)b;

    return (x > y) - (x < y);
}

static void put(struct buf *out, const char *label, double v)
{
    char text[32];

    num_format_f64(v, text);
    buf_addf(out, " %s=%s", label, text);
}

/* Least squares of value over time, a second. */
static double slope(const struct prom_point *p, size_t n)
{
    double t = 0, v = 0, tv = 0, tt = 0;

    for (size_t i = 0; i < n; i++) {
        t += (double)(p[i].t_ms - p[0].t_ms) / 1000 / (double)n;
        v += p[i].value / (double)n;
    }
    for (size_t i = 0; i < n; i++) {
        double d = (double)(p[i].t_ms - p[0].t_ms) / 1000 - t;

        tv += d * (p[i].value - v);
        tt += d * d;
    }
    return tt > 0 ? tv / tt : 0;
}

static void describe(const struct prom_point *p, size_t n, struct buf *out)
{
    double *v = xcalloc(n, sizeof(*v)), total = 0, away = 0;

    for (size_t i = 0; i < n; i++) {
        v[i] = p[i].value;
        total += v[i];
    }
    for (size_t i = 0; i < n; i++)
        away += (v[i] - total / (double)n) * (v[i] - total / (double)n);
    put(out, "first", v[0]);
    put(out, "last", v[n - 1]);
    qsort(v, n, sizeof(*v), by_value);
    put(out, "min", v[0]);
    put(out, "p50", v[n / 2]);
    put(out, "p90", v[(n - 1) * 9 / 10]);
    put(out, "p99", v[(n - 1) * 99 / 100]);
    put(out, "max", v[n - 1]);
    put(out, "mean", total / (double)n);
    put(out, "stdev", sqrt(away / (double)n));
    put(out, "slope_per_s", slope(p, n));
    free(v);
}

struct part {
    int64_t from_ms, until_ms;
    const char *match;
};

static bool add_series(const struct prom_series *s, const struct part *part, struct buf *out)
{
    struct buf labels = BUF_INIT(1 << 14);
    struct prom_point *p;
    size_t n = 0;

    prom_labels_format(&labels, s->labels);
    if (*part->match && !strstr(buf_cstr(&labels), part->match)) {
        buf_release(&labels);
        return false;
    }
    p = xcalloc(s->count + 1, sizeof(*p));
    for (size_t i = 0; i < s->count; i++) {
        if (isfinite(s->points[i].value) && s->points[i].t_ms >= part->from_ms &&
            s->points[i].t_ms <= part->until_ms)
            p[n++] = s->points[i];
    }
    buf_addf(out, "%s n=%zu", buf_cstr(&labels), n);
    if (n)
        describe(p, n, out);
    buf_addc(out, '\n');
    buf_release(&labels);
    free(p);
    return true;
}

static int64_t time_arg(const struct value *args, const char *name, int64_t fallback)
{
    int64_t ms;

    return time_parse(value_str_or(args, name, ""), &ms) ? ms : fallback;
}

static void start(struct tool_call *c)
{
    const struct value *args = tool_call_args(c);
    struct part part = {time_arg(args, "start", 0), time_arg(args, "end", INT64_MAX),
                        value_cstr_or(args, "match", "")};
    struct buf body = BUF_INIT(HELPER_BODY_MAX), out = BUF_INIT((size_t)1 << 18);
    struct arena *a = arena_new(0);
    struct prom_answer answer;
    size_t shown = 0, left = 0;
    char said[100];
    struct err err;

    if (helper_body(c, &body, &err) || prom_decode(buf_str(&body), NULL, a, &answer, &err)) {
        if (err.code == ERR_REMOTE)
            err_set(&err, ERR_INPUT, "that result holds no series of numbers");
        helper_fail(c, &err);
    } else {
        for (size_t i = 0; i < answer.series_count; i++) {
            if (shown >= SERIES_MAX)
                left++;
            else
                shown += add_series(&answer.series[i], &part, &out);
        }
        snprintf(said, sizeof(said), "%zu series%s", shown, left ? ", more are left out" : "");
        helper_finish(c, &out, (int64_t)shown, said);
    }
    buf_release(&out);
    buf_release(&body);
    arena_free(a);
}

const struct tool_def tool_statistics = {
    .name = "statistics",
    .help = "Compute quantiles, mean, spread and slope of the series of an earlier query.",
    .params = params,
    .risk = RISK_READ,
    .timeout_ms = HELPER_TIMEOUT_MS,
    .helper = true,
    .available = helper_has_results,
    .query = cite,
    .start = start,
};
