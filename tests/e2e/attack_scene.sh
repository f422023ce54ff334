#!/bin/sh
# attack_scene.sh SCENE - what test_attack_pty attacks: a process that a mutation would end, asked for in the terminal. When
# the command has ended the world is looked at, not the screen: the process lives, no journal says that anything was started,
# the ledger has no place taken, no answer was recorded as a yes. ATTACK_DIR is where the scene lives; the file "ready" there
# names the process. Ends with "scene skip WHY", "scene ok", or "scene bad WHY".
. "${RB_SRCDIR:-.}/tests/lib/tap.sh"
case $runbook in /*) ;; *) runbook=$PWD/$runbook ;; esac
unset RUNBOOK_CONFIG RUNBOOK_HOST RUNBOOK_PROMETHEUS_URL RUNBOOK_ENVIRONMENT RUNBOOK_READ_ONLY SUDO_USER
dir=${ATTACK_DIR:?}
HOME=$dir/home XDG_CONFIG_HOME=$dir/home/config RUNBOOK_STATE_DIR=$dir/state XDG_RUNTIME_DIR=$dir/run
export HOME XDG_CONFIG_HOME RUNBOOK_STATE_DIR XDG_RUNTIME_DIR
mkdir -p "$XDG_CONFIG_HOME/runbook" "$XDG_RUNTIME_DIR"
cd "$dir" || exit 1

end() {
    echo "scene $*"
    exit 0
}
victim() { # [PROGRAM]
    "${1:-sleep}" 1000 &
    pid=$!
    tap_pids="$tap_pids $pid"
    echo "$pid" >ready
}
alive() { kill -0 "$pid" 2>/dev/null && [ "$(cut -d' ' -f3 "/proc/$pid/stat")" != Z ]; }
policy() { cat >"$XDG_CONFIG_HOME/runbook/policy.yaml"; }
act() { "$runbook" act host.process.signal pid="$pid" "$@"; }
waiting() { # proposed without a terminal: $id
    act </dev/null >out 2>&1
    [ $? -eq 4 ] || end bad "it did not wait: $(tail -n 1 out)"
    id=$(head -n 1 out | cut -d' ' -f1)
}
grants() { grep -c '"type":"approval.granted"' state/audit/approvals*.jsonl 2>/dev/null || :; }
untouched() {
    alive || end bad "it was ended"
    if grep -q '"type":"mutation.started"' state/scratchpad/*.jsonl; then end bad "a mutation was started"; fi
    if grep -q '"what":"started"' state/mutations.jsonl; then end bad "the ledger has a place taken"; fi
    case $(grants) in '' | 0) ;; *) end bad "a yes was recorded" ;; esac
    if grep -q '"type":"approval.granted"' state/scratchpad/*.jsonl && [ "${forged:-no}" = no ]; then
        end bad "the journal says that it was approved"
    fi
    if [ "${forged:-no}" = no ] && [ -s state/audit/approvals.jsonl ]; then
        "$runbook" audit show --calls | grep -q BLOCKED || end bad "no line says BLOCKED"
    fi
    "$runbook" audit verify >verify 2>&1 || [ "${forged:-no}" = yes ] || end bad "the records do not hold: $(tail -n 1 verify)"
    end ok
}

dialog() {
    victim
    act
    untouched
}
named() { # critical: the name is typed
    victim
    act --environment prod
    untouched
}
look_alike() { # a name that looks like another: a Cyrillic letter, and an override of the direction
    cp "$(command -v sleep)" "$dir/$(printf '\321\225l\342\200\256ep')"
    victim "$dir/$(printf '\321\225l\342\200\256ep')"
    act --environment prod
    untouched
}
blanks() { # and one with blanks at its end
    cp "$(command -v sleep)" "$dir/db  "
    victim "$dir/db  "
    act --environment prod
    untouched
}
late() { # nobody answers in time
    printf 'limits: {expires: 2s}\n' | policy
    victim
    act
    untouched
}
swapped() { # what was shown is not what is there any more
    victim
    (
        until [ -s swap ]; do sleep 0.05; done
        mv app.log old.log
        echo other >app.log
        : >swapped
    ) &
    tap_pids="$tap_pids $!"
    echo old >app.log
    "$runbook" act host.log.truncate path="$dir/app.log"
    grep -q other app.log || end bad "what came in its place was emptied"
    if grep -q '"type":"mutation.started"' state/scratchpad/*.jsonl; then end bad "a mutation was started"; fi
    end ok
}
pair() { # two persons, and only one of them is there
    printf 'rules: [{match: {operation: "host.process.*"}, decide: two_person}]\napprovers: {keys: %s/keys}\n' "$dir" | policy
    mkdir -p keys
    HOME=$dir/bob XDG_CONFIG_HOME=$dir/bob "$runbook" token key >keys/bob.pub || end bad "no key"
    chmod 755 keys
    chmod 644 keys/bob.pub
    victim
    act
    [ -z "$1" ] || grep -q "$1" state/scratchpad/*.jsonl || end bad "not refused: $1"
    untouched
}
replayed() { # the yes of another time, in the journal once more, with a chain that fits
    victim
    waiting
    journal=$(ls state/scratchpad/*.jsonl)
    print=$(sed -n 's/.*"fingerprint":"\([0-9a-f]*\)".*/\1/p' "$journal" | head -n 1)
    seq=$(($(wc -l <"$journal") + 1))
    prev=$(tail -n 1 "$journal" | tr -d '\n' | sha256sum | cut -d' ' -f1)
    printf '{"seq":%d,"ts":"%s","type":"approval.granted","actor":"user","prev":"%s","data":{"id":"%s","fingerprint":"%s"}}\n' \
        "$seq" "$(date -u +%Y-%m-%dT%H:%M:%S.000Z)" "$prev" "$id" "$print" >>"$journal"
    forged=yes
    session=$(basename "$journal" .jsonl)
    "$runbook" resume "$session" --plain </dev/null >out2 2>&1
    "$runbook" replay "$session" --plain </dev/null >out3 2>&1
    "$runbook" approve "$id" </dev/null >out4 2>&1
    "$runbook" approve "$id" # at the terminal: nothing waits in it
    untouched
}
recording() { # the dialog of a recording answers nothing
    victim
    waiting
    "$runbook" replay "$(basename "$(ls state/scratchpad/*.jsonl)" .jsonl)"
    untouched
}

case $1 in
pair) pair "" ;;
forged) pair "signature is not of this person" ;;
again) pair "is the one who asked" ;;
*) "$1" ;;
esac
