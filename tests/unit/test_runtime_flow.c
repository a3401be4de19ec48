/* SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause */
/* What readers of flows and traffic are made of, without a kernel: tests/kernel/account.sh has them together. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "flow_cache.h"
#include "flow_told.h"
#include "ring_reader.h"
#include "traffic_json.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* --- the file of what was told ------------------------------------------------ */

static void told_goes_on(void **state)
{
	char path[] = "/tmp/test-flow-XXXXXX";
	struct failure why = { 0 };
	struct flow_file file, second;
	struct flow_copy *work;

	close(mkstemp(path));
	assert_true(flow_file_open(&file, path, 7, 100, 4096, &why));
	assert_int_equal(flow_file_sequence(&file), 0);
	assert_int_equal(flow_file_last(&file)->position, 4096);
	/* Nobody else at the same time. */
	assert_false(flow_file_open(&second, path, 7, 100, 0, &why));

	work = flow_file_begin(&file);
	work->position = 5000;
	work->told[99] = (struct flow_told){ 3, 1, 10, 1000 };
	/* Not before it counts. */
	assert_int_equal(flow_file_last(&file)->position, 4096);
	assert_int_equal(flow_file_last(&file)->told[99].version, 0);
	flow_file_commit(&file);
	assert_int_equal(flow_file_sequence(&file), 1);
	assert_int_equal(flow_file_last(&file)->told[99].bytes, 1000);

	/* A poll that does not come to its end leaves no trace. */
	work = flow_file_begin(&file);
	assert_int_equal(work->told[99].packets, 10);
	work->position = 6000;
	work->told[0].version = 9;
	flow_file_close(&file);
	assert_true(flow_file_open(&file, path, 7, 100, 0, &why));
	assert_int_equal(flow_file_sequence(&file), 1);
	assert_int_equal(flow_file_last(&file)->position, 5000);
	assert_int_equal(flow_file_last(&file)->told[0].version, 0);
	work = flow_file_begin(&file);
	assert_int_equal(work->told[0].version, 0);
	flow_file_close(&file);
	unlink(path);
}

static void told_begins_anew(void **state)
{
	static const struct {
		uint32_t map_id;
		size_t n;
	} others[] = { { 8, 100 }, { 7, 101 }, { 7, 99 } };
	char path[] = "/tmp/test-flow-XXXXXX";
	struct failure why = { 0 };
	struct flow_file file;

	close(mkstemp(path));
	for (size_t i = 0; i < sizeof(others) / sizeof(others[0]); i++) {
		assert_true(flow_file_open(&file, path, 7, 100, 1, &why));
		flow_file_begin(&file)->told[5].version = 4;
		flow_file_commit(&file);
		flow_file_close(&file);
		/* Of another map, or another size. */
		assert_true(flow_file_open(&file, path, others[i].map_id, others[i].n, 2, &why));
		assert_int_equal(flow_file_sequence(&file), 0);
		assert_int_equal(flow_file_last(&file)->position, 2);
		assert_int_equal(flow_file_last(&file)->told[5].version, 0);
		flow_file_close(&file);
	}
	/* Damaged, and of before the machine was started: the first byte of the magic, and of the boot's identity. */
	for (long at = 0; at <= 16; at += 16) {
		FILE *stream;

		assert_true(flow_file_open(&file, path, 7, 100, 1, &why));
		flow_file_commit(&file);
		flow_file_close(&file);
		stream = fopen(path, "r+");
		fseek(stream, at, SEEK_SET);
		fputc('#', stream);
		fclose(stream);
		assert_true(flow_file_open(&file, path, 7, 100, 3, &why));
		assert_int_equal(flow_file_sequence(&file), 0);
		assert_int_equal(flow_file_last(&file)->position, 3);
		flow_file_close(&file);
	}
	unlink(path);
}

/* Asked for, or since there is no place for a file: that a policy is applied must not cost the flows of its generation. */
static void told_in_memory(void **state)
{
	static const char *const paths[] = { NULL, "/nowhere/at/all" };
	struct failure why = { 0 };
	struct flow_file file;

	for (size_t i = 0; i < sizeof(paths) / sizeof(paths[0]); i++) {
		assert_true(flow_file_open(&file, paths[i], 7, 10, 64, &why));
		assert_int_equal(flow_file_last(&file)->position, 64);
		flow_file_begin(&file)->position = 65;
		flow_file_commit(&file);
		assert_int_equal(flow_file_last(&file)->position, 65);
		flow_file_close(&file);
	}
}

static void told_by_one(void **state)
{
	char path[] = "/tmp/test-flow-XXXXXX";
	struct failure why = { 0 };
	struct flow_file file, other;

	close(mkstemp(path));
	assert_true(flow_file_open(&file, path, 7, 10, 64, &why));
	assert_false(flow_file_open(&other, path, 7, 10, 64, &why));
	assert_non_null(strstr(why.text, "somebody else"));
	flow_file_close(&other);
	flow_file_close(&file);
	unlink(path);
}

/* --- the ring buffer ----------------------------------------------------------- */

#define RING 64

/* As the kernel maps it: what goes over the end goes on in the copy behind. */
struct ring_memory {
	__u64 consumer, producer;
	char data[2 * RING];
};

static void put(struct ring_memory *memory, uint32_t header, const char *text, size_t size)
{
	for (size_t i = 0; i < 8 + size; i++) {
		size_t at = (memory->producer + i) % RING;
		char byte = (char)(i >= 8 ? text[i - 8] : i < 4 ? (int)(header >> (8 * i)) : 0);

		memory->data[at] = memory->data[at + RING] = byte;
	}
	memory->producer += (8 + size + 7) / 8 * 8;
}

static void ring_in_order(void **state)
{
	struct ring_memory memory = { 0 };
	struct ring_reader ring = { &memory.consumer, &memory.producer, memory.data, RING, 0, 0 };
	const char *record;
	size_t size;
	bool busy;

	for (unsigned int turn = 0; turn < 20; turn++) {
		put(&memory, 5, "first", 5);
		put(&memory, 4 | 1u << 30, "none", 4);
		put(&memory, 6, "second", 6);
		record = ring_reader_next(&ring, ring_reader_end(&ring), &size, &busy);
		assert_int_equal(size, 5);
		assert_memory_equal(record, "first", 5);
		/* What was discarded is passed over; what goes over the end is in one piece. */
		record = ring_reader_next(&ring, ring_reader_end(&ring), &size, &busy);
		assert_int_equal(size, 6);
		assert_memory_equal(record, "second", 6);
		assert_null(ring_reader_next(&ring, ring_reader_end(&ring), &size, &busy));
		assert_false(busy);
		/* Nothing is given back by itself. */
		assert_int_equal(memory.consumer + 48, memory.producer);
		ring_reader_release(&ring);
		assert_int_equal(memory.consumer, memory.producer);
	}
}

static void ring_busy(void **state)
{
	struct ring_memory memory = { 0 };
	struct ring_reader ring = { &memory.consumer, &memory.producer, memory.data, RING, 0, 0 };
	size_t size;
	bool busy;

	put(&memory, 4 | 1u << 31, "busy", 4);
	put(&memory, 4, "next", 4);
	assert_null(ring_reader_next(&ring, ring_reader_end(&ring), &size, &busy));
	assert_true(busy);
	assert_int_equal(ring.position, 0);
	memory.data[3] = 0;
	assert_memory_equal(ring_reader_next(&ring, ring_reader_end(&ring), &size, &busy), "busy", 4);
	/* Not behind where it was asked to end. */
	assert_null(ring_reader_next(&ring, 16, &size, &busy));
	assert_false(busy);
	assert_memory_equal(ring_reader_next(&ring, 32, &size, &busy), "next", 4);
}

/* --- entries -------------------------------------------------------------------- */

static void entries(void **state)
{
	static const struct sentry_flow_block memory = {
		.hot = {
			[1] = { .version_b = 1 },
			[2] = { .version_a = 1, .version_b = 1 },
			[63] = { .version_a = 4, .version_b = 4, .packets = 9, .bytes = 900, .slot = 3 },
			[4] = { .version_a = 4, .version_b = 5, .packets = 9 },
		},
		.cold = { [63] = { .first_ns = 7 } },
	};
	struct flow_cache cache = { .n = 64, .blocks = &memory };
	struct sentry_flow_entry copy;

	assert_int_equal(flow_cache_copy(&cache, 0, &copy), FLOW_NONE);
	assert_int_equal(flow_cache_copy(&cache, 1, &copy), FLOW_CHANGING);
	assert_int_equal(flow_cache_copy(&cache, 2, &copy), FLOW_CHANGING);
	assert_int_equal(flow_cache_copy(&cache, 4, &copy), FLOW_CHANGING);
	assert_int_equal(flow_cache_copy(&cache, 63, &copy), FLOW_WHOLE);
	assert_memory_equal(&copy.hot, &memory.hot[63], sizeof(copy.hot));
	assert_memory_equal(&copy.cold, &memory.cold[63], sizeof(copy.cold));
}

static void flow_as_handed_on(void **state)
{
	static const uint8_t source4[16] = { 192, 0, 2, 1 }, dest4[16] = { 198, 51, 100, 2 };
	static const uint8_t source6[16] = { 0x20, 1, 0xd, 0xb8, [15] = 1 }, dest6[16] = { 0xfe, 0x80, [8] = 9, [15] = 2 };
	struct sentry_flow_entry entry = {
		.hot = { .addresses = 0xc0000201c6336402ull, .ip_version = 4, .packets = 2, .bytes = 200, .last_tick = 3 },
		.cold = { .first_ns = 5000000000ull, .first_tick = 0xfffffffe },
	};
	struct sentry_flow flow;

	flow_of_entry(&entry, &flow);
	assert_memory_equal(flow.source, source4, 16);
	assert_memory_equal(flow.dest, dest4, 16);
	/* Five ticks of the coarse clock, over the end of their number: 1 to 10 ms each. */
	assert_in_range(flow.last_ns - flow.first_ns, 5000000, 50000000);
	entry = (struct sentry_flow_entry){
		.hot = { .addresses = 77, .ip_version = 6 },
		.cold = { 0x20010db800000000ull, 1, 0xfe80000000000000ull, 0x0900000000000002ull },
	};
	flow_of_entry(&entry, &flow);
	assert_memory_equal(flow.source, source6, 16);
	assert_memory_equal(flow.dest, dest6, 16);
}

/* --- traffic --------------------------------------------------------------------- */

static void traffic_by_interface(void **state)
{
	struct traffic traffic = { 0 }, read = { 0 };
	json_t *json;

	traffic_interface(&traffic, 900)->counts[1][SENTRY_CLASS_TCP][2] = (struct count){ 5, 500 };
	traffic_interface(&traffic, 0)->flags[0][63] = 8;
	traffic_interface(&traffic, 12)->counts[0][SENTRY_CLASS_OTHER][0] = (struct count){ 1, 60 };
	traffic_interface(&traffic, 900)->counts[1][SENTRY_CLASS_TCP][2].packets++;
	assert_int_equal(traffic.n, 3);
	assert_int_equal(traffic.items[0].ifindex, 0);
	assert_int_equal(traffic.items[1].ifindex, 12);
	assert_int_equal(traffic.items[2].ifindex, 900);

	/* Twice the same is twice as much. */
	json = traffic_json(&traffic);
	traffic_add_json(&read, json);
	traffic_add_json(&read, json);
	json_decref(json);
	assert_int_equal(read.n, 3);
	assert_int_equal(read.items[2].counts[1][SENTRY_CLASS_TCP][2].packets, 12);
	assert_int_equal(read.items[2].counts[1][SENTRY_CLASS_TCP][2].bytes, 1000);
	assert_int_equal(read.items[0].flags[0][63], 16);

	/* No interface has these numbers here: what they have counted stays, under "others". */
	traffic_interface(&read, 2000000000)->counts[1][SENTRY_CLASS_TCP][2].packets = 3;
	traffic_interface(&read, 2000000001)->counts[1][SENTRY_CLASS_TCP][2].packets = 4;
	traffic_forget(&read);
	assert_true(traffic_interface(&read, 0)->counts[1][SENTRY_CLASS_TCP][2].packets >= 7);
	assert_int_equal(traffic_interface(&read, 0)->flags[0][63], 16);
	traffic_free(&read);
	traffic_free(&traffic);
}

/* A ledger that somebody wrote by hand. */
static void traffic_damaged(void **state)
{
	static const char text[] = "{\"3\": {\"counts\": [[96, 1, 1], [-1, 1, 1], [95, 2, 3], 7, []], \"flags\": [[128, 9], [127, 6]]},"
				   " \"4\": 5}";
	json_t *json = json_loads(text, 0, NULL);
	struct traffic traffic = { 0 };

	assert_non_null(json);
	traffic_add_json(&traffic, json);
	json_decref(json);
	assert_int_equal(traffic_interface(&traffic, 3)->counts[1][15][2].packets, 2);
	assert_int_equal(traffic_interface(&traffic, 3)->flags[1][63], 6);
	traffic_free(&traffic);
}

static void words(void **state)
{
	char text[32];

	assert_string_equal(traffic_flags(0, text), "none");
	assert_string_equal(traffic_flags(2, text), "syn");
	assert_string_equal(traffic_flags(63, text), "fin,syn,rst,psh,ack,urg");
	for (size_t i = 0; i < SENTRY_CLASSES; i++)
		assert_non_null(traffic_class_words[i]);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(told_goes_on), cmocka_unit_test(told_begins_anew), cmocka_unit_test(told_in_memory), cmocka_unit_test(told_by_one),
		cmocka_unit_test(ring_in_order), cmocka_unit_test(ring_busy), cmocka_unit_test(entries),
		cmocka_unit_test(flow_as_handed_on), cmocka_unit_test(traffic_by_interface),
		cmocka_unit_test(traffic_damaged), cmocka_unit_test(words),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
