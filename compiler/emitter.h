/* SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause */
/* What the files of the emitter share. The door is emit_program() in emit.h. */
#ifndef SENTRY_EMITTER_H
#define SENTRY_EMITTER_H

#include "program.h"
#include "writer.h"

struct emitter {
	struct writer w;
	struct arena *arena;
	const struct program *program;
	const struct source *main;
	const struct source *source; /* of the rule being written */
};

/* The predicate function of a rule. */
void emit_rule(struct emitter *e, const struct program_rule *rule);

/* If it matches, what it leads to; `guard` is asked first: "SLOT_X < decided && ", or nothing. */
void emit_step(struct emitter *e, const struct program_block *block, const struct program_rule *rule, const char *guard);

/* The first `n` of a rule's actions. */
void emit_actions(struct emitter *e, const struct program_block *block, const struct program_rule *rule, size_t n);

/* "decision(SLOT_INGRESS_DEFAULT, SENTRY_DENY)", of what no rule decides. */
const char *emit_slot_decision(struct emitter *e, const struct program_block *block, uint32_t slot);

/* What functions that ask rules are given, as parameters and as arguments. */
const char *emit_ladder_arguments(struct emitter *e, const struct program_block *block);
const char *emit_ladder_call(const struct program_block *block);
/* … and the first line of each. */
void emit_ladder_begin(struct emitter *e, const struct program_block *block);

/* "__noinline", or "static __always_inline" where few rules are asked: how IDENT_rules is declared. */
const char *emit_rules_linkage(const struct program_block *block);

/* "ingress on uplink, lan" */
void emit_block_name(struct emitter *e, const struct block *block);

/* emit_classes.c: a block whose rules are looked up. */
void emit_classes_defines(struct emitter *e);
void emit_classes(struct emitter *e, const struct program_block *block);

/* emit_tables.c: what the program keeps between packets. The #defines come before the templates, the rest after. */
void emit_table_defines(struct emitter *e);
void emit_sets(struct emitter *e);
void emit_limits(struct emitter *e);

#endif
