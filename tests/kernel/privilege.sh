#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause
# All of it by an ordinary user with three capabilities: CAP_BPF, CAP_NET_ADMIN, CAP_PERFMON. And without each of them.
. "$(dirname "$0")/common.bash"

user=65534
chmod 755 "$tmp"
mkdir "$tmp/bin" "$tmp/mine" "$bpffs/mine"
cp "$build/sentry-apply" "$build/sentryctl" "$build/sentryc" "$tmp/bin/"
chown "$user:$user" "$tmp/mine" "$bpffs/mine"

# with CAPABILITIES COMMAND…: as that user, in the namespace.
with() {
	nsenter --net="/run/netns/$near" setpriv --reuid "$user" --regid "$user" --clear-groups \
		--inh-caps "-all$1" --ambient-caps "-all$1" --bounding-set "-all$1" "${@:2}"
}
all=,+bpf,+net_admin,+perfmon
mine() {
	with "$all" "$tmp/bin/sentry-apply" --bpffs "$bpffs/mine/ps" --state-dir "$tmp/mine/state" "$@"
}
ctl() {
	with "$all" "$tmp/bin/sentryctl" "$@" --bpffs "$bpffs/mine/ps"
}
in_force() {
	[ "$(mine --status -o json | json 'd["generation"]')" = "$1" ]
}

policy plain 9 7
cat >"$tmp/one.sp" <<'END'
policy edge {
    interface uplink = "eth0";
    set blocked : net  max 100;
    set wide    : addr . port max 100;
    set brief   : addr max 50 timeout 10m;
    set seen    : addr max 100;
    ingress on uplink {
        rule bad-in   deny udp port 9 log;
        rule blocked  deny from @blocked udp port 12;
        rule brief    deny from @brief udp port 13;
        rule wide     deny to @wide;
        rule flood    rate-limit 1/m burst 5 per src udp to port 15 else deny add src to @seen;
        rule state    allow state established;
        default allow;
    }
    egress on uplink {
        rule bad-out  deny udp port 7 log;
        default allow;
    }
    test "in" in ingress {
        packet udp 1.2.3.4:5 > 5.6.7.8:9 expect deny by bad-in;
    }
}
END
sed 's/port 9 log/port 10 log/; s/8:9 expect/8:10 expect/' "$tmp/one.sp" >"$tmp/two.sp"
for name in one two; do
	"$build/sentryc" compile "$tmp/$name.sp" -o "$tmp/$name.o" || exit 1
done
chmod a+r "$tmp"/*.o "$tmp"/*.sp

same "the user has three capabilities" 000000c000001000 \
	"$(with "$all" grep CapEff /proc/self/status | cut -f2)"
expect "status of nothing" 0 "no policy is in force" mine --status
expect "a dry run" 0 "^1 test passes in this kernel" mine --dry-run "$tmp/one.o"
expect "apply" 0 "policy edge is in force as generation 1" mine --message "by nobody" "$tmp/one.o"
same "without a warning" "" "$(grep -E 'warning|sentry-apply:' "$tmp/out")"
expect "status" 0 "eth0 +ingress xdp \(native\)$" mine --status
udp "$far" 10.77.0.1 9 3
udp "$near" 10.77.0.2 7 2
udp "$far" 10.77.0.1 15 20
same "rules" "3 2" "$(packets bad-in) $(packets bad-out)"
expect "stats" 0 "eth0" ctl stats
same "events" 5 "$(ctl events | wc -l)"
expect "limits" 0 "flood" ctl limits
expect "states" 0 "." ctl states --list
check "what rules have added" grep -q 10.77.0.2 <(mine --set-list seen)

for entry in "blocked=10.77.0.0/30 12 blocked" "brief=10.77.0.2 timeout 5m 13 brief" "wide=10.77.0.1 14 14 wide"; do
	set=${entry%%=*} element=${entry#*=}
	element=${element% * *}
	expect "--set-add $set" 0 "" mine --set-add "$set=$element"
	expect "--set-list $set" 0 "^${element%% *}" mine --set-list "$set"
	port=${entry% *}
	before=$(packets "$set")
	udp "$far" 10.77.0.1 "${port##* }" 2
	same "$set decides" 2 "$(($(packets "$set") - before))"
	expect "--set-del $set" 0 "" mine --set-del "$set=${element% timeout*}"
	same "$set is empty" "" "$(mine --set-list "$set")"
done
seq -f '198.51.100.%g/32' 1 90 >"$tmp/blocked.txt"
seq -f '198.51.100.%g' 1 40 >"$tmp/brief.txt"
seq -f '198.51.100.%g 443' 1 90 >"$tmp/wide.txt"
chmod a+r "$tmp"/*.txt
for set in blocked brief wide; do
	for round in first second; do
		expect "--set $set, $round time" 0 "" mine --set "$set=$tmp/$set.txt"
	done
	same "$set holds it" "$(wc -l <"$tmp/$set.txt")" "$(mine --set-list "$set" | wc -l)"
done
expect "sets" 0 "blocked" ctl sets

expect "replace, and all goes on" 0 "set wide +90 elements, as before" mine "$tmp/two.o"
expect "sets of the next generation" 0 "" mine --set "blocked=$tmp/blocked.txt"
expect "an element in it" 0 "" mine --set-add blocked=203.0.113.0/24
udp "$far" 10.77.0.1 10 2
same "counts go on" 5 "$(packets bad-in)"
expect "what it would mean" 0 "^in-force -> new: " mine --dry-run "$tmp/one.o"
expect "--confirm" 0 "then generation 2 is in force again" mine --confirm 500ms "$tmp/one.o"
sleep 0.8
check "goes back by itself" in_force 2
expect "which is said" 0 "generation 3 was not confirmed in time" mine --confirm 20s "$tmp/one.o"
expect "--confirm-now" 0 "generation 4, is confirmed" mine --confirm-now
expect "--rollback" 0 "generation 2 is in force again" mine --rollback
expect "--rollback from disk" 0 "edge is in force as generation 5" mine --rollback 1
expect "a policy without sets" 0 "generation 6" mine "$tmp/plain.o"
expect "a policy that is compiled first" 0 "generation 7" mine "$tmp/one.sp"
expect "--history" 0 "^ +1 .*by nobody$" mine --history
expect "who is in it" 0 " $(with "$all" id -un) " mine --history

rm "$(find "$bpffs/mine" -path '*/links/xdp-*')"
expect "a hook is missing" 3 "eth0 +ingress xdp: missing" mine --status
expect "--reattach" 0 "^1 hook attached again$" mine --reattach
expect "and it is there" 0 "eth0 +ingress xdp \(native\)$" mine --status
expect "clsact" 0 "eth0 +egress +clsact" mine --tc clsact "$tmp/one.o"
expect "and back" 0 "eth0 +egress +tcx" mine --tc tcx "$tmp/one.o"

# Somebody else's: what is not ours may be called by its number only.
expect "root sees it" 0 "generation 9" "$build/sentry-apply" --bpffs "$bpffs/mine/ps" --netns "$near" --status
expect "--remove" 0 "generation 9, removed" mine --remove
same "nothing is left" "" "$(leftovers; find "$bpffs/mine/ps" 2>/dev/null)"
apply "$tmp/plain.o" >/dev/null
expect "a program of others is refused, by number at least" 3 "(not ours|another --bpffs): .*\(id [0-9]+\), native; it is left alone" mine "$tmp/one.o"
expect "the place of another" 3 "Permission denied|not permitted" \
	with "$all" "$tmp/bin/sentry-apply" --bpffs "$bpffs/ps" --state-dir "$tmp/mine/state" "$tmp/one.o"
check "who changes nothing" test "$(apply --status -o json | json 'd["generation"]')" = 1
forget >/dev/null

# --- without each -----------------------------------------------------------------
for verb in "$tmp/one.o" "--remove" "--rollback" "--confirm-now" "--reattach"; do
	expect "without CAP_BPF: ${verb##*/}" 3 "not privileged: missing CAP_BPF " \
		with ,+net_admin,+perfmon "$tmp/bin/sentry-apply" --bpffs "$bpffs/mine/ps" --state-dir "$tmp/mine/state" "$verb"
	expect "without CAP_NET_ADMIN: ${verb##*/}" 3 "not privileged: missing CAP_NET_ADMIN " \
		with ,+bpf,+perfmon "$tmp/bin/sentry-apply" --bpffs "$bpffs/mine/ps" --state-dir "$tmp/mine/state" "$verb"
	expect "without CAP_PERFMON: ${verb##*/}" 3 "not privileged: missing CAP_PERFMON " \
		with ,+bpf,+net_admin "$tmp/bin/sentry-apply" --bpffs "$bpffs/mine/ps" --state-dir "$tmp/mine/state" "$verb"
done
expect "without any" 3 "missing CAP_BPF, CAP_NET_ADMIN, CAP_PERFMON " \
	with "" "$tmp/bin/sentry-apply" --bpffs "$bpffs/mine/ps" "$tmp/one.o"
expect "without any, a dry run says what it did not check" 0 "CAP_PERFMON.*was not checked" \
	with "" "$tmp/bin/sentry-apply" --bpffs "$bpffs/mine/ps" --dry-run "$tmp/one.o"
same "nothing is left" "" "$(leftovers; find "$bpffs/mine/ps" 2>/dev/null)"
finish
