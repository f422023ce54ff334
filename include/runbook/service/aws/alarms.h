/* alarms.h - alarms of CloudWatch: those that there are, what became of them, which belong
 * together.
 *
 * Source: CloudWatch API Reference, "DescribeAlarms", "DescribeAlarmHistory", "PutCompositeAlarm"
 * (the rule's language). */
#ifndef RUNBOOK_SERVICE_AWS_ALARMS_H
#define RUNBOOK_SERVICE_AWS_ALARMS_H

#include "runbook/service/aws/alarm_rule.h"
#include "runbook/service/aws/estate.h"

/* ---- what there is ---- */

struct aws_alarm {
    const char *name, *arn, *description, *reason; /* all safe for a terminal, "" when not said */
    enum aws_alarm_state state;
    int64_t since_ms; /* in this state; 0: not said */
    bool composite, actions, suppressed;
    /* Of a metric alarm: */
    const char *space, *metric, *stat, *dimensions; /* "InstanceId=i-1, ..." */
    const char *comparison;                         /* ">", ">=", "<", "<=", "outside" */
    double threshold;                               /* NAN: of a band, or none */
    int64_t period_s;
    int evaluations;
    /* Of a composite one: */
    const char *rule, *rule_error; /* why it could not be read; "" */
    const struct aws_rule_child *children;
    size_t child_count;
};

struct aws_alarm_event {
    int64_t t_ms;
    const char *name, *kind, *summary; /* kind: "StateUpdate", "ConfigurationUpdate", "Action" */
    const char *from, *to;             /* of a state's change; "" */
    bool composite;
};

struct aws_alarms_request {
    bool history;
    const char *region;         /* NULL: the account's */
    const char *name;           /* one alarm: history of it, or a prefix of names; NULL: all */
    const char *state;          /* "ALARM"; NULL: any; not of a history */
    int64_t since_ms, until_ms; /* of a history; 0: none */
    size_t max;                 /* 0: 1000 */
    int64_t timeout_ms;
    struct aws_tally *tally; /* where its calls are counted, borrowed; NULL */
};

/* Alarms that went into alarm together. */
struct aws_storm {
    size_t first, count; /* in `alarms` of the answer, which are in order of since_ms */
    int64_t from_ms, to_ms;
    const char *head;   /* a composite alarm whose children are in it, else "" */
    const char *common; /* what most of them share: "AWS/RDS", "LoadBalancer=app/x"; "" */
};
#define AWS_STORM_GAP_MS INT64_C(300000) /* alarms nearer than that belong together; issue 7 */
#define AWS_STORM_MIN 5                  /* so many are a storm; issue 7 */

struct aws_alarms_answer {
    const struct aws_alarms_request *request;
    const char *region;
    const struct aws_alarm *alarms; /* in ALARM first, by time, the newest last */
    size_t count, in_alarm, no_data;
    const struct aws_storm *storms;
    size_t storm_count;
    const struct aws_alarm_event *events; /* of a history, the newest first */
    size_t event_count;
    bool more; /* than came */
    enum aws_end end;
    struct err err;
    unsigned requests;
};

struct aws_alarms; /* opaque: one request under way */
typedef void aws_alarms_fn(void *ctx, const struct aws_alarms_answer *a);
/* NULL and *err: it cannot be asked. `done` comes once, from the loop, also with what came before a
 * failure; the answer lives until aws_alarms_free(), which is fine in it. */
struct aws_alarms *aws_alarms_start(struct aws_estate *e, struct aws_account *account,
                                    const struct aws_alarms_request *r, aws_alarms_fn *done,
                                    void *ctx, struct err *err);
void aws_alarms_free(struct aws_alarms *a); /* ends silently; NULL is fine */

/* {"region","account","end","alarms":[...],"storms":[...]} or "events":[...]. Appends. */
void aws_alarms_json(const struct aws_alarms_answer *a, const char *account, struct buf *out);
/* Sort alarms and find the storms among those in alarm. Pure; for tests. */
const struct aws_storm *aws_storms_find(struct arena *arena, struct aws_alarm *alarms, size_t count,
                                        size_t *ret_count);

#endif
