/* SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause */
/* The tree as an indented listing: one node a line, its children below it. */
#include "ast.h"

#include "print.h"

#include <inttypes.h>

struct dump {
	FILE *out;
	struct arena arena;
	struct text text;
	unsigned depth;
};

static void begin(struct dump *dump)
{
	fprintf(dump->out, "%*s", (int)dump->depth * 2, "");
}

static void __attribute__((format(printf, 2, 3))) line(struct dump *dump, const char *format, ...)
{
	va_list args;

	begin(dump);
	va_start(args, format);
	vfprintf(dump->out, format, args);
	va_end(args);
	putc('\n', dump->out);
}

/* What the canonical printer writes, behind a word. */
#define LINE_PRINTED(dump, word, call)                                       \
	do {                                                                 \
		(dump)->text.length = 0;                                     \
		call;                                                        \
		line(dump, "%s%s", word, text_line(&(dump)->text));          \
	} while (0)

static void dump_expr(struct dump *dump, const struct ast_expr *expr)
{
	char address[ADDRESS_TEXT];

	switch (expr->kind) {
	case AST_EXPR_ANY:
		line(dump, "any");
		return;
	case AST_EXPR_ADDRESS:
		address_format(expr->family, expr->value, address);
		if (expr->has_prefix)
			line(dump, "prefix %s/%u", address, expr->prefix);
		else
			line(dump, "address %s", address);
		return;
	case AST_EXPR_NUMBER:
		line(dump, "number %" PRIu64, expr->number);
		return;
	case AST_EXPR_NAME:
		line(dump, "name %s", expr->text);
		return;
	case AST_EXPR_SET:
		line(dump, "set %s", expr->text);
		return;
	case AST_EXPR_STRING:
		LINE_PRINTED(dump, "", print_expr(&dump->text, expr));
		return;
	case AST_EXPR_GROUP:
		line(dump, "group %s", expr->text);
		return;
	case AST_EXPR_SERVICE:
		line(dump, "protocol %s", expr->text);
		break;
	case AST_EXPR_RANGE:
		line(dump, "range");
		break;
	case AST_EXPR_LIST:
		line(dump, "list");
		break;
	case AST_EXPR_NOT:
		line(dump, "not");
		break;
	case AST_EXPR_AND:
		line(dump, "and");
		break;
	case AST_EXPR_OR:
		line(dump, "or");
		break;
	}
	dump->depth++;
	if (expr->left)
		dump_expr(dump, expr->left);
	if (expr->right)
		dump_expr(dump, expr->right);
	for (const struct ast_expr *item = expr->items; item; item = item->next)
		dump_expr(dump, item);
	dump->depth--;
}

static void dump_operand(struct dump *dump, const char *what, const struct ast_expr *expr)
{
	if (!expr)
		return;
	if (what) {
		line(dump, "%s", what);
		dump->depth++;
	}
	dump_expr(dump, expr);
	if (what)
		dump->depth--;
}

static const char *clause_word(const struct ast_clause *clause)
{
	switch (clause->kind) {
	case AST_CLAUSE_PROTO:
		return "proto";
	case AST_CLAUSE_FROM:
		return "from";
	case AST_CLAUSE_TO:
		return "to";
	case AST_CLAUSE_PORT:
		return "port";
	case AST_CLAUSE_ICMP:
		return clause->text;
	case AST_CLAUSE_STATE:
		return "state";
	case AST_CLAUSE_VLAN:
		return "vlan";
	case AST_CLAUSE_DSCP:
		return "dscp";
	case AST_CLAUSE_TTL:
		return "ttl";
	case AST_CLAUSE_LENGTH:
		return "length";
	default:
		return NULL;
	}
}

static void dump_clause(struct dump *dump, const struct ast_clause *clause)
{
	const char *word = clause_word(clause);

	/* Without an operand that is a tree of its own, the canonical spelling says all. */
	if (!word || (!clause->value && !clause->port)) {
		LINE_PRINTED(dump, "", print_clause(&dump->text, clause));
		return;
	}
	line(dump, "%s", word);
	dump->depth++;
	dump_operand(dump, NULL, clause->value);
	dump_operand(dump, clause->kind == AST_CLAUSE_ICMP ? "code" : "port", clause->port);
	dump->depth--;
}

static void dump_clauses(struct dump *dump, const struct ast_clause *clauses)
{
	dump->depth++;
	for (; clauses; clauses = clauses->next)
		dump_clause(dump, clauses);
	dump->depth--;
}

static void dump_name(struct dump *dump, const char *word, const struct ast_name *name)
{
	if (name->text)
		line(dump, "%s %s", word, name->text);
}

static void dump_packet(struct dump *dump, const char *what, const struct ast_packet *packet)
{
	line(dump, "%s %s", what, packet->proto.text);
	dump->depth++;
	dump_operand(dump, "from", packet->src);
	dump_operand(dump, "from port", packet->sport);
	dump_operand(dump, "to", packet->dst);
	dump_operand(dump, "to port", packet->dport);
	dump_name(dump, "words", &packet->words);
	for (const struct ast_packet_key *key = packet->keys; key; key = key->next)
		line(dump, "%s = %s", key->name.text, key->value.text);
	if (packet->quoted)
		dump_packet(dump, "quoting", packet->quoted);
	dump->depth--;
}

static void dump_text(struct dump *dump, const char *word, const struct ast_node *node)
{
	LINE_PRINTED(dump, word, text_quoted(&dump->text, node->text));
}

static void dump_block(struct dump *dump, const struct ast_node *node)
{
	begin(dump);
	fprintf(dump->out, "%s on", node->where.egress ? "egress" : "ingress");
	for (unsigned i = 0; i < node->n_interfaces; i++)
		fprintf(dump->out, "%s %s", i ? "," : "", node->interfaces[i].text);
	fprintf(dump->out, "%s%s%s\n", node->any ? " any" : "", node->via.text ? " via " : "", node->via.text ? node->via.text : "");
}

static void dump_where(struct dump *dump, const struct ast_where *where)
{
	line(dump, "in %s%s%s", where->egress ? "egress" : "ingress", where->on.text ? " on " : "",
	     where->on.text ? where->on.text : "");
}

static void dump_node(struct dump *dump, const struct ast_node *node)
{
	switch (node->kind) {
	case AST_INCLUDE:
		dump_text(dump, "include ", node);
		break;
	case AST_POLICY:
		line(dump, "policy %s", node->name.text);
		break;
	case AST_OWNER:
		dump_text(dump, "owner ", node);
		break;
	case AST_STRICT:
		line(dump, "strict");
		break;
	case AST_INTERFACE:
		line(dump, "interface %s", node->name.text);
		dump->depth++;
		dump_text(dump, "device ", node);
		dump->depth--;
		break;
	case AST_NET:
		line(dump, "net %s", node->name.text);
		break;
	case AST_PORT:
		line(dump, "port %s", node->name.text);
		break;
	case AST_SERVICE:
		line(dump, "service %s", node->name.text);
		break;
	case AST_GROUP:
		line(dump, "group %s = %s", node->name.text, node->text);
		break;
	case AST_SET:
		line(dump, "set %s", node->name.text);
		dump->depth++;
		LINE_PRINTED(dump, "", print_set(&dump->text, &node->set));
		dump->depth--;
		break;
	case AST_BUDGET:
		line(dump, "budget");
		break;
	case AST_BUDGET_ITEM:
		line(dump, "%s %" PRIu64, node->name.text, node->number);
		break;
	case AST_STATES:
		line(dump, "states");
		break;
	case AST_ITEM:
		LINE_PRINTED(dump, "", print_item(&dump->text, node));
		break;
	case AST_ACCOUNT:
		line(dump, "account");
		break;
	case AST_SEED:
		line(dump, "seed %" PRIu64, node->number);
		break;
	case AST_ON_FAILURE:
		line(dump, "on-failure %s", print_verdicts[node->verdict]);
		break;
	case AST_LINT:
		line(dump, "lint %s %s", node->name.text, node->text);
		break;
	case AST_BLOCK:
		dump_block(dump, node);
		break;
	case AST_RULE:
		line(dump, "rule %s", node->rule.name.text);
		dump->depth++;
		LINE_PRINTED(dump, "", print_action(&dump->text, &node->rule));
		dump_clauses(dump, node->rule.clauses);
		dump->depth--;
		break;
	case AST_DEFAULT:
		line(dump, "default %s", print_verdicts[node->verdict]);
		break;
	case AST_NON_IP:
		line(dump, "non-ip %s", print_verdicts[node->verdict]);
		break;
	case AST_MALFORMED:
		line(dump, "malformed %s", print_verdicts[node->verdict]);
		break;
	case AST_ASSERT:
		line(dump, "assert %s", node->name.text);
		dump->depth++;
		line(dump, "%s", print_verdicts[node->verdict]);
		dump_where(dump, &node->where);
		dump_clauses(dump, node->clauses);
		if (node->under_limits)
			line(dump, "under limits");
		dump->depth--;
		break;
	case AST_TEST:
		dump_text(dump, "test ", node);
		dump->depth++;
		dump_where(dump, &node->where);
		dump->depth--;
		break;
	case AST_EXPECT:
		dump_packet(dump, "packet", node->expect.packet);
		dump->depth++;
		if (node->expect.where.span.source)
			dump_where(dump, &node->expect.where);
		line(dump, "expect %s", print_verdicts[node->expect.verdict]);
		dump_name(dump, "by", &node->expect.by);
		dump->depth--;
		break;
	case AST_WAIT:
		LINE_PRINTED(dump, "wait ", text_duration(&dump->text, node->number));
		break;
	case AST_ADD:
		LINE_PRINTED(dump, "", print_add_step(&dump->text, &node->add));
		break;
	}
	dump->depth++;
	dump_operand(dump, NULL, node->value);
	for (const struct ast_node *child = node->body; child; child = child->next)
		dump_node(dump, child);
	dump->depth--;
}

void ast_dump(const struct ast_file *file, FILE *out)
{
	struct dump dump = { .out = out };

	arena_init(&dump.arena);
	dump.text.arena = &dump.arena;
	for (const struct ast_node *node = file->nodes; node; node = node->next)
		dump_node(&dump, node);
	arena_fini(&dump.arena);
}
