#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause
# Items into a real InfluxDB 1: equal numbers, no point over another, each item once, refusals of single points. What InfluxDB 2
# has otherwise (path, parameters, token) is looked at on the wire.
. "$(dirname "$0")/stores.bash"
# shellcheck source=tests/sinks/servers/influx.sh
. "$servers/influx.sh"
influx_needs || exit 77
stop_all=(influx_kill)
tables="alerts events flags flows lost rules traffic"
url() { echo "url: \"http://127.0.0.1:$1\""; }
row_counts() { # [HOST]
	local table

	for table in $tables; do
		echo "$table $(influx_query "SELECT count(sequence) FROM $table WHERE host = '${1:-one}'")"
	done
}
# sums TABLE TAG: "NAME items bytes".
sums() {
	influx_query "SELECT count(bytes), sum(bytes) FROM $1 WHERE host = 'one' GROUP BY $2" | LC_ALL=C sort
}
expected_bytes() { # KIND KEY ITEMS
	expected "$@" | awk -F '\t' -v OFS='\t' '{ print $1, $2, $4 }'
}

# Not there at the start, then started. All numbers are those that were handed over.
influx_start "$tmp" || exit 1
influx_kill
config "$tmp/plain.yaml" "type: influx" "$(url "$influx_PORT")" "host: one" "compress: true"
drive_begin "$tmp/plain.yaml" --items 40000 --wait 25
sleep 1
influx_start "$tmp" || exit 1
drive_end
same "written" 40000 "$(stat written)"
[ "$(stat retries)" -gt 0 ] || not_ok "the server was there from the start"
same "points of each measurement" "$(expected_items 40000)" "$(row_counts)"
same "events by rule" "$(expected_bytes event rules 40000)" "$(sums events rule)"
same "events by protocol" "$(expected_bytes event protocols 40000)" "$(sums events protocol)"
same "flows by rule" "$(expected_bytes flow rules 40000)" "$(sums flows rule)"
same "flows by protocol" "$(expected_bytes flow protocols 40000)" "$(sums flows protocol)"
same "rules" "$(expected_bytes rule rules 40000)" "$(sums rules rule)"
same "traffic by protocol" "$(expected_bytes traffic protocols 40000)" "$(sums traffic protocol)"
same "packets of flows" "$(expected flow rules 40000 | awk -F '\t' '{ n += $3 } END { print n }')" \
	"$(influx_query "SELECT sum(packets) FROM flows")"
same "the true time is a field" 1769767200000000000 "$(influx_query "SELECT min(time_ns) FROM events")"
same "tags are bounded" "direction hook host interface kind policy protocol rule verdict block detection " \
	"$(influx_query "SHOW TAG KEYS FROM events" | awk '{ print ($1 == "events" ? $2 : $1) }' | LC_ALL=C sort |
	awk '$1 != "block" && $1 != "detection" { printf "%s ", $1 } END { printf "block detection " }')"

# A message over several lines, with quotation marks, a tab and more, comes back as it was.
same "a message" '192.0.2.9 asked for 400 ports; a "line"|with a break, a tab	and é' \
	"$(influx_query "SELECT message FROM alerts LIMIT 1" | paste -s -d '|')"

documented InfluxQL influx_query

# The answers to three writes are lost: the same points are written again.
port=$(free_port)
proxy_start "$port" "$influx_PORT" /write 3
config "$tmp/cut.yaml" "type: influx" "$(url "$port")" "host: cut"
drive "$tmp/cut.yaml" --items 10000 --seed 2
proxy_stop
same "answers taken away" 3 "$(wc -l <"$tmp/cuts")"
# libcurl itself repeats a request whose connection was kept from the one before and then ended: no retry of ours.
same "written though they were" 10000 "$(stat written)"
[ "$(stat retries)" -gt 0 ] || not_ok "no retry"
same "each item once" "$(expected_items 10000)" "$(row_counts cut)"

# Killed in the middle, started again, then stopped for a while.
config "$tmp/killed.yaml" "type: influx" "url: \"http://127.0.0.1:$influx_PORT/\"" "host: killed" "timeout: 2s"
drive_begin "$tmp/killed.yaml" --items 80000 --rate 20000 --seed 3 --wait 25
sleep 1.5
influx_kill
sleep 0.5
influx_start "$tmp" || exit 1
sleep 1
kill -STOP "$influx_PID"
sleep 3
kill -CONT "$influx_PID"
drive_end
same "written over a kill and a stop" "80000 0 0" "$(stat written) $(stat dropped) $(stat refused)"
[ "$(stat retries)" -gt 1 ] || not_ok "nothing was in the way"
same "each item once after them" "$(expected_items 80000)" "$(row_counts killed)"

# A field that has another type here: those points are refused, all others are written. A database that is not there and not
# to be made: all are refused, until it is.
post() { curl -sS -X POST "http://127.0.0.1:$influx_PORT/$1" "${@:2}"; }
post query --data-urlencode 'q=CREATE DATABASE odd' >/dev/null
post "write?db=odd" --data-binary "flows,host=x bytes=\"many\" 1769767200000000000"
config "$tmp/odd.yaml" "type: influx" "$(url "$influx_PORT")" "host: one" "database: odd"
drive "$tmp/odd.yaml" --items 8000
contains "why they were refused" "field type conflict" "$tmp/messages"
same "refused are the flows of that day" "7000 1000" "$(stat written) $(stat refused)"
same "the others are there" "$(expected_items 8000 | grep -v flows)" "$(influx_database=odd row_counts | grep -v flows)"
config "$tmp/late.yaml" "type: influx" "$(url "$influx_PORT")" "host: one" "database: late" "create-database: false"
drive_begin "$tmp/late.yaml" --items 40000 --rate 10000 --seed 4
sleep 2
post query --data-urlencode 'q=CREATE DATABASE late' >/dev/null
drive_end
contains "no such database" "database not found" "$tmp/messages"
[ "$(stat refused)" -gt 0 ] && [ "$(stat written)" -gt 0 ] || not_ok "refused $(stat refused), written $(stat written)"
same "all is accounted for" 40000 $(($(stat refused) + $(stat written)))
same "what was not refused is there" "$(stat written)" "$(influx_database=late row_counts | awk '{ n += $2 } END { print n }')"

# InfluxDB 2: a request as its documentation has it.
port=$(free_port)
"$here/receive-one.py" "$port" >"$tmp/request" 2>&1 &
wait_until "the receiver listens" "grep -q listening '$tmp/request'"
echo 't0p secret' >"$tmp/token"
config "$tmp/two.yaml" "type: influx" "$(url "$port")" "organization: net ops" "bucket: a&b" "token-file: $tmp/token"
drive "$tmp/two.yaml" --items 8
contains "its path" "POST /api/v2/write?precision=ns&org=net%20ops&bucket=a%26b" "$tmp/request"
contains "its token" "Authorization: Token t0p secret" "$tmp/request"
same "its answer is understood" "8 0" "$(stat written) $(stat retries)"
refused_config "database is of InfluxDB 1, bucket of InfluxDB 2: one of both" "type: influx" "bucket: a" "organization: o" "database: b"
refused_config "a bucket needs an organization" "type: influx" "bucket: a"
refused_config "an organization needs a bucket" "type: influx" "organization: a"
refused_config "only with a database of InfluxDB 1" "type: influx" "bucket: a" "organization: o" "retention-policy: week"

# A server that stands still does not hold up the end.
kill -STOP "$influx_PID"
begin=$(now_ms)
drive "$tmp/plain.yaml" --items 4000 --seed 9 --wait 1
took=$(($(now_ms) - begin))
kill -CONT "$influx_PID"
[ "$took" -lt 4000 ] || not_ok "the end took $took ms"
rm -rf "$tmp/state"

# How fast, with batches as they are unless configured otherwise.
sed '/batch:/s/.*/    queue: {memory: 512MiB}/' "$tmp/plain.yaml" >"$tmp/fast.yaml"
begin=$(now_ms)
drive "$tmp/fast.yaml" --items 100000 --rate 100000000 --seed 10 --wait 60
took=$(($(now_ms) - begin))
same "written fast" 100000 "$(stat written)"
echo "# InfluxDB 1: equal by rule and protocol; each item once over kill -9, SIGSTOP and lost answers; $((100000000 / took)) items/s"
exit $failed
