/* compute.c - rows of EC2, EBS, Auto Scaling, Lambda and CloudFormation. */
#include "rows.h"

/* ---- ec2:instance ---- */

static const struct ops_read instance_reads[] = {
    {.name = "status", .operation = "DescribeInstanceStatus", .join = "instanceId"},
    {.name = NULL},
};

#define RUNNING "@state=running"
#define CHECKS "Amazon EC2 User Guide, Status checks for Amazon EC2 instances"

static const struct ops_check instance_checks[] = {
    STATE("terminated|shutting-down", "A-24"),
    {.id = "instance-status",
     .what = "status check of the instance",
     .how = OPS_WORDS,
     .path = "status.instanceStatus.status",
     .words = "impaired",
     .when = RUNNING,
     .state = OPS_UNHEALTHY,
     .source = "A-24"},
    {.id = "system-status",
     .what = "status check of the system below it",
     .how = OPS_WORDS,
     .path = "status.systemStatus.status",
     .words = "impaired",
     .when = RUNNING,
     .state = OPS_UNHEALTHY,
     .source = "A-24"},
    {.id = "instance-reachability",
     .what = "reachability of the instance",
     .how = OPS_WORDS,
     .path = "status.instanceStatus.details.*.status",
     .words = "failed",
     .when = RUNNING,
     .state = OPS_UNHEALTHY,
     .source = CHECKS},
    {.id = "system-reachability",
     .what = "reachability of the system",
     .how = OPS_WORDS,
     .path = "status.systemStatus.details.*.status",
     .words = "failed",
     .when = RUNNING,
     .state = OPS_UNHEALTHY,
     .source = CHECKS},
    {.id = "scheduled-events",
     .what = "events that AWS has scheduled",
     .how = OPS_COUNT,
     .path = "status.eventsSet.*.description",
     .skip = "[Completed]",
     .when = RUNNING,
     .limits = {WARN(ABOVE, 0, "Amazon EC2 User Guide, Scheduled events for your instances")}},
    END,
};

#define EC2 .space = "AWS/EC2", .dimensions = {{"InstanceId", "@id"}}

static const struct ops_metric instance_metrics[] = {
    {.id = "cpu",
     .what = "CPU",
     EC2,
     .name = "CPUUtilization",
     .stat = "Maximum",
     .unit = "%",
     HALF_HOUR,
     .fold = OPS_MAX,
     .limits = {WARN(ABOVE, 90, "A-24")},
     .anomaly = OPS_BOTH,
     .least = 25},
    {.id = "status-check-failed",
     .what = "failed status checks",
     EC2,
     .name = "StatusCheckFailed",
     .stat = "Maximum",
     HALF_HOUR,
     .fold = OPS_LAST,
     .limits = {BAD(AT_LEAST, 1, REC)}},
    {.id = "cpu-credits",
     .what = "CPU credits left",
     EC2,
     .name = "CPUCreditBalance",
     .stat = "Minimum",
     HALF_HOUR,
     .fold = OPS_LAST,
     .limits = {WARN(AT_MOST, 0,
                     "Amazon EC2 User Guide, Key concepts for burstable performance instances")}},
    {.id = "network-in",
     .what = "network in, in 5 minutes",
     EC2,
     .name = "NetworkIn",
     .stat = "Average",
     .unit = "bytes",
     HALF_HOUR,
     .fold = OPS_MEAN,
     .anomaly = OPS_BOTH,
     .least = 16e6},
    {.id = "network-out",
     .what = "network out, in 5 minutes",
     EC2,
     .name = "NetworkOut",
     .stat = "Average",
     .unit = "bytes",
     HALF_HOUR,
     .fold = OPS_MEAN,
     .anomaly = OPS_BOTH,
     .least = 16e6},
    {.id = "disk-read-ops",
     .what = "reads of instance disks",
     EC2,
     .name = "DiskReadOps",
     .stat = "Sum",
     HALF_HOUR,
     .fold = OPS_MEAN,
     .anomaly = OPS_UP,
     .least = 1000},
    {.id = "disk-write-ops",
     .what = "writes to instance disks",
     EC2,
     .name = "DiskWriteOps",
     .stat = "Sum",
     HALF_HOUR,
     .fold = OPS_MEAN,
     .anomaly = OPS_UP,
     .least = 1000},
    END,
};

static const struct ops_log instance_logs[] = {
    {.id = "system",
     .what = "system messages: the console's output",
     .operation = "ec2 GetConsoleOutput"},
    {.id = "agent",
     .what = "logs of the CloudWatch agent: streams named after the instance",
     .operation = "logs FilterLogEvents"},
    END,
};

static const char *const instance_acts[] = {"aws.ec2.start",     "aws.ec2.stop", "aws.ec2.reboot",
                                            "aws.ec2.terminate", "aws.ssm.run",  NULL};

const struct ops_kind ops_ec2_instance = {
    .service = "ec2",
    .kind = "instance",
    .title = "EC2 instance",
    .reads = instance_reads,
    .checks = instance_checks,
    .metrics = instance_metrics,
    .logs = instance_logs,
    .acts = instance_acts,
};

/* ---- ec2:volume ---- */

static const struct ops_read volume_reads[] = {
    {.name = "status", .operation = "DescribeVolumeStatus", .join = "volumeId"},
    {.name = NULL},
};

#define EBS_PAGE "Amazon EBS User Guide, Amazon EBS volume status checks"

static const struct ops_check volume_checks[] = {
    STATE("deleting|deleted", EBS_PAGE),
    {.id = "volume-status",
     .what = "status check of the volume",
     .how = OPS_WORDS,
     .path = "status.volumeStatus.status",
     .words = "impaired",
     .state = OPS_UNHEALTHY,
     .source = EBS_PAGE},
    {.id = "io-performance",
     .what = "performance",
     .how = OPS_WORDS,
     .path = "status.volumeStatus.details.*.status",
     .words = "degraded|severely-degraded",
     .state = OPS_WARNING,
     .source = EBS_PAGE},
    {.id = "io-stalled",
     .what = "input and output",
     .how = OPS_WORDS,
     .path = "status.volumeStatus.details.*.status",
     .words = "stalled|not-available|failed",
     .state = OPS_UNHEALTHY,
     .source = EBS_PAGE},
    END,
};

#define EBS .space = "AWS/EBS", .dimensions = {{"VolumeId", "@id"}}

static const struct ops_metric volume_metrics[] = {
    {.id = "burst-balance",
     .what = "burst credits left",
     EBS,
     .name = "BurstBalance",
     .stat = "Average",
     .unit = "%",
     HALF_HOUR,
     .fold = OPS_LAST,
     .limits = {WARN(BELOW, 20, OWN), BAD(AT_MOST, 0, OWN)}},
    {.id = "queue",
     .what = "operations that wait",
     EBS,
     .name = "VolumeQueueLength",
     .stat = "Average",
     HALF_HOUR,
     .fold = OPS_MEAN,
     .anomaly = OPS_UP,
     .least = 1},
    {.id = "write-ops",
     .what = "writes",
     EBS,
     .name = "VolumeWriteOps",
     .stat = "Sum",
     HALF_HOUR,
     .fold = OPS_MEAN,
     .anomaly = OPS_UP,
     .least = 1000},
    END,
};

static const char *const volume_acts[] = {"aws.ec2.ebs-encryption", "aws.ec2.snapshot-sharing",
                                          "aws.ec2.image-sharing", NULL};

const struct ops_kind ops_ec2_volume = {
    .service = "ec2",
    .kind = "volume",
    .title = "EBS volume",
    .reads = volume_reads,
    .checks = volume_checks,
    .metrics = volume_metrics,
    .no_logs = "a volume writes no logs; the kernel of its instance does",
    .acts = volume_acts,
};

/* ---- autoscaling:group ---- */

#define ASG_PAGE "Amazon EC2 Auto Scaling User Guide, Health checks for instances in a group"

static const struct ops_check group_checks[] = {
    {.id = "deleting",
     .what = "state",
     .how = OPS_WORDS,
     .path = "Status",
     .words = "Delete in progress",
     .state = OPS_WARNING,
     .source = ASG_PAGE},
    {.id = "missing-instances",
     .what = "instances missing",
     .how = OPS_MINUS,
     .path = "DesiredCapacity",
     .other = "#Instances",
     .limits = {WARN(ABOVE, 0, ASG_PAGE)}},
    {.id = "unhealthy-instances",
     .what = "unhealthy instances",
     .how = OPS_COUNT,
     .path = "Instances.*.HealthStatus",
     .words = "Unhealthy",
     .limits = {WARN(ABOVE, 0, ASG_PAGE)}},
    {.id = "no-instances",
     .what = "instances in service",
     .how = OPS_COUNT,
     .path = "Instances.*.LifecycleState",
     .words = "InService",
     .when = "DesiredCapacity!=0",
     .limits = {BAD(BELOW, 1, ASG_PAGE)}},
    {.id = "suspended",
     .what = "processes suspended",
     .how = OPS_COUNT,
     .path = "SuspendedProcesses.*.ProcessName",
     .words = "Launch|Terminate|HealthCheck|ReplaceUnhealthy",
     .limits = {WARN(ABOVE, 0,
                     "Amazon EC2 Auto Scaling User Guide, Suspend and resume processes")}},
    END,
};

#define ASG(space_) .space = space_, .dimensions = {{"AutoScalingGroupName", "@name"}}

static const struct ops_metric group_metrics[] = {
    {.id = "cpu",
     .what = "CPU of its instances",
     ASG("AWS/EC2"),
     .name = "CPUUtilization",
     .stat = "Average",
     .unit = "%",
     HALF_HOUR,
     .fold = OPS_MEAN,
     .limits = {WARN(ABOVE, 90, "A-24")},
     .anomaly = OPS_BOTH,
     .least = 25},
    {.id = "in-service",
     .what = "instances in service",
     ASG("AWS/AutoScaling"),
     .name = "GroupInServiceInstances",
     .stat = "Minimum",
     HALF_HOUR,
     .fold = OPS_LAST,
     .anomaly = OPS_DOWN,
     .least = 1},
    END,
};

static const struct ops_log group_logs[] = {
    {.id = "activities",
     .what = "what it did and why",
     .operation = "autoscaling DescribeScalingActivities"},
    END,
};

static const char *const group_acts[] = {"aws.autoscaling.capacity", NULL};

const struct ops_kind ops_autoscaling_group = {
    .service = "autoscaling",
    .kind = "group",
    .title = "Auto Scaling group",
    .checks = group_checks,
    .metrics = group_metrics,
    .logs = group_logs,
    .acts = group_acts,
};

/* ---- lambda:function ---- */

static const struct ops_read function_reads[] = {
    {.name = "config",
     .operation = "GetFunctionConfiguration",
     .param = "FunctionName",
     .from = "FunctionName",
     .entire = true},
    {.name = "reserved",
     .operation = "GetFunctionConcurrency",
     .param = "FunctionName",
     .from = "FunctionName"},
    {.name = "account", .operation = "GetAccountSettings"},
    {.name = NULL},
};

#define LAMBDA_PAGE "AWS Lambda Developer Guide, Lambda function states"

static const struct ops_check function_checks[] = {
    {.id = "state",
     .what = "state",
     .how = OPS_WORDS,
     .path = "config.State",
     .words = "Failed",
     .state = OPS_UNHEALTHY,
     .source = LAMBDA_PAGE},
    {.id = "last-update",
     .what = "last update",
     .how = OPS_WORDS,
     .path = "config.LastUpdateStatus",
     .words = "Failed",
     .state = OPS_UNHEALTHY,
     .source = LAMBDA_PAGE},
    {.id = "reserved-zero",
     .what = "concurrency reserved for it",
     .how = OPS_NUMBER,
     .path = "reserved.ReservedConcurrentExecutions",
     .limits = {WARN(AT_MOST, 0, "AWS Lambda Developer Guide, Configuring reserved concurrency")}},
    END,
};

#define LAMBDA .space = "AWS/Lambda", .dimensions = {{"FunctionName", "@name"}}

static const struct ops_metric function_metrics[] = {
    {.id = "invocations",
     .what = "invocations",
     LAMBDA,
     .name = "Invocations",
     .stat = "Sum",
     HOUR,
     .fold = OPS_SUM,
     .anomaly = OPS_BOTH,
     .least = 10,
     .zero = true},
    {.id = "errors",
     .what = "errors",
     LAMBDA,
     .name = "Errors",
     .stat = "Sum",
     HOUR,
     .fold = OPS_SUM,
     .anomaly = OPS_UP,
     .least = 1,
     .zero = true},
    {.id = "error-rate",
     .what = "invocations that failed",
     LAMBDA,
     .name = "Errors",
     .stat = "Sum",
     .unit = "%",
     HOUR,
     .fold = OPS_SUM,
     .per = "invocations",
     .zero = true,
     .limits = {WARN(ABOVE, 5, "A-26"), BAD(AT_LEAST, 20, "A-26")}},
    {.id = "throttles",
     .what = "throttled invocations",
     LAMBDA,
     .name = "Throttles",
     .stat = "Sum",
     HOUR,
     .fold = OPS_SUM,
     .zero = true,
     .limits = {WARN(ABOVE, 0, "A-26")}},
    {.id = "duration",
     .what = "longest run, of its timeout",
     LAMBDA,
     .name = "Duration",
     .stat = "Maximum",
     .unit = "%",
     HOUR,
     .fold = OPS_MAX,
     .of = "Timeout",
     .of_scale = 1000,
     .limits = {WARN(ABOVE, 80, "A-26")}},
    {.id = "mean-duration",
     .what = "mean duration",
     LAMBDA,
     .name = "Duration",
     .stat = "Average",
     .unit = "ms",
     HOUR,
     .fold = OPS_MEAN,
     .anomaly = OPS_UP,
     .least = 100},
    {.id = "concurrency",
     .what = "concurrency, of what is reserved",
     LAMBDA,
     .name = "ConcurrentExecutions",
     .stat = "Maximum",
     .unit = "%",
     HOUR,
     .fold = OPS_MAX,
     .of = "reserved.ReservedConcurrentExecutions",
     .when = "#reserved.ReservedConcurrentExecutions",
     .limits = {WARN(AT_LEAST, 90, REC)}},
    {.id = "concurrency-account",
     .what = "concurrency, of the account's quota",
     LAMBDA,
     .name = "ConcurrentExecutions",
     .stat = "Maximum",
     .unit = "%",
     HOUR,
     .fold = OPS_MAX,
     .of = "account.AccountLimit.ConcurrentExecutions",
     .limits = {WARN(AT_LEAST, 90, REC)}},
    END,
};

static const struct ops_log function_logs[] = {
    {.id = "function",
     .what = "what it wrote",
     .group = "/aws/lambda/{FunctionName}",
     .from = "LoggingConfig.LogGroup"},
    END,
};

static const char *const function_acts[] = {"aws.lambda.configure", "aws.lambda.invoke",
                                            "aws.lambda.concurrency", "aws.lambda.alias", NULL};

const struct ops_kind ops_lambda_function = {
    .service = "lambda",
    .kind = "function",
    .title = "Lambda function",
    .reads = function_reads,
    .checks = function_checks,
    .metrics = function_metrics,
    .logs = function_logs,
    .acts = function_acts,
};

/* ---- cloudformation:stack ---- */

#define STACK_PAGE "AWS CloudFormation User Guide, Understand CloudFormation stack creation events"
#define STACK_METRICS "CloudFormation publishes no metrics of a stack"

static const struct ops_check stack_checks[] = {
    STATE("DELETE_COMPLETE|DELETE_IN_PROGRESS", STACK_PAGE),
    {.id = "drift",
     .what = "drift",
     .how = OPS_WORDS,
     .path = "DriftInformation.StackDriftStatus",
     .words = "DRIFTED",
     .state = OPS_WARNING,
     .source = "AWS CloudFormation API Reference, StackDriftInformation"},
    END,
};

static const struct ops_log stack_logs[] = {
    {.id = "events",
     .what = "what each resource came to",
     .operation = "cloudformation DescribeStackEvents"},
    END,
};

static const char *const stack_acts[] = {"aws.cloudformation.cancel-update",
                                         "aws.cloudformation.continue-rollback",
                                         "aws.cloudformation.rollback", NULL};

const struct ops_kind ops_cloudformation_stack = {
    .service = "cloudformation",
    .kind = "stack",
    .title = "CloudFormation stack",
    .checks = stack_checks,
    .logs = stack_logs,
    .acts = stack_acts,
    .no_metrics = STACK_METRICS,
    .no_anomalies = STACK_METRICS,
};
