/* SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause */
/* The blocks and slots of an object whose policy is not at hand, from its manifest. */
#include "replay.h"

#include "manifest.h"
#include "object.h"

#include <jansson.h>
#include <stdlib.h>
#include <string.h>

/* What must be there is: SENTRY_MANIFEST_SECTION of shared.h. */
#define SECTION "sentry.manifest"
/* The kernel's counters are one array; no policy comes near. */
#define SLOTS_MAX (1u << 20)

static const char *text_of(struct arena *arena, const json_t *object, const char *key)
{
	const char *text = json_string_value(json_object_get(object, key));

	return text ? arena_strdup(arena, text) : NULL;
}

static bool number_of(const json_t *object, const char *key, uint32_t max, uint32_t *number)
{
	const json_t *value = json_object_get(object, key);
	json_int_t integer = json_integer_value(value);

	if (!json_is_integer(value) || integer < 0 || integer > (json_int_t)max)
		return false;
	*number = (uint32_t)integer;
	return true;
}

static bool read_block(struct arena *arena, const json_t *json, size_t index, struct replay_block *block)
{
	const char *malformed = json_string_value(json_object_get(json, "malformed"));
	uint32_t n_slots;
	unsigned verdict;

	block->name = text_of(arena, json, "name");
	block->direction = text_of(arena, json, "direction");
	block->index = index;
	if (!block->name || !block->direction || !malformed ||
	    !number_of(json, "first_slot", SLOTS_MAX, &block->first_id) ||
	    !number_of(json, "slots", SLOTS_MAX, &n_slots) || n_slots < SLOT_RULES)
		return false;
	for (verdict = 0; verdict < N_VERDICTS; verdict++)
		if (!strcmp(verdict_names[verdict], malformed))
			break;
	if (verdict == N_VERDICTS)
		return false;
	block->runt.verdict = (enum verdict)verdict;
	block->runt.slot = block->first_id + SLOT_MALFORMED;
	block->n_slots = n_slots;
	block->slots = ARENA_ARRAY(arena, struct replay_slot, n_slots);
	return true;
}

/* Rules are listed for all blocks together, each with its slot. */
static bool read_rule(struct arena *arena, const json_t *json, const struct replay_object *object)
{
	struct replay_slot rule = { .name = text_of(arena, json, "name"), .file = text_of(arena, json, "file") };
	uint32_t slot;

	if (!rule.name || !number_of(json, "slot", 2 * SLOTS_MAX, &slot))
		return false;
	if (!number_of(json, "line", UINT32_MAX, &rule.line))
		rule.file = NULL;
	for (size_t i = 0; i < object->n_blocks; i++) {
		const struct replay_block *block = &object->blocks[i];

		if (slot >= block->first_id && slot - block->first_id < block->n_slots) {
			block->slots[slot - block->first_id] = rule;
			return true;
		}
	}
	return false;
}

static bool read_manifest(struct arena *arena, const json_t *manifest, struct replay_object *object)
{
	const char *schema = json_string_value(json_object_get(manifest, "schema"));
	const json_t *blocks = json_object_get(manifest, "blocks"), *rules = json_object_get(manifest, "rules");
	const json_t *item;
	size_t i, j;

	object->policy = text_of(arena, manifest, "policy");
	if (!schema || strcmp(schema, MANIFEST_SCHEMA) || !object->policy || !json_is_array(blocks) ||
	    !json_is_array(rules))
		return false;
	object->n_blocks = json_array_size(blocks);
	object->blocks = ARENA_ARRAY(arena, struct replay_block, object->n_blocks);
	json_array_foreach(blocks, i, item)
		if (!read_block(arena, item, i, &object->blocks[i]))
			return false;
	json_array_foreach(rules, i, item)
		if (!read_rule(arena, item, object))
			return false;
	for (i = 0; i < object->n_blocks; i++)
		for (j = 0; j < object->blocks[i].n_slots; j++)
			if (!object->blocks[i].slots[j].name)
				return false;
	return true;
}

bool replay_object_read(struct arena *arena, const char *path, struct replay_object *object, char *error, size_t room)
{
	struct bytes bytes = { 0 }, section = { 0 };
	json_t *manifest;
	bool good;

	if (!object_read_file(arena, path, &bytes, error, room))
		return false;
	if (!object_section(bytes, SECTION, &section)) {
		snprintf(error, room, "%s is no object of ours: it has no section %s", path, SECTION);
		return false;
	}
	/* The section may be padded with zeros. */
	manifest = json_loadb(section.data, strnlen(section.data, section.size), 0, NULL);
	good = manifest && read_manifest(arena, manifest, object);
	json_decref(manifest);
	if (!good)
		snprintf(error, room, "the manifest of %s is damaged, or of another version of sentryc", path);
	return good;
}

struct replay_block *replay_object_block(const struct replay_object *object, const char *name)
{
	struct replay_block *only = NULL;
	size_t n = 0;

	if (!name)
		return object->n_blocks == 1 ? &object->blocks[0] : NULL;
	for (size_t i = 0; i < object->n_blocks; i++) {
		if (!strcmp(object->blocks[i].name, name))
			return &object->blocks[i];
		if (!strcmp(object->blocks[i].direction, name)) {
			only = &object->blocks[i];
			n++;
		}
	}
	return n == 1 ? only : NULL;
}
