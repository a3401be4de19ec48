/* SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause */
/*
 * What is known about a generation: its number, when and why it was applied, what is
 * attached where, and the manifest of its object. Kept as JSON text in a frozen
 * one-entry array map, so that it lives and dies with the pinned programs.
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
	const char *applied_at;
	const char *message; /* "" if none */
	struct manifest manifest;
	size_t n;
	struct attachment *items;
};

/*
 * The JSON text for a plan; to be freed. `applied_at` as in ISO 8601, `message` may be
 * NULL. NULL if a text is not UTF-8.
 */
char *record_text(const struct plan *plan, const struct manifest *manifest, unsigned int generation,
		  const char *applied_at, const char *message);
bool record_parse(struct record *record, const char *text, size_t size, struct failure *why);
void record_free(struct record *record);

bool record_pin(const char *text, const struct path *path, struct failure *why);
/* The kernel's number of the pinned map; 0 if it is not there. */
__u32 record_map_id(const struct path *path);
bool record_read(struct record *record, const struct path *path, struct failure *why);

#endif
