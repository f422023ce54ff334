/* event_names.h - enumerations in the payloads of events. In a journal, on the screen and in --json
 * a value is its word (event_names.c), never its number. */
#ifndef RUNBOOK_MODEL_EVENT_NAMES_H
#define RUNBOOK_MODEL_EVENT_NAMES_H

/* Where an investigation stands. */
enum phase {
    PHASE_IDLE,
    PHASE_TRIAGE,
    PHASE_HYPOTHESIZE,
    PHASE_INVESTIGATE,
    PHASE_EVALUATE,
    PHASE_CONCLUDE,
    PHASE_REMEDIATE,
    PHASE_COMPLETE,
};
enum verdict {
    VERDICT_NONE,
    VERDICT_ROOT_CAUSE,
    VERDICT_INCONCLUSIVE,
    VERDICT_NO_ACTION,
    VERDICT_FAILED
};
/* How a tool call ended. Data, empty and error are three different answers (U-08). */
enum tool_status { TOOL_OK, TOOL_EMPTY, TOOL_ERROR, TOOL_DENIED, TOOL_TIMEOUT, TOOL_CANCELED };
enum evidence_strength { STRENGTH_STRONG, STRENGTH_WEAK, STRENGTH_NONE, STRENGTH_CONTRADICTS };
enum category {
    CATEGORY_INFRASTRUCTURE,
    CATEGORY_APPLICATION,
    CATEGORY_DEPENDENCY,
    CATEGORY_CONFIGURATION,
    CATEGORY_CAPACITY,
    CATEGORY_UNKNOWN,
};
/* What a person wants of a hypothesis (U-05); one that is added is proposed by the actor "user". */
enum steer_act { STEER_REJECT, STEER_RESTORE, STEER_PROMOTE, STEER_TEST };
/* How much a mutation may break, and so how it is to be approved. */
enum approval_risk { APPROVAL_LOW, APPROVAL_MEDIUM, APPROVAL_HIGH, APPROVAL_CRITICAL };
enum health { HEALTH_UNKNOWN, HEALTH_OK, HEALTH_WARNING, HEALTH_CRITICAL };

/* How many of each; outside the enums, so that a switch over one needs no case for it. */
#define PHASES (PHASE_COMPLETE + 1)
#define VERDICTS (VERDICT_FAILED + 1)
#define TOOL_STATUSES (TOOL_CANCELED + 1)
#define STRENGTHS (STRENGTH_CONTRADICTS + 1)
#define CATEGORIES (CATEGORY_UNKNOWN + 1)
#define HEALTHS (HEALTH_CRITICAL + 1)
enum finding_severity { FINDING_INFO, FINDING_LOW, FINDING_MEDIUM, FINDING_HIGH, FINDING_CRITICAL };
#define FINDING_SEVERITIES (FINDING_CRITICAL + 1)
/* NONE: nobody looked. */
enum security_state {
    SECURITY_NONE,
    SECURITY_READING,
    SECURITY_READ,
    SECURITY_PARTLY_READ,
    SECURITY_UNREAD, /* nothing came: denied, or not reached */
    SECURITY_NOT_CONFIGURED
};
#define SECURITY_STATES (SECURITY_NOT_CONFIGURED + 1)
enum alert_state { ALERT_FIRING, ALERT_PENDING, ALERT_SUPPRESSED, ALERT_RESOLVED };
#define ALERT_STATES (ALERT_RESOLVED + 1)
#define STEER_ACTS (STEER_TEST + 1)
#define APPROVAL_RISKS (APPROVAL_CRITICAL + 1)
/* How far the resources of a cloud are known. */
enum inventory_step {
    INVENTORY_NONE,     /* nothing is known, and nothing is configured */
    INVENTORY_LOADING,  /* from the store */
    INVENTORY_SCANNING, /* from the cloud */
    INVENTORY_KNOWN,
    INVENTORY_FAILED,
};
#define INVENTORY_STEPS (INVENTORY_FAILED + 1)

/* The words. */
const char *phase_name(enum phase p);
const char *verdict_name(enum verdict v); /* "root_cause" */
const char *tool_status_name(enum tool_status s);
const char *strength_name(enum evidence_strength s);
const char *category_name(enum category c);
const char *alert_state_name(enum alert_state s);
const char *finding_severity_name(enum finding_severity s);
const char *health_name(enum health h);
const char *approval_risk_name(enum approval_risk r);

#endif
