/* SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause */
/* Text in a URL. */
#ifndef SENTRY_DAEMON_URL_TEXT_H
#define SENTRY_DAEMON_URL_TEXT_H

#include "text_buffer.h"

/* All but the unreserved characters of RFC 3986 as %XX. */
void url_text(struct text_buffer *buffer, const char *text);

#endif
