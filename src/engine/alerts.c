/* alerts.c - what alert servers say: one alert.seen an alert, whoever asked for the answer. An
 * alert is known by the fingerprint of its labels, so that Prometheus and Alertmanager speak of
 * one; what a server no longer lists has resolved. A module of its own asks while "now" is now: the
 * alerts of today say nothing about an incident of last week. */
#include <stdlib.h>
#include <string.h>

#include "alerts.h"
#include "modules_priv.h"
#include "runbook/service/alertmanager.h"
#include "runbook/service/prom_answer.h"

#define ALERTS_MAX 1000 /* of one answer */

struct answer {
    struct investigation *inv;
    const char *tool, *call;
    const char *seen[ALERTS_MAX]; /* fingerprints */
    size_t seen_count;
};

/* ---- reading ---- */

static int by_name(const void *a, const void *b)
{
    return strcmp(((const struct prom_label *)a)->name, ((const struct prom_label *)b)->name);
}

static const char *fingerprint(struct arena *a, struct prom_labels labels)
{
    struct prom_label *sorted = arena_array(a, labels.count + 1, sizeof(*sorted));
    struct buf text = BUF_INIT(BUF_NO_MAX);
    char hex[SHA256_HEX];

    for (size_t i = 0; i < labels.count; i++)
        sorted[i] = labels.items[i];
    if (labels.count)
        qsort(sorted, labels.count, sizeof(*sorted), by_name);
    for (size_t i = 0; i < labels.count; i++) /* lengths first: no two sets read the same */
        buf_addf(&text, "%zu %s %zu %s\n", strlen(sorted[i].name), sorted[i].name,
                 strlen(sorted[i].value), sorted[i].value);
    hash_sha256_hex(buf_str(&text), hex);
    buf_release(&text);
    return arena_printf(a, "%.16s", hex);
}

static const char *label_or(struct prom_labels labels, const char *const *names)
{
    for (; *names; names++) {
        const char *v = prom_label(labels, *names);

        if (v && *v)
            return v;
    }
    return "";
}

/* Labels by which rules name the part that is concerned, and annotations for people. Source:
 * prometheus.io, "Alerting rules", and the rules of kube-prometheus. */
static const char *const service_labels[] = {"service", "app",      "deployment", "container",
                                             "pod",     "instance", "job",        NULL};
static const char *const summary_texts[] = {"summary", "description", "message", NULL};

static void see(struct answer *x, const char *name, enum alert_state state,
                struct prom_labels labels, struct prom_labels annotations, int64_t started_ms)
{
    struct arena *a = inv_arena(x->inv);
    struct buf text = BUF_INIT(65536);
    const char *severity = prom_label(labels, "severity");
    struct ev_alert_seen s = {.fingerprint = fingerprint(a, labels),
                              .name = *name ? name : "an alert without a name",
                              .severity = severity ? severity : "",
                              .service = label_or(labels, service_labels),
                              .summary = label_or(annotations, summary_texts),
                              .source = x->tool,
                              .call = x->call,
                              .state = state,
                              .started_ms = started_ms};

    if (x->seen_count == ALERTS_MAX)
        return;
    x->seen[x->seen_count++] = s.fingerprint;
    prom_labels_format(&text, labels);
    s.labels = buf_cstr(&text);
    inv_publish_alert(x->inv, &s);
    buf_release(&text);
}

static void read_prometheus(struct answer *x, struct str body)
{
    struct prom_alerts alerts = {0};
    struct err err = ERR_INIT;

    if (prom_decode_alerts(body, inv_arena(x->inv), &alerts, &err)) {
        inv_blind(x->inv, "", "firing alerts", &err);
        return;
    }
    for (size_t i = 0; i < alerts.count; i++) {
        const struct prom_alert *a = &alerts.items[i];

        see(x, a->name, strcmp(a->state, "firing") == 0 ? ALERT_FIRING : ALERT_PENDING, a->labels,
            a->annotations, a->active_at_ms);
    }
}

static void read_alertmanager(struct answer *x, struct str body)
{
    struct am_alerts alerts = {0};
    struct err err = ERR_INIT;

    if (am_decode_alerts(body, inv_arena(x->inv), &alerts, &err)) {
        inv_blind(x->inv, "", "alerts of Alertmanager", &err);
        return;
    }
    for (size_t i = 0; i < alerts.count; i++) {
        const struct am_alert *a = &alerts.items[i];

        see(x, a->name, strcmp(a->state, "suppressed") == 0 ? ALERT_SUPPRESSED : ALERT_FIRING,
            a->labels, a->annotations, a->starts_ms);
    }
}

static bool was_seen(const struct answer *x, const char *fingerprint_text)
{
    for (size_t i = 0; i < x->seen_count; i++)
        if (strcmp(x->seen[i], fingerprint_text) == 0)
            return true;
    return false;
}

/* What this server said before and says no longer. */
static void resolve_others(struct answer *x)
{
    const struct model *m = inv_model(x->inv);

    for (size_t i = 0; i < m->alerts.count && x->seen_count < ALERTS_MAX; i++) {
        const struct alert *a = &m->alerts.items[i];
        struct ev_alert_seen s = {.fingerprint = a->fingerprint,
                                  .name = a->name,
                                  .severity = a->severity,
                                  .service = a->service,
                                  .summary = a->summary,
                                  .labels = a->labels,
                                  .source = a->source,
                                  .call = x->call,
                                  .state = ALERT_RESOLVED,
                                  .started_ms = a->started_ms};

        if (a->state != ALERT_RESOLVED && strcmp(a->source, x->tool) == 0 &&
            !was_seen(x, a->fingerprint))
            inv_publish_alert(x->inv, &s);
    }
}

void alerts_read_answer(struct investigation *inv, const char *tool, const char *call,
                        struct str args, const struct tool_result *result)
{
    bool prometheus = strcmp(tool, "prometheus_alerts") == 0;
    struct answer *x;

    if (!prometheus && strcmp(tool, "alertmanager_alerts") != 0)
        return;
    if (result->status != TOOL_OK && result->status != TOOL_EMPTY)
        return;
    x = arena_alloc(inv_arena(inv), sizeof(*x));
    x->inv = inv;
    x->tool = tool;
    x->call = call;
    if (prometheus)
        read_prometheus(x, buf_str(&result->body));
    else
        read_alertmanager(x, buf_str(&result->body));
    if (str_ifind(args, STR_LIT("\"filter\"")) < 0) /* else it was only asked for some */
        resolve_others(x);
}

/* ---- asking ---- */

static const struct {
    const char *target, *tool, *title;
} servers[] = {{"prometheus:", "prometheus_alerts", "firing alerts"},
               {"alertmanager:", "alertmanager_alerts", "alerts of Alertmanager"}};

static bool has_target(const struct investigation *inv, const char *prefix)
{
    VEC_EACH (t, &inv_model(inv)->targets)
        if (strncmp(*t, prefix, strlen(prefix)) == 0)
            return true;
    return false;
}

size_t alerts_ask(struct investigation *inv, inv_query_fn *fn, void *ctx)
{
    size_t asked = 0;

    for (size_t i = 0; i < sizeof(servers) / sizeof(servers[0]); i++) {
        struct inv_query q = {servers[i].tool, STR_LIT("{}"), "", servers[i].title};

        if (has_target(inv, servers[i].target))
            asked += inv_query(inv, &q, fn, ctx) != 0;
    }
    return asked;
}

struct module_state {
    size_t waiting;
};

static void on_answer(void *ctx, struct investigation *inv, uint64_t query,
                      const struct tool_result *result)
{
    struct module_state *st = ctx;

    (void)query;
    if (result->status != TOOL_OK && result->status != TOOL_EMPTY)
        inv_gap(inv, "", "firing alerts", &result->err);
    if (--st->waiting == 0)
        inv_module_done(inv, &inv_module_alerts);
}

static bool applies(const struct investigation *inv)
{
    bool live = !inv_model(inv)->now_ms && !inv_model(inv)->has_incident;

    return live && (has_target(inv, servers[0].target) || has_target(inv, servers[1].target));
}

static void start(struct investigation *inv, void **ret_state)
{
    struct module_state *st = arena_alloc(inv_arena(inv), sizeof(*st));

    *ret_state = st;
    st->waiting = 1; /* until all are asked */
    st->waiting += alerts_ask(inv, on_answer, st);
    if (--st->waiting == 0)
        inv_module_done(inv, &inv_module_alerts);
}

const struct inv_module inv_module_alerts = {.name = "alerts", .applies = applies, .start = start};
