#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause
# Rate limits with real packets: five times the limit for five seconds, from one CPU and from two at once, over XDP and
# tc; a hundred thousand keys that do not know of each other; samples; buckets that outlive a change of policy.
. "$(dirname "$0")/common.bash"
. "$(dirname "$0")/wire.bash"

${CC:-gcc} -O2 -D_GNU_SOURCE -o "$tmp/flood" "$here/flood.c" -lpthread || exit 1
flood() {
	ip netns exec "$far" "$tmp/flood" eth0 "$@"
}
# One address more for all these sources, and nobody to answer them.
ip netns exec "$near" sh -c 'echo 0 >/proc/sys/net/ipv4/conf/eth0/rp_filter; echo 1 >/proc/sys/net/ipv4/icmp_ratelimit'
cpus=$(nproc)

# limited HOOK RATE-CLAUSE: a policy that lets pass what conforms.
limited() {
	cat >"$tmp/limit.sp" <<-SP
		policy limited {
		    interface uplink = "eth0";
		    ingress on uplink via $1 {
		        rule limit  rate-limit $2  udp port 9;
		        rule taken  sample 1/100 udp port 9;
		        rule flows  sample flow 1/10 udp port 9;
		        rule pass   deny udp port 9;
		        default allow;
		    }
		}
	SP
	apply "$tmp/limit.sp" >"$tmp/out" 2>&1 || not_ok "applying: $(cat "$tmp/out")"
}

# within NAME GOT EXPECTED PERCENT
within() {
	check "$1: $2, expected $3" python3 -c '
import sys
got, expected, percent = float(sys.argv[1]), float(sys.argv[2]), float(sys.argv[3])
sys.exit(abs(got - expected) > expected * percent / 100)' "$2" "$3" "$4"
}

# What conformed goes on and is denied by `pass`, lest the near end answers each.
for hook in xdp tc; do
	for threads in "0" "0 1"; do
		[ "$threads" = "0 1" ] && [ "$cpus" -lt 2 ] && continue
		limited "$hook" "20000/s burst 1000"
		read -r sent took < <(flood 100000 5 1 $threads)
		within "$hook, CPUs $threads: what was sent" "$sent" 500000 5
		within "$hook, CPUs $threads: what conformed of $sent in $took ns" "$(packets pass)" \
			"$((20000 * took / 1000000000 + 1000))" 1
		apply --remove >/dev/null
	done
done
limited xdp "3mbit/s burst 30000"
read -r sent took < <(flood 40000 5 1 0)
# 46 bytes of IP packet each.
within "bytes: what conformed of $sent" "$(packets pass)" "$(((375000 * (took / 1000000) / 1000 + 30000) / 46))" 1
apply --remove >/dev/null

# Two an hour for each source: of five from each, two pass, whoever else sends.
limited tc "2/h burst 2 per src max 200000"
read -r sent took < <(flood 0 5 100000 0)
same "100,000 keys: sent" 500000 "$sent"
same "100,000 keys: each had its two" 200000 "$(packets pass)"
same "100,000 keys: the rest exceeded" 300000 "$(packets limit)"
ctl limits -o json >"$tmp/limits.json"
same "100,000 keys in the table" 100000 "$(json 'd["limits"][0]["keys"]' <"$tmp/limits.json")"

# A new version of the policy finds the buckets as they were.
sed -i 's/rule taken/rule seen /; s/2\/h burst 2/4\/h burst 8/' "$tmp/limit.sp"
check "another version" apply "$tmp/limit.sp"
read -r sent took < <(flood 0 5 100000 0)
same "the buckets outlived it: four more for each, of eight" 600000 "$(packets pass)"
apply --remove >/dev/null

# Samples: one in a hundred of all, and whole flows, or nothing of them.
limited xdp "1000000/s burst 1000000"
"$build/sentryctl" events --follow --bpffs "$bpffs/ps" --netns "$near" >"$tmp/events" 2>"$tmp/follow.err" &
background+=($!)
follower=$!
sleep 0.5
read -r sent took < <(flood 20000 5 1000 0)
sleep 0.5
kill -INT "$follower"
wait "$follower"
lost=$(grep -o '"lost":[0-9]*' "$tmp/events" | grep -o '[0-9]*$')
same "no record was lost" "" "$lost"
python3 - "$tmp/events" "$sent" >"$tmp/samples" <<'PY'
import collections, json, math, sys
rows = [json.loads(line) for line in open(sys.argv[1])]
sent = int(sys.argv[2])
taken = [r for r in rows if r.get("rule") == "taken"]
flows = collections.Counter(r["source_ip"] for r in rows if r.get("rule") == "flows")
# Six standard deviations of a binomial distribution: once in a billion runs by chance.
bound = 6 * math.sqrt(sent * 0.01 * 0.99)
print("taken", abs(len(taken) - sent / 100) < bound, len(taken), sent)
# A thousand draws of a thousand addresses hit 632 of them, on average.
print("spread", 550 < len({r["source_ip"] for r in taken}) < 710)
whole = {sent // 1000, sent // 1000 + 1}
print("flows", 60 < len(flows) < 140, len(flows))
print("whole", all(n in whole for n in flows.values()))
print("frames", all(len(r["frame"]) == 120 and r["bytes"] == 60 for r in taken))
PY
for word in taken spread flows whole frames; do
	check "samples: $(grep "^$word" "$tmp/samples")" grep -q "^$word True" "$tmp/samples"
done
check "removed" apply --remove
same "nothing is left" "" "$(leftovers)"
finish
