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
		emit_statement(e, end, "=", emit_read(e, &trie->entries, arena_printf(e->arena, "packet_read(pkt, %s.v4) >> %u", end, shift)));
	else
		emit_statement(e, end, "=", arena_printf(e->arena, "class_trie(tables, %" PRIu32 ", %#" PRIx32 ", %s, packet_read(pkt, %s.v4) >> %u & %#x)",
						    trie->entries.offset, region_mask(&trie->entries), end, end, shift,
						    (1u << trie->strides[level]) - 1));
}

static void emit_address(struct emission *e, const struct class_keys *keys, const char *end)
{
	struct writer *w = e->w;

	if (keys_narrow(keys->layout))
		writer_printf(w, "%s_address = (struct ip6){ (__u64)packet_read(pkt, %s.v4) << 32, 0 };", end, end);
	else
		writer_printf(w, "%s_address = (struct ip6){ packet_read(pkt, %s.v6.hi), packet_read(pkt, %s.v6.lo) };", end, end, end);
	writer_newline(w);
}

/* One level down the tree: sets `end` to the next entry, at last to the leaf. The first node is known already. */
static void emit_level(struct emission *e, const struct class_keys *keys, const char *end, unsigned level)
{
	uint32_t root = keys->root;
	const char *at;

	if (!level)
		at = arena_printf(e->arena, "%" PRIu32 " + (%s_address.%s << %" PRIu32 " >> 1 >> %" PRIu32 ")",
				  root & ((1u << KEY_BASE_BITS) - 1), end, root & KEY_LOW ? "lo" : "hi", root >> KEY_BASE_BITS & 63,
				  root >> KEY_RIGHT & 63);
	else
		at = arena_printf(e->arena, keys->low ? "class_next(%s, %s_address)" : "class_next_of(%s, %s_address.hi)", end, end);
	emit_statement(e, end, "=", emit_read(e, &keys->nodes, at));
}

/* From the leaf to the row. */
static void emit_leaf(struct emission *e, const struct class_keys *keys, const struct class_rows *rows, const char *end)
{
	const char *words[KEY_WORDS] = { NULL };
	unsigned n = keys_words(keys->layout);

	if (!keys->n_levels)
		emit_statement(e, end, "=", arena_printf(e->arena, "%" PRIu32, keys->root));
	for (unsigned i = 0; i < n; i++)
		words[i] = emit_read(e, &keys->leaves, arena_printf(e->arena, "(__u64)%s + %u", end, i));
	switch (keys->layout) {
	case KEYS_NARROW:
	case KEYS_NARROW_MANY:
		emit_statement(e, "value", "=", words[0]);
		emit_statement(e, "reached", "=", arena_printf(e->arena, "class_reached((%s_address.hi ^ value) >> 32 << 1 | 1, %s, %u)", end,
							       n > 1 ? words[1] : "value", keys->n_lengths));
		break;
	case KEYS_FOLDED:
		emit_statement(e, "value", "=", arena_printf(e->arena, "class_fold(%s_address.hi ^ %s, %s_address.lo ^ %s)", end, words[0],
							     end, words[1]));
		emit_statement(e, "reached", "=", arena_printf(e->arena, "class_reached(value, %s, %u)", words[2], keys->n_lengths));
		break;
	case KEYS_WIDE:
		emit_statement(e, "reached", "=", arena_printf(e->arena, "class_shared(%s_address.hi ^ %s, %s_address.lo ^ %s)", end,
							       words[0], end, words[1]));
		emit_statement(e, "reached", "=", arena_printf(e->arena, "class_count(reached, %s, %s)", words[2], words[3]));
		break;
	}
	emit_statement(e, end, "+=", arena_printf(e->arena, rows->words > 1 ? "%u + (__u32)reached * %u" : "%u + (__u32)reached", n,
						  rows->words));
}

/* One step of an end's look-up; false if there is none left. */
static bool emit_end_step(struct emission *e, const struct class_side *side, unsigned which, unsigned step)
{
	const struct class_end *end = &side->ends[which];
	const char *name = end_names[which];

	if (end->n_classes == 1)
		return false;
	if (!end->by_keys) {
		if (step >= end->trie.n_levels)
			return false;
		emit_trie(e, &end->trie, name, step);
		return true;
	}
	if (step > end->keys.n_levels)
		return false;
	if (!step)
		emit_address(e, &end->keys, name);
	if (step < end->keys.n_levels)
		emit_level(e, &end->keys, name, step);
	else
		emit_leaf(e, &end->keys, &side->rows[which], name);
	return true;
}

/* Sets the words of the end's row. */
static void emit_rows(struct emission *e, const struct class_rows *rows, const char *end)
{
	for (unsigned w = 0; rows->stride && w < rows->words; w++)
		emit_statement(e, arena_printf(e->arena, "%s_row%u", end, w), "=",
			       emit_read(e, &rows->region, arena_printf(e->arena, "(__u64)%s * %u + %u", end, rows->stride, w)));
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
