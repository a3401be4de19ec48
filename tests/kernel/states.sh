#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause
# The connection table with real sockets on both sides of a policy: connect, close, reset, half-close, simultaneous
# open, idle timeouts, one direction only, errors, and a hundred thousand connections; IPv4 and IPv6.
. "$(dirname "$0")/common.bash"
. "$(dirname "$0")/wire.bash"

near4=10.77.0.1 far4=10.77.0.2 near6=fd00:77::1 far6=fd00:77::2

# The near end serves ports 8000 to 8009 and may begin whatever it likes.
cat >"$tmp/both.sp" <<'SP'
policy both-ways {
    states {
        max 200_000;
        tcp opening 2s; tcp established 3s; tcp closing 3s; tcp closed 1s;
        udp opening 1s; udp established 2s; icmp 1s;
    }
    interface uplink = "eth0";
    ingress on uplink {
        rule bad      deny   state invalid;
        rule back     allow  state established;
        rule errors   allow  state related;
        rule served   allow  tcp port { 8000-8009, 8100-8109 } flags syn/syn,ack state new;
        rule asked    allow  udp port 8000 state new;
        rule finding  allow  icmp6 { 135, 136 };
        default deny;
    }
    egress on uplink {
        default allow;
    }
}
SP
"$build/sentryc" compile "$tmp/both.sp" -o "$tmp/both.o" || exit 1

# serve NAMESPACE ARGUMENTS…: in the background, once it is ready.
serve() {
	local log=$tmp/serve.$RANDOM
	wire "$1" "$here/sockets.py" "${@:2}" >"$log" 2>&1 &
	background+=($!)
	for _ in $(seq 50); do
		grep -q ready "$log" && return
		sleep 0.1
	done
	not_ok "no service: ${*:2}: $(cat "$log")"
}

say() {
	wire "$1" "$here/sockets.py" "${@:2}" 2>&1 | tail -n 1
}

check "applied" apply "$tmp/both.o"

for end in "4 $near4 $far4" "6 $near6 $far6"; do
	read -r v own other <<<"$end"
	serve "$far" echo "$other" 7000 30
	serve "$near" echo "$own" 8000 30
	serve "$near" echo "$own" 9000 30
	same "IPv$v: out: connects, talks, closes" "connected 3 closed" "$(say "$near" talk "$other" 7000)"
	same "IPv$v: in to what is served" "connected 3 closed" "$(say "$far" talk "$own" 8000)"
	before=$(packets default)
	same "IPv$v: in to what is not: no answer" "TimeoutError" "$(say "$far" talk "$own" 9000 | sed 's/ETIMEDOUT/TimeoutError/')"
	check "IPv$v: the default denied it" test "$(packets default)" -gt "$before"

	serve "$far" slow "$other" 7001
	same "IPv$v: out, half closed: the rest comes" 1500 "$(say "$near" half "$other" 7001)"
	serve "$near" slow "$own" 8001
	same "IPv$v: in, half closed: the rest goes" 1500 "$(say "$far" half "$own" 8001)"

	same "IPv$v: out, reset" reset "$(say "$near" reset "$other" 7000)"
	same "IPv$v: in, reset" reset "$(say "$far" reset "$own" 8000)"
	same "IPv$v: refused at the far end" ECONNREFUSED "$(say "$near" talk "$other" 7999)"

	same "IPv$v: pauses below the timeout" "connected 3 closed" "$(say "$near" talk "$other" 7000 3 2)"
	before=$(packets bad)
	same "IPv$v: idle for longer than the timeout: what comes back is of no connection" "connected TimeoutError" \
		"$(say "$near" talk "$other" 7000 2 4)"
	check "IPv$v: and counted as that" test "$(packets bad)" -gt "$before"

	serve "$far" answer "$other" 7100
	same "IPv$v: UDP out" 3 "$(say "$near" datagram "$other" 7100 3 0.2)"
	same "IPv$v: UDP to a closed port: the ICMP error is related" ECONNREFUSED "$(say "$near" datagram "$other" 7199 1 | cut -d' ' -f1)"
	serve "$far" later "$other" 7101 0.5
	same "IPv$v: a UDP answer in time" answer "$(say "$near" late "$other" 7101 0.5)"
	serve "$far" later "$other" 7102 1.5
	same "IPv$v: a UDP answer too late" TimeoutError "$(say "$near" late "$other" 7102 1.5)"
	serve "$near" answer "$own" 8000
	same "IPv$v: UDP in" 2 "$(say "$far" datagram "$own" 8000 2 0.2)"
	serve "$near" answer "$own" 8005
	same "IPv$v: UDP in to what is not served" "TimeoutError 0" "$(say "$far" datagram "$own" 8005 1)"
done

# A ping is a question and an answer.
cat >"$tmp/ping.py" <<'PY'
import sys
from frames import *
v6 = ":" in sys.argv[2]
query, reply, proto = (128, 129, ICMP6) if v6 else (8, 0, ICMP)
s = socket.socket(socket.AF_INET6 if v6 else socket.AF_INET, socket.SOCK_RAW, proto)
s.settimeout(0.7)
s.connect((sys.argv[2], 0))
body = struct.pack("!HH", int(sys.argv[3]), 1) + b"ping"
text = struct.pack("!BBH", query, 0, 0) + body
s.send(text if v6 else patch(text, 2, checksum(text)))
try:
    while True:
        got = s.recv(2000)
        at = 0 if v6 else 20
        if got[at] == reply and got[at + 4:at + 6] == body[:2]:
            print("answered")
            break
except OSError:
    print("silence")
PY
for end in "$near4 $far4" "$near6 $far6"; do
	read -r own other <<<"$end"
	same "ping out to $other" answered "$(wire "$near" "$tmp/ping.py" - "$other" 77)"
	same "ping in to $own" silence "$(wire "$far" "$tmp/ping.py" - "$own" 78)"
	# While the near end asks with one identifier, the far end may not ask with the same.
	wire "$near" "$tmp/ping.py" - "$other" 79 >/dev/null
	same "ping in with the identifier of one out" silence "$(wire "$far" "$tmp/ping.py" - "$own" 79)"
done

# Both begin at once: the far end's first SYN passes the policy and then gets lost, for it is addressed to another card;
# so the far end is waiting for an answer when the near end's SYN comes.
for end in "$near4 $far4" "$near6 $far6"; do
	read -r own other <<<"$end"
	ip -n "$far" neighbour replace "$own" lladdr 02:00:00:00:00:77 dev eth0 nud permanent
	wire "$far" "$here/sockets.py" both "$other" 7301 "$own" 8003 >"$tmp/far.both" 2>&1 &
	background+=($!)
	peer=$!
	sleep 0.5
	ip -n "$far" neighbour replace "$own" lladdr 02:00:00:00:00:01 dev eth0 nud permanent
	same "simultaneous open: near $own" "connected hello" "$(say "$near" both "$own" 8003 "$other" 7301)"
	wait "$peer"
	same "simultaneous open: far $other" "connected hello" "$(cat "$tmp/far.both")"
done
ctl states -o json >"$tmp/states.json" || not_ok "sentryctl states"
check "nothing was lost in the table" python3 -c '
import json, sys
d = json.load(open(sys.argv[1]))
assert d["failed"] == 0 and d["evicted"] == 0, d' "$tmp/states.json"

# One direction only: the policy sees what comes in and nothing of what goes out.
for word in "" "loose;"; do
	cat >"$tmp/one.sp" <<-SP
		policy one-way {
		    states { tcp opening 2s; $word }
		    interface uplink = "eth0";
		    ingress on uplink {
		        rule served  allow  tcp port 8000-8009 state new;
		        rule going   allow  state established;
		        rule finding allow  icmp6 { 135, 136 };
		        default deny;
		    }
		}
	SP
	check "one way${word:+, loose}: applied" apply "$tmp/one.sp"
	serve "$near" echo "$near4" 8002 5
	if [ -z "$word" ]; then
		same "one way: a bare ACK begins nothing" "connected TimeoutError" "$(say "$far" talk "$near4" 8002)"
	else
		same "one way, loose: works" "connected 3 closed" "$(say "$far" talk "$near4" 8002)"
	fi
done

# A hundred thousand, through a table that has room for them.
sed -i 's/tcp closed 1s/tcp closed 1h/; s/tcp established 3s/tcp established 1h/' "$tmp/both.sp"
check "applied again" apply "$tmp/both.sp"
inserted() {
	ctl states -o json | json 'd["inserted"]'
}
before=$(inserted)
serve "$near" crowd "$near4" 8100 10
same "100,000 connections: all connected" 100000 "$(say "$far" many "$near4" 8100 10 100000)"
after=$(inserted)
same "100,000 entries" 100000 "$((after - before))"
check "all of them still there" test "$(ctl states -o json | json 'd["connections"] + d["expired"]')" -ge 100000

check "removed" apply --remove
same "nothing is left" "" "$(leftovers)"
finish
