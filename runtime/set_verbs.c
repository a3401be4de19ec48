/* SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause */
#include "set_verbs.h"

#include "capabilities.h"
#include "generation.h"
#include "json.h"
#include "map_walk.h"
#include "memory.h"
#include "netns.h"
#include "set_file.h"
#include "set_map.h"
#include "set_parts.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define SCHEMA "packet-sentry/set/v1"

/* The policy in force, locked. */
struct target {
	struct site site;
	struct generation generation;
	bool found;
};

/* A set, and the object that has it. */
struct set_of_part {
	const struct manifest_set *set;
	size_t part;
};

static bool find_set(struct set_of_part *found, const struct target *target, const struct set_argument *argument,
		     struct failure *why)
{
	const struct record *record = &target->generation.record;

	found->set = set_named(record->list, record->n_parts, argument, &found->part, why);
	return found->set != NULL;
}

static bool target_open(struct target *target, const struct apply *apply, struct failure *why)
{
	*target = (struct target){ .site.lock = -1 };
	if (!capabilities_check(why) || (apply->netns && !netns_enter(apply->netns, why)) ||
	    !site_init(&target->site, apply->bpffs, why))
		return false;
	if (!site_lock(&target->site, why))
		return why->code ? false : failure_set(why, EXIT_ENVIRONMENT, "no policy is in force");
	target->found = generation_needed(&target->generation, &target->site, why);
	return target->found;
}

static void target_close(struct target *target)
{
	if (target->found)
		generation_close(&target->generation);
	site_close(&target->site);
}

static bool open_slot(struct set_slot *slot, const struct target *target, const struct set_of_part *set,
		      struct failure *why)
{
	return set_slot_open(slot, &target->generation, set->part, set->set) ||
	       set_map_failed(set->set, "cannot be opened", why);
}

static double milliseconds_since(__u64 begin)
{
	return (double)(monotonic_ns() - begin) / 1e6;
}

/* One set of the command line, and what is to become of it. */
struct change {
	const struct manifest_set *set;
	const char *from;
	struct set_elements elements;
	bool is_input;
	struct set_slot slot;
	int inner;
};

struct changes {
	size_t n;
	struct change *items;
};

static void changes_free(struct changes *changes)
{
	for (size_t i = 0; i < changes->n; i++) {
		elements_free(&changes->items[i].elements);
		set_slot_close(&changes->items[i].slot);
		if (changes->items[i].inner >= 0)
			close(changes->items[i].inner);
	}
	free(changes->items);
}

/* The change of the set that an argument names, a new one if it is the first. */
static struct change *change_of(struct changes *changes, const struct target *target,
				const struct set_argument *argument, struct failure *why)
{
	struct set_slot slot = { .map = -1 };
	struct set_of_part found;

	if (!find_set(&found, target, argument, why))
		return NULL;
	for (size_t i = 0; i < changes->n; i++) {
		if (changes->items[i].set == found.set)
			return &changes->items[i];
	}
	if (!open_slot(&slot, target, &found, why)) {
		set_slot_close(&slot);
		return NULL;
	}
	changes->items = grow(changes->items, changes->n, sizeof(*changes->items));
	changes->items[changes->n] = (struct change){ .set = found.set, .slot = slot, .inner = -1 };
	return &changes->items[changes->n++];
}

static bool put_in_place(struct change *change, __u64 begin, struct failure *why)
{
	char kibibytes[32];

	if (!set_map_put(&change->slot, change->inner, why))
		return false;
	done_set("set %s is changed", change->set->name);
	snprintf(kibibytes, sizeof(kibibytes), "%llu", (unsigned long long)(map_memory(change->inner) + 1023) / 1024);
	printf("set %s: %zu element%s from %s, %s KiB, %.1f ms\n", change->set->name, change->elements.n,
	       change->elements.n == 1 ? "" : "s", change->from,
	       kibibytes, milliseconds_since(begin));
	return true;
}

static bool replace(const struct target *target, const struct set_arguments *arguments, struct failure *why)
{
	__u64 begin = monotonic_ns();
	struct changes changes = { 0 };
	bool ok = true;

	/* All are read and built before the first is put in its place. */
	for (size_t i = 0; ok && i < arguments->n; i++) {
		struct change *change = change_of(&changes, target, &arguments->items[i], why);

		ok = change != NULL;
		if (ok && change->from)
			ok = failure_set(why, EXIT_USAGE, "--set %s: given twice", change->set->name);
		if (!ok)
			break;
		change->from = arguments->items[i].value;
		ok = set_file_read(&change->elements, change->set, change->from, why);
		if (ok)
			change->inner = set_map_build(change->set, &change->elements, why);
		ok = ok && change->inner >= 0;
	}
	for (size_t i = 0; ok && i < changes.n; i++)
		ok = put_in_place(&changes.items[i], begin, why);
	changes_free(&changes);
	return ok;
}

static bool parse_list(struct set_elements *elements, const struct manifest_set *set, const char *text,
		       enum element_times times, struct failure *why)
{
	for (;;) {
		size_t length = strcspn(text, ",");
		char problem[ELEMENT_PROBLEM];
		struct set_element element;

		if (!element_parse(&element, set, text, length, times, problem))
			return failure_set(why, EXIT_USAGE, "set '%s': %s", set->name, problem);
		elements_add(elements, &element);
		if (!text[length])
			return true;
		text += length + 1;
	}
}

static bool read_changes(struct changes *changes, const struct target *target, const struct set_arguments *arguments,
			 enum element_times times, struct failure *why)
{
	for (size_t i = 0; i < arguments->n; i++) {
		const struct set_argument *argument = &arguments->items[i];
		struct change *change = change_of(changes, target, argument, why);
		bool input = strcmp(argument->value, "-") == 0;

		if (!change)
			return false;
		change->is_input |= input;
		if (!(input ? set_input_parse(&change->elements, change->set, times, why)
			    : parse_list(&change->elements, change->set, argument->value, times, why)))
			return false;
	}
	for (size_t i = 0; i < changes->n; i++) {
		struct change *change = &changes->items[i];

		if (!elements_check(&change->elements, change->set, change->is_input ? "<stdin>" : NULL, why))
			return false;
	}
	return true;
}

/* What to do with the elements of each set: asked of all before it is done to the first. */
struct deed {
	bool (*may)(const struct manifest_set *set, const struct set_slot *slot, const struct set_elements *elements,
		    struct failure *why);
	bool (*act)(const struct manifest_set *set, const struct set_slot *slot, const struct set_elements *elements,
		    struct failure *why);
	enum element_times times;
	const char *done;
};

static int change_elements(const struct apply *apply, const struct set_arguments *arguments, const struct deed *deed)
{
	struct changes changes = { 0 };
	struct failure why = { 0 };
	struct target target;
	__u64 begin = monotonic_ns();
	bool ok = target_open(&target, apply, &why) && read_changes(&changes, &target, arguments, deed->times, &why);

	for (size_t i = 0; ok && i < changes.n; i++)
		ok = deed->may(changes.items[i].set, &changes.items[i].slot, &changes.items[i].elements, &why);
	for (size_t i = 0; ok && i < changes.n; i++) {
		const struct change *change = &changes.items[i];

		ok = deed->act(change->set, &change->slot, &change->elements, &why);
		if (!ok)
			break;
		done_set("set %s is changed", change->set->name);
		printf("set %s: %zu element%s %s, %.1f ms\n", change->set->name, change->elements.n,
		       change->elements.n == 1 ? "" : "s", deed->done, milliseconds_since(begin));
	}
	changes_free(&changes);
	target_close(&target);
	return ok ? EXIT_GOOD : say_failure(&why);
}

int sets_add(const struct apply *apply, const struct set_arguments *changes)
{
	static const struct deed deed = { set_map_may_add, set_map_add, TIMES_TAKEN, "added" };

	return change_elements(apply, changes, &deed);
}

int sets_remove(const struct apply *apply, const struct set_arguments *changes)
{
	static const struct deed deed = { set_map_may_remove, set_map_remove, TIMES_REFUSED, "removed" };

	return change_elements(apply, changes, &deed);
}

int sets_replace(const struct apply *apply)
{
	struct failure why = { 0 };
	struct target target;
	bool ok = target_open(&target, apply, &why) && replace(&target, &apply->sets, &why);

	target_close(&target);
	return ok ? EXIT_GOOD : say_failure(&why);
}

static json_t *element_json(const struct set_element *element, const struct manifest_set *set)
{
	char text[ELEMENT_TEXT];
	json_t *json = json_pack("{s:s}", "element", element_format(element, set, text));

	if (element->lifetime_ns != SENTRY_FOREVER)
		json_object_set_new(json, "expires_ms", json_integer((json_int_t)(element->lifetime_ns / 1000000)));
	return json;
}

static void print_json(const struct manifest_set *set, const struct set_elements *elements)
{
	json_t *types = json_array(), *list = json_array();

	for (size_t i = 0; i < set->n_types; i++)
		json_array_append_new(types, json_string(set_type_words[set->types[i]]));
	for (size_t i = 0; i < elements->n; i++)
		json_array_append_new(list, element_json(&elements->items[i], set));
	json_print(json_pack("{s:s, s:s, s:o, s:s, s:I, s:o}", "schema", SCHEMA, "set", set->name, "types", types,
			     "structure", set_structure_words[set->structure], "max", (json_int_t)set->max, "elements",
			     list));
}

/* As --set-add takes them. */
static void print_text(const struct manifest_set *set, const struct set_elements *elements)
{
	for (size_t i = 0; i < elements->n; i++) {
		char text[ELEMENT_TEXT], time[64];

		fputs(element_format(&elements->items[i], set, text), stdout);
		if (elements->items[i].lifetime_ns != SENTRY_FOREVER)
			printf(" timeout %s", duration_format(elements->items[i].lifetime_ns, time, sizeof(time)));
		putchar('\n');
	}
}

static const struct manifest_set *read_set(const struct target *target, const char *name,
					   struct set_elements *elements, struct failure *why)
{
	const struct set_argument argument = { name, strlen(name), NULL };
	struct set_slot slot = { .map = -1 };
	struct set_of_part found;
	bool ok = find_set(&found, target, &argument, why) && open_slot(&slot, target, &found, why);
	int inner = ok ? set_map_inner(&slot) : -1;

	if (ok && inner < 0 && errno != ENOENT)
		ok = set_map_failed(found.set, "cannot be opened", why);
	ok = ok && set_map_list(found.set, inner, elements, why);
	if (inner >= 0)
		close(inner);
	set_slot_close(&slot);
	return ok ? found.set : NULL;
}

int set_list(const struct apply *apply, const char *name, bool json)
{
	struct set_elements elements = { 0 };
	const struct manifest_set *set = NULL;
	struct failure why = { 0 };
	struct target target;

	if (target_open(&target, apply, &why))
		set = read_set(&target, name, &elements, &why);
	/* A reader of ours that is slow keeps nobody else from working. */
	site_close(&target.site);
	if (set && json)
		print_json(set, &elements);
	else if (set)
		print_text(set, &elements);
	elements_free(&elements);
	target_close(&target);
	return set ? EXIT_GOOD : say_failure(&why);
}
