#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause
# The prover against brute force: random policies, for which all findings and all counted changes must agree.
# More, or others: make oracle ORACLE_COUNT=5000 ORACLE_SEED=100000.
set -u
build=${BUILD:-build}
oracle=${ORACLE:-$build/tests/oracle/oracle}
export SENTRYC=${SENTRYC:-$build/sentryc}

# A comparison that cannot fail proves nothing.
"$oracle" --self-test || exit 1
"$oracle" --seed "${ORACLE_SEED:-1}" --count "${ORACLE_COUNT:-500}"
