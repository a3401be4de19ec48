/* SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause */
#include "failure.h"

#include "printable.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

bool failure_set(struct failure *why, int code, const char *format, ...)
{
	va_list args;

	why->code = code;
	why->placed = false;
	va_start(args, format);
	vsnprintf(why->text, sizeof(why->text), format, args);
	va_end(args);
	return false;
}

bool failure_at(struct failure *why, const char *file, unsigned int line, const char *format, ...)
{
	int length = snprintf(why->text, sizeof(why->text) / 2, "%s:%u: error: ", file, line);
	size_t used = length < 0 ? 0 : (size_t)length;
	va_list args;

	if (used >= sizeof(why->text) / 2)
		used = sizeof(why->text) / 2 - 1;
	why->code = EXIT_POLICY;
	why->placed = true;
	va_start(args, format);
	vsnprintf(why->text + used, sizeof(why->text) - used, format, args);
	va_end(args);
	return false;
}

void say(const char *format, ...)
{
	char *text;
	va_list args;

	/* Results printed before this message come before it also when both go to one file. */
	fflush(stdout);
	va_start(args, format);
	if (vasprintf(&text, format, args) < 0)
		text = NULL;
	va_end(args);
	fprintf(stderr, "%s: ", program_invocation_short_name);
	print_lines(stderr, text ? text : format);
	fputc('\n', stderr);
	free(text);
}

int say_failure(const struct failure *why)
{
	if (why->placed) {
		fflush(stdout);
		print_lines(stderr, why->text);
		fputc('\n', stderr);
	} else {
		say("%s", why->text);
	}
	return why->code;
}

int word_index(const char *const *words, const char *word)
{
	for (int i = 0; words[i]; i++) {
		if (strcmp(words[i], word) == 0)
			return i;
	}
	return -1;
}

static char done[128]; /* "" as long as nothing is */

void done_set(const char *format, ...)
{
	va_list args;

	va_start(args, format);
	vsnprintf(done, sizeof(done), format, args);
	va_end(args);
}

int finish_stdout(int code)
{
	bool now = fflush(stdout) != 0;
	const char *reason = now ? strerror(errno) : "not all could be written";

	if (!now && !ferror(stdout))
		return code;
	/* Of what failed earlier, the reason is long overwritten. */
	if (done[0])
		say("%s; its report could not be written to standard output: %s", done, reason);
	else
		say("standard output: %s", reason);
	/* What went wrong before that is worse. */
	return code == EXIT_GOOD ? EXIT_ENVIRONMENT : code;
}
