#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause
# sentryd keeps a history of real traffic, over a swap of policies and a restart of its own: what sentryctl answers from it is
# what the kernel has counted, by rule, flow and protocol, and each record that was written; with nothing else installed.
. "$(dirname "$0")/common.bash"

write() { # write NAME ACCOUNT
	cat >"$tmp/$1.sp" <<-END
		policy edge {
		    $2
		    interface uplink = "eth0";
		    ingress on uplink {
		        rule dns   allow  udp port 5353;
		        rule bad   deny   udp port 9  log;
		        rule some  deny   udp port 10  sample 1/1;
		        rule none  deny   udp port 11;
		        default allow;
		    }
		}
	END
	"$build/sentryc" compile "$tmp/$1.sp" -o "$tmp/$1.o" || exit 1
}

cat >"$tmp/sentryd.yaml" <<END
bpffs: $bpffs/ps
state-directory: $tmp/sentryd
run-directory: $tmp/run
interval: 200ms
flows: {active-timeout: 1s, idle-timeout: 1s}
sinks:
  - {type: sqlite, path: $tmp/history.db, batch: {delay: 100ms}}
END
mkdir "$tmp/run"
without_ipv6 "$near" "$far"

daemon_start() {
	"$build/sentryd" --config "$tmp/sentryd.yaml" --netns "$near" >"$tmp/daemon.log" 2>&1 &
	daemon=$!
	background+=("$daemon")
	for _ in $(seq 50); do
		[ -s "$tmp/history.db" ] && return
		kill -0 "$daemon" || break
		sleep 0.1
	done
	not_ok "sentryd: $(cat "$tmp/daemon.log")"
}

daemon_end() { # daemon_end SIGNAL
	kill -"$1" "$daemon"
	wait "$daemon" 2>/dev/null
}

past() { "$build/sentryctl" "$1" --db "$tmp/history.db" "${@:2}"; }

# by_rule: "RULE PACKETS BYTES" of `rules -o json`, of those that met something
by_rule() {
	python3 -c '
import json, sys
for block in json.load(sys.stdin)["blocks"]:
    for rule in block["rules"]:
        if rule["packets"]:
            print(rule["name"], rule["packets"], rule["bytes"])' | sort
}

begin=$(date +%s)
write full 'account { traffic; flows; }'
write other 'account { flows; traffic; } '
expect "no history yet" 3 "there is no history at" past rules --since 1h
expect "a directory" 3 "cannot be opened: it is a directory" past rules --db "$tmp" --since 1h
apply "$tmp/full.o" >/dev/null || not_ok "apply"
daemon_start
for port in 5353 9 10; do
	udp "$far" 10.77.0.1 $port $((port / 10 + 100))
done
sleep 0.5
apply "$tmp/other.o" >/dev/null || not_ok "swap"
for port in 5353 9 10 12345; do
	udp "$far" 10.77.0.1 $port 50
done
ip netns exec "$far" ping -c 5 -i 0.1 -W 1 10.77.0.1 >/dev/null
sleep 2
daemon_end TERM
udp "$far" 10.77.0.1 9 30
udp "$far" 10.77.0.1 5353 40
daemon_start
sleep 2.5
daemon_end KILL
daemon_start
udp "$far" 10.77.0.1 9 20
sleep 2.5
# They still ask by ARP: what is compared is of a time when they did not.
for _ in 1 2 3 4 5; do
	ctl stats -o json >"$tmp/before"
	daemon_end TERM
	ctl rules -o json >"$tmp/rules"
	ctl stats -o json >"$tmp/stats"
	cmp -s "$tmp/stats" "$tmp/before" && break
	daemon_start
	sleep 2
done
same "no word of trouble" "" "$(grep -v 'policy\|generation' "$tmp/daemon.log")"

by_rule <"$tmp/rules" >"$tmp/counted"
past rules --since 1h -o json | by_rule >"$tmp/kept"
agree() { # agree NAME WANTED GOT
	if diff "$2" "$3" >"$tmp/difference"; then ok "$1"; else not_ok "$1"; cat "$tmp/difference"; fi
}
check "something was counted" test "$(wc -l <"$tmp/counted")" -ge 4
agree "rules of the history are those of the kernel" "$tmp/counted" "$tmp/kept"
same "a rule that met nothing is there, with its line" "0 deny 8" "$(past rules --since 1h -o json | json \
	'" ".join(str(r[k]) for b in d["blocks"] for r in b["rules"] if r["name"] == "none" for k in ("packets", "verdict", "line"))')"
past flows --since 1h -o json | python3 -c '
import collections, json, sys
sums = collections.defaultdict(lambda: [0, 0])
for line in sys.stdin:
    flow = json.loads(line)
    sums[flow["rule"]][0] += flow["packets"]
    sums[flow["rule"]][1] += flow["bytes"]
for rule in sorted(sums):
    print(rule, *sums[rule])' >"$tmp/flows"
agree "flows of the history add up to the rules" <(grep -v '^non-ip' "$tmp/counted") "$tmp/flows"
bad=$(sed -n 's/^bad \([0-9]*\) .*/\1/p' "$tmp/counted")
some=$(sed -n 's/^some \([0-9]*\) .*/\1/p' "$tmp/counted")
same "each log record is kept, once" "$bad" "$(past events --since 1h --rule bad -o json 2>/dev/null | grep -c '"kind":"log"')"
same "and each sample, with its frame" "$some" "$(past events --since 1h -o json 2>/dev/null | grep -c '"kind":"sample".*"frame":"')"
same "as a capture" "$some" "$(past events --since 1h -o pcapng 2>/dev/null | tcpdump -nr - 'udp dst port 10' 2>/dev/null | wc -l)"
same "protocols of top are those of stats" "$(python3 -c '
import collections, json, sys
sums = collections.Counter()
def walk(value):
    if isinstance(value, dict):
        if isinstance(value.get("protocol"), str) and "packets" in value:
            sums[value["protocol"].lower()] += value["packets"]
        for inner in value.values():
            walk(inner)
    elif isinstance(value, list):
        for inner in value:
            walk(inner)
walk(json.load(sys.stdin))
print(*sorted("%s=%d" % pair for pair in sums.items() if pair[1]))' <"$tmp/stats")" "$(past top --since 1h -o json -n 0 | json \
	'" ".join(sorted("%s=%d" % (r["protocol"].lower(), r["packets"]) for r in d["protocols"]["rows"]))')"
same "the busiest source" "10.77.0.2 flows" "$(past top --since 1h -o json | json 'd["sources"]["rows"][0]["address"], d["sources"]["basis"]' | tr -d "'(),")"
same "nothing is of before it began" 0 "$(past events --since 7d --until "$(date -u -d "@$((begin - 1))" +%FT%TZ)" 2>/dev/null | wc -l)"
expect "as text" 0 'bad +ingress eth0  UDP 10.77.0.2:[0-9]+ > 10.77.0.1:9' past events --since 1h --rule bad -n 1 -o text
chmod 755 "$tmp" && chmod 644 "$tmp/history.db"
expect "the history takes no privilege but to read it" 0 " bad " setpriv --reuid=65534 --regid=65534 --clear-groups \
	"$build/sentryctl" rules --since 1h --db "$tmp/history.db"

# A policy that keeps no flows: talkers of the last minutes are those that sentryd was told of.
write plain ''
apply "$tmp/plain.o" >/dev/null || not_ok "apply without accounting"
same "talkers from the history" "10.77.0.2 history" "$(ctl top -o json --db "$tmp/history.db" | json \
	'd["sources"]["rows"][0]["address"], d["sources"]["basis"]' | tr -d "'(),")"
finish
