/* SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause */
/* The parser: values in the tree, places of errors, recovery, includes, hostile input. Messages are in the golden files. */
#include "parse.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

#include "parse_fixture.h"

/* In a rule, between columns that do not matter: the code alone. */
static void assert_clause_error(struct fixture *fixture, const char *clauses, const char *code)
{
	char text[1000];

	snprintf(text, sizeof(text), "policy p { ingress on a { rule r allow\n%s; default deny; } }", clauses);
	parse_bytes(fixture, text, strlen(text));
	if (!fixture->diags.first || fixture->diags.first->next || strcmp(code_table[fixture->diags.first->code].text, code)) {
		diags_print(&fixture->diags, stderr, false);
		fail_msg("not exactly %s: %s", code, clauses);
	}
}

static void test_numbers(void **state)
{
	assert_int_equal(parse_clauses(*state, "port 8_0_80")->value->number, 8080);
	assert_int_equal(parse_clauses(*state, "port 0022")->value->number, 22);
	assert_true(parse_clauses(*state, "length 18446744073709551615")->value->number == UINT64_MAX);
	assert_clause_error(*state, "length 18446744073709551616", "E0108");
	assert_clause_error(*state, "length 99999999999999999999999999999999", "E0108");
	assert_clause_error(*state, "port 80_", "E0108");
	assert_clause_error(*state, "port 8__0", "E0108");
	assert_clause_error(*state, "port 0x50", "E0108");
	assert_clause_error(*state, "port 80tcp", "E0108");
	assert_clause_error(*state, "port 8.5", "E0101");
}

static void test_rates(void **state)
{
	struct ast_rate rate = parse_rate(*state, "200/s burst 400 per src");

	assert_int_equal(rate.unit, AST_RATE_PACKETS);
	assert_int_equal(rate.amount, 200);
	assert_int_equal(rate.period_ns, 1000000000);
	assert_true(rate.has_burst);
	assert_int_equal(rate.burst, 400);
	assert_int_equal(rate.keys->kind, AST_KEY_SRC);
	assert_int_equal(rate.keys->prefix4, 32);
	assert_int_equal(rate.keys->prefix6, 128);
	assert_null(rate.keys->next);

	rate = parse_rate(*state, "10mbit/s");
	assert_int_equal(rate.unit, AST_RATE_BITS);
	assert_int_equal(rate.amount, 10000000);
	assert_false(rate.has_burst);
	assert_null(rate.keys);
	rate = parse_rate(*state, "3gbyte/h per src/20, port burst 1kbyte");
	assert_int_equal(rate.unit, AST_RATE_BYTES);
	assert_true(rate.amount == 3000000000);
	assert_true(rate.period_ns == 3600 * 1000000000ull);
	assert_int_equal(rate.burst, 1000);
	assert_true(rate.keys->has_prefix4 && !rate.keys->has_prefix6);
	assert_int_equal(rate.keys->prefix4, 20);
	assert_int_equal(rate.keys->prefix6, 56);
	assert_int_equal(rate.keys->next->kind, AST_KEY_PORT);
	rate = parse_rate(*state, "1/m per dst/0/64, flow");
	assert_true(rate.period_ns == 60 * 1000000000ull);
	assert_int_equal(rate.keys->prefix4, 0);
	assert_int_equal(rate.keys->prefix6, 64);
	assert_int_equal(rate.keys->next->kind, AST_KEY_FLOW);
}

static void test_bad_rates(void **state)
{
	static const char *const bad[][2] = {
		{ "10/x", "E0112" }, { "10/d", "E0112" }, { "10/s burst 1 burst 2", "E0114" }, { "10/s per src per dst", "E0114" },
		{ "10/s burst 1kbyte", "E0112" }, { "1mbit/s burst 1mbit", "E0112" }, { "1/s per src/33", "E0112" },
		{ "1/s per src/24/129", "E0112" }, { "1/s per port/8", "E0101" }, { "99999999999999999gbit/s", "E0108" }, { "10s", "E0101" },
		{ "10", "E0101" }, { "", "E0101" }, { "1/s distinct port distinct src per dst", "E0114" },
		{ "1/s max 5 per src max 5", "E0114" }, { "1/s distinct flow per src", "E0101" }, { "1/s max", "E0101" },
	};
	struct fixture *fixture = *state;

	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		char text[200];

		snprintf(text, sizeof(text), "policy p { ingress on a { rule r rate-limit %s; default deny; } }", bad[i][0]);
		parse_bytes(fixture, text, strlen(text));
		assert_non_null(fixture->diags.first);
		assert_null(fixture->diags.first->next);
		assert_string_equal(code_table[fixture->diags.first->code].text, bad[i][1]);
	}
}

static void test_durations(void **state)
{
	static const struct {
		const char *text;
		uint64_t ns;
	} good[] = {
		{ "500ms", 500000000ull }, { "10s", 10000000000ull }, { "5m", 300000000000ull }, { "1h", 3600000000000ull },
		{ "7d", 604800000000000ull }, { "213503d", 213503 * 86400000000000ull },
	};

	for (size_t i = 0; i < sizeof(good) / sizeof(good[0]); i++) {
		char clause[64];

		snprintf(clause, sizeof(clause), "add src to @s for %s", good[i].text);
		assert_true(parse_clauses(*state, clause)->number == good[i].ns);
	}
	assert_clause_error(*state, "add src to @s for 213504d", "E0108");
	assert_clause_error(*state, "add src to @s for 5", "E0101");
	assert_clause_error(*state, "add src to @s for 5w", "E0108");
}

static void test_dates(void **state)
{
	assert_int_equal(parse_clauses(*state, "expires 1970-01-01")->number, 0);
	assert_int_equal(parse_clauses(*state, "expires 2000-03-01")->number, 11017);
	assert_int_equal(parse_clauses(*state, "expires 2027-12-31")->number, 21183);
	assert_int_equal(parse_clauses(*state, "expires 2024-02-29")->number, 19782);
	assert_clause_error(*state, "expires 2023-02-29", "E0110");
	assert_clause_error(*state, "expires 2100-02-29", "E0110");
	assert_clause_error(*state, "expires 2027-13-01", "E0110");
	assert_clause_error(*state, "expires 2027-00-01", "E0110");
	assert_clause_error(*state, "expires 2027-04-31", "E0110");
	assert_clause_error(*state, "expires 2027-01-00", "E0110");
	assert_clause_error(*state, "expires 1969-12-31", "E0110");
	assert_clause_error(*state, "expires 27-12-31", "E0110");
	assert_clause_error(*state, "expires 2027-1-1", "E0110");
	assert_clause_error(*state, "expires 2027", "E0101");
}

static void test_strings(void **state)
{
	struct fixture *fixture = *state;
	char text[5000];

	assert_string_equal(parse_clauses(*state, "note \"a \\\"b\\\" \\\\ # c\"")->text, "a \"b\" \\ # c");
	assert_string_equal(parse_clauses(*state, "note \"\"")->text, "");
	assert_string_equal(parse_clauses(*state, "note \"gr\xc3\xbc\xc3\x9f \xe2\x82\xac \xf0\x9f\x90\xa7\"")->text,
			    "gr\xc3\xbc\xc3\x9f \xe2\x82\xac \xf0\x9f\x90\xa7");
	assert_clause_error(*state, "note \"a\\nb\"", "E0111");
	assert_clause_error(*state, "note \"a\tb\"", "E0111");
	assert_clause_error(*state, "note \"\x1b[31m\"", "E0111");
	assert_clause_error(*state, "note \"\x7f\"", "E0111");
	/* Not UTF-8: alone, cut, overlong, surrogate, too great. */
	assert_clause_error(*state, "note \"\x80\"", "E0111");
	assert_clause_error(*state, "note \"\xc3\"", "E0111");
	assert_clause_error(*state, "note \"\xc0\xaf\"", "E0111");
	assert_clause_error(*state, "note \"\xe0\x80\xaf\"", "E0111");
	assert_clause_error(*state, "note \"\xed\xa0\x80\"", "E0111");
	assert_clause_error(*state, "note \"\xf4\x90\x80\x80\"", "E0111");
	assert_clause_error(*state, "note \"\xff\"", "E0111");
	/* The rest of a line after an open string is lost, the next statement is not. */
	assert_errors(fixture, "include \"a\ninclude \"b\";\n", "E0111 1:9");
	assert_errors(fixture, "include \"a\\", "E0111 1:9");

	memset(text, 'x', sizeof(text));
	memcpy(text, "include \"", 9);
	strcpy(text + 9 + 4096, "\";");
	assert_errors(fixture, text, "");
	strcpy(text + 9 + 4096, "x\";");
	assert_errors(fixture, text, "E0111 1:9");
}

static void test_names(void **state)
{
	struct fixture *fixture = *state;
	char text[200] = "net ";

	assert_string_equal(parse(fixture, "net a-1-b = 1.1.1.1;")->name.text, "a-1-b");
	assert_errors(fixture, "net Corp_Net = 1.1.1.1;", "E0106 1:5");
	assert_string_equal(fixture->diags.first->help, "write 'corp-net'");
	assert_errors(fixture, "net _a = 1.1.1.1;", "E0106 1:5");
	assert_errors(fixture, "net __ = 1.1.1.1;", "E0106 1:5");
	assert_errors(fixture, "NET a = 1.1.1.1;", "E0106 1:1");
	assert_errors(fixture, "net 1a = 1.1.1.1;", "E0108 1:5");
	assert_errors(fixture, "net port = 1.1.1.1;", "E0107 1:5");
	memset(text + 4, 'n', 64);
	strcpy(text + 68, " = 1.1.1.1;");
	assert_errors(fixture, text, "");
	strcpy(text + 68, "n = 1.1.1.1;");
	assert_errors(fixture, text, "E0106 1:5");
}

static void test_addresses(void **state)
{
	const struct ast_expr *expr = parse_clauses(*state, "from 2001:DB8::1/64")->value;

	assert_int_equal(expr->kind, AST_EXPR_ADDRESS);
	assert_int_equal(expr->family, FAMILY_V6);
	assert_true(expr->has_prefix);
	assert_int_equal(expr->prefix, 64);
	assert_true(expr->value == ((u128)0x20010db800000000 << 64 | 1)); /* host bits are the resolver's business */
	expr = parse_clauses(*state, "from 10.0.0.1")->value;
	assert_false(expr->has_prefix);
	assert_int_equal(expr->prefix, 32);
	expr = parse_clauses(*state, "from 10.0.0.1 - 10.0.0.9")->value;
	assert_int_equal(expr->kind, AST_EXPR_RANGE);
	assert_true(expr->left->value == 0x0a000001 && expr->right->value == 0x0a000009);
	expr = parse_clauses(*state, "from ::1-::2")->value;
	assert_true(expr->left->value == 1 && expr->right->value == 2);
	assert_clause_error(*state, "from 10.0.0.300", "E0109");
	assert_clause_error(*state, "from 10.0.0.0/33", "E0109");
	assert_clause_error(*state, "from ::/129", "E0109");
	assert_clause_error(*state, "from 10.0.0", "E0109");
	assert_clause_error(*state, "from 10.0.0.x", "E0109");
	assert_clause_error(*state, "from 1:2:3", "E0109");
	assert_clause_error(*state, "from fe80::1%eth0", "E0109");
	assert_clause_error(*state, "from aa:bb:cc:dd:ee:ff", "E0109");
	assert_clause_error(*state, "from 10.0.0.1/8-10.0.0.2", "E0101");
	assert_clause_error(*state, "from { 10.0.0.1, 10.0.0.300, 10.0.0.2 }", "E0109");
}

static void test_address_expressions(void **state)
{
	const struct ast_expr *expr = parse_clauses(*state, "from a and not b or c")->value;

	assert_int_equal(expr->kind, AST_EXPR_OR);
	assert_int_equal(expr->left->kind, AST_EXPR_AND);
	assert_int_equal(expr->left->right->kind, AST_EXPR_NOT);
	assert_string_equal(expr->right->text, "c");
	expr = parse_clauses(*state, "from not (a or b)")->value;
	assert_int_equal(expr->kind, AST_EXPR_NOT);
	assert_int_equal(expr->left->kind, AST_EXPR_OR);
	expr = parse_clauses(*state, "from { a, not @b, group c, any, }")->value;
	assert_int_equal(expr->kind, AST_EXPR_LIST);
	assert_int_equal(expr->items->kind, AST_EXPR_NAME);
	assert_int_equal(expr->items->next->left->kind, AST_EXPR_SET);
	assert_int_equal(expr->items->next->next->kind, AST_EXPR_GROUP);
	assert_int_equal(expr->items->next->next->next->kind, AST_EXPR_ANY);
	assert_null(expr->items->next->next->next->next);
}

static void test_ports_belong_to_the_endpoint(void **state)
{
	const struct ast_clause *clause = parse_clauses(*state, "from a port 53 to b");

	assert_int_equal(clause->kind, AST_CLAUSE_FROM);
	assert_int_equal(clause->port->number, 53);
	assert_null(clause->next->port);
	clause = parse_clauses(*state, "from port 53 port 80");
	assert_null(clause->value);
	assert_int_equal(clause->port->number, 53);
	assert_int_equal(clause->next->kind, AST_CLAUSE_PORT);
	/* Not where something else stands between, though the canonical order brings them together. */
	clause = parse_clauses(*state, "from a log port 80");
	assert_int_equal(clause->kind, AST_CLAUSE_PORT);
	assert_int_equal(clause->next->kind, AST_CLAUSE_FROM);
	assert_null(clause->next->port);
}

static void test_flags(void **state)
{
	const struct ast_clause *clause = parse_clauses(*state, "flags syn/syn,ack");

	assert_int_equal(clause->flags_set, 2);
	assert_int_equal(clause->flags_mask, 18);
	assert_true(clause->has_mask);
	clause = parse_clauses(*state, "flags syn");
	assert_int_equal(clause->flags_mask, 2);
	assert_false(clause->has_mask);
	clause = parse_clauses(*state, "flags none/all");
	assert_int_equal(clause->flags_set, 0);
	assert_int_equal(clause->flags_mask, 255);
	clause = parse_clauses(*state, "flags fin,syn,rst,psh,ack,urg,ece,cwr");
	assert_int_equal(clause->flags_set, 255);
	assert_clause_error(*state, "flags sin", "E0113");
	assert_clause_error(*state, "flags syn/", "E0101");
}

static void test_clauses_in_any_order(void **state)
{
	static const enum ast_clause_kind order[] = {
		AST_CLAUSE_PROTO, AST_CLAUSE_TO, AST_CLAUSE_ELSE, AST_CLAUSE_LOG, AST_CLAUSE_DETECT, AST_CLAUSE_SAMPLE,
		AST_CLAUSE_COUNT, AST_CLAUSE_ADD, AST_CLAUSE_ADD, AST_CLAUSE_OWNER, AST_CLAUSE_TICKET, AST_CLAUSE_EXPIRES,
		AST_CLAUSE_NOTE, AST_CLAUSE_OVERRIDES, AST_CLAUSE_LINT_OFF,
	};
	const struct ast_clause *clause;
	size_t i = 0;

	clause = parse_clauses(*state, "lint-off x \"y\" overrides z note \"n\" add src to @s expires 2027-12-31 add dst to @s ticket \"t\""
				       " count owner \"o\" sample 1/5 detect scan tcp log else reject to b");
	for (; clause; clause = clause->next, i++) {
		assert_true(i < sizeof(order) / sizeof(order[0]));
		assert_int_equal(clause->kind, order[i]);
		if (i == 7)
			assert_true(clause->first);
		if (i == 8)
			assert_false(clause->first);
	}
	assert_int_equal(i, sizeof(order) / sizeof(order[0]));
}

static void test_spans(void **state)
{
	struct fixture *fixture = *state;
	static const char text[] = "# c\npolicy p { ingress on a { rule r deny from 10.0.0.0/8 port 22; } }";
	const struct ast_node *policy = parse(fixture, text), *rule = policy->body->body;
	const struct ast_clause *clause = rule->rule.clauses;

#define ASSERT_SPAN(SPAN, EXPECT)                                                                  \
	do {                                                                                       \
		assert_int_equal((SPAN).end - (SPAN).begin, strlen(EXPECT));                       \
		assert_memory_equal(text + (SPAN).begin, EXPECT, strlen(EXPECT));                  \
	} while (0)
	ASSERT_SPAN(policy->span, text + 4);
	ASSERT_SPAN(policy->name.span, "p");
	ASSERT_SPAN(policy->open, "{");
	ASSERT_SPAN(rule->span, "rule r deny from 10.0.0.0/8 port 22;");
	ASSERT_SPAN(rule->rule.verdict_span, "deny");
	ASSERT_SPAN(clause->span, "from 10.0.0.0/8 port 22");
	ASSERT_SPAN(clause->value->span, "10.0.0.0/8");
	ASSERT_SPAN(clause->port->span, "22");
#undef ASSERT_SPAN
}

static void test_packets(void **state)
{
	struct fixture *fixture = *state;
	static const struct {
		const char *text, *errors;
	} cases[] = {
		{ "tcp 1.2.3.4:5 > 10.0.0.1:22 syn", "" },
		{ "udp [::1]:5 > [::2]:6 ttl=1", "" },
		{ "icmp ::1 > ::2 echo-request code=0", "" },
		{ "arp", "" },
		{ "icmp 1.1.1.1 > 2.2.2.2 unreach id=1 quoting udp 2.2.2.2:5 > 3.3.3.3:6 ttl=1", "" },
		{ "arp quoting arp quoting tcp 1.1.1.1 > 2.2.2.2", "" },
		{ "icmp 1.1.1.1 > 2.2.2.2 quoting", "E0101 1:31" },
		{ "icmp 1.1.1.1 > 2.2.2.2 quoting=1", "E0101 1:31" },
		{ "arp in ingress", "E0107 1:5" },
		{ "arp vlan=10.20 expect=x", "E0107 1:16" },
		{ "", "E0101 1:1" },
		{ "tcp", "E0101 1:4" },
		{ "tcp 1.2.3.4:5", "E0101 1:14" },
		{ "tcp 1.2.3.4:5 > 1.1.1.300", "E0109 1:17" },
		{ "tcp 1.2.3.4:5 > 1.1.1.1 ;", "E0101 1:25" },
		{ "tpc 1.2.3.4:5 > 1.1.1.1", "E0102 1:1" },
		{ "tcp 1.2.3.4:5 > 1.1.1.1 vlan=", "E0101 1:30" },
		{ "policy p { }", "E0101 1:1" },
	};

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct ast_packet *packet;

		reset(fixture);
		packet = parse_packet(&fixture->parse, source_from_text(&fixture->sources, "packet", cases[i].text,
									strlen(cases[i].text)));
		assert_string_equal(errors(fixture), cases[i].errors);
		assert_int_equal(packet != NULL, !*cases[i].errors);
	}
}

static void test_packet_parts(void **state)
{
	struct fixture *fixture = *state;
	static const char text[] = "tcp 10.0.0.1:40000 > [fd00::1]:https syn,ack vlan=10.20 ext=hop,dest";
	const struct ast_packet *packet = parse_packet(&fixture->parse, source_from_text(&fixture->sources, "p", text, strlen(text)));

	assert_non_null(packet);
	assert_string_equal(packet->proto.text, "tcp");
	assert_int_equal(packet->sport->number, 40000);
	assert_int_equal(packet->dst->family, FAMILY_V6);
	assert_int_equal(packet->dport->kind, AST_EXPR_NAME);
	assert_string_equal(packet->words.text, "syn,ack");
	assert_string_equal(packet->keys->name.text, "vlan");
	assert_string_equal(packet->keys->value.text, "10.20");
	assert_string_equal(packet->keys->next->value.text, "hop,dest");
	assert_null(packet->quoted);
}

/* One message for each bad statement, and none for the good ones around it. */
static void test_recovery(void **state)
{
	struct fixture *fixture = *state;

	assert_errors(fixture, "net a = ;\nnet b = 1.1.1.1;\nnet c 1.1.1.1;\n", "E0101 1:9, E0101 3:7");
	/* In a block, in a policy, at the top. */
	assert_errors(fixture, "policy p {\n ingress on a {\n  rule x foo;\n  rule y allow;\n  bar;\n }\n baz;\n strict;\n}\nqux;\n",
		      "E0101 3:10, E0101 5:3, E0101 7:2, E0101 10:1");
	/* A body that does not begin right goes as a whole. */
	assert_errors(fixture, "policy p {\n ingress a {\n  rule x allow;\n  default deny;\n }\n foo;\n}\n", "E0101 2:10, E0101 6:2");
	assert_errors(fixture, "policy {\n ingress on a {\n  default deny;\n }\n}\nnet a = ;", "E0101 1:8, E0101 6:9");
	/* A missing ';' costs nothing but itself. */
	assert_errors(fixture, "policy p {\n strict\n owner \"x\"\n ingress on a {\n  rule x allow\n  rule y foo;\n  default deny\n }\n}",
		      "E0103 2:8, E0103 5:15, E0101 6:10, E0103 7:15");
	/* A list that is not closed ends with its statement. */
	assert_errors(fixture, "net a = { 1.1.1.1, ;\nnet b = { 1.1.1.1\nnet c = 1.1.1.1;\nnet d = ;", "E0101 1:20, E0101 3:1, E0101 4:9");
	/* Brackets that close nothing. */
	assert_errors(fixture, "}\n}\nnet a = ;\n)", "E0101 1:1, E0101 2:1, E0101 3:9, E0101 4:1");
	assert_errors(fixture, "policy p { strict; };\nnet a = ;", "E0101 1:21, E0101 2:9");
	/* A rule outside of a block. */
	assert_errors(fixture, "policy p {\n rule x allow;\n ingress on a { foo; }\n}", "E0101 2:2, E0101 3:17");
}

static void test_what_is_good_is_kept(void **state)
{
	struct fixture *fixture = *state;
	static const char text[] = "net a = 1.1.1.1; net b = ; policy p { foo; ingress on x { rule r allow; bar; default deny; } }";
	const struct ast_node *node = parse_bytes(fixture, text, strlen(text))->nodes;

	assert_int_equal(fixture->diags.count[SEVERITY_ERROR], 3);
	assert_int_equal(node->kind, AST_NET);
	node = node->next;
	assert_int_equal(node->kind, AST_POLICY);
	assert_null(node->next);
	assert_int_equal(node->body->kind, AST_BLOCK);
	assert_null(node->body->next);
	assert_int_equal(node->body->body->kind, AST_RULE);
	assert_int_equal(node->body->body->next->kind, AST_DEFAULT);
}

/* Nor is a statement kept that parses but for a wrong value, which would be judged as if it were meant. */
static void test_wrong_values_are_left_out(void **state)
{
	struct fixture *fixture = *state;
	static const char text[] = "net a = 10.0.0.300; net b = 1.1.1.1; policy p { set s : addr max 5x; ingress on X {"
				   " rule r allow port 99999999999999999999; rule s allow; default deny; } }";
	const struct ast_node *node = parse_bytes(fixture, text, strlen(text))->nodes;

	assert_string_equal(errors(fixture), "E0109 1:9, E0108 1:66, E0106 1:81, E0108 1:103");
	assert_string_equal(node->name.text, "b");
	node = node->next->body;
	assert_int_equal(node->kind, AST_BLOCK);
	assert_string_equal(node->body->rule.name.text, "s");
	assert_int_equal(node->body->next->kind, AST_DEFAULT);
	assert_null(node->body->next->next);
	assert_null(node->next);
}

static void test_unclosed(void **state)
{
	struct fixture *fixture = *state;

	assert_errors(fixture, "policy p {\n strict;\n", "E0104 1:10");
	assert_errors(fixture, "policy p {\n ingress on a {\n  rule x allow", "E0104 2:15");
	assert_errors(fixture, "policy p {\n ingress on a {\n  default deny;\n }\n", "E0104 1:10");
	assert_errors(fixture, "net a = { 1.1.1.1", "E0104 1:9");
	assert_errors(fixture, "policy p {\n foo bar\n", "E0104 1:10, E0101 2:2");
}

static void test_empty(void **state)
{
	struct fixture *fixture = *state;

	/* That a file without a policy is an error is the resolver's word. */
	assert_null(parse(fixture, ""));
	assert_null(parse(fixture, "\n\n  # nothing\n"));
	assert_null(parse(fixture, "\xef\xbb\xbf# with a byte order mark\r\n"));
}

static void test_not_text(void **state)
{
	struct fixture *fixture = *state;
	char junk[4096];
	uint32_t random = 1;

	assert_errors_of(fixture, "net a\0 = 1.1.1.1;", 17, "E0005 1:6");
	assert_errors(fixture, "net \xc3\xa4 = 1.1.1.1;\nnet b = ;", "E0002 1:5, E0101 2:9");
	assert_errors(fixture, "strict & ;", "E0101 1:1, E0002 1:8");
	assert_errors(fixture, "net a & 1.1.1.1;", "E0002 1:7");
	for (size_t i = 0; i < sizeof(junk); i++) {
		random = random * 1103515245 + 12345;
		junk[i] = (char)(random >> 16 | 1);
	}
	parse_bytes(fixture, junk, sizeof(junk));
	assert_true(diags_have_errors(&fixture->diags));
}

/* `count` times `piece` between two texts: parsed in bounded time and stack, with the error named. */
static void assert_repeated(struct fixture *fixture, const char *before, const char *piece, size_t count, const char *after,
			    const char *code)
{
	size_t length = strlen(piece), size = strlen(before) + count * length + strlen(after);
	char *text = malloc(size + 1), *at = text;

	assert_non_null(text);
	at = stpcpy(at, before);
	for (size_t i = 0; i < count; i++, at += length)
		memcpy(at, piece, length);
	strcpy(at, after);
	parse_bytes(fixture, text, size);
	free(text);
	if (!code) {
		assert_false(diags_have_errors(&fixture->diags));
		return;
	}
	assert_non_null(fixture->diags.first);
	assert_string_equal(code_table[fixture->diags.first->code].text, code);
}

static void test_depth_is_bounded(void **state)
{
	static const char rule[] = "policy p { ingress on a { rule r allow from ";
	struct fixture *fixture = *state;

	assert_repeated(fixture, rule, "(", 90, "a", "E0104");
	assert_repeated(fixture, rule, "(", 10000, "a", "E0105");
	assert_int_equal(fixture->diags.count[SEVERITY_ERROR], 1);
	assert_repeated(fixture, rule, "{", 10000, "a", "E0105");
	assert_int_equal(fixture->diags.count[SEVERITY_ERROR], 1);
	assert_repeated(fixture, "", "policy p {", 10000, "", "E0101");
	assert_repeated(fixture, "", "{", 1000000, "", "E0101");
	assert_repeated(fixture, "net a = ", "not ", 98, "b;", NULL);
	assert_repeated(fixture, "net a = ", "not ", 100, "b;", "E0105");
	assert_repeated(fixture, "net a = ", "not ", 100000, "b;", "E0105");
	assert_repeated(fixture, "net a = ", "b or ", 98, "b;", NULL);
	assert_repeated(fixture, "net a = ", "b or ", 100000, "b;", "E0105");
	assert_repeated(fixture, "net a = { ", "b, ", 100000, "b };", NULL);
}

static void test_long_input(void **state)
{
	struct fixture *fixture = *state;

	assert_repeated(fixture, "", "a", 5000000, "", "E0106");
	assert_repeated(fixture, "net a = ", "1", 5000000, ";", "E0108");
	assert_repeated(fixture, "net a = 1", ".1", 1000000, ";", "E0109");
	assert_repeated(fixture, "net a = ", ":", 1000000, ";", "E0109");
	assert_repeated(fixture, "include \"", "a", 5000000, "\";", "E0111");
	assert_repeated(fixture, "include \"", "a", 5000000, "", "E0111");
	assert_repeated(fixture, "#", "#", 5000000, "", NULL);
	assert_repeated(fixture, "policy p {", "foo;\n", 100000, "}", "E0101");
	assert_int_equal(fixture->diags.count[SEVERITY_ERROR], 100000);
	assert_repeated(fixture, "policy p { ingress on a { rule r allow", " log tcp from a", 100000, "; } }", NULL);
}

/* A directory of files for one test. */
struct tree {
	char directory[32];
};

static void tree_write(const struct tree *tree, const char *name, const char *text)
{
	char path[128];
	FILE *file;

	snprintf(path, sizeof(path), "%s/%s", tree->directory, name);
	file = fopen(path, "w");
	assert_non_null(file);
	fputs(text, file);
	fclose(file);
}

static struct tree tree_new(void)
{
	struct tree tree = { "/tmp/sentry-parse-XXXXXX" };
	char path[128];

	assert_non_null(mkdtemp(tree.directory));
	snprintf(path, sizeof(path), "%s/sub", tree.directory);
	assert_int_equal(mkdir(path, 0700), 0);
	return tree;
}

static struct ast_file *tree_parse(struct fixture *fixture, const struct tree *tree, const char *name)
{
	reset(fixture);
	return parse_file(&fixture->parse, arena_printf(&fixture->arena, "%s/%s", tree->directory, name));
}

static void tree_remove(const struct tree *tree)
{
	static const char *const names[] = { "a.sp", "b.sp", "link.sp", "sub/c.sp", "sub/d.sp", "sub", "" };
	char path[128];

	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		snprintf(path, sizeof(path), "%s/%s", tree->directory, names[i]);
		remove(path);
	}
	assert_int_equal(access(tree->directory, F_OK), -1);
}

static void test_includes(void **state)
{
	struct fixture *fixture = *state;
	struct tree tree = tree_new();
	struct ast_file *file;

	/* Relative to the file that includes; a file met twice is read once. */
	tree_write(&tree, "a.sp", "include \"sub/c.sp\";\ninclude \"b.sp\";\ninclude \"sub/../b.sp\";\nnet a = 1.1.1.1;\n");
	tree_write(&tree, "b.sp", "net b = 1.1.1.1;\n");
	tree_write(&tree, "sub/c.sp", "include \"d.sp\";\ninclude \"../b.sp\";\n");
	tree_write(&tree, "sub/d.sp", "net d = 1.1.1.1;\n");
	file = tree_parse(fixture, &tree, "a.sp");
	assert_string_equal(errors(fixture), "");
	assert_non_null(strstr(file->includes->source->name, "/sub/c.sp"));
	assert_null(file->includes->next);
	assert_non_null(strstr(file->includes->includes->source->name, "/sub/d.sp"));
	assert_non_null(strstr(file->includes->includes->next->source->name, "/sub/../b.sp"));

	/* Errors of all files, each at its place. */
	tree_write(&tree, "sub/d.sp", "net d = ;\n");
	tree_write(&tree, "b.sp", "\nnet b = ;\n");
	tree_parse(fixture, &tree, "a.sp");
	assert_string_equal(errors(fixture), "E0101 1:9, E0101 2:9");
	tree_remove(&tree);
}

static void test_include_errors(void **state)
{
	struct fixture *fixture = *state;
	struct tree tree = tree_new();
	char target[128], link[128];

	tree_write(&tree, "a.sp", "include \"none.sp\";\ninclude \"sub\";\ninclude \"\";\nnet a = 1.1.1.1;\n");
	assert_non_null(tree_parse(fixture, &tree, "a.sp"));
	assert_string_equal(errors(fixture), "E0001 1:9, E0001 2:9, E0001 3:9");

	assert_null(tree_parse(fixture, &tree, "none.sp"));
	assert_string_equal(errors(fixture), "E0001 0:0");

	/* Cycles: itself, by way of others, by another name of the same file. */
	tree_write(&tree, "a.sp", "include \"a.sp\";\n");
	tree_parse(fixture, &tree, "a.sp");
	assert_string_equal(errors(fixture), "E0003 1:9");
	tree_write(&tree, "a.sp", "include \"b.sp\";\n");
	tree_write(&tree, "b.sp", "\ninclude \"sub/c.sp\";\n");
	tree_write(&tree, "sub/c.sp", "\n\ninclude \"../a.sp\";\n");
	tree_parse(fixture, &tree, "a.sp");
	assert_string_equal(errors(fixture), "E0003 3:9");
	assert_non_null(fixture->diags.first->notes->next);
	assert_null(fixture->diags.first->notes->next->next);
	snprintf(target, sizeof(target), "%s/a.sp", tree.directory);
	snprintf(link, sizeof(link), "%s/link.sp", tree.directory);
	assert_int_equal(symlink(target, link), 0);
	tree_write(&tree, "a.sp", "include \"link.sp\";\n");
	tree_parse(fixture, &tree, "a.sp");
	assert_string_equal(errors(fixture), "E0003 1:9");
	tree_remove(&tree);
}

static void test_include_depth(void **state)
{
	struct fixture *fixture = *state;
	char directory[] = "/tmp/sentry-parse-XXXXXX", path[64];

	assert_non_null(mkdtemp(directory));
	for (int i = 0; i < 200; i++) {
		FILE *file;

		snprintf(path, sizeof(path), "%s/%d", directory, i);
		file = fopen(path, "w");
		assert_non_null(file);
		fprintf(file, "include \"%d\";\n", i + 1);
		fclose(file);
	}
	snprintf(path, sizeof(path), "%s/0", directory);
	parse_file(&fixture->parse, path);
	assert_string_equal(errors(fixture), "E0105 1:9");
	for (int i = 0; i < 200; i++) {
		snprintf(path, sizeof(path), "%s/%d", directory, i);
		unlink(path);
	}
	rmdir(directory);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(test_numbers, setup, teardown),
		cmocka_unit_test_setup_teardown(test_rates, setup, teardown),
		cmocka_unit_test_setup_teardown(test_bad_rates, setup, teardown),
		cmocka_unit_test_setup_teardown(test_durations, setup, teardown),
		cmocka_unit_test_setup_teardown(test_dates, setup, teardown),
		cmocka_unit_test_setup_teardown(test_strings, setup, teardown),
		cmocka_unit_test_setup_teardown(test_names, setup, teardown),
		cmocka_unit_test_setup_teardown(test_addresses, setup, teardown),
		cmocka_unit_test_setup_teardown(test_address_expressions, setup, teardown),
		cmocka_unit_test_setup_teardown(test_ports_belong_to_the_endpoint, setup, teardown),
		cmocka_unit_test_setup_teardown(test_flags, setup, teardown),
		cmocka_unit_test_setup_teardown(test_clauses_in_any_order, setup, teardown),
		cmocka_unit_test_setup_teardown(test_spans, setup, teardown),
		cmocka_unit_test_setup_teardown(test_packets, setup, teardown),
		cmocka_unit_test_setup_teardown(test_packet_parts, setup, teardown),
		cmocka_unit_test_setup_teardown(test_recovery, setup, teardown),
		cmocka_unit_test_setup_teardown(test_what_is_good_is_kept, setup, teardown),
		cmocka_unit_test_setup_teardown(test_wrong_values_are_left_out, setup, teardown),
		cmocka_unit_test_setup_teardown(test_unclosed, setup, teardown),
		cmocka_unit_test_setup_teardown(test_empty, setup, teardown),
		cmocka_unit_test_setup_teardown(test_not_text, setup, teardown),
		cmocka_unit_test_setup_teardown(test_depth_is_bounded, setup, teardown),
		cmocka_unit_test_setup_teardown(test_long_input, setup, teardown),
		cmocka_unit_test_setup_teardown(test_includes, setup, teardown),
		cmocka_unit_test_setup_teardown(test_include_errors, setup, teardown),
		cmocka_unit_test_setup_teardown(test_include_depth, setup, teardown),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
