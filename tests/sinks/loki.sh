#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause
# Lines to a strict receiver of Loki's push interface; Debian has no Loki.
set -u
build=$(realpath "${BUILD:-build}")
cd "$(dirname "$0")" || exit 1
kind=loki
# shellcheck source=tests/sinks/receiver.bash
. ./receiver.bash

configure 'compress: false'
items=16000
trouble $items 3000 $((items * 6 / 8))
"$driver" --expect --items $items >"$dir/expect"
/usr/bin/python3 -B loki_sums.py "$dir/accepted" "$dir/expect" >"$dir/sums" || bad "$(cat "$dir/sums")"

# Refused, and then not.
mode 400
drive --items 8000
driven 0 6000
grep -q 'sink loki: .*/loki/api/v1/push: HTTP status 400: {"message": "no: 400"}' "$dir/driver.log" || bad "what was refused is not said: $(cat "$dir/driver.log")"
# Not let in, until the secret is right.
mode 401
drive --items 8000
sleep 1
mode 403
sleep 1
mode ok
driven 6000 0
grep -q 'HTTP status 401' "$dir/driver.log" && [ "$(counted retries)" -gt 2 ] || bad "who may not does not try again: $(cat "$dir/driver.log")"
# More than a tenant may send at a time: in parts.
mode burst
configure 'compress: false'
drive --items 8000
driven 6000 0
[ "$(counted retries)" -ge 3 ] || bad "no request was too large: the test proves nothing"
mode ok
# A link over which a request takes longer than the time-out, and something moves all the while.
receiver_port=$port
port=$(python3 -c 'import socket; s = socket.socket(); s.bind(("127.0.0.1", 0)); print(s.getsockname()[1])')
/usr/bin/python3 -B slow.py "$port" "$receiver_port" 200000 >"$dir/slow" 2>&1 &
slow=$!
for _ in {1..200}; do
	grep -qs ready "$dir/slow" && break
	sleep 0.05
done
configure 'compress: false'
sed -i 's/items: 1000/items: 100000/; s/timeout: 5s/timeout: 2s/' "$dir/config"
drive --items 4000
driven 3000 0
[ "$(counted retries)" = 0 ] || bad "a slow link is taken for a silent server: $(cat "$dir/driver.log")"
kill "$slow"
port=$receiver_port
configure 'compress: true' 'label-by: [kind, rule, interface, direction]' 'labels: {job: packet-sentry, site: "a \"b\""}' 'fields: [timestamp, bytes, source_ip]'
drive --items 8000
driven 6000 0
grep -q '"rule": "it.s \\"quoted\\" \\\\ and; drop"' "$dir/accepted" && grep -q '"site": "a \\"b\\""' "$dir/accepted" || bad "labels"
# What differs in nothing that is written is not taken for a repetition.
configure 'fields: [rule]' 'select: {kinds: [lost]}'
drive --items 800
driven 50 0

for wrong in 'label-by: [source_ip]' 'labels: {"a-b": c}' 'labels: {kind: c}' 'schema: ecs'$'\n''    fields: [rule]' 'frobnicate: 1'; do
	configure "$wrong"
	"$driver" "$dir/config" >"$dir/said" 2>&1
	[ $? = 2 ] && grep -q 'config:[0-9]*:[0-9]*: error: ' "$dir/said" || bad "$wrong: $(cat "$dir/said")"
done
[ $failed = 0 ] || exit 1
echo "# loki: $(cat "$dir/sums"); absent, killed, stopped, busy, an answer lost; refused"
