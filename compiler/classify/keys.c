/* SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause */
#include "end.h"

#include "cost.h"
#include "class_region.h"

#include <stdlib.h>

#define BITS 128
#define LEVEL_INSNS 22
#define LENGTH_INSNS 10
#define LEAF_INSNS 30

/* Lengths that a leaf tells apart. */
#define LENGTHS 8

/* No node has more entries than 2 to this, nor more than so many for each of its keys. */
#define MOST_STRIDE 13
#define MOST_SPREAD 16

/* More levels are not aimed at, only taken where nothing else does. */
#define MOST_LEVELS 6

/* Where an entry can point to. */
#define MOST_ENTRIES (1u << KEY_BASE_BITS)

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
	if (key->n)
		return;
	/* One that does not matter: leaves have one at least. */
	slot->lengths[0] = (uint8_t)(BITS - f->shift);
	slot->classes[0] = key->first;
	slot->n = 1;
}

/* The class that the fewest bits of the path lead to in one run, and where the run is. */
static unsigned shortest_run(const struct finding *f, unsigned depth, unsigned *begin, unsigned *end)
{
	unsigned runs = 0, best = BITS + 1;

	for (unsigned i = 0; i < depth;) {
		unsigned k = i, n = 0;

		for (; k < depth && (f->beside[k] == UNASKED || f->beside[k] == f->beside[i]); k++)
			n += f->beside[k] != UNASKED;
		if (f->beside[i] != UNASKED && n) {
			runs++;
			if (n < best) {
				best = n;
				*begin = i;
				*end = k;
			}
		}
		i = f->beside[i] == UNASKED ? i + 1 : k;
	}
	return runs;
}

/*
 * An address at the end of a path of `depth` bits, of class `own`. Where the path has more steps than a leaf tells
 * apart, what parts from it in the shortest runs has keys of its own, until the rest are few enough.
 */
static void add_key(struct finding *f, u128 address, unsigned depth, uint32_t own)
{
	uint32_t path[BITS], parting[BITS];
	struct key key = { .address = address };
	unsigned begin = 0, end = 0;

	memcpy(path, f->beside, sizeof(path));
	if (!take_steps(f, depth, own, &key)) {
		memset(parting, 0xff, sizeof(parting));
		while (shortest_run(f, depth, &begin, &end) > LENGTHS - 1)
			for (unsigned i = begin; i < end; i++) {
				parting[i] = f->beside[i] == UNASKED ? parting[i] : f->beside[i];
				f->beside[i] = UNASKED;
			}
		take_steps(f, depth, own, &key);
		for (unsigned i = 0; i < depth; i++) {
			u128 bit = (u128)1 << (BITS - 1 - i);
			struct key beside = { .address = (address ^ bit) & ~(bit - 1) };

			if (parting[i] == UNASKED)
				continue;
			take_steps(f, i + 1, parting[i], &beside);
			push_key(f, &beside);
		}
	}
	push_key(f, &key);
	memcpy(f->beside, path, sizeof(path));
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
		/* The half that is not like what is around: then there is one step less. */
		bool upper = depth && intervals->classes[low] == f->beside[depth - 1];

		f->beside[depth] = intervals->classes[upper ? low : high];
		add_key(f, upper ? half : first, depth + 1, intervals->classes[upper ? high : low]);
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
	uint32_t *nodes;
	size_t n_nodes, room;
	unsigned levels;            /* of every leaf */
	bool planned;               /* the levels are those of choose_levels() */
	bool low;
};

static size_t new_node(struct planting *p, size_t entries)
{
	size_t base = p->n_nodes;

	if (base + entries > p->room) {
		uint32_t *grown;

		p->room = 2 * (base + entries);
		grown = ARENA_ARRAY(p->scratch, uint32_t, p->room);
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
		uint64_t entries = least_entries(keys, n, levels, MOST_ENTRIES, &stride);
		double ns = levels * (LEVEL_INSNS * COST_INSN + cost_read((entries + n) * 4));

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

/* The entry that leads to the keys. */
static uint32_t plant(struct planting *p, const struct key *keys, size_t n, unsigned level)
{
	uint32_t previous = 0, child;
	unsigned at, stride;
	size_t base;

	if (level == p->levels)
		return keys->leaf;
	if (n == 1) {
		base = new_node(p, 1);
		child = plant(p, keys, 1, level + 1);
		p->nodes[base] = child;
		return entry_of(base, 0, 0);
	}
	at = shared_bits(keys[0].address, keys[n - 1].address);
	if (!p->planned || least_entries(keys, n, p->levels - level, TOO_MANY, &stride) == TOO_MANY)
		stride = some_stride(keys, n, at);
	p->low |= at >= 64;
	base = new_node(p, (size_t)1 << stride);
	for (size_t i = 0, slot = 0, end; i < n; i = end) {
		unsigned value = bits_at(keys[i].address, at, stride);
		unsigned before = i ? bits_at(keys[i - 1].address, at, stride) : 0;

		end = end_of_value(keys, n, i, at, stride);
		child = plant(p, keys + i, end - i, level + 1);
		/* What is between belongs to the neighbour with which it shares more bits. */
		for (; slot < value; slot++)
			p->nodes[base + slot] = i && (slot ^ before) < (slot ^ value) ? previous : child;
		p->nodes[base + slot++] = child;
		previous = child;
		for (; end == n && slot < (size_t)1 << stride; slot++)
			p->nodes[base + slot] = child;
	}
	return entry_of(base, at, stride);
}

static enum key_layout choose_layout(enum family family, const struct key *keys, size_t n)
{
	if (family == FAMILY_V4)
		return KEYS_NARROW;
	for (size_t i = 0; i < n; i++)
		for (unsigned k = 0; k < keys[i].n; k++)
			if (keys[i].lengths[k] < 3 || (keys[i].lengths[k] > 64 && keys[i].lengths[k] < BITS))
				return KEYS_WIDE;
	return KEYS_FOLDED;
}

/* By how much a difference is shifted to be 0 if the key's k-th length is reached; 0 where it has not so many. */
static uint64_t shift_of(const struct class_keys *out, const struct key *key, unsigned k)
{
	if (k >= key->n)
		return 0;
	if (out->layout == KEYS_NARROW)
		return 33u - key->lengths[k];
	return key->lengths[k] <= 64 ? 66u - key->lengths[k] : 1;
}

static void write_leaf(struct classifier *classifier, const struct class_keys *out, size_t leaf, const struct key *key,
		       uint64_t classes)
{
	uint64_t numbers[KEY_NUMBERS] = { (uint64_t)(key->address >> 64), (uint64_t)key->address }, bytes = 0;

	for (unsigned k = 0; k < key->n; k++)
		bytes |= (out->layout == KEYS_WIDE ? key->lengths[k] : shift_of(out, key, k)) << 8 * k;
	numbers[2] = bytes;
	numbers[3] = classes;
	if (out->layout == KEYS_NARROW) {
		numbers[0] |= classes;
		numbers[1] = bytes;
	} else if (out->layout == KEYS_WIDE) {
		numbers[3] |= (uint64_t)(64 - 8 * key->n) << 32;
	}
	for (size_t i = 0; i < keys_numbers(out); i++)
		region_set(classifier, &out->leaves, leaf * keys_numbers(out) + i, numbers[i]);
}

static void write_leaves(struct arena *arena, struct arena *scratch, struct classifier *classifier,
			 const struct key *keys, size_t n, struct class_keys *out)
{
	uint32_t *classes = ARENA_ARRAY(scratch, uint32_t, n * (LENGTHS + 1));
	size_t n_classes = 0;

	for (size_t i = 0; i < n; i++)
		out->n_lengths = keys[i].n > out->n_lengths ? keys[i].n : out->n_lengths;
	out->leaves = region_new(arena, classifier, "keys", n * keys_numbers(out), sizeof(uint64_t));
	for (size_t i = 0; i < n; i++) {
		write_leaf(classifier, out, i, &keys[i], n_classes);
		classes[n_classes++] = keys[i].first;
		for (unsigned k = 0; k < keys[i].n; k++)
			classes[n_classes++] = keys[i].classes[k];
	}
	out->classes = classes;
	out->n_places = n_classes;
}

double keys_build(struct arena *arena, struct arena *scratch, struct classifier *classifier, const char *what,
		  enum family family, const struct intervals *intervals, struct class_keys *keys)
{
	struct finding f = { .arena = scratch, .intervals = intervals, .shift = BITS - family_bits(family) };
	struct planting p = { .scratch = scratch };
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
	p.planned = p.levels;
	if (!p.planned)
		p.levels = count_levels(f.keys, n);
	keys->root = plant(&p, f.keys, n, 0);
	if (p.n_nodes > MOST_ENTRIES)
		return -1;
	keys->layout = choose_layout(family, f.keys, n);
	keys->low = p.low;
	keys->n_levels = p.levels;
	keys->nodes = region_new(arena, classifier, what, p.n_nodes, sizeof(uint32_t));
	for (size_t i = 0; i < p.n_nodes; i++)
		region_set(classifier, &keys->nodes, i, p.nodes[i]);
	write_leaves(arena, scratch, classifier, f.keys, n, keys);
	return p.levels * (LEVEL_INSNS * COST_INSN + cost_read(p.n_nodes * 4)) +
	       (LEAF_INSNS + LENGTH_INSNS * keys->n_lengths) * COST_INSN + cost_read(n * keys_numbers(keys) * 8);
}

/* The difference of two IPv6 addresses in 64 bits: the first three are one, the low half is one, and then a 1. */
static uint64_t fold(uint64_t high, uint64_t low)
{
	return high << 2 | (uint64_t)(high >> 61 != 0) << 63 | (uint64_t)(low != 0) << 1 | 1;
}

static unsigned count_reached(const struct classifier *classifier, const struct class_keys *keys, uint64_t leaf,
			      u128 address, uint32_t *classes)
{
	uint64_t numbers[KEY_NUMBERS] = { 0 }, difference, shifts;
	unsigned reached = 0;
	u128 key;

	for (size_t i = 0; i < keys_numbers(keys); i++)
		numbers[i] = region_get(classifier, &keys->leaves, leaf * keys_numbers(keys) + i);
	key = (u128)numbers[0] << 64 | numbers[1];
	*classes = (uint32_t)numbers[3];
	if (keys->layout == KEYS_WIDE) {
		uint64_t shared = key == address ? BITS : shared_bits(key, address);

		shared = 0x8080808080808080ull + shared * 0x0101010101010101ull - numbers[2];
		return (unsigned)__builtin_popcountll(shared & 0x8080808080808080ull >> (numbers[3] >> 32 & 63));
	}
	if (keys->layout == KEYS_NARROW) {
		*classes = (uint32_t)numbers[0];
		difference = ((uint64_t)(address >> 96) ^ numbers[0] >> 32) << 1 | 1;
		shifts = numbers[1];
	} else {
		difference = fold((uint64_t)((key ^ address) >> 64), (uint64_t)(key ^ address));
		shifts = numbers[2];
	}
	for (unsigned k = 0; k < keys->n_lengths; k++)
		reached += difference >> (shifts >> 8 * k & 63) == 0;
	return reached;
}

uint32_t keys_lookup(const struct classifier *classifier, const struct class_keys *keys, u128 address)
{
	uint32_t entry = keys->root, classes;
	unsigned reached;

	if (keys->layout == KEYS_NARROW)
		address <<= BITS - 32;
	for (unsigned level = 0; level < keys->n_levels; level++) {
		uint64_t half = entry & KEY_LOW ? (uint64_t)address : (uint64_t)(address >> 64);

		half = half << (entry >> KEY_BASE_BITS & 63) >> 1 >> (entry >> KEY_RIGHT & 63);
		entry = (uint32_t)region_get(classifier, &keys->nodes, (entry & (MOST_ENTRIES - 1)) + half);
	}
	reached = count_reached(classifier, keys, entry, address, &classes);
	return classes + reached;
}
