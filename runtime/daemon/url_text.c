/* SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause */
#include "url_text.h"

#include <stdbool.h>

static bool is_unreserved(char letter)
{
	return (letter >= 'a' && letter <= 'z') || (letter >= 'A' && letter <= 'Z') || (letter >= '0' && letter <= '9') ||
	       letter == '-' || letter == '.' || letter == '_' || letter == '~';
}

void url_text(struct text_buffer *buffer, const char *text)
{
	for (; *text; text++) {
		if (is_unreserved(*text))
			text_byte(buffer, *text);
		else
			text_print(buffer, "%%%02X", (unsigned char)*text);
	}
}
