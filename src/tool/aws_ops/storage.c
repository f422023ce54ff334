/* storage.c - rows of S3, EFS, AWS Backup, IAM and ACM. */
#include "rows.h"

/* ---- s3:bucket ---- */

#define OF_BUCKET .param = "Bucket", .from = "@name"

static const struct ops_read bucket_reads[] = {
    {.name = "block", .operation = "GetPublicAccessBlock", OF_BUCKET},
    {.name = "encryption", .operation = "GetBucketEncryption", OF_BUCKET},
    {.name = "policy", .operation = "GetBucketPolicyStatus", OF_BUCKET},
    {.name = "acl", .operation = "GetBucketAcl", OF_BUCKET, .whole = true},
    {.name = "location", .operation = "GetBucketLocation", OF_BUCKET},
    {.name = "requests", .operation = "ListBucketMetricsConfigurations", OF_BUCKET},
    {.name = NULL},
};

#define PUBLIC_PAGE "Amazon S3 User Guide, Blocking public access to your Amazon S3 storage"

static const struct ops_check bucket_checks[] = {
    {.id = "public-access-block",
     .what = "flags that keep the public out, of 4",
     .how = OPS_COUNT,
     .path = "block.*",
     .words = "true",
     .limits = {WARN(BELOW, 4, "A-27")}},
    {.id = "encryption",
     .what = "default encryption",
     .how = OPS_GOOD,
     .path = "encryption.ApplyServerSideEncryptionByDefault.SSEAlgorithm",
     .words = "AES256|aws:kms|aws:kms:dsse",
     .state = OPS_WARNING,
     .source = "A-27",
     .absent_bad = true},
    {.id = "public-policy",
     .what = "its policy lets everybody in",
     .how = OPS_WORDS,
     .path = "policy.IsPublic",
     .words = "true",
     .when = "block.RestrictPublicBuckets!=true",
     .state = OPS_UNHEALTHY,
     .source = PUBLIC_PAGE},
    {.id = "public-acl",
     .what = "its ACL lets in",
     .how = OPS_WORDS,
     .path = "acl.*.Grantee.URI",
     .words = "http://acs.amazonaws.com/groups/global/AllUsers|"
              "http://acs.amazonaws.com/groups/global/AuthenticatedUsers",
     .when = "block.IgnorePublicAcls!=true",
     .state = OPS_UNHEALTHY,
     .source = "Amazon S3 User Guide, Access control list (ACL) overview"},
    END,
};

#define STORAGE(type)                                                                              \
    .space = "AWS/S3", .dimensions = {{"BucketName", "@name"}, {"StorageType", "=" type}}
#define REQUESTS                                                                                   \
    .space = "AWS/S3", .dimensions = {{"BucketName", "@name"}, {"FilterId", "requests.Id"}}

static const struct ops_metric bucket_metrics[] = {
    {.id = "size",
     .what = "size (standard storage)",
     STORAGE("StandardStorage"),
     .name = "BucketSizeBytes",
     .stat = "Average",
     .unit = "bytes",
     DAILY,
     .fold = OPS_LAST,
     .anomaly = OPS_BOTH,
     .least = 10 * GIB},
    {.id = "objects",
     .what = "objects",
     STORAGE("AllStorageTypes"),
     .name = "NumberOfObjects",
     .stat = "Average",
     DAILY,
     .fold = OPS_LAST,
     .anomaly = OPS_BOTH,
     .least = 1000},
    {.id = "errors-4xx",
     .what = "requests refused (4xx)",
     REQUESTS,
     .name = "4xxErrors",
     .stat = "Average",
     .unit = "%",
     .scale = 100,
     HALF_HOUR,
     .fold = OPS_MEAN,
     .limits = {WARN(ABOVE, 5, REC)}},
    {.id = "errors-5xx",
     .what = "requests failed (5xx)",
     REQUESTS,
     .name = "5xxErrors",
     .stat = "Average",
     .unit = "%",
     .scale = 100,
     HALF_HOUR,
     .fold = OPS_MEAN,
     .limits = {WARN(ABOVE, 5, REC)}},
    {.id = "latency",
     .what = "time of a request",
     REQUESTS,
     .name = "TotalRequestLatency",
     .stat = "Average",
     .unit = "ms",
     HALF_HOUR,
     .fold = OPS_MEAN,
     .anomaly = OPS_UP,
     .least = 100},
    END,
};

static const struct ops_log bucket_logs[] = {
    {.id = "access",
     .what = "access logs are objects in another bucket",
     .operation = "s3 GetBucketLogging"},
    END,
};

static const char *const bucket_acts[] = {
    "aws.s3.public-access-block", "aws.s3.account-public-access-block", "aws.s3.encryption", NULL};

const struct ops_kind ops_s3_bucket = {
    .service = "s3",
    .kind = "bucket",
    .title = "S3 bucket",
    .reads = bucket_reads,
    .checks = bucket_checks,
    .metrics = bucket_metrics,
    .logs = bucket_logs,
    .acts = bucket_acts,
    .region_path = "location",
};

/* ---- efs:file-system ---- */

static const struct ops_check efs_checks[] = {
    STATE("deleting|deleted", "Amazon EFS API Reference, FileSystemDescription"),
    {.id = "mount-targets",
     .what = "mount targets",
     .how = OPS_NUMBER,
     .path = "NumberOfMountTargets",
     .limits = {WARN(BELOW, 1, "Amazon EFS User Guide, Managing mount targets")}},
    END,
};

#define EFS .space = "AWS/EFS", .dimensions = {{"FileSystemId", "@id"}}

static const struct ops_metric efs_metrics[] = {
    {.id = "io-limit",
     .what = "of what General Purpose can do",
     EFS,
     .name = "PercentIOLimit",
     .stat = "Maximum",
     .unit = "%",
     HALF_HOUR,
     .fold = OPS_MAX,
     .limits = {WARN(AT_LEAST, 100, REC)}},
    {.id = "burst-credits",
     .what = "burst credits left",
     EFS,
     .name = "BurstCreditBalance",
     .stat = "Minimum",
     .unit = "bytes",
     HALF_HOUR,
     .fold = OPS_LAST,
     .when = "ThroughputMode=bursting",
     .limits = {WARN(BELOW, 100 * GIB, OWN)}},
    {.id = "clients",
     .what = "connections of clients",
     EFS,
     .name = "ClientConnections",
     .stat = "Sum",
     HALF_HOUR,
     .fold = OPS_MEAN,
     .anomaly = OPS_DOWN,
     .least = 2},
    END,
};

const struct ops_kind ops_efs_file_system = {
    .service = "efs",
    .kind = "file-system",
    .title = "EFS file system",
    .checks = efs_checks,
    .metrics = efs_metrics,
    .no_logs = NO_LOGS_TRAIL,
    .no_acts = UNCHANGED,
};

/* ---- backup:vault ---- */

static const struct ops_read vault_reads[] = {
    {.name = "failed",
     .operation = "ListBackupJobs",
     .param = "backupVaultName",
     .from = "@name",
     .with = "{\"state\":\"FAILED\"}",
     .whole = true},
    {.name = NULL},
};

static const struct ops_check vault_checks[] = {
    {.id = "recovery-points",
     .what = "recovery points",
     .how = OPS_NUMBER,
     .path = "NumberOfRecoveryPoints",
     .limits = {WARN(BELOW, 1, "AWS Backup Developer Guide, Backup vaults")}},
    {.id = "failed-jobs",
     .what = "failed jobs that AWS still lists",
     .how = OPS_COUNT,
     .path = "failed.*.BackupJobId",
     .limits = {WARN(ABOVE, 0, "AWS Backup API Reference, BackupJob")}},
    END,
};

#define VAULT .space = "AWS/Backup", .dimensions = {{"BackupVaultName", "@name"}}

static const struct ops_metric vault_metrics[] = {
    {.id = "jobs-failed",
     .what = "backup jobs failed, in a day",
     VAULT,
     .name = "NumberOfBackupJobsFailed",
     .stat = "Sum",
     .period_s = HOURS(1),
     .window_s = DAYS(1),
     .fold = OPS_SUM,
     .zero = true,
     .limits = {WARN(ABOVE, 0, "AWS Backup Developer Guide, AWS Backup metrics with CloudWatch")}},
    {.id = "jobs-completed",
     .what = "backup jobs completed, in a day",
     VAULT,
     .name = "NumberOfBackupJobsCompleted",
     .stat = "Sum",
     .period_s = DAYS(1),
     .window_s = DAYS(1),
     .fold = OPS_SUM,
     .zero = true,
     .anomaly = OPS_DOWN,
     .least = 1},
    END,
};

const struct ops_kind ops_backup_vault = {
    .service = "backup",
    .kind = "vault",
    .title = "backup vault",
    .reads = vault_reads,
    .checks = vault_checks,
    .metrics = vault_metrics,
    .no_logs = NO_LOGS_TRAIL,
    .no_acts = UNCHANGED,
};

/* ---- iam:user, iam:role ---- */

#define OF_USER .param = "UserName", .from = "@name"
#define NO_IAM_METRICS "IAM publishes no metrics"

static const struct ops_read user_reads[] = {
    {.name = "mfa", .operation = "ListMFADevices", OF_USER, .whole = true},
    {.name = "login", .operation = "GetLoginProfile", OF_USER},
    {.name = "keys", .operation = "ListAccessKeys", OF_USER, .whole = true},
    {.name = NULL},
};

static const struct ops_check user_checks[] = {
    {.id = "mfa",
     .what = "MFA devices",
     .how = OPS_COUNT,
     .path = "mfa.*.SerialNumber",
     .limits = {WARN(BELOW, 1, "A-13")}},
    {.id = "console-mfa",
     .what = "MFA devices of one who has a password",
     .how = OPS_COUNT,
     .path = "mfa.*.SerialNumber",
     .when = "#login.UserName",
     .limits = {BAD(BELOW, 1, "IAM User Guide, Security best practices in IAM")}},
    {.id = "key-age",
     .what = "days since its oldest key was made",
     .how = OPS_AGE_DAYS,
     .path = "keys.*.CreateDate",
     .unit = "days",
     .when = "keys.*.Status=Active",
     .limits = {WARN(ABOVE, 90, "AWS Security Hub User Guide, IAM controls: IAM.3")}},
    END,
};

const struct ops_kind ops_iam_user = {
    .service = "iam",
    .kind = "user",
    .title = "IAM user",
    .reads = user_reads,
    .checks = user_checks,
    .no_metrics = NO_IAM_METRICS,
    .no_logs = NO_LOGS_TRAIL,
    .no_anomalies = NO_IAM_METRICS,
    .no_acts = "identities are only read, by design (A-13)",
};

static const struct ops_read role_reads[] = {
    {.name = "role", .operation = "GetRole", .param = "RoleName", .from = "@name"},
    {.name = NULL},
};

static const struct ops_check role_checks[] = {
    {.id = "last-used",
     .what = "days since it was used",
     .how = OPS_AGE_DAYS,
     .path = "role.RoleLastUsed.LastUsedDate",
     .unit = "days",
     .limits = {WARN(ABOVE, 90, "AWS Config Developer Guide, iam-role-last-used")}},
    END,
};

const struct ops_kind ops_iam_role = {
    .service = "iam",
    .kind = "role",
    .title = "IAM role",
    .reads = role_reads,
    .checks = role_checks,
    .no_metrics = NO_IAM_METRICS,
    .no_logs = NO_LOGS_TRAIL,
    .no_anomalies = NO_IAM_METRICS,
    .no_acts = "identities are only read, by design (A-13)",
};

/* ---- acm:certificate ---- */

static const struct ops_read certificate_reads[] = {
    {.name = "certificate",
     .operation = "DescribeCertificate",
     .param = "CertificateArn",
     .from = "@arn"},
    {.name = NULL},
};

#define ACM_PAGE "AWS Certificate Manager User Guide, Managed certificate renewal"

static const struct ops_check certificate_checks[] = {
    STATE("INACTIVE", "AWS Certificate Manager API Reference, CertificateDetail"),
    {.id = "expiry",
     .what = "days until it expires",
     .how = OPS_LEFT_DAYS,
     .path = "certificate.NotAfter",
     .unit = "days",
     .when = "certificate.Status=ISSUED|EXPIRED",
     .limits = {WARN(BELOW, 30, ACM_PAGE), BAD(BELOW, 7, ACM_PAGE)}},
    {.id = "renewal",
     .what = "renewal",
     .how = OPS_WORDS,
     .path = "certificate.RenewalSummary.RenewalStatus",
     .words = "FAILED",
     .state = OPS_UNHEALTHY,
     .source = "AWS Certificate Manager API Reference, RenewalSummary"},
    {.id = "validation",
     .what = "validation of a domain",
     .how = OPS_WORDS,
     .path = "certificate.DomainValidationOptions.*.ValidationStatus",
     .words = "FAILED",
     .state = OPS_UNHEALTHY,
     .source = "AWS Certificate Manager API Reference, DomainValidation"},
    END,
};

static const struct ops_metric certificate_metrics[] = {
    {.id = "days-to-expiry",
     .what = "days until it expires, as CloudWatch has it",
     .space = "AWS/CertificateManager",
     .name = "DaysToExpiry",
     .stat = "Minimum",
     .unit = "days",
     .dimensions = {{"CertificateArn", "@arn"}},
     DAILY,
     .fold = OPS_LAST,
     .limits = {WARN(AT_MOST, 44, REC)}},
    END,
};

const struct ops_kind ops_acm_certificate = {
    .service = "acm",
    .kind = "certificate",
    .title = "ACM certificate",
    .reads = certificate_reads,
    .checks = certificate_checks,
    .metrics = certificate_metrics,
    .no_logs = NO_LOGS_TRAIL,
    .no_anomalies = "the days until it expires count down every day alike",
    .no_acts = UNCHANGED,
};
