/* SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause */
/* Names by kind: a net and a service may share one, two nets may not. */
#include "resolver.h"

#include <string.h>

/* Every unknown name searched among everything declared is quadratic; nobody reads that far anyway. */
#define SPELLED_MAX 40

static const char *const kind_names[N_DECL_KINDS] = {
	[DECL_NET] = "net",
	[DECL_PORT] = "port",
	[DECL_SERVICE] = "service",
	[DECL_SET] = "set",
	[DECL_GROUP] = "group",
	[DECL_INTERFACE] = "interface",
	[DECL_RULE] = "rule",
	[DECL_ASSERT] = "assertion",
	[DECL_TEST] = "test",
};

/* FNV-1a over kind and name. */
static size_t hash_name(enum decl_kind kind, const char *name)
{
	uint64_t hash = 14695981039346656037u;

	hash = (hash ^ (unsigned)kind) * 1099511628211u;
	for (; *name; name++)
		hash = (hash ^ (unsigned char)*name) * 1099511628211u;
	return (size_t)hash;
}

/* Where the name is, or would be. */
static struct decl **find_slot(const struct names *names, enum decl_kind kind, const char *name)
{
	size_t mask = names->n_slots - 1;

	for (size_t i = hash_name(kind, name) & mask;; i = (i + 1) & mask) {
		struct decl *decl = names->slots[i];

		if (!decl || (decl->kind == kind && !strcmp(decl->name, name)))
			return &names->slots[i];
	}
}

static void grow(struct resolver *r)
{
	struct names *names = &r->names;

	names->n_slots = names->n_slots ? names->n_slots * 2 : 64;
	names->slots = ARENA_ARRAY(r->arena, struct decl *, names->n_slots);
	for (size_t i = 0; i < names->n; i++)
		*find_slot(names, names->items[i]->kind, names->items[i]->name) = names->items[i];
}

struct decl *names_add(struct resolver *r, enum decl_kind kind, struct ast_name name, const struct ast_node *node)
{
	struct names *names = &r->names;
	struct decl **slot, **item, *decl;

	if (names->n * 2 >= names->n_slots)
		grow(r);
	slot = find_slot(names, kind, name.text);
	if (*slot) {
		struct diag *diag = diag_report(r->diags, CODE_DUPLICATE_NAME, name.span, "%s '%s' is declared twice",
						kind_names[kind], name.text);

		diag_note(r->diags, diag, (*slot)->span, "first declared here");
		return NULL;
	}
	decl = ARENA_NEW(r->arena, struct decl);
	decl->kind = kind;
	decl->name = name.text;
	decl->span = name.span;
	decl->node = node;
	*slot = decl;
	item = arena_push(r->arena, &names->items, &names->n, &names->room, sizeof(*item));
	*item = decl;
	return decl;
}

struct decl *names_find(const struct resolver *r, enum decl_kind kind, const char *name)
{
	return r->names.n_slots ? *find_slot(&r->names, kind, name) : NULL;
}

bool names_may_spell(struct resolver *r)
{
	return r->names.unknown++ < SPELLED_MAX;
}

void names_offer(const struct resolver *r, struct spell *spell, enum decl_kind kind)
{
	for (size_t i = 0; i < r->names.n; i++)
		if (r->names.items[i]->kind == kind)
			spell_offer(spell, r->names.items[i]->name);
}

void names_note_other_kinds(struct resolver *r, struct diag *diag, enum decl_kind kind, const char *name)
{
	for (unsigned other = DECL_NET; other <= DECL_INTERFACE; other++) {
		const struct decl *decl = other == kind ? NULL : names_find(r, other, name);

		if (!decl)
			continue;
		if (other == DECL_SET)
			diag_note(r->diags, diag, decl->span, "'%s' is a set, written '@%s'", name, name);
		else if (other == DECL_GROUP)
			diag_note(r->diags, diag, decl->span, "'%s' is a group, written 'group %s'", name, name);
		else if (kind == DECL_SET)
			diag_note(r->diags, diag, decl->span, "'%s' is a %s, written without '@'", name,
				  kind_names[other]);
		else
			diag_note(r->diags, diag, decl->span, "'%s' is declared here, as the name of a%s %s", name,
				  other == DECL_INTERFACE ? "n" : "", kind_names[other]);
	}
}

static bool known_otherwise(const struct resolver *r, enum decl_kind kind, const char *name)
{
	for (unsigned other = DECL_NET; other <= DECL_INTERFACE; other++)
		if (other != kind && names_find(r, other, name))
			return true;
	return false;
}

struct decl *names_need(struct resolver *r, enum decl_kind kind, const char *name, struct span span)
{
	struct decl *decl = names_find(r, kind, name);
	const char *near = NULL;
	struct diag *diag;
	struct spell spell;

	if (decl)
		return decl;
	if (names_may_spell(r)) {
		spell_init(&spell, name);
		names_offer(r, &spell, kind);
		near = spell_best(&spell);
	}
	if (r->incomplete && !near && !known_otherwise(r, kind, name))
		return NULL;
	diag = diag_report(r->diags, CODE_UNKNOWN_NAME, span, "no %s is called '%s'", kind_names[kind], name);
	names_note_other_kinds(r, diag, kind, name);
	if (near)
		diag_help(r->diags, diag, "did you mean '%s'?", near);
	return NULL;
}

const char *span_words(struct arena *arena, struct span span)
{
	enum { SHOWN = 48 };
	char *words;
	size_t n = 0;

	if (!span.source)
		return "";
	words = arena_alloc(arena, SHOWN + 4);
	for (uint32_t i = span.begin; i < span.end && i < span.source->size; i++) {
		unsigned char c = (unsigned char)span.source->text[i];
		bool blank = c == ' ' || c == '\t' || c == '\n' || c == '\r';

		if (n >= SHOWN) {
			memcpy(words + n, "...", 3);
			break;
		}
		if (!blank)
			words[n++] = (char)(c < 0x20 || c >= 0x7f ? '?' : c);
		else if (n && words[n - 1] != ' ')
			words[n++] = ' ';
	}
	return words;
}
