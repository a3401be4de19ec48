# SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause
# What the kernel tests share: two namespaces of their own with a veth pair, a bpf file system of their own, and the
# bookkeeping. A script sources this and ends with `finish`. Nothing outside of what is made here is touched.
# shellcheck disable=SC2034,SC2154 # names go from and to the scripts that source it
set -u

build=$(realpath "${BUILD:-build}")
here=$(realpath "$(dirname "${BASH_SOURCE[0]}")")

if [ "$(id -u)" != 0 ]; then
	echo "needs root"
	exit 77
fi

tmp=$(mktemp -d /tmp/psrt-XXXXXX)
bpffs=$tmp/bpf
near=psrt-near-$$ # where policies are applied
far=psrt-far-$$   # where traffic comes from
export PACKET_SENTRY_STATE_DIR=$tmp/state # also for what does not go through `apply`
background=()
namespaces=("$near" "$far")
failed=0

cleanup() {
	for pid in "${background[@]}"; do
		kill -KILL "$pid" 2>/dev/null
		wait "$pid" 2>/dev/null
	done
	for ns in "${namespaces[@]}"; do
		ip netns del "$ns" 2>/dev/null
	done
	umount "$bpffs" 2>/dev/null
	rm -rf "$tmp"
}
trap cleanup EXIT
trap 'exit 130' INT TERM

ok() {
	echo "ok $*"
}

not_ok() {
	echo "not ok $*"
	failed=1
}

# check NAME COMMAND…: the command succeeds; its output is shown if not.
check() {
	local name=$1
	shift
	if "$@" >"$tmp/out" 2>&1; then
		ok "$name"
	else
		not_ok "$name (exit $?): $*"
		sed 's/^/  | /' "$tmp/out"
	fi
}

# expect NAME CODE PATTERN COMMAND…: exit code, and an extended regular expression that the output must match.
expect() {
	local name=$1 code=$2 pattern=$3 got
	shift 3
	"$@" >"$tmp/out" 2>&1
	got=$?
	if [ "$got" = "$code" ] && grep -Eq -- "$pattern" "$tmp/out"; then
		ok "$name"
	else
		not_ok "$name (exit $got, expected $code and '$pattern')"
		sed 's/^/  | /' "$tmp/out"
	fi
}

# same NAME EXPECTED ACTUAL
same() {
	if [ "$2" = "$3" ]; then
		ok "$1"
	else
		not_ok "$1: expected '$2', got '$3'"
	fi
}

finish() {
	exit "$failed"
}

apply() {
	"$build/sentry-apply" --bpffs "$bpffs/ps" --state-dir "$tmp/state" --netns "$near" "$@"
}

# forget: the policy is taken away, and its history, so that generations are counted from 1 again.
forget() {
	apply --remove
	local code=$?
	rm -rf "$tmp/state"
	return $code
}

ctl() {
	"$build/sentryctl" "$@" --bpffs "$bpffs/ps" --netns "$near"
}

# json EXPRESSION: of the document `d` on standard input.
json() {
	python3 -c "import json, sys; d = json.load(sys.stdin); print($1)"
}

# packets RULE: as counted, over all blocks.
packets() {
	ctl rules -o json | json "sum(r['packets'] for b in d['blocks'] for r in b['rules'] if r['name'] == '$1')"
}

# udp NAMESPACE ADDRESS PORT N: sends N datagrams.
udp() {
	ip netns exec "$1" python3 -c '
import socket, sys
s = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
for i in range(int(sys.argv[3])):
    try:
        s.sendto(b"x" * 20, (sys.argv[1], int(sys.argv[2])))
    except OSError:  # egress says so at once
        pass
' "$2" "$3" "$4"
}

# A policy that denies UDP port $2 on the way in and $3 on the way out; $4: name.
policy() {
	cat >"$tmp/$1.sp" <<-END
		policy ${4:-edge} {
		    interface uplink = "eth0";
		    ingress on uplink {
		        rule bad-in   deny    udp port $2  log;
		        rule watch    sample  1/1 udp port 5;
		        default allow;
		    }
		    egress on uplink {
		        rule bad-out  deny    udp port $3  log;
		        default allow;
		    }
		}
	END
	"$build/sentryc" compile "$tmp/$1.sp" -o "$tmp/$1.o" || exit 1
}

# Everything that is left of us: pins, programs on the interface, qdiscs. Empty if all is well.
leftovers() {
	find "$bpffs/ps" 2>/dev/null
	ip -n "$near" link show dev eth0 | grep -o 'xdp[a-z]*'
	tc -n "$near" qdisc show dev eth0 | grep -o clsact
	tc -n "$near" filter show dev eth0 egress 2>/dev/null
}

# without_ipv6 NAMESPACE…: no device of theirs, now or later, speaks it. Neighbours, routers and groups are asked for at
# any moment, and what the kernel sends by itself would be counted with what a test sends.
without_ipv6() {
	local ns
	for ns; do
		ip netns exec "$ns" sh -c 'for f in /proc/sys/net/ipv6/conf/*/disable_ipv6; do echo 1 >"$f"; done'
	done
}

ip netns add "$near" && ip netns add "$far" || { echo "no network namespaces here"; exit 77; }
ip -n "$near" link add eth0 type veth peer name eth0 netns "$far"
for end in "$near:1" "$far:2"; do
	ip -n "${end%:*}" address add "10.77.0.${end#*:}/24" dev eth0
	ip -n "${end%:*}" link set lo up
	ip -n "${end%:*}" link set eth0 up
done
mkdir "$bpffs"
mount -t bpf bpf "$bpffs" || { echo "no bpf file system here"; exit 77; }
