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
#define SENTRY_TESTS_SECTION "sentry.tests"       /* packet-sentry/tests/v1; not in every object */
#define SENTRY_SOURCES_SECTION "sentry.sources"   /* packet-sentry/sources/v1; not in every object */

/* Programs of an object: more are not taken by hosts, and not made. */
#define SENTRY_PROGRAMS 512

/* Rules of an object, with what else is counted as one: defaults, what is malformed or not IP. */
#define SENTRY_RULES 1000000

enum sentry_verdict {
	SENTRY_ALLOW,
	SENTRY_DENY,
	SENTRY_REJECT,
};

/* Of a slot: a rule or pseudo-rule. */
struct sentry_counter {
	__u64 packets;
	__u64 bytes;    /* of the frames on the wire, Ethernet header included */
};

/*
 * Values of map `counters`, a per-CPU array: slot n is counters[n / SENTRY_COUNTERS].slots[n % SENTRY_COUNTERS]. Many at a
 * time, because the kernel keeps a pointer for each value: of one for each slot a packet would have to fetch one more line.
 */
#define SENTRY_COUNTERS 64
struct sentry_counters {
	struct sentry_counter slots[SENTRY_COUNTERS];
};

/*
 * Value of map `traffic` (only of a policy that accounts for it), a per-CPU array: interface number n is counted in entry
 * n % SENTRY_TRAFFIC_INTERFACES, and where that is another's already, in the entry behind all those. Each CPU's value has an owner
 * of its own: the first interface that it counted.
 */
#define SENTRY_TRAFFIC_INTERFACES 32
#define SENTRY_TRAFFIC_ENTRIES (SENTRY_TRAFFIC_INTERFACES + 1)

enum sentry_direction {
	SENTRY_INGRESS,
	SENTRY_EGRESS,
	SENTRY_DIRECTIONS,
};

/* What a packet is, to be counted by. */
enum sentry_class {
	SENTRY_CLASS_OTHER,
	SENTRY_CLASS_NON_IP,
	SENTRY_CLASS_MALFORMED,
	SENTRY_CLASS_TCP,
	SENTRY_CLASS_UDP,
	SENTRY_CLASS_ICMP,
	SENTRY_CLASS_ICMP6,
	SENTRY_CLASS_IGMP,
	SENTRY_CLASS_SCTP,
	SENTRY_CLASS_GRE,
	SENTRY_CLASS_ESP,
	SENTRY_CLASS_AH,
	SENTRY_CLASS_IPIP,
	SENTRY_CLASS_IP6IP,  /* IPv6 in IPv4 or IPv6 */
	SENTRY_CLASS_OSPF,
	SENTRY_CLASS_VRRP,
	SENTRY_CLASSES,
};

#define SENTRY_VERDICTS 3
#define SENTRY_FLAG_PATTERNS 64 /* of TCP: fin 1, syn 2, rst 4, psh 8, ack 16, urg 32 */

struct sentry_traffic {
	__u64 owner;        /* number of the interface; 0: nobody yet, or the entry of all others */
	struct sentry_counter counts[SENTRY_DIRECTIONS][SENTRY_CLASSES][SENTRY_VERDICTS];
	__u64 flags[SENTRY_DIRECTIONS][SENTRY_FLAG_PATTERNS]; /* packets; not of fragments behind the first */
};

/*
 * A flow: packets of one direction of an interface that agree in all from `source` to `slot`. This is how user space hands them
 * on; how a program keeps them comes next. The numbers are cumulative since first_ns.
 */
struct sentry_flow {
	__u8 source[16];    /* network byte order; IPv4 in the first four bytes, zeros behind */
	__u8 dest[16];
	__u16 source_port;  /* network byte order; 0 where there is none */
	__u16 dest_port;    /* of ICMP: type * 256 + code, as IPFIX and NetFlow have it */
	__u16 vlan;         /* host order; SENTRY_NO_VLAN if untagged */
	__u8 protocol;
	__u8 ip_version;    /* 4 or 6 */
	__u32 ifindex;
	__u32 slot;         /* of the rule or pseudo-rule that decided: a flow that another decides is another flow */
	__u64 packets;
	__u64 bytes;        /* of the frames on the wire */
	__u64 first_ns;     /* the monotonic clock, to a tick of the kernel (1 to 10 ms) */
	__u64 last_ns;
	__u8 direction;     /* enum sentry_direction */
	__u8 verdict;       /* enum sentry_verdict */
	__u8 tcp_flags;     /* of all its packets */
	__u8 reserved[5];
};

_Static_assert(sizeof(struct sentry_flow) == 88, "struct sentry_flow has padding");

/*
 * What a packet of a known flow touches: one cache line, and of IPv6 the cold one. version_a and version_b are equal but while the
 * entry becomes another flow's; they then are the number of this use of the entry. A reader takes version_a first, and
 * version_b last.
 */
struct sentry_flow_hot {
	__u32 version_a;
	__u32 version_b;
	__u16 source_port;  /* from here to `slot` as in struct sentry_flow */
	__u16 dest_port;
	__u16 vlan;
	__u8 protocol;
	__u8 ip_version;
	__u32 ifindex;
	__u32 slot;
	__u64 addresses;    /* host byte order. IPv4: source in the upper half, destination in the lower; IPv6: a hash of both */
	__u64 packets;
	__u64 bytes;
	__u32 last_tick;    /* jiffies */
	__u8 direction;
	__u8 verdict;
	__u8 tcp_flags;
	__u8 reserved;
	__u64 reserved2;
};

/* What stays as it is from the first packet on. */
struct sentry_flow_cold {
	__u64 source_hi;    /* of IPv6, host byte order */
	__u64 source_lo;
	__u64 dest_hi;
	__u64 dest_lo;
	__u64 first_ns;     /* bpf_ktime_get_coarse_ns */
	__u32 first_tick;   /* the same moment in jiffies */
	__u8 reserved[20];
};

_Static_assert(sizeof(struct sentry_flow_hot) == 64 && sizeof(struct sentry_flow_cold) == 64, "a cache line each");

/*
 * Value of map `flow_cache` (only of a policy that accounts for flows), an array that can be mapped into memory. Hot lines lie together, so
 * that they share pages and cache sets with each other. A flow lies in one of four entries of its CPU, in two places anywhere. Each
 * CPU has as many values as the object says, CPU n those behind the CPUs before it: the loader makes the map so many times larger.
 */
#define SENTRY_FLOWS 64
struct sentry_flow_block {
	struct sentry_flow_hot hot[SENTRY_FLOWS];
	struct sentry_flow_cold cold[SENTRY_FLOWS];
};

/* Both parts of an entry. */
struct sentry_flow_entry {
	struct sentry_flow_hot hot;
	struct sentry_flow_cold cold;
};

/* A record of map `flow_ends` (ring buffer): the flow that has made room for another. */
struct sentry_flow_end {
	struct sentry_flow_entry entry;
	__u32 number;       /* of the entry that it was in, in all of the map */
	__u32 reserved;
};

/*
 * The one value of map `flow_losses`, a per-CPU array: flows that have made room when there was none in the ring buffer. A
 * packet of a CPU that has no values in the map is a flow that is lost at once.
 */
struct sentry_flow_loss {
	__u64 records;
	__u64 packets;
	__u64 bytes;
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

#define SENTRY_SAMPLE_BYTES 128

/* A record of map `events` of kind SENTRY_EVENT_SAMPLE: it is longer than the others. */
struct sentry_sample {
	struct sentry_event event;
	__u32 captured;     /* bytes in `data`; the frame has event.bytes */
	__u32 reserved;
	__u8 data[SENTRY_SAMPLE_BYTES]; /* the frame from its Ethernet header; zeros behind `captured` */
};

/*
 * A connection, a flow or two addresses: key of map `states` and of limits by flow, or by source and
 * destination. Numbers in host byte order; an IPv4 address is a low half.
 */
struct sentry_flow_key {
	__u64 low_hi;       /* the lower end (of a limit by two addresses: the source) */
	__u64 low_lo;
	__u64 high_hi;
	__u64 high_lo;
	__u16 low_port;
	__u16 high_port;
	__u16 vlan;         /* SENTRY_NO_VLAN if untagged; of a limit always 0 */
	__u8 protocol;
	__u8 ip_version;    /* 4 or 6; SENTRY_HIGH_REQUESTS added for an ICMP query of the higher end */
};

#define SENTRY_HIGH_REQUESTS 0x80u

/* Element of a set kept as a hash table, and key of limits by one address or none. Host byte order. */
struct sentry_end_key {
	__u64 hi;           /* an IPv4 address is in `lo`; 0 where the type has no address */
	__u64 lo;
	__u16 port;         /* 0 where the type has none */
	__u8 protocol;
	__u8 ip_version;
	__u32 reserved;
};

/* Value of such an element: when it goes, by the monotonic clock; SENTRY_FOREVER: never. */
struct sentry_element {
	__u64 expires_ns;
};

#define SENTRY_FOREVER (~0ull)

/*
 * Value of map `states`: one word, so that CPUs may advance it by compare-and-swap. It is the time at which it expires,
 * in nanoseconds of the monotonic clock, whose lowest byte makes room: for SENTRY_STATE_… in the upper
 * four bits and enum sentry_stage in the lower.
 */
struct sentry_state {
	__u64 word;
};

enum sentry_stage {
	SENTRY_STAGE_NONE,
	SENTRY_STAGE_OPENING,
	SENTRY_STAGE_SYN2,
	SENTRY_STAGE_SYNACK,
	SENTRY_STAGE_ESTABLISHED,
	SENTRY_STAGE_FIN1,
	SENTRY_STAGE_FIN2,
	SENTRY_STAGE_CLOSED,
};

enum sentry_state_flag {
	SENTRY_STATE_HIGH = 1,      /* the originator is the higher end */
	SENTRY_STATE_REPLIED = 2,   /* the responder has been seen */
	SENTRY_STATE_FIN_HIGH = 4,  /* FIN1: it was the higher end that sent it */
};

#define SENTRY_STATE_EXPIRES(word) ((word) & ~0xffull)
#define SENTRY_STATE_FLAGS(word) ((word) >> 4 & 15)
#define SENTRY_STATE_STAGE(word) ((word) & 15)

/* Values of map `table_counts`: per-CPU array, one per table of the manifest (`counts`). */
struct sentry_table_count {
	__u64 inserted;     /* new entries; less what is there now: those that made room or were removed */
	__u64 failed;       /* entries that could not be made */
	__u64 contended;    /* other CPUs kept changing the entry: a limit then counts the packet as exceeding */
};

/* Value of the map of a rate-limit: theoretical arrival time, in sixteenths of a nanosecond. */
struct sentry_bucket {
	__u64 tat;
};

/* Value of the map of a `distinct` limit, before its bits, which are 64-bit words. */
struct sentry_sketch {
	__u64 begun_ns;     /* of the window */
	__u32 bits;         /* that are set */
	__u32 reserved;
};

/*
 * The one value of map `sentry_trace`, an array that can be mapped into memory: what a test
 * run says and reads back. Used only where the load-time constant `sentry_trace_on` is set,
 * which nobody but the test engines does.
 */
struct sentry_trace {
	__u64 time_ns;      /* in: when it is; 0: the kernel's clock */
	__u32 size;         /* in, tc: bytes of the frame, if fewer than had to be given; 0: as given */
	__u32 wire_size;    /* in: length of the frame on the wire, if more than was given; 0: as given */
	__u32 slot;         /* out */
	__u8 verdict;       /* out: enum sentry_verdict */
	__u8 logged;        /* out */
	__u8 sampled;       /* out */
	__u8 decided;       /* out: 1 */
	__u8 state;         /* out: 1 + enum state of the packet, 0: nobody asked */
	__u8 reserved[7];
};

#endif
