/* SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause */
/*
 * What is known about a generation: its number, when, why and by whom it was applied, what is attached
 * where, and the manifests of its objects. Kept as JSON text in a frozen one-entry array map, so that it
 * lives and dies with the pinned programs.
 */
#ifndef SENTRY_RECORD_H
#define SENTRY_RECORD_H

#include "failure.h"
#include "hook.h"
#include "manifest.h"
#include "path.h"
#include "plan.h"

#include <jansson.h>
#include <linux/types.h>
#include <stddef.h>

/* Strings belong to `root`. */
struct record {
	json_t *root;
	unsigned int generation;
	unsigned int replaces;  /* the generation that was in force before; 0: none */
	const char *applied_at;
	const char *who;
	const char *message;    /* "" if none */
	const char *policies;   /* the names of all, to be shown */
	size_t n_parts;
	struct manifest *parts; /* of each object */
	const struct manifest **list; /* the same, for those who have them one by one */
	size_t n;
	struct attachment *items;
	size_t n_probes;
	const char **probes;    /* what must answer before the generation is confirmed */
};

/* What goes into a record besides what is attached. Strings may be NULL. */
struct record_head {
	unsigned int generation;
	unsigned int replaces;
	const char *applied_at; /* as in ISO 8601 */
	const char *who;
	const char *message;
	const char *const *probes; /* NULL-terminated */
};

/* The JSON text for a plan of `n_parts` objects; to be freed. NULL if a text is not UTF-8. */
char *record_text(const struct record_head *head, const struct plan *plan, const struct manifest *const *parts,
		  size_t n_parts);
bool record_parse(struct record *record, const char *text, size_t size, struct failure *why);
void record_free(struct record *record);

bool record_pin(const char *text, const struct path *path, struct failure *why);
/* The kernel's number of the pinned map; 0 if it is not there. */
__u32 record_map_id(const struct path *path);
bool record_read(struct record *record, const struct path *path, struct failure *why);

/* The one value of a frozen map, as text; to be freed, NULL with errno. record_pin made it. */
char *text_map_read(const struct path *path, size_t *size);

#endif
