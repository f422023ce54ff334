/* model.c - the fold: one small function an event type, listed in one table at the end. Those of a
 * session, its turns and queries are here, the others in a file a subject (model_priv.h). */
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
    m->topology_source = m->inventory.source = m->inventory.text = m->inventory.watched = "";
    m->words = map_new();
    m->conclusion.impact.node = SIZE_MAX;
    m->conclusion.summary = "";
    m->conclusion.confidence = NAN;
    model_spend_init(m);
    m->conclusion.root_cause.hypothesis = m->conclusion.root_cause.statement = "";
    m->conclusion.root_cause.category = m->conclusion.root_cause.service = "";
    m->conclusion.root_cause.metric = m->conclusion.root_cause.resource = "";
    m->security.text = m->security.off = m->security.call = "";
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
    VEC_RELEASE(&m->conclusion.also);
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
        VEC_RELEASE(&a->confirmed);
    }
    model_release_mutations(m);
    model_release_procedures(m);
    VEC_RELEASE(&m->approvals);
    VEC_RELEASE(&m->kept);
    VEC_RELEASE(&m->candidates);
    VEC_RELEASE(&m->resources);
    VEC_RELEASE(&m->alerts);
    VEC_RELEASE(&m->security.places);
    VEC_RELEASE(&m->findings);
    VEC_RELEASE(&m->changes);
    VEC_RELEASE(&m->resource_changes);
    VEC_RELEASE(&m->items);
    VEC_RELEASE(&m->decisions);
    for (size_t i = 0; i < sizeof(m->by_id) / sizeof(m->by_id[0]); i++)
        map_free(m->by_id[i]);
    map_free(m->words);
    arena_free(m->arena);
    memset(m, 0, sizeof(*m));
}

const char *model_keep(struct model *m, const char *s)
{
    return s && *s ? arena_strdup(m->arena, s) : "";
}

static struct map *map_of(const struct model *m, char kind)
{
    static const char kinds[] = "hecrafk";
    const char *at = strchr(kinds, kind);

    return m->by_id[at ? at - kinds : 4];
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
    m->conclusion.also.count = 0;
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

bool model_actor_is_llm(const char *actor)
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
    t->summary = t->error = t->blob = t->content_type = t->found = t->trouble = "";
    t->started_ms = ev->ts_ms;
    t->by_model = model_actor_is_llm(ev->actor);
    m->llm_tools += t->by_model;
    model_index_put(m, 'c', t->call, m->tools.count - 1);
    model_add_item(m, ev, ITEM_TOOL, m->tools.count - 1, "");
}

static void on_tool_told(struct model *m, const struct event *ev)
{
    const struct ev_tool_told *e = &ev->u.tool_told;
    size_t at = model_index(m, 'c', e->call);
    struct tool_run *t = at == SIZE_MAX ? NULL : &m->tools.items[at];
    int64_t steps;

    if (!t || t->ended)
        return;
    steps = ev->ts_ms > t->started_ms ? (ev->ts_ms - t->started_ms) / TOOL_SAID_MS : 0;
    t->say = steps > t->said_steps;
    t->said_steps = steps;
    t->done = e->done;
    t->known = e->known;
    t->found = model_keep_changed(m, t->found, e->found);
    t->trouble = model_keep_changed(m, t->trouble, e->trouble);
}

bool tool_run_told(const struct tool_run *t, char *out, size_t size)
{
    *out = '\0';
    if (t->ended || !t->known)
        return false;
    (void)snprintf(out, size, "%lld of %lld call%s%s%s%s%s", (long long)t->done,
                   (long long)t->known, t->known == 1 ? "" : "s", *t->found ? ", " : "", t->found,
                   *t->trouble ? "; " : "", t->trouble);
    return true;
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

const char *model_keep_changed(struct model *m, const char *old, const char *s)
{
    return old && strcmp(old, s) == 0 ? old : model_keep(m, s);
}

static void on_session_branched(struct model *m, const struct event *ev)
{
    m->closed = false;
    model_notice(m, ev,
                 arena_printf(m->arena, "branched from %s after its event %lld",
                              ev->u.session_branched.from,
                              (long long)ev->u.session_branched.event));
}

static void on_session_renamed(struct model *m, const struct event *ev)
{
    m->title = model_keep(m, ev->u.session_renamed.title);
    model_notice(m, ev, arena_printf(m->arena, "renamed to \"%s\"", m->title));
}

static void on_session_target(struct model *m, const struct event *ev)
{
    const char *target = ev->u.session_target.target;

    VEC_EACH (t, &m->targets) {
        if (strcmp(*t, target) == 0)
            return;
    }
    *VEC_PUSH(&m->targets) = model_keep(m, target);
    model_notice(m, ev, arena_printf(m->arena, "%s is looked at as well", target));
}

static void on_error(struct model *m, const struct event *ev)
{
    const struct ev_error *e = &ev->u.error;

    m->errors++;
    model_add_item(m, ev, ITEM_ERROR, 0,
                   e->doing && *e->doing ? arena_printf(m->arena, "%s: %s", e->doing, e->text)
                                         : model_keep(m, e->text));
}

/* It changes nothing by itself: what is run of it is a procedure, with events of its own. */
static void on_plan_created(struct model *m, const struct event *ev)
{
    (void)m;
    (void)ev;
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
    [EV_AGENT_TEXT] = model_on_agent_text,
    [EV_AGENT_THINKING] = model_on_agent_thinking,
    [EV_TOOL_STARTED] = on_tool_started,
    [EV_TOOL_TOLD] = on_tool_told,
    [EV_TOOL_ENDED] = on_tool_ended,
    [EV_LIMIT_WARNED] = on_limit_warned,
    [EV_EVIDENCE_ADDED] = model_on_evidence_added,
    [EV_HYPOTHESIS_PROPOSED] = model_on_hypothesis_proposed,
    [EV_HYPOTHESIS_TESTING] = model_on_hypothesis_testing,
    [EV_HYPOTHESIS_BRANCHED] = model_on_hypothesis_branched,
    [EV_HYPOTHESIS_PRUNED] = model_on_hypothesis_pruned,
    [EV_HYPOTHESIS_SUPPORTED] = model_on_hypothesis_supported,
    [EV_HYPOTHESIS_CONFIRMED] = model_on_hypothesis_confirmed,
    [EV_HYPOTHESIS_STEERED] = model_on_steered,
    [EV_GAP_NOTED] = model_on_gap_noted,
    [EV_CANDIDATE_RANKED] = model_on_candidate_ranked,
    [EV_ROOTCAUSE_IDENTIFIED] = model_on_rootcause_identified,
    [EV_REMEDIATION_PROPOSED] = model_on_remediation_proposed,
    [EV_CONCLUSION_REACHED] = model_on_conclusion_reached,
    [EV_RESOURCE_SEEN] = model_on_resource_seen,
    [EV_ALERT_SEEN] = model_on_alert_seen,
    [EV_INVENTORY_SEEN] = model_on_inventory_seen,
    [EV_FINDING_SEEN] = model_on_finding_seen,
    [EV_SECURITY_LOOKED] = model_on_security_looked,
    [EV_CHANGE_SEEN] = model_on_change_seen,
    [EV_COST_UPDATED] = model_on_cost_updated,
    [EV_CONTEXT_MEASURED] = model_on_context_measured,
    [EV_APPROVAL_REQUESTED] = model_on_approval_requested,
    [EV_APPROVAL_GRANTED] = model_on_approval_decided,
    [EV_APPROVAL_REJECTED] = model_on_approval_decided,
    [EV_APPROVAL_EXPIRED] = model_on_approval_decided,
    [EV_APPROVAL_CONFIRMED] = model_on_approval_decided,
    [EV_APPROVAL_REFUSED] = model_on_approval_decided,
    [EV_RULE_REMEMBERED] = model_on_rule_remembered,
    [EV_RULE_REVOKED] = model_on_rule_revoked,
    [EV_SESSION_BRANCHED] = on_session_branched,
    [EV_AGENT_ASKED] = model_on_agent_asked,
    [EV_MODEL_CALLED] = model_on_model_called,
    [EV_PLAN_CREATED] = on_plan_created,
    [EV_MODEL_SWITCHED] = model_on_model_switched,
    [EV_CONTEXT_COMPACTED] = model_on_context_compacted,
    [EV_JUDGE_REFUSED] = model_on_judge_refused,
    [EV_SESSION_RENAMED] = on_session_renamed,
    [EV_SESSION_TARGET] = on_session_target,
    [EV_POLICY_DECIDED] = model_on_policy_decided,
    [EV_MUTATION_PROPOSED] = model_on_mutation_proposed,
    [EV_MUTATION_PLANNED] = model_on_mutation_planned,
    [EV_MUTATION_STARTED] = model_on_mutation_started,
    [EV_MUTATION_UNKNOWN] = model_on_mutation_unknown,
    [EV_MUTATION_ENDED] = model_on_mutation_ended,
    [EV_MUTATION_VERIFIED] = model_on_mutation_verified,
    [EV_READONLY_SET] = model_on_readonly_set,
    [EV_PROCEDURE_STARTED] = model_on_procedure_started,
    [EV_PROCEDURE_STOPPED] = model_on_procedure_stopped,
    [EV_PROCEDURE_RESUMED] = model_on_procedure_resumed,
    [EV_PROCEDURE_FINISHED] = model_on_procedure_finished,
    [EV_STEP_STARTED] = model_on_step_started,
    [EV_STEP_RETRIED] = model_on_step_retried,
    [EV_STEP_ASKED] = model_on_step_asked,
    [EV_STEP_ANSWERED] = model_on_step_answered,
    [EV_STEP_FINISHED] = model_on_step_finished,
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
