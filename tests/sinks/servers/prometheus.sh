# shellcheck shell=bash
# SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause
# A Prometheus on 127.0.0.1. To be sourced. prometheus_start DIR TARGET [RULES-FILE] sets prometheus_PORT and prometheus_PID;
# TARGET (HOST:PORT) is scraped each second, for the first time before it returns: Prometheus takes five seconds to begin.
# prometheus_query EXPRESSION prints the answer as JSON lines {"metric", "value"}.

prometheus_start() {
	local dir=$1 target=$2 rules=${3:-}

	mkdir -p "$dir"
	prometheus_PORT=$(python3 -c 'import socket; s = socket.socket(); s.bind(("127.0.0.1", 0)); print(s.getsockname()[1])')
	cat >"$dir/prometheus.yml" <<-EOF
		global: {scrape_interval: 1s, scrape_timeout: 900ms, evaluation_interval: 1s}
		${rules:+rule_files: [$rules]}
		scrape_configs:
		  - job_name: packet-sentry
		    static_configs: [{targets: ["$target"]}]
	EOF
	prometheus --config.file="$dir/prometheus.yml" --storage.tsdb.path="$dir/data" --log.level=warn \
		--web.listen-address="127.0.0.1:$prometheus_PORT" >"$dir/log" 2>&1 &
	prometheus_PID=$!
	for _ in {1..200}; do
		curl -fs "127.0.0.1:$prometheus_PORT/api/v1/targets" | grep -q '"lastScrape":"2' && return
		kill -0 "$prometheus_PID" 2>/dev/null || break
		sleep 0.1
	done
	cat "$dir/log"
	return 1
}

prometheus_stop() {
	[ -z "${prometheus_PID:-}" ] || { kill "$prometheus_PID"; wait "$prometheus_PID"; } 2>/dev/null
	prometheus_PID=
}

prometheus_kill() {
	kill -9 "$prometheus_PID"
	wait "$prometheus_PID" 2>/dev/null
	prometheus_PID=
}

prometheus_query() {
	curl -fsG "127.0.0.1:$prometheus_PORT/api/v1/query" --data-urlencode "query=$1" |
		python3 -c 'import json, sys
for one in json.load(sys.stdin)["data"]["result"]:
    print(json.dumps({"metric": one["metric"], "value": one["value"][1]}, sort_keys=True))'
}
