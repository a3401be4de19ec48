/* SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause */
#include "query.h"

#include "partition.h"
#include "region.h"
#include "witness.h"

/* The witness, asked of the model. */
static void show_one(struct query *query, const struct space *space, const struct part *part, struct answer *answer)
{
	uint32_t slot = part->rule ? part->rule->id : answer->block->first_id + SLOT_DEFAULT;
	struct decision decision;
	struct witness witness;
	struct cube cube;

	if (!packetset_one(query->arena, part->set, &cube))
		return;
	witness_choose(query->arena, space, &cube, &witness);
	witness_replay(query->policy, answer->block, &witness, &decision);
	if (decision.slot != slot || decision.verdict != part->verdict)
		query->broken = arena_printf(query->arena, "the prover and the model disagree about %s", witness.text);
	answer->witness = witness.text;
	answer->when = witness.when;
}

static void note_undecided(struct query *query, const struct block *block, enum family family)
{
	query->undecided = arena_printf(query->arena, "%s%s%s (%s)", query->undecided ? query->undecided : "",
					query->undecided ? ", " : "", block->name, family == FAMILY_V4 ? "ip4" : "ip6");
	query->open[policy_block_index(query->policy, block)] = true;
}

/* False: the effort was spent. */
static bool add_answer(struct query *query, const struct block *block, const struct space *space,
		       const struct part *part, size_t *room)
{
	struct answer answer = { .block = block, .rule = part->rule };
	struct cubes regions;

	answer.family = space->family == FAMILY_V4 ? "ip4" : "ip6";
	answer.count = packetset_count(query->arena, part->set);
	regions = packetset_regions(query->arena, part->set, query->max_regions, &answer.more_regions);
	answer.regions = ARENA_ARRAY(query->arena, const char *, regions.n);
	for (size_t i = 0; i < regions.n; i++)
		answer.regions[i] = region_text(query->arena, space, &regions.cubes[i]);
	answer.n_regions = regions.n;
	show_one(query, space, part, &answer);
	if (!packetset_decided())
		return false;
	*(struct answer *)arena_push(query->arena, &query->answers, &query->n_answers, room, sizeof(answer)) = answer;
	return true;
}

static void ask_block(struct query *query, const struct block *block, enum family family, size_t *room)
{
	const struct space *space = space_build(query->arena, &query->policy, 1, family);
	struct cubes cubes = cubes_from_assertion(query->arena, space, query->policy->query);
	struct partition partition;
	bool decided;

	if (!cubes.n)
		return;
	if (!packetset_open(space, query->effort)) {
		note_undecided(query, block, family);
		return;
	}
	partition = partition_build(query->arena, rulebook_build(query->arena, space, block), &cubes, 0);
	decided = packetset_decided();
	query->possible |= partition.n > 0;
	for (size_t i = 0; i < partition.n && decided; i++)
		if (partition.parts[i].verdict == query->policy->query->verdict)
			decided = add_answer(query, block, space, &partition.parts[i], room);
	packetset_close();
	if (!decided)
		note_undecided(query, block, family);
}

void query_ask(struct query *query)
{
	size_t room = 0;

	query->open = ARENA_ARRAY(query->arena, bool, query->policy->n_blocks);
	for (size_t i = 0; i < query->policy->n_blocks; i++)
		for (unsigned family = 0; family < N_FAMILIES; family++)
			if (!query->block || query->policy->blocks[i] == query->block)
				ask_block(query, query->policy->blocks[i], (enum family)family, &room);
}
