/* SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause */
/*
 * What is told of a policy at work, one thing at a time: a packet, a flow, a counter, an alert. The one form in which
 * records of the kernel go to people, files and databases.
 */
#ifndef SENTRY_ITEM_H
#define SENTRY_ITEM_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum item_kind {
	ITEM_EVENT,   /* a record of a packet: log, sample, limit, detect */
	ITEM_FLOW,    /* what a flow did since the last item of the same flow */
	ITEM_RULE,    /* counters of a rule, each interval */
	ITEM_TRAFFIC, /* counters of an interface by direction, protocol and verdict, each interval; none without `account` */
	ITEM_FLAGS,   /* TCP packets of an interface by direction and pattern of flags, likewise */
	ITEM_ALERT,   /* a detection, or a deviation from what is usual */
	ITEM_LOST,    /* records that were lost on the way to sentryd */
	N_ITEM_KINDS,
};

/* "event", "flow", "rule", "traffic", "flags", "alert", "lost" */
extern const char *const item_kind_words[N_ITEM_KINDS + 1];

/* Never NULL; "" where it is not known or makes no sense. */
enum item_text {
	TEXT_POLICY,
	TEXT_BLOCK,
	TEXT_RULE,
	TEXT_VERDICT,   /* allow, deny, reject; "" of a rule that does not decide */
	TEXT_DIRECTION, /* ingress, egress */
	TEXT_INTERFACE,
	TEXT_HOOK,      /* xdp, xdp-generic, tcx, tc: as means_words */
	TEXT_NAME,      /* event: log, sample, limit, detect; traffic: the protocol; flags: as "SYN,ACK" or none; alert, lost: its name */
	TEXT_SUBJECT,   /* alert: what it is about: an address, a rule; detect event: the name of the detection */
	TEXT_DETAIL,    /* alert: a sentence for people */
	N_ITEM_TEXTS,
};

/* Both ends of a packet or flow. */
struct item_ends {
	uint8_t source[16]; /* network byte order; IPv4 in the first four bytes */
	uint8_t dest[16];
	uint16_t source_port; /* host byte order, as all numbers here; 0 where there is none */
	uint16_t dest_port;
	uint16_t vlan;      /* ITEM_NO_VLAN if untagged */
	uint8_t ip_version; /* 4 or 6; 0: not IP, and nothing else here says anything */
	uint8_t protocol;   /* number of IANA */
	uint8_t tcp_flags;  /* as in the header; of a flow: all that were seen */
	uint8_t icmp_type;
	uint8_t icmp_code;
	uint8_t fragment;   /* 0 whole, 1 first, 2 later: has no ports */
};

#define ITEM_NO_VLAN 0xffff
#define ITEM_FRAME_BYTES 128

enum flow_end {
	FLOW_END_ACTIVE,  /* goes on; the active timeout has passed. IPFIX flowEndReason 2 */
	FLOW_END_IDLE,    /* no packet for the idle timeout. 1 */
	FLOW_END_CLOSED,  /* FIN or RST was seen, and then nothing. 3 */
	FLOW_END_FORCED,  /* the policy or sentryd ended. 4 */
	FLOW_END_PRESSED, /* the table was full. 5 */
};

struct item {
	enum item_kind kind;
	uint32_t generation;
	uint32_t line;       /* of the rule in its source; 0: unknown */
	uint32_t sequence_high; /* together with `sequence`: differs between runs of sentryd */
	uint64_t sequence;   /* 1, 2, 3… in one run: a sink that may get a batch twice knows an item by both */
	int64_t time_ns;     /* CLOCK_REALTIME */
	const char *text[N_ITEM_TEXTS];
	struct item_ends ends; /* event, flow */
	uint32_t sampling;   /* event: N of 1/N; 1 of other records */
	uint64_t packets;    /* event: 1; flow: since its last item; rule, traffic, flags: since the last interval; lost: how many */
	uint64_t bytes;      /* likewise, of frames on the wire, Ethernet header included */
	uint64_t packets_total; /* rule, traffic, flags: the whole counter, which only grows; flow: since its first packet */
	uint64_t bytes_total;
	int64_t first_ns;    /* flow: CLOCK_REALTIME */
	int64_t last_ns;
	enum flow_end end;   /* flow */
	uint32_t captured;   /* event: bytes in `frame`; 0: none */
	double score;        /* alert: how far from usual, in standard deviations; 0 of a detection */
	double value;        /* alert: what was seen */
	double expected;     /* alert: what is usual */
	const uint8_t *frame; /* at most ITEM_FRAME_BYTES, from the Ethernet header */
};

/* An item with all texts "". */
void item_clear(struct item *item, enum item_kind kind);

/* The Community ID (version 1, seed 0) of both ends; false if they have none. */
#define ITEM_COMMUNITY_ID_SIZE 32
bool item_community_id(const struct item *item, char text[ITEM_COMMUNITY_ID_SIZE]);
/* "TCP", "UDP", else the number. */
#define ITEM_WORDS_SIZE 64
void item_protocol(uint8_t protocol, char text[ITEM_WORDS_SIZE]);
/* "SYN,ACK"; "none". */
void item_tcp_flags(uint8_t flags, char text[ITEM_WORDS_SIZE]);
/* inet_ntop() of one end. */
#define ITEM_ADDRESS_SIZE 46
const char *item_address(const struct item_ends *ends, const uint8_t *bytes, char text[ITEM_ADDRESS_SIZE]);
bool item_has_ports(const struct item_ends *ends);
bool item_has_icmp(const struct item_ends *ends);
bool item_has_transport(const struct item_ends *ends);

#endif
