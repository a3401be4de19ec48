# SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause
# After common.bash: a router between two networks under full traffic, and two policies whose rules tell a packet that
# was judged by both.
# shellcheck disable=SC2034,SC2154 # names go from and to the scripts that source it
#
# Packets go to port 1001 or 1002. Policy one lets 1001 pass at every hook and policy two 1002. So behind the first hook, no
# packet that a policy denies can be there, unless the other let it in: what rules t-mix and e-mix count has met both.

sink=psrt-sink-$$
namespaces+=("$sink")

ip netns add "$sink"
without_ipv6 "$near" "$far" "$sink"
ip -n "$near" link add eth1 type veth peer name eth0 netns "$sink"
ip -n "$near" address add 10.78.0.1/24 dev eth1
ip -n "$sink" address add 10.78.0.2/24 dev eth0
for end in "$near:eth1:11" "$sink:eth0:12" "$near:eth0:01" "$far:eth0:02"; do
	IFS=: read -r ns device number <<<"$end"
	ip -n "$ns" link set "$device" address "02:00:00:00:00:$number"
	ip -n "$ns" link set "$device" up
	ip -n "$ns" link set lo up
done
ip -n "$near" neighbour replace 10.78.0.2 lladdr 02:00:00:00:00:12 dev eth1 nud permanent
ip -n "$near" neighbour replace 10.77.0.2 lladdr 02:00:00:00:00:02 dev eth0 nud permanent
ip netns exec "$near" sh -c 'echo 1 >/proc/sys/net/ipv4/ip_forward
	for f in /proc/sys/net/ipv4/conf/*/rp_filter; do echo 0 >$f; done'
# What the ends would answer themselves is not wanted.
for ns in "$far" "$sink"; do
	ip netns exec "$ns" sh -c 'echo 0 >/proc/sys/net/ipv4/ip_forward'
	ip -n "$ns" link set eth0 arp off
	ip -n "$ns" address flush dev eth0
done
${CC:-gcc} -O2 -o "$tmp/stream" "$here/stream.c" || exit 1

# torn NAME ALLOWED DENIED: NAME-outer.o and NAME-inner.o, which together have three hooks on both interfaces; and
# NAME-last.o, the first without XDP.
torn() {
	cat >"$tmp/$1-outer.sp" <<-END
		policy outer {
		    interface left = "eth0";
		    interface right = "eth1";
		    ingress on left, right via xdp {
		        rule x-allow allow udp port $2;
		        rule x-deny  deny  udp port $3;
		        default deny;
		    }
		    egress on left, right {
		        rule e-allow allow udp port $2;
		        rule e-mix   deny  udp port $3;
		        default deny;
		    }
		}
	END
	cat >"$tmp/$1-inner.sp" <<-END
		policy inner {
		    interface left = "eth0";
		    interface right = "eth1";
		    ingress on left, right via tc {
		        rule t-allow allow udp port $2;
		        rule t-mix   deny  udp port $3;
		        default deny;
		    }
		}
	END
	sed '/ingress/,/^    }/d' "$tmp/$1-outer.sp" >"$tmp/$1-last.sp"
	for part in outer inner last; do
		"$build/sentryc" compile "$tmp/$1-$part.sp" -o "$tmp/$1-$part.o" || exit 1
	done
}

# swap NAME: both of its objects are put in force.
swap() {
	apply --atomic "$tmp/$1-outer.o" "$tmp/$1-inner.o" "${@:2}"
}

streams=()

stream_begin() {
	ip netns exec "$far" "$tmp/stream" eth0 02:00:00:00:00:02 02:00:00:00:00:01 10.77.0.2 10.78.0.2 0 >"$tmp/sent.far" &
	streams+=($!)
	background+=($!)
	ip netns exec "$sink" "$tmp/stream" eth0 02:00:00:00:00:12 02:00:00:00:00:11 10.78.0.2 10.77.0.2 1 >"$tmp/sent.sink" &
	streams+=($!)
	background+=($!)
}

stream_end() {
	kill -TERM "${streams[@]}"
	wait "${streams[@]}"
	streams=()
	sleep 0.3
}

# Frames that reached XDP on both interfaces.
frames() {
	local device sum=0
	for device in eth0 eth1; do
		sum=$((sum + $(ip netns exec "$near" ethtool -S "$device" |
			awk '/rx_queue_[0-9]+_xdp_packets:/ { n += $2 } END { print n + 0 }')))
	done
	echo "$sum"
}

# counts: "x-allow x-deny t-allow t-mix e-allow e-mix".
counts() {
	ctl rules -o json | json '" ".join(str(sum(r["packets"] for b in d["blocks"] for r in b["rules"] if r["name"] == name))
		for name in ("x-allow", "x-deny", "t-allow", "t-mix", "e-allow", "e-mix"))'
}

# judge NAME FRAMES: what the rules have counted, against the frames that came.
judge() {
	local x_allow x_deny t_allow t_mix e_allow e_mix missed
	read -r x_allow x_deny t_allow t_mix e_allow e_mix < <(counts)
	missed=$(apply --status -o json | json '"%d late, %d empty, %d unstamped" % tuple(d["missed"][k] for k in ("late", "empty", "unstamped"))')
	echo "# $1: $2 frames, $x_allow let in, $e_allow sent on"
	same "$1: no packet met both policies" "0 0" "$t_mix $e_mix"
	same "$1: every frame was judged at its first hook" "$2" "$((x_allow + x_deny))"
	same "$1: every packet let in was judged at the second" "$x_allow" "$t_allow"
	same "$1: and at the third" "$t_allow" "$e_allow"
	same "$1: no packet was without a judge" "0 late, 0 empty, 0 unstamped" "$missed"
}
