/* SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause */
#include "elf_section.h"

#include "memory.h"

#include <elf.h>
#include <stdlib.h>
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
static bool read_header(const char *image, size_t image_size, const Elf64_Ehdr *elf, uint64_t index,
			Elf64_Shdr *header)
{
	uint64_t offset = elf->e_shoff + index * sizeof(*header);

	if (index >= elf->e_shnum || elf->e_shoff > image_size || !inside(offset, sizeof(*header), image_size))
		return false;
	memcpy(header, image + offset, sizeof(*header));
	return header->sh_type == SHT_NOBITS || inside(header->sh_offset, header->sh_size, image_size);
}

static bool check_kind(const Elf64_Ehdr *elf, struct failure *why)
{
	if (elf->e_ident[EI_DATA] != HOST_DATA &&
	    (elf->e_ident[EI_DATA] == ELFDATA2LSB || elf->e_ident[EI_DATA] == ELFDATA2MSB))
		return failure_set(why, EXIT_ENVIRONMENT,
				   "the object is for %s and this host is %s: compile it with --target %s",
				   OTHER_TARGET, HOST_TARGET, HOST_TARGET);
	if (elf->e_ident[EI_CLASS] != ELFCLASS64 || elf->e_ident[EI_DATA] != HOST_DATA || elf->e_machine != EM_BPF ||
	    elf->e_type != ET_REL || elf->e_shentsize != sizeof(Elf64_Shdr))
		return failure_set(why, EXIT_ENVIRONMENT, "not a BPF object");
	return true;
}

static bool read_section(struct elf_section *section, const char *image, const Elf64_Shdr *header,
			 const Elf64_Shdr *names)
{
	const char *name = image + names->sh_offset + header->sh_name;

	if (header->sh_name >= names->sh_size || !memchr(name, '\0', names->sh_size - header->sh_name))
		return false;
	*section = (struct elf_section){
		.name = name,
		.data = header->sh_type == SHT_NOBITS ? NULL : image + header->sh_offset,
		.size = header->sh_size,
		.type = header->sh_type,
		.flags = header->sh_flags,
		.link = header->sh_link,
		.info = header->sh_info,
		.entry_size = header->sh_entsize,
	};
	return true;
}

bool elf_sections_read(struct elf_sections *sections, const void *image, size_t size, struct failure *why)
{
	Elf64_Shdr names, header;
	Elf64_Ehdr elf;

	*sections = (struct elf_sections){ 0 };
	if (size < sizeof(elf) || memcmp(image, ELFMAG, SELFMAG) != 0)
		return failure_set(why, EXIT_ENVIRONMENT, "not an object file");
	memcpy(&elf, image, sizeof(elf));
	if (!check_kind(&elf, why))
		return false;
	if (!read_header(image, size, &elf, elf.e_shstrndx, &names) || names.sh_type != SHT_STRTAB)
		return broken(why);

	sections->names = elf.e_shstrndx;
	sections->items = allocate(elf.e_shnum, sizeof(*sections->items));
	sections->items[0] = (struct elf_section){ .name = "" };
	for (sections->n = 1; sections->n < elf.e_shnum; sections->n++) {
		if (!read_header(image, size, &elf, sections->n, &header) ||
		    !read_section(&sections->items[sections->n], image, &header, &names)) {
			elf_sections_free(sections);
			return broken(why);
		}
	}
	return true;
}

void elf_sections_free(struct elf_sections *sections)
{
	free(sections->items);
	*sections = (struct elf_sections){ 0 };
}

const struct elf_section *elf_section(const struct elf_sections *sections, const char *name)
{
	for (size_t i = 1; i < sections->n; i++) {
		if (strcmp(sections->items[i].name, name) == 0)
			return &sections->items[i];
	}
	return NULL;
}
