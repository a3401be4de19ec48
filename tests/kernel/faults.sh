#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause
# Calls that fail in the middle of a change, also on the way back, and signals that come there: what is attached is
# said and stays known, and the next run puts it right.
. "$(dirname "$0")/common.bash"

if nm "$build/sentry-apply" 2>/dev/null | grep -q __asan_init; then
	echo "# sanitized build: nothing can be preloaded before it"
	exit 77
fi
${CC:-gcc} -O1 -shared -fPIC -o "$tmp/faults.so" "$here/faults.c" -ldl || exit 1
policy one 9 7
policy two 19 17
cat >"$tmp/in.sp" <<'END'
policy in-only {
    ingress on eth0 {
        rule bad-in deny udp port 9;
        default allow;
    }
}
END
"$build/sentryc" compile "$tmp/in.sp" -o "$tmp/in.o" || exit 1

# faulty FAULT=N… -- ARGUMENTS…: as `apply`, with faults.
faulty() {
	local faults=()
	while [ "$1" != -- ]; do
		faults+=("$1")
		shift
	done
	shift
	env LD_PRELOAD="$tmp/faults.so" "${faults[@]}" "$build/sentry-apply" --bpffs "$bpffs/ps" --netns "$near" "$@"
}

states() {
	apply --status -o json 2>/dev/null | json '" ".join(a["state"] for a in d["attachments"])'
}

generations() {
	find "$bpffs/ps" -name 'gen-*' -o -name 'staged-*' | sed 's,.*/,,' | sort | tr '\n' ' '
}

# a change that fails, and is changed back
apply "$tmp/one.o" >/dev/null || not_ok "first apply"
expect "nothing changed: the old policy is in force" 4 "generation 1, is still in force" faulty FAULT_UPDATE=1 -- "$tmp/two.o"
same "which is true" "attached attached gen-1 " "$(states) $(generations)"

# a change that fails, and cannot be changed back
expect "a failed way back is no success" 4 "not all of it could be changed back: hooks of the old and of the new policy are mixed" \
	faulty FAULT_UPDATE=2 -- "$tmp/two.o"
cp "$tmp/out" "$tmp/said"
check "it says what is new" grep -q "interface eth0: egress tcx carries generation 2, which is not in force as a whole$" "$tmp/said"
check "and what is old" grep -q "interface eth0: ingress xdp carries generation 1$" "$tmp/said"
same "and does not say that the old one is in force" 0 "$(grep -c 'still in force' "$tmp/said")"
same "what is attached stays known" "gen-1 staged-2 " "$(generations)"
expect "status sees it" 3 "1 of 2 hooks do not carry it" apply --status
udp "$near" 10.77.0.2 17 3
same "the new program works on, and so do its maps" 3 "$(bpftool -j map dump pinned \
	"$(find "$bpffs/ps" -path '*staged-2/counters')" |
	json 'sum(v["value"]["packets"] if isinstance(v["value"], dict) else int.from_bytes(bytes(int(x, 16) for x in v["value"][:8]), "little")
		for e in d for v in e["values"]) >= 3 and 3')"

expect "a run that fails the same way says so again" 4 "cannot be undone completely" faulty FAULT_UPDATE=1 -- "$tmp/two.o"
same "and does not claim that the old one is in force" 0 "$(grep -c 'still in force' "$tmp/out")"
expect "an object that is refused then, too" 4 "what an earlier sentry-apply left is still attached in part" \
	faulty FAULT_UPDATE=1 -- --atomic "$tmp/two.o"
expect "the next run undoes it and goes on" 0 "undid generation 2" apply "$tmp/one.o"
same "all is well" "attached attached 1" "$(states) $(find "$bpffs/ps" -name 'gen-*' -o -name 'staged-*' | wc -l)"
udp "$near" 10.77.0.2 7 2
same "one policy decides" 2 "$(packets bad-out)"
apply --remove >/dev/null

# clsact: the filter has no link of its own, so only the pins tell whose it is
for cure in --remove "$tmp/in.o"; do
	apply "$tmp/in.o" >/dev/null || not_ok "first apply"
	expect "a filter that cannot be taken away again" 4 "mixed" faulty FAULT_UPDATE=1 FAULT_DETACH=1 -- --tc clsact \
		--bind uplink=eth0 "$tmp/one.o"
	same "it is there" 1 "$(tc -n "$near" filter show dev eth0 egress | grep -c handle)"
	expect "the cure" 0 "removed|undid generation" apply "$cure"
	same "it is gone, and the qdisc" "" "$(tc -n "$near" filter show dev eth0 egress; tc -n "$near" qdisc show dev eth0 | grep clsact)"
	apply --remove >/dev/null
	same "nothing is left" "" "$(leftovers)"
done

# signals between the hooks wait until all is done
for signal in INT:2:130 QUIT:3:131 HUP:1:129 TERM:15:143 PIPE:13:0; do
	IFS=: read -r name number code <<<"$signal"
	apply "$tmp/one.o" >/dev/null
	faulty "FAULT_SIGNAL=$number" -- "$tmp/two.o" >/dev/null 2>&1
	same "SIG$name in the middle: it ends" "$code" $?
	same "but not before all hooks have changed" "attached attached False" \
		"$(states) $(apply --status -o json | json 'd["interrupted"]')"
done
# a stopped applier would hold the lock, and the hooks half way
set -m # a process group of its own, not an orphaned one, which SIGTSTP would not stop
LD_PRELOAD="$tmp/faults.so" FAULT_SIGNAL=20 "$build/sentry-apply" --bpffs "$bpffs/ps" --netns "$near" "$tmp/one.o" \
	>/dev/null 2>&1 &
background+=($!)
stopped=$!
set +m
for _ in $(seq 50); do
	grep -q '^State:.*stopped' "/proc/$stopped/status" 2>/dev/null && break
	sleep 0.1
done
same "SIGTSTP in the middle: stopped when all is done" "attached attached False" \
	"$(states) $(apply --status -o json | json 'd["interrupted"]')"
check "it is stopped" grep -q '^State:.*stopped' "/proc/$stopped/status"
kill -CONT "$stopped"
wait "$stopped"
same "and goes on to a good end" 0 $?
# recovery is held together in the same way
faulty FAULT_UPDATE=2 -- "$tmp/two.o" >/dev/null 2>&1
faulty FAULT_SIGNAL=15 -- "$tmp/two.o" >/dev/null 2>&1
same "SIGTERM in a recovery: it ends" 143 $?
same "when that is done" "attached attached False" "$(states) $(apply --status -o json | json 'd["interrupted"]')"

apply --remove >/dev/null
same "nothing is left" "" "$(leftovers)"
finish
