/* SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause */
/* How many entries went into each table that has a bound, and what went wrong: see struct sentry_table_count. */
#ifndef SENTRY_TABLES_H
#define SENTRY_TABLES_H

#ifdef SENTRY_TABLES

#include "shared.h"

MAP_PERCPU_ARRAY(table_counts, struct sentry_table_count, SENTRY_TABLES);

static __always_inline void table_inserted(__u32 table)
{
	struct sentry_table_count *count = map_at(&table_counts, table);

	if (count)
		count->inserted++;
}

static __always_inline void table_failed(__u32 table)
{
	struct sentry_table_count *count = map_at(&table_counts, table);

	if (count)
		count->failed++;
}

static __always_inline void table_contended(__u32 table)
{
	struct sentry_table_count *count = map_at(&table_counts, table);

	if (count)
		count->contended++;
}

#endif
#endif
