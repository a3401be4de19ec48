#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause
# Policies are swapped under traffic: what all of them deny never gets through, what all allow always does, no record
# of a log rule is lost, and several appliers do not get into each other's way.
. "$(dirname "$0")/common.bash"

policy one 9 7
policy two 9 7

# Both ports at full speed until told to stop; counts what arrives at the near end's sockets.
cat >"$tmp/receive.py" <<'END'
import select, socket, sys
counts = {9: 0, 10: 0}
sockets = {}
for port in counts:
    s = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    s.bind(("10.77.0.1", port))
    sockets[s] = port
print("ready", flush=True)
while True:
    for s in select.select(list(sockets), [], [])[0]:
        data = s.recv(100)
        if data == b"stop":
            print(counts[9], counts[10], flush=True)
            sys.exit()
        counts[sockets[s]] += 1
END
cat >"$tmp/send.py" <<'END'
import os, socket, sys, time
s = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
sent = 0
while not os.path.exists(sys.argv[1]):
    s.sendto(b"denied", ("10.77.0.1", 9))
    s.sendto(b"allowed", ("10.77.0.1", 10))
    sent += 1
    time.sleep(0.0002)
time.sleep(0.3)
s.sendto(b"stop", ("10.77.0.1", 10))
print(sent)
END

apply "$tmp/one.o" >/dev/null || not_ok "first apply"
ip netns exec "$near" python3 "$tmp/receive.py" >"$tmp/received" &
background+=($!)
receiver=$!
for _ in $(seq 50); do
	grep -q ready "$tmp/received" && break
	sleep 0.1
done
"$build/sentryctl" events --follow --bpffs "$bpffs/ps" --netns "$near" >"$tmp/followed" 2>"$tmp/follow.err" &
background+=($!)
follower=$!
sleep 0.5
ip netns exec "$far" python3 "$tmp/send.py" "$tmp/stop" >"$tmp/sent" &
background+=($!)
sender=$!

swaps=0
for _ in $(seq 12); do
	for object in two one; do
		apply "$tmp/$object.o" >/dev/null && swaps=$((swaps + 1))
		sleep 0.15
	done
done
same "24 swaps under traffic" 24 "$swaps"

touch "$tmp/stop"
wait "$sender" "$receiver"
sleep 0.5
kill -INT "$follower"
wait "$follower"
same "the follower ends well" 0 $?
read -r leaked arrived < <(tail -n 1 "$tmp/received")
sent=$(cat "$tmp/sent")
same "not one denied packet of $sent got through" 0 "$leaked"
same "every allowed packet of $sent did" "$sent" "$arrived"

records=$(grep -c '"rule":"bad-in"' "$tmp/followed")
same "a record of every denied packet" "$sent" "$records"
generations=$(grep -o '"generation":[0-9]*' "$tmp/followed" | sort -u | wc -l)
check "from $generations generations" test "$generations" -ge 20
check "every line is JSON of the schema" python3 -c '
import json, sys
for line in open(sys.argv[1]):
    assert json.loads(line)["schema"] == "packet-sentry/event/v1"' "$tmp/followed"

# Four at once, each in turn: all succeed, and the generations are counted without a gap.
pids=()
for i in 1 2 3 4; do
	apply "$tmp/one.o" >"$tmp/racer.$i" 2>&1 &
	pids+=($!)
done
won=0
for pid in "${pids[@]}"; do
	wait "$pid" && won=$((won + 1))
done
same "four appliers at once" "4 29" "$won $(apply --status -o json | json 'd["generation"]')"
check "who waited said so" grep -q "another sentry-apply is at work" "$tmp"/racer.*
same "three generations are left" 3 "$(find "$bpffs" -name "gen-*" -o -name "staged-*" | wc -l)"

# A buffer that nobody reads overflows: said, and counted.
udp "$far" 10.77.0.1 9 60000
ctl events >"$tmp/drained" 2>"$tmp/drain.err"
check "losses are said" grep -Eq "[0-9]+ records .* were lost" "$tmp/drain.err"
same "the last line has their number, and none is missing" "lost True" "$(python3 -c '
import json, sys
lines = [json.loads(line) for line in open(sys.argv[1])]
print(lines[-1]["kind"], lines[-1]["lost"] + len(lines) - 1 >= 60000)' "$tmp/drained")"

"$build/sentryctl" events --follow --bpffs "$bpffs/ps" --netns "$near" >/dev/null 2>&1 &
background+=($!)
sleep 0.5
expect "two readers do not share a buffer" 3 "somebody else is reading" ctl events
kill -TERM $!
wait $!
apply --remove >/dev/null
same "nothing is left" "" "$(leftovers)"
finish
