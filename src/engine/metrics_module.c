/* metrics_module.c - the metrics module: what is asked of Prometheus, in which order.
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
#define LIVE_MS (10 * MINUTE_MS)

void metrics_step_done(struct metrics *mm)
{
    void (*next)(struct metrics *) = mm->next;

    if (--mm->pending > 0 || mm->done)
        return;
    if (next == metrics_finish) { /* the state may be gone when this returns */
        metrics_finish(mm);
        return;
    }
    mm->pending = 1; /* a stage that asks nothing falls through to its own next */
    next(mm);
    metrics_step_done(mm);
}

/* Arguments as JSON: pairs of name and text, ended by NULL; a NULL text is left out. */
uint64_t metrics_ask(struct metrics *mm, const char *tool, const char *hypothesis,
                     const char *title, const char *const *args, inv_query_fn *fn, void *ctx)
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

const char *metrics_time_text(struct metrics *mm, int64_t ms)
{
    char text[TIME_TEXT_MAX];

    time_format_rfc3339(ms, text);
    return arena_strdup(mm->arena, text);
}

const char *metrics_duration_text(struct metrics *mm, int64_t ms)
{
    struct buf b = BUF_INIT(64);
    const char *ret;

    promql_duration(&b, ms);
    ret = arena_str(mm->arena, buf_str(&b));
    buf_release(&b);
    return ret;
}

/* False, and a gap noted, when the answer is an error. */
bool metrics_answered(struct metrics *mm, const char *hypothesis, const char *what,
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
    if (metrics_answered(mm, "", "firing alerts", r) &&
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
                                  metrics_time_text(mm, best->active_at_ms)));
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
    if (metrics_answered(mm, "", "scrape targets", r) &&
        !prom_decode_targets(buf_str(&r->body), mm->arena, &mm->targets, &err))
        metrics_see_targets(mm);
    metrics_step_done(mm);
}

void metrics_set_window(struct metrics *mm)
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
const char *metrics_triage(struct metrics *mm)
{
    if (inv_model(mm->inv)->phase <= PHASE_TRIAGE)
        return "";
    metrics_propose_roots(mm);
    return mm->roots[ROOT_SERVICE];
}

static void ask_context(struct metrics *mm)
{
    static const char *const none[] = {NULL};

    mm->next = metrics_ask_names;
    if (!inv_model(mm->inv)->has_incident)
        metrics_ask(mm, "prometheus_alerts", metrics_triage(mm), "firing alerts", none, on_alerts,
                    mm);
    metrics_ask(mm, "prometheus_targets", metrics_triage(mm), "scrape targets", none, on_targets,
                mm);
}

void metrics_finish(struct metrics *mm)
{
    mm->done = true;
    metrics_report(mm);
    inv_module_done(mm->inv, &inv_module_metrics);
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
    struct err err = ERR_INIT;

    mm->alert_service = m->has_incident ? m->incident.service : "";
    mm->alert_metric = m->has_incident ? m->incident.metric : "";
    mm->alert_name = m->has_incident ? m->incident.title : "";
    mm->alert_ms = m->has_incident ? m->incident.started_at_ms : 0;
    mm->alert_kind = *mm->alert_metric ? rca_plan_alert_kind(mm->alert_metric) : RCA_OTHER;
    mm->live = llabs(loop_wall_ms(inv_loop(mm->inv)) - inv_now_ms(mm->inv)) < LIVE_MS;
    /* One of AWS alone has no labels: no series could be told to be of its nodes. */
    mm->topology = path ? m->topology : NULL;
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
    metrics_ask_past(mm);
    ask_context(mm);
    metrics_step_done(mm);
}

static void cancel(struct investigation *inv, void *state)
{
    struct metrics *mm = state;

    (void)inv;
    mm->done = true;
    metrics_drop_jobs(mm);
    metrics_drop_past(mm);
}

static void free_state(void *state)
{
    struct metrics *mm = state;

    metrics_drop_jobs(mm);
    metrics_drop_past(mm);
    past_release(&mm->past);
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
