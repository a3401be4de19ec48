/* SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause */
#include "set_source.h"

#include "memory.h"
#include "path.h"
#include "set_file.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

bool set_arguments_add(struct set_arguments *arguments, const char *text)
{
	const char *sign = strchr(text, '=');

	if (!sign || sign == text || !sign[1])
		return false;
	arguments->items = grow(arguments->items, arguments->n, sizeof(*arguments->items));
	arguments->items[arguments->n++] = (struct set_argument){ text, (size_t)(sign - text), sign + 1 };
	return true;
}

void set_arguments_free(struct set_arguments *arguments)
{
	free(arguments->items);
	*arguments = (struct set_arguments){ 0 };
}

static bool is_name(const struct set_argument *argument, const char *name)
{
	return strlen(name) == argument->name_length && memcmp(name, argument->text, argument->name_length) == 0;
}

const struct manifest_set *set_named(const struct manifest *manifest, const struct set_argument *argument,
				     struct failure *why)
{
	char names[512] = "";
	size_t used = 0;

	for (size_t i = 0; i < manifest->n_sets; i++) {
		if (is_name(argument, manifest->sets[i].name))
			return &manifest->sets[i];
		if (used < sizeof(names))
			used += (size_t)snprintf(names + used, sizeof(names) - used, "%s%s", i ? ", " : "",
						 manifest->sets[i].name);
	}
	if (manifest->n_sets)
		failure_set(why, EXIT_USAGE, "policy %s has no set '%.*s'; its sets: %s", manifest->policy,
			    (int)argument->name_length, argument->text, names);
	else
		failure_set(why, EXIT_USAGE, "policy %s has no set '%.*s', and no other", manifest->policy,
			    (int)argument->name_length, argument->text);
	return NULL;
}

/* The last component of `file` replaced by `name`. */
static bool beside(struct path *path, const char *file, const char *name)
{
	const char *slash = strrchr(file, '/');

	if (name[0] == '/' || !slash)
		return path_format(path, "%s", name);
	return path_format(path, "%.*s/%s", (int)(slash - file), file, name);
}

static bool read_from(struct set_source *source, const struct manifest_set *set, const char *file,
		      struct failure *why)
{
	struct path path;

	if (!beside(&path, file, set->from))
		return failure_set(why, EXIT_ENVIRONMENT, "%s: %s", set->from, strerror(errno));
	if (access(path.text, R_OK) != 0)
		return failure_set(why, EXIT_ENVIRONMENT,
				   "%s: %s; set '%s' is filled from it: put it there, or say --set %s=FILE", path.text,
				   strerror(errno), set->name, set->name);
	source->given = true;
	source->from = set->from;
	return set_file_read(&source->elements, set, path.text, why);
}

static bool read_arguments(struct set_source *sources, const struct manifest *manifest,
			   const struct set_arguments *arguments, struct failure *why)
{
	for (size_t i = 0; i < arguments->n; i++) {
		const struct manifest_set *set = set_named(manifest, &arguments->items[i], why);
		struct set_source *source;

		if (!set)
			return false;
		source = &sources[set - manifest->sets];
		if (source->given)
			return failure_set(why, EXIT_USAGE, "--set %s: given twice", set->name);
		source->given = true;
		source->from = arguments->items[i].value;
		if (!set_file_read(&source->elements, set, source->from, why))
			return false;
	}
	return true;
}

bool set_sources_read(struct set_source **sources, const struct manifest *manifest,
		      const struct set_arguments *arguments, const char *file, struct failure *why)
{
	bool ok;

	*sources = allocate(manifest->n_sets, sizeof(**sources));
	ok = read_arguments(*sources, manifest, arguments, why);
	for (size_t i = 0; ok && i < manifest->n_sets; i++) {
		if (!(*sources)[i].given && manifest->sets[i].from)
			ok = read_from(&(*sources)[i], &manifest->sets[i], file, why);
	}
	return ok;
}

void set_sources_free(struct set_source *sources, size_t n)
{
	for (size_t i = 0; sources && i < n; i++)
		elements_free(&sources[i].elements);
	free(sources);
}
