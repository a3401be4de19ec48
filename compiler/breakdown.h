/* SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause */
/*
 * What a library does for want of memory is up to it: it may abort, or use what it did not get. Between these two that
 * ends the process with a message and 3, as want of memory does anywhere else. Only where no result has been begun and
 * nothing is to be tidied up; not one within another.
 */
#ifndef SENTRY_BREAKDOWN_H
#define SENTRY_BREAKDOWN_H

#include <signal.h>

#define BREAKDOWN_SIGNALS 5

struct breakdown {
	struct sigaction old[BREAKDOWN_SIGNALS];
};

/* `library` is for the message. */
void breakdown_guard(struct breakdown *breakdown, const char *library);
void breakdown_unguard(const struct breakdown *breakdown);

#endif
