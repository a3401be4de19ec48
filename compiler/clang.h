/* SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause */
/*
 * clang as a library, to check what was generated before it is built, and as a
 * process, to build it. The templates are part of this program (templates.h) and
 * reach both without touching the file system's idea of where we are installed.
 */
#ifndef SENTRY_CLANG_H
#define SENTRY_CLANG_H

#include "compile.h"

/*
 * Parses the C with the templates in memory. A diagnostic of clang's becomes a
 * message at the policy's own line (#line), CODE_GENERATED_C. On success writes
 * the layout hash of the structs of shared.h as the target sees them (16 hex digits).
 */
bool clang_check(struct compile *compile, const char *file_name, struct bytes c, enum target target, char layout_hash[17]);

/*
 * Builds in a private temporary directory that is gone afterwards, also after a
 * signal as far as that can be. The object holds no DWARF and no absolute path. False with compile->error set.
 */
bool clang_build(struct compile *compile, const char *file_name, struct bytes c, enum target target,
		 struct bytes *object);

/* "clang 14.0.6", or NULL if there is none; arena memory. */
const char *clang_version(struct compile *compile);

#endif
