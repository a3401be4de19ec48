/* SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause */
/* While the kernel changes over, only a kill may interrupt: other signals wait, and then take effect. */
#ifndef SENTRY_QUIET_H
#define SENTRY_QUIET_H

#include <signal.h>

void quiet_begin(sigset_t *before);
void quiet_end(const sigset_t *before);

#endif
