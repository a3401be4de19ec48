/* SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause */
/*
 * What the language says and this release cannot yet do at run time: connection
 * state, rate limits, dynamic sets. Such a policy parses, resolves and formats;
 * the engines and the compiler refuse it, each rule by name.
 */
#ifndef SENTRY_SUPPORTED_H
#define SENTRY_SUPPORTED_H

#include "diag.h"
#include "policy.h"

#include <stdbool.h>

bool policy_is_supported(struct diags *diags, const struct policy *policy);

#endif
