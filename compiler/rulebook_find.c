/* SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause */
#include "rulebook_index.h"

/* A question to the tree; what the tree finds is held against the cubes themselves. */
struct question {
	struct box_query query; /* first: what the tree hands back */
	const struct rulebook *book;
	const struct cube *cube;
	const u128 *point;
	const bool *skip;
	size_t answer;          /* a rule; SIZE_MAX: none */
	bool (*is_wanted)(void *context, size_t rule);
	void *context;
	const struct cube *largest;
	double share;           /* of `cube` that `largest` covers, about */
};

static struct question ask(const struct rulebook *book, size_t from, size_t to)
{
	return (struct question){
		.query = { .from = book->index->first[from], .to = book->index->first[to] },
		.book = book,
		.answer = SIZE_MAX,
	};
}

/* How many points are `value` or below. */
static uint32_t rank_above(const struct axis *axis, u128 value)
{
	return value + 1 ? rulebook_rank(axis, value + 1) : (uint32_t)axis->n;
}

/* What begins at `begin` or before, and ends at `end` or later. */
static void set_bounds(struct question *question, size_t a, u128 begin, u128 end)
{
	const struct axis *axis = &question->book->index->axes[a];

	question->query.below[a] = rank_above(axis, begin);
	question->query.least[a] = rulebook_rank(axis, end);
}

static bool mark_meeting(struct box_query *query, size_t number)
{
	struct question *question = (struct question *)query;
	const struct rulebook_index *index = question->book->index;
	uint32_t rule = index->rule[number];

	if (!(index->marks[rule / 64] >> rule % 64 & 1) &&
	    cube_meets(question->book->space, question->cube, index->cubes[number]))
		index->marks[rule / 64] |= (uint64_t)1 << rule % 64;
	return true;
}

static void ask_for_meeting(struct question *question, const struct cube *cube)
{
	const struct rulebook_index *index = question->book->index;

	question->cube = cube;
	for (size_t a = 0; a < index->n_axes; a++) {
		struct range range = rulebook_hull(question->book->space, cube, index->axes[a].dimension);

		set_bounds(question, a, range.hi, range.lo);
	}
	box_tree_walk(index->tree, &question->query);
}

static size_t take_marks(const struct rulebook *book, size_t from, size_t to, size_t *out)
{
	uint64_t *marks = book->index->marks;
	size_t n = 0;

	for (size_t word = from / 64; word * 64 < to; word++)
		for (; marks[word]; marks[word] &= marks[word] - 1)
			out[n++] = word * 64 + (size_t)__builtin_ctzll(marks[word]);
	return n;
}

size_t rulebook_meeting(const struct rulebook *book, const struct cube *cube, size_t from, size_t to, size_t *out)
{
	struct question question = ask(book, from, to);

	question.query.found = mark_meeting;
	ask_for_meeting(&question, cube);
	return take_marks(book, from, to, out);
}

size_t rulebook_meeting_any(const struct rulebook *book, const struct cube *cubes, size_t n_cubes, size_t to,
			    size_t *out)
{
	for (size_t i = 0; i < n_cubes; i++) {
		struct question question = ask(book, 0, to);

		question.query.found = mark_meeting;
		ask_for_meeting(&question, &cubes[i]);
	}
	return take_marks(book, 0, to, out);
}

static bool any_wanted(struct box_query *query, size_t number)
{
	struct question *question = (struct question *)query;
	const struct rulebook_index *index = question->book->index;
	size_t rule = index->rule[number];

	if (!cube_meets(question->book->space, question->cube, index->cubes[number]) ||
	    !question->is_wanted(question->context, rule))
		return true;
	question->answer = rule;
	return false;
}

size_t rulebook_any(const struct rulebook *book, const struct cube *cube, size_t to,
		    bool (*is_wanted)(void *context, size_t rule), void *context)
{
	struct question question = ask(book, 0, to);

	question.is_wanted = is_wanted;
	question.context = context;
	question.query.found = any_wanted;
	ask_for_meeting(&question, cube);
	return question.answer;
}

/* A rule that is found leaves only earlier ones to be looked for. */
static bool settle(struct question *question, size_t number)
{
	const struct rulebook_index *index = question->book->index;

	question->answer = index->rule[number];
	question->query.to = index->first[question->answer];
	return true;
}

static bool first_matching(struct box_query *query, size_t number)
{
	struct question *question = (struct question *)query;

	if (!cube_holds(question->book->space, question->book->index->cubes[number], question->point))
		return true;
	return settle(question, number);
}

static void ask_for_point(struct question *question, const u128 *point)
{
	const struct rulebook_index *index = question->book->index;

	question->point = point;
	for (size_t a = 0; a < index->n_axes; a++)
		set_bounds(question, a, point[index->axes[a].dimension], point[index->axes[a].dimension]);
	box_tree_walk(index->tree, &question->query);
}

size_t rulebook_first(const struct rulebook *book, const u128 *point, size_t from, size_t to)
{
	struct question question = ask(book, from, to);

	question.query.found = first_matching;
	ask_for_point(&question, point);
	return question.answer;
}

static bool any_deciding(struct box_query *query, size_t number)
{
	struct question *question = (struct question *)query;
	const struct rulebook_index *index = question->book->index;
	const struct cube *cube = index->deciding[number];

	if (!cube || question->skip[index->rule[number]] ||
	    !cube_holds(question->book->space, cube, question->point))
		return true;
	question->answer = index->rule[number];
	return false;
}

bool rulebook_decides(const struct rulebook *book, const u128 *point, size_t to, const bool *skip)
{
	struct question question = ask(book, 0, to);

	question.skip = skip;
	question.query.found = any_deciding;
	ask_for_point(&question, point);
	return question.answer != SIZE_MAX;
}

static bool first_containing(struct box_query *query, size_t number)
{
	struct question *question = (struct question *)query;
	const struct rulebook_index *index = question->book->index;
	const struct cube *cube = index->deciding[number];

	if (!cube || question->skip[index->rule[number]] ||
	    !cube_contains(question->book->space, cube, question->cube))
		return true;
	return settle(question, number);
}

size_t rulebook_containing(const struct rulebook *book, const struct cube *cube, size_t from, size_t to,
			   const bool *skip)
{
	struct question question = ask(book, from, to);

	question.cube = cube;
	question.skip = skip;
	question.query.found = first_containing;
	for (size_t a = 0; a < book->index->n_axes; a++) {
		struct range range = rulebook_hull(book->space, cube, book->index->axes[a].dimension);

		set_bounds(&question, a, range.lo, range.hi);
	}
	box_tree_walk(book->index->tree, &question.query);
	return question.answer;
}

/* How much of the range lies in the set: a guess where either is in pieces. */
static double share_of(const struct range *whole, const struct rangeset *set)
{
	u128 lo = set->ranges[0].lo, hi = set->ranges[0].hi;

	if (set->n > 1)
		return 0.5;
	lo = lo > whole->lo ? lo : whole->lo;
	hi = hi < whole->hi ? hi : whole->hi;
	return lo > hi ? 0 : ((double)(hi - lo) + 1) / ((double)(whole->hi - whole->lo) + 1);
}

static bool largest_deciding(struct box_query *query, size_t number)
{
	struct question *question = (struct question *)query;
	const struct rulebook_index *index = question->book->index;
	const struct space *space = question->book->space;
	const struct cube *cube = index->deciding[number];
	double share = 1;

	if (!cube || question->skip[index->rule[number]] || !cube_holds(space, cube, question->point))
		return true;
	for (size_t d = 0; d < space->n; d++) {
		const struct rangeset *set = question->cube->sets[d];
		struct range whole = rulebook_hull(space, question->cube, d);

		if (!cube->sets[d] || (set && rangeset_is_within(set, cube->sets[d])))
			continue;
		share *= share_of(&whole, cube->sets[d]);
	}
	if (question->largest && (share < question->share ||
				  (share == question->share && index->rule[number] >= question->answer)))
		return true;
	question->largest = cube;
	question->share = share;
	question->answer = index->rule[number];
	return true;
}

const struct cube *rulebook_largest(const struct rulebook *book, const struct cube *cube, const u128 *point, size_t to,
				    const bool *skip, size_t *rule)
{
	struct question question = ask(book, 0, to);

	question.cube = cube;
	question.skip = skip;
	question.query.found = largest_deciding;
	ask_for_point(&question, point);
	*rule = question.answer;
	return question.largest;
}
