/* SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause */
/*
 * Between generated code built as a shared library (native.h) and the program
 * that loads it. Include after the types __u8 to __u64 are known.
 *
 * The library has one function per block, named as in the object,
 *
 *	int ingress_uplink(struct native_frame *frame);
 *
 * and the maps as variables under their own names: `counters` is an array of
 * struct sentry_counters, `sentry_trace` a struct sentry_trace, `events` a struct
 * native_events, `event_drops` a __u64; the last two only if some rule logs or
 * samples. `answers`, a __u64, is there only if some verdict is reject. `states`, the
 * keyed limits and the sets are struct native_map or struct native_table, limits of one
 * bucket are that; `native_tables` is always there.
 */
#ifndef SENTRY_NATIVE_ABI_H
#define SENTRY_NATIVE_ABI_H

#include "set_table.h"
#include "shared.h"

/*
 * A frame in memory, in the place of both struct xdp_md and struct __sk_buff.
 * The fields bear the names of theirs; data and data_end are real addresses.
 */
struct native_frame {
	__u64 head;     /* the buffer begins here: room that an answer may grow into */
	__u64 data;
	__u64 data_end;
	__u64 tail;     /* the buffer ends here */
	__u32 len;
	__u32 ingress_ifindex;
	__u32 ifindex;
	__u32 vlan_present; /* tc: a tag that is not in the frame */
	__u32 vlan_tci;
	__u32 vlan_proto;   /* network byte order */
	__u32 reserved;
	__u32 redirect_ifindex; /* out: where an answer was sent to */
	__u64 redirect_flags;
};

#define NATIVE_EVENTS 64

/* Records are appended and never taken away but by whoever sets `used` back. */
struct native_events {
	__u32 used;
	__u32 reserved;
	struct sentry_sample records[NATIVE_EVENTS]; /* or the struct sentry_event that it begins with */
};

/* A hash table, which whoever loads the library makes and keeps. */
struct native_map {
	__u32 key_size;
	__u32 value_size;
	__u64 max;
	__u32 lru;
	__u32 reserved;
	void *table;
};

/* A set as a table: see set_table.h. */
struct native_table {
	struct sentry_set_bucket *buckets;
	__u32 n;
	__u32 reserved;
};

struct native_tables {
	void *(*find)(void *table, const void *key);
	/* 0 or negative errno. */
	int (*put)(void *table, const void *key, const void *value, __u64 flags);
};

#endif
