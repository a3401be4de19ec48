/* SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause */
/*
 * What the kernel's verifier counts over all functions that a program calls: bytes of stack, frames, and maps. What
 * clang was asked for is known, but what it spills to the stack is only known from the instructions.
 */
#include "object_parts.h"

#include <linux/bpf.h>
#include <string.h>

#define INSN_SIZE 8u
#define FRAME_REGISTER 10u
#define N_REGISTERS 11u
#define N_SCRATCH 6u /* r0 to r5, which a call does not keep */

/* The verifier rounds each frame up to 32 bytes; newer ones to 16, where the processor's compiler is used. */
#define FRAME_ALIGN 32u

struct insn {
	uint8_t code, dst, src;
	int16_t offset;
	int32_t immediate;
};

struct function_calls {
	size_t n, room;
	size_t *functions;
	bool *maps;               /* by number */
	bool *reached;            /* functions, itself too */
	uint32_t stack;           /* its own */
	uint64_t branches;        /* its own */
	bool visited;             /* what follows is known */
	uint32_t deepest, frames; /* with all that it calls */
};

/* A map, or a section of constants. */
struct map_place {
	size_t section;
	uint64_t value;
};

struct reading {
	struct arena *arena;
	Elf *elf;
	struct object_info *info;
	Elf_Data *symbols;
	bool big_endian;
	struct function_calls *calls;
	size_t n_maps, maps_room;
	struct map_place *maps;
};

static struct insn read_insn(const struct reading *r, const uint8_t *at)
{
	uint8_t low = at[1] & 15, high = at[1] >> 4;

	if (r->big_endian)
		return (struct insn){ at[0], high, low, (int16_t)(at[2] << 8 | at[3]),
				      (int32_t)((uint32_t)at[4] << 24 | (uint32_t)at[5] << 16 | (uint32_t)at[6] << 8 | at[7]) };
	return (struct insn){ at[0], low, high, (int16_t)(at[3] << 8 | at[2]),
			      (int32_t)((uint32_t)at[7] << 24 | (uint32_t)at[6] << 16 | (uint32_t)at[5] << 8 | at[4]) };
}

/* --- stack ----------------------------------------------------------------------- */

/* Which registers point into the frame, and where to; instructions are gone through as they stand, whatever jumps. */
struct frame_pointers {
	bool known[N_REGISTERS];
	int64_t offset[N_REGISTERS];
	int64_t lowest;
};

static void reach(struct frame_pointers *frame, unsigned base, int64_t offset)
{
	if (base < N_REGISTERS && frame->known[base] && frame->offset[base] + offset < frame->lowest)
		frame->lowest = frame->offset[base] + offset;
}

static void follow(struct frame_pointers *frame, const struct insn *insn)
{
	unsigned class = BPF_CLASS(insn->code), operation = BPF_OP(insn->code);
	bool by_register = BPF_SRC(insn->code) == BPF_X;

	if (class == BPF_LDX)
		reach(frame, insn->src, insn->offset);
	if (class == BPF_ST || class == BPF_STX)
		reach(frame, insn->dst, insn->offset);
	if (insn->code == (BPF_JMP | BPF_CALL))
		memset(frame->known, 0, N_SCRATCH * sizeof(*frame->known));
	if (class == BPF_ST || class == BPF_STX || class == BPF_JMP || class == BPF_JMP32 || insn->dst >= N_REGISTERS ||
	    insn->dst == FRAME_REGISTER)
		return;
	if (class == BPF_ALU64 && operation == BPF_MOV && by_register && insn->src < N_REGISTERS) {
		frame->known[insn->dst] = frame->known[insn->src];
		frame->offset[insn->dst] = frame->offset[insn->src];
	} else if (class == BPF_ALU64 && operation == BPF_ADD && !by_register && frame->known[insn->dst]) {
		frame->offset[insn->dst] += insn->immediate;
		reach(frame, insn->dst, 0);
	} else {
		frame->known[insn->dst] = false;
	}
}

static uint32_t own_stack(const struct reading *r, const uint8_t *code, uint64_t n)
{
	struct frame_pointers frame = { .known = { [FRAME_REGISTER] = true } };

	for (uint64_t i = 0; i < n; i++) {
		struct insn insn = read_insn(r, code + i * INSN_SIZE);

		follow(&frame, &insn);
		/* Of the two halves of a number of 64 bits the second is no instruction. */
		i += insn.code == (BPF_LD | BPF_IMM | BPF_DW);
	}
	return (uint32_t)-frame.lowest;
}

static uint64_t own_branches(const struct reading *r, const uint8_t *code, uint64_t n)
{
	uint64_t branches = 0;

	for (uint64_t i = 0; i < n; i++) {
		struct insn insn = read_insn(r, code + i * INSN_SIZE);
		unsigned class = BPF_CLASS(insn.code), operation = BPF_OP(insn.code);

		branches += (class == BPF_JMP || class == BPF_JMP32) && operation != BPF_JA && operation != BPF_CALL &&
			    operation != BPF_EXIT;
		i += insn.code == (BPF_LD | BPF_IMM | BPF_DW);
	}
	return branches;
}

/* --- calls and maps -------------------------------------------------------------- */

static void note_call(struct reading *r, size_t from, size_t section, uint64_t insn)
{
	for (size_t i = 0; i < r->info->n_functions; i++) {
		const struct object_function *function = &r->info->functions[i];

		if (function->section == section && insn >= function->begin && insn - function->begin < function->insns)
			*(size_t *)arena_push(r->arena, &r->calls[from].functions, &r->calls[from].n, &r->calls[from].room,
					      sizeof(size_t)) = i;
	}
}

static void note_map(struct reading *r, size_t from, size_t section, uint64_t value)
{
	size_t i = 0;

	while (i < r->n_maps && (r->maps[i].section != section || r->maps[i].value != value))
		i++;
	if (i == r->n_maps)
		*(struct map_place *)arena_push(r->arena, &r->maps, &r->n_maps, &r->maps_room, sizeof(*r->maps)) =
			(struct map_place){ section, value };
	if (i < OBJECT_MAPS_COUNTED)
		r->calls[from].maps[i] = true;
}

static void note_relocation(struct reading *r, size_t from, const struct insn *insn, const GElf_Sym *symbol)
{
	Elf_Scn *section = elf_getscn(r->elf, symbol->st_shndx);
	GElf_Shdr header;
	bool number = insn->code == (BPF_LD | BPF_IMM | BPF_DW);

	if (!section || !gelf_getshdr(section, &header))
		return;
	if (header.sh_flags & SHF_EXECINSTR)
		/* A call says how far behind the next instruction, in instructions; a function's address, in bytes. */
		note_call(r, from, symbol->st_shndx, number ? (symbol->st_value + (uint64_t)insn->immediate) / INSN_SIZE :
							      symbol->st_value / INSN_SIZE + (uint64_t)(insn->immediate + 1));
	else if (number)
		note_map(r, from, symbol->st_shndx, object_is_maps(r->elf, section) ? symbol->st_value : 0);
}

/* Functions that programs call lie in one section, where calls need no relocation. */
static void note_near_calls(struct reading *r, size_t from, const uint8_t *code)
{
	const struct object_function *function = &r->info->functions[from];

	for (uint64_t i = 0; i < function->insns; i++) {
		struct insn insn = read_insn(r, code + i * INSN_SIZE);

		if (insn.code == (BPF_JMP | BPF_CALL) && insn.src == BPF_PSEUDO_CALL && insn.immediate != -1)
			note_call(r, from, function->section, function->begin + i + 1 + (uint64_t)insn.immediate);
		i += insn.code == (BPF_LD | BPF_IMM | BPF_DW);
	}
}

static bool read_relocations(struct reading *r, size_t section, const Elf_Data *code)
{
	Elf_Scn *relocations = NULL;
	GElf_Shdr header;

	while ((relocations = elf_nextscn(r->elf, relocations))) {
		Elf_Data *data;
		GElf_Rel relocation;

		if (!gelf_getshdr(relocations, &header) || header.sh_type != SHT_REL || header.sh_info != section)
			continue;
		data = elf_getdata(relocations, NULL);
		for (int i = 0; data && gelf_getrel(data, i, &relocation); i++) {
			uint64_t at = relocation.r_offset / INSN_SIZE;
			struct insn insn;
			GElf_Sym symbol;

			if (code->d_size < INSN_SIZE || relocation.r_offset > code->d_size - INSN_SIZE ||
			    !gelf_getsym(r->symbols, (int)GELF_R_SYM(relocation.r_info), &symbol))
				return false;
			insn = read_insn(r, (const uint8_t *)code->d_buf + relocation.r_offset);
			for (size_t f = 0; f < r->info->n_functions; f++) {
				const struct object_function *function = &r->info->functions[f];

				if (function->section == section && at >= function->begin && at - function->begin < function->insns)
					note_relocation(r, f, &insn, &symbol);
			}
		}
	}
	return true;
}

/* --- over all that is called ------------------------------------------------------ */

static void add_up(struct reading *r, size_t number)
{
	struct function_calls *calls = &r->calls[number];

	/* Of functions that call each other, which the kernel refuses, either counts once. */
	if (calls->visited)
		return;
	calls->visited = true;
	calls->reached[number] = true;
	for (size_t i = 0; i < calls->n; i++) {
		struct function_calls *called = &r->calls[calls->functions[i]];

		add_up(r, calls->functions[i]);
		calls->deepest = called->deepest > calls->deepest ? called->deepest : calls->deepest;
		calls->frames = called->frames > calls->frames ? called->frames : calls->frames;
		for (size_t m = 0; m < OBJECT_MAPS_COUNTED; m++)
			calls->maps[m] |= called->maps[m];
		for (size_t f = 0; f < r->info->n_functions; f++)
			calls->reached[f] |= called->reached[f];
	}
	calls->deepest += ((calls->stack ? calls->stack : 1) + FRAME_ALIGN - 1) / FRAME_ALIGN * FRAME_ALIGN;
	calls->frames++;
}

bool object_read_calls(struct arena *arena, Elf *elf, Elf_Scn *symbols, struct object_info *info)
{
	struct reading r = {
		.arena = arena, .elf = elf, .info = info, .symbols = elf_getdata(symbols, NULL),
		.calls = ARENA_ARRAY(arena, struct function_calls, info->n_functions + 1),
	};
	const char *ident = elf_getident(elf, NULL);

	if (!r.symbols || !ident)
		return false;
	r.big_endian = ident[EI_DATA] == ELFDATA2MSB;
	for (size_t i = 0; i < info->n_functions; i++) {
		r.calls[i].maps = ARENA_ARRAY(arena, bool, OBJECT_MAPS_COUNTED);
		r.calls[i].reached = ARENA_ARRAY(arena, bool, info->n_functions);
	}
	for (size_t i = 0; i < info->n_functions; i++) {
		struct object_function *function = &info->functions[i];
		Elf_Scn *section = elf_getscn(elf, function->section);
		Elf_Data *code = section ? elf_getdata(section, NULL) : NULL;
		const uint8_t *begin;

		if (!code || function->begin > code->d_size / INSN_SIZE || function->insns > code->d_size / INSN_SIZE - function->begin)
			return false;
		begin = (const uint8_t *)code->d_buf + function->begin * INSN_SIZE;
		r.calls[i].stack = own_stack(&r, begin, function->insns);
		r.calls[i].branches = own_branches(&r, begin, function->insns);
		if (!function->entry)
			note_near_calls(&r, i, begin);
		/* Of a section's functions the first reads for all. */
		if (!i || info->functions[i - 1].section != function->section)
			if (!read_relocations(&r, function->section, code))
				return false;
	}
	for (size_t i = 0; i < info->n_functions; i++) {
		add_up(&r, i);
		info->functions[i].calls = r.calls[i].reached;
		info->functions[i].stack = r.calls[i].deepest;
		info->functions[i].frames = r.calls[i].frames;
		for (size_t m = 0; m < OBJECT_MAPS_COUNTED; m++)
			info->functions[i].maps += r.calls[i].maps[m];
		for (size_t f = 0; f < info->n_functions; f++) {
			struct object_function *function = &info->functions[i];

			if (!r.calls[i].reached[f])
				continue;
			function->functions++;
			if (info->functions[f].insns > function->longest)
				function->longest = info->functions[f].insns;
			if (r.calls[f].branches > function->branches)
				function->branches = r.calls[f].branches;
		}
	}
	return true;
}
