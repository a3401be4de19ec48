/* SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause */
#include "ident.h"

#include <stdint.h>
#include <string.h>

struct ident_entry {
	const char *text;
	struct ident_entry *next;
};

void idents_init(struct idents *idents, struct arena *arena)
{
	memset(idents, 0, sizeof(*idents));
	idents->arena = arena;
	idents->n_buckets = 1024;
	idents->buckets = ARENA_ARRAY(arena, struct ident_entry *, idents->n_buckets);
}

static size_t bucket_of(const struct idents *idents, const char *text)
{
	uint32_t hash = 2166136261u;

	for (; *text; text++)
		hash = (hash ^ (unsigned char)*text) * 16777619u;
	return hash & (idents->n_buckets - 1);
}

bool ident_taken(const struct idents *idents, const char *text)
{
	for (const struct ident_entry *e = idents->buckets[bucket_of(idents, text)]; e; e = e->next)
		if (!strcmp(e->text, text))
			return true;
	return false;
}

static void grow(struct idents *idents)
{
	struct ident_entry **old = idents->buckets;
	size_t n_old = idents->n_buckets;

	idents->n_buckets *= 4;
	idents->buckets = ARENA_ARRAY(idents->arena, struct ident_entry *, idents->n_buckets);
	for (size_t i = 0; i < n_old; i++) {
		while (old[i]) {
			struct ident_entry *entry = old[i];
			size_t bucket = bucket_of(idents, entry->text);

			old[i] = entry->next;
			entry->next = idents->buckets[bucket];
			idents->buckets[bucket] = entry;
		}
	}
}

void ident_take(struct idents *idents, const char *text)
{
	struct ident_entry *entry = ARENA_NEW(idents->arena, struct ident_entry);
	size_t bucket;

	if (idents->n >= idents->n_buckets)
		grow(idents);
	bucket = bucket_of(idents, text);
	entry->text = text;
	entry->next = idents->buckets[bucket];
	idents->buckets[bucket] = entry;
	idents->n++;
}

/* ctype.h asks the locale, a compiler must not. */
static bool is_word(char c)
{
	return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_';
}

char *ident_spell(struct arena *arena, const char *name)
{
	char *text = arena_strdup(arena, name);

	for (char *c = text; *c; c++)
		if (!is_word(*c))
			*c = '_';
	return text;
}

static const char *make(struct idents *idents, const char *prefix, const char *name, const char *suffix, bool upper)
{
	char *spelt = ident_spell(idents->arena, name);
	char *text = arena_printf(idents->arena, "%s%s%s", prefix, spelt, suffix);
	const char *base = text;

	if (upper)
		for (char *c = text; *c; c++)
			if (*c >= 'a' && *c <= 'z')
				*c = (char)(*c - 'a' + 'A');
	for (unsigned i = 2; ident_taken(idents, text); i++)
		text = arena_printf(idents->arena, "%s_%u", base, i);
	ident_take(idents, text);
	return text;
}

const char *ident_new(struct idents *idents, const char *prefix, const char *name, const char *suffix)
{
	return make(idents, prefix, name, suffix, false);
}

const char *ident_new_upper(struct idents *idents, const char *prefix, const char *name, const char *suffix)
{
	return make(idents, prefix, name, suffix, true);
}
