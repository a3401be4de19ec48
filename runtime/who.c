/* SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause */
#include "who.h"

#include "memory.h"

#include <pwd.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

char *who_applies(void)
{
	const char *sudo = getenv("SUDO_USER");
	const struct passwd *user = getpwuid(getuid());
	char text[128];

	if (sudo && *sudo)
		snprintf(text, sizeof(text), "%s (sudo)", sudo);
	else if (user)
		snprintf(text, sizeof(text), "%s", user->pw_name);
	else
		snprintf(text, sizeof(text), "user %u", (unsigned int)getuid());
	/* It goes into JSON and onto terminals. */
	for (char *c = text; *c; c++) {
		if (*c < ' ' || *c > '~')
			*c = '?';
	}
	return copy_text(text, strlen(text));
}
