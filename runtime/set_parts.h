/* SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause */
/* What set_map.c and set_table.c share. */
#ifndef SENTRY_SET_PARTS_H
#define SENTRY_SET_PARTS_H

#include "duration.h"
#include "failure.h"
#include "set_element.h"

#include <linux/types.h>
#include <stdbool.h>

/* With errno; the others of code EXIT_POLICY. All return false. */
bool set_map_failed(const struct manifest_set *set, const char *what, struct failure *why);
bool set_map_full(const struct manifest_set *set, size_t present, size_t fresh, struct failure *why);
bool set_map_missing(const struct manifest_set *set, const struct set_element *element, struct failure *why);

int table_map_build(const struct manifest_set *set, const struct set_elements *elements, struct failure *why);
bool table_map_list(const struct manifest_set *set, int map, struct set_elements *elements, struct failure *why);
bool table_map_may_add(const struct manifest_set *set, int map, const struct set_elements *elements,
		       struct failure *why);
bool table_map_may_remove(const struct manifest_set *set, int map, const struct set_elements *elements,
			  struct failure *why);
/* All elements in place; or, where there is no room, the table is as before and *larger one that has them all. */
bool table_map_add(const struct manifest_set *set, int map, const struct set_elements *elements, int *larger,
		   struct failure *why);
bool table_map_remove(const struct manifest_set *set, int map, const struct set_elements *elements,
		      struct failure *why);

#endif
