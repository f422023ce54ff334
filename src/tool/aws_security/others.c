/* others.c - what Security Hub and GuardDuty found, in our form. Pure.
 * Security Hub: findings in the AWS Security Finding Format. Those that were archived, resolved,
 * or say that a control passed are closed; what somebody suppressed there stays, marked.
 * Source: Security Hub User Guide, "AWS Security Finding Format (ASFF)"; GuardDuty User Guide,
 * "Severity levels for GuardDuty findings". */
#include <ctype.h>

#include "security_priv.h"

const struct sec_source sec_other_sources[] = {
    {"hub.findings", "securityhub", "GetFindings",
     .with = "{\"Filters\":{\"RecordState\":[{\"Value\":\"ACTIVE\",\"Comparison\":\"EQUALS\"}],"
             "\"WorkflowStatus\":[{\"Value\":\"NEW\",\"Comparison\":\"EQUALS\"},"
             "{\"Value\":\"NOTIFIED\",\"Comparison\":\"EQUALS\"},"
             "{\"Value\":\"SUPPRESSED\",\"Comparison\":\"EQUALS\"}]},\"MaxResults\":100}"},
    {"guardduty.ids", "guardduty", "ListFindings", .id = ".", .each = "guardduty.detectors",
     .param = "DetectorId",
     .with = "{\"findingCriteria\":{\"criterion\":{\"service.archived\":{\"eq\":[\"false\"]}}},"
             "\"sortCriteria\":{\"attributeName\":\"severity\",\"orderBy\":\"DESC\"},"
             "\"MaxResults\":50}"},
    {"guardduty.findings", "guardduty", "GetFindings", .each = "guardduty.ids",
     .param = "FindingIds", .batch = 50, .carry = "DetectorId"},
    {NULL},
};

/* ---- Security Hub ---- */

static enum security_severity hub_severity(const struct value *v)
{
    static const char *const labels[] = {"INFORMATIONAL", "LOW", "MEDIUM", "HIGH", "CRITICAL"};
    double n = sec_number(v, "Severity.Normalized", 0);

    for (size_t i = 0; i < SECURITY_SEVERITIES; i++)
        if (sec_says(v, "Severity.Label", labels[i]))
            return (enum security_severity)i;
    return n >= 90   ? SECURITY_CRITICAL
           : n >= 70 ? SECURITY_HIGH
           : n >= 40 ? SECURITY_MEDIUM
           : n >= 1  ? SECURITY_LOW
                     : SECURITY_INFO;
}

/* "S3.8" of Compliance.SecurityControlId, else of the generator's last part. */
static const char *control(struct arena *a, const struct value *v)
{
    struct str id = value_str_or(v, "Compliance.SecurityControlId", "");
    struct str generator = value_str_or(v, "GeneratorId", "");

    if (!id.len)
        id = value_str_or(v, "ProductFields.ControlId", "");
    if (!id.len && (str_find(generator, STR_LIT("best-practices/")) >= 0 ||
                    str_starts(generator, "security-control/"))) {
        while (str_split(&generator, '/', &id))
            ;
    }
    if (!id.len)
        id = value_str_or(v, "GeneratorId", "finding");
    return sec_clean(a, id, 120);
}

/* "AwsS3Bucket" -> "s3". What is not in the list: its service in an ARN, else "other". */
static const struct {
    const char *type, *service;
} types[] = {
    {"AwsS3", "s3"},
    {"AwsEc2", "ec2"},
    {"AwsIam", "iam"},
    {"AwsRds", "rds"},
    {"AwsLambda", "lambda"},
    {"AwsKms", "kms"},
    {"AwsEcr", "ecr"},
    {"AwsEcs", "ecs"},
    {"AwsEks", "eks"},
    {"AwsElbv2", "elbv2"},
    {"AwsElb", "elb"},
    {"AwsSqs", "sqs"},
    {"AwsSns", "sns"},
    {"AwsDynamoDb", "dynamodb"},
    {"AwsRedshift", "redshift"},
    {"AwsOpenSearch", "opensearch"},
    {"AwsElasticsearch", "opensearch"},
    {"AwsEfs", "efs"},
    {"AwsCloudTrail", "cloudtrail"},
    {"AwsCloudFront", "cloudfront"},
    {"AwsApiGateway", "apigateway"},
    {"AwsCertificateManager", "acm"},
    {"AwsSecretsManager", "secretsmanager"},
    {"AwsKinesis", "kinesis"},
    {"AwsSsm", "ssm"},
    {"AwsWaf", "wafv2"},
    {"AwsAutoScaling", "autoscaling"},
    {"AwsCodeBuild", "codebuild"},
    {"AwsSageMaker", "sagemaker"},
    {"AwsAccount", "account"},
    /* GuardDuty's */
    {"AccessKey", "iam"},
    {"Instance", "ec2"},
    {"S3Bucket", "s3"},
    {"EKSCluster", "eks"},
    {"KubernetesCluster", "eks"},
    {"ECSCluster", "ecs"},
    {"Container", "ecs"},
    {"RDSDBInstance", "rds"},
    {"Lambda", "lambda"},
};

static const char *service_of(struct arena *a, struct str type, struct str resource)
{
    struct str rest = resource, piece;

    for (size_t i = 0; i < sizeof(types) / sizeof(types[0]); i++)
        if (str_starts(type, types[i].type))
            return types[i].service;
    if (str_starts(resource, "arn:") && str_split(&rest, ':', &piece) &&
        str_split(&rest, ':', &piece) && str_split(&rest, ':', &piece) && piece.len)
        return sec_clean(a, piece, 40);
    return "other";
}

static bool hub_closed(const struct value *v)
{
    return sec_says(v, "RecordState", "ARCHIVED") || sec_says(v, "Workflow.Status", "RESOLVED") ||
           sec_says(v, "WorkflowState", "RESOLVED") || sec_says(v, "Compliance.Status", "PASSED") ||
           sec_says(v, "Compliance.Status", "NOT_AVAILABLE");
}

static const char *text_of(struct arena *a, const struct value *v, const char *path,
                           const char *fallback)
{
    struct str s = value_str_or(v, path, "");

    return s.len ? sec_clean(a, s, 600) : fallback;
}

bool sec_hub_read(struct security_report *r, const struct value *asff, const char *account,
                  const char *region)
{
    struct arena *a = r->arena;
    const struct value *resource = value_path(asff, "Resources.0");
    struct str id = value_str_or(resource, "Id", "");
    struct security_finding f = {.source = SECURITY_HUB, .severity = hub_severity(asff)};

    if (hub_closed(asff))
        return false;
    f.native = text_of(a, asff, "Id", "");
    f.check = control(a, asff);
    f.resource = id.len ? sec_clean(a, id, 600) : text_of(a, asff, "Id", "?");
    f.service = service_of(a, value_str_or(resource, "Type", ""), id);
    f.account = text_of(a, asff, "AwsAccountId", account);
    f.region = text_of(a, resource, "Region", text_of(a, asff, "Region", region));
    f.title = text_of(a, asff, "Title", "A finding without a title");
    f.why = text_of(a, asff, "Description", "");
    f.fix = text_of(a, asff, "Remediation.Recommendation.Text", "");
    f.reference = text_of(a, asff, "Remediation.Recommendation.Url", "");
    f.status = text_of(a, asff, "Workflow.Status", "");
    f.evidence =
        arena_printf(a, "Security Hub GetFindings: %s%s%s", text_of(a, asff, "Id", "?"),
                     value_path(asff, "Compliance.Status") ? ", Compliance.Status is " : "",
                     text_of(a, asff, "Compliance.Status", ""));
    if (sec_says(asff, "Workflow.Status", "SUPPRESSED"))
        f.suppressed = "Security Hub: workflow status SUPPRESSED";
    sec_report_add(r, &f);
    return true;
}

/* ---- GuardDuty ---- */

static enum security_severity guard_severity(double n)
{
    return n >= 9   ? SECURITY_CRITICAL
           : n >= 7 ? SECURITY_HIGH
           : n >= 4 ? SECURITY_MEDIUM
           : n >= 1 ? SECURITY_LOW
                    : SECURITY_INFO;
}

/* GuardDuty's members begin with a small letter, in its API; Source: GuardDuty API Reference,
 * "Resource". */
static const char *const named[] = {
    "resource.s3BucketDetails.0.arn",
    "resource.instanceDetails.instanceId",
    "resource.eksClusterDetails.arn",
    "resource.ecsClusterDetails.arn",
    "resource.lambdaDetails.functionArn",
    "resource.rdsDbInstanceDetails.dbInstanceArn",
    "resource.accessKeyDetails.userName",
    "resource.containerDetails.name",
    NULL,
};

bool sec_guardduty_read(struct security_report *r, const struct value *v, const char *account,
                        const char *region)
{
    struct arena *a = r->arena;
    struct security_finding f = {.source = SECURITY_GUARDDUTY,
                                 .severity = guard_severity(sec_number(v, "severity", 0))};
    struct str type = value_str_or(v, "resource.resourceType", "");
    const char *resource = "";

    if (sec_is(v, "service.archived"))
        return false;
    for (const char *const *n = named; *n && !*resource; n++)
        resource = text_of(a, v, *n, "");
    f.resource = *resource ? resource : text_of(a, v, "arn", "?");
    f.native = text_of(a, v, "id", "");
    f.check = text_of(a, v, "type", "finding");
    f.service = service_of(a, type, str_from(f.resource));
    f.account = text_of(a, v, "accountId", account);
    f.region = text_of(a, v, "region", region);
    f.title = text_of(a, v, "title", "A finding without a title");
    f.why = text_of(a, v, "description", "");
    f.fix = "Look at what the resource did then; keep it from the network, and replace its keys, "
            "when it "
            "was not you.";
    f.reference = "GuardDuty User Guide, finding types";
    f.evidence = arena_printf(a, "GuardDuty GetFindings: %s, seen %.0f times, last at %s",
                              text_of(a, v, "id", "?"), sec_number(v, "service.count", 1),
                              text_of(a, v, "service.eventLastSeen", "?"));
    sec_report_add(r, &f);
    return true;
}
