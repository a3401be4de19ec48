/* SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause */
/*
 * Ways of parting a space's terms into groups. Predicates that hold for many classes of an address, crossed with such
 * that hold for few, would multiply the cells of all; apart, each group's own classes are few. Each way that is tried
 * is built, as far as it does not explode, and the cheapest is built again.
 */
#include "group.h"

#include "cost.h"
#include "mix.h"

#include <inttypes.h>
#include <string.h>

/* Of joining the answers of two groups. */
#define JOIN_INSNS 4

/* Sizes of spaces, in terms: see `partings`. */
#define MANY_TERMS 3000u
#define MORE_TERMS 30000u

/* A way that takes so many times the work of the best so far, and some, has tables that are larger by as much. */
#define WORK_FACTOR 2
#define WORK_FREE 10000000u

/* When so much work has been done, what has been found is good enough: see struct side_build. */
#define MOST_WORK 100000000u

/*
 * A predicate is wide that holds for more than `wide` classes of its end, and group[] is by 2 * (source is wide) +
 * (destination is wide). Those that seldom are the best for very many terms are tried only where no other works.
 */
static const struct parting {
	uint32_t wide;                /* 0: none is */
	uint8_t group[PARTS];
	const char *name;
	size_t most_terms;
} partings[] = {
	{ 32, { 0, 1, 2, 3 }, "four groups", SIZE_MAX },
	{ 32, { 0, 1, 2, 2 }, "three groups by source", MORE_TERMS },
	{ 32, { 0, 1, 2, 1 }, "three groups by destination", MORE_TERMS },
	{ 256, { 0, 1, 2, 3 }, "four groups", MORE_TERMS },
	{ 0, { 0, 0, 0, 0 }, "one group", MANY_TERMS },
	{ 4, { 0, 1, 2, 3 }, "four groups", MANY_TERMS },
	{ 4, { 0, 1, 2, 2 }, "three groups by source", MANY_TERMS },
	{ 4, { 0, 1, 2, 1 }, "three groups by destination", MANY_TERMS },
	{ 4, { 0, 1, 1, 1 }, "two groups", MANY_TERMS },
	{ 8, { 0, 1, 2, 3 }, "four groups", MANY_TERMS },
	{ 32, { 0, 1, 1, 1 }, "two groups", MANY_TERMS },
	{ 256, { 0, 1, 1, 1 }, "two groups", MANY_TERMS },
};

#define N_PARTINGS (sizeof(partings) / sizeof(partings[0]))

/* The terms of a space, and how wide their predicates are. */
struct space_terms {
	size_t n;
	uint32_t *terms;
	const uint32_t *widths[2];
};

/* Of how many classes of an end each predicate holds. */
static uint32_t *count_widths(const struct side_build *build, unsigned end)
{
	const struct intervals *intervals = &build->intervals[end];
	uint32_t *widths = ARENA_ARRAY(build->scratch, uint32_t, build->n_predicates[end] + 1);

	widths[0] = UINT32_MAX;
	for (size_t i = 0; i < intervals->begins[intervals->n_classes]; i++)
		widths[intervals->members[i] + 1]++;
	return widths;
}

static void find_terms(struct side_build *build, const uint32_t *space_of, uint32_t space, struct space_terms *terms)
{
	terms->terms = ARENA_ARRAY(build->scratch, uint32_t, build->n_terms + 1);
	for (size_t i = 0; i < build->n_terms; i++)
		if (space_of[build->terms[i].condition] == space)
			terms->terms[terms->n++] = (uint32_t)i;
	for (unsigned end = 0; end < 2; end++)
		terms->widths[end] = count_widths(build, end);
}

static unsigned group_of(const struct parting *parting, const struct space_terms *terms, const struct side_term *term)
{
	unsigned wide = 0;

	for (unsigned end = 0; end < 2; end++)
		wide = 2 * wide + (parting->wide && terms->widths[end][term->end[end]] > parting->wide);
	return parting->group[wide];
}

/* Builds the groups into `groups`; *n is how many. */
static double build_groups(struct side_build *build, const struct parting *parting, const struct space_terms *terms,
			   uint32_t space, struct class_group *groups, size_t *n)
{
	struct group_terms parts[PARTS] = { 0 };
	double ns = 0;

	for (size_t i = 0; i < PARTS; i++)
		parts[i].terms = ARENA_ARRAY(build->scratch, uint32_t, terms->n + 1);
	for (size_t i = 0; i < terms->n; i++) {
		struct group_terms *part = &parts[group_of(parting, terms, &build->terms[terms->terms[i]])];

		part->terms[part->n++] = terms->terms[i];
	}
	*n = 0;
	for (size_t i = 0; i < PARTS; i++) {
		double cost;

		if (!parts[i].n)
			continue;
		cost = group_build(build, &parts[i], space, &groups[*n]);
		if (cost < 0)
			return -1;
		ns += cost + JOIN_INSNS * COST_INSN;
		++*n;
	}
	return ns;
}

/* The same, of which nothing is left but the cost, and how many bytes it took; `end_of_work` as in struct side_build. */
static double try_groups(const struct side_build *build, const struct parting *parting, const struct space_terms *terms,
			 uint32_t space, uint64_t end_of_work, uint64_t *bytes)
{
	struct side_build trial = *build;
	struct classifier classifier = *build->classifier;
	struct class_group groups[PARTS];
	struct arena arena;
	double ns;
	size_t n;

	arena_init(&arena);
	trial.arena = trial.scratch = &arena;
	trial.end_of_work = end_of_work;
	trial.classifier = &classifier;
	for (unsigned end = 0; end < 2; end++)
		trial.columns_room[end] = trial.n_columns[end];
	/* What is pushed goes to copies. */
	classifier.room = 0;
	classifier.regions_room = classifier.n_regions;
	ns = build_groups(&trial, parting, terms, space, groups, &n);
	*bytes = classifier.bytes - build->classifier->bytes;
	arena_fini(&arena);
	return ns;
}

static void note_option(const struct side_build *build, const struct parting *parting, uint32_t space, double ns,
			uint64_t bytes, const char *why_not)
{
	char *wide = parting->wide ? arena_printf(build->arena, ", wide over %" PRIu32 " classes", parting->wide) : "";

	classify_note(build->arena, build->options,
		      arena_printf(build->arena, "%s, space %" PRIu32 ": %s%s", build->family == FAMILY_V4 ? "IPv4" : "IPv6",
				   space, parting->name, wide),
		      ns < 0 ? 0 : ns, ns < 0 ? 0 : bytes, why_not);
}

/* Different for different ways of parting these terms. */
static uint64_t hash_parting(const struct side_build *build, const struct parting *parting, const struct space_terms *terms)
{
	uint64_t hash = 0;

	for (size_t i = 0; i < terms->n; i++)
		hash = mix64(hash + group_of(parting, terms, &build->terms[terms->terms[i]]));
	return hash;
}

/* Does one of those before it part the terms the same way? */
static bool was_tried(const uint64_t *hashes, size_t n)
{
	for (size_t i = 0; i < n; i++)
		if (hashes[i] == hashes[n])
			return true;
	return false;
}

/* Tries the ways that are for so many terms, or the others; the cheapest, NULL where all explode. */
static const struct parting *try_partings(const struct side_build *build, const struct space_terms *terms, uint32_t space,
					  bool seldom)
{
	const struct parting *best = NULL;
	uint64_t hashes[N_PARTINGS], began = *build->work, of_best = 0;
	bool over_memory = false;
	double least = 0;
	size_t best_at = 0;

	for (size_t i = 0; i < N_PARTINGS; i++) {
		const char *why_not = NULL;
		uint64_t bytes, before = *build->work;
		double ns;

		hashes[i] = hash_parting(build, &partings[i], terms);
		if ((terms->n > partings[i].most_terms) != seldom || was_tried(hashes, i))
			continue;
		if (best && *build->work - began > MOST_WORK) {
			note_option(build, &partings[i], space, 0, 0, "not tried any more");
			continue;
		}
		ns = try_groups(build, &partings[i], terms, space, best ? before + of_best * WORK_FACTOR + WORK_FREE : 0, &bytes);
		if (ns < 0)
			why_not = best ? "its tables grow too large" : TABLES_EXPLODE;
		else if (build->classifier->bytes + bytes > build->memory)
			why_not = OVER_MEMORY;
		else if (best && ns >= least)
			why_not = "no faster";
		note_option(build, &partings[i], space, ns, bytes, why_not);
		over_memory |= ns >= 0 && why_not;
		if (why_not)
			continue;
		if (best && build->options)
			build->options->options[best_at].why_not = "no faster";
		best_at = build->options ? build->options->n - 1 : 0;
		best = &partings[i];
		of_best = *build->work - before;
		least = ns;
	}
	if (!best && over_memory)
		*build->why_not = OVER_MEMORY;
	return best;
}

/* Of very many terms one way is built at once, without a trial; *n is 0 if that explodes. */
static double build_at_once(struct side_build *build, const struct space_terms *terms, uint32_t space,
			    struct class_group *groups, size_t *n)
{
	struct classifier before = *build->classifier;
	size_t columns[2] = { build->n_columns[0], build->n_columns[1] };
	const struct parting *parting = partings;
	const char *why_not;
	double ns;

	while (parting->most_terms < terms->n)
		parting++;
	ns = build_groups(build, parting, terms, space, groups, n);
	why_not = ns < 0 ? TABLES_EXPLODE : build->classifier->bytes > build->memory ? OVER_MEMORY : NULL;
	note_option(build, parting, space, ns, build->classifier->bytes - before.bytes, why_not);
	if (!why_not)
		return ns;
	*build->why_not = why_not;
	*build->classifier = before;
	memcpy(build->n_columns, columns, sizeof(columns));
	*n = 0;
	return -1;
}

double part_space(struct side_build *build, const uint32_t *space_of, uint32_t space, struct class_side *side)
{
	const struct parting *best = NULL;
	struct space_terms terms = { 0 };
	size_t n = 0;
	double ns;

	find_terms(build, space_of, space, &terms);
	if (!terms.n)
		return 0;
	if (terms.n > MORE_TERMS) {
		ns = build_at_once(build, &terms, space, side->groups + side->n_groups, &n);
		side->n_groups += n;
		if (n)
			return ns;
	} else {
		best = try_partings(build, &terms, space, false);
	}
	if (!best)
		best = try_partings(build, &terms, space, true);
	if (!best)
		return -1;
	ns = build_groups(build, best, &terms, space, side->groups + side->n_groups, &n);
	side->n_groups += n;
	return ns;
}
