/* SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause */
/*
 * Terms that another contains. Terms are found by their pair of address sets, and of each set it is known which
 * others contain it: few, where sets are prefixes. So a term is held only against those whose addresses contain
 * its own.
 */
#include "reduce_parts.h"

#include "interval.h"
#include "mix.h"
#include "rangeset.h"

/* What may be spent on all terms, and on each however many there are; what is beyond stays as it is. */
#define STEPS_OF_ALL 4000000u
#define STEPS_OF_TERM 32u
#define MOST_CONTAINERS 4000000u

#define NONE UINT32_MAX

/* The different sets of one end: 0 is any. */
struct end_sets {
	uint32_t *local;      /* by the set's number */
	size_t n;
	const struct rangeset **sets; /* local - 1 */
	uint32_t *begins;     /* containers[begins[s]] to containers[begins[s + 1] - 1] */
	size_t n_containers, room;
	uint32_t *containers; /* of each set, itself and any among them */
};

/* Terms with one pair of sets, in order. */
struct pair {
	uint64_t key;
	uint32_t first;
	uint32_t last;        /* NONE: the place is free */
};

struct containing {
	struct reducing *r;
	struct arena arena;
	enum family family;
	struct end_sets ends[2];
	size_t n_pairs;
	struct pair *pairs;
	uint32_t *next;       /* term of the same pair */
	uint64_t *asked;      /* by condition: the sources it asks, as bits */
	size_t most_steps;
};

static void number_sets(struct containing *c, unsigned end)
{
	struct end_sets *e = &c->ends[end];
	struct reducing *r = c->r;

	e->local = ARENA_ARRAY(&c->arena, uint32_t, r->n_sets + 1);
	e->sets = ARENA_ARRAY(&c->arena, const struct rangeset *, r->n_sets + 1);
	for (size_t i = 0; i < r->n; i++) {
		uint32_t number = r->terms[i].end[end];

		if (r->terms[i].family != c->family || !number || e->local[number])
			continue;
		e->sets[e->n++] = reduce_set(r, number);
		e->local[number] = (uint32_t)e->n;
	}
}

static void add_container(struct containing *c, struct end_sets *e, uint32_t local)
{
	uint32_t *slot = arena_push(&c->arena, &e->containers, &e->n_containers, &e->room, sizeof(*slot));

	*slot = local;
}

/* Who contains a set contains its first value: only those are asked. */
static void find_containers(struct containing *c, unsigned end)
{
	struct end_sets *e = &c->ends[end];
	struct intervals intervals;
	size_t asked = 0;
	bool few;

	few = intervals_make(&c->arena, e->sets, e->n, family_bits(c->family), MOST_CONTAINERS, &intervals);
	e->begins = ARENA_ARRAY(&c->arena, uint32_t, e->n + 2);
	add_container(c, e, 0);
	for (size_t s = 0; s < e->n; s++) {
		const struct rangeset *set = e->sets[s];
		uint32_t class, begin = 0, finish = 0;

		e->begins[s + 1] = (uint32_t)e->n_containers;
		add_container(c, e, 0);
		add_container(c, e, (uint32_t)s + 1);
		if (few) {
			class = intervals.classes[intervals_find(&intervals, set->ranges[0].lo)];
			begin = intervals.begins[class];
			finish = intervals.begins[class + 1];
		}
		asked += finish - begin;
		c->r->reduction->cut |= !few || asked > MOST_CONTAINERS;
		for (uint32_t k = begin; k < finish && asked <= MOST_CONTAINERS; k++)
			if (intervals.members[k] != s && rangeset_is_within(set, e->sets[intervals.members[k]]))
				add_container(c, e, intervals.members[k] + 1);
	}
	e->begins[e->n + 1] = (uint32_t)e->n_containers;
}

static uint64_t pair_key(uint32_t src, uint32_t dst)
{
	return (uint64_t)src << 32 | dst;
}

/* The pair, or the free place where it belongs. */
static struct pair *find_pair(const struct containing *c, uint64_t key)
{
	size_t place = mix64(key) & (c->n_pairs - 1);

	while (c->pairs[place].last != NONE && c->pairs[place].key != key)
		place = (place + 1) & (c->n_pairs - 1);
	return &c->pairs[place];
}

static uint32_t local_set(const struct containing *c, const struct reduced *term, unsigned end)
{
	return term->end[end] ? c->ends[end].local[term->end[end]] : 0;
}

static void pair_terms(struct containing *c)
{
	struct reducing *r = c->r;

	for (c->n_pairs = 16; c->n_pairs < 2 * r->n;)
		c->n_pairs *= 2;
	c->pairs = ARENA_ARRAY(&c->arena, struct pair, c->n_pairs);
	for (size_t i = 0; i < c->n_pairs; i++)
		c->pairs[i].first = c->pairs[i].last = NONE;
	c->next = ARENA_ARRAY(&c->arena, uint32_t, r->n + 1);
	for (uint32_t i = 0; i < r->n; i++) {
		const struct reduced *term = &r->terms[i];
		struct pair *pair;
		uint64_t key;

		if (term->family != c->family)
			continue;
		key = pair_key(local_set(c, term, 0), local_set(c, term, 1));
		pair = find_pair(c, key);
		pair->key = key;
		c->next[i] = NONE;
		if (pair->last == NONE)
			pair->first = i;
		else
			c->next[pair->last] = i;
		pair->last = i;
	}
}

/* Does each test of `outer` hold wherever the tests of `inner` do? */
static bool condition_contains(const struct containing *c, uint32_t outer, uint32_t inner)
{
	const struct number_test *out, *in;
	size_t n_out, n_in, k = 0;

	if (outer == inner)
		return true;
	if (c->asked[outer] & ~c->asked[inner])
		return false;
	out = reduce_tests(c->r, outer, &n_out);
	in = reduce_tests(c->r, inner, &n_in);
	for (size_t i = 0; i < n_out; i++) {
		while (k < n_in && in[k].source < out[i].source)
			k++;
		if (k == n_in || in[k].source != out[i].source)
			return false;
		if (in[k].set != out[i].set && !rangeset_is_within(reduce_set(c->r, in[k].set), reduce_set(c->r, out[i].set)))
			return false;
	}
	return true;
}

/*
 * A term of one pair that contains term `i`, or NONE. One that is gone need not be asked, and is taken out: what
 * contains it is still there, and contains this one, too. And so of two equal terms of one answer one stays.
 */
static uint32_t container_in(const struct containing *c, struct pair *pair, uint32_t i, size_t *steps)
{
	const struct reduced *terms = c->r->terms;

	for (uint32_t *link = &pair->first; *link != NONE && terms[*link].answer <= terms[i].answer;) {
		uint32_t k = *link;

		if (terms[k].gone) {
			*link = c->next[k];
			continue;
		}
		link = &c->next[k];
		if (k == i)
			continue;
		if (++*steps > c->most_steps)
			return NONE;
		if (condition_contains(c, terms[k].condition, terms[i].condition))
			return k;
	}
	return NONE;
}

static uint32_t find_container(const struct containing *c, uint32_t i)
{
	const struct end_sets *src = &c->ends[0], *dst = &c->ends[1];
	uint32_t s = local_set(c, &c->r->terms[i], 0), d = local_set(c, &c->r->terms[i], 1);
	size_t steps = 0;

	for (uint32_t x = src->begins[s]; x < src->begins[s + 1]; x++)
		for (uint32_t y = dst->begins[d]; y < dst->begins[d + 1]; y++) {
			struct pair *pair;
			uint32_t found;

			if (++steps > c->most_steps) {
				c->r->reduction->cut = true;
				return NONE;
			}
			pair = find_pair(c, pair_key(src->containers[x], dst->containers[y]));
			found = container_in(c, pair, i, &steps);
			if (found != NONE)
				return found;
		}
	c->r->reduction->cut |= steps > c->most_steps;
	return NONE;
}

static void contain_family(struct containing *c)
{
	struct reducing *r = c->r;

	for (unsigned end = 0; end < 2; end++) {
		number_sets(c, end);
		find_containers(c, end);
	}
	pair_terms(c);
	for (uint32_t i = 0; i < r->n; i++) {
		uint32_t container;

		if (r->terms[i].family != c->family)
			continue;
		container = find_container(c, i);
		if (container == NONE)
			continue;
		r->terms[i].gone = true;
		if (r->terms[container].answer == r->terms[i].answer)
			r->reduction->redundant++;
		else
			r->reduction->shadowed++;
	}
}

/* Of the first 64 sources: whether the others are asked is seen when tests are compared. */
static uint64_t *asked_sources(struct reducing *r, struct arena *arena)
{
	uint64_t *asked = ARENA_ARRAY(arena, uint64_t, r->conditions.n + 1);

	for (uint32_t i = 0; i < r->conditions.n; i++) {
		size_t n;
		const struct number_test *tests = reduce_tests(r, i, &n);

		for (size_t k = 0; k < n; k++)
			if (tests[k].source < 64)
				asked[i] |= 1ull << tests[k].source;
	}
	return asked;
}

void reduce_contained(struct reducing *r)
{
	for (unsigned f = 0; f < N_FAMILIES; f++) {
		struct containing c = { .r = r, .family = (enum family)f, .most_steps = STEPS_OF_TERM };

		if (r->n && STEPS_OF_ALL / r->n > STEPS_OF_TERM)
			c.most_steps = STEPS_OF_ALL / r->n;
		arena_init(&c.arena);
		c.asked = asked_sources(r, &c.arena);
		contain_family(&c);
		arena_fini(&c.arena);
	}
	reduce_compact(r);
}
