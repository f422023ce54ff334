#!/bin/sh
# runbook resources, describe and aws against a server that answers from recorded exchanges: everything that is there is
# listed, what failed is named, throttling loses nothing, and nothing but reads is sent. A-16, R-36, R-37, R-38, R-41, R-42, A-02, A-03.
. "${RB_SRCDIR:-.}/tests/lib/tap.sh"
. "${RB_SRCDIR:-.}/tests/lib/aws.sh"
[ -d "$shared/aws-wire" ] || skip_all "no recorded exchanges"
mkdir -p "$XDG_CONFIG_HOME/runbook/aws"
AWS_REGION=us-east-1


aws_begin "$replay" "$shared" 0
run 0 resources --service ec2:instance --service lambda:function --service s3:bucket --service iam:user
holds "instances, functions, buckets and users" out 'ec2:instance *i-eeda2a39013e887f6 *orders-api-2 *running *us-east-1' \
    'lambda:function *payments-webhook' 's3:bucket *acme-logs' 'iam:user .*global'
holds "a summary" errs 'resources, 4 lists in'

run 0 resources --service ec2:instance --tag team=payments --region us-east-1 --region eu-west-1 --csv
holds "CSV of what has a tag, in two regions" out '^service,kind,id,name,state,health,region' '"running","ok","us-east-1"' '"eu-west-1"'
if grep -v '^service,' out | grep -v payments; then not_ok "a tag filters" "others came, too" out; else ok "a tag filters"; fi

run 1 resources --all --region us-east-1 --region eu-west-1 --json
tail -n 1 out >all.json
holds "everything, with what failed" all.json '"schema":"runbook.resources/1"' '"end":"refused","code":"NotRecorded"' '"kind":"cluster"'
all=$(tr ',' '\n' <all.json | grep -c '"arn":')
if [ "$all" -ge 400 ]; then ok "$all resources of every service"; else not_ok "resources of every service" "$all" ; fi

run 0 describe vpc-2973ff86658e8efeb --also ec2:subnet
holds "describe: the record, and what names it" out '^ec2:vpc vpc-2973ff86658e8efeb' '^name *prod-us-east-1' 'ec2:subnet subnet-6722cf9acd8053e0e' '"cidrBlock"'
run 0 describe arn:aws:rds:us-east-1:123456789012:db:orders-db --service rds:instance --alone --json
holds "describe by ARN" out '"schema":"runbook.describe/1","service":"rds","kind":"instance","id":"orders-db"' '"as":"DBSubnetGroup.VpcId"'
run 1 describe vpc-00000000000000000
holds "describe: not there" errs "'vpc-00000000000000000' is not in the one list that was read: ec2 DescribeVpcs"
run 1 describe something
holds "describe: what nobody knows is looked for everywhere" errs "'something' is not in the inventory: every service is asked" "'something' was not found"

run 0 accounts verify default
holds "the account of the environment goes by its name" out '^default 123456789012: [1-9][0-9]* lists can be read'
run 2 accounts verify defaults
holds "and by no other" errs "has no account 'defaults'"

run 0 --state-dir state scan --service ecr --service logs --service sns --region us-east-1
holds "a scan is kept" out '^Scan 1: [1-9][0-9]* resources.* 0 changed, 0 gone$'
run 0 --state-dir state scan --service ecr --service logs --service sns --region us-east-1 --json
holds "a second one finds nothing new" out '"scan":2,' '"added":0,"changed":0,"gone":0'
run 1 --state-dir state scan --service ecs --service ec2 --region us-east-1
holds "what was not read whole is said" errs 'places were not read whole'
run 0 --state-dir state scan list
holds "scans are listed" out '^   1 ' '^   3 .*places not whole'
run 0 --state-dir state scan diff --after 0 --upto 1
holds "what a scan found" out '^added *logs:log-group /app/batch-05'
run 0 --state-dir state scan show --json
holds "what is kept is shown without asking" out '"first_seen":' '"kind":"topic"'
run 0 --state-dir state describe /app/batch-05 --alone
holds "describe: the inventory says of which service it is" out '^logs:log-group /app/batch-05$' '^region *us-east-1$'
check "and no other is asked" sh -c '! grep -q "every service" errs'
run 2 --state-dir state scan --service ec2:instance
run 0 aws ec2 describe-vpcs
holds "a raw call" out '"vpcId": "vpc-2973ff86658e8efeb"'
run 0 aws ecs ListClusters --json
holds "a raw call as JSON" out '"schema":"runbook.aws/1","service":"ecs","operation":"ListClusters"' '"end":"whole"'
run 0 aws s3 ListObjectsV2 Bucket=acme-logs Prefix=elb/ Delimiter=/ --json
holds "the first list of an answer" out '"count":0,"items":\[\]'
holds "and its other list by its name" out '"also":{"CommonPrefixes":\[{"Prefix":"elb/2026/"}\]}}$'
run 0 aws s3 ListObjectsV2 Bucket=acme-logs Prefix=elb/ Delimiter=/
holds "without JSON it is said that there is one" errs 'the answer also has 1 CommonPrefixes; --json shows them'
run 0 aws ecs ListClusters --json
check "an answer with one list has no other" sh -c '! grep -q "\"also\"" out'
run 0 aws s3 ListObjectsV2 Bucket=acme-logs Prefix=elb/ Delimiter=/ --whole --json
holds "a whole answer, and what S3 encodes" out '"count":1,' '"CommonPrefixes":{"Prefix":"elb/2026/"}' '"Delimiter":"/"'
run 1 aws ecs DescribeClusters 'clusters[]=nobody'
holds "a refusal is said" errs 'NotRecorded'
run 1 aws ec2 TerminateInstances 'InstanceIds[]=i-1'
holds "nothing but reads can be asked" errs 'here is only read'
run 1 aws ssm GetParameter Name=x 'WithDecryption:=true'
holds "secrets are not decrypted" errs 'WithDecryption would show secrets'
run 2 aws ec3
run 2 aws ec3 DescribeInstances
holds "a service that is none" errs "did you mean 'ec2'?"
run 2 aws ec2 describe-instancs
holds "an operation that is none" errs 'DescribeInstances'
run 2 resources --service ec2:vpc --region eu-wst-1
holds "a region that is none, and the nearest" errs "'eu-wst-1' is no region of AWS; did you mean 'eu-west-1'"
for line in 'scan --all' 'aws ec2 DescribeVpcs' 'describe vpc-2973ff86658e8efeb' security 'health --all' changes spend 'cloudwatch alarms' \
    'cloudwatch metrics AWS/EC2 CPUUtilization' 'cloudwatch logs /aws/x' 'cloudwatch traces'; do
    # shellcheck disable=SC2086 # words
    run 2 $line --region eu-wst-1
    grep -q "did you mean 'eu-west-1'" errs || not_ok "a region that is none: $line" errs
done
run 1 resources --service ec2:vpc --region eu-west-9
holds "one that may be new is asked" errs 'ec2 DescribeVpcs in eu-west-9'
run 2 resources --service ec3
holds "a service that is none, and the nearest" errs "no service 'ec3' is defined; did you mean 'ec2'?"
run 0 resources --service ec2:instance --where 'state == "running" and tags.nothing == null' --csv
holds "a condition filters" out '"ec2","instance","i-eeda2a39013e887f6".*"running"'
check "and nothing else is there" sh -c '! grep -v running out | grep -q ec2'
run 0 resources --service ec2:instance --where 'record.instanceState.name == "running" and region in ["us-east-1"]' --json
holds "also over the whole record" out '"i-eeda2a39013e887f6"' '"undecided":0'
run 2 resources --all --where 'stat == "running"'
holds "a mistake in it has a column" errs 'where: column 1: there is no field .stat.; there are service, kind'
run 1 resources --service ec2:instance --where 'state > 3'
holds "what cannot be compared is said" errs 'cannot be decided for [1-9][0-9]* resource' 'column\|is a text\|<\|>'
run 0 --state-dir state scan show --where 'service == "sns" and kind == "topic"' --json
holds "what was kept is filtered, too" out '"kind":"topic"'
check "by the same condition" sh -c '! grep -q log-group out'
run 0 ask 'list ec2 instances in us-east-1'
holds "a question is one call" out 'i-eeda2a39013e887f6' 'ec2:instance in us-east-1'
run 0 ask 'which security groups of vpc-000'
holds "and none of the kind is an answer" out 'there is nothing of the kind'
run 0 ask 'list clusters'
holds "what is not clear is asked" out 'Which clusters: of ecs'
run 0 ask 'stop instance i-eeda2a39013e887f6 in us-east-1'
holds "a change is said, not done" out 'runbook act aws.ec2.stop instance=i-eeda2a39013e887f6 region=us-east-1'
run 2 resources
holds "what to look for has to be said" errs 'say what to look for'
aws_end

# A definition of one's own, and one with a mistake.
printf 'extends: ecs\noperations: {ListThings: {items: things}}\n' >"$XDG_CONFIG_HOME/runbook/aws/ecs.yaml"
printf 'id: mine\nprotocol: soap\nhost: h\n' >"$XDG_CONFIG_HOME/runbook/aws/mine.yaml"
run 0 aws ecs
holds "an operation of one's own" out ListThings ListClusters
run 2 aws mine ListThings
holds "a mistake has a line" errs "mine.yaml, line 2 column 11: 'protocol' must be"
rm -r "$XDG_CONFIG_HOME/runbook/aws"

# Two accounts of services.yaml, two regions, most requests throttled once: nothing is lost.
cat >"$HOME/.aws/credentials" <<'END'
[main]
aws_access_key_id = AKIAIOSFODNN7EXAMPLE
aws_secret_access_key = wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY
[again]
aws_access_key_id = AKIAIOSFODNN7EXAMPLE
aws_secret_access_key = wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY
END
mkdir -p "$XDG_CONFIG_HOME/runbook"
printf 'version: 1\naws:\n  accounts:\n    - {name: one, profile: main, regions: [us-east-1, eu-west-1]}\n    - {name: two, profile: again, regions: [us-east-1]}\n' >"$XDG_CONFIG_HOME/runbook/services.yaml"
unset AWS_ACCESS_KEY_ID AWS_SECRET_ACCESS_KEY
aws_begin "$replay" "$shared" 0
run 0 resources --service ec2:instance --service ec2:vpc --service lambda:function --service logs --csv
sort out >calm
holds "accounts and regions are told apart" out '"us-east-1","one","123456789012"' '"eu-west-1","one"' '"us-east-1","two"'
run 0 accounts
holds "accounts are listed" out '^one .*us-east-1,eu-west-1 *profile main' '^two '
run 0 accounts verify two --json
holds "an account is verified" out '"name":"two","account_id":"123456789012","usable":true' '"missing":\[\]'
aws_end
WIRE_DENY=1
export WIRE_DENY
aws_begin "$replay" "$shared" 0
unset WIRE_DENY
run 1 accounts verify two
holds "each missing permission is named" out '^two 123456789012: [1-9][0-9]* lists can be read' '^  missing ecs:DescribeClusters$' '^  missing apigateway:GET$'
aws_end
aws_begin "$replay" "$shared" 60
run 0 resources --service ec2:instance --service ec2:vpc --service lambda:function --service logs --csv
aws_end
sort out >throttled
if cmp -s calm throttled && grep -q 'answered.* [1-9][0-9]* throttled' served; then ok "throttling loses nothing"; else not_ok "throttling loses nothing" "they differ" errs served; fi
if grep -r 'wJalrXUtn' out errs calm; then not_ok "no key in any output" "there is"; else ok "no key in any output"; fi
done_testing
