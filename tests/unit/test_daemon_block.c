/* SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause */
/* Blocks: what goes in comes out, also over a file; what is damaged is either refused or harmless; filters. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "block.h"
#include "item_json.h"

#include <netinet/in.h>
#include <stdlib.h>
#include <string.h>

static uint8_t frame[ITEM_FRAME_BYTES];

static struct item numbered(uint64_t n)
{
	static const char *const verdicts[] = { "allow", "deny", "reject", "" };
	struct item item;

	item_clear(&item, (enum item_kind)(n % N_ITEM_KINDS));
	item.sequence = n;
	item.sequence_high = 0x12345678;
	item.time_ns = (int64_t)n * 1000000007;
	item.text[TEXT_RULE] = n % 3 ? "ssh" : "";
	item.text[TEXT_VERDICT] = verdicts[n % 4];
	item.text[TEXT_INTERFACE] = n % 5 ? "eth0" : "a name that is rather long for an interface, and goes on";
	item.text[TEXT_NAME] = n % 2 ? "log" : "sample";
	item.ends.ip_version = 4;
	item.ends.protocol = IPPROTO_UDP;
	item.packets = n * n;
	item.bytes = UINT64_MAX - n;
	item.end = (enum flow_end)(n % 5);
	item.score = (double)n / 3;
	if (item.kind == ITEM_EVENT) {
		item.captured = (uint32_t)(n % (ITEM_FRAME_BYTES + 1));
		item.frame = item.captured ? frame : NULL;
	}
	return item;
}

static void same_item(const struct item *a, const struct item *b)
{
	struct text_buffer left = { 0 }, right = { 0 };

	item_json(&left, a, NULL);
	item_json(&right, b, NULL);
	assert_string_equal(text_string(&left), text_string(&right));
	text_free(&left);
	text_free(&right);
	assert_int_equal(a->sequence, b->sequence);
	assert_int_equal(a->sequence_high, b->sequence_high);
	assert_int_equal(a->kind, b->kind);
	assert_int_equal(a->captured, b->captured);
}

static struct block *filled(size_t *n, uint64_t begin)
{
	struct block *block = block_new();
	struct item item = numbered(begin);

	for (*n = 0; block_add(block, &item); item = numbered(begin + *n))
		++*n;
	return block;
}

static void comes_back(void **state)
{
	size_t n, more;
	struct block *const blocks[] = { filled(&n, 0), block_new(), filled(&more, 1000) };
	struct block *restored[3];
	struct batch batch = { .n_blocks = 3, .blocks = restored };
	struct batch_cursor cursor;
	struct item item;
	uint64_t at = 0;

	assert_true(n > 50 && n == block_items(blocks[0]));
	assert_true(block_bytes(blocks[0]) <= BLOCK_BYTES + 64);
	for (size_t i = 0; i < 3; i++) {
		/* From a place that is aligned to nothing. */
		char *copy = malloc(block_bytes(blocks[i]) + 1);

		memcpy(copy + 1, block_data(blocks[i]), block_bytes(blocks[i]));
		restored[i] = block_restore(copy + 1, block_bytes(blocks[i]));
		assert_non_null(restored[i]);
		assert_int_equal(block_items(restored[i]), block_items(blocks[i]));
		block_free(blocks[i]);
		free(copy);
	}
	batch_begin(&cursor, &batch);
	for (at = 0; batch_next(&cursor, &item); at++) {
		struct item wanted = numbered(at < n ? at : 1000 + at - n);

		same_item(&item, &wanted);
	}
	assert_int_equal(at, n + more);
	assert_false(batch_next(&cursor, &item));
	for (size_t i = 0; i < 3; i++)
		block_free(restored[i]);
}

static void owners(void **state)
{
	struct block *block = block_new();

	block_free(NULL);
	for (int i = 0; i < 10; i++)
		assert_ptr_equal(block_share(block), block);
	for (int i = 0; i < 11; i++)
		block_free(block); /* the sanitizer sees one too many, or one too few */
}

/* Two of the same items have the same bytes, whatever was in memory before: these go to disk. */
static void same_bytes(void **state)
{
	struct block *blocks[2];

	for (size_t i = 0; i < 2; i++) {
		blocks[i] = block_new();
		memset((char *)block_data(blocks[i]) + block_bytes(blocks[i]), i ? 0x55 : 0xaa, BLOCK_BYTES);
		for (uint64_t n = 0; n < 20; n++) {
			struct item given = numbered(n), item;
			char text[2][8] = { "text", "text" };

			memset(&item, i ? 0x55 : 0xaa, sizeof(item));
			item = given;
			item.text[TEXT_DETAIL] = text[i];
			assert_true(block_add(blocks[i], &item));
		}
	}
	assert_int_equal(block_bytes(blocks[0]), block_bytes(blocks[1]));
	assert_memory_equal(block_data(blocks[0]), block_data(blocks[1]), block_bytes(blocks[0]));
	block_free(blocks[0]);
	block_free(blocks[1]);
}

/* An item that is larger than a block is refused, also by an empty one. */
static void too_large(void **state)
{
	struct block *block = block_new();
	struct item item = numbered(0);
	char *text = malloc(BLOCK_BYTES + 1);

	memset(text, 'x', BLOCK_BYTES);
	text[BLOCK_BYTES] = '\0';
	item.text[TEXT_DETAIL] = text;
	assert_false(block_add(block, &item));
	assert_int_equal(block_items(block), 0);
	item = numbered(1);
	assert_true(block_add(block, &item));
	free(text);
	block_free(block);
}

static void read_all(struct block *block)
{
	struct batch batch = { .n_blocks = 1, .blocks = &block };
	struct batch_cursor cursor;
	struct text_buffer text = { 0 };
	struct item item;
	size_t n = 0;

	batch_begin(&cursor, &batch);
	for (; batch_next(&cursor, &item); n++) {
		for (enum item_schema schema = 0; schema < N_ITEM_SCHEMAS; schema++)
			item_json(&text, &item, &(struct item_format){ .schema = schema });
		text_clear(&text);
	}
	assert_int_equal(n, block_items(block));
	text_free(&text);
}

/* Each byte in several ways: refused, or as many items as there were, all of whose words can be read. */
static void damaged(void **state)
{
	struct block *block = block_new(), *restored;
	size_t size, refused = 0;
	char *copy;

	for (uint64_t n = 0; n < 2 * N_ITEM_KINDS; n++) {
		struct item item = numbered(n + 3);

		assert_true(block_add(block, &item));
	}
	size = block_bytes(block);
	copy = malloc(size);
	for (size_t i = 0; i < size; i++) {
		for (unsigned int way = 0; way < 4; way++) {
			memcpy(copy, block_data(block), size);
			copy[i] = (char)(way == 0 ? copy[i] ^ 1 : way == 1 ? copy[i] ^ 0x80 : way == 2 ? 0 : 0xff);
			restored = block_restore(copy, size);
			refused += !restored;
			if (restored)
				read_all(restored);
			block_free(restored);
		}
	}
	assert_true(refused > size / 20);
	/* The head is magic, size of an item, their number, and the size of all. */
	for (size_t i = 0; i < 24; i++) {
		memcpy(copy, block_data(block), size);
		copy[i] ^= 0x55;
		assert_null(block_restore(copy, size));
	}
	memcpy(copy, block_data(block), size);
	for (size_t i = 0; i < size; i++) {
		char *cut = malloc(i ? i : 1);

		memcpy(cut, copy, i);
		assert_null(block_restore(cut, i));
		free(cut);
	}
	free(copy);
	block_free(block);
}

static size_t count(struct block *block, const struct item_filter *filter)
{
	struct batch batch = { .filter = filter, .n_blocks = 1, .blocks = &block };
	struct batch_cursor cursor;
	struct item item;
	size_t n = 0;

	batch_begin(&cursor, &batch);
	while (batch_next(&cursor, &item)) {
		assert_true(item_wanted(filter, &item));
		n++;
	}
	return n;
}

static void filters(void **state)
{
	static const char *const ssh[] = { "ssh", NULL }, *const two[] = { "nothing", "deny", NULL }, *const none[] = { NULL };
	struct block *block = block_new();
	struct item item;

	for (uint64_t n = 0; n < 84; n++) {
		item = numbered(n);
		item.text[TEXT_INTERFACE] = "eth0";
		assert_true(block_add(block, &item));
	}
	assert_int_equal(count(block, NULL), 84);
	assert_int_equal(count(block, &(struct item_filter){ .names = NULL }), 84);
	assert_int_equal(count(block, &(struct item_filter){ .kinds[ITEM_FLOW] = true }), 12);
	assert_int_equal(count(block, &(struct item_filter){ .kinds[ITEM_FLOW] = true, .kinds[ITEM_LOST] = true }), 24);
	/* Of events alone; those of a name are every second of every seventh. */
	assert_int_equal(count(block, &(struct item_filter){ .names = (const char *const[]){ "log", NULL } }), 84 - 6);
	/* What has no rule has not another one. */
	assert_int_equal(count(block, &(struct item_filter){ .rules = ssh }), 84);
	assert_int_equal(count(block, &(struct item_filter){ .rules = none }), 28);
	assert_int_equal(count(block, &(struct item_filter){ .verdicts = two }), 42);
	assert_int_equal(count(block, &(struct item_filter){ .interfaces = ssh }), 0);
	block_free(block);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(comes_back), cmocka_unit_test(owners), cmocka_unit_test(same_bytes),
		cmocka_unit_test(too_large),
		cmocka_unit_test(damaged), cmocka_unit_test(filters),
	};

	for (size_t i = 0; i < sizeof(frame); i++)
		frame[i] = (uint8_t)(i * 7);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
