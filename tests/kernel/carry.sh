#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause
# What goes on over a change of policy: what rules have counted, buckets, connections and sets; also where a table
# changes its size, where the change is taken back, and where several policies are in force. What cannot go on is said
# before the change. SWAPS=1000 for the long run.
. "$(dirname "$0")/common.bash"

swaps=${SWAPS:-100}
carry=(env PYTHONDONTWRITEBYTECODE=1 python3 "$here/carry.py")

# compiled NAME: the policy on standard input becomes NAME.o.
compiled() {
	cat >"$tmp/$1.sp"
	"$build/sentryc" compile "$tmp/$1.sp" -o "$tmp/$1.o" || exit 1
}

# now_ready FILE: waits until whoever writes it says so.
now_ready() {
	for _ in $(seq 100); do
		grep -q ready "$1" && return
		sleep 0.05
	done
	not_ok "$1 is not ready: $(cat "$1")"
}

# --- counters -------------------------------------------------------------------

# Rules sent-in and sent-out are in both, at different places.
compiled one <<-END
	policy edge {
	    interface uplink = "eth0";
	    ingress on uplink {
	        rule one-a     deny   udp port 11;
	        rule sent-in   deny   udp port 9;
	        default allow;
	    }
	    egress on uplink {
	        rule sent-out  deny   udp port 7;
	        default allow;
	    }
	}
END
compiled two <<-END
	policy edge {
	    interface uplink = "eth0";
	    ingress on uplink {
	        rule two-a     deny   udp port 12;
	        rule two-b     allow  udp port 14;
	        rule two-c     deny   udp port 13;
	        rule sent-in   deny   udp port 9;
	        default allow;
	    }
	    egress on uplink {
	        rule two-d     allow  udp port 14;
	        rule sent-out  deny   udp port 7;
	        default allow;
	    }
	}
END

# swap_some N: back and forth between one and two: every tenth time by a rollback; once in the middle, two comes to be
# confirmed and is not.
swap_some() {
	local i wrong=0 next=two
	for ((i = 0; i < $1; i++)); do
		if [ $((i % 10)) = 7 ]; then
			apply --rollback
		else
			apply "$tmp/$next.o"
		fi >"$tmp/swap.out" 2>&1 || { wrong=$((wrong + 1)); sed 's/^/# /' "$tmp/swap.out" >&2; }
		[ "$next" = two ] && next=one || next=two
		if [ "$i" = $(($1 / 2)) ]; then
			apply "$tmp/$next.o" --confirm 1s >"$tmp/swap.out" 2>&1 || wrong=$((wrong + 1))
			sleep 1.3
			apply --status 2>&1 | grep -q "was not confirmed, and was taken back" || { wrong=$((wrong + 1)); echo "# status does not say so" >&2; }
		fi
	done
	echo "$wrong"
}

apply "$tmp/one.o" >"$tmp/out" 2>&1 || { cat "$tmp/out"; exit 1; }
ip netns exec "$far" "${carry[@]}" datagrams 10.77.0.1 9 "$tmp/stop" >"$tmp/sent.in" &
background+=($!)
senders=($!)
ip netns exec "$near" "${carry[@]}" datagrams 10.77.0.2 7 "$tmp/stop" >"$tmp/sent.out" &
background+=($!)
senders+=($!)
"${carry[@]}" watch "$tmp/stop.watch" sent-in,sent-out \
	"$build/sentryctl" rules -o json --bpffs "$bpffs/ps" --netns "$near" >"$tmp/watched" &
background+=($!)
watcher=$!
begin=${EPOCHREALTIME/./}
wrong=$(swap_some "$swaps")
took=$(((${EPOCHREALTIME/./} - begin) / 1000))
touch "$tmp/stop"
wait "${senders[@]}"
sleep 0.2
touch "$tmp/stop.watch"
wait "$watcher"
echo "# counters: $swaps swaps and one that was not confirmed in $took ms"
echo "# counters: $(cat "$tmp/sent.in") datagrams in, $(cat "$tmp/sent.out") out"
grep '^#' "$tmp/watched"
same "$swaps swaps, all good" 0 "$wrong"
read -r less generations < <(tail -n 1 "$tmp/watched")
same "no count was less than before" 0 "$less"
check "in $generations generations" test "$generations" -ge $((swaps / 5))
same "every datagram in is counted once" "$(cat "$tmp/sent.in")" "$(packets sent-in)"
same "every datagram out is counted once" "$(cat "$tmp/sent.out")" "$(packets sent-out)"
apply --history | head -5
finish
