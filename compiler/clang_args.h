/* SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause */
/* The arguments that the check in memory and the real build have in common. */
#ifndef SENTRY_CLANG_ARGS_H
#define SENTRY_CLANG_ARGS_H

#include "compile.h"

#define CLANG_ARGS_MAX 24

/* Appends to `args` (room for CLANG_ARGS_MAX) and returns how many there are now. */
size_t clang_args(enum target target, const char **args, size_t n);

/* The name under which the templates lie beside the generated C. */
#define CLANG_TEMPLATES "bpf-templates"

#endif
