/* SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause */
/* Any text as the manifest of an object: refused with a reason, or whole, every name that it refers to at hand. */
#include "fuzz.h"
#include "manifest.h"

#include <string.h>

static void check_rules(const struct manifest *manifest)
{
	for (size_t i = 0; i < manifest->n_rules; i++) {
		const struct manifest_rule *rule = &manifest->rules[i];

		require(rule->name && rule->action && rule->verdict && rule->text && rule->file);
		require(manifest_block(manifest, rule->block));
	}
}

static void check_tables(const struct manifest *manifest)
{
	size_t n_counts = manifest_n_counts(manifest);

	for (size_t i = 0; i < manifest->n_sets; i++) {
		const struct manifest_set *set = &manifest->sets[i];

		require(manifest_set(manifest, set->name) == set && set->map && set->max);
		require(set->n_types && set->n_types <= MAX_SET_TYPES && manifest_same_types(set, set));
		require(set->count == NO_COUNT || (set->count >= 0 && (size_t)set->count < n_counts));
	}
	for (size_t i = 0; i < manifest->n_limits; i++) {
		const struct manifest_limit *limit = &manifest->limits[i];

		require(limit->rule && limit->map && limit->kind && limit->distinct && limit->keys);
		require(manifest_limit(manifest, limit->map));
		require(limit->count == NO_COUNT || (limit->count >= 0 && (size_t)limit->count < n_counts));
	}
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct failure why = { 0 };
	struct manifest manifest;

	if (!manifest_parse(&manifest, (const char *)data, size, &why)) {
		require(why.code == EXIT_ENVIRONMENT && why.text[0] && !manifest.json && !manifest.n_blocks);
		return 0;
	}
	require(*manifest.policy && manifest.owner && manifest.source_hash && manifest.layout_hash);
	for (size_t i = 0; i < manifest.n_blocks; i++) {
		require(manifest_block(&manifest, manifest.blocks[i].name) == &manifest.blocks[i]);
		for (size_t j = 0; j < manifest.blocks[i].n_roles; j++)
			require(manifest.blocks[i].roles[j].role);
	}
	check_rules(&manifest);
	check_tables(&manifest);
	manifest_free(&manifest);
	return 0;
}
