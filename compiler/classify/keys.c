/* SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause */
#include "end.h"

#include "cost.h"
#include "class_region.h"

#include <stdlib.h>

#define BITS 128
#define LEVEL_INSNS 15
#define LEAF_INSNS 44

/* Lengths that a leaf tells apart: a byte of one word each. */
#define LENGTHS 8

/* No node has more entries than 2 to this, nor more than so many for each of its keys. */
#define MOST_STRIDE 13
#define MOST_SPREAD 16

/* More levels are not tried for, only taken where nothing else does. */
#define MOST_LEVELS 6

/* Where two addresses part: at bit `length`, their class is what stands here; UNASKED: there are keys on both sides. */
#define UNASKED 0xffffffffu

struct key {
	u128 address;
	uint32_t first;             /* class of what shares no more than `lengths[0] - 1` bits */
	unsigned n;                 /* lengths from which on the class is another */
	uint8_t lengths[LENGTHS];   /* 1 to 128, rising */
	uint32_t classes[LENGTHS];
	uint32_t leaf;
};

struct finding {
	struct arena *arena;
	unsigned shift;             /* an IPv4 address is the upper 32 of the 128 bits */
	const struct intervals *intervals;
	struct key *keys;
	size_t n, room;
	uint32_t beside[BITS];      /* on the path from the root: the class of what parts at this bit */
};

/* The path's classes as steps. False where there are more than a leaf tells apart. */
static bool take_steps(const struct finding *f, unsigned depth, uint32_t own, struct key *key)
{
	uint32_t class = UNASKED;

	key->n = 0;
	for (unsigned length = 0; length <= depth; length++) {
		uint32_t next = length < depth ? f->beside[length] : own;

		if (next == UNASKED || next == class)
			continue;
		if (class == UNASKED) {
			key->first = next;
		} else {
			if (key->n == LENGTHS)
				return false;
			key->lengths[key->n] = (uint8_t)length;
			key->classes[key->n++] = next;
		}
		class = next;
	}
	return true;
}

static void push_key(struct finding *f, const struct key *key)
{
	struct key *slot = arena_push(f->arena, &f->keys, &f->n, &f->room, sizeof(*slot));

	*slot = *key;
}

/* The class that most of the path's bits lead to. */
static uint32_t commonest(const struct finding *f, unsigned depth)
{
	uint32_t best = UNASKED;
	unsigned most = 0;

	for (unsigned i = 0; i < depth; i++) {
		unsigned n = 0;

		if (f->beside[i] == UNASKED)
			continue;
		for (unsigned k = i; k < depth; k++)
			n += f->beside[k] == f->beside[i];
		if (n > most) {
			most = n;
			best = f->beside[i];
		}
	}
	return best;
}

/*
 * An address at the end of a path of `depth` bits, of class `own`. Where the path has more steps than a leaf tells
 * apart, what parts from it into another than the commonest class has keys of its own.
 */
static void add_key(struct finding *f, u128 address, unsigned depth, uint32_t own)
{
	struct key key = { .address = address };
	uint32_t common;

	if (take_steps(f, depth, own, &key)) {
		push_key(f, &key);
		return;
	}
	common = commonest(f, depth);
	for (unsigned length = 0; length < depth; length++) {
		struct key beside = { .first = f->beside[length] };
		u128 bit = (u128)1 << (BITS - 1 - length);

		if (f->beside[length] == UNASKED || f->beside[length] == common)
			continue;
		beside.address = (address ^ bit) & ~(bit - 1);
		if (length) {
			beside.first = common;
			beside.n = 1;
			beside.lengths[0] = (uint8_t)(length + 1);
			beside.classes[0] = f->beside[length];
		}
		push_key(f, &beside);
	}
	key = (struct key){ .address = address, .first = common, .n = 1 };
	key.lengths[0] = (uint8_t)depth;
	key.classes[0] = own;
	push_key(f, &key);
}

/* The last of the intervals `low` to `high` that begins at or before the address. */
static size_t find_between(const struct finding *f, size_t low, size_t high, u128 address)
{
	const struct intervals *intervals = f->intervals;

	while (low < high) {
		size_t middle = high - (high - low) / 2;

		if (intervals->starts[middle] << f->shift <= address)
			low = middle;
		else
			high = middle - 1;
	}
	return low;
}

/* The keys in the prefix of `depth` bits from `first` on, which intervals `begin` to `end` are in, more than one. */
static void find_keys(struct finding *f, unsigned depth, u128 first, size_t begin, size_t end)
{
	const struct intervals *intervals = f->intervals;
	u128 half = first + ((u128)1 << (BITS - 1 - depth));
	size_t high = find_between(f, begin, end, half);
	size_t low = intervals->starts[high] << f->shift == half ? high - 1 : high;

	if (begin == low && high == end) {
		f->beside[depth] = intervals->classes[high];
		add_key(f, first, depth + 1, intervals->classes[low]);
		return;
	}
	if (begin != low) {
		f->beside[depth] = high == end ? intervals->classes[high] : UNASKED;
		find_keys(f, depth + 1, first, begin, low);
	}
	if (high != end) {
		f->beside[depth] = begin == low ? intervals->classes[low] : UNASKED;
		find_keys(f, depth + 1, half, high, end);
	}
}

static int compare_keys(const void *a, const void *b)
{
	const struct key *x = a, *y = b;

	return (x->address > y->address) - (x->address < y->address);
}

/* How many leading bits two different addresses share. */
static unsigned shared_bits(u128 a, u128 b)
{
	u128 x = a ^ b;
	uint64_t high = (uint64_t)(x >> 64);

	return high ? (unsigned)__builtin_clzll(high) : 64 + (unsigned)__builtin_clzll((uint64_t)x);
}

struct planting {
	struct arena *scratch;
	uint64_t *nodes;
	size_t n_nodes, room;
	unsigned levels;            /* that are aimed at; 0: nothing is */
	unsigned depth;             /* of the deepest leaf */
};

static size_t new_node(struct planting *p, size_t entries)
{
	size_t base = p->n_nodes;

	if (base + entries > p->room) {
		uint64_t *grown;

		p->room = 2 * (base + entries);
		grown = ARENA_ARRAY(p->scratch, uint64_t, p->room);
		if (base)
			memcpy(grown, p->nodes, base * sizeof(*grown));
		p->nodes = grown;
	}
	p->n_nodes += entries;
	return base;
}

static unsigned bits_at(u128 address, unsigned at, unsigned n)
{
	return (unsigned)(address >> (BITS - at - n)) & ((1u << n) - 1);
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
 * The fewest entries, below `limit`, in which the keys part within `levels` levels, and the stride of the first;
 * TOO_MANY if they do not.
 */
static uint64_t least_entries(const struct key *keys, size_t n, unsigned levels, uint64_t limit, unsigned *stride)
{
	uint64_t best = limit;
	unsigned at, most, ignored;

	if (n == 1)
		return 0;
	if (!levels)
		return TOO_MANY;
	at = shared_bits(keys[0].address, keys[n - 1].address);
	most = at < 64 ? 64 - at : BITS - at;
	most = most < MOST_STRIDE ? most : MOST_STRIDE;
	if (levels == 1) {
		*stride = bits_to_part(keys, n, at);
		return *stride > most || 1ull << *stride > MOST_SPREAD * n || 1ull << *stride >= limit ? TOO_MANY : 1ull << *stride;
	}
	for (unsigned bits = 1; bits <= most && 1ull << bits < best && 1ull << bits <= MOST_SPREAD * n; bits += stride_step(n)) {
		uint64_t entries = 1ull << bits;

		for (size_t i = 0, end; i < n && entries < best; i = end) {
			uint64_t more;

			end = end_of_value(keys, n, i, at, bits);
			more = least_entries(keys + i, end - i, levels - 1, best - entries, &ignored);
			entries = more == TOO_MANY ? best : entries + more;
		}
		if (entries < best) {
			best = entries;
			*stride = bits;
		}
	}
	return best < limit ? best : TOO_MANY;
}

/* How many levels the tree has: fewer take larger nodes. */
static unsigned choose_levels(const struct key *keys, size_t n)
{
	unsigned best = 0, stride;
	double least = 0;

	for (unsigned levels = 1; levels <= MOST_LEVELS; levels++) {
		uint64_t entries = least_entries(keys, n, levels, 64 * n + 1024, &stride);
		double ns = levels * (LEVEL_INSNS * COST_INSN + cost_read(entries * 8));

		if (entries == TOO_MANY)
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
	unsigned most = at < 64 ? 64 - at : BITS - at, bits = 1;

	while (bits < most && bits < MOST_STRIDE && 2ull << bits <= n)
		bits++;
	return bits;
}

/* The entry that leads to the keys. */
static uint64_t plant(struct planting *p, const struct key *keys, size_t n, unsigned level)
{
	unsigned at, stride;
	uint64_t previous = 0, entry;
	size_t base;

	if (level > p->depth)
		p->depth = level;
	if (n == 1)
		return keys->leaf;
	at = shared_bits(keys[0].address, keys[n - 1].address);
	if (p->levels <= level || least_entries(keys, n, p->levels - level, TOO_MANY, &stride) == TOO_MANY)
		stride = some_stride(keys, n, at);
	base = new_node(p, (size_t)1 << stride);
	entry = KEY_INNER | (at >= 64 ? KEY_LOW : 0) | (uint64_t)(128 - (at & 64 ? 0 : 64) - at - stride) << KEY_SHIFT |
		(uint64_t)((1u << stride) - 1) << KEY_MASK | base;
	for (size_t i = 0, slot = 0; i < n;) {
		unsigned value = bits_at(keys[i].address, at, stride);
		unsigned before = i ? bits_at(keys[i - 1].address, at, stride) : 0;
		size_t end = end_of_value(keys, n, i, at, stride);
		uint64_t child;

		child = plant(p, keys + i, end - i, level + 1);
		/* What is between belongs to the neighbour with which it shares more bits. */
		for (; slot < value; slot++)
			p->nodes[base + slot] = i && (slot ^ before) < (slot ^ value) ? previous : child;
		p->nodes[base + slot++] = child;
		previous = child;
		i = end;
		if (end == n)
			for (; slot < (size_t)1 << stride; slot++)
				p->nodes[base + slot] = child;
	}
	return entry;
}

/* The byte of a length that the program compares with: see class_keys() of the templates. */
static void pack_lengths(const struct key *key, uint64_t *lengths, uint64_t *counted)
{
	*lengths = *counted = 0;
	for (unsigned i = 0; i < key->n; i++) {
		*lengths |= (uint64_t)(key->lengths[i] - 1) << 8 * i;
		*counted |= 0x80ull << 8 * i;
	}
}

static void write_leaf(struct classifier *classifier, const struct class_keys *out, size_t leaf, const struct key *key,
		       uint64_t classes)
{
	uint64_t numbers[KEY_NUMBERS], lengths, counted;
	size_t n = 0;

	pack_lengths(key, &lengths, &counted);
	numbers[n++] = (uint64_t)(key->address >> 64) | (out->narrow ? classes : 0);
	numbers[n++] = lengths;
	numbers[n++] = counted;
	if (!out->narrow) {
		numbers[n++] = (uint64_t)key->address;
		numbers[n++] = classes;
	}
	for (size_t i = 0; i < n; i++)
		region_set(classifier, &out->leaves, leaf * n + i, numbers[i]);
}

static void write_leaves(struct arena *arena, struct arena *scratch, struct classifier *classifier,
			 const struct key *keys, size_t n, struct class_keys *out)
{
	uint32_t *classes = ARENA_ARRAY(scratch, uint32_t, n * (LENGTHS + 1));
	size_t n_classes = 0;

	out->leaves = region_new(arena, classifier, "keys", n * keys_numbers(out), sizeof(uint64_t));
	for (size_t i = 0; i < n; i++) {
		write_leaf(classifier, out, i, &keys[i], n_classes);
		classes[n_classes++] = keys[i].first;
		for (unsigned k = 0; k < keys[i].n; k++)
			classes[n_classes++] = keys[i].classes[k];
	}
	out->classes = region_of(arena, classifier, "classes of keys", classes, n_classes);
}

double keys_build(struct arena *arena, struct arena *scratch, struct classifier *classifier, const char *what,
		  enum family family, const struct intervals *intervals, struct class_keys *keys)
{
	struct finding f = { .arena = scratch, .intervals = intervals, .shift = BITS - family_bits(family) };
	struct planting p = { .scratch = scratch };
	uint64_t root;
	size_t n = 0;

	find_keys(&f, 0, 0, 0, intervals->n - 1);
	qsort(f.keys, f.n, sizeof(*f.keys), compare_keys);
	/* The same address may have come from several paths: what it parts from is the same in all. */
	for (size_t i = 0; i < f.n; i++)
		if (!n || f.keys[n - 1].address != f.keys[i].address)
			f.keys[n++] = f.keys[i];
	for (size_t i = 0; i < n; i++)
		f.keys[i].leaf = (uint32_t)i;
	p.levels = choose_levels(f.keys, n);
	new_node(&p, 1);
	root = plant(&p, f.keys, n, 0);
	p.nodes[0] = root;
	keys->narrow = family == FAMILY_V4;
	keys->n_levels = p.depth;
	keys->nodes = region_new(arena, classifier, what, p.n_nodes, sizeof(uint64_t));
	for (size_t i = 0; i < p.n_nodes; i++)
		region_set(classifier, &keys->nodes, i, p.nodes[i]);
	write_leaves(arena, scratch, classifier, f.keys, n, keys);
	return p.depth * (LEVEL_INSNS * COST_INSN + cost_read(p.n_nodes * 8)) + LEAF_INSNS * COST_INSN +
	       cost_read(n * keys_numbers(keys) * 8) + cost_read((uint64_t)keys->classes.n * keys->classes.width);
}

uint32_t keys_lookup(const struct classifier *classifier, const struct class_keys *keys, u128 address)
{
	uint64_t entry = region_get(classifier, &keys->nodes, 0), leaf, first, lengths, counted, reached, classes;
	unsigned shared;
	u128 key;

	if (keys->narrow)
		address <<= BITS - 32;
	for (unsigned level = 0; level < keys->n_levels; level++) {
		uint64_t half = entry & KEY_LOW ? (uint64_t)address : (uint64_t)(address >> 64);

		if (entry & KEY_INNER)
			entry = region_get(classifier, &keys->nodes,
					   (uint32_t)entry + (half >> (entry >> KEY_SHIFT & 63) & (entry >> KEY_MASK & 0xffff)));
	}
	leaf = entry * keys_numbers(keys);
	first = region_get(classifier, &keys->leaves, leaf);
	lengths = region_get(classifier, &keys->leaves, leaf + 1);
	counted = region_get(classifier, &keys->leaves, leaf + 2);
	if (keys->narrow) {
		classes = (uint32_t)first;
		key = (u128)(first >> 32) << 96;
	} else {
		key = (u128)first << 64 | region_get(classifier, &keys->leaves, leaf + 3);
		classes = region_get(classifier, &keys->leaves, leaf + 4);
	}
	shared = key == address ? BITS : shared_bits(key, address);
	reached = (0x7f7f7f7f7f7f7f7full + shared * 0x0101010101010101ull - lengths) & counted;
	return (uint32_t)region_get(classifier, &keys->classes, classes + (unsigned)__builtin_popcountll(reached));
}
