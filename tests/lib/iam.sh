# iam.sh - what `runbook policy print --iam` says beside what a server was asked: for tests/e2e/test_iam*.sh, behind tap.sh.
. "$RB_SRCDIR/tests/lib/aws.sh"
AWS_REGION=us-east-1

# begin RULES: a server; end: it has stopped, and `asked` holds "service operation" lines, each once.
begin() {
    rm -f log
    aws_begin "$fake" "${1:-rules}" log
}
end() {
    aws_end
    sed 's,^bedrock - \(.*/converse-stream\),bedrock InvokeModelWithResponseStream \1,' log | cut -d' ' -f1,2 | sort -u >asked
}

# The actions of IAM that the requests on the wire need. Written from the Service Authorization Reference, not from the program.
actions() {
    awk '
        BEGIN {
            split("accessanalyzer access-analyzer amp aps apigatewayv2 apigateway docdb rds neptune rds efs elasticfilesystem elb " \
                  "elasticloadbalancing elbv2 elasticloadbalancing emr elasticmapreduce keyspaces cassandra mwaa airflow opensearch es " \
                  "opensearchserverless aoss resourcegroupstaggingapi tag s3control s3 service-quotas servicequotas sesv2 ses sso-admin " \
                  "sso stepfunctions states timestream-write timestream dynamodbstreams dynamodb sqs-json sqs", p, " ")
            for (i = 1; p[i]; i += 2) prefix[p[i]] = p[i + 1]
            split("ListBuckets ListAllMyBuckets ListObjects ListBucket ListObjectsV2 ListBucket HeadBucket ListBucket HeadObject GetObject " \
                  "ListObjectVersions ListBucketVersions ListMultipartUploads ListBucketMultipartUploads ListParts ListMultipartUploadParts " \
                  "GetObjectLockConfiguration GetBucketObjectLockConfiguration " \
                  "GetPublicAccessBlock GetBucketPublicAccessBlock PutPublicAccessBlock PutBucketPublicAccessBlock " \
                  "GetBucketEncryption GetEncryptionConfiguration PutBucketEncryption PutEncryptionConfiguration " \
                  "DeleteBucketEncryption PutEncryptionConfiguration GetBucketReplication GetReplicationConfiguration " \
                  "GetBucketLifecycle GetLifecycleConfiguration GetBucketLifecycleConfiguration GetLifecycleConfiguration " \
                  "GetBucketAccelerateConfiguration GetAccelerateConfiguration GetBucketCors GetBucketCORS " \
                  "GetBucketNotificationConfiguration GetBucketNotification " \
                  "GetBucketAnalyticsConfiguration GetAnalyticsConfiguration ListBucketAnalyticsConfigurations GetAnalyticsConfiguration " \
                  "GetBucketIntelligentTieringConfiguration GetIntelligentTieringConfiguration " \
                  "ListBucketIntelligentTieringConfigurations GetIntelligentTieringConfiguration " \
                  "GetBucketInventoryConfiguration GetInventoryConfiguration ListBucketInventoryConfigurations GetInventoryConfiguration " \
                  "GetBucketMetricsConfiguration GetMetricsConfiguration ListBucketMetricsConfigurations GetMetricsConfiguration", p, " ")
            for (i = 1; p[i]; i += 2) s3[p[i]] = p[i + 1]
        }
        $2 == "-" { next } # a connection that was given up: there was no request on it
        $1 == "sts" && $2 == "GetCallerIdentity" { next }
        $1 == "keyspaces" { print "cassandra:Select"; next }
        $1 == "budgets" && $2 !~ /Action/ { print "budgets:ViewBudget"; next }
        $1 ~ /^apigateway/ { print "apigateway:GET"; next }
        $1 == "s3control" && $2 ~ /^(Get|Put)PublicAccessBlock$/ { sub("Public", "AccountPublic", $2); print "s3:" $2; next }
        $1 == "s3control" && $2 == "ListRegionalBuckets" { print "s3-outposts:" $2; next }
        $1 == "s3control" && ($2 == "GetBucket" || $2 ~ /^GetBucket(Policy|Tagging|Versioning)$/) { print "s3-outposts:" $2; next }
        $1 == "s3control" && $2 == "GetBucketLifecycleConfiguration" { print "s3-outposts:GetLifecycleConfiguration"; next }
        $1 == "s3" && $2 == "GetObjectAttributes" { print "s3:GetObject"; print "s3:" $2; next }
        $1 == "lambda" && $2 == "Invoke" { print "lambda:InvokeFunction"; next }
        $1 == "s3" && $2 in s3 { print "s3:" s3[$2]; next }
        { print ($1 in prefix ? prefix[$1] : $1) ":" $2 }' asked | sort -u
}
# document FEATURE...: its actions, a line each.
document() {
    # shellcheck disable=SC2046 # one word each
    set -- $(printf -- '--feature %s ' "$@")
    "$runbook" policy print --iam "$@" 2>/dev/null | grep -o '"[a-z0-9-][a-z0-9-]*:[A-Za-z0-9][A-Za-z0-9]*"' | tr -d '"' | sort -u
}
