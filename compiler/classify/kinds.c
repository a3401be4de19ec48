/* SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause */
#include "kinds.h"

#include "interval.h"
#include "mix.h"
#include "rangeset.h"
#include "class_region.h"

#include <stdlib.h>

/* Beyond these, crossing has stopped being worth it: cells of one table, kinds, and words of bits to be combined. */
#define MOST_CELLS 4000000u
#define MOST_KINDS 65536u
#define MOST_WORK 400000000u
#define MOST_MEMBERS 20000000u

/* The bits that a field's number may have, and one more where a value stands for "absent" (packet.h). */
uint32_t source_size(const struct class_source *source)
{
	if (source->kind != SOURCE_FIELD)
		return source->kind == SOURCE_STATE ? N_STATES : 2;
	switch (source->field) {
	case FIELD_SPORT:
	case FIELD_DPORT:
		return 0x10001;
	case FIELD_FLAGS:
	case FIELD_ICMP_TYPE:
	case FIELD_ICMP_CODE:
		return 0x101;
	case FIELD_VLAN:
		return 0x2000;
	case FIELD_DSCP:
		return 64;
	case FIELD_TTL:
	case FIELD_PROTO:
		return 256;
	case FIELD_FRAGMENT:
		return 4;
	case FIELD_LENGTH:
		return 0x20000;
	default:
		return 0;
	}
}

/* A source while its classes are made: the different predicates, and which one each condition has. */
struct crossing {
	struct arena *arena;
	const struct kinds_condition *conditions;
	size_t n, words;
	uint32_t source;
	const struct rangeset **predicates;
	size_t n_predicates;
	uint32_t *chosen;    /* by condition: number of its predicate + 1, 0: it does not ask */
	struct intervals intervals;
	uint64_t *holds;     /* of each class: the conditions that it leaves open */
};

static const struct class_test *test_of(const struct kinds_condition *condition, uint32_t source)
{
	for (size_t i = 0; i < condition->n_tests; i++)
		if (condition->tests[i].source == source)
			return &condition->tests[i];
	return NULL;
}

static uint64_t hash_ranges(const struct rangeset *set)
{
	uint64_t hash = set->n;

	for (size_t i = 0; i < set->n; i++)
		hash = mix64(hash + mix64((uint64_t)set->ranges[i].lo) + (uint64_t)set->ranges[i].hi);
	return hash;
}

static void find_predicates(struct crossing *c)
{
	size_t n_slots = 16;
	uint32_t *slots;

	while (n_slots < 2 * c->n + 1)
		n_slots *= 2;
	slots = ARENA_ARRAY(c->arena, uint32_t, n_slots);
	c->predicates = ARENA_ARRAY(c->arena, const struct rangeset *, c->n + 1);
	c->chosen = ARENA_ARRAY(c->arena, uint32_t, c->n + 1);
	for (size_t i = 0; i < c->n; i++) {
		const struct class_test *test = test_of(&c->conditions[i], c->source);
		size_t slot;

		if (!test)
			continue;
		slot = hash_ranges(test->values) & (n_slots - 1);
		while (slots[slot] && !rangeset_equal(c->predicates[slots[slot] - 1], test->values))
			slot = (slot + 1) & (n_slots - 1);
		if (!slots[slot]) {
			c->predicates[c->n_predicates++] = test->values;
			slots[slot] = (uint32_t)c->n_predicates;
		}
		c->chosen[i] = slots[slot];
	}
}

/* Is every end of every predicate a number of the table? */
static bool table_reaches(const struct crossing *c, uint32_t size)
{
	for (size_t i = 0; i < c->n_predicates; i++) {
		const struct rangeset *set = c->predicates[i];

		for (size_t k = 0; k < set->n; k++)
			if (set->ranges[k].lo >= size)
				return false;
		if (set->n > 1 && set->ranges[set->n - 2].hi >= size)
			return false;
	}
	return true;
}

static bool make_classes(struct crossing *c, uint32_t size)
{
	uint32_t *first, *next;
	uint64_t *any;

	if (!size || !table_reaches(c, size))
		return false;
	/* One bit more: the last number, of what is absent, is above those that predicates speak of. */
	if (!intervals_make(c->arena, c->predicates, c->n_predicates, 33, MOST_MEMBERS, &c->intervals))
		return false;
	if ((uint64_t)c->intervals.n_classes * c->words > MOST_WORK)
		return false;
	c->holds = ARENA_ARRAY(c->arena, uint64_t, c->intervals.n_classes * c->words);
	/* The conditions with each predicate, as lists: those that do not ask hold in all classes. */
	first = ARENA_ARRAY(c->arena, uint32_t, c->n_predicates + 1);
	next = ARENA_ARRAY(c->arena, uint32_t, c->n + 1);
	any = ARENA_ARRAY(c->arena, uint64_t, c->words);
	for (size_t i = 0; i < c->n; i++) {
		next[i] = first[c->chosen[i]];
		first[c->chosen[i]] = (uint32_t)i + 1;
		if (!c->chosen[i])
			any[i / 64] |= 1ull << i % 64;
	}
	for (size_t class = 0; class < c->intervals.n_classes; class++) {
		uint64_t *holds = c->holds + class * c->words;

		memcpy(holds, any, c->words * sizeof(*any));
		for (uint32_t m = c->intervals.begins[class]; m < c->intervals.begins[class + 1]; m++)
			for (uint32_t i = first[c->intervals.members[m] + 1]; i; i = next[i - 1])
				holds[(i - 1) / 64] |= 1ull << (i - 1) % 64;
	}
	return true;
}

/* Sets the step's table, and what reading it takes. */
static void make_table(struct arena *arena, struct classifier *classifier, const struct crossing *c, uint32_t size,
		       struct space_step *step)
{
	const struct class_source *source = &classifier->sources[c->source];
	const char *what = source->kind == SOURCE_STATE ? "state" : source->kind == SOURCE_MEMBER ? "set" :
			   field_table[source->field].word;
	struct matrix_rows *rows = matrix_begin(c->arena, 1, size);
	uint32_t *numbers = ARENA_ARRAY(c->arena, uint32_t, size);
	size_t interval = 0;

	for (uint32_t value = 0; value < size; value++) {
		while (interval + 1 < c->intervals.n && c->intervals.starts[interval + 1] <= value)
			interval++;
		numbers[value] = c->intervals.classes[interval];
	}
	matrix_add(rows, numbers);
	step->ns = matrix_end(rows, arena, classifier, what, &step->classes);
}

/* The kinds so far, and a hash table to find them by their bits. */
struct kinds {
	struct arena *arena;
	size_t words, n, room, n_slots;
	uint64_t *bits;
	uint64_t *hashes;
	uint32_t *slots;
};

static void kinds_init(struct kinds *kinds, struct arena *arena, size_t words)
{
	*kinds = (struct kinds){ .arena = arena, .words = words, .room = 64, .n_slots = 256 };
	kinds->bits = ARENA_ARRAY(arena, uint64_t, kinds->room * words);
	kinds->hashes = ARENA_ARRAY(arena, uint64_t, kinds->room);
	kinds->slots = ARENA_ARRAY(arena, uint32_t, kinds->n_slots);
}

static void kinds_grow(struct kinds *kinds)
{
	uint64_t *bits = ARENA_ARRAY(kinds->arena, uint64_t, 2 * kinds->room * kinds->words);
	uint64_t *hashes = ARENA_ARRAY(kinds->arena, uint64_t, 2 * kinds->room);

	memcpy(bits, kinds->bits, kinds->n * kinds->words * sizeof(*bits));
	memcpy(hashes, kinds->hashes, kinds->n * sizeof(*hashes));
	kinds->bits = bits;
	kinds->hashes = hashes;
	kinds->room *= 2;
	kinds->n_slots *= 2;
	kinds->slots = ARENA_ARRAY(kinds->arena, uint32_t, kinds->n_slots);
	for (size_t i = 0; i < kinds->n; i++) {
		size_t slot = hashes[i] & (kinds->n_slots - 1);

		while (kinds->slots[slot])
			slot = (slot + 1) & (kinds->n_slots - 1);
		kinds->slots[slot] = (uint32_t)i + 1;
	}
}

/* The number of the kind that has the bits of both. */
static uint32_t kind_of(struct kinds *kinds, const uint64_t *a, const uint64_t *b)
{
	uint64_t *bits, hash = 0;
	size_t slot;

	if (kinds->n == kinds->room)
		kinds_grow(kinds);
	bits = kinds->bits + kinds->n * kinds->words;
	for (size_t w = 0; w < kinds->words; w++) {
		bits[w] = a[w] & b[w];
		hash = (hash ^ bits[w]) * 0x9e3779b97f4a7c15u;
		hash ^= hash >> 32;
	}
	slot = hash & (kinds->n_slots - 1);
	for (; kinds->slots[slot]; slot = (slot + 1) & (kinds->n_slots - 1)) {
		uint32_t kind = kinds->slots[slot] - 1;

		if (kinds->hashes[kind] == hash &&
		    !memcmp(kinds->bits + kind * kinds->words, bits, kinds->words * sizeof(*bits)))
			return kind;
	}
	kinds->hashes[kinds->n] = hash;
	kinds->slots[slot] = (uint32_t)++kinds->n;
	return (uint32_t)kinds->n - 1;
}

/* kinds x classes -> kinds; *numbers is the table. False where it explodes. */
static bool cross(struct crossing *c, struct kinds *kinds, uint32_t **numbers)
{
	size_t n = c->intervals.n_classes;
	struct kinds crossed;

	if (kinds->n * n > MOST_CELLS || kinds->n * n * c->words > MOST_WORK)
		return false;
	*numbers = ARENA_ARRAY(c->arena, uint32_t, kinds->n * n);
	kinds_init(&crossed, c->arena, c->words);
	for (size_t kind = 0; kind < kinds->n; kind++) {
		for (size_t class = 0; class < n; class++) {
			(*numbers)[kind * n + class] =
				kind_of(&crossed, kinds->bits + kind * c->words, c->holds + class * c->words);
			if (crossed.n > MOST_KINDS)
				return false;
		}
	}
	*kinds = crossed;
	return true;
}

static bool is_asked(const struct kinds_condition *conditions, size_t n, uint32_t source)
{
	for (size_t i = 0; i < n; i++)
		if (test_of(&conditions[i], source))
			return true;
	return false;
}

/* By condition instead of by kind. */
static void transpose(struct arena *arena, const struct kinds *kinds, struct class_space *space)
{
	space->words = (kinds->n + 63) / 64;
	space->holds = ARENA_ARRAY(arena, uint64_t, space->n_conditions * space->words);
	for (size_t kind = 0; kind < kinds->n; kind++) {
		const uint64_t *bits = kinds->bits + kind * kinds->words;

		for (size_t w = 0; w < kinds->words; w++)
			for (uint64_t left = bits[w]; left; left &= left - 1) {
				size_t condition = w * 64 + (size_t)__builtin_ctzll(left);

				space->holds[condition * space->words + kind / 64] |= 1ull << kind % 64;
			}
	}
}

/* Sources in the order in which crossing them keeps the tables small: those with few classes first. */
static size_t sort_crossings(struct crossing *crossings, size_t n)
{
	for (size_t i = 1; i < n; i++)
		for (size_t k = i; k && crossings[k - 1].intervals.n_classes > crossings[k].intervals.n_classes; k--) {
			struct crossing swap = crossings[k];

			crossings[k] = crossings[k - 1];
			crossings[k - 1] = swap;
		}
	return n;
}

/* What kinds are sorted by: their bits, in another order, those that matter most highest. */
struct kind_order {
	const uint64_t *ranked;
	size_t words;
};

static int compare_kinds(const void *a, const void *b, void *context)
{
	const struct kind_order *by = context;
	const uint64_t *x = by->ranked + *(const uint32_t *)a * by->words, *y = by->ranked + *(const uint32_t *)b * by->words;

	for (size_t w = 0; w < by->words; w++)
		if (x[w] != y[w])
			return x[w] > y[w] ? -1 : 1;
	return 0;
}

static int compare_counts(const void *a, const void *b, void *context)
{
	const uint32_t *counts = context, x = *(const uint32_t *)a, y = *(const uint32_t *)b;

	return counts[x] != counts[y] ? (counts[x] > counts[y]) - (counts[x] < counts[y]) : (x > y) - (x < y);
}

/*
 * Gives kinds numbers by which those of one condition stand together, as far as that goes: shapes are rows of kinds, and
 * what is alike in long stretches takes little memory (matrix.h). Conditions that hold for few kinds go first.
 */
static void sort_kinds(struct arena *scratch, struct kinds *kinds, size_t n_conditions, uint32_t *numbers, size_t n_numbers)
{
	size_t words = kinds->words;
	uint32_t *counts = ARENA_ARRAY(scratch, uint32_t, words * 64), *order = ARENA_ARRAY(scratch, uint32_t, n_conditions + 1);
	uint32_t *rank = ARENA_ARRAY(scratch, uint32_t, n_conditions + 1);
	uint32_t *sorted = ARENA_ARRAY(scratch, uint32_t, kinds->n), *number_of = ARENA_ARRAY(scratch, uint32_t, kinds->n);
	uint64_t *ranked = ARENA_ARRAY(scratch, uint64_t, kinds->n * words), *bits = ARENA_ARRAY(scratch, uint64_t, kinds->n * words);
	struct kind_order by = { ranked, words };

	for (size_t i = 0; i < kinds->n * words; i++)
		for (uint64_t left = kinds->bits[i]; left; left &= left - 1)
			counts[i % words * 64 + (size_t)__builtin_ctzll(left)]++;
	for (size_t c = 0; c < n_conditions; c++)
		order[c] = (uint32_t)c;
	qsort_r(order, n_conditions, sizeof(*order), compare_counts, counts);
	for (size_t i = 0; i < n_conditions; i++)
		rank[order[i]] = (uint32_t)i;
	for (size_t i = 0; i < kinds->n * words; i++)
		for (uint64_t left = kinds->bits[i]; left; left &= left - 1) {
			size_t condition = i % words * 64 + (size_t)__builtin_ctzll(left);

			/* Bits behind the last condition are nobody's. */
			if (condition < n_conditions)
				ranked[i / words * words + rank[condition] / 64] |= 1ull << (63 - rank[condition] % 64);
		}
	for (size_t kind = 0; kind < kinds->n; kind++)
		sorted[kind] = (uint32_t)kind;
	qsort_r(sorted, kinds->n, sizeof(*sorted), compare_kinds, &by);
	for (size_t i = 0; i < kinds->n; i++) {
		number_of[sorted[i]] = (uint32_t)i;
		memcpy(bits + i * words, kinds->bits + sorted[i] * words, words * sizeof(*bits));
	}
	kinds->bits = bits;
	for (size_t i = 0; i < n_numbers; i++)
		numbers[i] = number_of[numbers[i]];
}

static bool cross_all(struct classifier *classifier, struct arena *arena, struct crossing *crossings, size_t n,
		      struct kinds *kinds, struct class_space *space)
{
	for (size_t i = 0; i < n; i++) {
		struct crossing *c = &crossings[i];
		struct space_step *step = &space->steps[i];
		size_t before = kinds->n;
		uint32_t *numbers;

		step->source = c->source;
		step->n = (uint32_t)c->intervals.n_classes;
		make_table(arena, classifier, c, source_size(&classifier->sources[c->source]), step);
		if (!cross(c, kinds, &numbers))
			return false;
		/* The first ones' classes are the kinds: different classes leave different conditions open. */
		if (i && i + 1 == n)
			sort_kinds(arena, kinds, space->n_conditions, numbers, before * step->n);
		if (i)
			step->cross = region_of(arena, classifier, "crossed classes", numbers, before * step->n);
		space->n_steps = i + 1;
	}
	return true;
}

bool kinds_build(struct arena *arena, struct arena *scratch, struct classifier *classifier,
		 const struct kinds_condition *conditions, size_t n, struct class_space *space)
{
	struct crossing *crossings = ARENA_ARRAY(scratch, struct crossing, classifier->n_sources + 1);
	size_t n_crossings = 0;
	struct kinds kinds;

	*space = (struct class_space){ .n_kinds = 1, .n_conditions = n };
	for (uint32_t source = 0; source < classifier->n_sources; source++) {
		struct crossing *c = &crossings[n_crossings];

		if (!is_asked(conditions, n, source))
			continue;
		*c = (struct crossing){ .arena = scratch, .conditions = conditions, .n = n, .words = (n + 63) / 64,
					.source = source };
		find_predicates(c);
		if (!make_classes(c, source_size(&classifier->sources[source])))
			return false;
		n_crossings++;
	}
	sort_crossings(crossings, n_crossings);
	space->steps = ARENA_ARRAY(arena, struct space_step, n_crossings);
	kinds_init(&kinds, scratch, (n + 63) / 64);
	memset(kinds.bits, 0xff, kinds.words * sizeof(*kinds.bits));
	kinds.n = 1;
	if (!cross_all(classifier, arena, crossings, n_crossings, &kinds, space))
		return false;
	space->n_kinds = (uint32_t)kinds.n;
	/* Bits behind the last condition are nobody's. */
	if (n % 64)
		for (size_t kind = 0; kind < kinds.n; kind++)
			kinds.bits[(kind + 1) * kinds.words - 1] &= (1ull << n % 64) - 1;
	transpose(scratch, &kinds, space);
	return true;
}

uint32_t kinds_class(const struct classifier *classifier, const struct space_step *step, uint32_t value)
{
	uint32_t size = source_size(&classifier->sources[step->source]);

	return (uint32_t)matrix_get(classifier, &step->classes, 0, value < size ? value : size - 1);
}

uint32_t kinds_lookup(const struct classifier *classifier, const struct class_space *space, const uint32_t *values)
{
	uint32_t kind = 0;

	for (size_t i = 0; i < space->n_steps; i++) {
		const struct space_step *step = &space->steps[i];
		uint32_t class = kinds_class(classifier, step, values[step->source]);

		kind = i ? (uint32_t)region_get(classifier, &step->cross, (uint64_t)kind * step->n + class) : class;
	}
	return kind;
}
