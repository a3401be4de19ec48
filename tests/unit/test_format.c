/* SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause */
/* Canonical layout. The layout itself is in the golden files: here are its properties, and small cases. */
#include "keywords.h"
#include "parse.h"
#include "fields.h"

#include <glob.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

struct text {
	char *bytes;
	size_t size;
};

/* Parses, and prints the canonical text and the tree; fails the test on an error. */
static void run(const char *name, const char *input, size_t size, struct text *layout, struct text *tree)
{
	struct arena arena;
	struct sources sources;
	struct diags diags;
	struct parse parse = { &arena, &sources, &diags };
	struct ast_file *file;
	FILE *out;

	arena_init(&arena);
	sources_init(&sources, &arena);
	diags_init(&diags, &arena);
	file = parse_source(&parse, source_from_text(&sources, name, input, size));
	if (diags_have_errors(&diags)) {
		diags_print(&diags, stderr, false);
		fail_msg("%s does not parse", name);
	}
	out = open_memstream(&layout->bytes, &layout->size);
	ast_format(file, out);
	fclose(out);
	out = open_memstream(&tree->bytes, &tree->size);
	ast_dump(file, out);
	fclose(out);
	arena_fini(&arena);
}

/* Printing and parsing again changes neither the tree nor the text. */
static void check_round_trip(const char *name, const char *input, size_t size)
{
	struct text layout, tree, layout2, tree2;

	run(name, input, size, &layout, &tree);
	run(name, layout.bytes, layout.size, &layout2, &tree2);
	assert_string_equal(layout2.bytes, layout.bytes);
	assert_string_equal(tree2.bytes, tree.bytes);
	free(layout.bytes);
	free(layout2.bytes);
	free(tree.bytes);
	free(tree2.bytes);
}

static void assert_format(const char *input, const char *expect)
{
	struct text layout, tree;

	run("text", input, strlen(input), &layout, &tree);
	assert_string_equal(layout.bytes, expect);
	free(layout.bytes);
	free(tree.bytes);
	check_round_trip("text", input, strlen(input));
}

static char *read_file(const char *path, size_t *size)
{
	FILE *file = fopen(path, "r");
	char *text = malloc(1 << 20);

	assert_non_null(file);
	assert_non_null(text);
	*size = fread(text, 1, 1 << 20, file);
	fclose(file);
	return text;
}

static void test_golden_files_round_trip(void **state)
{
	glob_t found;

	assert_int_equal(glob("tests/golden/lang/accept/*.sp", 0, NULL, &found), 0);
	assert_true(found.gl_pathc >= 5);
	for (size_t i = 0; i < found.gl_pathc; i++) {
		size_t size;
		char *text = read_file(found.gl_pathv[i], &size);

		check_round_trip(found.gl_pathv[i], text, size);
		free(text);
	}
	globfree(&found);
}

/* Without comments and spaces: what must be in the result whatever the layout. */
static size_t squeeze(const char *text, char *out)
{
	size_t n = 0;

	for (; *text; text++)
		if (!strchr(" \t\n", *text))
			out[n++] = *text;
	out[n] = '\0';
	return n;
}

/* A comment between any two tokens is kept, and the result is stable. */
static void test_comments_anywhere_are_kept(void **state)
{
	static const char policy[] = "include \"a\" ; policy p { owner \"o\" ; net n = { 10.0.0.1 , 10.0.0.2 } ; port q = 1 - 2 ;"
				     " budget { insns 5 ; } ingress on a , b via tc { rule r allow tcp from n and ( m or @s ) port 1 log ;"
				     " default deny ; } test \"t\" in ingress on a { packet arp vlan = 1 expect allow by non-ip ; } }";
	size_t places = 0;

	for (const char *at = policy; (at = strchr(at, ' ')); at++, places++) {
		static const char *const comments[] = { " # <c>\n", "\n# <c>\n", "\n\n\n    # <c>\n\n\n", " # <c>\n# <d>\n" };

		for (size_t i = 0; i < 4; i++) {
			char text[sizeof(policy) + 64], plain[sizeof(policy) + 64], formatted[sizeof(policy) + 64];
			struct text layout, tree;

			snprintf(text, sizeof(text), "%.*s%s%s", (int)(at - policy), policy, comments[i], at);
			run(text, text, strlen(text), &layout, &tree);
			assert_non_null(strstr(layout.bytes, "# <c>\n"));
			assert_int_equal(strstr(layout.bytes, "# <d>\n") != NULL, i == 3);
			/* Comments may move, nothing else may be lost or added. */
			squeeze(layout.bytes, formatted);
			squeeze(text, plain);
			assert_int_equal(strlen(formatted), strlen(plain));
			free(layout.bytes);
			free(tree.bytes);
			check_round_trip(text, text, strlen(text));
		}
	}
	assert_true(places > 70);
}

static void test_empty_and_comment_only(void **state)
{
	assert_format("", "");
	assert_format(" \n\n\t", "");
	assert_format("\n\n# a  \n\n\n# b", "# a\n\n# b\n");
	assert_format("policy p { }", "policy p {\n}\n");
	assert_format("policy p { # c\n}", "policy p {  # c\n}\n");
}

static void test_blank_lines(void **state)
{
	assert_format("net a = 1.1.1.1;\n\n\n\nnet b = 1.1.1.1;\nnet c = 1.1.1.1;net d = 1.1.1.1;",
		      "net a = 1.1.1.1;\n\nnet b = 1.1.1.1;\nnet c = 1.1.1.1;\nnet d = 1.1.1.1;\n");
	/* None at the beginning and the end of a block; none between a moved comment and its statement. */
	assert_format("policy p {\n\n\n    strict;\n\n\n}", "policy p {\n    strict;\n}\n");
	assert_format("port a = 1;\n\nport # c\n\n\nb = 2;", "port a = 1;\n\n# c\nport b = 2;\n");
	/* A statement of several lines ends where it ends. */
	assert_format("port\n\na\n=\n1;\nport b = 2;", "port a = 1;\nport b = 2;\n");
}

static void test_numbers(void **state)
{
	assert_format("set s : addr max 9999;", "set s : addr max 9999;\n");
	assert_format("set s : addr max 10000;", "set s : addr max 10_000;\n");
	assert_format("set s : addr max 1_2_3_4_5_6_7;", "set s : addr max 1_234_567;\n");
	assert_format("set s : addr timeout 86400s;", "set s : addr timeout 1d;\n");
	assert_format("set s : addr timeout 90m;", "set s : addr timeout 90m;\n");
	assert_format("set s : addr timeout 1500ms;", "set s : addr timeout 1500ms;\n");
	assert_format("set s : addr timeout 0s;", "set s : addr timeout 0ms;\n");
	assert_format("port p = 6_5_535;", "port p = 65535;\n");
}

/* All days from 1970 to 2400: reading and writing dates are separate calculations. */
static void test_dates(void **state)
{
	static const unsigned char days[] = { 31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31 };

	for (unsigned year = 1970; year <= 2400; year += year < 2000 ? 1 : 25) {
		for (unsigned month = 1; month <= 12; month++) {
			bool leap = year % 4 == 0 && (year % 100 || year % 400 == 0);
			char text[200];

			snprintf(text, sizeof(text),
				 "policy p {\n    ingress on a {\n        rule r allow expires %04u-%02u-%02u;\n    }\n}\n", year, month,
				 month == 2 && leap ? 29u : days[month - 1]);
			assert_format(text, text);
		}
	}
}

static char *rule_text(struct arena *arena, const char *rule)
{
	struct sources sources;
	struct diags diags;
	struct parse parse = { arena, &sources, &diags };
	char *text = arena_printf(arena, "policy p { ingress on a { rule r %s; } }", rule);
	struct ast_file *file;

	sources_init(&sources, arena);
	diags_init(&diags, arena);
	file = parse_source(&parse, source_from_text(&sources, "text", text, strlen(text)));
	assert_false(diags_have_errors(&diags));
	return ast_rule_text(arena, &file->nodes->body->body->rule);
}

static void test_rule_text(void **state)
{
	struct arena arena;

	arena_init(&arena);
	assert_string_equal(rule_text(&arena, "allow"), "allow");
	assert_string_equal(rule_text(&arena, "allow log tcp from {a,b} port 22 to self"),
			    "allow tcp from { a, b } port 22 to self log");
	/* A port of its own stays one. */
	assert_string_equal(rule_text(&arena, "allow from a log port 22"), "allow port 22 from a log");
	assert_string_equal(rule_text(&arena, "allow to b log from a count port 22 port 23"),
			    "allow port 22 port 23 to b from a log count");
	assert_string_equal(rule_text(&arena, "allow from a tcp port 22"), "allow from a tcp port 22");
	assert_string_equal(rule_text(&arena, "allow from a port 22 port 23"), "allow from a port 22 port 23");
	assert_string_equal(rule_text(&arena, "rate-limit 3000kbit/m per src/24/48, port burst 9 icmp else reject"),
			    "rate-limit 3mbit/m burst 9byte per src/24/48, port icmp else reject");
	assert_string_equal(rule_text(&arena, "rate-limit 9/m max 70000 per src distinct dst icmp"),
			    "rate-limit 9/m distinct dst per src max 70_000 icmp");
	assert_string_equal(rule_text(&arena, "rate-limit 9/m max 5 per src burst 6"), "rate-limit 9/m burst 6 per src max 5");
	assert_string_equal(rule_text(&arena, "sample flow 1/1000 udp count sample flow 1/2 log"),
			    "sample flow 1/1000 udp log sample flow 1/2 count");
	assert_string_equal(rule_text(&arena, "sample 1/1000 note \"a \\\"b\\\"\""), "sample 1/1000 note \"a \\\"b\\\"\"");
	arena_fini(&arena);
}

static void test_packet_text(void **state)
{
	static const char *const packets[][2] = {
		{ "tcp 10.0.0.1:22>10.0.0.2:ssh syn , ack", "tcp 10.0.0.1:22 > 10.0.0.2:ssh syn,ack" },
		{ "udp [FD00::1]:53 > fd00::2", "udp [fd00::1]:53 > fd00::2" },
		{ "proto 0089 1.1.1.1 > 2.2.2.2", "proto 89 1.1.1.1 > 2.2.2.2" },
		{ "icmp 1.1.1.1 > 2.2.2.2 8 code = 0", "icmp 1.1.1.1 > 2.2.2.2 8 code=0" },
		{ "arp vlan=10.20", "arp vlan=10.20" },
		{ "icmp 1.1.1.1>2.2.2.2 11 id = 5 quoting\nudp 2.2.2.2:1>3.3.3.3:2 ttl=1",
		  "icmp 1.1.1.1 > 2.2.2.2 11 id=5 quoting udp 2.2.2.2:1 > 3.3.3.3:2 ttl=1" },
		{ "udp 1.1.1.1:1 > 2.2.2.2:2 ext=hop , dest ttl=1_0", "udp 1.1.1.1:1 > 2.2.2.2:2 ext=hop,dest ttl=10" },
	};
	struct sources sources;
	struct arena arena;
	struct diags diags;
	struct parse parse = { &arena, &sources, &diags };

	arena_init(&arena);
	sources_init(&sources, &arena);
	diags_init(&diags, &arena);
	for (size_t i = 0; i < sizeof(packets) / sizeof(packets[0]); i++) {
		const char *text = packets[i][0];
		struct ast_packet *packet = parse_packet(&parse, source_from_text(&sources, "packet", text, strlen(text)));

		assert_non_null(packet);
		assert_string_equal(ast_packet_text(&arena, packet), packets[i][1]);
	}
	arena_fini(&arena);
}

/* No line is longer than 100 columns if it can be broken. */
static void test_width(void **state)
{
	struct text layout, tree;
	char text[6000] = "net n = { 10.0.0.1";
	char *line;

	for (int i = 0; i < 150; i++)
		strcat(text, ", 10.11.12.13");
	strcat(text, " }; policy p { ingress on a { rule r allow from { 10.0.0.1");
	for (int i = 0; i < 150; i++)
		strcat(text, ", 10.11.12.13");
	strcat(text, " }; } }");
	run("text", text, strlen(text), &layout, &tree);
	for (line = strtok(layout.bytes, "\n"); line; line = strtok(NULL, "\n"))
		assert_true(strlen(line) <= 100);
	free(layout.bytes);
	free(tree.bytes);
	check_round_trip("text", text, strlen(text));
}

static void test_flags(void **state)
{
	struct arena arena;

	arena_init(&arena);
	for (unsigned set = 0; set < 256; set++) {
		char flags[64] = "", rule[128];

		for (unsigned i = 0; i < AST_TCP_FLAGS; i++)
			if (set & 1u << i)
				sprintf(flags + strlen(flags), "%s%s", *flags ? "," : "", ast_tcp_flag_names[i]);
		snprintf(rule, sizeof(rule), "deny flags %s/all", !set ? "none" : set == 255 ? "all" : flags);
		assert_string_equal(rule_text(&arena, rule), rule);
	}
	arena_fini(&arena);
}

/* The one list of fields and the one list of words agree. */
static void test_fields_are_words_of_the_language(void **state)
{
	for (int i = 0; i < N_FIELDS; i++) {
		const char *word = field_table[i].word;

		/* "from port" is two. */
		assert_non_null(keyword_find(word, strcspn(word, " ")));
	}
	for (size_t i = 0; i < n_keywords; i++) {
		assert_ptr_equal(keyword_find(keyword_table[i].word, strlen(keyword_table[i].word)), &keyword_table[i]);
		assert_ptr_equal(keyword_of_token(keyword_table[i].token), &keyword_table[i]);
	}
	assert_null(keyword_find("allo", 4));
	assert_null(keyword_find("allows", 6));
	assert_null(keyword_find("", 0));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_golden_files_round_trip),
		cmocka_unit_test(test_comments_anywhere_are_kept),
		cmocka_unit_test(test_empty_and_comment_only),
		cmocka_unit_test(test_blank_lines),
		cmocka_unit_test(test_numbers),
		cmocka_unit_test(test_dates),
		cmocka_unit_test(test_rule_text),
		cmocka_unit_test(test_packet_text),
		cmocka_unit_test(test_width),
		cmocka_unit_test(test_flags),
		cmocka_unit_test(test_fields_are_words_of_the_language),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
