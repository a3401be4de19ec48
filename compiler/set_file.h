/* SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause */
/* What a run-time set holds, from a file: one element a line. */
#ifndef SENTRY_SET_FILE_H
#define SENTRY_SET_FILE_H

#include "compile.h"

/*
 * Adds the elements of the file to a set, for ever, or none if a line is bad. False with the reason in
 * compile->diags (the file is at fault) or compile->error.
 */
bool set_file_load(struct compile *compile, struct engine *engine, const struct set *set, const char *path);

#endif
