/* SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause */
#include "path.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>

bool path_format(struct path *path, const char *format, ...)
{
	va_list args;
	int length;

	va_start(args, format);
	length = vsnprintf(path->text, sizeof(path->text), format, args);
	va_end(args);
	if (length >= 0 && (size_t)length < sizeof(path->text))
		return true;
	errno = ENAMETOOLONG;
	return false;
}
