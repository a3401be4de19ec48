/* SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause */
/* From terms to numbers of predicates and conditions, and the order in which the ways of looking up are tried. */
#include "classifier.h"

#include "cost.h"
#include "group.h"
#include "intern.h"
#include "rangeset.h"
#include "class_region.h"
#include "tuples.h"
#include "vectors.h"

#include <string.h>

/* Where classes cross, bit vectors are seldom faster: tried only for what is predicted to take more, and builds soon. */
#define VECTORS_FROM 35
#define VECTORS_TERMS 10000u

/* Members of classes: predicates that overlap in all ways would have their square. */
#define MOST_MEMBERS 40000000u

struct planning {
	struct arena *arena;
	struct arena scratch;          /* of what all partings share */
	const struct classify_input *input;
	const struct classify_budget *budget;
	const struct tuple_plan *tuples; /* terms that are looked up so are in no side; NULL: all are */
	uint64_t work;
	struct side_build sides[N_FAMILIES];
	size_t n_conditions, conditions_room;
	struct kinds_condition *conditions;
	size_t first_option;           /* of those that are noted */
	const char *why_not;           /* of what could not be built */
};

/* --- numbers for predicates and conditions -------------------------------------- */

/* The different sets of addresses of one end, by content; most terms share theirs by pointer, too. */
struct predicates {
	struct arena *arena;
	struct interns interns;
	size_t n, room;
	const struct rangeset **sets;
	const struct rangeset *last;
	uint32_t last_number;
};

static uint32_t predicate_number(struct predicates *p, const struct rangeset *set, unsigned bits)
{
	const struct rangeset **slot;
	uint32_t *numbers;
	size_t n = 0;
	bool is_new;

	if (!set || rangeset_is_full(set, bits))
		return 0;
	if (set == p->last)
		return p->last_number;
	numbers = ARENA_ARRAY(p->arena, uint32_t, 8 * set->n + 1);
	for (size_t i = 0; i < set->n; i++)
		for (unsigned word = 0; word < bits; word += 32) {
			numbers[n++] = (uint32_t)(set->ranges[i].lo >> word);
			numbers[n++] = (uint32_t)(set->ranges[i].hi >> word);
		}
	p->last = set;
	p->last_number = intern(&p->interns, numbers, n, &is_new) + 1;
	if (is_new) {
		slot = arena_push(p->arena, &p->sets, &p->n, &p->room, sizeof(*slot));
		*slot = set;
	}
	return p->last_number;
}

/* Conditions are equal if they ask the same of the same sources; sets of values are interned by content. */
struct condition_numbers {
	struct interns values, conditions;
};

static uint32_t condition_number(struct planning *p, struct condition_numbers *c, const struct class_term *term)
{
	uint32_t *numbers = ARENA_ARRAY(&p->scratch, uint32_t, 2 * term->n_tests + 1);
	struct kinds_condition *slot;
	uint32_t number;
	bool is_new;

	for (size_t i = 0; i < term->n_tests; i++) {
		const struct rangeset *values = term->tests[i].values;
		uint32_t *ends = ARENA_ARRAY(&p->scratch, uint32_t, 2 * values->n + 1);

		for (size_t k = 0; k < values->n; k++) {
			ends[2 * k] = (uint32_t)values->ranges[k].lo;
			ends[2 * k + 1] = (uint32_t)values->ranges[k].hi;
		}
		numbers[2 * i] = term->tests[i].source;
		numbers[2 * i + 1] = intern(&c->values, ends, 2 * values->n, &is_new);
	}
	number = intern(&c->conditions, numbers, 2 * term->n_tests, &is_new);
	if (is_new) {
		slot = arena_push(&p->scratch, &p->conditions, &p->n_conditions, &p->conditions_room, sizeof(*slot));
		*slot = (struct kinds_condition){ term->n_tests, term->tests };
	}
	return number;
}

/* A term with an empty set matches nothing. */
static bool never(const struct class_term *term)
{
	bool empty = (term->src && !term->src->n) || (term->dst && !term->dst->n);

	for (size_t i = 0; i < term->n_tests; i++)
		empty |= !term->tests[i].values->n;
	return empty;
}

static bool number_terms(struct planning *p)
{
	struct predicates predicates[N_FAMILIES][2];
	struct condition_numbers numbers;

	interns_init(&numbers.values, &p->scratch);
	interns_init(&numbers.conditions, &p->scratch);
	for (unsigned f = 0; f < N_FAMILIES; f++) {
		for (unsigned end = 0; end < 2; end++) {
			predicates[f][end] = (struct predicates){ .arena = &p->scratch };
			interns_init(&predicates[f][end].interns, &p->scratch);
		}
		p->sides[f] = (struct side_build){ .family = f };
		p->sides[f].terms = ARENA_ARRAY(&p->scratch, struct side_term, p->input->n_terms + 1);
	}
	for (size_t i = 0; i < p->input->n_terms; i++) {
		const struct class_term *term = &p->input->terms[i];
		struct side_build *side = &p->sides[term->family];
		unsigned bits = family_bits(term->family);

		if (never(term) || (p->tuples && p->tuples->tuple_of[i]))
			continue;
		side->terms[side->n_terms++] = (struct side_term){
			.end = { predicate_number(&predicates[term->family][0], term->src, bits),
				 predicate_number(&predicates[term->family][1], term->dst, bits) },
			.condition = condition_number(p, &numbers, term),
			.answer = term->answer,
		};
	}
	for (unsigned f = 0; f < N_FAMILIES; f++) {
		for (unsigned end = 0; end < 2; end++) {
			struct side_build *side = &p->sides[f];

			side->n_predicates[end] = predicates[f][end].n;
			side->predicates[end] = predicates[f][end].sets;
			if (side->n_terms && !intervals_make(&p->scratch, side->predicates[end], side->n_predicates[end],
							     family_bits(f), MOST_MEMBERS, &side->intervals[end]))
				return false;
		}
	}
	return true;
}

/* --- a parting ------------------------------------------------------------------ */

/* Fields that few terms ask: crossed with ports they would explode. And source ports, where both ports do. */
enum apart { APART_NONE, APART_RARE, APART_RARE_AND_SPORT };

static bool is_apart(const struct class_source *source, enum apart apart)
{
	if (apart == APART_NONE)
		return false;
	if (source->kind != SOURCE_FIELD)
		return true;
	return source->field == FIELD_VLAN || source->field == FIELD_DSCP || source->field == FIELD_TTL ||
	       source->field == FIELD_LENGTH || source->field == FIELD_FRAGMENT ||
	       (apart == APART_RARE_AND_SPORT && source->field == FIELD_SPORT);
}

static bool any_apart(const struct classify_input *input, enum apart apart, enum apart but)
{
	for (size_t i = 0; i < input->n_sources; i++)
		if (is_apart(&input->sources[i], apart) && !is_apart(&input->sources[i], but))
			return true;
	return false;
}

/* A space for the conditions that ask nothing of what is apart, one for the others. */
static bool build_spaces(struct planning *p, struct arena *scratch, struct classifier *classifier, enum apart apart,
			 uint32_t *space_of, uint32_t *local)
{
	size_t counts[2] = { 0 };

	classifier->spaces = ARENA_ARRAY(p->arena, struct class_space, 2);
	for (size_t i = 0; i < p->n_conditions; i++) {
		space_of[i] = 0;
		for (size_t k = 0; k < p->conditions[i].n_tests; k++)
			space_of[i] |= is_apart(&p->input->sources[p->conditions[i].tests[k].source], apart);
		local[i] = (uint32_t)counts[space_of[i]]++;
	}
	classifier->n_spaces = counts[1] ? 2 : 1;
	for (uint32_t space = 0; space < classifier->n_spaces; space++) {
		struct kinds_condition *conditions = ARENA_ARRAY(scratch, struct kinds_condition, counts[space] + 1);

		for (size_t i = 0; i < p->n_conditions; i++)
			if (space_of[i] == space)
				conditions[local[i]] = p->conditions[i];
		if (!kinds_build(p->arena, scratch, classifier, conditions, counts[space], &classifier->spaces[space]))
			return false;
	}
	return true;
}

static double spaces_cost(const struct classifier *classifier)
{
	double ns = 0;

	for (size_t s = 0; s < classifier->n_spaces; s++)
		for (size_t i = 0; i < classifier->spaces[s].n_steps; i++) {
			const struct space_step *step = &classifier->spaces[s].steps[i];

			ns += step->ns + 2 * COST_INSN;
			ns += i ? cost_read((uint64_t)step->cross.n * step->cross.width) : 0;
		}
	return ns;
}

/* Crossed classes with the fields that are apart in a space of their own. NULL where it explodes. */
static struct classifier *build_crossed(struct planning *p, enum apart apart, struct classify_options *options)
{
	struct classifier *classifier = ARENA_NEW(p->arena, struct classifier);
	uint32_t *space_of = ARENA_ARRAY(&p->scratch, uint32_t, p->n_conditions + 1);
	uint32_t *local = ARENA_ARRAY(&p->scratch, uint32_t, p->n_conditions + 1);
	struct arena scratch;
	double ns = 0, tuples;
	bool good;

	arena_init(&scratch);
	p->why_not = TABLES_EXPLODE;
	classifier->n_sources = p->input->n_sources;
	classifier->sources = p->input->sources;
	tuples = p->tuples ? tuples_build(p->arena, &scratch, classifier, p->input, p->tuples) : 0;
	good = tuples >= 0 && build_spaces(p, &scratch, classifier, apart, space_of, local);
	for (unsigned f = 0; f < N_FAMILIES && good; f++) {
		struct side_build build = p->sides[f];
		double side;

		if (!build.n_terms)
			continue;
		build.arena = p->arena;
		build.scratch = &scratch;
		build.classifier = classifier;
		build.local = local;
		build.memory = p->budget->memory;
		build.work = &p->work;
		build.options = options;
		build.why_not = &p->why_not;
		classifier->sides[f] = ARENA_NEW(p->arena, struct class_side);
		side = side_build(&build, space_of, classifier->n_spaces, classifier->sides[f]);
		good = side >= 0;
		ns = side > ns ? side : ns;
	}
	arena_fini(&scratch);
	if (!good)
		return NULL;
	classifier->ns = tuples + ns + spaces_cost(classifier);
	regions_finish(p->arena, classifier);
	return classifier;
}

static struct classifier *build_vectors(struct planning *p)
{
	struct classifier *classifier = ARENA_NEW(p->arena, struct classifier);
	double tuples;

	p->why_not = TABLES_EXPLODE;
	classifier->n_sources = p->input->n_sources;
	classifier->sources = p->input->sources;
	tuples = p->tuples ? tuples_build(p->arena, &p->scratch, classifier, p->input, p->tuples) : 0;
	if (tuples < 0)
		return NULL;
	classifier->ns = vectors_build(p->arena, classifier, p->sides, p->conditions, p->n_conditions, p->budget->memory, &p->why_not);
	if (classifier->ns < 0)
		return NULL;
	classifier->ns += tuples + spaces_cost(classifier);
	regions_finish(p->arena, classifier);
	return classifier;
}

void classify_note(struct arena *arena, struct classify_options *options, const char *plan, double ns, uint64_t bytes,
		   const char *why_not)
{
	struct classify_option *slot;

	if (!options)
		return;
	slot = arena_push(arena, &options->options, &options->n, &options->room, sizeof(*slot));
	*slot = (struct classify_option){ plan, ns, bytes, why_not };
}

/* What was taken of the options from `from` to `end` has not been taken then. */
static void not_taken(struct classify_options *options, size_t from, size_t end, const char *why_not)
{
	for (size_t i = from; options && i < options->n && i < end; i++)
		if (!options->options[i].why_not)
			options->options[i].why_not = why_not;
}

/* A way as it is told of; where all is tuples, that is all there is. */
static const char *plan_name(const struct planning *p, const char *plan)
{
	if (!p->tuples)
		return plan;
	return p->tuples->n_terms == p->input->n_terms ? "tuples" : arena_printf(p->arena, "tuples, %s", plan);
}

/* Crossed classes, if they fit. */
static struct classifier *consider_crossed(struct planning *p, const char *plan, enum apart apart,
					   struct classify_options *options)
{
	struct classifier *classifier = build_crossed(p, apart, options);
	const char *why_not = !classifier ? p->why_not : classifier->bytes > p->budget->memory ? OVER_MEMORY : NULL;

	if (why_not)
		not_taken(options, p->first_option, SIZE_MAX, "another part does not fit");
	plan = plan_name(p, plan);
	classify_note(p->arena, options, plan, classifier ? classifier->ns : 0, classifier ? classifier->bytes : 0, why_not);
	if (why_not)
		return NULL;
	classifier->plan = plan;
	return classifier;
}

/* What was taken so far, or bit vectors in its place. */
static struct classifier *consider_vectors(struct planning *p, struct classify_options *options,
					  struct classifier *best)
{
	struct classifier *vectors = build_vectors(p);
	const char *why_not = !vectors ? p->why_not : vectors->bytes > p->budget->memory ? OVER_MEMORY :
			      best && vectors->ns >= best->ns ? "no faster" : NULL;
	const char *plan = plan_name(p, "bit vectors");

	if (!why_not)
		not_taken(options, p->first_option, SIZE_MAX, "slower than bit vectors");
	classify_note(p->arena, options, plan, vectors ? vectors->ns : 0, vectors ? vectors->bytes : 0, why_not);
	if (why_not)
		return best;
	vectors->plan = plan;
	return vectors;
}

/* The cheapest of the ways to look up what is no tuple. */
static struct classifier *plan_terms(struct planning *p, struct classify_options *options)
{
	static const char *const plans[] = { "crossed classes", "crossed classes, rare fields apart",
					     "crossed classes, rare fields and source ports apart" };
	struct classifier *best = NULL;
	size_t n_terms;
	bool good;

	arena_init(&p->scratch);
	p->first_option = options ? options->n : 0;
	good = number_terms(p);
	n_terms = p->sides[FAMILY_V4].n_terms + p->sides[FAMILY_V6].n_terms;
	for (enum apart apart = APART_NONE; apart <= APART_RARE_AND_SPORT && good && !best; apart++)
		/* Where no term asks what would be apart, that has been tried. */
		if (apart == APART_NONE || any_apart(p->input, apart, apart - 1))
			best = consider_crossed(p, plans[apart], apart, options);
	if (good && (!best || (best->ns > VECTORS_FROM && n_terms && n_terms < VECTORS_TERMS)))
		best = consider_vectors(p, options, best);
	arena_fini(&p->scratch);
	return best;
}

/*
 * Where most terms have one of a few tuples, the others are tried beside these first. All without tuples as well, where
 * that is soon done, or where tuples do not help.
 */
struct classifier *classify_build(struct arena *arena, const struct classify_input *input,
				  const struct classify_budget *budget, struct classify_options *options)
{
	struct planning with = { .arena = arena, .input = input, .budget = budget }, without = with;
	struct classifier *tuples = NULL, *others = NULL;
	bool most;

	with.tuples = tuples_plan(arena, input);
	most = with.tuples && 2 * with.tuples->n_terms >= input->n_terms;
	if (most)
		tuples = plan_terms(&with, options);
	if (!tuples || input->n_terms < VECTORS_TERMS)
		others = plan_terms(&without, options);
	if (with.tuples && !most && !others)
		tuples = plan_terms(&with, options);
	if (!tuples || !others)
		return tuples ? tuples : others;
	if (others->ns < tuples->ns) {
		not_taken(options, with.first_option, without.first_option, "slower than without tuples");
		return others;
	}
	not_taken(options, without.first_option, SIZE_MAX, "slower than with tuples");
	return tuples;
}

struct classifier *classify_build_tuples(struct arena *arena, const struct classify_input *input,
					 const struct classify_budget *budget)
{
	struct planning p = { .arena = arena, .input = input, .budget = budget, .tuples = tuples_plan(arena, input) };

	return p.tuples ? plan_terms(&p, NULL) : NULL;
}

struct classifier *classify_build_vectors(struct arena *arena, const struct classify_input *input,
					  const struct classify_budget *budget)
{
	struct planning p = { .arena = arena, .input = input, .budget = budget };
	struct classifier *classifier;

	arena_init(&p.scratch);
	classifier = number_terms(&p) ? build_vectors(&p) : NULL;
	arena_fini(&p.scratch);
	return classifier && classifier->bytes <= budget->memory ? classifier : NULL;
}

uint32_t classify_lookup(const struct classifier *classifier, const struct class_packet *packet)
{
	const struct class_side *side = classifier->sides[packet->family];
	uint32_t kinds[MOST_SPACES] = { 0 }, best = tuples_lookup(classifier, packet), answer;

	if (!side)
		return best;
	for (size_t i = 0; i < classifier->n_spaces; i++)
		kinds[i] = kinds_lookup(classifier, &classifier->spaces[i], packet->values);
	answer = side_lookup(classifier, side, packet->src, packet->dst, kinds);
	return answer < best ? answer : best;
}

void classify_swap(const struct classifier *classifier, uint8_t *data)
{
	for (size_t i = 0; i < classifier->n_regions; i++) {
		const struct class_region *region = &classifier->regions[i];

		for (uint32_t k = 0; k < region->n; k++) {
			uint8_t *place = data + region->offset + (size_t)k * region->width;

			for (unsigned low = 0, high = region->width - 1u; low < high; low++, high--) {
				uint8_t byte = place[low];

				place[low] = place[high];
				place[high] = byte;
			}
		}
	}
}
