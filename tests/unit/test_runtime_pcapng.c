/* SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause */
/* Captures, read back block by block as the draft says; tests/sinks/pcapng.sh asks Wireshark's programs. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "pcapng.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static uint32_t word(const uint8_t *bytes)
{
	uint32_t number;

	memcpy(&number, bytes, sizeof(number));
	return number;
}

static uint16_t half(const uint8_t *bytes)
{
	uint16_t number;

	memcpy(&number, bytes, sizeof(number));
	return number;
}

/* The block at *at, which goes behind it. Its length stands at both ends. */
static const uint8_t *block(const uint8_t *data, size_t size, size_t *at, uint32_t type, uint32_t *length)
{
	const uint8_t *start = data + *at;

	assert_true(*at + 12 <= size);
	assert_int_equal(word(start), type);
	*length = word(start + 4);
	assert_int_equal(*length % 4, 0);
	assert_true(*at + *length <= size);
	assert_int_equal(word(start + *length - 4), *length);
	*at += *length;
	return start;
}

/* The value of an option of a block whose options begin at `from`; NULL if it has none. */
static const uint8_t *option(const uint8_t *start, uint32_t length, uint32_t from, uint16_t code, uint16_t *size)
{
	while (from + 4 <= length - 4) {
		uint16_t found = half(start + from);

		*size = half(start + from + 2);
		if (found == 0) {
			assert_int_equal(from + 4, length - 4);
			return NULL;
		}
		assert_true(from + 4 + *size <= length - 4);
		if (found == code)
			return start + from + 4;
		from += 4 + (*size + 3u) / 4 * 4;
	}
	fail_msg("the options have no end");
	return NULL;
}

static void check_packet(const uint8_t *start, uint32_t length, uint32_t interface, const struct pcapng_packet *wanted)
{
	uint32_t options = 28 + (wanted->captured + 3) / 4 * 4;
	uint16_t size;
	const uint8_t *value;

	assert_int_equal(word(start + 8), interface);
	assert_int_equal((uint64_t)word(start + 12) << 32 | word(start + 16), wanted->time_ns);
	assert_int_equal(word(start + 20), wanted->captured);
	assert_int_equal(word(start + 24), wanted->length);
	assert_memory_equal(start + 28, wanted->frame, wanted->captured);
	value = option(start, length, options, 2, &size);
	if (wanted->direction == PCAPNG_UNKNOWN) {
		assert_null(value);
	} else {
		assert_int_equal(size, 4);
		assert_int_equal(word(value), wanted->direction == PCAPNG_INBOUND ? 1 : 2);
	}
	value = option(start, length, options, 1, &size);
	if (!wanted->comment || !*wanted->comment) {
		assert_null(value);
	} else {
		assert_int_equal(size, strlen(wanted->comment));
		assert_memory_equal(value, wanted->comment, size);
	}
}

static void whole_file(void **state)
{
	uint8_t frame[128];
	char long_comment[70001];
	struct pcapng_packet packets[] = {
		{ 1769767200123456789, "eth0", frame, 60, 1500, PCAPNG_INBOUND, "rule ssh" },
		{ 1769767200123456790, "eth1", frame, 61, 61, PCAPNG_OUTBOUND, "" },
		{ 0, "eth0", frame, 62, 62, PCAPNG_UNKNOWN, NULL },
		{ INT64_MAX, "", frame, 128, 65535, PCAPNG_INBOUND, "Tür" },
		{ 5, "eth1", frame, 0, 9000, PCAPNG_INBOUND, "nothing of it" },
	};
	/* Of these, which begin with a block of a new interface, and their interfaces. */
	const uint32_t interfaces[] = { 0, 1, 0, 2, 1 };
	uint32_t known = 0, length;
	char *data;
	size_t size, at = 0;
	uint16_t option_size;
	FILE *out = open_memstream(&data, &size);
	struct pcapng *file = pcapng_begin(out, 128);
	const uint8_t *start, *name;

	for (size_t i = 0; i < sizeof(frame); i++)
		frame[i] = (uint8_t)(i * 7 + 1);
	for (size_t i = 0; i < sizeof(packets) / sizeof(packets[0]); i++)
		pcapng_write(file, &packets[i]);
	memset(long_comment, 'x', sizeof(long_comment) - 1);
	long_comment[sizeof(long_comment) - 1] = '\0';
	packets[0].comment = long_comment;
	pcapng_write(file, &packets[0]);
	pcapng_end(file);
	fclose(out);

	start = block((uint8_t *)data, size, &at, 0x0a0d0d0a, &length);
	assert_int_equal(word(start + 8), 0x1a2b3c4d);
	assert_int_equal(half(start + 12), 1);
	assert_int_equal(half(start + 14), 0);
	assert_int_equal(word(start + 16) & word(start + 20), 0xffffffff);
	for (size_t i = 0; i < sizeof(packets) / sizeof(packets[0]); i++) {
		if (interfaces[i] == known) {
			start = block((uint8_t *)data, size, &at, 1, &length);
			assert_int_equal(half(start + 8), 1);
			assert_int_equal(word(start + 12), 128);
			name = option(start, length, 16, 2, &option_size);
			assert_int_equal(name ? option_size : 0, strlen(packets[i].interface));
			if (name)
				assert_memory_equal(name, packets[i].interface, option_size);
			assert_int_equal(*option(start, length, 16, 9, &option_size), 9);
			known++;
		}
		start = block((uint8_t *)data, size, &at, 6, &length);
		if (i)
			check_packet(start, length, interfaces[i], &packets[i]);
	}
	/* A comment that is too long for its option is cut. */
	start = block((uint8_t *)data, size, &at, 6, &length);
	assert_non_null(option(start, length, 28 + 60, 1, &option_size));
	assert_int_equal(option_size, 65535);
	assert_int_equal(at, size);
	free(data);
}

static void no_packets(void **state)
{
	char *data;
	size_t size, at = 0;
	uint32_t length;
	FILE *out = open_memstream(&data, &size);

	pcapng_end(pcapng_begin(out, 128));
	fclose(out);
	block((uint8_t *)data, size, &at, 0x0a0d0d0a, &length);
	assert_int_equal(at, size);
	pcapng_end(NULL);
	free(data);
}

int main(void)
{
	const struct CMUnitTest tests[] = { cmocka_unit_test(whole_file), cmocka_unit_test(no_packets) };

	return cmocka_run_group_tests(tests, NULL, NULL);
}
