#!/usr/bin/env python3
"""One incident through `runbook investigate --json`: print the candidates as a JSON list, best first.

usage: answer.py URL INCIDENT TOPOLOGY
Both exit codes of an investigation that came to its end (0, and 3: nothing proven) are answers."""
import json
import os
import subprocess
import sys

url, incident, topology = sys.argv[1:4]
program = os.path.join(os.environ["RB_BUILDDIR"], "runbook")
done = subprocess.run([program, "investigate", "--json", "--incident", incident, "--prometheus", url, "--topology",
                       topology], stdin=subprocess.DEVNULL, capture_output=True)
if done.returncode not in (0, 3):
    sys.exit("exit %d: %s" % (done.returncode, done.stderr.decode(errors="replace")[-300:]))
conclusion = json.loads(done.stdout.splitlines()[-1])
if conclusion["verdict"] == "failed":
    sys.exit("failed: %s" % json.dumps(conclusion["unknowns"]))
json.dump([{"service": c["service"], "metric": c["metric"]} for c in conclusion["candidates"]], sys.stdout)
