/* SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause */
/* Building a group of a side, from terms whose predicates and conditions have numbers. */
#ifndef SENTRY_CLASS_GROUP_H
#define SENTRY_CLASS_GROUP_H

#include "intern.h"
#include "side.h"

/* A term as a side sees it. */
struct side_term {
	uint32_t end[2];      /* number of the predicate on source and destination, + 1; 0: any */
	uint32_t condition;
	uint32_t answer;
};

/* What the groups of a side have in common while they are built. */
struct side_build {
	struct arena *arena;   /* of what stays */
	struct arena *scratch;
	struct classifier *classifier;
	enum family family;
	size_t n_predicates[2];
	const struct rangeset **predicates[2];
	struct intervals intervals[2]; /* of all predicates */
	size_t n_terms;
	struct side_term *terms;
	const uint32_t *local;         /* by condition: its number in its space */
	uint64_t memory;               /* the tables may take */
	uint64_t *work;                /* done so far, in words of bits gone through or the like */
	uint64_t end_of_work;          /* where it counts as exploding; 0: only a group's own limit */
	struct classify_options *options; /* what was tried is noted here; may be NULL */
	const char **why_not;          /* says why, where a space has no groups that fit */
	/* Columns of the ends, as groups ask for them. */
	size_t n_columns[2], columns_room[2];
	const uint32_t **columns[2];
};

/* Terms of one group: indexes, rising. */
struct group_terms {
	size_t n;
	uint32_t *terms;
};

/* What became of the look-up: predicted nanoseconds. Less than 0: the group explodes. */
double group_build(struct side_build *build, const struct group_terms *terms, uint32_t space, struct class_group *group);

/* part.c: groups that a space's terms are parted into at most. */
#define PARTS 4

/*
 * Parts the terms whose conditions are in the space into groups, the way that is predicted to be the cheapest, and
 * adds these to side->groups. Predicted nanoseconds; less than 0: every way explodes.
 */
double part_space(struct side_build *build, const uint32_t *space_of, uint32_t space, struct class_side *side);

/* cells.c: the cells of a group that are not empty, by rising cell, each with the pairs that cover it. */
struct covering {
	uint64_t cell;         /* src * n[1] + dst */
	uint32_t pair;
};

struct cover_list {
	size_t n;
	struct covering *items;
};

/* Sorted by cell, and within a cell by pair. */
void covers_sort(struct arena *scratch, struct cover_list *covers, uint64_t n_cells);

/* Lays out a perfect hash of cells: cells[i], below 2^32, with numbers[i], of slot_bits(). False where it does not come about. */
bool cells_hash(struct arena *arena, struct arena *scratch, struct classifier *classifier, const uint64_t *cells,
		const uint64_t *numbers, size_t n, struct class_group *group);

/*
 * cell_patterns.c: lays cells out by the patterns of their rows, where that takes much less than `bytes`. `cells` are the
 * numbers of all, src * n[1] + dst. Predicted nanoseconds; less than 0: it does not, and nothing was done.
 */
double cell_patterns(struct side_build *build, const uint32_t *cells, uint64_t bytes, struct class_group *group);

#endif
