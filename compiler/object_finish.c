/* SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause */
/*
 * The last step of a build, as `llvm-objcopy --strip-debug --add-section` would do
 * it, but without a program that may not be installed. Sections are copied in
 * order, less those that a loader does not read; what refers to a section or a
 * symbol by its number is renumbered.
 */
#include "object.h"

#include "breakdown.h"

#include <linux/types.h>
#include "shared.h"

#include <elf.h>
#include <gelf.h>
#include <libelf.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#define ALIGNMENT_MAX 4096 /* of a section; clang asks for 8 */

struct finishing {
	struct arena arena;
	Elf *in, *out;
	size_t n_sections;
	size_t *sections;   /* old number -> new, 0 if left out */
	size_t n_symbols;
	size_t *symbols;    /* the same */
	size_t names;       /* old number of the section of section names */
	Elf_Scn *new_names;
	const struct added_section *added;
	size_t n_added;
};

/* 0 also for a number that is no section's. */
static size_t new_section(const struct finishing *f, size_t old)
{
	return old < f->n_sections ? f->sections[old] : 0;
}

/* What stands in a section of our own may be what an older build said. */
static bool is_our_own(const char *name)
{
	return !strcmp(name, SENTRY_MANIFEST_SECTION) || !strcmp(name, SENTRY_TESTS_SECTION) ||
	       !strcmp(name, SENTRY_SOURCES_SECTION);
}

/* libelf reads names and headers when they are asked for, and may have no memory then: false, as one that was left out would be missed later. */
static bool ask_wanted(struct finishing *f, const GElf_Shdr *header, bool *wanted)
{
	const char *name = elf_strptr(f->in, f->names, header->sh_name);

	if (!name)
		return false;
	if (header->sh_type == SHT_REL) {
		Elf_Scn *section = elf_getscn(f->in, header->sh_info);
		GElf_Shdr target;

		if (!section || !gelf_getshdr(section, &target))
			return false;
		*wanted = false;
		return target.sh_type == SHT_REL || ask_wanted(f, &target, wanted);
	}
	*wanted = strncmp(name, ".debug", 6) && strcmp(name, ".llvm_addrsig") && !is_our_own(name);
	return true;
}

static bool choose_sections(struct finishing *f)
{
	Elf_Scn *section = NULL;
	size_t next = 1;
	GElf_Shdr header;

	if (elf_getshdrnum(f->in, &f->n_sections) || elf_getshdrstrndx(f->in, &f->names))
		return false;
	f->sections = ARENA_ARRAY(&f->arena, size_t, f->n_sections);
	while ((section = elf_nextscn(f->in, section))) {
		bool wanted;

		if (!gelf_getshdr(section, &header) || !ask_wanted(f, &header, &wanted))
			return false;
		if (wanted)
			f->sections[elf_ndxscn(section)] = next++;
	}
	return new_section(f, f->names);
}

static Elf_Scn *symbol_table(Elf *elf, GElf_Shdr *header)
{
	Elf_Scn *section = NULL;

	while ((section = elf_nextscn(elf, section)))
		if (gelf_getshdr(section, header) && header->sh_type == SHT_SYMTAB && header->sh_entsize)
			break;
	return section;
}

static bool note_used_symbols(struct finishing *f, bool *used)
{
	Elf_Scn *section = NULL;
	GElf_Shdr header;

	while ((section = elf_nextscn(f->in, section))) {
		GElf_Rel relocation;
		Elf_Data *data;

		if (!f->sections[elf_ndxscn(section)])
			continue;
		if (!gelf_getshdr(section, &header))
			return false;
		if (header.sh_type != SHT_REL)
			continue;
		data = elf_getdata(section, NULL);
		if (!data)
			return false;
		for (int i = 0; gelf_getrel(data, i, &relocation); i++)
			if (GELF_R_SYM(relocation.r_info) < f->n_symbols)
				used[GELF_R_SYM(relocation.r_info)] = true;
	}
	return true;
}

static bool choose_symbols(struct finishing *f)
{
	GElf_Shdr header;
	Elf_Scn *table = symbol_table(f->in, &header);
	Elf_Data *data = table ? elf_getdata(table, NULL) : NULL;
	size_t next = 1;
	bool *used;

	if (!data)
		return false;
	f->n_symbols = header.sh_size / header.sh_entsize;
	f->symbols = ARENA_ARRAY(&f->arena, size_t, f->n_symbols);
	used = ARENA_ARRAY(&f->arena, bool, f->n_symbols);
	if (!note_used_symbols(f, used))
		return false;
	for (size_t i = 1; i < f->n_symbols; i++) {
		GElf_Sym symbol;
		bool label;

		if (!gelf_getsym(data, (int)i, &symbol))
			return false;
		/* Labels of basic blocks: local, of no type, and mostly nobody refers to them. */
		label = GELF_ST_BIND(symbol.st_info) == STB_LOCAL && GELF_ST_TYPE(symbol.st_info) == STT_NOTYPE;
		if (symbol.st_shndx != SHN_UNDEF && symbol.st_shndx < SHN_LORESERVE && !new_section(f, symbol.st_shndx))
			continue;
		if (used[i] || !label)
			f->symbols[i] = next++;
	}
	return true;
}

static bool copy_symbols(struct finishing *f, Elf_Data *from, Elf_Data *to, GElf_Shdr *header)
{
	size_t size = gelf_fsize(f->in, ELF_T_SYM, 1, EV_CURRENT);
	size_t n = 1, n_local = 1;

	for (size_t i = 1; i < f->n_symbols; i++)
		n += f->symbols[i] != 0;
	to->d_buf = arena_array(&f->arena, n, size);
	to->d_size = n * size;
	for (size_t i = 1; i < f->n_symbols; i++) {
		GElf_Sym symbol;

		if (!f->symbols[i])
			continue;
		if (!gelf_getsym(from, (int)i, &symbol))
			return false;
		if (symbol.st_shndx < SHN_LORESERVE)
			symbol.st_shndx = (GElf_Section)new_section(f, symbol.st_shndx);
		n_local += GELF_ST_BIND(symbol.st_info) == STB_LOCAL;
		if (!gelf_update_sym(to, (int)f->symbols[i], &symbol))
			return false;
	}
	header->sh_info = (GElf_Word)n_local;
	return true;
}

static bool copy_relocations(struct finishing *f, Elf_Data *from, Elf_Data *to, GElf_Shdr *header)
{
	GElf_Rel relocation;

	if (!from->d_buf)
		return !from->d_size;
	to->d_buf = arena_alloc(&f->arena, from->d_size);
	memcpy(to->d_buf, from->d_buf, from->d_size);
	header->sh_info = (GElf_Word)new_section(f, header->sh_info);
	for (int i = 0; (size_t)i < from->d_size / header->sh_entsize; i++) {
		if (!gelf_getrel(to, i, &relocation) || GELF_R_SYM(relocation.r_info) >= f->n_symbols)
			return false;
		relocation.r_info = GELF_R_INFO(f->symbols[GELF_R_SYM(relocation.r_info)],
						GELF_R_TYPE(relocation.r_info));
		if (!gelf_update_rel(to, i, &relocation))
			return false;
	}
	return true;
}

static bool copy_section(struct finishing *f, Elf_Scn *section)
{
	Elf_Scn *copy = elf_newscn(f->out);
	Elf_Data *from = elf_getdata(section, NULL);
	Elf_Data *to = copy ? elf_newdata(copy) : NULL;
	GElf_Shdr header;

	if (!to || !from || !gelf_getshdr(section, &header))
		return false;
	/* libelf would fill up to it, be that the whole disk. */
	if (header.sh_addralign > ALIGNMENT_MAX)
		return false;
	*to = *from;
	to->d_off = 0;
	if (header.sh_type == SHT_SYMTAB && !copy_symbols(f, from, to, &header))
		return false;
	if (header.sh_type == SHT_REL && header.sh_entsize && !copy_relocations(f, from, to, &header))
		return false;
	header.sh_link = (GElf_Word)new_section(f, header.sh_link);
	if (elf_ndxscn(section) == f->names)
		f->new_names = copy;
	return gelf_update_shdr(copy, &header);
}

static bool add_data(Elf_Scn *section, void *bytes, size_t size)
{
	Elf_Data *data = section ? elf_newdata(section) : NULL;

	if (!data)
		return false;
	data->d_buf = bytes;
	data->d_size = size;
	data->d_align = 1;
	data->d_type = ELF_T_BYTE;
	return true;
}

/* How many bytes of names there are so far: where the next one goes. */
static size_t names_size(const struct finishing *f)
{
	Elf_Data *data = NULL;
	size_t size = 0;

	while ((data = elf_getdata(f->new_names, data)))
		size += data->d_size;
	return size;
}

static bool add_section(struct finishing *f, const struct added_section *added)
{
	char *name = arena_strdup(&f->arena, added->name);
	Elf_Scn *section = elf_newscn(f->out);
	size_t offset = names_size(f);
	GElf_Shdr header;

	if (!add_data(section, added->bytes.data, added->bytes.size) ||
	    !add_data(f->new_names, name, strlen(name) + 1) || !gelf_getshdr(section, &header))
		return false;
	header.sh_name = (GElf_Word)offset;
	header.sh_type = SHT_PROGBITS;
	header.sh_addralign = 1;
	return gelf_update_shdr(section, &header);
}

static bool copy_object(struct finishing *f)
{
	Elf_Scn *section = NULL;
	GElf_Ehdr header;

	if (!gelf_getehdr(f->in, &header) || header.e_machine != EM_BPF || header.e_phnum ||
	    !gelf_newehdr(f->out, ELFCLASS64) || !choose_sections(f) || !choose_symbols(f))
		return false;
	header.e_shstrndx = (GElf_Half)new_section(f, f->names);
	header.e_phoff = header.e_shoff = 0;
	if (!gelf_update_ehdr(f->out, &header))
		return false;
	while ((section = elf_nextscn(f->in, section)))
		if (f->sections[elf_ndxscn(section)] && !copy_section(f, section))
			return false;
	for (size_t i = 0; i < f->n_added; i++)
		if (f->added[i].bytes.size && !add_section(f, &f->added[i]))
			return false;
	return elf_update(f->out, ELF_C_WRITE) > 0;
}

static bool read_back(int fd, struct bytes *finished)
{
	struct stat status;

	if (fstat(fd, &status))
		return false;
	finished->size = (size_t)status.st_size;
	finished->data = malloc(finished->size + 1);
	if (!finished->data)
		return false;
	for (size_t done = 0; done < finished->size;) {
		ssize_t n = pread(fd, finished->data + done, finished->size - done, (off_t)done);

		if (n <= 0) {
			free(finished->data);
			return false;
		}
		done += (size_t)n;
	}
	return true;
}

bool object_finish(struct bytes object, const struct added_section *added, size_t n_added, struct bytes *finished)
{
	struct finishing f = { .added = added, .n_added = n_added };
	struct breakdown breakdown;
	bool good = false;
	int fd;

	if (elf_version(EV_CURRENT) == EV_NONE)
		return false;
	fd = memfd_create("object", MFD_CLOEXEC);
	if (fd < 0)
		return false;
	arena_init(&f.arena);
	/* Of a section for whose header there is no memory, libelf 0.188 returns half. */
	breakdown_guard(&breakdown, "libelf, which completes the object,");
	f.in = elf_memory(object.data, object.size);
	f.out = elf_begin(fd, ELF_C_WRITE, NULL);
	if (f.in && f.out && elf_kind(f.in) == ELF_K_ELF)
		good = copy_object(&f);
	elf_end(f.out);
	elf_end(f.in);
	breakdown_unguard(&breakdown);
	arena_fini(&f.arena);
	good = good && read_back(fd, finished);
	close(fd);
	return good;
}
