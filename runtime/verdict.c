/* SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause */
#include "verdict.h"

#include <stddef.h>

const char *const verdict_words[] = {
	[SENTRY_ALLOW] = "allow", [SENTRY_DENY] = "deny", [SENTRY_REJECT] = "reject", NULL,
};
