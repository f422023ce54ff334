#!/bin/sh
# The command line of an investigation: JSON, exit codes, interrupts, sources that are down, state that cannot be
# written. R-16, R-80, U-08, U-12, U-13.
. "${RB_SRCDIR:-.}/tests/lib/tap.sh"
[ -x "$runbook" ] || skip_all "the program is not built"
unset RUNBOOK_CONFIG RUNBOOK_STATE_DIR RUNBOOK_HOST RUNBOOK_PROMETHEUS_URL XDG_RUNTIME_DIR
HOME=$work/home XDG_CONFIG_HOME=$work/home/config XDG_STATE_HOME=$work/home/state
export HOME XDG_CONFIG_HOME XDG_STATE_HOME
mkdir -p "$HOME"
cd "$work" || exit 1

# run EXPECTED-CODES ARGS...: stdout to out, stderr to errs
run() {
    expected=$1
    shift
    "$runbook" "$@" >out 2>errs </dev/null
    code=$?
    case " $expected " in *" $code "*) return 0 ;; esac
    echo "exit code $code, not one of: $expected" >>errs
    return 1
}
has() { grep -q -e "$1" "$2"; }

what="a local run ends with one JSON object that has every key"
if run "0 3" investigate --host local --json "why is it slow" && tail -n 1 out >last; then
    missing=
    for key in schema id verdict root_cause candidates alternatives unknowns affected_services remediation cost journal \
        usd input_tokens output_tokens tool_calls wall_ms; do
        has "\"$key\":" last || missing="$missing $key"
    done
    [ -z "$missing" ] && ok "$what" || not_ok "$what" "missing:$missing" last
else
    not_ok "$what" errs out
fi

journal=$(sed -n 's/.*"journal":"\([^"]*\)".*/\1/p' last)
what="the journal it names is there, private, and ends with session.closed"
if [ -f "$journal" ] && [ "$(stat -c %a "$journal")" = 600 ] && tail -n 1 "$journal" | grep -q '"session.closed"'; then
    ok "$what"
else
    not_ok "$what" "journal: $journal"
fi

what="the plain transcript ends with the verdict and the session, without control bytes"
if run "0 3" investigate --host local --plain "why is it slow" && has '^session ' out &&
    ! LC_ALL=C grep -q "$(printf '[\001-\010\013-\037]')" out; then
    ok "$what"
else
    not_ok "$what" errs out
fi

what="--quiet writes the conclusion only"
if run "0 3" investigate --host local --quiet "why is it slow" && has '^session ' out &&
    head -n 1 out | grep -q -E '^(ROOT CAUSE|INCONCLUSIVE|NO ACTION) ' && ! has '▸' out && [ ! -s errs ]; then
    ok "$what"
else
    not_ok "$what" errs out
fi

what="an interrupt writes the conclusion so far and exits 130"
mkfifo events
"$runbook" investigate --host local --json --events "why" >events 2>errs </dev/null &
pid=$!
tap_pids="$tap_pids $pid"
{
    while read -r line; do
        printf '%s\n' "$line" >>interrupted
        case $line in *'"tool.started"'*) kill -INT "$pid" ;; esac
    done
} <events
wait "$pid"
code=$?
if [ "$code" -eq 130 ] && tail -n 1 interrupted | grep -q '"schema":"runbook.conclusion/1".*"verdict":"inconclusive"'; then
    ok "$what"
else
    not_ok "$what" "exit code $code" interrupted errs
fi

what="a Prometheus that is down: failed, exit 1, the address and the reason are named"
if run 1 investigate --prometheus http://127.0.0.1:1 --json "why" && has '"verdict":"failed"' out &&
    has '127.0.0.1' out && has 'refused' out; then
    ok "$what"
else
    not_ok "$what" errs out
fi

what="an incident file that is no JSON: exit 2, the file is named"
echo '{"alert": ' >bad.json
if run 2 investigate --incident bad.json --host local && has 'bad.json' errs; then ok "$what"; else not_ok "$what" errs out; fi

what="an incident file with a wrong field: exit 2, the field is named"
echo '{"alert": {"service": 7, "started_at": "2024-05-14T09:00:00Z"}}' >bad.json
if run 2 investigate --incident bad.json --host local && has 'service' errs; then ok "$what"; else not_ok "$what" errs out; fi

what="a host name that ssh would take for an option: exit 2"
if run 2 investigate --host=-oProxyCommand=x; then ok "$what"; else not_ok "$what" errs out; fi

what="a state directory that cannot be made: the answer comes all the same, and the loss is said"
if run "0 1 3" investigate --host local --state-dir /dev/null/state --json "why" && has '"verdict":' out && [ -s errs ]; then
    ok "$what"
else
    not_ok "$what" errs out
fi

what="a full disk under the state directory: the journal is kept elsewhere or its loss is said"
if [ "$(id -u)" -eq 0 ] && mkdir full && mount -t tmpfs -o size=64k tmpfs full 2>/dev/null; then
    tap_mount=$work/full
    dd if=/dev/zero of=full/filler bs=1k 2>/dev/null # until it is full
    if run "0 1 3" investigate --host local --state-dir "$work/full" --json "why" && has '"verdict":' out && [ -s errs ]; then
        ok "$what"
    else
        not_ok "$what" errs out
    fi
    umount full && tap_mount=
else
    skip "$what" "needs root and tmpfs"
fi

done_testing
