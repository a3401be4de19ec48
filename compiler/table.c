/* SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause */
/* Chains from an array of buckets that doubles, and one list of all entries by use. */
#include "table.h"

#include "arena.h"

#include <stdlib.h>
#include <string.h>

#define FIRST_BUCKETS 64u

struct entry {
	struct entry *next;            /* of the bucket */
	struct entry *newer, *older;   /* by use */
	uint64_t hash;
	unsigned char bytes[];         /* the key, room to align, the value */
};

struct table {
	size_t key_size, value_size, value_at;
	uint64_t max, n;
	bool lru;
	size_t n_buckets;              /* a power of two */
	struct entry **buckets;
	struct entry *newest, *oldest;
};

/* FNV-1a, 64 bits (Fowler, Noll, Vo), its halves folded. */
static uint64_t hash_of(const void *key, size_t size)
{
	const unsigned char *bytes = key;
	uint64_t hash = 0xcbf29ce484222325;

	for (size_t i = 0; i < size; i++)
		hash = (hash ^ bytes[i]) * 0x100000001b3;
	return hash ^ hash >> 32;
}

struct table *table_new(size_t key_size, size_t value_size, uint64_t max, bool lru)
{
	struct table *table = calloc(1, sizeof(*table));

	if (!table)
		out_of_memory();
	table->key_size = key_size;
	table->value_size = value_size;
	table->value_at = (key_size + sizeof(uint64_t) - 1) / sizeof(uint64_t) * sizeof(uint64_t);
	table->max = max;
	table->lru = lru;
	table->n_buckets = FIRST_BUCKETS;
	table->buckets = calloc(table->n_buckets, sizeof(table->buckets[0]));
	if (!table->buckets)
		out_of_memory();
	return table;
}

void table_clear(struct table *table)
{
	for (struct entry *entry = table->oldest, *newer; entry; entry = newer) {
		newer = entry->newer;
		free(entry);
	}
	memset(table->buckets, 0, table->n_buckets * sizeof(table->buckets[0]));
	table->newest = table->oldest = NULL;
	table->n = 0;
}

void table_free(struct table *table)
{
	if (!table)
		return;
	table_clear(table);
	free(table->buckets);
	free(table);
}

static struct entry **place_of(struct table *table, const void *key, uint64_t hash)
{
	struct entry **at = &table->buckets[hash & (table->n_buckets - 1)];

	while (*at && ((*at)->hash != hash || memcmp((*at)->bytes, key, table->key_size)))
		at = &(*at)->next;
	return at;
}

static void unlink_use(struct table *table, struct entry *entry)
{
	*(entry->newer ? &entry->newer->older : &table->newest) = entry->older;
	*(entry->older ? &entry->older->newer : &table->oldest) = entry->newer;
}

static void link_newest(struct table *table, struct entry *entry)
{
	entry->newer = NULL;
	entry->older = table->newest;
	*(table->newest ? &table->newest->newer : &table->oldest) = entry;
	table->newest = entry;
}

void *table_find(struct table *table, const void *key)
{
	struct entry *entry = *place_of(table, key, hash_of(key, table->key_size));

	if (!entry)
		return NULL;
	unlink_use(table, entry);
	link_newest(table, entry);
	return entry->bytes + table->value_at;
}

static void drop(struct table *table, struct entry **at)
{
	struct entry *entry = *at;

	*at = entry->next;
	unlink_use(table, entry);
	free(entry);
	table->n--;
}

/* Without memory for more buckets the chains are longer, and that is all. */
static void grow(struct table *table)
{
	size_t n = table->n_buckets * 2;
	struct entry **buckets = calloc(n, sizeof(buckets[0]));

	if (!buckets)
		return;
	for (struct entry *entry = table->newest; entry; entry = entry->older) {
		entry->next = buckets[entry->hash & (n - 1)];
		buckets[entry->hash & (n - 1)] = entry;
	}
	free(table->buckets);
	table->buckets = buckets;
	table->n_buckets = n;
}

void *table_insert(struct table *table, const void *key, const void *value, bool *evicted)
{
	uint64_t hash = hash_of(key, table->key_size);
	void *old = table_find(table, key);
	struct entry *entry, **bucket;

	if (evicted)
		*evicted = false;
	if (old)
		return memcpy(old, value, table->value_size);
	if (table->n >= table->max && (!table->lru || !table->oldest))
		return NULL;
	entry = malloc(sizeof(*entry) + table->value_at + table->value_size);
	if (!entry)
		out_of_memory();
	if (table->n >= table->max) {
		drop(table, place_of(table, table->oldest->bytes, table->oldest->hash));
		if (evicted)
			*evicted = true;
	}
	if (table->n >= table->n_buckets)
		grow(table);
	entry->hash = hash;
	memcpy(entry->bytes, key, table->key_size);
	memcpy(entry->bytes + table->value_at, value, table->value_size);
	bucket = &table->buckets[hash & (table->n_buckets - 1)];
	entry->next = *bucket;
	*bucket = entry;
	link_newest(table, entry);
	table->n++;
	return entry->bytes + table->value_at;
}

bool table_remove(struct table *table, const void *key)
{
	struct entry **at = place_of(table, key, hash_of(key, table->key_size));

	if (!*at)
		return false;
	drop(table, at);
	return true;
}

uint64_t table_size(const struct table *table)
{
	return table->n;
}
