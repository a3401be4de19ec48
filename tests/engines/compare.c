/* SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause */
/*
 * compare [--mutate N] POLICY CAPTURE…: every packet of every capture through
 * every block of a policy in all three engines; verdict, deciding rule and log
 * must be the same. With --mutate, N damaged copies of each packet go the same
 * way: bytes changed, the end cut off. The damage depends only on its place, so
 * that a finding repeats.
 */
#include "capture.h"
#include "compile.h"
#include "engine.h"

#include <string.h>
#include <stdlib.h>

struct totals {
	unsigned long captures, refused, packets, decisions, disagreements;
	unsigned long slots[4096]; /* how often the model chose each */
};

static uint64_t next_random(uint64_t *state)
{
	/* xorshift64*: Vigna, "An experimental exploration of Marsaglia's xorshift generators, scrambled", 2016 */
	*state ^= *state >> 12;
	*state ^= *state << 25;
	*state ^= *state >> 27;
	return *state * 2685821657736338717ull;
}

static void print_frame(const struct frame *frame)
{
	for (uint32_t i = 0; i < frame->size && i < 120; i++)
		printf("%02x%s", frame->data[i], i % 16 == 15 ? "\n    " : " ");
	printf("(%u bytes of %u)\n", frame->size, frame->wire_size);
}

/* Each capture begins with empty tables, and time goes by as it says. */
static bool begin(struct engine *const engines[N_ENGINES])
{
	for (int e = 0; e < N_ENGINES; e++) {
		if (engines[e] && engines[e]->ops->reset(engines[e]))
			return false;
		if (engines[e])
			engines[e]->time_ns = ENGINE_TIME_BEGIN;
	}
	return true;
}

static void set_time(struct engine *const engines[N_ENGINES], const struct frame *frame, uint64_t *first)
{
	if (!*first)
		*first = frame->time_ns;
	for (int e = 0; e < N_ENGINES && frame->time_ns > *first; e++)
		if (engines[e] && ENGINE_TIME_BEGIN + frame->time_ns - *first > engines[e]->time_ns)
			engines[e]->time_ns = ENGINE_TIME_BEGIN + frame->time_ns - *first;
}

static bool compare(struct engine *const engines[N_ENGINES], const struct policy *policy, const struct frame *frame,
		    struct totals *totals)
{
	for (size_t block = 0; block < policy->n_blocks; block++) {
		struct decision decisions[N_ENGINES];

		memset(decisions, 0, sizeof(decisions));
		for (int e = 0; e < N_ENGINES; e++) {
			if (!engines[e])
				continue;
			if (engine_run(engines[e], block, frame, &decisions[e])) {
				printf("%s: %s\n", engine_names[e], engines[e]->error);
				print_frame(frame);
				return false;
			}
		}
		totals->decisions++;
		totals->slots[decisions[ENGINE_MODEL].slot % 4096]++;
		for (int e = 1; e < N_ENGINES; e++) {
			const struct decision *model = &decisions[ENGINE_MODEL], *other = &decisions[e];

			if (!engines[e] || (model->verdict == other->verdict && model->slot == other->slot &&
					    model->log == other->log))
				continue;
			if (totals->disagreements++ >= 10)
				continue;
			printf("block %s: model says %s by %s%s, %s says %s by %s%s\n    ", policy->blocks[block]->name,
			       verdict_names[model->verdict], policy_slot_name(policy, model->slot, NULL, NULL),
			       model->log ? ", log" : "", engine_names[e], verdict_names[other->verdict],
			       policy_slot_name(policy, other->slot, NULL, NULL), other->log ? ", log" : "");
			print_frame(frame);
		}
	}
	return true;
}

/* A damaged copy of `frame` in `room`. */
static struct frame mutate(const struct frame *frame, uint8_t room[FRAME_MAX], uint64_t *random)
{
	struct frame copy = *frame;
	uint64_t r = next_random(random);

	memcpy(room, frame->data, frame->size);
	copy.data = room;
	if (frame->size > 15 && r % 3 == 0) {
		copy.size = 15 + (uint32_t)(r >> 8) % (frame->size - 15);
		/* Cut by a snap length, or never longer on the wire. */
		if (r % 2)
			copy.wire_size = copy.size;
		return copy;
	}
	for (uint64_t n = 1 + (r >> 4) % 3; n; n--) {
		uint32_t reach = frame->size < 80 ? frame->size : 80;

		r = next_random(random);
		if (reach > 12)
			room[12 + (r >> 8) % (reach - 12)] = r % 4 ? (uint8_t)(r >> 40) : room[12 + (r >> 32) % (reach - 12)];
	}
	return copy;
}

static bool run_capture(struct engine *const engines[N_ENGINES], const struct policy *policy, const char *path,
			unsigned long mutations, struct totals *totals)
{
	char error[512];
	struct capture *capture = capture_open(path, error, sizeof(error));
	uint64_t random = 0x9e3779b97f4a7c15ull, first_time = 0;
	static uint8_t room[FRAME_MAX];
	enum capture_status status;
	struct frame frame;
	bool good = true;

	if (!capture) {
		/* Refused for its link type: that must be said, and is no failure here. */
		totals->refused++;
		if (strlen(error) < 10) {
			printf("%s: refused without a reason\n", path);
			return false;
		}
		return true;
	}
	totals->captures++;
	good = begin(engines);
	while (good && (status = capture_next(capture, &frame)) == CAPTURE_PACKET) {
		unsigned long before = totals->disagreements;

		set_time(engines, &frame, &first_time);
		totals->packets++;
		good = compare(engines, policy, &frame, totals);
		for (unsigned long i = 0; good && i < mutations; i++) {
			struct frame damaged = mutate(&frame, room, &random);

			good = compare(engines, policy, &damaged, totals);
		}
		if (totals->disagreements != before && before < 10)
			printf("    in %s, packet %lu\n", path, (unsigned long)capture_count(capture));
	}
	capture_close(capture);
	return good;
}

int main(int argc, char **argv)
{
	static struct totals totals;
	struct engine *engines[N_ENGINES] = { NULL };
	struct compile compile;
	const struct policy *policy;
	unsigned long mutations = 0, unreached = 0;
	bool good = true;
	int first = 1;

	if (argc > 2 && !strcmp(argv[1], "--mutate")) {
		mutations = strtoul(argv[2], NULL, 10);
		first = 3;
	}
	if (argc < first + 2) {
		fprintf(stderr, "usage: compare [--mutate N] POLICY CAPTURE…\n");
		return 2;
	}
	compile_init(&compile);
	policy = compile_policy(&compile, argv[first], NULL);
	if (!policy) {
		diags_print(&compile.diags, stderr, false);
		return 1;
	}
	engines[ENGINE_MODEL] = model_open(policy);
	engines[ENGINE_NATIVE] = native_open(&compile, policy);
	if (!engines[ENGINE_NATIVE]) {
		printf("native: %s\n", compile.error);
		return 1;
	}
	if (!getenv("NO_KERNEL")) {
		engines[ENGINE_KERNEL] = kernel_open(&compile, policy);
		if (!engines[ENGINE_KERNEL]) {
			printf("kernel: %s\n", compile.error);
			return 1;
		}
	}
	for (int i = first + 1; good && i < argc; i++)
		good = run_capture(engines, policy, argv[i], mutations, &totals);

	for (uint32_t slot = 0; slot < policy->n_slots && slot < 4096; slot++)
		if (!totals.slots[slot])
			unreached++;
	printf("# %s: %lu captures (%lu refused for their link type or format), %lu packets, %lu decisions in %s engines, "
	       "%lu of %u rules reached, %lu disagreements\n",
	       policy->name, totals.captures, totals.refused, totals.packets, totals.decisions,
	       engines[ENGINE_KERNEL] ? "three" : "two", policy->n_slots - unreached, policy->n_slots,
	       totals.disagreements);
	for (int e = 0; e < N_ENGINES; e++)
		engine_close(engines[e]);
	compile_fini(&compile);
	return good && !totals.disagreements && totals.packets ? 0 : 1;
}
