# shellcheck shell=sh disable=SC2154
# sshd.sh - for shell tests, after tap.sh: a real sshd of our own on the loopback interface, and a configuration
# for ssh that reaches it by a name.

# start_sshd NAME: $work/ssh_config knows NAME, and its key is accepted. Fails where there is no sshd.
start_sshd() {
    sshd=$(command -v sshd || ls /usr/sbin/sshd 2>/dev/null) || return 1
    command -v ssh-keygen >/dev/null && command -v ssh-keyscan >/dev/null || return 1
    [ "$(id -u)" -ne 0 ] || mkdir -p /run/sshd
    chmod 700 "$work"
    ssh-keygen -q -t ed25519 -N '' -f "$work/hostkey" && ssh-keygen -q -t ed25519 -N '' -f "$work/id" || return 1
    ssh_port=$((20000 + $$ % 12000))
    for _ in 1 2 3 4 5; do
        ssh_port=$((ssh_port + 1))
        cat >"$work/sshd_config" <<END
Port $ssh_port
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
        tap_pids="$tap_pids $!"
        wait_served $! scan_sshd && break
    done
    [ -s "$work/known_hosts" ] || return 1
    cat >"$work/ssh_config" <<END
Host $1
  HostName 127.0.0.1
  Port $ssh_port
  User $(id -un)
  IdentityFile $work/id
  IdentitiesOnly yes
  UserKnownHostsFile $work/known_hosts
END
}

scan_sshd() {
    ssh-keyscan -p "$ssh_port" 127.0.0.1 2>/dev/null >"$work/known_hosts"
    [ -s "$work/known_hosts" ]
}
