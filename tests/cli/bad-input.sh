#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause
# Input that no policy should be: a message, the right exit code, in bounded time, and nothing half-written.
set -u
sentryc=${SENTRYC:-build/sentryc}
sentryc=$(realpath "$sentryc")
tmp=$(mktemp -d)
trap 'rm -rf "$tmp"' EXIT
cd "$tmp" || exit 1
failed=0 count=0

good='policy p { ingress on a { rule r allow tcp port 22; default deny; } }'
printf '%s\n' "$good" > good.sp

# expect CODE PATTERN COMMAND…: the exit code, and what stderr must say (an extended regular expression).
expect() {
	local want=$1 pattern=$2 code
	shift 2
	count=$((count + 1))
	timeout 60 "$@" >out 2>err </dev/null
	code=$?
	if [ "$code" != "$want" ]; then
		echo "not ok: $* exited with $code, not $want"
		head -c 600 err
		failed=1
	elif [ -n "$pattern" ] && ! grep -Eq -- "$pattern" err; then
		echo "not ok: $* does not say '$pattern'"
		head -c 600 err
		failed=1
	elif grep -Eq 'Sanitizer|runtime error' err; then
		echo "not ok: $*: sanitizer report"
		head -c 3000 err
		failed=1
	fi
}

: > empty.sp
head -c 20000 /dev/urandom > binary.sp
printf 'policy p {\0 }' > nul.sp
{ printf 'policy p { owner "'; head -c 100000000 /dev/zero | tr '\0' 'a'; printf '"; }'; } > long.sp
{ head -c 60000000 /dev/zero | tr '\0' 'a'; } > word.sp
head -c 10000 /dev/zero | tr '\0' '{' > braces.sp
{ printf 'policy p { net x = '; head -c 10000 /dev/zero | tr '\0' '{'; } > list.sp
{ printf 'policy p { ingress on a { rule r allow from '; head -c 10000 /dev/zero | tr '\0' '('; } > parens.sp
{ printf 'policy p { ingress on a { rule r allow from '; yes 'not ' | head -n 10000 | tr -d '\n'; printf '10.0.0.1; default deny; } }'; } > nots.sp
echo 'language "9"; policy p { }' > version.sp
echo 'include "nowhere.sp"; '"$good" > missing.sp
echo 'include "cycle.sp"; '"$good" > cycle.sp
echo 'policy p { net x = file "nowhere.txt"; ingress on a { rule r allow from x; default deny; } }' > nolist.sp
mkdir directory.sp
printf 'policy p { owner "x' > string.sp
printf '\xef\xbb\xbf%s\n' "$good" > bom.sp
printf '%s\r\n' "$good" > crlf.sp

for verb in check compile test fmt; do
	expect 3 'nothere.sp' "$sentryc" $verb nothere.sp
	expect 3 'directory' "$sentryc" $verb directory.sp
	expect 1 '(binary.sp|too big|larger)' "$sentryc" $verb binary.sp
	expect 1 'nul.sp:1:11' "$sentryc" $verb nul.sp
	expect 1 'braces.sp:1:1' "$sentryc" $verb braces.sp
	expect 1 'list.sp:1' "$sentryc" $verb list.sp
	expect 1 'parens.sp:1' "$sentryc" $verb parens.sp
	expect 1 'version.sp:1:1' "$sentryc" $verb version.sp
	expect 1 'string.sp:1' "$sentryc" $verb string.sp
	expect 1 'word.sp:1:1' "$sentryc" $verb word.sp
	expect 1 'bigger than 64 MiB' "$sentryc" $verb long.sp
done
for verb in check compile test; do
	expect 1 'no policy|holds no' "$sentryc" $verb empty.sp
	expect 1 'missing.sp:1:.*nowhere.sp|nowhere.sp' "$sentryc" $verb missing.sp
	expect 1 'cycle.sp:1:' "$sentryc" $verb cycle.sp
	expect 1 'nolist.sp:1:' "$sentryc" $verb nolist.sp
	expect 1 'nots.sp:1:' "$sentryc" $verb nots.sp
done
expect 0 '' "$sentryc" check crlf.sp

# Nobody's privileges: a file that may not be read. Root reads everything, so this needs another user.
if [ "$(id -u)" = 0 ]; then
	chmod 755 "$tmp"
	cp good.sp secret.sp && chmod 000 secret.sp
	expect 3 'secret.sp.*Permission denied' setpriv --reuid=65534 --regid=65534 --clear-groups "$sentryc" check "$tmp/secret.sp"
	rm -f secret.sp
fi

# Usage.
expect 2 'no command' "$sentryc"
expect 2 'did you mean .check' "$sentryc" chekc good.sp
expect 2 'usage' "$sentryc" check
expect 2 'unrecognized|unknown' "$sentryc" check --frobnicate good.sp
expect 2 '' "$sentryc" check -o xml good.sp
expect 2 '' "$sentryc" compile --target sparc good.sp
expect 2 '' "$sentryc" test --engine steam good.sp
expect 2 '' "$sentryc" compile good.sp another.sp
expect 2 '' "$sentryc" explain good.sp
expect 1 '' "$sentryc" explain good.sp 'tcp 1.2.3.4 nonsense'
expect 3 '' "$sentryc" replay good.sp nothere.pcap
expect 3 '' "$sentryc" replay good.sp good.sp
expect 3 '' "$sentryc" inspect nothere.o
expect 3 '' "$sentryc" inspect good.sp
expect 0 '' "$sentryc" --help
expect 0 '' "$sentryc" --version

# Results that cannot be written: exit 3, and no file, whole or partial.
expect 3 'full|No space' "$sentryc" compile good.sp -o /dev/full
expect 3 'No such file' "$sentryc" compile good.sp -o nowhere/out.bpf.o
expect 3 'directory' "$sentryc" compile good.sp -o directory.sp
expect 3 '' bash -c "exec '$sentryc' --help > /dev/full"
expect 3 '' bash -c "exec '$sentryc' compile good.sp --dump policy > /dev/full"
expect 3 '' bash -c "exec '$sentryc' check good.sp -o json > /dev/full"
expect 3 '' bash -c "exec '$sentryc' fmt - < good.sp > /dev/full"
expect 3 '' env TMPDIR="$tmp/nowhere" "$sentryc" compile good.sp -o out.bpf.o
expect 3 'clang' env PACKET_SENTRY_CLANG=/nowhere/clang "$sentryc" compile good.sp -o out.bpf.o
# shellcheck disable=SC2010 # grep only asks whether there is any
if ls out.bpf.o* nowhere good.bpf.o *.bpf.o 2>/dev/null | grep .; then
	echo "not ok: files were left behind"
	failed=1
fi

# An existing object survives a failed compile.
"$sentryc" compile good.sp -o kept.bpf.o || failed=1
before=$(sha256sum kept.bpf.o)
expect 1 '' "$sentryc" compile empty.sp -o kept.bpf.o
[ "$before" = "$(sha256sum kept.bpf.o)" ] || { echo "not ok: a failed compile changed the old object"; failed=1; }

echo "# $count inputs"
exit $failed
