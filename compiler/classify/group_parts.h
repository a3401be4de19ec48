/* SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause */
/* A group while it is built, between group.c, which finds its lists, and group_tables.c, which lays them out. */
#ifndef SENTRY_CLASS_GROUP_PARTS_H
#define SENTRY_CLASS_GROUP_PARTS_H

#include "group.h"

/* Terms with the same predicates on both addresses. */
struct pair {
	uint32_t end[2];
	uint32_t n, room;
	uint32_t *terms;
};

/* Classes in which a predicate holds: classes[begins[p]] and on; p 0 is "any". */
struct holders {
	uint32_t *begins;
	uint32_t *classes;
};

struct grouping {
	struct side_build *build;
	const struct class_space *space;
	struct class_group *group;
	const struct group_terms *terms;
	struct intervals intervals[2];
	struct holders holders[2];
	size_t n_pairs, pairs_room;
	struct pair *pairs;
	struct cover_list covers;

	struct interns raw;          /* lists as pairs */
	struct interns sequences;    /* … as conditions */
	struct interns shapes;       /* conditions of which each decides for some kind, and whether they leave some */
	struct interns lists;        /* shape, and answers */
	uint32_t *of_raw;            /* list of a raw list */
	struct sequence *of_sequence;
	size_t raw_room, sequence_room;
	size_t n_entries;
	uint64_t began;              /* work, when the group was */
	uint64_t *left;              /* kinds */
};

/* Which of a sequence of conditions decide for some kind. */
struct sequence {
	uint32_t shape;
	uint32_t n;
	uint32_t *kept;
};

/* The cells that are not empty, and their lists. */
struct filled {
	size_t n;
	uint64_t *cells;
	uint32_t *lists;
};

/* Makes the tables; predicts the nanoseconds of a look-up in them, less than 0 where they do not come about. */
double group_tables(struct grouping *grouping, const struct filled *filled);

#endif
