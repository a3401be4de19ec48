/* SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause */
#include "utf8.h"

size_t utf8_length(const char *text, size_t room)
{
	const unsigned char *bytes = (const unsigned char *)text;
	size_t length;

	if (!room)
		return 0;
	length = bytes[0] < 0x80 ? 1 : bytes[0] >= 0xc2 && bytes[0] < 0xe0 ? 2 : (bytes[0] & 0xf0) == 0xe0 ? 3
	       : bytes[0] >= 0xf0 && bytes[0] < 0xf5 ? 4 : 0;
	if (!length || length > room)
		return 0;
	for (size_t i = 1; i < length; i++)
		if ((bytes[i] & 0xc0) != 0x80)
			return 0;
	/* Overlong forms, surrogates, beyond U+10FFFF. */
	if ((bytes[0] == 0xe0 && bytes[1] < 0xa0) || (bytes[0] == 0xed && bytes[1] >= 0xa0) ||
	    (bytes[0] == 0xf0 && bytes[1] < 0x90) || (bytes[0] == 0xf4 && bytes[1] >= 0x90))
		return 0;
	return length;
}

uint32_t utf8_point(const char *text, size_t length)
{
	const unsigned char *bytes = (const unsigned char *)text;
	uint32_t point;

	if (length < 2)
		return bytes[0];
	point = bytes[0] & (0xffu >> (length + 1));
	for (size_t i = 1; i < length; i++)
		point = point << 6 | (bytes[i] & 0x3f);
	return point;
}

bool utf8_is_harmless(const char *text, size_t length)
{
	uint32_t point;

	if (length < 2)
		return false;
	point = utf8_point(text, length);
	/* C1 controls; marks, separators and overrides of direction (Unicode 15, Bidi_Control); the byte order mark. */
	return !(point < 0xa0 || point == 0x061c || (point >= 0x200b && point <= 0x200f) ||
		 (point >= 0x2028 && point <= 0x202e) || (point >= 0x2066 && point <= 0x2069) || point == 0xfeff);
}
