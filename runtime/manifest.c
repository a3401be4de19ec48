/* SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause */
#include "manifest.h"

#include <linux/types.h>

#include "shared.h"

#include "memory.h"

#include <stdlib.h>
#include <string.h>

#define SCHEMA "packet-sentry/manifest/v1"

static bool bad(struct failure *why, const char *where, const char *what)
{
	return failure_set(why, EXIT_ENVIRONMENT, "manifest: %s %s", where, what);
}

/* A string member; `missing` NULL makes it mandatory. */
static const char *text_of(const json_t *object, const char *key, const char *missing)
{
	const char *text = json_string_value(json_object_get(object, key));

	return text ? text : missing;
}

/* Names of programs become file names in bpffs and symbols: C identifiers, nothing else. */
static bool is_identifier(const char *text)
{
	static const char letters[] = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ_0123456789";

	return *text && !(*text >= '0' && *text <= '9') && text[strspn(text, letters)] == '\0' && strlen(text) < 128;
}

static bool read_roles(struct manifest_block *block, const json_t *list, struct failure *why)
{
	size_t n = json_array_size(list);

	block->roles = allocate(n, sizeof(*block->roles));
	for (size_t i = 0; i < n; i++) {
		struct manifest_role *role = &block->roles[i];
		const json_t *item = json_array_get(list, i);

		role->role = text_of(item, "role", NULL);
		role->device = text_of(item, "device", role->role);
		if (!role->role || !*role->role)
			return bad(why, block->name, "has an interface without a role");
		block->n_roles++;
	}
	if (n == 0 && !block->any)
		return bad(why, block->name, "has no interface");
	return true;
}

static bool has_word(const json_t *list, const char *word)
{
	const char *text;

	for (size_t i = 0; i < json_array_size(list); i++) {
		text = json_string_value(json_array_get(list, i));
		if (text && strcmp(text, word) == 0)
			return true;
	}
	return false;
}

static bool read_block(struct manifest_block *block, const json_t *item, struct failure *why)
{
	const char *direction = text_of(item, "direction", ""), *hook = text_of(item, "hook", "");
	int index = word_index(direction_words, direction);

	block->name = text_of(item, "name", NULL);
	if (!block->name)
		return bad(why, "a block", "has no name");
	block->program = text_of(item, "program", NULL);
	if (!block->program || !is_identifier(block->program))
		return bad(why, block->name, "has no program, or one whose name is not an identifier");
	if (index < 0)
		return bad(why, block->name, "has a direction other than ingress and egress");
	block->direction = (enum direction)index;
	block->xdp = strcmp(hook, "xdp") == 0;
	if (!block->xdp && strcmp(hook, "tc") != 0)
		return bad(why, block->name, "has a hook other than xdp and tc");
	if (block->xdp && block->direction == DIRECTION_EGRESS)
		return bad(why, block->name, "wants XDP on egress, where there is none");
	block->reads_vlan = has_word(json_object_get(item, "fields"), "vlan");
	block->any = json_is_true(json_object_get(item, "any"));
	return read_roles(block, json_object_get(item, "interfaces"), why);
}

static bool read_blocks(struct manifest *manifest, const json_t *list, struct failure *why)
{
	size_t n = json_array_size(list);

	if (n == 0)
		return bad(why, "the policy", "has no block");
	manifest->blocks = allocate(n, sizeof(*manifest->blocks));
	for (size_t i = 0; i < n; i++) {
		const struct manifest_block *block = &manifest->blocks[manifest->n_blocks++];

		if (!read_block(&manifest->blocks[i], json_array_get(list, i), why))
			return false;
		for (size_t j = 0; j < i; j++) {
			if (strcmp(manifest->blocks[j].name, block->name) == 0)
				return bad(why, block->name, "is there twice");
		}
	}
	return true;
}

/* Slots are 0 to n - 1, each once; the list may be in any order. */
static bool read_rules(struct manifest *manifest, const json_t *list, struct failure *why)
{
	size_t n = json_array_size(list);

	if (n == 0 || n > SENTRY_RULES)
		return bad(why, "the policy", n ? "has too many rules" : "has no rule");
	manifest->rules = allocate(n, sizeof(*manifest->rules));
	manifest->n_rules = n;
	for (size_t i = 0; i < n; i++) {
		const json_t *item = json_array_get(list, i), *slot = json_object_get(item, "slot");
		json_int_t number = json_integer_value(slot);
		struct manifest_rule *rule;

		if (!json_is_integer(slot) || number < 0 || number >= (json_int_t)n)
			return bad(why, text_of(item, "name", "a rule"), "has no slot in range");
		rule = &manifest->rules[number];
		if (rule->name)
			return bad(why, text_of(item, "name", "a rule"), "has the slot of another rule");
		rule->name = text_of(item, "name", NULL);
		rule->block = text_of(item, "block", NULL);
		if (!rule->name || !rule->block)
			return bad(why, rule->name ? rule->name : "a rule", "has no name or no block");
		if (!manifest_block(manifest, rule->block))
			return bad(why, rule->name, "is in a block that is not there");
		rule->action = text_of(item, "action", "");
		rule->verdict = text_of(item, "verdict", "");
		rule->detect = text_of(item, "detect", "");
		rule->text = text_of(item, "text", "");
		rule->file = text_of(item, "file", "");
		rule->line = json_integer_value(json_object_get(item, "line"));
	}
	return true;
}

bool manifest_read(struct manifest *manifest, json_t *json, struct failure *why)
{
	const char *schema = text_of(json, "schema", "");

	*manifest = (struct manifest){ .json = json_incref(json) };
	manifest->policy = text_of(json, "policy", NULL);
	manifest->owner = text_of(json, "owner", "");
	manifest->source_hash = text_of(json, "source_hash", "");
	manifest->layout_hash = text_of(json, "layout_hash", "");
	manifest->on_failure_allow = strcmp(text_of(json, "on_failure", ""), "allow") == 0;
	if (strcmp(schema, SCHEMA) != 0)
		failure_set(why, EXIT_ENVIRONMENT, "manifest: schema is '%.80s', this program knows %s", schema,
			    SCHEMA);
	else if (!manifest->policy || !*manifest->policy)
		bad(why, "the policy", "has no name");
	else if (read_blocks(manifest, json_object_get(json, "blocks"), why) &&
		 read_rules(manifest, json_object_get(json, "rules"), why) && manifest_read_tables(manifest, why))
		return true;
	manifest_free(manifest);
	return false;
}

bool manifest_parse(struct manifest *manifest, const char *text, size_t size, struct failure *why)
{
	json_error_t error;
	json_t *json = json_loadb(text, size, JSON_REJECT_DUPLICATES, &error);
	bool ok;

	*manifest = (struct manifest){ 0 };
	if (!json)
		return failure_set(why, EXIT_ENVIRONMENT, "manifest: not JSON: %s", error.text);
	ok = manifest_read(manifest, json, why);
	json_decref(json);
	return ok;
}

void manifest_free(struct manifest *manifest)
{
	for (size_t i = 0; i < manifest->n_blocks; i++)
		free(manifest->blocks[i].roles);
	free(manifest->blocks);
	free(manifest->rules);
	free(manifest->sets);
	free(manifest->limits);
	json_decref(manifest->json);
	*manifest = (struct manifest){ 0 };
}

const struct manifest_block *manifest_block(const struct manifest *manifest, const char *name)
{
	for (size_t i = 0; i < manifest->n_blocks; i++) {
		if (strcmp(manifest->blocks[i].name, name) == 0)
			return &manifest->blocks[i];
	}
	return NULL;
}
