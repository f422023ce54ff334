/* event.c - the event table: every type with its fields, once. Encoding, decoding and the names
 * come from it, so a field added here is in the journal, in --json and in replay. */
#include "runbook/model/event.h"

#include <assert.h>
#include <math.h>
#include <string.h>

#include "runbook/codec/json.h"

enum field_kind { FIELD_STR, FIELD_INT, FIELD_F64, FIELD_BOOL, FIELD_LIST, FIELD_JSON, FIELD_ENUM };

struct field {
    const char *name;
    enum field_kind kind;
    size_t offset;            /* in struct event */
    const char *const *names; /* FIELD_ENUM */
    size_t name_count;
    bool required;
};

struct event_def {
    const char *name;
    bool durable;
    const struct field *fields;
    size_t field_count;
};

static const char *const phase_names[PHASES] = {
    [PHASE_IDLE] = "idle",
    [PHASE_TRIAGE] = "triage",
    [PHASE_HYPOTHESIZE] = "hypothesize",
    [PHASE_INVESTIGATE] = "investigate",
    [PHASE_EVALUATE] = "evaluate",
    [PHASE_CONCLUDE] = "conclude",
    [PHASE_REMEDIATE] = "remediate",
    [PHASE_COMPLETE] = "complete",
};
static const char *const verdict_names[VERDICTS] = {
    [VERDICT_NONE] = "none",
    [VERDICT_ROOT_CAUSE] = "root_cause",
    [VERDICT_INCONCLUSIVE] = "inconclusive",
    [VERDICT_NO_ACTION] = "no_action",
    [VERDICT_FAILED] = "failed",
};
static const char *const tool_status_names[TOOL_STATUSES] = {
    [TOOL_OK] = "ok",         [TOOL_EMPTY] = "empty",     [TOOL_ERROR] = "error",
    [TOOL_DENIED] = "denied", [TOOL_TIMEOUT] = "timeout", [TOOL_CANCELED] = "canceled",
};
static const char *const strength_names[STRENGTHS] = {
    [STRENGTH_STRONG] = "strong",
    [STRENGTH_WEAK] = "weak",
    [STRENGTH_NONE] = "none",
    [STRENGTH_CONTRADICTS] = "contradicts",
};
static const char *const category_names[CATEGORIES] = {
    [CATEGORY_INFRASTRUCTURE] = "infrastructure",
    [CATEGORY_APPLICATION] = "application",
    [CATEGORY_DEPENDENCY] = "dependency",
    [CATEGORY_CONFIGURATION] = "configuration",
    [CATEGORY_CAPACITY] = "capacity",
    [CATEGORY_UNKNOWN] = "unknown",
};
static const char *const health_names[HEALTHS] = {
    [HEALTH_UNKNOWN] = "unknown",
    [HEALTH_OK] = "ok",
    [HEALTH_WARNING] = "warning",
    [HEALTH_CRITICAL] = "critical",
};

static const char *const alert_state_names[ALERT_STATES] = {
    [ALERT_FIRING] = "firing",
    [ALERT_PENDING] = "pending",
    [ALERT_SUPPRESSED] = "suppressed",
    [ALERT_RESOLVED] = "resolved",
};
static const char *const steer_act_names[STEER_ACTS] = {
    [STEER_REJECT] = "reject",
    [STEER_RESTORE] = "restore",
    [STEER_PROMOTE] = "promote",
    [STEER_TEST] = "test",
};
static const char *const approval_risk_names[APPROVAL_RISKS] = {
    [APPROVAL_LOW] = "low",
    [APPROVAL_MEDIUM] = "medium",
    [APPROVAL_HIGH] = "high",
    [APPROVAL_CRITICAL] = "critical",
};

#define AT(member) offsetof(struct event, u.member)
#define STR(name, member)                                                                          \
    {                                                                                              \
        name, FIELD_STR, AT(member), NULL, 0, false                                                \
    }
#define NEED(name, member)                                                                         \
    {                                                                                              \
        name, FIELD_STR, AT(member), NULL, 0, true                                                 \
    }
#define INT(name, member)                                                                          \
    {                                                                                              \
        name, FIELD_INT, AT(member), NULL, 0, false                                                \
    }
#define F64(name, member)                                                                          \
    {                                                                                              \
        name, FIELD_F64, AT(member), NULL, 0, false                                                \
    }
#define BOOL(name, member)                                                                         \
    {                                                                                              \
        name, FIELD_BOOL, AT(member), NULL, 0, false                                               \
    }
#define LIST(name, member)                                                                         \
    {                                                                                              \
        name, FIELD_LIST, AT(member), NULL, 0, false                                               \
    }
#define JSON(name, member)                                                                         \
    {                                                                                              \
        name, FIELD_JSON, AT(member), NULL, 0, false                                               \
    }
#define ENUM(name, member, table)                                                                  \
    {                                                                                              \
        name, FIELD_ENUM, AT(member), table, sizeof(table) / sizeof((table)[0]), false             \
    }

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
    ENUM("from", phase_changed.from, phase_names),
    ENUM("to", phase_changed.to, phase_names),
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
static const struct field tool_ended[] = {
    NEED("call", tool_ended.call),
    ENUM("status", tool_ended.status, tool_status_names),
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
    ENUM("strength", evidence_added.strength, strength_names),
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
    ENUM("category", hypothesis_proposed.category, category_names),
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
    ENUM("act", hypothesis_steered.act, steer_act_names),
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
    ENUM("risk", remediation_proposed.risk, approval_risk_names),
    STR("act", remediation_proposed.act),
};
static const struct field conclusion_reached[] = {
    ENUM("verdict", conclusion_reached.verdict, verdict_names),
    STR("summary", conclusion_reached.summary),
    F64("confidence", conclusion_reached.confidence),
    LIST("affected_services", conclusion_reached.affected_services),
    LIST("next_checks", conclusion_reached.next_checks),
};
static const struct field resource_seen[] = {
    NEED("key", resource_seen.key),
    STR("kind", resource_seen.kind),
    STR("name", resource_seen.name),
    STR("parent", resource_seen.parent),
    STR("status", resource_seen.status),
    STR("detail", resource_seen.detail),
    ENUM("health", resource_seen.health, health_names),
    F64("value", resource_seen.value),
    F64("limit", resource_seen.limit),
    STR("unit", resource_seen.unit),
    STR("metric", resource_seen.metric),
};
static const struct field alert_seen[] = {
    NEED("fingerprint", alert_seen.fingerprint),
    NEED("name", alert_seen.name),
    ENUM("state", alert_seen.state, alert_state_names),
    STR("severity", alert_seen.severity),
    STR("service", alert_seen.service),
    STR("summary", alert_seen.summary),
    STR("labels", alert_seen.labels),
    STR("source", alert_seen.source),
    STR("call", alert_seen.call),
    INT("started_ms", alert_seen.started_ms),
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
static const struct field approval_requested[] = {
    NEED("id", approval_requested.id),
    NEED("operation", approval_requested.operation),
    STR("resource", approval_requested.resource),
    STR("account", approval_requested.account),
    STR("region", approval_requested.region),
    STR("environment", approval_requested.environment),
    ENUM("risk", approval_requested.risk, approval_risk_names),
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
};
static const struct field approval_decided[] = {
    NEED("id", approval_decided.id),
    STR("fingerprint", approval_decided.fingerprint),
    STR("reason", approval_decided.reason),
    STR("by", approval_decided.by),
};
static const struct field policy_decided[] = {
    NEED("mutation", policy_decided.mutation),
    ENUM("risk", policy_decided.risk, approval_risk_names),
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
    BOOL("dry_run", mutation_proposed.dry_run),
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
static const struct field readonly_set[] = {STR("why", readonly_set.why)};
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
static const struct field error_fields[] = {
    NEED("text", error.text),
    STR("code", error.code),
    STR("doing", error.doing),
};

#define ROW(name, durable, fields)                                                                 \
    {                                                                                              \
        name, durable, fields, sizeof(fields) / sizeof((fields)[0])                                \
    }
static const struct event_def defs[EV_TYPES] = {
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
    [EV_COST_UPDATED] = ROW("cost.updated", false, cost_updated),
    [EV_CONTEXT_MEASURED] = ROW("context.measured", false, context_measured),
    [EV_APPROVAL_REQUESTED] = ROW("approval.requested", true, approval_requested),
    [EV_APPROVAL_GRANTED] = ROW("approval.granted", true, approval_decided),
    [EV_APPROVAL_REJECTED] = ROW("approval.rejected", true, approval_decided),
    [EV_APPROVAL_EXPIRED] = ROW("approval.expired", true, approval_decided),
    [EV_SESSION_BRANCHED] = ROW("session.branched", true, session_branched),
    [EV_AGENT_ASKED] = ROW("agent.asked", false, agent_asked),
    [EV_MODEL_CALLED] = ROW("model.called", false, model_called),
    [EV_MODEL_SWITCHED] = ROW("model.switched", false, model_switched),
    [EV_CONTEXT_COMPACTED] = ROW("context.compacted", false, context_compacted),
    [EV_JUDGE_REFUSED] = ROW("judge.refused", true, judge_refused),
    [EV_SESSION_RENAMED] = ROW("session.renamed", true, session_renamed),
    [EV_POLICY_DECIDED] = ROW("policy.decided", true, policy_decided),
    [EV_MUTATION_PROPOSED] = ROW("mutation.proposed", true, mutation_proposed),
    [EV_MUTATION_PLANNED] = ROW("mutation.planned", true, mutation_planned),
    [EV_MUTATION_STARTED] = ROW("mutation.started", true, mutation_started),
    [EV_MUTATION_UNKNOWN] = ROW("mutation.unknown", true, mutation_unknown),
    [EV_MUTATION_ENDED] = ROW("mutation.ended", true, mutation_ended),
    [EV_MUTATION_VERIFIED] = ROW("mutation.verified", true, mutation_verified),
    [EV_READONLY_SET] = ROW("readonly.set", true, readonly_set),
    [EV_ERROR] = ROW("error", false, error_fields),
};

const char *event_type_name(enum event_type type)
{
    return type < EV_TYPES ? defs[type].name : "unknown";
}

enum event_type event_type_from_name(struct str name)
{
    for (int i = 0; i < EV_TYPES; i++) {
        if (str_eq_c(name, defs[i].name))
            return (enum event_type)i;
    }
    return EV_UNKNOWN;
}

bool event_is_durable(enum event_type type)
{
    return type < EV_TYPES && defs[type].durable;
}

static void encode_list(struct json_writer *w, const char *key, const struct strings *list)
{
    if (!list->count)
        return;
    json_key(w, key);
    json_array_begin(w);
    for (size_t i = 0; i < list->count; i++)
        json_cstring(w, list->items[i]);
    json_array_end(w);
}

/* A field at its default (empty, 0, NaN, false) is left out: it reads back as the same. */
static void encode_field(struct json_writer *w, const struct field *f, const char *at)
{
    switch (f->kind) {
    case FIELD_STR: {
        const char *s = *(const char *const *)(const void *)at;

        if (f->required || (s && *s))
            json_put_cstr(w, f->name, s ? s : "");
        break;
    }
    case FIELD_INT: {
        int64_t v = *(const int64_t *)(const void *)at;

        if (v)
            json_put_int(w, f->name, v);
        break;
    }
    case FIELD_F64: {
        double v = *(const double *)(const void *)at;

        if (!isnan(v))
            json_put_num(w, f->name, v);
        break;
    }
    case FIELD_BOOL:
        if (*(const bool *)at)
            json_put_bool(w, f->name, true);
        break;
    case FIELD_LIST:
        encode_list(w, f->name, (const struct strings *)(const void *)at);
        break;
    case FIELD_JSON: {
        const struct str *s = (const struct str *)(const void *)at;

        json_key(w, f->name);
        json_raw(w, s->len ? *s : STR_LIT("{}"));
        break;
    }
    case FIELD_ENUM: {
        int64_t v = *(const int64_t *)(const void *)at;

        assert(v >= 0 && (size_t)v < f->name_count);
        json_put_cstr(w, f->name, f->names[v]);
        break;
    }
    }
}

void event_encode(const struct event *ev, struct buf *out)
{
    const struct event_def *d = &defs[ev->type];
    struct json_writer w;

    assert(ev->type < EV_TYPES);
    json_writer_init(&w, out);
    json_object_begin(&w);
    for (size_t i = 0; i < d->field_count; i++)
        encode_field(&w, &d->fields[i], (const char *)ev + d->fields[i].offset);
    json_object_end(&w);
}

static enum err_code wrong(const struct field *f, const struct value *v, const char *expected,
                           struct err *err)
{
    return err_set(err, ERR_INPUT, "'%s' must be %s, not %s", f->name, expected,
                   value_type_name(v->type));
}

static enum err_code decode_list(const struct field *f, const struct value *v, struct arena *arena,
                                 struct strings *ret, struct err *err)
{
    const char **items;
    size_t n = 0;

    if (v->type != VALUE_ARRAY)
        return wrong(f, v, "a list", err);
    items = arena_array(arena, value_count(v), sizeof(*items));
    VALUE_EACH (it, v) {
        if (it->type != VALUE_STRING)
            return wrong(f, it, "a list of strings", err);
        items[n++] = arena_str(arena, it->u.string);
    }
    *ret = (struct strings){items, n};
    return ERR_OK;
}

static enum err_code decode_enum(const struct field *f, const struct value *v, int64_t *ret,
                                 struct err *err)
{
    if (v->type != VALUE_STRING)
        return wrong(f, v, "a string", err);
    for (size_t i = 0; i < f->name_count; i++) {
        if (str_eq_c(v->u.string, f->names[i])) {
            *ret = (int64_t)i;
            return ERR_OK;
        }
    }
    return err_set(err, ERR_INPUT, "'%s' is '%.*s', which is not known", f->name,
                   STR_FMT(v->u.string));
}

static enum err_code decode_field(const struct field *f, const struct value *v, struct arena *arena,
                                  char *at, struct err *err)
{
    switch (f->kind) {
    case FIELD_STR:
        if (v->type != VALUE_STRING)
            return wrong(f, v, "a string", err);
        *(const char **)(void *)at = arena_str(arena, v->u.string);
        return ERR_OK;
    case FIELD_INT:
        if (v->type != VALUE_NUMBER || !(fabs(v->u.number) < 9007199254740992.0))
            return wrong(f, v, "a whole number", err);
        *(int64_t *)(void *)at = (int64_t)v->u.number;
        return ERR_OK;
    case FIELD_F64:
        if (v->type != VALUE_NUMBER)
            return wrong(f, v, "a number", err);
        *(double *)(void *)at = v->u.number;
        return ERR_OK;
    case FIELD_BOOL:
        if (v->type != VALUE_BOOL)
            return wrong(f, v, "true or false", err);
        *(bool *)at = v->u.boolean;
        return ERR_OK;
    case FIELD_LIST:
        return decode_list(f, v, arena, (struct strings *)(void *)at, err);
    case FIELD_JSON: {
        struct buf text = BUF_INIT(BUF_NO_MAX);
        struct json_writer w;

        json_writer_init(&w, &text);
        json_value(&w, v);
        *(struct str *)(void *)at = (struct str){arena_str(arena, buf_str(&text)), text.len};
        buf_release(&text);
        return ERR_OK;
    }
    case FIELD_ENUM:
        return decode_enum(f, v, (int64_t *)(void *)at, err);
    }
    return ERR_OK;
}

static void set_default(const struct field *f, char *at)
{
    if (f->kind == FIELD_STR)
        *(const char **)(void *)at = "";
    else if (f->kind == FIELD_F64)
        *(double *)(void *)at = NAN;
    else if (f->kind == FIELD_JSON)
        *(struct str *)(void *)at = STR_LIT("{}");
}

enum err_code event_decode(enum event_type type, const struct value *data, struct arena *arena,
                           struct event *ret, struct err *err)
{
    const struct event_def *d = &defs[type];
    struct event ev;

    assert(type < EV_TYPES);
    if (!data || data->type != VALUE_OBJECT)
        return err_set(err, ERR_INPUT, "%s: 'data' must be an object", d->name);
    memset(&ev, 0, sizeof(ev));
    ev.type = type;
    ev.actor = "";
    for (size_t i = 0; i < d->field_count; i++) {
        const struct field *f = &d->fields[i];
        const struct value *v = value_get(data, f->name);
        char *at = (char *)&ev + f->offset;

        set_default(f, at);
        if (!v || v->type == VALUE_NULL) {
            if (f->required)
                return err_set(err, ERR_INPUT, "%s: '%s' is missing", d->name, f->name);
            continue;
        }
        if (decode_field(f, v, arena, at, err))
            return err_wrap(err, "%s", d->name);
    }
    *ret = ev;
    return ERR_OK;
}

void event_normalize(struct event *ev)
{
    const struct event_def *d = &defs[ev->type];

    if (!ev->actor)
        ev->actor = "";
    for (size_t i = 0; i < d->field_count; i++) {
        const char **s = (const char **)(void *)((char *)ev + d->fields[i].offset);

        if (d->fields[i].kind == FIELD_STR && !*s)
            *s = "";
    }
}

const char *phase_name(enum phase p)
{
    return phase_names[p];
}

const char *verdict_name(enum verdict v)
{
    return verdict_names[v];
}

const char *tool_status_name(enum tool_status s)
{
    return tool_status_names[s];
}

const char *strength_name(enum evidence_strength s)
{
    return strength_names[s];
}

const char *category_name(enum category c)
{
    return category_names[c];
}

const char *alert_state_name(enum alert_state s)
{
    return alert_state_names[s];
}

const char *health_name(enum health h)
{
    return health_names[h];
}

const char *approval_risk_name(enum approval_risk r)
{
    return approval_risk_names[r];
}
