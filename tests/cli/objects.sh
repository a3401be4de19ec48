#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause
# What an object holds of its policy, texts and tests: the same bytes from anywhere, and enough to stand for the policy.
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

# expect CODE PATTERN COMMAND…
expect() {
	local want=$1 pattern=$2 code
	shift 2
	count=$((count + 1))
	"$@" >out 2>err
	code=$?
	[ "$code" = "$want" ] || bad "$* exited with $code, not $want: $(head -c 300 err)"
	[ -z "$pattern" ] || grep -Eq -- "$pattern" out err || bad "$* does not say '$pattern': $(head -c 300 out err)"
}

# section NAME OBJECT: its JSON.
section() {
	python3 - "$@" <<'END'
import struct, sys
name, data = sys.argv[1].encode(), open(sys.argv[2], "rb").read()
shoff, = struct.unpack_from("<Q", data, 0x28)
size, n, strings = struct.unpack_from("<HHH", data, 0x3a)
headers = [struct.unpack_from("<IIQQQQIIQQ", data, shoff + i * size) for i in range(n)]
for h in headers:
    at = headers[strings][4] + h[0]
    if data[at:data.index(b"\0", at)] == name:
        sys.stdout.buffer.write(data[h[4]:h[4] + h[5]])
END
}

# get NAME OBJECT EXPRESSION: of the section as `d`, in Python.
get() {
	section "$1" "$2" | python3 -c "import base64, json, sys; d = json.load(sys.stdin); print($3)"
}

same() { # WHAT WANTED GOT
	count=$((count + 1))
	[ "$2" = "$3" ] || bad "$1: '$3' instead of '$2'"
}

# A policy of several files: one beside it, one above it by two ways, a list, a list that is no UTF-8.
mkdir -p site/edge/lists site/common elsewhere/edge/lists elsewhere/common
cat >site/edge/edge.sp <<'END'
include "../common/nets.sp";
include "./../edge/../common/nets.sp";
include "ports.sp";
policy edge {
    set met : addr . port . proto max 100 timeout 5s;
    set unused : addr max 100;
    net listed = file "lists/listed.txt";
    net odd = file "../common/odd.txt";
    ingress on uplink {
        rule listed deny from listed or odd;
        rule ssh allow tcp from mgmt and not jump port 22;
        rule met allow from @met;
        default deny;
    }
    test "who is met" in ingress {
        packet udp 192.0.2.1:53 > 10.0.0.1:9 expect deny by default;
        add 192.0.2.1 port 53 proto udp to @met;
        add 192.0.2.7 to @unused;
        wait 1s;
        wait 500ms;
        packet udp 192.0.2.1:53 > 10.0.0.1:9 expect allow by met;
        add 192.0.2.2 port 53 proto udp to @met for 2s;
        packet udp 192.0.2.2:53 > 10.0.0.1:9 expect allow;
        packet tcp 192.0.2.2:53 > 10.0.0.1:22 truncate=14 expect deny by malformed;
        packet udp 192.0.2.2:53 > 10.0.0.1:22 length=9000 expect allow;
        wait 1h;
    }
}
END
echo 'net mgmt = { 10.20.0.0/16, fd00:20::/48 };' >site/common/nets.sp
echo 'net jump = 10.20.9.9;' >site/edge/ports.sp
seq -f '198.51.%g.0/24' 40 >site/edge/lists/listed.txt
printf '# caf\xe9\n203.0.113.0/24\n' >site/common/odd.txt
cp -r site/. elsewhere/

"$sentryc" compile site/edge/edge.sp -o one.o || exit 1
(cd elsewhere/edge && "$sentryc" compile edge.sp -o "$tmp/two.o") || bad "cannot compile beside it"
"$sentryc" compile "$tmp/elsewhere/edge/edge.sp" -o three.o || bad "cannot compile by an absolute path"
"$sentryc" compile --target bpfeb site/edge/edge.sp -o big.o || bad "cannot compile for the other byte order"
for object in two.o three.o; do
	cmp one.o "$object" || bad "other bytes from elsewhere"
done

names="['edge.sp', 'nets.sp', 'ports.sp', 'lists/listed.txt', 'odd.txt']"
same "names of the files" "$names" "$(get sentry.sources one.o '[f["name"] for f in d["files"]]')"
same "as the manifest has them" "$names" "$(get sentry.manifest one.o 'd["sources"]')"
same "paths of those from elsewhere" "[None, '../common/nets.sp', None, None, '../common/odd.txt']" \
	"$(get sentry.sources one.o '[f.get("path") for f in d["files"]]')"
same "the text of the main file" "$(cat site/edge/edge.sp)" "$(get sentry.sources one.o 'd["files"][0]["text"].rstrip("\n")')"
same "a text that is no UTF-8" "$(sha256sum <site/common/odd.txt)" \
	"$(get sentry.sources one.o 'sys.stdout.buffer.write(base64.b64decode([f["text"] for f in d["files"] if f.get("encoding") == "base64"][0])) and "" or ""' |
	head -c "$(stat -c %s site/common/odd.txt)" | sha256sum)"

tests='[list(s)[0] for s in d["tests"][0]["steps"]]'
same "steps: time in one piece, no set that is not in the object" \
	"['packet', 'add', 'wait_ns', 'packet', 'add', 'packet', 'packet', 'packet']" "$(get sentry.tests one.o "$tests")"
steps='d["tests"][0]["steps"]'
same "time" 1500000000 "$(get sentry.tests one.o "${steps}[2]['wait_ns']")"
same "an element" "met 192.0.2.1 53 17 5000000000" "$(get sentry.tests one.o "*[${steps}[1][k] for k in ('add', 'element', 'timeout_ns')]")"
same "a time of its own" 2000000000 "$(get sentry.tests one.o "${steps}[4]['timeout_ns']")"
same "what is expected" "{'verdict': 'allow', 'rule': 'met'} {'verdict': 'allow'}" \
	"$(get sentry.tests one.o "${steps}[3]['expect'], ${steps}[5]['expect']" | tr -d '()' | sed 's/}, /} /')"
same "a frame cut short" 28 "$(get sentry.tests one.o "len(${steps}[6]['packet'])")"
same "a long one" "6144 9014" "$(get sentry.tests one.o "len(${steps}[7]['packet']), ${steps}[7]['wire']" | tr -d '(,)')"
same "places" "edge.sp 15 16" "$(get sentry.tests one.o "d['tests'][0]['file'], d['tests'][0]['line'], ${steps}[0]['line']" | tr -d "(',)")"

expect 0 '^sources   5 files, with their text$' "$sentryc" inspect one.o
expect 0 '^tests     1$' "$sentryc" inspect one.o
expect 0 '"sources_kept":true,"tests":1,' "$sentryc" inspect -o json one.o

# An object stands for its policy, whatever lies in the file system.
sed -i 's/ssh allow/ssh deny/' elsewhere/edge/edge.sp
rm -r site
expect 0 'equivalent' "$sentryc" diff one.o two.o --exit-code
expect 0 'equivalent' "$sentryc" diff one.o big.o --exit-code
expect 1 'allow to deny|allow → deny|allow.*deny' "$sentryc" diff one.o elsewhere/edge/edge.sp --exit-code
grep -q 'edge.sp:11' out || bad "the diff does not name the place in the object's policy: $(cat out)"
expect 1 '' "$sentryc" diff elsewhere/edge/edge.sp one.o --exit-code
expect 0 '1 passed' "$sentryc" test one.o
expect 0 'no errors' "$sentryc" check one.o
expect 0 'by ssh|ssh' "$sentryc" explain one.o 'tcp 10.20.0.1:5 > 10.0.0.1:22 syn'
expect 0 'ssh' "$sentryc" query one.o 'allow tcp port 22'
expect 0 '' "$sentryc" compile one.o -o again.o
cmp one.o again.o || bad "an object made from an object is another"
cp one.o edge.bpf.o
expect 2 'is part of the policy' "$sentryc" compile edge.bpf.o
cmp one.o edge.bpf.o || bad "the object was overwritten"

# Messages show the names that they show of the files.
cat >quiet.sp <<'END'
policy quiet {
    ingress on a {
        rule some deny tcp port 22;
        default deny;
    }
}
END
expect 0 '' "$sentryc" compile quiet.sp -o quiet.o
expect 0 '^tests     0$' "$sentryc" inspect quiet.o
same "no tests: no section" "" "$(section sentry.tests quiet.o)"
expect 1 '^quiet.sp:3:14: ' "$sentryc" check --deny-warnings quiet.sp
sed 1d err >of-file
expect 1 '^quiet.sp:3:14: ' "$sentryc" check --deny-warnings quiet.o
sed 1d err | cmp - of-file || bad "other messages of the object: $(cat err)"

# From standard input, with a list seen from here.
echo 10.1.1.1 >here.txt
printf 'policy p { net l = file "here.txt"; ingress on a { rule r allow from l; default deny; } }\n' |
	"$sentryc" compile - -o piped.o || bad "cannot compile standard input"
rm here.txt
expect 0 'equivalent' "$sentryc" diff piped.o piped.o

# By an absolute path, seen from a policy that was compiled by another.
printf 'include "%s/abs/lists/n.sp";\npolicy p { ingress on a { rule r allow from n; default deny; } }\n' "$tmp" >abs.sp
mkdir -p abs/lists
echo 'net n = 10.0.0.0/8;' >abs/lists/n.sp
cp abs.sp abs/abs.sp
expect 0 '' "$sentryc" compile "$tmp/abs/abs.sp" -o abs.o
rm -r abs
expect 0 'equivalent' "$sentryc" diff abs.o abs.o

# Too much text is left out, and nothing is said of it.
printf 'policy p { net l = file "large.txt"; ingress on a { rule r allow from l; default deny; } }\n' >large.sp
{ echo 10.1.1.1; yes '# so that it is large' | head -c 17000000; } >large.txt
expect 0 '' "$sentryc" compile large.sp -o large.o
[ ! -s err ] || bad "something was said of large texts: $(cat err)"
same "large texts are not in the object" "" "$(section sentry.sources large.o)"
expect 0 '^sources   not in the object$' "$sentryc" inspect large.o
expect 3 "large.o' does not hold the policy" "$sentryc" diff large.o large.sp
expect 3 "large.o' does not hold the policy" "$sentryc" check large.o

# Half a million addresses.
python3 -c 'import random; random.seed(1)
for i in range(500000): print("%d.%d.%d.%d" % tuple(random.randrange(1, 224) for _ in range(4)))' >large.txt
expect 0 '' "$sentryc" compile large.sp -o large.o
same "half a million addresses" "$(sha256sum <large.txt)" \
	"$(get sentry.sources large.o 'd["files"][1]["text"]' | head -c "$(stat -c %s large.txt)" | sha256sum)"

# Damaged ones.
expect 3 'was not made by sentryc' "$sentryc" diff /bin/true one.o
head -c 3000 one.o >half.o
expect 3 'half.o' "$sentryc" diff half.o one.o
sed 's/packet-sentry\/sources\/v1/packet-sentry\/sources\/v7/' one.o >future.o
expect 3 "sources in 'future.o' are damaged" "$sentryc" diff future.o one.o
sed 's/"encoding":"base64"/"encoding":"base65"/' one.o >future.o
expect 3 "sources in 'future.o' are damaged" "$sentryc" diff future.o one.o
sed 's/"path":"..\/common\/odd.txt"/"path":"..\/common\/olm.txt"/' one.o >future.o
expect 1 "cannot read list '../common/odd.txt'" "$sentryc" diff future.o one.o

echo "# $count checks"
exit $failed
