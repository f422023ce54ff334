/* metrics_module.c - what the metrics module asks of Prometheus, in which order.
 * Stages, each when the answers of the one before are in: alerts (without an incident) and targets;
 * the names of the metrics that the topology's labels carry, or all; how many series they have; how
 * often they are sampled; then their history and window, one range query a metric, in parallel.
 * What is wrong is judged from all of them together in metrics_report.c. */
#include "metrics_priv.h"
#include "steer_priv.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "runbook/base/mem.h"
#include "runbook/base/timefmt.h"
#include "runbook/codec/json.h"
#include "runbook/service/promql.h"

#define MINUTE_MS INT64_C(60000)
#define SELDOM_MS MINUTE_MS /* between samples */
#define LIVE_MS (10 * MINUTE_MS)
#define SEEN_MS (60 * MINUTE_MS) /* of the history, to learn how often it is sampled */

static void ask_names(struct metrics *mm);
static void ask_counts(struct metrics *mm);
static void ask_interval(struct metrics *mm);
static void ask_ranges(struct metrics *mm);

static void finish(struct metrics *mm);

void metrics_step_done(struct metrics *mm)
{
    void (*next)(struct metrics *) = mm->next;

    if (--mm->pending > 0 || mm->done)
        return;
    if (next == finish) { /* the state may be gone when this returns */
        finish(mm);
        return;
    }
    mm->pending = 1; /* a stage that asks nothing falls through to its own next */
    next(mm);
    metrics_step_done(mm);
}

/* Arguments as JSON: pairs of name and text, ended by NULL; a NULL text is left out. */
static uint64_t ask(struct metrics *mm, const char *tool, const char *hypothesis, const char *title,
                    const char *const *args, inv_query_fn *fn, void *ctx)
{
    struct buf json = BUF_INIT((size_t)1 << 20);
    struct json_writer w;
    struct inv_query q = {.tool = tool, .hypothesis = hypothesis ? hypothesis : "", .title = title};
    uint64_t id;

    json_writer_init(&w, &json);
    json_object_begin(&w);
    for (; *args; args += 2) {
        if (args[1])
            json_put_cstr(&w, args[0], args[1]);
    }
    json_object_end(&w);
    q.args_json = buf_str(&json);
    id = inv_query(mm->inv, &q, fn, ctx);
    if (id)
        mm->pending++;
    buf_release(&json);
    return id;
}

static const char *time_text(struct metrics *mm, int64_t ms)
{
    char text[TIME_TEXT_MAX];

    time_format_rfc3339(ms, text);
    return arena_strdup(mm->arena, text);
}

static const char *duration_text(struct metrics *mm, int64_t ms)
{
    struct buf b = BUF_INIT(64);
    const char *ret;

    promql_duration(&b, ms);
    ret = arena_str(mm->arena, buf_str(&b));
    buf_release(&b);
    return ret;
}

/* False, and a gap noted, when the answer is an error. */
static bool answered(struct metrics *mm, const char *hypothesis, const char *what,
                     const struct tool_result *r)
{
    if (r->status == TOOL_OK || r->status == TOOL_EMPTY)
        return true;
    inv_gap(mm->inv, hypothesis, what, &r->err);
    return false;
}

/* Stage 1: who complains, who does not answer. */

static const char *alert_label(struct prom_labels labels)
{
    static const char *const names[] = {"service", "app", "deployment", "container",
                                        "pod",     "job", "instance",   NULL};

    for (const char *const *n = names; *n; n++) {
        const char *v = prom_label(labels, *n);

        if (v && *v)
            return v;
    }
    return "";
}

static int alert_rank(const struct prom_alert *a)
{
    const char *severity = prom_label(a->labels, "severity");

    if (strcmp(a->state, "firing") != 0 || (severity && strcmp(severity, "none") == 0))
        return 0;
    if (severity && (strcmp(severity, "critical") == 0 || strcmp(severity, "page") == 0))
        return 3;
    return severity && strcmp(severity, "info") == 0 ? 1 : 2;
}

/* The gravest firing alert, of equals the newest, stands in for the incident that nobody gave. */
static void on_alerts(void *ctx, struct investigation *inv, uint64_t query,
                      const struct tool_result *r)
{
    struct metrics *mm = ctx;
    const struct prom_alert *best = NULL;
    struct prom_alerts alerts = {0};
    struct err err = ERR_INIT;

    (void)query;
    if (answered(mm, "", "firing alerts", r) &&
        !prom_decode_alerts(buf_str(&r->body), mm->arena, &alerts, &err)) {
        for (size_t i = 0; i < alerts.count; i++) {
            const struct prom_alert *a = &alerts.items[i];

            if (alert_rank(a) &&
                (!best || alert_rank(a) > alert_rank(best) ||
                 (alert_rank(a) == alert_rank(best) && a->active_at_ms > best->active_at_ms)))
                best = a;
        }
    }
    if (best) {
        mm->alert_name = best->name;
        mm->alert_service = alert_label(best->labels);
        mm->alert_ms = best->active_at_ms;
        inv_say(inv, arena_printf(mm->arena, "Prometheus fires **%s** for %s since %s.", best->name,
                                  *mm->alert_service ? mm->alert_service : "an unnamed service",
                                  time_text(mm, best->active_at_ms)));
    }
    metrics_step_done(mm);
}

static void on_targets(void *ctx, struct investigation *inv, uint64_t query,
                       const struct tool_result *r)
{
    struct metrics *mm = ctx;
    struct err err = ERR_INIT;

    (void)inv;
    mm->targets_query = query;
    if (answered(mm, "", "scrape targets", r) &&
        !prom_decode_targets(buf_str(&r->body), mm->arena, &mm->targets, &err))
        metrics_see_targets(mm);
    metrics_step_done(mm);
}

static void set_window(struct metrics *mm)
{
    const struct model *m = inv_model(mm->inv);
    struct rca_times t = {.now = inv_now_ms(mm->inv), .alert = mm->alert_ms};

    if (m->has_incident) {
        t.window_start = m->incident.window_start_ms;
        t.base_start = m->incident.baseline_start_ms;
        t.base_end = m->incident.baseline_end_ms;
    }
    rca_window_set(&mm->w, &t);
}

/* A phase that is over takes no query without a hypothesis any more (another module may have
 * proposed). */
static const char *triage(struct metrics *mm)
{
    if (inv_model(mm->inv)->phase <= PHASE_TRIAGE)
        return "";
    metrics_propose_roots(mm);
    return mm->roots[ROOT_SERVICE];
}

static void ask_context(struct metrics *mm)
{
    static const char *const none[] = {NULL};

    mm->next = ask_names;
    if (!inv_model(mm->inv)->has_incident)
        ask(mm, "prometheus_alerts", triage(mm), "firing alerts", none, on_alerts, mm);
    ask(mm, "prometheus_targets", triage(mm), "scrape targets", none, on_targets, mm);
}

/* Stage 2: names. */

struct names_ctx {
    struct metrics *mm;
    const char *label;
};

static struct metric_name *find_name(struct metrics *mm, const char *name)
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
        if (n.m.kind != RCA_SKIP && promql_is_metric_name(str_from(name)) && !find_name(mm, n.name))
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
    if (!answered(mm, "", "metric names", r))
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
                          "start", time_text(mm, mm->w.from),
                          "end",   time_text(mm, mm->w.until),
                          NULL};

    /* The match may be absent: its pair is then skipped by ask(). */
    *c = (struct names_ctx){mm, label};
    ask(mm, "prometheus_labels", triage(mm),
        label ? arena_printf(mm->arena, "metrics with a %s of the topology", label)
              : "names of all metrics",
        args, on_names, c);
}

/* The matcher for all nodes that carry this label: label=~"a|b|c". */
static const char *nodes_selector(struct metrics *mm, const char *label, const char *metric)
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
        const char *label = arena_str(mm->arena, key), *match = nodes_selector(mm, label, NULL);

        if (match) {
            ask_names_of(mm, label, match);
            asked++;
        }
    }
    map_free(labels);
    return asked;
}

static void ask_names(struct metrics *mm)
{
    set_window(mm);
    mm->next = ask_counts;
    if (!mm->topology || ask_names_of_topology(mm) == 0)
        ask_names_of(mm, NULL, NULL);
}

/* Stage 3: how many series each has, so that a huge metric is left out instead of fetched. */

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
    if (answered(mm, "", "number of series", r) &&
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
                n->series = (size_t)(uintptr_t)map_get_c(counts, name);
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
               *nodes = label ? nodes_selector(mm, label, NULL) : NULL;

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

    mm->next = ask_interval;
    for (size_t i = 0; i < n; i++) {
        const char *sel = all_selector(mm, labels[i]);
        const char *args[] = {"query", NULL, "time", time_text(mm, mm->w.until), NULL};

        if (!sel)
            continue;
        args[1] = arena_printf(mm->arena, "count by (__name__) (%s)", sel);
        ask(mm, "prometheus_query", triage(mm), "number of series by metric", args, on_counts, mm);
    }
}

/* Stage 4: what is looked at, and how often it is sampled. */

static void choose(struct metrics *mm, enum rca_kind kind, size_t max, size_t *count,
                   size_t *series)
{
    size_t taken = 0;

    VEC_EACH (n, &mm->names) {
        if (n->chosen || n->m.kind != kind || taken == max || *count == METRICS_MAX)
            continue;
        if (*series + n->series > SERIES_BUDGET)
            continue;
        n->chosen = true;
        *series += n->series;
        (*count)++;
        taken++;
    }
}

static void choose_metrics(struct metrics *mm)
{
    static const enum rca_kind order[] = {RCA_LATENCY, RCA_ERRORS, RCA_AVAILABILITY, RCA_SATURATION,
                                          RCA_TRAFFIC};
    struct metric_name *alerted = *mm->alert_metric ? find_name(mm, mm->alert_metric) : NULL;
    size_t count = 0, series = 0, left = 0;
    struct err err;

    if (alerted) {
        alerted->chosen = true;
        series = alerted->series;
        count = 1;
    }
    for (size_t i = 0; i < sizeof(order) / sizeof(order[0]); i++)
        choose(mm, order[i], METRICS_MAX, &count, &series);
    choose(mm, RCA_OTHER, METRICS_OTHER_MAX, &count, &series);
    mm->series_chosen = series;
    VEC_EACH (n, &mm->names)
        left += !n->chosen && n->m.kind != RCA_OTHER;
    if (left) {
        err_set(&err, ERR_LIMIT,
                "%d metrics and %d series are looked at; give a topology or a service to narrow it",
                METRICS_MAX, SERIES_BUDGET);
        inv_gap(mm->inv, "", arena_printf(mm->arena, "%zu further metrics", left), &err);
    }
}

static int64_t history_seen(const struct metrics *mm)
{
    int64_t all = mm->w.base_end - mm->w.base_start;

    return all < SEEN_MS ? all : SEEN_MS;
}

/* The series of one metric that belong to the topology. */
static const char *selector(struct metrics *mm, const struct metric_name *n, const char *suffix)
{
    const char *name = arena_printf(mm->arena, "%s%s", n->name, suffix);

    return n->label ? nodes_selector(mm, n->label, name) : name;
}

static void on_interval(void *ctx, struct investigation *inv, uint64_t query,
                        const struct tool_result *r)
{
    struct metrics *mm = ctx;
    int64_t seen =
        mm->w.base_end - mm->w.base_start < SEEN_MS ? mm->w.base_end - mm->w.base_start : SEEN_MS;
    struct prom_answer a;
    struct err err = ERR_INIT;
    double most = 0;

    (void)inv;
    (void)query;
    if (answered(mm, "", "scrape interval", r) &&
        !prom_decode(buf_str(&r->body), NULL, mm->arena, &a, &err)) {
        for (size_t i = 0; i < a.series_count; i++)
            most = a.series[i].points[0].value > most ? a.series[i].points[0].value : most;
    }
    if (most > 1) {
        int64_t step = (int64_t)((double)seen / most + 0.5);

        if (mm->w.step == 0 || step < mm->w.step)
            mm->w.step = step;
    }
    metrics_step_done(mm);
}

/* One metric a kind is asked: metrics of one kind are scraped together more often than not. */
static void ask_interval(struct metrics *mm)
{
    const char *range = duration_text(mm, history_seen(mm));
    bool asked[RCA_KINDS] = {false};

    mm->next = ask_ranges;
    choose_metrics(mm);
    VEC_EACH (n, &mm->names) {
        const char *args[] = {"query", NULL, "time", time_text(mm, mm->w.base_end), NULL};

        if (!n->chosen || asked[n->m.kind])
            continue;
        asked[n->m.kind] = true;
        args[1] = arena_printf(mm->arena, "max(count_over_time(%s[%s]))",
                               selector(mm, n, n->mean ? "_count" : ""), range);
        ask(mm, "prometheus_query", triage(mm), "how often the series are sampled", args,
            on_interval, mm);
    }
}

/* Stage 5: history and window of every chosen metric. */

static void on_range(void *ctx, struct investigation *inv, uint64_t query,
                     const struct tool_result *r)
{
    struct metric_name *n = ctx;
    struct metrics *mm = n->mm;

    (void)inv;
    if (!answered(mm, mm->roots[metrics_root_of(n->m.kind)], n->name, r))
        mm->metrics_failed++;
    else if (r->status == TOOL_OK)
        metrics_take_answer(mm, n, query, buf_str(&r->body));
    metrics_step_done(mm);
}

static const char *outcome_labels(struct metrics *mm)
{
    struct buf b = BUF_INIT(1024);
    const char *ret;

    for (const char *const *l = rca_outcome_labels; *l; l++)
        buf_addf(&b, "%s%s", b.len ? ", " : "", *l);
    ret = arena_str(mm->arena, buf_str(&b));
    buf_release(&b);
    return ret;
}

/* A plain selector repeats the last sample for five minutes, which hides the gaps of series that
 * are sampled seldom; there the newest sample of each step is asked for, which costs the server
 * several times more. */
static const char *range_query(struct metrics *mm, const struct metric_name *n)
{
    const char *range = duration_text(mm, mm->w.step * 4);

    if (n->mean) {
        const char *ends = outcome_labels(mm);

        return arena_printf(
            mm->arena, "sum without (%s) (rate(%s[%s])) / sum without (%s) (rate(%s[%s]))", ends,
            selector(mm, n, "_sum"), range, ends, selector(mm, n, "_count"), range);
    }
    if (mm->w.step < SELDOM_MS)
        return selector(mm, n, "");
    return arena_printf(mm->arena, "last_over_time(%s[%s])", selector(mm, n, ""),
                        duration_text(mm, mm->w.step - 1));
}

static size_t points_a_series(const struct metrics *mm)
{
    size_t points = POINTS_BUDGET / (mm->series_chosen + 1);

    return points > RCA_POINTS_MAX ? RCA_POINTS_MAX : points < POINTS_MIN ? POINTS_MIN : points;
}

/* Steps fall where samples do: the newest sample of a regular recording is at the window's end. */
static void ask_ranges(struct metrics *mm)
{
    mm->next = finish;
    rca_window_fit(&mm->w, mm->alert_ms, points_a_series(mm));
    metrics_propose_roots(mm);
    VEC_EACH (n, &mm->names) {
        int64_t points = (mm->w.until - mm->w.base_start) / mm->w.step;
        const char *args[] = {"query", NULL,
                              "start", time_text(mm, mm->w.until - points * mm->w.step),
                              "end",   time_text(mm, mm->w.until),
                              "step",  duration_text(mm, mm->w.step),
                              NULL};

        if (!n->chosen)
            continue;
        args[1] = range_query(mm, n);
        n->query =
            ask(mm, "prometheus_range", mm->roots[metrics_root_of(n->m.kind)],
                arena_printf(mm->arena, "%s by service, before and around the incident", n->name),
                args, on_range, n);
    }
}

static const struct inv_module *this_module(void);

static void finish(struct metrics *mm)
{
    mm->done = true;
    metrics_report(mm);
    inv_module_done(mm->inv, this_module());
}

/* The module. */

static const char *target(const struct investigation *inv, const char *prefix)
{
    const struct model *m = inv_model(inv);

    VEC_EACH (t, &m->targets) {
        if (strncmp(*t, prefix, strlen(prefix)) == 0)
            return *t + strlen(prefix);
    }
    return NULL;
}

static bool applies(const struct investigation *inv)
{
    return target(inv, "prometheus:") != NULL;
}

static void read_context(struct metrics *mm)
{
    const struct model *m = inv_model(mm->inv);
    const char *path = target(mm->inv, "topology:");
    struct rca_metric metric;
    struct err err = ERR_INIT;

    mm->alert_service = m->has_incident ? m->incident.service : "";
    mm->alert_metric = m->has_incident ? m->incident.metric : "";
    mm->alert_name = m->has_incident ? m->incident.title : "";
    mm->alert_ms = m->has_incident ? m->incident.started_at_ms : 0;
    mm->alert_kind = RCA_OTHER;
    if (*mm->alert_metric) {
        rca_metric_classify(mm->alert_metric, &metric);
        mm->alert_kind = metric.kind == RCA_SKIP ? RCA_OTHER : metric.kind;
    }
    mm->live = llabs(loop_wall_ms(inv_loop(mm->inv)) - inv_now_ms(mm->inv)) < LIVE_MS;
    mm->topology = m->topology;
    if (!mm->topology && path && topology_load(path, mm->arena, &mm->topology, &err)) {
        mm->topology = NULL;
        inv_gap(mm->inv, "", "the topology", &err);
    }
    if (mm->topology)
        rca_collect_topology(&mm->c, mm->topology);
}

static void start(struct investigation *inv, void **ret_state)
{
    struct metrics *mm = xcalloc(1, sizeof(*mm));

    *ret_state = mm;
    mm->inv = inv;
    mm->arena = inv_arena(inv);
    rca_collect_init(&mm->c, mm->arena);
    read_context(mm);
    mm->pending = 1;
    ask_context(mm);
    metrics_step_done(mm);
}

static void cancel(struct investigation *inv, void *state)
{
    struct metrics *mm = state;

    (void)inv;
    mm->done = true;
    metrics_drop_jobs(mm);
}

static void free_state(void *state)
{
    struct metrics *mm = state;

    metrics_drop_jobs(mm);
    VEC_RELEASE(&mm->names);
    rca_collect_release(&mm->c);
    free(mm);
}

const struct inv_module inv_module_metrics = {
    .name = "metrics",
    .applies = applies,
    .start = start,
    .cancel = cancel,
    .free = free_state,
    .test = steer_test_metrics,
};

static const struct inv_module *this_module(void)
{
    return &inv_module_metrics;
}
