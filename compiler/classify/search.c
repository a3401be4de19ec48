/* SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause */
#include "end.h"

#include "class_region.h"
#include "cost.h"

/* Instructions of a step, and of what comes before the first. */
#define STEP_INSNS 16
#define START_INSNS 6

static unsigned steps_for(size_t n)
{
	unsigned steps = 0;

	while ((size_t)1 << steps < n)
		steps++;
	return steps;
}

double search_ns(const struct intervals *intervals)
{
	unsigned steps = steps_for(intervals->n);
	uint64_t bytes = sizeof(uint64_t) << steps;

	/* Each step waits for what it reads, the halves of one side by side. */
	return START_INSNS * COST_INSN + steps * (STEP_INSNS * COST_INSN + cost_read(2 * bytes) + COST_CHAINED) + cost_read(bytes / 2);
}

void search_build(struct arena *arena, struct classifier *classifier, const char *what, const struct intervals *intervals,
		  const struct class_rows *rows, struct address_search *search)
{
	size_t n;

	search->n_steps = steps_for(intervals->n);
	n = (size_t)1 << search->n_steps;
	search->halves[0] = region_new(arena, classifier, what, n, sizeof(uint64_t));
	search->halves[1] = region_new(arena, classifier, "their lower halves", n, sizeof(uint64_t));
	search->entries = region_new(arena, classifier, "classes of addresses", n, sizeof(uint32_t));
	for (size_t i = 0; i < n; i++) {
		/* Behind the last one nothing begins but what is its own. */
		size_t interval = i < intervals->n ? i : intervals->n - 1;
		u128 start = i < intervals->n ? intervals->starts[i] : ~(u128)0;
		uint32_t class = intervals->classes[interval];

		region_set(classifier, &search->halves[0], i, (uint64_t)(start >> 64));
		region_set(classifier, &search->halves[1], i, (uint64_t)start);
		region_set(classifier, &search->entries, i, rows ? rows_word(rows, 0, class) : class);
	}
}

u128 search_start(const struct classifier *classifier, const struct address_search *search, uint64_t place)
{
	return (u128)region_get(classifier, &search->halves[0], place) << 64 | region_get(classifier, &search->halves[1], place);
}

uint32_t search_lookup(const struct classifier *classifier, const struct address_search *search, u128 address)
{
	uint64_t place = 0;

	for (unsigned step = search->n_steps; step--;)
		if (address >= search_start(classifier, search, place | 1ull << step))
			place |= 1ull << step;
	return (uint32_t)region_get(classifier, &search->entries, place);
}
