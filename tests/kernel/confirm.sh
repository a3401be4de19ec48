#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause
# Changes that go back by themselves: the timer in the kernel against the clock, what stops it, and probes.
. "$(dirname "$0")/common.bash"

policy one 19 17   # lets the prober's datagrams to port 4000 in
policy two 4000 17 # does not
cat >"$tmp/no-ssh.sp" <<'END'
policy edge {
    interface uplink = "eth0";
    ingress on uplink {
        rule ssh deny tcp port 8022;
        default allow;
    }
}
END
cat >"$tmp/second.sp" <<'END'
policy second {
    interface uplink = "eth0";
    ingress on uplink via tc {
        rule bad deny udp port 4001;
        default allow;
    }
}
END
for name in no-ssh second; do
	"$build/sentryc" compile "$tmp/$name.sp" -o "$tmp/$name.o" || exit 1
done
${CC:-gcc} -O1 -o "$tmp/at-call" "$here/at-call.c" || exit 1

# deadman: "DEADLINE FIRED" in ns of the monotonic clock, as the kernel has them.
deadman() {
	bpftool -j map dump pinned "$(find "$bpffs/ps" -name deadman)" | python3 -c '
import json, struct, sys
entry = json.load(sys.stdin)[0]
raw = bytes(int(byte, 16) for byte in entry["value"])
print(*(struct.unpack_from("=Q", raw, offset)[0] for offset in (16, 40)))'
}

status() { # KEY
	apply --status -o json | json "d['$1']"
}

# No program of ours is alive that works in this place.
nobody() {
	! pgrep -f -- "--bpffs $bpffs/ps --state-dir $tmp/state --netns $near" >/dev/null
}

prober_begin() {
	python3 "$here/prober.py" "$far" "$near" 10.77.0.1 4000 >"$tmp/probes" &
	prober=$!
	background+=("$prober")
	sleep 0.4
}

prober_end() {
	kill "$prober"
	wait "$prober" 2>/dev/null
}

# waits_for SECONDS COMMAND…: until it succeeds.
waits_for() {
	local end=$((SECONDS + $1))
	shift
	until "$@" 2>/dev/null; do
		[ "$SECONDS" -lt "$end" ] || return 1
		sleep 0.1
	done
}

in_force() { # GENERATION
	[ "$(status generation)" = "$1" ]
}

answers() { # ADDRESS: does it take connections to port 8022 from the near end?
	ip netns exec "$near" bash -c "echo >/dev/tcp/$1/8022"
}

listen() { # NAMESPACE ADDRESS: connections to port 8022 are taken
	ip netns exec "$1" python3 -c '
import socket, sys
s = socket.socket(socket.AF_INET6 if ":" in sys.argv[1] else socket.AF_INET)
s.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
s.bind((sys.argv[1], 8022))
s.listen()
while True:
    s.accept()[0].close()' "$2" &
	listener=$!
	background+=("$listener")
}

# Probes alone take half a minute to fail. Each has a place of its own, and runs while the rest does.
in_lonely() { # NAME OPTION…
	"$build/sentry-apply" --bpffs "$bpffs/$1" --state-dir "$tmp/state" --netns "psrt-$1-$$" "${@:2}"
}
lonely() { # NAME OBJECT: into NAME.out, NAME.pid and NAME.code
	in_lonely "$1" --bind uplink=lo "$tmp/one.o" >/dev/null 2>&1 || not_ok "a policy for $1"
	{
		in_lonely "$1" --bind uplink=lo --probe tcp://127.0.0.1:8022 "$2" >"$tmp/$1.out" 2>&1 &
		echo $! >"$tmp/$1.pid"
		wait $!
		echo $? >"$tmp/$1.code"
	} 2>/dev/null &
}
for name in silent killed blocked; do
	namespaces+=("psrt-$name-$$")
	ip netns add "psrt-$name-$$" && ip -n "psrt-$name-$$" link set lo up
done
listen "psrt-blocked-$$" 127.0.0.1
lonely silent "$tmp/two.o"
lonely killed "$tmp/two.o"
lonely blocked "$tmp/no-ssh.o"
killed_waits() {
	in_lonely killed --status -o json | json 'd["generation"]' | grep -qx 2
}
check "one waits for its probe" waits_for 10 killed_waits
sleep 0.5
pkill -KILL -P "$(cat "$tmp/killed.pid")" # it is a child of that shell

# --- the clock ----------------------------------------------------------
expect "the policy that lets it in" 0 "generation 1" apply "$tmp/one.o"
prober_begin
same "the prober's datagrams arrive" open "$(tail -n 1 "$tmp/probes" | cut -d' ' -f1)"
for window in 300ms 1s 2s; do
	expect "--confirm $window" 0 "waits for sentry-apply --confirm-now; then generation 1 is in force" \
		apply --confirm "$window" "$tmp/two.o"
	check "$window: no process of ours is alive" nobody
	read -r deadline _ < <(deadman)
	waits_for 5 in_force 1 || not_ok "$window: it does not go back"
	sleep 0.2
	read -r _ fired < <(deadman)
	back=$(tail -n 1 "$tmp/probes")
	[ "${deadline:-0}" -gt 0 ] && [ "${fired:-0}" -gt 0 ] || not_ok "$window: no times ($deadline, $fired)"
	echo "# --confirm $window: the timer fired $(((fired - deadline) / 1000)) us after the deadline," \
		"the first packet by the old policy was sent $(((${back#* } - deadline) / 1000)) us after it"
	same "$window: it was shut, then open" "shut open" "$(tail -n 2 "$tmp/probes" | cut -d' ' -f1 | xargs)"
	check "$window: not before the deadline" test "${back#* }" -ge $((deadline - 2000000))
	check "$window: within 100 ms" test $((fired - deadline)) -lt 100000000
	expect "$window: status says so" 0 "generation [0-9]+ was not confirmed, and was taken back at" apply --status
done
same "the prober saw nothing else" 7 "$(wc -l <"$tmp/probes")"
same "status as JSON: taken back" "4 None" "$(apply --status -o json | json 'd["taken_back"]["generation"], d["confirm_deadline"]' | tr -d '(),')"
same "since when is when that happened" True "$(apply --status -o json | json 'd["since"] == d["taken_back"]["at"]')"
prober_end
expect "the history gets the reason when somebody looks" 0 "generation 4 was not confirmed in time: since .*, generation 1 is in force again" \
	apply "$tmp/one.o"
expect "it is in the history" 0 "^ +4 .*\[not confirmed in time\]$" apply --history
same "and in status no more" None "$(status taken_back)"

# --- confirmed, or not --------------------------------------------------
before=$(date +%s)
apply --confirm 2s "$tmp/two.o" >/dev/null
deadline=$(status confirm_deadline)
same "status has the deadline, by the clock on the wall" True \
	"$(python3 -c "import calendar, time
print(1 <= calendar.timegm(time.strptime('$deadline', '%Y-%m-%dT%H:%M:%SZ')) - $before <= 5)")"
expect "also in words" 0 "waits for sentry-apply --confirm-now until $deadline \([0-9]+ s\), then generation 5 is in force" \
	apply --status
expect "another apply is refused, and told what to do" 4 \
	"generation 6 waits to be confirmed until .*: sentry-apply --confirm-now or --rollback first" apply "$tmp/one.o"
expect "which says what is in force" 4 "generation 6, is still in force" apply "$tmp/one.o"
expect "--confirm-now in time" 0 "policy edge, generation 6, is confirmed" apply --confirm-now
same "no deadline any more" "None None" "$(apply --status -o json | json 'd["confirm_deadline"], d["taken_back"]' | tr -d '(),')"
sleep 2.3
check "the timer does not fire later" in_force 6
same "nor is anything taken back" None "$(status taken_back)"
expect "there is nothing more to confirm" 3 "nothing waits to be confirmed" apply --confirm-now

apply --confirm 300ms "$tmp/one.o" >/dev/null
sleep 0.6
expect "--confirm-now too late" 5 "generation 7 was not confirmed in time: since .*, generation 6 is in force again" apply --confirm-now
expect "and again: there is nothing" 3 "nothing waits to be confirmed" apply --confirm-now
check "the one before is in force" in_force 6
expect "the history knows" 0 "^ +7 .*\[not confirmed in time\]$" apply --history

apply --confirm 2s "$tmp/one.o" >/dev/null
expect "--rollback while it waits" 0 "generation 6 is in force again; generation 8 is not any more" apply --rollback
same "the timer is off" "None None" "$(apply --status -o json | json 'd["confirm_deadline"], d["taken_back"]' | tr -d '(),')"
expect "the history has the reason" 0 "^ +8 .*\[rolled back\]$" apply --history
apply "$tmp/one.o" >/dev/null
sleep 2.2
check "the old timer does not touch a later policy" in_force 9

apply --confirm 1s "$tmp/two.o" >/dev/null
expect "--remove while it waits" 0 "generation 10, removed" apply --remove
same "its hooks are free" "" "$(ip -n "$near" link show dev eth0 | grep -o 'xdp[a-z]*')"
sleep 1.2
check "nothing comes back" in_force 0

expect "a first policy" 0 "then no policy is in force again" apply --confirm 500ms "$tmp/two.o"
expect "that waits" 0 "then no policy is in force again" apply --status
check "goes back to none" waits_for 3 in_force 0
expect "which status says" 0 "generation 11 was not confirmed" apply --status
expect "its hooks let everything pass" 124 "^open" timeout 1 python3 "$here/prober.py" "$far" "$near" 10.77.0.1 4000
expect "--confirm-now is too late" 5 "since .*, no policy is in force again" apply --confirm-now
apply --confirm 5s "$tmp/two.o" >/dev/null
expect "a first policy, and --rollback while it waits" 0 "no policy is in force again; generation 12 is not any more" \
	apply --rollback
check "none is in force" in_force 0
expect "and an apply after that" 0 "generation 13" apply "$tmp/one.o"

# --- two objects --------------------------------------------------------
expect "two objects" 0 "then generation 13 is in force again" apply --atomic --confirm 1s "$tmp/two.o" "$tmp/second.o"
same "both wait" "edge and second" "$(status policy)"
check "both go" waits_for 3 in_force 13
same "at once" edge "$(status policy)"
apply --atomic --confirm 5s "$tmp/two.o" "$tmp/second.o" >/dev/null
expect "both are confirmed" 0 "edge and second, generation 15, is confirmed" apply --confirm-now
apply "$tmp/one.o" >/dev/null

# --- undone twice? ------------------------------------------------------
old=$(status generation)
apply --confirm 300ms "$tmp/two.o" >/dev/null
check "it goes back by itself" waits_for 3 in_force "$old"
expect "--rollback too late" 5 "generation $((old + 1)) was not confirmed in time: since .*, generation $old is in force again" \
	apply --rollback
check "does not give up the one before" in_force "$old"
expect "the history has the true reason" 0 "^ +$((old + 1)) .*\[not confirmed in time\]$" apply --history

# --- killed -------------------------------------------------------------
# killed N: sentry-apply --confirm, killed at its Nth system call, has put its policy in force.
killed() {
	old=$(status generation)
	"$tmp/at-call" "$1" kill "$build/sentry-apply" --bpffs "$bpffs/ps" --state-dir "$tmp/state" --netns "$near" \
		--confirm 2s "$tmp/two.o" >"$tmp/killed.calls" 2>&1
	[ "$(status generation)" != "$old" ]
}
reset() {
	apply --rollback >/dev/null 2>&1
	apply "$tmp/one.o" >/dev/null
}
low=1 high=4000
while [ $((high - low)) -gt 1 ]; do
	middle=$(((low + high) / 2))
	if killed "$middle"; then high=$middle; else low=$middle; fi
	reset
done
echo "# the policy is in force before system call $high"
for offset in 1 2 4 8; do
	check "killed $offset calls after the commit: it is in force" killed $((high + offset))
	expect "and waits" 0 "waits for sentry-apply --confirm-now" apply --status
	check "and goes back" waits_for 5 in_force "$old"
	expect "the next one finds its place" 0 "in force as" apply "$tmp/one.o"
done

# --- probes, with somebody who waits --------------------------------------
generation=$(($(status generation) + 1))
expect "--probe and --confirm" 0 "waits for sentry-apply --confirm-now" \
	apply --confirm 60s --probe tcp://10.77.0.2:8022 "$tmp/two.o"
same "the next generation" "$generation" "$(status generation)"
begin=$SECONDS
expect "is not confirmed while the probe does not answer" 4 \
	"probe tcp://10.77.0.2:8022: no connection: Connection refused" apply --confirm-now
check "which does not take the whole time" test $((SECONDS - begin)) -lt 15
expect "and says when it goes back" 4 "not confirmed; it goes back at 20" apply --confirm-now
check "it waits on" in_force "$generation"
listen "$far" 10.77.0.2
waits_for 5 answers 10.77.0.2
expect "another probe of --confirm-now itself" 4 "probe tcp://10.77.0.2:8023: no connection" \
	apply --confirm-now --probe tcp://10.77.0.2:8023
expect "it is when all answer" 0 "is confirmed" apply --confirm-now --probe tcp://10.77.0.2:8022
apply --confirm 1500ms --probe tcp://10.77.0.2:8023 "$tmp/one.o" >/dev/null
expect "the time is over while it asks" 5 "was not confirmed in time" apply --confirm-now
check "the one before is in force" in_force "$generation"

# --- probes alone -------------------------------------------------------
expect "a probe that answers" 0 "all 1 probe answered: generation [0-9]+ is confirmed" apply --probe tcp://10.77.0.2:8022 "$tmp/one.o"
same "nothing waits" None "$(status confirm_deadline)"
expect "two of them" 0 "all 2 probes answered" apply --probe tcp://10.77.0.2:8022 --probe tcp://10.77.0.2:8022 "$tmp/two.o"
kill "$listener"
wait "$listener" 2>/dev/null
for end in "$near:1" "$far:2"; do
	ip -n "${end%:*}" address add "fd00:77::${end#*:}/64" dev eth0 nodad
done
listen "$far" fd00:77::2
waits_for 5 answers fd00:77::2
expect "by IPv6" 0 "all 1 probe answered" apply --probe 'tcp://[fd00:77::2]:8022' "$tmp/one.o"

ended() {
	[ -e "$tmp/silent.code" ] && [ -e "$tmp/blocked.code" ]
}
waits_for 40 ended
for name in silent blocked; do
	same "a probe that is $name: exit code" 5 "$(cat "$tmp/$name.code")"
	expect "a probe that is $name: what is said" 0 "probe tcp://127.0.0.1:8022: no connection: " cat "$tmp/$name.out"
	expect "and what is in force" 0 "rolled back: generation 1 is in force again" cat "$tmp/$name.out"
	expect "which is true" 0 "policy edge, generation 1, since" in_lonely "$name" --status
	expect "the history has the reason" 0 "^ +2 .*\[a probe did not answer\]$" in_lonely "$name" --history
done
same "the one that was killed" 137 "$(cat "$tmp/killed.code")"
killed_back() {
	in_lonely killed --status -o json | json 'd["generation"]' | grep -qx 1
}
check "went back as well" waits_for 35 killed_back
for name in silent blocked killed; do
	in_lonely "$name" --remove >/dev/null
done
apply --remove >/dev/null
same "nothing is left" "" "$(leftovers)"
finish
