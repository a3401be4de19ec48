/* SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause */
/*
 * One lifetime for everything a compilation makes. Nothing in an arena is freed
 * alone. Memory is zeroed and aligned for any type. Out of memory, the process
 * prints a message and exits with 3.
 */
#ifndef SENTRY_ARENA_H
#define SENTRY_ARENA_H

#include <stdarg.h>
#include <stddef.h>

struct arena_chunk;

struct arena {
	struct arena_chunk *chunks;
};

void arena_init(struct arena *arena);
void arena_fini(struct arena *arena);

void *arena_alloc(struct arena *arena, size_t size);
/* count * size with the overflow checked. */
void *arena_array(struct arena *arena, size_t count, size_t size);
char *arena_strndup(struct arena *arena, const char *text, size_t length);
char *arena_strdup(struct arena *arena, const char *text);
char *arena_printf(struct arena *arena, const char *format, ...) __attribute__((format(printf, 2, 3)));
char *arena_vprintf(struct arena *arena, const char *format, va_list args);

/* How want of memory ends a compilation, wherever it is noticed. */
void out_of_memory(void) __attribute__((noreturn));

#define ARENA_NEW(arena, type) ((type *)arena_alloc((arena), sizeof(type)))
#define ARENA_ARRAY(arena, type, count) ((type *)arena_array((arena), (count), sizeof(type)))

/*
 * Grows the array `*items` of `*count` elements (of which `*room` are allocated)
 * so that one more fits, and returns the address of the new, zeroed element.
 * The old storage stays in the arena.
 */
void *arena_push(struct arena *arena, void *items, size_t *count, size_t *room, size_t size);

#endif
