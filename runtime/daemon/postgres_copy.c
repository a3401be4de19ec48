/* SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause */
#include "postgres_copy.h"

#include "item_columns.h"

#include <endian.h>
#include <string.h>

/* Seconds from 1970 to 2000, where PostgreSQL's time begins. */
#define EPOCH_2000 946684800LL
#define NANOSECONDS 1000000000LL

/* PGSQL_AF_INET and PGSQL_AF_INET6 of its utils/inet.h: the same on every system, unlike AF_INET6. */
enum {
	FAMILY_IPV4 = 2,
	FAMILY_IPV6 = 3,
};

void postgres_copy_statement(struct text_buffer *sql, enum item_kind kind)
{
	const char *separator = " (";

	text_add(sql, "COPY ");
	text_add(sql, item_table_names[kind]);
	for (const enum column_field *field = item_table_columns(kind); *field != N_COLUMN_FIELDS; field++) {
		text_add(sql, separator);
		text_add(sql, item_columns[*field].name);
		separator = ", ";
	}
	text_add(sql, ") FROM STDIN (FORMAT binary)");
}

static void put16(struct text_buffer *rows, uint16_t number)
{
	number = htobe16(number);
	text_bytes(rows, &number, sizeof(number));
}

static void put32(struct text_buffer *rows, uint32_t number)
{
	number = htobe32(number);
	text_bytes(rows, &number, sizeof(number));
}

static void put64(struct text_buffer *rows, uint64_t number)
{
	number = htobe64(number);
	text_bytes(rows, &number, sizeof(number));
}

void postgres_copy_begin(struct text_buffer *rows)
{
	static const char signature[] = "PGCOPY\n\377\r\n"; /* and its NUL */

	text_bytes(rows, signature, sizeof(signature));
	put32(rows, 0); /* flags */
	put32(rows, 0); /* no header extension */
}

void postgres_copy_end(struct text_buffer *rows)
{
	put16(rows, 0xffff);
}

static void put_text(struct text_buffer *rows, const char *text)
{
	size_t length_at = rows->size;
	uint32_t length;

	put32(rows, 0);
	text_utf8(rows, text);
	length = htobe32((uint32_t)(rows->size - length_at - sizeof(length)));
	memcpy(rows->data + length_at, &length, sizeof(length));
}

static void put_time(struct text_buffer *rows, int64_t time_ns)
{
	int64_t microseconds = time_ns / 1000 - EPOCH_2000 * (NANOSECONDS / 1000);

	/* Down also before 1970: a time must not move with its sign. */
	if (time_ns % 1000 < 0)
		microseconds--;
	put32(rows, sizeof(microseconds));
	put64(rows, (uint64_t)microseconds);
}

static void put_address(struct text_buffer *rows, const struct column_value *value)
{
	bool ipv4 = value->ip_version == 4;

	put32(rows, (uint32_t)(4 + value->size));
	text_byte(rows, ipv4 ? FAMILY_IPV4 : FAMILY_IPV6);
	text_byte(rows, (char)(8 * value->size)); /* bits of the prefix */
	text_byte(rows, 0);                       /* inet, not cidr */
	text_byte(rows, (char)value->size);
	text_bytes(rows, value->bytes, value->size);
}

static void put_decimal(struct text_buffer *rows, double decimal)
{
	uint64_t bits;

	memcpy(&bits, &decimal, sizeof(bits));
	put32(rows, sizeof(bits));
	put64(rows, bits);
}

/* There are no unsigned types: each has the next wider one, and what is beyond 63 bits stands as the most there is. */
static void put_number(struct text_buffer *rows, enum column_type type, uint64_t number)
{
	switch (type) {
	case COLUMN_U8:
		put32(rows, 2);
		put16(rows, (uint16_t)number);
		break;
	case COLUMN_U16:
		put32(rows, 4);
		put32(rows, (uint32_t)number);
		break;
	default:
		put32(rows, 8);
		put64(rows, number < INT64_MAX ? number : INT64_MAX);
	}
}

static void put_value(struct text_buffer *rows, enum column_type type, const struct column_value *value)
{
	if (!value->present) {
		put32(rows, 0xffffffff); /* NULL */
		return;
	}
	switch (type) {
	case COLUMN_TIME:
		put_time(rows, value->time_ns);
		break;
	case COLUMN_TEXT:
		put_text(rows, value->text);
		break;
	case COLUMN_ADDRESS:
		put_address(rows, value);
		break;
	case COLUMN_DECIMAL:
		put_decimal(rows, value->decimal);
		break;
	case COLUMN_BYTES:
		put32(rows, (uint32_t)value->size);
		text_bytes(rows, value->bytes, value->size);
		break;
	default:
		put_number(rows, type, value->number);
	}
}

void postgres_copy_row(struct text_buffer *rows, const struct item *item, const char *host)
{
	const enum column_field *columns = item_table_columns(item->kind);
	struct column_value value;
	uint16_t n = 0;

	while (columns[n] != N_COLUMN_FIELDS)
		n++;
	put16(rows, n);
	for (uint16_t i = 0; i < n; i++) {
		if (columns[i] == FIELD_HOST) {
			put_text(rows, host);
			continue;
		}
		item_column_value(&value, item, columns[i]);
		put_value(rows, item_columns[columns[i]].type, &value);
	}
}
