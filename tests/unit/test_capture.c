/* SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause */
/* The capture reader, on files put together byte by byte. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "capture.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum {
	MAGIC_US = 0xa1b2c3d4,
	MAGIC_NS = 0xa1b23c4d,
	LINK_ETHERNET = 1,
	LINK_RAW = 101,
};

/* A file being written. */
struct file {
	uint8_t bytes[16384];
	size_t size;
	bool big_endian;
};

static void put(struct file *file, uint32_t value, unsigned size)
{
	assert_true(file->size + size <= sizeof(file->bytes));
	for (unsigned i = 0; i < size; i++)
		file->bytes[file->size++] = (uint8_t)(value >> 8 * (file->big_endian ? size - 1 - i : i));
}

static void put_data(struct file *file, size_t size)
{
	assert_true(file->size + size <= sizeof(file->bytes));
	for (size_t i = 0; i < size; i++)
		file->bytes[file->size++] = (uint8_t)i;
}

static void pcap_header(struct file *file, uint32_t magic, uint32_t link)
{
	put(file, magic, 4);
	put(file, 2, 2);
	put(file, 4, 2);
	put(file, 0, 4);
	put(file, 0, 4);
	put(file, 65535, 4);
	put(file, link, 4);
}

static void pcap_packet(struct file *file, uint32_t seconds, uint32_t fraction, uint32_t captured, uint32_t length)
{
	put(file, seconds, 4);
	put(file, fraction, 4);
	put(file, captured, 4);
	put(file, length, 4);
	put_data(file, captured);
}

static struct capture *open_bytes(const struct file *file, char error[static 512])
{
	FILE *stream = tmpfile();

	assert_non_null(stream);
	assert_int_equal(fwrite(file->bytes, 1, file->size, stream), file->size);
	rewind(stream);
	*error = '\0';
	return capture_open_stream(stream, "x.pcap", error, 512);
}

static struct capture *open_good(const struct file *file)
{
	char error[512];
	struct capture *capture = open_bytes(file, error);

	if (!capture)
		fail_msg("%s", error);
	return capture;
}

static void expect_packet(struct capture *capture, uint32_t size, uint32_t wire_size, uint64_t time_ns)
{
	struct frame frame;

	assert_int_equal(capture_next(capture, &frame), CAPTURE_PACKET);
	assert_int_equal(frame.size, size);
	assert_int_equal(frame.wire_size, wire_size);
	assert_true(frame.time_ns == time_ns);
	for (uint32_t i = 0; i < size; i++)
		assert_int_equal(frame.data[i], i & 0xff);
}

static void pcap(void **state)
{
	for (unsigned big = 0; big < 2; big++)
		for (unsigned ns = 0; ns < 2; ns++) {
			struct file file = { .big_endian = big };
			struct capture *capture;
			struct frame frame;

			pcap_header(&file, ns ? MAGIC_NS : MAGIC_US, LINK_ETHERNET);
			pcap_packet(&file, 1700000000, 123456, 60, 60);
			pcap_packet(&file, 0xfffffff0, 1, 54, 1514);
			capture = open_good(&file);
			expect_packet(capture, 60, 60, 1700000000000000000 + (ns ? 123456 : 123456000));
			expect_packet(capture, 54, 1514, (uint64_t)0xfffffff0 * 1000000000 + (ns ? 1 : 1000));
			assert_int_equal(capture_next(capture, &frame), CAPTURE_END);
			assert_int_equal(capture_count(capture), 2);
			capture_close(capture);
		}
}

static void empty(void **state)
{
	struct file file = { .size = 0 };
	struct capture *capture;
	struct frame frame;

	pcap_header(&file, MAGIC_US, LINK_ETHERNET);
	capture = open_good(&file);
	assert_int_equal(capture_next(capture, &frame), CAPTURE_END);
	assert_int_equal(capture_count(capture), 0);
	capture_close(capture);
}

static void sizes(void **state)
{
	struct file file = { .size = 0 };
	struct capture *capture;

	pcap_header(&file, MAGIC_US, LINK_ETHERNET);
	pcap_packet(&file, 1, 0, 5000, 9000);
	pcap_packet(&file, 1, 0, FRAME_MAX, FRAME_MAX);
	/* A length on the wire below what was captured is a writer's mistake. */
	pcap_packet(&file, 1, 0, 60, 40);
	pcap_packet(&file, 1, 0, 0, 0);
	capture = open_good(&file);
	expect_packet(capture, FRAME_MAX, 9000, 1000000000);
	expect_packet(capture, FRAME_MAX, FRAME_MAX, 1000000000);
	expect_packet(capture, 60, 60, 1000000000);
	expect_packet(capture, 0, 0, 1000000000);
	capture_close(capture);
}

static void block(struct file *file, uint32_t type, uint32_t body)
{
	put(file, type, 4);
	put(file, body + 12, 4);
}

/* Nanoseconds by an option, and microseconds without. */
static void pcapng(void **state)
{
	for (unsigned big = 0; big < 2; big++)
		for (unsigned ns = 0; ns < 2; ns++) {
			struct file file = { .big_endian = big };
			const uint64_t stamp = ns ? 1700000000000000007 : 1700000000000007;
			uint32_t options = ns ? 12 : 0;
			struct capture *capture;
			struct frame frame;

			block(&file, 0x0a0d0d0a, 16);
			put(&file, 0x1a2b3c4d, 4);
			put(&file, 1, 2);
			put(&file, 0, 2);
			put(&file, 0xffffffff, 4);
			put(&file, 0xffffffff, 4);
			put(&file, 28, 4);

			block(&file, 1, 8 + options);
			put(&file, LINK_ETHERNET, 2);
			put(&file, 0, 2);
			put(&file, 0, 4);
			if (ns) {
				put(&file, 9, 2); /* if_tsresol: 10^-9 */
				put(&file, 1, 2);
				put(&file, 9, 1);
				put(&file, 0, 3);
				put(&file, 0, 4);
			}
			put(&file, 20 + options, 4);

			block(&file, 6, 20 + 60);
			put(&file, 0, 4);
			put(&file, (uint32_t)(stamp >> 32), 4);
			put(&file, (uint32_t)stamp, 4);
			put(&file, 60, 4);
			put(&file, 100, 4);
			put_data(&file, 60);
			put(&file, 92, 4);

			capture = open_good(&file);
			expect_packet(capture, 60, 100, ns ? 1700000000000000007 : 1700000000000007000);
			assert_int_equal(capture_next(capture, &frame), CAPTURE_END);
			capture_close(capture);
		}
}

static void link_types(void **state)
{
	struct file file = { .size = 0 };
	char error[512];

	pcap_header(&file, MAGIC_US, LINK_RAW);
	pcap_packet(&file, 1, 0, 60, 60);
	assert_null(open_bytes(&file, error));
	assert_non_null(strstr(error, "x.pcap"));
	assert_non_null(strstr(error, "Raw IP"));
	assert_non_null(strstr(error, "Ethernet"));

	file.size = 0;
	pcap_header(&file, MAGIC_US, 4242);
	assert_null(open_bytes(&file, error));
	assert_non_null(strstr(error, "4242"));
}

/* Cut in the header of the third packet, and in its data: two packets, then a message that says where. */
static void damaged(void **state)
{
	static const unsigned cuts[] = { 1, 59, 61, 75 };

	for (size_t i = 0; i < sizeof(cuts) / sizeof(cuts[0]); i++) {
		struct file file = { .size = 0 };
		struct capture *capture;
		struct frame frame;

		pcap_header(&file, MAGIC_US, LINK_ETHERNET);
		for (unsigned n = 0; n < 3; n++)
			pcap_packet(&file, 1, 0, 60, 60);
		file.size -= cuts[i];
		capture = open_good(&file);
		expect_packet(capture, 60, 60, 1000000000);
		expect_packet(capture, 60, 60, 1000000000);
		assert_int_equal(capture_next(capture, &frame), CAPTURE_DAMAGED);
		assert_int_equal(frame.size, 0);
		assert_int_equal(capture_count(capture), 2);
		assert_non_null(strstr(capture_error(capture), "x.pcap is damaged at packet 3"));
		capture_close(capture);
	}
}

static void no_captures(void **state)
{
	struct file file = { .size = 0 };
	char error[512] = "";

	assert_null(open_bytes(&file, error));
	assert_non_null(strstr(error, "x.pcap"));
	put_data(&file, 100);
	assert_null(open_bytes(&file, error));
	assert_non_null(strstr(error, "cannot read x.pcap"));
	assert_null(capture_open("/nonexistent/x.pcap", error, sizeof(error)));
	assert_string_equal(error, "cannot read /nonexistent/x.pcap: No such file or directory");
	assert_null(capture_open("/", error, sizeof(error)));
	assert_non_null(strstr(error, "cannot read /: "));
	/* A message too long for its room is cut, not written beyond. */
	error[4] = '!';
	assert_null(capture_open("/nonexistent/x.pcap", error, 4));
	assert_string_equal(error, "can");
}

/* "-" is standard input. */
static void standard_input(void **state)
{
	struct file file = { .size = 0 };
	struct capture *capture;
	char error[512];
	int pipes[2];

	pcap_header(&file, MAGIC_US, LINK_ETHERNET);
	pcap_packet(&file, 1, 0, 60, 60);
	assert_int_equal(pipe(pipes), 0);
	assert_int_equal(write(pipes[1], file.bytes, file.size), (ssize_t)file.size);
	close(pipes[1]);
	assert_int_equal(dup2(pipes[0], STDIN_FILENO), STDIN_FILENO);
	close(pipes[0]);
	capture = capture_open("-", error, sizeof(error));
	assert_non_null(capture);
	expect_packet(capture, 60, 60, 1000000000);
	capture_close(capture);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(pcap),        cmocka_unit_test(empty),          cmocka_unit_test(sizes),
		cmocka_unit_test(pcapng),      cmocka_unit_test(link_types),     cmocka_unit_test(damaged),
		cmocka_unit_test(no_captures), cmocka_unit_test(standard_input),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
