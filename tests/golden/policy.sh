#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause
# What policies mean (policy/NAME.sp -> NAME.policy) and what is said of bad ones
# (policy/reject/NAME.sp -> NAME.err). UPDATE=1 writes the expectations anew: the
# diff is the review.
set -u
cd "$(dirname "$0")/policy" || exit 1
sentryc=${SENTRYC:?the path of sentryc}
failed=0 checked=0
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

# expect GOLDEN: the file $work/out must be as the golden one.
expect()
{
	checked=$((checked + 1))
	if [ "${UPDATE:-0}" = 1 ]; then
		cp "$work/out" "$1"
	elif ! diff -u "$1" "$work/out"; then
		failed=$((failed + 1))
	fi
}

# wrong MESSAGE: what no golden can excuse.
wrong()
{
	echo "$1"
	failed=$((failed + 1))
}

for policy in *.sp; do
	if ! "$sentryc" compile --dump policy "$policy" >"$work/out" 2>"$work/err"; then
		wrong "$policy does not resolve:"
		cat "$work/err"
		continue
	fi
	expect "${policy%.sp}.policy"
	"$sentryc" compile --dump policy "$policy" 2>/dev/null | cmp - "$work/out" || wrong "$policy: another dump the second time"
done

cd reject || exit 1
for policy in *.sp; do
	"$sentryc" check "$policy" >/dev/null 2>"$work/out"
	code=$?
	[ "$code" -eq 1 ] || wrong "$policy: exit code $code, not 1"
	grep -q ': error\[' "$work/out" || wrong "$policy: no error was reported"
	expect "${policy%.sp}.err"
done

echo "# $checked listings"
[ "$checked" -ge 20 ] || wrong "too few: are the policies there?"
[ "$failed" -eq 0 ]
