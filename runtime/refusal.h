/* SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause */
/* What the kernel refused of an object as it was loaded, and why: of an error number alone, nobody knows what to do. */
#ifndef SENTRY_REFUSAL_H
#define SENTRY_REFUSAL_H

#include "failure.h"
#include "manifest.h"

#include <bpf/libbpf.h>

/* As libbpf names them; "" where it was none. */
struct refusal {
	int error; /* 0: loaded */
	char map[64];
	char program[64];
};

/* bpf_object__load(), and what failed of it. */
void refusal_load(struct refusal *refusal, struct bpf_object *bpf);

/* The policy may ask for less of `what`, which is `name`. */
bool refusal_of_map(const char *what, const char *name, __u32 entries, __u64 bytes, int error, struct failure *why);
/* `log`: the verifier's; "" if it said nothing. */
bool refusal_of_program(const char *name, const char *log, int error, struct failure *why);

#endif
