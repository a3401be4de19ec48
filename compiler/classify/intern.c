/* SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause */
#include "intern.h"

#include "mix.h"

#include <string.h>

#define SLOTS_FIRST 1024

void interns_init(struct interns *interns, struct arena *arena)
{
	*interns = (struct interns){ .arena = arena, .n_slots = SLOTS_FIRST };
	interns->slots = ARENA_ARRAY(arena, uint32_t, interns->n_slots);
}

static void grow(struct interns *interns)
{
	interns->n_slots *= 4;
	interns->slots = ARENA_ARRAY(interns->arena, uint32_t, interns->n_slots);
	for (size_t i = 0; i < interns->n; i++) {
		size_t slot = interns->items[i].hash & (interns->n_slots - 1);

		while (interns->slots[slot])
			slot = (slot + 1) & (interns->n_slots - 1);
		interns->slots[slot] = (uint32_t)i + 1;
	}
}

/* Two numbers a step. */
static uint64_t hash_of(const uint32_t *numbers, size_t n)
{
	uint64_t hash = n;

	for (size_t i = 0; i < n; i += 2) {
		uint64_t two = numbers[i] | (uint64_t)(i + 1 < n ? numbers[i + 1] : 0) << 32;

		hash = mix_product(hash ^ two);
	}
	return mix64(hash);
}

uint32_t intern(struct interns *interns, const uint32_t *numbers, size_t n, bool *is_new)
{
	uint64_t hash = hash_of(numbers, n);
	struct interned *item;
	uint32_t *copy;
	size_t slot;

	if (2 * interns->n >= interns->n_slots)
		grow(interns);
	slot = hash & (interns->n_slots - 1);
	for (; interns->slots[slot]; slot = (slot + 1) & (interns->n_slots - 1)) {
		item = &interns->items[interns->slots[slot] - 1];
		if (item->hash == hash && item->n == n && !memcmp(item->numbers, numbers, n * sizeof(*numbers))) {
			*is_new = false;
			return interns->slots[slot] - 1;
		}
	}
	copy = ARENA_ARRAY(interns->arena, uint32_t, n + 1);
	if (n)
		memcpy(copy, numbers, n * sizeof(*copy));
	item = arena_push(interns->arena, &interns->items, &interns->n, &interns->room, sizeof(*item));
	*item = (struct interned){ copy, (uint32_t)n, hash };
	interns->slots[slot] = (uint32_t)interns->n;
	*is_new = true;
	return (uint32_t)interns->n - 1;
}
