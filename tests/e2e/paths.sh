#!/bin/sh
# Paths that nobody may touch, behind real symbolic links, on this machine and over a real sshd: every operation that takes
# a path asks again with what it leads to there. T-09 T-10 T-28
. "${RB_SRCDIR:-.}/tests/lib/tap.sh"
# shellcheck source=tests/lib/sshd.sh
. "${RB_SRCDIR:-.}/tests/lib/sshd.sh"
[ -x "$runbook" ] || skip_all "the program is not built"
unset RUNBOOK_CONFIG RUNBOOK_STATE_DIR RUNBOOK_HOST RUNBOOK_PROMETHEUS_URL XDG_RUNTIME_DIR NO_COLOR
HOME=$work/home XDG_CONFIG_HOME=$work/home/config LC_ALL=C.UTF-8
export HOME XDG_CONFIG_HOME LC_ALL
work=$(readlink -f "$work")
mkdir -p "$HOME" "$work/at"
cd "$work" || exit 1
ln -s /etc/passwd at/file
ln -s /etc at/folder
ln -s /etc/ssl at/deep
ln -s file at/twice
ln -s "$work/at/loop" at/loop
commit=0123456
ln -s /bin at/bin
echo keep >at/plain.log
ln -s plain.log at/alias.log
before=$(cksum </etc/passwd)

# refused WHAT HOST OPERATION ARGS: it says why, runs nothing and asks nobody
refused() {
    what="$1 ($2)" host=$2
    shift 2
    "$runbook" act --state-dir state ${ssh_how:+--ssh-config "$ssh_how"} "$1" "host=$host" "$2" ${3:+"$3"} ${4:+"$4"} >out 2>&1 </dev/null
    code=$?
    if grep -q -e 'out of bounds' -e 'leads' -e 'symbolic link' -e 'belongs to the system' -e 'no folder' -e 'is a link' -e 'disk is not touched' out &&
        ! grep -q 'waits\|approve' out && [ "$code" -ne 0 ] && [ "$(cksum </etc/passwd)" = "$before" ]; then
        ok "$what"
    else
        not_ok "$what" "exit code $code" out
    fi
}

everywhere() {
    h=$1
    refused "a command reads a link to a file" "$h" host.command.run "command=cat $work/at/file"
    refused "a command reads through a linked folder" "$h" host.command.run "command=cat $work/at/folder/shadow"
    refused "a link to a link" "$h" host.command.run "command=head -n 1 $work/at/twice"
    refused "dots behind a link" "$h" host.command.run "command=cat $work/at/deep/../passwd"
    refused "a second path of a command" "$h" host.command.run "command=cat $work/at/plain.log $work/at/file"
    refused "a command changes through a link" "$h" host.command.run "command=truncate -s 0 $work/at/folder/hosts"
    refused "a command deletes through a link" "$h" host.command.run "command=rm $work/at/bin/ls"
    refused "a command copies onto a link" "$h" host.command.run "command=cp $work/at/plain.log $work/at/folder/x"
    refused "a file is deleted through a link" "$h" host.file.delete "path=$work/at/folder/hosts"
    refused "a file is deleted by its link" "$h" host.file.delete "path=$work/at/file"
    refused "a log is emptied through a link" "$h" host.log.truncate "path=$work/at/alias.log"
    refused "a log is moved aside through a link" "$h" host.log.rotate "path=$work/at/folder/hosts"
    refused "a log gets its name back through a link" "$h" host.log.restore "path=$work/at/folder/hosts" name=x
    refused "swap in a linked folder" "$h" host.swap.add "path=$work/at/folder/swap" size_mb=16
    refused "a repository behind a link" "$h" git.commit.revert "repo=$work/at/repo" "commit=$commit" branch=b
    refused "a checkout behind a link" "$h" git.release.checkout "repo=$work/at/repo" ref=main
}

if command -v git >/dev/null; then # a repository in a place that is out of bounds is made of one that is not
    mkdir -p "$work/.config/repo"
    ln -s "$work/.config/repo" at/repo
    (cd "$work/.config/repo" && git init -q -b main && git -c user.name=x -c user.email=x@x commit -q --allow-empty -m one)
    commit=$(cd "$work/.config/repo" && git rev-parse HEAD)
else
    ln -s /etc at/repo
fi
everywhere local
check "what may be read is read" sh -c "'$runbook' act --state-dir state --dry-run host.command.run 'command=cat $work/at/plain.log' </dev/null | grep -q 'dry run\|dry_run'"
if start_sshd web-3; then
    ssh_how=$work/ssh_config
    everywhere web-3
else
    skip "the same over ssh" "no sshd"
fi
check "nothing was ever started" sh -c '! grep -q "\"started\"" state/mutations.jsonl 2>/dev/null'

# A model's look at a log, too: the name is not the file.
ln -s /etc/shadow at/evil.log
for h in local ${ssh_how:+web-3}; do
    "$runbook" investigate --help >/dev/null
    what="a log is not read behind a link ($h)"
    printf 'turns:\n  - say: [{tool: host_log, input: {host: %s, file: "%s"}}]\notherwise: {say: [{text: "done"}]}\n' "$h" "$work/at/evil.log" >scenario.yaml
    if [ -x "$RB_BUILDDIR/tests/standin/standin" ]; then
        rm -f addr asked.jsonl
        "$RB_BUILDDIR/tests/standin/standin" --record asked.jsonl scenario.yaml >addr &
        tap_pids="$tap_pids $!"
        wait_for 60 grep -q http addr
        printf 'llm: {provider: anthropic, model: claude-stand-in, base_url: "%s", api_key: test, retries: 0}\n' "$(cat addr)" >c.yaml
        "$runbook" ask --config c.yaml --state-dir mstate ${ssh_how:+--ssh-config "$ssh_how"} --host "$h" --json --events look >out 2>&1 </dev/null
        if grep -q 'loglink\|a symbolic link is on the way' asked.jsonl && ! grep -q 'root:[*!$]' asked.jsonl; then ok "$what"; else not_ok "$what" "$(grep -o 'gaps[^]]*' asked.jsonl | head -n 3)"; fi
    else
        skip "$what" "the stand-in is not built"
    fi
done
done_testing
