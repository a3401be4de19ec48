/* SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause */
#include "vectors.h"

#include "cost.h"
#include "mix.h"
#include "class_region.h"

/* Words of one space's vectors may come to so much before it is rather split. */
#define SPACE_BYTES (8u << 20)
#define FEWEST_KINDS 64u
#define MOST_KINDS 4096u

/* Packets that the number of words is predicted from. */
#define SAMPLES 512u

/* Instructions of a segment and of a word, and more for each dimension; and of a wrong guess how many there are. */
#define SEGMENT_INSNS 20
#define SEGMENT_DIMENSION_INSNS 22
#define WORD_INSNS 50
#define WORD_DIMENSION_INSNS 42
#define WRONG_GUESS 6.0

/* A word of a vector that is not 0. */
struct piece {
	uint32_t word;
	uint64_t bits;
};

/* The terms that have each key, as pieces: of key `k` from begins[k] on. Key 0 is "any". */
struct pieces {
	uint32_t *begins, *ends;
	struct piece *items;
};

struct vectors_build {
	struct arena *arena, *scratch;
	struct classifier *classifier;
	const struct side_build *side;
	const struct vector_spaces *spaces;
	struct vector_order order;
	struct class_vectors *out;
	uint64_t memory;
	size_t n_words, words_room;
	uint64_t *words;               /* of all rows */
	struct interns runs;           /* words of a segment, as halves */
	uint32_t *run_begins;          /* by number of a run: where in `words` it is */
	size_t n_runs, runs_room;
	uint64_t *row;                 /* the vector at hand */
	uint64_t *skipped;
	struct {
		uint32_t n_rows;       /* numbers, two for each class and segment */
		uint64_t *rows;
	} dimensions[MOST_DIMENSIONS];
};

/* What a term asks of a dimension: 0 for nothing. */
static uint32_t key_of(const struct vectors_build *b, const struct vector_dimension *dimension, uint32_t term)
{
	const struct side_term *side_term = &b->side->terms[term];

	if (dimension->which < DIMENSION_SPACES)
		return side_term->end[dimension->which];
	return b->spaces->local[dimension->which - DIMENSION_SPACES][side_term->condition];
}

static void make_pieces(struct vectors_build *b, const struct vector_dimension *dimension, size_t n_keys,
			struct pieces *pieces)
{
	size_t n_places = (size_t)b->order.n_segments * SEGMENT_TERMS;
	uint32_t total = 0;

	pieces->begins = ARENA_ARRAY(b->scratch, uint32_t, n_keys + 1);
	pieces->ends = ARENA_ARRAY(b->scratch, uint32_t, n_keys + 1);
	pieces->items = ARENA_ARRAY(b->scratch, struct piece, b->side->n_terms + 1);
	for (size_t place = 0; place < n_places; place++)
		if (b->order.terms[place])
			pieces->ends[key_of(b, dimension, b->order.terms[place] - 1)]++;
	for (size_t key = 0; key <= n_keys; key++) {
		pieces->begins[key] = total;
		total += pieces->ends[key];
		pieces->ends[key] = pieces->begins[key];
	}
	for (size_t place = 0; place < n_places; place++) {
		struct piece *last;
		uint32_t key;

		if (!b->order.terms[place])
			continue;
		key = key_of(b, dimension, b->order.terms[place] - 1);
		last = &pieces->items[pieces->ends[key]];
		if (pieces->ends[key] > pieces->begins[key] && last[-1].word == place / 64) {
			last--;
		} else {
			last->word = (uint32_t)(place / 64);
			pieces->ends[key]++;
		}
		last->bits |= 1ull << place % 64;
	}
}

static void add_pieces(struct vectors_build *b, const struct pieces *pieces, size_t key)
{
	for (uint32_t i = pieces->begins[key]; i < pieces->ends[key]; i++)
		b->row[pieces->items[i].word] |= pieces->items[i].bits;
}

/* Where in `words` a run begins, kept once. */
static uint32_t place_run(struct vectors_build *b, const uint64_t *run, size_t n)
{
	uint32_t halves[2 * SEGMENT_WORDS], *slot, number;
	bool is_new;

	memcpy(halves, run, n * sizeof(*run));
	number = intern(&b->runs, halves, 2 * n, &is_new);
	if (!is_new)
		return b->run_begins[number];
	while (b->n_words + n > b->words_room) {
		uint64_t *grown = ARENA_ARRAY(b->scratch, uint64_t, 2 * b->words_room);

		memcpy(grown, b->words, b->n_words * sizeof(*grown));
		b->words = grown;
		b->words_room *= 2;
	}
	memcpy(b->words + b->n_words, run, n * sizeof(*run));
	slot = arena_push(b->scratch, &b->run_begins, &b->n_runs, &b->runs_room, sizeof(*slot));
	*slot = (uint32_t)b->n_words;
	b->n_words += n;
	return *slot;
}

static void write_row(struct vectors_build *b, size_t dimension, uint64_t *numbers)
{
	for (uint32_t segment = 0; segment < b->order.n_segments; segment++) {
		const uint64_t *words = b->row + (size_t)segment * SEGMENT_WORDS;
		uint64_t skipped = b->skipped[segment * b->out->n_dimensions + dimension];
		uint64_t run[SEGMENT_WORDS], aggregate = 0;
		size_t n = 0;

		for (size_t w = 0; w < SEGMENT_WORDS; w++)
			if (words[w] && !(skipped >> w & 1)) {
				aggregate |= 1ull << w;
				run[n++] = words[w];
			}
		numbers[2 * segment] = aggregate;
		numbers[2 * segment + 1] = n ? place_run(b, run, n) : 0;
	}
}

/* Words of terms that do not ask the dimension. */
static void find_skipped(struct vectors_build *b, size_t number)
{
	for (uint32_t word = 0; word < b->order.n_segments * SEGMENT_WORDS; word++) {
		const uint32_t *terms = b->order.terms + (size_t)word * 64;
		bool asked = !terms[0];

		for (size_t bit = 0; bit < 64 && terms[bit] && !asked; bit++)
			asked = key_of(b, &b->out->dimensions[number], terms[bit] - 1);
		if (!asked)
			b->skipped[word / SEGMENT_WORDS * b->out->n_dimensions + number] |= 1ull << word % SEGMENT_WORDS;
	}
}

/* The keys that hold in a class go into the row. */
static void fill_row(struct vectors_build *b, const struct vector_dimension *dimension, const struct pieces *pieces,
		     uint32_t class)
{
	const struct intervals *intervals;
	const struct class_space *space;

	add_pieces(b, pieces, 0);
	if (dimension->which < DIMENSION_SPACES) {
		intervals = &b->side->intervals[dimension->which];
		for (uint32_t i = intervals->begins[class]; i < intervals->begins[class + 1]; i++)
			add_pieces(b, pieces, intervals->members[i] + 1);
		return;
	}
	space = &b->classifier->spaces[dimension->which - DIMENSION_SPACES];
	for (size_t c = 0; c < space->n_conditions; c++)
		if (space->holds[c * space->words + class / 64] >> class % 64 & 1)
			add_pieces(b, pieces, c + 1);
}

static bool build_rows(struct vectors_build *b, size_t number)
{
	struct vector_dimension *dimension = &b->out->dimensions[number];
	size_t n_keys = dimension->which < DIMENSION_SPACES ? b->side->n_predicates[dimension->which] :
			b->classifier->spaces[dimension->which - DIMENSION_SPACES].n_conditions;
	uint64_t n_rows = (uint64_t)dimension->n_classes * b->order.n_segments * 2;
	struct pieces pieces;

	if (n_rows * sizeof(uint64_t) > b->memory)
		return false;
	make_pieces(b, dimension, n_keys, &pieces);
	find_skipped(b, number);
	b->dimensions[number].n_rows = (uint32_t)n_rows;
	b->dimensions[number].rows = ARENA_ARRAY(b->scratch, uint64_t, n_rows);
	for (uint32_t class = 0; class < dimension->n_classes; class++) {
		memset(b->row, 0, (size_t)b->order.n_segments * SEGMENT_WORDS * sizeof(*b->row));
		fill_row(b, dimension, &pieces, class);
		write_row(b, number, b->dimensions[number].rows + (size_t)class * b->order.n_segments * 2);
		if (b->n_words * sizeof(uint64_t) > b->memory)
			return false;
	}
	return true;
}

static bool some_term_asks(const struct vectors_build *b, size_t space)
{
	for (size_t i = 0; i < b->side->n_terms; i++)
		if (b->spaces->local[space][b->side->terms[i].condition])
			return true;
	return false;
}

/* One at least: the template counts on it. */
static void choose_dimensions(struct vectors_build *b)
{
	struct class_vectors *out = b->out;

	for (unsigned end = 0; end < 2; end++)
		if (b->side->n_predicates[end])
			out->dimensions[out->n_dimensions++] = (struct vector_dimension){
				.which = end,
				.n_classes = (uint32_t)b->side->intervals[end].n_classes,
			};
	for (size_t s = 0; s < b->spaces->n; s++)
		if (some_term_asks(b, s))
			out->dimensions[out->n_dimensions++] = (struct vector_dimension){
				.which = DIMENSION_SPACES + (unsigned)s,
				.n_classes = b->classifier->spaces[s].n_kinds,
			};
	if (!out->n_dimensions)
		out->dimensions[out->n_dimensions++] = (struct vector_dimension){ DIMENSION_SOURCE, 1, { 0 } };
}

static struct class_region region_of_words(struct vectors_build *b, const char *what, const uint64_t *words, size_t n)
{
	struct class_region region = region_new(b->arena, b->classifier, what, n, 8);

	for (size_t i = 0; i < n; i++)
		region_set(b->classifier, &region, i, words[i]);
	return region;
}

/* The largest first: what a mask lets through behind it are then the others. */
static void write_regions(struct vectors_build *b)
{
	size_t n_places = (size_t)b->order.n_segments * SEGMENT_TERMS;
	uint32_t *answers = ARENA_ARRAY(b->scratch, uint32_t, n_places);

	b->out->words = region_of_words(b, "words of bit vectors", b->words, b->n_words);
	b->out->skipped = region_of_words(b, "words not asked", b->skipped, b->order.n_segments * b->out->n_dimensions);
	for (size_t i = 0; i < b->out->n_dimensions; i++)
		b->out->dimensions[i].rows =
			region_of_words(b, "aggregates", b->dimensions[i].rows, b->dimensions[i].n_rows);
	for (size_t place = 0; place < n_places; place++)
		answers[place] = b->order.terms[place] ? b->side->terms[b->order.terms[place] - 1].answer : CLASSIFY_NONE;
	b->out->answers = region_of(b->arena, b->classifier, "answers", answers, n_places);
}

/* A class of the dimension in which the key holds. */
static uint32_t class_with(const struct vectors_build *b, const struct vector_dimension *dimension, uint32_t key,
			   uint32_t otherwise)
{
	const struct class_space *space;

	if (!key)
		return otherwise % dimension->n_classes;
	if (dimension->which < DIMENSION_SPACES) {
		const struct intervals *intervals = &b->side->intervals[dimension->which];
		u128 address = b->side->predicates[dimension->which][key - 1]->ranges[0].lo;

		return intervals->classes[intervals_find(intervals, address)];
	}
	space = &b->classifier->spaces[dimension->which - DIMENSION_SPACES];
	for (uint32_t kind = 0; kind < space->n_kinds; kind++)
		if (space->holds[(key - 1) * space->words + kind / 64] >> kind % 64 & 1)
			return kind;
	return 0;
}

/* From packets that terms are about, and as many about which there may be none, each with what it takes. */
static double predict(const struct vectors_build *b)
{
	const struct class_vectors *v = b->out;
	double words = 0, segments = 0, n_dimensions = (double)v->n_dimensions, ns;
	size_t step = b->side->n_terms / SAMPLES + 1, n = 0;
	uint32_t other = 1;

	for (size_t term = 0; term < b->side->n_terms; term += step, n++) {
		uint32_t ends[2] = { 0 }, kinds[MOST_SPACES] = { 0 };
		struct vector_work work;

		for (size_t i = 0; i < v->n_dimensions; i++) {
			const struct vector_dimension *dimension = &v->dimensions[i];
			uint32_t key = n % 2 ? 0 : key_of(b, dimension, (uint32_t)term), class;

			other = (uint32_t)(mix64(other) >> 32);
			class = class_with(b, dimension, key, other);

			if (dimension->which < DIMENSION_SPACES)
				ends[dimension->which] = class;
			else
				kinds[dimension->which - DIMENSION_SPACES] = class;
		}
		vectors_lookup(b->classifier, v, ends, kinds, &work);
		words += work.n_words;
		segments += work.n_segments;
	}
	segments /= (double)n;
	words /= (double)n;
	ns = segments * ((SEGMENT_INSNS + SEGMENT_DIMENSION_INSNS * n_dimensions) * COST_INSN + WRONG_GUESS);
	ns += words * ((WORD_INSNS + WORD_DIMENSION_INSNS * n_dimensions) * COST_INSN + WRONG_GUESS);
	for (size_t i = 0; i < v->n_dimensions; i++)
		ns += segments * cost_read((uint64_t)v->dimensions[i].rows.n * 8);
	/* The words of all dimensions are read side by side. */
	return ns + words * (cost_read((uint64_t)v->words.n * 8) + cost_read((uint64_t)v->answers.n * v->answers.width));
}

static double build_side(struct arena *arena, struct arena *scratch, struct classifier *classifier,
			 struct side_build *side, const struct vector_spaces *spaces, uint64_t memory)
{
	struct class_side *out = ARENA_NEW(arena, struct class_side);
	struct vectors_build b = { .arena = arena, .scratch = scratch, .classifier = classifier, .side = side,
				   .spaces = spaces, .memory = memory, .words_room = 1024 };
	double ns;

	out->vectors = b.out = ARENA_NEW(arena, struct class_vectors);
	classifier->sides[side->family] = out;
	interns_init(&b.runs, scratch);
	b.words = ARENA_ARRAY(scratch, uint64_t, b.words_room);
	/* What a row without words refers to. */
	b.n_words = 1;
	vector_order(scratch, side, spaces, &b.order);
	b.out->n_segments = b.order.n_segments;
	b.row = ARENA_ARRAY(scratch, uint64_t, (size_t)b.order.n_segments * SEGMENT_WORDS);
	choose_dimensions(&b);
	b.skipped = ARENA_ARRAY(scratch, uint64_t, b.order.n_segments * b.out->n_dimensions);
	for (size_t i = 0; i < b.out->n_dimensions; i++)
		if (!build_rows(&b, i)) {
			*side->why_not = OVER_MEMORY;
			return -1;
		}
	write_regions(&b);
	ns = predict(&b);
	for (unsigned end = 0; end < 2; end++) {
		double cost = side_build_end(side, out, end);

		if (cost < 0)
			return -1;
		ns += cost;
	}
	return ns;
}

double vectors_build(struct arena *arena, struct classifier *classifier, const struct side_build builds[N_FAMILIES],
		     const struct kinds_condition *conditions, size_t n_conditions, uint64_t memory, const char **why_not)
{
	uint64_t most_kinds = SPACE_BYTES * 8ull / (builds[0].n_terms + builds[1].n_terms + 1);
	struct vector_spaces spaces;
	struct arena scratch;
	double slowest = 0;

	*why_not = "too many classes";
	most_kinds = most_kinds < FEWEST_KINDS ? FEWEST_KINDS : most_kinds > MOST_KINDS ? MOST_KINDS : most_kinds;
	arena_init(&scratch);
	if (!vector_spaces_build(arena, &scratch, classifier, conditions, n_conditions, (uint32_t)most_kinds, &spaces))
		slowest = -1;
	for (unsigned f = 0; f < N_FAMILIES && slowest >= 0; f++) {
		struct side_build side = builds[f];
		double ns;

		if (!side.n_terms)
			continue;
		side.arena = arena;
		side.scratch = &scratch;
		side.classifier = classifier;
		side.why_not = why_not;
		ns = build_side(arena, &scratch, classifier, &side, &spaces, memory);
		slowest = ns < 0 ? -1 : ns > slowest ? ns : slowest;
	}
	arena_fini(&scratch);
	return slowest;
}
