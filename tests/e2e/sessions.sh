#!/bin/sh
# sessions, audit verify and replay from outside: exit codes, JSON, refusals, a read-only state folder, a journal that
# was edited or cut. R-22, R-64, U-06, C-10, C-31.
. "${RB_SRCDIR:-.}/tests/lib/tap.sh"
maker=$RB_BUILDDIR/tests/bench/bench_store
[ -x "$runbook" ] && [ -x "$maker" ] || skip_all "the program is not built"
unset RUNBOOK_CONFIG RUNBOOK_STATE_DIR NO_COLOR
HOME=$work/home XDG_CONFIG_HOME=$work/home/config XDG_STATE_HOME=$work/home/state LC_ALL=C.UTF-8
export HOME XDG_CONFIG_HOME XDG_STATE_HOME LC_ALL
mkdir -p "$HOME" "$work/state"
cd "$work" || exit 1
for id in s-one s-two t-three; do "$maker" make "$work/state" $id 40 3 || exit 1; done

st=state
# run NAME EXIT PATTERN ARGS...: the exit code, and the pattern in stdout or stderr
run() {
    what=$1 want=$2 pattern=$3
    shift 3
    answers "$what" "$want" "$pattern" "$runbook" --state-dir "$st" "$@" </dev/null
}

run "the list names every session" 0 't-three' sessions
run "the list as JSON ends with one object" 0 '^{"schema":"runbook.sessions/1","total":3,' sessions --json
run "a session that was never closed" 0 '"state":"interrupted"' sessions --json
(flock -x 9 && "$runbook" --state-dir state sessions) 9<state/scratchpad/s-one.jsonl >out 2>errs
check "a session that is being written" grep -q '^s-one.*running' out
# C-12: another title is one more line of the chain.
run "a session gets another title" 0 't-three is now "the night of t"' sessions rename t- the night of t
run "which the list shows" 0 't-three.*the night of t' sessions
run "as JSON" 0 '^{"schema":"runbook.renamed/1","id":"t-three","title":"again"}' sessions rename t-three again --json
run "its chain still verifies" 0 '3 journals, 0 broken' audit verify
run "a secret in a title is hidden" 0 'redacted-' sessions rename t-three password=hunter2hunter2
check "also in the journal" sh -c '! grep -r -q hunter2hunter2 state'
run "a title is needed" 2 'TITLE' sessions rename t-three
run "a title that is too long" 2 '1 to 200 bytes' sessions rename t-three "$(printf '%0300d' 7)"
run "a session that is not there" 1 "there is no session 'nope'" sessions rename nope x
(flock -x 9 && "$runbook" --state-dir state sessions rename s-one x) 9<state/scratchpad/s-one.jsonl >out 2>errs
check "one that is open says where to do it" grep -q 'is open somewhere.*/rename' errs
run "words that are in no session" 0 'No sessions' sessions list zzzz
run "a search" 0 's-one' sessions list checkout
run "show takes a unique beginning" 0 'integrity.*chain verified' sessions show t-
run "an ambiguous beginning names two" 2 's-one.*s-two\|s-two.*s-one' sessions show s-
run "an unknown session" 1 "there is no session 'nope'" sessions show nope
run "a bad id" 2 'is no session id' sessions show 'a b'
run "every chain verifies" 0 '3 journals, 0 broken' audit verify
run "one session verifies as JSON" 0 '"ok":true' audit verify --json s-one
run "a file verifies" 0 '^ok .*s-one.jsonl' audit verify state/scratchpad/s-one.jsonl
run "a missing file" 1 'there is no file' audit verify ./nope.jsonl
run "replay ends with the verdict" 0 'NO VERDICT\|CAUSE\|INCONCLUSIVE' replay s-one
run "replay as JSON: an event a line" 0 '^{"schema":"runbook.event/1","seq":1,' replay --json s-one
run "replay as JSON: one conclusion at the end" 0 '^{"schema":"runbook.conclusion/1"' replay --json s-one
run "replay with speed" 0 'service-1' replay --speed 1000 s-one
run "a speed that is none" 2 'speed' replay --speed fast s-one
run "step goes on at the end of the input" 0 'service-1' replay --step s-one
run "a place of a replay that is none" 2 "'yesterday' is no place of the recording" replay --from yesterday s-one
"$runbook" --state-dir $st --json replay --from '#10' s-one >out 2>errs </dev/null
check "replay from an event" grep -q '"seq":11,' out
check "and nothing before it" sh -c '! grep -q "\"seq\":10," out'
# U-06: a branch is a session with a chain of its own.
mkdir -p other && "$runbook" --state-dir other replay $st/scratchpad/s-one.jsonl --branch 12 >id 2>errs </dev/null
branched=$(cat id)
check "a branch prints its id" test -f "other/scratchpad/$branched.jsonl"
check "the lines up to the event, and where they are from" test "$(wc -l <"other/scratchpad/$branched.jsonl")" = 13
check "with the new id" sh -c "head -n 1 'other/scratchpad/$branched.jsonl' | grep -q '\"id\":\"$branched\"'"
check "its last line says so" sh -c "tail -n 1 'other/scratchpad/$branched.jsonl' | grep -q 'session.branched.*s-one.*\"event\":12'"
check "its own chain verifies" "$runbook" --state-dir other audit verify "$branched"
check "the original is untouched" "$runbook" --state-dir $st audit verify s-one
run "an event that is not there" 2 'there is no event 99999' replay --branch 99999 s-one
check "leaves nothing behind" test "$(ls other/scratchpad/*.jsonl | wc -l)" = 1
run "an event before the first" 2 'branch' replay --branch 0 s-one

for format in md json html; do
    run "export $format to a file" 0 "wrote doc.$format" sessions export s-one -o doc.$format
    run "export $format does not replace it" 2 'exists already' sessions export s-one -o doc.$format
done
check "an exported file is private" test "$(stat -c %a doc.html)" = 600
check "the HTML has no script" sh -c '! grep -qi "<script" doc.html'
run "export replaces with --force" 0 'wrote doc.md' sessions export s-one -o doc.md --force
run "export to the standard output" 0 '^# ' sessions export s-one

check "journals are private" test "$(stat -c %a state/scratchpad/s-one.jsonl)" = 600
check "the index is private" test "$(stat -c %a state/index.db)" = 600

run "delete without a terminal asks for --yes" 2 'give --yes' sessions delete s-two
check "and nothing is deleted" test -f state/scratchpad/s-two.jsonl
run "delete" 0 'Deleted s-two' sessions delete --yes s-two
check "the journal is gone" test ! -e state/scratchpad/s-two.jsonl
run "and the list knows it" 0 '"total":2' sessions --json

cp -r state good
sed -i '5s/service/serwice/' state/scratchpad/s-one.jsonl
run "an edited line is found and the next one named" 1 'BROKEN.*line 6 does not fit' audit verify
run "an edited journal still replays, with a warning" 1 'does not fit' replay s-one
run "its export says so" 0 'DOES NOT VERIFY' sessions export s-one
rm -rf state && cp -r good state
sed -i '$d' state/scratchpad/s-one.jsonl
run "a journal cut at its end is found by the index" 1 'BROKEN.*was cut' audit verify s-one
run "also after listing" 0 'was cut' sessions
run "and again" 1 'BROKEN.*was cut' audit verify
rm -rf state && cp -r good state
printf '{"seq":' >>state/scratchpad/s-one.jsonl
run "an incomplete last line is told and no error" 0 'incomplete last line' audit verify s-one
rm -f state/index.db*
echo rubbish >state/index.db
run "a damaged index is built again" 0 'was damaged' sessions
check "and what was there is kept" test -f state/index.db.damaged
run "an unreadable journal does not hide the others" 0 't-three' sessions

st=none
run "an empty state folder" 0 'No sessions' sessions
run "verify in an empty state folder" 0 'no journals' audit verify
run "no last session" 1 'no session in' replay last

st=state
what="a limit on file sizes is an error, not the end of the program"
(
    ulimit -f 0
    exec "$runbook" --state-dir state sessions export s-one -o big.html 2>&1
) </dev/null | cat >out
if grep -q 'File too large' out && [ ! -e big.html ]; then ok "$what"; else not_ok "$what" out; fi

what="a read-only state folder is listed without an index"
rm -rf state && cp -r good state && rm -f state/index.db*
if [ "$(id -u)" -eq 0 ] && command -v setpriv >/dev/null; then
    chmod -R a+rX state "$work" "$HOME"
    if setpriv --reuid=65534 --regid=65534 --clear-groups "$runbook" --state-dir state sessions >out 2>errs </dev/null &&
        grep -q t-three out && [ ! -e state/index.db ]; then ok "$what"; else not_ok "$what" out errs; fi
elif [ "$(id -u)" -ne 0 ]; then
    chmod -R a-w state
    run "$what" 0 t-three sessions
    chmod -R u+w state
else
    skip "$what" "no setpriv"
fi
done_testing
