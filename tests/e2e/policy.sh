#!/bin/sh
# runbook policy: answers rule by rule, cases in a file, the list, bad input. C-06 C-30 A-31 R-41 R-60 T-09
. "${RB_SRCDIR:-.}/tests/lib/tap.sh"
[ -x "$runbook" ] || skip_all "the program is not built"
unset RUNBOOK_CONFIG RUNBOOK_STATE_DIR NO_COLOR
HOME=$work/home XDG_CONFIG_HOME=$work/home/config XDG_STATE_HOME=$work/home/state LC_ALL=C.UTF-8
export HOME XDG_CONFIG_HOME XDG_STATE_HOME LC_ALL
mkdir -p "$HOME" "$work/.runbook"
cd "$work" || exit 1

# run NAME EXIT PATTERN ARGS...: the exit code, and the pattern in stdout or stderr
run() {
    what=$1 want=$2 pattern=$3
    shift 3
    answers "$what" "$want" "$pattern" "$runbook" policy "$@"
}

run "reading is allowed" 0 '> allow .*default.read' check host.unit.status=nginx
run "a change in production is typed by name" 4 'by typing nginx' check --env prod host.unit.restart=nginx
run "nothing is deleted in production" 5 '> deny .*default.delete-prod' check --env prod aws.rds.delete-db-instance=db
run "nor where nobody said what it is" 5 'could be production' check aws.rds.delete-db-instance=db
run "what is never done says so" 5 'no configuration allows it' check --env dev host.machine.power-off
run "an unknown operation is high" 4 'no row of the table' check --env dev nobody.knows.it=x
run "a command becomes an operation" 4 'host.file.delete-tree' check --env dev --command 'rm -r /var/log/app/old'
run "a pipe is refused with its column" 5 'pipe at column 4' check --command 'ls | sh'
run "control characters in it are not drawn" 5 'look-alike\|control' check --command "$(printf 'ls \033[2K')"
check "not one" sh -c '! grep -q "$(printf "\033")" out'
run "six changes are one too many" 5 'limit.mutations' check --env dev --done 5 host.process.renice=1234
run "the pause between critical ones" 5 'again in 30 s' check --env dev --since-critical 30s host.machine.reboot=x
run "read-only mode" 5 'read-only' check --env dev --read-only host.process.renice=1234
run "JSON" 4 '"decision":"approve"' check --json --env dev host.process.renice=1234
run "an operation that is none" 2 'is no operation' check nonsense
run "nothing to decide" 2 'name an operation' check

cat >.runbook/policy.yaml <<'END'
rules:
  - name: our own units
    match: {operation: "host.unit.*", environment: dev}
    decide: allow
  - name: databases
    match: {resource: "*-db"}
    decide: two_person
END
run "policy.yaml is found" 0 '> allow .*our own units' check --env dev host.unit.reload=nginx
run "the strictest rule counts" 4 'two persons' check --env dev host.unit.reload=orders-db
run "but not what is never done" 5 'never.power' check --env dev host.machine.power-off
cat >cases.yaml <<'END'
cases:
  - {name: ours, operation: host.unit.reload, environment: dev, expect: allow, risk: medium, rule: our own units}
  - {name: a bomb, command: ":(){ :|:& };:", expect: deny}
END
run "cases" 0 '2 cases, 0 not' test cases.yaml
printf '  - {operation: host.unit.reload, environment: prod, expect: allow}\n' >>cases.yaml
run "a case that is not as expected" 1 'NOT .*is two_person\|NOT .*is typed' test cases.yaml
printf 'cases: [{op: x}]\n' >bad.yaml
run "a bad case is named with its line" 2 'bad.yaml line 1 column' test bad.yaml
run "the list" 0 '^alertmanager.silence.create *write *medium' print --provider alertmanager
run "the list as JSON" 0 '"operation":"git.commit.revert"' print --json --kind write
printf 'rules:\n  - decide: perhaps\n' >.runbook/policy.yaml
run "a bad policy is named with its line" 2 'policy.yaml line 2 column' check host.unit.status=x
printf 'rules: []\n' >.runbook/policy.yaml
chmod o+w .runbook/policy.yaml
run "one that everybody may write is refused" 1 'written by everybody' check host.unit.status=x
chmod o-w .runbook/policy.yaml
printf 'safety: {max_mutations_per_session: 1}\npolicy: {scopes: {prod: [blue]}}\n' >.runbook/config.yaml
run "the configuration's limit counts" 5 '1 of 1 changes' check --env dev --done 1 host.process.renice=1234
run "and its names of production" 4 'it is in production' check --env blue host.process.renice=1234
done_testing
