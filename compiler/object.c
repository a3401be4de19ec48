/* SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause */
#include "object_parts.h"

#include <bpf/btf.h>
#include <bpf/libbpf.h>
#include <elf.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#ifndef EM_BPF
#define EM_BPF 247
#endif

#define INSN_SIZE 8

/* libelf reads names, headers and symbols when they are asked for: what it has no memory for would look as if it was not there. */
static void close_elf(Elf *elf)
{
	elf_end(elf);
	if (errno == ENOMEM)
		out_of_memory();
}

/* To be closed by close_elf(); what is asked for between may fail, and leaves errno alone otherwise. */
static Elf *open_elf(struct bytes object, GElf_Ehdr *header)
{
	Elf *elf;

	errno = 0;
	if (elf_version(EV_CURRENT) == EV_NONE || !object.size)
		return NULL;
	elf = elf_memory(object.data, object.size);
	if (elf && elf_kind(elf) == ELF_K_ELF && gelf_getehdr(elf, header))
		return elf;
	close_elf(elf);
	return NULL;
}

static Elf *open_object(struct bytes object)
{
	GElf_Ehdr header;
	Elf *elf = open_elf(object, &header);

	if (elf && header.e_machine != EM_BPF) {
		close_elf(elf);
		return NULL;
	}
	return elf;
}

bool object_is_bpf(struct bytes object)
{
	Elf *elf = open_object(object);

	if (elf)
		close_elf(elf);
	return elf;
}

static const char *section_name(Elf *elf, Elf_Scn *section, GElf_Shdr *header)
{
	size_t strings;
	const char *name;

	if (!gelf_getshdr(section, header) || elf_getshdrstrndx(elf, &strings))
		return "";
	name = elf_strptr(elf, strings, header->sh_name);
	return name ? name : "";
}

static Elf_Scn *find_section(Elf *elf, const char *name)
{
	Elf_Scn *section = NULL;
	GElf_Shdr header;

	while ((section = elf_nextscn(elf, section)))
		if (!strcmp(section_name(elf, section, &header), name))
			return section;
	return NULL;
}

bool object_section(struct bytes object, const char *name, struct bytes *section)
{
	Elf *elf = open_object(object);
	Elf_Scn *found;
	Elf_Data *data;
	bool good = false;

	if (!elf)
		return false;
	found = find_section(elf, name);
	data = found ? elf_rawdata(found, NULL) : NULL;
	/* The ELF is read in place, so what it hands out lies inside `object`. */
	if (data && data->d_buf && (char *)data->d_buf >= object.data &&
	    (char *)data->d_buf + data->d_size <= object.data + object.size) {
		section->data = data->d_buf;
		section->size = data->d_size;
		good = true;
	}
	close_elf(elf);
	return good;
}

/* --- what is in an object ------------------------------------------------ */

static bool is_code(const GElf_Shdr *header)
{
	return header->sh_type == SHT_PROGBITS && (header->sh_flags & SHF_EXECINSTR);
}

static void read_functions(struct arena *arena, Elf *elf, Elf_Scn *symbols, struct object_info *info)
{
	GElf_Shdr header, home;
	Elf_Data *data = elf_getdata(symbols, NULL);
	size_t room = 0;
	GElf_Sym symbol;

	if (!data || !gelf_getshdr(symbols, &header))
		return;
	for (int i = 0; gelf_getsym(data, i, &symbol); i++) {
		struct object_function *function;
		Elf_Scn *section;
		const char *name, *where;

		if (GELF_ST_TYPE(symbol.st_info) != STT_FUNC || symbol.st_shndx >= SHN_LORESERVE)
			continue;
		section = elf_getscn(elf, symbol.st_shndx);
		name = elf_strptr(elf, header.sh_link, symbol.st_name);
		if (!section || !name)
			continue;
		where = section_name(elf, section, &home);
		if (!is_code(&home))
			continue;
		function = arena_push(arena, &info->functions, &info->n_functions, &room, sizeof(*function));
		function->name = arena_strdup(arena, name);
		/* libbpf's rule: what lies in .text is called, what lies elsewhere is a program. */
		function->entry = strcmp(where, ".text");
		function->insns = symbol.st_size / INSN_SIZE;
		function->section = symbol.st_shndx;
		function->begin = symbol.st_value / INSN_SIZE;
	}
}

/* A map's description: a member's type is a pointer to an array of N for numbers, to the type for types. */
static void read_map_member(const struct btf *btf, const struct btf_member *member, struct object_map *map)
{
	const char *name = btf__name_by_offset(btf, member->name_off);
	const struct btf_type *type = btf__type_by_id(btf, member->type);
	const struct btf_type *pointee = type && btf_is_ptr(type) ? btf__type_by_id(btf, type->type) : NULL;
	__s64 size;

	if (!name || !pointee)
		return;
	if (btf_is_array(pointee)) {
		__u32 number = btf_array(pointee)->nelems;

		if (!strcmp(name, "type"))
			map->type = libbpf_bpf_map_type_str((enum bpf_map_type)number);
		else if (!strcmp(name, "max_entries"))
			map->max_entries = number;
		else if (!strcmp(name, "key_size"))
			map->key_size = number;
		else if (!strcmp(name, "value_size"))
			map->value_size = number;
	}
	size = btf__resolve_size(btf, type->type);
	if (size < 0)
		return;
	if (!strcmp(name, "key"))
		map->key_size = (uint32_t)size;
	if (!strcmp(name, "value")) {
		map->value_size = (uint32_t)size;
		if (btf_is_struct(pointee))
			map->layout = btf__name_by_offset(btf, pointee->name_off);
	}
}

static void read_described_maps(struct arena *arena, const struct btf *btf, struct object_info *info, size_t *room)
{
	__s32 id = btf__find_by_name_kind(btf, ".maps", BTF_KIND_DATASEC);
	const struct btf_type *section = id > 0 ? btf__type_by_id(btf, (__u32)id) : NULL;

	for (__u16 i = 0; section && i < btf_vlen(section); i++) {
		const struct btf_type *var = btf__type_by_id(btf, btf_var_secinfos(section)[i].type);
		const struct btf_type *type = var ? btf__type_by_id(btf, var->type) : NULL;
		const char *name = var ? btf__name_by_offset(btf, var->name_off) : NULL;
		struct object_map *map;

		if (!type || !btf_is_struct(type) || !name)
			continue;
		map = arena_push(arena, &info->maps, &info->n_maps, room, sizeof(*map));
		map->name = arena_strdup(arena, name);
		for (__u16 m = 0; m < btf_vlen(type); m++)
			read_map_member(btf, &btf_members(type)[m], map);
		map->layout = map->layout ? arena_strdup(arena, map->layout) : NULL;
		map->type = map->type ? map->type : "unspec";
	}
}

/* Constants and variables: the kernel holds each section as an array of one entry. */
static void read_data_maps(struct arena *arena, Elf *elf, struct object_info *info, size_t *room)
{
	Elf_Scn *section = NULL;
	GElf_Shdr header;

	while ((section = elf_nextscn(elf, section))) {
		const char *name = section_name(elf, section, &header);
		struct object_map *map;

		if (!header.sh_size || (strncmp(name, ".rodata", 7) && strncmp(name, ".data", 5) && strcmp(name, ".bss")))
			continue;
		map = arena_push(arena, &info->maps, &info->n_maps, room, sizeof(*map));
		*map = (struct object_map){ .name = arena_strdup(arena, name), .type = "array", .key_size = 4,
					    .value_size = (uint32_t)header.sh_size, .max_entries = 1 };
	}
}

bool object_is_maps(Elf *elf, Elf_Scn *section)
{
	GElf_Shdr header;

	return !strcmp(section_name(elf, section, &header), ".maps");
}

static bool find_variable(Elf *elf, Elf_Scn *symbols, const char *name, struct bytes object, struct bytes *variable)
{
	Elf_Data *data = elf_getdata(symbols, NULL);
	GElf_Shdr header;
	GElf_Sym symbol;

	if (!data || !gelf_getshdr(symbols, &header))
		return false;
	for (int i = 0; gelf_getsym(data, i, &symbol); i++) {
		const char *other = elf_strptr(elf, header.sh_link, symbol.st_name);
		Elf_Scn *section = elf_getscn(elf, symbol.st_shndx);
		GElf_Shdr home;
		uint64_t offset;

		if (!other || strcmp(other, name) || !section || !gelf_getshdr(section, &home) || home.sh_type != SHT_PROGBITS)
			continue;
		/* In a library a symbol's value is an address. */
		offset = home.sh_offset + symbol.st_value - home.sh_addr;
		if (offset > object.size || symbol.st_size > object.size - offset)
			return false;
		*variable = (struct bytes){ object.data + offset, symbol.st_size };
		return true;
	}
	return false;
}

bool object_variable(struct bytes object, const char *name, struct bytes *variable)
{
	GElf_Ehdr header;
	Elf *elf = open_elf(object, &header);
	Elf_Scn *symbols = elf ? find_section(elf, ".symtab") : NULL;
	bool found = symbols && find_variable(elf, symbols, name, object, variable);

	close_elf(elf);
	return found;
}

static int print_nothing(enum libbpf_print_level level, const char *format, va_list args)
{
	return 0;
}

static struct btf *read_btf(struct bytes object)
{
	libbpf_print_fn_t before = libbpf_set_print(print_nothing);
	struct bytes section;
	struct btf *btf = NULL;

	if (object_section(object, ".BTF", &section)) {
		btf = btf__new(section.data, (__u32)section.size);
		if (!btf && errno == ENOMEM)
			out_of_memory();
	}
	libbpf_set_print(before);
	return btf;
}

bool object_read(struct arena *arena, struct bytes object, struct object_info *info)
{
	/* By itself, as it opens the object, too. */
	struct btf *btf = read_btf(object);
	Elf *elf = open_object(object);
	Elf_Scn *symbols = elf ? find_section(elf, ".symtab") : NULL;
	size_t room = 0;

	memset(info, 0, sizeof(*info));
	if (symbols)
		read_functions(arena, elf, symbols, info);
	if (symbols && !object_read_calls(arena, elf, symbols, info))
		symbols = NULL;
	if (elf && btf)
		read_described_maps(arena, btf, info, &room);
	btf__free(btf);
	if (elf) {
		read_data_maps(arena, elf, info, &room);
		close_elf(elf);
	}
	return symbols;
}
