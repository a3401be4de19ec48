/* SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause */
/* Maps as a whole. */
#ifndef SENTRY_MAP_WALK_H
#define SENTRY_MAP_WALK_H

#include <linux/bpf.h>
#include <linux/types.h>
#include <stdbool.h>

bool map_info(int fd, struct bpf_map_info *info);

/*
 * Every entry of a hash table once, of those that are there all the while. False with errno. `visit` gets key
 * and value.
 */
bool map_walk(int fd, void (*visit)(void *context, const void *key, const void *value), void *context);

/* Bytes of kernel memory; 0 if the kernel does not say. */
__u64 map_memory(int fd);

#endif
