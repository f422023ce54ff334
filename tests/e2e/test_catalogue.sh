#!/bin/sh
# runbook catalogue: the patterns with their limits, and the questions of a sentence. R-09 C-27
. "${RB_SRCDIR:-.}/tests/lib/tap.sh"
[ -x "$runbook" ] || skip_all "the program is not built"
unset RUNBOOK_CONFIG RUNBOOK_STATE_DIR NO_COLOR
HOME=$work LC_ALL=C.UTF-8
export HOME LC_ALL

# run NAME EXIT PATTERN ARGS...
run() {
    what=$1 want=$2 pattern=$3
    shift 3
    "$runbook" catalogue "$@" >"$work/out" 2>"$work/errs" </dev/null
    got=$?
    if [ "$got" -ne "$want" ]; then
        not_ok "$what" "exit $got, not $want" "$work/out" "$work/errs"
    elif ! cat "$work/out" "$work/errs" | grep -q -e "$pattern"; then
        not_ok "$what" "missing: $pattern" "$work/out" "$work/errs"
    else
        ok "$what"
    fi
}

run "every pattern by its kind" 0 '^  disk_full  *a filesystem of the machine is full$' patterns
check "each kind once" test "$(grep -c '^disk$' "$work/out")" = 1
run "limits that several share" 0 'share_of_one  *0.25 ratio  of what is used' patterns
run "one with its limits" 0 '^  full  *0.97 ratio  nearly every writer fails' patterns disk_full
check "who asks for it" grep -q '^  disk_room .*(host_snapshot)$' "$work/out"
check "what explains it" grep -q '^  explained by deleted_open: ' "$work/out"
run "one that is not there" 2 'did you mean "disk_full"?' patterns dsk_full
run "those of AWS, too" 0 '^  aws.sg_change  *a change of the network keeps connections out$' patterns
run "one of AWS" 0 '^  explains aws.target_health: ' patterns aws.sg_change
check "with its limits" grep -q '^limits$' "$work/out"
run "one of AWS that is not there" 2 'did you mean "aws.sg_change"?' patterns aws.sg_chang
run "one of AWS as JSON" 0 '^{"schema":"runbook.catalogue.patterns/1","patterns":\[{"id":"aws.quota","kind":' patterns aws.quota --json
run "as JSON" 0 '^{"schema":"runbook.catalogue.patterns/1","patterns":\[{"id":"disk_full".*"limits":\[{"name":"full","value":0.97' patterns disk_full --json
run "what a sentence leads to" 0 '^high_latency (0.8)' causal "checkout is slow"
check "in order, with the tool" grep -q '^  2. What do the listeners answer, and how soon? (host_services)$' "$work/out"
run "words that mean nothing" 0 '^generic (0.5)' causal "what is going on here?"
check "lead to the general questions alone" test "$(grep -c '^[a-z]' "$work/out")" = 1
run "all classes" 0 '^data_inconsistency (0.8)' causal
check "with their words" grep -q '^  meant by: .*corrupt' "$work/out"
run "all as JSON" 0 '"name":"network_connectivity".*"queries":\[{"name":"peer_reach","asks":.*"tool":"host_probe"' causal --json
run "the tools" 0 '^host_log  *read  *Sort recent log lines' tools
run "one with its parameters" 0 '^  since  *How far back, as in 30m or 2h\..*Default: ' tools host_log
run "one that is not there, among the tools" 2 'did you mean "host_log"?' tools host_lgo
run "tools as JSON" 0 '^{"schema":"runbook.catalogue.tools/1","tools":\[{"name":"alertmanager_alerts",.*"risk":"read".*"schema":{"type":"object"' tools --json
done_testing
