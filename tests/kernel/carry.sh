#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause
# What goes on over a change of policy: buckets and sets, also where a table changes its size, where the change is taken
# back, and where several policies are in force. What cannot go on is said before the change. Counters and connections
# are in carry-traffic.sh.
. "$(dirname "$0")/common.bash"
. "$here/wire.bash"
. "$here/carry.bash"

# --- rate limits ----------------------------------------------------------------

# limited NAME RATE-CLAUSE [LINE]: what conforms is counted by rule passed, the rest by rule flood.
limited() {
	compiled "$1" <<-END
		policy limited {
		    interface uplink = "eth0";
		    ingress on uplink {
		        ${3:-}
		        rule flood   rate-limit $2  udp port 9  else deny;
		        rule passed  deny udp port 9;
		        default allow;
		    }
		}
	END
}
limited limit     "1/h burst 5 per src max 1000"
limited moved     "1/h burst 5 per src max 1000" "rule other  rate-limit 5/s per src  udp port 10  else deny;"
limited faster    "2/h burst 5 per src max 1000"
limited larger    "1/h burst 5 per src max 2000"
limited other-key "1/h burst 5 per src, port max 1000"

# limit_counts: passed, exceeded.
limit_counts() {
	echo "$(packets passed) $(packets flood)"
}

ip -n "$far" address add 10.77.0.3/24 dev eth0
ip -n "$near" neighbour replace 10.77.0.3 lladdr 02:00:00:00:00:02 dev eth0 nud permanent
applied "$tmp/limit.o"
wire "$far" "$here/carry.py" send 10.77.0.1 9 20
same "a source uses its bucket up" "5 15" "$(limit_counts)"
for _ in 1 2 3 4 5; do
	for next in moved faster larger limit; do
		applied "$tmp/$next.o"
		grep -q "begins with empty buckets" "$tmp/applied" && not_ok "$next.o: $(cat "$tmp/applied")"
		wire "$far" "$here/carry.py" send 10.77.0.1 9 4
	done
done
echo "# limits: 20 swaps, passed and exceeded: $(limit_counts)"
same "20 swaps give it nothing" "5 95" "$(limit_counts)"

applied "$tmp/larger.o"
wire "$far" "$here/carry.py" send 10.77.0.1 9 20 10.77.0.3
same "another source has a bucket of its own" "10 110" "$(limit_counts)"
applied --rollback
wire "$far" "$here/carry.py" send 10.77.0.1 9 4 10.77.0.3
wire "$far" "$here/carry.py" send 10.77.0.1 9 4
same "nor does a rollback, to a table of another size, give anything" "10 118" "$(limit_counts)"

said_before "a limit with other keys" "rule flood begins with empty buckets: its keys have changed" "$tmp/other-key.o"
wire "$far" "$here/carry.py" send 10.77.0.1 9 20
same "its buckets are new" "15 133" "$(limit_counts)"
forget >/dev/null

# --- sets -----------------------------------------------------------------------

# holder NAME BLOCKED CALLERS [CALLERS-RULE]: how the two sets are declared.
holder() {
	compiled "$1" <<-END
		policy holder {
		    interface uplink = "eth0";
		    set listed  : net max 100 from "listed.txt";
		    set blocked : $2;
		    set callers : $3;
		    ingress on uplink {
		        rule listed   deny from @listed;
		        rule callers  deny from @callers;
		        rule blocked  deny from @blocked;
		        ${4:-}
		        default allow;
		    }
		}
	END
}
echo 192.0.2.0/24 >"$tmp/listed.txt"
holder plain    "net max 100"   "addr max 50 timeout 10m"
holder larger   "net max 5000"  "addr max 80 timeout 10m"
holder smaller  "net max 1"     "addr max 1 timeout 10m"
holder table    "net max 100"   "addr max 60"
holder learning "net max 100"   "addr max 60" \
	"rule learn  rate-limit 1/h burst 1 per src udp port 10  else deny add src to @callers;"
holder others   "addr max 100"  "net max 60"

structure() { # SET
	ctl sets -o json | json "[s['structure'] for s in d['sets'] if s['name'] == '$1'][0]"
}

# holds NAME STRUCTURE: what was added is in the set, also for packets; the set is kept like that.
holds() {
	local before
	same "$1: a table of networks" "10.9.0.0/16 10.77.0.0/31" "$(apply --set-list blocked | paste -sd' ')"
	same "$1: addresses" "10.8.0.1 10.77.0.2" "$(apply --set-list callers | sed 's/ timeout.*//' | paste -sd' ')"
	same "$1: kept as" "$2" "$(structure callers)"
	before=$(packets callers)
	wire "$far" "$here/carry.py" send 10.77.0.1 9 3
	same "$1: a packet from there is denied" 3 "$(($(packets callers) - before))"
	denied=$((denied + 3))
}
denied=0

applied "$tmp/plain.o"
check "elements are added" apply --set-add blocked=10.9.0.0/16,10.77.0.0/31
check "and addresses" apply --set-add callers=10.77.0.2,10.8.0.1
holds "at first" hash
applied "$tmp/plain.o"
holds "the same policy" hash
applied "$tmp/larger.o"
check "what goes on is said" grep -Eq "set callers +2 elements, as before" "$tmp/applied"
holds "more room" hash
applied "$tmp/table.o"
holds "kept as a table" table
applied "$tmp/learning.o"
holds "filled by a rule" lru
applied "$tmp/plain.o"
holds "with times again" hash
applied --rollback
holds "rolled back" lru
same "all of these were counted" "$denied" "$(packets callers)"

printf '192.0.2.0/24\n198.51.100.0/24\n' >"$tmp/listed.txt"
applied "$tmp/plain.o"
same "a set from a file is read again" "192.0.2.0/24 198.51.100.0/24" "$(apply --set-list listed | paste -sd' ')"

said_before "too little room" \
	"set 'callers' begins empty: what it holds is more than its new .max. of 1" "$tmp/smaller.o"
check "also for the other" grep -q \
	"set 'blocked' begins empty: what it holds is more than its new .max. of 1" "$tmp/stalled"
same "they are empty" "" "$(apply --set-list callers)$(apply --set-list blocked)"
apply --rollback >/dev/null
holds "back where there was room" hash
said_before "another type" \
	"set 'callers' begins empty: its elements are of another kind than before" "$tmp/others.o"
check "also for the other" grep -q "set 'blocked' begins empty: its elements are of another kind" "$tmp/stalled"
same "they are empty, too" "" "$(apply --set-list callers)$(apply --set-list blocked)"
forget >/dev/null

# --- another layout -------------------------------------------------------------

compiled keeper <<-END
	policy keeper {
	    states { max 1000; }
	    interface uplink = "eth0";
	    set blocked : addr max 50 timeout 10m;
	    ingress on uplink {
	        rule flood    rate-limit 1/h burst 5 per src udp port 9 else deny;
	        rule blocked  deny from @blocked;
	        rule back     allow state established;
	        default allow;
	    }
	}
END
# changed NAME SED-EXPRESSION: that policy with structs of another size, and the manifest as it was.
changed() {
	rm -rf "$tmp/templates"
	cp -r "$here/../../bpf-templates" "$tmp/templates"
	sed -i -E "$2" "$tmp/templates/shared.h"
	cmp -s "$tmp/templates/shared.h" "$here/../../bpf-templates/shared.h" && not_ok "$1: nothing was changed"
	"$build/sentryc" compile "$tmp/keeper.sp" --dump c >"$tmp/keeper.c" &&
		clang --target=bpfel -mcpu=v3 -g -O2 -std=gnu11 -nostdinc -fno-addrsig \
			-I"$tmp/templates" -c -o "$tmp/$1.bpf.o" "$tmp/keeper.c" &&
		llvm-objcopy --dump-section sentry.manifest="$tmp/manifest" "$tmp/keeper.o" "$tmp/scratch.o" &&
		llvm-objcopy --strip-debug --add-section sentry.manifest="$tmp/manifest" "$tmp/$1.bpf.o" "$tmp/$1.o" ||
		not_ok "$1: no object"
}

applied "$tmp/keeper.o"
check "something to keep" apply --set-add blocked=10.8.0.1
changed unchanged '$s/$/\n/'
check "by hand, from the templates as they are" apply --dry-run "$tmp/unchanged.o"
for struct in counter bucket state element; do
	changed "$struct" "s/^(struct sentry_$struct) \{/\1 { __u64 more;/"
	expect "struct sentry_$struct of another size" 3 "map '[a-z_]+' is" apply "$tmp/$struct.o"
	sed 's/^/# /' "$tmp/out"
done
same "the policy before is in force, with what it had" \
	"1 10.8.0.1" "$(apply --status -o json | json 'd["generation"]') $(apply --set-list blocked | sed 's/ timeout.*//')"
forget >/dev/null

# --- two policies ---------------------------------------------------------------

# Names of rules and sets are the same in both.
one_of_two() { # POLICY HOOK PORT [MORE]
	compiled "$1${4:+-more}" <<-END
		policy $1 {
		    interface uplink = "eth0";
		    set kept : addr max 50 timeout 10m;
		    ingress on uplink via $2 {
		        ${4:-}
		        rule asked  allow  from @kept udp port 99;
		        rule flood  rate-limit 1/h burst 5 per src udp port $3  else deny;
		        rule taken  deny   udp port $3;
		        default allow;
		    }
		}
	END
}
one_of_two left  xdp 21
one_of_two left  xdp 21 "rule more  deny udp port 23;"
one_of_two right tc  22

# of_policy POLICY: what its rules taken and flood have counted, and what is in its set.
of_policy() {
	echo "$(ctl rules -o json | json "' '.join(str(r['packets']) for n in ('taken', 'flood') for b in d['blocks']
		for r in b['rules'] if b['policy'] == '$1' and r['name'] == n)")" \
		"$(apply --set-list "$1/kept" | sed 's/ timeout.*//' | paste -sd' ')"
}
applied "$tmp/left.o" "$tmp/right.o"
check "an element for each" apply --set-add left/kept=10.8.0.1 --set-add right/kept=10.8.0.2
left=0 right=0
# send_both NAME: datagrams for each; all but the first five of each exceed the limit.
send_both() {
	left=$((left + 10)) right=$((right + 12))
	wire "$far" "$here/carry.py" send 10.77.0.1 21 10
	wire "$far" "$here/carry.py" send 10.77.0.1 22 12
	same "$1: left" "5 $((left - 5)) 10.8.0.1" "$(of_policy left)"
	same "$1: right" "5 $((right - 5)) 10.8.0.2" "$(of_policy right)"
}
send_both "two objects"
applied "$tmp/right.o" "$tmp/left.o"
send_both "in another order"
applied "$tmp/left-more.o" "$tmp/right.o"
send_both "one of them changed"
applied --rollback
send_both "rolled back"

said_before "left out" \
	"policy right is not among what is applied: it ends, with its sets, connections and limits" "$tmp/left.o"
wire "$far" "$here/carry.py" send 10.77.0.1 21 10
same "the other goes on" "5 $((left + 5))" "$(packets taken) $(packets flood)"
same "with its set" 10.8.0.1 "$(apply --set-list kept | sed 's/ timeout.*//')"
apply --remove >/dev/null
same "nothing is left" "" "$(leftovers)"
finish
