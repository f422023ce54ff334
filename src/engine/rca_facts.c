/* rca_facts.c - what each service showed, and who calls whom. See rca_facts.h. */
#include "rca_facts.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "runbook/base/mem.h"

#define Z_MOST 200.0    /* further than this is not more certain */
#define CALLER_VIEW 0.5 /* of a shift that the caller measured */
#define SAME_METRIC 0.7 /* share of the alert's own metric within its kind */
#define RISEN 0.7       /* log of z 2 */
#define RISE_MOST 50.0
#define ENOUGH 10.0 /* requests a sample */
#define PASS_MAX 4  /* nodes without data that are looked through */

double rca_strength(double z)
{
    return z > 1 ? log(fmin(z, Z_MOST)) : 0;
}

/* A change too small to matter counts less, however certain it is. */
static double weight(const struct rca_signal *s, double z, double rel)
{
    double matters = s->m.min_rel > 0 ? rel / s->m.min_rel : 1;

    z *= s->m.caller_view ? CALLER_VIEW : 1;
    return matters < 1 ? z * matters * matters : z;
}

double rca_weight_z(const struct rca_signal *s)
{
    return weight(s, rca_shift_z(&s->shift), s->shift.rel);
}

bool rca_is_symptom(enum rca_kind kind)
{
    return kind == RCA_LATENCY || kind == RCA_ERRORS || kind == RCA_AVAILABILITY;
}

static void see_traffic(const struct rca_signal *s, struct rca_seen *seen)
{
    if (strcmp(s->m.unit, "count") != 0) {
        seen->sees_bytes = true;
        if (s->shift.direction > 0 && s->shift.z > 3)
            seen->bytes_rise = fmax(seen->bytes_rise, s->shift.rel);
        return;
    }
    if (!seen->request_metric)
        seen->request_metric = s->metric;
    if (strcmp(seen->request_metric, s->metric) == 0)
        seen->requests += fmax(s->shift.before, 0), seen->requests_now += fmax(s->shift.after, 0);
    if (s->shift.direction > 0 && s->shift.z > 3)
        seen->traffic_rise = fmax(seen->traffic_rise, s->shift.rel);
}

/* Requests that one sample of a service tells of: rates times the step; sums of a period as they
 * are. */
static double requests_a_sample(const struct rca_facts *f, const struct rca_seen *s)
{
    bool period = str_ends(str_from(s->request_metric), "_sum");

    return period ? s->requests_now : s->requests_now * (double)f->in->step_ms / 1000;
}

/* Of requests that succeed, so many fewer (a part of them): how many standard deviations of the
 * number that fails by chance? */
static double chance(const struct rca_facts *f, const struct rca_signal *s, double rel)
{
    const struct rca_seen *seen = &f->seen[s->service];
    double full = s->shift.before > 1.5 ? 100 : 1, n, usual;

    if (s->m.kind != RCA_AVAILABILITY || !seen->request_metric)
        return HUGE_VAL;
    n = requests_a_sample(f, seen);
    usual = fmax(1 - s->shift.before / full, 0) * n;
    return rel * n / sqrt(fmax(usual, 0.5));
}

double rca_facts_z(const struct rca_facts *f, const struct rca_signal *s)
{
    return fmin(rca_weight_z(s), chance(f, s, s->shift.rel));
}

double rca_facts_control_z(const struct rca_facts *f, const struct rca_signal *s, size_t window)
{
    double size = fabs((double)s->shift.at[window]) * s->shift.scale, level = fabs(s->shift.before);
    double rel = level > 0 ? size / level : HUGE_VAL, z = rca_shift_control_z(&s->shift, window);

    return isfinite(z) ? fmin(weight(s, z, rel), chance(f, s, rel)) : z;
}

static void see_fall(const struct rca_signal *s, size_t at, struct rca_seen *seen)
{
    double part = fmin(s->shift.rel, 1);

    if (rca_shift_z(&s->shift) <= 3 || part <= seen->traffic_fall)
        return;
    seen->traffic_fall = part;
    seen->fall = at;
    seen->moved = true;
}

static void see_signal(const struct rca_facts *f, size_t at, struct rca_seen *seen, double *same)
{
    const struct rca_signal *s = &f->in->signals[at];
    enum rca_kind kind = s->m.kind;
    double z = rca_facts_z(f, s), fine = s->shift.z_fine * (s->shift.z > 0 ? z / s->shift.z : 0);

    if (kind == RCA_TRAFFIC) {
        if (s->shift.direction < 0) { /* fewer requests are a consequence, more often than not */
            see_fall(s, at, seen);
            return;
        }
    }
    if (s->m.in_flight) {
        seen->in_flight = fmax(seen->in_flight, rca_strength(z));
        seen->moved |= z > 1;
        kind = RCA_OTHER;
    }
    seen->measured |= rca_is_symptom(kind) && !s->m.caller_view;
    if (strcmp(s->metric, f->in->alert_metric) == 0)
        *same = fmax(*same, rca_strength(z));
    seen->kind[kind] = fmax(seen->kind[kind], rca_strength(z));
    if (z > 0 && fine > seen->best_fine[kind]) {
        seen->best_fine[kind] = fine;
        seen->best[kind] = at;
    }
    seen->moved |= z > 1;
}

/* The alert's own metric tells most of its kind; below 0 it is not measured. */
static double of_kind(const struct rca_input *in, double most, double same)
{
    return rca_is_symptom(in->alert_kind) && same >= 0
               ? SAME_METRIC * same + (1 - SAME_METRIC) * most
               : most;
}

static void sum_symptoms(const struct rca_input *in, struct rca_seen *seen, double same)
{
    enum rca_kind alert = in->alert_kind;

    if (rca_is_symptom(alert))
        seen->kind[alert] = of_kind(in, seen->kind[alert], same);
    seen->worst = SIZE_MAX;
    for (int k = 0; k < RCA_SKIP; k++) {
        if (!rca_is_symptom((enum rca_kind)k))
            continue;
        if (rca_is_symptom(alert) ? (enum rca_kind)k == alert : seen->kind[k] > seen->symptom) {
            seen->symptom = seen->kind[k];
            seen->worst = seen->best[k];
        }
    }
    for (int k = 0; k < RCA_SKIP; k++) {
        if (rca_is_symptom((enum rca_kind)k) && seen->kind[k] != seen->symptom)
            seen->other_symptom = fmax(seen->other_symptom, seen->kind[k]);
    }
}

static void index_signals(struct rca_facts *f)
{
    const struct rca_input *in = f->in;
    size_t *fill = xcalloc(in->service_count + 2, sizeof(*fill));

    f->first_signal = xcalloc(in->service_count + 2, sizeof(*f->first_signal));
    f->signals_of = xcalloc(in->signal_count + 1, sizeof(*f->signals_of));
    for (size_t i = 0; i < in->signal_count; i++)
        f->first_signal[in->signals[i].service + 1]++;
    for (size_t i = 0; i < in->service_count; i++)
        f->first_signal[i + 1] += f->first_signal[i];
    memcpy(fill, f->first_signal, (in->service_count + 1) * sizeof(*fill));
    for (size_t i = 0; i < in->signal_count; i++)
        f->signals_of[fill[in->signals[i].service]++] = i;
    free(fill);
}

/* What a handful of requests shows is chance more often than not. */
static double few_requests(const struct rca_facts *f, const struct rca_seen *s)
{
    double n;

    if (!s->request_metric)
        return 0;
    n = requests_a_sample(f, s);
    return n < ENOUGH ? 0.5 * log(fmax(n, 0.1) / ENOUGH) : 0;
}

static double rise_of(const struct rca_input *in, const struct rca_seen *seen)
{
    if (seen->worst == SIZE_MAX || seen->symptom < RISEN)
        return 0;
    return log1p(fmin(in->signals[seen->worst].shift.rel, RISE_MOST));
}

static void see_all(struct rca_facts *f)
{
    const struct rca_input *in = f->in;
    double *same = xcalloc(in->service_count + 1, sizeof(*same));

    for (size_t i = 0; i < in->service_count; i++) {
        same[i] = -1;
        for (int k = 0; k < RCA_KINDS; k++)
            f->seen[i].best[k] = SIZE_MAX;
    }
    for (size_t i = 0; i < in->signal_count; i++) {
        if (in->signals[i].m.kind == RCA_TRAFFIC)
            see_traffic(&in->signals[i], &f->seen[in->signals[i].service]);
    }
    for (size_t i = 0; i < in->signal_count; i++)
        see_signal(f, i, &f->seen[in->signals[i].service], &same[in->signals[i].service]);
    for (size_t i = 0; i < in->service_count; i++) {
        if (!f->seen[i].request_metric)
            f->seen[i].traffic_rise = f->seen[i].bytes_rise;
        f->most_requests = fmax(f->most_requests, f->seen[i].requests_now);
        for (int k = 0; k < RCA_SKIP; k++) {
            if (rca_is_symptom((enum rca_kind)k))
                f->seen[i].kind[k] = fmax(0, f->seen[i].kind[k] + few_requests(f, &f->seen[i]));
        }
        if (same[i] > 0)
            same[i] = fmax(0, same[i] + few_requests(f, &f->seen[i]));
        sum_symptoms(in, &f->seen[i], same[i]);
        f->seen[i].rise = rise_of(in, &f->seen[i]);
        f->most_rise = fmax(f->most_rise, f->seen[i].rise);
    }
    free(same);
}

double rca_complaint(const struct rca_facts *f, size_t service, double most, double same)
{
    double few;

    if (service == SIZE_MAX)
        return 0;
    few = few_requests(f, &f->seen[service]);
    return of_kind(f->in, fmax(0, most + few), same > 0 ? fmax(0, same + few) : same);
}

/* Who calls whom. */

static void link_add(struct rca_links *l, size_t service)
{
    for (size_t i = 0; i < l->count; i++) {
        if (l->items[i] == service)
            return;
    }
    if ((l->count & (l->count + 1)) == 0 || !l->items)
        l->items = xrealloc(l->items, (2 * l->count + 2) * sizeof(*l->items));
    l->items[l->count++] = service;
}

static bool waits(const struct topo_edge *e)
{
    return strcmp(e->type, "async") != 0 && strcmp(e->type, "event") != 0 &&
           strcmp(e->type, "publish") != 0 && strcmp(e->type, "queue") != 0;
}

/* Callees of a node, through nodes that nobody measures. `calls` is by node. */
static void link_node(struct rca_facts *f, const struct rca_links *calls, size_t service,
                      size_t node, int depth)
{
    for (size_t i = 0; i < calls[node].count; i++) {
        size_t to = calls[node].items[i], callee = f->service_of_node[to];

        if (callee == service)
            continue;
        if (callee != SIZE_MAX && f->seen[callee].measured) {
            link_add(&f->callees[service], callee);
            continue;
        }
        if (callee != SIZE_MAX)
            link_add(&f->silent[service], callee);
        if (depth < PASS_MAX)
            link_node(f, calls, service, to, depth + 1);
    }
}

static void link_senders(struct rca_facts *f)
{
    const struct topology *t = f->in->topology;

    for (size_t i = 0; i < t->edge_count; i++) {
        size_t from = f->service_of_node[t->edges[i].from], to = f->service_of_node[t->edges[i].to];

        if (from != SIZE_MAX && to != SIZE_MAX && from != to)
            link_add(&f->senders[to], from);
    }
}

/* Calls that were guessed: whose symptoms nobody measures has none. */
static void link_guesses(struct rca_facts *f)
{
    for (size_t i = 0; i < f->in->guess_count; i++) {
        const struct rca_call *c = &f->in->guesses[i];

        if (f->seen[c->callee].measured)
            link_add(&f->callees[c->caller], c->callee);
    }
}

/* Hops from the alerting service over calls that wait, breadth first. `calls` is by node. */
static void walk(struct rca_facts *f, const struct rca_links *calls)
{
    const struct rca_input *in = f->in;
    size_t count = in->topology->count, *todo, head = 0, tail = 0;

    if (in->alert_service == SIZE_MAX || in->services[in->alert_service].node == SIZE_MAX)
        return;
    f->hops = xcalloc(count + 1, sizeof(*f->hops));
    todo = xcalloc(count + 1, sizeof(*todo));
    for (size_t i = 0; i < count; i++)
        f->hops[i] = -1;
    todo[tail++] = in->services[in->alert_service].node;
    f->hops[todo[0]] = 0;
    while (head < tail) {
        size_t at = todo[head++];

        for (size_t i = 0; i < calls[at].count; i++) {
            size_t to = calls[at].items[i];

            if (f->hops[to] >= 0)
                continue;
            f->hops[to] = f->hops[at] + 1;
            todo[tail++] = to;
        }
    }
    free(todo);
}

static void link_all(struct rca_facts *f)
{
    const struct topology *t = f->in->topology;
    struct rca_links *calls = xcalloc(t->count + 1, sizeof(*calls));

    for (size_t i = 0; i < t->edge_count; i++) {
        if (waits(&t->edges[i]))
            link_add(&calls[t->edges[i].from], t->edges[i].to);
    }
    for (size_t i = 0; i < f->in->service_count; i++) {
        if (f->in->services[i].node != SIZE_MAX)
            link_node(f, calls, i, f->in->services[i].node, 1);
    }
    walk(f, calls);
    for (size_t i = 0; i < t->count; i++)
        free(calls[i].items);
    free(calls);
}

int rca_hops_of(const struct rca_facts *f, size_t service)
{
    size_t node = f->in->services[service].node;

    return f->hops && node != SIZE_MAX ? f->hops[node] : -1;
}

bool rca_unreached(const struct rca_facts *f, size_t service)
{
    return f->hops && rca_hops_of(f, service) < 0 &&
           !(f->in->partial && f->in->services[service].node == SIZE_MAX);
}

double rca_seen_total(const struct rca_seen *s)
{
    return s->symptom + 0.3 * (s->other_symptom + s->kind[RCA_SATURATION]);
}

/* When the services with the strongest shifts began to move. */
static void find_first(struct rca_facts *f)
{
    double most = 0;

    for (size_t i = 0; i < f->in->service_count; i++)
        most = fmax(most, rca_seen_total(&f->seen[i]));
    f->first_onset = INT64_MAX;
    for (size_t i = 0; i < f->in->service_count; i++) {
        const struct rca_seen *s = &f->seen[i];
        size_t at = s->worst != SIZE_MAX ? s->worst : s->best[RCA_SATURATION];

        if (at != SIZE_MAX && most > 0 && rca_seen_total(s) >= most / 2 &&
            f->in->signals[at].shift.onset_ms < f->first_onset)
            f->first_onset = f->in->signals[at].shift.onset_ms;
    }
}

struct rca_facts *rca_facts_new(const struct rca_input *in)
{
    struct rca_facts *f = xcalloc(1, sizeof(*f));

    f->in = in;
    f->seen = xcalloc(in->service_count + 1, sizeof(*f->seen));
    f->callees = xcalloc(in->service_count + 1, sizeof(*f->callees));
    f->silent = xcalloc(in->service_count + 1, sizeof(*f->silent));
    f->senders = xcalloc(in->service_count + 1, sizeof(*f->senders));
    index_signals(f);
    see_all(f);
    if (in->topology) {
        f->service_of_node = xcalloc(in->topology->count + 1, sizeof(*f->service_of_node));
        for (size_t i = 0; i < in->topology->count; i++)
            f->service_of_node[i] = SIZE_MAX;
        for (size_t i = in->service_count; i-- > 0;) {
            if (in->services[i].node != SIZE_MAX)
                f->service_of_node[in->services[i].node] = i;
        }
        link_all(f);
        link_senders(f);
    } else {
        link_guesses(f);
    }
    find_first(f);
    return f;
}

void rca_facts_free(struct rca_facts *f)
{
    for (size_t i = 0; f && i < f->in->service_count; i++) {
        free(f->callees[i].items);
        free(f->silent[i].items);
        free(f->senders[i].items);
    }
    if (f) {
        free(f->callees);
        free(f->silent);
        free(f->senders);
        free(f->seen);
        free(f->service_of_node);
        free(f->hops);
        free(f->signals_of);
        free(f->first_signal);
    }
    free(f);
}
