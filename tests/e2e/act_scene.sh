#!/bin/sh
# act_scene.sh SCENE - what test_act_pty types into: something real that is wrong on this machine, and the command that
# mends it, asked for in the terminal. Ends with "scene skip WHY", "scene ok", or "scene bad WHY".
. "${RB_SRCDIR:-.}/tests/lib/tap.sh"
# shellcheck source=tests/lib/sshd.sh
. "${RB_SRCDIR:-.}/tests/lib/sshd.sh"
unset RUNBOOK_CONFIG RUNBOOK_HOST RUNBOOK_PROMETHEUS_URL
HOME=$work/home XDG_CONFIG_HOME=$work/home/config RUNBOOK_STATE_DIR=$work/state XDG_RUNTIME_DIR=$work/run
export HOME XDG_CONFIG_HOME RUNBOOK_STATE_DIR XDG_RUNTIME_DIR
mkdir -p "$HOME" "$XDG_RUNTIME_DIR"
cd "$work" || exit 1
clear

end() {
    echo "scene $*"
    exit 0
}

# The state of the last mutation, from its record.
verified() { grep -h '"type":"mutation.verified"' state/scratchpad/*.jsonl | tail -n 1 | grep -q '"holds":true'; }

hog() { # a runaway process, found by the investigator, ended by the line that it prints
    sh -c 'while :; do :; done' &
    pid=$!
    tap_pids="$tap_pids $pid"
    "$runbook" act host.process.signal pid="$pid" command=sh --why "it burns a processor"
    kill -0 "$pid" 2>/dev/null && [ "$(cut -d' ' -f3 "/proc/$pid/stat")" != Z ] && end bad "it still runs"
    verified || end bad "not verified"
}

full() { # a file system without room, freed by emptying the log that fills it
    [ "$(id -u)" -eq 0 ] || end skip "only root mounts"
    mkdir disk
    mount -t tmpfs -o size=4m tmpfs disk 2>/dev/null || end skip "no tmpfs can be mounted here"
    tap_mount=$work/disk
    real=$(readlink -f disk)
    dd if=/dev/zero of="$real/app.log" bs=64k 2>/dev/null
    echo x >"$real/more" 2>/dev/null
    "$runbook" act host.log.truncate path="$real/app.log" --why "the disk is full"
    [ "$(stat -c %s "$real/app.log")" -eq 0 ] || end bad "not empty"
    echo more >"$real/more" || end bad "still full"
    verified || end bad "not verified"
}

link() { # a name that leads elsewhere is refused, whatever is answered
    echo keep >precious
    ln -s "$work/precious" app.log
    "$runbook" act host.file.delete path="$work/app.log" && end bad "a link was followed"
    [ -s precious ] || end bad "it is gone"
    "$runbook" act host.log.truncate path="$work/../$(basename "$work")/precious" && end bad "dots were followed"
    [ -s precious ] || end bad "it is empty"
    "$runbook" act host.file.delete path=/etc/shadow && end bad "a forbidden path"
    [ -s /etc/shadow ] || end bad "shadow is gone"
}

over_ssh() { # a supervised process on another machine
    start_sshd web-3 || end skip "no sshd"
    cat >supervise <<END
while :; do sleep 1000 & echo \$! >$work/child; wait \$!; done
END
    sh supervise &
    boss=$!
    wait_for 60 [ -s child ] || end bad "no child"
    old=$(cat child)
    RUNBOOK_SSH_CONFIG=$work/ssh_config "$runbook" act host.supervised.restart host=web-3 pid="$old" command=sleep
    new=$(cat child)
    kill "$boss" "$new" 2>/dev/null
    [ "$old" != "$new" ] || end bad "it was not restarted"
    verified || end bad "not verified"
}

silence() { # on a real Alertmanager: created, and expired again
    command -v prometheus-alertmanager >/dev/null || end skip "no Alertmanager"
    start_alertmanager . || end skip "Alertmanager does not start"
    RUNBOOK_ALERTMANAGER_URL=$am_url
    export RUNBOOK_ALERTMANAGER_URL
    "$runbook" act alertmanager.silence.create 'matchers=alertname="DiskFull",service="db"' minutes=5 comment=repair
    curl -fs "$RUNBOOK_ALERTMANAGER_URL/api/v2/silences" | grep -q '"state":"active"' || end bad "no silence"
    clear
    id=$(grep -ho '"id":"m[0-9a-z]*"' state/scratchpad/*.jsonl | head -n 1 | cut -d'"' -f4)
    "$runbook" undo "$id" # knows its server by the configuration only
    curl -fs "$RUNBOOK_ALERTMANAGER_URL/api/v2/silences" | grep -q '"state":"active"' && end bad "still active"
    verified || end bad "not verified"
}

waits() { # asked without a terminal, answered in another one
    sleep 1000 &
    pid=$!
    tap_pids="$tap_pids $pid"
    "$runbook" act host.process.signal pid="$pid" </dev/null >out 2>&1
    [ $? -eq 4 ] || end bad "it did not wait"
    id=$(head -n 1 out | cut -d' ' -f1)
    echo yes | "$runbook" approve "$id" >out 2>&1
    [ $? -eq 4 ] || end bad "a pipe approved"
    kill -0 "$pid" || end bad "it was ended by a pipe"
    "$runbook" approve "$id"
    case $1 in
    yes) kill -0 "$pid" 2>/dev/null && [ "$(cut -d' ' -f3 "/proc/$pid/stat")" != Z ] && end bad "it still runs" ;;
    *) kill -0 "$pid" || end bad "it was ended" ;;
    esac
    recorded "$1"
}

# The answer and what came of it are on the record, which holds, and which only its owner reads.
recorded() {
    status=approved call=SUCCESS
    [ "$1" = yes ] || status=rejected call=BLOCKED
    "$runbook" audit show --last 1h >shown
    grep -q "$status  *high  .*host.process.signal" shown || end bad "audit show: $(tail -n 1 shown)"
    "$runbook" audit show --calls >shown
    grep -q "$call  *high  .*host.process.signal" shown || end bad "audit show --calls: $(tail -n 1 shown)"
    grep -q "\"type\":\"mutation.ended\".*\"where\":\"local\".*\"args\":{.*\"status\":\"$call\"" state/audit/approvals.jsonl || end bad "no line of the call"
    "$runbook" audit export >shown || end bad "no export"
    for field in '"audit_id":"' '"timestamp":"' '"user":{"id":"' '"action":{"intent":"host.process.signal"' "\"result\":{\"status\":\"$status\""; do
        grep -q "$field" shown || end bad "audit export has no $field"
    done
    "$runbook" audit verify >shown || end bad "audit verify: $(grep BROKEN shown)"
    awk '/signed to line/ && $3 != $NF { bad = 1 } END { exit bad }' shown || end bad "the end of a session is not signed"
    [ "$(stat -c %a state/audit state/audit/approvals.jsonl state/pending | tr '\n' ' ')" = "700 600 700 " ] || end bad "others can read it"
    [ -z "$(ls state/pending)" ] || end bad "the request still lies there"
    sed 's/"approved":\(true\|false\)/"approved":maybe/' state/audit/approvals.jsonl >other
    cat other >state/audit/approvals.jsonl
    "$runbook" audit verify >shown && end bad "a changed line was not seen"
    :
}

case $1 in
waits-no) waits no ;;
waits) waits yes ;;
*) "$1" ;;
esac
end ok
