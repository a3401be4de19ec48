# shellcheck shell=bash
# SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause
# What tests of sinks share whose server is http_receiver.py. To be sourced, with `kind` set to otlp or loki, and `build`.
# shellcheck disable=SC2154,SC2034 # names go from and to the scripts that source it
driver=$build/tests/sinks/driver
dir=$(mktemp -d)
receiver=''
driver_pid=''
trap 'receiver_kill; [ -z "$driver_pid" ] || kill $driver_pid 2>/dev/null; rm -rf "$dir"' EXIT
port=$(python3 -c 'import socket; s = socket.socket(); s.bind(("127.0.0.1", 0)); print(s.getsockname()[1])')

# shellcheck disable=SC2034
failed=0
bad() { echo "not ok: $*"; failed=1; }

mode() { echo "$*" >"$dir/mode"; }

receiver_start() {
	# shellcheck disable=SC2154
	/usr/bin/python3 -B http_receiver.py "$kind" "$port" "$dir" >"$dir/receiver.log" 2>&1 &
	receiver=$!
	for _ in {1..200}; do
		grep -qs ready "$dir/receiver.log" && return
		sleep 0.05
	done
	cat "$dir/receiver.log"
	exit 1
}

receiver_kill() {
	[ -z "$receiver" ] || { kill -9 "$receiver"; wait "$receiver"; } 2>/dev/null
	receiver=
}

configure() { # MORE…
	printf 'sinks:\n  - type: %s\n    url: http://127.0.0.1:%s\n    timeout: 5s\n    batch: {items: 1000, delay: 100ms}\n' "$kind" "$port" >"$dir/config"
	printf '    %s\n' "$@" >>"$dir/config"
}

drive() { # ARGUMENT…, in the background
	rm -f "$dir/accepted" "$dir/wrong"
	"$driver" "$dir/config" --wait 100 "$@" >"$dir/driver.json" 2>"$dir/driver.log" &
	driver_pid=$!
}

counted() { sed -n "s/.*\"$1\": \([0-9]*\).*/\1/p" "$dir/driver.json"; }

driven() { # WRITTEN REFUSED: waits for it
	wait "$driver_pid" || bad "the driver failed: $(cat "$dir/driver.log")"
	driver_pid=
	[ "$(counted written) $(counted refused) $(counted dropped)" = "$1 $2 0" ] ||
		bad "not $1 written and $2 refused: $(tr -d '\n' <"$dir/driver.json")"
	[ ! -s "$dir/wrong" ] || bad "$(sort "$dir/wrong" | uniq -c | head -n 5)"
}

# Not there for the first second, killed for the third, standing still for three; busy; and one request of
# which the answer is lost.
trouble() { # ITEMS RATE WRITTEN
	mode ok
	drive --items "$1" --rate "$2"
	sleep 1
	receiver_start
	sleep 0.6
	receiver_kill
	sleep 0.7
	receiver_start
	sleep 0.7
	kill -STOP "$receiver"
	sleep 3
	kill -CONT "$receiver"
	mode 503
	sleep 0.4
	mode 429
	sleep 0.4
	mode lose
	driven "$3" 0
	[ "$(counted retries)" -gt 3 ] || bad "$(counted retries) retries"
	[ "$(cat "$dir/mode")" = ok ] || bad "no answer was lost: the test proves nothing"
}
