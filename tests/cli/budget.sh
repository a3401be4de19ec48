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
says err 'help: `budget . insns [0-9]+; .` in the policy sets another limit'

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
says err "note: the 101 ranges of 'listed', which rule 'listed' asks, take 808$"
says err 'help: `budget . memory 808; .` in the policy sets another limit'
sed -i 's/memory 300/memory 1000/' p.sp
count=$((count + 1))
"$sentryc" compile p.sp -o p.o 2>err || bad "101 ranges do not fit into 1000 bytes: $(head -c 300 err)"

# A finding that was lowered is said, and the object is made.
compiles 0 'lint budget warning; budget { memory 100; insns 200; }' 60
says err 'warning\[E0501\]: block ingress needs'
count=$((count + 1))
[ -s p.o ] || bad "a lowered finding leaves no object"

# What no policy can set: a program has 64 maps at most.
many_limits() { # N
	printf 'policy p {\n    ingress on a {\n'
	for i in $(seq 1 "$1"); do
		printf '        rule r%d rate-limit 5/s per src tcp port %d else deny;\n' "$i" "$i"
	done
	printf '        default allow;\n    }\n}\n'
}
rm -f p.o
many_limits 63 >p.sp
"$sentryc" compile p.sp -o p.o >out 2>err && bad "63 limits compile"
says err 'E0502.: block ingress needs 6[5-9] maps, and kernels give a program 64'
says err 'the policy has 0 and 63'
[ ! -e p.o ] || bad "63 limits left an object"
# Nor that it is let pass.
sed -i '1s/$/\n    lint budget off;/' p.sp
"$sentryc" compile p.sp -o p.o >out 2>err && bad "63 limits compile where the budget is off"
says err 'error.E0502.: block ingress needs 6[5-9] maps'
[ ! -e p.o ] || bad "63 limits left an object where the budget is off"
# Some are too many whatever clang makes of them: that is known without it.
many_limits 65 >p.sp
"$sentryc" check p.sp >out 2>err && bad "65 limits pass check"
says err 'error.E0502.: block ingress needs 65 maps'
many_limits 50 >p.sp
"$sentryc" check p.sp >out 2>err || bad "50 limits do not pass check: $(head -c 300 err)"
"$sentryc" compile p.sp -o p.o >out 2>err || bad "50 limits do not compile: $(head -c 300 err)"

# What lies across each other in many fields is predicted to be asked faster than looked up: no choice where the verifier gives up on that.
boxes() { # BUDGET
	python3 - "$1" <<'END'
import ipaddress, random, sys
r = random.Random(1)
def ends(most):
    return sorted(r.randrange(1, most) for _ in range(2))
def net():
    return ipaddress.ip_network((r.getrandbits(32), r.choice((0, 1, 1, 2, 2, 3))), strict=False)
def ports():
    low, high = ends(65535)
    return f"port {low}-{high + 1}"
print("policy p { lint dead-rule off; lint crossing-rules off; lint redundant-rule off;", sys.argv[1], "ingress on a {")
for i in range(400):
    print(f"rule r{i} {('allow', 'deny')[i % 2]} tcp from {net()} {ports()} to {net()} {ports()} ttl {i % 250}-255 length {i}-65535;")
print("default deny; } }")
END
}
boxes '' >p.sp
"$sentryc" compile --report p.sp -o p.o >out 2>err || bad "400 rules do not compile: $(head -c 300 err)"
says out 'strategy +straight tests'
boxes 'budget { insns 30000; }' >p.sp
"$sentryc" compile --report p.sp -o p.o >out 2>err || bad "400 rules do not compile by tables: $(head -c 300 err)"
says out 'strategy +(bit vectors|crossed classes)'
says out 'straight tests: over the budget for the verifier'

# Nor how many programs an object has.
{
	echo 'policy p {'
	for i in $(seq 1 513); do
		echo "    ingress on i$i { default allow; }"
	done
	echo '}'
} >p.sp
"$sentryc" compile p.sp -o p.o >out 2>err && bad "513 blocks compile"
says err '^p.sp:514:5: error.E0502.: the policy has 513 blocks, and hosts take 512'

echo "# $count checks"
exit $failed
