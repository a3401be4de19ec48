/* SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause */
/* What the engines have in common. */
#include "compile.h"

#include <string.h>

#define ETHERNET_HEADER 14

const char *const engine_names[N_ENGINES] = { "model", "native", "kernel" };

struct engine *engine_open(struct compile *compile, enum engine_kind kind, const struct policy *policy)
{
	struct engine *engine;

	switch (kind) {
	case ENGINE_NATIVE:
		return native_open(compile, policy);
	case ENGINE_KERNEL:
		return kernel_open(compile, policy);
	default:
		engine = model_open(policy);
		if (!engine)
			snprintf(compile->error, sizeof(compile->error), "out of memory");
		return engine;
	}
}

int engine_judge(struct engine *engine, size_t block, const struct engine_runt *runt, const struct frame *frame,
		 struct decision *decision)
{
	if (frame->size >= ETHERNET_HEADER)
		return engine_run(engine, block, frame, decision);
	memset(decision, 0, sizeof(*decision));
	decision->verdict = runt->verdict;
	decision->slot = runt->slot;
	return 0;
}
