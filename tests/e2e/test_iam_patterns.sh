#!/bin/sh
# What the investigator's patterns ask of AWS, on the wire: every estate of tests/cases/aws is investigated by the program, against
# a server, and the actions that its signed requests need are those of `policy print --iam --feature patterns`, in both directions.
#
. "${RB_SRCDIR:-.}/tests/lib/tap.sh"
. "${RB_SRCDIR:-.}/tests/lib/iam.sh"
[ -x "$built/tests/e2e/aws_world" ] || skip_all "the estates' server is not built"
AWS_REGION=eu-west-1

# One estate in a folder of its own: `asked` holds what was asked, `wrong` why it is no answer.
investigate() { # WORLD NAME
    mkdir "$2" && cd "$2" || return
    XDG_STATE_HOME=$PWD/state
    export XDG_STATE_HOME
    "$built/tests/e2e/aws_world" "$1" >rules || { echo "$2: no rules" >wrong; return; }
    question=$(sed -n 's/^.*"question": *"\([^"]*\)".*$/\1/p' "$1" | head -n 1)
    begin
    timeout 300 "$runbook" investigate --aws default "${question:-is everything all right?}" >out 2>errs </dev/null
    code=$?
    end
    case $code in
    0 | 3) ;;
    *) { echo "$2: exit $code" && tail -n 5 out errs; } >wrong ;;
    esac
}

# Most of an investigation is waiting for what AWS answers at its own pace: several go side by side.
estates=0
for world in "$sources"/tests/cases/aws/*.json; do
    name=$(basename "$world" .json)
    [ "$name" != estate ] || continue # what the others are made from
    (investigate "$world" "$name") &
    estates=$((estates + 1))
    [ $((estates % 6)) != 0 ] || wait
done
wait
cat ./*/wrong >no_answer 2>/dev/null
[ ! -s no_answer ] || not_ok "an answer about each estate" no_answer
cat ./*/asked >all
sort -u all >asked
actions >seen
document patterns >may
comm -23 seen may | sed 's/$/: asked, and not in the document/' >wrong
comm -13 seen may | sed 's/$/: in the document, and never asked/' >>wrong
if [ $estates -lt 100 ] || [ -s wrong ] || [ ! -s may ]; then
    not_ok "patterns are what the wire shows" "$estates estates" wrong
else
    ok "patterns are what the wire shows: $(wc -l <may) actions over $estates estates"
fi
done_testing
