/* SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause */
/*
 * What a policy may cost: instructions the kernel's verifier has to walk, and
 * bytes of tables. The verifier gives up at a million instructions; a program
 * that needs a tenth of that loads on every supported kernel, also an older one
 * whose verifier is less clever.
 */
#ifndef SENTRY_BUDGET_H
#define SENTRY_BUDGET_H

#include "program.h"

#define BUDGET_INSNS 100000u
/* What a policy may set: of thousands of random policies the verifier walked up to 2.74 times the estimate, and it gives up at a million. */
#define BUDGET_INSNS_MOST 350000u
#define BUDGET_MEMORY (64ull << 20)

/* Of one block: what its functions came to. */
struct block_cost {
	uint64_t insns;    /* in the object: its entry, its ladder, and the functions they share with others */
	uint64_t verified; /* estimate of the verifier's work: the sum of the three parts */
	uint64_t rules, frame, tables; /* … for each part, as in struct block_insns */
};

uint64_t budget_insns_limit(const struct policy *policy);
uint64_t budget_memory_limit(const struct policy *policy);

/* The verifier's work for so many instructions of rules that are asked one after another. */
uint64_t budget_ladder_work(uint64_t insns);

/* Before any C is made: tables, and the least that the rules can come to. False with CODE_BUDGET or CODE_KERNEL_LIMITS reported. */
bool budget_check_program(struct diags *diags, const struct program *program);

/* Instructions of a block as built. */
struct block_insns {
	uint64_t ladder; /* its rules */
	uint64_t frame;  /* around them: parsing, verdicts, records */
	uint64_t tables; /* what asks connections, sets and limits */
	uint64_t questions; /* to sets that are kept as tables */
};

/*
 * Instructions of a block as built -> its cost. The estimate was fitted to what Linux 6.18 reports (verified_insns).
 */
struct block_cost budget_block_cost(const struct program_block *block, const struct block_insns *insns);

/* After the build: costs[i] belongs to program->blocks[i]. False with CODE_BUDGET reported. */
bool budget_check_costs(struct diags *diags, const struct program *program, const struct block_cost *costs);

/*
 * What a program may have, by any kernel: MAX_BPF_STACK, MAX_USED_MAPS, MAX_CALL_FRAMES, BPF_MAX_SUBPROGS and
 * BPF_COMPLEXITY_LIMIT_JMP_SEQ of its verifier; and how far a jump reaches, beyond which clang writes another one.
 */
#define BUDGET_STACK 512u
#define BUDGET_MAPS 64u
#define BUDGET_FRAMES 8u
#define BUDGET_FUNCTIONS 256u
#define BUDGET_BRANCHES 8192u
#define BUDGET_LONGEST 32767u

/* Of a block's program, with all that it calls. */
struct block_extent {
	uint32_t stack; /* bytes */
	uint32_t maps;
	uint32_t frames;
	uint32_t functions;
	uint64_t longest;  /* instructions of the longest function */
	uint64_t branches; /* most that a function has */
};

/* The same for what no policy can set, with CODE_KERNEL_LIMITS. */
bool budget_check_extents(struct diags *diags, const struct program *program, const struct block_extent *extents);

#endif
