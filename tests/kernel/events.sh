#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause
# Records say exactly what was sent, on every hook; counters have every packet and byte; samples come as often as
# they should; and where more is logged than fits, records and losses add up to the packets.
. "$(dirname "$0")/common.bash"
. "$here/wire.bash"

write_policy() { # write_policy NAME BLOCK PLACE
	cat >"$tmp/$1.sp" <<-EOF
		policy watch {
		    interface uplink = "eth0";
		    $2 on uplink $3 {
		        rule seen     sample  1/1  port { 53, 443 };
		        rule tcp      deny    tcp port { 22, 443 }  log;
		        rule udp      reject  udp port { 53, 54 } from { 127.0.0.1, ::1 }  log;
		        rule dns      allow   udp port 53  log;
		        rule ping     deny    icmp echo-request  log;
		        rule nd       deny    icmp6 nd-neighbor-solicit  log;
		        rule unreach  deny    icmp4 destination-unreachable code 3  log;
		        rule sctp     deny    sctp  log;
		        rule gre      deny    gre  log;
		        rule odd      deny    proto 253  log;
		        rule pieces   deny    proto udp fragment  log;
		        rule start    deny    fragment first  log;
		        rule tenth    deny    udp port 10  sample 1/10;
		        rule all      deny    udp port 11  log;
		        default allow;
		    }
		}
	EOF
	"$build/sentryc" compile "$tmp/$1.sp" -o "$tmp/$1.o" || exit 1
}

# sent.py DIRECTION INTERFACE HOOK FILE: sends, writes the records that must come to FILE, prints the counters.
cat >"$tmp/sent.py" <<'END2'
import json, sys
from frames import *

direction, interface, hook, path = sys.argv[1:]
lines = {"seen": 4, "tcp": 5, "udp": 6, "dns": 7, "ping": 8, "nd": 9, "unreach": 10, "sctp": 11, "gre": 12, "odd": 13,
         "pieces": 14, "start": 15}
ends = (FAR_MAC, NEAR_MAC) if direction == "ingress" else (NEAR_MAC, FAR_MAC)
frames, records, counted = [], [], {}


def case(rule, packet, src, dst, protocol, number, sport=None, dport=None, types=None, tags=(), sampled=False, **more):
    """types: ICMP type and code, and the type that answers it if any."""
    text = frame(packet, tags, *ends)
    frames.append(text)
    where = {"schema": "packet-sentry/event/v1", "policy": "watch", "block": direction, "direction": direction, "interface": interface,
             "hook": hook, "source_ip": src, "dest_ip": dst, "protocol": protocol, "bytes": len(text), **more}
    if sport is not None:
        where.update(source_port=sport, dest_port=dport,
                     community_id=community_id(src, dst, number, sport, dport))
    elif types is not None:
        kind, code, answer = types
        where.update(icmp_type=kind, icmp_code=code,
                     community_id=community_id(src, dst, number, kind, code if answer is None else answer,
                                               answer is None))
    elif more.get("fragment") != "later":
        where["community_id"] = community_id(src, dst, number)
    if tags:
        where["vlan"] = tags[0][1] & 4095 if isinstance(tags[0], tuple) else tags[0]
    if sampled:
        records.append({**where, "kind": "sample", "rule": "seen", "rule_line": lines["seen"], "sampling": 1,
                        "frame": text[:128].hex()})
    records.append({**where, "kind": "log", "rule": rule, "rule_line": lines[rule],
                    "verdict": {"dns": "allow", "udp": "reject"}.get(rule, "deny")})
    for name in ["seen"] * sampled + [rule]:
        packets, size = counted.get(name, (0, 0))
        counted[name] = packets + 1, size + len(text)


def both(rule, payload, *arguments, tags=(), ext=(), **more):
    case(rule, ip4(payload, A4, B4), A4, B4, *arguments, tags=tags, **more)
    case(rule, ip6(payload, A6, B6, ext=ext), A6, B6, *arguments, tags=tags, **more)


A4, B4, A6, B6 = (FAR4, NEAR4, FAR6, NEAR6) if direction == "ingress" else (NEAR4, FAR4, NEAR6, FAR6)
both("tcp", tcp(40000, 22), "TCP", TCP, 40000, 22, tcp_flags="SYN")
both("tcp", tcp(22, 443, SYN | ACK, 7, 8), "TCP", TCP, 22, 443, tcp_flags="SYN,ACK", sampled=True)
both("tcp", tcp(65535, 22, 0, data=b"?"), "TCP", TCP, 65535, 22, tcp_flags="")
both("tcp", tcp(1, 22, 255, options=b"\1" * 12, data=b"x" * 1000), "TCP", TCP, 1, 22,
     tcp_flags="FIN,SYN,RST,PSH,ACK,URG,ECE,CWR", ext=[options(HOP, 64)])
both("dns", udp(53, 53, b""), "UDP", UDP, 53, 53, sampled=True)
both("dns", udp(0, 53, b"x" * 1201), "UDP", UDP, 0, 53, sampled=True)
case("udp", ip4(udp(9, 54), "127.0.0.1", B4), "127.0.0.1", B4, "UDP", UDP, 9, 54)
case("udp", ip6(udp(9, 54), "::1", B6), "::1", B6, "UDP", UDP, 9, 54)
both("tcp", tcp(40000, 22, FIN | ACK), "TCP", TCP, 40000, 22, tags=[100], tcp_flags="FIN,ACK")
both("dns", udp(40000, 53), "UDP", UDP, 40000, 53, tags=[(ADTAG, 0xE000 | 200), 100], sampled=True)
both("sctp", raw(SCTP, b"\x9c\x40\0\x50" + b"\0" * 12), "SCTP", SCTP, 40000, 80, tags=[0])
both("sctp", raw(SCTP, b"\0\1\0\2" + b"\0" * 12), "SCTP", SCTP, 1, 2)
case("ping", ip4(icmp(8), A4, B4), A4, B4, "ICMP", ICMP, types=(8, 0, 0))
case("ping", ip6(icmp(128), A6, B6), A6, B6, "ICMPv6", ICMP6, types=(128, 0, 129), tags=[4095])
case("nd", ip6(icmp(135, data=b"\0" * 20), A6, B6, 255), A6, B6, "ICMPv6", ICMP6, types=(135, 0, 136))
case("unreach", ip4(icmp(3, 3, b"\0" * 32), A4, B4), A4, B4, "ICMP", ICMP, types=(3, 3, None))
both("gre", raw(GRE), "GRE", GRE)
both("odd", raw(253), "253", 253)
case("pieces", ip4(raw(UDP), A4, B4, offset=80), A4, B4, "UDP", UDP, fragment="later", tags=[7])
case("pieces", ip6(raw(UDP), A6, B6, ext=[fragment(80)]), A6, B6, "UDP", UDP, fragment="later")
case("start", ip4(tcp(5, 6, ACK), A4, B4, more=True), A4, B4, "TCP", TCP, 5, 6, tcp_flags="ACK", fragment="first")
case("start", ip6(udp(5, 6), A6, B6, ext=[fragment(0, True)]), A6, B6, "UDP", UDP, 5, 6, fragment="first")

send("eth0", frames)
with open(path, "w") as out:
    out.writelines(json.dumps(record, sort_keys=True) + "\n" for record in records)
for rule, (packets, size) in sorted(counted.items()):
    print(rule, packets, size)
END2

# Records without what no sender knows; their generation must be $1, their times ascending and between $2 and $3.
cat >"$tmp/known.py" <<'END2'
import datetime, json, sys
last = float(sys.argv[2])
for line in sys.stdin:
    record = json.loads(line)
    stamp = record.pop("timestamp")
    seconds = datetime.datetime.fromisoformat(stamp[:19] + "+00:00").timestamp() + float("0" + stamp[19:-1])
    # Between monotonic and real time the clock may be steered a little.
    if record.pop("generation") != int(sys.argv[1]) or not last - 0.01 <= seconds <= float(sys.argv[3]) + 0.01:
        print("wrong generation or time:", stamp)
    last = max(last, seconds)
    print(json.dumps(record, sort_keys=True))
END2

counter() { # counter RULE: "packets bytes"
	ctl rules -o json | json \
		'" ".join(str(r[k]) for b in d["blocks"] for r in b["rules"] if r["name"] == "'"$1"'" for k in ("packets", "bytes"))'
}

# total FILE: "records lost" of a file that `ctl events` wrote, of rule `all`
total() {
	python3 -c '
import json, sys
records = [json.loads(line) for line in open(sys.argv[1])]
print(sum(r.get("rule") == "all" for r in records), sum(r.get("lost", 0) for r in records))' "$1"
}

write_policy xdp ingress "via xdp"
write_policy tc ingress "via tc"
write_policy out egress ""
for way in "xdp ingress xdp" "tc ingress tcx" "tc ingress clsact" "out egress tcx" "out egress clsact"; do
	read -r object direction hook <<<"$way"
	from=$far options=
	[ "$direction" = egress ] && from=$near
	[ "$hook" = clsact ] && options="--tc clsact"
	forget >/dev/null
	apply $options "$tmp/$object.o" >/dev/null || not_ok "$way: apply"
	generation=$(apply --status -o json | json 'd["generation"]')
	begin=$EPOCHREALTIME
	wire "$from" "$tmp/sent.py" "$direction" eth0 "$hook" "$tmp/wanted" >"$tmp/expected" || not_ok "$way: send"
	sleep 0.2
	ctl events -o json >"$tmp/events" || not_ok "$way: read"
	python3 "$tmp/known.py" "$generation" "$begin" "$EPOCHREALTIME" <"$tmp/events" >"$tmp/known"
	check "$way: something was sent" test -s "$tmp/wanted"
	agree "$way: $(wc -l <"$tmp/wanted") records say what was sent" "$tmp/wanted" "$tmp/known"
	table | grep -v '^default\|^non-ip' >"$tmp/table"
	agree "$way: counters have every packet and byte" "$tmp/expected" "$tmp/table"
done
removed "five places"

# What sockets send, as well.
forget >/dev/null
apply "$tmp/xdp.o" >/dev/null
ip netns exec "$far" ping -c 3 -i 0.1 -W 1 10.77.0.1 >/dev/null
ip netns exec "$far" ping -6 -c 3 -i 0.1 -W 1 fd00:77::1 >/dev/null
sleep 0.2
ctl events --verdict deny -o json >"$tmp/deny"
same "pings" "3 3" "$(grep -c '"dest_ip":"10.77.0.1","protocol":"ICMP","icmp_type":8' "$tmp/deny") $(
	grep -c '"dest_ip":"fd00:77::1","protocol":"ICMPv6","icmp_type":128' "$tmp/deny")"
forget >/dev/null
apply "$tmp/xdp.o" >/dev/null
sent=$(wire "$far" - <<'END2'
import socket
for family, address in ((socket.AF_INET, "10.77.0.1"), (socket.AF_INET6, "fd00:77::1")):
    s = socket.socket(family, socket.SOCK_DGRAM)
    s.connect((address, 53))
    s.send(b"question")
    t = socket.socket(family, socket.SOCK_STREAM)
    t.setblocking(False)
    t.connect_ex((address, 22))
    print("dns", *s.getsockname()[:2], 53, "UDP", None, 14 + (20 if family == socket.AF_INET else 40) + 16)
    print("tcp", *t.getsockname()[:2], 22, "TCP", "SYN", 14 + (20 if family == socket.AF_INET else 40) + 40)
END2
)
sleep 0.2
ctl events -o json >"$tmp/events"
same "sockets" "$sent" "$(python3 -c '
import json, sys
for r in map(json.loads, open(sys.argv[1])):
    if r["kind"] == "log":
        print(*[r.get(k) for k in ("rule", "source_ip", "source_port", "dest_port", "protocol", "tcp_flags", "bytes")])
' "$tmp/events")"

# One in ten of ten thousand: 1000, give or take five times the deviation of 30.
forget >/dev/null
apply "$tmp/xdp.o" >/dev/null
wire "$far" -c 'from frames import *; send("eth0", 10000 * [frame(ip4(udp(5, 10)))])'
sleep 0.2
ctl events -o json >"$tmp/events"
sampled=$(grep -c '"kind":"sample".*"rule":"tenth".*"verdict":"deny".*"sampling":10,' "$tmp/events")
same "of 10000 packets all are counted" "10000 620000" "$(counter tenth)"
check "and $sampled sampled" test "$sampled" -ge 850 -a "$sampled" -le 1150
same "and nothing else is told" "$sampled" "$(wc -l <"$tmp/events")"

# Nobody reads.
forget >/dev/null
apply "$tmp/xdp.o" >/dev/null
wire "$far" -c 'from frames import *; send("eth0", 80000 * [frame(ip4(udp(5, 11)))])'
sleep 0.2
ctl events -o json >"$tmp/events" 2>/dev/null
read -r records lost < <(total "$tmp/events")
read -r counted _ < <(counter all)
same "overload: all 80000 packets are counted" "80000 4960000" "$(counter all)"
same "overload: $records records and $lost lost are all" "$counted" $((records + lost))
check "overload: as many as 4 MiB hold were kept, the others lost" test "$records" -ge 40000 -a "$lost" -ge 30000

# A reader that cannot keep up, and senders on two processors.
forget >/dev/null
apply "$tmp/tc.o" >/dev/null
"$build/sentryctl" events --follow --bpffs "$bpffs/ps" --netns "$near" >"$tmp/followed" 2>/dev/null &
background+=($!)
follower=$!
sleep 0.5
for _ in 1 2; do
	wire "$far" -c 'from frames import *; send("eth0", 100000 * [frame(ip4(udp(5, 11)))], 0)' &
	senders+=($!)
done
sleep 0.3
kill -STOP "$follower"
sleep 0.3
kill -CONT "$follower"
wait "${senders[@]}"
sleep 0.5
kill -INT "$follower"
wait "$follower"
same "flood: the reader ends well" 0 $?
read -r records lost < <(total "$tmp/followed")
read -r counted _ < <(counter all)
check "flood: much was sent" test "$counted" -ge 50000
same "flood: $records records and $lost lost are all" "$counted" $((records + lost))
removed "after the flood"
finish
