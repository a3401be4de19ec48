/* SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause */
#include "generation.h"

#include "attach.h"
#include "gate.h"

#include <bpf/bpf.h>
#include <errno.h>
#include <string.h>
#include <unistd.h>

#define RECORD_NAME "manifest"

bool generation_open(struct generation *generation, const struct site *site, struct generation_id id,
		     struct failure *why)
{
	struct path record;

	*generation = (struct generation){ .id = id };
	if (!site_generation_path(site, id, &generation->path) ||
	    !path_format(&record, "%s/" RECORD_NAME, generation->path.text))
		return failure_set(why, EXIT_ENVIRONMENT, "%s: %s", site->home.text, strerror(errno));
	return record_read(&generation->record, &record, why);
}

void generation_close(struct generation *generation)
{
	record_free(&generation->record);
}

/* Between a commit and the renaming that follows, what is in force is still called staged. */
static bool find_directory(const struct site *site, unsigned int number, struct generation_id *id, struct path *path)
{
	for (int staged = 0; staged < 2; staged++) {
		*id = (struct generation_id){ number, staged };
		if (site_generation_path(site, *id, path) && access(path->text, F_OK) == 0)
			return true;
	}
	return false;
}

static enum presence find_current(struct generation *generation, const struct site *site, struct failure *why)
{
	struct sentry_gate state;
	struct generation_id id;
	struct path path;

	switch (gate_read(site, &state, why)) {
	case GATE_FAILED:
		return PRESENCE_FAILED;
	case GATE_NONE:
		return PRESENCE_NONE;
	case GATE_FOUND:
		break;
	}
	if (!SENTRY_GENERATION_OF(state.in_force))
		return PRESENCE_NONE;
	if (!find_directory(site, SENTRY_GENERATION_OF(state.in_force), &id, &path)) {
		failure_set(why, EXIT_ENVIRONMENT,
			    "generation %u is in force, but its pins below %s were removed by somebody else; the next apply puts things "
			    "right",
			    SENTRY_GENERATION_OF(state.in_force), site->home.text);
		return PRESENCE_FAILED;
	}
	return generation_open(generation, site, id, why) ? PRESENCE_FOUND : PRESENCE_FAILED;
}

enum presence generation_current(struct generation *generation, const struct site *site, struct failure *why)
{
	enum presence presence = PRESENCE_FAILED;

	/* Between the looks at the gate and at the directory, an applier may have been at work: look again. */
	for (int attempt = 0; attempt < 10 && presence == PRESENCE_FAILED; attempt++) {
		if (attempt)
			usleep(1000);
		presence = find_current(generation, site, why);
	}
	return presence;
}

bool generation_needed(struct generation *generation, const struct site *site, struct failure *why)
{
	enum presence presence = generation_current(generation, site, why);

	if (presence == PRESENCE_NONE)
		return failure_set(why, EXIT_ENVIRONMENT, "no policy is in force");
	return presence == PRESENCE_FOUND;
}

static __u32 identity_at(const struct path *directory)
{
	struct path record;

	return path_format(&record, "%s/" RECORD_NAME, directory->text) ? record_map_id(&record) : 0;
}

__u32 generation_identity(const struct generation *generation)
{
	return identity_at(&generation->path);
}

__u32 generation_current_identity(const struct site *site)
{
	struct failure ignored;
	struct sentry_gate state;
	struct generation_id id;
	struct path path;

	if (gate_read(site, &state, &ignored) != GATE_FOUND || !SENTRY_GENERATION_OF(state.in_force) ||
	    !find_directory(site, SENTRY_GENERATION_OF(state.in_force), &id, &path))
		return 0;
	return identity_at(&path);
}

int generation_map(const struct generation *generation, size_t part, const char *name)
{
	struct path path;

	return path_format(&path, "%s/%zu/%s", generation->path.text, part, name) ? bpf_obj_get(path.text) : -1;
}

static bool program_path(const struct generation *generation, const struct attachment *attachment, struct path *path)
{
	return path_format(path, "%s/%zu/prog-%s", generation->path.text, attachment->part, attachment->program);
}

int generation_program(const struct generation *generation, const struct attachment *attachment)
{
	struct path path;

	return program_path(generation, attachment, &path) ? bpf_obj_get(path.text) : -1;
}

__u32 generation_program_id(const struct generation *generation, const struct attachment *attachment)
{
	struct path path;

	return program_path(generation, attachment, &path) ? program_pinned_id(&path) : 0;
}

const struct attachment *generation_attachment(const struct generation *generation, const struct hook *hook)
{
	for (size_t i = 0; i < generation->record.n; i++) {
		if (hook_equal(&generation->record.items[i].hook, hook))
			return &generation->record.items[i];
	}
	return NULL;
}

bool generation_fails_open(const struct generation *generation)
{
	for (size_t i = 0; i < generation->record.n_parts; i++) {
		if (!generation->record.parts[i].on_failure_allow)
			return false;
	}
	return true;
}

size_t generation_part(const struct generation *generation, const char *policy)
{
	size_t part = 0;

	while (part < generation->record.n_parts && strcmp(generation->record.parts[part].policy, policy) != 0)
		part++;
	return part;
}
