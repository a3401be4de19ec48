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
	char *file;        /* as it was read: the image and, if it is signed, a trailer */
	size_t file_size;
	size_t image_size;
};

/*
 * Reads `fd` to its end; `name` is for messages. With `key_file`, one of its keys must have
 * signed the object (signature.h). Needs no privilege. On failure nothing is left to close.
 */
bool object_open(struct object *object, int fd, const char *name, const char *key_file, struct failure *why);

/*
 * Into the kernel: maps created, programs verified. `generation` is what event records will bear. `verbose`
 * shows the verifier's whole log on failure.
 */
bool object_load(struct object *object, unsigned int generation, bool verbose, struct failure *why);

void object_close(struct object *object);

#endif
