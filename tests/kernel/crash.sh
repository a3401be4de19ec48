#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause
# sentry-apply is killed at one system call after another. After each kill some policy is in force on every hook that
# had one, status can be read, and the next apply puts everything right.
. "$(dirname "$0")/common.bash"

policy one 9 7
policy two 9 7
${CC:-gcc} -O1 -o "$tmp/at-call" "$here/at-call.c" || exit 1

# Both hooks carry a program.
covered() {
	ip -n "$near" link show dev eth0 | grep -q 'prog/xdp' || { echo "no XDP program"; return 1; }
	local carried
	carried=$(find "$bpffs" -name 'tcx-egress-*' | wc -l)
	[ "$carried" = 1 ] || { echo "no program on egress"; return 1; }
}

killed() { # killed N COMMAND…: as `apply`, killed at its Nth system call; fails once it ends before.
	local n=$1
	shift
	"$tmp/at-call" "$n" kill "$build/sentry-apply" --bpffs "$bpffs/ps" --state-dir "$tmp/state" --netns "$near" "$@" >"$tmp/killed" 2>&1
	[ $? = 137 ]
}

# At most three generations, none half made, and just the hooks that they need.
whole() {
	[ "$(find "$bpffs" -name 'gen-*' | wc -l)" -le 3 ] || { echo "generations left"; return 1; }
	[ -z "$(find "$bpffs" -name 'staged-*')" ] || { echo "a staged generation left"; return 1; }
	[ -z "$(find "$tmp/state" -name 'new-*')" ] || { echo "half an entry left in the history"; return 1; }
	[ "$(find "$bpffs" -path '*/links/*' | wc -l)" = 2 ] || { echo "hooks left"; return 1; }
}

# Whatever is there now, a new apply succeeds, and leaves exactly one whole generation.
recovers() {
	apply --status >"$tmp/status" 2>&1
	[ $? = 0 ] || grep -q "do not carry it" "$tmp/status" || { echo "status fails"; cat "$tmp/status"; return 1; }
	apply --status -o json 2>/dev/null | json 'd["schema"]' >/dev/null || return 1
	apply "$tmp/two.o" >"$tmp/recovery" 2>&1 || { echo "apply fails"; cat "$tmp/recovery"; return 1; }
	whole || return 1
	[ "$(apply --status -o json | json '" ".join(a["state"] for a in d["attachments"])')" = "attached attached" ] ||
		{ echo "not attached"; return 1; }
	covered
}

# Every STEPth call by default, which takes most of a minute; CRASH_STEP=1 tries every one.
first=${CRASH_FIRST:-1} step=${CRASH_STEP:-9}

apply "$tmp/one.o" >/dev/null || exit 1
kills=0 wrong=0 n=$first mixed=0
while killed "$n" "$tmp/two.o"; do
	kills=$((kills + 1))
	if find "$bpffs" -name 'staged-*' | grep -q .; then
		mixed=$((mixed + 1))
		[ "$(apply --status -o json 2>/dev/null | json 'd["interrupted"]')" = True ] || wrong=1
	fi
	if ! { covered && recovers; } >"$tmp/out" 2>&1; then
		not_ok "replacing, killed at system call $n"
		sed 's/^/  | /' "$tmp/out"
		wrong=1
	fi
	n=$((n + step))
done
[ "$wrong" = 0 ] && ok "replacing, killed at $kills system calls; $mixed times in the middle of it"
check "some kills were in the middle" test "$mixed" -gt 0

# --rollback, --confirm and --set in turn
for verb in "--rollback" "--confirm 60s $tmp/two.o" "--confirm-now"; do
	kills=0 wrong=0 n=$first
	apply "$tmp/one.o" >/dev/null
	[ "$verb" != --confirm-now ] || apply --confirm 60s "$tmp/two.o" >/dev/null
	# shellcheck disable=SC2086
	while killed "$n" $verb; do
		kills=$((kills + 1))
		apply --status >/dev/null 2>&1 || wrong=1
		if ! covered >"$tmp/out" 2>&1 || ! { apply --rollback || apply "$tmp/one.o"; } >>"$tmp/out" 2>&1 ||
			! recovers >>"$tmp/out" 2>&1; then
			not_ok "$verb, killed at system call $n"
			sed 's/^/  | /' "$tmp/out"
			wrong=1
		fi
		[ "$verb" != --confirm-now ] || apply --confirm 60s "$tmp/one.o" >/dev/null
		n=$((n + step * 2))
	done
	apply --confirm-now >/dev/null 2>&1
	[ "$wrong" = 0 ] && ok "${verb%% *}, killed at $kills system calls"
done

apply --remove >/dev/null
kills=0 wrong=0 n=$first
while killed "$n" "$tmp/one.o"; do
	kills=$((kills + 1))
	apply --status >/dev/null 2>&1 || wrong=1
	if ! recovers >"$tmp/out" 2>&1 || ! apply --remove >>"$tmp/out" 2>&1 || [ -n "$(leftovers)" ]; then
		not_ok "first apply, killed at system call $n"
		sed 's/^/  | /' "$tmp/out"
		leftovers
		wrong=1
	fi
	n=$((n + step * 3))
done
[ "$wrong" = 0 ] && ok "first apply, killed at $kills system calls"

apply "$tmp/one.o" >/dev/null
kills=0 wrong=0 n=$first
while killed "$n" --remove; do
	kills=$((kills + 1))
	if ! apply --remove >"$tmp/out" 2>&1 || [ -n "$(leftovers)" ] || ! apply "$tmp/one.o" >>"$tmp/out" 2>&1; then
		not_ok "remove, killed at system call $n"
		sed 's/^/  | /' "$tmp/out"
		leftovers
		wrong=1
	fi
	n=$((n + step))
done
[ "$wrong" = 0 ] && ok "remove, killed at $kills system calls"

apply "$tmp/one.o" --tc clsact >/dev/null
kills=0 wrong=0 n=$first
while killed "$n" "$tmp/two.o" --tc clsact; do
	kills=$((kills + 1))
	if [ "$(tc -n "$near" filter show dev eth0 egress | grep -c handle)" != 1 ] ||
		! apply "$tmp/one.o" --tc clsact >"$tmp/out" 2>&1 || ! whole >>"$tmp/out"; then
		not_ok "replacing on clsact, killed at system call $n"
		sed 's/^/  | /' "$tmp/out"
		wrong=1
	fi
	n=$((n + step * 3))
done
[ "$wrong" = 0 ] && ok "replacing on clsact, killed at $kills system calls"
apply --remove >/dev/null
same "nothing is left" "" "$(leftovers)"
finish
