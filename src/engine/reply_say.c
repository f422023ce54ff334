/* reply_say.c - answers from what is recorded: one function an act, in one table at the end. */
#include "reply_priv.h"
#include "reply_skill.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "runbook/base/timefmt.h"
#include "runbook/store/index.h"

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

void reply_put_hypothesis(struct reply *a, const struct hypothesis *h)
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
        reply_put_hypothesis(a, h);
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
        reply_put_hypothesis(a, h);
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

size_t reply_put_resources(struct reply *a, enum health at_least)
{
    const struct model *m = inv_model(a->inv);
    const char *question = model_last_question(m);
    size_t n = 0;

    VEC_EACH (r, &m->resources) {
        bool wanted = r->health >= at_least && is_kind(r, question) &&
                      (!*a->p.target || !a->p.target_known || reply_named_host(m, a->p.target) ||
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
    reply_put_resources(a, HEALTH_UNKNOWN);
    if (!a->out.len)
        buf_adds(&a->out, "No resource was seen yet: `scan all` reads them.");
}

void reply_say_health(struct reply *a)
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
    reply_put_resources(a, HEALTH_WARNING);
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

static void say_mutate(struct reply *a)
{
    buf_addf(
        &a->out,
        "A sentence changes nothing: \"%s\" is an operation of `runbook act`, with a plan and an "
        "approval. `how do I fix it?` shows what is proposed here.",
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

static void say_skills(struct reply *a)
{
    reply_skills(a->inv->engine, model_last_question(inv_model(a->inv)), &a->out);
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
    aws_phrase_help(&a->out);
}

static void (*const says[PHRASE_ACTS])(struct reply *a) = {
    [PHRASE_CAUSE] = say_cause,         [PHRASE_SHOW] = say_one,
    [PHRASE_EVIDENCE] = say_evidence,   [PHRASE_HYPOTHESES] = say_hypotheses,
    [PHRASE_GAPS] = say_gaps,           [PHRASE_QUERIES] = say_queries,
    [PHRASE_NEXT] = say_next,           [PHRASE_IMPACT] = say_impact,
    [PHRASE_RESOURCES] = say_resources, [PHRASE_ALERTS] = say_alerts,
    [PHRASE_HEALTH] = reply_say_health, [PHRASE_MUTATE] = say_mutate,
    [PHRASE_KNOWLEDGE] = say_not_yet,   [PHRASE_SOP] = say_skills,
    [PHRASE_FEEDBACK] = say_not_yet,    [PHRASE_NOTIFY] = say_not_yet,
    [PHRASE_HELP] = say_help,           [PHRASE_SESSIONS] = say_sessions,
    [PHRASE_TOPOLOGY] = say_topology,   [PHRASE_COST] = say_cost,
    [PHRASE_TIMELINE] = say_timeline,
};

bool reply_can_say(enum phrase_act act)
{
    return says[act] != NULL;
}

void reply_say(struct reply *a)
{
    says[a->p.act](a);
}
