/* SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause */
/* The comparison of one IP version, and what its steps share. */
#ifndef SENTRY_DIFF_CROSS_H
#define SENTRY_DIFF_CROSS_H

#include "diff.h"
#include "witness.h"

/* What is compared, with the two versions told apart by 0 and 1. */
struct cross {
	struct block_pair *pair;
	struct arena *arena;
	const struct space *space;
	const struct rulebook *books[2];
	size_t *partners[2];
	bool default_changed;
	struct cubes domain;
	size_t room;
};

/* Finds `domain`: where rules can change a verdict. */
void cross_find_domain(struct cross *cross);

/*
 * Without sets of packets, for which the effort did not suffice: reports changes that
 * single packets show. That it finds none means nothing.
 */
void cross_show(struct cross *cross);

/* What the model says of a packet in both versions. */
void cross_replay(struct cross *cross, const struct witness *witness, struct decision decisions[2]);

/* A change without its packets but the witness. The rules are as compared; NULL: the default. */
struct change cross_change(struct cross *cross, const struct rule *old, const struct rule *new,
			   const struct decision decisions[2], const struct witness *witness);

struct cover_list {
	const struct cube **covers;
	size_t n, room;
};

/* Adds what the rules in [0, n) that a cube meets decide; `only`, if given, those of that verdict. */
void cover_list_add(struct arena *arena, struct cover_list *list, const struct rulebook *book,
		    const struct cube *cube, size_t n, const enum verdict *only);

#endif
