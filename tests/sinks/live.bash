# SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause
# shellcheck shell=bash
# For tests of sentryd at work: a network namespace of the test's own in which policy, sentryd, servers and traffic are, a veth
# pair in it, and what sentryd says of itself. To be sourced first. The namespace goes with the last process in it.
# shellcheck disable=SC2034,SC2154 # names go from and to the scripts that source it
set -u
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
build=$(realpath "${BUILD:-$here/../../build}")
servers=$here/servers

[ "$(id -u)" = 0 ] || { echo "needs root"; exit 77; }
unshare --net true 2>/dev/null || { echo "no network namespaces here"; exit 77; }
[ -n "${SENTRY_LIVE-}" ] || exec unshare --net env SENTRY_LIVE=1 BUILD="$build" "$0" "$@"

for server in postgres clickhouse influx; do
	# shellcheck source=/dev/null
	. "$servers/$server.sh"
	"${server}_needs" || exit 77
done
for tool in nfcapd nfdump; do
	command -v $tool >/dev/null || { echo "$tool is missing: make deps-sinks"; exit 77; }
done
# shellcheck source=/dev/null
. "$servers/nfcapd.sh"
# shellcheck source=/dev/null
. "$servers/common.sh"

tmp=$(mktemp -d /tmp/live-XXXXXX)
# Servers make many files, which are in nobody's way there, and are gone at once.
mount -t tmpfs -o size=3g,mode=755 tmpfs "$tmp" || exit 1
bpffs=$tmp/bpf
sentryd=
http=http://127.0.0.1:9477 # the namespace is ours
mounts=("$bpffs")
background=()
failed=0

ended() {
	local pid mount

	for pid in ${sentryd:+"$sentryd"} "${background[@]}" ${nfcapd_PID:+"$nfcapd_PID"}; do
		kill -KILL "$pid"
		wait "$pid"
	done 2>/dev/null
	# shellcheck disable=SC2046 # one word each
	[ -z "${postgres_PID-}" ] || kill -CONT $(postgres_all) 2>/dev/null
	postgres_kill
	clickhouse_kill
	influx_kill
	for mount in "${mounts[@]}" "$tmp"; do
		umount -l "$mount" 2>/dev/null
	done
	rmdir "$tmp"
}
trap '[ -z "${KEEP-}" ] || cp -r "$tmp"/sentryd* "$tmp"/samples "$tmp"/now "$KEEP" 2>/dev/null; ended' EXIT
trap 'exit 130' INT TERM

not_ok() { echo "not ok: $*"; failed=1; }
same() { # WHAT WANTED GOT
	[ "$2" = "$3" ] || not_ok "$1: wanted '$2', got '$3'"
}
now_ms() { echo $((${EPOCHREALTIME/./} / 1000)); }

# Nothing is sent here but by the test: no ARP, no neighbour discovery, no reports of multicast.
ip link set lo up
ip link add live0 type veth peer name live1
for end in live0 live1; do
	echo 1 >/proc/sys/net/ipv6/conf/$end/disable_ipv6
	ip link set $end arp off up
done
mkdir "$bpffs"
mount -t bpf bpf "$bpffs" || { echo "no bpf file system here"; exit 77; }

# apply NAME: compiles $tmp/NAME.sp and puts it in force.
apply() {
	"$build/sentryc" compile "$tmp/$1.sp" -o "$tmp/$1.o" >"$tmp/compiled" 2>&1 || { cat "$tmp/compiled"; exit 1; }
	"$build/sentry-apply" --bpffs "$bpffs/ps" --state-dir "$tmp/applied" --atomic "$tmp/$1.o" >"$tmp/said" 2>&1 ||
		{ cat "$tmp/said"; exit 1; }
}
ctl() { "$build/sentryctl" "$@" --bpffs "$bpffs/ps"; }
frames() { /usr/bin/python3 -B "$here/../kernel/account.py" "$@"; }

# sentryd_start CONFIG: until it is ready.
sentryd_start() {
	"$build/sentryd" --config "$1" >>"$tmp/sentryd.log" 2>&1 &
	sentryd=$!
	wait_until "sentryd is ready" "curl -fs $http/readyz" || { cat "$tmp/sentryd.log"; exit 1; }
}
sentryd_stop() {
	local code

	kill "$sentryd"
	wait "$sentryd"
	code=$?
	[ $code = 0 ] || not_ok "sentryd ended with $code"
	sentryd=
}
sentryd_kill() {
	kill -KILL "$sentryd"
	wait "$sentryd" 2>/dev/null
	sentryd=
}
metrics() { curl -fsS --max-time 5 "$http/metrics"; }
# metric NAME: of one without labels.
metric() { metrics | awk -v name="$1" '$1 == name { print $2 }'; }
