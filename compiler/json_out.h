/* SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause */
/*
 * What every JSON result has in common. Members are printed in the order in which
 * they were set, so "schema" is set first.
 */
#ifndef SENTRY_JSON_OUT_H
#define SENTRY_JSON_OUT_H

#include "arena.h"
#include "span.h"

#include <jansson.h>

/* Nothing is set for a NULL text. Bytes of the user's that are not UTF-8 are no text for JSON, and replaced. */
void json_set_text(json_t *object, const char *key, const char *text);
/* "file" and "line"; nothing where there is no place. */
void json_set_place(json_t *object, struct span span);

/* {"schema": "packet-sentry/NAME/v1"} */
json_t *json_document(const char *schema);

/* As one line without its end, in arena memory, and gone. NULL without memory. */
char *json_line(struct arena *arena, json_t *document, size_t *size);
/* To standard output, indented, and gone. */
void json_print(json_t *document);
/* One line of JSON Lines; the object is still the caller's. */
void json_print_line(const json_t *object);

#endif
