/* SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause */
#include "diff_align.h"

#include <stdlib.h>
#include <string.h>

/* More terms than this are compared in the order in which they stand. */
#define UNORDERED_MAX 64u

static uint64_t mix(uint64_t hash, uint64_t value)
{
	hash = (hash ^ value) * 0x9e3779b97f4a7c15;
	return hash ^ hash >> 29;
}

/* Some ranges stand for all: a list of 500,000 prefixes is not read for each rule. */
static uint64_t hash_set(const struct rangeset *set)
{
	size_t step = set->n / 16 + 1;
	uint64_t hash = mix(1, set->n);

	for (size_t i = 0; i < set->n; i += step) {
		hash = mix(hash, (uint64_t)set->ranges[i].lo);
		hash = mix(hash, (uint64_t)(set->ranges[i].lo >> 64));
		hash = mix(hash, (uint64_t)set->ranges[i].hi);
		hash = mix(hash, (uint64_t)(set->ranges[i].hi >> 64));
	}
	return hash;
}

static uint64_t hash_cube(const struct space *space, const struct cube *cube)
{
	uint64_t hash = 2;

	for (size_t d = 0; d < space->n; d++)
		if (cube->sets[d])
			hash = mix(mix(hash, d), hash_set(cube->sets[d]));
	return hash;
}

/* A sum, for the order of terms means nothing. */
static uint64_t hash_rule(const struct rulebook *const *books, size_t n, size_t i)
{
	const struct rule *rule = books[0]->entries[i].rule;
	uint64_t hash = mix(mix(3, rule->action), rule->verdict);

	/* Who exceeds a rate is told by the name of the rule. */
	for (const char *c = rule->action == ACTION_RATE_LIMIT ? rule->name : ""; *c; c++)
		hash = mix(hash, (unsigned char)*c);
	for (size_t k = 0; k < n; k++) {
		const struct entry *entry = &books[k]->entries[i];
		uint64_t sum = entry->n_cubes;

		for (size_t c = 0; c < entry->n_cubes; c++)
			sum += hash_cube(books[k]->space, &entry->cubes[c]);
		hash = mix(hash, sum);
	}
	return hash;
}

/* Is each cube of `a` one of `b`? */
static bool listed(const struct space *space, const struct entry *a, const struct entry *b)
{
	for (size_t i = 0; i < a->n_cubes; i++) {
		size_t j;

		for (j = 0; j < b->n_cubes; j++)
			if (cube_equal(space, &a->cubes[i], &b->cubes[j]))
				break;
		if (j == b->n_cubes)
			return false;
	}
	return true;
}

bool entries_equal(const struct space *space, const struct entry *a, const struct entry *b)
{
	if (a->n_cubes <= UNORDERED_MAX && b->n_cubes <= UNORDERED_MAX)
		return listed(space, a, b) && listed(space, b, a);
	if (a->n_cubes != b->n_cubes)
		return false;
	for (size_t i = 0; i < a->n_cubes; i++)
		if (!cube_equal(space, &a->cubes[i], &b->cubes[i]))
			return false;
	return true;
}

struct side {
	const struct rulebook *const *books;
	size_t n_rules;
	size_t *rules;   /* numbers of those that are no sample */
	uint64_t *hashes; /* by place in `rules` */
};

struct aligner {
	struct side old, new;
	size_t n_books;
	struct alignment *alignment;
};

static bool equal(const struct aligner *a, size_t i, size_t j)
{
	size_t old = a->old.rules[i], new = a->new.rules[j];
	const struct rule *x = a->old.books[0]->entries[old].rule, *y = a->new.books[0]->entries[new].rule;

	if (a->old.hashes[i] != a->new.hashes[j] || x->action != y->action || x->verdict != y->verdict)
		return false;
	if (x->action == ACTION_RATE_LIMIT && strcmp(x->name, y->name))
		return false;
	for (size_t k = 0; k < a->n_books; k++)
		if (!entries_equal(a->old.books[k]->space, &a->old.books[k]->entries[old],
				   &a->new.books[k]->entries[new]))
			return false;
	return true;
}

static void pair_up(struct aligner *a, size_t i, size_t j)
{
	a->alignment->to_new[a->old.rules[i]] = a->new.rules[j];
	a->alignment->to_old[a->new.rules[j]] = a->old.rules[i];
}

struct keyed {
	uint64_t hash;
	size_t place;
};

static int compare_keyed(const void *left, const void *right)
{
	const struct keyed *a = left, *b = right;

	if (a->hash != b->hash)
		return a->hash < b->hash ? -1 : 1;
	return a->place < b->place ? -1 : a->place > b->place;
}

static struct keyed *sort_by_hash(struct arena *arena, const struct side *side, size_t begin, size_t end)
{
	struct keyed *keyed = ARENA_ARRAY(arena, struct keyed, end - begin);

	for (size_t i = begin; i < end; i++)
		keyed[i - begin] = (struct keyed){ side->hashes[i], i };
	qsort(keyed, end - begin, sizeof(*keyed), compare_keyed);
	return keyed;
}

/* Of several equal rules the first is the first of the other version: candidates[i] is the partner of begin + i. */
static void find_candidates(struct arena *arena, struct aligner *a, size_t begin, size_t old_end, size_t new_end,
			    size_t *candidates)
{
	struct keyed *old = sort_by_hash(arena, &a->old, begin, old_end);
	struct keyed *new = sort_by_hash(arena, &a->new, begin, new_end);
	size_t n_old = old_end - begin, n_new = new_end - begin, i = 0, j = 0;

	for (size_t k = 0; k < n_old; k++)
		candidates[k] = NOT_ALIGNED;
	while (i < n_old && j < n_new) {
		if (old[i].hash < new[j].hash) {
			i++;
		} else if (old[i].hash > new[j].hash) {
			j++;
		} else {
			if (equal(a, old[i].place, new[j].place))
				candidates[old[i].place - begin] = new[j].place;
			i++;
			j++;
		}
	}
}

/* The longest increasing subsequence of the candidates (Fredman, 1975) becomes pairs. */
static void pair_increasing(struct arena *arena, struct aligner *a, size_t begin, const size_t *candidates, size_t n)
{
	size_t *ends = ARENA_ARRAY(arena, size_t, n);     /* by length - 1: who ends the lowest run of it */
	size_t *previous = ARENA_ARRAY(arena, size_t, n);
	size_t length = 0, at;

	for (size_t i = 0; i < n; i++) {
		size_t low = 0, high = length;

		if (candidates[i] == NOT_ALIGNED)
			continue;
		while (low < high) {
			size_t middle = low + (high - low) / 2;

			if (candidates[ends[middle]] < candidates[i])
				low = middle + 1;
			else
				high = middle;
		}
		previous[i] = low ? ends[low - 1] : NOT_ALIGNED;
		ends[low] = i;
		length += low == length;
	}
	for (at = length ? ends[length - 1] : NOT_ALIGNED; at != NOT_ALIGNED; at = previous[at])
		pair_up(a, begin + at, candidates[at]);
}

static void make_side(struct arena *arena, struct side *side, const struct rulebook *const *books, size_t n)
{
	side->books = books;
	side->rules = ARENA_ARRAY(arena, size_t, books[0]->n);
	side->hashes = ARENA_ARRAY(arena, uint64_t, books[0]->n);
	for (size_t i = 0; i < books[0]->n; i++) {
		if (books[0]->entries[i].rule->action == ACTION_SAMPLE)
			continue;
		side->hashes[side->n_rules] = hash_rule(books, n, i);
		side->rules[side->n_rules++] = i;
	}
}

static size_t *nobody(struct arena *arena, size_t n)
{
	size_t *partners = ARENA_ARRAY(arena, size_t, n);

	for (size_t i = 0; i < n; i++)
		partners[i] = NOT_ALIGNED;
	return partners;
}

void align_rules(struct arena *arena, const struct rulebook *const *old, const struct rulebook *const *new, size_t n,
		 struct alignment *alignment)
{
	struct aligner a = { .n_books = n, .alignment = alignment };
	size_t begin = 0, old_end, new_end, *candidates;

	alignment->to_new = nobody(arena, old[0]->n);
	alignment->to_old = nobody(arena, new[0]->n);
	make_side(arena, &a.old, old, n);
	make_side(arena, &a.new, new, n);
	old_end = a.old.n_rules;
	new_end = a.new.n_rules;
	while (begin < old_end && begin < new_end && equal(&a, begin, begin)) {
		pair_up(&a, begin, begin);
		begin++;
	}
	while (begin < old_end && begin < new_end && equal(&a, old_end - 1, new_end - 1))
		pair_up(&a, --old_end, --new_end);
	candidates = ARENA_ARRAY(arena, size_t, old_end - begin);
	find_candidates(arena, &a, begin, old_end, new_end, candidates);
	pair_increasing(arena, &a, begin, candidates, old_end - begin);
}
