/* decision.c - which events are decisions, for the audit page: everything that a person said, and
 * whatever opened, refused, approved, concluded or ended something. What the program merely looked
 * at is in the investigation, not here. */
#include "model_priv.h"

#include <stdio.h>
#include <string.h>

static struct decision *add(struct model *m, const struct event *ev, const char *what,
                            const char *text)
{
    struct decision *d = VEC_PUSH(&m->decisions);

    *d = (struct decision){.seq = ev->seq,
                           .ts_ms = ev->ts_ms,
                           .type = ev->type,
                           .actor = model_keep(m, ev->actor ? ev->actor : ""),
                           .what = what,
                           .text = model_keep(m, text),
                           .subject = ""};
    snprintf(d->id, sizeof(d->id), "%llu", (unsigned long long)ev->seq);
    return d;
}

static void about(struct decision *d, struct model *m, const char *id, int kind)
{
    d->subject = model_keep(m, id);
    d->subject_kind = kind;
}

static void add_steered(struct model *m, const struct event *ev)
{
    static const char *const words[] = {[STEER_REJECT] = "rejected",
                                        [STEER_RESTORE] = "took back the rejection of",
                                        [STEER_PROMOTE] = "promoted",
                                        [STEER_TEST] = "asked for a test of"};
    const struct ev_hypothesis_steered *s = &ev->u.hypothesis_steered;

    if (s->act >= STEER_REJECT && s->act <= STEER_TEST)
        about(add(m, ev, arena_printf(m->arena, "%s %.64s", words[s->act], s->id), s->text), m,
              s->id, SUBJECT_HYPOTHESIS);
}

static void add_proposed(struct model *m, const struct event *ev)
{
    const struct ev_hypothesis_proposed *h = &ev->u.hypothesis_proposed;

    if (ev->actor && strcmp(ev->actor, "user") == 0)
        about(add(m, ev, arena_printf(m->arena, "added %.64s", h->id), h->statement), m, h->id,
              SUBJECT_HYPOTHESIS);
}

static void add_ended(struct model *m, const struct event *ev)
{
    const struct ev_tool_ended *e = &ev->u.tool_ended;
    const struct tool_run *t = model_tool(m, e->call);
    struct decision *d;

    if (e->status != TOOL_DENIED)
        return;
    d = add(m, ev, arena_printf(m->arena, "%.64s was refused", t ? t->tool : e->call), e->error);
    about(d, m, e->call, SUBJECT_CALL);
    d->refusal = true;
}

static void add_approval(struct model *m, const struct event *ev)
{
    static const char *const words[] = {"approval asked for", "approved",
                                        "not approved",       "approval timed out",
                                        "confirmed",          "an answer that does not count"};
    bool asked = ev->type == EV_APPROVAL_REQUESTED;
    const char *id = asked ? ev->u.approval_requested.id : ev->u.approval_decided.id;
    const struct approval *a = model_approval(m, id);
    struct decision *d = add(m, ev, words[ev->type - EV_APPROVAL_REQUESTED],
                             arena_printf(m->arena, "%.64s  %.128s%s%.256s", a ? a->operation : id,
                                          a ? a->resource : "", asked ? "" : "  ",
                                          asked ? "" : ev->u.approval_decided.reason));

    about(d, m, id, SUBJECT_APPROVAL);
    d->refusal = ev->type == EV_APPROVAL_REJECTED || ev->type == EV_APPROVAL_EXPIRED ||
                 ev->type == EV_APPROVAL_REFUSED;
}

static void add_rule(struct model *m, const struct event *ev)
{
    const struct ev_rule *r = &ev->u.rule;
    bool kept = ev->type == EV_RULE_REMEMBERED;

    add(m, ev,
        !kept     ? "remembered no more"
        : r->deny ? "never again"
                  : "not asked again",
        arena_printf(m->arena, "%.32s  %.64s  %.128s", r->id, r->operation, r->resource))
        ->refusal = kept && r->deny;
}

static void about_mutation(struct decision *d, struct model *m, const char *id)
{
    if (model_approval(m, id))
        about(d, m, id, SUBJECT_APPROVAL);
}

/* What was to be changed: from the proposal to what was read afterwards. */
static void add_mutation(struct model *m, const struct event *ev)
{
    const char *id, *what, *text = "";
    const struct mutation *mu;
    struct decision *d;
    bool refusal = false;

    if (ev->type == EV_MUTATION_PROPOSED) {
        id = ev->u.mutation_proposed.id;
        what = "proposed";
        text = ev->u.mutation_proposed.why;
    } else if (ev->type == EV_MUTATION_STARTED) {
        id = ev->u.mutation_started.id;
        what = strcmp(ev->u.mutation_started.what, "rollback") == 0 ? "taking back" : "started";
    } else if (ev->type == EV_MUTATION_UNKNOWN) {
        id = ev->u.mutation_unknown.id;
        what = "outcome unknown";
        text = ev->u.mutation_unknown.why;
        refusal = true;
    } else if (ev->type == EV_MUTATION_ENDED) {
        id = ev->u.mutation_ended.id;
        what = ev->u.mutation_ended.outcome;
        text = ev->u.mutation_ended.text;
        refusal = strcmp(what, "done") != 0;
    } else {
        id = ev->u.mutation_verified.id;
        what = ev->u.mutation_verified.holds ? "verified" : "not reached";
        text = ev->u.mutation_verified.text;
        refusal = !ev->u.mutation_verified.holds;
    }
    mu = model_mutation(m, id);
    d = add(m, ev, arena_printf(m->arena, "%.32s %.64s", what, id),
            arena_printf(m->arena, "%.64s  %.128s%s%.256s", mu ? mu->operation : "",
                         mu ? mu->resource : "", *text ? "  " : "", text));
    about_mutation(d, m, id);
    d->refusal = refusal;
}

/* A procedure that a person runs, and what a person answers to its questions. */
static void add_procedure(struct model *m, const struct event *ev)
{
    const struct ev_procedure_finished *f = &ev->u.procedure_finished;
    const struct ev_step_answered *s = &ev->u.step_answered;
    struct decision *d;

    if (ev->type == EV_PROCEDURE_STARTED) {
        const struct ev_procedure_started *p = &ev->u.procedure_started;

        add(m, ev, arena_printf(m->arena, "%.32s started %.32s", p->kind, p->run),
            arena_printf(m->arena, "%.64s  %.256s", p->id, p->dry_run ? "dry run" : p->why));
    } else if (ev->type == EV_STEP_ANSWERED) {
        add(m, ev, arena_printf(m->arena, "answered %.32s", s->run),
            arena_printf(m->arena, "%.64s  %.256s", s->step, s->answer));
    } else if (ev->type == EV_PROCEDURE_FINISHED) {
        d = add(m, ev,
                arena_printf(m->arena, "%.32s %s", f->run,
                             procedure_state_name((enum procedure_state)f->state)),
                f->text);
        d->refusal = f->state != PROCEDURE_COMPLETED;
    } else {
        add(m, ev,
            arena_printf(m->arena, "%.32s %s", ev->u.procedure_moved.run,
                         ev->type == EV_PROCEDURE_STOPPED ? "stopped" : "resumed"),
            ev->u.procedure_moved.why);
    }
}

static void add_policy(struct model *m, const struct event *ev)
{
    const struct ev_policy_decided *p = &ev->u.policy_decided;
    struct decision *d = add(m, ev, arena_printf(m->arena, "policy: %.32s", p->decision),
                             arena_printf(m->arena, "%.64s  %.256s", p->mutation,
                                          p->rules.count ? p->rules.items[0] : ""));

    about_mutation(d, m, p->mutation);
    d->refusal = strcmp(p->decision, "deny") == 0;
}

static void add_limit(struct model *m, const struct event *ev)
{
    const struct ev_limit_warned *l = &ev->u.limit_warned;

    add(m, ev, *l->tool ? arena_printf(m->arena, "%.64s was declined", l->tool) : "declined",
        l->text)
        ->refusal = true;
}

static void add_refused(struct model *m, const struct event *ev)
{
    const struct ev_judge_refused *r = &ev->u.judge_refused;
    struct decision *d = add(m, ev, r->warning ? "warned" : "not accepted",
                             arena_printf(m->arena, "%.512s: %.512s", r->what, r->why));

    if (*r->hypothesis)
        about(d, m, r->hypothesis, SUBJECT_HYPOTHESIS);
    else if (*r->call)
        about(d, m, r->call, SUBJECT_CALL);
    d->refusal = true;
}

static const char *verdict_text(int64_t verdict)
{
    static const char *const words[VERDICTS] = {
        [VERDICT_NONE] = "concluded",
        [VERDICT_ROOT_CAUSE] = "concluded: root cause",
        [VERDICT_INCONCLUSIVE] = "concluded: inconclusive",
        [VERDICT_NO_ACTION] = "concluded: nothing wrong",
        [VERDICT_FAILED] = "concluded: failed",
    };

    return verdict >= 0 && verdict < VERDICTS ? words[verdict] : words[VERDICT_NONE];
}

void model_note_decision(struct model *m, const struct event *ev)
{
    switch (ev->type) {
    case EV_SESSION_OPENED:
        add(m, ev, "session opened",
            arena_printf(m->arena, "%.64s on %.64s, runbook %.32s", ev->u.session_opened.user,
                         ev->u.session_opened.host, ev->u.session_opened.version));
        break;
    case EV_SESSION_CLOSED:
        add(m, ev, "session closed", ev->u.session_closed.reason);
        break;
    case EV_SESSION_BRANCHED:
        add(m, ev, "branched",
            arena_printf(m->arena, "from event %lld of %.128s",
                         (long long)ev->u.session_branched.event, ev->u.session_branched.from));
        break;
    case EV_USER_MESSAGE:
        add(m, ev, "asked", ev->u.user_message.text);
        break;
    case EV_TURN_ENDED:
        if (strcmp(ev->u.turn_ended.reason, "done") != 0)
            add(m, ev, "stopped", ev->u.turn_ended.reason)->refusal = true;
        break;
    case EV_TOOL_ENDED:
        add_ended(m, ev);
        break;
    case EV_LIMIT_WARNED:
        add_limit(m, ev);
        break;
    case EV_HYPOTHESIS_PROPOSED:
        add_proposed(m, ev);
        break;
    case EV_JUDGE_REFUSED:
        add_refused(m, ev);
        break;
    case EV_MODEL_SWITCHED:
        add(m, ev, "model switched",
            arena_printf(m->arena, "to %.64s: %.256s", ev->u.model_switched.to,
                         ev->u.model_switched.why));
        break;
    case EV_SESSION_RENAMED:
        add(m, ev, "renamed", ev->u.session_renamed.title);
        break;
    case EV_SESSION_TARGET:
        add(m, ev, "target", ev->u.session_target.target);
        break;
    case EV_HYPOTHESIS_STEERED:
        add_steered(m, ev);
        break;
    case EV_ROOTCAUSE_IDENTIFIED:
        about(add(m, ev, "root cause named", ev->u.rootcause_identified.statement), m,
              ev->u.rootcause_identified.hypothesis, SUBJECT_HYPOTHESIS);
        break;
    case EV_CONCLUSION_REACHED:
        add(m, ev, verdict_text(ev->u.conclusion_reached.verdict),
            ev->u.conclusion_reached.summary);
        break;
    case EV_RULE_REMEMBERED:
    case EV_RULE_REVOKED:
        add_rule(m, ev);
        break;
    case EV_APPROVAL_REQUESTED:
    case EV_APPROVAL_GRANTED:
    case EV_APPROVAL_REJECTED:
    case EV_APPROVAL_EXPIRED:
    case EV_APPROVAL_CONFIRMED:
    case EV_APPROVAL_REFUSED:
        add_approval(m, ev);
        break;
    case EV_MUTATION_PROPOSED:
    case EV_MUTATION_STARTED:
    case EV_MUTATION_UNKNOWN:
    case EV_MUTATION_ENDED:
    case EV_MUTATION_VERIFIED:
        add_mutation(m, ev);
        break;
    case EV_POLICY_DECIDED:
        add_policy(m, ev);
        break;
    case EV_PLAN_CREATED:
        add(m, ev, "plan", ev->u.plan_created.summary);
        break;
    case EV_READONLY_SET:
        add(m, ev, "read-only", ev->u.readonly_set.why);
        break;
    case EV_PROCEDURE_STARTED:
    case EV_PROCEDURE_STOPPED:
    case EV_PROCEDURE_RESUMED:
    case EV_PROCEDURE_FINISHED:
    case EV_STEP_ANSWERED:
        add_procedure(m, ev);
        break;
    case EV_STEP_STARTED:
    case EV_STEP_RETRIED:
    case EV_STEP_ASKED:
    case EV_STEP_FINISHED:
    case EV_MUTATION_PLANNED:
    case EV_INCIDENT_LOADED:
    case EV_TOPOLOGY_LOADED:
    case EV_TURN_STARTED:
    case EV_PHASE_CHANGED:
    case EV_AGENT_TEXT:
    case EV_AGENT_THINKING:
    case EV_TOOL_STARTED:
    case EV_EVIDENCE_ADDED:
    case EV_HYPOTHESIS_TESTING:
    case EV_HYPOTHESIS_BRANCHED:
    case EV_HYPOTHESIS_PRUNED:
    case EV_HYPOTHESIS_SUPPORTED:
    case EV_HYPOTHESIS_CONFIRMED:
    case EV_GAP_NOTED:
    case EV_CANDIDATE_RANKED:
    case EV_REMEDIATION_PROPOSED:
    case EV_TOOL_TOLD:
    case EV_RESOURCE_SEEN:
    case EV_ALERT_SEEN:
    case EV_INVENTORY_SEEN:
    case EV_FINDING_SEEN:
    case EV_SECURITY_LOOKED:
    case EV_CHANGE_SEEN:
    case EV_COST_UPDATED:
    case EV_AGENT_ASKED:
    case EV_MODEL_CALLED:
    case EV_CONTEXT_COMPACTED:
    case EV_CONTEXT_MEASURED:
    case EV_ERROR:
    case EV_UNKNOWN:
        break;
    }
}
