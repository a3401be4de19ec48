/* SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause */
#include "stage.h"

#include "maps.h"
#include "memory.h"

#include <bpf/bpf.h>
#include <bpf/libbpf.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

static bool cannot_pin(const struct path *path, struct failure *why)
{
	return failure_set(why, EXIT_ENVIRONMENT, "cannot pin %s: %s", path->text, strerror(errno));
}

static bool cannot_make(const struct path *path, struct failure *why)
{
	return failure_set(why, EXIT_ENVIRONMENT, "cannot make %s: %s", path->text, strerror(errno));
}

static bool pin_part(const struct object *object, const struct path *directory, struct failure *why)
{
	struct bpf_program *program;
	struct bpf_map *map;
	struct path path;

	if (mkdir(directory->text, 0700) != 0)
		return cannot_make(directory, why);
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

bool stage_begin(const struct site *site, const struct object *objects, size_t n, unsigned int number,
		 struct generation *staged, struct failure *why)
{
	*staged = (struct generation){ .id = { .number = number, .staged = true } };
	if (!site_generation_path(site, staged->id, &staged->path) || mkdir(staged->path.text, 0700) != 0)
		return cannot_make(&staged->path, why);
	for (size_t i = 0; i < n; i++) {
		struct path directory;

		if (!path_format(&directory, "%s/%zu", staged->path.text, i))
			return cannot_make(&staged->path, why);
		if (!pin_part(&objects[i], &directory, why))
			return false;
	}
	return true;
}

static bool pin_record(const struct generation *generation, const char *name, char *text, struct failure *why)
{
	struct path path;
	bool ok;

	if (!text)
		return failure_set(why, EXIT_USAGE, "the message, a probe or the name of an interface is not UTF-8 text");
	ok = path_format(&path, "%s/%s", generation->path.text, name) ? record_pin(text, &path, why)
								      : cannot_pin(&path, why);
	free(text);
	return ok;
}

bool stage_end(const struct site *site, const struct object *objects, size_t n, const struct plan *plan,
	       const struct record_head *head, struct generation *staged, struct failure *why)
{
	const struct manifest **parts = allocate(n, sizeof(*parts));
	bool ok;

	for (size_t i = 0; i < n; i++)
		parts[i] = &objects[i].manifest;
	ok = pin_record(staged, "manifest", record_text(head, plan, parts, n), why) &&
	     generation_open(staged, site, staged->id, why);
	free(parts);
	return ok;
}

bool stage_rewrite(const struct generation *generation, const struct plan *plan, struct failure *why)
{
	const struct record *record = &generation->record;
	const struct manifest **parts = allocate(record->n_parts, sizeof(*parts));
	const char **probes = allocate(record->n_probes + 1, sizeof(*probes));
	const struct record_head head = {
		.generation = record->generation, .replaces = record->replaces, .applied_at = record->applied_at,
		.who = record->who, .message = record->message, .probes = probes,
	};
	struct path from, to;
	bool ok;

	for (size_t i = 0; i < record->n_parts; i++)
		parts[i] = &record->parts[i];
	for (size_t i = 0; i < record->n_probes; i++)
		probes[i] = record->probes[i];
	ok = pin_record(generation, "manifest-new", record_text(&head, plan, parts, record->n_parts), why);
	if (ok && (!path_format(&from, "%s/manifest-new", generation->path.text) ||
		   !path_format(&to, "%s/manifest", generation->path.text) || rename(from.text, to.text) != 0))
		ok = cannot_pin(&to, why);
	free(parts);
	free(probes);
	return ok;
}
