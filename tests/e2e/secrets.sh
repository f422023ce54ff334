#!/bin/sh
# Secrets that stand in what sources say: in no journal, blob, index, trace, output or request to a
# model. R-35 U-15 C-11 C-13
. "${RB_SRCDIR:-.}/tests/lib/tap.sh"
[ -x "$runbook" ] || skip_all "the program is not built"
command -v python3 >/dev/null || skip_all "python3 is not installed"
unset RUNBOOK_CONFIG RUNBOOK_STATE_DIR NO_COLOR
HOME=$work/home XDG_CONFIG_HOME=$work/home/config XDG_STATE_HOME=$work/home/state LC_ALL=C.UTF-8
export HOME XDG_CONFIG_HOME XDG_STATE_HOME LC_ALL
mkdir -p "$HOME" "$work/.runbook"
cd "$work" || exit 1

: >seen # what a source repeats of the model's key, once there is one
# Every secret begins with Plant3d, so that one word finds them all.
cat >sources.py <<'END'
import http.server, json, os, sys, time, urllib.parse
S = ["postgres://app:Plant3dDsn@db-1/x", "--password Plant3dFlag77", "ghp_Plant3d0123456789abcdefghij0123456789",
     "api_key=Plant3dKey0123456789", "Authorization: Bearer Plant3dBearer0123456789"]
LABELS = {"job": "checkout", "instance": "10.0.0.1:9090", "dsn": S[0], "args": S[1], "note": S[3]}
def series(now):
    return [{"metric": dict(LABELS, __name__=n), "values": [[now - 60 * i, str(100 + i % 7 + (900 if i < 5 else 0))]
             for i in range(60, -1, -1)], "value": [now, "1"]} for n in ("http_requests_total", "request_latency_seconds")]
def alert(am):
    a = {"labels": {"alertname": "HighLatency", "severity": "critical", "service": "checkout", "dsn": S[0], "token": "Plant3dLabel99"},
         "annotations": {"summary": "slow; " + S[4], "runbook": S[2], "seen": open("seen").read()}}
    t = time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(time.time() - 600))
    if am:
        return dict(a, startsAt=t, endsAt="2099-01-01T00:00:00Z", updatedAt=t, fingerprint="0123456789abcdef",
                    generatorURL="http://u:Plant3dUrl@x/", receivers=[{"name": "x"}], status={"state": "active", "silencedBy": [], "inhibitedBy": []})
    return dict(a, state="firing", activeAt=t, value="1e+00")
def answer(path, q):
    now = time.time()
    if path.startswith("/api/v2/"):
        return [alert(True)] if "alerts" in path else []
    d = series(now)
    if path.endswith("query_range"): data = {"resultType": "matrix", "result": [{k: s[k] for k in ("metric", "values")} for s in d]}
    elif path.endswith("query"): data = {"resultType": "vector", "result": [{k: s[k] for k in ("metric", "value")} for s in d]}
    elif path.endswith("alerts"): data = {"alerts": [alert(False)]}
    elif path.endswith("rules"): data = {"groups": [{"name": "g", "file": S[0], "rules": [{"type": "alerting", "name": "HighLatency", "query": "up{dsn=\"%s\"} == 0" % S[0], "health": "err", "lastError": S[4], "state": "firing", "alerts": [alert(False)], "labels": {}, "annotations": {"x": S[2]}, "duration": 60}]}]}
    elif path.endswith("targets"): data = {"activeTargets": [{"discoveredLabels": {"__param_token": "Plant3dParam1"}, "labels": LABELS, "scrapePool": "p", "scrapeUrl": "http://u:Plant3dScrape@10.0.0.1/metrics", "lastError": S[4], "health": "down", "lastScrape": "2026-01-01T00:00:00Z"}], "droppedTargets": []}
    elif path.endswith("metadata"): data = {"http_requests_total": [{"type": "counter", "help": S[3], "unit": ""}]}
    elif path.endswith("series"): data = [s["metric"] for s in d]
    elif "/label/" in path: data = [s["metric"]["__name__"] for s in d] if "__name__" in path else [S[0], S[3]]
    elif path.endswith("labels"): data = list(LABELS)
    else: data = {}
    return {"status": "success", "data": data}
class H(http.server.BaseHTTPRequestHandler):
    def do_GET(self):
        n = int(self.headers.get("Content-Length") or 0)
        body = self.rfile.read(n).decode()
        u = urllib.parse.urlparse(self.path)
        out = json.dumps(answer(u.path, u.query + body)).encode()
        self.send_response(200)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(out)))
        self.end_headers()
        self.wfile.write(out)
        open("asked", "a").write(u.path + "\n")
    do_POST = do_GET
    def log_message(self, *a): pass
s = http.server.ThreadingHTTPServer(("127.0.0.1", 0), H)
open("port.tmp", "w").write(str(s.server_port)); os.rename("port.tmp", "port")
s.serve_forever()
END
python3 sources.py &
tap_pids="$tap_pids $!"
wait_for 10 test -s port
url=http://127.0.0.1:$(cat port)
if command -v bash >/dev/null; then # a process whose command line holds one
    bash -c 'exec -a "worker --password Plant3dProc99 --dsn mysql://a:Plant3dProcDsn@h/x" sleep 600' &
    worker=$!
    tap_pids="$tap_pids $worker"
fi
printf 'token: Plant3dFile42\nmail: a@b.cd\n' >notes.txt

clean() { # what, files or folders ...
    what=$1
    shift
    if grep -raql Plant3d "$@" 2>/dev/null; then
        not_ok "$what" "$(grep -rao '.\{60\}Plant3d.\{20\}' "$@" | tr -d '\000-\037' | head -5)"
    else
        ok "$what"
    fi
}

look() { # options ...: an investigation of everything that is there
    "$runbook" investigate "checkout is slow; my password=Plant3dAsked1 does not work" --host local \
        --prometheus "$url" --alertmanager "$url" --events --json --trace all --trace-file trace.log "$@" >>out 2>>errs
}
look --service checkout --metric request_latency_seconds --model none
look --model none
check "the sources were asked" sh -c 'grep -q query_range asked && grep -q alerts asked'
check "a journal and blobs were written" sh -c 'ls .runbook/scratchpad/*.jsonl .runbook/blobs/*/* | grep -q .'
check "something was hidden" sh -c 'cat .runbook/scratchpad/*.jsonl | grep -q redacted-'

# ---- what a model is sent ----
standin=$RB_BUILDDIR/tests/standin/standin
if [ -x "$standin" ]; then
    cat >says.yaml <<'END'
turns:
  - say:
      - {tool: prometheus_query, input: {hypothesis: H1, query: http_requests_total}}
      - {tool: prometheus_range, input: {hypothesis: H1, query: http_requests_total, start: "@START@"}}
      - {tool: prometheus_targets, input: {hypothesis: H1}}
      - {tool: prometheus_rules, input: {hypothesis: H1}}
      - {tool: prometheus_alerts, input: {hypothesis: H1}}
      - {tool: prometheus_metadata, input: {hypothesis: H1, metric: http_requests_total}}
      - {tool: prometheus_series, input: {hypothesis: H1, match: http_requests_total, start: "@START@"}}
      - {tool: prometheus_labels, input: {hypothesis: H1, label: dsn, start: "@START@"}}
  - say:
      - {text: "I look again."}
      - {tool: alertmanager_alerts, input: {hypothesis: H1}}
      - {tool: alertmanager_groups, input: {hypothesis: H1}}
      - {tool: host_snapshot, input: {hypothesis: H1, host: local}}
      - {tool: host_process, input: {hypothesis: H1, host: local, pid: @PID@, window_ms: 200}}
      - {tool: host_services, input: {hypothesis: H1, host: local}}
      - {tool: file_read, input: {path: "@WORK@/notes.txt"}}
      - {tool: result_page, input: {call: "{{find (c[1-9][0-9]*) prometheus_range}}"}}
otherwise:
  say:
    - {tool: conclude, input: {verdict: inconclusive, claims: nothing is proven, next: look by hand}}
END
    start=$(date -u -d '-1 hour' +%Y-%m-%dT%H:%M:%SZ)
    sed -i "s/@START@/$start/; s/@PID@/${worker:-1}/; s#@WORK@#$work#" says.yaml
    "$standin" --record sent.jsonl says.yaml >standin.url &
    tap_pids="$tap_pids $!"
    wait_for 10 test -s standin.url
    cat >.runbook/config.yaml <<END
llm: {provider: anthropic, model: claude-opus-5, base_url: "$(cat standin.url)", api_key_env: KEY_OF_A_TEST}
agent: {file_roots: ["$work"]}
END
    chmod 600 .runbook/config.yaml
    KEY_OF_A_TEST=K3y-of-the-model-1
    export KEY_OF_A_TEST
    echo "it was called with $KEY_OF_A_TEST" >seen
    look
    check "the model was asked, and sent results" sh -c 'grep -q tool_result sent.jsonl && grep -q "redacted-" sent.jsonl'
    cat >answered.py <<'END'
import json
n = set()
for line in open("sent.jsonl"):
    d = json.loads(line).get("body")
    for m in d.get("messages", []) if isinstance(d, dict) else []:
        for b in m["content"] if isinstance(m["content"], list) else []:
            if b.get("type") == "tool_result" and not b.get("is_error"):
                n.add(b["tool_use_id"])
print(len(n))
END
    check "of fifteen calls at least fourteen were answered" test "$(python3 answered.py)" -ge 14
    check "what it was sent of the sources is fenced" grep -q '<<data ' sent.jsonl
    check "the request is measured and paid for" sh -c 'cat .runbook/scratchpad/*.jsonl | grep -q context.measured && ls .runbook/costs/*.jsonl | grep -q .'
    clean "none is in a request to a model" sent.jsonl
    check "the model's key is nowhere" sh -c '! grep -raq K3y-of-the-model .runbook/scratchpad .runbook/blobs .runbook/costs trace.log out errs'
    check "nor what repeats it in what the model is sent" sh -c '! grep -aq K3y-of-the-model sent.jsonl'
    asked=$(grep -c /v1/messages sent.jsonl) # the built-in investigator asks every listener for its health, this one too
    printf 'cost: {usd_per_incident: 0}\n' >>.runbook/config.yaml
    look
    check "with nothing to spend no model is asked" test "$(grep -c /v1/messages sent.jsonl)" = "$asked"
    check "why is said" grep -q 'no money may be spent' out
    check "and there is a conclusion all the same" sh -c 'tail -n 1 out | grep -q runbook.conclusion/1'
else
    skip "none is in a request to a model" "the stand-in server is not built"
fi

clean "none is in a journal" .runbook/scratchpad
clean "none is in a blob" .runbook/blobs
clean "none is in the rest of the state folder" .runbook
clean "none is in what is printed" out errs
clean "none is in the trace" trace.log
done_testing
