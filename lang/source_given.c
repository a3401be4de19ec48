/* SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause */
/*
 * Texts in place of files. They were files once, and the policy calls them by their paths as it did then: the
 * same file may be called "a.sp" and "lists/../a.sp".
 */
#include "source.h"

#include <limits.h>
#include <string.h>

/* Without ".", empty parts and those that ".." takes back. False if it is too long. */
static bool normalize(const char *path, char out[PATH_MAX])
{
	size_t used = 0, floor = 0;

	if (strlen(path) >= PATH_MAX - 1)
		return false;
	if (*path == '/')
		out[used++] = '/';
	floor = used;
	while (*path) {
		size_t length = strcspn(path, "/");

		if (length == 2 && !memcmp(path, "..", 2) && used > floor) {
			used--;
			while (used > floor && out[used - 1] != '/')
				used--;
		} else if (length && !(length == 1 && *path == '.')) {
			memcpy(out + used, path, length);
			used += length;
			out[used++] = '/';
			if (length == 2 && !memcmp(path, "..", 2))
				floor = used;
		}
		path += length + (path[length] == '/');
	}
	out[used] = '\0';
	return true;
}

/* Does the absolute `path` end as the other does that is seen from the policy's directory? Both normalized. */
static bool ends_in(const char *path, const char *relative)
{
	size_t length = strlen(path), end = strlen(relative);

	return *relative != '/' && length > end && path[length - end - 1] == '/' &&
	       !strcmp(path + length - end, relative);
}

const struct source_text *source_given(const struct sources *sources, const char *path)
{
	const struct source_text *last_resort = NULL;
	char asked[PATH_MAX], known[PATH_MAX];

	for (size_t i = 0; i < sources->n_given; i++)
		if (!strcmp(sources->given[i].path, path))
			return &sources->given[i];
	if (!normalize(path, asked))
		return NULL;
	for (size_t i = 0; i < sources->n_given; i++) {
		if (!normalize(sources->given[i].path, known))
			continue;
		if (!strcmp(asked, known))
			return &sources->given[i];
		/* Of a policy compiled by its absolute path, what it calls by an absolute path is seen from its directory. */
		if (*asked == '/' && ends_in(asked, known) && !last_resort)
			last_resort = &sources->given[i];
	}
	return last_resort;
}
