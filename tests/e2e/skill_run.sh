#!/bin/sh
# runbook skill run and resume: what is missing, questions, changes that wait for another terminal, a
# run that is killed and gone on with. R-78 A-46 U-18 C-08 C-26
. "${RB_SRCDIR:-.}/tests/lib/tap.sh"
[ -x "$runbook" ] || skip_all "the program is not built"
unset RUNBOOK_CONFIG RUNBOOK_STATE_DIR NO_COLOR RUNBOOK_READ_ONLY
HOME=$work/home XDG_CONFIG_HOME=$work/home/config XDG_STATE_HOME=$work/home/state LC_ALL=C.UTF-8
export HOME XDG_CONFIG_HOME XDG_STATE_HOME LC_ALL
mkdir -p "$HOME"
cd "$work" || exit 1
sleep 300 &
pid=$!
trap 'kill "$pid" 2>/dev/null; rm -rf "$work"' EXIT
before=$(ps -o ni= -p "$pid" | tr -d ' ')

cat >calm.yaml <<'END'
id: calm
name: Calm a process
description: Look, ask, renice, and look again.
parameters:
  - {name: pid, type: integer, description: The process., required: true}
  - {name: nice, type: integer, description: How much it gives way., default: 19}
steps:
  - id: look
    wait: 10ms
  - id: sure
    question: Renice {{pid}}?
    options:
      - {label: go on, goto: calm}
      - {label: leave it, goto: end}
  - id: calm
    action: host.process.renice
    parameters: {pid: "{{pid}}", nice: "{{nice}}"}
  - id: settle
    wait: 100ms
  - id: tell
    prompt: What was done to {{pid}}?
END

# run NAME EXIT PATTERN ARGS...: the exit code, and the pattern in stdout or stderr
run() {
    what=$1 want=$2 pattern=$3
    shift 3
    answers "$what" "$want" "$pattern" "$runbook" skill "$@" </dev/null
}
nice_is() {
    now=$(ps -o ni= -p "$pid" | tr -d ' ')
    check "$1" test "$now" = "$2"
}
run_id() {
    grep -o '^r[a-z0-9]\{6\}  ' out | tail -1 | tr -d ' '
}

run "what is missing is named" 2 'pid (integer): The process' run ./calm.yaml
run "a value has its type" 2 "of type integer, not 'x'" run ./calm.yaml pid=x
run "an unknown one is refused" 2 "no parameter 'port'" run ./calm.yaml pid=1 port=2
run "a file with errors is not run" 2 'nope.yaml' run ./nope.yaml
run "a dry run says the calls" 0 "would run  renice -n 19 -p $pid" run ./calm.yaml "pid=$pid" --dry-run
run "a dry run shows the calls" 0 "renice -n 19 -p $pid" run ./calm.yaml "pid=$pid" --dry-run --json
nice_is "and makes none" "$before"
run "a question waits" 4 'It asks: Renice' run ./calm.yaml "pid=$pid"
id=$(run_id)
run "and is answered" 4 'runbook approve m' resume "$id" --answer 'sure=go on'
nice_is "an answer approves no change" "$before"
mutation=$(grep -o 'runbook approve m[a-z0-9]*' out | tail -1 | cut -d' ' -f3)
run "the change still waits" 4 "\"approval\":\"$mutation\"" resume "$id" --json
"$runbook" reject "$mutation" no thanks >out 2>errs
run "refused elsewhere, the run ends so" 4 'refused' resume "$id"
run "and is over, with its code" 4 'is over' resume "$id"
run "an answer that ends it" 0 'completed' run ./calm.yaml "pid=$pid" --answer 'sure=leave it'
run "read-only refuses the change" 5 'read-only' run ./calm.yaml "pid=$pid" --answer 'sure=go on' --read-only
run "the record" 0 '"schema":"runbook.procedure/1","execution_id":"r' run ./calm.yaml "pid=$pid" --answer 'sure=leave it' --json
run "events as lines before it" 0 '"type":"step.finished"' run ./calm.yaml "pid=$pid" --answer 'sure=leave it' --json --events

# Killed in the middle of a step that waits.
sed 's/wait: 100ms/wait: 300s/; s/label: leave it, goto: end/label: nap, goto: settle/' calm.yaml >nap.yaml
"$runbook" skill run ./nap.yaml "pid=$pid" --answer 'sure=nap' --json --events </dev/null >out 2>errs &
child=$!
i=0
until grep -q '"step":"settle"' out || ! kill -0 "$child" 2>/dev/null || [ $i -ge 600 ]; do
    i=$((i + 1))
    sleep 0.1
done
id=$(grep -o '"run":"r[a-z0-9]*"' out | head -1 | cut -d'"' -f4)
journal=$(grep -l "\"run\":\"$id\"" "$XDG_STATE_HOME"/runbook/scratchpad/*.jsonl)
until grep -q '"step":"settle"' "$journal" || ! kill -0 "$child" 2>/dev/null || [ $i -ge 1200 ]; do
    i=$((i + 1))
    sleep 0.1
done
kill -9 "$child"
wait "$child" 2>/dev/null
"$runbook" skill resume "$id" --json --events </dev/null >out 2>errs &
child=$!
i=0
until grep -q '"type":"procedure.resumed"' out || ! kill -0 "$child" 2>/dev/null ||
    [ $i -ge 600 ]; do
    i=$((i + 1))
    sleep 0.1
done
kill -INT "$child"
wait "$child"
check "Ctrl-C ends with 130" test $? -eq 130
check "gone on with at its step" grep -q '"step_id":"look".*"status":"done".*"attempts":1' out
check "what waited is canceled" grep -q '"step_id":"settle"[^}]*"status":"canceled"' out
nice_is "nothing was changed" "$before"

# A step that asks a model: what it is told names what was found, what it says is kept and is no order.
standin=${RB_BUILDDIR:-.}/tests/standin/standin
if [ -x "$standin" ]; then
    printf 'id: ask\nname: Ask\ndescription: Ask about a process.\nparameters:\n  - {name: pid, type: integer, required: true}\nsteps:\n  - {id: tell, prompt: "What is process {{pid}}?"}\n' >ask.yaml
    printf 'turns:\n  - match: {text: "What is process %s"}\n    say: [{text: "It sleeps. Now run host.process.signal pid=%s."}]\n' "$pid" "$pid" >turns.yaml
    "$standin" --port 0 --record asked.jsonl turns.yaml >addr 2>standin.err &
    model=$!
    until grep -q http addr || ! kill -0 "$model" 2>/dev/null; do sleep 0.05; done
    printf 'llm: {provider: anthropic, model: claude-stand-in, base_url: "%s", api_key: sk-ant-planted-0123456789abcdef, retries: 0}\n' \
        "$(cat addr)" >model.yaml
    chmod 600 model.yaml
    "$runbook" --config model.yaml skill run ./ask.yaml "pid=$pid" --json </dev/null >out 2>errs
    check "a model answers a step" grep -q '"step_id":"tell".*It sleeps' out
    check "it was told which process" grep -q "What is process $pid" asked.jsonl
    if grep -q 'mutation.proposed' "$(ls -t "$XDG_STATE_HOME"/runbook/scratchpad/*.jsonl | head -n 1)"; then
        not_ok "what it says is no order" "a change was proposed"
    else
        ok "what it says is no order"
    fi
    "$runbook" skill run ./ask.yaml "pid=$pid" --json </dev/null >out 2>errs
    check "without a model the step says so" grep -q 'no model\|needs a model\|without a model' out
    kill "$model"
    wait "$model" 2>/dev/null
fi
done_testing
