#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause
# sentryd in a real kernel: what it hands on is what the rules have counted, over fifty changes of policy under traffic, over
# restarts and kills, with several policies and with none; another reader is told so; what it may is CAP_BPF; memory.
. "$(dirname "$0")/common.bash"

# Nothing but what is sent here: no router, no neighbour asks.
without_ipv6 "$near" "$far"
for ns in "$near" "$far"; do
	ip -n "$ns" link set eth0 arp off
done
address() {
	ip -n "$1" -br link show dev eth0 | awk '{ print $3 }'
}
ip -n "$far" neigh replace 10.77.0.1 lladdr "$(address "$near")" dev eth0 nud permanent
ip -n "$near" neigh replace 10.77.0.2 lladdr "$(address "$far")" dev eth0 nud permanent

# watching NAME POLICY PORTS STATEMENT RULE [DIRECTION]: with another rule, which nothing matches, slots are others.
watching() {
	cat >"$tmp/$1.sp" <<-END
		policy $2 {
		    interface uplink = "eth0";
		    $4
		    ${6:-ingress} on uplink {
		        $5
		        rule seen   deny   udp to any port $3  log;
		        rule quiet  deny   udp to any port 7;
		        default allow;
		    }
		}
	END
	"$build/sentryc" compile "$tmp/$1.sp" -o "$tmp/$1.o" || exit 1
}
both='account { traffic; flows; }'
watching one edge 20000-59999 "$both" ''
watching two edge 20000-59999 "$both" 'rule never deny udp to any port 6;'

port=$(python3 -c 'import socket; s = socket.socket(); s.bind(("127.0.0.1", 0)); print(s.getsockname()[1])')
# In memory, as /run is: else each change of policy waits for a disk.
mkdir "$tmp/run"
mount -t tmpfs -o size=128m none "$tmp/run" || exit 1
trap 'umount -l "$tmp/run"; cleanup' EXIT
cat >"$tmp/sentryd.yaml" <<END
bpffs: $bpffs/ps
state-directory: $tmp/sentryd
run-directory: $tmp/run
interval: 200ms
tables-interval: 1s
flows: {idle-timeout: 3s, active-timeout: 5s}
http: {listen: "127.0.0.1:$port"}
sinks:
  - type: file
    path: $tmp/items
    select: {kinds: [event, flow, rule, traffic, lost]}
    batch: {delay: 0ms}
  - type: sqlite
    path: $tmp/history.db
END
start() { # [COMMAND…]: what runs it; `daemon`
	"$@" "$build/sentryd" --config "$tmp/sentryd.yaml" --netns "$near" >"$tmp/said.out" 2>"$tmp/said" &
	daemon=$!
	background+=("$daemon")
}
page() {
	curl -s --max-time 5 "http://127.0.0.1:$port/$1"
}
# until_true SECONDS COMMAND…
until_true() {
	local tries=$(($1 * 20))
	shift
	until "$@" >/dev/null 2>&1; do
		[ $((tries -= 1)) -gt 0 ] || return 1
		sleep 0.05
	done
}
# shellcheck disable=SC2317 # called by until_true
answers() { page healthz | grep -qx alive; }
# shellcheck disable=SC2317
ready() { page readyz | grep -qx ready; }
# shellcheck disable=SC2317
not_ready() { page readyz | grep -q 'not ready: no policy'; }
stop() {
	local code
	kill -TERM "$daemon"
	wait "$daemon"
	code=$?
	same "$1: it ends well" 0 "$code"
	[ "$code" = 0 ] || sed 's/^/  | /' "$tmp/said"
}
metric() {
	page metrics | awk -v name="$1" '$1 == name { print $2 }'
}

# Each packet is another one: N of them, by source and destination port, from BEGIN on; PAUSE seconds after each thousand.
cat >"$tmp/send.py" <<'END'
import os, socket, sys, time
begin, n, pause, stop = int(sys.argv[1]), int(sys.argv[2]), float(sys.argv[3]), sys.argv[4]
sockets = {}
sent = 0
for i in range(begin, begin + n):
    source = 1024 + i // 40000
    if source not in sockets:
        sockets[source] = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        sockets[source].bind(("10.77.0.2", source))
    sockets[source].sendto(b"x" * 20, ("10.77.0.1", 20000 + i % 40000))
    sent += 1
    if sent % 20 == 0:
        time.sleep(pause / 50)
        if os.path.exists(stop):
            break
print(sent)
END
send() { # BEGIN N [PAUSE]
	ip netns exec "$far" python3 "$tmp/send.py" "$1" "$2" "${3:-0.05}" "${4:-$tmp/never}"
}

# sums NAME EXPRESSION: of the items that are there.
cat >"$tmp/sums.py" <<'END'
import collections, glob, json, sys
items = [json.loads(line) for path in sorted(glob.glob(sys.argv[1] + "/items*")) for line in open(path)]
events = [i for i in items if i["kind"] == "log"]
unique = {(e["source_port"], e["dest_port"]) for e in events}
lost = sum(i["lost"] for i in items if i["kind"] == "lost" and i["what"] == "events")
flows_lost = sum(i["lost"] for i in items if i["kind"] == "lost" and i["what"] == "flows")
rules = collections.Counter()
for i in items:
    if i["kind"] == "rule":
        rules[i["rule"]] += i["packets"]
flows = sum(i["packets"] for i in items if i["kind"] == "flow" and i["rule"] == "seen")
traffic = sum(i["packets"] for i in items if i["kind"] == "traffic" and i["protocol"].lower() == "udp" and i["verdict"] == "deny")
double = len(events) - len(unique)
value = eval("(" + sys.argv[2] + ")")
print(*value if isinstance(value, tuple) else [value])
END
sums() { python3 "$tmp/sums.py" "$tmp" "$1"; }

# --- fifty changes of policy under traffic ----------------------------------------------
start
check "it starts before there is a policy" until_true 10 answers
check "and is not ready" until_true 5 not_ready
same "what it may: CAP_BPF" 0000008000000000 "$(awk '/^CapEff/ { print $2 }' "/proc/$daemon/status")"
same "and no more later" "0000008000000000 0000000000000000 1" \
	"$(awk '/^CapPrm/ { p = $2 } /^CapInh/ { i = $2 } /^NoNewPrivs/ { n = $2 } END { print p, i, n }' "/proc/$daemon/status")"
check "as each of its threads" test -z "$(awk '/^CapEff/ && $2 != "0000008000000000"' /proc/"$daemon"/task/*/status)"
apply "$tmp/one.o" >/dev/null || not_ok "first apply"
check "it sees the policy" until_true 10 ready
send 0 400000 0.2 "$tmp/stop" >"$tmp/sent" &
background+=($!)
sender=$!
swaps=0
for _ in $(seq 25); do
	for object in two one; do
		apply "$tmp/$object.o" >/dev/null && swaps=$((swaps + 1))
	done
done
touch "$tmp/stop"
wait "$sender"
sent=$(cat "$tmp/sent")
same "50 changes of policy" 50 "$swaps"
check "all that was sent was counted" until_true 10 test "$(packets seen)" = "$sent"
sleep 1
check "each change was seen" test "$(metric packet_sentry_generation_changes_total)" -ge 50
same "nothing was lost in ring buffers" 0 "$(metric packet_sentry_events_lost_total)"
expect "sentryctl does not take records from it" 3 "somebody else is reading" ctl events
stop "after the changes"
same "each packet is one event, counted by rule and interface, in one flow" "$sent 0 0 $sent $sent $sent" \
	"$(sums 'len(unique), double, lost, rules["seen"], traffic, flows + flows_lost')"
same "the history has them, too" "$sent" "$(ctl events --since 1h --db "$tmp/history.db" | grep -c '"kind":"log"')"
echo "# $swaps changes of policy while $sent packets were denied: each is one event, one count, in one flow"

# --- restarts and kills -----------------------------------------------------------------------
begin=$sent
watch_on() { # N [PAUSE]: that many more are sent and counted
	send "$begin" "$1" "${2:-0.02}" >/dev/null
	begin=$((begin + $1))
}
# What happens while nobody reads waits in the kernel.
watch_on 500
start
check "it starts again" until_true 10 answers
watch_on 500
sleep 1
stop "after a restart"
same "what came while it was away is there" "$begin $begin 0 $begin" "$(sums 'len(unique), rules["seen"], double, flows + flows_lost')"
for turn in 1 2 3; do
	start
	check "start $turn" until_true 10 answers
	watch_on 200
	# What was read has been written.
	sleep 1.2
	kill -KILL "$daemon"
	wait "$daemon" 2>/dev/null
	watch_on 100
done
start
check "it starts after three kills" until_true 10 answers
sleep 1
stop "after three kills"
same "kills at rest lose nothing and tell nothing twice" "$begin $begin 0 $begin" \
	"$(sums 'len(unique), rules["seen"], double, flows + flows_lost')"

# Under traffic: what was on the way from the kernel to the file is lost, and nothing comes twice.
for turn in 1 2 3 4; do
	start
	check "start $turn under traffic" until_true 10 answers
	(watch_on 3000 0.5) &
	traffic=$!
	sleep "0.$((turn * 7 % 10))"
	kill -KILL "$daemon"
	wait "$daemon" 2>/dev/null
	wait "$traffic"
	begin=$((begin + 3000))
done
start
check "it starts after kills under traffic" until_true 10 answers
sleep 1
stop "after kills under traffic"
same "the kernel has counted all" "$begin" "$(packets seen)"
read -r double missing rules flows < <(sums "double, $begin - len(unique), rules['seen'], flows + flows_lost")
same "no event twice" 0 "$double"
check "few events are missing: $missing" test "$missing" -lt 4000 -a "$missing" -ge 0
check "no counter is told of twice" test "$rules" -le "$begin"
check "nor a flow" test "$flows" -le "$begin"
echo "# four kills under traffic: of 12000 records, $missing were on their way; none came twice"

# --- while nobody looks ------------------------------------------------------------------------
# What generations that went out of force have left is there as long as they are kept.
rm -f "$tmp"/items*
start
check "it starts" until_true 10 ready
stop "before nobody looks"
rm -f "$tmp"/items*
send 0 300 >/dev/null
apply "$tmp/two.o" >/dev/null
send 300 200 >/dev/null
apply "$tmp/one.o" >/dev/null
send 500 100 >/dev/null
for turn in first second; do
	start
	check "it starts the $turn time" until_true 10 ready
	sleep 1
	stop "after the $turn time"
	same "events and flows of all three generations, $turn time" "600 600 0 0" \
		"$(sums 'len(unique), flows + flows_lost, double, lost')"
	check "there is nothing to say, $turn time" test ! -s "$tmp/said"
done
# More of them than are kept.
for object in two one two one two one; do
	apply "$tmp/$object.o" >/dev/null
done
start
check "it starts after six changes" until_true 10 ready
check "and says what is missing" until_true 5 grep -q 'came and went while nobody looked; their events are lost' "$tmp/said"
stop "after six changes"
same "files of flows of those that are gone" 0 \
	"$(($(find "$tmp/run" -name 'flows-*' | wc -l) > 4))"
# Losses are told of once, whoever reads.
rm -f "$tmp"/items*
send 0 60000 0 >/dev/null
for turn in first second third; do
	start
	check "it starts with a ring buffer that was full, $turn time" until_true 10 ready
	sleep 0.5
	[ $turn != first ] || lost=$(sums lost)
	kill -KILL "$daemon"
	wait "$daemon" 2>/dev/null
done
check "records were lost: $lost" test "$lost" -gt 0
same "each is told of once" "60000 $lost" "$(sums 'len(unique) + lost, lost')"
apply "$tmp/two.o" >/dev/null
apply --rollback >/dev/null
start
check "it starts after a rollback" until_true 10 ready
apply "$tmp/two.o" >/dev/null
sleep 0.5
apply --rollback >/dev/null
sleep 1.5
stop "after rollbacks"
same "also by generations that come back" "60000 $lost" "$(sums 'len(unique) + lost, lost')"

# --- policies that come and go ------------------------------------------------------------------
start
check "it starts" until_true 10 ready
forget >/dev/null
check "without a policy it is not ready" until_true 10 not_ready
rm -f "$tmp"/items*
apply "$tmp/two.o" >/dev/null
check "and is when there is one again" until_true 10 ready
send 0 300 >/dev/null
sleep 1
same "whose counters begin anew" "300 300 0" "$(sums 'len(unique), rules["seen"], double')"
watching silent silent 20000-59999 '' ''
sed -i 's/ *log;/;/' "$tmp/silent.sp"
"$build/sentryc" compile "$tmp/silent.sp" -o "$tmp/silent.o"
rm -f "$tmp"/items*
apply "$tmp/silent.o" >/dev/null
check "a policy without records" until_true 10 test "$(metric packet_sentry_policy_in_force)" = 1
sleep 0.5
send 0 200 >/dev/null
sleep 1
same "has counters, and no events" "0 200" "$(sums 'len(events), sum(i["packets"] for i in items if i["kind"] == "rule" and i["rule"] == "seen" and i["policy"] == "silent")')"
# Two at once, one for each direction.
watching inward inward 20000-59999 '' ''
watching outward outward 20000-59999 '' '' egress
rm -f "$tmp"/items*
expect "two policies" 0 "" apply "$tmp/inward.o" "$tmp/outward.o"
sleep 0.5
send 0 2000 0.02 >/dev/null
udp "$near" 10.77.0.2 20005 30
sleep 1.5
same "each has its own events and counters" "2000 2000 30 30 0" \
	"$(sums '*[n for p in ("inward", "outward") for n in (sum(e["policy"] == p for e in events),
		sum(i["packets"] for i in items if i["kind"] == "rule" and i["policy"] == p))], lost')"
stop "after policies that came and went"
check "there was nothing to say" test ! -s "$tmp/said"

# --- who else reads -------------------------------------------------------------------------------
"$build/sentryctl" events --follow --bpffs "$bpffs/ps" --netns "$near" >/dev/null 2>&1 &
background+=($!)
other=$!
sleep 0.5
start
check "with another reader it says so, and goes on" until_true 10 grep -q 'events: .*reading' "$tmp/said"
check "with all else" until_true 10 ready
kill -TERM "$other"
wait "$other" 2>/dev/null
check "and reads when the other one is gone" until_true 10 grep -q 'they can be read again' "$tmp/said"
send 60000 100 >/dev/null
until_true 5 test "$(sums 'sum(e["source_port"] == 1025 for e in events)')" = 100
same "all of it" 100 "$(sums 'sum(e["source_port"] == 1025 for e in events)')"
stop "after another reader"

# --- memory ------------------------------------------------------------------------------------------
if nm "$build/sentryd" 2>/dev/null | grep -q __asan_init; then
	echo "# sanitized build: no valgrind"
else
	rm -f "$tmp"/items*
	apply "$tmp/one.o" >/dev/null
	start valgrind --quiet --error-exitcode=99 --leak-check=full --errors-for-leak-kinds=definite,indirect,possible \
		--suppressions="$here/valgrind.supp"
	check "valgrind: it starts" until_true 60 ready
	send 0 500 >/dev/null
	apply "$tmp/two.o" >/dev/null
	send 500 500 >/dev/null
	page metrics >/dev/null
	kill -HUP "$daemon"
	until_true 20 grep -q 'read again' "$tmp/said"
	apply "$tmp/inward.o" "$tmp/outward.o" >/dev/null
	sleep 2
	stop "valgrind"
	same "valgrind: all of it" "1000 0" "$(sums 'len(unique), double')"
fi

apply --remove >/dev/null
same "nothing is left" "" "$(leftovers)"
finish
