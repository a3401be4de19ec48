/* SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause */
#include "printable.h"

#include <string.h>

/* ASCII's, and those that Unicode has beyond: U+0080 to U+009F, in UTF-8. */
size_t control_size(const char *text)
{
	unsigned char first = (unsigned char)text[0], second;

	if (first && (first < 0x20 || first == 0x7f))
		return 1;
	if (first != 0xc2)
		return 0;
	second = (unsigned char)text[1];
	return second >= 0x80 && second <= 0x9f ? 2 : 0;
}

bool has_control(const char *text)
{
	for (; *text; text++) {
		if (control_size(text))
			return true;
	}
	return false;
}

const char *printable(struct printable *room, const char *text)
{
	size_t used = 0;

	/* Two escaped bytes and the end always fit. */
	while (*text && used + 9 < sizeof(room->text)) {
		size_t control = control_size(text);

		if (!control)
			room->text[used++] = *text++;
		for (; control; control--)
			used += (size_t)snprintf(room->text + used, sizeof(room->text) - used, "\\x%02x",
						 (unsigned char)*text++);
	}
	room->text[used] = '\0';
	return room->text;
}

void print_lines(FILE *file, const char *text)
{
	while (*text) {
		size_t control = *text == '\n' || *text == '\t' ? 0 : control_size(text);

		if (!control)
			fputc(*text++, file);
		for (; control; control--)
			fprintf(file, "\\x%02x", (unsigned char)*text++);
	}
}
