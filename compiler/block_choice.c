/* SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause */
#include "block_choice.h"

static const char *list_blocks(struct arena *arena, const struct policy *policy)
{
	const char *list = "";

	for (size_t i = 0; i < policy->n_blocks; i++)
		list = arena_printf(arena, "%s%s%s", list, i ? ", " : "", policy->blocks[i]->name);
	return list;
}

const struct block *block_choose(const struct verb *verb, const struct policy *policy, const char *name)
{
	const struct block *block = NULL;
	struct arena arena;

	arena_init(&arena);
	if (!policy->n_blocks) {
		usage_error(verb, "policy %s has no block that a packet could go through", policy->name);
	} else if (name) {
		block = policy_block(policy, name);
		if (!block)
			usage_error(verb, "--block: policy %s has no block '%s', only: %s", policy->name, name,
				    list_blocks(&arena, policy));
	} else if (policy->n_blocks == 1) {
		block = policy->blocks[0];
	} else {
		usage_error(verb, "policy %s has several blocks, say which one with --block: %s", policy->name,
			    list_blocks(&arena, policy));
	}
	arena_fini(&arena);
	return block;
}
