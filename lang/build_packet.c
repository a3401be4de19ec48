/* SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause */
/* Constructors of packets as tests and command lines write them. */
#include "build.h"

struct ast_packet *build_packet(struct parser *parser, struct ast_name proto, struct endpoint src, struct endpoint dst,
				struct pieces words, struct packet_key_list keys, struct span span)
{
	struct ast_packet *packet = ARENA_NEW(parser->arena, struct ast_packet);

	*packet = (struct ast_packet){
		.span = span,
		.proto = proto,
		.src = src.address,
		.sport = src.port,
		.dst = dst.address,
		.dport = dst.port,
		.keys = keys.first,
	};
	if (words.first)
		packet->words = (struct ast_name){ .text = build_joined(parser, words), .span = words.span };
	return packet;
}

struct ast_packet *build_quoting(struct parser *parser, struct ast_packet *packet, struct ast_packet *quoted,
				 struct span span)
{
	packet->quoted = quoted;
	packet->span = span;
	return packet;
}

struct ast_name build_proto_number(struct parser *parser, uint64_t number, struct span span)
{
	return (struct ast_name){ .text = build_decimal(parser, number), .span = span };
}

struct packet_key_list build_packet_key(struct parser *parser, struct packet_key_list list, struct ast_name name,
					struct pieces value)
{
	struct ast_packet_key *key = ARENA_NEW(parser->arena, struct ast_packet_key);

	key->name = name;
	key->value = (struct ast_name){ .text = build_joined(parser, value), .span = value.span };
	if (list.last)
		list.last->next = key;
	else
		list.first = key;
	list.last = key;
	return list;
}
