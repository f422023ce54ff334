/* event_acts.c - fields of the events of what is done: approvals, rules, mutations, plans,
 * procedures and their steps. */
#include "event_priv.h"

static const struct field approval_requested[] = {
    NEED("id", approval_requested.id),
    NEED("operation", approval_requested.operation),
    STR("resource", approval_requested.resource),
    STR("account", approval_requested.account),
    STR("region", approval_requested.region),
    STR("environment", approval_requested.environment),
    ENUM("risk", approval_requested.risk, event_approval_risk_names),
    JSON("args", approval_requested.args),
    STR("why", approval_requested.why),
    STR("hypothesis", approval_requested.hypothesis),
    LIST("evidence", approval_requested.evidence),
    STR("effect", approval_requested.effect),
    STR("before", approval_requested.before),
    INT("before_ms", approval_requested.before_ms),
    STR("after", approval_requested.after),
    STR("rollback", approval_requested.rollback),
    STR("blast", approval_requested.blast),
    STR("cost", approval_requested.cost),
    STR("watch", approval_requested.watch),
    LIST("calls", approval_requested.calls),
    STR("policy", approval_requested.policy),
    STR("limits", approval_requested.limits),
    STR("fingerprint", approval_requested.fingerprint),
    INT("expires_ms", approval_requested.expires_ms),
    INT("persons", approval_requested.persons),
    STR("proposer", approval_requested.proposer),
};
static const struct field rule[] = {
    NEED("id", rule.id),         STR("operation", rule.operation), STR("resource", rule.resource),
    JSON("params", rule.params), BOOL("deny", rule.deny),          STR("approval", rule.approval),
    STR("by", rule.by),
};
static const struct field approval_decided[] = {
    NEED("id", approval_decided.id),           STR("fingerprint", approval_decided.fingerprint),
    STR("reason", approval_decided.reason),    STR("by", approval_decided.by),
    LIST("seconds", approval_decided.seconds),
};
static const struct field policy_decided[] = {
    NEED("mutation", policy_decided.mutation),
    ENUM("risk", policy_decided.risk, event_approval_risk_names),
    NEED("decision", policy_decided.decision),
    LIST("risk_rules", policy_decided.risk_rules),
    LIST("rules", policy_decided.rules),
    STR("limits", policy_decided.limits),
};
static const struct field mutation_proposed[] = {
    NEED("id", mutation_proposed.id),
    NEED("operation", mutation_proposed.operation),
    STR("target", mutation_proposed.target),
    JSON("args", mutation_proposed.args),
    STR("why", mutation_proposed.why),
    STR("hypothesis", mutation_proposed.hypothesis),
    LIST("evidence", mutation_proposed.evidence),
    STR("by", mutation_proposed.by),
    STR("undo", mutation_proposed.undo),
    STR("origin", mutation_proposed.origin),
    BOOL("dry_run", mutation_proposed.dry_run),
    BOOL("ask", mutation_proposed.ask),
    JSON("who", mutation_proposed.who),
};
static const struct field mutation_planned[] = {
    NEED("id", mutation_planned.id),
    STR("resource", mutation_planned.resource),
    STR("effect", mutation_planned.effect),
    STR("before", mutation_planned.before),
    INT("before_ms", mutation_planned.before_ms),
    STR("after", mutation_planned.after),
    STR("rollback", mutation_planned.rollback),
    STR("blast", mutation_planned.blast),
    STR("cost", mutation_planned.cost),
    STR("watch", mutation_planned.watch),
    LIST("calls", mutation_planned.calls),
    JSON("facts", mutation_planned.facts),
    STR("rollback_operation", mutation_planned.rollback_operation),
    JSON("rollback_args", mutation_planned.rollback_args),
    BOOL("rolls_back", mutation_planned.rolls_back),
    INT("duration_ms", mutation_planned.duration_ms),
};
static const struct field mutation_started[] = {
    NEED("id", mutation_started.id),       STR("what", mutation_started.what),
    STR("token", mutation_started.token),  JSON("facts", mutation_started.facts),
    LIST("calls", mutation_started.calls),
};
static const struct field mutation_unknown[] = {
    NEED("id", mutation_unknown.id),
    STR("what", mutation_unknown.what),
    STR("why", mutation_unknown.why),
};
static const struct field mutation_ended[] = {
    NEED("id", mutation_ended.id),
    STR("what", mutation_ended.what),
    NEED("outcome", mutation_ended.outcome),
    STR("text", mutation_ended.text),
    INT("duration_ms", mutation_ended.duration_ms),
};
static const struct field mutation_verified[] = {
    NEED("id", mutation_verified.id),
    STR("what", mutation_verified.what),
    BOOL("holds", mutation_verified.holds),
    STR("text", mutation_verified.text),
    INT("duration_ms", mutation_verified.duration_ms),
};
static const struct field plan_created[] = {
    STR("id", plan_created.id),           STR("playbook", plan_created.playbook),
    STR("version", plan_created.version), STR("sha256", plan_created.sha256),
    STR("summary", plan_created.summary), JSON("intent", plan_created.intent),
    JSON("plan", plan_created.plan)};
static const struct field readonly_set[] = {STR("why", readonly_set.why)};
static const struct field procedure_started[] = {
    NEED("run", procedure_started.run),         STR("kind", procedure_started.kind),
    NEED("id", procedure_started.id),           STR("name", procedure_started.name),
    STR("version", procedure_started.version),  STR("source", procedure_started.source),
    STR("sha256", procedure_started.sha256),    STR("by", procedure_started.by),
    STR("why", procedure_started.why),          STR("hypothesis", procedure_started.hypothesis),
    BOOL("dry_run", procedure_started.dry_run), BOOL("mutates", procedure_started.mutates),
    JSON("params", procedure_started.params),   JSON("definition", procedure_started.definition),
};
static const struct field procedure_moved[] = {
    NEED("run", procedure_moved.run),
    STR("why", procedure_moved.why),
    STR("by", procedure_moved.by),
};
static const struct field procedure_finished[] = {
    NEED("run", procedure_finished.run),
    ENUM("state", procedure_finished.state, event_procedure_state_names),
    STR("text", procedure_finished.text),
    INT("duration_ms", procedure_finished.duration_ms),
};
static const struct field step_started[] = {
    NEED("run", step_started.run),           NEED("step", step_started.step),
    INT("visit", step_started.visit),        INT("attempt", step_started.attempt),
    BOOL("rollback", step_started.rollback), JSON("args", step_started.args),
};
static const struct field step_retried[] = {
    NEED("run", step_retried.run),        NEED("step", step_retried.step),
    STR("text", step_retried.text),       INT("attempt", step_retried.attempt),
    INT("wait_ms", step_retried.wait_ms),
};
static const struct field step_asked[] = {
    NEED("run", step_asked.run),
    NEED("step", step_asked.step),
    STR("question", step_asked.question),
    LIST("options", step_asked.options),
};
static const struct field step_answered[] = {
    NEED("run", step_answered.run),
    NEED("step", step_answered.step),
    STR("answer", step_answered.answer),
    STR("by", step_answered.by),
};
static const struct field step_finished[] = {
    NEED("run", step_finished.run),
    NEED("step", step_finished.step),
    ENUM("state", step_finished.state, event_step_state_names),
    BOOL("rollback", step_finished.rollback),
    STR("text", step_finished.text),
    STR("call", step_finished.call),
    STR("mutation", step_finished.mutation),
    JSON("result", step_finished.result),
    STR("next", step_finished.next),
    INT("duration_ms", step_finished.duration_ms),
};

const struct event_def event_defs_acts[EV_TYPES] = {
    [EV_APPROVAL_REQUESTED] = ROW("approval.requested", true, approval_requested),
    [EV_APPROVAL_GRANTED] = ROW("approval.granted", true, approval_decided),
    [EV_APPROVAL_REJECTED] = ROW("approval.rejected", true, approval_decided),
    [EV_APPROVAL_EXPIRED] = ROW("approval.expired", true, approval_decided),
    [EV_APPROVAL_CONFIRMED] = ROW("approval.confirmed", true, approval_decided),
    [EV_APPROVAL_REFUSED] = ROW("approval.refused", true, approval_decided),
    [EV_RULE_REMEMBERED] = ROW("rule.remembered", true, rule),
    [EV_RULE_REVOKED] = ROW("rule.revoked", true, rule),
    [EV_POLICY_DECIDED] = ROW("policy.decided", true, policy_decided),
    [EV_MUTATION_PROPOSED] = ROW("mutation.proposed", true, mutation_proposed),
    [EV_MUTATION_PLANNED] = ROW("mutation.planned", true, mutation_planned),
    [EV_MUTATION_STARTED] = ROW("mutation.started", true, mutation_started),
    [EV_MUTATION_UNKNOWN] = ROW("mutation.unknown", true, mutation_unknown),
    [EV_MUTATION_ENDED] = ROW("mutation.ended", true, mutation_ended),
    [EV_MUTATION_VERIFIED] = ROW("mutation.verified", true, mutation_verified),
    [EV_PLAN_CREATED] = ROW("plan.created", false, plan_created),
    [EV_READONLY_SET] = ROW("readonly.set", true, readonly_set),
    [EV_PROCEDURE_STARTED] = ROW("procedure.started", true, procedure_started),
    [EV_PROCEDURE_STOPPED] = ROW("procedure.stopped", true, procedure_moved),
    [EV_PROCEDURE_RESUMED] = ROW("procedure.resumed", true, procedure_moved),
    [EV_PROCEDURE_FINISHED] = ROW("procedure.finished", true, procedure_finished),
    [EV_STEP_STARTED] = ROW("step.started", false, step_started),
    [EV_STEP_RETRIED] = ROW("step.retried", false, step_retried),
    [EV_STEP_ASKED] = ROW("step.asked", true, step_asked),
    [EV_STEP_ANSWERED] = ROW("step.answered", true, step_answered),
    [EV_STEP_FINISHED] = ROW("step.finished", false, step_finished),
};
