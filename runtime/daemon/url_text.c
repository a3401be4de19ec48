/* SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause */
#include "url_text.h"

#include <stdbool.h>
#include <string.h>

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

const char *url_base(struct config_document *document, const char *url)
{
	size_t length = strlen(url);
	char *base = config_allocate(document, length + 1);

	while (length && url[length - 1] == '/')
		length--;
	memcpy(base, url, length);
	return base;
}
