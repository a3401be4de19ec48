/* SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause */
/*
 * What bench/tables.c drives: a program that puts another source address into the frame each time and goes on to what
 * is measured, and the bare helpers that the templates rest on, each in a program of its own. The maps have the
 * sizes that the bench gives them.
 */
#include "types.h"
#include "kernel.h"

#include "set_table.h"
#include "shared.h"

enum {
	BPF_MAP_TYPE_PROG_ARRAY = 3,
	BPF_MAP_TYPE_LPM_TRIE = 11,
	BPF_F_NO_PREALLOC = 1,

	SOURCE4 = 26,
	SOURCE6 = 22,
};

static long (*const bpf_tail_call)(void *ctx, void *programs, __u32 index) = (void *)12;

struct probe {
	__u8 address[16];
};

/* Which probes come next: `first` and the mask + 1 behind it, round and round. */
struct wheel {
	__u32 next;
	__u32 mask;
	__u32 first;
	__u32 shift; /* of 32 bits of hash, for an index into the versions of `nested` */
};

struct lpm4 {
	__u32 length;
	__u8 address[4];
};

struct lpm6 {
	__u32 length;
	__u8 address[16];
};

MAP_ARRAY(probes, struct probe, 1, BPF_F_MMAPABLE);
MAP_ARRAY(wheels, struct wheel, 1, 0);
MAP_LRU_HASH(lru_flow, struct sentry_flow_key, struct sentry_state, 1);
MAP_LRU_HASH(lru_end, struct sentry_end_key, struct sentry_bucket, 1);
MAP_SET_TABLE(nested);
MAP_RINGBUF(events, 4096);

struct {
	__uint(type, BPF_MAP_TYPE_PROG_ARRAY);
	__uint(max_entries, 1);
	__uint(key_size, sizeof(__u32));
	__uint(value_size, sizeof(__u32));
} jump SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(max_entries, 1);
	__type(key, struct sentry_end_key);
	__type(value, struct sentry_element);
} hash SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_LPM_TRIE);
	__uint(max_entries, 1);
	__uint(map_flags, BPF_F_NO_PREALLOC);
	__type(key, struct lpm4);
	__type(value, __u32);
} lpm4 SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_LPM_TRIE);
	__uint(max_entries, 1);
	__uint(map_flags, BPF_F_NO_PREALLOC);
	__type(key, struct lpm6);
	__type(value, __u32);
} lpm6 SEC(".maps");

static __always_inline int drive(struct xdp_md *ctx, __u32 at, __u32 size)
{
	__u8 *data = (__u8 *)(unsigned long)ctx->data, *end = (__u8 *)(unsigned long)ctx->data_end;
	struct wheel *wheel = map_at(&wheels, 0);
	struct probe *probe;

	if (!wheel)
		return XDP_ABORTED;
	probe = map_at(&probes, wheel->first + (wheel->next++ & wheel->mask));
	if (!probe || data + at + size > end)
		return XDP_ABORTED;
	__builtin_memcpy(data + at, probe->address, size);
	bpf_tail_call(ctx, &jump, 0);
	return XDP_ABORTED;
}

SEC("xdp")
int drive4(struct xdp_md *ctx)
{
	return drive(ctx, SOURCE4, 4);
}

SEC("xdp")
int drive6(struct xdp_md *ctx)
{
	return drive(ctx, SOURCE6, 16);
}

/* --- keys ---------------------------------------------------------------------- */

static __always_inline bool read_source(const struct xdp_md *ctx, __u32 at, void *to, __u32 size)
{
	const __u8 *data = (const __u8 *)(unsigned long)ctx->data, *end = (const __u8 *)(unsigned long)ctx->data_end;

	if (data + at + size > end)
		return false;
	__builtin_memcpy(to, data + at, size);
	return true;
}

static __always_inline bool flow_of(const struct xdp_md *ctx, struct sentry_flow_key *key)
{
	__u32 source;

	if (!read_source(ctx, SOURCE4, &source, sizeof(source)))
		return false;
	key->low_lo = net_to_host32(source);
	key->high_lo = 0xc000020a;
	key->low_port = 40000;
	key->high_port = 443;
	key->vlan = SENTRY_NO_VLAN;
	key->protocol = 6;
	key->ip_version = 4;
	return true;
}

static __always_inline bool end4_of(const struct xdp_md *ctx, struct sentry_end_key *key)
{
	__u32 source;

	if (!read_source(ctx, SOURCE4, &source, sizeof(source)))
		return false;
	key->lo = net_to_host32(source);
	key->ip_version = 4;
	return true;
}

static __always_inline bool end6_of(const struct xdp_md *ctx, struct sentry_end_key *key)
{
	__u32 source[4];

	if (!read_source(ctx, SOURCE6, source, sizeof(source)))
		return false;
	key->hi = (__u64)net_to_host32(source[0]) << 32 | net_to_host32(source[1]);
	key->lo = (__u64)net_to_host32(source[2]) << 32 | net_to_host32(source[3]);
	key->ip_version = 6;
	return true;
}

/* One program: KEY made by MAKE, then EXPRESSION, which drops the packet if it is not 0. */
#define BARE(NAME, KEY, MAKE, EXPRESSION)                                              \
	SEC("xdp")                                                                     \
	int NAME(struct xdp_md *ctx)                                                   \
	{                                                                              \
		KEY key = {};                                                          \
									               \
		if (!MAKE(ctx, &key))                                                  \
			return XDP_ABORTED;                                            \
		__asm__ volatile("" : : "r"(&key) : "memory");                         \
		return (EXPRESSION) ? XDP_DROP : XDP_PASS;                             \
	}

/* --- floors ---------------------------------------------------------------------- */

BARE(floor_flow, struct sentry_flow_key, flow_of, false)
BARE(floor_end4, struct sentry_end_key, end4_of, false)
BARE(floor_end6, struct sentry_end_key, end6_of, false)

/* --- helpers --------------------------------------------------------------------- */

static __always_inline bool lru_flow_put_one(const struct sentry_flow_key *key)
{
	struct sentry_state fresh = { 1 };

	return !map_put(&lru_flow, key, &fresh, BPF_NOEXIST);
}

static __always_inline bool lru_end_put_one(const struct sentry_end_key *key)
{
	struct sentry_bucket fresh = { 1 };

	return !map_put(&lru_end, key, &fresh, BPF_NOEXIST);
}

static __always_inline bool nested_read(__u32 number)
{
	const struct wheel *wheel = map_at(&wheels, 0);
	void *version = set_version(&nested);
	const struct sentry_set_bucket *bucket;

	if (!wheel || !version)
		return false;
	bucket = set_bucket(version, SET_TABLE_HEAD + (number * 0x9e3779b1u >> (wheel->shift & 31)));
	/* The last bit of an address is no address of a table's: the word is read, and the answer known. */
	return bucket && read_once(bucket->words[0]) != 1;
}

static __always_inline bool lpm4_find(const struct sentry_end_key *from)
{
	struct lpm4 key = { .length = 32 };
	__u32 address = host_to_net32((__u32)from->lo);

	__builtin_memcpy(key.address, &address, sizeof(address));
	return map_find(&lpm4, &key);
}

static __always_inline bool lpm6_find(const struct sentry_end_key *from)
{
	struct lpm6 key = { .length = 128 };
	__u32 words[4] = {
		host_to_net32((__u32)(from->hi >> 32)), host_to_net32((__u32)from->hi),
		host_to_net32((__u32)(from->lo >> 32)), host_to_net32((__u32)from->lo),
	};

	__builtin_memcpy(key.address, words, sizeof(words));
	return map_find(&lpm6, &key);
}

static __always_inline bool ring_write(__u32 size, __u64 flags)
{
	__u64 *record = ringbuf_reserve(&events, size);

	if (!record)
		return false;
	*record = size;
	bpf_ringbuf_submit(record, flags);
	return true;
}

BARE(lru_flow_find, struct sentry_flow_key, flow_of, map_find(&lru_flow, &key))
BARE(lru_flow_put, struct sentry_flow_key, flow_of, lru_flow_put_one(&key))
BARE(lru_end_find, struct sentry_end_key, end4_of, map_find(&lru_end, &key))
BARE(lru_end_put, struct sentry_end_key, end4_of, lru_end_put_one(&key))
BARE(hash_find4, struct sentry_end_key, end4_of, map_find(&hash, &key))
BARE(hash_find6, struct sentry_end_key, end6_of, map_find(&hash, &key))
BARE(nested_find4, struct sentry_end_key, end4_of, nested_read((__u32)key.lo))
BARE(nested_find6, struct sentry_end_key, end6_of, nested_read((__u32)(key.hi >> 32) ^ (__u32)key.hi ^ (__u32)key.lo))
BARE(lpm_find4, struct sentry_end_key, end4_of, lpm4_find(&key))
BARE(lpm_find6, struct sentry_end_key, end6_of, lpm6_find(&key))
BARE(clock_fine, struct sentry_flow_key, flow_of, bpf_ktime_get_ns())
BARE(clock_coarse, struct sentry_flow_key, flow_of, bpf_ktime_get_coarse_ns())
BARE(draw, struct sentry_flow_key, flow_of, bpf_get_prandom_u32() != 1)
BARE(record_log, struct sentry_flow_key, flow_of, ring_write(sizeof(struct sentry_event), 0))
BARE(record_sample, struct sentry_flow_key, flow_of, ring_write(sizeof(struct sentry_sample), 0))
BARE(record_quiet, struct sentry_flow_key, flow_of, ring_write(sizeof(struct sentry_event), BPF_RB_NO_WAKEUP))

SENTRY_LICENSE;
