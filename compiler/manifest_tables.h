/* SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause */
/* Members `sets`, `states`, `account` and `limits` of the manifest: between manifest.c and manifest_tables.c. */
#ifndef SENTRY_MANIFEST_TABLES_H
#define SENTRY_MANIFEST_TABLES_H

#include "program.h"

#include <jansson.h>

json_t *manifest_sets(struct arena *arena, const struct source *main, const struct program *program);
/* NULL where no rule asks for a connection's state. */
json_t *manifest_states(const struct program *program);
/* Where something is accounted for. */
json_t *manifest_account(const struct program *program);
json_t *manifest_limits(struct arena *arena, const struct program *program);

#endif
