/* SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause */
#include "manifest.h"

#include "json_out.h"
#include "manifest_tables.h"
#include "section_sources.h"
#include "sha256.h"
#include "source_name.h"

#include <inttypes.h>
#include <jansson.h>
#include <stdlib.h>
#include <string.h>

struct writing {
	struct arena *arena;
	const struct manifest *manifest;
	const struct source *main;
};

static void set_number(json_t *object, const char *key, uint64_t number)
{
	json_object_set_new(object, key, json_integer((json_int_t)number));
}

static void set_span(struct writing *w, json_t *object, struct span span)
{
	struct position begin, end;

	if (!span.source)
		return;
	begin = source_position(span.source, span.begin);
	end = source_position(span.source, span.end);
	json_set_text(object, "file", source_short_name(w->arena, w->main, span.source));
	set_number(object, "line", begin.line);
	set_number(object, "column", begin.column);
	set_number(object, "end_line", end.line);
	set_number(object, "end_column", end.column);
}

const char *manifest_source_hash(struct arena *arena, const struct source *main, const struct sources *sources)
{
	unsigned char digest[crypto_hash_sha256_BYTES];
	char *text = arena_alloc(arena, SHA256_TEXT);
	crypto_hash_sha256_state state;

	crypto_hash_sha256_init(&state);
	for (const struct source *source = sources->first; source; source = source->next) {
		const char *name = source_short_name(arena, main, source);
		const char *size = arena_printf(arena, "%u", source->size);

		/* With its length before it no text can pass for a name. */
		crypto_hash_sha256_update(&state, (const unsigned char *)name, strlen(name) + 1);
		crypto_hash_sha256_update(&state, (const unsigned char *)size, strlen(size) + 1);
		crypto_hash_sha256_update(&state, (const unsigned char *)source->text, source->size);
	}
	crypto_hash_sha256_final(&state, digest);
	sha256_digits(digest, text);
	return text;
}

static json_t *sources(struct writing *w)
{
	json_t *array = json_array();

	for (const struct source *source = w->manifest->sources->first; source; source = source->next) {
		json_t *name = json_string(source_short_name(w->arena, w->main, source));

		json_array_append_new(array, name ? name : json_string("(not UTF-8)"));
	}
	return array;
}

static json_t *block_object(const struct program_block *program_block)
{
	const struct block *block = program_block->block;
	json_t *object = json_object(), *interfaces = json_array(), *fields = json_array();

	json_set_text(object, "name", block->name);
	json_set_text(object, "direction", block->direction == DIRECTION_INGRESS ? "ingress" : "egress");
	json_set_text(object, "hook", hook_names[block->hook]);
	json_set_text(object, "program", program_block->ident);
	for (size_t i = 0; i < block->n_interfaces; i++) {
		json_t *interface = json_object();

		json_set_text(interface, "role", block->interfaces[i]->role);
		json_set_text(interface, "device", block->interfaces[i]->device);
		json_array_append_new(interfaces, interface);
	}
	json_object_set_new(object, "interfaces", interfaces);
	json_object_set_new(object, "any", json_boolean(block->any));
	for (size_t i = 0; i < N_FIELDS; i++)
		if (program_block->fields & (1u << i))
			json_array_append_new(fields, json_string(field_table[i].word));
	json_object_set_new(object, "fields", fields);
	set_number(object, "first_slot", block->first_id);
	set_number(object, "slots", SLOT_RULES + block->n_rules);
	json_set_text(object, "default", verdict_names[program_block->verdicts[SLOT_DEFAULT]]);
	json_set_text(object, "non_ip", verdict_names[program_block->verdicts[SLOT_NON_IP]]);
	json_set_text(object, "malformed", verdict_names[program_block->verdicts[SLOT_MALFORMED]]);
	return object;
}

/* What a block does without any rule has a counter, a name and a line, as a rule has. */
static json_t *pseudo_rule(struct writing *w, const struct block *block, uint32_t slot)
{
	const enum verdict verdicts[SLOT_RULES] = {
		[SLOT_MALFORMED] = block->malformed,
		[SLOT_NON_IP] = block->non_ip,
		[SLOT_DEFAULT] = block->default_verdict,
	};
	const char *verdict = verdict_names[verdicts[slot]];
	json_t *object = json_object();

	set_number(object, "slot", block->first_id + slot);
	json_set_text(object, "name", slot_names[slot]);
	json_set_text(object, "block", block->name);
	json_set_text(object, "action", verdict);
	json_set_text(object, "verdict", verdict);
	json_set_text(object, "text", arena_printf(w->arena, "%s %s", slot_names[slot], verdict));
	json_object_set_new(object, "pseudo", json_true());
	set_span(w, object, slot == SLOT_DEFAULT && block->default_span.source ? block->default_span : block->span);
	return object;
}

/* Days since 1970 -> "2027-12-31", by the rules of the Gregorian calendar and without the C library's time zones. */
static const char *date_text(struct arena *arena, int64_t days)
{
	int64_t era, day_of_era, year_of_era, day_of_year, month;

	days += 719468; /* since 0000-03-01 */
	era = (days >= 0 ? days : days - 146096) / 146097;
	day_of_era = days - era * 146097;
	year_of_era = (day_of_era - day_of_era / 1460 + day_of_era / 36524 - day_of_era / 146096) / 365;
	day_of_year = day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
	month = (5 * day_of_year + 2) / 153; /* 0 is March */
	return arena_printf(arena, "%04" PRId64 "-%02" PRId64 "-%02" PRId64, year_of_era + era * 400 + (month >= 10),
			    month < 10 ? month + 3 : month - 9, day_of_year - (153 * month + 2) / 5 + 1);
}

static json_t *rule_object(struct writing *w, const struct block *block, const struct rule *rule)
{
	static const char *const actions[] = { "allow", "deny", "reject", "rate-limit", "sample" };
	json_t *object = json_object();

	set_number(object, "slot", rule->id);
	json_set_text(object, "name", rule->name);
	json_set_text(object, "block", block->name);
	json_set_text(object, "action", actions[rule->action]);
	if (rule->action != ACTION_SAMPLE)
		json_set_text(object, "verdict", verdict_names[rule->verdict]);
	json_set_text(object, "text", rule->text);
	if (rule->log)
		json_object_set_new(object, "log", json_true());
	json_set_text(object, "detect", rule->detect);
	if (rule->action == ACTION_SAMPLE || rule->log_sample)
		set_number(object, "sample", rule->action == ACTION_SAMPLE ? rule->sample : rule->log_sample);
	set_span(w, object, rule->span);
	json_set_text(object, "owner", rule->owner ? rule->owner : w->manifest->program->policy->owner);
	json_set_text(object, "ticket", rule->ticket);
	json_set_text(object, "note", rule->note);
	if (rule->has_expires)
		json_set_text(object, "expires", date_text(w->arena, rule->expires));
	return object;
}

static json_t *rules(struct writing *w)
{
	const struct policy *policy = w->manifest->program->policy;
	json_t *array = json_array();

	for (size_t b = 0; b < policy->n_blocks; b++) {
		const struct block *block = policy->blocks[b];

		for (uint32_t slot = 0; slot < SLOT_RULES; slot++)
			json_array_append_new(array, pseudo_rule(w, block, slot));
		for (size_t r = 0; r < block->n_rules; r++)
			json_array_append_new(array, rule_object(w, block, block->rules[r]));
	}
	return array;
}

static json_t *maps(struct writing *w)
{
	json_t *array = json_array();

	for (size_t i = 0; i < w->manifest->object->n_maps; i++) {
		const struct object_map *map = &w->manifest->object->maps[i];
		json_t *object = json_object();

		json_set_text(object, "name", map->name);
		json_set_text(object, "type", map->type);
		set_number(object, "key_size", map->key_size);
		set_number(object, "value_size", map->value_size);
		set_number(object, "max_entries", map->max_entries);
		json_set_text(object, "layout", map->layout);
		json_array_append_new(array, object);
	}
	return array;
}

static json_t *budget(struct writing *w)
{
	const struct program *program = w->manifest->program;
	json_t *object = json_object(), *programs = json_array();

	for (size_t i = 0; i < program->n_blocks; i++) {
		json_t *block = json_object();

		json_set_text(block, "program", program->blocks[i].ident);
		set_number(block, "insns", w->manifest->costs[i].insns);
		set_number(block, "verified_estimate", w->manifest->costs[i].verified);
		json_array_append_new(programs, block);
	}
	json_object_set_new(object, "programs", programs);
	set_number(object, "table_bytes", program->table_bytes);
	set_number(object, "insns_limit", budget_insns_limit(program->policy));
	set_number(object, "memory_limit", budget_memory_limit(program->policy));
	return object;
}

struct bytes manifest_build(struct arena *arena, const struct manifest *manifest)
{
	const struct program *program = manifest->program;
	struct writing w = { arena, manifest, manifest->sources->first };
	json_t *document = json_object(), *blocks = json_array();
	struct bytes bytes = { 0 };

	json_set_text(document, "schema", MANIFEST_SCHEMA);
	json_set_text(document, "policy", program->policy->name);
	json_set_text(document, "owner", program->policy->owner);
	json_set_text(document, "sentryc", SENTRY_VERSION);
	json_set_text(document, "compiler", manifest->compiler);
	json_set_text(document, "target", manifest->target);
	json_set_text(document, "source_hash", manifest_source_hash(arena, w.main, manifest->sources));
	json_set_text(document, "layout_hash", manifest->layout_hash);
	json_set_text(document, "on_failure",
		      verdict_names[program->policy->on_failure_allow ? VERDICT_ALLOW : VERDICT_DENY]);
	json_object_set_new(document, "sources", sources(&w));
	json_object_set_new(document, "sources_kept", json_boolean(sources_are_kept(manifest->sources)));
	set_number(document, "tests", program->policy->n_tests);
	for (size_t i = 0; i < program->n_blocks; i++)
		json_array_append_new(blocks, block_object(&program->blocks[i]));
	json_object_set_new(document, "blocks", blocks);
	json_object_set_new(document, "rules", rules(&w));
	json_object_set_new(document, "sets", manifest_sets(arena, w.main, program));
	if (program->policy->states.used)
		json_object_set_new(document, "states", manifest_states(program));
	if (program->policy->account.traffic || program->policy->account.flows)
		json_object_set_new(document, "account", manifest_account(program));
	json_object_set_new(document, "limits", manifest_limits(arena, program));
	json_object_set_new(document, "maps", maps(&w));
	json_object_set_new(document, "budget", budget(&w));

	bytes.data = json_line(arena, document, &bytes.size);
	return bytes;
}
