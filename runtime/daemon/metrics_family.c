/* SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause */
#include "metrics_family.h"

#include <string.h>

/* A counter is named with its suffix in Prometheus' own format and without in OpenMetrics; an info is a gauge in the former. */
static void head(const struct family *family, const char *word, const char *text)
{
	text_print(family->buffer, "# %s %s", word, family->name);
	if (family->format == METRICS_TEXT && family->type != FAMILY_GAUGE)
		text_add(family->buffer, family->type == FAMILY_COUNTER ? "_total" : "_info");
	text_byte(family->buffer, ' ');
	text_add(family->buffer, text);
	text_byte(family->buffer, '\n');
}

void family_begin(struct family *family, enum family_type type, const char *name, const char *unit, const char *help)
{
	static const char *const types[] = { "counter", "gauge", "info" };

	family->type = type;
	family->name = name;
	head(family, "TYPE", family->format == METRICS_TEXT && type == FAMILY_INFO ? "gauge" : types[type]);
	if (family->format == METRICS_OPENMETRICS && *unit)
		head(family, "UNIT", unit);
	head(family, "HELP", help);
}

/* What is not UTF-8 would make a scrape fail as a whole. */
static size_t utf8_length(const unsigned char *text)
{
	size_t length = *text < 0x80 ? 1 : *text < 0xc2 ? 0 : *text < 0xe0 ? 2 : *text < 0xf0 ? 3 : *text < 0xf5 ? 4 : 0;

	for (size_t i = 1; i < length; i++) {
		if ((text[i] & 0xc0) != 0x80)
			return 0;
	}
	/* overlong, surrogates, above U+10FFFF */
	if ((*text == 0xe0 && text[1] < 0xa0) || (*text == 0xed && text[1] > 0x9f) || (*text == 0xf0 && text[1] < 0x90) ||
	    (*text == 0xf4 && text[1] > 0x8f))
		return 0;
	return length;
}

static void label_value(struct text_buffer *buffer, const char *value)
{
	while (*value) {
		size_t length = utf8_length((const unsigned char *)value);

		switch (*value) {
		case '\n':
			text_add(buffer, "\\n");
			break;
		case '"':
		case '\\':
			text_byte(buffer, '\\');
			text_byte(buffer, *value);
			break;
		default:
			if (length)
				text_bytes(buffer, value, length);
			else
				text_add(buffer, "\xef\xbf\xbd");
		}
		value += length ? length : 1;
	}
}

static void sample(const struct family *family, const char *const *labels)
{
	static const char *const suffixes[] = { "_total", "", "_info" };

	text_add(family->buffer, family->name);
	text_add(family->buffer, suffixes[family->type]);
	for (size_t i = 0; labels && labels[i]; i += 2) {
		text_byte(family->buffer, i ? ',' : '{');
		text_add(family->buffer, labels[i]);
		text_add(family->buffer, "=\"");
		label_value(family->buffer, labels[i + 1]);
		text_byte(family->buffer, '"');
	}
	if (labels && labels[0])
		text_byte(family->buffer, '}');
	text_byte(family->buffer, ' ');
}

void family_count(const struct family *family, const char *const *labels, uint64_t value)
{
	sample(family, labels);
	text_unsigned(family->buffer, value);
	text_byte(family->buffer, '\n');
}

void family_value(const struct family *family, const char *const *labels, double value)
{
	sample(family, labels);
	text_decimal(family->buffer, value);
	text_byte(family->buffer, '\n');
}

void family_end(struct text_buffer *buffer, enum metrics_format format)
{
	if (format == METRICS_OPENMETRICS)
		text_add(buffer, "# EOF\n");
}
