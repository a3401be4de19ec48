#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause
# sentry-apply and sentryctl are refused memory at places spread over all at which they ask for it. The old policy is in
# force, or the new one, whole; the exit code and a message say which; nobody prints half a result; and the next apply
# goes on. MEMORY_TRIES=all tries every place.
. "$(dirname "$0")/common.bash"

if nm "$build/sentry-apply" 2>/dev/null | grep -q __asan_init; then
	echo "a sanitized build: it has an allocator of its own"
	exit 77
fi
${CC:-gcc} -std=gnu11 -D_GNU_SOURCE -O1 -fno-builtin -shared -fPIC -o "$tmp/failing.so" "$here/../torture/failing.c" || exit 1
policy one 9 7
policy two 19 17
tries=${MEMORY_TRIES:-12}

in_force() {
	apply --status -o json 2>/dev/null | json '(d["generation"], [a["state"] for a in d["attachments"]])'
}

# at N COMMAND…: the Nth request fails. What is to be counted is told by N 0.
at() {
	local n=$1
	shift
	(
		export LD_PRELOAD=$tmp/failing.so FAIL_CALL=memory FAIL_AT=$n FAIL_COUNT=$tmp/count
		exec "$@" >"$tmp/out" 2>"$tmp/err"
	)
}
options=(--bpffs "$bpffs/ps" --netns "$near")
applies=("$build/sentry-apply" "${options[@]}" --state-dir "$tmp/state")

# Those that change nothing: the result as it is without want, or none, 3 and a message.
apply "$tmp/one.o" >/dev/null
for line in "apply --status" "apply --status -o json" "apply --history" "apply --dry-run $tmp/two.o" "ctl rules" \
	"ctl rules -o json" "ctl stats -o json" "ctl events -o json"; do
	read -ra words <<<"$line"
	case ${words[0]} in
	apply) command=("${applies[@]}" "${words[@]:1}") ;;
	ctl) command=("$build/sentryctl" "${words[@]:1}" "${options[@]}") ;;
	esac
	before=$(in_force)
	at 0 "${command[@]}"
	cp "$tmp/out" "$tmp/whole"
	total=$(cat "$tmp/count")
	step=1 runs=0 wrong=0
	[ "$tries" = all ] || step=$(((total + tries - 1) / tries))
	for ((n = 1; n <= total; n += step)); do
		at "$n" "${command[@]}"
		code=$?
		runs=$((runs + 1))
		case $code in
		0) cmp -s "$tmp/out" "$tmp/whole" ;;
		3 | 4) [ ! -s "$tmp/out" ] && [ -s "$tmp/err" ] ;;
		*) false ;;
		esac || {
			wrong=1
			not_ok "$line, request $n of $total: exit $code"
			tail -n 4 "$tmp/out" "$tmp/err" | sed 's/^/  | /'
		}
	done
	same "$line changed nothing" "$before" "$(in_force)"
	[ $wrong = 1 ] || ok "$line at $runs of $total requests"
done

# And those that do.
at 0 "${applies[@]}" "$tmp/two.o"
total=$(cat "$tmp/count")
step=1 runs=0 refused=0 wrong=0
[ "$tries" = all ] || step=$(((total + 2 * tries - 1) / (2 * tries)))
apply "$tmp/one.o" >/dev/null
for ((n = 1; n <= total; n += step)); do
	before=$(in_force)
	at "$n" "${applies[@]}" "$tmp/two.o"
	code=$?
	after=$(in_force)
	runs=$((runs + 1))
	case $code in
	0) [ "$after" != "$before" ] ;;
	3 | 4)
		refused=$((refused + 1))
		# Its last words may be what finds no memory, when the new one is in force already.
		[ -s "$tmp/err" ] && { [ "$after" = "$before" ] || [[ $after == *attached* ]]; }
		;;
	*) false ;;
	esac || {
		wrong=1
		not_ok "apply, request $n of $total: exit $code; before $before, after $after"
		tail -n 4 "$tmp/err" | sed 's/^/  | /'
	}
	[[ $after != *gone* && $after != *missing* ]] || not_ok "apply, request $n of $total: $after"
	apply "$tmp/one.o" >"$tmp/out" 2>&1 || {
		wrong=1
		not_ok "the apply after request $n of $total failed"
		sed 's/^/  | /' "$tmp/out"
	}
	[ -z "$(find "$bpffs" -name 'staged-*')" ] || { wrong=1; not_ok "request $n: staged pins are left"; }
done
[ $wrong = 1 ] || ok "apply at $runs of $total requests, $refused times refused"
check "some were refused" test "$refused" -gt 5
forget >/dev/null
same "nothing is left" "" "$(leftovers)"
finish
