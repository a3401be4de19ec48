/* SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause */
/*
 * Packets as tests and command lines write them. What contradicts itself is refused:
 * a frame must be what its text says. Only `length`, `truncate`, a third VLAN tag
 * and oddly ordered extension headers may make malformed frames, on purpose.
 */
#include "policy.h"

#include "ip_proto.h"
#include "spell.h"
#include "words.h"

#include <inttypes.h>
#include <string.h>

enum {
	DEFAULT_TTL = 64,
	FRAGMENT_FIRST = 1,
	FRAGMENT_LATER = 2,
	OPTIONS_MAX = 40,
	VLANS_MAX = 3,
	/* Of IPv6: the header does not count in its payload length. */
	LENGTH_MAX4 = 65535,
	LENGTH_MAX6 = 40 + 65535,
	FLAG_SYN = 2,
};

struct packet_reader {
	struct resolve *resolve;
	const struct ast_packet *ast;
	struct packet_spec *spec;
	bool ok;
	bool has_type;
};

static struct diag *bad_packet(struct packet_reader *reader, struct span span, const char *format, ...)
	__attribute__((format(printf, 3, 4)));

static struct diag *bad_packet(struct packet_reader *reader, struct span span, const char *format, ...)
{
	struct diag *diag;
	va_list args;

	reader->ok = false;
	va_start(args, format);
	diag = diag_vreport(reader->resolve->diags, CODE_BAD_PACKET, span, format, args);
	va_end(args);
	return diag;
}

/* Exactly a decimal number of at most `max`. */
static bool parse_number(const char *text, size_t length, uint64_t max, uint64_t *number)
{
	*number = 0;
	if (!length)
		return false;
	for (size_t i = 0; i < length; i++) {
		if (text[i] < '0' || text[i] > '9')
			return false;
		*number = *number * 10 + (uint64_t)(text[i] - '0');
		if (*number > max)
			return false;
	}
	return true;
}

static bool key_number(struct packet_reader *reader, const struct ast_packet_key *key, uint64_t min, uint64_t max,
		       uint64_t *number)
{
	if (parse_number(key->value.text, strlen(key->value.text), max, number) && *number >= min)
		return true;
	reader->ok = false;
	diag_report(reader->resolve->diags, CODE_OUT_OF_RANGE, key->value.span,
		    "%s takes a number from %" PRIu64 " to %" PRIu64, key->name.text, min, max);
	return false;
}

/* Addresses and protocol */

static bool is_plain_address(const struct ast_expr *expr)
{
	return expr && expr->kind == AST_EXPR_ADDRESS && !expr->has_prefix;
}

static bool read_addresses(struct packet_reader *reader)
{
	const struct ast_packet *ast = reader->ast;
	struct packet_spec *spec = reader->spec;

	if (!is_plain_address(ast->src) || !is_plain_address(ast->dst)) {
		bad_packet(reader, ast->src && !is_plain_address(ast->src) ? ast->src->span : ast->span,
			   "a packet goes from one address to one other");
		return false;
	}
	if (ast->src->family != ast->dst->family) {
		bad_packet(reader, ast->dst->span, "the two addresses are of different IP versions");
		return false;
	}
	spec->family = ast->src->family;
	spec->src = ast->src->value;
	spec->dst = ast->dst->value;
	return true;
}

/* `icmp` is what it is in the addresses' IP version; `icmp4` and `icmp6` must be of that version. */
static bool read_proto(struct packet_reader *reader)
{
	const struct ast_name *name = &reader->ast->proto;
	struct packet_spec *spec = reader->spec;
	uint64_t number;

	if (parse_number(name->text, strlen(name->text), 255, &number)) {
		spec->proto = (uint8_t)number;
		return true;
	}
	if (!words_proto(name->text, &spec->proto)) {
		bad_packet(reader, name->span, "'%s' is no protocol: 'proto N' takes 0 to 255", name->text);
		return false;
	}
	if (!strcmp(name->text, "icmp") && spec->family == FAMILY_V6)
		spec->proto = PROTO_ICMPV6;
	if ((!strcmp(name->text, "icmp4") && spec->family == FAMILY_V6) ||
	    (!strcmp(name->text, "icmp6") && spec->family == FAMILY_V4)) {
		struct diag *diag = bad_packet(reader, name->span, "'%s' is of the other IP version than the addresses",
					       name->text);

		diag_help(reader->resolve->diags, diag, "write 'icmp', or 'proto %u' if that is what is to be tested",
			  spec->proto);
		return false;
	}
	return true;
}

static bool is_icmp(const struct packet_spec *spec)
{
	return spec->proto == (spec->family == FAMILY_V4 ? PROTO_ICMP : PROTO_ICMPV6);
}

/* Messages with an identifier: requests and their replies. */
static bool is_query(const struct packet_spec *spec)
{
	unsigned type = spec->icmp_type;

	if (spec->family == FAMILY_V6)
		return type == 128 || type == 129;
	return type == 0 || type == 8 || (type >= 13 && type <= 18);
}

static bool is_error(const struct packet_spec *spec)
{
	unsigned type = spec->icmp_type;

	if (spec->family == FAMILY_V6)
		return type >= 1 && type <= 4;
	return type == 3 || type == 4 || type == 5 || type == 11 || type == 12;
}

/* Ports */

static bool read_port(struct packet_reader *reader, const struct ast_expr *expr, uint16_t *port)
{
	struct diag *diag;
	struct spell spell;

	if (expr->kind == AST_EXPR_NUMBER) {
		if (expr->number <= UINT16_MAX) {
			*port = (uint16_t)expr->number;
			return true;
		}
		reader->ok = false;
		diag_report(reader->resolve->diags, CODE_OUT_OF_RANGE, expr->span,
			    "port %" PRIu64 " is out of range: the highest is 65535", expr->number);
		return false;
	}
	if (expr->kind == AST_EXPR_NAME && words_port(expr->text, port))
		return true;
	reader->ok = false;
	diag = diag_report(reader->resolve->diags, CODE_UNKNOWN_NAME, expr->span,
			   "'%s' is no port: a packet takes a number or an IANA name",
			   expr->text ? expr->text : "this");
	if (!expr->text)
		return false;
	spell_init(&spell, expr->text);
	words_offer_ports(&spell);
	if (spell_best(&spell))
		diag_help(reader->resolve->diags, diag, "did you mean '%s'?", spell_best(&spell));
	return false;
}

static void read_ports(struct packet_reader *reader)
{
	const struct ast_expr *sport = reader->ast->sport, *dport = reader->ast->dport;
	struct packet_spec *spec = reader->spec;
	bool has_ports = spec->proto == PROTO_TCP || spec->proto == PROTO_UDP || spec->proto == PROTO_SCTP;
	struct span span = sport ? sport->span : dport ? dport->span : reader->ast->proto.span;
	const char *name = words_proto_name(spec->proto);

	if ((sport || dport) && !has_ports) {
		bad_packet(reader, span, "%s has no ports: only tcp, udp and sctp have", name ? name : "this protocol");
	} else if ((sport || dport) && spec->fragment == FRAGMENT_LATER) {
		bad_packet(reader, span, "a later fragment has no ports");
	} else if (has_ports && spec->fragment != FRAGMENT_LATER && (!sport || !dport)) {
		struct diag *diag = bad_packet(reader, span, "a %s packet has two ports", name);

		diag_help(reader->resolve->diags, diag,
			  "write them after the addresses: '10.0.0.1:40000', '[2001:db8::1]:40000'");
	} else if (sport && dport) {
		spec->has_ports = true;
		read_port(reader, sport, &spec->sport);
		read_port(reader, dport, &spec->dport);
	}
}

/* Flags and types */

static void read_flag(struct packet_reader *reader, const char *word, size_t length)
{
	struct spell spell;
	struct diag *diag;
	char *copy;

	for (unsigned bit = 0; bit < AST_TCP_FLAGS; bit++) {
		if (strlen(ast_tcp_flag_names[bit]) != length || memcmp(ast_tcp_flag_names[bit], word, length))
			continue;
		reader->spec->tcp_flags |= (uint8_t)(1u << bit);
		return;
	}
	reader->ok = false;
	copy = arena_strndup(reader->resolve->arena, word, length);
	diag = diag_report(reader->resolve->diags, CODE_UNKNOWN_NAME, reader->ast->words.span, "'%s' is no TCP flag",
			   copy);
	spell_init(&spell, copy);
	for (unsigned bit = 0; bit < AST_TCP_FLAGS; bit++)
		spell_offer(&spell, ast_tcp_flag_names[bit]);
	if (spell_best(&spell))
		diag_help(reader->resolve->diags, diag, "did you mean '%s'?", spell_best(&spell));
}

static void read_flags(struct packet_reader *reader, const char *words)
{
	if (!strcmp(words, "none"))
		return;
	if (!strcmp(words, "all")) {
		reader->spec->tcp_flags = 0xff;
		return;
	}
	for (;;) {
		size_t length = strcspn(words, ",");

		read_flag(reader, words, length);
		if (!words[length])
			return;
		words += length + 1;
	}
}

static void read_type(struct packet_reader *reader, const char *word, struct span span)
{
	struct packet_spec *spec = reader->spec;
	struct spell spell;
	struct diag *diag;
	uint64_t number;

	reader->has_type = true;
	if (parse_number(word, strlen(word), 255, &number)) {
		spec->icmp_type = (uint8_t)number;
		return;
	}
	if (words_icmp_type(spec->family, word, &spec->icmp_type))
		return;
	reader->ok = false;
	diag = diag_report(reader->resolve->diags, CODE_UNKNOWN_NAME, span, "'%s' is no ICMP type of IPv%d", word,
			   spec->family == FAMILY_V4 ? 4 : 6);
	spell_init(&spell, word);
	words_offer_icmp_types(&spell, spec->family);
	if (spell_best(&spell))
		diag_help(reader->resolve->diags, diag, "did you mean '%s'?", spell_best(&spell));
}

/* The word after the addresses; left out, a tcp packet is a syn and an icmp one an echo-request. */
static void read_words(struct packet_reader *reader)
{
	const struct ast_name *words = &reader->ast->words;
	struct packet_spec *spec = reader->spec;

	if (words->text && spec->fragment == FRAGMENT_LATER) {
		bad_packet(reader, words->span, "a later fragment has no header of its protocol, so no '%s'",
			   words->text);
	} else if (spec->fragment == FRAGMENT_LATER) {
		if (reader->has_type)
			bad_packet(reader, reader->ast->span, "a later fragment has no ICMP type or code");
	} else if (spec->proto == PROTO_TCP) {
		if (words->text)
			read_flags(reader, words->text);
		else
			spec->tcp_flags = FLAG_SYN;
	} else if (is_icmp(spec)) {
		if (words->text && reader->has_type)
			bad_packet(reader, words->span, "the type is given twice, as a word and as 'type='");
		else if (words->text)
			read_type(reader, words->text, words->span);
		else if (!reader->has_type)
			words_icmp_type(spec->family, "echo-request", &spec->icmp_type);
	} else if (words->text) {
		bad_packet(reader, words->span, "'%s': flags belong to tcp, types to icmp", words->text);
	}
}

static void read_code(struct packet_reader *reader, const struct ast_packet_key *key)
{
	struct packet_spec *spec = reader->spec;
	uint64_t number;

	if (words_icmp_code(spec->family, spec->icmp_type, key->value.text, &spec->icmp_code))
		return;
	if (key_number(reader, key, 0, 255, &number))
		spec->icmp_code = (uint8_t)number;
}

static void read_id(struct packet_reader *reader, const struct ast_packet_key *key)
{
	const struct packet_spec *spec = reader->spec;
	struct diag *diag;

	if (is_query(spec))
		return;
	diag = bad_packet(reader, key->name.span, "this ICMP message has no identifier");
	diag_help(reader->resolve->diags, diag, spec->family == FAMILY_V4 ?
		  "echo, timestamp, information and address mask have: requests and replies" :
		  "echo-request and echo-reply have");
}

/* Keys */

static void key_vlan(struct packet_reader *reader, const struct ast_packet_key *key)
{
	struct packet_spec *spec = reader->spec;
	const char *text = key->value.text;
	uint64_t number;

	for (;;) {
		size_t length = strcspn(text, ".");

		if (spec->n_vlans == VLANS_MAX || !parse_number(text, length, 4095, &number)) {
			bad_packet(reader, key->value.span,
				   "vlan takes one to three ids from 0 to 4095, such as 10.20");
			return;
		}
		spec->vlans[spec->n_vlans++] = (uint16_t)number;
		if (!text[length])
			return;
		text += length + 1;
	}
}

static void key_ttl(struct packet_reader *reader, const struct ast_packet_key *key)
{
	uint64_t number;

	if (key_number(reader, key, 0, 255, &number))
		reader->spec->ttl = (uint8_t)number;
}

static void key_dscp(struct packet_reader *reader, const struct ast_packet_key *key)
{
	uint64_t number;

	if (words_dscp(key->value.text, &reader->spec->dscp))
		return;
	if (key_number(reader, key, 0, 63, &number))
		reader->spec->dscp = (uint8_t)number;
}

static void key_length(struct packet_reader *reader, const struct ast_packet_key *key)
{
	bool v4 = reader->spec->family == FAMILY_V4;
	uint64_t number;

	/* At least the header: a frame that ends within it is made by `truncate`. */
	if (key_number(reader, key, v4 ? 20 : 40, v4 ? LENGTH_MAX4 : LENGTH_MAX6, &number))
		reader->spec->length = (uint32_t)number;
}

static void key_frag(struct packet_reader *reader, const struct ast_packet_key *key)
{
	if (!strcmp(key->value.text, "first"))
		reader->spec->fragment = FRAGMENT_FIRST;
	else if (!strcmp(key->value.text, "later"))
		reader->spec->fragment = FRAGMENT_LATER;
	else
		bad_packet(reader, key->value.span, "frag is first or later");
}

static void key_type(struct packet_reader *reader, const struct ast_packet_key *key)
{
	if (!is_icmp(reader->spec))
		bad_packet(reader, key->name.span, "only icmp has a type");
	else
		read_type(reader, key->value.text, key->value.span);
}

static void key_code(struct packet_reader *reader, const struct ast_packet_key *key)
{
	/* Its words depend on the type, which may come later: see read_code. */
	if (!is_icmp(reader->spec))
		bad_packet(reader, key->name.span, "only icmp has a code");
}

static void key_id(struct packet_reader *reader, const struct ast_packet_key *key)
{
	uint64_t number;

	/* Which messages have one depends on the type, which may come later: see read_id. */
	if (!is_icmp(reader->spec))
		bad_packet(reader, key->name.span, "only icmp has an id");
	else if (key_number(reader, key, 0, UINT16_MAX, &number))
		reader->spec->icmp_id = (uint16_t)number;
}

static void key_ext(struct packet_reader *reader, const struct ast_packet_key *key)
{
	static const struct {
		const char *word;
		enum frame_ext ext;
	} words[] = {
		{ "hop", FRAME_EXT_HOP }, { "routing", FRAME_EXT_ROUTING },
		{ "dest", FRAME_EXT_DEST }, { "auth", FRAME_EXT_AUTH },
	};
	struct packet_spec *spec = reader->spec;
	const char *text = key->value.text;

	if (spec->family != FAMILY_V6) {
		bad_packet(reader, key->name.span, "only IPv6 has extension headers");
		return;
	}
	for (;;) {
		size_t length = strcspn(text, ","), i, n = sizeof(words) / sizeof(words[0]);

		for (i = 0; i < n; i++)
			if (strlen(words[i].word) == length && !memcmp(words[i].word, text, length))
				break;
		if (i == n || spec->n_exts == FRAME_EXTS) {
			bad_packet(reader, key->value.span, "ext takes one to %d of hop, routing, dest and auth",
				   FRAME_EXTS);
			return;
		}
		spec->exts[spec->n_exts++] = words[i].ext;
		if (!text[length])
			return;
		text += length + 1;
	}
}

static void key_options(struct packet_reader *reader, const struct ast_packet_key *key)
{
	uint64_t number;

	if (reader->spec->family != FAMILY_V4)
		bad_packet(reader, key->name.span, "only IPv4 has options");
	else if (!key_number(reader, key, 0, OPTIONS_MAX, &number))
		return;
	else if (number % 4)
		bad_packet(reader, key->value.span, "options come in fours: %" PRIu64 " is not a multiple", number);
	else
		reader->spec->options = (unsigned)number;
}

static void key_truncate(struct packet_reader *reader, const struct ast_packet_key *key)
{
	uint64_t number;

	/* BPF_PROG_TEST_RUN takes no frame without an Ethernet header. */
	if (key_number(reader, key, 14, UINT32_MAX, &number))
		reader->spec->truncate = (uint32_t)number;
}

static const struct packet_key {
	const char *name;
	bool arp; /* says something of a frame that is not IP as well */
	void (*read)(struct packet_reader *reader, const struct ast_packet_key *key);
} packet_keys[] = {
	{ "vlan", true, key_vlan },	{ "ttl", false, key_ttl },	   { "dscp", false, key_dscp },
	{ "length", false, key_length }, { "frag", false, key_frag },	   { "type", false, key_type },
	{ "code", false, key_code },	{ "ext", false, key_ext },	   { "options", false, key_options },
	{ "truncate", true, key_truncate }, { "id", false, key_id },
};

#define N_PACKET_KEYS (sizeof(packet_keys) / sizeof(packet_keys[0]))

static void unknown_key(struct packet_reader *reader, const struct ast_packet_key *key)
{
	struct spell spell;
	struct diag *diag;

	reader->ok = false;
	diag = diag_report(reader->resolve->diags, CODE_UNKNOWN_KEY, key->name.span, "a packet has no key '%s'",
			   key->name.text);
	spell_init(&spell, key->name.text);
	for (size_t i = 0; i < N_PACKET_KEYS; i++)
		spell_offer(&spell, packet_keys[i].name);
	if (spell_best(&spell))
		diag_help(reader->resolve->diags, diag, "did you mean '%s'?", spell_best(&spell));
	else
		diag_help(reader->resolve->diags, diag,
			  "the keys are vlan, ttl, dscp, length, frag, type, code, id, ext, options and truncate");
}

static void read_keys(struct packet_reader *reader)
{
	const struct ast_packet_key *seen[N_PACKET_KEYS] = { NULL };

	for (const struct ast_packet_key *key = reader->ast->keys; key; key = key->next) {
		size_t i;

		for (i = 0; i < N_PACKET_KEYS && strcmp(packet_keys[i].name, key->name.text); i++)
			;
		if (i == N_PACKET_KEYS) {
			unknown_key(reader, key);
		} else if (seen[i]) {
			reader->ok = false;
			diag_note(reader->resolve->diags,
				  diag_report(reader->resolve->diags, CODE_SAID_TWICE, key->name.span,
					      "%s is given twice", key->name.text),
				  seen[i]->name.span, "first given here");
		} else {
			seen[i] = key;
			if (reader->spec->arp && !packet_keys[i].arp)
				bad_packet(reader, key->name.span, "an arp packet has no %s", key->name.text);
			else
				packet_keys[i].read(reader, key);
		}
	}
}

/* The packet in an ICMP error: of it there is IP and what comes next, no frame. */
static void read_quoted(struct packet_reader *reader)
{
	const struct ast_packet *quoted = reader->ast->quoted;
	struct packet_spec *spec = reader->spec;
	struct packet_spec *inner;
	const char *text;
	struct diag *diag;

	if (!is_icmp(spec) || !is_error(spec) || spec->fragment == FRAGMENT_LATER) {
		diag = bad_packet(reader, quoted->span, "only an ICMP error quotes a packet");
		diag_help(reader->resolve->diags, diag, spec->family == FAMILY_V4 ?
			  "errors are destination-unreachable, source-quench, redirect, time-exceeded, parameter-problem" :
			  "errors are destination-unreachable, packet-too-big, time-exceeded, parameter-problem");
		return;
	}
	if (quoted->quoted) {
		bad_packet(reader, quoted->quoted->span, "what is quoted does not quote: no error answers an error");
		return;
	}
	inner = ARENA_NEW(reader->resolve->arena, struct packet_spec);
	if (!resolve_packet(reader->resolve, quoted, inner, &text)) {
		reader->ok = false;
		return;
	}
	if (inner->arp || inner->family != spec->family)
		bad_packet(reader, quoted->span, "an ICMP error quotes a packet of its own IP version");
	else if (inner->n_vlans || inner->truncate)
		bad_packet(reader, quoted->span, "what is quoted is no frame: it has no vlan, and is not truncated");
	spec->quoted = inner;
}

static void read_ip(struct packet_reader *reader)
{
	if (!read_addresses(reader) || !read_proto(reader))
		return;
	read_keys(reader);
	read_ports(reader);
	read_words(reader);
	for (const struct ast_packet_key *key = reader->ast->keys; key; key = key->next) {
		bool is_code = !strcmp(key->name.text, "code"), is_id = !strcmp(key->name.text, "id");

		if ((!is_code && !is_id) || !is_icmp(reader->spec))
			continue;
		if (reader->spec->fragment == FRAGMENT_LATER)
			bad_packet(reader, key->name.span, "a later fragment has no ICMP type, code or id");
		else if (is_code)
			read_code(reader, key);
		else
			read_id(reader, key);
	}
	if (reader->ast->quoted)
		read_quoted(reader);
}

bool resolve_packet(struct resolve *resolve, const struct ast_packet *packet, struct packet_spec *spec,
		    const char **text)
{
	struct packet_reader reader = { .resolve = resolve, .ast = packet, .spec = spec, .ok = true };

	memset(spec, 0, sizeof(*spec));
	spec->ttl = DEFAULT_TTL;
	*text = ast_packet_text(resolve->arena, packet);
	if (!strcmp(packet->proto.text, "arp")) {
		spec->arp = true;
		read_keys(&reader);
		if (packet->quoted)
			bad_packet(&reader, packet->quoted->span, "an arp packet quotes nothing");
	} else {
		read_ip(&reader);
	}
	return reader.ok;
}
