/* SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause */
/* A policy as somebody might have edited it. Rules keep their names. */
#include "oracle.h"

#include <string.h>

static void remove_rule(struct block *block, unsigned at)
{
	memmove(&block->rules[at], &block->rules[at + 1], (block->n - at - 1) * sizeof(block->rules[0]));
	block->n--;
}

static void insert_rule(struct block *block, unsigned at, const struct rule *rule)
{
	memmove(&block->rules[at + 1], &block->rules[at], (block->n - at) * sizeof(block->rules[0]));
	block->rules[at] = *rule;
	block->n++;
}

static void mutate_once(struct random *random, const struct features *features, struct policy *policy)
{
	struct block *block = &policy->blocks[random_below(random, policy->n_blocks)];
	unsigned at = block->n ? random_below(random, block->n) : 0;
	struct rule rule;

	if (!block->n || random_chance(random, 8)) {
		block->fallback = (block->fallback + 1 + random_below(random, 2)) % N_VERDICTS;
		return;
	}
	switch (random_below(random, 5)) {
	case 0:
		block->rules[at].verdict = (block->rules[at].verdict + 1 + random_below(random, 2)) % N_VERDICTS;
		break;
	case 1:
		if (block->n > 1)
			remove_rule(block, at);
		break;
	case 2:
		if (block->n < MAX_RULES) {
			generate_rule(random, features, policy, &rule);
			insert_rule(block, random_below(random, block->n + 1), &rule);
		}
		break;
	case 3:
		rule = block->rules[at];
		remove_rule(block, at);
		insert_rule(block, random_below(random, block->n + 1), &rule);
		break;
	default:
		generate_match(random, features, policy, &block->rules[at].match);
	}
}

void mutate_policy(struct random *random, const struct features *features, struct policy *policy)
{
	unsigned n = 1 + random_below(random, 3);

	for (unsigned i = 0; i < n; i++)
		mutate_once(random, features, policy);
}
