#!/bin/sh
# What the investigator's patterns ask of AWS, on the wire: every estate of tests/cases/aws is investigated by the program, against
# a server, and the actions that its signed requests need are those of `policy print --iam --feature patterns`, in both directions.
#
. "${RB_SRCDIR:-.}/tests/lib/tap.sh"
. "${RB_SRCDIR:-.}/tests/lib/iam.sh"
[ -x "$built/tests/e2e/aws_world" ] || skip_all "the estates' server is not built"
AWS_REGION=eu-west-1

: >all
estates=0
for world in "$sources"/tests/cases/aws/*.json; do
    name=$(basename "$world" .json)
    [ "$name" != estate ] || continue # what the others are made from
    "$built/tests/e2e/aws_world" "$world" >rules || { not_ok "rules of $name"; continue; }
    question=$(sed -n 's/^.*"question": *"\([^"]*\)".*$/\1/p' "$world" | head -n 1)
    begin
    timeout 300 "$runbook" investigate --aws default "${question:-is everything all right?}" >out 2>errs </dev/null
    code=$?
    end
    case $code in
    0 | 3) ;;
    *) not_ok "an answer about $name" "exit $code" out errs ;;
    esac
    cat asked >>all
    estates=$((estates + 1))
done
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
