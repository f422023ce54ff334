/* reply.c - see reply.h. One function an act, in one table; those that look at a source come back
 * through reply_over(). */
#include "reply.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "host_resources.h"
#include "reply_state.h"
#include "runbook/base/num.h"
#include "runbook/base/timefmt.h"
#include "runbook/codec/json.h"
#include "runbook/service/promql.h"
#include "runbook/store/index.h"
#include "runbook/service/prom_answer.h"
#include "runbook/tool/toolenv.h"

#define ANSWER_MAX ((size_t)64 << 10)
#define LINES_MAX 20
#define DEFAULT_WINDOW_MS INT64_C(3600000)

struct reply {
    struct investigation *inv;
    struct phrase p;
    struct buf out;
    const char *host;
};

/* ---- names ---- */

static bool is_known(void *ctx, struct str word)
{
    const struct model *m = ctx;

    if (word.len < 2)
        return false;
    VEC_EACH (t, &m->targets) {
        if (strncmp(*t, "host:", 5) == 0 && str_eq_c(word, *t + 5))
            return true;
    }
    for (size_t i = 0; m->topology && i < m->topology->count; i++) {
        if (str_eq_c(word, m->topology->nodes[i].id))
            return true;
    }
    VEC_EACH (h, &m->hypotheses) {
        if (str_eq_c(word, h->service))
            return true;
    }
    VEC_EACH (r, &m->resources) {
        if (str_eq_c(word, r->name))
            return true;
    }
    return m->has_incident && str_eq_c(word, m->incident.service);
}

void reply_parse(const struct model *m, const char *question, struct arena *a, struct phrase *ret)
{
    phrase_parse(str_from(question), is_known, (void *)(uintptr_t)m, a, ret);
}

/* Answered from the record of an investigation. */
static bool needs_record(enum phrase_act act)
{
    return act == PHRASE_CAUSE || act == PHRASE_NEXT || act == PHRASE_IMPACT ||
           act == PHRASE_EVIDENCE || act == PHRASE_HYPOTHESES || act == PHRASE_GAPS ||
           act == PHRASE_SHOW;
}

/* "investigate checkout", "detect anomalies"; not only "it is slow". */
static bool is_outright(const struct phrase *p)
{
    static const char *const words[] = {
        "investigate", "diagnose", "troubleshoot", "debug", "analyse", "analyze", "detect", "find",
        "check",       "show",     "list",         "any",   "look",    "dig",     NULL};
    bool outright = false;

    for (size_t i = 0; words[i]; i++)
        outright = outright || (strlen(p->verb) == strlen(words[i]) &&
                                str_ifind(str_from(p->verb), str_from(words[i])) == 0);
    return p->act == PHRASE_INVESTIGATE && outright;
}

bool reply_wants_investigation(const struct model *m, const struct phrase *p, bool has_model,
                               bool asked)
{
    bool sure = p->confidence >= PHRASE_SURE;

    if (p->act == PHRASE_INVESTIGATE && sure && (is_outright(p) || !has_model))
        return true;
    if (asked)
        return false;
    if (m->turn == 0) /* what is typed first is what is wrong, unless it clearly is not */
        return !sure || needs_record(p->act) || p->class == CLASS_DIAGNOSE ||
               p->act == PHRASE_INVESTIGATE;
    return !has_model && !sure;
}

static const char *only_host(const struct model *m)
{
    const char *host = NULL;

    VEC_EACH (t, &m->targets) {
        if (strncmp(*t, "host:", 5) != 0)
            continue;
        if (host)
            return NULL;
        host = *t + 5;
    }
    return host;
}

static const char *named_host(const struct model *m, const char *name)
{
    VEC_EACH (t, &m->targets) {
        if (strncmp(*t, "host:", 5) == 0 && strcmp(*t + 5, name) == 0)
            return *t + 5;
    }
    return NULL;
}

/* ---- the end ---- */

static void reply_over(struct reply *a)
{
    struct investigation *inv = a->inv;

    if (!a->out.len)
        buf_adds(&a->out, "Nothing of the kind is known.");
    inv_say(inv, arena_str(inv->arena, buf_str(&a->out)));
    buf_release(&a->out);
    inv->active--;
    inv_maybe_end(inv);
}

/* ---- from the record ---- */

static void put_list(struct reply *a, const char *const *items, size_t count)
{
    for (size_t i = 0; i < count && i < LINES_MAX; i++)
        buf_addf(&a->out, "- %s\n", items[i]);
}

static void say_cause(struct reply *a)
{
    const struct model *m = inv_model(a->inv);
    const struct conclusion *c = &m->conclusion;

    if (c->verdict == VERDICT_NONE) {
        buf_adds(&a->out,
                 "Nothing was investigated yet: say what is wrong, or `detect anomalies`.");
        return;
    }
    buf_addf(&a->out, "%s\n", c->summary);
    if (!c->has_root_cause)
        return;
    buf_addf(&a->out, "\nConfidence %.2f (%s), from:\n", c->root_cause.confidence,
             c->root_cause.hypothesis);
    for (size_t i = 0; i < c->root_cause.evidence.count && i < 10; i++) {
        const struct evidence *e = model_evidence(m, c->root_cause.evidence.items[i]);

        if (e)
            buf_addf(&a->out, "- %s [%s]\n", e->statement, e->id);
    }
}

static void put_evidence(struct reply *a, const struct evidence *e)
{
    buf_addf(&a->out, "- %s %s, for %s: %s\n", e->id, strength_name(e->strength),
             *e->hypothesis ? e->hypothesis : "-", e->statement);
}

static void put_hypothesis(struct reply *a, const struct hypothesis *h)
{
    buf_addf(&a->out, "%*s- %s %s (%.2f): %s\n", (h->depth - 1) * 2, "", h->id, hyp_status_words(h),
             h->confidence, h->statement);
}

static void say_one(struct reply *a)
{
    const struct model *m = inv_model(a->inv);
    const char *id = a->p.target;
    const struct evidence *e = model_evidence(m, id);
    const struct hypothesis *h = model_hypothesis(m, id);
    const struct tool_run *t = model_tool(m, id);

    if (e) {
        put_evidence(a, e);
        buf_addf(&a->out, "  from %s: %s\n", e->call, e->query);
    } else if (h) {
        put_hypothesis(a, h);
        if (*h->terms)
            buf_addf(&a->out, "  %.2f = %s\n", h->confidence, h->terms);
        if (*h->reason)
            buf_addf(&a->out, "  because %s\n", h->reason);
        for (size_t i = 0; i < h->evidence.count && i < LINES_MAX; i++)
            put_evidence(a, &m->evidence.items[h->evidence.items[i]]);
    } else if (t) {
        buf_addf(&a->out, "%s %s: %s\n  %s\n", t->call, t->tool, t->query,
                 *t->error ? t->error : t->summary);
    } else {
        buf_addf(&a->out, "There is no %s in this session.", id);
    }
}

static void say_evidence(struct reply *a)
{
    VEC_EACH (e, &inv_model(a->inv)->evidence)
        put_evidence(a, e);
}

static void say_hypotheses(struct reply *a)
{
    VEC_EACH (h, &inv_model(a->inv)->hypotheses)
        put_hypothesis(a, h);
}

static void say_gaps(struct reply *a)
{
    VEC_EACH (g, &inv_model(a->inv)->gaps)
        buf_addf(&a->out, "- %s: %s\n", g->what, g->why);
    if (!a->out.len)
        buf_adds(&a->out, "Everything that was asked for could be looked at.");
}

static void say_queries(struct reply *a)
{
    const struct model *m = inv_model(a->inv);
    size_t from = m->tools.count > LINES_MAX ? m->tools.count - LINES_MAX : 0;

    for (size_t i = from; i < m->tools.count; i++) {
        const struct tool_run *t = &m->tools.items[i];

        buf_addf(&a->out, "- %s %s: %s\n", t->call, t->title, *t->error ? t->error : t->summary);
    }
}

static void say_next(struct reply *a)
{
    const struct conclusion *c = &inv_model(a->inv)->conclusion;

    VEC_EACH (r, &c->remediation) {
        buf_addf(&a->out, "- %s (risk: %s)%s%s; undo: %s\n", r->action, approval_risk_name(r->risk),
                 *r->command ? ": " : "", r->command, *r->rollback ? r->rollback : "none possible");
    }
    put_list(a, c->next_checks.items, c->next_checks.count);
    if (!a->out.len)
        buf_adds(&a->out, "Nothing is proposed: no cause is named.");
}

static void say_impact(struct reply *a)
{
    const struct model *m = inv_model(a->inv);

    model_impact_words(m, &a->out);
    if (a->out.len)
        buf_adds(&a->out, "\n");
    put_list(a, m->conclusion.impact.services.items, m->conclusion.impact.services.count);
    put_list(a, m->conclusion.affected_services.items, m->conclusion.affected_services.count);
}

static bool is_kind(const struct resource *r, const char *question)
{
    static const struct {
        const char *word, *kind;
    } kinds[] = {{"filesystem", "filesystem"},
                 {"process", "process"},
                 {"listener", "listener"},
                 {"unit", "unit"},
                 {"target", "target"},
                 {"service", "service"},
                 {"host", "host"},
                 {"machine", "host"},
                 {"disk", "filesystem"}};

    for (size_t i = 0; i < sizeof(kinds) / sizeof(kinds[0]); i++) {
        if (str_ifind(str_from(question), str_from(kinds[i].word)) >= 0)
            return strcmp(r->kind, kinds[i].kind) == 0;
    }
    return true;
}

static void put_resource(struct reply *a, const struct resource *r)
{
    buf_addf(&a->out, "- %s %s: %s%s%s%s\n", r->kind, r->name, health_name(r->health),
             *r->status || *r->detail ? ", " : "", r->status,
             *r->detail ? arena_printf(a->inv->arena, "%s%s", *r->status ? ", " : "", r->detail)
                        : "");
}

static size_t put_resources(struct reply *a, enum health at_least)
{
    const struct model *m = inv_model(a->inv);
    const char *question = model_last_question(m);
    size_t n = 0;

    VEC_EACH (r, &m->resources) {
        bool wanted = r->health >= at_least && is_kind(r, question) &&
                      (!*a->p.target || !a->p.target_known || named_host(m, a->p.target) ||
                       strstr(r->name, a->p.target));

        if (wanted && n++ < LINES_MAX)
            put_resource(a, r);
    }
    if (n > LINES_MAX)
        buf_addf(&a->out, "- and %zu more\n", n - LINES_MAX);
    return n;
}

static void say_resources(struct reply *a)
{
    put_resources(a, HEALTH_UNKNOWN);
    if (!a->out.len)
        buf_adds(&a->out, "No resource was seen yet: `scan all` reads them.");
}

static void say_health(struct reply *a)
{
    const struct model *m = inv_model(a->inv);
    size_t firing = 0;

    VEC_EACH (x, &m->alerts)
        firing += x->state == ALERT_FIRING;
    buf_addf(&a->out,
             "Health: %zu resources are fine, %zu need a look, %zu are critical; %zu alert%s "
             "fire%s.\n",
             m->resource_health[HEALTH_OK], m->resource_health[HEALTH_WARNING],
             m->resource_health[HEALTH_CRITICAL], firing, firing == 1 ? "" : "s",
             firing == 1 ? "s" : "");
    put_resources(a, HEALTH_WARNING);
    if (*m->conclusion.summary)
        buf_addf(&a->out, "Last verdict: %s\n", m->conclusion.summary);
}

static void say_alerts(struct reply *a)
{
    VEC_EACH (x, &inv_model(a->inv)->alerts)
        buf_addf(&a->out, "- %s %s%s%s: %s [%s]\n", alert_state_name(x->state), x->name,
                 *x->service ? " of " : "", x->service, *x->summary ? x->summary : x->labels,
                 x->call);
    if (!a->out.len)
        buf_adds(&a->out, "No alert is known here.");
}

static void put_neighbours(struct reply *a, const char *word, const struct topology *t,
                           const size_t *of, size_t count)
{
    buf_addf(&a->out, "- %s %s", word, count ? "" : "nobody");
    for (size_t i = 0; i < count && i < LINES_MAX; i++)
        buf_addf(&a->out, "%s%s", i ? ", " : "", t->nodes[of[i]].name);
    if (count > LINES_MAX)
        buf_addf(&a->out, " and %zu more", count - LINES_MAX);
    buf_addc(&a->out, '\n');
}

static void say_topology(struct reply *a)
{
    const struct topology *t = inv_model(a->inv)->topology;
    size_t at = t ? topology_find(t, a->p.target) : SIZE_MAX;

    if (t && !*a->p.target) {
        buf_adds(&a->out, "Of which service? `list services` names them.");
    } else if (!t) {
        buf_adds(&a->out, "No service graph is known here: --topology FILE, or service-graph.json "
                          "of the project, gives one.");
    } else if (at == SIZE_MAX) {
        buf_addf(&a->out, "%s is not in the service graph (%s).", a->p.target,
                 inv_model(a->inv)->topology_source);
    } else {
        buf_addf(&a->out, "%s, by %s:\n", t->nodes[at].name, inv_model(a->inv)->topology_source);
        put_neighbours(a, "calls", t, t->nodes[at].callees, t->nodes[at].callee_count);
        put_neighbours(a, "is called by", t, t->nodes[at].callers, t->nodes[at].caller_count);
    }
}

static void say_cost(struct reply *a)
{
    const struct model *m = inv_model(a->inv);

    if (!m->cost.calls) {
        buf_adds(&a->out, "No language model was asked in this session: it has cost nothing.");
        return;
    }
    buf_addf(&a->out, "%lld call%s to a model: %lld tokens in, %lld out", (long long)m->cost.calls,
             m->cost.calls == 1 ? "" : "s", (long long)m->cost.input_tokens,
             (long long)m->cost.output_tokens);
    if (!isnan(m->cost.usd))
        buf_addf(&a->out, ", $%.4f", m->cost.usd);
    if (m->cost.unpriced)
        buf_addf(&a->out, " (the price of %lld is not known)", (long long)m->cost.unpriced);
    buf_adds(&a->out, ".");
}

static int by_onset(const void *a, const void *b)
{
    const struct evidence *x = *(const struct evidence *const *)a,
                          *y = *(const struct evidence *const *)b;

    return (x->onset_ms > y->onset_ms) - (x->onset_ms < y->onset_ms);
}

/* What changed, in the order in which it did. */
static void say_timeline(struct reply *a)
{
    const struct model *m = inv_model(a->inv);
    const struct evidence **all = arena_array(a->inv->arena, m->evidence.count + 1, sizeof(*all));
    size_t n = 0;

    VEC_EACH (e, &m->evidence) {
        if (e->onset_ms && e->strength <= STRENGTH_WEAK)
            all[n++] = e;
    }
    if (n)
        qsort(all, n, sizeof(*all), by_onset);
    for (size_t i = 0; i < n && i < LINES_MAX; i++) {
        char at[TIME_TEXT_MAX];

        time_format_rfc3339(all[i]->onset_ms, at);
        buf_addf(&a->out, "- %s %s [%s]\n", at, all[i]->statement, all[i]->id);
    }
    if (!n)
        buf_adds(&a->out, "Nothing is recorded that began at a known time.");
}

/* ---- what is not done ---- */

static void say_mutate(struct reply *a)
{
    buf_addf(&a->out,
             "Nothing is changed from here: \"%s\" is not supported yet. `how do I fix it?` shows "
             "what is proposed.",
             a->p.verb);
}

static void say_not_yet(struct reply *a)
{
    buf_addf(&a->out, "\"%s\" is understood, and not supported yet: there is no %s here.",
             a->p.verb,
             a->p.act == PHRASE_NOTIFY     ? "notification channel"
             : a->p.act == PHRASE_FEEDBACK ? "ranking that learns"
                                           : "knowledge base");
}

#define SESSIONS_SHOWN 20

static void say_sessions(struct reply *a)
{
    struct session_query q = {.limit = SESSIONS_SHOWN};
    struct session_list list = {0};
    const char *dir = a->inv->engine->opts.state_dir;
    struct err err;

    if (!dir || session_list_load(dir, &q, &list, &err)) {
        buf_adds(&a->out, dir ? err.msg : "Nothing is kept here.");
        return;
    }
    VEC_EACH (s, &list.items)
        buf_addf(&a->out, "- %s %s%s%s\n", s->id, *s->title ? s->title : s->query,
                 *s->verdict ? ": " : "", s->verdict);
    if (list.total > list.items.count)
        buf_addf(&a->out, "- and %zu more: runbook sessions lists them\n",
                 list.total - list.items.count);
    session_list_release(&list);
}

static void say_help(struct reply *a)
{
    buf_adds(&a->out, "Without a model these are understood, in many wordings:\n");
    phrase_help(&a->out);
}

/* ---- one look at a source ---- */

static void look_failed(struct reply *a, const struct query *q, const struct tool_result *r)
{
    buf_addf(&a->out, "%s: %s [%s]", q->title,
             r->status == TOOL_EMPTY ? "there is nothing of the kind" : r->err.msg, q->call);
}

static bool start_look(struct reply *a, const char *tool, struct str args, const char *title,
                       inv_query_fn *fn)
{
    struct inv_query q = {.tool = tool, .args_json = args, .hypothesis = "", .title = title};
    struct err err;

    if (!inv_query_try(a->inv, &q, fn, a, &err))
        return true;
    buf_addf(&a->out, "%s", err.msg);
    return false;
}

static const char *host_args(struct reply *a, bool since)
{
    struct buf args = BUF_INIT(4096);
    struct json_writer w;
    const char *text;

    json_writer_init(&w, &args);
    json_object_begin(&w);
    json_put_cstr(&w, "host", a->host);
    if (since)
        json_put_cstr(
            &w, "since",
            arena_printf(
                a->inv->arena, "%llds",
                (long long)((a->p.window_ms ? a->p.window_ms : DEFAULT_WINDOW_MS) / 1000)));
    json_object_end(&w);
    text = arena_str(a->inv->arena, buf_str(&args));
    buf_release(&args);
    return text;
}

static void on_state(void *ctx, struct investigation *inv, uint64_t query,
                     const struct tool_result *r)
{
    struct reply *a = ctx;
    const struct query *q = inv_find_query(inv, query);
    struct host_view v = {.arena = inv->arena, .host = a->host};
    struct err err;

    if (r->status == TOOL_OK && !json_parse(inv->arena, buf_str(&r->body), &v.snapshot, &err)) {
        host_publish_resources(inv, &v);
        if (!reply_state(a->host, model_last_question(inv_model(inv)), v.snapshot, q->call,
                         &a->out)) {
            buf_addf(&a->out, "%s: %s [%s]\n", a->host, r->summary, q->call);
            put_resources(a, HEALTH_UNKNOWN);
        }
    } else {
        look_failed(a, q, r);
    }
    reply_over(a);
}

static void put_log_lines(struct reply *a, const struct value *mined)
{
    size_t n = 0;

    VALUE_EACH (f, mined) {
        if (n++ < 12)
            buf_addf(&a->out, "- %lld times %s: %.300s\n", (long long)value_i64_or(f, "count", 0),
                     value_cstr_or(f, "level", ""), value_cstr_or(f, "text", ""));
    }
}

static void on_text(void *ctx, struct investigation *inv, uint64_t query,
                    const struct tool_result *r)
{
    struct reply *a = ctx;
    const struct query *q = inv_find_query(inv, query);
    const struct value *v = NULL;
    struct err err;

    if (r->status != TOOL_OK) {
        look_failed(a, q, r);
    } else {
        buf_addf(&a->out, "%s: %s [%s]\n", q->title, r->summary, q->call);
        if (!json_parse(inv->arena, buf_str(&r->body), &v, &err))
            put_log_lines(a, value_get(v, "mined"));
    }
    reply_over(a);
}

static void on_vector(void *ctx, struct investigation *inv, uint64_t query,
                      const struct tool_result *r)
{
    struct reply *a = ctx;
    const struct query *q = inv_find_query(inv, query);
    struct prom_answer v;
    struct err err;

    if (r->status != TOOL_OK || prom_decode(buf_str(&r->body), NULL, inv->arena, &v, &err)) {
        look_failed(a, q, r);
        reply_over(a);
        return;
    }
    buf_addf(&a->out, "%s: %zu series [%s]\n", q->title, v.series_count, q->call);
    for (size_t i = 0; i < v.series_count && i < LINES_MAX; i++) {
        char number[32];

        num_format_f64(v.series[i].count ? v.series[i].points[0].value : NAN, number);
        buf_adds(&a->out, "- ");
        prom_labels_format(&a->out, v.series[i].labels);
        buf_addf(&a->out, " = %s\n", number);
    }
    if (v.series_count > LINES_MAX)
        buf_addf(&a->out, "- and %zu more\n", v.series_count - LINES_MAX);
    reply_over(a);
}

/* By whatever label the service is known. */
static bool look_at_metrics(struct reply *a)
{
    static const char *const labels[] = {"service", "job", "app", "container", "name"};
    struct buf expr = BUF_INIT(8192), args = BUF_INIT(16384);
    char when[TIME_TEXT_MAX];
    struct json_writer w;
    bool begun;

    for (size_t i = 0; i < sizeof(labels) / sizeof(labels[0]); i++) {
        buf_addf(&expr, "%s{%s=", i ? " or " : "", labels[i]);
        promql_quote(&expr, str_from(a->p.target));
        buf_addc(&expr, '}');
    }
    time_format_rfc3339(inv_now_ms(a->inv), when);
    json_writer_init(&w, &args);
    json_object_begin(&w);
    json_put_str(&w, "query", buf_str(&expr));
    json_put_cstr(&w, "time", when);
    json_object_end(&w);
    begun = start_look(a, "prometheus_query", buf_str(&args),
                       arena_printf(a->inv->arena, "metrics of %s", a->p.target), on_vector);
    buf_release(&expr);
    buf_release(&args);
    return begun;
}

static bool is_service(const struct model *m, const char *name)
{
    return *name && !named_host(m, name) &&
           ((m->topology && topology_find(m->topology, name) != SIZE_MAX) ||
            (m->has_incident && strcmp(m->incident.service, name) == 0));
}

/* What is known of it, and, where there is a server to ask, its numbers now. */
static bool look_at_service(struct reply *a)
{
    const struct tool_env *env = a->inv->engine->opts.tools;

    put_resources(a, HEALTH_UNKNOWN);
    VEC_EACH (h, &inv_model(a->inv)->hypotheses) {
        if (strcmp(h->service, a->p.target) == 0)
            put_hypothesis(a, h);
    }
    return env && env->prometheus && look_at_metrics(a);
}

static void on_scanned(void *ctx)
{
    struct reply *a = ctx;

    say_health(a);
    reply_over(a);
}

/* Returns whether an answer is on its way. */
static bool look(struct reply *a)
{
    struct arena *arena = a->inv->arena;
    const struct model *m = inv_model(a->inv);

    if (a->p.act == PHRASE_METRICS)
        return look_at_metrics(a);
    if (a->p.act == PHRASE_SCAN) {
        a->inv->on_refreshed = on_scanned;
        a->inv->refreshed_ctx = a;
        refresh_ask(a->inv);
        return true;
    }
    if (a->p.act == PHRASE_STATE && is_service(m, a->p.target))
        return look_at_service(a);
    a->host = named_host(m, a->p.target) ? named_host(m, a->p.target) : only_host(m);
    if (!a->host) {
        buf_addf(&a->out, "%s is no host of this session: name one that --host gave.",
                 *a->p.target ? a->p.target : "That");
        return false;
    }
    if (a->p.act == PHRASE_STATE)
        return start_look(a, "host_snapshot", str_from(host_args(a, false)),
                          arena_printf(arena, "state of %s", a->host), on_state);
    if (a->p.act == PHRASE_LOGS)
        return start_look(a, "host_log", str_from(host_args(a, true)),
                          arena_printf(arena, "logs of %s", a->host), on_text);
    return start_look(a, "host_changes", str_from(host_args(a, true)),
                      arena_printf(arena, "changes on %s", a->host), on_text);
}

/* ---- the table ---- */

static void (*const says[PHRASE_ACTS])(struct reply *a) = {
    [PHRASE_CAUSE] = say_cause,         [PHRASE_SHOW] = say_one,
    [PHRASE_EVIDENCE] = say_evidence,   [PHRASE_HYPOTHESES] = say_hypotheses,
    [PHRASE_GAPS] = say_gaps,           [PHRASE_QUERIES] = say_queries,
    [PHRASE_NEXT] = say_next,           [PHRASE_IMPACT] = say_impact,
    [PHRASE_RESOURCES] = say_resources, [PHRASE_ALERTS] = say_alerts,
    [PHRASE_HEALTH] = say_health,       [PHRASE_MUTATE] = say_mutate,
    [PHRASE_KNOWLEDGE] = say_not_yet,   [PHRASE_SOP] = say_not_yet,
    [PHRASE_FEEDBACK] = say_not_yet,    [PHRASE_NOTIFY] = say_not_yet,
    [PHRASE_HELP] = say_help,           [PHRASE_SESSIONS] = say_sessions,
    [PHRASE_TOPOLOGY] = say_topology,   [PHRASE_COST] = say_cost,
    [PHRASE_TIMELINE] = say_timeline,
};

/* C-03: what is not sure is asked about; briefly, as it stands between answers. */
static void ask_back(struct reply *a)
{
    if (a->p.missing) {
        buf_addf(&a->out, "%s", a->p.missing);
        return;
    }
    if (a->p.act != PHRASE_NONE)
        buf_addf(&a->out, "Not sure what is meant (%s, %.2f). Say it in other words.",
                 phrase_act_name(a->p.act), a->p.confidence);
    else
        buf_adds(&a->out, "That was not understood.");
    buf_adds(&a->out, " Without a model for example these are: `what is the cause?`, `which disks "
                      "are nearly full?`, `show logs of web-3`, `what changed on web-3?`, `list "
                      "alerts`, `checkout is slow`; `help` lists all of them.");
}

void reply_start(struct investigation *inv, const char *question)
{
    struct reply *a = arena_alloc(inv->arena, sizeof(*a));
    bool looks;

    a->inv = inv;
    buf_init(&a->out, ANSWER_MAX);
    reply_parse(inv_model(inv), question, inv->arena, &a->p);
    inv->active++;
    looks = a->p.act == PHRASE_STATE || a->p.act == PHRASE_METRICS || a->p.act == PHRASE_LOGS ||
            a->p.act == PHRASE_CHANGES || a->p.act == PHRASE_SCAN;
    if (a->p.missing && looks && a->p.act != PHRASE_METRICS && only_host(inv_model(inv))) {
        a->p.missing = NULL; /* there is one machine: that one */
        a->p.confidence = 0.9;
    }
    if (a->p.confidence < PHRASE_SURE || (!looks && !says[a->p.act]))
        ask_back(a);
    else if (looks && look(a))
        return;
    else if (!looks)
        says[a->p.act](a);
    reply_over(a);
}
