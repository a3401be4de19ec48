/* SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause */
/* The parser, the stateful half: connections, samples, steps of tests, quoted packets, and the words that these brought. */
#include "keywords.h"
#include "parse.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "parse_fixture.h"

static void test_distinct(void **state)
{
	struct ast_rate rate = parse_rate(*state, "20/m max 50_000 distinct port per src port 80");

	assert_int_equal(rate.distinct, AST_DISTINCT_PORT);
	assert_true(rate.has_max);
	assert_int_equal(rate.max, 50000);
	assert_int_equal(parse_rate(*state, "1/s per dst distinct src").distinct, AST_DISTINCT_SRC);
	assert_int_equal(parse_rate(*state, "1/s per src distinct dst").distinct, AST_DISTINCT_DST);
	rate = parse_rate(*state, "1/s per src");
	assert_int_equal(rate.distinct, AST_DISTINCT_NONE);
	assert_false(rate.has_max);
}

static void test_samples(void **state)
{
	struct ast_clause *clause = parse_clauses(*state, "sample flow 1/7");
	struct ast_node *rule;

	assert_int_equal(clause->kind, AST_CLAUSE_SAMPLE);
	assert_int_equal(clause->number, 7);
	assert_true(clause->first);
	assert_false(parse_clauses(*state, "sample 1/7")->first);
	rule = parse(*state, "policy p { ingress on a { rule r sample flow 1/9 udp; rule s sample 1/3; } }")->body->body;
	assert_int_equal(rule->rule.sample, 9);
	assert_true(rule->rule.sample_flow);
	assert_false(rule->next->rule.sample_flow);
}

static void test_states(void **state)
{
	struct fixture *fixture = *state;
	struct ast_node *node = parse(fixture, "policy p { seed 5; states { loose; max 1_0; tcp opening 1m; } }")->body;

	assert_int_equal(node->kind, AST_SEED);
	assert_int_equal(node->number, 5);
	assert_int_equal(node->next->kind, AST_STATES);
	node = node->next->body;
	assert_string_equal(node->name.text, "loose");
	assert_string_equal(node->next->name.text, "max");
	assert_int_equal(node->next->number, 10);
	assert_string_equal(node->next->next->name.text, "tcp opening");
	assert_true(node->next->next->number == 60 * 1000000000ull);
	assert_null(node->next->next->next);
	/* One message each, and the statements around are kept. */
	assert_errors(fixture, "policy p { states { mx 5; icmp 5; loose 1s; tcp 1m; sctp; } seed; seed 1; }",
		      "E0102 1:21, E0101 1:27, E0101 1:35, E0102 1:45, E0102 1:53, E0101 1:65");
}

static void test_on_failure(void **state)
{
	struct ast_node *node = parse(*state, "policy p { on-failure allow; on-failure deny; }")->body;

	assert_int_equal(node->kind, AST_ON_FAILURE);
	assert_int_equal(node->verdict, AST_ALLOW);
	assert_int_equal(node->span.begin, 11);
	assert_int_equal(node->span.end, 28);
	assert_int_equal(node->next->verdict, AST_DENY);
	assert_errors(*state, "policy p { on-failure reject; on-failure; on-failure dney; } on-failure deny;",
		      "E0101 1:23, E0101 1:41, E0102 1:54, E0101 1:62");
	assert_errors(*state, "policy p { on-failure deny strict; ingress on a { on-failure deny; default deny; } }",
		      "E0101 1:28, E0101 1:51");
}

static void test_steps(void **state)
{
	struct fixture *fixture = *state;
	struct ast_node *step = parse(fixture, "policy p { test \"t\" in ingress { wait 5ms;\n"
				      "add ::1 port ssh proto icmp to @s for 2s; add 10.0.0.0/8 proto 6 to @n;\n"
				      "packet arp in egress on wan expect deny; packet arp expect deny; } }")->body->body;

	assert_int_equal(step->kind, AST_WAIT);
	assert_int_equal(step->number, 5000000);
	step = step->next;
	assert_int_equal(step->kind, AST_ADD);
	assert_int_equal(step->add.address->family, FAMILY_V6);
	assert_string_equal(step->add.port->text, "ssh");
	assert_string_equal(step->add.proto.text, "icmp");
	assert_string_equal(step->add.set.text, "s");
	assert_int_equal(step->add.timeout_ns, 2000000000);
	step = step->next;
	assert_int_equal(step->add.address->prefix, 8);
	assert_null(step->add.port);
	assert_string_equal(step->add.proto.text, "6");
	assert_int_equal(step->add.timeout_ns, 0);
	step = step->next;
	assert_int_equal(step->kind, AST_EXPECT);
	assert_true(step->expect.where.egress);
	assert_string_equal(step->expect.where.on.text, "wan");
	assert_null(step->next->expect.where.span.source);
	assert_errors(fixture, "policy p { test \"t\" in ingress { wait 5; add 1.1.1.1; add 1.1.1.1 to @s for 0s; } }",
		      "E0101 1:39, E0101 1:53, E0108 1:77");
}

static void test_quoted_packets(void **state)
{
	struct fixture *fixture = *state;
	static const char text[] = "icmp 10.0.0.1 > 10.0.0.2 11 ttl=2 quoting udp 10.0.0.2:1 > 10.0.0.3:2 ttl=1";
	const struct ast_packet *packet = parse_packet(&fixture->parse, source_from_text(&fixture->sources, "p", text, strlen(text)));

	assert_non_null(packet);
	assert_string_equal(packet->words.text, "11");
	assert_string_equal(packet->keys->value.text, "2");
	assert_null(packet->keys->next);
	assert_int_equal(packet->span.end, strlen(text));
	assert_string_equal(packet->quoted->proto.text, "udp");
	assert_string_equal(packet->quoted->keys->value.text, "1");
}

/* Words that mean something in one place only are names everywhere else. */
static void test_weak_words_are_names(void **state)
{
	for (size_t i = 0; i < n_keywords; i++) {
		const char *word = keyword_table[i].word;
		char text[1000];

		if (!(keyword_table[i].kinds & KEYWORD_WEAK))
			continue;
		snprintf(text, sizeof(text),
			 "net %s = 10.0.0.1; set %s : addr max 1; policy %s { ingress on %s { rule %s allow from { %s,\n"
			 "%s } to @%s port %s; default deny; } test \"t\" in ingress on %s {\n"
			 "packet tcp 1.1.1.1:1 > 1.1.1.2:%s in ingress on\n%s expect allow by %s; } }",
			 word, word, word, word, word, word, word, word, word, word, word, word, word);
		assert_string_equal(parse(*state, text)->name.text, word);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(test_distinct, setup, teardown),
		cmocka_unit_test_setup_teardown(test_samples, setup, teardown),
		cmocka_unit_test_setup_teardown(test_states, setup, teardown),
		cmocka_unit_test_setup_teardown(test_on_failure, setup, teardown),
		cmocka_unit_test_setup_teardown(test_steps, setup, teardown),
		cmocka_unit_test_setup_teardown(test_quoted_packets, setup, teardown),
		cmocka_unit_test_setup_teardown(test_weak_words_are_names, setup, teardown),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
