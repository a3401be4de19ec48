#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause
# Runs test programs one after another and sums up. A test is any executable: it
# exits with 0 (passed), 77 (skipped: its last line says why) or anything else
# (failed: its output is shown). With STRICT=1 a skip is a failure.
set -u
passed=0 failed=0 skipped=0
failures=() skips=()
log=$(mktemp)
trap 'rm -f "$log"' EXIT

for test in "$@"; do
	begin=${EPOCHREALTIME/./}
	"$test" >"$log" 2>&1 </dev/null
	code=$?
	took=$(( (${EPOCHREALTIME/./} - begin) / 1000 ))
	name=${test#"$PWD"/}
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
