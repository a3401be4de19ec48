/* SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause */
/* The listing of a program: `compile --dump program`, and what the golden tests compare. */
#include "program.h"

#include "hook.h"

#include <inttypes.h>
#include <string.h>

/* IDENT_rules, or IDENT_rules_N: of ingress_up, but not of another block that is called ingress_up_rules_x. */
static bool is_ladder(const struct program_block *block, const char *function)
{
	size_t length = strlen(block->ident);

	if (strncmp(function, block->ident, length) || strncmp(function + length, "_rules", 6))
		return false;
	function += length + 6;
	return !*function || (*function == '_' && function[1] && strspn(function + 1, "0123456789") == strlen(function + 1));
}

enum function_role program_function_role(const struct program *program, const struct program_block *block,
					 const char *function)
{
	/* The templates' functions, and those that the emitter makes of them for each set and limit. */
	static const char *const tables[] = { "ask_", "add_", "exceeds_", "state_", "table_", "account" };

	if (!strcmp(function, block->ident))
		return FUNCTION_FRAME;
	if (is_ladder(block, function))
		return FUNCTION_LADDER;
	for (size_t i = 0; i < program->n_blocks; i++)
		if (!strcmp(function, program->blocks[i].ident) || is_ladder(&program->blocks[i], function))
			return FUNCTION_FOREIGN;
	for (size_t i = 0; i < sizeof(tables) / sizeof(tables[0]); i++)
		if (!strncmp(function, tables[i], strlen(tables[i])))
			return FUNCTION_TABLES;
	for (size_t hook = 0; hook < N_HOOKS; hook++)
		if (!strncmp(function, hook_ops[hook].prefix, strlen(hook_ops[hook].prefix)))
			return hook == block->block->hook ? FUNCTION_FRAME : FUNCTION_FOREIGN;
	return FUNCTION_FRAME;
}

size_t program_group(const struct program_block *block, const size_t *rules, size_t n, size_t most)
{
	uint64_t insns = 0;
	size_t k = 0;

	for (; k < n && k < most; k++) {
		insns += block->rules[rules[k]].insns;
		if (k && insns > PROGRAM_GROUP_INSNS)
			break;
	}
	return k;
}

size_t program_looked_up(const struct program_block *block)
{
	size_t n = 0;

	for (size_t i = 0; block->classified && i < block->n_rules; i++)
		n += block->classified[i];
	return n;
}

bool program_rule_records(const struct program_rule *rule)
{
	for (size_t i = 0; i < rule->n_actions; i++)
		if (rule->actions[i].kind == DO_LOG || rule->actions[i].kind == DO_SAMPLE)
			return true;
	return false;
}

static void print_range(FILE *out, bool numbers, enum family family, struct range range)
{
	char text[ADDRESS_TEXT];

	if (!numbers)
		fputs(address_range_format(family, range, text), out);
	else if (range.lo == range.hi)
		fprintf(out, "%" PRIu64, (uint64_t)range.lo);
	else
		fprintf(out, "%" PRIu64 "-%" PRIu64, (uint64_t)range.lo, (uint64_t)range.hi);
}

static void print_cond(FILE *out, const struct cond *cond, unsigned depth)
{
	fprintf(out, "%*s", (int)(depth * 2), "");
	switch (cond->kind) {
	case COND_TRUE:
		fputs("true\n", out);
		break;
	case COND_AND:
	case COND_OR:
		if (!cond->n) {
			fputs("false\n", out);
			break;
		}
		fprintf(out, "%s\n", cond->kind == COND_AND ? "and" : "or");
		for (size_t i = 0; i < cond->n; i++)
			print_cond(out, cond->items[i], depth + 1);
		break;
	case COND_FAMILY:
		fprintf(out, "%s\n", cond->family == FAMILY_V4 ? "ip4" : "ip6");
		break;
	case COND_RANGES:
		fputs(field_table[cond->field].word, out);
		for (size_t i = 0; i < cond->ranges->n; i++) {
			fputs(i ? ", " : " ", out);
			print_range(out, field_table[cond->field].type != FIELD_TYPE_ADDR, cond->family,
				    cond->ranges->ranges[i]);
		}
		fputc('\n', out);
		break;
	case COND_TABLE:
		fprintf(out, "%s in %s\n", field_table[cond->field].word, cond->table->ident);
		break;
	case COND_STATE:
		fputs("state", out);
		for (unsigned i = 0, n = 0; i < N_STATES; i++)
			if (cond->bits & 1u << i)
				fprintf(out, "%s%s", n++ ? ", " : " ", state_names[i]);
		fputc('\n', out);
		break;
	case COND_MEMBER:
		fprintf(out, "%s %sin @%s, question %u\n", field_table[cond->field].word, cond->negated ? "not " : "",
			cond->set->set->name, cond->set->questions[cond->field != FIELD_SRC]);
		break;
	case COND_BITS:
		fprintf(out, "%s & 0x%02x == 0x%02x\n", field_table[cond->field].word, cond->mask, cond->bits);
		break;
	}
}

static void print_action(FILE *out, const struct program_action *action)
{
	switch (action->kind) {
	case DO_COUNT:
		fputs("count", out);
		break;
	case DO_LOG:
		fputs("log", out);
		break;
	case DO_SAMPLE:
		fprintf(out, "sample %s1/%u", action->flow ? "flow " : "", action->one_of);
		break;
	case DO_ADD:
		fprintf(out, "add %s to @%s", action->source ? "src" : "dst", action->set->set->name);
		if (action->timeout_ns)
			fprintf(out, " for %" PRIu64 " ns", action->timeout_ns);
		break;
	case DO_DECIDE:
		fputs(verdict_names[action->verdict], out);
		break;
	}
}

static void print_rule(FILE *out, const struct program_rule *rule)
{
	fprintf(out, "  rule %s slot %u: ", rule->ident, rule->slot);
	if (rule->limit)
		fputs("over its rate: ", out);
	for (size_t i = 0; i < rule->n_actions; i++) {
		fputs(i ? ", " : "", out);
		print_action(out, &rule->actions[i]);
	}
	fputc('\n', out);
	if (rule->cond)
		print_cond(out, rule->cond, 2);
}

static void print_needs(FILE *out, const struct program_block *block)
{
	fputs("  fields", out);
	for (size_t i = 0; i < N_FIELDS; i++)
		if (block->fields & (1u << i))
			fprintf(out, " %s", field_table[i].id);
	fprintf(out, "%s, events %s, rejects %s\n", block->fields ? "" : " none", block->events ? "yes" : "no",
		block->rejects ? "yes" : "no");
}

static void print_block(FILE *out, const struct program_block *block)
{
	static const char *const strategies[] = { [STRATEGY_LADDER] = "ladder", [STRATEGY_CLASSES] = "classes" };

	fprintf(out, "block %s (%s): %s via %s, %s, slots %u to %zu\n", block->ident, block->block->name,
		block->block->direction == DIRECTION_INGRESS ? "ingress" : "egress", hook_names[block->block->hook],
		strategies[block->strategy], block->block->first_id,
		block->block->first_id + SLOT_RULES + block->n_rules - 1);
	print_needs(out, block);
	if (block->classifier)
		fprintf(out, "  %s: %s, %" PRIu64 " bytes\n", block->tables_ident, block->classifier->plan,
			block->classifier->bytes);
	for (size_t r = 0; r < block->n_rules; r++)
		print_rule(out, &block->rules[r]);
	fprintf(out, "  default %s, non-ip %s, malformed %s\n", verdict_names[block->verdicts[SLOT_DEFAULT]],
		verdict_names[block->verdicts[SLOT_NON_IP]], verdict_names[block->verdicts[SLOT_MALFORMED]]);
}

static void print_table(FILE *out, const struct table *table)
{
	fprintf(out, "table %s: %zu ranges\n", table->ident, table->ranges->n);
	for (size_t i = 0; i < table->ranges->n; i++) {
		fputs("  ", out);
		print_range(out, table->numbers, table->family, table->ranges->ranges[i]);
		fputc('\n', out);
	}
}

static void print_set(FILE *out, const struct program_set *set)
{
	fprintf(out, "set %s: @%s, %s of %" PRIu64 "%s%s\n", set->map_ident, set->set->name,
		set_structure_names[set->structure], set->set->max, set->has_port ? ", with port" : "",
		set->has_proto ? ", with protocol" : "");
}

static void print_limit(FILE *out, const struct program_limit *limit)
{
	fprintf(out, "limit %s:", limit->map_ident);
	if (limit->sketch_bits)
		fprintf(out, " at most %u of %u bits in %" PRIu64 " ns", limit->sketch_limit, limit->sketch_bits, limit->period);
	else if (limit->bytes)
		fprintf(out, " cost length * %" PRIu64 " / %" PRIu64 ", tolerance %" PRIu64, limit->period, limit->amount,
			limit->tolerance);
	else
		fprintf(out, " cost %" PRIu64 ", tolerance %" PRIu64, limit->cost, limit->tolerance);
	fprintf(out, ", %s", limit->key == LIMIT_KEY_NONE ? "one bucket" : limit->flow ? "by flow" : "by");
	if (limit->src && !limit->flow)
		fprintf(out, " src/%u/%u", limit->src->prefix4, limit->src->prefix6);
	if (limit->dst && !limit->flow)
		fprintf(out, " dst/%u/%u", limit->dst->prefix4, limit->dst->prefix6);
	if (limit->port && !limit->flow)
		fputs(" port", out);
	fprintf(out, ", %" PRIu64 " keys\n", limit->rule->rate.max);
}

static void print_states(FILE *out, const struct states *states)
{
	fprintf(out, "states: %" PRIu64 "%s\n", states->max, states->loose ? ", loose" : "");
	for (size_t i = 0; i < N_STATE_TIMEOUTS; i++)
		fprintf(out, "  %s %" PRIu64 " ns\n", state_timeout_words[i], states->timeout_ns[i]);
}

void program_dump(const struct program *program, FILE *out)
{
	fprintf(out, "program %s\n", program->policy->name);
	fprintf(out, "events %s, rejects %s, slots %u, tables %zu, table bytes %" PRIu64 "\n",
		program->events ? "yes" : "no", program->rejects ? "yes" : "no", program->policy->n_slots,
		program->n_tables, program->table_bytes);
	for (size_t i = 0; i < program->n_tables; i++)
		print_table(out, program->tables[i]);
	if (program->policy->account.traffic)
		fputs("account traffic\n", out);
	if (program->policy->account.flows)
		fprintf(out, "account flows: %" PRIu64 "\n", program->policy->account.flows);
	if (program->policy->states.used)
		print_states(out, &program->policy->states);
	for (size_t i = 0; i < program->n_sets; i++)
		print_set(out, program->sets[i]);
	for (size_t i = 0; i < program->n_limits; i++)
		print_limit(out, program->limits[i]);
	for (size_t i = 0; i < program->n_blocks; i++)
		print_block(out, &program->blocks[i]);
}
