#!/bin/sh
# runbook skill: what there is, files of one's own, what is wrong with them. R-76 R-77 R-79 A-46 U-18
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
    answers "$what" "$want" "$pattern" "$runbook" skill "$@"
}

for kind in yaml markdown sop; do
    run "a new one: $kind" 0 'skills/own-' new "own-$kind" --kind "$kind"
    run "it is listed: $kind" 0 "^own-$kind  *read  *reads" list
    run "and shown: $kind" 0 'tier 0' show "own-$kind"
done
run "each validates as it is" 0 ' 0 errors, 0 warnings' validate --strict .runbook/skills/*
run "nothing is written over" 2 'nothing is written over' new own-yaml
run "an id is checked" 2 'letters, digits' new 'no good'
run "words find it" 0 "^own-sop" search host own-s
run "a word that nothing has" 0 'No skill is like that' search zzzz
run "by tag" 0 '^own-markdown' list --tag REVIEW
check "and only those" sh -c '! grep -q own-yaml out'
printf 'id: bad\nname: Bad\ndescription: x\nsteps:\n  - {id: a, action: host_snapshot, onError: explode}\n  - {id: b, action: nope, condition: steps.a.result.x = 1}\n' >.runbook/skills/bad.yaml
run "all that is wrong, with its place" 2 'bad.yaml:5:[0-9]*: error: .on_error. is continue' validate .runbook/skills/bad.yaml
check "the second" grep -q 'bad.yaml:6:21: error: there is no tool .nope.' out
check "the third" grep -q "bad.yaml:6:55: error: '=' is not known here: write ==" out
check "the sum" grep -q '1 file, 3 errors' out
run "a broken one hides no other" 0 '^own-yaml' list
check "and is listed with its error" grep -q 'bad.yaml:6:21: error' out
run "a broken one as JSON" 0 '"ok":false' list --json
run "one that is not there" 1 "did you mean 'own-sop'" show own-sopp
run "its file" 0 '^# read, low, medium' show own-yaml --source
run "a copy of another one" 0 'skills/mine.yaml' new mine --from own-yaml
run "has an id of its own" 0 '^id  *mine' show mine
mkdir -p "$XDG_CONFIG_HOME/runbook/skills"
sed 's/^name: .*/name: The user'\''s/' .runbook/skills/mine.yaml >"$XDG_CONFIG_HOME/runbook/skills/mine.yaml"
run "the project's replaces the user's, and says so" 0 'instead of the one .*config/runbook/skills/mine.yaml' list
run "import checks" 2 'bad.yaml:6:21' import .runbook/skills/bad.yaml
cp .runbook/skills/own-sop.yaml sop.yaml
sed 's/own-sop/other-sop/' sop.yaml >other.yaml
run "import copies" 0 'skills/other-sop.yaml' import other.yaml
run "no file" 1 'No such file' validate nowhere.yaml
# What a question says of them, without a model; nothing is started.
"$runbook" ask "list skills" >out 2>errs
check "a question lists them" grep -q '^- `own-yaml` (read, only reads)' out
check "and says how many are broken" grep -q '1 cannot be used' out
"$runbook" ask "show skill own-yaml" >out 2>errs
check "a question shows one" grep -q 'A person starts it: `runbook skill run own-yaml`' out
"$runbook" ask "suggest a skill for a full disk" >out 2>errs
check "a question finds one" grep -q '`free-disk-space`' out
check "nothing was run for it" sh -c '! grep -rq "procedure.started" "$XDG_STATE_HOME" .runbook'
printf 'id: esc\nname: "a\\e[2Jb"\ndescription: x\nsteps: [{id: a, action: host_snapshot}]\n' >esc.yaml
run "control characters in it are an error" 2 'one line, without control' validate esc.yaml
printf 'id: esc\nna\033[2Jme: x\n' >esc2.yaml
run "and are not drawn" 2 'error' validate esc2.yaml
check "not one" sh -c '! grep -q "$(printf "\033")" out errs'
done_testing
