/* metrics_series.c - from the answer of a range query to judged signals of services.
 * Decoding and judging is CPU work that touches nothing shared; for a large answer it runs on the
 * thread pool. A job owns the answer's bytes and its results; when the module is gone meanwhile the
 * job frees itself. */
#include "metrics_priv.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "runbook/base/mem.h"

#define INLINE_BYTES ((size_t)128 << 10)

struct judged {
    struct prom_labels labels;
    struct rca_metric m;
    struct rca_shift shift;
};

struct series_job {
    struct series_job *next, **prev;
    struct metrics *mm; /* NULL: the module is gone */
    struct metric_name *name;
    struct rca_metric m;
    uint64_t query;
    struct buf body;
    struct rca_window w;
    struct arena *arena; /* labels */
    VEC(struct judged) judged;
    size_t seen;
    struct err err;
};

static bool is_counter(const struct rca_metric *m, const struct prom_point *p, size_t n)
{
    return m->counter && rca_is_monotonic(p, n);
}

static void judge_series(struct series_job *j, const struct prom_series *s,
                         struct prom_point *scratch)
{
    struct judged x = {.labels = s->labels, .m = j->m};
    size_t n = s->count;

    memcpy(scratch, s->points, n * sizeof(*scratch));
    n = rca_finite(scratch, n);
    rca_metric_refine(s->labels, &x.m);
    if (is_counter(&x.m, scratch, n))
        n = rca_rates(scratch, n, j->w.step);
    if (rca_shift_score(scratch, n, &j->w, x.m.bad, &x.shift))
        *VEC_PUSH(&j->judged) = x;
}

/* On any thread. */
static void work(void *ctx)
{
    struct series_job *j = ctx;
    struct prom_point *scratch;
    struct prom_answer a;
    size_t most = 0;

    if (prom_decode(buf_str(&j->body), NULL, j->arena, &a, &j->err))
        return;
    for (size_t i = 0; i < a.series_count; i++)
        most = a.series[i].count > most ? a.series[i].count : most;
    scratch = xcalloc(most + 1, sizeof(*scratch));
    for (size_t i = 0; i < a.series_count; i++) {
        if (a.series[i].count)
            judge_series(j, &a.series[i], scratch);
    }
    free(scratch);
    j->seen = a.series_count;
}

static void job_free(struct series_job *j)
{
    if (j->mm) {
        *j->prev = j->next;
        if (j->next)
            j->next->prev = j->prev;
    }
    VEC_RELEASE(&j->judged);
    buf_release(&j->body);
    arena_free(j->arena);
    free(j);
}

void metrics_drop_jobs(struct metrics *mm)
{
    for (struct series_job *j = mm->jobs; j; j = j->next)
        j->mm = NULL;
    mm->jobs = NULL;
}

/* Which node do these labels belong to: the one that most of its own labels name. */
static size_t node_of(const struct metrics *mm, struct prom_labels labels)
{
    struct buf key = BUF_INIT(4096);
    size_t best = SIZE_MAX, best_hits = 0;

    for (size_t i = 0; i < labels.count; i++) {
        size_t node, hits = 0;

        buf_clear(&key);
        buf_addf(&key, "%s=%s", labels.items[i].name, labels.items[i].value);
        node = (size_t)(uintptr_t)map_get(mm->node_of_label, buf_str(&key)) - 1;
        if (node == SIZE_MAX)
            continue;
        for (size_t k = 0; k < mm->topology->nodes[node].label_count; k++) {
            const struct topo_label *l = &mm->topology->nodes[node].labels[k];
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

/* Labels that say whose series it is, the most telling first. */
static const char *const service_labels[] = {
    "service",    "service_name", "app",       "app_kubernetes_io_name",
    "deployment", "statefulset",  "container", "pod",
    "name",       "instance",     "job",       NULL};

static const char *service_label(struct prom_labels labels)
{
    for (const char *const *n = service_labels; *n; n++) {
        const char *v = prom_label(labels, *n);

        if (v && *v)
            return v;
    }
    return NULL;
}

/* For nodes that name no labels: a telling label whose value is the node's id or name. */
static size_t node_by_name(const struct metrics *mm, struct prom_labels labels)
{
    size_t node = SIZE_MAX;

    for (const char *const *n = service_labels; *n && node == SIZE_MAX; n++) {
        const char *v = prom_label(labels, *n);

        if (v && *v)
            node = (size_t)(uintptr_t)map_get_c(mm->node_of_name, v) - 1;
    }
    return node;
}

static bool observed(const struct metrics *mm, struct prom_labels labels, size_t node)
{
    static const char *const names[] = {"service_type", "component_type", "node_type", "span_kind",
                                        NULL};

    if (node != SIZE_MAX && rca_is_observer(mm->topology->nodes[node].type))
        return true;
    for (const char *const *n = names; *n; n++) {
        if (rca_is_observer(prom_label(labels, *n)))
            return true;
    }
    return false;
}

static void take_signal(struct metrics *mm, struct series_job *j, const struct judged *x)
{
    size_t node = mm->topology ? node_of(mm, x->labels) : SIZE_MAX;
    struct buf text = BUF_INIT(1 << 16);
    const char *service;
    struct rca_signal *s;

    if (mm->topology && node == SIZE_MAX)
        node = node_by_name(mm, x->labels);
    service = node != SIZE_MAX ? mm->topology->nodes[node].id : service_label(x->labels);
    if (!service)
        return;
    s = VEC_PUSH(&mm->signals);
    *s = (struct rca_signal){.service =
                                 metrics_service(mm, service, node, observed(mm, x->labels, node)),
                             .metric = j->name->name,
                             .m = x->m,
                             .shift = x->shift,
                             .query = j->query};
    if (x->shift.z > 3) {
        prom_labels_format(&text, x->labels);
        s->labels = arena_str(mm->arena, buf_str(&text));
    }
    buf_release(&text);
}

static void finish_job(void *ctx, bool canceled)
{
    struct series_job *j = ctx;
    struct metrics *mm = j->mm;

    if (!mm) {
        job_free(j);
        return;
    }
    if (canceled)
        err_set(&j->err, ERR_CANCELED, "canceled");
    if (j->err.code) {
        mm->metrics_failed++;
        inv_gap(mm->inv, mm->roots[metrics_root_of(j->m.kind)], j->name->name, &j->err);
    }
    mm->series_seen += j->seen;
    mm->series_judged += j->judged.count;
    VEC_EACH (x, &j->judged)
        take_signal(mm, j, x);
    job_free(j);
    metrics_step_done(mm);
}

void metrics_take_answer(struct metrics *mm, struct metric_name *name, uint64_t query,
                         struct str body)
{
    struct series_job *j = xcalloc(1, sizeof(*j));

    j->mm = mm;
    j->name = name;
    j->m = name->m;
    j->query = query;
    j->w = mm->w;
    j->arena = arena_new(0);
    buf_init(&j->body, body.len);
    buf_add_str(&j->body, body);
    j->next = mm->jobs;
    j->prev = &mm->jobs;
    if (j->next)
        j->next->prev = &j->next;
    mm->jobs = j;
    mm->pending++;
    if (body.len <= INLINE_BYTES) {
        work(j);
        finish_job(j, false);
    } else {
        loop_job(inv_loop(mm->inv), work, finish_job, j);
    }
}

size_t metrics_service(struct metrics *mm, const char *name, size_t node, bool observer)
{
    size_t at = (size_t)(uintptr_t)map_get_c(mm->service_by_name, name) - 1;
    struct rca_service *s;

    if (at == SIZE_MAX) {
        s = VEC_PUSH(&mm->services);
        s->name = arena_strdup(mm->arena, name);
        s->node = node;
        at = mm->services.count - 1;
        map_set_c(mm->service_by_name, name, (void *)(uintptr_t)(at + 1));
    }
    mm->services.items[at].observer |= observer;
    return at;
}

void metrics_index_topology(struct metrics *mm)
{
    struct buf key = BUF_INIT(4096);

    for (size_t i = 0; i < mm->topology->count; i++) {
        map_set_c(mm->node_of_name, mm->topology->nodes[i].name, (void *)(uintptr_t)(i + 1));
        for (size_t k = 0; k < mm->topology->nodes[i].label_count; k++) {
            const struct topo_label *l = &mm->topology->nodes[i].labels[k];

            buf_clear(&key);
            buf_addf(&key, "%s=%s", l->name, l->value);
            if (!map_has(mm->node_of_label, buf_str(&key)))
                map_set(mm->node_of_label, buf_str(&key), (void *)(uintptr_t)(i + 1));
        }
    }
    for (size_t i = 0; i < mm->topology->count; i++) /* an id wins over another's name */
        map_set_c(mm->node_of_name, mm->topology->nodes[i].id, (void *)(uintptr_t)(i + 1));
    buf_release(&key);
}
