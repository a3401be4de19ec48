/* SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause */
/*
 * From the addresses of a packet to the rows of classes, as C. Both ends are looked up step by step in turns, and so are
 * all groups: a step waits for what it reads, and the others go on meanwhile.
 */
#include "emission.h"

#include <inttypes.h>

const char *const end_names[2] = { "src", "dst" };

/* Level by level; the level at the end of which `shift` bits of the address are left. */
static void emit_trie(struct emission *e, const struct class_trie *trie, const char *end, unsigned level)
{
	unsigned shift = 32;

	for (unsigned i = 0; i <= level; i++)
		shift -= trie->strides[i];
	if (!level)
		emit_statement(e, end, "=", emit_read(e, &trie->entries, arena_printf(e->arena, "packet_number(pkt, %s.v4) >> %u", end, shift)));
	else
		emit_statement(e, end, "=", arena_printf(e->arena, "class_trie(tables, %" PRIu32 ", %#" PRIx32 ", %s, packet_number(pkt, %s.v4) >> %u & %#x)",
						    trie->entries.offset, region_mask(&trie->entries), end, end, shift,
						    (1u << trie->strides[level]) - 1));
}

static void emit_address(struct emission *e, bool narrow, const char *end)
{
	struct writer *w = e->w;

	if (narrow)
		writer_printf(w, "%s_address = (struct ip6){ packet_number(pkt, %s.v4) << 32, 0 };", end, end);
	else
		writer_printf(w, "%s_address = (struct ip6){ packet_read(pkt, %s.v6.hi), packet_read(pkt, %s.v6.lo) };", end, end, end);
	writer_newline(w);
}

/* The bits of the address that choose from the node that `end` leads to; the first node is known already. */
static const char *chosen_bits(struct emission *e, const struct class_keys *keys, const char *end, unsigned level)
{
	if (!level)
		return arena_printf(e->arena, "(%s_address.%s << %" PRIu32 " >> 1 >> %" PRIu32 ")", end, keys->root & KEY_LOW ? "lo" : "hi",
				    keys->root >> KEY_BASE_BITS & 63, keys->root >> KEY_RIGHT & 63);
	return arena_printf(e->arena, keys->low ? "class_bits(%s, %s_address)" : "class_bits_of(%s, %s_address.hi)", end, end);
}

/* Where that node begins. */
static const char *node_base(struct emission *e, const struct class_keys *keys, const char *end, unsigned level)
{
	if (!level)
		return arena_printf(e->arena, "%" PRIu32, keys->root & ((1u << KEY_BASE_BITS) - 1));
	return arena_printf(e->arena, "class_base(%s)", end);
}

/* One level down the tree: sets `end` to the next entry. */
static void emit_level(struct emission *e, const struct class_keys *keys, const char *end, unsigned level)
{
	emit_statement(e, end, "=", emit_read(e, &keys->nodes, arena_printf(e->arena, "%s + %s", node_base(e, keys, end, level),
									      chosen_bits(e, keys, end, level))));
}

/* Do all leaves have room for as many lengths? */
static bool alike(const struct class_keys *keys)
{
	return keys->n_lengths == keys->least_lengths;
}

/* The last level of a compact tree: sets `end` to where the leaf begins, the three highest bits as they are in the node. */
static void emit_last(struct emission *e, const struct class_keys *keys, const struct class_rows *rows, const char *end)
{
	const char *base = node_base(e, keys, end, keys->n_levels - 1), *bytes;
	unsigned fixed = keys_bytes(keys) + rows->bytes, each = 1 + keys_row_bytes(keys, rows);

	if (keys->unit)
		base = arena_printf(e->arena, "(%s << %u)", base, keys->unit);
	emit_statement(e, "reached", "=", emit_read(e, &keys->last, arena_printf(e->arena, "%s + %u + %s", base, LAST_HEADER,
										   chosen_bits(e, keys, end, keys->n_levels - 1))));
	emit_statement(e, "place", "=", emit_place(e, &keys->last, base));
	emit_statement(e, end, "=", "(__u32)class_bytes(place, 0)");
	if (alike(keys))
		bytes = arena_printf(e->arena, "%u", fixed + keys->n_lengths * each);
	else
		bytes = arena_printf(e->arena, "(%u - (%s >> %u) * %u)", fixed + 8 * each, end, LEAF_SPARE, each);
	emit_statement(e, end, "+=", arena_printf(e->arena, "(__u32)reached * %s", bytes));
}

/* Reads the key and its lengths. */
static void emit_leaf(struct emission *e, const struct class_keys *keys, const char *end)
{
	static const char *const names[2] = { "hi", "lo" };
	unsigned at = 0;

	if (!keys->n_levels)
		emit_statement(e, end, "=", arena_printf(e->arena, "%" PRIu32, keys->root));
	emit_statement(e, "place", "=", emit_place(e, &keys->leaves, end));
	for (unsigned h = 0; h < 2; h++) {
		if (keys->halves[h].bytes)
			emit_statement(e, arena_printf(e->arena, "%s_leaf.key.%s", end, names[h]), "=",
				       arena_printf(e->arena, "class_bytes(place, %u)", at));
		at += keys->halves[h].bytes;
	}
	emit_statement(e, arena_printf(e->arena, "%s_leaf.lengths", end), "=", arena_printf(e->arena, "class_bytes(place, %u)", at));
}

/* A half of the key. */
static const char *leaf_half(struct emission *e, const struct class_keys *keys, const char *end, unsigned h)
{
	const struct key_half *half = &keys->halves[h];
	const char *bytes;

	if (!half->bytes)
		return arena_printf(e->arena, "%#" PRIx64 "ull", half->same);
	bytes = arena_printf(e->arena, "%s_leaf.key.%s", end, h ? "lo" : "hi");
	if (half->bytes == 8)
		return bytes;
	return arena_printf(e->arena, "(%#" PRIx64 "ull | (%#" PRIx64 "ull & %s))", half->same, bytes_mask(half->bytes), bytes);
}

/* Sets `reached`: how many of the key's lengths the address shares. */
static void emit_reached(struct emission *e, const struct class_keys *keys, const char *end)
{
	const char *lengths = arena_printf(e->arena, "%s_leaf.lengths", end), *unused;
	bool narrow = keys->layout == KEYS_NARROW;

	unused = alike(keys) ? arena_printf(e->arena, "%u", 64 - 8 * keys->n_lengths) : arena_printf(e->arena, "(%s >> 26)", end);
	if (keys->layout == KEYS_WIDE) {
		emit_statement(e, "reached", "=", arena_printf(e->arena, "class_shared(%s_address.hi ^ %s, %s_address.lo ^ %s)", end,
							       leaf_half(e, keys, end, 0), end, leaf_half(e, keys, end, 1)));
		emit_statement(e, "reached", "=", arena_printf(e->arena, "class_count(reached, %s, %s)", lengths, unused));
		return;
	}
	if (narrow)
		emit_statement(e, "value", "=", arena_printf(e->arena, "(%s_address.hi >> 32 ^ %s) << 1 | 1", end, leaf_half(e, keys, end, 0)));
	else
		emit_statement(e, "value", "=", arena_printf(e->arena, "class_fold(%s_address.hi ^ %s, %s_address.lo ^ %s)", end,
							     leaf_half(e, keys, end, 0), end, leaf_half(e, keys, end, 1)));
	if (!alike(keys))
		lengths = arena_printf(e->arena, "class_lengths(%s, %s)", lengths, end);
	emit_statement(e, "reached", "=", arena_printf(e->arena, "class_reached%s(value, %s, %u)", narrow ? "4" : "", lengths, keys->n_lengths));
}

/* The last of a leaf's rows is there if all of its lengths are reached, else the number of a shared one. */
static void emit_shared_row(struct emission *e, const struct class_keys *keys, const struct class_rows *rows, const char *end,
			    const char *room)
{
	emit_statement(e, end, "+=", arena_printf(e->arena, "%u + %s", keys_bytes(keys), room));
	emit_statement(e, "place", "=", emit_place(e, &keys->leaves, arena_printf(e->arena, "%s + %u + reached * %u", end, rows->bytes,
										  SHARED_BYTES)));
	emit_statement(e, end, "=", arena_printf(e->arena, "class_shared_row(%s, reached - %s, class_bytes(place, 0), %" PRIu32 ", %u)", end,
						 room, keys->shared, rows->bytes));
}

/* From the leaf to the row. */
static void emit_row(struct emission *e, const struct class_keys *keys, const struct class_rows *rows, const char *end)
{
	const char *room;

	emit_reached(e, keys, end);
	if (alike(keys))
		room = arena_printf(e->arena, "%u", keys->n_lengths);
	else
		room = arena_printf(e->arena, "(8 - (%s >> %u))", end, LEAF_SPARE);
	if (keys->shares)
		emit_shared_row(e, keys, rows, end, room);
	else
		emit_statement(e, end, "+=", arena_printf(e->arena, "%u + %s + (__u32)reached * %u", keys_bytes(keys), room, rows->bytes));
	if (keys->fence.length)
		emit_statement(e, end, "=", arena_printf(e->arena, "class_fenced(%s, %" PRIu32 ", (%s_address.hi ^ %#" PRIx64 "ull) >> %u)", end,
							 keys->outside, end, keys->fence.prefix, 64 - keys->fence.length));
}

/* One bit of the place; the last step, at none left, reads what stands there. */
static void emit_search(struct emission *e, const struct address_search *search, const char *end, unsigned step)
{
	const char *place, *halves[2];
	unsigned bit;

	if (!step) {
		emit_address(e, false, end);
		emit_statement(e, end, "=", "0");
	}
	if (step == search->n_steps) {
		emit_statement(e, end, "=", emit_read(e, &search->entries, end));
		return;
	}
	bit = search->n_steps - 1 - step;
	place = step ? arena_printf(e->arena, "(%s | %#x)", end, 1u << bit) : arena_printf(e->arena, "%#x", 1u << bit);
	for (unsigned half = 0; half < 2; half++)
		halves[half] = emit_read(e, &search->halves[half], place);
	emit_statement(e, end, "|=", arena_printf(e->arena, "(__u32)class_from(%s_address, %s, %s) << %u", end, halves[0], halves[1], bit));
}

/* One step of an end's look-up; false if there is none left. */
static bool emit_end_step(struct emission *e, const struct class_side *side, unsigned which, unsigned step)
{
	const struct class_end *end = &side->ends[which];
	const char *name = end_names[which];

	if (end->n_classes == 1)
		return false;
	if (end->by == END_SEARCH) {
		if (step > end->search.n_steps)
			return false;
		emit_search(e, &end->search, name, step);
		return true;
	}
	if (end->by == END_TRIE) {
		if (step >= end->trie.n_levels)
			return false;
		emit_trie(e, &end->trie, name, step);
		return true;
	}
	if (step > end->keys.n_levels + 1)
		return false;
	if (!step)
		emit_address(e, end->keys.layout == KEYS_NARROW, name);
	if (step + end->keys.compact < end->keys.n_levels)
		emit_level(e, &end->keys, name, step);
	else if (step < end->keys.n_levels)
		emit_last(e, &end->keys, &side->rows[which], name);
	else if (step == end->keys.n_levels)
		emit_leaf(e, &end->keys, name);
	else
		emit_row(e, &end->keys, &side->rows[which], name);
	return true;
}

/* Sets the words of the end's row. */
static void emit_rows(struct emission *e, const struct class_rows *rows, const char *end)
{
	if (!rows->stride || !rows->words)
		return;
	emit_statement(e, "place", "=", emit_place(e, &rows->region, rows->stride == 1 ? end : arena_printf(e->arena, "(__u64)%s * %u", end, rows->stride)));
	for (unsigned w = 0; w < rows->words; w++)
		emit_statement(e, arena_printf(e->arena, "%s_row%u", end, w), "=", arena_printf(e->arena, "class_bytes(place, %u)", 8 * w));
}

const char *emit_column(struct emission *e, const struct class_rows *rows, unsigned end, unsigned column)
{
	const struct class_column *place = &rows->columns[column];
	const char *word = rows->stride ? arena_printf(e->arena, "%s_row%u", end_names[end], place->word) : end_names[end];

	return arena_printf(e->arena, "(%s >> %u & %#" PRIx32 ")", word, place->shift, place->mask);
}

void emit_ends(struct emission *e, const struct class_side *side)
{
	bool left = true;

	for (unsigned step = 0; left; step++) {
		left = false;
		for (unsigned end = 0; end < 2; end++)
			left |= emit_end_step(e, side, end, step);
	}
	for (unsigned end = 0; end < 2; end++)
		emit_rows(e, &side->rows[end], end_names[end]);
}
