/* data.c - checks of databases, caches, queues, topics, streams and file systems. */
#include "security_priv.h"

static bool is_manual(const struct value *snapshot)
{
    return sec_says(snapshot, "SnapshotType", "manual");
}

const struct sec_source sec_data_sources[] = {
    {"rds.instances", "rds", "DescribeDBInstances", .id = "DBInstanceIdentifier"},
    {"rds.clusters", "rds", "DescribeDBClusters", .id = "DBClusterIdentifier"},
    {"rds.snapshots", "rds", "DescribeDBSnapshots", .id = "DBSnapshotIdentifier"},
    {"rds.snapshot-attributes", "rds", "DescribeDBSnapshotAttributes", .each = "rds.snapshots",
     .param = "DBSnapshotIdentifier", .wanted = is_manual},
    {"rds.cluster-snapshots", "rds", "DescribeDBClusterSnapshots",
     .id = "DBClusterSnapshotIdentifier"},
    {"rds.cluster-snapshot-attributes", "rds", "DescribeDBClusterSnapshotAttributes",
     .each = "rds.cluster-snapshots", .param = "DBClusterSnapshotIdentifier", .wanted = is_manual},
    {"redshift.clusters", "redshift", "DescribeClusters", .id = "ClusterIdentifier"},
    {"opensearch.names", "opensearch", "ListDomainNames", .id = "DomainName"},
    {"opensearch.domains", "opensearch", "DescribeDomain", .id = "DomainName",
     .each = "opensearch.names", .param = "DomainName"},
    {"elasticache.groups", "elasticache", "DescribeReplicationGroups", .id = "ReplicationGroupId"},
    {"efs.file-systems", "efs", "DescribeFileSystems", .id = "FileSystemId"},
    {"sqs.queues", "sqs", "ListQueues", .id = "."},
    {"sqs.attributes", "sqs", "GetQueueAttributes", .each = "sqs.queues", .param = "QueueUrl",
     .with = "{\"AttributeNames\":[\"All\"]}"},
    {"sns.topics", "sns", "ListTopics", .id = "TopicArn"},
    {"sns.attributes", "sns", "GetTopicAttributes", .each = "sns.topics", .param = "TopicArn"},
    {"kinesis.names", "kinesis", "ListStreams", .id = "."},
    {"kinesis.streams", "kinesis", "DescribeStreamSummary", .id = "StreamName",
     .each = "kinesis.names", .param = "StreamName"},
    {NULL},
};

static const char *arn_or(struct sec_case *c, const char *path, const char *service,
                          const char *kind)
{
    const char *arn = sec_text(c, c->item, path);

    return *arn ? arn : sec_arn(c, service, sec_printf(c, "%s%s", kind, c->key));
}

/* The value of a named attribute, from a list of names and values or an XML map's entries. */
static struct str attribute(const struct value *v, const char *list, const char *name_of,
                            const char *value_of, const char *name)
{
    const struct value *it;

    for (size_t pos = 0; (it = sec_each(v, list, &pos)) != NULL;)
        if (str_eq_c(value_str_or(it, name_of, ""), name))
            return value_str_or(it, value_of, "");
    return (struct str){0};
}

/* ---- RDS ---- */

static const char *instance_arn(struct sec_case *c)
{
    return arn_or(c, "DBInstanceArn", "rds", "db:");
}

static const char *cluster_arn(struct sec_case *c)
{
    return arn_or(c, "DBClusterArn", "rds", "cluster:");
}

static void check_rds_public(struct sec_case *c)
{
    if (!sec_is(c->item, "PubliclyAccessible"))
        return;
    sec_found(c, instance_arn(c), "DescribeDBInstances: PubliclyAccessible is true (%s)",
              sec_text(c, c->item, "Engine"));
}

static void check_rds_encryption(struct sec_case *c)
{
    if (sec_not(c->item, "StorageEncrypted") && !*sec_text(c, c->item, "DBClusterIdentifier"))
        sec_found(c, instance_arn(c), "DescribeDBInstances: StorageEncrypted is false (%s)",
                  sec_text(c, c->item, "Engine"));
}

static void check_rds_cluster_encryption(struct sec_case *c)
{
    if (sec_not(c->item, "StorageEncrypted"))
        sec_found(c, cluster_arn(c), "DescribeDBClusters: StorageEncrypted is false (%s)",
                  sec_text(c, c->item, "Engine"));
}

static bool restored_by_all(const struct value *attributes, const char *list)
{
    const struct value *it, *value;

    for (size_t pos = 0; (it = sec_each(attributes, list, &pos)) != NULL;)
        if (str_eq_c(value_str_or(it, "AttributeName", ""), "restore"))
            for (size_t k = 0;
                 (value = sec_each(it, "AttributeValues.AttributeValue", &k)) != NULL;)
                if (value->type == VALUE_STRING && str_eq_c(value->u.string, "all"))
                    return true;
    return false;
}

static void check_rds_snapshot(struct sec_case *c)
{
    const struct value *v = is_manual(c->item) ? sec_first(c, "rds.snapshot-attributes") : NULL;

    if (!restored_by_all(v, "DBSnapshotAttributes.DBSnapshotAttribute"))
        return;
    sec_found(c, arn_or(c, "DBSnapshotArn", "rds", "snapshot:"),
              "DescribeDBSnapshotAttributes: restore holds 'all'");
}

static void check_rds_cluster_snapshot(struct sec_case *c)
{
    const struct value *v =
        is_manual(c->item) ? sec_first(c, "rds.cluster-snapshot-attributes") : NULL;

    if (restored_by_all(v, "DBClusterSnapshotAttributes.DBClusterSnapshotAttribute"))
        sec_found(c, arn_or(c, "DBClusterSnapshotArn", "rds", "cluster-snapshot:"),
                  "DescribeDBClusterSnapshotAttributes: restore holds 'all'");
}

/* ---- Redshift, OpenSearch, ElastiCache, EFS ---- */

static const char *redshift_arn(struct sec_case *c)
{
    return sec_arn(c, "redshift", sec_printf(c, "cluster:%s", c->key));
}

static void check_redshift_public(struct sec_case *c)
{
    if (sec_is(c->item, "PubliclyAccessible"))
        sec_found(c, redshift_arn(c), "DescribeClusters: PubliclyAccessible is true");
}

static void check_redshift_encryption(struct sec_case *c)
{
    if (sec_not(c->item, "Encrypted"))
        sec_found(c, redshift_arn(c), "DescribeClusters: Encrypted is false");
}

static const char *domain_arn(struct sec_case *c)
{
    return arn_or(c, "ARN", "es", "domain/");
}

static void check_domain_public(struct sec_case *c)
{
    struct str text = value_str_or(c->item, "AccessPolicies", "");
    const struct value *policy = sec_policy_parse(c->report->arena, text);
    const char *words = policy ? sec_policy_public(c->report->arena, policy) : NULL;
    bool asks = sec_is(c->item, "AdvancedSecurityOptions.Enabled");

    if (value_count(value_path(c->item, "VPCOptions.SubnetIds")) || !words)
        return;
    if (asks)
        c->severity = SECURITY_MEDIUM;
    sec_found(c, domain_arn(c), "DescribeDomain: no VPCOptions, and AccessPolicies: %s%s", words,
              asks ? "; fine-grained access control asks who it is" : "");
}

static void check_domain_encryption(struct sec_case *c)
{
    if (sec_not(c->item, "EncryptionAtRestOptions.Enabled"))
        sec_found(c, domain_arn(c), "DescribeDomain: EncryptionAtRestOptions.Enabled is false");
}

static void check_domain_https(struct sec_case *c)
{
    if (sec_not(c->item, "DomainEndpointOptions.EnforceHTTPS"))
        sec_found(c, domain_arn(c), "DescribeDomain: DomainEndpointOptions.EnforceHTTPS is false");
}

static void check_cache_encryption(struct sec_case *c)
{
    bool rest = sec_not(c->item, "AtRestEncryptionEnabled");
    bool transit = sec_not(c->item, "TransitEncryptionEnabled");

    if (rest || transit)
        sec_found(c, arn_or(c, "ARN", "elasticache", "replicationgroup:"),
                  "DescribeReplicationGroups: %s%s%s false", rest ? "AtRestEncryptionEnabled" : "",
                  rest && transit ? ", " : "", transit ? "TransitEncryptionEnabled" : "");
}

static void check_efs_encryption(struct sec_case *c)
{
    if (sec_not(c->item, "Encrypted"))
        sec_found(c, arn_or(c, "FileSystemArn", "elasticfilesystem", "file-system/"),
                  "DescribeFileSystems: Encrypted is false (%s)", sec_text(c, c->item, "Name"));
}

/* ---- queues, topics, streams ---- */

/* "https://sqs.eu-west-1.amazonaws.com/123456789012/orders" */
static const char *queue_name(struct sec_case *c)
{
    const char *slash = strrchr(c->key, '/');

    return slash && slash[1] ? slash + 1 : c->key;
}

static struct str queue_attribute(const struct sec_answer *a, const char *name)
{
    VEC_EACH (it, &a->items) {
        struct str value = attribute(*it, "", "Name", "Value", name);

        if (value.len)
            return value;
    }
    return (struct str){0};
}

static void check_queue_encryption(struct sec_case *c)
{
    const struct sec_answer *a = sec_ask(c, "sqs.attributes", c->key);

    if (a->state != SEC_HAVE || !a->items.count)
        return;
    if (queue_attribute(a, "KmsMasterKeyId").len ||
        !str_eq_c(queue_attribute(a, "SqsManagedSseEnabled"), "false"))
        return;
    sec_found(c, sec_arn(c, "sqs", queue_name(c)),
              "GetQueueAttributes: no KmsMasterKeyId, and SqsManagedSseEnabled is false");
}

static void check_queue_public(struct sec_case *c)
{
    const struct sec_answer *a = sec_ask(c, "sqs.attributes", c->key);
    const struct value *policy = sec_policy_parse(c->report->arena, queue_attribute(a, "Policy"));
    const char *words = policy ? sec_policy_public(c->report->arena, policy) : NULL;

    if (words)
        sec_found(c, sec_arn(c, "sqs", queue_name(c)), "GetQueueAttributes: Policy: %s", words);
}

static struct str topic_attribute(const struct value *v, const char *name)
{
    return attribute(v, "Attributes.entry", "key", "value", name);
}

static void check_topic_encryption(struct sec_case *c)
{
    const struct value *v = sec_first(c, "sns.attributes");

    if (v && topic_attribute(v, "TopicArn").len && !topic_attribute(v, "KmsMasterKeyId").len)
        sec_found(c, c->key, "GetTopicAttributes: no KmsMasterKeyId");
}

static void check_topic_public(struct sec_case *c)
{
    const struct value *v = sec_first(c, "sns.attributes");
    const struct value *policy = sec_policy_parse(c->report->arena, topic_attribute(v, "Policy"));
    const char *words = policy ? sec_policy_public(c->report->arena, policy) : NULL;

    if (words)
        sec_found(c, c->key, "GetTopicAttributes: Policy: %s", words);
}

static void check_stream_encryption(struct sec_case *c)
{
    if (sec_says(c->item, "EncryptionType", "NONE"))
        sec_found(c, arn_or(c, "StreamARN", "kinesis", "stream/"),
                  "DescribeStreamSummary: EncryptionType is NONE");
}

#define WHY_ENCRYPT "Who gets at the storage or a copy of it reads the data."
#define WHY_PUBLIC                                                                                 \
    "Its endpoint can be reached from the internet; only a password is before the data."

const struct sec_check sec_data_checks[] = {
    {{"efs-unencrypted", "efs", SECURITY_MEDIUM, "A file system is not encrypted", WHY_ENCRYPT,
      "Make an encrypted file system, copy the files over (DataSync), and mount it instead.",
      "Mount the old one again.", "FSBP EFS.1, CIS 3.0 2.4.1"},
     "efs.file-systems",
     check_efs_encryption},
    {{"elasticache-unencrypted", "elasticache", SECURITY_MEDIUM, "A cache is not encrypted",
      "What is cached, and the password of the cache, can be read on the way or at rest.",
      "Switch transit encryption on step by step (TransitEncryptionMode preferred, then required); "
      "at rest it takes a new group made from a backup.",
      "TransitEncryptionMode preferred.", "FSBP ElastiCache.4, FSBP ElastiCache.5"},
     "elasticache.groups",
     check_cache_encryption},
    {{"kinesis-unencrypted", "kinesis", SECURITY_MEDIUM, "A stream is not encrypted", WHY_ENCRYPT,
      "kinesis start-stream-encryption with a KMS key that writers and readers may use.",
      "kinesis stop-stream-encryption.", "FSBP Kinesis.1"},
     "kinesis.streams",
     check_stream_encryption},
    {{"opensearch-no-https", "opensearch", SECURITY_MEDIUM, "A domain answers without TLS",
      "Queries, answers and passwords can be read on the way.",
      "opensearch update-domain-config --domain-endpoint-options EnforceHTTPS=true.",
      "The same with false.", "FSBP Opensearch.8"},
     "opensearch.domains",
     check_domain_https},
    {{"opensearch-public", "opensearch", SECURITY_CRITICAL, "A search domain is open to everybody",
      "Anybody can read, change and delete its indices.",
      "Narrow its access policy; move it into a VPC.", "Put the earlier access policy back.",
      "FSBP Opensearch.2"},
     "opensearch.domains",
     check_domain_public},
    {{"opensearch-unencrypted", "opensearch", SECURITY_MEDIUM, "A search domain is not encrypted",
      WHY_ENCRYPT,
      "Switch encryption at rest on (opensearch update-domain-config); old versions "
      "need a new domain.",
      "It cannot be switched off again.", "FSBP Opensearch.1"},
     "opensearch.domains",
     check_domain_encryption},
    {{"rds-cluster-snapshot-public", "rds", SECURITY_CRITICAL,
      "A cluster's snapshot can be restored by everybody",
      "Anybody with an AWS account can restore the database and read it.",
      "rds modify-db-cluster-snapshot-attribute --attribute-name restore --values-to-remove all.",
      "The same with --values-to-add all.", "FSBP RDS.1"},
     "rds.cluster-snapshots",
     check_rds_cluster_snapshot,
     {"rds.cluster-snapshot-attributes"}},
    {{"rds-cluster-unencrypted", "rds", SECURITY_MEDIUM, "A database cluster is not encrypted",
      WHY_ENCRYPT, "Restore a snapshot of it with a KMS key, and move the clients over.",
      "The old cluster stays until it is deleted.", "FSBP RDS.27"},
     "rds.clusters",
     check_rds_cluster_encryption},
    {{"rds-public", "rds", SECURITY_CRITICAL, "A database is publicly accessible", WHY_PUBLIC,
      "Modify it to be not publicly accessible; its clients reach it inside the VPC.",
      "rds modify-db-instance --publicly-accessible.", "FSBP RDS.2, CIS 3.0 2.3.3"},
     "rds.instances",
     check_rds_public},
    {{"rds-snapshot-public", "rds", SECURITY_CRITICAL,
      "A database's snapshot can be restored by everybody",
      "Anybody with an AWS account can restore the database and read it.",
      "rds modify-db-snapshot-attribute --attribute-name restore --values-to-remove all.",
      "The same with --values-to-add all.", "FSBP RDS.1"},
     "rds.snapshots",
     check_rds_snapshot,
     {"rds.snapshot-attributes"}},
    {{"rds-unencrypted", "rds", SECURITY_MEDIUM, "A database is not encrypted", WHY_ENCRYPT,
      "Copy a snapshot of it with a KMS key, restore that, and move the clients over.",
      "The old instance stays until it is deleted.", "FSBP RDS.3, CIS 3.0 2.3.1"},
     "rds.instances",
     check_rds_encryption},
    {{"redshift-public", "redshift", SECURITY_CRITICAL, "A warehouse is publicly accessible",
      WHY_PUBLIC, "redshift modify-cluster --no-publicly-accessible.",
      "redshift modify-cluster --publicly-accessible.", "FSBP Redshift.1"},
     "redshift.clusters",
     check_redshift_public},
    {{"redshift-unencrypted", "redshift", SECURITY_MEDIUM, "A warehouse is not encrypted",
      WHY_ENCRYPT, "redshift modify-cluster --encrypted (it moves the data to new nodes).",
      "redshift modify-cluster --no-encrypted.", "FSBP Redshift.10"},
     "redshift.clusters",
     check_redshift_encryption},
    {{"sns-public", "sns", SECURITY_HIGH, "A topic's policy lets everybody in",
      "Anybody can publish to it or subscribe to what it says.",
      "Narrow the policy: principals, or a condition on aws:SourceAccount or aws:SourceArn.",
      "Put the earlier policy back.", "FSBP SNS.4"},
     "sns.topics",
     check_topic_public,
     {"sns.attributes"}},
    {{"sns-unencrypted", "sns", SECURITY_LOW, "A topic is not encrypted at rest", WHY_ENCRYPT,
      "Set KmsMasterKeyId to a key that the publishers may use.", "Set it to nothing.",
      "FSBP SNS.1 (retired)"},
     "sns.topics",
     check_topic_encryption,
     {"sns.attributes"}},
    {{"sqs-public", "sqs", SECURITY_HIGH, "A queue's policy lets everybody in",
      "Anybody can send to it, or read and delete what waits in it.",
      "Narrow the policy: principals, or a condition on aws:SourceAccount or aws:SourceArn.",
      "Put the earlier policy back.", "FSBP SQS.3"},
     "sqs.queues",
     check_queue_public,
     {"sqs.attributes"}},
    {{"sqs-unencrypted", "sqs", SECURITY_MEDIUM, "A queue is not encrypted", WHY_ENCRYPT,
      "Set SqsManagedSseEnabled to true, or KmsMasterKeyId to a key.",
      "Set SqsManagedSseEnabled to false.", "FSBP SQS.1"},
     "sqs.queues",
     check_queue_encryption,
     {"sqs.attributes"}},
    {{NULL}},
};
