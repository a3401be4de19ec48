#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause
# What sentryd tells of counters adds up to the packets that were sent: while interfaces get other names, are taken away and come
# again, while policies are applied, removed and applied again, and while sentryd is not there.
. "$(dirname "$0")/common.bash"

without_ipv6 "$near" "$far"
for i in 1 2; do
	ip -n "$near" link add "e$i" type veth peer name "p$i" netns "$far"
	for side in "$near 1 e$i" "$far 2 p$i"; do
		read -r ns host name <<<"$side"
		ip -n "$ns" addr add "10.88.$i.$host/24" dev "$name"
		ip -n "$ns" link set "$name" up
	done
done
cat >"$tmp/edge.sp" <<'END'
policy edge {
    interface uplink = "eth0";
    account { traffic; }
    ingress on uplink {
        rule seen deny udp to any port 9999;
        default allow;
    }
}
END
"$build/sentryc" compile "$tmp/edge.sp" -o "$tmp/edge.o" || exit 1
mkdir "$tmp/run"
cat >"$tmp/sentryd.yaml" <<END
bpffs: $bpffs/ps
state-directory: $tmp/sentryd
run-directory: $tmp/run
interval: 100ms
sinks:
  - type: file
    path: $tmp/items
    select: {kinds: [rule, traffic]}
    batch: {delay: 0ms}
END
begin_sentryd() {
	"$build/sentryd" --config "$tmp/sentryd.yaml" --netns "$near" &
	sentryd=$!
	background+=("$sentryd")
	sleep 0.6
}
end_sentryd() {
	kill -TERM "$sentryd"
	wait "$sentryd"
}
# told KIND KEY VALUE: packets of such items, all that were told of taken together.
told() {
	sleep "${settle:-0.5}"
	python3 - "$tmp/items" "$@" <<'END'
import json, sys
items = [json.loads(line) for line in open(sys.argv[1])]
kind, key, value = sys.argv[2:5]
print(sum(i["packets"] for i in items if i["kind"] == kind and i[key] == value and i.get("verdict") == "deny"))
END
}

expect "applied to three" 0 "" apply --bind uplink=eth0,e1,e2 "$tmp/edge.o"
begin_sentryd
udp "$far" 10.88.1.1 9999 100
udp "$far" 10.88.2.1 9999 30
same "of the first" 100 "$(told traffic interface e1)"
same "of the second" 30 "$(told traffic interface e2)"
# In two generations, of which one will be gone before the other.
expect "applied again" 0 "" apply --bind uplink=eth0,e1,e2 "$tmp/edge.o"
udp "$far" 10.88.1.1 9999 20
same "of the first, in two generations" 120 "$(told traffic interface e1)"
ip -n "$near" link set e2 down
ip -n "$near" link set e2 name f2
ip -n "$near" link set f2 up
udp "$far" 10.88.2.1 9999 7
same "by another name" 7 "$(told traffic interface f2)"
same "and nothing twice" 30 "$(settle=0 told traffic interface e2)"

ip -n "$near" link del e1
ip -n "$near" link del f2
same "both gone" "157 157" "$(told traffic protocol udp) $(told traffic protocol udp)"
# With the generations that counted it, when these are too old to go back to.
for i in 1 2 3 4 5 6 7 8; do
	apply --bind uplink=eth0 "$tmp/edge.o" >/dev/null
	same "not told of again, $i" "157 0" "$(settle=0.3 told traffic protocol udp) $(settle=0 told traffic interface '(others)')"
done
expect "what they counted is with the others" 0 "^others +ingress +udp +deny +157 " ctl stats
same "which is not told of again" "157 0" "$(told traffic protocol udp) $(told traffic interface '(others)')"
end_sentryd
begin_sentryd
udp "$far" 10.77.0.1 9999 5
same "nor after a restart" "162 0" "$(told traffic protocol udp) $(told traffic interface '(others)')"
same "the rule" 162 "$(told rule rule seen)"

# An interface that comes after it is another, and what the others have more is theirs.
ip -n "$near" link add e1 type veth peer name p1 netns "$far"
ip -n "$near" link set e1 up
ip -n "$far" link set p1 up
expect "applied to a new one" 0 "" apply --bind uplink=eth0,e1 "$tmp/edge.o"
ip -n "$near" addr add 10.88.1.1/24 dev e1
ip -n "$far" addr add 10.88.1.2/24 dev p1
udp "$far" 10.88.1.1 9999 11
same "of the new one" "173 131" "$(told traffic protocol udp) $(told traffic interface e1)"

end_sentryd
expect "removed" 0 "" apply --remove
expect "applied again" 0 "" apply "$tmp/edge.o"
udp "$far" 10.77.0.1 9999 400
begin_sentryd
same "begun anew while nobody looked" "573 573" "$(told rule rule seen) $(told traffic protocol udp)"
expect "removed while sentryd looks on" 0 "" apply --remove
sleep 0.3
expect "applied once more" 0 "" apply "$tmp/edge.o"
udp "$far" 10.77.0.1 9999 600
same "begun anew" "1173 1173" "$(told rule rule seen) $(told traffic protocol udp)"
end_sentryd
forget >/dev/null
finish
