/* patterns.h - one extern a pattern of AWS, defined in a file of its own. */
#ifndef RUNBOOK_ENGINE_AWS_PATTERNS_H
#define RUNBOOK_ENGINE_AWS_PATTERNS_H

#include "pattern.h"

extern const struct aws_pattern aws_pattern_alarm_storm;
extern const struct aws_pattern aws_pattern_az_event;
extern const struct aws_pattern aws_pattern_capacity;
extern const struct aws_pattern aws_pattern_certificate;
extern const struct aws_pattern aws_pattern_cold_starts;
extern const struct aws_pattern aws_pattern_connections;
extern const struct aws_pattern aws_pattern_credentials;
extern const struct aws_pattern aws_pattern_dead_letter;
extern const struct aws_pattern aws_pattern_dns;
extern const struct aws_pattern aws_pattern_failed_deploy;
extern const struct aws_pattern aws_pattern_iam_deny;
extern const struct aws_pattern aws_pattern_quota;
extern const struct aws_pattern aws_pattern_replication_lag;
extern const struct aws_pattern aws_pattern_sg_change;
extern const struct aws_pattern aws_pattern_storage;
extern const struct aws_pattern aws_pattern_target_health;
extern const struct aws_pattern aws_pattern_throttling;
extern const struct aws_pattern aws_pattern_workflow;

#endif
