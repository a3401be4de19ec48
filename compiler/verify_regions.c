/* SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause */
/*
 * Every region: each sort of source and of destination with each sort of everything else. What the tables make of a
 * packet depends on nothing else, and neither does the rule that it meets.
 */
#include "verify_parts.h"

#include "kinds.h"

#include <stdlib.h>
#include <string.h>

#define MOST_SPACES 2

/* Values that leave the same conditions open, and that the tables call the same. */
struct value_kind {
	uint64_t *open;
	uint32_t kinds[MOST_SPACES];
	uint32_t *values;
};

struct value_kinds {
	struct verify_run *run;
	enum family family;
	uint64_t cells, combinations;
	bool many;                /* more than may be enumerated */
	size_t words;
	size_t n, room;
	struct value_kind *kinds;
	size_t n_slots;
	uint32_t *slots;          /* hash table: number + 1 */
	uint32_t *values;         /* of the combination at hand */
	uint64_t **open;          /* by ask: what is open after it */
};

static uint64_t hash_kind(const struct value_kinds *all, const uint64_t *open, const uint32_t kinds[MOST_SPACES])
{
	uint64_t hash = (uint64_t)kinds[0] << 32 | kinds[1];

	for (size_t w = 0; w < all->words; w++) {
		hash = (hash ^ open[w]) * 0xff51afd7ed558ccdu;
		hash ^= hash >> 33;
	}
	return hash ^ hash >> 17;
}

static bool is_kind(const struct value_kinds *all, const struct value_kind *kind, const uint64_t *open,
		    const uint32_t kinds[MOST_SPACES])
{
	return !memcmp(kind->kinds, kinds, sizeof(kind->kinds)) &&
	       (!all->words || !memcmp(kind->open, open, all->words * sizeof(*open)));
}

static void grow_slots(struct value_kinds *all)
{
	all->n_slots = all->n_slots ? 4 * all->n_slots : 1024;
	all->slots = ARENA_ARRAY(all->run->reference.arena, uint32_t, all->n_slots);
	for (size_t i = 0; i < all->n; i++) {
		size_t slot = hash_kind(all, all->kinds[i].open, all->kinds[i].kinds) & (all->n_slots - 1);

		while (all->slots[slot])
			slot = (slot + 1) & (all->n_slots - 1);
		all->slots[slot] = (uint32_t)i + 1;
	}
}

static void add_kind(struct value_kinds *all, const uint64_t *open)
{
	struct arena *arena = all->run->reference.arena;
	size_t n_asks = all->run->reference.n_asks, slot;
	uint32_t kinds[MOST_SPACES] = { 0 };
	struct value_kind *kind;

	for (size_t i = 0; i < n_asks; i++)
		if (all->run->source_of[i])
			all->run->values[all->run->source_of[i] - 1] = all->values[i];
	for (size_t s = 0; s < all->run->classifier->n_spaces; s++)
		kinds[s] = kinds_lookup(all->run->classifier, &all->run->classifier->spaces[s], all->run->values);
	if (2 * all->n >= all->n_slots)
		grow_slots(all);
	slot = hash_kind(all, open, kinds) & (all->n_slots - 1);
	for (; all->slots[slot]; slot = (slot + 1) & (all->n_slots - 1))
		if (is_kind(all, &all->kinds[all->slots[slot] - 1], open, kinds))
			return;
	kind = arena_push(arena, &all->kinds, &all->n, &all->room, sizeof(*kind));
	kind->open = ARENA_ARRAY(arena, uint64_t, all->words + 1);
	kind->values = ARENA_ARRAY(arena, uint32_t, n_asks + 1);
	memcpy(kind->open, open, all->words * sizeof(*open));
	memcpy(kind->kinds, kinds, sizeof(kinds));
	memcpy(kind->values, all->values, n_asks * sizeof(*kind->values));
	all->slots[slot] = (uint32_t)all->n;
}

static void combine(struct value_kinds *all, size_t ask)
{
	const struct value_points *points = &all->run->asks[ask];

	if (!reference_is_packet(&all->run->reference, all->family, all->values, ask))
		return;
	if (ask == all->run->reference.n_asks) {
		add_kind(all, all->open[ask]);
		all->combinations++;
		all->many = all->combinations > all->run->verify->options.regions ||
			    all->n * all->cells > all->run->verify->options.regions;
		return;
	}
	for (size_t i = 0; i < points->n && !all->many; i++) {
		for (size_t w = 0; w < all->words; w++)
			all->open[ask + 1][w] = all->open[ask][w] & points->open[i][w];
		all->values[ask] = points->values[i];
		combine(all, ask + 1);
	}
}

static bool find_kinds(struct value_kinds *all)
{
	struct verify_run *run = all->run;
	struct arena *arena = run->reference.arena;

	all->words = (run->reference.n_conditions + 63) / 64;
	all->values = ARENA_ARRAY(arena, uint32_t, run->reference.n_asks + 1);
	all->open = ARENA_ARRAY(arena, uint64_t *, run->reference.n_asks + 1);
	for (size_t i = 0; i <= run->reference.n_asks; i++) {
		all->open[i] = ARENA_ARRAY(arena, uint64_t, all->words + 1);
		memset(all->open[i], 0xff, all->words * sizeof(*all->open[i]));
	}
	combine(all, 0);
	return !all->many;
}

/* --- cells ------------------------------------------------------------------------ */

struct cell_terms {
	size_t n;
	uint32_t *terms;          /* rising, of each condition the first */
	uint32_t stamp;
	uint32_t *stamps;         /* by condition */
	uint32_t *first;
};

static int compare_numbers(const void *a, const void *b)
{
	uint32_t x = *(const uint32_t *)a, y = *(const uint32_t *)b;

	return (x > y) - (x < y);
}

/* The terms that both addresses satisfy. */
static void gather(struct verify_run *run, enum family family, u128 src, u128 dst, struct cell_terms *cell)
{
	struct reference *reference = &run->reference;
	const struct reference_end *ends = reference->ends[family];
	size_t n = reference_terms(reference, family, reference_interval(&ends[0], src), reference_interval(&ends[1], dst));

	cell->n = 0;
	cell->stamp++;
	for (size_t i = 0; i < n; i++) {
		uint32_t term = reference->found[i], condition = reference->terms[term].condition;

		if (cell->stamps[condition] != cell->stamp) {
			cell->stamps[condition] = cell->stamp;
			cell->first[condition] = term;
			cell->terms[cell->n++] = condition;
		} else if (term < cell->first[condition]) {
			cell->first[condition] = term;
		}
	}
	for (size_t i = 0; i < cell->n; i++)
		cell->terms[i] = cell->first[cell->terms[i]];
	qsort(cell->terms, cell->n, sizeof(*cell->terms), compare_numbers);
}

static size_t first_of(const struct verify_run *run, const struct cell_terms *cell, const uint64_t *open)
{
	for (size_t i = 0; i < cell->n; i++) {
		uint32_t condition = run->reference.terms[cell->terms[i]].condition;

		if (open[condition / 64] >> condition % 64 & 1)
			return cell->terms[i];
	}
	return REFERENCE_NONE;
}

static void look_up_all(struct verify_run *run, const struct value_kinds *all, enum family family, struct cell_terms *cell)
{
	const struct end_points *src = &run->ends[family][0], *dst = &run->ends[family][1];

	for (size_t s = 0; s < src->n; s++)
		for (size_t d = 0; d < dst->n; d++) {
			gather(run, family, src->points[s].address, dst->points[d].address, cell);
			for (size_t k = 0; k < all->n; k++) {
				struct reference_point point = {
					family, { src->points[s].address, dst->points[d].address }, all->kinds[k].values
				};

				verify_compare(run, &point, first_of(run, cell, all->kinds[k].open));
			}
		}
}

bool verify_regions(struct verify_run *run)
{
	struct value_kinds all[N_FAMILIES] = { { .run = run, .family = FAMILY_V4 }, { .run = run, .family = FAMILY_V6 } };
	struct cell_terms cell = { 0 };
	uint64_t n = 0;

	if (run->unwalked || run->classifier->n_spaces > MOST_SPACES)
		return false;
	for (enum family family = 0; family < N_FAMILIES; family++) {
		uint64_t cells = (uint64_t)run->ends[family][0].n * run->ends[family][1].n;

		all[family].cells = cells;
		if (cells > run->verify->options.regions || !find_kinds(&all[family]))
			return false;
		n += cells * all[family].n;
	}
	if (n > run->verify->options.regions)
		return false;
	cell.terms = ARENA_ARRAY(run->reference.arena, uint32_t, run->reference.n_conditions + 1);
	cell.stamps = ARENA_ARRAY(run->reference.arena, uint32_t, run->reference.n_conditions + 1);
	cell.first = ARENA_ARRAY(run->reference.arena, uint32_t, run->reference.n_conditions + 1);
	run->sample.step = n / (run->sample.room + 1) + 1;
	for (enum family family = 0; family < N_FAMILIES; family++)
		look_up_all(run, &all[family], family, &cell);
	return true;
}
