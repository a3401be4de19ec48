#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause
# Dashboards of Grafana and rules of Prometheus, with a Prometheus that has scraped a made-up sentryd: every query of every
# panel has an answer, and every metric is on a dashboard.
set -u
build=$(realpath "${BUILD:-build}")
cd "$(dirname "$0")" || exit 1
for tool in prometheus promtool curl; do
	command -v $tool >/dev/null || { echo "$tool is missing: make deps-sinks"; exit 77; }
done
/usr/bin/python3 -c 'import jsonschema' 2>/dev/null || { echo "python3-jsonschema is missing: make deps-sinks"; exit 77; }
# shellcheck source=tests/sinks/servers/prometheus.sh
. servers/prometheus.sh
deploy=$PWD/../../deploy
schema=${CORPUS:-}/08-telemetry/grafana/dashboard.jsonschema.json
dir=$(mktemp -d) failed=0
trap 'kill "$server_pid" 2>/dev/null; prometheus_stop; rm -rf "$dir"' EXIT

bad() { echo "not ok: $*"; failed=1; }

mkdir "$dir/built" "$dir/rules"
"$deploy/grafana/build.py" "$dir/built" && diff -r -x '*.py' "$dir/built" "$deploy/grafana" || bad "deploy/grafana/build.py makes other dashboards"
cp "$deploy/prometheus/packet-sentry.rules.yml" rules.test.yml "$dir/rules/"
promtool check rules --lint=all --lint-fatal "$dir/rules/packet-sentry.rules.yml" >"$dir/check" 2>&1 || bad "$(cat "$dir/check")"
(cd "$dir/rules" && promtool test rules rules.test.yml) >"$dir/test" 2>&1 || bad "$(cat "$dir/test")"
alerts=$(grep -c 'alert:' "$dir/rules/packet-sentry.rules.yml")
for alert in $(sed -n 's/.*- alert: //p' "$dir/rules/packet-sentry.rules.yml"); do
	grep -q "$alert" rules.test.yml || bad "no test of the alert $alert"
done

coproc SERVER { exec "$build/tests/sinks/metrics-server"; }
# shellcheck disable=SC2153
server_pid=$SERVER_PID
read -r port <&"${SERVER[0]}" || exit 1
prometheus_start "$dir/prometheus" "127.0.0.1:$port" "$dir/rules/packet-sentry.rules.yml" || exit 1
sleep 12
curl -fs "127.0.0.1:$port/metrics" >"$dir/metrics"
/usr/bin/python3 -B dashboards.py "$deploy/grafana" "$prometheus_PORT" "$dir/metrics" "${CORPUS:+$schema}" >"$dir/dashboards" 2>&1 ||
	bad "$(cat "$dir/dashboards")"
# The rules at work: the made-up host loses records, and says so.
[ -n "$(prometheus_query 'packet_sentry:denied:ratio_rate5m')" ] || bad "no recorded series"
[ -n "$(prometheus_query 'ALERTS{alertname="PacketSentrySinkLoses"}')" ] || bad "no alert"
grep -E 'level=(warn|error)' "$dir/prometheus/log" && bad "Prometheus has said something"
[ $failed = 0 ] || exit 1
echo "# dashboards: $(tail -n 1 "$dir/dashboards"); $alerts alerts tested$([ -n "${CORPUS:-}" ] || echo "; not held against Grafana's schema: no CORPUS")"
