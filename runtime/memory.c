/* SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause */
#include "memory.h"

#include "failure.h"

#include <stdlib.h>
#include <string.h>

static void *present(void *memory)
{
	if (!memory) {
		say("out of memory");
		exit(EXIT_ENVIRONMENT);
	}
	return memory;
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
