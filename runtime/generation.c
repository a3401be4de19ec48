/* SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause */
#include "generation.h"

#include "clsact.h"
#include "hooks.h"
#include "interfaces.h"
#include "maps.h"

#include <bpf/bpf.h>
#include <bpf/libbpf.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#define RECORD_NAME "manifest"

bool generation_open(struct generation *generation, const struct site *site, struct generation_id id,
		     struct failure *why)
{
	struct path record;

	*generation = (struct generation){ .id = id };
	if (!site_generation_path(site, id, &generation->path) ||
	    !path_format(&record, "%s/%s", generation->path.text, RECORD_NAME))
		return failure_set(why, EXIT_ENVIRONMENT, "%s: %s", site->home.text, strerror(errno));
	return record_read(&generation->record, &record, why);
}

void generation_close(struct generation *generation)
{
	record_free(&generation->record);
}

/* The newest that is not staged. A directory without a record is what a killed --remove left: no generation. */
static enum presence find_current(struct generation *generation, const struct site *site, struct failure *why)
{
	enum presence presence = PRESENCE_NONE;
	struct generation_id *ids;
	size_t n;

	if (!site_generations(site, &ids, &n, why))
		return PRESENCE_FAILED;
	while (n > 0 && presence == PRESENCE_NONE) {
		struct path record;

		n--;
		if (ids[n].staged || !site_generation_path(site, ids[n], &generation->path) ||
		    !path_format(&record, "%s/%s", generation->path.text, RECORD_NAME) ||
		    access(record.text, F_OK) != 0)
			continue;
		presence = generation_open(generation, site, ids[n], why) ? PRESENCE_FOUND : PRESENCE_FAILED;
	}
	free(ids);
	return presence;
}

enum presence generation_current(struct generation *generation, const struct site *site, struct failure *why)
{
	enum presence presence = PRESENCE_FAILED;

	/* Between the listing and the opening, an applier may have put the next one in its place: look again. */
	for (int attempt = 0; attempt < 10 && presence != PRESENCE_FOUND; attempt++) {
		if (attempt)
			usleep(1000);
		presence = find_current(generation, site, why);
		if (presence == PRESENCE_NONE && access(site->home.text, F_OK) != 0)
			break;
	}
	return presence;
}

static __u32 identity_at(const struct path *directory)
{
	struct path record;

	return path_format(&record, "%s/%s", directory->text, RECORD_NAME) ? record_map_id(&record) : 0;
}

__u32 generation_identity(const struct generation *generation)
{
	return identity_at(&generation->path);
}

__u32 generation_current_identity(const struct site *site)
{
	struct failure ignored;
	struct generation_id *ids;
	__u32 identity = 0;
	size_t n;

	if (!site_generations(site, &ids, &n, &ignored))
		return 0;
	while (n > 0 && !identity) {
		struct path directory;

		n--;
		if (!ids[n].staged && site_generation_path(site, ids[n], &directory))
			identity = identity_at(&directory);
	}
	free(ids);
	return identity;
}

int generation_map(const struct generation *generation, const char *name)
{
	struct path path;

	return path_format(&path, "%s/%s", generation->path.text, name) ? bpf_obj_get(path.text) : -1;
}

bool generation_program_path(const struct generation *generation, const struct attachment *attachment,
			     struct path *path)
{
	return path_format(path, "%s/prog-%s", generation->path.text, attachment->program);
}

int generation_program(const struct generation *generation, const struct attachment *attachment)
{
	struct path path;

	return generation_program_path(generation, attachment, &path) ? bpf_obj_get(path.text) : -1;
}

__u32 generation_program_id(const struct generation *generation, const struct attachment *attachment)
{
	struct path path;

	return generation_program_path(generation, attachment, &path) ? program_pinned_id(&path) : 0;
}

const struct attachment *generation_attachment(const struct generation *generation, const struct hook *hook)
{
	for (size_t i = 0; i < generation->record.n; i++) {
		if (hook_equal(&generation->record.items[i].hook, hook))
			return &generation->record.items[i];
	}
	return NULL;
}

static bool cannot_pin(const struct path *path, struct failure *why)
{
	return failure_set(why, EXIT_ENVIRONMENT, "cannot pin %s: %s", path->text, strerror(errno));
}

static bool pin_object(const struct object *object, const struct path *directory, struct failure *why)
{
	struct bpf_program *program;
	struct bpf_map *map;
	struct path path;

	bpf_object__for_each_map(map, object->bpf) {
		if (!bpf_map__is_internal(map) && map_is_pinned(&object->manifest, bpf_map__name(map)) &&
		    (!path_format(&path, "%s/%s", directory->text, bpf_map__name(map)) ||
		     bpf_obj_pin(bpf_map__fd(map), path.text) != 0))
			return cannot_pin(&path, why);
	}
	bpf_object__for_each_program(program, object->bpf) {
		if (!bpf_program__autoload(program))
			continue;
		if (!path_format(&path, "%s/prog-%s", directory->text, bpf_program__name(program)) ||
		    bpf_obj_pin(bpf_program__fd(program), path.text) != 0)
			return cannot_pin(&path, why);
	}
	return true;
}

static bool prepare_qdiscs(struct plan *plan, struct failure *why)
{
	for (size_t i = 0; i < plan->n; i++) {
		struct attachment *item = &plan->items[i];
		int error;

		if (item->hook.means != MEANS_CLSACT)
			continue;
		error = clsact_prepare(item->hook.ifindex, &item->made_qdisc);
		if (error)
			return failure_set(why, EXIT_ENVIRONMENT, "interface %s: cannot add a clsact qdisc: %s",
					   item->interface, strerror(-error));
	}
	return true;
}

static void inherit_from(const struct record *old, struct plan *plan)
{
	for (size_t i = 0; i < plan->n; i++) {
		for (size_t j = 0; j < old->n; j++) {
			if (old->items[j].made_qdisc && old->items[j].hook.ifindex == plan->items[i].hook.ifindex &&
			    plan->items[i].hook.means == MEANS_CLSACT)
				plan->items[i].made_qdisc = true;
		}
	}
}

/* A qdisc that an older generation of ours made is still ours to remove in the end. */
static void inherit_qdiscs(const struct site *site, struct plan *plan)
{
	struct generation_id *ids;
	struct failure ignored;
	size_t n;

	if (!site_generations(site, &ids, &n, &ignored))
		return;
	for (size_t i = 0; i < n; i++) {
		struct generation old;

		if (!generation_open(&old, site, ids[i], &ignored))
			continue;
		inherit_from(&old.record, plan);
		generation_close(&old);
	}
	free(ids);
}

static bool fill(const struct object *object, struct plan *plan, unsigned int number, const char *message,
		 const struct path *directory, struct failure *why)
{
	struct path path;
	char now[32], *text;
	time_t seconds = time(NULL);
	struct tm utc;
	bool ok;

	if (!pin_object(object, directory, why))
		return false;
	gmtime_r(&seconds, &utc);
	strftime(now, sizeof(now), "%Y-%m-%dT%H:%M:%SZ", &utc);
	text = record_text(plan, &object->manifest, number, now, message);
	if (!text)
		return failure_set(why, EXIT_USAGE, "the message or the name of an interface is not UTF-8 text");
	/* The record comes last: a directory with a record is whole. */
	ok = path_format(&path, "%s/%s", directory->text, RECORD_NAME) ? record_pin(text, &path, why)
									: cannot_pin(&path, why);
	free(text);
	return ok;
}

static void release_qdiscs(const struct attachment *items, size_t n, const struct generation *kept)
{
	for (size_t i = 0; i < n; i++) {
		bool needed = false;

		for (size_t j = 0; kept && j < kept->record.n; j++)
			needed |= kept->record.items[j].hook.means == MEANS_CLSACT &&
				  kept->record.items[j].hook.ifindex == items[i].hook.ifindex;
		if (items[i].hook.means == MEANS_CLSACT && items[i].made_qdisc && !needed)
			clsact_release(items[i].hook.ifindex);
	}
}

bool generation_stage(const struct site *site, const struct object *object, struct plan *plan, unsigned int number,
		      const char *message, struct generation *staged, struct failure *why)
{
	struct generation_id id = { .number = number, .staged = true };
	struct path directory;

	if (!site_generation_path(site, id, &directory) || mkdir(directory.text, 0700) != 0)
		return failure_set(why, EXIT_ENVIRONMENT, "cannot make %s: %s", directory.text, strerror(errno));
	if (prepare_qdiscs(plan, why)) {
		inherit_qdiscs(site, plan);
		if (fill(object, plan, number, message, &directory, why) && generation_open(staged, site, id, why))
			return true;
	}
	pin_remove_directory(&directory);
	release_qdiscs(plan->items, plan->n, NULL);
	return false;
}

static bool finish(const struct site *site, struct generation *staged, struct failure *why)
{
	struct generation_id id = { .number = staged->id.number };
	struct path path;

	if (!site_generation_path(site, id, &path) || rename(staged->path.text, path.text) != 0)
		return failure_set(why, EXIT_ENVIRONMENT, "cannot rename %s: %s", staged->path.text, strerror(errno));
	staged->id = id;
	staged->path = path;
	return true;
}

/* The generation that a pinned program belongs to, by its directory; "?" if none has it. */
static void pin_generation(const struct path *pin, char *text, size_t size)
{
	const char *end = strstr(pin->text, "/prog-"), *start = end;
	unsigned int number;

	while (start && start > pin->text && start[-1] != '/')
		start--;
	if (start && sscanf(start, "staged-%u/", &number) == 1)
		snprintf(text, size, "%u, which is not in force as a whole", number);
	else if (start && sscanf(start, "gen-%u/", &number) == 1)
		snprintf(text, size, "%u", number);
	else
		snprintf(text, size, "?");
}

static void say_hooks(const struct site *site)
{
	struct failure why = { 0 };
	struct hooks hooks;

	if (!hooks_read(&hooks, site, &why)) {
		say_failure(&why);
		return;
	}
	for (size_t i = 0; i < hooks.n; i++) {
		const struct held *held = &hooks.items[i];
		char name[IF_NAMESIZE], generation[64];

		if (!held->hook.ifindex)
			continue;
		pin_generation(&held->program_pin, generation, sizeof(generation));
		say("interface %s: %s %s carries generation %s",
		    interface_present(held->hook.ifindex, "(gone)", name), direction_words[held->hook.direction],
		    means_words[held->hook.means], generation);
	}
	hooks_free(&hooks);
}

/*
 * Back to `old`, as far as it goes. If something of the new generation stays
 * attached, that is said, and its pins must stay: by them the next run knows it.
 */
static bool undo(const struct site *site, const struct generation *old)
{
	struct failure why = { 0 };

	if (hooks_converge(site, old, true, NULL, &why))
		return true;
	say("while going back: %s", why.text);
	say_hooks(site);
	return false;
}

bool generation_commit(const struct site *site, struct generation *staged, const struct generation *old,
		       struct outcome *outcomes, struct failure *why)
{
	if (hooks_converge(site, staged, false, outcomes, why) && finish(site, staged, why))
		return true;
	if (undo(site, old)) {
		generation_collect(site, old);
	} else {
		const char *now = old ? "hooks of the old and of the new policy are mixed"
				      : "part of the new policy is attached";
		size_t used = strlen(why->text);

		why->code = EXIT_APPLY_FAILED;
		snprintf(why->text + used, sizeof(why->text) - used,
			 "\n%s: not all of it could be changed back: %s now; the next sentry-apply tries again",
			 program_invocation_short_name, now);
	}
	return false;
}

static void discard(const struct site *site, struct generation_id id, const struct generation *kept)
{
	struct generation generation;
	struct failure ignored;
	bool opened = generation_open(&generation, site, id, &ignored);
	int error;

	if (opened)
		release_qdiscs(generation.record.items, generation.record.n, kept);
	error = pin_remove_directory(&generation.path);
	if (error)
		say("cannot remove %s: %s", generation.path.text, strerror(-error));
	if (opened)
		generation_close(&generation);
}

void generation_collect(const struct site *site, const struct generation *kept)
{
	struct failure why = { 0 };
	struct generation_id *ids;
	size_t n;

	if (!site_generations(site, &ids, &n, &why)) {
		say_failure(&why);
		return;
	}
	for (size_t i = 0; i < n; i++) {
		if (!kept || ids[i].number != kept->id.number || ids[i].staged != kept->id.staged)
			discard(site, ids[i], kept);
	}
	free(ids);
}

/* Every hook that the generation wants carries its program. */
static bool in_force(const struct generation *generation, const struct hooks *hooks)
{
	for (size_t i = 0; i < generation->record.n; i++) {
		const struct attachment *item = &generation->record.items[i];
		const struct held *held = hooks_find(hooks, &item->hook);

		if (!held || held->program != generation_program_id(generation, item))
			return false;
	}
	return true;
}

static bool recover_staged(const struct site *site, struct generation_id id, const struct generation *old,
			   bool *whole, struct failure *why)
{
	struct generation staged;
	struct failure ignored;
	struct hooks hooks;
	bool ok = true;

	/* Killed before the record was there: no hook has met it. */
	if (!generation_open(&staged, site, id, &ignored))
		return true;
	if (!hooks_read(&hooks, site, why)) {
		generation_close(&staged);
		return false;
	}
	if (in_force(&staged, &hooks)) {
		ok = hooks_converge(site, &staged, false, NULL, why) && finish(site, &staged, why);
		if (ok)
			say("finished generation %u, which an interrupted sentry-apply had put in force", id.number);
	} else if (!undo(site, old)) {
		*whole = false;
		say("generation %u, which an earlier sentry-apply had begun, cannot be undone completely", id.number);
	} else {
		say("undid generation %u, which an interrupted sentry-apply had begun", id.number);
	}
	hooks_free(&hooks);
	generation_close(&staged);
	return ok;
}

bool generation_recover(const struct site *site, bool *whole, struct failure *why)
{
	struct generation old, kept;
	struct generation_id *ids;
	enum presence presence;
	bool ok = true;
	size_t n;

	*whole = true;
	if (!site_generations(site, &ids, &n, why))
		return false;
	if (n == 0 || (n == 1 && !ids[0].staged)) {
		free(ids);
		return true;
	}
	presence = generation_current(&old, site, why);
	for (size_t i = 0; i < n && presence != PRESENCE_FAILED && ok && *whole; i++) {
		if (ids[i].staged)
			ok = recover_staged(site, ids[i], presence == PRESENCE_FOUND ? &old : NULL, whole, why);
	}
	free(ids);
	if (presence == PRESENCE_FOUND)
		generation_close(&old);
	if (presence == PRESENCE_FAILED || !ok)
		return false;
	if (!*whole)
		return true;

	presence = generation_current(&kept, site, why);
	if (presence == PRESENCE_FAILED)
		return false;
	generation_collect(site, presence == PRESENCE_FOUND ? &kept : NULL);
	if (presence == PRESENCE_FOUND)
		generation_close(&kept);
	return true;
}
