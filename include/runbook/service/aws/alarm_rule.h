/* alarm_rule.h - the rule of a composite alarm of CloudWatch: which alarms it is made of, and
 * whether it holds. Pure.
 *
 * Source: CloudWatch API Reference, "PutCompositeAlarm" (the rule's language). */
#ifndef RUNBOOK_SERVICE_AWS_ALARM_RULE_H
#define RUNBOOK_SERVICE_AWS_ALARM_RULE_H

#include "runbook/base/arena.h"
#include "runbook/base/err.h"

enum aws_alarm_state { AWS_ALARM_OK, AWS_ALARM_ALARM, AWS_ALARM_NO_DATA };
const char *aws_alarm_state_name(enum aws_alarm_state s); /* "ALARM", "INSUFFICIENT_DATA" */
bool aws_alarm_state_from(struct str name, enum aws_alarm_state *ret);

struct aws_rule_child {
    const char *name;           /* of an alarm; of an ARN what is behind ":alarm:" */
    enum aws_alarm_state wants; /* the state that the rule asks for */
};

struct aws_rule; /* opaque; lives in its arena */
/* ALARM("a") AND (OK(b) OR NOT INSUFFICIENT_DATA("c")), TRUE, FALSE, AT_LEAST(2, ALARM, (a, b, c)).
 * ERR_INPUT says what and at which character. */
enum err_code aws_rule_parse(struct arena *arena, struct str text, const struct aws_rule **ret,
                             struct err *err);
/* Each alarm and state once, in the rule's order. */
const struct aws_rule_child *aws_rule_children(const struct aws_rule *r, size_t *ret_count);
/* Does it hold, when `state_of` tells the states of alarms? One that it does not know is in no
 * state. */
typedef bool aws_rule_state_fn(void *ctx, const char *name, enum aws_alarm_state *ret);
bool aws_rule_holds(const struct aws_rule *r, aws_rule_state_fn *state_of, void *ctx);

#endif
