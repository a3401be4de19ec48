# SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause
# shellcheck shell=bash
# What the tests of PostgreSQL, ClickHouse and InfluxDB have in common: the driver, what it must have led to, and a proxy that
# takes answers away. To be sourced.
# shellcheck disable=SC2034 # what is set here is for those who source it
set -u
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
build=${BUILD:-$here/../../build}
driver=$build/tests/sinks/driver
servers=$here/servers
. "$servers/common.sh"
# In memory if there is room: ClickHouse makes some hundred files an INSERT, and it is not the disk that is tested.
base=${TMPDIR:-/tmp}
[ ! -w /dev/shm ] || [ "$(df --output=avail /dev/shm | tail -n 1)" -lt 2000000 ] || base=/dev/shm
tmp=$(mktemp -d -p "$base")
failed=0
stop_all=()
proxy=

not_ok() { echo "not ok: $*"; failed=1; }
same() { # WHAT WANTED GOT
	[ "$2" = "$3" ] || not_ok "$1: wanted '$2', got '$3'"
}
contains() { # WHAT WANTED FILE
	grep -qF -- "$2" "$3" || { not_ok "$1: no '$2' in:"; head -n 5 "$3"; }
}

ended() {
	local stop

	for stop in "${stop_all[@]}"; do
		"$stop"
	done
	[ -z "$proxy" ] || kill "$proxy" 2>/dev/null
	# shellcheck disable=SC2046 # one word each
	[ -z "$(jobs -p)" ] || kill $(jobs -p) 2>/dev/null
	wait 2>/dev/null
	rm -rf "$tmp"
}
trap ended EXIT

[ -x "$driver" ] || { echo "$driver is not built"; exit 1; }

# config FILE KEYS…: a configuration of one sink, named `store`; small batches, so that there are many.
config() {
	local file=$1

	shift
	{
		echo "sinks:"
		echo "  - name: store"
		echo "    batch: {items: 2000, delay: 100ms}"
		printf '    %s\n' "$@"
	} >"$file"
}

# drive CONFIG ARGUMENTS…: to the end; statistics in $tmp/stats, messages in $tmp/messages.
drive() {
	mkdir -p "$tmp/state"
	"$driver" "$@" --state "$tmp/state" >"$tmp/stats" 2>"$tmp/messages" || { not_ok "driver $*:"; cat "$tmp/messages"; }
}

# refused_config MESSAGE KEYS…: a configuration that is wrong, and that is said with its place.
refused_config() {
	local message=$1

	config "$tmp/wrong.yaml" "${@:2}"
	"$driver" "$tmp/wrong.yaml" --items 1 >"$tmp/stats" 2>"$tmp/messages" && not_ok "taken: ${*:2}"
	contains "a wrong configuration" "$message" "$tmp/messages"
	grep -qE "wrong.yaml:[0-9]+:[0-9]+: error:" "$tmp/messages" || not_ok "no place: $(cat "$tmp/messages")"
}

# What drive does, beside what the test does meanwhile.
drive_begin() {
	mkdir -p "$tmp/state"
	"$driver" "$@" --state "$tmp/state" >"$tmp/stats" 2>"$tmp/messages" &
	driving=$!
}
drive_end() {
	wait "$driving" || { not_ok "the driver:"; cat "$tmp/messages"; }
}

# stat NAME: of the sink `store`.
stat() {
	python3 -c 'import json, sys; print(json.load(open(sys.argv[1]))["store"][sys.argv[2]])' "$tmp/stats" "$1"
}

# proxy_start PORT TARGET WORDS TIMES: see cut.py; waits until it listens.
proxy_start() {
	: >"$tmp/cuts"
	"$here/cut.py" "$@" >"$tmp/cuts" 2>"$tmp/proxy" &
	proxy=$!
	wait_until "the proxy listens" "(exec 3<>/dev/tcp/127.0.0.1/$1)"
}
proxy_stop() {
	kill "$proxy" 2>/dev/null
	wait "$proxy" 2>/dev/null
	proxy=
}

# expected KIND KEY ITEMS [SEED]: "NAME items packets bytes" on each line, sorted; KEY is rules or protocols.
expected() {
	"$driver" --expect --items "$3" --seed "${4:-1}" | python3 -c '
import json, sys
sums = json.load(sys.stdin)[sys.argv[1]][sys.argv[2]]
for name in sums:
    print(name, sums[name]["items"], sums[name]["packets"], sums[name]["bytes"], sep="\t")' "$1" "$2" | LC_ALL=C sort
}
# expected_items ITEMS: how many rows each table must have: "TABLE N".
expected_items() {
	"$driver" --expect --items "$1" | python3 -c '
import json, sys
tables = {"event": "events", "flow": "flows", "rule": "rules", "traffic": "traffic", "flags": "flags", "alert": "alerts", "lost": "lost"}
for kind, sums in json.load(sys.stdin).items():
    print(tables[kind], sums["items"])' | LC_ALL=C sort
}
# documented LANGUAGE COMMAND: runs each query of the documentation that begins with "-- LANGUAGE:".
documented() {
	local query n=0

	while read -r -d '' query; do
		n=$((n + 1))
		"$2" "$query" >"$tmp/answer" 2>&1 || { not_ok "a query of the documentation: $query"; cat "$tmp/answer"; }
	done < <(awk -v first="-- $1: " '/^```/ { if (on) printf "%c", 0; on = 0; begins = /^```sql$/; next }
		begins { on = index($0, first) == 1; begins = 0 } on { print }' "$here"/../../docs/telemetry*.md)
	[ "$n" -gt 0 ] || not_ok "no query in $1 is documented"
}
now_ms() { echo $((${EPOCHREALTIME/./} / 1000)); }
