/* SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause */
/*
 * struct program -> C. What is written reads from top to bottom as the policy
 * does: slots, tables, one predicate function per rule, the ladder of each block,
 * its entry. Behaviour is in bpf-templates/; here are only calls of it.
 */
#include "emit.h"

#include "emitter.h"
#include "hook.h"
#include "ip_proto.h"
#include "source_name.h"

#include <inttypes.h>
#include <string.h>

#define LINE_MAX_COLUMNS 110

/* Where the text of a span is, as #line says it. */
static const char *file_of(struct emitter *e, struct span span)
{
	return source_short_name(e->arena, e->main, span.source);
}

static uint32_t line_of(struct span span)
{
	return source_position(span.source, span.begin).line;
}

/* --- expressions -------------------------------------------------------- */

static const char *proto_name(uint64_t proto)
{
	switch (proto) {
	case PROTO_ICMP:
		return "IPPROTO_ICMP";
	case PROTO_TCP:
		return "IPPROTO_TCP";
	case PROTO_UDP:
		return "IPPROTO_UDP";
	case PROTO_GRE:
		return "IPPROTO_GRE";
	case PROTO_ESP:
		return "IPPROTO_ESP";
	case PROTO_ICMPV6:
		return "IPPROTO_ICMPV6";
	case PROTO_SCTP:
		return "IPPROTO_SCTP";
	default:
		return NULL;
	}
}

static const char *address(struct arena *arena, enum family family, u128 value)
{
	uint32_t words[4];

	if (family == FAMILY_V4)
		return arena_printf(arena, "IP4(%u, %u, %u, %u)", (unsigned)(value >> 24) & 255,
				    (unsigned)(value >> 16) & 255, (unsigned)(value >> 8) & 255, (unsigned)value & 255);
	for (unsigned i = 0; i < 4; i++)
		words[i] = (uint32_t)(value >> (96 - 32 * i));
	return arena_printf(arena, "IP6(%#x, %#x, %#x, %#x)", words[0], words[1], words[2], words[3]);
}

/* match_src4_prefix(pkt, IP4(10, 20, 0, 0), 16) */
static const char *address_test(struct arena *arena, const struct cond *cond, struct range range)
{
	const char *field = cond->field == FIELD_SRC ? "src" : "dst";
	const char *version = cond->family == FAMILY_V4 ? "4" : "6";
	const char *lo = address(arena, cond->family, range.lo);
	unsigned length;

	if (range.lo == range.hi)
		return arena_printf(arena, "match_%s%s(pkt, %s)", field, version, lo);
	if (address_range_is_prefix(cond->family, range, &length))
		return arena_printf(arena, "match_%s%s_prefix(pkt, %s, %u)", field, version, lo, length);
	return arena_printf(arena, "match_%s%s_range(pkt, %s, %s)", field, version, lo,
			    address(arena, cond->family, range.hi));
}

/* The templates' names of fields: "match_dport", "match_icmp_type". */
static const char *number_test(struct arena *arena, enum field field, struct range range)
{
	const char *name = field_table[field].member;
	uint64_t lo = (uint64_t)range.lo, hi = (uint64_t)range.hi;

	if (lo != hi)
		return arena_printf(arena, "match_%s_range(pkt, %" PRIu64 ", %" PRIu64 ")", name, lo, hi);
	if (field == FIELD_PROTO && proto_name(lo))
		return arena_printf(arena, "match_proto(pkt, %s)", proto_name(lo));
	return arena_printf(arena, "match_%s(pkt, %" PRIu64 ")", name, lo);
}

static const char *range_test(struct arena *arena, const struct cond *cond, size_t i)
{
	if (field_table[cond->field].type == FIELD_TYPE_ADDR)
		return address_test(arena, cond, cond->ranges->ranges[i]);
	return number_test(arena, cond->field, cond->ranges->ranges[i]);
}

/* A condition as text to lay out: a tree whose leaves are calls. */
struct expr {
	const char *text;    /* of a leaf */
	uint32_t line;       /* of a leaf: the policy's line it stands for; 0: it goes with what follows */
	bool is_and;
	size_t n;
	struct expr **items; /* two or more */
	unsigned width;      /* on one line, its own parentheses not counted */
};

static struct expr *leaf(struct emitter *e, const struct cond *cond, const char *text)
{
	struct expr *expr = ARENA_NEW(e->arena, struct expr);

	expr->text = text;
	expr->line = cond->span.source == e->source ? line_of(cond->span) : 0;
	expr->width = (unsigned)strlen(text);
	return expr;
}

static void measure(struct expr *expr)
{
	expr->width = 4 * (unsigned)(expr->n - 1);
	for (size_t i = 0; i < expr->n; i++)
		expr->width += expr->items[i]->width + (expr->items[i]->n ? 2 : 0);
}

static struct expr *expr_of_cond(struct emitter *e, const struct cond *cond)
{
	struct expr *expr;

	switch (cond->kind) {
	case COND_TRUE:
		return leaf(e, cond, "true");
	case COND_FAMILY:
		return leaf(e, cond, cond->family == FAMILY_V4 ? "match_ip4(pkt)" : "match_ip6(pkt)");
	case COND_BITS:
		return leaf(e, cond, arena_printf(e->arena, "match_flags(pkt, %#x, %#x)", cond->bits, cond->mask));
	case COND_TABLE:
		return leaf(e, cond, arena_printf(e->arena, "match_%s%s_table(pkt, %s, %zu)",
						  cond->table->numbers ? field_table[cond->field].member :
						  cond->field == FIELD_SRC ? "src" : "dst",
						  cond->table->numbers ? "" : cond->family == FAMILY_V4 ? "4" : "6",
						  cond->table->ident, cond->table->ranges->n));
	case COND_STATE:
		return leaf(e, cond, arena_printf(e->arena, "match_state(pkt, %#x)", cond->bits));
	case COND_MEMBER:
		return leaf(e, cond, arena_printf(e->arena, "%smatch_member(pkt, %s, %u)", cond->negated ? "!" : "",
						  cond->set->ask_ident, cond->set->questions[cond->field != FIELD_SRC]));
	case COND_RANGES:
		if (cond->ranges->n == 1)
			return leaf(e, cond, range_test(e->arena, cond, 0));
		expr = ARENA_NEW(e->arena, struct expr);
		expr->n = cond->ranges->n;
		expr->items = ARENA_ARRAY(e->arena, struct expr *, expr->n);
		for (size_t i = 0; i < expr->n; i++)
			expr->items[i] = leaf(e, cond, range_test(e->arena, cond, i));
		measure(expr);
		return expr;
	case COND_AND:
	case COND_OR:
		break;
	}
	if (!cond->n)
		return leaf(e, cond, "false");
	expr = ARENA_NEW(e->arena, struct expr);
	expr->is_and = cond->kind == COND_AND;
	expr->n = cond->n;
	expr->items = ARENA_ARRAY(e->arena, struct expr *, expr->n);
	for (size_t i = 0; i < expr->n; i++)
		expr->items[i] = expr_of_cond(e, cond->items[i]);
	measure(expr);
	return expr;
}

/* Lays an expression out: where a line ends, and that each leaf stands on its policy line. */
struct layout {
	struct emitter *e;
	const char *file;
	unsigned column; /* of continuation lines */
};

/* The line of the first leaf that has one; 0 if none has. */
static uint32_t first_line(const struct expr *expr)
{
	uint32_t line = expr->line;

	for (size_t i = 0; !line && i < expr->n; i++)
		line = first_line(expr->items[i]);
	return line;
}

static void break_line(struct layout *layout, uint32_t line)
{
	struct writer *w = &layout->e->w;

	writer_newline(w);
	writer_line(w, layout->file, line);
	writer_align(w, layout->column);
}

static void lay_out(struct layout *layout, const struct expr *expr, unsigned after)
{
	struct writer *w = &layout->e->w;

	if (!expr->n) {
		writer_text(w, expr->text);
		return;
	}
	for (size_t i = 0; i < expr->n; i++) {
		const struct expr *item = expr->items[i];
		bool last = i + 1 == expr->n;

		if (i) {
			const struct expr *before = expr->items[i - 1];
			uint32_t line = first_line(item) ? first_line(item) : w->seen_line;
			unsigned width = item->width + (item->n ? 2 : 0) + (last ? after : 3);

			writer_text(w, expr->is_and ? " &&" : " ||");
			/* Alternatives of several tests have a line each, unless all of them fit on one. */
			if (line != w->seen_line || w->column + 1 + width > LINE_MAX_COLUMNS ||
			    (!expr->is_and && before->n && layout->column + expr->width > LINE_MAX_COLUMNS))
				break_line(layout, line);
			else
				writer_text(w, " ");
		}
		if (item->n) {
			unsigned column = layout->column;

			writer_text(w, "(");
			layout->column = w->column;
			lay_out(layout, item, last ? after + 1 : 1);
			layout->column = column;
			writer_text(w, ")");
		} else {
			lay_out(layout, item, 0);
		}
	}
}

/* --- the parts of the file ---------------------------------------------- */

static void emit_head(struct emitter *e)
{
	const struct program *program = e->program;
	const struct policy *policy = program->policy;
	struct writer *w = &e->w;

	writer_puts(w, "/* SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause */");
	writer_text(w, "/* Policy ");
	writer_comment(w, policy->name);
	writer_text(w, ", compiled by sentryc from ");
	writer_comment(w, file_of(e, policy->span));
	writer_puts(w, ": edit that, not this. */");
	writer_puts(w, "");
	writer_printf(w, "#define SENTRY_SLOTS %u", policy->n_slots);
	writer_newline(w);
	if (program->events)
		writer_puts(w, "#define SENTRY_WITH_EVENTS");
	if (program->samples)
		writer_puts(w, "#define SENTRY_WITH_SAMPLES");
	if (program->rejects)
		writer_puts(w, "#define SENTRY_WITH_REJECT");
	emit_classes_defines(e);
	emit_table_defines(e);
	writer_puts(w, "#include \"sentry.h\"");
	writer_puts(w, "");
}

static void emit_slot(struct emitter *e, const char *ident, uint32_t id, uint32_t *next)
{
	struct writer *w = &e->w;

	writer_text(w, ident);
	if (id != *next)
		writer_printf(w, " = %u", id);
	writer_puts(w, ",");
	*next = id + 1;
}

static void emit_slots(struct emitter *e)
{
	const struct program *program = e->program;
	struct writer *w = &e->w;
	uint32_t next = 0;

	writer_puts(w, "/* Counters: one per rule, and what no rule decides. */");
	writer_puts(w, "enum slot {");
	w->indent++;
	for (size_t i = 0; i < program->n_blocks; i++) {
		const struct program_block *block = &program->blocks[i];

		for (uint32_t slot = 0; slot < SLOT_RULES; slot++)
			emit_slot(e, block->slot_idents[slot], block->block->first_id + slot, &next);
		for (size_t r = 0; r < block->n_rules; r++)
			emit_slot(e, block->rules[r].slot_ident, block->rules[r].slot, &next);
	}
	w->indent--;
	writer_puts(w, "};");
	writer_puts(w, "");
}

/* A 128-bit number as the templates' struct ip6: the high half first. */
static void emit_v6(struct writer *w, u128 value)
{
	writer_printf(w, "{ 0x%016" PRIx64 ", 0x%016" PRIx64 " }", (uint64_t)(value >> 64), (uint64_t)value);
}

/*
 * Plain numbers: a table may have a hundred thousand entries, and IP4() and IP6()
 * make each of them take five times as long to read.
 */
static void emit_range(struct emitter *e, const struct table *table, struct range range)
{
	char text[ADDRESS_TEXT];
	struct writer *w = &e->w;

	if (table->numbers) {
		writer_printf(w, "{ %" PRIu64 ", %" PRIu64 " },", (uint64_t)range.lo, (uint64_t)range.hi);
	} else if (table->family == FAMILY_V4) {
		writer_printf(w, "{ 0x%08x, 0x%08x },", (unsigned)range.lo, (unsigned)range.hi);
	} else {
		writer_text(w, "{ ");
		emit_v6(w, range.lo);
		writer_text(w, ", ");
		emit_v6(w, range.hi);
		writer_text(w, " },");
	}
	if (!table->numbers)
		writer_printf(w, " /* %s */", address_range_format(table->family, range, text));
	writer_newline(w);
}

static void emit_table(struct emitter *e, const struct table *table)
{
	struct writer *w = &e->w;
	const char *version = table->family == FAMILY_V4 ? "4" : "6";

	writer_text(w, "/* ");
	if (table->ranges->name) {
		writer_text(w, table->numbers ? "port " : "net ");
		writer_comment(w, table->ranges->name);
		if (!table->numbers)
			writer_text(w, table->family == FAMILY_V4 ? ", IPv4" : ", IPv6");
		writer_text(w, ": ");
	}
	writer_printf(w, "%zu ranges */", table->ranges->n);
	writer_newline(w);
	writer_printf(w, "static const struct range%s %s[] = {", version, table->ident);
	writer_newline(w);
	w->indent++;
	for (size_t i = 0; i < table->ranges->n; i++)
		emit_range(e, table, table->ranges->ranges[i]);
	w->indent--;
	writer_puts(w, "};");
	writer_puts(w, "");
}

/*
 * One function per rule, on the rule's line, each test on the line of its own
 * clause: errors and the verifier's log then speak of the policy.
 */
void emit_rule(struct emitter *e, const struct program_rule *rule)
{
	struct writer *w = &e->w;
	struct layout layout = { .e = e, .file = file_of(e, rule->rule->span) };
	uint32_t line = line_of(rule->rule->span);
	struct expr *expr;

	e->source = rule->rule->span.source;
	expr = expr_of_cond(e, rule->cond);
	writer_text(w, "/* ");
	writer_comment(w, rule->rule->name);
	writer_text(w, ": ");
	writer_comment(w, rule->rule->text);
	writer_puts(w, " */");
	writer_line(w, layout.file, line);
	writer_printf(w, "static __always_inline bool %s(const struct packet *pkt)", rule->ident);
	writer_newline(w);
	writer_puts(w, "{");
	w->indent++;
	writer_line(w, layout.file, first_line(expr) ? first_line(expr) : line);
	writer_text(w, "return ");
	layout.column = w->column;
	lay_out(&layout, expr, 1);
	writer_puts(w, ";");
	w->indent--;
	writer_puts(w, "}");
	writer_puts(w, "");
}

static const char *verdict_ident(enum verdict verdict)
{
	static const char *const idents[N_VERDICTS] = { "SENTRY_ALLOW", "SENTRY_DENY", "SENTRY_REJECT" };

	return idents[verdict];
}

/* decision(SLOT_SSH, SENTRY_ALLOW) */
static const char *decision(struct emitter *e, const char *slot_ident, enum verdict verdict)
{
	return arena_printf(e->arena, "decision(%s, %s)", slot_ident, verdict_ident(verdict));
}

/* Of what no rule decides. */
const char *emit_slot_decision(struct emitter *e, const struct program_block *block, uint32_t slot)
{
	return decision(e, block->slot_idents[slot], block->verdicts[slot]);
}

/* One packet in N, or all packets of one flow in N: if a number of 32 bits is below this. */
static uint64_t sample_below(const struct program_action *action)
{
	return (1ull << 32) / action->one_of;
}

static void emit_sample(struct emitter *e, const struct program_block *block, const struct program_rule *rule,
			const struct program_action *action)
{
	struct writer *w = &e->w;

	if (action->flow)
		writer_printf(w, "if (flow_sampled(pkt, %" PRIu64 "ull, %#" PRIx64 "ull))", e->program->policy->seed,
			      sample_below(action));
	else
		writer_printf(w, "if (sample_drawn(%#" PRIx64 "ull))", sample_below(action));
	writer_newline(w);
	writer_printf(w, "\t%ssample(ctx, pkt, %s, %s, %u);", hook_ops[block->block->hook].prefix, rule->slot_ident,
		      verdict_ident(action->verdict), action->one_of);
}

static void emit_action(struct emitter *e, const struct program_block *block, const struct program_rule *rule,
			const struct program_action *action)
{
	struct writer *w = &e->w;
	const char *verdict = verdict_ident(action->verdict);

	switch (action->kind) {
	case DO_COUNT:
		writer_printf(w, "count(pkt, %s);", rule->slot_ident);
		break;
	case DO_LOG:
		writer_printf(w, "event_log(pkt, %s, %s);", rule->slot_ident, verdict);
		break;
	case DO_SAMPLE:
		emit_sample(e, block, rule, action);
		break;
	case DO_ADD:
		writer_printf(w, "%s(pkt, %s, %" PRIu64 "ull);", action->set->add_ident, action->source ? "true" : "false",
			      action->timeout_ns);
		break;
	case DO_DECIDE:
		writer_printf(w, "return %s;", decision(e, rule->slot_ident, action->verdict));
		break;
	}
	writer_newline(w);
}

void emit_actions(struct emitter *e, const struct program_block *block, const struct program_rule *rule, size_t n)
{
	for (size_t i = 0; i < n; i++)
		emit_action(e, block, rule, &rule->actions[i]);
}

void emit_step(struct emitter *e, const struct program_block *block, const struct program_rule *rule, const char *guard)
{
	bool single = rule->n_actions == 1;
	struct writer *w = &e->w;

	writer_printf(w, "if (%s%s(pkt)", guard, rule->ident);
	if (rule->limit)
		writer_printf(w, " && %s(pkt)", rule->limit->exceeds_ident);
	writer_text(w, single ? ")" : ") {");
	writer_newline(w);
	w->indent++;
	emit_actions(e, block, rule, rule->n_actions);
	w->indent--;
	if (!single)
		writer_puts(w, "}");
}

/* What functions of the ladder are given: a block that samples shows the frame itself. */
const char *emit_ladder_arguments(struct emitter *e, const struct program_block *block)
{
	if (!block->samples)
		return "struct packet *pkt";
	return arena_printf(e->arena, "%s *ctx, struct packet *pkt", hook_ops[block->block->hook].context);
}

const char *emit_ladder_call(const struct program_block *block)
{
	return block->samples ? "ctx, pkt" : "pkt";
}

/*
 * First in a function that is called: clang does not hand over what the function does not use, as where an earlier rule
 * leaves nothing for those that sample. The kernel's verifier wants a context then, and sees a register never set.
 */
void emit_ladder_begin(struct emitter *e, const struct program_block *block)
{
	if (block->samples)
		writer_puts(&e->w, "opaque(ctx);");
}

const char *emit_rules_linkage(const struct program_block *block)
{
	bool plain = true;
	uint64_t insns = 0;
	size_t asked = 0;

	for (size_t i = 0; i < block->n_rules; i++)
		if (!block->classified || !block->classified[i]) {
			asked++;
			plain &= block->rules[i].plain;
			insns += block->rules[i].insns;
		}
	return program_in_entry(asked, plain, insns) ? "static __always_inline" : "__noinline";
}

static void emit_ladder_function(struct emitter *e, const struct program_block *block, const char *linkage,
				 const char *ident, const char *otherwise, const struct program_rule *rules, size_t n)
{
	struct writer *w = &e->w;

	writer_printf(w, "%s __u32 %s(%s)", linkage, ident, emit_ladder_arguments(e, block));
	writer_newline(w);
	writer_puts(w, "{");
	w->indent++;
	emit_ladder_begin(e, block);
	writer_puts(w, "if (!pkt)");
	writer_printf(w, "\treturn %s;", otherwise);
	writer_newline(w);
	for (size_t i = 0; i < n; i++)
		emit_step(e, block, &rules[i], "");
	writer_printf(w, "return %s;", otherwise);
	writer_newline(w);
	w->indent--;
	writer_puts(w, "}");
	writer_puts(w, "");
}

/* "ingress on uplink, lan" */
void emit_block_name(struct emitter *e, const struct block *block)
{
	struct writer *w = &e->w;

	writer_printf(w, "%s on ", block->direction == DIRECTION_INGRESS ? "ingress" : "egress");
	if (block->any)
		writer_text(w, "any");
	for (size_t i = 0; !block->any && i < block->n_interfaces; i++) {
		writer_text(w, i ? ", " : "");
		writer_comment(w, block->interfaces[i]->role);
	}
}

static void emit_ladder(struct emitter *e, const struct program_block *block)
{
	const char *otherwise = emit_slot_decision(e, block, SLOT_DEFAULT);
	size_t *rules = ARENA_ARRAY(e->arena, size_t, block->n_rules + 1), n_groups = 0, n;
	struct writer *w = &e->w;

	for (size_t i = 0; i < block->n_rules; i++) {
		rules[i] = i;
		emit_rule(e, &block->rules[i]);
	}
	writer_return(w);
	writer_text(w, "/* ");
	emit_block_name(e, block->block);
	writer_puts(w, ": the first rule that matches decides. */");
	if (program_group(block, rules, block->n_rules, PROGRAM_GROUP) == block->n_rules) {
		emit_ladder_function(e, block, emit_rules_linkage(block), arena_printf(e->arena, "%s_rules", block->ident),
				     otherwise, block->rules, block->n_rules);
		return;
	}
	for (size_t begin = 0; begin < block->n_rules; begin += n) {
		n = program_group(block, rules + begin, block->n_rules - begin, PROGRAM_GROUP);
		emit_ladder_function(e, block, "__noinline", arena_printf(e->arena, "%s_rules_%zu", block->ident, n_groups++),
				     "NO_DECISION", &block->rules[begin], n);
	}
	writer_printf(w, "__noinline __u32 %s_rules(%s)", block->ident, emit_ladder_arguments(e, block));
	writer_newline(w);
	writer_puts(w, "{");
	w->indent++;
	writer_printf(w, "__u32 decided = %s_rules_0(%s);", block->ident, emit_ladder_call(block));
	writer_newline(w);
	writer_newline(w);
	for (size_t i = 1; i < n_groups; i++) {
		writer_puts(w, "if (decided == NO_DECISION)");
		writer_printf(w, "\tdecided = %s_rules_%zu(%s);", block->ident, i, emit_ladder_call(block));
		writer_newline(w);
	}
	writer_printf(w, "return decided == NO_DECISION ? %s : decided;", otherwise);
	writer_newline(w);
	w->indent--;
	writer_puts(w, "}");
	writer_puts(w, "");
}

/* How the block's rules are asked: ends with a function IDENT_rules, which decides. */
static void emit_rules(struct emitter *e, const struct program_block *block)
{
	switch (block->strategy) {
	case STRATEGY_LADDER:
		emit_ladder(e, block);
		break;
	case STRATEGY_CLASSES:
		emit_classes(e, block);
		break;
	}
}

/* One more of the names joined by '|', on a line of its own where it does not fit. */
static void emit_field(struct writer *w, const char *id, unsigned column)
{
	bool first = w->column == column;
	unsigned width = (unsigned)(strlen(" PACKET_") + strlen(id) + strlen(" |"));

	if (!first)
		writer_text(w, " |");
	if (!first && w->column + width > LINE_MAX_COLUMNS) {
		writer_newline(w);
		writer_align(w, column);
	} else if (!first) {
		writer_text(w, " ");
	}
	writer_printf(w, "PACKET_%s", id);
}

/* A constant of the block, so that of its parser only what the block needs is left. */
static void emit_fields(struct emitter *e, const struct program_block *block)
{
	struct writer *w = &e->w;
	unsigned column;

	writer_text(w, "const __u32 fields = ");
	column = w->column;
	for (size_t i = 0; i < N_FIELDS; i++)
		if (block->fields & (1u << i))
			emit_field(w, field_table[i].id, column);
	if (block->events)
		emit_field(w, "FOR_EVENTS", column);
	if (block->rejects)
		emit_field(w, "FOR_REJECT", column);
	if (e->program->policy->states.used)
		emit_field(w, "FOR_STATE", column);
	if (e->program->policy->account.traffic)
		emit_field(w, "FOR_TRAFFIC", column);
	if (e->program->policy->account.flows)
		emit_field(w, "FOR_FLOWS", column);
	if (w->column == column)
		writer_text(w, "0");
	writer_puts(w, ";");
}

/*
 * What is no IP packet has a class of its own where somebody asks, who accounts for it or would remember its connection; `class`
 * NULL: it is one.
 */
static void emit_case(struct emitter *e, const struct program_block *block, const char *class, const char *decided)
{
	const struct policy *policy = e->program->policy;
	struct writer *w = &e->w;

	writer_puts(w, class ? arena_printf(e->arena, "case %s:", class) : "default:");
	if (class && (policy->account.traffic || policy->account.flows || policy->states.used))
		writer_puts(w, arena_printf(e->arena, "\tpkt.class = %s;", class));
	writer_printf(w, "\treturn %s(ctx, &pkt, %s);",
		      hook_ops[block->block->hook].finish[block->block->direction], decided);
	writer_newline(w);
}

static void emit_entry(struct emitter *e, const struct program_block *block)
{
	const struct hook_ops *hook = &hook_ops[block->block->hook];
	struct writer *w = &e->w;

	writer_return(w);
	writer_printf(w, "SEC(\"%s\")", hook->section);
	writer_newline(w);
	writer_printf(w, "int %s(%s *ctx)", block->ident, hook->context);
	writer_newline(w);
	writer_puts(w, "{");
	w->indent++;
	emit_fields(e, block);
	writer_puts(w, "struct packet pkt = {};");
	writer_puts(w, "");
	writer_printf(w, "switch (%s(ctx, &pkt, fields)) {", hook->parse);
	writer_newline(w);
	emit_case(e, block, "PACKET_MALFORMED", emit_slot_decision(e, block, SLOT_MALFORMED));
	emit_case(e, block, "PACKET_NON_IP", emit_slot_decision(e, block, SLOT_NON_IP));
	emit_case(e, block, NULL,
		  arena_printf(e->arena, "%s_rules(%s&pkt)", block->ident, block->samples ? "ctx, " : ""));
	writer_puts(w, "}");
	w->indent--;
	writer_puts(w, "}");
	writer_puts(w, "");
}

char *emit_file_name(struct arena *arena, const struct policy *policy)
{
	return arena_printf(arena, "%s.bpf.c", policy->name);
}

char *emit_program(struct arena *arena, const struct program *program, const struct emit_options *options, size_t *size)
{
	struct emitter e = { .arena = arena, .program = program, .main = options->main };

	writer_init(&e.w, arena, emit_file_name(arena, program->policy), options->no_line);
	emit_head(&e);
	emit_slots(&e);
	for (size_t i = 0; i < program->n_tables; i++)
		emit_table(&e, program->tables[i]);
	emit_sets(&e);
	emit_limits(&e);
	for (size_t i = 0; i < program->n_blocks; i++) {
		emit_rules(&e, &program->blocks[i]);
		emit_entry(&e, &program->blocks[i]);
	}
	writer_puts(&e.w, "SENTRY_LICENSE;");
	*size = e.w.size;
	return e.w.data;
}
