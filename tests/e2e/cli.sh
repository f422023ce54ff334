#!/bin/sh
# The program from outside: help of every command, exit codes, refusals, generated documents. TAP.
# Covers R-65, R-80 (help, exit codes), R-84, C-22.
rb=$RB_BUILDDIR/runbook
tmp=$(mktemp -d) || exit 99
trap 'rm -rf "$tmp"' EXIT
export HOME="$tmp/home" XDG_CONFIG_HOME="$tmp/home/.config" XDG_STATE_HOME="$tmp/home/.state" LC_ALL=C.UTF-8
unset RUNBOOK_CONFIG RUNBOOK_STATE_DIR RUNBOOK_TRACE RUNBOOK_TRACE_FILE NO_COLOR
mkdir -p "$HOME" "$tmp/p/.runbook"
cd "$tmp/p" || exit 99
n=0 failed=0
ok() { n=$((n + 1)); echo "ok $n - $1"; }
not_ok() {
    n=$((n + 1)); failed=1; echo "not ok $n - $1"
    sed 's/^/# out: /' "$tmp/out"; sed 's/^/# err: /' "$tmp/err"
}
# run EXIT NAME [PATTERN-IN-OUTPUT] -- ARGS
run() {
    want=$1 name=$2 pattern=$3; shift 4
    "$rb" "$@" >"$tmp/out" 2>"$tmp/err" </dev/null; got=$?
    if [ "$got" != "$want" ]; then echo "# exit $got, not $want"; not_ok "$name"
    elif ! cat "$tmp/out" "$tmp/err" | grep -qF -e "$pattern"; then echo "# missing: $pattern"; not_ok "$name"
    else ok "$name"; fi
}
check() { name=$1; shift; if "$@" >"$tmp/out" 2>"$tmp/err"; then ok "$name"; else not_ok "$name"; fi; }

run 0 "version" "runbook " -- --version
run 0 "help" "Usage: runbook" -- --help
for c in $("$rb" __complete commands) "config get" "config set" "config list" "config validate"; do
    # shellcheck disable=SC2086
    run 0 "help of $c" "Usage: runbook $c" -- $c --help
done
run 2 "an unknown command names the nearest" "did you mean 'config'?" -- confg
run 2 "an unknown option names the nearest" "did you mean '--json'?" -- --jsno
run 2 "an option without its value" "--state-dir needs a value (DIR)" -- --state-dir
run 2 "JSON and plain exclude each other" "exclude each other" -- config --json --plain

# the configuration
printf 'llm:\n  # the model\n  modle: x\n  apiKey: sk-abcdefghijklmnop\nprometheus:\n  url: http://h:9090\n' \
    >.runbook/config.yaml
chmod 600 .runbook/config.yaml
run 0 "an unknown key is a warning with its place" \
    "config.yaml:3:10: warning: unknown key 'llm.modle'; did you mean 'llm.model'?" -- config validate
run 0 "a secret is masked" "****op" -- config get llm.api_key
if "$rb" config list --all --json 2>&1 | grep -q abcdefg; then not_ok "no secret in any list"; else ok "no secret in any list"; fi
run 2 "an unknown key is refused by get" "did you mean 'prometheus.url'?" -- config get promtheus.url
run 2 "an unknown key is refused by set" "did you mean 'llm.model'?" -- config set llm.modl x
run 2 "a secret on the command line is refused" "is a secret" -- config set llm.api_key sk-1
cp .runbook/config.yaml before
run 2 "a region that is none is refused by set" "us-eats-1' is no region of AWS; did you mean 'us-east-1'" -- config set providers.aws.regions us-eats-1
run 2 "in a list, too" "did you mean 'eu-west-2'" -- config set providers.aws.regions "eu-west-1, eu-wst-2"
run 2 "and in the form of YAML" "'nowhere' is no region of AWS" -- config set providers.aws.regions '["eu-west-1", nowhere]'
check "then nothing is written" cmp -s before .runbook/config.yaml
run 0 "regions are set" "providers.aws.regions is set" -- config set providers.aws.regions "eu-west-1, nz-north-1"
run 0 "another cloud's region is not AWS's" "llm.region is set" -- config set llm.region europe-west4
cp before .runbook/config.yaml
run 0 "set" "llm.model is set" -- config set llm.model sonnet
run 0 "set as another program spells it" "agent.max_iterations is set" -- config --set agent.maxIterations=5
check "set keeps comments" grep -q '# the model' .runbook/config.yaml
run 0 "what was set is read" "5" -- config get agent.max_iterations
RUNBOOK_LLM_MODEL=other run 0 "the environment overrides" "other" -- config get llm.model
chmod 644 .runbook/config.yaml
run 0 "a world-readable secret is said" "chmod 600" -- config validate
chmod 600 .runbook/config.yaml
mv .runbook/config.yaml .runbook/was
printf 'aws:\n  servics: [ec2]\n' >.runbook/services.yaml
run 0 "services.yaml alone is checked" "services.yaml:2:12: warning: unknown key 'aws.servics'" -- config validate
run 0 "what reads it says so, too" "did you mean 'aws.services'?" -- accounts
rm .runbook/services.yaml
mv .runbook/was .runbook/config.yaml
printf 'agent:\n  max_iterations: many\n' >bad.yaml
run 2 "a wrong type has line and column" "bad.yaml:2:19: error: 'agent.max_iterations' must be" -- config validate bad.yaml
printf 'a: [1\n' >bad.yaml
run 2 "no YAML has a line" "bad.yaml: line " -- config validate bad.yaml
run 1 "a missing file" "nowhere.yaml" -- --config nowhere.yaml config list

# doctor and status: a word for each state, exit 1 when something that is configured fails
printf 'agent:\n  max_iterations: 5\n' >.runbook/config.yaml
run 0 "doctor without backends" "absent   Prometheus" -- doctor
run 0 "doctor as JSON" '"schema":"runbook.doctor/1"' -- doctor --json
printf 'prometheus:\n  url: http://127.0.0.1:1\nhosts: [no-such-host.invalid]\n' >.runbook/config.yaml
run 1 "doctor finds a dead backend" "failed   Prometheus" -- doctor
run 1 "doctor finds a machine that cannot be reached" "failed   no-such-host.invalid" -- doctor
RUNBOOK_STATE_DIR=/dev/null/x run 1 "doctor finds a state folder that cannot be" "failed   state folder" -- doctor
run 0 "status" "http://127.0.0.1:1" -- status
run 0 "status as JSON" '"schema":"runbook.status/1"' -- status --json
printf 'agent:\n  max_iterations: many\n' >.runbook/config.yaml
run 2 "status with a broken configuration" "config.yaml line 2 column 19: 'agent.max_iterations' must be" -- status
run 1 "doctor with a broken configuration" "failed   configuration" -- doctor
rm .runbook/config.yaml

# what is configured reaches an investigation, and a configured secret reaches no file of it
printf 'prometheus:\n  url: http://127.0.0.1:1\n  auth:\n    token: tok-abcdefghijklmnop\ntopology: topo.json\n' >.runbook/config.yaml
chmod 600 .runbook/config.yaml
echo '{"nodes":[],"edges":[]}' >topo.json
run 1 "no source answers" "FAILED" -- investigate --plain "tok-abcdefghijklmnop is slow"
check "the configured topology is a target" grep -q '"topology:[^"]*/topo.json"' .runbook/scratchpad/*.jsonl
if grep -rq tok-abcdefgh .runbook/scratchpad .runbook/blobs "$tmp/out" 2>/dev/null; then not_ok "the token is in no file"
else ok "the token is in no file"; fi
run 1 "symbols in a UTF-8 locale" "▸ firing alerts" -- investigate --plain x
printf 'ui:\n  ascii: true\n' >>.runbook/config.yaml
run 1 "ui.ascii draws with ASCII" "> firing alerts" -- investigate --plain x
if LC_ALL=C grep -q '[^ -~]' "$tmp/out"; then not_ok "nothing but ASCII"; else ok "nothing but ASCII"; fi
rm .runbook/config.yaml

# init without a terminal
run 2 "init asks nothing without a terminal" "give --template NAME or --yes" -- init
for t in host prometheus ecs-rds serverless enterprise; do
    run 0 "init $t" "wrote $tmp/$t/config.yaml" -- init --config "$tmp/$t/config.yaml" -t $t --set providers.aws.regions=eu-north-1
    run 0 "what init $t writes is valid" "$tmp/$t/config.yaml: valid (0 errors" -- config --config "$tmp/$t/config.yaml" validate
    run 0 "an answer given beforehand to $t" "eu-north-1" -- config --config "$tmp/$t/config.yaml" get providers.aws.regions
    cp "$tmp/$t/config.yaml" "$tmp/before"
    run 0 "init $t again" "nothing to change" -- init --config "$tmp/$t/config.yaml" -t $t
    check "init $t changed nothing" cmp "$tmp/before" "$tmp/$t/config.yaml"
done

# generated documents
if "$rb" __doc configuration | cmp -s - "$RB_SRCDIR/doc/CONFIGURATION.md"; then ok "doc/CONFIGURATION.md is the table"
elif [ -n "$RUNBOOK_UPDATE_GOLDEN" ]; then "$rb" __doc configuration >"$RB_SRCDIR/doc/CONFIGURATION.md"; ok "doc/CONFIGURATION.md was rewritten"
else not_ok "doc/CONFIGURATION.md is the table (make update-golden)"; fi
"$rb" __doc man "$RB_SRCDIR/doc/runbook.1.in" | sed "s/@DATE@/January 1, 2026/" >"$tmp/runbook.1"
if command -v mandoc >/dev/null; then check "the man page is clean mdoc" mandoc -Tlint -Wwarning "$tmp/runbook.1"
else ok "the man page # SKIP no mandoc"; fi
for sh in bash zsh fish; do
    "$rb" completion $sh >"$tmp/completion.$sh"
    if command -v $sh >/dev/null; then check "the $sh completion parses" $sh -n "$tmp/completion.$sh"
    else ok "the $sh completion parses # SKIP no $sh"; fi
done
if command -v bash >/dev/null; then
    # shellcheck disable=SC2016
    said=$(PATH=$RB_BUILDDIR:$PATH bash -c '. "$1"; compopt() { :; }
        for w in "config va" "config set prometheus.u" "completion f" "--js"; do
            COMP_WORDS=(runbook $w); COMP_CWORD=$((${#COMP_WORDS[@]} - 1)); _runbook; echo "${COMPREPLY[*]}"
        done' x "$tmp/completion.bash" | tr '\n' '|')
    echo "$said" >"$tmp/out"
    if [ "$said" = "validate|prometheus.url|fish|--json|" ]; then ok "bash completes"; else not_ok "bash completes"; fi
else ok "bash completes # SKIP no bash"; fi
echo "1..$n"
exit $failed
