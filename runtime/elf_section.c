/* SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause */
#include "elf_section.h"

#include <elf.h>
#include <stdint.h>
#include <string.h>

#ifndef EM_BPF
#define EM_BPF 247
#endif

#if __BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__
#define HOST_DATA ELFDATA2LSB
#define HOST_TARGET "bpfel"
#define OTHER_TARGET "bpfeb"
#else
#define HOST_DATA ELFDATA2MSB
#define HOST_TARGET "bpfeb"
#define OTHER_TARGET "bpfel"
#endif

static bool inside(uint64_t offset, uint64_t size, size_t image_size)
{
	return offset <= image_size && size <= image_size - offset;
}

static bool broken(struct failure *why)
{
	return failure_set(why, EXIT_ENVIRONMENT, "the file is cut short or damaged");
}

/* Headers may sit at any offset: copied out, for alignment. */
static bool section_header(const char *image, size_t image_size, const Elf64_Ehdr *elf, uint64_t index,
			   Elf64_Shdr *header)
{
	uint64_t offset = elf->e_shoff + index * sizeof(*header);

	if (index >= elf->e_shnum || elf->e_shoff > image_size || !inside(offset, sizeof(*header), image_size))
		return false;
	memcpy(header, image + offset, sizeof(*header));
	return header->sh_type == SHT_NOBITS || inside(header->sh_offset, header->sh_size, image_size);
}

bool elf_section_if_any(const void *image, size_t image_size, const char *name, const char **data, size_t *size,
			struct failure *why)
{
	const char *bytes = image;
	Elf64_Shdr strings, header;
	Elf64_Ehdr elf;

	*data = NULL;
	*size = 0;
	if (image_size < sizeof(elf) || memcmp(bytes, ELFMAG, SELFMAG) != 0)
		return failure_set(why, EXIT_ENVIRONMENT, "not an object file");
	memcpy(&elf, bytes, sizeof(elf));
	if (elf.e_ident[EI_DATA] != HOST_DATA &&
	    (elf.e_ident[EI_DATA] == ELFDATA2LSB || elf.e_ident[EI_DATA] == ELFDATA2MSB))
		return failure_set(why, EXIT_ENVIRONMENT,
				   "the object is for %s and this host is %s: compile it with --target %s",
				   OTHER_TARGET, HOST_TARGET, HOST_TARGET);
	if (elf.e_ident[EI_CLASS] != ELFCLASS64 || elf.e_machine != EM_BPF || elf.e_shentsize != sizeof(header))
		return failure_set(why, EXIT_ENVIRONMENT, "not a BPF object");
	if (!section_header(bytes, image_size, &elf, elf.e_shstrndx, &strings) || strings.sh_type != SHT_STRTAB)
		return broken(why);

	for (uint64_t i = 1; i < elf.e_shnum; i++) {
		const char *text, *end = bytes + strings.sh_offset + strings.sh_size;

		if (!section_header(bytes, image_size, &elf, i, &header) || header.sh_name >= strings.sh_size)
			return broken(why);
		text = bytes + strings.sh_offset + header.sh_name;
		if (!memchr(text, '\0', (size_t)(end - text)))
			return broken(why);
		if (strcmp(text, name) != 0)
			continue;
		if (header.sh_type == SHT_NOBITS)
			return broken(why);
		*data = bytes + header.sh_offset;
		*size = header.sh_size;
		return true;
	}
	return true;
}

bool elf_section(const void *image, size_t image_size, const char *name, const char **data, size_t *size,
		 struct failure *why)
{
	return elf_section_if_any(image, image_size, name, data, size, why) &&
	       (*data || failure_set(why, EXIT_ENVIRONMENT, "no section '%s': not made by sentryc", name));
}
