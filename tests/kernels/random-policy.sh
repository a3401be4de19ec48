#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause
# random-policy.sh SEED DIR: a policy of that seed, of at most 200 rules, as DIR/random-SEED.sp beside the files it names.
# From the generator of `make fuzz-random` where that is built, else from that of the benchmarks.
set -u
generator=${BUILD:-build}/tests/fuzz/random-policy
rules=$((1 + $1 * 7919 % 200))
if [ -x "$generator" ]; then
	"$generator" --write "$2" --seed "$1" --rules $rules && mv "$2/policy.sp" "$2/random-$1.sp"
	exit
fi
mkdir -p "$2" && python3 "$(dirname "$0")/../../bench/styles.py" "$1" $rules >"$2/random-$1.sp"
