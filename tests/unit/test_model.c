/* SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause */
/* The model: predicates, terms, rules and their order, on policies put together by hand. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "engine.h"

#include <string.h>

#define FIRST_ID 100
#define RULES 4

enum {
	SYN = 2,
	ACK = 16,
};

/* A policy of one block with up to RULES rules of up to two terms of up to two predicates. */
struct fixture {
	struct arena arena;
	struct policy policy;
	struct block block;
	struct block *blocks[1];
	struct rule rules[RULES];
	struct rule *rule_pointers[RULES];
	struct term terms[RULES][2];
	struct pred preds[RULES][2][2];
	struct range ranges[RULES][2][2][2];
	struct rangeset sets[RULES][2][2];
};

static void world_reset(struct fixture *w)
{
	memset((char *)w + sizeof(w->arena), 0, sizeof(*w) - sizeof(w->arena));
	w->blocks[0] = &w->block;
	w->policy.blocks = w->blocks;
	w->policy.n_blocks = 1;
	w->block.name = "ingress";
	w->block.rules = w->rule_pointers;
	w->block.first_id = FIRST_ID;
	w->block.default_verdict = VERDICT_DENY;
	w->block.non_ip = VERDICT_ALLOW;
	w->block.malformed = VERDICT_REJECT;
}

static struct fixture *world_new(void **state)
{
	world_reset(*state);
	return *state;
}

static struct rule *add_rule(struct fixture *w, enum action action)
{
	size_t i = w->block.n_rules++;
	struct rule *rule = &w->rules[i];

	assert_true(i < RULES);
	rule->name = "r";
	rule->id = FIRST_ID + SLOT_RULES + (uint32_t)i;
	rule->action = action;
	rule->verdict = action == ACTION_DENY ? VERDICT_DENY : VERDICT_ALLOW;
	if (action == ACTION_REJECT)
		rule->verdict = VERDICT_REJECT;
	rule->terms = w->terms[i];
	w->rule_pointers[i] = rule;
	return rule;
}

static struct term *add_term(struct fixture *w, struct rule *rule, enum family family)
{
	size_t i = rule->n_terms++;
	struct term *term = &rule->terms[i];

	assert_true(i < 2);
	term->family = family;
	term->preds = w->preds[rule - w->rules][i];
	return term;
}

static struct pred *add_pred(struct term *term, enum pred_kind kind, enum field field)
{
	struct pred *pred = &term->preds[term->n++];

	assert_true(term->n <= 2);
	pred->kind = kind;
	pred->field = field;
	return pred;
}

static struct pred *add_range(struct fixture *w, struct term *term, enum field field, u128 lo, u128 hi)
{
	struct pred *pred = add_pred(term, PRED_RANGES, field);
	size_t index = (size_t)(pred - &w->preds[0][0][0]);
	struct rangeset *set = &w->sets[0][0][0] + index;

	set->ranges = (struct range *)w->ranges + index * 2;
	set->n = 1;
	set->ranges[0] = (struct range){ lo, hi };
	pred->ranges = set;
	return pred;
}

static void add_second_range(struct pred *pred, u128 lo, u128 hi)
{
	struct rangeset *set = (struct rangeset *)pred->ranges;

	set->ranges[set->n++] = (struct range){ lo, hi };
}

static struct packet_spec tcp4(void)
{
	return (struct packet_spec){
		.family = FAMILY_V4,
		.proto = 6,
		.src = 0x0a000001,
		.dst = 0x0a000002,
		.has_ports = true,
		.sport = 1000,
		.dport = 22,
		.tcp_flags = SYN,
		.ttl = 64,
	};
}

static struct packet_spec udp6(void)
{
	return (struct packet_spec){
		.family = FAMILY_V6,
		.proto = 17,
		.src = (u128)0x20010db8 << 96 | 1,
		.dst = (u128)0x20010db8 << 96 | 2,
		.has_ports = true,
		.sport = 1000,
		.dport = 53,
		.ttl = 64,
	};
}

static struct decision judge(struct fixture *w, struct packet_spec spec)
{
	struct frame frame = frame_build(&w->arena, &spec);
	struct decision decision;
	size_t n_steps;

	model_decide(&w->policy, &w->block, &frame, &decision, NULL, 0, &n_steps);
	return decision;
}

static bool is_default(struct decision decision)
{
	return decision.slot == FIRST_ID + SLOT_DEFAULT;
}

/* Does a rule with this one predicate match the packet? */
static bool holds(struct fixture *w, struct packet_spec spec, enum field field, u128 lo, u128 hi)
{
	world_reset(w);
	add_range(w, add_term(w, add_rule(w, ACTION_ALLOW), spec.family), field, lo, hi);
	return !is_default(judge(w, spec));
}

static void each_field(void **state)
{
	static const struct {
		enum field field;
		uint64_t value;
	} fields[] = {
		{ FIELD_VLAN, 10 },    { FIELD_PROTO, 6 },  { FIELD_SRC, 0x0a000001 }, { FIELD_DST, 0x0a000002 },
		{ FIELD_DSCP, 46 },    { FIELD_TTL, 33 },   { FIELD_LENGTH, 100 },     { FIELD_FRAGMENT, 0 },
		{ FIELD_SPORT, 1000 }, { FIELD_DPORT, 22 },
	};
	struct fixture *w = *state;
	struct packet_spec spec = tcp4();

	spec.n_vlans = 1;
	spec.vlans[0] = 10;
	spec.dscp = 46;
	spec.ttl = 33;
	spec.length = 100;
	for (size_t i = 0; i < sizeof(fields) / sizeof(fields[0]); i++) {
		u128 value = fields[i].value;

		assert_true(holds(w, spec, fields[i].field, value, value));
		assert_true(holds(w, spec, fields[i].field, 0, value));
		assert_true(holds(w, spec, fields[i].field, value, ~(u128)0));
		assert_false(holds(w, spec, fields[i].field, value + 1, ~(u128)0));
		if (value)
			assert_false(holds(w, spec, fields[i].field, 0, value - 1));
	}
}

static void icmp_fields(void **state)
{
	struct fixture *w = *state;
	struct packet_spec spec = tcp4();

	spec.proto = 1;
	spec.has_ports = false;
	spec.icmp_type = 3;
	spec.icmp_code = 4;
	assert_true(holds(w, spec, FIELD_ICMP_TYPE, 3, 3));
	assert_false(holds(w, spec, FIELD_ICMP_TYPE, 4, 255));
	assert_true(holds(w, spec, FIELD_ICMP_CODE, 4, 4));
	assert_false(holds(w, spec, FIELD_ICMP_CODE, 0, 3));
	spec = udp6();
	spec.proto = 58;
	spec.icmp_type = 128;
	assert_true(holds(w, spec, FIELD_ICMP_TYPE, 128, 128));
}

/* A field that is not there satisfies nothing, not even "anything". */
static void missing_fields(void **state)
{
	struct fixture *w = *state;
	struct packet_spec spec = tcp4();

	assert_false(holds(w, spec, FIELD_VLAN, 0, 4095));
	assert_false(holds(w, spec, FIELD_ICMP_TYPE, 0, 255));
	assert_false(holds(w, spec, FIELD_ICMP_CODE, 0, 255));
	spec.fragment = 2;
	assert_false(holds(w, spec, FIELD_DPORT, 0, 65535));
	assert_false(holds(w, spec, FIELD_SPORT, 0, 65535));
	assert_true(holds(w, spec, FIELD_FRAGMENT, 2, 2));
	assert_true(holds(w, spec, FIELD_PROTO, 6, 6));
	spec.fragment = 1;
	assert_true(holds(w, spec, FIELD_DPORT, 22, 22));
	assert_true(holds(w, spec, FIELD_FRAGMENT, 1, 1));
	spec = tcp4();
	spec.proto = 47;
	assert_false(holds(w, spec, FIELD_DPORT, 0, 65535));
	spec.proto = 1;
	assert_false(holds(w, spec, FIELD_FLAGS, 0, 255));
}

static void flags(void **state)
{
	struct fixture *w = world_new(state);
	struct pred *pred = add_pred(add_term(w, add_rule(w, ACTION_ALLOW), FAMILY_V4), PRED_BITS, FIELD_FLAGS);
	struct packet_spec spec = tcp4();

	pred->bits = SYN;
	pred->mask = SYN | ACK;
	assert_false(is_default(judge(w, spec)));
	spec.tcp_flags = SYN | ACK;
	assert_true(is_default(judge(w, spec)));
	spec.tcp_flags = 0;
	assert_true(is_default(judge(w, spec)));
	spec.tcp_flags = SYN | 8;
	assert_false(is_default(judge(w, spec)));
	/* No flags at all, of a packet that has none to have. */
	pred->bits = 0;
	spec.proto = 17;
	assert_true(is_default(judge(w, spec)));
}

static void several_ranges(void **state)
{
	struct fixture *w = world_new(state);
	struct pred *pred = add_range(w, add_term(w, add_rule(w, ACTION_ALLOW), FAMILY_V4), FIELD_DPORT, 20, 22);
	struct packet_spec spec = tcp4();

	add_second_range(pred, 80, 80);
	assert_false(is_default(judge(w, spec)));
	spec.dport = 23;
	assert_true(is_default(judge(w, spec)));
	spec.dport = 80;
	assert_false(is_default(judge(w, spec)));
	spec.dport = 81;
	assert_true(is_default(judge(w, spec)));
}

static void conjunction(void **state)
{
	struct fixture *w = world_new(state);
	struct term *term = add_term(w, add_rule(w, ACTION_ALLOW), FAMILY_V4);
	struct packet_spec spec = tcp4();

	add_range(w, term, FIELD_PROTO, 6, 6);
	add_range(w, term, FIELD_DPORT, 22, 22);
	assert_false(is_default(judge(w, spec)));
	spec.dport = 23;
	assert_true(is_default(judge(w, spec)));
	spec.dport = 22;
	spec.proto = 17;
	assert_true(is_default(judge(w, spec)));
}

static void families(void **state)
{
	struct fixture *w = world_new(state);
	struct rule *rule = add_rule(w, ACTION_ALLOW);

	/* A term without predicates is every packet of its version. */
	add_term(w, rule, FAMILY_V4);
	assert_false(is_default(judge(w, tcp4())));
	assert_true(is_default(judge(w, udp6())));
	/* A second term adds packets. */
	add_range(w, add_term(w, rule, FAMILY_V6), FIELD_SRC, (u128)0x20010db8 << 96, ((u128)0x20010db9 << 96) - 1);
	assert_false(is_default(judge(w, tcp4())));
	assert_false(is_default(judge(w, udp6())));
	/* A rule without terms is no packet at all. */
	rule->n_terms = 0;
	assert_true(is_default(judge(w, tcp4())));
}

static void first_match(void **state)
{
	struct fixture *w = world_new(state);
	struct packet_spec spec = tcp4();
	struct decision decision;

	add_range(w, add_term(w, add_rule(w, ACTION_DENY), FAMILY_V4), FIELD_DPORT, 80, 80);
	add_range(w, add_term(w, add_rule(w, ACTION_REJECT), FAMILY_V4), FIELD_PROTO, 6, 6);
	add_term(w, add_rule(w, ACTION_ALLOW), FAMILY_V4);
	decision = judge(w, spec);
	assert_int_equal(decision.slot, FIRST_ID + SLOT_RULES + 1);
	assert_int_equal(decision.verdict, VERDICT_REJECT);
	spec.dport = 80;
	decision = judge(w, spec);
	assert_int_equal(decision.slot, FIRST_ID + SLOT_RULES);
	assert_int_equal(decision.verdict, VERDICT_DENY);
	spec.proto = 50;
	decision = judge(w, spec);
	assert_int_equal(decision.slot, FIRST_ID + SLOT_RULES + 2);
	assert_int_equal(decision.verdict, VERDICT_ALLOW);
	decision = judge(w, udp6());
	assert_true(is_default(decision));
	assert_int_equal(decision.verdict, VERDICT_DENY);
}

static void before_the_rules(void **state)
{
	struct fixture *w = world_new(state);
	struct packet_spec spec = { .arp = true };
	struct decision decision;

	/* A rule for everything, which these packets never meet. */
	add_term(w, add_rule(w, ACTION_DENY), FAMILY_V4);
	decision = judge(w, spec);
	assert_int_equal(decision.slot, FIRST_ID + SLOT_NON_IP);
	assert_int_equal(decision.verdict, VERDICT_ALLOW);
	spec = tcp4();
	spec.truncate = 40;
	decision = judge(w, spec);
	assert_int_equal(decision.slot, FIRST_ID + SLOT_MALFORMED);
	assert_int_equal(decision.verdict, VERDICT_REJECT);
	spec = tcp4();
	spec.n_vlans = 3;
	assert_int_equal(judge(w, spec).slot, FIRST_ID + SLOT_MALFORMED);
}

static void modifiers(void **state)
{
	struct fixture *w = world_new(state);
	struct rule *sample = add_rule(w, ACTION_SAMPLE), *limit, *allow;
	struct decision decision;

	sample->sample = 1000;
	add_term(w, sample, FAMILY_V4);
	limit = add_rule(w, ACTION_RATE_LIMIT);
	limit->verdict = VERDICT_DENY;
	limit->log = true;
	add_term(w, limit, FAMILY_V4);
	allow = add_rule(w, ACTION_ALLOW);
	add_term(w, allow, FAMILY_V4);
	add_term(w, allow, FAMILY_V6);

	/* Neither a sample nor a rate that is not exceeded decides, and the latter's modifiers rest. */
	decision = judge(w, tcp4());
	assert_int_equal(decision.slot, allow->id);
	assert_true(decision.sampled);
	assert_false(decision.log);
	decision = judge(w, udp6());
	assert_int_equal(decision.slot, allow->id);
	assert_false(decision.sampled);
	allow->log = true;
	decision = judge(w, udp6());
	assert_true(decision.log);
	assert_false(decision.sampled);
	allow->log_sample = 2;
	assert_true(judge(w, udp6()).sampled);
	/* A rule that does not match does nothing. */
	allow->n_terms = 1;
	assert_false(judge(w, udp6()).log);
}

/* About one in N, and the same ones each time. */
static void drawing(void **state)
{
	struct fixture *w = world_new(state);
	struct rule *rule = add_rule(w, ACTION_ALLOW);
	struct packet_spec spec = tcp4();
	struct frame frame = frame_build(&w->arena, &spec);
	struct engine *engines[2] = { model_open(&w->policy), model_open(&w->policy) };
	struct decision decisions[2];
	unsigned sampled = 0;

	add_term(w, rule, FAMILY_V4);
	rule->log_sample = 10;
	for (unsigned i = 0; i < 10000; i++) {
		for (unsigned j = 0; j < 2; j++)
			assert_int_equal(engine_run(engines[j], 0, &frame, &decisions[j]), 0);
		assert_int_equal(decisions[0].sampled, decisions[1].sampled);
		assert_int_equal(decisions[0].slot, rule->id);
		sampled += decisions[0].sampled;
	}
	assert_in_range(sampled, 850, 1150);
	engine_close(engines[0]);
	engine_close(engines[1]);
}

static void steps(void **state)
{
	struct fixture *w = world_new(state);
	struct rule *rules[RULES];
	struct packet_spec spec = tcp4();
	struct frame frame = frame_build(&w->arena, &spec);
	struct decision decision;
	struct model_step seen[RULES];
	struct term *term;
	size_t n;

	/* The other IP version; then two terms of which the second comes further; then a match; then one not tried. */
	rules[0] = add_rule(w, ACTION_DENY);
	add_term(w, rules[0], FAMILY_V6);
	rules[1] = add_rule(w, ACTION_DENY);
	add_range(w, add_term(w, rules[1], FAMILY_V4), FIELD_PROTO, 17, 17);
	term = add_term(w, rules[1], FAMILY_V4);
	add_range(w, term, FIELD_PROTO, 6, 6);
	add_range(w, term, FIELD_DPORT, 80, 80);
	rules[2] = add_rule(w, ACTION_ALLOW);
	add_term(w, rules[2], FAMILY_V6);
	add_term(w, rules[2], FAMILY_V4);
	rules[3] = add_rule(w, ACTION_ALLOW);
	add_term(w, rules[3], FAMILY_V4);

	model_decide(&w->policy, &w->block, &frame, &decision, seen, RULES, &n);
	assert_int_equal(n, 3);
	assert_int_equal(decision.slot, rules[2]->id);
	assert_ptr_equal(seen[0].rule, rules[0]);
	assert_false(seen[0].matched);
	assert_null(seen[0].failed);
	assert_false(seen[1].matched);
	assert_ptr_equal(seen[1].term, &rules[1]->terms[1]);
	assert_ptr_equal(seen[1].failed, &rules[1]->terms[1].preds[1]);
	assert_true(seen[2].matched);
	assert_ptr_equal(seen[2].term, &rules[2]->terms[1]);

	/* The first term came as far as the second, and then further: it is kept. */
	rules[1]->terms[1].n = 1;
	w->sets[1][1][0].ranges[0] = (struct range){ 17, 17 };
	model_decide(&w->policy, &w->block, &frame, &decision, seen, RULES, &n);
	assert_ptr_equal(seen[1].failed, &rules[1]->terms[0].preds[0]);
	w->sets[1][0][0].ranges[0] = (struct range){ 6, 6 };
	add_range(w, &rules[1]->terms[0], FIELD_DPORT, 80, 80);
	model_decide(&w->policy, &w->block, &frame, &decision, seen, RULES, &n);
	assert_ptr_equal(seen[1].failed, &rules[1]->terms[0].preds[1]);
	/* A term of the other IP version after one of the packet's. */
	rules[1]->terms[1].family = FAMILY_V6;
	model_decide(&w->policy, &w->block, &frame, &decision, seen, RULES, &n);
	assert_ptr_equal(seen[1].failed, &rules[1]->terms[0].preds[1]);

	/* Too little room is no reason to write past it. */
	memset(seen, 0, sizeof(seen));
	model_decide(&w->policy, &w->block, &frame, &decision, seen, 1, &n);
	assert_int_equal(n, 3);
	assert_non_null(seen[0].rule);
	assert_null(seen[1].rule);
}

/* What only a running host knows: the rule is passed over and the step says why; what fails for sure, fails. */
static void unknowns(void **state)
{
	struct fixture *w = world_new(state);
	struct rule *rule = add_rule(w, ACTION_DENY);
	struct set set = { .name = "bogons" };
	struct packet_spec spec = tcp4();
	struct frame frame = frame_build(&w->arena, &spec);
	struct decision decision;
	struct model_step step;
	struct pred *member;
	struct term *term;
	size_t n;

	term = add_term(w, rule, FAMILY_V4);
	member = add_pred(term, PRED_MEMBER, FIELD_SRC);
	member->set = &set;
	add_range(w, term, FIELD_DPORT, 22, 22);
	model_decide(&w->policy, &w->block, &frame, &decision, &step, 1, &n);
	assert_true(is_default(decision));
	assert_false(step.matched);
	assert_ptr_equal(step.hangs_on, member);
	assert_null(step.failed);

	/* The predicate after it fails: nothing hangs on the set. */
	spec.dport = 23;
	frame = frame_build(&w->arena, &spec);
	model_decide(&w->policy, &w->block, &frame, &decision, &step, 1, &n);
	assert_null(step.hangs_on);
	assert_ptr_equal(step.failed, &term->preds[1]);

	/* Another term matches without asking. */
	add_term(w, rule, FAMILY_V4);
	spec.dport = 22;
	frame = frame_build(&w->arena, &spec);
	model_decide(&w->policy, &w->block, &frame, &decision, &step, 1, &n);
	assert_int_equal(decision.slot, rule->id);
	assert_true(step.matched);
	assert_null(step.hangs_on);

	member->kind = PRED_STATE;
	rule->n_terms = 1;
	model_decide(&w->policy, &w->block, &frame, &decision, &step, 1, &n);
	assert_true(is_default(decision));
	assert_ptr_equal(step.hangs_on, member);
}

/* A frame that no hook would be given is malformed without the engine being asked. */
static void runts(void **state)
{
	static const uint8_t bytes[14] = { 0 };
	struct fixture *w = world_new(state);
	struct engine *engine = model_open(&w->policy);
	const struct engine_runt runt = { VERDICT_DENY, 7 };
	struct frame frame = { .data = bytes, .size = 13, .wire_size = 60 };
	struct decision decision;

	assert_int_equal(engine_judge(engine, 0, &runt, &frame, &decision), 0);
	assert_int_equal(decision.slot, 7);
	assert_int_equal(decision.verdict, VERDICT_DENY);
	frame.size = 14;
	assert_int_equal(engine_judge(engine, 0, &runt, &frame, &decision), 0);
	assert_int_equal(decision.slot, FIRST_ID + SLOT_NON_IP);
	engine_close(engine);
}

static int setup(void **state)
{
	static struct fixture world;

	arena_init(&world.arena);
	*state = &world;
	return 0;
}

static int teardown(void **state)
{
	struct fixture *w = *state;

	arena_fini(&w->arena);
	return 0;
}

#define TEST(FUNCTION) cmocka_unit_test_setup_teardown(FUNCTION, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(each_field),       TEST(icmp_fields), TEST(missing_fields), TEST(flags),
		TEST(several_ranges),   TEST(conjunction), TEST(families),       TEST(first_match),
		TEST(before_the_rules), TEST(modifiers),   TEST(drawing),        TEST(steps),
		TEST(unknowns),         TEST(runts),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
