/* SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause */
#include "keys.h"

#include "cost.h"
#include "class_region.h"


#define LEVEL_INSNS 22
#define LENGTH_INSNS 10
#define LEAF_INSNS 30

/* No node has more entries than 2 to this, nor more than so many for each of its keys. */
#define MOST_STRIDE 13
#define MOST_SPREAD 16

/* More levels are not aimed at, only taken where nothing else does. */
#define MOST_LEVELS 6

/* Where an entry can point to. */
#define MOST_ENTRIES (1u << KEY_BASE_BITS)

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
	most = at < 64 ? 64 - at : KEY_BITS - at;
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
	unsigned most = at < 64 ? 64 - at : KEY_BITS - at, bits = 1;

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

static enum key_layout choose_layout(enum family family, const struct key *keys, size_t n, unsigned n_lengths)
{
	if (family == FAMILY_V4)
		return n_lengths > 4 ? KEYS_NARROW_MANY : KEYS_NARROW;
	for (size_t i = 0; i < n; i++)
		for (unsigned k = 0; k < keys[i].n; k++)
			if (keys[i].lengths[k] < 3 || (keys[i].lengths[k] > 64 && keys[i].lengths[k] < KEY_BITS))
				return KEYS_WIDE;
	return KEYS_FOLDED;
}

/* By how much a difference is shifted to be 0 if the key's length is reached. */
static uint64_t shift_of(enum key_layout layout, unsigned length)
{
	if (keys_narrow(layout))
		return 33u - length;
	return length <= 64 ? 66u - length : 1;
}

static void write_leaf(struct classifier *classifier, const struct class_keys *out, const struct key *key,
		       const struct class_rows *rows)
{
	uint64_t words[KEY_WORDS] = { (uint64_t)(key->address >> 64), (uint64_t)key->address }, bytes = 0;
	unsigned n = keys_words(out->layout);

	for (unsigned k = 0; k < key->n; k++)
		bytes |= (out->layout == KEYS_WIDE ? key->lengths[k] : shift_of(out->layout, key->lengths[k])) << 8 * k;
	if (out->layout == KEYS_NARROW)
		words[0] |= bytes;
	else if (out->layout == KEYS_NARROW_MANY)
		words[1] = bytes;
	else
		words[2] = bytes;
	if (out->layout == KEYS_WIDE) {
		/* A key without lengths has one that no address reaches: a shift by 64 bits would be one by none. */
		words[2] |= key->n ? 0 : KEY_BITS + 1;
		words[3] = key->n ? 64 - 8 * key->n : 56;
	}
	for (unsigned i = 0; i < n; i++)
		region_set(classifier, &out->leaves, key->leaf + i, words[i]);
	for (unsigned k = 0; k <= key->n; k++)
		for (unsigned w = 0; w < rows->words; w++)
			region_set(classifier, &out->leaves, key->leaf + n + k * rows->words + w,
				   rows_word(rows, w, k ? key->classes[k - 1] : key->first));
}

/* Where each leaf begins; how many words all take. */
static size_t place_leaves(struct key *keys, size_t n, const struct class_rows *rows, unsigned words)
{
	size_t at = 0;

	for (size_t i = 0; i < n; i++) {
		keys[i].leaf = (uint32_t)at;
		at += words + (keys[i].n + 1) * rows->words;
	}
	return at;
}

double keys_build(struct arena *arena, struct arena *scratch, struct classifier *classifier, const char *what,
		  enum family family, const struct intervals *intervals, struct class_rows *rows, struct class_keys *keys)
{
	struct planting p = { .scratch = scratch };
	size_t n, n_words;
	struct key *found = keys_find(scratch, family, intervals, &n);

	p.levels = choose_levels(found, n);
	p.planned = p.levels;
	if (!p.planned)
		p.levels = count_levels(found, n);
	for (size_t i = 0; i < n; i++)
		keys->n_lengths = found[i].n > keys->n_lengths ? found[i].n : keys->n_lengths;
	keys->layout = choose_layout(family, found, n, keys->n_lengths);
	n_words = place_leaves(found, n, rows, keys_words(keys->layout));
	keys->root = plant(&p, found, n, 0);
	if (p.n_nodes > MOST_ENTRIES)
		return -1;
	keys->low = p.low;
	keys->n_levels = p.levels;
	keys->nodes = region_new(arena, classifier, what, p.n_nodes, sizeof(uint32_t));
	for (size_t i = 0; i < p.n_nodes; i++)
		region_set(classifier, &keys->nodes, i, p.nodes[i]);
	keys->leaves = region_new(arena, classifier, "keys", n_words, sizeof(uint64_t));
	for (size_t i = 0; i < n; i++)
		write_leaf(classifier, keys, &found[i], rows);
	rows->region = keys->leaves;
	rows->stride = 1;
	return p.levels * (LEVEL_INSNS * COST_INSN + cost_read(p.n_nodes * 4)) +
	       (LEAF_INSNS + LENGTH_INSNS * keys->n_lengths) * COST_INSN + cost_read(n_words * 8);
}

/* The difference of two IPv6 addresses in 64 bits: the first three are one, the low half is one, and then a 1. */
static uint64_t fold(uint64_t high, uint64_t low)
{
	return high << 2 | (uint64_t)(high >> 61 != 0) << 63 | (uint64_t)(low != 0) << 1 | 1;
}

static unsigned count_reached(const struct class_keys *keys, const uint64_t words[KEY_WORDS], u128 address)
{
	uint64_t difference, shifts;
	unsigned reached = 0;
	u128 key = (u128)words[0] << 64 | words[1];

	if (keys->layout == KEYS_WIDE) {
		uint64_t shared = key == address ? KEY_BITS : shared_bits(key, address);

		shared = 0x8080808080808080ull + shared * 0x0101010101010101ull - words[2];
		return (unsigned)__builtin_popcountll(shared & 0x8080808080808080ull >> (words[3] & 63));
	}
	if (keys_narrow(keys->layout)) {
		difference = ((uint64_t)(address >> 96) ^ words[0] >> 32) << 1 | 1;
		shifts = words[keys->layout == KEYS_NARROW ? 0 : 1];
	} else {
		difference = fold((uint64_t)((key ^ address) >> 64), (uint64_t)(key ^ address));
		shifts = words[2];
	}
	for (unsigned k = 0; k < keys->n_lengths; k++)
		reached += difference >> (shifts >> 8 * k & 63) == 0;
	return reached;
}

uint32_t keys_lookup(const struct classifier *classifier, const struct class_keys *keys, const struct class_rows *rows,
		     u128 address)
{
	unsigned n = keys_words(keys->layout);
	uint64_t words[KEY_WORDS] = { 0 };
	uint32_t entry = keys->root;

	if (keys_narrow(keys->layout))
		address <<= KEY_BITS - 32;
	for (unsigned level = 0; level < keys->n_levels; level++) {
		uint64_t half = entry & KEY_LOW ? (uint64_t)address : (uint64_t)(address >> 64);

		half = half << (entry >> KEY_BASE_BITS & 63) >> 1 >> (entry >> KEY_RIGHT & 63);
		entry = (uint32_t)region_get(classifier, &keys->nodes, (entry & (MOST_ENTRIES - 1)) + half);
	}
	for (unsigned i = 0; i < n; i++)
		words[i] = region_get(classifier, &keys->leaves, entry + i);
	return entry + n + count_reached(keys, words, address) * rows->words;
}
