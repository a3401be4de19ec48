/* SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause */
/* Frames written down in a test: hexadecimal, spaces as one likes, [n] for n zero bytes. */
#ifndef SENTRY_TEST_HEXFRAME_H
#define SENTRY_TEST_HEXFRAME_H

#include <ctype.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define ETH(type) "020000000001 020000000002 " type " "
#define VLAN(tci, type) tci " " type " "
/* From 10.0.0.1 to 10.0.0.2, TTL 64, DSCP 10, without options. */
#define IPV4(length, fragment, proto) "45 28 " length " 0001 " fragment " 40 " proto " 0000 0a000001 0a000002 "
/* From 2001:db8::1 to 2001:db8::2, hop limit 64, DSCP 10. */
#define IPV6(payload, next)                                                                       \
	"6280 0000 " payload " " next " 40 20010db8000000000000000000000001 20010db8000000000000000000000002 "
/* From port 1000 to port 80. */
#define TCP(offset, flags) "03e8 0050 00001000 00002000 " offset " " flags " 0400 0000 0000 "
#define UDP(length) "03e8 0050 " length " 0000 "
#define SCTP "03e8 0050 00000001 00000000 "
#define ICMP(type, code) type " " code " 0000 00010001 "

static unsigned hex_digit(char c)
{
	return isdigit((unsigned char)c) ? (unsigned)(c - '0') : (unsigned)(tolower((unsigned char)c) - 'a' + 10);
}

/* Bytes written to `out`, which has room for `room`. */
static uint32_t hex_bytes(const char *text, uint8_t *out, uint32_t room)
{
	uint32_t size = 0;

	while (*text) {
		uint32_t zeros = 0;

		if (*text == ' ') {
			text++;
			continue;
		}
		if (*text == '[') {
			char *end;

			zeros = (uint32_t)strtoul(text + 1, &end, 10);
			text = end + 1;
		}
		if (zeros ? size + zeros > room :
			    !isxdigit((unsigned char)text[0]) || !isxdigit((unsigned char)text[1]) || size == room) {
			fprintf(stderr, "bad frame in the test, at \"%s\"\n", text);
			abort();
		}
		if (zeros) {
			memset(out + size, 0, zeros);
			size += zeros;
			continue;
		}
		out[size++] = (uint8_t)(hex_digit(text[0]) << 4 | hex_digit(text[1]));
		text += 2;
	}
	return size;
}

#endif
