#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause
# sentryc explain: why each rule does not match, in the words of the packet; sentryc test: results as TAP and JUnit,
# with names that mean something in these formats.
set -u
sentryc=$(realpath "${SENTRYC:-build/sentryc}")
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work" || exit 1
failed=0 checks=0
complain() {
	echo "not ok: $*"
	failed=1
}

cat > edge.sp <<'SP'
policy edge {
    interface lan = "eth0";
    ingress on lan {
        rule web allow tcp to port 80;
        rule high allow tcp from port 1024-2047 to port { 8000-8009, 9000 };
        rule syn deny tcp flags syn/syn,ack,rst;
        rule quiet deny tcp flags none/ack,fin;
        rule xmas deny tcp flags fin,urg;
        rule echo allow icmp echo-request ttl 255;
        rule ports allow icmp destination-unreachable code port-unreachable;
        rule six allow icmp6 echo-request code 0;
        rule tag deny vlan 7 dscp 46;
        rule frag deny fragment;
        rule svc allow udp from port 53 to 192.0.2.0/24;
        rule long deny length 1000-65535 detect long-one;
        default deny;
    }
    test "good & <b> #1 \"q\"" in ingress {
        packet tcp 10.0.0.1:1 > 10.0.0.2:80 expect allow by web;
    }
    test "bad # & <x>" in ingress {
        packet tcp 10.0.0.1:1 > 10.0.0.2:81 syn expect allow by web;
        packet tcp 10.0.0.1:1 > 10.0.0.2:80 syn expect allow by web;
    }
}
SP

# says PACKET TEXT…: each is in the explanation, blanks in a row as one
says() {
	local packet=$1 text
	shift
	"$sentryc" explain edge.sp "$packet" 2>&1 | tr -s ' ' >said
	for text; do
		checks=$((checks + 1))
		grep -qF -- "$text" said || complain "$packet: no '$text' in: $(cat said)"
	done
}

says 'tcp 10.0.0.1:1 > 10.0.0.2:81 fin' \
	'read as IPv4, tcp, from 10.0.0.1 port 1, to 10.0.0.2 port 81, flags fin, ttl 64, 40 bytes' \
	'web destination port is 81, the rule wants 80' \
	'high source port is 1, the rule wants 1024-2047' \
	'syn flags are fin, the rule wants syn set and rst,ack not set' \
	'xmas flags are fin, the rule wants fin,urg' \
	'echo protocol is tcp, the rule wants icmp' \
	'tag the packet has no VLAN tag' \
	'frag it is a whole packet, the rule wants a later fragment' \
	'verdict deny by default (edge.sp:16)'
says 'tcp 10.0.0.1:1024 > 10.0.0.2:8010 ack' \
	'high destination port is 8010, the rule wants' \
	'quiet flags are ack, the rule wants fin,ack not set' \
	'long length is 40, the rule wants' \
	'12 of 12 rules tried in ingress:'
says 'tcp 10.0.0.1:1 > 10.0.0.2:81 fin,ack length=1500' 'log by long (edge.sp:15)' 'detect long-one by long (edge.sp:15)'
says 'tcp 10.0.0.1:1024 > 10.0.0.2:8009 ack' 'high matches' 'verdict allow by high (edge.sp:5)' '2 of 12 rules tried'
says 'icmp 10.0.0.1 > 10.0.0.2 echo-request' 'type echo-request code 0' 'echo ttl is 64, the rule wants 255' \
	'ports ICMP type is echo-request' 'six the packet is IPv4, the rule is only for IPv6'
says 'icmp6 2001:db8::1 > 2001:db8::2 echo-reply' \
	'read as IPv6, icmp6, from 2001:db8::1, to 2001:db8::2, type echo-reply' \
	'six ICMP type is echo-reply, the rule wants echo-request' 'svc the packet is IPv6, the rule is only for IPv4'
says 'icmp6 2001:db8::1 > 2001:db8::2 echo-request code=3' 'six ICMP code is 3, the rule wants 0'
says 'udp 10.0.0.1:53 > 192.0.3.1:9 vlan=7 dscp=46' 'vlan 7, dscp 46' 'tag matches'
says 'udp 10.0.0.1:53 > 192.0.3.1:9 vlan=8' 'tag VLAN tag is 8, the rule wants 7' \
	'svc destination is 192.0.3.1, the rule wants 192.0.2.0/24'
says 'udp 10.0.0.1:53 > 192.0.3.1:9 vlan=7' 'the rule wants 46'
says 'arp' 'read as not IP' 'verdict allow by non-ip' 'no rule of ingress is tried' 'decides what is not IP'
says 'arp vlan=9' 'read as not IP, vlan 9'
says 'tcp 10.0.0.1:1 > 10.0.0.2:80 truncate=20' 'read as malformed: ' 'verdict deny by malformed'
says 'tcp 10.0.0.1 > 10.0.0.2 frag=later' 'the packet has no ports: it is a later fragment of tcp' 'frag matches'
says 'udp 10.0.0.1 > 192.0.2.9 frag=later' 'web protocol is udp, the rule wants tcp' 'frag matches'
says 'icmp 10.0.0.1 > 10.0.0.2 frag=later' 'the packet has no ICMP message: it is a later fragment of icmp'
says 'udp 10.0.0.1:53 > 192.0.2.9:9 frag=later' 'packet:1:14: error[E0601]: a later fragment has no ports'

"$sentryc" explain edge.sp 'tcp 10.0.0.1:1 > 10.0.0.2:81 fin,ack length=1500' -o json > out 2>&1
python3 - <<'PY' || complain "a detection as JSON: $(cat out)"
import json
assert json.load(open("out"))["modifiers"] == [{"rule": "long", "log": True, "detect": "long-one"}]
PY
"$sentryc" explain edge.sp 'tcp 10.0.0.1:1 > 10.0.0.2:81 fin' -o json > out 2>&1
python3 - <<'PY' || complain "as JSON: $(cat out)"
import json
d = json.load(open("out"))
assert d["verdict"] == "deny" and d["rule"] == "default", d
assert "syn set and rst,ack not set" in json.dumps(d)
PY

checks=$((checks + 1))
"$sentryc" test edge.sp -o tap > out 2>&1 && complain "test passes"
cat > expected <<'TXT'
TAP version 14
1..2
ok 1 - edge: good & <b> \#1 "q"
not ok 2 - edge: bad \# & <x>
  ---
  file: "edge.sp"
  line: 21
  packets:
    - packet: "tcp 10.0.0.1:1 > 10.0.0.2:81 syn"
      line: 22
      message: "expected allow by web, got deny by syn (edge.sp:6)"
  ...
TXT
diff expected out || complain "TAP"

checks=$((checks + 1))
"$sentryc" test edge.sp -o junit > out 2>&1 && complain "test passes"
python3 - <<'PY' || complain "JUnit: $(cat out)"
import xml.etree.ElementTree as tree
cases = tree.parse("out").getroot().findall("testsuite/testcase")
assert [c.get("name") for c in cases] == ['good & <b> #1 "q"', "bad # & <x>"]
assert [len(c) for c in cases] == [0, 1]
failure = cases[1][0]
assert failure.get("message") == "expected allow by web, got deny by syn (edge.sp:6)"
assert failure.text == "edge.sp:22: tcp 10.0.0.1:1 > 10.0.0.2:81 syn", failure.text
PY

echo "# $checks checks"
exit "$failed"
