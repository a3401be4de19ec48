/* SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause */
/* What a change means for packets: the answer of `sentryc diff`. */
#ifndef SENTRY_MEANING_H
#define SENTRY_MEANING_H

#include "carry.h"
#include "history.h"
#include "object.h"

/* Prints it, or why there is none: no policy before, its object is not in the history, no sentryc here. */
void meaning_print(const struct history *history, const struct before *before, const struct object *object);

#endif
