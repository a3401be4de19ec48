/* SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause */
#include "box_tree.h"

#include <stdlib.h>
#include <string.h>

#define LEAF_MAX 8u
/* A median is taken of so many boxes: a tree need not be balanced to the box. */
#define MEDIAN_OF 33u

/* A node that does not answer the question is left out with all below it, which lie before `skip`. */
struct node {
	struct box hull;
	uint32_t least_number, most_number;
	uint32_t begin, end; /* of the items of a leaf; begin == end: no leaf */
	uint32_t skip;
};

struct item {
	struct box box;
	uint32_t number;
};

struct box_tree {
	size_t n_dimensions;
	struct item *items; /* in the order of the leaves */
	struct node *nodes; /* each before its children */
	size_t n_nodes, room;
};

/* Three parts at most. Filter sets nest: what lies across the middle is a part of its own. */
enum cut {
	CUT_MIDDLE, /* ends before, begins after, or lies across */
	CUT_LO,     /* begins before or not */
	CUT_HI,     /* ends before or not */
	N_CUTS,
};

struct split {
	enum cut cut;
	size_t dimension;
	uint32_t at;
	double cost;
};

struct builder {
	struct arena *arena;
	struct box_tree *tree;
	struct item *spare; /* as many as items */
};

static unsigned part_of(const struct split *split, const struct box *box)
{
	uint32_t lo = box->lo[split->dimension], hi = box->hi[split->dimension];

	switch (split->cut) {
	case CUT_MIDDLE:
		return hi < split->at ? 0 : lo > split->at ? 1 : 2;
	case CUT_LO:
		return lo >= split->at;
	default:
		return hi >= split->at;
	}
}

static int compare_numbers(const void *left, const void *right)
{
	uint32_t a = *(const uint32_t *)left, b = *(const uint32_t *)right;

	return a < b ? -1 : a > b;
}

static uint32_t median(const struct item *items, size_t n, enum cut cut, size_t d)
{
	size_t n_samples = n < MEDIAN_OF ? n : MEDIAN_OF;
	uint32_t samples[MEDIAN_OF];

	for (size_t i = 0; i < n_samples; i++) {
		const struct box *box = &items[i * n / n_samples].box;

		samples[i] = cut == CUT_LO   ? box->lo[d]
			     : cut == CUT_HI ? box->hi[d]
					     : box->lo[d] + (box->hi[d] - box->lo[d]) / 2;
	}
	qsort(samples, n_samples, sizeof(*samples), compare_numbers);
	return samples[n_samples / 2];
}

/* How many boxes a point of the hull is expected to be held against; more than n where the parts are too unequal. */
static double cost_of(const struct split *split, const struct item *items, size_t n, const struct box *hull)
{
	uint32_t lo[3] = { UINT32_MAX, UINT32_MAX, UINT32_MAX }, hi[3] = { 0 };
	size_t count[3] = { 0 }, d = split->dimension;
	double cost = 0;

	for (size_t i = 0; i < n; i++) {
		const struct box *box = &items[i].box;
		unsigned part = part_of(split, box);

		count[part]++;
		if (box->lo[d] < lo[part])
			lo[part] = box->lo[d];
		if (box->hi[d] > hi[part])
			hi[part] = box->hi[d];
	}
	for (unsigned part = 0; part < 3; part++) {
		if (count[part] > n - n / 8)
			return (double)n + 1;
		if (count[part])
			cost += (double)count[part] * (hi[part] - lo[part] + 1.0) / (hull->hi[d] - hull->lo[d] + 1.0);
	}
	return cost;
}

static struct split best_split(const struct builder *builder, const struct item *items, size_t n,
			       const struct box *hull)
{
	struct split best = { .cost = (double)n };

	for (size_t d = 0; d < builder->tree->n_dimensions; d++) {
		if (hull->lo[d] == hull->hi[d])
			continue;
		for (unsigned cut = 0; cut < N_CUTS; cut++) {
			struct split split = { .cut = (enum cut)cut, .dimension = d };

			split.at = median(items, n, split.cut, d);
			split.cost = cost_of(&split, items, n, hull);
			if (split.cost < best.cost)
				best = split;
		}
	}
	return best;
}

/* Sorts the items by part, keeping their order; `ends` of each part. */
static void part_items(struct builder *builder, const struct split *split, struct item *items, size_t n, size_t ends[3])
{
	size_t at = 0;

	for (unsigned part = 0; part < 3; part++) {
		for (size_t i = 0; i < n; i++)
			if (part_of(split, &items[i].box) == part)
				builder->spare[at++] = items[i];
		ends[part] = at;
	}
	memcpy(items, builder->spare, n * sizeof(*items));
}

static void enclose(struct node *node, const struct item *items, size_t n, size_t n_dimensions)
{
	node->hull = items[0].box;
	node->least_number = node->most_number = items[0].number;
	for (size_t i = 1; i < n; i++) {
		for (size_t d = 0; d < n_dimensions; d++) {
			if (items[i].box.lo[d] < node->hull.lo[d])
				node->hull.lo[d] = items[i].box.lo[d];
			if (items[i].box.hi[d] > node->hull.hi[d])
				node->hull.hi[d] = items[i].box.hi[d];
		}
		if (items[i].number < node->least_number)
			node->least_number = items[i].number;
		if (items[i].number > node->most_number)
			node->most_number = items[i].number;
	}
}

/* No part has more than seven eighths of the boxes, so this ends soon enough. */
static void build_node(struct builder *builder, size_t begin, size_t end)
{
	struct box_tree *tree = builder->tree;
	struct item *items = &tree->items[begin];
	size_t n = end - begin, at = tree->n_nodes, ends[3];
	struct node *node = arena_push(builder->arena, &tree->nodes, &tree->n_nodes, &tree->room, sizeof(*node));
	struct split split;

	enclose(node, items, n, tree->n_dimensions);
	if (n <= LEAF_MAX) {
		node->begin = (uint32_t)begin;
		node->end = (uint32_t)end;
	} else {
		split = best_split(builder, items, n, &node->hull);
		if (split.cost < (double)n)
			part_items(builder, &split, items, n, ends);
		else
			/* Alike: what remains to tell them apart is their number. */
			ends[0] = n / 2, ends[1] = ends[2] = n;
		for (unsigned part = 0; part < 3; part++) {
			size_t part_begin = part ? ends[part - 1] : 0;

			if (part_begin < ends[part])
				build_node(builder, begin + part_begin, begin + ends[part]);
		}
	}
	/* Not `node`: the array may have moved. */
	tree->nodes[at].skip = (uint32_t)tree->n_nodes;
}

const struct box_tree *box_tree_build(struct arena *arena, const struct box *boxes, size_t n, size_t n_dimensions)
{
	struct box_tree *tree = ARENA_NEW(arena, struct box_tree);
	struct builder builder = { .arena = arena, .tree = tree };
	struct arena scratch;

	arena_init(&scratch);
	tree->n_dimensions = n_dimensions;
	tree->items = ARENA_ARRAY(arena, struct item, n);
	builder.spare = ARENA_ARRAY(&scratch, struct item, n);
	for (size_t i = 0; i < n; i++)
		tree->items[i] = (struct item){ .box = boxes[i], .number = (uint32_t)i };
	if (n)
		build_node(&builder, 0, n);
	arena_fini(&scratch);
	return tree;
}

static bool answers(const struct box_query *query, const struct box *box, size_t n_dimensions)
{
	for (size_t d = 0; d < n_dimensions; d++)
		if (box->lo[d] >= query->below[d] || box->hi[d] < query->least[d])
			return false;
	return true;
}

static bool walk_leaf(const struct box_tree *tree, const struct node *node, struct box_query *query)
{
	for (size_t i = node->begin; i < node->end; i++) {
		const struct item *item = &tree->items[i];

		if (item->number >= query->from && item->number < query->to &&
		    answers(query, &item->box, tree->n_dimensions) && !query->found(query, item->number))
			return false;
	}
	return true;
}

void box_tree_walk(const struct box_tree *tree, struct box_query *query)
{
	for (size_t i = 0; i < tree->n_nodes;) {
		const struct node *node = &tree->nodes[i];

		if (node->least_number >= query->to || node->most_number < query->from ||
		    !answers(query, &node->hull, tree->n_dimensions)) {
			i = node->skip;
			continue;
		}
		if (!walk_leaf(tree, node, query))
			return;
		i++;
	}
}
