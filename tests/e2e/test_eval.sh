#!/bin/sh
# runbook eval: the bundled incidents against real Prometheus servers, what is wrong with files said with
# file and line, promtool and prometheus that are missing, stall, fail or lie, and nothing left behind.
# R-94 R-75
. "${RB_SRCDIR:-.}/tests/lib/tap.sh"
[ -x "$runbook" ] || skip_all "the program is not built"
src=$(cd "$RB_SRCDIR" && pwd)
shared=${RUNBOOK_SHARED:-$src/../shared}/incidents
set_dir=$src/tests/data/incidents
unset RUNBOOK_CONFIG RUNBOOK_STATE_DIR RUNBOOK_HOST NO_COLOR
HOME=$work/home XDG_CONFIG_HOME=$work/home/config XDG_STATE_HOME=$work/home/state LC_ALL=C.UTF-8 TMPDIR=$work/tmp
export HOME XDG_CONFIG_HOME XDG_STATE_HOME LC_ALL TMPDIR
mkdir -p "$HOME" "$TMPDIR"
cd "$work" || exit 1

# run NAME EXIT PATTERN ARGS...: the exit code, and the pattern in stdout or stderr
run() {
    what=$1 want=$2 pattern=$3
    shift 3
    answers "$what" "$want" "$pattern" timeout 300 "$runbook" eval "$@" </dev/null
}
empty() { check "$1: nothing is left behind" sh -c "! ls '$TMPDIR' | grep . && ! pgrep -f '$TMPDIR/runbook-eva[l]'"; }

# ---- the bundled set; its bars are the guard of every check ----
if command -v promtool >/dev/null && command -v prometheus >/dev/null; then
    run "the bundled incidents are answered rightly" 0 'bar met *top1 >= 1: 1.000' --jobs 2 "$set_dir"
    check "in the order of their names" sh -c "sed -n 1p out | grep -q '^all-well *left alone *no_action' && sed -n 4p out | grep -q '^store-cpu *rank 1'"
    check "a fixture case is its recorded incident" grep -q 'cause store  pass 1.00:' out
    check "another has its mock result" grep -q '^mocked-pool *pass 0.95' out
    empty "a run"
    run "a bar that is missed" 1 'BAR MISSED  shop metric1 >= 1: there is nothing' --bar shop:metric1=1 --only all-well "$set_dir"
    run "one incident, JSON" 0 '"schema":"runbook.eval/1"' --json --only api-errors --predictions said.json "$set_dir/api-errors" --truth "$set_dir/truth.json"
    check "rank, time, memory" grep -Eq '"rank":1,.*"took_ms":[1-9][0-9]*,.*"peak_bytes":[1-9][0-9]{6}' out
    check "predictions are kept" grep -q '^{"api-errors":\[{"service":"api"' said.json
    cp -r "$set_dir/store-cpu" rc-src && mkdir -p rc/set/store_cpu/1
    python3 - rc-src rc/set/store_cpu/1 <<'PY' 2>/dev/null && have_rc=1
import gzip, re, sys
rows, cols = {}, []
names = {"request_latency_seconds": "latency-90", "process_cpu_cores": "cpu", "process_resident_memory_bytes": "mem"}
for line in gzip.open(sys.argv[1] + "/metrics.om.gz", "rt"):
    m = re.match(r'(\w+)\{service="(\w+)"\} (\S+) (\d+)', line)
    if m and m[1] in names:
        c = m[2] + "_" + names[m[1]]
        cols += [] if c in cols else [c]
        rows.setdefault(int(m[4]), {})[c] = m[3]
with open(sys.argv[2] + "/data.csv", "w") as f:
    f.write("time," + ",".join(cols) + "\n")
    for t in sorted(rows):
        f.write("%d," % t + ",".join(rows[t].get(c, "") for c in cols) + "\n")
open(sys.argv[2] + "/inject_time.txt", "w").write("%d\n" % (sorted(rows)[75]))
PY
    if [ -n "${have_rc:-}" ]; then
        run "a folder as RCAEval lays it out" 0 'store_cpu-1 *rank 1' rc
        sed -i '3s/^[0-9]*/soon/' rc/set/store_cpu/1/data.csv
        run "a bad time in its table" 1 'data.csv line 3: the time is no Unix time' rc
    else
        skip "RCAEval" "python3 is not installed"
    fi
else
    skip "the bundled incidents" "prometheus is not installed"
fi

# ---- files that are wrong: file, line, field ----
bad() { rm -rf bad && cp -r "$set_dir" bad && chmod -R u+w bad && rm -f bad/fixture.json; }
run "no folder" 1 'open nowhere: No such file' nowhere
run "an empty folder" 2 'holds no case: a case is a folder with incident.json' tmp
bad; sed -i 's/metrics.om.gz/gone.om/' bad/api-errors/incident.json
run "a file that is not there" 2 "api-errors/incident.json line 8: 'metrics.0' names a file that is not there" bad
bad; sed -i 's/"up"/"sideways"/' bad/api-errors/incident.json
run "a bad direction" 2 "alert.direction' must be" bad
bad; sed -i '3s/"fault"/"broken"/' bad/truth.json
run "a bad truth" 2 "truth.json line 3: 'api-errors' needs a \"kind\"" bad
bad; echo '{"bars": ["top1=1",' >bad/eval.json
run "settings that are cut off" 2 'eval.json: JSON line' bad
bad; printf '{\n "bars": ["top1=1",\n "top9=1"]}' >bad/eval.json
run "settings with a bar that is none" 2 "eval.json line 3: 'bars.1' 'top9=1' is no bar" bad
run "an option with a bar that is none" 2 "'top1' is no bar" --bar top1 "$set_dir"
printf '{"cases":[\n{"id":"a","expected":{"rootCauseKeywords":["x"]},"mockResult":{"rootCause":"x"}},\n{"id":"b",\n"expected":{"requiredPhrases":"x"}}]}' >f.json
run "a fixture with a wrong field" 2 "f.json line 4: 'cases.1.expected.requiredPhrases' must be a list" f.json
printf '{"cases":[{"id":"a","expected":{"rootCauseKeywords":["disk"]},"mockResult":{"rootCause":"the network"}},{"id":"b","expected":{"rootCause":"disk"},"incidentId":"INC"}]}' >f.json
run "a fixture that does not pass" 1 '^a *FAIL 0.00' f.json
check "a case that nothing answers" grep -q '^b *FAILED: it has no mockResult, and there is no recorded incident INC' out
printf '{"totals":[{"name":"all","pass":1.0}]}' >before.json
run "a pass rate that fell" 1 'fell from 1.000 to 0.000' --bar pass=0 --against before.json f.json
run "a format that is not supported" 2 'not supported yet' --format rootly "$set_dir"

# ---- tools that are missing, stall, fail, lie ----
mkdir fake
ln -s "$(command -v timeout)" "$(command -v grep)" "$(command -v cat)" fake/
PATH=$work/fake run "no promtool" 1 'promtool is not on PATH.*install the package prometheus' --only api-errors "$set_dir"
tool() { printf '#!/bin/sh\n%s\n' "$2" >"fake/$1" && chmod +x "fake/$1"; }
PATH=$work/fake:$PATH
tool promtool 'echo "invalid sample at 7" >&2; exit 1'
tool prometheus 'exit 0'
run "promtool fails" 1 'FAILED: promtool does not take the samples: invalid sample at 7' --only api-errors "$set_dir"
tool promtool 'exec sleep 100'
run "promtool stalls" 1 'FAILED: build the database: .* did not end within 1.0 s' --limit 1s --only api-errors "$set_dir"
tool promtool 'exit 0'
tool prometheus 'echo "level=error err=\"opening storage failed\"" >&2; exit 2'
run "prometheus ends" 1 'FAILED: prometheus ended by itself: .*opening storage failed' --only api-errors "$set_dir"
tool prometheus 'exec sleep 100'
run "prometheus stalls" 1 'FAILED: prometheus was not ready within' --limit 1s --only api-errors "$set_dir"
tool prometheus 'yes aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa >&2'
run "prometheus floods" 1 'FAILED: serve the samples: .* wrote more than' --limit 5s --only api-errors "$set_dir"
if command -v python3 >/dev/null; then
    tool prometheus 'exec python3 -c "
import sys, http.server
at = [a.split(\"=\")[1] for a in sys.argv if a.startswith(\"--web.listen-address\")][0]
class H(http.server.BaseHTTPRequestHandler):
    def do_GET(self):
        self.send_response(200); self.end_headers(); self.wfile.write(b\"{}\" if \"ready\" not in self.path else b\"ok\")
    do_POST = do_GET
    def log_message(self, *a): pass
http.server.ThreadingHTTPServer((at.split(\":\")[0], int(at.split(\":\")[1])), H).serve_forever()
" "$@"'
    run "prometheus lies" 1 'FAILED: the investigation failed' --only api-errors "$set_dir"
fi
empty "all of this"

# ---- interrupted, and killed ----
tool prometheus 'exec sleep 100'
started() { pgrep -f "$TMPDIR/runbook-eval.*prometheus"; }
"$runbook" eval "$set_dir" >out 2>errs </dev/null &
tap_pid=$!
if wait_for 60 started; then
    kill -INT $tap_pid
    wait $tap_pid
    got=$?
    check "interrupted: exit 130" test $got -eq 130
else
    not_ok "the server was started" errs
fi
empty "interrupted"
"$runbook" eval "$set_dir" >out 2>errs </dev/null &
tap_pid=$!
wait_for 60 started || not_ok "the server was started again" errs
kill -KILL $tap_pid
wait $tap_pid 2>/dev/null
gone() { [ -z "$(ls -A "$TMPDIR")" ] && ! pgrep -f "$TMPDIR/runbook-eva[l]"; }
check "killed: the servers and files go as well" wait_for 60 gone

# ---- the same figures as score.py ----
if [ -f "$shared/score.py" ] && command -v python3 >/dev/null && [ -x "$RB_BUILDDIR/tests/unit/app/eval_probe" ]; then
    check "scores equal those of score.py" python3 "$src/tests/e2e/eval_compare.py" "$shared/score.py" \
        "$RB_BUILDDIR/tests/unit/app/eval_probe" "$shared/truth.json"
else
    skip "scores equal those of score.py" "score.py is not here"
fi
done_testing
