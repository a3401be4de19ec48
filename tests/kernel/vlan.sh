#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause
# VLAN tags, IPv6 extension headers and fragments on a real interface: every frame is counted by the rule that should
# decide it and by no other, in XDP, where tags are in the frame, and in tc, where the outermost is beside it; also
# where all but the Ethernet header lies in another page.
. "$(dirname "$0")/common.bash"
. "$here/wire.bash"

compile() { # compile NAME VIA
	cat >"$tmp/$1.sp" <<-EOF
		policy tags {
		    interface uplink = "eth0";
		    ingress on uplink $2 {
		        rule vlan-0       deny  vlan 0;
		        rule vlan-100-a   deny  vlan 100 udp port 1000;
		        rule vlan-100     deny  vlan 100;
		        rule vlan-200     deny  vlan 200;
		        rule vlan-300     deny  vlan 300;
		        rule vlan-4095    deny  vlan 4095;
		        rule vlan-other   deny  vlan not 100;
		        rule first        deny  fragment first;
		        rule later        deny  fragment;
		        rule tcp-22       deny  tcp port 22 flags syn/all;
		        rule udp-1000     deny  udp port 1000;
		        rule echo         deny  icmp echo-request;
		        rule sctp-9       deny  sctp port 9;
		        rule esp          deny  esp;
		        rule none         deny  proto 59;
		        default allow;
		        non-ip deny;
		        malformed deny;
		    }
		}
	EOF
	"$build/sentryc" compile "$tmp/$1.sp" -o "$tmp/$1.o" || exit 1
}

# Each case: the rule that is to decide it, the frame. Each is sent once more than the one before, so that no two can
# be taken for each other. Prints what the table of counters will be.
cat >"$tmp/cases.py" <<'END2'
import sys
from frames import *

a = udp(5, 1000)
cases = [
    ("udp-1000", frame(ip4(a))),
    ("vlan-100-a", frame(ip4(a), [100])),
    ("vlan-100-a", frame(ip6(a), [100])),
    ("vlan-100-a", frame(ip4(a), [(QTAG, 0xB000 | 100)])),  # priority and drop eligibility are no part of the id
    ("vlan-100-a", frame(ip4(a), [(ADTAG, 100)])),
    ("vlan-100", frame(ip4(udp(1000, 5)), [100])),
    ("vlan-100-a", frame(ip4(a), [(ADTAG, 100), 200])),
    ("vlan-200", frame(ip4(a), [(ADTAG, 200), 100])),
    ("vlan-200", frame(ip6(a), [(ADTAG, 200), 100])),
    ("vlan-300", frame(ip4(a), [300, 100])),
    ("vlan-0", frame(ip4(a), [0])),
    ("vlan-0", frame(ip4(a), [0, 100])),
    ("vlan-4095", frame(ip4(a), [4095])),
    ("vlan-other", frame(ip4(a), [77])),
    ("non-ip", frame((ARP, b"\0" * 28))),
    ("non-ip", frame((ARP, b"\0" * 28), [100])),
    ("non-ip", frame((ARP, b"\0" * 28), [(ADTAG, 200), 100])),
    ("non-ip", frame((0x88CC, b"\0" * 30))),
    ("malformed", frame(ip4(a), [(ADTAG, 100), 200, 300])),
    ("malformed", frame(ip4(a), [100, 100, 100])),
    ("malformed", frame(ip6(a), [(ADTAG, 100), (ADTAG, 100), 100])),
    ("vlan-100", frame(ip4(raw(UDP, b"\0\5\3\xe8" + b"\0" * 60), offset=80), [100])),

    ("udp-1000", frame(ip6(a))),
    ("udp-1000", frame(ip6(a, ext=[options(HOP)]))),
    ("udp-1000", frame(ip6(a, ext=[options(HOP, 256), options(DEST, 1024)]))),
    ("tcp-22", frame(ip6(tcp(5, 22), ext=[routing(), auth()]))),
    ("tcp-22", frame(ip6(tcp(5, 22, options=b"\2\4\5\xb4"), ext=[options(HOP)] + 7 * [options(DEST)]))),
    ("malformed", frame(ip6(tcp(5, 22), ext=[options(HOP)] + 8 * [options(DEST)]))),
    ("vlan-200", frame(ip6(tcp(5, 22), ext=[options(HOP)] + 7 * [options(DEST)]), [(ADTAG, 200), 100])),
    ("malformed", frame(ip6(tcp(5, 22), ext=[options(HOP)] + 8 * [options(DEST)]), [(ADTAG, 200), 100])),
    ("malformed", frame(ip6(a, ext=[options(DEST), options(HOP)]))),
    ("malformed", frame(ip6(raw(DEST, bytes([UDP, 200] + [0] * 30))))),
    ("echo", frame(ip6(icmp(128), ext=[options(DEST, 16)]))),
    ("sctp-9", frame(ip6(raw(SCTP, b"\0\5\0\x09" + b"\0" * 12), ext=[options(135, 8), options(140, 8)]))),
    ("esp", frame(ip6(raw(ESP), ext=[options(HOP)]))),
    ("none", frame(ip6(raw(NONE, b""), ext=[options(DEST)]))),
    ("udp-1000", frame(ip6(a, ext=[fragment()]))),
    ("first", frame(ip6(a, ext=[fragment(0, True)]))),
    ("first", frame(ip6(tcp(5, 22), ext=[options(HOP), fragment(0, True), options(DEST)]))),
    ("later", frame(ip6(a, ext=[fragment(800)]))),
    ("later", frame(ip6(raw(TCP, b"x" * 40), ext=[options(DEST), fragment(16, True)]))),
    ("malformed", frame(ip6(raw(TCP, b"x" * 40), ext=[fragment(8)]))),
    ("malformed", frame(ip6(a, ext=[fragment(), fragment()]))),
    ("malformed", frame(ip6(raw(TCP, b"x" * 16), ext=[fragment(0, True)]))),
    ("malformed", frame(ip6(a, length=300))),

    ("tcp-22", frame(ip4(tcp(5, 22), options=b"\1" * 40))),
    ("echo", frame(ip4(icmp(8)))),
    ("first", frame(ip4(a, more=True))),
    ("later", frame(ip4(raw(UDP), offset=40, more=True))),
    ("later", frame(ip4(raw(TCP), offset=1480))),
    ("malformed", frame(ip4(raw(TCP), offset=8))),
    ("malformed", frame(ip4(raw(TCP, b"x" * 16), more=True))),
    ("malformed", frame(ip4(a, length=400))),
    ("malformed", frame(ip4(raw(TCP, b"x" * 16), length=36), trailer=b"\0" * 40)),  # padding is not the packet's
    ("udp-1000", frame(ip4(a), trailer=b"\0" * 9)),
    ("malformed", frame((IP4, ip4(a)[1][:20]))),
    ("malformed", frame((IP4, b"\x65" + ip4(a)[1][1:]))),
    ("malformed", frame((IP6, ip6(a)[1][:39]))),
]
if sys.argv[1] == "xdp":  # before it reaches tc, the kernel drops what is too short for its tag
    cases += [("malformed", frame((QTAG, b"\0")))]

counted = {}
frames = []
for n, (rule, text) in enumerate(cases, 1):
    packets, size = counted.get(rule, (0, 0))
    counted[rule] = packets + n, size + n * len(text)
    frames += n * [text]
for rule, (packets, size) in sorted(counted.items()):
    print(rule, packets, size)
if sys.argv[2] == "paged":
    send_paged("eth0", frames)
else:
    send("eth0", frames)
END2

silence "$far"
for hook in xdp tc; do
	compile "$hook" "via $hook"
done
for hook in xdp tc clsact; do
	object=$hook options=
	[ "$hook" = clsact ] && object=tc options="--tc clsact"
	for way in linear paged; do
		forget >/dev/null
		apply $options "$tmp/$object.o" >/dev/null || not_ok "$hook: apply"
		wire "$far" "$tmp/cases.py" "$hook" "$way" >"$tmp/expected" || not_ok "$hook: send"
		sleep 0.2
		table >"$tmp/table"
		check "$hook, $way frames: something was sent" test -s "$tmp/expected"
		agree "$hook, $way frames: each was decided by its rule" "$tmp/expected" "$tmp/table"
	done
	removed "$hook"
done

# Tags that were beside the frame from the beginning, as VLAN devices put them there; in both directions. Here a small
# program does, on what leaves by another interface, since not every kernel has VLAN devices.
cat >"$tmp/push.c" <<'END2'
#include <linux/bpf.h>
#include <linux/pkt_cls.h>
#include <bpf/bpf_endian.h>
#include <bpf/bpf_helpers.h>
__attribute__((section("tc"), used)) int push(struct __sk_buff *skb)
{
	int tags = skb->len / 100; /* the frame's length says how many are wanted */

	if (tags > 1)
		bpf_skb_vlan_push(skb, bpf_htons(0x8100), 100);
	if (tags > 0)
		bpf_skb_vlan_push(skb, bpf_htons(tags > 1 ? 0x88a8 : 0x8100), tags > 1 ? 200 : 100);
	return bpf_redirect(OUT, 0);
}
char terms[] __attribute__((section("license"), used)) = "Dual BSD/GPL";
END2
cat >"$tmp/beside.sp" <<'END2'
policy beside {
    interface uplink = "eth0";
    ingress on uplink via tc {
        rule in-100   deny  vlan 100 udp port 1000;
        rule in-200   deny  vlan 200 udp port 1000;
        rule in-plain deny  udp port 1000;
        default allow;
    }
    egress on uplink {
        rule out-100   deny  vlan 100 udp port 1000;
        rule out-200   deny  vlan 200 udp port 1000;
        rule out-plain deny  udp port 1000;
        default allow;
    }
}
END2
silence "$near"
for ns in "$near" "$far"; do
	ip -n "$ns" link add push0 type veth peer name push1
	for device in push0 push1; do
		ip -n "$ns" link set "$device" arp off up
	done
	clang -O2 -target bpf -I"/usr/include/$(gcc -dumpmachine)" -DOUT="$(ip -n "$ns" -o link show dev eth0 | cut -d: -f1)" \
		-c "$tmp/push.c" -o "$tmp/push-$ns.o" || exit 1
	tc -n "$ns" qdisc add dev push0 clsact
	tc -n "$ns" filter add dev push0 egress bpf direct-action object-file "$tmp/push-$ns.o" section tc || exit 1
done
for options in "" "--tc clsact"; do
	forget >/dev/null
	apply $options "$tmp/beside.sp" >/dev/null || not_ok "apply"
	for ns in "$near" "$far"; do
		wire "$ns" - <<'END2'
from frames import *
for n, size in enumerate((99, 100, 200), 1):
    send("push0", n * [frame(ip4(udp(5, 1000, b"x" * (size - 42))))])
END2
	done
	sleep 0.2
	# Each tag is four bytes more.
	for way in in out; do
		printf '%s\n' "$way-100 2 208" "$way-200 3 624" "$way-plain 1 99"
	done >"$tmp/expected"
	table | grep -v default >"$tmp/table"
	agree "tags beside the frame, both ways${options:+, $options}" "$tmp/expected" "$tmp/table"
done
removed "both directions"
finish
