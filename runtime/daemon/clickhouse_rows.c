/* SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause */
#include "clickhouse_rows.h"

#include "item_columns.h"

/* "2026-01-30" */
#define DATE_LENGTH 10
#define SECONDS_LENGTH 19

/* Types that servers of 2018 have, too: neither times with fractions nor addresses. */
static const char *type_word(enum column_type type)
{
	switch (type) {
	case COLUMN_TIME:
		return "DateTime('UTC')";
	case COLUMN_U8:
		return "UInt8";
	case COLUMN_U16:
		return "UInt16";
	case COLUMN_U32:
		return "UInt32";
	case COLUMN_U64:
		return "UInt64";
	case COLUMN_DECIMAL:
		return "Float64";
	default:
		return "String";
	}
}

static bool is_text(enum column_type type)
{
	return type == COLUMN_TEXT || type == COLUMN_ADDRESS || type == COLUMN_BYTES;
}

/*
 * A batch that came twice has the same rows twice. They agree in the key, so that merges leave one of them; as all of the
 * key is of the item, they lie in the same partition.
 */
void clickhouse_table(struct text_buffer *sql, const char *database, enum item_kind kind)
{
	const char *separator = " (";

	text_print(sql, "CREATE TABLE IF NOT EXISTS %s.%s", database, item_table_names[kind]);
	for (const enum column_field *field = item_table_columns(kind); *field != N_COLUMN_FIELDS; field++) {
		const struct column *column = &item_columns[*field];
		bool nullable = column->optional && !is_text(column->type);

		text_print(sql, nullable ? "%s%s Nullable(%s)" : "%s%s %s", separator, column->name, type_word(column->type));
		if (column->type == COLUMN_TIME)
			text_print(sql, ", %s_ns Int64", column->name);
		separator = ", ";
	}
	text_add(sql, ") ENGINE = ReplacingMergeTree() PARTITION BY toYYYYMMDD(time) ORDER BY (time, host, run, sequence)");
}

/* "2026-01-30 10:00:00", and all of it as a number beside it. */
static void write_time(struct text_buffer *rows, const char *name, int64_t time_ns)
{
	size_t begin;

	text_byte(rows, '"');
	begin = rows->size;
	text_time(rows, time_ns > 0 ? time_ns : 0);
	rows->size = begin + SECONDS_LENGTH;
	rows->data[begin + DATE_LENGTH] = ' ';
	text_print(rows, "\",\"%s_ns\":", name);
	text_signed(rows, time_ns);
}

static void write_value(struct text_buffer *rows, const struct item *item, enum column_field field)
{
	const struct column *column = &item_columns[field];
	char address[ITEM_ADDRESS_SIZE];
	struct column_value value;

	item_column_value(&value, item, field);
	if (!value.present) {
		text_add(rows, is_text(column->type) ? "\"\"" : "null");
		return;
	}
	switch (column->type) {
	case COLUMN_TIME:
		write_time(rows, column->name, value.time_ns);
		break;
	case COLUMN_TEXT:
		text_json(rows, value.text);
		break;
	case COLUMN_ADDRESS:
		text_json(rows, item_address(&item->ends, value.bytes, address));
		break;
	case COLUMN_DECIMAL:
		text_decimal(rows, value.decimal);
		break;
	case COLUMN_BYTES:
		text_byte(rows, '"');
		text_hex(rows, value.bytes, value.size);
		text_byte(rows, '"');
		break;
	default:
		text_unsigned(rows, value.number);
	}
}

void clickhouse_row(struct text_buffer *rows, const struct item *item, const char *host)
{
	char separator = '{';

	for (const enum column_field *field = item_table_columns(item->kind); *field != N_COLUMN_FIELDS; field++) {
		text_byte(rows, separator);
		separator = ',';
		text_byte(rows, '"');
		text_add(rows, item_columns[*field].name);
		text_bytes(rows, "\":", 2);
		if (*field == FIELD_HOST)
			text_json(rows, host);
		else
			write_value(rows, item, *field);
	}
	text_bytes(rows, "}\n", 2);
}
