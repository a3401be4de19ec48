/* SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause */
#include "breakdown.h"

#include <stddef.h>
#include <string.h>
#include <unistd.h>

static const int fatal[BREAKDOWN_SIGNALS] = { SIGABRT, SIGSEGV, SIGBUS, SIGILL, SIGFPE };

static const char *volatile guarded;

static void put(const char *text)
{
	ssize_t ignored = write(STDERR_FILENO, text, strlen(text));

	(void)ignored;
}

/* Nothing but calls that are allowed where a signal came. */
static void broke_down(int signal)
{
	put("sentryc: ");
	put(guarded);
	put(" broke down; out of memory?\n");
	_exit(3);
}

void breakdown_guard(struct breakdown *breakdown, const char *library)
{
	struct sigaction action = { .sa_handler = broke_down };

	guarded = library;
	for (size_t i = 0; i < BREAKDOWN_SIGNALS; i++) {
		sigaction(fatal[i], NULL, &breakdown->old[i]);
		/* A debugger's or a sanitizer's own way of dealing with them comes first. */
		if (breakdown->old[i].sa_handler == SIG_DFL)
			sigaction(fatal[i], &action, NULL);
	}
}

void breakdown_unguard(const struct breakdown *breakdown)
{
	for (size_t i = 0; i < BREAKDOWN_SIGNALS; i++)
		sigaction(fatal[i], &breakdown->old[i], NULL);
}
