/* SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause */
#include "set_file.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define MAX_TEXT (1u << 30)

/*
 * The bytes of a line that mean something: without comment, which some public blocklists begin with ';', blanks around,
 * and the CR of foreign systems.
 */
static size_t trim(const char **line, size_t length)
{
	for (size_t at = 0; at < length; at++)
		if ((*line)[at] == '#' || (*line)[at] == ';')
			length = at;
	while (length && strchr(" \t\r", (*line)[length - 1]) && (*line)[length - 1])
		length--;
	while (length && (**line == ' ' || **line == '\t')) {
		(*line)++;
		length--;
	}
	return length;
}

bool set_text_parse(struct set_elements *elements, const struct manifest_set *set, const char *text, size_t size,
		    const char *name, enum element_times times, struct failure *why)
{
	const char *end = text + size;
	unsigned int line = 0;

	/* Editors of some systems begin a file with a byte order mark. */
	if (size >= 3 && memcmp(text, "\xef\xbb\xbf", 3) == 0)
		text += 3;
	while (text < end) {
		const char *newline = memchr(text, '\n', (size_t)(end - text)), *next = newline ? newline + 1 : end;
		size_t length = trim(&text, (size_t)((newline ? newline : end) - text));
		struct set_element element;
		char problem[ELEMENT_PROBLEM];

		line++;
		if (length) {
			if (!element_parse(&element, set, text, length, times, problem))
				return failure_at(why, name, line, "%s", problem);
			element.line = line;
			elements_add(elements, &element);
		}
		text = next;
	}
	return true;
}

static char *read_all(int fd, size_t *size)
{
	char *text = NULL;
	size_t room = 0;
	ssize_t got = 1;

	*size = 0;
	while (got > 0) {
		if (*size == room) {
			char *bigger = room < MAX_TEXT ? realloc(text, room = room ? 2 * room : 65536) : NULL;

			if (!bigger) {
				free(text);
				errno = room < MAX_TEXT ? ENOMEM : EFBIG;
				return NULL;
			}
			text = bigger;
		}
		do
			got = read(fd, text + *size, room - *size);
		while (got < 0 && errno == EINTR);
		if (got > 0)
			*size += (size_t)got;
	}
	if (got == 0)
		return text;
	free(text);
	return NULL;
}

static bool parse_descriptor(struct set_elements *elements, const struct manifest_set *set, int fd, const char *name,
			     enum element_times times, struct failure *why)
{
	size_t size;
	char *text = read_all(fd, &size);
	bool ok;

	if (!text)
		return failure_set(why, EXIT_ENVIRONMENT, "%s: %s", name, strerror(errno));
	ok = set_text_parse(elements, set, text, size, name, times, why);
	free(text);
	return ok;
}

bool set_input_parse(struct set_elements *elements, const struct manifest_set *set, enum element_times times,
		     struct failure *why)
{
	return parse_descriptor(elements, set, STDIN_FILENO, "<stdin>", times, why);
}

static bool conflict(const struct set_element *pair, const struct manifest_set *set, const char *name,
		     struct failure *why)
{
	const struct set_element *late = pair[0].line > pair[1].line ? &pair[0] : &pair[1];
	const struct set_element *early = late == &pair[0] ? &pair[1] : &pair[0];
	char late_text[ELEMENT_TEXT], early_text[ELEMENT_TEXT];
	const char *what = pair[0].length == pair[1].length ? "is the same as"
			   : late == &pair[1]               ? "lies in"
							    : "contains";

	element_format(late, set, late_text);
	element_format(early, set, early_text);
	if (!name || !early->line)
		return failure_set(why, EXIT_USAGE, "set '%s': %s %s %s: leave one of them out", set->name, late_text,
				   what, early_text);
	return failure_at(why, name, late->line, "%s %s %s of line %u: leave one of them out", late_text, what,
			  early_text, early->line);
}

bool elements_check(struct set_elements *elements, const struct manifest_set *set, const char *name,
		    struct failure *why)
{
	const struct set_element *pair;

	elements_sort(elements);
	pair = elements_conflict(elements);
	return !pair || conflict(pair, set, name, why);
}

static bool too_many(const struct set_elements *elements, const struct manifest_set *set, const char *name,
		     struct failure *why)
{
	/* Before they are sorted, so that the element is the first that finds no room. */
	return failure_at(why, name, elements->items[set->max].line,
			  "set '%s' has room for %u elements, and the file has %zu: raise its `max`, or split the file",
			  set->name, set->max, elements->n);
}

bool set_file_read(struct set_elements *elements, const struct manifest_set *set, const char *path,
		   struct failure *why)
{
	bool input = strcmp(path, "-") == 0;
	const char *name = input ? "<stdin>" : path;
	int fd = input ? dup(STDIN_FILENO) : open(path, O_RDONLY | O_CLOEXEC);
	bool ok;

	*elements = (struct set_elements){ 0 };
	if (fd < 0)
		return failure_set(why, EXIT_ENVIRONMENT, "%s: %s", name, strerror(errno));
	ok = parse_descriptor(elements, set, fd, name, TIMES_REFUSED, why) &&
	     (elements->n <= set->max || too_many(elements, set, name, why)) &&
	     elements_check(elements, set, name, why);
	close(fd);
	if (!ok)
		elements_free(elements);
	return ok;
}
