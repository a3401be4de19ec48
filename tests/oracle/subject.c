/* SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause */
/* What a count is about: the matches of one or two policies, and the worlds that make a difference to them. */
#include "oracle.h"

#include <stdlib.h>
#include <string.h>

void subject_init(struct subject *subject)
{
	memset(subject, 0, sizeof(*subject));
}

static unsigned add_match(struct subject *subject, const struct policy *policy, const struct match *match)
{
	if (subject->n == MAX_BITS) {
		fputs("oracle: too many rules\n", stderr);
		abort();
	}
	for (int side = 0; side < N_SIDES; side++)
		if (match->side[side].form >= ADDR_SET)
			subject->wants_set[side][match->side[side].set] = true;
	subject->wants_state |= match->states != 0;
	subject->policy[subject->n] = policy;
	subject->match[subject->n] = match;
	return subject->n++;
}

void subject_add(struct subject *subject, struct policy *policy)
{
	for (unsigned b = 0; b < policy->n_blocks; b++)
		for (unsigned i = 0; i < policy->blocks[b].n; i++) {
			struct rule *rule = &policy->blocks[b].rules[i];

			rule->bit = add_match(subject, policy, &rule->match);
			if (rule->action == RATE_LIMIT)
				subject->limits |= 1ull << rule->id;
		}
	for (unsigned i = 0; i < policy->n_asserts; i++)
		policy->asserts[i].bit = add_match(subject, policy, &policy->asserts[i].match);
}

bool world_next(const struct subject *subject, struct world *world)
{
	if (subject->wants_state && ++world->state < N_STATES)
		return true;
	world->state = 0;
	for (int side = 0; side < N_SIDES; side++)
		for (unsigned set = 0; set < N_SETS; set++) {
			if (!subject->wants_set[side][set])
				continue;
			world->member[side][set] = !world->member[side][set];
			if (world->member[side][set])
				return true;
		}
	return false;
}

/* All subsets of the limits, in order. */
bool limits_next(const struct subject *subject, uint64_t *exceeded)
{
	*exceeded = (*exceeded - subject->limits) & subject->limits;
	return *exceeded != 0;
}

uint64_t class_matches(const struct subject *subject, const struct class *class, const struct world *world)
{
	uint64_t matches = 0;

	for (unsigned i = 0; i < subject->n; i++) {
		const struct match *match = subject->match[i];
		uint64_t bit = 1ull << i;
		bool holds = class->holds & bit;

		for (int side = 0; side < N_SIDES && holds; side++) {
			const struct address *address = &match->side[side];
			bool fixed = address->form < ADDR_LIT_OR_SET || class->fixed[side] & bit;

			if (address->form >= ADDR_SET)
				holds = address_holds(address, fixed, world->member[side]);
		}
		if (holds && match->states)
			holds = match->states & 1u << world->state;
		matches |= (uint64_t)holds << i;
	}
	return matches;
}
