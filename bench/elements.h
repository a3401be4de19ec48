/* SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause */
/* Made-up elements of sets, the probes that hit and miss them, and the maps that hold them. */
#ifndef BENCH_ELEMENTS_H
#define BENCH_ELEMENTS_H

#include "measure.h"
#include "set_image.h"

struct elements {
	uint32_t n;
	bool v6;
	struct set_element *element; /* none covers another; in no order */
	u128 *beside;                /* of each, an address that is in none */
};

/* Prefixes of many lengths, as in routing tables; or single addresses. The same arguments give the same. */
bool elements_make(struct elements *elements, uint32_t n, bool v6, bool single);
void elements_free(struct elements *elements);

/* In network byte order: 4 or 16 bytes. */
void elements_bytes(uint8_t *out, u128 address, bool v6);

/* The first half hits, the second misses. */
bool elements_probes(const struct elements *elements, struct probes *probes);

/* As the table of outer map `name` of a target; *shift says how many buckets there are: 2^(32 - shift). */
bool elements_table(const struct elements *elements, const struct target *target, const char *name, uint32_t *shift);

/* As the kernel's hash table: map `name`, or, if it has versions, a new one in there. */
bool elements_hash(const struct elements *elements, const struct target *target, const char *name, bool versions);

/* As the kernel's trie. */
bool elements_lpm(const struct elements *elements, const struct target *target, const char *name);

/* Whole batches into any map. */
bool map_fill(int fd, const void *keys, const void *values, uint32_t n);

#endif
