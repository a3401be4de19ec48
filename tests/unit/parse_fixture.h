/* SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause */
/* For tests of the parser: a text parsed into a tree, and its errors as a line. After cmocka.h; not all use all of it. */
#ifndef PARSE_FIXTURE_H
#define PARSE_FIXTURE_H

#include "parse.h"

struct fixture {
	struct arena arena;
	struct sources sources;
	struct diags diags;
	struct parse parse;
};

static __attribute__((unused)) void begin(struct fixture *fixture)
{
	arena_init(&fixture->arena);
	sources_init(&fixture->sources, &fixture->arena);
	diags_init(&fixture->diags, &fixture->arena);
	fixture->parse = (struct parse){ &fixture->arena, &fixture->sources, &fixture->diags };
}

static int setup(void **state)
{
	*state = calloc(1, sizeof(struct fixture));
	if (!*state)
		return -1;
	begin(*state);
	return 0;
}

static int teardown(void **state)
{
	struct fixture *fixture = *state;

	arena_fini(&fixture->arena);
	free(fixture);
	return 0;
}

/* Forgets what went before. */
static __attribute__((unused)) void reset(struct fixture *fixture)
{
	arena_fini(&fixture->arena);
	begin(fixture);
}

static __attribute__((unused)) struct ast_file *parse_bytes(struct fixture *fixture, const char *text, size_t size)
{
	reset(fixture);
	return parse_source(&fixture->parse, source_from_text(&fixture->sources, "text", text, size));
}

static __attribute__((unused)) struct ast_node *parse(struct fixture *fixture, const char *text)
{
	struct ast_file *file = parse_bytes(fixture, text, strlen(text));

	if (diags_have_errors(&fixture->diags)) {
		diags_print(&fixture->diags, stderr, false);
		fail_msg("does not parse: %s", text);
	}
	return file->nodes;
}

/* The clauses of one rule. */
static __attribute__((unused)) struct ast_clause *parse_clauses(struct fixture *fixture, const char *clauses)
{
	char text[1000];

	snprintf(text, sizeof(text), "policy p { ingress on a { rule r allow %s; } }", clauses);
	return parse(fixture, text)->body->body->rule.clauses;
}

static __attribute__((unused)) struct ast_rate parse_rate(struct fixture *fixture, const char *rate)
{
	char text[1000];

	snprintf(text, sizeof(text), "policy p { ingress on a { rule r rate-limit %s; } }", rate);
	return parse(fixture, text)->body->body->rule.rate;
}

/* "E0101 1:5, E0103 2:1" */
static __attribute__((unused)) const char *errors(struct fixture *fixture)
{
	const char *list = "";

	diags_sort(&fixture->diags);
	for (const struct diag *diag = fixture->diags.first; diag; diag = diag->next) {
		struct position at = { 0 };

		if (diag->span.source)
			at = source_position(diag->span.source, diag->span.begin);
		list = arena_printf(&fixture->arena, "%s%s%s %u:%u", list, *list ? ", " : "", code_table[diag->code].text, at.line,
				    at.column);
	}
	return list;
}

static __attribute__((unused)) void assert_errors_of(struct fixture *fixture, const char *text, size_t size, const char *expect)
{
	parse_bytes(fixture, text, size);
	assert_string_equal(errors(fixture), expect);
}

static __attribute__((unused)) void assert_errors(struct fixture *fixture, const char *text, const char *expect)
{
	assert_errors_of(fixture, text, strlen(text), expect);
}

#endif
