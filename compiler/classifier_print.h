/* SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause */
/* How a block finds the rule that decides, in words: for compile --report and --dump classifier. */
#ifndef SENTRY_CLASSIFIER_PRINT_H
#define SENTRY_CLASSIFIER_PRINT_H

#include "program.h"

#include <stdio.h>

/* The block, the way that was taken, and what it is predicted to take. */
void classifier_print_head(const struct program_block *block, FILE *out);

/* Its tables, and what else was considered. */
void classifier_print(const struct program_block *block, FILE *out);

/* Both, of all blocks. */
void classifier_dump(const struct program *program, FILE *out);

#endif
