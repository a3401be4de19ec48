/* SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause */
/* Messages of IPFIX at their limits: a record fits into an empty message whatever its names, and no message grows too long. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "ipfix_fields.h"
#include "ipfix_message.h"

#include <string.h>

static const struct ipfix_settings settings = { .domain = 7, .enterprise = 32473, .size = IPFIX_LEAST };
static char long_name[1000];
static uint8_t frame[ITEM_FRAME_BYTES];

static unsigned int number(const uint8_t *at, size_t bytes)
{
	unsigned int value = 0;

	for (size_t i = 0; i < bytes; i++)
		value = value << 8 | at[i];
	return value;
}

/* Sets that follow each other to the end; returns how many. */
static size_t check_message(struct ipfix_message *message)
{
	size_t at = 16, sets = 0;

	ipfix_message_end(message, 1, 2);
	assert_in_range(message->size, 16, settings.size);
	assert_int_equal(number(message->data, 2), 10);
	assert_int_equal(number(message->data + 2, 2), message->size);
	assert_int_equal(number(message->data + 8, 4), 2);
	assert_int_equal(number(message->data + 12, 4), 7);
	for (; at < message->size; sets++) {
		unsigned int length = number(message->data + at + 2, 2);

		assert_in_range(length, 5, message->size - at);
		at += length;
	}
	assert_int_equal(at, message->size);
	return sets;
}

static void make(struct item *item, enum item_kind kind, uint8_t ip_version)
{
	item_clear(item, kind);
	for (int i = 0; i < N_ITEM_TEXTS; i++)
		item->text[i] = long_name;
	item->text[TEXT_INTERFACE] = "lo";
	item->ends.ip_version = ip_version;
	item->ends.protocol = 6;
	item->packets = 3;
	item->bytes = 300;
	item->frame = kind == ITEM_EVENT ? frame : NULL;
	item->captured = kind == ITEM_EVENT ? sizeof(frame) : 0;
}

static void longest_records(void **state)
{
	struct ipfix_message message;
	struct item item;

	memset(long_name, 'n', sizeof(long_name) - 1);
	ipfix_message_init(&message, &settings);
	ipfix_message_templates(&message);
	assert_int_equal(check_message(&message), 3);
	for (uint8_t version = 0; version <= 6; version = (uint8_t)(version ? version + 2 : 4)) {
		for (int kind = ITEM_EVENT; kind <= ITEM_FLOW; kind++) {
			make(&item, (enum item_kind)kind, version);
			ipfix_message_begin(&message);
			assert_true(ipfix_message_empty(&message));
			assert_true(ipfix_message_add(&message, &item));
			assert_int_equal(message.items, 1);
			/* There is no flow that is not of IP. */
			assert_int_equal(ipfix_message_empty(&message), kind == ITEM_FLOW && !version);
			check_message(&message);
		}
		make(&item, ITEM_EVENT, version);
		item.frame = NULL;
		item.captured = 0;
		ipfix_message_begin(&message);
		assert_true(ipfix_message_add(&message, &item));
	}
	ipfix_message_fini(&message);
}

/* What did not fit leaves no trace, whichever set it would have been in. */
static void full(void **state)
{
	struct ipfix_message message;
	struct item item;
	size_t size, records, sets;

	ipfix_message_init(&message, &settings);
	for (unsigned int length = 0; length < 300; length++) {
		memset(long_name, 0, sizeof(long_name));
		memset(long_name, 'x', length);
		ipfix_message_begin(&message);
		for (unsigned int n = 0;; n++) {
			make(&item, n % 3 ? ITEM_FLOW : ITEM_EVENT, n % 2 ? 4 : 6);
			size = message.size;
			records = message.records;
			if (!ipfix_message_add(&message, &item))
				break;
			assert_true(message.size > size);
		}
		assert_int_equal(message.size, size);
		assert_int_equal(message.records, records);
		sets = check_message(&message);
		assert_in_range(sets, 1, records);
	}
	ipfix_message_fini(&message);
}

/* A name is cut between characters. */
static void cut(void **state)
{
	struct ipfix_message message;
	struct item item;
	size_t euros = 0;

	memset(long_name, 0, sizeof(long_name));
	for (size_t i = 0; i < 100; i++)
		memcpy(long_name + 3 * i, "\xe2\x82\xac", 3);
	make(&item, ITEM_FLOW, 4);
	ipfix_message_init(&message, &settings);
	assert_true(ipfix_message_add(&message, &item));
	for (size_t i = 0; i < message.size;) {
		if (message.data[i] == 0xe2) {
			assert_memory_equal(message.data + i, "\xe2\x82\xac", 3);
			euros++;
			i += 3;
		} else {
			assert_false(message.data[i] == 0x82 && i && message.data[i - 1] == 0xe2);
			i++;
		}
	}
	assert_int_equal(euros, IPFIX_SELECTOR_MOST / 3 + 4 * (IPFIX_TEXT_MOST / 3));
	ipfix_message_fini(&message);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(longest_records),
		cmocka_unit_test(full),
		cmocka_unit_test(cut),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
