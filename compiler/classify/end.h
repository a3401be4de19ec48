/* SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause */
/* One end of a packet: from its address to the class that the address is in. Two structures, both trees in tables. */
#ifndef SENTRY_CLASS_END_H
#define SENTRY_CLASS_END_H

#include "classifier.h"
#include "interval.h"
#include "rows.h"

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
 * For 128 bits, and for 32 where single hosts would blow a trie up: a multibit PATRICIA tree (Morrison, JACM 1968)
 * over the few addresses at which classes change. Bits that do not tell its keys apart are not looked at on the way
 * down; at the end the address is held against the key that was found, and how many leading bits they share says
 * which of the key's classes it is, a *place* in a list of all. Few lengths matter to a key.
 *
 * All leaves are at the same depth. A node entry says which bits of the address choose the next, and where:
 *	bits 0-18 where the node begins, 19-24 and 25-30 shifts to the left, and to the right less one; 31: of the low
 *	half of the address
 * The last level's entries say where leaves begin, in words.
 */
#define KEY_BASE_BITS 19
#define KEY_RIGHT 25
#define KEY_LOW 0x80000000u

/*
 * How an address is held against a key. A leaf is some words, and behind them a row (rows.h) for 0, 1, … lengths
 * reached. Shifts are a byte each: a length is reached if the difference >> shift is 0. Its lowest bit is always 1, so
 * a shift of 0, where there are fewer lengths, reaches nothing.
 */
enum key_layout {
	/* IPv4: key << 32 | up to four shifts. The difference, and a 1 behind it. */
	KEYS_NARROW,
	/* IPv4: key << 32; up to eight shifts. */
	KEYS_NARROW_MANY,
	/* IPv6, only lengths from 3 to 64 and 128: high half; low half; shifts. The difference is folded into 64 bits: see fold(). */
	KEYS_FOLDED,
	/* IPv6: high half; low half; lengths, a byte each; 64 - 8 * how many. */
	KEYS_WIDE,
};

struct class_keys {
	enum key_layout layout;
	unsigned n_lengths;          /* of the key that has most */
	bool low;                    /* some node asks bits of the low half */
	unsigned n_levels;           /* 0: one key */
	uint32_t root;               /* entry that leads to the first node */
	struct class_region nodes;
	struct class_region leaves;
};

/* Words of a leaf before its rows. */
#define KEY_WORDS 4

static inline unsigned keys_words(enum key_layout layout)
{
	static const unsigned words[] = { [KEYS_NARROW] = 1, [KEYS_NARROW_MANY] = 2, [KEYS_FOLDED] = 3, [KEYS_WIDE] = 4 };

	return words[layout];
}

/* IPv4? */
static inline bool keys_narrow(enum key_layout layout)
{
	return layout == KEYS_NARROW || layout == KEYS_NARROW_MANY;
}

struct class_end {
	uint32_t n_classes;          /* 1: nobody asks */
	bool by_keys;                /* else by trie */
	struct class_trie trie;
	struct class_keys keys;
};

/* Chooses the strides, and predicts the nanoseconds of one look-up. */
double trie_plan(const struct intervals *intervals, struct class_trie *trie);
/* The leaves are classes, or, if there are `rows`, the rows of those: these take no more than 31 bits. */
void trie_build(struct arena *arena, struct classifier *classifier, const char *what, const struct intervals *intervals,
		const struct class_rows *rows, struct class_trie *trie);
uint32_t trie_lookup(const struct classifier *classifier, const struct class_trie *trie, uint32_t address);

/* Predicted nanoseconds of one look-up; less than 0: there are too many keys. Rows, placed already, come to lie in the leaves. */
double keys_build(struct arena *arena, struct arena *scratch, struct classifier *classifier, const char *what,
		  enum family family, const struct intervals *intervals, struct class_rows *rows, struct class_keys *keys);
/* Where the row is, not yet a class. */
uint32_t keys_lookup(const struct classifier *classifier, const struct class_keys *keys, const struct class_rows *rows,
		     u128 address);

#endif
