/* SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause */
/* A failing policy, made as small as it goes. */
#ifndef RANDOM_SHRINK_H
#define RANDOM_SHRINK_H

#include "run.h"

/* Leaves out whatever the failure in `outcome` does without, for at most so many seconds. Returns how often it was
 * tried. */
unsigned shrink(struct doc *doc, const struct run_options *options, struct outcome *outcome, unsigned seconds);

/* The policy, its packets, and what is wrong with it, in a directory of this name. */
/* The policy alone, with the files it names; and the changed one, where there is one. */
void report_policy(struct doc *doc, bool changed, const char *directory);
void report_write(struct doc *doc, const struct run_options *options, const struct outcome *outcome,
		  const char *directory);

#endif
