/* SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause */
/* `sentryctl top` on a terminal. */
#ifndef SENTRY_TOP_SCREEN_H
#define SENTRY_TOP_SCREEN_H

#include "top_collect.h"

/* Until q, or a signal that ends. The terminal is then as it was, whatever happened. */
bool top_screen(struct top_collector *collector, uint64_t interval_ms, enum top_sort sort, struct failure *why);

#endif
