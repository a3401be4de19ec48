/* SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause */
/*
 * The three ways to judge a packet, behind one door: the model interprets
 * `struct policy`; native runs the generated C compiled for this host; kernel
 * runs the object with BPF_PROG_TEST_RUN. All must agree on verdict and rule.
 */
#ifndef SENTRY_ENGINE_H
#define SENTRY_ENGINE_H

#include "frame.h"
#include "policy.h"

enum engine_kind {
	ENGINE_MODEL,
	ENGINE_NATIVE,
	ENGINE_KERNEL,
	N_ENGINES
};

extern const char *const engine_names[N_ENGINES]; /* "model", "native", "kernel" */

struct decision {
	enum verdict verdict; /* as the rule says: reject stays reject where the hook cannot send */
	uint32_t slot;        /* which rule or pseudo-rule decided */
	bool log;             /* a matched rule asked for a log record */
	bool sampled;         /* a sample was taken, in this engine's own draw */
};

struct engine;

struct engine_ops {
	/* 0, or negative errno with a message in engine->error. `block` indexes policy.blocks. */
	int (*run)(struct engine *engine, size_t block, const struct frame *frame, struct decision *decision);
	/* Connections, rates and sets become empty. 0 or negative errno, as above. */
	int (*reset)(struct engine *engine);
	/* Adds to policy.sets[set] at engine->time_ns; `timeout_ns` 0: never goes. 0 or negative errno, as above. */
	int (*add)(struct engine *engine, size_t set, const struct set_element *element, uint64_t timeout_ns);
	void (*close)(struct engine *engine);
};

/* Where the clock of an engine begins: far enough from 0 for everything that may have happened before. */
#define ENGINE_TIME_BEGIN 86400000000000u

struct engine {
	const struct engine_ops *ops;
	const struct policy *policy; /* NULL for an engine made from an object */
	uint64_t time_ns;            /* when the next packet comes; set by the caller, never backwards */
	char error[512];
};

/* `frame` is at least an Ethernet header long: callers that cannot tell use engine_judge. */
static inline int engine_run(struct engine *engine, size_t block, const struct frame *frame, struct decision *decision)
{
	return engine->ops->run(engine, block, frame, decision);
}

static inline uint64_t engine_time(const struct engine *engine)
{
	return engine->time_ns ? engine->time_ns : ENGINE_TIME_BEGIN;
}

/* What decides a frame that no hook would ever be given. */
struct engine_runt {
	enum verdict verdict; /* of the block's `malformed` */
	uint32_t slot;
};

/*
 * engine_run for any frame: what is shorter than an Ethernet header is malformed
 * in every engine, without a run, for the kernel would not take it.
 */
int engine_judge(struct engine *engine, size_t block, const struct engine_runt *runt, const struct frame *frame,
		 struct decision *decision);

static inline void engine_close(struct engine *engine)
{
	if (engine)
		engine->ops->close(engine);
}

/* The model: cannot fail but for want of memory. */
struct engine *model_open(const struct policy *policy);

/* How the model came to a decision: one entry per rule tried, in order. */
struct model_step {
	const struct rule *rule;
	bool matched;
	const struct term *term;    /* the term that matched, or the one that came furthest */
	const struct pred *failed;  /* its first predicate that did not hold; NULL: wrong IP version */
	const struct pred *hangs_on; /* the rest of `term` holds, and this asks for what only a running host knows */
};

/* What only a running host knows, for one packet: as witnesses pin it. All zero: a new connection, in no set, over no rate. */
struct world {
	enum state state;
	size_t n_members;
	const struct world_member *members; /* which address is in which set; what is not listed is not */
	size_t n_exceeded;
	const char *const *exceeded;        /* the rate-limit rules whose rate the packet exceeds */
};

struct world_member {
	const char *set;
	enum field field; /* FIELD_SRC or FIELD_DST, … */
};

/*
 * Judges one frame and writes at most `room` steps; *n_steps is how many there
 * were. steps may be NULL. Connection state, dynamic sets and rates are not known
 * here: a rule that hangs on one is passed over, and its step says so. `sampled`
 * tells that a rule with a sample matched, not that the draw fell on this packet.
 */
void model_decide(const struct policy *policy, const struct block *block, const struct frame *frame,
		  struct decision *decision, struct model_step *steps, size_t room, size_t *n_steps);

/* The same where nothing is unknown: no step hangs on anything. */
void model_decide_in(const struct policy *policy, const struct block *block, const struct frame *frame,
		     const struct world *world, struct decision *decision, struct model_step *steps, size_t room,
		     size_t *n_steps);

/*
 * The fields of a frame as the model reads them, for explain and replay. No code
 * in common with the templates. has[] tells which fields the packet has.
 */
enum model_class {
	MODEL_IP,
	MODEL_NON_IP,
	MODEL_MALFORMED,
};

/* The packet that an ICMP error quotes. */
struct model_quoted {
	bool there;       /* all of its IP header and eight bytes behind it */
	u128 src, dst;
	unsigned proto;
	uint16_t sport, dport; /* 0 where there is none */
	uint16_t icmp_id;
	uint8_t icmp_type;
};

struct model_packet {
	enum model_class class;
	enum family family;
	bool has[16];     /* by enum field */
	u128 value[16];
	uint16_t icmp_id; /* of an ICMP query */
	struct model_quoted quoted;
	const char *why;  /* of MODEL_MALFORMED: what is wrong, for explain */
};

void model_parse(const struct frame *frame, struct model_packet *packet);

#endif
