/* series_prom.c - answers of Prometheus as series: names from the labels that differ, the series
 * that the evidence is about first, counters as rates.
 * Source: https://prometheus.io/docs/prometheus/latest/querying/api/ */
#include "src/view/series_priv.h"

#include <math.h>
#include <stdio.h>

#include "runbook/base/num.h"

#define LABELS_MAX 64
#define NAME_LABELS 3
#define RATE_POINTS 4 /* a rate is over so many steps, where there are many */

/* Which labels tell the series apart. */
struct naming {
    const struct value *result;
    struct str keys[LABELS_MAX];
    bool differs[LABELS_MAX];
    size_t count;
};

static void learn_labels(struct naming *n, const struct value *result)
{
    const struct value *first = value_get(value_at(result, 0), "metric");

    *n = (struct naming){.result = result};
    VALUE_EACH (label, first) {
        if (n->count == LABELS_MAX)
            break;
        if (str_eq_c(label->key, "__name__"))
            continue;
        n->keys[n->count++] = label->key;
    }
    VALUE_EACH (one, result) {
        const struct value *values = value_get(one, "values");

        if (values && !value_count(values))
            continue; /* not shown */
        for (size_t i = 0; i < n->count; i++) {
            struct str a = value_str_or(first, n->keys[i].ptr, "");
            struct str b = value_str_or(value_get(one, "metric"), n->keys[i].ptr, "");

            n->differs[i] = n->differs[i] || !str_eq(a, b);
        }
    }
}

/* "user", "payments 0.99"; without a label that differs the metric's own name. */
static void name_of(const struct naming *n, const struct value *metric, struct buf *out)
{
    int used = 0;

    buf_clear(out);
    for (size_t i = 0; i < n->count && used < NAME_LABELS; i++) {
        struct str v = value_str_or(metric, n->keys[i].ptr, "");

        if (!n->differs[i] || !v.len)
            continue;
        if (used++)
            buf_addc(out, ' ');
        buf_add(out, v.ptr, v.len < 80 ? v.len : 80);
    }
    if (!used)
        buf_adds(out, value_cstr_or(metric, "__name__", "value"));
}

/* A pair [seconds, "value"]. */
static bool read_pair(const struct value *pair, int64_t *ms, double *v)
{
    const struct value *at = value_at(pair, 0), *number = value_at(pair, 1);

    if (!at || at->type != VALUE_NUMBER || !number || !(fabs(at->u.number) < 1e13))
        return false;
    *ms = (int64_t)llround(at->u.number * 1000);
    *v = NAN;
    if (number->type == VALUE_NUMBER)
        *v = number->u.number;
    else if (number->type != VALUE_STRING || !num_f64(number->u.string, v))
        return false;
    return true;
}

/* ---- counters ---- */

static bool counter_name(struct str name)
{
    return str_ends(name, "_total") || str_ends(name, "_count") || str_ends(name, "_sum") ||
           str_ends(name, "_bucket");
}

/* A counter grows, but for a few resets; a gauge with such a name does not. */
static bool only_grows(const struct chart_series *s)
{
    size_t falls = 0;

    for (size_t i = 1; i < s->count; i++)
        falls += s->values[i] < s->values[i - 1];
    return s->count > 1 && falls <= s->count / 50;
}

static double rate_between(const struct chart_series *s, const double *total, size_t from,
                           size_t to)
{
    double sum = 0;

    for (size_t i = from + 1; i <= to; i++) {
        double by = total[i] - total[i - 1];

        sum += by >= 0 ? by : total[i]; /* a reset begins at zero */
    }
    return s->times_ms[to] > s->times_ms[from]
               ? sum * 1000 / (double)(s->times_ms[to] - s->times_ms[from])
               : NAN;
}

static void make_rate(struct series_set *set, struct chart_series *s)
{
    size_t back = s->count > 60 ? RATE_POINTS : 1;
    double *rates = arena_array(set->arena, s->count, sizeof(double));

    for (size_t i = 0; i < s->count; i++)
        rates[i] = i ? rate_between(s, s->values, i > back ? i - back : 0, i) : NAN;
    s->values = rates;
}

/* ---- units ---- */

/* Seconds a second: of a processor's time these are cores, of other times a part of the time. */
static const char *rate_of_seconds(struct str name)
{
    return str_ifind(name, STR_LIT("cpu")) >= 0 ? "cores" : "ratio";
}

static const char *unit_of(struct series_set *s, struct str name, const char *unit)
{
    static const char *const known[] = {"bytes", "seconds", "ratio", "percent"};
    struct str base = name;

    if (str_ends(base, "_total"))
        base.len -= 6;
    for (size_t i = 0; i < sizeof(known) / sizeof(known[0]); i++) {
        size_t len = strlen(known[i]);

        if (base.len > len && base.ptr[base.len - len - 1] == '_' && str_ends(base, known[i]))
            return !s->rates ? known[i]
                   : i == 1  ? rate_of_seconds(name)
                             : arena_printf(s->arena, "%s/s", known[i]);
    }
    if (s->rates)
        return "/s";
    return unit && *unit && strcmp(unit, "count") != 0 ? arena_strdup(s->arena, unit) : "";
}

/* ---- which series the evidence is about ---- */

/* Does `resource`, "name{a=\"x\",b=\"y\"}", hold every label of the series? */
static bool same_labels(const struct value *metric, const char *resource)
{
    struct str all = str_from(resource);
    bool any = false;

    VALUE_EACH (label, metric) {
        char want[512];

        if (label->type != VALUE_STRING || str_eq_c(label->key, "__name__"))
            continue;
        snprintf(want, sizeof(want), "%s=\"%s\"", label->key.ptr, label->u.string.ptr);
        if (str_find(all, str_from(want)) < 0)
            return false;
        any = true;
    }
    return any;
}

static bool names_service(const struct value *metric, const char *service)
{
    VALUE_EACH (label, metric)
        if (label->type == VALUE_STRING && str_eq_c(label->u.string, service))
            return true;
    return false;
}

static bool is_subject(const struct value *metric, const struct series_hint *h, bool exact)
{
    if (exact)
        return h->resource && *h->resource && same_labels(metric, h->resource);
    return h->service && *h->service && names_service(metric, h->service);
}

static bool any_subject(const struct value *result, const struct series_hint *h, bool exact)
{
    VALUE_EACH (one, result)
        if (is_subject(value_get(one, "metric"), h, exact))
            return true;
    return false;
}

/* ---- matrix, vector, scalar ---- */

static bool read_values(struct series_pen *p, const struct value *values)
{
    VALUE_EACH (pair, values) {
        int64_t ms;
        double v;

        if (!read_pair(pair, &ms, &v))
            continue;
        if (!series_point(p, ms, v))
            return false;
    }
    return true;
}

static void read_one(struct series_set *s, const struct naming *n, const struct value *one)
{
    const struct value *values = value_get(one, "values");
    struct buf name = BUF_INIT(1024);
    struct series_pen pen;

    if (value_count(values)) {
        name_of(n, value_get(one, "metric"), &name);
        if (series_add(s, buf_cstr(&name), value_count(values), &pen) && !read_values(&pen, values))
            series_drop(s);
    }
    buf_release(&name);
}

static void read_matrix(struct series_set *s, const struct value *result,
                        const struct series_hint *h)
{
    bool exact = any_subject(result, h, true);
    struct naming n;

    learn_labels(&n, result);
    for (int pass = 0; pass < 2; pass++) {
        VALUE_EACH (one, result)
            if (is_subject(value_get(one, "metric"), h, exact) == (pass == 0))
                read_one(s, &n, one);
        if (pass == 0)
            s->subject = s->series.count;
    }
}

static void turn_to_rates(struct series_set *s, struct str name)
{
    if (!counter_name(name))
        return;
    VEC_EACH (one, &s->series)
        if (!only_grows(one))
            return;
    s->rates = s->series.count > 0;
    VEC_EACH (one, &s->series)
        make_rate(s, one);
}

static void read_vector(struct series_set *s, const struct value *result)
{
    struct buf name = BUF_INIT(1024);
    struct naming n;

    learn_labels(&n, result);
    VALUE_EACH (one, result) {
        int64_t ms;
        double v;

        if (!read_pair(value_get(one, "value"), &ms, &v))
            continue;
        name_of(&n, value_get(one, "metric"), &name);
        series_bar(s, buf_cstr(&name), v);
    }
    buf_release(&name);
}

bool series_read_prom(struct series_set *s, const struct value *doc, const struct series_hint *hint)
{
    const struct value *data = value_get(doc, "data"), *result = value_get(data, "result");
    struct str type = value_str_or(data, "resultType", "");
    struct str name = value_str_or(value_get(value_at(result, 0), "metric"), "__name__", "");
    int64_t ms;
    double v;

    if (!data || !result || result->type != VALUE_ARRAY || !type.len)
        return false;
    if (str_eq_c(type, "matrix")) {
        read_matrix(s, result, hint);
        turn_to_rates(s, name);
    } else if (str_eq_c(type, "vector")) {
        if (!value_get(value_get(value_at(result, 0), "metric"), "le") ||
            !series_read_bins(s, result))
            read_vector(s, result);
    } else if (read_pair(result, &ms, &v)) {
        series_bar(s, "value", v);
    }
    s->title = arena_str(s->arena, name);
    s->unit = s->in_bins ? "count" : unit_of(s, name, hint->unit);
    return true;
}
