/* SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause */
/* Just enough ELF to find one section of a BPF object; libbpf shows programs and maps only. */
#ifndef SENTRY_ELF_SECTION_H
#define SENTRY_ELF_SECTION_H

#include "failure.h"

#include <stddef.h>

/*
 * `*data` points into `image`. Refuses what is not a BPF object of this host's byte
 * order. Every offset and size is checked: an image may be cut short or forged.
 */
bool elf_section(const void *image, size_t image_size, const char *name, const char **data, size_t *size,
		 struct failure *why);

/* The same for a section that an object may do without: `*data` is then NULL. */
bool elf_section_if_any(const void *image, size_t image_size, const char *name, const char **data, size_t *size,
			struct failure *why);

#endif
