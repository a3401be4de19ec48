/* SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause */
/*
 * The terms of one IP version. They are parted into groups, so that in each the classes of source and destination
 * cross well: a packet's two classes are a *cell* of the group, and a cell has a *list*: the terms that both addresses
 * satisfy, in order. Which of a list is first for the packet's kind is a table again. The side's answer is the
 * smallest of its groups'.
 */
#ifndef SENTRY_CLASS_SIDE_H
#define SENTRY_CLASS_SIDE_H

#include "end.h"
#include "kinds.h"
#include "matrix.h"
#include "mix.h"

/* How a cell leads to its list. */
enum cell_layout {
	CELLS_ONE,   /* there is only one */
	CELLS_DENSE, /* an array */
	CELLS_HASH,  /* those that are not empty, by a perfect hash (perfect_hash.h): mix_product() of the cell, the templates' class_hash() */
	/*
	 * Of most rows the cells that are not empty have one number, and many rows have theirs in the same columns, their
	 * *pattern*: heads[row] is pattern << row_bits | base. A base below `row_many` is that number; others are `row_many` + where
	 * the row's numbers begin, a 0 first. The pattern says by column which of them it is, 0 of an empty cell.
	 */
	CELLS_PATTERNS,
	N_CELL_LAYOUTS,
};

/* How a cell's number and a kind lead to the answer. */
enum list_layout {
	LISTS_ONE,    /* of one kind: the number is the answer + 1, 0 of the empty list */
	LISTS_DIRECT, /* answers[number + kind] */
	/*
	 * Which of a list's answers it is depends on the conditions of its terms alone, its *shape*, and many lists have
	 * the same: answers[number + 1 + shapes(answers[number], kind)].
	 */
	LISTS_SHAPED,
	/*
	 * The same where the number says both, and most lists have one answer only: shape << bits | base. A base below
	 * `many` is that answer + 1, 0 of the empty list; others are `many` + where the list's answers begin >> align.
	 */
	LISTS_PACKED,
};

/* "dense", "shaped": for reports. */
extern const char *const cell_layout_names[], *const list_layout_names[];

struct class_group {
	uint32_t space;
	uint32_t n[2];                /* classes of source and destination */
	int column[2];                /* of the end's rows; -1: the end's class is the group's, or there is one class */
	size_t n_terms;
	enum cell_layout cells;
	enum list_layout lists;
	uint32_t n_lists, n_shapes;
	uint32_t only;                /* ONE: the number of the cell */
	struct class_matrix table;    /* DENSE: number by source and destination; PATTERNS: which, by pattern and column */
	unsigned along;               /* PATTERNS: the end whose classes are the rows */
	struct class_region heads;    /* PATTERNS */
	struct class_region several;  /* PATTERNS: numbers of rows with several */
	unsigned row_bits;            /* PATTERNS */
	uint32_t row_many;            /* PATTERNS */
	struct class_region displacements; /* HASH, a power of two of them */
	struct class_region slots;    /* HASH: the cell, src * n[1] + dst, and in the lower slot_bits() its number */
	struct class_matrix shapes;   /* SHAPED, PACKED: by shape and kind, which of a list it is */
	struct class_region answers;  /* SHAPED: of each list its row in `shapes`, and its answers; PACKED: of those with several */
	unsigned bits, align;         /* PACKED */
	uint32_t many;                /* PACKED */
};

/* Bits that a slot has for the number of its cell. */
static inline unsigned slot_bits(const struct class_group *group)
{
	return 64 - bits_of((uint64_t)group->n[0] * group->n[1] - 1);
}

struct class_vectors;

struct class_side {
	struct class_end ends[2];     /* source, destination */
	struct class_rows rows[2];    /* classes of the groups, by what the end's look-up finds */
	size_t n_groups;
	struct class_group *groups;
	struct class_vectors *vectors; /* vectors.h: in place of groups; NULL: groups */
};

struct side_build;

/* Predicted nanoseconds; less than 0: it explodes. `space_of` is by condition. */
double side_build(struct side_build *build, const uint32_t *space_of, size_t n_spaces, struct class_side *side);

/*
 * Tables from the addresses of an end to its classes alone, for those who have no groups: of keys there are rows of one
 * column.
 * Predicted nanoseconds; less than 0: there are too many.
 */
double side_build_end(struct side_build *build, struct class_side *side, unsigned end);

uint32_t side_lookup(const struct classifier *classifier, const struct class_side *side, u128 src, u128 dst,
		     const uint32_t *kinds);

#endif
