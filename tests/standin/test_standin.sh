#!/bin/sh
# The stand-in itself: what it refuses, what it says on each wire, and that its faults are faults.
. "${RB_SRCDIR:-.}/tests/lib/tap.sh"
standin=$RB_BUILDDIR/tests/standin/standin
[ -x "$standin" ] || skip_all "the stand-in is not built"
command -v curl >/dev/null || skip_all "curl is not installed"
cd "$work" || exit 1

# stand SCENARIO-FILE OPTIONS: sets url
stand() {
    file=$1
    shift
    rm -f address
    "$standin" --record record.jsonl "$@" "$file" >address 2>errors &
    tap_pids="$tap_pids $!"
    wait_for 60 test -s address || return 1
    url=$(cat address)
}
# ask PATH BODY OPTIONS: the answer in `out`, the status in $status
ask() {
    path=$1 body=$2
    shift 2
    status=$(curl -s -m 10 -o out -w '%{http_code}' -H 'content-type: application/json' \
        -H "anthropic-version: ${version:-2026-10-21}" -H "authorization: ${key:-Bearer test}" "$@" -d "$body" "$url$path")
    exit_code=$?
}
refused() { # DESCRIPTION STATUS WORDS PATH BODY OPTIONS
    what=$1 want=$2 words=$3
    shift 3
    ask "$@"
    if [ "$status" = "$want" ] && grep -q -- "$words" out; then ok "$what"; else not_ok "$what" "status $status" out; fi
}
says() { # DESCRIPTION PATTERN...: all are in the answer
    what=$1
    shift
    for p in "$@"; do
        grep -q -- "$p" out || { not_ok "$what" "not there: $p" out; return; }
    done
    ok "$what"
}
user='{"role":"user","content":"E7 and H1.2 matter"}'
m() { echo "{\"model\":\"claude-x\",\"max_tokens\":64,\"stream\":true,\"messages\":[$1]$2}"; }

cat >good.yaml <<'END'
turns:
  - error: {status: 429, headers: {retry-after: "1"}}
  - match: {text: "E7"}
    times: 0
    say:
      - thinking: "Hm."
      - text: "Größe"
      - tool: note
        input: {evidence: "{{find E[0-9]+}}", node: "{{find H[0-9.]+}}", n: "{{=find E([0-9]+)}}"}
END
check "a scenario that is right" "$standin" --check good.yaml
echo 'turns: [{say: [{text: hi}], fault: {split: 1}}]' >typo.yaml
"$standin" --check typo.yaml 2>out && not_ok "a word that is wrong is said" || says "a word that is wrong is said" "no 'fault'"

stand good.yaml || { not_ok "the stand-in starts" errors; done_testing; exit; }
# The investigation of another test may look in at any time.
visit=$(curl -s -m 60 -o /dev/null -w '%{http_code}' -A 'runbook/9 (investigation: does this listener answer)' \
    -H "authorization: Bearer test" -d "$(m "$user")" "$url/v1/messages")
curl -s -m 60 "$url/standin/state" >out
if [ "$visit" = 404 ] && [ ! -s record.jsonl ]; then
    says "the visit of an investigation is no request, and takes no turn" '"requests":0,"connections":1,'
else
    not_ok "the visit of an investigation is no request, and takes no turn" "$visit" record.jsonl out
fi
refused "a scripted 429" 429 rate_limit_error /v1/messages "$(m "$user")"
ask /v1/messages "$(m "$user")"
says "anthropic: the stream" 'event: message_start' 'event: ping' thinking_delta signature_delta 'event: message_stop' \
    '"stop_reason":"tool_use"' 'E7' '"partial_json":""'
check "a template finds ids" grep -qF '\"n\":7' out
key='Bearer bad'
refused "a wrong key" 401 authentication_error /v1/messages "$(m "$user")"
key=
refused "sampling parameters" 400 temperature /v1/messages "$(m "$user" ',"temperature":1')"
version=2023-06-01
refused "an older version takes them" 200 message_stop /v1/messages "$(m "$user" ',"temperature":1')"
version=
version=2027-01-01
refused "a version that is none" 400 anthropic-version /v1/messages "$(m "$user")"
version=
refused "an unknown member" 400 frobnicate /v1/messages "$(m "$user" ',"frobnicate":1')"
refused "prefill" 400 'end with the user' /v1/messages "$(m "$user,{\"role\":\"assistant\",\"content\":\"It\"}")"
use='{"role":"assistant","content":[{"type":"tool_use","id":"t1","name":"note","input":{}}]}'
result='{"type":"tool_result","tool_use_id":"t1","content":"E7"}'
refused "a call without result" 400 t1 /v1/messages "$(m "$user,$use,$user")"
refused "a result that does not come first" 400 'come first' /v1/messages \
    "$(m "$user,$use,{\"role\":\"user\",\"content\":[{\"type\":\"text\",\"text\":\"x\"},$result]}")"
refused "a result of nothing" 400 'answers no tool_use' /v1/messages "$(m "{\"role\":\"user\",\"content\":[$result]}")"
refused "a result in its place" 200 message_stop /v1/messages "$(m "$user,$use,{\"role\":\"user\",\"content\":[$result]}")"
mark='"cache_control":{"type":"ephemeral"}'
t="{\"type\":\"text\",\"text\":\"E7\",$mark}"
refused "five cache marks" 400 'at most 4' /v1/messages "$(m "{\"role\":\"user\",\"content\":[$t,$t,$t,$t,$t]}")"
refused "four cache marks" 200 message_stop /v1/messages "$(m "{\"role\":\"user\",\"content\":[$t,$t,$t,$t]}")"
refused "changed thinking" 400 signature /v1/messages \
    "$(m "$user,{\"role\":\"assistant\",\"content\":[{\"type\":\"thinking\",\"thinking\":\"Hm!\",\"signature\":\"x\"},{\"type\":\"text\",\"text\":\"y\"}]},$user")"

c() { echo "{\"model\":\"gpt-4o\",\"stream\":true,\"stream_options\":{\"include_usage\":true},\"messages\":[$1]$2}"; }
ask /v1/chat/completions "$(c "$user")"
says "chat: the stream" '"delta":{"role":"assistant"' '"tool_calls":\[{"index":0,"id"' '"finish_reason":"tool_calls"' \
    '"choices":\[\],"usage":{' 'data: \[DONE\]'
refused "chat: a call without answer" 400 'must be answered' /v1/chat/completions \
    "$(c "$user,{\"role\":\"assistant\",\"content\":null,\"tool_calls\":[{\"id\":\"c1\",\"type\":\"function\",\"function\":{\"name\":\"a\",\"arguments\":\"{}\"}}]}")"
refused "chat: max_tokens of a model that reasons" 400 unsupported_parameter /v1/chat/completions \
    '{"model":"gpt-5","max_tokens":5,"messages":[{"role":"user","content":"x"}]}'
ask /v1/responses '{"model":"gpt-5","stream":true,"input":"E7 H1"}'
says "responses: the stream" 'event: response.created' 'reasoning_summary_text.delta' 'output_text.delta' \
    'function_call_arguments.done' 'event: response.completed' '"sequence_number":0'
refused "responses: an output without call" 400 'no function call' /v1/responses \
    '{"model":"gpt-5","input":[{"type":"function_call_output","call_id":"c","output":"x"}]}'
ask /model/a.b-v1%3A0/converse-stream '{"messages":[{"role":"user","content":[{"text":"E7 H1"}]}]}'
says "bedrock: the stream" messageStart contentBlockDelta toolUse messageStop metadata
key='Bearer bad'
refused "bedrock: a wrong key" 403 'key is' /model/m/converse '{"messages":[{"role":"user","content":[{"text":"E7"}]}]}'
key=
check "what was asked is recorded" grep -q '"turn":1,"refused":0' record.jsonl
if grep -q 'Bearer' record.jsonl; then not_ok "keys are not recorded" record.jsonl; else ok "keys are not recorded"; fi

# Faults: the same answer, spoiled.
{
    echo 'turns:'
    for f in 'split: 1' 'eol: crlf' 'cut_at: 300' 'no_stop: true' 'error_at: 3' 'broken_args: true' 'html: true' \
        'unknown_events: true' 'cut_event: message_stop, close_delimited: true' 'stall_at: 100, stall_ms: 300' 'rate: 200'; do
        printf '  - faults: {%s}\n    say: [{text: "one two three"}, {tool: note, input: {a: "b c"}}]\n' "$f"
    done
} >faults.yaml
stand faults.yaml
ask /v1/messages "$(m "$user")"
says "split at every byte: all of it comes" 'event: message_stop'
ask /v1/messages "$(m "$user")"
check "CRLF" grep -q "$(printf 'event: message_stop\r')" out
ask /v1/messages "$(m "$user")"
[ "$exit_code" = 18 ] && [ "$(wc -c <out)" = 300 ] && ok "cut at a byte" || not_ok "cut at a byte" "curl says $exit_code" out
ask /v1/messages "$(m "$user")"
grep -q 'event: message_stop' out && not_ok "no message_stop" out || ok "no message_stop"
ask /v1/messages "$(m "$user")"
says "an error in the stream" 'event: error' overloaded_error
ask /v1/messages "$(m "$user")"
grep -q 'c.*"}"' out && not_ok "broken arguments" out || ok "broken arguments"
ask /v1/messages "$(m "$user")"
says "a page" '<html>'
ask /v1/messages "$(m "$user")"
says "unknown events" 'event: shiny_new_event' 'event: message_stop'
ask /v1/messages "$(m "$user")"
[ "$exit_code" = 0 ] && ! grep -q 'event: message_stop' out && ok "an end that looks like one" || not_ok "an end that looks like one" "curl says $exit_code"
ask /v1/messages "$(m "$user")"
says "a stall ends" 'event: message_stop'
ask /v1/messages "$(m "$user")"
says "a rate" 'event: message_stop'
ask /v1/messages "$(m "$user")"
check "more than the scenario has" test "$status" = 400
done_testing
