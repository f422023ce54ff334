/* rca_features.c - see rca_features.h. */
#include "rca_features.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "runbook/base/mem.h"

#define Z_MOST 200.0    /* further than this is not more certain */
#define CALLER_VIEW 0.5 /* of a shift that the caller measured */
#define SAME_METRIC 0.7 /* share of the alert's own metric within its kind */
#define LOAD_RISE 0.5
#define LOAD_SLACK 1.5
#define PASS_MAX 4    /* nodes without data that are looked through */
#define PEAK_MOST 3.7 /* log of z 40 */
#define TRICKLE 0.02
#define SHOWN 1.1       /* log of z 3: a complaint stands */
#define SYMPTOM_MIN 0.7 /* log of z 2: a service shows a symptom */
#define NEAR_CAUSE                                                                                 \
    0.8 /* a resource is nearer to the cause than the symptom that is complained of */
#define FAR_KIND 0.15
#define LATE_MIN_MS 60000
#define LATE_STEPS 3

/* What one service showed, per kind. */
struct seen {
    double kind[RCA_KINDS]; /* log of z */
    size_t best[RCA_KINDS]; /* signal; SIZE_MAX: none */
    double best_fine[RCA_KINDS];
    double symptom, other_symptom; /* of the alert's kind, of another */
    size_t worst;                  /* the signal that `symptom` is told by */
    bool measured;                 /* has symptoms of its own that could have moved */
    double in_flight;              /* log of z: what waits there */
    double traffic_rise;           /* relative */
    double bytes_rise;             /* of network bytes, for want of requests */
    double requests_now;           /* a second, after */
    double requests;               /* a second, before; 0: unknown */
    const char *request_metric;
    bool moved, sees_bytes;
};

struct links { /* neighbours of a service over calls that wait, through nodes without data */
    size_t *items;
    size_t count;
};

struct rca_facts {
    const struct rca_input *in;
    struct seen *seen;
    struct links *callees; /* with symptoms that are measured */
    struct links *silent;  /* callees whose symptoms nobody measures */
    struct links *senders; /* who sends it requests, whether or not it waits */
    size_t *service_of_node;
    int *hops; /* from the alerting service by node; NULL: not known */
    int64_t first_onset;
    double most_requests; /* of one service */
};

static double strength(double z)
{
    return z > 1 ? log(fmin(z, Z_MOST)) : 0;
}

/* A change too small to matter counts less, however certain it is. */
static double weight_z(const struct rca_signal *s)
{
    double z = rca_shift_z(&s->shift) * (s->m.caller_view ? CALLER_VIEW : 1);
    double matters = s->m.min_rel > 0 ? s->shift.rel / s->m.min_rel : 1;

    return matters < 1 ? z * matters * matters : z;
}

static bool is_symptom(enum rca_kind kind)
{
    return kind == RCA_LATENCY || kind == RCA_ERRORS || kind == RCA_AVAILABILITY;
}

static void see_traffic(const struct rca_signal *s, struct seen *seen)
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

static void see_signal(const struct rca_input *in, size_t at, struct seen *seen, double *same)
{
    const struct rca_signal *s = &in->signals[at];
    enum rca_kind kind = s->m.kind;
    double z = weight_z(s), fine = s->shift.z_fine * (s->shift.z > 0 ? z / s->shift.z : 0);

    if (kind == RCA_TRAFFIC) {
        see_traffic(s, seen);
        if (s->shift.direction < 0)
            return; /* fewer requests are a consequence */
    }
    if (s->m.in_flight) {
        seen->in_flight = fmax(seen->in_flight, strength(z));
        seen->moved |= z > 1;
        kind = RCA_OTHER;
    }
    seen->measured |= is_symptom(kind) && !s->m.caller_view;
    if (strcmp(s->metric, in->alert_metric) == 0)
        *same = fmax(*same, strength(z));
    seen->kind[kind] = fmax(seen->kind[kind], strength(z));
    if (z > 0 && fine > seen->best_fine[kind]) {
        seen->best_fine[kind] = fine;
        seen->best[kind] = at;
    }
    seen->moved |= z > 1;
}

static void sum_symptoms(const struct rca_input *in, struct seen *seen, double same)
{
    enum rca_kind alert = in->alert_kind;

    if (is_symptom(alert) && same >= 0)
        seen->kind[alert] = SAME_METRIC * same + (1 - SAME_METRIC) * seen->kind[alert];
    seen->worst = SIZE_MAX;
    for (int k = 0; k < RCA_SKIP; k++) {
        if (!is_symptom((enum rca_kind)k))
            continue;
        if (is_symptom(alert) ? (enum rca_kind)k == alert : seen->kind[k] > seen->symptom) {
            seen->symptom = seen->kind[k];
            seen->worst = seen->best[k];
        }
    }
    for (int k = 0; k < RCA_SKIP; k++) {
        if (is_symptom((enum rca_kind)k) && seen->kind[k] != seen->symptom)
            seen->other_symptom = fmax(seen->other_symptom, seen->kind[k]);
    }
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
    for (size_t i = 0; i < in->signal_count; i++)
        see_signal(in, i, &f->seen[in->signals[i].service], &same[in->signals[i].service]);
    for (size_t i = 0; i < in->service_count; i++) {
        if (!f->seen[i].request_metric)
            f->seen[i].traffic_rise = f->seen[i].bytes_rise;
        f->most_requests = fmax(f->most_requests, f->seen[i].requests_now);
        sum_symptoms(in, &f->seen[i], same[i]);
    }
    free(same);
}

/* Who calls whom. */

static void link_add(struct links *l, size_t service)
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
static void link_node(struct rca_facts *f, const struct links *calls, size_t service, size_t node,
                      int depth)
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

static void link_all(struct rca_facts *f)
{
    const struct topology *t = f->in->topology;
    struct links *calls = xcalloc(t->count + 1, sizeof(*calls));

    for (size_t i = 0; i < t->edge_count; i++) {
        if (waits(&t->edges[i]))
            link_add(&calls[t->edges[i].from], t->edges[i].to);
    }
    for (size_t i = 0; i < f->in->service_count; i++) {
        if (f->in->services[i].node != SIZE_MAX)
            link_node(f, calls, i, f->in->services[i].node, 1);
    }
    for (size_t i = 0; i < t->count; i++)
        free(calls[i].items);
    free(calls);
}

/* Hops from the alerting service over calls. */
static void walk(struct rca_facts *f)
{
    const struct rca_input *in = f->in;

    if (in->alert_service == SIZE_MAX || in->services[in->alert_service].node == SIZE_MAX)
        return;
    f->hops = xcalloc(in->topology->count + 1, sizeof(*f->hops));
    topology_hops(in->topology, in->services[in->alert_service].node, TOPO_CALLEES,
                  (int)in->topology->count, f->hops);
}

static int hops_of(const struct rca_facts *f, size_t service)
{
    size_t node = f->in->services[service].node;

    return f->hops && node != SIZE_MAX ? f->hops[node] : -1;
}

static double total_of(const struct seen *s)
{
    return s->symptom + 0.3 * (s->other_symptom + s->kind[RCA_SATURATION]);
}

/* When the services with the strongest shifts began to move. */
static void find_first(struct rca_facts *f)
{
    double most = 0;

    for (size_t i = 0; i < f->in->service_count; i++)
        most = fmax(most, total_of(&f->seen[i]));
    f->first_onset = INT64_MAX;
    for (size_t i = 0; i < f->in->service_count; i++) {
        const struct seen *s = &f->seen[i];
        size_t at = s->worst != SIZE_MAX ? s->worst : s->best[RCA_SATURATION];

        if (at != SIZE_MAX && most > 0 && total_of(s) >= most / 2 &&
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
        walk(f);
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
    }
    free(f);
}

/* Explanations. */

/* The callee whose symptom is strongest. */
static size_t worst_callee(const struct rca_facts *f, size_t service)
{
    size_t best = SIZE_MAX;

    for (size_t i = 0; i < f->callees[service].count; i++) {
        size_t c = f->callees[service].items[i];

        if (best == SIZE_MAX || f->seen[c].symptom > f->seen[best].symptom)
            best = c;
    }
    return best;
}

static double ratio(double part, double whole)
{
    return whole > 0 ? fmin(fmax(part / whole, 0), 1) : 0;
}

/* The largest change of this metric at a service, in its own unit. */
static double change_of(const struct rca_facts *f, size_t service, const struct rca_signal *like)
{
    const struct rca_signal *best = NULL;

    for (size_t i = 0; i < f->in->signal_count; i++) {
        const struct rca_signal *s = &f->in->signals[i];

        if (s->service == service && s->m.kind == like->m.kind && weight_z(s) > 1 &&
            strcmp(s->metric, like->metric) == 0 && (!best || weight_z(s) > weight_z(best)))
            best = s;
    }
    return best ? fabs(best->shift.after - best->shift.before) : 0;
}

/* Counterfactual: how much of the change would be gone if the callees had not changed? Calls a
 * request are told by the request rates, at most one (calls run side by side, others call too). */
static double explained_share(const struct rca_facts *f, size_t service)
{
    const struct seen *s = &f->seen[service];
    const struct rca_signal *own;
    double sum = 0;

    if (s->worst == SIZE_MAX)
        return 0;
    own = &f->in->signals[s->worst];
    for (size_t i = 0; i < f->callees[service].count; i++) {
        const struct seen *c = &f->seen[f->callees[service].items[i]];
        double calls = 1;

        if (s->requests > 0 && c->requests > 0 && s->request_metric && c->request_metric &&
            strcmp(s->request_metric, c->request_metric) == 0 &&
            !(own->m.kind == RCA_ERRORS && own->m.counter))
            calls = fmin(1, c->requests / s->requests);
        sum += calls * change_of(f, f->callees[service].items[i], own);
    }
    return ratio(sum, fabs(own->shift.after - own->shift.before));
}

/* All that the service uses more of rose no more than its requests did. */
static bool follows_load(const struct rca_facts *f, size_t service)
{
    const struct seen *seen = &f->seen[service];

    if (seen->traffic_rise < LOAD_RISE)
        return false;
    for (size_t i = 0; i < f->in->signal_count; i++) {
        const struct rca_signal *s = &f->in->signals[i];

        if (s->service == service && s->m.kind == RCA_SATURATION && !s->m.in_flight &&
            weight_z(s) > 3 && s->shift.rel > LOAD_SLACK * seen->traffic_rise)
            return false;
    }
    return seen->kind[RCA_SATURATION] > 0;
}

/* Requests rose further than those of anybody who sends it some; of senders that nobody measures
 * nothing is known. */
static bool load_is_its_own(const struct rca_facts *f, size_t service)
{
    const struct links *from = &f->senders[service];
    bool known = f->in->topology && from->count == 0;

    for (size_t i = 0; i < from->count; i++) {
        const struct seen *s = &f->seen[from->items[i]];

        if (s->traffic_rise * LOAD_SLACK >= f->seen[service].traffic_rise)
            return false;
        known |= s->request_metric || s->sees_bytes;
    }
    return known && f->seen[service].traffic_rise > 0;
}

/* Which services would feel it: marks all that wait for `service`, directly or not. */
static void mark_callers(const struct rca_facts *f, size_t service, bool *marked)
{
    bool more = true;

    while (more) {
        more = false;
        for (size_t i = 0; i < f->in->service_count; i++) {
            for (size_t k = 0; !marked[i] && k < f->callees[i].count + f->silent[i].count; k++) {
                size_t c = k < f->callees[i].count ? f->callees[i].items[k]
                                                   : f->silent[i].items[k - f->callees[i].count];

                if (i != service && (c == service || marked[c]))
                    more = marked[i] = true;
            }
        }
    }
}

static double explains(const struct rca_facts *f, size_t service)
{
    bool *marked = xcalloc(f->in->service_count + 1, sizeof(*marked));
    double part = 0, whole = 0;

    mark_callers(f, service, marked);
    for (size_t i = 0; i < f->in->service_count; i++) {
        if (i == service || f->seen[i].symptom < SYMPTOM_MIN)
            continue;
        whole += f->seen[i].symptom;
        part += marked[i] ? f->seen[i].symptom : 0;
    }
    free(marked);
    return ratio(part, whole);
}

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
static void choose_signals(const struct rca_facts *f, const struct seen *seen,
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
            strcmp(s->metric, first->metric) == 0 || weight_z(s) < 3)
            continue;
        if (best == SIZE_MAX || s->shift.z_fine > in->signals[best].shift.z_fine)
            best = i;
    }
    if (best != SIZE_MAX)
        c->signals[c->signal_count++] = best;
}

/* What tells that a service is in trouble whose symptoms nobody measures. */
static double silent_evidence(const struct rca_facts *f, size_t service)
{
    const struct seen *s = &f->seen[service];
    double most = fmax(s->in_flight, 0.5 * s->kind[RCA_OTHER]);

    if (load_is_its_own(f, service))
        return fmax(most, fmax(s->kind[RCA_SATURATION], s->kind[RCA_TRAFFIC]));
    return follows_load(f, service) ? most : fmax(most, s->kind[RCA_SATURATION]);
}

static void explain(const struct rca_facts *f, const struct seen *s, struct rca_candidate *c)
{
    size_t worst = worst_callee(f, c->service);

    if (worst != SIZE_MAX && s->symptom > 0) {
        c->x[RCA_X_CALLEE] = ratio(f->seen[worst].symptom, s->symptom);
        c->x[RCA_X_SHARE] = explained_share(f, c->service);
        if (c->x[RCA_X_CALLEE] >= 0.6 || c->x[RCA_X_SHARE] >= 0.6)
            c->explained_by = worst;
    }
    for (size_t i = 0; i < f->silent[c->service].count && s->symptom > 0; i++) {
        size_t callee = f->silent[c->service].items[i];
        double r = silent_evidence(f, callee);

        if (ratio(r, s->symptom) > c->x[RCA_X_CALLEE_RES]) {
            c->x[RCA_X_CALLEE_RES] = ratio(r, s->symptom);
            if (c->x[RCA_X_CALLEE_RES] >= 0.6 && c->explained_by == SIZE_MAX)
                c->explained_by = callee;
        }
    }
}

/* So few requests, beside those of others, that twice as many hurt nobody. */
static bool is_trickle(const struct rca_facts *f, const struct seen *s)
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

bool rca_facts_candidate(const struct rca_facts *f, size_t service, struct rca_candidate *c)
{
    const struct seen *s = &f->seen[service];
    bool own_load;

    memset(c, 0, sizeof(*c));
    c->service = service;
    c->explained_by = SIZE_MAX;
    c->hops = hops_of(f, service);
    if (!s->moved)
        return false;
    own_load = load_is_its_own(f, service);
    c->load = follows_load(f, service) && !own_load;
    choose_signals(f, s, c);
    add_second_metric(f->in, c);
    c->strength = total_of(s);
    c->x[RCA_X_SYMPTOM] = s->symptom;
    c->x[RCA_X_OTHER_KIND] = s->other_symptom;
    c->x[RCA_X_RESOURCE] = c->load ? 0 : s->kind[RCA_SATURATION];
    c->x[RCA_X_TRAFFIC] = own_load && !is_trickle(f, s) ? s->kind[RCA_TRAFFIC] : 0;
    c->x[RCA_X_LEVEL] = fmax(s->in_flight, s->kind[RCA_OTHER]);
    explain(f, s, c);
    c->x[RCA_X_EXPLAINS] = explains(f, service);
    c->x[RCA_X_UNREACHED] = f->hops && c->hops < 0;
    c->x[RCA_X_OBSERVER] = f->in->services[service].observer;
    c->x[RCA_X_LATE] = lateness(f, c);
    c->x[RCA_X_ALERTING] = service == f->in->alert_service;
    c->x[RCA_X_BY_LOAD] = c->load;
    c->x[RCA_X_SILENT] = !s->measured;
    if (!f->hops && c->x[RCA_X_ALERTING])
        c->x[RCA_X_PERHAPS] = ratio(worst_other(f, service), s->symptom);
    return true;
}

/* Is what the alert is about measured at the alerting service itself? */
static bool can_complain(const struct rca_facts *f)
{
    const struct rca_input *in = f->in;

    for (size_t i = 0; i < in->signal_count; i++) {
        const struct rca_signal *s = &in->signals[i];

        if (s->service == in->alert_service && !s->m.caller_view &&
            (is_symptom(in->alert_kind) ? s->m.kind == in->alert_kind : is_symptom(s->m.kind)))
            return true;
    }
    return false;
}

void rca_facts_global(const struct rca_facts *f, double g[RCA_GLOBALS], double *ret_peak)
{
    const struct rca_input *in = f->in;
    size_t peak_service = SIZE_MAX;
    double peak = 0, second = 0;

    memset(g, 0, RCA_GLOBALS * sizeof(*g));
    for (size_t i = 0; i < in->signal_count; i++) {
        const struct rca_signal *s = &in->signals[i];
        double z =
            s->m.kind == RCA_TRAFFIC || s->m.kind == RCA_OTHER || s->m.in_flight ? 0 : weight_z(s);

        if (f->hops && hops_of(f, s->service) < 0)
            continue;
        if (z > peak) {
            peak = z;
            peak_service = s->service;
        }
    }
    for (size_t i = 0; i < in->service_count; i++) {
        if (i != peak_service && (!f->hops || hops_of(f, i) >= 0))
            second = fmax(second, fmax(f->seen[i].symptom, f->seen[i].kind[RCA_SATURATION]));
    }
    *ret_peak = peak;
    g[RCA_G_PEAK] = fmin(strength(peak), PEAK_MOST);
    g[RCA_G_SECOND] = second;
    g[RCA_G_SERIES] = log1p((double)in->signal_count) / 5;
    g[RCA_G_NAMED] = in->alert_kind != RCA_OTHER;
    if (in->alert_service != SIZE_MAX) {
        g[RCA_G_ALERT] = f->seen[in->alert_service].symptom;
        g[RCA_G_LOAD] = f->seen[in->alert_service].traffic_rise >= LOAD_RISE;
    }
    if (can_complain(f)) /* the complaint does not stand when it stayed where it was */
        g[RCA_G_QUIET] = 1 - fmin(1, f->seen[in->alert_service].symptom / SHOWN);
    else
        g[RCA_G_MUTE] = g[RCA_G_PEAK];
}
