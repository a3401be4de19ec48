/* SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause */
#include "memory.h"

#include "failure.h"

#include <jansson.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdio_ext.h>
#include <stdlib.h>
#include <string.h>

static void *present(void *memory)
{
	if (!memory) {
		say("out of memory");
		/* Half a result is none. */
		__fpurge(stdout);
		exit(EXIT_ENVIRONMENT);
	}
	return memory;
}

static void *json_memory(size_t size)
{
	return present(malloc(size));
}

void memory_init(void)
{
	json_set_alloc_funcs(json_memory, free);
}

void *allocate(size_t n, size_t size)
{
	return present(calloc(n ? n : 1, size));
}

void *grow(void *items, size_t n, size_t size)
{
	if (n & (n - 1))
		return items;
	return present(reallocarray(items, n ? 2 * n : 1, size));
}

char *copy_text(const char *text, size_t length)
{
	return present(strndup(text, length));
}

char *format_text(const char *format, ...)
{
	char *text = NULL;
	va_list args;

	va_start(args, format);
	if (vasprintf(&text, format, args) < 0)
		text = NULL;
	va_end(args);
	return present(text);
}
