#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause
#
# The table of packet fields in sentry-policy(5) must say what lang/fields.def
# says. Prints the difference and fails otherwise; with --update the page is
# rewritten.
set -eu
cd "$(dirname "$0")/.."
page=lang/sentry-policy.5
tmp=$(mktemp -d)
trap 'rm -rf "$tmp"' EXIT

# FIELD(ID, "word", TYPE, bits, NEEDS, member, "text")
sed -nE 's/^FIELD\([A-Z_]+, *"([^"]*)", *([A-Z_]+), *([0-9]+), *([A-Z]+), *[a-z_]+, *"(.*)"\)$/.It \1 Ta \3 Ta \4 Ta \5/p' \
	lang/fields.def |
	sed 's/ Ta LINK Ta / Ta a VLAN tag Ta /; s/ Ta NET Ta / Ta IP Ta /; s/ Ta PORTS Ta / Ta tcp, udp, sctp Ta /
	     s/ Ta TCP Ta / Ta tcp Ta /; s/ Ta ICMP Ta / Ta icmp Ta /' >"$tmp/want"
if [ "$(grep -c '^FIELD(' lang/fields.def)" != "$(wc -l <"$tmp/want")" ]; then
	echo "check-man-fields: a FIELD line of lang/fields.def does not have the expected form" >&2
	exit 1
fi
sed -n '/^\.\\" fields.def: begin/,/^\.\\" fields.def: end/p' "$page" | grep '^\.It' >"$tmp/have" || true

if [ "${1-}" = --update ]; then
	awk -v want="$tmp/want" '
		/^\.\\" fields.def: begin/ { print; while ((getline line < want) > 0) print line; skip = 1; next }
		/^\.\\" fields.def: end/ { skip = 0 }
		!skip' "$page" >"$tmp/page"
	cp "$tmp/page" "$page"
elif ! diff -u "$tmp/have" "$tmp/want"; then
	echo "check-man-fields: $page does not have the fields of lang/fields.def: run scripts/check-man-fields.sh --update" >&2
	exit 1
fi
