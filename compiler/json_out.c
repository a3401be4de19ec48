/* SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause */
#include "json_out.h"

#include "source.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

void json_set_text(json_t *object, const char *key, const char *text)
{
	json_t *value;

	if (!text)
		return;
	value = json_string(text);
	json_object_set_new(object, key, value ? value : json_string("(not UTF-8)"));
}

void json_set_place(json_t *object, struct span span)
{
	if (!span.source)
		return;
	json_set_text(object, "file", span.source->name);
	json_object_set_new(object, "line", json_integer(source_position(span.source, span.begin).line));
}

json_t *json_document(const char *schema)
{
	json_t *document = json_object();

	json_object_set_new(document, "schema", json_string(schema));
	return document;
}

char *json_line(struct arena *arena, json_t *document, size_t *size)
{
	char *text = json_dumps(document, JSON_COMPACT), *copy = NULL;

	*size = text ? strlen(text) : 0;
	if (text)
		copy = arena_strndup(arena, text, *size);
	free(text);
	json_decref(document);
	return copy;
}

/*
 * Whole, and only then written: jansson asks for memory in the middle of it. A failed write sets the stream's
 * error, which finish_stdout looks at.
 */
static void print(const json_t *document, size_t flags)
{
	/* As many digits as a number of ours has: with all of them 54.1722 would be 54.172199999999997. */
	char *text = json_dumps(document, flags | JSON_REAL_PRECISION(15));

	if (!text)
		out_of_memory();
	puts(text);
	free(text);
}

void json_print(json_t *document)
{
	print(document, JSON_INDENT(2));
	json_decref(document);
}

void json_print_line(const json_t *object)
{
	print(object, JSON_COMPACT);
}
