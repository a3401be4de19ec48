#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause
#
# Golden files of the language. SENTRYC names the program to test; UPDATE=1
# rewrites the files instead, and the diff is the review.
#
#	accept/NAME.sp    parses: its tree is NAME.ast, its canonical layout NAME.fmt, and that layout's own
#	                  layout and tree are the same again
#	reject/NAME.sp    does not: NAME.err is what `check` says
set -u

sentryc=${SENTRYC:?names the sentryc to test}
case $sentryc in
/*) ;;
*) sentryc=$PWD/$sentryc ;;
esac
cd "$(dirname "$0")/lang" || exit 3
work=$(mktemp -d) || exit 3
# A layout is read beside the policy it comes from, where its includes are.
trap 'rm -rf "$work" accept/.layout.sp' EXIT
trap 'exit 130' HUP INT TERM
failures=0
cases=0

fail()
{
	echo "lang: $*" >&2
	failures=$((failures + 1))
}

# expect GOLDEN RESULT
expect()
{
	if [ "${UPDATE:-}" = 1 ]; then
		cmp -s "$1" "$2" || cp "$2" "$1"
	elif ! diff -u "$1" "$2" >&2; then
		fail "$1 differs"
	fi
}

# run WANTED_STATUS COMMAND…: stdout and stderr in $work/out and $work/err
run()
{
	wanted=$1
	shift
	"$@" >"$work/out" 2>"$work/err"
	status=$?
	[ "$status" = "$wanted" ] && return 0
	fail "'$*' exits with $status, not $wanted"
	cat "$work/err" >&2
	return 1
}

for policy in accept/*.sp; do
	name=${policy%.sp}
	cases=$((cases + 1))
	run 0 "$sentryc" compile --dump ast "$policy" || continue
	expect "$name.ast" "$work/out"
	cp "$work/out" "$work/ast"

	run 0 "$sentryc" fmt - <"$policy" || continue
	expect "$name.fmt" "$work/out"
	cp "$work/out" accept/.layout.sp
	run 0 "$sentryc" fmt --check accept/.layout.sp || fail "$policy: the layout of its layout is another"
	run 0 "$sentryc" compile --dump ast accept/.layout.sp
	cmp -s "$work/ast" "$work/out" || fail "$policy: its layout has another tree"
done

for policy in reject/*.sp; do
	cases=$((cases + 1))
	run 1 "$sentryc" check "$policy" || continue
	[ -s "$work/err" ] || fail "$policy: refused without a word"
	expect "${policy%.sp}.err" "$work/err"
done

if [ "$failures" -gt 0 ]; then
	echo "lang: $failures of $cases cases failed" >&2
	exit 1
fi
echo "lang: $cases cases passed"
