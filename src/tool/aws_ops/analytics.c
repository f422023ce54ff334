/* analytics.c - rows of OpenSearch, Redshift, Kinesis, MSK and Step Functions. */
#include "rows.h"

/* ---- opensearch:domain ---- */

#define OS_PAGE                                                                                    \
    "Amazon OpenSearch Service Developer Guide, Recommended CloudWatch alarms for Amazon "         \
    "OpenSearch Service"

static const struct ops_check domain_checks[] = {
    STATE("Deleting", "Amazon OpenSearch Service API Reference, DomainStatus"),
    {.id = "deleted",
     .what = "deleted",
     .how = OPS_WORDS,
     .path = "Deleted",
     .words = "true",
     .state = OPS_WARNING,
     .source = "Amazon OpenSearch Service API Reference, DomainStatus"},
    END,
};

#define DOMAIN .space = "AWS/ES", .dimensions = {{"DomainName", "@name"}, {"ClientId", "@number"}}

static const struct ops_metric domain_metrics[] = {
    {.id = "red",
     .what = "primary shards not allocated (status red)",
     DOMAIN,
     .name = "ClusterStatus.red",
     .stat = "Maximum",
     HALF_HOUR,
     .fold = OPS_LAST,
     .limits = {BAD(AT_LEAST, 1, OS_PAGE)}},
    {.id = "yellow",
     .what = "replica shards not allocated (status yellow)",
     DOMAIN,
     .name = "ClusterStatus.yellow",
     .stat = "Maximum",
     HALF_HOUR,
     .fold = OPS_LAST,
     .limits = {WARN(AT_LEAST, 1, OS_PAGE)}},
    {.id = "free-storage",
     .what = "free storage of a node",
     DOMAIN,
     .name = "FreeStorageSpace",
     .stat = "Minimum",
     .unit = "%",
     HALF_HOUR,
     .fold = OPS_MIN,
     .of = "EBSOptions.VolumeSize",
     .of_scale = 1024,
     .limits = {WARN(AT_MOST, 25, OS_PAGE)}},
    {.id = "writes-blocked",
     .what = "writes blocked",
     DOMAIN,
     .name = "ClusterIndexWritesBlocked",
     .stat = "Maximum",
     HALF_HOUR,
     .fold = OPS_LAST,
     .limits = {BAD(AT_LEAST, 1, OS_PAGE)}},
    {.id = "cpu",
     .what = "CPU, three times 15 minutes",
     DOMAIN,
     .name = "CPUUtilization",
     .stat = "Maximum",
     .unit = "%",
     .period_s = MINUTES(15),
     .window_s = MINUTES(45),
     .fold = OPS_MIN,
     .limits = {WARN(AT_LEAST, 80, OS_PAGE)},
     .anomaly = OPS_BOTH,
     .least = 25},
    {.id = "jvm",
     .what = "JVM memory pressure, three minutes",
     DOMAIN,
     .name = "JVMMemoryPressure",
     .stat = "Maximum",
     .unit = "%",
     .period_s = MINUTES(1),
     .window_s = MINUTES(3),
     .fold = OPS_MIN,
     .limits = {WARN(AT_LEAST, 95, OS_PAGE)}},
    {.id = "snapshot-failed",
     .what = "automated snapshot failed",
     DOMAIN,
     .name = "AutomatedSnapshotFailure",
     .stat = "Maximum",
     HALF_HOUR,
     .fold = OPS_LAST,
     .limits = {WARN(AT_LEAST, 1, OS_PAGE)}},
    {.id = "key-inaccessible",
     .what = "encryption key not reachable",
     DOMAIN,
     .name = "KMSKeyInaccessible",
     .stat = "Maximum",
     HALF_HOUR,
     .fold = OPS_LAST,
     .limits = {BAD(AT_LEAST, 1, OS_PAGE)}},
    {.id = "search-latency",
     .what = "search latency",
     DOMAIN,
     .name = "SearchLatency",
     .stat = "Average",
     .unit = "ms",
     HALF_HOUR,
     .fold = OPS_MEAN,
     .anomaly = OPS_UP,
     .least = 50},
    END,
};

static const struct ops_log domain_logs[] = {
    {.id = "published",
     .what = "slow and error logs, where publishing is on",
     .from = "LogPublishingOptions.*.CloudWatchLogsLogGroupArn|group"},
    END,
};

const struct ops_kind ops_opensearch_domain = {
    .service = "opensearch",
    .kind = "domain",
    .title = "OpenSearch domain",
    .checks = domain_checks,
    .metrics = domain_metrics,
    .logs = domain_logs,
    .no_acts = UNCHANGED,
};

/* ---- redshift:cluster ---- */

#define REDSHIFT_PAGE "Amazon Redshift Management Guide, Performance data in Amazon Redshift"

static const struct ops_check redshift_checks[] = {
    STATE("deleting|final-snapshot", "Amazon Redshift API Reference, Cluster"),
    {.id = "availability",
     .what = "availability",
     .how = OPS_WORDS,
     .path = "ClusterAvailabilityStatus",
     .words = "Unavailable|Failed",
     .state = OPS_UNHEALTHY,
     .source = "Amazon Redshift API Reference, Cluster"},
    {.id = "public",
     .what = "publicly reachable",
     .how = OPS_WORDS,
     .path = "PubliclyAccessible",
     .words = "true",
     .state = OPS_WARNING,
     .source = "A-25"},
    END,
};

#define REDSHIFT .space = "AWS/Redshift", .dimensions = {{"ClusterIdentifier", "@id"}}

static const struct ops_metric redshift_metrics[] = {
    {.id = "health",
     .what = "healthy (1), or not (0)",
     REDSHIFT,
     .name = "HealthStatus",
     .stat = "Minimum",
     HALF_HOUR,
     .fold = OPS_LAST,
     .limits = {BAD(BELOW, 1, REDSHIFT_PAGE)}},
    {.id = "disk",
     .what = "disk space used",
     REDSHIFT,
     .name = "PercentageDiskSpaceUsed",
     .stat = "Average",
     .unit = "%",
     HALF_HOUR,
     .fold = OPS_LAST,
     .limits = {WARN(ABOVE, 80, OWN), BAD(ABOVE, 95, OWN)}},
    {.id = "cpu",
     .what = "CPU",
     REDSHIFT,
     .name = "CPUUtilization",
     .stat = "Average",
     .unit = "%",
     HALF_HOUR,
     .fold = OPS_MEAN,
     .limits = {WARN(ABOVE, 90, OWN)},
     .anomaly = OPS_BOTH,
     .least = 25},
    {.id = "connections",
     .what = "connections",
     REDSHIFT,
     .name = "DatabaseConnections",
     .stat = "Average",
     HALF_HOUR,
     .fold = OPS_MEAN,
     .anomaly = OPS_BOTH,
     .least = 20},
    END,
};

static const struct ops_log redshift_logs[] = {
    {.id = "connections",
     .what = "connection log, where it goes to CloudWatch",
     .group = "/aws/redshift/cluster/{ClusterIdentifier}/connectionlog"},
    {.id = "status", .what = "where audit logs go", .operation = "redshift DescribeLoggingStatus"},
    END,
};

const struct ops_kind ops_redshift_cluster = {
    .service = "redshift",
    .kind = "cluster",
    .title = "Redshift cluster",
    .checks = redshift_checks,
    .metrics = redshift_metrics,
    .logs = redshift_logs,
    .no_acts = UNCHANGED,
};

/* ---- kinesis:stream ---- */

#define KINESIS_PAGE                                                                               \
    "Amazon Kinesis Data Streams Developer Guide, Monitoring the Amazon Kinesis Data Streams "     \
    "service with Amazon CloudWatch"

static const struct ops_check stream_checks[] = {
    STATE("DELETING", "Amazon Kinesis Data Streams API Reference, StreamDescriptionSummary"),
    {.id = "shards",
     .what = "open shards",
     .how = OPS_NUMBER,
     .path = "OpenShardCount",
     .limits = {BAD(BELOW, 1,
                    "Amazon Kinesis Data Streams API Reference, "
                    "StreamDescriptionSummary")}},
    END,
};

#define STREAM .space = "AWS/Kinesis", .dimensions = {{"StreamName", "@name"}}

static const struct ops_metric stream_metrics[] = {
    {.id = "iterator-age",
     .what = "age of what is read, of the retention",
     STREAM,
     .name = "GetRecords.IteratorAgeMilliseconds",
     .stat = "Maximum",
     .unit = "%",
     HALF_HOUR,
     .fold = OPS_MAX,
     .of = "RetentionPeriodHours",
     .of_scale = 3600000,
     .limits = {WARN(ABOVE, 50, KINESIS_PAGE), BAD(ABOVE, 90, OWN)}},
    {.id = "age",
     .what = "age of what is read",
     STREAM,
     .name = "GetRecords.IteratorAgeMilliseconds",
     .stat = "Maximum",
     .unit = "ms",
     HALF_HOUR,
     .fold = OPS_MAX,
     .anomaly = OPS_UP,
     .least = 60000},
    {.id = "write-throttles",
     .what = "throttled writes",
     STREAM,
     .name = "WriteProvisionedThroughputExceeded",
     .stat = "Sum",
     HALF_HOUR,
     .fold = OPS_SUM,
     .zero = true,
     .limits = {WARN(ABOVE, 0, KINESIS_PAGE)}},
    {.id = "read-throttles",
     .what = "throttled reads",
     STREAM,
     .name = "ReadProvisionedThroughputExceeded",
     .stat = "Sum",
     HALF_HOUR,
     .fold = OPS_SUM,
     .zero = true,
     .limits = {WARN(ABOVE, 0, KINESIS_PAGE)}},
    {.id = "incoming",
     .what = "records in 5 minutes",
     STREAM,
     .name = "IncomingRecords",
     .stat = "Sum",
     HALF_HOUR,
     .fold = OPS_MEAN,
     .anomaly = OPS_BOTH,
     .least = 100,
     .zero = true},
    END,
};

const struct ops_kind ops_kinesis_stream = {
    .service = "kinesis",
    .kind = "stream",
    .title = "Kinesis stream",
    .checks = stream_checks,
    .metrics = stream_metrics,
    .no_logs = NO_LOGS_TRAIL,
    .no_acts = UNCHANGED,
};

/* ---- kafka:cluster ---- */

#define MSK_PAGE "Amazon MSK Developer Guide, Best practices for Standard brokers"
#define MSK_METRICS "Amazon MSK Developer Guide, Amazon MSK metrics for monitoring"

static const struct ops_check kafka_checks[] = {
    STATE("DELETING", "Amazon MSK Developer Guide, Understand MSK Provisioned cluster states"),
    {.id = "healing",
     .what = "AWS replaces a broker",
     .how = OPS_WORDS,
     .path = "state",
     .words = "HEALING|REBOOTING_BROKER",
     .state = OPS_WARNING,
     .source = "Amazon MSK Developer Guide, Understand MSK Provisioned cluster states"},
    END,
};

#define KAFKA .space = "AWS/Kafka", .dimensions = {{"Cluster Name", "@name"}}
#define BROKER(n) .space = "AWS/Kafka", .dimensions = {{"Cluster Name", "@name"}, {"Broker ID", n}}
#define BROKER_DISK(n)                                                                             \
    {                                                                                              \
        .id = "disk-" n, .what = "disk of broker " n, BROKER("=" n),                               \
        .name = "KafkaDataLogsDiskUsed", .stat = "Maximum", .unit = "%", HALF_HOUR,                \
        .fold = OPS_LAST, .limits = {                                                              \
            WARN(ABOVE, 85, MSK_PAGE)                                                              \
        }                                                                                          \
    }

static const struct ops_metric kafka_metrics[] = {
    {.id = "controller",
     .what = "active controllers",
     KAFKA,
     .name = "ActiveControllerCount",
     .stat = "Sum",
     .period_s = MINUTES(1),
     .window_s = MINUTES(15),
     .fold = OPS_MAX,
     .limits = {BAD(BELOW, 1, MSK_METRICS)}},
    {.id = "offline-partitions",
     .what = "partitions offline",
     KAFKA,
     .name = "OfflinePartitionsCount",
     .stat = "Maximum",
     HALF_HOUR,
     .fold = OPS_LAST,
     .limits = {BAD(ABOVE, 0, MSK_METRICS)}},
    {.id = "topics",
     .what = "partitions over all topics",
     KAFKA,
     .name = "GlobalPartitionCount",
     .stat = "Maximum",
     HALF_HOUR,
     .fold = OPS_LAST,
     .anomaly = OPS_BOTH,
     .least = 50},
    BROKER_DISK("1"),
    BROKER_DISK("2"),
    BROKER_DISK("3"),
    END,
};

static const struct ops_log kafka_logs[] = {
    {.id = "broker",
     .what = "broker logs, where they go to CloudWatch",
     .from = "provisioned.loggingInfo.brokerLogs.cloudWatchLogs.logGroup"},
    END,
};

const struct ops_kind ops_kafka_cluster = {
    .service = "kafka",
    .kind = "cluster",
    .title = "MSK cluster",
    .checks = kafka_checks,
    .metrics = kafka_metrics,
    .logs = kafka_logs,
    .no_acts = UNCHANGED,
};

/* ---- stepfunctions:state-machine ---- */

static const struct ops_read machine_reads[] = {
    {.name = "machine",
     .operation = "DescribeStateMachine",
     .param = "stateMachineArn",
     .from = "stateMachineArn"},
    {.name = NULL},
};

static const struct ops_check machine_checks[] = {
    {.id = "state",
     .what = "state",
     .how = OPS_GOOD,
     .path = "machine.status",
     .words = "ACTIVE",
     .state = OPS_WARNING,
     .source = "AWS Step Functions API Reference, DescribeStateMachine"},
    END,
};

#define STATES .space = "AWS/States", .dimensions = {{"StateMachineArn", "@arn"}}
#define STATES_PAGE "AWS Step Functions Developer Guide, Monitoring Step Functions metrics"

static const struct ops_metric machine_metrics[] = {
    {.id = "started",
     .what = "executions started",
     STATES,
     .name = "ExecutionsStarted",
     .stat = "Sum",
     HOUR,
     .fold = OPS_SUM,
     .zero = true,
     .anomaly = OPS_BOTH,
     .least = 10},
    {.id = "failed",
     .what = "executions failed",
     STATES,
     .name = "ExecutionsFailed",
     .stat = "Sum",
     HOUR,
     .fold = OPS_SUM,
     .zero = true,
     .limits = {WARN(ABOVE, 0, STATES_PAGE)},
     .anomaly = OPS_UP,
     .least = 1},
    {.id = "failed-rate",
     .what = "executions that failed",
     STATES,
     .name = "ExecutionsFailed",
     .stat = "Sum",
     .unit = "%",
     HOUR,
     .fold = OPS_SUM,
     .zero = true,
     .per = "started",
     .limits = {BAD(AT_LEAST, 20, OWN)}},
    {.id = "timed-out",
     .what = "executions timed out",
     STATES,
     .name = "ExecutionsTimedOut",
     .stat = "Sum",
     HOUR,
     .fold = OPS_SUM,
     .zero = true,
     .limits = {WARN(ABOVE, 0, STATES_PAGE)}},
    {.id = "throttled",
     .what = "state entries throttled",
     STATES,
     .name = "ExecutionThrottled",
     .stat = "Sum",
     HOUR,
     .fold = OPS_SUM,
     .zero = true,
     .limits = {WARN(ABOVE, 0, STATES_PAGE)}},
    {.id = "duration",
     .what = "time of an execution",
     STATES,
     .name = "ExecutionTime",
     .stat = "Average",
     .unit = "ms",
     HOUR,
     .fold = OPS_MEAN,
     .anomaly = OPS_UP,
     .least = 1000},
    END,
};

static const struct ops_log machine_logs[] = {
    {.id = "executions",
     .what = "events of executions, where logging is on",
     .from = "machine.loggingConfiguration.destinations.*.cloudWatchLogsLogGroup.logGroupArn"
             "|group"},
    {.id = "history",
     .what = "history of an execution",
     .operation = "stepfunctions GetExecutionHistory"},
    END,
};

const struct ops_kind ops_stepfunctions_state_machine = {
    .service = "stepfunctions",
    .kind = "state-machine",
    .title = "Step Functions state machine",
    .reads = machine_reads,
    .checks = machine_checks,
    .metrics = machine_metrics,
    .logs = machine_logs,
    .no_acts = UNCHANGED,
};
