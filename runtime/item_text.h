/* SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause */
/* Items as lines for people. */
#ifndef SENTRY_ITEM_TEXT_H
#define SENTRY_ITEM_TEXT_H

#include "item.h"

#include <stdio.h>

#define ITEM_TIME_SIZE 40
#define ITEM_END_SIZE 64

/* An event; with a newline. */
void item_text(const struct item *item, FILE *out);
/* A flow, under flow_text_head(). */
void item_flow_text(const struct item *item, FILE *out);

/* "192.0.2.1:22", "[2001:db8::1]:22"; without a port the address; "-" of what is not IP. */
const char *item_end(const struct item_ends *ends, bool dest, char text[ITEM_END_SIZE]);
/* "2026-01-30T10:00:00.123456789Z" */
const char *item_time(int64_t time_ns, char text[ITEM_TIME_SIZE]);
/* "1.2k", "3.4M": a number as it fits into a column. */
const char *short_number(double number, char text[16]);

#endif
