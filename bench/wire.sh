#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause
# Packets per second that one processor takes in over a veth pair, through one policy in the form of each tool: ours in XDP
# and in tc, nftables, iptables, ipset, xdp-filter, and no filter. A table on standard output, build/bench/wire.json
# and plots beside it; docs/performance-wire.md says how it is measured. Needs root. What is not installed
# (scripts/deps.sh bench) is left out, and named.
#
# SIZES="1 10 …" numbers of rules, BLOCK=10000 addresses (0: no block list), RUNS=5, MS=300 for each figure, ONLY="none
# nft-set …" some of the tools, LINEAR_MAX=3000 rules for tools that walk them.
set -u
build=$(realpath "${BUILD:-build}")
here=$(realpath "$(dirname "$0")")
out=$build/bench
sizes=${SIZES:-1 10 100 300 1000 3000 10000}
block=${BLOCK:-10000}
runs=${RUNS:-5}
ms=${MS:-300}
linear_max=${LINEAR_MAX:-3000}
device=wire0 # also in wire_rules.py
all="none xdp tc nft-linear nft-set nft-hash iptables-legacy iptables-nft ipset xdp-filter"
tools=${ONLY:-$all}

if [ "$(id -u)" != 0 ]; then
	echo "(packets over a veth pair are not measured: that needs root)"
	exit 0
fi
if [ "$(nproc)" -lt 2 ]; then
	echo "(packets over a veth pair are not measured: that needs two processors, one to send and one to receive)"
	exit 0
fi
tmp=$(mktemp -d /tmp/psbench-XXXXXX)
near=psbench-near-$$
far=psbench-far-$$
export PACKET_SENTRY_STATE_DIR=$tmp/state
cleanup() {
	ip netns del "$near" 2>/dev/null
	ip netns del "$far" 2>/dev/null
	umount "$tmp/bpf" 2>/dev/null
	rm -rf "$tmp"
}
trap cleanup EXIT
trap 'exit 130' INT TERM
mkdir -p "$out" "$tmp/bpf"
mount -t bpf bpf "$tmp/bpf" || exit 1
clang --target=bpf -mcpu=v3 -g -O2 -std=gnu11 -nostdinc -Wall -I"$here/../bpf-templates" -c -o "$tmp/wire.bpf.o" \
	"$here/wire/wire.bpf.c" || exit 1

inside() {
	ip netns exec "$near" "$@"
}

# Nothing but our packets: no neighbour discovery, no ARP. And no GRO, which would merge packets of one flow.
ip netns add "$near" && ip netns add "$far" || exit 1
ip -n "$near" link add "$device" type veth peer name "$device" netns "$far" || exit 1
ip -n "$near" link set "$device" address 02:00:00:00:00:01
for ns in "$near" "$far"; do
	ip netns exec "$ns" sysctl -wq net.ipv6.conf.all.disable_ipv6=1
	ip netns exec "$ns" ethtool -K "$device" gro off >/dev/null
	ip -n "$ns" link set "$device" arp off up || exit 1
done

command_of() {
	case $1 in
	nft-*) echo nft ;;
	iptables-legacy) echo iptables-legacy-restore ;;
	iptables-nft) echo iptables-nft-restore ;;
	ipset) echo ipset iptables-legacy-restore ;;
	xdp-filter) echo xdp-filter bpftool ;;
	esac
}

apply() {
	"$build/sentry-apply" --bpffs "$tmp/bpf/ps" --state-dir "$tmp/state" --netns "$near" "$@"
}

# The addresses go into the map of xdp-filter directly: its own command takes one at a time. 1: drop by source.
xdp_filter() {
	mount -t bpf bpf /sys/fs/bpf && xdp-filter load -m native -p allow -f ipv4 "$device" &&
		tr . ' ' <"$1/blocked.txt" | sed "s|.*|map update pinned /sys/fs/bpf/xdp-filter/filter_ipv4 key & value 1 0 0 0 0 0 0 0|" |
		bpftool batch file -
}
export -f xdp_filter
export device

# up TOOL DIRECTORY: the policy is in force. down TOOL: it is gone.
up() {
	case $1 in
	none) ;;
	xdp | tc) apply "$2/policy-$1.o" ;;
	nft-*) inside nft -f "$2/${1#*-}.nft" ;;
	iptables-*) inside "$1-restore" "$2/iptables" ;;
	ipset) inside ipset restore -file "$2/ipset" && inside iptables-legacy-restore "$2/ipset.iptables" ;;
	xdp-filter) inside bash -c 'xdp_filter "$1"' - "$2" ;;
	esac
}
down() {
	case $1 in
	xdp | tc) apply --remove ;;
	nft-*) inside nft flush ruleset ;;
	iptables-*) printf '*raw\n:PREROUTING ACCEPT [0:0]\nCOMMIT\n' | inside "$1-restore" && inside nft flush ruleset ;;
	ipset) printf '*raw\n:PREROUTING ACCEPT [0:0]\nCOMMIT\n' | inside iptables-legacy-restore && inside ipset destroy ;;
	xdp-filter) ip -n "$near" link set "$device" xdp off ;;
	esac
}

# able TOOL KIND N DIRECTORY: can this be measured? If not, why, once.
declare -A told
able() {
	local need why=
	for need in $(command_of "$1"); do
		command -v "$need" >/dev/null || why="$1 is left out: $need is not installed"
	done
	case $1:$2 in
	xdp:* | tc:*)
		[ -e "$4/policy-$1.o" ] || "$build/sentryc" compile "$4/policy-$1.sp" -o "$4/policy-$1.o" 2>"$tmp/compile" ||
			why="$1 at $2 $3 is left out: $(grep -m 1 error "$tmp/compile" | sed "s|$tmp/||g")"
		;;
	xdp-filter:allow) why="xdp-filter is left out but for the block list: it has no rules of source, destination and port" ;;
	nft-linear:block | iptables-*:block) why="$1 is left out of the block list: it would be a rule for each address" ;;
	nft-hash:block) why="nft-hash is left out of the block list: nft-set is a hash there" ;;
	nft-linear:allow | iptables-*:allow)
		[ "$3" -le "$linear_max" ] || why="$1 is left out above $linear_max rules: it walks them all"
		;;
	esac
	[ -z "$why" ] && return
	[ -n "${told[$why]-}" ] || echo "$why"
	told[$why]=1
	return 1
}

# measure KIND N: all tools in turn, RUNS times over, so that what else happens on the machine meets all of them.
measure() {
	local directory=$tmp/$1-$2 tool run ready=
	mkdir "$directory"
	python3 "$here/wire_rules.py" "$1" "$2" "$directory" || exit 1
	for tool in $tools; do
		able "$tool" "$1" "$2" "$directory" && ready="$ready $tool"
	done
	for run in $(seq "$runs"); do
		for tool in $ready; do
			if up "$tool" "$directory" >"$tmp/up" 2>&1; then
				"$build/bench/wire" "$tmp/wire.bpf.o" "$directory/trace" "$near" "$far" "$device" "$ms" >"$tmp/figures" &&
					sed "s/^{/{\"policy\":\"$1\",\"rules\":$2,\"tool\":\"$tool\",/" "$tmp/figures" >>"$tmp/raw"
			else
				echo "$tool at $1 $2 is left out: $(head -n 1 "$tmp/up" | sed "s|$tmp/||g")"
				ready=${ready/ $tool/}
			fi
			down "$tool" >"$tmp/down" 2>&1 || { cat "$tmp/down"; exit 1; }
		done
	done
	rm -r "$directory"
}

: >"$tmp/raw"
for n in $sizes; do
	measure allow "$n"
done
[ "$block" = 0 ] || measure block "$block"
python3 "$here/wire_report.py" "$tmp/raw" "$out"
