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

/* "NAME", or "POLICY/NAME". */
static bool is_named(const struct set_argument *argument, const struct manifest *manifest, const char *name)
{
	size_t policy = strlen(manifest->policy);
	const struct set_argument rest = { argument->text + policy + 1, argument->name_length - policy - 1, NULL };

	if (is_name(argument, name))
		return true;
	return argument->name_length > policy + 1 && argument->text[policy] == '/' &&
	       memcmp(argument->text, manifest->policy, policy) == 0 && is_name(&rest, name);
}

static void append_name(char *names, size_t size, const char *name)
{
	size_t used = strlen(names);

	snprintf(names + used, size - used, "%s%s", used ? ", " : "", name);
}

const struct manifest_set *set_named(const struct manifest *const *parts, size_t n, const struct set_argument *argument,
				     size_t *part, struct failure *why)
{
	const struct manifest_set *found = NULL;
	char names[512] = "", policies[256] = "";

	for (size_t i = 0; i < n; i++) {
		append_name(policies, sizeof(policies), parts[i]->policy);
		for (size_t j = 0; j < parts[i]->n_sets; j++) {
			append_name(names, sizeof(names), parts[i]->sets[j].name);
			if (!is_named(argument, parts[i], parts[i]->sets[j].name))
				continue;
			if (found) {
				failure_set(why, EXIT_USAGE, "policies %s and %s both have a set '%s': say %s/%s or %s/%s",
					    parts[*part]->policy, parts[i]->policy, found->name, parts[*part]->policy,
					    found->name, parts[i]->policy, found->name);
				return NULL;
			}
			found = &parts[i]->sets[j];
			*part = i;
		}
	}
	if (!found && names[0])
		failure_set(why, EXIT_USAGE, "policy %s has no set '%.*s'; its sets: %s", policies,
			    (int)argument->name_length, argument->text, names);
	else if (!found)
		failure_set(why, EXIT_USAGE, "policy %s has no set '%.*s', and no other", policies,
			    (int)argument->name_length, argument->text);
	return found;
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

bool set_arguments_read(struct set_source *const *sources, const struct manifest *const *parts, size_t n,
			const struct set_arguments *arguments, struct failure *why)
{
	for (size_t i = 0; i < arguments->n; i++) {
		size_t part = 0;
		const struct manifest_set *set = set_named(parts, n, &arguments->items[i], &part, why);
		struct set_source *source;

		if (!set)
			return false;
		source = &sources[part][set - parts[part]->sets];
		if (source->given)
			return failure_set(why, EXIT_USAGE, "--set %s: given twice", set->name);
		source->given = true;
		source->from = arguments->items[i].value;
		if (!set_file_read(&source->elements, set, source->from, why))
			return false;
	}
	return true;
}

bool set_sources_read(struct set_source *sources, const struct manifest *manifest, const char *file,
		      struct failure *why)
{
	bool ok = true;

	for (size_t i = 0; ok && i < manifest->n_sets; i++) {
		if (!sources[i].given && manifest->sets[i].from)
			ok = read_from(&sources[i], &manifest->sets[i], file, why);
	}
	return ok;
}

void set_sources_free(struct set_source *sources, size_t n)
{
	for (size_t i = 0; sources && i < n; i++)
		elements_free(&sources[i].elements);
	free(sources);
}
