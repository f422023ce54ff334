/* event_case.c - fields of the events that tell the case: session, turns, what the investigator and
 * models say, queries, evidence, the tree, the verdict, what was seen. Acts are in event_acts.c. */
#include "event_priv.h"

static const struct field session_opened[] = {
    NEED("id", session_opened.id),        STR("title", session_opened.title),
    STR("query", session_opened.query),   STR("version", session_opened.version),
    STR("user", session_opened.user),     STR("host", session_opened.host),
    STR("cwd", session_opened.cwd),       LIST("targets", session_opened.targets),
    INT("now_ms", session_opened.now_ms),
};
static const struct field session_closed[] = {
    STR("reason", session_closed.reason),
    INT("exit_code", session_closed.exit_code),
};
static const struct field user_message[] = {NEED("text", user_message.text)};
static const struct field incident_loaded[] = {
    STR("id", incident_loaded.id),
    STR("title", incident_loaded.title),
    STR("service", incident_loaded.service),
    STR("metric", incident_loaded.metric),
    STR("direction", incident_loaded.direction),
    STR("source", incident_loaded.source),
    INT("started_at_ms", incident_loaded.started_at_ms),
    INT("now_ms", incident_loaded.now_ms),
    INT("window_start_ms", incident_loaded.window_start_ms),
    INT("window_end_ms", incident_loaded.window_end_ms),
    INT("baseline_start_ms", incident_loaded.baseline_start_ms),
    INT("baseline_end_ms", incident_loaded.baseline_end_ms),
};
static const struct field topology_loaded[] = {
    STR("source", topology_loaded.source),
    INT("nodes", topology_loaded.nodes),
    INT("edges", topology_loaded.edges),
    JSON("graph", topology_loaded.graph),
};
static const struct field turn_started[] = {
    INT("turn", turn_started.turn),
    STR("investigator", turn_started.investigator),
    STR("kind", turn_started.kind),
};
static const struct field turn_ended[] = {INT("turn", turn_ended.turn),
                                          STR("reason", turn_ended.reason)};
static const struct field phase_changed[] = {
    ENUM("from", phase_changed.from, event_phase_names),
    ENUM("to", phase_changed.to, event_phase_names),
};
static const struct field agent_text[] = {
    NEED("text", agent_text.text),
    STR("message", agent_text.message),
    BOOL("last", agent_text.last),
};
static const struct field agent_thinking[] = {
    NEED("text", agent_thinking.text),
    STR("message", agent_thinking.message),
};
static const struct field tool_started[] = {
    NEED("call", tool_started.call),  NEED("tool", tool_started.tool),
    STR("title", tool_started.title), STR("hypothesis", tool_started.hypothesis),
    JSON("args", tool_started.args),  STR("query", tool_started.query),
};
static const struct field tool_told[] = {
    NEED("call", tool_told.call),  INT("done", tool_told.done),       INT("known", tool_told.known),
    STR("found", tool_told.found), STR("trouble", tool_told.trouble),
};
static const struct field tool_ended[] = {
    NEED("call", tool_ended.call),
    ENUM("status", tool_ended.status, event_tool_status_names),
    STR("summary", tool_ended.summary),
    STR("error", tool_ended.error),
    STR("blob", tool_ended.blob),
    STR("content_type", tool_ended.content_type),
    INT("size_bytes", tool_ended.size_bytes),
    INT("duration_ms", tool_ended.duration_ms),
    INT("rows", tool_ended.rows),
};
static const struct field limit_warned[] = {STR("tool", limit_warned.tool),
                                            NEED("text", limit_warned.text)};
static const struct field evidence_added[] = {
    NEED("id", evidence_added.id),
    NEED("call", evidence_added.call),
    STR("hypothesis", evidence_added.hypothesis),
    ENUM("strength", evidence_added.strength, event_strength_names),
    NEED("statement", evidence_added.statement),
    STR("query", evidence_added.query),
    STR("blob", evidence_added.blob),
    STR("service", evidence_added.service),
    STR("metric", evidence_added.metric),
    STR("resource", evidence_added.resource),
    STR("unit", evidence_added.unit),
    F64("before", evidence_added.before),
    F64("after", evidence_added.after),
    F64("score", evidence_added.score),
    INT("window_start_ms", evidence_added.window_start_ms),
    INT("window_end_ms", evidence_added.window_end_ms),
    INT("onset_ms", evidence_added.onset_ms),
    BOOL("direct", evidence_added.direct),
    BOOL("temporal", evidence_added.temporal),
};
static const struct field hypothesis_proposed[] = {
    NEED("id", hypothesis_proposed.id),
    STR("parent", hypothesis_proposed.parent),
    NEED("statement", hypothesis_proposed.statement),
    STR("kind", hypothesis_proposed.kind),
    STR("resource", hypothesis_proposed.resource),
    STR("service", hypothesis_proposed.service),
    STR("metric", hypothesis_proposed.metric),
    STR("pattern", hypothesis_proposed.pattern),
    STR("rationale", hypothesis_proposed.rationale),
    STR("refutes", hypothesis_proposed.refutes),
    ENUM("category", hypothesis_proposed.category, event_category_names),
    INT("priority", hypothesis_proposed.priority),
};
static const struct field hypothesis_id[] = {
    NEED("id", hypothesis_id.id),
    STR("reason", hypothesis_id.reason),
};
static const struct field hypothesis_scored[] = {
    NEED("id", hypothesis_scored.id),
    F64("confidence", hypothesis_scored.confidence),
    STR("terms", hypothesis_scored.terms),
    STR("reason", hypothesis_scored.reason),
};
static const struct field hypothesis_steered[] = {
    NEED("id", hypothesis_steered.id),
    ENUM("act", hypothesis_steered.act, event_steer_act_names),
    STR("text", hypothesis_steered.text),
};
static const struct field gap_noted[] = {
    NEED("what", gap_noted.what),
    STR("why", gap_noted.why),
    STR("hypothesis", gap_noted.hypothesis),
    STR("code", gap_noted.code),
};
static const struct field candidate_ranked[] = {
    INT("rank", candidate_ranked.rank),
    STR("service", candidate_ranked.service),
    STR("metric", candidate_ranked.metric),
    STR("resource", candidate_ranked.resource),
    STR("category", candidate_ranked.category),
    STR("statement", candidate_ranked.statement),
    STR("hypothesis", candidate_ranked.hypothesis),
    F64("score", candidate_ranked.score),
    LIST("evidence", candidate_ranked.evidence),
};
static const struct field rootcause_identified[] = {
    NEED("hypothesis", rootcause_identified.hypothesis),
    NEED("statement", rootcause_identified.statement),
    STR("category", rootcause_identified.category),
    STR("service", rootcause_identified.service),
    STR("metric", rootcause_identified.metric),
    STR("resource", rootcause_identified.resource),
    F64("confidence", rootcause_identified.confidence),
    LIST("evidence", rootcause_identified.evidence),
};
static const struct field remediation_proposed[] = {
    STR("hypothesis", remediation_proposed.hypothesis),
    NEED("action", remediation_proposed.action),
    STR("command", remediation_proposed.command),
    STR("rollback", remediation_proposed.rollback),
    STR("watch", remediation_proposed.watch),
    ENUM("risk", remediation_proposed.risk, event_approval_risk_names),
    STR("act", remediation_proposed.act),
    STR("skill", remediation_proposed.skill),
};
static const struct field conclusion_reached[] = {
    ENUM("verdict", conclusion_reached.verdict, event_verdict_names),
    STR("summary", conclusion_reached.summary),
    F64("confidence", conclusion_reached.confidence),
    LIST("affected_services", conclusion_reached.affected_services),
    LIST("next_checks", conclusion_reached.next_checks),
    LIST("also", conclusion_reached.also),
};
static const struct field resource_seen[] = {
    NEED("key", resource_seen.key),
    STR("kind", resource_seen.kind),
    STR("name", resource_seen.name),
    STR("parent", resource_seen.parent),
    STR("status", resource_seen.status),
    STR("detail", resource_seen.detail),
    ENUM("health", resource_seen.health, event_health_names),
    F64("value", resource_seen.value),
    F64("limit", resource_seen.limit),
    STR("unit", resource_seen.unit),
    STR("metric", resource_seen.metric),
    STR("service", resource_seen.service),
    STR("region", resource_seen.region),
    STR("account", resource_seen.account),
    STR("id", resource_seen.id),
    STR("created", resource_seen.created),
    STR("tags", resource_seen.tags),
    INT("seen_ms", resource_seen.seen_ms),
    INT("changed_ms", resource_seen.changed_ms),
};
static const struct field inventory_seen[] = {
    ENUM("step", inventory_seen.step, event_inventory_step_names),
    INT("scan", inventory_seen.scan),
    INT("at_ms", inventory_seen.at_ms),
    INT("resources", inventory_seen.resources),
    INT("done", inventory_seen.done),
    INT("known", inventory_seen.known),
    INT("failed", inventory_seen.failed),
    STR("source", inventory_seen.source),
    STR("text", inventory_seen.text),
    STR("watched", inventory_seen.watched),
};
static const struct field change_seen[] = {
    NEED("key", change_seen.key),        STR("kind", change_seen.kind),
    STR("what", change_seen.what),       STR("resource", change_seen.resource),
    STR("service", change_seen.service), STR("region", change_seen.region),
    STR("account", change_seen.account), STR("actor", change_seen.actor),
    NEED("text", change_seen.text),      STR("outcome", change_seen.outcome),
    STR("error", change_seen.error),     STR("source", change_seen.source),
    STR("call", change_seen.call),       INT("at_ms", change_seen.at_ms),
};
static const struct field alert_seen[] = {
    NEED("fingerprint", alert_seen.fingerprint),
    NEED("name", alert_seen.name),
    ENUM("state", alert_seen.state, event_alert_state_names),
    STR("severity", alert_seen.severity),
    STR("service", alert_seen.service),
    STR("summary", alert_seen.summary),
    STR("labels", alert_seen.labels),
    STR("source", alert_seen.source),
    STR("call", alert_seen.call),
    INT("started_ms", alert_seen.started_ms),
};
static const struct field finding_seen[] = {
    NEED("id", finding_seen.id),
    NEED("check", finding_seen.check),
    ENUM("severity", finding_seen.severity, event_finding_severity_names),
    STR("service", finding_seen.service),
    STR("source", finding_seen.source),
    STR("resource", finding_seen.resource),
    STR("account", finding_seen.account),
    STR("region", finding_seen.region),
    STR("title", finding_seen.title),
    STR("evidence", finding_seen.evidence),
    STR("why", finding_seen.why),
    STR("fix", finding_seen.fix),
    STR("act", finding_seen.act),
    STR("rollback", finding_seen.rollback),
    STR("reference", finding_seen.reference),
    STR("also", finding_seen.also),
    STR("status", finding_seen.status),
    STR("suppressed", finding_seen.suppressed),
    STR("call", finding_seen.call),
    BOOL("gone", finding_seen.gone),
};
static const struct field security_looked[] = {
    ENUM("state", security_looked.state, event_security_state_names),
    STR("text", security_looked.text),
    STR("off", security_looked.off),
    STR("call", security_looked.call),
    INT("checks", security_looked.checks),
    INT("judged", security_looked.judged),
    INT("unjudged", security_looked.unjudged),
    INT("failed", security_looked.failed),
    INT("left_out", security_looked.left_out),
    INT("done", security_looked.done),
    INT("known", security_looked.known),
    LIST("places", security_looked.places),
};
static const struct field cost_updated[] = {
    F64("usd", cost_updated.usd),
    INT("input_tokens", cost_updated.input_tokens),
    INT("output_tokens", cost_updated.output_tokens),
    INT("cache_read_tokens", cost_updated.cache_read_tokens),
    INT("cache_write_tokens", cost_updated.cache_write_tokens),
    INT("calls", cost_updated.calls),
    INT("unpriced", cost_updated.unpriced),
    F64("usd_day", cost_updated.usd_day),
    F64("usd_limit", cost_updated.usd_limit),
    F64("usd_day_limit", cost_updated.usd_day_limit),
};
static const struct field context_measured[] = {
    INT("window_tokens", context_measured.window_tokens),
    INT("answer_tokens", context_measured.answer_tokens),
    INT("used_tokens", context_measured.used_tokens),
    JSON("parts", context_measured.parts),
};
static const struct field session_branched[] = {
    STR("from", session_branched.from),
    INT("event", session_branched.event),
    STR("hash", session_branched.hash),
};
static const struct field agent_asked[] = {
    NEED("id", agent_asked.id),
    NEED("text", agent_asked.text),
    LIST("options", agent_asked.options),
};
static const struct field model_called[] = {
    STR("message", model_called.message),
    STR("purpose", model_called.purpose),
    STR("provider", model_called.provider),
    STR("model", model_called.model),
    STR("prompt", model_called.prompt),
    STR("stop", model_called.stop),
    STR("error", model_called.error),
    INT("input_tokens", model_called.input_tokens),
    INT("output_tokens", model_called.output_tokens),
    INT("cache_read_tokens", model_called.cache_read_tokens),
    INT("cache_write_tokens", model_called.cache_write_tokens),
    INT("context_tokens", model_called.context_tokens),
    INT("duration_ms", model_called.duration_ms),
    INT("first_ms", model_called.first_ms),
    INT("tools", model_called.tools),
    F64("usd", model_called.usd),
};
static const struct field model_switched[] = {
    STR("from", model_switched.from),
    NEED("to", model_switched.to),
    STR("why", model_switched.why),
};
static const struct field context_compacted[] = {
    INT("before_tokens", context_compacted.before_tokens),
    INT("after_tokens", context_compacted.after_tokens),
    INT("limit_tokens", context_compacted.limit_tokens),
    STR("text", context_compacted.text),
    STR("summary", context_compacted.summary),
};
static const struct field judge_refused[] = {
    NEED("what", judge_refused.what),
    NEED("why", judge_refused.why),
    STR("hypothesis", judge_refused.hypothesis),
    STR("call", judge_refused.call),
    BOOL("warning", judge_refused.warning),
};
static const struct field session_renamed[] = {NEED("title", session_renamed.title)};
static const struct field session_target[] = {NEED("target", session_target.target)};
static const struct field error_fields[] = {
    NEED("text", error.text),
    STR("code", error.code),
    STR("doing", error.doing),
};

const struct event_def event_defs_case[EV_TYPES] = {
    [EV_SESSION_OPENED] = ROW("session.opened", true, session_opened),
    [EV_SESSION_CLOSED] = ROW("session.closed", true, session_closed),
    [EV_USER_MESSAGE] = ROW("user.message", false, user_message),
    [EV_INCIDENT_LOADED] = ROW("incident.loaded", false, incident_loaded),
    [EV_TOPOLOGY_LOADED] = ROW("topology.loaded", false, topology_loaded),
    [EV_TURN_STARTED] = ROW("turn.started", false, turn_started),
    [EV_TURN_ENDED] = ROW("turn.ended", false, turn_ended),
    [EV_PHASE_CHANGED] = ROW("phase.changed", false, phase_changed),
    [EV_AGENT_TEXT] = ROW("agent.text", false, agent_text),
    [EV_AGENT_THINKING] = ROW("agent.thinking", false, agent_thinking),
    [EV_TOOL_STARTED] = ROW("tool.started", false, tool_started),
    [EV_TOOL_TOLD] = ROW("tool.told", false, tool_told),
    [EV_TOOL_ENDED] = ROW("tool.ended", false, tool_ended),
    [EV_LIMIT_WARNED] = ROW("limit.warned", false, limit_warned),
    [EV_EVIDENCE_ADDED] = ROW("evidence.added", false, evidence_added),
    [EV_HYPOTHESIS_PROPOSED] = ROW("hypothesis.proposed", false, hypothesis_proposed),
    [EV_HYPOTHESIS_TESTING] = ROW("hypothesis.testing", false, hypothesis_id),
    [EV_HYPOTHESIS_BRANCHED] = ROW("hypothesis.branched", false, hypothesis_id),
    [EV_HYPOTHESIS_PRUNED] = ROW("hypothesis.pruned", false, hypothesis_id),
    [EV_HYPOTHESIS_SUPPORTED] = ROW("hypothesis.supported", false, hypothesis_scored),
    [EV_HYPOTHESIS_CONFIRMED] = ROW("hypothesis.confirmed", false, hypothesis_scored),
    [EV_HYPOTHESIS_STEERED] = ROW("hypothesis.steered", true, hypothesis_steered),
    [EV_GAP_NOTED] = ROW("gap.noted", false, gap_noted),
    [EV_CANDIDATE_RANKED] = ROW("candidate.ranked", false, candidate_ranked),
    [EV_ROOTCAUSE_IDENTIFIED] = ROW("rootcause.identified", true, rootcause_identified),
    [EV_REMEDIATION_PROPOSED] = ROW("remediation.proposed", false, remediation_proposed),
    [EV_CONCLUSION_REACHED] = ROW("conclusion.reached", true, conclusion_reached),
    [EV_RESOURCE_SEEN] = ROW("resource.seen", false, resource_seen),
    [EV_ALERT_SEEN] = ROW("alert.seen", false, alert_seen),
    [EV_INVENTORY_SEEN] = ROW("inventory.seen", false, inventory_seen),
    [EV_FINDING_SEEN] = ROW("finding.seen", false, finding_seen),
    [EV_SECURITY_LOOKED] = ROW("security.looked", false, security_looked),
    [EV_CHANGE_SEEN] = ROW("change.seen", false, change_seen),
    [EV_COST_UPDATED] = ROW("cost.updated", false, cost_updated),
    [EV_CONTEXT_MEASURED] = ROW("context.measured", false, context_measured),
    [EV_SESSION_BRANCHED] = ROW("session.branched", true, session_branched),
    [EV_AGENT_ASKED] = ROW("agent.asked", false, agent_asked),
    [EV_MODEL_CALLED] = ROW("model.called", false, model_called),
    [EV_MODEL_SWITCHED] = ROW("model.switched", false, model_switched),
    [EV_CONTEXT_COMPACTED] = ROW("context.compacted", false, context_compacted),
    [EV_JUDGE_REFUSED] = ROW("judge.refused", true, judge_refused),
    [EV_SESSION_RENAMED] = ROW("session.renamed", true, session_renamed),
    [EV_SESSION_TARGET] = ROW("session.target", true, session_target),
    [EV_ERROR] = ROW("error", false, error_fields),
};
