/* series_dist.c - how numbers of one kind fall: the response times of the traces that X-Ray lists,
 * as numbers (a histogram finds its own bins), and a histogram of Prometheus by its own bins, which
 * are cumulative and become counts of each. */
#include <math.h>
#include <stdlib.h>

#include "runbook/base/num.h"
#include "series_priv.h"

#define LEAST 3 /* fewer are a list */

/* {"traces":[{"response_s":0.2}]}, or "duration_s" where none answered; see service/aws/xray.h. */
static bool read_durations(struct series_set *s, const struct value *list, const char *member)
{
    VALUE_EACH (one, list) {
        double v = value_num_or(one, member, NAN);

        if (isfinite(v) && v > 0 && s->values.count < SERIES_VALUES_MAX)
            *VEC_PUSH(&s->values) = v;
    }
    if (s->values.count >= LEAST)
        return true;
    s->values.count = 0;
    return false;
}

bool series_read_traces(struct series_set *s, const struct value *doc)
{
    const struct value *list = value_get(doc, "traces");
    bool answers = false;

    if (!list || list->type != VALUE_ARRAY)
        return false;
    answers = read_durations(s, list, "response_s");
    if (!answers && !read_durations(s, list, "duration_s"))
        return false;
    s->unit = "seconds";
    s->title = arena_printf(s->arena, "%s of %zu traces", answers ? "response times" : "durations",
                            s->values.count);
    return true;
}

/* ---- bins of Prometheus ---- */

struct bin {
    double le, count;
};

static int by_edge(const void *a, const void *b)
{
    double x = ((const struct bin *)a)->le, y = ((const struct bin *)b)->le;

    return (x > y) - (x < y);
}

static bool read_bin(const struct value *one, struct bin *ret)
{
    struct str le = value_str_or(value_get(one, "metric"), "le", "");
    struct str number = {NULL, 0};
    const struct value *v = value_at(value_get(one, "value"), 1);

    if (v && v->type == VALUE_STRING)
        number = v->u.string;
    if (str_eq_c(le, "+Inf"))
        ret->le = INFINITY;
    else if (!num_f64(le, &ret->le))
        return false;
    return num_f64(number, &ret->count) && isfinite(ret->count);
}

/* Of several series the bins of one edge are added up. */
static size_t add_up(struct bin *b, size_t count)
{
    size_t n = 0;

    qsort(b, count, sizeof(*b), by_edge);
    for (size_t i = 0; i < count; i++) {
        if (n && b[n - 1].le == b[i].le)
            b[n - 1].count += b[i].count;
        else
            b[n++] = b[i];
    }
    return n;
}

bool series_read_bins(struct series_set *s, const struct value *result)
{
    size_t most = value_count(result), count = 0, n;
    struct bin *b = arena_array(s->arena, most + 1, sizeof(*b));
    double before = 0;

    VALUE_EACH (one, result)
        if (!read_bin(one, &b[count++]))
            return false;
    n = add_up(b, count);
    if (n < LEAST || b[n - 1].le != INFINITY)
        return false;
    for (size_t i = 0; i < n; i++) {
        char from[48] = "0", to[48];
        double in = fmax(0, b[i].count - before);

        if (i)
            num_human(b[i - 1].le, "seconds", from);
        num_human(b[i].le, "seconds", to);
        series_bar(s,
                   isfinite(b[i].le) ? arena_printf(s->arena, "%s to %s", from, to)
                                     : arena_printf(s->arena, "above %s", from),
                   in);
        before = b[i].count;
    }
    s->in_bins = true;
    return true;
}

/* ---- in words ---- */

static int by_value(const void *a, const void *b)
{
    double x = *(const double *)a, y = *(const double *)b;

    return (x > y) - (x < y);
}

void series_values_words(const struct series_set *s, struct buf *out)
{
    static const struct {
        const char *name;
        double part;
    } marks[] = {{"min", 0}, {"p50", 0.5}, {"p90", 0.9}, {"p99", 0.99}, {"max", 1}};
    size_t n = s->values.count;
    double *sorted = arena_array(s->arena, n + 1, sizeof(*sorted));

    for (size_t i = 0; i < n; i++)
        sorted[i] = s->values.items[i];
    qsort(sorted, n, sizeof(*sorted), by_value);
    for (size_t i = 0; n && i < sizeof(marks) / sizeof(*marks); i++) {
        char text[48];

        num_human(sorted[(size_t)(marks[i].part * (double)(n - 1) + 0.5)], s->unit, text);
        buf_addf(out, "%s%s %s", i ? ", " : "", marks[i].name, text);
    }
}
