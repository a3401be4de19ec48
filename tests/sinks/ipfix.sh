#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause
# Flows by IPFIX: to nfcapd and tshark, which are others' readers of it, and to a collector of our own that is strict. The
# collector is not there at first, is killed, and stands still.
set -u
build=$(realpath "${BUILD:-build}")
cd "$(dirname "$0")" || exit 1
for tool in nfcapd nfdump tshark; do
	command -v $tool >/dev/null || { echo "$tool is missing: make deps-sinks"; exit 77; }
done
# shellcheck source=tests/sinks/servers/nfcapd.sh
. servers/nfcapd.sh
driver=$build/tests/sinks/driver
registry=${CORPUS:-}/08-telemetry/ipfix/iana-elements.xml
[ -n "${CORPUS:-}" ] || registry=
dir=$(mktemp -d) failed=0
collector=''
driven=''
trap 'nfcapd_stop; collector_kill; [ -z "$driven" ] || kill $driven 2>/dev/null; rm -rf "$dir"' EXIT

bad() { echo "not ok: $*"; failed=1; }

collector_start() { # udp|tcp PORT NAME
	/usr/bin/python3 -B ipfix_collector.py "$1" "$2" "$dir/$3.jsonl" "$dir/$3.pcap" $registry >"$dir/$3.log" 2>&1 &
	collector=$!
	for _ in {1..100}; do
		grep -qs ready "$dir/$3.log" && return
		sleep 0.05
	done
	cat "$dir/$3.log"
	exit 1
}

collector_kill() {
	[ -z "$collector" ] || { kill -9 "$collector"; wait "$collector"; } 2>/dev/null
	collector=
}

configure() { # FILE TRANSPORT PORT MORE…
	printf 'sinks:\n  - type: ipfix\n    host: 127.0.0.1\n    transport: %s\n    port: %s\n    templates: 1s\n    batch: {delay: 100ms}\n' "$2" "$3" >"$1"
	printf '    %s\n' "${@:4}" >>"$1"
}

drive() { # CONFIGURATION ARGUMENT…, in the background
	"$driver" "$@" >"$dir/driver.json" 2>"$dir/driver.log" &
	driven=$!
}

driven() { # WRITTEN: waits for it
	wait "$driven" || bad "the driver failed: $(cat "$dir/driver.log")"
	driven=
	grep -q "\"written\": $1," "$dir/driver.json" || bad "not $1 are written: $(tr -d '\n' <"$dir/driver.json")"
	sleep 0.5
}

stat() { sed -n "s/.*\"$1\": \([0-9]*\).*/\1/p" "$dir/driver.json"; }

items=40000 flows=5000
"$driver" --expect --items $items >"$dir/expect"

# nfcapd, which is not there for the first second and stands still for the fourth. It knows octetDeltaCount only.
port=$(free_port udp)
configure "$dir/nfcapd.yml" udp "$port" 'octets: frame'
drive "$dir/nfcapd.yml" --items $items --rate 10000
sleep 1
nfcapd_start "$dir/nfcapd" "$port" || exit 1
sleep 2
kill -STOP "$nfcapd_PID"
sleep 1
kill -CONT "$nfcapd_PID"
driven $flows
[ "$(stat retries)" -gt 0 ] || bad "that nobody listens was not noticed"
nfcapd_stop
/usr/bin/python3 -c 'import json, sys
numbers = {"ICMP": 1, "TCP": 6, "UDP": 17, "GRE": 47, "ICMPv6": 58, "SCTP": 132}
for name, one in json.load(open(sys.argv[1]))["flow"]["protocols"].items():
    print(numbers[name], one["items"], one["packets"], one["bytes"])' "$dir/expect" | sort >"$dir/wanted"
nfcapd_query | diff "$dir/wanted" - || bad "nfdump has other sums than were sent"

# UDP: killed for a second.
port=$(free_port udp)
configure "$dir/udp.yml" udp "$port" 'enterprise: 32473'
drive "$dir/udp.yml" --items $items --rate 10000
sleep 0.7
collector_start udp "$port" udp
sleep 1
collector_kill
sleep 1
collector_start udp "$port" udp
driven $flows
collector_kill
# What the one that was killed had in its buffer is gone.
/usr/bin/python3 -B ipfix_sums.py "$dir/udp.jsonl" "$dir/expect" 1000 0 >"$dir/udp.sums" || bad "UDP: $(cat "$dir/udp.sums")"

# The same messages in tshark: no complaint, and the sums of the strict collector.
tshark -r "$dir/udp.pcap" -d udp.port==4739,cflow -q -z expert >"$dir/expert" 2>/dev/null
grep -vE '^$|^=|^(Errors|Warns) \(0\)' "$dir/expert" | grep -E 'Malformed|Error|Warn|Sequence' | grep -v 'Unexpected flow sequence' &&
	bad "tshark complains"
tshark -r "$dir/udp.pcap" -d udp.port==4739,cflow -T fields -E separator=';' -e cflow.packets -e cflow.octets -e cflow.selector_name 2>/dev/null |
	/usr/bin/python3 -c 'import json, sys
packets = octets = names = 0
for line in sys.stdin:
    fields = line.rstrip("\n").split(";", 2)
    packets += sum(map(int, filter(None, fields[0].split(","))))
    octets += sum(map(int, filter(None, fields[1].split(","))))
    names += fields[2].count("edge-web/ingress/")
records = [line["record"] for line in map(json.loads, open(sys.argv[1])) if line.get("template") in (256, 257)]
wanted = sum(r["packetDeltaCount"] for r in records), sum(r["octetDeltaCount"] for r in records), len(records)
if (packets, octets, names) != wanted:
    sys.exit(f"tshark: packets, octets, rules {(packets, octets, names)}, not {wanted}")' "$dir/udp.jsonl" || bad "tshark has other sums"

# TCP: not there, killed, standing still with more under way than buffers hold.
port=$(free_port tcp)
configure "$dir/tcp.yml" tcp "$port" 'enterprise: 32473' 'octets: frame'
drive "$dir/tcp.yml" --items $items --rate 10000
sleep 0.7
collector_start tcp "$port" tcp
sleep 1
collector_kill
sleep 1
collector_start tcp "$port" tcp
driven $flows
/usr/bin/python3 -B ipfix_sums.py "$dir/tcp.jsonl" "$dir/expect" 1000 50 frame >"$dir/tcp.sums" || bad "TCP: $(cat "$dir/tcp.sums")"
collector_kill

"$driver" --expect --items 400000 --seed 2 >"$dir/expect.many"
collector_start tcp "$port" many
drive "$dir/tcp.yml" --items 400000 --seed 2 --wait 60
sleep 0.5
kill -STOP "$collector"
sleep 3
kill -CONT "$collector"
driven 50000
/usr/bin/python3 -B ipfix_sums.py "$dir/many.jsonl" "$dir/expect.many" 0 0 frame >"$dir/many.sums" || bad "TCP: $(cat "$dir/many.sums")"

# Packets, too: records of their own, which count nothing twice.
collector_kill
port=$(free_port udp)
configure "$dir/packets.yml" udp "$port" 'select: {kinds: [event]}'
collector_start udp "$port" packets
drive "$dir/packets.yml" --items 8000 --rate 2000
driven 4000
[ "$(grep -c '"templates"' "$dir/packets.jsonl")" -ge 14 ] || bad "templates are not sent again"
packets=$(grep -cE '"template": 25[89]' "$dir/packets.jsonl")
[ "$packets" = 4000 ] || bad "$packets of 4000 packets"
[ "$(grep -c '"samplingProbability": 0.001,' "$dir/packets.jsonl")" = 1000 ] || bad "samples are not marked"
grep -q '"dataLinkFrameSection": "000102' "$dir/packets.jsonl" || bad "no frames"
grep -q 'DeltaCount' "$dir/packets.jsonl" && bad "packets have counts"
grep '"error"' "$dir/packets.jsonl" && bad "a complaint"

# What is wrong with a configuration is said with its place.
printf 'sinks:\n  - type: ipfix\n    port: 70000\n    transport: sctp\n    message-size: 100\n' >"$dir/wrong.yml"
"$driver" "$dir/wrong.yml" >"$dir/said" 2>&1
[ $? = 2 ] && [ "$(grep -c 'wrong.yml:[0-9]*:[0-9]*: error: ' "$dir/said")" = 4 ] || bad "a wrong configuration: $(cat "$dir/said")"

[ $failed = 0 ] || exit 1
echo "# ipfix, nfcapd: $flows flows, packets and bytes by protocol as sent; not there at first, stood still for 1 s"
echo "# ipfix, UDP, killed for 1 s: $(cat "$dir/udp.sums")"
echo "# ipfix, TCP, killed for 1 s: $(cat "$dir/tcp.sums")"
echo "# ipfix, TCP, stood still for 3 s: $(cat "$dir/many.sums")$([ -n "$registry" ] || echo '; not held against the registry of IANA: no CORPUS')"
