/* SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause */
#include "commit.h"

#include "ledger.h"
#include "map_walk.h"
#include "memory.h"

#include <bpf/bpf.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

bool state_open(struct site_state *state, struct site *site, struct failure *why)
{
	*state = (struct site_state){ .site = site };
	if (!gate_open(&state->gate, site, why))
		return false;
	if (hooks_read(&state->hooks, site, why))
		return true;
	state_close(state);
	return false;
}

bool state_open_present(struct site_state *state, struct site *site, struct failure *why)
{
	struct sentry_gate gate;

	*state = (struct site_state){ .site = site };
	switch (gate_read(site, &gate, why)) {
	case GATE_FAILED:
		return false;
	case GATE_FOUND:
		return state_open(state, site, why);
	default:
		return hooks_read(&state->hooks, site, why);
	}
}

void state_close(struct site_state *state)
{
	hooks_free(&state->hooks);
	if (state->gate.bpf)
		gate_close(&state->gate);
	*state = (struct site_state){ 0 };
}

static bool read_hooks_again(struct site_state *state, struct failure *why)
{
	hooks_free(&state->hooks);
	return hooks_read(&state->hooks, state->site, why);
}

/* --- which generations there are ---------------------------------------- */

struct roster {
	size_t n;
	struct member {
		struct generation generation;
		bool open;  /* its record can be read */
		bool kept;
	} *items;
};

static bool roster_read(struct roster *roster, const struct site *site, struct failure *why)
{
	struct generation_id *ids;
	struct failure unreadable;
	size_t n;

	*roster = (struct roster){ 0 };
	if (!site_generations(site, &ids, &n, why))
		return false;
	roster->items = allocate(n, sizeof(*roster->items));
	for (size_t i = 0; i < n; i++) {
		struct member *member = &roster->items[roster->n++];

		member->open = generation_open(&member->generation, site, ids[i], &unreadable);
	}
	free(ids);
	return true;
}

static void roster_free(struct roster *roster)
{
	for (size_t i = 0; i < roster->n; i++) {
		if (roster->items[i].open)
			generation_close(&roster->items[i].generation);
	}
	free(roster->items);
	*roster = (struct roster){ 0 };
}

static struct member *roster_find(const struct roster *roster, unsigned int number)
{
	for (size_t i = 0; number && i < roster->n; i++) {
		if (roster->items[i].generation.id.number == number)
			return &roster->items[i];
	}
	return NULL;
}

/* Those that stay: the one in force, what it goes back to, and then the youngest. */
static void choose(struct roster *roster, const struct site_state *state)
{
	struct member *now = roster_find(roster, SENTRY_GENERATION_OF(gate_in_force(&state->gate)));
	struct member *before = now && now->open ? roster_find(roster, now->generation.record.replaces) : NULL;
	size_t others = 0;

	if (now)
		now->kept = now->open;
	if (before && before->open && !before->generation.id.staged) {
		before->kept = true;
		others++;
	}
	for (size_t i = roster->n; i > 0 && others < GENERATIONS_KEPT; i--) {
		struct member *member = &roster->items[i - 1];

		if (member->kept || !member->open || member->generation.id.staged ||
		    gate_slot(&state->gate, member->generation.id.number) == SENTRY_GATE_SLOTS)
			continue;
		member->kept = true;
		others++;
	}
}

static bool wanted(const struct roster *roster, const struct hook *hook)
{
	for (size_t i = 0; i < roster->n; i++) {
		if (roster->items[i].kept && generation_attachment(&roster->items[i].generation, hook))
			return true;
	}
	return false;
}

/* --- slots and hooks ---------------------------------------------------- */

static bool vacate(struct site_state *state, unsigned int slot, struct failure *why)
{
	for (size_t i = 0; i < state->hooks.n; i++) {
		const struct held *held = &state->hooks.items[i];

		if (!gate_set_vacant(&state->gate, held->hook.means, held->number, slot, why))
			return false;
	}
	return true;
}

static bool set_stamp(struct site_state *state, bool stamp, struct failure *why)
{
	struct sentry_gate *gate = state->gate.state;

	if (gate->stamp == stamp)
		return true;
	__atomic_store_n(&gate->stamp, stamp, __ATOMIC_SEQ_CST);
	/* A packet without a stamp that has met its first hook is to be through before anything changes. */
	return !stamp || gate_grace(&state->gate, why);
}

/* Hooks that no generation wants any more. */
static bool drop_hooks(struct site_state *state, const struct roster *roster, struct failure *why)
{
	unsigned int in_force = SENTRY_GENERATION_OF(gate_in_force(&state->gate));
	const struct member *now = roster_find(roster, in_force);
	bool dropped = false;

	/* Of a generation without its record nobody knows which hooks it wants. */
	if (in_force && (!now || !now->open))
		return true;
	for (size_t i = 0; i < state->hooks.n; i++) {
		const struct held *held = &state->hooks.items[i];

		if (held->hook.ifindex && wanted(roster, &held->hook))
			continue;
		if (!hooks_remove(&state->gate, held, why))
			return false;
		dropped = true;
	}
	if (dropped && !read_hooks_again(state, why))
		return false;
	return hooks_need_stamp(&state->hooks) || set_stamp(state, false, why);
}

/* --- taking old generations apart --------------------------------------- */

/*
 * The kernel frees a map when its last pin goes, on some CPU of its choice. Large ones are given time, so that
 * what they take does not add up.
 */
static void pace(const char *path)
{
	int fd = bpf_obj_get(path);
	__u64 bytes = fd >= 0 ? map_memory(fd) : 0;

	if (fd >= 0)
		close(fd);
	if (bytes > 1U << 20)
		usleep((useconds_t)(bytes >> 20) * 500);
}

static bool discard(struct site_state *state, struct member *member, bool absorb, struct failure *why)
{
	int error;

	/* Only when the ledger has its counts may the generation go. */
	if (absorb && member->open && !ledger_absorb(state->site, &member->generation, why))
		return false;
	error = pin_remove_directory(&member->generation.path, pace);
	return !error || failure_set(why, EXIT_ENVIRONMENT, "cannot remove %s: %s", member->generation.path.text,
				     strerror(-error));
}

/* Slots of generations that go: void at once, and empty when no CPU can be on its way there. */
static bool clear_slots(struct site_state *state, const struct roster *roster, struct failure *why)
{
	bool cleared[SENTRY_GATE_SLOTS] = { false }, any = false;
	unsigned int in_force = SENTRY_GENERATION_OF(gate_in_force(&state->gate));

	for (unsigned int slot = 0; slot < SENTRY_GATE_SLOTS; slot++) {
		unsigned int number = state->gate.state->slots[slot];
		const struct member *member = roster_find(roster, number);

		/* What is in force stays, also if somebody has removed its pins: the program arrays hold its programs. */
		if (!number || number == in_force || (member && member->kept))
			continue;
		gate_set_slot(&state->gate, slot, 0, false);
		cleared[slot] = true;
		any = true;
	}
	if (any && !gate_grace(&state->gate, why))
		return false;
	for (unsigned int slot = 0; slot < SENTRY_GATE_SLOTS; slot++) {
		if (cleared[slot] && !vacate(state, slot, why))
			return false;
	}
	return true;
}

static bool collect(struct site_state *state, struct roster *roster, struct failure *why)
{
	bool ok;

	choose(roster, state);
	ok = clear_slots(state, roster, why) && drop_hooks(state, roster, why);
	for (size_t i = 0; ok && i < roster->n; i++) {
		struct member *member = &roster->items[i];

		/* A staged generation has counted nothing. What is in force stays, whatever became of its pins. */
		if (!member->kept && member->generation.id.number != SENTRY_GENERATION_OF(gate_in_force(&state->gate)))
			ok = discard(state, member, !member->generation.id.staged, why);
	}
	return ok;
}

/* --- the protocol ------------------------------------------------------- */

static bool fill_hook(struct site_state *state, const struct generation *staged, const struct held *held,
		      unsigned int slot, struct failure *why)
{
	const struct attachment *item = held->hook.ifindex ? generation_attachment(staged, &held->hook) : NULL;
	int program;
	bool ok;

	if (!item)
		return gate_set_pass(&state->gate, held->hook.means, held->number, slot, why);
	program = generation_program(staged, item);
	if (program < 0)
		return failure_set(why, EXIT_ENVIRONMENT, "cannot open program '%s': %s", item->program,
				   strerror(errno));
	ok = gate_set_program(&state->gate, held->hook.means, held->number, slot, program, why);
	close(program);
	return ok;
}

/*
 * Of a hook that somebody had taken away: generations that are ready want it as before. What cannot be read wants
 * nothing that one could know of.
 */
static bool fill_ready(struct site_state *state, const struct held *held, struct failure *why)
{
	bool ok = true;

	for (unsigned int slot = 0; ok && slot < SENTRY_GATE_SLOTS; slot++) {
		struct generation_id id = { .number = state->gate.state->slots[slot] };
		struct generation ready;
		struct failure unreadable;

		if (!id.number || !generation_open(&ready, state->site, id, &unreadable))
			continue;
		ok = fill_hook(state, &ready, held, slot, why);
		generation_close(&ready);
	}
	return ok;
}

static bool add_hooks(struct site_state *state, const struct record *record, struct outcome *outcomes,
		      struct failure *why)
{
	for (size_t i = 0; i < record->n; i++) {
		const struct attachment *item = &record->items[i];
		__u32 program;

		outcomes[i] = (struct outcome){ 0 };
		if (!hooks_find(&state->hooks, &item->hook)) {
			if (!hooks_add(&state->hooks, &state->gate, state->site, item, &outcomes[i], why) ||
			    !fill_ready(state, &state->hooks.items[state->hooks.n - 1], why))
				return false;
		} else if (item->hook.means == MEANS_XDP) {
			xdp_query(item->hook.ifindex, &outcomes[i].mode, &program);
		}
	}
	return true;
}

static bool fill(struct site_state *state, const struct generation *staged, struct failure *why)
{
	unsigned int slot = gate_slot(&state->gate, 0);

	if (slot == SENTRY_GATE_SLOTS)
		return failure_set(why, EXIT_ENVIRONMENT, "no slot is free in the dispatchers of %s",
				   state->site->home.text);
	for (size_t i = 0; i < state->hooks.n; i++) {
		if (!fill_hook(state, staged, &state->hooks.items[i], slot, why))
			return false;
	}
	gate_set_slot(&state->gate, slot, staged->id.number, generation_fails_open(staged));
	return true;
}

bool commit_prepare(struct site_state *state, const struct generation *staged, struct outcome *outcomes,
		    struct failure *why)
{
	return add_hooks(state, &staged->record, outcomes, why) &&
	       (!hooks_need_stamp(&state->hooks) || set_stamp(state, true, why)) && fill(state, staged, why);
}

void commit_abandon(struct site_state *state, const struct generation *staged)
{
	struct failure why = { 0 };
	struct roster roster;

	if (!read_hooks_again(state, &why) || !roster_read(&roster, state->site, &why)) {
		say_failure(&why);
		return;
	}
	if (!collect(state, &roster, &why))
		say_failure(&why);
	roster_free(&roster);
}

bool commit_switch(struct site_state *state, const struct generation *staged, __u64 deadline_ns, struct failure *why)
{
	__u64 from = gate_in_force(&state->gate);
	__u64 to = SENTRY_IN_FORCE(staged->id.number, gate_slot(&state->gate, staged->id.number));
	struct sentry_deadman deadman;
	struct failure ignored;

	/* Armed before: a kill in between leaves a timer that finds another word than it expects. */
	if (deadline_ns && !gate_arm(&state->gate, deadline_ns, to, from, why))
		return false;
	if (gate_switch(&state->gate, from, to))
		return true;
	if (deadline_ns)
		gate_disarm(&state->gate, &deadman, &ignored);
	return failure_set(why, EXIT_ENVIRONMENT, "something else has changed what is in force at this moment");
}

static bool finish(const struct site *site, struct generation *staged, struct failure *why)
{
	struct generation_id id = { .number = staged->id.number };
	struct path path;

	if (!site_generation_path(site, id, &path) || rename(staged->path.text, path.text) != 0)
		return failure_set(why, EXIT_ENVIRONMENT, "cannot rename %s: %s", staged->path.text, strerror(errno));
	staged->id = id;
	staged->path = path;
	return true;
}

void commit_settle(struct site_state *state, struct generation *staged)
{
	struct failure why = { 0 };
	struct roster roster = { 0 };
	bool ok = finish(state->site, staged, &why) && gate_grace(&state->gate, &why) &&
		  roster_read(&roster, state->site, &why) && collect(state, &roster, &why);

	roster_free(&roster);
	if (!ok)
		say("generation %u is in force; what is left of older ones could not be cleared away: %s",
		    staged->id.number, why.text);
}

bool commit_back(struct site_state *state, unsigned int generation, struct failure *why)
{
	unsigned int slot = gate_slot(&state->gate, generation);
	struct sentry_deadman deadman;
	__u64 from = gate_in_force(&state->gate);

	if (!gate_deadman(&state->gate, &deadman, why))
		return false;
	if (deadman.deadline_ns && !gate_disarm(&state->gate, &deadman, why))
		return false;
	if (generation && slot == SENTRY_GATE_SLOTS)
		return failure_set(why, EXIT_ENVIRONMENT, "generation %u is not ready any more", generation);
	return gate_switch(&state->gate, from, generation ? SENTRY_IN_FORCE(generation, slot) : 0) ||
	       failure_set(why, EXIT_ENVIRONMENT, "something else has changed what is in force at this moment");
}

static bool recover_deadman(struct site_state *state, struct failure *why)
{
	struct sentry_deadman deadman;

	if (!gate_deadman(&state->gate, &deadman, why))
		return false;
	if (deadman.deadline_ns && deadman.expected != gate_in_force(&state->gate))
		return gate_disarm(&state->gate, &deadman, why);
	return true;
}

static bool recover_staged(struct site_state *state, struct roster *roster, struct failure *why)
{
	__u32 now = SENTRY_GENERATION_OF(gate_in_force(&state->gate));

	for (size_t i = 0; i < roster->n; i++) {
		struct member *member = &roster->items[i];

		if (!member->generation.id.staged)
			continue;
		if (member->generation.id.number == now) {
			if (!finish(state->site, &member->generation, why))
				return false;
			say("finished generation %u, which an interrupted sentry-apply had put in force", now);
		} else if (member->open) {
			say("undid generation %u, which an interrupted sentry-apply had begun",
			    member->generation.id.number);
		}
	}
	return true;
}

bool commit_recover(struct site_state *state, struct failure *why)
{
	struct roster roster;
	bool ok;

	if (!hooks_sweep(&state->gate, state->site, why) || !read_hooks_again(state, why) ||
	    !recover_deadman(state, why) || !roster_read(&roster, state->site, why))
		return false;
	ok = recover_staged(state, &roster, why) && collect(state, &roster, why);
	roster_free(&roster);
	return ok;
}

bool commit_remove(struct site_state *state, struct failure *why)
{
	struct roster roster;
	bool ok = (!state->gate.bpf || commit_back(state, 0, why)) && roster_read(&roster, state->site, why);

	if (!ok)
		return false;
	for (size_t i = 0; ok && i < state->hooks.n; i++)
		ok = hooks_remove(NULL, &state->hooks.items[i], why);
	for (size_t i = 0; ok && i < roster.n; i++)
		ok = discard(state, &roster.items[i], false, why);
	roster_free(&roster);
	if (!ok)
		return false;
	ledger_remove(state->site);
	gate_remove(state->site);
	return true;
}

void commit_prune(struct site_state *state)
{
	struct failure ignored;
	struct generation_id *ids;
	size_t n;

	if (gate_in_force(&state->gate) || !read_hooks_again(state, &ignored) || state->hooks.n ||
	    !site_generations(state->site, &ids, &n, &ignored))
		return;
	free(ids);
	if (n)
		return;
	ledger_remove(state->site);
	gate_remove(state->site);
}
