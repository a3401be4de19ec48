/* SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause */
/*
 * The answer to a rejected packet: to TCP a reset (RFC 9293, 3.10.7.1), to all else
 * an ICMP or ICMPv6 message "destination unreachable, administratively prohibited"
 * that quotes it (RFC 1812, RFC 4443). Never answered are what RFC 1122 and
 * RFC 4443 forbid: resets, ICMP errors, later fragments, and packets from or to
 * an address that is not that of one host. ICMP messages beyond a rate are not sent.
 *
 * The frame becomes its own answer. A reset overwrites it from the link header
 * on. An ICMP message goes between the link header and the IP packet, which as the
 * quotation stays where it is, so the frame grows to the front:
 *
 *	| link | IP … |   →   | link | IP | ICMP | IP … |
 */
#ifndef SENTRY_REJECT_H
#define SENTRY_REJECT_H

#ifdef SENTRY_WITH_REJECT

#include "packet_parse.h"

#define LINK_MAX 22       /* Ethernet header and two tags */
#define ANSWER_WORDS 15   /* the largest pair of headers: IPv6 and TCP */
#define QUOTE_MAX4 (576 - 20 - 8)
#define QUOTE_MAX6 (1280 - 40 - 8)
#define ANSWER_BYTES (LINK_MAX + QUOTE_MAX6) /* no more of a frame than this matters for an answer */

struct answer {
	__u32 words[ANSWER_WORDS + 1]; /* IP header and TCP or ICMP header, network byte order */
	__u8 link[LINK_MAX + 2];
	__u32 size;      /* bytes of `words` that count */
	__u32 link_size;
	__u32 keep;      /* bytes after the link header that stay of the old frame */
	__u32 grow;      /* bytes by which it grows to the front */
};

struct __wire link_bytes {
	__u8 bytes[LINK_MAX];
};

/* --- checksums: sums of 16-bit words in memory order, which is the same sum in either byte order --- */

static __always_inline __u16 checksum_finish(__u64 sum)
{
	sum = (sum & 0xffffffff) + (sum >> 32);
	sum = (sum & 0xffff) + (sum >> 16);
	sum = (sum & 0xffff) + (sum >> 16);
	sum = (sum & 0xffff) + (sum >> 16);
	return (__u16)~sum;
}

#define sum_words(words, first, last) ({                                \
	__u64 sum_ = 0;                                                 \
	unrolled                                                        \
	for (int word_ = (first); word_ <= (last); word_++)             \
		sum_ += (words)[word_];                                 \
	sum_;                                                           \
})

struct __wire wire16 {
	__u16 value;
};

struct __wire wire32 {
	__u32 value;
};

/*
 * Sum of `size` bytes of the frame, all of them at hand, added to `sum`; `size` is a
 * constant and a multiple of 4, up to the 512 that bpf_csum_diff takes.
 */
static __always_inline __u32 sum_part(const struct cursor *cursor, __u32 at, __u32 size, __u32 sum)
{
	void *part = bytes_at(cursor, at);

	return are_at_hand(cursor, part, size) ? (__u32)bpf_csum_diff(NULL, 0, part, size, sum) : sum;
}

/*
 * Sum of `size` bytes of the frame, less than 2048 and all of them at hand: in parts of
 * constant size, one for each bit of `size`, so that the verifier need not follow a loop.
 */
static __always_inline __u64 sum_bytes(const struct cursor *cursor, __u32 at, __u32 size)
{
	const __u8 *byte = bytes_at(cursor, at + size - 1);
	const struct wire16 *half = bytes_at(cursor, at + (size & ~3u));
	__u64 odd = 0;
	__u32 sum = 0;

	if ((size & 1) && are_at_hand(cursor, byte, 1))
		odd += host_to_net16((__u16)(*byte << 8));
	if ((size & 2) && are_at_hand(cursor, half, sizeof(*half)))
		odd += half->value;
	unrolled
	for (__u32 part = 4; part <= 512; part *= 2)
		if (size & part)
			sum = sum_part(cursor, at + (size & ~(2 * part - 1)), part, sum);
	if (size & 1024) {
		sum = sum_part(cursor, at, 512, sum);
		sum = sum_part(cursor, at + 512, 512, sum);
	}
	return odd + sum;
}

/* --- who gets an answer ---------------------------------------------------- */

/* One host's address: not "unspecified", not a group, not a broadcast or reserved. */
static __always_inline bool is_host4(__u32 address)
{
	return address >> 24 != 0 && address >> 28 < 14;
}

static __always_inline bool is_host6(const struct ip6 *address)
{
	return (address->hi | address->lo) != 0 && address->hi >> 56 != 0xff;
}

/* ICMP messages that are no errors. An unknown type is taken for one, as Linux does. */
static __always_inline bool is_icmp_query(const struct packet *pkt)
{
	if (pkt->version == 6)
		return pkt->icmp_type >= 128 && pkt->icmp_type != 137; /* redirect */
	switch (pkt->icmp_type) {
	case 0: case 8:   /* echo */
	case 9: case 10:  /* router discovery */
	case 13: case 14: /* timestamp */
	case 15: case 16: /* information */
	case 17: case 18: /* address mask */
		return true;
	default:
		return false;
	}
}

static __always_inline bool may_answer(const struct packet *pkt)
{
	if (pkt->fragment == PACKET_LATER_FRAGMENT)
		return false;
	if (pkt->version == 4) {
		if (!is_host4(pkt->src.v4) || !is_host4(pkt->dst.v4))
			return false;
	} else if (pkt->version == 6) {
		if (!is_host6(&pkt->src.v6) || !is_host6(&pkt->dst.v6))
			return false;
	} else {
		return false;
	}
	if (pkt->proto == IPPROTO_TCP)
		return !(pkt->tcp_flags & TCP_RST);
	if (pkt->proto == (pkt->version == 4 ? IPPROTO_ICMP : IPPROTO_ICMPV6))
		return is_icmp_query(pkt);
	return true;
}

/*
 * ICMP answers are limited (RFC 1812 4.3.2.8, RFC 4443 2.4): each CPU sends at most
 * ANSWERS_BURST at once, and ANSWERS_A_SECOND in the long run. The one value of the map is
 * when the next answer would be due were they sent evenly; sending runs ahead of that by a
 * burst at most (GCRA). A program that interrupts another on its CPU may in a rare
 * case send one more.
 */
#define ANSWERS_A_SECOND 1000
#define ANSWERS_BURST 50
#define ANSWERS_INTERVAL (1000000000ull / ANSWERS_A_SECOND)

MAP_PERCPU_ARRAY(answers, __u64, 1);

static __always_inline bool answer_is_granted(void)
{
	__u64 *due = map_at(&answers, 0);
	__u64 now = bpf_ktime_get_ns();
	__u64 next;

	if (!due)
		return false;
	next = *due > now ? *due : now;
	if (next - now > (ANSWERS_BURST - 1) * ANSWERS_INTERVAL)
		return false;
	*due = next + ANSWERS_INTERVAL;
	return true;
}

/* --- making it --------------------------------------------------------------- */

/* Where the IP header begins. 14, 18 or 22: said so that the verifier sees the alignment of what follows. */
static __always_inline __u32 link_size(const struct packet *pkt)
{
	return (pkt->link & 28) | 2;
}

/*
 * The link header with its addresses exchanged. All of LINK_MAX bytes is taken: what is
 * beyond the header will be overwritten. False if the frame was sent to many.
 */
static __always_inline bool answer_link(struct answer *answer, const struct cursor *cursor)
{
	const struct link_bytes *link = cursor->data;

	if ((void *)(link + 1) > cursor->end || link->bytes[0] & 1)
		return false;
	__builtin_memcpy(answer->link, link->bytes + 6, 6);
	__builtin_memcpy(answer->link + 6, link->bytes, 6);
	__builtin_memcpy(answer->link + 12, link->bytes + 12, LINK_MAX - 12);
	return true;
}

/* An IPv4 header from the packet's destination to its source, `length` bytes with what follows it. */
static __always_inline bool answer_ipv4(struct answer *answer, const struct cursor *cursor, __u32 length, __u32 proto)
{
	const struct ipv4_header *ip = bytes_at(cursor, answer->link_size);
	__u32 *words = answer->words;

	if (!are_at_hand(cursor, ip, sizeof(*ip)))
		return false;
	words[0] = host_to_net32(0x45u << 24 | length);
	words[1] = host_to_net32(0x4000); /* do not fragment */
	words[2] = host_to_net32(64u << 24 | proto << 16);
	words[3] = ip->dst;
	words[4] = ip->src;
	words[2] |= host_to_net32(net_to_host16(checksum_finish(sum_words(words, 0, 4))));
	return true;
}

static __always_inline bool answer_ipv6(struct answer *answer, const struct cursor *cursor, __u32 payload, __u32 proto)
{
	const struct ipv6_header *ip = bytes_at(cursor, answer->link_size);

	if (!are_at_hand(cursor, ip, sizeof(*ip)))
		return false;
	answer->words[0] = host_to_net32(6u << 28);
	answer->words[1] = host_to_net32(payload << 16 | proto << 8 | 64);
	__builtin_memcpy(&answer->words[2], ip->dst, 16);
	__builtin_memcpy(&answer->words[6], ip->src, 16);
	return true;
}

/* Sum of the pseudo-header of TCP and ICMPv6 over an IP header that is already made. */
static __always_inline __u64 sum_pseudo(const struct answer *answer, __u8 version, __u32 payload, __u32 proto)
{
	__u64 sum = (__u64)host_to_net32(payload) + host_to_net32(proto);

	return sum + (version == 4 ? sum_words(answer->words, 3, 4) : sum_words(answer->words, 2, 9));
}

static __always_inline bool answer_reset(struct answer *answer, const struct cursor *cursor, const struct packet *pkt)
{
	__u32 at = pkt->transport & (PARSE_OFFSETS - 1);
	const struct tcp_header *tcp = bytes_at(cursor, at);
	__u32 ports, seq = 0, ack = 0, flags = TCP_RST;
	__u64 sum;

	if (!are_at_hand(cursor, tcp, sizeof(*tcp)))
		return false;
	ports = (__u32)net_to_host16(tcp->dport) << 16 | net_to_host16(tcp->sport);
	if (tcp->flags & TCP_ACK) {
		seq = net_to_host32(tcp->ack);
	} else {
		/* "SEG.SEQ + SEG.LEN", which counts SYN and FIN */
		ack = net_to_host32(tcp->seq) + pkt->length - (at - link_size(pkt)) - (tcp->words >> 4) * 4;
		ack += (tcp->flags & TCP_SYN ? 1u : 0) + (tcp->flags & TCP_FIN ? 1u : 0);
		flags |= TCP_ACK;
	}
	if (pkt->version == 4) {
		if (!answer_ipv4(answer, cursor, 40, IPPROTO_TCP))
			return false;
		answer->words[5] = host_to_net32(ports);
		answer->words[6] = host_to_net32(seq);
		answer->words[7] = host_to_net32(ack);
		answer->words[8] = host_to_net32(5u << 28 | flags << 16);
		answer->words[9] = 0;
		sum = sum_pseudo(answer, 4, 20, IPPROTO_TCP) + sum_words(answer->words, 5, 9);
		answer->words[9] = host_to_net32((__u32)net_to_host16(checksum_finish(sum)) << 16);
		answer->size = 40;
	} else {
		if (!answer_ipv6(answer, cursor, 20, IPPROTO_TCP))
			return false;
		answer->words[10] = host_to_net32(ports);
		answer->words[11] = host_to_net32(seq);
		answer->words[12] = host_to_net32(ack);
		answer->words[13] = host_to_net32(5u << 28 | flags << 16);
		answer->words[14] = 0;
		sum = sum_pseudo(answer, 6, 20, IPPROTO_TCP) + sum_words(answer->words, 10, 14);
		answer->words[14] = host_to_net32((__u32)net_to_host16(checksum_finish(sum)) << 16);
		answer->size = 60;
	}
	answer->keep = answer->size;
	return true;
}

static __always_inline bool answer_unreachable(struct answer *answer, const struct cursor *cursor,
					       const struct packet *pkt)
{
	__u32 most = pkt->version == 4 ? QUOTE_MAX4 : QUOTE_MAX6;
	__u32 at = answer->link_size;
	__u32 quote = (__u32)(cursor->end - cursor->data) - at;
	__u64 sum;

	/* Of the IP packet, not of what pads the frame. */
	if (quote > pkt->length)
		quote = pkt->length;
	if (quote > most)
		quote = most;
	sum = sum_bytes(cursor, at, quote);
	if (pkt->version == 4) {
		if (!answer_ipv4(answer, cursor, 28 + quote, IPPROTO_ICMP))
			return false;
		answer->words[5] = host_to_net32(3u << 24 | 13u << 16);
		answer->words[6] = 0;
		sum += answer->words[5];
		answer->words[5] |= host_to_net32(net_to_host16(checksum_finish(sum)));
		answer->size = 28;
	} else {
		if (!answer_ipv6(answer, cursor, 8 + quote, IPPROTO_ICMPV6))
			return false;
		answer->words[10] = host_to_net32(1u << 24 | 1u << 16);
		answer->words[11] = 0;
		sum += sum_pseudo(answer, 6, 8 + quote, IPPROTO_ICMPV6) + answer->words[10];
		answer->words[10] |= host_to_net32(net_to_host16(checksum_finish(sum)));
		answer->size = 48;
	}
	answer->keep = quote;
	answer->grow = answer->size;
	return true;
}

/* Looks at the packet and says what its answer is. False: there is none. */
static __always_inline bool answer_make(struct answer *answer, const struct cursor *cursor, const struct packet *pkt)
{
	if (!may_answer(pkt) || !answer_link(answer, cursor))
		return false;
	answer->link_size = link_size(pkt);
	if (pkt->proto == IPPROTO_TCP)
		return answer_reset(answer, cursor, pkt);
	/* Before the work of making one. */
	return answer_is_granted() && answer_unreachable(answer, cursor, pkt);
}

/* Writes the answer's headers over the frame, which has its new size by now. */
static __always_inline bool answer_write(const struct answer *answer, const struct cursor *cursor)
{
	struct link_bytes *link = cursor->data;
	__u32 at = (answer->link_size & 28) | 2;

	if ((void *)(link + 1) > cursor->end)
		return false;
	__builtin_memcpy(link->bytes, answer->link, LINK_MAX);
	unrolled
	for (__u32 i = 0; i < ANSWER_WORDS; i++) {
		struct wire32 *word;

		if (i * 4 >= answer->size)
			break;
		word = bytes_at(cursor, at + i * 4);
		if (!are_at_hand(cursor, word, sizeof(*word)))
			return false;
		word->value = answer->words[i];
	}
	return true;
}

#endif
#endif
