/* SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause */
#include "traffic.h"

#include "capture.h"
#include "sentry-bench.h"

#include <stdlib.h>
#include <string.h>

#define ETHERNET_HEADER 14u
/* Of a frame, without its checksum: shorter packets are padded on any wire. */
#define ETHERNET_MIN 60u

static bool read_packets(struct traffic *traffic, struct capture *capture)
{
	enum capture_status status = CAPTURE_END;
	struct frame frame;

	while (traffic->n < TRAFFIC_PACKETS && (status = capture_next(capture, &frame)) == CAPTURE_PACKET) {
		uint32_t size = frame.size < TRAFFIC_HEAD ? frame.size : TRAFFIC_HEAD;
		uint32_t whole = frame.wire_size < FRAME_MAX ? frame.wire_size : FRAME_MAX;

		if (frame.size < ETHERNET_HEADER)
			continue;
		if (!traffic->n)
			memcpy(traffic->frame, frame.data, frame.size);
		memcpy(traffic->heads[traffic->n], frame.data, size);
		traffic->cut += frame.size > TRAFFIC_HEAD;
		if (traffic->frame_size < whole)
			traffic->frame_size = whole;
		traffic->n++;
	}
	if (status == CAPTURE_DAMAGED)
		return bench_error("%s", capture_error(capture));
	return true;
}

bool traffic_read(struct traffic *traffic, const char *path)
{
	struct capture *capture;
	char error[512];
	bool good;

	memset(traffic, 0, sizeof(*traffic));
	traffic->frame_size = ETHERNET_MIN;
	capture = capture_open(path, error, sizeof(error));
	if (!capture)
		return bench_error("%s", error);
	traffic->heads = calloc(TRAFFIC_PACKETS, TRAFFIC_HEAD);
	good = traffic->heads ? read_packets(traffic, capture) : bench_error("out of memory");
	capture_close(capture);
	if (good && !traffic->n)
		good = bench_error("%s holds no packet", path);
	return good;
}

void traffic_free(struct traffic *traffic)
{
	free(traffic->heads);
	traffic->heads = NULL;
}

struct frame traffic_frame(const struct traffic *traffic, uint32_t i, uint8_t room[FRAME_MAX])
{
	uint32_t head = traffic->frame_size < TRAFFIC_HEAD ? traffic->frame_size : TRAFFIC_HEAD;

	memcpy(room, traffic->frame, traffic->frame_size);
	memcpy(room, traffic->heads[i], head);
	return (struct frame){ .data = room, .size = traffic->frame_size, .wire_size = traffic->frame_size };
}

void traffic_keep(struct traffic *traffic, const bool *keep)
{
	uint32_t n = 0;

	for (uint32_t i = 0; i < traffic->n; i++) {
		if (!keep[i])
			continue;
		if (n != i)
			memcpy(traffic->heads[n], traffic->heads[i], TRAFFIC_HEAD);
		n++;
	}
	traffic->n = n;
}

static int compare_heads(const void *a, const void *b)
{
	return memcmp(*(const uint8_t *const *)a, *(const uint8_t *const *)b, TRAFFIC_HEAD);
}

uint32_t traffic_distinct(const struct traffic *traffic)
{
	const uint8_t **heads = calloc(traffic->n + 1, sizeof(*heads));
	uint32_t n = 0;

	if (!heads)
		out_of_memory();
	for (uint32_t i = 0; i < traffic->n; i++)
		heads[i] = traffic->heads[i];
	qsort(heads, traffic->n, sizeof(*heads), compare_heads);
	for (uint32_t i = 0; i < traffic->n; i++)
		n += !i || compare_heads(&heads[i - 1], &heads[i]);
	free(heads);
	return n;
}

void traffic_find_region(struct traffic *traffic)
{
	uint32_t head = traffic->frame_size < TRAFFIC_HEAD ? traffic->frame_size : TRAFFIC_HEAD;
	uint32_t first = head, last = 0;

	for (uint32_t i = 1; i < traffic->n; i++) {
		for (uint32_t at = 0; at < first; at++)
			if (traffic->heads[i][at] != traffic->heads[0][at])
				first = at;
		for (uint32_t at = head; at > last + 1; at--)
			if (traffic->heads[i][at - 1] != traffic->heads[0][at - 1])
				last = at - 1;
	}
	if (first > last)
		first = last = 0;
	traffic->copy_words = (last - first) / 8 + 1;
	/* The last word must not reach beyond the heads. */
	if (traffic->copy_words * 8 > head)
		traffic->copy_words = head / 8;
	traffic->copy_at = first + traffic->copy_words * 8 <= head ? first : head - traffic->copy_words * 8;
}
