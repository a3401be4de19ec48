#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause
# Items into SQLite: what sentryctl answers is what was handed over, each item once whatever dies; readers beside the writer; a
# full disk; files that are damaged, gone, or somebody else's; limits of age and size.
. "$(dirname "$0")/stores.bash"
[ "$(id -u)" = 0 ] || { echo "needs root: a small file system is mounted"; exit 77; }
command -v sqlite3 >/dev/null || { echo "sqlite3 is missing: make deps-sinks"; exit 77; }
db=$tmp/history.db
always="keep: {events: 3000d, flows: 3000d, alerts: 3000d, counters-1s: 3000d, counters-1m: 3000d, counters-1h: 3000d}"
unmount() { umount "$tmp/small" 2>/dev/null; }
stop_all=(unmount)
sql() { sqlite3 -batch "${2:-$db}" "$1"; }
# The driver's items are of January 2026.
ctl() { "$build/sentryctl" "$1" --since 2026-01-30T00:00:00Z --db "$db" "${@:2}"; }
whole() { same "$1: the file is whole" ok "$(sql 'PRAGMA integrity_check' "${2:-$db}")"; }
all_items() {
	sql "SELECT (SELECT count(*) FROM events) + (SELECT count(*) FROM flows) + (SELECT count(*) FROM alerts) +
		(SELECT count(*) FROM lost)"
}

# Not there at the start, nor its directory. All numbers are those that were handed over.
config "$tmp/plain.yaml" "type: sqlite" "path: $tmp/made/history.db" "$always"
drive "$tmp/plain.yaml" --items 40000
same "written" "40000 0 0" "$(stat written) $(stat refused) $(stat retries)"
same "for its owner and group" 640 "$(command stat -c %a "$tmp/made/history.db")"
mv "$tmp"/made/* "$tmp/"
ctl rules -o json >"$tmp/rules"
same "rules by sentryctl" "$(expected rule rules 40000 | cut -f 1,3-)" "$(python3 -c '
import json, sys
for block in json.load(open(sys.argv[1]))["blocks"]:
    for rule in block["rules"]:
        print(rule["name"], rule["packets"], rule["bytes"], sep="\t")' "$tmp/rules" | LC_ALL=C sort)"
# sums FIELD: of JSON Lines, as `expected` prints them.
sums() {
	python3 -c '
import collections, json, sys
sums = collections.defaultdict(lambda: [0, 0, 0])
for line in sys.stdin:
    item = json.loads(line)
    if item.get("kind") == "lost":
        continue
    one = sums[item[sys.argv[1]]]
    one[0] += 1
    one[1] += item.get("packets", 1)
    one[2] += item["bytes"]
for name in sums:
    print(name, *sums[name], sep="\t")' "$1" | LC_ALL=C sort
}
ctl events -o json >"$tmp/events" 2>"$tmp/lost"
for key in rule:rules protocol:protocols; do
	same "events by ${key%:*}" "$(expected event "${key#*:}" 40000)" "$(sums "${key%:*}" <"$tmp/events")"
done
ctl flows -o json >"$tmp/flows"
for key in rule:rules protocol:protocols; do
	same "flows by ${key%:*}" "$(expected flow "${key#*:}" 40000 | cut -f 1,3-)" "$(sums "${key%:*}" <"$tmp/flows" | cut -f 1,3-)"
done
lost=$("$driver" --expect --items 40000 | python3 -c 'import json, sys; print(json.load(sys.stdin)["lost"]["items"])')
same "losses are kept" "$lost" "$(sql 'SELECT count(*) FROM lost')"
same "and told" "$(sql 'SELECT sum(packets) FROM lost')" "$(tail -n 1 "$tmp/events" | sed -nE 's/.*"kind":"lost".*"lost":([0-9]+)\}/\1/p')"
ctl top -o json -n 0 >"$tmp/top"
same "traffic by protocol, of top" "$(expected traffic protocols 40000 | cut -f 1,3-)" "$(python3 -c '
import json, sys
for row in json.load(open(sys.argv[1]))["protocols"]["rows"]:
    print(row["protocol"], row["packets"], row["bytes"], sep="\t")' "$tmp/top" | LC_ALL=C sort)"
same "sources of top are those of the flows" "" "$(python3 -c '
import collections, json, sys
sums = collections.Counter()
for line in open(sys.argv[1]):
    flow = json.loads(line)
    sums[flow["source_ip"]] += flow["bytes"]
for row in json.load(open(sys.argv[2]))["sources"]["rows"]:
    sums[row["address"]] -= row["bytes"]
print(*[address for address in sums if sums[address]])' "$tmp/flows" "$tmp/top")"
# Filters, held against the same done here.
filtered() { # EXPRESSION OPTIONS…: of `item`
	local expression=$1

	shift
	same "events $*" "$(python3 -c '
import ipaddress, json, sys
net, ip = ipaddress.ip_network, ipaddress.ip_address
for line in open(sys.argv[1]):
    item = json.loads(line)
    if item["kind"] != "lost" and eval(sys.argv[2]):
        print(line, end="")' "$tmp/events" "$expression" | md5sum)" "$(ctl events "$@" -o json 2>/dev/null | grep -v '"kind":"lost"' | md5sum)"
}
filtered 'item["rule"] == "ssh" and item["verdict"] == "allow"' --rule ssh --verdict allow
filtered 'ip(item["source_ip"]) in net("192.0.2.64/26")' --source 192.0.2.64/26
filtered 'ip(item["dest_ip"]) in net("2001:db8:1::/64")' --dest 2001:db8:1::/64
filtered 'item["protocol"] == "ICMPv6" and item["interface"] == "eth1"' --protocol icmpv6 --interface eth1
filtered '300 in (item.get("source_port"), item.get("dest_port"))' --port 300
filtered 'item["timestamp"] >= "2026-01-30T10:00:02" and item["timestamp"] < "2026-01-30T10:00:02.5"' \
	--since 2026-01-30T10:00:02Z --until 2026-01-30T10:00:02.5Z
same "the last three" "$(grep -v '"kind":"lost"' "$tmp/events" | tail -n 3)" "$(ctl events -n 3 -o json 2>/dev/null | grep -v '"kind":"lost"')"
# The same items again: none is there twice.
config "$tmp/same.yaml" "type: sqlite" "path: $db" "$always"
drive "$tmp/same.yaml" --items 40000
same "again" "40000" "$(stat written)"
same "nothing is there twice" "$(grep -vc '"kind":"lost"' "$tmp/events")" "$(sql 'SELECT count(*) FROM events')"
same "nor counted twice" "$(sum() { expected "$1" "$2" 40000 | awk '{ n += $(NF - 1) } END { print n }'; }; sum rule rules)" \
	"$(sql "SELECT sum(packets) FROM counters c JOIN origins o ON o.id = c.origin WHERE kind = 'rule'")"
whole "twice"

# Killed in the middle, three times, then to the end: all is there, once. Without a rate: items must be in the same blocks again, as
# those are that wait on disk.
for wait in 0.1 0.2 0.3; do
	drive_begin "$tmp/same.yaml" --items 240000 --seed 2
	sleep $wait
	kill -9 "$driving" || not_ok "it was through after $wait s"
	wait "$driving" 2>/dev/null
	rm -rf "$tmp/state"
done
[ "$(sql 'SELECT count(*) FROM pieces WHERE run = 2')" -ge 1 ] || not_ok "it was killed before anything was written"
drive "$tmp/same.yaml" --items 240000 --seed 2
same "after three kills" 240000 "$(stat written)"
same "events after them" "$(expected event rules 240000 2 | awk -F '\t' '{ n += $2 } END { print n }')" \
	"$(sql 'SELECT count(*) FROM events WHERE run = 2')"
same "counted after them" "$(expected rule rules 240000 2 | cut -f 1,3)" "$(sql "SELECT rule, sum(packets) FROM counters c JOIN origins o
	ON o.id = c.origin WHERE kind = 'rule' GROUP BY 1" | tr '|' '\t' | LC_ALL=C sort | python3 -c '
import subprocess, sys
first = dict(line.rsplit("\t", 1) for line in sys.argv[1].splitlines())
for line in sys.stdin:
    name, packets = line.rstrip("\n").rsplit("\t", 1)
    print(name, int(packets) - int(first[name]), sep="\t")' "$(expected rule rules 40000 | cut -f 1,3)")"
whole "killed"

# Readers beside the writer: one asks all the time, one holds a snapshot, and another writer is there, too.
rm -f "$db"*
config "$tmp/other.yaml" "type: sqlite" "path: $db" "$always"
drive_begin "$tmp/same.yaml" --items 100000 --rate 25000 --seed 3
"$driver" "$tmp/other.yaml" --items 50000 --rate 12000 --seed 4 >/dev/null 2>"$tmp/other.messages" &
other=$!
wait_until "there is a file" "[ -s '$db' ] && sqlite3 '$db' 'SELECT 1 FROM pieces' | grep -q 1"
{ echo 'BEGIN; SELECT count(*) FROM events;'; sleep 3; echo 'COMMIT;'; } | sqlite3 "$db" >/dev/null &
holder=$!
asked=0 before=0
while kill -0 "$driving" 2>/dev/null; do
	now=$(ctl events -o json 2>"$tmp/error" | grep -c '"kind":"[^l]') || not_ok "a reader: $(cat "$tmp/error")"
	[ "$now" -ge "$before" ] || not_ok "there were $before events, now $now"
	before=$now asked=$((asked + 1))
done
drive_end
wait "$other" "$holder"
[ "$asked" -ge 3 ] || not_ok "only $asked questions while it was written"
same "written beside readers" "100000 0" "$(stat written) $(stat dropped)"
same "two writers" "50000 25000" "$(sql 'SELECT count(*) FROM events WHERE run = 3') $(sql 'SELECT count(*) FROM events WHERE run = 4')"
whole "readers"

# The disk is full, and then it is not: nothing is lost, nothing broken, and another sink does not notice.
mkdir "$tmp/small"
mount -t tmpfs -o size=32m none "$tmp/small"
head -c 29m /dev/zero >"$tmp/small/filler"
config "$tmp/full.yaml" "type: sqlite" "path: $tmp/small/history.db" "$always" "queue: {memory: 64MiB}"
printf '  - {name: beside, type: file, path: %s, batch: {delay: 100ms}}\n' "$tmp/beside.json" >>"$tmp/full.yaml"
drive_begin "$tmp/full.yaml" --items 150000 --rate 50000 --seed 5 --wait 25
sleep 2.5
full=$(df --output=pcent "$tmp/small" | tail -n 1 | tr -dc 0-9)
sleep 0.7
# It takes what has happened, and no counters: 3 of 4.
same "the other sink has all" 112500 "$(wc -l <"$tmp/beside.json")"
rm "$tmp/small/filler"
drive_end
[ "$full" -ge 95 ] || not_ok "the disk was never full: $full %"
contains "why not" "database or disk is full" "$tmp/messages"
same "written when there was room" "150000 0 0" "$(stat written) $(stat dropped) $(stat refused)"
[ "$(stat retries)" -gt 0 ] || not_ok "nothing was tried again"
same "events after a full disk" 75000 "$(sql 'SELECT count(*) FROM events' "$tmp/small/history.db")"
whole "full disk" "$tmp/small/history.db"
unmount

# Damaged: moved aside. Removed while it is written: another is begun. Of another program, or of a later release: left alone.
rm -f "$db"*
drive "$tmp/same.yaml" --items 8000
sqlite3 "$db" 'PRAGMA wal_checkpoint(TRUNCATE)' >/dev/null
truncate -s 30000 "$db"
drive "$tmp/same.yaml" --items 8000 --seed 6
contains "damaged" "it is now $db.damaged, and a new one is begun" "$tmp/messages"
same "written to a new one" "8000 4000" "$(stat written) $(sql 'SELECT count(*) FROM events')"
same "the damaged one is there" 30000 "$(wc -c <"$db.damaged")"
head -c 100000 /dev/urandom >"$db"
rm -f "$db"-*
drive "$tmp/same.yaml" --items 8000 --seed 7
contains "no database" "is damaged, or no database" "$tmp/messages"
same "written to another" 4000 "$(sql 'SELECT count(*) FROM events')"
drive_begin "$tmp/same.yaml" --items 40000 --rate 20000 --seed 8
sleep 1
rm -f "$db"*
drive_end
same "removed while it is written" 40000 "$(stat written)"
[ "$(sql 'SELECT count(*) FROM events')" -ge 5000 ] || not_ok "what came after is not there"
whole "removed"
rm -f "$db"*
sqlite3 "$db" 'CREATE TABLE precious (x); INSERT INTO precious VALUES (42)'
drive "$tmp/same.yaml" --items 800 --wait 1
contains "of another program" "is a database of another program" "$tmp/messages"
same "it is untouched, and nothing is lost" "42 precious 800" "$(sql 'SELECT x FROM precious') $(sql .tables) $(stat spilled)"
ctl events >/dev/null 2>"$tmp/error" && not_ok "sentryctl reads what is another's"
contains "sentryctl says so" "is a database of another program" "$tmp/error"
rm -rf "$db"* "$tmp/state"
drive "$tmp/same.yaml" --items 800
sqlite3 "$db" 'PRAGMA user_version = 99' >/dev/null
drive "$tmp/same.yaml" --items 800 --seed 9 --wait 1
contains "of a later release" "was made by a later release: it is of version 99" "$tmp/messages"
rm -rf "$db"* "$tmp/state"
ctl rules >/dev/null 2>"$tmp/error"
same "no history" 3 $?
contains "no history: why" "sentryd keeps one if it has a sink of type sqlite" "$tmp/error"

# Limits: of size, while it is written as fast as it goes; the newest stay. Of age: all of January is too old.
config "$tmp/size.yaml" "type: sqlite" "path: $db" "$always" "max-size: 4MiB"
drive "$tmp/size.yaml" --items 100000 --seed 10
same "written with a limit" 100000 "$(stat written)"
size=$(sql 'SELECT (p.page_count - f.freelist_count) * s.page_size FROM pragma_page_count p, pragma_freelist_count f, pragma_page_size s')
[ "$size" -le 4194304 ] && [ "$size" -ge 3000000 ] || not_ok "of at most 4 MiB $size bytes are used"
[ "$(wc -c <"$db")" -le 8388608 ] || not_ok "the file has $(wc -c <"$db") bytes"
same "the newest event is there" 1769767209999500000 "$(sql 'SELECT max(time) FROM events')"
[ "$(sql 'SELECT count(*) FROM events')" -lt 40000 ] || not_ok "nothing was removed"
whole "limit of size"
rm -rf "$db"* "$tmp/state"
config "$tmp/age.yaml" "type: sqlite" "path: $db" "keep: {events: 1d, flows: 1d, alerts: 1d, counters-1h: 3000d}"
drive "$tmp/age.yaml" --items 8000
config "$tmp/rules.yaml" "type: sqlite" "path: $db" "keep: {events: 1d, flows: 1d, alerts: 1d, counters-1h: 3000d}" "select: {kinds: rule}"
drive "$tmp/rules.yaml" --items 30 --rate 10 --seed 12 # one item in eight, for three seconds
same "too old" 0 "$(all_items)"
same "counters of January are hours now" "$({ expected rule rules 8000; expected rule rules 30 12; } | awk -F '\t' '{ n += $3 } END { print n }')" \
	"$(sql "SELECT sum(packets) FROM counters c JOIN origins o ON o.id = c.origin WHERE kind = 'rule'")"
[ "$(sql 'SELECT count(*) FROM counters WHERE step < 3600')" -le 4 ] || not_ok "counters are not made coarser"

# What a configuration can have wrong.
config "$tmp/wrong.yaml" "type: sqlite" "path: history.db" "keep: {events: 1s, event: 1d}"
"$driver" "$tmp/wrong.yaml" 2>"$tmp/messages" && not_ok "a wrong configuration is taken"
contains "a path" "the path of the history must be absolute" "$tmp/messages"
contains "a key" "event" "$tmp/messages"

# How fast, with batches as they are unless configured otherwise.
rm -f "$db"*
sed -i 's/batch:.*/queue: {memory: 1GiB}/' "$tmp/same.yaml"
begin=$(now_ms)
"$driver" "$tmp/same.yaml" --items 400000 --seed 11 --rate 1000000 --wait 40 >"$tmp/stats" 2>"$tmp/messages"
took=$(($(now_ms) - begin))
same "written fast" "400000 0" "$(stat written) $(stat dropped)"
bytes=$(wc -c <"$db")
echo "# SQLite: sentryctl's answers are the numbers handed over; each item once over kill -9; $asked questions beside the writer;" \
	"$((400000000 / took)) items/s, $((bytes / 400000)) bytes each"
exit $failed
