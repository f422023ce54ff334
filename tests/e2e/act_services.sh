#!/bin/sh
# act_services.sh COMMAND... - inside act_machine.sh: what its mutations are for, then the command. RB_ACT_BIN: a folder
# that is first in every PATH; RB_ACT_SSH_CONFIG: knows web-3, a user who may use sudo, and web-4, one who may not;
# RB_ACT_AM: a real Alertmanager; RB_ACT_NSCD: nscd runs. Unset is what this machine has not.
# shellcheck source=tests/lib/tap.sh
. "${RB_SRCDIR:-.}/tests/lib/tap.sh"
unset RB_ACT_SSH_CONFIG RB_ACT_AM RB_ACT_NSCD
chmod 755 "$work"
mkdir "$work/bin"
RB_ACT_BIN=$work/bin
PATH=$RB_ACT_BIN:$PATH:/usr/sbin:/sbin
export RB_ACT_BIN PATH

# Accounts in an /etc that is our own.
own_etc() { [ "${RB_ACT_MACHINE:-}" = systemd ]; }

scan_sshd() {
    ssh-keyscan -p "$port" 127.0.0.1 2>/dev/null >"$work/known_hosts"
    [ -s "$work/known_hosts" ]
}

services_sshd() {
    sshd=$(command -v sshd) && command -v ssh-keygen >/dev/null && command -v useradd >/dev/null && own_etc || return
    for user in ops guest; do
        useradd -M -d / -s /bin/sh -p '*' rb$user || return
    done
    if command -v sudo >/dev/null; then
        printf 'Defaults !secure_path\nDefaults env_keep += PATH\nrbops ALL=(root) NOPASSWD: ALL\n' >/etc/sudoers.d/rb
        chmod 440 /etc/sudoers.d/rb
    fi
    ssh-keygen -q -t ed25519 -N '' -f "$work/hostkey"
    ssh-keygen -q -t ed25519 -N '' -f "$work/id"
    chmod 644 "$work/id.pub"
    port=$((20000 + $$ % 12000))
    for _ in 1 2 3 4 5; do
        port=$((port + 1))
        cat >"$work/sshd_config" <<END
Port $port
ListenAddress 127.0.0.1
HostKey $work/hostkey
AuthorizedKeysFile $work/id.pub
PidFile none
UsePAM no
StrictModes no
PasswordAuthentication no
KbdInteractiveAuthentication no
SetEnv PATH=$PATH
END
        "$sshd" -D -f "$work/sshd_config" -E "$work/sshd.log" &
        wait_served $! scan_sshd && break
    done
    [ -s "$work/known_hosts" ] || return
    cat >"$work/ssh_config" <<END
Host web-3
  User rbops
Host web-4
  User rbguest
Host *
  HostName 127.0.0.1
  Port $port
  IdentityFile $work/id
  IdentitiesOnly yes
  UserKnownHostsFile $work/known_hosts
  ControlMaster auto
  ControlPath $work/%r
  ControlPersist 600
END
    RB_ACT_SSH_CONFIG=$work/ssh_config
    export RB_ACT_SSH_CONFIG
}

services_alertmanager() {
    command -v prometheus-alertmanager >/dev/null && command -v curl >/dev/null || return
    RB_ACT_AM=
    start_alertmanager "$work" && RB_ACT_AM=$am_url
    export RB_ACT_AM
}

services_nscd() {
    command -v nscd >/dev/null && own_etc || return
    mkdir -p /run/nscd
    printf 'enable-cache hosts yes\nenable-cache passwd no\nenable-cache group no\n' >/etc/nscd.conf
    nscd -f /etc/nscd.conf || return
    wait_for 10 nscd -g || return
    RB_ACT_NSCD=1
    export RB_ACT_NSCD
}

services_sshd
services_alertmanager
services_nscd
"$@"
status=$?
[ -z "${RB_ACT_TIMES:-}" ] || times >&2
if [ -d /var/rbswap ]; then
    swapoff /var/rbswap/file 2>/dev/null
    rm -rf /var/rbswap
fi
find /sys/fs/cgroup -maxdepth 2 -name rbtest -type d -exec rmdir {} + 2>/dev/null
exit $status
