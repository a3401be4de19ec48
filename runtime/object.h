/* SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause */
/* A compiled policy: opened and checked against its manifest, then loaded. Attaches nothing. */
#ifndef SENTRY_RUNTIME_OBJECT_H
#define SENTRY_RUNTIME_OBJECT_H

#include "failure.h"
#include "manifest.h"

#include <bpf/libbpf.h>
#include <stdbool.h>

struct object {
	struct manifest manifest;
	struct bpf_object *bpf;
};

/* Reads `fd` to its end; `name` is for messages. Needs no privilege. On failure nothing is left to close. */
bool object_open(struct object *object, int fd, const char *name, struct failure *why);

/*
 * Into the kernel: maps created, programs verified. `generation` is what event records will bear. `verbose`
 * shows the verifier's whole log on failure.
 */
bool object_load(struct object *object, unsigned int generation, bool verbose, struct failure *why);

void object_close(struct object *object);

/* Before loading. False if the object, which is of this machine's byte order, has no such load-time constant. */
bool object_set_constant(struct bpf_object *bpf, const char *name, unsigned int value);

/*
 * Before loading. Without frags a native XDP program keeps an interface from using jumbo frames. The programs read
 * their constant to know whether packets may have a part out of reach.
 */
void object_enable_frags(struct bpf_object *bpf);

#endif
