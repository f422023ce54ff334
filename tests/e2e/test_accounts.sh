#!/bin/sh
# runbook accounts: add, list, verify, remove and scope, and the chain from a role to what is watched, against an AWS by
# rules. Each stage appears once, in order; a stage that fails is the last, with its cause, and nothing is written.
# A-01 A-02 A-04 A-51 R-38 C-11
. "${RB_SRCDIR:-.}/tests/lib/tap.sh"
. "${RB_SRCDIR:-.}/tests/lib/aws.sh"
unset AWS_REGION
AWS_MAX_ATTEMPTS=1
export AWS_MAX_ATTEMPTS
services=$XDG_CONFIG_HOME/runbook/services.yaml

asked() { grep -c "^$1 " log; } # SERVICE OPERATION: how often

# ---- the file ----
cat >"$services" <<'END2'
# what we look after
version: 1
aws:
  accounts:
    - name: old   # the first one
      profile: work
      is_default: true # for now
  default_region: eu-west-1
compute:
  - type: ecs # stays
END2
cp "$services" before.yaml
role=arn:aws:iam::123456789012:role/reader
run 0 accounts add prod --role-arn $role --external-id x-1 --region eu-west-1 --region us-east-1 --default
holds "an account is added" "$services" '^    - name: "prod"$' '^      role_arn: "arn:aws:iam::123456789012:role/reader"$' \
    '^      account_id: "123456789012"$' '^      regions: \[eu-west-1, us-east-1\]$' '^      is_default: true$'
holds "comments stay, and there is one default" "$services" '^# what we look after' 'name: old   # the first one' \
    'is_default: false # for now' 'type: ecs # stays'
run 0 accounts --json
holds "it is listed" out '"name":"old"' '"name":"prod","account_id":"123456789012"' '"regions":\["eu-west-1","us-east-1"\]'
run 2 accounts add prod --profile x
holds "a name stands once" errs 'services.yaml:[0-9]*: there is an account .prod. already'
run 0 accounts remove prod
run 1 accounts remove prod
holds "what is not there cannot be removed" errs 'has no account .prod.'
sed 's/is_default: false/is_default: true/' "$services" >after.yaml
check "removed, the file is as before" cmp -s before.yaml after.yaml
run 2 accounts add 'a b' --profile x
holds "a name that is none" errs "is no name for an account"
run 2 accounts add b
holds "keys are needed" errs 'say whose keys it has: --role-arn ARN, --profile NAME'
run 2 accounts add b --role-arn arn:aws:s3:::x
holds "a role's ARN" errs 'is no ARN of a role; one is arn:aws:iam'
run 2 accounts add b --profile x --region Mars
holds "a region" errs 'is no region of AWS'
printf 'aws: {accounts: [{name: a, profile: b}]}\n' >"$services"
run 2 accounts add c --profile x
holds "what is in brackets is not touched" errs 'services.yaml:1: accounts stand here in a form that is not changed'
check "at all" grep -q '^aws: {accounts: \[{name: a, profile: b}\]}$' "$services"
rm "$services"
run 0 accounts add first --profile x
holds "a file is made" "$services" '^version: 1$' '^aws:$' '^  accounts:$' '^    - name: "first"$'
run 0 accounts remove first
run 0 accounts add again --profile x
holds "an empty list is filled" "$services" '^    - name: "again"$'
rm "$services"

# ---- the chain ----
cat >rules.json <<'END2'
[{"service": "sts", "operation": "AssumeRole", "json": {"Credentials": {"AccessKeyId": "ASIAROLE", "SecretAccessKey": "Sown2yRoleKey",
  "SessionToken": "Sown2ySession", "Expiration": "2099-01-01T00:00:00Z"}}},
 {"service": "sts", "operation": "GetCallerIdentity", "json": {"Account": "123456789012", "Arn": "arn:aws:sts::123456789012:assumed-role/reader/x"}},
 {"service": "ec2", "operation": "DescribeRegions", "json": {"regionInfo": {"item": [{"regionName": "eu-west-1"}, {"regionName": "us-east-1"}]}}},
 {"service": "ec2", "operation": "DescribeInstances", "json": {"reservationSet": {"item": [{"instancesSet": {"item": [{"instanceId": "i-1"}]}}]}}},
 {"service": "sqs", "operation": "ListQueues", "json": {"QueueUrls": ["https://sqs/123456789012/orders"]}},
 {"service": "dynamodb", "operation": "ListTables", "status": 400, "error": "AccessDeniedException", "message": "no"}]
END2
aws_begin "$fake" rules.json log
run 0 accounts add prod --role-arn $role --external-id x-1 --scan
aws_end
sed 's/^\(. of 7  [a-z]*\).*/\1/' out >order
printf '1 of 7  role\n2 of 7  permissions\n3 of 7  regions\n4 of 7  scan\n5 of 7  inventory\n6 of 7  services\n7 of 7  watch\n' >wanted
if cmp -s order wanted; then ok "each stage once, in order"; else not_ok "each stage once, in order" "they are not" out; fi
holds "what each came to" out 'role .*account 123456789012' 'missing: dynamodb:ListTables' 'regions .*eu-west-1, us-east-1' 'scan .* resources' 'services .*ec2'
holds "the account is kept, with its regions and what is watched" "$services" 'name: "prod"' 'regions: \[eu-west-1, us-east-1\]' '  services: \[.*"ec2".*\]'
holds "the role was assumed first, with its external id" log 'AssumeRole .*ExternalId=x-1'
check "once" test "$(asked 'sts AssumeRole')" = 1
run 0 accounts --json
holds "what is known of it is kept" out '"verified":{"schema":"runbook.account/1","at_ms":[0-9]*,"account_id":"123456789012","arn":"arn:aws:sts::123456789012:assumed-role/reader/x","error":null' \
    '"missing":\["dynamodb:ListTables"\]' '"resources":[1-9][0-9]*,"seen_ms":[1-9]' '"found":{.*"ec2":' '"file":".*services.yaml"'
run 0 accounts
holds "for people, too" out 'verified 20.* UTC: arn:aws:sts::123456789012:assumed-role/reader/x, 1 missing; [0-9]* resources, seen 20'
aws_begin "$fake" rules.json log
run 1 accounts verify prod --events
aws_end
sed -n '1,3p' out >first
holds "verify tells how far it is" out '^{"event":"begin","at":1,"of":2,"stage":"role"}$' '^{"event":"stage","at":1,"of":2,"stage":"role","ok":true,"said":"arn:aws:sts' \
    '^{"event":"progress","done":[0-9]*,"known":[0-9]*,"resources":[0-9]*,"failed":[0-9]*}$' '^{"event":"stage","at":2,"of":2,"stage":"permissions","ok":true,"said":.*1 permission is missing'
tail -n 1 out >last
holds "the result last" last '^{"schema":"runbook.accounts.verify/1".*"missing":\["dynamodb:ListTables"\]'
run 0 scan show --json
holds "what was found is in the inventory" out '"id":"i-1"' '"region":"eu-west-1"'
check "no key is kept" sh -c '! grep -rq "Sown2y\|wJalrXUtn" home .runbook out errs log 2>/dev/null'

# A-51: what was not picked gets no call.
aws_begin "$fake" rules.json log
run 0 scan --all
aws_end
check "what is watched is asked" test "$(asked 'ec2 DescribeInstances')" -ge 2
check "and nothing else gets a call" sh -c "! grep -v '^ec2 \|^sqs \|^sts ' log | grep -q ."
run 0 accounts scope lambda
run 0 accounts scope
holds "another choice" out '^lambda$'
aws_begin "$fake" rules.json log
run 0 scan --all
run 0 resources --category compute
aws_end
check "an unpicked service gets no call" test "$(asked 'ec2 DescribeInstances')" = 0
check "a picked one does" test "$(asked 'lambda ListFunctions')" -ge 2
run 1 accounts scope lamda
holds "a service that is none" errs "did you mean 'lambda'"
run 0 accounts scope --all --json
run 0 accounts scope
holds "and all again" out 'every service is watched'
run 0 accounts remove prod
run 0 accounts add prod --profile x
run 0 accounts
holds "what is known of one goes with it" out 'never verified'
run 0 accounts remove prod
run 0 accounts add prod --profile x
run 0 accounts regions prod eu-west-1 us-east-1
run 0 accounts regions prod us-east-2
holds "another region" "$services" '^      regions: \[us-east-2\]$'
run 2 accounts regions prod Mars
run 1 accounts regions nobody us-east-2
holds "of an account that is none" errs 'has no account .nobody.'
run 0 accounts remove prod
printf 'x-22\n' | "$runbook" accounts add prod --role-arn $role --external-id - >out 2>errs
holds "an external id comes from stdin" "$services" 'external_id: "x-22"'
run 2 accounts add second --role-arn $role --external-id -
holds "or nothing does" errs 'nothing was written to stdin'
run 0 accounts remove prod

run 0 accounts add gone --profile nobody
AWS_ACCESS_KEY_ID='' AWS_SECRET_ACCESS_KEY='' timeout 60 "$runbook" accounts verify gone --json >out 2>errs </dev/null
holds "keys that are missing are the answer" out '"name":"gone".*"usable":false,"arn":null,"error":"[^"]*nobody'
run 0 accounts
holds "and are remembered" out 'gone' 'verified 20.* UTC: .*nobody'
run 0 accounts remove gone

# ---- stages that fail ----
failing() { # NAME RULE PATTERN: with this rule first, the chain ends with that line, and no account is written
    sed "1s/^\[/[$2,/" rules.json >rules.new
    cp rules.json rules.kept
    mv rules.new rules.json
    aws_begin "$fake" rules.json log
    run 1 accounts add prod --role-arn $role --external-id x-1 --scan
    aws_end
    mv rules.kept rules.json
    tail -n 1 out >last
    holds "$1" last "$3"
    check "$1: nothing is written" sh -c "! grep -q prod '$services'"
}
failing "a role that may not be assumed" '{"service": "sts", "operation": "AssumeRole", "status": 403, "error": "AccessDenied", "message": "not you"}' '^1 of 7 *role *failed: role .*: not you'
failing "regions that may not be listed" '{"service": "ec2", "operation": "DescribeRegions", "status": 403, "error": "UnauthorizedOperation", "message": "no"}' '^3 of 7 *regions *failed: .*ec2:DescribeRegions'
aws_begin "$fake" rules.json log
run 0 accounts add prod --role-arn $role --region eu-west-1 --service ec2 --scan --json
aws_end
holds "as JSON" out '"schema":"runbook.accounts.onboarding/1"' '"stage":"role","ok":true' '"stage":"watch","ok":true' '"missing":\["dynamodb:ListTables"'
holds "named regions and services" "$services" 'regions: \[eu-west-1\]' 'services: \["*ec2"*\]'

# ---- the same, line by line ----
run 0 accounts remove prod
aws_begin "$fake" rules.json log
printf 'accounts\n2\n1\npl ain\n1\nplain\n2\n%s\n6\neu-west-1\n9\n1\n2\n1\n4\n2\nquit\n' "$role" | timeout 300 "$runbook" --plain >out 2>errs
aws_end
holds "plain mode has the page with numbers" out '^  *1  default - ' '^  *2  Add an account - ' "that is wrong: 'pl ain' is no name for an account" \
    'plain is in .*services.yaml' 'permissions: not all, .*1 permission is missing' '^  dynamodb:ListTables' '^Remove plain?' '^What stays: what scans found'
check "and it is removed" sh -c "! grep -q plain '$services'"
printf 'setup\n1\nback\nback\nquit\n' | timeout 60 "$runbook" --plain >out 2>errs
holds "the setup, too" out '^Step 1 of 4: what is here' '^Step 2 of 4: a language model' 'That is all'
check "left, it leaves nothing" test ! -e "$XDG_CONFIG_HOME/runbook/config.yaml"
run 0 accounts add prod --profile x

# ---- the digits of a device ----
run 0 accounts remove prod
cat >"$HOME/.aws/config" <<'END2'
[profile base]
region = eu-west-1
aws_access_key_id = AKIAIOSFODNN7EXAMPLE
aws_secret_access_key = wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY
END2
run 0 accounts add safe --profile base --role-arn $role --mfa-serial arn:aws:iam::123456789012:mfa/me --region eu-west-1
holds "the device is written" "$services" 'mfa_serial: "arn:aws:iam::123456789012:mfa/me"'
aws_begin "$fake" rules.json log
run 1 aws sts GetCallerIdentity --account safe
holds "without a person it is said how" errs 'wants the 6 digits of the device arn:aws:iam::123456789012:mfa/me: give them with --mfa-code'
run 1 aws sts GetCallerIdentity --account safe --mfa-code 12345
holds "six of them" errs 'a device shows 6 digits'
run 0 aws sts GetCallerIdentity --account safe --mfa-code 424242
holds "with them it is asked" out '"Account": "123456789012"'
if command -v python3 >/dev/null; then
    cat >person.py <<'END2'
import os, pty, sys
pid, fd = pty.fork()
if pid == 0:
    os.execvp(sys.argv[1], sys.argv[1:])
seen, typed = b"", [b"12\n", b"535353\n"]
while True:
    try:
        got = os.read(fd, 4096)
    except OSError:
        break
    if not got:
        break
    seen += got
    if typed and seen.count(b"mfa/me: ") > 2 - len(typed):
        os.write(fd, typed.pop(0))
sys.stdout.write(seen.decode(errors="replace"))
sys.exit(os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]))
END2
    check "at a terminal a person is asked" timeout 60 python3 person.py "$runbook" aws sts GetCallerIdentity --account safe
    timeout 60 python3 person.py "$runbook" aws sts GetCallerIdentity --account safe >out 2>errs
    holds "until there are six" out 'The 6 digits of arn:aws:iam::123456789012:mfa/me:' 'Those are not 6 digits' '123456789012'
else
    skip "at a terminal a person is asked" "python3 is not installed"
fi
aws_end
holds "they go to AWS" log 'AssumeRole .*SerialNumber=arn:aws:iam::123456789012:mfa/me.*TokenCode=424242'
check "and are kept nowhere" sh -c '! grep -rq "424242\|535353" home .runbook 2>/dev/null'
done_testing
