/* SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause */
/* Constants: what is set in an opened object before it is loaded. */
#ifndef SENTRY_CONSTANT_H
#define SENTRY_CONSTANT_H

#include <bpf/libbpf.h>
#include <linux/types.h>
#include <stdbool.h>

/* A `const volatile __u32`. False if the object, which is of this machine's byte order, has none of that name. */
bool constant_set(struct bpf_object *object, const char *name, __u32 value);

#endif
