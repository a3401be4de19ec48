/* SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause */
#include "failure.h"
#include "verdict.h"
#include "worker.h"

#include <stdio.h>
#include <string.h>

static void read_select(struct worker_settings *settings, struct config_map *map)
{
	struct item_filter *filter = &settings->filter;
	const struct sink_kind *kind = settings->kind;
	struct config_map select;
	const char **kinds;

	config_sub(map, "select", &select);
	kinds = config_texts(&select, "kinds");
	for (int i = 0; i < N_ITEM_KINDS; i++)
		filter->kinds[i] = !kinds && kind->takes & 1u << i;
	for (; kinds && *kinds; kinds++) {
		int i = 0;

		while (item_kind_words[i] && strcmp(item_kind_words[i], *kinds) != 0)
			i++;
		if (!item_kind_words[i])
			config_error(&select, "kinds", "kinds: '%s' is none of: event, flow, rule, traffic, flags, alert, lost",
				     *kinds);
		else if (kind->can_take && !(kind->can_take & 1u << i))
			config_error(&select, "kinds", "kinds: a sink of type %s cannot take '%s'", kind->name, *kinds);
		else
			filter->kinds[i] = true;
	}
	filter->names = (const char *const *)config_texts(&select, "names");
	filter->rules = (const char *const *)config_texts(&select, "rules");
	filter->verdicts = (const char *const *)config_texts(&select, "verdicts");
	for (const char *const *verdict = filter->verdicts; verdict && *verdict; verdict++) {
		if (word_index(verdict_words, *verdict) < 0)
			config_error(&select, "verdicts", "verdicts: '%s' is none of: allow, deny, reject", *verdict);
	}
	filter->interfaces = (const char *const *)config_texts(&select, "interfaces");
	config_end(&select);
}

static void read_queue(struct worker_settings *settings, struct config_map *map)
{
	struct config_map queue, batch;

	config_sub(map, "queue", &queue);
	settings->memory = config_bytes(&queue, "memory", 16 << 20, 1 << 20, 1ULL << 40);
	settings->disk = config_bytes(&queue, "disk", 256 << 20, 0, 1ULL << 50);
	settings->durable = config_bool(&queue, "durable", false);
	if (settings->durable && !settings->disk)
		config_error(&queue, "durable", "durable: what is kept on disk needs some of it: disk is 0");
	config_end(&queue);
	config_sub(map, "batch", &batch);
	settings->batch_items = config_number(&batch, "items", 10000, 1, 1000000);
	settings->batch_delay_ms = config_duration(&batch, "delay", 1000, 0, 60000);
	config_end(&batch);
}

static bool is_name(const char *name)
{
	return *name && strspn(name, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_-.") == strlen(name) &&
	       name[0] != '.' && strlen(name) <= 64;
}

bool worker_settings_read(struct worker_settings *settings, struct config_map *map, const char *state_directory)
{
	unsigned int errors = map->document->errors;
	const char *type = config_needed(map, "type");
	char known[256] = "";

	*settings = (struct worker_settings){ .kind = sink_kind(type) };
	if (!settings->kind) {
		size_t used = 0;

		for (const struct sink_kind *const *kind = sink_kinds; *kind && used < sizeof(known); kind++)
			used += (size_t)snprintf(known + used, sizeof(known) - used, "%s%s", used ? ", " : "", (*kind)->name);
		if (*type)
			config_error(map, "type", "type: '%s' is none of: %s", type, known);
		config_abandon(map);
		return false;
	}
	settings->name = config_text(map, "name", type);
	if (!is_name(settings->name))
		config_error(map, "name", "name: letters, digits, '-', '_' and '.' are wanted, 64 at most");
	read_select(settings, map);
	read_queue(settings, map);
	if (state_directory && settings->disk) {
		size_t size = strlen(state_directory) + strlen(settings->name) + sizeof("/spill/");
		char *path = config_allocate(map->document, size);

		snprintf(path, size, "%s/spill/%s", state_directory, settings->name);
		settings->spill_directory = path;
	}
	settings->sink = settings->kind->create(map);
	config_end(map);
	if (map->document->errors == errors)
		return true;
	if (settings->sink)
		settings->kind->destroy(settings->sink);
	settings->sink = NULL;
	return false;
}
