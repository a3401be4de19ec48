#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause
# Ways to attach, programs of others, and interfaces that come and go.
. "$(dirname "$0")/common.bash"

policy both 9 7
policy other 19 17
cat >"$tmp/in.sp" <<'END'
policy in-only {
    ingress on eth0 {
        rule bad-in deny udp port 9;
        default allow;
    }
}
END
cat >"$tmp/any.sp" <<'END'
policy everywhere {
    ingress on any {
        rule bad-in deny udp port 9;
        default allow;
    }
}
END
for name in in any; do
	"$build/sentryc" compile "$tmp/$name.sp" -o "$tmp/$name.o" || exit 1
done

# clsact, as on kernels without TCX
expect "clsact by request" 0 "eth0 +egress +clsact" apply --tc clsact "$tmp/both.o"
udp "$near" 10.77.0.2 7 2
same "its program decides" 2 "$(packets bad-out)"
same "a record says so" clsact "$(ctl events --rule bad-out | tail -n 1 | json 'd["hook"]')"
expect "replaced in place" 0 "eth0 +egress +clsact +egress_uplink, replaced" apply --tc clsact "$tmp/other.o"
same "one filter" 1 "$(tc -n "$near" filter show dev eth0 egress | grep -c handle)"
udp "$near" 10.77.0.2 17 3
same "the new program decides" 5 "$(packets bad-out)"
expect "from clsact to TCX" 0 "eth0 +egress +clsact +removed" apply --tc tcx "$tmp/both.o"
udp "$near" 10.77.0.2 7 2
same "the TCX program decides" 7 "$(packets bad-out)"
apply --tc tcx "$tmp/both.o" >/dev/null
apply --tc tcx "$tmp/both.o" >/dev/null
same "the filter goes with the last generation that had it, and the qdisc too" "" \
	"$(tc -n "$near" qdisc show dev eth0 | grep clsact)"
expect "and back" 0 "eth0 +egress +tcx +removed" apply --tc clsact "$tmp/both.o"
expect "status knows" 0 "eth0 +egress +clsact$" apply --status
forget >/dev/null
same "nothing is left" "" "$(leftovers)"

tc -n "$near" qdisc add dev eth0 clsact
apply --tc clsact "$tmp/both.o" >/dev/null
forget >/dev/null
same "somebody else's qdisc stays" clsact "$(tc -n "$near" qdisc show dev eth0 | grep -o clsact)"
tc -n "$near" qdisc del dev eth0 clsact

# one hook
expect "a single hook" 0 "in force as generation 1$" apply --atomic "$tmp/in.o"
expect "replaced" 0 "in force as generation 2$" apply --atomic "$tmp/in.o"
expect "with a second hook" 0 "eth0 +egress +tcx +egress_uplink, new" apply --atomic "$tmp/both.o"
expect "hooks no longer wanted go" 0 "eth0 +egress +tcx +removed" apply "$tmp/in.o"
udp "$near" 10.77.0.2 7 1
same "at once" 0 "$(ctl rules -o json | json 'sum(r["packets"] for b in d["blocks"] for r in b["rules"] if b["direction"] == "egress")')"
apply "$tmp/in.o" >/dev/null
apply "$tmp/in.o" >/dev/null
same "and are free when nothing can go back to them" "" "$(find "$bpffs" -name 'tcx-*')"
forget >/dev/null

# several interfaces
ip -n "$near" link add eth1.5 type veth peer name eth1.5 netns "$far"
ip -n "$near" link set eth1.5 up
expect "two interfaces of a role, one with a dot" 0 "eth1.5 +ingress xdp \(native\)" apply --bind eth0=eth0,eth1.5 "$tmp/in.o"
expect "an interface without native XDP" 0 "lo +ingress xdp \(generic\)" apply --bind eth0=eth0 --bind eth0=lo "$tmp/in.o"
forget >/dev/null
expect "and it is said" 0 "generic mode is used, which is slower" apply --bind uplink=eth1.5,lo "$tmp/both.o"
forget >/dev/null
expect "any is all that are up" 0 "eth1.5 +ingress xdp" apply "$tmp/any.o"
same "but not loopback" "eth0 eth1.5" \
	"$(apply --status -o json | json '" ".join(sorted(a["interface"] for a in d["attachments"]))')"
expect "any is what is bound" 0 "eth0 +ingress xdp +removed" apply --bind any=eth1.5 "$tmp/any.o"
expect "a role that is not there, also beside any" 2 "no role 'wan'; it has: any" apply --bind wan=eth1.5 "$tmp/any.o"
forget >/dev/null

# interfaces whose packets have no Ethernet header
if ip -n "$near" tuntap add tun7 mode tun && ip -n "$near" link set tun7 up; then
	expect "a tunnel by name" 3 "interface tun7 is a tunnel without link header.*no Ethernet header" \
		apply --bind eth0=tun7 "$tmp/in.o"
	expect "any leaves it out, and says so" 0 "warning: interface tun7 is left without a policy" apply "$tmp/any.o"
	same "the others have it" "eth0 eth1.5" \
		"$(apply --status -o json | json '" ".join(sorted(a["interface"] for a in d["attachments"]))')"
	ip -n "$near" link del tun7
else
	echo "# no tunnels here"
fi
forget >/dev/null

# an ifb has the packets of others, with the header that those had
if ip -n "$near" link add ifb7 type ifb 2>/dev/null && ip -n "$near" link set ifb7 up; then
	expect "any leaves an ifb out, and says so" 0 "warning: interface ifb7 is left without a policy: it is an ifb" \
		apply "$tmp/any.o"
	same "the others have the policy" "eth0 eth1.5" \
		"$(apply --status -o json | json '" ".join(sorted(a["interface"] for a in d["attachments"]))')"
	expect "by name it is taken" 0 "ifb7 +egress" apply --bind uplink=eth0,ifb7 --tc clsact "$tmp/both.o"
	ip -n "$near" link del ifb7
else
	echo "# no ifb here"
fi
forget >/dev/null

# frames of more than a page
for ns in "$near" "$far"; do
	ip -n "$ns" link set eth0 mtu 9000
done
expect "jumbo frames do not keep native XDP away" 0 "eth0 +ingress xdp \(native\)" apply "$tmp/both.o"
ip netns exec "$far" python3 -c '
import socket
s = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
s.sendto(b"x" * 8000, ("10.77.0.1", 9))'
same "and are judged and counted whole" "1 8042" "$(ctl rules -o json |
	json '" ".join(str(d["blocks"][0]["rules"][0][k]) for k in ("packets", "bytes"))')"
forget >/dev/null
for ns in "$near" "$far"; do
	ip -n "$ns" link set eth0 mtu 1500
done

# an interface vanishes and comes back, or gets another name
apply "$tmp/both.o" >/dev/null
ip -n "$near" link del eth0
expect "status of a vanished interface" 3 "eth0 +ingress xdp: interface gone$" apply --status
expect "and it is said" 3 "not where it was put: 2 of 2 hooks do not carry it" apply --status
expect "apply without it" 3 "no interface 'eth0'" apply "$tmp/both.o"
ip -n "$near" link add eth0 type veth peer name eth0 netns "$far"
ip -n "$near" address add 10.77.0.1/24 dev eth0
ip -n "$far" address add 10.77.0.2/24 dev eth0
ip -n "$near" link set eth0 up
ip -n "$far" link set eth0 up
expect "status of another of its name" 3 "eth0 +ingress xdp: interface gone; there is another eth0, without this policy" \
	apply --status
same "also as JSON" "True True" "$(apply --status -o json 2>/dev/null | json '" ".join(str(a.get("returned")) for a in d["attachments"])')"
expect "apply on the new one" 0 "eth0 +ingress xdp \(native\) +ingress_uplink, new" apply "$tmp/both.o"
udp "$far" 10.77.0.1 9 2
same "it decides there" 2 "$(packets bad-in)"
same "no dead pins" 2 "$(find "$bpffs" -path '*/links/*' | wc -l)"
ip -n "$near" link set eth0 down
ip -n "$near" link set eth0 name wan0
ip -n "$near" link set wan0 up
expect "status of a renamed interface" 0 "wan0 +ingress xdp \(native\)$" apply --status
expect "rules has its present name" 0 "^ingress on wan0 \\(xdp\\)$" ctl rules
same "also as JSON" "wan0 wan0" "$(ctl rules -o json | json '" ".join(i for b in d["blocks"] for i in b["interfaces"])')"
expect "and stats" 0 "  wan0$" ctl stats
same "also as JSON" "wan0 wan0" "$(ctl stats -o json | json '" ".join(i for b in d["blocks"] for i in b["interfaces"])')"
expect "its hooks are known by number" 0 "wan0 +ingress xdp \(native\) +ingress_uplink, replaced" \
	apply --bind uplink=wan0 "$tmp/both.o"
ip -n "$near" link set wan0 down
ip -n "$near" link set wan0 name eth0
ip -n "$near" link set eth0 up
rm -r "$bpffs"/ps/net-*/gen-*/0/*
expect "somebody removed the pins of what is in force" 3 "other program" apply --status
rm -r "$bpffs"/ps/net-*/gen-*
expect "and all of it" 3 "its pins below .* were removed by somebody else; the next apply puts things right" apply --status
ip netns exec "$near" python3 -c '
import socket
s = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
s.bind(("10.77.0.1", 9))
s.settimeout(1)
try:
    print(s.recv(100))
except TimeoutError:
    print("nothing")' >"$tmp/heard" &
background+=($!)
heard=$!
sleep 0.4
udp "$far" 10.77.0.1 9 2
wait "$heard"
same "it judges on" nothing "$(cat "$tmp/heard")"
expect "the next apply says so, and replaces it" 0 "warning: generation [0-9]+ is in force, but its pins" apply "$tmp/both.o"
expect "which is good" 0 "eth0 +ingress xdp \(native\)$" apply --status
rm "$bpffs"/ps/net-*/links/tcx-*
expect "status of a hook that somebody emptied" 3 "eth0 +egress +tcx: missing" apply --status
forget >/dev/null

# a TCX program of others that lets everything pass and ends the chain
cat >"$tmp/strict.sp" <<'END'
policy closed {
    interface up = "eth0";
    ingress on up via tc {
        rule bad deny udp port 9;
        default deny;
    }
}
END
"$build/sentryc" compile "$tmp/strict.sp" -o "$tmp/strict.o" || exit 1
${CC:-gcc} -O1 -o "$tmp/tcx-first" "$here/tcx-first.c" -lbpf || exit 1
earlier() { # earlier FLAGS PIN: attaches it
	nsenter --net="/run/netns/$near" "$tmp/tcx-first" eth0 "$1" "$2"
}
if earlier 0 "$bpffs/earlier"; then
	expect "beside a program that was there before" 0 "in force as generation 1$" apply "$tmp/strict.o"
	same "without a warning" 0 "$(grep -c warning "$tmp/out")"
	udp "$far" 10.77.0.1 9 3
	same "the policy decides all the same" 3 "$(packets bad)"
	expect "status has nothing to say of it" 0 "eth0 +ingress tcx$" apply --status
	earlier 8 "$bpffs/later" || not_ok "another before ours"
	udp "$far" 10.77.0.1 9 3
	same "who puts himself before it decides" 3 "$(packets bad)"
	expect "which status shows" 0 "eth0 +ingress tcx, behind lets_pass \(id [0-9]+\)$" apply --status
	same "also as JSON" lets_pass "$(apply --status -o json | json 'd["attachments"][0]["ahead"][0]["program"]')"
	expect "and a dry run" 0 "warning: interface eth0: program 'lets_pass'" apply --dry-run "$tmp/strict.o"
	expect "and an apply" 0 "warning: interface eth0: program 'lets_pass'" apply "$tmp/strict.o"
	rm "$bpffs/earlier" "$bpffs/later"
else
	echo "# no TCX here"
fi
forget >/dev/null

# VLAN tags that the driver holds beside the frame
cat >"$tmp/tagged.sp" <<'END'
policy tagged {
    interface up = "eth0";
    ingress on up {
        rule tag deny vlan 5;
        default allow;
    }
}
END
"$build/sentryc" compile "$tmp/tagged.sp" -o "$tmp/tagged.o" || exit 1
if "$build/sentryc" inspect "$tmp/tagged.o" -o json | grep -q '"vlan"'; then
	# On a veth it is the other end that decides, whatever this one is set to.
	ip netns exec "$near" ethtool -K eth0 rxvlan off
	expect "the far end of a veth is elsewhere" 0 "warning: interface eth0: the far end of the veth puts VLAN tags beside the \
frames, so that rules on \`vlan\` miss them in XDP: ethtool -K INTERFACE txvlan off tx-vlan-stag-hw-insert off at its far end, or \
say \`via tc\` in the policy" apply "$tmp/tagged.o"
	ip netns exec "$near" ethtool -K eth0 rxvlan on
	expect "a policy that asks for no tags" 0 "in force" apply "$tmp/both.o"
	same "no warning then" 0 "$(grep -c warning "$tmp/out")"
	ip -n "$near" link add tags0 type veth peer name tags1
	expect "the far end is here" 0 "XDP: ethtool -K tags1 txvlan off tx-vlan-stag-hw-insert off, or say" \
		apply --bind up=tags0 "$tmp/tagged.o"
	ip netns exec "$near" ethtool -K tags1 txvlan off
	expect "it does so with service tags only" 0 "XDP: ethtool -K tags1 tx-vlan-stag-hw-insert off, or say" \
		apply --bind up=tags0 "$tmp/tagged.o"
	ip netns exec "$near" ethtool -K tags1 tx-vlan-stag-hw-insert off
	expect "it does not" 0 "in force" apply --bind up=tags0 "$tmp/tagged.o"
	same "no warning" 0 "$(grep -c warning "$tmp/out")"
	# What keeps tags without asking for them: a warning where there are VLANs.
	sed 's/tag deny vlan 5/tag reject udp port 5 state new/; s/interface up/account { flows; } &/' "$tmp/tagged.sp" >"$tmp/keeps.sp"
	expect "connections, no VLANs" 0 "in force" apply "$tmp/keeps.sp"
	same "no warning" 0 "$(grep -c 'VLAN' "$tmp/out")"
	if ip -n "$near" link add link eth0 name eth0.5 type vlan id 5 2>/dev/null; then
		expect "connections, and VLANs" 0 "so that connections, flows, answers of \`reject\` miss them in XDP" \
			apply "$tmp/keeps.sp"
		ip -n "$near" link del eth0.5
	else
		echo "# no VLAN devices here"
	fi
	ip -n "$near" link del tags0
else
	echo "# the object does not say what it reads"
fi
forget >/dev/null

# programs of others: a second place of ours plays them on XDP and TCX, bpftool another
others() {
	"$build/sentry-apply" --bpffs "$bpffs/others" --state-dir "$tmp/others" --netns "$near" "$@"
}
others "$tmp/both.o" >/dev/null
expect "an XDP program of ours elsewhere is refused" 3 "eth0: carries an XDP program of Packet Sentry, below another --bpffs: \
'sentry_xdp' \(id [0-9]+\), native; it is left alone" \
	apply "$tmp/other.o"
same "and nothing is left" "" "$(find "$bpffs/ps" 2>/dev/null)"
udp "$far" 10.77.0.1 9 2
same "and works on" 2 "$("$build/sentryctl" rules -o json --bpffs "$bpffs/others" --netns "$near" |
	json 'd["blocks"][0]["rules"][0]["packets"]')"
expect "also in a dry run" 3 "of Packet Sentry, below another --bpffs" apply --dry-run "$tmp/other.o"
cat >"$tmp/out.sp" <<'END'
policy out-only {
    interface uplink = "eth0";
    egress on uplink {
        rule bad-out deny udp port 8;
        default allow;
    }
}
END
expect "TCX sits beside others" 0 "eth0 +egress +tcx" apply "$tmp/out.sp"
expect "refused with a policy in force" 4 "policy out-only, generation 1, is still in force" apply "$tmp/other.o"
expect "which is true" 0 "policy out-only, generation 1" apply --status
others --remove >/dev/null
same "removal does not touch the neighbour" 1 "$(find "$bpffs" -name 'tcx-egress-*' | wc -l)"
forget >/dev/null

printf '#include <linux/bpf.h>\n__attribute__((section("xdp"), used)) int strange(struct xdp_md *c) { return XDP_PASS; }\n' \
	>"$tmp/strange.c"
clang -O2 -target bpf -I"/usr/include/$(gcc -dumpmachine)" -c "$tmp/strange.c" -o "$tmp/strange.o" || exit 1
bpftool prog load "$tmp/strange.o" "$bpffs/strange" type xdp || exit 1
nsenter --net="/run/netns/$near" bpftool net attach xdpgeneric pinned "$bpffs/strange" dev eth0
expect "a generic program of others" 3 "not ours: 'strange' \(id [0-9]+\), generic.*\(or: ip link set dev eth0 xdp off\)" \
	apply "$tmp/both.o"
same "it stays" strange "$(ip -n "$near" link show dev eth0 | grep -o 'name strange' | cut -d' ' -f2)"
nsenter --net="/run/netns/$near" bpftool net detach xdpgeneric dev eth0
if [ "$(uname -m)" = x86_64 ]; then # the number of bpf(2)
	nsenter --net="/run/netns/$near" python3 - "$bpffs/strange" "$bpffs/strange-link" <<'END2' || not_ok "bpf(2)"
import ctypes, socket, struct, sys
libc = ctypes.CDLL(None, use_errno=True)
def bpf(command, *words):
    attr = ctypes.create_string_buffer(struct.pack(*words), 64)
    fd = libc.syscall(321, command, attr, 64)
    if fd < 0:
        sys.exit("bpf command %d: errno %d" % (command, ctypes.get_errno()))
    return fd
def text(value):
    keep.append(ctypes.create_string_buffer(value.encode()))
    return ctypes.addressof(keep[-1])
keep = []
program = bpf(7, "=QI", text(sys.argv[1]), 0)  # BPF_OBJ_GET
link = bpf(28, "=IIII", program, socket.if_nametoindex("eth0"), 37, 2)  # BPF_LINK_CREATE, BPF_XDP, generic
bpf(6, "=QI", text(sys.argv[2]), link)  # BPF_OBJ_PIN
END2
	expect "one that a link holds" 3 "not ours: 'strange' .*the tool that attached it \(it is held by a link: see bpftool link\)" \
		apply "$tmp/both.o"
	bpftool link detach pinned "$bpffs/strange-link"
	rm "$bpffs/strange-link"
fi
rm "$bpffs/strange"
same "nothing of ours is left" "" "$(find "$bpffs/ps" "$bpffs/others" 2>/dev/null)"
finish
