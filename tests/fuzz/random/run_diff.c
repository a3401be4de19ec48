/* SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause */
/*
 * A policy against itself, formatted: no difference. Against itself with one change: a packet whose verdict changes, in
 * any world, has to be known to `diff`; and the packets that diff shows have to be what it says.
 */
#include "generate.h"
#include "packets.h"
#include "run.h"

#include "diff_report.h"
#include "parse.h"

#include <stdio.h>
#include <string.h>

#define SECONDS 3
#define SAMPLES 80u
#define ATTEMPTS 12u
/* Policies of less than so many slots are compared so often. */
#define SMALL 100u
#define COMPARISONS 6u

/* --- another policy ------------------------------------------------------------------ */

static bool is_kept(const struct doc *doc, const struct piece *piece)
{
	for (; piece; piece = piece->parent)
		if (doc->dropped[piece->id])
			return false;
	return true;
}

static struct piece *random_piece(struct run *run, bool rule)
{
	struct doc *doc = run->doc;

	for (unsigned attempt = 0; attempt < 1000; attempt++) {
		struct piece *piece = doc->pieces[rng_below(&run->rng, (uint32_t)doc->n)];

		if ((rule ? piece->tag == PIECE_RULE : piece->tag >= PIECE_ACTION) && is_kept(doc, piece))
			return piece;
	}
	return NULL;
}

static struct piece *next_rule(const struct doc *doc, const struct piece *piece)
{
	struct piece *other = piece->next;

	while (other && (other->tag != PIECE_RULE || doc->dropped[other->id]))
		other = other->next;
	return other;
}

static bool choose_mutation(struct run *run)
{
	struct mutation *mutation = run->doc->mutation;
	unsigned kind = rng_below(&run->rng, 4);
	const struct piece *piece = random_piece(run, kind < 2), *other;
	const char *text;

	memset(mutation, 0, sizeof(*mutation));
	if (!piece)
		return false;
	mutation->piece = piece->id;
	if (kind == 0) {
		mutation->kind = MUTATION_DROP;
		return true;
	}
	if (kind == 1) {
		other = next_rule(run->doc, piece);
		mutation->kind = MUTATION_SWAP;
		mutation->other = other ? other->id : 0;
		return other;
	}
	text = generate_other(run->doc, &run->rng, piece->tag);
	mutation->kind = MUTATION_REPLACE;
	snprintf(mutation->text, sizeof(mutation->text), "%s", text ? text : "");
	return text;
}

/* --- worlds -------------------------------------------------------------------------- */

struct world_room {
	struct world world;
	struct world_member members[SAMPLE_NAMES];
	const char *exceeded[SAMPLE_NAMES];
};

static void fill_world(const struct sample *sample, struct world_room *room)
{
	room->world =
		(struct world){ sample->state, sample->n_members, room->members, sample->n_exceeded, room->exceeded };
	for (size_t i = 0; i < sample->n_members; i++)
		room->members[i] = (struct world_member){ sample->members[i].set, sample->members[i].field };
	for (size_t i = 0; i < sample->n_exceeded; i++)
		room->exceeded[i] = sample->exceeded[i];
}

static void random_world(struct run *run, struct sample *sample)
{
	const struct policy *policy = run->policy;

	sample->state = rng_below(&run->rng, N_STATES);
	sample->n_members = sample->n_exceeded = 0;
	for (size_t i = 0; i < policy->n_sets && sample->n_members < SAMPLE_NAMES; i++) {
		if (!rng_chance(&run->rng, 40))
			continue;
		snprintf(sample->members[sample->n_members].set, sizeof(sample->members[0].set), "%s",
			 policy->sets[i]->name);
		sample->members[sample->n_members++].field = rng_chance(&run->rng, 50) ? FIELD_SRC : FIELD_DST;
	}
	for (size_t i = 0; i < policy->blocks[sample->block]->n_rules && sample->n_exceeded < SAMPLE_NAMES; i++) {
		const struct rule *rule = policy->blocks[sample->block]->rules[i];

		if (rule->action == ACTION_RATE_LIMIT && rng_chance(&run->rng, 40))
			snprintf(sample->exceeded[sample->n_exceeded++], sizeof(sample->exceeded[0]), "%s", rule->name);
	}
}

static enum verdict judge(const struct policy *policy, size_t block, const struct frame *frame,
			  const struct world *world, struct decision *decision)
{
	size_t n_steps;

	model_decide_in(policy, policy->blocks[block], frame, world, decision, NULL, 0, &n_steps);
	return decision->verdict;
}

/* Is there a change that says just this, by the same rules? */
static bool is_known(const struct run *run, const struct policy *new, const struct diff *diff, size_t block,
		     const struct decision *before, const struct decision *after)
{
	for (const struct change *change = diff->changes; change; change = change->next)
		if (!strcmp(change->block, run->policy->blocks[block]->name) && change->from == before->verdict &&
		    change->to == after->verdict && !strcmp(change->old.name, policy_slot_name(run->policy, before->slot, NULL, NULL)) &&
		    !strcmp(change->new.name, policy_slot_name(new, after->slot, NULL, NULL)))
			return true;
	return false;
}

/* False if the verdict changes and diff does not know of it. */
static bool hold_against(struct run *run, const struct policy *new, const struct diff *diff,
			 const struct sample *sample)
{
	struct frame frame = { .data = sample->frame, .size = sample->size, .wire_size = sample->wire_size };
	struct decision before, after;
	struct world_room room;

	fill_world(sample, &room);
	if (sample->block >= run->policy->n_blocks || sample->block >= new->n_blocks)
		return true;
	run->outcome->counts.samples++;
	if (judge(run->policy, sample->block, &frame, &room.world, &before) ==
	    judge(new, sample->block, &frame, &room.world, &after))
		return true;
	run->outcome->counts.samples_changed++;
	if (is_known(run, new, diff, sample->block, &before, &after))
		return true;
	return run_failed(run, FAILURE_DIFF_MISSED, "block %s: %s by %s, then %s by %s, and diff does not know of it",
			  run->policy->blocks[sample->block]->name, verdict_names[before.verdict],
			  policy_slot_name(run->policy, before.slot, NULL, NULL), verdict_names[after.verdict],
			  policy_slot_name(new, after.slot, NULL, NULL));
}

/* Most of the packets are about the rule that was changed: few others would tell. */
static void focus(struct run *run, struct packets *packets, const struct policy *policy)
{
	const struct piece *piece = run->doc->pieces[run->doc->mutation->piece];
	const struct rule *rule;

	while (piece && piece->tag != PIECE_RULE)
		piece = piece->parent;
	rule = piece ? rule_by_name(policy, piece->open + strlen("\t\trule ")) : NULL;
	if (rule)
		packets_focus(packets, rule);
}

static bool hold_samples(struct run *run, const struct policy *new, const struct diff *diff)
{
	struct sample *sample = &run->outcome->sample;
	struct packets packets[2];
	struct arena arena;
	bool good = true;

	if (run->options->only != FAILURE_NONE)
		return !run->outcome->has_sample || hold_against(run, new, diff, sample);
	arena_init(&arena);
	packets_init(&packets[0], &arena, &run->rng, run->policy, run->options->captured);
	packets_init(&packets[1], &arena, &run->rng, new, run->options->captured);
	focus(run, &packets[0], run->policy);
	focus(run, &packets[1], new);
	for (unsigned i = 0; i < SAMPLES && good; i++) {
		struct frame frame = packets_next(&packets[i % 2]);

		run->outcome->has_sample = true;
		memcpy(sample->frame, frame.data, frame.size);
		sample->size = frame.size;
		sample->wire_size = frame.wire_size;
		sample->block = rng_below(&run->rng, (uint32_t)run->policy->n_blocks);
		random_world(run, sample);
		good = hold_against(run, new, diff, sample);
	}
	arena_fini(&arena);
	return good;
}

/* --- what diff shows ----------------------------------------------------------------- */

static bool witness_frame(struct compile *compile, const char *text, struct frame *frame)
{
	struct parse parse = { &compile->arena, &compile->sources, &compile->diags };
	struct resolve resolve = { &compile->arena, &compile->sources, &compile->diags, NULL };
	struct source *source = source_from_text(&compile->sources, "packet", text, strlen(text));
	struct ast_packet *packet = parse_packet(&parse, source);
	struct packet_spec spec;
	const char *canonical;

	if (!packet || !resolve_packet(&resolve, packet, &spec, &canonical))
		return false;
	*frame = frame_build(&compile->arena, &spec);
	return true;
}

/* Packets that need nothing of a host: the first world is that of nothing. */
static bool replay_witness(struct run *run, struct compile *compile, const struct policy *new,
			   const struct change *change)
{
	const struct block *before = policy_block(run->policy, change->block),
			   *after = policy_block(new, change->block);
	struct world nothing = { 0 };
	struct decision old_decision, new_decision;
	struct frame frame;

	if (!change->witness || change->when || !before || !after)
		return true;
	if (!witness_frame(compile, change->witness, &frame))
		return run_failed(run, FAILURE_DIFF_WRONG, "diff shows a packet that is none: %s", change->witness);
	judge(run->policy, policy_block_index(run->policy, before), &frame, &nothing, &old_decision);
	judge(new, policy_block_index(new, after), &frame, &nothing, &new_decision);
	run->outcome->counts.witnesses++;
	if (old_decision.verdict == change->from && new_decision.verdict == change->to &&
	    !strcmp(policy_slot_name(run->policy, old_decision.slot, NULL, NULL), change->old.name) &&
	    !strcmp(policy_slot_name(new, new_decision.slot, NULL, NULL), change->new.name))
		return true;
	return run_failed(run, FAILURE_DIFF_WRONG, "diff says of %s: %s by %s, then %s by %s; it is %s, then %s",
			  change->witness, verdict_names[change->from], change->old.name, verdict_names[change->to],
			  change->new.name, verdict_names[old_decision.verdict], verdict_names[new_decision.verdict]);
}

static bool against_mutated(struct run *run, struct compile *compile, const struct policy *new)
{
	const char *sabotage = run->options->sabotage;
	struct counts *counts = &run->outcome->counts;
	struct effort effort;
	struct diff diff = { .arena = &compile->arena,
			     .effort = &effort,
			     .max_regions = 2,
			     .old = run->policy,
			     .new = sabotage && !strcmp(sabotage, "diff") ? run->policy : new };

	effort_init(&effort, SECONDS, 0);
	diff_policies(&diff);
	counts->diffs++;
	if (diff.broken)
		return run_failed(run, FAILURE_DIFF_WRONG, "diff finds itself wrong: %s", diff.broken);
	counts->diffs_changed += diff.changes != NULL;
	counts->diffs_undecided += diff.undecided != NULL;
	for (const struct change *change = diff.changes; change; change = change->next)
		if (!replay_witness(run, compile, new, change))
			return false;
	return diff.undecided || hold_samples(run, new, &diff);
}

static bool against_itself(struct run *run, const struct policy *again)
{
	struct effort effort;
	struct diff diff = { .effort = &effort, .max_regions = 2, .old = run->policy, .new = again };
	struct arena arena;
	bool good = true;

	arena_init(&arena);
	diff.arena = &arena;
	effort_init(&effort, SECONDS, 0);
	diff_policies(&diff);
	if (diff.broken || (!diff.undecided && (!diff_equivalent(&diff) || diff.effects)))
		good = run_failed(run, FAILURE_DIFF_SELF, "%s: %s", diff.broken ? diff.broken : diff_summary(&diff),
				  diff.changes && diff.changes->witness ? diff.changes->witness :
				  diff.effects                          ? diff.effects->message :
									  "");
	arena_fini(&arena);
	return good;
}

bool run_diff(struct run *run, const struct policy *again)
{
	bool chosen = run->options->only != FAILURE_NONE, good = true;
	unsigned wanted = !chosen && run->policy->n_slots < SMALL ? COMPARISONS : 1, done = 0;
	struct compile compile;

	if (run_wants(run, FAILURE_DIFF_SELF) && !against_itself(run, again))
		return false;
	for (unsigned attempt = 0; attempt < ATTEMPTS && done < wanted && good; attempt++) {
		const struct policy *new;

		if (!chosen && !choose_mutation(run))
			continue;
		compile_init(&compile);
		new = run_compile(&compile, run->doc, true);
		run->outcome->counts.diffs_invalid += !new;
		good = !new || against_mutated(run, &compile, new);
		compile_fini(&compile);
		done += new || chosen;
	}
	return good;
}
