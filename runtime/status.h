/* SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause */
/* What is in force, read from the pinned objects and compared with what the kernel really holds. */
#ifndef SENTRY_STATUS_H
#define SENTRY_STATUS_H

#include "failure.h"
#include "history.h"
#include "pin.h"

#include <stdbool.h>

/* To stdout. `history` knows what was gone back to; NULL: nobody does. Nothing in force is not a failure; a hook that does not carry what it should is, after all is printed. */
bool status_print(const struct site *site, const struct history *history, bool json, struct failure *why);

#endif
