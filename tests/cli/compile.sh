#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause
# sentryc compile and inspect: same bytes wherever a policy lies and whatever the
# environment says, failures of the environment named as such, nothing left behind.
set -u
sentryc=$(realpath "${SENTRYC:-build/sentryc}")
golden=$(cd "$(dirname "$0")/../golden/emit" && pwd)
# What sanitizers want is not to be lost where a test empties the environment.
keep="ASAN_OPTIONS=${ASAN_OPTIONS:-}"
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

# same WHAT FILE FILE
same() {
	count=$((count + 1))
	cmp "$2" "$3" || bad "$1 makes other bytes"
}

# expect CODE PATTERN COMMAND…
expect() {
	local want=$1 pattern=$2 code
	shift 2
	count=$((count + 1))
	"$@" >out 2>err
	code=$?
	[ "$code" = "$want" ] || bad "$* exited with $code, not $want: $(head -c 300 err)"
	grep -Eq -- "$pattern" out err || bad "$* does not say '$pattern': $(head -c 300 err)"
}

mkdir -p here/lists there/deep/lists work
cat >here/edge.sp <<'END'
include "nets.sp";
policy edge {
    net listed = file "lists/listed.txt";
    ingress on uplink {
        rule listed deny from listed;
        rule ssh allow tcp from mgmt
                       port 22 log;
        default deny;
    }
    egress on uplink { rule mail reject tcp port 25; default allow; }
}
END
echo 'net mgmt = { 10.20.0.0/16, fd00:20::/48 };' >here/nets.sp
for i in $(seq 1 40); do echo "198.51.$i.0/24"; done >here/lists/listed.txt
cp -r here/. there/deep/

"$sentryc" compile here/edge.sp -o one.o || bad "cannot compile"
(cd here && "$sentryc" compile edge.sp -o ../two.o) || bad "cannot compile in the policy's directory"
"$sentryc" compile "$tmp/there/deep/edge.sp" -o three.o || bad "cannot compile an absolute path"
(cd work && env -i PATH="$PATH" "$keep" TMPDIR="$tmp/work" LC_ALL=C CPATH=/usr/include SOURCE_DATE_EPOCH=1 TZ=Asia/Tokyo \
	"$sentryc" compile ../there/../here/edge.sp -o ../four.o) || bad "cannot compile in another environment"
same "the policy's own directory" one.o two.o
same "an absolute path" one.o three.o
same "another environment" one.o four.o
count=$((count + 1))
[ -z "$(ls -A work)" ] || bad "temporary files are left: $(ls -A work)"
count=$((count + 1))
grep -aqF "$tmp" one.o && bad "the object tells where it was made"

(cd here && "$sentryc" compile edge.sp) || bad "cannot compile without -o"
same "no -o" one.o here/edge.bpf.o
"$sentryc" compile here/edge.sp -o - >dash.o || bad "cannot compile to standard output"
same "-o -" one.o dash.o
"$sentryc" compile here/edge.sp -o five.o --emit-c five.c --report >report || bad "cannot compile with --emit-c"
same "--emit-c" one.o five.o
"$sentryc" compile here/edge.sp --dump c >six.c
same "--dump c" five.c six.c
expect 0 '^clang ' cat report
expect 0 '^block ingress: 2 rules' cat report
# Where the kernel lets us; else it is told, and the object is there all the same.
rm -f five.o
"$sentryc" compile here/edge.sp -o five.o --measure >out 2>err
code=$? count=$((count + 2))
if [ $code = 0 ]; then
	grep -Eq '^ +[0-9]+ packets, decided in +[0-9]+ ways +[0-9]+ +[0-9]+ +[0-9]+$' out || bad "--measure has no figures: $(tail -3 out)"
else
	[ $code = 3 ] || bad "--measure exits with $code: $(head -c 300 err)"
	echo "# nothing is measured: $(head -c 200 err)"
fi
same "--measure" one.o five.o
if [ "$(id -u)" = 0 ]; then
	rm -f five.o
	expect 3 'cannot be measured: .*CAP_BPF' setpriv --bounding-set=-all --inh-caps=-all \
		"$sentryc" compile here/edge.sp -o five.o --measure
	same "--measure without privileges" one.o five.o
else
	echo "# --measure without privileges is tried above only: this is not root"
fi
expect 2 "report is text or json, not 'xml'" "$sentryc" compile here/edge.sp -o five.o --report=xml
expect 0 '^#line 6$' cat five.c

echo '# a comment' >>here/edge.sp
"$sentryc" compile here/edge.sp -o changed.o
count=$((count + 1))
cmp -s one.o changed.o && bad "another source has the same hash"

expect 0 '^policy    edge$' "$sentryc" inspect one.o
expect 0 '^failure   deny$' "$sentryc" inspect one.o
expect 0 'ssh .* edge.sp:6 ' "$sentryc" inspect one.o
expect 0 '^  reads proto, from, from port$' "$sentryc" inspect one.o
expect 0 '^.{"schema":"packet-sentry/manifest/v1","policy":"edge"' sh -c 'printf " "; exec "$@"' x "$sentryc" inspect -o json one.o
echo 'policy open { on-failure allow; ingress on a { default deny; } }' >open.sp
"$sentryc" compile open.sp -o open.o || bad "cannot compile a policy that fails open"
expect 0 '^failure   allow$' "$sentryc" inspect open.o
expect 0 '"on_failure":"allow"' "$sentryc" inspect -o json open.o
expect 3 'is no BPF object' "$sentryc" inspect here/edge.sp
expect 3 'is no BPF object' "$sentryc" inspect /dev/null
expect 3 'cannot read' "$sentryc" inspect nothing.o
expect 2 'no object' "$sentryc" inspect
head -c 3000 one.o >half.o
expect 3 'no BPF object|no manifest' "$sentryc" inspect half.o

expect 3 'no clang' env PACKET_SENTRY_CLANG=no-such-clang "$sentryc" compile here/edge.sp -o not.o
expect 3 'clang failed' env PACKET_SENTRY_CLANG=false "$sentryc" compile here/edge.sp -o not.o
expect 3 'temporary directory' env TMPDIR="$tmp/none" "$sentryc" compile here/edge.sp -o not.o
expect 3 'cannot write' "$sentryc" compile here/edge.sp -o none/not.o
expect 3 'cannot write .*[Nn]o space' "$sentryc" compile here/edge.sp -o /dev/full
expect 3 'cannot write .*[Nn]o space' sh -c '"$1" compile here/edge.sp --dump c >/dev/full' x "$sentryc"
expect 2 'target is' "$sentryc" compile here/edge.sp --target arm -o not.o
printf 'policy p { budget { insns 10; } ingress on a { rule r allow tcp port 22; default deny; } }\n' >tight.sp
expect 1 'E0501' "$sentryc" compile tight.sp -o not.o
printf 'policy p { budget { insns 1000; } ingress on a { rule r allow tcp port 22; default deny; } }\n' >tight.sp
expect 1 'E0501.*block ingress needs' "$sentryc" compile tight.sp -o not.o
count=$((count + 1))
[ ! -e not.o ] || bad "a failed compile left an object"

# What is looked up in tables has a variable for each thing that some layout needs, and clang takes none that is not used.
for target in bpfel bpfeb; do
	for policy in classes both-versions tables blocks long-lists; do
		count=$((count + 1))
		"$sentryc" compile "$golden/$policy.sp" --target $target -o classes.o || bad "$policy is not compiled for $target"
	done
done

# Rules that ask nothing at all.
{
	printf 'policy p { lint dead-rule note; egress on a {\n'
	for i in 0 1 2 3 4 5 6 7 8; do printf 'rule r%d allow;\n' $i; done
	printf 'default deny; } }\n'
} >all.sp
count=$((count + 1))
"$sentryc" compile all.sp -o classes.o 2>/dev/null || bad "rules that ask nothing are not compiled"

# A signal while clang runs: no directory, no object, no clang.
cat >slow <<'END'
#!/bin/sh
case $* in *--version*) exec clang --version ;; esac
echo $$ >"$SLOW_PID"
exec sleep 30
END
chmod +x slow
sed -i "s|\$SLOW_PID|$tmp/slow.pid|" slow
mkdir private
count=$((count + 1))
TMPDIR=$tmp/private PACKET_SENTRY_CLANG=$tmp/slow "$sentryc" compile here/edge.sp -o not.o &
compiler=$!
for _ in $(seq 1 100); do
	[ -s slow.pid ] && break
	sleep 0.05
done
kill -TERM $compiler
wait $compiler 2>/dev/null
code=$?
[ $code = 143 ] || bad "a SIGTERM ended it with $code"
[ -z "$(ls -A private)" ] || bad "a signal left $(ls -A private)"
kill -0 "$(cat slow.pid)" 2>/dev/null && bad "the compiler it started still runs"
[ ! -e not.o ] || bad "a signal left an object"

echo "# $count checks"
exit $failed
