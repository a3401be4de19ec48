/* SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause */
#ifndef SENTRY_PATH_H
#define SENTRY_PATH_H

#include <limits.h>
#include <stdbool.h>

struct path {
	char text[PATH_MAX];
};

/* False, with errno ENAMETOOLONG, if it does not fit. */
bool path_format(struct path *path, const char *format, ...) __attribute__((format(printf, 2, 3)));

#endif
