#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause
# The sources, held against clang-tidy, cppcheck, clang's analyzer, shellcheck and pyflakes. The analyzer follows each
# function less far than in `make lint`, which takes minutes more.
NODES=40000 exec "$(dirname "$0")/../../scripts/lint.sh"
