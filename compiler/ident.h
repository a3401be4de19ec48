/* SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause */
/*
 * C identifiers of a generated file: made from names, each given out once. A
 * prefix keeps them clear of C's keywords and of the templates' names.
 */
#ifndef SENTRY_IDENT_H
#define SENTRY_IDENT_H

#include "arena.h"

#include <stdbool.h>
#include <stddef.h>

struct ident_entry;

struct idents {
	struct arena *arena;
	struct ident_entry **buckets;
	size_t n_buckets;
	size_t n;
};

void idents_init(struct idents *idents, struct arena *arena);

bool ident_taken(const struct idents *idents, const char *text);
void ident_take(struct idents *idents, const char *text);

/* "ssh-admin" -> "ssh_admin": whatever C does not allow becomes '_'. Arena memory. */
char *ident_spell(struct arena *arena, const char *name);

/*
 * A new identifier made from the parts, name spelt as C: "rule_", "ssh-admin", ""
 * -> "rule_ssh_admin", or "rule_ssh_admin_2" where that is taken.
 */
const char *ident_new(struct idents *idents, const char *prefix, const char *name, const char *suffix);
/* The same in upper case. */
const char *ident_new_upper(struct idents *idents, const char *prefix, const char *name, const char *suffix);

#endif
