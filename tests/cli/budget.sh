#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause
# budget { … }: what exceeds it is named, with what was tried and what that would have taken, and how another limit is
# set; what keeps within it compiles, and the report says what was given up for that.
set -u
sentryc=$(realpath "${SENTRYC:-build/sentryc}")
tmp=$(mktemp -d)
trap 'rm -rf "$tmp"' EXIT
cd "$tmp" || exit 1
failed=0 count=0

if ! command -v clang >/dev/null && ! command -v clang-14 >/dev/null; then
	echo "no clang here"
	exit 77
fi

bad() {
	echo "not ok: $*"
	failed=1
}

# policy BUDGET RULES: so many rules, each of another host and port
policy() {
	printf 'policy p {\n    %s\n    ingress on a {\n' "$1"
	for i in $(seq 1 "$2"); do
		printf '        rule r%d allow tcp from 192.0.2.%d to 198.51.100.%d port %d;\n' "$i" "$i" "$((i % 7))" "$((i + 1000))"
	done
	printf '        default deny;\n    }\n}\n'
}

# compiles CODE BUDGET RULES
compiles() {
	local code
	policy "$2" "$3" >p.sp
	rm -f p.o
	"$sentryc" compile p.sp -o p.o --report >out 2>err
	code=$?
	count=$((count + 1))
	[ "$code" = "$1" ] || bad "$2 with $3 rules exits with $code, not $1: $(head -c 300 err)"
	count=$((count + 1))
	[ "$code" != 1 ] || [ ! -e p.o ] || bad "$2 with $3 rules left an object"
}

# says FILE PATTERN
says() {
	count=$((count + 1))
	grep -Eq -- "$2" "$1" || bad "does not say '$2': $(head -c 500 "$1")"
}

# Nothing said: 64 MiB for tables, and the rules are looked up.
compiles 0 '' 60
says out '^block ingress: 60 rules, 60 looked up, 0 asked'
says out '^ +[0-9.]+ +-  straight tests: slower$'
says out '^ +[0-9.]+ +[0-9]+  .*: taken$'
need=$(sed -nE 's/^  memory +([0-9]+) bytes.*/\1/p' out)
count=$((count + 1))
[ "${need:-0}" -gt 1000 ] || bad "the report does not tell the tables' bytes"

# Just enough, and one byte less than the smallest that was thought of.
compiles 0 "budget { memory ${need:-0}; }" 60
says out '60 looked up'
least=$(awk '/ considered$/ { on = 1; next } on && $2 ~ /^[0-9]+$/ { print $2 }' out | sort -n | head -1)
compiles 0 "budget { memory $((${least:-1} - 1)); }" 60
says out '^block ingress: 60 rules, 0 looked up, 60 asked'
says out '^ +[0-9.]+ +[0-9]+  .*: over the memory budget$'
says out '^ +[0-9.]+ +-  straight tests: taken$'

# No room for tables, and no work left for a ladder.
compiles 1 'budget { memory 100; insns 200; }' 60
says err 'p\.sp:3:5: error\[E0501\]: block ingress needs about [0-9]+ instructions .* limit is 200$'
says err 'note: tried to look rules up, .*: [0-9]+ bytes of tables, over the memory budget$'
says err "note: rule 'r[0-9]+' alone needs about [0-9]+$"
says err 'help: `budget . insns N; memory N; .` .* that of tables is 100 bytes$'

# More only once it is built: the parts are told.
compiles 1 'budget { insns 3000; }' 60
says err 'error\[E0501\]: block ingress needs about [0-9]+ instructions'
says err 'note: about [0-9]+ are for rules, [0-9]+ for parsing, verdicts and records, [0-9]+ for connections, sets and limits$'
count=$((count + 1))
awk '/needs about/ { for (i = 1; i < NF; i++) if ($i == "about") whole = $(i + 1) }
	/are for rules/ { gsub(/[^0-9 ]/, ""); sum = $1 + $2 + $3 } END { exit !(whole && whole == sum) }' err ||
	bad "the parts are not the whole: $(cat err)"

# The look-up keeps within its share of what others have left: tables of ranges are not bargained with.
{
	printf 'policy p {\n    budget { memory 300; }\n    net listed = {'
	for i in $(seq 1 100); do printf ' 203.0.%d.%d/32,' "$i" "$((i * 2))"; done
	printf ' 10.0.0.1 };\n    ingress on a {\n        rule listed deny from listed;\n        default allow;\n    }\n}\n'
} >p.sp
"$sentryc" compile p.sp -o p.o 2>err
code=$?
count=$((count + 1))
[ "$code" = 1 ] || bad "101 ranges fit into 300 bytes"
says err 'error\[E0501\]: the tables of policy p take 808 bytes, the limit is 300$'
says err "note: the ranges of 'net_listed_v4' take 808$"
says err 'help: `budget . memory N; .` in the policy sets another limit$'
sed -i 's/memory 300/memory 1000/' p.sp
count=$((count + 1))
"$sentryc" compile p.sp -o p.o 2>err || bad "101 ranges do not fit into 1000 bytes: $(head -c 300 err)"

# A finding that was lowered is said, and the object is made.
compiles 0 'lint budget warning; budget { memory 100; insns 200; }' 60
says err 'warning\[E0501\]: block ingress needs'
count=$((count + 1))
[ -s p.o ] || bad "a lowered finding leaves no object"

echo "# $count checks"
exit $failed
