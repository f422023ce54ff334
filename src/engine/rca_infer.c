/* rca_infer.c - see rca_infer.h. Correlations of standardised residuals; how many samples are worth
 * counting follows from how much they depend on the ones before (Bartlett), and how much must be
 * seen from how many pairs were tried. */
#include "rca_infer.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "runbook/base/mem.h"

#define SAMPLES_MIN 60  /* that two have in common */
#define SLOW 16         /* samples to each side: what changes slower is drift or season */
#define CLIP 6.0        /* standard deviations: one outlier is no proof */
#define LAGS 8          /* of dependence between samples */
#define PARTIAL_MIN 2.0 /* standard deviations that are left when a third is known */
#define CONTAINS 0.8    /* of the callee's time, that the caller's must hold at least */
#define CALLS_MOST 3.0  /* of one service a request: more is the wrong way round */

void rca_trace_fill(const struct prom_point *points, size_t count, const struct rca_window *w,
                    float ret[RCA_TRACE])
{
    for (size_t i = 0; i < RCA_TRACE; i++)
        ret[i] = NAN;
    for (size_t i = count; i-- > 0 && w->step > 0;) {
        int64_t back = (w->base_end - points[i].t_ms) / w->step;

        if (points[i].t_ms > w->base_end)
            continue;
        if (back >= RCA_TRACE)
            break;
        ret[RCA_TRACE - 1 - back] = (float)points[i].value;
    }
}

static int by_value(const void *a, const void *b)
{
    double x = *(const double *)a, y = *(const double *)b;

    return (x > y) - (x < y);
}

/* What is left of a trace: unit variance, around nothing; 0 where nothing was sampled. */
struct rest {
    double v[RCA_TRACE];
    bool known[RCA_TRACE];
    double own[LAGS]; /* dependence of samples on earlier ones */
    double level, spread;
    size_t count;
};

/* Less the mean of what is around each sample. */
static void take_slow(const float *in, struct rest *r)
{
    double sum[RCA_TRACE + 1] = {0};
    size_t n[RCA_TRACE + 1] = {0};

    for (size_t i = 0; i < RCA_TRACE; i++) {
        r->known[i] = isfinite(in[i]);
        sum[i + 1] = sum[i] + (r->known[i] ? (double)in[i] : 0);
        n[i + 1] = n[i] + r->known[i];
    }
    for (size_t i = 0; i < RCA_TRACE; i++) {
        size_t a = i > SLOW ? i - SLOW : 0, b = i + SLOW + 1 < RCA_TRACE ? i + SLOW + 1 : RCA_TRACE;

        r->v[i] = r->known[i] ? (double)in[i] - (sum[b] - sum[a]) / (double)(n[b] - n[a]) : 0;
    }
}

static double median_of(const float *in, const bool *known, const double *v, bool absolute)
{
    double x[RCA_TRACE];
    size_t n = 0;

    for (size_t i = 0; i < RCA_TRACE; i++) {
        if (known[i])
            x[n++] = absolute ? fabs(v[i]) : (double)in[i];
    }
    qsort(x, n, sizeof(*x), by_value);
    return n ? x[n / 2] : 0;
}

static double moment(const struct rest *a, const struct rest *b, size_t lag, size_t *ret_n)
{
    double sum = 0;
    size_t n = 0;

    for (size_t i = lag; i < RCA_TRACE; i++) {
        if (!a->known[i] || !b->known[i - lag])
            continue;
        sum += a->v[i] * b->v[i - lag];
        n++;
    }
    if (ret_n)
        *ret_n = n;
    return n ? sum / (double)n : 0;
}

/* Unit variance. False: it never moves. */
static bool standardise(struct rest *r)
{
    double sd = sqrt(moment(r, r, 0, &r->count));

    if (!(sd > 0))
        return false;
    for (size_t i = 0; i < RCA_TRACE; i++)
        r->v[i] /= sd;
    r->spread *= sd;
    return true;
}

/* False: too few samples, or they never change. */
static bool rest_of(const float *in, struct rest *r)
{
    double most;

    if (!in)
        return false;
    r->spread = 1;
    take_slow(in, r);
    r->level = median_of(in, r->known, NULL, false);
    most = CLIP * 1.4826 * median_of(NULL, r->known, r->v, true);
    for (size_t i = 0; i < RCA_TRACE; i++)
        r->v[i] = fmin(fmax(r->v[i], -most), most);
    if (!standardise(r) || r->count < SAMPLES_MIN)
        return false;
    return true;
}

double rca_trace_noise(const float trace[RCA_TRACE])
{
    struct rest *r = xcalloc(1, sizeof(*r));
    double ret = rest_of(trace, r) && r->level > 0 ? r->spread / r->level : NAN;

    free(r);
    return ret;
}

static void depend_on_earlier(struct rest *r)
{
    for (size_t k = 0; k < LAGS; k++)
        r->own[k] = moment(r, r, k + 1, NULL);
}

/* The part of `r` that `by` tells is taken out of it. */
static void take_out(struct rest *r, const struct rest *by)
{
    double c = moment(r, by, 0, NULL);

    for (size_t i = 0; i < RCA_TRACE; i++)
        r->v[i] -= r->known[i] && by->known[i] ? c * by->v[i] : 0;
    standardise(r);
}

/* What the requests of all have in common: their mean. False: nobody's are known. */
static bool common_load(const struct rca_trace *t, size_t count, struct rest *ret)
{
    struct rest *one = xcalloc(1, sizeof(*one));
    double *sum = xcalloc(RCA_TRACE, sizeof(*sum));
    size_t n[RCA_TRACE] = {0}, all = 0;

    memset(ret, 0, sizeof(*ret));
    for (size_t i = 0; i < count; i++) {
        if (!rest_of(t[i].requests, one))
            continue;
        all++;
        for (size_t k = 0; k < RCA_TRACE; k++) {
            sum[k] += one->v[k];
            n[k] += one->known[k];
        }
    }
    for (size_t k = 0; k < RCA_TRACE; k++) {
        ret->known[k] = n[k] > 0;
        ret->v[k] = n[k] ? sum[k] / (double)n[k] : 0;
    }
    free(sum);
    free(one);
    ret->spread = 1;
    return all && standardise(ret);
}

struct pairs {
    size_t count;
    struct rest *rest;
    bool *usable;
    float *r; /* correlations, count x count */
    float *z; /* in standard deviations */
};

static void correlate(struct pairs *p, size_t a, size_t b)
{
    size_t n;
    double r = moment(&p->rest[a], &p->rest[b], 0, &n), depend = 1, free_n;

    for (size_t k = 0; k < LAGS; k++)
        depend += 2 * p->rest[a].own[k] * p->rest[b].own[k];
    r = fmin(fmax(r, -0.999), 0.999);
    free_n = (double)n / fmax(depend, 1);
    p->r[a * p->count + b] = p->r[b * p->count + a] = (float)r;
    p->z[a * p->count + b] = p->z[b * p->count + a] =
        (float)(n >= SAMPLES_MIN && free_n > 4 ? atanh(r) * sqrt(free_n - 3) : 0);
}

/* Is what two have in common told by a third? */
static bool told_by_third(const struct pairs *p, size_t a, size_t b, double enough)
{
    size_t n = p->count;
    double r = (double)p->r[a * n + b], z = (double)p->z[a * n + b];
    double root = z / atanh(r); /* of the samples that count */

    for (size_t c = 0; c < n; c++) {
        double ac = (double)p->r[a * n + c], bc = (double)p->r[b * n + c], left;

        if (c == a || c == b || (double)p->z[a * n + c] < enough ||
            (double)p->z[b * n + c] < enough || fmin(ac, bc) < r)
            continue;
        left = (r - ac * bc) / sqrt((1 - ac * ac) * (1 - bc * bc));
        if (atanh(fmin(fmax(left, -0.999), 0.999)) * root < PARTIAL_MIN)
            return true;
    }
    return false;
}

/* How well it fits that `a` waits for `b`; below 0: it does not. */
static double fits(const struct pairs *p, size_t a, size_t b, double *ret_calls)
{
    const struct rest *x = &p->rest[a], *y = &p->rest[b];

    *ret_calls = (double)p->r[a * p->count + b] * x->spread / y->spread;
    if (x->level < CONTAINS * *ret_calls * y->level || *ret_calls > CALLS_MOST)
        return -1;
    return y->level > 0 ? x->level / y->level : -1;
}

static bool call_between(const struct pairs *p, size_t a, size_t b, struct rca_call *ret)
{
    double there, back, ab = fits(p, a, b, &there), ba = fits(p, b, a, &back);

    if (ab < 0 && ba < 0)
        return false;
    *ret = ab >= ba ? (struct rca_call){a, b, there, 0} : (struct rca_call){b, a, back, 0};
    ret->z = (double)p->z[a * p->count + b];
    return true;
}

static int by_certainty(const void *a, const void *b)
{
    const struct rca_call *x = a, *y = b;

    if (x->z != y->z)
        return x->z < y->z ? 1 : -1;
    return x->caller != y->caller ? (x->caller > y->caller) - (x->caller < y->caller)
                                  : (x->callee > y->callee) - (x->callee < y->callee);
}

static size_t find_calls(const struct pairs *p, size_t usable, struct rca_call *ret, size_t max)
{
    double tried = (double)usable * (double)(usable - 1) / 2, enough = sqrt(2 * log(4 * tried + 1));
    size_t n = 0;

    for (size_t a = 0; a < p->count; a++) {
        for (size_t b = a + 1; b < p->count && n < max; b++) {
            if ((double)p->z[a * p->count + b] >= enough && !told_by_third(p, a, b, enough))
                n += call_between(p, a, b, &ret[n]);
        }
    }
    qsort(ret, n, sizeof(*ret), by_certainty);
    return n;
}

size_t rca_infer_calls(const struct rca_trace *traces, size_t count, struct rca_call *ret,
                       size_t max)
{
    struct pairs p = {.count = count < RCA_INFER_SERVICES ? count : RCA_INFER_SERVICES};
    struct rest *load = xcalloc(1, sizeof(*load));
    bool loaded = common_load(traces, p.count, load);
    size_t usable = 0, n = 0;

    p.rest = xcalloc(p.count + 1, sizeof(*p.rest));
    p.usable = xcalloc(p.count + 1, sizeof(*p.usable));
    p.r = xcalloc(p.count * p.count + 1, sizeof(*p.r));
    p.z = xcalloc(p.count * p.count + 1, sizeof(*p.z));
    for (size_t i = 0; i < p.count; i++) {
        p.usable[i] = rest_of(traces[i].time, &p.rest[i]);
        if (p.usable[i] && loaded)
            take_out(&p.rest[i], load);
        if (p.usable[i])
            depend_on_earlier(&p.rest[i]);
        usable += p.usable[i];
    }
    for (size_t a = 0; a < p.count; a++) {
        for (size_t b = a + 1; b < p.count; b++) {
            if (p.usable[a] && p.usable[b])
                correlate(&p, a, b);
        }
    }
    if (usable > 1)
        n = find_calls(&p, usable, ret, max);
    free(p.rest);
    free(p.usable);
    free(p.r);
    free(p.z);
    free(load);
    return n;
}
