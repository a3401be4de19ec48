#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause
# random-policy.sh SEED DIR [MOST]: the policy of that seed, of at most MOST rules (200), as DIR/random-SEED.sp beside the
# files it names: from the generator of `make fuzz-random`.
set -u
"${BUILD:-build}/tests/fuzz/random-policy" --write "$2" --seed "$1" --rules $((1 + $1 * 7919 % ${3:-200})) &&
	mv "$2/policy.sp" "$2/random-$1.sp"
