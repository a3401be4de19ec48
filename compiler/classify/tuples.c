/* SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause */
#include "tuples.h"

#include "class_region.h"
#include "cost.h"
#include "intern.h"
#include "keys.h"
#include "kinds.h"
#include "perfect_hash.h"
#include "rangeset.h"
#include "rows.h"

/* A look-up more for each tuple: so many of an IP version, each of so many terms. */
#define MOST_TUPLES 4u
#define LEAST_TERMS 64u

/* Instructions of a look-up, with each part and word of the key. */
#define TUPLE_INSNS 30
#define PART_INSNS 4
#define WORD_INSNS 8

/* --- which tuples ---------------------------------------------------------------- */

/* The prefix length of what a term asks of an end, 0 of any address. False if it is no prefix. */
static bool end_length(enum family family, const struct rangeset *set, unsigned *length)
{
	*length = 0;
	if (!set || rangeset_is_full(set, family_bits(family)))
		return true;
	return set->n == 1 && address_range_is_prefix(family, set->ranges[0], length);
}

/* Of a set that is none or all: 0. */
static u128 lowest_address(const struct rangeset *set)
{
	return set ? set->ranges[0].lo : 0;
}

/* Has it one value, which a table could say? */
static bool asks_value(const struct classify_input *input, const struct class_test *test)
{
	const struct class_source *source = &input->sources[test->source];

	return source->kind == SOURCE_FIELD && test->values->n == 1 && test->values->ranges[0].lo == test->values->ranges[0].hi &&
	       test->values->ranges[0].lo < source_size(source);
}

/* The term's tuple as numbers; how many, 0: it has none, or no address, where classes of fields do better. */
static size_t signature_of(const struct classify_input *input, const struct class_term *term, uint32_t *numbers)
{
	unsigned src, dst;
	size_t n = 3;

	if (!end_length(term->family, term->src, &src) || !end_length(term->family, term->dst, &dst) || (!src && !dst))
		return 0;
	numbers[0] = term->family;
	numbers[1] = src;
	numbers[2] = dst;
	for (size_t i = 0; i < term->n_tests; i++) {
		if (!asks_value(input, &term->tests[i]))
			return 0;
		numbers[n++] = term->tests[i].source;
	}
	return n;
}

/* Bits `from` to `to` of an address as parts; of IPv6 each half is one. How many. */
static size_t address_parts(enum family family, unsigned end, unsigned from, unsigned to, struct tuple_part parts[ADDRESS_PARTS])
{
	size_t n = 0;

	for (unsigned at = 0; at < to; at += 64) {
		unsigned first = from > at ? from : at, last = to < at + 64 ? to : at + 64;

		if (first < last)
			parts[n++] = (struct tuple_part){ .end = end, .right = family_bits(family) - last, .bits = last - first };
	}
	return n;
}

/* Terms of one tuple. */
struct candidate {
	size_t n_terms;
	u128 first[2], differ[2];     /* the addresses of one, and bits in which others differ */
	uint32_t largest;             /* answer */
	uint32_t number;              /* in the plan + 1 */
};

/* Of `fixed` leading bits all terms have those of `address`. */
static void add_address(struct class_tuple *tuple, unsigned end, unsigned fixed, u128 address)
{
	struct tuple_part parts[ADDRESS_PARTS];
	size_t n = address_parts(tuple->family, end, 0, fixed, parts);

	for (size_t i = 0; i < n; i++)
		tuple->fixed[tuple->n_fixed++] = (struct tuple_fixed){ parts[i], tuple_bits(&parts[i], address) };
	tuple->n_parts += address_parts(tuple->family, end, fixed, tuple->lengths[end], &tuple->parts[tuple->n_parts]);
}

/* Gives the part the first place that is large enough. */
static bool place_part(struct class_tuple *tuple, struct tuple_part *part, unsigned used[TUPLE_WORDS])
{
	for (unsigned word = 0; word < TUPLE_WORDS; word++) {
		if (used[word] + part->bits > 64)
			continue;
		part->word = word;
		part->shift = used[word];
		used[word] += part->bits;
		if (word >= tuple->n_words)
			tuple->n_words = word + 1;
		return true;
	}
	return false;
}

/* The tuple of a signature, with so many leading bits in no slot. False if a slot would be too large. */
static bool make_tuple(struct arena *arena, const struct classify_input *input, const struct interned *signature,
		       const struct candidate *candidate, const unsigned fixed[2], struct class_tuple *tuple)
{
	unsigned used[TUPLE_WORDS] = { 0 };

	*tuple = (struct class_tuple){ .family = signature->numbers[0], .lengths = { signature->numbers[1], signature->numbers[2] } };
	tuple->parts = ARENA_ARRAY(arena, struct tuple_part, signature->n + 2 * ADDRESS_PARTS);
	for (unsigned end = 0; end < 2; end++)
		add_address(tuple, end, fixed[end], candidate->first[end]);
	for (size_t i = 3; i < signature->n; i++)
		tuple->parts[tuple->n_parts++] = (struct tuple_part){
			.end = TUPLE_FIELD, .source = signature->numbers[i],
			.bits = bits_of(source_size(&input->sources[signature->numbers[i]]) - 1)
		};
	for (size_t i = 0; i < tuple->n_parts; i++)
		if (!place_part(tuple, &tuple->parts[i], used))
			return false;
	tuple->answer.bits = bits_of((uint64_t)candidate->largest + 1);
	return place_part(tuple, &tuple->answer, used);
}

/* With the leading bits that all terms share in no slot, where that makes slots smaller: else asking them is more work only. */
static bool make_smaller_tuple(struct arena *arena, const struct classify_input *input, const struct interned *signature,
			       const struct candidate *candidate, struct class_tuple *tuple)
{
	static const unsigned none[2];
	unsigned fixed[2];
	struct class_tuple whole;
	bool whole_fits = make_tuple(arena, input, signature, candidate, none, &whole), fits;

	for (unsigned end = 0; end < 2; end++) {
		unsigned shared = shared_bits(candidate->differ[end], 0) - (KEY_BITS - family_bits(whole.family));

		fixed[end] = shared < whole.lengths[end] ? shared : whole.lengths[end];
	}
	fits = make_tuple(arena, input, signature, candidate, fixed, tuple);
	if (whole_fits && (!fits || whole.n_words <= tuple->n_words))
		*tuple = whole;
	return whole_fits || fits;
}

static size_t count_taken(const struct interns *signatures, const struct candidate *candidates, uint32_t family)
{
	size_t n = 0;

	for (size_t i = 0; i < signatures->n; i++)
		n += candidates[i].number && signatures->items[i].numbers[0] == family;
	return n;
}

/* The largest candidate that is not taken, of an IP version that has room. */
static struct candidate *next_candidate(const struct interns *signatures, struct candidate *candidates)
{
	struct candidate *best = NULL;

	for (size_t i = 0; i < signatures->n; i++)
		if (candidates[i].n_terms >= LEAST_TERMS && !candidates[i].number &&
		    (!best || candidates[i].n_terms > best->n_terms) &&
		    count_taken(signatures, candidates, signatures->items[i].numbers[0]) < MOST_TUPLES)
			best = &candidates[i];
	return best;
}

static void add_term(struct candidate *candidate, const struct class_term *term)
{
	const u128 addresses[2] = { lowest_address(term->src), lowest_address(term->dst) };

	for (unsigned end = 0; end < 2; end++) {
		if (!candidate->n_terms)
			candidate->first[end] = addresses[end];
		candidate->differ[end] |= addresses[end] ^ candidate->first[end];
	}
	candidate->n_terms++;
	if (term->answer > candidate->largest)
		candidate->largest = term->answer;
}

struct tuple_plan *tuples_plan(struct arena *arena, const struct classify_input *input)
{
	struct candidate *candidates = ARENA_ARRAY(arena, struct candidate, input->n_terms + 1), *candidate;
	uint32_t *numbers = ARENA_ARRAY(arena, uint32_t, input->n_sources + 4);
	struct tuple_plan *plan = ARENA_NEW(arena, struct tuple_plan);
	struct interns signatures;
	bool is_new;

	plan->tuple_of = ARENA_ARRAY(arena, uint32_t, input->n_terms + 1);
	plan->tuples.tuples = ARENA_ARRAY(arena, struct class_tuple, (size_t)MOST_TUPLES * N_FAMILIES);
	interns_init(&signatures, arena);
	for (size_t i = 0; i < input->n_terms; i++) {
		size_t n = signature_of(input, &input->terms[i], numbers);
		uint32_t number;

		if (!n)
			continue;
		number = intern(&signatures, numbers, n, &is_new);
		plan->tuple_of[i] = number + 1;
		add_term(&candidates[number], &input->terms[i]);
	}
	while ((candidate = next_candidate(&signatures, candidates))) {
		struct class_tuple *tuple = &plan->tuples.tuples[plan->tuples.n];

		if (!make_smaller_tuple(arena, input, &signatures.items[candidate - candidates], candidate, tuple)) {
			candidate->n_terms = 0;
			continue;
		}
		tuple->n_terms = candidate->n_terms;
		plan->n_terms += candidate->n_terms;
		candidate->number = (uint32_t)++plan->tuples.n;
	}
	for (size_t i = 0; i < input->n_terms; i++)
		plan->tuple_of[i] = plan->tuple_of[i] ? candidates[plan->tuple_of[i] - 1].number : 0;
	return plan->tuples.n ? plan : NULL;
}

/* --- tables ---------------------------------------------------------------------- */

static void put_part(uint64_t *key, const struct tuple_part *part, uint64_t value)
{
	key[part->word] |= (value & tuple_ones(part->bits)) << part->shift;
}

/* Makes the key of a packet; `values` by source. */
static void make_key(const struct classifier *classifier, const struct class_tuple *tuple, const u128 addresses[2],
		     const uint32_t *values, uint64_t key[TUPLE_WORDS])
{
	memset(key, 0, TUPLE_WORDS * sizeof(*key));
	for (size_t i = 0; i < tuple->n_parts; i++) {
		const struct tuple_part *part = &tuple->parts[i];
		uint32_t value, size;

		if (part->end != TUPLE_FIELD) {
			put_part(key, part, tuple_bits(part, addresses[part->end]));
			continue;
		}
		/* What is absent has the last number, as in tables. */
		value = values[part->source];
		size = source_size(&classifier->sources[part->source]);
		put_part(key, part, value < size ? value : size - 1);
	}
}

static uint64_t hash_key(const struct class_tuple *tuple, const uint64_t *key)
{
	uint64_t hash = 0;

	for (unsigned word = 0; word < tuple->n_words; word++)
		hash += key[word] * tuple_factor(word);
	return hash ^ hash >> 32;
}

/* The keys of a tuple's terms, of equal ones the first. */
struct tuple_keys {
	struct interns interns;       /* the words in halves */
	uint32_t *answers;
	uint64_t *hashes;
};

static void add_key(const struct classifier *classifier, const struct class_tuple *tuple, const struct class_term *term,
		    uint32_t *values, struct tuple_keys *keys)
{
	const u128 addresses[2] = { lowest_address(term->src), lowest_address(term->dst) };
	uint32_t halves[2 * TUPLE_WORDS], number;
	uint64_t key[TUPLE_WORDS];
	bool is_new;

	for (size_t i = 0; i < term->n_tests; i++)
		values[term->tests[i].source] = (uint32_t)term->tests[i].values->ranges[0].lo;
	make_key(classifier, tuple, addresses, values, key);
	for (unsigned word = 0; word < tuple->n_words; word++) {
		halves[2 * word] = (uint32_t)key[word];
		halves[2 * word + 1] = (uint32_t)(key[word] >> 32);
	}
	number = intern(&keys->interns, halves, 2 * (size_t)tuple->n_words, &is_new);
	if (!is_new)
		return;
	keys->answers[number] = term->answer;
	keys->hashes[number] = hash_key(tuple, key);
}

static uint64_t key_word(const struct tuple_keys *keys, size_t number, unsigned word)
{
	const uint32_t *halves = keys->interns.items[number].numbers;

	return halves[2 * word] | (uint64_t)halves[2 * word + 1] << 32;
}

static bool build_tuple(struct arena *arena, struct arena *scratch, struct classifier *classifier,
			const struct classify_input *input, const struct tuple_plan *plan, struct class_tuple *tuple)
{
	uint32_t *values = ARENA_ARRAY(scratch, uint32_t, input->n_sources + 1);
	uint32_t number = (uint32_t)(tuple - classifier->tuples.tuples) + 1;
	struct perfect_hash hash;
	struct tuple_keys keys;

	interns_init(&keys.interns, scratch);
	keys.answers = ARENA_ARRAY(scratch, uint32_t, tuple->n_terms);
	keys.hashes = ARENA_ARRAY(scratch, uint64_t, tuple->n_terms);
	for (size_t i = 0; i < input->n_terms; i++)
		if (plan->tuple_of[i] == number)
			add_key(classifier, tuple, &input->terms[i], values, &keys);
	if (!perfect_hash_find(scratch, keys.hashes, keys.interns.n, &hash))
		return false;
	tuple->n_slots = hash.n_slots;
	tuple->displacements = region_of(arena, classifier, "displacements of tuples", hash.displacements, hash.n_buckets);
	tuple->slots = region_new(arena, classifier, "tuples", (size_t)hash.n_slots * tuple->n_words, sizeof(uint64_t));
	for (uint32_t slot = 0; slot < hash.n_slots; slot++)
		for (unsigned word = 0; hash.slots[slot] && word < tuple->n_words; word++) {
			uint64_t number_word = key_word(&keys, hash.slots[slot] - 1, word);

			if (word == tuple->answer.word)
				number_word |= ((uint64_t)keys.answers[hash.slots[slot] - 1] + 1) << tuple->answer.shift;
			region_set(classifier, &tuple->slots, (size_t)slot * tuple->n_words + word, number_word);
		}
	return true;
}

double tuples_build(struct arena *arena, struct arena *scratch, struct classifier *classifier,
		    const struct classify_input *input, const struct tuple_plan *plan)
{
	double ns[N_FAMILIES] = { 0 };

	classifier->tuples.n = plan->tuples.n;
	classifier->tuples.tuples = ARENA_ARRAY(arena, struct class_tuple, plan->tuples.n);
	for (size_t i = 0; i < plan->tuples.n; i++) {
		struct class_tuple *tuple = &classifier->tuples.tuples[i];

		*tuple = plan->tuples.tuples[i];
		if (!build_tuple(arena, scratch, classifier, input, plan, tuple))
			return -1;
		ns[tuple->family] += (double)(TUPLE_INSNS + PART_INSNS * (tuple->n_parts + tuple->n_fixed) + WORD_INSNS * tuple->n_words) * COST_INSN +
				     cost_read((uint64_t)tuple->displacements.n * tuple->displacements.width) +
				     cost_read((uint64_t)tuple->slots.n * tuple->slots.width);
	}
	return ns[FAMILY_V4] > ns[FAMILY_V6] ? ns[FAMILY_V4] : ns[FAMILY_V6];
}

/* --- looking up ------------------------------------------------------------------ */

static uint32_t tuple_lookup(const struct classifier *classifier, const struct class_tuple *tuple, const u128 addresses[2],
			     const uint64_t *key)
{
	uint64_t hash = hash_key(tuple, key), differ = 0, answer = 0;
	uint64_t at = perfect_hash_slot(hash, region_get(classifier, &tuple->displacements, hash), tuple->n_slots) * tuple->n_words;

	for (unsigned word = 0; word < tuple->n_words; word++) {
		uint64_t found = region_get(classifier, &tuple->slots, at + word), mask = ~0ull;

		if (word == tuple->answer.word) {
			mask = ~(tuple_ones(tuple->answer.bits) << tuple->answer.shift);
			answer = found >> tuple->answer.shift & tuple_ones(tuple->answer.bits);
		}
		differ |= (found ^ key[word]) & mask;
	}
	for (size_t i = 0; i < tuple->n_fixed; i++)
		differ |= tuple_bits(&tuple->fixed[i].part, addresses[tuple->fixed[i].part.end]) ^ tuple->fixed[i].value;
	return differ ? CLASSIFY_NONE : (uint32_t)(answer - 1);
}

uint32_t tuples_lookup(const struct classifier *classifier, const struct class_packet *packet)
{
	const u128 addresses[2] = { packet->src, packet->dst };
	uint32_t best = CLASSIFY_NONE;
	uint64_t key[TUPLE_WORDS];

	for (size_t i = 0; i < classifier->tuples.n; i++) {
		const struct class_tuple *tuple = &classifier->tuples.tuples[i];
		uint32_t answer;

		if (tuple->family != packet->family)
			continue;
		make_key(classifier, tuple, addresses, packet->values, key);
		answer = tuple_lookup(classifier, tuple, addresses, key);
		best = answer < best ? answer : best;
	}
	return best;
}

bool tuples_ask_end(const struct classifier *classifier, enum family family, unsigned end)
{
	for (size_t i = 0; i < classifier->tuples.n; i++)
		if (classifier->tuples.tuples[i].family == family && classifier->tuples.tuples[i].lengths[end])
			return true;
	return false;
}

bool tuples_of(const struct classifier *classifier, enum family family)
{
	return tuples_ask_end(classifier, family, 0) || tuples_ask_end(classifier, family, 1);
}
