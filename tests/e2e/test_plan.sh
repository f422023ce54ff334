#!/bin/sh
# Plans from the command line: shown, dry, run for real. C-01, C-03, C-05, C-07, C-08, C-14, C-26, C-29, C-30, C-35.
. "${RB_SRCDIR:-.}/tests/lib/tap.sh"
[ -x "$runbook" ] || skip_all "the program is not built"
unset RUNBOOK_CONFIG RUNBOOK_STATE_DIR RUNBOOK_HOST RUNBOOK_PROMETHEUS_URL RUNBOOK_ALERTMANAGER_URL RUNBOOK_MODEL \
    RUNBOOK_READ_ONLY TMUX
HOME=$work/home XDG_CONFIG_HOME=$work/home/config XDG_STATE_HOME=$work/home/state LC_ALL=C.UTF-8
export HOME XDG_CONFIG_HOME XDG_STATE_HOME LC_ALL
mkdir -p "$HOME" "$work/books"
cd "$work" || exit 1

# plan NAME EXIT ARGS...: what it printed is in `out` and `errs`.
plan() {
    name=$1 want=$2
    shift 2
    "$runbook" --state-dir state plan "$@" >out 2>errs </dev/null
    code=$?
    [ "$code" -eq "$want" ] && return 0
    not_ok "$name" "exit $code, not $want" out errs
    return 1
}
has() { # NAME FILE PATTERN...
    name=$1 file=$2
    shift 2
    for p in "$@"; do
        grep -q -e "$p" "$file" && continue
        not_ok "$name" "missing: $p" "$file" errs
        return 1
    done
    ok "$name"
}

# ---- shown ----

plan "a sentence is a plan" 0 "the disk of web-3 is full" &&
    has "a sentence is a plan" out '^Plan plan-' 'playbook *resource-saturation 1' 'host=web-3' 'only reads' '^  rollback'
cp out first
LC_ALL=C TZ=Pacific/Auckland "$runbook" --state-dir other plan "the disk of web-3 is full" >out 2>errs
check "and the same bytes elsewhere" cmp first out
plan "it asks for what is missing" 2 "stop it" && has "it asks for what is missing" errs 'confidence of 0.50 only' 'To what?'
plan "a parameter is asked for" 2 "kill the process" && has "a parameter is asked for" errs 'Which process?'
plan "it is kept" 0 list && has "it is kept" out 'plan-.*resource-saturation'
id=$(sed -n 's/^Plan //p' first)
plan "and shown again" 0 show "$id" --json && has "and shown again" out 'runbook.plan/1' "$id"
plan "and its card" 0 show "$id" && check "and its card" cmp first out
printf '{"intent_type":"investigate","target":{"resource_type":"pod"},"goal":"audit","confidence":1}' >bad.json
plan "a wrong intent names the field" 2 --intent bad.json && has "a wrong intent names the field" errs '/target/resource_type: "pod" is none of'
printf '{"intent_type":"investigate","target":{"resource_type":"host","scope":"prod","filters":{}},"goal":"audit","confidence":0.79}' >low.json
plan "0.79 is too little" 2 --intent low.json && has "0.79 is too little" errs '0.79'
sed 's/0.79/0.80/' low.json >sure.json
plan "0.80 is enough" 0 --intent sure.json --json && has "0.80 is enough" out '"scope":"prod"' '"rollback_plan":null'
plan "what is never done is denied" 0 "kill pid=1 the process" && has "what is never done is denied" out 'policy: deny'
plan "a cluster is looked at through Prometheus" 0 "list pods of the cluster" &&
    has "a cluster is looked at through Prometheus" out 'kubernetes-processor' 'prometheus_expr' 'name=container_throttling'
plan "costs say what asking takes" 0 "why is the bill so high?" && has "costs say what asking takes" out 'inspect_cost' 'Asking costs about 0.03 USD'
for usd in 0.02 0.03; do
    printf '{"intent_type":"investigate","target":{"resource_type":"cost","scope":"prod","filters":{}},"goal":"audit","constraints":{"max_cost_usd":%s},"confidence":0.9}' $usd >cost-$usd.json
done
plan "a question that costs more than is allowed is refused" 5 --intent cost-0.02.json && has "a question that costs more than is allowed is refused" errs 'allows 0.02 USD'
plan "what is allowed is asked" 0 --intent cost-0.03.json --json && has "what is allowed is asked" out '"estimated_cost_usd":0.03'
plan "so do security groups" 0 "review security groups" && has "so do security groups" out 'security-group-review' 'inspect_access_rules'

# ---- dry ----

plan "a dry run prints the calls" 0 --dry-run "restart nginx on web-3" &&
    has "a dry run prints the calls" out '^host.unit.restart host=web-3 sudo=false unit=nginx.service$' '^check_units host=web-3$'
if [ -e state/scratchpad ]; then not_ok "and makes none" "there is a session: $(ls state/scratchpad)"; else ok "and makes none"; fi

# ---- run ----

sleep 1000 &
mine=$!
tap_pids=$mine
plan "it stops before it changes something" 4 --run --no-ask "kill process $mine" &&
    has "it stops before it changes something" out 'done  *look' 'runbook approve m' 'pending  *check'
check "and has not" kill -0 "$mine"
echo keep >precious
cat >books/delete.yaml <<'END'
playbook: delete-only
version: "1.0.0"
summary: "Delete one file."
match: {intent: remediate, resource: file, action: delete}
priority: 99
parameters: {path: {ask: "Which?"}}
steps:
  - {id: delete, act: host.file.delete, with: {path: "{{path}}"}}
END
plan "what the policy denies is not run" 5 --run --no-ask --playbooks books "delete file path=$work/precious" &&
    has "what the policy denies is not run" out 'refused  *delete' 'policy: deny'
check "and is there" test -s precious
plan "read-only mode refuses" 5 --run --read-only "kill process $mine" && has "read-only mode refuses" errs 'nothing changed'

# A source that does not answer: the others' facts stand, and it is named.
cat >books/alerts.yaml <<'END'
playbook: alerts-and-clock
version: "1.0.0"
summary: "Two looks, one of which cannot be."
match: {intent: list, resource: alert}
priority: 99
steps:
  - {id: alerts, primitive: check_alerts}
  - {id: clock, primitive: check_clock}
END
cat >books/space.yaml <<'END'
playbook: space
version: "1.0.0"
summary: "One look at two sources."
match: {intent: list, resource: filesystem}
priority: 99
steps:
  - {id: space, primitive: check_disk_space}
END
plan "one of two steps fails: partial" 3 --playbooks books --run --prometheus http://127.0.0.1:9 "list alerts" &&
    has "one of two steps fails: partial" out '^r.*  partial  plan' 'failed  *alerts' 'done  *clock' '^outcome: partial' 'check_alerts: .*127.0.0.1'
plan "one of two sources is gone: partial" 3 --playbooks books --run --json --prometheus http://127.0.0.1:9 "list disks" &&
    has "one of two sources is gone: partial" out '"schema":"runbook.plan_run/1","outcome":"partial"' '"execution_id"' '"plan_id":"plan-' \
        '"fact":"disk_full"' 'Not answered, so not in this:.*prometheus_expr for check_disk_space'

# ---- a real fault ----

mkdir disk
if [ "$(id -u)" -eq 0 ] && mount -t tmpfs -o size=4m tmpfs disk 2>/dev/null; then
    tap_mount=$work/disk
    dd if=/dev/zero of=disk/app.log bs=64k 2>/dev/null
    plan "a full file system is named" 0 --playbooks books --run "list disks" &&
        has "a full file system is named" out "^- .*$(basename "$work")/disk" '^outcome: completed' '^Abnormal'
else
    skip "a full file system is named" "nothing can be mounted here"
fi

# ---- a recorded incident behind a real Prometheus ----

incidents=${RUNBOOK_SHARED:-$RB_SRCDIR/../shared}/incidents
if [ -d "$incidents/visible/ss-45f67e" ] && command -v prometheus >/dev/null && command -v promtool >/dev/null && command -v curl >/dev/null; then
    cat >books/compare.yaml <<'END'
playbook: compare
version: "1.0.0"
summary: "What is other than before?"
match: {intent: list, resource: service}
priority: 99
steps:
  - {id: compare, primitive: compare_baseline, with: {window: 10m}}
END
    url=
    for try in 1 2 3; do
        port=$((20000 + ($$ * 7 + try * 1009) % 12000))
        sh "$incidents/load-incident" -e now -p "$port" "$incidents/visible/ss-45f67e" >load.log 2>&1 &
        server=$!
        tap_pids="$tap_pids $server"
        wait_for 60 sh -c "curl -sf http://127.0.0.1:$port/-/ready || ! kill -0 $server" && kill -0 "$server" 2>/dev/null && url=http://127.0.0.1:$port && break
    done
    # The hog is in the container `user`.
    plan "the series that changed is named" 0 --playbooks books --run --prometheus "$url" "list services" &&
        has "the series that changed is named" out '^- container_cpu of {container="user".*before' '^outcome: completed'
else
    skip "the series that changed is named" "no recordings, or no Prometheus"
fi

# ---- taken back ----

cat >books/three.yaml <<'END'
playbook: three-of-four
version: "1.0.0"
summary: "Two steps that work, one that does not, one that is not reached."
match: {intent: remediate, resource: process, action: renice}
priority: 99
parameters:
  one: {type: int, ask: "Which?"}
  two: {type: int, ask: "Which?"}
steps:
  - {id: first, act: host.process.renice, with: {pid: "{{one}}", nice: 5}}
  - {id: second, act: host.process.renice, with: {pid: "{{two}}", nice: 6}}
  - {id: third, act: host.process.renice, with: {pid: 4194303, nice: 7}}
  - {id: fourth, act: host.process.renice, with: {pid: "{{one}}", nice: 8}}
END
mkdir -p .runbook
printf 'rules:\n  - name: our own\n    match: {operation: host.process.renice}\n    decide: allow\n' >.runbook/policy.yaml
sleep 1000 &
one=$!
sleep 1000 &
two=$!
tap_pids="$tap_pids $one $two"
nice_of() { sed 's/.*) //' "/proc/$1/stat" | cut -d' ' -f17; }
was=$(nice_of "$one")
if [ "$(id -u)" -ne 0 ]; then
    skip "step 3 of 4 fails" "only root makes a process more important again"
else
    plan "step 3 of 4 fails" 1 --playbooks books --run --no-ask "renice process one=$one two=$two" &&
        has "step 3 of 4 fails: 2 and 1 are taken back, 4 is not begun" out 'rolled back  *first' 'rolled back  *second' 'failed\|refused  *third' \
            'pending  *fourth'
    [ "$(nice_of "$one") $(nice_of "$two")" = "$was $was" ] && ok "and are as they were" ||
        not_ok "and are as they were" "$was, now $(nice_of "$one") $(nice_of "$two")"
fi

# ---- a model ----

# It makes an intent, is told which field is wrong, makes another one; the plan is shown and not started.
standin=$RB_BUILDDIR/tests/standin/standin
if [ -x "$standin" ]; then
    cat >intent.yaml <<'END'
turns:
  - match: {not: "is none of|is shown to the person"}
    say:
      - tool: propose_plan
        input: {intent: '{"intent_type":"remediate","target":{"resource_type":"daemon"},"goal":"restore","confidence":0.9}'}
  - match: {last: "is none of"}
    say:
      - tool: propose_plan
        input: {intent: '{"intent_type":"remediate","target":{"resource_type":"unit","scope":"dev","filters":{"action":"restart","unit":"nginx.service"}},"goal":"restore","confidence":0.9}'}
  - match: {last: "is shown to the person"}
    say: [{text: "A plan is proposed."}]
END
    "$standin" --port 0 --record asked.jsonl intent.yaml >addr 2>standin.err &
    tap_pids="$tap_pids $!"
    wait_for 60 grep -q http addr
    printf 'llm: {provider: anthropic, model: claude-stand-in, base_url: "%s", api_key: sk-ant-planted-0123456789abcdef, retries: 0}\n' \
        "$(cat addr)" >model.yaml
    chmod 600 model.yaml
    "$runbook" --state-dir model --config model.yaml ask "the web server must be restarted" >out 2>errs </dev/null
    if grep -q '"plan.created".*"actor":"llm:.*restart-unit' model/scratchpad/*.jsonl && ! grep -q 'procedure.started\|mutation.proposed' model/scratchpad/*.jsonl &&
        grep -q '/target/resource_type: .*is none of kubernetes_cluster' asked.jsonl; then
        ok "a model proposes a plan, and starts none"
    else
        not_ok "a model proposes a plan, and starts none" out errs standin.err
        cut -c1-400 model/scratchpad/*.jsonl | sed 's/^/# /'
    fi
    # It is asked about the facts alone, behind a fence; code's own words stand beside its.
    printf 'turns:\n  - match: {text: "Interpret these facts and nothing else"}\n    say: [{text: "The space is the cause."}]\n' >facts.yaml
    "$standin" --port 0 --record facts.jsonl facts.yaml >addr 2>standin.err &
    tap_pids="$tap_pids $!"
    wait_for 60 grep -q http addr
    printf 'llm: {provider: anthropic, model: claude-stand-in, base_url: "%s", api_key: sk-ant-planted-0123456789abcdef, retries: 0}\n' \
        "$(cat addr)" >model.yaml
    "$runbook" --state-dir facts --config model.yaml plan --playbooks books --run --interpret "list disks" >out 2>errs </dev/null
    has "a model interprets facts only" out '^outcome: ' 'A model on these facts: The space is the cause.' &&
        has "and they are fenced" facts.jsonl '<<data [a-z0-9]* source=plan'
else
    skip "a model proposes a plan" "the stand-in is not built"
fi

# ---- AWS ----

# It looks where the words say, not where the keys' own region is. What follows the answer of a person is played in tests/unit/engine/test_playbooks_aws.c.
fake=${RB_BUILDDIR:-.}/tests/e2e/aws_fake
if [ -x "$fake" ]; then
    cat >aws-rules <<'RULES'
[{"service": "sts", "json": {"Account": "123456789012", "Arn": "arn:aws:iam::123456789012:user/ann", "UserId": "AIDA"}},
 {"operation": "DescribeSecurityGroupRules", "region": "eu-west-1", "json": {"securityGroupRuleSet": {"item": [{"securityGroupRuleId": "sgr-1",
   "groupId": "sg-1", "isEgress": "false", "ipProtocol": "tcp", "fromPort": "22", "toPort": "22", "cidrIpv4": "0.0.0.0/0"}]}}},
 {"operation": "DescribeSecurityGroups", "region": "eu-west-1", "json": {"securityGroupInfo": {"item": [{"groupId": "sg-1", "groupName": "web",
   "ipPermissions": {"item": [{"ipProtocol": "tcp", "fromPort": "22", "toPort": "22", "ipRanges": {"item": [{"cidrIp": "0.0.0.0/0"}]}}]}}]}}},
 {"operation": "GenerateCredentialReport", "json": {"State": "COMPLETE"}},
 {"service": "cloudtrail", "status": 400, "error": "AccessDeniedException", "message": "no trail for you"}]
RULES
    mkfifo aws-in
    "$fake" aws-rules aws-log <aws-in >aws-url &
    fake_pid=$!
    tap_pids="$tap_pids $fake_pid"
    exec 7>aws-in
    wait_for 60 test -s aws-url
    with_aws() {
        AWS_ENDPOINT_URL=$(cat aws-url) AWS_ACCESS_KEY_ID=AKIAIOSFODNN7EXAMPLE AWS_SECRET_ACCESS_KEY=x AWS_REGION=us-east-1 \
            AWS_EC2_METADATA_DISABLED=true "$runbook" --state-dir aws plan "$@" >out 2>errs </dev/null
        code=$?
    }
    revoke='revoke security group rule group=sg-1 rule=sgr-1 region=eu-west-1'
    with_aws --dry-run "$revoke"
    has "a rule's end is planned" out '^aws.ec2.revoke-rule .*group=sg-1 .*rule=sgr-1' '^  rollback revoke: the same rule is authorized again$'
    with_aws --run --no-ask "$revoke"
    [ "$code" -eq 4 ] || not_ok "it looks, and waits for a person" "exit $code, not 4" out errs
    has "it looks, and waits for a person" out 'done  *rules' 'runbook approve m' 'pending  *check' 'A security group opens a way in to everybody' \
        'Not answered, so not in this' 'aws_changes for list_provider_changes: cloudtrail: .*no trail for you'
    exec 7>&-
    wait "$fake_pid"
    if grep -q -e Revoke -e Authorize aws-log; then not_ok "and nothing is changed" aws-log; else ok "and nothing is changed"; fi
else
    skip "a rule of a security group" "the server is not built"
fi

# ---- in a session ----

printf 'plan the disk is full\nplan dry-run\nquit\n' >typed
"$runbook" --state-dir plain --plain <typed >out 2>errs
has "plain mode makes a plan" out 'Plan plan-' 'resource-saturation' 'The exact calls of plan-' '^ *check_memory host=local'
if grep -q '"type":"plan.created"' plain/scratchpad/*.jsonl; then ok "it is in the journal"; else not_ok "it is in the journal" out; fi
"$runbook" --state-dir plain --plain replay last >again 2>errs
has "and in a replay" again 'Plan plan-' 'The exact calls of plan-'

# ---- files ----

printf 'playbook: x\nversion: "1.0.0"\nsummary: y\nmatch: {intent: list}\nsteps:\n  - {id: a, tool: moon}\n' >wrong.yaml
plan "a wrong playbook names the place" 2 validate wrong.yaml && has "a wrong playbook names the place" errs 'wrong.yaml line 6 column 19: there is no tool'
plan "a good one names its hash" 0 validate books/three.yaml && has "a good one names its hash" out 'three-of-four 1.0.0, 4 steps, sha256'
done_testing
