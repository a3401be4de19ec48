/* SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause */
#include "object_code.h"

#include "memory.h"

#include <elf.h>
#include <linux/bpf.h>
#include <stdlib.h>
#include <string.h>

/* Types of relocations, where <elf.h> does not have them: addresses into an instruction of two slots, and in data, calls. */
#ifndef R_BPF_64_64
#define R_BPF_64_64 1
#endif
#ifndef R_BPF_64_ABS32
#define R_BPF_64_ABS32 3
#endif
#ifndef R_BPF_64_NODYLD32
#define R_BPF_64_NODYLD32 4
#endif
#ifndef R_BPF_64_32
#define R_BPF_64_32 10
#endif

#define LOAD_ADDRESS (BPF_LD | BPF_IMM | BPF_DW)

/* The helpers of bpf-templates/kernel.h; tests/docs/helpers.sh compares. */
static const unsigned int helpers[] = {
	BPF_FUNC_map_lookup_elem, BPF_FUNC_map_update_elem, BPF_FUNC_ktime_get_ns, BPF_FUNC_get_prandom_u32,
	BPF_FUNC_get_smp_processor_id, BPF_FUNC_redirect, BPF_FUNC_skb_load_bytes, BPF_FUNC_csum_diff, BPF_FUNC_skb_change_tail,
	BPF_FUNC_skb_pull_data, BPF_FUNC_skb_change_head, BPF_FUNC_xdp_adjust_head, BPF_FUNC_xdp_adjust_tail,
	BPF_FUNC_jiffies64, 	BPF_FUNC_ringbuf_reserve, BPF_FUNC_ringbuf_submit, BPF_FUNC_ringbuf_query, BPF_FUNC_ktime_get_coarse_ns,
	BPF_FUNC_loop, BPF_FUNC_xdp_get_buff_len,
};

const char *helper_name(unsigned int number)
{
#define NAME(name) "bpf_" #name
	static const char *const names[] = { __BPF_FUNC_MAPPER(NAME) };
#undef NAME
	return number < sizeof(names) / sizeof(names[0]) ? names[number] : NULL;
}

static bool may_call(unsigned int number)
{
	for (size_t i = 0; i < sizeof(helpers) / sizeof(helpers[0]); i++) {
		if (helpers[i] == number)
			return true;
	}
	return false;
}

static bool refuse_at(struct failure *why, const struct elf_section *section, size_t index, const char *what)
{
	return failure_set(why, EXIT_ENVIRONMENT, "section '%s', instruction %zu: %s", section->name, index, what);
}

/* The section that a symbol lies in; NULL if it has none. */
static const struct elf_section *symbol_home(const struct elf_sections *sections, uint64_t number)
{
	const struct elf_section *table = elf_section(sections, ".symtab");
	Elf64_Sym symbol;

	if (!table || number >= table->size / sizeof(symbol))
		return NULL;
	memcpy(&symbol, table->data + number * sizeof(symbol), sizeof(symbol));
	return symbol.st_shndx && symbol.st_shndx < sections->n ? &sections->items[symbol.st_shndx] : NULL;
}

static bool is_address_of(const struct elf_section *home)
{
	return strncmp(home->name, ".rodata", 7) == 0 || strcmp(home->name, ".maps") == 0 ||
	       strcmp(home->name, ".text") == 0; /* a function that bpf_loop is given */
}

/* Type information refers to sections as well; libbpf does not look. */
static bool check_data_relocation(const struct elf_section *target, const Elf64_Rel *relocation)
{
	uint64_t type = ELF64_R_TYPE(relocation->r_info);

	return (type == R_BPF_64_ABS32 || type == R_BPF_64_NODYLD32) && target->size >= sizeof(uint32_t) &&
	       relocation->r_offset <= target->size - sizeof(uint32_t);
}

static bool check_code_relocation(const struct elf_section *target, const struct elf_section *home,
				  const Elf64_Rel *relocation, unsigned char *marks)
{
	uint64_t type = ELF64_R_TYPE(relocation->r_info), index = relocation->r_offset / sizeof(struct bpf_insn);

	if (relocation->r_offset % sizeof(struct bpf_insn) || index >= target->size / sizeof(struct bpf_insn) ||
	    marks[index])
		return false;
	marks[index] = (unsigned char)type;
	return (type == R_BPF_64_64 && is_address_of(home)) ||
	       (type == R_BPF_64_32 && strcmp(home->name, ".text") == 0);
}

/* `marks`: for code, the type of relocation at each instruction. */
static bool check_relocations(const struct elf_sections *sections, const struct elf_section *list,
			      unsigned char *marks, struct failure *why)
{
	const struct elf_section *target = &sections->items[list->info];

	for (size_t at = 0; at < list->size; at += sizeof(Elf64_Rel)) {
		const struct elf_section *home;
		Elf64_Rel relocation;

		memcpy(&relocation, list->data + at, sizeof(relocation));
		home = symbol_home(sections, ELF64_R_SYM(relocation.r_info));
		if (!home || !(marks ? check_code_relocation(target, home, &relocation, marks)
				     : check_data_relocation(target, &relocation)))
			return failure_set(why, EXIT_ENVIRONMENT,
					   "section '%s': a relocation of a kind that sentryc does not make (type %u)",
					   list->name, (unsigned int)ELF64_R_TYPE(relocation.r_info));
	}
	return true;
}

static bool check_call(const struct elf_section *section, size_t index, const struct bpf_insn *insn,
		       struct failure *why)
{
	const char *name;

	if (insn->src_reg == BPF_PSEUDO_CALL)
		return true;
	if (insn->src_reg == BPF_PSEUDO_KFUNC_CALL)
		return refuse_at(why, section, index, "calls a function of the kernel that is no helper");
	if (insn->src_reg)
		return refuse_at(why, section, index, "a call of unknown kind");
	if (may_call((unsigned int)insn->imm))
		return true;
	name = helper_name((unsigned int)insn->imm);
	return failure_set(why, EXIT_ENVIRONMENT,
			   "section '%s', instruction %zu: calls helper %s (%d), which programs of sentryc do not",
			   section->name, index, name ? name : "of unknown name", insn->imm);
}

/* Which relocation an instruction may have; 0: none. */
static unsigned char relocation_of(const struct bpf_insn *insn)
{
	if (insn->code == LOAD_ADDRESS)
		return R_BPF_64_64;
	return insn->code == (BPF_JMP | BPF_CALL) && insn->src_reg == BPF_PSEUDO_CALL ? R_BPF_64_32 : 0;
}

static bool check_instruction(const struct elf_section *section, size_t index, const struct bpf_insn *insn,
			      unsigned char mark, struct failure *why)
{
	if (mark && mark != relocation_of(insn))
		return refuse_at(why, section, index, "a relocation where no address is");
	if (insn->code == LOAD_ADDRESS)
		return !insn->src_reg ||
		       refuse_at(why, section, index, "the number of a map or type, which only a loader may write");
	if (BPF_CLASS(insn->code) == BPF_LD)
		return refuse_at(why, section, index, "a load of unknown kind");
	if (insn->code == (BPF_JMP | BPF_CALL))
		return check_call(section, index, insn, why);
	if (BPF_CLASS(insn->code) == BPF_JMP && BPF_OP(insn->code) == BPF_CALL)
		return refuse_at(why, section, index, "a call of unknown kind");
	return true;
}

static bool check_code(const struct elf_section *section, const unsigned char *marks, struct failure *why)
{
	size_t n = section->size / sizeof(struct bpf_insn);

	for (size_t i = 0; i < n; i++) {
		struct bpf_insn insn, second = { 0 };

		memcpy(&insn, section->data + i * sizeof(insn), sizeof(insn));
		if (!check_instruction(section, i, &insn, marks[i], why))
			return false;
		if (insn.code != LOAD_ADDRESS)
			continue;
		if (++i < n)
			memcpy(&second, section->data + i * sizeof(second), sizeof(second));
		if (i == n || second.code || second.dst_reg || second.src_reg || second.off || marks[i])
			return refuse_at(why, section, i - 1, "half of an instruction");
	}
	return true;
}

static const struct elf_section *relocations_of(const struct elf_sections *sections, size_t target)
{
	for (size_t i = 1; i < sections->n; i++) {
		if (sections->items[i].type == SHT_REL && sections->items[i].info == target)
			return &sections->items[i];
	}
	return NULL;
}

bool object_code_check(const struct elf_sections *sections, struct failure *why)
{
	bool ok = true;

	for (size_t i = 1; ok && i < sections->n; i++) {
		const struct elf_section *section = &sections->items[i], *list = relocations_of(sections, i);
		unsigned char *marks = NULL;

		if (section->flags & SHF_EXECINSTR)
			marks = allocate(section->size / sizeof(struct bpf_insn), 1);
		ok = (!list || check_relocations(sections, list, marks, why)) &&
		     (!marks || check_code(section, marks, why));
		free(marks);
	}
	return ok;
}
