# SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause
# For tests that look at single frames, after common.bash: both ends have fixed addresses and know each other's, so
# that nobody need ask for them.
# shellcheck disable=SC2034,SC2154 # names go from and to the scripts that source it

for end in "$near:1:2" "$far:2:1"; do
	IFS=: read -r ns own other <<<"$end"
	ip -n "$ns" link set eth0 address "02:00:00:00:00:0$own"
	ip -n "$ns" address add "fd00:77::$own/64" dev eth0 nodad
	ip -n "$ns" neighbour replace "10.77.0.$other" lladdr "02:00:00:00:00:0$other" dev eth0 nud permanent
	ip -n "$ns" neighbour replace "fd00:77::$other" lladdr "02:00:00:00:00:0$other" dev eth0 nud permanent
done

# wire NAMESPACE ARGUMENTS…: Python there, with frames.py at hand.
wire() {
	ip netns exec "$1" env PYTHONPATH="$here" PYTHONDONTWRITEBYTECODE=1 BUILD="$build" python3 "${@:2}"
}

# silence NAMESPACE: its kernel sends nothing by itself: no ARP, no neighbour discovery, no multicast reports.
silence() {
	without_ipv6 "$1"
	ip -n "$1" link set eth0 arp off
}

# table: of all blocks "rule packets bytes", a line each, of those that counted something.
table() {
	ctl rules -o json | json '"\n".join(sorted("%s %d %d" % (r["name"], r["packets"], r["bytes"])
		for b in d["blocks"] for r in b["rules"] if r["packets"] or r["bytes"]))'
}

# agree NAME FILE FILE: two tables are equal; the difference is shown if not.
agree() {
	if diff "$2" "$3" >"$tmp/diff"; then
		ok "$1"
	else
		not_ok "$1 (<: expected, >: found)"
		head -n 20 "$tmp/diff" | sed 's/^/  | /'
	fi
}

# pinned: "kind id" of each program, map and link that is pinned for us.
pinned() {
	local pin kind id
	# shellcheck disable=SC2044 # our paths have no blanks
	for pin in $(find "$bpffs/ps" -type f); do
		for kind in prog map link; do
			id=$(bpftool -j "$kind" show pinned "$pin" 2>/dev/null |
				python3 -c 'import json, sys; d = json.load(sys.stdin); print(d["id"])' 2>/dev/null) &&
				echo "$kind $id"
		done
	done
}

# alive FILE: those of a list made by `pinned` that the kernel still has. It frees them a little later than told.
alive() {
	local kind id left
	for _ in $(seq 30); do
		left=$(while read -r kind id; do
			bpftool "$kind" show id "$id" >/dev/null 2>&1 && echo "$kind $id"
		done <"$1")
		[ -z "$left" ] && return
		sleep 0.1
	done
	echo "$left"
}

# removed NAME: takes the policy away and looks for what it may have left: pins, hooks, qdiscs, and what they held.
removed() {
	pinned >"$tmp/pinned"
	check "$1: programs, maps and links are pinned" grep -q prog "$tmp/pinned"
	expect "$1: removed" 0 "removed" apply --remove
	same "$1: no pin, hook or qdisc is left" "" "$(leftovers)"
	same "$1: no ingress filter is left" "" "$(tc -n "$near" filter show dev eth0 ingress 2>&1)"
	same "$1: nothing is attached" "" "$(nsenter --net="/run/netns/$near" bpftool -j net show dev eth0 | json \
		'"".join(str(e) for n in d for k in ("xdp", "tc") for e in n.get(k, []))')"
	same "$1: the kernel has freed all of it" "" "$(alive "$tmp/pinned")"
}
