/* SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause */
/*
 * From a frame to struct packet.
 *
 * Read are Ethernet II, up to two VLAN tags (802.1Q, 802.1ad), IPv4 with its
 * options, IPv6 with its extension headers, and the fixed part of TCP, UDP, SCTP,
 * ICMP, ICMPv6, GRE and ESP. Two limits hold for each header: the bytes at hand
 * (cursor.end), and the length that the packet claims for itself (headers.end),
 * which Ethernet padding is not part of. A header that breaks either, or
 * contradicts another, makes the packet malformed.
 *
 * The work is cut in three so that only the middle part, rarely needed, depends
 * on the hook:
 *	parse_network     link and IP header
 *	parse_extensions  IPv6 extension headers
 *	parse_transport   what the rules want of the transport header
 */
#ifndef SENTRY_PACKET_PARSE_H
#define SENTRY_PACKET_PARSE_H

#include "packet.h"

enum {
	ETHERTYPE_IPV4 = 0x0800,
	ETHERTYPE_IPV6 = 0x86dd,
	ETHERTYPE_8021Q = 0x8100,
	ETHERTYPE_8021AD = 0x88a8,
};

/* The bytes at hand and what the hook knows beside them. */
struct cursor {
	void *data;
	void *end;
	__u32 wire;    /* length on the wire, a tag out of band not counted */
	__u32 ifindex;
	__u16 vlan;    /* identifier of a tag out of band; PACKET_NO_VLAN if there is none */
};

/*
 * What one part of the parser leaves to the next. Offsets are from the first byte of the
 * frame; the last header begins below PARSE_OFFSETS: 22 bytes link, 40 IPv6, 8 extensions of up to 2048.
 */
struct headers {
	__u32 at;       /* the next header */
	__u32 end;      /* of the IP packet */
	__u8 next;      /* protocol of the next header */
	__u8 fragment;
	__u8 jumbo;     /* IPv6 whose payload length of 0 means "over 65535" */
	__u8 reserved;
};

#define PARSE_OFFSETS 0x8000
#define PARSE_EXTENSIONS 8

struct __wire ethernet_header {
	__u8 dest[6];
	__u8 source[6];
	__u16 type;
};

struct __wire vlan_tag {
	__u16 tci;
	__u16 type;
};

struct __wire ipv4_header {
	__u8 version_words;
	__u8 tos;
	__u16 length;
	__u16 id;
	__u16 fragment;
	__u8 ttl;
	__u8 proto;
	__u16 checksum;
	__u32 src;
	__u32 dst;
};

struct __wire ipv6_header {
	__u16 version_class;
	__u16 flow;
	__u16 length;
	__u8 next;
	__u8 hop_limit;
	__u32 src[4];
	__u32 dst[4];
};

struct __wire extension_header {
	__u8 next;
	__u8 units;
	__u16 fragment; /* of a fragment header */
	__u32 rest;
};

struct __wire tcp_header {
	__u16 sport;
	__u16 dport;
	__u32 seq;
	__u32 ack;
	__u8 words;
	__u8 flags;
	__u16 window;
	__u16 checksum;
	__u16 urgent;
};

struct __wire udp_header {
	__u16 sport;
	__u16 dport;
	__u16 length;
	__u16 checksum;
};

struct __wire icmp_header {
	__u8 type;
	__u8 code;
	__u16 checksum;
	__u32 rest;
};

/*
 * Before bytes are read, are_at_hand must have been asked of the very pointer that
 * is then used: the verifier does not see that two sums of the same numbers are equal.
 */
static __always_inline void *bytes_at(const struct cursor *cursor, __u32 at)
{
	__u64 offset = at;
	void *bytes;

	/* What clang knows of the offset the verifier may not: the limit is to be written out. */
	opaque(offset);
	bytes = cursor->data + (offset & (PARSE_OFFSETS - 1));
	opaque(bytes);
	return bytes;
}

static __always_inline bool are_at_hand(const struct cursor *cursor, const void *bytes, __u32 size)
{
	return bytes + size <= cursor->end;
}

/* Reads the link header: *at and *type tell what comes after it. */
static __always_inline int parse_link(const struct cursor *cursor, struct packet *pkt, __u32 fields, __u32 *at,
				      __u16 *type)
{
	const struct ethernet_header *ethernet = cursor->data;
	__u16 vlan = cursor->vlan;
	__u32 tags = vlan != PACKET_NO_VLAN;

	if ((void *)(ethernet + 1) > cursor->end)
		return PACKET_SHORT;
	*type = net_to_host16(ethernet->type);
	*at = sizeof(*ethernet);
	unrolled
	for (int i = 0; i < 3; i++) {
		const struct vlan_tag *tag = cursor->data + *at;

		if (*type != ETHERTYPE_8021Q && *type != ETHERTYPE_8021AD)
			break;
		if (tags == 2)
			return PACKET_MALFORMED;
		if ((void *)(tag + 1) > cursor->end)
			return PACKET_SHORT;
		if (vlan == PACKET_NO_VLAN)
			vlan = net_to_host16(tag->tci) & 0xfff;
		*type = net_to_host16(tag->type);
		*at += sizeof(*tag);
		tags++;
	}
	if (fields & PACKET_VLAN)
		pkt->vlan = vlan;
	pkt->link = (__u8)*at;
	return PACKET_IP;
}

/* RFC 1858: eight bytes into a TCP header a fragment would overwrite the flags. */
static __always_inline bool overwrites_flags(__u8 proto, __u32 fragment_offset)
{
	return proto == IPPROTO_TCP && fragment_offset == 1;
}

static __always_inline int parse_ipv4(const struct cursor *cursor, struct headers *headers, struct packet *pkt,
				      __u32 fields)
{
	const struct ipv4_header *ip = cursor->data + headers->at;
	__u32 room = cursor->wire - headers->at;
	__u32 size, length, fragment;

	if ((void *)(ip + 1) > cursor->end)
		return PACKET_SHORT;
	if (ip->version_words >> 4 != 4)
		return PACKET_MALFORMED;
	size = (ip->version_words & 15) * 4;
	length = net_to_host16(ip->length);
	/* A coalesced packet of more than 65,535 bytes has no room to say so ("big TCP"). */
	if (length == 0 && room > 65535)
		length = room;
	if (size < sizeof(*ip) || length < size || length > room)
		return PACKET_MALFORMED;
	if (!are_at_hand(cursor, bytes_at(cursor, headers->at), size))
		return PACKET_SHORT;

	headers->next = ip->proto;
	headers->end = headers->at + length;
	headers->at += size;
	fragment = net_to_host16(ip->fragment);
	if (fragment & 0x1fff) {
		headers->fragment = PACKET_LATER_FRAGMENT;
		if (overwrites_flags(ip->proto, fragment & 0x1fff))
			return PACKET_MALFORMED;
	} else if (fragment & 0x2000) {
		headers->fragment = PACKET_FIRST_FRAGMENT;
	}

	pkt->version = 4;
	if (fields & PACKET_SRC)
		pkt->src.v4 = net_to_host32(ip->src);
	if (fields & PACKET_DST)
		pkt->dst.v4 = net_to_host32(ip->dst);
	if (fields & PACKET_DSCP)
		pkt->dscp = ip->tos >> 2;
	if (fields & PACKET_TTL)
		pkt->ttl = ip->ttl;
	if (fields & PACKET_LENGTH)
		pkt->length = length;
	return PACKET_IP;
}

static __always_inline bool is_extension(__u8 proto)
{
	switch (proto) {
	case IPPROTO_HOPOPTS:
	case IPPROTO_ROUTING:
	case IPPROTO_FRAGMENT:
	case IPPROTO_AH:
	case IPPROTO_DSTOPTS:
	case IPPROTO_MH:
	case IPPROTO_HIP:
	case IPPROTO_SHIM6:
		return true;
	default:
		return false;
	}
}

static __always_inline struct ip6 ip6_from_wire(const __u32 *words)
{
	struct ip6 address = {
		(__u64)net_to_host32(words[0]) << 32 | net_to_host32(words[1]),
		(__u64)net_to_host32(words[2]) << 32 | net_to_host32(words[3]),
	};

	return address;
}

static __always_inline int parse_ipv6(const struct cursor *cursor, struct headers *headers, struct packet *pkt,
				      __u32 fields)
{
	const struct ipv6_header *ip = cursor->data + headers->at;
	__u32 room = cursor->wire - headers->at;
	__u32 words[4];
	__u32 length;

	if ((void *)(ip + 1) > cursor->end)
		return PACKET_SHORT;
	if (net_to_host16(ip->version_class) >> 12 != 6)
		return PACKET_MALFORMED;
	length = sizeof(*ip) + net_to_host16(ip->length);
	if (length == sizeof(*ip) && room > 65535 + sizeof(*ip)) {
		headers->jumbo = 1;
		length = room;
	}
	if (length > room)
		return PACKET_MALFORMED;

	headers->next = ip->next;
	headers->end = headers->at + length;
	headers->at += sizeof(*ip);

	pkt->version = 6;
	if (fields & PACKET_SRC) {
		__builtin_memcpy(words, ip->src, sizeof(words));
		pkt->src.v6 = ip6_from_wire(words);
	}
	if (fields & PACKET_DST) {
		__builtin_memcpy(words, ip->dst, sizeof(words));
		pkt->dst.v6 = ip6_from_wire(words);
	}
	if (fields & PACKET_DSCP)
		pkt->dscp = net_to_host16(ip->version_class) >> 6 & 63;
	if (fields & PACKET_TTL)
		pkt->ttl = ip->hop_limit;
	if (fields & PACKET_LENGTH)
		pkt->length = length;
	return is_extension(ip->next) ? PACKET_EXTENSIONS : PACKET_IP;
}

/* Link and IP header. Sets every field of `pkt`: what a later part leaves alone, the packet does not have. */
static __always_inline int parse_network(const struct cursor *cursor, struct headers *headers, struct packet *pkt,
					 __u32 fields)
{
	__u16 type = 0;
	int class;

	*pkt = (struct packet){
		.vlan = PACKET_NO_VLAN,
		.sport = PACKET_NO_PORT,
		.dport = PACKET_NO_PORT,
		.tcp_flags = PACKET_NO_FLAGS,
		.icmp_type = PACKET_NO_ICMP,
		.icmp_code = PACKET_NO_ICMP,
		.bytes = cursor->wire + (cursor->vlan == PACKET_NO_VLAN ? 0 : (__u32)sizeof(struct vlan_tag)),
		.ifindex = cursor->ifindex,
	};
	class = parse_link(cursor, pkt, fields, &headers->at, &type);
	if (class != PACKET_IP)
		return class;
	if (type == ETHERTYPE_IPV4)
		return parse_ipv4(cursor, headers, pkt, fields);
	if (type == ETHERTYPE_IPV6)
		return parse_ipv6(cursor, headers, pkt, fields);
	return PACKET_NON_IP;
}

/*
 * Walks IPv6 extension headers. What is known of them is kept behind `headers`
 * alone, a pointer that the caller was given: to the verifier each round then
 * looks like the one before, and eight rounds cost no more than eight times one.
 */
static __always_inline int parse_extensions(const struct cursor *cursor, volatile struct headers *headers)
{
	bool seen_fragment = false;

	unrolled
	for (int i = 0; i <= PARSE_EXTENSIONS; i++) {
		const struct extension_header *extension;
		__u32 at = headers->at & (PARSE_OFFSETS - 1);
		__u32 end = headers->end;
		__u8 proto = headers->next;
		__u32 size, fragment;

		if (!is_extension(proto))
			return PACKET_IP;
		if (i == PARSE_EXTENSIONS || (proto == IPPROTO_HOPOPTS && i != 0) || at + sizeof(*extension) > end)
			return PACKET_MALFORMED;
		extension = bytes_at(cursor, at);
		if (!are_at_hand(cursor, extension, sizeof(*extension)))
			return PACKET_SHORT;

		if (proto == IPPROTO_FRAGMENT) {
			if (seen_fragment)
				return PACKET_MALFORMED;
			seen_fragment = true;
			size = sizeof(*extension);
			fragment = net_to_host16(extension->fragment);
			if (fragment >> 3) {
				headers->fragment = PACKET_LATER_FRAGMENT;
				headers->next = extension->next;
				return overwrites_flags(extension->next, fragment >> 3) ? PACKET_MALFORMED : PACKET_IP;
			}
			if (fragment & 1)
				headers->fragment = PACKET_FIRST_FRAGMENT;
		} else if (proto == IPPROTO_AH) {
			size = (extension->units + 2u) * 4;
		} else {
			size = (extension->units + 1u) * 8;
		}
		if (at + size > end)
			return PACKET_MALFORMED;
		headers->next = extension->next;
		if (!are_at_hand(cursor, bytes_at(cursor, at), size))
			return PACKET_SHORT;
		headers->at = at + size;
	}
	return PACKET_MALFORMED;
}

#ifdef SENTRY_WITH_STATE

/* ICMP of the packet's own IP version: an identifier, or a packet that is quoted. */
static __always_inline bool parse_has_query(const struct packet *pkt)
{
	return pkt->icmp_type != PACKET_NO_ICMP;
}

/* The first 8 bytes of what a quoted packet carries; where it lies in the frame must be at hand. */
static __always_inline void parse_quoted_transport(const void *bytes, struct packet *pkt)
{
	const struct udp_header *udp = bytes; /* the ports lie the same way in TCP and SCTP */
	const struct icmp_header *icmp = bytes;

	switch (pkt->quoted_proto) {
	case IPPROTO_TCP:
	case IPPROTO_UDP:
	case IPPROTO_SCTP:
		pkt->quoted_sport = net_to_host16(udp->sport);
		pkt->quoted_dport = net_to_host16(udp->dport);
		break;
	case IPPROTO_ICMP:
	case IPPROTO_ICMPV6:
		pkt->quoted_type = icmp->type;
		pkt->quoted_id = (__u16)(net_to_host32(icmp->rest) >> 16);
		break;
	}
	pkt->quoted = 1;
}

/*
 * What a connection table wants of an ICMP message: the identifier, and the IP header that follows the
 * message's own eight bytes, with the first eight bytes behind that. Leaves `quoted` 0 where they are
 * not all there, within the packet.
 */
static __always_inline void parse_quoted(const struct cursor *cursor, struct packet *pkt)
{
	__u32 at = pkt->transport + sizeof(struct icmp_header), end = pkt->link + pkt->length;
	const struct icmp_header *icmp = bytes_at(cursor, pkt->transport);
	__u32 words[4];
	void *bytes;

	if (!are_at_hand(cursor, icmp, sizeof(*icmp)))
		return;
	pkt->icmp_id = (__u16)(net_to_host32(icmp->rest) >> 16);
	bytes = bytes_at(cursor, at);
	if (pkt->version == 4) {
		const struct ipv4_header *ip = bytes;
		__u32 size;

		if (!are_at_hand(cursor, ip, sizeof(*ip)) || ip->version_words >> 4 != 4)
			return;
		size = (ip->version_words & 15) * 4;
		if (size < sizeof(*ip) || at + size + 8 > end || net_to_host16(ip->fragment) & 0x1fff)
			return;
		pkt->quoted_src.v4 = net_to_host32(ip->src);
		pkt->quoted_dst.v4 = net_to_host32(ip->dst);
		pkt->quoted_proto = ip->proto;
		bytes = bytes_at(cursor, at + size);
	} else {
		const struct ipv6_header *ip = bytes;

		if (!are_at_hand(cursor, ip, sizeof(*ip)) || at + sizeof(*ip) + 8 > end ||
		    net_to_host16(ip->version_class) >> 12 != 6 || is_extension(ip->next))
			return;
		__builtin_memcpy(words, ip->src, sizeof(words));
		pkt->quoted_src.v6 = ip6_from_wire(words);
		__builtin_memcpy(words, ip->dst, sizeof(words));
		pkt->quoted_dst.v6 = ip6_from_wire(words);
		pkt->quoted_proto = ip->next;
		bytes = bytes_at(cursor, at + sizeof(*ip));
	}
	if (are_at_hand(cursor, bytes, 8))
		parse_quoted_transport(bytes, pkt);
}

#endif

static __always_inline int parse_transport(const struct cursor *cursor, const struct headers *headers,
					   struct packet *pkt, __u32 fields)
{
	__u32 at = headers->at & (PARSE_OFFSETS - 1);
	__u32 room = headers->end - at;
	__u8 proto = headers->next;

	pkt->transport = (__u16)at;
	if (fields & PACKET_PROTO)
		pkt->proto = proto;
	if (fields & PACKET_FRAGMENT)
		pkt->fragment = headers->fragment;
	if (headers->fragment == PACKET_LATER_FRAGMENT)
		return PACKET_IP;

	if (proto == IPPROTO_TCP) {
		const struct tcp_header *tcp = bytes_at(cursor, at);
		__u32 size;

		if (room < sizeof(*tcp))
			return PACKET_MALFORMED;
		if (!are_at_hand(cursor, tcp, sizeof(*tcp)))
			return PACKET_SHORT;
		size = (tcp->words >> 4) * 4;
		if (size < sizeof(*tcp) || size > room)
			return PACKET_MALFORMED;
		if (fields & PACKET_SPORT)
			pkt->sport = net_to_host16(tcp->sport);
		if (fields & PACKET_DPORT)
			pkt->dport = net_to_host16(tcp->dport);
		if (fields & PACKET_FLAGS)
			pkt->tcp_flags = tcp->flags;
	} else if (proto == IPPROTO_UDP) {
		const struct udp_header *udp = bytes_at(cursor, at);
		__u32 size;

		if (room < sizeof(*udp))
			return PACKET_MALFORMED;
		if (!are_at_hand(cursor, udp, sizeof(*udp)))
			return PACKET_SHORT;
		size = net_to_host16(udp->length);
		if (size < sizeof(*udp) && !(size == 0 && headers->jumbo))
			return PACKET_MALFORMED;
		/* A first fragment's header tells the length of the whole datagram. */
		if (size > room && headers->fragment == PACKET_WHOLE)
			return PACKET_MALFORMED;
		if (fields & PACKET_SPORT)
			pkt->sport = net_to_host16(udp->sport);
		if (fields & PACKET_DPORT)
			pkt->dport = net_to_host16(udp->dport);
	} else if (proto == IPPROTO_SCTP) {
		const struct udp_header *sctp = bytes_at(cursor, at); /* the ports lie as in UDP */

		if (room < 12)
			return PACKET_MALFORMED;
		if (!are_at_hand(cursor, sctp, 12))
			return PACKET_SHORT;
		if (fields & PACKET_SPORT)
			pkt->sport = net_to_host16(sctp->sport);
		if (fields & PACKET_DPORT)
			pkt->dport = net_to_host16(sctp->dport);
	} else if (proto == (pkt->version == 4 ? IPPROTO_ICMP : IPPROTO_ICMPV6)) {
		const struct icmp_header *icmp = bytes_at(cursor, at);

		if (room < sizeof(*icmp))
			return PACKET_MALFORMED;
		if (!are_at_hand(cursor, icmp, sizeof(*icmp)))
			return PACKET_SHORT;
		if (fields & PACKET_ICMP_TYPE)
			pkt->icmp_type = icmp->type;
		if (fields & PACKET_ICMP_CODE)
			pkt->icmp_code = icmp->code;
	} else if (proto == IPPROTO_GRE || proto == IPPROTO_ESP) {
		__u32 size = proto == IPPROTO_GRE ? 4 : 8;

		if (room < size)
			return PACKET_MALFORMED;
		if (!are_at_hand(cursor, bytes_at(cursor, at), size))
			return PACKET_SHORT;
	}
	return PACKET_IP;
}

#endif
