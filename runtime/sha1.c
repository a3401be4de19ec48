/* SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause */
#include "sha1.h"

#include <string.h>

#define BLOCK 64

static uint32_t rotate(uint32_t word, unsigned int bits)
{
	return word << bits | word >> (32 - bits);
}

static void sha1_block(uint32_t state[static 5], const uint8_t block[static BLOCK])
{
	uint32_t a = state[0], b = state[1], c = state[2], d = state[3], e = state[4];
	uint32_t w[80];

	for (size_t i = 0; i < 16; i++)
		w[i] = (uint32_t)block[4 * i] << 24 | (uint32_t)block[4 * i + 1] << 16 |
		       (uint32_t)block[4 * i + 2] << 8 | block[4 * i + 3];
	for (size_t i = 16; i < 80; i++)
		w[i] = rotate(w[i - 3] ^ w[i - 8] ^ w[i - 14] ^ w[i - 16], 1);

	for (size_t i = 0; i < 80; i++) {
		uint32_t f, k, next;

		if (i < 20) {
			f = (b & c) | (~b & d);
			k = 0x5a827999;
		} else if (i < 40) {
			f = b ^ c ^ d;
			k = 0x6ed9eba1;
		} else if (i < 60) {
			f = (b & c) | (b & d) | (c & d);
			k = 0x8f1bbcdc;
		} else {
			f = b ^ c ^ d;
			k = 0xca62c1d6;
		}
		next = rotate(a, 5) + f + e + k + w[i];
		e = d;
		d = c;
		c = rotate(b, 30);
		b = a;
		a = next;
	}
	state[0] += a;
	state[1] += b;
	state[2] += c;
	state[3] += d;
	state[4] += e;
}

void sha1(const void *data, size_t size, uint8_t digest[static SHA1_SIZE])
{
	uint32_t state[5] = { 0x67452301, 0xefcdab89, 0x98badcfe, 0x10325476, 0xc3d2e1f0 };
	const uint8_t *bytes = data;
	uint8_t tail[2 * BLOCK] = { 0 };
	uint64_t bits = (uint64_t)size * 8;
	size_t rest = size % BLOCK, tail_size;

	for (size_t i = 0; i + BLOCK <= size; i += BLOCK)
		sha1_block(state, bytes + i);

	/* A one bit, zeros, and the length in bits as the last eight bytes of a block. */
	if (rest)
		memcpy(tail, bytes + size - rest, rest);
	tail[rest] = 0x80;
	tail_size = rest + 9 <= BLOCK ? BLOCK : 2 * BLOCK;
	for (size_t i = 0; i < 8; i++)
		tail[tail_size - 1 - i] = (uint8_t)(bits >> (8 * i));
	for (size_t i = 0; i < tail_size; i += BLOCK)
		sha1_block(state, tail + i);

	for (size_t i = 0; i < SHA1_SIZE; i++)
		digest[i] = (uint8_t)(state[i / 4] >> (24 - 8 * (i % 4)));
}
