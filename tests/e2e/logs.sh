#!/bin/sh
# runbook logs: families of lines from files, gzip, a pipe; secrets, bad files, exit codes. R-21.
. "${RB_SRCDIR:-.}/tests/lib/tap.sh"
[ -x "$runbook" ] || skip_all "the program is not built"
unset RUNBOOK_CONFIG RUNBOOK_STATE_DIR NO_COLOR
HOME=$work/home XDG_CONFIG_HOME=$work/home/config XDG_STATE_HOME=$work/home/state LC_ALL=C.UTF-8
export HOME XDG_CONFIG_HOME XDG_STATE_HOME LC_ALL
mkdir -p "$HOME"
cd "$work" || exit 1

awk 'BEGIN {
    for (i = 0; i < 3000; i++) {
        t = sprintf("2026-11-21T%02d:%02d:%02dZ", 4 + i / 3600, i / 60 % 60, i % 60)
        printf "%s INFO request %d took %d ms\n", t, i, i % 90
        if (i > 2000 && i % 10 == 0)
            printf "%s ERROR dial tcp 10.0.0.%d:5432: connection refused password=hunter2hunter2\n\tat a.b(C.java:%d)\n", t, i % 200, i
    }
}' >app.log
gzip -c app.log >app.log.gz

# run NAME EXIT PATTERN ARGS...: the exit code, and the pattern in stdout or stderr
run() {
    what=$1 want=$2 pattern=$3
    shift 3
    answers "$what" "$want" "$pattern" "$runbook" logs "$@" </dev/null
}

run "an error family, with its count and that it is new" 0 '^error  *99 04:33:30 04:49:50 .* new  *ERROR dial' app.log
check "the error stands before the routine" sh -c "grep -n -e '^error' -e '^info' out | head -1 | grep -q error"
check "what it means is said" grep -q 'connection: a peer cannot be reached' out
check "the stack trace is with it" grep -q 'at a.b(C.java:2010)' out
check "no secret is printed" sh -c '! grep -q hunter2 out && grep -q redacted out'
cp out plain
run "a gzip file reads the same" 0 '^error  *99' app.log.gz
check "line by line" sh -c 'tail -n +2 plain | sed "s/redacted-[0-9a-f]*//g" >a; tail -n +2 out | sed "s/redacted-[0-9a-f]*//g" >b; cmp a b'
"$runbook" logs - <app.log >out 2>errs
check "a pipe" grep -q '^error  *99' out
run "only what was later" 0 '^info  *600 ' --since 2026-11-21T04:40:00Z app.log
run "only errors" 0 '^error' --level error app.log
check "and nothing else" sh -c '! grep -q "^info" out'
run "only what matches" 0 '^info' --match REQUEST app.log
run "JSON" 0 '^{"schema":"runbook.logs/1",' --json app.log
check "with the family's kind" grep -q '"count":99,.*"kind":"connection","severity":"high"' out
run "the most frequent first" 0 '' --sort count --top 1 --samples 0 app.log
check "one family" sh -c 'grep -q "^info  *3000" out && grep -q "1 more" out && ! grep -q "^error" out'
run "a file that is not there; the other is read" 1 'nowhere.log: No such file' nowhere.log app.log
check "all the same" grep -q '^error  *99' out
run "a folder" 1 'is a folder' .
run "nothing at all" 0 '^0 lines' /dev/null
head -c 3000 app.log.gz >cut.log.gz
run "a gzip file that is cut off" 1 'cut off\|unexpected end' cut.log.gz
printf '\375\067zXZ\000abc' >x.xz
run "another packing names its tool" 1 'xzcat FILE' x.xz
head -c 300000 /dev/urandom >noise.bin
run "noise" 0 'families' noise.bin
check "prints no control bytes" sh -c '! LC_ALL=C grep -q "[[:cntrl:]]" out'
run "an unknown level" 2 "level" --level loud app.log
LC_ALL=C "$runbook" logs --ascii app.log >out 2>errs
check "ASCII alone" sh -c '! LC_ALL=C grep -q "[^ -~]" out'
"$runbook" logs --samples 0 app.log 2>errs | head -n 1 >out
check "a reader that leaves early" sh -c '[ ! -s errs ]'
done_testing
