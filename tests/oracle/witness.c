/* SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause */
/* Witness packets as text, back to values. */
#include "oracle.h"

#include <arpa/inet.h>
#include <stdlib.h>
#include <string.h>

struct word {
	const char *word;
	unsigned value;
};

static const struct word protos[] = {
	{ "tcp", 6 }, { "udp", 17 }, { "sctp", 132 }, { "gre", 47 }, { "esp", 50 }, { "icmp", 1 }, { "icmp4", 1 },
	{ "icmp6", 58 }, { NULL, 0 },
};
static const struct word flags[] = {
	{ "none", 0 }, { "all", 255 }, { "fin", 1 }, { "syn", 2 }, { "rst", 4 }, { "psh", 8 }, { "ack", 16 },
	{ "urg", 32 }, { "ece", 64 }, { "cwr", 128 }, { NULL, 0 },
};
static const struct word types[N_VERSIONS][20] = {
	{ { "echo-reply", 0 }, { "destination-unreachable", 3 }, { "source-quench", 4 }, { "redirect", 5 },
	  { "echo-request", 8 }, { "router-advertisement", 9 }, { "router-solicitation", 10 }, { "time-exceeded", 11 },
	  { "parameter-problem", 12 }, { "timestamp-request", 13 }, { "timestamp-reply", 14 }, { "info-request", 15 },
	  { "info-reply", 16 }, { "address-mask-request", 17 }, { "address-mask-reply", 18 } },
	{ { "destination-unreachable", 1 }, { "packet-too-big", 2 }, { "time-exceeded", 3 }, { "parameter-problem", 4 },
	  { "echo-request", 128 }, { "echo-reply", 129 }, { "mld-listener-query", 130 }, { "mld-listener-report", 131 },
	  { "mld-listener-done", 132 }, { "nd-router-solicit", 133 }, { "nd-router-advert", 134 },
	  { "nd-neighbor-solicit", 135 }, { "nd-neighbor-advert", 136 }, { "nd-redirect", 137 },
	  { "router-renumbering", 138 } },
};

static bool find_word(const struct word *words, const char *text, u128 *value)
{
	for (; words->word; words++)
		if (!strcmp(words->word, text)) {
			*value = words->value;
			return true;
		}
	return false;
}

static bool read_number(const char *text, u128 *value)
{
	char *end;

	*value = strtoul(text, &end, 10);
	return end != text && !*end;
}

/* "10.0.0.1", "10.0.0.1:22", "2001:db8::1", "[2001:db8::1]:22" */
static bool read_endpoint(const char *text, struct packet *packet, enum field address, enum field port)
{
	char host[64];
	const char *after = NULL;
	uint8_t bytes[16];
	bool six = strchr(text, '[') || (strchr(text, ':') && strchr(text, ':') != strrchr(text, ':'));
	const char *end = *text == '[' ? strchr(text, ']') : six ? NULL : strchr(text, ':');
	size_t n;

	if (*text == '[') {
		text++;
		if (!end)
			return false;
		after = end[1] == ':' ? end + 2 : NULL;
	} else if (end) {
		after = end + 1;
	}
	n = end ? (size_t)(end - text) : strlen(text);
	if (n >= sizeof(host))
		return false;
	memcpy(host, text, n);
	host[n] = '\0';
	if (inet_pton(six ? AF_INET6 : AF_INET, host, bytes) != 1)
		return false;
	packet->version = six ? V6 : V4;
	packet->value[address] = 0;
	for (int i = 0; i < (six ? 16 : 4); i++)
		packet->value[address] = packet->value[address] << 8 | bytes[i];
	return !after || read_number(after, &packet->value[port]);
}

static bool read_flags(char *text, u128 *value)
{
	char *save = NULL;

	*value = 0;
	for (char *word = strtok_r(text, ",", &save); word; word = strtok_r(NULL, ",", &save)) {
		u128 flag;

		if (!find_word(flags, word, &flag))
			return false;
		*value |= flag;
	}
	return true;
}

static bool read_key(char *text, struct packet *packet)
{
	static const struct word keys[] = { { "vlan", F_VLAN }, { "ttl", F_TTL }, { "dscp", F_DSCP },
					    { "length", F_LENGTH }, { "code", F_CODE }, { "type", F_TYPE }, { NULL, 0 } };
	char *value = strchr(text, '=');
	u128 field;

	*value++ = '\0';
	if (!strcmp(text, "frag")) {
		packet->value[F_FRAGMENT] = !strcmp(value, "first") ? FIRST : LATER;
		return true;
	}
	return find_word(keys, text, &field) && read_number(value, &packet->value[field]);
}

static bool read_word(char *text, struct packet *packet)
{
	if (strchr(text, '='))
		return read_key(text, packet);
	if (packet->value[F_PROTO] == 6)
		return read_flags(text, &packet->value[F_FLAGS]);
	return find_word(types[packet->version], text, &packet->value[F_TYPE]) ||
	       read_number(text, &packet->value[F_TYPE]);
}

static bool read_packet(char *text, struct packet *packet)
{
	char *save = NULL, *word = strtok_r(text, " ", &save);
	u128 length;

	if (!word)
		return false;
	if (!strcmp(word, "proto")) {
		word = strtok_r(NULL, " ", &save);
		if (!word || !read_number(word, &packet->value[F_PROTO]))
			return false;
	} else if (!find_word(protos, word, &packet->value[F_PROTO])) {
		return false;
	}
	word = strtok_r(NULL, " ", &save);
	if (!word || !read_endpoint(word, packet, F_SRC, F_SPORT))
		return false;
	if (!strcmp(text, "icmp") && packet->version == V6)
		packet->value[F_PROTO] = 58;
	packet->value[F_TYPE] = packet->version == V4 ? 8 : 128;
	word = strtok_r(NULL, " ", &save);
	if (!word || strcmp(word, ">"))
		return false;
	word = strtok_r(NULL, " ", &save);
	if (!word || !read_endpoint(word, packet, F_DST, F_DPORT))
		return false;
	while ((word = strtok_r(NULL, " ", &save)))
		if (!read_word(word, packet))
			return false;
	/* Not written: headers and 16 bytes, but for tcp, which has a payload only with psh, and 4 bytes in a first fragment. */
	length = least_length(packet->version, (unsigned)packet->value[F_PROTO], (int)packet->value[F_FRAGMENT]);
	if (packet->value[F_PROTO] != 6 || packet->value[F_FRAGMENT] == 2 || (unsigned)packet->value[F_FLAGS] & 8)
		length += 16;
	else if (packet->value[F_FRAGMENT] == 1)
		length += 4;
	if (!packet->value[F_LENGTH])
		packet->value[F_LENGTH] = length;
	return true;
}

/* "from in @s0, to in @s1, state established, over the rate of 'r3'" */
static bool read_world(char *text, struct world *world)
{
	static const struct word states[] = { { "new", 0 }, { "established", 1 }, { "related", 2 }, { "invalid", 3 },
					      { NULL, 0 } };
	char *next = text;

	while (next) {
		char *part = next, state[32];
		unsigned number, set;
		char side[8];
		u128 value;

		next = strstr(part, ", ");
		if (next) {
			*next = '\0';
			next += 2;
		}
		if (sscanf(part, "state %31s", state) == 1) {
			if (!find_word(states, state, &value))
				return false;
			world->state = (unsigned)value;
		} else if (sscanf(part, "%7s in @s%u", side, &set) == 2 && set < N_SETS) {
			world->member[strcmp(side, "from") ? DST : SRC][set] = true;
		} else if (sscanf(part, "over the rate of 'r%u'", &number) == 1 && number < 64) {
			world->exceeded |= 1ull << number;
		} else {
			return false;
		}
	}
	return true;
}

bool witness_read(const struct policy *policy, const char *text, const char *when, struct packet *packet,
		  struct world *world)
{
	char *copy = text ? strdup(text) : NULL, *condition = when ? strdup(when) : NULL;
	bool ok;

	(void)policy;
	memset(packet, 0, sizeof(*packet));
	memset(world, 0, sizeof(*world));
	packet->value[F_FLAGS] = 2;
	packet->value[F_TTL] = 64;
	packet->value[F_VLAN] = VLAN_NONE;
	ok = copy && read_packet(copy, packet) && (!condition || read_world(condition, world));
	free(copy);
	free(condition);
	return ok;
}
