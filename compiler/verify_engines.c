/* SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause */
/* A sample of the packets as frames: every engine has to decide them as the model does. */
#include "verify_parts.h"

void verify_sample(struct verify_run *run, const struct reference_point *point)
{
	struct frame_sample *sample = &run->sample;
	struct packet_spec spec;

	if (!sample->room || sample->seen++ < sample->next || sample->n >= sample->room)
		return;
	/* Not every so-many-th: points come in rows that a fixed step would only ever meet in one place. */
	sample->next += 1 + verify_random(run) % (2 * sample->step - 1);
	if (!sample->frames) {
		sample->frames = ARENA_ARRAY(run->reference.arena, struct frame, sample->room);
		sample->texts = ARENA_ARRAY(run->reference.arena, const char *, sample->room);
	}
	verify_packet(run, point, &spec);
	sample->frames[sample->n] = frame_build(run->reference.arena, &spec);
	sample->texts[sample->n++] = packet_spec_text(run->reference.arena, &spec);
}

static struct verify_answer answer_of_slot(const struct verify_run *run, const struct decision *decision)
{
	struct verify_answer answer = { .verdict = decision->verdict };

	answer.name = policy_slot_name(run->verify->policy, decision->slot, NULL, &answer.rule);
	return answer;
}

static bool begin(struct engine *const engines[N_ENGINES])
{
	for (size_t e = 0; e < N_ENGINES; e++) {
		if (!engines[e])
			continue;
		if (engines[e]->ops->reset(engines[e]))
			return false;
		engines[e]->time_ns = ENGINE_TIME_BEGIN;
	}
	return true;
}

static bool judge(struct verify_run *run, struct engine *const engines[N_ENGINES], size_t block, size_t number)
{
	const struct frame *frame = &run->sample.frames[number];
	struct decision right, got;

	if (engine_run(engines[ENGINE_MODEL], block, frame, &right))
		return false;
	for (size_t e = ENGINE_NATIVE; e < N_ENGINES; e++) {
		if (!engines[e])
			continue;
		if (engine_run(engines[e], block, frame, &got))
			return false;
		if (got.verdict == right.verdict && got.slot == right.slot)
			continue;
		verify_differ(run, &(struct verify_difference){
			.block = run->block, .by = engine_names[e],
			.packet = arena_strdup(run->verify->arena, run->sample.texts[number]),
			.right = answer_of_slot(run, &right), .got = answer_of_slot(run, &got),
		});
	}
	return true;
}

bool verify_engines(struct verify_run *run, struct engine *const engines[N_ENGINES], const char **why)
{
	size_t block = policy_block_index(run->verify->policy, run->block);
	bool good = true;

	for (size_t i = 0; i < run->sample.n && good; i++) {
		good = (i % VERIFY_RESET_EVERY || begin(engines)) && judge(run, engines, block, i);
		run->result->frames += good;
	}
	for (size_t e = 0; e < N_ENGINES && !good; e++)
		if (engines[e] && *engines[e]->error)
			*why = arena_printf(run->verify->arena, "engine %s: %s", engine_names[e], engines[e]->error);
	return good;
}
