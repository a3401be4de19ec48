#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause
# Packets per second that one processor takes in over a veth pair, through one policy in the form of each tool: ours in
# XDP and in tc, nftables, iptables, ipset, xdp-filter, and no filter. A table on standard output, build/bench/wire.json
# and a plot beside it; docs/performance-wire.md says how it is measured. Needs root. What is not installed
# (make deps-bench) is left out, and named.
#
# SIZES="1 10" numbers of rules, BLOCK=10000 addresses (0: no block list), RUNS=5, MS=200 for each figure,
# ONLY="none xdp" some of the tools, LINEAR_MAX=3000 rules for tools that walk them, CPUS="0 1" that receives and sends.
set -u
build=$(realpath "${BUILD:-build}")
here=$(realpath "$(dirname "$0")")
out=$build/bench
sizes=${SIZES:-1 10 100 300 1000 3000 10000}
block=${BLOCK:-10000}
runs=${RUNS:-5}
ms=${MS:-200}
linear_max=${LINEAR_MAX:-3000}
read -r receiver sender <<<"${CPUS:-0 1}"
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

# Each tool begins in fresh namespaces: an empty table of the one before still costs the packets of the next. There is
# nothing but our packets, no neighbour discovery, no ARP; and no GRO, which would merge packets of one flow.
fresh() {
	local ns
	ip netns del "$near" 2>/dev/null
	ip netns del "$far" 2>/dev/null
	ip netns add "$near" && ip netns add "$far" || return
	for ns in "$near" "$far"; do
		ip netns exec "$ns" sysctl -wq net.ipv6.conf.all.disable_ipv6=1 net.ipv6.conf.default.disable_ipv6=1
	done
	ip -n "$near" link add "$device" type veth peer name "$device" netns "$far" || return
	ip -n "$near" link set "$device" address 02:00:00:00:00:01 || return
	for ns in "$near" "$far"; do
		ip netns exec "$ns" ethtool -K "$device" gro off >/dev/null || return
		ip -n "$ns" link set "$device" arp off up || return
	done
}

# wire TRACE MILLISECONDS
wire() {
	"$build/bench/wire" "$tmp/wire.bpf.o" "$1" "$near" "$far" "$device" "$receiver" "$sender" "$2"
}

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
	local map=/sys/fs/bpf/xdp-filter/filter_ipv4
	mount -t bpf bpf /sys/fs/bpf && xdp-filter load -m native -p allow -f ipv4 "$device" &&
		tr . ' ' <"$1/blocked.txt" | sed "s|.*|map update pinned $map key & value 1 0 0 0 0 0 0 0|" |
		bpftool batch file -
}
export -f xdp_filter
export device

# up TOOL DIRECTORY: the policy is in force. down TOOL: what would outlive the namespaces is gone.
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
	esac
}

# able TOOL KIND N DIRECTORY: can this be measured? If not, why, once.
declare -A told
able() {
	local need why=
	for need in $(command_of "$1"); do
		command -v "$need" >/dev/null || why="$1 is left out: $need is not installed (make deps-bench)"
	done
	case $1:$2 in
	xdp:* | tc:*)
		"$build/sentryc" compile "$4/policy-$1.sp" -o "$4/policy-$1.o" 2>"$tmp/compile" ||
			why="$1 at $2 $3 is left out: $(grep -m 1 error "$tmp/compile" | sed "s|$tmp/||g")"
		;;
	xdp-filter:allow) why="xdp-filter has the block list only: it knows no rules of source, destination and port" ;;
	nft-linear:block | iptables-*:block) why="$1 does not have the block list: a rule for each address" ;;
	nft-hash:block) why="nft-hash does not have the block list: nft-set is a hash there" ;;
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
	local directory=$tmp/$1-$2 tool ready='' head
	mkdir "$directory"
	python3 "$here/wire_rules.py" "$1" "$2" "$directory" || exit 1
	for tool in $tools; do
		able "$tool" "$1" "$2" "$directory" && ready="$ready $tool"
	done
	for _ in $(seq "$runs"); do
		for tool in $ready; do
			fresh || exit 1
			head="{\"policy\":\"$1\",\"rules\":$2,\"tool\":\"$tool\","
			if up "$tool" "$directory" >"$tmp/up" 2>&1; then
				wire "$directory/trace" "$ms" >"$tmp/figures" 2>"$tmp/why" ||
					tr -d '"\\\n' <"$tmp/why" | sed 's/.*/{"error":"&"}/' >"$tmp/figures"
				sed "s/^{/$head/" "$tmp/figures" >>"$tmp/raw"
				echo >>"$tmp/raw"
			else
				echo "$tool at $1 $2 is left out: $(head -n 1 "$tmp/up" | sed "s|$tmp/||g")"
				ready=${ready/ $tool/}
			fi
			down "$tool" >"$tmp/down" 2>&1 || { cat "$tmp/down"; exit 1; }
		done
	done
	rm -r "$directory"
}

# Does this kernel have what the two ends need?
mkdir "$tmp/first" && python3 "$here/wire_rules.py" allow 1 "$tmp/first" || exit 1
fresh || exit 1
if ! wire "$tmp/first/trace" 1 >/dev/null 2>"$tmp/why"; then
	echo "(packets over a veth pair are not measured: $(head -n 1 "$tmp/why" | sed 's/^[^ ]* //'))"
	exit 0
fi

: >"$tmp/raw"
for n in $sizes; do
	measure allow "$n"
done
[ "$block" = 0 ] || measure block "$block"
python3 "$here/wire_report.py" "$tmp/raw" "$out"
