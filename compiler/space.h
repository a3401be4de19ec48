/* SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause */
/*
 * The space of packets that proofs are about: one for IPv4, one for IPv6, with a
 * dimension for each thing that a rule of the given policies asks for. To packet
 * fields are added, as free variables, what only a running host knows: the state of
 * the connection, whether an address is in a set, whether a packet exceeds a rate.
 *
 * A packet is a point. Where a packet has no such field (ports of a later
 * fragment), every value of it stands for the same packet: conditions on the field
 * come with conditions on protocol and fragment, see cube_from_term. Points that no
 * packet is, such as a tcp packet of 30 bytes, are listed as `impossible` cubes.
 * An untagged packet has the VLAN number VLAN_NONE.
 *
 * Packets are those that IP can say: up to 65,535 bytes, or 65,575 with IPv6.
 */
#ifndef SENTRY_SPACE_H
#define SENTRY_SPACE_H

#include "policy.h"

#include <stdbool.h>
#include <stddef.h>

#define VLAN_NONE 4096u

enum dimension_kind {
	DIMENSION_FIELD,
	DIMENSION_STATE,  /* 0 to N_STATES - 1 */
	DIMENSION_MEMBER, /* 1: the address in `field` is an element of the set */
	DIMENSION_LIMIT,  /* 1: the packet exceeds the rate of the rule */
};

struct dimension {
	enum dimension_kind kind;
	enum field field;  /* FIELD, MEMBER */
	const char *name;  /* of the set or the rule: what makes two policies speak of the same thing */
	unsigned bits;     /* values are below 2^bits … */
	u128 max;          /* … and at most this */
	u128 plain;        /* what an everyday packet has: where witnesses are looked for first */
};

struct cube;

/* As decision diagrams like it: protocol, fragment, destination, source, ports, the rest, then what a host knows. */
struct space {
	enum family family;
	size_t n;
	struct dimension *dimensions;
	size_t n_impossible;
	struct cube *impossible;
};

/*
 * The space that blocks and assertions of all `policies` need; PROTO, FRAGMENT, DST
 * and SRC are always dimensions. Sets are told apart by name, limits by the rule's
 * name: the same in two policies is the same variable.
 */
const struct space *space_build(struct arena *arena, const struct policy *const *policies, size_t n_policies,
				enum family family);

/*
 * Index of a dimension, or -1 if nobody asks for it. `name` is NULL for FIELD and STATE, `field` ignored for
 * STATE and LIMIT.
 */
int space_find(const struct space *space, enum dimension_kind kind, enum field field, const char *name);

/* All values of the dimension. */
const struct rangeset *space_full(struct arena *arena, const struct space *space, size_t dimension);

#endif
