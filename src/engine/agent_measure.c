/* agent_measure.c - see agent_measure.h. */
#include "agent_measure.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "rca_metric.h"
#include "rca_shift.h"
#include "runbook/base/mem.h"
#include "runbook/base/num.h"
#include "runbook/base/timefmt.h"

#define POINTS_MAX 200000
#define LABELS_MAX 600

static bool is_name_char(char c)
{
    return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_' ||
           c == '-';
}

bool measure_has_word(struct str text, const char *word)
{
    size_t n = strlen(word);

    while (n && text.len >= n) {
        ptrdiff_t at = str_find(text, (struct str){word, n});
        const char *p;

        if (at < 0)
            return false;
        p = text.ptr + at;
        if ((at == 0 || !is_name_char(p[-1])) &&
            ((size_t)at + n == text.len || !is_name_char(p[n])))
            return true;
        text.ptr += at + 1;
        text.len -= (size_t)at + 1;
    }
    return false;
}

/* ---- one series ---- */

static struct rca_window window_of(const struct prom_point *p, size_t n, int64_t at_ms)
{
    int64_t step = n > 1 ? (p[n - 1].t_ms - p[0].t_ms) / (int64_t)(n - 1) : 0;
    struct rca_window w = {.base_start = p[0].t_ms, .until = p[n - 1].t_ms, .step = step};
    int64_t guard = step * 2 > 120000 ? step * 2 : 120000; /* the alert is later than the fault */

    w.base_end = at_ms > p[0].t_ms && at_ms <= p[n - 1].t_ms
                     ? at_ms - guard
                     : p[0].t_ms + (p[n - 1].t_ms - p[0].t_ms) * 2 / 3;
    w.from = w.base_end + 1;
    return w;
}

bool measure_series(const struct prom_series *s, const struct measure_times *times, double *ret_z,
                    double *ret_rel, double *ret_before, double *ret_after, int64_t *ret_onset_ms)
{
    size_t n = s->count < POINTS_MAX ? s->count : POINTS_MAX;
    struct prom_point *p = xcalloc(n + 1, sizeof(*p));
    const char *name = prom_label(s->labels, "__name__");
    struct rca_metric kind = {0};
    struct rca_window w;
    struct rca_shift shift = {0};
    bool ok;

    if (n)
        memcpy(p, s->points + (s->count - n), n * sizeof(*p));
    n = rca_finite(p, n);
    w = window_of(p, n ? n : 1, times->at_ms);
    if (name) {
        rca_metric_classify(name, &kind);
        rca_metric_refine(s->labels, &kind);
    }
    if (kind.counter && rca_is_monotonic(p, n))
        n = rca_rates(p, n, w.step ? w.step : 1);
    ok = n > 1 && rca_shift_score(p, n, &w, 0, &shift);
    if (ok) {
        *ret_z = rca_shift_z(&shift);
        *ret_rel = shift.rel;
        *ret_before = shift.before;
        *ret_after = shift.after;
        *ret_onset_ms = shift.onset_ms;
    }
    free(p);
    return ok;
}

/* ---- an answer ---- */

static bool decode(struct str body, struct arena *a, struct prom_answer *ret)
{
    struct err err;

    return str_starts(str_trim(body), "{\"status\"") &&
           prom_decode(body, NULL, a, ret, &err) == ERR_OK && ret->type == PROM_MATRIX;
}

/* What the hypothesis is about: its service, else its resource, else its metric. */
static const char *subject_of(const struct hypothesis *h)
{
    return *h->service ? h->service : *h->resource ? h->resource : h->metric;
}

static bool names_subject(struct str text, const struct hypothesis *h)
{
    const char *subject = subject_of(h), *last = strrchr(subject, ':');

    return measure_has_word(text, subject) ||
           (subject == h->resource && last && last[1] && measure_has_word(text, last + 1));
}

static bool series_is_about(const struct prom_series *s, const struct hypothesis *h)
{
    for (size_t i = 0; i < s->labels.count; i++) {
        if (names_subject(str_from(s->labels.items[i].value), h))
            return true;
    }
    return false;
}

static bool is_own_metric(const struct prom_series *s, const struct hypothesis *h,
                          const char *query)
{
    const char *name = prom_label(s->labels, "__name__");

    return *h->metric &&
           ((name && strcmp(name, h->metric) == 0) || measure_has_word(str_from(query), h->metric));
}

static void take_series(const struct prom_series *s, const struct hypothesis *h,
                        const struct tool_run *t, const struct measure_times *times,
                        struct arena *a, struct measured *ret)
{
    const char *name = prom_label(s->labels, "__name__");
    double z, rel, before, after;
    struct buf labels = BUF_INIT(1 << 14);
    int64_t onset;
    bool own = is_own_metric(s, h, t->query);

    if (!measure_series(s, times, &z, &rel, &before, &after, &onset))
        return;
    if (ret->reading.measured && fabs(z) <= fabs(ret->reading.z))
        return;
    ret->reading.measured = true;
    ret->reading.own_metric = own;
    ret->reading.z = z;
    ret->reading.rel = rel;
    ret->before = before;
    ret->after = after;
    ret->onset_ms = onset;
    ret->from_ms = s->points[0].t_ms;
    ret->until_ms = s->points[s->count - 1].t_ms;
    ret->metric = own ? h->metric : arena_strdup(a, name ? name : "");
    ret->service = *h->service ? h->service : "";
    prom_labels_format(&labels, s->labels);
    ret->labels = arena_strndup(a, buf_cstr(&labels), labels.len < LABELS_MAX ? labels.len : 0);
    buf_release(&labels);
}

void measure_answer(const struct hypothesis *h, const struct tool_run *t, struct str body,
                    struct str quote, const struct measure_times *times, struct arena *a,
                    struct measured *ret)
{
    bool asked = names_subject(str_from(t->query), h) || names_subject(str_from(t->args), h);
    struct prom_answer answer;

    *ret =
        (struct measured){.service = "", .metric = "", .labels = "", .before = NAN, .after = NAN};
    quote = str_trim(quote);
    if (!*subject_of(h))
        return;
    ret->reading.quoted = quote.len >= 4 && str_find(body, quote) >= 0;
    ret->reading.about = asked || names_subject(body, h);
    if (!decode(body, a, &answer))
        return;
    for (size_t i = 0; i < answer.series_count; i++) {
        const struct prom_series *s = &answer.series[i];

        if (s->count && (series_is_about(s, h) || (asked && answer.series_count == 1)))
            take_series(s, h, t, times, a, ret);
    }
}

/* ---- for reading ---- */

static int by_value(const void *a, const void *b)
{
    double x = *(const double *)a, y = *(const double *)b;

    return (x > y) - (x < y);
}

static void put_number(struct buf *out, const char *label, double v)
{
    char text[32];

    num_format_f64(v, text);
    buf_addf(out, " %s %s", label, text);
}

static void put_change(const struct prom_series *s, const struct measure_times *times,
                       struct buf *out)
{
    double z, rel, before, after;
    char when[TIME_TEXT_MAX];
    int64_t onset;

    if (!measure_series(s, times, &z, &rel, &before, &after, &onset)) {
        buf_adds(out, "; too few samples to say what is usual");
        return;
    }
    put_number(out, "; usual", before);
    put_number(out, "then", after);
    buf_addf(out, " (%.1f usual spreads", z);
    time_format_rfc3339(onset, when);
    if (fabs(z) >= JUDGE_WEAK_Z)
        buf_addf(out, ", since %s)", when);
    else
        buf_adds(out, ", no change)");
}

static void put_series(const struct prom_series *s, const struct measure_times *times,
                       struct buf *out)
{
    size_t n = s->count < POINTS_MAX ? s->count : POINTS_MAX;
    double *v = xcalloc(n + 1, sizeof(*v));

    prom_labels_format(out, s->labels);
    buf_addf(out, ": %zu samples", s->count);
    for (size_t i = 0; i < n; i++)
        v[i] = s->points[i].value;
    if (n) {
        put_number(out, "first", v[0]);
        put_number(out, "last", v[n - 1]);
        qsort(v, n, sizeof(*v), by_value);
        put_number(out, "least", v[0]);
        put_number(out, "median", v[n / 2]);
        put_number(out, "most", v[n - 1]);
        put_change(s, times, out);
    }
    buf_addc(out, '\n');
    free(v);
}

bool measure_digest(struct str body, const struct measure_times *times, size_t max, struct buf *out)
{
    struct arena *a = arena_new(0);
    struct prom_answer answer;
    bool ok = decode(body, a, &answer);

    for (size_t i = 0; ok && i < answer.series_count && i < max; i++)
        put_series(&answer.series[i], times, out);
    if (ok && answer.series_count > max)
        buf_addf(out,
                 "... and %zu more series: select fewer, or read the whole answer page by page\n",
                 answer.series_count - max);
    arena_free(a);
    return ok;
}
