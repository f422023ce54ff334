/* metrics_names.c - which metrics a Prometheus has and how many series each: those that the labels
 * of the topology's nodes carry, or all. */
#include "metrics_priv.h"

#include <stdint.h>
#include <string.h>

#include "runbook/base/mem.h"
#include "runbook/service/promql.h"

#define BUCKETS_USUAL 10 /* of one histogram */

static void ask_counts(struct metrics *mm);

struct names_ctx {
    struct metrics *mm;
    const char *label;
};

struct metric_name *metrics_find_name(struct metrics *mm, const char *name)
{
    VEC_EACH (n, &mm->names) {
        if (strcmp(n->name, name) == 0)
            return n;
    }
    return NULL;
}

static void add_names(struct metrics *mm, const struct prom_names *names, const char *label)
{
    struct map *there = map_new();

    for (size_t i = 0; i < names->count; i++)
        map_set_c(there, names->items[i], mm);
    for (size_t i = 0; i < names->count; i++) {
        const char *name = names->items[i];
        struct str s = str_from(name), base = {s.ptr, s.len > 4 ? s.len - 4 : 0};
        struct metric_name n = {.name = name, .label = label, .mm = mm};
        size_t base_len;

        n.m = rca_plan_metric(
            name, map_has(there, str_from(arena_printf(mm->arena, "%.*s_count", STR_FMT(base)))),
            &n.mean, &base_len);
        if (n.mean)
            n.name = arena_strndup(mm->arena, name, base_len);
        n.buckets = rca_plan_buckets(name, &n.m, &base_len);
        if (n.m.kind != RCA_SKIP && promql_is_metric_name(str_from(name)) &&
            !metrics_find_name(mm, n.name))
            *VEC_PUSH(&mm->names) = n;
    }
    map_free(there);
}

static void on_names(void *ctx, struct investigation *inv, uint64_t query,
                     const struct tool_result *r)
{
    struct names_ctx *c = ctx;
    struct metrics *mm = c->mm;
    struct prom_answer a;
    struct err err = ERR_INIT;

    (void)inv;
    (void)query;
    if (!metrics_answered(mm, "", "metric names", r))
        mm->metrics_failed++;
    else if (prom_decode(buf_str(&r->body), NULL, mm->arena, &a, &err))
        inv_blind(mm->inv, "", "metric names", &err);
    else
        add_names(mm, &a.names, c->label);
    metrics_step_done(mm);
}

static void ask_names_of(struct metrics *mm, const char *label, const char *match)
{
    struct names_ctx *c = arena_alloc(mm->arena, sizeof(*c));
    const char *args[] = {"label", "__name__",
                          "match", match,
                          "start", metrics_time_text(mm, mm->w.from),
                          "end",   metrics_time_text(mm, mm->w.until),
                          NULL};

    /* The match may be absent: its pair is then skipped by metrics_ask(). */
    *c = (struct names_ctx){mm, label};
    metrics_ask(mm, "prometheus_labels", metrics_triage(mm),
                label ? arena_printf(mm->arena, "metrics with a %s of the topology", label)
                      : "names of all metrics",
                args, on_names, c);
}

/* The matcher for all nodes that carry this label: label=~"a|b|c". */
const char *metrics_nodes_selector(struct metrics *mm, const char *label, const char *metric)
{
    struct buf any = BUF_INIT((size_t)1 << 19), sel = BUF_INIT((size_t)1 << 20);
    struct err err = ERR_INIT;
    const char *ret = NULL;

    for (size_t i = 0; i < mm->topology->count; i++) {
        for (size_t k = 0; k < mm->topology->nodes[i].label_count; k++) {
            const struct topo_label *l = &mm->topology->nodes[i].labels[k];

            if (strcmp(l->name, label) != 0)
                continue;
            if (any.len)
                buf_addc(&any, '|');
            promql_regex_literal(&any, str_from(l->value));
        }
    }
    if (!any.full &&
        !promql_selector(&sel, metric, &(struct promql_matcher){label, PROMQL_RE, buf_str(&any)}, 1,
                         &err))
        ret = arena_str(mm->arena, buf_str(&sel));
    buf_release(&any);
    buf_release(&sel);
    return ret;
}

static size_t ask_names_of_topology(struct metrics *mm)
{
    struct map *labels = map_new();
    struct str key;
    void *value;
    size_t it = 0, asked = 0;

    for (size_t i = 0; i < mm->topology->count; i++) {
        for (size_t k = 0; k < mm->topology->nodes[i].label_count; k++)
            map_set_c(labels, mm->topology->nodes[i].labels[k].name, mm);
    }
    while (map_next(labels, &it, &key, &value)) {
        const char *label = arena_str(mm->arena, key),
                   *match = metrics_nodes_selector(mm, label, NULL);

        if (match) {
            ask_names_of(mm, label, match);
            asked++;
        }
    }
    map_free(labels);
    return asked;
}

void metrics_ask_names(struct metrics *mm)
{
    metrics_set_window(mm);
    mm->next = ask_counts;
    if (!mm->topology || ask_names_of_topology(mm) == 0)
        ask_names_of(mm, NULL, NULL);
}

/* How many series each has, so that a huge metric is left out instead of fetched. */

static const char *names_selector(struct metrics *mm, const char *label)
{
    struct buf any = BUF_INIT((size_t)1 << 19);
    const char *ret;

    VEC_EACH (n, &mm->names) {
        if (!cstr_eq(n->label, label))
            continue;
        if (any.len)
            buf_addc(&any, '|');
        buf_adds(&any, n->name);
        if (n->mean)
            buf_adds(&any, "_count");
    }
    ret = any.len && !any.full ? arena_str(mm->arena, buf_str(&any)) : NULL;
    buf_release(&any);
    return ret;
}

static void on_counts(void *ctx, struct investigation *inv, uint64_t query,
                      const struct tool_result *r)
{
    struct metrics *mm = ctx;
    struct prom_answer a;
    struct err err = ERR_INIT;

    (void)inv;
    (void)query;
    if (metrics_answered(mm, "", "number of series", r) &&
        !prom_decode(buf_str(&r->body), NULL, mm->arena, &a, &err)) {
        struct map *counts = map_new();

        for (size_t i = 0; i < a.series_count; i++) {
            const char *name = prom_label(a.series[i].labels, "__name__");

            if (name && a.series[i].count)
                map_set_c(counts, name, (void *)(uintptr_t)a.series[i].points[0].value);
        }
        VEC_EACH (n, &mm->names) {
            const char *name = n->mean ? arena_printf(mm->arena, "%s_count", n->name) : n->name;

            if (map_get_c(counts, name))
                n->read = (size_t)(uintptr_t)map_get_c(counts, name);
            n->series = n->buckets ? (n->read + BUCKETS_USUAL - 1) / BUCKETS_USUAL : n->read;
        }
        map_free(counts);
    }
    metrics_step_done(mm);
}

/* The labels that select series; NULL is one of them when names are selected by name alone. */
static size_t labels_in_use(struct metrics *mm, const char **out, size_t max)
{
    size_t n = 0;

    VEC_EACH (x, &mm->names) {
        size_t i = 0;

        while (i < n && !cstr_eq(out[i], x->label))
            i++;
        if (i == n && n < max)
            out[n++] = x->label;
    }
    return n;
}

static const char *all_selector(struct metrics *mm, const char *label)
{
    const char *names = names_selector(mm, label),
               *nodes = label ? metrics_nodes_selector(mm, label, NULL) : NULL;

    if (!names)
        return NULL;
    if (!nodes)
        return arena_printf(mm->arena, "{__name__=~\"%s\"}", names);
    return arena_printf(mm->arena, "{__name__=~\"%s\",%s", names, nodes + 1);
}

static void ask_counts(struct metrics *mm)
{
    const char *labels[16];
    size_t n = labels_in_use(mm, labels, 16);

    mm->next = metrics_ask_interval;
    for (size_t i = 0; i < n; i++) {
        const char *sel = all_selector(mm, labels[i]);
        const char *args[] = {"query", NULL, "time", metrics_time_text(mm, mm->w.until), NULL};

        if (!sel)
            continue;
        args[1] = arena_printf(mm->arena, "count by (__name__) (%s)", sel);
        metrics_ask(mm, "prometheus_query", metrics_triage(mm), "number of series by metric", args,
                    on_counts, mm);
    }
}
