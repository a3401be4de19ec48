/* SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause */
#include "source.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdio_ext.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

void sources_init(struct sources *sources, struct arena *arena)
{
	*sources = (struct sources){ .arena = arena };
}

static void index_lines(struct arena *arena, struct source *source)
{
	uint32_t n = 1;

	for (uint32_t i = 0; i < source->size; i++)
		n += source->text[i] == '\n';
	source->lines = ARENA_ARRAY(arena, uint32_t, n);
	for (uint32_t i = 0; i < source->size; i++)
		if (source->text[i] == '\n')
			source->lines[++source->n_lines] = i + 1;
	source->n_lines++;
}

static struct source *source_add(struct sources *sources, const char *name, const char *path, const char *text, size_t size)
{
	struct source *source = ARENA_NEW(sources->arena, struct source);

	source->name = arena_strdup(sources->arena, name);
	source->path = path ? arena_strdup(sources->arena, path) : NULL;
	source->text = arena_strndup(sources->arena, text, size);
	source->size = (uint32_t)size;
	index_lines(sources->arena, source);
	if (sources->last)
		sources->last->next = source;
	else
		sources->first = source;
	sources->last = source;
	return source;
}

struct source *source_from_text(struct sources *sources, const char *name, const char *text, size_t size)
{
	return source_add(sources, name, NULL, text, size > SOURCE_MAX ? SOURCE_MAX : size);
}

/* Reads to the end, whatever kind of file it is: a pipe does not tell its size. */
static enum source_status read_all(int fd, char **text, size_t *size)
{
	size_t room = 64 << 10, used = 0;
	char *buffer = malloc(room);

	while (buffer) {
		ssize_t got = read(fd, buffer + used, room - used);

		if (got < 0 && errno == EINTR)
			continue;
		if (got < 0) {
			int error = errno;

			free(buffer);
			errno = error;
			return SOURCE_UNREADABLE;
		}
		if (!got) {
			*text = buffer;
			*size = used;
			return SOURCE_OK;
		}
		used += (size_t)got;
		if (used > SOURCE_MAX) {
			free(buffer);
			return SOURCE_TOO_BIG;
		}
		if (used == room) {
			char *bigger = realloc(buffer, room * 2);

			if (!bigger)
				break;
			buffer = bigger;
			room *= 2;
		}
	}
	out_of_memory();
}

/* Neither the policy nor the file is at fault: what the policy says of the file is not known. */
static bool is_environment(int error)
{
	return error == ENOMEM || error == EMFILE || error == ENFILE || error == EIO;
}

static void environment_failed(const char *name)
{
	fprintf(stderr, "%s: cannot read %s: %s\n", program_invocation_short_name, name, strerror(errno));
	__fpurge(stdout);
	exit(3);
}

static enum source_status load_given(struct sources *sources, const char *path, const char *name, struct source **out)
{
	const struct source_text *given = source_given(sources, path);

	if (!given) {
		errno = ENOENT;
		return SOURCE_UNREADABLE;
	}
	if (given->size > SOURCE_MAX)
		return SOURCE_TOO_BIG;
	*out = source_add(sources, name, path, given->text, given->size);
	return SOURCE_OK;
}

bool source_identify(const struct sources *sources, const char *path, struct source_identity *identity)
{
	const struct source_text *given;
	struct stat status;

	if (sources->given) {
		given = source_given(sources, path);
		*identity = (struct source_identity){ .inode = given ? (ino_t)(given - sources->given) : 0 };
		return given;
	}
	if (stat(path, &status))
		return false;
	*identity = (struct source_identity){ status.st_dev, status.st_ino };
	return true;
}

enum source_status source_load(struct sources *sources, const char *path, const char *name, struct source **out)
{
	bool standard_input = !strcmp(path, "-");
	enum source_status status;
	char *text = NULL;
	size_t size = 0;
	int fd;

	*out = NULL;
	if (sources->given)
		return load_given(sources, path, name, out);
	fd = standard_input ? STDIN_FILENO : open(path, O_RDONLY | O_CLOEXEC);
	if (fd < 0 && is_environment(errno))
		environment_failed(name);
	if (fd < 0)
		return SOURCE_UNREADABLE;
	status = read_all(fd, &text, &size);
	if (status == SOURCE_UNREADABLE && is_environment(errno))
		environment_failed(name);
	if (!standard_input) {
		int error = errno;

		close(fd);
		errno = error;
	}
	if (status != SOURCE_OK)
		return status;
	*out = source_add(sources, name, path, text, size);
	free(text);
	return SOURCE_OK;
}

struct position source_position(const struct source *source, uint32_t offset)
{
	uint32_t low = 0, high = source->n_lines;

	/* The last line that begins at or before the offset. */
	while (high - low > 1) {
		uint32_t middle = low + (high - low) / 2;

		if (source->lines[middle] <= offset)
			low = middle;
		else
			high = middle;
	}
	return (struct position){ .line = low + 1, .column = offset - source->lines[low] + 1 };
}

const char *source_line(const struct source *source, uint32_t line, size_t *length)
{
	uint32_t begin, end;

	if (line < 1 || line > source->n_lines) {
		*length = 0;
		return "";
	}
	begin = source->lines[line - 1];
	end = line < source->n_lines ? source->lines[line] - 1 : source->size;
	if (end > begin && source->text[end - 1] == '\r')
		end--;
	*length = end - begin;
	return source->text + begin;
}
