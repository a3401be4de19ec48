#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause
# Hooks that lose their policy because of somebody else: interfaces that go, move and come back, links that are taken away,
# programs of the dispatcher that are deleted. Status tells, --reattach puts it right, and packets are judged again.
. "$(dirname "$0")/common.bash"

policy both 9 7
cat >"$tmp/inner.sp" <<'END'
policy inner {
    interface uplink = "eth0";
    ingress on uplink via tc {
        rule inner deny udp port 8;
        default allow;
    }
}
END
"$build/sentryc" compile "$tmp/inner.sp" -o "$tmp/inner.o" || exit 1
aside=psrt-aside-$$
namespaces+=("$aside")
ip netns add "$aside"
without_ipv6 "$near" "$far" "$aside"

pair() { # the two ends, as at the beginning
	ip -n "$near" link add eth0 type veth peer name eth0 netns "$far" || return
	ready
}
ready() {
	for end in "$near:1" "$far:2"; do
		ip -n "${end%:*}" address replace "10.77.0.${end#*:}/24" dev eth0
		ip -n "${end%:*}" link set eth0 up
	done
}

status() { # KEY
	apply --status -o json 2>/dev/null | json "d['$1']"
}
states() { # of the hooks, in order
	apply --status -o json 2>/dev/null | json '", ".join("%s %s %s" % (a["hook"], a["direction"], a["state"]) for a in d["attachments"])'
}

# Both hooks judge; with the rules of policy inner as well, if that is in force.
judges() {
	local rule before sent
	for rule in bad-in:9 inner:8 bad-out:7; do
		[ "${rule%:*}" != inner ] || [ "$(status policy)" != edge ] || continue
		before=$(packets "${rule%:*}")
		if [ "${rule%:*}" = bad-out ]; then udp "$near" 10.77.0.2 7 3; else udp "$far" 10.77.0.1 "${rule#*:}" 3; fi
		sent=$(($(packets "${rule%:*}") - before))
		[ "$sent" = 3 ] || { echo "rule ${rule%:*} has met $sent of 3 packets"; return 1; }
	done
}

# mended N: --reattach says N, and all is as it was.
mended() {
	expect "$2: --reattach" 0 "^$1 hooks? attached again$" apply --reattach
	expect "$2: status is content" 0 "^policy" apply --status
	check "$2: packets are judged" judges
	expect "$2: a second time there is nothing to do" 0 "^0 hooks attached again$" apply --reattach
}

pin() { # KIND: the pins of those hooks, a line each
	find "$bpffs/ps" -path "*/links/$1-*"
}

unpin() { # KIND: removes them
	local pins
	mapfile -t pins < <(pin "$1")
	rm "${pins[@]}"
}

expect "nothing in force" 3 "no policy is in force" apply --reattach

# by TCX and by clsact, one object and two
for way in tcx clsact; do
	for objects in "both" "both inner"; do
		read -r -a names <<<"$objects"
		names=("${names[@]/#/$tmp/}")
		names=("${names[@]/%/.o}")
		tc="tc=$way, ${#names[@]} object$([ ${#names[@]} = 1 ] || echo s)"
		hooks=$((1 + ${#names[@]}))
		tcs=$((hooks - 1))
		expect "$tc" 0 "in force as generation" apply --atomic --tc "$way" "${names[@]}"
		generation=$(status generation)
		check "$tc: packets are judged" judges

		ip -n "$near" link del eth0
		expect "$tc: gone" 3 "$hooks of $hooks hooks do not carry it" apply --status
		expect "$tc: gone: nothing can be attached" 0 "0 hooks attached again; of $hooks the interface is still gone" apply --reattach
		pair
		expect "$tc: another of its name" 3 "interface gone; there is another eth0, without this policy: sentry-apply --reattach" \
			apply --status
		mended "$hooks" "$tc: made again"

		ip -n "$near" link set eth0 down
		ip -n "$near" link set eth0 name wan0
		ip -n "$near" link set wan0 up
		expect "$tc: renamed: it is the same one" 0 "^  wan0 " apply --status
		expect "$tc: renamed: nothing to do" 0 "^0 hooks attached again$" apply --reattach
		ip -n "$near" link set wan0 down
		ip -n "$near" link set wan0 name eth0
		ready

		ip -n "$near" link set eth0 netns "$aside"
		expect "$tc: moved to another namespace" 3 "$hooks of $hooks hooks do not carry it" apply --status
		expect "$tc: moved: nothing can be attached" 0 "of $hooks the interface is still gone" apply --reattach
		ip -n "$aside" link set eth0 netns "$near"
		ready
		apply --status >"$tmp/out" 2>&1
		echo "# $tc: moved there and back: $(states)"
		expect "$tc: moved back: --reattach" 0 "attached again$" apply --reattach
		expect "$tc: moved back: status is content" 0 "^policy" apply --status
		check "$tc: moved back: packets are judged" judges

		unpin xdp
		expect "$tc: the pin of XDP removed" 3 "eth0 +ingress xdp: missing" apply --status
		mended 1 "$tc: the pin of XDP removed"
		unpin "$way"
		expect "$tc: the pins on tc removed" 3 "eth0 +egress +$way: missing" apply --status
		if [ "$way" = clsact ]; then
			expect "$tc: filters without a pin could be anybody's" 3 "filter of our priority.*not ours: 'sentry_tc_.*tc filter del" \
				apply --reattach
			tc -n "$near" filter del dev eth0 egress pref 5
			[ "$tcs" = 1 ] || tc -n "$near" filter del dev eth0 ingress pref 5
		fi
		mended "$tcs" "$tc: the pins on tc removed"

		for link in $(pin xdp) $([ "$way" = clsact ] || pin tcx); do
			bpftool link detach pinned "$link" || not_ok "bpftool"
		done
		[ "$way" = tcx ] || tc -n "$near" qdisc del dev eth0 clsact
		expect "$tc: detached by somebody" 3 "$hooks of $hooks hooks do not carry it" apply --status
		same "$tc: detached: all are missing" "$hooks" "$(states | grep -o missing | wc -l)"
		mended "$hooks" "$tc: detached by somebody"
		same "$tc: the generation is the same" "$generation" "$(status generation)"
		same "$tc: one dispatcher a hook" "$hooks" "$(find "$bpffs" -path '*/links/*' | wc -l)"
		forget >/dev/null
		same "$tc: nothing is left" "" "$(leftovers)"
	done
done

# --- somebody else takes the place -----------------------------------------------
printf '#include <linux/bpf.h>\n__attribute__((section("xdp"), used)) int strange(struct xdp_md *c) { return XDP_PASS; }\n' \
	>"$tmp/strange.c"
clang -O2 -target bpf -I"/usr/include/$(gcc -dumpmachine)" -c "$tmp/strange.c" -o "$tmp/strange.o" || exit 1
bpftool prog load "$tmp/strange.o" "$bpffs/strange" type xdp || exit 1
in_near() {
	nsenter --net="/run/netns/$near" "$@"
}
apply "$tmp/both.o" >/dev/null
rm "$(pin xdp)"
in_near bpftool net attach xdp pinned "$bpffs/strange" dev eth0
expect "a program of others in its place" 3 "eth0 +ingress xdp: missing" apply --status
expect "is left alone" 3 "carries an XDP program that is not ours: 'strange' \(id [0-9]+\), native; it is left alone" \
	apply --reattach
same "it is there" strange "$(ip -n "$near" link show dev eth0 | grep -o 'name strange' | cut -d' ' -f2)"
expect "the policy is in force where it still is" 3 "1 of 2 hooks do not carry it" apply --status
udp "$near" 10.77.0.2 7 3
same "there it judges" 3 "$(packets bad-out)"
in_near bpftool net detach xdp dev eth0
mended 1 "when that has gone"

# --- what came back has no Ethernet header ---------------------------------------
# A policy would take all its packets for non-ip, and let them pass.
no_header="interface vpn0 is a tunnel without link header, such as tun or wireguard: its packets have no Ethernet header"
no_header+=", and a policy would take each for non-ip; bind the policy to an interface that has one"
cat >"$tmp/vpn.sp" <<'END'
policy vpn {
    interface uplink = "eth0";
    ingress on vpn0 via tc { default deny; }
    egress on vpn0 { default deny; }
    ingress on uplink via tc { default allow; }
}
END
tunnel() { # MODE
	ip -n "$near" tuntap add vpn0 mode "$1" && ip -n "$near" link set vpn0 up
}
forget >/dev/null
if tunnel tap 2>"$tmp/out"; then
	for way in tcx clsact; do
		expect "$way: on a tap" 0 "in force" apply --tc "$way" "$tmp/vpn.sp"
		apply --tc "$way" "$tmp/vpn.sp" >/dev/null
		ip -n "$near" link del vpn0
		tunnel tun
		expect "$way: a tun of its name: apply refuses it" 3 "^sentry-apply: $no_header$" apply "$tmp/vpn.sp"
		[ "$way" = clsact ] || unpin "tcx-ingress-$(ip -n "$near" -o link show dev eth0 | cut -d: -f1)"
		expect "$way: so does --reattach" 3 "^sentry-apply: $no_header$" apply --reattach
		same "$way: which attaches the others" "$([ "$way" = clsact ] && echo "0 hooks" || echo "1 hook") attached again" \
			"$(grep -Eo '^[0-9]+ hooks? attached again' "$tmp/out")"
		same "$way: its hooks are missing" "$way ingress attached, $way ingress missing, $way egress missing" "$(states)"
		same "$way: and nothing is on it" "" "$(find "$bpffs" -path "*/links/*" | grep -v -- "-$(
			ip -n "$near" -o link show dev eth0 | cut -d: -f1)-")"
		expect "$way: a rollback puts nothing there" 0 "in force again" apply --rollback
		same "$way: its hooks are still missing" 2 "$(states | grep -o 'missing\|interface gone' | wc -l)"
		ip -n "$near" link del vpn0
		tunnel tap
		expect "$way: a tap is welcome again" 0 "^2 hooks attached again$" apply --reattach
		forget >/dev/null
	done
	ip -n "$near" link del vpn0
else
	echo "# no tun devices here"
fi
apply "$tmp/both.o" >/dev/null

# --- the next apply does it, too ---------------------------------------------------
unpin xdp
unpin tcx
expect "an apply makes what is missing" 0 "eth0 +ingress xdp \(native\) +ingress_uplink, new" apply "$tmp/both.o"
check "packets are judged" judges
expect "and has the generation before on the new hooks, too" 0 "generation 1 is in force again" apply --rollback
expect "status is content" 0 "^policy edge, generation 1" apply --status
check "it judges" judges
apply --rollback 2 >/dev/null

# --- a generation to go back to has its hooks again ----------------------------------
bpftool link detach pinned "$(pin xdp)"
mended 1 "detached, with a generation before"
expect "back to that" 0 "is in force again" apply --rollback
expect "status is content" 0 "^policy" apply --status
check "it judges" judges
forget >/dev/null

# --- what happens meanwhile: on-failure ------------------------------------------------
# empty HOOK MAP: somebody deletes what the dispatcher of that hook calls, in all slots.
empty() {
	local number slot
	number=$(pin "$1" | sed 's/.*-//')
	for slot in 0 1 2 3; do
		bpftool map delete pinned "$(find "$bpffs/ps" -name "$2")" key $(((number * 4 + slot) & 255)) 0 0 0 2>/dev/null
	done
	return 0
}
arrives() { # PORT: is a datagram to it received?
	rm -f "$tmp/bound"
	ip netns exec "$near" python3 -c '
import socket, sys
s = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
s.bind(("10.77.0.1", int(sys.argv[1])))
s.settimeout(1)
print("bound", flush=True)
try:
    s.recv(64)
except TimeoutError:
    sys.exit(1)' "$1" >"$tmp/bound" &
	local receiver=$!
	until [ -s "$tmp/bound" ]; do sleep 0.05; done
	udp "$far" 10.77.0.1 "$1" 3
	wait "$receiver"
}
# Neighbours are asked over the hooks, too.
for ends in "$near:2:$far" "$far:1:$near"; do
	IFS=: read -r ns end other <<<"$ends"
	ip -n "$ns" neighbour replace "10.77.0.$end" dev eth0 nud permanent \
		lladdr "$(ip -n "$other" -o link show dev eth0 | grep -o 'link/ether [0-9a-f:]*' | cut -d' ' -f2)"
done
apply "$tmp/both.o" >/dev/null
check "a datagram arrives" arrives 30
empty xdp xdp_programs
if arrives 30; then not_ok "without a program nothing arrives"; else ok "without a program nothing arrives"; fi
same "which is counted" "3 0" "$(apply --status -o json 2>/dev/null | json '"%d %d" % (d["missed"]["empty"], d["missed"]["late"])')"
expect "status says so" 3 "packets that no generation could judge: 0 too late, 3 without a program" apply --status
expect "and where" 3 "eth0 +ingress xdp \(native\): other program" apply --status
expect "--reattach puts it back" 0 "attached again" apply --reattach
expect "status is content" 0 "^policy" apply --status
check "packets are judged" judges
check "and arrive" arrives 30
empty tcx tc_programs
if ip netns exec "$near" ping -c 1 -W 1 10.77.0.2 >/dev/null 2>&1; then not_ok "nothing gets out either"; else ok "nothing gets out either"; fi
expect "--reattach puts that back" 0 "attached again" apply --reattach
check "and it gets out" ip netns exec "$near" ping -c 1 -W 1 10.77.0.2
forget >/dev/null

sed 's/^    interface/    on-failure allow;\n&/' "$tmp/both.sp" >"$tmp/open.sp"
if "$build/sentryc" compile "$tmp/open.sp" -o "$tmp/open.o" 2>/dev/null; then
	apply "$tmp/open.o" >/dev/null
	empty xdp xdp_programs
	check "on-failure allow: all arrives" arrives 30
	check "even what the policy denies" arrives 9
	same "which is counted" 6 "$(apply --status -o json 2>/dev/null | json 'd["missed"]["empty"]')"
	expect "--reattach" 0 "attached again" apply --reattach
	check "packets are judged" judges
	apply --atomic "$tmp/open.o" "$tmp/inner.o" >/dev/null
	empty xdp xdp_programs
	if arrives 30; then not_ok "one of two policies does not allow it"; else ok "one of two policies does not allow it"; fi
	forget >/dev/null
else
	echo "# sentryc does not know on-failure"
fi
rm "$bpffs/strange"
same "nothing is left" "" "$(leftovers)"
finish
