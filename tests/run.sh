#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause
# Runs test programs and sums up. A test is any executable: it exits with 0
# (passed), 77 (skipped: its last line says why) or anything else (failed: its
# output is shown). With STRICT=1 a skip is a failure. JOBS=N runs N at a time;
# then those that use interfaces and clocks of the kernel, one by one: what else
# goes on would be in their rates and deadlines.
set -u
jobs=${JOBS:-1}
passed=0 failed=0 skipped=0
failures=() skips=()
logs=$(mktemp -d)
trap 'rm -rf "$logs"' EXIT

is_alone() {
	case $1 in
	*/kernel/* | */demo.sh | */sinks/live-*) return 0 ;;
	esac
	return 1
}

# What a shell runs in the background ignores SIGINT, and its children with it: tests of signals would fail.
run() { # NUMBER TEST
	local begin=${EPOCHREALTIME/./} code

	env --default-signal=INT,QUIT "$2" >"$logs/$1" 2>&1 </dev/null
	code=$?
	echo "$code $(((${EPOCHREALTIME/./} - begin) / 1000))" >"$logs/$1.end"
}

report() { # NUMBER TEST
	local log=$logs/$1 name=${2#"$PWD"/} code took

	read -r code took <"$log.end"
	case $code in
	0)
		passed=$((passed + 1))
		printf 'ok    %6d ms  %s\n' "$took" "$name"
		grep -E '^# ' "$log" | sed 's/^/                 /'
		;;
	77)
		skipped=$((skipped + 1))
		printf 'skip  %6d ms  %s: %s\n' "$took" "$name" "$(tail -n 1 "$log")"
		skips+=("$name: $(tail -n 1 "$log")")
		;;
	*)
		failed=$((failed + 1))
		failures+=("$name")
		printf 'FAIL  %6d ms  %s (exit %d)\n' "$took" "$name" "$code"
		sed 's/^/      | /' "$log" | tail -n 60
		;;
	esac
	rm -f "$log" "$log.end"
}

tests=("$@")
declare -A running=()
one_ends() {
	local pid

	wait -n -p pid
	report "${running[$pid]}" "${tests[running[$pid]]}"
	unset "running[$pid]"
}

for i in "${!tests[@]}"; do
	is_alone "${tests[i]}" && continue
	[ "${#running[@]}" -lt "$jobs" ] || one_ends
	run "$i" "${tests[i]}" &
	running[$!]=$i
done
while [ "${#running[@]}" -gt 0 ]; do
	one_ends
done
for i in "${!tests[@]}"; do
	is_alone "${tests[i]}" || continue
	run "$i" "${tests[i]}"
	report "$i" "${tests[i]}"
done

echo
for skip in "${skips[@]}"; do
	echo "not run: $skip"
done
for failure in "${failures[@]}"; do
	echo "failed: $failure"
done
if [ "${STRICT:-0}" = 1 ] && [ "$skipped" -gt 0 ]; then
	echo "skips count as failures here"
	failed=$((failed + skipped))
	skipped=0
fi
echo "$passed passed, $failed failed, $skipped skipped"
[ "$failed" -eq 0 ]
