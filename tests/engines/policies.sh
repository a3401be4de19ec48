#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause
# Every policy with tests of its own, examples included: canonical layout, no findings, and the same answers in all engines.
set -u
sentryc=${SENTRYC:-build/sentryc}
here=$(dirname "$0")/..
engines="model native kernel"
if [ "$(id -u)" != 0 ]; then
	engines="model native"
	echo "# without root: model and native engine only"
fi
failed=0 policies=0 tests=0

for policy in "$here"/../examples/*.sp "$here"/packets/*.sp; do
	policies=$((policies + 1))
	case $policy in */examples/*) "$sentryc" fmt --check "$policy" || failed=1 ;; esac
	"$sentryc" check --deny-warnings "$policy" >/dev/null || failed=1
	grep -q '^ *test "' "$policy" || continue
	for engine in $engines; do
		if ! out=$("$sentryc" test --engine "$engine" --fail-on-empty "$policy" 2>&1); then
			echo "not ok: $policy, engine $engine"
			printf '%s\n' "$out" | grep -v '^ok' | head -n 40
			failed=1
		fi
		passed=$(printf '%s\n' "$out" | sed -n 's/.*\b\([0-9]\+\) passed.*/\1/p' | tail -n 1)
		tests=$((tests + ${passed:-0}))
	done
done
echo "# $policies policies, $tests tests run"
exit $failed
