#!/bin/sh
# The vendors' official SDKs, from the npm registry, against the stand-in: they parse what it says, it accepts what they
# send. Only with RUNBOOK_NPM=FOLDER, where they are installed when they are not there yet.
. "${RB_SRCDIR:-.}/tests/lib/tap.sh"
standin=$RB_BUILDDIR/tests/standin/standin
[ -n "${RUNBOOK_NPM:-}" ] || skip_all "RUNBOOK_NPM does not name a folder for the vendors' SDKs"
[ -x "$standin" ] || skip_all "the stand-in is not built"
for tool in node npm; do command -v $tool >/dev/null || skip_all "$tool is not installed"; done
here=$(cd "$RB_SRCDIR/tests/standin" && pwd)
mkdir -p "$RUNBOOK_NPM" && cd "$RUNBOOK_NPM" || skip_all "$RUNBOOK_NPM cannot be used"
if [ ! -d node_modules/openai ] || [ ! -d node_modules/@anthropic-ai/sdk ] || [ ! -d node_modules/@aws-sdk ]; then
    [ -e package.json ] || echo '{"private":true}' >package.json
    timeout 240 npm install --no-audit --no-fund --ignore-scripts @anthropic-ai/sdk@1.11.0 openai@7.55.0 \
        @aws-sdk/client-bedrock-runtime@3.1162.0 >"$work/npm" 2>&1 || skip_all "the registry cannot be reached"
fi
"$standin" --aws-secret 'stand-in secret' --record "$work/record" "$here/sdk.yaml" >"$work/address" &
tap_pids=$!
wait_for 60 test -s "$work/address" || { not_ok "the stand-in starts"; done_testing; exit; }
timeout 120 node "$here/sdk.mjs" "$(cat "$work/address")"
