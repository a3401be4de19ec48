/* SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause */
/*
 * What kernel and user space both see: values of maps, records of the ring
 * buffer, numbers. Include after the fixed-width types __u8 to __u64 are known
 * (types.h for BPF, <linux/types.h> in user space).
 *
 * The layout of every struct here is part of the contract of an object: its hash
 * is in the manifest, and user space refuses an object with another (see
 * docs/architecture.md). No padding that the compiler chooses, no bit fields.
 */
#ifndef SENTRY_SHARED_H
#define SENTRY_SHARED_H

#define SENTRY_MANIFEST_SECTION "sentry.manifest" /* JSON text, schema packet-sentry/manifest/v1 */

enum sentry_verdict {
	SENTRY_ALLOW,
	SENTRY_DENY,
	SENTRY_REJECT,
};

/* Values of map `counters`: per-CPU array, one per slot (rule or pseudo-rule). */
struct sentry_counter {
	__u64 packets;
	__u64 bytes;    /* of the frames on the wire, Ethernet header included */
};

enum sentry_event_kind {
	SENTRY_EVENT_LOG,
	SENTRY_EVENT_SAMPLE,
};

/* A record of map `events` (ring buffer). */
struct sentry_event {
	__u64 time_ns;      /* bpf_ktime_get_ns: monotonic */
	__u32 slot;
	__u32 ifindex;
	__u32 sampling;     /* N of 1/N; 1 for a log record */
	__u32 bytes;        /* of the frame on the wire */
	__u32 generation;   /* the load-time constant `sentry_generation` of the program that wrote it */
	__u8 source[16];    /* network byte order; IPv4 in the first four bytes */
	__u8 dest[16];
	__u16 source_port;  /* network byte order; 0 where there is none */
	__u16 dest_port;
	__u16 vlan;         /* host order; SENTRY_NO_VLAN if untagged */
	__u8 kind;          /* enum sentry_event_kind */
	__u8 verdict;       /* enum sentry_verdict; of a rule that does not decide: SENTRY_ALLOW */
	__u8 ip_version;    /* 4 or 6 */
	__u8 protocol;
	__u8 tcp_flags;
	__u8 icmp_type;
	__u8 icmp_code;
	__u8 fragment;      /* 0 whole, 1 first, 2 later */
	__u8 reserved[6];
};

_Static_assert(sizeof(struct sentry_event) == 80, "struct sentry_event has padding");

#define SENTRY_NO_VLAN 0xffff

/*
 * The one value of map `sentry_trace`, an array that can be mapped into memory: what a test
 * run says and reads back. Used only where the load-time constant `sentry_trace_on` is set,
 * which nobody but the test engines does.
 */
struct sentry_trace {
	__u32 size;         /* in, tc: bytes of the frame, if fewer than had to be given; 0: as given */
	__u32 wire_size;    /* in: length of the frame on the wire, if more than was given; 0: as given */
	__u32 slot;         /* out */
	__u8 verdict;       /* out: enum sentry_verdict */
	__u8 logged;        /* out */
	__u8 sampled;       /* out */
	__u8 decided;       /* out: 1 */
};

#endif
