/* SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause */
/* What an apply says it did, or would do. */
#ifndef SENTRY_APPLY_REPORT_H
#define SENTRY_APPLY_REPORT_H

#include "carry.h"
#include "commit.h"
#include "object.h"
#include "plan.h"

#include <stdbool.h>

/* An attachment on a line. `outcome` NULL: it is only planned. */
void report_attachment(const struct attachment *item, const struct outcome *outcome);

/* What is put in force beside what the policy can do nothing about: programs of others before ours, VLAN tags taken away. */
void report_warnings(const struct attachment *item, const struct manifest *manifest, const struct hooks *hooks);

/* The sets of an object and what they begin with. */
void report_sets(const struct manifest *manifest, const struct set_begin *begins);

/* Attachments of `old` (may be NULL) that the new plan does not have. */
void report_removed(const struct generation *old, const struct attachment *items, size_t n, const char *word);

/* Memory of the maps and what the verifier went through, of a loaded object. */
void report_cost(const struct object *object);

#endif
