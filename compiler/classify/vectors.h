/* SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause */
/*
 * Terms whose classes do not cross: each dimension (source, destination, a space of other fields) has for each of its
 * classes a vector, one bit for each term that the class satisfies, and what all vectors have in common is what
 * matches. An aggregate of one bit for each word says which words are not 0, so that few are read (Lakshman,
 * Stiliadis, "High-speed policy-based packet forwarding using efficient multi-dimensional range matching", SIGCOMM
 * 1998; Baboescu, Varghese, "Scalable packet classification", SIGCOMM 2001). This never explodes.
 *
 * Words that are 0 are not kept, nor those of terms that do not ask the dimension, and equal runs of words are kept
 * once. Segments of 64 words are in the order of the policy; in a segment terms that are alike share words, within a
 * word they are in order, and words begin with ever larger answers. A search ends where nothing smaller can follow.
 */
#ifndef SENTRY_CLASS_VECTORS_H
#define SENTRY_CLASS_VECTORS_H

#include "group.h"

/* Words that one aggregate speaks of, and terms in these. */
#define SEGMENT_WORDS 64u
#define SEGMENT_TERMS (64u * SEGMENT_WORDS)

#define MOST_DIMENSIONS 12u
#define MOST_SPACES (MOST_DIMENSIONS - 2)

enum { DIMENSION_SOURCE, DIMENSION_DESTINATION, DIMENSION_SPACES };

struct vector_dimension {
	unsigned which;             /* SOURCE, DESTINATION, or SPACES + number of a space */
	uint32_t n_classes;
	/* Of class and segment, (class * segments + segment) * 2: the aggregate, and where its words begin. */
	struct class_region rows;
};

struct class_vectors {
	size_t n_dimensions;
	struct vector_dimension dimensions[MOST_DIMENSIONS];
	uint32_t n_segments;
	/* Of segment and dimension, segment * dimensions + dimension: words whose terms do not ask it. All match. */
	struct class_region skipped;
	struct class_region words;   /* of all rows */
	struct class_region answers; /* of each bit */
};

/*
 * Spaces and sides of the classifier from the terms of `builds`, whose conditions have numbers in `conditions`.
 * Predicted nanoseconds; less than 0: it does not fit into `memory` bytes, or has too many classes, which *why_not then says.
 */
double vectors_build(struct arena *arena, struct classifier *classifier, const struct side_build builds[N_FAMILIES],
		     const struct kinds_condition *conditions, size_t n_conditions, uint64_t memory, const char **why_not);

/* What a search looked at. */
struct vector_work {
	uint32_t n_segments, n_words;
};

/* From the classes of both ends and the kinds of all spaces. `work` may be NULL. */
uint32_t vectors_lookup(const struct classifier *classifier, const struct class_vectors *vectors,
			const uint32_t ends[2], const uint32_t *kinds, struct vector_work *work);

/* --- what its files share ------------------------------------------------------ */

/* Which spaces there are, and what conditions ask in each. */
struct vector_spaces {
	size_t n;
	uint32_t *local[MOST_SPACES]; /* by condition: number of what it asks in the space + 1; 0: nothing */
};

/* vectors_space.c: no more than `most_kinds` kinds in each, but where one field alone has more. */
bool vector_spaces_build(struct arena *arena, struct arena *scratch, struct classifier *classifier,
			 const struct kinds_condition *conditions, size_t n_conditions, uint32_t most_kinds,
			 struct vector_spaces *spaces);

/* vectors_order.c: a place for each term, a bit of a word of a segment. */
struct vector_order {
	uint32_t n_segments;
	uint32_t *terms;              /* by place: index of the term + 1; 0: none */
};

void vector_order(struct arena *scratch, const struct side_build *build, const struct vector_spaces *spaces,
		  struct vector_order *order);

#endif
