#!/bin/sh
# runbook audit: signed heads, what they show when a journal is cut or changed, the list, the key. C-10 C-31
. "${RB_SRCDIR:-.}/tests/lib/tap.sh"
[ -x "$runbook" ] || skip_all "the program is not built"
unset RUNBOOK_CONFIG RUNBOOK_STATE_DIR NO_COLOR SUDO_USER
HOME=$work/home XDG_CONFIG_HOME=$work/home/config XDG_STATE_HOME=$work/home/state LC_ALL=C.UTF-8
export HOME XDG_CONFIG_HOME XDG_STATE_HOME LC_ALL
mkdir -p "$HOME" "$work/.runbook/audit"
cd "$work" || exit 1

# run NAME EXIT PATTERN ARGS...: the exit code, and the pattern in stdout or stderr
run() {
    what=$1 want=$2 pattern=$3
    shift 3
    answers "$what" "$want" "$pattern" "$runbook" audit "$@"
}

run "a key is made at first use" 0 'BEGIN PUBLIC KEY' key
check "and only its owner can read it" sh -c '[ "$(stat -c %a .runbook/audit/key)" = 600 ]'
cp out key1
run "the same one later" 0 'BEGIN PUBLIC KEY' key
check "it is the same" cmp -s out key1
run "nothing yet" 0 'Nothing was approved' show
zeros=0000000000000000000000000000000000000000000000000000000000000000
now=$(date -u +%Y-%m-%dT%H:%M:%S.000Z)
line="{\"seq\":1,\"ts\":\"$now\",\"type\":\"approval.granted\",\"actor\":\"user\",\"prev\":\"$zeros\",\"data\":{\"session\":\"s1\",\"id\":\"A1\",\"operation\":\"host.unit.restart\",\"resource\":\"=nginx\",\"risk\":\"high\",\"reason\":\"\",\"fingerprint\":\"f\",\"user\":{\"name\":\"ann\",\"sudo_user\":\"\"}}}"
printf '%s\n' "$line" >.runbook/audit/approvals.jsonl
run "an answer" 0 'approved *high *ann *host.unit.restart' show --last 24h
run "of another user" 0 'Nothing was approved' show --user bob
run "of another risk" 0 'Nothing was approved' show --risk critical
run "as JSON" 0 '"status":"approved","session":"s1"' show --json
run "as records" 0 '"user":{"id":"ann","role":"user"},"action":{"intent":"host.unit.restart"' export
run "as a table that no spreadsheet computes" 0 "\"s1/A1\",.*\"'=nginx\"" export --format csv
run "a file without a signature is named" 1 'BROKEN .*was never signed' verify
printf '%s\n' "$line" | sed 's/ann/eve/; s/"seq":1/"seq":2/' >>.runbook/audit/approvals.jsonl
run "a line that does not fit is named" 1 'line 2 does not fit' verify
chmod 640 .runbook/audit/key
run "a key that others can read is refused" 1 'can be read by others' key
done_testing
