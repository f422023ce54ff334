#!/bin/sh
# runbook graph, and the project's service-graph.json in an investigation. R-75 A-42
. "${RB_SRCDIR:-.}/tests/lib/tap.sh"
[ -x "$runbook" ] || skip_all "the program is not built"
src=$(cd "$RB_SRCDIR" && pwd)
unset RUNBOOK_CONFIG RUNBOOK_STATE_DIR RUNBOOK_HOST NO_COLOR
HOME=$work/home XDG_CONFIG_HOME=$work/home/config XDG_STATE_HOME=$work/home/state LC_ALL=C.UTF-8
export HOME XDG_CONFIG_HOME XDG_STATE_HOME LC_ALL
mkdir -p "$HOME" "$work/project/.runbook" "$work/project/deep"
cd "$work/project/deep" || exit 1

# run NAME EXIT PATTERN ARGS...
run() {
    what=$1 want=$2 pattern=$3
    shift 3
    "$runbook" graph "$@" >../out 2>../errs </dev/null
    got=$?
    if [ "$got" -ne "$want" ]; then
        not_ok "$what" "exit $got, not $want" ../out ../errs
    elif ! cat ../out ../errs | grep -q -e "$pattern"; then
        not_ok "$what" "missing: $pattern" ../out ../errs
    else
        ok "$what"
    fi
}

run "no graph" 1 'there is no service graph: put service-graph.json into .runbook/' show
cp "$src/tests/data/incidents/shop.topology.json" ../.runbook/service-graph.json
run "the project's, drawn" 0 '^  ├ store  database  critical' show
run "in ASCII" 0 '^  | store  database' --ascii show
run "as Mermaid" 0 'n1 -.-> n4' show --mermaid
run "as JSON" 0 '"schema":"runbook.graph/1",.*"graph":{"nodes":\[{"id":"web"' show --json
run "who feels it" 0 '^store fails: 2 of 5 services feel it (40 %), the entry among them' impact store
check "by distance, with the owner" grep -q '1 hop   100 %  api  (core)' ../out
run "what loses its traffic" 0 '^web fails: 4 of 5 services lose its traffic' impact web --down
run "JSON" 0 '"mode":"pessimistic","affected":2,"total":5,"ratio":0.4,"entry":true' impact store --mode pessimistic --json
run "a way" 0 '^web → api → store$' path web store
run "no way" 1 '^store does not call web' path store web
run "checked" 0 'good, 5 services, 4 calls' check
run "what it is made of" 0 '^most calling  api, 3' stats
run "stats as JSON" 0 '"cycles":0' stats --json
run "a service that is not there" 2 'has no service "stor"; did you mean "store"?' impact stor
printf '{"nodes":[{"id":"a"},{"id":"b"}],\n"edges":[{"source":"a","target":"b"},\n{"source":"b","target":"a"}]}' >circle.json
run "a circle is no error" 0 'cycle: a, b' check --file circle.json
sed -i 's/"target":"a"/"target":"c"/' circle.json
run "an edge without its node" 2 "circle.json: line 3: 'edges.1.target' names no node: \"c\"" check --file circle.json
"$runbook" investigate --topology circle.json "is it well?" >../out 2>../errs </dev/null
check "an investigation says so and goes on" sh -c "test $? -ne 2 && grep -q 'names no node: \"c\"; it is not used' ../errs"
"$runbook" investigate --json --events "is it well?" >../out 2>../errs </dev/null
check "the project's graph is in the journal" grep -q '"type":"topology.loaded".*"source":".*/.runbook/service-graph.json","nodes":5,"edges":4' ../out
check "the conclusion has its impact, known or not" sh -c "tail -n 1 ../out | grep -q '\"impact\":'"
done_testing
