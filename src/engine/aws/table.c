/* table.c - the patterns of AWS, one row each. */
#include "patterns.h"

const struct aws_pattern *const *aws_pattern_table(void)
{
    static const struct aws_pattern *const table[] = {
        &aws_pattern_sg_change,
        &aws_pattern_failed_deploy,
        &aws_pattern_iam_deny,
        &aws_pattern_credentials,
        &aws_pattern_dns,
        &aws_pattern_certificate,
        &aws_pattern_az_event,
        &aws_pattern_capacity,
        &aws_pattern_quota,
        &aws_pattern_throttling,
        &aws_pattern_connections,
        &aws_pattern_storage,
        &aws_pattern_replication_lag,
        &aws_pattern_cold_starts,
        &aws_pattern_dead_letter,
        &aws_pattern_workflow,
        &aws_pattern_target_health,
        &aws_pattern_alarm_storm,
        NULL,
    };

    return table;
}
