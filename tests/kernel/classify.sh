#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause
# sentry-bench: traces are the same each time, every kind of block can be timed, and no wrong verdict has a figure.
set -u
build=${BUILD:-build}
tmp=$(mktemp -d)
trap 'rm -rf "$tmp"' EXIT
failed=0 count=0

# expect WHAT CODE PATTERN COMMAND…: its exit code, and what it must say.
expect() {
	local what=$1 code=$2 pattern=$3 got
	shift 3
	"$@" >"$tmp/said" 2>&1
	got=$?
	count=$((count + 1))
	if [ $got != "$code" ] || { [ -n "$pattern" ] && ! grep -qE -- "$pattern" "$tmp/said"; }; then
		echo "not ok: $what: exit $got instead of $code, or no /$pattern/ in:"
		head -n 20 "$tmp/said"
		failed=1
	fi
}
no_figure() { # WHAT
	count=$((count + 1))
	if grep -q '^policy ' "$tmp/said"; then
		echo "not ok: $1, and yet there is a figure"
		failed=1
	fi
}
bench() { "$build/sentry-bench" "$@"; }

# policy HOOK NAME RULES…
policy() {
	local hook=$1 name=$2
	shift 2
	printf 'policy %s {\n    ingress on wire via %s {\n%s\n        default deny;\n    }\n}\n' \
		"$name" "$hook" "$(printf '        rule %s;\n' "$@")" >"$tmp/$name.sp"
}
five=('web allow tcp to 192.0.2.0/24 port { 80, 443 }'
	'dns allow udp from 10.0.0.0/8 to { 192.0.2.53, 2001:db8::53 } port 53'
	'late deny from 2001:db8:1::/48' 'other allow ip4 proto 47 from 10.1.0.0/16')
policy xdp five "${five[@]}"
policy tc five-tc "${five[@]}"
policy xdp mixed "${five[@]}" 'syn deny tcp flags syn/syn,ack' 'ping allow icmp echo-request' \
	'tagged deny vlan 7 to 192.0.2.0/24'
policy xdp answered 'no reject tcp to 192.0.2.0/24' 'web allow udp to 192.0.2.0/24'
policy xdp stateful 'known allow state established' 'new allow udp to 192.0.2.0/24 port 53'

# Ports of both ends, flags, tags and DSCP of every rule differ: their classes do not cross, bit vectors are left.
crowd=()
for ((i = 0; i < 1000; i++)); do
	from="192.0.$((i % 256)).0/24" to="10.$((i % 7)).$((i * 37 % 256)).$((i * 101 % 256))"
	[ $((i % 3)) != 0 ] || from="2001:db8:$((i % 100))::/48" to="2001:db8:ff::$i"
	low=$((i * 7919 % 60000 + 1)) port=$((i * 104729 % 60000 + 1))
	rule="r$i allow tcp from $from port $low-$((low + i % 3000)) to $to port $port-$((port + i * 13 % 4000))"
	case $((i % 4)) in
	0) rule="$rule flags syn/syn,ack" ;;
	1) rule="r$i deny udp vlan $((i % 4000 + 1)) from $from port $low-$((low + i)) to any port $port-$((port + i))" ;;
	2) rule="r$i deny tcp to $to port $port-$((port + i % 900)) dscp $((i % 64))" ;;
	esac
	crowd+=("$rule")
done
policy xdp crowd "${crowd[@]}"
expect "bit vectors" 0 "bit vectors, [0-9]+ bytes" "$build/sentryc" compile --dump program "$tmp/crowd.sp"

"$(dirname "$0")"/../kernels/hosts-policy.sh >"$tmp/hosts.sp"
expect "patterns of rows" 0 " patterns +(shaped|packed|direct|one) " "$build/sentryc" compile --report "$tmp/hosts.sp" -o "$tmp/hosts.o"

"$(dirname "$0")"/../kernels/exact-policy.sh 1500 xdp more >"$tmp/exact.sp"
expect "tuples" 0 "strategy +tuples, crossed classes" "$build/sentryc" compile --dump classifier "$tmp/exact.sp"
spans=()
for ((i = 0; i < 200; i++)); do
	spans+=("$(printf 'r%d allow from 2001:db8:%x:%x:%x:%x:%x:%x-2001:db8:%x:%x:%x:%x:%x:%x' "$i" "$i" $((i * 7919 % 65521)) $((i * 104729 % 65519)) \
		$((i * 31337 % 65497)) $((i * 27644 % 65479)) $((i * 5281 % 65449)) $((i + 30)) $((i * 3571 % 65521)) $((i * 51283 % 65519)) \
		$((i * 9973 % 65497)) $((i * 40961 % 65479)) $((i * 65003 % 65449)))")
done
policy xdp spans "${spans[@]}"
expect "a search" 0 "IPv6  source +[0-9]+  a search of [0-9]+ steps" "$build/sentryc" compile --dump classifier "$tmp/spans.sp"

expect "no arguments" 2 "usage: sentry-bench" bench
expect "help" 0 "--expected FILE" bench classify --help
expect "a capture is missing" 2 "a policy and a capture" bench classify "$tmp/five.sp"
for name in five five-tc mixed answered stateful crowd hosts exact spans; do
	expect "trace for $name" 0 "" bench trace "$tmp/$name.sp" "$tmp/$name.pcap" --packets 2000
done
expect "the same trace again" 0 "" bench trace "$tmp/five.sp" "$tmp/again.pcap" --packets 2000
expect "is the same" 0 "" cmp "$tmp/five.pcap" "$tmp/again.pcap"
expect "another seed" 0 "" bench trace "$tmp/five.sp" "$tmp/again.pcap" --packets 2000 --seed 2
expect "is another" 1 "differ" cmp "$tmp/five.pcap" "$tmp/again.pcap"

if [ "$(id -u)" != 0 ]; then
	[ $failed = 0 ] || exit 1
	echo "timing programs needs root"
	exit 77
fi

expect "XDP, and a walk" 0 "^linear +[0-9]" bench classify "$tmp/five.sp" "$tmp/five.pcap" --linear --rounds 1
expect "tc, and a walk" 0 "^linear +[0-9]" bench classify "$tmp/five-tc.sp" "$tmp/five-tc.pcap" --linear --rounds 1
expect "more than 5-tuples" 0 "no linear program: rule syn" \
	bench classify "$tmp/mixed.sp" "$tmp/mixed.pcap" --linear --rounds 1
expect "answers are left out" 0 "left out: [1-9]" bench classify "$tmp/answered.sp" "$tmp/answered.pcap" --rounds 1
expect "tables" 0 "with the model's tables" bench classify "$tmp/stateful.sp" "$tmp/stateful.pcap" --rounds 1
expect "bit vectors, in the kernel" 0 "^policy +[0-9]" bench classify "$tmp/crowd.sp" "$tmp/crowd.pcap" --rounds 1
expect "patterns of rows, in the kernel" 0 "^policy +[0-9]" bench classify "$tmp/hosts.sp" "$tmp/hosts.pcap" --rounds 1
expect "tuples, in the kernel" 0 "^policy +[0-9]" bench classify "$tmp/exact.sp" "$tmp/exact.pcap" --rounds 1
expect "a search, in the kernel" 0 "^policy +[0-9]" bench classify "$tmp/spans.sp" "$tmp/spans.pcap" --rounds 1
expect "JSON" 0 '"schema": "packet-sentry/bench-classify/v1"' \
	bench classify "$tmp/five.sp" "$tmp/five.pcap" -o json --rounds 1
cp "$tmp/said" "$tmp/json"
expect "what it has" 0 "" python3 -c 'import json, sys
d = json.load(open(sys.argv[1]))
assert d["packets"] == 2000 and 1000 < d["distinct"] <= 2000 and d["wrong"] == 0, d
assert 0 < d["floor_ns"] and 0 < d["policy_ns"] and 0 < d["ratio"] and d["strategy"] and d["table_bytes"] >= 0, d
assert 100 < d["verified_insns"] < 100000, d' "$tmp/json"

expect "predicted beside measured" 0 "predicted +[0-9.]+ ns over the floor, measured -?[0-9.]+" \
	bench classify "$tmp/five.sp" "$tmp/five.pcap" --rounds 1
# A read of 128 MiB of tables takes longer than one of 8 KiB, or it is not what is measured.
expect "what the planner assumes" 0 '"schema": "packet-sentry/bench-cost/v1"' bench cost --rounds 1 -o json
cp "$tmp/said" "$tmp/cost"
expect "larger tables are slower" 0 "" python3 -c 'import json, sys
reads = json.load(open(sys.argv[1]))["reads"]
sys.exit(not reads[0]["chained"] < reads[-1]["chained"])' "$tmp/cost"
expect "no rounds" 2 "rounds is a number" bench cost --rounds 0

# From 10.1.0.1 by GRE: other; to 192.0.2.10 port 443: web; two of no rule. The last line claims nothing.
printf '%s\n' '167837697 1 0 0 47' '1 3221225994 5 443 6' '1 1 1 1 6' '1 1 1 2 6' >"$tmp/packets"
expect "a ClassBench trace" 0 "" bench trace "$tmp/five.sp" "$tmp/cb.pcap" --from "$tmp/packets"
printf '3\n0\n4\n-\n' >"$tmp/expected"
expect "as expected" 0 "^3 of them as expected" \
	bench classify "$tmp/five.sp" "$tmp/cb.pcap" --expected "$tmp/expected" --rounds 1
printf '3\n1\n4\n-\n' >"$tmp/expected"
expect "not as expected" 1 "packet 1: expected rule 1" \
	bench classify "$tmp/five.sp" "$tmp/cb.pcap" --expected "$tmp/expected"
no_figure "not as expected"
printf 'x\n' >"$tmp/expected"
expect "nothing expected" 1 "says nothing of any packet" \
	bench classify "$tmp/five.sp" "$tmp/cb.pcap" --expected "$tmp/expected"
expect "not a policy" 3 "error" bench classify "$tmp/expected" "$tmp/five.pcap"
no_figure "not a policy"

echo "# $count checks"
exit $failed
