#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause
# Captures over a wire, through the detectors of examples/, each at an interface of its own: attacks make records of kind
# `detect` with the right names and of no other, normal traffic makes none. The table of detect.tsv says which. Each
# capture meets empty sets and full buckets. UPDATE=1 rewrites the table.
. "$(dirname "$0")/common.bash"

policies=(scan flood amplification bruteforce)
interfaces=eth0,eth1,eth2,eth3
corpus=${CORPUS:-}/06-pcap
table=$here/detect.tsv
made=$here/../engines/detection_traffic.py
absent=0 attacks=0 normal=0 frames=0

for i in 1 2 3; do
	ip -n "$near" link add "eth$i" type veth peer name "eth$i" netns "$far"
done
# Nothing but what is sent: no neighbour discovery, no answers.
for ns in "$near" "$far"; do
	without_ipv6 "$ns"
	for i in 0 1 2 3; do
		ip -n "$ns" address flush dev "eth$i"
		ip -n "$ns" link set "eth$i" arp off mtu 3000 up
	done
done
for i in "${!policies[@]}"; do
	sed "s/\"eth0\"/\"eth$i\"/" "$here/../../examples/detect-${policies[i]}.sp" >"$tmp/${policies[i]}.sp"
	"$build/sentryc" compile "$tmp/${policies[i]}.sp" -o "$tmp/${policies[i]}.o" || exit 1
done

# capture NAME: as pcap in $tmp/capture
capture() {
	case $1 in
	made/*) python3 "$made" "${1#made/}" >"$tmp/capture"; return ;;
	*.xz) xz -dc "$corpus/$1" ;;
	*.gz) gzip -dc "$corpus/$1" ;;
	*) cat "$corpus/$1" ;;
	esac 2>/dev/null | tcpdump -r - -w "$tmp/capture" 2>/dev/null
}

# detections FILE: "policy:detection packets" of the records in it.
detections() {
	python3 -c '
import collections, json, sys
found = collections.Counter()
for record in map(json.loads, open(sys.argv[1])):
    if record["kind"] == "detect":
        found[record["policy"].removeprefix("detect-") + ":" + record["detection"]] += 1
    elif "detection" in record or record["kind"] not in ("log", "limit", "sample", "lost"):
        sys.exit(f"what is this? {record}")
for name, n in sorted(found.items()):
    print(name, n)' "$1"
}

# as_expected EXPECTED FOUND: all of it and no other; what ends in `?` is on the edge of its rate and may be missing.
as_expected() {
	local name must=" $2 "

	for name in $1; do
		[[ $name == *\? || $must == *" $name "* ]] || return 1
		must=${must/" ${name%\?} "/" "}
	done
	[ -z "${must// /}" ]
}

# run NAME SECONDS: what is detected, in $found, and with numbers in $counts
run() {
	local follower sent long

	apply --remove >/dev/null 2>&1
	apply "${policies[@]/%/.o}" >"$tmp/out" 2>&1 || { not_ok "apply: $(cat "$tmp/out")"; return; }
	"$build/sentryctl" events --follow -o json --bpffs "$bpffs/ps" --netns "$near" >"$tmp/events" 2>"$tmp/said" &
	follower=$!
	background+=("$follower")
	sleep 0.1
	read -r sent long < <(ip netns exec "$far" python3 "$here/replay.py" "$interfaces" "$2" "$tmp/capture")
	sleep 0.2
	kill -INT "$follower"
	wait "$follower"
	background=()
	check "$1: $sent frames sent, $long too long" test "${sent:-0}" -gt 0
	frames=$((frames + ${sent:-0}))
	detections "$tmp/events" >"$tmp/found" || not_ok "$1: records: $(cat "$tmp/found")"
	found=$(cut -d' ' -f1 "$tmp/found" | paste -sd' ')
	counts=$(sed 's/ .*/ (&)/; s/( /(/' "$tmp/found" | paste -sd' ')
}

cd "$tmp" || exit 1
while IFS=$'\t' read -r kind name seconds expected; do
	if [[ $kind == \#* || $kind == kind ]]; then
		printf '%s\n' "$kind${name:+	$name	$seconds	$expected}" >>"$tmp/table"
		continue
	fi
	if [[ $name != made/* && ( -z ${CORPUS:-} || ! -e $corpus/$name ) ]]; then
		absent=$((absent + 1))
		continue
	fi
	capture "$name"
	run "$name" "$seconds"
	[ -n "${UPDATE:-}" ] || check "$name: expected $expected, found ${found:--}" as_expected "$expected" "${found:--}"
	printf '%s\t%s\t%s\t%s\n' "$kind" "$name" "$seconds" "${found:--}" >>"$tmp/table"
	if [ "$kind" = normal ]; then
		same "$name: nothing is detected in normal traffic" "" "$found"
		normal=$((normal + 1))
	else
		check "$name: something is detected" test -n "$found"
		attacks=$((attacks + 1))
		echo "# $kind ${name%/input.pcap}: $counts"
	fi
done <"$table"
[ -z "${UPDATE:-}" ] || [ "$absent" != 0 ] || cp "$tmp/table" "$table"
[ "$absent" = 0 ] || echo "# no CORPUS: $absent captures of the table left out"
echo "# $attacks attacks with their detections and no other, $normal normal captures without any, $frames frames"
apply --remove >/dev/null
same "nothing is left" "" "$(leftovers)"
finish
