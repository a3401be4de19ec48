/* SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause */
#include "object_check.h"

#include "btf_check.h"
#include "layout.h"
#include "maps.h"
#include "object_code.h"
#include "shared.h"

#include <elf.h>
#include <linux/bpf.h>
#include <string.h>

#define MAX_RING (1U << 30)

enum presence {
	OPTIONAL,
	NEEDED,
};

/*
 * All sections that clang and sentryc make. libbpf goes by types as well as by names, and gives others a meaning:
 * maps of other kinds, variables of the kernel's configuration, programs for other hooks.
 */
static const struct section_kind {
	const char *name;
	uint32_t type;
	uint64_t flags; /* of SHF_ALLOC and SHF_EXECINSTR */
	enum presence presence;
} section_kinds[] = {
	{ ".strtab", SHT_STRTAB, 0, NEEDED },
	{ ".shstrtab", SHT_STRTAB, 0, OPTIONAL }, /* where a linker gave the names of sections a table of their own */
	{ ".symtab", SHT_SYMTAB, 0, NEEDED },
	{ ".text", SHT_PROGBITS, SHF_ALLOC | SHF_EXECINSTR, OPTIONAL },
	{ "xdp", SHT_PROGBITS, SHF_ALLOC | SHF_EXECINSTR, OPTIONAL },
	{ "tc", SHT_PROGBITS, SHF_ALLOC | SHF_EXECINSTR, OPTIONAL },
	{ ".rodata", SHT_PROGBITS, SHF_ALLOC, OPTIONAL },
	{ ".rodata.classes", SHT_PROGBITS, SHF_ALLOC, OPTIONAL },
	{ ".rodata.str1.1", SHT_PROGBITS, SHF_ALLOC, OPTIONAL },
	{ ".rodata.cst4", SHT_PROGBITS, SHF_ALLOC, OPTIONAL },
	{ ".rodata.cst8", SHT_PROGBITS, SHF_ALLOC, OPTIONAL },
	{ ".rodata.cst16", SHT_PROGBITS, SHF_ALLOC, OPTIONAL },
	{ ".rodata.cst32", SHT_PROGBITS, SHF_ALLOC, OPTIONAL },
	{ ".maps", SHT_PROGBITS, SHF_ALLOC, NEEDED },
	{ "license", SHT_PROGBITS, SHF_ALLOC, NEEDED },
	{ ".BTF", SHT_PROGBITS, 0, NEEDED },
	{ ".BTF.ext", SHT_PROGBITS, 0, OPTIONAL },
	{ ".rel.text", SHT_REL, 0, OPTIONAL },
	{ ".relxdp", SHT_REL, 0, OPTIONAL },
	{ ".reltc", SHT_REL, 0, OPTIONAL },
	{ ".rel.BTF", SHT_REL, 0, OPTIONAL },
	{ ".rel.BTF.ext", SHT_REL, 0, OPTIONAL },
	{ SENTRY_MANIFEST_SECTION, SHT_PROGBITS, 0, OPTIONAL },
	{ SENTRY_SOURCES_SECTION, SHT_PROGBITS, 0, OPTIONAL },
	{ SENTRY_TESTS_SECTION, SHT_PROGBITS, 0, OPTIONAL },
};

#define N_KINDS (sizeof(section_kinds) / sizeof(section_kinds[0]))
#define KNOWN_FLAGS (SHF_WRITE | SHF_ALLOC | SHF_EXECINSTR | SHF_MERGE | SHF_STRINGS | SHF_INFO_LINK)

static bool damaged(struct failure *why, const struct elf_section *section)
{
	return failure_set(why, EXIT_ENVIRONMENT, "section '%s' is damaged", section->name);
}

static const struct section_kind *section_kind(const char *name)
{
	for (size_t i = 0; i < N_KINDS; i++) {
		if (strcmp(section_kinds[i].name, name) == 0)
			return &section_kinds[i];
	}
	return NULL;
}

static bool check_tables(const struct elf_sections *sections, const struct elf_section *section, struct failure *why)
{
	const struct elf_section *items = sections->items;

	switch (section->type) {
	case SHT_STRTAB:
		return (section->size && !section->data[section->size - 1]) || damaged(why, section);
	case SHT_SYMTAB:
		return (section->entry_size == sizeof(Elf64_Sym) && section->size % sizeof(Elf64_Sym) == 0 &&
			section->link < sections->n && strcmp(items[section->link].name, ".strtab") == 0) ||
		       damaged(why, section);
	case SHT_REL:
		return (section->entry_size == sizeof(Elf64_Rel) && section->size % sizeof(Elf64_Rel) == 0 &&
			section->link < sections->n && strcmp(items[section->link].name, ".symtab") == 0 &&
			section->info && section->info < sections->n &&
			strcmp(items[section->info].name, section->name + strlen(".rel")) == 0) ||
		       damaged(why, section);
	default:
		return !(section->flags & SHF_EXECINSTR) || section->size % sizeof(struct bpf_insn) == 0 ||
		       damaged(why, section);
	}
}

static bool check_sections(const struct elf_sections *sections, struct failure *why)
{
	for (size_t i = 1; i < sections->n; i++) {
		const struct elf_section *section = &sections->items[i];
		const struct section_kind *kind = section_kind(section->name);

		if (!kind)
			return failure_set(why, EXIT_ENVIRONMENT, "section '%s', which objects of sentryc do not have",
					   section->name);
		if (section->type != kind->type || section->flags & ~(uint64_t)KNOWN_FLAGS ||
		    (section->flags & (SHF_ALLOC | SHF_EXECINSTR)) != kind->flags)
			return failure_set(why, EXIT_ENVIRONMENT,
					   "section '%s' is of another kind than in objects of sentryc", section->name);
		/* Two of a name: who is to say which of them a loader takes? */
		if (elf_section(sections, section->name) != section)
			return failure_set(why, EXIT_ENVIRONMENT, "section '%s' is there twice", section->name);
		if (!check_tables(sections, section, why))
			return false;
	}
	for (size_t i = 0; i < N_KINDS; i++) {
		if (section_kinds[i].presence == NEEDED && !elf_section(sections, section_kinds[i].name))
			return failure_set(why, EXIT_ENVIRONMENT, "no section '%s'", section_kinds[i].name);
	}
	return true;
}

static bool check_license(const struct elf_section *license, struct failure *why)
{
	if (license->size == sizeof(OBJECT_LICENSE) && memcmp(license->data, OBJECT_LICENSE, license->size) == 0)
		return true;
	return failure_set(why, EXIT_ENVIRONMENT, "the license in the object is not '%s'", OBJECT_LICENSE);
}

static bool check_symbol(const struct elf_sections *sections, const Elf64_Sym *symbol, const char *name,
			 struct failure *why)
{
	const struct elf_section *home;

	if (symbol->st_shndx == SHN_UNDEF)
		return failure_set(why, EXIT_ENVIRONMENT,
				   "symbol '%s' is not in the object: it would be asked of the kernel", name);
	if (symbol->st_shndx == SHN_ABS && ELF64_ST_TYPE(symbol->st_info) == STT_FILE)
		return true;
	home = symbol->st_shndx < sections->n ? &sections->items[symbol->st_shndx] : NULL;
	if (!home || symbol->st_value > home->size || symbol->st_size > home->size - symbol->st_value)
		return failure_set(why, EXIT_ENVIRONMENT, "symbol '%s' lies outside of its section", name);
	if (home->flags & SHF_EXECINSTR &&
	    (symbol->st_value % sizeof(struct bpf_insn) || symbol->st_size % sizeof(struct bpf_insn)))
		return failure_set(why, EXIT_ENVIRONMENT, "symbol '%s' has parts of instructions", name);
	return true;
}

static bool check_symbols(const struct elf_sections *sections, struct failure *why)
{
	const struct elf_section *table = elf_section(sections, ".symtab"), *names = elf_section(sections, ".strtab");

	for (size_t at = sizeof(Elf64_Sym); at < table->size; at += sizeof(Elf64_Sym)) {
		Elf64_Sym symbol;

		memcpy(&symbol, table->data + at, sizeof(symbol));
		if (symbol.st_name >= names->size)
			return damaged(why, table);
		if (!check_symbol(sections, &symbol, names->data + symbol.st_name, why))
			return false;
	}
	return true;
}

bool object_check_image(const struct elf_sections *sections, struct failure *why)
{
	const struct elf_section *btf, *ext;

	if (!check_sections(sections, why) || !check_license(elf_section(sections, "license"), why) ||
	    !check_symbols(sections, why) || !object_code_check(sections, why))
		return false;
	btf = elf_section(sections, ".BTF");
	ext = elf_section(sections, ".BTF.ext");
	return btf_check(btf->data, btf->size, why) && (!ext || btf_ext_check(ext->data, ext->size, why));
}

bool object_check_layout(const struct manifest *manifest, struct failure *why)
{
	if (strcmp(manifest->layout_hash, SENTRY_LAYOUT_HASH) != 0)
		return failure_set(why, EXIT_ENVIRONMENT,
				   "the object was made by another version of sentryc (layout %.16s, this program "
				   "knows %.16s): compile it again",
				   manifest->layout_hash, SENTRY_LAYOUT_HASH);
	return true;
}

static bool check_entries(const struct manifest *manifest, const struct map_kind *kind, __u32 entries,
			  struct failure *why)
{
	switch (kind->entries) {
	case ENTRIES_RULES:
		return entries == counter_entries(manifest->n_rules) ||
		       failure_set(why, EXIT_ENVIRONMENT, "map '%s' has %u entries for %zu rules", kind->name, entries,
				   manifest->n_rules);
	case ENTRIES_RING:
		return (entries && !(entries & (entries - 1)) && entries <= MAX_RING) ||
		       failure_set(why, EXIT_ENVIRONMENT, "map '%s' has a size that is no power of two up to %u",
				   kind->name, MAX_RING);
	default:
		return entries == 1 || failure_set(why, EXIT_ENVIRONMENT, "map '%s' has %u entries instead of 1",
						   kind->name, entries);
	}
}

static bool check_map(const struct manifest *manifest, const struct bpf_map *map, struct failure *why)
{
	const char *name = bpf_map__name(map);
	const struct map_kind *kind = map_kind(name);

	if (bpf_map__is_internal(map))
		return true;
	/* Where maps are pinned is for the generation to say; nor is there a map on a device or with a seed. */
	if (bpf_map__pin_path(map) || bpf_map__ifindex(map) || bpf_map__numa_node(map) || bpf_map__map_extra(map) ||
	    bpf_map__map_flags(map) & ~(__u32)BPF_F_MMAPABLE)
		return failure_set(why, EXIT_ENVIRONMENT, "map '%s' asks for what maps of sentryc do not", name);
	switch (map_check_table(manifest, map)) {
	case MAP_RIGHT:
		return true;
	case MAP_WRONG:
		return failure_set(why, EXIT_ENVIRONMENT, "map '%s' is not what the manifest says of it", name);
	default:
		break;
	}
	if (!kind || bpf_map__type(map) != kind->type || bpf_map__key_size(map) != kind->key_size ||
	    bpf_map__value_size(map) != kind->value_size)
		return failure_set(why, EXIT_ENVIRONMENT, "map '%s' is of a kind that this program does not know",
				   name);
	return check_entries(manifest, kind, bpf_map__max_entries(map), why);
}

static bool is_percpu(const struct bpf_map *map)
{
	return bpf_map__type(map) == BPF_MAP_TYPE_PERCPU_ARRAY;
}

/* Entries of a map, those of a set when it is full. */
static __u64 full_entries(const struct manifest *manifest, const struct bpf_map *map)
{
	for (size_t i = 0; i < manifest->n_sets; i++) {
		if (strcmp(manifest->sets[i].map, bpf_map__name(map)) == 0)
			return manifest->sets[i].max;
	}
	/* As object_load() makes it. */
	if (strcmp(bpf_map__name(map), MAP_FLOW_CACHE) == 0)
		return (__u64)bpf_map__max_entries(map) * (__u64)libbpf_num_possible_cpus();
	return bpf_map__max_entries(map);
}

__u32 object_map_entries(const struct manifest *manifest, const struct bpf_map *map)
{
	__u64 entries = full_entries(manifest, map);

	return entries > UINT32_MAX ? UINT32_MAX : (__u32)entries;
}

/* Or more than OBJECT_MAX_MEMORY. */
__u64 object_map_bytes(const struct manifest *manifest, struct bpf_map *map)
{
	const struct bpf_map *shape = bpf_map__inner_map(map) ? bpf_map__inner_map(map) : map;
	__u64 values = is_percpu(shape) ? (__u64)libbpf_num_possible_cpus() : 1;
	__u64 each = bpf_map__key_size(shape) + values * ((bpf_map__value_size(shape) + 7ull) / 8 * 8);
	__u64 entries = full_entries(manifest, map), bytes;

	if (bpf_map__type(map) == BPF_MAP_TYPE_RINGBUF)
		return entries;
	return __builtin_mul_overflow(entries, each, &bytes) ? OBJECT_MAX_MEMORY + 1 : bytes;
}

static bool check_maps(const struct manifest *manifest, struct bpf_object *bpf, struct failure *why)
{
	__u64 bytes = 0, more;
	struct bpf_map *map;
	const char *missing;
	size_t n = 0;

	bpf_object__for_each_map(map, bpf) {
		if (!check_map(manifest, map, why))
			return false;
		more = object_map_bytes(manifest, map);
		if (++n > OBJECT_MAX_MAPS)
			return failure_set(why, EXIT_ENVIRONMENT, "more than %u maps", OBJECT_MAX_MAPS);
		if (more > OBJECT_MAX_MEMORY - bytes)
			return failure_set(why, EXIT_ENVIRONMENT, "its maps come to more than %llu GiB",
					   OBJECT_MAX_MEMORY >> 30);
		bytes += more;
	}
	if (!bpf_object__find_map_by_name(bpf, MAP_COUNTERS))
		return failure_set(why, EXIT_ENVIRONMENT, "no map '%s'", MAP_COUNTERS);
	missing = map_missing(manifest, bpf);
	return !missing || failure_set(why, EXIT_ENVIRONMENT, "no map '%s', which the manifest names", missing);
}

/* Programs that no block names are not loaded. */
static bool check_programs(const struct manifest *manifest, struct bpf_object *bpf, struct failure *why)
{
	struct bpf_program *program;
	size_t n = 0;

	bpf_object__for_each_program(program, bpf) {
		bpf_program__set_autoload(program, false);
		if (++n > SENTRY_PROGRAMS)
			return failure_set(why, EXIT_ENVIRONMENT, "more than %u programs", SENTRY_PROGRAMS);
	}
	for (size_t i = 0; i < manifest->n_blocks; i++) {
		const struct manifest_block *block = &manifest->blocks[i];
		const char *section = block->xdp ? "xdp" : "tc";

		program = bpf_object__find_program_by_name(bpf, block->program);
		if (!program)
			return failure_set(why, EXIT_ENVIRONMENT, "no program '%s', which block '%s' names",
					   block->program, block->name);
		if (strcmp(bpf_program__section_name(program), section) != 0)
			return failure_set(why, EXIT_ENVIRONMENT, "program '%s' is in section '%s' instead of '%s'",
					   block->program, bpf_program__section_name(program), section);
		bpf_program__set_autoload(program, true);
	}
	return true;
}

bool object_check_contents(const struct manifest *manifest, struct bpf_object *bpf, struct failure *why)
{
	return check_maps(manifest, bpf, why) && check_programs(manifest, bpf, why);
}
