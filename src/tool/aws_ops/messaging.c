/* messaging.c - rows of SQS, SNS and EventBridge. */
#include "rows.h"

/* ---- sqs:queue ---- */

static const struct ops_read queue_reads[] = {
    {.name = "attributes",
     .operation = "GetQueueAttributes",
     .param = "QueueUrl",
     .from = ".",
     .with = "{\"AttributeNames\":[\"All\"]}",
     .pairs = true},
    {.name = "sources",
     .operation = "ListDeadLetterSourceQueues",
     .param = "QueueUrl",
     .from = ".",
     .whole = true},
    {.name = NULL},
};

#define SQS_QUOTAS "Amazon SQS Developer Guide, Amazon SQS message quotas"

static const struct ops_check queue_checks[] = {
    {.id = "dead-letters",
     .what = "dead letters that wait",
     .how = OPS_NUMBER,
     .path = "attributes.ApproximateNumberOfMessages",
     .when = "#sources.*",
     .limits = {WARN(ABOVE, 0,
                     "Amazon SQS Developer Guide, Using dead-letter queues in Amazon SQS")}},
    {.id = "in-flight",
     .what = "messages in flight",
     .how = OPS_NUMBER,
     .path = "attributes.ApproximateNumberOfMessagesNotVisible",
     .limits = {WARN(AT_LEAST, 96000, OWN), BAD(AT_LEAST, 120000, SQS_QUOTAS)}},
    {.id = "waiting",
     .what = "messages that wait",
     .how = OPS_NUMBER,
     .path = "attributes.ApproximateNumberOfMessages"},
    END,
};

#define QUEUE .space = "AWS/SQS", .dimensions = {{"QueueName", "@id"}}

static const struct ops_metric queue_metrics[] = {
    {.id = "oldest",
     .what = "age of the oldest message, of how long it is kept",
     QUEUE,
     .name = "ApproximateAgeOfOldestMessage",
     .stat = "Maximum",
     .unit = "%",
     HALF_HOUR,
     .fold = OPS_LAST,
     .of = "attributes.MessageRetentionPeriod",
     .limits = {WARN(AT_LEAST, 50, OWN), BAD(AT_LEAST, 90, OWN)}},
    {.id = "age",
     .what = "age of the oldest message",
     QUEUE,
     .name = "ApproximateAgeOfOldestMessage",
     .stat = "Maximum",
     .unit = "s",
     HALF_HOUR,
     .fold = OPS_LAST,
     .anomaly = OPS_UP,
     .least = 60},
    {.id = "backlog",
     .what = "messages that wait",
     QUEUE,
     .name = "ApproximateNumberOfMessagesVisible",
     .stat = "Average",
     HALF_HOUR,
     .fold = OPS_LAST,
     .anomaly = OPS_UP,
     .least = 100},
    {.id = "sent",
     .what = "messages sent in 5 minutes",
     QUEUE,
     .name = "NumberOfMessagesSent",
     .stat = "Sum",
     HALF_HOUR,
     .fold = OPS_MEAN,
     .zero = true,
     .anomaly = OPS_BOTH,
     .least = 20},
    END,
};

const struct ops_kind ops_sqs_queue = {
    .service = "sqs",
    .kind = "queue",
    .title = "SQS queue",
    .reads = queue_reads,
    .checks = queue_checks,
    .metrics = queue_metrics,
    .no_logs = NO_LOGS_TRAIL,
    .no_acts = UNCHANGED,
};

/* ---- sns:topic ---- */

static const struct ops_read topic_reads[] = {
    {.name = "subscriptions",
     .operation = "ListSubscriptionsByTopic",
     .param = "TopicArn",
     .from = "@arn",
     .whole = true},
    {.name = NULL},
};

#define SNS_PAGE "Amazon SNS Developer Guide, Monitoring Amazon SNS topics using CloudWatch"

static const struct ops_check topic_checks[] = {
    {.id = "subscriptions",
     .what = "subscriptions",
     .how = OPS_COUNT,
     .path = "subscriptions.*.SubscriptionArn",
     .limits = {WARN(BELOW, 1, "Amazon SNS API Reference, ListSubscriptionsByTopic")}},
    {.id = "pending",
     .what = "subscriptions not confirmed",
     .how = OPS_COUNT,
     .path = "subscriptions.*.SubscriptionArn",
     .words = "PendingConfirmation",
     .limits = {WARN(ABOVE, 0, "Amazon SNS API Reference, ConfirmSubscription")}},
    END,
};

#define TOPIC .space = "AWS/SNS", .dimensions = {{"TopicName", "@id"}}

static const struct ops_metric topic_metrics[] = {
    {.id = "published",
     .what = "messages published in 5 minutes",
     TOPIC,
     .name = "NumberOfMessagesPublished",
     .stat = "Sum",
     HALF_HOUR,
     .fold = OPS_MEAN,
     .zero = true,
     .anomaly = OPS_BOTH,
     .least = 20},
    {.id = "failed",
     .what = "notifications that failed",
     TOPIC,
     .name = "NumberOfNotificationsFailed",
     .stat = "Sum",
     HALF_HOUR,
     .fold = OPS_SUM,
     .zero = true,
     .limits = {WARN(ABOVE, 0, REC)}},
    {.id = "dead-letters-lost",
     .what = "dead letters that were lost",
     TOPIC,
     .name = "NumberOfNotificationsFailedToRedriveToDlq",
     .stat = "Sum",
     HALF_HOUR,
     .fold = OPS_SUM,
     .zero = true,
     .limits = {BAD(ABOVE, 0, SNS_PAGE)}},
    END,
};

static const struct ops_log topic_logs[] = {
    {.id = "failure",
     .what = "deliveries that failed, where status logging is on",
     .group = "sns/{@region}/{@number}/{@id}/Failure"},
    END,
};

const struct ops_kind ops_sns_topic = {
    .service = "sns",
    .kind = "topic",
    .title = "SNS topic",
    .reads = topic_reads,
    .checks = topic_checks,
    .metrics = topic_metrics,
    .logs = topic_logs,
    .no_acts = UNCHANGED,
};

/* ---- events:rule ---- */

static const struct ops_read rule_reads[] = {
    {.name = "targets",
     .operation = "ListTargetsByRule",
     .param = "Rule",
     .from = "Name",
     .whole = true},
    {.name = NULL},
};

#define EVENTS_PAGE "Amazon EventBridge User Guide, Monitoring Amazon EventBridge"

static const struct ops_check rule_checks[] = {
    STATE("", "Amazon EventBridge API Reference, Rule"),
    {.id = "targets",
     .what = "targets",
     .how = OPS_COUNT,
     .path = "targets.*.Id",
     .limits = {WARN(BELOW, 1, "Amazon EventBridge API Reference, ListTargetsByRule")}},
    END,
};

#define RULE .space = "AWS/Events", .dimensions = {{"RuleName", "@name"}}

static const struct ops_metric rule_metrics[] = {
    {.id = "failed",
     .what = "invocations that failed",
     RULE,
     .name = "FailedInvocations",
     .stat = "Sum",
     HALF_HOUR,
     .fold = OPS_SUM,
     .zero = true,
     .limits = {WARN(ABOVE, 0, EVENTS_PAGE)}},
    {.id = "dead-letters-lost",
     .what = "events that the dead letter queue did not take",
     RULE,
     .name = "InvocationsFailedToBeSentToDlq",
     .stat = "Sum",
     HALF_HOUR,
     .fold = OPS_SUM,
     .zero = true,
     .limits = {BAD(ABOVE, 0, EVENTS_PAGE)}},
    {.id = "throttled",
     .what = "times it was throttled",
     RULE,
     .name = "ThrottledRules",
     .stat = "Sum",
     HALF_HOUR,
     .fold = OPS_SUM,
     .zero = true,
     .limits = {WARN(ABOVE, 0, EVENTS_PAGE)}},
    {.id = "invocations",
     .what = "invocations in 5 minutes",
     RULE,
     .name = "Invocations",
     .stat = "Sum",
     HALF_HOUR,
     .fold = OPS_MEAN,
     .zero = true,
     .anomaly = OPS_BOTH,
     .least = 20},
    END,
};

const struct ops_kind ops_events_rule = {
    .service = "events",
    .kind = "rule",
    .title = "EventBridge rule",
    .reads = rule_reads,
    .checks = rule_checks,
    .metrics = rule_metrics,
    .no_logs = "a rule writes no logs; its targets do",
    .no_acts = UNCHANGED,
};
