#!/bin/sh
# aws_scan.sh [CALLS] - what a scan of two accounts and two regions takes, beside awscli making the same list calls one after
# another, both of a server that answers from recorded exchanges and throttles every fifth request. CALLS: so many of awscli's
# calls are timed, evenly chosen, and the whole is reckoned from them; all when it is not said (minutes). AWSCLI names the program.
# Run by `make bench-aws`; nothing of it is a test.
. "${RB_SRCDIR:-.}/tests/lib/tap.sh"
server=${RB_BUILDDIR:-.}/tests/e2e/aws_server
shared=${RUNBOOK_SHARED:-$RB_SRCDIR/../shared}
cli=${AWSCLI:-/usr/bin/aws}
calls=${1:-0}
[ -d "$shared/aws-wire" ] || skip_all "no recorded exchanges"
unset RUNBOOK_CONFIG RUNBOOK_STATE_DIR AWS_PROFILE AWS_SESSION_TOKEN AWS_DEFAULT_REGION http_proxy HTTP_PROXY https_proxy all_proxy
HOME=$work/home XDG_CONFIG_HOME=$work/home/config XDG_STATE_HOME=$work/home/state LC_ALL=C.UTF-8 AWS_EC2_METADATA_DISABLED=true
export HOME XDG_CONFIG_HOME XDG_STATE_HOME LC_ALL AWS_EC2_METADATA_DISABLED
mkdir -p "$HOME/.aws" "$XDG_CONFIG_HOME/runbook"
cd "$work" || exit 1
for profile in main again; do
    printf '[%s]\naws_access_key_id = AKIAIOSFODNN7EXAMPLE\naws_secret_access_key = wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY\n' $profile
done >"$HOME/.aws/credentials"
printf 'version: 1\naws:\n  accounts:\n    - {name: one, profile: main, regions: [us-east-1, eu-west-1]}\n    - {name: two, profile: again, regions: [us-east-1, eu-west-1]}\n' >"$XDG_CONFIG_HOME/runbook/services.yaml"
# serve PERCENT: a server that throttles so many.
serve() {
    rm -f in url
    mkfifo in
    "$server" "$shared" "$1" any <in >url 2>served &
    pid=$!
    exec 7>in
    until [ -s url ]; do sleep 0.05; done
    AWS_ENDPOINT_URL=$(cat url)
    export AWS_ENDPOINT_URL
}

# The services that were recorded and are known.
"$runbook" aws --json | python3 -c '
import json, os, sys
known = {s["id"] for s in json.load(sys.stdin)["services"]}
print(" ".join("--service " + s for s in sorted(known) if os.path.exists(sys.argv[1] + "/" + s + ".json")))' "$shared/aws-wire" >services
cat >time.py <<'END'
import resource, subprocess, sys, time
began = time.monotonic()
subprocess.run(sys.argv[2:], stdout=open("out", "w"), stderr=open("errs", "w"), stdin=subprocess.DEVNULL)
took = time.monotonic() - began
used = resource.getrusage(resource.RUSAGE_CHILDREN)
print(took, used.ru_maxrss * 1024, used.ru_utime + used.ru_stime, file=open(sys.argv[1], "w"))
END
for percent in 0 20; do
    serve $percent
    # shellcheck disable=SC2046
    python3 time.py took "$runbook" resources $(cat services) --account one --account two --region us-east-1 --region eu-west-1 --json
    python3 -c 'import json; print("\n".join(sorted(json.dumps({k: r[k] for k in sorted(r) if k != "record"}) for r in json.load(open("out"))["resources"])))' >"found-$percent"
    [ $percent -eq 20 ] || { exec 7>&-; wait "$pid"; }
done
if cmp -s found-0 found-20; then echo "throttling: nothing is lost"; else echo "throttling: what was found differs"; fi
exec 8>&1
python3 - "$cli" "$calls" "$shared/aws-wire" <<'END'
import json, re, subprocess, sys, time
cli, wanted = sys.argv[1], int(sys.argv[2])
out = json.load(open("out"))
took, peak, cpu = map(float, open("took").read().split())
cells = out["cells"]
ends = {}
for c in cells:
    ends[c["end"]] = ends.get(c["end"], 0) + 1
print("scan: %d services, %d cells (%s), %d resources, %d requests, %d repeated" % (
    len({c["service"] for c in cells}), len(cells), ", ".join("%d %s" % (n, e) for e, n in sorted(ends.items())),
    len(out["resources"]), sum(c["requests"] for c in cells), sum(c["retries"] for c in cells)))
import collections
for (why, n) in collections.Counter((c["error"] or "")[:90] for c in cells if c["end"] != "whole").most_common(12):
    print("  %d: %s" % (n, why))
print("scan: %.2f s (budget 3), %.1f MB (budget 60), %.2f s of processor" % (took, peak / 1e6, cpu))
def dashes(name):
    return re.sub(r"([a-z0-9])([A-Z])", r"\1-\2", re.sub(r"(.)([A-Z][a-z]+)", r"\1-\2", name)).lower()
todo = [c for c in cells if c["requests"]]
try:
    subprocess.run([cli, "--version"], capture_output=True, check=True)
except OSError:
    print("awscli: not compared, %s is not here" % cli)
    sys.exit()
chosen = todo if not wanted else todo[:: max(1, len(todo) // wanted)]
began, made, failed = time.monotonic(), 0, 0
for c in chosen:
    profile = "main" if c["account"] == "one" else "again"
    region = c["region"] if c["region"] != "global" else "us-east-1"
    ran = subprocess.run([cli, c["service"], dashes(c["operation"]), "--region", region, "--profile", profile, "--output", "json",
                          "--endpoint-url", open("url").read().strip()], capture_output=True, stdin=subprocess.DEVNULL)
    made += 1
    failed += ran.returncode != 0
spent = time.monotonic() - began
whole = spent / made * len(todo)
print("awscli: %d of %d calls in %.1f s (%d ended with an error), %.2f s each; all one after another: %.0f s%s" % (
    made, len(todo), spent, failed, spent / made, whole, "" if made == len(todo) else " (reckoned)"))
print("ratio: %.0f (budget 20)" % (whole / took))
END
exec 7>&-
wait "$pid"
cat served
