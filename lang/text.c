/* SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause */
/* Growing text, and the values that all statements write alike. */
#include "print.h"

#include <inttypes.h>
#include <string.h>

static void put_bytes(struct text *text, const char *bytes, size_t length)
{
	/* One more for a NUL behind it. */
	if (length >= text->room - text->length) {
		size_t room = (text->length + length + 1) * 2;
		char *bigger = arena_alloc(text->arena, room);

		if (text->length)
			memcpy(bigger, text->bytes, text->length);
		text->bytes = bigger;
		text->room = room;
	}
	memcpy(text->bytes + text->length, bytes, length);
	text->length += length;
}

void text_put(struct text *text, const char *string)
{
	put_bytes(text, string, strlen(string));
}

void text_printf(struct text *text, const char *format, ...)
{
	va_list args;

	va_start(args, format);
	text_put(text, arena_vprintf(text->arena, format, args));
	va_end(args);
}

void text_break(struct text *text)
{
	put_bytes(text, (char[]){ BREAK }, 1);
}

void text_quoted(struct text *text, const char *string)
{
	text_put(text, "\"");
	for (; *string; string++) {
		if (*string == '"' || *string == '\\')
			text_put(text, "\\");
		put_bytes(text, string, 1);
	}
	text_put(text, "\"");
}

void text_count(struct text *text, uint64_t number)
{
	char digits[24];
	size_t length = (size_t)snprintf(digits, sizeof(digits), "%" PRIu64, number);

	for (size_t i = 0; i < length; i++) {
		if (i && length > 4 && (length - i) % 3 == 0)
			text_put(text, "_");
		put_bytes(text, digits + i, 1);
	}
}

void text_duration(struct text *text, uint64_t ns)
{
	static const struct {
		uint64_t ns;
		const char *unit;
	} units[] = {
		{ 86400 * 1000000000ull, "d" }, { 3600 * 1000000000ull, "h" }, { 60 * 1000000000ull, "m" },
		{ 1000000000ull, "s" },
	};

	for (size_t i = 0; i < sizeof(units) / sizeof(units[0]); i++) {
		if (ns % units[i].ns == 0 && ns) {
			text_count(text, ns / units[i].ns);
			text_put(text, units[i].unit);
			return;
		}
	}
	text_count(text, ns / 1000000);
	text_put(text, "ms");
}

char *text_line(struct text *text)
{
	char *line = arena_strndup(text->arena, text->length ? text->bytes : "", text->length);

	for (char *at = line; (at = strchr(at, BREAK));)
		*at = ' ';
	return line;
}
