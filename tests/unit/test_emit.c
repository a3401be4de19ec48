/* SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause */
#include "handmade.h"

#include "clang.h"
#include "emit.h"
#include "source_name.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

#include <cmocka.h>

/* Lines 2 and 3 hold rule ssh, line 4 rule big. */
static const char policy_text[] = "policy edge {\n"
				  "    rule ssh allow tcp from mgmt\n"
				  "                   port 22 note \"*/\";\n"
				  "    rule big deny from martians;\n"
				  "}\n";

static int setup(void **state)
{
	struct handmade *h = test_calloc(1, sizeof(*h));
	struct block *block;
	struct rule *rule;
	struct term *term;

	handmade_open(h, policy_text);
	block = handmade_block(h, DIRECTION_INGRESS, HOOK_XDP, "uplink");
	rule = handmade_rule(h, block, "ssh", VERDICT_ALLOW);
	rule->text = "allow tcp from mgmt port 22 note \"*/\"";
	term = handmade_term(h, rule, FAMILY_V4);
	handmade_range(h, term, FIELD_PROTO, 6, 6)->span = handmade_span(h, "tcp from");
	handmade_range(h, term, FIELD_SRC, 0x0a000000, 0x0affffff)->span = handmade_span(h, "from mgmt");
	handmade_range(h, term, FIELD_DPORT, 22, 22)->span = handmade_span(h, "port 22");
	rule = handmade_rule(h, block, "big", VERDICT_DENY);
	rule->log = true;
	handmade_ranges(handmade_term(h, rule, FAMILY_V6), FIELD_SRC, handmade_many(h, 1, 40, "martians"))->span =
		handmade_span(h, "from martians");
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

static struct bytes emitted(struct handmade *h)
{
	struct program *program = compile_program(&h->compile, h->policy);

	assert_non_null(program);
	return compile_c(&h->compile, program);
}

/* The text between two marks, the first included. */
static char *part(struct handmade *h, struct bytes c, const char *from, const char *to)
{
	const char *begin = strstr(c.data, from);
	const char *end = begin ? strstr(begin, to) : NULL;

	assert_non_null(begin);
	assert_non_null(end);
	return arena_strndup(&h->compile.arena, begin, (size_t)(end - begin));
}

static void test_each_test_stands_on_the_line_of_its_clause(void **state)
{
	struct handmade *h = *state;

	assert_string_equal(part(h, emitted(h), "/* ssh:", "/* big:"),
			    "/* ssh: allow tcp from mgmt port 22 note \"* /\" */\n"
			    "#line 2 \"edge.sp\"\n"
			    "static __always_inline bool rule_ssh(const struct packet *pkt)\n"
			    "{\n"
			    "#line 2\n"
			    "\treturn match_ip4(pkt) && match_proto(pkt, IPPROTO_TCP) &&\n"
			    "\t       match_dport(pkt, 22) &&\n"
			    "#line 2\n"
			    "\t       match_src4_prefix(pkt, IP4(10, 0, 0, 0), 8);\n"
			    "}\n"
			    "\n");
}

/* Every "#line N "edge.bpf.c"" must be true. */
static void test_the_way_back_to_the_file_itself_is_right(void **state)
{
	struct bytes c = emitted(*state);
	unsigned line = 1, found = 0;

	for (const char *text = c.data; *text; text = strchr(text, '\n') + 1, line++) {
		unsigned claimed;

		if (sscanf(text, "#line %u \"edge.bpf.c\"", &claimed) == 1 && strstr(text, "edge.bpf.c") < strchr(text, '\n')) {
			assert_int_equal(claimed, line + 1);
			found++;
		}
	}
	assert_int_equal(found, 1);
}

static void test_without_lines_the_text_is_otherwise_the_same(void **state)
{
	struct handmade *h = *state;
	struct bytes with = emitted(h), without;
	size_t at = 0;

	h->compile.no_line = true;
	without = emitted(h);
	assert_null(strstr(without.data, "#line"));
	for (const char *text = with.data; *text; text = strchr(text, '\n') + 1) {
		size_t length = (size_t)(strchr(text, '\n') + 1 - text);

		if (!strncmp(text, "#line", 5))
			continue;
		assert_memory_equal(text, without.data + at, length);
		at += length;
	}
	assert_int_equal(at, without.size);
}

static void test_tables_are_one_range_a_line(void **state)
{
	struct handmade *h = *state;
	char *table = part(h, emitted(h), "/* net martians", "};");
	unsigned lines = 0;

	for (const char *c = table; *c; c++)
		lines += *c == '\n';
	assert_int_equal(lines, 42);
	assert_non_null(strstr(table, "static const struct range6 net_martians_v6[] = {\n"
				      "\t{ { 0x0000000000000000, 0x0000000000000001 }, "
				      "{ 0x0000000000000000, 0x0000000000000002 } }, /* ::1-::2 */\n"));
}

static void test_long_ladders_are_cut_into_groups(void **state)
{
	struct handmade *h = *state;
	struct bytes c;

	/* Enough for the lists of the policy, not for tables in which its rules could be looked up. */
	h->policy->budget.memory = 4096;
	for (int i = 2; i < 257; i++) {
		struct rule *rule = handmade_rule(h, h->policy->blocks[0], arena_printf(&h->compile.arena, "r%d", i), VERDICT_DENY);

		handmade_range(h, handmade_term(h, rule, FAMILY_V4), FIELD_DPORT, (u128)i, (u128)i);
	}
	c = emitted(h);
	assert_non_null(strstr(c.data, "__noinline __u32 ingress_uplink_rules_2(struct packet *pkt)\n"));
	assert_null(strstr(c.data, "ingress_uplink_rules_3"));
	assert_non_null(strstr(c.data, "\t__u32 decided = ingress_uplink_rules_0(pkt);\n\n"
				       "\tif (decided == NO_DECISION)\n\t\tdecided = ingress_uplink_rules_1(pkt);\n"
				       "\tif (decided == NO_DECISION)\n\t\tdecided = ingress_uplink_rules_2(pkt);\n"
				       "\treturn decided == NO_DECISION ? decision(SLOT_INGRESS_DEFAULT, SENTRY_DENY) : decided;\n"));
	/* 128 + 128 + 1. */
	assert_non_null(strstr(part(h, c, "ingress_uplink_rules_2(struct", "\n}\n"), "rule_r256(pkt)"));
	assert_null(strstr(part(h, c, "ingress_uplink_rules_2(struct", "\n}\n"), "rule_r255(pkt)"));
}

static void test_names_of_files_do_not_tell_where_they_lie(void **state)
{
	static const char *const names[][3] = {
		{ "edge.sp", "edge.sp", "edge.sp" },
		{ "/home/me/p/edge.sp", "/home/me/p/edge.sp", "edge.sp" },
		{ "/home/me/p/edge.sp", "/home/me/p/corp/nets.sp", "corp/nets.sp" },
		{ "p/edge.sp", "p/../shared/nets.sp", "nets.sp" },
		{ "p/edge.sp", "p/lists/a..b/c", "lists/a..b/c" },
		{ "./edge.sp", "./edge.sp", "edge.sp" },
		{ "p/edge.sp", "/etc/nets.sp", "nets.sp" },
		{ "-", "-", "stdin.sp" },
	};
	struct handmade *h = *state;

	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		struct source main = { .name = names[i][0] }, source = { .name = names[i][1] };

		assert_string_equal(source_short_name(&h->compile.arena, &main, &source), names[i][2]);
	}
}

static void test_libclang_accepts_it_and_measures_the_layout(void **state)
{
	struct handmade *h = *state;
	struct bytes c = emitted(h);
	char little[17] = "", big[17] = "";

	if (!clang_check(&h->compile, "edge.bpf.c", c, TARGET_BPFEL, little)) {
		if (strstr(h->compile.error, "no libclang"))
			skip();
		diags_print(&h->compile.diags, stderr, false);
		fail_msg("%s", h->compile.error);
	}
	assert_int_equal(strlen(little), 16);
	assert_true(clang_check(&h->compile, "edge.bpf.c", c, TARGET_BPFEB, big));
	assert_string_equal(little, big);
}

static void test_an_error_in_the_c_is_said_at_the_policys_line(void **state)
{
	struct handmade *h = *state;
	struct bytes c = emitted(h);
	char *call = strstr(c.data, "match_dport(pkt, 22)"), layout[17];
	const struct diag *diag;

	memcpy(call, "match_dporf", 11);
	if (clang_check(&h->compile, "edge.bpf.c", c, TARGET_BPFEL, layout))
		fail_msg("an undeclared function went through");
	if (strstr(h->compile.error, "no libclang"))
		skip();
	diag = h->compile.diags.first;
	assert_non_null(diag);
	assert_int_equal(diag->code, CODE_GENERATED_C);
	assert_non_null(strstr(diag->message, "match_dporf"));
	assert_ptr_equal(diag->span.source, h->source);
	assert_int_equal(source_position(diag->span.source, diag->span.begin).line, 3);
	assert_memory_equal(h->source->text + diag->span.begin, "port 22", 7);
}

int main(void)
{
#define TEST(NAME) cmocka_unit_test_setup_teardown(NAME, setup, teardown)
	const struct CMUnitTest tests[] = {
		TEST(test_each_test_stands_on_the_line_of_its_clause),
		TEST(test_the_way_back_to_the_file_itself_is_right),
		TEST(test_without_lines_the_text_is_otherwise_the_same),
		TEST(test_tables_are_one_range_a_line),
		TEST(test_long_ladders_are_cut_into_groups),
		TEST(test_names_of_files_do_not_tell_where_they_lie),
		TEST(test_libclang_accepts_it_and_measures_the_layout),
		TEST(test_an_error_in_the_c_is_said_at_the_policys_line),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
