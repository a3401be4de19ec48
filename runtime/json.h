/* SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause */
#ifndef SENTRY_RUNTIME_JSON_H
#define SENTRY_RUNTIME_JSON_H

#include <jansson.h>

/* Indented, with a newline, to stdout; releases it. */
void json_print(json_t *json);
/* The same on one line. */
void json_print_line(json_t *json);

#endif
