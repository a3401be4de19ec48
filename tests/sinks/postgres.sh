#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause
# Items into a real PostgreSQL: equal numbers, each item once whatever dies, schema versions, retention, refusals.
. "$(dirname "$0")/stores.bash"
. "$servers/postgres.sh"
postgres_needs || exit 77
stop_all=(postgres_kill)
sql() { postgres_query "SET search_path TO packet_sentry; $1"; }
connection() { echo "connection: \"host=127.0.0.1 port=$1 user=${2:-sentry} dbname=telemetry\""; }
tables="events flows rules traffic flags alerts lost"
row_counts() {
	local table

	for table in $tables; do
		echo "$table $(sql "SELECT count(*) FROM $table")"
	done | LC_ALL=C sort
}
all_rows() { echo $(($(row_counts | awk '{ n += $2 } END { print n }'))); }
# How many rows stand there that are of the same item.
doubles() {
	local union

	union=$(for table in $tables; do echo "SELECT host, run, sequence FROM $table UNION ALL"; done)
	sql "SELECT count(*) - count(DISTINCT (host, run, sequence)) FROM (${union% UNION ALL}) AS items"
}

# Not there at the start, then started. All numbers are those that were handed over.
postgres_start "$tmp" || exit 1
postgres_stop
config "$tmp/plain.yaml" "type: postgres" "$(connection "$postgres_PORT")" "host: one"
drive_begin "$tmp/plain.yaml" --items 40000 --wait 25
sleep 1
postgres_start "$tmp" || exit 1
drive_end
same "written" 40000 "$(stat written)"
[ "$(stat retries)" -gt 0 ] || not_ok "the server was there from the start"
same "rows of each table" "$(expected_items 40000)" "$(row_counts)"
for kind in event:events flow:flows; do
	table=${kind#*:}
	packets=$([ "$table" = events ] && echo 'count(*)' || echo 'sum(packets)')
	for key in rule:rules protocol:protocols; do
		same "$table by ${key%:*}" "$(expected "${kind%:*}" "${key#*:}" 40000)" \
			"$(sql "SELECT ${key%:*}, count(*), $packets, sum(bytes) FROM $table GROUP BY 1 ORDER BY 1")"
	done
done
same "rules" "$(expected rule rules 40000)" \
	"$(sql 'SELECT rule, count(*), sum(packets), sum(bytes) FROM rules GROUP BY 1 ORDER BY 1')"
same "traffic by protocol" "$(expected traffic protocols 40000)" \
	"$(sql 'SELECT protocol, count(*), sum(packets), sum(bytes) FROM traffic GROUP BY 1 ORDER BY 1')"
same "addresses are addresses" 0 "$(sql "SELECT count(*) FROM events WHERE NOT source_ip <<= '192.0.2.0/24' AND NOT source_ip <<= '2001:db8::/64'")"
same "a frame is its bytes" t "$(sql "SELECT bool_and(frame = substring(decode(string_agg, 'hex') FOR length(frame))) FROM events,
	(SELECT string_agg(lpad(to_hex(i), 2, '0'), '' ORDER BY i) FROM generate_series(0, 127) AS i) AS bytes")"
same "a time is UTC" "2026-01-30 10:00:00" "$(sql "SELECT min(time) AT TIME ZONE 'UTC' FROM events")"
same "one range of numbers" "one	store	1	1	40000" "$(sql 'SELECT host, sink, run, first, last FROM written')"

documented PostgreSQL postgres_query

# The answer to a COMMIT is lost: the server has written, and is asked again.
port=$(free_port)
proxy_start "$port" "$postgres_PORT" PGCOPY,COMMIT 3
config "$tmp/cut.yaml" "type: postgres" "$(connection "$port")" "host: cut"
drive "$tmp/cut.yaml" --items 10000 --seed 2
proxy_stop
same "answers taken away" 3 "$(wc -l <"$tmp/cuts")"
same "written though they were" "10000 3" "$(stat written) $(stat retries)"
same "rows of that host" 5000 "$(sql "SELECT count(*) FROM events WHERE host = 'cut'")"
same "rows that are there twice" 0 "$(doubles)"

# A link over which a COPY takes longer than the time-out, and something moves all the while.
/usr/bin/python3 -B "$here/slow.py" "$port" "$postgres_PORT" 200000 >"$tmp/slow" 2>&1 &
slow=$!
wait_until "the link is there" "grep -q ready '$tmp/slow'"
config "$tmp/slow.yaml" "type: postgres" "$(connection "$port")" "host: slow" "timeout: 2s"
sed -i '/batch:/d' "$tmp/slow.yaml"
drive "$tmp/slow.yaml" --items 10000 --seed 15
kill $slow
same "written over a slow link" "10000 0" "$(stat written) $(stat retries)"

# No COMMIT is ever answered, and then sentryd ends: what was written all the same waits on disk, and comes again later in
# batches of other sizes.
proxy_start "$port" "$postgres_PORT" "INSERT INTO written,COMMIT" 1000
config "$tmp/never.yaml" "type: postgres" "$(connection "$port")" "host: later"
config "$tmp/later.yaml" "type: postgres" "$(connection "$postgres_PORT")" "host: later"
sed -i '/batch:/d' "$tmp/later.yaml"
drive "$tmp/never.yaml" --items 10000 --seed 13 --until "$tmp/cuts"
proxy_stop
same "nothing is known to be written" "0 10000" "$(stat written) $(stat spilled)"
[ "$(sql "SELECT count(*) FROM events WHERE host = 'later'")" -gt 0 ] || not_ok "nothing was written"
drive "$tmp/later.yaml" --items 8 --seed 14
same "rows of both runs" 5004 "$(sql "SELECT count(*) FROM events WHERE host = 'later'")"
same "rows that are there twice after both" 0 "$(doubles)"

# A COMMIT that hangs, as it does when a synchronous standby is gone: it was carried out, but nobody says so in time.
standby() {
	postgres_query "ALTER SYSTEM SET synchronous_standby_names = '$1'" && postgres_query "SELECT pg_reload_conf()" >/dev/null
}
config "$tmp/standby.yaml" "type: postgres" "$(connection "$postgres_PORT")" "host: standby" "timeout: 1s"
drive "$tmp/standby.yaml" --items 800 --seed 11
standby ghost
drive_begin "$tmp/standby.yaml" --items 4000 --seed 12
wait_until "a COMMIT hangs" "[ \"\$(sql \"SELECT count(*) FROM pg_stat_activity WHERE wait_event = 'SyncRep'\")\" -gt 0 ]" ||
	failed=1
sleep 2.5
standby ""
drive_end
same "written over hanging COMMITs" 4000 "$(stat written)"
same "rows of that host" 2400 "$(sql "SELECT count(*) FROM events WHERE host = 'standby'")"
same "rows that are there twice after that" 0 "$(doubles)"

# Killed in the middle, started again, then stopped for a while.
config "$tmp/killed.yaml" "type: postgres" "$(connection "$postgres_PORT")" "host: killed" "timeout: 2s"
drive_begin "$tmp/killed.yaml" --items 80000 --rate 20000 --seed 3 --wait 25
sleep 1.5
postgres_kill
sleep 0.5
postgres_start "$tmp" || exit 1
sleep 1
postgres_signal STOP
sleep 3
postgres_signal CONT
drive_end
same "written over a kill and a stop" "80000 0 0" "$(stat written) $(stat dropped) $(stat refused)"
[ "$(stat retries)" -gt 1 ] || not_ok "nothing was in the way"
same "rows after them" 40000 "$(sql "SELECT count(*) FROM events WHERE host = 'killed'")"
same "rows that are there twice after them" 0 "$(doubles)"
same "one range all the same" "1	80000" "$(sql "SELECT first, last FROM written WHERE host = 'killed'")"

# One who may not write is refused, counted, and goes on when he may.
sql "CREATE ROLE guest LOGIN; GRANT USAGE ON SCHEMA packet_sentry TO guest; GRANT SELECT, INSERT, UPDATE, DELETE
	ON ALL TABLES IN SCHEMA packet_sentry TO guest; REVOKE INSERT ON flows FROM guest"
config "$tmp/guest.yaml" "type: postgres" "$(connection "$postgres_PORT" guest)" "host: guest" "migrate: false"
drive_begin "$tmp/guest.yaml" --items 40000 --rate 10000 --seed 4
sleep 2
sql "GRANT INSERT ON flows TO guest"
drive_end
contains "why it was refused" "permission denied for table flows (SQLSTATE 42501)" "$tmp/messages"
[ "$(stat refused)" -gt 0 ] && [ "$(stat written)" -gt 0 ] || not_ok "refused $(stat refused), written $(stat written)"
same "all is accounted for" 40000 $(($(stat refused) + $(stat written)))
union=$(for table in $tables; do echo "SELECT count(*) AS n FROM $table WHERE host = 'guest' UNION ALL"; done)
same "what was not refused is there" "$(stat written)" "$(sql "SELECT sum(n) FROM (${union% UNION ALL}) AS counts")"

# From an older version forward; a newer one is left alone.
before=$(sql 'SELECT count(*) FROM events')
sql 'DROP TABLE traffic, flags; DELETE FROM schema_version WHERE version > 1'
config "$tmp/forward.yaml" "type: postgres" "$(connection "$postgres_PORT")" "host: forward"
config "$tmp/older.yaml" "type: postgres" "$(connection "$postgres_PORT" guest)" "host: forward" "migrate: false"
drive "$tmp/older.yaml" --items 800
contains "not brought forward unasked" "are of version 1, 2 is needed, and \`migrate\` is off" "$tmp/messages"
drive "$tmp/forward.yaml" --items 8000
same "brought forward" "1,2 500 $((before + 4000))" \
	"$(sql "SELECT string_agg(version::text, ',' ORDER BY version) FROM schema_version") $(sql 'SELECT count(*) FROM traffic') $(
	sql 'SELECT count(*) FROM events')"
sql 'INSERT INTO schema_version VALUES (99)'
drive "$tmp/forward.yaml" --items 800 --seed 5
contains "a newer version" "the tables in schema packet_sentry are of version 99, this sentryd knows 2" "$tmp/messages"
same "a newer version is not written to" "800 0" "$(stat refused) $(sql 'SELECT count(*) FROM events WHERE run = 5')"
sql 'DELETE FROM schema_version WHERE version = 99'

# Days that are too old go as a whole, but not what somebody else attached; a day that somebody dropped is made anew.
sql "CREATE TABLE archive PARTITION OF events FOR VALUES FROM ('2020-01-01') TO ('2021-01-01');
	INSERT INTO archive SELECT '2020-06-01', host, run, sequence, generation, policy, block, rule, rule_line, verdict, direction,
	interface, hook, kind, detection FROM events LIMIT 0"
config "$tmp/keep.yaml" "type: postgres" "$(connection "$postgres_PORT")" "host: keep" "keep: 30d"
drive "$tmp/keep.yaml" --items 8000 --seed 6
same "only what came after is there" "4000 500" "$(sql 'SELECT count(*) FROM events') $(sql 'SELECT count(*) FROM lost')"
same "partitions: of the items, today, tomorrow; the archive" 4 \
	"$(sql "SELECT count(*) FROM pg_inherits WHERE inhparent = 'events'::regclass")"
drive_begin "$tmp/plain.yaml" --items 20000 --rate 5000 --seed 7
sleep 2
sql 'DROP TABLE events_20260130'
drive_end
same "written though a day went away" "20000 0" "$(stat written) $(stat refused)"

# Two hosts that come to an empty database at the same moment.
sql 'DROP SCHEMA packet_sentry CASCADE'
for host in east west; do
	config "$tmp/$host.yaml" "type: postgres" "$(connection "$postgres_PORT")" "host: $host"
	"$driver" "$tmp/$host.yaml" --items 8000 --seed 8 >"$tmp/$host" 2>&1 &
done
wait_until "two hosts write" "[ \"\$(row_counts | awk '{ n += \$2 } END { print n }')\" = 16000 ]" || cat "$tmp/east" "$tmp/west"
same "two hosts" "east 4000 west 4000" \
	"$(sql "SELECT host, count(*) FROM events GROUP BY 1 ORDER BY 1" | tr '\t\n' '  ' | sed 's/ $//')"

refused_config 'connection: missing "=" after "nonsense" in connection info string' "type: postgres" "connection: nonsense"
refused_config 'connection: invalid connection option "hots"' "type: postgres" 'connection: "hots=1"'
refused_config "schema: lower-case letters, digits and underscores only" "type: postgres" 'schema: "a; DROP TABLE b"'
refused_config "keep:" "type: postgres" "keep: 1h"
refused_config "cannot read $tmp/nowhere" "type: postgres" "password-file: $tmp/nowhere"

# A server that stands still does not hold up the end, nor does one that takes connections and says nothing.
postgres_signal STOP
begin=$(now_ms)
drive "$tmp/plain.yaml" --items 4000 --seed 9 --wait 1
took=$(($(now_ms) - begin))
postgres_signal CONT
[ "$took" -lt 4000 ] || not_ok "the end took $took ms"
rm -rf "$tmp/state"

# How fast, with batches as they are unless configured otherwise.
sed '/batch:/s/.*/    queue: {memory: 512MiB}/' "$tmp/plain.yaml" >"$tmp/fast.yaml"
begin=$(now_ms)
drive "$tmp/fast.yaml" --items 100000 --rate 100000000 --seed 10 --wait 60
took=$(($(now_ms) - begin))
same "written fast" 100000 "$(stat written)"
echo "# PostgreSQL: equal by rule and protocol; each item once over kill -9, SIGSTOP and lost answers to COMMIT; $((100000000 / took)) items/s"
exit $failed
