#!/bin/sh
# runbook health and capabilities: states, values beside their limits, what was not read, and how the command ends.
# A-09, A-12, A-13, A-24, A-27, A-52.
. "${RB_SRCDIR:-.}/tests/lib/tap.sh"
. "${RB_SRCDIR:-.}/tests/lib/aws.sh"
AWS_MAX_ATTEMPTS=1
export AWS_MAX_ATTEMPTS

run() {
    want=$1
    shift
    timeout 300 "$runbook" "$@" >out 2>errs </dev/null
    code=$?
    if [ "$code" = "$want" ]; then ok "exit $want of $*"; else not_ok "exit $want of $*" "exit $code" out errs; fi
}

# Points for the first query (the CPU of i-0aa), none for the others, as CloudWatch says it.
others=$(n=2; while [ $n -le 40 ]; do printf ', {"Id": "q%s", "Label": "x", "Timestamps": "", "Values": "", "StatusCode": "Complete"}' $n; n=$((n + 1)); done)
cat >rules.json <<END
[{"service": "dynamodb", "operation": "DescribeTable", "match": "large", "headers": {"Content-Type": "application/x-amz-json-1.0"},
  "body": "{\\"Table\\":{\\"TableName\\":\\"large\\",\\"TableSizeBytes\\":9007199254740993,\\"ItemCount\\":-9223372036854775807}}"},
 {"service": "ec2", "operation": "DescribeInstances", "json": {"reservationSet": {"item": [{"instancesSet": {"item": [
   {"instanceId": "i-0aa", "instanceState": {"name": "running"}, "tagSet": {"item": [{"key": "Name", "value": "shop\\u202e-1"}]}},
   {"instanceId": "i-0bb", "instanceState": {"name": "stopped"}},
   {"instanceId": "i-0cc", "instanceState": {"name": "running"}}]}}]}}},
 {"service": "ec2", "operation": "DescribeInstanceStatus", "region": "us-east-1", "status": 403, "error": "UnauthorizedOperation", "message": "not you"},
 {"service": "ec2", "operation": "DescribeInstanceStatus", "json": {"instanceStatusSet": {"item": [
   {"instanceId": "i-0aa", "instanceStatus": {"status": "impaired", "details": {"item": [{"name": "reachability", "status": "failed"}]}}, "systemStatus": {"status": "ok"}},
   {"instanceId": "i-0cc", "instanceStatus": {"status": "ok"}, "systemStatus": {"status": "ok"}}]}}},
 {"service": "cloudwatch", "operation": "GetMetricData", "region": "us-east-1", "json": {"MetricDataResults": ""}},
 {"service": "cloudwatch", "operation": "GetMetricData", "match": "CPUUtilization", "json": {"MetricDataResults": {"member": [
   {"Id": "q1", "Label": "x", "Timestamps": {"member": ["2026-11-21T00:00:00Z", "2026-11-21T00:05:00Z"]}, "Values": {"member": ["12", "97.5"]}, "StatusCode": "Complete"}$others]}}},
 {"service": "iam", "operation": "ListUsers", "json": {"Users": {"member": [{"UserId": "AIDA1", "UserName": "ann"}, {"UserId": "AIDA2", "UserName": "bob"}]}, "IsTruncated": "false"}},
 {"service": "iam", "operation": "ListMFADevices", "match": "UserName=ann", "json": {"MFADevices": {"member": [{"UserName": "ann", "SerialNumber": "arn:aws:iam::1:mfa/ann"}]}, "IsTruncated": "false"}},
 {"service": "iam", "operation": "ListMFADevices", "json": {"MFADevices": "", "IsTruncated": "false"}},
 {"service": "iam", "operation": "GetLoginProfile", "status": 404, "error": "NoSuchEntity", "message": "none"},
 {"service": "iam", "operation": "ListRoles", "status": 403, "error": "AccessDenied", "message": "not you"},
 {"service": "sqs", "operation": "ListQueues", "json": {"QueueUrl": ["https://sqs.eu-west-1.amazonaws.com/123456789012/jobs"]}},
 {"service": "sqs", "operation": "GetQueueAttributes", "json": {"Attribute": [{"Name": "ApproximateNumberOfMessagesNotVisible", "Value": "7"}, {"Name": "MessageRetentionPeriod", "Value": "345600"}]}}]
END
aws_begin "$fake" rules.json asked
# A double would make 9007199254740992 of it.
run 0 aws dynamodb DescribeTable TableName=large --region us-east-1 --json
holds "integers keep their digits" out '"TableSizeBytes":9007199254740993,"ItemCount":-9223372036854775807'
run 1 health ec2:instance
holds "what is not fine, with its value beside the limit" out '^unhealthy  *ec2:instance shop.*(i-0aa) eu-west-1 running' 'unhealthy  *instance-status .*: impaired' \
    'unhealthy  *instance-reachability .*: failed' 'warning  *cpu  *CPU: 97.5 % (> 90 %)' '^warning  *ec2:instance i-0bb eu-west-1 stopped'
lacks "what is fine is not listed" out 'i-0cc'
lacks "no bidi character of a tag reaches the terminal" out "$(printf '\342\200\256')"
holds "a summary" errs '^3 resources: 1 unhealthy, 1 with a warning, 0 not known, 1 ok; '
run 0 health ec2:instance i-0cc --verbose
holds "limits of what is fine" out 'ok  *scheduled-events .*(limit > 0)'
run 1 health i-0aa --json
holds "as JSON" out '"schema":"runbook.health/1"' '"health":"unhealthy"' '"type":"cpu","resource":"i-0aa","value":97.5,"threshold":90,"severity":"warning"'
run 0 health iam:user
holds "a user without MFA is listed" out '^warning  *iam:user bob' 'warning  *mfa  *MFA devices: 0 (< 1)'
lacks "one with it is not" out 'ann'
run 1 health iam
holds "what is denied is named as the permission" errs 'not permitted: iam ListRoles' 'it needs iam:ListRoles'
run 0 health --service sqs -v
holds "a queue" out 'messages in flight: 7 (limit >= 96000)'
run 1 health ec2:instance i-0cc --region us-east-1
holds "what could not be read is not known, never fine" out '^unknown  *ec2:instance i-0cc ' 'unknown  *instance-status .*not known: '
holds "and counted so" errs '^1 resources: 0 unhealthy, 0 with a warning, 1 not known, 0 ok; '
run 2 health
holds "what to look at has to be said" errs 'say what to look at'
run 1 health lamda
holds "a near name" errs "did you mean 'lambda'"
run 2 health ec2 --region 'no where'
aws_end
lacks "nothing but reads was asked" asked '^[a-z0-9]* \(Create\|Delete\|Put\|Update\|Modify\|Start\|Stop\|Terminate\)'
unset AWS_ENDPOINT_URL

# The matrix asks nobody, and has no unfinished cell.
run 0 capabilities
holds "kinds with their cells" out '^kind  *health  *metrics  *logs  *unusual  *changes' '^ec2:instance ' '^rds:instance ' '^lambda:function ' '^s3:bucket ' '^iam:user '
run 0 capabilities s3
holds "what changes it" out 'aws.s3.public-access-block'
run 0 capabilities iam:user
holds "why a cell is empty" out 'changes  *none: ' 'metric.*none: \|unusual  *none: '
run 0 capabilities --json
if python3 - <<'END' >py 2>&1; then ok "every cell is a capability or a reason"; else not_ok "every cell is a capability or a reason" "" py; fi
import json
kinds = json.load(open("out"))["kinds"]
assert len(kinds) >= 30, len(kinds)
for k in kinds:
    for cell in ("health", "metrics", "logs", "anomalies", "changes"):
        c = k[cell]
        assert bool(c["rows"]) != bool(c["why_none"]), (k["service"], k["kind"], cell)
END
run 1 capabilities nobody
done_testing
