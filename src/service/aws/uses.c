/* uses.c - see uses.h. One list for each part, sorted; a part adds its own rows. */
#include "runbook/service/aws/uses.h"

#include <stddef.h>

/* Whose keys they are, and which regions there are. */
static const char *const accounts[] = {
    "ec2:DescribeRegions",
    "sts:GetCallerIdentity",
    NULL,
};

/* CloudWatch metrics and alarms. */
static const char *const metrics[] = {
    "cloudwatch:DescribeAlarmHistory",
    "cloudwatch:DescribeAlarms",
    "cloudwatch:GetMetricData",
    "cloudwatch:ListMetrics",
    NULL,
};

/* CloudWatch Logs. */
static const char *const logs[] = {
    "logs:DescribeLogGroups", "logs:DescribeLogStreams", "logs:FilterLogEvents",
    "logs:GetLogEvents",      "logs:GetQueryResults",    "logs:StartLiveTail",
    "logs:StartQuery",        "logs:StopQuery",          NULL,
};

/* X-Ray. */
static const char *const traces[] = {
    "xray:BatchGetTraces",
    "xray:GetServiceGraph",
    "xray:GetTraceSummaries",
    NULL,
};

/* What was changed, and when. */
static const char *const changes[] = {
    "autoscaling:DescribeScalingActivities",
    "cloudformation:DescribeStackEvents",
    "cloudformation:DescribeStacks",
    "cloudtrail:LookupEvents",
    "codedeploy:BatchGetDeployments",
    "codedeploy:ListDeployments",
    "codepipeline:ListPipelineExecutions",
    "codepipeline:ListPipelines",
    "config:GetResourceConfigHistory",
    "config:SelectResourceConfig",
    "ecs:DescribeServices",
    "ecs:ListClusters",
    "ecs:ListServices",
    "elasticache:DescribeEvents",
    "health:DescribeEvents",
    "lambda:ListAliases",
    "lambda:ListFunctions",
    "lambda:ListVersionsByFunction",
    "rds:DescribeEvents",
    NULL,
};

/* Events of AWS itself. */
static const char *const events[] = {
    "health:DescribeAffectedEntities",
    "health:DescribeEventDetails",
    "health:DescribeEvents",
    NULL,
};

/* What it costs. */
static const char *const cost[] = {
    "ce:GetAnomalies",
    "ce:GetCostAndUsage",
    "ce:GetCostForecast",
    "ec2:DescribeAddresses",
    "ec2:DescribeInstances",
    "ec2:DescribeSnapshots",
    "ec2:DescribeVolumes",
    "elb:DescribeLoadBalancers",
    "elbv2:DescribeLoadBalancers",
    "elbv2:DescribeTargetGroups",
    "elbv2:DescribeTargetHealth",
    NULL,
};

/* Trusted Advisor. */
static const char *const advisor[] = {
    "support:DescribeTrustedAdvisorCheckResult", "support:DescribeTrustedAdvisorCheckSummaries",
    "support:DescribeTrustedAdvisorChecks",      "trustedadvisor:ListRecommendationResources",
    "trustedadvisor:ListRecommendations",        NULL,
};

/* Health of services; what the operations matrix reads besides is in its table. */
static const char *const health[] = {
    "cloudwatch:GetMetricData",
    "sts:GetCallerIdentity",
    NULL,
};

/* Findings, and checks of our own. */
static const char *const security[] = {
    "accessanalyzer:ListAnalyzers",
    "acm:DescribeCertificate",
    "acm:ListCertificates",
    "cloudfront:ListDistributions",
    "cloudtrail:DescribeTrails",
    "cloudtrail:GetTrailStatus",
    "config:DescribeConfigurationRecorderStatus",
    "ec2:DescribeFlowLogs",
    "ec2:DescribeImages",
    "ec2:DescribeInstances",
    "ec2:DescribeSecurityGroups",
    "ec2:DescribeSnapshots",
    "ec2:DescribeVolumes",
    "ec2:DescribeVpcs",
    "ec2:GetEbsEncryptionByDefault",
    "ecr:DescribeRepositories",
    "ecr:GetRepositoryPolicy",
    "efs:DescribeFileSystems",
    "eks:DescribeCluster",
    "eks:ListClusters",
    "elasticache:DescribeReplicationGroups",
    "elb:DescribeLoadBalancers",
    "elbv2:DescribeListeners",
    "elbv2:DescribeLoadBalancerAttributes",
    "elbv2:DescribeLoadBalancers",
    "guardduty:GetFindings",
    "guardduty:ListDetectors",
    "guardduty:ListFindings",
    "iam:GenerateCredentialReport",
    "iam:GetAccountAuthorizationDetails",
    "iam:GetAccountPasswordPolicy",
    "iam:GetAccountSummary",
    "iam:GetCredentialReport",
    "iam:GetLoginProfile",
    "iam:ListAccessKeys",
    "iam:ListMFADevices",
    "iam:ListServerCertificates",
    "iam:ListUsers",
    "kinesis:DescribeStreamSummary",
    "kinesis:ListStreams",
    "kms:DescribeKey",
    "kms:GetKeyPolicy",
    "kms:GetKeyRotationStatus",
    "kms:ListKeys",
    "lambda:GetPolicy",
    "lambda:ListFunctionUrlConfigs",
    "lambda:ListFunctions",
    "opensearch:DescribeDomain",
    "opensearch:ListDomainNames",
    "rds:DescribeDBClusterSnapshotAttributes",
    "rds:DescribeDBClusterSnapshots",
    "rds:DescribeDBClusters",
    "rds:DescribeDBInstances",
    "rds:DescribeDBSnapshotAttributes",
    "rds:DescribeDBSnapshots",
    "redshift:DescribeClusters",
    "s3:GetBucketAcl",
    "s3:GetBucketEncryption",
    "s3:GetBucketLogging",
    "s3:GetBucketPolicyStatus",
    "s3:GetPublicAccessBlock",
    "s3:ListBuckets",
    "s3control:GetPublicAccessBlock",
    "secretsmanager:ListSecrets",
    "securityhub:GetFindings",
    "sns:GetTopicAttributes",
    "sns:ListTopics",
    "sqs:GetQueueAttributes",
    "sqs:ListQueues",
    "wafv2:GetWebACLForResource",
    NULL,
};

/* Questions of the investigator's patterns. */
static const char *const patterns[] = {
    "acm:DescribeCertificate",
    "acm:ListCertificates",
    "apigateway:GetAccount",
    "apigateway:GetRestApis",
    "apigateway:GetStages",
    "apigateway:GetUsagePlans",
    "autoscaling:DescribeAutoScalingGroups",
    "autoscaling:DescribeScalingActivities",
    "cloudformation:DescribeStackEvents",
    "cloudformation:DescribeStacks",
    "cloudtrail:LookupEvents",
    "cloudwatch:DescribeAlarmHistory",
    "cloudwatch:DescribeAlarms",
    "cloudwatch:GetMetricData",
    "codedeploy:BatchGetDeployments",
    "codedeploy:ListDeployments",
    "dynamodb:DescribeTable",
    "dynamodb:ListTables",
    "ec2:DescribeInstanceStatus",
    "ec2:DescribeInstances",
    "ec2:DescribeNetworkAcls",
    "ec2:DescribeNetworkInterfaces",
    "ec2:DescribeRouteTables",
    "ec2:DescribeSecurityGroups",
    "ec2:DescribeVolumes",
    "ecs:DescribeServices",
    "ecs:DescribeTaskDefinition",
    "ecs:DescribeTasks",
    "ecs:ListClusters",
    "ecs:ListServices",
    "ecs:ListTasks",
    "efs:DescribeFileSystems",
    "eks:DescribeCluster",
    "elbv2:DescribeTargetGroups",
    "elbv2:DescribeTargetHealth",
    "health:DescribeEvents",
    "iam:ListAccessKeys",
    "iam:ListAttachedRolePolicies",
    "iam:ListRolePolicies",
    "kinesis:DescribeStreamSummary",
    "kinesis:ListStreams",
    "lambda:GetAccountSettings",
    "lambda:GetFunctionConcurrency",
    "lambda:ListEventSourceMappings",
    "lambda:ListFunctions",
    "logs:FilterLogEvents",
    "rds:DescribeDBInstances",
    "rds:DescribeDBParameters",
    "rds:DescribeEvents",
    "route53:GetHealthCheckStatus",
    "route53:ListHealthChecks",
    "route53:ListResourceRecordSets",
    "s3:GetBucketPolicy",
    "service-quotas:ListServiceQuotas",
    "sqs:GetQueueAttributes",
    "sqs:ListQueues",
    "stepfunctions:DescribeStateMachine",
    "stepfunctions:ListStateMachines",
    "xray:GetServiceGraph",
    NULL,
};

/* A role of services.yaml or of a profile is taken on. */
static const char *const role_actions[] = {"sts:AssumeRole", NULL};

/* Models of Bedrock. */
static const char *const no_operations[] = {NULL};
static const char *const model_actions[] = {"bedrock:InvokeModelWithResponseStream", NULL};

const struct aws_use aws_uses[] = {
    {"accounts", "Whose keys they are, and which regions are switched on; roles that are taken on.",
     accounts, role_actions},
    {"metrics", "Metrics and alarms of CloudWatch.", metrics, NULL},
    {"logs", "Log groups and their lines.", logs, NULL},
    {"traces", "Traces of X-Ray.", traces, NULL},
    {"changes", "What was changed and deployed, and when.", changes, NULL},
    {"events", "Events of AWS Health.", events, NULL},
    {"cost", "What it costs.", cost, NULL},
    {"advisor", "Checks of Trusted Advisor.", advisor, NULL},
    {"health", "Health and anomalies of services.", health, NULL},
    {"security", "Findings of Security Hub and GuardDuty, and checks of our own.", security, NULL},
    {"patterns", "Patterns of the investigator.", patterns, NULL},
    {"models", "Models of Bedrock.", no_operations, model_actions},
    {NULL, NULL, NULL, NULL},
};
