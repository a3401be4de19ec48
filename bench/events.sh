#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause
# What sentryd costs and takes: records of the kernel at rising rates, into a file; what was lost is counted, and produced is
# written + lost, or this fails. RATES="10000 200000" and SECONDS_EACH=5 change how, QUEUE="{durable: true}" what the sink's queue is.
# Needs root and two processors.
set -u
build=$(realpath "${BUILD:-build}")
here=$(dirname "$(realpath "$0")")
rates=${RATES:-10000 50000 100000 200000 300000 1000000}
seconds=${SECONDS_EACH:-5}
queue=${QUEUE:-"{}"}
if [ "$(id -u)" != 0 ]; then
	echo "records are measured as root only"
	exit 0
fi
tmp=$(mktemp -d /tmp/psbench-XXXXXX)
ns=psbench-$$
daemon=
export PACKET_SENTRY_STATE_DIR=$tmp/state
cleanup() {
	[ -z "$daemon" ] || kill -9 "$daemon" 2>/dev/null
	ip netns del "$ns" 2>/dev/null
	umount "$tmp/bpf" 2>/dev/null
	rm -rf "$tmp"
}
trap cleanup EXIT
trap 'exit 130' INT TERM
ip netns add "$ns" && ip -n "$ns" link set lo up && ip -n "$ns" link add psv0 type veth peer name psv1 &&
	ip -n "$ns" link set psv0 up && ip -n "$ns" link set psv1 up || exit 1
mkdir "$tmp/bpf"
mount -t bpf bpf "$tmp/bpf" || exit 1
cat >"$tmp/sentryd.yaml" <<END
bpffs: $tmp/bpf/ps
state-directory: $tmp/daemon
run-directory: $tmp/run
http: {listen: "127.0.0.1:9477"}
sinks:
  - {type: file, path: $tmp/events.jsonl, rotate: {size: 100GB}, queue: $queue}
END

metrics() {
	curl -s http://127.0.0.1:9477/metrics
}
value() { # NAME: the sum of its samples
	awk -v name="$1" 'index($1, name) == 1 && $1 !~ /^#/ { sum += $2 } END { printf "%d", sum }' "$tmp/metrics"
}
ticks() {
	awk '{ print $14 + $15 }' "/proc/$daemon/stat"
}

measure() { # RATE
	local begin produced took read lost written dropped waiting rss cpu program

	rm -rf "$tmp/daemon" "$tmp/run" "$tmp"/events.jsonl*
	"$build/sentry-apply" --bpffs "$tmp/bpf/ps" --netns "$ns" --atomic "$tmp/policy.bpf.o" >/dev/null || exit 1
	program=$(ls -d "$tmp"/bpf/ps/net-*/gen-*/0/prog-ingress_up)
	"$build/sentryd" --netns "$ns" --config "$tmp/sentryd.yaml" &
	daemon=$!
	for _ in $(seq 50); do
		metrics >"$tmp/metrics" && grep -q '^packet_sentry_policy_in_force 1' "$tmp/metrics" && break
		sleep 0.1
	done
	begin=$(ticks)
	# On the last processor; the others are sentryd's.
	read -r produced took < <(taskset -c $(($(nproc) - 1)) "$build/bench/produce" "$program" "$1" "$seconds")
	cpu=$(ticks)
	for _ in $(seq 600); do
		metrics >"$tmp/metrics"
		waiting=$(value packet_sentry_sink_queue_items)
		[ $(($(value packet_sentry_events_read_total) + $(value packet_sentry_events_lost_total))) = "$produced" ] &&
			[ "$waiting" = 0 ] && break
		sleep 0.1
	done
	read=$(value packet_sentry_events_read_total)
	lost=$(value packet_sentry_events_lost_total)
	dropped=$(value 'packet_sentry_sink_items_total{sink="file",type="file",result="dropped"}')
	rss=$(value process_resident_memory_bytes)
	kill "$daemon"
	wait "$daemon"
	daemon=
	written=$(grep -c '"kind":"sample"' "$tmp/events.jsonl")
	"$build/sentry-apply" --bpffs "$tmp/bpf/ps" --netns "$ns" --remove >/dev/null
	# Of what the sink dropped, a few items told of losses, and are no records.
	awk -v produced="$produced" -v took="$took" -v lost="$lost" -v dropped="$dropped" -v written="$written" \
		-v cpu=$((cpu - begin)) -v hz="$(getconf CLK_TCK)" -v rss="$rss" 'BEGIN {
		printf "| %.0f | %d | %d | %d | %d | %.1f %% | %.0f MB |\n", produced / took, produced, written, lost, dropped,
			100 * cpu / hz / took, rss / 1e6 }'
	if [ $((read + lost)) != "$produced" ] || [ $((written + lost)) -gt "$produced" ] ||
		[ $((written + lost + dropped)) -lt "$produced" ]; then
		echo "produced $produced, but read $read, lost $lost, written $written, dropped $dropped" >&2
		exit 1
	fi
}

"$build/sentryc" compile "$here/events/policy.sp" -o "$tmp/policy.bpf.o" || exit 1
echo "| records a second | produced | written | lost in the kernel | dropped by the sink | processor, one core | memory |"
echo "|---:|---:|---:|---:|---:|---:|---:|"
for rate in $rates; do
	measure "$rate"
done
