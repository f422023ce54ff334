/* event_priv.h - how a type of event is described, shared by the two tables (event_case.c,
 * event_acts.c), the words of their enumerations (event_names.c) and what reads and writes by them
 * (event.c). */
#ifndef RUNBOOK_MODEL_EVENT_PRIV_H
#define RUNBOOK_MODEL_EVENT_PRIV_H

#include "runbook/model/event.h"
#include "runbook/model/procedure.h"

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

/* Each type has its row in one of them; in the other its name is NULL. */
extern const struct event_def event_defs_case[EV_TYPES];
extern const struct event_def event_defs_acts[EV_TYPES];

/* Words of enumerations, by value. */
extern const char *const event_step_state_names[STEP_STATES];
extern const char *const event_procedure_state_names[PROCEDURE_STATES];
extern const char *const event_phase_names[PHASES];
extern const char *const event_verdict_names[VERDICTS];
extern const char *const event_tool_status_names[TOOL_STATUSES];
extern const char *const event_strength_names[STRENGTHS];
extern const char *const event_category_names[CATEGORIES];
extern const char *const event_health_names[HEALTHS];
extern const char *const event_inventory_step_names[INVENTORY_STEPS];
extern const char *const event_alert_state_names[ALERT_STATES];
extern const char *const event_finding_severity_names[FINDING_SEVERITIES];
extern const char *const event_security_state_names[SECURITY_STATES];
extern const char *const event_steer_act_names[STEER_ACTS];
extern const char *const event_approval_risk_names[APPROVAL_RISKS];

/* Rows of fields. */
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

#define ROW(name, durable, fields)                                                                 \
    {                                                                                              \
        name, durable, fields, sizeof(fields) / sizeof((fields)[0])                                \
    }

#endif
