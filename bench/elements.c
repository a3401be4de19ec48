/* SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause */
#include "elements.h"

#include <bpf/bpf.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

/* Prefix lengths and how many of a hundred elements have them, about as in the tables of the Internet's routers. */
struct share {
	uint8_t length;
	uint8_t percent;
};

static const struct share shares4[] = {
	{ 24, 56 }, { 32, 12 }, { 23, 9 }, { 22, 11 }, { 21, 4 }, { 20, 3 }, { 19, 2 }, { 18, 1 }, { 17, 1 }, { 16, 1 },
};
static const struct share shares6[] = {
	{ 48, 46 }, { 32, 12 }, { 44, 9 }, { 40, 8 }, { 64, 7 }, { 36, 5 }, { 29, 4 }, { 56, 4 }, { 46, 3 }, { 128, 2 },
};

/* Marsaglia's xorshift64*. */
static uint64_t draw(uint64_t *seed)
{
	*seed ^= *seed >> 12;
	*seed ^= *seed << 25;
	*seed ^= *seed >> 27;
	return *seed * 0x2545f4914f6cdd1dull;
}

static unsigned draw_length(uint64_t *seed, bool v6)
{
	const struct share *share = v6 ? shares6 : shares4;
	unsigned percent = (unsigned)(draw(seed) % 100);

	for (; percent >= share->percent; share++)
		percent -= share->percent;
	return share->length;
}

/* Spread evenly over 1.0.0.0 to 223.255.255.255, or 2000::/3. */
static bool fill_elements(struct elements *elements, bool single)
{
	unsigned bits = elements->v6 ? 128 : 32;
	u128 begin = elements->v6 ? (u128)1 << 125 : 1 << 24, end = elements->v6 ? (u128)1 << 126 : (u128)224 << 24;
	u128 stride = (end - begin) / 64 * 63 / elements->n, at = begin;
	uint64_t seed = 0x5eed;

	for (uint32_t i = 0; i < elements->n; i++) {
		unsigned prefix = single ? bits : draw_length(&seed, elements->v6);
		u128 size = (u128)1 << (bits - prefix), wanted = begin + stride * i;

		wanted += draw(&seed) % (uint64_t)(stride >> 64 ? ~0ull : stride);
		if (at < wanted)
			at = wanted;
		at = (at + size - 1) / size * size;
		if (at + size >= end)
			return false;
		elements->element[i] = (struct set_element){
			.family = elements->v6 ? FAMILY_V6 : FAMILY_V4, .address = at, .prefix = prefix,
		};
		at += size;
		/* Left free between this one and the next. */
		elements->beside[i] = at++;
	}
	for (uint32_t i = elements->n - 1; i; i--) {
		uint32_t other = (uint32_t)(draw(&seed) % (i + 1));
		struct set_element element = elements->element[i];
		u128 beside = elements->beside[i];

		elements->element[i] = elements->element[other];
		elements->element[other] = element;
		elements->beside[i] = elements->beside[other];
		elements->beside[other] = beside;
	}
	return true;
}

bool elements_make(struct elements *elements, uint32_t n, bool v6, bool single)
{
	*elements = (struct elements){ .n = n, .v6 = v6 };
	elements->element = calloc(n, sizeof(elements->element[0]));
	elements->beside = calloc(n, sizeof(elements->beside[0]));
	if (elements->element && elements->beside && fill_elements(elements, single))
		return true;
	fprintf(stderr, "bench: no room for %u elements\n", n);
	elements_free(elements);
	return false;
}

void elements_free(struct elements *elements)
{
	free(elements->element);
	free(elements->beside);
}

void elements_bytes(uint8_t *out, u128 address, bool v6)
{
	unsigned bytes = v6 ? 16 : 4;

	for (unsigned i = 0; i < bytes; i++)
		out[i] = (uint8_t)(address >> 8 * (bytes - 1 - i));
}

bool elements_probes(const struct elements *elements, struct probes *probes)
{
	unsigned bits = elements->v6 ? 128 : 32;
	uint64_t seed = 0xacce55;
	uint32_t n = 1 << 16;

	while (n < elements->n && n < PROBES_MAX)
		n *= 2;
	if (!probes_make(probes, n, elements->v6))
		return false;
	for (uint32_t i = 0; i < n; i++) {
		const struct set_element *element = &elements->element[i % elements->n];
		u128 host = element->prefix == bits ? 0 : ((u128)draw(&seed) << 64 | draw(&seed)) &
							  (((u128)1 << (bits - element->prefix)) - 1);

		elements_bytes(probes->address[i], element->address | host, elements->v6);
		elements_bytes(probes->address[n + i], elements->beside[i % elements->n], elements->v6);
	}
	return true;
}

/* --- into maps ----------------------------------------------------------------- */

bool map_fill(int fd, const void *keys, const void *values, uint32_t n)
{
	uint32_t done = n;

	if (!bpf_map_update_batch(fd, keys, values, &done, NULL) && done == n)
		return true;
	fprintf(stderr, "bench: %u of %u elements: %s\n", done, n, strerror(errno));
	return false;
}

/* Puts a map into slot 0, which keeps it from then on. */
static bool put_version(const struct target *target, const char *name, int fd)
{
	uint32_t zero = 0;
	bool good = !bpf_map_update_elem(target_map(target, name), &zero, &fd, 0);

	if (!good)
		fprintf(stderr, "bench: map %s: %s\n", name, strerror(errno));
	close(fd);
	return good;
}

/* The most frequent length first, as the layout says. */
static void order_lengths(const struct elements *elements, uint8_t *lengths, uint32_t n)
{
	uint32_t used[129] = { 0 };

	for (uint32_t i = 0; i < elements->n; i++)
		used[elements->element[i].prefix]++;
	for (uint32_t i = 1; i < n; i++)
		for (uint32_t j = i; j && used[lengths[j]] > used[lengths[j - 1]]; j--) {
			uint8_t length = lengths[j];

			lengths[j] = lengths[j - 1];
			lengths[j - 1] = length;
		}
}

bool elements_table(const struct elements *elements, const struct target *target, const char *name, uint32_t *shift)
{
	LIBBPF_OPTS(bpf_map_create_opts, options, .map_flags = BPF_F_MMAPABLE | BPF_F_INNER_MAP);
	const struct set_image image = { .n = elements->n, .elements = elements->element };
	uint32_t n, mask;
	struct sentry_set_bucket *buckets = set_image_build(&image, &n);
	void *memory = MAP_FAILED;
	int fd = -1;

	if (buckets) {
		order_lengths(elements, buckets[0].head4.lengths, buckets[0].head4.n);
		order_lengths(elements, buckets[1].head6.lengths, buckets[1].head6.n);
		mask = elements->v6 ? buckets[1].head6.mask : buckets[0].head4.mask;
		*shift = (uint32_t)__builtin_clz(mask);
		fd = bpf_map_create(BPF_MAP_TYPE_ARRAY, "set", sizeof(uint32_t), sizeof(*buckets), n, &options);
	}
	if (fd >= 0)
		memory = mmap(NULL, (size_t)n * sizeof(*buckets), PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
	if (memory == MAP_FAILED) {
		fprintf(stderr, "bench: table of %u elements: %s\n", elements->n, strerror(errno));
		if (fd >= 0)
			close(fd);
		free(buckets);
		return false;
	}
	memcpy(memory, buckets, (size_t)n * sizeof(*buckets));
	munmap(memory, (size_t)n * sizeof(*buckets));
	free(buckets);
	return put_version(target, name, fd);
}

bool elements_hash(const struct elements *elements, const struct target *target, const char *name, bool versions)
{
	struct sentry_end_key *keys = calloc(elements->n, sizeof(*keys));
	struct sentry_element *values = calloc(elements->n, sizeof(*values));
	int fd = target_map(target, name);
	bool good = false;

	if (versions)
		fd = bpf_map_create(BPF_MAP_TYPE_HASH, "set", sizeof(*keys), sizeof(*values), elements->n, NULL);
	for (uint32_t i = 0; keys && values && i < elements->n; i++) {
		keys[i].hi = (uint64_t)(elements->element[i].address >> 64);
		keys[i].lo = (uint64_t)elements->element[i].address;
		keys[i].ip_version = elements->v6 ? 6 : 4;
		values[i].expires_ns = SENTRY_FOREVER;
	}
	if (keys && values && fd >= 0)
		good = map_fill(fd, keys, values, elements->n);
	free(keys);
	free(values);
	if (!versions || fd < 0)
		return good;
	if (good)
		return put_version(target, name, fd);
	close(fd);
	return false;
}

bool elements_lpm(const struct elements *elements, const struct target *target, const char *name)
{
	size_t size = elements->v6 ? 20 : 8;
	uint8_t *keys = calloc(elements->n, size);
	uint32_t *values = calloc(elements->n, sizeof(*values));
	bool good = keys && values;

	for (uint32_t i = 0; good && i < elements->n; i++) {
		uint32_t length = elements->element[i].prefix;

		memcpy(keys + i * size, &length, sizeof(length));
		elements_bytes(keys + i * size + sizeof(length), elements->element[i].address, elements->v6);
	}
	good = good && map_fill(target_map(target, name), keys, values, elements->n);
	free(keys);
	free(values);
	return good;
}
