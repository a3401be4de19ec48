/* SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause */
/*
 * The canonical layout: four spaces a level, a statement a line, lines broken at
 * 100 columns, blank lines of the author kept but never two together.
 *
 * Comments are printed as the walk over the statements passes them. One that
 * stands behind a statement on its line stays there; one inside a statement goes
 * before it, so that a second run finds it where the first has put it. Only the
 * lists of declarations, which are worth comments, keep them inside.
 */
#include "ast.h"
#include "print.h"
#include "source.h"

#include <inttypes.h>
#include <string.h>

#define WIDTH 100u
#define LEVEL 4u
/* A line that goes on is set off from what stands inside a block. */
#define CONTINUATION (2 * LEVEL)

struct format {
	FILE *out;
	const struct source *source;
	struct arena arena;
	struct text text;
	const struct ast_comment *comment; /* the next one to be printed */
	unsigned indent;
	uint32_t last_line; /* of the source: where what was printed last ended */
	bool fresh;         /* nothing was printed in this block: no blank line */
};

static uint32_t line_of(const struct format *format, uint32_t offset)
{
	return source_position(format->source, offset).line;
}

static void print_indent(struct format *format, unsigned columns)
{
	fprintf(format->out, "%*s", (int)columns, "");
}

/* A blank line if the author left one or more before what began on `line`. */
static void keep_blank(struct format *format, uint32_t line)
{
	if (!format->fresh && line > format->last_line + 1)
		putc('\n', format->out);
	format->fresh = false;
}

static void print_comment(struct format *format)
{
	struct span span = format->comment->span;

	fwrite(format->source->text + span.begin, 1, span.end - span.begin, format->out);
	putc('\n', format->out);
	format->comment = format->comment->next;
}

/* Comments before `offset`, each on a line of its own. */
static void print_leading(struct format *format, uint32_t offset)
{
	while (format->comment && format->comment->span.begin < offset) {
		uint32_t line = line_of(format, format->comment->span.begin);

		keep_blank(format, line);
		print_indent(format, format->indent);
		print_comment(format);
		format->last_line = line;
	}
}

/* Before a statement (or list element) from `begin` on: the comments above it and those inside it, up to `end`. */
static void print_above(struct format *format, uint32_t begin, uint32_t end)
{
	uint32_t line = line_of(format, begin);

	print_leading(format, begin);
	keep_blank(format, line);
	while (format->comment && format->comment->span.begin < end) {
		print_indent(format, format->indent);
		print_comment(format);
	}
}

/* Ends a line of output, with the comment that follows `offset` on its line if only `between` stands between. */
static void end_line(struct format *format, uint32_t offset, const char *between)
{
	const struct ast_comment *comment = format->comment;
	const char *text = format->source->text;
	uint32_t at = offset;

	format->last_line = line_of(format, offset);
	if (comment && comment->trailing && comment->span.begin >= offset) {
		while (at < comment->span.begin && strchr(between, text[at]))
			at++;
		if (at == comment->span.begin) {
			fputs("  ", format->out);
			print_comment(format);
			return;
		}
	}
	putc('\n', format->out);
}

/* Prints the text from column `first` on, broken where it has to be; `next` is the column of further lines. */
static void print_filled(struct format *format, unsigned first, unsigned next)
{
	const char *at = format->text.bytes, *end = at + format->text.length;
	size_t column = first;
	bool begun = false;

	print_indent(format, first);
	for (;;) {
		const char *stop = memchr(at, BREAK, (size_t)(end - at));
		size_t length = (size_t)((stop ? stop : end) - at);

		if (begun && column + 1 + length > WIDTH) {
			putc('\n', format->out);
			print_indent(format, next);
			column = next;
		} else if (begun) {
			putc(' ', format->out);
			column++;
		}
		fwrite(at, 1, length, format->out);
		column += length;
		begun = true;
		if (!stop)
			return;
		at = stop + 1;
	}
}

static void print_text(struct format *format)
{
	print_filled(format, format->indent, format->indent + CONTINUATION);
}

static void where_text(struct text *text, const struct ast_where *where)
{
	text_break(text);
	text_printf(text, "in %s", where->egress ? "egress" : "ingress");
	if (where->on.text)
		text_printf(text, " on %s", where->on.text);
}

static void block_text(struct text *text, const struct ast_node *node)
{
	text_printf(text, "%s on ", node->where.egress ? "egress" : "ingress");
	if (node->any)
		text_put(text, "any");
	for (unsigned i = 0; i < node->n_interfaces; i++) {
		if (i) {
			text_put(text, ",");
			text_break(text);
		}
		text_put(text, node->interfaces[i].text);
	}
	if (node->via.text) {
		text_break(text);
		text_printf(text, "via %s", node->via.text);
	}
}

static const char *declaration_word(enum ast_kind kind)
{
	return kind == AST_NET ? "net" : kind == AST_PORT ? "port" : "service";
}

/* A statement without its ';' or body. */
static void statement_text(struct text *text, const struct ast_node *node)
{
	switch (node->kind) {
	case AST_INCLUDE:
		text_put(text, "include ");
		text_quoted(text, node->text);
		break;
	case AST_POLICY:
		text_printf(text, "policy %s", node->name.text);
		break;
	case AST_OWNER:
		text_put(text, "owner ");
		text_quoted(text, node->text);
		break;
	case AST_STRICT:
		text_put(text, "strict");
		break;
	case AST_INTERFACE:
		text_printf(text, "interface %s = ", node->name.text);
		text_quoted(text, node->text);
		break;
	case AST_NET:
	case AST_PORT:
	case AST_SERVICE:
		text_printf(text, "%s %s = ", declaration_word(node->kind), node->name.text);
		print_expr(text, node->value);
		break;
	case AST_GROUP:
		text_printf(text, "group %s = %s", node->name.text, node->text);
		break;
	case AST_SET:
		text_printf(text, "set %s : ", node->name.text);
		print_set(text, &node->set);
		break;
	case AST_BUDGET:
		text_put(text, "budget");
		break;
	case AST_BUDGET_ITEM:
		text_printf(text, "%s ", node->name.text);
		text_count(text, node->number);
		break;
	case AST_STATES:
		text_put(text, "states");
		break;
	case AST_ITEM:
		print_item(text, node);
		break;
	case AST_ACCOUNT:
		text_put(text, "account");
		break;
	case AST_SEED:
		text_printf(text, "seed %" PRIu64, node->number);
		break;
	case AST_ON_FAILURE:
		text_printf(text, "on-failure %s", print_verdicts[node->verdict]);
		break;
	case AST_LINT:
		text_printf(text, "lint %s %s", node->name.text, node->text);
		break;
	case AST_BLOCK:
		block_text(text, node);
		break;
	case AST_RULE:
		text_printf(text, "rule %s ", node->rule.name.text);
		print_action(text, &node->rule);
		print_clauses(text, node->rule.clauses);
		break;
	case AST_DEFAULT:
		text_printf(text, "default %s", print_verdicts[node->verdict]);
		break;
	case AST_NON_IP:
		text_printf(text, "non-ip %s", print_verdicts[node->verdict]);
		break;
	case AST_MALFORMED:
		text_printf(text, "malformed %s", print_verdicts[node->verdict]);
		break;
	case AST_ASSERT:
		text_printf(text, "assert %s %s", node->name.text, print_verdicts[node->verdict]);
		where_text(text, &node->where);
		print_clauses(text, node->clauses);
		if (node->under_limits) {
			text_break(text);
			text_put(text, "under limits");
		}
		break;
	case AST_TEST:
		text_put(text, "test ");
		text_quoted(text, node->text);
		where_text(text, &node->where);
		break;
	case AST_EXPECT:
		text_put(text, "packet ");
		print_packet(text, node->expect.packet);
		if (node->expect.where.span.source)
			where_text(text, &node->expect.where);
		text_break(text);
		text_printf(text, "expect %s", print_verdicts[node->expect.verdict]);
		if (node->expect.by.text)
			text_printf(text, " by %s", node->expect.by.text);
		break;
	case AST_WAIT:
		text_put(text, "wait ");
		text_duration(text, node->number);
		break;
	case AST_ADD:
		print_add_step(text, &node->add);
		break;
	}
}

/* "net mgmt = {" */
static void print_list_head(struct format *format, const struct ast_node *node)
{
	print_indent(format, format->indent);
	fprintf(format->out, "%s %s = {", declaration_word(node->kind), node->name.text);
}

static void print_list_end(struct format *format)
{
	print_indent(format, format->indent);
	fputs("};", format->out);
}

/* A list with comments inside: an element a line, each comment where it was. */
static void print_commented_list(struct format *format, const struct ast_node *node)
{
	const struct ast_expr *list = node->value;

	print_above(format, node->span.begin, list->span.begin);
	print_list_head(format, node);
	end_line(format, list->span.begin + 1, " \t\r");
	format->indent += LEVEL;
	format->fresh = true;
	for (const struct ast_expr *item = list->items; item; item = item->next) {
		print_above(format, item->span.begin, item->span.end);
		format->text.length = 0;
		print_expr(&format->text, item);
		if (item->next)
			text_put(&format->text, ",");
		print_text(format);
		end_line(format, item->span.end, " \t\r,");
	}
	print_leading(format, list->span.end - 1);
	format->indent -= LEVEL;
	print_list_end(format);
	end_line(format, node->span.end, " \t\r");
}

static void print_long_list(struct format *format, const struct ast_node *node)
{
	print_list_head(format, node);
	putc('\n', format->out);
	format->text.length = 0;
	for (const struct ast_expr *item = node->value->items; item; item = item->next) {
		print_expr(&format->text, item);
		if (item->next) {
			text_put(&format->text, ",");
			text_break(&format->text);
		}
	}
	print_filled(format, format->indent + LEVEL, format->indent + LEVEL);
	putc('\n', format->out);
	print_list_end(format);
}

static bool has_comment(const struct format *format, struct span span)
{
	const struct ast_comment *comment = format->comment;

	while (comment && comment->span.begin < span.begin)
		comment = comment->next;
	return comment && comment->span.begin < span.end;
}

static bool is_declared_list(const struct ast_node *node)
{
	return (node->kind == AST_NET || node->kind == AST_PORT || node->kind == AST_SERVICE) && node->value->kind == AST_EXPR_LIST;
}

static bool has_body(const struct ast_node *node)
{
	return node->kind == AST_POLICY || node->kind == AST_BUDGET || node->kind == AST_STATES || node->kind == AST_ACCOUNT ||
	       node->kind == AST_BLOCK || node->kind == AST_TEST;
}

static void print_node(struct format *format, const struct ast_node *node);

static void print_body(struct format *format, const struct ast_node *node)
{
	text_put(&format->text, " {");
	print_text(format);
	end_line(format, node->open.end, " \t\r");
	format->indent += LEVEL;
	format->fresh = true;
	for (const struct ast_node *child = node->body; child; child = child->next)
		print_node(format, child);
	print_leading(format, node->span.end - 1);
	format->indent -= LEVEL;
	format->fresh = false;
	print_indent(format, format->indent);
	putc('}', format->out);
}

static void print_node(struct format *format, const struct ast_node *node)
{
	if (is_declared_list(node) && has_comment(format, node->value->span)) {
		print_commented_list(format, node);
		return;
	}
	print_above(format, node->span.begin, has_body(node) ? node->open.begin : node->span.end);
	format->text.length = 0;
	statement_text(&format->text, node);
	if (has_body(node)) {
		print_body(format, node);
	} else {
		text_put(&format->text, ";");
		if (is_declared_list(node) && format->indent + format->text.length > WIDTH)
			print_long_list(format, node);
		else
			print_text(format);
	}
	end_line(format, node->span.end, " \t\r");
}

void ast_format(const struct ast_file *file, FILE *out)
{
	struct format format = { .out = out, .source = file->source, .comment = file->comments, .fresh = true };

	arena_init(&format.arena);
	format.text.arena = &format.arena;
	for (const struct ast_node *node = file->nodes; node; node = node->next)
		print_node(&format, node);
	print_leading(&format, UINT32_MAX);
	arena_fini(&format.arena);
}
