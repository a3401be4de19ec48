#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause
# `make demo` shows what it says it shows, with the kernel and without, and leaves nothing behind, also when interrupted.
set -u
cd "$(dirname "$0")/../.." || exit 1
tmp=$(mktemp -d)
trap 'rm -rf "$tmp"' EXIT
failed=0

bad() { echo "not ok: $*"; failed=1; }

# Lines of the tables: what was tried, what its user saw, what the policy did.
expect() {
	local line
	while read -r line; do
		[ -z "$line" ] || grep -qE -- "$line" "$tmp/out" || bad "no line like '$line'"
	done
}

tables='
^  web page  .* HTTP 200 .* allow by web
^  web page, IPv6  .* HTTP 200 .* allow by web
^  ping  .* answer .* allow by ping \(2\)
^  ssh from management, .* wants a key .* allow by ssh
^  ssh from the internet  .* no answer .* deny by ssh-knock
^  port scan, ports 1 to 1000  .* open: 80 .* deny by default \(9[0-9][0-9]\)
^  scan without flags .* no answer .* deny by null-scan \(2\)
^  web page, forged source .*no answer .* deny by martians
^  ping of 3000 bytes, .* no answer .* deny by fragments \(4\)
^  the host fetches a web page .* HTTP 200 .* allow by answers
^  staging site, port 8080  .*reject by staging-closed'

scripts/demo.sh --replay >"$tmp/out" 2>&1 || bad "the replay exits with $?"
expect <<<"$tables"
[ $failed = 0 ] || { cat "$tmp/out"; exit 1; }

if [ "$(id -u)" != 0 ]; then
	echo "# the part with the kernel needs root"
	exit 0
fi

# What a demo of this process id may leave.
left() {
	ip netns list | grep -E "^ps-demo-$1-"
	ls -d "$tmp"/packet-sentry-demo.* 2>/dev/null
	grep -F "$tmp/" /proc/mounts
	# One that has ended and whose end nobody has asked for yet is no more.
	pgrep -s "$1" -r D,I,R,S,T,t -a
}

# run DURATION SIGNAL: the demo in a session of its own, interrupted by then.
run() {
	TMPDIR=$tmp python3 - "$1" "$2" >"$tmp/out" 2>&1 <<'EOF'
import os, signal, subprocess, sys
demo = subprocess.Popen(["scripts/demo.sh"], start_new_session=True, preexec_fn=lambda: signal.signal(signal.SIGINT, signal.SIG_DFL))
with open(os.environ["TMPDIR"] + "/pid", "w") as file:
    print(demo.pid, file=file)
try:
    demo.wait(float(sys.argv[1]))
except subprocess.TimeoutExpired:
    os.killpg(demo.pid, int(sys.argv[2]))
    demo.wait(30)
sys.exit(demo.returncode)
EOF
	code=$?
	remains=$(left "$(cat "$tmp/pid")")
	[ -z "$remains" ] || bad "after $1 s and signal $2 there remains: $remains"
}

run 120 9
if grep -q 'does not run the demo in its kernel' "$tmp/out"; then
	grep 'does not run the demo in its kernel' "$tmp/out"
	exit 77
fi
[ $code = 0 ] || bad "the demo exits with $code"
expect <<<"$tables
^  the host sends mail .*no answer .* deny by no-smtp
^  staging site, port 8080 .*connection refused .* reject by staging-closed
^  staging site, IPv6 .*connection refused .* reject by staging-closed
no-smtp +deny +egress +TCP 192.0.2.10 port [0-9]+ > 203.0.113.5 port 25
ssh +allow +ingress +TCP 10.20.1.9 port [0-9]+ > 192.0.2.10 port 22
\"schema\":\"packet-sentry/event/v1\""
[ $failed = 0 ] || cat "$tmp/out"

for after in 0.6 2.5 5; do
	run $after 2
	[ $code = 130 ] || bad "interrupted after $after s the demo exits with $code"
done
exit $failed
