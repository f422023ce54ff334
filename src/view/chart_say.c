/* chart_say.c - a series as words: its level, where it changed, its extremes. */
#include "src/view/chart_priv.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>

#include "runbook/base/mem.h"
#include "runbook/base/timefmt.h"

#define SHIFT_SPREADS 4 /* a change of level is this many times the usual deviation */

static int by_value(const void *a, const void *b)
{
    double x = *(const double *)a, y = *(const double *)b;

    return (x > y) - (x < y);
}

/* Sorts what it is given. */
static double median_of(double *v, size_t count)
{
    if (!count)
        return NAN;
    qsort(v, count, sizeof(*v), by_value);
    return count % 2 ? v[count / 2] : v[count / 2 - 1] / 2 + v[count / 2] / 2;
}

struct clean {
    double *values, *work;
    int64_t *times;
    size_t count;
};

static void take_finite(struct clean *c, const struct chart_series *s)
{
    size_t room = s->count ? s->count : 1;

    c->values = xcalloc(room, sizeof(double));
    c->work = xcalloc(room, sizeof(double));
    c->times = xcalloc(room, sizeof(int64_t));
    c->count = 0;
    for (size_t i = 0; i < s->count; i++)
        if (isfinite(s->values[i])) {
            c->values[c->count] = chart_clamp(s->values[i]);
            c->times[c->count++] = s->times_ms[i];
        }
}

static double median_range(struct clean *c, size_t from, size_t to)
{
    memcpy(c->work, c->values + from, (to - from) * sizeof(double));
    return median_of(c->work, to - from);
}

/* Where the sum of the deviations from the mean is largest, the level changes most. */
static size_t best_split(const struct clean *c, double scale)
{
    double mean = 0, sum = 0, best = -1;
    size_t at = 0;

    for (size_t i = 0; i < c->count; i++)
        mean += c->values[i] / scale / (double)c->count;
    for (size_t i = 0; i + 1 < c->count; i++) {
        sum += c->values[i] / scale - mean;
        if (fabs(sum) > best) {
            best = fabs(sum);
            at = i + 1;
        }
    }
    return at;
}

static size_t split_at(const struct clean *c, int64_t onset_ms, double scale)
{
    size_t at = 0;

    if (!onset_ms)
        return best_split(c, scale);
    while (at < c->count && c->times[at] < onset_ms)
        at++;
    return at;
}

/* The median distance to the level of each side. */
static double spread_of(struct clean *c, size_t split, double before, double after)
{
    for (size_t i = 0; i < c->count; i++)
        c->work[i] = fabs(c->values[i] - (i < split ? before : after));
    return median_of(c->work, c->count);
}

static void find_shift(struct clean *c, int64_t onset_ms, struct chart_stats *st)
{
    double scale = fmax(fabs(st->min), fabs(st->max)), spread;
    size_t split;

    if (c->count < 2 || !(scale > 0))
        return;
    split = split_at(c, onset_ms, scale);
    if (split == 0 || split == c->count)
        return;
    st->before = median_range(c, 0, split);
    st->after = median_range(c, split, c->count);
    spread = spread_of(c, split, st->before, st->after);
    st->shift_ms = onset_ms ? onset_ms : c->times[split];
    st->shifted = fabs(st->after - st->before) > SHIFT_SPREADS * spread &&
                  fabs(st->after - st->before) > scale * 0.02;
}

void chart_stats(const struct chart_series *s, int64_t onset_ms, struct chart_stats *ret)
{
    struct clean c;

    *ret = (struct chart_stats){.min = NAN,
                                .median = NAN,
                                .max = NAN,
                                .first = NAN,
                                .last = NAN,
                                .before = NAN,
                                .after = NAN};
    take_finite(&c, s);
    ret->count = c.count;
    for (size_t i = 0; i < c.count; i++) {
        if (i == 0 || c.values[i] < ret->min) {
            ret->min = c.values[i];
            ret->min_ms = c.times[i];
        }
        if (i == 0 || c.values[i] > ret->max) {
            ret->max = c.values[i];
            ret->max_ms = c.times[i];
        }
    }
    if (c.count) {
        ret->first = c.values[0];
        ret->last = c.values[c.count - 1];
        ret->median = median_range(&c, 0, c.count);
        find_shift(&c, onset_ms, ret);
    }
    free(c.values);
    free(c.work);
    free(c.times);
}

static int64_t onset_of(const struct chart *ch)
{
    for (size_t i = 0; i < ch->mark_count; i++)
        if (ch->marks[i].kind == CHART_ONSET)
            return ch->marks[i].at_ms;
    return 0;
}

static void add_value(struct buf *out, double v, const char *unit)
{
    char text[48];

    chart_value_text(v, unit, text);
    buf_adds(out, text);
}

static void say_level(const struct chart *ch, const struct chart_stats *st, struct buf *out)
{
    char when[TIME_TEXT_MAX];

    if (st->shifted) {
        time_format_rfc3339(st->shift_ms, when);
        buf_adds(out, st->after > st->before ? " rose from " : " fell from ");
        add_value(out, st->before, ch->unit);
        buf_adds(out, " to ");
        add_value(out, st->after, ch->unit);
        buf_addf(out, " at %.8s UTC on %.10s", when + 11, when);
    } else if (st->min == st->max) {
        buf_adds(out, st->count == 1 ? " was " : " stayed at ");
        add_value(out, st->max, ch->unit);
    } else {
        buf_adds(out, " stayed between ");
        add_value(out, st->min, ch->unit);
        buf_adds(out, " and ");
        add_value(out, st->max, ch->unit);
    }
}

static void say_series(const struct chart *ch, const struct chart_series *s, struct buf *out)
{
    static const char *const names[] = {"min ", "median ", "max ", "last "};
    struct chart_stats st;
    double figures[4];

    chart_stats(s, onset_of(ch), &st);
    buf_adds(out, s->name && *s->name ? s->name : "value");
    if (!st.count) {
        buf_adds(out, " has no values.\n");
        return;
    }
    say_level(ch, &st, out);
    figures[0] = st.min;
    figures[1] = st.median;
    figures[2] = st.max;
    figures[3] = st.last;
    for (int i = 0; i < 4 && st.count > 1; i++) {
        buf_adds(out, i ? ", " : "; ");
        buf_adds(out, names[i]);
        add_value(out, figures[i], ch->unit);
    }
    buf_addf(out, " (%zu value%s).\n", st.count, st.count == 1 ? "" : "s");
}

void chart_sentence(const struct chart *ch, struct buf *out)
{
    size_t shown = ch->series_count > CHART_SERIES_MAX ? CHART_SERIES_MAX : ch->series_count;

    for (size_t i = 0; i < shown; i++)
        say_series(ch, &ch->series[i], out);
    if (!shown)
        buf_adds(out, "There are no values.\n");
    if (shown < ch->series_count)
        buf_addf(out, "%zu more series.\n", ch->series_count - shown);
}
