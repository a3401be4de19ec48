#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause
# Traffic that goes on over changes of policy: each datagram is counted once and no count is ever less than it was; and
# no TCP connection is reset or held up, also where the table changes its size or the change is taken back.
# SWAPS=1000 for the long run.
. "$(dirname "$0")/common.bash"
. "$here/wire.bash"
. "$here/carry.bash"

swaps=${SWAPS:-100}

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
	local i next=two
	for ((i = 0; i < $1; i++)); do
		if [ $((i % 10)) = 7 ]; then
			applied --rollback
		else
			applied "$tmp/$next.o"
		fi
		[ "$next" = two ] && next=one || next=two
		if [ "$i" = $(($1 / 2)) ]; then
			applied "$tmp/$next.o" --confirm 1s
			sleep 1.3
			expect "the one not confirmed went back" 0 "was not confirmed, and was taken back" apply --status
		fi
	done
}

applied "$tmp/one.o"
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
swap_some "$swaps"
took=$(((${EPOCHREALTIME/./} - begin) / 1000))
touch "$tmp/stop"
wait "${senders[@]}"
sleep 0.2
touch "$tmp/stop.watch"
wait "$watcher"
echo "# counters: $swaps swaps and one that was not confirmed in $took ms"
echo "# counters: $(cat "$tmp/sent.in") datagrams in, $(cat "$tmp/sent.out") out"
grep '^#' "$tmp/watched"
read -r less generations < <(tail -n 1 "$tmp/watched")
same "no count was less than before" 0 "$less"
check "in $generations generations" test "$generations" -ge $((swaps / 5))
same "every datagram in is counted once" "$(cat "$tmp/sent.in")" "$(packets sent-in)"
same "every datagram out is counted once" "$(cat "$tmp/sent.out")" "$(packets sent-out)"

forget >/dev/null

# --- connections ----------------------------------------------------------------

# stateful NAME MAX [LINE]: only what belongs to a connection comes in, and what begins one at ports 8000 to 8009.
stateful() {
	compiled "$1" <<-END
		policy stateful {
		    states { max $2; }
		    interface uplink = "eth0";
		    ingress on uplink {
		        ${3:-}
		        rule back    allow state established;
		        rule served  allow tcp port 8000-8009 flags syn/syn,ack state new;
		        default deny;
		    }
		    egress on uplink {
		        default allow;
		    }
		}
	END
}
stateful first  4096
stateful second 4096 "rule more  deny tcp port 9;"
stateful wider  8192

# Nothing but these connections.
without_ipv6 "$near" "$far"
for port in 8000 8001 8002 8003; do
	wire "$near" "$here/sockets.py" echo 10.77.0.1 "$port" 60 >"$tmp/echo.$port" 2>&1 &
	background+=($!)
done
for port in 8000 8001 8002 8003; do
	now_ready "$tmp/echo.$port"
done

# Two that talk each 5 ms, and two that move what they can.
transfers=()
transfer() { # PORT SIZE PAUSE
	wire "$far" "$here/carry.py" transfer 10.77.0.1 "$1" "$tmp/stop.$1" "$2" "$3" >"$tmp/transfer.$1" 2>&1 &
	background+=($!)
	transfers+=($!)
	now_ready "$tmp/transfer.$1"
}
transfers_begin() {
	rm -f "$tmp"/stop.*
	transfer 8000 64 0.005
	transfer 8001 64 0.005
	transfer 8002 65536 0.002
	transfer 8003 65536 0.002
}

# transfers_end NAME: sets `ends`, what became of each, and `longest`, the longest gap in ms of those that talk.
transfers_end() {
	local port end n gap
	touch "$tmp"/stop.800{0,1,2,3}
	wait "${transfers[@]}"
	transfers=() ends="" longest=0
	for port in 8000 8001 8002 8003; do
		read -r end n gap < <(tail -n 1 "$tmp/transfer.$port")
		ends+="$end "
		case $port in
		800[01]) longest=$(python3 -c 'import sys; print(max(map(float, sys.argv[1:])))' "$longest" "$gap") ;;
		esac
		echo "# connections: $1: port $port: $end, $n exchanges, longest gap $gap ms"
	done
}

# swap_states N OBJECT OBJECT: back and forth; every fifth time by a rollback.
swap_states() {
	local i
	for ((i = 0; i < $1; i++)); do
		if [ $((i % 5)) = 3 ]; then
			applied --rollback
		elif [ $((i % 2)) = 0 ]; then
			applied "$tmp/$2.o"
		else
			applied "$tmp/$3.o"
		fi
	done
}

below() {
	python3 -c 'import sys; sys.exit(not float(sys.argv[1]) < float(sys.argv[2]))' "$1" "$2"
}

applied "$tmp/first.o"
transfers_begin
sleep 2
transfers_end "no swap"
# What the machine does to them without any swap says how busy it is with something else; and the best of three runs counts.
limit=$(python3 -c 'import sys; print(max(50, 2 * float(sys.argv[1])))' "$longest")
for attempt in 1 2 3; do
	transfers_begin
	begin=${EPOCHREALTIME/./}
	swap_states "$swaps" second first
	took=$(((${EPOCHREALTIME/./} - begin) / 1000))
	transfers_end "$swaps swaps in $took ms"
	same "four connections over $swaps swaps" "whole whole whole whole " "$ends"
	[ "$attempt" = 1 ] && best=$longest
	below "$longest" "$best" && best=$longest
	below "$best" "$limit" && break
done
check "the longest gap is below $limit ms: $best" below "$best" "$limit"
transfers_begin
swap_states 20 wider first
transfers_end "20 swaps between tables of two sizes"
same "four connections over tables of two sizes" "whole whole whole whole " "$ends"

applied "$tmp/first.o"
applied "$tmp/wider.o"
transfers_begin
applied --rollback
sleep 0.5
transfers_end "a rollback"
same "what began meanwhile goes on after a rollback to a table of another size" "whole whole whole whole " "$ends"
same "not one packet was denied" 0 "$(ctl rules -o json | json "[r['packets'] for b in d['blocks'] for r in b['rules']
	if b['direction'] == 'ingress' and r['name'] == 'default'][0]")"
apply --remove >/dev/null
same "nothing is left" "" "$(leftovers)"
finish
