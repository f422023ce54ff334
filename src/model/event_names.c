/* event_names.c - the words that values of enumerations have in a journal, on the screen and in
 * --json. What is written with a word is read by it, so none is ever renamed. */
#include "event_priv.h"

const char *const event_step_state_names[STEP_STATES] = {
    [STEP_PENDING] = "pending", [STEP_RUNNING] = "running",   [STEP_WAITING] = "waiting",
    [STEP_DONE] = "done",       [STEP_SKIPPED] = "skipped",   [STEP_FAILED] = "failed",
    [STEP_REFUSED] = "refused", [STEP_CANCELED] = "canceled", [STEP_ROLLED_BACK] = "rolled_back",
};
const char *const event_procedure_state_names[PROCEDURE_STATES] = {
    [PROCEDURE_RUNNING] = "running",         [PROCEDURE_WAITING] = "waiting",
    [PROCEDURE_STOPPED] = "stopped",         [PROCEDURE_COMPLETED] = "completed",
    [PROCEDURE_PARTIAL] = "partial",         [PROCEDURE_FAILED] = "failed",
    [PROCEDURE_ROLLED_BACK] = "rolled_back", [PROCEDURE_REFUSED] = "refused",
    [PROCEDURE_CANCELED] = "canceled",
};
const char *const event_phase_names[PHASES] = {
    [PHASE_IDLE] = "idle",
    [PHASE_TRIAGE] = "triage",
    [PHASE_HYPOTHESIZE] = "hypothesize",
    [PHASE_INVESTIGATE] = "investigate",
    [PHASE_EVALUATE] = "evaluate",
    [PHASE_CONCLUDE] = "conclude",
    [PHASE_REMEDIATE] = "remediate",
    [PHASE_COMPLETE] = "complete",
};
const char *const event_verdict_names[VERDICTS] = {
    [VERDICT_NONE] = "none",
    [VERDICT_ROOT_CAUSE] = "root_cause",
    [VERDICT_INCONCLUSIVE] = "inconclusive",
    [VERDICT_NO_ACTION] = "no_action",
    [VERDICT_FAILED] = "failed",
};
const char *const event_tool_status_names[TOOL_STATUSES] = {
    [TOOL_OK] = "ok",         [TOOL_EMPTY] = "empty",     [TOOL_ERROR] = "error",
    [TOOL_DENIED] = "denied", [TOOL_TIMEOUT] = "timeout", [TOOL_CANCELED] = "canceled",
};
const char *const event_strength_names[STRENGTHS] = {
    [STRENGTH_STRONG] = "strong",
    [STRENGTH_WEAK] = "weak",
    [STRENGTH_NONE] = "none",
    [STRENGTH_CONTRADICTS] = "contradicts",
};
const char *const event_category_names[CATEGORIES] = {
    [CATEGORY_INFRASTRUCTURE] = "infrastructure",
    [CATEGORY_APPLICATION] = "application",
    [CATEGORY_DEPENDENCY] = "dependency",
    [CATEGORY_CONFIGURATION] = "configuration",
    [CATEGORY_CAPACITY] = "capacity",
    [CATEGORY_UNKNOWN] = "unknown",
};
const char *const event_health_names[HEALTHS] = {
    [HEALTH_UNKNOWN] = "unknown",
    [HEALTH_OK] = "ok",
    [HEALTH_WARNING] = "warning",
    [HEALTH_CRITICAL] = "critical",
};

const char *const event_inventory_step_names[INVENTORY_STEPS] = {
    [INVENTORY_NONE] = "none",   [INVENTORY_LOADING] = "loading", [INVENTORY_SCANNING] = "scanning",
    [INVENTORY_KNOWN] = "known", [INVENTORY_FAILED] = "failed",
};
const char *const event_alert_state_names[ALERT_STATES] = {
    [ALERT_FIRING] = "firing",
    [ALERT_PENDING] = "pending",
    [ALERT_SUPPRESSED] = "suppressed",
    [ALERT_RESOLVED] = "resolved",
};
const char *const event_finding_severity_names[FINDING_SEVERITIES] = {
    [FINDING_INFO] = "info", [FINDING_LOW] = "low",           [FINDING_MEDIUM] = "medium",
    [FINDING_HIGH] = "high", [FINDING_CRITICAL] = "critical",
};
const char *const event_security_state_names[SECURITY_STATES] = {
    [SECURITY_NONE] = "none",     [SECURITY_READING] = "reading",
    [SECURITY_READ] = "read",     [SECURITY_PARTLY_READ] = "partly",
    [SECURITY_UNREAD] = "unread", [SECURITY_NOT_CONFIGURED] = "not-configured",
};
const char *const event_steer_act_names[STEER_ACTS] = {
    [STEER_REJECT] = "reject",
    [STEER_RESTORE] = "restore",
    [STEER_PROMOTE] = "promote",
    [STEER_TEST] = "test",
};
const char *const event_approval_risk_names[APPROVAL_RISKS] = {
    [APPROVAL_LOW] = "low",
    [APPROVAL_MEDIUM] = "medium",
    [APPROVAL_HIGH] = "high",
    [APPROVAL_CRITICAL] = "critical",
};

const char *phase_name(enum phase p)
{
    return event_phase_names[p];
}

const char *verdict_name(enum verdict v)
{
    return event_verdict_names[v];
}

const char *tool_status_name(enum tool_status s)
{
    return event_tool_status_names[s];
}

const char *strength_name(enum evidence_strength s)
{
    return event_strength_names[s];
}

const char *category_name(enum category c)
{
    return event_category_names[c];
}

const char *finding_severity_name(enum finding_severity x)
{
    return event_finding_severity_names[x];
}

const char *alert_state_name(enum alert_state s)
{
    return event_alert_state_names[s];
}

const char *health_name(enum health h)
{
    return event_health_names[h];
}

const char *approval_risk_name(enum approval_risk r)
{
    return event_approval_risk_names[r];
}

const char *step_state_name(enum step_state s)
{
    return event_step_state_names[s];
}

const char *procedure_state_name(enum procedure_state s)
{
    return event_procedure_state_names[s];
}
