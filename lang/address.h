/* SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause */
/*
 * Values of fields as numbers. An IPv6 address is one 128-bit number whose most
 * significant byte is the first on the wire; an IPv4 address a number below 2^32.
 */
#ifndef SENTRY_ADDRESS_H
#define SENTRY_ADDRESS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

__extension__ typedef unsigned __int128 u128;

enum family {
	FAMILY_V4,
	FAMILY_V6,
	N_FAMILIES
};

struct range {
	u128 lo; /* inclusive */
	u128 hi; /* inclusive */
};

static inline unsigned family_bits(enum family family)
{
	return family == FAMILY_V4 ? 32 : 128;
}

/* All ones in the low `bits` bits. */
static inline u128 u128_ones(unsigned bits)
{
	return bits >= 128 ? ~(u128)0 : ((u128)1 << bits) - 1;
}

/*
 * Parse exactly `length` bytes. Dotted quads without leading zeros, and RFC 4291
 * text (with embedded IPv4); no zone, no prefix. False if it is anything else.
 */
bool address_parse(const char *text, size_t length, enum family *family, u128 *value);

/* Enough for any address, prefix or range that the printers below write. */
#define ADDRESS_TEXT 96

/* "10.0.0.1"; RFC 5952 for IPv6. `out` holds ADDRESS_TEXT bytes and is returned. */
char *address_format(enum family family, u128 value, char *out);

/* "10.0.0.0/8" if it is one prefix, "10.0.0.1" if one address, else "10.0.0.1-10.0.0.9". */
char *address_range_format(enum family family, struct range range, char *out);

/* True, with the length, if the range is exactly one prefix of the family. */
bool address_range_is_prefix(enum family family, struct range range, unsigned *prefix_length);

#endif
