/* SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause */
/* A block whose rules are looked up: the look-up, and around it the rules that are asked on their own. */
#include "emit.h"
#include "emitter.h"

#include "classify_emit.h"

/* NULL: no set's. */
static const struct program_set *asked_set(const struct emitter *e, const struct class_source *source)
{
	for (size_t i = 0; i < e->program->n_sets; i++)
		if (e->program->sets[i]->set == source->set)
			return e->program->sets[i];
	return NULL;
}

static const char *source_name(void *context, const struct class_source *source)
{
	struct emitter *e = context;
	const struct program_set *set = asked_set(e, source);

	if (source->kind == SOURCE_STATE)
		return "class_state(pkt)";
	return set ? arena_printf(e->arena, "match_member(pkt, %s, %u)", set->ask_ident,
				  set->questions[source->field != FIELD_SRC]) : "0";
}

/*
 * A search through bit vectors takes much of the stack, and so does an answer to the sender: then the look-up has a frame of its
 * own, gone when the answer is written, and what it asks of tables is asked before, not on top of that frame.
 */
static bool is_apart(const struct emitter *e, const struct program_block *block)
{
	return e->program->rejects && classify_dimensions(block->classifier);
}

/* The same of what has been asked. */
static const char *known_source_name(void *context, const struct class_source *source)
{
	struct emitter *e = context;
	const struct program_set *set = asked_set(e, source);

	if (source->kind == SOURCE_STATE)
		return "class_known_state(pkt)";
	return set ? arena_printf(e->arena, "match_known_member(pkt, %u)", set->questions[source->field != FIELD_SRC]) : "0";
}

static void emit_asks(struct emitter *e, const struct program_block *block)
{
	for (size_t i = 0; i < block->classifier->n_sources; i++) {
		const struct class_source *source = &block->classifier->sources[i];

		if (source->kind == SOURCE_FIELD)
			continue;
		writer_printf(&e->w, "(void)%s;", source->kind == SOURCE_STATE ? "match_state(pkt, 0)" : source_name(e, source));
		writer_newline(&e->w);
	}
}

void emit_classes_defines(struct emitter *e)
{
	size_t n = 0, dimensions = 0;

	for (size_t i = 0; i < e->program->n_blocks; i++) {
		const struct program_block *block = &e->program->blocks[i];
		size_t of_block;

		if (block->strategy != STRATEGY_CLASSES)
			continue;
		n++;
		of_block = classify_dimensions(block->classifier);
		dimensions = of_block > dimensions ? of_block : dimensions;
	}
	if (n)
		writer_puts(&e->w, "#define SENTRY_WITH_CLASSES");
	if (dimensions) {
		writer_printf(&e->w, "#define CLASS_DIMENSIONS %zu", dimensions);
		writer_newline(&e->w);
	}
}

/* The first rule that the look-up may find: what stands before it is asked before, if that is not too much for one function. */
static size_t asked_before(const struct program_block *block)
{
	uint64_t insns = 0;
	size_t first = 0;

	while (first < block->n_rules && !block->classified[first])
		insns += block->rules[first++].insns;
	return first <= PROGRAM_GROUP && insns <= PROGRAM_GROUP_INSNS ? first : 0;
}

/* The rules that one function holds; more are verified apart, as those of a long ladder are. */
static size_t guarded_group(const struct program_block *block, const size_t *guarded, size_t n)
{
	return program_group(block, guarded, n, PROGRAM_GUARDED_GROUP);
}

/* The last one: what stands behind it is asked if the look-up found nothing. */
static size_t last_classified(const struct program_block *block)
{
	size_t last = block->n_rules - 1;

	while (last && !block->classified[last])
		last--;
	return last;
}

static void emit_guarded(struct emitter *e, const struct program_block *block, size_t rule)
{
	emit_step(e, block, &block->rules[rule],
		  arena_printf(e->arena, "%s < decision_slot(decided) && ", block->rules[rule].slot_ident));
}

/* Rules `begin` to `end`, those that are not classified, in a function of their own. */
static void emit_guarded_group(struct emitter *e, const struct program_block *block, const size_t *rules, size_t n,
			       size_t number)
{
	struct writer *w = &e->w;

	writer_printf(w, "__noinline __u32 %s_rules_%zu(%s, __u32 decided)", block->ident, number,
		      emit_ladder_arguments(e, block));
	writer_newline(w);
	writer_puts(w, "{");
	w->indent++;
	emit_ladder_begin(e, block);
	writer_puts(w, "if (!pkt)");
	writer_puts(w, "\treturn NO_DECISION;");
	for (size_t i = 0; i < n; i++)
		emit_guarded(e, block, rules[i]);
	writer_puts(w, "return NO_DECISION;");
	w->indent--;
	writer_puts(w, "}");
	writer_puts(w, "");
}

/* What the rules that were looked up do beside deciding. */
static void emit_looked_up(struct emitter *e, const struct program_block *block)
{
	struct writer *w = &e->w;
	bool any = false;

	for (size_t i = 0; i < block->n_rules; i++) {
		const struct program_rule *rule = &block->rules[i];

		if (!block->classified[i] || rule->n_actions < 2)
			continue;
		if (!any)
			writer_puts(w, "switch (decision_slot(decided)) {");
		any = true;
		writer_printf(w, "case %s:", rule->slot_ident);
		writer_newline(w);
		w->indent++;
		emit_actions(e, block, rule, rule->n_actions - 1);
		writer_puts(w, "break;");
		w->indent--;
	}
	if (any)
		writer_puts(w, "}");
}

static void emit_guarded_here(struct emitter *e, const struct program_block *block, const size_t *guarded, size_t n)
{
	size_t last = last_classified(block), i = 0;
	struct writer *w = &e->w;

	while (i < n && guarded[i] < last)
		emit_guarded(e, block, guarded[i++]);
	if (i == n)
		return;
	writer_puts(w, "if (decision_slot(decided) == NO_DECISION >> 2) {");
	w->indent++;
	for (; i < n; i++)
		emit_step(e, block, &block->rules[guarded[i]], "");
	w->indent--;
	writer_puts(w, "}");
}

static void emit_function(struct emitter *e, const struct program_block *block, const size_t *guarded, size_t n_guarded)
{
	const char *otherwise = emit_slot_decision(e, block, SLOT_DEFAULT);
	size_t first = asked_before(block);
	bool cut = guarded_group(block, guarded, n_guarded) < n_guarded;
	struct writer *w = &e->w;

	writer_printf(w, "%s __u32 %s_rules(%s)", emit_rules_linkage(block), block->ident, emit_ladder_arguments(e, block));
	writer_newline(w);
	writer_puts(w, "{");
	w->indent++;
	writer_puts(w, cut ? "__u32 decided, earlier;" : "__u32 decided;");
	writer_puts(w, "");
	emit_ladder_begin(e, block);
	writer_puts(w, "if (!pkt)");
	writer_printf(w, "\treturn %s;", otherwise);
	writer_newline(w);
	for (size_t i = 0; i < first; i++)
		emit_step(e, block, &block->rules[i], "");
	if (is_apart(e, block))
		emit_asks(e, block);
	writer_printf(w, "decided = %s(pkt);", block->classify_ident);
	writer_newline(w);
	if (!cut)
		emit_guarded_here(e, block, guarded, n_guarded);
	for (size_t begin = 0, i = 0; begin < n_guarded && cut; begin += guarded_group(block, guarded + begin, n_guarded - begin)) {
		writer_printf(w, "earlier = %s_rules_%zu(%s, decided);", block->ident, i++, emit_ladder_call(block));
		writer_newline(w);
		writer_puts(w, "if (earlier != NO_DECISION)");
		writer_puts(w, "\treturn earlier;");
	}
	emit_looked_up(e, block);
	writer_printf(w, "return decision_or(decided, %s);", otherwise);
	writer_newline(w);
	w->indent--;
	writer_puts(w, "}");
	writer_puts(w, "");
}

void emit_classes(struct emitter *e, const struct program_block *block)
{
	bool apart = is_apart(e, block);
	const struct classify_names names = { block->tables_ident, block->classify_ident,
					      apart ? known_source_name : source_name, e, apart };
	size_t *guarded = ARENA_ARRAY(e->arena, size_t, block->n_rules + 1), n = 0, held;
	size_t before = asked_before(block);
	struct writer *w = &e->w;

	for (size_t i = 0; i < block->n_rules; i++) {
		if (block->classified[i])
			continue;
		emit_rule(e, &block->rules[i]);
		if (i >= before)
			guarded[n++] = i;
	}
	writer_return(w);
	classify_emit(w, e->arena, block->classifier, &names);
	held = guarded_group(block, guarded, n);
	for (size_t begin = 0, i = 0; begin < n && held < n; i++, begin += held) {
		held = guarded_group(block, guarded + begin, n - begin);
		emit_guarded_group(e, block, guarded + begin, held, i);
	}
	writer_text(w, "/* ");
	emit_block_name(e, block->block);
	writer_puts(w, ": the first rule that matches decides; some are looked up. */");
	emit_function(e, block, guarded, n);
}
