/* cache.c - rows of DynamoDB and ElastiCache. */
#include "rows.h"

/* ---- dynamodb:table ---- */

#define TABLE_PAGE "Amazon DynamoDB API Reference, TableDescription"

static const struct ops_check table_checks[] = {
    STATE("DELETING", TABLE_PAGE),
    {.id = "no-key",
     .what = "encryption key",
     .how = OPS_WORDS,
     .path = "TableStatus",
     .words = "INACCESSIBLE_ENCRYPTION_CREDENTIALS|ARCHIVED",
     .state = OPS_UNHEALTHY,
     .source = TABLE_PAGE},
    {.id = "replicas",
     .what = "replicas that are not active",
     .how = OPS_GOOD,
     .path = "Replicas.*.ReplicaStatus",
     .words = "ACTIVE|CREATING|UPDATING|DELETING",
     .state = OPS_UNHEALTHY,
     .source = "Amazon DynamoDB API Reference, ReplicaDescription"},
    END,
};

#define TABLE .space = "AWS/DynamoDB", .dimensions = {{"TableName", "@name"}}

static const struct ops_metric table_metrics[] = {
    {.id = "read-throttles",
     .what = "throttled reads",
     TABLE,
     .name = "ReadThrottleEvents",
     .stat = "Sum",
     HALF_HOUR,
     .fold = OPS_SUM,
     .zero = true,
     .limits = {WARN(ABOVE, 0, REC)}},
    {.id = "write-throttles",
     .what = "throttled writes",
     TABLE,
     .name = "WriteThrottleEvents",
     .stat = "Sum",
     HALF_HOUR,
     .fold = OPS_SUM,
     .zero = true,
     .limits = {WARN(ABOVE, 0, REC)}},
    {.id = "read-capacity",
     .what = "read capacity used",
     TABLE,
     .name = "ConsumedReadCapacityUnits",
     .stat = "Sum",
     .unit = "%",
     .scale = 1.0 / 300,
     HALF_HOUR,
     .fold = OPS_MAX,
     .of = "ProvisionedThroughput.ReadCapacityUnits",
     .limits = {WARN(ABOVE, 80, REC)}},
    {.id = "write-capacity",
     .what = "write capacity used",
     TABLE,
     .name = "ConsumedWriteCapacityUnits",
     .stat = "Sum",
     .unit = "%",
     .scale = 1.0 / 300,
     HALF_HOUR,
     .fold = OPS_MAX,
     .of = "ProvisionedThroughput.WriteCapacityUnits",
     .limits = {WARN(ABOVE, 80, REC)}},
    {.id = "reads",
     .what = "read units in 5 minutes",
     TABLE,
     .name = "ConsumedReadCapacityUnits",
     .stat = "Sum",
     HALF_HOUR,
     .fold = OPS_MEAN,
     .anomaly = OPS_BOTH,
     .least = 300},
    {.id = "writes",
     .what = "write units in 5 minutes",
     TABLE,
     .name = "ConsumedWriteCapacityUnits",
     .stat = "Sum",
     HALF_HOUR,
     .fold = OPS_MEAN,
     .anomaly = OPS_BOTH,
     .least = 300},
    END,
};

static const char *const table_acts[] = {"aws.dynamodb.capacity", NULL};

const struct ops_kind ops_dynamodb_table = {
    .service = "dynamodb",
    .kind = "table",
    .title = "DynamoDB table",
    .checks = table_checks,
    .metrics = table_metrics,
    .no_logs = NO_LOGS_TRAIL,
    .acts = table_acts,
};

/* ---- elasticache:cluster, elasticache:replication-group ---- */

#define CACHE_PAGE "Amazon ElastiCache User Guide, Which metrics should I monitor?"

static const struct ops_check cache_checks[] = {
    STATE("deleting|deleted", "Amazon ElastiCache API Reference, CacheCluster"), END};

#define CACHE .space = "AWS/ElastiCache", .dimensions = {{"CacheClusterId", "@id"}}

static const struct ops_metric cache_metrics[] = {
    {.id = "cpu",
     .what = "CPU",
     CACHE,
     .name = "CPUUtilization",
     .stat = "Average",
     .unit = "%",
     HALF_HOUR,
     .fold = OPS_MAX,
     .limits = {WARN(ABOVE, 90, CACHE_PAGE)},
     .anomaly = OPS_BOTH,
     .least = 25},
    {.id = "engine-cpu",
     .what = "CPU of the engine's thread",
     CACHE,
     .name = "EngineCPUUtilization",
     .stat = "Average",
     .unit = "%",
     HALF_HOUR,
     .fold = OPS_MAX,
     .limits = {WARN(ABOVE, 90, CACHE_PAGE)}},
    {.id = "memory",
     .what = "memory used",
     CACHE,
     .name = "DatabaseMemoryUsagePercentage",
     .stat = "Maximum",
     .unit = "%",
     HALF_HOUR,
     .fold = OPS_MAX,
     .limits = {WARN(ABOVE, 90, REC)}},
    {.id = "swap",
     .what = "swap used",
     CACHE,
     .name = "SwapUsage",
     .stat = "Maximum",
     .unit = "bytes",
     HALF_HOUR,
     .fold = OPS_LAST,
     .limits = {WARN(ABOVE, 50 * 1048576.0, CACHE_PAGE)}},
    {.id = "evictions",
     .what = "evictions",
     CACHE,
     .name = "Evictions",
     .stat = "Sum",
     HALF_HOUR,
     .fold = OPS_SUM,
     .anomaly = OPS_UP,
     .least = 100},
    {.id = "connections",
     .what = "connections",
     CACHE,
     .name = "CurrConnections",
     .stat = "Average",
     HALF_HOUR,
     .fold = OPS_MEAN,
     .anomaly = OPS_BOTH,
     .least = 50},
    {.id = "replication-lag",
     .what = "replication lag",
     CACHE,
     .name = "ReplicationLag",
     .stat = "Maximum",
     .unit = "s",
     HALF_HOUR,
     .fold = OPS_MAX,
     .limits = {WARN(ABOVE, 10, OWN)}},
    END,
};

static const struct ops_log cache_logs[] = {
    {.id = "slow",
     .what = "slow log or engine log, where delivery is on",
     .from = "LogDeliveryConfigurations.LogDeliveryConfiguration.*.DestinationDetails."
             "CloudWatchLogsDetails.LogGroup"},
    {.id = "events", .what = "events of the cluster", .operation = "elasticache DescribeEvents"},
    END,
};

const struct ops_kind ops_elasticache_cluster = {
    .service = "elasticache",
    .kind = "cluster",
    .title = "ElastiCache node",
    .checks = cache_checks,
    .metrics = cache_metrics,
    .logs = cache_logs,
    .no_acts = UNCHANGED,
};

static const struct ops_check replication_checks[] = {
    STATE("deleting|deleted", "Amazon ElastiCache API Reference, ReplicationGroup"),
    {.id = "failover",
     .what = "automatic failover",
     .how = OPS_WORDS,
     .path = "AutomaticFailover",
     .words = "disabled|disabling",
     .state = OPS_WARNING,
     .source = "Amazon ElastiCache User Guide, Minimizing downtime with Multi-AZ"},
    {.id = "shards",
     .what = "shards",
     .how = OPS_GOOD,
     .path = "NodeGroups.NodeGroup.*.Status",
     .words = "available|creating|modifying|deleting",
     .state = OPS_UNHEALTHY,
     .source = "Amazon ElastiCache API Reference, NodeGroup"},
    END,
};

static const char *const replication_acts[] = {"aws.elasticache.failover", NULL};

const struct ops_kind ops_elasticache_replication_group = {
    .service = "elasticache",
    .kind = "replication-group",
    .title = "ElastiCache replication group",
    .checks = replication_checks,
    .no_metrics = "its nodes have the metrics: see elasticache:cluster",
    .no_logs = "its nodes have the log groups: see elasticache:cluster",
    .no_anomalies = "its nodes have the metrics: see elasticache:cluster",
    .acts = replication_acts,
};
