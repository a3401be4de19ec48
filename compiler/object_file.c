/* SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause */
/* Objects as files. */
#include "object.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

#define OBJECT_MAX (256u << 20)

bool object_is_file(const char *path)
{
	static const char magic[4] = { 0x7f, 'E', 'L', 'F' };
	char start[sizeof(magic)];
	struct stat status;
	bool is_object;
	FILE *file;

	/* What is read of a pipe is gone. */
	if (!strcmp(path, "-") || stat(path, &status) || !S_ISREG(status.st_mode))
		return false;
	file = fopen(path, "rbe");
	if (!file)
		return false;
	is_object = fread(start, 1, sizeof(start), file) == sizeof(start) && !memcmp(start, magic, sizeof(magic));
	fclose(file);
	return is_object;
}

bool object_read_file(struct arena *arena, const char *path, struct bytes *bytes, char *error, size_t room)
{
	FILE *file = fopen(path, "rbe");
	bool good = false;
	long size;

	if (!file) {
		snprintf(error, room, "cannot read %s: %s", path, strerror(errno));
		return false;
	}
	if (fseek(file, 0, SEEK_END) || (size = ftell(file)) < 0 || fseek(file, 0, SEEK_SET)) {
		snprintf(error, room, "cannot read %s: %s", path, strerror(errno));
	} else if ((unsigned long)size > OBJECT_MAX) {
		snprintf(error, room, "cannot read %s: it is larger than %u MiB", path, OBJECT_MAX >> 20);
	} else {
		bytes->size = (size_t)size;
		bytes->data = arena_alloc(arena, bytes->size + 1);
		good = fread(bytes->data, 1, bytes->size, file) == bytes->size;
		if (!good)
			snprintf(error, room, "cannot read %s: %s", path,
				 ferror(file) ? strerror(errno) : "it got shorter");
	}
	fclose(file);
	return good;
}
