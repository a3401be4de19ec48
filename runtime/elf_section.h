/* SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause */
/* Just enough ELF to see the sections of a BPF object; libbpf shows programs and maps only. */
#ifndef SENTRY_ELF_SECTION_H
#define SENTRY_ELF_SECTION_H

#include "failure.h"

#include <stddef.h>
#include <stdint.h>

/* Names and data point into the image. */
struct elf_section {
	const char *name;
	const char *data; /* at any alignment; NULL for a section without bytes in the file */
	size_t size;
	uint32_t type;    /* SHT_… */
	uint64_t flags;   /* SHF_… */
	uint32_t link;
	uint32_t info;
	uint64_t entry_size;
};

/* sections[0] is empty: numbers are those of the file. */
struct elf_sections {
	struct elf_section *items;
	size_t n;
	size_t names; /* the section with the names of all */
};

/*
 * Refuses what is not a BPF object of this host's byte order. Every offset and size is
 * checked: an image may be cut short or forged. On failure nothing is left to free.
 */
bool elf_sections_read(struct elf_sections *sections, const void *image, size_t size, struct failure *why);
void elf_sections_free(struct elf_sections *sections);

/* The first of that name; NULL if there is none. */
const struct elf_section *elf_section(const struct elf_sections *sections, const char *name);

#endif
