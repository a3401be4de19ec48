/* SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause */
/* struct policy -> struct program: names become identifiers, rules conditions, big range sets tables. */
#include "lower.h"

#include "budget.h"

#include <string.h>

/* BPF_OBJ_NAME_LEN less its NUL: longer names of programs are cut by the kernel. */
#define FUNCTION_NAME_MAX 15

/* The most that lower_actions() finds for one rule to do. */
#define RULE_ACTIONS_MAX 4

/* Fields that a record, or the choice of a flow, shows. */
#define FLOW_FIELDS                                                                                                    \
	(1u << FIELD_PROTO | 1u << FIELD_SRC | 1u << FIELD_DST | 1u << FIELD_SPORT | 1u << FIELD_DPORT)

/* At most so many functions the rules are cut into: two that follow each other are of more instructions than one may have. */
static size_t n_groups(const struct block *block)
{
	uint64_t insns = 0;

	for (size_t i = 0; i < block->n_rules; i++)
		insns += lower_rule_insns(block->rules[i]);
	return block->n_rules / PROGRAM_GUARDED_GROUP + 2 * insns / PROGRAM_GROUP_INSNS + 1;
}

/* A block's function names: IDENT, IDENT_rules and, of a long ladder, IDENT_rules_0, … */
static bool function_names_free(struct lowering *lowering, const struct block *block, const char *ident)
{
	size_t n = n_groups(block);
	bool taken = ident_taken(&lowering->idents, ident) ||
		     ident_taken(&lowering->idents, arena_printf(lowering->arena, "%s_rules", ident));

	for (size_t i = 0; i < n && !taken; i++)
		taken = ident_taken(&lowering->idents, arena_printf(lowering->arena, "%s_rules_%zu", ident, i));
	return !taken;
}

static void take_function_names(struct lowering *lowering, const struct block *block, const char *ident)
{
	size_t n = n_groups(block);

	ident_take(&lowering->idents, ident);
	ident_take(&lowering->idents, arena_printf(lowering->arena, "%s_rules", ident));
	for (size_t i = 0; i < n; i++)
		ident_take(&lowering->idents, arena_printf(lowering->arena, "%s_rules_%zu", ident, i));
}

/* "ingress_uplink": the direction and the first interface, a number where two would be the same. */
static const char *block_ident(struct lowering *lowering, const struct block *block)
{
	const char *role = block->any || !block->n_interfaces ? "any" : block->interfaces[0]->role;
	const char *direction = block->direction == DIRECTION_INGRESS ? "ingress" : "egress";
	char *ident = ident_spell(lowering->arena, arena_printf(lowering->arena, "%s_%s", direction, role));
	char *name = arena_strndup(lowering->arena, ident, strnlen(ident, FUNCTION_NAME_MAX));

	for (unsigned i = 2; !function_names_free(lowering, block, name); i++) {
		char *suffix = arena_printf(lowering->arena, "_%u", i);

		name = arena_printf(lowering->arena, "%.*s%s", (int)(FUNCTION_NAME_MAX - strlen(suffix)), ident, suffix);
	}
	take_function_names(lowering, block, name);
	return name;
}

static void add_action(struct program_rule *out, struct program_action action)
{
	out->actions[out->n_actions++] = action;
}

static size_t n_adds(const struct rule *rule)
{
	size_t n = 0;

	for (const struct add *add = rule->adds; add; add = add->next)
		n++;
	return n;
}

/* A rule that decides is counted by what carries its decision out. */
static void lower_actions(struct lowering *lowering, const struct rule *rule, struct program_rule *out)
{
	bool decides = rule->action != ACTION_SAMPLE;
	enum verdict verdict = decides ? rule->verdict : VERDICT_ALLOW;

	out->actions = ARENA_ARRAY(lowering->arena, struct program_action, RULE_ACTIONS_MAX + n_adds(rule));
	if (!decides) {
		add_action(out, (struct program_action){ .kind = DO_COUNT });
		add_action(out, (struct program_action){ .kind = DO_SAMPLE, .verdict = verdict, .one_of = rule->sample,
							 .flow = rule->sample_flow });
	}
	if (rule->log)
		add_action(out, (struct program_action){ .kind = DO_LOG, .verdict = verdict });
	if (rule->log_sample)
		add_action(out, (struct program_action){ .kind = DO_SAMPLE, .verdict = verdict, .one_of = rule->log_sample,
							 .flow = rule->log_sample_flow });
	for (const struct add *add = rule->adds; add; add = add->next)
		add_action(out, (struct program_action){
					.kind = DO_ADD,
					.set = lower_set(lowering, add->set),
					.source = add->source,
					.timeout_ns = add->timeout_ns ? add->timeout_ns : add->set->timeout_ns,
				});
	if (decides)
		add_action(out, (struct program_action){ .kind = DO_DECIDE, .verdict = verdict });
}

/* What the block needs beside its fields. */
static void note_needs(struct program_block *block, const struct program_rule *rule)
{
	const struct program_action *last = &rule->actions[rule->n_actions - 1];

	block->events |= program_rule_records(rule);
	for (size_t i = 0; i < rule->n_actions; i++) {
		const struct program_action *action = &rule->actions[i];

		if (action->kind == DO_SAMPLE) {
			block->samples = true;
			block->fields |= action->flow ? FLOW_FIELDS : 0;
		} else if (action->kind == DO_ADD) {
			block->fields |= 1u << (action->source ? FIELD_SRC : FIELD_DST);
			block->fields |= action->set->has_port ? 1u << (action->source ? FIELD_SPORT : FIELD_DPORT) : 0;
			block->fields |= action->set->has_proto ? 1u << FIELD_PROTO : 0;
		}
	}
	block->rejects |= last->kind == DO_DECIDE && last->verdict == VERDICT_REJECT;
}

static void lower_rule(struct lowering *lowering, const struct rule *rule, bool classified, struct program_rule *out)
{
	out->rule = rule;
	out->ident = ident_new(&lowering->idents, "rule_", rule->name, "");
	out->slot_ident = ident_new_upper(&lowering->idents, "SLOT_", rule->name, "");
	out->slot = rule->id;
	out->plain = lower_is_plain(rule);
	out->insns = lower_rule_insns(rule);
	if (!classified)
		out->cond = lower_rule_cond(lowering, rule);
	if (rule->action == ACTION_RATE_LIMIT)
		out->limit = lower_limit(lowering, rule);
	lower_actions(lowering, rule, out);
	note_needs(lowering->block, out);
}

static void lower_block(struct lowering *lowering, const struct block *block, struct program_block *out)
{
	lowering->block = out;
	out->block = block;
	out->strategy = STRATEGY_LADDER;
	lower_classes(lowering, block, out);
	out->n_rules = block->n_rules;
	out->rules = ARENA_ARRAY(lowering->arena, struct program_rule, block->n_rules);
	for (size_t i = 0; i < block->n_rules; i++)
		lower_rule(lowering, block->rules[i], out->classified && out->classified[i], &out->rules[i]);
	out->verdicts[SLOT_MALFORMED] = block->malformed;
	out->verdicts[SLOT_NON_IP] = block->non_ip;
	out->verdicts[SLOT_DEFAULT] = block->default_verdict;
	for (size_t slot = 0; slot < SLOT_RULES; slot++)
		out->rejects |= out->verdicts[slot] == VERDICT_REJECT;
	lowering->program->events |= out->events;
	lowering->program->samples |= out->samples;
	lowering->program->rejects |= out->rejects;
}

struct program *lower_policy(struct lower *lower, const struct policy *policy)
{
	struct lowering lowering = { .arena = lower->arena };
	struct program *program;

	program = ARENA_NEW(lower->arena, struct program);
	lowering.program = program;
	idents_init(&lowering.idents, lower->arena);
	program->policy = policy;
	program->n_blocks = policy->n_blocks;
	program->blocks = ARENA_ARRAY(lower->arena, struct program_block, policy->n_blocks);

	/* Blocks and their pseudo-rules have their names first: a rule's name must not change them. */
	for (size_t i = 0; i < policy->n_blocks; i++) {
		struct program_block *block = &program->blocks[i];

		block->ident = block_ident(&lowering, policy->blocks[i]);
		for (size_t slot = 0; slot < SLOT_RULES; slot++) {
			char *name = arena_printf(lower->arena, "%s_%s", policy->blocks[i]->name, slot_names[slot]);

			block->slot_idents[slot] = ident_new_upper(&lowering.idents, "SLOT_", name, "");
		}
	}
	program->n_counts = policy->states.used;
	lower_sets(&lowering);
	for (size_t i = 0; i < policy->n_blocks; i++)
		lower_block(&lowering, policy->blocks[i], &program->blocks[i]);

	return budget_check_program(lower->diags, program) ? program : NULL;
}
