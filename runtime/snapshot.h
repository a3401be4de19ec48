/* SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause */
/* A view of the policy in force whose parts belong together, also while policies are swapped. */
#ifndef SENTRY_SNAPSHOT_H
#define SENTRY_SNAPSHOT_H

#include "ctl.h"
#include "generation.h"

#include <jansson.h>
#include <linux/types.h>
#include <stdbool.h>

#include "shared.h"

/*
 * Calls `read` on each part of the generation in force, again if that was taken apart meanwhile. What `read` returns is
 * printed: as JSON, or by `print`. The document gets schema, policy and generation; if there are several policies,
 * what is said of each is in a list `policies`.
 */
bool snapshot_print(const struct ctl *ctl, const char *schema,
		    json_t *(*read)(const struct ctl *ctl, const struct generation *generation, size_t part, struct failure *why),
		    void (*print)(const struct ctl *ctl, const json_t *document), struct failure *why);

/* A map of a part; -1 with `why`. */
int snapshot_map(const struct generation *generation, size_t part, const char *name, struct failure *why);
/* Of map `table_counts`, summed over the CPUs; false if it does not have that index. */
bool snapshot_count(const struct generation *generation, size_t part, long long index, struct sentry_table_count *sum);

/* Members of a document, for `print`. */
const char *member_text(const json_t *object, const char *key);
long long member_number(const json_t *object, const char *key);

#endif
