/* SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause */
#include "interval.h"

#include "mix.h"

#include <stdlib.h>
#include <string.h>

struct edge {
	u128 at;
	uint32_t predicate;
	bool begins;
};

/* Equal sets of predicates have equal sums of these. Two words: that different ones have, too, is out of reach. */
struct sum {
	uint64_t a, b;
};

struct sweep {
	struct arena *arena;
	struct intervals *out;
	size_t limit, members_room;
	uint32_t *active;      /* predicates that hold here, in no order */
	uint32_t *places;      /* where in `active` each is */
	size_t n_active;
	struct sum sum;
	struct sum *sums;      /* of each class */
	uint32_t *slots;       /* hash table of classes: number + 1 */
	size_t n_slots;
};

static int compare_edges(const void *a, const void *b)
{
	const struct edge *x = a, *y = b;

	if (x->at != y->at)
		return x->at < y->at ? -1 : 1;
	return (x->predicate > y->predicate) - (x->predicate < y->predicate);
}

static int compare_numbers(const void *a, const void *b)
{
	uint32_t x = *(const uint32_t *)a, y = *(const uint32_t *)b;

	return (x > y) - (x < y);
}

static void cross_edge(struct sweep *sweep, const struct edge *edge)
{
	uint64_t a = mix64(edge->predicate + 1), b = mix64(~(uint64_t)edge->predicate);

	if (edge->begins) {
		sweep->places[edge->predicate] = (uint32_t)sweep->n_active;
		sweep->active[sweep->n_active++] = edge->predicate;
		sweep->sum.a += a;
		sweep->sum.b += b;
	} else {
		uint32_t last = sweep->active[--sweep->n_active];

		sweep->active[sweep->places[edge->predicate]] = last;
		sweep->places[last] = sweep->places[edge->predicate];
		sweep->sum.a -= a;
		sweep->sum.b -= b;
	}
}

/* A class of the predicates that are active. */
static bool new_class(struct sweep *sweep)
{
	struct intervals *out = sweep->out;
	uint32_t begin = out->begins[out->n_classes];

	if (begin + sweep->n_active > sweep->limit)
		return false;
	if (begin + sweep->n_active > sweep->members_room) {
		uint32_t *grown;

		sweep->members_room = 2 * (begin + sweep->n_active);
		grown = ARENA_ARRAY(sweep->arena, uint32_t, sweep->members_room);
		if (begin)
			memcpy(grown, out->members, begin * sizeof(*grown));
		out->members = grown;
	}
	if (sweep->n_active) {
		memcpy(out->members + begin, sweep->active, sweep->n_active * sizeof(*sweep->active));
		qsort(out->members + begin, sweep->n_active, sizeof(*out->members), compare_numbers);
	}
	sweep->sums[out->n_classes++] = sweep->sum;
	out->begins[out->n_classes] = begin + (uint32_t)sweep->n_active;
	return true;
}

/* An interval begins. */
static bool add_interval(struct sweep *sweep, u128 start)
{
	struct intervals *out = sweep->out;
	size_t slot = mix64(sweep->sum.a ^ sweep->sum.b << 1) & (sweep->n_slots - 1);
	uint32_t class;

	while (sweep->slots[slot]) {
		const struct sum *sum = &sweep->sums[sweep->slots[slot] - 1];

		if (sum->a == sweep->sum.a && sum->b == sweep->sum.b)
			break;
		slot = (slot + 1) & (sweep->n_slots - 1);
	}
	if (!sweep->slots[slot]) {
		if (!new_class(sweep))
			return false;
		sweep->slots[slot] = (uint32_t)out->n_classes;
	}
	class = sweep->slots[slot] - 1;
	if (out->n && out->classes[out->n - 1] == class)
		return true;
	out->starts[out->n] = start;
	out->classes[out->n++] = class;
	return true;
}

static bool sweep_edges(struct sweep *sweep, const struct edge *edges, size_t n)
{
	size_t i = 0;

	if (!n || edges[0].at)
		if (!add_interval(sweep, 0))
			return false;
	while (i < n) {
		u128 at = edges[i].at;

		for (; i < n && edges[i].at == at; i++)
			cross_edge(sweep, &edges[i]);
		if (!add_interval(sweep, at))
			return false;
	}
	return true;
}

bool intervals_make(struct arena *arena, const struct rangeset *const *predicates, size_t n, unsigned bits,
		    size_t limit, struct intervals *intervals)
{
	struct sweep sweep = { .arena = arena, .out = intervals, .limit = limit };
	size_t n_ranges = 0, n_edges = 0;
	struct edge *edges;

	for (size_t i = 0; i < n; i++)
		n_ranges += predicates[i]->n;
	edges = ARENA_ARRAY(arena, struct edge, 2 * n_ranges + 1);
	for (size_t i = 0; i < n; i++) {
		for (size_t k = 0; k < predicates[i]->n; k++) {
			struct range range = predicates[i]->ranges[k];

			edges[n_edges++] = (struct edge){ range.lo, (uint32_t)i, true };
			if (range.hi < u128_ones(bits))
				edges[n_edges++] = (struct edge){ range.hi + 1, (uint32_t)i, false };
		}
	}
	qsort(edges, n_edges, sizeof(*edges), compare_edges);

	*intervals = (struct intervals){
		.starts = ARENA_ARRAY(arena, u128, n_edges + 1),
		.classes = ARENA_ARRAY(arena, uint32_t, n_edges + 1),
		.begins = ARENA_ARRAY(arena, uint32_t, n_edges + 2),
	};
	sweep.active = ARENA_ARRAY(arena, uint32_t, n + 1);
	sweep.places = ARENA_ARRAY(arena, uint32_t, n + 1);
	sweep.sums = ARENA_ARRAY(arena, struct sum, n_edges + 1);
	for (sweep.n_slots = 16; sweep.n_slots < 2 * (n_edges + 1);)
		sweep.n_slots *= 2;
	sweep.slots = ARENA_ARRAY(arena, uint32_t, sweep.n_slots);
	return sweep_edges(&sweep, edges, n_edges);
}

size_t intervals_find(const struct intervals *intervals, u128 value)
{
	size_t low = 0, high = intervals->n;

	while (high - low > 1) {
		size_t middle = low + (high - low) / 2;

		if (intervals->starts[middle] <= value)
			low = middle;
		else
			high = middle;
	}
	return low;
}
