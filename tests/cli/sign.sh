#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause
# sentryc sign, verify and inspect: keys, files of keys, signed objects, and every way in which one is not.
set -u
sentryc=$(realpath "${SENTRYC:-build/sentryc}")
plain=$(realpath "${BUILD:-build}")
examples=$(realpath "$(dirname "$0")/../../examples")
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

# expect CODE PATTERN COMMAND…
expect() {
	local want=$1 pattern=$2 code
	shift 2
	count=$((count + 1))
	"$@" >out 2>err
	code=$?
	[ "$code" = "$want" ] || bad "$* exited with $code, not $want: $(head -c 300 err)"
	[ -z "$pattern" ] || grep -Eq -- "$pattern" out err || bad "$* does not say '$pattern': $(head -c 300 err)"
}

same() { # WHAT FILE FILE
	count=$((count + 1))
	cmp -s "$2" "$3" || bad "$1"
}

mode() { # WANTED FILE
	count=$((count + 1))
	[ "$(stat -c %a "$2")" = "$1" ] || bad "$2 has mode $(stat -c %a "$2"), not $1"
}

echo 'policy edge { ingress on uplink { rule ssh allow tcp port 22; default deny; } }' >edge.sp
"$sentryc" compile edge.sp -o edge.o || bad "cannot compile"

# Keys.
(umask 022 && "$sentryc" sign --generate a >out) || bad "cannot make keys"
id=$(sed -nE 's/^key ([0-9a-f]{16}): secret in a.key, public in a.pub$/\1/p' out)
[ ${#id} = 16 ] || bad "no key id: $(cat out)"
mode 600 a.key
mode 644 a.pub
(umask 000 && "$sentryc" sign --generate b >out) || bad "cannot make more keys"
mode 600 b.key
count=$((count + 1))
grep -qF "$(sed -n 's/^packet-sentry-public-key //p' a.pub)" b.pub && bad "two keys are one"
count=$((count + 1))
public=$(sed -n 's/^packet-sentry-public-key //p' a.pub)
[ "$(printf %s "$public" | base64 -d | sha256sum | cut -c 1-16)" = "$id" ] || bad "the id is not of the public key"

cp a.key a.key.before
expect 3 'a.key is there already' "$sentryc" sign --generate a
same "--generate changed a key" a.key a.key.before
rm a.key
expect 3 'a.pub is there already' "$sentryc" sign --generate a
count=$((count + 1))
[ ! -e a.key ] || bad "half a pair was made"
mv a.key.before a.key
ln -s nowhere c.key
expect 3 'c.key is there already' "$sentryc" sign --generate c
expect 3 'cannot write none/a.key' "$sentryc" sign --generate none/a
count=$((count + 1))
[ "$(echo *.key* *.pub*)" = "a.key b.key c.key a.pub b.pub" ] || bad "left behind: $(echo *.key* *.pub*)"

# Signed, and what it changes: nothing before the trailer.
cp edge.o signed.o
chmod 640 signed.o
expect 0 '' "$sentryc" sign --key a.key signed.o
mode 640 signed.o
expect 0 "signed by key $id" "$sentryc" verify --key a.pub signed.o
same "the image is another" edge.o <(head -c "$(stat -c %s edge.o)" signed.o)
count=$((count + 1))
[ $(($(stat -c %s signed.o) - $(stat -c %s edge.o))) = 88 ] || bad "a trailer of another size"
expect 0 '' "$sentryc" sign --key a.key -o again.o edge.o
same "signing is not deterministic" signed.o again.o
expect 0 '' "$sentryc" sign --key a.key -o again.o signed.o
same "a second signature by the same key is another" signed.o again.o
"$sentryc" sign --key a.key - <edge.o >again.o || bad "cannot sign standard input"
same "signing a pipe is something else" signed.o again.o
expect 0 '' "$sentryc" sign --key b.key -o other.o signed.o
expect 0 'signed by key' "$sentryc" verify --key b.pub other.o
expect 1 'signed by key [0-9a-f]{16}, which is not in a.pub' "$sentryc" verify --key a.pub other.o
count=$((count + 1))
[ "$(stat -c %s other.o)" = "$(stat -c %s signed.o)" ] || bad "one signature behind another"
cat b.pub a.pub >both.pub
expect 0 "signed by key $id" "$sentryc" verify --key both.pub signed.o
expect 0 "signed by key" "$sentryc" verify --key both.pub other.o
expect 1 'edge.o is not signed' "$sentryc" verify --key a.pub edge.o
expect 1 'is not signed' "$sentryc" verify --key a.pub /dev/null
expect 1 'is not signed' "$sentryc" verify --key a.pub edge.sp

# Every bit counts: of each kind of byte there is, some.
size=$(stat -c %s signed.o)
python3 - "$size" >places <<'END'
import sys
size = int(sys.argv[1])
print(*{0, 7, 16, 40, 63, *range(64, size - 88, size // 20), *range(size - 89, size, 5), size - 1})
END
for at in $(cat places); do
	python3 - "$at" <<'END'
import sys
data = bytearray(open('signed.o', 'rb').read())
data[int(sys.argv[1])] ^= 1
open('altered.o', 'wb').write(data)
END
	expect 1 'was altered after|is not signed|which is not in' "$sentryc" verify --key a.pub altered.o
done
for size in 0 1 87 88 89 1000 $((size - 1)) $((size - 88)) $((size - 89)); do
	head -c "$size" signed.o >cut.o
	expect 1 'is not signed' "$sentryc" verify --key a.pub cut.o
done
{ cat signed.o && echo; } >longer.o
expect 1 'is not signed' "$sentryc" verify --key a.pub longer.o
{ echo && cat signed.o; } >longer.o
expect 1 'was altered' "$sentryc" verify --key a.pub longer.o

# What is said of it elsewhere.
expect 0 "^signed by key $id \\(not checked\\)$" "$sentryc" inspect signed.o
expect 0 "\"signature\":\\{\"key\":\"$id\"\\}\\}$" "$sentryc" inspect -o json signed.o
expect 0 '"signature":null}$' "$sentryc" inspect -o json edge.o
"$sentryc" inspect edge.o >out
count=$((count + 1))
grep -q signed out && bad "inspect says that an unsigned object is signed"

# Files of keys.
expect 3 'cannot read none.key' "$sentryc" sign --key none.key edge.o
expect 3 'cannot read none.pub' "$sentryc" verify --key none.pub signed.o
expect 3 'cannot read .*directory' "$sentryc" verify --key . signed.o
expect 3 'a.pub:2: a public key, where a secret key is wanted' "$sentryc" sign --key a.pub edge.o
expect 3 'a.key:2: a secret key, where a public key is wanted' "$sentryc" verify --key a.key signed.o
expect 3 'empty.pub has no key' sh -c ': >empty.pub; "$1" verify --key empty.pub signed.o' x "$sentryc"
cat a.key b.key >two.key
chmod 600 two.key
expect 3 'several secret keys' "$sentryc" sign --key two.key edge.o
sed 's/.$//' a.pub >short.pub
expect 3 'short.pub:2: not a public key' "$sentryc" verify --key short.pub signed.o
sed 's/$/ more/' a.pub >more.pub
expect 3 'more.pub:[12]: not a public key' "$sentryc" verify --key more.pub signed.o
head -c 5000 /dev/zero | tr '\0' A >long.pub
expect 3 'long.pub:1: the line is too long' "$sentryc" verify --key long.pub signed.o
expect 3 ':1: ' "$sentryc" verify --key /dev/zero signed.o
expect 3 'edge.o:1: ' "$sentryc" verify --key edge.o signed.o
printf '# ours\r\n\n\t%s\r\n' "$(sed -n 2p a.pub)" >dos.pub
expect 0 'signed by' "$sentryc" verify --key dos.pub signed.o
sed -n 2p a.pub | tr -d '\n' >bare.pub
expect 0 'signed by' "$sentryc" verify --key bare.pub signed.o
cp a.key open.key
chmod 644 open.key
expect 0 'warning: open.key can be used by others' "$sentryc" sign --key open.key -o again.o edge.o
"$sentryc" sign --key a.key -o again.o edge.o 2>err
count=$((count + 1))
[ ! -s err ] || bad "a good key is warned of: $(cat err)"

# What is no object is not signed, and what fails leaves no file.
expect 3 'is no BPF object' "$sentryc" sign --key a.key edge.sp
same "a failed signature changed the file" edge.sp <(echo 'policy edge { ingress on uplink { rule ssh allow tcp port 22; default deny; } }')
expect 3 'is no BPF object' "$sentryc" sign --key a.key -o not.o a.pub
expect 3 'cannot read none.o' "$sentryc" sign --key a.key none.o
expect 3 'cannot write none/not.o' "$sentryc" sign --key a.key -o none/not.o edge.o
expect 3 'cannot write .*[Nn]o space' "$sentryc" sign --key a.key -o /dev/full edge.o
expect 3 '[Nn]o space' sh -c '"$1" sign --key a.key - <edge.o >/dev/full' x "$sentryc"
count=$((count + 1))
[ ! -e not.o ] || bad "a failed signature left a file"
echo 'int x;' | clang -target bpf -O2 -c -x c - -o strange.o 2>/dev/null
expect 3 'has no manifest' "$sentryc" sign --key a.key strange.o
count=$((count + 1))
ls edge.o.* signed.o.* 2>/dev/null && bad "temporary files are left"

# Usage.
expect 2 'no key given' "$sentryc" sign edge.o
expect 2 'no object given' "$sentryc" sign --key a.key
expect 2 'one object at a time' "$sentryc" sign --key a.key edge.o signed.o
expect 2 'signs nothing' "$sentryc" sign --generate d edge.o
expect 2 'signs nothing' "$sentryc" sign --generate d --key a.key
expect 2 'the name of the files' "$sentryc" sign --generate ''
expect 2 'no key given' "$sentryc" verify signed.o
expect 2 'no object given' "$sentryc" verify --key a.pub
expect 2 'usage: sentryc verify' "$sentryc" verify --key

# The runtime's own reading of the same files, without the kernel; and what it checks lets every example pass.
apply=$plain/sentry-apply
expect 0 'would be applied' "$apply" --state-dir "$tmp/state" --dry-run --bind uplink=lo --tc clsact --require-signature a.pub signed.o
for example in "$examples"/*.sp; do
	"$plain/sentryc" compile "$example" -o example.o 2>err || bad "$example: $(cat err)"
	count=$((count + 1))
	"$apply" --state-dir "$tmp/state" --dry-run example.o >out 2>&1
	grep -q '^sentry-apply: example.o: ' out && bad "$example: $(cat out)"
done

echo "# $count checks"
exit $failed
