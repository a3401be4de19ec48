#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause
# random-policy.sh SEED: a policy of that seed, of at most 200 rules, on standard output. From the generator of
# `make fuzz-random` where that is built, else from that of the benchmarks.
set -u
generator=${BUILD:-build}/tests/fuzz/random-policy
if [ -x "$generator" ]; then
	exec "$generator" --print --seed "$1" --rules $((1 + $1 * 7919 % 200))
fi
exec python3 "$(dirname "$0")/../../bench/styles.py" "$1" $((1 + $1 * 7919 % 200))
