#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause
# sentryd's flows over a generation that is left and comes back, by --rollback and by the deadman of --confirm, and over a
# kill of sentryd: what it hands on is what was sent, each packet once.
. "$(dirname "$0")/common.bash"

for name in one two; do
	cat >"$tmp/$name.sp" <<-END
		policy edge {
		    interface uplink = "eth0";
		    account { traffic; flows; }
		    ingress on uplink {
		        rule $name deny udp port 7;
		        default deny;
		    }
		}
	END
	"$build/sentryc" compile "$tmp/$name.sp" -o "$tmp/$name.o" || exit 1
done
without_ipv6 "$near" "$far"
cat >"$tmp/sentryd.yaml" <<END
bpffs: $bpffs/ps
state-directory: $tmp/sentryd
run-directory: $tmp/run
interval: 200ms
flows: {active-timeout: 1s, idle-timeout: 1s}
sinks:
  - {type: file, path: $tmp/items.json}
END
start() {
	ip netns exec "$near" "$build/sentryd" --config "$tmp/sentryd.yaml" >>"$tmp/sentryd.log" 2>&1 &
	sentryd=$!
	background+=("$sentryd")
	sleep 1
}
# sent N: so many packets, and time for sentryd to see them.
send() {
	udp "$far" 10.77.0.1 7 "$1"
	sent=$((sent + $1))
	sleep 0.6
}
# Of flows to port 7, all packets that were handed on.
handed_on() {
	python3 - "$tmp/items.json" <<-'END'
		import json, sys
		total = 0
		for line in open(sys.argv[1]):
		    item = json.loads(line)
		    if "flow" in item.get("schema", "") + item.get("kind", "") and item.get("dest_port") == 7:
		        total += item["packets"]
		print(total)
	END
}
sent=0
ip -n "$far" neigh replace 10.77.0.1 lladdr "$(ip -n "$near" -br link show dev eth0 | awk '{ print $3 }')" dev eth0 nud permanent

expect "the first" 0 "" apply "$tmp/one.o"
start
send 5
expect "another" 0 "" apply "$tmp/two.o"
send 7
sleep 2
expect "back to the first" 0 "" apply --rollback
send 11
sleep 2
expect "another, to be confirmed" 0 "" apply --confirm 1s "$tmp/two.o"
send 13
sleep 2
send 17
kill -KILL "$sentryd"
wait "$sentryd" 2>/dev/null
send 19
start
send 23
sleep 3
kill -TERM "$sentryd"
wait "$sentryd"
same "each packet once" "$sent" "$(handed_on)"
[ -s "$tmp/sentryd.log" ] && sed 's/^/# /' "$tmp/sentryd.log"
finish
