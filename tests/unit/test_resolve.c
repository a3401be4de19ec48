/* SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause */
/*
 * The resolver on small policies: what the golden listings cannot show (spans,
 * sharing, slots, packets of the command line), address expressions against a plain
 * evaluation of what they mean, and long list files.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "parse.h"
#include "policy.h"
#include "rangeset.h"

struct work {
	struct arena arena;
	struct sources sources;
	struct diags diags;
	struct source *source;
	struct policy *policy;
};

static void work_open(struct work *work)
{
	memset(work, 0, sizeof(*work));
	arena_init(&work->arena);
	sources_init(&work->sources, &work->arena);
	diags_init(&work->diags, &work->arena);
}

static void work_close(struct work *work)
{
	arena_fini(&work->arena);
}

static void resolve_text(struct work *work, const char *text)
{
	struct parse parse = { &work->arena, &work->sources, &work->diags };
	struct resolve resolve = { .arena = &work->arena, .sources = &work->sources, .diags = &work->diags };

	work_open(work);
	parse.arena = resolve.arena = &work->arena;
	work->source = source_from_text(&work->sources, "test.sp", text, strlen(text));
	work->policy = resolve_policy(&resolve, parse_source(&parse, work->source));
}

static void assert_no_diags(const struct work *work)
{
	if (work->diags.first)
		fail_msg("%s: %s", code_table[work->diags.first->code].text, work->diags.first->message);
}

static void assert_span(struct span span, const char *text)
{
	assert_int_equal(span.end - span.begin, strlen(text));
	assert_memory_equal(span.source->text + span.begin, text, strlen(text));
}

static void predicates_point_at_their_clauses(void **state)
{
	struct work work;
	const struct term *term;
	const struct rule *rule;

	resolve_text(
		&work,
		"policy p { net mgmt = 10.0.0.0/8; port web = { 80, 443 };\n"
		"ingress on any { rule r allow from mgmt port 1024-65535 to 192.0.2.1 port web flags syn vlan 5 log;\n"
		"default deny; } }");
	assert_no_diags(&work);
	rule = work.policy->blocks[0]->rules[0];
	assert_span(rule->span, "r allow from mgmt port 1024-65535 to 192.0.2.1 port web flags syn vlan 5 log;");
	assert_span(rule->name_span, "r");
	assert_int_equal(rule->n_terms, 1);
	term = &rule->terms[0];
	assert_int_equal(term->n, 7);
	assert_int_equal(term->preds[0].field, FIELD_VLAN);
	assert_span(term->preds[0].span, "vlan 5");
	assert_int_equal(term->preds[1].field, FIELD_PROTO);
	assert_span(term->preds[1].span, "from mgmt port 1024-65535");
	assert_int_equal(term->preds[2].field, FIELD_SRC);
	assert_span(term->preds[2].span, "from mgmt port 1024-65535");
	assert_int_equal(term->preds[3].field, FIELD_DST);
	assert_span(term->preds[3].span, "to 192.0.2.1 port web");
	assert_int_equal(term->preds[4].field, FIELD_SPORT);
	assert_int_equal(term->preds[5].field, FIELD_DPORT);
	assert_string_equal(term->preds[5].ranges->name, "web");
	assert_int_equal(term->preds[6].field, FIELD_FLAGS);
	assert_span(term->preds[6].span, "flags syn");
	/* The net's own ranges, not a copy: one table serves all rules. */
	assert_ptr_equal(term->preds[2].ranges, work.policy->nets[0]->ranges[FAMILY_V4]);
	work_close(&work);
}

static void slots_and_blocks_have_names(void **state)
{
	const struct block *block = NULL;
	const struct rule *rule = NULL;
	struct work work;

	resolve_text(&work, "policy p { ingress on a { rule x allow; rule y deny; default deny; }\n"
			    "ingress on b { default allow; } egress on a { rule z allow; default deny; } }");
	assert_no_diags(&work);
	assert_int_equal(work.policy->n_slots, 12);
	assert_string_equal(policy_slot_name(work.policy, 0, &block, &rule), "malformed");
	assert_null(rule);
	assert_string_equal(policy_slot_name(work.policy, 4, &block, &rule), "y");
	assert_ptr_equal(rule, work.policy->blocks[0]->rules[1]);
	assert_ptr_equal(block, work.policy->blocks[0]);
	assert_string_equal(policy_slot_name(work.policy, 7, &block, &rule), "default");
	assert_ptr_equal(block, work.policy->blocks[1]);
	assert_string_equal(policy_slot_name(work.policy, 11, &block, &rule), "z");
	assert_null(policy_slot_name(work.policy, 12, NULL, NULL));
	assert_ptr_equal(policy_block(work.policy, "ingress-b"), work.policy->blocks[1]);
	assert_ptr_equal(policy_block(work.policy, "egress"), work.policy->blocks[2]);
	assert_null(policy_block(work.policy, "ingress"));
	assert_null(policy_block(work.policy, "egress-a"));
	work_close(&work);
}

static void lint_sets_the_severity_of_later_findings(void **state)
{
	struct work work;

	resolve_text(&work, "policy p { lint dead-rule warning; lint redundant-rule off;\n"
			    "ingress on any { rule a allow lint-off crossing-rules \"known\"; default deny; } }");
	assert_no_diags(&work);
	assert_int_equal(work.diags.severity[CODE_DEAD_RULE], SEVERITY_WARNING);
	assert_int_equal(work.diags.severity[CODE_REDUNDANT_RULE], SEVERITY_OFF);
	assert_int_equal(work.diags.severity[CODE_CROSSING_RULES], SEVERITY_NOTE);
	assert_int_equal(work.policy->blocks[0]->rules[0]->lint_offs->code, CODE_CROSSING_RULES);
	assert_string_equal(work.policy->blocks[0]->rules[0]->lint_offs->reason, "known");
	work_close(&work);
}

/* Packets of the command line */

static bool packet_of(struct work *work, const char *text, struct packet_spec *spec, const char **canonical)
{
	struct parse parse;
	struct resolve resolve;
	struct ast_packet *packet;

	work_open(work);
	parse = (struct parse){ &work->arena, &work->sources, &work->diags };
	resolve = (struct resolve){ .arena = &work->arena, .sources = &work->sources, .diags = &work->diags };
	work->source = source_from_text(&work->sources, "packet", text, strlen(text));
	packet = parse_packet(&parse, work->source);
	assert_non_null(packet);
	return resolve_packet(&resolve, packet, spec, canonical);
}

static void packets_become_what_they_say(void **state)
{
	struct packet_spec spec;
	const char *text;
	struct work work;

	assert_true(packet_of(&work,
			      "tcp 10.0.0.1:40000 > 192.0.2.10:ssh syn,ack vlan=10.20 ttl=3 dscp=af11 length=1500",
			      &spec, &text));
	assert_int_equal(spec.family, FAMILY_V4);
	assert_true(spec.src == 0x0a000001 && spec.dst == 0xc000020a);
	assert_true(spec.has_ports);
	assert_int_equal(spec.sport, 40000);
	assert_int_equal(spec.dport, 22);
	assert_int_equal(spec.tcp_flags, 0x12);
	assert_int_equal(spec.n_vlans, 2);
	assert_int_equal(spec.vlans[0], 10);
	assert_int_equal(spec.vlans[1], 20);
	assert_int_equal(spec.ttl, 3);
	assert_int_equal(spec.dscp, 10);
	assert_int_equal(spec.length, 1500);
	assert_int_equal(spec.fragment, 0);
	work_close(&work);

	assert_true(packet_of(&work,
			      "icmp fd00::1 > fd00::2 destination-unreachable code=port-unreachable ext=hop,auth",
			      &spec, &text));
	assert_int_equal(spec.proto, 58);
	assert_int_equal(spec.icmp_type, 1);
	assert_int_equal(spec.icmp_code, 4);
	assert_int_equal(spec.n_exts, 2);
	assert_int_equal(spec.exts[1], FRAME_EXT_AUTH);
	assert_int_equal(spec.ttl, 64);
	assert_false(spec.has_ports);
	work_close(&work);

	assert_true(packet_of(&work, "udp 10.0.0.1 > 10.0.0.2 frag=later options=8 truncate=60", &spec, &text));
	assert_int_equal(spec.fragment, 2);
	assert_int_equal(spec.options, 8);
	assert_int_equal(spec.truncate, 60);
	assert_false(spec.has_ports);
	work_close(&work);

	assert_true(packet_of(&work, "arp vlan=7", &spec, &text));
	assert_true(spec.arp);
	assert_int_equal(spec.vlans[0], 7);
	assert_string_equal(text, "arp vlan=7");
	work_close(&work);
}

/* What packet_spec_text writes is read back as the same packet. */
static void packet_text_is_read_back(void **state)
{
	static const char *const packets[] = {
		"tcp 10.0.0.1:1 > 10.0.0.2:2 none",
		"tcp [fd00::1]:1 > [fd00::2]:2 fin,syn,rst,psh,ack,urg,ece,cwr vlan=1.2.3 ttl=0 dscp=63",
		"udp 10.0.0.1:0 > 10.0.0.2:65535 frag=first",
		"sctp 10.0.0.1 > 10.0.0.2 frag=later",
		"icmp 10.0.0.1 > 10.0.0.2 echo-reply code=3 options=40",
		"icmp6 fd00::1 > fd00::2 200",
		"gre 10.0.0.1 > 10.0.0.2 length=100",
		"esp fd00::1 > fd00::2 ext=dest,routing",
		"proto 58 10.0.0.1 > 10.0.0.2",
		"proto 0 fd00::1 > fd00::2 truncate=50",
		"icmp 10.0.0.1 > 10.0.0.2 timestamp-reply id=65535",
		"icmp6 fd00::1 > fd00::2 packet-too-big quoting tcp [fd00::2]:1 > [fd00::3]:2 ack ext=hop",
		"arp",
	};

	for (size_t i = 0; i < sizeof(packets) / sizeof(packets[0]); i++) {
		struct packet_spec spec, again;
		struct work work, second;
		const char *text;
		char *written;

		assert_true(packet_of(&work, packets[i], &spec, &text));
		written = packet_spec_text(&work.arena, &spec);
		assert_true(packet_of(&second, written, &again, &text));
		assert_string_equal(packet_spec_text(&second.arena, &again), written);
		assert_true(spec.src == again.src && spec.dst == again.dst && spec.proto == again.proto);
		assert_int_equal(spec.tcp_flags, again.tcp_flags);
		assert_int_equal(spec.fragment, again.fragment);
		assert_int_equal(spec.icmp_id, again.icmp_id);
		assert_int_equal(spec.quoted != NULL, again.quoted != NULL);
		work_close(&second);
		work_close(&work);
	}
}

/* What docs/state.md says of a policy that says nothing. */
static void states_have_defaults(void **state)
{
	static const uint64_t seconds[N_STATE_TIMEOUTS] = { 60, 86400, 300, 10, 30, 180, 30, 600 };
	struct work work;

	resolve_text(&work, "policy p { ingress on any { default deny; } }");
	assert_no_diags(&work);
	assert_false(work.policy->states.used);
	assert_false(work.policy->states.loose);
	assert_null(work.policy->states.span.source);
	assert_int_equal(work.policy->states.max, 131072);
	assert_true(work.policy->seed == 0);
	for (unsigned i = 0; i < N_STATE_TIMEOUTS; i++)
		assert_true(work.policy->states.timeout_ns[i] == seconds[i] * 1000000000);
	work_close(&work);
}

static void on_failure_is_deny_unless_said(void **state)
{
	struct work work;

	resolve_text(&work, "policy p { ingress on any { default deny; } }");
	assert_no_diags(&work);
	assert_false(work.policy->on_failure_allow);
	assert_null(work.policy->on_failure_span.source);
	work_close(&work);
	resolve_text(&work, "policy p { on-failure deny; ingress on any { default deny; } }");
	assert_no_diags(&work);
	assert_false(work.policy->on_failure_allow);
	assert_int_equal(work.policy->on_failure_span.begin, 11);
	work_close(&work);
	resolve_text(&work, "policy p { on-failure allow; ingress on any { default deny; } }");
	assert_no_diags(&work);
	assert_true(work.policy->on_failure_allow);
	work_close(&work);
}

static void states_are_used_where_a_rule_asks(void **state)
{
	struct work work;

	resolve_text(&work, "policy p { states { max 7; icmp 1ms; }\n"
			    "assert a allow in ingress state new; ingress on any { rule r allow; default deny; } }");
	assert_no_diags(&work);
	assert_false(work.policy->states.used);
	assert_int_equal(work.policy->states.max, 7);
	assert_true(work.policy->states.timeout_ns[TIMEOUT_ICMP] == 1000000);
	assert_span(work.policy->states.span, "states");
	work_close(&work);

	resolve_text(&work, "policy p { ingress on a { default deny; }\n"
			    "ingress on b { rule q allow; rule r allow tcp state not new; default deny; } }");
	assert_no_diags(&work);
	assert_true(work.policy->states.used);
	work_close(&work);
}

/* The steps in the order of the text; packets also by themselves, each with its block. */
static void tests_are_steps(void **state)
{
	const struct test *test;
	struct work work;

	resolve_text(&work, "policy p { set s : addr max 5; ingress on a { default deny; } egress on a { default allow; }\n"
			    "test \"t\" in ingress { packet arp expect allow; wait 5ms;\n"
			    "packet arp in egress expect allow by non-ip; add 10.0.0.1 to @s for 1s; packet arp expect allow; } }");
	assert_no_diags(&work);
	test = &work.policy->tests[0];
	assert_int_equal(test->n_packets, 3);
	assert_int_equal(test->n_steps, 5);
	assert_int_equal(test->steps[0].kind, TEST_PACKET);
	assert_int_equal(test->steps[0].packet, 0);
	assert_int_equal(test->steps[1].kind, TEST_WAIT);
	assert_int_equal(test->steps[1].wait_ns, 5000000);
	assert_int_equal(test->steps[2].packet, 1);
	assert_int_equal(test->steps[3].kind, TEST_ADD);
	assert_ptr_equal(test->steps[3].set, work.policy->sets[0]);
	assert_true(test->steps[3].element.address == 0x0a000001);
	assert_int_equal(test->steps[3].element.prefix, 32);
	assert_int_equal(test->steps[3].timeout_ns, 1000000000);
	assert_int_equal(test->steps[4].packet, 2);
	assert_ptr_equal(test->packets[0].block, work.policy->blocks[0]);
	assert_ptr_equal(test->packets[1].block, work.policy->blocks[1]);
	assert_int_equal(test->packets[1].by_id, work.policy->blocks[1]->first_id + SLOT_NON_IP);
	assert_ptr_equal(test->packets[2].block, work.policy->blocks[0]);
	work_close(&work);
}

static void rates_and_samples(void **state)
{
	const struct block *block;
	struct work work;

	resolve_text(&work, "policy p { ingress on a { rule a rate-limit 5/s; rule b rate-limit 5/s per src;\n"
			    "rule c rate-limit 6/m distinct src per dst max 9; rule d sample flow 1/4 sample 1/5;\n"
			    "rule e sample 1/4 sample flow 1/5; default deny; } }");
	assert_no_diags(&work);
	block = work.policy->blocks[0];
	assert_int_equal(block->rules[0]->rate.max, 1);
	assert_int_equal(block->rules[1]->rate.max, RATE_MAX_KEYS);
	assert_int_equal(block->rules[2]->rate.max, 9);
	assert_int_equal(block->rules[1]->rate.distinct, DISTINCT_NONE);
	assert_int_equal(block->rules[2]->rate.distinct, DISTINCT_SRC);
	assert_int_equal(block->rules[2]->rate.amount, 6);
	assert_true(block->rules[3]->sample_flow && !block->rules[3]->log_sample_flow);
	assert_true(!block->rules[4]->sample_flow && block->rules[4]->log_sample_flow);
	work_close(&work);
}

/* Address expressions, at random, against what they mean */

enum node_kind { ADDRESS, NET, SET, ANY, NOT, AND, OR, LIST };

struct node {
	enum node_kind kind;
	enum family family;    /* ADDRESS */
	unsigned value, bits;  /* ADDRESS: the low bits of address and how many of them are free */
	unsigned which;        /* NET, SET */
	struct node *left, *right;
};

/* Addresses asked about: 10.0.0.N and fd00::N for N below 8, and one far from all for N = 8. */
#define NEAR 8u

struct probe {
	enum family family;
	unsigned number;
	bool member[2];
};

static uint32_t next_random(uint32_t *state)
{
	*state = *state * 1664525u + 1013904223u;
	return *state >> 8;
}

static struct node *random_node(struct arena *arena, uint32_t *state, unsigned depth)
{
	struct node *node = ARENA_NEW(arena, struct node);
	unsigned roll = next_random(state) % 16;

	if (!depth || roll < 5) {
		roll = next_random(state) % 10;
		node->kind = roll < 4 ? ADDRESS : roll < 6 ? NET : roll < 9 ? SET : ANY;
		node->family = next_random(state) % 2 ? FAMILY_V6 : FAMILY_V4;
		node->bits = next_random(state) % 4;
		node->value = (next_random(state) % NEAR) >> node->bits << node->bits;
		node->which = next_random(state) % 2;
		return node;
	}
	node->kind = roll < 8 ? NOT : roll < 11 ? AND : roll < 14 ? OR : LIST;
	node->left = random_node(arena, state, depth - 1);
	if (node->kind != NOT)
		node->right = random_node(arena, state, depth - 1);
	/* A list with `not` in it is refused. */
	if (node->kind == LIST && (node->left->kind == NOT || node->right->kind == NOT))
		node->kind = OR;
	return node;
}

static char *node_text(struct arena *arena, const struct node *node)
{
	static const char *const names[] = { "both", "four" };

	switch (node->kind) {
	case ADDRESS:
		return arena_printf(arena, node->family == FAMILY_V4 ? "10.0.0.%u/%u" : "fd00::%u/%u", node->value,
				    family_bits(node->family) - node->bits);
	case NET:
		return arena_strdup(arena, names[node->which]);
	case SET:
		return arena_printf(arena, "@s%u", node->which);
	case ANY:
		return arena_strdup(arena, "any");
	case NOT:
		return arena_printf(arena, "(not %s)", node_text(arena, node->left));
	case LIST:
		return arena_printf(arena, "{ %s, %s }", node_text(arena, node->left), node_text(arena, node->right));
	default:
		return arena_printf(arena, "(%s %s %s)", node_text(arena, node->left), node->kind == AND ? "and" : "or",
				    node_text(arena, node->right));
	}
}

/* Does the operand speak of the IP version at all? */
static bool speaks_of(const struct node *node, enum family family)
{
	switch (node->kind) {
	case ADDRESS:
		return node->family == family;
	case NOT:
		return speaks_of(node->left, family);
	case AND:
		return speaks_of(node->left, family) && speaks_of(node->right, family);
	case OR:
	case LIST:
		return speaks_of(node->left, family) || speaks_of(node->right, family);
	default:
		return true;
	}
}

static bool means(const struct node *node, const struct probe *probe)
{
	switch (node->kind) {
	case ADDRESS:
		return probe->family == node->family && probe->number < NEAR &&
		       probe->number >> node->bits == node->value >> node->bits;
	case NET: /* both = 0 to 3 in either version; four = 4 and 5 in IPv4 */
		return node->which ? probe->family == FAMILY_V4 && (probe->number == 4 || probe->number == 5)
				   : probe->number < 4;
	case SET:
		return probe->member[node->which];
	case ANY:
		return true;
	case NOT:
		return speaks_of(node->left, probe->family) && !means(node->left, probe);
	case AND:
		return means(node->left, probe) && means(node->right, probe);
	default:
		return means(node->left, probe) || means(node->right, probe);
	}
}

static u128 probe_address(const struct probe *probe)
{
	if (probe->family == FAMILY_V4)
		return probe->number < NEAR ? 0x0a000000u + probe->number : 0xc0000201u;
	return probe->number < NEAR ? ((u128)0xfd00 << 112) + probe->number : ((u128)0x20010db8 << 96) + 1;
}

static bool terms_hold(const struct rule *rule, const struct probe *probe)
{
	for (size_t i = 0; i < rule->n_terms; i++) {
		const struct term *term = &rule->terms[i];
		bool holds = term->family == probe->family;

		for (size_t k = 0; k < term->n && holds; k++) {
			const struct pred *pred = &term->preds[k];

			if (k)
				assert_true(pred->kind > term->preds[k - 1].kind ||
					    pred->set->id > term->preds[k - 1].set->id);
			assert_int_equal(pred->field, FIELD_SRC);
			if (pred->kind == PRED_MEMBER)
				holds = probe->member[pred->set->id] != pred->negated;
			else
				holds = rangeset_contains(pred->ranges, probe_address(probe));
		}
		if (holds)
			return true;
	}
	return false;
}

static bool check_expression(const struct node *node, const char *expression, const struct work *work)
{
	const struct rule *rule;

	if (work->diags.first && work->diags.first->code == CODE_TOO_MANY_TERMS)
		return false;
	if (work->diags.first)
		assert_int_equal(work->diags.first->code, CODE_EMPTY_MATCH);
	rule = work->policy->blocks[0]->rules[0];
	for (unsigned i = 0; i < N_FAMILIES * (NEAR + 1) * 4; i++) {
		struct probe probe = { .family = i & 1 ? FAMILY_V6 : FAMILY_V4, .number = i >> 3,
				       .member = { i >> 1 & 1, i >> 2 & 1 } };

		if (terms_hold(rule, &probe) != means(node, &probe))
			fail_msg("%s: wrong for IPv%d number %u, @s0 %d, @s1 %d", expression,
				 probe.family == FAMILY_V4 ? 4 : 6, probe.number, probe.member[0], probe.member[1]);
	}
	return true;
}

static void expressions_mean_what_they_say(void **test_state)
{
	uint32_t state = 7;
	unsigned checked = 0;

	for (unsigned round = 0; round < 4000; round++) {
		struct arena arena;
		struct node *node;
		struct work work;
		char *expression;

		arena_init(&arena);
		node = random_node(&arena, &state, 1 + round % 5);
		expression = node_text(&arena, node);
		resolve_text(&work,
			     arena_printf(&arena,
					  "policy p { net both = { 10.0.0.0/30, fd00::/126 }; net four = 10.0.0.4/31;\n"
					  "set s0 : addr max 1; set s1 : net max 1;\n"
					  "ingress on any { rule r allow from %s; default deny; } }",
					  expression));
		checked += check_expression(node, expression, &work);
		work_close(&work);
		arena_fini(&arena);
	}
	/* Two sets make at most nine kinds of alternatives, so nothing was refused. */
	assert_int_equal(checked, 4000);
}

/* List files */

static double seconds_since(const struct timespec *begin)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return (double)(now.tv_sec - begin->tv_sec) + (double)(now.tv_nsec - begin->tv_nsec) / 1e9;
}

static char *write_list(unsigned lines, const char *format)
{
	char *path = strdup("/tmp/test-resolve-XXXXXX");
	int fd = mkstemp(path);
	FILE *out = fdopen(fd, "w");

	assert_non_null(out);
	/* From the last to the first, so that sorting has something to do. */
	for (unsigned i = lines; i-- > 0;)
		fprintf(out, format, 11 + i / 65536, i / 256 % 256, i % 256);
	assert_int_equal(fclose(out), 0);
	return path;
}

static void long_lists_are_merged_in_time(void **state)
{
	struct timespec begin;
	struct work work;
	char *path, *text;

	path = write_list(300000, "%u.%u.%u.0/25 ; a comment\n");
	assert_true(asprintf(&text,
			     "policy p { net l = file \"%s\"; net m = { l, 1.0.0.0/8 }; net n = not l;\n"
			     "ingress on any { rule r allow from l; rule s deny from m; default deny; } }",
			     path) > 0);
	clock_gettime(CLOCK_MONOTONIC, &begin);
	resolve_text(&work, text);
	assert_no_diags(&work);
	/* Generous, for sanitizers on a busy machine: what is quadratic takes minutes. */
	assert_true(seconds_since(&begin) < 10);
	assert_int_equal(work.policy->nets[0]->ranges[FAMILY_V4]->n, 300000);
	assert_int_equal(work.policy->nets[1]->ranges[FAMILY_V4]->n, 300001);
	assert_int_equal(work.policy->nets[2]->ranges[FAMILY_V4]->n, 300001);
	assert_int_equal(work.policy->nets[0]->ranges[FAMILY_V6]->n, 0);
	work_close(&work);
	unlink(path);
	free(path);
	free(text);
}

static void bad_lists_do_not_flood(void **state)
{
	struct work work;
	char *path, *text;
	size_t n = 0;

	path = write_list(50000, "%u.%u.%u\n");
	assert_true(asprintf(&text,
			     "policy p { net l = file \"%s\"; ingress on any { rule r allow from l; default deny; } }",
			     path) > 0);
	resolve_text(&work, text);
	for (const struct diag *diag = work.diags.first; diag; diag = diag->next, n++)
		assert_int_equal(diag->code, CODE_BAD_LIST_LINE);
	assert_int_equal(n, 21);
	assert_int_equal(source_position(work.diags.last->span.source, work.diags.last->span.begin).line, 21);
	work_close(&work);
	unlink(path);
	free(path);
	free(text);
}

/* Thousands of names, each made of the one before, or unknown: an answer, not a crash or a wait. */
static void long_chains_end_well(void **state)
{
	struct timespec begin;
	struct work work;
	char *text = NULL;
	size_t size;
	FILE *out = open_memstream(&text, &size);

	fputs("policy p { net n0 = 10.0.0.1;\n", out);
	for (unsigned i = 1; i < 20000; i++)
		fprintf(out, "net n%u = { n%u, unknown-%u };\n", 20000 - i, 19999 - i, i);
	fputs("ingress on any { default deny; } }\n", out);
	fclose(out);
	clock_gettime(CLOCK_MONOTONIC, &begin);
	resolve_text(&work, text);
	assert_true(diags_have_errors(&work.diags));
	assert_true(seconds_since(&begin) < 10);
	work_close(&work);
	free(text);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(predicates_point_at_their_clauses),
		cmocka_unit_test(slots_and_blocks_have_names),
		cmocka_unit_test(lint_sets_the_severity_of_later_findings),
		cmocka_unit_test(packets_become_what_they_say),
		cmocka_unit_test(packet_text_is_read_back),
		cmocka_unit_test(states_have_defaults),
		cmocka_unit_test(on_failure_is_deny_unless_said),
		cmocka_unit_test(states_are_used_where_a_rule_asks),
		cmocka_unit_test(tests_are_steps),
		cmocka_unit_test(rates_and_samples),
		cmocka_unit_test(expressions_mean_what_they_say),
		cmocka_unit_test(long_lists_are_merged_in_time),
		cmocka_unit_test(bad_lists_do_not_flood),
		cmocka_unit_test(long_chains_end_well),
	};

	return cmocka_run_group_tests_name("resolve", tests, NULL, NULL);
}
