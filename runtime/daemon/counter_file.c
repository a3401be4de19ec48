/* SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause */
#include "counter_file.h"

#include "block.h"
#include "boot.h"
#include "failure.h"
#include "memory.h"
#include "text_buffer.h"
#include "whole_file.h"

#include <errno.h>
#include <fcntl.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

/* A file is this, and then blocks, each behind its size. */
struct head {
	char magic[16];
	char boot[BOOT_TEXT];
	uint64_t origin;
};

_Static_assert(sizeof(struct head) == 64, "no holes: it is written as bytes");

static void fill_head(struct head *head)
{
	*head = (struct head){ .magic = "sentry count 2" };
	boot_identity(head->boot);
}

static void add_block(struct text_buffer *text, struct block **block)
{
	uint64_t size = block_bytes(*block);

	text_bytes(text, &size, sizeof(size));
	text_bytes(text, block_data(*block), size);
	block_free(*block);
	*block = block_new();
}

static void fill(struct text_buffer *text, const struct telemetry *telemetry)
{
	struct block *block = block_new();
	struct head head;

	fill_head(&head);
	head.origin = telemetry->counters_origin;
	text_bytes(text, &head, sizeof(head));
	for (size_t i = 0; i < telemetry->n_counters; i++) {
		const struct tracked_counter *counter = &telemetry->counters[i];
		struct item item;

		/* What it had is with the others. */
		if (counter->gone)
			continue;
		item_clear(&item, counter->kind);
		for (size_t j = 0; j < N_ITEM_TEXTS; j++)
			item.text[j] = counter->text[j];
		item.line = counter->ifindex;
		item.packets_total = counter->packets;
		item.bytes_total = counter->bytes;
		item.packets = (uint64_t)counter->moved_packets;
		item.bytes = (uint64_t)counter->moved_bytes;
		if (block_add(block, &item))
			continue;
		add_block(text, &block);
		block_add(block, &item);
	}
	add_block(text, &block);
	block_free(block);
}

void counter_file_write(const char *path, const struct telemetry *telemetry)
{
	struct text_buffer text = { 0 };
	static bool said;
	bool ok;

	fill(&text, telemetry);
	ok = whole_file_replace(path, &(struct iovec){ text.data, text.size }, 1);
	if (!ok && !said)
		say("%s: %s; after a restart, counters are told of again", path, strerror(errno));
	said |= !ok;
	text_free(&text);
}

/* The texts are the item's. */
static void take_item(const struct item *item, void (*take)(void *context, const struct tracked_counter *counter), void *context)
{
	struct tracked_counter counter = {
		.kind = item->kind, .ifindex = item->line, .packets = item->packets_total, .bytes = item->bytes_total,
		.moved_packets = (int64_t)item->packets, .moved_bytes = (int64_t)item->bytes,
	};

	for (size_t i = 0; i < N_ITEM_TEXTS; i++)
		counter.text[i] = (char *)item->text[i];
	take(context, &counter);
}

static void read_blocks(const char *data, size_t size,
			void (*take)(void *context, const struct tracked_counter *counter), void *context)
{
	while (size > sizeof(uint64_t)) {
		struct block *block;
		struct batch batch = { .n_blocks = 1, .blocks = &block };
		struct batch_cursor cursor;
		struct item item;
		uint64_t bytes;

		memcpy(&bytes, data, sizeof(bytes));
		if (bytes > size - sizeof(bytes))
			return;
		block = block_restore(data + sizeof(bytes), bytes);
		if (!block)
			return;
		batch_begin(&cursor, &batch);
		while (batch_next(&cursor, &item))
			take_item(&item, take, context);
		block_free(block);
		data += sizeof(bytes) + bytes;
		size -= sizeof(bytes) + bytes;
	}
}

uint64_t counter_file_read(const char *path, void (*take)(void *context, const struct tracked_counter *counter), void *context)
{
	int file = open(path, O_RDONLY | O_CLOEXEC);
	struct head head = { 0 }, wanted;
	uint64_t origin = 0;
	struct stat stat;
	char *data = NULL;

	fill_head(&wanted);
	if (file >= 0 && fstat(file, &stat) == 0 && S_ISREG(stat.st_mode) && stat.st_size > (off_t)sizeof(head) &&
	    read(file, &head, sizeof(head)) == sizeof(head) && memcmp(&head, &wanted, offsetof(struct head, origin)) == 0) {
		size_t size = (size_t)stat.st_size - sizeof(head);

		origin = head.origin;
		data = allocate(1, size);
		if (read(file, data, size) == (ssize_t)size)
			read_blocks(data, size, take, context);
	}
	free(data);
	if (file >= 0)
		close(file);
	return origin;
}
