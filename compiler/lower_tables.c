/* SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause */
/* What a program keeps between packets, but for connections: sets and limits. docs/state.md says how they count. */
#include "lower.h"

const char *const set_structure_names[] = { [SET_TABLE] = "table", [SET_HASH] = "hash", [SET_LRU] = "lru" };

/* Times of buckets are in sixteenths of a nanosecond. */
#define TICKS_PER_NS 16

/* The smallest sketch, and how many bits there are for each value. */
#define SKETCH_MIN 64u
#define SKETCH_BITS_PER_VALUE 8u

/* --- sets ---------------------------------------------------------------------- */

static bool rule_adds(const struct rule *rule, const struct set *set)
{
	for (const struct add *add = rule->adds; add; add = add->next)
		if (add->set == set)
			return true;
	return false;
}

static bool rule_asks(const struct rule *rule, const struct set *set)
{
	for (size_t i = 0; i < rule->n_terms; i++)
		for (size_t j = 0; j < rule->terms[i].n; j++)
			if (rule->terms[i].preds[j].kind == PRED_MEMBER && rule->terms[i].preds[j].set == set)
				return true;
	return false;
}

static enum set_structure structure_of(const struct set *set, bool added)
{
	if (added)
		return SET_LRU;
	return set->timeout_ns || set->n_types > 1 ? SET_HASH : SET_TABLE;
}

static void lower_one_set(struct lowering *lowering, const struct set *set)
{
	struct program *program = lowering->program;
	const struct policy *policy = program->policy;
	struct program_set *out = ARENA_NEW(lowering->arena, struct program_set);
	bool added = false, asked = false;

	for (size_t b = 0; b < policy->n_blocks; b++)
		for (size_t r = 0; r < policy->blocks[b]->n_rules; r++) {
			added |= rule_adds(policy->blocks[b]->rules[r], set);
			asked |= rule_asks(policy->blocks[b]->rules[r], set);
		}
	if (!added && !asked)
		return;
	out->set = set;
	out->structure = structure_of(set, added);
	out->map_ident = ident_new(&lowering->idents, "set_", set->name, "");
	out->questions[0] = out->questions[1] = NO_QUESTION;
	if (asked)
		out->ask_ident = ident_new(&lowering->idents, "ask_", set->name, "");
	if (added)
		out->add_ident = ident_new(&lowering->idents, "add_", set->name, "");
	for (unsigned i = 0; i < set->n_types; i++) {
		out->has_port |= set->types[i] == AST_SET_PORT;
		out->has_proto |= set->types[i] == AST_SET_PROTO;
	}
	if (out->structure != SET_TABLE)
		out->count = program->n_counts++;
	program->sets[program->n_sets++] = out;
}

void lower_sets(struct lowering *lowering)
{
	struct program *program = lowering->program;

	program->sets = ARENA_ARRAY(lowering->arena, struct program_set *, program->policy->n_sets);
	for (size_t i = 0; i < program->policy->n_sets; i++)
		lower_one_set(lowering, program->policy->sets[i]);
}

static struct program_set *find_set(const struct lowering *lowering, const struct set *set)
{
	struct program_set **sets = lowering->program->sets;

	while ((*sets)->set != set)
		sets++;
	return *sets;
}

const struct program_set *lower_set(const struct lowering *lowering, const struct set *set)
{
	return find_set(lowering, set);
}

const struct program_set *lower_question(struct lowering *lowering, const struct set *set, enum field field)
{
	struct program_set *out = find_set(lowering, set);
	bool source = field == FIELD_SRC;
	uint32_t *question = &out->questions[!source];

	lowering->block->fields |= 1u << field;
	if (out->has_port)
		lowering->block->fields |= 1u << (source ? FIELD_SPORT : FIELD_DPORT);
	if (out->has_proto)
		lowering->block->fields |= 1u << FIELD_PROTO;
	if (*question == NO_QUESTION)
		*question = lowering->program->n_questions++;
	return out;
}

/* --- limits -------------------------------------------------------------------- */

static uint64_t greatest_divisor(uint64_t a, uint64_t b)
{
	while (b) {
		uint64_t rest = a % b;

		a = b;
		b = rest;
	}
	return a;
}

/* The cost of a byte as period / amount in lowest terms: the program's products with a length of up to 2^20 fit in 64 bits. */
static void set_byte_rate(const struct rate *rate, struct program_limit *limit)
{
	const uint64_t most = UINT64_MAX >> 20;
	u128 period = (u128)rate->period_ns * TICKS_PER_NS * (rate->unit == AST_RATE_BITS ? 8 : 1);
	u128 amount = rate->amount;
	uint64_t divisor = greatest_divisor((uint64_t)period, (uint64_t)amount);

	period /= divisor;
	amount /= divisor;
	/* Terabytes a period, of which the last bits do not count; and less than a bit a minute, which no burst waits for. */
	while (amount > most) {
		period >>= 1;
		amount >>= 1;
	}
	if (period / amount > most)
		period = most * amount;
	limit->bytes = true;
	limit->period = (uint64_t)period;
	limit->amount = (uint64_t)amount;
	limit->tolerance = (uint64_t)((u128)rate->burst * period / amount);
}

/*
 * How many bits of a sketch of `bits` are set by `n` different values, on average: each leaves one in `bits` of
 * those unset fewer. In fixed point, for floating point need not be the same on every machine.
 */
static uint32_t expected_bits(uint32_t bits, uint64_t n)
{
	uint64_t unset = (uint64_t)bits << 32;
	uint32_t expected;

	for (uint64_t i = 0; i < n; i++)
		unset -= unset / bits;
	expected = (uint32_t)((((uint64_t)bits << 32) - unset + (1u << 31)) >> 32);
	return expected ? expected : 1;
}

static void set_sketch(const struct rate *rate, struct program_limit *limit)
{
	limit->sketch_bits = SKETCH_MIN;
	while (limit->sketch_bits < SKETCH_BITS_PER_VALUE * rate->amount)
		limit->sketch_bits *= 2;
	limit->sketch_limit = expected_bits(limit->sketch_bits, rate->amount);
	limit->period = rate->period_ns;
}

static void set_key(struct lowering *lowering, const struct rate *rate, struct program_limit *limit)
{
	uint32_t fields = 0;

	for (const struct ast_key *key = rate->keys; key; key = key->next) {
		switch (key->kind) {
		case AST_KEY_SRC:
			limit->src = key;
			fields |= 1u << FIELD_SRC;
			break;
		case AST_KEY_DST:
			limit->dst = key;
			fields |= 1u << FIELD_DST;
			break;
		case AST_KEY_PORT:
			limit->port = true;
			fields |= 1u << FIELD_DPORT;
			break;
		case AST_KEY_FLOW:
			limit->flow = true;
			fields |= 1u << FIELD_PROTO | 1u << FIELD_SRC | 1u << FIELD_DST | 1u << FIELD_SPORT |
				  1u << FIELD_DPORT;
			break;
		}
	}
	if (!rate->keys)
		limit->key = LIMIT_KEY_NONE;
	else if (limit->flow || (limit->src && limit->dst))
		limit->key = LIMIT_KEY_FLOW;
	else
		limit->key = LIMIT_KEY_END;
	lowering->block->fields |= fields;
}

const struct program_limit *lower_limit(struct lowering *lowering, const struct rule *rule)
{
	static const enum field distinct_fields[] = {
		[DISTINCT_PORT] = FIELD_DPORT, [DISTINCT_SRC] = FIELD_SRC, [DISTINCT_DST] = FIELD_DST,
	};
	struct program *program = lowering->program;
	struct program_limit *limit = ARENA_NEW(lowering->arena, struct program_limit), **slot;
	const struct rate *rate = &rule->rate;

	limit->rule = rule;
	limit->map_ident = ident_new(&lowering->idents, "limit_", rule->name, "");
	limit->exceeds_ident = ident_new(&lowering->idents, "exceeds_", rule->name, "");
	set_key(lowering, rate, limit);
	if (rate->distinct) {
		set_sketch(rate, limit);
		lowering->block->fields |= 1u << distinct_fields[rate->distinct];
	} else if (rate->unit == AST_RATE_PACKETS) {
		limit->cost = (uint64_t)(((u128)rate->period_ns * TICKS_PER_NS + rate->amount / 2) / rate->amount);
		limit->tolerance = limit->cost * rate->burst;
	} else {
		set_byte_rate(rate, limit);
		lowering->block->fields |= 1u << FIELD_LENGTH;
	}
	limit->count = program->n_counts++;
	slot = arena_push(lowering->arena, &program->limits, &program->n_limits, &lowering->limits_room, sizeof(*slot));
	*slot = limit;
	return limit;
}
