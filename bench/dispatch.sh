#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause
# What the dispatcher adds to a packet: the program of a policy by itself, and called through the dispatcher of its
# hook, as the kernel's own test run times both. Needs root.
set -u
build=$(realpath "${BUILD:-build}")
if [ "$(id -u)" != 0 ]; then
	echo "the dispatcher is measured as root only"
	exit 0
fi
tmp=$(mktemp -d /tmp/psbench-XXXXXX)
ns=psbench-$$
cleanup() {
	ip netns del "$ns" 2>/dev/null
	umount "$tmp/bpf" 2>/dev/null
	rm -rf "$tmp"
}
trap cleanup EXIT
trap 'exit 130' INT TERM
ip netns add "$ns" && ip -n "$ns" link add eth0 type veth peer name eth1 || exit 1
ip -n "$ns" link set eth0 up
mkdir "$tmp/bpf"
export PACKET_SENTRY_STATE_DIR=$tmp/state
mount -t bpf bpf "$tmp/bpf" || exit 1

apply() {
	"$build/sentry-apply" --bpffs "$tmp/bpf/ps" --netns "$ns" "$@"
}

# A UDP packet that the default allows.
printf '02000000000102000000000208004500002e00000000401166bb0a0000020a000001138803e9001a0000' | xxd -r -p >"$tmp/frame"
head -c 22 /dev/zero >>"$tmp/frame"

# run WHAT…: the least of seven averages of a million runs, in nanoseconds.
run() {
	local best='' time
	for _ in 1 2 3 4 5 6 7; do
		time=$(bpftool -j prog run "$@" data_in "$tmp/frame" data_out /dev/null repeat 1000000 |
			python3 -c 'import json, sys; print(json.load(sys.stdin)["duration"])')
		[ -z "$best" ] || [ "$time" -lt "$best" ] && best=$time
	done
	echo "$best"
}

echo "The dispatcher, one hook (ns a packet; least of 7 x 1,000,000 runs)"
for hook in xdp tc; do
	cat >"$tmp/p.sp" <<-END2
		policy p {
		    interface i = "eth0";
		    ingress on i via $hook { rule bad deny udp port 9; default allow; }
		}
	END2
	"$build/sentryc" compile "$tmp/p.sp" -o "$tmp/p.o" && apply "$tmp/p.o" >/dev/null || exit 1
	link=$(find "$tmp/bpf" -path '*/links/*' | head -n 1)
	dispatcher=$(bpftool -j link show pinned "$link" | python3 -c 'import json, sys; print(json.load(sys.stdin)["prog_id"])')
	alone=$(run pinned "$(find "$tmp/bpf" -name 'prog-*' | head -n 1)")
	through=$(run id "$dispatcher")
	printf '  %-4s the policy alone %4d   through the dispatcher %4d   added %4d\n' "$hook" "$alone" "$through" $((through - alone))
	apply --remove >/dev/null
done
