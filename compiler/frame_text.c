/* SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause */
/* A packet in the words of a test, such that reading it again gives the same packet. */
#include "frame.h"

#include "ast.h"
#include "ip_proto.h"
#include "words.h"

#include <stdio.h>
#include <stdlib.h>

#define DEFAULT_TTL 64

/* The protocols that have a word of their own in a packet; all others are `proto N`. */
static const char *proto_word(const struct packet_spec *spec)
{
	switch (spec->proto) {
	case PROTO_TCP:
		return "tcp";
	case PROTO_UDP:
		return "udp";
	case PROTO_SCTP:
		return "sctp";
	case PROTO_GRE:
		return "gre";
	case PROTO_ESP:
		return "esp";
	case PROTO_ICMP:
		return spec->family == FAMILY_V4 ? "icmp" : NULL;
	case PROTO_ICMPV6:
		return spec->family == FAMILY_V6 ? "icmp6" : NULL;
	default:
		return NULL;
	}
}

static bool is_icmp(const struct packet_spec *spec)
{
	return spec->proto == (spec->family == FAMILY_V4 ? PROTO_ICMP : PROTO_ICMPV6);
}

static void put_endpoint(FILE *out, const struct packet_spec *spec, u128 address, uint16_t port)
{
	char text[ADDRESS_TEXT];

	address_format(spec->family, address, text);
	if (!spec->has_ports)
		fputs(text, out);
	else if (spec->family == FAMILY_V6)
		fprintf(out, "[%s]:%u", text, port);
	else
		fprintf(out, "%s:%u", text, port);
}

static void put_flags(FILE *out, uint8_t flags)
{
	const char *separator = " ";

	if (!flags)
		fputs(" none", out);
	for (unsigned bit = 0; bit < AST_TCP_FLAGS; bit++)
		if (flags & 1u << bit) {
			fprintf(out, "%s%s", separator, ast_tcp_flag_names[bit]);
			separator = ",";
		}
}

static void put_icmp(FILE *out, const struct packet_spec *spec)
{
	const char *type = words_icmp_type_name(spec->family, spec->icmp_type);

	if (type)
		fprintf(out, " %s", type);
	else
		fprintf(out, " %u", spec->icmp_type);
	if (spec->icmp_code)
		fprintf(out, " code=%u", spec->icmp_code);
}

static void put_keys(FILE *out, const struct packet_spec *spec)
{
	static const char *const ext_names[] = { "hop", "routing", "dest", "auth" };
	unsigned i;

	for (i = 0; i < spec->n_vlans; i++)
		fprintf(out, "%s%u", i ? "." : " vlan=", spec->vlans[i]);
	if (!spec->arp) {
		if (spec->ttl != DEFAULT_TTL)
			fprintf(out, " ttl=%u", spec->ttl);
		if (spec->dscp)
			fprintf(out, " dscp=%u", spec->dscp);
		if (spec->fragment)
			fprintf(out, " frag=%s", spec->fragment == 1 ? "first" : "later");
		for (i = 0; i < spec->n_exts; i++)
			fprintf(out, "%s%s", i ? "," : " ext=", ext_names[spec->exts[i]]);
		if (spec->options)
			fprintf(out, " options=%u", spec->options);
		if (spec->length)
			fprintf(out, " length=%u", spec->length);
		if (spec->icmp_id)
			fprintf(out, " id=%u", spec->icmp_id);
	}
	if (spec->truncate)
		fprintf(out, " truncate=%u", spec->truncate);
}

char *packet_spec_text(struct arena *arena, const struct packet_spec *spec)
{
	const char *word = proto_word(spec);
	char *text = NULL, *copy;
	size_t size;
	FILE *out = open_memstream(&text, &size);

	if (!out)
		out_of_memory();
	if (spec->arp) {
		fputs("arp", out);
	} else {
		if (word)
			fprintf(out, "%s ", word);
		else
			fprintf(out, "proto %u ", spec->proto);
		put_endpoint(out, spec, spec->src, spec->sport);
		fputs(" > ", out);
		put_endpoint(out, spec, spec->dst, spec->dport);
		if (spec->proto == PROTO_TCP && spec->fragment != 2)
			put_flags(out, spec->tcp_flags);
		else if (is_icmp(spec) && spec->fragment != 2)
			put_icmp(out, spec);
	}
	put_keys(out, spec);
	if (spec->quoted)
		fprintf(out, " quoting %s", packet_spec_text(arena, spec->quoted));
	/* What found no room is not there, and to close does not say so. */
	if (ferror(out) || fclose(out) || !text)
		out_of_memory();
	copy = arena_strndup(arena, text, size);
	free(text);
	return copy;
}
