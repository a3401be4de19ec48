/* SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause */
/*
 * First match, interpreted: the meaning of a policy that the compiled programs
 * are held against. Rules are tried in order, their terms in order, predicates in
 * order, with no index and no cache.
 */
#include "engine.h"

#include "model_tables.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

enum truth {
	NO,
	YES,
	UNKNOWN, /* only a running host could tell */
};

/* What a decision depends on, besides the packet. */
struct circumstances {
	const struct world *world; /* NULL: not known */
	uint64_t *random;          /* for samples; NULL: could one be taken? */
	struct model_tables *tables; /* of a running engine, which knows all; else NULL */
	enum state state;          /* … of the packet's connection */
	uint64_t now;
};

struct model {
	struct engine engine;
	uint64_t random; /* for samples; from a fixed seed, so that a replay can be repeated */
	struct model_tables *tables;
};

/* splitmix64 */
static uint64_t next_random(uint64_t *state)
{
	uint64_t z = *state += 0x9e3779b97f4a7c15;

	z = (z ^ z >> 30) * 0xbf58476d1ce4e5b9;
	z = (z ^ z >> 27) * 0x94d049bb133111eb;
	return z ^ z >> 31;
}

static bool ranges_hold(const struct rangeset *set, u128 value)
{
	for (size_t i = 0; i < set->n; i++)
		if (value >= set->ranges[i].lo && value <= set->ranges[i].hi)
			return true;
	return false;
}

static bool is_member(const struct world *world, const struct pred *pred)
{
	for (size_t i = 0; i < world->n_members; i++)
		if (world->members[i].field == pred->field && !strcmp(world->members[i].set, pred->set->name))
			return true;
	return false;
}

static enum truth pred_holds(const struct pred *pred, const struct model_packet *packet,
			     const struct circumstances *circumstances)
{
	const struct world *world = circumstances->world;

	if (pred->kind == PRED_STATE && circumstances->tables)
		return pred->states & 1u << circumstances->state ? YES : NO;
	if (pred->kind == PRED_STATE)
		return !world ? UNKNOWN : pred->states & 1u << world->state ? YES : NO;
	if (!packet->has[pred->field])
		return NO;
	switch (pred->kind) {
	case PRED_RANGES:
		return ranges_hold(pred->ranges, packet->value[pred->field]) ? YES : NO;
	case PRED_BITS:
		return (packet->value[pred->field] & pred->mask) == pred->bits ? YES : NO;
	default:
		if (circumstances->tables)
			return model_set_has(circumstances->tables, pred->set, packet, pred->field, circumstances->now) !=
			       pred->negated ? YES : NO;
		return !world ? UNKNOWN : is_member(world, pred) != pred->negated ? YES : NO;
	}
}

/* The term's answer; *held is how many predicates held before the one that did not. */
static enum truth term_holds(const struct term *term, const struct model_packet *packet,
			     const struct circumstances *circumstances, size_t *held, const struct pred **failed, const struct pred **hangs_on)
{
	*held = 0;
	*failed = NULL;
	*hangs_on = NULL;
	if (term->family != packet->family)
		return NO;
	for (size_t i = 0; i < term->n; i++) {
		switch (pred_holds(&term->preds[i], packet, circumstances)) {
		case NO:
			*failed = &term->preds[i];
			*hangs_on = NULL;
			return NO;
		case UNKNOWN:
			if (!*hangs_on)
				*hangs_on = &term->preds[i];
			break;
		case YES:
			break;
		}
		++*held;
	}
	return *hangs_on ? UNKNOWN : YES;
}

/* Any term will do. Of several that fail, the one that came furthest tells most. */
static enum truth try_rule(const struct rule *rule, const struct model_packet *packet,
			   const struct circumstances *circumstances, struct model_step *step)
{
	enum truth answer = NO;
	size_t best = 0;

	memset(step, 0, sizeof(*step));
	step->rule = rule;
	for (size_t i = 0; i < rule->n_terms; i++) {
		const struct term *term = &rule->terms[i];
		const struct pred *failed, *hangs_on;
		size_t held;

		switch (term_holds(term, packet, circumstances, &held, &failed, &hangs_on)) {
		case YES:
			step->matched = true;
			step->term = term;
			step->failed = NULL;
			step->hangs_on = NULL;
			return YES;
		case UNKNOWN:
			if (answer == UNKNOWN)
				break;
			answer = UNKNOWN;
			step->term = term;
			step->failed = NULL;
			step->hangs_on = hangs_on;
			break;
		case NO:
			if (answer == UNKNOWN)
				break;
			/* A term of the packet's own IP version says more than one of the other. */
			if (step->term && !(failed && (!step->failed || held > best)))
				break;
			step->term = term;
			step->failed = failed;
			best = held;
			break;
		}
	}
	return answer;
}

static bool draw(uint64_t *random, uint32_t one_in)
{
	/* Without a generator the question is only whether a sample could be taken. */
	return !random || next_random(random) % one_in == 0;
}

static bool exceeds(const struct circumstances *circumstances, const struct rule *rule, const struct model_packet *packet)
{
	const struct world *world = circumstances->world;

	if (circumstances->tables)
		return model_limit_exceeds(circumstances->tables, rule, packet, circumstances->now);
	for (size_t i = 0; world && i < world->n_exceeded; i++)
		if (!strcmp(world->exceeded[i], rule->name))
			return true;
	return false;
}

/* The packet is of the rule: note what its modifiers do. True if that is the end of the walk. */
static bool act(const struct policy *policy, const struct rule *rule, const struct model_packet *packet,
		struct decision *decision, const struct circumstances *circumstances)
{
	uint64_t *random = circumstances->random;

	/* The modifiers of a rate-limit act when it exceeds; what is not known to does not. */
	if (rule->action == ACTION_RATE_LIMIT && !exceeds(circumstances, rule, packet))
		return false;
	if (rule->log)
		decision->log = true;
	if (rule->log_sample && (rule->log_sample_flow ? model_flow_sampled(policy, packet, rule->log_sample)
						       : draw(random, rule->log_sample)))
		decision->sampled = true;
	for (const struct add *add = rule->adds; add && circumstances->tables; add = add->next)
		model_set_take(circumstances->tables, add, packet, circumstances->now);
	if (rule->action == ACTION_SAMPLE) {
		if (rule->sample && (rule->sample_flow ? model_flow_sampled(policy, packet, rule->sample)
						       : draw(random, rule->sample)))
			decision->sampled = true;
		return false;
	}
	decision->verdict = rule->verdict;
	decision->slot = rule->id;
	return true;
}

static void decide(const struct policy *policy, const struct block *block, const struct model_packet *packet,
		   const struct circumstances *circumstances, struct decision *decision, struct model_step *steps,
		   size_t room, size_t *n_steps)
{
	memset(decision, 0, sizeof(*decision));
	*n_steps = 0;
	switch (packet->class) {
	case MODEL_MALFORMED:
		decision->verdict = block->malformed;
		decision->slot = block->first_id + SLOT_MALFORMED;
		return;
	case MODEL_NON_IP:
		decision->verdict = block->non_ip;
		decision->slot = block->first_id + SLOT_NON_IP;
		return;
	case MODEL_IP:
		break;
	}

	for (size_t i = 0; i < block->n_rules; i++) {
		struct model_step step;
		enum truth answer = try_rule(block->rules[i], packet, circumstances, &step);

		if (steps && *n_steps < room)
			steps[*n_steps] = step;
		++*n_steps;
		if (answer == YES && act(policy, block->rules[i], packet, decision, circumstances))
			return;
	}
	decision->verdict = block->default_verdict;
	decision->slot = block->first_id + SLOT_DEFAULT;
}

void model_decide(const struct policy *policy, const struct block *block, const struct frame *frame,
		  struct decision *decision, struct model_step *steps, size_t room, size_t *n_steps)
{
	struct model_packet packet;

	model_parse(frame, &packet);
	decide(policy, block, &packet, &(struct circumstances){ 0 }, decision, steps, room, n_steps);
}

void model_decide_in(const struct policy *policy, const struct block *block, const struct frame *frame,
		     const struct world *world, struct decision *decision, struct model_step *steps, size_t room,
		     size_t *n_steps)
{
	struct model_packet packet;

	model_parse(frame, &packet);
	decide(policy, block, &packet, &(struct circumstances){ .world = world }, decision, steps, room, n_steps);
}

static int model_run(struct engine *engine, size_t block, const struct frame *frame, struct decision *decision)
{
	struct model *model = (struct model *)engine;
	struct circumstances circumstances = {
		.random = &model->random, .tables = model->tables, .now = engine_time(engine),
	};
	struct model_packet packet;
	bool tracks;
	size_t n_steps;

	model_parse(frame, &packet);
	tracks = engine->policy->states.used && packet.class == MODEL_IP;
	if (tracks)
		circumstances.state = model_state_of(model->tables, &packet, circumstances.now);
	model_tables_next_packet(model->tables);
	decide(engine->policy, engine->policy->blocks[block], &packet, &circumstances, decision, NULL, 0, &n_steps);
	if (tracks && decision->verdict == VERDICT_ALLOW)
		model_state_commit(model->tables, &packet, circumstances.now);
	return 0;
}

static int model_reset(struct engine *engine)
{
	model_tables_reset(((struct model *)engine)->tables);
	return 0;
}

static int model_add(struct engine *engine, size_t set, const struct set_element *element, uint64_t timeout_ns)
{
	struct model_set *model_set = &((struct model *)engine)->tables->sets[set];
	int error = model_set_put(model_set, element, engine_time(engine), timeout_ns);

	if (error)
		snprintf(engine->error, sizeof(engine->error), "set '%s': %s", model_set->set->name,
			 error == -E2BIG ? "it is full" : "out of memory");
	return error;
}

static void model_close(struct engine *engine)
{
	model_tables_free(((struct model *)engine)->tables);
	free(engine);
}

static const struct engine_ops model_ops = {
	.run = model_run,
	.reset = model_reset,
	.add = model_add,
	.close = model_close,
};

struct engine *model_open(const struct policy *policy)
{
	struct model *model = calloc(1, sizeof(*model));

	if (!model)
		out_of_memory();
	model->tables = model_tables_new(policy);
	if (!model->tables) {
		free(model);
		return NULL;
	}
	model->engine.ops = &model_ops;
	model->engine.policy = policy;
	return &model->engine;
}
