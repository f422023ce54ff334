#!/bin/sh
# What `policy print --iam` says of each change, and of `query`, beside the wire. Every scene of every change (its dry run, the
# change, what is read afterwards, its undo and way back, a lost answer) writes down what it sent; each read operation of the
# definitions is sent once by the client. The actions that these requests need, as the Service Authorization Reference has them, are
# those that are printed, in both directions..
. "${RB_SRCDIR:-.}/tests/lib/tap.sh"
. "${RB_SRCDIR:-.}/tests/lib/iam.sh"
scenes=$built/tests/unit/engine
[ -x "$scenes/test_mutate_aws" ] && [ -x "$scenes/test_mutate_aws_lost" ] || skip_all "the scenes are not built"
[ -x "$built/tests/e2e/aws_ask_all" ] || skip_all "what asks all is not built"

# compare NAME LEAST: seen and may are the same.
compare() {
    comm -23 seen may | sed 's/$/: asked, and not in the document/' >wrong
    comm -13 seen may | sed 's/$/: in the document, and never asked/' >>wrong
    if [ -s wrong ] || [ "$(wc -l <may)" -lt "$2" ]; then not_ok "$1" "$(wc -l <may) in the document" wrong; else ok "$1: $(wc -l <may) actions"; fi
}

# ---- every change ----
wire=$work/wire
for test in test_mutate_aws test_mutate_aws_lost; do
    # shellcheck disable=SC2034 # of the program that is run
    (cd "$sources" && RB_SRCDIR=. RB_WIRE_LOG=$wire "$scenes/$test") >out 2>&1 || not_ok "$test" out
done
cut -d' ' -f2,3 "$wire" | sort -u >asked
actions >seen
document mutations >may
compare "mutations are what the wire shows" 70

# Each for itself: what a scene sent is in the documents of the operations that were proposed in it, and all of a document was sent
# in a scene of it.
"$runbook" policy print --iam | grep -o '"feature":"aws\.[a-z0-9.-]*"' | cut -d'"' -f4 | sort >rows
: >wrong
cut -d' ' -f1 "$wire" | sort -u >groups
while read -r group; do
    awk -v g="$group" '$1 == g { print $2, $3 }' "$wire" | sort -u >asked
    actions >seen
    # shellcheck disable=SC2046 # one word each
    document $(printf %s "$group" | tr , ' ') >may
    comm -23 seen may | sed "s/^/$group: /" >>wrong
done <groups
if [ -s wrong ]; then not_ok "no change asks what its document does not name" wrong; else ok "no change asks what its document does not name"; fi
: >wrong
while read -r row; do
    awk -v r="$row" '("," $1 ",") ~ ("," r ",") { print $2, $3 }' "$wire" | sort -u >asked
    actions >seen
    document "$row" >may
    comm -13 seen may | sed "s/^/$row: /" >>wrong
    [ -s may ] || echo "$row: an empty document" >>wrong
done <rows
if [ -s wrong ] || [ "$(wc -l <rows)" -lt 35 ]; then
    not_ok "no document of a change names what it never asks" "$(wc -l <rows) changes" wrong
else
    ok "no document of a change names what it never asks: $(wc -l <rows) changes"
fi

# ---- every read operation ----
echo '[]' >rules
begin
timeout 300 "$built/tests/e2e/aws_ask_all" >sent 2>errs
code=$?
sorted=$(sort -u sent | wc -l)
aws_end
[ $code = 0 ] || not_ok "every read operation is sent" "exit $code" errs
# A key's parts are asked for at the key's own path: what tells them is the upload.
sed 's,^s3 GetObject \(.*uploadId=\),s3 ListParts \1,' log | cut -d' ' -f1,2 | sort -u >asked
[ "$(wc -l <log)" = "$sorted" ] && [ "$sorted" -ge 2000 ] && ok "every read operation is sent once: $sorted" ||
    not_ok "every read operation is sent once" "$sorted sent, $(wc -l <log) came"
# On the wire these are another's, or each other's: docdb and neptune are rds but for the name; a list of S3's settings and one of
# them differ by a parameter; two names for one call. Their actions are the same.
sort -u sent | comm -23 - asked | grep -v -e '^docdb ' -e '^neptune ' -e '^s3 \(Get\|List\)Bucket[A-Za-z]*Configurations\{0,1\}$' >wrong
if [ -s wrong ]; then not_ok "each is told by its request" wrong; else ok "each is told by its request"; fi
actions >seen
document query >may
compare "query is what the wire shows" 1900
done_testing
