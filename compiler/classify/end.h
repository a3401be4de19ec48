/* SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause */
/* One end of a packet: from its address to the class that the address is in. Two structures, both trees in tables. */
#ifndef SENTRY_CLASS_END_H
#define SENTRY_CLASS_END_H

#include "classifier.h"
#include "interval.h"

#define TRIE_LEVELS 4

/*
 * A multibit trie with the classes pushed into the leaves, its strides chosen for the addresses at hand (controlled
 * prefix expansion: Srinivasan, Varghese, "Fast address lookups using controlled prefix expansion", TOCS 1999). An
 * entry is a class, or TRIE_INNER and where the next node begins.
 */
#define TRIE_INNER 0x80000000u

struct class_trie {
	unsigned n_levels;
	unsigned strides[TRIE_LEVELS];
	uint64_t n_entries;
	struct class_region entries; /* the root is at 0 */
};

/*
 * For 128 bits, and for 32 where single hosts would blow a trie up: a multibit PATRICIA tree (Morrison, JACM 1968) over the few addresses at which classes change. Bits
 * that do not tell its keys apart are not looked at on the way down; at the end the address is held against the key
 * that was found, and how many leading bits they share says which class it is. Some eight lengths matter at most.
 *
 * A node entry is either a leaf's number or KEY_INNER, and then says which bits choose the next:
 *	bits 0-31 where the node begins, 40-55 mask, 56-61 shift, 62 of the low half of the address.
 */
#define KEY_INNER (1ull << 63)
#define KEY_LOW (1ull << 62)
#define KEY_SHIFT 56
#define KEY_MASK 40

struct class_keys {
	unsigned n_levels;
	struct class_region nodes;   /* the first entry is the root's: 0 is where the walk begins */
	bool narrow;                 /* IPv4: the address is the upper half of a half, and leaves are shorter */
	/*
	 * Numbers of a leaf: the key's high half, lengths, which of them count, the low half, where its classes
	 * begin. Narrow: the first holds the key above, and below it where its classes begin, and there are three.
	 */
	struct class_region leaves;
	struct class_region classes; /* of a leaf: of 0, 1, … lengths reached */
};

#define KEY_NUMBERS 5

static inline size_t keys_numbers(const struct class_keys *keys)
{
	return keys->narrow ? 3 : KEY_NUMBERS;
}

struct class_end {
	uint32_t n_classes;          /* 1: nobody asks */
	bool by_keys;                /* else by trie */
	struct class_trie trie;
	struct class_keys keys;
};

/* Chooses the strides, and predicts the nanoseconds of one look-up. */
double trie_plan(const struct intervals *intervals, struct class_trie *trie);
void trie_build(struct arena *arena, struct classifier *classifier, const char *what, const struct intervals *intervals,
		struct class_trie *trie);
uint32_t trie_lookup(const struct classifier *classifier, const struct class_trie *trie, uint32_t address);

/* Predicted nanoseconds of one look-up. */
double keys_build(struct arena *arena, struct arena *scratch, struct classifier *classifier, const char *what,
		  enum family family, const struct intervals *intervals, struct class_keys *keys);
uint32_t keys_lookup(const struct classifier *classifier, const struct class_keys *keys, u128 address);

#endif
