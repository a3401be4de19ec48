/* SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause */
/* What `sentryc diff` prints. OLD and NEW are file names as the user wrote them. */
#ifndef SENTRY_DIFF_REPORT_H
#define SENTRY_DIFF_REPORT_H

#include "diff.h"

void diff_print_text(const struct diff *diff, const char *old, const char *new);
void diff_print_json(const struct diff *diff, const char *old, const char *new);
/* For a comment on a pull request. */
void diff_print_markdown(const struct diff *diff, const char *old, const char *new);

/* "2 changes of verdict, 1 block changed, 3 other differences", "at least" before it if undecided; arena memory. */
const char *diff_summary(const struct diff *diff);

#endif
