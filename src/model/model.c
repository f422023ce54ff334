/* model.c - the fold. One small function an event type, listed in one table at the end. */
#include "model_priv.h"

#include <assert.h>
#include <math.h>
#include <stdio.h>
#include <string.h>

void model_init(struct model *m)
{
    memset(m, 0, sizeof(*m));
    m->arena = arena_new(4096);
    for (size_t i = 0; i < sizeof(m->by_id) / sizeof(m->by_id[0]); i++)
        m->by_id[i] = map_new();
    m->id = m->title = m->query = m->version = m->user = m->host = m->cwd = m->investigator = "";
    m->turn_kind = m->asked = m->llm = m->compacted.summary = "";
    m->incident.id = m->incident.title = m->incident.service = m->incident.metric = "";
    m->incident.direction = m->incident.source = "";
    m->topology_source = "";
    m->conclusion.impact.node = SIZE_MAX;
    m->conclusion.summary = "";
    m->conclusion.confidence = NAN;
    model_spend_init(m);
    m->conclusion.root_cause.hypothesis = m->conclusion.root_cause.statement = "";
    m->conclusion.root_cause.category = m->conclusion.root_cause.service = "";
    m->conclusion.root_cause.metric = m->conclusion.root_cause.resource = "";
}

void model_release(struct model *m)
{
    VEC_EACH (h, &m->hypotheses) {
        VEC_RELEASE(&h->children);
        VEC_RELEASE(&h->evidence);
        VEC_RELEASE(&h->gaps);
    }
    VEC_EACH (c, &m->candidates)
        VEC_RELEASE(&c->evidence);
    VEC_RELEASE(&m->conclusion.root_cause.evidence);
    VEC_RELEASE(&m->conclusion.affected_services);
    VEC_RELEASE(&m->conclusion.next_checks);
    VEC_RELEASE(&m->conclusion.remediation);
    VEC_RELEASE(&m->conclusion.impact.services);
    VEC_RELEASE(&m->targets);
    VEC_RELEASE(&m->asked_options);
    VEC_RELEASE(&m->hypotheses);
    VEC_RELEASE(&m->evidence);
    VEC_RELEASE(&m->tools);
    VEC_RELEASE(&m->gaps);
    VEC_EACH (a, &m->approvals) {
        VEC_RELEASE(&a->evidence);
        VEC_RELEASE(&a->calls);
    }
    model_release_mutations(m);
    VEC_RELEASE(&m->approvals);
    VEC_RELEASE(&m->candidates);
    VEC_RELEASE(&m->resources);
    VEC_RELEASE(&m->alerts);
    VEC_RELEASE(&m->resource_changes);
    VEC_RELEASE(&m->items);
    VEC_RELEASE(&m->decisions);
    for (size_t i = 0; i < sizeof(m->by_id) / sizeof(m->by_id[0]); i++)
        map_free(m->by_id[i]);
    arena_free(m->arena);
    memset(m, 0, sizeof(*m));
}

const char *model_keep(struct model *m, const char *s)
{
    return s && *s ? arena_strdup(m->arena, s) : "";
}

static struct map *map_of(const struct model *m, char kind)
{
    return m->by_id[kind == 'h' ? 0 : kind == 'e' ? 1 : kind == 'c' ? 2 : kind == 'r' ? 3 : 4];
}

void model_index_put(struct model *m, char kind, const char *id, size_t index)
{
    map_set_c(map_of(m, kind), id, (void *)(index + 1));
}

size_t model_index(const struct model *m, char kind, const char *id)
{
    return id ? (size_t)map_get_c(map_of(m, kind), id) - 1 : SIZE_MAX; /* absent: 0 - 1 */
}

struct item *model_add_item(struct model *m, const struct event *ev, enum item_kind kind,
                            size_t ref, const char *text)
{
    struct item *it = VEC_PUSH(&m->items);

    it->kind = kind;
    it->ts_ms = ev->ts_ms;
    it->seq = ev->seq;
    it->ref = ref;
    it->text = text;
    it->tag = "";
    return it;
}

void model_notice(struct model *m, const struct event *ev, const char *text)
{
    model_add_item(m, ev, ITEM_NOTICE, 0, text);
}

struct hypothesis *model_hyp_of(struct model *m, const struct event *ev, const char *id)
{
    size_t at = model_index(m, 'h', id);

    if (at != SIZE_MAX)
        return &m->hypotheses.items[at];
    model_notice(m, ev,
                 arena_printf(m->arena, "%s: no hypothesis %s", event_type_name(ev->type), id));
    return NULL;
}

static void on_session_opened(struct model *m, const struct event *ev)
{
    const struct ev_session_opened *s = &ev->u.session_opened;

    if (m->opened_ms) /* opened again after a crash or on purpose: only the first line names it */
        return;
    m->id = model_keep(m, s->id);
    m->title = model_keep(m, s->title);
    m->query = model_keep(m, s->query);
    m->version = model_keep(m, s->version);
    m->user = model_keep(m, s->user);
    m->host = model_keep(m, s->host);
    m->cwd = model_keep(m, s->cwd);
    for (size_t i = 0; i < s->targets.count; i++)
        *VEC_PUSH(&m->targets) = model_keep(m, s->targets.items[i]);
    m->now_ms = s->now_ms;
    m->opened_ms = ev->ts_ms;
}

static void on_session_closed(struct model *m, const struct event *ev)
{
    m->closed = true;
    m->closed_ms = ev->ts_ms;
    m->exit_code = ev->u.session_closed.exit_code;
}

static void on_user_message(struct model *m, const struct event *ev)
{
    const char *text = model_keep(m, ev->u.user_message.text);

    m->closed = false;
    m->asked = "";
    m->asked_options.count = 0;
    if (!*m->query)
        m->query = text;
    if (!*m->title)
        m->title = text;
    model_add_item(m, ev, ITEM_USER, 0, text);
}

static void on_incident_loaded(struct model *m, const struct event *ev)
{
    const struct ev_incident_loaded *i = &ev->u.incident_loaded;

    m->has_incident = true;
    m->incident.id = model_keep(m, i->id);
    m->incident.title = model_keep(m, i->title);
    m->incident.service = model_keep(m, i->service);
    m->incident.metric = model_keep(m, i->metric);
    m->incident.direction = model_keep(m, i->direction);
    m->incident.source = model_keep(m, i->source);
    m->incident.loaded_ms = ev->ts_ms;
    m->incident.started_at_ms = i->started_at_ms;
    m->incident.now_ms = i->now_ms;
    m->incident.window_start_ms = i->window_start_ms;
    m->incident.window_end_ms = i->window_end_ms;
    m->incident.baseline_start_ms = i->baseline_start_ms;
    m->incident.baseline_end_ms = i->baseline_end_ms;
    if (i->now_ms)
        m->now_ms = i->now_ms;
}

static void on_turn_started(struct model *m, const struct event *ev)
{
    m->turn = ev->u.turn_started.turn;
    m->turn_running = true;
    m->turn_started_ms = ev->ts_ms;
    m->turn_ended_ms = 0;
    model_spend_turn(m);
    m->investigator = model_keep(m, ev->u.turn_started.investigator);
    m->turn_kind = model_keep(m, ev->u.turn_started.kind);
    m->closed = false;
    if (*m->turn_kind) /* a question about what is known does not take the verdict back */
        return;
    /* A new question has its own answer: the tree and the evidence stay, the verdict does not. */
    VEC_EACH (c, &m->candidates)
        VEC_RELEASE(&c->evidence);
    m->candidates.count = 0;
    m->conclusion.verdict = VERDICT_NONE;
    m->conclusion.has_root_cause = false;
    m->conclusion.summary = "";
    m->conclusion.confidence = NAN;
    m->conclusion.affected_services.count = 0;
    m->conclusion.next_checks.count = 0;
    m->conclusion.remediation.count = 0;
    m->conclusion.impact.node = SIZE_MAX;
    m->conclusion.impact.services.count = 0;
    m->conclusion.root_cause.evidence.count = 0;
}

static void on_turn_ended(struct model *m, const struct event *ev)
{
    m->turn_running = false;
    m->turn_ended_ms = ev->ts_ms;
    m->asked = "";
    if (strcmp(ev->u.turn_ended.reason, "done") != 0)
        model_notice(m, ev, arena_printf(m->arena, "turn %s", ev->u.turn_ended.reason));
}

bool phase_may_change(enum phase from, enum phase to)
{
    /* Source: R-02, with "failed or canceled" added: every phase may conclude, and a completed one
     * may be asked again. */
    static const unsigned allowed[PHASES] = {
        [PHASE_IDLE] = 1u << PHASE_TRIAGE,
        [PHASE_TRIAGE] = 1u << PHASE_HYPOTHESIZE | 1u << PHASE_CONCLUDE,
        [PHASE_HYPOTHESIZE] = 1u << PHASE_INVESTIGATE | 1u << PHASE_CONCLUDE,
        [PHASE_INVESTIGATE] = 1u << PHASE_EVALUATE | 1u << PHASE_CONCLUDE,
        [PHASE_EVALUATE] = 1u << PHASE_INVESTIGATE | 1u << PHASE_HYPOTHESIZE | 1u << PHASE_CONCLUDE,
        [PHASE_CONCLUDE] = 1u << PHASE_REMEDIATE | 1u << PHASE_COMPLETE,
        [PHASE_REMEDIATE] = 1u << PHASE_COMPLETE,
        [PHASE_COMPLETE] = 1u << PHASE_IDLE | 1u << PHASE_TRIAGE,
    };

    return (allowed[from] >> to) & 1u;
}

static void on_phase_changed(struct model *m, const struct event *ev)
{
    enum phase to = (enum phase)ev->u.phase_changed.to;

    if (!phase_may_change(m->phase, to)) {
        model_notice(m, ev,
                     arena_printf(m->arena, "illegal phase change: %s to %s", phase_name(m->phase),
                                  phase_name(to)));
        return;
    }
    m->phase = to;
}

/* Streamed text comes in thousands of pieces: the room is doubled, so that a message costs twice
 * its bytes, not their square. */
static void text_grow(struct model *m, struct item *it, struct str more)
{
    char *text;

    if (it->len + more.len + 1 > it->cap) {
        it->cap = (it->len + more.len + 1) * (it->len ? 2 : 1);
        text = arena_alloc(m->arena, it->cap);
        memcpy(text, it->text, it->len);
        it->text = text;
    }
    text = (char *)(uintptr_t)it->text; /* allocated above: ours to write */
    memcpy(text + it->len, more.ptr, more.len);
    it->len += more.len;
    text[it->len] = '\0';
}

static void on_agent_text(struct model *m, const struct event *ev)
{
    const struct ev_agent_text *t = &ev->u.agent_text;
    struct item *last = m->items.count ? &m->items.items[m->items.count - 1] : NULL;

    if (last && last->kind == ITEM_TEXT && *t->message && strcmp(last->tag, t->message) == 0) {
        text_grow(m, last, str_from(t->text));
        last->whole = t->last;
        return;
    }
    last = model_add_item(m, ev, ITEM_TEXT, 0, "");
    last->tag = model_keep(m, t->message);
    last->whole = t->last;
    text_grow(m, last, str_from(t->text));
}

static void on_agent_thinking(struct model *m, const struct event *ev)
{
    const struct ev_agent_thinking *t = &ev->u.agent_thinking;
    struct item *last = m->items.count ? &m->items.items[m->items.count - 1] : NULL;

    if (!last || last->kind != ITEM_THINKING || !*t->message ||
        strcmp(last->tag, t->message) != 0) {
        last = model_add_item(m, ev, ITEM_THINKING, 0, "");
        last->tag = model_keep(m, t->message);
    }
    text_grow(m, last, str_from(t->text));
}

static bool is_model(const char *actor)
{
    return strncmp(actor, "llm:", 4) == 0; /* and then its name, which can be anything */
}

static void on_tool_started(struct model *m, const struct event *ev)
{
    const struct ev_tool_started *s = &ev->u.tool_started;
    struct tool_run *t = VEC_PUSH(&m->tools);

    t->call = model_keep(m, s->call);
    t->tool = model_keep(m, s->tool);
    t->title = model_keep(m, s->title);
    t->hypothesis = model_keep(m, s->hypothesis);
    t->args = s->args.len ? arena_str(m->arena, s->args) : "{}";
    t->query = model_keep(m, s->query);
    t->summary = t->error = t->blob = t->content_type = "";
    t->started_ms = ev->ts_ms;
    t->by_model = is_model(ev->actor);
    m->llm_tools += t->by_model;
    model_index_put(m, 'c', t->call, m->tools.count - 1);
    model_add_item(m, ev, ITEM_TOOL, m->tools.count - 1, "");
}

static void on_tool_ended(struct model *m, const struct event *ev)
{
    const struct ev_tool_ended *e = &ev->u.tool_ended;
    size_t at = model_index(m, 'c', e->call);
    struct tool_run *t;

    if (at == SIZE_MAX) {
        model_notice(m, ev, arena_printf(m->arena, "tool.ended: no call %s", e->call));
        return;
    }
    t = &m->tools.items[at];
    t->ended = true;
    t->status = (enum tool_status)e->status;
    t->summary = model_keep(m, e->summary);
    t->error = model_keep(m, e->error);
    t->blob = model_keep(m, e->blob);
    t->content_type = model_keep(m, e->content_type);
    t->size_bytes = e->size_bytes;
    t->duration_ms = e->duration_ms;
    t->rows = e->rows;
}

static void on_limit_warned(struct model *m, const struct event *ev)
{
    model_notice(m, ev, model_keep(m, ev->u.limit_warned.text));
}

static void copy_evidence(struct model *m, struct evidence *e, const struct ev_evidence_added *a)
{
    e->id = model_keep(m, a->id);
    e->call = model_keep(m, a->call);
    e->hypothesis = model_keep(m, a->hypothesis);
    e->statement = model_keep(m, a->statement);
    e->query = model_keep(m, a->query);
    e->blob = model_keep(m, a->blob);
    e->service = model_keep(m, a->service);
    e->metric = model_keep(m, a->metric);
    e->resource = model_keep(m, a->resource);
    e->unit = model_keep(m, a->unit);
    e->strength = (enum evidence_strength)a->strength;
    e->before = a->before;
    e->after = a->after;
    e->score = a->score;
    e->window_start_ms = a->window_start_ms;
    e->window_end_ms = a->window_end_ms;
    e->onset_ms = a->onset_ms;
    e->direct = a->direct;
    e->temporal = a->temporal;
}

/* The best strength of a node's evidence, for its default score. */
static enum evidence_strength best_strength(const struct hypothesis *h)
{
    return h->best == STRENGTH_NONE && h->contradicted ? STRENGTH_CONTRADICTS : h->best;
}

void model_rescore(struct hypothesis *h)
{
    if (h->status == HYP_PENDING || h->status == HYP_TESTING || h->status == HYP_PRUNED)
        h->confidence =
            hyp_default_score(h->status, best_strength(h), h->evidence.count > 0) / 100.0;
}

static void on_evidence_added(struct model *m, const struct event *ev)
{
    const struct ev_evidence_added *a = &ev->u.evidence_added;
    struct evidence *e = VEC_PUSH(&m->evidence);
    struct hypothesis *h;

    copy_evidence(m, e, a);
    e->ts_ms = ev->ts_ms;
    e->by_model = is_model(ev->actor);
    model_index_put(m, 'e', e->id, m->evidence.count - 1);
    model_add_item(m, ev, ITEM_EVIDENCE, m->evidence.count - 1, "");
    if (!*a->hypothesis)
        return;
    h = model_hyp_of(m, ev, a->hypothesis);
    if (h) {
        *VEC_PUSH(&h->evidence) = m->evidence.count - 1;
        h->contradicted = h->contradicted || e->strength == STRENGTH_CONTRADICTS;
        if (e->strength < h->best)
            h->best = e->strength;
        model_rescore(h);
    }
}

static void copy_hypothesis(struct model *m, struct hypothesis *h,
                            const struct ev_hypothesis_proposed *p)
{
    h->id = model_keep(m, p->id);
    h->best = STRENGTH_NONE;
    h->parent = model_keep(m, p->parent);
    h->statement = model_keep(m, p->statement);
    h->kind = model_keep(m, p->kind);
    h->resource = model_keep(m, p->resource);
    h->service = model_keep(m, p->service);
    h->metric = model_keep(m, p->metric);
    h->pattern = model_keep(m, p->pattern);
    h->rationale = model_keep(m, p->rationale);
    h->refutes = model_keep(m, p->refutes);
    h->category = (enum category)p->category;
    h->priority = p->priority;
}

static void add_hyp_item(struct model *m, const struct event *ev, size_t index, const char *what)
{
    model_add_item(m, ev, ITEM_HYPOTHESIS, index, "")->tag = what;
}

static void on_hypothesis_proposed(struct model *m, const struct event *ev)
{
    const struct ev_hypothesis_proposed *p = &ev->u.hypothesis_proposed;
    size_t index = m->hypotheses.count, parent = model_index(m, 'h', p->parent);
    struct hypothesis *h;

    if (model_index(m, 'h', p->id) != SIZE_MAX) {
        model_notice(m, ev, arena_printf(m->arena, "hypothesis %s was proposed twice", p->id));
        return;
    }
    h = VEC_PUSH(&m->hypotheses);
    copy_hypothesis(m, h, p);
    h->terms = h->reason = h->rejected_by = "";
    h->by_user = strcmp(ev->actor, "user") == 0;
    h->by_model = is_model(ev->actor);
    h->parent_index = parent;
    h->depth = parent == SIZE_MAX ? 1 : m->hypotheses.items[parent].depth + 1;
    h->proposed_ms = h->changed_ms = ev->ts_ms;
    model_rescore(h);
    model_index_put(m, 'h', h->id, index);
    if (parent != SIZE_MAX)
        *VEC_PUSH(&m->hypotheses.items[parent].children) = index;
    m->hyp_total++;
    add_hyp_item(m, ev, index, "proposed");
}

void model_set_status(struct model *m, const struct event *ev, struct hypothesis *h,
                      enum hyp_status s)
{
    bool was_open = h->status == HYP_PENDING || h->status == HYP_TESTING;
    bool is_open = s == HYP_PENDING || s == HYP_TESTING;

    if (was_open && !is_open)
        m->hyp_tested++;
    else if (!was_open && is_open && m->hyp_tested)
        m->hyp_tested--;
    h->status = s;
    h->changed_ms = ev->ts_ms;
}

static void on_hypothesis_testing(struct model *m, const struct event *ev)
{
    struct hypothesis *h = model_hyp_of(m, ev, ev->u.hypothesis_id.id);

    if (h && h->status == HYP_PENDING)
        model_set_status(m, ev, h, HYP_TESTING);
}

static void on_hypothesis_branched(struct model *m, const struct event *ev)
{
    struct hypothesis *h = model_hyp_of(m, ev, ev->u.hypothesis_id.id);

    if (h)
        add_hyp_item(m, ev, (size_t)(h - m->hypotheses.items), "branched");
}

static void on_hypothesis_pruned(struct model *m, const struct event *ev)
{
    struct hypothesis *h = model_hyp_of(m, ev, ev->u.hypothesis_id.id);

    if (!h || *h->rejected_by)
        return;
    model_set_status(m, ev, h, HYP_PRUNED);
    h->reason = model_keep(m, ev->u.hypothesis_id.reason);
    model_rescore(h);
    add_hyp_item(m, ev, (size_t)(h - m->hypotheses.items), "pruned");
}

static void scored(struct model *m, const struct event *ev, enum hyp_status s, const char *what)
{
    const struct ev_hypothesis_scored *x = &ev->u.hypothesis_scored;
    struct hypothesis *h = model_hyp_of(m, ev, x->id);

    if (!h)
        return;
    if (*h->rejected_by) { /* no writer does this; the person's word stands whatever a journal says
                            */
        model_notice(m, ev, arena_printf(m->arena, "%s stays rejected: it was %s", h->id, what));
        return;
    }
    model_set_status(m, ev, h, s);
    h->confidence =
        isnan(x->confidence) ? hyp_default_score(s, best_strength(h), true) / 100.0 : x->confidence;
    h->terms = model_keep(m, x->terms);
    h->reason = model_keep(m, x->reason);
    add_hyp_item(m, ev, (size_t)(h - m->hypotheses.items), what);
}

static void on_hypothesis_supported(struct model *m, const struct event *ev)
{
    scored(m, ev, HYP_SUPPORTED, "supported");
}

static void on_hypothesis_confirmed(struct model *m, const struct event *ev)
{
    scored(m, ev, HYP_CONFIRMED, "confirmed");
}

static void on_gap_noted(struct model *m, const struct event *ev)
{
    const struct ev_gap_noted *n = &ev->u.gap_noted;
    struct gap *g = VEC_PUSH(&m->gaps);
    struct hypothesis *h;

    g->what = model_keep(m, n->what);
    g->why = model_keep(m, n->why);
    g->hypothesis = model_keep(m, n->hypothesis);
    g->code = model_keep(m, n->code);
    model_add_item(m, ev, ITEM_GAP, m->gaps.count - 1, "");
    if (*n->hypothesis) {
        h = model_hyp_of(m, ev, n->hypothesis);
        if (h)
            *VEC_PUSH(&h->gaps) = m->gaps.count - 1;
    }
}

static void on_candidate_ranked(struct model *m, const struct event *ev)
{
    const struct ev_candidate_ranked *c = &ev->u.candidate_ranked;
    struct candidate *k = VEC_PUSH(&m->candidates);

    k->rank = c->rank;
    k->service = model_keep(m, c->service);
    k->metric = model_keep(m, c->metric);
    k->resource = model_keep(m, c->resource);
    k->category = model_keep(m, c->category);
    k->statement = model_keep(m, c->statement);
    k->hypothesis = model_keep(m, c->hypothesis);
    k->score = c->score;
    for (size_t i = 0; i < c->evidence.count; i++)
        *VEC_PUSH(&k->evidence) = model_keep(m, c->evidence.items[i]);
}

static void on_rootcause_identified(struct model *m, const struct event *ev)
{
    const struct ev_rootcause_identified *r = &ev->u.rootcause_identified;

    m->conclusion.has_root_cause = true;
    m->conclusion.root_cause.hypothesis = model_keep(m, r->hypothesis);
    m->conclusion.root_cause.statement = model_keep(m, r->statement);
    m->conclusion.root_cause.category = model_keep(m, r->category);
    m->conclusion.root_cause.service = model_keep(m, r->service);
    m->conclusion.root_cause.metric = model_keep(m, r->metric);
    m->conclusion.root_cause.resource = model_keep(m, r->resource);
    m->conclusion.root_cause.confidence = r->confidence;
    m->conclusion.root_cause.evidence.count = 0;
    for (size_t i = 0; i < r->evidence.count; i++)
        *VEC_PUSH(&m->conclusion.root_cause.evidence) = model_keep(m, r->evidence.items[i]);
}

static void on_remediation_proposed(struct model *m, const struct event *ev)
{
    const struct ev_remediation_proposed *p = &ev->u.remediation_proposed;
    struct remediation *r = VEC_PUSH(&m->conclusion.remediation);

    r->hypothesis = model_keep(m, p->hypothesis);
    r->action = model_keep(m, p->action);
    r->command = model_keep(m, p->command);
    r->rollback = model_keep(m, p->rollback);
    r->watch = model_keep(m, p->watch);
    r->act = model_keep(m, p->act);
    r->risk = (enum approval_risk)p->risk;
}

static void on_conclusion_reached(struct model *m, const struct event *ev)
{
    const struct ev_conclusion_reached *c = &ev->u.conclusion_reached;

    m->conclusion.verdict = (enum verdict)c->verdict;
    m->conclusion.summary = model_keep(m, c->summary);
    m->conclusion.confidence = c->confidence;
    m->conclusion.affected_services.count = m->conclusion.next_checks.count = 0;
    for (size_t i = 0; i < c->affected_services.count; i++)
        *VEC_PUSH(&m->conclusion.affected_services) = model_keep(m, c->affected_services.items[i]);
    for (size_t i = 0; i < c->next_checks.count; i++)
        *VEC_PUSH(&m->conclusion.next_checks) = model_keep(m, c->next_checks.items[i]);
    model_fold_impact(m);
    model_add_item(m, ev, ITEM_CONCLUSION, 0, m->conclusion.summary);
}

static void push_history(struct resource *r, double value)
{
    size_t max = sizeof(r->history) / sizeof(r->history[0]);

    if (isnan(value))
        return;
    if (r->history_count == max)
        memmove(r->history, r->history + 1, (max - 1) * sizeof(r->history[0]));
    else
        r->history_count++;
    r->history[r->history_count - 1] = value;
}

const char *model_keep_changed(struct model *m, const char *old, const char *s)
{
    return old && strcmp(old, s) == 0 ? old : model_keep(m, s);
}

/* Old entries are dropped when reading them would be more work than looking at everything. */
static void note_change(struct model *m, size_t at)
{
    if (m->resource_changes.count > 2 * m->resources.count + 1024) {
        m->resource_changes_from += m->resource_changes.count;
        m->resource_changes.count = 0;
    }
    *VEC_PUSH(&m->resource_changes) = (uint32_t)at;
}

static void on_resource_seen(struct model *m, const struct event *ev)
{
    const struct ev_resource_seen *s = &ev->u.resource_seen;
    size_t at = model_index(m, 'r', s->key);
    struct resource *r;

    if (at == SIZE_MAX) {
        at = m->resources.count;
        r = VEC_PUSH(&m->resources);
        r->key = model_keep(m, s->key);
        model_index_put(m, 'r', s->key, at);
    } else {
        r = &m->resources.items[at];
        m->resource_health[r->health]--;
        note_change(m, at);
    }
    m->resources_version++;
    r->kind = model_keep_changed(m, r->kind, s->kind);
    r->name = model_keep_changed(m, r->name, s->name);
    r->parent = model_keep_changed(m, r->parent, s->parent);
    r->status = model_keep_changed(m, r->status, s->status);
    r->detail = model_keep_changed(m, r->detail, s->detail);
    r->unit = model_keep_changed(m, r->unit, s->unit);
    r->metric = model_keep_changed(m, r->metric, s->metric);
    r->health = (enum health)s->health;
    m->resource_health[r->health]++;
    r->value = s->value;
    r->limit = s->limit;
    r->seen_ms = ev->ts_ms;
    push_history(r, s->value);
}

static void on_session_branched(struct model *m, const struct event *ev)
{
    m->closed = false;
    model_notice(m, ev,
                 arena_printf(m->arena, "branched from %s after its event %lld",
                              ev->u.session_branched.from,
                              (long long)ev->u.session_branched.event));
}

static void on_agent_asked(struct model *m, const struct event *ev)
{
    const struct ev_agent_asked *a = &ev->u.agent_asked;
    struct buf all = BUF_INIT(8192);

    m->asked = model_keep(m, a->text);
    m->asked_options.count = 0;
    buf_addf(&all, "the model asks: %.4000s", a->text);
    for (size_t i = 0; i < a->options.count; i++) {
        *VEC_PUSH(&m->asked_options) = model_keep(m, a->options.items[i]);
        buf_addf(&all, "%s%.200s", i ? ", " : " (", a->options.items[i]);
    }
    buf_adds(&all, a->options.count ? ")" : "");
    model_notice(m, ev, arena_str(m->arena, buf_str(&all)));
    buf_release(&all);
}

static void on_model_called(struct model *m, const struct event *ev)
{
    const struct ev_model_called *c = &ev->u.model_called;

    m->llm_calls++;
    if (*c->model && !*c->purpose)
        m->llm = model_keep_changed(m, m->llm, c->model);
}

static void on_model_switched(struct model *m, const struct event *ev)
{
    const struct ev_model_switched *s = &ev->u.model_switched;

    m->llm = strcmp(s->to, "builtin") == 0 ? "" : model_keep(m, s->to);
    model_notice(m, ev,
                 strcmp(s->to, "builtin") == 0
                     ? arena_printf(m->arena,
                                    "without a model from here on: %s; the built-in "
                                    "investigator's findings stand",
                                    s->why)
                     : arena_printf(m->arena, "the model is now %s%s%s", s->to, *s->why ? ": " : "",
                                    s->why));
}

static void on_context_compacted(struct model *m, const struct event *ev)
{
    if (*ev->u.context_compacted.summary) {
        m->compacted.summary = model_keep(m, ev->u.context_compacted.summary);
        m->compacted.items = m->items.count;
    }
    model_notice(m, ev, model_keep(m, ev->u.context_compacted.text));
}

static void on_judge_refused(struct model *m, const struct event *ev)
{
    const struct ev_judge_refused *r = &ev->u.judge_refused;

    m->refusals++;
    model_notice(m, ev,
                 arena_printf(m->arena, "%s%s: %s",
                              r->warning ? "warning: " : "not accepted: ", r->what, r->why));
}

static void on_session_renamed(struct model *m, const struct event *ev)
{
    m->title = model_keep(m, ev->u.session_renamed.title);
    model_notice(m, ev, arena_printf(m->arena, "renamed to \"%s\"", m->title));
}

static void on_error(struct model *m, const struct event *ev)
{
    const struct ev_error *e = &ev->u.error;

    m->errors++;
    model_add_item(m, ev, ITEM_ERROR, 0,
                   e->doing && *e->doing ? arena_printf(m->arena, "%s: %s", e->doing, e->text)
                                         : model_keep(m, e->text));
}

static void (*const folds[EV_TYPES])(struct model *m, const struct event *ev) = {
    [EV_SESSION_OPENED] = on_session_opened,
    [EV_SESSION_CLOSED] = on_session_closed,
    [EV_USER_MESSAGE] = on_user_message,
    [EV_INCIDENT_LOADED] = on_incident_loaded,
    [EV_TOPOLOGY_LOADED] = model_on_topology_loaded,
    [EV_TURN_STARTED] = on_turn_started,
    [EV_TURN_ENDED] = on_turn_ended,
    [EV_PHASE_CHANGED] = on_phase_changed,
    [EV_AGENT_TEXT] = on_agent_text,
    [EV_AGENT_THINKING] = on_agent_thinking,
    [EV_TOOL_STARTED] = on_tool_started,
    [EV_TOOL_ENDED] = on_tool_ended,
    [EV_LIMIT_WARNED] = on_limit_warned,
    [EV_EVIDENCE_ADDED] = on_evidence_added,
    [EV_HYPOTHESIS_PROPOSED] = on_hypothesis_proposed,
    [EV_HYPOTHESIS_TESTING] = on_hypothesis_testing,
    [EV_HYPOTHESIS_BRANCHED] = on_hypothesis_branched,
    [EV_HYPOTHESIS_PRUNED] = on_hypothesis_pruned,
    [EV_HYPOTHESIS_SUPPORTED] = on_hypothesis_supported,
    [EV_HYPOTHESIS_CONFIRMED] = on_hypothesis_confirmed,
    [EV_HYPOTHESIS_STEERED] = model_on_steered,
    [EV_GAP_NOTED] = on_gap_noted,
    [EV_CANDIDATE_RANKED] = on_candidate_ranked,
    [EV_ROOTCAUSE_IDENTIFIED] = on_rootcause_identified,
    [EV_REMEDIATION_PROPOSED] = on_remediation_proposed,
    [EV_CONCLUSION_REACHED] = on_conclusion_reached,
    [EV_RESOURCE_SEEN] = on_resource_seen,
    [EV_ALERT_SEEN] = model_on_alert_seen,
    [EV_COST_UPDATED] = model_on_cost_updated,
    [EV_CONTEXT_MEASURED] = model_on_context_measured,
    [EV_APPROVAL_REQUESTED] = model_on_approval_requested,
    [EV_APPROVAL_GRANTED] = model_on_approval_decided,
    [EV_APPROVAL_REJECTED] = model_on_approval_decided,
    [EV_APPROVAL_EXPIRED] = model_on_approval_decided,
    [EV_SESSION_BRANCHED] = on_session_branched,
    [EV_AGENT_ASKED] = on_agent_asked,
    [EV_MODEL_CALLED] = on_model_called,
    [EV_MODEL_SWITCHED] = on_model_switched,
    [EV_CONTEXT_COMPACTED] = on_context_compacted,
    [EV_JUDGE_REFUSED] = on_judge_refused,
    [EV_SESSION_RENAMED] = on_session_renamed,
    [EV_POLICY_DECIDED] = model_on_policy_decided,
    [EV_MUTATION_PROPOSED] = model_on_mutation_proposed,
    [EV_MUTATION_PLANNED] = model_on_mutation_planned,
    [EV_MUTATION_STARTED] = model_on_mutation_started,
    [EV_MUTATION_UNKNOWN] = model_on_mutation_unknown,
    [EV_MUTATION_ENDED] = model_on_mutation_ended,
    [EV_MUTATION_VERIFIED] = model_on_mutation_verified,
    [EV_READONLY_SET] = model_on_readonly_set,
    [EV_ERROR] = on_error,
};

void model_apply(struct model *m, const struct event *ev)
{
    if (ev->type >= EV_TYPES)
        return;
    folds[ev->type](m, ev);
    model_note_decision(m, ev);
    if (ev->seq > m->seq)
        m->seq = ev->seq;
    if (ev->ts_ms > m->last_ms)
        m->last_ms = ev->ts_ms;
}

const char *model_last_question(const struct model *m)
{
    for (size_t i = m->items.count; i-- > 0;) {
        if (m->items.items[i].kind == ITEM_USER)
            return m->items.items[i].text;
    }
    return m->query;
}

const struct hypothesis *model_hypothesis(const struct model *m, const char *id)
{
    size_t at = model_index(m, 'h', id);

    return at == SIZE_MAX ? NULL : &m->hypotheses.items[at];
}

const struct evidence *model_evidence(const struct model *m, const char *id)
{
    size_t at = model_index(m, 'e', id);

    return at == SIZE_MAX ? NULL : &m->evidence.items[at];
}

const struct tool_run *model_tool(const struct model *m, const char *call)
{
    size_t at = model_index(m, 'c', call);

    return at == SIZE_MAX ? NULL : &m->tools.items[at];
}

const struct resource *model_resource(const struct model *m, const char *key)
{
    size_t at = model_index(m, 'r', key);

    return at == SIZE_MAX ? NULL : &m->resources.items[at];
}

const char *hyp_status_name(enum hyp_status s)
{
    static const char *const names[HYP_STATUSES] = {
        [HYP_PENDING] = "pending",     [HYP_TESTING] = "testing", [HYP_SUPPORTED] = "supported",
        [HYP_CONFIRMED] = "confirmed", [HYP_PRUNED] = "pruned",
    };

    return names[s];
}

const char *hyp_status_words(const struct hypothesis *h)
{
    return *h->rejected_by ? "rejected" : hyp_status_name(h->status);
}

int hyp_default_score(enum hyp_status s, enum evidence_strength best, bool has_evidence)
{
    static const int by_strength[STRENGTHS] = {[STRENGTH_STRONG] = 70,
                                               [STRENGTH_WEAK] = 40,
                                               [STRENGTH_NONE] = 20,
                                               [STRENGTH_CONTRADICTS] = 10};

    if (s == HYP_CONFIRMED)
        return 85;
    if (s == HYP_PRUNED)
        return 0;
    return has_evidence ? by_strength[best] : 30;
}
