#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause
# What tables cost a packet: states, limits, sets, samples and records, each beside the kernel's helper that it rests
# on. A table to read, and build/bench/tables.json. Needs root; ONLY=START measures
# only the rows that begin so. The policies have one rule each, and are compiled here.
set -eu
build=${BUILD:-build}
here=$(dirname "$0")
out=$build/bench/tables
mkdir -p "$out"
if [ "$(id -u)" != 0 ]; then
	echo "(tables are not measured: that needs root)"
	exit 0
fi

# policy NAME RULE [DECLARATION]
policy() {
	printf 'policy %s {\n    %s\n    ingress on wire via xdp {\n        rule only %s;\n        default allow;\n' \
		"$1" "${3:-}" "$2" > "$out/$1.sp"
	printf '    }\n}\n' >> "$out/$1.sp"
	"$build/sentryc" compile -o "$out/$1.bpf.o" "$out/$1.sp"
}
policy b-floor 'deny udp'
policy b-floor-src 'deny from { 192.0.2.1, 2001:db8::1 }'
policy b-established 'allow state established'
policy b-asked 'deny state established'
policy b-refused 'deny state new'
policy b-new 'allow state new'
policy b-rate 'rate-limit 1_000_000_000/s burst 1_000_000_000 per src else deny tcp'
policy b-sample 'sample 1/1_000_000 tcp'
policy b-sampled 'sample 1/1 tcp'
policy b-log 'allow tcp log'
policy b-net 'deny from @s' 'set s : net max 2_000_000;'
policy b-addr 'deny from @s' 'set s : addr max 2_000_000;'
policy b-expiring 'deny from @s' 'set s : addr max 2_000_000 timeout 1h;'
clang --target=bpf -mcpu=v3 -g -O2 -std=gnu11 -nostdinc -Wall -I"$here/../bpf-templates" -c -o "$out/helpers.bpf.o" \
	"$here/helpers.bpf.c"

status=0
"$build/bench/tables-bench" "$out" "${ONLY:-}" || status=$?
python3 - "$out/tables.lines" > "$build/bench/tables.json" <<'PY'
import json, sys
lines = [json.loads(line) for line in open(sys.argv[1])]
print(json.dumps({"schema": "packet-sentry/bench-tables/v1", "results": lines}, indent=2))
PY
echo
echo "Nanoseconds of one packet by BPF_PROG_TEST_RUN, median of 9 differences to the floor: a policy that decides the"
echo "same without the table, or a program that only makes the helper's key. Another source address each time."
exit $status
