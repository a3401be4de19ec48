/* SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause */
/*
 * A set in the kernel: a map of one slot, in which the map lies that holds the elements. To
 * replace it all, another is built and put into the slot. An empty slot: nothing is a member.
 */
#ifndef SENTRY_SET_MAP_H
#define SENTRY_SET_MAP_H

#include "failure.h"
#include "generation.h"
#include "set_element.h"

#include <stdbool.h>

/* A map with these elements, sorted and without conflicts, that is in no slot yet; -1 on failure. */
int set_map_build(const struct manifest_set *set, const struct set_elements *elements, struct failure *why);

/* The map of one slot, and where the map that lies in it is pinned too: to open a map by its number takes CAP_SYS_ADMIN. */
struct set_slot {
	int map;             /* -1: not open */
	struct path version; /* "": nowhere */
};

/* Of a part of a generation. False with errno. */
bool set_slot_open(struct set_slot *slot, const struct generation *generation, size_t part,
		   const struct manifest_set *set);
void set_slot_close(struct set_slot *slot);

/* What lies in the slot: -1 with errno ENOENT if nothing does. */
int set_map_inner(const struct set_slot *slot);
bool set_map_put(const struct set_slot *slot, int inner, struct failure *why);

/* Those that have not expired, sorted. `inner` may be -1: none. */
bool set_map_list(const struct manifest_set *set, int inner, struct set_elements *elements, struct failure *why);

/*
 * Elements one by one, all or, if one of them cannot be, none: `elements` is sorted and has no conflicts in itself.
 * A table without room is replaced by a larger one.
 */
bool set_map_add(const struct manifest_set *set, const struct set_slot *slot, const struct set_elements *elements, struct failure *why);
bool set_map_remove(const struct manifest_set *set, const struct set_slot *slot, const struct set_elements *elements,
		    struct failure *why);

/* What the first half of these does: checks, and changes nothing. */
bool set_map_may_add(const struct manifest_set *set, const struct set_slot *slot, const struct set_elements *elements,
		     struct failure *why);
bool set_map_may_remove(const struct manifest_set *set, const struct set_slot *slot, const struct set_elements *elements,
			struct failure *why);

#endif
