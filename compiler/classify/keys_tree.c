/* SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause */
/* The tree over keys: how many bits each node looks at, and the nodes. */
#include "keys.h"

#include "cost.h"

#include <string.h>

#define LEVEL_INSNS 16
#define LAST_INSNS 10

/* No node has more entries than 2 to this, nor more than so many for each of its keys. */
#define MOST_STRIDE 13
#define MOST_SPREAD 16

/* A node of the last level tells its keys by a byte. */
#define LAST_KEYS 256
#define LAST_STRIDE 8

/* More levels are not aimed at, only taken where nothing else does. */
#define MOST_LEVELS 6

/* Where an entry can point to. */
#define MOST_ENTRIES (1u << KEY_BASE_BITS)
#define MOST_UNIT 3

struct planting {
	struct arena *scratch;
	const struct leaf_shape *shape;
	struct key_tree *tree;
	size_t nodes_room, last_room; /* bytes */
	bool planned;               /* the levels are those of choose_levels() */
};

/* An array of bytes that has room for `bytes`: the same, or a larger copy of its first `used`. */
static void *reserve(struct arena *scratch, void *array, size_t used, size_t bytes, size_t *room)
{
	void *grown;

	if (bytes <= *room)
		return array;
	*room = 2 * bytes;
	grown = arena_alloc(scratch, *room);
	if (used)
		memcpy(grown, array, used);
	return grown;
}

static size_t new_node(struct planting *p, size_t entries)
{
	struct key_tree *tree = p->tree;
	size_t base = tree->n_nodes, size = sizeof(*tree->nodes);

	tree->nodes = reserve(p->scratch, tree->nodes, base * size, (base + entries) * size, &p->nodes_room);
	tree->n_nodes += entries;
	return base;
}

static size_t new_last(struct planting *p, size_t entries)
{
	struct key_tree *tree = p->tree;
	size_t unit = (size_t)1 << tree->unit, base = (tree->n_last + unit - 1) & ~(unit - 1), end = base + LAST_HEADER + entries;

	tree->last = reserve(p->scratch, tree->last, tree->n_last, end, &p->last_room);
	tree->n_last = end;
	return base;
}

static unsigned bits_at(u128 address, unsigned at, unsigned n)
{
	return (unsigned)(address >> (KEY_BITS - at - n)) & ((1u << n) - 1);
}

#define TOO_MANY UINT64_MAX

/* Of keys that all part at one level: how many bits it takes. */
static unsigned bits_to_part(const struct key *keys, size_t n, unsigned at)
{
	unsigned deepest = at;

	for (size_t i = 1; i < n; i++) {
		unsigned shared = shared_bits(keys[i - 1].address, keys[i].address);

		deepest = shared > deepest ? shared : deepest;
	}
	return deepest - at + 1;
}

static size_t end_of_value(const struct key *keys, size_t n, size_t begin, unsigned at, unsigned bits)
{
	unsigned value = bits_at(keys[begin].address, at, bits);
	size_t end = begin + 1;

	while (end < n && bits_at(keys[end].address, at, bits) == value)
		end++;
	return end;
}

/* Strides that are tried: all of them for few keys, every other for many, whose keys are also gone through more often. */
static unsigned stride_step(size_t n)
{
	return n > 512 ? 2 : 1;
}

/*
 * The fewest bytes, below `limit`, of nodes in which the keys part within `levels` levels, and the stride of the first;
 * TOO_MANY if they do not.
 */
static uint64_t least_bytes(const struct key *keys, size_t n, bool compact, unsigned levels, uint64_t limit, unsigned *stride)
{
	uint64_t best = limit, bytes;
	unsigned at, most, ignored;

	if (n == 1 || !levels) {
		bytes = 4 * levels + (compact ? LAST_HEADER + 1 - 4 : 0);
		return n > 1 || bytes >= limit ? TOO_MANY : bytes;
	}
	at = shared_bits(keys[0].address, keys[n - 1].address);
	most = at < 64 ? 64 - at : KEY_BITS - at;
	most = most < MOST_STRIDE ? most : MOST_STRIDE;
	if (levels == 1) {
		*stride = bits_to_part(keys, n, at);
		if (*stride > most || 1ull << *stride > MOST_SPREAD * n)
			return TOO_MANY;
		bytes = compact ? LAST_HEADER + (1ull << *stride) : 4ull << *stride;
		return (compact && n > LAST_KEYS) || bytes >= limit ? TOO_MANY : bytes;
	}
	for (unsigned bits = 1; bits <= most && 4ull << bits < best && 1ull << bits <= MOST_SPREAD * n; bits += stride_step(n)) {
		bytes = 4ull << bits;
		for (size_t i = 0, end; i < n && bytes < best; i = end) {
			uint64_t more;

			end = end_of_value(keys, n, i, at, bits);
			more = least_bytes(keys + i, end - i, compact, levels - 1, best - bytes, &ignored);
			bytes = more == TOO_MANY ? best : bytes + more;
		}
		if (bytes < best) {
			best = bytes;
			*stride = bits;
		}
	}
	return best < limit ? best : TOO_MANY;
}

/* How many levels the tree has: fewer take larger nodes. */
static unsigned choose_levels(const struct key *keys, size_t n, bool compact)
{
	unsigned best = 0, stride;
	double least = 0;

	for (unsigned levels = 1; levels <= MOST_LEVELS; levels++) {
		uint64_t bytes = least_bytes(keys, n, compact, levels, 4ull * MOST_ENTRIES, &stride);
		double ns = levels * (LEVEL_INSNS * COST_INSN + cost_read(bytes + n * 4));

		if (bytes == TOO_MANY)
			continue;
		if (best && ns >= least)
			break;
		best = levels;
		least = ns;
	}
	return best;
}

/* A stride that parts the keys a little, whatever that leads to. */
static unsigned some_stride(const struct key *keys, size_t n, unsigned at)
{
	unsigned most = at < 64 ? 64 - at : KEY_BITS - at, bits = 1;

	while (bits < most && bits < LAST_STRIDE && 2ull << bits <= n)
		bits++;
	return bits;
}

/* How many levels such strides come to. */
static unsigned count_levels(const struct key *keys, size_t n)
{
	unsigned deepest = 0, at, stride;

	if (n == 1)
		return 0;
	at = shared_bits(keys[0].address, keys[n - 1].address);
	stride = some_stride(keys, n, at);
	for (size_t i = 0, end; i < n; i = end) {
		unsigned levels;

		end = end_of_value(keys, n, i, at, stride);
		levels = count_levels(keys + i, end - i);
		deepest = levels > deepest ? levels : deepest;
	}
	return deepest + 1;
}

/* The entry of a node that `stride` bits at `at` choose from; 0 bits: its only one. */
static uint32_t entry_of(size_t base, unsigned at, unsigned stride)
{
	uint32_t right = 63 - stride;

	return (at >= 64 ? KEY_LOW : 0) | right << KEY_RIGHT | (at & 63) << KEY_BASE_BITS | (uint32_t)base;
}

/* Places the leaves of some keys behind the others; how many lengths they have room for. */
static unsigned place_leaves(struct planting *p, struct key *keys, size_t n)
{
	unsigned room = 1;

	for (size_t i = 0; i < n; i++)
		room = keys[i].n > room ? keys[i].n : room;
	for (size_t i = 0; i < n; i++) {
		keys[i].place = (uint32_t)p->tree->leaf_bytes;
		keys[i].room = room;
		keys[i].n_rows = 1 + (p->shape->all_rows || p->tree->compact ? room : keys[i].n);
		p->tree->leaf_bytes += p->shape->key_bytes + room + p->shape->last_bytes + (keys[i].n_rows - 1) * p->shape->row_bytes;
	}
	return room;
}

/* What lies between the values of two keys belongs to the one with which it shares more bits. */
static bool nearer_before(unsigned slot, unsigned before, unsigned value)
{
	return (slot ^ before) < (slot ^ value);
}

/* The entry that leads to a node of the last level. */
static uint32_t plant_last(struct planting *p, struct key *keys, size_t n, unsigned at, unsigned stride)
{
	uint32_t header = (uint32_t)p->tree->leaf_bytes;
	size_t base = new_last(p, (size_t)1 << stride);
	uint8_t *node = p->tree->last + base;

	header |= (LENGTHS - place_leaves(p, keys, n)) << LEAF_SPARE;
	for (unsigned i = 0; i < LAST_HEADER; i++)
		*node++ = (uint8_t)(header >> 8 * i);
	for (unsigned slot = 0, i = 0; slot < 1u << stride; slot++) {
		unsigned value = stride ? bits_at(keys[i].address, at, stride) : 0;
		unsigned next = i + 1 < n ? bits_at(keys[i + 1].address, at, stride) : 0;

		if (slot > value && i + 1 < n && !nearer_before(slot, value, next))
			i++;
		node[slot] = (uint8_t)i;
	}
	return entry_of(base >> p->tree->unit, at, stride);
}

/* The entry that leads to the keys. */
static uint32_t plant(struct planting *p, struct key *keys, size_t n, unsigned level)
{
	struct key_tree *tree = p->tree;
	uint32_t previous = 0, child;
	unsigned at = 0, stride = 0;
	size_t base;

	if (!tree->compact && level == tree->n_levels)
		return keys->place;
	if (n > 1) {
		at = shared_bits(keys[0].address, keys[n - 1].address);
		if (!p->planned || least_bytes(keys, n, tree->compact, tree->n_levels - level, TOO_MANY, &stride) == TOO_MANY)
			stride = some_stride(keys, n, at);
		tree->low |= at >= 64;
	}
	if (tree->compact && level + 1 == tree->n_levels)
		return plant_last(p, keys, n, at, stride);
	base = new_node(p, (size_t)1 << stride);
	if (n == 1) {
		child = plant(p, keys, 1, level + 1);
		tree->nodes[base] = child;
		return entry_of(base, 0, 0);
	}
	for (size_t i = 0, slot = 0, end; i < n; i = end) {
		unsigned value = bits_at(keys[i].address, at, stride);
		unsigned before = i ? bits_at(keys[i - 1].address, at, stride) : 0;

		end = end_of_value(keys, n, i, at, stride);
		child = plant(p, keys + i, end - i, level + 1);
		for (; slot < value; slot++)
			tree->nodes[base + slot] = i && nearer_before((unsigned)slot, before, value) ? previous : child;
		tree->nodes[base + slot++] = child;
		previous = child;
		for (; end == n && slot < (size_t)1 << stride; slot++)
			tree->nodes[base + slot] = child;
	}
	return entry_of(base, at, stride);
}

bool keys_plant(struct arena *scratch, struct key *keys, size_t n, const struct leaf_shape *shape, bool compact,
		struct key_tree *tree)
{
	struct planting p = { .scratch = scratch, .shape = shape, .tree = tree };
	unsigned levels = n > 1 ? choose_levels(keys, n, compact) : compact;

	p.planned = levels;
	if (!p.planned)
		levels = count_levels(keys, n);
	for (unsigned unit = 0; unit <= MOST_UNIT; unit++) {
		*tree = (struct key_tree){ .compact = compact, .n_levels = levels, .unit = unit,
					   .nodes = tree->nodes, .last = tree->last };
		if (!compact)
			place_leaves(&p, keys, n);
		tree->root = plant(&p, keys, n, 0);
		if (tree->n_nodes > MOST_ENTRIES || tree->leaf_bytes >> LEAF_PLACE_BITS)
			return false;
		if (tree->n_last >> unit <= MOST_ENTRIES)
			return true;
	}
	return false;
}

double keys_tree_ns(const struct key_tree *tree)
{
	unsigned whole = tree->n_levels - tree->compact;
	double ns = whole * (LEVEL_INSNS * COST_INSN + cost_read(tree->n_nodes * 4));

	/* The two reads of the last level are next to each other. */
	return tree->compact ? ns + (LEVEL_INSNS + LAST_INSNS) * COST_INSN + cost_read(tree->n_last) : ns;
}
