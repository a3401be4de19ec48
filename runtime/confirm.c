/* SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause */
#include "confirm.h"

#include "carry_back.h"
#include "duration.h"
#include "memory.h"
#include "probe.h"
#include "quiet.h"
#include "seat.h"
#include "set_parts.h"

#include <errno.h>
#include <jansson.h>
#include <linux/bpf.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* Who confirms sits there and may do so again: it is no use to ask until the deadline. */
#define CONFIRM_PROBE_NS (5 * 1000000000ULL)

static bool is_pending(const struct site_state *state, const struct sentry_deadman *deadman)
{
	return deadman->deadline_ns && deadman->expected == gate_in_force(&state->gate);
}

bool confirm_none_pending(const struct site_state *state, struct failure *why)
{
	struct sentry_deadman deadman;
	char time[CLOCK_TEXT];

	if (!gate_deadman(&state->gate, &deadman, why))
		return false;
	return !is_pending(state, &deadman) ||
	       failure_set(why, EXIT_ENVIRONMENT,
			   "generation %u waits to be confirmed until %s: sentry-apply --confirm-now or --rollback first",
			   SENTRY_GENERATION_OF(deadman.expected), clock_format(deadman.deadline_ns, time));
}

/* "generation 4", "no policy" */
static const char *name_of(unsigned int generation, char text[static 32])
{
	if (generation)
		snprintf(text, 32, "generation %u", generation);
	else
		snprintf(text, 32, "no policy");
	return text;
}

bool confirm_say_expired(struct site_state *state, const struct history *history, struct failure *why)
{
	struct sentry_deadman deadman;
	char time[CLOCK_TEXT], name[32];

	if (!gate_deadman(&state->gate, &deadman, why))
		return false;
	if (!deadman.fired_ns)
		return true;
	say("generation %u was not confirmed in time: since %s, %s is in force again",
	    SENTRY_GENERATION_OF(deadman.expected), clock_format(deadman.fired_ns, time),
	    name_of(SENTRY_GENERATION_OF(deadman.back), name));
	history_mark(history, SENTRY_GENERATION_OF(deadman.expected), "not confirmed in time");
	history_again(history, SENTRY_GENERATION_OF(deadman.back), clock_format(deadman.fired_ns, time));
	return gate_forget_deadman(&state->gate, why);
}

/* The timer is stopped. Fails if it was faster. */
static bool disarm(struct site_state *state, const struct history *history, struct failure *why)
{
	struct sentry_deadman deadman;

	if (!gate_disarm(&state->gate, &deadman, why))
		return false;
	if (!deadman.fired_ns)
		return gate_forget_deadman(&state->gate, why);
	if (!confirm_say_expired(state, history, why))
		return false;
	return failure_set(why, EXIT_ROLLED_BACK, "too late: it had gone back already");
}

static bool go_back(struct site_state *state, const struct history *history, unsigned int from, unsigned int to,
		    const char *reason, struct failure *why)
{
	struct failure ignored;
	char time[CLOCK_TEXT], name[32];

	carry_back(state->site, from, to, BPF_ANY);
	if (!commit_back(state, to, why))
		return false;
	if (gate_grace(&state->gate, &ignored))
		carry_back(state->site, from, to, BPF_NOEXIST);
	history_mark(history, from, reason);
	history_again(history, to, clock_format(monotonic_ns(), time));
	done_set("%s is in force again", name_of(to, name));
	return true;
}

/* Whether the change still waits for us: somebody else may have confirmed it, or gone back, while nobody had the lock. */
static bool still_waits(const struct site_state *state, unsigned int generation, struct sentry_deadman *deadman,
			struct failure *why)
{
	if (!gate_deadman(&state->gate, deadman, why))
		return false;
	return (is_pending(state, deadman) && SENTRY_GENERATION_OF(deadman->expected) == generation) ||
	       deadman->fired_ns ||
	       failure_set(why, EXIT_APPLY_FAILED,
			   "while the probes were asked, somebody else has decided: see sentry-apply --status");
}

/* The lock is given up meanwhile: who wants to go back by hand need not wait for probes. */
static bool ask_probes(struct site_state *state, const struct apply *apply, __u64 deadline_ns, bool *answered,
		       struct failure *probe, struct failure *why)
{
	site_close(state->site);
	/* The last second is ours, to go back in order rather than by the timer. */
	*answered = probe_all(apply->probes, apply->n_probes, deadline_ns - 1000000000, probe);
	return site_lock(state->site, why) ||
	       (why->code ? false : failure_set(why, EXIT_APPLY_FAILED, "while the probes were asked, all was removed"));
}

static bool begin_probes(struct site_state *state, const struct history *history, const struct apply *apply,
			 unsigned int generation, __u64 deadline_ns, struct failure *why)
{
	struct sentry_deadman deadman;
	struct failure probe = { 0 };
	bool answered, ok;
	sigset_t before;
	char name[32];

	if (!ask_probes(state, apply, deadline_ns, &answered, &probe, why) ||
	    !still_waits(state, generation, &deadman, why))
		return false;
	if (answered) {
		if (!disarm(state, history, why))
			return false;
		done_set("generation %u is confirmed", generation);
		printf("all %zu probe%s answered: generation %u is confirmed\n", apply->n_probes,
		       apply->n_probes == 1 ? "" : "s", generation);
		return true;
	}
	quiet_begin(&before);
	ok = deadman.fired_ns ? confirm_say_expired(state, history, why)
			      : go_back(state, history, generation, SENTRY_GENERATION_OF(deadman.back),
					"a probe did not answer", why) &&
					gate_forget_deadman(&state->gate, why);
	quiet_end(&before);
	if (!ok)
		return false;
	return failure_set(why, EXIT_ROLLED_BACK, "%s\n%s: rolled back: %s is in force again", probe.text,
			   program_invocation_short_name, name_of(SENTRY_GENERATION_OF(deadman.back), name));
}

bool confirm_begin(struct site_state *state, const struct history *history, const struct apply *apply,
		   unsigned int generation, __u64 deadline_ns, struct failure *why)
{
	struct sentry_deadman deadman;
	char time[CLOCK_TEXT], name[32];

	if (!apply->confirm_ns)
		return begin_probes(state, history, apply, generation, deadline_ns, why);
	if (!gate_deadman(&state->gate, &deadman, why))
		return false;
	printf("until %s it waits for sentry-apply --confirm-now; then %s is in force again\n",
	       clock_format(deadline_ns, time), name_of(SENTRY_GENERATION_OF(deadman.back), name));
	return true;
}

/* Probes have not answered. The time may have run out over it. */
static bool not_confirmed(struct seat *seat, struct failure *why)
{
	struct sentry_deadman deadman;
	size_t used = strlen(why->text);
	char time[CLOCK_TEXT];

	if (!gate_deadman(&seat->state.gate, &deadman, why))
		return false;
	if (deadman.fired_ns) {
		why->code = EXIT_ROLLED_BACK;
		return confirm_say_expired(&seat->state, &seat->history, why) && false;
	}
	why->code = EXIT_APPLY_FAILED;
	snprintf(why->text + used, sizeof(why->text) - used, "\n%s: not confirmed; it goes back at %s",
		 program_invocation_short_name, clock_format(deadman.deadline_ns, time));
	return false;
}

static bool confirm(struct seat *seat, const struct apply *apply, struct failure *why)
{
	const struct record *record = &seat->generation.record;
	struct sentry_deadman deadman;
	__u64 limit;

	if (!gate_deadman(&seat->state.gate, &deadman, why))
		return false;
	if (deadman.fired_ns)
		return confirm_say_expired(&seat->state, &seat->history, why) &&
		       failure_set(why, EXIT_ROLLED_BACK, "there is nothing left to confirm");
	if (!is_pending(&seat->state, &deadman))
		return failure_set(why, EXIT_ENVIRONMENT, "nothing waits to be confirmed");
	limit = monotonic_ns() + CONFIRM_PROBE_NS;
	if (limit > deadman.deadline_ns)
		limit = deadman.deadline_ns;
	if (!probe_all(record->probes, record->n_probes, limit, why) ||
	    !probe_all(apply->probes, apply->n_probes, limit, why))
		return not_confirmed(seat, why);
	if (!disarm(&seat->state, &seat->history, why))
		return false;
	done_set("generation %u is confirmed", record->generation);
	printf("policy %s, generation %u, is confirmed\n", record->policies, record->generation);
	return true;
}

int confirm_now(const struct apply *apply)
{
	struct failure why = { 0 };
	struct seat seat;
	bool ok = seat_open(&seat, apply, &why) && confirm(&seat, apply, &why);

	seat_close(&seat);
	return ok ? EXIT_GOOD : say_failure(&why);
}

static bool is_ready(const struct site_state *state, unsigned int generation)
{
	return generation && gate_slot(&state->gate, generation) < SENTRY_GATE_SLOTS;
}

/* By the same store that put it in force the first time. */
static bool back_to(struct seat *seat, unsigned int generation, struct failure *why)
{
	char name[32];

	if (!go_back(&seat->state, &seat->history, seat->generation.id.number, generation, "rolled back", why) ||
	    !gate_forget_deadman(&seat->state.gate, why))
		return false;
	printf("%s is in force again; generation %u is not any more\n", name_of(generation, name),
	       seat->generation.id.number);
	return true;
}

/* What replaced nothing goes back to that only while it waits: it would have by itself. */
static bool back_to_none(struct seat *seat, struct failure *why)
{
	struct sentry_deadman deadman;

	if (!gate_deadman(&seat->state.gate, &deadman, why))
		return false;
	if (is_pending(&seat->state, &deadman) && !deadman.back)
		return back_to(seat, 0, why);
	return failure_set(why, EXIT_ENVIRONMENT,
			   "generation %u is the first: before it there was no policy (sentry-apply --remove goes back to "
			   "that)",
			   seat->generation.id.number);
}

/* What a generation of the history was applied with. Strings belong to `entry`. */
static bool apply_of(struct apply *again, const json_t *entry, const struct history *history, unsigned int generation,
		     struct path *paths, struct failure *why)
{
	const json_t *parts = json_object_get(entry, "policies"), *bindings = json_object_get(entry, "bindings");
	int tc = word_index(tc_words, json_string_value(json_object_get(entry, "tc")));

	again->tc = tc < 0 ? TC_AUTO : (enum tc_choice)tc;
	again->n_files = json_array_size(parts);
	again->files = allocate(again->n_files, sizeof(*again->files));
	for (size_t i = 0; i < again->n_files; i++) {
		const json_t *part = json_array_get(parts, i);

		if (!history_object(history, generation, i, &paths[i]))
			return failure_set(why, EXIT_ENVIRONMENT, "the history's names are too long");
		again->files[i] = (struct apply_file){ paths[i].text, json_string_value(json_object_get(part, "file")) };
	}
	for (size_t i = 0; i < json_array_size(bindings); i++) {
		const json_t *item = json_array_get(bindings, i);
		const char *role = json_string_value(json_object_get(item, "role"));
		const char *interface = json_string_value(json_object_get(item, "interface"));
		char text[512];

		snprintf(text, sizeof(text), "%s=%s", role ? role : "", interface ? interface : "");
		if (!bindings_add(&again->bindings, text, why))
			return false;
	}
	return true;
}

/* From the objects on disk: a generation with a number of its own. */
static int apply_again(const struct apply *apply, const struct history *history, unsigned int generation)
{
	json_t *entry = history_read(history, generation);
	size_t n = json_array_size(json_object_get(entry, "policies"));
	struct apply again = *apply;
	struct failure why = { 0 };
	struct path *paths;
	char message[64];
	int code;

	if (!entry) {
		failure_set(&why, EXIT_ENVIRONMENT, "generation %u is not in the history: sentry-apply --history shows what is",
			    generation);
		return say_failure(&why);
	}
	paths = allocate(n, sizeof(*paths));
	again.bindings = (struct bindings){ 0 };
	snprintf(message, sizeof(message), "rollback to generation %u", generation);
	if (!again.message)
		again.message = message;
	/* The namespace has been entered. */
	again.netns = NULL;
	code = apply_of(&again, entry, history, generation, paths, &why) ? apply_policy(&again) : say_failure(&why);
	bindings_free(&again.bindings);
	free(again.files);
	free(paths);
	json_decref(entry);
	return code;
}

/*
 * Who rolls back without a number means the change that waits. If the kernel was faster, what is in force is what that
 * replaced, and is not given up as well.
 */
static bool not_too_late(struct seat *seat, unsigned int generation, struct failure *why)
{
	struct sentry_deadman deadman;

	if (!gate_deadman(&seat->state.gate, &deadman, why))
		return false;
	if (!deadman.fired_ns)
		return true;
	return confirm_say_expired(&seat->state, &seat->history, why) &&
	       (generation || failure_set(why, EXIT_ROLLED_BACK, "too late: it had gone back already"));
}

int roll_back(const struct apply *apply, unsigned int generation)
{
	struct failure why = { 0 };
	bool from_disk = false;
	struct history history;
	sigset_t before;
	struct seat seat;
	bool ok = seat_open(&seat, apply, &why);

	/* As after a reboot: the history may still have it. */
	if (seat.nothing && generation) {
		seat_close(&seat);
		return apply_again(apply, &seat.history, generation);
	}
	ok = ok && not_too_late(&seat, generation, &why);
	ok = ok && (seat.found || generation ||
		    failure_set(&why, EXIT_ENVIRONMENT, "no policy is in force"));
	if (ok && seat.found && generation == seat.generation.id.number)
		ok = failure_set(&why, EXIT_USAGE, "generation %u is in force already", generation);
	if (ok && !generation && seat.found)
		generation = seat.generation.record.replaces;
	quiet_begin(&before);
	if (ok && seat.found && (is_ready(&seat.state, generation) || !generation))
		ok = generation ? back_to(&seat, generation, &why) : back_to_none(&seat, &why);
	else
		from_disk = ok;
	quiet_end(&before);
	history = seat.history;
	seat_close(&seat);
	if (from_disk)
		return apply_again(apply, &history, generation);
	return ok ? EXIT_GOOD : say_failure(&why);
}
