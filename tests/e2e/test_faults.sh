#!/bin/sh
# Every FAULT_POINT that an investigation passes, failed in turn (only in a build with --enable-fault-injection). The
# program must never crash, leak or hang; it ends with an exit code of its own, and says a verdict or an error.
# RB_FAULT_EACH: how many passes of one point are failed at the most (default 4; spread over all passes).
. "${RB_SRCDIR:-.}/tests/lib/tap.sh"
[ -x "$runbook" ] || skip_all "the program is not built"
grep -q 'define RB_FAULT_INJECTION 1' "$RB_BUILDDIR/config.h" 2>/dev/null || skip_all "built without fault injection"
unset RUNBOOK_CONFIG RUNBOOK_STATE_DIR RUNBOOK_HOST RUNBOOK_PROMETHEUS_URL
HOME=$work/home XDG_CONFIG_HOME=$work/home/config XDG_STATE_HOME=$work/home/state XDG_RUNTIME_DIR=$work/run
export HOME XDG_CONFIG_HOME XDG_STATE_HOME XDG_RUNTIME_DIR
mkdir -p "$HOME" "$XDG_RUNTIME_DIR"
cd "$work" || exit 1
each=${RB_FAULT_EACH:-4}

# A run is fine when it ended by itself and said something; what a sanitizer found ends with 1 and a report.
fine() { # fault, arguments
    fault=$1
    shift
    RUNBOOK_FAULT=$fault timeout 300 "$runbook" "$@" >out 2>errs </dev/null
    code=$?
    case $code in 0 | 1 | 2 | 3) ;; *) echo "exit code $code" >>errs && return 1 ;; esac
    if grep -q -e 'Sanitizer' -e 'runtime error' errs; then return 1; fi
    [ -s out ] || [ -s errs ]
}

# all_points NAME ARGS...: learn which points are passed, then fail them
all_points() {
    name=$1
    shift
    RUNBOOK_FAULT_REPORT=$work/points "$runbook" "$@" >out 2>errs </dev/null
    if [ ! -s points ]; then
        not_ok "$name: passes fault points" errs out
        return
    fi
    while read -r point passes; do
        step=$(((passes + each - 1) / each))
        n=1
        bad=
        while [ "$n" -le "$passes" ]; do
            fine "$point:$n" "$@" || { bad="$point:$n" && cp errs bad-errs && break; }
            n=$((n + step))
        done
        if [ -z "$bad" ]; then ok "$name: $point fails, $passes passes"; else not_ok "$name: $bad" bad-errs; fi
    done <points
}

all_points "a local investigation" investigate --host local --json "why is it slow"
all_points "an investigation of a Prometheus that is down" investigate --prometheus http://127.0.0.1:1 --json "why"
all_points "sessions" sessions --json
all_points "audit verify" audit verify
done_testing
