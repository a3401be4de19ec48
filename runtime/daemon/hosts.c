/* SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause */
#include "hosts.h"

#include "memory.h"

#include <math.h>
#include <sodium.h>
#include <stdlib.h>
#include <string.h>

#define NOBODY UINT32_MAX

/* Hosts lie still; a heap of their numbers has the lightest on top, chains of numbers find them by address. */
struct hosts {
	size_t capacity, n;
	uint8_t seed[16];
	struct host *all;
	uint32_t *heap, *heap_at; /* which host; where in the heap */
	uint32_t *next, *heads;
	size_t n_heads;
};

_Static_assert(crypto_shorthash_KEYBYTES == 16, "the seed is the key");

static uint64_t seeded(const struct hosts *hosts, const void *value, size_t size)
{
	uint8_t bytes[crypto_shorthash_BYTES];
	uint64_t hash;

	crypto_shorthash(bytes, value, size, hosts->seed);
	memcpy(&hash, bytes, sizeof(hash));
	return hash;
}

struct hosts *hosts_new(size_t capacity, const uint8_t seed[static 16])
{
	struct hosts *hosts = allocate(1, sizeof(*hosts));

	hosts->capacity = capacity ? capacity : 1;
	for (hosts->n_heads = 1; hosts->n_heads < hosts->capacity;)
		hosts->n_heads *= 2;
	memcpy(hosts->seed, seed, sizeof(hosts->seed));
	hosts->all = allocate(hosts->capacity, sizeof(*hosts->all));
	hosts->heap = allocate(hosts->capacity, sizeof(*hosts->heap));
	hosts->heap_at = allocate(hosts->capacity, sizeof(*hosts->heap_at));
	hosts->next = allocate(hosts->capacity, sizeof(*hosts->next));
	hosts->heads = allocate(hosts->n_heads, sizeof(*hosts->heads));
	memset(hosts->heads, 0xff, hosts->n_heads * sizeof(*hosts->heads));
	return hosts;
}

void hosts_free(struct hosts *hosts)
{
	if (!hosts)
		return;
	free(hosts->all);
	free(hosts->heap);
	free(hosts->heap_at);
	free(hosts->next);
	free(hosts->heads);
	free(hosts);
}

static uint32_t *chain_of(const struct hosts *hosts, const uint8_t *address, uint8_t ip_version)
{
	uint8_t key[17];

	memcpy(key, address, 16);
	key[16] = ip_version;
	return &hosts->heads[seeded(hosts, key, sizeof(key)) & (hosts->n_heads - 1)];
}

static uint32_t find(const struct hosts *hosts, uint32_t number, const uint8_t *address, uint8_t ip_version)
{
	while (number != NOBODY && (hosts->all[number].ip_version != ip_version ||
				    memcmp(hosts->all[number].address, address, 16) != 0))
		number = hosts->next[number];
	return number;
}

static void put(struct hosts *hosts, uint32_t at, uint32_t number)
{
	hosts->heap[at] = number;
	hosts->heap_at[number] = at;
}

static double weight_at(const struct hosts *hosts, uint32_t at)
{
	return hosts->all[hosts->heap[at]].weight;
}

static void sift_up(struct hosts *hosts, uint32_t at)
{
	uint32_t number = hosts->heap[at];

	while (at > 0 && weight_at(hosts, (at - 1) / 2) > hosts->all[number].weight) {
		put(hosts, at, hosts->heap[(at - 1) / 2]);
		at = (at - 1) / 2;
	}
	put(hosts, at, number);
}

static void sift_down(struct hosts *hosts, uint32_t at)
{
	uint32_t number = hosts->heap[at], child;

	while ((child = 2 * at + 1) < hosts->n) {
		if (child + 1 < hosts->n && weight_at(hosts, child + 1) < weight_at(hosts, child))
			child++;
		if (weight_at(hosts, child) >= hosts->all[number].weight)
			break;
		put(hosts, at, hosts->heap[child]);
		at = child;
	}
	put(hosts, at, number);
}

static void unchain(struct hosts *hosts, uint32_t number)
{
	const struct host *host = &hosts->all[number];
	uint32_t *at = chain_of(hosts, host->address, host->ip_version);

	while (*at != number)
		at = &hosts->next[*at];
	*at = hosts->next[number];
}

static void chain(struct hosts *hosts, uint32_t number)
{
	const struct host *host = &hosts->all[number];
	uint32_t *head = chain_of(hosts, host->address, host->ip_version);

	hosts->next[number] = *head;
	*head = number;
}

struct host *hosts_add(struct hosts *hosts, const uint8_t address[static 16], uint8_t ip_version, double weight)
{
	uint32_t number = find(hosts, *chain_of(hosts, address, ip_version), address, ip_version);
	struct host *host;
	double inherited = 0;

	if (number == NOBODY) {
		if (hosts->n < hosts->capacity) {
			number = (uint32_t)hosts->n++;
			put(hosts, number, number);
		} else {
			number = hosts->heap[0];
			inherited = hosts->all[number].weight;
			unchain(hosts, number);
		}
		host = &hosts->all[number];
		*host = (struct host){ .ip_version = ip_version, .weight = inherited };
		memcpy(host->address, address, sizeof(host->address));
		chain(hosts, number);
	}
	host = &hosts->all[number];
	host->weight += weight;
	/* A new one stands at the end with no weight: up first, then down to its place. */
	sift_up(hosts, hosts->heap_at[number]);
	sift_down(hosts, hosts->heap_at[number]);
	return host;
}

bool hosts_restore(struct hosts *hosts, const struct host *host)
{
	uint32_t number = (uint32_t)hosts->n;

	if (hosts->n == hosts->capacity ||
	    find(hosts, *chain_of(hosts, host->address, host->ip_version), host->address, host->ip_version) != NOBODY)
		return false;
	hosts->all[number] = *host;
	put(hosts, number, number);
	hosts->n++;
	sift_up(hosts, number);
	chain(hosts, number);
	return true;
}

/* The order stays, hence also the heap. */
void hosts_fade(struct hosts *hosts, double factor)
{
	for (size_t i = 0; i < hosts->n; i++)
		hosts->all[i].weight *= factor;
}

size_t hosts_count(const struct hosts *hosts)
{
	return hosts->n;
}

struct host *hosts_at(struct hosts *hosts, size_t i)
{
	return &hosts->all[i];
}

void host_bit(const struct hosts *hosts, struct host_bits *bits, const void *value, size_t size)
{
	uint64_t bit = seeded(hosts, value, size) % HOST_BITS;

	bits->words[bit / 64] |= 1ULL << bit % 64;
}

double host_bits_count(const struct host_bits *bits)
{
	int set = 0;

	for (size_t i = 0; i < HOST_BITS / 64; i++)
		set += __builtin_popcountll(bits->words[i]);
	/* All are set: as many as if half a bit were not. */
	return -HOST_BITS * log((set < HOST_BITS ? HOST_BITS - set : 0.5) / HOST_BITS);
}
