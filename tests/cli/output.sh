#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause
# What is written keeps its place: modes and links of a file that is replaced, standard output where asked.
set -u
sentryc=$(realpath "${SENTRYC:-build/sentryc}")
tmp=$(mktemp -d)
trap 'rm -rf "$tmp"' EXIT
cd "$tmp" || exit 1
failed=0
check() { # TEXT COMMAND…
	local text=$1
	shift
	"$@" || { echo "not ok: $text"; failed=1; }
}
body='ingress on a { rule r allow tcp port 22; default deny; }'
umask 022

echo "policy p { $body }" > real.sp
chmod 600 real.sp
ln -s real.sp link.sp
check 'fmt through a link' "$sentryc" fmt link.sp
check 'the link is still one' test -L link.sp
check 'what it leads to is formatted' "$sentryc" fmt --check real.sp
check 'the mode is kept' test "$(stat -c %a real.sp)" = 600
check 'a second time changes nothing' test "$(stat -c %i real.sp)" = "$("$sentryc" fmt real.sp; stat -c %i real.sp)"

check 'compile' "$sentryc" compile real.sp
check 'to the current directory, by the name of the policy' test -f real.bpf.o
check 'a new file has the mode of the umask' test "$(stat -c %a real.bpf.o)" = 644
"$sentryc" compile real.sp -o - > stdout.bpf.o
check 'standard output has the same bytes' cmp real.bpf.o stdout.bpf.o
"$sentryc" fmt - < real.sp > formatted
check 'fmt from standard input' cmp real.sp formatted

echo "policy p { lint budget warning; budget { insns 10; } $body }" > tight.sp
"$sentryc" compile tight.sp -o tight.o 2> err
check 'a lowered budget finding lets compile go on' test $? = 0 -a -s tight.o
check 'and is said' grep -q 'warning\[E0501\]' err
echo "policy p { budget { insns 5; } $body }" > tight.sp
"$sentryc" check tight.sp > out 2> err
check 'check knows of a budget that cannot be kept' test $? = 1
rm tight.o
"$sentryc" compile tight.sp -o tight.o 2> err
check 'else it stops' test $? = 1 -a ! -e tight.o

# Results never take the place of what they are made from.
before=$(sha256sum real.sp)
for line in 'real.sp -o real.sp' 'real.sp --emit-c real.sp -o x.o' 'real.sp -o ./link.sp' 'real.sp -o same --emit-c same' \
	'real.sp -o - --emit-c -'; do
	# shellcheck disable=SC2086
	"$sentryc" compile $line > out 2> err
	check "compile $line is wrong usage" test $? = 2 -a ! -s out
done
check 'and changed nothing' test "$before" = "$(sha256sum real.sp)" -a ! -e same -a ! -e x.o

# With a standard stream closed the object is the same.
"$sentryc" compile real.sp -o closed.bpf.o <&-
check 'closed standard input' cmp real.bpf.o closed.bpf.o
"$sentryc" compile real.sp -o closed.bpf.o >&- 2>&-
check 'closed standard output' cmp real.bpf.o closed.bpf.o
"$sentryc" query real.sp 'allow tcp' >&- 2> err
check 'a result that cannot be written is no success' test $? = 3

# Dates.
echo 'policy p { ingress on a { rule r allow tcp port 22 expires 2027-03-01; default deny; } }' > dated.sp
for line in '2027-01-01 0 ""' '2027-01-30 0 warning.E0406.*30.days' '2027-03-01 0 warning.E0406.*0.days' \
	'2027-03-02 1 error.E0404.*1.day.ago'; do
	read -r day code words <<<"$line"
	"$sentryc" check --date "$day" dated.sp > out 2> err
	check "on $day the exit code is $code" test $? = "$code"
	[ "$words" = '""' ] || check "and the message $words" grep -Eq "$words" err
done
echo 'policy p { ingress on a { rule r allow expires 2027-03-01 lint-off expired-rule "moves in May"; default deny; } }' > off.sp
"$sentryc" check --date 2027-04-01 off.sp > out 2> err
check 'a rule may be let off, and is still named' test $? = 0 -a "$(grep -c 'note.E0404' err)" = 1
# Over a hundred errors, what was let off is not among those that are counted only.
{
	echo 'policy p { ingress on a {'
	for i in $(seq 110); do
		echo "rule past$i allow tcp port $i expires 2027-03-01;"
		echo "rule off$i allow udp port $i expires 2027-03-01 lint-off expired-rule \"moves\";"
	done
	echo 'default deny; } }'
} > many.sp
"$sentryc" check --date 2027-04-01 many.sp > out 2> err
check 'errors over the limit are counted' grep -q '^and 10 more errors$' err
check 'and all of the others shown' test "$(grep -c 'error.E0404' err)" = 100 -a "$(grep -c 'note.E0404' err)" = 110
SOURCE_DATE_EPOCH=$((20000 * 86400)) "$sentryc" check dated.sp > out 2> err
check 'SOURCE_DATE_EPOCH is a day long before' test ! -s err
"$sentryc" check --date 2027-02-30 dated.sp > out 2> err
check 'no such day' test $? = 2

echo 'policy p { }' > none.sp
for verb in check compile; do
	"$sentryc" $verb none.sp > out 2> err
	check "$verb: a policy without a block" grep -q 'none.sp:1:8: error\[E0213\]' err
done
for text in '' '\n\n' ' \t\r\n'; do
	printf "$text" > empty.sp
	"$sentryc" check empty.sp > out 2> err
	check 'nothing in a file' test $? = 1 -a "$(cat err)" = 'empty.sp:1:1: error[E0204]: there is no policy in this file'
done
printf '\357\273\277192.0.2.1\r\n' > list.txt
echo 'policy p { net n = file "list.txt"; ingress on a { rule r allow from n; default deny; } }' > listed.sp
check 'a list that begins with a byte order mark' "$sentryc" check listed.sp > out
exit $failed
