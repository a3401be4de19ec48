#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause
# Program listing, classifiers and generated C of every policy in emit/, compared with what is
# kept beside it. SENTRYC is the program to test; UPDATE=1 rewrites what is kept.
set -u
cd "$(dirname "$0")/emit" || exit 1
: "${SENTRYC:?set SENTRYC to the sentryc to test}"
case $SENTRYC in /*) ;; *) SENTRYC=$OLDPWD/$SENTRYC ;; esac
out=$(mktemp)
trap 'rm -f "$out"' EXIT
bad=0 n=0

# compare STAGE FILE KEPT
compare() {
	n=$((n + 1))
	if ! "$SENTRYC" compile "$2" --dump "$1" --no-line >"$out"; then
		echo "$2: --dump $1 failed"
		bad=1
	elif [ "${UPDATE:-0}" = 1 ]; then
		cp "$out" "$3"
	elif ! diff -u "$3" "$out"; then
		bad=1
	fi
}

for policy in *.sp; do
	name=${policy%.sp}
	compare program "$policy" "$name.program"
	compare classifier "$policy" "$name.classifier"
	compare c "$policy" "$name.c"
done
echo "# $n listings"
exit $bad
