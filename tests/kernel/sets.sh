#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause
# Sets of the policy in force: filled, replaced as a whole under traffic without one wrong verdict, changed element by
# element; a mistake changes nothing; and what they hold goes on in the next policy, as connections and limits do.
. "$(dirname "$0")/common.bash"

mkdir "$tmp/lists"
printf '# two that are never sent from\n192.0.2.0/24\n2001:db8:bad::/48   # documentation\n' >"$tmp/lists/bogons.txt"

stateful() { # NAME [LINE…]: a policy with sets; the lines come before its last rule.
	local name=$1
	shift
	{
		cat <<-END
			policy edge {
			    interface uplink = "eth0";
			    set bogons  : net  max 2000 from "lists/bogons.txt";
			    set blocked : net  max 1000000;
			    set abusers : addr max 50 timeout 10m;
			    set seen    : addr max 1000;
			    ingress on uplink {
			        rule bogons   deny  from @bogons;
			        rule blocked  deny  from @blocked;
			        rule abusers  deny  from @abusers;
			        rule flood    rate-limit 1/m burst 5 per src udp to port 7  else deny add src to @seen;
			        rule state    allow state established;
		END
		printf '%s\n' "$@"
		printf '        default allow;\n    }\n}\n'
	} >"$tmp/$name.sp"
	"$build/sentryc" compile "$tmp/$name.sp" -o "$tmp/$name.o" || exit 1
}
stateful one
stateful two "        rule more deny udp to port 11;"

elements() { # SET: how many, by sentryctl.
	ctl sets -o json | json "[s['elements'] for s in d['sets'] if s['name'] == '$1'][0]"
}

# Whether a datagram of the far end arrives.
delivered() {
	ip netns exec "$near" python3 -c '
import socket, subprocess, sys
s = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
s.bind(("10.77.0.1", 9))
s.settimeout(0.7)
subprocess.run(["ip", "netns", "exec", sys.argv[1], "python3", "-c",
    "import socket; socket.socket(socket.AF_INET, socket.SOCK_DGRAM).sendto(b\"x\", (\"10.77.0.1\", 9))"])
try:
    s.recv(10)
    print("yes")
except socket.timeout:
    print("no")' "$far"
}

# --- at apply -----------------------------------------------------------------

mv "$tmp/lists/bogons.txt" "$tmp/lists/away"
expect "a file that is missing, with what to do" 3 "bogons.txt: .*--set bogons=FILE" apply "$tmp/one.o"
mv "$tmp/lists/away" "$tmp/lists/bogons.txt"
printf '192.0.2.0/24\n192.0.2.9\n' >"$tmp/bad"
expect "an overlap, with both lines" 1 "^$tmp/bad:2: error: 192.0.2.9 lies in 192.0.2.0/24 of line 1" \
	apply "$tmp/one.o" --set "bogons=$tmp/bad"
expect "an unknown set, with the names" 2 "no set 'bogon'; its sets: bogons, blocked, abusers, seen" \
	apply "$tmp/one.o" --set "bogon=$tmp/bad"
same "nothing is left of refused applies" "" "$(leftovers)"
expect "no policy, no set" 3 "no policy is in force" apply --set-list bogons
expect "applied, with the file beside the object" 0 "set bogons +2 elements from lists/bogons.txt" apply "$tmp/one.o"
same "listed, in order" "192.0.2.0/24 2001:db8:bad::/48" "$(apply --set-list bogons | paste -sd' ')"
same "the others begin empty" "0 0 0" "$(elements blocked) $(elements abusers) $(elements seen)"
same "a packet passes" yes "$(delivered)"

# --- element by element -------------------------------------------------------

check "an address is blocked" apply --set-add blocked=10.77.0.2
same "its packets are denied" no "$(delivered)"
expect "no element twice" 1 "set 'blocked' has 10.77.0.2 already" apply --set-add blocked=10.77.0.3,10.77.0.2
expect "nor one that covers it" 1 "10.77.0.2, which lies in 10.77.0.0/24" apply --set-add blocked=10.77.0.0/24
same "and nothing of that was done" 10.77.0.2 "$(apply --set-list blocked)"
expect "what is not there cannot go" 1 "set 'blocked' does not have 10.77.0.9" apply --set-del blocked=10.77.0.2,10.77.0.9
same "and nothing went" no "$(delivered)"
check "it goes" apply --set-del blocked=10.77.0.2
same "its packets pass" yes "$(delivered)"
expect "bits behind the length" 2 "'10.0.0.1/8' has bits behind its length: 10.0.0.0/8" apply --set-add blocked=10.0.0.1/8
expect "a prefix in a set of addresses" 2 "only a set of type net" apply --set-add abusers=10.0.0.0/8
expect "a time in a set without times" 2 "have no times" apply --set-add "blocked=10.0.0.1 timeout 1m"
expect "an unknown set" 2 "no set 'x'; its sets" apply --set-del x=1.2.3.4

check "an address for three seconds" apply --set-add "abusers=10.77.0.2 timeout 3s,10.0.0.7 timeout never"
same "is denied" no "$(delivered)"
check "what says no time gets the set's" apply --set-add abusers=10.0.0.8
check "and is listed with it" grep -Eq '^10\.0\.0\.8 timeout (10m|9m[0-9]+s)$' <(apply --set-list abusers)
check "goes when told" apply --set-del abusers=10.0.0.8
check "is listed with its time" grep -Eq '^10\.77\.0\.2 timeout ([12]s|[0-9]+ms)$' <(apply --set-list abusers)
sleep 3
same "then passes again" yes "$(delivered)"
same "and is not listed; what has no time stays" 10.0.0.7 "$(apply --set-list abusers)"
seq -f 10.1.0.%g 50 >"$tmp/fifty"
expect "no more than the set takes" 1 "set 'abusers' has 1 of at most 50 elements; 50 more do not fit" \
	apply --set-add abusers=- <"$tmp/fifty"
head -n 49 "$tmp/fifty" >"$tmp/fit"
check "as many as it takes, also in place of the expired" apply --set-add abusers=- <"$tmp/fit"
same "in JSON" "packet-sentry/set/v1 abusers 50 10.0.0.7" \
	"$(apply --set-list abusers -o json | json '" ".join((d["schema"], d["set"], str(len(d["elements"])), d["elements"][0]["element"]))')"

# --- many ---------------------------------------------------------------------

python3 -c '
for i in range(300000):
    if i % 3:
        print("100.%d.%d.%d" % (i >> 16, i >> 8 & 255, i & 255))
    else:
        print("2001:db8:%x:%x::/64" % (i >> 16, i & 65535))' >"$tmp/many"
expect "300000 elements by standard input" 0 "300000 elements added" apply --set-add blocked=- <"$tmp/many"
echo "# $(cat "$tmp/out")"
same "are there" 300000 "$(elements blocked)"
expect "and go" 0 "300000 elements removed" apply --set-del blocked=- <"$tmp/many"
echo "# $(cat "$tmp/out")"
same "all" 0 "$(elements blocked)"
printf '1.2.3.4\r\n# none\n1.2.3\n' >"$tmp/wrong"
expect "a file with a mistake" 1 "^$tmp/wrong:3: error: '1.2.3': expected an address or ADDRESS/LENGTH" \
	apply --set "blocked=$tmp/wrong"

# --- replaced under traffic ---------------------------------------------------

# Every version holds the sender; so no datagram may pass.
{ cat "$tmp/many"; echo 10.77.0.2; } >"$tmp/a"
{ echo 10.77.0.0/24; head -n 1000 "$tmp/many"; } >"$tmp/b"
expect "a set replaced" 0 "set blocked: 300001 elements from .* KiB, .* ms" apply --set "blocked=$tmp/a"
echo "# $(cat "$tmp/out")"
denied=$(packets blocked)
ip netns exec "$far" python3 -c '
import os, socket, sys, time
s = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
sent = 0
while not os.path.exists(sys.argv[1]):
    for i in range(20):
        s.sendto(b"x", ("10.77.0.1", 9))
        sent += 1
    time.sleep(0.002)
print(sent)' "$tmp/stop" >"$tmp/sent" &
background+=($!)
sender=$!
swaps=0
for _ in 1 2 3 4; do
	for version in b a; do
		apply --set "blocked=$tmp/$version" >/dev/null && swaps=$((swaps + 1))
	done
	check "elements under traffic" apply --set-add blocked=172.16.0.0/12
done
touch "$tmp/stop"
wait "$sender"
sleep 0.2
same "8 versions under traffic" 8 "$swaps"
same "every datagram of $(cat "$tmp/sent") was denied by the set" "$(cat "$tmp/sent")" "$(($(packets blocked) - denied))"
: >"$tmp/empty"
check "an empty file empties it" apply --set "blocked=$tmp/empty"
same "a packet passes again" yes "$(delivered)"

# --- what rules add, limits, connections --------------------------------------

udp "$far" 10.77.0.1 7 20
same "the rule added whom it denied" 10.77.0.2 "$(apply --set-list seen)"
same "the limit has a key" "flood 1" "$(ctl limits -o json | json '"%s %d" % (d["limits"][0]["rule"], d["limits"][0]["keys"])')"
check "and says whose" grep -q 10.77.0.2 <(ctl limits)
connections=$(ctl states -o json | json 'd["connections"]')
check "connections are counted ($connections)" test "$connections" -ge 1
check "and listed" grep -Eq '^udp 10\.77\.0\.2:[0-9]+ > 10\.77\.0\.1:(7|9) opening \(no reply\) expires in ' <(ctl states --list)

# --- carried over -------------------------------------------------------------

check "something to carry" apply --set-add blocked=203.0.113.0/24
expect "another policy" 0 "set abusers +50 elements, as before" apply "$tmp/two.o"
same "sets go on" "203.0.113.0/24 50 10.77.0.2" "$(apply --set-list blocked) $(elements abusers) $(apply --set-list seen)"
check "so do connections" test "$(ctl states -o json | json 'd["connections"]')" -ge "$connections"
flood=$(packets flood)
udp "$far" 10.77.0.1 7 1
same "and buckets: the one that was used up still is" "1 1" "$(($(packets flood) - flood)) $(ctl limits -o json | json 'd["limits"][0]["keys"]')"
policy plain 9 7 edge
apply "$tmp/plain.o" >"$tmp/plain.log" 2>&1
check "what ends is said" grep -q "set 'blocked' of the policy before is gone" "$tmp/plain.log"
check "of connections, too" grep -q "connections of the policy before are forgotten" "$tmp/plain.log"
expect "a policy without sets has none" 2 "has no set 'blocked', and no other" apply --set-list blocked
expect "nor states" 0 "asks for no state" ctl states

apply --remove >/dev/null
same "nothing is left" "" "$(leftovers)"
finish
