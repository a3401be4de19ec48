/* SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause */
/* The same packets, additions to sets and times through all engines; every decision has to be the same. */
#include "packets.h"
#include "run.h"

#include "budget.h"

#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* Tables that make room hold other elements in the kernel than in the model: what is full is only loaded there. */
#define ROOMY 1000u
/* Attempts to do without some of the events before a disagreement. */
#define REPLAYS_MAX 400u

/* --- the engines ------------------------------------------------------------------- */

static bool is_roomy(const struct policy *policy)
{
	bool roomy = !policy->states.used || policy->states.max >= ROOMY;

	for (size_t i = 0; i < policy->n_sets; i++)
		roomy &= policy->sets[i]->max >= ROOMY;
	return roomy;
}

/* What the kernel says of the programs that this process holds: libbpf does not pass it on. */
static uint64_t most_verified(void)
{
	DIR *directory = opendir("/proc/self/fdinfo");
	struct dirent *entry;
	uint64_t most = 0;

	while (directory && (entry = readdir(directory))) {
		char path[300], line[200];
		unsigned long long number;
		FILE *file;

		snprintf(path, sizeof(path), "/proc/self/fdinfo/%s", entry->d_name);
		file = fopen(path, "r");
		while (file && fgets(line, sizeof(line), file))
			if (sscanf(line, "verified_insns: %llu", &number) == 1 && number > most)
				most = number;
		if (file)
			fclose(file);
	}
	if (directory)
		closedir(directory);
	return most;
}

static void note_cost(struct run *run)
{
	struct counts *counts = &run->outcome->counts;
	uint64_t estimate = 0;

	counts->verified = most_verified();
	counts->verified_seed = run->options->seed;
	counts->verified_limit = budget_insns_limit(run->policy);
	for (size_t i = 0; run->compile->costs && i < run->program->n_blocks; i++)
		if (run->compile->costs[i].verified > estimate)
			estimate = run->compile->costs[i].verified;
	if (estimate) {
		counts->underestimate = (double)counts->verified / (double)estimate;
		counts->underestimate_seed = run->options->seed;
	}
}

/* For the tests of this test: one rule gives another verdict than it says, for as long as an engine is opened. */
static struct rule *sabotaged(struct run *run)
{
	for (size_t b = 0; b < run->policy->n_blocks; b++)
		for (size_t r = 0; r < run->policy->blocks[b]->n_rules; r++) {
			struct rule *rule = run->policy->blocks[b]->rules[r];

			if (rule->action == ACTION_ALLOW || rule->action == ACTION_DENY)
				return rule;
		}
	return NULL;
}

static void flip(struct rule *rule)
{
	rule->action = rule->action == ACTION_ALLOW ? ACTION_DENY : ACTION_ALLOW;
	rule->verdict = rule->verdict == VERDICT_ALLOW ? VERDICT_DENY : VERDICT_ALLOW;
}

static struct engine *open_engine(struct run *run, enum engine_kind kind)
{
	const char *sabotage = run->options->sabotage;
	struct rule *rule = sabotage && !strcmp(sabotage, engine_names[kind]) ? sabotaged(run) : NULL;
	struct engine *engine;

	if (rule)
		flip(rule);
	engine = engine_open(run->compile, kind, run->policy);
	if (rule)
		flip(rule);
	return engine;
}

/* The kernel first: what its budget refuses needs no other. False where the run is over. */
static bool open_engines(struct run *run, struct engine *engines[N_ENGINES])
{
	enum failure only = run->options->only;
	bool repeats = only == FAILURE_DISAGREEMENT;

	if (run->options->kernel && !(repeats && run->outcome->engine != ENGINE_KERNEL)) {
		engines[ENGINE_KERNEL] = open_engine(run, ENGINE_KERNEL);
		if (!engines[ENGINE_KERNEL] && diags_have_errors(&run->compile->diags)) {
			for (const struct diag *diag = run->compile->diags.first; diag; diag = diag->next) {
				if (diag->severity != SEVERITY_ERROR)
					continue;
				run->outcome->counts.refused[diag->code] = 1;
				if (diag->code != CODE_BUDGET)
					return run_failed(run, FAILURE_BUILD, "%s", diag->message);
				if (!strstr(diag->message, "limit is") || !diag->span.source)
					return run_failed(run, FAILURE_NAMELESS, "%s", diag->message);
			}
			return false;
		}
		if (!engines[ENGINE_KERNEL])
			return run_failed(
				run, !strncmp(run->compile->error, "the kernel", 10) ? FAILURE_LOAD : FAILURE_BUILD,
				"%s", run->compile->error);
		run->outcome->counts.loaded = 1;
		note_cost(run);
	}
	if (only != FAILURE_NONE && !repeats && only != FAILURE_BUILD)
		return false;
	engines[ENGINE_MODEL] = open_engine(run, ENGINE_MODEL);
	if (!(repeats && run->outcome->engine != ENGINE_NATIVE)) {
		engines[ENGINE_NATIVE] = open_engine(run, ENGINE_NATIVE);
		if (!engines[ENGINE_NATIVE])
			return run_failed(run, FAILURE_BUILD, "%s", run->compile->error);
	}
	return true;
}

/* --- events ------------------------------------------------------------------------ */

static struct frame event_frame(const struct outcome *outcome, const struct event *event)
{
	return (struct frame){ .data = outcome->frames + event->offset,
			       .size = event->size,
			       .wire_size = event->wire_size };
}

/* Samples by packet are each engine's own draw; those of flows are not. */
static bool samples_flows_only(const struct policy *policy)
{
	for (size_t b = 0; b < policy->n_blocks; b++)
		for (size_t r = 0; r < policy->blocks[b]->n_rules; r++) {
			const struct rule *rule = policy->blocks[b]->rules[r];

			if ((rule->action == ACTION_SAMPLE && !rule->sample_flow) ||
			    (rule->log_sample && !rule->log_sample_flow))
				return false;
		}
	return true;
}

struct play {
	struct run *run;
	struct engine **engines;
	bool samples; /* to be compared */
	bool quiet;   /* nothing is counted or told: only whether it fails */
};

static bool differ(struct play *play, size_t block, enum engine_kind kind, const struct decision *model,
		   const struct decision *other)
{
	const struct policy *policy = play->run->policy;

	if (model->verdict == other->verdict && model->slot == other->slot && model->log == other->log &&
	    (!play->samples || model->sampled == other->sampled))
		return false;
	play->run->outcome->engine = kind;
	if (!play->quiet)
		run_failed(play->run, FAILURE_DISAGREEMENT, "block %s: model says %s by %s%s%s, %s says %s by %s%s%s",
			   policy->blocks[block]->name, verdict_names[model->verdict],
			   policy_slot_name(policy, model->slot, NULL, NULL), model->log ? ", log" : "",
			   model->sampled ? ", sampled" : "", engine_names[kind], verdict_names[other->verdict],
			   policy_slot_name(policy, other->slot, NULL, NULL), other->log ? ", log" : "",
			   other->sampled ? ", sampled" : "");
	return true;
}

static bool play_packet(struct play *play, const struct event *event)
{
	struct outcome *outcome = play->run->outcome;
	struct frame frame = event_frame(outcome, event);

	for (size_t block = 0; block < play->run->policy->n_blocks; block++) {
		struct decision decisions[N_ENGINES];

		memset(decisions, 0, sizeof(decisions));
		for (enum engine_kind e = 0; e < N_ENGINES; e++)
			if (play->engines[e] && engine_run(play->engines[e], block, &frame, &decisions[e])) {
				outcome->engine = e;
				return play->quiet ? false :
						     run_failed(play->run, FAILURE_DISAGREEMENT, "%s: %s",
								engine_names[e], play->engines[e]->error);
			}
		outcome->counts.decisions += !play->quiet;
		for (enum engine_kind e = ENGINE_NATIVE; e < N_ENGINES; e++)
			if (play->engines[e] && differ(play, block, e, &decisions[ENGINE_MODEL], &decisions[e]))
				return false;
	}
	outcome->counts.packets += !play->quiet;
	return true;
}

static bool play_add(struct play *play, const struct event *event)
{
	const struct policy *policy = play->run->policy;

	for (size_t i = 0; i < policy->n_sets; i++)
		for (enum engine_kind e = 0; e < N_ENGINES && !strcmp(policy->sets[i]->name, event->set); e++)
			if (play->engines[e] &&
			    play->engines[e]->ops->add(play->engines[e], i, &event->element, event->timeout_ns)) {
				play->run->outcome->engine = e;
				return play->quiet ? false :
						     run_failed(play->run, FAILURE_DISAGREEMENT, "%s: %s",
								engine_names[e], play->engines[e]->error);
			}
	return true;
}

static bool play_event(struct play *play, const struct event *event)
{
	for (enum engine_kind e = 0; e < N_ENGINES; e++)
		if (play->engines[e])
			play->engines[e]->time_ns = event->time_ns;
	return event->kind == EVENT_PACKET ? play_packet(play, event) : play_add(play, event);
}

static bool begin(struct play *play)
{
	for (enum engine_kind e = 0; e < N_ENGINES; e++)
		if (play->engines[e] && play->engines[e]->ops->reset(play->engines[e])) {
			play->run->outcome->engine = e;
			return run_failed(play->run, FAILURE_DISAGREEMENT, "%s: %s", engine_names[e],
					  play->engines[e]->error);
		}
	return true;
}

static bool play_all(struct play *play, const struct event *events, size_t n)
{
	if (!begin(play))
		return false;
	for (size_t i = 0; i < n; i++)
		if (!play_event(play, &events[i]))
			return false;
	return true;
}

/* The fewest events that still fail, by leaving out ever smaller parts. */
static void minimise(struct play *play)
{
	struct outcome *outcome = play->run->outcome;
	size_t n = outcome->n_events, replays = 0;
	struct event *events = outcome->events, kept[EVENTS_MAX];

	play->quiet = true;
	for (size_t part = n; part && replays < REPLAYS_MAX; part /= 2)
		for (size_t at = 0; at < n && n > 1 && replays < REPLAYS_MAX;) {
			size_t end = at + part < n ? at + part : n;

			memcpy(kept, events, at * sizeof(*kept));
			memcpy(kept + at, events + end, (n - end) * sizeof(*kept));
			replays++;
			if (n - (end - at) == 0 || play_all(play, kept, n - (end - at))) {
				at = end;
				continue;
			}
			n -= end - at;
			memcpy(events, kept, n * sizeof(*kept));
		}
	outcome->n_events = n;
	/* Once more, for the words. */
	play->quiet = false;
	play_all(play, events, n);
}

static bool record(struct run *run, const struct event *event, const struct frame *frame)
{
	struct outcome *outcome = run->outcome;
	struct event *slot = &outcome->events[outcome->n_events];

	if (outcome->n_events == EVENTS_MAX || (frame && frame->size > FRAMES_ROOM - outcome->frames_used))
		return false;
	*slot = *event;
	if (frame) {
		slot->offset = outcome->frames_used;
		slot->size = frame->size;
		slot->wire_size = frame->wire_size;
		memcpy(outcome->frames + slot->offset, frame->data, frame->size);
		outcome->frames_used += frame->size;
	}
	outcome->n_events++;
	return true;
}

static void random_element(struct packets *packets, const struct set *set, struct event *event)
{
	struct rng *rng = packets->rng;
	struct set_element *element = &event->element;
	bool last = packets->last.proto && rng_chance(rng, 60);

	element->family = last ? packets->last.family : rng_below(rng, N_FAMILIES);
	element->address = last ? packets->last.src : packets_address(packets, element->family);
	element->prefix = family_bits(element->family);
	if (set->types[0] == AST_SET_NET) {
		element->prefix = element->family == FAMILY_V4 ? 24 : 64;
		element->address &= ~u128_ones(family_bits(element->family) - element->prefix);
	}
	for (unsigned i = 1; i < set->n_types; i++) {
		if (set->types[i] == AST_SET_PORT)
			element->port = last ? packets->last.sport : (uint16_t)rng_below(rng, 65536);
		else
			element->proto = last ? packets->last.proto : rng_chance(rng, 50) ? 6 : 17;
	}
	/* In sets without a timeout elements stay for ever: they may be kept as tables, which know no time. */
	event->timeout_ns = !set->timeout_ns ? 0 : rng_chance(rng, 50) ? set->timeout_ns : 1000000000;
	snprintf(event->set, sizeof(event->set), "%s", set->name);
}

/* To no set that is soon full: what comes from outside is refused then. */
static bool add_random(struct play *play, struct packets *packets, uint64_t time)
{
	struct run *run = play->run;
	const struct set *set = run->policy->sets[rng_below(&run->rng, (unsigned)run->policy->n_sets)];
	struct event event = { .kind = EVENT_ADD, .time_ns = time };

	if (set->max < ROOMY)
		return true;
	random_element(packets, set, &event);
	return !record(run, &event, NULL) || play_event(play, &run->outcome->events[run->outcome->n_events - 1]);
}

static bool play_random(struct play *play)
{
	static const uint64_t pauses[] = { 0, 0, 1, 1000000, 20000000, 500000000, 1000000000, 2000000000, 61000000000 };
	struct run *run = play->run;
	uint64_t time = ENGINE_TIME_BEGIN;
	struct packets packets;
	struct arena arena;
	bool good = true;

	arena_init(&arena);
	packets_init(&packets, &arena, &run->rng, run->policy, run->options->captured);
	for (unsigned i = 0; good && i < run->options->packets; i++) {
		struct event event = { .kind = EVENT_PACKET, .time_ns = time };
		struct frame frame;

		if (run->outcome->n_events == 0) {
			good = begin(play);
			run->outcome->frames_used = 0;
		}
		if (good && run->policy->n_sets && rng_chance(&run->rng, 5))
			good = add_random(play, &packets, time);
		frame = packets_next(&packets);
		if (good && record(run, &event, &frame))
			good = play_event(play, &run->outcome->events[run->outcome->n_events - 1]);
		else
			run->outcome->n_events = good ? 0 : run->outcome->n_events;
		time += pauses[rng_below(&run->rng, sizeof(pauses) / sizeof(pauses[0]))];
	}
	arena_fini(&arena);
	return good;
}

bool run_engines(struct run *run)
{
	struct engine *engines[N_ENGINES] = { NULL };
	struct play play = { .run = run, .engines = engines, .samples = samples_flows_only(run->policy) };
	bool good = true;

	if (open_engines(run, engines)) {
		if (!is_roomy(run->policy)) {
			engine_close(engines[ENGINE_KERNEL]);
			engines[ENGINE_KERNEL] = NULL;
			run->outcome->counts.full_tables++;
		}
		if (run->options->only != FAILURE_NONE) {
			good = play_all(&play, run->outcome->events, run->outcome->n_events);
		} else {
			run->outcome->n_events = 0;
			good = play_random(&play);
			if (!good)
				minimise(&play);
		}
	}
	for (enum engine_kind e = 0; e < N_ENGINES; e++)
		engine_close(engines[e]);
	return good && run->outcome->failure == FAILURE_NONE;
}
