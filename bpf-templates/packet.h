/* SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause */
/* A packet as rules see it, and what there is to say about one. Filled by packet_parse.h. */
#ifndef SENTRY_PACKET_H
#define SENTRY_PACKET_H

#include "types.h"
#include "shared.h"

enum {
	IPPROTO_HOPOPTS = 0,
	IPPROTO_ICMP = 1,
	IPPROTO_IGMP = 2,
	IPPROTO_IPIP = 4,
	IPPROTO_TCP = 6,
	IPPROTO_UDP = 17,
	IPPROTO_IPV6 = 41,
	IPPROTO_ROUTING = 43,
	IPPROTO_FRAGMENT = 44,
	IPPROTO_GRE = 47,
	IPPROTO_ESP = 50,
	IPPROTO_AH = 51,
	IPPROTO_ICMPV6 = 58,
	IPPROTO_DSTOPTS = 60,
	IPPROTO_OSPF = 89,
	IPPROTO_VRRP = 112,
	IPPROTO_SCTP = 132,
	IPPROTO_MH = 135,
	IPPROTO_HIP = 139,
	IPPROTO_SHIM6 = 140,
};

/* TCP flags as on the wire. */
enum {
	TCP_FIN = 1,
	TCP_SYN = 2,
	TCP_RST = 4,
	TCP_ACK = 16,
	TCP_URG = 32,
};

enum {
	PACKET_WHOLE,
	PACKET_FIRST_FRAGMENT,
	PACKET_LATER_FRAGMENT,
};

/* What a parser says of a frame. Entry functions see only the first three. */
enum {
	PACKET_IP,
	PACKET_NON_IP,
	PACKET_MALFORMED,
	PACKET_SHORT,      /* a header is not within the bytes at hand */
	PACKET_EXTENSIONS, /* IPv6 extension headers are next */
};

/* Fields that a block needs: the last argument of xdp_parse and tc_parse. What is not asked for is not stored. */
enum {
	PACKET_VLAN = 1 << 0,
	PACKET_PROTO = 1 << 1,
	PACKET_SRC = 1 << 2,
	PACKET_DST = 1 << 3,
	PACKET_DSCP = 1 << 4,
	PACKET_TTL = 1 << 5,
	PACKET_LENGTH = 1 << 6,
	PACKET_FRAGMENT = 1 << 7,
	PACKET_SPORT = 1 << 8,
	PACKET_DPORT = 1 << 9,
	PACKET_FLAGS = 1 << 10,
	PACKET_ICMP_TYPE = 1 << 11,
	PACKET_ICMP_CODE = 1 << 12,
	PACKET_QUOTED = 1 << 13, /* ICMP: identifier of a query, and what an error quotes; only with SENTRY_WITH_STATE */

	/* A block that writes records or rejects needs what events.h shows and what reject.h looks at, too. */
	PACKET_FOR_EVENTS = PACKET_VLAN | PACKET_PROTO | PACKET_SRC | PACKET_DST | PACKET_FRAGMENT | PACKET_SPORT |
			    PACKET_DPORT | PACKET_FLAGS | PACKET_ICMP_TYPE | PACKET_ICMP_CODE,
	PACKET_FOR_REJECT = PACKET_PROTO | PACKET_SRC | PACKET_DST | PACKET_LENGTH | PACKET_FRAGMENT | PACKET_FLAGS |
			    PACKET_ICMP_TYPE,
	/* Each block of a policy that accounts for traffic, or for flows, needs what account.h looks at. */
	PACKET_FOR_TRAFFIC = PACKET_PROTO | PACKET_FLAGS,
	PACKET_FOR_FLOWS = PACKET_VLAN | PACKET_PROTO | PACKET_SRC | PACKET_DST | PACKET_SPORT | PACKET_DPORT |
			   PACKET_FLAGS | PACKET_ICMP_TYPE | PACKET_ICMP_CODE,
	/* Each block of a policy with a connection table needs what state.h looks at. */
	PACKET_FOR_STATE = PACKET_VLAN | PACKET_PROTO | PACKET_SRC | PACKET_DST | PACKET_LENGTH | PACKET_FRAGMENT |
			   PACKET_SPORT | PACKET_DPORT | PACKET_FLAGS | PACKET_ICMP_TYPE | PACKET_QUOTED,
};

/* An IPv6 address as two numbers in host order, the first eight bytes in `hi`. */
struct ip6 {
	__u64 hi;
	__u64 lo;
};

#define IP4(a, b, c, d) ((__u32)(a) << 24 | (__u32)(b) << 16 | (__u32)(c) << 8 | (__u32)(d))
#define IP6(w0, w1, w2, w3) (struct ip6){ (__u64)(w0) << 32 | (w1), (__u64)(w2) << 32 | (w3) }

union packet_address {
	__u32 v4;
	struct ip6 v6;
};

/* Values that no test reaches: a field that a packet does not have matches nothing. */
#define PACKET_NO_VLAN SENTRY_NO_VLAN
#define PACKET_NO_PORT 0x10000
#define PACKET_NO_FLAGS 0x100
#define PACKET_NO_ICMP 0x100

/* Words of answers that a packet may have had from sets: one bit for each question (set.h). */
#ifdef SENTRY_QUESTIONS
#define PACKET_ANSWERS ((SENTRY_QUESTIONS + 31) / 32)
#else
#define PACKET_ANSWERS 0
#endif
#ifdef SENTRY_WITH_CLOCK
#define PACKET_CLOCK_SIZE 16
#else
#define PACKET_CLOCK_SIZE 0
#endif
#ifdef SENTRY_WITH_STATE
#define PACKET_STATE_SIZE 48
#else
#define PACKET_STATE_SIZE 0
#endif

/*
 * A parsed packet, in host byte order. No padding: the whole of it is handed to
 * functions that the verifier judges alone, and must be initialised.
 */
struct packet {
	union packet_address src;
	union packet_address dst;
	__u32 length;     /* of the IP packet */
	__u32 bytes;      /* of the frame on the wire */
	__u32 ifindex;
	__u32 sport;
	__u32 dport;
	__u16 vlan;
	__u16 tcp_flags;
	__u16 icmp_type;
	__u16 icmp_code;
	__u16 transport;  /* where the transport header is in the frame */
	__u8 link;        /* length of the link header: 14, 18 or 22 */
	__u8 version;     /* 4 or 6; 0: not an IP packet */
	__u8 proto;
	__u8 fragment;
	__u8 dscp;
	__u8 ttl;
#if defined(SENTRY_WITH_ACCOUNT) || defined(SENTRY_WITH_STATE)
	__u8 class;       /* what the parser said: PACKET_IP, PACKET_NON_IP or PACKET_MALFORMED */
	__u8 reserved[3];
#else
	__u8 reserved[4];
#endif
#ifdef SENTRY_WITH_CLOCK
	__u64 time_ns;    /* 0: nobody asked yet (clock.h) */
	__u64 tick_ns;
#endif
#ifdef SENTRY_WITH_STATE
	union packet_address quoted_src;
	union packet_address quoted_dst;
	__u16 quoted_sport; /* 0 where there is none */
	__u16 quoted_dport;
	__u16 quoted_id;  /* ICMP */
	__u16 icmp_id;    /* of the packet itself, if it is a query */
	__u8 quoted_proto;
	__u8 quoted_type; /* ICMP */
	__u8 quoted;      /* 1: the packet quotes another that can be read */
	__u8 state;       /* 0: nobody asked yet (state.h) */
	__u8 settled;     /* 1: the packet's connection stays as it is, whatever becomes of the packet */
	__u8 reserved2[3];
#endif
#if PACKET_ANSWERS
	struct {
		__u32 asked;
		__u32 member;
	} answers[PACKET_ANSWERS];
#endif
};

_Static_assert(sizeof(struct packet) == 72 + PACKET_CLOCK_SIZE + PACKET_STATE_SIZE + 8 * PACKET_ANSWERS,
	       "struct packet has padding");

#endif
