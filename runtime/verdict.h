/* SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause */
/* What becomes of packets, in words. */
#ifndef SENTRY_RUNTIME_VERDICT_H
#define SENTRY_RUNTIME_VERDICT_H

#include <linux/types.h>

#include "shared.h"

/* "allow", "deny", "reject", NULL: by enum sentry_verdict. */
extern const char *const verdict_words[];

#endif
