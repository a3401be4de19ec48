# SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause
# shellcheck shell=bash
# A ClickHouse of the test's own. To be sourced; with common.sh beside it.
# shellcheck source=tests/sinks/servers/common.sh
. "${BASH_SOURCE[0]%/*}/common.sh"
clickhouse_needs() { command -v clickhouse-server >/dev/null || { echo "ClickHouse is not installed: make deps-sinks"; return 1; }; }

clickhouse_query() { # SQL
	curl -sS --fail-with-body --max-time 20 --data-binary "$1" "http://127.0.0.1:$clickhouse_PORT/"
}

clickhouse_config() { # DIR
	cat <<-END
		<yandex>
		<logger><level>warning</level><log>$1/server.log</log><errorlog>$1/error.log</errorlog></logger>
		<http_port>$clickhouse_PORT</http_port><tcp_port>$(free_port)</tcp_port><listen_host>127.0.0.1</listen_host>
		<path>$1/data/</path><tmp_path>$1/tmp/</tmp_path><users_config>$1/users.xml</users_config>
		<default_profile>default</default_profile><default_database>default</default_database>
		<mark_cache_size>67108864</mark_cache_size><timezone>Europe/Berlin</timezone>
		</yandex>
	END
}

clickhouse_users() {
	cat <<-END
		<yandex>
		<profiles><default><max_memory_usage>2000000000</max_memory_usage></default><readonly><readonly>1</readonly></readonly></profiles>
		<quotas><default><interval><duration>3600</duration><queries>0</queries><errors>0</errors><result_rows>0</result_rows>
		<read_rows>0</read_rows><execution_time>0</execution_time></interval></default></quotas>
		<users>
		<default><password></password><networks><ip>127.0.0.1</ip></networks><profile>default</profile><quota>default</quota></default>
		<reader><password>look</password><networks><ip>127.0.0.1</ip></networks><profile>readonly</profile><quota>default</quota></reader>
		</users>
		</yandex>
	END
}

clickhouse_start() { # DIR; a second time: the same server with the same data
	local dir=$1/clickhouse

	if [ ! -e "$dir/config.xml" ]; then
		mkdir -p "$dir/data" "$dir/tmp"
		clickhouse_PORT=$(free_port)
		clickhouse_config "$dir" >"$dir/config.xml"
		clickhouse_users >"$dir/users.xml"
	fi
	(cd "$dir" && exec clickhouse-server --config-file="$dir/config.xml") >>"$dir/out" 2>&1 &
	clickhouse_PID=$!
	wait_until "ClickHouse answers" "clickhouse_query 'SELECT 1'" || { tail "$dir/out" "$dir/error.log"; return 1; }
}

clickhouse_stop() {
	[ -z "${clickhouse_PID-}" ] || { kill "$clickhouse_PID" && wait "$clickhouse_PID"; } 2>/dev/null
	clickhouse_PID=
}

clickhouse_kill() {
	[ -z "${clickhouse_PID-}" ] || { kill -KILL "$clickhouse_PID" && wait "$clickhouse_PID"; } 2>/dev/null
	clickhouse_PID=
}
