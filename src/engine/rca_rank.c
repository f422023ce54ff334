/* rca_rank.c - see rca_rank.h. The weights are coarse on purpose: they order kinds of knowledge
 * (what moved, who calls whom, who only observes, what load explains), they are not fitted to a
 * system. */
#include "rca_rank.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "runbook/base/mem.h"

#define OTHER_KIND 0.15    /* weight of a kind that the alert is not about */
#define SECOND_KIND 0.3    /* without an alert's kind: of all kinds but the strongest */
#define TRAFFIC_WEIGHT 0.3 /* load is a cause now and then, a consequence often */
#define UNREACHED 0.3      /* the alerting service does not call it, however indirectly */
#define CALLER_VIEW 0.5    /* of a shift that the caller measured */
#define OBSERVER 0.35
#define INHERITED 0.6 /* factor, and the part of its strength that a callee has to have */
#define BY_LOAD 0.4
#define SAME_METRIC 0.7 /* share of the alert's own metric within its kind */
#define LATE 0.85
#define THRESHOLD_ALERT 5.0  /* recorded healthy windows reach 3.8 */
#define THRESHOLD_SEARCH 8.0 /* nobody pointed at a time: more chances for chance */
#define LOAD_RISE 0.5
#define LOAD_SLACK 1.5

/* What one service showed, per kind. */
struct seen {
    double kind[RCA_KINDS]; /* weighted strength */
    double total;
    double traffic_rise;
    size_t best[RCA_KINDS]; /* signal; SIZE_MAX: none */
    double best_fine[RCA_KINDS];
    int64_t onset_ms;
};

static double strength(double z)
{
    return z > 1 ? log(z) : 0; /* log1p(z - 1) */
}

static bool matters(const struct rca_signal *s)
{
    return s->shift.rel >= s->m.min_rel && s->shift.z > 0;
}

static double kind_weight(const struct rca_input *in, enum rca_kind kind)
{
    double w = kind == RCA_TRAFFIC ? TRAFFIC_WEIGHT : 1.0;

    if (kind == RCA_OTHER)
        w = 0.5;
    if (in->alert_kind != RCA_OTHER && kind != in->alert_kind)
        w *= OTHER_KIND;
    return w;
}

/* Within a kind: the strongest series, and the alert's own metric when the service has it. */
static void gather_kind(const struct rca_input *in, size_t service, enum rca_kind kind,
                        struct seen *seen)
{
    double most = 0, same = -1;

    seen->best[kind] = SIZE_MAX;
    for (size_t i = 0; i < in->signal_count; i++) {
        const struct rca_signal *s = &in->signals[i];
        double z = matters(s) ? s->shift.z : 0;

        if (s->m.caller_view)
            z *= CALLER_VIEW;

        if (s->service != service || s->m.kind != kind)
            continue;
        if (kind == RCA_TRAFFIC && s->shift.direction > 0 && s->shift.z > 3)
            seen->traffic_rise = fmax(seen->traffic_rise, s->shift.rel);
        if (kind == RCA_TRAFFIC && s->shift.direction < 0)
            z = 0; /* fewer requests are a consequence */
        if (strcmp(s->metric, in->alert_metric) == 0)
            same = fmax(same, z);
        if (z > most)
            most = z;
        if (z > 0 && s->shift.z_fine > seen->best_fine[kind]) {
            seen->best_fine[kind] = s->shift.z_fine;
            seen->best[kind] = i;
        }
    }
    seen->kind[kind] = same >= 0 ? SAME_METRIC * strength(same) + (1 - SAME_METRIC) * strength(most)
                                 : strength(most);
    seen->kind[kind] *= kind_weight(in, kind);
}

static void gather(const struct rca_input *in, size_t service, struct seen *seen)
{
    double rest = in->alert_kind == RCA_OTHER ? SECOND_KIND : 1.0, most = 0, sum = 0;

    memset(seen, 0, sizeof(*seen));
    for (int k = 0; k < RCA_SKIP; k++) {
        gather_kind(in, service, (enum rca_kind)k, seen);
        sum += seen->kind[k];
        most = fmax(most, seen->kind[k]);
    }
    seen->total = most + rest * (sum - most);
}

/* The signals of a service that tell most, one a kind, best first; by weight times how clearly it
 * moved. */
static void choose_signals(const struct rca_input *in, const struct seen *seen,
                           struct rca_candidate *c)
{
    bool used[RCA_KINDS] = {false};

    while (c->signal_count < sizeof(c->signals) / sizeof(c->signals[0])) {
        double best = 0;
        int at = -1;

        for (int k = 0; k < RCA_SKIP; k++) {
            double v = kind_weight(in, (enum rca_kind)k) * strength(seen->best_fine[k]);

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

/* Saturation gives itself away within a kind by metric: cpu and memory are one kind, so the second
 * metric of the strongest kind is evidence too. */
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
            strcmp(s->metric, first->metric) == 0 || !matters(s) || s->shift.z < 3)
            continue;
        if (best == SIZE_MAX || s->shift.z_fine > in->signals[best].shift.z_fine)
            best = i;
    }
    if (best != SIZE_MAX)
        c->signals[c->signal_count++] = best;
}

static size_t service_of_node(const struct rca_input *in, size_t node)
{
    for (size_t i = 0; i < in->service_count; i++) {
        if (in->services[i].node == node)
            return i;
    }
    return SIZE_MAX;
}

/* The callee that moved most, when it moved about as much as the service itself. */
static size_t explaining_callee(const struct rca_input *in, const struct seen *seen, size_t service)
{
    const struct topo_node *n;
    size_t best = SIZE_MAX;
    double most = INHERITED * seen[service].total;

    if (!in->topology || in->services[service].node == SIZE_MAX || seen[service].total <= 0)
        return SIZE_MAX;
    n = &in->topology->nodes[in->services[service].node];
    for (size_t i = 0; i < n->callee_count; i++) {
        size_t callee = service_of_node(in, n->callees[i]);

        if (callee != SIZE_MAX && seen[callee].total >= most) {
            most = seen[callee].total;
            best = callee;
        }
    }
    return best;
}

/* Time, errors and refusals spread to callers; use of a resource does not. */
static bool inherits(const struct rca_input *in, const struct rca_candidate *c)
{
    enum rca_kind kind = c->signal_count ? in->signals[c->signals[0]].m.kind : RCA_OTHER;

    return kind == RCA_LATENCY || kind == RCA_ERRORS || kind == RCA_AVAILABILITY;
}

/* All that the service uses more of rose no more than its requests did. */
static bool follows_load(const struct rca_input *in, const struct seen *seen,
                         const struct rca_candidate *c)
{
    if (c->signal_count == 0 || seen->traffic_rise < LOAD_RISE ||
        in->signals[c->signals[0]].m.kind != RCA_SATURATION)
        return false;
    for (size_t i = 0; i < in->signal_count; i++) {
        const struct rca_signal *s = &in->signals[i];

        if (s->service == c->service && s->m.kind == RCA_SATURATION && matters(s) &&
            s->shift.z > 3 && s->shift.rel > LOAD_SLACK * seen->traffic_rise)
            return false;
    }
    return true;
}

static double factors(const struct rca_input *in, const struct seen *seen, struct rca_candidate *c,
                      bool walked, int64_t first_onset)
{
    const struct rca_service *s = &in->services[c->service];
    double f = 1;

    if (walked && c->hops < 0)
        f *= UNREACHED;
    if (s->observer)
        f *= OBSERVER;
    c->explained_by = inherits(in, c) ? explaining_callee(in, seen, c->service) : SIZE_MAX;
    if (c->explained_by != SIZE_MAX)
        f *= INHERITED;
    c->load = follows_load(in, &seen[c->service], c);
    if (c->load)
        f *= BY_LOAD;
    if (c->signal_count && in->signals[c->signals[0]].shift.onset_ms >
                               first_onset + (in->step_ms * 3 > 60000 ? in->step_ms * 3 : 60000))
        f *= LATE;
    return f;
}

/* Hops from the alerting service over calls; NULL when there is nothing to walk. */
static int *walk(const struct rca_input *in)
{
    int *hops;

    if (!in->topology || in->alert_service == SIZE_MAX ||
        in->services[in->alert_service].node == SIZE_MAX)
        return NULL;
    hops = xcalloc(in->topology->count + 1, sizeof(*hops));
    topology_hops(in->topology, in->services[in->alert_service].node, TOPO_CALLEES,
                  (int)in->topology->count, hops);
    return hops;
}

static int hops_of(const struct rca_input *in, const int *hops, size_t service)
{
    size_t node = in->services[service].node;

    return hops && node != SIZE_MAX ? hops[node] : -1;
}

static int by_score(const void *a, const void *b)
{
    const struct rca_candidate *x = a, *y = b;

    if (x->score != y->score)
        return x->score < y->score ? 1 : -1;
    return (x->service > y->service) - (x->service < y->service);
}

static double peak_of(const struct rca_input *in, const int *hops)
{
    double peak = 0;

    for (size_t i = 0; i < in->signal_count; i++) {
        const struct rca_signal *s = &in->signals[i];

        if (s->m.kind == RCA_TRAFFIC || s->m.kind == RCA_OTHER || !matters(s))
            continue;
        if (!hops || hops_of(in, hops, s->service) >= 0)
            peak = fmax(peak, s->shift.z);
    }
    return peak;
}

/* When the services with the strongest shifts began to move. */
static int64_t first_onset(const struct rca_input *in, const struct rca_candidate *c, size_t count)
{
    int64_t first = INT64_MAX;
    double most = 0;

    for (size_t i = 0; i < count; i++)
        most = fmax(most, c[i].strength);
    for (size_t i = 0; i < count; i++) {
        if (c[i].signal_count && c[i].strength >= most / 2) {
            int64_t t = in->signals[c[i].signals[0]].shift.onset_ms;

            first = t < first ? t : first;
        }
    }
    return first == INT64_MAX ? 0 : first;
}

void rca_rank(const struct rca_input *in, struct rca_ranking *ret)
{
    struct seen *seen = xcalloc(in->service_count + 1, sizeof(*seen));
    int *hops = walk(in);
    int64_t first;

    memset(ret, 0, sizeof(*ret));
    ret->items = xcalloc(in->service_count + 1, sizeof(*ret->items));
    for (size_t i = 0; i < in->service_count; i++) {
        struct rca_candidate *c = &ret->items[ret->count];

        gather(in, i, &seen[i]);
        if (seen[i].total <= 0)
            continue;
        c->service = i;
        c->strength = seen[i].total;
        c->hops = hops_of(in, hops, i);
        choose_signals(in, &seen[i], c);
        add_second_metric(in, c);
        ret->count++;
    }
    first = first_onset(in, ret->items, ret->count);
    for (size_t i = 0; i < ret->count; i++)
        ret->items[i].score =
            ret->items[i].strength * factors(in, seen, &ret->items[i], hops != NULL, first);
    qsort(ret->items, ret->count, sizeof(*ret->items), by_score);
    ret->peak = peak_of(in, hops);
    ret->threshold = in->alert_ms ? THRESHOLD_ALERT : THRESHOLD_SEARCH;
    ret->anomalous = ret->peak >= ret->threshold;
    free(hops);
    free(seen);
}

double rca_score_unit(double score)
{
    return score > 0 ? score / (score + 1) : 0;
}

bool rca_is_observer(const char *type)
{
    static const char *const types[] = {"remote",   "client", "external", "third-party",
                                        "internet", "user",   NULL};

    for (const char *const *t = types; type && *t; t++) {
        if (strcasecmp(type, *t) == 0)
            return true;
    }
    return false;
}
