#!/bin/sh
# Four real faults of a machine and a healthy control, each named by the investigation of this machine and, the same,
# through a real sshd on the loopback interface. R-01, R-05, R-10, U-08, U-12, T-08, T-13.
. "${RB_SRCDIR:-.}/tests/lib/tap.sh"
[ -x "$runbook" ] || skip_all "the program is not built"
fault=$RB_BUILDDIR/tests/e2e/host_fault
[ -x "$fault" ] || skip_all "host_fault is not built"
unset RUNBOOK_CONFIG RUNBOOK_STATE_DIR RUNBOOK_HOST RUNBOOK_PROMETHEUS_URL RUNBOOK_SSH_CONFIG XDG_RUNTIME_DIR
HOME=$work/home XDG_CONFIG_HOME=$work/home/config XDG_STATE_HOME=$work/home/state
export HOME XDG_CONFIG_HOME XDG_STATE_HOME
mkdir -p "$HOME"
cd "$work" || exit 1
root=
[ "$(id -u)" -eq 0 ] && root=y
cpus=$(grep -c '^processor' /proc/cpuinfo)

# investigate TARGET TEXT: the root cause object into file cause, the whole answer into out
investigate() {
    timeout 300 "$runbook" investigate --host "$1" --json "$2" >out 2>errs </dev/null
    tail -n 1 out >last
    sed -n 's/.*"root_cause":\({[^}]*}\).*/\1/p' last >cause
}
# names TARGET TEXT PATTERN CATEGORY: the root cause. Tried four times, because other programs of this machine, such as
# tests that make faults as well, may interfere; if something of theirs is the root cause each time, ours is a candidate.
names() {
    for try in 1 2 3 4; do
        investigate "$1" "$2"
        if grep -q "\"resource\":\"[^\"]*$3" cause && grep -q "\"category\":\"$4\"" cause &&
            grep -q '"evidence":\["E[0-9]*","E' cause; then
            return 0
        fi
    done
    if [ -s cause ] && ! grep -q "\"resource\":\"[^\"]*$3" cause; then
        sed -n 's/.*"candidates":\[\(.*\)\],"alternatives":.*/\1/p' last | tr '}' '\n' |
            grep "\"resource\":\"[^\"]*$3" | grep -q "\"category\":\"$4\"" && return 0
    fi
    cat cause errs
    return 1
}
crowded() { # more runnable tasks of others than processors
    read -r _ _ _ run _ </proc/loadavg
    [ "${run%/*}" -gt "$((cpus + 1))" ]
}
# named DESCRIPTION TARGET TEXT PATTERN CATEGORY: on a machine that others saturate, that is the honest answer
named() {
    what=$1
    shift
    if names "$@"; then
        ok "$what"
    elif crowded; then
        skip "$what" "other programs saturate this machine"
    else
        not_ok "$what" cause last
    fi
}
busy_ticks() { sed -n 's/^cpu  *\([0-9]*\) \([0-9]*\) \([0-9]*\) .*/\1 \2 \3/p' /proc/stat; }
quiet() { # less than half a processor was used in the last second
    # shellcheck disable=SC2046 # three words
    set -- $(busy_ticks)
    before=$(($1 + $2 + $3))
    sleep 1
    # shellcheck disable=SC2046 # three words
    set -- $(busy_ticks)
    [ $(($1 + $2 + $3 - before)) -lt 50 ]
}
spawn() { # ARGS of host_fault: pid in $pid, its line in $line
    : >"$work/line"
    "$fault" "$@" >"$work/line" &
    pid=$!
    tap_pids="$tap_pids $pid"
    wait_for 60 test -s "$work/line"
    line=$(cat "$work/line")
}
stop() {
    kill "$pid" 2>/dev/null
    wait "$pid" 2>/dev/null
}
burned() { # it has used 4 s of processor time
    read -r stat <"/proc/$pid/stat" || return 1
    set -- ${stat##*) }
    [ "${12}" -ge 400 ]
}

try_burn() {
    spawn burn
    [ -z "$root" ] || renice -n -10 -p "$pid" >/dev/null 2>&1
    wait_for 60 burned
    what="$1: a process that burns a core is named by its pid"
    named "$what" "$1" "why is the service so slow, cpu is high" "process:$pid(" cpu
    stop
}
try_leak() {
    if grep -q 'define RB_SANITIZED 1' "$RB_BUILDDIR/config.h"; then
        skip "$1: a process that leaks under its limit is named by its pid" "a sanitizer needs more address space"
        return
    fi
    spawn leak 4000000 900000000
    named "$1: a process that leaks under its limit is named by its pid" \
        "$1" "memory of the service grows" "process:$pid(" memory
    stop
}
try_backlog() {
    spawn backlog
    named "$1: a listener whose backlog overflows is named by its port" \
        "$1" "clients cannot connect, timeouts" "port:$line\"" network
    stop
}
try_fill() {
    what="$1: the file that fills a filesystem is named by its path"
    image=$work/disk.img
    tap_mount=$work/full
    mkdir -p "$tap_mount"
    dd if=/dev/zero of="$image" bs=1048576 count=24 2>/dev/null
    if [ -z "$root" ] || ! mkfs.ext4 -q -F "$image" 2>/dev/null || ! mount -o loop "$image" "$tap_mount" 2>/dev/null; then
        tap_mount=
        skip "$what" "only root can mount a loop device"
        return
    fi
    spawn fill "$tap_mount/huge.log"
    named "$what" "$1" "writes fail" "file:$tap_mount/huge.log\"" disk
    stop
    umount "$tap_mount" || umount -l "$tap_mount"
    tap_mount=
}
# What the kernel said in the last 35 minutes: the program looks back 30.
recent_kernel_log() {
    dmesg 2>/dev/null | awk -v up="$(cut -d. -f1 /proc/uptime)" -F'[][]' '$2 + 0 > up - 2100'
}

try_healthy() {
    what="$1: on a healthy machine the verdict is no_action"
    if ! wait_for 6 quiet; then
        skip "$what" "other programs use this machine"
        return
    fi
    if recent_kernel_log | grep -q -e 'Killed process' -e 'I/O error' -e 'blocked for more'; then
        skip "$what" "the kernel log of this machine holds errors"
        return
    fi
    for try in 1 2 3; do
        investigate "$1" "is anything wrong here?"
        grep -q '"verdict":"no_action"' last && break
    done
    if grep -q '"verdict":"no_action"' last; then
        ok "$what"
    elif ! quiet; then
        skip "$what" "other programs use this machine"
    else
        not_ok "$what" last
    fi
}
all_of() {
    try_healthy "$1"
    try_leak "$1"
    try_backlog "$1"
    try_fill "$1"
    try_burn "$1"
}

all_of local

# ---- the same through ssh ----
sshd=$(command -v sshd || ls /usr/sbin/sshd 2>/dev/null)
if [ -z "$sshd" ] || ! command -v ssh-keygen >/dev/null; then
    skip "the same over ssh" "no sshd here"
    done_testing
    exit
fi
[ -z "$root" ] || mkdir -p /run/sshd
chmod 700 "$work"
ssh-keygen -q -t ed25519 -N '' -f "$work/hostkey" && ssh-keygen -q -t ed25519 -N '' -f "$work/id"
port=$((20000 + $$ % 12000))
answers() { ssh-keyscan -p "$port" 127.0.0.1 2>/dev/null | grep -q ed25519; }
# shellcheck disable=SC2034
for try in 1 2 3 4 5; do
    port=$((port + 1))
    cat >sshd_config <<END
Port $port
ListenAddress 127.0.0.1
HostKey $work/hostkey
AuthorizedKeysFile $work/id.pub
PidFile none
UsePAM no
StrictModes no
PasswordAuthentication no
KbdInteractiveAuthentication no
PermitRootLogin yes
END
    "$sshd" -D -f "$work/sshd_config" -E "$work/sshd.log" &
    server=$!
    tap_pids="$tap_pids $server"
    wait_served "$server" answers && break
done
cat >ssh_config <<END
Host localhost web-3
  HostName 127.0.0.1
  Port $port
  User $(id -un)
  IdentityFile $work/id
  IdentitiesOnly yes
  UserKnownHostsFile $work/known_hosts
Host nowhere
  HostName 127.0.0.1
  Port 1
END
export RUNBOOK_SSH_CONFIG="$work/ssh_config"

investigate web-3 "is it slow?"
what="an unknown host key is refused, and the error says how to accept it"
if grep -q "ssh web-3" last && grep -q '"verdict":"failed"' last && [ ! -s known_hosts ]; then
    ok "$what"
else
    not_ok "$what" last errs
fi
investigate nowhere "is it slow?"
what="a machine that does not answer is said to"
if grep -q "onnection refused" last; then ok "$what"; else not_ok "$what" last errs; fi

echo "[127.0.0.1]:$port $(cut -d' ' -f1,2 "$work/hostkey.pub")" >known_hosts
far_home=$(getent passwd "$(id -un)" | cut -d: -f6)
sessions_gone() { ! grep -q "^PPid:[[:space:]]*$server\$" /proc/[0-9]*/status 2>/dev/null; }
ls -A "$far_home" >before
investigate web-3 "is it slow?"
ls -A "$far_home" >after
what="a known one is looked at, and no file and no process is left behind"
if grep -q '"tool_calls":[2-9]' last && ! grep -q '"verdict":"failed"' last && cmp -s before after &&
    wait_for 60 sessions_gone; then
    ok "$what"
else
    not_ok "$what" last errs after
fi
all_of localhost
done_testing
