#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause
# sentry-apply is killed at random moments under full traffic: no packet ever meets both policies or none, and the next
# apply goes on every time. KILLS=1000 for the long run.
. "$(dirname "$0")/common.bash"
. "$here/consistency.bash"

kills=${KILLS:-60}
torn one 1001 1002
torn two 1002 1001

# How many programs, maps and links of ours the kernel has.
objects() {
	local kind sum=0
	for kind in prog map link; do
		sum=$((sum + $(bpftool -j "$kind" show | python3 -c 'import json, sys; print(len(json.load(sys.stdin)))')))
	done
	echo "$sum"
}

before_objects=$(objects)
swap one >/dev/null || exit 1
before=$(frames)
stream_begin
sleep 0.3
killed=0 wrong=0 finished=0 undone=0
names=(one two)
for ((i = 0; killed < kills && i < 20 * kills; i++)); do
	name=${names[i % 2]}
	"$build/sentry-apply" --bpffs "$bpffs/ps" --state-dir "$tmp/state" --netns "$near" \
		"$tmp/$name-outer.o" "$tmp/$name-inner.o" >/dev/null 2>&1 &
	victim=$!
	# The whole takes some 70 ms under this load.
	sleep "0.0$((RANDOM % 90 + 10))"
	kill -KILL "$victim" 2>/dev/null
	wait "$victim" 2>/dev/null
	[ $? = 137 ] || continue
	killed=$((killed + 1))
	swap "${names[RANDOM % 2]}" >"$tmp/out" 2>&1 || {
		not_ok "the apply after kill $killed"
		sed 's/^/  | /' "$tmp/out"
		wrong=1
	}
	grep -q '^sentry-apply: finished' "$tmp/out" && finished=$((finished + 1))
	grep -q '^sentry-apply: undid' "$tmp/out" && undone=$((undone + 1))
done
sleep 0.3
stream_end
same "killed $kills times, and each time the next apply was good" "$kills 0" "$killed $wrong"
echo "# of them, $finished had made their change, and $undone had made something that was taken away"
judge "under kills" $(($(frames) - before))
same "at most three generations" 0 "$(find "$bpffs" -name 'staged-*' -o -name 'gen-*' | tail -n +4 | wc -l)"
apply --remove >/dev/null
same "nothing is left" "" "$(leftovers)"
for _ in $(seq 30); do
	[ "$(objects)" -le "$before_objects" ] && break
	sleep 0.1
done
check "no program, map or link either" test "$(objects)" -le "$before_objects"
finish
