/* SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause */
#include "quiet.h"

#include <stddef.h>

void quiet_begin(sigset_t *before)
{
	sigset_t held;

	sigemptyset(&held);
	sigaddset(&held, SIGINT);
	sigaddset(&held, SIGTERM);
	sigaddset(&held, SIGHUP);
	sigaddset(&held, SIGQUIT);
	sigaddset(&held, SIGTSTP);
	sigprocmask(SIG_BLOCK, &held, before);
}

void quiet_end(const sigset_t *before)
{
	sigprocmask(SIG_SETMASK, before, NULL);
}
