/* SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause */
#include "compile_measure.h"

#include "rulebook.h"
#include "witness.h"

#include <stdlib.h>
#include <string.h>

/* Packets of a block, of each IP version. */
#define MOST_PACKETS 32u
#define RUNS 7
/* A run takes about so long, but no more repeats than these. */
#define RUN_NS 500000u
#define MOST_REPEATS 20000u
#define FIRST_REPEATS 50u

struct packets {
	size_t n;
	struct frame frames[N_FAMILIES * MOST_PACKETS];
	size_t n_slots;
	uint32_t slots[N_FAMILIES * MOST_PACKETS];
};

struct measuring {
	struct compile *compile;
	struct arena scratch;
	const struct policy *policy;
	struct engine *engine;
};

static int compare(const void *a, const void *b)
{
	uint32_t x = *(const uint32_t *)a, y = *(const uint32_t *)b;

	return (x > y) - (x < y);
}

static bool seen(const struct packets *packets, uint32_t slot)
{
	for (size_t i = 0; i < packets->n_slots; i++)
		if (packets->slots[i] == slot)
			return true;
	return false;
}

/*
 * A packet that the rule matches, whoever decides it. Not one that the program would answer: making the answer is not
 * finding the rule.
 */
static void add_packet(struct measuring *m, const struct space *space, const struct block *block,
		       const struct cube *cube, struct packets *packets)
{
	struct decision decision;
	struct witness witness;

	witness_choose(&m->scratch, space, cube, &witness);
	witness_replay(m->policy, block, &witness, &decision);
	if (decision.verdict == VERDICT_REJECT || decision.slot == block->first_id + SLOT_MALFORMED)
		return;
	packets->frames[packets->n++] = frame_build(&m->scratch, &witness.spec);
	if (!seen(packets, decision.slot))
		packets->slots[packets->n_slots++] = decision.slot;
}

/* Of rules all over the block, and one of any kind. */
static void choose_packets(struct measuring *m, const struct block *block, struct packets *packets)
{
	for (unsigned family = 0; family < N_FAMILIES; family++) {
		const struct space *space = space_build(&m->scratch, &m->policy, 1, family);
		const struct rulebook *book = rulebook_build(&m->scratch, space, block);
		size_t step = book->n / (MOST_PACKETS - 1) + 1;
		struct cube any = cube_any(&m->scratch, space);

		for (size_t i = 0; i < book->n; i += step)
			if (book->entries[i].n_cubes)
				add_packet(m, space, block, &book->entries[i].cubes[0], packets);
		add_packet(m, space, block, &any, packets);
	}
}

/* The median of several runs. False with the reason in the engine. */
static bool time_frame(struct measuring *m, size_t block, const struct frame *frame, uint32_t *ns)
{
	uint32_t runs[RUNS], repeats;

	if (kernel_time(m->engine, block, frame, FIRST_REPEATS, &runs[0]))
		return false;
	repeats = RUN_NS / (runs[0] + 1);
	repeats = repeats < FIRST_REPEATS ? FIRST_REPEATS : repeats > MOST_REPEATS ? MOST_REPEATS : repeats;
	for (size_t i = 0; i < RUNS; i++)
		if (kernel_time(m->engine, block, frame, repeats, &runs[i]))
			return false;
	qsort(runs, RUNS, sizeof(runs[0]), compare);
	*ns = runs[RUNS / 2];
	return true;
}

static bool measure_block(struct measuring *m, size_t number, struct block_measure *out)
{
	const struct packet_spec arp = { .arp = true };
	struct frame other = frame_build(&m->scratch, &arp);
	uint32_t ns[N_FAMILIES * MOST_PACKETS];
	struct packets packets = { 0 };

	choose_packets(m, m->policy->blocks[number], &packets);
	for (size_t i = 0; i < packets.n; i++)
		if (!time_frame(m, number, &packets.frames[i], &ns[i]))
			return false;
	if (!packets.n || !time_frame(m, number, &other, &out->non_ip))
		return !packets.n;
	qsort(ns, packets.n, sizeof(ns[0]), compare);
	out->n_packets = packets.n;
	out->n_ways = packets.n_slots;
	out->least = ns[0];
	out->median = ns[packets.n / 2];
	out->most = ns[packets.n - 1];
	return true;
}

struct block_measure *compile_measure(struct compile *compile, const struct program *program, struct bytes object)
{
	struct block_measure *measures = ARENA_ARRAY(&compile->arena, struct block_measure, program->n_blocks + 1);
	struct measuring m = { .compile = compile, .policy = program->policy };
	bool good = true;

	m.engine = kernel_open_built(compile, program, object);
	if (!m.engine)
		return NULL;
	arena_init(&m.scratch);
	for (size_t i = 0; i < program->n_blocks && good; i++)
		good = measure_block(&m, i, &measures[i]);
	if (!good)
		snprintf(compile->error, sizeof(compile->error), "%s", m.engine->error);
	arena_fini(&m.scratch);
	engine_close(m.engine);
	return good ? measures : NULL;
}
