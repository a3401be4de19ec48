# shellcheck shell=bash
# SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause
# The collector of nfdump on 127.0.0.1. To be sourced. nfcapd_start DIR [PORT] sets nfcapd_PORT and nfcapd_PID; nfcapd_query
# prints, of a collector that was stopped, "PROTOCOL FLOWS PACKETS BYTES" by protocol.

free_port() { # udp|tcp
	python3 -c 'import socket, sys
s = socket.socket(socket.AF_INET, socket.SOCK_DGRAM if sys.argv[1] == "udp" else socket.SOCK_STREAM)
s.bind(("127.0.0.1", 0))
print(s.getsockname()[1])' "$1"
}

nfcapd_start() {
	nfcapd_DIR=$1
	nfcapd_PORT=${2:-$(free_port udp)}
	mkdir -p "$nfcapd_DIR/flows"
	nfcapd -b 127.0.0.1 -p "$nfcapd_PORT" -w "$nfcapd_DIR/flows" -t 3600 -B 8000000 >"$nfcapd_DIR/log" 2>&1 &
	nfcapd_PID=$!
	for _ in {1..100}; do
		grep -qs 'Startup nfcapd' "$nfcapd_DIR/log" && return
		sleep 0.05
	done
	cat "$nfcapd_DIR/log"
	return 1
}

# It writes what it has when it is told to end.
nfcapd_stop() {
	[ -z "${nfcapd_PID:-}" ] || { kill "$nfcapd_PID"; wait "$nfcapd_PID"; } 2>/dev/null
	nfcapd_PID=
}

nfcapd_query() {
	nfdump -q -N -R "$nfcapd_DIR/flows" -o 'fmt:%pr %pkt %byt' |
		awk '{ flows[$1]++; packets[$1] += $2; bytes[$1] += $3 } END { for (p in flows) print p, flows[p], packets[p], bytes[p] }' | sort
}
