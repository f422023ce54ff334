#!/bin/sh
# Against a real Prometheus and a real Alertmanager: every call of the clients; recorded faults and a healthy window made
# here; a target that is down; an alert that fires. R-01, R-07, R-45, R-75, U-08, U-12, U-13.
. "${RB_SRCDIR:-.}/tests/lib/tap.sh"
[ -x "$runbook" ] || skip_all "the program is not built"
for tool in prometheus promtool curl; do command -v $tool >/dev/null || skip_all "$tool is not installed"; done
unset RUNBOOK_CONFIG RUNBOOK_STATE_DIR RUNBOOK_HOST RUNBOOK_PROMETHEUS_URL XDG_RUNTIME_DIR
HOME=$work/home XDG_CONFIG_HOME=$work/home/config XDG_STATE_HOME=$work/home/state
export HOME XDG_CONFIG_HOME XDG_STATE_HOME
mkdir -p "$HOME"
cd "$work" || exit 1

# serve NAME: a Prometheus over $work/NAME/data with $work/NAME/prometheus.yml; sets url. A port that is taken is left for
# the next one.
serve() {
    port=$((20000 + $$ % 12000))
    for try in 1 2 3 4 5; do
        port=$((port + try * 7))
        url=http://127.0.0.1:$port
        prometheus --config.file="$1/prometheus.yml" --storage.tsdb.path="$1/data" --storage.tsdb.retention.time=50y \
            --web.listen-address="127.0.0.1:$port" --log.level=error >"$1/log" 2>&1 &
        server=$!
        tap_pids="$tap_pids $server"
        wait_served "$server" curl -sf "$url/-/ready" && return 0
    done
    return 1
}
# investigate ARGS...: the conclusion in `last`, the exit code in $code
investigate() {
    "$runbook" investigate --json "$@" >out 2>errs </dev/null
    code=$?
    tail -n 1 out >last
}
# first candidate's service
first() { sed -n 's/.*"candidates":\[{"rank":1,"service":"\([^"]*\)".*/\1/p' last; }

# 1. Three services, a sample every 10 s for two hours; at 1:50 h the database gets slow, and whoever calls it.
mkdir recorded
start=1700000000
awk -v t0=$start 'BEGIN {
    srand(7)
    print "# TYPE request_latency_seconds gauge"
    split("web cart db", name); base[1] = 0.2; base[2] = 0.1; base[3] = 0.02
    for (s = 1; s <= 3; s++)
        for (i = 0; i < 720; i++) {
            v = base[s] * (0.9 + 0.2 * rand())
            if (i >= 660) v += 0.3
            printf "request_latency_seconds{service=\"%s\"} %.6f %d\n", name[s], v, t0 + i * 10
        }
    print "# TYPE process_cpu_usage_ratio gauge"
    for (s = 1; s <= 3; s++)
        for (i = 0; i < 720; i++)
            printf "process_cpu_usage_ratio{service=\"%s\"} %.6f %d\n", name[s], 0.2 + 0.02 * rand(), t0 + i * 10
    print "# EOF" }' >all.om
promtool tsdb create-blocks-from openmetrics --quiet all.om recorded/data >/dev/null 2>&1
printf 'global:\n  scrape_interval: 10s\n' >recorded/prometheus.yml
cat >topology.json <<'END'
{"nodes": [{"id": "web", "labels": {"service": "web"}}, {"id": "cart", "labels": {"service": "cart"}},
           {"id": "db", "labels": {"service": "db"}}],
 "edges": [{"source": "web", "target": "cart"}, {"source": "cart", "target": "db"}]}
END
incident() { # NAME STARTED-AT NOW
    cat >"$1.json" <<END
{"id": "$1", "alert": {"name": "Slow", "service": "web", "metric": "request_latency_seconds", "direction": "up",
 "started_at": "$(date -u -d "@$2" +%Y-%m-%dT%H:%M:%SZ)"}, "now": "$(date -u -d "@$3" +%Y-%m-%dT%H:%M:%SZ)", "topology": "topology.json"}
END
}
incident fault $((start + 6660)) $((start + 7190))
incident healthy $((start + 5400)) $((start + 6000))

if serve recorded; then
    what="the deepest service that moved is the root cause, with evidence"
    investigate --prometheus "$url" --incident fault.json
    if [ "$code" -eq 0 ] && [ "$(first)" = db ] && grep -q '"verdict":"root_cause"' last && grep -q '"service":"db"' last &&
        grep -q '"evidence":\["E' last; then ok "$what"; else not_ok "$what" "exit code $code" last errs; fi

    # R-49
    what="the chart of an evidence is read from the recorded answer, and said in plain mode"
    printf 'open E1\nquit\n' | "$runbook" resume --plain last >said 2>errs
    if tr '\n' ' ' <said | grep -q 'chart .* rose from .* min .* median .* max .* last'; then ok "$what"; else not_ok "$what" said errs; fi

    what="the services that were looked at are resources, with their health"
    investigate --prometheus "$url" --incident fault.json --events
    if grep '"resource.seen"' out | grep '"service:db"' | grep -q '"latency [0-9.]*x"' &&
        [ "$(grep -c '"key":"service:' out)" -eq 3 ]; then ok "$what"; else not_ok "$what" out; fi

    what="without a topology the services that moved are named all the same"
    investigate --prometheus "$url" --service web --metric request_latency_seconds --at "$(date -u -d "@$((start + 6700))" +%Y-%m-%dT%H:%M:%SZ)"
    case $(first) in db | cart | web) ok "$what" ;; *) not_ok "$what" "exit code $code" last errs ;; esac

    what="a healthy window has no candidates and needs no action"
    investigate --prometheus "$url" --incident healthy.json
    if [ "$code" -eq 0 ] && grep -q '"verdict":"no_action"' last && grep -q '"candidates":\[\]' last; then
        ok "$what"
    else
        not_ok "$what" "exit code $code" last errs
    fi

    what="a topology that is no JSON is said, and the answer comes all the same"
    echo '{"nodes": 7}' >bad.json
    investigate --prometheus "$url" --incident fault.json --topology bad.json
    if [ "$code" -ne 1 ] && grep -q 'topology' last && grep -q '"nodes"\|nodes' last; then ok "$what"; else not_ok "$what" "exit code $code" last errs; fi
    kill "$server"
else
    not_ok "a Prometheus over recorded samples" recorded/log
fi

# A server without a single sample knows nothing, which is not the same as nothing being wrong.
mkdir -p empty/data
cp recorded/prometheus.yml empty/
if serve empty; then
    what="a Prometheus without data: inconclusive, exit 3, and what is missing is said"
    investigate --prometheus "$url" --incident fault.json
    if [ "$code" -eq 3 ] && grep -q '"verdict":"inconclusive"' last && grep -q 'metrics of the services' last; then
        ok "$what"
    else
        not_ok "$what" "exit code $code" last errs
    fi
    kill "$server"
else
    not_ok "an empty Prometheus" empty/log
fi

# 2. A live one: it scrapes itself and a port where nobody listens, and a rule fires.
mkdir live
cat >live/prometheus.yml <<'END'
global: {scrape_interval: 1s, evaluation_interval: 1s}
rule_files: [rules.yml]
scrape_configs:
  - job_name: nobody
    static_configs: [{targets: ["127.0.0.1:1"]}]
END
cat >live/rules.yml <<'END'
groups: [{name: g, rules: [{alert: TargetDown, expr: "up == 0", labels: {severity: critical}}]}]
END
firing() { curl -sf "$url/api/v1/alerts" | grep -q '"state":"firing"'; }
am_url=http://127.0.0.1:1
if command -v prometheus-alertmanager >/dev/null; then
    start_alertmanager . || am_url=http://127.0.0.1:1
    curl -sf -XPOST -H 'Content-Type: application/json' -d '[{"labels":{"alertname":"Slow"}}]' "$am_url/api/v2/alerts"
fi
if serve live && wait_for 60 firing; then
    what="a target that does not answer is named, and the alert that fires is seen"
    investigate --prometheus "$url" --events
    if [ "$(first)" = nobody ] && grep -q 'TargetDown' out && grep -q '127.0.0.1:1' last; then
        ok "$what"
    else
        not_ok "$what" "exit code $code" last errs
    fi
    "$RB_BUILDDIR/tests/e2e/prom_probe" "$url" "$am_url" >probe 2>errs
    probe() { if grep -q "^$2" probe; then ok "$1"; else not_ok "$1" probe errs; fi; }
    probe "an instant query has data" 'query data rows=1'
    probe "a scalar is data" 'scalar data rows=1'
    probe "no series is empty, which is no error" 'nothing empty rows=0'
    probe "bad PromQL is an error in the words of Prometheus" 'bad error .*bad_data'
    probe "a range has samples" 'range data rows=1'
    probe "series" 'series data rows=1'
    probe "label names" 'labels data'
    probe "label values" 'values data rows=1'
    probe "alerts" 'alerts data rows=1'
    probe "rules" 'rules data rows=1'
    probe "targets" 'targets data rows=1'
    probe "build information" 'build data rows=1'
    if [ "$am_url" != http://127.0.0.1:1 ]; then
        probe "Alertmanager: alerts" 'am-alerts data rows=1'
        probe "Alertmanager: groups" 'am-groups data rows=1'
        probe "Alertmanager: no silences is empty" 'am-silences empty'
        probe "Alertmanager: status" 'am-status data'
    else
        skip "Alertmanager" "it is not installed"
    fi
else
    not_ok "a live Prometheus with an alert" live/log
fi

done_testing
