/* SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause */
#include "budget.h"

#include <inttypes.h>
#include <linux/types.h>

#include "shared.h"

/* Rules that are named as the most expensive ones. */
#define NAMED 3

/*
 * Walks of the verifier for each instruction, in tenths. A rule's tests are met from
 * two sides, the parser's code in as many states as there are kinds of packets.
 */
#define LADDER_WALKS 25u
#define FRAME_WALKS 100u
#define TABLES_WALKS 50u

/* A question to a set kept as a table: two loops, each of whose bodies is walked for it. */
#define TABLE_QUESTION_WORK 3300u

/* A rule that writes records: a call, after which the verifier knows less and goes on in more states. */
#define RECORD_WORK 70u

uint64_t budget_insns_limit(const struct policy *policy)
{
	return policy->budget.insns ? policy->budget.insns : BUDGET_INSNS;
}

uint64_t budget_memory_limit(const struct policy *policy)
{
	return policy->budget.memory ? policy->budget.memory : BUDGET_MEMORY;
}

static unsigned search_steps(const struct table *table)
{
	unsigned steps = 0;

	for (size_t left = table->ranges->n; left > 1; left -= left / 2)
		steps++;
	return steps;
}

/*
 * The fewest instructions a condition comes to: a load and a jump for each test,
 * more where a constant does not fit into an instruction.
 */
static uint64_t least_insns(const struct cond *cond)
{
	uint64_t sum = 0;
	bool address;

	if (!cond)
		return 0;
	switch (cond->kind) {
	case COND_TRUE:
		return 0;
	case COND_FAMILY:
		return 2;
	case COND_BITS:
		return 3;
	/* Once a packet it is a call, and then a test. */
	case COND_STATE:
	case COND_MEMBER:
		return 8;
	case COND_TABLE:
		return cond->table->family == FAMILY_V4 ? 20 : 60;
	case COND_RANGES:
		address = field_table[cond->field].type == FIELD_TYPE_ADDR;
		return cond->ranges->n * (address && cond->family == FAMILY_V6 ? 4 : 2);
	case COND_AND:
	case COND_OR:
		for (size_t i = 0; i < cond->n; i++)
			sum += least_insns(cond->items[i]);
	}
	return sum;
}

/*
 * What the searches of a condition's tables add: loops, walked step by step. The
 * longer one of IPv6 is met in ever more states.
 */
static uint64_t search_work(const struct cond *cond)
{
	uint64_t sum = 0, steps;

	if (!cond)
		return 0;
	if (cond->kind == COND_TABLE) {
		steps = search_steps(cond->table);
		return cond->table->family == FAMILY_V4 ? 14 * steps : 9 * steps * steps;
	}
	if (cond->kind == COND_AND || cond->kind == COND_OR)
		for (size_t i = 0; i < cond->n; i++)
			sum += search_work(cond->items[i]);
	return sum;
}

/* What a rule adds to the walk over its own instructions. One that is looked up is a case among others, after which nothing is asked. */
static uint64_t extra_work(const struct program_rule *rule)
{
	return search_work(rule->cond) + (program_rule_records(rule) && rule->cond ? RECORD_WORK : 0);
}

static uint64_t rule_work(const struct program_rule *rule)
{
	return 2 * least_insns(rule->cond) + extra_work(rule);
}

uint64_t budget_ladder_work(uint64_t insns)
{
	return insns * LADDER_WALKS / 10;
}

struct block_cost budget_block_cost(const struct program_block *block, const struct block_insns *insns)
{
	struct block_cost cost = {
		.insns = insns->ladder + insns->frame + insns->tables,
		.rules = budget_ladder_work(insns->ladder),
		.frame = insns->frame * FRAME_WALKS / 10,
		.tables = insns->tables * TABLES_WALKS / 10 + insns->questions * TABLE_QUESTION_WORK,
	};

	for (size_t i = 0; i < block->n_rules; i++)
		cost.rules += extra_work(&block->rules[i]);
	cost.verified = cost.rules + cost.frame + cost.tables;
	return cost;
}

/* Of notes about the block or the policy that the message is about already. */
static const struct span nowhere;

/* Notes on the rules that cost most, the largest first. */
static void name_largest(struct diags *diags, struct diag *diag, const struct program_block *block)
{
	const struct program_rule *largest[NAMED] = { NULL };

	for (size_t i = 0; i < block->n_rules; i++) {
		const struct program_rule *rule = &block->rules[i];

		for (size_t k = 0; k < NAMED; k++) {
			const struct program_rule *smaller = largest[k];

			if (smaller && rule_work(smaller) >= rule_work(rule))
				continue;
			largest[k] = rule;
			rule = smaller;
			if (!rule)
				break;
		}
	}
	/* A rule that is looked up has no work of its own. */
	for (size_t k = 0; k < NAMED && largest[k] && rule_work(largest[k]); k++)
		diag_note(diags, diag, largest[k]->rule->name_span, "rule '%s' alone needs about %" PRIu64,
			  largest[k]->rule->name, rule_work(largest[k]));
}

/* `lint budget warning;` lets the kernel have the last word. */
static bool refuses(const struct diags *diags)
{
	return diags->severity[CODE_BUDGET] == SEVERITY_ERROR;
}

/* What was tried instead of asking the rules, and what that would have taken. */
static void name_options(struct diags *diags, struct diag *diag, const struct program_block *block)
{
	for (size_t i = 0; i < block->options.n; i++) {
		const struct classify_option *option = &block->options.options[i];

		if (!option->why_not)
			continue;
		if (option->bytes)
			diag_note(diags, diag, nowhere, "tried to look rules up, %s: %" PRIu64 " bytes of tables, %s",
				  option->plan, option->bytes, option->why_not);
		else
			diag_note(diags, diag, nowhere, "tried to look rules up, %s: %s", option->plan, option->why_not);
	}
}

/* `cost` NULL: nothing is built yet. */
static void report_insns(struct diags *diags, const struct program *program, const struct program_block *block,
			 uint64_t needed, const struct block_cost *cost)
{
	struct diag *diag = diag_report(diags, CODE_BUDGET, block->block->span,
					"block %s needs about %" PRIu64 " instructions of the verifier's work, the limit is %" PRIu64,
					block->block->name, needed, budget_insns_limit(program->policy));

	if (cost)
		diag_note(diags, diag, nowhere, "about %" PRIu64 " are for rules, %" PRIu64 " for parsing, verdicts and records, "
			  "%" PRIu64 " for connections, sets and limits", cost->rules, cost->frame, cost->tables);
	/* Where tables need most of it, no rule is named for what is not its own. */
	if (cost && cost->tables > cost->rules)
		diag_note(diags, diag, nowhere, "each set that is asked and each limit is a function of its own: the policy has %zu and %zu",
			  program->n_sets, program->n_limits);
	else
		name_largest(diags, diag, block);
	if (block->strategy == STRATEGY_LADDER)
		name_options(diags, diag, block);
	if (needed <= BUDGET_INSNS_MOST)
		diag_help(diags, diag, "`budget { insns %" PRIu64 "; }` in the policy sets another limit; one rule with a net or a list of ports "
			  "needs less than many rules", needed);
	else
		diag_help(diags, diag, "no budget can be as high, %u at most: one rule with a net or a list of ports needs less than many rules, "
			  "and `budget { memory N; }` with more than %" PRIu64 " bytes may have them looked up", BUDGET_INSNS_MOST,
			  budget_memory_limit(program->policy));
}

/* What the policy calls it. */
static const char *table_name(const struct table *table)
{
	return table->ranges->name ? table->ranges->name : table->ident;
}

static void keep_largest(const struct table *largest[NAMED], const struct table *table)
{
	for (size_t k = 0; k < NAMED && table; k++) {
		const struct table *smaller = largest[k];

		if (smaller && program_table_bytes(smaller) >= program_table_bytes(table))
			continue;
		largest[k] = table;
		table = smaller;
	}
}

static void report_memory(struct diags *diags, const struct program *program)
{
	const struct table *largest[NAMED] = { NULL };
	struct diag *diag = diag_report(diags, CODE_BUDGET, program->policy->span,
					"the tables of policy %s take %" PRIu64 " bytes, the limit is %" PRIu64,
					program->policy->name, program->table_bytes, budget_memory_limit(program->policy));

	for (size_t i = 0; i < program->n_tables; i++)
		keep_largest(largest, program->tables[i]);
	for (size_t k = 0; k < NAMED && largest[k]; k++)
		diag_note(diags, diag, largest[k]->rule->name_span, "the %zu ranges of '%s', which rule '%s' asks, take %" PRIu64,
			  largest[k]->ranges->n, table_name(largest[k]), largest[k]->rule->name, program_table_bytes(largest[k]));
	for (size_t i = 0; i < program->n_blocks; i++) {
		const struct program_block *block = &program->blocks[i];

		if (block->classifier)
			diag_note(diags, diag, block->block->span, "looking up the rules of block %s takes %" PRIu64,
				  block->block->name, block->classifier->bytes);
		else
			name_options(diags, diag, block);
	}
	diag_help(diags, diag, "`budget { memory %" PRIu64 "; }` in the policy sets another limit; a set is kept outside of the program",
		  program->table_bytes);
}

static bool check_tables(struct diags *diags, const struct program *program)
{
	bool good = true;

	for (size_t i = 0; i < program->n_tables; i++) {
		const struct table *table = program->tables[i];

		if (table->ranges->n <= TABLE_MOST)
			continue;
		diag_help(diags, diag_report(diags, CODE_KERNEL_LIMITS, table->rule->name_span,
					     "'%s', which rule '%s' asks, is %zu ranges, and a search in a program is of %u at most",
					     table_name(table), table->rule->name, table->ranges->n, TABLE_MOST),
			  "a set takes more: `set NAME : net max N from \"FILE\";`");
		good = false;
	}
	return good;
}

enum limit_of { LIMIT_OF_MAPS, LIMIT_OF_CALLS, LIMIT_OF_FUNCTIONS, LIMIT_OF_RULES };

/* A limit of a kernel, and what a block's program needs of it. */
struct kernel_limit {
	enum limit_of of;
	uint64_t needs, most;
	const char *needed; /* "64 maps": what follows the number */
};

static void report_limit(struct diags *diags, const struct program *program, const struct program_block *block,
			 const struct kernel_limit *limit)
{
	struct diag *diag = diag_report(diags, CODE_KERNEL_LIMITS, block->block->span,
					"block %s needs %" PRIu64 " %s, and kernels give a program %" PRIu64, block->block->name,
					limit->needs, limit->needed, limit->most);

	switch (limit->of) {
	case LIMIT_OF_MAPS:
		diag_note(diags, diag, nowhere, "each set and each rule with a limit has one: the policy has %zu and %zu",
			  program->n_sets, program->n_limits);
		diag_help(diags, diag, "one set can serve several rules; addresses that do not change in a `net` need no map");
		break;
	case LIMIT_OF_RULES:
		name_largest(diags, diag, block);
		diag_help(diags, diag, "a rule with fewer alternatives, or several rules, or a long list, which is searched and not asked one by one");
		break;
	case LIMIT_OF_FUNCTIONS:
		diag_note(diags, diag, nowhere, "each set that is asked, each limit and every %u rules that are asked one after another are one",
			  PROGRAM_GROUP);
		diag_help(diags, diag, "`budget { memory N; }` with more memory has rules looked up");
		break;
	case LIMIT_OF_CALLS:
		diag_note(diags, diag, nowhere, "that is what clang made of its rules together with connections, sets, records and answers");
		diag_help(diags, diag, "fewer rules that ask connections or sets, or `deny` instead of `reject`, need less");
	}
}

/* Maps that a block's program has whatever clang makes of it: which block asks a set is known of what is built. */
static uint64_t least_maps(const struct program *program, const struct program_block *block)
{
	uint64_t n = 0;

	for (size_t r = 0; r < block->n_rules; r++)
		n += block->rules[r].limit != NULL;
	for (size_t i = 0; program->n_blocks == 1 && i < program->n_sets; i++)
		n += program_set_is_asked(program->sets[i]);
	return n;
}

bool budget_check_program(struct diags *diags, const struct program *program)
{
	bool good = check_tables(diags, program);

	if (program->n_blocks > SENTRY_PROGRAMS) {
		const struct block *block = program->blocks[SENTRY_PROGRAMS].block;
		struct diag *diag = diag_report(diags, CODE_KERNEL_LIMITS, block->span,
						"the policy has %zu blocks, and hosts take %d from an object", program->n_blocks, SENTRY_PROGRAMS);

		diag_help(diags, diag, "one block can stand for several interfaces: `ingress on a, b`");
		good = false;
	}
	if (program->policy->n_slots > SENTRY_RULES) {
		diag_help(diags, diag_report(diags, CODE_KERNEL_LIMITS, program->policy->span,
					     "the policy has %u rules and defaults, and hosts take %d from an object",
					     program->policy->n_slots, SENTRY_RULES),
			  "addresses that rules have in common can be one rule with a net");
		good = false;
	}
	if (program->table_bytes > budget_memory_limit(program->policy)) {
		report_memory(diags, program);
		good &= !refuses(diags);
	}
	for (size_t i = 0; i < program->n_blocks; i++) {
		const struct program_block *block = &program->blocks[i];
		uint64_t needed = 0;

		for (size_t r = 0; r < block->n_rules; r++)
			needed += rule_work(&block->rules[r]);
		if (needed > budget_insns_limit(program->policy)) {
			report_insns(diags, program, block, needed, NULL);
			good &= !refuses(diags);
		}
		if (least_maps(program, block) > BUDGET_MAPS) {
			report_limit(diags, program, block, &(struct kernel_limit){ LIMIT_OF_MAPS, least_maps(program, block),
										    BUDGET_MAPS, "maps" });
			good = false;
		}
	}
	return good;
}

bool budget_check_costs(struct diags *diags, const struct program *program, const struct block_cost *costs)
{
	bool good = true;

	for (size_t i = 0; i < program->n_blocks; i++) {
		if (costs[i].verified <= budget_insns_limit(program->policy))
			continue;
		report_insns(diags, program, &program->blocks[i], costs[i].verified, &costs[i]);
		good &= !refuses(diags);
	}
	return good;
}

bool budget_check_extents(struct diags *diags, const struct program *program, const struct block_extent *extents)
{
	bool good = true;

	for (size_t i = 0; i < program->n_blocks; i++) {
		const struct block_extent *extent = &extents[i];
		const struct kernel_limit limits[] = {
			{ LIMIT_OF_MAPS, extent->maps, BUDGET_MAPS, "maps" },
			{ LIMIT_OF_CALLS, extent->stack, BUDGET_STACK, "bytes of stack" },
			{ LIMIT_OF_CALLS, extent->frames, BUDGET_FRAMES, "calls within calls" },
			{ LIMIT_OF_FUNCTIONS, extent->functions, BUDGET_FUNCTIONS, "functions" },
			{ LIMIT_OF_RULES, extent->longest, BUDGET_LONGEST, "instructions in one function" },
			{ LIMIT_OF_RULES, extent->branches, BUDGET_BRANCHES, "branches in one function" },
		};

		for (size_t k = 0; k < sizeof(limits) / sizeof(limits[0]); k++)
			if (limits[k].needs > limits[k].most) {
				report_limit(diags, program, &program->blocks[i], &limits[k]);
				good = false;
			}
	}
	return good;
}
