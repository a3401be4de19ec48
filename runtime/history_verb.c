/* SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause */
#include "history_verb.h"

#include "gate.h"
#include "history.h"
#include "json.h"
#include "netns.h"
#include "printable.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define SCHEMA "packet-sentry/history/v1"

static const char *state_of(const struct sentry_gate *gate, const json_t *entry)
{
	json_int_t generation = json_integer_value(json_object_get(entry, "generation"));

	if (generation == SENTRY_GENERATION_OF(gate->in_force))
		return "in force";
	for (size_t slot = 0; slot < SENTRY_GATE_SLOTS; slot++) {
		if (gate->slots[slot] == generation)
			return "ready";
	}
	return "on disk";
}

static json_t *read_all(const struct history *history, const struct sentry_gate *gate)
{
	json_t *list = json_array();
	unsigned int *numbers;
	size_t n = history_list(history, &numbers);

	while (n > 0) {
		json_t *entry = history_read(history, numbers[--n]);

		if (!entry)
			continue;
		json_object_del(entry, "schema");
		json_object_set_new(entry, "state", json_string(state_of(gate, entry)));
		/* The timer went back to it, and nobody has looked since. */
		if (strcmp(state_of(gate, entry), "in force") == 0)
			json_object_del(entry, "taken_back");
		json_array_append_new(list, entry);
	}
	free(numbers);
	return list;
}

static const char *text_of(const json_t *object, const char *key)
{
	const char *text = json_string_value(json_object_get(object, key));

	return text ? text : "";
}

static void print_entry(const json_t *entry)
{
	const json_t *policies = json_object_get(entry, "policies");
	struct printable text;

	printf("%6lld  %-20s  %-8s  ", json_integer_value(json_object_get(entry, "generation")),
	       text_of(entry, "applied_at"), text_of(entry, "state"));
	printf("%-12s  ", printable(&text, text_of(entry, "who")));
	for (size_t i = 0; i < json_array_size(policies); i++) {
		const json_t *policy = json_array_get(policies, i);

		printf("%s%s (%.12s)", i ? ", " : "", printable(&text, text_of(policy, "policy")),
		       text_of(policy, "source_hash"));
	}
	if (*text_of(entry, "message"))
		printf("  %s", printable(&text, text_of(entry, "message")));
	if (*text_of(entry, "again_at") && strcmp(text_of(entry, "state"), "in force") == 0)
		printf("  [again since %s]", printable(&text, text_of(entry, "again_at")));
	if (*text_of(entry, "taken_back"))
		printf("  [%s]", printable(&text, text_of(entry, "taken_back")));
	putchar('\n');
}

int history_print(const struct apply *apply, bool json)
{
	struct failure why = { 0 };
	struct sentry_gate gate;
	struct history history;
	struct site site;
	json_t *list;

	if ((apply->netns && !netns_enter(apply->netns, &why)) || !site_init(&site, apply->bpffs, &why) ||
	    !history_init(&history, apply->state_dir, &why) || gate_read(&site, &gate, &why) == GATE_FAILED)
		return say_failure(&why);
	if (access(history.dir.text, R_OK | X_OK) != 0 && errno != ENOENT) {
		failure_set(&why, EXIT_ENVIRONMENT, "%s: %s", history.dir.text, strerror(errno));
		return say_failure(&why);
	}
	list = read_all(&history, &gate);
	if (json) {
		json_print(json_pack("{s:s, s:O}", "schema", SCHEMA, "generations", list));
	} else {
		if (!json_array_size(list))
			puts("nothing was applied here");
		for (size_t i = 0; i < json_array_size(list); i++)
			print_entry(json_array_get(list, i));
	}
	json_decref(list);
	return EXIT_GOOD;
}
