#!/bin/sh
# runbook security against AWS by rules: what is found, joined, accepted, not read; as text, JSON, SARIF and CSV; nothing but reads is
# sent. A-12, A-13, A-21.
. "${RB_SRCDIR:-.}/tests/lib/tap.sh"
. "${RB_SRCDIR:-.}/tests/lib/aws.sh"
command -v python3 >/dev/null || skip_all "python3 is not installed"

cat >rules.json <<'END'
[{"service": "sts", "operation": "GetCallerIdentity", "json": {"Account": "123456789012", "Arn": "arn:aws:iam::123456789012:user/ops"}},
 {"service": "s3", "operation": "ListBuckets", "root": "ListAllMyBucketsResult", "json": {"Buckets": {"Bucket": [{"Name": "site"}, {"Name": "vault"}, {"Name": "hidden"}]}}},
 {"service": "s3", "operation": "GetBucketAcl", "match": "hidden", "error": "AccessDenied", "message": "no", "status": 403},
 {"service": "s3", "operation": "GetBucketAcl", "match": "site", "root": "AccessControlPolicy", "json": {"AccessControlList": {"Grant": [{"Grantee": {"URI": "http://acs.amazonaws.com/groups/global/AllUsers"}, "Permission": "READ"}]}}},
 {"service": "s3", "operation": "GetBucketAcl", "root": "AccessControlPolicy", "json": {"AccessControlList": {"Grant": [{"Grantee": {"ID": "75aa"}, "Permission": "FULL_CONTROL"}]}}},
 {"service": "s3", "operation": "GetPublicAccessBlock", "match": "site", "error": "NoSuchPublicAccessBlockConfiguration", "message": "none", "status": 404},
 {"service": "s3", "operation": "GetPublicAccessBlock", "root": "PublicAccessBlockConfiguration", "json": {"BlockPublicAcls": "true", "IgnorePublicAcls": "true", "BlockPublicPolicy": "true", "RestrictPublicBuckets": "true"}},
 {"service": "s3", "operation": "GetBucketPolicyStatus", "error": "NoSuchBucketPolicy", "message": "none", "status": 404},
 {"service": "s3", "operation": "GetBucketEncryption", "match": "vault", "error": "ServerSideEncryptionConfigurationNotFoundError", "message": "none", "status": 404},
 {"service": "s3", "operation": "GetBucketEncryption", "root": "ServerSideEncryptionConfiguration", "json": {"Rule": {"ApplyServerSideEncryptionByDefault": {"SSEAlgorithm": "AES256"}}}},
 {"service": "s3", "operation": "GetBucketLogging", "root": "BucketLoggingStatus", "json": {"LoggingEnabled": {"TargetBucket": "logs"}}},
 {"service": "s3control", "operation": "GetPublicAccessBlock", "error": "NoSuchPublicAccessBlockConfiguration", "message": "none", "status": 404},
 {"service": "ec2", "operation": "DescribeSecurityGroups", "json": {"securityGroupInfo": {"item": [{"groupId": "sg-1", "groupName": "web", "vpcId": "vpc-1", "ipPermissions": {"item": [{"ipProtocol": "tcp", "fromPort": "22", "toPort": "22", "ipRanges": {"item": [{"cidrIp": "0.0.0.0/0"}]}}]}}]}}},
 {"service": "iam", "operation": "GenerateCredentialReport", "times": 1, "json": {"State": "STARTED"}},
 {"service": "iam", "operation": "GenerateCredentialReport", "json": {"State": "COMPLETE"}},
 {"service": "iam", "operation": "GetCredentialReport", "error": "AccessDenied", "message": "no", "status": 403},
 {"service": "iam", "operation": "ListUsers", "json": {"Users": {"member": [{"UserName": "bob", "Arn": "arn:aws:iam::123456789012:user/bob"}, {"UserName": "eve", "Arn": "arn:aws:iam::123456789012:user/eve"}]}}},
 {"service": "iam", "operation": "ListMFADevices", "json": {"MFADevices": ""}},
 {"service": "iam", "operation": "GetLoginProfile", "json": {"LoginProfile": {"UserName": "bob"}}},
 {"service": "iam", "operation": "ListAccessKeys", "json": {"AccessKeyMetadata": ""}},
 {"service": "securityhub", "operation": "GetFindings", "match": "\"NextToken\":\"two\"", "json": {"Findings": [
   {"Id": "h2", "AwsAccountId": "123456789012", "Region": "eu-west-1", "Title": "Something else", "Severity": {"Label": "LOW"}, "Workflow": {"Status": "SUPPRESSED"}, "Resources": [{"Type": "AwsSqsQueue", "Id": "arn:aws:sqs:eu-west-1:123456789012:q"}]}]}},
 {"service": "securityhub", "operation": "GetFindings", "json": {"NextToken": "two", "Findings": [
   {"Id": "h1", "AwsAccountId": "123456789012", "Region": "eu-west-1", "Title": "SSH", "Severity": {"Label": "CRITICAL"}, "Compliance": {"Status": "FAILED", "SecurityControlId": "EC2.13"}, "Workflow": {"Status": "NOTIFIED"},
    "Resources": [{"Type": "AwsEc2SecurityGroup", "Id": "arn:aws:ec2:eu-west-1:123456789012:security-group/sg-1"}]},
   {"Id": "h0", "Title": "over", "Compliance": {"Status": "PASSED"}}]}},
 {"service": "guardduty", "operation": "ListDetectors", "json": {"detectorIds": ["d1"]}},
 {"service": "guardduty", "operation": "ListFindings", "json": {"findingIds": ["g1"]}},
 {"service": "guardduty", "operation": "GetFindings", "match": ["d1", "g1"], "json": {"findings": [{"id": "g1", "type": "Recon:EC2/Portscan", "severity": 8, "title": "A port is scanned",
   "resource": {"resourceType": "Instance", "instanceDetails": {"instanceId": "i-1"}}, "service": {"count": 3, "archived": false}}]}}]
END
aws_begin "$fake" rules.json asked


run 1 security
holds "a public bucket, an open port, a user without MFA" out '^critical .*ACL lets everybody in (s3-public-acl)' \
    'GetBucketAcl: Grant to AllUsers is READ' ' resource *arn:aws:s3:::site' 'ipPermissions tcp 22-22 from 0.0.0.0/0 reaches 22 (SSH)' \
    '^high .*A user has a password and no MFA' 'user/bob$' 'ListMFADevices: none' '^medium .*no default encryption'
holds "Security Hub and GuardDuty" out '^critical .*opens a way in to everybody (ec2-entry-port-open)' 'A port is scanned' 'seen 3 times'
holds "what was not read" errs 'not read: s3 GetBucketAcl in global of 123456789012 (1 of 3 calls): AccessDenied' 'not read: iam GetCredentialReport'
holds "several of one check are one entry" out '^high *A user has a password and no MFA, 2 of them (iam-user-mfa)' 'user/eve$'
if grep -q 'arn:aws:s3:::hidden' out; then not_ok "what is not known is not judged" "" out; else ok "what is not known is not judged"; fi
run 1 security --check s3-public-acl
holds "one check: each finding by itself" out '^critical *arn:aws:s3:::site .*ACL' 'act *aws.s3.public-access-block bucket=site region=eu-west-1 account=default'
if grep -q 'arn:aws:s3:::vault' out; then not_ok "a bucket that blocks is not public" "" out; else ok "a bucket that blocks is not public"; fi

run 0 security --check ec2-entry-port-open --long
holds "one check, and the fix that can be proposed" out 'act *aws.ec2.revoke-rule group=sg-1 direction=ingress protocol=tcp from=22 to=22 source=0.0.0.0/0 region=eu-west-1 account=default' \
    'reference *FSBP EC2.13'
holds "a summary" errs '^0 critical, 1 high, 0 medium'
run 3 security --check ec2-entry-port-open --fail-on high
run 0 security --check ec2-entry-port-open --fail-on critical
run 0 security --check ec2-entry-port-open --severity critical
if [ -s out ]; then not_ok "what is less severe is left out" "" out; else ok "what is less severe is left out"; fi
run 2 security --check ec2-entry-port
holds "an unknown check" errs "no check is called 'ec2-entry-port'"

run 1 security --json
python3 - out <<'END' && ok "JSON: joined by control and resource, suppressed by Security Hub, two pages" || not_ok "JSON" "" out
import json, sys
d = json.load(open(sys.argv[1]))
assert d["schema"] == "runbook.security/1" and d["checks"] >= 30 and d["closed"] == 1, d["closed"]
f = {x["check"]: x for x in d["findings"]}
g = f["ec2-entry-port-open"]
assert g["severity"] == "critical" and g["also"] == "securityhub EC2.13" and g["status"] == "NOTIFIED", g
assert "EC2.13" not in f
assert [x for x in d["findings"] if x["resource"].endswith(":q")][0]["suppressed"].startswith("Security Hub")
assert f["Recon:EC2/Portscan"]["severity"] == "high" and f["Recon:EC2/Portscan"]["source"] == "guardduty"
assert any(c["operation"] == "GetBucketAcl" and c["end"] == "denied" and c["failed_calls"] == 1 for c in d["cells"])
ranks = [["info", "low", "medium", "high", "critical"].index(x["severity"]) for x in d["findings"]]
assert ranks == sorted(ranks, reverse=True)
END

run 1 security --sarif
python3 - out <<'END' && ok "SARIF 2.1.0" || not_ok "SARIF" "" out
import json, sys, urllib.parse
d = json.load(open(sys.argv[1]))
assert d["version"] == "2.1.0" and d["$schema"].endswith("sarif-schema-2.1.0.json") and len(d["runs"]) == 1
run = d["runs"][0]
rules = run["tool"]["driver"]["rules"]
assert run["tool"]["driver"]["name"] == "runbook" and len({r["id"] for r in rules}) == len(rules)
assert run["results"]
for r in run["results"]:
    assert rules[r["ruleIndex"]]["id"] == r["ruleId"] and r["level"] in ("none", "note", "warning", "error") and r["kind"] == "fail"
    assert r["message"]["text"] and r["partialFingerprints"]["runbook/v1"]
    place = r["locations"][0]
    assert urllib.parse.urlparse(place["physicalLocation"]["artifactLocation"]["uri"]).scheme == "aws"
    assert place["logicalLocations"][0]["fullyQualifiedName"]
assert run["invocations"][0]["executionSuccessful"] is False
assert any("GetBucketAcl" in n["message"]["text"] for n in run["invocations"][0]["toolExecutionNotifications"])
assert any(r["suppressions"] for r in run["results"])
END

run 1 security --csv
holds "CSV" out '^id,severity,service,check' ',"s3-public-acl","runbook","arn:aws:s3:::site",'

cat >"$XDG_CONFIG_HOME/runbook/security.yaml" <<'END'
accepted:
  - check: ec2-*
    resource: "*sg-1"
    reason: a bastion
    expires: 2999-12-31
  - check: s3-encryption
    resource: "*"
    reason: it was
    expires: 2020-01-01
END
run 0 security --check ec2-entry-port-open --fail-on low
if [ -s out ]; then not_ok "what is accepted is not shown" "" out; else ok "what is accepted is not shown"; fi
run 0 security --check ec2-entry-port-open --suppressed --long
holds "... unless it is wanted, with the reason" out 'accepted until 2999-12-31: a bastion'
run 0 security --check s3-encryption
holds "what was accepted counts again" out 'arn:aws:s3:::vault'
holds "... and that is said" errs 'line 6: s3-encryption of \* was accepted until 2020-01-01 and counts again'
printf 'accepted:\n  - check: s3-encryption\n    resource: x\n    reason: r\n    expires: soon\n' >bad.yaml
run 2 security --accepted bad.yaml
holds "a mistake in it" errs "bad.yaml:5:14: 'expires' must be a day"

aws_end
if grep -v -E ' (Describe|List|Get|Generate)[A-Za-z]* ' asked | grep -q .; then not_ok "nothing but reads" "" asked; else ok "nothing but reads"; fi
holds "a bucket is asked for its ACL once a run" asked '^s3 GetBucketAcl'
done_testing
