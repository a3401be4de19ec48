/* SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause */
/* What `sentryc check` must find, by walking every class of packets in every world. */
#include "oracle.h"

#include <string.h>

/* Removing a rule may change nothing that happens, but for that rule itself. */
static bool same_trace(const struct trace *a, const struct trace *b, uint64_t without)
{
	return a->verdict == b->verdict && (a->acted & ~without) == (b->acted & ~without) &&
	       (a->consulted & ~without) == (b->consulted & ~without) &&
	       (a->sampled & ~without) == (b->sampled & ~without);
}

static void ask_block(const struct block *block, uint64_t matches, uint64_t exceeded, struct answers *answers)
{
	struct trace trace = block_walk(block, matches, exceeded, NULL);

	answers->reached |= trace.reached;
	for (unsigned i = 0; i < block->n; i++) {
		const struct rule *rule = &block->rules[i];
		uint64_t bit = 1ull << rule->bit;
		struct trace without;

		if (!(trace.reached & bit) || answers->needed & bit)
			continue;
		without = block_walk(block, matches, exceeded, rule);
		if (!same_trace(&trace, &without, bit))
			answers->needed |= bit;
	}
}

static void ask_assert(const struct policy *policy, const struct assertion *assertion, uint64_t matches,
		       uint64_t exceeded, struct answers *answers)
{
	uint64_t bit = 1ull << assertion->bit;

	if (!(matches & bit) || (assertion->under_limits && exceeded))
		return;
	if (block_walk(&policy->blocks[assertion->block], matches, exceeded, NULL).verdict != assertion->verdict)
		answers->failed |= bit;
}

static void ask_pairs(const struct subject *subject, uint64_t matches, struct answers *answers)
{
	for (unsigned i = 0; i < subject->n; i++)
		if (matches & 1ull << i) {
			answers->meets[i] |= matches;
			answers->outside[i] |= ~matches;
		}
}

static void ask(const struct subject *subject, const struct policy *policy, uint64_t matches, struct answers *answers)
{
	uint64_t exceeded = 0;

	answers->matched |= matches;
	ask_pairs(subject, matches, answers);
	do {
		for (unsigned b = 0; b < policy->n_blocks; b++)
			ask_block(&policy->blocks[b], matches, exceeded, answers);
		for (unsigned i = 0; i < policy->n_asserts; i++)
			ask_assert(policy, &policy->asserts[i], matches, exceeded, answers);
	} while (limits_next(subject, &exceeded));
}

void expect_answers(struct policy *policy, struct answers *answers)
{
	struct subject subject;

	memset(answers, 0, sizeof(*answers));
	subject_init(&subject);
	subject_add(&subject, policy);
	for (int version = 0; version < N_VERSIONS; version++) {
		struct classes classes, known = { 0 };

		classes_build(&subject, version, &classes);
		for (size_t i = 0; i < classes.n; i++) {
			struct world world = { 0 };

			do {
				uint64_t matches = class_matches(&subject, &classes.list[i], &world);

				/* Answers hang on nothing but which matches hold: each combination is asked about once. */
				if (classes_add(&known, &(struct class){ .holds = matches }))
					ask(&subject, policy, matches, answers);
			} while (world_next(&subject, &world));
		}
		answers->points += classes.points;
		classes_free(&classes);
		classes_free(&known);
	}
}

bool rule_is_dead(const struct answers *answers, const struct rule *rule)
{
	return !(answers->reached & 1ull << rule->bit);
}

bool rule_is_redundant(const struct answers *answers, const struct rule *rule)
{
	if (rule_is_dead(answers, rule) || rule->action == SAMPLE)
		return false;
	if (rule->log || rule->log_sample || rule->add || rule->count)
		return false;
	return !(answers->needed & 1ull << rule->bit);
}

/*
 * The earlier rules, by bit, that `later` crosses: both decide some packet, differently, neither contains the other,
 * and that is not meant.
 */
uint64_t rule_crosses(const struct answers *answers, const struct block *block, const struct rule *later)
{
	uint64_t crosses = 0, bit = 1ull << later->bit;

	if (later->action != DECIDE || rule_is_dead(answers, later))
		return 0;
	for (const struct rule *rule = block->rules; rule != later; rule++) {
		uint64_t other = 1ull << rule->bit;

		if (later->overrides & 1ull << rule->id || rule_is_dead(answers, rule))
			continue;
		if (rule->action == DECIDE && rule->verdict != later->verdict && answers->meets[rule->bit] & bit &&
		    answers->outside[rule->bit] & bit && answers->outside[later->bit] & other)
			crosses |= other;
	}
	return crosses;
}
