/* SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause */
#ifndef SENTRY_REATTACH_H
#define SENTRY_REATTACH_H

#include "apply.h"

/*
 * sentry-apply --reattach: interfaces that were gone and are back, under the same name, get the programs of the
 * generation in force; hooks that lost their dispatcher get it again. Nothing is loaded. An exit code.
 */
int reattach(const struct apply *apply);

#endif
