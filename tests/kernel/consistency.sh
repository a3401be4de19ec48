#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause
# Policies that disagree at each hook are swapped under full traffic through XDP ingress, tc ingress and tc egress of two
# interfaces: each packet is judged by one of them, everywhere, and none is lost by a swap. SWAPS=10000 for the long run.
. "$(dirname "$0")/common.bash"
. "$here/consistency.bash"

swaps=${SWAPS:-200}
torn one 1001 1002
torn two 1002 1001

swap one >"$tmp/out" || { cat "$tmp/out"; exit 1; }
before=$(frames)
stream_begin
sleep 0.5
begin=${EPOCHREALTIME/./} wrong=0
for ((i = 0; i < swaps; i += 2)); do
	swap two >"$tmp/out" 2>&1 || wrong=$((wrong + 1))
	swap one >"$tmp/out" 2>&1 || wrong=$((wrong + 1))
done
took=$(((${EPOCHREALTIME/./} - begin) / 1000))
same "$swaps swaps, all good" 0 "$wrong"
sleep 0.5
stream_end
echo "# $swaps swaps in $((took / 1000)) s, $((took / swaps)) ms each"
judge "by objects" $(($(frames) - before))

# The store alone, back and forth, much faster than any apply could be.
swap two >/dev/null
stream_begin
sleep 0.2
wrong=0
for ((i = 0; i < (swaps < 200 ? swaps : 200); i++)); do
	apply --rollback >/dev/null 2>&1 || wrong=$((wrong + 1))
	[ "$(apply --status -o json | json 'len(d["previous"])')" -ge 1 ] || wrong=$((wrong + 1))
	[ $((i % 2)) = 1 ] && swap two >/dev/null
done
same "going back and forth" 0 "$wrong"
sleep 0.3
stream_end
judge "with rollbacks" $(($(frames) - before))
apply --remove >/dev/null
same "nothing is left" "" "$(leftovers)"

# Without XDP the first hook is tc ingress, and the stamp is in the packet's tc_index alone.
tc_swap() {
	apply --atomic "$tmp/$1-inner.o" "$tmp/$1-last.o"
}
tc_swap one >"$tmp/out" || not_ok "without XDP: $(cat "$tmp/out")"
stream_begin
sleep 0.3
wrong=0
for ((i = 0; i < swaps; i += 2)); do
	tc_swap two >"$tmp/out" 2>&1 || wrong=$((wrong + 1))
	tc_swap one >"$tmp/out" 2>&1 || wrong=$((wrong + 1))
done
stream_end
read -r _ _ t_allow t_deny e_allow e_mix < <(counts)
same "without XDP: $swaps swaps, all good" 0 "$wrong"
echo "# without XDP: $((t_allow + t_deny)) packets, $t_allow let in, $e_allow sent on"
same "without XDP: no packet met both policies" 0 "$e_mix"
same "without XDP: every packet let in was judged at egress" "$t_allow" "$e_allow"
apply --remove >/dev/null
same "nothing is left of that" "" "$(leftovers)"
finish
