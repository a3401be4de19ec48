#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause
# The policies that people copy, in examples/, README.md and the manual: without
# a finding, in the canonical layout, with tests that pass and both kinds of them.
set -u
sentryc=$(realpath "${SENTRYC:-build/sentryc}")
cd "$(dirname "$0")/../.." || exit 1
tmp=$(mktemp -d)
trap 'rm -rf "$tmp"' EXIT
failed=0 packets=0

bad() { echo "not ok: $*"; failed=1; }

good() { # POLICY
	local policy=$1 findings
	findings=$("$sentryc" check --deny-warnings "$policy" 2>&1 >/dev/null) || bad "$policy does not check"
	findings=$(grep -vE '^[^ ]+: note\[E0403\]: [0-9]+ rules? cross' <<<"$findings")
	[ -z "$findings" ] || bad "$policy: $findings"
	proved=$("$sentryc" check "$policy" 2>/dev/null | grep -oE '[0-9]+ assertions proved')
	[[ $policy != examples/* ]] || [ "${proved%% *}" -ge 3 ] 2>/dev/null || bad "$policy proves ${proved:-nothing}: at least 3 assertions are wanted"
	"$sentryc" fmt --check "$policy" || bad "$policy is not in canonical layout"
	"$sentryc" test --fail-on-empty "$policy" >"$tmp/test.out" 2>&1 || { cat "$tmp/test.out"; bad "$policy: tests"; }
}

policies=(examples/*.sp)
for policy in "${policies[@]}"; do
	good "$policy"
	# Ten packets or more, some let in and some not, of both IP versions.
	n=$(grep -c '^ *packet ' "$policy")
	packets=$((packets + n))
	[ "$n" -ge 10 ] || bad "$policy tests only $n packets"
	for what in 'expect allow' 'expect (deny|reject)' ' > \[?[0-9a-f]*:' ' > [0-9]+\.' 'frag=' 'truncate=' ' arp ' 'vlan='; do
		grep -qE "^ *packet .*($what)|^ *packet$what" "$policy" || bad "$policy tests no packet with '$what'"
	done
done
[ ${#policies[@]} -ge 6 ] || bad "fewer than six examples"

awk '/^policy web \{/ { on = 1 } on { print } /^}/ { on = 0 }' README.md >"$tmp/readme.sp"
awk '/^# A web server\./ { on = 1 } /^\.Ed/ { on = 0 } on { print }' lang/sentry-policy.5 >"$tmp/manual.sp"
for policy in "$tmp/readme.sp" "$tmp/manual.sp"; do
	[ -s "$policy" ] || bad "${policy##*/} is empty"
	good "$policy"
done

# The list that is generated is what its script generates.
python3 examples/lists/make-blocklist.py | cmp - examples/lists/blocklist.txt || bad "examples/lists/blocklist.txt is not what make-blocklist.py writes"

echo "# $packets packets in the examples"
exit $failed
