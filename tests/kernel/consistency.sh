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
finish
