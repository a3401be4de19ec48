/* SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause */
/* What an object keeps between packets, as its manifest says it: sets, connections, limits. */
#include "manifest_tables.h"

#include "json_out.h"
#include "source_name.h"

#include <inttypes.h>

#define NS_PER_MS 1000000u

static void set_number(json_t *object, const char *key, uint64_t number)
{
	json_object_set_new(object, key, json_integer((json_int_t)number));
}

static json_t *set_object(struct arena *arena, const struct source *main, const struct program_set *set)
{
	static const char *const types[] = {
		[AST_SET_ADDR] = "addr", [AST_SET_NET] = "net", [AST_SET_PORT] = "port", [AST_SET_PROTO] = "proto",
	};
	json_t *object = json_object(), *list = json_array();

	json_set_text(object, "name", set->set->name);
	for (unsigned i = 0; i < set->set->n_types; i++)
		json_array_append_new(list, json_string(types[set->set->types[i]]));
	json_object_set_new(object, "types", list);
	set_number(object, "max", set->set->max);
	set_number(object, "timeout_ms", set->set->timeout_ns / NS_PER_MS);
	json_set_text(object, "from", set->set->from);
	json_set_text(object, "map", set->map_ident);
	json_set_text(object, "structure", set_structure_names[set->structure]);
	if (set->structure != SET_TABLE)
		set_number(object, "count", set->count);
	if (set->set->span.source) {
		json_set_text(object, "file", source_short_name(arena, main, set->set->span.source));
		set_number(object, "line", source_position(set->set->span.source, set->set->span.begin).line);
	}
	return object;
}

json_t *manifest_sets(struct arena *arena, const struct source *main, const struct program *program)
{
	json_t *array = json_array();

	for (size_t i = 0; i < program->n_sets; i++)
		json_array_append_new(array, set_object(arena, main, program->sets[i]));
	return array;
}

json_t *manifest_states(const struct program *program)
{
	const struct states *states = &program->policy->states;
	json_t *object, *timeouts;

	if (!states->used)
		return NULL;
	object = json_object();
	timeouts = json_object();
	json_set_text(object, "map", "states");
	set_number(object, "max", states->max);
	json_object_set_new(object, "loose", json_boolean(states->loose));
	for (size_t i = 0; i < N_STATE_TIMEOUTS; i++)
		set_number(timeouts, state_timeout_words[i], states->timeout_ns[i] / NS_PER_MS);
	json_object_set_new(object, "timeouts_ms", timeouts);
	set_number(object, "count", 0);
	return object;
}

json_t *manifest_account(const struct program *program)
{
	const struct account *account = &program->policy->account;
	json_t *object = json_object();

	json_object_set_new(object, "traffic", json_boolean(account->traffic));
	set_number(object, "flows", account->flows);
	return object;
}

/* "src/24/56, port": what makes two buckets of one rule different. */
static const char *keys(struct arena *arena, const struct program_limit *limit)
{
	const char *text = "";

	if (limit->flow)
		return "flow";
	if (limit->src)
		text = arena_printf(arena, "src/%u/%u", limit->src->prefix4, limit->src->prefix6);
	if (limit->dst)
		text = arena_printf(arena, "%s%sdst/%u/%u", text, *text ? ", " : "", limit->dst->prefix4,
				    limit->dst->prefix6);
	if (limit->port)
		text = arena_printf(arena, "%s%sport", text, *text ? ", " : "");
	return text;
}

static json_t *limit_object(struct arena *arena, const struct program_limit *limit)
{
	static const char *const distinct[] = { "", "port", "src", "dst" };
	const struct rate *rate = &limit->rule->rate;
	json_t *object = json_object();

	json_set_text(object, "rule", limit->rule->name);
	set_number(object, "slot", limit->rule->id);
	json_set_text(object, "map", limit->map_ident);
	json_set_text(object, "kind", rate->distinct ? "distinct" : "rate");
	if (rate->distinct)
		json_set_text(object, "distinct", distinct[rate->distinct]);
	json_set_text(object, "keys", keys(arena, limit));
	json_set_text(object, "unit", rate->unit == AST_RATE_PACKETS ? "packets" : rate->unit == AST_RATE_BITS ? "bits" : "bytes");
	set_number(object, "amount", rate->amount);
	set_number(object, "period_ms", rate->period_ns / NS_PER_MS);
	set_number(object, "burst", rate->burst);
	set_number(object, "max", rate->max);
	set_number(object, "count", limit->count);
	return object;
}

json_t *manifest_limits(struct arena *arena, const struct program *program)
{
	json_t *array = json_array();

	for (size_t i = 0; i < program->n_limits; i++)
		json_array_append_new(array, limit_object(arena, program->limits[i]));
	return array;
}
