/* SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause */
#include "meaning.h"

#include "compile_policy.h"

#include <stdio.h>
#include <sys/mman.h>
#include <unistd.h>

/* The object as a file that a child can read by name; -1 if that cannot be. */
static int as_file(const struct object *object, struct path *path)
{
	int fd = memfd_create("new", 0);

	if (fd >= 0 && write(fd, object->file, object->file_size) == (ssize_t)object->file_size &&
	    path_format(path, "/proc/self/fd/%d", fd))
		return fd;
	if (fd >= 0)
		close(fd);
	return -1;
}

void meaning_print(const struct history *history, const struct before *before, const struct object *object)
{
	struct path old, fresh;
	struct failure why = { 0 };
	const char *const arguments[] = { "diff", "--", old.text, fresh.text, NULL };
	int fd, code;

	if (!before->manifest)
		return;
	if (!history_object(history, before->generation->id.number, before->part, &old) || access(old.text, R_OK) != 0) {
		say("what the change means was not compared: the object in force is not in the history");
		return;
	}
	fd = as_file(object, &fresh);
	if (fd < 0)
		return;
	fflush(stdout);
	code = sentryc_run(arguments, STDOUT_FILENO, &why);
	if (code)
		say("what the change means was not compared: %s", code < 0 ? why.text : "sentryc could not");
	close(fd);
}
