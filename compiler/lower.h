/* SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause */
/* What lower.c and lower_cond.c share. The door is lower_policy() in program.h. */
#ifndef SENTRY_LOWER_H
#define SENTRY_LOWER_H

#include "ident.h"
#include "program.h"

/* More ranges than these become a table; fewer are tested in line. */
#define INLINE_ADDRESSES 8u
#define INLINE_NUMBERS 16u

struct lowering {
	struct arena *arena;
	struct idents idents;
	struct program *program;
	struct program_block *block; /* being lowered */
	size_t tables_room;
	size_t limits_room;
};

/* lower_tables.c: sets and limits. The set as the program has it, with the question whether `field` is in it. */
void lower_sets(struct lowering *lowering);
const struct program_set *lower_question(struct lowering *lowering, const struct set *set, enum field field);
const struct program_set *lower_set(const struct lowering *lowering, const struct set *set);
const struct program_limit *lower_limit(struct lowering *lowering, const struct rule *rule);

/* lower_classes.c: sets the strategy, if tables are the better one. */
bool lower_classes(struct lowering *lowering, const struct block *block, struct program_block *out);
/* Does the rule only test the packet, and decide? */
bool lower_is_plain(const struct rule *rule);
/* About so many instructions the rule's tests come to where it is asked on its own: more for prefixes than they take. */
uint64_t lower_rule_insns(const struct rule *rule);

/* The condition of one rule. Notes in block->fields what it reads and makes the tables it needs. */
struct cond *lower_rule_cond(struct lowering *lowering, const struct rule *rule);

#endif
