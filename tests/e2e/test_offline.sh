#!/bin/sh
# No network and no key: every command of the table works, or says in one line what is missing, and nothing waits. Runs in
# an empty network namespace where that is permitted, else behind a proxy that is closed and with names that nobody
# resolves. A command without a row here fails. U-17, R-33, C-12.
. "${RB_SRCDIR:-.}/tests/lib/tap.sh"
[ -x "$runbook" ] || skip_all "the program is not built"
command -v timeout >/dev/null || skip_all "no timeout(1)"
unset RUNBOOK_CONFIG RUNBOOK_STATE_DIR RUNBOOK_HOST RUNBOOK_PROMETHEUS_URL RUNBOOK_ALERTMANAGER_URL RUNBOOK_MODEL \
    XDG_RUNTIME_DIR NO_COLOR ANTHROPIC_API_KEY OPENAI_API_KEY AWS_ACCESS_KEY_ID AWS_PROFILE TMUX
HOME=$work/home XDG_CONFIG_HOME=$work/home/config XDG_STATE_HOME=$work/home/state LC_ALL=C.UTF-8
export HOME XDG_CONFIG_HOME XDG_STATE_HOME LC_ALL
mkdir -p "$HOME" "$work/nobody"
cd "$work" || exit 1

if unshare -rn true 2>/dev/null; then
    alone='unshare -rn'
else
    alone=
    for v in http_proxy https_proxy HTTP_PROXY HTTPS_PROXY all_proxy; do export "$v=http://127.0.0.1:9"; done
fi
RUNBOOK_DEMO_DIR=$RB_SRCDIR/demos
export RUNBOOK_DEMO_DIR
cat >off.yaml <<'END'
llm: {provider: anthropic, model: some-model}
prometheus: {url: "http://prometheus.invalid:9090"}
alertmanager: {url: "http://192.0.2.1:9093", timeout_ms: 3000}
hosts: [local]
mcp: {servers: {far: {url: "https://mcp.invalid/mcp"}}}
END
printf '{"nodes":[{"id":"web","name":"web","type":"service"},{"id":"db","name":"db","type":"service"}],"edges":[{"source":"web","target":"db"}]}\n' >g.json
printf 'password=hunter2hunter2\n' >text
nokey='ANTHROPIC_API_KEY' far='far: initialize\|no such host\|proxy\|could not be reached'

covered=
# row COMMAND EXITS PATTERN ARGS...: in time, with something said, one of these exit codes, and the pattern. The words of the
# command, with '-' between them, name it; "root" is the program without one.
row() {
    name=$1 exits=$2 pattern=$3
    shift 3
    covered="$covered $name "
    begun=$(date +%s)
    # shellcheck disable=SC2086
    $alone timeout 300 "$runbook" --state-dir state --config off.yaml "$@" >out 2>errs <input
    code=$?
    took=$(($(date +%s) - begun))
    case " $exits " in
    *" $code "*)
        if ! cat out errs | grep -q -e "$pattern"; then
            not_ok "$name" "missing: $pattern" out errs
        elif [ "$took" -gt "${most:-30}" ]; then
            not_ok "$name" "it took $took s"
        else
            ok "$name, $took s"
        fi
        ;;
    *) not_ok "$name" "exit $code, not $exits, after $took s" out errs ;;
    esac
}
printf '' >input

most=90 # it looks at this machine, and a sanitizer is slow
row investigate "0 3" "$nokey" investigate is it slow
row root "0 3" "$nokey" "it is slow again"
most=30
row ask 0 'c1 ' ask --session last list queries
printf 'what is the cause?\n/quit\n' >input
row chat 0 "$nokey" chat --session last
printf 'status\nquit\n' >input
row root "0 3" '^state ' --plain
printf '' >input
row demo 0 'recording' demo
row resume 2 'needs a terminal' resume last
row sessions 0 'VERDICT' sessions
row sessions-list 0 'VERDICT' sessions list
row sessions-show 0 'integrity' sessions show last
row sessions-export 0 'slow' sessions export last
row sessions-rename 0 'is now' sessions rename last another night
row replay 0 'slow' replay last
row logs 0 'families' logs text
row redact 0 'redacted-' redact text
row aws 0 'elbv2' aws
row resources 1 'no AWS credentials' resources --service ec2 --region eu-west-1
row changes 1 'no AWS credentials' changes --region eu-west-1
row spend 1 'no AWS credentials' spend --region eu-west-1
row advisor 1 'no AWS credentials' advisor
row accounts 0 'no AWS credentials' accounts
row accounts-list 0 'default' accounts list
row accounts-add 0 'services.yaml' accounts add prod --profile nobody
row accounts-scope 0 'only these' accounts scope ec2
row accounts-regions 0 'is looked at in 1 region' accounts regions prod eu-west-1
row accounts-remove 0 'no longer in' accounts remove prod
row accounts-all 0 'every service' accounts scope --all
row accounts-verify 1 'no AWS credentials' accounts verify --region eu-west-1
row cloudwatch 2 'a command is missing' cloudwatch
row cloudwatch-metrics 1 'no AWS credentials' cloudwatch metrics AWS/EC2 CPUUtilization --region eu-west-1
row cloudwatch-list 1 'no AWS credentials' cloudwatch list AWS/EC2 --region eu-west-1
row cloudwatch-alarms 1 'no AWS credentials' cloudwatch alarms --region eu-west-1
row cloudwatch-history 1 'no AWS credentials' cloudwatch history --region eu-west-1
row cloudwatch-groups 1 'no AWS credentials' cloudwatch groups --region eu-west-1
row cloudwatch-logs 1 'no AWS credentials' cloudwatch logs /app --region eu-west-1
row cloudwatch-insights 1 'no AWS credentials' cloudwatch insights -g /app --region eu-west-1 fields @message
row cloudwatch-tail 1 'no AWS credentials' cloudwatch tail /app --region eu-west-1
row cloudwatch-traces 1 'no AWS credentials' cloudwatch traces --region eu-west-1
row cloudwatch-map 1 'no AWS credentials' cloudwatch map --region eu-west-1
row scan 1 'no AWS credentials' scan --service ec2 --region eu-west-1
row security 1 'no AWS credentials' security --region eu-west-1
row security-checks 0 's3-public-acl' security --list-checks
row scan-list 0 '.' scan list
row scan-diff 1 'no such scan\|nothing was scanned' scan diff --after 9
row scan-show 0 '.' scan show
row health 1 'no AWS credentials' health ec2:instance --region eu-west-1
row capabilities 0 'lambda:function' capabilities
row describe 1 'no AWS credentials' describe i-0123456789abcdef0 --region eu-west-1
row graph 2 'a command is missing' graph
row graph-show 0 'web' graph show --file g.json
row graph-impact 0 'web' graph impact --file g.json db
row graph-path 0 'db' graph path --file g.json web db
row graph-check 0 '.' graph check --file g.json
row graph-stats 0 '2' graph stats --file g.json
row graph-import 1 'inventory is empty' graph import aws --print
row eval "1 2" 'nobody' eval nobody
row catalogue 2 'a command is missing' catalogue
row catalogue-patterns 0 'clock' catalogue patterns
row catalogue-causal 0 '.' catalogue causal
row catalogue-tools 0 'host_snapshot' catalogue tools
row skill 2 'a command is missing' skill
row skill-list 0 '.' skill list
row skill-search 0 '.' skill search host
row skill-new 0 'skills/offline.yaml' skill new offline
made=$(grep -o '/.*offline\.yaml' out | head -n 1)
row skill-show 0 'only reads' skill show offline
row skill-validate 0 '0 errors' skill validate
row skill-run 0 'completed' skill run offline --answer 'sure=leave it' --no-ask
row skill-resume 1 'there is no run' skill resume r000000
row skill-import 2 'nothing is written over' skill import "$made"
row mcp 2 'a command is missing' mcp
row mcp-list 1 "$far" mcp list
row mcp-tools 1 "$far" mcp tools
row mcp-call 1 "$far" mcp call far x
row mcp-resources 1 "$far" mcp resources far
row mcp-read 1 "$far" mcp read far x
row mcp-prompts 1 "$far" mcp prompts far
row mcp-prompt 1 "$far" mcp prompt far x
row audit 0 'ok ' audit verify
row audit-verify 0 'ok ' audit verify
row plan 0 'only read' plan 'it is slow'
row plan-list 0 'plan-' plan list
row plan-show 2 'there is no plan' plan show plan-0
row plan-playbooks 0 'look-around' plan playbooks
row plan-validate 0 'sha256' plan validate "$RB_SRCDIR/playbooks/look-around.yaml"
row plan-primitives 0 'inspect_cost' plan primitives
row cost 0 'Today' cost
row cost-prices 0 'Dollars' cost prices
row status 0 'Configuration' status
row init 2 'this is no terminal' init
row config 0 'llm' config list
row config-get 0 'some-model' config get llm.model
row config-set 0 '.' config set ui.bell false
row config-list 0 'llm' config list
row config-validate 0 'valid' config validate
row doctor "0 1" "$nokey" doctor
row completion 0 'runbook' completion bash
row help 0 'Commands' help
row sessions-delete 0 'Deleted' sessions delete --yes last
# Those that may come with the safe actions: they say something, and end.
for other in policy policy-check policy-test policy-print approvals approvals-never approvals-forget approve reject undo token token-key token-request token-new token-verify act audit-show audit-export audit-key; do
    words=$(echo "$other" | tr - ' ')
    # shellcheck disable=SC2086
    "$runbook" $words --help >help 2>/dev/null && grep -q "^Usage: runbook $words" help || continue
    # shellcheck disable=SC2086
    row "$other" "0 1 2 3 4 5" '.' $words
done

# Every command of the table has a row.
"$runbook" help >all
missing=
for c in $(sed -n '/^Commands:/,/^$/s/^  \([a-z][a-z-]*\)  .*/\1/p' all); do
    case $covered in *" $c "*) ;; *) missing="$missing $c" ;; esac
    "$runbook" "$c" --help >one
    for s in $(sed -n '/^Commands:/,/^$/s/^  \([a-z][a-z-]*\)  .*/\1/p' one); do
        case $covered in *" $c-$s "*) ;; *) missing="$missing $c-$s" ;; esac
    done
done
if [ -z "$missing" ]; then ok "every command has a row here"; else not_ok "every command has a row here" "none for:$missing"; fi
done_testing
