#!/bin/sh
# runbook redact and runbook cost: text, counts, exit codes, bad input. R-35 C-13 U-10
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
    answers "$what" "$want" "$pattern" "$runbook" "$@"
}

cat >app.log <<'END'
2026-11-21T10:00:00Z INFO user=ann@example.org password=hunter2hunter2
dsn=postgres://app:s3cret@db-1/orders
again password=hunter2hunter2
-----BEGIN PRIVATE KEY-----
MIIBabcdef
-----END PRIVATE KEY-----
the token of the house is Zebra-4242-Zebra
END
printf 'llm: {api_key: Zebra-4242-Zebra}\n' >.runbook/config.yaml
chmod 600 .runbook/config.yaml

run "secrets are hidden, the rest stays" 0 'user=ann@example.org password=\[redacted-' redact app.log
check "none is left" sh -c '! grep -q -e hunter2 -e s3cret -e MIIB out'
check "one of the configuration is hidden wherever it stands" sh -c '! grep -q Zebra out'
check "the same secret has the same placeholder" test "$(grep -o 'password=.redacted-[0-9a-f]*' out | sort -u | wc -l)" = 1
check "all lines but the key's are there" test "$(wc -l <out)" = 5
run "addresses when asked for" 0 'user=\[redacted-' redact --email app.log
run "--check counts, writes nothing else, and says so by its exit code" 5 '5 secrets: 2 password, 1 url_credentials, 1 private_key, 1 configured' redact --check app.log
check "no text" test ! -s out
printf 'all quiet\n' >quiet.log
run "--check of a clean file" 0 '0 secrets' redact --check quiet.log
run "--json counts by file and kind" 0 '"file":"app.log","bytes":2[0-9]*,"read":true,"kinds":{"password":2,"url_credentials":1,"private_key":1,"configured":1},"secrets":5' redact --json app.log
check "never a secret" sh -c '! grep -q -e hunter2 -e s3cret -e MIIB -e Zebra out'
check "one JSON object" sh -c 'test "$(wc -l <out)" = 1'
"$runbook" redact <app.log >piped 2>/dev/null
check "a pipe is read" sh -c 'grep -q "password=.redacted-" piped && ! grep -q hunter2 piped'
run "a missing file is named, the others are written" 1 'nothere: No such file' redact nothere app.log
check "they are" grep -q 'user=ann@example.org' out
run "a folder is none" 1 'is a folder' redact .
printf '{"password":"a b c","n":18446744073709551615}' | "$runbook" redact >out 2>/dev/null
check "JSON stays JSON, to the digit" grep -q '"n":18446744073709551615}' out
awk 'BEGIN { for (i = 0; i < 300000; i++) printf "line %d of a long log with api_key=k%08dabcdef in it\n", i, i }' >long.log
"$runbook" redact long.log >out 2>/dev/null
check "12 MB in pieces: every line, no key" sh -c 'test "$(wc -l <out)" = 300000 && ! grep -q api_key=k out'
printf 'redact: {email: true}\n' >>.runbook/config.yaml
run "the configuration can ask for addresses" 0 'user=\[redacted-' redact app.log

run "nothing was spent" 0 'Today \$0.00 of \$20.00' cost
mkdir -p .runbook/costs
today=$(date -u +%Y-%m-%d)
cat >".runbook/costs/$today.jsonl" <<END
{"ts":"${today}T00:00:01Z","kind":"booked","id":"m1","session":"s1","user":"ann","provider":"anthropic","model":"claude-opus-5","turn":1,"usd":0.5,"input":1000,"output":500,"cache_read":0,"cache_write":0}
{"ts":"${today}T00:00:02Z","kind":"spent","id":"m1","session":"s1","user":"ann","provider":"anthropic","model":"claude-opus-5","turn":1,"usd":0.125,"input":900,"output":200,"cache_read":4000,"cache_write":0}
{"ts":"${today}T00:00:03Z","kind":"spent","id":"m2","session":"s2","user":"bob","provider":"x","model":"y\u001b[31m","turn":1,"usd":null,"input":10,"output":2,"cache_read":0,"cache_write":0}
torn
END
run "what was spent, by day" 0 "^$today  *2  *910  *4000  *202  \$0.12 and more" cost
check "and a line that cannot be read is said" grep -q 'not counted: 1' out
run "by session" 0 '^s1  *1  *900  *4000  *200  \$0.1[23]$' cost --by session
run "a model without a price" 0 'price not known' cost --by model
check "no terminal sequence of a name gets out" sh -c '! grep -q "$(printf "\033")" out'
run "as JSON" 0 '"name":"s2","usd":0,"calls":1,"calls_without_price":1' cost --by session --json
run "only what is newer" 0 'No call to a model' cost --since 2099-01-01T00:00:00Z
run "prices, with the day they were looked up" 0 '^anthropic  *claude-opus-5 .*2026-' cost prices
printf 'models:\n  - {provider: me, model: mine, input: 1, output: 2}\n' >prices.yaml
printf 'cost: {prices: prices.yaml, usd_per_day: -1}\n' >>.runbook/config.yaml
run "prices of one's own" 0 '^me  *mine .*yours' cost prices
run "no limit" 0 'no limit for a day' cost
printf 'models:\n  - {provider: me, model: mine, input: dear, output: 2}\n' >prices.yaml
run "a bad price file is named with its line" 2 'prices.yaml: line 2:.*input' cost prices
done_testing
