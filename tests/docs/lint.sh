#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause
# The sources, held against clang-tidy, cppcheck, clang's analyzer, shellcheck and pyflakes.
exec "$(dirname "$0")/../../scripts/lint.sh"
