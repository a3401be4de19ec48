/* SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause */
/* The fields but addresses in as few spaces as go without large tables: those with few classes are crossed first. */
#include "vectors.h"

#include "rangeset.h"

#define MOST_SOURCES 64u

/* Crossing is not tried where it would have to leave less than one in so many of its cells a kind of its own. */
#define CELLS_PER_KIND 16u

struct spacing {
	struct arena *arena, *scratch;
	struct classifier *classifier;
	const struct kinds_condition *conditions;
	size_t n_conditions;
};

static bool is_asked(const struct spacing *s, uint32_t source)
{
	for (size_t i = 0; i < s->n_conditions; i++)
		for (size_t k = 0; k < s->conditions[i].n_tests; k++)
			if (s->conditions[i].tests[k].source == source)
				return true;
	return false;
}

/* A test without values that no packet has: those beyond the source's table. */
static struct class_test within_table(const struct spacing *s, struct arena *scratch, const struct class_test *test)
{
	uint32_t size = source_size(&s->classifier->sources[test->source]);
	const struct rangeset *values = test->values;

	if (size && values->n && values->ranges[values->n - 1].lo >= size)
		values = rangeset_intersect(scratch, values, rangeset_single(scratch, 0, size - 1));
	return (struct class_test){ test->source, values };
}

/* What the conditions ask of the sources, each once: their number, and by condition which + 1. */
static size_t project(const struct spacing *s, struct arena *scratch, uint64_t sources, struct kinds_condition *out,
		      uint32_t *local)
{
	struct interns values, projections;
	size_t n = 0;

	interns_init(&values, scratch);
	interns_init(&projections, scratch);
	for (size_t i = 0; i < s->n_conditions; i++) {
		const struct kinds_condition *condition = &s->conditions[i];
		struct class_test *tests = ARENA_ARRAY(scratch, struct class_test, condition->n_tests + 1);
		uint32_t *numbers = ARENA_ARRAY(scratch, uint32_t, 2 * condition->n_tests + 1);
		size_t n_tests = 0;
		bool is_new;

		for (size_t k = 0; k < condition->n_tests; k++) {
			const struct class_test *test = &condition->tests[k];
			uint32_t *ends = ARENA_ARRAY(scratch, uint32_t, 2 * test->values->n + 1);

			if (!(sources >> test->source & 1))
				continue;
			for (size_t r = 0; r < test->values->n; r++) {
				ends[2 * r] = (uint32_t)test->values->ranges[r].lo;
				ends[2 * r + 1] = (uint32_t)test->values->ranges[r].hi;
			}
			numbers[2 * n_tests] = test->source;
			numbers[2 * n_tests + 1] = intern(&values, ends, 2 * test->values->n, &is_new);
			tests[n_tests++] = within_table(s, scratch, test);
		}
		local[i] = 0;
		if (!n_tests)
			continue;
		local[i] = intern(&projections, numbers, 2 * n_tests, &is_new) + 1;
		if (is_new)
			out[n++] = (struct kinds_condition){ n_tests, tests };
	}
	return n;
}

/* How many kinds the sources have when crossed; 0: too many to count. */
static uint32_t count_kinds(const struct spacing *s, uint64_t sources)
{
	struct classifier trial = { .n_sources = s->classifier->n_sources, .sources = s->classifier->sources };
	struct class_space space;
	struct kinds_condition *conditions;
	struct arena scratch;
	uint32_t *local, n_kinds;
	size_t n;

	arena_init(&scratch);
	conditions = ARENA_ARRAY(&scratch, struct kinds_condition, s->n_conditions + 1);
	local = ARENA_ARRAY(&scratch, uint32_t, s->n_conditions + 1);
	n = project(s, &scratch, sources, conditions, local);
	n_kinds = kinds_build(&scratch, &scratch, &trial, conditions, n, &space) ? space.n_kinds : 0;
	arena_fini(&scratch);
	return n_kinds;
}

static bool add_space(struct spacing *s, uint64_t sources, struct vector_spaces *spaces)
{
	struct kinds_condition *conditions = ARENA_ARRAY(s->scratch, struct kinds_condition, s->n_conditions + 1);
	size_t n;

	if (spaces->n == MOST_SPACES)
		return false;
	spaces->local[spaces->n] = ARENA_ARRAY(s->scratch, uint32_t, s->n_conditions + 1);
	n = project(s, s->scratch, sources, conditions, spaces->local[spaces->n]);
	return kinds_build(s->arena, s->scratch, s->classifier, conditions, n, &s->classifier->spaces[spaces->n++]);
}

bool vector_spaces_build(struct arena *arena, struct arena *scratch, struct classifier *classifier,
			 const struct kinds_condition *conditions, size_t n_conditions, uint32_t most_kinds,
			 struct vector_spaces *spaces)
{
	struct spacing s = { arena, scratch, classifier, conditions, n_conditions };
	uint32_t order[MOST_SOURCES], kinds[MOST_SOURCES];
	uint64_t together = 0;
	uint32_t so_far = 1;
	size_t n = 0;

	*spaces = (struct vector_spaces){ 0 };
	classifier->spaces = ARENA_ARRAY(arena, struct class_space, MOST_SPACES);
	if (classifier->n_sources > MOST_SOURCES)
		return false;
	for (uint32_t source = 0; source < classifier->n_sources; source++) {
		size_t at = n;
		uint32_t count;

		if (!is_asked(&s, source))
			continue;
		count = count_kinds(&s, 1ull << source);
		if (!count)
			return false;
		for (; at && kinds[at - 1] > count; at--) {
			kinds[at] = kinds[at - 1];
			order[at] = order[at - 1];
		}
		kinds[at] = count;
		order[at] = source;
		n++;
	}
	for (size_t i = 0; i < n; i++) {
		uint64_t source = 1ull << order[i];
		uint32_t count = kinds[i];

		if (together)
			count = (uint64_t)so_far * kinds[i] > (uint64_t)CELLS_PER_KIND * most_kinds ? 0 :
				count_kinds(&s, together | source);
		if (together && (!count || count > most_kinds)) {
			if (!add_space(&s, together, spaces))
				return false;
			together = 0;
			count = kinds[i];
		}
		together |= source;
		so_far = count;
	}
	if (together && !add_space(&s, together, spaces))
		return false;
	classifier->n_spaces = spaces->n;
	return true;
}
