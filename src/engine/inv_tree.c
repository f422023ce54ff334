/* inv_tree.c - what an investigator writes down: phases, hypotheses, evidence, gaps, candidates.
 * Each call is an event; limits decline and never end the run. */
#include "investigation_priv.h"

#include "alerts.h"
#include "calibrate.h"
#include "runbook/engine/mutate.h"
#include "skill_match.h"
#include "runbook/engine/judge.h"

#include <assert.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "runbook/model/confidence.h"

#define TEMPORAL_MS 300000 /* a change within 5 minutes of the incident's start */

/* Phases: each once, in order. */

void inv_enter_phase(struct investigation *inv, enum phase to)
{
    const struct model *m = inv_model(inv);

    while (m->phase != to) {
        struct event ev = inv_new_event(EV_PHASE_CHANGED);
        enum phase next = to;

        if (!phase_may_change(m->phase, to)) { /* one step towards it: the phases are in order */
            if (m->phase > to && m->phase != PHASE_COMPLETE)
                return;
            next = m->phase == PHASE_COMPLETE ? PHASE_TRIAGE : (enum phase)(m->phase + 1);
        }
        ev.actor = "engine";
        ev.u.phase_changed.from = m->phase;
        ev.u.phase_changed.to = next;
        inv_publish(inv, &ev);
        if (m->phase != next)
            return;
    }
}

void inv_advance_phase(struct investigation *inv, enum phase to)
{
    if (inv_model(inv)->phase < to && !inv->answer) {
        inv_enter_phase(inv, to);
        inv_wake_tests(inv);
    }
}

/* The tree. */

void inv_warn_limit(struct investigation *inv, const char *tool, const char *text)
{
    struct event ev = inv_new_event(EV_LIMIT_WARNED);

    ev.actor = "engine";
    ev.u.limit_warned.tool = tool;
    ev.u.limit_warned.text = text;
    inv_publish(inv, &ev);
}

static bool is_duplicate(const struct model *m, const struct inv_hypothesis *h, size_t from)
{
    for (size_t i = from; i < m->hypotheses.count; i++) {
        const struct hypothesis *o = &m->hypotheses.items[i];

        if (strcmp(o->statement, h->statement) == 0 &&
            strcmp(o->parent, h->parent ? h->parent : "") == 0)
            return true;
    }
    return false;
}

static size_t count_roots(const struct model *m)
{
    size_t n = 0;

    VEC_EACH (h, &m->hypotheses)
        n += h->depth == 1;
    return n;
}

/* What a person added does not take room from the investigator. */
static size_t count_own(const struct investigation *inv)
{
    const struct model *m = inv_model(inv);
    size_t n = 0;

    for (size_t i = inv->first_hypothesis; i < m->hypotheses.count; i++)
        n += !m->hypotheses.items[i].by_user;
    return n;
}

static bool has_budget(const struct investigation *inv, const char *budget)
{
    for (size_t i = 0; budget && i < inv->budgets.count; i++)
        if (strcmp(inv->budgets.items[i], budget) == 0)
            return true;
    return false;
}

/* Does it take no room of its own? At most as many as have room do so. */
static bool shares(const struct investigation *inv, const struct inv_hypothesis *h)
{
    return inv->shared < (size_t)inv->engine->opts.limits.max_hypotheses &&
           has_budget(inv, h->budget);
}

static void take_room(struct investigation *inv, const struct inv_hypothesis *h)
{
    if (shares(inv, h))
        inv->shared++;
    else if (h->budget && !has_budget(inv, h->budget))
        *VEC_PUSH(&inv->budgets) = arena_strdup(inv->arena, h->budget);
}

/* Why a proposal is declined, or NULL. */
static const char *declined(struct investigation *inv, const struct inv_hypothesis *h)
{
    const struct engine_limits *l = &inv->engine->opts.limits;
    const struct model *m = inv_model(inv);
    const struct hypothesis *parent =
        h->parent && *h->parent ? model_hypothesis(m, h->parent) : NULL;

    if (parent && *parent->rejected_by)
        return arena_printf(inv->arena, "hypothesis declined, %s is rejected: %s", parent->id,
                            h->statement);
    if (count_own(inv) - inv->shared >= (size_t)l->max_hypotheses && !shares(inv, h))
        return arena_printf(inv->arena, "hypothesis declined, %d are in the tree already: %s",
                            l->max_hypotheses, h->statement);
    if (parent && parent->depth >= l->max_depth)
        return arena_printf(inv->arena, "hypothesis declined, the tree is %d deep already: %s",
                            l->max_depth, h->statement);
    return NULL;
}

static void publish_proposed(struct investigation *inv, const struct inv_hypothesis *h,
                             const char *id, const char *actor)
{
    struct event ev = inv_new_event(EV_HYPOTHESIS_PROPOSED);
    struct ev_hypothesis_proposed *p = &ev.u.hypothesis_proposed;

    ev.actor = actor;
    p->id = id;
    p->parent = h->parent;
    p->statement = h->statement;
    p->kind = h->kind;
    p->resource = h->resource;
    p->service = h->service;
    p->metric = h->metric;
    p->pattern = h->pattern;
    p->rationale = h->rationale;
    p->refutes = h->refutes;
    p->category = h->category;
    p->priority = h->priority ? h->priority : 3;
    inv_publish(inv, &ev);
}

const char *inv_propose(struct investigation *inv, const struct inv_hypothesis *h)
{
    return inv_propose_as(inv, h, "builtin");
}

const char *inv_propose_as(struct investigation *inv, const struct inv_hypothesis *h,
                           const char *actor)
{
    const struct model *m = inv_model(inv);
    const struct hypothesis *parent =
        h->parent && *h->parent ? model_hypothesis(m, h->parent) : NULL;
    const char *why = declined(inv, h), *id;

    if (is_duplicate(m, h, inv->first_hypothesis))
        return NULL;
    if (why) {
        inv_warn_limit(inv, "", why);
        return NULL;
    }
    take_room(inv, h);
    inv_advance_phase(inv, PHASE_HYPOTHESIZE);
    if (parent)
        id = arena_printf(inv->arena, "%s.%zu", parent->id, parent->children.count + 1);
    else
        id = arena_printf(inv->arena, "H%zu", count_roots(m) + 1);
    if (parent && parent->children.count == 0) {
        struct event ev = inv_new_event(EV_HYPOTHESIS_BRANCHED);

        ev.actor = actor;
        ev.u.hypothesis_id.id = parent->id;
        ev.u.hypothesis_id.reason = h->rationale;
        inv_publish(inv, &ev);
    }
    publish_proposed(inv, h, id, actor);
    return model_hypothesis(m, id)->id;
}

/* The phase stays: the first look around goes on as it was. */
const char *inv_propose_user(struct investigation *inv, const struct inv_hypothesis *h)
{
    const struct model *m = inv_model(inv);
    const char *id = arena_printf(inv->arena, "H%zu", count_roots(m) + 1);

    publish_proposed(inv, h, id, "user");
    return model_hypothesis(m, id)->id;
}

static void publish_id(struct investigation *inv, enum event_type type, const char *hyp,
                       const char *reason)
{
    struct event ev = inv_new_event(type);

    ev.u.hypothesis_id.id = hyp;
    ev.u.hypothesis_id.reason = reason;
    inv_publish(inv, &ev);
}

void inv_testing(struct investigation *inv, const char *hyp)
{
    const struct hypothesis *h = model_hypothesis(inv_model(inv), hyp);

    inv_advance_phase(inv, PHASE_INVESTIGATE);
    if (h && h->status == HYP_PENDING)
        publish_id(inv, EV_HYPOTHESIS_TESTING, hyp, "");
}

void inv_prune(struct investigation *inv, const char *hyp, const char *reason)
{
    inv_advance_phase(inv, PHASE_INVESTIGATE);
    if (!inv_is_rejected(inv, hyp))
        publish_id(inv, EV_HYPOTHESIS_PRUNED, hyp, reason);
}

static struct inv_odds *odds_of(struct investigation *inv, const char *hyp)
{
    VEC_EACH (w, &inv->weighed) {
        if (strcmp(w->hypothesis, hyp) == 0)
            return &w->odds;
    }
    return NULL;
}

static void keep_odds(struct investigation *inv, const char *hyp, const struct inv_odds *odds)
{
    struct inv_odds *old = odds_of(inv, hyp);

    if (old)
        *old = *odds;
    else
        *VEC_PUSH(&inv->weighed) = (struct weighed){arena_strdup(inv->arena, hyp), *odds};
}

/* What the sum of terms gives; a model's hypothesis gets no more than the ranking leaves for it. */
static double sum_of(struct investigation *inv, size_t at, int score, struct buf *terms)
{
    const struct model *m = inv_model(inv);
    struct judge_ranked *ranking = arena_array(inv->arena, inv->candidates.count, sizeof(*ranking));
    double sum = calibrate_sum(score), most;
    size_t n = 0;

    VEC_EACH (c, &inv->candidates) {
        const struct hypothesis *h = c->hypothesis ? model_hypothesis(m, c->hypothesis) : NULL;

        if (c->service && *c->service && !(h && (h->by_model || h->by_user)))
            ranking[n++] = (struct judge_ranked){c->service, calibrate_ranked(c->score)};
    }
    most = judge_ceiling(m, &m->hypotheses.items[at], ranking, n);
    if (most < sum)
        buf_addf(terms, ", at most %.2f by the ranking of all services", most);
    return fmin(sum, most);
}

/* Confidence comes from the recorded evidence alone; without any, nothing is supported or
 * confirmed. */
static void score(struct investigation *inv, enum event_type type, const char *hyp,
                  const char *reason, const struct inv_odds *odds)
{
    const struct model *m = inv_model(inv);
    struct buf terms = BUF_INIT(2048);
    struct confidence_input in;
    size_t at = model_index(m, 'h', hyp);
    struct event ev = inv_new_event(type);

    if (at == SIZE_MAX)
        return;
    confidence_gather(m, at, &in);
    if (inv_is_rejected(inv, hyp)) {
        if (type == EV_HYPOTHESIS_CONFIRMED)
            inv_warn_limit(
                inv, "",
                arena_printf(inv->arena,
                             "%s stays rejected, though its evidence would confirm it (%d %%)", hyp,
                             confidence_score(&in)));
        return;
    }
    if (!in.corroborating) {
        inv_warn_limit(inv, "",
                       arena_printf(inv->arena, "%s is not %s: no evidence is recorded for it", hyp,
                                    type == EV_HYPOTHESIS_CONFIRMED ? "confirmed" : "supported"));
        return;
    }
    inv_advance_phase(inv, PHASE_INVESTIGATE);
    confidence_terms(m, at, &in, &terms);
    if (odds)
        buf_addf(&terms,
                 ", %.2f that it is this one of %zu candidates, %.2f that anything is wrong",
                 odds->probability / fmax(odds->wrong, 1e-9), odds->candidates, odds->wrong);
    if (odds)
        keep_odds(inv, hyp, odds);
    ev.u.hypothesis_scored.id = hyp;
    ev.u.hypothesis_scored.confidence =
        odds ? calibrate_ranked(odds->probability) : sum_of(inv, at, confidence_score(&in), &terms);
    ev.u.hypothesis_scored.terms = buf_cstr(&terms);
    ev.u.hypothesis_scored.reason = reason;
    inv_publish(inv, &ev);
    buf_release(&terms);
}

void inv_support(struct investigation *inv, const char *hyp, const char *reason)
{
    score(inv, EV_HYPOTHESIS_SUPPORTED, hyp, reason, NULL);
}

void inv_confirm(struct investigation *inv, const char *hyp, const char *reason)
{
    score(inv, EV_HYPOTHESIS_CONFIRMED, hyp, reason, NULL);
}

void inv_weigh(struct investigation *inv, bool confirmed, const char *hyp,
               const struct inv_odds *odds, const char *reason)
{
    score(inv, confirmed ? EV_HYPOTHESIS_CONFIRMED : EV_HYPOTHESIS_SUPPORTED, hyp, reason, odds);
}

void inv_publish_scored(struct investigation *inv, bool confirmed, const char *hyp,
                        const char *reason)
{
    score(inv, confirmed ? EV_HYPOTHESIS_CONFIRMED : EV_HYPOTHESIS_SUPPORTED, hyp, reason, NULL);
}

/* The ranking knows nothing of what contradicts its first candidate; the sum does. */
void inv_score_for_model(struct investigation *inv, bool confirmed, const char *hyp,
                         const char *reason)
{
    const struct hypothesis *h = model_hypothesis(inv_model(inv), hyp);
    const struct inv_odds *odds = odds_of(inv, hyp);
    struct inv_odds copy;

    if (odds)
        copy = *odds;
    score(inv, confirmed ? EV_HYPOTHESIS_CONFIRMED : EV_HYPOTHESIS_SUPPORTED, hyp, reason,
          odds && h && !h->contradicted ? &copy : NULL);
}

void inv_gap(struct investigation *inv, const char *hyp, const char *what, const struct err *why)
{
    struct event ev = inv_new_event(EV_GAP_NOTED);

    if (why->code == ERR_CANCELED && inv_is_rejected(inv, hyp)) /* nobody wants to know any more */
        return;

    VEC_EACH (g, &inv_model(inv)->gaps) {
        if (strcmp(g->what, what) == 0 && strcmp(g->hypothesis, hyp ? hyp : "") == 0)
            return;
    }
    ev.u.gap_noted.what = what;
    ev.u.gap_noted.why = why->msg;
    ev.u.gap_noted.hypothesis = hyp;
    ev.u.gap_noted.code = err_code_name(why->code);
    inv_publish(inv, &ev);
}

void inv_blind(struct investigation *inv, const char *hyp, const char *what, const struct err *why)
{
    inv->failed_queries++;
    inv_gap(inv, hyp, what, why);
}

void inv_resource(struct investigation *inv, const struct ev_resource_seen *r)
{
    struct event ev = inv_new_event(EV_RESOURCE_SEEN);

    ev.u.resource_seen = *r;
    inv_publish(inv, &ev);
}

void inv_publish_alert(struct investigation *inv, const struct ev_alert_seen *s)
{
    struct event ev = inv_new_event(EV_ALERT_SEEN);

    ev.u.alert_seen = *s;
    inv_publish(inv, &ev);
}

void inv_publish_change(struct investigation *inv, const struct ev_change_seen *s)
{
    struct event ev = inv_new_event(EV_CHANGE_SEEN);

    ev.u.change_seen = *s;
    inv_publish(inv, &ev);
}

void inv_say(struct investigation *inv, const char *markdown)
{
    struct event ev = inv_new_event(EV_AGENT_TEXT);
    char id[32];

    snprintf(id, sizeof(id), "m%zu", ++inv->messages);
    ev.u.agent_text.text = markdown;
    ev.u.agent_text.message = id;
    ev.u.agent_text.last = true;
    inv_publish(inv, &ev);
}

static const char *const *copy_list(struct arena *a, const struct strings *list)
{
    const char **items = arena_array(a, list->count, sizeof(*items));

    for (size_t i = 0; i < list->count; i++)
        items[i] = arena_strdup(a, list->items[i]);
    return items;
}

void inv_candidate(struct investigation *inv, const struct ev_candidate_ranked *c)
{
    struct ev_candidate_ranked *k = VEC_PUSH(&inv->candidates);
    struct arena *a = inv->arena;

    *k = *c;
    k->service = arena_strdup(a, c->service);
    k->metric = arena_strdup(a, c->metric);
    k->resource = arena_strdup(a, c->resource);
    k->category = arena_strdup(a, c->category);
    k->statement = arena_strdup(a, c->statement);
    k->hypothesis = arena_strdup(a, c->hypothesis);
    k->evidence.items = copy_list(a, &c->evidence);
}

/* "host.unit.restart unit=x": on that machine. */
static void put_act(const char *act, const char *host, struct buf *out)
{
    size_t name = strcspn(act, " ");

    buf_addf(out, "%.*s", (int)name, act);
    if (*host && strcmp(host, "local") != 0)
        buf_addf(out, " host=%s", host);
    buf_adds(out, act + name);
}

/* What the mutation engine can do of a proposal, as a line for `runbook act`; "": nothing. */
static const char *act_of(struct investigation *inv, const struct ev_remediation_proposed *s)
{
    const struct hypothesis *h = model_hypothesis(inv_model(inv), s->hypothesis);
    struct buf line = BUF_INIT(4096);
    const char *host = "local", *end, *text;

    if (h && strncmp(h->resource, "host:", 5) == 0) {
        end = strchr(h->resource, '/');
        host = end ? arena_strndup(inv->arena, h->resource + 5, (size_t)(end - h->resource) - 5)
                   : h->resource + 5;
    }
    if (s->act && *s->act)
        put_act(s->act, host, &line);
    else
        act_from_command(s->command, host, &line);
    text = arena_strdup(inv->arena, buf_cstr(&line));
    buf_release(&line);
    return text;
}

/* The skill that fits its root cause; "": none. */
static const char *skill_of(struct investigation *inv, const struct ev_remediation_proposed *s)
{
    const struct hypothesis *h = model_hypothesis(inv_model(inv), s->hypothesis);
    struct buf line = BUF_INIT(4096);
    const char *text = "";

    if (h && skill_match_line(h->pattern, h->resource, &line))
        text = arena_strdup(inv->arena, buf_cstr(&line));
    buf_release(&line);
    return text;
}

void inv_propose_step(struct investigation *inv, const struct ev_remediation_proposed *step)
{
    struct ev_remediation_proposed *s = VEC_PUSH(&inv->steps);
    struct arena *a = inv->arena;

    *s = *step;
    s->hypothesis = arena_strdup(a, step->hypothesis);
    s->action = arena_strdup(a, step->action);
    s->command = arena_strdup(a, step->command ? step->command : "");
    s->rollback = arena_strdup(a, step->rollback ? step->rollback : "");
    s->watch = arena_strdup(a, step->watch ? step->watch : "");
    s->act = act_of(inv, s);
    s->skill = skill_of(inv, s);
}

void inv_check(struct investigation *inv, const char *hyp, const char *check)
{
    struct hand_check *c = VEC_PUSH(&inv->checks);

    c->hypothesis = arena_strdup(inv->arena, hyp);
    c->text = arena_strdup(inv->arena, check);
}

static bool near_incident(const struct investigation *inv, int64_t onset_ms)
{
    const struct model *m = inv_model(inv);
    int64_t started = m->has_incident ? m->incident.started_at_ms : 0;

    return onset_ms && started && llabs(onset_ms - started) <= TEMPORAL_MS;
}

struct citation {
    const char *call, *text, *blob;
};

static const char *add_evidence(struct investigation *inv, const struct inv_evidence *x,
                                const struct citation *from, const char *actor)
{
    struct event ev = inv_new_event(EV_EVIDENCE_ADDED);
    struct ev_evidence_added *e = &ev.u.evidence_added;
    char id[32];

    ev.actor = actor;
    snprintf(id, sizeof(id), "E%zu", inv_model(inv)->evidence.count + 1);
    e->id = id;
    e->call = from->call;
    e->hypothesis = x->hypothesis;
    e->strength = x->strength;
    e->statement = x->statement;
    e->query = from->text;
    e->blob = from->blob;
    e->service = x->service;
    e->metric = x->metric;
    e->resource = x->resource;
    e->unit = x->unit;
    e->before = x->before;
    e->after = x->after;
    e->score = x->score;
    e->window_start_ms = x->window_start_ms;
    e->window_end_ms = x->window_end_ms;
    e->onset_ms = x->onset_ms;
    e->direct = x->direct;
    e->temporal = x->temporal || near_incident(inv, x->onset_ms);
    inv_advance_phase(inv, PHASE_INVESTIGATE);
    inv_publish(inv, &ev);
    return model_evidence(inv_model(inv), id)->id;
}

const char *inv_add_evidence(struct investigation *inv, const struct inv_evidence *x)
{
    const struct query *q = inv_find_query(inv, x->query);
    struct citation from;

    assert(q && q->state == QUERY_DONE);
    if (q->result.status == TOOL_CANCELED) /* it was taken back before it could say anything */
        return "";
    from = (struct citation){q->call, q->text, q->blob};
    return add_evidence(inv, x, &from, "builtin");
}

const char *inv_add_cited(struct investigation *inv, const struct inv_evidence *x,
                          const struct tool_run *t, const char *actor)
{
    struct citation from = {t->call, t->query, t->blob};

    return add_evidence(inv, x, &from, actor);
}
