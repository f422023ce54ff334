/* steer_metrics.c - a person's hypothesis against a Prometheus: which metrics its words mean, and
 * whether they left their usual level. The names are asked for, those with most of the statement's
 * words are read with their history around the incident (or now), and each is judged as the
 * investigation judges its own (rca_shift.h). "One more test" reads the same metric against a
 * longer history, until the longest was tried. */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "rca_metric.h"
#include "rca_shift.h"
#include "runbook/base/mem.h"
#include "runbook/base/num.h"
#include "runbook/base/timefmt.h"
#include "runbook/codec/json.h"
#include "runbook/service/promql.h"
#include "steer_priv.h"

#define NAMES_MAX 3
#define HOUR_MS INT64_C(3600000)
#define AROUND_MS INT64_C(900000) /* before and after the alert */
#define POINTS 720
#define STRONG_Z 5.0
#define WEAK_Z 3.0

static const int histories_h[] = {6, 12, 24}; /* the first is how the investigation looks */

struct reading {
    struct investigation *inv;
    const char *hyp, *metric;
    struct rca_window w;
    bool again;
};

static const struct hypothesis *hyp_of(const struct reading *r)
{
    return model_hypothesis(inv_model(r->inv), r->hyp);
}

static struct rca_window window(const struct investigation *inv, int history_h)
{
    const struct model *m = inv_model(inv);
    int64_t now = inv_now_ms(inv), at = m->has_incident ? m->incident.started_at_ms : 0;
    struct rca_window w = {0};

    w.until = at && at + AROUND_MS < now ? at + AROUND_MS : now;
    w.from = at ? at - AROUND_MS : now - 2 * AROUND_MS;
    w.base_end = w.from - 1;
    w.base_start = w.from - history_h * HOUR_MS;
    w.step = (w.until - w.base_start) / POINTS / 1000 * 1000;
    w.step = w.step < 15000 ? 15000 : w.step;
    return w;
}

static const char *time_text(struct investigation *inv, int64_t ms)
{
    char text[TIME_TEXT_MAX];

    time_format_rfc3339(ms, text);
    return arena_strdup(inv_arena(inv), text);
}

/* Arguments as pairs of name and text, ended by NULL. */
static size_t ask(struct investigation *inv, const char *tool, const char *hyp, const char *title,
                  const char *const *args, inv_query_fn *fn, void *ctx)
{
    struct buf json = BUF_INIT((size_t)1 << 16);
    struct json_writer w;
    struct inv_query q = {.tool = tool, .hypothesis = hyp, .title = title};
    uint64_t id;

    json_writer_init(&w, &json);
    json_object_begin(&w);
    for (; *args; args += 2)
        json_put_cstr(&w, args[0], args[1]);
    json_object_end(&w);
    q.args_json = buf_str(&json);
    id = inv_query(inv, &q, fn, ctx);
    buf_release(&json);
    return id != 0;
}

/* ---- one metric ---- */

struct verdict_of_series {
    const char *labels;
    struct rca_shift shift;
    struct rca_metric m;
};

/* Series whose labels the statement names come first; among equals the one that moved most. */
static bool is_better(const struct verdict_of_series *a, int words_a,
                      const struct verdict_of_series *b, int words_b)
{
    return words_a != words_b ? words_a > words_b : a->shift.z > b->shift.z;
}

static bool judge(const struct reading *r, const struct prom_answer *a,
                  struct verdict_of_series *ret)
{
    const struct hypothesis *h = hyp_of(r);
    int best_words = -1;

    for (size_t i = 0; i < a->series_count; i++) {
        const struct prom_series *s = &a->series[i];
        struct prom_point *points = xcalloc(s->count + 1, sizeof(*points));
        struct verdict_of_series x = {0};
        struct buf labels = BUF_INIT(1 << 14);
        size_t n;
        int words;

        rca_metric_classify(r->metric, &x.m);
        rca_metric_refine(s->labels, &x.m);
        if (s->count)
            memcpy(points, s->points, s->count * sizeof(*points));
        n = rca_finite(points, s->count);
        if (x.m.counter && rca_is_monotonic(points, n))
            n = rca_rates(points, n, r->w.step);
        prom_labels_format(&labels, s->labels);
        words = steer_common_words(str_from(h->statement), buf_str(&labels)) +
                (*h->service && strstr(buf_cstr(&labels), h->service) ? 4 : 0);
        if (rca_shift_score(points, n, &r->w, x.m.bad, &x.shift) &&
            (best_words < 0 || is_better(&x, words, ret, best_words))) {
            x.labels = arena_str(inv_arena(r->inv), buf_str(&labels));
            best_words = words;
            *ret = x;
        }
        buf_release(&labels);
        free(points);
    }
    return best_words >= 0;
}

static const char *describe(const struct reading *r, const struct verdict_of_series *x)
{
    char before[48], after[48];

    num_human(x->shift.before, x->m.unit, before);
    num_human(x->shift.after, x->m.unit, after);
    if (x->shift.z < WEAK_Z)
        return arena_printf(inv_arena(r->inv), "%s%s keeps its usual level of %s", r->metric,
                            x->labels, before);
    return arena_printf(inv_arena(r->inv), "%s%s %s from %s to %s (%.1f times its usual spread)",
                        r->metric, x->labels, x->shift.direction > 0 ? "rose" : "fell", before,
                        after, x->shift.z);
}

static enum evidence_strength strength_of(const struct reading *r,
                                          const struct verdict_of_series *x)
{
    bool matters = x->shift.rel >= x->m.min_rel;

    if (x->shift.z >= STRONG_Z && matters)
        return STRENGTH_STRONG;
    if (x->shift.z >= WEAK_Z && matters)
        return STRENGTH_WEAK;
    return r->again && hyp_of(r)->best <= STRENGTH_WEAK ? STRENGTH_CONTRADICTS : STRENGTH_NONE;
}

static void on_range(void *ctx, struct investigation *inv, uint64_t query,
                     const struct tool_result *result)
{
    struct reading *r = ctx;
    struct prom_answer a;
    struct verdict_of_series x = {.labels = ""};
    struct err err = result->err;

    if (result->status == TOOL_OK &&
        !prom_decode(buf_str(&result->body), NULL, inv_arena(inv), &a, &err)) {
        if (judge(r, &a, &x)) {
            struct inv_evidence e = {.hypothesis = r->hyp,
                                     .query = query,
                                     .strength = strength_of(r, &x),
                                     .statement = describe(r, &x),
                                     .service = "",
                                     .metric = r->metric,
                                     .resource = x.labels,
                                     .unit = x.m.unit,
                                     .before = x.shift.before,
                                     .after = x.shift.after,
                                     .score = x.shift.z,
                                     .window_start_ms = r->w.from,
                                     .window_end_ms = r->w.until,
                                     .onset_ms = x.shift.onset_ms};

            inv_add_evidence(inv, &e);
        } else {
            err_set(&err, ERR_NOT_FOUND, "too few samples to say what is usual");
        }
    } else if (result->status == TOOL_EMPTY) {
        err_set(&err, ERR_NOT_FOUND, "no series in this window");
    }
    if (err.code && result->status != TOOL_CANCELED)
        inv_gap(inv, r->hyp, r->metric, &err);
    inv_test_done(inv, r->hyp);
}

static size_t ask_range(const struct reading *of, const char *metric, int history_h)
{
    struct reading *r = arena_alloc(inv_arena(of->inv), sizeof(*r));
    struct buf step = BUF_INIT(64);
    const char *args[] = {"query", metric, "start", NULL, "end", NULL, "step", NULL, NULL};

    *r = *of;
    r->metric = arena_strdup(inv_arena(of->inv), metric);
    r->w = window(of->inv, history_h);
    promql_duration(&step, r->w.step);
    args[3] = time_text(of->inv, r->w.base_start);
    args[5] = time_text(of->inv, r->w.until);
    args[7] = arena_str(inv_arena(of->inv), buf_str(&step));
    buf_release(&step);
    return ask(
        of->inv, "prometheus_range", of->hyp,
        arena_printf(inv_arena(of->inv), "%s over %d hours, for %s", metric, history_h, of->hyp),
        args, on_range, r);
}

/* ---- which metrics ---- */

static void insert(const char **best, int *fits, const char *name, int fit)
{
    for (size_t i = 0; i < NAMES_MAX; i++) {
        if (fit <= fits[i])
            continue;
        for (size_t k = NAMES_MAX - 1; k > i; k--) {
            best[k] = best[k - 1];
            fits[k] = fits[k - 1];
        }
        best[i] = name;
        fits[i] = fit;
        return;
    }
}

static void choose(const struct hypothesis *h, const struct prom_names *names, const char **best,
                   int *fits)
{
    for (size_t i = 0; i < names->count; i++) {
        struct buf words = BUF_INIT(1024);
        struct rca_metric m;
        int fit;

        rca_metric_classify(names->items[i], &m);
        if (m.kind == RCA_SKIP || !promql_is_metric_name(str_from(names->items[i])))
            continue;
        for (const char *c = names->items[i]; *c; c++)
            buf_addc(&words, *c == '_' || *c == ':' ? ' ' : *c);
        fit = steer_common_words(str_from(h->statement), buf_str(&words));
        if (strstr(h->statement, names->items[i])) /* it is named outright */
            fit += 100;
        insert(best, fits, names->items[i], fit);
        buf_release(&words);
    }
}

static void on_names(void *ctx, struct investigation *inv, uint64_t query,
                     const struct tool_result *result)
{
    struct reading *r = ctx;
    const char *best[NAMES_MAX] = {NULL};
    int fits[NAMES_MAX] = {0};
    struct prom_answer a;
    struct err err = result->err;
    size_t asked = 0;

    (void)query;
    if (result->status == TOOL_OK &&
        !prom_decode(buf_str(&result->body), NULL, inv_arena(inv), &a, &err))
        choose(hyp_of(r), &a.names, best, fits);
    else if (err.code && result->status != TOOL_CANCELED)
        inv_gap(inv, r->hyp, "metric names", &err);
    for (size_t i = 0; i < NAMES_MAX && best[i] && fits[i] * 2 > fits[0]; i++)
        asked += ask_range(r, best[i], histories_h[0]);
    inv_test_more(inv, r->hyp, asked);
    inv_test_done(inv, r->hyp);
}

static size_t ask_names(const struct reading *of)
{
    struct reading *r = arena_alloc(inv_arena(of->inv), sizeof(*r));
    struct rca_window w = window(of->inv, histories_h[0]);
    const char *args[] = {"label", "__name__", "start", time_text(of->inv, w.from),
                          "end",   NULL,       NULL};

    *r = *of;
    args[5] = time_text(of->inv, w.until);
    return ask(of->inv, "prometheus_labels", of->hyp,
               arena_printf(inv_arena(of->inv), "metrics with words of %s", of->hyp), args,
               on_names, r);
}

/* How many queries of this metric alone were made for it: the next history is longer. */
static size_t asked_before(const struct model *m, const struct hypothesis *h, const char *metric)
{
    size_t n = 0;

    VEC_EACH (t, &m->tools)
        n += strcmp(t->hypothesis, h->id) == 0 && strcmp(t->tool, "prometheus_range") == 0 &&
             strstr(t->query, metric) != NULL;
    return n;
}

/* The metric that says most about it so far. */
static const char *metric_of(const struct model *m, const struct hypothesis *h)
{
    const struct evidence *best = NULL;

    if (*h->metric && promql_is_metric_name(str_from(h->metric)))
        return h->metric;
    for (size_t i = 0; i < h->evidence.count; i++) {
        const struct evidence *e = &m->evidence.items[h->evidence.items[i]];
        const struct tool_run *t = model_tool(m, e->call);

        if (t && strcmp(t->tool, "prometheus_range") == 0 &&
            promql_is_metric_name(str_from(e->metric)) && (!best || e->strength < best->strength))
            best = e;
    }
    return best ? best->metric : NULL;
}

static size_t ask_further(const struct reading *r, const char *metric)
{
    const size_t histories = sizeof(histories_h) / sizeof(histories_h[0]);
    size_t next = asked_before(inv_model(r->inv), hyp_of(r), metric);

    next = next ? next : 1; /* the investigation itself looked at the shortest one */
    return next < histories ? ask_range(r, metric, histories_h[next]) : 0;
}

static bool is_metrics(const struct hypothesis *h)
{
    return h->by_user || strcmp(h->pattern, "metric-shift") == 0;
}

size_t steer_test_metrics(struct investigation *inv, const char *hyp, bool again)
{
    const struct model *m = inv_model(inv);
    struct reading r = {.inv = inv, .hyp = hyp, .again = again};
    const struct hypothesis *h = model_hypothesis(m, hyp);
    const char *metric = again ? metric_of(m, h) : NULL;

    if (!is_metrics(h) || strncmp(h->resource, "host:", 5) == 0)
        return 0;
    if (metric)
        return ask_further(&r, metric);
    return h->by_user && !h->evidence.count ? ask_names(&r) : 0;
}
