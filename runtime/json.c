/* SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause */
#include "json.h"

#include <stdio.h>
#include <stdlib.h>

/* Whole, and only then written: jansson asks for memory in the middle of it, and may not get it (memory.h). */
static void print(json_t *json, size_t flags)
{
	/* 0.1 is written so, and not with the 17 digits that tell it from its neighbours. */
	char *text = json_dumps(json, flags | JSON_REAL_PRECISION(15));

	if (text)
		puts(text);
	free(text);
	json_decref(json);
}

void json_print(json_t *json)
{
	print(json, JSON_INDENT(2));
}

void json_print_line(json_t *json)
{
	print(json, JSON_COMPACT);
}
