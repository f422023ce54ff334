#!/bin/sh
# runbook policy print --iam: the document of each feature holds exactly the actions that its commands are seen to need on the
# wire, nothing is in a document that no table names, and what changes something is sent by nobody but an approved mutation.
# The patterns' part is test_iam_patterns.sh, that of each change and of `query` test_iam_wire.sh. A-17, R-39, R-41.
. "${RB_SRCDIR:-.}/tests/lib/tap.sh"
. "${RB_SRCDIR:-.}/tests/lib/iam.sh"

cat >rules <<'RULES'
[{"service": "sts", "json": {"Account": "123456789012", "Arn": "arn:aws:iam::123456789012:user/ann", "UserId": "AIDA"}},
 {"operation": "DescribeRegions", "json": {"regionInfo": {"item": [{"regionName": "us-east-1"}]}}},
 {"operation": "DescribeInstances", "json": {"reservationSet": {"item": {"instancesSet": {"item": [{"instanceId":
   "i-0123456789abcdef0", "instanceType": "m5.large", "instanceState": {"name": "running"}}]}}}}},
 {"operation": "ListClusters", "service": "ecs", "json": {"clusterArns": ["arn:aws:ecs:us-east-1:123456789012:cluster/main"]}},
 {"operation": "ListServices", "service": "ecs", "json": {"serviceArns": ["arn:aws:ecs:us-east-1:123456789012:service/main/a"]}},
 {"operation": "ListTables", "json": {"TableNames": ["carts"]}},
 {"operation": "ListBuckets", "json": {"Buckets": {"Bucket": {"Name": "reports"}}}}]
RULES

# The same world where every other list holds one made-up item, so that all that hangs from it is asked, too; what is asked only of
# an item of some kind gets that one.
now=$(date -u +%Y-%m-%dT%H:%M:%SZ)
cat >one <<RULES
[{"otherwise": "one"},
 {"service": "sts", "operation": "GetCallerIdentity", "json": {"Account": "123456789012", "Arn": "arn:aws:iam::123456789012:user/ann", "UserId": "AIDA"}},
 {"service": "sts", "operation": "AssumeRole", "json": {"Credentials": {"AccessKeyId": "ASIAIOSFODNN7EXAMPLE", "SecretAccessKey": "x",
   "SessionToken": "t", "Expiration": "2099-01-01T00:00:00Z"}}},
 {"operation": "DescribeRegions", "json": {"regionInfo": {"item": [{"regionName": "us-east-1"}]}}},
 {"service": "ecs", "operation": "DescribeServices", "json": {"services": [{"serviceName": "one-1", "status": "ACTIVE",
   "serviceArn": "arn:aws:ecs:us-east-1:123456789012:service/one-1", "taskDefinition": "arn:aws:ecs:us-east-1:123456789012:task-definition/a:1"}]}},
 {"service": "kms", "operation": "DescribeKey", "json": {"KeyMetadata": {"KeyId": "one-1", "KeyManager": "CUSTOMER", "KeyState": "Enabled",
   "Arn": "arn:aws:kms:us-east-1:123456789012:key/one-1", "Enabled": true, "Origin": "AWS_KMS", "KeySpec": "SYMMETRIC_DEFAULT"}}},
 {"service": "sso-admin", "operation": "ListInstances", "json": {"Instances": [{"InstanceArn": "arn:aws:sso:::instance/one-1", "IdentityStoreId": "d-1"}]}},
 {"service": "service-quotas", "operation": "ListServices", "json": {"Services": [{"ServiceCode": "ec2", "ServiceName": "one-1"}]}},
 {"service": "application-autoscaling", "operation": "DescribeScalableTargets", "json": {"ScalableTargets": [{"ServiceNamespace": "ecs",
   "ResourceId": "service/main/one-1", "ScalableDimension": "ecs:service:DesiredCount"}]}},
 {"operation": "GenerateCredentialReport", "json": {"State": "COMPLETE"}},
 {"operation": "GetCredentialReport", "error": "AccessDenied"},
 {"service": "rds", "operation": "DescribeDBSnapshots", "json": {"DBSnapshots": {"DBSnapshot": {"DBSnapshotIdentifier": "one-1", "SnapshotType": "manual"}}}},
 {"service": "rds", "operation": "DescribeDBClusterSnapshots", "json": {"DBClusterSnapshots": {"DBClusterSnapshot":
   {"DBClusterSnapshotIdentifier": "one-1", "SnapshotType": "manual"}}}},
 {"service": "elbv2", "operation": "DescribeLoadBalancers", "json": {"LoadBalancers": {"member": {"LoadBalancerName": "one-1", "Type": "application",
   "LoadBalancerArn": "arn:aws:elasticloadbalancing:us-east-1:123456789012:loadbalancer/app/one-1/1", "State": {"Code": "active"}}}}},
 {"service": "elbv2", "operation": "DescribeTargetGroups", "json": {"TargetGroups": {"member": {"TargetGroupName": "one-1",
   "TargetGroupArn": "arn:aws:elasticloadbalancing:us-east-1:123456789012:targetgroup/one-1/1",
   "LoadBalancerArns": {"member": "arn:aws:elasticloadbalancing:us-east-1:123456789012:loadbalancer/app/one-1/1"}}}}},
 {"operation": "GetLogEvents", "json": {"events": []}},
 {"operation": "StartQuery", "json": {"queryId": "q-1"}},
 {"operation": "GetQueryResults", "json": {"status": "Running", "results": []}},
 {"service": "cloudformation", "operation": "DescribeStacks", "json": {"Stacks": {"member": {"StackName": "one-1", "StackStatus": "UPDATE_COMPLETE",
   "StackId": "arn:aws:cloudformation:us-east-1:123456789012:stack/one-1/1", "LastUpdatedTime": "$now", "CreationTime": "2026-01-01T00:00:00Z"}}}},
 {"service": "lambda", "operation": "ListFunctions", "json": {"Functions": [{"FunctionName": "one-1", "LastModified": "$now",
   "FunctionArn": "arn:aws:lambda:us-east-1:123456789012:function:one-1"}]}},
 {"operation": "SelectResourceConfig", "json": {"Results": ["{\\"resourceType\\": \\"AWS::EC2::Instance\\", \\"resourceId\\": \\"i-0123456789abcdef0\\"}"]}},
 {"operation": "DescribeTrustedAdvisorChecks", "times": 1, "json": {"checks": [{"id": "c-1", "name": "c", "category": "security", "description": "d",
   "metadata": []}]}},
 {"operation": "DescribeTrustedAdvisorChecks", "status": 400, "error": "SubscriptionRequiredException"},
 {"operation": "DescribeTrustedAdvisorCheckSummaries", "json": {"summaries": [{"checkId": "c-1", "status": "error", "timestamp": "$now",
   "hasFlaggedResources": true, "resourcesSummary": {"resourcesProcessed": 1, "resourcesFlagged": 1, "resourcesIgnored": 0, "resourcesSuppressed": 0}}]}},
 {"service": "trustedadvisor", "operation": "ListRecommendations", "json": {"recommendationSummaries": [{"id": "r-1", "name": "r", "status": "error",
   "arn": "arn:aws:trustedadvisor::123456789012:recommendation/r-1", "type": "standard", "pillars": ["security"], "source": "ta_check",
   "resourcesAggregates": {"okCount": 0, "warningCount": 0, "errorCount": 1}}]}}]
RULES
cat >events.yaml <<'SKILL'
id: events
name: Events
description: What AWS Health says.
steps: [{id: a, action: aws_events}]
SKILL

# covered NAME LEAST COMMAND FEATURE...: it sends LEAST actions at least, all of them in the document.
covered() {
    name=$1 least=$2 command=$3
    shift 3
    begin
    # shellcheck disable=SC2086
    timeout 120 "$runbook" $command >out 2>errs </dev/null
    code=$?
    end
    [ $code -lt 126 ] || { not_ok "$name" "exit $code" errs; return; }
    actions >wire
    document "$@" >may
    comm -23 wire may >extra
    if [ -s extra ]; then
        not_ok "$name" "sent, and not in the document:" extra
    elif [ "$(wc -l <wire)" -lt "$least" ]; then
        not_ok "$name" "only $(wc -l <wire) actions were seen" wire errs
    else
        ok "$name: $(wc -l <wire) actions"
    fi
}

# exact FEATURE [BESIDES...]: stdin has the commands that ask all that the feature can ask, a line each. What was seen on the wire,
# but for the actions BESIDES, is what the document says, in both directions.
exact() {
    feature=$1
    shift
    begin one
    [ "$feature" != models ] ||
        printf 'llm: {provider: bedrock, model: anthropic.claude-x, base_url: "%s", retries: 0}\n' "$AWS_ENDPOINT_URL" >"$XDG_CONFIG_HOME/runbook/config.yaml"
    while read -r line; do
        # shellcheck disable=SC2086
        timeout 120 "$runbook" $line >out 2>errs </dev/null
        code=$?
        [ $code -lt 126 ] || not_ok "$feature: $line" "exit $code" errs
    done
    end
    actions >seen
    for besides in "$@"; do
        grep -v "^$besides\$" seen >fewer
        mv fewer seen
    done
    document "$feature" >may
    comm -23 seen may | sed 's/$/: asked, and not in the document/' >wrong
    comm -13 seen may | sed 's/$/: in the document, and never asked/' >>wrong
    if [ -s wrong ] || [ ! -s may ]; then not_ok "$feature is what the wire shows" wrong errs; else ok "$feature is what the wire shows: $(wc -l <may) actions"; fi
}

exact inventory <<'COMMANDS'
scan --all
resources --service service-quotas:quota
COMMANDS
exact health <<'COMMANDS'
health all
COMMANDS
exact security <<'COMMANDS'
security
COMMANDS
exact metrics <<'COMMANDS'
cloudwatch metrics AWS/EC2 CPUUtilization -d InstanceId=i-1
cloudwatch list AWS/EC2
cloudwatch alarms
cloudwatch history
COMMANDS
exact logs <<'COMMANDS'
cloudwatch groups
cloudwatch groups --streams /aws/x
cloudwatch logs /aws/x
cloudwatch logs /aws/x --stream s
cloudwatch insights fields -g one-1 --timeout 1s
cloudwatch tail one-1 --for 1s
COMMANDS
exact traces <<'COMMANDS'
cloudwatch map
cloudwatch traces
cloudwatch traces 1-5759e988-bd862e3fe1be46a994272793
COMMANDS
exact changes <<'COMMANDS'
changes
changes --resource i-0123456789abcdef0
COMMANDS
exact cost <<'COMMANDS'
spend
COMMANDS
exact advisor <<'COMMANDS'
advisor
advisor
COMMANDS
exact events <<'COMMANDS'
skill run events.yaml --plain
COMMANDS
mkdir -p "$XDG_CONFIG_HOME/runbook"
exact models <<'COMMANDS'
ask why is it slow today
COMMANDS
rm "$XDG_CONFIG_HOME/runbook/config.yaml"
cat >"$XDG_CONFIG_HOME/runbook/services.yaml" <<'ACCOUNTS'
aws:
  accounts:
    - {name: prod, role_arn: "arn:aws:iam::123456789012:role/reader"}
ACCOUNTS
exact accounts sqs:ListQueues <<'COMMANDS'
resources --service sqs:queue --region all
COMMANDS
rm "$XDG_CONFIG_HOME/runbook/services.yaml"
# Every feature is compared, here or where it is said.
"$runbook" policy print --iam | grep -o '"feature":"[a-z.0-9-]*"' | cut -d'"' -f4 | grep -v '^aws\.' | sort >features
printf '%s\n' accounts advisor changes cost events health inventory logs metrics models patterns query security traces >compared
if cmp -s features compared; then ok "every feature is compared"; else not_ok "every feature is compared" features; fi

covered "one question" 1 "aws ec2 DescribeInstances" query
covered "a dry run" 1 "act aws.ec2.stop instance=i-0123456789abcdef0 region=us-east-1 --dry-run" aws.ec2.stop
covered "a proposal" 1 "act aws.ec2.stop instance=i-0123456789abcdef0 region=us-east-1" aws.ec2.stop
if grep -q StopInstances asked; then not_ok "nothing without an answer" asked; else ok "nothing without an answer"; fi

# Nothing is in a document that is neither a read operation nor a change of a row; but for what has no definition.
"$runbook" policy print --iam | grep -o '"[a-z0-9-][a-z0-9-]*:[A-Za-z0-9][A-Za-z0-9]*"' | tr -d '"' | sort -u >all
document query mutations >known
printf 'bedrock:InvokeModelWithResponseStream\nsts:AssumeRole\n' | sort -u - known >named
comm -23 all named >extra
if [ -s extra ]; then not_ok "nothing that no table names" extra; else ok "nothing that no table names"; fi
comm -13 all named >unnamed
if [ -s unnamed ]; then not_ok "everything that a table names" unnamed; else ok "everything that a table names"; fi

# What changes something has one way.
for op in ec2:stop-instances ecs:UpdateService lambda:Invoke s3:PutPublicAccessBlock; do
    "$runbook" aws "${op%%:*}" "${op##*:}" >out 2>errs
    code=$?
    if [ $code != 0 ] && grep -q "changes something.*'runbook act aws\." errs; then
        ok "$op is not asked"
    else
        not_ok "$op is not asked" "exit $code" errs
    fi
done
# What nobody may ask is refused with its reason, listed nowhere, and in no document but where the program does it itself.
for op in sts:assume-role sts:GetSessionToken secretsmanager:GetSecretValue secretsmanager:GetRandomPassword \
    sqs:receive-message sqs-json:ReceiveMessage ecr:GetAuthorizationToken ec2:GetPasswordData; do
    "$runbook" aws "${op%%:*}" "${op##*:}" QueueUrl=x SecretId=x >out 2>errs
    code=$?
    if [ $code = 1 ] && [ ! -s out ] && grep -q 'is asked for nobody here: ' errs; then
        ok "$op is closed"
    else
        not_ok "$op is closed" "exit $code" out errs
    fi
done
for service in sts secretsmanager sqs sqs-json ecr; do "$runbook" aws $service; done >out
if grep -qiE 'assumerole|sessiontoken|getsecretvalue|password|receivemessage|authorizationtoken' out; then
    not_ok "closed operations are not listed" out
else
    ok "closed operations are not listed"
fi
if grep -E ':(GetSecretValue|BatchGetSecretValue|GetRandomPassword|ReceiveMessage|GetAuthorizationToken|GetSessionToken|GetPasswordData)$' all >out; then
    not_ok "closed operations are in no document" out
else
    ok "closed operations are in no document"
fi
"$runbook" policy print --iam --feature nobody >out 2>errs
code=$?
if [ $code = 2 ] && grep -q "there is no feature 'nobody'" errs; then ok "an unknown feature"; else not_ok "an unknown feature" "$code" errs; fi
"$runbook" policy print --feature metrics >out 2>errs
code=$?
if [ $code = 2 ] && grep -q -e '--feature belongs to --iam' errs; then ok "a feature alone"; else not_ok "a feature alone" "$code" errs; fi
done_testing
