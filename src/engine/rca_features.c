/* rca_features.c - see rca_features.h. */
#include "rca_facts.h"
#include "rca_twin.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "runbook/base/mem.h"

#define LATE_MIN_MS 60000
#define LATE_STEPS 3
#define NEAR_CAUSE                                                                                 \
    0.8 /* a resource is nearer to the cause than the symptom that is complained of */
#define FAR_KIND 0.15
#define TRICKLE 0.02

static double lateness(const struct rca_facts *f, const struct rca_candidate *c)
{
    int64_t slack =
        LATE_STEPS * f->in->step_ms > LATE_MIN_MS ? LATE_STEPS * f->in->step_ms : LATE_MIN_MS;
    int64_t late;

    if (!c->signal_count || f->first_onset == INT64_MAX)
        return 0;
    late = f->in->signals[c->signals[0]].shift.onset_ms - f->first_onset - slack;
    return late > 0 ? fmin(log1p((double)late / (double)slack), 3) : 0;
}

/* The signals of a service that tell most, one a kind, best first. */
static void choose_signals(const struct rca_facts *f, const struct rca_seen *seen,
                           struct rca_candidate *c)
{
    bool used[RCA_KINDS] = {false};

    while (c->signal_count < sizeof(c->signals) / sizeof(c->signals[0])) {
        double best = 0;
        int at = -1;

        for (int k = 0; k < RCA_SKIP; k++) {
            double w = k == RCA_TRAFFIC ? 0.3 : k == RCA_OTHER ? 0.5 : 1, v;

            if (f->in->alert_kind != RCA_OTHER && (enum rca_kind)k != f->in->alert_kind)
                w *= k == RCA_SATURATION && !c->load ? NEAR_CAUSE : FAR_KIND;
            v = w * (seen->best_fine[k] > 1 ? log(seen->best_fine[k]) : 0);
            if (!used[k] && seen->best[k] != SIZE_MAX && v > best) {
                best = v;
                at = k;
            }
        }
        if (at < 0)
            return;
        used[at] = true;
        c->signals[c->signal_count++] = seen->best[at];
    }
}

/* cpu and memory are one kind, so the second metric of the strongest kind is evidence too. */
static void add_second_metric(const struct rca_input *in, struct rca_candidate *c)
{
    const struct rca_signal *first;
    size_t best = SIZE_MAX;

    if (c->signal_count == 0 || c->signal_count == sizeof(c->signals) / sizeof(c->signals[0]))
        return;
    first = &in->signals[c->signals[0]];
    for (size_t i = 0; i < in->signal_count; i++) {
        const struct rca_signal *s = &in->signals[i];

        if (s->service != c->service || s->m.kind != first->m.kind ||
            strcmp(s->metric, first->metric) == 0 || rca_weight_z(s) < 3)
            continue;
        if (best == SIZE_MAX || s->shift.z_fine > in->signals[best].shift.z_fine)
            best = i;
    }
    if (best != SIZE_MAX)
        c->signals[c->signal_count++] = best;
}

static void explain(const struct rca_facts *f, const struct rca_seen *s, struct rca_candidate *c)
{
    size_t worst = rca_worst_callee(f, c->service);

    if (worst != SIZE_MAX && s->symptom > 0) {
        c->x[RCA_X_CALLEE] =
            rca_ratio(f->seen[worst].symptom, s->symptom) * rca_part_of(f, c->service, worst);
        c->x[RCA_X_SHARE] = rca_explained_share(f, c->service);
        if (c->x[RCA_X_CALLEE] >= 0.6 || c->x[RCA_X_SHARE] >= 0.6)
            c->explained_by = worst;
    }
    for (size_t i = 0; i < f->silent[c->service].count && s->symptom > 0; i++) {
        size_t callee = f->silent[c->service].items[i];
        double r = rca_silent_evidence(f, callee);

        if (rca_ratio(r, s->symptom) > c->x[RCA_X_CALLEE_RES]) {
            c->x[RCA_X_CALLEE_RES] = rca_ratio(r, s->symptom);
            if (c->x[RCA_X_CALLEE_RES] >= 0.6 && c->explained_by == SIZE_MAX)
                c->explained_by = callee;
        }
    }
}

/* So few requests, beside those of others, that twice as many hurt nobody. */
static bool is_trickle(const struct rca_facts *f, const struct rca_seen *s)
{
    return s->request_metric && s->requests_now < TRICKLE * f->most_requests;
}

static double worst_other(const struct rca_facts *f, size_t service)
{
    double most = 0;

    for (size_t i = 0; i < f->in->service_count; i++) {
        if (i != service)
            most = fmax(most, f->seen[i].symptom);
    }
    return most;
}

/* One copy of the service moved, and no other came near: what all copies share is no reason. */
static double apart(const struct rca_facts *f, size_t service)
{
    double most = 0;

    RCA_SIGNALS_EACH (i, f, service) {
        if (f->in->signals[i].m.kind == RCA_SATURATION || rca_is_symptom(f->in->signals[i].m.kind))
            most = fmax(most, rca_twin_apart(f->in, i));
    }
    return most;
}

/* Of the services whose symptoms nobody measures. */
static double worst_silent(const struct rca_facts *f, size_t service)
{
    double most = 0;

    for (size_t i = 0; i < f->in->service_count; i++) {
        if (i != service && !f->seen[i].measured)
            most = fmax(most, rca_silent_evidence(f, i));
    }
    return most;
}

bool rca_facts_candidate(const struct rca_facts *f, size_t service, struct rca_candidate *c)
{
    const struct rca_seen *s = &f->seen[service];
    bool own_load;

    memset(c, 0, sizeof(*c));
    c->service = service;
    c->explained_by = SIZE_MAX;
    c->hops = rca_hops_of(f, service);
    if (!s->moved)
        return false;
    own_load = rca_load_is_its_own(f, service);
    c->load = rca_follows_load(f, service) && !own_load;
    choose_signals(f, s, c);
    if (c->signal_count == 0 && s->traffic_fall > 0)
        c->signals[c->signal_count++] = s->fall;
    add_second_metric(f->in, c);
    c->strength = rca_seen_total(s);
    c->x[RCA_X_SYMPTOM] = s->symptom;
    c->x[RCA_X_OTHER_KIND] = s->other_symptom;
    c->x[RCA_X_RESOURCE] = c->load ? 0 : s->kind[RCA_SATURATION];
    c->x[RCA_X_TRAFFIC] = own_load && !is_trickle(f, s) ? s->kind[RCA_TRAFFIC] : 0;
    c->x[RCA_X_LEVEL] = fmax(s->in_flight, s->kind[RCA_OTHER]);
    explain(f, s, c);
    c->x[RCA_X_EXPLAINS] = rca_explains(f, service, &c->x[RCA_X_TO_ALERT]);
    c->x[RCA_X_UNREACHED] = rca_unreached(f, service);
    c->x[RCA_X_OBSERVER] = f->in->services[service].observer;
    c->x[RCA_X_LATE] = lateness(f, c);
    c->x[RCA_X_ALERTING] = service == f->in->alert_service;
    c->x[RCA_X_BY_LOAD] = c->load;
    c->x[RCA_X_SILENT] = !s->measured;
    c->x[RCA_X_RARE] = is_trickle(f, s);
    if (!f->in->topology) /* a caller adds what it waits for to a level of its own */
        c->x[RCA_X_RISE] = rca_ratio(s->rise, f->most_rise);
    c->x[RCA_X_LOST] = rca_lost(f, service);
    c->x[RCA_X_APART] = apart(f, service);
    if (!s->measured)
        c->x[RCA_X_WAITS] = s->in_flight;
    if (!f->in->topology && s->symptom > 0)
        c->x[RCA_X_BESIDE] = rca_ratio(worst_silent(f, service), s->symptom);
    if (!f->hops && c->x[RCA_X_ALERTING])
        c->x[RCA_X_PERHAPS] = rca_ratio(worst_other(f, service), s->symptom);
    return true;
}
