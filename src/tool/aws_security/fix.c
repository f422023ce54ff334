/* fix.c - for each check what takes its finding away: an operation of `runbook act` where there is
 * one, and the command of AWS's own client in any case. {name}, {key}, {arn}, {region}, {account}
 * stand for the finding's own; what is quoted in them is quoted for a shell, so that a resource
 * cannot be called something that runs. A word in CAPITALS is the person's choice. Pure.
 * Source: AWS CLI Command Reference. */
#include <ctype.h>

#include "security_priv.h"

#define R " --region {region}"
#define PLACE " region={region} account={alias}"
#define EDIT_POLICY(what) what " (first read what it says now, and keep that)"

/* By check. `act` NULL: the check itself proposes one where it can, or there is none. */
static const struct sec_fix fixes[] = {
    {"accessanalyzer-missing", NULL,
     "aws accessanalyzer create-analyzer --analyzer-name account --type ACCOUNT" R},
    {"acm-expiring", NULL,
     "aws acm describe-certificate --certificate-arn {arn}" R
     " # DomainValidationOptions: make the records that it names again; an imported one: aws acm "
     "import-certificate --certificate-arn {arn} --certificate fileb://CERT --private-key "
     "fileb://KEY --certificate-chain fileb://CHAIN" R},
    {"cloudfront-http", NULL,
     "aws cloudfront get-distribution-config --id {name} # set ViewerProtocolPolicy to "
     "redirect-to-https in it, then: aws cloudfront update-distribution --id {name} --if-match "
     "ETAG "
     "--distribution-config file://CONFIG"},
    {"cloudfront-no-waf", NULL,
     "aws cloudfront get-distribution-config --id {name} # set WebACLId to the ARN of a web ACL, "
     "then: aws cloudfront update-distribution --id {name} --if-match ETAG --distribution-config "
     "file://CONFIG"},
    {"cloudfront-old-tls", NULL,
     "aws cloudfront get-distribution-config --id {name} # set MinimumProtocolVersion to "
     "TLSv1.2_2021, then: aws cloudfront update-distribution --id {name} --if-match ETAG "
     "--distribution-config file://CONFIG"},
    {"cloudtrail-missing", NULL,
     "aws cloudtrail create-trail --name account --s3-bucket-name BUCKET --is-multi-region-trail "
     "--enable-log-file-validation" R " && aws cloudtrail start-logging --name account" R},
    {"cloudtrail-one-region", NULL,
     "aws cloudtrail update-trail --name TRAIL --is-multi-region-trail" R},
    {"cloudtrail-unencrypted", NULL,
     "aws cloudtrail update-trail --name {arn} --kms-key-id KEY_ARN" R},
    {"cloudtrail-validation", NULL,
     "aws cloudtrail update-trail --name {arn} --enable-log-file-validation" R},
    {"config-missing", NULL,
     "aws configservice put-configuration-recorder --configuration-recorder "
     "name=default,roleARN=ROLE_ARN" R
     " && aws configservice put-delivery-channel --delivery-channel "
     "name=default,s3BucketName=BUCKET" R
     " && aws configservice start-configuration-recorder --configuration-recorder-name default" R},
    {"ec2-all-ports-open", NULL,
     "aws ec2 revoke-security-group-ingress --group-id {name} --security-group-rule-ids RULE" R
     " # its rules: aws ec2 describe-security-group-rules --filters Name=group-id,Values={name}" R},
    {"ec2-data-port-open", NULL,
     "aws ec2 revoke-security-group-ingress --group-id {name} --security-group-rule-ids RULE" R
     " # its rules: aws ec2 describe-security-group-rules --filters Name=group-id,Values={name}" R},
    {"ec2-default-encryption", "aws.ec2.ebs-encryption" PLACE,
     "aws ec2 enable-ebs-encryption-by-default" R},
    {"ec2-default-group-rules", NULL,
     "aws ec2 describe-network-interfaces --filters Name=group-id,Values={name}" R
     " # give those another group; then of each rule: aws ec2 revoke-security-group-ingress "
     "--group-id {name} --security-group-rule-ids RULE" R},
    {"ec2-entry-port-open", NULL,
     "aws ec2 revoke-security-group-ingress --group-id {name} --security-group-rule-ids RULE" R
     " # its rules: aws ec2 describe-security-group-rules --filters Name=group-id,Values={name}" R},
    {"ec2-image-public", "aws.ec2.image-sharing image={key}" PLACE,
     "aws ec2 modify-image-attribute --image-id {name} --attribute launchPermission "
     "--operation-type remove --user-groups all" R},
    {"ec2-imdsv1", NULL,
     "aws ec2 modify-instance-metadata-options --instance-id {name} --http-tokens required "
     "--http-endpoint enabled" R},
    {"ec2-snapshot-public", "aws.ec2.snapshot-sharing snapshot={key}" PLACE,
     "aws ec2 modify-snapshot-attribute --snapshot-id {name} --attribute createVolumePermission "
     "--operation-type remove --group-names all" R},
    {"ec2-snapshot-unencrypted", NULL,
     "aws ec2 copy-snapshot --source-region {region} --source-snapshot-id {name} --encrypted" R},
    {"ec2-volume-unencrypted", NULL,
     "aws ec2 create-snapshot --volume-id {name}" R
     " # then: aws ec2 copy-snapshot --source-region {region} --source-snapshot-id SNAPSHOT "
     "--encrypted" R ", aws ec2 create-volume --snapshot-id COPY --availability-zone ZONE" R
     ", stop the instance, detach-volume and attach-volume"},
    {"ec2-vpc-flow-logs", NULL,
     "aws ec2 create-flow-logs --resource-type VPC --resource-ids {name} --traffic-type REJECT "
     "--log-group-name LOG_GROUP --deliver-logs-permission-arn ROLE_ARN" R},
    {"ecr-mutable-tags", NULL,
     "aws ecr put-image-tag-mutability --repository-name {key} --image-tag-mutability IMMUTABLE" R},
    {"ecr-no-scan", NULL,
     "aws ecr put-image-scanning-configuration --repository-name {key} "
     "--image-scanning-configuration scanOnPush=true" R},
    {"ecr-public", NULL,
     EDIT_POLICY(
         "aws ecr set-repository-policy --repository-name {key} --policy-text file://POLICY" R)},
    {"efs-unencrypted", NULL,
     "aws efs create-file-system --encrypted" R
     " # copy with DataSync, mount that one, then: aws efs delete-file-system --file-system-id "
     "{key}" R},
    {"eks-no-audit-log", NULL,
     "aws eks update-cluster-config --name {key} --logging "
     "'{\"clusterLogging\":[{\"types\":[\"audit\"],\"enabled\":true}]}'" R},
    {"eks-public-endpoint", NULL,
     "aws eks update-cluster-config --name {key} --resources-vpc-config "
     "endpointPrivateAccess=true,publicAccessCidrs=YOUR_NETWORK" R},
    {"eks-secrets-unencrypted", NULL,
     "aws eks associate-encryption-config --cluster-name {key} --encryption-config "
     "'[{\"resources\":[\"secrets\"],\"provider\":{\"keyArn\":\"KEY_ARN\"}}]'" R},
    {"elasticache-unencrypted", NULL,
     "aws elasticache modify-replication-group --replication-group-id {key} "
     "--transit-encryption-enabled --transit-encryption-mode preferred --apply-immediately" R
     " # at rest: aws elasticache create-snapshot, then create-replication-group with "
     "--at-rest-encryption-enabled of it"},
    {"elb-classic-no-tls", NULL,
     "aws elb create-load-balancer-listeners --load-balancer-name {key} --listeners "
     "Protocol=HTTPS,LoadBalancerPort=443,InstanceProtocol=HTTP,InstancePort=PORT,"
     "SSLCertificateId=CERTIFICATE_ARN" R
     " && aws elb delete-load-balancer-listeners --load-balancer-name {key} --load-balancer-ports "
     "80" R},
    {"elb-no-logs", NULL,
     "aws elbv2 modify-load-balancer-attributes --load-balancer-arn {arn} --attributes "
     "Key=access_logs.s3.enabled,Value=true Key=access_logs.s3.bucket,Value=BUCKET" R},
    {"elb-no-tls", NULL,
     "aws elbv2 create-listener --load-balancer-arn {arn} --protocol HTTPS --port 443 "
     "--certificates CertificateArn=CERTIFICATE_ARN --default-actions "
     "Type=forward,TargetGroupArn=TARGET_GROUP_ARN" R
     " # and of the HTTP listener: aws elbv2 modify-listener --listener-arn LISTENER_ARN "
     "--default-actions 'Type=redirect,RedirectConfig={Protocol=HTTPS,Port=443,"
     "StatusCode=HTTP_301}'" R},
    {"elb-no-waf", NULL,
     "aws wafv2 associate-web-acl --web-acl-arn WEB_ACL_ARN --resource-arn {arn}" R},
    {"elb-old-tls", NULL,
     "aws elbv2 describe-listeners --load-balancer-arn {arn}" R
     " # of the one that is named: aws elbv2 modify-listener --listener-arn LISTENER_ARN "
     "--ssl-policy ELBSecurityPolicy-TLS13-1-2-2021-06" R},
    {"guardduty-missing", NULL, "aws guardduty create-detector --enable" R},
    {"iam-admin-attached", NULL,
     "aws iam list-entities-for-policy --policy-arn arn:aws:iam::aws:policy/AdministratorAccess # "
     "then of a user: aws iam detach-user-policy --user-name {name} --policy-arn "
     "arn:aws:iam::aws:policy/AdministratorAccess (of a role: detach-role-policy --role-name, of a "
     "group: detach-group-policy --group-name)"},
    {"iam-certificate-expired", NULL,
     "aws iam delete-server-certificate --server-certificate-name {key} # after what uses it has "
     "another"},
    {"iam-key-old", NULL,
     "aws iam create-access-key --user-name {name} # move its programs over, then: aws iam "
     "update-access-key --user-name {name} --access-key-id KEY --status Inactive"},
    {"iam-not-action", NULL,
     EDIT_POLICY("aws iam create-policy-version --policy-arn {arn} --policy-document file://POLICY "
                 "--set-as-default")},
    {"iam-password-policy", NULL,
     "aws iam update-account-password-policy --minimum-password-length 14 # it sets all of it: "
     "read "
     "aws iam get-account-password-policy first"},
    {"iam-role-open-federation", NULL,
     EDIT_POLICY("aws iam update-assume-role-policy --role-name {name} --policy-document "
                 "file://POLICY")},
    {"iam-role-public", NULL,
     EDIT_POLICY("aws iam update-assume-role-policy --role-name {name} --policy-document "
                 "file://POLICY")},
    {"iam-root-keys", NULL,
     "signed in as root: aws iam list-access-keys, then aws iam delete-access-key --access-key-id "
     "KEY of each; nobody else can"},
    {"iam-root-mfa", NULL,
     "signed in as root: My security credentials, Assign MFA device; no command does it for root"},
    {"iam-root-used", NULL,
     "aws cloudtrail lookup-events --lookup-attributes AttributeKey=Username,AttributeValue=root"
     " --region us-east-1"},
    {"iam-service-wildcard", NULL,
     EDIT_POLICY("aws iam create-policy-version --policy-arn {arn} --policy-document file://POLICY "
                 "--set-as-default")},
    {"iam-unused", NULL,
     "aws iam update-access-key --user-name {name} --access-key-id KEY --status Inactive (of a "
     "password: aws iam delete-login-profile --user-name {name})"},
    {"iam-user-mfa", NULL,
     "aws iam create-virtual-mfa-device --virtual-mfa-device-name {name} --outfile QR.png "
     "--bootstrap-method QRCodePNG # then: aws iam enable-mfa-device --user-name {name} "
     "--serial-number SERIAL --authentication-code1 CODE --authentication-code2 NEXT_CODE"},
    {"iam-user-policies", NULL,
     "aws iam add-user-to-group --user-name {name} --group-name GROUP && aws iam "
     "detach-user-policy --user-name {name} --policy-arn POLICY_ARN"},
    {"iam-wildcard-policy", NULL,
     EDIT_POLICY("aws iam create-policy-version --policy-arn {arn} --policy-document file://POLICY "
                 "--set-as-default")},
    {"kinesis-unencrypted", NULL,
     "aws kinesis start-stream-encryption --stream-name {key} --encryption-type KMS --key-id "
     "alias/aws/kinesis" R},
    {"kms-pending-deletion", NULL,
     "aws kms cancel-key-deletion --key-id {key}" R " && aws kms enable-key --key-id {key}" R},
    {"kms-public", NULL,
     EDIT_POLICY("aws kms put-key-policy --key-id {key} --policy-name default --policy "
                 "file://POLICY" R)},
    {"kms-rotation", NULL, "aws kms enable-key-rotation --key-id {key}" R},
    {"lambda-public", NULL,
     "aws lambda get-policy --function-name {key}" R
     " # of the statement: aws lambda remove-permission --function-name {key} --statement-id "
     "SID" R},
    {"lambda-url-open", NULL,
     "aws lambda update-function-url-config --function-name {key} --auth-type AWS_IAM" R},
    {"opensearch-no-https", NULL,
     "aws opensearch update-domain-config --domain-name {key} --domain-endpoint-options "
     "EnforceHTTPS=true,TLSSecurityPolicy=Policy-Min-TLS-1-2-PFS-2023-10" R},
    {"opensearch-public", NULL,
     EDIT_POLICY("aws opensearch update-domain-config --domain-name {key} --access-policies "
                 "file://POLICY" R)},
    {"opensearch-unencrypted", NULL,
     "aws opensearch update-domain-config --domain-name {key} --encryption-at-rest-options "
     "Enabled=true --node-to-node-encryption-options Enabled=true" R},
    {"rds-cluster-snapshot-public", "aws.rds.snapshot-sharing cluster_snapshot={key}" PLACE,
     "aws rds modify-db-cluster-snapshot-attribute --db-cluster-snapshot-identifier {key} "
     "--attribute-name restore --values-to-remove all" R},
    {"rds-cluster-unencrypted", NULL,
     "aws rds create-db-cluster-snapshot --db-cluster-identifier {key} "
     "--db-cluster-snapshot-identifier SNAPSHOT" R
     " && aws rds restore-db-cluster-from-snapshot --snapshot-identifier SNAPSHOT "
     "--db-cluster-identifier NEW --engine ENGINE --kms-key-id KEY_ARN" R},
    {"rds-public", "aws.rds.public-access instance={key}" PLACE,
     "aws rds modify-db-instance --db-instance-identifier {key} --no-publicly-accessible "
     "--apply-immediately" R},
    {"rds-snapshot-public", "aws.rds.snapshot-sharing snapshot={key}" PLACE,
     "aws rds modify-db-snapshot-attribute --db-snapshot-identifier {key} --attribute-name restore "
     "--values-to-remove all" R},
    {"rds-unencrypted", NULL,
     "aws rds create-db-snapshot --db-instance-identifier {key} --db-snapshot-identifier SNAPSHOT" R
     " && aws rds copy-db-snapshot --source-db-snapshot-identifier SNAPSHOT "
     "--target-db-snapshot-identifier COPY --kms-key-id KEY_ARN" R
     " && aws rds restore-db-instance-from-db-snapshot --db-instance-identifier NEW "
     "--db-snapshot-identifier COPY" R},
    {"redshift-public", NULL,
     "aws redshift modify-cluster --cluster-identifier {key} --no-publicly-accessible" R},
    {"redshift-unencrypted", NULL,
     "aws redshift modify-cluster --cluster-identifier {key} --encrypted" R},
    {"s3-account-public-access-block",
     "aws.s3.account-public-access-block region={home} "
     "account={alias}",
     "aws s3control put-public-access-block --account-id {account} "
     "--public-access-block-configuration BlockPublicAcls=true,IgnorePublicAcls=true,"
     "BlockPublicPolicy=true,RestrictPublicBuckets=true --region {home}"},
    {"s3-encryption", "aws.s3.encryption bucket={key} region={bucket} account={alias}",
     "aws s3api put-bucket-encryption --bucket {key} --server-side-encryption-configuration "
     "'{\"Rules\":[{\"ApplyServerSideEncryptionByDefault\":{\"SSEAlgorithm\":\"AES256\"}}]}'"},
    {"s3-logging", NULL,
     "aws s3api put-bucket-logging --bucket {key} --bucket-logging-status "
     "'{\"LoggingEnabled\":{\"TargetBucket\":\"LOG_BUCKET\",\"TargetPrefix\":\"s3/\"}}'"},
    {"s3-public-access-block",
     "aws.s3.public-access-block bucket={key} region={bucket} account={alias}",
     "aws s3api put-public-access-block --bucket {key} --public-access-block-configuration "
     "BlockPublicAcls=true,IgnorePublicAcls=true,BlockPublicPolicy=true,RestrictPublicBuckets="
     "true"},
    {"s3-public-acl", "aws.s3.public-access-block bucket={key} region={bucket} account={alias}",
     "aws s3api put-public-access-block --bucket {key} --public-access-block-configuration "
     "BlockPublicAcls=true,IgnorePublicAcls=true,BlockPublicPolicy=true,RestrictPublicBuckets=true "
     "&& aws s3api put-bucket-acl --bucket {key} --acl private"},
    {"s3-public-policy", "aws.s3.public-access-block bucket={key} region={bucket} account={alias}",
     "aws s3api put-public-access-block --bucket {key} --public-access-block-configuration "
     "BlockPublicAcls=true,IgnorePublicAcls=true,BlockPublicPolicy=true,RestrictPublicBuckets=true "
     "# then narrow what aws s3api get-bucket-policy --bucket {key} says"},
    {"secretsmanager-rotation", NULL,
     "aws secretsmanager rotate-secret --secret-id {arn} --rotation-lambda-arn FUNCTION_ARN "
     "--rotation-rules AutomaticallyAfterDays=30" R},
    {"sns-public", NULL,
     EDIT_POLICY("aws sns set-topic-attributes --topic-arn {arn} --attribute-name Policy "
                 "--attribute-value file://POLICY" R)},
    {"sns-unencrypted", NULL,
     "aws sns set-topic-attributes --topic-arn {arn} --attribute-name KmsMasterKeyId "
     "--attribute-value KEY_ARN" R},
    {"sqs-public", NULL,
     EDIT_POLICY("aws sqs set-queue-attributes --queue-url {key} --attributes file://POLICY" R)},
    {"sqs-unencrypted", NULL,
     "aws sqs set-queue-attributes --queue-url {key} --attributes SqsManagedSseEnabled=true" R},
    {NULL},
};

const struct sec_fix *sec_fix_find(const char *check)
{
    for (const struct sec_fix *f = fixes; f->check; f++)
        if (strcmp(f->check, check) == 0)
            return f;
    return NULL;
}

/* What a shell, and a line of `runbook act`, take as one plain word; else between quotes. */
static void put_word(struct buf *out, const char *s)
{
    bool plain = *s != '\0';

    for (const char *c = s; *c; c++)
        plain = plain && (isalnum((unsigned char)*c) || strchr("-_./:@+", *c));
    if (plain) {
        buf_adds(out, s);
        return;
    }
    buf_addc(out, '\'');
    for (; *s; s++)
        if (*s == '\'')
            buf_adds(out, "'\\''");
        else
            buf_addc(out, *s);
    buf_addc(out, '\'');
}

/* The user of "user/path/bob", the group of "security-group/sg-1". */
static const char *name_of(const char *resource)
{
    const char *slash = strrchr(resource, '/'), *colon = strrchr(resource, ':');

    if (slash && (!colon || slash > colon) && slash[1])
        return slash + 1;
    return colon && colon[1] ? colon + 1 : resource;
}

const char *sec_fix_fill(struct sec_case *c, const char *text, const char *resource)
{
    const char *bucket = c->item ? sec_text(c, c->item, "BucketRegion") : "";
    const struct {
        const char *name, *value;
    } values[] = {{"{name}", name_of(resource)}, {"{key}", c->key ? c->key : ""},
                  {"{arn}", resource},           {"{region}", c->region},
                  {"{home}", c->home},           {"{account}", c->account},
                  {"{alias}", c->account_name},  {"{bucket}", *bucket ? bucket : c->home}};
    struct buf out = BUF_INIT(65536);
    const char *filled;

    while (text && *text) {
        size_t i = 0, n = sizeof(values) / sizeof(values[0]);

        while (*text == '{' && i < n && strncmp(text, values[i].name, strlen(values[i].name)) != 0)
            i++;
        if (*text == '{' && i < n) {
            put_word(&out, values[i].value ? values[i].value : "");
            text += strlen(values[i].name);
        } else {
            buf_addc(&out, *text++);
        }
    }
    filled = arena_strdup(c->report->arena, buf_cstr(&out));
    buf_release(&out);
    return filled;
}
