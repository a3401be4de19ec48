/* SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause */
#include "flow_cache.h"

#include "map_walk.h"
#include "maps.h"
#include "memory.h"

#include <arpa/inet.h>
#include <errno.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <time.h>
#include <unistd.h>

bool flow_cache_open(struct flow_cache *cache, int map, struct failure *why)
{
	size_t page = (size_t)sysconf(_SC_PAGESIZE);
	struct bpf_map_info info;
	void *memory;

	*cache = (struct flow_cache){ 0 };
	if (!map_info(map, &info))
		return failure_set(why, EXIT_ENVIRONMENT, "cannot read the flows: %s", strerror(errno));
	if (info.type != BPF_MAP_TYPE_ARRAY || info.value_size != sizeof(struct sentry_flow_block))
		return failure_set(why, EXIT_ENVIRONMENT, "cannot read the flows: they are of another kind");
	cache->bytes = ((size_t)info.max_entries * sizeof(struct sentry_flow_block) + page - 1) / page * page;
	memory = mmap(NULL, cache->bytes, PROT_READ, MAP_SHARED, map, 0);
	if (memory == MAP_FAILED)
		return failure_set(why, EXIT_ENVIRONMENT, "cannot read the flows: %s", strerror(errno));
	cache->blocks = memory;
	cache->n = (size_t)info.max_entries * SENTRY_FLOWS;
	return true;
}

void flow_cache_close(struct flow_cache *cache)
{
	if (cache->blocks)
		munmap((void *)cache->blocks, cache->bytes);
	*cache = (struct flow_cache){ 0 };
}

/* Word by word: each is read once. */
static void copy_line(void *to, const void *from)
{
	const volatile __u64 *words = from;
	__u64 line[8];

	for (size_t i = 0; i < 8; i++)
		line[i] = words[i];
	memcpy(to, line, sizeof(line));
}

enum flow_presence flow_cache_copy(const struct flow_cache *cache, size_t number, struct sentry_flow_entry *copy)
{
	const struct sentry_flow_block *block = &cache->blocks[number / SENTRY_FLOWS];
	const volatile struct sentry_flow_hot *hot = &block->hot[number % SENTRY_FLOWS];
	__u32 version = hot->version_a;

	/* See account.h: version_a, then all else, then version_b, in this order also on machines that read as they please. */
	atomic_thread_fence(memory_order_acquire);
	if (!version && !hot->version_b)
		return FLOW_NONE;
	copy_line(&copy->hot, &block->hot[number % SENTRY_FLOWS]);
	copy_line(&copy->cold, &block->cold[number % SENTRY_FLOWS]);
	atomic_thread_fence(memory_order_acquire);
	copy->hot.version_a = version;
	/* Of a flow that has just begun, the first packet is not yet counted. */
	return hot->version_b == version && copy->hot.packets ? FLOW_WHOLE : FLOW_CHANGING;
}

static void put_address(__u8 out[static 16], __u64 hi, __u64 lo)
{
	__u32 words[4] = { htonl((__u32)(hi >> 32)), htonl((__u32)hi), htonl((__u32)(lo >> 32)), htonl((__u32)lo) };

	memcpy(out, words, sizeof(words));
}

/* The coarse clock goes by jiffies, and says itself how long one is. */
static __u64 tick_ns(void)
{
	static __u64 ns;
	struct timespec resolution;

	if (!ns && clock_getres(CLOCK_MONOTONIC_COARSE, &resolution) == 0)
		ns = (__u64)resolution.tv_sec * 1000000000ull + (__u64)resolution.tv_nsec;
	return ns;
}

void flow_of_entry(const struct sentry_flow_entry *entry, struct sentry_flow *flow)
{
	const struct sentry_flow_hot *hot = &entry->hot;
	const struct sentry_flow_cold *cold = &entry->cold;

	*flow = (struct sentry_flow){
		.source_port = hot->source_port, .dest_port = hot->dest_port, .vlan = hot->vlan,
		.protocol = hot->protocol, .ip_version = hot->ip_version, .ifindex = hot->ifindex, .slot = hot->slot,
		.packets = hot->packets, .bytes = hot->bytes, .first_ns = cold->first_ns,
		.last_ns = cold->first_ns + (__u32)(hot->last_tick - cold->first_tick) * tick_ns(),
		.direction = hot->direction, .verdict = hot->verdict, .tcp_flags = hot->tcp_flags,
	};
	if (hot->ip_version == 4) {
		put_address(flow->source, hot->addresses & 0xffffffff00000000ull, 0);
		put_address(flow->dest, hot->addresses << 32, 0);
	} else {
		put_address(flow->source, cold->source_hi, cold->source_lo);
		put_address(flow->dest, cold->dest_hi, cold->dest_lo);
	}
}

/* From the source to the slot, without padding: what makes two flows different. */
#define KEY_BYTES offsetof(struct sentry_flow, packets)

static int by_key(const void *left, const void *right)
{
	return memcmp(left, right, KEY_BYTES);
}

static int by_bytes(const void *left, const void *right)
{
	const struct sentry_flow *a = left, *b = right;

	if (a->bytes != b->bytes)
		return a->bytes < b->bytes ? 1 : -1;
	return by_key(left, right);
}

static void merge(struct sentry_flow *into, const struct sentry_flow *other)
{
	into->packets += other->packets;
	into->bytes += other->bytes;
	into->tcp_flags |= other->tcp_flags;
	if (other->first_ns < into->first_ns)
		into->first_ns = other->first_ns;
	if (other->last_ns > into->last_ns)
		into->last_ns = other->last_ns;
}

/* One entry for each flow. */
static size_t merge_all(struct sentry_flow *flows, size_t n)
{
	size_t kept = 0;

	qsort(flows, n, sizeof(*flows), by_key);
	for (size_t i = 0; i < n; i++) {
		if (kept && by_key(&flows[kept - 1], &flows[i]) == 0)
			merge(&flows[kept - 1], &flows[i]);
		else
			flows[kept++] = flows[i];
	}
	qsort(flows, kept, sizeof(*flows), by_bytes);
	return kept;
}

struct sentry_flow *flows_read(const struct generation *generation, size_t part, size_t *n, struct failure *why)
{
	struct sentry_flow *flows = NULL;
	struct sentry_flow_entry entry;
	struct flow_cache cache;
	int map;
	bool ok;

	*n = 0;
	if (!generation->record.parts[part].account.flows)
		return NULL;
	map = generation_map(generation, part, MAP_FLOW_CACHE);
	if (map < 0) {
		failure_set(why, EXIT_ENVIRONMENT, "cannot read the flows: %s", strerror(errno));
		return NULL;
	}
	ok = flow_cache_open(&cache, map, why);
	close(map);
	if (!ok)
		return NULL;
	flows = allocate(1, sizeof(*flows));
	for (size_t i = 0; i < cache.n; i++) {
		if (flow_cache_copy(&cache, i, &entry) != FLOW_WHOLE)
			continue;
		flows = grow(flows, *n, sizeof(*flows));
		flow_of_entry(&entry, &flows[(*n)++]);
	}
	flow_cache_close(&cache);
	*n = merge_all(flows, *n);
	return flows;
}
