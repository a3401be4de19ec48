/* SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause */
/* The verbs of sentry-apply on sets of the policy in force. Each returns an exit code, having said what it did. */
#ifndef SENTRY_SET_VERBS_H
#define SENTRY_SET_VERBS_H

#include "apply.h"
#include "set_source.h"

#include <stdbool.h>

/* Each set of apply->sets whole, in one step. */
int sets_replace(const struct apply *apply);
/* All elements or, if one cannot be, none. */
int sets_add(const struct apply *apply, const struct set_arguments *changes);
int sets_remove(const struct apply *apply, const struct set_arguments *changes);
int set_list(const struct apply *apply, const char *name, bool json);

#endif
