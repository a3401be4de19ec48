# SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause
# shellcheck shell=bash
# A PostgreSQL of the test's own. To be sourced; with common.sh beside it.
# shellcheck source=tests/sinks/servers/common.sh
. "${BASH_SOURCE[0]%/*}/common.sh"
# shellcheck disable=SC2034 # what is set here is for those who source it
postgres_bin=$(ls -d /usr/lib/postgresql/*/bin 2>/dev/null | sort -V | tail -n 1)
postgres_needs() { [ -x "$postgres_bin/postgres" ] || { echo "PostgreSQL's server is not installed: make deps-sinks"; return 1; }; }

# It refuses to run as root.
postgres_as=()
[ "$(id -u)" != 0 ] || postgres_as=(setpriv --reuid=postgres --regid=postgres --clear-groups)

postgres_query() { # SQL: its rows, tabs between columns
	PGOPTIONS=--client-min-messages=warning psql -X -q -A -t -F $'\t' -v ON_ERROR_STOP=1 -h 127.0.0.1 -p "$postgres_PORT" -U sentry \
		"${postgres_database:-telemetry}" -c "$1"
}

postgres_start() { # DIR; a second time: the same server with the same data
	local dir=$1/postgres

	postgres_dir=$dir
	if [ ! -e "$dir/data" ]; then
		mkdir -p "$dir"
		[ "$(id -u)" != 0 ] || { chown postgres: "$dir" && chmod 711 "$1"; }
		"${postgres_as[@]}" "$postgres_bin/initdb" -D "$dir/data" -U sentry --auth=trust -E UTF8 --locale=C --no-sync >"$dir/initdb.log" 2>&1 ||
			{ cat "$dir/initdb.log"; return 1; }
		postgres_PORT=$(free_port)
		: >"$dir/log" && chmod 666 "$dir/log"
	fi
	"${postgres_as[@]}" "$postgres_bin/postgres" -D "$dir/data" -h 127.0.0.1 -p "$postgres_PORT" -k "$dir" -c fsync=off -c shared_buffers=32MB \
		-c max_connections=20 -c dynamic_shared_memory_type=mmap >>"$dir/log" 2>&1 &
	postgres_PID=$!
	wait_until "PostgreSQL answers" "postgres_database=postgres postgres_query 'SELECT 1'" || { tail "$dir/log"; return 1; }
	[ -e "$dir/created" ] || { postgres_database=postgres postgres_query 'CREATE DATABASE telemetry' && : >"$dir/created"; }
}

postgres_stop() {
	[ -z "${postgres_PID-}" ] || { kill -INT "$postgres_PID" && wait "$postgres_PID"; } 2>/dev/null
	postgres_PID=
}

# The server and the processes that it made: kill -9 of the first alone lets the others go on.
postgres_all() {
	local pid

	for pid in $(pgrep -P "$postgres_PID"); do
		echo "$pid"
	done
	echo "$postgres_PID"
}

postgres_signal() { # SIGNAL
	# shellcheck disable=SC2046 # one word each
	kill "-$1" $(postgres_all) 2>/dev/null
}

# What it would have removed itself: the segment of shared memory by which it knows that it runs.
postgres_kill() {
	local segment

	[ -n "${postgres_PID-}" ] || return 0
	segment=$(awk 'NR == 7 { print $2 }' "$postgres_dir/data/postmaster.pid" 2>/dev/null)
	postgres_signal KILL
	wait "$postgres_PID" 2>/dev/null
	[ -z "$segment" ] || ipcrm -m "$segment" 2>/dev/null
	postgres_PID=
}
