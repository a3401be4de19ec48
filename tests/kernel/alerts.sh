#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause
# Alerts of sentryd with real packets: a detection is told at once and then counted, forged sources are told together, no
# packet is left out; a rule that meets more than it used to is told, also after a restart; both are in the metrics.
. "$(dirname "$0")/common.bash"
. "$here/wire.bash"
command -v curl >/dev/null || { echo "curl is missing: Debian's package curl"; exit 77; }

cat >"$tmp/watch.sp" <<-END
	policy watch {
	    interface uplink = "eth0";
	    ingress on uplink {
	        rule knock   deny  udp port 7  detect knocking;
	        rule forged  deny  udp port 8  detect flood;
	        rule busy    allow udp port 9;
	        rule limited rate-limit 1/h burst 1 udp port 10 log;
	        default allow;
	    }
	}
END
port=$(python3 -c 'import socket; s = socket.socket(); s.bind(("127.0.0.1", 0)); print(s.getsockname()[1])')
cat >"$tmp/sentryd.yaml" <<-END
	bpffs: $bpffs/ps
	state-directory: $tmp/daemon
	run-directory: $tmp/run
	http: {listen: "127.0.0.1:$port"}
	alerts:
	  detections: {cooldown: 3s, sources: 5}
	  anomalies: {interval: 1s, warm-up: 6s, half-life: 10s, cooldown: 2s, state: $tmp/usual}
	sinks:
	  - {type: file, path: $tmp/items.jsonl, select: {kinds: [event, alert]}}
END

metrics() {
	curl -s "http://127.0.0.1:$port/metrics" >"$tmp/metrics"
}

# wait_for NAME COMMAND…: up to ten seconds
wait_for() {
	local name=$1
	shift
	for _ in $(seq 100); do
		"$@" >"$tmp/out" 2>&1 && break
		sleep 0.1
	done
	check "$name" "$@"
}

start() {
	"$build/sentryd" --netns "$near" --config "$tmp/sentryd.yaml" >"$tmp/sentryd.log" 2>&1 &
	daemon=$!
	background=("$daemon")
	wait_for "sentryd reads the policy" in_force
}
in_force() {
	metrics && grep -q '^packet_sentry_policy_in_force 1' "$tmp/metrics"
}
stop() {
	kill "$daemon"
	wait "$daemon"
	same "sentryd ends well" 0 $?
	background=()
}

# alerts NAME: "alerts subjects packets" of the alerts of that name
alerts() {
	python3 -c '
import json, sys
found = [a for a in map(json.loads, open(sys.argv[1])) if a["kind"] == "alert" and a["alert"] == sys.argv[2]]
print(len(found), len({a["subject"] for a in found}), round(sum(a["value"] for a in found)))' "$tmp/items.jsonl" "$1"
}
is() {
	[ "$(alerts "$1")" = "$2" ] || { alerts "$1"; return 1; }
}
has() { # has NAME SUBJECT
	grep '"kind":"alert"' "$tmp/items.jsonl" | grep "\"alert\":\"$1\"" | grep -q "\"subject\":\"$2\""
}
# send PORT N [SOURCES]
send() {
	wire "$far" -c 'import sys
from frames import *
port, n, sources = (int(a) for a in sys.argv[1:])
send("eth0", [frame(ip4(udp(5, port), "198.18.0.%d" % (i % sources + 1), NEAR4)) for i in range(n)])' "$@"
}

apply "$tmp/watch.sp" >/dev/null || exit 1
start
send 7 501 1
wait_for "the first packet is told, and what follows, once" is knocking "2 1 501"
check "with its number" grep -q '"alert":"knocking".*"value":1,' "$tmp/items.jsonl"
check "with a sentence" grep -q 'knocking from 198.18.0.1 goes on, by rule knock: 500 more packets' "$tmp/items.jsonl"
send 8 1000 200
# Five and the others at once, and again six when the cooldown is over.
wait_for "forged sources are told together" is flood "12 6 1000"
check "as what they are" has flood "other sources"
send 10 5 1
wait_for "a limit has a kind of its own" grep -q '"kind":"limit".*"rule":"limited"' "$tmp/items.jsonl"
same "records of detections" 1501 "$(grep -c '"kind":"detect"' "$tmp/items.jsonl")"
same "each with its name" 1501 "$(grep -c '"detection":"\(knocking".*"rule":"knock"\|flood".*"rule":"forged"\)' \
	"$tmp/items.jsonl")"

# What is usual: some twenty a second. It is learned while they come, and kept over a restart.
usual() { # SECONDS
	for _ in $(seq "$1"); do
		send 9 20 1
		sleep 0.8
	done
}
usual 8
same "usual traffic is not told" "" "$(has rule-rate busy && echo told)"
stop
check "what was learned is on disk" test -s "$tmp/usual"
start
usual 2
# Frozen or not: the burst goes on until it is told.
for _ in 1 2 3 4 5; do
	send 9 2000 1
	has rule-rate busy && break
	sleep 0.5
done
wait_for "a hundred times as much is told, at once after a restart" has rule-rate busy
metrics
check "alerts are counted" grep -Eq '^packet_sentry_alerts_total [1-9]' "$tmp/metrics"
check "the score is in the metrics" grep -Eq '^packet_sentry_[a-z_]*score.*busy' "$tmp/metrics"
echo "# 14 alerts of 1501 detections, none left out; $(grep -o '"message":"busy[^"]*"' "$tmp/items.jsonl" | head -n 1 | cut -d'"' -f4)"
stop
apply --remove >/dev/null
finish
