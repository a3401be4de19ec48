// SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause
/*
 * The dispatcher: the one program that stays attached to a hook. It finds out which generation of the policy
 * judges the packet and goes on in that generation's program. Built once, when Packet Sentry is; each hook
 * has a copy of its own, with its number as a constant, so that every tail call has a constant index: the kernel
 * makes a direct jump of such a call (0.2 ns; 13 ns by an index that varies).
 *
 * The first hook that a packet meets reads which generation is in force and stamps it on the packet; later hooks
 * obey the stamp. So each packet is judged by one generation, whenever the word in force changes.
 */
#include "types.h"
#include "kernel.h"
#include "dispatch.h"

enum {
	BPF_MAP_TYPE_PROG_ARRAY = 3,
};

static long (*const bpf_xdp_adjust_meta)(struct xdp_md *xdp, int delta) = (void *)54;
static long (*const bpf_timer_init)(void *timer, void *map, __u64 flags) = (void *)169;
static long (*const bpf_timer_set_callback)(void *timer, void *callback) = (void *)170;
static long (*const bpf_timer_start)(void *timer, __u64 ns, __u64 flags) = (void *)171;
static long (*const bpf_timer_cancel)(void *timer) = (void *)172;

#define CLOCK_MONOTONIC 1

/* Set at load time: the number of the hook; and 1 where programs for frames of several buffers are called. */
const volatile __u32 hook = 0;
const volatile __u32 sentry_xdp_frags __attribute__((used)) = 0;

MAP_ARRAY(gate, struct sentry_gate, 1, BPF_F_MMAPABLE);
MAP_ARRAY(stampers, __u64, SENTRY_STAMPERS_MAX / 64, 0);
MAP_PERCPU_ARRAY(misses, struct sentry_misses, 1);

#define MAP_PROGRAMS(NAME)                                \
	struct {                                          \
		__uint(type, BPF_MAP_TYPE_PROG_ARRAY);    \
		__uint(max_entries, SENTRY_PROGRAMS_MAX); \
		__uint(key_size, sizeof(__u32));          \
		__uint(value_size, sizeof(__u32));        \
	} NAME SEC(".maps")

/* The kernel keeps program types apart. */
MAP_PROGRAMS(xdp_programs);
MAP_PROGRAMS(tc_programs);

/* The kernel knows it by its name. */
struct bpf_timer {
	__u64 opaque[2];
} __attribute__((aligned(8)));

struct deadman {
	struct bpf_timer timer;
	__u64 deadline_ns;
	__u64 expected;
	__u64 back;
	__u64 fired_ns;
};

_Static_assert(sizeof(struct deadman) == sizeof(struct sentry_deadman), "the two say the same");

MAP_ARRAY(deadman, struct deadman, 1, 0);

/*
 * A call that comes back only if there is no program. Its text is different for each slot, lest clang make
 * one call with a varying index of them.
 */
#define CALL(ctx, programs, slot)                                                     \
	__asm__ volatile("r1 = %[context]\n\t"                                        \
			 "r2 = %[map] ll\n\t"                                         \
			 "r3 = %[index]\n\t"                                          \
			 "call 12 # slot " #slot                                      \
			 :                                                            \
			 : [context] "r"(ctx), [map] "i"(&programs),                  \
			   [index] "r"(SENTRY_PROGRAM_INDEX(hook, slot))              \
			 : "r0", "r1", "r2", "r3", "r4", "r5", "memory")

#define CALL_SLOT(ctx, programs, slot)                \
	do {                                          \
		switch (slot) {                       \
		case 0:                               \
			CALL(ctx, programs, 0);       \
			break;                        \
		case 1:                               \
			CALL(ctx, programs, 1);       \
			break;                        \
		case 2:                               \
			CALL(ctx, programs, 2);       \
			break;                        \
		case 3:                               \
			CALL(ctx, programs, 3);       \
			break;                        \
		}                                     \
	} while (0)

_Static_assert(SENTRY_GATE_SLOTS == 4, "CALL_SLOT has as many cases");

static __always_inline struct sentry_misses *missed(void)
{
	return map_at(&misses, 0);
}

/* Of a packet that nobody judges: true if it shall pass, as the policy in force says. */
static __always_inline bool fails_open(const struct sentry_gate *state)
{
	return read_once(state->fail_open) >> (SENTRY_SLOT_OF(read_once(state->in_force)) & 3) & 1;
}

static __always_inline bool is_late(const struct sentry_gate *state, __u32 generation, __u32 slot)
{
	struct sentry_misses *count;

	if (read_once(state->slots[slot & 3]) == generation)
		return false;
	count = missed();
	if (count)
		count->late++;
	return true;
}

static __always_inline bool passes_empty(const struct sentry_gate *state)
{
	struct sentry_misses *count = missed();

	if (count)
		count->empty++;
	return fails_open(state);
}

static __always_inline void stamp_frame(struct xdp_md *ctx, const struct sentry_gate *state, __u64 word)
{
	struct sentry_misses *count;
	struct sentry_stamp *stamp;

	if (!bpf_xdp_adjust_meta(ctx, -(int)sizeof(*stamp))) {
		stamp = (void *)(unsigned long)ctx->data_meta;
		if ((void *)(stamp + 1) > (void *)(unsigned long)ctx->data)
			return;
		stamp->tag = state->tag;
		stamp->slot = SENTRY_SLOT_OF(word);
		stamp->generation = SENTRY_GENERATION_OF(word);
		return;
	}
	count = missed();
	if (count)
		count->unstamped++;
}

SEC("xdp") int sentry_xdp(struct xdp_md *ctx)
{
	const struct sentry_gate *state = map_at(&gate, 0);
	__u64 word;

	if (!state)
		return XDP_DROP;
	word = read_once(state->in_force);
	if (!SENTRY_GENERATION_OF(word))
		return XDP_PASS;
	if (read_once(state->stamp))
		stamp_frame(ctx, state, word);
	CALL_SLOT(ctx, xdp_programs, SENTRY_SLOT_OF(word));
	return passes_empty(state) ? XDP_PASS : XDP_DROP;
}

/* What XDP wrote before the frame, if it is there and ours: the word in force then; else 0. */
static __always_inline __u64 stamped_frame(const struct __sk_buff *ctx, const struct sentry_gate *state)
{
	const struct sentry_stamp *stamp = (void *)(unsigned long)ctx->data_meta;

	if ((void *)(stamp + 1) > (void *)(unsigned long)ctx->data || stamp->tag != state->tag)
		return 0;
	return SENTRY_IN_FORCE(stamp->generation, stamp->slot);
}

SEC("tc") int sentry_tc_ingress(struct __sk_buff *ctx)
{
	const struct sentry_gate *state = map_at(&gate, 0);
	__u64 word;

	if (!state)
		return TC_ACT_SHOT;
	word = read_once(state->in_force);
	if (!SENTRY_GENERATION_OF(word))
		return TC_ACT_UNSPEC;
	if (read_once(state->stamp)) {
		__u64 stamped = stamped_frame(ctx, state);

		if (stamped) {
			word = stamped;
			if (is_late(state, SENTRY_GENERATION_OF(word), SENTRY_SLOT_OF(word)))
				return fails_open(state) ? TC_ACT_UNSPEC : TC_ACT_SHOT;
		}
		ctx->tc_index = SENTRY_INDEX(SENTRY_GENERATION_OF(word), SENTRY_SLOT_OF(word));
	}
	CALL_SLOT(ctx, tc_programs, SENTRY_SLOT_OF(word));
	return passes_empty(state) ? TC_ACT_UNSPEC : TC_ACT_SHOT;
}

/* The index that a tc ingress hook of ours has stamped; 0 if it is none of ours. */
static __always_inline __u32 stamped_index(const struct __sk_buff *ctx)
{
	__u32 index = ctx->tc_index, interface = ctx->ingress_ifindex;
	const __u64 *bits;

	if (!(index & SENTRY_INDEX_VALID) || !interface)
		return 0;
	bits = map_at(&stampers, interface / 64);
	return bits && read_once(*bits) >> (interface & 63) & 1 ? index : 0;
}

SEC("tc") int sentry_tc_egress(struct __sk_buff *ctx)
{
	const struct sentry_gate *state = map_at(&gate, 0);
	__u64 word;
	__u32 slot;

	if (!state)
		return TC_ACT_SHOT;
	word = read_once(state->in_force);
	if (!SENTRY_GENERATION_OF(word))
		return TC_ACT_UNSPEC;
	slot = SENTRY_SLOT_OF(word);
	if (read_once(state->stamp)) {
		__u64 stamped = stamped_frame(ctx, state);
		__u32 index = stamped ? 0 : stamped_index(ctx);
		__u32 generation = SENTRY_GENERATION_OF(word);

		if (stamped) {
			generation = SENTRY_GENERATION_OF(stamped);
			slot = SENTRY_SLOT_OF(stamped);
		} else if (index) {
			slot = SENTRY_INDEX_SLOT(index);
			generation = read_once(state->slots[slot & 3]);
			if ((generation & 0x1fff) != SENTRY_INDEX_GENERATION(index))
				generation = ~0u;
		}
		if (is_late(state, generation, slot))
			return fails_open(state) ? TC_ACT_UNSPEC : TC_ACT_SHOT;
	}
	CALL_SLOT(ctx, tc_programs, slot);
	return passes_empty(state) ? TC_ACT_UNSPEC : TC_ACT_SHOT;
}

/* In the slot of a generation that has no use for the hook. */
SEC("xdp") int sentry_xdp_pass(struct xdp_md *ctx)
{
	return XDP_PASS;
}

SEC("tc") int sentry_tc_pass(struct __sk_buff *ctx)
{
	return TC_ACT_UNSPEC;
}

/* In a slot whose generation is gone. No stamp leads here any more; should something, it is as if nothing were there. */
SEC("xdp") int sentry_xdp_vacant(struct xdp_md *ctx)
{
	const struct sentry_gate *state = map_at(&gate, 0);

	return state && passes_empty(state) ? XDP_PASS : XDP_DROP;
}

SEC("tc") int sentry_tc_vacant(struct __sk_buff *ctx)
{
	const struct sentry_gate *state = map_at(&gate, 0);

	return state && passes_empty(state) ? TC_ACT_UNSPEC : TC_ACT_SHOT;
}

/* Runs when the time to confirm is over, and with no process of ours alive. */
static int deadline(void *map, __u32 *key, struct deadman *man)
{
	struct sentry_gate *state = map_at(&gate, 0);

	if (!state || !man->deadline_ns)
		return 0;
	man->deadline_ns = 0;
	if (__sync_val_compare_and_swap(&state->in_force, man->expected, man->back) == man->expected)
		man->fired_ns = bpf_ktime_get_ns();
	return 0;
}

/* Run by the runtime, as a test run: arms the timer for what is in the map. Returns 0, or an error. */
SEC("tc") int sentry_arm(struct __sk_buff *ctx)
{
	struct deadman *man = map_at(&deadman, 0);
	__u64 now = bpf_ktime_get_ns();
	long error;

	if (!man || !man->deadline_ns)
		return -22;
	/* The timer of an earlier change may be there. */
	bpf_timer_init(&man->timer, &deadman, CLOCK_MONOTONIC);
	error = bpf_timer_set_callback(&man->timer, deadline);
	if (error)
		return (int)error;
	return (int)bpf_timer_start(&man->timer, man->deadline_ns > now ? man->deadline_ns - now : 1, 0);
}

SEC("tc") int sentry_disarm(struct __sk_buff *ctx)
{
	struct deadman *man = map_at(&deadman, 0);

	if (!man)
		return -22;
	man->deadline_ns = 0;
	return (int)bpf_timer_cancel(&man->timer);
}

SENTRY_LICENSE;
