/* SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause */
/* Addresses and prefixes as the table of set_table.h: built in memory, changed while programs read it. */
#ifndef SENTRY_SET_BUCKETS_H
#define SENTRY_SET_BUCKETS_H

#include "failure.h"
#include "set_element.h"

#include <linux/types.h>
#include <stdbool.h>
#include <stddef.h>

#include "set_table.h"

struct set_buckets {
	struct sentry_set_bucket *buckets; /* heads included */
	size_t n;
};

enum set_place {
	PLACE_TAKEN,
	PLACE_NO_ROOM,          /* all buckets in reach are full: build a new table */
	PLACE_TOO_MANY_LENGTHS, /* of IPv6, of those that the heads still list */
};

/* From elements of which none covers another; to be freed. */
bool set_buckets_build(struct set_buckets *table, const struct set_elements *elements, struct failure *why);
void set_buckets_free(struct set_buckets *table);

/* Whether the heads speak of buckets that are there: of a table that somebody else has written. */
bool set_buckets_valid(const struct set_buckets *table);

/* The element itself. */
bool set_buckets_has(const struct set_buckets *table, const struct set_element *element);
/* The element, or a prefix that covers it: in *found. */
bool set_buckets_covering(const struct set_buckets *table, const struct set_element *element,
			  struct set_element *found);

/* One element that does not conflict with those there are. */
enum set_place set_buckets_add(struct set_buckets *table, const struct set_element *element);
/* False if it is not there. */
bool set_buckets_remove(struct set_buckets *table, const struct set_element *element);

/* Calls for each element until one returns false; false then. */
bool set_buckets_each(const struct set_buckets *table,
		      bool (*visit)(void *context, const struct set_element *element), void *context);

#endif
