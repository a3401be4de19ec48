#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause
#
# The demonstration behind `make demo`: examples/edge-web.sp guards a web host
# in a network namespace of its own, a client in another tries what people and
# scanners try, and a table shows what happened and which rule decided.
# Nothing leaves the two namespaces. Where BPF cannot be used, the same policy
# judges the same traffic from a capture.
#
# usage: BUILD=build scripts/demo.sh [--replay | --record DIR]
#   --replay      do not try the kernel
#   --record DIR  write the client's packets and the list of steps to DIR

set -u
export LC_ALL=C

here=$(cd "$(dirname "$0")/.." && pwd)
cd "$here" || exit 3
build=${BUILD:-build}
sentryc=$build/sentryc
apply=$build/sentry-apply
ctl=$build/sentryctl
policy=examples/edge-web.sp

mode=live
record=
case ${1-} in
'') ;;
--replay) mode=replay ;;
--record) mode=live record=${2:?--record needs a directory} ;;
*) echo "usage: BUILD=build $0 [--replay | --record DIR]" >&2; exit 2 ;;
esac

web=ps-demo-$$-web
net=ps-demo-$$-net
tmp=
bpffs=
namespaces=()
children=()
last_words=

say() { printf '%s\n' "$*"; }
title() { printf '\n== %s\n' "$*"; }
fail() { printf 'demo: %s\n' "$*" >&2; exit 3; }

cleanup() {
	trap '' INT TERM HUP
	local child ns

	for child in "${children[@]}"; do
		kill "$child" 2>/dev/null
	done
	for child in "${children[@]}"; do
		wait "$child" 2>/dev/null
	done
	# While it is mounted: the links are pinned there.
	if [ -n "$bpffs" ]; then
		"$apply" --remove --bpffs "$bpffs/packet-sentry" --netns "$web" >/dev/null 2>&1
		"$apply" --remove --bpffs "$bpffs/client" --netns "$net" >/dev/null 2>&1
		umount "$bpffs" 2>/dev/null
	fi
	for ns in "${namespaces[@]}"; do
		ip netns del "$ns" 2>/dev/null
	done
	[ -z "$tmp" ] || rm -rf --one-file-system "$tmp"
	[ -z "$last_words" ] || say "$last_words"
}
trap cleanup EXIT
trap 'exit 130' INT
trap 'exit 143' TERM HUP

tmp=$(mktemp -d "${TMPDIR:-/tmp}/packet-sentry-demo.XXXXXX") || exit 3
# What was applied here is of no interest to the machine's own history.
export PACKET_SENTRY_STATE_DIR=$tmp/state

# ---- the network ----------------------------------------------------------

# Makes the namespaces and a BPF file system of the demo's own. Fails with the reason in `obstacle` where
# this machine does not let it.
obstacle=
prepare() {
	local tool ns

	[ "$(id -u)" = 0 ] || { obstacle="not root"; return 1; }
	for tool in ip ss ethtool curl ping nmap dropbear dropbearkey dbclient; do
		command -v "$tool" >/dev/null || { obstacle="$tool is not installed (make deps)"; return 1; }
	done
	obstacle="no network namespaces and veth devices to be had here"
	for ns in "$web" "$net"; do
		namespaces+=("$ns")
		ip netns add "$ns" 2>/dev/null || return 1
	done
	ip link add uplink0 netns "$web" type veth peer name net0 netns "$net" 2>/dev/null || return 1
	obstacle="no BPF file system to be had here"
	bpffs=$tmp/bpffs
	mkdir "$bpffs"
	mount -t bpf bpf "$bpffs" 2>/dev/null || return 1
	obstacle=
}

in_web() { ip netns exec "$web" "$@"; }
in_net() { ip netns exec "$net" "$@"; }

network() {
	local ns

	for ns in "$web" "$net"; do
		ip -n "$ns" link set lo up
	done
	# Whole checksums on the wire, for who looks at it.
	in_net ethtool -K net0 tx off >/dev/null 2>&1
	# Fewer announcements that nobody asked for between the client's packets.
	in_net sh -c 'cd /proc/sys/net/ipv6/conf/net0 && echo 0 >router_solicitations && echo 0 >accept_dad &&
		echo 100 >mldv2_unsolicited_report_interval' 2>/dev/null

	ip -n "$web" addr add 192.0.2.10/24 dev uplink0
	ip -n "$web" addr add 2001:db8::10/64 dev uplink0 nodad
	ip -n "$net" addr add 203.0.113.5/24 dev net0
	ip -n "$net" addr add 10.20.1.9/16 dev net0
	ip -n "$net" addr add 10.66.6.6/32 dev net0
	ip -n "$net" addr add 2001:db8:ffff::5/64 dev net0 nodad
	ip -n "$web" link set uplink0 up
	ip -n "$net" link set net0 up
	ip -n "$web" route add default dev uplink0
	ip -n "$web" -6 route add default dev uplink0
	ip -n "$net" route add default dev net0
	ip -n "$net" -6 route add default dev net0
}

child() {
	"$@" </dev/null >>"$tmp/servers.log" 2>&1 &
	children+=($!)
}

# A web server. Python's asks the name service for its own name first, which in a namespace without one takes long.
http_server() { # NETNS PORT
	child ip netns exec "$1" python3 -c 'import runpy, socket
socket.getfqdn = lambda name="": name
runpy.run_module("http.server", run_name="__main__", alter_sys=True)' --bind :: --directory "$tmp/www" "$2"
}

servers() {
	local port

	mkdir "$tmp/www" "$tmp/home"
	echo '<h1>Packet Sentry demo</h1>' >"$tmp/www/index.html"
	dropbearkey -t ed25519 -f "$tmp/hostkey" >/dev/null 2>&1
	for port in 80 8080; do
		http_server "$web" "$port"
	done
	child ip netns exec "$web" dropbear -F -E -s -r "$tmp/hostkey" -P "$tmp/dropbear.pid" -p 22
	# The world: a web server and a mail server that the host may and may not talk to.
	for port in 80 25; do
		http_server "$net" "$port"
	done
	for port in 22 80 8080; do
		await "$web" "$port"
	done
	for port in 25 80; do
		await "$net" "$port"
	done
}

await() { # NETNS PORT
	for _ in $(seq 50); do
		[ -n "$(ip netns exec "$1" ss -Hltn "sport = :$2")" ] && return
		sleep 0.1
	done
	cat "$tmp/servers.log" >&2
	fail "the server on port $2 does not start"
}

# ---- what people and scanners try: each prints what its user sees ----------

fetch() { # NETNS URL [curl option...]
	local ns=$1 url=$2 code
	shift 2
	code=$(ip netns exec "$ns" curl -s -o /dev/null -w '%{http_code}' --noproxy '*' --max-time 2 "$@" "$url")
	case $? in
	0) echo "answer: HTTP $code" ;;
	7) echo "connection refused" ;;
	*) echo "no answer" ;;
	esac
}

ping_host() { # ADDRESS [ping option...]
	local address=$1
	shift
	if in_net ping -q -c 2 -i 0.2 -W 1 "$@" "$address" >/dev/null 2>&1; then
		echo "answer"
	else
		echo "no answer"
	fi
}

ssh_from() { # ADDRESS
	local text
	text=$(HOME=$tmp/home in_net timeout 2 dbclient -y -y -b "$1" root@192.0.2.10 true 2>&1 </dev/null)
	case $text in
	*"No auth methods"*) echo "answer: wants a key" ;;
	*refused*) echo "connection refused" ;;
	*) echo "no answer" ;;
	esac
}

scan() { # [nmap option...]
	local open
	open=$(in_net nmap -n -Pn --max-retries 0 --host-timeout 15s -e net0 -oG - "$@" 192.0.2.10 2>/dev/null |
		grep -oE '[0-9]+/open/' | cut -d/ -f1 | paste -sd' ')
	if [ -n "$open" ]; then
		echo "open: $open"
	else
		echo "no answer"
	fi
}

# One step: the counters before and after tell which rule decided.
try() { # LABEL COMMAND [ARGUMENT...]
	local label=$1 seen start n
	shift
	n=$(wc -l <"$steps")
	counters >"$steps.$n.before"
	start=$(date +%s.%N)
	seen=$("$@")
	sleep 0.1
	counters >"$steps.$n.after"
	printf '%s\t%s\t%s\t%s\n' "$label" "$seen" "$start" "$(date +%s.%N)" >>"$steps"
	[ ! -t 1 ] || printf '.'
}

try_all() { # FILE FUNCTION
	steps=$tmp/$1
	: >"$steps"
	"$2"
	[ ! -t 1 ] || printf '\r'
	python3 scripts/demo-table.py live "$steps"
}

counters() {
	"$ctl" rules -o json --netns "$web" --bpffs "$bpffs/packet-sentry"
}

first_steps() {
	try "web page" fetch "$net" http://192.0.2.10/ --interface 203.0.113.5
	try "web page, IPv6" fetch "$net" 'http://[2001:db8::10]/'
	try "staging site, port 8080" fetch "$net" http://192.0.2.10:8080/ --interface 203.0.113.5
	try "ping" ping_host 192.0.2.10 -I 203.0.113.5
	try "ping, IPv6" ping_host 2001:db8::10
	try "ssh from management, 10.20.1.9" ssh_from 10.20.1.9
	try "ssh from the internet" ssh_from 203.0.113.5
	try "port scan, ports 1 to 1000" scan -sS -p 1-1000 --min-rate 1000 -S 203.0.113.5
	try "scan without flags (null scan)" scan -sN -p 80,443 -S 203.0.113.5
	try "scan with fin, psh, urg (xmas scan)" scan -sX -p 80,443 -S 203.0.113.5
	try "web page, forged source 10.66.6.6" fetch "$net" http://192.0.2.10/ --interface 10.66.6.6
	try "port scan hidden in tiny fragments" scan -sS -f -p 80,443 -S 203.0.113.5
	try "ping of 3000 bytes, in fragments" ping_host 192.0.2.10 -I 203.0.113.5 -s 3000
	try "UDP to port 161" scan -sU -p 161 -S 203.0.113.5
	try "the host fetches a web page" fetch "$web" http://203.0.113.5/
	try "the host sends mail" fetch "$web" http://203.0.113.5:25/
}

second_steps() {
	try "web page" fetch "$net" http://192.0.2.10/ --interface 203.0.113.5
	try "staging site, port 8080" fetch "$net" http://192.0.2.10:8080/ --interface 203.0.113.5
	try "staging site, IPv6" fetch "$net" 'http://[2001:db8::10]:8080/'
	try "ping" ping_host 192.0.2.10 -I 203.0.113.5
}

# ---- the policies ----------------------------------------------------------

# The edited policy: port 8080 is closed, with an answer instead of silence.
edit() {
	mkdir -p "$tmp/edited"
	cp -r examples/lists "$tmp/edited/"
	sed 's/^\( *\)rule web allow .*/\1rule staging-closed reject tcp to self port 8080;\n&/' "$policy" \
		>"$tmp/edited/edge-web.sp"
	diff "$policy" "$tmp/edited/edge-web.sp" | sed -n 's/^>/    +/p;s/^</    -/p'
}

compile() { # POLICY OBJECT
	"$sentryc" compile "$1" -o "$2" || fail "$1 does not compile"
}

apply_object() { # OBJECT
	"$apply" "$1" --bind uplink=uplink0 --netns "$web" --bpffs "$bpffs/packet-sentry"
}

# A packet that XDP sends back on a veth device arrives only if the other end has an XDP program as well: here
# it is a policy that allows everything. Real devices have no such condition.
attach_client() {
	echo 'policy client { ingress on net0 { default allow; } }' >"$tmp/client.sp"
	compile "$tmp/client.sp" "$tmp/client.bpf.o"
	"$apply" "$tmp/client.bpf.o" --netns "$net" --bpffs "$bpffs/client" >/dev/null || exit 4
}

# ---- the two ways to run ---------------------------------------------------

live() {
	title "The policy $policy is compiled and put into the kernel"
	compile "$policy" "$tmp/edge-web.bpf.o"
	apply_object "$tmp/edge-web.bpf.o" 2>"$tmp/apply.err"
	case $? in
	0) cat "$tmp/apply.err" >&2 ;;
	3) obstacle=$(head -n 1 "$tmp/apply.err"); return 1 ;;
	*) cat "$tmp/apply.err" >&2; exit 4 ;;
	esac
	network
	servers
	attach_client
	sleep 0.5
	"$ctl" events --follow --netns "$web" --bpffs "$bpffs/packet-sentry" </dev/null >"$tmp/events" 2>"$tmp/events.err" &
	children+=($!)
	[ -z "$record" ] || start_record

	title "A client on the other side tries this and that"
	try_all steps1 first_steps
	[ -z "$record" ] || keep_record

	title "The policy is edited and applied again while the servers run"
	edit
	compile "$tmp/edited/edge-web.sp" "$tmp/edited.bpf.o"
	apply_object "$tmp/edited.bpf.o" || exit 4
	try_all steps2 second_steps

	title "What rules with \`log\` wrote: sentryctl events"
	sleep 0.5
	python3 scripts/demo-table.py events "$tmp/events"

	title "Counters, which the edited policy has taken over: sentryctl rules"
	"$ctl" rules --netns "$web" --bpffs "$bpffs/packet-sentry"
}

start_record() {
	in_net tcpdump -Z root -U -Q out -n -i net0 -w "$tmp/traffic.pcap" 2>/dev/null &
	tcpdump=$!
	children+=("$tcpdump")
	sleep 1
}

keep_record() {
	sleep 0.5
	kill "$tcpdump"
	wait "$tcpdump" 2>/dev/null
	mkdir -p "$record"
	cp "$tmp/traffic.pcap" "$record/"
	python3 scripts/demo-table.py steps "$tmp/steps1" "$tmp/traffic.pcap" >"$record/steps.tsv" || exit 1
	say "recorded in $record"
}

judge() { # POLICY OUTPUT
	"$sentryc" replay "$1" examples/demo/traffic.pcap --engine native --block ingress --per-packet -o json >"$2" ||
		fail "replay does not work"
}

replay() {
	title "The policy $policy judges examples/demo/traffic.pcap in the native engine"
	judge "$policy" "$tmp/before"
	python3 scripts/demo-table.py replay examples/demo/steps.tsv "$tmp/before"

	title "The policy is edited; what changes for the same packets"
	edit
	judge "$tmp/edited/edge-web.sp" "$tmp/after"
	python3 scripts/demo-table.py replay examples/demo/steps.tsv "$tmp/before" "$tmp/after"
}

[ -x "$sentryc" ] || fail "$sentryc is not built: run make"

if [ "$mode" = live ]; then
	if prepare && live; then
		last_words="
Done: the namespaces, the servers and the programs in the kernel are gone again."
		exit 0
	fi
	[ -z "$record" ] || fail "cannot record: $obstacle"
	say "This machine does not run the demo in its kernel: $obstacle."
	say "Instead the same policy judges the same traffic from a capture, compiled for this machine's own processor."
fi
replay
