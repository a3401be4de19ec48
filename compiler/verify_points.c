/* SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause */
/*
 * Which addresses and values are different, for the rules or for the tables. The rules' elementary intervals are cut
 * further where a table changes: all values of small fields are read; of addresses, every way through a table is
 * gone, with the interval of addresses that goes it. So there is no address and no value that is not in one of the
 * sorts found, whatever stands in the tables.
 */
#include "verify_parts.h"

#include "class_region.h"
#include "end.h"
#include "ip_proto.h"
#include "side.h"

#include <stdlib.h>
#include <string.h>

/* Bits that one node of a tree of keys chooses by. */
#define MOST_STRIDE 20

/*
 * Entries that are gone through of one tree, again each time that a way leads there. What lies between the keys of a node is for one of its neighbours,
 * so of thousands of keys that are far apart the ways multiply with each level.
 */
#define MOST_ENTRIES_WALKED 8000000u

/* The tables that look one source up: one in each space of conditions. */
#define MOST_STEPS 4

/* … and one word for which fields a packet of that protocol or fragment has. */
#define CARRIES MOST_STEPS

/* … and one for the tables of tuples: the value + 1, where some slot has it. */
#define OF_TUPLES (MOST_STEPS + 1)

/* No table of a source has more entries. */
#define MOST_VALUES 0x20000u

struct walk {
	struct verify_run *run;
	enum family family;
	unsigned which;
	const struct class_end *end;
	const struct reference_end *intervals;
	struct end_points *points;
	uint64_t n_entries;
	const struct class_rows *rows;
	size_t n_leaves;               /* bytes of all leaves */
	u128 *done;                    /* of each leaf of a tree of keys, by its first byte: see walk_shared(); as bits */
};

/* What the groups of a side make of the number that an end's look-up gives: rows of the same columns are one. */
struct column_rows {
	const struct verify_run *run;
	const struct class_side *side;
	unsigned which;
};

static bool are_numbers_asked(const struct class_side *side, unsigned which)
{
	for (size_t i = 0; i < side->n_groups; i++)
		if (side->groups[i].column[which] < 0 && side->groups[i].n[which] > 1)
			return true;
	return false;
}

static int compare_rows(const void *a, const void *b, void *context)
{
	const struct column_rows *rows = context;
	const struct class_rows *all = &rows->side->rows[rows->which];
	uint64_t x = (uint64_t)*(const uint32_t *)a * all->stride, y = (uint64_t)*(const uint32_t *)b * all->stride;

	for (unsigned i = 0; i < all->bytes; i++) {
		uint64_t left = region_get(rows->run->classifier, &all->region, x + i);
		uint64_t right = region_get(rows->run->classifier, &all->region, y + i);

		if (left != right)
			return left < right ? -1 : 1;
	}
	return 0;
}

static void find_rows(struct verify_run *run, enum family family, unsigned which)
{
	const struct class_side *side = run->classifier ? run->classifier->sides[family] : NULL;
	struct end_rows *rows = &run->rows[family][which];
	struct column_rows context = { run, side, which };
	uint32_t *order;

	if (!side || !side->rows[which].stride || are_numbers_asked(side, which))
		return;
	/* The rows of keys lie within the leaves: what else is there is compared, too, and never asked for. */
	rows->n = (side->rows[which].region.n - side->rows[which].bytes) / side->rows[which].stride + 1;
	rows->same_as = ARENA_ARRAY(run->reference.arena, uint32_t, rows->n);
	order = ARENA_ARRAY(run->reference.arena, uint32_t, rows->n);
	for (size_t i = 0; i < rows->n; i++)
		order[i] = (uint32_t)i;
	qsort_r(order, rows->n, sizeof(*order), compare_rows, &context);
	for (size_t i = 0; i < rows->n; i++)
		rows->same_as[order[i]] = i && !compare_rows(&order[i - 1], &order[i], &context) ? rows->same_as[order[i - 1]] :
												    order[i];
}

static uint32_t class_of(const struct verify_run *run, enum family family, unsigned which, u128 address)
{
	const struct class_side *side = run->classifier ? run->classifier->sides[family] : NULL;
	const struct class_end *end = side ? &side->ends[which] : NULL;
	const struct end_rows *rows = &run->rows[family][which];
	uint32_t number;

	if (!end || end->n_classes == 1)
		return 0;
	number = end->by == END_KEYS   ? keys_lookup(run->classifier, &end->keys, &side->rows[which], address) :
		 end->by == END_SEARCH ? search_lookup(run->classifier, &end->search, address) :
					 trie_lookup(run->classifier, &end->trie, (uint32_t)address);
	/* What damaged tables give may be no row. */
	return number < rows->n ? rows->same_as[number] : number;
}

/* The place of a sort in the hash table, or where it is to be. */
static uint32_t *sort_slot(const struct end_points *points, const struct end_point *point)
{
	uint64_t mixed = mix64((uint64_t)point->signature << 32 | point->class) + point->tuple_sort;
	size_t at = (mixed * 0xd6e8feb86659fd93u >> 24) & (points->n_slots - 1);

	for (; points->slots[at]; at = (at + 1) & (points->n_slots - 1)) {
		const struct end_point *other = &points->points[points->slots[at] - 1];

		if (other->signature == point->signature && other->class == point->class && other->tuple_sort == point->tuple_sort)
			break;
	}
	return &points->slots[at];
}

static void grow_slots(struct arena *arena, struct end_points *points)
{
	points->n_slots = points->n_slots ? 4 * points->n_slots : 1024;
	points->slots = ARENA_ARRAY(arena, uint32_t, points->n_slots);
	for (size_t i = 0; i < points->n; i++)
		*sort_slot(points, &points->points[i]) = (uint32_t)i + 1;
}

/* Unless there is one of its sort already. */
static void add_point(struct walk *walk, u128 address, size_t interval)
{
	struct end_point point = { address, walk->intervals->signatures[interval],
				   class_of(walk->run, walk->family, walk->which, address),
				   verify_tuple_sort(&walk->run->tuple_ends[walk->family][walk->which], address) };
	struct arena *arena = walk->run->reference.arena;
	struct end_points *points = walk->points;
	struct end_point *added;
	uint32_t *slot;

	if (2 * points->n >= points->n_slots)
		grow_slots(arena, points);
	slot = sort_slot(points, &point);
	if (*slot)
		return;
	added = arena_push(arena, &points->points, &points->n, &points->room, sizeof(*added));
	*added = point;
	*slot = (uint32_t)points->n;
}

static u128 interval_end(const struct walk *walk, size_t interval)
{
	return interval + 1 < walk->intervals->n ? walk->intervals->starts[interval + 1] - 1 :
						   u128_ones(family_bits(walk->family));
}

/* All addresses from `low` to `high` have one class: one of each elementary interval among them. */
static void add_range(struct walk *walk, u128 low, u128 high)
{
	for (size_t i = reference_interval(walk->intervals, low); i < walk->intervals->n && walk->intervals->starts[i] <= high; i++)
		add_point(walk, walk->intervals->starts[i] > low ? walk->intervals->starts[i] : low, i);
}

/* The entries of a trie's node, which is for addresses from `low` on. */
static void walk_trie(struct walk *walk, uint64_t node, unsigned level, unsigned shift, uint32_t low)
{
	const struct class_trie *trie = &walk->end->trie;

	shift -= trie->strides[level];
	for (uint32_t i = 0; i < 1u << trie->strides[level]; i++) {
		uint32_t entry = (uint32_t)region_get(walk->run->classifier, &trie->entries, node + i), at = low + (i << shift);

		if (level + 1 < trie->n_levels && entry & TRIE_INNER)
			walk_trie(walk, entry & ~TRIE_INNER, level + 1, shift, at);
		else
			add_range(walk, at, at + ((1ull << shift) - 1));
	}
}

/* What is left of a search, of the addresses from `low` to `high`, whatever stands in the tables. */
static void walk_search(struct walk *walk, uint64_t place, unsigned steps, u128 low, u128 high)
{
	const struct address_search *search = &walk->end->search;
	u128 start;

	if (!steps) {
		add_range(walk, low, high);
		return;
	}
	steps--;
	start = search_start(walk->run->classifier, search, place | 1ull << steps);
	if (low < start)
		walk_search(walk, place, steps, low, high < start ? high : start - 1);
	if (high >= start)
		walk_search(walk, place | 1ull << steps, steps, low > start ? low : start, high);
}

/* The smallest number from `low` on that has the bits `value` of `mask`. False if there is none. */
static bool next_match(u128 low, u128 mask, u128 value, u128 *found)
{
	u128 wrong = (low ^ value) & mask, bit = (u128)1 << 127;

	*found = low;
	if (!wrong)
		return true;
	while (!(wrong & bit))
		bit >>= 1;
	/* Above the highest wrong bit all is right; where it must become 0, a free bit above it has to become 1. */
	if (!(value & bit))
		do {
			if (bit == (u128)1 << 127)
				return false;
			bit <<= 1;
		} while (bit & mask || low & bit);
	*found = ((low & ~(bit - 1)) | bit) & ~(bit - 1);
	*found |= value & mask & (bit - 1);
	return true;
}

/*
 * Of the addresses that go to a leaf, those that share just `shared` bits with its key have one class. True if all of
 * them, whichever way they go, are in one elementary interval: then there is no need to come here again.
 */
static bool walk_shared(struct walk *walk, u128 key, unsigned shared, u128 mask, u128 value)
{
	unsigned spare = 128 - family_bits(walk->family);
	u128 bit = shared < 128 ? (u128)1 << (127 - shared) : 0, prefix = shared < 128 ? ~(bit - 1) : ~(u128)0;
	u128 low = (key ^ bit) & prefix, found;

	for (u128 high = low | ~prefix, at = low; next_match(at, mask | prefix, (value & ~prefix) | low, &found) && found <= high;) {
		size_t interval = reference_interval(walk->intervals, found >> spare);
		u128 last = interval_end(walk, interval) << spare | u128_ones(spare);

		add_point(walk, found >> spare, interval);
		if (last >= high)
			return walk->intervals->starts[interval] << spare <= low;
		at = last + 1;
	}
	return false;
}

static void walk_leaf(struct walk *walk, uint32_t leaf, u128 mask, u128 value)
{
	u128 key = keys_key(walk->run->classifier, &walk->end->keys, leaf), wrong, parting;
	u128 *done = &walk->done[leaf < walk->n_leaves ? leaf : walk->n_leaves];

	if (leaf >= walk->n_leaves)
		*done = 0;
	/* The other bits of an IPv4 address are 0. */
	if (walk->family == FAMILY_V4) {
		mask |= u128_ones(96);
		value &= ~u128_ones(96);
	}
	/* The first bit that an address does not share must be one that it was not chosen by, unless it was chosen amiss. */
	wrong = (key ^ value) & mask;
	parting = ~mask;
	if (wrong)
		for (unsigned shared = 0; shared < 128; shared++)
			if (wrong >> (127 - shared) & 1) {
				u128 bit = (u128)1 << (127 - shared);

				parting = (parting & ~(bit | (bit - 1))) | bit;
				break;
			}
	parting &= ~done[0];
	for (unsigned shared = 0; parting; shared++, parting <<= 1)
		if (parting >> 127 && walk_shared(walk, key, shared, mask, value))
			done[0] |= (u128)1 << (127 - shared);
	if (!wrong)
		walk_shared(walk, key, 128, mask, value);
}

/* Adds one bit, from the top, to what is chosen. False if it was chosen otherwise. */
static bool choose_bit(unsigned at, bool bit, u128 *mask, u128 *value)
{
	u128 place = (u128)1 << (127 - at);

	if (*mask & place)
		return !(*value & place) == !bit;
	*mask |= place;
	*value |= bit ? place : 0;
	return true;
}

static uint32_t entry_at(const struct walk *walk, uint32_t entry, unsigned level, uint64_t index)
{
	unsigned room;

	return keys_entry(walk->run->classifier, &walk->end->keys, walk->rows, level, entry, index, &room);
}

/*
 * The bits of a node's index that make no difference. Nodes that only bring their leaves to the depth of the others have
 * them; taken both ways at each level they would double the walk each time.
 */
static uint64_t idle_bits(const struct walk *walk, uint32_t entry, unsigned level, unsigned stride)
{
	uint64_t idle = 0;

	for (unsigned k = 0; k < stride; k++) {
		uint64_t bit = 1ull << k, i = 0;

		while (i < 1ull << stride && entry_at(walk, entry, level, i) == entry_at(walk, entry, level, i ^ bit))
			i++;
		if (i == 1ull << stride)
			idle |= bit;
	}
	return idle;
}

/* `entry` says which bits choose the next entry; those of `mask` are chosen already. */
static void walk_keys(struct walk *walk, uint32_t entry, unsigned level, u128 mask, u128 value)
{
	const struct class_keys *keys = &walk->end->keys;
	unsigned at = entry >> KEY_BASE_BITS & 63, stride = 63 - (entry >> KEY_RIGHT & 63);
	uint64_t idle;

	if (level == keys->n_levels) {
		walk_leaf(walk, entry, mask, value);
		return;
	}
	/* Only a damaged entry asks so many. */
	if (stride > MOST_STRIDE || (walk->n_entries += 1ull << stride) > MOST_ENTRIES_WALKED) {
		walk->run->unwalked = true;
		return;
	}
	idle = idle_bits(walk, entry, level, stride);
	for (uint64_t i = 0; i < 1ull << stride; i++) {
		u128 next_mask = mask, next_value = value;
		bool reached = !(i & idle);

		/* Behind the last bit of the half come zeros. */
		for (unsigned k = 0; k < stride && reached; k++) {
			bool bit = i >> (stride - 1 - k) & 1;

			if (idle >> (stride - 1 - k) & 1)
				continue;
			reached = at + k > 63 ? !bit : choose_bit((entry & KEY_LOW ? 64 : 0) + at + k, bit, &next_mask, &next_value);
		}
		if (reached)
			walk_keys(walk, entry_at(walk, entry, level, i), level + 1, next_mask, next_value);
	}
}

static void find_end_points(struct verify_run *run, enum family family, unsigned which)
{
	const struct class_side *side = run->classifier ? run->classifier->sides[family] : NULL;
	struct walk walk = { .run = run, .family = family, .which = which, .end = side ? &side->ends[which] : NULL,
			     .intervals = &run->reference.ends[family][which], .points = &run->ends[family][which] };

	struct intervals *tuples = &run->tuple_ends[family][which];

	find_rows(run, family, which);
	verify_tuple_ends(run, family, which, tuples);
	for (size_t i = 0; i < walk.intervals->n; i++) {
		add_point(&walk, walk.intervals->starts[i], i);
		add_point(&walk, interval_end(&walk, i), i);
	}
	for (size_t i = 0; i < tuples->n; i++)
		add_point(&walk, tuples->starts[i], reference_interval(walk.intervals, tuples->starts[i]));
	if (side && walk.end->n_classes > 1 && walk.end->by == END_KEYS) {
		const struct key_fence *fence = &walk.end->keys.fence;

		walk.rows = &side->rows[which];
		walk.n_leaves = walk.end->keys.leaves.n;
		walk.done = ARENA_ARRAY(run->reference.arena, u128, walk.n_leaves + 1);
		/* What lies outside the fence is of one class, and an end of each interval that reaches there lies there, too. */
		walk_keys(&walk, walk.end->keys.root, 0, fence->length ? ~(~(u128)0 >> fence->length) : 0,
			  (u128)fence->prefix << 64);
	} else if (side && walk.end->n_classes > 1 && walk.end->by == END_SEARCH) {
		walk_search(&walk, 0, walk.end->search.n_steps, 0, u128_ones(family_bits(family)));
	} else if (side && walk.end->n_classes > 1) {
		walk_trie(&walk, 0, 0, 32, 0);
	}
}

/* --- values ----------------------------------------------------------------------- */

/* What rules and tables see of a value: equal for values that are the same to both. */
struct value_sort {
	uint32_t value;
	uint64_t *open;                /* conditions that it leaves open */
	uint32_t classes[MOST_STEPS + 2];
};

static size_t sort_words(const struct verify_run *run)
{
	return (run->reference.n_conditions + 63) / 64;
}

/* The class of the value in each step that looks the source up. */
static void classes_of(const struct verify_run *run, size_t source, uint32_t value, uint32_t *classes)
{
	const struct classifier *classifier = run->classifier;
	size_t n = 0;

	for (size_t s = 0; s < classifier->n_spaces; s++)
		for (size_t i = 0; i < classifier->spaces[s].n_steps; i++) {
			const struct space_step *step = &classifier->spaces[s].steps[i];

			if (step->source == source && n < MOST_STEPS)
				classes[n++] = kinds_class(classifier, step, value);
		}
}

static int compare_sorts(const void *a, const void *b, void *context)
{
	const struct value_sort *x = a, *y = b;
	size_t words = *(size_t *)context;
	int order = words ? memcmp(x->open, y->open, words * sizeof(*x->open)) : 0;

	if (!order)
		order = memcmp(x->classes, y->classes, sizeof(x->classes));
	return order ? order : (x->value > y->value) - (x->value < y->value);
}

static uint64_t *open_conditions(struct verify_run *run, size_t ask, uint32_t value)
{
	uint64_t *open = ARENA_ARRAY(run->reference.arena, uint64_t, sort_words(run) + 1);

	for (uint32_t c = 0; c < run->reference.n_conditions; c++)
		if (reference_condition_allows(&run->reference, c, ask, value))
			open[c / 64] |= 1ull << c % 64;
	return open;
}

struct sorts {
	size_t n, room;
	struct value_sort *sorts;
	uint32_t size;                 /* numbers that the source has in tables; 0: nothing is looked up */
	uint8_t *of_tuples;            /* by number: is it in some slot? */
};

/* What is absent, and what is beyond a table, has the last number there. */
static uint32_t tuple_value(const struct sorts *sorts, uint32_t value)
{
	uint32_t number = value < sorts->size ? value : sorts->size - 1;

	return sorts->size && sorts->of_tuples[number] ? number + 1 : 0;
}

/* As bits. Of other fields: is it there at all? */
static uint32_t carried_by(const struct reference_ask *ask, uint32_t value)
{
	uint32_t proto = ask->field == FIELD_PROTO ? value : PROTO_TCP, bits = 0;

	if (ask->kind != PRED_RANGES || (ask->field != FIELD_PROTO && ask->field != FIELD_FRAGMENT))
		return value == REFERENCE_ABSENT;
	for (enum field field = 0; field < N_FIELDS; field++)
		for (enum family family = 0; family < N_FAMILIES; family++)
			bits = bits << 1 | reference_carries(family, proto, ask->field == FIELD_PROTO ? 0 : value, field);
	return bits;
}

/* Unless the last one is the same, as most are in a row. */
static void add_sort(struct verify_run *run, struct sorts *sorts, uint32_t value, uint64_t *open, size_t ask)
{
	struct value_sort sort = { .value = value, .open = open }, *slot;

	if (run->source_of[ask])
		classes_of(run, run->source_of[ask] - 1, value, sort.classes);
	sort.classes[CARRIES] = carried_by(&run->reference.asks[ask], value);
	sort.classes[OF_TUPLES] = tuple_value(sorts, value);
	if (sorts->n && sorts->sorts[sorts->n - 1].open == open &&
	    !memcmp(sorts->sorts[sorts->n - 1].classes, sort.classes, sizeof(sort.classes)))
		return;
	slot = arena_push(run->reference.arena, &sorts->sorts, &sorts->n, &sorts->room, sizeof(*slot));
	*slot = sort;
}

static void find_value_points(struct verify_run *run, size_t number)
{
	const struct reference_ask *ask = &run->reference.asks[number];
	size_t source = run->source_of[number], words = sort_words(run);
	struct value_points *points = &run->asks[number];
	struct sorts sorts = { 0 };

	if (source && run->classifier->tuples.n) {
		sorts.size = source_size(&run->classifier->sources[source - 1]);
		sorts.of_tuples = ARENA_ARRAY(run->reference.arena, uint8_t, sorts.size + 1);
		verify_tuple_values(run->classifier, source - 1, sorts.of_tuples, sorts.size);
	}
	for (size_t i = 0; i < ask->n; i++) {
		uint32_t end = i + 1 < ask->n ? ask->starts[i + 1] - 1 : ask->most;
		uint64_t *open = open_conditions(run, number, ask->starts[i]);

		/* All values of one interval are one to the rules; tables give all beyond their end what they give the last. */
		for (uint32_t value = ask->starts[i];; value++) {
			add_sort(run, &sorts, value, open, number);
			if (value == end || !source || value > MOST_VALUES)
				break;
		}
		add_sort(run, &sorts, end, open, number);
	}
	if (ask->optional)
		add_sort(run, &sorts, REFERENCE_ABSENT, open_conditions(run, number, REFERENCE_ABSENT), number);
	qsort_r(sorts.sorts, sorts.n, sizeof(*sorts.sorts), compare_sorts, &words);
	points->values = ARENA_ARRAY(run->reference.arena, uint32_t, sorts.n);
	points->open = ARENA_ARRAY(run->reference.arena, uint64_t *, sorts.n);
	for (size_t i = 0; i < sorts.n; i++) {
		const struct value_sort *before = i ? &sorts.sorts[i - 1] : NULL, *sort = &sorts.sorts[i];

		if (before && (!words || !memcmp(before->open, sort->open, words * sizeof(*sort->open))) &&
		    !memcmp(before->classes, sort->classes, sizeof(sort->classes)))
			continue;
		points->open[points->n] = sort->open;
		points->values[points->n++] = sort->value;
	}
}

void verify_find_points(struct verify_run *run)
{
	for (enum family family = 0; family < N_FAMILIES; family++)
		for (unsigned which = 0; which < 2; which++)
			find_end_points(run, family, which);
	run->asks = ARENA_ARRAY(run->reference.arena, struct value_points, run->reference.n_asks + 1);
	for (size_t i = 0; i < run->reference.n_asks; i++)
		find_value_points(run, i);
}
