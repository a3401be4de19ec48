/* SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause */
/* Numbers below 2^512: there are about 2^350 IPv6 packets. What goes beyond is a mistake and stops the program. */
#include "oracle.h"

#include <stdlib.h>
#include <string.h>

enum { PARTS = 16 };

static void overflow(void)
{
	fputs("oracle: a count of packets is beyond 2^512\n", stderr);
	abort();
}

struct big big_from(u128 value)
{
	struct big big = { { 0 } };

	for (int i = 0; i < 4; i++)
		big.part[i] = (uint32_t)(value >> 32 * i);
	return big;
}

struct big big_add(struct big a, struct big b)
{
	uint64_t carry = 0;

	for (int i = 0; i < PARTS; i++) {
		carry += (uint64_t)a.part[i] + b.part[i];
		a.part[i] = (uint32_t)carry;
		carry >>= 32;
	}
	if (carry)
		overflow();
	return a;
}

struct big big_mul(struct big a, struct big b)
{
	struct big product = { { 0 } };

	for (int i = 0; i < PARTS; i++) {
		uint64_t carry = 0;

		if (!a.part[i])
			continue;
		for (int j = 0; j < PARTS; j++) {
			if (i + j >= PARTS) {
				if (b.part[j] || carry)
					overflow();
				continue;
			}
			carry += (uint64_t)a.part[i] * b.part[j] + product.part[i + j];
			product.part[i + j] = (uint32_t)carry;
			carry >>= 32;
		}
		if (carry)
			overflow();
	}
	return product;
}

bool big_equal(struct big a, struct big b)
{
	return !memcmp(&a, &b, sizeof(a));
}

bool big_parse(const char *text, struct big *out)
{
	*out = big_from(0);
	if (!text || !*text)
		return false;
	for (; *text; text++) {
		if (*text < '0' || *text > '9')
			return false;
		*out = big_add(big_mul(*out, big_from(10)), big_from((u128)(*text - '0')));
	}
	return true;
}

void big_text(struct big value, char text[160])
{
	char digits[160];
	size_t n = 0;
	bool more = true;

	while (more) {
		uint64_t rest = 0;

		more = false;
		for (int i = PARTS - 1; i >= 0; i--) {
			rest = rest << 32 | value.part[i];
			value.part[i] = (uint32_t)(rest / 10);
			rest %= 10;
			more |= value.part[i] != 0;
		}
		digits[n++] = (char)('0' + rest);
	}
	for (size_t i = 0; i < n; i++)
		text[i] = digits[n - 1 - i];
	text[n] = '\0';
}
