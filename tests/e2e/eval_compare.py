"""Random predictions, scored by score.py and by eval_probe: the figures must be the same.
usage: eval_compare.py SCORE.PY PROBE TRUTH"""
import json
import os
import random
import subprocess
import sys
import tempfile

score, probe, truth_file = sys.argv[1:4]
truth = json.load(open(truth_file))
# Systems that the visible set has none of, and names that are folded.
truth.update({"ob-%d" % i: {"kind": "fault", "system": "online-boutique", "group": "pods", "metric": None,
                            "service": s} for i, s in enumerate(["cartservice", "adservice", "frontend"])})
names = sorted({t["service"] for t in truth.values() if t["service"]})
names += [n + "-db" for n in names[:4]] + [n + "-7f8b9c-x2k4z" for n in names] + ["", "nobody"]
metrics = ["container_cpu_usage_seconds_total", "container_memory_usage_bytes", "cpu", "mem", "latency_p99",
           "request_duration_seconds", 'request_duration_seconds{quantile="0.9"}', "request_duration_seconds_count",
           "aws_xray_requests_sum", "Errors", "platform_load", ""]
rng = random.Random(7)
for turn in range(12):
    said = {i: [{"service": rng.choice(names), "metric": rng.choice(metrics)} for _ in range(rng.choice([0, 1, 3, 9]))]
            for i in truth if rng.random() < 0.9}
    for i, t in truth.items():  # so that hits are not rare
        if t["service"] and i in said and rng.random() < 0.6:
            said[i].insert(rng.randrange(len(said[i]) + 1), {"service": t["service"], "metric": t["metric"]})
    with tempfile.TemporaryDirectory() as d:
        files = [os.path.join(d, n) for n in ("said.json", "truth.json")]
        for f, v in zip(files, (said, truth)):
            json.dump(v, open(f, "w"))
        want = json.loads(subprocess.run([sys.executable, score, "--json"] + files, capture_output=True,
                                         check=True).stdout)
        got = subprocess.run([probe] + files, capture_output=True, text=True, check=True).stdout
    seen = 0
    for line in got.splitlines():
        name, figures = line.rsplit(" ", 6)[0], line.rsplit(" ", 6)[1:]
        s, m, h = want["service"].get(name), want["metric"].get(name), want["specificity"].get(name)
        pairs = [(s and s[k], g) for k, g in zip(("AC@1", "AC@3", "AC@5", "Avg@5"), figures)]
        pairs += [(m and m["AC@1"], figures[4]), (h and h["specificity"], figures[5])]
        for w, g in pairs:
            if w is not None:
                seen += 1
                assert abs(w - float(g)) < 0.00101, (turn, name, pairs)
    assert seen > 30, got
print("same")
