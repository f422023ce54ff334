#!/bin/sh
# Plain mode through a pipe: the commands, what they refuse, the end of the input, hostile text. R-96.
. "${RB_SRCDIR:-.}/tests/lib/tap.sh"

state=$work/state
cd "$work" || exit 1
HOME=$work
XDG_CONFIG_HOME=$work/none
LC_ALL=C.UTF-8
TZ=UTC
export HOME XDG_CONFIG_HOME LC_ALL TZ
unset RUNBOOK_CONFIG RUNBOOK_STATE_DIR RUNBOOK_HOST RUNBOOK_PROMETHEUS_URL

esc=$(printf '\033')
# plain LINES: the lines are the input; the answer is in out, the code in rc
plain() {
    printf "$1" | timeout 300 "$runbook" --plain --state-dir "$state" >out 2>err
    rc=$?
}
says() { grep -q -- "$1" out; }
silent_terminal() { ! grep -q "$esc" out && ! grep -q "$(printf '\r')" out; }

plain ''
check "an empty input leaves at once" test $rc -eq 0 -a ! -s out -a ! -s err
check "and keeps no session" test ! -d "$state/scratchpad"

plain 'help\n'
check "help lists the commands" says 'hypotheses, h'
check "help says what they do" says 'list the evidence'
plain 'help raw\n'
check "help explains one" says 'raw result of what is open'

plain 'evidance\n'
check "a near miss is named" says 'did you mean evidence?'
plain 'what is wrong\n'
check "a sentence is not asked by mistake" says 'To ask, write: ask'
plain '3\nopen E1\nraw\nwhy\nplay\nstop\nfilter x\nexport\nconclusion\n'
check "a number without a list" says 'name one first'
check "an id that is not there" says 'There is no E1 here'
check "raw without anything open" says 'Open evidence or a query first'
check "why of nothing" says 'of which hypothesis'
check "a replay's command" says "'play' is for a replay"
check "nothing to stop" says 'Nothing is running'
check "export wants a format" says 'md, json or html'
check "no conclusion yet" says 'no conclusion yet'

plain 'ask is this machine \\\nwell\nhypotheses\n1\nevidence\ne1\nE1\nraw\nraw /pressure\nhex\nqueries\nr filesystem\n1\nt\nwhy H1\ntree\nstatus\nexport md out.md\nexport pdf x\nc\nquit\nstatus\n'
check "the question is asked once it is whole" says 'you: is this machine$'
check "the answers come in order" awk '/^session  /&&!s{s=NR} /^1\. H[0-9.]+ /{h=NR} END{exit !(s && h > s)}' out
check "an item is opened by its number" says '^refuted by '
check "evidence is listed with its strength" says '^ *[0-9]*\. E1 '
check "evidence is opened by its id" says '^query '
check "its raw result is printed" says '^ *"[a-z_]*": '
check "and searched" says 'lines hold .pressure'
check "and shown as bytes" says '^00000000  7b 22'
check "resources are filtered" says "with 'filesystem'"
check "the timeline has times" says '^ *1\. [0-9][0-9]:[0-9][0-9]:[0-9][0-9] you: '
check "confidence has its terms" says '^H1: confidence '
check "an export is written" test -s out.md
check "an unknown format is refused" says "the format 'pdf' is none"
check "no control sequence, no carriage return" silent_terminal
check "no prompt where nobody sits" sh -c '! grep -q "^> " out'
check "quit ends it: what follows is not read" test "$(grep -c '^looks at' out)" -eq 1
code=$rc
check "the exit code is the verdict's" test $code -eq 0 -o $code -eq 3
check "stderr is empty" test ! -s err

printf "c\ntree\n" | timeout 300 "$runbook" --plain --color --state-dir "$state" resume last >out 2>err
check "colours when they are asked for" grep -q "$esc\[" out

id=$(ls "$state/scratchpad" | sed -n 's/\.jsonl$//p' | head -n 1)
printf 'status\nevidence\n' | timeout 300 "$runbook" --plain --state-dir "$state" resume "$id" >out 2>err
check "a session is opened again" says "session $id"
check "with its evidence" says '^ *[0-9]*\. E1 '

plain "sessions\nresume $id\nstatus\n"
check "sessions are listed" says "^$id  is this machine"
check "another session is opened from inside" says "session $id"

printf 'ask %s\n' "$(head -c 70000 /dev/zero | tr '\0' x)" >long
printf 'status\n' >>long
timeout 300 "$runbook" --plain --state-dir "$state" <long >out 2>err
check "a line without end is refused, the next is read" says 'longer than 65536 bytes'
check "the next one is" says '0 hypotheses'
printf '\033[2Jx\233m\t\n' | timeout 300 "$runbook" --plain --state-dir "$state" >out 2>err
check "control bytes of the input do not come back" silent_terminal
printf 'status' | timeout 300 "$runbook" --plain --state-dir "$state" >out 2>err
check "a last line without its end counts" says '0 hypotheses'

# U-05: a person steers, line by line.
state=$work/steered
plain 'add x\nreject H1 no\napprovals\napprove A1\n'
check "nothing to steer yet" says 'there is nothing to steer'
check "no approvals, and why" says 'only reads'
plain 'ask is the disk well\nadd the disk is full\nreject H1\nreject H1 known\ntest H1\nrestore H1\ntree\nquit\n'
check "a hypothesis of one's own is tested" says '? the disk is full'
check "a rejection needs a reason" says 'needs a reason: reject H1'
check "a rejection is obeyed" says 'you: reject H1'
check "what is rejected is not tested" says 'it is rejected: take that back first'
check "it is taken back" says 'take back the rejection of H1'

done_testing
