/* SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause */
#include "status.h"

#include "duration.h"
#include "gate.h"
#include "generation.h"
#include "hooks.h"
#include "interfaces.h"
#include "json.h"
#include "memory.h"
#include "printable.h"
#include "set_parts.h"

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
	STATE_MISSING,       /* no dispatcher of ours on the hook */
	STATE_OTHER_PROGRAM, /* the dispatcher does not call the generation's program: somebody else was at its maps */
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
	struct sentry_gate gate;
	struct sentry_deadman deadman;
	struct sentry_misses misses;
	struct hooks hooks;
	bool interrupted;
	size_t n;
	struct attached *items;
	json_t *previous;
	char since[CLOCK_TEXT]; /* when what is in force came into force, the last time */
};

static bool covered(const struct generation *generation, const struct attachment *item, unsigned int ifindex)
{
	struct hook hook = item->hook;

	hook.ifindex = ifindex;
	return generation_attachment(generation, &hook) != NULL;
}

static void look_at_hook(struct attached *attached, const struct site *site, const struct status *status,
			 const struct held *held)
{
	unsigned int slot = SENTRY_SLOT_OF(status->gate.in_force);
	const struct attachment *item = attached->item;
	__u32 program = gate_read_program(site, item->hook.means, held->number, slot);

	attached->state = program && program == generation_program_id(status->generation, item) ? STATE_ATTACHED
												 : STATE_OTHER_PROGRAM;
	if (item->hook.means == MEANS_XDP)
		xdp_query(item->hook.ifindex, &attached->mode, &program);
	attached->n_ahead = hooks_ahead(&status->hooks, &item->hook, held->program, attached->ahead, TCX_MAX);
}

static void look(struct attached *attached, const struct site *site, const struct status *status,
		 const struct attachment *item)
{
	const struct held *held = hooks_find(&status->hooks, &item->hook);

	*attached = (struct attached){ .item = item };
	if (interface_present(item->hook.ifindex, "", attached->interface)[0] == '\0') {
		unsigned int other = if_nametoindex(item->interface);

		memcpy(attached->interface, item->interface, sizeof(attached->interface));
		attached->state = STATE_INTERFACE_GONE;
		attached->returned = other && !covered(status->generation, item, other);
	} else if (!held) {
		attached->state = STATE_MISSING;
	} else {
		look_at_hook(attached, site, status, held);
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

static json_t *attached_json(const struct record *record, const struct attached *attached)
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
	json_object_set_new(json, "policy", json_string(record->parts[item->part].policy));
	json_object_set_new(json, "block", json_string(item->block));
	json_object_set_new(json, "program", json_string(item->program));
	return json;
}

static json_t *text_or_null(const char *text)
{
	return text && *text ? json_string(text) : json_null();
}

static json_t *clock_json(__u64 monotonic)
{
	char time[CLOCK_TEXT];

	return monotonic ? json_string(clock_format(monotonic, time)) : json_null();
}

static bool is_pending(const struct status *status)
{
	return status->deadman.deadline_ns && status->deadman.expected == status->gate.in_force;
}

static json_t *policies_json(const struct record *record)
{
	json_t *list = json_array();

	for (size_t i = 0; record && i < record->n_parts; i++)
		json_array_append_new(list, json_pack("{s:s, s:s, s:s}", "policy", record->parts[i].policy, "owner",
						      record->parts[i].owner, "source_hash",
						      record->parts[i].source_hash));
	return list;
}

static void print_json(const struct status *status)
{
	const struct record *record = status->generation ? &status->generation->record : NULL;
	bool one = record && record->n_parts == 1;
	json_t *root = json_object(), *list = json_array();

	json_object_set_new(root, "schema", json_string(SCHEMA));
	json_object_set_new(root, "generation", json_integer(record ? record->generation : 0));
	json_object_set_new(root, "policy", text_or_null(record ? record->policies : NULL));
	json_object_set_new(root, "owner", text_or_null(one ? record->parts[0].owner : NULL));
	json_object_set_new(root, "source_hash", text_or_null(one ? record->parts[0].source_hash : NULL));
	json_object_set_new(root, "policies", policies_json(record));
	json_object_set_new(root, "applied_at", text_or_null(record ? record->applied_at : NULL));
	json_object_set_new(root, "since", text_or_null(status->since));
	json_object_set_new(root, "who", text_or_null(record ? record->who : NULL));
	json_object_set_new(root, "message", text_or_null(record ? record->message : NULL));
	json_object_set_new(root, "confirm_deadline", clock_json(is_pending(status) ? status->deadman.deadline_ns : 0));
	json_object_set_new(root, "taken_back",
			    status->deadman.fired_ns
				    ? json_pack("{s:I, s:o}", "generation",
						(json_int_t)SENTRY_GENERATION_OF(status->deadman.expected), "at",
						clock_json(status->deadman.fired_ns))
				    : json_null());
	json_object_set_new(root, "interrupted", json_boolean(status->interrupted));
	json_object_set_new(root, "missed", json_pack("{s:I, s:I, s:I}", "late", (json_int_t)status->misses.late,
						      "empty", (json_int_t)status->misses.empty, "unstamped",
						      (json_int_t)status->misses.unstamped));
	for (size_t i = 0; record && i < status->n; i++)
		json_array_append_new(list, attached_json(record, &status->items[i]));
	json_object_set_new(root, "attachments", list);
	json_object_set(root, "previous", status->previous);
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
		printf("; there is another %s, without this policy: sentry-apply --reattach", name.text);
	for (size_t i = 0; i < attached->n_ahead; i++) {
		char program[PROGRAM_NAME_SIZE];

		program_name(attached->ahead[i], program);
		printf("%s%s (id %u)", i ? ", " : ", behind ", printable(&name, program), attached->ahead[i]);
	}
	putchar('\n');
}

static void print_deadman(const struct status *status)
{
	const struct sentry_deadman *deadman = &status->deadman;
	unsigned int back = SENTRY_GENERATION_OF(deadman->back);
	char time[CLOCK_TEXT], former[32] = "no policy";

	if (back)
		snprintf(former, sizeof(former), "generation %u", back);
	if (is_pending(status))
		printf("waits for sentry-apply --confirm-now until %s (%.0f s), then %s is in force again\n",
		       clock_format(deadman->deadline_ns, time),
		       deadman->deadline_ns > monotonic_ns() ? (double)(deadman->deadline_ns - monotonic_ns()) / 1e9 : 0.0,
		       former);
	if (deadman->fired_ns)
		printf("generation %u was not confirmed, and was taken back at %s\n",
		       SENTRY_GENERATION_OF(deadman->expected), clock_format(deadman->fired_ns, time));
}

static void print_text(const struct status *status)
{
	const struct record *record = status->generation ? &status->generation->record : NULL;
	const struct sentry_misses *misses = &status->misses;
	struct printable text;

	if (!record)
		puts("no policy is in force");
	else
		printf("policy %s, generation %u, since %s, by %s\n", printable(&text, record->policies),
		       record->generation, status->since, record->who);
	if (record && *record->message)
		printf("message: %s\n", printable(&text, record->message));
	print_deadman(status);
	for (size_t i = 0; i < status->n; i++)
		print_attached(&status->items[i]);
	if (misses->late || misses->empty)
		printf("packets that no generation could judge: %llu too late, %llu without a program\n",
		       (unsigned long long)misses->late, (unsigned long long)misses->empty);
	if (misses->unstamped)
		printf("packets that XDP could not stamp: %llu; during a change, such a packet may meet both policies\n",
		       (unsigned long long)misses->unstamped);
	for (size_t i = 0; i < json_array_size(status->previous); i++) {
		const json_t *item = json_array_get(status->previous, i);

		printf("%s generation %lld of %s", i ? "," : "ready to go back to:",
		       json_integer_value(json_object_get(item, "generation")),
		       json_string_value(json_object_get(item, "applied_at")));
	}
	if (json_array_size(status->previous))
		putchar('\n');
	if (status->interrupted)
		puts("an apply was interrupted; the next sentry-apply puts things right");
}

/* A staged generation is an interrupted apply unless the applier is still there, holding the lock. */
static bool is_interrupted(const struct site *site)
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
	return staged && !site_is_locked(site);
}

/* Other generations that one store would put in force, the youngest first. */
static json_t *read_previous(const struct site *site, const struct sentry_gate *gate)
{
	json_t *list = json_array();
	struct failure ignored;
	struct generation_id *ids;
	size_t n;

	if (!site_generations(site, &ids, &n, &ignored))
		return list;
	for (size_t i = n; i > 0; i--) {
		struct generation other;
		bool ready = false;

		for (size_t slot = 0; slot < SENTRY_GATE_SLOTS; slot++)
			ready |= gate->slots[slot] == ids[i - 1].number;
		if (!ready || ids[i - 1].staged || ids[i - 1].number == SENTRY_GENERATION_OF(gate->in_force) ||
		    !generation_open(&other, site, ids[i - 1], &ignored))
			continue;
		json_array_append_new(list, json_pack("{s:I, s:s, s:s, s:s, s:s}", "generation",
						      (json_int_t)ids[i - 1].number, "policy", other.record.policies,
						      "applied_at", other.record.applied_at, "who", other.record.who,
						      "message", other.record.message));
		generation_close(&other);
	}
	free(ids);
	return list;
}

static void status_free(struct status *status)
{
	hooks_free(&status->hooks);
	free(status->items);
	json_decref(status->previous);
	if (status->generation)
		generation_close(status->generation);
	*status = (struct status){ 0 };
}

/* `room` is where the generation goes, if there is one. */
static bool read_status(struct status *status, struct generation *room, const struct site *site, struct failure *why)
{
	*status = (struct status){ .interrupted = is_interrupted(site) };
	switch (generation_current(room, site, why)) {
	case PRESENCE_FAILED:
		return false;
	case PRESENCE_NONE:
		break;
	case PRESENCE_FOUND:
		status->generation = room;
		break;
	}
	if (gate_read(site, &status->gate, why) == GATE_FAILED || !hooks_read(&status->hooks, site, why)) {
		status_free(status);
		return false;
	}
	gate_read_deadman(site, &status->deadman);
	gate_read_misses(site, &status->misses);
	status->previous = read_previous(site, &status->gate);
	if (!status->generation)
		return true;
	status->items = allocate(room->record.n, sizeof(*status->items));
	for (size_t i = 0; i < room->record.n; i++)
		look(&status->items[status->n++], site, status, &room->record.items[i]);
	return true;
}

static void read_since(struct status *status, const struct history *history)
{
	const struct record *record = &status->generation->record;
	const struct sentry_deadman *deadman = &status->deadman;

	/* Gone back to by the timer, and nobody has written it down. */
	if (deadman->fired_ns && SENTRY_GENERATION_OF(deadman->back) == record->generation)
		clock_format(deadman->fired_ns, status->since);
	else if (!history || !history_since(history, record->generation, status->since, sizeof(status->since)))
		snprintf(status->since, sizeof(status->since), "%s", record->applied_at);
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

bool status_print(const struct site *site, const struct history *history, bool json, struct failure *why)
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
	if (status.generation)
		read_since(&status, history);
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
