#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause
# What `make bench` runs: how long a compile takes, in all and without clang's part. A table to read, and
# build/bench/compile.json. Medians of RUNS runs; the policies are made by ladder.sh, the same each time.
set -eu
build=${BUILD:-build}
runs=${RUNS:-7}
here=$(dirname "$0")
out=$build/bench
mkdir -p "$out"

median() {
	sort -n | awk '{ v[NR] = $1 } END { print v[int((NR + 1) / 2)] }'
}

printf '%7s  %9s  %9s  %9s  %9s  %8s  %9s\n' rules 'wall ms' 'ours ms' 'libclang' 'clang' insns 'peak MiB'
json=
for rules in 1 10 100 1000; do
	policy=$out/ladder-$rules.sp
	"$here/ladder.sh" "$rules" > "$policy"
	: > "$out/runs"
	for _ in $(seq "$runs"); do
		python3 - "$build/sentryc" "$policy" "$out/ladder-$rules.bpf.o" >> "$out/runs" <<'EOF'
import re, resource, subprocess, sys, time
begin = time.monotonic()
report = subprocess.run([sys.argv[1], "compile", "--report", "-o", sys.argv[3], sys.argv[2]],
                        check=True, capture_output=True, text=True).stdout
wall = (time.monotonic() - begin) * 1e3
phases = dict(re.findall(r"^(\w+)\s+([0-9.]+)$", report.split("\n\n")[0], re.M))
theirs = float(phases["libclang"]) + float(phases["clang"])
insns = sum(int(n) for n in re.findall(r"^\S+\s+(\d+)(?:  program)?$", report.split("\n\n")[1], re.M))
peak = resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss / 1024
print(f"{wall:.1f} {wall - theirs:.1f} {float(phases['libclang']):.1f} {float(phases['clang']):.1f} {insns} {peak:.0f}")
EOF
	done
	read -r wall ours libclang clang insns peak <<<"$(for i in 1 2 3 4 5 6; do cut -d' ' -f$i "$out/runs" | median; done | tr '\n' ' ')"
	printf '%7d  %9s  %9s  %9s  %9s  %8s  %9s\n' "$rules" "$wall" "$ours" "$libclang" "$clang" "$insns" "$peak"
	json="$json${json:+,}{\"rules\":$rules,\"wall_ms\":$wall,\"ours_ms\":$ours,\"libclang_ms\":$libclang,\"clang_ms\":$clang,\"insns\":$insns,\"peak_mib\":$peak}"
done
rm -f "$out/runs"
printf '{"schema":"packet-sentry/bench-compile/v1","runs":%d,"policies":[%s]}\n' "$runs" "$json" > "$out/compile.json"
echo
echo "Median of $runs runs; \"ours\" is the wall time without libclang's and clang's, and holds the start of the"
echo "program and the writing of the object. Peak memory is that of the largest process, which is clang."
