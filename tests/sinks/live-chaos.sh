#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause
# All sinks at once under steady traffic, and one after the other they fail: killed, refused, stopped, disk full. The others do
# not notice, the one recovers by itself, what was handed to it is accounted for at every moment, and what it says it has written
# is what is there, nothing twice. The configuration is read again meanwhile; sentryd is killed, and started again.
# shellcheck disable=SC2154 # names come from what is sourced
. "$(dirname "$0")/live.bash"
begin=$(now_ms)
rate=${RATE:-2000}
chaos() { /usr/bin/python3 -B "$here/chaos.py" "$@"; }
all=(file sqlite postgres clickhouse influx ipfix socket loki otlp)
steps=0

cat >"$tmp/chaos.sp" <<-'END'
	policy chaos {
	    interface uplink = "live0";
	    account { traffic; flows max 16_384; }
	    ingress on uplink {
	        rule dns   deny   udp to any port 53  log;
	        rule web   allow  tcp to any port 80;
	        default deny;
	        non-ip deny;
	    }
	}
END
apply chaos

# 64 hosts ask for a name; each tenth packet is something else.
/usr/bin/python3 -B - "$tmp/steady.pcap" <<'END'
import struct, sys
with open(sys.argv[1], "wb") as f:
    f.write(struct.pack("<IHHiIII", 0xA1B2C3D4, 2, 4, 0, 0, 65535, 1))
    for n in range(640):
        ends = bytes([10, 9, 0, n % 64]) + bytes([10, 9, 1, 1])
        ports = struct.pack("!HH", 1024 + n % 64, 80 if n % 10 == 9 else 53)
        rest = ports + bytes(8) + b"\x50\x02" + bytes(6) if n % 10 == 9 else ports + struct.pack("!HH", 8 + 40, 0) + bytes(40)
        packet = struct.pack("!BBHHHBBH", 0x45, 0, 20 + len(rest), 0, 0, 64, 6 if n % 10 == 9 else 17, 0) + ends + rest
        frame = bytes.fromhex("0200000000010200000000020800") + packet
        f.write(struct.pack("<IIII", 0, 0, len(frame), len(frame)) + frame)
END

# --- servers, disks, sentryd -------------------------------------------------------

disk() { # NAME SIZE: a small one
	mkdir -p "$tmp/$1"
	mount -t tmpfs -o "size=$2" tmpfs "$tmp/$1" || exit 1
	mounts+=("$tmp/$1")
}
disk state 48m
disk files 512m
disk history 512m
receiver_start() { # otlp|loki PORT
	mkdir -p "$tmp/$1"
	(cd "$here" && exec /usr/bin/python3 -B http_receiver.py "$1" "$2" "$tmp/$1") >"$tmp/$1.log" 2>&1 &
	declare -g "$1_PID=$!" "$1_PORT=$2"
	background+=($!)
	wait_until "the receiver of $1" "grep -q ready '$tmp/$1.log'" || exit 1
}
reader_start() { # of the socket
	/usr/bin/python3 -c '
import socket, sys, time
while True:
    try:
        with socket.socket(socket.AF_UNIX) as s, open(sys.argv[2], "ab") as f:
            s.connect(sys.argv[1])
            while data := s.recv(1 << 16):
                f.write(data)
    except OSError:
        pass
    time.sleep(0.2)' "$tmp/run/live.sock" "$tmp/read.jsonl" &
	# shellcheck disable=SC2034 # evaluated later
	reader=$!
	background+=($!)
}
postgres_start "$tmp" && clickhouse_start "$tmp" && influx_start "$tmp" && nfcapd_start "$tmp/nfcapd" || exit 1
loki_PORT=$(free_port) otlp_PORT=$(free_port)
receiver_start loki "$loki_PORT"
receiver_start otlp "$otlp_PORT"
# One from whom rights can be taken.
postgres_query 'CREATE ROLE guest LOGIN; GRANT CREATE ON DATABASE telemetry TO guest'

# configure FILE LINE…: all sinks, and more lines.
configure() {
	cat >"$1" <<-END
		bpffs: $bpffs/ps
		state-directory: $tmp/state
		run-directory: $tmp/run
		interval: 500ms
		flows: {active-timeout: 1s, idle-timeout: 2s, max: 10000}
		http: {listen: "${http#*//}"}
		sinks:
		  - {type: file, path: $tmp/files/items.jsonl, rotate: {size: 1GiB}, queue: {$queue}, batch: {items: 4000, delay: 200ms}}
		  - {type: sqlite, path: $tmp/history/history.db, queue: {$queue}, batch: {items: 4000, delay: 200ms}}
		  - {type: postgres, connection: "host=127.0.0.1 port=$postgres_PORT user=guest dbname=telemetry", host: live, timeout: 2s, queue: {$queue}, batch: {items: 4000, delay: 200ms}}
		  - {type: clickhouse, url: "http://127.0.0.1:$clickhouse_PORT", host: live, timeout: 2s, queue: {$queue}, batch: {items: 10000, delay: 1s}}
		  - {type: influx, url: "http://127.0.0.1:$influx_PORT", host: live, timeout: 2s, queue: {$queue}, batch: {items: 4000, delay: 200ms}}
		  - {type: ipfix, host: 127.0.0.1, port: $nfcapd_PORT, octets: frame, queue: {$queue}, batch: {items: 4000, delay: 200ms}}
		  - {type: socket, path: $tmp/run/live.sock, queue: {$queue}, batch: {items: 4000, delay: 200ms}}
		  - {type: loki, url: "http://127.0.0.1:$loki_PORT", timeout: 2s, queue: {$queue}, batch: {items: 4000, delay: 200ms}}
		  - {type: otlp, url: "http://127.0.0.1:$otlp_PORT", select: {kinds: [flow, rule, traffic]}, queue: {$queue}, batch: {items: 400, delay: 200ms}}
	END
	printf '%s\n' "${@:2}" >>"$1"
}
queue='memory: 1MiB, disk: 16MiB'
mkdir "$tmp/run"
configure "$tmp/sentryd.yaml"
sentryd_start "$tmp/sentryd.yaml"
reader_start
/usr/bin/python3 -B "$here/chaos.py" watch "$http/metrics" "$tmp/samples" &
background+=($!)
traffic_start() {
	/usr/bin/python3 -B "$here/../kernel/account.py" send "$tmp/steady.pcap" live1 100000 "$rate" >/dev/null 2>&1 &
	traffic=$!
	background+=($!)
}
traffic_stop() {
	kill "$traffic"
	wait "$traffic" 2>/dev/null
}
traffic_start

# --- one after the other ------------------------------------------------------------

take() { metrics >"$tmp/$1"; }
value() { take now && chaos value "$tmp/now" "$1" "$2"; }

# trouble WHAT SINK SECONDS DO [UNDO]: the others go on meanwhile; then this one does.
trouble() {
	take before
	eval "$4" || not_ok "$1: $4"
	sleep "$3"
	take after
	eval "${5:-:}" || not_ok "$1: $5"
	chaos others "$tmp/before" "$tmp/after" "$2" "${all[@]}" || failed=1
	chaos recover "$http/metrics" "$tmp/before" "$tmp/after" "$2" "$rate" >"$tmp/recovered" || { not_ok "$1, $2"; cat "$tmp/recovered"; }
	echo "# $1: $2: $(head -n 1 "$tmp/recovered")"
	steps=$((steps + 1))
}
sleep 2

trouble "killed for 2 s" postgres 2 postgres_kill 'postgres_start "$tmp"'
trouble "killed for 2 s" clickhouse 2 clickhouse_kill 'clickhouse_start "$tmp"'
trouble "killed for 2 s" influx 2 influx_kill 'influx_start "$tmp"'
trouble "killed for 2 s" loki 2 'kill -KILL $loki_PID' 'receiver_start loki $loki_PORT'
trouble "killed for 2 s" otlp 2 'kill -KILL $otlp_PID' 'receiver_start otlp $otlp_PORT'
trouble "killed for 2 s" ipfix 2 'kill -KILL $nfcapd_PID' 'nfcapd_start "$tmp/nfcapd-2" $nfcapd_PORT'
trouble "stopped for 5 s" postgres 5 'postgres_signal STOP' 'postgres_signal CONT'
trouble "stopped for 5 s" clickhouse 5 'kill -STOP $clickhouse_PID' 'kill -CONT $clickhouse_PID'
trouble "stopped for 5 s" influx 5 'kill -STOP $influx_PID' 'kill -CONT $influx_PID'
trouble "reader stopped for 5 s" socket 5 'kill -STOP $reader' 'read_before=$(wc -c <"$tmp/read.jsonl") && kill -CONT $reader'
grep -q "a reader went away or did not keep up" "$tmp/sentryd.log" || not_ok "the reader was not cut off"
wait_until "the reader is back" '[ "$(wc -c <"$tmp/read.jsonl")" -gt $((read_before + 1000000)) ]' || failed=1
trouble "no right to insert" postgres 3 'postgres_query "REVOKE INSERT ON packet_sentry.events FROM guest"' \
	'postgres_query "GRANT INSERT ON packet_sentry.events TO guest"'
trouble "no right to insert" clickhouse 5 'sed -i "s|<profile>default|<profile>readonly|" "$tmp/clickhouse/users.xml"' \
	'sed -i "/<default>.*readonly/s|<profile>readonly|<profile>default|" "$tmp/clickhouse/users.xml"'
trouble "directory not ours, file renamed" file 3 'mv "$tmp/files/items.jsonl" "$tmp/files/items.old" && chown nobody "$tmp/files" && chmod 755 "$tmp/files"' \
	'chown root "$tmp/files"'
# What the log of SQLite has room for needs no disk: it begins anew.
shorten() { /usr/bin/python3 -c '
import sqlite3, sys
sqlite3.connect(sys.argv[1], timeout=5).execute("PRAGMA wal_checkpoint(TRUNCATE)")' "$tmp/history/history.db"; }
fill() { dd if=/dev/zero of="$tmp/$1/filler" bs=1M >/dev/null 2>&1; [ -s "$tmp/$1/filler" ]; }
trouble "disk full" file 3 'fill files' 'rm "$tmp/files/filler"'
trouble "disk full" sqlite 4 'shorten && fill history' 'rm "$tmp/history/filler"'
trouble "stopped, spill's disk full" influx 6 'fill state && kill -STOP $influx_PID' 'rm "$tmp/state/filler" && kill -CONT $influx_PID'
[ "$(value influx dropped)" -gt 0 ] || not_ok "nothing was dropped: the disk was not full"

# --- the configuration, read again ---------------------------------------------------

reload() { kill -HUP "$sentryd" && wait_until "$1" "[ \"\$(metric packet_sentry_$2_total)\" = $3 ]" 10 || failed=1; }
take before
configure "$tmp/sentryd.yaml" "  - {name: second, type: file, path: $tmp/files/second.jsonl}"
reload "a sink more" reloads 1
sleep 2
[ "$(value second written)" -gt 0 ] || not_ok "the second file is not written"
configure "$tmp/sentryd.yaml"
echo 'sinks: [{type: nonsense}]' >"$tmp/wrong.yaml"
cp "$tmp/sentryd.yaml" "$tmp/right.yaml"
reload "a sink less" reloads 2
cp "$tmp/wrong.yaml" "$tmp/sentryd.yaml"
reload "a wrong configuration" reload_failures 1
cp "$tmp/right.yaml" "$tmp/sentryd.yaml"
sleep 1
take after
chaos others "$tmp/before" "$tmp/after" none "${all[@]}" || failed=1
grep -q "wrong; the one before stays" "$tmp/sentryd.log" || not_ok "nothing was said of the wrong configuration"
grep -q '"second"' "$tmp/after" && not_ok "the second file is still a sink"

# --- what is there is what was written ------------------------------------------------

drained() {
	chaos drain "$http/metrics" "${all[@]}" || failed=1
}
counted() { ctl rules -o json | /usr/bin/python3 -c '
import json, sys
print(*[rule[sys.argv[2]] for block in json.load(sys.stdin)["blocks"] for rule in block["rules"] if rule["name"] == sys.argv[1]])' "$@"; }
tables="events flows rules traffic flags alerts lost"
rows() { # STORE: "EVENTS ALL": rows of events, and of all tables
	local table n sum=0 events=0

	for table in $tables; do
		case $1 in
		postgres) n=$(postgres_query "SELECT count(*) FROM packet_sentry.$table") ;;
		clickhouse) n=$(clickhouse_query "SELECT count() FROM packet_sentry.$table FINAL") ;;
		influx) n=$(influx_query "SELECT count(sequence) FROM $table") ;;
		esac
		[ "$table" = events ] && events=${n:-0}
		sum=$((sum + ${n:-0}))
	done
	echo "$events $sum"
}
traffic_stop
drained
packets=$(counted dns packets)
read_events=$(metric packet_sentry_events_read_total) lost_events=$(metric packet_sentry_events_lost_total)
same "each logged packet is a record, or lost" "$packets" "$((read_events + lost_events))"
for store in postgres clickhouse influx; do
	read -r events sum < <(rows $store)
	same "rows in $store" "$(value $store written)" "$sum"
	[ "$(value $store refused)$(value $store dropped)" != 00 ] || same "events in $store" "$read_events" "$events"
done
same "rows of PostgreSQL that are there twice" 0 "$(postgres_query "SELECT count(*) - count(DISTINCT (run, sequence)) FROM packet_sentry.events")"
same "lines of the file" "$(value file written)" "$(cat "$tmp"/files/items.* | wc -l)"
same "lines of the file that are not whole" 0 "$(cat "$tmp"/files/items.* | grep -cv '^{"schema":.*}$')"
sqlite() { /usr/bin/python3 -c '
import sqlite3, sys
print(sqlite3.connect(f"file:{sys.argv[1]}?mode=ro", uri=True).execute(sys.argv[2]).fetchone()[0] or 0)' "$tmp/history/history.db" "$1"; }
same "what SQLite dropped or refused" "0 0" "$(value sqlite dropped) $(value sqlite refused)"
same "events in SQLite" "$read_events" "$(sqlite "SELECT count(*) FROM events")"
for sink in loki otlp; do
	[ ! -s "$tmp/$sink/wrong" ] || not_ok "$sink: $(head -n 3 "$tmp/$sink/wrong")"
done
echo "# $packets packets logged, $lost_events records lost in the kernel; of each store as many rows as were written: $(
	for sink in file sqlite postgres clickhouse influx; do printf '%s %s, ' $sink "$(value $sink written)"; done | sed 's/, $//')"


# --- sentryd itself, ended and killed --------------------------------------------------

# told STORE: "COUNTED FLOWS EVENTS": packets of the rule by its counter and by its flows; rows of its events.
told() {
	case $1 in
	sqlite)
		echo "$(sqlite "SELECT sum(packets) FROM counters JOIN origins ON origins.id = origin WHERE step = 1 AND kind = 'rule' AND rule = 'dns'")" \
			"$(sqlite "SELECT sum(packets) FROM flows JOIN origins ON origins.id = origin WHERE rule = 'dns'")" \
			"$(sqlite "SELECT count(*) FROM events")"
		;;
	postgres)
		postgres_query "SELECT (SELECT sum(packets) FROM packet_sentry.rules WHERE rule = 'dns'),
			(SELECT sum(packets) FROM packet_sentry.flows WHERE rule = 'dns'), (SELECT count(*) FROM packet_sentry.events)" | tr '\t' ' '
		;;
	clickhouse)
		echo "$(clickhouse_query "SELECT sum(packets) FROM packet_sentry.rules FINAL WHERE rule = 'dns'")" \
			"$(clickhouse_query "SELECT sum(packets) FROM packet_sentry.flows FINAL WHERE rule = 'dns'")" \
			"$(clickhouse_query "SELECT count() FROM packet_sentry.events FINAL")"
		;;
	influx)
		echo "$(influx_query "SELECT sum(packets) FROM rules WHERE rule = 'dns'")" "$(influx_query "SELECT sum(packets) FROM flows WHERE rule = 'dns'")" \
			"$(influx_query "SELECT count(sequence) FROM events")"
		;;
	esac
}
stores=(sqlite postgres clickhouse influx)
# killed N: that many times, under traffic; sets `packets`, `missing_counted`, `missing_flows`, `missing_events` by store.
declare -A before missing_counted missing_flows missing_events
killed() {
	local store kill counted flows events counted_now flows_now events_now

	drained
	for store in "${stores[@]}"; do
		before[$store]=$(told "$store")
	done
	packets=$(counted dns packets)
	traffic_start
	for ((kill = 0; kill < $1; kill++)); do
		sleep "2.$kill$kill"
		sentryd_kill
		sleep 0.5
		sentryd_start "$tmp/sentryd.yaml"
	done
	sleep 2
	traffic_stop
	drained
	packets=$(($(counted dns packets) - packets))
	for store in "${stores[@]}"; do
		read -r counted flows events <<<"${before[$store]}"
		read -r counted_now flows_now events_now < <(told "$store")
		missing_counted[$store]=$((packets - counted_now + counted))
		missing_flows[$store]=$((packets - flows_now + flows))
		missing_events[$store]=$((packets - events_now + events))
	done
}
killed 1
for store in "${stores[@]}"; do
	for n in "${missing_counted[$store]}" "${missing_flows[$store]}" "${missing_events[$store]}"; do
		[ "$n" -ge 0 ] && [ "$n" -le $((4 * rate)) ] || not_ok "$n packets are missing in $store after a kill"
	done
done
same "the whole counter, in the newest row" "$(counted dns packets)" \
	"$(postgres_query "SELECT max(packets_total) FROM packet_sentry.rules WHERE rule = 'dns'")"
echo "# sentryd killed, $packets packets: not told of by counters, flows, events: $(for store in "${stores[@]}"; do
	printf '%s %s %s %s, ' "$store" "${missing_counted[$store]}" "${missing_flows[$store]}" "${missing_events[$store]}"
done | sed 's/, $//')"

# Everything goes by the disk from now on.
queue+=', durable: true'
configure "$tmp/sentryd.yaml"
sentryd_stop
sentryd_start "$tmp/sentryd.yaml"
kills=3
killed $kills
for store in "${stores[@]}"; do
	same "packets not told of in $store by counters and flows, over $kills kills of sentryd" "0 0" \
		"${missing_counted[$store]} ${missing_flows[$store]}"
	[ "${missing_events[$store]}" -ge 0 ] && [ "${missing_events[$store]}" -le $((kills * rate)) ] ||
		not_ok "${missing_events[$store]} events are missing in $store"
done
same "rows of PostgreSQL that are there twice" 0 "$(postgres_query "SELECT count(*) - count(DISTINCT (run, sequence)) FROM packet_sentry.events")"
echo "# sentryd killed $kills times, durable queues: $packets packets by counters and by flows in ${stores[*]}; events that are missing: ${missing_events[*]}"

echo "# $steps troubles, $(($(now_ms) - begin)) ms"
chaos sums "$tmp/samples" >"$tmp/sums" || failed=1
sed 's/^/# /; s/^# not ok/not ok/' "$tmp/sums"
exit $failed
