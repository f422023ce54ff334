/* shift.c - points of a window as one number, and the comparison with the days before. Pure. */
#include <stdlib.h>

#include "ops_priv.h"
#include "runbook/base/mem.h"

double ops_fold_points(const struct ops_points *p, enum ops_fold fold)
{
    double v;

    if (!p->count)
        return (double)NAN;
    v = p->v[0];
    if (fold == OPS_LAST)
        return p->v[p->count - 1];
    for (size_t i = 1; i < p->count; i++) {
        if (fold == OPS_MAX)
            v = p->v[i] > v ? p->v[i] : v;
        else if (fold == OPS_MIN)
            v = p->v[i] < v ? p->v[i] : v;
        else
            v += p->v[i];
    }
    return fold == OPS_MEAN ? v / (double)p->count : v;
}

static int by_value(const void *a, const void *b)
{
    double x = *(const double *)a, y = *(const double *)b;

    return (x > y) - (x < y);
}

double ops_median(double *v, size_t count)
{
    if (!count)
        return (double)NAN;
    qsort(v, count, sizeof(*v), by_value);
    return count % 2 ? v[count / 2] : (v[count / 2 - 1] + v[count / 2]) / 2;
}

static size_t gather(const struct ops_series *s, bool zero, double *out, size_t *ret_days)
{
    size_t n = 0, days = 0;

    for (size_t d = 0; d < OPS_DAYS; d++) {
        days += s->days[d].count > 0 || zero;
        if (!s->days[d].count && zero)
            out[n++] = 0;
        for (size_t i = 0; i < s->days[d].count; i++)
            out[n++] = s->days[d].v[i];
    }
    *ret_days = days;
    return n;
}

/* The median of the distances from `usual`, made comparable with a standard deviation; not smaller
 * than a part of what is usual, nor than what a difference has to be at least. */
static double spread(double *v, size_t count, double usual, double least)
{
    double mad, floor_of_it = fabs(usual) * OPS_SHIFT_SPREAD;

    for (size_t i = 0; i < count; i++)
        v[i] = fabs(v[i] - usual);
    mad = 1.4826 * ops_median(v, count);
    if (least / OPS_SHIFT_SCORE > floor_of_it)
        floor_of_it = least / OPS_SHIFT_SCORE;
    return mad > floor_of_it ? mad : floor_of_it;
}

static bool that_way(enum ops_way way, double difference)
{
    return way == OPS_BOTH || (way == OPS_UP ? difference > 0 : way == OPS_DOWN && difference < 0);
}

void ops_shift(const struct ops_metric *m, const struct ops_series *s, struct ops_shift *ret)
{
    size_t room = s->recent.count + OPS_DAYS, n;
    double *v, difference;

    *ret = (struct ops_shift){.recent = NAN, .usual = NAN, .spread = NAN, .score = NAN};
    if (!s->asked || !s->compared || m->anomaly == OPS_NO_WAY || (!s->recent.count && !m->zero))
        return;
    for (size_t d = 0; d < OPS_DAYS; d++)
        room += s->days[d].count;
    v = xcalloc(room, sizeof(*v));
    for (n = 0; n < s->recent.count; n++)
        v[n] = s->recent.v[n];
    ret->recent = n ? ops_median(v, n) : 0;
    n = gather(s, m->zero, v, &ret->days);
    if (ret->days >= OPS_SHIFT_DAYS) {
        ret->judged = true;
        ret->usual = ops_median(v, n);
        ret->spread = spread(v, n, ret->usual, m->least);
        difference = ret->recent - ret->usual;
        ret->score = ret->spread > 0 ? difference / ret->spread : 0;
        if (!(ret->spread > 0) && difference != 0) /* it never moved, and `least` is 0 */
            ret->score = difference > 0 ? 1000 : -1000;
        ret->is = fabs(ret->score) > OPS_SHIFT_SCORE && fabs(difference) >= m->least &&
                  that_way(m->anomaly, difference);
    }
    free(v);
}
