/* rca_collect.c - see rca_collect.h. */
#include "rca_collect.h"

#include "rca_twin.h"

#include <ctype.h>
#include <math.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "runbook/base/mem.h"

void rca_collect_init(struct rca_collect *c, struct arena *a)
{
    memset(c, 0, sizeof(*c));
    c->arena = a;
    c->node_of_label = map_new();
    c->node_of_name = map_new();
    c->service_by_name = map_new();
}

void rca_collect_release(struct rca_collect *c)
{
    topology_seen_free(c->calls);
    map_free(c->node_of_label);
    map_free(c->node_of_name);
    map_free(c->service_by_name);
    VEC_EACH (k, &c->kept) {
        free(k->time);
        free(k->requests);
    }
    VEC_RELEASE(&c->kept);
    VEC_RELEASE(&c->services);
    VEC_RELEASE(&c->signals);
    memset(c, 0, sizeof(*c));
}

void rca_collect_topology(struct rca_collect *c, const struct topology *t)
{
    struct buf key = BUF_INIT(4096);

    c->topology = t;
    for (size_t i = 0; i < t->count; i++) {
        map_set_c(c->node_of_name, t->nodes[i].name, (void *)(uintptr_t)(i + 1));
        for (size_t k = 0; k < t->nodes[i].label_count; k++) {
            const struct topo_label *l = &t->nodes[i].labels[k];

            buf_clear(&key);
            buf_addf(&key, "%s=%s", l->name, l->value);
            if (!map_has(c->node_of_label, buf_str(&key)))
                map_set(c->node_of_label, buf_str(&key), (void *)(uintptr_t)(i + 1));
        }
    }
    for (size_t i = 0; i < t->count; i++) /* an id wins over another's name */
        map_set_c(c->node_of_name, t->nodes[i].id, (void *)(uintptr_t)(i + 1));
    buf_release(&key);
}

/* Of requests that succeed, two in a thousand fewer are noticed; of everything else, one percent.
 */
#define AVAILABILITY_FLOOR 0.002

static bool tells_of_calls(const struct rca_metric *m)
{
    return !m->caller_view &&
           (m->kind == RCA_LATENCY || (m->kind == RCA_TRAFFIC && strcmp(m->unit, "count") == 0));
}

bool rca_judge(const struct rca_metric *m, struct prom_labels labels, struct prom_point *points,
               size_t count, const struct rca_window *w, struct arena *traces,
               struct rca_judged *ret)
{
    struct rca_window all = *w;

    ret->trace = NULL;
    all.settled = false;
    ret->labels = labels;
    ret->m = *m;
    rca_metric_refine(labels, &ret->m);
    if (ret->m.kind == RCA_SKIP)
        return false;
    count = rca_finite(points, count);
    if (ret->m.counter && rca_is_monotonic(points, count)) {
        count = rca_rates(points, count, w->step);
        all.events = ret->m.kind == RCA_ERRORS ||
                     (ret->m.kind == RCA_TRAFFIC && strcmp(ret->m.unit, "count") == 0);
    }
    all.floor = ret->m.kind == RCA_AVAILABILITY ? AVAILABILITY_FLOOR : 0;
    if (!rca_shift_score(points, count, &all, ret->m.bad, &ret->whole))
        return false;
    if (traces && tells_of_calls(&ret->m)) {
        ret->trace = arena_array(traces, RCA_TRACE, sizeof(*ret->trace));
        rca_trace_fill(points, count, w, ret->trace);
    }
    ret->shift = ret->whole;
    all.settled = true;
    return !w->pre_until || rca_shift_score(points, count, &all, ret->m.bad, &ret->shift);
}

/* Which node do these labels belong to: the one that most of its own labels name. */
static size_t node_of(const struct rca_collect *c, struct prom_labels labels)
{
    struct buf key = BUF_INIT(4096);
    size_t best = SIZE_MAX, best_hits = 0;

    for (size_t i = 0; i < labels.count; i++) {
        size_t node, hits = 0;

        buf_clear(&key);
        buf_addf(&key, "%s=%s", labels.items[i].name, labels.items[i].value);
        node = (size_t)(uintptr_t)map_get(c->node_of_label, buf_str(&key)) - 1;
        if (node == SIZE_MAX)
            continue;
        for (size_t k = 0; k < c->topology->nodes[node].label_count; k++) {
            const struct topo_label *l = &c->topology->nodes[node].labels[k];
            const char *v = prom_label(labels, l->name);

            hits += v && strcmp(v, l->value) == 0;
        }
        if (hits > best_hits) {
            best_hits = hits;
            best = node;
        }
    }
    buf_release(&key);
    return best;
}

/* Labels that say whose series it is, the most telling first. `copy`: its value names one copy.
 * Sources: OpenTelemetry's resource conventions as Prometheus spells them, Istio's standard
 * metrics, the service graph of OpenTelemetry, kube-state-metrics, cAdvisor, the CloudWatch
 * exporters' dimensions, Prometheus's own. */
static const struct service_label {
    const char *name;
    bool copy;
} service_labels[] = {
    {"destination_workload", false},
    {"destination_service_name", false},
    {"destination_app", false},
    {"service", false},
    {"service_name", false},
    {"app", false},
    {"app_kubernetes_io_name", false},
    {"deployment", false},
    {"statefulset", false},
    {"daemonset", false},
    {"workload", false},
    {"container", false},
    {"container_name", false},
    {"container_label_com_docker_compose_service", false},
    {"pod", true},
    {"pod_name", true},
    {"component", false},
    {"dimension_FunctionName", false},
    {"dimension_TableName", false},
    {"dimension_QueueName", false},
    {"dimension_DBInstanceIdentifier", false},
    {"dimension_CacheClusterId", false},
    {"dimension_ServiceName", false},
    {"dimension_LoadBalancer", false},
    {"name", false}, /* from here on: often whose exporter it is, not whose series */
    {"exported_job", false},
    {"job", false},
    {"instance", true},
};
#define SERVICE_LABELS (sizeof(service_labels) / sizeof(service_labels[0]))
#define CALL_LABELS_MAX 64 /* of a series */

static bool is_hash_char(char c)
{
    return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z');
}

/* The start of the last "-part" when it is `min` to `max` hash characters; 0: it is not. */
static size_t hash_part(const char *name, size_t len, size_t min, size_t max)
{
    size_t at = len;

    while (at > 0 && is_hash_char(name[at - 1]))
        at--;
    return at > 1 && name[at - 1] == '-' && len - at >= min && len - at <= max ? at - 1 : 0;
}

static bool has_digit(const char *name, size_t from, size_t to)
{
    for (; from < to; from++) {
        if (isdigit((unsigned char)name[from]))
            return true;
    }
    return false;
}

size_t rca_short_name(const char *name, bool pod)
{
    size_t len = strlen(name), at, hash;

    if (!pod)
        return len;
    for (at = len; at > 0 && isdigit((unsigned char)name[at - 1]); at--)
        ;
    if (at > 1 && at < len && name[at - 1] == ':')
        return at - 1; /* host:port */
    at = hash_part(name, len, 5, 5);
    hash = at ? hash_part(name, at, 6, 10) : 0;
    if (hash && has_digit(name, hash + 1, at)) /* of a Deployment: replica set, pod */
        return hash;
    for (at = len; at > 0 && isdigit((unsigned char)name[at - 1]); at--)
        ;
    if (at > 1 && at < len && name[at - 1] == '-' && len - at <= 3) /* of a StatefulSet */
        return at - 1;
    at = hash_part(name, len, 5, 5);
    return at && has_digit(name, at + 1, len) ? at : len; /* of a DaemonSet or a Job */
}

/* The two ends of the call that a series is about. False: it is about none. */
static bool call_of(struct prom_labels labels, const char **ret_caller, const char **ret_callee)
{
    struct topo_label l[CALL_LABELS_MAX];
    size_t n = labels.count < CALL_LABELS_MAX ? labels.count : CALL_LABELS_MAX;

    for (size_t i = 0; i < n; i++)
        l[i] = (struct topo_label){labels.items[i].name, labels.items[i].value};
    return topology_call_of_labels(l, n, ret_caller, ret_callee);
}

/* Exporters of tracing write both ends of a call and no other name of a service. */
static const char *service_label(struct rca_collect *c, struct prom_labels labels)
{
    const char *caller, *callee = NULL;

    if (!call_of(labels, &caller, &callee))
        callee = NULL;
    if (callee && prom_label(labels, "client") == caller)
        return callee;
    for (size_t i = 0; i < SERVICE_LABELS; i++) {
        const char *v = prom_label(labels, service_labels[i].name);

        if (callee && strcmp(service_labels[i].name, "name") == 0)
            return callee;
        if (v && *v && strcmp(v, "POD") != 0 && strcmp(v, "unknown") != 0)
            return arena_strndup(c->arena, v, rca_short_name(v, service_labels[i].copy));
    }
    return callee;
}

static void see_call(struct rca_collect *c, struct prom_labels labels)
{
    const char *caller, *callee;

    if (c->topology || !call_of(labels, &caller, &callee))
        return;
    if (!c->calls)
        c->calls = topology_seen_new();
    topology_seen_add(c->calls, caller, callee);
}

const struct topology *rca_collect_calls(struct rca_collect *c)
{
    if (!c->calls)
        return NULL;
    c->topology = topology_seen_finish(c->calls, c->arena);
    c->calls = NULL;
    VEC_EACH (s, &c->services)
        s->node = topology_find(c->topology, s->name);
    return c->topology;
}

/* For nodes that name no labels: a telling label whose value is the node's id or name. */
static size_t node_by_name(const struct rca_collect *c, struct prom_labels labels)
{
    size_t node = SIZE_MAX;

    for (size_t i = 0; i < SERVICE_LABELS && node == SIZE_MAX; i++) {
        const char *v = prom_label(labels, service_labels[i].name);

        if (!v || !*v)
            continue;
        node = (size_t)(uintptr_t)map_get_c(c->node_of_name, v) - 1;
        if (node == SIZE_MAX && service_labels[i].copy)
            node = (size_t)(uintptr_t)map_get(c->node_of_name,
                                              (struct str){v, rca_short_name(v, true)}) -
                   1;
    }
    return node;
}

static bool observed(const struct rca_collect *c, struct prom_labels labels, size_t node)
{
    static const char *const names[] = {"service_type", "component_type", "node_type", NULL};
    const char *to = prom_label(labels, "destination_workload");

    if (node != SIZE_MAX && rca_is_observer(c->topology->nodes[node].type))
        return true;
    for (const char *const *n = names; *n; n++) {
        if (rca_is_observer(prom_label(labels, *n)))
            return true;
    }
    /* Istio's names for whatever is outside of the mesh. */
    return to && (strcmp(to, "PassthroughCluster") == 0 || strcmp(to, "BlackHoleCluster") == 0);
}

#define GUESSES_A_SERVICE 8

static void keep(float **trace, double *noise, const float *other)
{
    double n = rca_trace_noise(other);

    if (!isfinite(n) || (*trace && n >= *noise))
        return;
    if (!*trace)
        *trace = xcalloc(RCA_TRACE, sizeof(**trace));
    memcpy(*trace, other, RCA_TRACE * sizeof(**trace));
    *noise = n;
}

static void keep_trace(struct rca_collect *c, size_t service, const struct rca_judged *x)
{
    struct rca_kept *k;

    if (c->topology || !x->trace || service >= RCA_INFER_SERVICES)
        return;
    while (c->kept.count <= service)
        *VEC_PUSH(&c->kept) = (struct rca_kept){0};
    k = &c->kept.items[service];
    if (x->m.kind == RCA_LATENCY)
        keep(&k->time, &k->time_noise, x->trace);
    else
        keep(&k->requests, &k->request_noise, x->trace);
}

size_t rca_collect_guess(struct rca_collect *c, const struct rca_call **ret)
{
    size_t n = c->kept.count, max = GUESSES_A_SERVICE * n, found;
    struct rca_trace *traces = xcalloc(n + 1, sizeof(*traces));
    struct rca_call *calls = arena_array(c->arena, max + 1, sizeof(*calls));

    for (size_t i = 0; i < n; i++) {
        if (!c->services.items[i]
                 .observer) /* a view of another: it moves with it, and calls nobody */
            traces[i] = (struct rca_trace){c->kept.items[i].time, c->kept.items[i].requests};
    }
    found = rca_infer_calls(traces, n, calls, max);
    free(traces);
    *ret = calls;
    return found;
}

void rca_collect_take(struct rca_collect *c, const char *metric, uint64_t query,
                      const struct rca_judged *x)
{
    size_t node = c->topology ? node_of(c, x->labels) : SIZE_MAX;
    struct buf text = BUF_INIT(1 << 16);
    const char *service;
    struct rca_signal *s;

    if (c->topology && node == SIZE_MAX)
        node = node_by_name(c, x->labels);
    service = node != SIZE_MAX ? c->topology->nodes[node].id : service_label(c, x->labels);
    if (!service)
        return;
    see_call(c, x->labels);
    s = VEC_PUSH(&c->signals);
    s->service = rca_collect_service(c, service, node, observed(c, x->labels, node));
    s->metric = metric;
    s->m = x->m;
    s->shift = x->shift;
    s->whole = x->whole;
    s->query = query;
    s->family = rca_twin_family(metric, x->labels, &s->copy);
    s->copy = s->family ? arena_strdup(c->arena, s->copy) : NULL;
    keep_trace(c, s->service, x);
    if (x->shift.z > 3) {
        prom_labels_format(&text, x->labels);
        s->labels = arena_str(c->arena, buf_str(&text));
    }
    buf_release(&text);
}

/* A part of the shift that says the fault was there already. */
#define ALREADY 0.5
#define CERTAIN 3.0 /* scales */

static bool is_symptom(const struct rca_signal *s)
{
    return s->m.kind == RCA_LATENCY || s->m.kind == RCA_ERRORS || s->m.kind == RCA_AVAILABILITY;
}

static bool complains(const struct rca_signal *s, size_t alert_service, enum rca_kind alert_kind)
{
    return s->service == alert_service &&
           (alert_kind == RCA_OTHER ? is_symptom(s) : s->m.kind == alert_kind);
}

void rca_collect_settle(struct rca_collect *c, size_t alert_service, enum rca_kind alert_kind)
{
    double early[2] = {0}, all[2] = {0}; /* of the complaint, of all symptoms */

    VEC_EACH (s, &c->signals) {
        bool clear = s->whole.rel >= s->m.min_rel && s->whole.z > CERTAIN;

        for (int i = 0; clear && i < 2; i++) {
            if (!(i ? is_symptom(s) : complains(s, alert_service, alert_kind)))
                continue;
            all[i] += log(s->whole.z);
            early[i] += s->whole.early > ALREADY ? log(s->whole.z) : 0;
        }
    }
    if (alert_service == SIZE_MAX || (early[0] * 2 <= all[0] && early[1] * 2 <= all[1]))
        return;
    VEC_EACH (s, &c->signals)
        s->shift = s->whole;
}

size_t rca_collect_service(struct rca_collect *c, const char *name, size_t node, bool observer)
{
    size_t at = (size_t)(uintptr_t)map_get_c(c->service_by_name, name) - 1;
    struct rca_service *s;

    if (at == SIZE_MAX) {
        s = VEC_PUSH(&c->services);
        s->name = arena_strdup(c->arena, name);
        s->node = node;
        at = c->services.count - 1;
        map_set_c(c->service_by_name, name, (void *)(uintptr_t)(at + 1));
    }
    c->services.items[at].observer |= observer;
    return at;
}
