/* SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause */
/* What those that ask the history share. */
#ifndef SENTRY_CTL_PAST_H
#define SENTRY_CTL_PAST_H

#include "ctl.h"
#include "past_query.h"

#include <jansson.h>

/* The history, and what is asked of it; NULL with `why`. To be closed. */
sqlite3 *past_open(const struct ctl *ctl, struct past_question *question, struct failure *why);

/* Members `since` and `until`. */
void past_set_times(json_t *document, const struct ctl *ctl);

#endif
