/* SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause */
#ifndef SENTRY_WHO_H
#define SENTRY_WHO_H

/* Who runs this program, for the history: "root", "alice (sudo)". To be freed. */
char *who_applies(void);

#endif
