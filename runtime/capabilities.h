/* SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause */
#ifndef SENTRY_CAPABILITIES_H
#define SENTRY_CAPABILITIES_H

#include "failure.h"

/* Fails with the names of what is missing unless this process may load and attach programs. */
bool capabilities_check(struct failure *why);

#endif
