/* SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause */
#include "ledger.h"

#include "counters.h"
#include "memory.h"
#include "traffic_json.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define NAME "ledger"
#define SCHEMA "packet-sentry/ledger/v1"

/* Absorbed generations that are remembered; they go right afterwards. */
#define REMEMBERED 8

__u32 ledger_id(const struct site *site)
{
	struct path path;

	return site_pin_path(site, NAME, &path) ? record_map_id(&path) : 0;
}

bool ledger_read(struct ledger *ledger, const struct site *site)
{
	struct path path;
	json_error_t error;
	size_t size;
	char *text;

	*ledger = (struct ledger){ .id = ledger_id(site) };
	if (!ledger->id)
		return true;
	if (!site_pin_path(site, NAME, &path))
		return false;
	text = text_map_read(&path, &size);
	if (!text)
		return false;
	ledger->root = json_loadb(text, size, 0, &error);
	free(text);
	errno = EINVAL;
	return ledger->root;
}

void ledger_free(struct ledger *ledger)
{
	json_decref(ledger->root);
	*ledger = (struct ledger){ 0 };
}

bool ledger_has(const struct ledger *ledger, const struct generation *generation)
{
	const json_t *list = json_object_get(ledger->root, "absorbed");
	__u32 identity = generation_identity(generation);

	for (size_t i = 0; i < json_array_size(list); i++) {
		if (json_integer_value(json_array_get(list, i)) == identity)
			return true;
	}
	return false;
}

/* Names hold no slash. To be freed. */
static char *key_of(const char *policy, const struct manifest_rule *rule)
{
	size_t size = strlen(policy) + strlen(rule->block) + strlen(rule->name) + 3;
	char *key = allocate(1, size);

	snprintf(key, size, "%s/%s/%s", policy, rule->block, rule->name);
	return key;
}

static void add_entry(const json_t *entry, struct count *count)
{
	count->packets += (__u64)json_integer_value(json_array_get(entry, 0));
	count->bytes += (__u64)json_integer_value(json_array_get(entry, 1));
}

void ledger_count(const struct ledger *ledger, const char *policy, const struct manifest_rule *rule,
		  struct count *count)
{
	char *key;

	if (!ledger->root)
		return;
	key = key_of(policy, rule);
	add_entry(json_object_get(json_object_get(ledger->root, "rules"), key), count);
	free(key);
}

void ledger_traffic(const struct ledger *ledger, struct traffic *traffic)
{
	traffic_add_json(traffic, json_object_get(ledger->root, "traffic"));
}

bool ledger_others(const struct ledger *ledger, const struct site *site, const struct generation *current,
		   bool (*visit)(void *context, const struct generation *generation, struct failure *why), void *context,
		   struct failure *why)
{
	struct generation_id *ids;
	bool ok = true;
	size_t n;

	if (!site_generations(site, &ids, &n, why))
		return false;
	for (size_t i = 0; ok && i < n; i++) {
		struct generation other;

		/* One that is half made has counted nothing. */
		if (ids[i].staged && ids[i].number != current->id.number)
			continue;
		ok = generation_open(&other, site, ids[i], why);
		if (!ok)
			break;
		if (!ledger_has(ledger, &other))
			ok = visit(context, &other, why);
		generation_close(&other);
	}
	free(ids);
	return ok;
}

/* What the ledger will say of traffic: what it says, and what this generation has counted. */
static json_t *all_traffic(const struct ledger *before, const struct generation *generation, struct failure *why)
{
	struct traffic traffic = { 0 };
	json_t *json;

	ledger_traffic(before, &traffic);
	for (size_t part = 0; part < generation->record.n_parts; part++) {
		/* As with counters: what somebody else has unpinned is gone. */
		if (!traffic_add_part(&traffic, generation, part, why) && errno != ENOENT) {
			traffic_free(&traffic);
			return NULL;
		}
	}
	traffic_forget(&traffic);
	json = traffic_json(&traffic);
	traffic_free(&traffic);
	return json;
}

/* What the ledger will say of the generation's rules; those that are zero are left out. */
static bool add_part(json_t *rules, const struct ledger *before, const struct generation *generation, size_t part,
		     struct failure *why)
{
	const struct manifest *manifest = &generation->record.parts[part];
	struct count *counts;

	/* What somebody else has unpinned cannot be read, and shall not stand in the way for ever. */
	if (!counters_read(generation, part, &counts, why))
		return errno == ENOENT;
	for (size_t i = 0; i < manifest->n_rules; i++) {
		char *key = key_of(manifest->policy, &manifest->rules[i]);

		add_entry(json_object_get(json_object_get(before->root, "rules"), key), &counts[i]);
		if (counts[i].packets)
			json_object_set_new(rules, key, json_pack("[I, I]", (json_int_t)counts[i].packets,
								  (json_int_t)counts[i].bytes));
		free(key);
	}
	free(counts);
	return true;
}

/* What the ledger has of rules of generations that stay, and this one does not have. */
static void keep_others(json_t *rules, const struct ledger *before, const struct site *site, unsigned int number)
{
	struct generation_id *ids;
	struct failure ignored;
	size_t n;

	if (!before->root || !site_generations(site, &ids, &n, &ignored))
		return;
	for (size_t i = 0; i < n; i++) {
		struct generation other;

		if (ids[i].number == number || !generation_open(&other, site, ids[i], &ignored))
			continue;
		for (size_t part = 0; part < other.record.n_parts; part++) {
			const struct manifest *manifest = &other.record.parts[part];

			for (size_t rule = 0; rule < manifest->n_rules; rule++) {
				char *key = key_of(manifest->policy, &manifest->rules[rule]);
				json_t *entry = json_object_get(json_object_get(before->root, "rules"), key);

				if (entry && !json_object_get(rules, key))
					json_object_set(rules, key, entry);
				free(key);
			}
		}
		generation_close(&other);
	}
	free(ids);
}

static json_t *absorbed(const struct ledger *before, const struct generation *generation)
{
	const json_t *old = json_object_get(before->root, "absorbed");
	size_t n = json_array_size(old);
	json_t *list = json_array();

	for (size_t i = n > REMEMBERED ? n - REMEMBERED : 0; i < n; i++)
		json_array_append(list, json_array_get(old, i));
	json_array_append_new(list, json_integer(generation_identity(generation)));
	return list;
}

static bool replace(const struct site *site, json_t *root, struct failure *why)
{
	char *text = json_dumps(root, JSON_COMPACT);
	struct path fresh, path;
	bool ok;

	if (!text || !site_pin_path(site, NAME, &path) || !site_pin_path(site, NAME "-new", &fresh))
		return failure_set(why, EXIT_ENVIRONMENT, "the counts cannot be written down");
	unlink(fresh.text);
	ok = record_pin(text, &fresh, why) &&
	     (rename(fresh.text, path.text) == 0 ||
	      failure_set(why, EXIT_ENVIRONMENT, "cannot rename %s: %s", fresh.text, strerror(errno)));
	free(text);
	return ok;
}

bool ledger_absorb(const struct site *site, const struct generation *generation, struct failure *why)
{
	json_t *rules = json_object(), *traffic = NULL, *root;
	struct ledger before;
	bool ok = true;

	if (!ledger_read(&before, site))
		say("the counts of earlier generations cannot be read, and begin again: %s", strerror(errno));
	if (ledger_has(&before, generation)) {
		json_decref(rules);
		ledger_free(&before);
		return true;
	}
	for (size_t part = 0; ok && part < generation->record.n_parts; part++)
		ok = add_part(rules, &before, generation, part, why);
	keep_others(rules, &before, site, generation->id.number);
	if (ok)
		traffic = all_traffic(&before, generation, why);
	ok = traffic;
	root = json_pack("{s:s, s:o, s:o}", "schema", SCHEMA, "absorbed", absorbed(&before, generation), "rules", rules);
	if (json_object_size(traffic))
		json_object_set(root, "traffic", traffic);
	json_decref(traffic);
	ok = ok && replace(site, root, why);
	json_decref(root);
	ledger_free(&before);
	return ok;
}

void ledger_remove(const struct site *site)
{
	struct path path;

	if (site_pin_path(site, NAME "-new", &path))
		unlink(path.text);
	if (site_pin_path(site, NAME, &path))
		unlink(path.text);
}
