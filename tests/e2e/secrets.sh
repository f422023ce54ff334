#!/bin/sh
# Secrets that stand in what sources say, one in the answer of every tool of the registry: in no journal, blob,
# index, trace, output or request to a model. R-35 U-15 C-11 C-13
. "${RB_SRCDIR:-.}/tests/lib/tap.sh"
. "${RB_SRCDIR:-.}/tests/lib/sshd.sh"
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
import http.server, json, os, socket, sys, threading, time, urllib.parse
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
    if path.startswith("/api/v2/silences"):
        return [{"id": "1", "status": {"state": "active"}, "createdBy": S[0], "comment": S[3], "startsAt": "2026-01-01T00:00:00Z", "updatedAt": "2026-01-01T00:00:00Z",
                 "endsAt": "2099-01-01T00:00:00Z", "matchers": [{"name": "token", "value": "Plant3dSilence1", "isRegex": False, "isEqual": True}]}]
    if path.startswith("/api/v2/alerts/groups"):
        return [{"labels": {"alertname": "HighLatency"}, "receiver": {"name": S[3]}, "alerts": [alert(True)]}]
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
# What AWS answers: by the target of its JSON protocols.
def trail(): # an event of an hour ago, whose refusal repeats a secret
    return {"Events": [{"EventId": "e1", "EventName": "PutThing", "EventTime": time.time() - 3600, "EventSource": "iot.amazonaws.com", "Username": "bob",
            "CloudTrailEvent": json.dumps({"errorCode": "Invalid", "errorMessage": S[3], "requestParameters": {"name": "x"}})}]}
def paid(): # a service whose name repeats one
    return {"ResultsByTime": [{"TimePeriod": {"Start": time.strftime("%Y-%m-%d", time.gmtime())},
            "Groups": [{"Keys": [S[3]], "Metrics": {"UnblendedCost": {"Amount": "1", "Unit": "USD"}}}]}]}
CHECK = {"id": "k", "name": S[3], "category": "security", "checkId": "k", "status": "error"}
AWS = {"AWSInsightsIndexService.GetCostAndUsage": paid,
       "AWSSupport_20130415.DescribeTrustedAdvisorChecks": {"checks": [CHECK]},
       "AWSSupport_20130415.DescribeTrustedAdvisorCheckSummaries": {"summaries": [CHECK]},
       "AWSHealth_20160804.DescribeEvents": {"events": [{"arn": "arn:aws:health:x", "service": "EC2", "eventTypeCode": S[3], "statusCode": "open"}]},
       "com.amazonaws.cloudtrail.v20131101.CloudTrail_20131101.LookupEvents": trail,
       "secretsmanager.ListSecrets": {"SecretList": [{"ARN": "arn:aws:secretsmanager:eu-west-1:123456789012:secret:" + S[3] + " " + S[0]}]},
       "CertificateManager.ListCertificates": {"CertificateSummaryList": [{"CertificateArn": "arn:aws:acm:eu-west-1:1:certificate/1", "DomainName": S[0], "Status": "FAILED"}]},
       "Logs_20140328.FilterLogEvents": {"events": [{"timestamp": 1795220000000, "logStreamName": "s", "message": " ".join(S)}]},
       "Logs_20140328.StartQuery": {"queryId": "q-1"},
       "Logs_20140328.GetQueryResults": {"status": "Complete", "results": [[{"field": "@message", "value": " ".join(S)}]]},
       "AmazonSSM.DescribeParameters": {"Parameters": [{"Name": "db " + S[3], "Description": S[0] + " " + S[3]}]}}
def aws(target):
    a = AWS.get(target, {})
    return a() if callable(a) else a
# And by the action of its query protocol: the members of the result, as XML.
AWS_XML = {"DescribeAlarms": "<MetricAlarms><member><AlarmName>a</AlarmName><StateValue>ALARM</StateValue><StateReason>%s</StateReason><AlarmDescription>%s</AlarmDescription></member></MetricAlarms>" % (S[3], S[0]),
           "GetMetricData": "<MetricDataResults><member><Id>q1</Id><Label>%s</Label><Timestamps/><Values/><StatusCode>Complete</StatusCode></member></MetricDataResults><Messages><member><Code>x</Code><Value>%s</Value></member></Messages>" % (S[3], S[0])}
def answer_xml(action):
    return ("<%sResponse><%sResult>%s</%sResult></%sResponse>" % (action, action, AWS_XML.get(action, ""), action, action)).encode()
class H(http.server.BaseHTTPRequestHandler):
    def do_GET(self):
        n = int(self.headers.get("Content-Length") or 0)
        body = self.rfile.read(n).decode()
        u = urllib.parse.urlparse(self.path)
        target = self.headers.get("X-Amz-Target", "")
        out = json.dumps(aws(target) if target else answer(u.path, u.query + body)).encode()
        if body.startswith("Action="):
            out = answer_xml(body[7:].split("&")[0])
        if u.path == "/TraceSummaries": # of X-Ray
            out = json.dumps({"TraceSummaries": [{"Id": "1-58406520-a006649127e371903a2de979", "Http": {"HttpURL": "https://x/?" + S[3], "HttpMethod": "GET"}}]}).encode()
        self.send_response(200)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(out)))
        self.end_headers()
        self.wfile.write(out)
        open("asked", "a").write(u.path + "\n")
    do_POST = do_GET
    def log_message(self, *a): pass
def greet(t): # a listener whose greeting holds one
    while True:
        c = t.accept()[0]
        try:
            c.sendall(b"220 mail token=Plant3dGreet0123456789 ready\r\n")
            c.close()
        except OSError:
            pass
open("/proc/self/comm", "w").write("token=Plant3dC1") # what listens is shown by its name
t = socket.create_server(("127.0.0.1", 0))
threading.Thread(target=greet, args=(t,), daemon=True).start()
open("greet", "w").write(str(t.getsockname()[1]))
s = http.server.ThreadingHTTPServer(("127.0.0.1", 0), H)
open("port.tmp", "w").write(str(s.server_port)); os.rename("port.tmp", "port")
s.serve_forever()
END
python3 sources.py &
tap_pids="$tap_pids $!"
wait_for 60 test -s port
url=http://127.0.0.1:$(cat port)
AWS_ENDPOINT_URL=$url AWS_ACCESS_KEY_ID=AKIDEXAMPLE AWS_SECRET_ACCESS_KEY=Plant3dAwsSecretKey012345678901234567890 AWS_REGION=eu-west-1 AWS_MAX_ATTEMPTS=1
export AWS_ENDPOINT_URL AWS_ACCESS_KEY_ID AWS_SECRET_ACCESS_KEY AWS_REGION AWS_MAX_ATTEMPTS
# A process whose command line, program (which was replaced since) and growing file hold one.
mkdir "$work/password=Plant3dProgram1"
cp "$(command -v bash || command -v dash)" "$work/password=Plant3dProgram1/worker"
cat >work.sh <<'END'
exec 9>>"api_key=Plant3dGrow0123456789.log"
while :; do
    echo "a line of some length that says nothing at all" >&9
    sleep 0.05
done
END
"$work/password=Plant3dProgram1/worker" work.sh --password Plant3dProc99 --dsn mysql://a:Plant3dProcDsn@h/x &
worker=$!
tap_pids="$tap_pids $worker"
wait_for 60 test -s "api_key=Plant3dGrow0123456789.log"
cp "$work/password=Plant3dProgram1/worker" worker.new
mv worker.new "$work/password=Plant3dProgram1/worker"
# One that leads by its open files, names a certificate, and has a control group of its own where one may be made.
mkdir "$work/audit" "$work/audit/token=Plant3dFolder0123456789"
chmod 777 "$work/audit/token=Plant3dFolder0123456789"
pem=$work/ghp_Plant3d0123456789abcdefghij0123456789.pem
openssl req -x509 -newkey rsa:2048 -nodes -days 1 -subj "/CN=password=Plant3dSubject1" -keyout /dev/null -out "$pem" 2>/dev/null
cp "$pem" "$work/audit/token=Plant3dFolder0123456789" 2>/dev/null
cat >full.py <<'END'
import resource, time
resource.setrlimit(resource.RLIMIT_NOFILE, (200, 200))
open("/proc/self/comm", "w").write("token=Plant3dC2")
held = []
try:
    while True:
        held.append(open("/dev/null"))
except OSError:
    pass
while True:
    time.sleep(60)
END
python3 full.py --cert "$pem" --password Plant3dFull99 &
full=$!
tap_pids="$tap_pids $full"
wait_for 60 grep -q Plant3d /proc/$full/comm
group=
for g in /sys/fs/cgroup/pids /sys/fs/cgroup; do
    if mkdir "$g/runbook-$full" && echo "$full" >"$g/runbook-$full/cgroup.procs"; then
        group=$g/runbook-$full
        break
    fi 2>/dev/null
    rmdir "$g/runbook-$full" 2>/dev/null
done
leave() { # a group is empty once its processes are gone
    kill "$full" 2>/dev/null
    wait "$full" 2>/dev/null
    [ -z "$group" ] || rmdir "$group"
    tap_cleanup
}
trap leave EXIT
# A working copy whose branch and commits hold one.
if command -v git >/dev/null; then
    commit() { git -C copy -c user.name=x -c user.email=x@x.cd commit -q --allow-empty -m "$1"; }
    git init -q copy
    git -C copy checkout -q -b "token=Plant3dBranch0123456789"
    commit "token=Plant3dGit0123456789"
    commit "postgres://app:Plant3dCommit@db-1/x"
fi
head -c 3000000 /dev/zero >"secret=Plant3dDisk0123456789.bin"
now=$(date -u +%Y-%m-%dT%H:%M:%SZ)
for n in 1 2 3 4 5; do
    echo "$now ERROR cannot open postgres://app:Plant3dLogDsn@db-1/x: timeout, token=Plant3dLog$n"
done >app.log
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
look --service checkout --metric request_latency_seconds --model none &
first=$!
look --model none
wait $first
check "the sources were asked" sh -c 'grep -q query_range asked && grep -q alerts asked'
check "a journal and blobs were written" sh -c 'ls .runbook/scratchpad/*.jsonl .runbook/blobs/*/* | grep -q .'
check "something was hidden" sh -c 'cat .runbook/scratchpad/*.jsonl | grep -q redacted-'

# ---- what a model is sent ----
standin=$RB_BUILDDIR/tests/standin/standin
if [ -x "$standin" ]; then
    # Which tool is asked for what; "-": it says nothing that a source could put a secret into, and why that is so.
    cat >plants <<'END'
alertmanager_alerts {hypothesis: H1, filter: 'severity="critical"'}
alertmanager_groups {hypothesis: H1}
alertmanager_silences {hypothesis: H1}
aws_advisor {hypothesis: H1}
aws_changes {hypothesis: H1}
aws_findings {hypothesis: H1, check: secretsmanager-rotation}
aws_health {hypothesis: H1, service: acm}
aws_alarms {hypothesis: H1}
aws_insights {hypothesis: H1, groups: /app, query: "fields @message"}
aws_logs {hypothesis: H1, group: /app, pattern: Plain}
aws_metrics {hypothesis: H1, namespace: App, metric: Latency}
aws_traces {hypothesis: H1, what: list}
aws_cost {hypothesis: H1}
aws_events {hypothesis: H1}
aws_graph - names of resources that a scan kept, and which leans on which; records are not read
aws_query {hypothesis: H1, service: ssm, operation: DescribeParameters}
aws_resources {hypothesis: H1, service: "ssm:parameter"}
bundle_write {}
calculator - a number
file_read {path: "@WORK@/notes.txt"}
host_audit {hypothesis: H1, host: @HOST@, folder: "@WORK@/audit"}
host_capacity - numbers, and the names of mount points and control groups with limits, which are the machine's
host_capture {hypothesis: H1, host: @HOST@}
@CERTIFICATES@
host_changes {hypothesis: H1, host: @HOST@}
host_disk_usage {hypothesis: H1, host: @HOST@, path: "@WORK@"}
host_files {hypothesis: H1, host: @HOST@, pid: @PID@, window_ms: 300}
host_filesystem - numbers, and a mount point, its device and its options, which are the machine's
@GIT@
@GROUP@
host_health {hypothesis: H1, host: @HOST@, port: @GREET@}
host_log {hypothesis: H1, host: @HOST@, file: "@WORK@/app.log"}
host_names - the name that was asked for, addresses, and which of five known caches is there
host_probe - whether an address that was given is reached
host_process {hypothesis: H1, host: @HOST@, pid: @PID@, window_ms: 200}
host_reclaim {hypothesis: H1, host: @HOST@, path: "@WORK@"}
host_resolve - whether addresses that were given answer
host_services {hypothesis: H1, host: @HOST@, port: @GREET@}
host_snapshot {hypothesis: H1, host: @HOST@, window_ms: 300}
host_top {hypothesis: H1, host: @HOST@, window_ms: 300}
host_unit - the name that was asked for, a number, and words that the supervisor chooses of its own
prometheus_alerts {hypothesis: H1}
prometheus_expr {hypothesis: H1, name: http_rate}
prometheus_labels {hypothesis: H1, label: dsn, start: "@START@"}
prometheus_metadata {hypothesis: H1, metric: http_requests_total}
prometheus_query {hypothesis: H1, query: http_requests_total}
prometheus_range {hypothesis: H1, query: http_requests_total, start: "@START@"}
prometheus_rules {hypothesis: H1}
prometheus_series {hypothesis: H1, match: http_requests_total, start: "@START@"}
prometheus_targets {hypothesis: H1}
result_get {call: "{{find (c[1-9][0-9]*) prometheus_range}}"}
result_page {call: "{{find (c[1-9][0-9]*) prometheus_range}}"}
result_search {call: "{{find (c[1-9][0-9]*) prometheus_range}}", pattern: "dsn"}
statistics {call: "{{find (c[1-9][0-9]*) prometheus_range}}", start: "@START@"}
time - a time
mcp_leak_echo {hypothesis: H1, text: x}
mcp_leak_get_prompt {hypothesis: H1, name: advice}
mcp_leak_list_prompts {hypothesis: H1}
mcp_leak_list_resources {hypothesis: H1}
mcp_leak_read_resource {hypothesis: H1, uri: "a:b"}
END
    git='host_git - there is no git' certificates='host_certificates - there is no openssl to make one'
    limits='host_group - no control group may be made here'
    [ ! -d copy ] || git='host_git {hypothesis: H1, host: @HOST@, repo: "@WORK@/copy"}'
    [ ! -s "$pem" ] || certificates='host_certificates {hypothesis: H1, host: @HOST@}'
    [ -z "$group" ] || limits="host_group {hypothesis: H1, host: @HOST@, group: '${group#/sys/fs/cgroup/}'}"
    sed "s#^@GIT@#$git#; s#^@CERTIFICATES@#$certificates#; s#^@GROUP@#$limits#" plants >plants.new
    mv plants.new plants
    "$runbook" catalogue tools | sed 's/ .*//' >registry
    read_only="echo: {risk: read}, list_resources: {risk: read}, read_resource: {risk: read}, list_prompts: {risk: read}, get_prompt: {risk: read}"
    echo "mcp: {servers: {leak: {command: '$RB_BUILDDIR/tests/unit/mcp/fake_mcp', args: [leak], tools: {$read_only}}}}" >.runbook/config.yaml
    chmod 600 .runbook/config.yaml
    "$runbook" mcp tools | grep -v '^ ' | sed 's/^\([^ ]*\)  *\([^ ]*\) .*/mcp_\1_\2/' >>registry
    sed 's/ .*//' plants | sort >planted
    check "every tool of the registry has its plant, or a reason" sh -c 'sort registry | diff - planted'
    hosts=local
    if start_sshd box; then hosts="local box"; else skip "and each of a machine over ssh" "no sshd here"; fi
    start=$(date -u -d '-1 hour' +%Y-%m-%dT%H:%M:%SZ)
    # calls PATTERN: a part of what the model says, a call a line
    calls() {
        grep -E "$1" plants | grep -v ' - ' | while read -r tool input; do
            for host in $hosts; do
                echo "      - {tool: $tool, input: $input}" | sed "s/@HOST@/$host/"
                case $input in *@HOST@*) ;; *) break ;; esac
            done
        done | sed "s/@START@/$start/; s/@PID@/$worker/; s#@WORK@#$work#; s/@GREET@/$(cat greet)/"
    }
    {
        printf 'turns:\n  - say:\n'
        calls '^aws_'
        printf '  - say:\n      - {text: "I look again."}\n'
        calls '^host_[a-e]'
        printf '  - say:\n' # a turn makes only so many calls
        calls '^host_[f-l]'
        printf '  - say:\n'
        calls '^host_[m-z]'
        printf '  - say:\n'
        calls '^mcp_'
        printf '  - say:\n' # just before what reads its results: older ones are shortened in what is sent
        calls '^(prometheus|alertmanager)_'
        printf '  - say:\n'
        calls '^(result_|statistics|file_|bundle_)'
        cat <<'END'
otherwise:
  say:
    - {tool: conclude, input: {verdict: inconclusive, claims: nothing is proven, next: look by hand}}
END
    } >says.yaml
    "$standin" --record sent.jsonl says.yaml >standin.url &
    tap_pids="$tap_pids $!"
    wait_for 60 test -s standin.url
    # The key comes of a command, and sources repeat it since it was given out.
    printf '#!/bin/sh\necho K3y-of-the-model-1\necho "it was called with K3y-of-the-model-1" >seen\n' >key
    chmod 700 key
    cat >>.runbook/config.yaml <<END
llm: {provider: anthropic, model: claude-opus-5, base_url: "$(cat standin.url)", api_key_cmd: "$work/key"}
agent: {file_roots: ["$work"]}
END
    rm -rf .runbook/scratchpad
    case $hosts in *box) look --host box --ssh-config ssh_config ;; *) look ;; esac
    check "the model was asked, and sent results" sh -c 'grep -q tool_result sent.jsonl && grep -q "redacted-" sent.jsonl'
    cat >answered.py <<'END'
# Of every tool, and machine: was a secret in what the model's own call of it gave?
import glob, json, sys
want = {(t, h) for t in open("plants").read().splitlines() if " - " not in t
        for h in (sys.argv[1:] if "@HOST@" in t else [""])}
want = {(t.split(" ")[0], h) for t, h in want}
calls = {}
for line in open(glob.glob(".runbook/scratchpad/*.jsonl")[0]):
    e = json.loads(line)
    d = e["data"]
    if e["type"] == "tool.started":
        calls[d["call"]] = (d["tool"], (json.loads(d["args"]) if isinstance(d["args"], str) else d["args"]).get("host", ""))
    elif e["type"] == "tool.ended" and d.get("blob"):
        body = open(".runbook/blobs/%s/%s" % (d["blob"][:2], d["blob"]), errors="replace").read()
        if "redacted-" in body:
            want -= {calls[d["call"]], (calls[d["call"]][0], "")}
        elif "-v" in sys.argv:
            print(calls[d["call"]], body[:300])
print(sorted(want) if want else "all")
END
    check "in the answer of every tool something was hidden" sh -c "python3 answered.py $hosts | tee missing; grep -q '^all' missing"
    check "what it was sent of the sources is fenced" grep -q '<<data ' sent.jsonl
    check "the request is measured and paid for" sh -c 'cat .runbook/scratchpad/*.jsonl | grep -q context.measured && ls .runbook/costs/*.jsonl | grep -q .'
    clean "none is in a request to a model" sent.jsonl
    check "sources repeated the key" sh -c 'grep -raq "it was called with" .runbook/blobs && grep -q "it was called with" seen'
    check "the model's key is nowhere" sh -c '! grep -raq K3y-of-the-model .runbook/scratchpad .runbook/blobs .runbook/costs trace.log out errs'
    check "nor what repeats it in what the model is sent" sh -c '! grep -aq K3y-of-the-model sent.jsonl'
    asked=$(grep -c /v1/messages sent.jsonl) # the built-in investigator asks every listener for its health, this one too
    printf 'cost: {usd_per_incident: 0}\n' >>.runbook/config.yaml
    "$runbook" investigate "checkout is slow" --prometheus "$url" --events --json --trace all --trace-file trace.log >>out 2>>errs
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
