# SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause
# shellcheck shell=bash
# What tests of real servers have in common. To be sourced.

free_port() {
	python3 -c 'import socket; s = socket.socket(); s.bind(("127.0.0.1", 0)); print(s.getsockname()[1])'
}

# wait_until WHAT COMMAND [SECONDS]: false, and says so, if it does not come to pass.
wait_until() {
	local until=$((SECONDS + ${3:-20}))

	while ! eval "$2" >/dev/null 2>&1; do
		[ "$SECONDS" -lt "$until" ] || { echo "not in time: $1"; return 1; }
		sleep 0.05
	done
}
