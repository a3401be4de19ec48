/* SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause */
/* Rate-limits that only changed their name. */
#include "diff.h"

#include <string.h>

/* A rate-limit of one version whose name the other does not have. */
static bool is_odd(const struct rule *rule, const struct policy *other)
{
	return rule->action == ACTION_RATE_LIMIT && !rule_by_name(other, rule->name);
}

static size_t find_odd(struct arena *arena, const struct block *block, const struct policy *other, size_t **numbers)
{
	size_t n = 0;

	*numbers = ARENA_ARRAY(arena, size_t, block->n_rules);
	for (size_t i = 0; i < block->n_rules; i++)
		if (is_odd(block->rules[i], other))
			(*numbers)[n++] = i;
	return n;
}

static bool differ_in_name_only(const struct rulebook *const *old, const struct rulebook *const *new, size_t i,
				size_t j)
{
	const struct rule *a = old[0]->entries[i].rule, *b = new[0]->entries[j].rule;

	if (a->verdict != b->verdict || !rates_equal(&a->rate, &b->rate))
		return false;
	for (unsigned family = 0; family < N_FAMILIES; family++)
		if (!entries_equal(old[family]->space, &old[family]->entries[i], &new[family]->entries[j]))
			return false;
	return true;
}

/* A copy of NEW in which the block's rules can be given other names. */
static struct block *copy_policy(struct block_pair *pair)
{
	struct arena *arena = pair->diff->arena;
	struct policy *policy = ARENA_NEW(arena, struct policy);
	struct block *block = ARENA_NEW(arena, struct block);

	*policy = *pair->diff->new;
	*block = *pair->new;
	policy->blocks = ARENA_ARRAY(arena, struct block *, policy->n_blocks);
	for (size_t i = 0; i < policy->n_blocks; i++)
		policy->blocks[i] = pair->diff->new->blocks[i] == pair->new ? block : pair->diff->new->blocks[i];
	block->rules = ARENA_ARRAY(arena, struct rule *, block->n_rules);
	for (size_t i = 0; i < block->n_rules; i++)
		block->rules[i] = pair->new->rules[i];
	pair->new_policy = policy;
	pair->new_read = block;
	return block;
}

static void rename_rule(struct arena *arena, struct block *block, size_t number, const char *name)
{
	struct rule *rule = ARENA_NEW(arena, struct rule);

	*rule = *block->rules[number];
	rule->name = name;
	block->rules[number] = rule;
}

void diff_read_names(struct block_pair *pair)
{
	struct arena *arena = pair->diff->arena;
	const struct policy *policies[] = { pair->diff->old, pair->diff->new };
	const struct rulebook *old[N_FAMILIES], *new[N_FAMILIES];
	size_t *olds, *news, n_old, n_new;
	struct block *copy;

	pair->new_policy = pair->diff->new;
	pair->new_read = pair->new;
	n_old = find_odd(arena, pair->old, pair->diff->new, &olds);
	n_new = find_odd(arena, pair->new, pair->diff->old, &news);
	if (!n_old || !n_new)
		return;
	copy = copy_policy(pair);
	for (unsigned family = 0; family < N_FAMILIES; family++) {
		const struct space *space = space_build(arena, policies, 2, (enum family)family);

		old[family] = rulebook_build(arena, space, pair->old);
		new[family] = rulebook_build(arena, space, pair->new);
	}
	for (size_t i = 0; i < n_old; i++)
		for (size_t j = 0; j < n_new; j++) {
			if (news[j] == SIZE_MAX || !differ_in_name_only(old, new, olds[i], news[j]))
				continue;
			rename_rule(arena, copy, news[j], pair->old->rules[olds[i]]->name);
			news[j] = SIZE_MAX;
			break;
		}
}
