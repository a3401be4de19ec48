/* SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause */
/*
 * The packets of one IP version that two versions of a block decide differently. Only
 * rules without a partner can be to blame, so that an edit of one rule among 10,000
 * costs what the packets of that rule cost.
 */
#include "diff_cross.h"

#include "partition.h"
#include "region.h"

#include <string.h>

static const char *family_name(const struct cross *cross)
{
	return cross->space->family == FAMILY_V4 ? "ip4" : "ip6";
}

/* As written: what is compared may have other names. */
static const struct rule *written(const struct cross *cross, int version, const struct rule *rule)
{
	const struct block *block = cross->books[version]->block;
	size_t number = rule->id - block->first_id - SLOT_RULES;

	return version ? cross->pair->new->rules[number] : cross->pair->old->rules[number];
}

static struct decider decider_of(const struct cross *cross, int version, const struct rule *rule)
{
	const struct block *block = version ? cross->pair->new : cross->pair->old;

	if (rule)
		return rule_decider(written(cross, version, rule));
	return (struct decider){ slot_names[SLOT_DEFAULT], block->default_span };
}

/* A packet that one version leaves to the default comes to no rule with a partner in the other. */
static bool has_partner(const struct cross *cross, int version, const struct rule *rule)
{
	return !rule ||
	       cross->partners[version][rule->id - cross->books[version]->block->first_id - SLOT_RULES] != NOT_ALIGNED;
}

static bool rules_meet(const struct cross *cross, const struct rule *old, const struct rule *new)
{
	const struct entry *a, *b;

	if (!old || !new)
		return true;
	a = &cross->books[0]->entries[old->id - cross->books[0]->block->first_id - SLOT_RULES];
	b = &cross->books[1]->entries[new->id - cross->books[1]->block->first_id - SLOT_RULES];
	for (size_t i = 0; i < a->n_cubes; i++)
		for (size_t j = 0; j < b->n_cubes; j++)
			if (cube_meets(cross->space, &a->deciding[i], &b->deciding[j]))
				return true;
	return false;
}

static uint32_t slot_of(const struct cross *cross, int version, const struct rule *rule)
{
	return rule ? rule->id : cross->books[version]->block->first_id + SLOT_DEFAULT;
}

void cross_replay(struct cross *cross, const struct witness *witness, struct decision decisions[2])
{
	witness_replay(cross->pair->old_policy, cross->books[0]->block, witness, &decisions[0]);
	witness_replay(cross->pair->new_policy, cross->books[1]->block, witness, &decisions[1]);
}

static void report_broken(struct cross *cross, const struct part *old, const struct part *new,
			  const struct witness *witness, const struct decision decisions[2])
{
	struct decider from = decider_of(cross, 0, old->rule), to = decider_of(cross, 1, new->rule);

	cross->pair->diff->broken = arena_printf(
		cross->arena, "%s was found to go from %s by %s to %s by %s, but the model says from %s by %s to %s by %s",
		witness->text, verdict_names[old->verdict], from.name, verdict_names[new->verdict], to.name,
		verdict_names[decisions[0].verdict],
		policy_slot_name(cross->pair->old_policy, decisions[0].slot, NULL, NULL),
		verdict_names[decisions[1].verdict],
		policy_slot_name(cross->pair->new_policy, decisions[1].slot, NULL, NULL));
}

/* One packet of the set, which both versions were asked about. False after an error of this program. */
static bool choose_witness(struct cross *cross, const struct part *old, const struct part *new, packetset set,
			   struct witness *witness, struct decision decisions[2])
{
	struct cube cube;

	if (!packetset_one(cross->arena, set, &cube))
		return false;
	witness_choose(cross->arena, cross->space, &cube, witness);
	cross_replay(cross, witness, decisions);
	if (decisions[0].verdict == old->verdict && decisions[1].verdict == new->verdict &&
	    decisions[0].slot == slot_of(cross, 0, old->rule) && decisions[1].slot == slot_of(cross, 1, new->rule))
		return true;
	report_broken(cross, old, new, witness, decisions);
	return false;
}

struct change cross_change(struct cross *cross, const struct rule *old, const struct rule *new,
			   const struct decision decisions[2], const struct witness *witness)
{
	return (struct change){
		.block = cross->pair->old->name,
		.family = family_name(cross),
		.from = decisions[0].verdict,
		.to = decisions[1].verdict,
		.old = decider_of(cross, 0, old),
		.new = decider_of(cross, 1, new),
		.witness = witness->text,
		.when = witness->when,
	};
}

/* False if the effort was spent before the change was known, or the model contradicts. */
static bool report_change(struct cross *cross, const struct part *old, const struct part *new, packetset set)
{
	struct decision decisions[2];
	struct witness witness;
	struct cubes cubes;
	struct change change;

	if (!packetset_decided() || !choose_witness(cross, old, new, set, &witness, decisions))
		return false;
	change = cross_change(cross, old->rule, new->rule, decisions, &witness);
	change.count = packetset_count(cross->arena, set);
	cubes = packetset_regions(cross->arena, set, cross->pair->diff->max_regions, &change.more_regions);
	if (!packetset_decided())
		return false;
	change.n_regions = cubes.n;
	change.regions = ARENA_ARRAY(cross->arena, const char *, cubes.n);
	for (size_t i = 0; i < cubes.n; i++)
		change.regions[i] = region_text(cross->arena, cross->space, &cubes.cubes[i]);
	diff_add_change(cross->pair->diff, &change);
	return true;
}

/*
 * Packets keep their verdict and get to another rule, and one of the two logs, which it
 * does in both versions or not at all: it logs other packets than before.
 */
static bool report_moved(struct cross *cross, const struct part *old, const struct part *new, packetset set)
{
	const struct rule *from = old->rule ? written(cross, 0, old->rule) : NULL;
	const struct rule *to = new->rule ? written(cross, 1, new->rule) : NULL;
	struct decider old_decider = decider_of(cross, 0, old->rule), new_decider = decider_of(cross, 1, new->rule);
	bool log_before = from && from->log, log_now = to && to->log;
	struct decision decisions[2];
	struct witness witness;

	if (!packetset_decided() || !choose_witness(cross, old, new, set, &witness, decisions))
		return false;
	diff_add_effect(cross->pair->diff, "log", log_now ? new_decider.name : old_decider.name,
			"%s, which %s, decides packets that %s, which %s, decided: %s%s%s",
			decider_text(cross->arena, &new_decider), log_now ? "logs" : "does not log",
			decider_text(cross->arena, &old_decider), log_before ? "logs" : "does not log", witness.text,
			witness.when ? ", when " : "", witness.when ? witness.when : "");
	return true;
}

static bool is_in_both(const struct cross *cross, const struct rule *rule)
{
	return rule_by_name(cross->pair->old_policy, rule->name) && rule_by_name(cross->pair->new_policy, rule->name);
}

static bool same_name(const struct part *old, const struct part *new)
{
	return old->rule && new->rule && !strcmp(old->rule->name, new->rule->name);
}

static bool logs(const struct part *part)
{
	return part->rule && part->rule->log;
}

/* Two parts that may differ: what they have in common, or nothing. */
static bool cross_parts(struct cross *cross, const struct part *old, const struct part *new)
{
	bool verdict = old->verdict != new->verdict;
	packetset both;

	if (!verdict && logs(old) == logs(new))
		return true;
	if (has_partner(cross, 0, old->rule) && has_partner(cross, 1, new->rule))
		return true;
	if (!rules_meet(cross, old->rule, new->rule))
		return true;
	both = packetset_and(old->set, new->set);
	if (!packetset_decided())
		return false;
	if (packetset_empty(both))
		return true;
	if (verdict)
		return report_change(cross, old, new, both);
	/* What one rule does differently, and rules that log and come or go, are told once for the rule. */
	if (same_name(old, new) || !is_in_both(cross, logs(old) ? old->rule : new->rule))
		return true;
	return report_moved(cross, old, new, both);
}

/* The packets that no rule of either version decides; they are outside of the domain too. */
static bool cross_defaults(struct cross *cross)
{
	struct part old = { .verdict = cross->pair->old->default_verdict };
	struct part new = { .verdict = cross->pair->new->default_verdict };
	packetset set = packetset_all();

	if (!cross->default_changed)
		return true;
	for (int version = 0; version < 2; version++)
		set = packetset_minus(set, partition_decided(cross->books[version], NULL, 0,
							     cross->books[version]->n));
	if (!packetset_decided())
		return false;
	return packetset_empty(set) || report_change(cross, &old, &new, set);
}

/* So many rules at the beginning are the same in both: who decides there is no question. */
static size_t common_beginning(const struct cross *cross)
{
	size_t n = 0;

	while (n < cross->books[0]->n && n < cross->books[1]->n && cross->partners[0][n] == n)
		n++;
	return n;
}

static bool cross_partitions(struct cross *cross)
{
	size_t from = common_beginning(cross);
	struct partition old = partition_build(cross->arena, cross->books[0], &cross->domain, from);
	struct partition new;

	if (!packetset_decided())
		return false;
	new = partition_build(cross->arena, cross->books[1], &cross->domain, from);
	if (!packetset_decided())
		return false;
	for (size_t i = 0; i < old.n; i++)
		for (size_t j = 0; j < new.n; j++)
			if ((old.parts[i].rule || new.parts[j].rule) &&
			    !cross_parts(cross, &old.parts[i], &new.parts[j]))
				return false;
	return true;
}

static void note_undecided(struct cross *cross)
{
	struct diff *diff = cross->pair->diff;

	diff->undecided = arena_printf(cross->arena, "%s%s%s (%s)", diff->undecided ? diff->undecided : "",
				       diff->undecided ? ", " : "", cross->pair->old->name, family_name(cross));
}

void diff_cross(struct block_pair *pair, enum family family)
{
	struct cross cross = {
		.pair = pair,
		.arena = pair->diff->arena,
		.space = pair->spaces[family],
		.books = { pair->old_books[family], pair->new_books[family] },
		.default_changed = pair->old->default_verdict != pair->new->default_verdict,
	};
	struct alignment alignment;
	bool complete = false;

	align_rules(cross.arena, &cross.books[0], &cross.books[1], 1, &alignment);
	cross.partners[0] = alignment.to_new;
	cross.partners[1] = alignment.to_old;
	cross_find_domain(&cross);
	if (!cross.domain.n && !cross.default_changed)
		return;
	if (packetset_open(cross.space, pair->diff->effort)) {
		complete = cross_partitions(&cross) && cross_defaults(&cross) && packetset_decided();
		packetset_close();
	}
	if (complete || pair->diff->broken)
		return;
	note_undecided(&cross);
	cross_show(&cross);
}
