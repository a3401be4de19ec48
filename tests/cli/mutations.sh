#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause
# Every rule of every example does something, and somebody would notice: with any one of them removed `check`, a
# test of the policy or `diff` says so. Each is asked alone, and told how many it caught.
set -u
cd "$(dirname "$0")/../.." || exit 1
sentryc=${SENTRYC:-build/sentryc}
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
failed=0

ask() {
	"$sentryc" "$@" >/dev/null 2>&1
	case $? in
	0) return 1 ;;
	1) return 0 ;;
	*)
		echo "sentryc $*: unexpected exit code"
		failed=1
		return 1
		;;
	esac
}

cp -r examples/lists "$work/"
total=0 by_check=0 by_test=0 by_diff=0
for example in examples/*.sp; do
	# One file for each rule that is left out; the policy with all of them must be good.
	mkdir -p "$work/mutants"
	python3 - "$example" "$work/mutants" <<'PY'
import re, sys
text = open(sys.argv[1], encoding="utf-8").read()
rules = list(re.finditer(r'^ +rule ([a-z0-9-]+) (?:"[^"]*"|[^";])*;[^\n]*\n', text, re.M))
if len(rules) < 5:
    sys.exit(f"{sys.argv[1]}: only {len(rules)} rules found")
for rule in rules:
    with open(f"{sys.argv[2]}/{rule[1]}.sp", "w", encoding="utf-8") as out:
        out.write(text[: rule.start()] + text[rule.end() :])
PY
	[ $? = 0 ] || failed=1
	mv "$work"/mutants/*.sp "$work/"
	if ! "$sentryc" check --deny-warnings "$example" >/dev/null 2>&1; then
		echo "$example: is not good as it is"
		failed=1
	fi
	for mutant in "$work"/*.sp; do
		rule=$(basename "$mutant" .sp)
		caught=
		total=$((total + 1))
		if ask check --deny-warnings "$mutant"; then
			by_check=$((by_check + 1)) caught=1
		fi
		if ask test "$mutant"; then
			by_test=$((by_test + 1)) caught=1
		fi
		if ask diff --exit-code "$example" "$mutant"; then
			by_diff=$((by_diff + 1)) caught=1
		fi
		if [ -z "$caught" ]; then
			echo "$example: nobody misses rule $rule"
			failed=1
		fi
	done
	rm -f "$work"/*.sp
done
echo "# $total rules left out one at a time: check noticed $by_check, tests $by_test, diff $by_diff"
[ "$total" -gt 100 ] || failed=1
exit $failed
