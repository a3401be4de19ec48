/* SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause */
#include "status.h"

#include "generation.h"
#include "hooks.h"
#include "interfaces.h"
#include "json.h"
#include "memory.h"
#include "printable.h"

#include <jansson.h>
#include <net/if.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define SCHEMA "packet-sentry/status/v1"

enum state {
	STATE_ATTACHED,
	STATE_INTERFACE_GONE,
	STATE_MISSING,       /* nothing of ours on the hook */
	STATE_OTHER_PROGRAM, /* of another generation: an apply was interrupted */
};

static const char *const state_words[] = { "attached", "interface gone", "missing", "other program" };

struct attached {
	const struct attachment *item;
	char interface[IF_NAMESIZE]; /* its present name */
	enum state state;
	bool returned; /* gone, and there is another of its name, which has no policy */
	enum xdp_mode mode;
	size_t n_ahead;
	__u32 ahead[TCX_MAX]; /* programs of others that run before ours */
};

struct status {
	struct generation *generation; /* NULL: none */
	struct hooks hooks;
	bool interrupted;
	size_t n;
	struct attached *items;
};

static bool covered(const struct generation *generation, const struct attachment *item, unsigned int ifindex)
{
	struct hook hook = item->hook;

	hook.ifindex = ifindex;
	return generation_attachment(generation, &hook) != NULL;
}

static void look(struct attached *attached, const struct generation *generation, const struct hooks *hooks,
		 const struct attachment *item)
{
	const struct held *held = hooks_find(hooks, &item->hook);
	__u32 program;

	*attached = (struct attached){ .item = item };
	if (interface_present(item->hook.ifindex, "", attached->interface)[0] == '\0') {
		unsigned int other = if_nametoindex(item->interface);

		memcpy(attached->interface, item->interface, sizeof(attached->interface));
		attached->state = STATE_INTERFACE_GONE;
		attached->returned = other && !covered(generation, item, other);
	} else if (!held) {
		attached->state = STATE_MISSING;
	} else {
		attached->state = held->program == generation_program_id(generation, item) ? STATE_ATTACHED
											   : STATE_OTHER_PROGRAM;
		if (item->hook.means == MEANS_XDP)
			xdp_query(item->hook.ifindex, &attached->mode, &program);
		attached->n_ahead = tcx_ahead(&item->hook, held->program, attached->ahead, TCX_MAX);
	}
}

static json_t *ahead_json(const struct attached *attached)
{
	json_t *list = json_array();

	for (size_t i = 0; i < attached->n_ahead; i++) {
		char name[PROGRAM_NAME_SIZE];

		program_name(attached->ahead[i], name);
		json_array_append_new(list, json_pack("{s:I, s:s}", "id", (json_int_t)attached->ahead[i], "program",
						      name));
	}
	return list;
}

static json_t *attached_json(const struct attached *attached)
{
	const struct attachment *item = attached->item;
	json_t *json = json_pack("{s:s, s:s}", "interface", attached->interface, "hook", means_words[item->hook.means]);

	if (attached->mode != XDP_MODE_NONE)
		json_object_set_new(json, "mode", json_string(xdp_mode_words[attached->mode]));
	json_object_set_new(json, "direction", json_string(direction_words[item->hook.direction]));
	json_object_set_new(json, "state", json_string(state_words[attached->state]));
	if (attached->returned)
		json_object_set_new(json, "returned", json_true());
	if (attached->n_ahead)
		json_object_set_new(json, "ahead", ahead_json(attached));
	json_object_set_new(json, "block", json_string(item->block));
	json_object_set_new(json, "program", json_string(item->program));
	return json;
}

static json_t *text_or_null(const char *text)
{
	return text && *text ? json_string(text) : json_null();
}

static void print_json(const struct status *status)
{
	const struct record *record = status->generation ? &status->generation->record : NULL;
	json_t *root = json_object(), *list = json_array();

	json_object_set_new(root, "schema", json_string(SCHEMA));
	json_object_set_new(root, "generation", json_integer(record ? record->generation : 0));
	json_object_set_new(root, "policy", text_or_null(record ? record->manifest.policy : NULL));
	json_object_set_new(root, "owner", text_or_null(record ? record->manifest.owner : NULL));
	json_object_set_new(root, "source_hash", text_or_null(record ? record->manifest.source_hash : NULL));
	json_object_set_new(root, "applied_at", text_or_null(record ? record->applied_at : NULL));
	json_object_set_new(root, "message", text_or_null(record ? record->message : NULL));
	json_object_set_new(root, "confirm_deadline", json_null());
	json_object_set_new(root, "interrupted", json_boolean(status->interrupted));
	for (size_t i = 0; i < status->n; i++)
		json_array_append_new(list, attached_json(&status->items[i]));
	json_object_set_new(root, "attachments", list);
	json_object_set_new(root, "previous", json_array());
	json_print(root);
}

static void print_attached(const struct attached *attached)
{
	const struct hook *hook = &attached->item->hook;
	struct printable name;

	printable(&name, attached->interface);
	printf("  %-15s %-7s %s", name.text, direction_words[hook->direction], means_words[hook->means]);
	if (attached->mode != XDP_MODE_NONE)
		printf(" (%s)", xdp_mode_words[attached->mode]);
	if (attached->state != STATE_ATTACHED)
		printf(": %s", state_words[attached->state]);
	if (attached->returned)
		printf("; there is another %s, without this policy", name.text);
	for (size_t i = 0; i < attached->n_ahead; i++) {
		char program[PROGRAM_NAME_SIZE];

		program_name(attached->ahead[i], program);
		printf("%s%s (id %u)", i ? ", " : ", behind ", printable(&name, program), attached->ahead[i]);
	}
	putchar('\n');
}

static void print_text(const struct status *status)
{
	const struct record *record = status->generation ? &status->generation->record : NULL;
	struct printable text;

	if (!record)
		puts("no policy is in force");
	else
		printf("policy %s, generation %u, since %s\n", printable(&text, record->manifest.policy),
		       record->generation, record->applied_at);
	if (record && *record->message)
		printf("message: %s\n", printable(&text, record->message));
	for (size_t i = 0; i < status->n; i++)
		print_attached(&status->items[i]);
	if (status->interrupted)
		puts("an apply was interrupted; the next sentry-apply puts things right");
}

static bool has_staged(const struct site *site)
{
	struct failure ignored;
	struct generation_id *ids;
	bool staged = false;
	size_t n;

	if (!site_generations(site, &ids, &n, &ignored))
		return false;
	for (size_t i = 0; i < n; i++)
		staged |= ids[i].staged;
	free(ids);
	return staged;
}

static void status_free(struct status *status)
{
	hooks_free(&status->hooks);
	free(status->items);
	if (status->generation)
		generation_close(status->generation);
	*status = (struct status){ 0 };
}

/* `room` is where the generation goes, if there is one. */
static bool read_status(struct status *status, struct generation *room, const struct site *site, struct failure *why)
{
	*status = (struct status){ 0 };
	/* A staged generation is an interrupted apply unless the applier is still there, holding the lock. */
	status->interrupted = has_staged(site) && !site_is_locked(site);
	switch (generation_current(room, site, why)) {
	case PRESENCE_FAILED:
		return false;
	case PRESENCE_NONE:
		break;
	case PRESENCE_FOUND:
		status->generation = room;
		break;
	}
	if (!hooks_read(&status->hooks, site, why)) {
		status_free(status);
		return false;
	}
	if (!status->generation)
		return true;
	status->items = allocate(room->record.n, sizeof(*status->items));
	for (size_t i = 0; i < room->record.n; i++)
		look(&status->items[status->n++], room, &status->hooks, &room->record.items[i]);
	return true;
}

static size_t not_attached(const struct status *status)
{
	size_t n = 0;

	for (size_t i = 0; i < status->n; i++)
		n += status->items[i].state != STATE_ATTACHED;
	return n;
}

/* What was read while an applier changed it is no finding. */
static bool in_motion(const struct status *status, const struct site *site)
{
	return site_is_locked(site) || generation_identity(status->generation) != generation_current_identity(site);
}

bool status_print(const struct site *site, bool json, struct failure *why)
{
	struct generation generation;
	struct status status;
	size_t missing;

	for (int attempt = 0;; attempt++) {
		if (!read_status(&status, &generation, site, why))
			return false;
		missing = not_attached(&status);
		if (!missing || attempt == 50 || !in_motion(&status, site))
			break;
		status_free(&status);
		usleep(20000);
	}
	if (json)
		print_json(&status);
	else
		print_text(&status);
	if (missing)
		failure_set(why, EXIT_ENVIRONMENT,
			    "the policy is not where it was put: %zu of %zu hooks do not carry it", missing, status.n);
	status_free(&status);
	return missing == 0;
}
