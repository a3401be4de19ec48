#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause
# `sentryctl top`: rates of known traffic on every page, as text and JSON and on a terminal of several sizes; keys, a swap,
# signals, and a terminal that is left as it was.
. "$(dirname "$0")/common.bash"
command -v tmux >/dev/null || { echo "tmux is missing"; exit 77; }
socket=psrt-top-$$

stop_tmux() {
	tmux -L "$socket" kill-server 2>/dev/null
	cleanup
}
trap stop_tmux EXIT

write() { # write NAME ACCOUNT
	cat >"$tmp/$1.sp" <<-END
		policy edge {
		    $2
		    interface uplink = "eth0";
		    ingress on uplink {
		        rule dns   allow  udp port 5353 state new;
		        rule back  allow  state established;
		        rule bad   deny   udp port 9  log;
		        default allow;
		    }
		}
	END
	"$build/sentryc" compile "$tmp/$1.sp" -o "$tmp/$1.o" || exit 1
}

# stream PORT RATE: datagrams of 100 bytes with headers, from the far end, until it is killed.
stream() {
	ip netns exec "$far" python3 -c '
import socket, sys, time
s = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
s.bind(("10.77.0.2", 40000 + int(sys.argv[1]) % 1000))
begin, n, rate = time.time(), 0, float(sys.argv[2])
while True:
    try:
        s.sendto(b"x" * 58, ("10.77.0.1", int(sys.argv[1])))
    except OSError:
        pass
    n += 1
    time.sleep(max(0, begin + n / rate - time.time()))' "$1" "$2" &
	background+=($!)
}

screen() { tmux -L "$socket" capture-pane -p; }
press() { tmux -L "$socket" send-keys "$@"; }

# shows NAME PATTERN: within five seconds.
shows() {
	for _ in $(seq 50); do
		screen >"$tmp/screen"
		grep -Eq -- "$2" "$tmp/screen" && { ok "$1"; return; }
		sleep 0.1
	done
	not_ok "$1: no '$2' on the screen"
	sed 's/^/  | /' "$tmp/screen"
}

write plain ''
write full 'account { traffic; flows; }'
expect "top without a policy" 3 "no policy is in force" ctl top -o json
apply "$tmp/plain.o" >/dev/null || not_ok "apply"
stream 5353 200
stream 9 50
sleep 1

# One snapshot; the rates are those that are sent, give or take a tenth.
ctl top -o json --interval 2s --count 1 >"$tmp/json" || not_ok "top -o json"
same "a snapshot has the rates" "True True True" "$(json '"%s %s %s" % tuple(abs(
	{r["rule"]: r for r in d["rules"]["rows"]}[name]["packets_per_second"] / rate - 1) < 0.1 and
	abs({r["rule"]: r for r in d["rules"]["rows"]}[name]["bytes_per_second"] / rate / 100 - 1) < 0.1
	for name, rate in (("dns", 200), ("bad", 50), ("dns", 200)))' <"$tmp/json")"
same "and its form is known" "packet-sentry/top/v1 edge 1 dns allow ingress none none none states" "$(json '" ".join(str(x) for x in (
	d["schema"], d["policy"], d["generation"], d["rules"]["rows"][0]["rule"], d["rules"]["rows"][0]["verdict"],
	d["rules"]["rows"][0]["block"], d["sources"]["basis"], d["destinations"]["basis"], d["protocols"]["basis"],
	d["states"]["basis"]))' <"$tmp/json")"
same "connections are counted" "udp 1" "$(json '" ".join(str(d["states"]["rows"][0][k]) for k in ("protocol", "connections"))' <"$tmp/json")"
expect "a policy that keeps no flows says how to let it" 0 "account \{ flows; \}" ctl top -o text
same "several snapshots are lines" "3 3" "$(ctl top -o json --interval 200ms --count 3 | tee "$tmp/lines" | wc -l) $(
	python3 -c 'import json, sys; print(sum(json.loads(l)["interval_ms"] in range(190, 400) for l in open(sys.argv[1])))' "$tmp/lines")"
same "sorted by name" "back bad default dns malformed non-ip" "$(ctl top -o json --sort name | json '" ".join(r["rule"] for r in d["rules"]["rows"])')"
same "one row a table, and how many there are" "1 6" "$(ctl top -o json -n 1 | json 'len(d["rules"]["rows"]), d["rules"]["total"]' | tr -d '(),')"

# With flows and traffic.
apply "$tmp/full.o" >/dev/null || not_ok "apply with accounting"
sleep 1
ctl top -o json --interval 2s --count 1 >"$tmp/json"
same "talkers and protocols" "flows 10.77.0.2 True flows 10.77.0.1 True traffic udp True" "$(json '" ".join(str(x) for x in (
	d["sources"]["basis"], d["sources"]["rows"][0]["address"], abs(d["sources"]["rows"][0]["packets_per_second"] / 250 - 1) < 0.1,
	d["destinations"]["basis"], d["destinations"]["rows"][0]["address"], abs(d["destinations"]["rows"][0]["bytes_per_second"] / 25000 - 1) < 0.1,
	d["protocols"]["basis"], d["protocols"]["rows"][0]["protocol"], abs(d["protocols"]["rows"][0]["packets_per_second"] / 250 - 1) < 0.1))' <"$tmp/json")"

# Connections, those that are asked for.
states() { ctl states --list -o json "$@" | json '" ".join("%s>%s" % (s["source"], s["dest_port"]) for s in d["list"])'; }
same "connections by address, protocol and port" "10.77.0.2>5353" "$(states --source 10.77.0.0/24 --dest 10.77.0.1 --protocol udp --port 5353)"
same "by another port" "" "$(states --port 5354)"
same "by the other end" "" "$(states --source 10.77.0.1)"
for _ in 1 2 3; do
	udp "$far" 10.77.0.1 5353 1
done
same "so many" "2" "$(states -n 2 | wc -w)"
same "those that expire last first" "True" "$(ctl states --list -o json | json '(lambda l: l == sorted(l, reverse=True) and len(l) == 4)([s["expires_ms"] for s in d["list"]])')"
expect "asked for without a list" 2 "as a whole; --list" ctl states --port 5353

# On a terminal.
tmux -L "$socket" -f /dev/null new-session -d -x 80 -y 24 "bash --norc"
press "PS1='shell>' ; clear; '$build/sentryctl' top --interval 500ms --bpffs '$bpffs/ps' --netns '$near' --db /nonexistent; echo code \$?" Enter
shows "the head says what is in force" '^policy edge, generation 2 '
shows "rules with their rates" '^ +(19|20|21)[0-9] +[0-9.]+k +.* allow +dns  \(edge/ingress\)'
same "80x24: nothing is longer than a line, and the keys are on the last" "24 1" "$(screen | wc -l) $(screen | tail -n 1 | grep -c '1-5 Tab page .* h help  q quit')"
press 2; shows "page 2: sources" '10\.77\.0\.2$'
press Tab; shows "Tab: destinations" '10\.77\.0\.1$'
press 4; shows "page 4: protocols" ' udp$'
press 5; shows "page 5: states" 'connections of at most'
shows "and their stages" '^ +[0-9]+  udp +opening'
press 1; press s; shows "s sorts by packets/s" 'sort: packets/s'
press / ; press bad; press Enter; shows "a filter" 'filter: bad'
shows "shows what has it" ' deny +bad '
same "and nothing else" 0 "$(screen | grep -c 'dns ')"
press / Escape; shows "no filter" ' dns '
press p; shows "p holds" 'PAUSED'
sleep 0.6
held=$(screen); sleep 1.2
same "what is held stands" "$held" "$(screen)"
press p
press h; shows "h helps" 'any key +back'
press x; shows "and back" 'dns  \(edge/ingress\)'
tmux -L "$socket" resize-window -x 120 -y 40
shows "larger" 'h help  q quit'
same "the keys are on the last of 40 lines" 40 "$(screen | grep -n 'h help  q quit' | cut -d: -f1)"
tmux -L "$socket" resize-window -x 30 -y 6
shows "smaller: a row is still seen" 'packets/s'
tmux -L "$socket" resize-window -x 80 -y 24
apply "$tmp/plain.o" >/dev/null
shows "a swap is seen" 'generation 3 '
shows "rates go on" '^ +(19|20|21)[0-9] +[0-9.]+k +.* allow +dns '
apply --remove >/dev/null
shows "no policy" 'no policy is in force'
apply "$tmp/full.o" >/dev/null
shows "another" 'policy edge, generation'
press q; shows "q quits" '^code 0'
press 'stty -a | grep -c -- " echo "' Enter; shows "and the terminal echoes" '^1$'

# Signals: the terminal is the shell's again.
for signal in TERM INT HUP QUIT; do
	press 'clear; '"'$build/sentryctl' top --bpffs '$bpffs/ps' --netns '$near'; echo code \$?; stty -a | grep -o -- ' icanon'" Enter
	shows "$signal: at work" 'h help  q quit'
	kill -"$signal" "$(pgrep -P "$(tmux -L "$socket" list-panes -F '#{pane_pid}')" sentryctl)"
	shows "$signal: ended well" '^code 0'
	shows "$signal: the terminal is cooked" '^ icanon'
done
press 'clear; '"'$build/sentryctl' top --bpffs '$bpffs/ps' --netns '$near'; echo code \$?" Enter
shows "at work" 'h help  q quit'
press C-z
shows "stopped: the shell is there" 'Stopped'
press 'clear; fg' Enter
shows "continued" 'h help  q quit'
press q
press 'echo "code $?"' Enter
shows "quit" '^code 0'
press "clear; TERM=nonsense '$build/sentryctl' top --bpffs '$bpffs/ps' --netns '$near'" Enter
shows "a terminal that nobody knows" 'TERM=nonsense.* cannot be drawn on; -o text prints'
press "clear; TERM=dumb '$build/sentryctl' top --bpffs '$bpffs/ps' --netns '$near'" Enter
shows "a terminal without a cursor that moves" 'TERM=dumb.* cannot be drawn on; -o text prints'
expect "wrong interval" 2 "from 100ms to 1h" ctl top --interval 1ms
expect "wrong sort" 2 "bytes, packets or name" ctl top --sort age
expect "a filter without a time" 2 "together with --since" ctl top --source 10.0.0.0/8
finish
