/* SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause */
#include "text_buffer.h"

#include "memory.h"

#include <math.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#define FIRST_ROOM 4096

void text_clear(struct text_buffer *buffer)
{
	buffer->size = 0;
}

void text_free(struct text_buffer *buffer)
{
	free(buffer->data);
	*buffer = (struct text_buffer){ 0 };
}

static char *room_for(struct text_buffer *buffer, size_t size)
{
	size_t wanted = buffer->size + size, room = buffer->room ? buffer->room : FIRST_ROOM;
	char *data;

	if (wanted > buffer->room || !buffer->data) {
		while (room < wanted)
			room *= 2;
		data = realloc(buffer->data, room);
		if (!data)
			data = allocate(1, room); /* which says so, and ends */
		buffer->data = data;
		buffer->room = room;
	}
	return buffer->data + buffer->size;
}

void text_bytes(struct text_buffer *buffer, const void *bytes, size_t size)
{
	if (size)
		memcpy(room_for(buffer, size), bytes, size);
	buffer->size += size;
}

void text_add(struct text_buffer *buffer, const char *text)
{
	text_bytes(buffer, text, strlen(text));
}

void text_byte(struct text_buffer *buffer, char byte)
{
	*room_for(buffer, 1) = byte;
	buffer->size++;
}

void text_unsigned(struct text_buffer *buffer, uint64_t number)
{
	char digits[20], *at = digits + sizeof(digits);

	do {
		*--at = (char)('0' + number % 10);
		number /= 10;
	} while (number);
	text_bytes(buffer, at, (size_t)(digits + sizeof(digits) - at));
}

void text_signed(struct text_buffer *buffer, int64_t number)
{
	if (number < 0)
		text_byte(buffer, '-');
	text_unsigned(buffer, number < 0 ? 0 - (uint64_t)number : (uint64_t)number);
}

void text_decimal(struct text_buffer *buffer, double number)
{
	char text[32];

	if (!isfinite(number))
		number = 0;
	snprintf(text, sizeof(text), "%.15g", number);
	if (strtod(text, NULL) != number)
		snprintf(text, sizeof(text), "%.17g", number);
	text_add(buffer, text);
}

void text_print(struct text_buffer *buffer, const char *format, ...)
{
	va_list arguments, again;
	int size;

	va_start(arguments, format);
	va_copy(again, arguments);
	size = vsnprintf(NULL, 0, format, again);
	va_end(again);
	if (size > 0) {
		vsnprintf(room_for(buffer, (size_t)size + 1), (size_t)size + 1, format, arguments);
		buffer->size += (size_t)size;
	}
	va_end(arguments);
}

/* Bytes of the well-formed UTF-8 sequence at `text` (Unicode 15, table 3-7); 0: it is none. */
static size_t sequence(const unsigned char *text)
{
	unsigned char first = text[0], least = 0x80, most = 0xbf;
	size_t n;

	if (first < 0x80)
		return 1;
	if (first < 0xc2 || first > 0xf4)
		return 0;
	n = first < 0xe0 ? 2 : first < 0xf0 ? 3 : 4;
	if (first == 0xe0)
		least = 0xa0;
	else if (first == 0xed)
		most = 0x9f;
	else if (first == 0xf0)
		least = 0x90;
	else if (first == 0xf4)
		most = 0x8f;
	for (size_t i = 1; i < n; i++) {
		if (text[i] < least || text[i] > most)
			return 0;
		least = 0x80;
		most = 0xbf;
	}
	return n;
}

void text_utf8(struct text_buffer *buffer, const char *text)
{
	const unsigned char *at = (const unsigned char *)text, *begin = at;

	while (*at) {
		size_t n = sequence(at);

		if (!n) {
			text_bytes(buffer, begin, (size_t)(at - begin));
			text_add(buffer, "\xef\xbf\xbd");
			begin = at + 1;
		}
		at += n ? n : 1;
	}
	text_bytes(buffer, begin, (size_t)(at - begin));
}

static void escape(struct text_buffer *buffer, unsigned char byte)
{
	static const char letters[] = "btn.fr";
	char text[8] = { '\\', (char)byte, '\0' };

	if (byte >= '\b' && byte <= '\r' && byte != '\v')
		text[1] = letters[byte - '\b'];
	else if (byte < ' ' || byte == 0x7f)
		snprintf(text, sizeof(text), "\\u%04x", byte);
	text_add(buffer, text);
}

static bool is_plain(unsigned char byte)
{
	return byte >= ' ' && byte < 0x7f && byte != '"' && byte != '\\';
}

void text_json(struct text_buffer *buffer, const char *text)
{
	const unsigned char *at = (const unsigned char *)text;

	text_byte(buffer, '"');
	while (*at) {
		const unsigned char *begin = at;
		size_t n;

		while (is_plain(*at))
			at++;
		text_bytes(buffer, begin, (size_t)(at - begin));
		if (!*at)
			break;
		n = sequence(at);
		if (n > 1)
			text_bytes(buffer, at, n);
		else if (n == 1)
			escape(buffer, *at);
		else
			text_add(buffer, "\xef\xbf\xbd");
		at += n ? n : 1;
	}
	text_byte(buffer, '"');
}

void text_hex(struct text_buffer *buffer, const void *bytes, size_t size)
{
	static const char digits[] = "0123456789abcdef";
	const unsigned char *from = bytes;
	char *to = room_for(buffer, 2 * size);

	for (size_t i = 0; i < size; i++) {
		*to++ = digits[from[i] >> 4];
		*to++ = digits[from[i] & 15];
	}
	buffer->size += 2 * size;
}

static void two_digits(char *at, unsigned int number)
{
	at[0] = (char)('0' + number / 10 % 10);
	at[1] = (char)('0' + number % 10);
}

/* From days since 1970 to a date: Howard Hinnant, "chrono-Compatible Low-Level Date Algorithms", civil_from_days. */
void text_time(struct text_buffer *buffer, int64_t time_ns)
{
	char text[] = "0000-00-00T00:00:00.000000000Z";
	int64_t seconds = time_ns / 1000000000, fraction = time_ns % 1000000000, days, era, year;
	unsigned int of_day, of_era, of_year, year_of_era, month, shifted;

	if (fraction < 0) {
		fraction += 1000000000;
		seconds--;
	}
	days = seconds / 86400;
	if (seconds % 86400 < 0)
		days--;
	of_day = (unsigned int)(seconds - days * 86400);
	days += 719468;
	era = (days >= 0 ? days : days - 146096) / 146097;
	of_era = (unsigned int)(days - era * 146097);
	year_of_era = (of_era - of_era / 1460 + of_era / 36524 - of_era / 146096) / 365;
	of_year = of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
	shifted = (5 * of_year + 2) / 153;
	month = shifted < 10 ? shifted + 3 : shifted - 9;
	year = (int64_t)year_of_era + era * 400 + (month <= 2);
	two_digits(text, (unsigned int)(year / 100));
	two_digits(text + 2, (unsigned int)(year % 100));
	two_digits(text + 5, month);
	two_digits(text + 8, of_year - (153 * shifted + 2) / 5 + 1);
	two_digits(text + 11, of_day / 3600);
	two_digits(text + 14, of_day / 60 % 60);
	two_digits(text + 17, of_day % 60);
	for (char *at = text + 28; at >= text + 20; at--) {
		*at = (char)('0' + fraction % 10);
		fraction /= 10;
	}
	text_bytes(buffer, text, sizeof(text) - 1);
}

const char *text_string(struct text_buffer *buffer)
{
	*room_for(buffer, 1) = '\0';
	return buffer->data;
}
