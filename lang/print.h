/* SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause */
/*
 * The canonical spelling of the parts of statements, as one piece of text in
 * which BREAK marks the spaces where a line may be broken. Private to lang/.
 */
#ifndef SENTRY_PRINT_H
#define SENTRY_PRINT_H

#include "arena.h"
#include "ast.h"

/* No string and no name holds this byte. */
#define BREAK '\n'

struct text {
	struct arena *arena;
	char *bytes;
	size_t length, room;
};

void text_put(struct text *text, const char *string);
void text_printf(struct text *text, const char *format, ...) __attribute__((format(printf, 2, 3)));
void text_break(struct text *text);
/* In double quotes. */
void text_quoted(struct text *text, const char *string);
/* A count: '_' every three digits above 9999. */
void text_count(struct text *text, uint64_t number);
void text_duration(struct text *text, uint64_t ns);
/* One line, NUL-terminated; the text can be used on. */
char *text_line(struct text *text);

extern const char *const print_verdicts[];

void print_expr(struct text *text, const struct ast_expr *expr);
void print_clause(struct text *text, const struct ast_clause *clause);
/* All, each with a BREAK before it. */
void print_clauses(struct text *text, const struct ast_clause *clauses);
/* "rate-limit 10/s per src", "sample 1/100", "allow" */
void print_action(struct text *text, const struct ast_rule *rule);
void print_set(struct text *text, const struct ast_set *set);
void print_packet(struct text *text, const struct ast_packet *packet);
/* "add 192.0.2.1 port 53 to @clients for 10m" */
void print_add_step(struct text *text, const struct ast_add *add);
/* "tcp opening 1m" */
void print_item(struct text *text, const struct ast_node *node);
void print_date(struct text *text, uint64_t days);

#endif
