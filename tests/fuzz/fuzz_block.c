/* SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause */
/*
 * A block of items that is damaged, as files have them that waited on disk. The input is a number of items and their texts, and
 * then changes: where, and to what. What is restored can be read to its end, and shown in every form.
 */
#include "fuzz.h"

#include "block.h"
#include "item_columns.h"
#include "item_json.h"

#include <string.h>

struct input {
	const uint8_t *at, *end;
};

static uint8_t next(struct input *input)
{
	return input->at < input->end ? *input->at++ : 0;
}

/* A text of the input's own bytes. */
static void next_text(struct input *input, char text[32])
{
	size_t length = next(input) % 32, i;

	for (i = 0; i < length; i++)
		text[i] = (char)(next(input) | 1);
	text[i] = '\0';
}

static struct block *make(struct input *input)
{
	struct block *block = block_new();
	uint8_t frame[ITEM_FRAME_BYTES] = { 0 };

	for (unsigned int n = next(input) % 6; n > 0; n--) {
		char texts[N_ITEM_TEXTS][32];
		struct item item;

		item_clear(&item, (enum item_kind)(next(input) % N_ITEM_KINDS));
		for (size_t i = 0; i < N_ITEM_TEXTS; i++) {
			next_text(input, texts[i]);
			item.text[i] = texts[i];
		}
		item.ends.ip_version = next(input) % 3 * 2;
		item.ends.protocol = next(input);
		item.captured = next(input) % (ITEM_FRAME_BYTES + 1);
		item.frame = item.captured ? frame : NULL;
		require(block_add(block, &item));
	}
	return block;
}

static void show(const struct item *item, struct text_buffer *text)
{
	for (enum item_schema schema = 0; schema < N_ITEM_SCHEMAS; schema++)
		item_json(text, item, &(struct item_format){ .schema = schema });
	for (const enum column_field *field = item_table_columns(item->kind); *field != N_COLUMN_FIELDS; field++) {
		struct column_value value;

		if (*field != FIELD_HOST)
			item_column_value(&value, item, *field);
	}
	text_clear(text);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct input input = { data, data + size };
	struct block *block = make(&input), *restored;
	size_t bytes = block_bytes(block), n = 0;
	struct text_buffer text = { 0 };
	char *copy = malloc(bytes);
	bool changed = false;

	require(copy);
	memcpy(copy, block_data(block), bytes);
	while (input.at < input.end) {
		size_t where = (size_t)next(&input) << 8 | next(&input);

		where %= bytes;
		changed = true;
		copy[where] = (char)next(&input);
	}
	restored = block_restore(copy, bytes);
	require(restored || changed);
	if (restored) {
		struct batch batch = { .n_blocks = 1, .blocks = &restored };
		struct batch_cursor cursor;
		struct item item;

		batch_begin(&cursor, &batch);
		for (; batch_next(&cursor, &item); n++)
			show(&item, &text);
		require(n == block_items(restored));
		require(changed || n == block_items(block));
	}
	block_free(restored);
	block_free(block);
	text_free(&text);
	free(copy);
	return 0;
}
