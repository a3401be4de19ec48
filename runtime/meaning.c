/* SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause */
#include "meaning.h"

#include "compile_policy.h"

#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <unistd.h>

/* In a directory of its own, under names that say what they are: that is what the answer calls them. */
struct pair {
	struct path directory;
	struct path old, fresh;
	int fd; /* of the new object, in memory only */
};

static bool link_to(struct path *path, const struct path *directory, const char *name, const char *target)
{
	return path_format(path, "%s/%s", directory->text, name) && symlink(target, path->text) == 0;
}

static bool pair_make(struct pair *pair, const struct path *old, const struct object *object)
{
	struct path target;

	*pair = (struct pair){ .fd = memfd_create("new", 0) };
	return pair->fd >= 0 &&
	       write(pair->fd, object->file, object->file_size) == (ssize_t)object->file_size &&
	       path_format(&pair->directory, "/tmp/sentry-apply-XXXXXX") && mkdtemp(pair->directory.text) &&
	       path_format(&target, "/proc/%d/fd/%d", getpid(), pair->fd) &&
	       link_to(&pair->old, &pair->directory, "in-force", old->text) &&
	       link_to(&pair->fresh, &pair->directory, "new", target.text);
}

static void pair_free(const struct pair *pair)
{
	if (pair->old.text[0])
		unlink(pair->old.text);
	if (pair->fresh.text[0])
		unlink(pair->fresh.text);
	if (pair->directory.text[0])
		rmdir(pair->directory.text);
	if (pair->fd >= 0)
		close(pair->fd);
}

void meaning_print(const struct history *history, const struct before *before, const struct object *object)
{
	static const char *const arguments[] = { "diff", "--", "in-force", "new", NULL };
	struct failure why = { 0 };
	struct pair pair;
	struct path old;
	int code;

	if (!before->manifest)
		return;
	if (!history_object(history, before->generation->id.number, before->part, &old) || access(old.text, R_OK) != 0) {
		say("what the change means was not compared: the object in force is not in the history");
		return;
	}
	if (pair_make(&pair, &old, object)) {
		fflush(stdout);
		code = sentryc_run(arguments, pair.directory.text, STDOUT_FILENO, &why);
		if (code)
			say("what the change means was not compared: %s", code < 0 ? why.text : "sentryc could not");
	}
	pair_free(&pair);
}
