/* SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause */
#include "replay.h"

static void set_place(struct replay_slot *slot, struct span span)
{
	if (!span.source)
		return;
	slot->file = span.source->name;
	slot->line = source_position(span.source, span.begin).line;
}

struct replay_block *replay_block_of_policy(struct arena *arena, const struct policy *policy, const struct block *block)
{
	struct replay_block *view = ARENA_NEW(arena, struct replay_block);

	view->name = block->name;
	view->direction = block->direction == DIRECTION_INGRESS ? "ingress" : "egress";
	view->index = policy_block_index(policy, block);
	view->first_id = block->first_id;
	view->n_slots = SLOT_RULES + block->n_rules;
	view->slots = ARENA_ARRAY(arena, struct replay_slot, view->n_slots);
	for (size_t i = 0; i < SLOT_RULES; i++) {
		view->slots[i].name = slot_names[i];
		set_place(&view->slots[i], i == SLOT_DEFAULT ? block->default_span : block->span);
	}
	for (size_t i = 0; i < block->n_rules; i++) {
		view->slots[SLOT_RULES + i].name = block->rules[i]->name;
		set_place(&view->slots[SLOT_RULES + i], block->rules[i]->name_span);
	}
	view->runt.verdict = block->malformed;
	view->runt.slot = block->first_id + SLOT_MALFORMED;
	return view;
}

static struct replay_slot *find_slot(const struct replay_block *block, uint32_t slot)
{
	if (slot < block->first_id || slot - block->first_id >= block->n_slots)
		return NULL;
	return &block->slots[slot - block->first_id];
}

/* When a packet comes, by the capture's clock, which may stand still but not go back; one without times stands still. */
static void set_time(struct engine *engine, const struct frame *frame, uint64_t *first)
{
	uint64_t time;

	if (!*first)
		*first = frame->time_ns;
	time = frame->time_ns > *first ? ENGINE_TIME_BEGIN + (frame->time_ns - *first) : ENGINE_TIME_BEGIN;
	if (time > engine->time_ns)
		engine->time_ns = time;
}

enum replay_status replay_run(struct replay *replay)
{
	struct replay_block *block = replay->block;
	struct engine *engine = replay->engine;
	enum capture_status status;
	uint64_t first_time = 0;
	struct frame frame;

	while ((status = capture_next(replay->capture, &frame)) == CAPTURE_PACKET) {
		struct decision decision;
		struct replay_slot *slot;

		set_time(engine, &frame, &first_time);
		if (engine_judge(engine, block->index, &block->runt, &frame, &decision))
			return REPLAY_ENGINE_FAILED;
		slot = find_slot(block, decision.slot);
		if (!slot || decision.verdict >= N_VERDICTS) {
			snprintf(engine->error, sizeof(engine->error),
				 "packet %llu was decided by slot %u, which is none of block %s",
				 (unsigned long long)capture_count(replay->capture), decision.slot, block->name);
			return REPLAY_ENGINE_FAILED;
		}
		replay->packets++;
		replay->verdict_packets[decision.verdict]++;
		replay->verdict_bytes[decision.verdict] += frame.wire_size;
		slot->packets++;
		slot->bytes += frame.wire_size;
		if (replay->per_packet) {
			replay_print_packet(replay, &frame, &decision, slot->name);
			if (ferror(stdout))
				return REPLAY_OUTPUT_FAILED;
		}
	}
	return status == CAPTURE_END ? REPLAY_DONE : REPLAY_CAPTURE_DAMAGED;
}
