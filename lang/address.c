/* SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause */
#include "address.h"

#include <arpa/inet.h>
#include <inttypes.h>
#include <netinet/in.h>
#include <stdio.h>
#include <string.h>

bool address_parse(const char *text, size_t length, enum family *family, u128 *value)
{
	unsigned char bytes[16];
	char copy[INET6_ADDRSTRLEN];
	bool v6;

	if (length >= sizeof(copy) || memchr(text, '\0', length))
		return false;
	memcpy(copy, text, length);
	copy[length] = '\0';
	v6 = strchr(copy, ':');
	if (inet_pton(v6 ? AF_INET6 : AF_INET, copy, bytes) != 1)
		return false;
	*family = v6 ? FAMILY_V6 : FAMILY_V4;
	*value = 0;
	for (unsigned i = 0; i < (v6 ? 16 : 4); i++)
		*value = *value << 8 | bytes[i];
	return true;
}

static int format_v4(uint32_t value, char *out, size_t size)
{
	return snprintf(out, size, "%u.%u.%u.%u", value >> 24, value >> 16 & 0xff, value >> 8 & 0xff, value & 0xff);
}

/* RFC 5952: lower case, no leading zeros, the first longest run of two or more zero groups as "::". */
static void format_v6(u128 value, char *out, size_t size)
{
	unsigned run_begin = 8, run_length = 1;
	size_t used = 0;

	if (value >> 32 == 0xffff) {
		used = (size_t)snprintf(out, size, "::ffff:");
		format_v4((uint32_t)value, out + used, size - used);
		return;
	}
	for (unsigned i = 0; i < 8; i++) {
		unsigned n = 0;

		while (i + n < 8 && !(uint16_t)(value >> (112 - 16 * (i + n))))
			n++;
		if (n > run_length) {
			run_begin = i;
			run_length = n;
		}
	}
	out[0] = '\0';
	for (unsigned i = 0; i < 8; i++) {
		const char *colon = i && i != run_begin + run_length ? ":" : "";

		if (i == run_begin) {
			used += (size_t)snprintf(out + used, size - used, "::");
			i += run_length - 1;
			continue;
		}
		used += (size_t)snprintf(out + used, size - used, "%s%x", colon, (unsigned)(uint16_t)(value >> (112 - 16 * i)));
	}
}

char *address_format(enum family family, u128 value, char *out)
{
	if (family == FAMILY_V4)
		format_v4((uint32_t)value, out, ADDRESS_TEXT);
	else
		format_v6(value, out, ADDRESS_TEXT);
	return out;
}

bool address_range_is_prefix(enum family family, struct range range, unsigned *prefix_length)
{
	u128 differ = range.lo ^ range.hi;
	unsigned host = 0;

	while (host < family_bits(family) && differ >> host)
		host++;
	/* lo must end in zeros and hi in ones wherever they may differ. */
	if (differ != u128_ones(host) || range.lo & differ)
		return false;
	*prefix_length = family_bits(family) - host;
	return true;
}

char *address_range_format(enum family family, struct range range, char *out)
{
	char lo[ADDRESS_TEXT], hi[ADDRESS_TEXT];
	unsigned prefix;
	size_t used;

	address_format(family, range.lo, lo);
	if (address_range_is_prefix(family, range, &prefix)) {
		used = strlen(lo);
		memcpy(out, lo, used + 1);
		if (prefix < family_bits(family))
			snprintf(out + used, ADDRESS_TEXT - used, "/%u", prefix);
		return out;
	}
	address_format(family, range.hi, hi);
	/* Two addresses of at most 45 bytes and a dash. */
	snprintf(out, ADDRESS_TEXT, "%.45s-%.45s", lo, hi);
	return out;
}
