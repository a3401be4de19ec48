#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause
# sentryd with all its sinks at once, for long: records of the kernel at RATE (10000) a second for SECONDS_ALL (600), counters and
# flows besides. Real servers where `make deps-sinks` installs some; what OpenTelemetry and Loki get is received and thrown away.
# Prints memory once a minute, and at the end what became of every item; fails if one is missing. SENTRYD=… runs another
# build, or "valgrind … sentryd".
set -u
build=$(realpath "${BUILD:-build}")
here=$(dirname "$(realpath "$0")")
rate=${RATE:-10000}
seconds=${SECONDS_ALL:-600}
servers=$here/../tests/sinks/servers
if [ "$(id -u)" != 0 ]; then
	echo "records are measured as root only"
	exit 0
fi
tmp=$(mktemp -d /tmp/psbench-XXXXXX)
chmod 711 "$tmp"
ns=psbench-$$
daemon=
others=()
export PACKET_SENTRY_STATE_DIR=$tmp/state
for server in postgres clickhouse influx; do
	# shellcheck source=/dev/null
	. "$servers/$server.sh"
done
cleanup() {
	[ -z "$daemon" ] || kill -9 "$daemon" 2>/dev/null
	[ "${#others[@]}" = 0 ] || kill "${others[@]}" 2>/dev/null
	postgres_stop
	clickhouse_stop
	influx_stop
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
postgres_start "$tmp" && clickhouse_start "$tmp" && influx_start "$tmp" || exit 1
sink=$(free_port)
python3 - "$sink" <<'END' &
import http.server, sys
class Sink(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    def do_POST(self):
        self.rfile.read(int(self.headers["Content-Length"]))
        self.send_response(200)
        self.send_header("Content-Length", "2")
        self.end_headers()
        self.wfile.write(b"{}")
    def log_message(self, *arguments):
        pass
http.server.ThreadingHTTPServer(("127.0.0.1", int(sys.argv[1])), Sink).serve_forever()
END
others+=($!)
mkdir "$tmp/nfcapd"
nfcapd -b 127.0.0.1 -p "$((sink + 1))" -w "$tmp/nfcapd" -t 3600 -B 8000000 >/dev/null 2>&1 &
others+=($!)
http=$(free_port)
# shellcheck disable=SC2154 # ports are set by those who start the servers
cat >"$tmp/sentryd.yaml" <<END
bpffs: $tmp/bpf/ps
state-directory: $tmp/daemon
run-directory: $tmp/run
http: {listen: "127.0.0.1:$http"}
flows: {active-timeout: 10s, idle-timeout: 5s}
alerts: {anomalies: {warm-up: 60s}}
sinks:
  - {type: file, path: $tmp/events.jsonl, rotate: {size: 50MB, keep: 2}}
  - {type: socket, path: $tmp/events.sock}
  - {type: sqlite, path: $tmp/history.db}
  - {type: postgres, connection: "host=127.0.0.1 port=$postgres_PORT user=sentry dbname=telemetry"}
  - {type: clickhouse, url: "http://127.0.0.1:$clickhouse_PORT"}
  - {type: influx, url: "http://127.0.0.1:$influx_PORT"}
  - {type: otlp, url: "http://127.0.0.1:$sink"}
  - {type: loki, url: "http://127.0.0.1:$sink"}
  - {type: ipfix, host: 127.0.0.1, port: $((sink + 1))}
END
metrics() {
	curl -s "http://127.0.0.1:$http/metrics" >"$tmp/metrics"
}
value() { # NAME: the sum of its samples
	awk -v name="$1" 'index($1, name) == 1 && $1 !~ /^#/ { sum += $2 } END { printf "%d", sum }' "$tmp/metrics"
}

"$build/sentryc" compile --account traffic,flows "$here/events/policy.sp" -o "$tmp/policy.bpf.o" &&
	"$build/sentry-apply" --bpffs "$tmp/bpf/ps" --netns "$ns" --atomic "$tmp/policy.bpf.o" >/dev/null || exit 1
program=$(ls -d "$tmp"/bpf/ps/net-*/gen-*/0/prog-ingress_up)
# shellcheck disable=SC2086 # a command and its arguments
${SENTRYD:-$build/sentryd} --config "$tmp/sentryd.yaml" --netns "$ns" &
daemon=$!
wait_until "sentryd reads the policy" "metrics && grep -q '^packet_sentry_policy_in_force 1' '$tmp/metrics'" 60 || exit 1
"$build/bench/produce" "$program" "$rate" "$seconds" >"$tmp/produced" &
producer=$!
begin=$SECONDS
echo "| minute | memory | read | lost |"
echo "|---:|---:|---:|---:|"
while kill -0 $producer 2>/dev/null; do
	sleep 10
	[ $(((SECONDS - begin) % 60)) -lt 10 ] || continue
	metrics
	printf '| %d | %.1f MB | %d | %d |\n' $(((SECONDS - begin) / 60)) "$(value process_resident_memory_bytes)e-6" \
		"$(value packet_sentry_events_read_total)" "$(value packet_sentry_events_lost_total)"
done
wait_until "the sinks are done" "metrics && [ \$(value packet_sentry_sink_queue_items) = 0 ]" 60
read -r produced _ <"$tmp/produced"
sleep 2
metrics
echo "produced $produced, read $(value packet_sentry_events_read_total), lost $(value packet_sentry_events_lost_total)"
grep -E '^packet_sentry_sink_items_total' "$tmp/metrics"
cpu=$(value process_cpu_seconds_total)
echo "processor: $cpu s in $((SECONDS - begin)) s"
kill $daemon
wait $daemon
code=$?
daemon=
rows=$(postgres_query "SELECT count(*) FROM packet_sentry.events")
echo "PostgreSQL has $rows events, ClickHouse $(clickhouse_query 'SELECT count() FROM packet_sentry.events')"
[ "$code" = 0 ] && [ "$rows" = "$produced" ] &&
	[ "$(value packet_sentry_events_read_total)" = "$produced" ] && [ "$(value packet_sentry_events_lost_total)" = 0 ] &&
	! grep -E '^packet_sentry_sink_items_total.*result="(dropped|refused)"' "$tmp/metrics" | grep -qv ' 0$'
