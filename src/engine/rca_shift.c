/* rca_shift.c - see rca_shift.h. */
#include "rca_shift.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "runbook/base/mem.h"

#define BASE_MIN 12        /* samples of history below which nothing is said */
#define SMOOTH_MAX 30      /* samples of the moving mean */
#define FLOOR 0.01         /* of the level: below it no difference is noticed */
#define FINE 0.1           /* of it: tells which of two metrics moved more */
#define FROM_ZERO 50.0     /* z of anything that comes out of nothing */
#define SHIFTED_SCALES 2.0 /* the level before the fault has left the history */
#define CONTROLS_MAX 48    /* windows of the history whose extremes are compared */
#define CONTROLS_MIN 4     /* of them: a short history is cut into shorter ones */
#define WIDE_PARTS 8       /* of a history: a wider mean would have nothing to be compared with */
#define CONTROL_QUANTILE 0.9
#define CONTROL_USUAL 2.5 /* z of an ordinary healthy window: a tail of one percent */
#define DAY_MS INT64_C(86400000)

struct span {        /* of the input, by index */
    size_t from, to; /* `to` is past the end */
};

size_t rca_finite(struct prom_point *points, size_t count)
{
    size_t n = 0;

    for (size_t i = 0; i < count; i++) {
        if (isfinite(points[i].value))
            points[n++] = points[i];
    }
    return n;
}

bool rca_is_monotonic(const struct prom_point *points, size_t count)
{
    size_t falls = 0, rises = 0;

    for (size_t i = 1; i < count; i++) {
        falls += points[i].value < points[i - 1].value;
        rises += points[i].value > points[i - 1].value;
    }
    return falls * 20 <= rises;
}

size_t rca_rates(struct prom_point *points, size_t count, int64_t step_ms)
{
    struct prom_point last = {0};
    size_t n = 0;

    count = rca_finite(points, count);
    for (size_t i = 0; i < count; i++) {
        struct prom_point now = points[i];
        int64_t gap = now.t_ms - last.t_ms;

        if (i > 0 && gap > 0 && gap <= step_ms * 10) {
            double grown = now.value >= last.value ? now.value - last.value : now.value;

            points[n++] = (struct prom_point){now.t_ms, grown * 1000.0 / (double)gap};
        }
        last = now;
    }
    return n;
}

static int by_value(const void *a, const void *b)
{
    double x = *(const double *)a, y = *(const double *)b;

    return (x > y) - (x < y);
}

/* Of sorted values. */
static double quantile(const double *v, size_t n, double q)
{
    double at = q * (double)(n - 1);
    size_t i = (size_t)at;

    return i + 1 < n ? v[i] + (v[i + 1] - v[i]) * (at - (double)i) : v[n - 1];
}

static double median_of(double *v, size_t n)
{
    qsort(v, n, sizeof(*v), by_value);
    return quantile(v, n, 0.5);
}

static struct span span_of(const struct prom_point *p, size_t n, int64_t from, int64_t until)
{
    struct span s = {0, 0};

    while (s.from < n && p[s.from].t_ms < from)
        s.from++;
    s.to = s.from;
    while (s.to < n && p[s.to].t_ms <= until)
        s.to++;
    return s;
}

/* Moving means over `k` samples that follow one another, of the values times `sign`. Returns their
 * number; `ret_max_at` is the index (in p) of the last sample of the largest; `times` (or NULL) get
 * the time of the last sample of each. */
static size_t smooth(const struct prom_point *p, struct span s, size_t k, int64_t step, int sign,
                     double *out, int64_t *times, size_t *ret_max_at)
{
    double sum = 0, best = -INFINITY;
    size_t n = 0;

    for (size_t i = s.from; i < s.to; i++) {
        sum += p[i].value;
        if (i >= s.from + k)
            sum -= p[i - k].value;
        if (i + 1 < s.from + k || p[i].t_ms - p[i + 1 - k].t_ms > step * (int64_t)(k + 1 + k / 4))
            continue;
        out[n] = sign * sum / (double)k;
        if (times)
            times[n] = p[i].t_ms;
        if (out[n] > best) {
            best = out[n];
            *ret_max_at = i;
        }
        n++;
    }
    return n;
}

static size_t smoothing(const struct rca_window *w, size_t in_window)
{
    int64_t expected = w->step > 0 ? (w->until - w->from) / w->step + 1 : 1;
    size_t k = expected > 16 ? (size_t)(expected / 8) : 2;

    if (k > SMOOTH_MAX)
        k = SMOOTH_MAX;
    return k > in_window ? in_window : k;
}

struct level {
    double median, scale, scale_fine;
};

/* `v` is sorted in place. `floor`: part of the level. */
static void level_of(double *v, size_t n, double floor, struct level *ret)
{
    double *away = xcalloc(n, sizeof(*away)), spread, tail;

    ret->median = median_of(v, n);
    tail = (quantile(v, n, 0.99) - ret->median) / 2.326;
    for (size_t i = 0; i < n; i++)
        away[i] = fabs(v[i] - ret->median);
    spread = median_of(away, n) * 1.4826;
    free(away);
    spread = spread > tail ? spread : tail;
    ret->scale = fmax(spread, floor * fabs(ret->median));
    ret->scale_fine = fmax(spread, floor * FINE * fabs(ret->median));
}

/* Median of what was sampled in the window before the fault (times sign), or NaN. */
static double level_before(const struct prom_point *p, struct span win, int64_t until, int sign)
{
    double *v = xcalloc(win.to - win.from + 1, sizeof(*v)), ret;
    size_t n = 0;

    for (size_t i = win.from; i < win.to && p[i].t_ms <= until; i++)
        v[n++] = sign * p[i].value;
    ret = n && n < win.to - win.from ? median_of(v, n) : NAN;
    free(v);
    return ret;
}

static void measure(const struct level *l, double before, double after, struct rca_shift *ret)
{
    double size = after - before, scale = l->scale, fine = l->scale_fine;

    if (fabs(before) < fabs(after) * 1e-6) { /* out of nothing: any scale would do, so none does */
        scale = fmax(scale, fabs(after) / FROM_ZERO);
        fine = fmax(fine, fabs(after) / FROM_ZERO);
    }
    ret->before = before;
    ret->after = after;
    ret->scale = scale;
    ret->z = scale > 0 ? size / scale : 0;
    ret->z_fine = fine > 0 ? size / fine : 0;
    ret->rel = fabs(before) > 0 ? fabs(size) / fabs(before) : (size != 0 ? FROM_ZERO : 0);
}

static int64_t onset_of(const struct prom_point *p, struct span win, double middle, int sign,
                        int64_t fallback)
{
    for (size_t i = win.from; i < win.to; i++) {
        if (sign * p[i].value > middle)
            return p[i].t_ms;
    }
    return fallback;
}

/* The largest smoothed value of each of the history's windows of `len` values, by the same scale:
 * what a healthy day looks like to this test. `v` is in the order of time. */
static double control_of(const double *v, size_t n, size_t len, const struct level *l)
{
    double most[CONTROLS_MAX];
    size_t count = 0;

    if (n < 3 * len) /* a short history: shorter windows have to do */
        len = n / 3;
    if (len < 2 || l->scale <= 0)
        return 0;
    if (n / len > CONTROLS_MAX)
        v += n - CONTROLS_MAX * len; /* the latest ones */
    for (size_t i = 0; count < CONTROLS_MAX && (i + 1) * len <= n; i++) {
        double top = v[i * len];

        for (size_t k = 1; k < len; k++)
            top = fmax(top, v[i * len + k]);
        most[count++] = (top - l->median) / l->scale;
    }
    qsort(most, count, sizeof(*most), by_value);
    return fmax(quantile(most, count, CONTROL_QUANTILE), 0);
}

/* The same window one day before: what belongs to the time of day is no fault. */
static double day_before(const struct prom_point *p, struct span base, const struct rca_window *w,
                         size_t k, int sign, const struct level *l, double *scratch)
{
    struct span day =
        span_of(p + base.from, base.to - base.from, w->from - DAY_MS, w->until - DAY_MS);
    size_t at = 0, n;
    double top = -INFINITY;

    day.from += base.from;
    day.to += base.from;
    n = smooth(p, day, k, w->step, sign, scratch, NULL, &at);
    for (size_t i = 0; i < n; i++)
        top = fmax(top, scratch[i]);
    return n && l->scale > 0 ? fmax((top - l->median) / l->scale, 0) : NAN;
}

/* What the healthy control leaves of a z. The window just before counts by itself: what was nearly
 * as far there already is a drift. */
static double less_control(const struct rca_shift *s, double z)
{
    double control = isfinite(s->day) ? fmax(s->day, s->control) : s->control;

    if (isfinite(s->at[0]))
        control = fmax(control, (double)s->at[0]);
    return control > CONTROL_USUAL ? z * CONTROL_USUAL / control : z;
}

double rca_shift_z(const struct rca_shift *s)
{
    return less_control(s, s->z);
}

double rca_shift_control_z(const struct rca_shift *s, size_t i)
{
    return less_control(s, (double)s->at[i]);
}

/* The windows of the history on which the same test is tried, back from its end. */
struct past {
    int64_t end, len;
};

static struct past past_of(const struct rca_window *w)
{
    int64_t all = w->base_end - w->base_start, len = w->until - w->from;

    if (len > all / CONTROLS_MIN)
        len = all / CONTROLS_MIN;
    return (struct past){w->base_end, len > 0 ? len : 1};
}

/* SIZE_MAX: before all windows. */
static size_t past_index(const struct past *c, int64_t t_ms)
{
    int64_t i = (c->end - t_ms) / c->len;

    return i < 0 ? 0 : i < RCA_CONTROLS ? (size_t)i : SIZE_MAX;
}

/* `v` with `times`: smoothed history. */
static void try_controls(const struct rca_window *w, const double *v, const int64_t *times,
                         size_t n, const struct level *l, struct rca_shift *ret)
{
    struct past c = past_of(w);
    double top[RCA_CONTROLS];

    for (size_t i = 0; i < RCA_CONTROLS; i++)
        top[i] = NAN;
    for (size_t k = 0; k < n; k++) {
        size_t i = past_index(&c, times[k]);

        if (i != SIZE_MAX)
            top[i] = fmax(top[i], v[k]); /* of a NAN and a number, the number */
    }
    for (size_t i = 0; i < RCA_CONTROLS; i++)
        ret->at[i] = (float)(l->scale > 0 || isnan(top[i]) ? (top[i] - l->median) / l->scale : 0);
}

/* Of events that come one by one, `n` in the time of a smoothed value are uncertain by sqrt(n). */
static void allow_for_chance(struct level *l, const struct rca_window *w, size_t k)
{
    double seconds = (double)k * (double)w->step / 1000, expected = fabs(l->median) * seconds;
    double chance = sqrt(fmax(expected, 0.5)) / seconds;

    l->scale = fmax(l->scale, chance);
    l->scale_fine = fmax(l->scale_fine, chance);
}

/* With a moving mean of `k` samples. */
static bool score_at(const struct prom_point *p, struct span base, struct span win,
                     const struct rca_window *w, size_t k, int sign, struct rca_shift *ret)
{
    size_t room = base.to - base.from + win.to - win.from + 1;
    double *v = xcalloc(2 * room, sizeof(*v)), *inside = v + (base.to - base.from), before, early;
    int64_t *times = xcalloc(room, sizeof(*times));
    double *ordered = v + room, middle;
    size_t at = win.from, n = smooth(p, base, k, w->step, sign, v, times, &at);
    size_t m = smooth(p, win, k, w->step, sign, inside, NULL, &at);
    struct level l;
    bool enough = n >= BASE_MIN / 2 && m > 0;

    if (!enough)
        goto done;
    memcpy(ordered, v, n * sizeof(*v));
    level_of(v, n, w->floor > 0 ? w->floor : FLOOR, &l);
    if (w->events && w->step > 0)
        allow_for_chance(&l, w, k);
    qsort(inside, m, sizeof(*inside), by_value);
    before = l.median;
    early = w->pre_until ? level_before(p, win, w->pre_until, sign) : NAN;
    ret->early =
        inside[m - 1] > before && isfinite(early) ? (early - before) / (inside[m - 1] - before) : 0;
    if (w->settled && early > l.median + SHIFTED_SCALES * l.scale)
        before = fmin(early, inside[m - 1]);
    measure(&l, before, inside[m - 1], ret);
    middle = before + (inside[m - 1] - before) / 2;
    ret->onset_ms = onset_of(p, win, middle, sign, p[at].t_ms);
    ret->control = control_of(ordered, n, m, &l);
    try_controls(w, ordered, times, n, &l, ret);
    ret->day = day_before(p, base, w, k, sign, &l, ordered);
    ret->before *= sign;
    ret->after *= sign;
    ret->direction = sign;
    ret->base_count = base.to - base.from;
done:
    free(times);
    free(v);
    return enough;
}

/* A mean over half the window sees what is small but stays. */
static size_t wide_smoothing(struct span base, struct span win)
{
    size_t half = (win.to - win.from) / 2, part = (base.to - base.from) / WIDE_PARTS;

    return half < part ? half : part;
}

static bool score_one(const struct prom_point *p, struct span base, struct span win,
                      const struct rca_window *w, int sign, struct rca_shift *ret)
{
    size_t k = smoothing(w, win.to - win.from), wide = wide_smoothing(base, win);
    struct rca_shift slow;

    if (!score_at(p, base, win, w, k, sign, ret))
        return false;
    if (wide >= 2 * k && score_at(p, base, win, w, wide, sign, &slow) &&
        rca_shift_z(&slow) > rca_shift_z(ret))
        *ret = slow;
    return true;
}

bool rca_shift_score(const struct prom_point *points, size_t count, const struct rca_window *w,
                     int bad, struct rca_shift *ret)
{
    struct span base = span_of(points, count, w->base_start, w->base_end);
    struct span win = span_of(points, count, w->from, w->until);
    struct rca_shift down;

    if (base.to - base.from < BASE_MIN || win.to == win.from)
        return false;
    if (bad)
        return score_one(points, base, win, w, bad, ret);
    if (!score_one(points, base, win, w, 1, ret))
        return false;
    if (score_one(points, base, win, w, -1, &down) && down.z > ret->z)
        *ret = down;
    return true;
}
