#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause
# `account { traffic; flows; }`: what is counted is what a capture has, by protocol, flags, rule and flow, at both hooks; flows
# that make room for others, changes of policy under traffic and a reader that is killed lose no packet and count none
# twice; without the statement there is nothing.
. "$(dirname "$0")/common.bash"

${CC:-gcc} -std=gnu11 -D_GNU_SOURCE -O1 -I"$here/../../runtime" -I"$build/shared" -o "$tmp/flow-follow" "$here/flow-follow.c" \
	"$build/libruntime.a" -lbpf -ljansson -lsodium || exit 1

# Nothing but what is sent here: no router, no neighbour asks.
without_ipv6 "$near" "$far"
for ns in "$near" "$far"; do
	ip -n "$ns" link set eth0 arp off
done
address() {
	ip -n "$1" -br link show dev eth0 | awk '{ print $3 }'
}
ip -n "$near" neigh replace 10.77.0.2 lladdr "$(address "$far")" dev eth0 nud permanent

# account_policy NAME HOOK ACCOUNT [RULE]: with the rule, others have other slots.
account_policy() {
	cat >"$tmp/$1.sp" <<-END
		policy account {
		    interface uplink = "eth0";
		    $3
		    ingress on uplink via $2 {
		        rule ssh    deny   tcp port 22;
		        ${4:-}
		        rule web    allow  tcp to any port { 80, 443 };
		        rule dns    deny   udp to any port 53;
		        rule ping   deny   icmp { echo-request, echo-reply };
		        default deny;
		        non-ip deny;
		    }
		    egress on uplink {
		        rule out  deny  udp to any port 7;
		        default allow;
		    }
		}
	END
	"$build/sentryc" compile "$tmp/$1.sp" -o "$tmp/$1.o" || exit 1
}
capture() {
	python3 "$here/account.py" "$@" || exit 1
}
send() {
	ip netns exec "$far" python3 "$here/account.py" send "$@"
}

# --- what a capture has ------------------------------------------------------------

# Held against the capture as account.py reads it, and by rule against what sentryc says of it.
cat >"$tmp/compare.py" <<'END'
import collections, ipaddress, json, subprocess, sys
sentryc, tmp, policy, times = sys.argv[1:4] + [int(sys.argv[4])]
want = json.load(open(tmp + "/count.json"))
stats = json.load(open(tmp + "/stats.json"))
rules = json.load(open(tmp + "/rules.json"))
flows = [json.loads(line) for line in open(tmp + "/flows.json")]
bad = 0
def hold(name, expected, got):
    global bad
    if expected != got:
        bad = 1
        differ = {k: (expected.get(k), got.get(k)) for k in {*expected, *got} if expected.get(k) != got.get(k)}
        print(f"not ok: {name}: (expected, counted)", dict(list(differ.items())[:8]))
got = collections.defaultdict(lambda: [0, 0])
for row in stats["protocols"]:
    if row["direction"] == "ingress" and row["interface"] == "eth0":
        got[row["protocol"]][0] += row["packets"]
        got[row["protocol"]][1] += row["bytes"]
hold("protocols", {k: [times * n for n in v] for k, v in want["protocols"].items()}, dict(got))
hold("flags", {k: v * times for k, v in want["tcp_flags"].items()},
     {row["flags"]: row["packets"] for row in stats["tcp_flags"] if row["direction"] == "ingress"})
by_rule, got = collections.defaultdict(lambda: [0, 0]), collections.defaultdict(lambda: [0, 0])
for flow in flows:
    if flow["direction"] != "ingress":
        continue
    ports = flow.get("source_port", 0), flow.get("dest_port", 0)
    if "icmp_type" in flow:
        ports = 0, flow["icmp_type"] * 256 + flow["icmp_code"]
    proto = {"ICMP": 1, "IGMP": 2, "TCP": 6, "UDP": 17, "GRE": 47, "ESP": 50, "AH": 51, "ICMPv6": 58, "SCTP": 132}
    number = proto[flow["protocol"]] if flow["protocol"] in proto else int(flow["protocol"])
    ends = [ipaddress.ip_address(flow[key]).packed.hex() for key in ("source_ip", "dest_ip")]
    for table, key in (got, json.dumps([*ends, *ports, number, flow.get("vlan")])), (by_rule, flow["rule"]):
        table[key][0] += flow["packets"]
        table[key][1] += flow["bytes"]
hold("flows", {k: [times * n for n in v] for k, v in want["flows"].items()}, dict(got))
block = next(b for b in rules["blocks"] if b["direction"] == "ingress")
counted = {r["name"]: [r["packets"], r["bytes"]] for r in block["rules"] if r["packets"]}
hold("rules by flow", {k: v for k, v in counted.items() if k not in ("non-ip", "malformed")}, dict(by_rule))
verdicts = collections.Counter()
for row in stats["protocols"]:
    verdicts[row["direction"], row["verdict"]] += row["packets"]
for block in stats["blocks"]:
    for verdict, row in block["verdicts"].items():
        if verdicts[block["direction"], verdict] != row["packets"]:
            bad = 1
            print("not ok: verdict", block["direction"], verdict, verdicts[block["direction"], verdict], row["packets"])
replay = json.loads(subprocess.run([sentryc, "replay", policy, tmp + "/capture.pcap", "--block", "ingress", "-o", "json"],
                                   capture_output=True, text=True).stdout)
hold("rules by replay", {k: [times * v["packets"], times * v["bytes"]] for k, v in replay["rules"].items() if v["packets"]},
     counted)
print(f"# {want['packets']} packets, {len(want['flows'])} flows, {len(want['protocols'])} protocols")
sys.exit(bad)
END

# as_captured NAME HOOK TIMES
as_captured() {
	# So much room that no flow drives another out.
	account_policy "$2" "$2" 'account { traffic; flows max 262_144; }'
	expect "$1: applied" 0 "" apply "$tmp/$2.o"
	capture count "$tmp/capture.pcap" >"$tmp/count.json"
	send "$tmp/capture.pcap" eth0 "$3" >"$tmp/sent"
	for what in stats rules flows; do
		ctl $what -o json >"$tmp/$what.json"
	done
	check "$1: protocols, flags, rules and flows are those of the capture" \
		python3 "$tmp/compare.py" "$build/sentryc" "$tmp" "$tmp/$2.sp" "$3"
	forget >/dev/null
}
capture make "$tmp/capture.pcap" 20000
as_captured "mixed, XDP" xdp 2
as_captured "mixed, tc" tc 1
# Real ones, of which the reading above knows all.
capture merge "$tmp/capture.pcap" "$here"/../../examples/demo/traffic.pcap \
	"$here"/../packets/captures/{dns_udp,dns_tcp,accecn_handshake}.pcap
as_captured "captured, XDP" xdp 1

# On the way out, and what is shown of it.
account_policy out xdp 'account { traffic; flows; }'
expect "applied" 0 "" apply "$tmp/out.o"
udp "$near" 10.77.0.2 7 5
udp "$near" 10.77.0.2 8 3
expect "traffic on the way out" 0 "eth0 +egress +udp +deny +5 +310" ctl stats
expect "its flows" 0 "310 +5 +deny +out +egress +eth0 +UDP 10.77.0.1:[0-9]+ > 10.77.0.2:7" ctl flows
expect "as many as asked for" 0 "1 of [23] flows; -n [23] shows all" ctl flows -n 1
expect "a second generation begins with no flows" 0 "" apply "$tmp/out.o"
same "no flows" "" "$(ctl flows -o json)"
expect "and counts traffic on" 0 "eth0 +egress +udp +allow +3 +186" ctl stats
forget >/dev/null

# Two interfaces whose numbers are 32 apart have one place: what comes second is with the others. On one CPU, as each has its own.
index=$(ip -n "$near" -o link show dev eth0 | cut -d : -f 1)
ip -n "$near" link add eth1 index $((index + 32)) type veth peer name eth1 netns "$far"
for ns in "$near" "$far"; do
	ip -n "$ns" link set eth1 arp off
	ip -n "$ns" link set eth1 up
done
cat >"$tmp/two.sp" <<-END
	policy two {
	    account { traffic; flows; }
	    ingress on eth0, eth1 {
	        default deny;
	        non-ip deny;
	    }
	}
END
capture random "$tmp/few.pcap" 10
expect "applied to two" 0 "" apply "$tmp/two.sp"
for interface in eth0 eth1 eth0 eth1 eth1; do
	ip netns exec "$far" taskset -c 0 python3 "$here/account.py" send "$tmp/few.pcap" "$interface" >/dev/null
done
expect "the first has its own numbers" 0 "^eth0 +ingress +udp +deny +20 " ctl stats
expect "the second is one of the others" 0 "^others +ingress +udp +deny +30 " ctl stats
same "each has its own flows" "20 30" "$(ctl flows -o json | python3 -c '
import json, sys
d = [json.loads(line) for line in sys.stdin]
print(*(sum(f["packets"] for f in d if f["interface"] == name) for name in ("eth0", "eth1")))')"
ip -n "$near" link del eth1
forget >/dev/null

# --- without -------------------------------------------------------------------------

expect "an object says what it counts" 0 "^counts +traffic, flows, 16384 for each CPU" "$build/sentryc" inspect "$tmp/out.o"
account_policy none xdp ''
same "no map more" "counters sentry_trace" \
	"$("$build/sentryc" inspect "$tmp/none.o" -o json | json "' '.join(sorted(m['name'] for m in d['maps'] if m['name'][0] != '.'))")"
same "no function" "" "$(llvm-readelf -s "$tmp/none.o" | grep -E ' (FUNC|OBJECT) ' | grep -E 'account|flow|traffic')"
expect "applied without" 0 "" apply "$tmp/none.o"
expect "no flows without" 3 "account \{ flows; \}" ctl flows
same "no traffic without" "" "$(ctl stats | grep -E 'TCP flags|protocol')"
expect "asked for when applied" 0 "" apply --account traffic,flows=2048 "$tmp/none.sp"
expect "has flows" 0 "flow" ctl flows
expect "has traffic" 0 "protocol" ctl stats
expect "not of an object" 2 "an object counts what it was made for" apply --account flows "$tmp/none.o"
forget >/dev/null

# --- flows that make room, swaps, and a reader that is killed --------------------------

# follow MS [MS]: a reader of all generations begins, or goes on; the second time passes before what was kept counts.
follow() {
	ip netns exec "$near" "$tmp/flow-follow" "$bpffs/ps" "$tmp/told" "$tmp/followed" "$1" "${2:-0}" &
	follower=$!
	background+=("$follower")
}
# The last line of each poll holds. Prints packets and bytes of flows, packets and bytes lost, and polls told of twice.
followed() {
	awk '{ if (($1, $2) in line) twice++; line[$1, $2] = $0 }
		END { for (i in line) { split(line[i], f, " "); p += f[3]; b += f[4]; lp += f[5]; lb += f[6] }
			print p + 0, b + 0, lp + 0, lb + 0, twice + 0 }' "$tmp/followed"
}
counted() {
	ctl stats -o json | json "*[sum(r[k] for r in d['protocols'] if r['direction'] == 'ingress' and r['protocol'] not in ('non-ip', 'malformed')) for k in ('packets', 'bytes')]"
}
begin_anew() {
	rm -f "$tmp"/told.* "$tmp/followed"
	expect "$1: applied" 0 "" apply "$tmp/$2.o"
}
end_follower() {
	kill -TERM "$follower"
	wait "$follower"
}
# all_told NAME: flows told of, and lost, are all that was counted, and that is all that was sent.
all_told() {
	local packets bytes lost_packets lost_bytes twice
	read -r packets bytes lost_packets lost_bytes twice < <(followed)
	echo "# $1: $packets packets in flows, $lost_packets lost, $twice polls told of twice"
	same "$1: each packet and byte once" "$(counted)" "$((packets + lost_packets)) $((bytes + lost_bytes))"
	same "$1: all that was sent" "$(cat "$tmp/sent")" "$(counted | cut -d ' ' -f 1)"
}

account_policy tiny xdp 'account { traffic; flows max 1_024; }'
account_policy tiny2 xdp 'account { flows max 1_024; traffic; }' 'rule other deny udp to any port 99;'
capture random "$tmp/flood.pcap" 100000

begin_anew "displaced" tiny
follow 5
send "$tmp/flood.pcap" eth0 1 60000 >"$tmp/sent"
end_follower
all_told "displaced"
forget >/dev/null

# Of two thirds of the table all find an entry, and keep it, though they come in turn: the one seen longest ago is always the next. A
# round takes some ticks of the kernel's clock. On one CPU, as each has a table.
capture random "$tmp/most.pcap" 680
begin_anew "settled" tiny
ip netns exec "$far" taskset -c 0 python3 "$here/account.py" send "$tmp/most.pcap" eth0 30 17000 >/dev/null
ip netns exec "$far" taskset -c 0 python3 "$here/account.py" send "$tmp/most.pcap" eth0 10 17000 >/dev/null
same "settled: each flow has an entry" \
	"$(capture count "$tmp/most.pcap" | python3 -c 'import json, sys; print(len(json.load(sys.stdin)["flows"]))')" \
	"$(ctl flows -o json | python3 -c 'import json, sys; print(sum(json.loads(line)["packets"] >= 10 for line in sys.stdin))')"
forget >/dev/null

# Nobody reads meanwhile: most are lost, and all of that is told.
begin_anew "lost" tiny2
send "$tmp/flood.pcap" eth0 1 100000 >"$tmp/sent"
follow 5
sleep 0.3
end_follower
same "lost: most were" 1 "$(($(followed | cut -d ' ' -f 3) > 50000))"
all_told "lost"
forget >/dev/null

# Some known to the reader are lost afterwards: polls are rare, and the ring buffer overflows between them.
begin_anew "known, then lost" tiny
follow 300
send "$tmp/flood.pcap" eth0 3 80000 >"$tmp/sent"
sleep 0.4
end_follower
same "known, then lost: some were" 1 "$(($(followed | cut -d ' ' -f 3) > 0))"
all_told "known, then lost"
forget >/dev/null

begin_anew "killed" tiny
follow 3 3
send "$tmp/flood.pcap" eth0 3 50000 >"$tmp/sent" &
sender=$!
kills=0
while kill -0 "$sender" 2>/dev/null; do
	sleep "0.0$((RANDOM % 9))$((RANDOM % 10))"
	kill -KILL "$follower"
	wait "$follower" 2>/dev/null
	kills=$((kills + 1))
	follow 3 3
done
wait "$sender"
sleep 0.2
end_follower
echo "# $kills times killed"
same "killed: often enough" 1 "$((kills > 15))"
same "killed: also before a poll counted" 1 "$(($(followed | cut -d ' ' -f 5) > 3))"
all_told "killed"
forget >/dev/null

begin_anew "swapped" tiny
follow 10
send "$tmp/flood.pcap" eth0 3 40000 >"$tmp/sent" &
sender=$!
swaps=0 before=0 less=0
while kill -0 "$sender" 2>/dev/null; do
	for object in tiny2 tiny; do
		apply "$tmp/$object.o" >/dev/null && swaps=$((swaps + 1))
		now=$(counted | cut -d ' ' -f 1)
		[ "$now" -ge "$before" ] || less=$((less + 1))
		before=$now
	done
done
same "swapped: never less than before" 0 "$less"
wait "$sender"
sleep 0.2
end_follower
echo "# $swaps swaps"
same "swapped: often enough" 1 "$((swaps > 6))"
all_told "swapped"
forget >/dev/null
finish
