/* SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause */
/* Do these rules decide all packets of a cube? Asked of the index as far as that goes, then searched. */
#include "prove_parts.h"

#include <string.h>

/* Packets tried before a question is searched. */
#define SAMPLES 32u
/* So many large covers are tried together before all that meet the cube are looked at. */
#define LARGE_MAX 256u

static void need(struct cover_question *question, size_t rule)
{
	if (question->needed)
		question->needed[rule] = question->is_needed = true;
}

/* Looks at all rules that meet the cube. What comes here is mostly covered. */
static enum cover_answer search_cube(struct cover_question *question, const struct cube *cube)
{
	struct prover *prover = question->prover;
	struct view *view = question->view;
	size_t n = collect_covers(view, question->family, cube, question->to, question->skip);
	enum cover_answer answer = cover_prove(prover->spaces[question->family], cube, view->covers, n, prover->effort,
					       question->needed ? view->used : NULL);

	for (size_t i = 0; answer == COVER_ALL && question->needed && i < n; i++)
		if (view->used[i])
			need(question, view->owners[i]);
	return answer;
}

/* A packet that is left, by luck. */
static bool sample_hole(const struct cover_question *question, const struct rulebook *book, const struct cube *cube)
{
	u128 *point = question->view->point;

	for (unsigned try = 0; try < SAMPLES; try++)
		if (cover_sample(book->space, cube, NULL, 0, try, point) &&
		    !rulebook_decides(book, point, question->to, question->skip))
			return true;
	return false;
}

/* The rules that a proof by large covers has used. */
struct large {
	size_t n;
	size_t rules[LARGE_MAX];
};

/* A cover of the point that is the lowest of the cube; NULL: there is none. */
static const struct cube *largest_at_lowest(struct cover_question *question, const struct rulebook *book,
					    const struct cube *cube, struct large *large)
{
	const struct space *space = book->space;
	const struct cube *cover;
	size_t rule;

	for (size_t d = 0; d < space->n; d++)
		question->view->point[d] = cube->sets[d] ? cube->sets[d]->ranges[0].lo : 0;
	for (size_t i = 0; i < space->n_impossible; i++)
		if (cube_holds(space, &space->impossible[i], question->view->point))
			return &space->impossible[i];
	cover = rulebook_largest(book, cube, question->view->point, question->to, question->skip, &rule);
	if (cover)
		large->rules[large->n++] = rule;
	return cover;
}

/*
 * Whichever rule decides most of the cube, of those that decide its lowest packet, is taken away, and what
 * remains is asked for again. Few large rules that cover it together are found so among the thousands that meet
 * it. Undecided after LARGE_MAX of them.
 */
static enum cover_answer cover_by_large(struct cover_question *question, const struct rulebook *book,
					const struct cube *cube, struct large *large)
{
	const struct space *space = book->space;
	enum cover_answer answer = COVER_UNDECIDED;
	const struct rangeset *full;
	const struct cube *cover;
	struct arena scratch;
	struct cube rest;

	arena_init(&scratch);
	rest = cube_any(&scratch, space);
	memcpy(rest.sets, cube->sets, space->n * sizeof(*rest.sets));
	while (large->n < LARGE_MAX && effort_take(question->prover->effort, 1)) {
		size_t last = SIZE_MAX;

		cover = largest_at_lowest(question, book, &rest, large);
		answer = cover ? COVER_ALL : COVER_HOLE;
		/* What sticks out in one dimension after another; in the last of them, it is the next rest. */
		for (size_t d = 0; cover && answer == COVER_ALL && d < space->n; d++) {
			if (!cover->sets[d] || (rest.sets[d] && rangeset_is_within(rest.sets[d], cover->sets[d])))
				continue;
			if (last != SIZE_MAX) {
				full = rest.sets[last] ? rest.sets[last] : space_full(&scratch, space, last);
				rest.sets[last] = rangeset_minus(&scratch, full, cover->sets[last]);
				answer = cover_by_large(question, book, &rest, large);
				rest.sets[last] = rangeset_intersect(&scratch, full, cover->sets[last]);
			}
			last = d;
		}
		if (answer != COVER_ALL || last == SIZE_MAX)
			break;
		full = rest.sets[last] ? rest.sets[last] : space_full(&scratch, space, last);
		rest.sets[last] = rangeset_minus(&scratch, full, cover->sets[last]);
		answer = COVER_UNDECIDED;
	}
	arena_fini(&scratch);
	return answer;
}

/*
 * The index finds the one rule that covers a cube, and tells who decides a packet, without a list of all
 * rules that meet the cube. Mostly that settles it.
 */
enum cover_answer ask_cover(struct cover_question *question, const struct cube *cube)
{
	const struct rulebook *book = question->view->books[question->family];
	struct large large = { .n = 0 };
	enum cover_answer answer;
	size_t single;

	if (!effort_take(question->prover->effort, 1))
		return COVER_UNDECIDED;
	single = rulebook_containing(book, cube, 0, question->to, question->skip);
	if (single != SIZE_MAX) {
		need(question, single);
		return COVER_ALL;
	}
	if (sample_hole(question, book, cube))
		return COVER_HOLE;
	answer = cover_by_large(question, book, cube, &large);
	if (answer == COVER_UNDECIDED)
		return search_cube(question, cube);
	for (size_t i = 0; answer == COVER_ALL && i < large.n; i++)
		need(question, large.rules[i]);
	return answer;
}

static bool is_within(const struct space *space, const struct entry *inner, const struct entry *outer)
{
	for (size_t i = 0; i < inner->n_cubes; i++) {
		bool within = false;

		for (size_t j = 0; outer->deciding && j < outer->n_cubes && !within; j++)
			within = cube_contains(space, &outer->deciding[j], &inner->cubes[i]);
		if (!within)
			return false;
	}
	return true;
}

/* A rule that decides all of another decides all of its first cube. */
static size_t next_candidate(const struct view *view, size_t rule, size_t from, size_t to, const bool *skip)
{
	for (unsigned family = 0; family < N_FAMILIES; family++) {
		const struct entry *entry = &view->books[family]->entries[rule];

		if (entry->n_cubes)
			return rulebook_containing(view->books[family], &entry->cubes[0], from, to, skip);
	}
	/* It matches nothing, so that any will do. */
	while (from < to && skip[from])
		from++;
	return from < to ? from : SIZE_MAX;
}

size_t find_alone(const struct view *view, size_t rule, size_t from, size_t to, const bool *skip)
{
	while (from < to) {
		size_t candidate = next_candidate(view, rule, from, to, skip);
		bool within = candidate != SIZE_MAX;

		for (unsigned family = 0; within && family < N_FAMILIES; family++) {
			const struct rulebook *book = view->books[family];

			within = is_within(book->space, &book->entries[rule], &book->entries[candidate]);
		}
		if (within || candidate == SIZE_MAX)
			return candidate;
		from = candidate + 1;
	}
	return SIZE_MAX;
}
