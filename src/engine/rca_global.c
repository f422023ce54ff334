/* rca_global.c - is anything wrong at all? What the incident shows as a whole, and whether the same
 * look would have found as much in windows of the history: every series has some window in which it
 * looks ill, and of many series one always does just now. Comparing the largest of all with what
 * the largest of all usually is counts the number of series, their tails and their common causes
 * without a word about distributions. */
#include "rca_facts.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "runbook/base/mem.h"

#define LOAD_RISE 0.5
#define PEAK_MOST 3.7      /* log of z 40 */
#define SHOWN 1.1          /* log of z 3: a complaint stands */
#define USUAL_QUANTILE 0.9 /* of the windows of the history */

/* Is what the alert is about measured at the alerting service itself? */
static bool is_complaint(const struct rca_input *in, const struct rca_signal *s)
{
    return s->service == in->alert_service && !s->m.caller_view &&
           (rca_is_symptom(in->alert_kind) ? s->m.kind == in->alert_kind
                                           : rca_is_symptom(s->m.kind));
}

static bool can_complain(const struct rca_input *in)
{
    for (size_t i = 0; i < in->signal_count; i++) {
        if (is_complaint(in, &in->signals[i]))
            return true;
    }
    return false;
}

/* May its shift be the fault's? More requests and longer queues are consequences; what the
 * alerting service does not wait for is another matter. */
static bool counts(const struct rca_facts *f, const struct rca_signal *s)
{
    return s->m.kind != RCA_TRAFFIC && s->m.kind != RCA_OTHER && !s->m.in_flight &&
           !rca_unreached(f, s->service);
}

static double peak_now(const struct rca_facts *f, size_t *ret_service)
{
    double peak = 0;

    *ret_service = SIZE_MAX;
    for (size_t i = 0; i < f->in->signal_count; i++) {
        const struct rca_signal *s = &f->in->signals[i];
        double z = counts(f, s) ? rca_facts_z(f, s) : 0;

        if (z > peak) {
            peak = z;
            *ret_service = s->service;
        }
    }
    return peak;
}

/* What the same look would have found in one window of the history. */
struct look {
    double peak;  /* the largest z of all */
    double alert; /* log of z of the complaint */
};

/* False: nothing was sampled there. */
static bool look_back(const struct rca_facts *f, size_t window, struct look *ret)
{
    bool any = false;
    double most = 0, same = -1; /* not measured */

    memset(ret, 0, sizeof(*ret));
    for (size_t i = 0; i < f->in->signal_count; i++) {
        const struct rca_signal *s = &f->in->signals[i];
        bool complaint = is_complaint(f->in, s);
        double z = complaint || counts(f, s) ? rca_facts_control_z(f, s, window) : NAN;

        if (!isfinite(z))
            continue;
        any = true;
        if (counts(f, s))
            ret->peak = fmax(ret->peak, z);
        if (!complaint)
            continue;
        most = fmax(most, rca_strength(z));
        if (strcmp(s->metric, f->in->alert_metric) == 0)
            same = fmax(same, rca_strength(z));
    }
    ret->alert = rca_complaint(f, f->in->alert_service, most, same);
    return any;
}

static int by_value(const void *a, const void *b)
{
    double x = *(const double *)a, y = *(const double *)b;

    return (x > y) - (x < y);
}

static double usual(double *v, size_t n)
{
    double at = USUAL_QUANTILE * (double)(n - 1);
    size_t i = (size_t)at;

    qsort(v, n, sizeof(*v), by_value);
    return i + 1 < n ? v[i] + (v[i + 1] - v[i]) * (at - (double)i) : v[n - 1];
}

/* The looks of nine of ten windows are below this, and that of the newest: what was as far just
 * before is a drift. False: there is no history to look at. */
static bool usual_look(const struct rca_facts *f, struct look *ret)
{
    double peak[RCA_CONTROLS], alert[RCA_CONTROLS];
    struct look newest = {0};
    size_t n = 0;

    for (size_t i = 0; i < RCA_CONTROLS; i++) {
        struct look l;

        if (!look_back(f, i, &l))
            continue;
        peak[n] = rca_strength(l.peak);
        alert[n++] = l.alert;
        if (i == 0)
            newest = (struct look){peak[0], alert[0]};
    }
    if (n < 2)
        return false;
    *ret = (struct look){fmax(usual(peak, n), newest.peak), fmax(usual(alert, n), newest.alert)};
    return true;
}

void rca_facts_global(const struct rca_facts *f, double g[RCA_GLOBALS], double *ret_peak)
{
    const struct rca_input *in = f->in;
    bool complains = can_complain(in);
    size_t peak_service;
    struct look past;
    double second = 0;

    memset(g, 0, RCA_GLOBALS * sizeof(*g));
    *ret_peak = peak_now(f, &peak_service);
    for (size_t i = 0; i < in->service_count; i++) {
        if (i != peak_service && !rca_unreached(f, i))
            second = fmax(second, fmax(f->seen[i].symptom, f->seen[i].kind[RCA_SATURATION]));
    }
    g[RCA_G_PEAK] = fmin(rca_strength(*ret_peak), PEAK_MOST);
    g[RCA_G_SECOND] = second;
    g[RCA_G_SERIES] = log1p((double)in->signal_count) / 5;
    g[RCA_G_NAMED] = in->alert_kind != RCA_OTHER;
    if (in->alert_service != SIZE_MAX) {
        g[RCA_G_ALERT] = f->seen[in->alert_service].symptom;
        g[RCA_G_LOAD] = f->seen[in->alert_service].traffic_rise >= LOAD_RISE;
    }
    if (complains) /* the complaint does not stand when it stayed where it was */
        g[RCA_G_QUIET] = 1 - fmin(1, f->seen[in->alert_service].symptom / SHOWN);
    else
        g[RCA_G_MUTE] = g[RCA_G_PEAK];
    if (!usual_look(f, &past))
        return;
    g[RCA_G_UNUSUAL] = rca_strength(*ret_peak) - past.peak;
    if (complains)
        g[RCA_G_NEWS] = f->seen[in->alert_service].symptom - past.alert;
}
