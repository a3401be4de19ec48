/* SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause */
/* Instructions of an object: what they call, and what a loader is asked to write into them. */
#ifndef SENTRY_OBJECT_CODE_H
#define SENTRY_OBJECT_CODE_H

#include "elf_section.h"
#include "failure.h"

#include <stdbool.h>

/*
 * All executable sections and all relocations. Needs sections of which object_check_image
 * has found that names, types and symbols are in order.
 */
bool object_code_check(const struct elf_sections *sections, struct failure *why);

/* "bpf_probe_read"; NULL for a number that is not known here. */
const char *helper_name(unsigned int number);

#endif
