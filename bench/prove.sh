#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause
# How long proofs take and how much memory: `check` of real filter sets, `diff` of an edit of one
# rule in them, and a list of 500,000 prefixes. A table to read, and build/bench/prove.json. Needs CORPUS, the directory
# with the filter sets of ClassBench; without it only the list is measured. Medians of RUNS runs.
set -eu
build=${BUILD:-build}
runs=${PROVE_RUNS:-3}
here=$(dirname "$0")
out=$build/bench
mkdir -p "$out"

# measure NAME COMMAND…: wall seconds and peak memory of the process, and what it found.
measure() {
	local name=$1
	shift
	python3 - "$runs" "$name" "$@" <<'PY'
import json, os, statistics, subprocess, sys, time
runs, name, command = int(sys.argv[1]), sys.argv[2], sys.argv[3:]
walls, peak = [], 0
for _ in range(runs):
    begin = time.monotonic()
    process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL)
    output = process.stdout.read()
    _, status, usage = os.wait4(process.pid, 0)
    walls.append(time.monotonic() - begin)
    peak = max(peak, usage.ru_maxrss)
    if os.waitstatus_to_exitcode(status) not in (0, 1):
        sys.exit(f"{' '.join(command)}: exit {os.waitstatus_to_exitcode(status)}")
document = json.loads(output)
if "findings" in document:
    counts = {}
    for finding in document["findings"]:
        counts[finding["code"]] = counts.get(finding["code"], 0) + 1
    said = " ".join(f"{code}:{number}" for code, number in sorted(counts.items())) or "nothing found"
    open_questions = counts.get("E0407", 0)
else:
    said = f"{len(document['changes'])} changes" if document["changes"] else "equivalent"
    open_questions = 0 if document.get("conclusive", True) else 1
print(f"{name:<34} {statistics.median(walls):8.2f} {peak / 1024:9.0f}  {said}" + ("  INCONCLUSIVE" if open_questions else ""))
with open(os.environ["RESULTS"], "a") as results:
    results.write(json.dumps({"name": name, "seconds": round(statistics.median(walls), 3), "peak_mib": round(peak / 1024),
                              "inconclusive": open_questions}) + "\n")
PY
}

export RESULTS=$out/prove.lines
: > "$RESULTS"
printf '%-34s %8s %9s  %s\n' what 'wall s' 'peak MiB' found

sets=${CORPUS:+$CORPUS/01-classbench/neurocuts}
if [ -n "$sets" ] && [ -d "$sets" ]; then
	for file in "$sets"/*_1k.rules.xz "$sets"/*_10k.rules.xz; do
		name=$(basename "$file" .rules.xz)
		"$here/../scripts/classbench.py" "$file" > "$out/$name.sp"
		measure "check $name" "$build/sentryc" check -o json "$out/$name.sp"
	done
	for file in "$sets"/*_10k.rules.xz; do
		name=$(basename "$file" .rules.xz)
		rules=$(grep -c '^        rule ' "$out/$name.sp")
		for place in 10 50 90; do
			rule=$((rules * place / 100))
			"$here/../scripts/classbench.py" --flip "$rule" "$file" > "$out/$name-edit.sp"
			measure "diff $name, rule $rule" "$build/sentryc" diff -o json "$out/$name.sp" "$out/$name-edit.sp"
		done
		rm -f "$out/$name-edit.sp"
	done
else
	echo "(no filter sets: set CORPUS to the directory that holds 01-classbench)"
fi

python3 - "$out" <<'PY'
import random, sys
random.seed(1)
addresses = sorted(random.sample(range(1 << 24, 224 << 24), 500_000))
with open(sys.argv[1] + "/list.txt", "w") as out:
    for number in addresses:
        out.write(".".join(str(number >> shift & 255) for shift in (24, 16, 8, 0)) + "\n")
with open(sys.argv[1] + "/list.sp", "w") as out:
    out.write('policy listed {\n    net listed = file "list.txt";\n    ingress on eth0 {\n'
              "        rule listed deny from listed;\n        rule web allow tcp to 192.0.2.10 port { 80, 443 };\n"
              "        rule ssh allow tcp from 198.51.100.0/24 to 192.0.2.10 port 22;\n        default deny;\n    }\n"
              "    assert listed-out deny in ingress tcp from listed to any port 80;\n}\n")
PY
measure "check, list of 500,000 addresses" "$build/sentryc" check -o json "$out/list.sp"

python3 - "$RESULTS" "$runs" > "$out/prove.json" <<'PY'
import json, sys
lines = [json.loads(line) for line in open(sys.argv[1])]
print(json.dumps({"schema": "packet-sentry/bench-prove/v1", "runs": int(sys.argv[2]), "results": lines}, indent=2))
PY
rm -f "$RESULTS"
