/* SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause */
#include "block.h"

#include "memory.h"

#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>

/* Changes whenever the bytes of a block mean something else than before: a spill file may be older than the program. */
#define BLOCK_MAGIC 0x53424c4b00000001ULL

/*
 * Of one item in a block: this, then its texts one behind another, each with its NUL, then its frame. The texts'
 * pointers are not in it; they follow from the order.
 */
struct packed {
	uint32_t size; /* with what follows; a multiple of 8 */
	uint32_t captured;
	struct item item;
};
/* Gaps between members would go to disk with whatever they hold. */
_Static_assert(sizeof(struct packed) == 8 + 4 * 7 + 8 * 11 + sizeof(struct item_ends) + sizeof(char *) * (N_ITEM_TEXTS + 1),
	       "struct item has gaps");

struct block_head {
	uint64_t magic;
	uint32_t item_size; /* sizeof(struct packed): another one is of another build */
	uint32_t n;
	uint64_t used;      /* bytes behind this head */
};

struct block {
	atomic_uint owners;
	struct block_head head;
	unsigned char data[BLOCK_BYTES];
};

struct block *block_new(void)
{
	/* Not zeroed: what is behind the last item is never read. */
	struct block *block = malloc(sizeof(*block));

	if (!block)
		return allocate(1, sizeof(*block)); /* which says so, and ends */
	atomic_init(&block->owners, 1);
	block->head = (struct block_head){ .magic = BLOCK_MAGIC, .item_size = sizeof(struct packed) };
	return block;
}

struct block *block_share(struct block *block)
{
	atomic_fetch_add_explicit(&block->owners, 1, memory_order_relaxed);
	return block;
}

void block_free(struct block *block)
{
	if (block && atomic_fetch_sub_explicit(&block->owners, 1, memory_order_acq_rel) == 1)
		free(block);
}

size_t block_items(const struct block *block)
{
	return block->head.n;
}

/* Head and data lie one behind the other. */
size_t block_bytes(const struct block *block)
{
	_Static_assert(offsetof(struct block, data) == offsetof(struct block, head) + sizeof(struct block_head),
		       "a gap between head and data");
	return sizeof(block->head) + block->head.used;
}

const void *block_data(const struct block *block)
{
	return &block->head;
}

bool block_add(struct block *block, const struct item *item)
{
	size_t lengths[N_ITEM_TEXTS], size = sizeof(struct packed) + item->captured;
	unsigned char *at = block->data + block->head.used;
	struct packed packed = { .item = *item };

	for (size_t i = 0; i < N_ITEM_TEXTS; i++) {
		lengths[i] = strlen(item->text[i]) + 1;
		size += lengths[i];
	}
	size = (size + 7) & ~(size_t)7;
	if (size > BLOCK_BYTES - block->head.used)
		return false;
	packed.size = (uint32_t)size;
	packed.captured = item->captured;
	/* Where they were means nothing where they go. */
	memset(packed.item.text, 0, sizeof(packed.item.text));
	packed.item.frame = NULL;
	memcpy(at, &packed, sizeof(packed));
	at += sizeof(packed);
	for (size_t i = 0; i < N_ITEM_TEXTS; i++) {
		memcpy(at, item->text[i], lengths[i]);
		at += lengths[i];
	}
	if (item->captured)
		memcpy(at, item->frame, item->captured);
	at += item->captured;
	memset(at, 0, (size_t)(block->data + block->head.used + size - at));
	block->head.used += size;
	block->head.n++;
	return true;
}

/* The next item at `offset`, whose pointers then point into the block; its size, 0 if there is none that is whole. */
static size_t unpack(const unsigned char *data, size_t used, size_t offset, struct item *item)
{
	struct packed packed;
	size_t at = offset + sizeof(packed), end;

	if (used - offset < sizeof(packed))
		return 0;
	memcpy(&packed, data + offset, sizeof(packed));
	/* What is looked up in tables must be in them. */
	if (packed.size < sizeof(packed) || packed.size > used - offset || packed.item.kind >= N_ITEM_KINDS ||
	    packed.item.end > FLOW_END_PRESSED)
		return 0;
	end = offset + packed.size;
	*item = packed.item;
	for (size_t i = 0; i < N_ITEM_TEXTS; i++) {
		const unsigned char *nul = memchr(data + at, '\0', end - at);

		if (!nul)
			return 0;
		item->text[i] = (const char *)data + at;
		at = (size_t)(nul - data) + 1;
	}
	if (packed.captured > ITEM_FRAME_BYTES || packed.captured > end - at)
		return 0;
	item->captured = packed.captured;
	item->frame = packed.captured ? data + at : NULL;
	return packed.size;
}

struct block *block_restore(const void *data, size_t size)
{
	struct block_head head;
	struct block *block;
	struct item item;
	size_t offset = 0, n = 0, step;

	if (size < sizeof(head))
		return NULL;
	memcpy(&head, data, sizeof(head));
	if (head.magic != BLOCK_MAGIC || head.item_size != sizeof(struct packed) || head.used > BLOCK_BYTES ||
	    size != sizeof(head) + head.used)
		return NULL;
	block = block_new();
	block->head = head;
	memcpy(block->data, (const unsigned char *)data + sizeof(head), head.used);
	while (offset < head.used && (step = unpack(block->data, head.used, offset, &item)) > 0) {
		offset += step;
		n++;
	}
	if (offset == head.used && n == head.n)
		return block;
	block_free(block);
	return NULL;
}

static bool in_list(const char *const *words, const char *word)
{
	for (; words && *words; words++) {
		if (strcmp(*words, word) == 0)
			return true;
	}
	return !words;
}

static bool takes_kind(const struct item_filter *filter, enum item_kind kind)
{
	bool any = false;

	for (size_t i = 0; i < N_ITEM_KINDS; i++)
		any |= filter->kinds[i];
	return !any || filter->kinds[kind];
}

/* A list says nothing about kinds of items that do not have what it lists. */
bool item_wanted(const struct item_filter *filter, const struct item *item)
{
	if (!filter)
		return true;
	return takes_kind(filter, item->kind) &&
	       (item->kind != ITEM_EVENT || in_list(filter->names, item->text[TEXT_NAME])) &&
	       (!*item->text[TEXT_RULE] || in_list(filter->rules, item->text[TEXT_RULE])) &&
	       (!*item->text[TEXT_VERDICT] || in_list(filter->verdicts, item->text[TEXT_VERDICT])) &&
	       (!*item->text[TEXT_INTERFACE] || in_list(filter->interfaces, item->text[TEXT_INTERFACE]));
}

void batch_begin(struct batch_cursor *cursor, const struct batch *batch)
{
	*cursor = (struct batch_cursor){ .batch = batch };
}

bool batch_next(struct batch_cursor *cursor, struct item *item)
{
	const struct batch *batch = cursor->batch;

	while (cursor->block < batch->n_blocks) {
		const struct block *block = batch->blocks[cursor->block];
		size_t step = cursor->offset < block->head.used
				      ? unpack(block->data, block->head.used, cursor->offset, item)
				      : 0;

		if (!step) {
			cursor->block++;
			cursor->offset = 0;
			continue;
		}
		cursor->offset += step;
		if (item_wanted(batch->filter, item))
			return true;
	}
	return false;
}
