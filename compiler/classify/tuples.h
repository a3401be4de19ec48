/* SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause */
/*
 * Terms that ask for one value of each field and one prefix of each address, as lists of connections do: which fields, and
 * how many bits of the addresses, is their *tuple*, and what a packet has of these is looked up in one table for all
 * terms of a tuple (Srinivasan, Suri, Varghese, "Packet classification using tuple space search", SIGCOMM 1999).
 * Classes of thousands of such terms do not cross, as each has a class of its own in every field.
 */
#ifndef SENTRY_TUPLES_H
#define SENTRY_TUPLES_H

#include "classifier.h"
#include "mix.h"

/* Words of a slot. */
#define TUPLE_WORDS 8u

/* In place of an end: a field. */
#define TUPLE_FIELD 2u

/* Parts of an address: one for each half of IPv6. */
#define ADDRESS_PARTS 2u

/* Where in a key something stands: `bits` from bit `shift` of a word on. */
struct tuple_part {
	unsigned end;                 /* 0: source, 1: destination, or TUPLE_FIELD */
	uint32_t source;              /* of a field: index in classifier->sources */
	unsigned right;               /* of an address: bits below those that are asked */
	unsigned word, shift, bits;
};

/* Bits of an address that the terms of a tuple share. */
struct tuple_fixed {
	struct tuple_part part;       /* without a place */
	uint64_t value;
};

struct class_tuple {
	enum family family;
	unsigned lengths[2];          /* bits of source and destination; 0: not asked */
	size_t n_terms;
	size_t n_parts;
	struct tuple_part *parts;
	size_t n_fixed;               /* what leads the addresses of all terms alike: in no slot, but asked once */
	struct tuple_fixed fixed[2 * ADDRESS_PARTS];
	struct tuple_part answer;     /* of a slot: the answer + 1; 0: the slot is empty */
	unsigned n_words;             /* of a slot: the key, with the answer in bits that the key has not */
	uint32_t n_slots;
	struct class_region displacements, slots;
};

static inline uint64_t tuple_ones(unsigned bits)
{
	return bits < 64 ? (1ull << bits) - 1 : ~0ull;
}

/* What an address has of a part. */
static inline uint64_t tuple_bits(const struct tuple_part *part, u128 address)
{
	return (uint64_t)(address >> part->right) & tuple_ones(part->bits);
}

/* What the words of a key are multiplied with; the sum, its upper half mixed into the lower, is the hash. */
static inline uint64_t tuple_factor(unsigned word)
{
	return mix64(word + 1) | 1;
}

/* Which terms are to be looked up so. */
struct tuple_plan {
	size_t n_terms;
	uint32_t *tuple_of;           /* by term of the input: number + 1; 0: none */
	struct class_tuples tuples;   /* without tables */
};

/* NULL where too few terms have one tuple for a look-up. */
struct tuple_plan *tuples_plan(struct arena *arena, const struct classify_input *input);

/*
 * Adds the tables, whose classifier has the input's sources. Predicted nanoseconds, for the IP version that takes longer;
 * less than 0: keys were not to be placed.
 */
double tuples_build(struct arena *arena, struct arena *scratch, struct classifier *classifier,
		    const struct classify_input *input, const struct tuple_plan *plan);

/* The smallest answer that the tables have for the packet. */
uint32_t tuples_lookup(const struct classifier *classifier, const struct class_packet *packet);

/* Does some table ask the IP version's packets for that end? */
bool tuples_ask_end(const struct classifier *classifier, enum family family, unsigned end);

/* Is there a table for packets of the IP version? */
bool tuples_of(const struct classifier *classifier, enum family family);

#endif
