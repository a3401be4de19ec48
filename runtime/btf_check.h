/* SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause */
/*
 * The type information of an object, before libbpf reads it: libbpf follows numbers of
 * types and offsets of names without asking where they lead.
 */
#ifndef SENTRY_BTF_CHECK_H
#define SENTRY_BTF_CHECK_H

#include "failure.h"

#include <stddef.h>

/* Section .BTF, at any alignment. */
bool btf_check(const char *data, size_t size, struct failure *why);
/* Section .BTF.ext: functions and lines; no relocations by type, which rewrite instructions. */
bool btf_ext_check(const char *data, size_t size, struct failure *why);

#endif
