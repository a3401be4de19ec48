/* SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause */
/* Bytes that grow, and JSON written into them: an event must cost a microsecond, which no tree of values does. */
#ifndef SENTRY_TEXT_BUFFER_H
#define SENTRY_TEXT_BUFFER_H

#include <stddef.h>
#include <stdint.h>

struct text_buffer {
	char *data; /* not terminated; text_string() does */
	size_t size, room;
};

void text_clear(struct text_buffer *buffer); /* keeps its room */
void text_free(struct text_buffer *buffer);
void text_bytes(struct text_buffer *buffer, const void *bytes, size_t size);
void text_add(struct text_buffer *buffer, const char *text);
void text_byte(struct text_buffer *buffer, char byte);
void text_unsigned(struct text_buffer *buffer, uint64_t number);
void text_signed(struct text_buffer *buffer, int64_t number);
void text_decimal(struct text_buffer *buffer, double number); /* as short as it reads back; 0 for what is no number */
void __attribute__((format(printf, 2, 3))) text_print(struct text_buffer *buffer, const char *format, ...);
/* What is not UTF-8 becomes U+FFFD. */
void text_utf8(struct text_buffer *buffer, const char *text);
/* With quotation marks, escaped; what is not UTF-8 becomes U+FFFD. */
void text_json(struct text_buffer *buffer, const char *text);
/* Two digits a byte. */
void text_hex(struct text_buffer *buffer, const void *bytes, size_t size);
/* "2026-01-30T10:00:00.123456789Z" without quotation marks. */
void text_time(struct text_buffer *buffer, int64_t time_ns);
/* NUL behind the bytes, not counted. */
const char *text_string(struct text_buffer *buffer);

#endif
