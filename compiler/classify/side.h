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

/* How a cell leads to its list. */
enum cell_layout {
	CELLS_ONE,   /* there is only one */
	CELLS_DENSE, /* an array */
	CELLS_HASH,  /* those that are not empty, by a perfect hash */
};

/* How a list and a kind lead to the answer. */
enum list_layout {
	LISTS_DIRECT, /* answers[list * kinds + kind] */
	LISTS_SHAPED, /* which of the list it is depends on its shape alone: answers[begin + shapes[shape * kinds + kind]] */
};

/* What a shaped list is in `records` or in a slot of the hash: row of its shape in the upper half, begin in the lower. */
struct class_group {
	uint32_t space;
	uint32_t n[2];                /* classes of source and destination */
	int column[2];                /* of the end's `columns`; -1: the end's class is the group's */
	size_t n_terms;
	enum cell_layout cells;
	enum list_layout lists;
	uint32_t n_lists, n_shapes;
	uint64_t only;                /* ONE: its record, or row of answers */
	struct class_region table;    /* DENSE: list by src * n[1] + dst */
	struct class_region displacements; /* HASH */
	struct class_region slots;    /* HASH: two numbers each, the cell (src << 32 | dst) and the record or list */
	struct class_region records;  /* SHAPED, unless HASH */
	struct class_region shapes;
	struct class_region answers;
};

struct class_side {
	struct class_end ends[2];     /* source, destination */
	uint32_t n_columns[2];        /* classes of groups for each class of an end; 0: none is translated */
	struct class_region columns[2]; /* class * n_columns + column -> class of a group */
	size_t n_groups;
	struct class_group *groups;
	size_t n_spaces;
	uint32_t *spaces;             /* that the groups use, by number, each once */
};

#define CELL_HASH 0x9e3779b97f4a7c15ull

/* Where a cell would be, with the displacement of its bucket. The templates' class_pair() is the same. */
static inline uint64_t cell_hash(uint64_t cell)
{
	uint64_t hash = cell * CELL_HASH;

	return hash ^ hash >> 32;
}

#define CELL_SLOT(hash, displacement, mask) ((((hash) >> 20) ^ (displacement)) & (mask))

/*
 * Parts the terms into groups: those whose predicate holds for more than `wide` classes of an end on one side, the
 * others on the other, for each end; wide 0: no parting. `spaces` are those that the terms' conditions are in.
 * Predicted nanoseconds; less than 0: it explodes.
 */
struct side_build;
double side_build(struct side_build *build, uint32_t wide, const uint32_t *space_of, size_t n_spaces,
		  struct class_side *side);

uint32_t side_lookup(const struct classifier *classifier, const struct class_side *side, u128 src, u128 dst,
		     const uint32_t *kinds);

#endif
