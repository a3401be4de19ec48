#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause
# Random packets through policies with memory, with time going by: the same decision in all engines, each time.
set -u
here=$(dirname "$0")
steps=${STEPS:-25000} seed=${SEED:-1}
arguments=()
[ "$(id -u)" = 0 ] || { arguments=(--no-kernel); echo "# without root: model and native engine only"; }
"${BUILD:-build}/tests/engines/stateful" "${arguments[@]}" --steps "$steps" --seed "$seed" "$here"/stateful/*.sp
