/* SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause */
/* Expressions, clauses and packets in canonical spelling. */
#include "print.h"

#include <inttypes.h>
#include <string.h>

const char *const ast_tcp_flag_names[AST_TCP_FLAGS] = { "fin", "syn", "rst", "psh", "ack", "urg", "ece", "cwr" };

const char *const print_verdicts[] = {
	[AST_ALLOW] = "allow",
	[AST_DENY] = "deny",
	[AST_REJECT] = "reject",
	[AST_RATE_LIMIT] = "rate-limit",
	[AST_SAMPLE] = "sample",
};

/* How tightly an expression binds: what binds less than its place asks for stands in parentheses. */
static int binding(enum ast_expr_kind kind)
{
	switch (kind) {
	case AST_EXPR_OR:
		return 1;
	case AST_EXPR_AND:
		return 2;
	case AST_EXPR_NOT:
		return 3;
	default:
		return 4;
	}
}

static void print_bound(struct text *text, const struct ast_expr *expr, int least);

static void print_binary(struct text *text, const struct ast_expr *expr, const char *operator)
{
	int own = binding(expr->kind);

	/* The grammar groups from the left. */
	print_bound(text, expr->left, own);
	text_break(text);
	text_put(text, operator);
	text_put(text, " ");
	print_bound(text, expr->right, own + 1);
}

static void print_address(struct text *text, const struct ast_expr *expr)
{
	char address[ADDRESS_TEXT];

	text_put(text, address_format(expr->family, expr->value, address));
	if (expr->has_prefix)
		text_printf(text, "/%u", expr->prefix);
}

static void print_list(struct text *text, const struct ast_expr *items)
{
	text_put(text, "{ ");
	for (const struct ast_expr *item = items; item; item = item->next) {
		print_expr(text, item);
		if (item->next) {
			text_put(text, ",");
			text_break(text);
		}
	}
	text_put(text, " }");
}

void print_expr(struct text *text, const struct ast_expr *expr)
{
	switch (expr->kind) {
	case AST_EXPR_ANY:
		text_put(text, "any");
		break;
	case AST_EXPR_ADDRESS:
		print_address(text, expr);
		break;
	case AST_EXPR_NUMBER:
		text_printf(text, "%" PRIu64, expr->number);
		break;
	case AST_EXPR_NAME:
		text_put(text, expr->text);
		break;
	case AST_EXPR_SET:
		text_printf(text, "@%s", expr->text);
		break;
	case AST_EXPR_STRING:
		text_put(text, "file ");
		text_quoted(text, expr->text);
		break;
	case AST_EXPR_GROUP:
		text_printf(text, "group %s", expr->text);
		break;
	case AST_EXPR_RANGE:
		print_expr(text, expr->left);
		text_put(text, "-");
		print_expr(text, expr->right);
		break;
	case AST_EXPR_LIST:
		print_list(text, expr->items);
		break;
	case AST_EXPR_NOT:
		text_put(text, "not ");
		print_bound(text, expr->left, binding(AST_EXPR_NOT));
		break;
	case AST_EXPR_AND:
		print_binary(text, expr, "and");
		break;
	case AST_EXPR_OR:
		print_binary(text, expr, "or");
		break;
	case AST_EXPR_SERVICE:
		text_put(text, expr->text);
		if (expr->left) {
			text_put(text, "/");
			print_expr(text, expr->left);
		}
		break;
	}
}

static void print_bound(struct text *text, const struct ast_expr *expr, int least)
{
	if (binding(expr->kind) >= least) {
		print_expr(text, expr);
		return;
	}
	text_put(text, "(");
	print_expr(text, expr);
	text_put(text, ")");
}

static void print_flags(struct text *text, uint8_t bits)
{
	bool first = true;

	if (!bits || bits == 0xff) {
		text_put(text, bits ? "all" : "none");
		return;
	}
	for (unsigned i = 0; i < AST_TCP_FLAGS; i++) {
		if (!(bits & 1u << i))
			continue;
		text_printf(text, "%s%s", first ? "" : ",", ast_tcp_flag_names[i]);
		first = false;
	}
}

/* States are a bare list. */
static void print_states(struct text *text, const struct ast_expr *value)
{
	if (value->kind == AST_EXPR_NOT) {
		text_put(text, "not ");
		value = value->left;
	}
	if (value->kind != AST_EXPR_LIST) {
		print_expr(text, value);
		return;
	}
	for (const struct ast_expr *item = value->items; item; item = item->next) {
		print_expr(text, item);
		if (item->next)
			text_put(text, ",");
	}
}

/* Year, month and day of a day counted from 1970-01-01 on, by cycles of 400 years that begin in March. */
void print_date(struct text *text, uint64_t days)
{
	uint64_t shifted = days + 719468, era = shifted / 146097, day_of_era = shifted % 146097;
	uint64_t year_of_era = (day_of_era - day_of_era / 1460 + day_of_era / 36524 - day_of_era / 146096) / 365;
	uint64_t day_of_year = day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
	uint64_t shifted_month = (5 * day_of_year + 2) / 153, month = shifted_month < 10 ? shifted_month + 3 : shifted_month - 9;
	uint64_t year = era * 400 + year_of_era + (month <= 2);

	text_printf(text, "%04" PRIu64 "-%02" PRIu64 "-%02" PRIu64, year, month, day_of_year - (153 * shifted_month + 2) / 5 + 1);
}

/* A word, then the value if there is one. */
static void print_value(struct text *text, const char *word, const struct ast_expr *value)
{
	text_put(text, word);
	if (value) {
		text_put(text, " ");
		print_expr(text, value);
	}
}

static void print_text_clause(struct text *text, const char *word, const char *string)
{
	text_printf(text, "%s ", word);
	text_quoted(text, string);
}

static void print_endpoint(struct text *text, const char *word, const struct ast_clause *clause)
{
	print_value(text, word, clause->value);
	if (clause->port) {
		text_put(text, " port ");
		print_expr(text, clause->port);
	}
}

static void print_add(struct text *text, const struct ast_clause *clause)
{
	text_printf(text, "add %s to @%s", clause->first ? "src" : "dst", clause->text);
	if (clause->number) {
		text_put(text, " for ");
		text_duration(text, clause->number);
	}
}

static void print_sample(struct text *text, uint64_t n, bool flows)
{
	text_put(text, flows ? "sample flow 1/" : "sample 1/");
	text_count(text, n);
}

void print_clause(struct text *text, const struct ast_clause *clause)
{
	switch (clause->kind) {
	case AST_CLAUSE_PROTO:
		print_value(text, clause->value ? "proto" : clause->text, clause->value);
		break;
	case AST_CLAUSE_SERVICE:
		text_printf(text, "service %s", clause->text);
		break;
	case AST_CLAUSE_FROM:
		print_endpoint(text, "from", clause);
		break;
	case AST_CLAUSE_TO:
		print_endpoint(text, "to", clause);
		break;
	case AST_CLAUSE_PORT:
		print_value(text, "port", clause->value);
		break;
	case AST_CLAUSE_FLAGS:
		text_put(text, "flags ");
		print_flags(text, clause->flags_set);
		if (clause->has_mask) {
			text_put(text, "/");
			print_flags(text, clause->flags_mask);
		}
		break;
	case AST_CLAUSE_ICMP:
		print_value(text, clause->text, clause->value);
		if (clause->port)
			print_value(text, " code", clause->port);
		break;
	case AST_CLAUSE_STATE:
		text_put(text, "state ");
		print_states(text, clause->value);
		break;
	case AST_CLAUSE_VLAN:
		print_value(text, "vlan", clause->value);
		break;
	case AST_CLAUSE_DSCP:
		print_value(text, "dscp", clause->value);
		break;
	case AST_CLAUSE_TTL:
		print_value(text, "ttl", clause->value);
		break;
	case AST_CLAUSE_LENGTH:
		print_value(text, "length", clause->value);
		break;
	case AST_CLAUSE_FRAGMENT:
		text_put(text, clause->first ? "fragment first" : "fragment");
		break;
	case AST_CLAUSE_IP:
		text_put(text, clause->number == 4 ? "ip4" : "ip6");
		break;
	case AST_CLAUSE_ELSE:
		text_printf(text, "else %s", print_verdicts[clause->verdict]);
		break;
	case AST_CLAUSE_LOG:
		text_put(text, "log");
		break;
	case AST_CLAUSE_DETECT:
		text_printf(text, "detect %s", clause->text);
		break;
	case AST_CLAUSE_COUNT:
		text_put(text, "count");
		break;
	case AST_CLAUSE_SAMPLE:
		print_sample(text, clause->number, clause->first);
		break;
	case AST_CLAUSE_ADD:
		print_add(text, clause);
		break;
	case AST_CLAUSE_OVERRIDES:
		text_printf(text, "overrides %s", clause->text);
		break;
	case AST_CLAUSE_LINT_OFF:
		text_printf(text, "lint-off %s ", clause->text);
		text_quoted(text, clause->reason);
		break;
	case AST_CLAUSE_OWNER:
		print_text_clause(text, "owner", clause->text);
		break;
	case AST_CLAUSE_TICKET:
		print_text_clause(text, "ticket", clause->text);
		break;
	case AST_CLAUSE_NOTE:
		print_text_clause(text, "note", clause->text);
		break;
	case AST_CLAUSE_EXPIRES:
		text_put(text, "expires ");
		print_date(text, clause->number);
		break;
	}
}

void print_clauses(struct text *text, const struct ast_clause *clauses)
{
	for (; clauses; clauses = clauses->next) {
		text_break(text);
		print_clause(text, clauses);
	}
}

/* The greatest unit that divides it. */
static void print_amount(struct text *text, uint64_t amount, enum ast_rate_unit unit)
{
	static const char prefixes[] = "kmg";
	int i = -1;

	if (unit == AST_RATE_PACKETS) {
		text_count(text, amount);
		return;
	}
	while (i < 2 && amount && amount % 1000 == 0) {
		amount /= 1000;
		i++;
	}
	text_count(text, amount);
	if (i >= 0)
		text_printf(text, "%c", prefixes[i]);
	text_put(text, unit == AST_RATE_BITS ? "bit" : "byte");
}

static void print_key(struct text *text, const struct ast_key *key)
{
	static const char *const words[] = {
		[AST_KEY_SRC] = "src",
		[AST_KEY_DST] = "dst",
		[AST_KEY_FLOW] = "flow",
		[AST_KEY_PORT] = "port",
	};

	text_put(text, words[key->kind]);
	if (key->has_prefix4)
		text_printf(text, "/%u", key->prefix4);
	if (key->has_prefix6)
		text_printf(text, "/%u", key->prefix6);
}

static void print_rate(struct text *text, const struct ast_rate *rate)
{
	static const char *const distinct[] = {
		[AST_DISTINCT_PORT] = "port",
		[AST_DISTINCT_SRC] = "src",
		[AST_DISTINCT_DST] = "dst",
	};

	text_put(text, "rate-limit ");
	print_amount(text, rate->amount, rate->unit);
	text_put(text, rate->period_ns == 1000000000ull ? "/s" : rate->period_ns == 60 * 1000000000ull ? "/m" : "/h");
	if (rate->has_burst) {
		text_put(text, " burst ");
		print_amount(text, rate->burst, rate->unit == AST_RATE_PACKETS ? AST_RATE_PACKETS : AST_RATE_BYTES);
	}
	if (rate->distinct)
		text_printf(text, " distinct %s", distinct[rate->distinct]);
	for (const struct ast_key *key = rate->keys; key; key = key->next) {
		text_put(text, key == rate->keys ? " per " : ", ");
		print_key(text, key);
	}
	if (rate->has_max) {
		text_put(text, " max ");
		text_count(text, rate->max);
	}
}

void print_action(struct text *text, const struct ast_rule *rule)
{
	switch (rule->verdict) {
	case AST_RATE_LIMIT:
		print_rate(text, &rule->rate);
		break;
	case AST_SAMPLE:
		print_sample(text, rule->sample, rule->sample_flow);
		break;
	default:
		text_put(text, print_verdicts[rule->verdict]);
	}
}

void print_set(struct text *text, const struct ast_set *set)
{
	static const char *const words[] = {
		[AST_SET_ADDR] = "addr",
		[AST_SET_NET] = "net",
		[AST_SET_PORT] = "port",
		[AST_SET_PROTO] = "proto",
	};

	for (unsigned i = 0; i < set->n_types; i++)
		text_printf(text, "%s%s", i ? " . " : "", words[set->types[i]]);
	if (set->has_max) {
		text_break(text);
		text_put(text, "max ");
		text_count(text, set->max);
	}
	if (set->has_timeout) {
		text_break(text);
		text_put(text, "timeout ");
		text_duration(text, set->timeout_ns);
	}
	if (set->from.text) {
		text_break(text);
		print_text_clause(text, "from", set->from.text);
	}
}

static void print_packet_endpoint(struct text *text, const struct ast_expr *address, const struct ast_expr *port)
{
	bool brackets = port && address->family == FAMILY_V6;

	text_put(text, brackets ? "[" : "");
	print_address(text, address);
	text_put(text, brackets ? "]" : "");
	if (port) {
		text_put(text, ":");
		print_expr(text, port);
	}
}

void print_packet(struct text *text, const struct ast_packet *packet)
{
	if (packet->proto.text[0] >= '0' && packet->proto.text[0] <= '9')
		text_put(text, "proto ");
	text_put(text, packet->proto.text);
	if (packet->src) {
		text_put(text, " ");
		print_packet_endpoint(text, packet->src, packet->sport);
		text_break(text);
		text_put(text, "> ");
		print_packet_endpoint(text, packet->dst, packet->dport);
	}
	if (packet->words.text)
		text_printf(text, " %s", packet->words.text);
	for (const struct ast_packet_key *key = packet->keys; key; key = key->next) {
		text_break(text);
		text_printf(text, "%s=%s", key->name.text, key->value.text);
	}
	if (packet->quoted) {
		text_break(text);
		text_put(text, "quoting ");
		print_packet(text, packet->quoted);
	}
}

void print_add_step(struct text *text, const struct ast_add *add)
{
	text_put(text, "add ");
	print_address(text, add->address);
	if (add->port) {
		text_put(text, " port ");
		print_expr(text, add->port);
	}
	if (add->proto.text)
		text_printf(text, " proto %s", add->proto.text);
	text_printf(text, " to @%s", add->set.text);
	if (add->timeout_ns) {
		text_put(text, " for ");
		text_duration(text, add->timeout_ns);
	}
}

void print_item(struct text *text, const struct ast_node *node)
{
	text_put(text, node->name.text);
	if (node->item == AST_ITEM_WORD)
		return;
	text_put(text, " ");
	if (node->item == AST_ITEM_NUMBER)
		text_count(text, node->number);
	else
		text_duration(text, node->number);
}

char *ast_rule_text(struct arena *arena, const struct ast_rule *rule)
{
	struct text text = { .arena = arena };

	print_action(&text, rule);
	print_clauses(&text, rule->clauses);
	return text_line(&text);
}

char *ast_packet_text(struct arena *arena, const struct ast_packet *packet)
{
	struct text text = { .arena = arena };

	print_packet(&text, packet);
	return text_line(&text);
}
