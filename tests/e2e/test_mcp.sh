#!/bin/sh
# runbook mcp from outside, against a small server of our own; and, with RUNBOOK_NPM=FOLDER, against the reference servers
# of the npm registry over both transports. U-21
. "${RB_SRCDIR:-.}/tests/lib/tap.sh"
[ -x "$runbook" ] || skip_all "the program is not built"
fake=$RB_BUILDDIR/tests/unit/mcp/fake_mcp
[ -x "$fake" ] || skip_all "the fake server is not built"
unset RUNBOOK_CONFIG RUNBOOK_STATE_DIR XDG_RUNTIME_DIR
HOME=$work/home XDG_CONFIG_HOME=$work/home/config XDG_STATE_HOME=$work/home/state
export HOME XDG_CONFIG_HOME XDG_STATE_HOME
mkdir -p "$HOME" "$work/.runbook" "$work/data"
cd "$work" || exit 1

# run WHAT CODE PATTERN ARGS: exit code, and the pattern in what is printed
run() {
    what=$1 want=$2 pattern=$3
    shift 3
    timeout 300 "$runbook" "$@" >out 2>&1 </dev/null
    code=$?
    if [ "$code" = "$want" ] && grep -q -- "$pattern" out; then ok "$what"; else not_ok "$what" "exit code $code" out; fi
}

run "without servers it says where they go" 1 'mcp.servers' mcp list
cat >.runbook/config.yaml <<END
mcp:
  servers:
    good:
      command: $fake
      args: [good]
      env: {FAKE: "1"}
      tools: {echo: {risk: read}}
    plain: {command: $fake, args: [good]}
    off: {command: /nonexistent/server, enabled: false}
END
run "a mapping of names is a list" 0 'valid' config validate
run "the names are kept" 0 'good' config get mcp.servers.0.name
run "list" 0 'good  *ready .*1 tools' mcp list
grep -q off out && not_ok "what is not enabled is not there" out || ok "what is not enabled is not there"
run "list as JSON" 0 '^{"schema":"runbook.mcp.list/1","servers":\[{"name":"good","state":"ready","protocol":"2025-11-25"' mcp list --json
run "tools: high until they are classified" 0 'plain *echo *high (not classified)' mcp tools
grep -q 'good *echo *read$' out && ok "tools: a classified one" || not_ok "tools: a classified one" out
run "tools as JSON" 0 '"row":"mcp_good_echo".*"risk":"read","classified":true' mcp tools good --json
run "a call" 0 '^hello$' mcp call good echo '{"text": "hello"}'
run "a call as JSON" 0 '"ok":true.*"text":"hello"' mcp call good echo '{"text": "hello"}' --json
run "high wants --yes" 4 'say --yes' mcp call plain echo '{"text": "hello"}'
run "and runs with it" 0 '^hello$' mcp call plain echo '{"text": "hello"}' --yes
run "arguments are checked here" 2 "'text' is missing" mcp call good echo '{}'
run "no such tool" 2 'no tool .nope' mcp call good nope
run "no such server" 2 "did you mean 'good'" mcp list goot
run "resources" 0 '^a:b' mcp resources good
run "a resource" 0 '^the text of a:b$' mcp read good a:b
run "what reads it is a tool, too, of high risk" 4 'say --yes' mcp call good read_resource '{"uri": "a:b"}'
run "and is called by its name" 0 '^the text of a:b$' mcp call good read_resource '{"uri": "a:b"}' --yes
run "a prompt" 0 'advice for me' mcp call good get_prompt '{"name": "advice", "arguments": {"who": "me"}}' --yes
"$runbook" doctor >out 2>&1
grep -q 'ok  *good .*1 tools, resources, prompts; a model may call 1$' out && ok "a row of the doctor" || not_ok "a row of the doctor" out
grep -q 'note  *plain .*none is classified as read' out && ok "and what is to do" || not_ok "and what is to do" out
printf 'mcp: {servers: {bad: {command: %s, args: [exit]}, gone: {command: /nonexistent/server}}}\n' "$fake" >.runbook/config.yaml
run "a server that does not start" 1 'bad *waiting *it ended with status 3' mcp list
grep -q '| cannot .*start' out && ok "its last words" || not_ok "its last words" out
grep -q "$(printf '\033')" out && not_ok "its last words are safe" out || ok "its last words are safe"
grep -q 'gone *failed .*no such program' out && ok "a program that is not there" || not_ok "a program that is not there" out
printf 'mcp: {servers: {"a b": {command: x}}}\n' >.runbook/config.yaml
run "a name that is none" 2 'is no name' mcp list
printf 'mcp: {servers: {a: {risk: 1}}}\n' >.runbook/config.yaml
run "a key that is none" 0 'unknown key' config validate

# ---- a model uses them: what is classified as read is offered and asked, all else is not ----
cat >scenario.yaml <<'END'
turns:
  - match: {tool: mcp_good_echo}
    say: [{tool: hypothesis_propose, input: {statement: "The fake server knows.", refutes: "It says nothing."}}]
  - match: {last: "H[0-9]"}
    say: [{tool: mcp_good_echo, input: {hypothesis: "{{new H[0-9.]+}}", text: "planted 4711"}}]
  - match: {last: "planted 4711"}
    say: [{tool: conclude, input: {verdict: inconclusive, claims: "", next: "ask again"}}]
otherwise: {say: [{text: "Nothing more."}]}
END
if [ -x "$RB_BUILDDIR/tests/standin/standin" ]; then
    "$RB_BUILDDIR/tests/standin/standin" --record asked.jsonl scenario.yaml >address &
    tap_pids="$tap_pids $!"
    wait_for 60 test -s address
    cat >.runbook/config.yaml <<END
llm: {provider: anthropic, model: claude-standin, api_key: "\${FAKE_KEY}", base_url: "$(cat address)"}
mcp:
  servers:
    good: {command: $fake, args: [good], tools: {echo: {risk: read}}}
    plain: {command: $fake, args: [good]}
END
    FAKE_KEY="test" timeout 300 "$runbook" investigate --json --host local "what is it?" >out 2>errs </dev/null
    check "a tool that is classified is offered to the model" grep -q '"name":"mcp_good_echo"' asked.jsonl
    grep -q 'mcp_plain_echo' asked.jsonl && not_ok "one that is not is not" || ok "one that is not is not"
    check "its answer comes back to the model" grep -q '"tool_result".*planted 4711' asked.jsonl
    check "its call is in the journal" grep -rq 'tool.started.*mcp_good_echo' .runbook/scratchpad
else
    skip "a model uses them" "the stand-in is not built"
fi

# ---- the reference servers ----
npm_servers() {
    [ -n "${RUNBOOK_NPM:-}" ] || { skip "the reference servers" "RUNBOOK_NPM does not name a folder for them"; return; }
    for tool in node npm; do
        command -v $tool >/dev/null || { skip "the reference servers" "$tool is not installed"; return; }
    done
    mkdir -p "$RUNBOOK_NPM"
    bin=$RUNBOOK_NPM/node_modules/.bin
    if [ ! -x "$bin/mcp-server-everything" ] || [ ! -x "$bin/mcp-server-filesystem" ]; then
        (cd "$RUNBOOK_NPM" && { [ -e package.json ] || echo '{"private":true}' >package.json; } &&
            timeout 240 npm install --no-audit --no-fund --ignore-scripts @modelcontextprotocol/server-everything \
                @modelcontextprotocol/server-filesystem@2026.8.31 >"$work/npm" 2>&1) ||
            { skip "the reference servers" "the registry cannot be reached"; return; }
    fi
    port=$((20000 + $$ % 12000))
    PORT=$port "$bin/mcp-server-everything" streamableHttp >http.log 2>&1 &
    tap_pids="$tap_pids $!"
    cat >.runbook/config.yaml <<END
mcp:
  servers:
    files: {command: $bin/mcp-server-filesystem, args: [$work/data], tools: {read_text_file: {risk: read}}}
    every: {command: $bin/mcp-server-everything, args: [stdio]}
    web: {url: "http://127.0.0.1:$port/mcp"}
END
    wait_for 60 grep -q listening http.log || :
    echo "from a file" >data/a.txt
    run "npm: all three are ready" 0 'web *ready .*tools, resources, prompts' mcp list
    run "npm: the filesystem server reads" 0 '^from a file$' mcp call files read_text_file "{\"path\": \"$work/data/a.txt\"}"
    run "npm: it keeps to its folder" 1 'Access denied' mcp call files read_text_file '{"path": "/etc/passwd"}'
    run "npm: it writes when told to" 0 'rote' mcp call files write_file "{\"path\": \"$work/data/b.txt\", \"content\": \"x\"}" --yes
    for s in every web; do
        run "npm $s: echo" 0 'Echo: hi' mcp call $s echo '{"message": "hi"}' -y
        run "npm $s: structured content" 0 'temperature' mcp call $s get-structured-content '{"location": "New York"}' -y
        run "npm $s: an image" 0 'image/png' mcp call $s get-tiny-image -y
        run "npm $s: progress" 0 'completed' mcp call $s trigger-long-running-operation '{"duration": 1, "steps": 4}' -y
        run "npm $s: resources" 0 'demo://' mcp resources $s
        run "npm $s: templates" 0 'demo://' mcp resources $s --templates
        run "npm $s: a resource" 0 'Features' mcp read $s demo://resource/static/document/features.md
        run "npm $s: prompts" 0 'args-prompt' mcp prompts $s
        run "npm $s: a prompt" 0 'Rome' mcp prompt $s args-prompt '{"city": "Rome"}'
        run "npm $s: arguments are checked here" 2 'must be of type' mcp call $s get-sum '{"a": "x", "b": 2}' -y
    done
}
npm_servers
done_testing
