/* SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause */
#include "keys.h"

#include "cost.h"
#include "class_region.h"

#define LENGTH_INSNS 8
#define LEAF_INSNS 24
#define FENCE_INSNS 8
#define SHARED_INSNS 12

/* Rows that leaves have the numbers of. */
struct shared_rows {
	uint32_t *numbers;          /* by class, + 1; 0: only leaves have the row */
	uint32_t *classes;          /* by number */
	uint32_t n;
};

static enum key_layout choose_layout(enum family family, const struct found_keys *found)
{
	if (family == FAMILY_V4)
		return KEYS_NARROW;
	for (size_t i = 0; i < found->n; i++)
		for (unsigned k = 0; k < found->keys[i].n; k++) {
			unsigned length = found->keys[i].lengths[k];

			if (length < 3 || (length > 64 && length < KEY_BITS))
				return KEYS_WIDE;
		}
	return KEYS_FOLDED;
}

/* By how much a difference is shifted to be 0 if the key's length is reached. */
static unsigned shift_of(enum key_layout layout, unsigned length)
{
	if (layout == KEYS_NARROW)
		return 33 - length;
	return length <= 64 ? 66 - length : 1;
}

/* A half of a key; IPv4 has one, of 32 bits. */
static uint64_t half_of(enum key_layout layout, u128 address, unsigned half)
{
	if (layout == KEYS_NARROW)
		return half ? 0 : (uint64_t)(address >> 96);
	return (uint64_t)(half ? address : address >> 64);
}

/* Which bytes of the halves are the same in all keys. */
static void choose_halves(struct class_keys *out, const struct found_keys *found)
{
	for (unsigned h = 0; h < 2; h++) {
		uint64_t first = half_of(out->layout, found->keys[0].address, h), differ = 0;

		for (size_t i = 1; i < found->n; i++)
			differ |= first ^ half_of(out->layout, found->keys[i].address, h);
		out->halves[h].bytes = (bits_of(differ) + 7) / 8;
		out->halves[h].same = first & ~bytes_mask(out->halves[h].bytes);
	}
}

/* The class where so many of a key's lengths are reached. */
static uint32_t class_at(const struct key *key, unsigned reached)
{
	return reached ? key->classes[(reached < key->n ? reached : key->n) - 1] : key->first;
}

static void find_shared(struct arena *scratch, const struct found_keys *found, size_t n_classes, struct shared_rows *shared)
{
	*shared = (struct shared_rows){ .numbers = ARENA_ARRAY(scratch, uint32_t, n_classes),
					.classes = ARENA_ARRAY(scratch, uint32_t, n_classes) };
	for (size_t i = 0; i < found->n; i++)
		for (unsigned k = 0; k < found->keys[i].n; k++) {
			uint32_t class = class_at(&found->keys[i], k);

			if (shared->numbers[class])
				continue;
			shared->classes[shared->n++] = class;
			shared->numbers[class] = shared->n;
		}
}

/* Do leaves that share rows spare so much that their reads are cheaper? */
static bool sharing_pays(const struct found_keys *found, const struct class_keys *keys, unsigned row_bytes, uint32_t n_shared)
{
	uint64_t lengths = 0, same, apart, together;

	for (size_t i = 0; i < found->n; i++)
		lengths += found->keys[i].n;
	same = found->n * (keys_bytes(keys) + row_bytes) + lengths;
	apart = same + lengths * row_bytes;
	together = same + lengths * SHARED_BYTES + (uint64_t)n_shared * row_bytes;
	return n_shared <= 1u << 8 * SHARED_BYTES && cost_read(together) + SHARED_INSNS * COST_INSN < cost_read(apart);
}

static void write_leaf(struct classifier *classifier, const struct class_keys *out, const struct key *key,
		       const struct class_rows *rows, const struct shared_rows *shared)
{
	size_t at = key->place;

	for (unsigned h = 0; h < 2; h++) {
		region_put(classifier, &out->leaves, at, half_of(out->layout, key->address, h), out->halves[h].bytes);
		at += out->halves[h].bytes;
	}
	for (unsigned k = 0; k < key->room; k++) {
		unsigned length = key->lengths[k < key->n ? k : key->n - 1];

		if (out->layout != KEYS_WIDE)
			length = out->shares || k < key->n_rows - 1 ? shift_of(out->layout, length) : 0;
		region_put(classifier, &out->leaves, at++, length, 1);
	}
	if (!out->shares) {
		for (unsigned k = 0; k < key->n_rows; k++, at += rows->bytes)
			rows_put(classifier, rows, &out->leaves, at, class_at(key, k));
		return;
	}
	rows_put(classifier, rows, &out->leaves, at, class_at(key, key->n));
	at += rows->bytes;
	for (unsigned k = 0; k < key->n; k++, at += SHARED_BYTES)
		region_put(classifier, &out->leaves, at, shared->numbers[class_at(key, k)] - 1, SHARED_BYTES);
}

static void write_leaves(struct arena *arena, struct classifier *classifier, struct class_keys *out,
			 const struct found_keys *found, const struct class_rows *rows, const struct shared_rows *shared,
			 size_t bytes)
{
	size_t n_shared = out->shares ? shared->n : 0;

	out->outside = (uint32_t)bytes;
	out->shared = (uint32_t)bytes + (out->fence.length ? rows->bytes : 0);
	out->leaves = region_new(arena, classifier, "keys", out->shared + n_shared * rows->bytes, 1);
	out->n_lengths = out->least_lengths = found->keys[0].room;
	for (size_t i = 0; i < found->n; i++) {
		unsigned room = found->keys[i].room;

		out->n_lengths = room > out->n_lengths ? room : out->n_lengths;
		out->least_lengths = room < out->least_lengths ? room : out->least_lengths;
		write_leaf(classifier, out, &found->keys[i], rows, shared);
	}
	for (size_t i = 0; i < n_shared; i++)
		rows_put(classifier, rows, &out->leaves, out->shared + i * rows->bytes, shared->classes[i]);
	if (out->fence.length)
		rows_put(classifier, rows, &out->leaves, bytes, out->fence.class);
}

double keys_build(struct arena *arena, struct arena *scratch, struct classifier *classifier, const char *what,
		  enum family family, const struct intervals *intervals, size_t compact_from, struct class_rows *rows,
		  struct class_keys *keys)
{
	struct key_tree tree = { 0 };
	struct shared_rows shared;
	struct found_keys found;
	struct leaf_shape shape;
	unsigned insns;

	keys_find(scratch, family, intervals, false, &found);
	keys->compact = found.n >= compact_from;
	if (keys->compact)
		keys_find(scratch, family, intervals, true, &found);
	keys->fence = found.fence;
	keys->layout = choose_layout(family, &found);
	choose_halves(keys, &found);
	find_shared(scratch, &found, intervals->n_classes, &shared);
	keys->shares = sharing_pays(&found, keys, rows->bytes, shared.n);
	shape = (struct leaf_shape){ keys_bytes(keys), rows->bytes, keys_row_bytes(keys, rows), keys->layout == KEYS_WIDE };
	if (!keys_plant(scratch, found.keys, found.n, &shape, keys->compact, &tree))
		return -1;
	keys->n_levels = tree.n_levels;
	keys->root = tree.root;
	keys->low = tree.low;
	keys->unit = tree.unit;
	keys->nodes = region_new(arena, classifier, what, tree.n_nodes, sizeof(uint32_t));
	for (size_t i = 0; i < tree.n_nodes; i++)
		region_set(classifier, &keys->nodes, i, tree.nodes[i]);
	if (keys->compact) {
		keys->last = region_new(arena, classifier, "last level", tree.n_last, 1);
		memcpy(classifier->data + keys->last.offset, tree.last, tree.n_last);
	}
	write_leaves(arena, classifier, keys, &found, rows, &shared, tree.leaf_bytes);
	rows->region = keys->leaves;
	rows->stride = 1;
	insns = LEAF_INSNS + LENGTH_INSNS * keys->n_lengths + (keys->fence.length ? FENCE_INSNS : 0) +
		(keys->shares ? SHARED_INSNS : 0);
	return keys_tree_ns(&tree) + cost_read(keys->leaves.n) + insns * COST_INSN;
}

/* --- looking up ---------------------------------------------------------------- */

/* The difference of two IPv6 addresses in 64 bits: the first three are one, the low half is one, and then a 1. */
static uint64_t fold(uint64_t high, uint64_t low)
{
	return high << 2 | (uint64_t)(high >> 61 != 0) << 63 | (uint64_t)(low != 0) << 1 | 1;
}

static unsigned count_reached(const struct class_keys *keys, u128 key, uint64_t lengths, unsigned unused, u128 address)
{
	uint64_t difference;
	unsigned reached = 0;

	if (keys->layout == KEYS_WIDE) {
		uint64_t shared = shared_bits(key, address);

		shared = 0x8080808080808080ull + shared * 0x0101010101010101ull - lengths;
		return (unsigned)__builtin_popcountll(shared & 0x8080808080808080ull >> unused);
	}
	if (keys->layout == KEYS_NARROW)
		difference = (uint64_t)((key ^ address) >> 96) << 1 | 1;
	else
		difference = fold((uint64_t)((key ^ address) >> 64), (uint64_t)(key ^ address));
	lengths &= ~0ull >> unused;
	for (unsigned k = 0; k < keys->n_lengths; k++)
		reached += difference >> (lengths >> 8 * k & 63) == 0;
	return reached;
}

/* What the bits that an entry says of the address come to. */
static uint64_t chosen_bits(uint32_t entry, u128 address)
{
	uint64_t half = entry & KEY_LOW ? (uint64_t)address : (uint64_t)(address >> 64);

	return half << (entry >> KEY_BASE_BITS & 63) >> 1 >> (entry >> KEY_RIGHT & 63);
}

static uint32_t base_of(uint32_t entry)
{
	return entry & ((1u << KEY_BASE_BITS) - 1);
}

uint32_t keys_entry(const struct classifier *classifier, const struct class_keys *keys, const struct class_rows *rows,
		    unsigned level, uint32_t entry, uint64_t index, unsigned *room)
{
	uint32_t base = base_of(entry), header;

	*room = keys->n_lengths;
	if (!keys->compact || level + 1 < keys->n_levels)
		return (uint32_t)region_get(classifier, &keys->nodes, base + index);
	base <<= keys->unit;
	header = (uint32_t)region_bytes(classifier, &keys->last, base);
	*room = LENGTHS - (header >> LEAF_SPARE);
	index = region_get(classifier, &keys->last, base + LAST_HEADER + index);
	return (header & ((1u << LEAF_PLACE_BITS) - 1)) +
	       (uint32_t)index * (keys_bytes(keys) + rows->bytes + *room * (1 + keys_row_bytes(keys, rows)));
}

u128 keys_key(const struct classifier *classifier, const struct class_keys *keys, uint32_t leaf)
{
	uint64_t halves[2];

	for (unsigned h = 0; h < 2; h++) {
		halves[h] = (region_bytes(classifier, &keys->leaves, leaf) & bytes_mask(keys->halves[h].bytes)) | keys->halves[h].same;
		leaf += keys->halves[h].bytes;
	}
	return keys->layout == KEYS_NARROW ? (u128)halves[0] << 96 : (u128)halves[0] << 64 | halves[1];
}

uint32_t keys_lookup(const struct classifier *classifier, const struct class_keys *keys, const struct class_rows *rows,
		     u128 address)
{
	unsigned room = keys->n_lengths, reached;
	uint32_t at = keys->root;
	u128 key;

	if (keys->layout == KEYS_NARROW)
		address <<= KEY_BITS - 32;
	if (keys->fence.length && ((uint64_t)(address >> 64) ^ keys->fence.prefix) >> (64 - keys->fence.length))
		return keys->outside;
	for (unsigned level = 0; level < keys->n_levels; level++)
		at = keys_entry(classifier, keys, rows, level, at, chosen_bits(at, address), &room);
	key = keys_key(classifier, keys, at);
	at += keys_bytes(keys);
	reached = count_reached(keys, key, region_bytes(classifier, &keys->leaves, at), 64 - 8 * room, address);
	at += room;
	if (!keys->shares)
		return at + reached * rows->bytes;
	if (reached == room)
		return at;
	at += rows->bytes + reached * SHARED_BYTES;
	return keys->shared + (uint16_t)region_bytes(classifier, &keys->leaves, at) * rows->bytes;
}
