#!/bin/sh
# R-85: the recordings that ship: real journals that verify, small, without a trace of the machine that made them,
# played without network, the same each time. `make update-golden` writes tests/golden/demo-*.txt anew.
. "${RB_SRCDIR:-.}/tests/lib/tap.sh"

demos=$RB_SRCDIR/demos
RUNBOOK_DEMO_DIR=$demos
HOME=$work XDG_CONFIG_HOME=$work/none XDG_STATE_HOME=$work/kept LC_ALL=C.UTF-8 TZ=UTC
export RUNBOOK_DEMO_DIR HOME XDG_CONFIG_HOME XDG_STATE_HOME LC_ALL TZ
unset RUNBOOK_CONFIG RUNBOOK_STATE_DIR RUNBOOK_PROMETHEUS_URL
cd "$work" || exit 1

check "there is a list" "$runbook" demo --list
"$runbook" demo --list --json >list
names=$(grep -o '"name":"[a-z-]*"' list | cut -d'"' -f4)
check "of three and more" test "$(echo "$names" | wc -l)" -ge 3
for name in $names; do
    file=$demos/$name.jsonl
    check "$name verifies" "$runbook" audit verify "$file"
    check "$name is smaller than 200 KB" test "$(cat "$demos/$name".* | wc -c)" -lt 204800
    check "$name names no place of the machine that recorded it" \
        sh -c "! cat '$demos/$name'.* | grep -E '/(work|tmp|root|home|mnt)/|sandbox|runner|\"user\":\"root\"'"
    "$runbook" demo "$name" --plain >out 2>err </dev/null
    code=$?
    check "$name plays" test $code -eq 0 -a ! -s err
    check "$name says first that it is a recording" sh -c 'head -n 1 out | grep -q "^recording of 20.*nothing is touched"'
    check "$name writes no control sequence" sh -c '! grep -q "$(printf "\033")" out'
    if [ -n "${RUNBOOK_UPDATE_GOLDEN:-}" ]; then cp out "$RB_SRCDIR/tests/golden/demo-$name.txt"; fi
    if diff -u "$RB_SRCDIR/tests/golden/demo-$name.txt" out >diff.out; then ok "$name plays as ever"; else not_ok "$name plays as ever" diff.out; fi
done
check "verdicts of three kinds" test "$(for n in $names; do "$runbook" demo "$n" --plain | grep -oE '^(ROOT CAUSE|NO ACTION)'; done | sort -u | wc -l)" -ge 2
check "nothing is kept" test ! -e kept
"$runbook" demo nope >out 2>err
code=$?
check "a name that is none is a mistake of usage" test $code -eq 2
check "and says where the names are" grep -q 'demo --list' err
RUNBOOK_DEMO_DIR=$work/empty "$runbook" demo --plain >out 2>err
code=$?
check "a recording that is not installed is told" test $code -eq 1
check "with the place" grep -q "is not in $work/empty" err

# A result that was changed is not shown.
mkdir changed && cp "$demos"/* changed/
sed -i 's/"lines":0/"lines":9/' changed/disk-full.blobs
printf 'x' >>changed/petshop-latency.jsonl
RUNBOOK_DEMO_DIR=$work/changed "$runbook" demo petshop-latency --plain >out 2>err </dev/null
check "a torn recording still plays" grep -q '^ROOT CAUSE' out
done_testing
