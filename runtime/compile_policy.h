/* SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause */
/* A policy given instead of an object: sentryc makes the object. This program never parses policies. */
#ifndef SENTRY_COMPILE_POLICY_H
#define SENTRY_COMPILE_POLICY_H

#include "failure.h"

#include <stdbool.h>

bool is_policy(const char *path);

/*
 * Runs sentryc, the one beside this program or else the one on PATH, in `directory` (NULL: here). Its results go to
 * descriptor `output`. Its exit code, or -1 with `why` if it cannot be run.
 */
int sentryc_run(const char *const *arguments, const char *directory, int output, struct failure *why);

/*
 * Runs `sentryc compile`, the one beside this program or else the one on PATH, and
 * returns a descriptor of the object, which is in memory only: nothing is left behind
 * whatever happens. Its messages go to stderr as they are, its exit code becomes
 * why->code. -1 on failure. `account` is what its --account is given; NULL: nothing.
 */
int compile_policy(const char *path, const char *account, struct failure *why);

#endif
