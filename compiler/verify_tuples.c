/* SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause */
/*
 * Which addresses and values the tables of tuples tell apart: those that the key of some slot has, whatever stands there,
 * each is a sort of its own for each tuple; all others are one.
 */
#include "verify_parts.h"

#include "class_region.h"
#include "intern.h"
#include "tuples.h"

#include <stdlib.h>

static int compare_addresses(const void *a, const void *b)
{
	const u128 *x = a, *y = b;

	return (*x > *y) - (*x < *y);
}

/* What the slot's key has of an end's bits, as address. */
static u128 slot_address(const struct classifier *classifier, const struct class_tuple *tuple, unsigned which, uint32_t slot)
{
	u128 address = 0;

	for (size_t i = 0; i < tuple->n_parts; i++) {
		const struct tuple_part *part = &tuple->parts[i];
		uint64_t word = region_get(classifier, &tuple->slots, (uint64_t)slot * tuple->n_words + part->word);

		if (part->end == which)
			address |= (u128)(word >> part->shift & tuple_ones(part->bits)) << part->right;
	}
	for (size_t i = 0; i < tuple->n_fixed; i++)
		if (tuple->fixed[i].part.end == which)
			address |= (u128)tuple->fixed[i].value << tuple->fixed[i].part.right;
	return address;
}

static bool is_taken(const struct classifier *classifier, const struct class_tuple *tuple, uint32_t slot)
{
	uint64_t word = region_get(classifier, &tuple->slots, (uint64_t)slot * tuple->n_words + tuple->answer.word);

	return word >> tuple->answer.shift & tuple_ones(tuple->answer.bits);
}

static bool asks_end(const struct class_tuple *tuple, enum family family, unsigned which)
{
	return tuple->family == family && tuple->lengths[which];
}

/* Sorts them, and leaves each once. */
static size_t make_unique(u128 *addresses, size_t n)
{
	size_t kept = 0;

	qsort(addresses, n, sizeof(*addresses), compare_addresses);
	for (size_t i = 0; i < n; i++)
		if (!kept || addresses[kept - 1] != addresses[i])
			addresses[kept++] = addresses[i];
	return kept;
}

/* What a slot has, but for one bit that no slot has: were that not asked, it would be taken for it. How many. */
static size_t add_impostors(const struct classifier *classifier, const struct class_tuple *tuple, unsigned which, u128 *addresses)
{
	uint32_t slot = 0;
	size_t n = 0;

	while (slot + 1 < tuple->n_slots && !is_taken(classifier, tuple, slot))
		slot++;
	for (size_t i = 0; i < tuple->n_fixed; i++)
		if (tuple->fixed[i].part.end == which)
			addresses[n++] = slot_address(classifier, tuple, which, slot) ^ (u128)1 << tuple->fixed[i].part.right;
	return n;
}

/* The addresses of a tuple's slots, each once, in order. */
static u128 *slot_addresses(struct verify_run *run, const struct class_tuple *tuple, unsigned which, size_t *n)
{
	u128 *addresses = ARENA_ARRAY(run->reference.arena, u128, (size_t)tuple->n_slots + ADDRESS_PARTS);

	for (uint32_t slot = 0; slot < tuple->n_slots; slot++)
		addresses[slot] = slot_address(run->classifier, tuple, which, slot);
	*n = tuple->n_slots + add_impostors(run->classifier, tuple, which, addresses + tuple->n_slots);
	*n = make_unique(addresses, *n);
	return addresses;
}

/* Which of them begins the prefix of the tuple's length that the address is in, + 1; 0: none. */
static uint32_t slot_of(const struct class_tuple *tuple, unsigned which, const u128 *addresses, size_t n, u128 address)
{
	unsigned right = family_bits(tuple->family) - tuple->lengths[which];
	u128 key = address >> right << right;
	const u128 *found = bsearch(&key, addresses, n, sizeof(*addresses), compare_addresses);

	return found ? (uint32_t)(found - addresses) + 1 : 0;
}

void verify_tuple_ends(struct verify_run *run, enum family family, unsigned which, struct intervals *ends)
{
	const struct class_tuples *tuples = run->classifier ? &run->classifier->tuples : &(struct class_tuples){ 0 };
	struct arena *arena = run->reference.arena;
	u128 **of_tuple = ARENA_ARRAY(arena, u128 *, tuples->n + 1);
	size_t *counts = ARENA_ARRAY(arena, size_t, tuples->n + 1), n_cuts = 1;
	uint32_t *numbers = ARENA_ARRAY(arena, uint32_t, tuples->n + 1);
	struct interns sorts;
	bool is_new;

	*ends = (struct intervals){ 0 };
	for (size_t i = 0; i < tuples->n; i++)
		if (asks_end(&tuples->tuples[i], family, which)) {
			of_tuple[i] = slot_addresses(run, &tuples->tuples[i], which, &counts[i]);
			n_cuts += 2 * counts[i];
		}
	if (n_cuts == 1)
		return;
	ends->starts = ARENA_ARRAY(arena, u128, n_cuts);
	/* The first is 0. */
	ends->n = 1;
	for (size_t i = 0; i < tuples->n; i++)
		for (size_t k = 0; k < counts[i]; k++) {
			unsigned right = family_bits(family) - tuples->tuples[i].lengths[which];
			u128 last = of_tuple[i][k] | u128_ones(right);

			ends->starts[ends->n++] = of_tuple[i][k];
			if (last < u128_ones(family_bits(family)))
				ends->starts[ends->n++] = last + 1;
		}
	ends->n = make_unique(ends->starts, ends->n);
	ends->classes = ARENA_ARRAY(arena, uint32_t, ends->n);
	interns_init(&sorts, arena);
	for (size_t cut = 0; cut < ends->n; cut++) {
		for (size_t i = 0; i < tuples->n; i++)
			numbers[i] = of_tuple[i] ? slot_of(&tuples->tuples[i], which, of_tuple[i], counts[i], ends->starts[cut]) : 0;
		ends->classes[cut] = intern(&sorts, numbers, tuples->n, &is_new);
	}
}

uint32_t verify_tuple_sort(const struct intervals *ends, u128 address)
{
	return ends->n ? ends->classes[intervals_find(ends, address)] : 0;
}

void verify_tuple_values(const struct classifier *classifier, size_t source, uint8_t *there, uint32_t n)
{
	for (size_t i = 0; i < classifier->tuples.n; i++) {
		const struct class_tuple *tuple = &classifier->tuples.tuples[i];

		for (size_t k = 0; k < tuple->n_parts; k++) {
			const struct tuple_part *part = &tuple->parts[k];

			if (part->end != TUPLE_FIELD || part->source != source)
				continue;
			for (uint32_t slot = 0; slot < tuple->n_slots; slot++) {
				uint64_t word = region_get(classifier, &tuple->slots, (uint64_t)slot * tuple->n_words + part->word);
				uint64_t value = word >> part->shift & tuple_ones(part->bits);

				if (value < n)
					there[value] = 1;
			}
		}
	}
}
