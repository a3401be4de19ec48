/* SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause */
/* Texts in a URL, and URLs that others are made of. */
#ifndef SENTRY_DAEMON_URL_TEXT_H
#define SENTRY_DAEMON_URL_TEXT_H

#include "config.h"
#include "text_buffer.h"

/* All but the unreserved characters of RFC 3986 as %XX. */
void url_text(struct text_buffer *buffer, const char *text);

/* `url` without slashes at its end, to which a path is appended; belongs to the document. */
const char *url_base(struct config_document *document, const char *url);

#endif
