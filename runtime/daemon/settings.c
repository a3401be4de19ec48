/* SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause */
#include "settings.h"

#include "memory.h"
#include "pin.h"
#include "yaml_tree.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/capability.h>
#include <unistd.h>

#define NS_IN_MS 1000000

static void read_flows(struct settings *settings, struct config_map *root)
{
	struct config_map map;

	config_sub(root, "flows", &map);
	settings->flows.active_ns = (int64_t)config_duration(&map, "active-timeout", 60000, 1000, 3600000) * NS_IN_MS;
	settings->flows.idle_ns = (int64_t)config_duration(&map, "idle-timeout", 15000, 1000, 3600000) * NS_IN_MS;
	settings->flows.most = (uint32_t)config_number(&map, "max", 65536, 1024, 16 << 20);
	config_end(&map);
}

static void read_http(struct settings *settings, struct config_map *root)
{
	struct config_map map;

	config_sub(root, "http", &map);
	http_listen_read(&settings->listen, &map);
	http_state_read(&settings->http, &map);
	config_end(&map);
}

static void read_alerts(struct settings *settings, struct config_map *root)
{
	struct config_map map;

	config_sub(root, "alerts", &map);
	alerts_configure(&settings->alerts, &map);
	config_end(&map);
	/* What was learned must survive a reload. */
	if (!settings->alerts.anomaly.state) {
		size_t size = strlen(settings->state_directory) + sizeof("/learned");
		char *state = config_allocate(&settings->document, size);

		snprintf(state, size, "%s/learned", settings->state_directory);
		settings->alerts.anomaly.state = state;
	}
}

static void check_capabilities(struct settings *settings, struct config_map *root)
{
	cap_value_t value;

	for (const char **name = settings->keep_capabilities; name && *name; name++) {
		if (cap_from_name(*name, &value) != 0)
			config_error(root, "keep-capabilities", "keep-capabilities: there is no capability %s", *name);
	}
}

static bool has_name(const struct settings *settings, const char *name)
{
	for (size_t i = 0; i < settings->n_sinks; i++) {
		if (strcmp(settings->sinks[i].worker.name, name) == 0)
			return true;
	}
	return false;
}

static void add_sink(struct settings *settings, struct config_map *map)
{
	struct sink_settings sink = { .node = map->node };

	if (!worker_settings_read(&sink.worker, map, settings->state_directory))
		return;
	if (has_name(settings, sink.worker.name))
		config_error(map, "name", "name: there is a sink '%s' already", sink.worker.name);
	settings->sinks = grow(settings->sinks, settings->n_sinks, sizeof(*settings->sinks));
	settings->sinks[settings->n_sinks++] = sink;
}

/* What is there if nobody says anything: the history that `sentryctl … --since` asks. */
static void add_default_sink(struct settings *settings)
{
	struct yaml_node type = { .type = YAML_TEXT, .key = (char *)"type", .text = (char *)"sqlite" };
	struct yaml_node node = { .type = YAML_MAP, .n = 1, .children = &type };
	struct config_map map;

	config_begin(&map, &settings->document, &node);
	add_sink(settings, &map);
	if (settings->n_sinks)
		settings->sinks[0].node = NULL;
}

static void read_all(struct settings *settings)
{
	struct config_map root, map;
	size_t at = 0;

	config_begin(&root, &settings->document, settings->document.root);
	settings->bpffs = config_text(&root, "bpffs", BPFFS_DEFAULT);
	settings->state_directory = config_text(&root, "state-directory", "/var/lib/packet-sentry/sentryd");
	settings->run_directory = config_text(&root, "run-directory", "/run/packet-sentry");
	settings->interval_ms = config_duration(&root, "interval", 1000, 100, 3600000);
	settings->tables_ms = config_duration(&root, "tables-interval", 10000, 1000, 3600000);
	settings->keep_capabilities = config_texts(&root, "keep-capabilities");
	check_capabilities(settings, &root);
	read_flows(settings, &root);
	read_http(settings, &root);
	read_alerts(settings, &root);
	settings->http.stale_ns = (settings->interval_ms * 10 + 5000) * NS_IN_MS;
	while (config_each(&root, "sinks", &at, &map))
		add_sink(settings, &map);
	if (!config_has(&root, "sinks"))
		add_default_sink(settings);
	config_end(&root);
}

struct settings *settings_load(const char *path, FILE *messages)
{
	struct settings *settings = allocate(1, sizeof(*settings));

	if (!path && access(SETTINGS_DEFAULT, F_OK) == 0)
		path = SETTINGS_DEFAULT;
	settings->document.path = "(defaults)";
	settings->document.messages = messages;
	if (!path || config_load(&settings->document, path, messages))
		read_all(settings);
	if (!settings->document.errors)
		return settings;
	settings_free(settings);
	return NULL;
}

void settings_free(struct settings *settings)
{
	while (settings) {
		struct settings *older = settings->older;

		for (size_t i = 0; i < settings->n_sinks; i++) {
			const struct worker_settings *worker = &settings->sinks[i].worker;

			if (!settings->sinks[i].started)
				worker->kind->destroy(worker->sink);
		}
		free(settings->sinks);
		config_free(&settings->document);
		free(settings);
		settings = older;
	}
}

static bool equal(const struct yaml_node *a, const struct yaml_node *b)
{
	if (a->type != b->type || a->n != b->n || !a->key != !b->key || (a->key && strcmp(a->key, b->key) != 0) ||
	    (a->type == YAML_TEXT && strcmp(a->text, b->text) != 0) || !a->secret != !b->secret ||
	    (a->secret && strcmp(a->secret, b->secret) != 0))
		return false;
	for (size_t i = 0; i < a->n; i++) {
		if (!equal(&a->children[i], &b->children[i]))
			return false;
	}
	return true;
}

bool sink_settings_equal(const struct sink_settings *a, const struct sink_settings *b)
{
	const char *left = a->worker.spill_directory, *right = b->worker.spill_directory;

	if (!left != !right || (left && strcmp(left, right) != 0))
		return false;
	return a->node && b->node ? equal(a->node, b->node) : !a->node && !b->node;
}
