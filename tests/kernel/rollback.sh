#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause
# Ways back, the history that they go by, and the look before: --rollback, --history, --dry-run.
. "$(dirname "$0")/common.bash"

policy one 1 17
policy two 2 17
policy three 3 17
policy four 4 17
ip -n "$near" link add eth1 type veth peer name eth1 netns "$far"
ip -n "$near" link set eth1 up
ip -n "$far" link set eth1 up

status() { # KEY
	apply --status -o json | json "d['$1']"
}

# denies PORT: the policy in force does, and none of the others 1 to 4.
denies() {
	local port before
	for port in 1 2 3 4; do
		before=$(packets bad-in)
		udp "$far" 10.77.0.1 "$port" 1
		[ $(($(packets bad-in) - before)) = $((port == $1)) ] || { echo "port $port is judged by another policy"; return 1; }
	done
}

entry() { # GENERATION KEY: of the history
	apply --history -o json | json "[g.get('$2') for g in d['generations'] if g['generation'] == $1][0]"
}

# what is attached, pinned and written down
picture() {
	find "$bpffs" "$tmp/state" | sort
	bpftool -n "$near" net 2>/dev/null
	nsenter --net="/run/netns/$near" bpftool net
	apply --status -o json | grep -v '"packets"'
}

# --- nothing there --------------------------------------------------------
expect "a history of nothing" 0 "^nothing was applied here$" apply --history
same "as JSON" '{"schema": "packet-sentry/history/v1", "generations": []}' \
	"$(apply --history -o json | json '__import__("json").dumps(d)')"
expect "back from nothing" 3 "no policy is in force" apply --rollback
expect "back to what never was" 3 "generation 7 is not in the history: sentry-apply --history shows" apply --rollback 7

# --- by one store ---------------------------------------------------------
SUDO_USER=alice expect "first" 0 "generation 1" apply --message "ticket 1" "$tmp/one.o"
expect "the first has none before it" 3 "generation 1 is the first: .*--remove goes back to that" apply --rollback
check "which changes nothing" denies 1
apply --message "ticket 2" "$tmp/two.o" >/dev/null
apply --message "ticket 3" "$tmp/three.o" >/dev/null
same "two are ready" "2 1" "$(apply --status -o json | json '" ".join(str(p["generation"]) for p in d["previous"])')"
before=$(find "$bpffs" | sort)
expect "back" 0 "^generation 2 is in force again; generation 3 is not any more$" apply --rollback
check "it decides" denies 2
expect "back again: to the one before that" 0 "^generation 1 is in force again; generation 2 is not any more$" apply --rollback
check "it decides" denies 1
expect "there is no more" 3 "generation 1 is the first" apply --rollback
expect "forward by number" 0 "^generation 3 is in force again; generation 1 is not" apply --rollback 3
check "it decides" denies 3
same "all of that made and removed nothing" "$before" "$(find "$bpffs" | sort)"
expect "to the one in force" 2 "generation 3 is in force already" apply --rollback 3
expect "two numbers" 2 "--rollback takes one generation" apply --rollback 1 2
expect "one that never was" 3 "generation 9 is not in the history" apply --rollback 9
expect "not with --confirm" 2 "--confirm goes with an object" apply --rollback 1 --confirm 5s
expect "nor with --probe" 2 "--probe goes with an object or --confirm-now" apply --rollback 1 --probe tcp://10.77.0.2:22
expect "not with --dry-run" 2 "--dry-run goes with an object" apply --rollback 1 --dry-run
expect "nor to the one before" 2 "--dry-run goes with an object" apply --rollback --dry-run
expect "nor is anything removed to see what would be" 2 "--dry-run goes with an object" apply --remove --dry-run
expect "a set is not taken back" 2 "--confirm goes with an object" apply --set bad=/dev/null --confirm 5s
check "none of that changed anything" denies 3
begin=${EPOCHREALTIME/./}
for ((i = 0; i < 10; i++)); do
	apply --rollback $((1 + i % 2)) >/dev/null || not_ok "rollback $i"
done
echo "# a rollback by one store takes $(((${EPOCHREALTIME/./} - begin) / 10000)) ms"
apply --rollback 3 >/dev/null

# --- the history ------------------------------------------------------------
expect "the history, the youngest first" 0 "^ +3  20[0-9TZ:-]+ +in force +[a-z]+ +edge \([0-9a-f]{12}\)  ticket 3" apply --history
same "what is in force again has no mark" "None True" \
	"$(entry 3 taken_back 2>/dev/null || echo None) $(apply --status -o json | json 'd["since"] > d["applied_at"]')"
same "since when, in the history too" "$(apply --status -o json | json 'd["since"]')" "$(entry 3 again_at)"
expect "which status says" 0 "^policy edge, generation 3, since $(entry 3 again_at), by" apply --status
expect "as text" 0 "^ +3  .* in force .*  \[again since $(entry 3 again_at)\]$" apply --history
expect "what it says of those that are ready" 0 "^ +1  .* ready +alice \(sudo\) .*ticket 1  \[rolled back\]$" apply --history
same "as JSON" "packet-sentry/history/v1 3 2 1" \
	"$(apply --history -o json | json '" ".join([d["schema"]] + [str(g["generation"]) for g in d["generations"]])')"
same "who" "alice (sudo)" "$(entry 1 who)"
same "why" "ticket 2" "$(entry 2 message)"
same "what it replaced" "0 1 2" "$(entry 1 replaces) $(entry 2 replaces) $(entry 3 replaces)"
same "why it went" "rolled back" "$(entry 2 taken_back)"
same "the hash of its sources" "$("$build/sentryc" inspect "$tmp/two.o" -o json | json 'd["manifest"]["source_hash"] if "manifest" in d else d["source_hash"]')" \
	"$(entry 2 policies | tr "'" '"' | json 'd[0]["source_hash"]')"
check "the objects are as they were" cmp "$tmp/two.o" "$(echo "$tmp"/state/net-*/2/0.bpf.o)"
check "and nobody else's to read" test "$(find "$tmp/state/" -path '*net-*' -perm /077 | wc -l)" = 0

"$build/sentry-apply" --bpffs "$bpffs/ps" --state-dir "$tmp/state" --netns "$far" "$tmp/one.o" --message elsewhere >/dev/null
same "another namespace counts for itself" "1 elsewhere" \
	"$("$build/sentry-apply" --bpffs "$bpffs/ps" --state-dir "$tmp/state" --netns "$far" --history -o json |
		json '" ".join("%d %s" % (g["generation"], g["message"]) for g in d["generations"])')"
expect "and is not seen from here" 1 "^$" bash -c "'$build/sentry-apply' --bpffs '$bpffs/ps' --state-dir '$tmp/state' \
	--netns '$near' --history | grep elsewhere || { echo; exit 1; }"
"$build/sentry-apply" --bpffs "$bpffs/ps" --state-dir "$tmp/state" --netns "$far" --remove >/dev/null

# --- from disk ----------------------------------------------------------------
mkdir "$tmp/lists"
cat >"$tmp/lists/sets.sp" <<'END'
policy edge {
    interface uplink = "eth0";
    set bad  : addr max 10;
    set list : addr max 10 from "list.txt";
    ingress on uplink {
        rule bad-in  deny udp port 2;
        rule bad     deny from @bad  udp port 11;
        rule listed  deny from @list udp port 12;
        default allow;
    }
}
END
echo 10.77.0.2 >"$tmp/lists/list.txt"
"$build/sentryc" compile "$tmp/lists/sets.sp" -o "$tmp/lists/sets.o" || exit 1
expect "one with sets, on two interfaces" 0 "generation 4" apply --bind uplink=eth0,eth1 "$tmp/lists/sets.o"
expect "an element" 0 "" apply --set-add bad=10.77.0.2
for name in one three four; do
	apply "$tmp/$name.o" >/dev/null 2>&1
done
same "it is not ready any more" "on disk" "$(entry 4 state)"
echo 10.77.0.3 >>"$tmp/lists/list.txt"
expect "back to it" 0 "policy edge is in force as generation 8" apply --rollback 4
same "with its interfaces" "eth0 eth1" "$(apply --status -o json | json '" ".join(sorted(a["interface"] for a in d["attachments"]))')"
same "with its list, as it is now" "10.77.0.2 10.77.0.3" "$(apply --set-list list | xargs)"
same "what lived in it only is gone" "" "$(apply --set-list bad)"
check "it decides" denies 2
same "and says what it is" "rollback to generation 4" "$(status message)"
same "the history has the bindings" "uplink eth0 uplink eth1" \
	"$(entry 8 bindings | tr "'" '"' | json '" ".join("%s %s" % (b["role"], b["interface"]) for b in d)')"
apply --set-add bad=10.77.0.2 >/dev/null
expect "a set of that name goes on" 0 "set bad +1 element, as before" apply --rollback 4 --message again
same "with a message of one's own" again "$(status message)"

# --- after a removal, and after a reboot --------------------------------------
apply --remove >/dev/null
expect "without a number there is nothing to go back to" 3 "no policy is in force" apply --rollback
same "after a removal all is on disk" "on disk" "$(apply --history -o json | json '" ".join({g["state"] for g in d["generations"]})')"
expect "back from nothing" 0 "edge is in force as generation 10" apply --rollback 3
check "it decides" denies 3
again() {
	"$build/sentry-apply" --bpffs "$bpffs/again" --state-dir "$tmp/state" --netns "$near" "$@"
}
apply --remove >/dev/null
expect "as after a reboot" 0 "edge is in force as generation 11" again --rollback 2
expect "status has it" 0 "policy edge, generation 11" again --status
again --remove >/dev/null
rm "$(echo "$tmp"/state/net-*/3/0.bpf.o)"
expect "its object is gone from the disk" 3 "3/0.bpf.o: No such file" apply --rollback 3
echo '{' >"$(echo "$tmp"/state/net-*/2/entry.json)"
expect "a damaged entry" 3 "generation 2 is not in the history" apply --rollback 2
expect "does not hide the others" 0 "^ +11 " apply --history
expect "without privileges one is told so" 3 "not privileged" \
	setpriv --bounding-set=-bpf,-net_admin,-perfmon "$build/sentry-apply" --bpffs "$bpffs/ps" --state-dir "$tmp/state" --rollback 1

# --- how much is kept ---------------------------------------------------------
begin=${EPOCHREALTIME/./}
for ((i = 0; i < 22; i++)); do
	apply "$tmp/one.o" >/dev/null || not_ok "apply $i"
done
echo "# an apply takes $(((${EPOCHREALTIME/./} - begin) / 22000)) ms"
same "twenty are kept, the youngest" "20 33 14" \
	"$(apply --history -o json | json '"%d %d %d" % (len(d["generations"]), d["generations"][0]["generation"], d["generations"][-1]["generation"])')"
same "and nothing else" 20 "$(find "$(dirname "$tmp"/state/net-*/33)" -mindepth 1 -maxdepth 1 | wc -l)"
expect "older ones are gone" 3 "generation 13 is not in the history" apply --rollback 13

# --- no disk --------------------------------------------------------------------
touch "$tmp/file"
expect "nowhere to write: a warning" 0 "warning: this generation will not be in the history: $tmp/file/state: Not a directory" \
	apply --state-dir "$tmp/file/state" "$tmp/two.o"
check "the policy is in force" denies 2
same "its number goes on" 34 "$(status generation)"
expect "one goes back without a disk" 0 "generation 33 is in force again" apply --state-dir "$tmp/file/state" --rollback
check "and it is" denies 1
forget >/dev/null

# --- before --------------------------------------------------------------------
apply "$tmp/one.o" >/dev/null
cat >"$tmp/same.sp" <<'END'
policy edge {
    interface uplink = "eth0";
    ingress on uplink {
        rule bad-in   deny    udp port 1  log;
        rule watch    sample  1/1 udp port 5;
        rule other    allow   udp port 30;
        default allow;
    }
    egress on uplink {
        rule bad-out  deny    udp port 17 log;
        default allow;
    }
    test "in" in ingress {
        packet udp 1.2.3.4:5 > 5.6.7.8:1 expect deny by bad-in;
    }
}
END
sed 's/expect deny by bad-in/expect allow/' "$tmp/same.sp" >"$tmp/wrong.sp"
for name in same wrong; do
	"$build/sentryc" compile "$tmp/$name.sp" -o "$tmp/$name.o" || exit 1
done
before=$(picture)
expect "one that means the same" 0 "^in-force and new are equivalent: every packet gets the same verdict$" apply --dry-run "$tmp/same.o"
expect "what it costs" 0 "memory of edge: [0-9]+ KiB in maps" apply --dry-run "$tmp/same.o"
expect "for the verifier" 0 "program ingress_uplink: [0-9]+ instructions verified" apply --dry-run "$tmp/same.o"
expect "that its test passes" 0 "^1 test passes in this kernel$" apply --dry-run "$tmp/same.o"
expect "one that differs" 0 "^in-force -> new: 4 changes of verdict" apply --dry-run "$tmp/two.o"
expect "for which packets" 0 "^  deny -> allow: .* rule bad-in \(one.sp:4\) -> default \(two.sp:6\)$" apply --dry-run "$tmp/two.o"
expect "one whose test fails" 1 'wrong.sp:[0-9]+: error: test "in": .*expected allow, got deny by bad-in' apply --dry-run "$tmp/wrong.o"
same "a dry run changes nothing" "$before" "$(picture)"
expect "it cannot be applied either" 1 'wrong.sp:[0-9]+: error: test "in": .*expected allow, got deny by bad-in' apply "$tmp/wrong.o"
same "which changes nothing" "$before" "$(picture)"
check "the old one decides" denies 1
expect "beside a good one" 1 "test \"in\"" apply --atomic "$tmp/wrong.o"

apply --bind uplink=eth0 "$tmp/lists/sets.o" >/dev/null
apply --set-add bad=10.77.0.2 >/dev/null
before=$(picture)
expect "what would be lost" 0 "set 'bad' of the policy before is gone" apply --dry-run "$tmp/one.o"
same "nothing was" "$before" "$(picture)"
apply --remove >/dev/null
expect "with nothing in force it cannot be applied either" 1 'test "in"' apply "$tmp/wrong.o"
same "nothing is left" "" "$(leftovers)"
finish
