/* SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause */
/* One end of a packet: from its address to the class that the address is in. Trees in tables, or a search. */
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
 * Entries of the last level say where leaves begin, in bytes from the first.
 *
 * Of a tree of many keys most bytes are entries of the last level. Such a tree is *compact*, at the price of some
 * instructions: nodes of its last level are bytes, and begin at multiples of a unit. First a number of four bytes, the
 * lowest first: in bits 0-25 where the leaves of its keys begin, and in 29-31 how many lengths less than eight they have
 * room for. Then a byte for each value of the bits, the number of a leaf: those of a node are of one size, and lie one
 * behind the other.
 */
#define KEY_BASE_BITS 19
#define KEY_RIGHT 25
#define KEY_LOW 0x80000000u
#define LAST_HEADER 4
#define LEAF_PLACE_BITS 26
#define LEAF_SPARE 29

/*
 * A leaf is a run of bytes: of each half of the key those bytes that are not the same in all keys; a byte for each
 * length; and a row (rows.h) for 0, 1, … lengths reached. All have room for as many lengths, in a compact tree all of a
 * node. Where a key has fewer, its last one stands there again, and its row.
 *
 * Many keys have all rows but the last in common: those of the prefixes that they are in. Where that spares enough, each of these rows
 * stands once, behind all leaves, and a leaf has its last row first and then the numbers of the others. That all lengths are reached is what
 * tells which: so lengths that a key has not are its last one again, whatever its leaf has room for.
 *
 * How an address is held against a key: where lengths are shifts, one is reached if the difference >> shift is 0. The
 * lowest bit of the difference is always 1, so a shift of 0 reaches nothing: this stands for what a key has no length
 * for, if its leaf has no more rows than it needs, and for what a node has no room for.
 */
enum key_layout {
	/* IPv4, one half of 32 bits: shifts. The difference, and a 1 behind it. */
	KEYS_NARROW,
	/* IPv6, only lengths from 3 to 64 and 128: shifts. The difference is folded into 64 bits: see fold(). */
	KEYS_FOLDED,
	/* IPv6: lengths. */
	KEYS_WIDE,
};

/* Half of a key. */
struct key_half {
	unsigned bytes;              /* the lowest, in the leaf; 0 to 8 */
	uint64_t same;               /* the others, of all keys */
};

/*
 * Where all keys lie in one prefix, and whatever lies outside is of one class: that is asked once, and no key needs a
 * length for it.
 */
struct key_fence {
	unsigned length;             /* 1 to 64 bits of the higher half, to 32 of IPv4; 0: there is none */
	uint64_t prefix;             /* the higher half; of IPv4 its higher 32 bits */
	uint32_t class;              /* outside */
};

struct class_keys {
	enum key_layout layout;
	struct key_half halves[2];   /* the higher one, or IPv4's; the lower one */
	unsigned n_lengths;          /* that leaves have room for, at most */
	unsigned least_lengths;      /* and at least: 1 or more; the same if not compact */
	bool low;                    /* some node asks bits of the low half */
	bool compact;
	unsigned n_levels;           /* 0: one key, and the tree is not compact */
	uint32_t root;               /* entry that leads to the first node */
	unsigned unit;               /* compact: nodes of the last level begin at multiples of 1 << unit bytes */
	struct class_region nodes;   /* of the levels before the last; if not compact, of all */
	struct class_region last;    /* compact: of the last one */
	struct class_region leaves;  /* at the end the row of what is outside the fence, and the shared rows */
	struct key_fence fence;
	uint32_t outside;            /* where that row begins */
	bool shares;                 /* rows but the last of a leaf are numbers of shared ones */
	uint32_t shared;             /* where the first of these begins */
};

/* Bytes of a leaf before its lengths. */
static inline unsigned keys_bytes(const struct class_keys *keys)
{
	return keys->halves[0].bytes + keys->halves[1].bytes;
}

/* The number of a shared row. */
#define SHARED_BYTES 2

/* Bytes of a leaf for each row but the last. */
static inline unsigned keys_row_bytes(const struct class_keys *keys, const struct class_rows *rows)
{
	return keys->shares ? SHARED_BYTES : rows->bytes;
}

/* The numbers that so many bytes hold. */
static inline uint64_t bytes_mask(unsigned bytes)
{
	return bytes ? ~0ull >> (64 - 8 * bytes) : 0;
}

/*
 * Of IPv6. Where ranges begin and end at addresses of which nearly every bit counts, a key has a length for each of them, and there is no
 * end of keys. Then the starts of all intervals are searched in halves, without a branch: `place` is 0, and of bit n_steps - 1
 * down to 0 each is set in it if the address is not below the start at that place. There are 1 << n_steps starts: behind those
 * that there are, the highest address, of the class of the last.
 */
struct address_search {
	unsigned n_steps;
	struct class_region halves[2]; /* of starts, the higher ones first */
	struct class_region entries; /* by place */
};

enum end_structure { END_TRIE, END_KEYS, END_SEARCH };

struct class_end {
	uint32_t n_classes;          /* 1: nobody asks */
	enum end_structure by;
	struct class_trie trie;
	struct class_keys keys;
	struct address_search search;
};

/* Chooses the strides, and predicts the nanoseconds of one look-up. */
double trie_plan(const struct intervals *intervals, struct class_trie *trie);
/* The leaves are classes, or, if there are `rows`, the rows of those: these take no more than 31 bits. */
void trie_build(struct arena *arena, struct classifier *classifier, const char *what, const struct intervals *intervals,
		const struct class_rows *rows, struct class_trie *trie);
uint32_t trie_lookup(const struct classifier *classifier, const struct class_trie *trie, uint32_t address);

/* Predicted nanoseconds of one look-up. */
double search_ns(const struct intervals *intervals);
/* Entries are as the leaves of a trie. */
void search_build(struct arena *arena, struct classifier *classifier, const char *what, const struct intervals *intervals,
		  const struct class_rows *rows, struct address_search *search);
u128 search_start(const struct classifier *classifier, const struct address_search *search, uint64_t place);
uint32_t search_lookup(const struct classifier *classifier, const struct address_search *search, u128 address);

/*
 * Predicted nanoseconds of one look-up; less than 0: there are too many keys. Of `compact_from` keys or more the tree is
 * compact. Rows, placed already, come to lie in the leaves.
 */
double keys_build(struct arena *arena, struct arena *scratch, struct classifier *classifier, const char *what,
		  enum family family, const struct intervals *intervals, size_t compact_from, struct class_rows *rows,
		  struct class_keys *keys);
/*
 * Entry `index` of the node of a level that `entry` leads to; of the last level, where the leaf begins, and for how many
 * lengths that has room.
 */
uint32_t keys_entry(const struct classifier *classifier, const struct class_keys *keys, const struct class_rows *rows,
		    unsigned level, uint32_t entry, uint64_t index, unsigned *room);
/* A leaf's key; of IPv4 the highest 32 bits. */
u128 keys_key(const struct classifier *classifier, const struct class_keys *keys, uint32_t leaf);
/* Where the row is, not yet a class. */
uint32_t keys_lookup(const struct classifier *classifier, const struct class_keys *keys, const struct class_rows *rows,
		     u128 address);

#endif
