/* rca_explain.c - what explains what: callees, load, the missing look. See rca_facts.h. */
#include "rca_facts.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "runbook/base/mem.h"

#define LOAD_RISE 0.5
#define LOAD_SLACK 1.5
#define MOST_OF_ALL 0.9 /* of the rise of requests, that nobody else may pass */
#define KNOWN_MIN 3     /* services whose requests are known */
#define SYMPTOM_MIN 0.7 /* log of z 2: a service shows a symptom */
#define UNLIKE 0.5      /* of a callee that measures its symptoms by another metric */
#define FAINT 0.02
#define SPREAD_ROUNDS 12 /* longer chains of calls say nothing any more */

/* The callee whose symptom is strongest. */
size_t rca_worst_callee(const struct rca_facts *f, size_t service)
{
    size_t best = SIZE_MAX;

    for (size_t i = 0; i < f->callees[service].count; i++) {
        size_t c = f->callees[service].items[i];

        if (best == SIZE_MAX || f->seen[c].symptom > f->seen[best].symptom)
            best = c;
    }
    return best;
}

double rca_ratio(double part, double whole)
{
    return whole > 0 ? fmin(fmax(part / whole, 0), 1) : 0;
}

/* The signal of this metric at a service that moved most; NULL: none is measured. */
static const struct rca_signal *same_metric(const struct rca_facts *f, size_t service,
                                            const struct rca_signal *like)
{
    const struct rca_signal *best = NULL;

    RCA_SIGNALS_EACH (i, f, service) {
        const struct rca_signal *s = &f->in->signals[i];

        if (s->m.kind == like->m.kind && strcmp(s->metric, like->metric) == 0 &&
            (!best || rca_weight_z(s) > rca_weight_z(best)))
            best = s;
    }
    return best;
}

/* Calls a request, told by the request rates, at most one: calls run side by side, and others call
 * too. Rates of errors add up as they are. */
static double calls_of(const struct rca_facts *f, size_t caller, size_t callee,
                       const struct rca_signal *own)
{
    const struct rca_seen *s = &f->seen[caller], *c = &f->seen[callee];

    for (size_t i = 0; i < f->in->guess_count && own->m.kind == RCA_LATENCY; i++) {
        if (f->in->guesses[i].caller == caller && f->in->guesses[i].callee == callee)
            return f->in->guesses[i].calls;
    }
    if (own->m.kind == RCA_ERRORS && own->m.counter)
        return 1;
    if (s->requests > 0 && c->requests > 0 && s->request_metric && c->request_metric &&
        strcmp(s->request_metric, c->request_metric) == 0)
        return fmin(1, c->requests / s->requests);
    return 1;
}

/* Counterfactual: which part of the caller's change would be gone if this callee had not changed? A
 * callee that does not measure the same may explain all of it, as far as is known. */
double rca_part_of(const struct rca_facts *f, size_t caller, size_t callee)
{
    const struct rca_seen *s = &f->seen[caller];
    const struct rca_signal *own, *other;

    if (s->worst == SIZE_MAX)
        return 1;
    own = &f->in->signals[s->worst];
    other = same_metric(f, callee, own);
    if (!other)
        return f->seen[callee].measured ? UNLIKE : 1;
    if (rca_weight_z(other) <= 1)
        return 0;
    return rca_ratio(calls_of(f, caller, callee, own) *
                         fabs(other->shift.after - other->shift.before),
                     fabs(own->shift.after - own->shift.before));
}

double rca_explained_share(const struct rca_facts *f, size_t service)
{
    double sum = 0;

    if (f->seen[service].worst == SIZE_MAX)
        return 0;
    for (size_t i = 0; i < f->callees[service].count; i++) {
        size_t callee = f->callees[service].items[i];

        if (same_metric(f, callee, &f->in->signals[f->seen[service].worst]))
            sum += rca_part_of(f, service, callee);
    }
    return fmin(sum, 1);
}

/* All that the service uses more of rose no more than its requests did. */
bool rca_follows_load(const struct rca_facts *f, size_t service)
{
    const struct rca_seen *seen = &f->seen[service];

    if (seen->traffic_rise < LOAD_RISE)
        return false;
    RCA_SIGNALS_EACH (i, f, service) {
        const struct rca_signal *s = &f->in->signals[i];

        if (s->m.kind == RCA_SATURATION && !s->m.in_flight && rca_weight_z(s) > 3 &&
            s->shift.rel > LOAD_SLACK * seen->traffic_rise)
            return false;
    }
    return seen->kind[RCA_SATURATION] > 0;
}

/* Nobody knows who sends what: its requests rose as far as anybody's, and those of most did not. */
static bool load_stands_out(const struct rca_facts *f, size_t service)
{
    double own = f->seen[service].traffic_rise;
    size_t known = 0, rose = 0;

    for (size_t i = 0; i < f->in->service_count; i++) {
        const struct rca_seen *s = &f->seen[i];

        if (i == service || !(s->request_metric || s->sees_bytes))
            continue;
        if (s->traffic_rise * MOST_OF_ALL > own)
            return false;
        known++;
        rose += s->traffic_rise * LOAD_SLACK >= own;
    }
    return own >= LOAD_RISE && known >= KNOWN_MIN && 2 * rose < known;
}

/* Requests rose further than those of anybody who sends it some; of senders that nobody measures
 * nothing is known. */
bool rca_load_is_its_own(const struct rca_facts *f, size_t service)
{
    const struct rca_links *from = &f->senders[service];
    bool known = f->in->topology && from->count == 0;

    if (!f->in->topology)
        return load_stands_out(f, service);
    for (size_t i = 0; i < from->count; i++) {
        const struct rca_seen *s = &f->seen[from->items[i]];

        if (s->traffic_rise * LOAD_SLACK >= f->seen[service].traffic_rise)
            return false;
        known |= s->request_metric || s->sees_bytes;
    }
    return known && f->seen[service].traffic_rise > 0;
}

double rca_lost(const struct rca_facts *f, size_t service)
{
    const struct rca_links *from = &f->senders[service];
    double most = 0;
    bool known = false;

    for (size_t i = 0; i < from->count; i++) {
        const struct rca_seen *s = &f->seen[from->items[i]];

        known |= s->request_metric || s->sees_bytes;
        most = fmax(most, s->traffic_fall);
    }
    return known ? fmax(f->seen[service].traffic_fall - most, 0) : 0;
}

/* How much of what each caller shows would come from `service`: along the calls, the parts
 * multiply; of several ways the strongest counts. Cycles end because a part never grows. */
static void spread(const struct rca_facts *f, size_t service, double *part)
{
    bool more = true;

    part[service] = 1;
    for (int round = 0; more && round < SPREAD_ROUNDS; round++) {
        more = false;
        for (size_t i = 0; i < f->in->service_count; i++) {
            size_t heard = f->callees[i].count, all = heard + f->silent[i].count;

            for (size_t k = 0; i != service && k < all; k++) {
                size_t c = k < heard ? f->callees[i].items[k] : f->silent[i].items[k - heard];
                double p = part[c] > FAINT ? part[c] * rca_part_of(f, i, c) : 0;

                if (p > part[i] + FAINT) {
                    part[i] = p;
                    more = true;
                }
            }
        }
    }
}

double rca_explains(const struct rca_facts *f, size_t service, double *ret_alert)
{
    size_t alert = f->in->alert_service;
    double *part = xcalloc(f->in->service_count + 1, sizeof(*part));
    double sum = 0, whole = 0;

    spread(f, service, part);
    for (size_t i = 0; i < f->in->service_count; i++) {
        if (i == service || f->seen[i].symptom < SYMPTOM_MIN)
            continue;
        whole += f->seen[i].symptom;
        sum += part[i] * f->seen[i].symptom;
    }
    *ret_alert = alert == SIZE_MAX ? 0 : f->in->topology ? part[alert] : fmax(part[alert], UNLIKE);
    if (alert == service)
        *ret_alert = 1;
    free(part);
    return rca_ratio(sum, whole);
}

/* What tells that a service is in trouble whose symptoms nobody measures. */
double rca_silent_evidence(const struct rca_facts *f, size_t service)
{
    const struct rca_seen *s = &f->seen[service];
    double most = fmax(s->in_flight, 0.5 * s->kind[RCA_OTHER]);

    if (rca_load_is_its_own(f, service))
        return fmax(most, fmax(s->kind[RCA_SATURATION], s->kind[RCA_TRAFFIC]));
    return rca_follows_load(f, service) ? most : fmax(most, s->kind[RCA_SATURATION]);
}
