/* SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause */
/*
 * The rules of the examples, reduced: each must decide the packets that it decides by the policy's own terms, which
 * the prover reads, not by those that were made for the reduction.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "compile.h"
#include "reduce.h"
#include "term_packets.h"

#include <glob.h>
#include <string.h>

struct example {
	struct arena *arena;
	struct classify_input input;
	size_t sources_room, terms_room;
};

static void add_source_test(struct example *e, struct class_term *term, struct class_source source,
			    const struct rangeset *values)
{
	uint32_t number = 0;
	size_t at = term->n_tests;

	while (number < e->input.n_sources && memcmp(&e->input.sources[number], &source, sizeof(source)))
		number++;
	if (number == e->input.n_sources)
		*(struct class_source *)arena_push(e->arena, &e->input.sources, &e->input.n_sources, &e->sources_room,
						   sizeof(source)) = source;
	for (size_t i = 0; i < term->n_tests; i++)
		if (term->tests[i].source == number) {
			term->tests[i].values = rangeset_intersect(e->arena, term->tests[i].values, values);
			return;
		}
	for (; at && term->tests[at - 1].source > number; at--)
		term->tests[at] = term->tests[at - 1];
	term->tests[at] = (struct class_test){ number, values };
	term->n_tests++;
}

static void add_pred(struct example *e, struct class_term *term, const struct pred *pred)
{
	struct class_source source;
	struct range_bag bag = { 0 };

	memset(&source, 0, sizeof(source));
	if (pred->kind == PRED_RANGES && (pred->field == FIELD_SRC || pred->field == FIELD_DST)) {
		const struct rangeset **end = pred->field == FIELD_SRC ? &term->src : &term->dst;

		*end = *end ? rangeset_intersect(e->arena, *end, pred->ranges) : pred->ranges;
		return;
	}
	source.kind = pred->kind == PRED_STATE ? SOURCE_STATE : pred->kind == PRED_MEMBER ? SOURCE_MEMBER : SOURCE_FIELD;
	source.field = pred->kind == PRED_STATE ? 0 : pred->field;
	source.set = pred->kind == PRED_MEMBER ? pred->set : NULL;
	if (pred->kind == PRED_RANGES) {
		add_source_test(e, term, source, pred->ranges);
		return;
	}
	for (uint32_t value = 0; value < 256; value++)
		if (pred->kind == PRED_BITS ? (value & pred->mask) == pred->bits
		    : pred->kind == PRED_STATE ? value < N_STATES && (pred->states >> value & 1)
					       : value == !pred->negated)
			range_bag_add(e->arena, &bag, value, value);
	add_source_test(e, term, source, rangeset_from_bag(e->arena, &bag));
}

static void read_block(struct example *e, const struct block *block)
{
	e->input = (struct classify_input){ 0 };
	e->sources_room = e->terms_room = 0;
	for (size_t i = 0; i < block->n_rules; i++)
		for (size_t t = 0; t < block->rules[i]->n_terms; t++) {
			const struct term *term = &block->rules[i]->terms[t];
			struct class_term *out = arena_push(e->arena, &e->input.terms, &e->input.n_terms, &e->terms_room,
							    sizeof(*out));

			*out = (struct class_term){ .answer = block->rules[i]->id, .family = term->family,
						    .tests = ARENA_ARRAY(e->arena, struct class_test, term->n + 1) };
			for (size_t k = 0; k < term->n; k++)
				add_pred(e, out, &term->preds[k]);
		}
}

/* What the block's rules decide by the policy's own terms, against the reduced ones. */
static bool block_agrees(struct arena *arena, const struct policy *policy, const struct block *block,
			 const struct classify_input *after, enum family family)
{
	const struct space *space = space_build(arena, &policy, 1, family);
	struct decisions was = decisions_new(arena, block->n_rules), is;
	struct effort effort;
	packetset open;
	bool agrees;

	effort_init(&effort, 0, MOST_NODES);
	assert_true(packetset_open(space, &effort));
	open = packetset_all();
	for (size_t i = 0; i < block->n_rules; i++)
		for (size_t t = 0; t < block->rules[i]->n_terms; t++)
			if (block->rules[i]->terms[t].family == family)
				decide(&was, block->rules[i]->id, set_of_term(arena, space, &block->rules[i]->terms[t]), &open);
	is = decisions_of(arena, space, after);
	assert_true(packetset_decided());
	agrees = same(&was, &is);
	packetset_close();
	return agrees;
}

static size_t check_policy(const char *path)
{
	struct compile compile;
	struct policy *policy;
	size_t terms = 0;

	compile_init(&compile);
	policy = compile_policy(&compile, path, NULL);
	assert_non_null(policy);
	for (size_t b = 0; b < policy->n_blocks; b++) {
		struct example e = { .arena = &compile.arena };
		struct classify_input after;
		struct reduction reduction;

		read_block(&e, policy->blocks[b]);
		reduce_input(&compile.arena, &e.input, &after, &reduction);
		terms += reduction.before;
		for (unsigned f = 0; f < N_FAMILIES; f++)
			if (!block_agrees(&compile.arena, policy, policy->blocks[b], &after, (enum family)f))
				fail_msg("%s, block %s: the terms mean something else afterwards", path, policy->blocks[b]->name);
	}
	compile_fini(&compile);
	return terms;
}

static void check_examples(void **state)
{
	size_t terms = 0;
	glob_t found;

	assert_int_equal(glob("examples/*.sp", 0, NULL, &found), 0);
	for (size_t i = 0; i < found.gl_pathc; i++)
		terms += check_policy(found.gl_pathv[i]);
	globfree(&found);
	assert_true(terms > 100);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(check_examples),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
