#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause
# random-policy.sh SEED: a policy of that seed, small enough to be compiled in a second.
set -u
if [ -x "$(dirname "$0")/../fuzz/random/policy" ]; then
	exec "$(dirname "$0")/../fuzz/random/policy" "$1"
fi
exec python3 "$(dirname "$0")/../../bench/styles.py" "$1" $((1 + $1 * 7919 % 200))
