/* SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause */
#include "arena.h"

#include <errno.h>
#include <stdint.h>
#include <stdio.h>
#include <stdio_ext.h>
#include <stdlib.h>
#include <string.h>

/* Many arenas are for one question and hold little: what is not used need not be zeroed. Others grow soon enough. */
#define FIRST_CHUNK_SIZE ((size_t)2 << 10)
#define CHUNK_SIZE ((size_t)64 << 10)
#define ALIGNMENT _Alignof(max_align_t)

struct arena_chunk {
	struct arena_chunk *next;
	size_t size; /* of data */
	size_t used;
	_Alignas(max_align_t) unsigned char data[];
};

/* Half a result is none: what was not written yet is not written at exit either. */
void out_of_memory(void)
{
	fprintf(stderr, "%s: out of memory\n", program_invocation_short_name);
	__fpurge(stdout);
	exit(3);
}

void arena_init(struct arena *arena)
{
	arena->chunks = NULL;
}

void arena_fini(struct arena *arena)
{
	struct arena_chunk *chunk = arena->chunks;

	while (chunk) {
		struct arena_chunk *next = chunk->next;

		free(chunk);
		chunk = next;
	}
	arena->chunks = NULL;
}

/* calloc: big chunks come zeroed from the system, untouched. */
static struct arena_chunk *chunk_new(size_t size)
{
	struct arena_chunk *chunk;

	if (size > SIZE_MAX - sizeof(*chunk))
		out_of_memory();
	chunk = calloc(1, sizeof(*chunk) + size);
	if (!chunk)
		out_of_memory();
	chunk->size = size;
	return chunk;
}

void *arena_alloc(struct arena *arena, size_t size)
{
	struct arena_chunk *chunk = arena->chunks;
	size_t least;
	void *memory;

	if (size > SIZE_MAX - ALIGNMENT)
		out_of_memory();
	/* Never empty, so that two allocations never share an address. */
	size = size ? (size + ALIGNMENT - 1) / ALIGNMENT * ALIGNMENT : ALIGNMENT;

	if (chunk && size <= chunk->size - chunk->used) {
		memory = chunk->data + chunk->used;
		chunk->used += size;
		return memory;
	}
	if (size > CHUNK_SIZE / 4 && chunk) {
		/* A chunk of its own, behind the current one, whose rest stays in use. */
		struct arena_chunk *big = chunk_new(size);

		big->used = size;
		big->next = chunk->next;
		chunk->next = big;
		return big->data;
	}
	least = chunk ? CHUNK_SIZE : FIRST_CHUNK_SIZE;
	chunk = chunk_new(size > least ? size : least);
	chunk->used = size;
	chunk->next = arena->chunks;
	arena->chunks = chunk;
	return chunk->data;
}

void *arena_array(struct arena *arena, size_t count, size_t size)
{
	size_t bytes;

	if (__builtin_mul_overflow(count, size, &bytes))
		out_of_memory();
	return arena_alloc(arena, bytes);
}

char *arena_strndup(struct arena *arena, const char *text, size_t length)
{
	char *copy;

	if (length == SIZE_MAX)
		out_of_memory();
	copy = arena_alloc(arena, length + 1);
	if (length)
		memcpy(copy, text, length);
	return copy;
}

char *arena_strdup(struct arena *arena, const char *text)
{
	return arena_strndup(arena, text, strlen(text));
}

char *arena_vprintf(struct arena *arena, const char *format, va_list args)
{
	va_list again;
	char *text;
	int length;

	va_copy(again, args);
	length = vsnprintf(NULL, 0, format, again);
	va_end(again);
	if (length < 0)
		out_of_memory();
	text = arena_alloc(arena, (size_t)length + 1);
	vsnprintf(text, (size_t)length + 1, format, args);
	return text;
}

char *arena_printf(struct arena *arena, const char *format, ...)
{
	va_list args;
	char *text;

	va_start(args, format);
	text = arena_vprintf(arena, format, args);
	va_end(args);
	return text;
}

void *arena_push(struct arena *arena, void *items, size_t *count, size_t *room, size_t size)
{
	/* `items` is the address of a pointer of some type: copied as bytes, for it may not be read as void *. */
	unsigned char *array;

	memcpy(&array, items, sizeof(array));
	if (*count == *room) {
		size_t more = *room ? *room * 2 : 8;
		unsigned char *bigger;

		if (more < *room)
			out_of_memory();
		bigger = arena_array(arena, more, size);
		if (*count)
			memcpy(bigger, array, *count * size);
		array = bigger;
		*room = more;
		memcpy(items, &array, sizeof(array));
	}
	return array + (*count)++ * size;
}
