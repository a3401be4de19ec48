/* SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause */
#include "source_name.h"

#include <stdbool.h>
#include <string.h>

static const char *base_name(const char *name)
{
	const char *slash = strrchr(name, '/');

	return slash && slash[1] ? slash + 1 : name;
}

static bool climbs(const char *name)
{
	for (const char *part = name; part; part = strchr(part, '/')) {
		part += *part == '/';
		if (part[0] == '.' && part[1] == '.' && (part[2] == '/' || !part[2]))
			return true;
	}
	return false;
}

const char *source_short_name(struct arena *arena, const struct source *main, const struct source *source)
{
	size_t directory = (size_t)(base_name(main->name) - main->name);
	const char *name = source->name;

	/* Standard input and command lines have names in no directory. */
	if (!strcmp(name, "-"))
		return "stdin.sp";
	if (!strncmp(name, main->name, directory))
		name += directory;
	while (name[0] == '.' && name[1] == '/')
		name += 2;
	if (*name == '/' || climbs(name))
		name = base_name(name);
	return arena_strdup(arena, name);
}

const struct source *source_find_short(struct arena *arena, const struct source *main, const char *name)
{
	for (const struct source *source = main; source; source = source->next)
		if (!strcmp(source_short_name(arena, main, source), name))
			return source;
	return NULL;
}
