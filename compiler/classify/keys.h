/* SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause */
/* What keys_find.c and keys.c share. The door is keys_build() in end.h. */
#ifndef SENTRY_CLASS_KEYS_H
#define SENTRY_CLASS_KEYS_H

#include "end.h"

/* An IPv4 address is the upper 32 of so many bits. */
#define KEY_BITS 128

/* Lengths that a leaf tells apart. */
#define LENGTHS 8

struct key {
	u128 address;
	uint32_t first;             /* class of what shares no more than `lengths[0] - 1` bits */
	unsigned n;                 /* lengths from which on the class is another */
	uint8_t lengths[LENGTHS];   /* 1 to 128, rising */
	uint32_t classes[LENGTHS];
	uint32_t leaf;              /* where it begins, in words */
};

/*
 * The addresses at which classes change, rising, with the classes of what parts from each. `intervals` has more than
 * one class.
 */
struct key *keys_find(struct arena *scratch, enum family family, const struct intervals *intervals, size_t *n);

#endif
