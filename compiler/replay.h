/* SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause */
/*
 * A capture judged packet by packet in one block, and what came of it: between
 * verb_replay.c and its reports. A block is seen here as its slots, so that a
 * policy and an object without its policy look the same.
 */
#ifndef SENTRY_REPLAY_H
#define SENTRY_REPLAY_H

#include "capture.h"
#include "compile.h"

struct replay_slot {
	const char *name;
	const char *file; /* of the rule; NULL if not known */
	uint32_t line;
	uint64_t packets;
	uint64_t bytes;
};

struct replay_block {
	const char *name;
	const char *direction;
	size_t index;
	uint32_t first_id;
	size_t n_slots;   /* SLOT_RULES pseudo-rules, then the rules */
	struct replay_slot *slots;
	struct engine_runt runt;
};

struct replay {
	struct engine *engine;
	enum engine_kind kind;
	struct replay_block *block;
	struct capture *capture;
	bool json;
	bool per_packet;
	uint64_t packets;
	uint64_t verdict_packets[N_VERDICTS];
	uint64_t verdict_bytes[N_VERDICTS];
};

/* The slots of a policy's block; arena memory. */
struct replay_block *replay_block_of_policy(struct arena *arena, const struct policy *policy,
					    const struct block *block);

/* The blocks of an object, in the order of its manifest. */
struct replay_object {
	const char *policy;
	size_t n_blocks;
	struct replay_block *blocks;
};

/* False with a message in `error`. */
bool replay_object_read(struct arena *arena, const char *path, struct replay_object *object, char *error, size_t room);
/* As policy_block; `name` NULL: the only one. */
struct replay_block *replay_object_block(const struct replay_object *object, const char *name);

enum replay_status {
	REPLAY_DONE,
	REPLAY_CAPTURE_DAMAGED, /* what came before is counted */
	REPLAY_ENGINE_FAILED,   /* engine->error */
	REPLAY_OUTPUT_FAILED,   /* nobody reads the results */
};

/* Judges every packet, printing each if per_packet. */
enum replay_status replay_run(struct replay *replay);

/* To standard output. */
void replay_print_packet(const struct replay *replay, const struct frame *frame, const struct decision *decision,
			 const char *rule);
void replay_print_summary(const struct replay *replay);

#endif
