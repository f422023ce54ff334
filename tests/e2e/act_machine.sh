#!/bin/sh
# act_machine.sh COMMAND... - run it where it may break things: its own processes, mounts, control groups, network
# and names, its own /etc and /run, and a real systemd as process 1. Everything in it ends with it. What it prints is
# printed, its status is ours. Where the machine lacks the right or systemd, the command runs here, without them;
# RB_ACT_MACHINE says which: systemd, or nothing. One at a time: swap and control groups belong to the whole machine.
set -u
systemd=/lib/systemd/systemd
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
trap 'exit 1' INT TERM

plainly() {
    RB_ACT_MACHINE='' "$@" 9>&-
    exit
}
if [ "$(id -u)" -eq 0 ] && command -v flock >/dev/null; then
    lock=$work
    [ ! -w /run/lock ] || lock=/run/lock
    exec 9>"$lock/runbook-act-machine"
    flock -w 900 9 || echo "# another test has the machine for too long"
fi
[ "$(id -u)" -eq 0 ] && [ -x "$systemd" ] && command -v unshare >/dev/null || plainly "$@"
unshare --pid --mount --cgroup --uts --ipc --net --fork --mount-proc true 2>/dev/null || plainly "$@"

quote() { for word in "$@"; do printf " '%s'" "$(printf '%s' "$word" | sed "s/'/'\\\\''/g")"; done; }
export -p >"$work/env"
cat >"$work/job" <<END
. $work/env
cd '$(pwd)' || exit 1
RB_ACT_MACHINE=systemd
export RB_ACT_MACHINE
: >$work/began
$(quote "$@") </dev/null
echo \$? >$work/status.new
mv $work/status.new $work/status
END
cat >"$work/inner" <<END
mount -t tmpfs run /run || exit 1
mkdir -p /run/systemd/system /run/sshd /run/lock
cp -a /etc $work/etc
mount --bind $work/etc /etc
rm -rf /etc/systemd/system/*
printf '[Unit]\nDefaultDependencies=no\nWants=lab.service\n' >/run/systemd/system/lab.target
printf '[Unit]\nDefaultDependencies=no\n[Service]\nIgnoreSIGPIPE=no\nExecStart=/bin/sh $work/job\nStandardOutput=file:$work/out\nStandardError=inherit\n' \
    >/run/systemd/system/lab.service
hostname lab
ip link set lo up 2>/dev/null
exec env container=runbook $systemd --system --unit=lab.target
END
: >"$work/out"
left=$(ls /sys/fs/cgroup/systemd /sys/fs/cgroup/unified /sys/fs/cgroup 2>/dev/null)
unshare --pid --mount --cgroup --uts --ipc --net --fork --kill-child --mount-proc sh "$work/inner" >"$work/console" 2>&1 9>&- &
machine=$!
trap 'kill -9 $machine 2>/dev/null; rm -rf "$work"' EXIT
until_began=$(($(date +%s) + 120))
while [ ! -e "$work/status" ] && kill -0 $machine 2>/dev/null; do
    [ -e "$work/began" ] || [ "$(date +%s)" -lt $until_began ] || break
    sleep 0.05
done
kill -9 $machine 2>/dev/null
wait $machine 2>/dev/null
for group in /sys/fs/cgroup/systemd /sys/fs/cgroup/unified /sys/fs/cgroup; do
    for name in init.scope system.slice; do
        echo "$left" | grep -q "^$name$" || find "$group/$name" -depth -type d -exec rmdir {} \; 2>/dev/null
    done
done
if [ ! -e "$work/began" ]; then
    sed 's/^/# /' "$work/console" | tail -n 5
    plainly "$@"
fi
cat "$work/out"
[ -e "$work/status" ] || exit 1
exit "$(cat "$work/status")"
