# SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause
# shellcheck shell=bash
# An InfluxDB of the test's own. To be sourced; with common.sh beside it.
# shellcheck source=tests/sinks/servers/common.sh
. "${BASH_SOURCE[0]%/*}/common.sh"
influx_needs() { command -v influxd >/dev/null || { echo "InfluxDB is not installed: make deps-sinks"; return 1; }; }

influx_query() { # INFLUXQL: the rows of all series, tags first, tabs between columns
	curl -sS --max-time 20 -G "http://127.0.0.1:$influx_PORT/query" --data-urlencode "db=${influx_database:-packet_sentry}" \
		--data-urlencode "q=$1" ${influx_user:+-u "$influx_user"} | python3 -c '
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
		bind-address = "127.0.0.1:$influx_PORT"
		log-enabled = false
		auth-enabled = ${influx_auth:-false}
		[subscriber]
		enabled = false
	END
}

influx_start() { # DIR; a second time: the same server with the same data
	local dir=$1/influx

	if [ ! -e "$dir/config.toml" ]; then
		mkdir -p "$dir"
		influx_PORT=$(free_port)
		influx_config "$dir" >"$dir/config.toml"
	fi
	influxd run -config "$dir/config.toml" >>"$dir/log" 2>&1 &
	influx_PID=$!
	wait_until "InfluxDB answers" "curl -sf http://127.0.0.1:$influx_PORT/ping" || { tail "$dir/log"; return 1; }
}

influx_stop() {
	[ -z "${influx_PID-}" ] || { kill "$influx_PID" && wait "$influx_PID"; } 2>/dev/null
	influx_PID=
}

influx_kill() {
	[ -z "${influx_PID-}" ] || { kill -KILL "$influx_PID" && wait "$influx_PID"; } 2>/dev/null
	influx_PID=
}
