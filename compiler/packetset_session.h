/* SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause */
/* What the files of packetset.h share, and nobody else: the open session, and a table from nodes to numbers. */
#ifndef SENTRY_PACKETSET_SESSION_H
#define SENTRY_PACKETSET_SESSION_H

#include "packetset.h"

#include <bdd.h>

/* A net or port list that cubes of this session have named. */
struct known_name {
	enum field_type type; /* of the fields that it can be said of */
	bool ambiguous; /* two policies mean different things by it */
	const struct rangeset *set;
};

struct session {
	const struct space *space;
	struct effort *effort;
	bool open;
	bool failed;
	long booked;     /* nodes that the effort knows of */
	struct arena arena;
	unsigned *first; /* by dimension: the variable of its most significant bit; [space->n]: how many there are */
	BDD all, impossible;
	struct known_name *names;
	size_t n_names, names_room;
};

/* BuDDy has one table for the whole program, so there is one of these. */
extern struct session packetset_session;

/* `set` with whatever points that no packet is, so that the diagram is small. */
packetset packetset_simplify(packetset set);

/* The packets of which some are in `set`, whatever a host knows. */
packetset packetset_fields(packetset set);

/* Named sets of cubes must outlive the session. */
void packetset_remember(const struct dimension *dimension, const struct rangeset *set);

/* The set by a name, or by names and `not`, if that is no longer than the plain list; else as it is. */
const struct rangeset *packetset_named(struct arena *arena, size_t dimension, const struct rangeset *set);

/* For nodes: no new ones may be made while one of these is in use, for only handed-out sets keep their numbers. */
struct node_table {
	int *nodes;     /* 0: free; no entry is about the empty set */
	size_t *values;
	size_t n, room;
};

/* The place for the value of `node`; *added tells that it is new, and then the value is 0. */
size_t *node_table_at(struct arena *arena, struct node_table *table, int node, bool *added);

#endif
