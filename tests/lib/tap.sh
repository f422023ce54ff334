# tap.sh - for shell tests: TAP lines, a scratch folder, waiting for a condition. Source it.
# RB_BUILDDIR holds the built program, RB_SRCDIR the sources.

tap_count=0
tap_failed=0
RB_BUILDDIR=${RB_BUILDDIR:-.}
RB_SRCDIR=${RB_SRCDIR:-.}
runbook=$RB_BUILDDIR/runbook
work=$(mktemp -d -t rb-XXXXXXXXXX)
tap_pids=

tap_cleanup() {
    for pid in $tap_pids; do kill "$pid" 2>/dev/null || :; done
    for pid in $tap_pids; do wait "$pid" 2>/dev/null || :; done
    if [ -n "${tap_mount:-}" ]; then umount "$tap_mount" 2>/dev/null || umount -l "$tap_mount" 2>/dev/null || :; fi # a child of what was killed may hold it
    rm -rf "$work"
}
trap tap_cleanup EXIT
trap 'exit 1' HUP INT TERM

ok() {
    tap_count=$((tap_count + 1))
    echo "ok $tap_count - $1"
}
not_ok() { # description, then files or words that explain
    tap_count=$((tap_count + 1))
    tap_failed=$((tap_failed + 1))
    echo "not ok $tap_count - $1"
    shift
    for what in "$@"; do
        if [ -f "$what" ]; then sed 's/^/# /' "$what" | tail -n 30; else echo "# $what"; fi
    done
}
answers() { # description, exit code, pattern, command: its output goes to out and errs, the pattern is in one of them
    tap_name=$1 tap_want=$2 tap_pattern=$3
    shift 3
    "$@" >out 2>errs
    tap_got=$?
    if [ "$tap_got" -ne "$tap_want" ]; then
        not_ok "$tap_name" "exit $tap_got, not $tap_want" out errs
    elif ! cat out errs | grep -q -e "$tap_pattern"; then
        not_ok "$tap_name" "missing: $tap_pattern" out errs
    else
        ok "$tap_name"
    fi
}
skip() { # description, reason
    tap_count=$((tap_count + 1))
    echo "ok $tap_count - $1 # SKIP $2"
}
skip_all() {
    echo "1..0 # SKIP $1"
    exit 0
}
# check DESCRIPTION COMMAND...: the command's output explains a failure
check() {
    tap_what=$1
    shift
    if "$@" >"$work/tap-output" 2>&1; then ok "$tap_what"; else not_ok "$tap_what" "$work/tap-output" "ran: $*"; fi
}
# wait_for SECONDS COMMAND...: until it succeeds; fails when the time is over. A condition that holds ends the wait at
# once, so the seconds are many: other tests and other programs use the machine as well.
wait_for() {
    tap_until=$(($(date +%s) + $1))
    shift
    until "$@" >/dev/null 2>&1; do
        [ "$(date +%s)" -lt "$tap_until" ] || return 1
        sleep 0.05
    done
}
# wait_served PID COMMAND...: until it succeeds; fails as soon as the server PID has ended, as when its port was taken
wait_served() {
    tap_server=$1
    shift
    wait_for 60 served_or_gone "$@"
    kill -0 "$tap_server" 2>/dev/null && "$@" >/dev/null 2>&1
}
served_or_gone() { ! kill -0 "$tap_server" 2>/dev/null || "$@"; }
# start_alertmanager FOLDER: a real one; its address in $am_url. Fails where it does not start.
start_alertmanager() {
    printf 'route: {receiver: none}\nreceivers: [{name: none}]\n' >"$1/am.yml"
    for am_try in 1 2 3 4 5; do # ports below those that the kernel gives to connections
        am_url=http://127.0.0.1:$((20000 + ($$ * 7 + am_try * 1009) % 12000))
        prometheus-alertmanager --config.file="$1/am.yml" --storage.path="$1/am" --web.listen-address="${am_url#http://}" \
            --cluster.listen-address= --log.level=error >"$1/am.log" 2>&1 &
        tap_pids="$tap_pids $!"
        wait_served $! curl -sf "$am_url/-/ready" && return 0
    done
    return 1
}
done_testing() {
    echo "1..$tap_count"
    [ "$tap_failed" -eq 0 ]
}
