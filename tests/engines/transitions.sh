#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause
# Every cell of the table of TCP connections in docs/state.md, and every packet after it, in all engines.
set -u
sentryc=${SENTRYC:-build/sentryc}
here=$(dirname "$0")
engines="model native kernel"
[ "$(id -u)" = 0 ] || { engines="model native"; echo "# without root: model and native engine only"; }
tmp=$(mktemp -d)
trap 'rm -rf "$tmp"' EXIT
failed=0
for mode in strict loose; do
	python3 "$here/transitions.py" "$here/../../docs/state.md" "$mode" >"$tmp/$mode.sp" || exit 1
	for engine in $engines; do
		"$sentryc" test --engine "$engine" "$tmp/$mode.sp" >"$tmp/out" 2>&1 || failed=1
		grep -A5 FAIL "$tmp/out" | head -n 20
		echo "# $mode, $engine: $(tail -n 1 "$tmp/out")"
		grep -q "^1[0-9]* passed, 0 failed\|^[2-9][0-9]* passed, 0 failed" "$tmp/out" || failed=1
	done
done
exit $failed
