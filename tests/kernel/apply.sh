#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause
# The life of a policy: applied, met by packets, counted, replaced, removed; and what is refused on the way.
. "$(dirname "$0")/common.bash"

policy one 9 7
policy two 19 17

expect "status of nothing" 0 "no policy is in force" apply --status
same "status of nothing as JSON" "0 None []" \
	"$(apply --status -o json | json 'd["generation"], d["policy"], d["attachments"]' | tr -d '(),')"
expect "rules of nothing" 3 "no policy is in force" ctl rules
expect "dry run says what would be" 0 "eth0 +ingress xdp +ingress_uplink" apply --dry-run "$tmp/one.o"
same "dry run changes nothing" "" "$(leftovers)"

expect "first apply" 0 "policy edge is in force as generation 1" \
	apply "$tmp/one.o" --message "first light"
udp "$far" 10.77.0.1 9 3
udp "$far" 10.77.0.1 10 2
udp "$far" 10.77.0.1 5 1
udp "$near" 10.77.0.2 7 4
same "denied on the way in" 3 "$(packets bad-in)"
same "sampled" 1 "$(packets watch)"
same "denied on the way out" 4 "$(packets bad-out)"
same "status as JSON" "packet-sentry/status/v1 1 edge first light eth0 xdp native ingress attached eth0 tcx egress attached" \
	"$(apply --status -o json | json '*[d[k] for k in ("schema", "generation", "policy", "message")],
	*[v for a in d["attachments"] for k, v in a.items() if k in ("interface", "hook", "mode", "direction", "state")]' |
	tr -d "(),'")"
same "schema comes first" '  "schema": "packet-sentry/status/v1",' "$(apply --status -o json | sed -n 2p)"
same "rules are grouped by block, with lines" "ingress eth0 bad-in 4" \
	"$(ctl rules -o json | json '" ".join(map(str, (d["blocks"][0]["direction"], d["blocks"][0]["interfaces"][0],
	d["blocks"][0]["rules"][0]["name"], d["blocks"][0]["rules"][0]["line"])))')"
same "totals" "3 4" "$(ctl stats -o json | json '" ".join(str(b["verdicts"]["deny"]["packets"]) for b in d["blocks"])')"

ctl events >"$tmp/events"
same "one record per logged or sampled packet" 8 "$(wc -l <"$tmp/events")"
same "what a record says" "log deny bad-in 4 ingress eth0 xdp 10.77.0.2 9 UDP" \
	"$(head -n 1 "$tmp/events" | json '" ".join(str(d[k]) for k in ("kind", "verdict", "rule", "rule_line", "direction",
	"interface", "hook", "source_ip", "dest_port", "protocol"))')"
same "a record's time is now" True \
	"$(head -n 1 "$tmp/events" | json 'abs(__import__("datetime").datetime.strptime(d["timestamp"][:19] + "Z",
	"%Y-%m-%dT%H:%M:%SZ").replace(tzinfo=__import__("datetime").timezone.utc).timestamp() - __import__("time").time()) < 30')"
same "records are read once" "" "$(ctl events)"
udp "$far" 10.77.0.1 9 1
udp "$far" 10.77.0.1 5 1
udp "$near" 10.77.0.2 7 1
same "records of one rule" 1 "$(ctl events --rule bad-in | wc -l)"
expect "records of an unknown rule" 2 "no rule of that name" ctl events --rule nowhere

apply "$tmp/two.o" >/dev/null || not_ok "second apply"
udp "$far" 10.77.0.1 9 3
udp "$far" 10.77.0.1 19 5
same "the new policy decides, and its rules count on" 9 "$(packets bad-in)"
same "the one before is ready" "gen-1 gen-2" "$(cd "$bpffs"/ps/net-* && echo gen-*)"
expect "status names the new one" 0 "generation 2" apply --status

expect "a policy's source instead of an object" 0 "generation 3" apply "$tmp/one.sp"
echo 'policy edge { ingress on uplink { rule a allow tcp port 99999; default deny; } }' >"$tmp/bad.sp"
expect "a faulty policy is the policy's fault" 1 "bad.sp:1:" apply "$tmp/bad.sp"
expect "an object from standard input" 0 "generation 4" apply - <"$tmp/two.o"

expect "a role that is not there" 2 "no role 'wan'; it has: uplink" apply --bind wan=eth0 "$tmp/one.o"
expect "an interface that is not there" 3 "role uplink: no interface 'eth7' here; there are: lo, eth0" \
	apply --bind uplink=eth7 "$tmp/one.o"
expect "a namespace that is not there" 3 "psrt-nowhere" "$build/sentry-apply" --netns psrt-nowhere --status
expect "a file that is not there" 3 "No such file" apply "$tmp/nowhere.o"
expect "not an object" 3 "not an object" apply "$tmp/events"
head -c 2000 "$tmp/one.o" >"$tmp/short.o"
expect "half an object" 3 "cut short|damaged" apply "$tmp/short.o"
llvm-objcopy --remove-section sentry.manifest "$tmp/one.o" "$tmp/plain.o"
expect "an object of somebody else" 3 "not made by sentryc" apply "$tmp/plain.o"
# edited NAME EXPRESSION: one.o with a changed manifest, by sed.
edited() {
	llvm-objcopy --dump-section sentry.manifest="$tmp/manifest" "$tmp/one.o" "$tmp/$1.o" &&
		sed -i -E "$2" "$tmp/manifest" &&
		llvm-objcopy --update-section sentry.manifest="$tmp/manifest" "$tmp/one.o" "$tmp/$1.o" || not_ok "edit $1"
}
edited layout 's/("layout_hash": *")[0-9a-f]{8}/\100000000/'
expect "an object of another layout" 3 "another version of sentryc \(layout 00000000" apply "$tmp/layout.o"
edited escape 's/("policy": *")edge"/\1\\u001b[2J"/'
expect "names that a terminal would obey are escaped" 0 "^policy .x1b.2J would be applied" apply --dry-run "$tmp/escape.o"
expect "also in messages" 2 "policy .x1b.2J has no role" apply --bind wan=eth0 "$tmp/escape.o"
"$build/sentryc" compile "$tmp/one.sp" --target bpfeb -o "$tmp/big.o"
expect "an object for other machines" 3 "is for bpfeb and this host is bpfel" apply "$tmp/big.o"
expect "no time to confirm in" 2 "--confirm takes a time" apply --confirm soon "$tmp/one.o"
expect "a probe that is none" 2 "expected tcp://HOST:PORT" apply --probe 10.0.0.1:22 "$tmp/one.o"
expect "a generation that is none" 2 "--rollback takes the number" apply --rollback "$tmp/one.o"
expect "an object and a verb" 2 "only an apply takes files" apply --confirm-now "$tmp/one.o"
# What is ignored would be believed to be done.
for wrong in "--bind uplink=lo:an object:--rollback" "--tc clsact:an object:--rollback" "--tc auto:an object:--remove" \
	"--account traffic:a policy:--rollback" "--bind uplink=lo:an object:--status" "--message x:an object or --rollback:--status" \
	"--require-signature $tmp/one.sp:an object or --rollback:--status" "--message x:an object or --rollback:--remove" \
	"--bind uplink=lo:an object:--reattach" "--bind uplink=lo:an object:--set-list bad" "--message x:an object or --rollback:--set bad=/dev/null" \
	"-o json:--status, --history or --set-list:--rollback" "-o text:--status, --history or --set-list:--remove"; do
	IFS=: read -r option with verb <<<"$wrong"
	words=${verb/--set bad*/--set alone}
	# shellcheck disable=SC2086 # words
	expect "${option%% *} with $verb" 2 "^sentry-apply: ${option%% *} goes with $with, not with ${words/ bad/}$" apply $verb $option
done
expect "-o with an object" 2 "^sentry-apply: -o goes with --status, --history or --set-list, not with an object$" \
	apply -o json "$tmp/one.o"
expect "two verbs" 2 "two verbs do not go together" apply --history --status
expect "a message that a terminal would obey" 2 "a control character" apply --message $'\033[2J' "$tmp/one.o"
expect "an interface name of that kind" 3 "no interface '.x1b.2J' here" apply --bind uplink=$'\033[2J' "$tmp/one.o"
set -o pipefail
# Gone before anything is written.
{ sleep 0.5; "$build/sentryctl" rules --bpffs "$bpffs/ps" --netns "$near" 2>"$tmp/pipe.err"; } | true
same "a reader that went away is told" 3 "$?"
set +o pipefail
expect "unknown option" 2 "try: sentry-apply --help" apply --nonsense
expect "no object" 2 "which object" apply
expect "full disk" 3 "No space left" bash -c "'$build/sentryctl' rules --bpffs '$bpffs/ps' --netns '$near' >/dev/full"
expect "none of that changed anything" 0 "generation 4" apply --status
# What is done is done, and said, if its report can be written or not.
lost() { # ARGUMENT…
	"$build/sentry-apply" --bpffs "$bpffs/ps" --state-dir "$tmp/state" --netns "$near" "$@" >/dev/full
}
expect "a report that is lost: apply" 3 \
	"^sentry-apply: generation 5 is in force; its report could not be written to standard output: " lost "$tmp/one.o"
expect "which is true" 0 "policy edge, generation 5," apply --status
expect "a report that is lost: rollback" 3 "^sentry-apply: generation 4 is in force again; its report could not" lost --rollback
expect "which is true as well" 0 "policy edge, generation 4," apply --status
expect "a report that is lost: a probe does not answer" 5 "rolled back: generation 4 is in force again" \
	lost --probe tcp://127.0.0.1:9 "$tmp/one.o"
expect "a report that is lost: a look" 3 "^sentry-apply: standard output: No space left" lost --status
expect "and a dry run" 3 "^sentry-apply: standard output: " lost --dry-run "$tmp/one.o"

expect "remove" 0 "policy edge, generation 4, removed" apply --remove
same "nothing is left" "" "$(leftovers)"
expect "remove twice" 0 "no policy is in force" apply --remove
expect "after removal numbers go on" 0 "generation 7" apply "$tmp/one.o"
expect "by path of the namespace" 0 "generation 7" "$build/sentry-apply" --bpffs "$bpffs/ps" --netns "/run/netns/$near" --status
expect "other namespaces are other places" 0 "no policy" "$build/sentry-apply" --bpffs "$bpffs/ps" --netns "$far" --status
finish
