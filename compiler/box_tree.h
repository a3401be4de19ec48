/* SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause */
/*
 * An index of boxes: products of one interval of small integers for each dimension. It
 * tells which boxes meet a box, contain it or hold a point. All three are one
 * question: those that begin below one bound and end at another or above it, in each dimension.
 */
#ifndef SENTRY_BOX_TREE_H
#define SENTRY_BOX_TREE_H

#include "arena.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define BOX_DIMENSIONS_MAX 8u

struct box {
	uint32_t lo[BOX_DIMENSIONS_MAX], hi[BOX_DIMENSIONS_MAX]; /* lo <= hi */
};

struct box_query {
	uint32_t below[BOX_DIMENSIONS_MAX]; /* lo < below */
	uint32_t least[BOX_DIMENSIONS_MAX]; /* hi >= least */
	size_t from, to;                    /* of the numbers of boxes, half-open */
	/* Called in no order. May lower `to`, and ends the walk with false. */
	bool (*found)(struct box_query *query, size_t number);
};

struct box_tree;

/* Box number i is boxes[i]; they are not needed afterwards. */
const struct box_tree *box_tree_build(struct arena *arena, const struct box *boxes, size_t n, size_t n_dimensions);
void box_tree_walk(const struct box_tree *tree, struct box_query *query);

#endif
