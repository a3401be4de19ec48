/* SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause */
#ifndef SENTRY_HISTORY_VERB_H
#define SENTRY_HISTORY_VERB_H

#include "apply.h"

#include <stdbool.h>

/* sentry-apply --history: the youngest first. An exit code. */
int history_print(const struct apply *apply, bool json);

#endif
