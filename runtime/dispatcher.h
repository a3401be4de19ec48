/* SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause */
/* The object made of bpf-templates/dispatcher.bpf.c, which is part of this program. */
#ifndef SENTRY_DISPATCHER_H
#define SENTRY_DISPATCHER_H

#include "failure.h"

#include <bpf/libbpf.h>
#include <stdbool.h>
#include <stddef.h>

extern const unsigned char dispatcher_image[];
extern const size_t dispatcher_image_size;

/* Opened with no program to be loaded. */
struct bpf_object *dispatcher_open(struct failure *why);
/* That one shall be loaded. */
void dispatcher_want(struct bpf_object *object, const char *program);
bool dispatcher_load(struct bpf_object *object, struct failure *why);
/* Its number, once it is loaded. */
int dispatcher_program(const struct bpf_object *object, const char *program);

#endif
