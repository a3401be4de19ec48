/* SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause */
/*
 * Connections, sets and limits as C: parameters of the connection table, and for each set and each limit
 * its map and the functions that ask it. What they do is in the templates (state.h, set.h, limit.h).
 */
#include "emitter.h"

#include <inttypes.h>

static void define(struct writer *w, const char *name, uint64_t value)
{
	writer_printf(w, "#define %s %" PRIu64 "%s", name, value, value > UINT32_MAX ? "ull" : "");
	writer_newline(w);
}

static void emit_states(struct writer *w, const struct states *states)
{
	static const char *const timeouts[N_STATE_TIMEOUTS] = {
		[TIMEOUT_TCP_OPENING] = "SENTRY_TIMEOUT_TCP_OPENING",
		[TIMEOUT_TCP_ESTABLISHED] = "SENTRY_TIMEOUT_TCP_ESTABLISHED",
		[TIMEOUT_TCP_CLOSING] = "SENTRY_TIMEOUT_TCP_CLOSING",
		[TIMEOUT_TCP_CLOSED] = "SENTRY_TIMEOUT_TCP_CLOSED",
		[TIMEOUT_UDP_OPENING] = "SENTRY_TIMEOUT_UDP_OPENING",
		[TIMEOUT_UDP_ESTABLISHED] = "SENTRY_TIMEOUT_UDP_ESTABLISHED",
		[TIMEOUT_ICMP] = "SENTRY_TIMEOUT_ICMP",
		[TIMEOUT_OTHER] = "SENTRY_TIMEOUT_OTHER",
	};

	writer_puts(w, "#define SENTRY_WITH_STATE");
	define(w, "SENTRY_STATES_MAX", states->max);
	define(w, "SENTRY_STATES_LOOSE", states->loose);
	define(w, "SENTRY_STATES_COUNT", 0);
	for (size_t i = 0; i < N_STATE_TIMEOUTS; i++)
		define(w, timeouts[i], states->timeout_ns[i]);
}

static void emit_account(struct writer *w, const struct account *account)
{
	if (account->traffic || account->flows)
		writer_puts(w, "#define SENTRY_WITH_ACCOUNT");
	if (account->traffic)
		writer_puts(w, "#define SENTRY_WITH_TRAFFIC");
	if (account->flows)
		define(w, "SENTRY_FLOWS_MAX", account->flows);
}

void emit_table_defines(struct emitter *e)
{
	const struct program *program = e->program;
	bool tables = false, hashes = false, adds = false;
	struct writer *w = &e->w;

	for (size_t i = 0; i < program->n_sets; i++) {
		const struct program_set *set = program->sets[i];

		tables |= program_set_is_asked(set) && set->structure == SET_TABLE;
		hashes |= program_set_is_asked(set) && set->structure != SET_TABLE;
		adds |= set->add_ident != NULL;
	}
	if (program->policy->states.used)
		emit_states(w, &program->policy->states);
	if (program->n_limits)
		writer_puts(w, "#define SENTRY_WITH_LIMITS");
	if (program->n_questions)
		define(w, "SENTRY_QUESTIONS", program->n_questions);
	if (tables)
		writer_puts(w, "#define SENTRY_WITH_SET_TABLES");
	if (hashes)
		writer_puts(w, "#define SENTRY_WITH_SET_HASHES");
	if (adds)
		writer_puts(w, "#define SENTRY_WITH_ADDS");
	if (program->n_counts)
		define(w, "SENTRY_TABLES", program->n_counts);
	emit_account(w, &program->policy->account);
	if (program->n_counts)
		writer_puts(w, "#define SENTRY_WITH_CLOCK");
}

/* "__noinline int ask_abusers(struct packet *pkt)", up to the first statement. */
static void begin_function(struct writer *w, const char *ident, const char *more)
{
	writer_printf(w, "__noinline int %s(struct packet *pkt%s)", ident, more);
	writer_newline(w);
	writer_puts(w, "{");
	w->indent++;
}

static void need_packet(struct writer *w)
{
	writer_puts(w, "");
	writer_puts(w, "if (!pkt)");
	writer_puts(w, "\treturn 0;");
}

static void end_function(struct writer *w)
{
	w->indent--;
	writer_puts(w, "}");
	writer_puts(w, "");
}

static const char *parts(struct arena *arena, const struct program_set *set)
{
	return arena_printf(arena, "END_ADDRESS%s%s", set->has_port ? " | END_PORT" : "",
			    set->has_proto ? " | END_PROTO" : "");
}

static void emit_ask(struct emitter *e, const struct program_set *set)
{
	bool table = set->structure == SET_TABLE;
	struct writer *w = &e->w;

	begin_function(w, set->ask_ident, "");
	writer_printf(w, "%s *version = set_version(&%s);", table ? "SET_TABLE_VERSION" : "SET_HASH_VERSION", set->map_ident);
	writer_newline(w);
	need_packet(w);
	for (unsigned i = 0; i < 2; i++) {
		if (set->questions[i] == NO_QUESTION)
			continue;
		writer_printf(w, "set_answer(pkt, %u, %s(version, pkt, %s, %s));", set->questions[i],
			      table ? "set_table_has" : "set_hash_has", i ? "false" : "true", parts(e->arena, set));
		writer_newline(w);
	}
	writer_puts(w, "return 0;");
	end_function(w);
}

/* Its own answers first: what is added now is seen by the next packet. */
static void emit_add(struct emitter *e, const struct program_set *set)
{
	struct writer *w = &e->w;

	begin_function(w, set->add_ident, ", __u32 source, __u64 timeout");
	writer_printf(w, "SET_HASH_VERSION *version = set_version(&%s);", set->map_ident);
	writer_newline(w);
	need_packet(w);
	if (program_set_is_asked(set)) {
		uint32_t question = set->questions[0] != NO_QUESTION ? set->questions[0] : set->questions[1];

		writer_printf(w, "match_member(pkt, %s, %u);", set->ask_ident, question);
		writer_newline(w);
	}
	writer_printf(w, "set_hash_add(version, pkt, source, %s, timeout, %u);", parts(e->arena, set), set->count);
	writer_newline(w);
	writer_puts(w, "return 0;");
	end_function(w);
}

void emit_sets(struct emitter *e)
{
	static const char *const macros[] = {
		[SET_TABLE] = "MAP_SET_TABLE", [SET_HASH] = "MAP_SET_HASH", [SET_LRU] = "MAP_SET_LRU",
	};
	struct writer *w = &e->w;

	for (size_t i = 0; i < e->program->n_sets; i++) {
		const struct program_set *set = e->program->sets[i];

		writer_text(w, "/* set ");
		writer_comment(w, set->set->name);
		writer_puts(w, " */");
		writer_printf(w, "%s(%s", macros[set->structure], set->map_ident);
		if (set->structure != SET_TABLE)
			writer_printf(w, ", %" PRIu64, set->set->max);
		writer_puts(w, ");");
		writer_puts(w, "");
		if (program_set_is_asked(set))
			emit_ask(e, set);
		if (set->add_ident)
			emit_add(e, set);
	}
}

static void emit_limit_map(struct emitter *e, const struct program_limit *limit, const char *key)
{
	const char *value = "struct sentry_bucket";
	struct writer *w = &e->w;

	if (limit->sketch_bits) {
		value = arena_printf(e->arena, "struct %s_sketch", limit->map_ident);
		writer_printf(w, "%s {", value);
		writer_newline(w);
		writer_puts(w, "\tstruct sentry_sketch head;");
		writer_printf(w, "\t__u64 words[%u];", limit->sketch_bits / 64);
		writer_newline(w);
		writer_puts(w, "};");
		writer_printf(w, "static const %s %s_empty;", value, limit->map_ident);
		writer_newline(w);
	}
	if (limit->key == LIMIT_KEY_NONE)
		writer_printf(w, "MAP_ARRAY(%s, %s, 1, 0);", limit->map_ident, value);
	else
		writer_printf(w, "MAP_LRU_HASH(%s, %s, %s, %" PRIu64 ");", limit->map_ident, key, value,
			      limit->rule->rate.max);
	writer_newline(w);
	writer_puts(w, "");
}

static void emit_key_part(struct writer *w, const char *function, const struct ast_key *key)
{
	writer_printf(w, "%s, %u, %u);", function, key->prefix4, key->prefix6);
	writer_newline(w);
}

static void emit_key(struct writer *w, const struct program_limit *limit)
{
	if (limit->key == LIMIT_KEY_FLOW) {
		if (limit->flow)
			writer_puts(w, "flow_key(&key, pkt);");
		if (!limit->flow && limit->src)
			emit_key_part(w, "limit_key_low(&key, pkt", limit->src);
		if (!limit->flow && limit->dst)
			emit_key_part(w, "limit_key_high(&key, pkt", limit->dst);
		if (!limit->flow && limit->port)
			writer_puts(w, "key.high_port = port_number(pkt->dport);");
		return;
	}
	if (limit->src)
		emit_key_part(w, "limit_key_address(&key, pkt, true", limit->src);
	if (limit->dst)
		emit_key_part(w, "limit_key_address(&key, pkt, false", limit->dst);
	if (limit->port)
		writer_puts(w, "limit_key_port(&key, pkt);");
}

static const char *hash_of(enum distinct distinct)
{
	switch (distinct) {
	case DISTINCT_SRC:
		return "distinct_address(pkt, &pkt->src)";
	case DISTINCT_DST:
		return "distinct_address(pkt, &pkt->dst)";
	default:
		return "distinct_port(pkt)";
	}
}

static void emit_sketch(struct writer *w, const struct program_limit *limit)
{
	writer_printf(w, "sketch = sketch_find(&%s, &key, &%s_empty, %u);", limit->map_ident, limit->map_ident, limit->count);
	writer_newline(w);
	writer_puts(w, "if (!sketch)");
	writer_puts(w, "\treturn 1;");
	writer_printf(w, "return sketch_exceeds(&sketch->head, sketch->words, %u, %s, clock_time(pkt), %" PRIu64 "ull, %u);",
		      limit->sketch_bits, hash_of(limit->rule->rate.distinct), limit->period, limit->sketch_limit);
	writer_newline(w);
}

static void emit_bucket(struct emitter *e, const struct program_limit *limit)
{
	const char *cost = arena_printf(e->arena, "%" PRIu64 "ull", limit->cost);
	struct writer *w = &e->w;

	if (limit->bytes)
		cost = arena_printf(e->arena, "limit_cost_bytes(pkt, %" PRIu64 "ull, %" PRIu64 "ull)", limit->period,
				    limit->amount);
	if (limit->key == LIMIT_KEY_NONE)
		writer_printf(w, "return limit_exceeds_all(map_at(&%s, 0), pkt, %s, %" PRIu64 "ull, %u);", limit->map_ident,
			      cost, limit->tolerance, limit->count);
	else
		writer_printf(w, "return limit_exceeds(&%s, &key, pkt, %s, %" PRIu64 "ull, %u);", limit->map_ident, cost,
			      limit->tolerance, limit->count);
	writer_newline(w);
}

static void emit_limit(struct emitter *e, const struct program_limit *limit)
{
	const char *key = limit->key == LIMIT_KEY_FLOW ? "struct sentry_flow_key" : "struct sentry_end_key";
	struct writer *w = &e->w;

	writer_text(w, "/* limit of ");
	writer_comment(w, limit->rule->name);
	writer_text(w, ": ");
	writer_comment(w, limit->rule->text);
	writer_puts(w, " */");
	emit_limit_map(e, limit, key);
	begin_function(w, limit->exceeds_ident, "");
	if (limit->sketch_bits) {
		writer_printf(w, "struct %s_sketch *sketch;", limit->map_ident);
		writer_newline(w);
	}
	if (limit->key != LIMIT_KEY_NONE) {
		writer_printf(w, "%s key = {};", key);
		writer_newline(w);
	}
	need_packet(w);
	emit_key(w, limit);
	if (limit->sketch_bits)
		emit_sketch(w, limit);
	else
		emit_bucket(e, limit);
	end_function(w);
}

void emit_limits(struct emitter *e)
{
	for (size_t i = 0; i < e->program->n_limits; i++)
		emit_limit(e, e->program->limits[i]);
}
