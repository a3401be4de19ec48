#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause
# Items into a real ClickHouse: equal numbers, each item once for those who ask with FINAL, refusals by table, retention.
. "$(dirname "$0")/stores.bash"
# shellcheck source=tests/sinks/servers/clickhouse.sh
. "$servers/clickhouse.sh"
clickhouse_needs || exit 77
stop_all=(clickhouse_kill)
tables="alerts events flags flows lost rules traffic"
url() { echo "url: \"http://127.0.0.1:$1\""; }
row_counts() { # [HOST]
	local table

	for table in $tables; do
		echo "$table $(clickhouse_query "SELECT count() FROM packet_sentry.$table FINAL WHERE host = '${1:-one}'")"
	done
}
# sums TABLE KEY PACKETS, as `expected` prints them.
sums() {
	clickhouse_query "SELECT $2 AS name, count(), sum($3), sum(bytes) FROM packet_sentry.$1 FINAL WHERE host = 'one' GROUP BY name
		FORMAT TabSeparatedRaw" | LC_ALL=C sort
}

# Not there at the start, then started. All numbers are those that were handed over.
clickhouse_start "$tmp" || exit 1
clickhouse_kill
config "$tmp/plain.yaml" "type: clickhouse" "$(url "$clickhouse_PORT")" "host: one" "compress: true"
drive_begin "$tmp/plain.yaml" --items 40000 --wait 25
sleep 1
clickhouse_start "$tmp" || exit 1
drive_end
same "written" 40000 "$(stat written)"
[ "$(stat retries)" -gt 0 ] || not_ok "the server was there from the start"
same "rows of each table" "$(expected_items 40000)" "$(row_counts)"
same "events by rule" "$(expected event rules 40000)" "$(sums events rule 1)"
same "events by protocol" "$(expected event protocols 40000)" "$(sums events protocol 1)"
same "flows by rule" "$(expected flow rules 40000)" "$(sums flows rule packets)"
same "flows by protocol" "$(expected flow protocols 40000)" "$(sums flows protocol packets)"
same "rules" "$(expected rule rules 40000)" "$(sums rules rule packets)"
same "traffic by protocol" "$(expected traffic protocols 40000)" "$(sums traffic protocol packets)"
same "a time is UTC, whatever the server's zone" "2026-01-30 10:00:00 1769767200000000000 20260130" \
	"$(clickhouse_query "SELECT min(time), min(time_ns), min(toYYYYMMDD(time)) FROM packet_sentry.events" | tr '\t' ' ')"
same "a frame is its bytes" 1 "$(clickhouse_query "SELECT min(frame = substring('$(printf '%02x' {0..127})', 1, length(frame)))
	FROM packet_sentry.events")"
same "no port is not port 0" 0 "$(clickhouse_query "SELECT count() FROM packet_sentry.events WHERE protocol = 'GRE' AND source_port IS NOT NULL")"

documented ClickHouse clickhouse_query

# The answers to three INSERTs are lost: they come again.
port=$(free_port)
proxy_start "$port" "$clickhouse_PORT" INSERT 3
config "$tmp/cut.yaml" "type: clickhouse" "$(url "$port")" "host: cut"
drive "$tmp/cut.yaml" --items 10000 --seed 2
proxy_stop
same "answers taken away" 3 "$(wc -l <"$tmp/cuts")"
# libcurl itself repeats a request whose connection was kept from the one before and then ended: no retry of ours.
same "written though they were" 10000 "$(stat written)"
[ "$(stat retries)" -gt 0 ] || not_ok "no retry"
same "each item once" "$(expected_items 10000)" "$(row_counts cut)"

# Killed in the middle, started again, then stopped for a while.
config "$tmp/killed.yaml" "type: clickhouse" "url: \"http://127.0.0.1:$clickhouse_PORT/\"" "host: killed" "timeout: 2s"
drive_begin "$tmp/killed.yaml" --items 80000 --rate 20000 --seed 3 --wait 25
sleep 1.5
clickhouse_kill
sleep 0.5
clickhouse_start "$tmp" || exit 1
sleep 1
kill -STOP "$clickhouse_PID"
sleep 3
kill -CONT "$clickhouse_PID"
drive_end
same "written over a kill and a stop" "80000 0 0" "$(stat written) $(stat dropped) $(stat refused)"
[ "$(stat retries)" -gt 1 ] || not_ok "nothing was in the way"
same "each item once after them" "$(expected_items 80000)" "$(row_counts killed)"

# A table that takes nothing loses its own rows alone; when it is back, it goes on.
clickhouse_query "RENAME TABLE packet_sentry.flows TO packet_sentry.hidden"
config "$tmp/fixed.yaml" "type: clickhouse" "$(url "$clickhouse_PORT")" "host: fixed" "create-tables: false"
drive_begin "$tmp/fixed.yaml" --items 40000 --rate 10000 --seed 4
sleep 2
clickhouse_query "RENAME TABLE packet_sentry.hidden TO packet_sentry.flows"
drive_end
contains "why it was refused" "Code: 60" "$tmp/messages"
written=$(clickhouse_query "SELECT count() FROM packet_sentry.flows FINAL WHERE host = 'fixed'")
[ "$written" -gt 0 ] && [ "$(stat refused)" -gt 0 ] || not_ok "flows written $written, refused $(stat refused)"
same "refused are the flows that are not there" $((5000 - written)) "$(stat refused)"
same "the others are there" "$(expected_items 40000 | grep -v flows)" "$(row_counts fixed | grep -v flows)"

# Who may only read, and who has the wrong password.
config "$tmp/reader.yaml" "type: clickhouse" "$(url "$clickhouse_PORT")" "user: reader" "password: look" "create-tables: false"
drive "$tmp/reader.yaml" --items 800
contains "a reader" "Code: 164" "$tmp/messages"
same "a reader is refused" "800 0" "$(stat refused) $(stat retries)"
echo guess >"$tmp/secret"
config "$tmp/guess.yaml" "type: clickhouse" "$(url "$clickhouse_PORT")" "user: reader" "password-file: $tmp/secret"
drive "$tmp/guess.yaml" --items 800 --wait 3
contains "a wrong password" "Code: 193" "$tmp/messages"
same "with a wrong password nothing is refused" "0 0" "$(stat written) $(stat refused)"
[ "$(stat retries)" -gt 1 ] || not_ok "a wrong password is not tried again"
config "$tmp/right.yaml" "type: clickhouse" "$(url "$clickhouse_PORT")" "host: right"
drive "$tmp/right.yaml" --items 800 --seed 7
same "what waited for the right one is written" "1600 0" "$(stat written) $(stat refused)"

# A database that went away is made anew. It goes in a pause: else some of its tables were made anew while others still go.
drive_begin "$tmp/plain.yaml" --items 20000 --rate 10000 --seed 5
sleep 0.5
for _ in {1..50}; do
	kill -STOP "$driving"
	sleep 0.2
	[ "$(clickhouse_query "SELECT count() FROM system.processes")" != 1 ] || break
	kill -CONT "$driving"
	sleep 0.05
done
clickhouse_query "DROP DATABASE packet_sentry"
kill -CONT "$driving"
drive_end
same "written though it went away" "20000 0" "$(stat written) $(stat refused)"

# Days that are too old go as a whole.
clickhouse_query "CREATE TABLE packet_sentry.other (time DateTime) ENGINE = MergeTree() PARTITION BY toYYYYMMDD(time) ORDER BY time"
clickhouse_query "INSERT INTO packet_sentry.other VALUES ('2020-01-01 00:00:00')"
config "$tmp/keep.yaml" "type: clickhouse" "$(url "$clickhouse_PORT")" "host: keep" "keep: 30d"
drive "$tmp/keep.yaml" --items 8000 --seed 6
same "only what came after is there" "0 $(expected_items 8000)" \
	"$(clickhouse_query "SELECT count() FROM packet_sentry.events WHERE host != 'keep'") $(row_counts keep)"
same "tables of others are left alone" 1 "$(clickhouse_query "SELECT count() FROM packet_sentry.other")"

refused_config "database: letters, digits and underscores only" "type: clickhouse" 'database: "a.b"'
refused_config "unknown key 'databse'; did you mean 'database'?" "type: clickhouse" "databse: a"
refused_config "it must begin with http:// or https://" "type: clickhouse" "url: localhost"

# A server that stands still does not hold up the end.
kill -STOP "$clickhouse_PID"
begin=$(now_ms)
drive "$tmp/plain.yaml" --items 4000 --seed 9 --wait 1
took=$(($(now_ms) - begin))
kill -CONT "$clickhouse_PID"
[ "$took" -lt 4000 ] || not_ok "the end took $took ms"
rm -rf "$tmp/state"

# How fast, with batches as they are unless configured otherwise.
sed '/batch:/s/.*/    queue: {memory: 512MiB}/' "$tmp/plain.yaml" >"$tmp/fast.yaml"
begin=$(now_ms)
drive "$tmp/fast.yaml" --items 100000 --rate 100000000 --seed 10 --wait 60
took=$(($(now_ms) - begin))
same "written fast" 100000 "$(stat written)"
echo "# ClickHouse $(clickhouse_query 'SELECT version()'): equal by rule and protocol; each item once over kill -9, SIGSTOP and lost answers; $((100000000 / took)) items/s"
exit $failed
