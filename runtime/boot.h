/* SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause */
/* Which run of the machine this is: identities of maps, sockets and namespaces begin again with the next. */
#ifndef SENTRY_BOOT_H
#define SENTRY_BOOT_H

#include <stdbool.h>

#define BOOT_TEXT 40

/* The kernel's random name of it, the rest zeros. False with errno: it cannot be read, and all is zeros. */
bool boot_identity(char text[static BOOT_TEXT]);

#endif
