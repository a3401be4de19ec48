/* SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause */
#include "state_count.h"

#include "map_walk.h"
#include "set_parts.h"
#include "snapshot.h"

#include <errno.h>
#include <string.h>
#include <unistd.h>

const char *const stage_words[N_STAGES] = {
	"none", "opening", "syn2", "synack", "established", "fin1", "fin2", "closed",
};

struct walk {
	struct state_count *count;
	void (*visit)(void *context, const struct sentry_flow_key *key, __u64 word, __u64 now);
	void *context;
};

static void take(void *context, const void *entry_key, const void *entry_value)
{
	const struct sentry_state *state = entry_value;
	const struct sentry_flow_key *key = entry_key;
	const struct walk *walk = context;
	struct state_count *count = walk->count;

	count->present++;
	if (SENTRY_STATE_EXPIRES(state->word) <= count->now) {
		count->expired++;
		return;
	}
	count->counts[key->protocol][SENTRY_STATE_STAGE(state->word) % N_STAGES]++;
	if (walk->visit)
		walk->visit(walk->context, key, state->word, count->now);
}

bool state_count(struct state_count *count, const struct generation *generation, size_t part,
		 void (*visit)(void *context, const struct sentry_flow_key *key, __u64 word, __u64 now), void *context,
		 struct failure *why)
{
	const struct manifest_states *states = &generation->record.parts[part].states;
	struct walk walk = { count, visit, context };
	int map;
	bool ok;

	*count = (struct state_count){ .tracked = states->map, .now = monotonic_ns() };
	if (!states->map)
		return true;
	map = snapshot_map(generation, part, states->map, why);
	if (map < 0)
		return false;
	ok = map_walk(map, take, &walk);
	if (!ok)
		failure_set(why, EXIT_ENVIRONMENT, "the connections cannot be read: %s", strerror(errno));
	close(map);
	return ok;
}
