/* SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause */
/*
 * What the kernel offers a program: contexts, maps, helpers, return codes. All
 * numbers and layouts are the kernel's ABI for user space and never change; they
 * are repeated here so that an object does not depend on the headers of the
 * machine that builds it. Nothing newer than Linux 5.15 is used, but behind a
 * switch that is set at load time.
 */
#ifndef SENTRY_KERNEL_H
#define SENTRY_KERNEL_H

#define SEC(name) __attribute__((section(name), used))

#define SENTRY_LICENSE char _license[] SEC("license") = "Dual BSD/GPL"

/* Headers in a packet: any type may lie there. */
#define __wire __attribute__((may_alias))

/* --- contexts ------------------------------------------------------------ */

/* The verifier knows both by the names of the structs and by the offsets of the fields. */
struct xdp_md {
	__u32 data;
	__u32 data_end;
	__u32 data_meta;
	__u32 ingress_ifindex;
	__u32 rx_queue_index;
	__u32 egress_ifindex;
};

/* As far as it is used. */
struct __sk_buff {
	__u32 len;
	__u32 pkt_type;
	__u32 mark;
	__u32 queue_mapping;
	__u32 protocol;
	__u32 vlan_present;
	__u32 vlan_tci;
	__u32 vlan_proto;
	__u32 priority;
	__u32 ingress_ifindex;
	__u32 ifindex;
	__u32 tc_index;
	__u32 cb[5];
	__u32 hash;
	__u32 tc_classid;
	__u32 data;
	__u32 data_end;
	__u32 napi_id;
	__u32 family;
	__u32 remote_ip4;
	__u32 local_ip4;
	__u32 remote_ip6[4];
	__u32 local_ip6[4];
	__u32 remote_port;
	__u32 local_port;
	__u32 data_meta;
};

enum {
	XDP_ABORTED,
	XDP_DROP,
	XDP_PASS,
	XDP_TX,
	XDP_REDIRECT,
};

/* TC_ACT_UNSPEC is TCX_NEXT: whatever else is attached after us still runs. */
enum {
	TC_ACT_UNSPEC = -1,
	TC_ACT_OK = 0,
	TC_ACT_SHOT = 2,
	TC_ACT_REDIRECT = 7,
};

/* --- maps ---------------------------------------------------------------- */

enum {
	BPF_MAP_TYPE_HASH = 1,
	BPF_MAP_TYPE_ARRAY = 2,
	BPF_MAP_TYPE_PERCPU_ARRAY = 6,
	BPF_MAP_TYPE_LRU_HASH = 9,
	BPF_MAP_TYPE_ARRAY_OF_MAPS = 12,
	BPF_MAP_TYPE_RINGBUF = 27,
};

enum {
	BPF_F_MMAPABLE = 1 << 10,
	BPF_F_INNER_MAP = 1 << 12,
};

/* Flags of an update. */
enum {
	BPF_ANY,
	BPF_NOEXIST,
};

/* How libbpf wants a map described: numbers as the sizes of arrays. */
#define __uint(name, number) int (*name)[number]
#define __type(name, type_) __typeof__(type_) *name

#define MAP_ARRAY(NAME, TYPE, ENTRIES, FLAGS)             \
	struct {                                          \
		__uint(type, BPF_MAP_TYPE_ARRAY);         \
		__uint(max_entries, ENTRIES);             \
		__uint(map_flags, FLAGS);                 \
		__type(key, __u32);                       \
		__type(value, TYPE);                      \
	} NAME SEC(".maps")

/* One value per CPU and entry. */
#define MAP_PERCPU_ARRAY(NAME, TYPE, ENTRIES)             \
	struct {                                          \
		__uint(type, BPF_MAP_TYPE_PERCPU_ARRAY);  \
		__uint(max_entries, ENTRIES);             \
		__type(key, __u32);                       \
		__type(value, TYPE);                      \
	} NAME SEC(".maps")

#define MAP_RINGBUF(NAME, BYTES)                          \
	struct {                                          \
		__uint(type, BPF_MAP_TYPE_RINGBUF);       \
		__uint(max_entries, BYTES);               \
	} NAME SEC(".maps")

#define MAP_LRU_HASH(NAME, KEY, VALUE, ENTRIES)           \
	struct {                                          \
		__uint(type, BPF_MAP_TYPE_LRU_HASH);      \
		__uint(max_entries, ENTRIES);             \
		__type(key, KEY);                         \
		__type(value, VALUE);                     \
	} NAME SEC(".maps")

/* One slot with a map in it, which user space makes, fills and replaces. */
#define MAP_VERSIONED(NAME, INNER)                        \
	struct {                                          \
		__uint(type, BPF_MAP_TYPE_ARRAY_OF_MAPS); \
		__uint(max_entries, 1);                   \
		__type(key, __u32);                       \
		__type(value, __u32);                     \
		struct INNER *values[];                   \
	} NAME SEC(".maps")

/* The versions of a set: set_table.h, or by the kernel's own hash table. Sizes instead of types: clang 14 leaves the types of inner maps out of the BTF. */
#define MAP_SET_TABLE(NAME)                                               \
	struct NAME##_version {                                           \
		__uint(type, BPF_MAP_TYPE_ARRAY);                         \
		__uint(max_entries, SET_TABLE_HEAD);                      \
		__uint(map_flags, BPF_F_MMAPABLE | BPF_F_INNER_MAP);      \
		__uint(key_size, sizeof(__u32));                          \
		__uint(value_size, sizeof(struct sentry_set_bucket));     \
	};                                                                \
	MAP_VERSIONED(NAME, NAME##_version)

#define MAP_SET_OF(NAME, TYPE, ENTRIES)                                   \
	struct NAME##_version {                                           \
		__uint(type, TYPE);                                       \
		__uint(max_entries, ENTRIES);                             \
		__uint(key_size, sizeof(struct sentry_end_key));          \
		__uint(value_size, sizeof(struct sentry_element));        \
	};                                                                \
	MAP_VERSIONED(NAME, NAME##_version)

#define MAP_SET_HASH(NAME, ENTRIES) MAP_SET_OF(NAME, BPF_MAP_TYPE_HASH, ENTRIES)
#define MAP_SET_LRU(NAME, ENTRIES) MAP_SET_OF(NAME, BPF_MAP_TYPE_LRU_HASH, ENTRIES)

/* --- helpers ------------------------------------------------------------- */

static void *(*const bpf_map_lookup_elem)(void *map, const void *key) = (void *)1;
static long (*const bpf_map_update_elem)(void *map, const void *key, const void *value, __u64 flags) = (void *)2;
static __u64 (*const bpf_ktime_get_ns)(void) = (void *)5;
static __u32 (*const bpf_get_prandom_u32)(void) = (void *)7;
static __u32 (*const bpf_get_smp_processor_id)(void) = (void *)8;
static long (*const bpf_skb_load_bytes)(const struct __sk_buff *skb, __u32 offset, void *to, __u32 size) = (void *)26;
static long (*const bpf_redirect)(__u32 ifindex, __u64 flags) = (void *)23;
static __s64 (*const bpf_csum_diff)(const void *from, __u32 from_size, const void *to, __u32 to_size,
				    __u32 seed) = (void *)28;
static long (*const bpf_skb_change_tail)(struct __sk_buff *skb, __u32 size, __u64 flags) = (void *)38;
static long (*const bpf_skb_pull_data)(struct __sk_buff *skb, __u32 size) = (void *)39;
static long (*const bpf_skb_change_head)(struct __sk_buff *skb, __u32 room, __u64 flags) = (void *)43;
static long (*const bpf_xdp_adjust_head)(struct xdp_md *xdp, int delta) = (void *)44;
static long (*const bpf_xdp_adjust_tail)(struct xdp_md *xdp, int delta) = (void *)65;
static __u64 (*const bpf_jiffies64)(void) = (void *)118; /* no call, but a load, where programs are compiled */
static void *(*const bpf_ringbuf_reserve)(void *ringbuf, __u64 size, __u64 flags) = (void *)131;
static void (*const bpf_ringbuf_submit)(void *record, __u64 flags) = (void *)132;
static __u64 (*const bpf_ringbuf_query)(void *ringbuf, __u64 flags) = (void *)134; /* 0: bytes not yet read */
static __u64 (*const bpf_ktime_get_coarse_ns)(void) = (void *)160;
static long (*const bpf_loop)(__u32 n, void *body, void *context, __u64 flags) = (void *)181; /* 5.17 */
static __u64 (*const bpf_xdp_get_buff_len)(struct xdp_md *xdp) = (void *)188; /* 5.18: see sentry_xdp_frags */

/* bpf_ringbuf_submit: by default the reader is woken for the first record that it has not seen. */
enum {
	BPF_RB_NO_WAKEUP = 1,
	BPF_RB_FORCE_WAKEUP = 2,
};

/* bpf_redirect: receive on the interface rather than send. */
enum {
	BPF_F_INGRESS = 1,
};

/* The entry of an array map, NULL if there is none: what a map's code says is the same here and in native.h. */
#define map_at(map, index) ({ __u32 index_ = (index); bpf_map_lookup_elem((map), &index_); })

#define map_find(map, key) bpf_map_lookup_elem((map), (key))
#define map_put(map, key, value, flags) bpf_map_update_elem((map), (key), (value), (flags))

/* The version of a set that is in force, NULL if there is none; and a bucket of one that is a table. */
#define SET_TABLE_VERSION void
#define SET_HASH_VERSION void
#define ANY_MAP void
#define set_version(set) map_at(set, 0)
#define set_bucket(version, index) ((struct sentry_set_bucket *)map_at(version, index))

#define ringbuf_reserve(ringbuf, size) bpf_ringbuf_reserve((ringbuf), (size), 0)
#define ringbuf_submit(record, flags) bpf_ringbuf_submit((record), (flags))
#define ringbuf_waiting(ringbuf) bpf_ringbuf_query((ringbuf), 0)

/* Switched on by the engine that runs tests, at load time. */
#define TRACE_DEFAULT 0

#endif
