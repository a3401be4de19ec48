/* SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause */
#include "effort.h"

#include <time.h>

/* Between two looks at the clock. */
#define NODES_PER_LOOK 1024u

static double now(void)
{
	struct timespec time;

	clock_gettime(CLOCK_MONOTONIC, &time);
	return (double)time.tv_sec + (double)time.tv_nsec * 1e-9;
}

void effort_init(struct effort *effort, double seconds, uint64_t max_nodes)
{
	*effort = (struct effort){
		.seconds = seconds,
		.max_nodes = max_nodes ? max_nodes : EFFORT_NODES,
		.deadline = seconds > 0 ? now() + seconds : 0,
	};
}

bool effort_left(struct effort *effort)
{
	if (effort->nodes > effort->max_nodes || (effort->deadline > 0 && now() > effort->deadline))
		effort->spent = true;
	return !effort->spent;
}

bool effort_take(struct effort *effort, uint64_t nodes)
{
	uint64_t before = effort->nodes;

	effort->nodes += nodes;
	if (effort->spent)
		return false;
	if (effort->nodes > effort->max_nodes || before / NODES_PER_LOOK != effort->nodes / NODES_PER_LOOK)
		return effort_left(effort);
	return true;
}

const char *effort_spent(struct arena *arena, const struct effort *effort)
{
	if (effort->nodes > effort->max_nodes)
		return arena_printf(arena, "%llu steps were allowed: `sentryc check --max-nodes N` gives more",
				    (unsigned long long)effort->max_nodes);
	return arena_printf(arena, "%g s were allowed: `sentryc check --timeout TIME` gives more", effort->seconds);
}
