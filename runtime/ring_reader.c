/* SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause */
#include "ring_reader.h"

#include "map_walk.h"

#include <errno.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#define HEADER 8

bool ring_reader_open(struct ring_reader *ring, int map, struct failure *why)
{
	size_t page = (size_t)sysconf(_SC_PAGESIZE);
	struct bpf_map_info info;
	void *consumer, *rest;

	*ring = (struct ring_reader){ .page = page };
	if (!map_info(map, &info))
		return failure_set(why, EXIT_ENVIRONMENT, "cannot read a ring buffer: %s", strerror(errno));
	consumer = mmap(NULL, page, PROT_READ | PROT_WRITE, MAP_SHARED, map, 0);
	if (consumer == MAP_FAILED)
		return failure_set(why, EXIT_ENVIRONMENT, "cannot read a ring buffer: %s", strerror(errno));
	rest = mmap(NULL, page + 2 * (size_t)info.max_entries, PROT_READ, MAP_SHARED, map, (off_t)page);
	if (rest == MAP_FAILED) {
		munmap(consumer, page);
		return failure_set(why, EXIT_ENVIRONMENT, "cannot read a ring buffer: %s", strerror(errno));
	}
	ring->consumer = consumer;
	ring->producer = rest;
	ring->data = (const char *)rest + page;
	ring->size = info.max_entries;
	ring->position = __atomic_load_n(ring->consumer, __ATOMIC_ACQUIRE);
	return true;
}

void ring_reader_close(struct ring_reader *ring)
{
	if (ring->consumer) {
		munmap((void *)ring->producer, ring->page + 2 * ring->size);
		munmap(ring->consumer, ring->page);
	}
	*ring = (struct ring_reader){ 0 };
}

__u64 ring_reader_end(const struct ring_reader *ring)
{
	return __atomic_load_n(ring->producer, __ATOMIC_ACQUIRE);
}

const void *ring_reader_next(struct ring_reader *ring, __u64 end, size_t *size, bool *busy)
{
	*busy = false;
	while (ring->position < end) {
		const char *header = ring->data + (ring->position & (ring->size - 1));
		__u32 length = __atomic_load_n((const __u32 *)header, __ATOMIC_ACQUIRE);

		if (length & BPF_RINGBUF_BUSY_BIT) {
			*busy = true;
			return NULL;
		}
		*size = length & ~(__u32)BPF_RINGBUF_DISCARD_BIT;
		ring->position += (HEADER + *size + 7) / 8 * 8;
		if (!(length & BPF_RINGBUF_DISCARD_BIT))
			return header + HEADER;
	}
	return NULL;
}

void ring_reader_release(struct ring_reader *ring)
{
	__atomic_store_n(ring->consumer, ring->position, __ATOMIC_RELEASE);
}
