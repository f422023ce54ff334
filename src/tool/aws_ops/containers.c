/* containers.c - rows of ECS and EKS. */
#include "rows.h"

/* ---- ecs:cluster ---- */

#define ECS_PAGE "Amazon ECS API Reference, Cluster"

static const struct ops_check cluster_checks[] = {
    STATE("DEPROVISIONING", ECS_PAGE),
    {.id = "container-instances",
     .what = "container instances",
     .how = OPS_NUMBER,
     .path = "registeredContainerInstancesCount"},
    {.id = "pending-tasks",
     .what = "tasks that wait",
     .how = OPS_NUMBER,
     .path = "pendingTasksCount"},
    END,
};

#define ECS_CLUSTER .space = "AWS/ECS", .dimensions = {{"ClusterName", "@name"}}

static const struct ops_metric cluster_metrics[] = {
    {.id = "cpu-reservation",
     .what = "CPU reserved",
     ECS_CLUSTER,
     .name = "CPUReservation",
     .stat = "Average",
     .unit = "%",
     HALF_HOUR,
     .fold = OPS_MEAN,
     .limits = {WARN(ABOVE, 90, REC)}},
    {.id = "memory-reservation",
     .what = "memory reserved",
     ECS_CLUSTER,
     .name = "MemoryReservation",
     .stat = "Average",
     .unit = "%",
     HALF_HOUR,
     .fold = OPS_MEAN,
     .limits = {WARN(ABOVE, 90, REC)}},
    {.id = "cpu",
     .what = "CPU",
     ECS_CLUSTER,
     .name = "CPUUtilization",
     .stat = "Average",
     .unit = "%",
     HALF_HOUR,
     .fold = OPS_MEAN,
     .anomaly = OPS_BOTH,
     .least = 25},
    END,
};

const struct ops_kind ops_ecs_cluster = {
    .service = "ecs",
    .kind = "cluster",
    .title = "ECS cluster",
    .checks = cluster_checks,
    .metrics = cluster_metrics,
    .no_logs = "its services write logs: see ecs:service",
    .no_acts = UNCHANGED,
};

/* ---- ecs:service ---- */

static const struct ops_read service_reads[] = {
    {.name = "task",
     .operation = "DescribeTaskDefinition",
     .param = "taskDefinition",
     .from = "taskDefinition"},
    {.name = NULL},
};

#define SERVICE_PAGE "Amazon ECS Developer Guide, Viewing Amazon ECS service event messages"

static const struct ops_check service_checks[] = {
    STATE("DRAINING|INACTIVE", SERVICE_PAGE),
    {.id = "missing-tasks",
     .what = "tasks missing",
     .how = OPS_MINUS,
     .path = "desiredCount",
     .other = "runningCount",
     .limits = {WARN(ABOVE, 0, SERVICE_PAGE)}},
    {.id = "no-tasks",
     .what = "tasks running",
     .how = OPS_NUMBER,
     .path = "runningCount",
     .when = "desiredCount!=0",
     .limits = {BAD(BELOW, 1, SERVICE_PAGE)}},
    {.id = "rollout",
     .what = "deployment",
     .how = OPS_WORDS,
     .path = "deployments.*.rolloutState",
     .words = "FAILED",
     .state = OPS_UNHEALTHY,
     .source = "Amazon ECS API Reference, Deployment"},
    {.id = "failed-tasks",
     .what = "tasks that the deployment failed to start",
     .how = OPS_NUMBER,
     .path = "deployments.*.failedTasks",
     .limits = {WARN(ABOVE, 0, "Amazon ECS API Reference, Deployment")}},
    END,
};

#define ECS_SERVICE                                                                                \
    .space = "AWS/ECS", .dimensions = {{"ClusterName", "clusterArn|tail"}, {"ServiceName", "@name"}}

static const struct ops_metric service_metrics[] = {
    {.id = "cpu",
     .what = "CPU",
     ECS_SERVICE,
     .name = "CPUUtilization",
     .stat = "Average",
     .unit = "%",
     HALF_HOUR,
     .fold = OPS_MEAN,
     .limits = {WARN(ABOVE, 80, REC)},
     .anomaly = OPS_BOTH,
     .least = 25},
    {.id = "memory",
     .what = "memory",
     ECS_SERVICE,
     .name = "MemoryUtilization",
     .stat = "Average",
     .unit = "%",
     HALF_HOUR,
     .fold = OPS_MEAN,
     .limits = {WARN(ABOVE, 80, REC)},
     .anomaly = OPS_UP,
     .least = 20},
    END,
};

static const struct ops_log service_logs[] = {
    {.id = "containers",
     .what = "what its containers wrote",
     .from = "task.taskDefinition.containerDefinitions.*.logConfiguration.options.awslogs-group"},
    {.id = "events", .what = "events of the service", .operation = "ecs DescribeServices (events)"},
    END,
};

static const char *const service_acts[] = {"aws.ecs.scale", "aws.ecs.redeploy", "aws.ecs.rollback",
                                           NULL};

const struct ops_kind ops_ecs_service = {
    .service = "ecs",
    .kind = "service",
    .title = "ECS service",
    .reads = service_reads,
    .checks = service_checks,
    .metrics = service_metrics,
    .logs = service_logs,
    .acts = service_acts,
};

/* ---- eks:cluster, eks:nodegroup ---- */

static const struct ops_check eks_checks[] = {
    STATE("DELETING", "Amazon EKS API Reference, Cluster"),
    {.id = "health-issues",
     .what = "issues that EKS reports",
     .how = OPS_COUNT,
     .path = "health.issues.*.code",
     .limits = {BAD(ABOVE, 0, "Amazon EKS API Reference, ClusterHealth")}},
    END,
};

#define EKS .space = "ContainerInsights", .dimensions = {{"ClusterName", "@name"}}

static const struct ops_metric eks_metrics[] = {
    {.id = "failed-nodes",
     .what = "failed nodes",
     EKS,
     .name = "cluster_failed_node_count",
     .stat = "Maximum",
     HALF_HOUR,
     .fold = OPS_LAST,
     .limits = {BAD(ABOVE, 0, REC)}},
    {.id = "node-cpu",
     .what = "CPU of the nodes",
     EKS,
     .name = "node_cpu_utilization",
     .stat = "Average",
     .unit = "%",
     HALF_HOUR,
     .fold = OPS_MEAN,
     .limits = {WARN(ABOVE, 80, REC)},
     .anomaly = OPS_BOTH,
     .least = 25},
    {.id = "node-memory",
     .what = "memory of the nodes",
     EKS,
     .name = "node_memory_utilization",
     .stat = "Average",
     .unit = "%",
     HALF_HOUR,
     .fold = OPS_MEAN,
     .limits = {WARN(ABOVE, 80, REC)},
     .anomaly = OPS_UP,
     .least = 20},
    {.id = "node-disk",
     .what = "disks of the nodes",
     EKS,
     .name = "node_filesystem_utilization",
     .stat = "Maximum",
     .unit = "%",
     HALF_HOUR,
     .fold = OPS_LAST,
     .limits = {WARN(ABOVE, 80, REC)}},
    {.id = "restarts",
     .what = "restarts of containers",
     EKS,
     .name = "pod_number_of_container_restarts",
     .stat = "Sum",
     HALF_HOUR,
     .fold = OPS_SUM,
     .anomaly = OPS_UP,
     .least = 3},
    END,
};

static const struct ops_log eks_logs[] = {
    {.id = "control-plane",
     .what = "what the control plane wrote",
     .group = "/aws/eks/{name}/cluster",
     .when = "logging.clusterLogging.*.enabled=true"},
    {.id = "application",
     .what = "what its containers wrote, by Container Insights",
     .group = "/aws/containerinsights/{name}/application"},
    END,
};

const struct ops_kind ops_eks_cluster = {
    .service = "eks",
    .kind = "cluster",
    .title = "EKS cluster",
    .checks = eks_checks,
    .metrics = eks_metrics,
    .logs = eks_logs,
    .no_acts = UNCHANGED,
};

static const struct ops_check nodegroup_checks[] = {
    STATE("DELETING", "Amazon EKS API Reference, Nodegroup"),
    {.id = "health-issues",
     .what = "issues that EKS reports",
     .how = OPS_COUNT,
     .path = "health.issues.*.code",
     .limits = {BAD(ABOVE, 0, "Amazon EKS API Reference, NodegroupHealth")}},
    {.id = "at-maximum",
     .what = "nodes that can still be added",
     .how = OPS_MINUS,
     .path = "scalingConfig.maxSize",
     .other = "scalingConfig.desiredSize",
     .limits = {WARN(BELOW, 1, OWN)}},
    END,
};

const struct ops_kind ops_eks_nodegroup = {
    .service = "eks",
    .kind = "nodegroup",
    .title = "EKS node group",
    .checks = nodegroup_checks,
    .no_metrics = "Container Insights counts nodes by cluster: see eks:cluster",
    .no_logs = "its nodes write to the cluster's groups: see eks:cluster",
    .no_anomalies = "Container Insights counts nodes by cluster: see eks:cluster",
    .no_acts = UNCHANGED,
};
