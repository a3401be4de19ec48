/* SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause */
/*
 * A bounded hash table of keys and values of fixed size: what the engines without a kernel keep
 * connections, buckets and elements in. Where it is bounded by use, the least recently used make room.
 */
#ifndef SENTRY_TABLE_H
#define SENTRY_TABLE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct table;

/* Memory grows with use; without, the process ends: a table that is not full says no other way that it has no room. */
struct table *table_new(size_t key_size, size_t value_size, uint64_t max, bool lru);
void table_free(struct table *table);

/* The value, which is now the one used last; NULL if there is none. It stays where it is until it is removed or evicted. */
void *table_find(struct table *table, const void *key);

/*
 * Puts a copy of `value` in, over one that is there; *evicted tells whether another made room (may be NULL).
 * NULL if it is full and not `lru`.
 */
void *table_insert(struct table *table, const void *key, const void *value, bool *evicted);

/* False if it was not there. */
bool table_remove(struct table *table, const void *key);
void table_clear(struct table *table);
uint64_t table_size(const struct table *table);

#endif
