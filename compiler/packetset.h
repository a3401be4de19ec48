/* SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause */
/*
 * Sets of packets of any shape, as binary decision diagrams (BuDDy; Bryant 1986): one
 * set has one form, so equality is one comparison. For questions about whole
 * regions: what changes, what gets a verdict, how many packets that are. Questions about one
 * packet are cheaper to ask of cover.h.
 *
 * BuDDy is one global table: one session is open at a time, for one space, and this
 * module is the only one that includes <bdd.h>. A session also ends when its effort
 * is spent: every result after that is meaningless, and packetset_decided() is false. So:
 * compute, ask packetset_decided(), then believe.
 *
 * Points that no packet is are in no set: every set is within packetset_all().
 * Sets need no freeing: a session keeps all until packetset_close().
 */
#ifndef SENTRY_PACKETSET_H
#define SENTRY_PACKETSET_H

#include "cube.h"
#include "effort.h"

typedef int packetset;

/* False: out of memory for the table. `space` and `effort` must outlive the session. */
bool packetset_open(const struct space *space, struct effort *effort);
void packetset_close(void);
bool packetset_decided(void);

packetset packetset_none(void);
packetset packetset_all(void);
packetset packetset_cube(const struct cube *cube);
packetset packetset_or(packetset a, packetset b);
packetset packetset_and(packetset a, packetset b);
packetset packetset_minus(packetset a, packetset b);
/* Gives back what one call returned. Only where intermediate results are many and large; never needed. */
void packetset_release(packetset set);
static inline bool packetset_empty(packetset set) { return set == packetset_none(); }
/* a == b is equality. */

/*
 * How many different packets, as a decimal number without limit of size; arena
 * memory. Counted are combinations of the fields (not of sets, states and limits)
 * that are dimensions of the space, where a field that a packet does not have counts as
 * one value. NULL if the session is not decided.
 */
const char *packetset_count(struct arena *arena, packetset set);

/*
 * The set as disjoint cubes, as few and as plain as a fixed order of dimensions gives:
 * values that lead to the same are one set of ranges. At most `max`; *more tells that
 * there would be others. Conditions that only repeat what no packet is (`impossible`) are
 * left out, so the possible points of the cubes are those of the set. Order is that of the values.
 *
 * Sets that had a name in cubes given to this session have it again, or a phrase of such
 * names in its place: "not martians", "clients and not revoked". So named sets must outlive the session.
 */
struct cubes packetset_regions(struct arena *arena, packetset set, size_t max, bool *more);

/* One cube inside the set, all points possible; for witness_choose. False if it is empty. */
bool packetset_one(struct arena *arena, packetset set, struct cube *cube);

#endif
