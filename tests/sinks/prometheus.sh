#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause
# /metrics, held against promtool, the reference parser of OpenMetrics and a Prometheus that scrapes it; and what clients that
# stall can do to the server.
set -u
build=$(realpath "${BUILD:-build}")
cd "$(dirname "$0")" || exit 1
for tool in prometheus promtool curl; do
	command -v $tool >/dev/null || { echo "$tool is missing: make deps-sinks"; exit 77; }
done
/usr/bin/python3 -c 'import prometheus_client' 2>/dev/null || { echo "python3-prometheus-client is missing: make deps-sinks"; exit 77; }
# shellcheck source=tests/sinks/servers/prometheus.sh
. servers/prometheus.sh
dir=$(mktemp -d) failed=0 stalled=
trap 'server_stop; prometheus_stop; [ -z "$stalled" ] || kill $stalled; rm -rf "$dir"' EXIT

bad() { echo "not ok: $*"; failed=1; }

server_start() { # [ARGUMENT…]
	coproc SERVER { exec "$build/tests/sinks/metrics-server" "$@" 2>"$dir/server.log"; }
	# shellcheck disable=SC2153
	server_pid=$SERVER_PID
	read -r port <&"${SERVER[0]}" || { cat "$dir/server.log"; exit 1; }
	url=http://127.0.0.1:$port
}

server_stop() {
	[ -z "${server_pid:-}" ] || { kill "$server_pid"; wait "$server_pid"; } 2>/dev/null
	server_pid=
}

tell() { # COMMAND: the first line of the answer
	echo "$1" >&"${SERVER[1]}"
	read -r _ <&"${SERVER[0]}"
}

status() { # CURL-ARGUMENT…: the status
	curl -s -m 5 -o /dev/null -w '%{http_code}' "$@"
}

openmetrics() {
	curl -fs -H 'Accept: application/openmetrics-text; version=1.0.0' "$url/metrics"
}

# What the reference parser makes of it: names of families, or its complaint.
reference() {
	/usr/bin/python3 -c 'import sys
from prometheus_client.openmetrics.parser import text_string_to_metric_families as parse
names = [family.name for family in parse(sys.stdin.read())]
assert len(names) == len(set(names)) and len(names) > 30, names
print(len(names))'
}

server_start 127.0.0.1:0 1500
for state in gone idle; do
	tell $state
	curl -fs "$url/metrics" >"$dir/text"
	promtool check metrics <"$dir/text" >"$dir/promtool" 2>&1 && [ ! -s "$dir/promtool" ] || bad "promtool, $state: $(cat "$dir/promtool")"
	families=$(openmetrics | reference 2>"$dir/reference") || bad "OpenMetrics, $state: $(cat "$dir/reference")"
	[ "$(grep -c '^# TYPE' "$dir/text")" = "$families" ] || bad "the formats differ in families"
done
grep -qE '[^0-9]([0-9]{1,3}\.){3}[0-9]{1,3}' "$dir/text" && bad "an address is in a label"

# Pages, and what is none.
[ "$(status "$url/healthz")" = 200 ] || bad "/healthz"
[ "$(status "$url/readyz")" = 503 ] || bad "/readyz without a policy"
tell failing
[ "$(status "$url/readyz")" = 503 ] || bad "/readyz with failing sinks"
tell gone
[ "$(status "$url/readyz")" = 200 ] || bad "/readyz"
[ "$(status "$url/")" = 404 ] || bad "404"
[ "$(status -X POST -d x "$url/metrics")" = 405 ] || bad "405"
[ "$(status -I "$url/metrics")" = 200 ] || bad "HEAD"
[ "$(status "$url/metrics?x=y")" = 200 ] || bad "a query"
[ "$(status -H "X: $(head -c 20000 /dev/zero | tr '\0' x)" "$url/metrics")" = 431 ] || bad "20 kB of headers"
[ "$(curl -s -o /dev/null -o /dev/null -w '%{num_connects} ' "$url/healthz" "$url/metrics")" = "1 0 " ] || bad "the connection is not kept"

# 60 clients that say nothing, and 8 that say a byte now and then: a scrape comes through as soon as their time is up.
python3 - "$port" 2>"$dir/stalled" <<-'EOF' &
	import socket, sys, time
	clients = [socket.create_connection(("127.0.0.1", int(sys.argv[1]))) for _ in range(68)]
	for i in range(400):
	    for client in clients[:8]:
	        try:
	            client.send(b"GET /metrics HTTP/1.1\r\nHost: x\r\nX: "[i:i + 1] or b"y")
	        except OSError:
	            pass
	    time.sleep(0.1)
EOF
stalled=$!
sleep 0.5
begin=${EPOCHREALTIME/./}
# Sixteen of them hold what one address may hold; until they are cut off, others of theirs are turned away.
for _ in {1..50}; do
	code=$(status "$url/metrics")
	[ "$code" = 200 ] && break
	sleep 0.1
done
held=$(((${EPOCHREALTIME/./} - begin) / 1000))
[ "$code" = 200 ] || bad "68 clients that stall keep a scrape out: $code after $held ms"
kill $stalled
wait $stalled 2>/dev/null
stalled=

# A real one. What it has read when counts stand still is what there is.
prometheus_start "$dir/prometheus" "127.0.0.1:$port" || exit 1
sleep 3
prometheus_kill
prometheus_start "$dir/prometheus" "127.0.0.1:$port" || exit 1
kill -STOP "$server_pid"
sleep 2.5
down=$(prometheus_query up)
kill -CONT "$server_pid"
tell stop
sleep 2.5
[[ $down == *'"value": "0"'* ]] || bad "a server that is stopped is up: $down"
[[ $(prometheus_query up) == *'"value": "1"'* ]] || bad "up: $(prometheus_query up)"
echo totals >&"${SERVER[1]}"
for kind in rule traffic tcp_flags; do
	# shellcheck disable=SC2034 # ${!unit}
	read -r packets bytes <&"${SERVER[0]}"
	for unit in packets bytes; do
		[ $kind = tcp_flags ] && [ $unit = bytes ] && continue
		sum=$(prometheus_query "sum(packet_sentry_${kind}_${unit}_total)")
		[ "$sum" = "{\"metric\": {}, \"value\": \"${!unit}\"}" ] || bad "$kind: $sum, not ${!unit} $unit"
	done
done
samples=$(openmetrics | grep -vc '^#')
[[ $(prometheus_query scrape_samples_scraped) == *"\"$samples\""* ]] || bad "scraped: $(prometheus_query scrape_samples_scraped), not $samples"
[[ $(prometheus_query 'packet_sentry_rule_packets_total{rule="again"}') == *'odd \"name\"\\ \n\u00e9 \ufffd"'* ]] ||
	bad "a name that is escaped: $(prometheus_query 'packet_sentry_rule_packets_total{rule="again"}')"
grep -E 'level=(warn|error)' "$dir/prometheus/log" && bad "Prometheus has said something"
prometheus_stop
server_stop

# Many rules: a thousand have series, the others one.
server_start 127.0.0.1:0 5000 100000
tell stop
took=$(curl -fs -o "$dir/many" -w '%{time_total}' "$url/metrics")
echo totals >&"${SERVER[1]}"
read -r packets _ <&"${SERVER[0]}"
[ "$(grep -c '^packet_sentry_rule_packets_total' "$dir/many")" -le 1002 ] || bad "series of rules are not bounded"
[ "$(awk '/^packet_sentry_rule_packets_total/ { n += $NF } END { printf "%d", n }' "$dir/many")" = "$packets" ] || bad "what has no series is lost"
grep -q '^packet_sentry_rules_without_series 99002$' "$dir/many" || bad "$(grep without_series "$dir/many")"
server_stop
server_start '[::1]:0'
[ "$(status "http://[::1]:$port/healthz")" = 200 ] || bad "IPv6"
"$build/tests/sinks/metrics-server" "[::1]:$port" </dev/null >"$dir/second" 2>&1
[ $? = 3 ] && grep -q "cannot listen on \[::1\]:$port: Address already in use" "$dir/second" || bad "a port in use: $(cat "$dir/second")"

[ $failed = 0 ] && echo "# prometheus: $families families, $samples samples, sums equal after kill and stop; 68 stalled clients held a scrape for $held ms; 100,000 rules in $took s"
exit $failed
