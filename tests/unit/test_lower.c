/* SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause */
#include "handmade.h"

#include "budget.h"
#include "ident.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

#include <cmocka.h>

static int setup(void **state)
{
	struct handmade *h = test_calloc(1, sizeof(*h));

	handmade_open(h, "policy edge {\nssh x;\nfrom-v4 y;\na-very-long-name-of-a-rule z;\n}\n");
	handmade_block(h, DIRECTION_INGRESS, HOOK_XDP, "uplink");
	*state = h;
	return 0;
}

static int teardown(void **state)
{
	struct handmade *h = *state;

	handmade_close(h);
	test_free(h);
	return 0;
}

/* The part of the dump that is about conditions: from the first rule to the block's last line. */
static char *conditions(struct handmade *h)
{
	struct program *program = compile_program(&h->compile, h->policy);
	char *text = NULL, *begin, *end, *copy;
	size_t size;
	FILE *out;

	assert_non_null(program);
	out = open_memstream(&text, &size);
	program_dump(program, out);
	fclose(out);
	begin = strstr(text, "  rule ");
	end = strstr(text, "  default ");
	assert_non_null(begin);
	assert_non_null(end);
	copy = arena_strndup(&h->compile.arena, begin, (size_t)(end - begin));
	free(text);
	return copy;
}

static struct rule *new_rule(struct handmade *h)
{
	return handmade_rule(h, h->policy->blocks[0], "ssh", VERDICT_ALLOW);
}

static void test_what_both_versions_ask_is_asked_once(void **state)
{
	struct handmade *h = *state;
	struct rule *rule = new_rule(h);

	for (int f = 0; f < N_FAMILIES; f++) {
		struct term *term = handmade_term(h, rule, (enum family)f);

		handmade_range(h, term, FIELD_PROTO, 6, 6);
		handmade_range(h, term, FIELD_SRC, 1, 1);
		handmade_range(h, term, FIELD_DPORT, 22, 22);
	}
	/* The two addresses are the same number and yet two. */
	assert_string_equal(conditions(h), "  rule rule_ssh slot 3: allow\n"
					   "    and\n"
					   "      proto 6\n"
					   "      port 22\n"
					   "      or\n"
					   "        and\n"
					   "          ip4\n"
					   "          from 0.0.0.1\n"
					   "        and\n"
					   "          ip6\n"
					   "          from ::1\n");
}

static void test_versions_merge_where_no_address_is_asked(void **state)
{
	struct handmade *h = *state;
	struct rule *rule = new_rule(h);

	for (int f = 0; f < N_FAMILIES; f++)
		handmade_range(h, handmade_term(h, rule, (enum family)f), FIELD_PROTO, 17, 17);
	assert_string_equal(conditions(h), "  rule rule_ssh slot 3: allow\n    proto 17\n");
}

static void test_numbers_merge_after_versions(void **state)
{
	struct handmade *h = *state;
	struct rule *rule = new_rule(h);

	for (int f = 0; f < N_FAMILIES; f++) {
		for (unsigned proto = 6; proto <= 17; proto += 11) {
			struct term *term = handmade_term(h, rule, (enum family)f);

			handmade_range(h, term, FIELD_PROTO, proto, proto);
			handmade_range(h, term, FIELD_DPORT, 53, 53);
		}
	}
	assert_string_equal(conditions(h), "  rule rule_ssh slot 3: allow\n    and\n      proto 6, 17\n      port 53\n");
}

static void test_different_in_two_ways_stays_apart(void **state)
{
	struct handmade *h = *state;
	struct rule *rule = new_rule(h);
	struct term *term = handmade_term(h, rule, FAMILY_V4);

	handmade_range(h, term, FIELD_PROTO, 1, 1);
	handmade_range(h, term, FIELD_ICMP_TYPE, 8, 8);
	term = handmade_term(h, rule, FAMILY_V6);
	handmade_range(h, term, FIELD_PROTO, 58, 58);
	handmade_range(h, term, FIELD_ICMP_TYPE, 128, 128);
	assert_string_equal(conditions(h), "  rule rule_ssh slot 3: allow\n"
					   "    or\n"
					   "      and\n        ip4\n        proto 1\n        icmp 8\n"
					   "      and\n        ip6\n        proto 58\n        icmp 128\n");
}

static void test_all_packets_is_true(void **state)
{
	struct handmade *h = *state;
	struct rule *rule = new_rule(h);

	for (int f = 0; f < N_FAMILIES; f++)
		handmade_range(h, handmade_term(h, rule, (enum family)f), FIELD_PROTO, 0, 255);
	assert_string_equal(conditions(h), "  rule rule_ssh slot 3: allow\n    true\n");
}

/* All ports is a condition: that there are ports. */
static void test_all_values_of_an_optional_field_stay(void **state)
{
	struct handmade *h = *state;
	struct rule *rule = new_rule(h);

	for (int f = 0; f < N_FAMILIES; f++)
		handmade_range(h, handmade_term(h, rule, (enum family)f), FIELD_DPORT, 0, 65535);
	assert_string_equal(conditions(h), "  rule rule_ssh slot 3: allow\n    port 0-65535\n");
}

static void test_nothing_matches_is_false(void **state)
{
	struct handmade *h = *state;
	struct rule *rule = new_rule(h);

	handmade_ranges(handmade_term(h, rule, FAMILY_V4), FIELD_SRC, rangeset_empty(&h->compile.arena));
	assert_string_equal(conditions(h), "  rule rule_ssh slot 3: allow\n    false\n");
}

static void test_a_wider_term_swallows_a_narrower(void **state)
{
	struct handmade *h = *state;
	struct rule *rule = new_rule(h);

	handmade_range(h, handmade_term(h, rule, FAMILY_V4), FIELD_SRC, 1, 1);
	handmade_term(h, rule, FAMILY_V4);
	assert_string_equal(conditions(h), "  rule rule_ssh slot 3: allow\n    ip4\n");
}

static void test_tables_begin_after_the_limit_and_are_shared(void **state)
{
	struct handmade *h = *state;
	const struct rangeset *eight = handmade_many(h, 100, 8, NULL);
	const struct rangeset *nine = handmade_many(h, 100, 9, "mgmt");
	const struct rangeset *same = handmade_many(h, 100, 9, NULL);
	const struct rangeset *ports = handmade_many(h, 100, 17, "web");
	struct rule *rule = new_rule(h);
	struct term *term = handmade_term(h, rule, FAMILY_V4);
	struct program *program;

	handmade_ranges(term, FIELD_SRC, eight);
	handmade_ranges(term, FIELD_DST, nine);
	handmade_ranges(term, FIELD_DPORT, ports);
	rule = handmade_rule(h, h->policy->blocks[0], "from-v4", VERDICT_DENY);
	handmade_ranges(handmade_term(h, rule, FAMILY_V4), FIELD_SRC, same);

	program = compile_program(&h->compile, h->policy);
	assert_non_null(program);
	assert_int_equal(program->n_tables, 2);
	assert_string_equal(program->tables[0]->ident, "net_mgmt_v4");
	assert_string_equal(program->tables[1]->ident, "port_web");
	assert_true(program->tables[1]->numbers);
	assert_int_equal(program->table_bytes, 9 * 8 + 17 * 8);
	/* Cheap tests first, searches of tables last. */
	assert_string_equal(conditions(h), "  rule rule_ssh slot 3: allow\n"
					   "    and\n"
					   "      ip4\n"
					   "      from 0.0.0.100/31, 0.0.0.104/31, 0.0.0.108/31, 0.0.0.112/31, 0.0.0.116/31, "
					   "0.0.0.120/31, 0.0.0.124/31, 0.0.0.128/31\n"
					   "      port in port_web\n"
					   "      to in net_mgmt_v4\n"
					   "  rule rule_from_v4 slot 4: deny\n"
					   "    and\n      ip4\n      from in net_mgmt_v4\n");
	assert_int_equal(program->blocks[0].fields, 1u << FIELD_SRC | 1u << FIELD_DST | 1u << FIELD_DPORT);
}

static void test_each_block_has_needs_of_its_own(void **state)
{
	struct handmade *h = *state;
	struct block *egress = handmade_block(h, DIRECTION_EGRESS, HOOK_TC, "uplink");
	struct block *third = handmade_block(h, DIRECTION_INGRESS, HOOK_TC, "lan");
	struct program *program;
	struct rule *rule;

	handmade_range(h, handmade_term(h, new_rule(h), FAMILY_V4), FIELD_DPORT, 22, 22);
	rule = handmade_rule(h, egress, "from-v4", VERDICT_DENY);
	rule->log = true;
	handmade_range(h, handmade_term(h, rule, FAMILY_V4), FIELD_VLAN, 5, 5);
	egress->name = "egress";
	third->name = "ingress-lan";
	third->default_verdict = VERDICT_REJECT;
	program = compile_program(&h->compile, h->policy);
	assert_non_null(program);
	assert_int_equal(program->blocks[0].fields, 1u << FIELD_DPORT);
	assert_false(program->blocks[0].events || program->blocks[0].rejects);
	assert_int_equal(program->blocks[1].fields, 1u << FIELD_VLAN);
	assert_true(program->blocks[1].events && !program->blocks[1].rejects);
	assert_int_equal(program->blocks[2].fields, 0);
	assert_true(!program->blocks[2].events && program->blocks[2].rejects);
	assert_true(program->events && program->rejects);
}

static void assert_action(const struct program_action *action, enum action_kind kind, enum verdict verdict,
			  uint32_t one_of)
{
	assert_int_equal(action->kind, kind);
	assert_int_equal(action->verdict, verdict);
	assert_int_equal(action->one_of, one_of);
}

static void test_actions_are_in_order_and_the_decision_is_last(void **state)
{
	struct handmade *h = *state;
	const struct program_rule *out;
	struct program *program;
	struct rule *rule;

	handmade_term(h, new_rule(h), FAMILY_V4);
	rule = handmade_rule(h, h->policy->blocks[0], "from-v4", VERDICT_REJECT);
	rule->log = true;
	rule->log_sample = 7;
	handmade_term(h, rule, FAMILY_V4);
	rule = handmade_rule(h, h->policy->blocks[0], "a-very-long-name-of-a-rule", VERDICT_DENY);
	rule->action = ACTION_SAMPLE;
	rule->sample = 100;
	rule->log = true;
	rule->log_sample = 9;
	handmade_term(h, rule, FAMILY_V4);
	program = compile_program(&h->compile, h->policy);
	assert_non_null(program);

	out = &program->blocks[0].rules[0];
	assert_int_equal(out->slot, 3);
	assert_int_equal(out->n_actions, 1);
	assert_action(&out->actions[0], DO_DECIDE, VERDICT_ALLOW, 0);
	assert_false(program_rule_records(out));
	out = &program->blocks[0].rules[1];
	assert_int_equal(out->n_actions, 3);
	assert_action(&out->actions[0], DO_LOG, VERDICT_REJECT, 0);
	assert_action(&out->actions[1], DO_SAMPLE, VERDICT_REJECT, 7);
	assert_action(&out->actions[2], DO_DECIDE, VERDICT_REJECT, 0);
	assert_true(program_rule_records(out));
	/* Whatever its verdict says: it has none, and rejects nothing. */
	out = &program->blocks[0].rules[2];
	assert_int_equal(out->n_actions, 4);
	assert_action(&out->actions[0], DO_COUNT, VERDICT_ALLOW, 0);
	assert_action(&out->actions[1], DO_SAMPLE, VERDICT_ALLOW, 100);
	assert_action(&out->actions[2], DO_LOG, VERDICT_ALLOW, 0);
	assert_action(&out->actions[3], DO_SAMPLE, VERDICT_ALLOW, 9);
}

/* Values of TCP flags, as from a negation: all eight bits compared. */
static void test_flags_as_values(void **state)
{
	struct handmade *h = *state;
	struct rule *rule = new_rule(h);

	handmade_range(h, handmade_term(h, rule, FAMILY_V4), FIELD_FLAGS, 2, 3);
	assert_string_equal(conditions(h), "  rule rule_ssh slot 3: allow\n"
					   "    and\n"
					   "      ip4\n"
					   "      or\n        flags & 0xff == 0x02\n        flags & 0xff == 0x03\n");
}

static void test_names_are_c_identifiers_and_unique(void **state)
{
	struct handmade *h = *state;
	struct idents idents;

	idents_init(&idents, &h->compile.arena);
	assert_string_equal(ident_new(&idents, "rule_", "ssh-admin", ""), "rule_ssh_admin");
	assert_string_equal(ident_new(&idents, "rule_", "ssh", "_admin"), "rule_ssh_admin_2");
	assert_string_equal(ident_new(&idents, "rule_", "ssh_admin", ""), "rule_ssh_admin_3");
	assert_string_equal(ident_new_upper(&idents, "SLOT_", "non-ip", ""), "SLOT_NON_IP");
	assert_string_equal(ident_new(&idents, "x_", "\xc3\xa9;", ""), "x____");
	for (int i = 0; i < 5000; i++)
		ident_new(&idents, "many_", "same", "");
	assert_true(ident_taken(&idents, "many_same_5000"));
	assert_false(ident_taken(&idents, "many_same_5001"));
}

static void test_function_names_fit_the_kernel_and_never_clash(void **state)
{
	struct handmade *h = *state;
	struct program *program;

	/* A role that spells the name of the first block's ladder, and two that are cut to the same name. */
	handmade_block(h, DIRECTION_INGRESS, HOOK_XDP, "uplink-rules")->name = "ingress-2";
	handmade_block(h, DIRECTION_EGRESS, HOOK_TC, "a-long-name-one")->name = "egress-3";
	handmade_block(h, DIRECTION_EGRESS, HOOK_TC, "a-long-name-two")->name = "egress-4";
	program = compile_program(&h->compile, h->policy);
	assert_non_null(program);
	assert_string_equal(program->blocks[0].ident, "ingress_uplink");
	assert_string_equal(program->blocks[1].ident, "ingress_uplink_");
	assert_string_equal(program->blocks[2].ident, "egress_a_long_n");
	assert_string_equal(program->blocks[3].ident, "egress_a_long_2");
	for (size_t i = 0; i < program->n_blocks; i++)
		assert_in_range(strlen(program->blocks[i].ident), 1, 15);
	assert_string_equal(program->blocks[0].slot_idents[SLOT_NON_IP], "SLOT_INGRESS_NON_IP");
}

static void test_function_roles(void **state)
{
	struct handmade *h = *state;
	struct program *program;
	const struct program_block *in, *out;

	handmade_block(h, DIRECTION_EGRESS, HOOK_TC, "uplink");
	program = compile_program(&h->compile, h->policy);
	in = &program->blocks[0];
	out = &program->blocks[1];
	assert_int_equal(program_function_role(program, in, "ingress_uplink"), FUNCTION_FRAME);
	assert_int_equal(program_function_role(program, in, "ingress_uplink_rules"), FUNCTION_LADDER);
	assert_int_equal(program_function_role(program, in, "ingress_uplink_rules_12"), FUNCTION_LADDER);
	assert_int_equal(program_function_role(program, out, "ingress_uplink_rules_12"), FUNCTION_FOREIGN);
	assert_int_equal(program_function_role(program, out, "ingress_uplink"), FUNCTION_FOREIGN);
	assert_int_equal(program_function_role(program, in, "xdp_reject"), FUNCTION_FRAME);
	assert_int_equal(program_function_role(program, out, "xdp_reject"), FUNCTION_FOREIGN);
	assert_int_equal(program_function_role(program, out, "event_write"), FUNCTION_FRAME);
}

static void test_tables_have_a_budget(void **state)
{
	struct handmade *h = *state;

	handmade_ranges(handmade_term(h, new_rule(h), FAMILY_V6), FIELD_SRC, handmade_many(h, 100, 100, "big"));
	h->policy->budget.memory = 3200;
	assert_non_null(compile_program(&h->compile, h->policy));
	h->policy->budget.memory = 3199;
	assert_null(compile_program(&h->compile, h->policy));
	assert_int_equal(h->compile.diags.first->code, CODE_BUDGET);
	assert_non_null(strstr(h->compile.diags.first->message, "3200 bytes"));
}

static bool some_note_says(const struct diag *diag, const char *text)
{
	for (const struct diag_note *note = diag->notes; note; note = note->next)
		if (strstr(note->text, text))
			return true;
	return false;
}

static void test_instructions_have_a_budget(void **state)
{
	struct handmade *h = *state;
	struct rule *rule = new_rule(h);
	struct block_cost cost;
	struct program *program;

	/* One that does not decide is not looked up. */
	rule->action = ACTION_SAMPLE;
	rule->sample = 8;
	handmade_ranges(handmade_term(h, rule, FAMILY_V6), FIELD_SRC, handmade_many(h, 100, 100, "big"));
	program = compile_program(&h->compile, h->policy);
	cost = budget_block_cost(&program->blocks[0],
				 &(struct block_insns){ .ladder = 300, .frame = 500 });
	assert_int_equal(cost.insns, 800);
	assert_true(cost.verified > 5750);
	h->policy->budget.insns = cost.verified;
	assert_true(budget_check_costs(&h->compile.diags, program, &cost));
	h->policy->budget.insns = cost.verified - 1;
	assert_false(budget_check_costs(&h->compile.diags, program, &cost));
	assert_true(some_note_says(h->compile.diags.first, "'ssh'"));
	/* What the rules alone need is known before anything is built. */
	h->policy->budget.insns = 10;
	assert_null(compile_program(&h->compile, h->policy));
}

/* Whatever `lint budget` says: no kernel would load it. */
static void test_what_kernels_give_is_no_budget(void **state)
{
	static const struct block_extent most = { BUDGET_STACK, BUDGET_MAPS, BUDGET_FRAMES, BUDGET_FUNCTIONS, BUDGET_LONGEST,
						  BUDGET_BRANCHES };
	static const struct {
		struct block_extent over;
		const char *message;
	} cases[] = {
		{ { .stack = 513 }, "513 bytes of stack" },
		{ { .maps = 65 }, "65 maps" },
		{ { .frames = 9 }, "9 calls within calls" },
		{ { .functions = 257 }, "257 functions" },
		{ { .longest = 32768 }, "32768 instructions in one function" },
		{ { .branches = 8193 }, "8193 branches in one function" },
	};
	struct handmade *h = *state;
	struct program *program;

	handmade_ranges(handmade_term(h, new_rule(h), FAMILY_V6), FIELD_SRC, handmade_many(h, 100, 100, "big"));
	program = compile_program(&h->compile, h->policy);
	h->compile.diags.severity[CODE_BUDGET] = SEVERITY_OFF;
	assert_true(budget_check_extents(&h->compile.diags, program, &most));
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		assert_false(budget_check_extents(&h->compile.diags, program, &cases[i].over));
		assert_non_null(strstr(h->compile.diags.last->message, cases[i].message));
		assert_int_equal(h->compile.diags.last->severity, SEVERITY_ERROR);
	}
}

/* What limit_cost_bytes() of the templates makes of a length is exact, also of packets that are yet to be cut into segments. */
static void test_bytes_of_long_packets_cost_what_they_do(void **state)
{
	static const struct rate rates[] = {
		{ AST_RATE_BITS, 100000001, 3600000000000, 4000000, NULL, 0, 1 },
		{ AST_RATE_BITS, 1001, 3600000000000, 70000, NULL, 0, 1 },
		{ AST_RATE_BYTES, 99999999999999, 3600000000000, 70000, NULL, 0, 1 },
		{ AST_RATE_BYTES, 125000000, 1000000000, 70000, NULL, 0, 1 },
	};
	struct handmade *h = *state;
	struct rule *rule = new_rule(h);

	rule->action = ACTION_RATE_LIMIT;
	handmade_ranges(handmade_term(h, rule, FAMILY_V6), FIELD_SRC, handmade_many(h, 100, 100, "big"));
	for (size_t i = 0; i < sizeof(rates) / sizeof(rates[0]); i++) {
		struct program *program;
		const struct program_limit *limit;

		rule->rate = rates[i];
		program = compile_program(&h->compile, h->policy);
		assert_non_null(program);
		assert_int_equal(program->n_limits, 1);
		limit = program->limits[0];
		for (uint64_t length = 40; length <= 1 << 20; length = length * 3 / 2 + 1) {
			uint64_t cost = length * (limit->period / limit->amount) + length * (limit->period % limit->amount) / limit->amount;
			u128 period = (u128)rates[i].period_ns * 16 * (rates[i].unit == AST_RATE_BITS ? 8 : 1);

			assert_int_equal(cost, (uint64_t)((u128)length * period / rates[i].amount));
		}
	}
}

/* A function holds so many rules as its instructions allow, and one at least. */
static void test_ladders_are_cut_by_instructions(void **state)
{
	struct program_rule rules[300] = { 0 };
	struct program_block block = { .rules = rules };
	size_t numbers[300];

	(void)state;
	for (size_t i = 0; i < 300; i++) {
		numbers[i] = i;
		rules[i].insns = i < 150 ? 10 : i < 299 ? PROGRAM_GROUP_INSNS / 4 : PROGRAM_GROUP_INSNS * 2;
	}
	assert_int_equal(program_group(&block, numbers, 0, PROGRAM_GROUP), 0);
	assert_int_equal(program_group(&block, numbers, 100, PROGRAM_GROUP), 100);
	assert_int_equal(program_group(&block, numbers, 300, PROGRAM_GROUP), PROGRAM_GROUP);
	assert_int_equal(program_group(&block, numbers + 150, 150, PROGRAM_GROUP), 4);
	assert_int_equal(program_group(&block, numbers + 298, 2, PROGRAM_GROUP), 1);
	assert_int_equal(program_group(&block, numbers + 299, 1, PROGRAM_GROUP), 1);
}

/* --- a condition means what its terms mean, whatever was merged and factored --- */

struct small_packet {
	enum family family;
	bool has[N_FIELDS];
	u128 value[N_FIELDS];
	enum state state;
	bool member[2];
};

static bool in_ranges(const struct small_packet *packet, enum field field, const struct rangeset *ranges)
{
	return packet->has[field] && rangeset_contains(ranges, packet->value[field]);
}

static bool has_bits(const struct small_packet *packet, enum field field, uint32_t bits, uint32_t mask)
{
	return packet->has[field] && ((uint32_t)packet->value[field] & mask) == bits;
}

static bool pred_holds(const struct pred *pred, const struct small_packet *packet)
{
	switch (pred->kind) {
	case PRED_BITS:
		return has_bits(packet, pred->field, pred->bits, pred->mask);
	case PRED_STATE:
		return pred->states & 1u << packet->state;
	case PRED_MEMBER:
		return packet->member[pred->field != FIELD_SRC] != pred->negated;
	default:
		return in_ranges(packet, pred->field, pred->ranges);
	}
}

static bool terms_hold(const struct rule *rule, const struct small_packet *packet)
{
	for (size_t i = 0; i < rule->n_terms; i++) {
		const struct term *term = &rule->terms[i];
		bool holds = term->family == packet->family;

		for (size_t k = 0; k < term->n && holds; k++)
			holds = pred_holds(&term->preds[k], packet);
		if (holds)
			return true;
	}
	return false;
}

static bool cond_holds(const struct cond *cond, const struct small_packet *packet)
{
	bool address = cond->field == FIELD_SRC || cond->field == FIELD_DST;

	switch (cond->kind) {
	case COND_TRUE:
		return true;
	case COND_FAMILY:
		return packet->family == cond->family;
	case COND_RANGES:
	case COND_TABLE:
		/* As in the templates, an address test reads whatever is there: it must not be reached. */
		if (address && packet->family != cond->family)
			fail_msg("an address of the other IP version is asked for");
		return in_ranges(packet, cond->field, cond->ranges);
	case COND_BITS:
		return has_bits(packet, cond->field, cond->bits, cond->mask);
	case COND_STATE:
		return cond->bits & 1u << packet->state;
	case COND_MEMBER:
		return packet->member[cond->field != FIELD_SRC] != cond->negated;
	case COND_AND:
		for (size_t i = 0; i < cond->n; i++)
			if (!cond_holds(cond->items[i], packet))
				return false;
		return true;
	case COND_OR:
		for (size_t i = 0; i < cond->n; i++)
			if (cond_holds(cond->items[i], packet))
				return true;
		return false;
	}
	return false;
}

static uint32_t draw(uint32_t *seed, uint32_t below)
{
	*seed = *seed * 1664525u + 1013904223u;
	return (*seed >> 8) % below;
}

static const struct rangeset *random_set(struct handmade *h, uint32_t *seed, uint32_t below)
{
	struct range_bag bag = { 0 };
	uint32_t n = draw(seed, 12) ? 1 + draw(seed, 2) : 20 * draw(seed, 2);

	for (uint32_t i = 0; i < n; i++) {
		uint32_t lo = draw(seed, below), hi = lo + draw(seed, 3);

		range_bag_add(&h->compile.arena, &bag, lo, hi < below ? hi : lo);
	}
	/* Everything, now and then. */
	return draw(seed, 15) ? rangeset_from_bag(&h->compile.arena, &bag) : rangeset_full(&h->compile.arena, 6);
}

/* What the host knows: the connection's state, or whether an end is in the only set. */
static void random_table_question(struct handmade *h, struct term *term, uint32_t *seed)
{
	struct pred *pred = handmade_ranges(term, draw(seed, 2) ? FIELD_SRC : FIELD_DST, NULL);

	if (draw(seed, 2)) {
		pred->kind = PRED_STATE;
		pred->states = draw(seed, 1u << N_STATES);
	} else {
		pred->kind = PRED_MEMBER;
		pred->set = h->policy->sets[0];
		pred->negated = draw(seed, 2);
	}
}

static void test_meaning_is_kept(void **state)
{
	static const struct set set = { .name = "hosts", .types = { AST_SET_ADDR }, .n_types = 1, .max = 10 };
	static const struct set *sets[] = { &set };

	static const enum field fields[] = { FIELD_PROTO, FIELD_SRC, FIELD_DST, FIELD_DPORT, FIELD_FLAGS };
	struct handmade *h = *state;
	struct block *block = h->policy->blocks[0];
	struct program *program;
	uint32_t seed = 1, matched = 0;

	h->policy->sets = (struct set **)sets;
	h->policy->n_sets = 1;
	h->policy->states = (struct states){ .used = true, .max = 1 };
	for (int r = 0; r < 1500; r++) {
		struct rule *rule = handmade_rule(h, block, arena_printf(&h->compile.arena, "r%d", r), VERDICT_DENY);
		uint32_t n = draw(&seed, 6);

		/* It decides nothing, so that it is asked, not looked up. */
		rule->action = ACTION_SAMPLE;
		rule->sample = 1;
		for (uint32_t t = 0; t < n; t++) {
			struct term *term = handmade_term(h, rule, draw(&seed, 2) ? FAMILY_V4 : FAMILY_V6);
			uint32_t wanted = draw(&seed, 32);

			for (size_t i = 0; i < 5; i++) {
				struct pred *pred;

				if (!(wanted & (1u << i)))
					continue;
				if (!draw(&seed, 8)) {
					random_table_question(h, term, &seed);
					continue;
				}
				pred = handmade_ranges(term, fields[i], random_set(h, &seed, draw(&seed, 2) ? 3 : 64));
				if (fields[i] == FIELD_FLAGS && draw(&seed, 2)) {
					pred->kind = PRED_BITS;
					pred->mask = draw(&seed, 16);
					pred->bits = draw(&seed, 16) & pred->mask;
				}
			}
		}
	}
	h->policy->budget.insns = 100000000;
	program = compile_program(&h->compile, h->policy);
	assert_non_null(program);
	for (size_t r = 0; r < program->blocks[0].n_rules; r++) {
		const struct program_rule *rule = &program->blocks[0].rules[r];

		for (int i = 0; i < 200; i++) {
			struct small_packet packet = { .family = draw(&seed, 2) ? FAMILY_V4 : FAMILY_V6 };
			bool ports = draw(&seed, 3), want;

			packet.state = (enum state)draw(&seed, N_STATES);
			packet.member[0] = draw(&seed, 2);
			packet.member[1] = draw(&seed, 2);

			for (size_t f = 0; f < 5; f++) {
				packet.has[fields[f]] = field_table[fields[f]].needs == FIELD_NEEDS_NET || ports;
				packet.value[fields[f]] = draw(&seed, draw(&seed, 2) ? 3 : 64);
			}
			want = terms_hold(rule->rule, &packet);
			matched += want;
			if (want != cond_holds(rule->cond, &packet))
				fail_msg("rule %zu: the condition says %d", r, !want);
		}
	}
	/* Both answers were asked for often enough to mean something. */
	assert_in_range(matched, 20000, 280000);
}

/* Looked up, such rules ask nothing any more; the set is part of the policy all the same. */
static void test_a_set_that_only_dead_rules_name_is_kept(void **state)
{
	static const struct set set = { .name = "hosts", .types = { AST_SET_ADDR }, .n_types = 1, .max = 10 };
	static const struct set *sets[] = { &set };
	struct handmade *h = *state;
	struct block *block = handmade_block(h, DIRECTION_EGRESS, HOOK_TC, "uplink");
	struct program *program;

	h->policy->sets = (struct set **)sets;
	h->policy->n_sets = 1;
	handmade_term(h, handmade_rule(h, block, "all", VERDICT_ALLOW), FAMILY_V4);
	/* So many that they are not asked one after another. */
	for (u128 i = 0; i < 60; i++) {
		struct term *term = handmade_term(h, handmade_rule(h, block, "dead", VERDICT_DENY), FAMILY_V4);
		struct pred *pred = handmade_ranges(term, FIELD_SRC, NULL);

		pred->kind = PRED_MEMBER;
		pred->set = &set;
		handmade_range(h, term, FIELD_DST, i, i);
	}
	program = compile_program(&h->compile, h->policy);
	assert_non_null(program);
	assert_int_equal(program->blocks[1].strategy, STRATEGY_CLASSES);
	assert_int_equal(program->blocks[1].reduction.shadowed, 60);
	assert_int_equal(program->n_sets, 1);
	assert_int_not_equal(program->sets[0]->questions[0], NO_QUESTION);
}

/* How many of `n` rules are looked up that ask `n_sets` sets in turn, or a state, of one of 300 hosts each. */
static size_t looked_up_of(struct handmade *h, size_t n, size_t n_sets, bool bare)
{
	struct block *block = handmade_block(h, DIRECTION_EGRESS, HOOK_TC, "uplink");
	struct set *sets = ARENA_ARRAY(&h->compile.arena, struct set, n_sets + 1);
	struct program *program;

	h->policy->sets = ARENA_ARRAY(&h->compile.arena, struct set *, n_sets + 1);
	h->policy->n_sets = n_sets;
	for (size_t i = 0; i < n_sets; i++) {
		sets[i] = (struct set){ .name = arena_printf(&h->compile.arena, "s%zu", i), .types = { AST_SET_ADDR }, .n_types = 1, .max = 10 };
		h->policy->sets[i] = &sets[i];
	}
	for (size_t i = 0; i < n; i++) {
		struct term *term = handmade_term(h, handmade_rule(h, block, "asks", i % 2 ? VERDICT_DENY : VERDICT_ALLOW), FAMILY_V4);
		struct pred *pred;

		if (!bare || i)
			handmade_range(h, term, FIELD_DST, (u128)i * 16, (u128)i * 16);
		pred = handmade_ranges(term, n_sets ? FIELD_SRC : FIELD_PROTO, NULL);
		pred->kind = n_sets ? PRED_MEMBER : PRED_STATE;
		pred->states = 1u << STATE_NEW;
		pred->set = n_sets ? &sets[i % n_sets] : NULL;
	}
	/* Others, that there are tables in any case. */
	for (u128 i = 0; i < 300; i++)
		handmade_range(h, handmade_term(h, handmade_rule(h, block, "plain", i % 2 ? VERDICT_DENY : VERDICT_ALLOW), FAMILY_V4),
			       FIELD_DST, i << 16, i << 16 | 0xffff);
	program = compile_program(&h->compile, h->policy);
	assert_non_null(program);
	assert_int_equal(program->blocks[1].strategy, STRATEGY_CLASSES);
	return program_looked_up(&program->blocks[1]);
}

static size_t looked_up(void **state, size_t n, size_t n_sets, bool bare)
{
	size_t looked;

	looked = looked_up_of(*state, n, n_sets, bare);
	teardown(state);
	setup(state);
	return looked - 300;
}

/* What each packet would be asked for costs more than some rules that seldom ask it; many rules cost more than that. */
static void test_questions_are_fields_where_that_is_cheaper(void **state)
{
	assert_int_equal(looked_up(state, 48, 0, false), 0);
	assert_int_equal(looked_up(state, 100, 0, false), 0);
	assert_int_equal(looked_up(state, 200, 0, false), 200);
	assert_int_equal(looked_up(state, 48, 1, false), 0);
	assert_int_equal(looked_up(state, 49, 1, false), 49);
	assert_int_equal(looked_up(state, 100, 20, false), 0);
	assert_int_equal(looked_up(state, 300, 20, false), 300);
	/* A rule of that alone asks each packet anyway. */
	assert_int_equal(looked_up(state, 100, 0, true), 100);
}

int main(void)
{
#define TEST(NAME) cmocka_unit_test_setup_teardown(NAME, setup, teardown)
	const struct CMUnitTest tests[] = {
		TEST(test_what_both_versions_ask_is_asked_once),
		TEST(test_versions_merge_where_no_address_is_asked),
		TEST(test_numbers_merge_after_versions),
		TEST(test_different_in_two_ways_stays_apart),
		TEST(test_all_packets_is_true),
		TEST(test_all_values_of_an_optional_field_stay),
		TEST(test_nothing_matches_is_false),
		TEST(test_a_wider_term_swallows_a_narrower),
		TEST(test_tables_begin_after_the_limit_and_are_shared),
		TEST(test_each_block_has_needs_of_its_own),
		TEST(test_actions_are_in_order_and_the_decision_is_last),
		TEST(test_flags_as_values),
		TEST(test_names_are_c_identifiers_and_unique),
		TEST(test_function_names_fit_the_kernel_and_never_clash),
		TEST(test_function_roles),
		TEST(test_tables_have_a_budget),
		TEST(test_instructions_have_a_budget),
		TEST(test_what_kernels_give_is_no_budget),
		cmocka_unit_test(test_ladders_are_cut_by_instructions),
		TEST(test_bytes_of_long_packets_cost_what_they_do),
		TEST(test_meaning_is_kept),
		TEST(test_a_set_that_only_dead_rules_name_is_kept),
		TEST(test_questions_are_fields_where_that_is_cheaper),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
