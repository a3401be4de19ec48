# SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause
# shellcheck shell=bash
# An InfluxDB of the test's own. To be sourced; needs "$servers"/common.sh.
influx_needs() { command -v influxd >/dev/null || { echo "InfluxDB is not installed: scripts/deps.sh sinks"; return 1; }; }

influx_query() { # INFLUXQL: the rows of all series, tags first, tabs between columns
	curl -sS --max-time 20 -G "http://127.0.0.1:$INFLUX_PORT/query" --data-urlencode "db=${INFLUX_DATABASE:-packet_sentry}" \
		--data-urlencode "q=$1" ${INFLUX_USER:+-u "$INFLUX_USER"} | python3 -c '
import json, sys
for result in json.load(sys.stdin)["results"]:
    if "error" in result:
        sys.exit(result["error"])
    for series in result.get("series", []):
        for row in series.get("values", []):
            print(*[str(value) for value in list(series.get("tags", {}).values()) + row[("time" in series["columns"]):]], sep="\t")'
}

influx_config() { # DIR
	cat <<-END
		reporting-disabled = true
		bind-address = "127.0.0.1:$(free_port)"
		[meta]
		dir = "$1/meta"
		logging-enabled = false
		[data]
		dir = "$1/data"
		wal-dir = "$1/wal"
		wal-fsync-delay = "100ms"
		query-log-enabled = false
		[monitor]
		store-enabled = false
		[http]
		bind-address = "127.0.0.1:$INFLUX_PORT"
		log-enabled = false
		auth-enabled = ${INFLUX_AUTH:-false}
		[subscriber]
		enabled = false
	END
}

influx_start() { # DIR; a second time: the same server with the same data
	local dir=$1/influx

	if [ ! -e "$dir/config.toml" ]; then
		mkdir -p "$dir"
		INFLUX_PORT=$(free_port)
		influx_config "$dir" >"$dir/config.toml"
	fi
	influxd run -config "$dir/config.toml" >>"$dir/log" 2>&1 &
	INFLUX_PID=$!
	wait_until "InfluxDB answers" "curl -sf http://127.0.0.1:$INFLUX_PORT/ping" || { tail "$dir/log"; return 1; }
}

influx_stop() {
	[ -z "${INFLUX_PID-}" ] || { kill "$INFLUX_PID" && wait "$INFLUX_PID"; } 2>/dev/null
	INFLUX_PID=
}

influx_kill() {
	[ -z "${INFLUX_PID-}" ] || { kill -KILL "$INFLUX_PID" && wait "$INFLUX_PID"; } 2>/dev/null
	INFLUX_PID=
}
