/* SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause */
#include "influx_lines.h"

#include "item_columns.h"

#define MILLISECOND 1000000LL
#define REPLACEMENT "\xef\xbf\xbd"

/*
 * A point is known by its tags and its time alone: two packets of one nanosecond would be one point. So the digits below the
 * millisecond are those of the item's number. Two items would have to be of the same millisecond and a million numbers apart
 * to meet. A batch that comes again has the same times and overwrites itself. The true time is a field.
 */
int64_t influx_time(const struct item *item)
{
	int64_t below = item->time_ns % MILLISECOND;

	if (below < 0)
		below += MILLISECOND;
	return item->time_ns - below + (int64_t)(item->sequence % MILLISECOND);
}

/* Nearly all texts: nothing in them to escape or to replace. */
static bool is_plain(const char *text)
{
	for (; *text; text++) {
		if (*text <= ' ' || *text >= 0x7f || *text == ',' || *text == '=' || *text == '"' || *text == '\\')
			return false;
	}
	return true;
}

/* Appends with a backslash before each of the bytes in `special`. */
static void add_escaped(struct text_buffer *lines, const char *text, size_t size, const char *special)
{
	for (size_t i = 0; i < size; i++) {
		for (const char *one = special; *one; one++) {
			if (text[i] == *one)
				text_byte(lines, '\\');
		}
		text_byte(lines, text[i]);
	}
}

/*
 * In tags a line break cannot be written, nor a backslash at the end, which would take what follows with it: they are
 * replaced, the latter by what no interface can have in its name.
 */
static void add_tag(struct text_buffer *lines, const char *name, const char *text)
{
	struct text_buffer clean = { 0 };

	if (!*text)
		return;
	text_byte(lines, ',');
	text_add(lines, name);
	text_byte(lines, '=');
	if (is_plain(text)) {
		text_add(lines, text);
		return;
	}
	text_utf8(&clean, text);
	for (size_t i = 0; i < clean.size; i++) {
		unsigned char byte = (unsigned char)clean.data[i];

		if (byte < ' ' || byte == 0x7f)
			text_add(lines, REPLACEMENT);
		else if (byte == '\\' && i + 1 == clean.size)
			text_byte(lines, '/');
		else
			add_escaped(lines, clean.data + i, 1, ", =");
	}
	text_free(&clean);
}

static void add_string(struct text_buffer *lines, const char *text)
{
	struct text_buffer clean = { 0 };

	text_byte(lines, '"');
	if (is_plain(text)) {
		text_add(lines, text);
	} else {
		text_utf8(&clean, text);
		add_escaped(lines, clean.data, clean.size, "\"\\");
		text_free(&clean);
	}
	text_byte(lines, '"');
}

/* Integers have 63 bits and a sign. */
static void add_integer(struct text_buffer *lines, uint64_t number)
{
	text_unsigned(lines, number < INT64_MAX ? number : INT64_MAX);
	text_byte(lines, 'i');
}

static void add_value(struct text_buffer *lines, const struct item *item, const struct column *column,
		      const struct column_value *value)
{
	char address[ITEM_ADDRESS_SIZE];

	switch (column->type) {
	case COLUMN_TIME:
		text_signed(lines, value->time_ns);
		text_byte(lines, 'i');
		break;
	case COLUMN_TEXT:
		add_string(lines, value->text);
		break;
	case COLUMN_ADDRESS:
		add_string(lines, item_address(&item->ends, value->bytes, address));
		break;
	case COLUMN_DECIMAL:
		text_decimal(lines, value->decimal);
		break;
	case COLUMN_BYTES:
		text_byte(lines, '"');
		text_hex(lines, value->bytes, value->size);
		text_byte(lines, '"');
		break;
	default:
		add_integer(lines, value->number);
	}
}

static void add_tags(struct text_buffer *lines, const struct item *item, const char *host)
{
	struct column_value value;

	for (const enum column_field *field = item_table_columns(item->kind); *field != N_COLUMN_FIELDS; field++) {
		const struct column *column = &item_columns[*field];

		if (!column->label)
			continue;
		if (*field != FIELD_HOST)
			item_column_value(&value, item, *field);
		add_tag(lines, column->name, *field == FIELD_HOST ? host : value.text);
	}
}

static void add_fields(struct text_buffer *lines, const struct item *item)
{
	struct column_value value;
	char separator = ' ';

	for (const enum column_field *field = item_table_columns(item->kind); *field != N_COLUMN_FIELDS; field++) {
		const struct column *column = &item_columns[*field];

		if (column->label)
			continue;
		item_column_value(&value, item, *field);
		if (!value.present || (column->type == COLUMN_TEXT && !*value.text))
			continue;
		text_byte(lines, separator);
		separator = ',';
		text_add(lines, column->name);
		if (column->type == COLUMN_TIME)
			text_add(lines, "_ns");
		text_byte(lines, '=');
		add_value(lines, item, column, &value);
	}
}

void influx_line(struct text_buffer *lines, const struct item *item, const char *host)
{
	text_add(lines, item_table_names[item->kind]);
	add_tags(lines, item, host);
	add_fields(lines, item);
	text_byte(lines, ' ');
	text_signed(lines, influx_time(item));
	text_byte(lines, '\n');
}
