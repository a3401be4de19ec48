/* SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause */
/*
 * The same names as kernel.h has, for code that is built for the machine at hand
 * and called as a library: see native_abi.h. One thread at a time.
 */
#ifndef SENTRY_NATIVE_H
#define SENTRY_NATIVE_H

#include "native_abi.h"

#define SEC(name)
#define SENTRY_LICENSE _Static_assert(1, "a library needs no license section")

/* Frames lie at any address here. */
#define __wire __attribute__((may_alias, packed))

/* --- contexts ------------------------------------------------------------ */

#define xdp_md native_frame
#define __sk_buff native_frame

enum {
	XDP_ABORTED,
	XDP_DROP,
	XDP_PASS,
	XDP_TX,
	XDP_REDIRECT,
};

enum {
	TC_ACT_UNSPEC = -1,
	TC_ACT_OK = 0,
	TC_ACT_SHOT = 2,
	TC_ACT_REDIRECT = 7,
};

/* --- maps ---------------------------------------------------------------- */

enum {
	BPF_F_MMAPABLE = 1 << 10,
};

#define MAP_ARRAY(NAME, TYPE, ENTRIES, FLAGS) TYPE NAME[ENTRIES]
#define MAP_PERCPU_ARRAY(NAME, TYPE, ENTRIES) TYPE NAME[ENTRIES]
#define MAP_RINGBUF(NAME, BYTES) struct native_events NAME
#define MAP_LRU_HASH(NAME, KEY, VALUE, ENTRIES) \
	struct native_map NAME = { .key_size = sizeof(KEY), .value_size = sizeof(VALUE), .max = (ENTRIES), .lru = 1 }
#define MAP_SET_HASH(NAME, ENTRIES)                                                                      \
	struct native_map NAME = { .key_size = sizeof(struct sentry_end_key),                            \
				   .value_size = sizeof(struct sentry_element), .max = (ENTRIES) }
#define MAP_SET_LRU(NAME, ENTRIES) MAP_LRU_HASH(NAME, struct sentry_end_key, struct sentry_element, ENTRIES)
#define MAP_SET_TABLE(NAME) struct native_table NAME

/* Flags of an update. */
enum {
	BPF_ANY,
	BPF_NOEXIST,
};

/* Whoever loads the library gives it these. */
struct native_tables native_tables;

#define map_find(map, key) native_tables.find((map)->table, (key))
#define map_put(map, key, value, flags) native_tables.put((map)->table, (key), (value), (flags))

#define SET_TABLE_VERSION struct native_table
#define SET_HASH_VERSION struct native_map
#define ANY_MAP struct native_map
#define set_version(set) (set)
#define set_bucket(version, index) ({ __u32 index_ = (index); index_ < (version)->n ? &(version)->buckets[index_] : NULL; })

#define map_at(map, index) ({ __u32 index_ = (index); index_ < array_size(*(map)) ? &(*(map))[index_] : NULL; })

static inline void *ringbuf_reserve(struct native_events *events, __u64 size)
{
	if (size > sizeof(events->records[0]) || events->used >= NATIVE_EVENTS)
		return NULL;
	return &events->records[events->used++];
}

static inline void ringbuf_submit(void *record, __u64 flags)
{
	(void)record;
	(void)flags;
}

static inline __u64 ringbuf_waiting(const struct native_events *events)
{
	return events->used * sizeof(events->records[0]);
}

enum {
	BPF_RB_NO_WAKEUP = 1,
	BPF_RB_FORCE_WAKEUP = 2,
};

/* --- helpers ------------------------------------------------------------- */

/* Time stands still, what a test prints must not differ from run to run, until a test moves it (see also trace.h). */
static __u64 native_clock;

static inline __u64 bpf_ktime_get_ns(void)
{
	return native_clock;
}

static inline __u64 bpf_ktime_get_coarse_ns(void)
{
	return native_clock;
}

static inline __u64 bpf_jiffies64(void)
{
	return native_clock >> 22;
}

static inline __u32 bpf_get_smp_processor_id(void)
{
	return 0;
}

/* xorshift32: the same draws in every run. */
static inline __u32 bpf_get_prandom_u32(void)
{
	static __u32 state = 2463534242u;

	state ^= state << 13;
	state ^= state >> 17;
	state ^= state << 5;
	return state;
}

static inline long bpf_loop(__u32 n, long (*body)(__u32 index, void *context), void *context, __u64 flags)
{
	__u32 i = 0;

	while (i < n && !flags && !body(i, context))
		i++;
	return i;
}

static inline long bpf_xdp_adjust_head(struct native_frame *frame, int delta)
{
	__u64 data = frame->data + (__u64)(__s64)delta;

	if (data < frame->head || data + 14 > frame->data_end)
		return -22;
	frame->data = data;
	frame->len = (__u32)(frame->data_end - data);
	return 0;
}

static inline long bpf_xdp_adjust_tail(struct native_frame *frame, int delta)
{
	__u64 end = frame->data_end + (__u64)(__s64)delta;

	if (end > frame->tail || end < frame->data + 14)
		return -22;
	frame->data_end = end;
	frame->len = (__u32)(end - frame->data);
	return 0;
}

static inline __u64 bpf_xdp_get_buff_len(struct native_frame *frame)
{
	return frame->len;
}

static inline long bpf_skb_change_head(struct native_frame *frame, __u32 room, __u64 flags)
{
	return flags ? -22 : bpf_xdp_adjust_head(frame, -(int)room);
}

static inline long bpf_skb_change_tail(struct native_frame *frame, __u32 size, __u64 flags)
{
	return flags ? -22 : bpf_xdp_adjust_tail(frame, (int)(frame->data + size - frame->data_end));
}

static inline long bpf_skb_load_bytes(const struct native_frame *frame, __u32 offset, void *to, __u32 size)
{
	if (frame->data + offset + size > frame->data_end)
		return -14;
	__builtin_memcpy(to, (const void *)(frame->data + offset), size);
	return 0;
}

static inline long bpf_skb_pull_data(struct native_frame *frame, __u32 size)
{
	return frame->data + size > frame->data_end ? -12 : 0;
}

/* The sum of the words of `to`; nothing is ever taken off here. */
static inline __s64 bpf_csum_diff(const void *from, __u32 from_size, const void *to, __u32 to_size, __u32 seed)
{
	__u64 sum = seed;

	if (from || from_size || to_size % 4 || to_size > 512)
		return -22;
	for (__u32 i = 0; i < to_size; i += 2) {
		__u16 word;

		__builtin_memcpy(&word, (const char *)to + i, sizeof(word));
		sum += word;
	}
	return (__s64)((sum & 0xffffffff) + (sum >> 32));
}

enum {
	BPF_F_INGRESS = 1,
};

/* The kernel keeps where to in a place of its own; here it is the frame, `ctx` in whoever calls. */
static inline long native_redirect(struct native_frame *frame, __u32 ifindex, __u64 flags)
{
	frame->redirect_ifindex = ifindex;
	frame->redirect_flags = flags;
	return TC_ACT_REDIRECT;
}
#define bpf_redirect(ifindex, flags) native_redirect(ctx, (ifindex), (flags))

#define TRACE_DEFAULT 1

#endif
