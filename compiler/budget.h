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
/* What a policy may set: of thousands of random policies the verifier walked up to 2.5 times the estimate. */
#define BUDGET_INSNS_MOST 400000u
#define BUDGET_MEMORY (64ull << 20)

/* Of one block: what its functions came to. */
struct block_cost {
	uint64_t insns;    /* in the object: its entry, its ladder, and the functions they share with others */
	uint64_t verified; /* estimate of the verifier's work: the sum of the three parts */
	uint64_t rules, frame, tables; /* … for each part, as in struct block_insns */
};

uint64_t budget_insns_limit(const struct policy *policy);
uint64_t budget_memory_limit(const struct policy *policy);

/* Before any C is made: tables, and the least that the rules can come to. False with CODE_BUDGET reported. */
bool budget_check_program(struct diags *diags, const struct program *program);

/* Instructions of a block as built. */
struct block_insns {
	uint64_t ladder; /* its rules */
	uint64_t frame;  /* around them: parsing, verdicts, records */
	uint64_t tables; /* what asks connections, sets and limits */
};

/*
 * Instructions of a block as built -> its cost. The estimate was fitted to what Linux 6.18 reports (verified_insns).
 */
struct block_cost budget_block_cost(const struct program *program, const struct program_block *block,
				    const struct block_insns *insns);

/* After the build: costs[i] belongs to program->blocks[i]. False with CODE_BUDGET reported. */
bool budget_check_costs(struct diags *diags, const struct program *program, const struct block_cost *costs);

#endif
