/* SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause */
/* Sequences of numbers, each kept once: equal ones have the same number, from 0 in order of appearance. */
#ifndef SENTRY_INTERN_H
#define SENTRY_INTERN_H

#include "arena.h"

#include <stdbool.h>
#include <stdint.h>

struct interns {
	struct arena *arena;
	size_t n, room;
	struct interned *items;
	size_t n_slots;
	uint32_t *slots;
};

struct interned {
	const uint32_t *numbers;
	uint32_t n;
	uint64_t hash;
};

void interns_init(struct interns *interns, struct arena *arena);

/* The sequence's number; *is_new tells that it was not there. It is copied. */
uint32_t intern(struct interns *interns, const uint32_t *numbers, size_t n, bool *is_new);

#endif
